//! The parts of a plan that have a name or a place in its template, and what is said of each.

use super::endpoint::endpoint;
use super::place::Places;
use super::rules::{Placed, placed};
use super::{Kind, Known, Meaning, Use};
use crate::config::join;
use crate::plan::{
    Direction, Endpoint, EndpointKind, LogicalId, Output, Parameter, Plan, RegionMap,
    SecurityGroup, Value,
};

/// A part of a plan.
#[derive(Clone, Copy)]
pub(super) enum Part<'p> {
    /// A rule.
    Rule(Placed<'p>),
    /// A group, or its rules of one direction.
    Group(&'p SecurityGroup, Option<Direction>),
    /// An endpoint.
    Endpoint(&'p Endpoint),
    /// A property of a group or an endpoint that is neither a rule nor a policy: one of
    /// [`PROPERTIES`].
    Property(&'p LogicalId, &'static str),
    /// A statement of an endpoint's policy, from 0.
    Statement(&'p Endpoint, usize),
    /// A parameter.
    Parameter(&'p Parameter),
    /// An output.
    Output(&'p Output),
    /// A condition.
    Condition(&'p LogicalId),
    /// A key of the region map, in one region or in all of them.
    Mapped(&'p LogicalId, Option<&'p str>),
    /// All of the region map for one region.
    MappedRegion(&'p str),
}

/// The properties that are said by themselves.
pub(super) const PROPERTIES: &[&str] = &[
    "GroupDescription",
    "PrivateDnsEnabled",
    "RouteTableIds",
    "SecurityGroupIds",
    "ServiceName",
    "SubnetIds",
    "Tags",
    "VpcEndpointType",
    "VpcId",
];

/// What is said of a property of a resource, and what of the stack in the config decides it.
fn property(plan: &Plan, resource: &LogicalId, key: &str) -> (String, Option<String>) {
    let endpoint = plan.endpoints.iter().find(|endpoint| endpoint.id == *resource);
    let (interface, gateway) = match endpoint.map(|endpoint| &endpoint.kind) {
        Some(EndpointKind::Interface { subnets, groups }) => (Some((subnets, groups)), None),
        Some(EndpointKind::Gateway { route_tables }) => (None, Some(route_tables)),
        None => (None, None),
    };
    let all = |labels: Vec<String>| labels.join(", ");
    let from = |key: &str| Some(key.to_owned());
    match key {
        "VpcId" => (plan.vpc.label(), from("network.vpc")),
        "SubnetIds" => (
            interface.map_or_else(String::new, |(subnets, _)| all(subnets.labels())),
            from("network.subnets"),
        ),
        "SecurityGroupIds" => (
            interface.map_or_else(String::new, |(_, groups)| {
                all(groups.iter().map(Value::label).collect())
            }),
            plan.made_endpoint_group().is_none().then(|| "endpoint.security-group".to_owned()),
        ),
        "RouteTableIds" => (
            gateway.map_or_else(String::new, |tables| all(tables.labels())),
            from("network.route-tables"),
        ),
        "ServiceName" => (
            endpoint.map_or_else(String::new, |endpoint| endpoint.service_name.label()),
            endpoint.map(|endpoint| join("service-names", endpoint.service.name())),
        ),
        "VpcEndpointType" if gateway.is_some() => ("a route in route tables".to_owned(), None),
        "VpcEndpointType" => ("network interfaces with private addresses".to_owned(), None),
        "PrivateDnsEnabled" => {
            ("in the whole VPC the service's own host names lead to this endpoint".to_owned(), None)
        }
        "GroupDescription" => {
            ("the same in every stack: a change would replace the group".to_owned(), None)
        }
        _ => ("what every resource wears that takes tags".to_owned(), from("tags")),
    }
}

impl Part<'_> {
    /// What a person would call it.
    pub(super) fn name(&self) -> String {
        match self {
            Part::Rule(placed) => format!("a rule of {}", placed.resource.as_str()),
            Part::Group(group, None) => group.id.as_str().to_owned(),
            Part::Group(group, Some(Direction::Ingress)) => {
                format!("the ingress of {}", group.id.as_str())
            }
            Part::Group(group, Some(Direction::Egress)) => {
                format!("the egress of {}", group.id.as_str())
            }
            Part::Endpoint(endpoint) => endpoint.id.as_str().to_owned(),
            Part::Property(resource, key) => format!("{key} of {}", resource.as_str()),
            Part::Statement(endpoint, _) => {
                format!("a statement of the policy of {}", endpoint.id.as_str())
            }
            Part::Parameter(parameter) => format!("the parameter {}", parameter.name.as_str()),
            Part::Output(output) => format!("the output {}", output.name.as_str()),
            Part::Condition(id) => format!("the condition {}", id.as_str()),
            Part::Mapped(key, None) => format!("{} of {}", key.as_str(), RegionMap::NAME),
            Part::Mapped(key, Some(region)) => {
                format!("{} of {region} in {}", key.as_str(), RegionMap::NAME)
            }
            Part::MappedRegion(region) => format!("{} for {region}", RegionMap::NAME),
        }
    }

    /// Adds what there is to say of it.
    pub(super) fn tell(
        &self,
        known: &Known<'_>,
        places: &Places<'_>,
        plan: &Plan,
        meaning: &mut Meaning,
    ) {
        let mut rules = |takes: &dyn Fn(&Placed<'_>) -> bool| {
            let all = placed(plan).into_iter().filter(takes);
            meaning.rules.extend(all.filter_map(|placed| placed.whole(known, places)));
        };
        let used = |what: String| Use { stack: plan.stack.clone(), what, place: None };
        match self {
            Part::Rule(rule) => meaning.rules.extend(rule.whole(known, places)),
            Part::Group(group, direction) => {
                let own = Value::GroupId(group.id.clone());
                rules(&|placed| {
                    placed.is_of(&group.id, &own) && direction.is_none_or(|d| d == placed.direction)
                });
                let wears = plan.endpoints.iter().filter(|one| one.wears(&own));
                let names: Vec<&str> = wears.map(|one| one.id.as_str()).collect();
                let (what, who) = (group.description, names.join(", "));
                meaning.uses.push(used(if names.is_empty() {
                    format!("a security group: {what}")
                } else {
                    format!("a security group: {what}; worn by {who}")
                }));
            }
            Part::Endpoint(one) => {
                meaning.endpoints.push(endpoint(known, places, plan, one, |_, _| true))
            }
            Part::Property(resource, key) => {
                let (words, from) = property(plan, resource, key);
                let place = from.map(|key| places.find(&format!("stacks.{}.{key}", plan.stack)));
                meaning.uses.push(Use { place, ..used(words) });
            }
            Part::Statement(one, number) => {
                meaning
                    .endpoints
                    .push(endpoint(known, places, plan, one, |other, _| other == *number));
            }
            Part::Parameter(parameter) => {
                meaning.uses.push(used(format!("a parameter: {}", parameter.description)));
                let value = Value::Ref(parameter.name.clone());
                rules(&|placed| placed.names(&value));
            }
            Part::Output(output) => {
                meaning.uses.push(used(format!(
                    "an output, exported as STACK-{}: {}",
                    output.name.as_str(),
                    output.description
                )));
            }
            Part::Condition(id) => {
                meaning.uses.push(used(
                    "a condition: the region it is deployed in has a value for the rule".to_owned(),
                ));
                rules(&|placed| placed.rule.condition.as_ref() == Some(*id));
            }
            Part::Mapped(key, region) => {
                let value = Value::PerRegion((*key).clone());
                let mapped = placed(plan).into_iter().filter(|placed| placed.names(&value));
                meaning.rules.extend(mapped.filter_map(|placed| {
                    placed.found(known, places, |peer| {
                        let here = region.is_none_or(|name| {
                            peer.region.is_some_and(|region| region.name == name)
                        });
                        here.then_some(None)
                    })
                }));
            }
            Part::MappedRegion(region) => {
                let regional = placed(plan).into_iter().filter_map(|placed| {
                    placed.found(known, places, |peer| {
                        peer.region.filter(|known| known.name == *region).map(|_| None)
                    })
                });
                meaning.rules.extend(regional);
            }
        }
    }
}

impl Placed<'_> {
    /// Whether it is a rule of this group, in it or beside it.
    fn is_of(&self, group: &LogicalId, own: &Value) -> bool {
        let attached = self.plan.attached_rules.iter();
        self.resource == group
            || attached.filter(|rule| rule.group == *own).any(|rule| rule.id == *self.resource)
    }

    /// Whether its other end is this value, or it belongs to the group that is.
    fn names(&self, value: &Value) -> bool {
        let attached = self.plan.attached_rules.iter();
        self.rule.peer.value() == *value
            || attached.filter(|rule| rule.group == *value).any(|rule| rule.id == *self.resource)
    }
}

impl Endpoint {
    /// Whether it wears this group.
    fn wears(&self, group: &Value) -> bool {
        match &self.kind {
            EndpointKind::Interface { groups, .. } => groups.contains(group),
            EndpointKind::Gateway { .. } => false,
        }
    }
}

/// The parts of a plan that are called by this name: a logical id, or the service of an endpoint.
pub(super) fn named<'p>(plan: &'p Plan, name: &str) -> Vec<Part<'p>> {
    let is = |id: &LogicalId| id.as_str() == name;
    let groups = plan.groups.iter().filter(|one| is(&one.id)).map(|one| Part::Group(one, None));
    let attached = placed(plan).into_iter();
    let attached = attached.filter(|one| one.index.is_none() && is(one.resource)).map(Part::Rule);
    let endpoints = plan.endpoints.iter().filter(|one| is(&one.id) || one.service.name() == name);
    let parameters = plan.parameters.iter().filter(|one| is(&one.name)).map(Part::Parameter);
    let outputs = plan.outputs.iter().filter(|one| is(&one.name)).map(Part::Output);
    let conditions = plan.region_map.optional.values().filter(|id| is(id)).map(Part::Condition);
    let keys = plan.region_map.regions.values().next().into_iter().flat_map(|keys| keys.keys());
    let keys = keys.filter(|key| is(key)).map(|key| Part::Mapped(key, None));
    groups
        .chain(attached)
        .chain(endpoints.map(Part::Endpoint))
        .chain(parameters)
        .chain(outputs)
        .chain(conditions)
        .chain(keys)
        .collect()
}

/// Every name that [`named`] knows.
pub(super) fn names(plan: &Plan) -> impl Iterator<Item = &str> {
    let resources = plan.resources().into_iter();
    let parameters = plan.parameters.iter().map(|one| &one.name);
    let outputs = plan.outputs.iter().map(|one| &one.name);
    let keys = plan.region_map.regions.values().next().into_iter().flat_map(|keys| keys.keys());
    let conditions = plan.region_map.optional.values();
    let ids = resources.chain(parameters).chain(outputs).chain(keys).chain(conditions);
    let services = plan.endpoints.iter().map(|one| one.service.name());
    ids.map(LogicalId::as_str).chain(services)
}

/// What a name stands for in every stack that has it; `None` if none does.
pub(super) fn logical_id(known: &Known<'_>, places: &Places<'_>, name: &str) -> Option<Meaning> {
    let mut meaning = Meaning::new(Kind::LogicalId, "");
    let (mut stacks, mut kinds) = (Vec::new(), Vec::new());
    for plan in known.plans {
        let parts = named(plan, name);
        for part in &parts {
            part.tell(known, places, plan, &mut meaning);
            kinds.push(part.kind());
        }
        if !parts.is_empty() {
            stacks.push(plan.stack.to_string());
        }
    }
    kinds.dedup();
    meaning.summary = format!("{} in {}", kinds.join(" and "), stacks.join(", "));
    (!stacks.is_empty()).then_some(meaning)
}

impl Part<'_> {
    /// What it is, with its article.
    fn kind(&self) -> &'static str {
        match self {
            Part::Rule(_) => "a rule that is a resource of its own",
            Part::Group(..) => "a security group",
            Part::Endpoint(_) => "an endpoint",
            Part::Property(..) => "a property",
            Part::Statement(..) => "a statement of an endpoint policy",
            Part::Parameter(_) => "a parameter",
            Part::Output(_) => "an output",
            Part::Condition(_) => "a condition",
            Part::Mapped(..) | Part::MappedRegion(_) => "a value of the region map",
        }
    }
}
