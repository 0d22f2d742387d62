//! The process: arguments, the clock and the terminal in, an exit code out.
#![forbid(unsafe_code)]
#![allow(clippy::disallowed_methods)]

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use fargate_egress::commands::{self, Cli, Process};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let words: Vec<OsString> = env::args_os().collect();
    let cli = match Cli::read(&words) {
        Ok(cli) => cli,
        Err(instead) => return ExitCode::from(commands::print_instead(&instead)),
    };
    let process =
        Process { today: today(), interactive: commands::is_interactive(), cache: cache() };
    ExitCode::from(commands::run(&cli, &process))
}

/// The day in UTC. A clock that was never set, or says what no calendar has, gives the first or the
/// last day that can be written down.
fn today() -> Date {
    let date = |time: Timestamp| time.to_zoned(TimeZone::UTC).date();
    let now = SystemTime::now();
    if now < UNIX_EPOCH {
        return date(Timestamp::UNIX_EPOCH);
    }
    Timestamp::try_from(now).map_or(Date::MAX, date)
}

/// The user's cache folder, by the XDG base directory specification.
fn cache() -> Option<PathBuf> {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))
}
