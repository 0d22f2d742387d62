//! What the program does: read, call the core, write, report. Only here are files touched.

#[cfg(feature = "resolve")]
mod cache;
mod check;
mod cli;
mod colour;
mod completions;
mod deploy;
mod diagram;
mod explain;
mod files;
mod from_definitions;
mod generate;
mod given;
mod init;
#[cfg(feature = "resolve")]
mod look_up;
mod man;
mod many;
mod output;
mod pack;
mod progress;
mod rendered;
mod resolve;
mod schema;
mod verify;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;

use crate::config::{self, Config};
use crate::diagnostic::{Code, Diagnostic, Severity, Source, has_errors};
use crate::lock::{self, Lock};

pub use cli::Cli;
use files::FileError;
use output::{Output, Report};
pub use output::{is_interactive, print_instead};

/// Everything is well.
const OK: u8 = 0;
/// Findings or drift.
const FINDINGS: u8 = 1;
/// Usage, the config or another file of the user's is wrong.
const INVALID: u8 = 2;
/// The outside failed: the disk, the network, credentials.
const OUTSIDE: u8 = 3;

/// What a command needs to know of the process it runs in.
pub struct Process {
    /// The day in UTC.
    pub today: Date,
    /// Whether standard input is a terminal, so that questions can be asked.
    pub interactive: bool,
    /// The user's folder for what can be fetched again; `None` where there is none.
    pub cache: Option<PathBuf>,
}

/// Why a command stopped before it wrote anything.
enum Failure {
    /// Files of the user's are wrong, or do not go together.
    Invalid(Vec<Diagnostic>),
    /// The disk failed.
    File(FileError),
    /// The network, or a program that was asked, failed; in words.
    #[cfg(feature = "resolve")]
    Outside(String),
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
        command if cli.global.format == cli::Format::Sarif && !command.has_findings() => {
            let message = if matches!(command, cli::Command::Verify(_)) {
                "`--explain` finds nothing, and `--format sarif` is for findings"
            } else {
                "`--format sarif` is for what `check` finds, and `verify`"
            };
            Err(Diagnostic::error(Code::ConflictingKeys, message)
                .help("write --format json, or leave it out")
                .into())
        }
        cli::Command::Init(args) => init::run(args, &paths, process),
        cli::Command::Resolve(args) => resolve::run(args, &paths, process),
        cli::Command::Generate(args) => generate::run(args, &paths, cli.global.quiet),
        cli::Command::Check(args) => check::run(args, &paths, process),
        cli::Command::Verify(args) => verify::run(args, &paths),
        cli::Command::Diagram(args) => diagram::run(args, &paths),
        cli::Command::Explain(args) => explain::run(args, &paths),
        cli::Command::Schema(args) => Ok(schema::run(args)),
        cli::Command::Completions(args) => Ok(completions::run(args)),
        cli::Command::Man(args) => man::run(args),
        cli::Command::PackIpRanges(args) => pack::run(args),
    };
    let (mut report, code) = match result {
        Ok(report) if report.failure.is_some() => (report, OUTSIDE),
        Ok(report) if !report.findings.is_empty() => (report, FINDINGS),
        Ok(report) => {
            let code = report.exit;
            (report, code)
        }
        Err(Failure::Invalid(diagnostics)) => (Report::failed(diagnostics), INVALID),
        Err(Failure::File(error)) => (Report::outside(error.to_string()), OUTSIDE),
        #[cfg(feature = "resolve")]
        Err(Failure::Outside(failure)) => (Report::outside(failure), OUTSIDE),
    };
    report.only_reads = cli.command.only_reads();
    report.name_flags(&cli.global);
    if output.print(&report) { code } else { OUTSIDE }
}

/// The files that commands share.
struct Paths {
    config: PathBuf,
    lock: PathBuf,
    out: PathBuf,
    /// The flags that name them, each with a space before it.
    typed: String,
}

impl Paths {
    fn of(global: &cli::Global) -> Paths {
        let config = global.config.clone();
        let beside = |name: &str| config.with_file_name(name);
        let stem = config.file_stem().map_or("egress".into(), |stem| stem.to_string_lossy());
        let lock = global.lock.clone().unwrap_or_else(|| beside(&format!("{stem}.lock.json")));
        let out = global.out.clone().unwrap_or_else(|| beside("out"));
        Paths { config, lock, out, typed: global.as_typed() }
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

    /// The lock, in its canonical form, with the text it was read from.
    fn read_lock(&self) -> Result<(Lock, Arc<Source>), Failure> {
        let Some(source) = files::read_text(&self.lock, lock::MAX_LOCK_BYTES)? else {
            let message = format!("there is no `{}`", self.lock.display());
            return Err(Diagnostic::error(Code::LockMissing, message)
                .help("write it: fargate-egress resolve")
                .help("or, without a network, from facts that are built in: fargate-egress resolve --snapshot")
                .into());
        };
        let lock = lock::parse(&source.text).map_err(|error| error.diagnostic(&source))?;
        Ok((lock, source))
    }

    /// The lock in any form with its text, if there is one: it is about to be written anew.
    fn read_lock_to_renew(&self) -> Result<Option<(Lock, Arc<Source>)>, Failure> {
        let Some(source) = files::read_text(&self.lock, lock::MAX_LOCK_BYTES)? else {
            return Ok(None);
        };
        let lock = lock::parse_lenient(&source.text).map_err(|error| error.diagnostic(&source))?;
        Ok(Some((lock, source)))
    }
}

/// Diagnostics in the order of the files they speak of. What is true of a region is said once, and
/// not again for each stack in it.
fn sorted(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by_key(|diagnostic| {
        diagnostic.primary.as_ref().map_or(usize::MAX, |label| label.span.start)
    });
    let mut said = BTreeSet::new();
    diagnostics.retain(|diagnostic| {
        let of_a_region = matches!(diagnostic.code, Code::SharedPrefix | Code::LocalZonePrefix);
        let place = diagnostic.primary.as_ref().map(|label| label.span.start);
        let place = if of_a_region { None } else { place };
        said.insert((diagnostic.code, place, diagnostic.message.clone()))
    });
    diagnostics
}

/// Warnings, or the failure that the errors among them are.
fn unless_errors(diagnostics: Vec<Diagnostic>) -> Result<Vec<Diagnostic>, Failure> {
    if has_errors(&diagnostics) { Err(refused(diagnostics)) } else { Ok(sorted(diagnostics)) }
}

/// The errors among diagnostics; the warnings can wait until there are none.
fn refused(mut diagnostics: Vec<Diagnostic>) -> Failure {
    diagnostics.retain(|diagnostic| diagnostic.severity == Severity::Error);
    Failure::Invalid(sorted(diagnostics))
}

/// A path as a person would write it.
fn display(path: &Path) -> String {
    let text = path.display().to_string();
    text.strip_prefix("./").map_or(text.clone(), str::to_owned)
}
