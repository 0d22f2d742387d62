//! Symbolic links where files are read and written. What is read may lie behind one, and what was
//! read first is replaced there; nothing else is written through a link, nor in the place of one.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::{GENERATE, RESOLVE, VERIFY, Words, files, folder, without_fault};
use crate::support::Folder;

/// Where a link leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leads {
    /// To the file, which now lies elsewhere.
    ToTheFile,
    /// To a file of somebody's that is something else.
    ToAnother,
    /// To nothing, in a folder that is there.
    ToNothing,
    /// To itself.
    Round,
}
use Leads::{Round, ToAnother, ToNothing, ToTheFile};

/// Puts a link in the place of a file or a folder.
fn link(folder: &Folder, name: &str, leads: Leads) {
    let (path, elsewhere) = (folder.path().join(name), folder.path().join("elsewhere"));
    fs::create_dir_all(&elsewhere).unwrap();
    let to = elsewhere.join(Path::new(name).file_name().unwrap());
    match leads {
        ToTheFile => fs::rename(&path, &to).unwrap(),
        ToAnother => fs::write(&to, "somebody's\n").unwrap(),
        ToNothing | Round => {}
    }
    let _ = fs::remove_file(&path);
    let _ = fs::remove_dir_all(&path);
    symlink(if leads == Round { path.clone() } else { to }, &path).unwrap();
}

const INIT: Words = &["init", "--region", "ap-northeast-1", "--account", "012345678901"];
const FORCE: Words =
    &["init", "--region", "ap-northeast-1", "--account", "012345678901", "--force"];
const OUT_AS_IT_IS: Words = &["resolve", "--snapshot"];

/// The exit code of a command with a link, and what it says.
const TABLE: &[(Words, &str, Leads, i32, &str)] = &[
    // What is read is read behind a link.
    (GENERATE, "egress.yaml", ToTheFile, 0, ""),
    (GENERATE, "egress.lock.json", ToTheFile, 0, ""),
    (VERIFY, "app.yaml", ToTheFile, 0, ""),
    (&["check"], "out/a.yaml", ToTheFile, 1, ""),
    (GENERATE, "egress.yaml", ToNothing, 2, "error[config-missing]"),
    (GENERATE, "egress.lock.json", ToNothing, 2, "error[lock-missing]"),
    (VERIFY, "app.yaml", ToNothing, 2, "error[file-missing]"),
    (GENERATE, "egress.yaml", Round, 3, "cannot read `egress.yaml`"),
    (GENERATE, "egress.lock.json", Round, 3, "cannot read `egress.lock.json`"),
    (RESOLVE, "egress.lock.json", Round, 3, "cannot read `egress.lock.json`"),
    (&["check"], "out/a.yaml", Round, 3, "cannot read `out/a.yaml`"),
    (GENERATE, "egress.lock.json", ToAnother, 2, "error[lock-syntax]"),
    // The lock was read, so it is replaced where it lies.
    (RESOLVE, "egress.lock.json", ToTheFile, 0, ""),
    (OUT_AS_IT_IS, "egress.lock.json", ToTheFile, 0, ""),
    (RESOLVE, "egress.lock.json", ToAnother, 2, "error[lock-syntax]"),
    (RESOLVE, "egress.lock.json", ToNothing, 3, "`egress.lock.json`: it is a symbolic link"),
    // A config that is there is not overwritten; and what lies behind a link not with force either.
    (INIT, "egress.yaml", ToTheFile, 2, "error[config-exists]"),
    (INIT, "egress.yaml", ToNothing, 2, "error[config-exists]"),
    (INIT, "egress.yaml", Round, 2, "error[config-exists]"),
    (FORCE, "egress.yaml", ToTheFile, 3, "`egress.yaml`: it is a symbolic link"),
    (FORCE, "egress.yaml", ToNothing, 3, "`egress.yaml`: it is a symbolic link"),
    (FORCE, "egress.yaml", Round, 3, "cannot replace `egress.yaml`"),
    (FORCE, "egress.schema.json", ToAnother, 3, "`egress.schema.json`: it is a symbolic link"),
    // What is generated was never read.
    (GENERATE, "out/a.yaml", ToTheFile, 3, "`out/a.yaml`: it is a symbolic link"),
    (GENERATE, "out/a.yaml", ToAnother, 3, "`out/a.yaml`: it is a symbolic link"),
    (GENERATE, "out/b.json", ToAnother, 3, "`out/b.json`: it is a symbolic link"),
    (GENERATE, "out/b.json", ToNothing, 3, "`out/b.json`: it is a symbolic link"),
    (GENERATE, "out/b.json", Round, 3, "cannot replace `out/b.json`"),
    (VERIFY, "picture.svg", ToAnother, 3, "`picture.svg`: it is a symbolic link"),
    (VERIFY, "picture.svg", ToNothing, 3, "`picture.svg`: it is a symbolic link"),
    // A folder may lie anywhere.
    (GENERATE, "out", ToTheFile, 0, ""),
    (GENERATE, "out", ToNothing, 3, "cannot make `out`"),
    (GENERATE, "out", Round, 3, "cannot "),
    (GENERATE, "out", ToAnother, 3, "cannot "),
];

#[test]
fn nothing_is_written_through_a_link_to_what_was_not_read() {
    for (words, name, leads, code, said) in TABLE {
        let at = format!("{words:?} {name} {leads:?}");
        let folder = folder();
        link(&folder, name, *leads);
        let path = folder.path().join(name);
        let (before, to) = (tree(&folder), fs::read_link(&path).unwrap());
        let run = folder.run(words);
        assert_eq!(run.code, *code, "{at}: {}", run.stderr);
        assert!(run.stderr.contains(said), "{at}: {}", run.stderr);
        assert_eq!(fs::read_link(&path).unwrap(), to, "{at}");
        if *code == 0 && *words != OUT_AS_IT_IS {
            // All is as without the link.
            for (file, bytes) in &without_fault(words).1 {
                assert!(fs::read(folder.path().join(file)).unwrap() == *bytes, "{at} {file:?}");
            }
        } else {
            assert_eq!(tree(&folder), before, "{at}");
        }
    }
}

/// Every file and link below a folder, without what a link leads to.
fn tree(folder: &Folder) -> Vec<(String, Vec<u8>)> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.path().to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let (path, kind) = entry.map(|e| (e.path(), e.file_type().unwrap())).unwrap();
            let bytes = if kind.is_symlink() {
                fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
            } else if kind.is_dir() {
                folders.push(path);
                continue;
            } else {
                fs::read(&path).unwrap()
            };
            found.push((path.display().to_string(), bytes));
        }
    }
    found.sort();
    found
}

/// There is nothing to write, so that it is a link is no matter.
#[test]
fn a_link_to_what_is_right_already_is_left_alone() {
    for (words, name) in [(GENERATE, "out/a.yaml"), (VERIFY, "picture.svg")] {
        let folder = folder();
        assert_eq!(folder.run(words).code, 0);
        link(&folder, name, ToTheFile);
        let before = files(&folder);
        let run = folder.run(words);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(files(&folder) == before);
        assert!(fs::symlink_metadata(folder.path().join(name)).unwrap().is_symlink());
    }
}
