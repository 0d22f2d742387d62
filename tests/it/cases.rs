//! Transcripts: each folder of `tests/cases` has files, commands, and what they printed.
//!
//! `commands` has a command line of the program on each line; `transcript.txt` is compared with
//! what they print on standard output and standard error, one after the other.

use std::fmt::Write as _;
use std::fs;

use crate::support::{Folder, assert_committed, root};

#[test]
fn commands_print_what_they_printed_before() {
    let mut cases: Vec<_> = fs::read_dir(root().join("tests/cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    assert!(cases.len() >= 8);
    for case in cases {
        let folder = Folder::new();
        for entry in fs::read_dir(&case).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if !matches!(name, "commands" | "transcript.txt") {
                folder.write(name, fs::read(&path).unwrap());
            }
        }
        let mut transcript = String::new();
        for line in fs::read_to_string(case.join("commands")).unwrap().lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let run = folder.run(&words);
            let _ = writeln!(transcript, "$ fargate-egress {line}");
            let _ = write!(transcript, "{}", run.stdout);
            if !run.stderr.is_empty() {
                let _ = write!(transcript, "--- standard error ---\n{}", run.stderr);
            }
            let _ = writeln!(transcript, "--- exit code {} ---\n", run.code);
        }
        assert_committed(&case.join("transcript.txt"), &transcript);
    }
}
