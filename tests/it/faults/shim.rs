//! Runs of the program with a fault at one of its calls of the C library, or at each of them in
//! turn; see `shim.c`.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use super::{Words, folder, without_fault};
use crate::support::{Folder, program, root};

/// What a command calls to write files.
pub(super) const WRITES: &[&str] = &["mkdir", "create", "write", "fsync"];

/// The calls between which something differs.
pub(super) const ALL: &[&str] = &["open", "mkdir", "create", "write", "fsync", "unlink", "print"];

/// How a run ended.
pub(super) struct Ended {
    /// `None` where a signal ended it.
    pub(super) code: Option<i32>,
    pub(super) signal: Option<i32>,
    pub(super) stderr: String,
    /// Whether the fault came to pass.
    pub(super) faulted: bool,
}

/// The shim, compiled by what links Rust programs, and a folder for marks.
fn library() -> &'static (TempDir, PathBuf) {
    static LIBRARY: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let library = folder.path().join("shim.so");
        let output = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o"])
            .arg(&library)
            .arg(root().join("tests/it/faults/shim.c"))
            .arg("-ldl")
            .output()
            .expect("the tests need cc, as Rust does to link");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        (folder, library)
    })
}

/// The program, with the shim and what it is to do.
pub(super) fn faulty(folder: &Folder, calls: &[&str], at: usize, what: &str) -> (Command, PathBuf) {
    static MARKS: AtomicUsize = AtomicUsize::new(0);
    let (marks, library) = library();
    let mark = marks.path().join(MARKS.fetch_add(1, Ordering::Relaxed).to_string());
    let mut command = program();
    command
        .current_dir(folder.path())
        .env("LD_PRELOAD", library)
        .env("FAULT_CALLS", format!(",{},", calls.join(",")))
        .env("FAULT_AT", at.to_string())
        .env("FAULT", what)
        .env("FAULT_MARK", &mark)
        // So that the calls come in one order.
        .env("RAYON_NUM_THREADS", "1")
        .stdin(Stdio::null());
    (command, mark)
}

/// The variables for a clock that says so many seconds since 1970.
pub(super) fn clock(seconds: i64) -> [(&'static str, String); 2] {
    let library: &Path = &library().1;
    [("LD_PRELOAD", library.display().to_string()), ("FAULT_CLOCK", seconds.to_string())]
}

/// Runs a command with a fault at one of the calls, counted from 1.
pub(super) fn run(folder: &Folder, words: &[&str], calls: &[&str], at: usize, what: &str) -> Ended {
    let (mut command, mark) = faulty(folder, calls, at, what);
    let output = command.args(words).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!stderr.contains("panicked"), "{words:?} at {at}: {stderr}");
    Ended {
        code: output.status.code(),
        signal: output.status.signal(),
        stderr,
        faulted: fs::exists(mark).unwrap(),
    }
}

/// Runs a command once for each of its calls, with a fault there, in a folder of its own; how many
/// there are.
pub(super) fn sweep(
    words: Words,
    calls: &[&str],
    what: impl Fn(usize) -> String,
    mut judge: impl FnMut(usize, &Folder, &Ended),
) -> usize {
    for at in 1..500 {
        let folder = folder();
        let ended = run(&folder, words, calls, at, &what(at));
        if !ended.faulted {
            // There is no such call any more, and nothing else went wrong.
            assert_eq!(
                ended.code,
                Some(without_fault(words).0.code),
                "{words:?}: {}",
                ended.stderr
            );
            return at - 1;
        }
        judge(at, &folder, &ended);
    }
    panic!("{words:?} does not end");
}
