//! Quotas of rules and groups.

use super::scene::Scene;
use super::{Fault, error, warning};
use crate::aws::quota::{GROUPS_PER_INTERFACE, GROUPS_PER_INTERFACE_AT_MOST, RULES_PER_GROUP};
use crate::cloudformation::{Place, Value};
use crate::diagnostic::Code;
use crate::verify::network::{Direction, Peer, PrefixList, Rule, RuleForm};

/// Groups with more rules of a direction than EC2's quota, as far as their number is sure.
pub(super) fn rules(scene: &Scene<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for group in &scene.view.network.groups {
        let sides = [(Direction::Ingress, &group.ingress), (Direction::Egress, &group.egress)];
        for (direction, rules) in sides {
            let count = |ipv4| -> usize {
                rules.iter().map(|rule| weight(scene, rule, ipv4)).fold(0, usize::saturating_add)
            };
            let (ipv4, ipv6) = (count(true), count(false));
            let (family, count) = if ipv4 >= ipv6 { ("IPv4", ipv4) } else { ("IPv6", ipv6) };
            if count <= RULES_PER_GROUP {
                continue;
            }
            let side = if direction == Direction::Ingress { "ingress" } else { "egress" };
            let message = format!(
                "`{}` has {count} {side} rules for {family}, and the quota is {RULES_PER_GROUP}",
                group.name
            );
            let fault = error(Code::TooManyRules, group.place, "over the quota", message);
            faults.push(fault.help("aws service-quotas list-service-quotas --service-code vpc"));
        }
    }
    faults
}

/// For how many rules of a family it counts at least: a group for one in both, a prefix list for
/// its `MaxEntries` and where that is unknown for one.
fn weight(scene: &Scene<'_>, rule: &Rule, ipv4: bool) -> usize {
    if !rule.made.truth().is_yes() || rule.form == RuleForm::Default {
        return 0;
    }
    match &rule.peer {
        Peer::Prefix(prefix, _) => usize::from(prefix.is_ipv4() == ipv4),
        Peer::Group(_) => 1,
        Peer::PrefixList(id) => {
            let mut lists = scene.view.network.prefix_lists.iter();
            let list = lists.find(|list| list.id.same(id).is_yes());
            list.map_or(1, |list| if is_ipv4(list) == ipv4 { most_entries(list) } else { 0 })
        }
        // Nobody knows the family, and it is hardly ever IPv6.
        Peer::Unknown(_) => usize::from(ipv4),
        Peer::Invalid(_) => 0,
    }
}

fn is_ipv4(list: &PrefixList) -> bool {
    !list.entries.iter().any(|entry| entry.to_string().contains(':'))
}

fn most_entries(list: &PrefixList) -> usize {
    let most = list.most.as_ref().and_then(Value::as_known);
    most.and_then(|most| most.parse().ok()).unwrap_or(1)
}

/// Endpoints and tasks that wear more groups than EC2's quota, which can be raised to some length.
pub(super) fn groups(scene: &Scene<'_>) -> Vec<Fault> {
    let endpoints = scene.interfaces().filter_map(|endpoint| {
        let groups = endpoint.groups.as_ref()?;
        too_many(&endpoint.name, groups.place, groups.entries())
    });
    let tasks = scene.tasks().filter_map(|task| {
        let groups = task.groups.as_ref()?;
        too_many(&task.name, groups.first().map_or(task.place, |group| group.place), groups)
    });
    endpoints.chain(tasks).collect()
}

fn too_many(name: &str, place: Place, groups: &[Value]) -> Option<Fault> {
    // What may be a list of any length may be empty.
    let sure = groups.iter().filter(|group| group.as_unknown().is_none_or(|group| !group.many));
    let count = sure.count();
    let fault = match count {
        0..=GROUPS_PER_INTERFACE => return None,
        count if count <= GROUPS_PER_INTERFACE_AT_MOST => warning,
        _ => error,
    };
    let message = format!(
        "`{name}` wears {count} security groups, and the quota is {GROUPS_PER_INTERFACE}; it can be \
         raised to {GROUPS_PER_INTERFACE_AT_MOST}"
    );
    Some(fault(Code::TooManyGroups, place, "over the quota", message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudformation::Made;
    use crate::diagnostic::Severity;
    use crate::verify::lints::made::{any_list, check, faults, list, perhaps, prefix, rule, text};

    fn ipv4(count: usize) -> impl Iterator<Item = Rule> {
        (0..count).map(|n| rule(443, prefix(&format!("10.1.{n}.0/24"))))
    }

    fn own_list(most: Option<&str>, entry: &str) -> PrefixList {
        PrefixList {
            id: text("<List>"),
            made: Made::Surely,
            entries: vec![text(entry)],
            most: most.map(text),
        }
    }

    #[test]
    fn rules_are_counted_as_ec2_counts_them() {
        const MANY: &[Code] = &[Code::TooManyRules];
        check(&[
            // A group and a prefix list are there already.
            ("60", |n, _| n.groups[1].egress.extend(ipv4(58)), &[]),
            ("61", |n, _| n.groups[1].egress.extend(ipv4(59)), MANY),
            ("61 the other way", |n, _| n.groups[0].ingress.extend(ipv4(60)), MANY),
            (
                "60 and 60 of two families",
                |n, _| {
                    let ipv6 = (0..58).map(|n| rule(443, prefix(&format!("2001:db8:{n:x}::/48"))));
                    n.groups[1].egress.extend(ipv4(58).chain(ipv6));
                },
                &[],
            ),
            (
                "one perhaps",
                |n, _| {
                    n.groups[1].egress.extend(ipv4(59));
                    n.groups[1].egress[10].made = perhaps();
                },
                &[],
            ),
            (
                "a list of 60",
                |n, _| {
                    n.prefix_lists.push(own_list(Some("60"), "10.9.0.0/16"));
                    n.groups[1].egress.push(rule(443, Peer::PrefixList(text("<List>"))));
                },
                MANY,
            ),
            (
                "a list of 60 of the other family",
                |n, _| {
                    n.prefix_lists.push(own_list(Some("60"), "2001:db8::/32"));
                    n.groups[1].egress.extend(ipv4(58));
                    n.groups[1].egress.push(rule(443, Peer::PrefixList(text("<List>"))));
                },
                MANY,
            ),
            (
                "a list of which nobody knows",
                |n, _| {
                    n.prefix_lists.push(own_list(None, "10.9.0.0/16"));
                    n.groups[1].egress.extend(ipv4(57));
                    n.groups[1].egress.push(rule(443, Peer::PrefixList(text("<List>"))));
                },
                &[],
            ),
        ]);
    }

    #[test]
    fn groups_of_an_interface_are_counted() {
        const IDS: [&str; 17] = ["sg-0123456789abcdef0"; 17];
        const MANY: &[Code] = &[Code::TooManyGroups];
        check(&[
            ("five", |n, _| n.endpoints[0].groups = Some(list(&IDS[..5])), &[]),
            ("six", |n, _| n.endpoints[0].groups = Some(list(&IDS[..6])), MANY),
            ("a list", |n, _| n.endpoints[0].groups = Some(any_list("groups")), &[]),
            (
                "six of a task",
                |n, _| {
                    n.tasks[0].groups.as_mut().unwrap().extend(IDS[..5].iter().map(|id| text(id)));
                },
                MANY,
            ),
        ]);
        for (count, severity) in [(16, Severity::Warning), (17, Severity::Error)] {
            let found = faults(|n, _| n.endpoints[0].groups = Some(list(&IDS[..count])));
            assert_eq!(found[0].severity, severity);
        }
    }
}
