//! `completions`: what a shell needs to complete the command line.

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use serde_json::json;

use super::Cli;
use super::cli::Completions;
use super::man::commands;
use super::output::Report;

const NAME: &str = env!("CARGO_PKG_NAME");

pub(super) fn run(args: &Completions) -> Report {
    let mut program = shown(&Cli::command());
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut program, NAME, &mut script);
    let mut page = String::from_utf8_lossy(&script).into_owned();
    if args.shell == Shell::Bash {
        // clap_complete writes a hyphen in the program's name in two ways, and completes nothing
        // behind a command then: https://github.com/clap-rs/clap/issues/6421
        page = page.replace(&NAME.replace('-', "__subcmd__"), &NAME.replace('-', "__"));
    }
    let mut report = Report { page: page.clone(), ..Report::default() };
    report.fields.insert("script".to_owned(), json!(page));
    report
}

/// The program without the commands that people are not told of, which clap_complete would offer.
fn shown(program: &Command) -> Command {
    let names: Vec<String> =
        commands(program).map(|command| command.get_name().to_owned()).collect();
    Command::new(NAME)
        .version(env!("CARGO_PKG_VERSION"))
        .propagate_version(true)
        .args(program.get_arguments())
        .subcommands(commands(program))
        // The program itself says more of a name that is none than clap would.
        .mut_subcommand("man", |man| man.mut_arg("command", |name| name.value_parser(names)))
}
