//! What `--help`, the manual pages and the completions say, of every command there is.

use std::collections::BTreeSet;
use std::process::Command as Process;

use clap::{Command, CommandFactory as _};
use fargate_egress::commands::Cli;

use crate::markdown::page;
#[cfg(feature = "resolve")]
use crate::pages::pages;
use crate::support::Folder;

/// The program and every command of it, hidden ones too.
fn commands() -> Vec<Command> {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    let commands: Vec<Command> = program.get_subcommands().cloned().collect();
    [program].into_iter().chain(commands).collect()
}

/// Those that people are told of.
fn shown() -> Vec<Command> {
    commands().into_iter().filter(|command| !command.is_hide_set()).collect()
}

fn is_program(command: &Command) -> bool {
    command.get_name() == env!("CARGO_PKG_NAME")
}

/// The long flags of a command.
fn flags(command: &Command) -> BTreeSet<String> {
    let long = command.get_arguments().filter_map(|argument| argument.get_long());
    long.map(|name| format!("--{name}")).collect()
}

/// The words of every run of the program in lines for a shell: without what is piped into or out of
/// it, comments, and where the output goes.
fn runs(lines: &str) -> Vec<Vec<String>> {
    let joined = lines.replace("\\\n", " ");
    let parts = joined.lines().flat_map(|line| line.split(['|', ';']));
    let words = parts.map(|part| {
        let mut words: Vec<String> = Vec::new();
        let (mut word, mut quote) = (None::<String>, None);
        for c in part.trim().trim_start_matches("$ ").chars() {
            match (c, quote) {
                ('"' | '\'', None) => {
                    quote = Some(c);
                    word.get_or_insert_default();
                }
                (c, Some(open)) if c == open => quote = None,
                (' ', None) => words.extend(word.take()),
                (c, _) => word.get_or_insert_default().push(c),
            }
        }
        words.extend(word);
        let end = words.iter().position(|word| matches!(word.as_str(), ">" | "#" | "&"));
        words.truncate(end.unwrap_or(words.len()));
        words
    });
    words.filter(|words| words.first().is_some_and(|word| word == env!("CARGO_PKG_NAME"))).collect()
}

fn assert_parses(words: &[String]) {
    // Those two end the program before anything is read.
    if words.last().is_some_and(|word| word == "--help" || word == "--version") {
        return;
    }
    let words: Vec<_> = words.iter().map(Into::into).collect();
    if let Err(error) = Cli::read(&words) {
        panic!("{words:?}: {error}");
    }
}

#[test]
fn every_command_shows_an_example_that_it_takes() {
    for command in commands() {
        let name = command.get_name();
        let help = command.get_after_help().unwrap_or_else(|| panic!("{name}")).to_string();
        let (_, example) = help.split_once("Example:\n").unwrap_or_else(|| panic!("{name}"));
        let runs = runs(example);
        assert!(is_program(&command) || runs.iter().any(|words| words[1] == name), "{name}");
        // Without the network there are fewer flags.
        #[cfg(feature = "resolve")]
        runs.iter().for_each(|words| assert_parses(words));
    }
}

#[test]
#[cfg(feature = "resolve")]
fn every_command_line_of_a_page_is_taken() {
    let mut taken = 0;
    for page in pages() {
        for block in &page.blocks {
            // A shell's prompt for more is not typed.
            let lines = block.text.replace("\n> ", "\n");
            for words in runs(&lines) {
                assert_parses(&words);
                taken += 1;
            }
        }
        // In a sentence too, where it is more than a name of a command.
        for code in page.text.split('`').filter(|code| code.starts_with("fargate-egress ")) {
            let words = runs(code).concat();
            let is_to_fill_in = |word: &String| word.chars().all(|c| c.is_ascii_uppercase());
            if words.len() > 2 && !words.iter().any(is_to_fill_in) {
                assert_parses(&words);
                taken += 1;
            }
        }
    }
    assert!(taken >= 60, "{taken}");
}

/// The loop that writes all of the pages.
#[test]
fn a_page_names_every_manual_page() {
    let editors = page("docs/editors.md");
    let (_, list) = editors.text.split_once("for command in ").unwrap();
    let listed: BTreeSet<&str> = list.split_once("; do").unwrap().0.split(' ').collect();
    let shown = shown();
    let names = shown.iter().filter(|command| !is_program(command)).map(Command::get_name);
    assert_eq!(listed, names.collect());
}

#[test]
fn help_fits_a_hundred_columns() {
    for mut command in commands() {
        for help in [command.render_help(), command.render_long_help()] {
            for line in help.to_string().lines() {
                assert!(line.chars().count() <= 100, "{}: {line}", command.get_name());
            }
        }
    }
}

#[test]
fn a_manual_page_has_every_flag_and_example_of_its_command() {
    let folder = Folder::new();
    for command in shown() {
        let name = command.get_name();
        let mut arguments = vec!["man"];
        arguments.extend((!is_program(&command)).then_some(name));
        let run = folder.run(&arguments);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        let mut sections =
            vec!["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "\"EXIT STATUS\"", "EXAMPLES"];
        sections.extend((!is_program(&command)).then_some("\"SEE ALSO\""));
        for section in sections {
            assert!(run.stdout.contains(&format!("\n.SH {section}\n")), "{name}: {section}");
        }
        // In roff a hyphen that is to be copied is `\-`.
        let text = run.stdout.replace("\\-", "-").replace("\\fB", "").replace("\\fR", "");
        for flag in flags(&command) {
            assert!(text.contains(&flag), "{name}: {flag}");
        }
        let help = command.get_after_help().unwrap().to_string();
        let (_, example) = help.split_once("Example:\n").unwrap();
        for line in example.lines() {
            let line = line.trim().trim_end_matches('\\').trim_end();
            assert!(text.contains(line), "{name}: {line}\n{text}");
        }
        assert!(!text.contains("pack-ip-ranges"), "{name}");
        let json =
            folder.run(&[&arguments[..], &["--format", "json", "--config", "x.yaml"]].concat());
        let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
        assert_eq!(json["page"], run.stdout.as_str());
    }
    let unknown = folder.run(&["man", "chekc"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (2, ""));
    assert!(unknown.stderr.contains("did you mean `check`?"), "{}", unknown.stderr);
    assert_eq!(folder.run(&["man", "pack-ip-ranges"]).code, 2);
}

/// In the words of the help: every flag would be a paragraph, and who reads it wants the files.
#[test]
fn a_manual_page_says_in_a_line_how_its_command_is_typed() {
    let folder = Folder::new();
    for mut command in shown() {
        let name = command.get_name().to_owned();
        let mut arguments = vec!["man"];
        arguments.extend((!is_program(&command)).then_some(name.as_str()));
        let page = folder.run(&arguments).stdout;
        let (_, synopsis) = page.split_once(".SH SYNOPSIS\n").unwrap();
        let line = synopsis.lines().next().unwrap();
        let line = line.replace("\\-", "-").replace("\\fB", "").replace("\\fR", "");
        assert_eq!(format!("Usage: {line}"), command.render_usage().to_string());
    }
    let page = folder.run(&["man", "verify"]).stdout;
    assert!(page.contains("verify\\fR [OPTIONS] [FILE]..."), "{page}");
}

#[test]
fn help_has_help_too() {
    let folder = Folder::new();
    for (words, same) in [
        (&["help", "--help"][..], &["help"][..]),
        (&["help", "-h"], &["help"]),
        (&["help", "check", "--help"], &["help", "check"]),
        (&["--config", "x.yaml", "help", "--help", "check"], &["help", "check"]),
    ] {
        let (run, plain) = (folder.run(words), folder.run(same));
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{words:?}");
        assert_eq!(run.stdout, plain.stdout, "{words:?}");
    }
    let unknown = folder.run(&["help", "chekc", "--help"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (2, ""));
    assert!(unknown.stderr.contains("chekc"), "{}", unknown.stderr);
    assert_eq!(folder.run(&["chekc", "--help"]).code, 2);
}

/// What bash offers for the last of these words.
fn offered(script: &str, words: &[&str]) -> BTreeSet<String> {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let asked = format!(
        "{script}\n\
         COMP_WORDS=({}) COMP_CWORD={}\n\
         complete=$(complete -p fargate-egress) && [[ $complete =~ -F\\ ([^ ]+) ]]\n\
         \"${{BASH_REMATCH[1]}}\" fargate-egress '{}' '{}'\n\
         printf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
        quoted.join(" "),
        words.len() - 1,
        words[words.len() - 1],
        words[words.len() - 2],
    );
    let folder = Folder::new();
    folder.write("ask.sh", asked);
    let output = Process::new("bash")
        .args(["--norc", "ask.sh"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{words:?}: {said}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_flags_and_values() {
    let script = Folder::new().run(&["completions", "bash"]).stdout;
    let names: BTreeSet<String> = shown()
        .iter()
        .filter(|command| !is_program(command))
        .map(|command| command.get_name().to_owned())
        .collect();
    let first = offered(&script, &["fargate-egress", ""]);
    assert!(names.is_subset(&first), "{first:?}");
    assert!(!first.contains("pack-ip-ranges"));
    for command in shown() {
        let mut words = vec!["fargate-egress"];
        words.extend((!is_program(&command)).then_some(command.get_name()));
        words.push("--");
        let offered = offered(&script, &words);
        assert!(flags(&command).is_subset(&offered), "{words:?}: {offered:?}");
    }
    let values = |words: &[&str]| -> Vec<String> {
        offered(&script, &[&["fargate-egress"], words].concat()).into_iter().collect()
    };
    assert_eq!(values(&["ver"]), ["verify"]);
    assert_eq!(values(&["check", "--color", ""]), ["always", "auto", "never"]);
    assert_eq!(values(&["--format", "j"]), ["json"]);
    assert_eq!(values(&["completions", "z"]), ["zsh"]);
    assert_eq!(values(&["schema", "l"]), ["lock"]);
    assert!(names.is_subset(&offered(&script, &["fargate-egress", "man", ""])));
    assert_eq!(values(&["man", "ver"]), ["verify"]);
    assert_eq!(values(&["resolve", "--accept", "moved"]), ["moved-prefix"]);
}

#[test]
fn the_completions_of_every_shell_know_every_command_and_flag() {
    let folder = Folder::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = folder.run(&["completions", shell]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        for command in shown() {
            assert!(run.stdout.contains(command.get_name()), "{shell}: {}", command.get_name());
            for flag in flags(&command) {
                let name = if shell == "fish" { flag.trim_start_matches("--") } else { &flag };
                assert!(run.stdout.contains(name), "{shell}: {flag}");
            }
        }
        assert!(!run.stdout.contains("pack-ip-ranges"), "{shell}");
        // It is about no run, so its flags are not in it.
        let elsewhere = folder.run(&["completions", shell, "--config", "x.yaml"]);
        assert!(elsewhere.stdout == run.stdout);
        let json = folder.run(&["completions", shell, "--format", "json"]);
        let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
        assert_eq!(json["script"], run.stdout.as_str());
    }
    assert_eq!(folder.run(&["completions", "tcsh"]).code, 2);
}
