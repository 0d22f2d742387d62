//! A disk that is full or broken, from any of the calls on that a command makes.

use std::process::Command;

use super::shim::{WRITES, sweep};
use super::{GENERATE, RESOLVE, WRITING, commands, config, files, folder, without_fault};

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

#[test]
fn a_full_disk_leaves_every_file_as_it_was() {
    let before = files(&folder());
    for (words, written) in WRITING {
        let what = |_| format!("errno {ENOSPC}");
        let moments = sweep(words, WRITES, what, |at, folder, ended| {
            assert_eq!(ended.code, Some(3), "{words:?} at {at}: {}", ended.stderr);
            let said = ended.stderr.starts_with("error: cannot ");
            assert!(said && ended.stderr.contains("No space left"), "{}", ended.stderr);
            assert!(files(folder) == before, "{words:?} at {at}");
        });
        // Each is made, filled and waited for.
        assert!(moments >= 3 * written.len(), "{words:?}: {moments}");
    }
}

/// `shim.c` says that the disk is full; here the kernel does, by a limit on the size of files. The
/// shell ignores the signal that would end the program, so that it sees the error.
#[test]
fn a_limit_on_files_leaves_every_file_as_it_was() {
    let before = files(&folder());
    let program = env!("CARGO_BIN_EXE_fargate-egress");
    // The lock is all that has more than a kilobyte in the others.
    for words in ["generate", "init --config new.yaml --region us-east-1 --account 012345678901"] {
        let folder = folder();
        let script = format!("trap '' XFSZ; ulimit -f 1; exec {program} {words}");
        let output =
            Command::new("bash").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{words}: {said}");
        assert!(said.starts_with("error: cannot write"), "{said}");
        assert!(files(&folder) == before, "{words}");
    }
}

#[test]
fn a_disk_that_cannot_be_read_is_no_answer() {
    let before = files(&folder());
    let opening = commands().map(|words| (words, "open"));
    let reading = [(GENERATE, "read"), (RESOLVE, "read")];
    for (words, call) in opening.chain(reading) {
        let (usual, after) = &*without_fault(words);
        let what = |_| format!("errno {EIO}");
        sweep(words, &[call], what, |at, folder, ended| {
            let (code, found) = (ended.code, files(folder));
            // What is not needed may be unread: a folder that cannot be held, for one.
            let done = code == Some(usual.code) && found == *after;
            let refused = code == Some(3) && found == before;
            assert!(done || refused, "{words:?} at {at}: {code:?} {}", ended.stderr);
            let said = ended.stderr.contains("error: cannot ") || words.contains(&"json");
            assert!(done || said, "{words:?} at {at}: {}", ended.stderr);
        });
    }
}

#[test]
fn there_may_be_more_stacks_than_a_process_may_have_files_open() {
    let folder = folder();
    let names: Vec<String> = (0..100).map(|number| format!("s-{number}")).collect();
    let program = env!("CARGO_BIN_EXE_fargate-egress");
    // All are new, and then all are replaced.
    for owner in ["me", "you"] {
        folder.write("egress.yaml", config(&names, owner));
        let script = format!("ulimit -n 40; exec {program} generate --quiet --out many");
        let output =
            Command::new("bash").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert_eq!(std::fs::read_dir(folder.path().join("many")).unwrap().count(), 100);
    }
}
