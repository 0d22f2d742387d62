//! What was asked of the AWS CLI, and why there is no answer.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::complaint::Meaning;
use crate::aws::Region;
use crate::sources::printable;

/// A command of the AWS CLI. `Display` is its whole line, as a shell takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsCommand {
    /// As in `describe-vpc-endpoints`.
    subcommand: &'static str,
    /// EC2's name of it, as in `DescribeVpcEndpoints`.
    operation: &'static str,
    /// All of them, from `ec2`; of characters that mean nothing to a shell.
    arguments: Vec<String>,
}

impl AwsCommand {
    pub(super) fn new(
        subcommand: &'static str,
        operation: &'static str,
        region: &Region,
        arguments: impl IntoIterator<Item = String>,
    ) -> AwsCommand {
        let fixed = ["ec2", subcommand, "--region", region.name, "--output", "json"];
        let arguments = fixed.into_iter().map(str::to_owned).chain(arguments).collect();
        AwsCommand { subcommand, operation, arguments }
    }

    pub(super) fn arguments(&self) -> &[String] {
        &self.arguments
    }

    /// Its beginning, such as `aws ec2 describe-vpc-endpoints`.
    pub fn name(&self) -> String {
        format!("aws ec2 {}", self.subcommand)
    }

    /// The permission it needs, such as `ec2:DescribeVpcEndpoints`.
    pub fn action(&self) -> String {
        format!("ec2:{}", self.operation)
    }
}

impl fmt::Display for AwsCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "aws {}", self.arguments.join(" "))
    }
}

/// Why EC2 gave no answer that can be used.
///
/// `text` is the line of the CLI's standard error that says why, without control characters and a
/// final period; empty if there is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AwsError {
    /// There is no program of this name or at this path.
    #[error("there is no AWS CLI: `{}` was not found", .program.display())]
    NotInstalled {
        /// What was asked.
        command: AwsCommand,
        /// What was to be run.
        program: PathBuf,
    },
    /// The CLI has no credentials, or none that are valid: nothing is configured, a session is
    /// over, a profile does not exist, a role cannot be assumed. EC2 says the same in a region
    /// that the account has not enabled.
    #[error("the AWS CLI has no valid credentials: {text}")]
    NoCredentials {
        /// What was asked.
        command: AwsCommand,
        /// What the CLI says.
        text: String,
    },
    /// The credentials do not allow the question.
    #[error("`{}` is not allowed: {text}", .command.action())]
    Denied {
        /// What was asked.
        command: AwsCommand,
        /// What the CLI says.
        text: String,
    },
    /// EC2 had too many requests, and the CLI gave up.
    #[error("EC2 has too many requests for now: {text}")]
    Throttled {
        /// What was asked.
        command: AwsCommand,
        /// What the CLI says.
        text: String,
    },
    /// The CLI is older than the command, or the region does not have it.
    #[error("`{}` is not known here: {text}", .command.name())]
    Unsupported {
        /// What was asked.
        command: AwsCommand,
        /// What the CLI says.
        text: String,
    },
    /// The CLI failed in another way.
    #[error("`{}` {}{}", .command.name(), ending(*.code), after_colon(.text))]
    Failed {
        /// What was asked.
        command: AwsCommand,
        /// The exit code; none if a signal ended it or it was never started.
        code: Option<i32>,
        /// What the CLI says.
        text: String,
    },
    /// The CLI did not end in time and was killed.
    #[error("`{}` took longer than {after:?} and was stopped", .command.name())]
    TimedOut {
        /// What was asked.
        command: AwsCommand,
        /// The deadline.
        after: Duration,
    },
    /// The CLI ended well and printed something else than an answer.
    #[error("`{}` printed {problem}", .command.name())]
    Output {
        /// What was asked.
        command: AwsCommand,
        /// What it printed instead, such as `more than 16 MiB`.
        problem: String,
    },
    /// The answer does not have what was asked for.
    #[error("there is no {what}: {why}")]
    NotFound {
        /// What was asked.
        command: AwsCommand,
        /// What is missing, such as `prefix list com.amazonaws.ap-northeast-1.s3`.
        what: String,
        /// What is there instead.
        why: String,
    },
    /// The answer has it more than once.
    #[error("there is more than one {what}: {}", .found.join(", "))]
    Ambiguous {
        /// What was asked.
        command: AwsCommand,
        /// What was asked for.
        what: String,
        /// The ids of those that are there, sorted.
        found: Vec<String>,
    },
}

fn ending(code: Option<i32>) -> String {
    code.map_or_else(|| "did not end by itself".into(), |code| format!("ended with code {code}"))
}

fn after_colon(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

impl AwsError {
    /// What a command that failed means, by what it printed on standard error; `code` is `None` if
    /// a signal ended it.
    pub fn of_failure(command: &AwsCommand, code: Option<i32>, stderr: &[u8]) -> AwsError {
        let stderr = String::from_utf8_lossy(stderr);
        let mut lines = stderr.lines().filter(|line| !line.trim().is_empty());
        let told =
            lines.clone().find_map(|line| Some((Meaning::of(line, command.operation)?, line)));
        let (meaning, line) =
            told.unwrap_or_else(|| (Meaning::Other, lines.next_back().unwrap_or_default()));
        let (command, text) = (command.clone(), printable(line));
        match meaning {
            Meaning::NoCredentials => AwsError::NoCredentials { command, text },
            Meaning::Denied => AwsError::Denied { command, text },
            Meaning::Throttled => AwsError::Throttled { command, text },
            Meaning::Unsupported => AwsError::Unsupported { command, text },
            Meaning::Other => AwsError::Failed { command, code, text },
        }
    }

    pub(super) fn not_started(command: &AwsCommand, program: &Path, error: &io::Error) -> AwsError {
        let command = command.clone();
        if error.kind() == io::ErrorKind::NotFound {
            return AwsError::NotInstalled { command, program: program.to_owned() };
        }
        let text = format!("`{}` cannot be run: {error}", program.display());
        AwsError::Failed { command, code: None, text }
    }

    /// What was asked: to be run elsewhere by someone who can.
    pub fn command(&self) -> &AwsCommand {
        match self {
            AwsError::NotInstalled { command, .. }
            | AwsError::NoCredentials { command, .. }
            | AwsError::Denied { command, .. }
            | AwsError::Throttled { command, .. }
            | AwsError::Unsupported { command, .. }
            | AwsError::Failed { command, .. }
            | AwsError::TimedOut { command, .. }
            | AwsError::Output { command, .. }
            | AwsError::NotFound { command, .. }
            | AwsError::Ambiguous { command, .. } => command,
        }
    }
}
