//! Rules of one group and direction: no two alike, none covered by another.

use super::{Origin, Peer, RegionMap, Rule, Traffic};
use crate::prefix::Prefix;

/// Rules in the order in which they are rendered: prefixes first and sorted, then the others in
/// the order in which they came.
///
/// EC2 tells rules apart by protocol, ports and peer, so two that differ only in description are
/// one; and a prefix inside of another one's adds nothing. What is left has the origins of all.
pub(super) fn merged(rules: Vec<Rule>) -> Vec<Rule> {
    let (mut prefixes, others): (Vec<Rule>, Vec<Rule>) =
        rules.into_iter().partition(|rule| matches!(rule.peer, Peer::Prefix(_)));
    // A prefix comes right before those it covers.
    prefixes.sort_by_key(|rule| (rule.traffic, prefix_of(rule)));
    let mut merged: Vec<Rule> = Vec::new();
    for rule in prefixes {
        match merged.last_mut() {
            Some(last) if absorbs(last, &rule) => add_origins(last, rule.origins),
            _ => merged.push(rule),
        }
    }
    for rule in others {
        let same = |other: &&mut Rule| other.traffic == rule.traffic && other.peer == rule.peer;
        match merged.iter_mut().find(same) {
            Some(known) => add_origins(known, rule.origins),
            None => merged.push(rule),
        }
    }
    merged
}

fn prefix_of(rule: &Rule) -> Option<Prefix> {
    match rule.peer {
        Peer::Prefix(prefix) => Some(prefix),
        _ => None,
    }
}

fn absorbs(wide: &Rule, narrow: &Rule) -> bool {
    wide.traffic == narrow.traffic
        && wide.condition == narrow.condition
        && match (prefix_of(wide), prefix_of(narrow)) {
            (Some(wide), Some(narrow)) => wide.covers(narrow),
            _ => false,
        }
}

fn add_origins(rule: &mut Rule, origins: Vec<Origin>) {
    for origin in origins {
        if !rule.origins.contains(&origin) {
            rule.origins.push(origin);
        }
    }
}

/// A description of at most 255 of the characters that EC2 takes.
///
/// Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html>
pub(super) fn description(text: &str) -> String {
    let takes = |c: char| c.is_ascii_alphanumeric() || " ._-:/#,@[]+=&;{}!$*".contains(c);
    text.chars()
        .map(|c| if takes(c) { c } else { '_' })
        .take(crate::aws::quota::RULE_DESCRIPTION_CHARACTERS)
        .collect()
}

impl Rule {
    /// A rule with one origin.
    pub(super) fn new(traffic: Traffic, peer: Peer, text: &str, origin: Origin) -> Rule {
        Rule {
            traffic,
            peer,
            description: description(text),
            origins: vec![origin],
            condition: None,
            endpoint: None,
        }
    }

    /// A rule for a value of the region map, which has the reasons.
    pub(super) fn mapped(traffic: Traffic, peer: Peer, text: &str) -> Rule {
        Rule {
            traffic,
            peer,
            description: description(text),
            origins: Vec::new(),
            condition: None,
            endpoint: None,
        }
    }

    /// Where it comes from, in one line.
    pub fn comment(&self) -> String {
        if self.origins.is_empty() {
            return format!("{} says where this comes from in each region", RegionMap::NAME);
        }
        super::origin::summary(&self.origins)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(prefix: &str, origin: &str) -> Rule {
        let origin = Origin::Config { path: origin.to_owned() };
        Rule::new(Traffic::Https, Peer::Prefix(prefix.parse().unwrap()), "", origin)
    }

    #[test]
    fn covered_and_equal_rules_become_one_with_all_origins() {
        let rules =
            vec![rule("10.0.1.0/24", "a"), rule("10.0.0.0/16", "b"), rule("10.0.1.0/24", "a")];
        let merged = merged(rules);
        assert_eq!(merged.len(), 1);
        assert_eq!(merged[0].peer, Peer::Prefix("10.0.0.0/16".parse().unwrap()));
        assert_eq!(merged[0].origins.len(), 2);
    }

    #[test]
    fn other_traffic_to_a_covered_prefix_stays() {
        let mut all = rule("10.0.1.0/24", "a");
        all.traffic = Traffic::All;
        assert_eq!(merged(vec![rule("10.0.0.0/16", "b"), all]).len(), 2);
    }

    /// All sets of prefixes of a space of 16 addresses, 2^31 of them, are too many: all sets of
    /// the 15 that are longer than /28 are not.
    #[test]
    fn merging_keeps_every_address_and_adds_none() {
        let all: Vec<Prefix> = (29..=32)
            .flat_map(|length| {
                (0..8).filter_map(move |low| format!("192.0.2.{low}/{length}").parse().ok())
            })
            .collect();
        assert_eq!(all.len(), 15);
        for set in 0_u32..1 << all.len() {
            let chosen: Vec<Prefix> =
                (0..all.len()).filter(|n| set & (1 << n) != 0).map(|n| all[n]).collect();
            // From the longest to the shortest, so that what covers comes last.
            let rules = chosen.iter().rev().map(|prefix| rule(&prefix.to_string(), ""));
            let merged: Vec<Prefix> =
                merged(rules.collect()).iter().filter_map(prefix_of).collect();
            for low in 0..8 {
                let address = [192, 0, 2, low].into();
                let before = chosen.iter().any(|prefix| prefix.contains(address));
                let after = merged.iter().filter(|prefix| prefix.contains(address)).count();
                assert_eq!(usize::from(before), after, "{chosen:?} {merged:?}");
            }
        }
    }

    #[test]
    fn descriptions_keep_to_what_ec2_takes() {
        assert_eq!(description("a -> ü\n'x'"), "a -_ ___x_");
        assert_eq!(description(&"é".repeat(300)).len(), 255);
    }
}
