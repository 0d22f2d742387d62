//! The world against what the lock pins. Only what is pinned counts: AWS changes its prefixes
//! several times a day, and hardly ever one that matters here.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::{Drift, Finding};
use crate::aws::{Region, Service};
use crate::config::{Config, Stack, StackName};
use crate::diagnostic::{Code, Diagnostic, Source};
use crate::facts::prefix_lists::PrefixList;
use crate::facts::{Answer, IpRanges};
use crate::lock::{
    Accept, Lock, PrefixFacts, RegionFacts, StackFacts, WantedHost, looked_up_services, trust,
    wanted_hosts,
};
use crate::prefix::Prefix;

/// What the world says now. What was not asked is `None` or absent, and nothing is said of it.
#[derive(Default)]
pub struct World<'a> {
    /// The published prefixes.
    pub ip_ranges: Option<&'a IpRanges>,
    /// What hosts answered now, of any region; those that nobody pinned are passed over.
    pub answers: &'a [Answer],
    /// S3's prefix lists as EC2 has them now.
    pub prefix_lists: &'a [PrefixList],
    /// What was looked up for stacks.
    pub stacks: BTreeMap<StackName, StackFacts>,
}

const RENEW: &str =
    "look at what changes and renew: fargate-egress resolve; fargate-egress generate; git diff";

/// What no longer holds of what the lock pins, in the order of regions.
pub fn world(
    config: &Config,
    lock: &Lock,
    source: &Arc<Source>,
    world: &World<'_>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen: BTreeSet<&'static Region> = BTreeSet::new();
    for stack in config.stacks.values() {
        for region in &stack.regions {
            let Some(facts) = lock.region(region.value) else { continue };
            let hosts = wanted_hosts(stack, region.value);
            findings.extend(addresses(region.value, facts, &hosts, world.answers));
            if seen.insert(region.value) {
                if let Some(ip_ranges) = world.ip_ranges {
                    findings.extend(prefixes(region.value, facts, ip_ranges));
                }
                findings.extend(prefix_list(region.value, facts, world.prefix_lists));
            }
        }
        findings.extend(endpoint_addresses(stack, lock, world));
    }
    let place = |finding: &mut Finding| {
        let named = config.stacks.values().flat_map(|stack| &stack.regions);
        let mentions = |name: &str| finding.diagnostic.message.contains(&format!("`{name}`"));
        if let Some(region) = named.into_iter().find(|region| mentions(region.value.name)) {
            let span = region.span.clone();
            finding.diagnostic =
                finding.diagnostic.clone().at(source, span, "pinned for this region");
        }
    };
    findings.iter_mut().for_each(place);
    let mut said = BTreeSet::new();
    findings.retain(|finding| said.insert(finding.diagnostic.message.clone()));
    findings
}

fn found(code: Code, message: String, consequence: &str) -> Finding {
    Finding::new(Drift::World, Diagnostic::error(code, message).help(RENEW), consequence)
}

/// Why the world cannot be believed; `None` if it can. A resolver that lies, or that is inside of
/// the VPC, is no drift.
pub fn unbelievable(config: &Config, lock: &Lock, world: &World<'_>) -> Option<String> {
    let ip_ranges = world.ip_ranges?;
    for stack in config.stacks.values() {
        for region in &stack.regions {
            let wanted = wanted_hosts(stack, region.value);
            if wanted.is_empty() {
                continue;
            }
            let known = lock.region(region.value).and_then(|facts| facts.ip_ranges.as_ref());
            if let Err(refusal) = trust(region.value, known, ip_ranges, Accept::default()) {
                return Some(refusal.message);
            }
            for answer in world.answers {
                let covers = |address: &IpAddr| {
                    !ip_ranges.longest_amazon_match(*address, region.value.name).is_empty()
                };
                let lie = answer.addresses.iter().find(|address| !covers(address));
                if let (Some(address), true) =
                    (lie, wanted.iter().any(|(_, wanted, _)| wanted.is_served_by(&answer.host)))
                {
                    return Some(format!(
                        "{} says that `{}` has {address}, which no AMAZON prefix of `{}` covers: a resolver inside of the VPC, or one that lies",
                        answer.seen_by, answer.host, region.value
                    ));
                }
            }
        }
    }
    None
}

/// Addresses outside of the prefixes that the same host is pinned with.
fn addresses(
    region: &Region,
    facts: &RegionFacts,
    hosts: &[(Service, WantedHost, std::ops::Range<usize>)],
    answers: &[Answer],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (service, wanted, _) in hosts {
        let pinned = facts.evidence(service, |host| wanted.is_served_by(host));
        for answer in answers.iter().filter(|answer| wanted.is_served_by(&answer.host)) {
            for address in &answer.addresses {
                if pinned.iter().any(|evidence| evidence.prefix.contains(*address)) {
                    continue;
                }
                findings.push(found(
                    Code::WorldAddress,
                    format!(
                        "`{}` answers with {address}, in none of the prefixes pinned for it in `{region}`",
                        answer.host
                    ),
                    "the endpoints' egress rules no longer name every address of the service; a pull does not need them, an auditor may; now",
                ));
            }
        }
    }
    findings
}

fn prefixes(region: &Region, facts: &RegionFacts, ip_ranges: &IpRanges) -> Vec<Finding> {
    let date = &ip_ranges.publication().create_date;
    let pinned = facts.prefixes.iter();
    let of_prefixes =
        pinned.filter_map(|(prefix, known)| prefix_drift(region, *prefix, known, ip_ranges, date));
    of_prefixes.chain(narrower(region, facts, ip_ranges, date)).collect()
}

/// Addresses for which a narrower prefix than the pinned one is published, while the pinned one
/// still is: as after a prefix that was away for a while has come back.
fn narrower(
    region: &Region,
    facts: &RegionFacts,
    ip_ranges: &IpRanges,
    date: &str,
) -> Vec<Finding> {
    let hosts = facts.services.values().flat_map(|service| service.hosts.values());
    hosts
        .flat_map(|host| &host.addresses)
        .filter_map(|(address, sighting)| {
            let entries = ip_ranges.longest_amazon_match(*address, region.name);
            let longest = entries.first()?.prefix;
            let pinned = sighting.prefix;
            let is_there = ip_ranges
                .of_prefix(pinned)
                .iter()
                .any(|entry| entry.service == "AMAZON" && entry.region == region.name);
            (is_there && pinned.covers(longest) && longest != pinned).then(|| {
                found(
                    Code::WorldPrefixNarrower,
                    format!("{longest} is published for {address} in {date}, and the wider {pinned} is pinned for `{region}`"),
                    "egress is open to more than it needs; now",
                )
            })
        })
        .collect()
}

fn prefix_drift(
    region: &Region,
    prefix: Prefix,
    known: &PrefixFacts,
    ip_ranges: &IpRanges,
    date: &str,
) -> Option<Finding> {
    let entries = ip_ranges.of_prefix(prefix);
    let own = entries.iter().find(|e| e.service == "AMAZON" && e.region == region.name);
    let Some(own) = own else {
        if let Some(entry) = entries.first() {
            return Some(found(
                Code::WorldPrefixMoved,
                format!(
                    "{prefix}, pinned for `{region}`, is published for {} in {} in the publication of {date}",
                    entry.service, entry.region
                ),
                "egress stays open to addresses that may be somebody else's; now",
            )
            .with_help("take the wider prefix that covers them: fargate-egress resolve --accept moved-prefix"));
        }
        let parts = ip_ranges.amazon_parts(prefix, region.name);
        if !parts.is_empty() {
            let names: Vec<String> = parts.iter().take(4).map(Prefix::to_string).collect();
            return Some(found(
                Code::WorldPrefixSplit,
                format!(
                    "{prefix}, pinned for `{region}`, is published in parts in the publication of {date}: {}",
                    names.join(", ")
                ),
                "what is left out of the parts may become somebody else's; egress stays open to it; within weeks",
            ));
        }
        return Some(found(
            Code::WorldPrefixGone,
            format!("{prefix}, pinned for `{region}`, is not in the publication of {date}"),
            "it may come back, as it has before; if not, egress stays open to addresses that may become somebody else's; within weeks",
        )
        .with_help("if it stays away: fargate-egress resolve --accept vanished-prefix"));
    };
    let services: BTreeSet<String> = entries.iter().map(|entry| entry.service.to_owned()).collect();
    if own.border_group == known.border_group && services == known.services {
        return None;
    }
    let words =
        |services: &BTreeSet<String>| services.iter().cloned().collect::<Vec<_>>().join(", ");
    Some(found(
        Code::WorldPrefixMoved,
        format!(
            "{prefix}, pinned for `{region}` as {} of {}, is published as {} of {} in the publication of {date}",
            words(&known.services),
            known.border_group,
            words(&services),
            own.border_group
        ),
        "what shares the prefix is not what was reviewed; now",
    ))
}

fn prefix_list(region: &Region, facts: &RegionFacts, lists: &[PrefixList]) -> Option<Finding> {
    let pinned = facts.s3_prefix_list()?;
    let now = lists.iter().find(|list| list.name == pinned.name)?;
    (now.id != pinned.id).then(|| {
        found(
            Code::WorldPrefixList,
            format!("S3's prefix list in `{region}` is {}, and {} is pinned", now.id, pinned.id),
            "tasks get no image layers: the rule opens another service's addresses, or the deploy fails; at the next start of a task",
        )
    })
}

fn endpoint_addresses(stack: &Stack, lock: &Lock, world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let now = world.stacks.get(&stack.name.value).map(|facts| &facts.endpoint_addresses);
    for service in looked_up_services(stack) {
        let now = now.and_then(|addresses| addresses.get(service.name()));
        if let (Some(now), Some((_, pinned))) = (now, lock.endpoint_addresses(stack, &service))
            && pinned != now
        {
            let words = |set: &BTreeSet<Ipv4Addr>| {
                set.iter().map(Ipv4Addr::to_string).collect::<Vec<_>>().join(", ")
            };
            findings.push(found(
                Code::WorldEndpointAddresses,
                format!(
                    "the `{service}` endpoint of stack `{}` has {}, and {} is pinned",
                    stack.name.value,
                    words(now),
                    words(pinned)
                ),
                "tasks that are sent to an address without a rule cannot pull; at the next start of a task",
            ));
        }
    }
    findings
}
