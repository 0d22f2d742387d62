//! No home, no terminal, another locale, no folder to be in: what a command comes to does not hang on
//! any of them.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{WRITING, commands, config, files, folder, without_fault};
use crate::support::{Folder, python};

#[test]
fn a_locale_changes_no_byte() {
    for words in commands() {
        let (usual, after) = &*without_fault(words);
        for environment in [
            [("LANG", "POSIX"), ("LC_ALL", "C")],
            // Where `i` in capitals is not `I`, and where a text is not UTF-8.
            [("LANG", "tr_TR.UTF-8"), ("LC_CTYPE", "ja_JP.eucJP")],
        ] {
            let folder = folder();
            let run = folder.run_with(words, &environment);
            assert_eq!(run.code, usual.code, "{words:?} {environment:?}: {}", run.stderr);
            assert_eq!(run.stdout, usual.stdout, "{words:?} {environment:?}");
            assert_eq!(run.stderr, usual.stderr, "{words:?} {environment:?}");
            assert!(files(&folder) == *after, "{words:?} {environment:?}");
        }
    }
    // It would prove nothing if all were ASCII.
    assert!(!without_fault(&["verify", "--explain", "private-dns-off"]).0.stdout.is_ascii());
}

/// Kept is what can be fetched again: where it cannot be kept, it is fetched again.
#[cfg(feature = "resolve")]
#[test]
fn without_a_home_nothing_is_kept_and_nothing_fails() {
    use crate::https::server::{Reply, Server, reply};
    use crate::live::{TOKYO, answering, folder, live_with, publication};

    let dns = answering("52.192.36.247");
    let body = publication(20, TOKYO);
    let server = Server::new(move |_| -> Reply { reply("200 OK\netag: \"a\"", &body) });
    let url = server.url("/ip-ranges.json");
    let resolve = |environment: &[(&str, &str)]| -> (Folder, Vec<String>) {
        let folder = folder("pl-61a54008");
        let here = folder.path().to_str().unwrap();
        let environment: Vec<(&str, String)> =
            environment.iter().map(|(name, value)| (*name, value.replace('~', here))).collect();
        let environment: Vec<(&str, &str)> =
            environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let before = files(&folder);
        let run = live_with(&folder, &dns, &["resolve"], &["--ip-ranges", &url], &environment);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{environment:?}");
        let after = files(&folder);
        let new = after.keys().filter(|path| !before.contains_key(*path));
        let new = new.map(|path| path.display().to_string()).filter(|path| path != "ca.pem");
        (folder, new.collect())
    };
    for environment in [
        &[][..],
        &[("HOME", "")],
        &[("XDG_CACHE_HOME", "")],
        &[("HOME", "home")],
        &[("XDG_CACHE_HOME", "cache")],
        &[("HOME", "home"), ("XDG_CACHE_HOME", "cache")],
        // A file, something below a file, and where nobody can make anything.
        &[("XDG_CACHE_HOME", "~/egress.yaml")],
        &[("HOME", "~/egress.yaml/home")],
        &[("HOME", "/proc")],
    ] {
        assert_eq!(resolve(environment).1, ["egress.lock.json"], "{environment:?}");
    }
    let kept = |place: &str| {
        ["ip-ranges.json", "ip-ranges.kept.json"]
            .map(|name| format!("{place}/fargate-egress/{name}"))
    };
    for (environment, place) in [
        (&[("HOME", "~/home")][..], "home/.cache"),
        (&[("HOME", "~/home"), ("XDG_CACHE_HOME", "")], "home/.cache"),
        (&[("HOME", "~/home"), ("XDG_CACHE_HOME", "cache")], "home/.cache"),
        (&[("HOME", "~/home"), ("XDG_CACHE_HOME", "~/cache")], "cache"),
    ] {
        let (_, new) = resolve(environment);
        for file in kept(place) {
            assert!(new.contains(&file), "{environment:?}: {new:?}");
        }
        assert_eq!(new.len(), 3, "{environment:?}: {new:?}");
    }
}

/// Runs a program on a terminal and prints what that shows.
const ON_A_TERMINAL: &str = "\
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.chdir(sys.argv[1])
    os.execve(sys.argv[2], sys.argv[2:], {'TERM': 'xterm'})
shown = b''
while True:
    try:
        read = os.read(terminal, 65536)
    except OSError:
        break
    if not read:
        break
    shown += read
sys.stdout.write(shown.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
";

#[test]
fn progress_is_for_terminals() {
    let folder = Folder::of_example();
    let names: Vec<String> = (0..200).map(|number| format!("s-{number}")).collect();
    folder.write("egress.yaml", config(&names, "me"));
    let run = folder.run_with(&["generate"], &[("TERM", "xterm")]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let is_plain = |text: &str| !text.contains(['\r', '\u{1b}']) && !text.contains("generating");
    assert!(is_plain(&run.stderr) && is_plain(&run.stdout), "{}", run.stderr);
    let place = folder.path().to_str().unwrap();
    let program = env!("CARGO_BIN_EXE_fargate-egress");
    let shown = python(&["-c", ON_A_TERMINAL, place, program, "generate"]).unwrap();
    assert!(shown.contains("generating"), "{shown}");
}

/// Nor one that it could open by itself.
#[test]
fn nobody_is_asked_without_a_terminal() {
    let (init, _) = WRITING[0];
    for (words, missing) in [(&init[..3], "--region"), (&init[..5], "--account")] {
        for input in ["</dev/null", "<&-", "< egress.yaml", "<&- >&- 2>/dev/null"] {
            let folder = folder();
            let before = files(&folder);
            let output = Command::new("setsid")
                .args(["--wait", "sh", "-c", &format!("exec \"$@\" {input}"), "sh"])
                .arg(env!("CARGO_BIN_EXE_fargate-egress"))
                .args(words)
                .env_clear()
                .current_dir(folder.path())
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{words:?} {input}: {said}");
            let expected = format!("`{missing}` is not given");
            assert!(input.contains("2>") || said.contains(&expected), "{input}: {said}");
            assert!(files(&folder) == before);
        }
    }
}

#[test]
fn a_folder_that_is_gone_is_not_needed() {
    let folder = folder();
    let config = folder.path().join("egress.yaml");
    let script = "mkdir gone && cd gone && rmdir ../gone && exec \"$@\"";
    let run = |words: &[&str]| {
        Command::new("sh")
            .args(["-c", script, "sh", env!("CARGO_BIN_EXE_fargate-egress")])
            .args(words)
            .env_clear()
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    };
    let before = files(&folder);
    let output = run(&["generate"]);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(files(&folder) == before);
    let output = run(&["generate", "--config", config.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(files(&folder).contains_key(Path::new("out/a.json")));
}
