//! A plan in the words of CloudFormation's properties, which is what the templates lay out.

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

#[derive(Serialize)]
struct FieldView<'a> {
    name: &'a str,
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

#[derive(Serialize)]
struct StatementView<'a> {
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

#[derive(Serialize)]
struct ValueView<'a> {
    kind: &'static str,
    text: Scalar<'a>,
}

/// A number stays one: `FromPort: 443` reads better than `FromPort: "443"`.
#[derive(Serialize)]
#[serde(untagged)]
enum Scalar<'a> {
    Text(String),
    Borrowed(&'a str),
    Number(u16),
}

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
    let ingress = direction == Direction::Ingress;
    let peer = match &rule.peer {
        Peer::Prefix(prefix) => FieldView {
            name: if prefix.is_ipv4() { "CidrIp" } else { "CidrIpv6" },
            value: text(prefix.to_string()),
        },
        Peer::Ipv4(prefix) => FieldView { name: "CidrIp", value: value(prefix) },
        Peer::Ipv6(prefix) => FieldView { name: "CidrIpv6", value: value(prefix) },
        Peer::Group(group) => FieldView {
            name: if ingress { "SourceSecurityGroupId" } else { "DestinationSecurityGroupId" },
            value: value(group),
        },
        Peer::PrefixList(list) => FieldView {
            name: if ingress { "SourcePrefixListId" } else { "DestinationPrefixListId" },
            value: value(list),
        },
    };
    let protocol = FieldView { name: "IpProtocol", value: borrowed(rule.traffic.protocol()) };
    let mut fields = vec![protocol];
    if let Some(port) = rule.traffic.port() {
        let number = || ValueView { kind: "literal", text: Scalar::Number(port) };
        fields.push(FieldView { name: "FromPort", value: number() });
        fields.push(FieldView { name: "ToPort", value: number() });
    }
    fields.push(peer);
    fields.push(FieldView { name: "Description", value: borrowed(&rule.description) });
    RuleView {
        comment: rule.comment(),
        condition: rule.condition.as_ref().map(|condition| condition.as_str()),
        fields,
    }
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
        statements: endpoint
            .policy
            .statements
            .iter()
            .map(|statement| StatementView {
                comment: &statement.comment,
                actions: &statement.actions,
                resources: statement.resources.iter().map(value).collect(),
            })
            .collect(),
    }
}

fn list<'a>(property: &'a str, list: &'a List) -> ListView<'a> {
    let whole = |kind, text| Some(ValueView { kind, text: Scalar::Borrowed(text) });
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
        Value::Literal(text) => ("literal", text.as_str()),
        Value::Ref(id) => ("ref", id.as_str()),
        Value::GroupId(id) => ("group-id", id.as_str()),
        Value::Import(name) => ("import", name.as_str()),
        Value::Sub(text) => ("sub", text.as_str()),
        Value::PerRegion(key) => ("per-region", key.as_str()),
    };
    ValueView { kind, text: Scalar::Borrowed(text) }
}

fn borrowed(text: &str) -> ValueView<'_> {
    ValueView { kind: "literal", text: Scalar::Borrowed(text) }
}

fn text<'a>(text: String) -> ValueView<'a> {
    ValueView { kind: "literal", text: Scalar::Text(text) }
}
