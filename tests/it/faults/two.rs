//! Two runs at once.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{GENERATE, RESOLVE, VERIFY, WRITING, Words, files, folder, without_fault};
use crate::support::{Folder, program};

fn start(folder: &Folder, words: &[&str]) -> Child {
    program()
        .current_dir(folder.path())
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What a command holds while it works: `resolve` its lock, since it writes what it read and more;
/// the others the folder, while they replace files in it.
fn held(words: Words, written: &str) -> &Path {
    if words == RESOLVE {
        return Path::new(written);
    }
    match Path::new(written).parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Until a process has a file open, which is when it asks for the lock on it.
fn wait_until_open(child: &mut Child, path: &Path) {
    let began = Instant::now();
    loop {
        let open = fs::read_dir(format!("/proc/{}/fd", child.id())).into_iter().flatten().flatten();
        if open.into_iter().any(|fd| fs::read_link(fd.path()).is_ok_and(|to| to == path)) {
            return;
        }
        assert!(child.try_wait().unwrap().is_none(), "it does not wait for {path:?}");
        assert!(began.elapsed() < Duration::from_secs(30), "{path:?}");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn the_second_waits_for_the_first() {
    for (words, written) in WRITING {
        let folder = folder();
        let path = folder.path().join(held(words, written[0])).canonicalize().unwrap();
        let first = File::open(&path).unwrap();
        first.lock().unwrap();
        let before = files(&folder);
        let mut second = start(&folder, words);
        wait_until_open(&mut second, &path);
        assert!(files(&folder) == before, "{words:?}");
        first.unlock().unwrap();
        let output = second.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{words:?}: {}", said(&output));
        assert!(files(&folder) == without_fault(words).1, "{words:?}");
    }
}

/// Whether the kernel lists this process with the number that a file has for programs. On btrfs it
/// does not, and then nobody can be named.
fn is_listed(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let (process, found) = (std::process::id().to_string(), fs::metadata(path).unwrap());
    let device = found.dev();
    let device = ((device >> 8) & 0xfff, (device & 0xff) | ((device >> 12) & 0xfff00));
    let file = format!("{:02x}:{:02x}:{}", device.0, device.1, found.ino());
    let locks = fs::read_to_string("/proc/locks").unwrap();
    locks.lines().any(|line| line.contains(&format!(" {process} {file} ")))
}

#[test]
fn the_second_does_not_wait_for_ever_and_says_who_holds_it() {
    let began = Instant::now();
    let running = WRITING.iter().map(|(words, written)| {
        let folder = folder();
        let path = folder.path().join(held(words, written[0]));
        let first = File::open(&path).unwrap();
        first.lock().unwrap();
        let before = files(&folder);
        let child = start(&folder, words);
        (words, held(words, written[0]), folder, path, before, first, child)
    });
    for (words, held, folder, path, before, first, child) in running.collect::<Vec<_>>() {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{words:?}: {}", said(&output));
        let who = match is_listed(&path) {
            true => format!("process {}", std::process::id()),
            false => "another process".to_owned(),
        };
        let expected = format!(
            "error: cannot write `{}`: {who} is at work on it, and did not end within 10s\n",
            held.display()
        );
        assert_eq!(said(&output), expected, "{words:?}");
        assert!(files(&folder) == before, "{words:?}");
        drop(first);
    }
    assert!(began.elapsed() >= Duration::from_secs(10));
}

/// What holds nothing is not waited for, and neither are those who only read.
#[test]
fn only_who_writes_there_waits() {
    let folder = folder();
    let lock = File::open(folder.path().join("egress.lock.json")).unwrap();
    lock.lock().unwrap();
    let began = Instant::now();
    for words in [
        GENERATE,
        VERIFY,
        &["check"],
        &["explain", "a"],
        &["diagram", "a"],
        &["resolve", "--snapshot", "--dry-run"],
    ] {
        let run = folder.run(words);
        assert_eq!(run.code, 0, "{words:?}: {}", run.stderr);
    }
    assert!(began.elapsed() < Duration::from_secs(10), "somebody waited");
}

/// Nothing is lost between runs of the same command, and what they leave is whole.
#[test]
fn many_at_once_come_to_what_one_comes_to() {
    for (words, _) in WRITING.iter().filter(|(words, _)| words[0] != "init") {
        let folder = folder();
        let running: Vec<Child> = (0..6).map(|_| start(&folder, words)).collect();
        for child in running {
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{words:?}: {}", said(&output));
        }
        assert!(files(&folder) == without_fault(words).1, "{words:?}");
    }
}

/// Of two that begin with nothing one is first, and the other overwrites nothing.
#[test]
fn of_many_that_make_a_file_one_does() {
    let (init, _) = WRITING[0];
    for (words, made) in [(init, "new.yaml"), (RESOLVE, "egress.lock.json")] {
        let folder = folder();
        let _ = fs::remove_file(folder.path().join(made));
        let running = (0..6).map(|number| {
            // Each makes another one.
            let account = format!("00000000000{number}");
            let more = ["--account", &account];
            start(&folder, &[words, if words == init { &more } else { &[] }].concat())
        });
        let running: Vec<Child> = running.collect();
        let ended = running.into_iter().map(|child| child.wait_with_output().unwrap());
        let mut codes: Vec<i32> = Vec::new();
        for output in ended {
            let code = output.status.code().unwrap();
            // It was there when it was looked for, or appeared later; a lock is read then.
            let lost = match code {
                2 => said(&output).contains("config-exists"),
                3 => said(&output).contains("somebody changed it meanwhile"),
                _ => false,
            };
            assert!(code == 0 || lost, "{words:?}: {code} {}", said(&output));
            codes.push(code);
        }
        assert!(codes.contains(&0), "{words:?}: {codes:?}");
        assert!(words == RESOLVE || codes.iter().filter(|code| **code == 0).count() == 1);
        assert!(files(&folder).keys().all(|path| !path.to_string_lossy().contains(".tmp")));
    }
}

/// Two runs that see different things at once: what one of them saw is not lost.
#[test]
fn what_two_runs_saw_is_in_the_lock() {
    let folder = folder();
    let addresses: Vec<String> = (1..=4).map(|n| format!("3.112.64.{n}")).collect();
    let running = addresses.iter().enumerate().map(|(number, address)| {
        let name = format!("answers-{number}.txt");
        folder.write(&name, format!("api.ecr.ap-northeast-1.amazonaws.com. 60 IN A {address}\n"));
        start(&folder, &["resolve", "--snapshot", "--answers", &name, "--seen", "2026-09-01"])
    });
    for child in running.collect::<Vec<_>>() {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
    let lock = folder.read("egress.lock.json");
    addresses.iter().for_each(|address| assert!(lock.contains(address.as_str()), "{address}"));
}

/// The lock goes with the process, however it ends.
#[test]
fn who_was_killed_holds_nothing() {
    let folder = folder();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut first =
        start(&folder, &["resolve", "--snapshot", "--answers", "pipe", "--seen", "2026-09-01"]);
    let lock = folder.path().join("egress.lock.json").canonicalize().unwrap();
    wait_until_open(&mut first, &lock);
    first.kill().unwrap();
    first.wait().unwrap();
    let run = folder.run(RESOLVE);
    assert_eq!(run.code, 0, "{}", run.stderr);
}
