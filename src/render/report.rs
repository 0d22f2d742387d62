//! A plan as a report for people: what `report.md` lays out.

use serde::Serialize;

use crate::aws::Service;
use crate::explain::Protection;
use crate::plan::{Direction, EndpointKind, Peer, Plan, Rule, Statement, Value, usage};
use crate::prefix::{Prefix, thousands};

/// The context of `report.md`.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    stack: String,
    description: &'a str,
    summary: String,
    /// The file name of the picture.
    picture: String,
    parameters: Vec<ParameterRow<'a>>,
    rules: Vec<RuleRow<'a>>,
    region_map: Vec<MapRow<'a>>,
    endpoints: Vec<EndpointRow<'a>>,
    existing: Vec<&'a str>,
    limits: Vec<LimitRow>,
    quotas: Vec<QuotaRow>,
    lock: &'a str,
    ip_ranges: Vec<PublicationRow<'a>>,
    version: &'a str,
}

#[derive(Serialize)]
struct ParameterRow<'a> {
    name: &'a str,
    description: &'a str,
}

#[derive(Serialize)]
struct RuleRow<'a> {
    group: String,
    direction: &'a str,
    traffic: String,
    peer: String,
    addresses: String,
    why: String,
}

#[derive(Serialize)]
struct MapRow<'a> {
    region: &'a str,
    key: &'a str,
    text: &'a str,
    addresses: String,
    why: String,
}

#[derive(Serialize)]
struct EndpointRow<'a> {
    id: &'a str,
    service: String,
    #[serde(rename = "type")]
    kind: &'a str,
    statements: Vec<StatementRow>,
}

#[derive(Serialize)]
struct StatementRow {
    actions: String,
    resources: String,
}

#[derive(Serialize)]
struct LimitRow {
    title: &'static str,
    words: &'static str,
}

#[derive(Serialize)]
struct QuotaRow {
    of: String,
    what: &'static str,
    count: String,
    most: String,
}

#[derive(Serialize)]
struct PublicationRow<'a> {
    region: &'a str,
    create_date: &'a str,
}

/// A report on a plan, with the picture in a file of this name beside it.
pub(super) fn report(plan: &Plan, picture: String) -> Report<'_> {
    let inline = plan.groups.iter().flat_map(|group| {
        let of_group = move |direction, rules: &'_ [Rule]| {
            rules.iter().map(|each| row(group.id.as_str(), direction, each)).collect::<Vec<_>>()
        };
        let egress = of_group(Direction::Egress, &group.egress);
        of_group(Direction::Ingress, &group.ingress).into_iter().chain(egress)
    });
    let attached =
        plan.attached_rules.iter().map(|each| row(&each.group.label(), each.direction, &each.rule));
    Report {
        stack: plan.stack.to_string(),
        description: &plan.description,
        summary: summary(plan),
        picture,
        parameters: plan
            .parameters
            .iter()
            .map(|parameter| ParameterRow {
                name: parameter.name.as_str(),
                description: &parameter.description,
            })
            .collect(),
        rules: inline.chain(attached).collect(),
        region_map: region_map(plan),
        endpoints: plan
            .endpoints
            .iter()
            .map(|endpoint| EndpointRow {
                id: endpoint.id.as_str(),
                service: endpoint.service_name.label(),
                kind: match endpoint.kind {
                    EndpointKind::Interface { .. } => "interface",
                    EndpointKind::Gateway { .. } => "gateway",
                },
                statements: endpoint.policy.statements.iter().map(statement).collect(),
            })
            .collect(),
        existing: plan.metadata.existing.iter().map(Service::name).collect(),
        limits: Protection::of_plan(plan)
            .into_iter()
            .map(|kind| LimitRow { title: kind.title(), words: kind.words() })
            .collect(),
        quotas: usage(plan)
            .into_iter()
            .filter(|usage| usage.count > 0)
            .map(|usage| QuotaRow {
                of: usage.of.replace('`', ""),
                what: usage.quota.what(),
                count: thousands(usage.count as u128),
                most: thousands(usage.quota.most() as u128),
            })
            .collect(),
        lock: &plan.metadata.lock_digest,
        ip_ranges: plan
            .metadata
            .ip_ranges
            .iter()
            .map(|(region, publication)| PublicationRow {
                region: region.name,
                create_date: &publication.create_date,
            })
            .collect(),
        version: plan.metadata.version,
    }
}

/// What tasks may open connections to, in a sentence.
fn summary(plan: &Plan) -> String {
    let rules = &plan.task_group().egress;
    let mut peers: Vec<String> = Vec::new();
    for rule in rules {
        let peer = format!("{} ({})", rule.peer.label(), rule.traffic.label());
        if !peers.contains(&peer) {
            peers.push(peer);
        }
    }
    format!("Tasks may open connections to {} and to nothing else", peers.join(", "))
}

fn row<'a>(group: &str, direction: Direction, rule: &Rule) -> RuleRow<'a> {
    RuleRow {
        group: group.to_owned(),
        direction: match direction {
            Direction::Ingress => "ingress",
            Direction::Egress => "egress",
        },
        traffic: rule.traffic.label(),
        peer: rule.peer.label(),
        addresses: match rule.peer {
            Peer::Prefix(prefix) => thousands(prefix.addresses()),
            _ => String::new(),
        },
        why: rule.comment(),
    }
}

fn region_map(plan: &Plan) -> Vec<MapRow<'_>> {
    let regions = plan.region_map.regions.iter();
    let rows = regions.flat_map(|(region, entries)| {
        entries.iter().map(move |(key, mapped)| MapRow {
            region,
            key: key.as_str(),
            text: &mapped.value,
            addresses: mapped
                .value
                .parse::<Prefix>()
                .map_or_else(|_| String::new(), |prefix| thousands(prefix.addresses())),
            why: mapped.comment().unwrap_or_default(),
        })
    });
    rows.collect()
}

fn statement(statement: &Statement) -> StatementRow {
    let resources: Vec<String> = statement.resources.iter().map(Value::label).collect();
    StatementRow { actions: statement.actions.join(", "), resources: resources.join(", ") }
}
