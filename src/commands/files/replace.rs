//! Replacing many files or none.
//!
//! All of the new files are written and synchronised under other names first. Only then do they
//! change places with the old ones, which is undone if one of them cannot. So a command that fails
//! leaves all files as they were, and one that is asked to end by a signal leaves them so or all of
//! them new; a process that is killed, or a power cut, leaves every file whole, but may leave some
//! new and others old.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::hold::{Hold, hold};
use super::place::{Inputs, NAME, Placed, Ready, changed, exchange, undo};
use super::signals::Deferred;
use super::{FileError, file_name};
use crate::commands::many;
use crate::diagnostic::Source;

/// More files than this are synchronised all at once, with whatever else their file system holds:
/// to wait for each of ten thousand takes as long as everything else together.
const MOST_SYNCHRONISED: usize = 64;

/// What a file is to become.
#[derive(Debug, Clone, Copy)]
pub(in crate::commands) struct Replacement<'a> {
    pub(super) path: &'a Path,
    pub(super) bytes: &'a [u8],
    pub(super) before: Before<'a>,
}

/// What a command knows of what it replaces.
#[derive(Debug, Clone, Copy)]
pub(super) enum Before<'a> {
    /// Nothing: whatever it is, it goes. But not behind a symbolic link, which may lead anywhere.
    Unread,
    /// Nothing, but that a file of ours is one of which this says so: anybody else's stays.
    Ours(fn(&[u8]) -> bool),
    /// The bytes of the file; `None` if there was none. If somebody changed it since, theirs stays.
    Read(Option<&'a [u8]>),
}

impl<'a> Replacement<'a> {
    /// Of a file that is this program's to write, whatever is there.
    pub(in crate::commands) fn of(path: &'a Path, bytes: &'a [u8]) -> Replacement<'a> {
        Replacement { path, bytes, before: Before::Unread }
    }

    /// Of a file that this program wrote before, if there is one, by which one can tell.
    pub(in crate::commands) fn of_ours(
        path: &'a Path,
        bytes: &'a [u8],
        is_ours: fn(&[u8]) -> bool,
    ) -> Replacement<'a> {
        Replacement { path, bytes, before: Before::Ours(is_ours) }
    }

    /// Of a file that was read first.
    pub(in crate::commands) fn since(
        path: &'a Path,
        bytes: &'a [u8],
        before: Option<&'a [u8]>,
    ) -> Replacement<'a> {
        Replacement { path, bytes, before: Before::Read(before) }
    }
}

/// Makes all changes whose bytes differ, or none; whether each one was made.
///
/// `sources` are files that the bytes were made from: if one of them changed since, or is one that is
/// to be replaced, nothing is written. A file that is the same already is not touched.
///
/// # Errors
/// [`FileError`]; the files are as they were then.
pub(in crate::commands) fn replace(
    changes: &[Replacement<'_>],
    sources: &[(&Path, &Source)],
) -> Result<Vec<bool>, FileError> {
    let folders = changes.iter().map(|change| folder_of(change.path));
    for folder in folders.collect::<BTreeSet<_>>() {
        fs::create_dir_all(folder).map_err(|error| FileError::new("make", folder, error))?;
    }
    let targets: Vec<PathBuf> = changes.iter().map(|change| target_of(change.path)).collect();
    let folders: BTreeSet<&Path> = targets.iter().map(|target| folder_of(target)).collect();
    let holds = folders.iter().map(|folder| hold(folder)).collect::<Result<Vec<_>, _>>()?;
    // Before the files that it is there for, so that those are gone when it ends the program.
    let deferred = Deferred::new();
    folders.iter().zip(&holds).for_each(|(folder, hold)| remove_leftovers(folder, hold));

    // What came from standard input is no file.
    let read = sources.iter().filter(|(path, _)| *path != Path::new("-"));
    let inputs = Inputs::of(read.clone().map(|(path, _)| *path));
    let at_once = cfg!(target_os = "linux") && changes.len() > MOST_SYNCHRONISED;
    // Waiting for the disk is most of it, so files wait beside each other.
    let prepare = |(change, target): &(&Replacement<'_>, &PathBuf)| {
        if deferred.arrived() {
            return Err(interrupted(target));
        }
        Ready::new(change, target, &inputs, !at_once)
    };
    let pairs: Vec<_> = changes.iter().zip(&targets).collect();
    let ready: Vec<Option<Ready>> =
        many::of_each(&pairs, prepare).into_iter().collect::<Result<_, FileError>>()?;
    if at_once {
        let written = ready.iter().flatten().map(|ready| folder_of(&ready.target));
        written.collect::<BTreeSet<_>>().into_iter().try_for_each(synchronise)?;
    }
    for (path, source) in read {
        let is_same = fs::read(path).is_ok_and(|bytes| bytes == source.text.as_bytes());
        if !is_same {
            return Err(FileError::new("go by", path, changed()));
        }
    }
    if let (true, Some(target)) = (deferred.arrived(), targets.first()) {
        return Err(interrupted(target));
    }

    let made = ready.iter().map(Option::is_some).collect();
    let mut placed: Vec<Placed> = Vec::new();
    for ready in ready.into_iter().flatten() {
        match ready.place(exchange) {
            Ok(one) => placed.push(one),
            Err(error) => return Err(undo(placed, error)),
        }
    }
    Ok(made)
}

/// Nobody reads it: the signal ends the program first.
fn interrupted(target: &Path) -> FileError {
    FileError::new("write", target, io::ErrorKind::Interrupted.into())
}

/// Removes what a run left that was killed. While the folder is held nobody is at it any more.
fn remove_leftovers(folder: &Path, hold: &Hold) {
    if !hold.is_held() {
        return;
    }
    for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let name = file_name(&path);
        if name.starts_with(NAME.0) && name.ends_with(NAME.1) {
            // What cannot be removed, somebody else's in a folder for everyone, is in nobody's way.
            let _ = fs::remove_file(path);
        }
    }
}

/// Waits until everything that was written to the file system of a folder is on its disk.
#[cfg(target_os = "linux")]
fn synchronise(folder: &Path) -> Result<(), FileError> {
    let error = |error| FileError::new("synchronise", folder, error);
    let opened = File::open(folder).map_err(error)?;
    rustix::fs::syncfs(opened).map_err(|errno| error(errno.into()))
}

/// Where there is no such call, every file has been waited for by itself.
#[cfg(not(target_os = "linux"))]
fn synchronise(_: &Path) -> Result<(), FileError> {
    Ok(())
}

pub(super) fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink())
}

/// The file behind a symbolic link, where there is one, so that the link stays.
fn target_of(path: &Path) -> PathBuf {
    let behind = if is_link(path) { fs::canonicalize(path).ok() } else { None };
    behind.unwrap_or_else(|| path.to_owned())
}

/// The folder that a file is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(files: &[(&Path, &[u8])]) -> Result<Vec<bool>, FileError> {
        let changes: Vec<_> =
            files.iter().map(|(path, bytes)| Replacement::of(path, bytes)).collect();
        replace(&changes, &[])
    }

    fn names(folder: &Path) -> BTreeSet<String> {
        fs::read_dir(folder).unwrap().map(|entry| file_name(&entry.unwrap().path())).collect()
    }

    #[test]
    fn unchanged_files_are_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out/a.yaml");
        assert_eq!(write(&[(&path, b"1")]).unwrap(), [true]);
        let before = fs::metadata(&path).unwrap().modified().unwrap();
        assert_eq!(write(&[(&path, b"1")]).unwrap(), [false]);
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
    }

    /// Enough of them to be synchronised at once.
    #[test]
    fn many_files_are_all_new_or_all_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let paths: Vec<_> = (0..2 * MOST_SYNCHRONISED).map(|n| out.join(n.to_string())).collect();
        let files = |text: &'static [u8]| -> Vec<(&Path, &[u8])> {
            paths.iter().map(|path| (path.as_path(), text)).collect()
        };
        let holds = |text: &[u8]| paths.iter().all(|path| fs::read(path).unwrap() == text);
        assert!(write(&files(b"old")).unwrap().iter().all(|written| *written));
        assert!(holds(b"old"));
        let in_the_way = out.join("in-the-way");
        fs::create_dir(&in_the_way).unwrap();
        let mut more = files(b"new");
        more.push((&in_the_way, b"new"));
        assert!(write(&more).is_err());
        assert!(holds(b"old"));
        assert_eq!(names(&out).len(), more.len(), "no temporary file is left");
        assert!(write(&files(b"new")).unwrap().iter().all(|written| *written));
        assert!(holds(b"new"));
        assert_eq!(names(&out).len(), more.len(), "no temporary file is left");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_what_was_read_stays_a_link_and_permissions_stay() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        replace(&[Replacement::since(&link, b"new", Some(b"old"))], &[]).unwrap();
        assert!(is_link(&link));
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
