//! A plan in the words of CloudFormation's properties, which is what the templates lay out.

use std::borrow::Cow;

use serde::Serialize;

use crate::aws::Service;
use crate::plan::{
    AttachedRule, Direction, Endpoint, EndpointKind, List, Peer, Plan, RegionMap, Rule,
    SecurityGroup, Value,
};

/// The context of `cloudformation.yaml`.
#[derive(Serialize)]
pub(in crate::render) struct View<'a> {
    description: &'a str,
    metadata: MetadataView<'a>,
    vpc: ValueView<'a>,
    parameters: Vec<ParameterView<'a>>,
    regions: Vec<&'a str>,
    region_message: String,
    region_map: Vec<RegionView<'a>>,
    conditions: Vec<ConditionView<'a>>,
    groups: Vec<GroupView<'a>>,
    attached_rules: Vec<AttachedView<'a>>,
    endpoints: Vec<EndpointView<'a>>,
    outputs: Vec<OutputView<'a>>,
    tags: Vec<TagView<'a>>,
}

#[derive(Serialize)]
struct MetadataView<'a> {
    version: &'a str,
    stack: String,
    lock: &'a str,
    ip_ranges: Vec<PublicationView<'a>>,
    existing: Vec<&'a str>,
}

#[derive(Serialize)]
struct PublicationView<'a> {
    region: &'a str,
    create_date: &'a str,
    sync_token: &'a str,
}

#[derive(Serialize)]
struct ParameterView<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    description: &'a str,
    pattern: Option<&'a str>,
    constraint: Option<&'a str>,
}

#[derive(Serialize)]
struct RegionView<'a> {
    name: &'a str,
    entries: Vec<EntryView<'a>>,
}

#[derive(Serialize)]
struct EntryView<'a> {
    key: &'a str,
    text: &'a str,
    comment: Option<String>,
}

#[derive(Serialize)]
struct ConditionView<'a> {
    name: &'a str,
    key: &'a str,
}

#[derive(Serialize)]
struct GroupView<'a> {
    id: &'a str,
    description: &'a str,
    directions: Vec<DirectionView<'a>>,
}

#[derive(Serialize)]
struct DirectionView<'a> {
    property: &'a str,
    rules: Vec<RuleView<'a>>,
}

#[derive(Serialize)]
struct RuleView<'a> {
    comment: String,
    condition: Option<&'a str>,
    fields: Vec<FieldView<'a>>,
}

/// A property with its value.
#[derive(Serialize)]
pub(super) struct FieldView<'a> {
    pub(super) name: Cow<'a, str>,
    value: ValueView<'a>,
}

#[derive(Serialize)]
struct AttachedView<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    group: ValueView<'a>,
    rule: RuleView<'a>,
}

#[derive(Serialize)]
struct EndpointView<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    purpose: &'a str,
    service_name: ValueView<'a>,
    lists: Vec<ListView<'a>>,
    private_dns: bool,
    statements: Vec<StatementView<'a>>,
}

#[derive(Serialize)]
struct ListView<'a> {
    property: &'a str,
    whole: Option<ValueView<'a>>,
    items: Vec<ValueView<'a>>,
}

/// A statement of a policy.
#[derive(Serialize)]
pub(super) struct StatementView<'a> {
    comment: &'a str,
    actions: &'a [String],
    resources: Vec<ValueView<'a>>,
}

#[derive(Serialize)]
struct OutputView<'a> {
    name: &'a str,
    description: &'a str,
    value: ValueView<'a>,
    export: String,
}

#[derive(Serialize)]
struct TagView<'a> {
    key: &'a str,
    text: &'a str,
}

/// A value: how it is written, by a word that the template knows, and of what.
#[derive(Serialize)]
pub(super) struct ValueView<'a> {
    kind: &'static str,
    text: Scalar<'a>,
}

/// A number stays one: `FromPort: 443` reads better than `FromPort: "443"`.
#[derive(Serialize)]
#[serde(untagged)]
enum Scalar<'a> {
    Text(Cow<'a, str>),
    Number(u16),
}

impl<'a> ValueView<'a> {
    pub(super) fn new(kind: &'static str, text: impl Into<Cow<'a, str>>) -> ValueView<'a> {
        ValueView { kind, text: Scalar::Text(text.into()) }
    }

    fn port(port: u16) -> ValueView<'a> {
        ValueView { kind: LITERAL, text: Scalar::Number(port) }
    }
}

/// The kind of a value that stands in the template as it is.
pub(super) const LITERAL: &str = "literal";

pub(super) fn view(plan: &Plan) -> View<'_> {
    let regions: Vec<&str> = plan.regions.iter().map(|region| region.name).collect();
    View {
        description: &plan.description,
        metadata: MetadataView {
            version: plan.metadata.version,
            stack: plan.stack.to_string(),
            lock: &plan.metadata.lock_digest,
            ip_ranges: plan
                .metadata
                .ip_ranges
                .iter()
                .map(|(region, publication)| PublicationView {
                    region: region.name,
                    create_date: &publication.create_date,
                    sync_token: &publication.sync_token,
                })
                .collect(),
            existing: plan.metadata.existing.iter().map(Service::name).collect(),
        },
        vpc: value(&plan.vpc),
        parameters: plan
            .parameters
            .iter()
            .map(|parameter| ParameterView {
                name: parameter.name.as_str(),
                kind: parameter.kind.name(),
                description: &parameter.description,
                pattern: parameter.kind.pattern().map(|(pattern, _)| pattern),
                constraint: parameter.kind.pattern().map(|(_, constraint)| constraint),
            })
            .collect(),
        region_message: format!(
            "This template holds the prefixes and prefix lists of {} and works nowhere else.",
            regions.join(", ")
        ),
        regions,
        region_map: region_map(&plan.region_map),
        conditions: plan
            .region_map
            .optional
            .iter()
            .map(|(key, name)| ConditionView { name: name.as_str(), key: key.as_str() })
            .collect(),
        groups: plan.groups.iter().map(group).collect(),
        attached_rules: plan.attached_rules.iter().map(attached).collect(),
        endpoints: plan.endpoints.iter().map(endpoint).collect(),
        outputs: plan
            .outputs
            .iter()
            .map(|output| OutputView {
                name: output.name.as_str(),
                description: output.description,
                value: value(&output.value),
                export: format!("${{AWS::StackName}}-{}", output.name.as_str()),
            })
            .collect(),
        tags: plan.tags.iter().map(|(key, text)| TagView { key, text }).collect(),
    }
}

fn region_map(map: &RegionMap) -> Vec<RegionView<'_>> {
    map.regions
        .iter()
        .map(|(name, entries)| RegionView {
            name,
            entries: entries
                .iter()
                .map(|(key, mapped)| EntryView {
                    key: key.as_str(),
                    text: &mapped.value,
                    comment: mapped.comment(),
                })
                .collect(),
        })
        .collect()
}

fn group(group: &SecurityGroup) -> GroupView<'_> {
    let sides = [
        ("SecurityGroupIngress", Direction::Ingress, &group.ingress),
        ("SecurityGroupEgress", Direction::Egress, &group.egress),
    ];
    GroupView {
        id: group.id.as_str(),
        description: group.description,
        directions: sides
            .into_iter()
            .filter(|(_, _, rules)| !rules.is_empty())
            .map(|(property, direction, rules)| DirectionView {
                property,
                rules: rules.iter().map(|each| rule(each, direction)).collect(),
            })
            .collect(),
    }
}

fn attached(attached: &AttachedRule) -> AttachedView<'_> {
    AttachedView {
        id: attached.id.as_str(),
        kind: match attached.direction {
            Direction::Ingress => "AWS::EC2::SecurityGroupIngress",
            Direction::Egress => "AWS::EC2::SecurityGroupEgress",
        },
        group: value(&attached.group),
        rule: rule(&attached.rule, attached.direction),
    }
}

fn rule(rule: &Rule, direction: Direction) -> RuleView<'_> {
    RuleView {
        comment: rule.comment(),
        condition: rule.condition.as_ref().map(|condition| condition.as_str()),
        fields: fields(rule, direction, value),
    }
}

/// The properties of a rule, in their order; `value` is how its language writes a value.
pub(super) fn fields<'a>(
    rule: &'a Rule,
    direction: Direction,
    value: impl Fn(&'a Value) -> ValueView<'a>,
) -> Vec<FieldView<'a>> {
    let side = |ingress, egress| match direction {
        Direction::Ingress => ingress,
        Direction::Egress => egress,
    };
    let name = match &rule.peer {
        Peer::Prefix(prefix) if prefix.is_ipv4() => "CidrIp",
        Peer::Ipv4(_) => "CidrIp",
        Peer::Prefix(_) | Peer::Ipv6(_) => "CidrIpv6",
        Peer::Group(_) => side("SourceSecurityGroupId", "DestinationSecurityGroupId"),
        Peer::PrefixList(_) => side("SourcePrefixListId", "DestinationPrefixListId"),
    };
    let mut fields = vec![("IpProtocol", ValueView::new(LITERAL, rule.traffic.protocol()))];
    if let Some(port) = rule.traffic.port() {
        fields.extend([("FromPort", ValueView::port(port)), ("ToPort", ValueView::port(port))]);
    }
    fields.push((name, peer(rule, value)));
    fields.push(("Description", ValueView::new(LITERAL, rule.description.as_str())));
    fields.into_iter().map(|(name, value)| FieldView { name: name.into(), value }).collect()
}

/// The other end of a rule.
pub(super) fn peer<'a>(
    rule: &'a Rule,
    value: impl Fn(&'a Value) -> ValueView<'a>,
) -> ValueView<'a> {
    match &rule.peer {
        Peer::Prefix(prefix) => ValueView::new(LITERAL, prefix.to_string()),
        Peer::Ipv4(peer) | Peer::Ipv6(peer) | Peer::Group(peer) | Peer::PrefixList(peer) => {
            value(peer)
        }
    }
}

/// The statements of an endpoint's policy.
pub(super) fn statements<'a>(
    endpoint: &'a Endpoint,
    value: impl Fn(&'a Value) -> ValueView<'a>,
) -> Vec<StatementView<'a>> {
    let statements = endpoint.policy.statements.iter();
    statements
        .map(|statement| StatementView {
            comment: &statement.comment,
            actions: &statement.actions,
            resources: statement.resources.iter().map(&value).collect(),
        })
        .collect()
}

fn endpoint(endpoint: &Endpoint) -> EndpointView<'_> {
    let (kind, lists) = match &endpoint.kind {
        EndpointKind::Interface { subnets, groups } => (
            "Interface",
            vec![
                list("SubnetIds", subnets),
                ListView {
                    property: "SecurityGroupIds",
                    whole: None,
                    items: groups.iter().map(value).collect(),
                },
            ],
        ),
        EndpointKind::Gateway { route_tables } => {
            ("Gateway", vec![list("RouteTableIds", route_tables)])
        }
    };
    EndpointView {
        id: endpoint.id.as_str(),
        kind,
        purpose: &endpoint.purpose,
        service_name: value(&endpoint.service_name),
        lists,
        private_dns: matches!(endpoint.kind, EndpointKind::Interface { .. }),
        statements: statements(endpoint, value),
    }
}

fn list<'a>(property: &'a str, list: &'a List) -> ListView<'a> {
    let whole = |kind, text: &'a str| Some(ValueView::new(kind, text));
    match list {
        List::Items(items) => {
            ListView { property, whole: None, items: items.iter().map(value).collect() }
        }
        List::Ref(name) => {
            ListView { property, whole: whole("ref", name.as_str()), items: Vec::new() }
        }
        List::SplitImport(name) => {
            ListView { property, whole: whole("split-import", name), items: Vec::new() }
        }
    }
}

fn value(value: &Value) -> ValueView<'_> {
    let (kind, text) = match value {
        Value::Literal(text) => (LITERAL, text.as_str()),
        Value::Ref(id) => ("ref", id.as_str()),
        Value::GroupId(id) => ("group-id", id.as_str()),
        Value::Import(name) => ("import", name.as_str()),
        Value::Sub(text) => ("sub", text.as_str()),
        Value::PerRegion(key) => ("per-region", key.as_str()),
    };
    ValueView::new(kind, text)
}
