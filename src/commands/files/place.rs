//! One file taking the place of another, and giving it back.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tempfile::TempPath;

use super::FileError;
use super::replace::{Before, Replacement, folder_of, is_link};

/// The names of files on their way, with something random between.
pub(super) const NAME: (&str, &str) = (".fargate-egress-", ".tmp");

/// How what could not be put back is named: nothing removes it.
const KEPT: &str = "kept";

/// A file as it was found.
#[derive(Debug)]
struct Old {
    bytes: Vec<u8>,
    stamp: Stamp,
}

/// What a file system knows a file by, whatever its names; `None` where it has no such number.
type Number = (u64, u64);

fn number(metadata: &Metadata) -> Option<Number> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Some((metadata.dev(), metadata.ino()))
    }
    #[cfg(not(unix))]
    None
}

/// By which one can tell that a file is the one that was read, and that nobody wrote to it since.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    number: Option<Number>,
    size: u64,
    modified: Option<SystemTime>,
}

impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Stamp {
        Stamp { number: number(metadata), size: metadata.len(), modified: metadata.modified().ok() }
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
        // One more than there should be shows the end without a second call.
        let mut bytes = Vec::with_capacity(usize::try_from(stamp.size.min(MOST) + 1).unwrap_or(0));
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

/// Files that a command reads, and so does not write over.
pub(super) struct Inputs(Vec<Number>);

impl Inputs {
    /// Those of them that are there.
    pub(super) fn of<'a>(paths: impl Iterator<Item = &'a Path>) -> Inputs {
        Inputs(paths.filter_map(|path| number(&fs::metadata(path).ok()?)).collect())
    }

    fn has(&self, stamp: &Stamp) -> bool {
        stamp.number.is_some_and(|number| self.0.contains(&number))
    }
}

/// A new file that is whole and on the disk, beside the one whose place it takes.
pub(super) struct Ready {
    file: TempPath,
    pub(super) target: PathBuf,
    old: Option<Old>,
}

impl Ready {
    /// `None` where there is nothing to change.
    pub(super) fn new(
        change: &Replacement<'_>,
        target: &Path,
        inputs: &Inputs,
        synchronised: bool,
    ) -> Result<Option<Ready>, FileError> {
        let error = |error| FileError::new("replace", change.path, error);
        let old = Old::read(change.path).map_err(error)?;
        let found = old.as_ref().map(|old| old.bytes.as_slice());
        if found == Some(change.bytes) {
            return Ok(None);
        }
        if old.as_ref().is_some_and(|old| inputs.has(&old.stamp)) {
            let why = "this command reads it; name another path";
            return Err(error(io::Error::other(why)));
        }
        let is_foreign = |is_ours: fn(&[u8]) -> bool| {
            // One of an owner's own templates may not say where it comes from.
            is_ours(change.bytes) && found.is_some_and(|found| !found.is_empty() && !is_ours(found))
        };
        match change.before {
            Before::Read(before) if before != found => return Err(error(changed())),
            Before::Read(Some(_)) => {}
            _ if is_link(change.path) => {
                let why = "it is a symbolic link; remove it, or name another path";
                return Err(error(io::Error::other(why)));
            }
            Before::Ours(is_ours) if is_foreign(is_ours) => {
                let why = "it is none that fargate-egress wrote; remove it, or name another path";
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
    pub(super) fn place(
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
        let new = Stamp::from(&fs::symlink_metadata(&file).map_err(error)?);
        if exchange(&file, &target).map_err(error)? {
            let is_old = old.is_at(&file);
            let placed = Placed::Exchanged { old: file, target: target.clone(), new };
            return if is_old { Ok(placed) } else { Err(undo(vec![placed], error(changed()))) };
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
pub(super) fn exchange(one: &Path, other: &Path) -> io::Result<bool> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn exchange(_: &Path, _: &Path) -> io::Result<bool> {
    Ok(false)
}

/// A file that is in its place.
pub(super) enum Placed {
    /// Where there was none.
    New(PathBuf),
    /// For an old one, which lies beside it until all are in their places.
    Exchanged { old: TempPath, target: PathBuf, new: Stamp },
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
            Placed::Exchanged { old, target, new } => {
                // What somebody put there may be a folder, which no rename replaces; or they removed
                // it, and then there is nothing to exchange.
                if matches!(exchange(&old, &target), Ok(true)) {
                    let is_new = fs::symlink_metadata(&old).is_ok_and(|it| Stamp::from(&it) == new);
                    // Theirs stays, and what was there before it is in no one's way.
                    let is_theirs = !is_new && matches!(exchange(&old, &target), Ok(true));
                    return is_theirs.then(|| keep(old, &target, "somebody changed it meanwhile"));
                }
                let failed = old.persist(&target).err()?;
                Some(keep(failed.path, &target, &failed.error.to_string()))
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

/// Keeps what was in a file under a name of its own; what there is to be said.
fn keep(old: TempPath, target: &Path, why: &str) -> String {
    let kept = old.with_extension(KEPT);
    let place = match fs::rename(&old, &kept) {
        Ok(()) => kept,
        Err(_) => old.keep().unwrap_or_else(|failed| failed.path.to_path_buf()),
    };
    format!("what was in `{}` is in `{}` now: {why}", target.display(), place.display())
}

/// Takes everything back because of a failure, which is the one to report; and what could not be
/// taken back with it.
pub(super) fn undo(placed: Vec<Placed>, because: FileError) -> FileError {
    let left: Vec<String> = placed.into_iter().rev().filter_map(Placed::undo).collect();
    if left.is_empty() {
        return because;
    }
    let FileError { action, path, error } = because;
    let error = io::Error::other(format!("{error}; and that was not undone: {}", left.join("; ")));
    FileError { action, path, error }
}

/// Whose a file was it stays, as far as this process may say that: root may, and the owner may name a
/// group of theirs. Where it may not, the file is its own, as with any editor.
fn give_to_owner_of(before: &Metadata, file: &File) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        let Ok(now) = file.metadata() else { return };
        if (now.uid(), now.gid()) != (before.uid(), before.gid())
            && fchown(file, Some(before.uid()), Some(before.gid())).is_err()
        {
            let _ = fchown(file, None, Some(before.gid()));
        }
    }
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
        give_to_owner_of(&metadata, file.as_file());
        file.as_file().set_permissions(metadata.permissions()).map_err(error)?;
    }
    file.write_all(bytes).map_err(error)?;
    if synchronised {
        file.as_file().sync_all().map_err(error)?;
    }
    Ok(file.into_temp_path())
}

/// Why a file that somebody changed is not replaced.
pub(super) fn changed() -> io::Error {
    io::Error::other("somebody changed it meanwhile; look at it, and run the command again")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::commands::files::file_name;

    fn names(folder: &Path) -> BTreeSet<String> {
        fs::read_dir(folder).unwrap().map(|entry| file_name(&entry.unwrap().path())).collect()
    }

    type Exchange = fn(&Path, &Path) -> io::Result<bool>;

    /// As the file system does it, and as one that cannot.
    const WAYS: [Exchange; 2] = [exchange, |_, _| Ok(false)];

    fn ready(path: &Path) -> Ready {
        Ready::new(&Replacement::of(path, b"new"), path, &Inputs(Vec::new()), true)
            .unwrap()
            .unwrap()
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
            new: Stamp::from(&fs::metadata(&old).unwrap()),
            old: TempPath::try_from_path(&old).unwrap(),
            target: folder.path().join("nowhere/a"),
        };
        let because = FileError::new("replace", &none, changed());
        let because = undo(vec![exchanged, Placed::New(none)], because).to_string();
        for said in ["/nowhere/a` is in `", "/old.kept` now", "/none` is there now"] {
            assert!(because.contains(said), "{said}: {because}");
        }
        assert_eq!(fs::read(old.with_extension(KEPT)).unwrap(), b"old");
    }

    #[test]
    fn what_somebody_wrote_over_the_new_file_stays_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "old").unwrap();
        let placed = ready(&path).place(exchange).ok().unwrap();
        fs::write(&path, "theirs").unwrap();
        let said = placed.undo().unwrap();
        assert!(said.ends_with("somebody changed it meanwhile"), "{said}");
        assert_eq!(fs::read(&path).unwrap(), b"theirs");
        let kept = names(folder.path()).into_iter().find(|name| name.ends_with(KEPT)).unwrap();
        assert!(said.contains(&kept), "{said}");
        assert_eq!(fs::read(folder.path().join(kept)).unwrap(), b"old");
    }
}
