//! The process: arguments, the clock and the terminal in, an exit code out.
#![forbid(unsafe_code)]
#![allow(clippy::disallowed_methods)]

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use fargate_egress::commands::{self, Cli, Process};
use jiff::Timestamp;
use jiff::tz::TimeZone;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let words: Vec<OsString> = env::args_os().collect();
    let cli = match Cli::read(&words) {
        Ok(cli) => cli,
        Err(instead) => return ExitCode::from(commands::print_instead(&instead)),
    };
    let process = Process {
        today: Timestamp::now().to_zoned(TimeZone::UTC).date(),
        interactive: commands::is_interactive(),
        cache: cache(),
    };
    ExitCode::from(commands::run(&cli, &process))
}

/// The user's cache folder, by the XDG base directory specification.
fn cache() -> Option<PathBuf> {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))
}
