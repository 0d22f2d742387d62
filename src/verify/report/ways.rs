//! What decides a leg: the way that is taken, or what stands in all of them.

use std::collections::{BTreeMap, BTreeSet};

use super::slots::{each_of, has_slot, put_in, take_out};
use crate::cloudformation::Place;
use crate::truth::Truth;
use crate::verify::{Aspect, Claim, Evidence, Leg, Origin, Path, TaskLegs, Trust, Via};

/// A part of the evidence that decides.
#[derive(Debug, Clone)]
pub(super) struct Reason {
    /// What kind of evidence it is, as [`kind`] has it.
    pub(super) kind: &'static str,
    /// The sentence, without the name of the subnet.
    pub(super) text: String,
    pub(super) place: Option<Place>,
}

/// Reasons that say the same of two subnets are the same, wherever it stands.
impl PartialEq for Reason {
    fn eq(&self, other: &Reason) -> bool {
        (self.kind, &self.text) == (other.kind, &other.text)
    }
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
pub(super) fn against(leg: &Leg, trust: Trust) -> Vec<ForSubnets<'_, Vec<Reason>>> {
    let truth = leg.truth(trust);
    let decisive = leg.origins.iter().filter(|origin| origin.truth(trust) == truth);
    by_subnet(decisive.map(|origin| (origin, reasons(origin, trust))))
}

/// What decides the way that somebody can have meant, and, where that one fails for sure, the first
/// that may lead there nonetheless. Where no way is there at all, that each is not.
fn reasons(origin: &Origin, trust: Trust) -> Vec<Reason> {
    let leaves = match meant(origin, trust) {
        None => origin.paths.iter().flat_map(|path| of_path(path, trust)).collect(),
        Some(meant) => {
            let mut leaves = of_path(meant, trust);
            if meant.truth(trust).is_no() {
                if leaves.iter().any(|leaf| is_fault(leaf)) {
                    leaves.retain(|leaf| is_fault(leaf));
                }
                let perhaps = |path: &&Path| path.truth(trust) == Truth::Unknown;
                let perhaps = origin.paths.iter().find(perhaps);
                leaves.extend(perhaps.into_iter().flat_map(|path| of_path(path, trust)));
            }
            leaves
        }
    };
    let mut said = BTreeSet::new();
    let reasons = leaves.into_iter().filter_map(|leaf| {
        let claim = claim(leaf)?;
        let text = take_out(&claim.text, &origin.subnet);
        let reason = Reason { kind: kind(leaf), text, place: claim.place };
        said.insert((reason.kind, reason.text.clone())).then_some(reason)
    });
    reasons.collect()
}

/// The way that somebody can have meant, of those from a subnet that does not lead there.
pub(crate) fn meant(origin: &Origin, trust: Trust) -> Option<&Path> {
    origin.paths.iter().find(|path| !is_no_way(path, trust))
}

/// Whether a way is merely not there, which is no fault: nobody can have meant it.
fn is_no_way(path: &Path, trust: Trust) -> bool {
    path.steps.iter().any(|step| {
        matches!(step.aspect, Aspect::Way | Aspect::Name | Aspect::Route)
            && step.evidence.truth(trust).is_no()
            && !step.evidence.reasons(trust).iter().any(|leaf| is_fault(leaf))
    })
}

fn is_fault(leaf: &Evidence) -> bool {
    matches!(leaf, Evidence::Fails(failing) if failing.code.is_some())
}

/// The leaves that make a way what it is.
fn of_path(path: &Path, trust: Trust) -> Vec<&Evidence> {
    let truth = path.truth(trust);
    let steps = path.steps.iter().filter(|step| step.evidence.truth(trust) == truth);
    steps.flat_map(|step| step.evidence.reasons(trust)).collect()
}

/// What is taken on trust for the legs of a task that are reachable, each sentence once.
pub(super) fn assumptions(task: &TaskLegs, trust: Trust) -> Vec<&Claim> {
    let mut said = BTreeSet::new();
    taken_paths(task, trust)
        .flat_map(|(_, path)| &path.steps)
        .flat_map(|step| step.evidence.assumptions(trust))
        .filter(|claim| said.insert(&claim.text))
        .collect()
}

/// The subnet and the way of every leg that is reachable.
fn taken_paths(task: &TaskLegs, trust: Trust) -> impl Iterator<Item = (&str, &Path)> {
    let reachable = task.legs.iter().filter(move |leg| leg.truth(trust).is_yes());
    let origins = reachable.flat_map(|leg| &leg.origins);
    origins.filter_map(move |origin| Some((origin.subnet.as_str(), origin.taken(trust)?)))
}

/// What is taken on trust for a task in each of several scenarios. Sentences that differ only in the
/// subnet, or only in what is on the way, are one. In the order of the first of each.
pub(super) fn folded<'a>(tasks: impl Iterator<Item = &'a TaskLegs>, trust: Trust) -> Vec<Claim> {
    let (mut claims, mut subnets, mut ways) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for task in tasks {
        claims.extend(assumptions(task, trust).into_iter().cloned());
        for (subnet, path) in taken_paths(task, trust) {
            subnets.insert(subnet);
            ways.insert(path.by.as_str());
        }
    }
    fold(fold(claims, &subnets), &ways)
}

/// Sentences that differ only in which of the names they have are one.
fn fold(claims: Vec<Claim>, names: &BTreeSet<&str>) -> Vec<Claim> {
    // A name may hold another.
    let mut names: Vec<&str> = names.iter().copied().collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut found: Vec<(String, Vec<&str>, Option<Place>)> = Vec::new();
    for claim in claims {
        let mut without = names.iter().map(|name| (*name, take_out(&claim.text, name)));
        let named = without.find(|(_, text)| has_slot(text));
        let (name, text) = named.map_or((None, claim.text), |(name, text)| (Some(name), text));
        let number = *numbers.entry(text.clone()).or_insert(found.len());
        if number == found.len() {
            found.push((text, Vec::new(), claim.place));
        }
        let known = &mut found[number].1;
        known.extend(name.filter(|name| !known.contains(name)));
    }
    let claims = found
        .into_iter()
        .map(|(text, names, place)| Claim { text: put_in(&text, &each_of(&names)), place });
    claims.collect()
}
