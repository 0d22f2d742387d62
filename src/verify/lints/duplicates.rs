//! What is there twice and is taken once.

use std::collections::BTreeMap;

use super::scene::{Scene, entries, service_of};
use super::{Fault, error};
use crate::aws::Service;
use crate::cloudformation::{Text, Value};
use crate::diagnostic::Code;
use crate::prefix::Prefix;
use crate::verify::network::{Direction, Endpoint, EndpointType, Peer, Rule, RuleForm, Traffic};
use crate::verify::view::View;

/// Gateway endpoints of one service that share a route table.
pub(super) fn gateways(scene: &Scene<'_>) -> Vec<Fault> {
    let mut first: BTreeMap<(Service, &Text), (&Endpoint, &Value)> = BTreeMap::new();
    let mut faults = Vec::new();
    let made =
        scene.view.network.endpoints.iter().filter(|endpoint| endpoint.made.truth().is_yes());
    for endpoint in made.filter(|endpoint| endpoint.kind == EndpointType::Gateway) {
        let Some(service) = service_of(endpoint) else { continue };
        let mut shared = None;
        for table in entries(endpoint.route_tables.as_ref()) {
            let Some(text) = table.as_text() else { continue };
            match first.get(&(service.clone(), text)) {
                Some((before, other)) if before.id.same(&endpoint.id).is_no() => {
                    let apart = View::same(before.vpc.as_ref(), endpoint.vpc.as_ref()).is_no();
                    shared = shared.or((!apart).then_some((*before, *other, table)));
                }
                Some(_) => {}
                None => drop(first.insert((service.clone(), text), (endpoint, table))),
            }
        }
        faults.extend(shared.map(|(before, other, table)| {
            let message = format!(
                "gateway endpoints `{}` and `{}` of `{service}` are both in the route table \
                 `{table}`, which takes one",
                before.name, endpoint.name
            );
            error(Code::GatewayTwice, table.place, "the second", message)
                .related(other.place, "the first")
        }));
    }
    faults
}

/// What makes two rules of a group the same to EC2, which does not look at descriptions.
///
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupEgress.html>
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Identity<'a> {
    group: &'a Text,
    direction: Direction,
    /// Protocol and ports; `None` for everything.
    ports: Option<(u8, u16, u16)>,
    peer: Side<'a>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Side<'a> {
    Prefix(Prefix),
    Group(&'a Text),
    List(&'a Text),
    Unknown(&'a Text),
}

/// Rules of a group that it has already.
pub(super) fn rules(scene: &Scene<'_>) -> Vec<Fault> {
    let of_groups = scene.view.network.groups.iter().flat_map(|group| {
        let ingress = group.ingress.iter().map(|rule| (&group.id, Direction::Ingress, rule));
        ingress.chain(group.egress.iter().map(|rule| (&group.id, Direction::Egress, rule)))
    });
    let outside = scene.view.network.outside_rules.iter();
    let outside = outside.map(|outside| (&outside.group, outside.direction, &outside.rule));
    let mut first: BTreeMap<Identity<'_>, &Rule> = BTreeMap::new();
    let mut faults = Vec::new();
    for (group, direction, rule) in of_groups.chain(outside) {
        let Some(identity) = identity(group, direction, rule) else { continue };
        match first.get(&identity) {
            Some(before) => {
                let side = if direction == Direction::Ingress { "ingress" } else { "egress" };
                let message = format!(
                    "group `{group}` has the same {side} rule twice; EC2 does not look at \
                     descriptions"
                );
                faults.push(
                    error(Code::DuplicateRule, rule.place, "the second", message)
                        .related(before.place, "the first"),
                );
            }
            None => drop(first.insert(identity, rule)),
        }
    }
    faults
}

fn identity<'a>(group: &'a Value, direction: Direction, rule: &'a Rule) -> Option<Identity<'a>> {
    if !rule.made.truth().is_yes() || rule.form == RuleForm::Default {
        return None;
    }
    let ports = match &rule.traffic {
        Traffic::All => None,
        // The codes of ICMP's types are not read, and tell rules apart.
        Traffic::Ports { protocol: 1 | 58, .. } => return None,
        Traffic::Ports { protocol, from, to } => Some((*protocol, *from, *to)),
        Traffic::Unknown(_) | Traffic::Nothing => return None,
    };
    let peer = match &rule.peer {
        Peer::Prefix(prefix, _) => Side::Prefix(*prefix),
        Peer::Group(id) => Side::Group(id.as_text()?),
        Peer::PrefixList(id) => Side::List(id.as_text()?),
        Peer::Unknown(value) => Side::Unknown(value.as_text()?),
        Peer::Invalid(_) => return None,
    };
    Some(Identity { group: group.as_text()?, direction, ports, peer })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::lints::made::{check, gateway, list, perhaps, prefix, rule, text};
    use crate::verify::network::OutsideRule;

    const S3: &str = "com.amazonaws.ap-northeast-1.s3";

    #[test]
    fn what_is_there_twice_is_one_finding() {
        check(&[
            ("two gateways", |n, _| n.endpoints.push(gateway("Again", S3)), &[Code::GatewayTwice]),
            (
                "two gateways in two tables",
                |n, _| {
                    n.endpoints.push(gateway("Again", S3));
                    n.endpoints[3].route_tables = Some(list(&["<Other>"]));
                },
                &[],
            ),
            (
                "gateways of two services",
                |n, _| {
                    n.endpoints.push(gateway("Table", "com.amazonaws.ap-northeast-1.dynamodb"));
                },
                &[],
            ),
            (
                "a table twice in one gateway",
                |n, _| n.endpoints[2].route_tables = Some(list(&["<Table>", "<Table>"])),
                &[],
            ),
            (
                "the same prefix",
                |n, _| n.groups[0].ingress.push(rule(443, prefix("10.0.0.0/16"))),
                &[Code::DuplicateRule],
            ),
            ("another port", |n, _| n.groups[0].ingress.push(rule(80, prefix("10.0.0.0/16"))), &[]),
            (
                "the same, the other way",
                |n, _| n.groups[0].egress.push(rule(443, prefix("10.0.0.0/16"))),
                &[],
            ),
            (
                "the same, perhaps",
                |n, _| {
                    let rule = rule(443, prefix("10.0.0.0/16"));
                    n.groups[0].ingress.push(Rule { made: perhaps(), ..rule });
                },
                &[],
            ),
            (
                "the same unknown prefix",
                |n, _| {
                    let unknown = || rule(443, Peer::Unknown(text("{parameter 0 Cidr}")));
                    n.groups[0].ingress.extend([unknown(), unknown()]);
                },
                &[Code::DuplicateRule],
            ),
            (
                "two types of ICMP, whose codes nobody reads",
                |n, _| {
                    let icmp = || Rule {
                        traffic: Traffic::Ports { protocol: 1, from: 3, to: 3 },
                        ..rule(0, prefix("10.0.0.0/16"))
                    };
                    n.groups[0].ingress.extend([icmp(), icmp()]);
                },
                &[],
            ),
            (
                "the same rule for a group made elsewhere",
                |n, _| {
                    let outside = || OutsideRule {
                        group: text("sg-0123456789abcdef0"),
                        direction: Direction::Ingress,
                        rule: rule(443, prefix("10.0.0.0/16")),
                    };
                    n.outside_rules.extend([outside(), outside()]);
                },
                &[Code::DuplicateRule],
            ),
        ]);
    }
}
