//! Addresses and prefixes: the rules that hold them, or why none does.

use std::net::IpAddr;

use super::place::Places;
use super::published::publish;
use super::reason::{Pinned, Reason, pinned_of_lock};
use super::rules::sharing;
use super::special::{known_later, resolver, special};
use super::{Kind, Known, Meaning, Relation, RuleFound};
use crate::prefix::Prefix;

/// An address.
pub(super) fn address(known: &Known<'_>, places: &Places<'_>, address: IpAddr) -> Meaning {
    let asked = Prefix::host(address);
    let mut meaning = Meaning::new(Kind::Address, "");
    meaning.rules = sharing(known, places, asked);
    let observed = only_evidence_of(&mut meaning.rules, address);
    let special = special(address);
    meaning.pinned = unused_pinned(known, &meaning.rules, asked);
    for pinned in &mut meaning.pinned {
        if pinned.addresses.iter().any(|one| one.address == address) {
            pinned.addresses.retain(|one| one.address == address);
        }
    }
    let pinned = is_pinned(&meaning.rules);
    meaning.summary = match (&special, &covering(&meaning.rules)[..]) {
        (Some(special), []) => format!("{}; no rule has it", special.name),
        (Some(special), prefixes) => format!("{}, in {}", special.name, prefixes.join(", ")),
        (None, []) => "an address that no rule has".to_owned(),
        (None, prefixes) if observed => {
            format!("an address that hosts answered with, in {}", prefixes.join(", "))
        }
        (None, prefixes) if pinned => format!(
            "an address in {}, which was pinned for another: no host was seen to answer with this one",
            prefixes.join(", ")
        ),
        (None, prefixes) => format!("an address in {}", prefixes.join(", ")),
    };
    match special {
        Some(special) => {
            meaning.notes.push(special.words.to_owned());
            meaning.notes.extend(resolver(known, address));
            if special.in_vpcs {
                meaning.notes.extend(known_later(known, asked));
            }
        }
        // The lock's publication is newer, and said with the rule.
        None if is_pinned(&meaning.rules) => {}
        None => publish(known, &mut meaning, asked),
    }
    meaning
}

/// A prefix.
pub(super) fn prefix(known: &Known<'_>, places: &Places<'_>, asked: Prefix) -> Meaning {
    let mut meaning = Meaning::new(Kind::Prefix, "");
    meaning.rules = sharing(known, places, asked);
    meaning.pinned = unused_pinned(known, &meaning.rules, asked);
    let of = |relation| {
        let values = meaning.rules.iter().flat_map(|rule| &rule.values);
        let mut all: Vec<String> = values
            .filter(|value| value.relation == Some(relation))
            .map(|value| value.value.clone())
            .collect();
        all.sort();
        all.dedup();
        all.join(", ")
    };
    let (equal, covers, inside) = (of(Relation::Equal), of(Relation::Covers), of(Relation::Inside));
    let mut said = Vec::new();
    if !equal.is_empty() {
        said.push("a prefix that a rule has".to_owned());
    }
    if !covers.is_empty() {
        said.push(format!("a part of {covers}"));
    }
    if !inside.is_empty() {
        said.push(format!("a prefix around {inside}"));
    }
    meaning.summary = match said.is_empty() {
        true => "a prefix that shares no address with any rule".to_owned(),
        false => said.join(", and "),
    };
    if equal.is_empty() && !covers.is_empty() {
        meaning.notes.push(
            "No rule has this prefix itself: rules are made for whole published prefixes, and the \
             wider one holds all of it."
                .to_owned(),
        );
    }
    if equal.is_empty() && covers.is_empty() && !inside.is_empty() {
        meaning.notes.push("No rule has all of it, only the parts that are shown.".to_owned());
    }
    match special(asked.network()).filter(|special| special.prefix.covers(asked)) {
        Some(special) => {
            meaning.notes.push(special.words.to_owned());
            if special.in_vpcs {
                meaning.notes.extend(known_later(known, asked));
            }
        }
        // The lock's publication is newer, and said with the rule.
        None if is_pinned(&meaning.rules) => {}
        None => publish(known, &mut meaning, asked),
    }
    meaning
}

/// Whether one of the rules is there for what a host answered.
fn is_pinned(rules: &[RuleFound]) -> bool {
    let reasons = rules.iter().flat_map(|rule| &rule.values).flat_map(|value| &value.reasons);
    reasons.into_iter().any(|reason| matches!(reason, Reason::Observed(_)))
}

/// Leaves only the evidence of this address where there is some; whether there is.
fn only_evidence_of(rules: &mut [RuleFound], address: IpAddr) -> bool {
    let mut observed = false;
    for value in rules.iter_mut().flat_map(|rule| &mut rule.values) {
        let has = |reason: &Reason| match reason {
            Reason::Observed(pinned) => pinned.addresses.iter().any(|one| one.address == address),
            _ => false,
        };
        if !value.reasons.iter().any(has) {
            continue;
        }
        observed = true;
        value.reasons.retain(has);
        for reason in &mut value.reasons {
            if let Reason::Observed(pinned) = reason {
                pinned.addresses.retain(|one| one.address == address);
            }
        }
    }
    observed
}

/// The ends of rules that hold all of what was asked for, each once.
fn covering(rules: &[RuleFound]) -> Vec<String> {
    let mut all: Vec<String> =
        rules.iter().flat_map(|rule| &rule.values).map(|value| value.value.clone()).collect();
    all.sort();
    all.dedup();
    all
}

/// The prefixes of the lock that share addresses with what was asked for, and no rule has.
fn unused_pinned(known: &Known<'_>, rules: &[RuleFound], asked: Prefix) -> Vec<Pinned> {
    let reasons = || rules.iter().flat_map(|rule| &rule.values).flat_map(|value| &value.reasons);
    let used = |prefix: Prefix, region: &str| {
        reasons().any(|reason| match reason {
            Reason::Observed(pinned) => pinned.prefix == prefix && pinned.region == region,
            _ => false,
        })
    };
    let all = pinned_of_lock(known.lock).into_iter();
    all.filter(|pinned| Relation::of(pinned.prefix, asked).is_some())
        .filter(|pinned| !used(pinned.prefix, &pinned.region))
        .collect()
}
