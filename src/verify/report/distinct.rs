//! What is the same in several scenarios is said once, with the scenarios it is so in.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{Code, Source};
use crate::verify::{Finding, Outcome, Verification};

/// Most alternatives that are written out.
pub(super) const MOST_SHOWN: usize = 3;

/// What has to be so for some of the scenarios, in words; `None` where they are all of them.
///
/// `Stage = "prod" and CreateS3 = "true"`, or several of that with `, or if` between.
pub(crate) fn condition(outcomes: &[Outcome], some: &[usize]) -> Option<String> {
    if some.len() == outcomes.len() {
        return None;
    }
    let taken = |number: usize| &outcomes[number].scenario.taken;
    let first = some.first().map_or(&[][..], |number| taken(*number));
    let common: Vec<&String> = first
        .iter()
        .filter(|fact| some.iter().all(|number| taken(*number).contains(fact)))
        .collect();
    let have_common = outcomes
        .iter()
        .filter(|outcome| common.iter().all(|fact| outcome.scenario.taken.contains(fact)));
    let join = |facts: &mut dyn Iterator<Item = &String>| {
        facts.map(String::as_str).collect::<Vec<_>>().join(" and ")
    };
    if !common.is_empty() && have_common.count() == some.len() {
        return Some(join(&mut common.into_iter()));
    }
    let alternatives = some.iter().take(MOST_SHOWN).map(|number| match taken(*number).as_slice() {
        [] => "nothing of it is so".to_owned(),
        facts => join(&mut facts.iter()),
    });
    let mut text = alternatives.collect::<Vec<_>>().join(", or if ");
    if let more @ 1.. = some.len().saturating_sub(MOST_SHOWN) {
        text.push_str(&format!(", or in {more} more ways"));
    }
    Some(text)
}

/// A finding with the scenarios it is one in.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) finding: Finding,
    /// Of the outcomes, by number.
    pub(super) scenarios: Vec<usize>,
}

/// Every finding once, by place: with the worst of its severities, and all that it stands in the way
/// of in any scenario.
pub(super) fn findings(verification: &Verification) -> Vec<Found> {
    type Key<'a> = (Option<(usize, usize)>, Code, &'a str);
    let mut known: BTreeMap<Key<'_>, Found> = BTreeMap::new();
    for (number, outcome) in verification.outcomes.iter().enumerate() {
        for finding in &outcome.findings {
            let diagnostic = &finding.diagnostic;
            let label = diagnostic.primary.as_ref();
            let place = label.map(|label| (file(verification, &label.source), label.span.start));
            let key = (place, diagnostic.code, diagnostic.message.as_str());
            let found = known
                .entry(key)
                .or_insert_with(|| Found { finding: finding.clone(), scenarios: Vec::new() });
            let merged = &mut found.finding;
            merged.diagnostic.severity = merged.diagnostic.severity.max(diagnostic.severity);
            merged.needs.extend(&finding.needs);
            if found.scenarios.last() != Some(&number) {
                found.scenarios.push(number);
            }
        }
    }
    known.into_values().collect()
}

/// Which of the files it is; behind all of them if it is none.
fn file(verification: &Verification, source: &Arc<Source>) -> usize {
    let found = verification.sources.iter().position(|known| Arc::ptr_eq(known, source));
    found.unwrap_or(verification.sources.len())
}

/// The numbers of outcomes for which `said` is the same, in the order of the first of each.
pub(super) fn groups<T: PartialEq>(said: &[T]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (number, each) in said.iter().enumerate() {
        match groups.iter_mut().find(|group| said[group[0]] == *each) {
            Some(group) => group.push(number),
            None => groups.push(vec![number]),
        }
    }
    groups
}
