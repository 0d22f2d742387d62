//! The lock against what the config asks for.

use std::sync::Arc;

use super::{Drift, Finding};
use crate::config::Config;
use crate::diagnostic::{Code, Diagnostic, Source};
use crate::lock::{Lock, unused};

/// What the lock lacks, from the diagnostics of planning with it, and what nothing asks for.
///
/// Diagnostics of other kinds are left to the caller: they are mistakes, not drift.
pub fn lock(
    config: &Config,
    lock: &Lock,
    source: &Arc<Source>,
    planning: Vec<Diagnostic>,
) -> Vec<Finding> {
    let lacks = planning.into_iter().map(|diagnostic| {
        let consequence = "`generate` fails, so no change of the config can be deployed; now";
        Finding::new(Drift::Lock, diagnostic, consequence)
    });
    let unused = unused(config, lock).into_iter().map(|fact| {
        let message = format!("nothing in `{}` asks for {fact}", source.name);
        let diagnostic = Diagnostic::error(Code::LockUnusedFact, message)
            .help("take it out with: fargate-egress resolve");
        let consequence = "nothing breaks; the lock says more than the templates hold";
        Finding::new(Drift::Lock, diagnostic, consequence)
    });
    lacks.chain(unused).collect()
}
