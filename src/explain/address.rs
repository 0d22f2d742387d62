//! Addresses and prefixes: the rules that hold them, or why none does.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::OnceLock;

use super::place::Places;
use super::protection::UNFILTERED;
use super::reason::{Reason, pinned_of_lock};
use super::rules::{placed, sharing};
use super::{Kind, Known, Meaning, Published, PublishedPrefix, Relation, RuleFound};
use crate::facts::{IpRange, IpRanges, built_in};
use crate::plan::{Peer, Value};
use crate::prefix::Prefix;

/// Most published prefixes that are listed for one that was asked for.
const MOST_PUBLISHED: usize = 8;

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
    let pins = |rule: &RuleFound| {
        rule.values.iter().any(|v| v.reasons.iter().any(|r| matches!(r, Reason::Observed(_))))
    };
    meaning.summary = match (&special, &covering(&meaning.rules)[..]) {
        (Some(special), []) => format!("{}; no rule has it", special.name),
        (Some(special), prefixes) => format!("{}, in {}", special.name, prefixes.join(", ")),
        (None, []) => "an address that no rule has".to_owned(),
        (None, prefixes) if observed => {
            format!("an address that hosts answered with, in {}", prefixes.join(", "))
        }
        (None, prefixes) if meaning.rules.iter().any(pins) => format!(
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
        None => publish(known, &mut meaning, asked),
    }
    meaning
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
fn unused_pinned(
    known: &Known<'_>,
    rules: &[RuleFound],
    asked: Prefix,
) -> Vec<super::reason::Pinned> {
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

/// What AWS says of a public prefix, and of S3's prefix list, whose addresses no rule shows.
fn publish(known: &Known<'_>, meaning: &mut Meaning, asked: Prefix) {
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
    meaning.notes.push(format!(
        "ip-ranges.json of {} {has}. It is the one that is built in, and old: AWS changes it \
         several times a day, and `fargate-egress check --live` asks for today's.",
        day(ranges)
    ));
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
fn s3(meaning: &mut Meaning, plan: &crate::plan::Plan, published: &[PublishedPrefix]) {
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

/// Rules whose prefix only the deployment knows, where they may hold a private address.
fn known_later(known: &Known<'_>, asked: Prefix) -> Vec<String> {
    let mut stacks: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for placed in known.plans.iter().flat_map(placed) {
        let family = match &placed.rule.peer {
            Peer::Ipv4(value) => asked.is_ipv4().then_some(value),
            Peer::Ipv6(value) => (!asked.is_ipv4()).then_some(value),
            _ => None,
        };
        if let Some(value @ (Value::Ref(_) | Value::Import(_))) = family {
            stacks
                .entry(super::rules::words(value))
                .or_default()
                .push(placed.plan.stack.to_string());
        }
    }
    let notes = stacks.into_iter().map(|(value, stacks)| {
        format!(
            "The ingress of the endpoints of {} is for {value}, which is given when it is \
             deployed: whether it has all of this cannot be told here.",
            stacks.join(", ")
        )
    });
    notes.collect()
}

/// Whether an address is that of the resolver of a VPC whose prefix the config has.
fn resolver(known: &Known<'_>, address: IpAddr) -> Option<String> {
    let IpAddr::V4(address) = address else { return None };
    let stacks = known.config.stacks.values();
    let mut prefixes = stacks.filter_map(|stack| stack.network.cidrs.literals());
    prefixes.find_map(|prefixes| {
        let network = match prefixes.first()?.value.network() {
            IpAddr::V4(network) => network,
            IpAddr::V6(_) => return None,
        };
        (u32::from(network).checked_add(2) == Some(u32::from(address))).then(|| {
            format!(
                "If {} is the VPC's first prefix, this is the VPC's own resolver. {UNFILTERED}",
                prefixes[0].value
            )
        })
    })
}

/// Addresses that are nobody's on the internet.
struct Special {
    prefix: Prefix,
    name: &'static str,
    words: &'static str,
    /// Whether a VPC may have them.
    in_vpcs: bool,
}

const PRIVATE: &str = "Private addresses (RFC 1918) are those of networks such as a VPC. AWS publishes none, and a \
     rule has one only where the config names the VPC's prefixes or the endpoints' addresses.";

/// What is special about addresses; those that are longer first.
const SPECIAL: &[(&str, &str, &str)] = &[
    (
        "169.254.170.2/32",
        "the address of ECS's task metadata and credentials",
        "It is link-local: answered beside the task and never routed. Security groups do not filter \
         it: no rule is needed for it, and none can keep a task from it.",
    ),
    (
        "169.254.169.254/32",
        "the address of the instance metadata service",
        "Security groups do not filter it: no rule is needed for it, and none can keep a task from \
         it.",
    ),
    (
        "169.254.169.253/32",
        "the address of the VPC's own resolver",
        "Security groups do not filter it: no rule is needed for DNS by way of it, and none can \
         keep a task from it.",
    ),
    (
        "169.254.169.123/32",
        "the address of Amazon's time service",
        "Security groups do not filter it: no rule is needed for it, and none can keep a task from \
         it.",
    ),
    (
        "169.254.0.0/16",
        "a link-local address",
        "Link-local addresses are answered on the host or the link and never routed. Security \
         groups do not filter those that AWS answers.",
    ),
    (
        "127.0.0.0/8",
        "a loopback address",
        "It never leaves the machine. A rule for it matches no traffic.",
    ),
    ("10.0.0.0/8", "a private address", PRIVATE),
    ("172.16.0.0/12", "a private address", PRIVATE),
    ("192.168.0.0/16", "a private address", PRIVATE),
    (
        "100.64.0.0/10",
        "an address of the shared space",
        "The shared address space (RFC 6598) is not routed on the internet; VPCs may use it. AWS \
         publishes none of it.",
    ),
    (
        "::1/128",
        "a loopback address",
        "It never leaves the machine. A rule for it matches no traffic.",
    ),
    ("fe80::/10", "a link-local address", "Link-local addresses are never routed."),
    (
        "fc00::/7",
        "a private IPv6 address",
        "Unique local addresses (RFC 4193) are not routed on the internet. AWS publishes none.",
    ),
];

fn special(address: IpAddr) -> Option<Special> {
    SPECIAL.iter().find_map(|(prefix, name, words)| {
        let prefix: Prefix = prefix.parse().ok()?;
        let in_vpcs = name.starts_with("a private address") || name.ends_with("shared space");
        prefix.contains(address).then_some(Special { prefix, name, words, in_vpcs })
    })
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    #[test]
    fn special_addresses_are_what_they_are() {
        for (prefix, ..) in SPECIAL {
            assert!(prefix.parse::<Prefix>().is_ok(), "{prefix}");
        }
        let name = |text: &str| special(text.parse().unwrap()).map(|special| special.name);
        for address in ["10.0.0.1", "172.31.255.255", "192.168.1.1"] {
            assert_eq!(name(address), Some("a private address"), "{address}");
            assert!(address.parse::<Ipv4Addr>().unwrap().is_private());
        }
        for public in ["172.32.0.1", "100.128.0.0", "3.112.64.17", "169.255.0.1", "2600::1"] {
            assert_eq!(name(public), None, "{public}");
        }
        assert_eq!(name("100.64.0.1"), Some("an address of the shared space"));
        assert_eq!(name("169.254.1.1"), Some("a link-local address"));
        assert!(name("169.254.170.2").unwrap().contains("credentials"));
        assert!("fd00::1".parse::<Ipv6Addr>().unwrap().is_unique_local());
        assert_eq!(name("fd00::1"), Some("a private IPv6 address"));
    }
}
