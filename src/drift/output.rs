//! The output folder against what config and lock say.

use similar::TextDiff;

use super::{Drift, Finding};
use crate::diagnostic::{Code, Diagnostic, Source, floor_boundary};

/// A file of the output folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output<'a> {
    /// Its path, as a person would write it.
    pub path: String,
    /// What config and lock say; if they say nothing of it, what to do about it.
    pub expected: Result<&'a str, Vec<String>>,
    /// What is there; `None` if there is no such file.
    pub found: Option<String>,
    /// What to do first, where there is no such file and still something in its place, such as a link
    /// that leads nowhere: `generate` does not write through it.
    pub first: Option<String>,
    /// Whether a stack is deployed from it: it is no picture and no report.
    pub is_deployed: bool,
}

const MEND: &str = "mend it with: fargate-egress generate";

/// What differs, in the order of the files.
pub fn output(files: &[Output<'_>]) -> Vec<Finding> {
    files.iter().filter_map(finding).collect()
}

fn finding(file: &Output<'_>) -> Option<Finding> {
    let path = &file.path;
    let new = |code, message, help: Vec<String>, consequence| {
        let diagnostic = Diagnostic { help, ..Diagnostic::error(code, message) };
        Some(Finding::new(Drift::Output, diagnostic, consequence))
    };
    let mend = || vec![MEND.to_owned()];
    match (&file.expected, &file.found) {
        (Ok(expected), Some(found)) if expected == found => None,
        (Ok(expected), Some(found)) => {
            let message = format!("`{path}` is not what config and lock say");
            let consequence = if file.is_deployed {
                "what is deployed from it is not what was reviewed; at the next deploy"
            } else {
                "it shows something else than what is deployed; whenever it is read"
            };
            let diff = diff(path, found, expected);
            let common =
                expected.bytes().zip(found.bytes()).take_while(|(one, other)| one == other);
            let at = floor_boundary(found, common.count());
            let source = Source::new(path.clone(), found.clone());
            new(Code::OutputDiffers, message, mend(), consequence).map(|mut finding| {
                finding.diagnostic = finding.diagnostic.at(&source, at..at, "first difference");
                Finding { diff, ..finding }
            })
        }
        (Ok(_), None) => {
            let (message, help) = match &file.first {
                Some(first) => (
                    format!("`{path}` is a link to nothing"),
                    vec![first.clone(), format!("then {MEND}")],
                ),
                None => (format!("`{path}` is not there"), mend()),
            };
            let consequence = if file.is_deployed {
                "the stack cannot be deployed from this folder; at the next deploy"
            } else {
                "nobody can read what it shows; whenever it is looked for"
            };
            new(Code::OutputMissing, message, help, consequence)
        }
        (Err(help), Some(_)) => {
            let message = format!("`{path}` is generated, and nothing asks for it");
            let consequence =
                "what nothing keeps up to date can still be deployed or believed; at any time";
            new(Code::StaleOutput, message, help.clone(), consequence)
        }
        (Err(_), None) => None,
    }
}

/// Most pairs of lines of two texts that are compared; it takes a second at worst.
const MOST_PAIRS: usize = 25_000_000;

/// The lines that differ; none where the file is so long that it can hardly be one that was generated.
fn diff(path: &str, found: &str, expected: &str) -> String {
    if found.lines().count().saturating_mul(expected.lines().count()) > MOST_PAIRS {
        return String::new();
    }
    TextDiff::from_lines(found, expected)
        .unified_diff()
        .header(path, "what config and lock say")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_equal_different_missing_or_left_over() {
        let file = |expected: Option<&'static str>, found: Option<&str>| Output {
            path: "out/a.yaml".to_owned(),
            expected: expected.ok_or_else(Vec::new),
            found: found.map(str::to_owned),
            first: None,
            is_deployed: true,
        };
        let codes =
            |file| output(&[file]).iter().map(|f| f.diagnostic.code.name()).collect::<Vec<_>>();
        assert!(codes(file(Some("a\n"), Some("a\n"))).is_empty());
        assert!(codes(file(None, None)).is_empty());
        assert_eq!(codes(file(Some("a\n"), None)), ["output-missing"]);
        assert_eq!(codes(file(None, Some("a\n"))), ["stale-output"]);
        let findings = output(&[file(Some("a\nb\n"), Some("a\nc\n"))]);
        assert!(findings[0].diff.ends_with(" a\n-c\n+b\n"), "{}", findings[0].diff);
        // A picture is not deployed, whatever became of it.
        for found in [None, Some("b\n")] {
            let picture = Output { is_deployed: false, ..file(Some("a\n"), found) };
            let finding = &output(&[picture])[0];
            assert!(!finding.consequence.contains("at the next deploy"), "{finding:?}");
        }
        // Line ends count: CloudFormation would not mind, but `git diff` would.
        assert_eq!(codes(file(Some("a\n"), Some("a\r\n"))), ["output-differs"]);
    }
}
