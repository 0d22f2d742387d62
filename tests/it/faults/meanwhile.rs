//! Somebody else changes a file while a command works: at each of its calls in turn.

use std::path::Path;

use super::shim::{ALL, sweep};
use super::{GENERATE, RESOLVE, VERIFY, WRITING, Words, files, folder, without_fault};

/// What somebody writes. It is neither a config nor a lock.
const THEIRS: &str = "theirs";

/// How they do it, in turn: into the file, or as editors do.
fn change(file: &str, at: usize) -> String {
    match at % 2 {
        0 => format!("run printf {THEIRS} > {file}"),
        _ => format!("run printf {THEIRS} > {file}.new && mv {file}.new {file}"),
    }
}

/// When they did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum When {
    /// Before the command read it.
    Before,
    /// Between reading and writing.
    Meanwhile,
    /// When it was done.
    Afterwards,
}

/// A change of a file that a command reads or writes, at each of its calls: `when` says which moment
/// it was from the exit code, whether theirs is there, and what was said.
fn changes(words: Words, file: &str, when: impl Fn(i32, bool, &str) -> When) -> Vec<When> {
    let (before, done) = (files(&folder()), without_fault(words));
    let mut met: Vec<When> = Vec::new();
    sweep(
        words,
        ALL,
        |at| change(file, at),
        |at, folder, ended| {
            let mut found = files(folder);
            let theirs = found.remove(Path::new(file)).is_some_and(|b| b == THEIRS.as_bytes());
            let code = ended.code.unwrap();
            let context = format!("{words:?} {file} at {at}: {code} {}", ended.stderr);
            // Never a part of it.
            let whole = if code == 0 { &done.1 } else { &before };
            assert!(
                whole.iter().filter(|(path, _)| *path != Path::new(file)).eq(&found),
                "{context}"
            );
            let now = when(code, theirs, &ended.stderr);
            if now == When::Meanwhile {
                assert_eq!(code, 3, "{context}");
                assert!(ended.stderr.contains("somebody changed it meanwhile"), "{context}");
                assert!(ended.stderr.contains(&format!("`{file}`")), "{context}");
            }
            met.push(now);
        },
    );
    assert!(met.is_sorted(), "{words:?} {file}: {met:?}");
    met.dedup();
    met
}

const EVERY: [When; 3] = [When::Before, When::Meanwhile, When::Afterwards];

/// The moment, where theirs is never overwritten: before, it is refused for what it is.
fn theirs_stays(code: i32, theirs: bool, said: &str) -> When {
    assert!(theirs, "{said}");
    match code {
        2 => When::Before,
        3 => When::Meanwhile,
        _ => When::Afterwards,
    }
}

#[test]
fn a_lock_that_changed_is_not_overwritten() {
    assert_eq!(changes(RESOLVE, "egress.lock.json", theirs_stays), EVERY);
}

/// Nothing is written from what is not so any more.
#[test]
fn a_source_that_changed_is_not_gone_by() {
    for (words, file) in
        [(GENERATE, "egress.yaml"), (GENERATE, "egress.lock.json"), (RESOLVE, "egress.yaml")]
    {
        assert_eq!(changes(words, file, theirs_stays), EVERY, "{words:?} {file}");
    }
}

/// What lies where something is to be generated is looked at: before, it is none that was generated.
#[test]
fn an_output_that_changed_is_not_overwritten() {
    for (words, file) in [
        // The last of those that are replaced, and the first of those that are not there yet.
        (GENERATE, "out/b.yaml"),
        (GENERATE, "out/a.json"),
        (VERIFY, "picture.svg"),
    ] {
        let met = changes(words, file, |code, theirs, said| match (code, theirs) {
            (3, true) if said.contains("none that fargate-egress wrote") => When::Before,
            (3, true) => When::Meanwhile,
            (0, true) => When::Afterwards,
            _ => panic!("{code} {said}"),
        });
        assert_eq!(met, EVERY, "{words:?} {file}");
    }
}

#[test]
fn a_config_that_appears_is_not_overwritten_by_init() {
    let (words, _) = WRITING[0];
    // That it was there before shows without a call that counts.
    assert_eq!(changes(words, "new.yaml", theirs_stays), EVERY[1..]);
}

/// They may also put a link or a folder in its place, or take it away.
#[test]
fn a_file_that_became_something_else_is_not_replaced() {
    for change in [
        "mkdir x && mv out/b.yaml x/ && mv x out/b.yaml",
        "ln -sf ../egress.lock.json out/b.yaml",
        "rm out/b.yaml",
    ] {
        let (before, done) = (files(&folder()), without_fault(GENERATE));
        let what = |_| format!("run {change}");
        let calls = ["create", "write", "fsync", "stat", "unlink"];
        let moments = sweep(GENERATE, &calls, what, |at, folder, ended| {
            let context = format!("{change} at {at}: {:?} {}", ended.code, ended.stderr);
            let mut found = files(folder);
            found.retain(|path, _| !path.starts_with("out/b.yaml"));
            let whole = match ended.code {
                Some(0) => &done.1,
                Some(3) => &before,
                _ => panic!("{context}"),
            };
            let others = whole.iter().filter(|(path, _)| *path != Path::new("out/b.yaml"));
            assert!(others.eq(&found), "{context}");
        });
        assert!(moments > 12, "{moments}");
    }
}
