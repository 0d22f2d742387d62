//! Runs a program with bounds on time and output.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// How many bytes of standard output are kept; more is an error.
pub(super) const MOST_OUTPUT: usize = 16 << 20;

/// How many bytes of standard error are kept: the last ones.
const MOST_COMPLAINTS: usize = 64 << 10;

/// How often the program is looked at.
const PAUSE: Duration = Duration::from_millis(10);

/// How long pipes are read after the program ended. They are usually at their end by then; a
/// program that it started and left behind may keep them open.
const REST: Duration = Duration::from_millis(500);

/// A program that ended by itself.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    pub(super) stdout: Vec<u8>,
    /// Its end, if it was long.
    pub(super) stderr: Vec<u8>,
}

/// Why a program did not end by itself.
#[derive(Debug)]
pub(super) enum Stopped {
    NotStarted(io::Error),
    TimedOut,
    /// It printed more than [`MOST_OUTPUT`].
    TooMuch,
}

/// What one of the pipes gave.
enum Chunk {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
}

/// A program that does not outlive the value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Both do nothing to a program that was waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a program with nothing to read until it ends, or `deadline` is over, or it prints too much;
/// in the last two cases it is killed.
///
/// It stays in the process group of this program, so that an interrupt from the terminal reaches
/// both.
pub(super) fn run(command: &mut Command, deadline: Duration) -> Result<Ended, Stopped> {
    let began = Instant::now();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut program = Running(command.spawn().map_err(Stopped::NotStarted)?);
    // A reader that is ahead waits; one whose pipe stays open ends with the pipe.
    let (sender, receiver) = sync_channel(16);
    read(program.0.stdout.take(), sender.clone(), Chunk::Stdout)?;
    read(program.0.stderr.take(), sender, Chunk::Stderr)?;

    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let mut ended: Option<(ExitStatus, Instant)> = None;
    loop {
        let mut open = true;
        match receiver.recv_timeout(PAUSE) {
            Ok(Chunk::Stdout(bytes)) if stdout.len() + bytes.len() > MOST_OUTPUT => {
                return Err(Stopped::TooMuch);
            }
            Ok(Chunk::Stdout(bytes)) => stdout.extend(bytes),
            Ok(Chunk::Stderr(bytes)) => {
                stderr.extend(bytes);
                stderr.drain(..stderr.len().saturating_sub(MOST_COMPLAINTS));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => open = false,
        }
        if let Some((status, since)) = ended {
            if !open || since.elapsed() >= REST {
                return Ok(Ended { status, stdout, stderr });
            }
            continue;
        }
        ended = program.0.try_wait().ok().flatten().map(|status| (status, Instant::now()));
        if ended.is_none() {
            if began.elapsed() >= deadline {
                return Err(Stopped::TimedOut);
            }
            if !open {
                thread::sleep(PAUSE);
            }
        }
    }
}

/// Sends what a pipe gives until its end, or until nobody listens.
fn read(
    pipe: Option<impl Read + Send + 'static>,
    sender: SyncSender<Chunk>,
    chunk: fn(Vec<u8>) -> Chunk,
) -> Result<(), Stopped> {
    let Some(mut pipe) = pipe else { return Ok(()) };
    let reader = move || {
        let mut buffer = vec![0; 16 << 10];
        loop {
            match pipe.read(&mut buffer) {
                Ok(0) => return,
                Ok(count) => {
                    if sender.send(chunk(buffer[..count].to_vec())).is_err() {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    };
    thread::Builder::new().spawn(reader).map(drop).map_err(Stopped::NotStarted)
}
