//! When to use colour, also in what is printed before the command line is understood.

use std::ffi::OsString;

use clap::error::ContextKind;
use clap::{ColorChoice, CommandFactory as _, FromArgMatches as _, ValueEnum};

use super::Cli;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// What `--color` asks for in words that have yet to be understood: what is wrong with them
    /// and the help are printed in that way too.
    fn given(words: &[OsString]) -> Color {
        let mut words = words.iter().map(|word| word.to_str().unwrap_or_default());
        while let Some(word) = words.next() {
            let when = match word {
                "--" => break,
                "--color" => words.next(),
                word => word.strip_prefix("--color="),
            };
            if let Some(color) = when.and_then(|when| Color::from_str(when, false).ok()) {
                return color;
            }
        }
        Color::Auto
    }

    fn choice(self) -> ColorChoice {
        match self {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        }
    }
}

impl Cli {
    /// Reads a command line, of which the first word is the program.
    ///
    /// # Errors
    /// What to print in the place of running: the help or the version that were asked for, or what
    /// is wrong with the words.
    pub fn read(words: &[OsString]) -> Result<Cli, clap::Error> {
        let mut command = Cli::command().color(Color::given(words).choice());
        let mut matches = command.try_get_matches_from_mut(words).or_else(|error| {
            // clap takes the flag behind `help` for the name of a command, and knows none of it.
            let is_flag = |word: &str| word == "-h" || word == "--help";
            let name = error.get(ContextKind::InvalidSubcommand).map(ToString::to_string);
            if !name.is_some_and(|name| is_flag(&name)) {
                return Err(error);
            }
            let others = words.iter().filter(|word| !word.to_str().is_some_and(is_flag));
            command.try_get_matches_from_mut(others)
        })?;
        Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
    }
}
