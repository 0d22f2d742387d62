//! Folders and files that may not be written or read.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use super::{RESOLVE, WRITING, Words, files, folder, without_fault};
use crate::support::Folder;

const NOBODY: u32 = 65_534;

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Somebody whom permissions stop, who is also the one to own the folder. They stop anybody but
/// root, who runs the tests in many containers.
fn run(folder: &Folder, words: &[&str]) -> (Option<i32>, String) {
    let mut command = if is_root() {
        let mut command = Command::new(for_anybody());
        command.uid(NOBODY).gid(NOBODY);
        command
    } else {
        Command::new(env!("CARGO_BIN_EXE_fargate-egress"))
    };
    let output = command.env_clear().current_dir(folder.path()).args(words).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The program where everybody gets to: what is built may lie where only root does.
fn for_anybody() -> &'static Path {
    static COPY: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, copy) = COPY.get_or_init(|| {
        let place = tempfile::Builder::new()
            .permissions(Permissions::from_mode(0o755))
            .tempdir_in("/tmp")
            .unwrap();
        let copy = place.path().join("fargate-egress");
        fs::copy(env!("CARGO_BIN_EXE_fargate-egress"), &copy).unwrap();
        (place, copy)
    });
    copy
}

/// A folder that belongs to whoever [`run`] runs as.
fn owned() -> Folder {
    let folder = folder();
    if is_root() {
        let paths = folder.files().into_iter().map(|(path, _)| folder.path().join(path));
        let all = paths.chain([folder.path().to_owned(), folder.path().join("out")]);
        all.for_each(|path| chown(path, Some(NOBODY), Some(NOBODY)).unwrap());
    }
    folder
}

fn set(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn permissions_stop_nobody_who_may() {
    for (words, _) in WRITING {
        let folder = owned();
        assert_eq!(run(&folder, words).0, Some(0), "{words:?}");
        assert!(files(&folder) == without_fault(words).1, "{words:?}");
    }
}

#[test]
fn a_folder_that_may_not_be_written_leaves_every_file_as_it_was() {
    for (words, written) in WRITING {
        let folder = owned();
        let before = files(&folder);
        let locked = folder.path().join(Path::new(written[0]).parent().unwrap());
        set(&locked, 0o555);
        let (code, said) = run(&folder, words);
        set(&locked, 0o755);
        assert_eq!(code, Some(3), "{words:?}: {said}");
        assert!(said.starts_with("error: cannot write `"), "{said}");
        assert!(said.contains("Permission denied"), "{said}");
        assert!(files(&folder) == before, "{words:?}");
    }
}

/// The permission to write the folder is all that it takes to replace a file, but not what is meant.
#[test]
fn a_file_that_may_not_be_written_stays() {
    for (words, written) in WRITING {
        for file in *written {
            let folder = owned();
            let before = files(&folder);
            if !before.contains_key(Path::new(file)) {
                continue;
            }
            set(&folder.path().join(file), 0o444);
            let (code, said) = run(&folder, words);
            assert_eq!(code, Some(3), "{words:?} {file}: {said}");
            let expected = format!("error: cannot replace `{file}`: Permission denied");
            assert!(said.starts_with(&expected), "{said}");
            assert!(files(&folder) == before, "{words:?} {file}");
        }
    }
}

#[test]
fn a_file_that_may_not_be_read_is_the_outside_failing() {
    let generate: Words = &["generate"];
    for (words, file) in [
        (generate, "egress.yaml"),
        (generate, "egress.lock.json"),
        (RESOLVE, "egress.lock.json"),
        (RESOLVE, "answers.txt"),
        (&["check"], "egress.lock.json"),
        (&["verify", "app.yaml"], "app.yaml"),
        (&["explain", "a"], "egress.yaml"),
        (&["diagram", "a"], "egress.lock.json"),
    ] {
        let folder = owned();
        let before = files(&folder);
        set(&folder.path().join(file), 0o200);
        let (code, said) = run(&folder, words);
        set(&folder.path().join(file), 0o644);
        assert_eq!(code, Some(3), "{words:?} {file}: {said}");
        let expected = format!("error: cannot read `{file}`: Permission denied");
        assert!(said.starts_with(&expected), "{said}");
        assert!(files(&folder) == before, "{words:?} {file}");
    }
}

/// There is nothing to write, so that it may not be written is no matter.
#[test]
fn what_changes_nothing_needs_no_permission() {
    for (words, _) in WRITING.iter().filter(|(words, _)| words[0] != "init") {
        let folder = owned();
        assert_eq!(run(&folder, words).0, Some(0), "{words:?}");
        let paths = [folder.path().to_owned(), folder.path().join("out")];
        paths.iter().for_each(|path| set(path, 0o555));
        let (code, said) = run(&folder, words);
        paths.iter().for_each(|path| set(path, 0o755));
        assert_eq!(code, Some(0), "{words:?}: {said}");
    }
}
