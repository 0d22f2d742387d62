//! A plan as a construct for the AWS CDK: what `construct.ts` lays out.

mod properties;

use serde::Serialize;

use self::properties::{Properties, PropertyView, route_tables, subnets};
use super::view::{
    FieldView, LITERAL, StatementView, ValueView, View, fields, peer, statements, view,
};
use crate::plan::{
    AttachedRule, Direction, Endpoint, EndpointKind, List, Peer, Plan, Rule, SecurityGroup,
    Traffic, Value,
};

/// The context of `construct.ts`.
#[derive(Serialize)]
pub(super) struct Construct<'a> {
    /// What is the same in both: metadata, regions, what differs between them, tags.
    template: View<'a>,
    properties: Vec<PropertyView>,
    /// Whether it can be made without any property.
    is_complete: bool,
    conditions: Vec<ConditionView<'a>>,
    /// The VPC that the config names.
    vpc: Option<ValueView<'a>>,
    /// Where the VPC's prefix comes from, if it is not in the config.
    vpc_cidr: Option<&'static str>,
    subnets: Option<ListView<'a>>,
    route_tables: Option<ListView<'a>>,
    /// The group of the endpoints: one of the two.
    endpoint_group: Option<GroupView<'a>>,
    existing_group: Option<ValueView<'a>>,
    task_group: GroupView<'a>,
    attached_rules: Vec<AttachedView<'a>>,
    interfaces: Vec<EndpointView<'a>>,
    gateway: Option<EndpointView<'a>>,
}

#[derive(Serialize)]
struct ListView<'a> {
    /// `property`, `property-or-vpc`, `property-or-known` or `known`.
    from: &'static str,
    /// An export that is the whole list.
    split: Option<&'a str>,
    items: Vec<ItemView<'a>>,
}

#[derive(Serialize)]
struct ItemView<'a> {
    id: String,
    value: ValueView<'a>,
}

#[derive(Serialize)]
struct ConditionView<'a> {
    name: &'a str,
    member: String,
    key: &'a str,
}

#[derive(Serialize)]
struct GroupView<'a> {
    id: &'a str,
    description: &'a str,
    /// Whether the CDK's own group can say the same.
    is_plain: bool,
    allows_all_egress: bool,
    ingress: Vec<RuleView<'a>>,
    egress: Vec<RuleView<'a>>,
}

#[derive(Serialize)]
struct RuleView<'a> {
    comment: String,
    condition: Option<String>,
    port: Option<u16>,
    ipv4: bool,
    peer: ValueView<'a>,
    description: &'a str,
    fields: Vec<FieldView<'a>>,
}

#[derive(Serialize)]
struct AttachedView<'a> {
    id: &'a str,
    member: String,
    is_ingress: bool,
    rule: RuleView<'a>,
}

#[derive(Serialize)]
struct EndpointView<'a> {
    id: &'a str,
    field: String,
    purpose: &'a str,
    service_name: ValueView<'a>,
    statements: Vec<StatementView<'a>>,
}

pub(super) fn construct(plan: &Plan) -> Construct<'_> {
    let words = Words { plan, properties: Properties::of(plan) };
    let (interfaces, gateways): (Vec<&Endpoint>, Vec<&Endpoint>) = plan
        .endpoints
        .iter()
        .partition(|endpoint| matches!(endpoint.kind, EndpointKind::Interface { .. }));
    let endpoint_group = plan.made_endpoint_group();
    Construct {
        template: view(plan),
        is_complete: words.properties.views().all(|property| property.optional),
        properties: words.properties.views().cloned().collect(),
        conditions: plan
            .region_map
            .optional
            .iter()
            .map(|(key, name)| ConditionView {
                name: name.as_str(),
                member: member(name.as_str()),
                key: key.as_str(),
            })
            .collect(),
        vpc: known(&plan.vpc),
        vpc_cidr: words.properties.vpc_cidr,
        subnets: subnets(plan).map(|list| words.list("subnets", list)),
        route_tables: route_tables(plan).map(|list| words.list("routeTables", list)),
        existing_group: match endpoint_group {
            Some(_) => None,
            None => known(&plan.endpoint_group),
        },
        endpoint_group: endpoint_group.map(|group| words.group(group)),
        task_group: words.group(plan.task_group()),
        attached_rules: plan.attached_rules.iter().map(|rule| words.attached(rule)).collect(),
        interfaces: interfaces.into_iter().map(|endpoint| words.endpoint(endpoint)).collect(),
        gateway: gateways.into_iter().map(|endpoint| words.endpoint(endpoint)).next(),
    }
}

/// A name as members are written: `EcrApiEndpoint` is `ecrApiEndpoint`.
fn member(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    // No name of TypeScript begins with a digit.
    let before = if first.is_some_and(|first| first.is_ascii_digit()) { "number" } else { "" };
    before.chars().chain(first).chain(letters).collect()
}

/// A plan in the words of a construct with these properties.
struct Words<'a> {
    plan: &'a Plan,
    properties: Properties,
}

impl<'a> Words<'a> {
    fn value(&self, value: &'a Value) -> ValueView<'a> {
        if *value == self.plan.endpoint_group {
            return ValueView::new("endpoint-group", "");
        }
        match value {
            Value::Literal(text) => ValueView::new(LITERAL, text),
            Value::Ref(id) => match self.properties.of_parameter(id) {
                Some((kind, name)) => ValueView::new(kind, name.to_owned()),
                None => ValueView::new("vpc-cidr", ""),
            },
            Value::GroupId(_) => ValueView::new("task-group", ""),
            Value::Import(name) => ValueView::new("import", name),
            Value::Sub(text) => ValueView::new("sub", text),
            Value::PerRegion(key) => ValueView::new("per-region", key.as_str()),
        }
    }

    fn list(&self, property: &str, list: &'a List) -> ListView<'a> {
        let from = match (self.properties.find(property), list) {
            (None, _) => "known",
            (Some(given), List::Ref(_)) if given.optional => "property-or-vpc",
            (Some(_), List::Ref(_)) => "property",
            (Some(_), _) => "property-or-known",
        };
        let item = |(number, item): (usize, &'a Value)| ItemView {
            id: format!("Subnet{number}"),
            value: self.value(item),
        };
        let (split, items) = match list {
            List::Items(items) => (None, (1..).zip(items).map(item).collect()),
            List::Ref(_) => (None, Vec::new()),
            List::SplitImport(name) => (Some(name.as_str()), Vec::new()),
        };
        ListView { from, split, items }
    }

    fn group(&self, group: &'a SecurityGroup) -> GroupView<'a> {
        let rules = |rules: &'a [Rule], direction| {
            rules.iter().map(|rule| self.rule(rule, direction, false)).collect()
        };
        GroupView {
            id: group.id.as_str(),
            description: group.description,
            is_plain: group.ingress.iter().chain(&group.egress).all(is_plain),
            allows_all_egress: group.egress.iter().any(allows_all),
            ingress: rules(&group.ingress, Direction::Ingress),
            egress: rules(&group.egress, Direction::Egress),
        }
    }

    fn attached(&self, attached: &'a AttachedRule) -> AttachedView<'a> {
        AttachedView {
            id: attached.id.as_str(),
            member: member(attached.id.as_str()),
            is_ingress: attached.direction == Direction::Ingress,
            rule: self.rule(&attached.rule, attached.direction, true),
        }
    }

    fn rule(&self, rule: &'a Rule, direction: Direction, attached: bool) -> RuleView<'a> {
        let mut fields = fields(rule, direction, |value| self.value(value));
        // Inside of a condition the CDK passes on what it is given, in CloudFormation's spelling.
        if rule.condition.is_none() || attached {
            for field in &mut fields {
                field.name = member(&field.name).into();
            }
        }
        RuleView {
            comment: rule.comment(),
            condition: rule.condition.as_ref().map(|id| member(id.as_str())),
            port: rule.traffic.port(),
            ipv4: match &rule.peer {
                Peer::Prefix(prefix) => prefix.is_ipv4(),
                other => matches!(other, Peer::Ipv4(_)),
            },
            peer: peer(rule, |value| self.value(value)),
            description: &rule.description,
            fields,
        }
    }

    fn endpoint(&self, endpoint: &'a Endpoint) -> EndpointView<'a> {
        EndpointView {
            id: endpoint.id.as_str(),
            field: member(endpoint.id.as_str()),
            purpose: &endpoint.purpose,
            service_name: self.value(&endpoint.service_name),
            statements: statements(endpoint, |value| self.value(value)),
        }
    }
}

/// What the config says of a value that may be given instead, if it says it.
fn known(value: &Value) -> Option<ValueView<'_>> {
    match value {
        Value::Literal(text) => Some(ValueView::new(LITERAL, text)),
        Value::Import(name) => Some(ValueView::new("import", name)),
        _ => None,
    }
}

/// Whether the CDK's own group renders the rule as it is, inline.
///
/// Rules to groups and prefix lists it makes resources of their own, it knows no conditions, and to
/// everywhere it takes its own rule only.
fn is_plain(rule: &Rule) -> bool {
    matches!(rule.peer, Peer::Prefix(_) | Peer::Ipv4(_) | Peer::Ipv6(_))
        && rule.condition.is_none()
        && !allows_all(rule)
}

fn allows_all(rule: &Rule) -> bool {
    rule.traffic == Traffic::All
        && matches!(rule.peer, Peer::Prefix(prefix) if prefix.length() == 0)
}
