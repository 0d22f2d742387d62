//! Signals at each call of each command: whoever sends one sees that it ended the program, and the
//! files are all old or all new. After a SIGKILL, or a power cut, each is one of the two by itself.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::shim::{ALL, faulty, sweep};
use super::{Files, PRINTING, WRITING, config, files, folder, without_fault};
use crate::support::{Folder, program};

const SIGHUP: i32 = 1;
const SIGINT: i32 = 2;
const SIGKILL: i32 = 9;
const SIGTERM: i32 = 15;

const O_NONBLOCK: i32 = 0o4000;

/// One after the other, so that each is met at many calls.
fn asking(at: usize) -> i32 {
    [SIGINT, SIGTERM, SIGHUP][at % 3]
}

#[test]
fn a_signal_leaves_all_files_old_or_all_new() {
    let before = files(&folder());
    for (words, written) in WRITING {
        let (_, after) = &*without_fault(words);
        let mut outcomes = Vec::new();
        let what = |at| format!("signal {}", asking(at));
        let moments = sweep(words, ALL, what, |at, folder, ended| {
            let context = format!("{words:?} at {at}: {}", ended.stderr);
            assert_eq!(ended.signal, Some(asking(at)), "{context}");
            let found = files(folder);
            assert!(found == before || found == *after, "{context}");
            outcomes.push(found == *after);
        });
        assert!(moments > 4 * written.len(), "{words:?}: {moments}");
        assert!(outcomes.is_sorted(), "{words:?}: {outcomes:?}");
        assert!(!outcomes[0] && outcomes[moments - 1], "{words:?}: {outcomes:?}");
    }
}

#[test]
fn a_signal_ends_a_command_that_writes_nothing() {
    let before = files(&folder());
    for words in PRINTING {
        let what = |at| format!("signal {}", asking(at));
        let moments = sweep(words, &["print"], what, |at, folder, ended| {
            assert_eq!(ended.signal, Some(asking(at)), "{words:?} at {at}: {}", ended.stderr);
            assert!(files(folder) == before, "{words:?} at {at}");
        });
        assert!(moments > 0, "{words:?}");
    }
}

/// Files that a killed run left on their way.
fn leftovers(files: &Files) -> usize {
    files.keys().filter(|path| path.to_string_lossy().contains(".fargate-egress-")).count()
}

#[test]
fn a_killed_command_leaves_whole_files_and_the_next_run_ends_its_work() {
    let before = files(&folder());
    let mut left = 0;
    for (words, _) in WRITING {
        let (_, after) = &*without_fault(words);
        let what = |_| format!("signal {SIGKILL}");
        sweep(words, ALL, what, |at, folder, ended| {
            let context = format!("{words:?} at {at}");
            assert_eq!(ended.signal, Some(SIGKILL), "{context}");
            let found = files(folder);
            left += leftovers(&found);
            for (path, bytes) in &before {
                let now = found.get(path).unwrap_or_else(|| panic!("{context}: no {path:?}"));
                assert!(now == bytes || Some(now) == after.get(path), "{context}: {path:?}");
            }
            for (path, bytes) in found.iter().filter(|(path, _)| !before.contains_key(*path)) {
                let is_leftover = path.to_string_lossy().contains(".fargate-egress-");
                assert!(is_leftover || after.get(path) == Some(bytes), "{context}: {path:?}");
            }
            let run = folder.run(words);
            if words[0] == "init" && run.code == 2 {
                // It is there, and not without what it names.
                assert!(run.stderr.contains("config-exists"), "{}", run.stderr);
                let whole = after.iter().all(|(path, bytes)| found.get(path) == Some(bytes));
                assert!(whole, "{context}");
            } else {
                assert_eq!(run.code, 0, "{context}: {}", run.stderr);
                assert!(files(folder) == *after, "{context}");
            }
        });
    }
    assert!(left > 0, "none was killed while it wrote");
}

/// `nohup`, and a shell that runs a command in the background, start programs with signals ignored.
#[test]
fn a_signal_that_is_ignored_stays_so() {
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        let folder = folder();
        let (command, mark) = faulty(&folder, &["fsync"], 2, &format!("signal {signal}"));
        let mut shell = Command::new("sh");
        let script = format!("trap '' {signal}; exec \"$@\"");
        shell.args(["-c", &script, "sh"]).arg(command.get_program()).arg("generate");
        shell.env_clear().current_dir(folder.path()).stdin(Stdio::null());
        shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = shell.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{signal}: {said}");
        assert!(mark.exists() && files(&folder) == without_fault(&["generate"]).1);
    }
}

/// From outside, at moments that show in the folder, among many files that are written beside each
/// other and waited for all at once.
#[test]
fn a_signal_amid_many_files_leaves_all_old_or_all_new() {
    const STACKS: usize = 100;
    let stacks = |owner: &str| {
        let names: Vec<String> = (0..STACKS).map(|number| format!("s-{number}")).collect();
        config(&names, owner)
    };
    let folder = folder();
    let out = folder.path().join("many");
    folder.write("egress.yaml", stacks("before"));
    assert_eq!(folder.run(&["generate", "--out", "many"]).code, 0);
    let before = files(&folder);
    folder.write("egress.yaml", stacks("after"));
    let count = |part: &str, new: bool| {
        let entries = fs::read_dir(&out).unwrap().flatten().map(|entry| entry.path());
        let named = entries.filter(|path| path.to_string_lossy().contains(part));
        named.filter(|path| !new || fs::read_to_string(path).is_ok_and(is_new)).count()
    };
    type Moment<'a> = &'a dyn Fn() -> bool;
    let moments: [(&str, Moment<'_>); 4] = [
        ("the first is on its way", &|| count(".fargate-egress-", false) > 0),
        ("half of them are", &|| count(".fargate-egress-", false) > STACKS / 2),
        ("all of them are", &|| count(".fargate-egress-", false) >= STACKS),
        ("the first is there", &|| count("s-0.yaml", true) > 0),
    ];
    for (name, is_now) in moments {
        for (path, bytes) in before.iter().filter(|(path, _)| path.starts_with("many")) {
            fs::write(folder.path().join(path), bytes).unwrap();
        }
        let mut child = program()
            .current_dir(folder.path())
            .args(["generate", "--quiet", "--out", "many"])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        // It may be over before it is seen.
        while !is_now() && child.try_wait().unwrap().is_none() {
            assert!(began.elapsed() < Duration::from_secs(120), "{name}");
            thread::sleep(Duration::from_micros(200));
        }
        send("TERM", child.id());
        let ended = child.wait().unwrap();
        assert!(ended.signal() == Some(SIGTERM) || ended.code() == Some(0), "{name}: {ended}");
        let found = files(&folder);
        let new = found.iter().filter(|(path, bytes)| {
            path.starts_with("many") && is_new(String::from_utf8_lossy(bytes).into_owned())
        });
        let new = new.count();
        assert!(new == 0 || new == STACKS, "{name}: {new} of {STACKS}");
        assert!(new == STACKS || ended.code().is_none(), "{name}: {ended}");
        assert_eq!(leftovers(&found), 0, "{name}");
    }
}

fn is_new(text: String) -> bool {
    text.contains("after")
}

fn send(signal: &str, process: u32) {
    // It may have ended.
    let _ = Command::new("sh")
        .args(["-c", &format!("kill -{signal} {process}")])
        .stderr(Stdio::null())
        .status()
        .unwrap();
}

/// Makes a pipe in the place of a file.
fn pipe(folder: &Folder, name: &str) -> PathBuf {
    let path = folder.path().join(name);
    let _ = fs::remove_file(&path);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

/// Waits until somebody reads a pipe, who goes on doing so as long as the value lives: without
/// waiting a pipe can be opened for writing only then.
fn read_by_somebody(pipe: &Path) -> File {
    let began = Instant::now();
    let mut open = OpenOptions::new();
    open.write(true).custom_flags(O_NONBLOCK);
    loop {
        match open.open(pipe) {
            Ok(writer) => return writer,
            Err(_) => assert!(began.elapsed() < Duration::from_secs(60), "{pipe:?}"),
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// A command that waits for what it reads ends too.
#[test]
fn a_signal_ends_a_command_that_waits() {
    for (words, waits_for) in [
        (&["generate"][..], "egress.yaml"),
        (&["check"], "egress.lock.json"),
        (&["verify", "app.yaml"], "app.yaml"),
        (&["resolve", "--snapshot", "--answers", "answers.txt"], "answers.txt"),
        (&["explain", "a"], "egress.yaml"),
        (&["diagram", "a"], "egress.yaml"),
    ] {
        for (name, signal) in [("INT", SIGINT), ("TERM", SIGTERM)] {
            let folder = folder();
            let pipe = pipe(&folder, waits_for);
            let mut child = program()
                .current_dir(folder.path())
                .args(words)
                .stdin(Stdio::null())
                .spawn()
                .unwrap();
            let _writer = read_by_somebody(&pipe);
            send(name, child.id());
            assert_eq!(child.wait().unwrap().signal(), Some(signal), "{words:?}");
            assert!(!folder.path().join("out/a.json").exists());
        }
    }
}

/// One that waits for the AWS CLI, while others go on with the lock that there is.
#[cfg(feature = "resolve")]
#[test]
fn a_signal_ends_a_command_that_asks_the_world() {
    use crate::live::{answering, arguments, aws, folder, live_with};
    let dns = answering("52.192.36.247");
    for command in [&["resolve"][..], &["check", "--live"]] {
        for (name, signal) in [("INT", SIGINT), ("TERM", SIGTERM)] {
            let folder = folder("pl-61a54008");
            assert_eq!(live_with(&folder, &dns, &["resolve"], &[], &[]).code, 0);
            assert_eq!(folder.run(&["generate"]).code, 0);
            let before = files(&folder);
            let pipe = pipe(&folder, "pipe");
            aws(&folder, "exec cat pipe");
            let mut child = program()
                .current_dir(folder.path())
                .args(arguments(&folder, &dns, command, &["--deadline", "1d"]))
                .env("PATH", "/usr/bin:/bin")
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            let _writer = read_by_somebody(&pipe);
            assert_eq!(folder.run(&["check"]).code, 0);
            assert_eq!(folder.run(&["generate"]).code, 0);
            send(name, child.id());
            assert_eq!(child.wait().unwrap().signal(), Some(signal), "{command:?}");
            fs::remove_file(pipe).unwrap();
            let mut after = files(&folder);
            after.insert("bin/aws".into(), before[Path::new("bin/aws")].clone());
            assert!(after == before, "{command:?}");
        }
    }
}
