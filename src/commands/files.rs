//! The disk: reading with a limit, and replacing many files or none.
#![allow(clippy::disallowed_methods)]

mod hold;
mod place;
mod replace;
mod signals;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) use hold::hold;
pub(super) use replace::{Replacement, replace};

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
    bytes(path, most, no_folder)
}

/// The same of what this program writes, which is never a pipe.
///
/// # Errors
/// As [`read`].
pub(super) fn read_own(path: &Path, most: u64) -> Result<Option<Vec<u8>>, Failure> {
    bytes(path, most, regular)
}

fn bytes(
    path: &Path,
    most: u64,
    may_be_read: fn(&Path) -> io::Result<()>,
) -> Result<Option<Vec<u8>>, Failure> {
    let read = |mut input: &mut dyn Read| {
        let mut bytes = Vec::new();
        io::Read::take(&mut input, most + 1).read_to_end(&mut bytes).map(|_| bytes)
    };
    let bytes = if path == Path::new("-") {
        read(&mut io::stdin().lock())
    } else {
        match may_be_read(path).and_then(|()| File::open(path)) {
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

/// Refuses what has no end that a reader comes to: to open a pipe that nobody writes to waits for ever.
/// But what a shell puts in the place of `<(…)` has a name of its own.
fn regular(path: &Path) -> io::Result<()> {
    no_folder(path)?;
    let is_stream = ["/dev", "/proc"].iter().any(|folder| path.starts_with(folder));
    if is_stream || fs::metadata(path)?.is_file() {
        return Ok(());
    }
    Err(io::Error::other("it is not a regular file"))
}

/// Refuses a folder, with what to do.
fn no_folder(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.is_dir() {
        return Err(io::Error::other("it is a folder; name a file in it"));
    }
    Ok(())
}

/// The text of a file; `None` if there is no such file.
///
/// # Errors
/// As [`read`], and a diagnostic that points at the first byte that is not UTF-8.
pub(super) fn read_text(path: &Path, most: u64) -> Result<Option<Arc<Source>>, Failure> {
    read(path, most)?.map(|bytes| text(path, bytes)).transpose()
}

/// The same of what this program writes.
///
/// # Errors
/// As [`read_text`].
pub(super) fn read_own_text(path: &Path, most: u64) -> Result<Option<Arc<Source>>, Failure> {
    read_own(path, most)?.map(|bytes| text(path, bytes)).transpose()
}

fn text(path: &Path, bytes: Vec<u8>) -> Result<Arc<Source>, Failure> {
    let name = super::display(path);
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(name, text)),
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
    let mut known: BTreeSet<PathBuf> = BTreeSet::new();
    let file = |path: &PathBuf| fs::canonicalize(path).unwrap_or_else(|_| path.clone());
    let twice: BTreeSet<&PathBuf> = paths.filter(|path| !known.insert(file(path))).collect();
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

/// The wanted names of the files in a folder with their beginnings, sorted; none if there is no folder.
///
/// # Errors
/// [`FileError`].
pub(super) fn beginnings(
    folder: &Path,
    wanted: impl Fn(&str) -> bool,
    bytes: u64,
) -> Result<Vec<(String, String)>, FileError> {
    let mut found = Vec::new();
    for path in paths_in(folder, wanted)? {
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

/// Whether there is something at a path, whatever it is.
pub(super) fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}
