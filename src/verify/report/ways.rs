//! What decides a leg: the way that is taken, or what stands in all of them.

use std::collections::{BTreeMap, BTreeSet};

use super::slots::{each_of, put_in, take_out};
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
    let leaves = match origin.paths.iter().find(|path| !is_no_way(path, trust)) {
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

/// Something that is taken on trust, with what it is taken for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Assumed<'a> {
    pub(super) claim: &'a Claim,
    subnet: &'a str,
    by: &'a str,
}

/// What is taken on trust for the legs of a task that are reachable, in their order.
pub(super) fn assumed(task: &TaskLegs, trust: Trust) -> Vec<Assumed<'_>> {
    let reachable = task.legs.iter().filter(|leg| leg.truth(trust).is_yes());
    let taken = reachable
        .flat_map(|leg| &leg.origins)
        .filter_map(|origin| Some((origin.subnet.as_str(), origin.taken(trust)?)));
    taken
        .flat_map(|(subnet, path)| {
            let claims = path.steps.iter().flat_map(|step| step.evidence.assumptions(trust));
            claims.map(move |claim| Assumed { claim, subnet, by: &path.by })
        })
        .collect()
}

/// The same, each sentence once.
pub(super) fn assumptions(task: &TaskLegs, trust: Trust) -> Vec<&Claim> {
    let mut said = BTreeSet::new();
    let claims = assumed(task, trust).into_iter().map(|assumed| assumed.claim);
    claims.filter(|claim| said.insert(&claim.text)).collect()
}

/// Sentences that differ only in the subnet, or only in the endpoint, as one. In the order of the
/// first of each.
pub(super) fn folded(assumed: &[Assumed<'_>]) -> Vec<Claim> {
    let mut said = BTreeSet::new();
    // By subnet, and then by what is on the way, of those with the same subnets.
    let subnets = gathered(
        assumed.iter().filter(|one| said.insert((&one.claim.text, one.subnet, one.by))).map(
            |one| {
                let text = take_out(&one.claim.text, one.subnet);
                ((text, one.by), one.subnet, one.claim.place)
            },
        ),
    );
    let ways = gathered(subnets.into_iter().map(|((text, by), subnets, place)| {
        let text = put_in(&text, &each_of(&subnets));
        (take_out(&text, by), by, place)
    }));
    let texts = ways.into_iter().map(|(text, ways, place)| (put_in(&text, &each_of(&ways)), place));
    let mut said = BTreeSet::new();
    texts
        .filter(|(text, _)| said.insert(text.clone()))
        .map(|(text, place)| Claim { text, place })
        .collect()
}

/// The names for each key, and the first place.
fn gathered<'a, K: Ord + Clone>(
    each: impl Iterator<Item = (K, &'a str, Option<Place>)>,
) -> Vec<(K, Vec<&'a str>, Option<Place>)> {
    let mut numbers: BTreeMap<K, usize> = BTreeMap::new();
    let mut found: Vec<(K, Vec<&str>, Option<Place>)> = Vec::new();
    for (key, name, place) in each {
        let number = *numbers.entry(key.clone()).or_insert(found.len());
        match found.get_mut(number) {
            Some((_, names, _)) if names.contains(&name) => {}
            Some((_, names, _)) => names.push(name),
            None => found.push((key, vec![name], place)),
        }
    }
    found
}
