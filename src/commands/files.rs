//! The disk: reading with a limit, and replacing many files or none.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use tempfile::TempPath;

use super::Failure;
use crate::diagnostic::{Code, Diagnostic, Source};
use crate::render;

/// What the operating system said about a file.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} `{}`: {error}", path.display())]
pub(super) struct FileError {
    action: &'static str,
    path: PathBuf,
    error: io::Error,
}

impl FileError {
    fn new(action: &'static str, path: &Path, error: io::Error) -> FileError {
        FileError { action, path: path.to_owned(), error }
    }
}

/// The bytes of a file, or of standard input for `-`; `None` if there is no such file.
///
/// # Errors
/// [`FileError`], or a diagnostic if it has more than `most` bytes.
pub(super) fn read(path: &Path, most: u64) -> Result<Option<Vec<u8>>, Failure> {
    let read = |mut input: &mut dyn Read| {
        let mut bytes = Vec::new();
        io::Read::take(&mut input, most + 1).read_to_end(&mut bytes).map(|_| bytes)
    };
    let bytes = if path == Path::new("-") {
        read(&mut io::stdin().lock())
    } else {
        match File::open(path) {
            Ok(mut file) => read(&mut file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => Err(error),
        }
    };
    let bytes = bytes.map_err(|error| FileError::new("read", path, error))?;
    if bytes.len() as u64 > most {
        let message = format!("`{}` has more than {most} bytes", path.display());
        let diagnostic = Diagnostic::error(Code::FileTooLarge, message)
            .help("is it the right file? name another one, or split it");
        return Err(diagnostic.into());
    }
    Ok(Some(bytes))
}

/// The text of a file; `None` if there is no such file.
///
/// # Errors
/// As [`read`], and a diagnostic that points at the first byte that is not UTF-8.
pub(super) fn read_text(path: &Path, most: u64) -> Result<Option<Arc<Source>>, Failure> {
    let Some(bytes) = read(path, most)? else { return Ok(None) };
    let name = super::display(path);
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(Source::new(name, text))),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let byte = error.as_bytes().get(valid).copied().unwrap_or_default();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let source = Source::new(name, text);
            let message = format!("`{}` is not UTF-8: byte 0x{byte:02x}", source.name);
            let width = char::REPLACEMENT_CHARACTER.len_utf8();
            Err(Diagnostic::error(Code::NotUtf8, message)
                .at(&source, valid..valid + width, "not UTF-8")
                .help(format!("convert it: iconv -t UTF-8 {} -f …", source.name))
                .into())
        }
    }
}

/// Most bytes of a template, a task definition, or a file with values of parameters.
const MOST_NAMED_BYTES: u64 = 4 << 20;

/// The text of a file that the command line names, or of standard input for `-`.
///
/// # Errors
/// As [`read_text`], and a diagnostic if there is no such file.
pub(super) fn read_named(path: &Path) -> Result<Arc<Source>, Failure> {
    let Some(source) = read_text(path, MOST_NAMED_BYTES)? else {
        let message = format!("there is no `{}`", path.display());
        return Err(Diagnostic::error(Code::FileMissing, message).help("check the path").into());
    };
    if path == Path::new("-") {
        return Ok(Source::new("standard input", source.text.clone()));
    }
    Ok(source)
}

/// Files that are named more than once, standard input among them.
pub(super) fn named_twice<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> Vec<Diagnostic> {
    let mut known: BTreeSet<&PathBuf> = BTreeSet::new();
    let twice: BTreeSet<&PathBuf> = paths.filter(|path| !known.insert(path)).collect();
    let names = twice.into_iter().map(|path| match path.as_path() {
        path if path == Path::new("-") => "standard input".to_owned(),
        path => format!("`{}`", path.display()),
    });
    names
        .map(|name| {
            Diagnostic::error(Code::DuplicateEntry, format!("{name} is named twice"))
                .help("name each file once")
        })
        .collect()
}

/// The names of the files in a folder with their beginnings, sorted; none if there is no folder.
///
/// # Errors
/// [`FileError`].
pub(super) fn beginnings(
    folder: &Path,
    extension: &str,
    bytes: u64,
) -> Result<Vec<(String, String)>, FileError> {
    let mut found = Vec::new();
    let ends = |name: &str| name.strip_suffix(extension).is_some_and(|stem| stem.ends_with('.'));
    for path in paths_in(folder, ends)? {
        let mut beginning = Vec::new();
        File::open(&path)
            .and_then(|file| file.take(bytes).read_to_end(&mut beginning))
            .map_err(|error| FileError::new("read", &path, error))?;
        found.push((file_name(&path), String::from_utf8_lossy(&beginning).into_owned()));
    }
    Ok(found)
}

/// The files of a folder with such names, sorted; none if there is no folder.
fn paths_in(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>, FileError> {
    let error = |error| FileError::new("list", folder, error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(error(cause)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(error)?.path();
        if wanted(&file_name(&path)) && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The templates of a folder, by file name.
///
/// # Errors
/// As [`read_text`]; a diagnostic if the folder has none.
pub(super) fn read_templates(folder: &Path) -> Result<Vec<(String, String)>, Failure> {
    const MOST: u64 = 1 << 20;
    let mut templates = Vec::new();
    for path in paths_in(folder, render::is_template)? {
        if let Some(source) = read_text(&path, MOST)? {
            templates.push((file_name(&path), source.text.clone()));
        }
    }
    if templates.is_empty() {
        let message = format!("there is no template in `{}`", folder.display());
        return Err(Diagnostic::error(Code::Template, message)
            .help("a template there ends as the built-in ones do, in .yaml for one; leave `--templates` out for those")
            .into());
    }
    Ok(templates)
}

/// More files than this are synchronised all at once, with whatever else their file system holds:
/// to wait for each of ten thousand takes as long as everything else together.
const MOST_SYNCHRONISED: usize = 64;

/// Replaces every file whose bytes differ; whether each one was written.
///
/// All of the new files are written and synchronised under other names first. Only then are they
/// renamed, and if a rename fails those before it are undone: either all of them are new or all
/// are as they were. A file that is the same already is not touched.
///
/// # Errors
/// [`FileError`]; the files are as they were then.
pub(super) fn replace(files: &[(PathBuf, &[u8])]) -> Result<Vec<bool>, FileError> {
    let at_once = cfg!(target_os = "linux") && files.len() > MOST_SYNCHRONISED;
    for folder in files.iter().map(|(path, _)| folder_of(path)).collect::<BTreeSet<_>>() {
        fs::create_dir_all(folder).map_err(|error| FileError::new("make", folder, error))?;
    }
    // Waiting for the disk is most of it, so files wait beside each other.
    let prepare = |(path, bytes): &(PathBuf, &[u8])| {
        let before = read_regular(path)?;
        if before.as_deref() == Some(*bytes) {
            return Ok(None);
        }
        let target = target_of(path);
        Ok(Some((write_beside(&target, bytes, !at_once)?, target, before)))
    };
    let prepared: Vec<Option<_>> =
        files.par_iter().map(prepare).collect::<Result<_, FileError>>()?;
    if at_once {
        let targets = prepared.iter().flatten().map(|(_, target, _)| folder_of(target));
        targets.collect::<BTreeSet<_>>().into_iter().try_for_each(synchronise)?;
    }
    let written = prepared.iter().map(Option::is_some).collect();
    let mut done: Vec<(PathBuf, Option<Vec<u8>>)> = Vec::new();
    for (file, target, before) in prepared.into_iter().flatten() {
        if let Err(error) = file.persist(&target) {
            for (target, before) in done.into_iter().rev() {
                undo(&target, before.as_deref());
            }
            return Err(FileError::new("replace", &target, error.error));
        }
        done.push((target, before));
    }
    Ok(written)
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

/// What is replaced for a path: behind a symbolic link the file and not the link, but a link to
/// nothing itself.
fn target_of(path: &Path) -> PathBuf {
    let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    let behind = if is_link { fs::canonicalize(path).ok() } else { None };
    behind.unwrap_or_else(|| path.to_owned())
}

/// The folder that a file is in.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// The bytes of a file that is about to be replaced; `None` if there is none. Only of a regular
/// file, and of no more than anything here writes: a pipe would never end.
fn read_regular(path: &Path) -> Result<Option<Vec<u8>>, FileError> {
    const MOST: u64 = 64 << 20;
    let error = |error| FileError::new("replace", path, error);
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(error(cause)),
    };
    if !metadata.is_file() {
        return Err(error(io::Error::other("it is not a regular file")));
    }
    if metadata.len() > MOST {
        return Err(error(io::Error::other(format!("it has more than {MOST} bytes"))));
    }
    fs::read(path).map(Some).map_err(error)
}

/// Whether there is something at a path, whatever it is.
pub(super) fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Puts back what was there before. Nobody is left to tell if this fails too: the failure that
/// led here is reported.
fn undo(target: &Path, before: Option<&[u8]>) {
    let _ = match before {
        Some(bytes) => write_beside(target, bytes, true)
            .and_then(|file| {
                file.persist(target).map_err(|e| FileError::new("replace", target, e.error))
            })
            .map(drop),
        None => fs::remove_file(target).map_err(|error| FileError::new("remove", target, error)),
    };
}

/// A file with these bytes in the same folder. It is closed: a process may have fewer files open than
/// there are stacks.
fn write_beside(target: &Path, bytes: &[u8], synchronised: bool) -> Result<TempPath, FileError> {
    let error = |error| FileError::new("write", target, error);
    let folder = folder_of(target);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".fargate-egress-");
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

    #[test]
    fn unchanged_files_are_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out/a.yaml");
        assert_eq!(replace(&[(path.clone(), b"1")]).unwrap(), [true]);
        let before = fs::metadata(&path).unwrap().modified().unwrap();
        assert_eq!(replace(&[(path.clone(), b"1")]).unwrap(), [false]);
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
    }

    #[test]
    fn a_failure_leaves_every_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("a"), folder.path().join("b"));
        let third = folder.path().join("c");
        fs::write(&first, "old").unwrap();
        // A folder cannot be replaced by a file, which only the rename finds out.
        fs::create_dir(&third).unwrap();
        fs::write(third.join("x"), "").unwrap();
        let files: [(PathBuf, &[u8]); 2] = [(first.clone(), b"new"), (second.clone(), b"new")];
        let prepared: Vec<_> =
            files.iter().map(|(path, bytes)| write_beside(path, bytes, true).unwrap()).collect();
        drop(prepared);
        assert!(replace(&[files[0].clone(), files[1].clone(), (third, b"new")]).is_err());
        assert_eq!(fs::read(&first).unwrap(), b"old");
        assert!(!second.exists());
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 2, "no temporary file is left");
    }

    /// Enough of them to be synchronised at once.
    #[test]
    fn many_files_are_all_new_or_all_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let path = |number: usize| folder.path().join(format!("out/{number}"));
        let files = |text: &'static [u8]| -> Vec<(PathBuf, &[u8])> {
            (0..2 * MOST_SYNCHRONISED).map(|number| (path(number), text)).collect()
        };
        let holds =
            |text: &[u8]| files(b"").iter().all(|(path, _)| fs::read(path).unwrap() == text);
        assert!(replace(&files(b"old")).unwrap().iter().all(|written| *written));
        assert!(holds(b"old"));
        let in_the_way = folder.path().join("out/in-the-way");
        fs::create_dir(&in_the_way).unwrap();
        let mut more = files(b"new");
        more.push((in_the_way, b"new"));
        assert!(replace(&more).is_err());
        assert!(holds(b"old"));
        let left = fs::read_dir(folder.path().join("out")).unwrap().count();
        assert_eq!(left, more.len(), "no temporary file is left");
        assert!(replace(&files(b"new")).unwrap().iter().all(|written| *written));
        assert!(holds(b"new"));
    }

    #[test]
    fn undoing_restores_and_removes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "new").unwrap();
        undo(&path, Some(b"old"));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        undo(&path, None);
        assert!(!path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_permissions_stay() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        replace(&[(link.clone(), b"new")]).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
