//! What a verification comes to, said to people, to programs and to code scanning.
//!
//! Functions from a [`Verification`] to texts and values; what is printed where is not decided here.

mod assertions;
mod distinct;
mod human;
mod json;
mod places;
mod sarif;
mod slots;
mod tally;
#[cfg(test)]
mod tests;
mod ways;

use super::{Finding, Need, Outcome, TaskLegs, Verdict, Verification};
use crate::aws::Region;
use crate::diagnostic::Severity;

pub use assertions::{Answer, Assertion, answers};
pub(crate) use distinct::condition;
pub use human::{Style, human};
pub use json::{json, message_json, page_json};
pub use sarif::sarif;
pub(crate) use ways::meant;

/// The JSON Schema of what [`json()`] gives, as text.
pub const SCHEMA: &str = include_str!("../../docs/verify.schema.json");

/// Whether a verification passes.
///
/// An error never does, and a note always does. What was asserted has to be proved in every scenario;
/// where nothing was asserted, no leg of a task in the templates may be blocked and nothing may be
/// warned of. That a group which tasks may wear is not for them is no fault of anybody's.
pub fn passes(verification: &Verification, answers: &[Answer]) -> bool {
    let findings = || verification.outcomes.iter().flat_map(|outcome| &outcome.findings);
    let worst = findings().map(|finding| finding.diagnostic.severity).max();
    if worst == Some(Severity::Error) || answers.iter().any(|answer| !answer.is_proved()) {
        return false;
    }
    let is_blocked = |task: &TaskLegs| {
        task.legs.iter().any(|leg| leg.verdict(verification.trust) == Verdict::Blocked)
    };
    let fails = |outcome: &Outcome| {
        let (asked, declared): (Vec<_>, Vec<_>) = outcome.tasks.iter().partition(|task| task.asked);
        let in_vain = !asked.is_empty() && asked.iter().all(|task| is_blocked(task));
        in_vain || declared.iter().any(|task| is_blocked(task))
    };
    let is_warned = worst >= Some(Severity::Warning);
    !answers.is_empty() || (!is_warned && !verification.outcomes.iter().any(fails))
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

/// What a finding looks like when it bites, if anything is printed then. Of a region that is not
/// known the word stands in it.
fn symptom(finding: &Finding, region: Option<&Region>) -> Option<String> {
    let symptom = super::catalogue::symptom_of(finding.diagnostic.code, &finding.needs)?;
    let region = region.map_or("REGION", |region| region.name);
    let mut text = String::new();
    let mut before = '\0';
    let mut letters = symptom.chars().peekable();
    while let Some(letter) = letters.next() {
        // In a name of a host or of a service: `api.ecr.R.amazonaws.com`.
        let is_word = matches!(before, '.' | '-')
            && letters.peek().is_none_or(|behind| !behind.is_alphanumeric());
        match letter {
            'R' if is_word => text.push_str(region),
            _ => text.push(letter),
        }
        before = letter;
    }
    if finding.public {
        // The name leads past the VPC there.
        text = text.replace("PRIVATE", "PUBLIC");
    }
    let service = match finding.needs.iter().collect::<Vec<_>>()[..] {
        [Need::RegistryAuth] => "ecr.api",
        [Need::Manifest] => "ecr.dkr",
        _ => return Some(text),
    };
    Some(text.replace(
        "Endpoint Service '…'",
        &format!("Endpoint Service 'com.amazonaws.{region}.{service}'"),
    ))
}
