//! What is printed: results on standard output, everything else on standard error.

use std::io::{self, IsTerminal as _, Write};

use anstream::{AutoStream, ColorChoice};
use serde_json::{Map, Value, json};

use super::cli::{Color, Format};
use crate::diagnostic::{self, Diagnostic, Severity, has_errors};

/// What a command has to say.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// The result, for people, lines included.
    pub(super) text: String,
    /// The result, for programs.
    pub(super) fields: Map<String, Value>,
    /// What is to be said about the user's files.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// What the outside said.
    pub(super) failure: Option<String>,
}

impl Report {
    pub(super) fn failed(diagnostics: Vec<Diagnostic>) -> Report {
        Report { diagnostics, ..Report::default() }
    }

    pub(super) fn outside(failure: String) -> Report {
        Report { failure: Some(failure), ..Report::default() }
    }
}

/// How to print.
pub(super) struct Output {
    format: Format,
    colour: bool,
    quiet: bool,
}

impl Output {
    pub(super) fn new(format: Format, color: Color, quiet: bool) -> Output {
        let colour = match color {
            Color::Always => true,
            Color::Never => false,
            // Asks for a terminal and for NO_COLOR, CLICOLOR and CLICOLOR_FORCE.
            Color::Auto => AutoStream::choice(&io::stderr()) != ColorChoice::Never,
        };
        Output { format, colour, quiet }
    }

    /// Prints a report; false if that failed. A reader that went away is not a failure: it has
    /// seen what it wanted to see.
    pub(super) fn print(&self, report: &Report) -> bool {
        let result = match self.format {
            Format::Human => self.human(report),
            Format::Json => write_to(io::stdout(), &json_text(report)),
        };
        result.is_ok_and(|()| true)
    }

    fn human(&self, report: &Report) -> io::Result<()> {
        let mut talk = String::new();
        for diagnostic in &report.diagnostics {
            if !self.quiet || diagnostic.severity == Severity::Error {
                talk.push_str(&diagnostic::human(diagnostic, self.colour));
            }
        }
        let errors = report.diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
        if errors > 1 {
            talk.push_str(&format!("{errors} errors, nothing was written\n"));
        }
        if let Some(failure) = &report.failure {
            talk.push_str(&format!("error: {failure}\n"));
        }
        write_to(io::stderr(), &talk)?;
        if self.quiet { Ok(()) } else { write_to(io::stdout(), &report.text) }
    }
}

fn json_text(report: &Report) -> String {
    let mut object = report.fields.clone();
    let ok = report.failure.is_none() && !has_errors(&report.diagnostics);
    object.insert("ok".to_owned(), json!(ok));
    let diagnostics: Vec<Value> = report.diagnostics.iter().map(diagnostic::json).collect();
    object.insert("diagnostics".to_owned(), diagnostics.into());
    if let Some(failure) = &report.failure {
        object.insert("failure".to_owned(), json!(failure));
    }
    format!("{:#}\n", Value::Object(object))
}

/// `print!` panics on a closed pipe.
fn write_to(mut stream: impl Write, text: &str) -> io::Result<()> {
    match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
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
