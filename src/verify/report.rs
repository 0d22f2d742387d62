//! What a verification comes to, said to people, to programs and to code scanning.
//!
//! Functions from a [`Verification`] to texts and values; what is printed where is not decided here.

mod assertions;
mod distinct;
mod human;
mod json;
mod places;
mod sarif;
mod tally;
#[cfg(test)]
mod tests;
mod ways;

use super::{Finding, Outcome, Verdict, Verification};
use crate::diagnostic::Severity;

pub use assertions::{Answer, Assertion, answers};
pub use human::{Style, human};
pub use json::{json, page_json};
pub use sarif::sarif;

/// Whether a verification passes.
///
/// An error never does, and a note always does. What was asserted has to be proved in every scenario;
/// where nothing was asserted, no leg may be blocked and nothing may be warned of.
pub fn passes(verification: &Verification, answers: &[Answer]) -> bool {
    let findings = || verification.outcomes.iter().flat_map(|outcome| &outcome.findings);
    let worst = findings().map(|finding| finding.diagnostic.severity).max();
    if worst == Some(Severity::Error) || answers.iter().any(|answer| !answer.is_proved()) {
        return false;
    }
    let legs = || verification.outcomes.iter().flat_map(Outcome::legs);
    let is_blocked = || legs().any(|leg| leg.verdict(verification.trust) == Verdict::Blocked);
    !answers.is_empty() || (worst < Some(Severity::Warning) && !is_blocked())
}

/// Whether there is nothing that could have been verified: no task in any scenario.
pub fn is_void(verification: &Verification) -> bool {
    verification.outcomes.iter().all(|outcome| outcome.tasks.is_empty())
}

/// A severity, as it is printed.
fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// What a finding looks like when it bites, if anything is printed then.
fn symptom(finding: &Finding) -> Option<&'static str> {
    super::catalogue::symptom_of(finding.diagnostic.code, &finding.needs)
}
