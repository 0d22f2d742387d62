//! Two runs of this program at once: the second waits for the first, for a while.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::FileError;

/// How long another run is waited for. What is written is written in less; who looks up the same
/// lock takes minutes, and asking again what it asks is hardly what is wanted.
const LONGEST: Duration = Duration::from_secs(10);

/// How often it is tried.
const PAUSE: Duration = Duration::from_millis(10);

/// A file or a folder that other runs leave alone while this is there: an advisory lock of the
/// operating system, which leaves nothing behind, however the process ends.
#[derive(Debug)]
pub(in crate::commands) struct Hold(Option<File>);

impl Hold {
    /// Whether nobody else holds it. A file system may know no locks, and then nothing is held: a
    /// file that changes meanwhile is noticed all the same.
    pub(super) fn is_held(&self) -> bool {
        self.0.is_some()
    }
}

/// Holds a file or a folder, where there is one.
///
/// # Errors
/// [`FileError`], which names who has it, if that does not end soon.
pub(in crate::commands) fn hold(path: &Path) -> Result<Hold, FileError> {
    let began = Instant::now();
    loop {
        // What cannot be opened is for those to report who read or write it.
        let Ok(file) = File::open(path) else { return Ok(Hold(None)) };
        match file.try_lock() {
            // Who had it may have put another file in its place.
            Ok(()) if is_still(&file, path) => return Ok(Hold(Some(file))),
            Ok(()) | Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(_)) => return Ok(Hold(None)),
        }
        if began.elapsed() >= LONGEST {
            let who = holder(&file)
                .map_or("another process".to_owned(), |process| format!("process {process}"));
            let why = format!("{who} is at work on it, and did not end within {LONGEST:?}");
            return Err(FileError::new("write", path, io::Error::other(why)));
        }
        thread::sleep(PAUSE);
    }
}

/// Whether a file is the one at a path.
#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let (opened, there) = (file.metadata(), std::fs::metadata(path));
    match (opened, there) {
        (Ok(opened), Ok(there)) => (opened.dev(), opened.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

/// Where a file that is open cannot be replaced, it is.
#[cfg(not(unix))]
fn is_still(_: &File, _: &Path) -> bool {
    true
}

/// The process that holds a file, as Linux lists it; `None` where it lies in another namespace, or
/// its file system has another number there.
#[cfg(target_os = "linux")]
fn holder(file: &File) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = file.metadata().ok()?;
    let device = metadata.dev();
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    let named = format!("{major:02x}:{minor:02x}:{}", metadata.ino());
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    // 1: FLOCK  ADVISORY  WRITE 4242 08:01:131073 0 EOF
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let process: u32 = words.get(4)?.parse().ok()?;
        (words.get(5) == Some(&named.as_str()) && process > 0).then_some(process)
    })
}

/// Nothing else lists them in a file.
#[cfg(not(target_os = "linux"))]
fn holder(_: &File) -> Option<u32> {
    None
}
