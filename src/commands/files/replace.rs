//! Replacing many files or none.
//!
//! All of the new files are written and synchronised under other names first. Only then do they
//! change places with the old ones, which is undone if one of them cannot. So a command that fails,
//! and one that is asked to end by a signal, leaves all files as they were; a process that is
//! killed, or a power cut, leaves every file whole, but may leave some new and others old.

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tempfile::TempPath;

use super::hold::{Hold, hold};
use super::signals::Deferred;
use super::{FileError, file_name};
use crate::commands::many;
use crate::diagnostic::Source;

/// More files than this are synchronised all at once, with whatever else their file system holds:
/// to wait for each of ten thousand takes as long as everything else together.
const MOST_SYNCHRONISED: usize = 64;

/// The names of files on their way, with something random between.
const NAME: (&str, &str) = (".fargate-egress-", ".tmp");

/// What a file is to become.
#[derive(Debug, Clone, Copy)]
pub(in crate::commands) struct Replacement<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    before: Before<'a>,
}

/// What a command knows of what it replaces.
#[derive(Debug, Clone, Copy)]
enum Before<'a> {
    /// Nothing: whatever it is, it goes. But not behind a symbolic link, which may lead anywhere.
    Unread,
    /// The bytes of the file; `None` if there was none. If somebody changed it since, theirs stays.
    Read(Option<&'a [u8]>),
}

impl<'a> Replacement<'a> {
    /// Of a file that is this program's to write, whatever is there.
    pub(in crate::commands) fn of(path: &'a Path, bytes: &'a [u8]) -> Replacement<'a> {
        Replacement { path, bytes, before: Before::Unread }
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
/// `sources` are files that the bytes were made from: if one of them changed since, nothing is
/// written. A file that is the same already is not touched.
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

    let at_once = cfg!(target_os = "linux") && changes.len() > MOST_SYNCHRONISED;
    // Waiting for the disk is most of it, so files wait beside each other.
    let prepare = |(change, target): &(&Replacement<'_>, &PathBuf)| {
        if deferred.arrived() {
            return Err(interrupted(target));
        }
        Ready::new(change, target, !at_once)
    };
    let pairs: Vec<_> = changes.iter().zip(&targets).collect();
    let ready: Vec<Option<Ready>> =
        many::of_each(&pairs, prepare).into_iter().collect::<Result<_, FileError>>()?;
    if at_once {
        let written = ready.iter().flatten().map(|ready| folder_of(&ready.target));
        written.collect::<BTreeSet<_>>().into_iter().try_for_each(synchronise)?;
    }
    for (path, source) in sources {
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

/// Why a file that somebody changed is not replaced.
fn changed() -> io::Error {
    io::Error::other("somebody changed it meanwhile; look at it, and run the command again")
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

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink())
}

/// The file behind a symbolic link, where there is one, so that the link stays.
fn target_of(path: &Path) -> PathBuf {
    let behind = if is_link(path) { fs::canonicalize(path).ok() } else { None };
    behind.unwrap_or_else(|| path.to_owned())
}

/// The folder that a file is in.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// A file as it was found.
#[derive(Debug)]
struct Old {
    bytes: Vec<u8>,
    stamp: Stamp,
}

/// By which one can tell that a file is the one that was read, and that nobody wrote to it since.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    number: (u64, u64),
    size: u64,
    modified: Option<SystemTime>,
}

impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Stamp {
        #[cfg(unix)]
        let number = {
            use std::os::unix::fs::MetadataExt as _;
            (metadata.dev(), metadata.ino())
        };
        #[cfg(not(unix))]
        let number = (0, 0);
        Stamp { number, size: metadata.len(), modified: metadata.modified().ok() }
    }
}

impl Old {
    /// `None` if there is no file. Only of a regular file, and of no more than anything here
    /// writes: a pipe would never end.
    fn read(path: &Path) -> io::Result<Option<Old>> {
        const MOST: u64 = 64 << 20;
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => return Err(io::Error::other("it is not a regular file")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        }
        let file = File::open(path)?;
        let stamp = Stamp::from(&file.metadata()?);
        let mut bytes = Vec::new();
        file.take(MOST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MOST {
            return Err(io::Error::other(format!("it has more than {MOST} bytes")));
        }
        Ok(Some(Old { bytes, stamp }))
    }

    /// Whether it is what lies at a path, unchanged.
    fn is_at(&self, path: &Path) -> bool {
        fs::symlink_metadata(path).is_ok_and(|found| Stamp::from(&found) == self.stamp)
    }
}

/// A new file that is whole and on the disk, beside the one whose place it takes.
struct Ready {
    file: TempPath,
    target: PathBuf,
    old: Option<Old>,
}

impl Ready {
    /// `None` where there is nothing to change.
    fn new(
        change: &Replacement<'_>,
        target: &Path,
        synchronised: bool,
    ) -> Result<Option<Ready>, FileError> {
        let error = |error| FileError::new("replace", change.path, error);
        let old = Old::read(change.path).map_err(error)?;
        let found = old.as_ref().map(|old| old.bytes.as_slice());
        if found == Some(change.bytes) {
            return Ok(None);
        }
        match change.before {
            Before::Read(before) if before != found => return Err(error(changed())),
            Before::Read(Some(_)) => {}
            _ if is_link(change.path) => {
                let why = "it is a symbolic link; remove it, or name another path";
                return Err(error(io::Error::other(why)));
            }
            _ => {}
        }
        if old.is_some() {
            // Replacing takes no more than the folder's permission. A file that may not be written
            // is meant to stay.
            OpenOptions::new().write(true).open(target).map_err(error)?;
        }
        let file = write_beside(target, change.bytes, synchronised)?;
        Ok(Some(Ready { file, target: target.to_owned(), old }))
    }

    /// Puts it into its place, by an exchange with the old one where the file system can do that.
    fn place(
        self,
        exchange: impl Fn(&Path, &Path) -> io::Result<bool>,
    ) -> Result<Placed, FileError> {
        let Ready { file, target, old } = self;
        let error = |error| FileError::new("replace", &target, error);
        let Some(old) = old else {
            return match file.persist_noclobber(&target) {
                Ok(()) => Ok(Placed::New(target)),
                Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => {
                    Err(error(changed()))
                }
                Err(failed) => Err(error(failed.error)),
            };
        };
        if exchange(&file, &target).map_err(error)? {
            if old.is_at(&file) {
                return Ok(Placed::Exchanged { old: file, target });
            }
            let because = error(changed());
            return Err(undo(vec![Placed::Exchanged { old: file, target }], because));
        }
        if !old.is_at(&target) {
            return Err(error(changed()));
        }
        file.persist(&target).map_err(|failed| error(failed.error))?;
        Ok(Placed::Over { target, bytes: old.bytes })
    }
}

/// Lets two files change places; whether the file system can do that. What somebody put there in
/// the last moment is in the other place then, and not gone.
#[cfg(target_os = "linux")]
fn exchange(one: &Path, other: &Path) -> io::Result<bool> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn exchange(_: &Path, _: &Path) -> io::Result<bool> {
    Ok(false)
}

/// A file that is in its place.
enum Placed {
    /// Where there was none.
    New(PathBuf),
    /// For an old one, which lies beside it until all are in their places.
    Exchanged { old: TempPath, target: PathBuf },
    /// Over an old one with these bytes.
    Over { target: PathBuf, bytes: Vec<u8> },
}

impl Placed {
    /// Puts back what was there before; where that fails, what there is to be said.
    fn undo(self) -> Option<String> {
        match self {
            Placed::New(target) => fs::remove_file(&target)
                .err()
                .map(|error| format!("`{}` is there now: {error}", target.display())),
            Placed::Exchanged { old, target } => {
                // What somebody put there may be a folder, which no rename replaces; or they removed
                // it, and then there is nothing to exchange.
                if exchange(&old, &target).is_ok() {
                    return None;
                }
                let failed = old.persist(&target).err()?;
                let kept = failed.path.keep();
                let place = kept.unwrap_or_else(|failed| failed.path.to_path_buf());
                let (target, place, error) = (target.display(), place.display(), failed.error);
                Some(format!("what was in `{target}` is in `{place}` now: {error}"))
            }
            Placed::Over { target, bytes } => {
                let written = write_beside(&target, &bytes, true);
                let error = match written.map(|file| file.persist(&target)) {
                    Ok(Ok(())) => return None,
                    Ok(Err(failed)) => failed.error.to_string(),
                    Err(error) => error.to_string(),
                };
                Some(format!("`{}` is new: {error}", target.display()))
            }
        }
    }
}

/// Takes everything back because of a failure, which is the one to report; and what could not be
/// taken back with it.
fn undo(placed: Vec<Placed>, because: FileError) -> FileError {
    let left: Vec<String> = placed.into_iter().rev().filter_map(Placed::undo).collect();
    if left.is_empty() {
        return because;
    }
    let FileError { action, path, error } = because;
    let error = io::Error::other(format!("{error}; and that was not undone: {}", left.join("; ")));
    FileError { action, path, error }
}

/// A file with these bytes in the same folder. It is closed: a process may have fewer files open than
/// there are stacks.
fn write_beside(target: &Path, bytes: &[u8], synchronised: bool) -> Result<TempPath, FileError> {
    let error = |error| FileError::new("write", target, error);
    let folder = folder_of(target);
    let mut builder = tempfile::Builder::new();
    builder.prefix(NAME.0).suffix(NAME.1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Less what the umask takes away; a temporary file is its owner's only by default.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).map_err(error)?;
    if let Ok(metadata) = fs::metadata(target) {
        file.as_file().set_permissions(metadata.permissions()).map_err(error)?;
    }
    file.write_all(bytes).map_err(error)?;
    if synchronised {
        file.as_file().sync_all().map_err(error)?;
    }
    Ok(file.into_temp_path())
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

    type Exchange = fn(&Path, &Path) -> io::Result<bool>;

    /// As the file system does it, and as one that cannot.
    const WAYS: [Exchange; 2] = [exchange, |_, _| Ok(false)];

    fn ready(path: &Path) -> Ready {
        Ready::new(&Replacement::of(path, b"new"), path, true).unwrap().unwrap()
    }

    #[test]
    fn what_was_placed_can_be_taken_back() {
        for way in WAYS {
            let folder = tempfile::tempdir().unwrap();
            let [old, none] = ["old", "none"].map(|name| folder.path().join(name));
            fs::write(&old, "old").unwrap();
            let placed: Vec<Placed> =
                [&old, &none].map(|path| ready(path).place(way).ok().unwrap()).into();
            assert_eq!(fs::read(&old).unwrap(), b"new");
            assert_eq!(fs::read(&none).unwrap(), b"new");
            let because = undo(placed, FileError::new("replace", &old, changed()));
            assert!(!because.to_string().contains("undone"), "{because}");
            assert_eq!(fs::read(&old).unwrap(), b"old");
            assert_eq!(names(folder.path()), ["old".to_owned()].into());
        }
    }

    /// In the last moment, when the new file lies ready.
    #[test]
    fn what_somebody_else_wrote_stays() {
        let theirs: [fn(&Path); 3] = [
            |path| fs::write(path, "theirs").unwrap(),
            |path| {
                fs::write(path.with_extension("x"), "theirs").unwrap();
                fs::rename(path.with_extension("x"), path).unwrap();
            },
            |path| {
                fs::remove_file(path).unwrap();
                fs::create_dir(path).unwrap();
            },
        ];
        for way in WAYS {
            for change in theirs {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("a");
                fs::write(&path, "old").unwrap();
                let ready = ready(&path);
                change(&path);
                let error = ready.place(way).err().unwrap().to_string();
                assert!(error.contains("somebody changed it"), "{error}");
                assert!(path.is_dir() || fs::read(&path).unwrap() == b"theirs");
                assert_eq!(names(folder.path()), ["a".to_owned()].into());
            }
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a");
            let ready = ready(&path);
            fs::write(&path, "theirs").unwrap();
            assert!(ready.place(way).is_err());
            assert_eq!(fs::read(&path).unwrap(), b"theirs");
        }
    }

    #[test]
    fn what_was_removed_meanwhile_is_put_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "old").unwrap();
        let placed = ready(&path).place(exchange).ok().unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(placed.undo(), None);
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }

    #[test]
    fn what_cannot_be_taken_back_is_kept_and_said() {
        let folder = tempfile::tempdir().unwrap();
        let [old, none] = ["old", "none"].map(|name| folder.path().join(name));
        fs::write(&old, "old").unwrap();
        let exchanged = Placed::Exchanged {
            old: TempPath::try_from_path(&old).unwrap(),
            target: folder.path().join("nowhere/a"),
        };
        let because = FileError::new("replace", &none, changed());
        let because = undo(vec![exchanged, Placed::New(none)], because).to_string();
        for said in ["/nowhere/a` is in `", "/old` now", "/none` is there now"] {
            assert!(because.contains(said), "{said}: {because}");
        }
        assert_eq!(fs::read(&old).unwrap(), b"old");
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
