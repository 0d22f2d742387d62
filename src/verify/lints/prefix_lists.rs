//! Prefix list ids that are not ids, or not those of S3.

use std::collections::BTreeMap;

use super::scene::Scene;
use super::{Fault, error};
use crate::aws::PrefixListId;
use crate::cloudformation::{Text, Value};
use crate::diagnostic::Code;
use crate::verify::facts::Known;
use crate::verify::network::{Direction, Peer, Rule};

/// Ids in rules that EC2 does not give, and ids in egress rules that are not S3's here.
pub(super) fn ids(scene: &Scene<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for group in &scene.view.network.groups {
        faults.extend(group.ingress.iter().chain(&group.egress).filter_map(malformed));
        let egress: Vec<&Rule> = group.egress.iter().collect();
        faults.extend(wrong(scene, &egress));
    }
    let outside = &scene.view.network.outside_rules;
    faults.extend(outside.iter().filter_map(|outside| malformed(&outside.rule)));
    let mut by_group: BTreeMap<&Text, Vec<&Rule>> = BTreeMap::new();
    for outside in outside.iter().filter(|outside| outside.direction == Direction::Egress) {
        if let Some(group) = outside.group.as_text() {
            by_group.entry(group).or_default().push(&outside.rule);
        }
    }
    faults.extend(by_group.into_values().flat_map(|egress| wrong(scene, &egress)));
    faults
}

fn malformed(rule: &Rule) -> Option<Fault> {
    let Peer::PrefixList(id) = &rule.peer else { return None };
    let why = id.as_known()?.parse::<PrefixListId>().err()?;
    let message = format!("`{id}` is not the id of a prefix list: {why}");
    Some(error(Code::MalformedPrefixList, id.place, "not an id", message))
}

/// The lists of a group's egress rules that are somebody else's. A group with S3's own list may have
/// others beside it.
fn wrong(scene: &Scene<'_>, egress: &[&Rule]) -> Vec<Fault> {
    let Some(region) = scene.view.network.region else { return Vec::new() };
    let lists: Vec<(&Rule, &Value, Option<Known>)> = egress
        .iter()
        .filter_map(|rule| {
            let Peer::PrefixList(value) = &rule.peer else { return None };
            let id = value.as_known().and_then(|id| id.parse().ok());
            let known = id.and_then(|id| scene.view.facts.prefix_list(region, &id));
            Some((*rule, value, known))
        })
        .collect();
    let may_be_s3 = |(_, value, known): &(&Rule, &Value, Option<Known>)| {
        value.as_known().is_none() || *known == Some(Known::S3)
    };
    if lists.iter().any(may_be_s3) {
        return Vec::new();
    }
    let faults = lists.iter().filter(|(rule, ..)| rule.made.truth().is_yes()).filter_map(|list| {
        let (_, value, Some(Known::Foreign(whose))) = list else { return None };
        let message = format!("`{value}` is {whose}");
        let fault = error(Code::WrongPrefixList, value.place, "not S3's here", message);
        Some(match scene.view.facts.s3_prefix_list(region) {
            Some(right) => fault.help(format!("DestinationPrefixListId: {right}")),
            None => fault,
        })
    });
    faults.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::lints::made::{check, faults, perhaps, rule, text};
    use crate::verify::network::{Network, OutsideRule};

    fn set(network: &mut Network, id: &str) {
        network.groups[1].egress[1].peer = Peer::PrefixList(text(id));
    }

    #[test]
    fn an_id_that_is_not_s3s_is_one_finding() {
        check(&[
            ("no id", |n, _| set(n, "notapl"), &[Code::MalformedPrefixList]),
            ("capitals", |n, _| set(n, "pl-61A54008"), &[Code::MalformedPrefixList]),
            ("another region's", |n, _| set(n, "pl-63a5400a"), &[Code::WrongPrefixList]),
            ("DynamoDB's", |n, _| set(n, "pl-78a54011"), &[Code::WrongPrefixList]),
            ("somebody's own", |n, _| set(n, "pl-0123456789abcdef0"), &[]),
            ("nobody knows", |n, _| set(n, "{parameter 0 List}"), &[]),
            (
                "DynamoDB's beside S3's",
                |n, _| {
                    let list = Peer::PrefixList(text("pl-78a54011"));
                    n.groups[1].egress.push(rule(443, list));
                },
                &[],
            ),
            (
                "another region's where nobody knows which this is",
                |n, _| {
                    set(n, "pl-63a5400a");
                    n.region = None;
                },
                &[],
            ),
            (
                "perhaps",
                |n, _| {
                    set(n, "pl-63a5400a");
                    n.groups[1].egress[1].made = perhaps();
                },
                &[],
            ),
            (
                "for a group made elsewhere",
                |n, _| {
                    n.outside_rules.push(OutsideRule {
                        group: text("sg-0123456789abcdef0"),
                        direction: Direction::Ingress,
                        rule: rule(443, Peer::PrefixList(text("pl-1"))),
                    });
                },
                &[Code::MalformedPrefixList],
            ),
        ]);
    }

    #[test]
    fn the_right_id_is_said() {
        let found = faults(|n, _| set(n, "pl-63a5400a"));
        assert_eq!(found[0].help, ["DestinationPrefixListId: pl-61a54008"]);
        let unknown = faults(|n, _| {
            n.region = crate::aws::Region::named("me-south-1");
            n.endpoints.clear();
            n.tasks.clear();
            set(n, "pl-63a5400a");
        });
        assert!(unknown.is_empty(), "in a region whose list nobody knows it may be S3's");
    }
}
