//! The outside fails, at every moment at which it can: the disk, other processes, signals, the
//! streams, the clock, the environment. Whatever it is, nothing is lost or half written, and the
//! exit code says what happened.
//!
//! Every test is a table of faults and commands. Faults come from `shim.c`, which works in every
//! container and for every user, or from what any Linux has: links, permissions, locks, `/dev/full`.

mod clock;
mod disk;
mod folders;
mod links;
mod meanwhile;
mod shim;
mod signals;
mod streams;
mod surroundings;
mod two;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use crate::support::{Folder, Run};

/// A command line of the program.
type Words = &'static [&'static str];

/// The commands that write, in a folder as [`folder`] makes it, and the files that each writes.
const WRITING: &[(Words, &[&str])] = &[
    (
        &[
            "init",
            "--config",
            "new.yaml",
            "--region",
            "ap-northeast-1",
            "--account",
            "012345678901",
        ],
        &["new.schema.json", "new.yaml"],
    ),
    (RESOLVE, &["egress.lock.json"]),
    (GENERATE, &["out/a.json", "out/a.yaml", "out/b.json", "out/b.yaml"]),
    (VERIFY, &["picture.svg"]),
    (&["pack-ip-ranges", "ip-ranges.json", "ip-ranges.bin"], &["ip-ranges.bin"]),
];

const RESOLVE: Words =
    &["resolve", "--snapshot", "--answers", "answers.txt", "--seen", "2026-09-01"];
const GENERATE: Words = &["generate"];
const VERIFY: Words = &["verify", "app.yaml", "--diagram", "picture.svg"];

/// The commands that print and write nothing. `check` has findings.
const PRINTING: &[Words] = &[
    &["check"],
    &["check", "--format", "json"],
    &["check", "--format", "sarif"],
    &["verify", "app.yaml"],
    &["verify", "--explain", "private-dns-off"],
    &["explain", "52.192.0.0/15", "a"],
    &["diagram", "a"],
    &["resolve", "--snapshot", "--dry-run"],
    &["schema", "lock"],
    &["completions", "bash"],
    &["man", "check"],
    &["help", "check"],
    &["--help"],
    &["--version"],
];

/// All of them.
fn commands() -> impl Iterator<Item = Words> {
    WRITING.iter().map(|(words, _)| *words).chain(PRINTING.iter().copied())
}

/// The config of stacks that belong to somebody.
fn config(names: &[impl Display], owner: &str) -> String {
    let stacks = names.iter().map(|name| {
        format!(
            "  {name}:\n    region: ap-northeast-1\n    registries: [\"012345678901\"]\n    tags: {{owner: {owner}}}\n"
        )
    });
    format!("stacks:\n{}", stacks.collect::<String>())
}

type Files = BTreeMap<PathBuf, Vec<u8>>;

fn files(folder: &Folder) -> Files {
    folder.files().into_iter().collect()
}

/// A folder in which every command of [`WRITING`] has something to change, and some of them
/// something to make.
fn folder() -> Folder {
    static FILES: OnceLock<Files> = OnceLock::new();
    let files = FILES.get_or_init(|| {
        let folder = Folder::of_example();
        folder.write("egress.yaml", config(&["a", "b"], "before"));
        assert_eq!(folder.run(&["generate"]).code, 0);
        folder.write("app.yaml", folder.read("out/a.yaml"));
        folder.write("egress.yaml", format!("emit: [yaml, json]\n{}", config(&["a", "b"], "after")));
        folder.write("answers.txt", "api.ecr.ap-northeast-1.amazonaws.com. 60 IN A 3.112.64.17\n");
        folder.write(
            "ip-ranges.json",
            r#"{"syncToken": "1", "createDate": "1970-01-01-00-00-01", "prefixes": [
            {"ip_prefix": "192.0.2.0/24", "region": "r", "service": "AMAZON", "network_border_group": "r"}
        ], "ipv6_prefixes": []}"#,
        );
        for old in ["new.schema.json", "picture.svg", "ip-ranges.bin"] {
            folder.write(old, "old");
        }
        files(&folder)
    });
    let folder = Folder::new();
    files.iter().for_each(|(path, bytes)| folder.write(path.to_str().unwrap(), bytes));
    folder
}

/// What a command comes to without a fault: its run, and the files then.
fn without_fault(words: Words) -> Arc<(Run, Files)> {
    static KNOWN: Mutex<BTreeMap<Words, Arc<(Run, Files)>>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap();
    let run = || {
        let folder = folder();
        let run = folder.run(words);
        Arc::new((run, files(&folder)))
    };
    Arc::clone(known.entry(words).or_insert_with(run))
}

#[test]
fn without_a_fault_every_command_does_its_work() {
    let before = files(&folder());
    for (words, written) in WRITING {
        let (run, after) = &*without_fault(words);
        assert_eq!(run.code, 0, "{words:?}: {}", run.stderr);
        let differing = after.iter().filter(|(path, bytes)| before.get(*path) != Some(*bytes));
        let differing: Vec<&Path> = differing.map(|(path, _)| path.as_path()).collect();
        assert_eq!(differing, written.iter().map(Path::new).collect::<Vec<_>>(), "{words:?}");
    }
    for words in PRINTING {
        let (run, after) = &*without_fault(words);
        assert_eq!(run.code, i32::from(words[0] == "check"), "{words:?}: {}", run.stderr);
        assert!(!run.stdout.is_empty(), "{words:?}");
        assert_eq!(*after, before, "{words:?}");
    }
}

/// A command that is not in the tables would not be tested.
#[test]
fn every_command_is_in_the_tables() {
    use clap::CommandFactory as _;
    let program = fargate_egress::commands::Cli::command();
    for command in program.get_subcommands().map(clap::Command::get_name) {
        assert!(commands().any(|words| words[0] == command), "{command}");
    }
}
