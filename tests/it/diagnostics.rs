//! Wrong configs: `# ERROR[code]` stands on the line that is wrong, and nowhere else.
//!
//! Each file of `tests/diagnostics` is read; what is printed about it is committed beside it.

use std::collections::BTreeSet;
use std::fs;

use fargate_egress::config;
use fargate_egress::diagnostic::{Code, Diagnostic, Source, human};
use fargate_egress::verify::catalogue;

use crate::support::{assert_committed, root};

/// The lines and codes that the comments of a file announce.
fn announced(text: &str) -> BTreeSet<(usize, String)> {
    text.lines()
        .enumerate()
        .flat_map(|(number, line)| {
            line.split("ERROR[")
                .skip(1)
                .filter_map(|rest| rest.split_once(']'))
                .map(move |(code, _)| (number + 1, code.to_owned()))
        })
        .collect()
}

fn found(diagnostics: &[Diagnostic]) -> BTreeSet<(usize, String)> {
    diagnostics
        .iter()
        .map(|diagnostic| {
            let label = diagnostic.primary.as_ref().expect("a place in the config");
            (label.source.line_column(label.span.start).0, diagnostic.code.name().to_owned())
        })
        .collect()
}

#[test]
fn every_wrong_line_is_found_and_no_other() {
    let folder = root().join("tests/diagnostics");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    assert!(files.len() >= 10);
    let mut codes = BTreeSet::new();
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let source = Source::new(name, text.clone());
        let diagnostics = config::parse(&source).err().unwrap_or_default();
        let printed: String = diagnostics.iter().map(|each| human(each, false)).collect();
        assert_eq!(found(&diagnostics), announced(&text), "{name}\n{printed}");
        for diagnostic in &diagnostics {
            assert!(!diagnostic.help.is_empty(), "{printed}");
            assert!(!diagnostic.message.ends_with('.'));
            codes.insert(diagnostic.code);
        }
        assert_committed(&path.with_extension("txt"), &printed);
    }
    // What is wrong with a config alone; the other codes are met where lock and templates are.
    let of_configs: BTreeSet<Code> = Code::ALL
        .iter()
        .copied()
        .skip_while(|code| *code != Code::YamlSyntax)
        .take_while(|code| *code != Code::LockMissing)
        .filter(|code| *code != Code::ConfigMissing)
        .collect();
    let without_case: Vec<_> = of_configs.difference(&codes).map(|code| code.name()).collect();
    assert!(without_case.is_empty(), "no case in tests/diagnostics for {without_case:?}");
}

/// The list of codes for people is the list in the program.
#[test]
fn every_code_is_in_the_documentation() {
    let mut page =
        "# Diagnostics\n\nWhat the code in brackets means, as in `error[unknown-region]`. The \
                    codes stay the same between releases. What \
                    `verify` finds is in [findings.md](findings.md).\n\n| code | meaning |\n|---|---|\n"
            .to_owned();
    for code in Code::ALL.iter().filter(|code| catalogue::page(**code).is_none()) {
        page.push_str(&format!("| `{}` | {} |\n", code.name(), code.summary()));
    }
    assert_committed(&root().join("docs/diagnostics.md"), &page);
}
