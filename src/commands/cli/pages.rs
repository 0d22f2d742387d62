//! The flags of the commands that print something and read nothing.

use clap::{Args, ValueEnum};
use clap_complete::Shell;

#[derive(Debug, Args)]
#[command(after_help = "\
`init` writes the schema of the config beside it, and a first line that names it; this brings that
file up to date.

Example:
  fargate-egress schema > egress.schema.json
  fargate-egress schema lock")]
pub(in crate::commands) struct Schema {
    /// The file that it is of
    #[arg(value_enum, value_name = "FILE", default_value_t = Described::Config)]
    pub(in crate::commands) of: Described,
}

/// What `schema` has a schema of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::commands) enum Described {
    /// The config
    Config,
    /// The lock
    Lock,
    /// What `verify --format json` prints
    Verify,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  fargate-egress completions bash > ~/.local/share/bash-completion/completions/fargate-egress
  fargate-egress completions zsh > ~/.zfunc/_fargate-egress
  fargate-egress completions fish > ~/.config/fish/completions/fargate-egress.fish")]
pub(in crate::commands) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(in crate::commands) shell: Shell,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  fargate-egress man verify > fargate-egress-verify.1
  fargate-egress man | man -l -")]
pub(in crate::commands) struct Man {
    /// The command [default: the program]
    pub(in crate::commands) command: Option<String>,
}
