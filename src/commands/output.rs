//! What is printed: results on standard output, everything else on standard error.

use std::io::{self, IsTerminal as _, Write};

use anstream::{AutoStream, ColorChoice};
use serde_json::{Map, Value, json};

use super::cli::{Format, Global};
use super::colour::Color;
use super::{INVALID, OK, OUTSIDE};
use crate::diagnostic::{self, Diagnostic, Severity, has_errors};
use crate::drift::{self, Drift, Finding};
use crate::explain::{self, Explanation};
use crate::text::clean;
use crate::verify::Verification;
use crate::verify::report::{self, Answer, Style};

/// What a command has to say.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// The result, for people, lines included.
    pub(super) text: String,
    /// What was asked to be printed, with nothing in it that is about this run.
    pub(super) page: String,
    /// The result, for programs.
    pub(super) fields: Map<String, Value>,
    /// What is to be said about the user's files.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// What no longer holds.
    pub(super) findings: Vec<Finding>,
    /// The config's path, for findings without a place.
    pub(super) config: String,
    /// What the outside said.
    pub(super) failure: Option<String>,
    /// What `verify` has to say.
    pub(super) verified: Option<Verified>,
    /// What `explain` has to say.
    pub(super) explained: Vec<Explanation>,
    /// The exit code, where nothing failed and there are no findings.
    pub(super) exit: u8,
    /// Whether it is of a command that writes nothing anyway.
    pub(super) only_reads: bool,
}

/// A verification, with what was asked of it.
#[derive(Debug)]
pub(super) struct Verified {
    pub(super) verification: Verification,
    pub(super) answers: Vec<Answer>,
    /// Whether everything that was looked at is to be said.
    pub(super) evidence: bool,
}

impl Report {
    pub(super) fn failed(diagnostics: Vec<Diagnostic>) -> Report {
        Report { diagnostics, ..Report::default() }
    }

    /// Puts the flags of this run into every command that is said to be typed next: without them it
    /// would be about other files.
    pub(super) fn name_flags(&mut self, global: &Global) {
        let (flags, lock) = (global.as_typed(), global.lock_as_typed());
        if flags.is_empty() {
            return;
        }
        let commands = [
            ("init", &flags),
            ("resolve", &flags),
            ("generate", &flags),
            ("check", &flags),
            ("diagram", &flags),
            ("verify", &lock),
            ("explain", &flags),
        ];
        let name = |text: &mut String| {
            for (command, flags) in commands {
                let typed = format!("fargate-egress {command}");
                *text = text.replace(&typed, &format!("{typed}{flags}"));
            }
        };
        name(&mut self.text);
        let meanings = self.explained.iter_mut().flat_map(|one| &mut one.meanings);
        meanings.flat_map(|meaning| &mut meaning.notes).for_each(name);
        let findings = self.findings.iter_mut().map(|finding| &mut finding.diagnostic);
        for diagnostic in self.diagnostics.iter_mut().chain(findings) {
            diagnostic.help.iter_mut().for_each(name);
        }
    }

    /// Whether there is something to say of what was looked at, though it may not be all.
    fn has_result(&self) -> bool {
        !has_errors(&self.diagnostics) && (self.failure.is_none() || !self.findings.is_empty())
    }

    /// Whether the command stopped before it had a result.
    fn is_failure(&self) -> bool {
        self.failure.is_some() || has_errors(&self.diagnostics)
    }

    pub(super) fn outside(failure: String) -> Report {
        Report { failure: Some(failure), ..Report::default() }
    }
}

/// How to print.
pub(super) struct Output {
    format: Format,
    colour: bool,
    result_colour: bool,
    quiet: bool,
}

impl Output {
    pub(super) fn new(format: Format, color: Color, quiet: bool) -> Output {
        // `auto` asks for a terminal and for NO_COLOR, CLICOLOR and CLICOLOR_FORCE.
        let choose = |auto: ColorChoice| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => auto != ColorChoice::Never,
        };
        Output {
            format,
            colour: choose(AutoStream::choice(&io::stderr())),
            result_colour: choose(AutoStream::choice(&io::stdout())),
            quiet,
        }
    }

    /// Prints a report; false if that failed, and then the reason is on standard error if that takes
    /// it. A reader that went away is not a failure: it has seen what it wanted to see.
    pub(super) fn print(&self, report: &Report) -> bool {
        let result = self.result(report);
        // In JSON it is all in the result.
        let talk = if self.format == Format::Json { String::new() } else { self.talk(report) };
        let said = write_to(io::stderr(), &talk);
        // What cannot be said is no reason to keep the result back.
        let printed = write_to(io::stdout(), &result);
        complain("standard output", &printed);
        said.is_ok() && printed.is_ok()
    }

    /// What is not the result.
    fn talk(&self, report: &Report) -> String {
        let mut talk = String::new();
        for diagnostic in &report.diagnostics {
            // What makes a command fail is said, however quiet it is to be.
            if !self.quiet || diagnostic.severity == Severity::Error || report.exit == INVALID {
                talk.push_str(&diagnostic::human(diagnostic, self.colour));
            }
        }
        let errors = report.diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
        if errors > 1 {
            let nothing = if report.only_reads { "" } else { ", nothing was written" };
            talk.push_str(&format!("{errors} errors{nothing}\n"));
        }
        if let Some(failure) = &report.failure {
            talk.push_str(&format!("error: {}\n", clean(failure)));
        }
        talk
    }

    fn result(&self, report: &Report) -> String {
        match self.format {
            Format::Json => json_text(report),
            // A failure is not a finding: there is no log of a run that had no result.
            Format::Sarif if report.has_result() => {
                let version = env!("CARGO_PKG_VERSION");
                let log = match &report.verified {
                    Some(verified) => report::sarif(&verified.verification, version),
                    None => drift::sarif(&report.findings, &report.config, version),
                };
                format!("{log:#}\n")
            }
            Format::Sarif | Format::Human => self.human(report),
        }
    }

    fn human(&self, report: &Report) -> String {
        let mut result = String::new();
        if let Some(Verified { verification, answers, evidence }) = &report.verified {
            let style =
                Style { colour: self.result_colour, evidence: *evidence, quiet: self.quiet };
            result.push_str(&report::human(verification, answers, style));
        }
        if !report.explained.is_empty() {
            result.push_str(&explain::human(&report.explained, self.result_colour));
        }
        for finding in &report.findings {
            result.push_str(&self.finding(finding));
        }
        if !report.findings.is_empty() {
            let count = report.findings.len();
            let noun = if count == 1 { "finding" } else { "findings" };
            result.push_str(&format!("{count} {noun}\n"));
        }
        if !self.quiet {
            result.push_str(&report.page);
            // It quotes what files say.
            result.push_str(&clean(&report.text));
        }
        result
    }

    fn finding(&self, finding: &Finding) -> String {
        let Finding { drift, diagnostic, consequence, diff } = finding;
        let drift = match drift {
            Drift::Output => "output",
            Drift::Lock => "lock",
            Drift::World => "world",
        };
        let mut diagnostic = diagnostic.clone();
        diagnostic.message = format!("{drift}: {}", diagnostic.message);
        diagnostic.help.insert(0, format!("if nothing is done: {consequence}"));
        format!(
            "{}{}{}",
            diagnostic::human(&diagnostic, self.result_colour),
            clean(diff),
            if diff.is_empty() { "" } else { "\n" }
        )
    }
}

fn json_text(report: &Report) -> String {
    let mut object = report.fields.clone();
    if let Some(verified) = &report.verified {
        object.extend(report::json(&verified.verification, &verified.answers));
    }
    if !report.explained.is_empty() {
        object.extend(explain::json(&report.explained));
    }
    let ok = !report.is_failure() && report.findings.is_empty() && report.exit == OK;
    object.insert("ok".to_owned(), json!(ok));
    let findings: Vec<Value> = report.findings.iter().map(finding_json).collect();
    if !findings.is_empty() {
        object.insert("findings".to_owned(), findings.into());
    }
    let diagnostics: Vec<Value> = report.diagnostics.iter().map(diagnostic::json).collect();
    object.insert("diagnostics".to_owned(), diagnostics.into());
    if let Some(failure) = &report.failure {
        object.insert("failure".to_owned(), json!(failure));
    }
    format!("{:#}\n", Value::Object(object))
}

fn finding_json(finding: &Finding) -> Value {
    let mut object = diagnostic::json(&finding.diagnostic);
    object["drift"] = json!(finding.drift);
    object["consequence"] = json!(finding.consequence);
    object["diff"] = json!(finding.diff);
    object
}

/// `print!` panics where nothing can be written.
fn write_to(mut stream: impl Write, text: &str) -> io::Result<()> {
    unless_unread(stream.write_all(text.as_bytes()).and_then(|()| stream.flush()))
}

/// A reader that went away is no failure.
fn unless_unread(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error),
    })
}

/// Says on standard error what could not be printed.
fn complain(stream: &str, printed: &io::Result<()>) {
    if let Err(error) = printed {
        // Nobody is left to tell if this fails.
        let _ = write_to(io::stderr(), &format!("error: cannot write {stream}: {error}\n"));
    }
}

/// Prints what stands in the place of a command: help, the version, or what is wrong with the words
/// that were typed; the exit code.
pub fn print_instead(instead: &clap::Error) -> u8 {
    let printed = unless_unread(instead.print().and_then(|()| io::stdout().flush()));
    let (stream, code) =
        if instead.use_stderr() { ("standard error", INVALID) } else { ("standard output", OK) };
    complain(stream, &printed);
    if printed.is_ok() { code } else { OUTSIDE }
}

/// Asks a question on standard error and reads the line that is the answer; `None` at the end of
/// the input.
pub(super) fn ask(question: &str) -> io::Result<Option<String>> {
    let mut error = io::stderr();
    error.write_all(question.as_bytes())?;
    error.flush()?;
    let mut line = String::new();
    // A line that a person types is short; a stream without line ends must not fill the memory.
    let read = io::BufRead::read_line(&mut io::Read::take(io::stdin().lock(), 4_096), &mut line)?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}

/// Whether questions can be asked.
pub fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}
