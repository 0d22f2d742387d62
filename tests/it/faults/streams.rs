//! Standard output and standard error that are full, closed, or read by nobody.

use std::process::{Command, Stdio};

use super::{commands, files, folder, without_fault};
use crate::support::Folder;

/// How a run by way of a shell ended, with a redirection there: its exit code, and what came out of
/// either stream.
fn redirected(folder: &Folder, words: &[&str], redirection: &str) -> (i32, String, String) {
    let script = format!("exec \"$@\" {redirection}");
    let output = Command::new("sh")
        .args(["-c", &script, "sh", env!("CARGO_BIN_EXE_fargate-egress")])
        .args(words)
        .env_clear()
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    assert!(!stderr.contains("panicked"), "{words:?} {redirection}: {stderr}");
    (output.status.code().unwrap(), stdout, stderr)
}

const FULL: &str = "error: cannot write standard output: No space left on device";

#[test]
fn what_cannot_be_printed_is_a_failure_and_said() {
    for words in commands() {
        let folder = folder();
        let (code, _, stderr) = redirected(&folder, words, ">/dev/full");
        assert_eq!(code, 3, "{words:?}: {stderr}");
        assert!(stderr.contains(FULL), "{words:?}: {stderr}");
        // It comes last, when the work is done.
        assert!(files(&folder) == without_fault(words).1, "{words:?}");
    }
    // Nothing is printed, so nothing fails.
    let (code, ..) = redirected(&folder(), &["generate", "--quiet"], ">/dev/full 2>/dev/full");
    assert_eq!(code, 0);
}

/// A result is not kept back because a warning could not be said.
#[test]
fn what_cannot_be_said_is_a_failure_with_its_result() {
    for words in commands() {
        let (usual, after) = &*without_fault(words);
        let folder = folder();
        let (code, stdout, _) = redirected(&folder, words, "2>/dev/full");
        assert_eq!(code, if usual.stderr.is_empty() { usual.code } else { 3 }, "{words:?}");
        assert_eq!(stdout, usual.stdout, "{words:?}");
        assert!(files(&folder) == *after, "{words:?}");
    }
    for wrong in [&["chekc"][..], &["check", "--nonsense"], &["check", "--config", "none.yaml"]] {
        assert_eq!(redirected(&folder(), wrong, "").0, 2, "{wrong:?}");
        assert_eq!(redirected(&folder(), wrong, "2>/dev/full").0, 3, "{wrong:?}");
    }
}

/// A stream that is closed is as good as `/dev/null`: the file that is opened next is not written to
/// in its place.
#[test]
fn closed_streams_change_nothing() {
    for words in commands() {
        let (usual, after) = &*without_fault(words);
        for closed in [">&-", "2>&-", "<&- >&- 2>&-"] {
            let folder = folder();
            let (code, stdout, stderr) = redirected(&folder, words, closed);
            assert_eq!(code, usual.code, "{words:?} {closed}: {stderr}");
            let is_closed = |stream: &str| closed.split(' ').any(|one| one == stream);
            let expected =
                |text: &str, stream| if is_closed(stream) { "" } else { text }.to_owned();
            assert_eq!(stdout, expected(&usual.stdout, ">&-"), "{words:?} {closed}");
            assert_eq!(stderr, expected(&usual.stderr, "2>&-"), "{words:?} {closed}");
            assert!(files(&folder) == *after, "{words:?} {closed}");
        }
    }
}

/// `head` has seen what it wanted to see.
#[test]
fn a_reader_that_goes_away_is_no_failure() {
    for words in commands() {
        let (usual, after) = &*without_fault(words);
        for err in [false, true] {
            let folder = folder();
            let mut child = crate::support::program()
                .current_dir(folder.path())
                .args(words)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            drop(child.stdout.take());
            drop(child.stderr.take().filter(|_| err));
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(usual.code), "{words:?}: {said}");
            assert!(!said.contains("error: cannot write") && !said.contains("panicked"), "{said}");
            assert!(files(&folder) == *after, "{words:?}");
        }
    }
}

/// More than a pipe holds, of which a little is read.
#[test]
fn a_reader_of_the_first_line_is_enough() {
    let folder = folder();
    let words = format!("explain{}", " a".repeat(40));
    let words: Vec<&str> = words.split(' ').collect();
    assert!(folder.run(&words).stdout.len() > 1 << 16, "a pipe would hold it");
    let program = env!("CARGO_BIN_EXE_fargate-egress");
    let script = format!("{{ {program} {}; echo $? >&2; }} | head -1", words.join(" "));
    let output =
        Command::new("sh").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "0\n");
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1);
}
