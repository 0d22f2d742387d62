//! The process: arguments, the clock and the terminal in, an exit code out.
#![allow(clippy::disallowed_methods)]

use std::process::ExitCode;

use clap::Parser as _;
use fargate_egress::commands::{self, Cli, Process};
use jiff::Timestamp;
use jiff::tz::TimeZone;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let process = Process {
        today: Timestamp::now().to_zoned(TimeZone::UTC).date(),
        interactive: commands::is_interactive(),
    };
    ExitCode::from(commands::run(&cli, &process))
}
