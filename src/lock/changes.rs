//! What changed between two locks, for a person to read.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Serialize;

use super::{Lock, RegionFacts, Sighting};

/// One difference between two locks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The region, or the stack for what belongs to one VPC.
    pub place: String,
    /// Whether it came, went or became something else.
    pub kind: ChangeKind,
    /// The prefix, address, id or publication, in words.
    pub what: String,
    /// Why, or what it was before.
    pub why: String,
}

/// Whether something came, went or became something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// It was not there before.
    Added,
    /// It is not there any more.
    Removed,
    /// It is another one now.
    Changed,
}

/// What changed, by region, then stack; sightings that were only seen again do not count.
pub fn changes(before: &Lock, after: &Lock) -> Vec<Change> {
    let regions = |lock: &Lock| -> BTreeMap<String, RegionFacts> {
        let all = lock.partitions.values().flatten();
        all.map(|(name, facts)| (name.clone(), facts.clone())).collect()
    };
    let (old, new) = (regions(before), regions(after));
    let mut changes = Vec::new();
    for (place, facts) in &new {
        let empty = RegionFacts::default();
        of_region(&mut changes, place, old.get(place).unwrap_or(&empty), facts);
    }
    for place in old.keys().filter(|place| !new.contains_key(*place)) {
        push(&mut changes, place, ChangeKind::Removed, "everything", "no stack is there any more");
    }
    for (stack, facts) in &after.stacks {
        let known = before.stacks.get(stack);
        for (service, addresses) in &facts.endpoint_addresses {
            let was = known.and_then(|facts| facts.endpoint_addresses.get(service));
            let words = |set: &std::collections::BTreeSet<std::net::Ipv4Addr>| {
                set.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            };
            let what = format!("{service} endpoint: {}", words(addresses));
            match was {
                None => {
                    push(&mut changes, &stack.to_string(), ChangeKind::Added, &what, "looked up")
                }
                Some(was) if was != addresses => {
                    let why = format!("before: {}", words(was));
                    push(&mut changes, &stack.to_string(), ChangeKind::Changed, &what, &why);
                }
                Some(_) => {}
            }
        }
    }
    for stack in before.stacks.keys().filter(|stack| !after.stacks.contains_key(*stack)) {
        let why = "the stack does not ask for them any more";
        push(&mut changes, &stack.to_string(), ChangeKind::Removed, "addresses of endpoints", why);
    }
    changes
}

fn push(changes: &mut Vec<Change>, place: &str, kind: ChangeKind, what: &str, why: &str) {
    changes.push(Change {
        place: place.to_owned(),
        kind,
        what: what.to_owned(),
        why: why.to_owned(),
    });
}

fn of_region(changes: &mut Vec<Change>, place: &str, before: &RegionFacts, after: &RegionFacts) {
    let services = |facts: &RegionFacts, prefix| {
        let known = facts.prefixes.get(&prefix);
        known.map(|known| known.services.iter().cloned().collect::<Vec<_>>().join(", "))
    };
    for prefix in after.prefixes.keys() {
        let (was, is) = (services(before, *prefix), services(after, *prefix).unwrap_or_default());
        match was {
            None => {
                push(
                    changes,
                    place,
                    ChangeKind::Added,
                    &format!("prefix {prefix}"),
                    &format!("published for {is}"),
                );
            }
            Some(was) if was != is => push(
                changes,
                place,
                ChangeKind::Changed,
                &format!("prefix {prefix}"),
                &format!("published for {is}, before for {was}"),
            ),
            Some(_) => {}
        }
    }
    for prefix in before.prefixes.keys().filter(|prefix| !after.prefixes.contains_key(prefix)) {
        let why = "no known address is in it any more";
        push(changes, place, ChangeKind::Removed, &format!("prefix {prefix}"), why);
    }
    let (old, new) = (sightings(before), sightings(after));
    for ((host, address), sighting) in &new {
        if !old.contains_key(&(*host, *address)) {
            let by = sighting.seen_by.iter().cloned().collect::<Vec<_>>().join(", ");
            let why = format!("in {}, seen by {by}", sighting.prefix);
            push(changes, place, ChangeKind::Added, &format!("{address} of {host}"), &why);
        }
    }
    for ((host, address), sighting) in &old {
        if !new.contains_key(&(*host, *address)) {
            let why = match &sighting.last_seen {
                Some(seen) => format!("last seen {seen}"),
                None => "nobody noted when it was seen".to_owned(),
            };
            push(changes, place, ChangeKind::Removed, &format!("{address} of {host}"), &why);
        }
    }
    let list = |facts: &RegionFacts| {
        facts.s3_prefix_list().map(|list| (list.id.to_string(), list.source.clone()))
    };
    match (list(before), list(after)) {
        (None, Some((id, source))) => {
            push(changes, place, ChangeKind::Added, &format!("S3 prefix list {id}"), &source);
        }
        (Some((was, _)), Some((id, source))) if was != id => {
            let why = format!("{source}, before {was}");
            push(changes, place, ChangeKind::Changed, &format!("S3 prefix list {id}"), &why);
        }
        (Some((was, _)), None) => {
            let why = "every stack gives its own";
            push(changes, place, ChangeKind::Removed, &format!("S3 prefix list {was}"), why);
        }
        _ => {}
    }
    let published = |facts: &RegionFacts| facts.ip_ranges.as_ref().map(|p| p.create_date.clone());
    match (published(before), published(after)) {
        (Some(was), Some(is)) if was != is => {
            push(
                changes,
                place,
                ChangeKind::Changed,
                &format!("ip-ranges.json of {is}"),
                &format!("before {was}"),
            );
        }
        (None, Some(is)) => {
            push(
                changes,
                place,
                ChangeKind::Added,
                &format!("ip-ranges.json of {is}"),
                "prefixes come from it",
            );
        }
        _ => {}
    }
}

fn sightings(facts: &RegionFacts) -> BTreeMap<(&str, IpAddr), &Sighting> {
    let hosts = facts.services.values().flat_map(|service| &service.hosts);
    hosts
        .flat_map(|(host, facts)| {
            facts.addresses.iter().map(move |(address, s)| ((host.as_str(), *address), s))
        })
        .collect()
}
