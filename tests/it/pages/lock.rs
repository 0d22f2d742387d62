//! What the page of the lock says of other versions, and of merges.

use crate::support::{Folder, Run};

/// Every command that reads a lock, and a template to verify.
const COMMANDS: &[&[&str]] = &[
    &["resolve", "--snapshot"],
    &["generate"],
    &["check"],
    &["explain", "tokyo"],
    &["diagram", "tokyo"],
];

fn folder() -> Folder {
    let folder = Folder::of_example();
    assert_eq!(folder.run(&["generate"]).code, 0);
    folder
}

fn errors(run: &Run) -> Vec<&str> {
    let lines = run.stderr.lines().filter_map(|line| line.strip_prefix("error["));
    lines.map(|line| line.split(']').next().unwrap()).collect()
}

#[test]
fn a_newer_lock_is_refused_by_name_and_left_alone() {
    let folder = folder();
    let newer = folder.read("egress.lock.json").replace("\"version\": 1", "\"version\": 2");
    for newer in [newer, "{\"anything\": [1, 2], \"version\": 18446744073709551615}".to_owned()] {
        folder.write("egress.lock.json", newer);
        let before = folder.files();
        for command in COMMANDS {
            let run = folder.run(command);
            assert_eq!((run.code, errors(&run)), (2, vec!["lock-newer"]), "{command:?}");
        }
        // It only adds to what is known of AWS.
        let run = folder.run(&["verify", "out/tokyo.yaml"]);
        assert!(run.code == 0 && run.stderr.contains("warning[lock-newer]"), "{}", run.stderr);
        assert_eq!(folder.files(), before);
    }
}

/// The steps of the page: either side serves, whatever the other one was.
#[test]
fn either_side_of_a_merge_and_resolve_make_one_lock() {
    let with = |accounts: &str| {
        let folder = Folder::new();
        let stack = format!("region: ap-northeast-1, registries: [{accounts}]");
        folder.write("egress.yaml", format!("stacks: {{tokyo: {{{stack}}}}}\n"));
        folder
    };
    let resolved = |folder: &Folder| {
        let run = folder.run(&["resolve", "--snapshot"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        folder.read("egress.lock.json")
    };
    let ours = resolved(&with("\"012345678901\""));
    let theirs = resolved(&with("\"111122223333\""));
    let merged = with("\"012345678901\", \"111122223333\"");
    let expected = resolved(&merged);
    assert!(ours != theirs && ours != expected && theirs != expected);
    for side in [&ours, &theirs] {
        merged.write("egress.lock.json", side);
        assert_eq!(resolved(&merged), expected);
    }
    let both = format!("<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> theirs\n");
    merged.write("egress.lock.json", &both);
    for command in COMMANDS {
        let run = merged.run(command);
        assert_eq!((run.code, errors(&run)), (2, vec!["lock-syntax"]), "{command:?}");
        assert!(run.stderr.contains("a merge in it"), "{}", run.stderr);
    }
    assert_eq!(merged.read("egress.lock.json"), both);
}
