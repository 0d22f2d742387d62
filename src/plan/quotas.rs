//! How much a stack uses of the quotas of EC2 and CloudFormation, and what they would refuse, said
//! before it is deployed.

use std::ops::Range;
use std::sync::Arc;

use super::{Direction, EndpointKind, Peer, Plan, Rule, Value};
use crate::aws::quota;
use crate::config::{Stack, TaskEgress};
use crate::diagnostic::{Code, Diagnostic, Source};

/// A quota that a stack uses some of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// Rules of a group in a direction, counted for one family.
    Rules {
        /// The direction.
        direction: Direction,
        /// Of the two families, whether it is IPv4.
        ipv4: bool,
    },
    /// Groups that an endpoint wears.
    Groups,
    /// Characters of a policy.
    PolicyCharacters,
    /// Interface endpoints of the VPC.
    InterfaceEndpoints,
    /// Parameters of the template.
    Parameters,
    /// Bytes of the template, as it can be handed over inline.
    TemplateBytes,
}

/// How much of a quota is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// Which quota.
    pub quota: Quota,
    /// Of what it is counted; ids in backticks.
    pub of: String,
    /// How many the stack has, in the unit of the quota.
    pub count: usize,
}

impl Quota {
    /// What is counted: `egress rules for IPv4`.
    pub fn what(self) -> &'static str {
        match self {
            Quota::Rules { direction: Direction::Ingress, ipv4: true } => "ingress rules for IPv4",
            Quota::Rules { direction: Direction::Ingress, ipv4: false } => "ingress rules for IPv6",
            Quota::Rules { direction: Direction::Egress, ipv4: true } => "egress rules for IPv4",
            Quota::Rules { direction: Direction::Egress, ipv4: false } => "egress rules for IPv6",
            Quota::Groups => "security groups",
            Quota::PolicyCharacters => "characters",
            Quota::InterfaceEndpoints => "interface endpoints",
            Quota::Parameters => "parameters",
            Quota::TemplateBytes => "bytes",
        }
    }

    /// How many AWS takes, where nobody has asked it for more.
    pub fn most(self) -> usize {
        match self {
            Quota::Rules { .. } => quota::RULES_PER_GROUP,
            Quota::Groups => quota::GROUPS_PER_INTERFACE,
            Quota::PolicyCharacters => quota::ENDPOINT_POLICY_CHARACTERS,
            Quota::InterfaceEndpoints => quota::INTERFACE_ENDPOINTS_PER_VPC,
            Quota::Parameters => quota::PARAMETERS,
            Quota::TemplateBytes => quota::INLINE_TEMPLATE_BYTES,
        }
    }
}

/// What a plan uses of each quota, in the order in which its parts are rendered.
pub fn usage(plan: &Plan) -> Vec<Usage> {
    let mut used = Vec::new();
    for group in &plan.groups {
        let of = format!("`{}`", group.id.as_str());
        for (direction, inline) in
            [(Direction::Ingress, &group.ingress), (Direction::Egress, &group.egress)]
        {
            let is_here = |to: &Value| *to == Value::GroupId(group.id.clone());
            let rules: Vec<&Rule> = inline.iter().chain(added(plan, direction, is_here)).collect();
            used.extend(rule_counts(&of, direction, &rules));
        }
    }
    if plan.attached_rules.iter().any(|rule| !is_made(&rule.group)) {
        for direction in [Direction::Ingress, Direction::Egress] {
            let rules: Vec<&Rule> = added(plan, direction, |to| !is_made(to)).collect();
            used.extend(rule_counts("the endpoints' group", direction, &rules));
        }
    }
    let mut interfaces = 0;
    for endpoint in &plan.endpoints {
        let id = endpoint.id.as_str();
        if let EndpointKind::Interface { groups, .. } = &endpoint.kind {
            interfaces += 1;
            let of = format!("`{id}`");
            used.push(Usage { quota: Quota::Groups, of, count: groups.len() });
        }
        let (quota, count) = (Quota::PolicyCharacters, endpoint.policy.characters());
        used.push(Usage { quota, of: format!("the policy of `{id}`"), count });
    }
    let of = "the stack".to_owned();
    used.push(Usage { quota: Quota::InterfaceEndpoints, of, count: interfaces });
    let of = "the template".to_owned();
    used.push(Usage { quota: Quota::Parameters, of, count: plan.parameters.len() });
    used
}

/// Whether a group is one that the stack makes.
fn is_made(group: &Value) -> bool {
    matches!(group, Value::GroupId(_))
}

/// The rules that are resources of their own and are added to some group.
fn added<'p>(
    plan: &'p Plan,
    direction: Direction,
    to: impl Fn(&Value) -> bool + 'p,
) -> impl Iterator<Item = &'p Rule> {
    let rules = plan.attached_rules.iter();
    rules.filter(move |rule| rule.direction == direction && to(&rule.group)).map(|rule| &rule.rule)
}

fn rule_counts(of: &str, direction: Direction, rules: &[&Rule]) -> [Usage; 2] {
    [true, false].map(|ipv4| Usage {
        quota: Quota::Rules { direction, ipv4 },
        of: of.to_owned(),
        count: rules.iter().filter(|rule| counts_for(&rule.peer, ipv4)).count(),
    })
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

/// Errors for what is over a quota, warnings for what is near one.
pub(super) fn check(plan: &Plan, stack: &Stack, source: &Arc<Source>) -> Vec<Diagnostic> {
    let used = usage(plan);
    used.iter().filter_map(|usage| said_of(usage, stack, source)).collect()
}

fn said_of(usage: &Usage, stack: &Stack, source: &Arc<Source>) -> Option<Diagnostic> {
    let name = &stack.name.span;
    let (span, way_out): (&Range<usize>, &str) = match usage.quota {
        Quota::Rules { direction: Direction::Ingress, .. } => (
            &stack.endpoint.ingress.span,
            "write `endpoint: {ingress: task-security-group}`, which is one rule",
        ),
        Quota::Rules { .. } if usage.of.starts_with("`Task") => (
            name,
            match stack.task_egress {
                TaskEgress::EndpointSecurityGroup => "name fewer groups under `task: {efs: […]}`",
                TaskEgress::EndpointAddresses(_) => {
                    "write `task: {egress: endpoint-security-group}`, which is one rule for all endpoints"
                }
            },
        ),
        Quota::Rules { .. } => (
            &stack.endpoint.egress.span,
            "write `endpoint: {egress: deny}`, which is one rule, or make a stack of its own for some of the `services`",
        ),
        Quota::Groups => (name, "name fewer groups"),
        Quota::PolicyCharacters => (
            stack.registries.first().map_or(name, |account| &account.span),
            "name fewer `registries`, or write `endpoint: {policy: open}`",
        ),
        // The config refuses more, with the place of the services.
        Quota::InterfaceEndpoints => return None,
        Quota::Parameters => (name, "use one parameter for a whole list"),
        Quota::TemplateBytes => {
            (name, "make two stacks of it, or name fewer `registries` and `services`")
        }
    };
    let Usage { quota, of, count } = usage;
    let verb = if *quota == Quota::Groups { "wears" } else { "has" };
    let most = quota.most();
    let message = format!("{of} {verb} {count} {}, and the quota is {most}", quota.what());
    let (diagnostic, label) = if *count > most {
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
    let of = format!("the template of `{}`", stack.name.value);
    said_of(&Usage { quota: Quota::TemplateBytes, of, count: bytes }, stack, source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::lock::Lock;
    use crate::plan::{LogicalId, Origin, Traffic, plan};

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
