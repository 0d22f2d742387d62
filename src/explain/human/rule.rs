//! Rules, each with the chain that leads to it.

use super::super::reason::Reason;
use super::super::{Direction, HostSeen, Pinned, RuleFound, ValueFound};
use super::{NAME, entry, place_words, seen, title_line, wide};
use crate::prefix::thousands;
use crate::text::put;

/// Rules one behind the other; those that stacks have alike are said once.
pub(super) fn rules(out: &mut String, rules: &[RuleFound], colours: bool) {
    let mut said: Vec<(Vec<String>, String, String)> = Vec::new();
    for rule in rules {
        let title = title(rule);
        let chain = chain(rule);
        match said.iter_mut().find(|one| one.1 == title && one.2 == chain) {
            Some((stacks, ..)) => stacks.push(rule.stack.to_string()),
            None => said.push((vec![rule.stack.to_string()], title, chain)),
        }
    }
    for (mut stacks, title, chain) in said {
        stacks.dedup();
        title_line(out, &format!("{}: {title}", stacks.join(", ")), colours);
        out.push_str(&chain);
    }
}

/// `EndpointSecurityGroup lets out TCP 443 to 52.192.0.0/15`.
pub(super) fn title(rule: &RuleFound) -> String {
    let (verb, to) = verb(rule.direction);
    let traffic = rule.traffic.label();
    format!("{} {verb} {traffic} {to} {}", rule.group, rule.peer)
}

/// What a direction does, and to whom.
pub(super) fn verb(direction: Direction) -> (&'static str, &'static str) {
    match direction {
        Direction::Ingress => ("lets in", "from"),
        Direction::Egress => ("lets out", "to"),
    }
}

fn chain(rule: &RuleFound) -> String {
    let mut out = String::new();
    if let Some(condition) = &rule.condition {
        let text = format!("only where {} holds", condition.as_str());
        entry(&mut out, "    ", "if", NAME, &text);
    }
    for value in &rule.values {
        let margin = match value.region {
            None => "    ",
            Some(region) => {
                put(&mut out, "    ", "      ", &format!("in {region}: {}", value.value));
                "      "
            }
        };
        one(&mut out, margin, value);
    }
    out
}

fn one(out: &mut String, margin: &str, value: &ValueFound) {
    if value.reasons.is_empty() {
        entry(out, margin, "none", NAME, "the region has fewer prefixes than another of the stack");
    }
    let mut wide = value.addresses.map(addresses);
    if let (Some(relation), Some(_)) = (value.relation, value.addresses) {
        wide = wide.map(|wide| format!("{wide}{}", relation.words()));
    }
    // What a pinned prefix says of itself is said with it.
    let is_pinned = |reason: &Reason| match reason {
        Reason::Observed(pinned) => pinned.prefix.to_string() == value.value,
        _ => false,
    };
    if let (Some(wide), false) = (&wide, value.reasons.iter().any(is_pinned)) {
        entry(out, margin, "wide", NAME, wide);
    }
    for reason in &value.reasons {
        match reason {
            Reason::Observed(one) => pinned(out, margin, one),
            Reason::Config(place) => {
                entry(out, margin, "config", NAME, &place_words(place));
            }
            Reason::PrefixList { list, elsewhere } => {
                let text = format!("{} is {}, from {}", list.id, list.name, list.source);
                entry(out, margin, "list", NAME, &text);
                let others: Vec<String> = elsewhere
                    .iter()
                    .map(|owner| format!("{}'s in {}", owner.service, owner.region))
                    .collect();
                let text = match others.is_empty() {
                    true => "in another region the same id may be another service's".to_owned(),
                    false => format!("elsewhere the same id is {}", others.join(", ")),
                };
                entry(out, margin, "", NAME, &text);
                let text = "S3's addresses in the region, those of every bucket and account";
                entry(out, margin, "wide", NAME, text);
            }
            Reason::EndpointAddress { service, vpc } => {
                let text = format!("an address of the {service} endpoint in {vpc}, looked up");
                entry(out, margin, "lock", NAME, &text);
            }
        }
    }
}

/// `1 address`, `131,072 addresses`.
pub(super) fn addresses(number: u128) -> String {
    match number {
        1 => "1 address".to_owned(),
        many => format!("{} addresses", thousands(many)),
    }
}

/// A pinned prefix, and down to who answered when.
pub(super) fn pinned(out: &mut String, margin: &str, pinned: &Pinned) {
    entry(out, margin, "prefix", NAME, &pinned.prefix.to_string());
    let text = format!("{}, {}", addresses(pinned.prefix.addresses()), wide(pinned));
    entry(out, margin, "wide", NAME, &text);
    if let (Some(border_group), Some(publication)) = (&pinned.border_group, &pinned.publication) {
        let text = format!(
            "ip-ranges.json of {}, sync token {}, border group {border_group}",
            publication.create_date, publication.sync_token
        );
        entry(out, margin, "source", NAME, &text);
    }
    for address in &pinned.addresses {
        entry(out, margin, "address", NAME, &address.address.to_string());
        for host in &address.hosts {
            entry(out, margin, "host", NAME, &host_words(host));
        }
    }
}

fn host_words(host: &HostSeen) -> String {
    let aliases: String = host.cnames.iter().map(|name| format!(" -> {name}")).collect();
    let seen = seen(&host.seen_by, host.first_seen.as_ref(), host.last_seen.as_ref());
    format!("{}{aliases}; {seen}", host.host)
}
