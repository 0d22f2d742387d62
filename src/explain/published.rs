//! What AWS published of addresses that no rule shows: in the publication that is built in.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::reason::pinned_of_lock;
use super::rules::placed;
use super::{Known, Meaning, Published, PublishedPrefix};
use crate::facts::{IpRange, IpRanges, built_in};
use crate::plan::{Peer, Plan};
use crate::prefix::Prefix;

/// Most published prefixes that are listed for one that was asked for.
const MOST_PUBLISHED: usize = 8;

/// What AWS says of a public prefix, and of S3's prefix list, whose addresses no rule shows.
pub(super) fn publish(known: &Known<'_>, meaning: &mut Meaning, asked: Prefix) {
    static RANGES: OnceLock<IpRanges> = OnceLock::new();
    let ranges = RANGES.get_or_init(built_in::ip_ranges);
    let published = published(ranges, asked);
    if meaning.rules.is_empty() {
        not_covering(known, meaning);
    }
    for plan in known.plans {
        s3(meaning, plan, &published);
    }
    let has = if published.is_empty() { "has no entry with all of it" } else { "says so" };
    // Right behind what is published.
    meaning.notes.insert(
        0,
        format!(
            "ip-ranges.json of {} {has}. It is the one that is built in, and old: AWS changes it \
             several times a day, and `fargate-egress check --live` asks for today's.",
            day(ranges)
        ),
    );
    meaning.published =
        Some(Published { publication: ranges.publication().clone(), prefixes: published });
}

/// The pinned prefixes that an address is not in.
fn not_covering(known: &Known<'_>, meaning: &mut Meaning) {
    let mut by_region: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pinned in pinned_of_lock(known.lock) {
        by_region.entry(pinned.region.clone()).or_default().push(pinned.prefix.to_string());
    }
    let words: Vec<String> = by_region
        .into_iter()
        .map(|(region, prefixes)| format!("{} in {region}", prefixes.join(", ")))
        .collect();
    meaning.notes.push(if words.is_empty() {
        "The lock has no pinned prefix at all.".to_owned()
    } else {
        format!("It is outside of every pinned prefix: {}.", words.join("; "))
    });
}

/// Where S3 has an address, the tasks' rule to S3's prefix list may hold it.
fn s3(meaning: &mut Meaning, plan: &Plan, published: &[PublishedPrefix]) {
    for placed in placed(plan) {
        if !matches!(placed.rule.peer, Peer::PrefixList(_)) {
            continue;
        }
        for peer in placed.peers() {
            let region = peer.region.unwrap_or(plan.regions[0]);
            let is_s3 = |one: &PublishedPrefix| {
                one.region == region.name && one.services.iter().any(|service| service == "S3")
            };
            if !published.iter().any(is_s3) {
                continue;
            }
            let note = format!(
                "It is published as S3's in {region}, so {}, to which tasks may open connections, \
                 may hold it. EC2 says: aws ec2 get-managed-prefix-list-entries --region {region} \
                 --prefix-list-id {}",
                peer.value, peer.value
            );
            if !meaning.notes.contains(&note) {
                meaning.notes.push(note);
            }
        }
    }
}

/// The published prefixes that hold all of `asked`, from the shortest.
fn published(ranges: &IpRanges, asked: Prefix) -> Vec<PublishedPrefix> {
    let holding = ranges.entries().filter(|entry| entry.prefix.covers(asked));
    let mut all: Vec<PublishedPrefix> = Vec::new();
    for IpRange { prefix, service, region, .. } in holding {
        match all.iter_mut().find(|one| one.prefix == prefix && one.region == region) {
            Some(one) => one.services.push(service.to_owned()),
            None => all.push(PublishedPrefix {
                prefix,
                region: region.to_owned(),
                services: vec![service.to_owned()],
            }),
        }
    }
    all.truncate(MOST_PUBLISHED);
    all
}

/// The day of a publication.
fn day(ranges: &IpRanges) -> String {
    ranges.publication().create_date.chars().take(10).collect()
}
