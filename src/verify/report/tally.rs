//! How much of what there is.

use std::collections::BTreeMap;

use super::distinct::Found;
use crate::cloudformation::Place;
use crate::diagnostic::Severity;
use crate::truth::Truth;
use crate::verify::{Need, Verification};

/// Legs by the worst that they come to in any scenario, and findings by severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) reachable: usize,
    pub(super) blocked: usize,
    pub(super) cannot_tell: usize,
    pub(super) errors: usize,
    pub(super) warnings: usize,
    pub(super) notes: usize,
}

impl Tally {
    pub(super) fn of(verification: &Verification, findings: &[Found]) -> Tally {
        let mut worst: BTreeMap<(Place, &str, Need, &str), Truth> = BTreeMap::new();
        for task in verification.outcomes.iter().flat_map(|outcome| &outcome.tasks) {
            for leg in &task.legs {
                let truth = leg.truth(verification.trust);
                let key = (task.place, task.task.as_str(), leg.need, leg.target.as_str());
                worst.entry(key).and_modify(|known| *known = known.and(truth)).or_insert(truth);
            }
        }
        let mut tally = Tally::default();
        for truth in worst.into_values() {
            match truth {
                Truth::Yes => tally.reachable += 1,
                Truth::No => tally.blocked += 1,
                Truth::Unknown => tally.cannot_tell += 1,
            }
        }
        for found in findings {
            match found.finding.diagnostic.severity {
                Severity::Error => tally.errors += 1,
                Severity::Warning => tally.warnings += 1,
                Severity::Note => tally.notes += 1,
            }
        }
        tally
    }

    /// `3 legs reachable, 1 blocked; 2 errors, 1 note`.
    pub(super) fn words(self) -> String {
        let verdicts = [
            (self.reachable, "reachable"),
            (self.blocked, "blocked"),
            (self.cannot_tell, "cannot tell"),
        ];
        let mut legs: Vec<String> = Vec::new();
        for (count, verdict) in verdicts.into_iter().filter(|(count, _)| *count > 0) {
            let noun = match (legs.len(), count) {
                (0, 1) => " leg",
                (0, _) => " legs",
                _ => "",
            };
            legs.push(format!("{count}{noun} {verdict}"));
        }
        if legs.is_empty() {
            legs.push("no legs".to_owned());
        }
        let findings = [(self.errors, "error"), (self.warnings, "warning"), (self.notes, "note")];
        let findings: Vec<String> = findings
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}{}", if count == 1 { "" } else { "s" }))
            .collect();
        let findings =
            if findings.is_empty() { "no findings".to_owned() } else { findings.join(", ") };
        format!("{}; {findings}", legs.join(", "))
    }
}
