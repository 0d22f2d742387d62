//! `man`: the manual pages, made of what `--help` says.

use clap::{Command, CommandFactory as _};
use clap_mangen::roff::{Roff, bold, roman};
use serde_json::json;

use super::cli::{EXIT_CODES, Man};
use super::output::Report;
use super::{Cli, Failure};
use crate::diagnostic::{Code, Diagnostic, nearest};

pub(super) fn run(args: &Man) -> Result<Report, Failure> {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    let command = match &args.command {
        None => &program,
        Some(name) => commands(&program)
            .find(|command| command.get_name() == name)
            .ok_or_else(|| unknown(&program, name))?,
    };
    let page = page(command, &program);
    let mut report = Report { page: page.clone(), ..Report::default() };
    report.fields.insert("page".to_owned(), json!(page));
    Ok(report)
}

/// The commands that people are told of.
pub(super) fn commands(program: &Command) -> impl Iterator<Item = &Command> {
    program.get_subcommands().filter(|command| !command.is_hide_set())
}

fn unknown(program: &Command, name: &str) -> Diagnostic {
    let names: Vec<&str> = commands(program).map(Command::get_name).collect();
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("expected one of {}", names.join(", ")),
    };
    Diagnostic::error(Code::UnknownValue, format!("there is no command `{name}`")).help(help)
}

/// The page of a command, which may be the program.
///
/// What stands below the options in the help comes in the sections where readers of manual pages
/// look for it, and not in clap_mangen's EXTRA.
fn page(command: &Command, program: &Command) -> String {
    let version = program.get_version().unwrap_or_default();
    let page = clap_mangen::Man::new(command.clone())
        // An empty date would be left out, and what comes behind it would take its place.
        .date(" ")
        .source(format!("{} {version}", program.get_name()))
        .manual(program.get_name());
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let (prose, examples) = help.split_once("Example:\n").unwrap_or((&help, ""));
    let prose = prose.replace(EXIT_CODES, "");

    // As the help says it: clap_mangen lists every flag, and not that there may be several files.
    let usage = command.clone().render_usage().to_string();
    let name = command.get_bin_name().unwrap_or_default();
    let words = usage.trim_start_matches("Usage: ").trim_start_matches(name).to_owned();
    let mut synopsis = Roff::new();
    synopsis.control("SH", ["SYNOPSIS"]).text([bold(name), roman(words)]);
    let mut description = Roff::new();
    for paragraph in prose.split("\n\n").map(str::trim).filter(|text| !text.is_empty()) {
        description.control("PP", []).text([roman(paragraph.replace('\n', " "))]);
    }
    let mut end = Roff::new();
    let codes = EXIT_CODES.trim_start_matches("Exit codes: ");
    end.control("SH", ["EXIT STATUS"]).text([roman(codes)]);
    end.control("SH", ["EXAMPLES"]).control("nf", []);
    for line in examples.lines() {
        end.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
    }
    end.control("fi", []);
    if command.get_name() != program.get_name() {
        let name = program.get_name();
        end.control("SH", ["SEE ALSO"]).text([roman(format!("{name}(1)"))]);
    }

    let mut text = Vec::new();
    let written = page
        .render_title(&mut text)
        .and_then(|()| page.render_name_section(&mut text))
        .and_then(|()| synopsis.to_writer(&mut text))
        .and_then(|()| page.render_description_section(&mut text))
        .and_then(|()| description.to_writer(&mut text))
        .and_then(|()| page.render_options_section(&mut text))
        .and_then(|()| match commands(command).next() {
            Some(_) => page.render_subcommands_section(&mut text),
            None => Ok(()),
        })
        .and_then(|()| end.to_writer(&mut text))
        .and_then(|()| page.render_version_section(&mut text));
    written.expect("a vector takes every byte");
    String::from_utf8_lossy(&text).into_owned()
}
