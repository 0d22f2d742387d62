//! What no longer holds. Three kinds of drift with three names: the output is not what config and
//! lock say, the lock is not what the config asks for, the world is not what the lock says.

mod lock;
mod output;
mod sarif;
mod world;

use serde::Serialize;

use crate::diagnostic::Diagnostic;

pub use lock::lock;
pub use output::{Output, output};
pub use sarif::sarif;
pub use world::{World, unbelievable, world};

/// Which of the three it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drift {
    /// `out/` is not what config and lock say.
    Output,
    /// The lock is not what the config asks for.
    Lock,
    /// The lock is not what the world says.
    World,
}

/// Something that no longer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which kind of drift.
    pub drift: Drift,
    /// What and where, and the command that mends it.
    pub diagnostic: Diagnostic,
    /// What breaks when nothing is done, and how soon.
    pub consequence: String,
    /// The difference, as a unified diff; empty where there is none to show.
    pub diff: String,
}

impl Finding {
    fn new(drift: Drift, diagnostic: Diagnostic, consequence: &str) -> Finding {
        Finding { drift, diagnostic, consequence: consequence.to_owned(), diff: String::new() }
    }

    fn with_help(mut self, line: &str) -> Finding {
        self.diagnostic = self.diagnostic.help(line);
        self
    }
}
