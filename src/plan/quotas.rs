//! What EC2 and CloudFormation would refuse, said before it is deployed.

use std::ops::Range;
use std::sync::Arc;

use super::{Direction, EndpointKind, Peer, Plan, Rule};
use crate::aws::quota;
use crate::config::Stack;
use crate::diagnostic::{Code, Diagnostic, Source};

/// Errors for what is over a quota, warnings for what is near one.
pub(super) fn check(plan: &Plan, stack: &Stack, source: &Arc<Source>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut count = |what: &str, count: usize, most: usize, span: &Range<usize>, way_out: &str| {
        found.extend(measure(what, count, most, source, span, way_out));
    };
    let name = &stack.name.span;
    for group in &plan.groups {
        for (direction, rules) in
            [(Direction::Ingress, &group.ingress), (Direction::Egress, &group.egress)]
        {
            let attached = plan
                .attached_rules
                .iter()
                .filter(|rule| rule.direction == direction)
                .filter(|rule| rule.group == super::Value::GroupId(group.id.clone()))
                .map(|rule| &rule.rule);
            let rules: Vec<&Rule> = rules.iter().chain(attached).collect();
            rule_counts(&rules, group.id.as_str(), direction, stack, &mut count);
        }
    }
    for direction in [Direction::Ingress, Direction::Egress] {
        let made = |group: &super::Value| matches!(group, super::Value::GroupId(_));
        let rules: Vec<&Rule> = plan
            .attached_rules
            .iter()
            .filter(|rule| rule.direction == direction && !made(&rule.group))
            .map(|rule| &rule.rule)
            .collect();
        rule_counts(&rules, "the endpoints' group", direction, stack, &mut count);
    }
    for endpoint in &plan.endpoints {
        let id = endpoint.id.as_str();
        if let EndpointKind::Interface { groups, .. } = &endpoint.kind {
            let what = format!("`{id}` wears {} security groups", groups.len());
            count(&what, groups.len(), quota::GROUPS_PER_INTERFACE, name, "name fewer groups");
        }
        let characters = endpoint.policy.characters();
        count(
            &format!("the policy of `{id}` has {characters} characters"),
            characters,
            quota::ENDPOINT_POLICY_CHARACTERS,
            stack.registries.first().map_or(name, |account| &account.span),
            "name fewer `registries`, or write `endpoint: {policy: open}`",
        );
    }
    let parameters = plan.parameters.len();
    count(
        &format!("the template has {parameters} parameters"),
        parameters,
        quota::PARAMETERS,
        name,
        "use one parameter for a whole list",
    );
    found
}

fn rule_counts(
    rules: &[&Rule],
    group: &str,
    direction: Direction,
    stack: &Stack,
    count: &mut impl FnMut(&str, usize, usize, &Range<usize>, &str),
) {
    let (side, span, way_out) = match direction {
        Direction::Ingress => (
            "ingress",
            &stack.endpoint.ingress.span,
            "write `endpoint: {ingress: task-security-group}`, which is one rule",
        ),
        Direction::Egress if group.starts_with("Task") => (
            "egress",
            &stack.name.span,
            "write `task: {egress: endpoint-security-group}`, which is one rule for all endpoints",
        ),
        Direction::Egress => (
            "egress",
            &stack.endpoint.egress.span,
            "write `endpoint: {egress: deny}`, which is one rule, or make a stack of its own for some of the `services`",
        ),
    };
    for (family, ipv4) in [("IPv4", true), ("IPv6", false)] {
        let of_family = rules.iter().filter(|rule| counts_for(&rule.peer, ipv4)).count();
        let what = format!("`{group}` has {of_family} {side} rules for {family}");
        count(&what, of_family, quota::RULES_PER_GROUP, span, way_out);
    }
}

/// A group or a prefix list counts for both families; S3's prefix list weighs one rule.
fn counts_for(peer: &Peer, ipv4: bool) -> bool {
    match peer {
        Peer::Prefix(prefix) => prefix.is_ipv4() == ipv4,
        Peer::Ipv4(_) => ipv4,
        Peer::Ipv6(_) => !ipv4,
        Peer::Group(_) | Peer::PrefixList(_) => true,
    }
}

fn measure(
    what: &str,
    count: usize,
    most: usize,
    source: &Arc<Source>,
    span: &Range<usize>,
    way_out: &str,
) -> Option<Diagnostic> {
    let message = format!("{what}, and the quota is {most}");
    let (diagnostic, label) = if count > most {
        (Diagnostic::error(Code::QuotaExceeded, message), "over the quota")
    } else if count * 5 >= most * 4 {
        (Diagnostic::warning(Code::NearQuota, message), "near the quota")
    } else {
        return None;
    };
    Some(diagnostic.at(source, span.clone(), label).help(way_out))
}

/// What is to be said of the size of a rendered template, in bytes.
pub fn check_size(bytes: usize, stack: &Stack, source: &Arc<Source>) -> Option<Diagnostic> {
    measure(
        &format!("the template of `{}` has {bytes} bytes", stack.name.value),
        bytes,
        quota::INLINE_TEMPLATE_BYTES,
        source,
        &stack.name.span,
        "make two stacks of it, or name fewer `registries` and `services`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::lock::Lock;
    use crate::plan::{LogicalId, Origin, Traffic, Value, plan};

    fn found(change: impl FnOnce(&mut Plan)) -> Vec<String> {
        let text = "stacks:\n  a:\n    region: us-east-1\n    registries: [\"012345678901\"]\n    \
                    s3-prefix-list: pl-63a5400a\n    endpoint: {egress: deny}\n";
        let source = Source::new("egress.yaml", text);
        let config = config::parse(&source).unwrap();
        let stack = config.stacks.values().next().unwrap();
        let (mut plan, warnings) = plan(stack, &Lock::default(), &source, "").unwrap();
        assert!(warnings.is_empty());
        change(&mut plan);
        check(&plan, stack, &source).into_iter().map(|found| found.message).collect()
    }

    fn rule(peer: &str) -> Rule {
        let origin = Origin::Config { path: String::new() };
        Rule::new(Traffic::Https, Peer::Prefix(peer.parse().unwrap()), "", origin)
    }

    #[test]
    fn families_are_counted_apart_and_references_in_both() {
        // A group and a prefix list are there already.
        let ipv4 = (0..58).map(|n| rule(&format!("10.0.{n}.0/24")));
        let ipv6 = (0..59).map(|n| rule(&format!("2001:db8:{n:x}::/48")));
        let messages = found(|plan| plan.groups[0].egress.extend(ipv4.chain(ipv6)));
        assert_eq!(
            messages,
            [
                "`TaskSecurityGroup` has 60 egress rules for IPv4, and the quota is 60",
                "`TaskSecurityGroup` has 61 egress rules for IPv6, and the quota is 60",
            ]
        );
    }

    #[test]
    fn groups_of_an_interface_and_parameters_are_counted() {
        let messages = found(|plan| {
            if let EndpointKind::Interface { groups, .. } = &mut plan.endpoints[0].kind {
                groups.resize(6, Value::Ref(LogicalId::of("Group")));
            }
            let parameter = plan.parameters[0].clone();
            plan.parameters.resize(201, parameter);
        });
        assert_eq!(
            messages,
            [
                "`EcrApiEndpoint` wears 6 security groups, and the quota is 5",
                "the template has 201 parameters, and the quota is 200",
            ]
        );
    }
}
