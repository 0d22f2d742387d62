//! What the program does: read, call the core, write, report. Only here are files touched.

mod cli;
mod deploy;
mod files;
mod generate;
mod init;
mod output;
mod pack;
mod resolve;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;

use crate::config::{self, Config};
use crate::diagnostic::{Code, Diagnostic, Severity, Source, has_errors};
use crate::lock::{self, Lock};

pub use cli::Cli;
use files::FileError;
pub use output::is_interactive;
use output::{Output, Report};

/// Everything is well.
const OK: u8 = 0;
/// Usage, the config or another file of the user's is wrong.
const INVALID: u8 = 2;
/// The outside failed: the disk, later the network.
const OUTSIDE: u8 = 3;

/// What a command needs to know of the process it runs in.
pub struct Process {
    /// The day in UTC.
    pub today: Date,
    /// Whether standard input is a terminal, so that questions can be asked.
    pub interactive: bool,
}

/// Why a command stopped before it wrote anything.
enum Failure {
    /// Files of the user's are wrong, or do not go together.
    Invalid(Vec<Diagnostic>),
    /// The disk failed.
    File(FileError),
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Failure {
        Failure::File(error)
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Failure {
        Failure::Invalid(vec![diagnostic])
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(diagnostics: Vec<Diagnostic>) -> Failure {
        Failure::Invalid(diagnostics)
    }
}

/// Runs a command; the exit code of the program.
pub fn run(cli: &Cli, process: &Process) -> u8 {
    let output = Output::new(cli.global.format, cli.global.color, cli.global.quiet);
    let paths = Paths::of(&cli.global);
    let result = match &cli.command {
        cli::Command::Init(args) => init::run(args, &paths, process),
        cli::Command::Resolve(args) => resolve::run(args, &paths, process),
        cli::Command::Generate(args) => generate::run(args, &paths),
        cli::Command::PackIpRanges(args) => pack::run(args),
    };
    let (report, code) = match result {
        Ok(report) => (report, OK),
        Err(Failure::Invalid(diagnostics)) => (Report::failed(diagnostics), INVALID),
        Err(Failure::File(error)) => (Report::outside(error.to_string()), OUTSIDE),
    };
    if output.print(&report) { code } else { OUTSIDE }
}

/// The files that commands share.
struct Paths {
    config: PathBuf,
    lock: PathBuf,
    out: PathBuf,
}

impl Paths {
    fn of(global: &cli::Global) -> Paths {
        let config = global.config.clone();
        let beside = |name: &str| config.with_file_name(name);
        let stem = config.file_stem().map_or("egress".into(), |stem| stem.to_string_lossy());
        let lock = global.lock.clone().unwrap_or_else(|| beside(&format!("{stem}.lock.json")));
        let out = global.out.clone().unwrap_or_else(|| beside("out"));
        Paths { config, lock, out }
    }

    /// The checked config, with the text it was read from.
    fn read_config(&self) -> Result<(Config, Arc<Source>), Failure> {
        let Some(source) = files::read_text(&self.config, config::MAX_CONFIG_BYTES)? else {
            return Err(Diagnostic::error(
                Code::ConfigMissing,
                format!("there is no `{}`", self.config.display()),
            )
            .help("write one: fargate-egress init --region ap-northeast-1 --account 012345678901")
            .help("or name another: --config PATH")
            .into());
        };
        Ok((config::parse(&source)?, source))
    }

    /// The lock, if there is one.
    fn read_lock(
        &self,
        parse: fn(&str) -> Result<Lock, lock::LockError>,
    ) -> Result<Option<Lock>, Failure> {
        let Some(source) = files::read_text(&self.lock, lock::MAX_LOCK_BYTES)? else {
            return Ok(None);
        };
        parse(&source.text).map(Some).map_err(|error| error.diagnostic(&source).into())
    }
}

/// Diagnostics in the order of the files they speak of. One that says the same as one before it,
/// only for another stack, is left out.
fn sorted(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(|diagnostic| {
        diagnostic.primary.as_ref().map_or(usize::MAX, |label| label.span.start)
    });
    let mut said = BTreeSet::new();
    diagnostics.retain(|diagnostic| said.insert((diagnostic.code, diagnostic.message.clone())));
    diagnostics
}

/// Warnings, or the failure that the errors among them are; then the warnings can wait.
fn unless_errors(diagnostics: Vec<Diagnostic>) -> Result<Vec<Diagnostic>, Failure> {
    let mut diagnostics = sorted(diagnostics);
    if has_errors(&diagnostics) {
        diagnostics.retain(|diagnostic| diagnostic.severity == Severity::Error);
        return Err(diagnostics.into());
    }
    Ok(diagnostics)
}

/// A path as a person would write it.
fn display(path: &Path) -> String {
    let text = path.display().to_string();
    text.strip_prefix("./").map_or(text.clone(), str::to_owned)
}
