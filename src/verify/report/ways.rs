//! What decides a leg: the way that is taken, or what stands in all of them.

use std::collections::BTreeSet;

use crate::truth::Truth;
use crate::verify::{Claim, Evidence, Leg, Origin, Path, TaskLegs, Trust, Via};

/// A part of the evidence that decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reason<'a> {
    /// What kind of evidence it is, as [`kind`] has it.
    pub(super) kind: &'static str,
    pub(super) claim: &'a Claim,
}

/// The name of a leaf's kind; nothing of what is made of parts.
pub(super) fn kind(evidence: &Evidence) -> &'static str {
    match evidence {
        Evidence::Holds(_) => "holds",
        Evidence::Fails(_) => "fails",
        Evidence::Open(_) => "open",
        Evidence::Suspect(_) => "suspect",
        Evidence::Assumed(_) => "assumed",
        Evidence::All(_) | Evidence::Any(_) => "",
    }
}

/// The sentence of a leaf.
pub(super) fn claim(evidence: &Evidence) -> Option<&Claim> {
    match evidence {
        Evidence::Holds(claim) | Evidence::Open(claim) | Evidence::Assumed(claim) => Some(claim),
        Evidence::Fails(failing) | Evidence::Suspect(failing) => Some(&failing.claim),
        Evidence::All(_) | Evidence::Any(_) => None,
    }
}

/// The same for one or several subnets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ForSubnets<'a, T> {
    /// Their names.
    pub(super) subnets: Vec<&'a str>,
    pub(super) what: T,
}

fn by_subnet<'a, T: PartialEq>(
    each: impl Iterator<Item = (&'a Origin, T)>,
) -> Vec<ForSubnets<'a, T>> {
    let mut found: Vec<ForSubnets<'a, T>> = Vec::new();
    for (origin, what) in each {
        match found.iter_mut().find(|known| known.what == what) {
            Some(known) => known.subnets.push(&origin.subnet),
            None => found.push(ForSubnets { subnets: vec![&origin.subnet], what }),
        }
    }
    found
}

/// The ways that are taken, where the leg is reachable.
pub(super) fn taken(leg: &Leg, trust: Trust) -> Vec<ForSubnets<'_, (Via, &str)>> {
    by_subnet(leg.origins.iter().filter_map(|origin| {
        let path = origin.taken(trust)?;
        Some((origin, (path.via, path.by.as_str())))
    }))
}

/// Why a leg is not reachable: from those subnets that make it so.
pub(super) fn against(leg: &Leg, trust: Trust) -> Vec<ForSubnets<'_, Vec<Reason<'_>>>> {
    let truth = leg.truth(trust);
    let decisive = leg.origins.iter().filter(|origin| origin.truth(trust) == truth);
    by_subnet(decisive.map(|origin| (origin, reasons(origin, trust))))
}

/// The faults that stand in ways that fail, and what is open on the first way that may lead there.
/// That a way is merely not there is said only where there is nothing else to say.
fn reasons(origin: &Origin, trust: Trust) -> Vec<Reason<'_>> {
    let of = |truth: Truth| origin.paths.iter().filter(move |path| path.truth(trust) == truth);
    let is_fault =
        |leaf: &&Evidence| matches!(leaf, Evidence::Fails(failing) if failing.code.is_some());
    let faults = of(Truth::No)
        .map(|path| of_path(path, trust).into_iter().filter(is_fault).collect::<Vec<_>>())
        .find(|faults| !faults.is_empty());
    let open = of(Truth::Unknown).next().map(|path| of_path(path, trust));
    if faults.is_none() && open.is_none() {
        return distinct(of(Truth::No).flat_map(|path| of_path(path, trust)).collect());
    }
    distinct(faults.into_iter().chain(open).flatten().collect())
}

/// The leaves that make a way what it is.
fn of_path(path: &Path, trust: Trust) -> Vec<&Evidence> {
    let truth = path.truth(trust);
    let steps = path.steps.iter().filter(|step| step.evidence.truth(trust) == truth);
    steps.flat_map(|step| step.evidence.reasons(trust)).collect()
}

fn distinct(leaves: Vec<&Evidence>) -> Vec<Reason<'_>> {
    let mut said = BTreeSet::new();
    let reasons = leaves.into_iter().filter_map(|leaf| {
        let reason = Reason { kind: kind(leaf), claim: claim(leaf)? };
        said.insert((reason.kind, &reason.claim.text)).then_some(reason)
    });
    reasons.collect()
}

/// What is taken on trust for the legs of a task that are reachable, each sentence once.
pub(super) fn assumptions(task: &TaskLegs, trust: Trust) -> Vec<&Claim> {
    let mut said = BTreeSet::new();
    let reachable = task.legs.iter().filter(|leg| leg.truth(trust).is_yes());
    let taken = reachable.flat_map(|leg| &leg.origins).filter_map(|origin| origin.taken(trust));
    taken
        .flat_map(|path| &path.steps)
        .flat_map(|step| step.evidence.assumptions(trust))
        .filter(|claim| said.insert(&claim.text))
        .collect()
}
