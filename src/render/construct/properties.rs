//! What whoever uses a construct gives to it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::member;
use crate::plan::{
    Direction, EndpointKind, List, LogicalId, ParameterType, Peer, Plan, Rule, Value,
};

/// A property of a construct.
#[derive(Debug, Clone, Serialize)]
pub(super) struct PropertyView {
    name: String,
    /// The word by which `construct.ts` knows its type.
    #[serde(rename = "type")]
    kind: &'static str,
    pub(super) optional: bool,
    description: String,
    /// What it is when it is left out.
    default: Option<String>,
}

/// The properties of the construct of a plan.
pub(super) struct Properties {
    views: Vec<PropertyView>,
    /// The property of each parameter that is an item of a list, and what kind of expression it is.
    by_parameter: BTreeMap<LogicalId, (&'static str, String)>,
    /// Where the VPC's prefix comes from: `property` or `property-or-vpc`; nowhere where the config
    /// has it.
    pub(super) vpc_cidr: Option<&'static str>,
}

impl Properties {
    /// What the config leaves open, and what it says and may be given as a construct instead.
    ///
    /// A value of the network has the name of its key in the config. A parameter that is one item of
    /// a list has its own name, and its list is no property then.
    pub(super) fn of(plan: &Plan) -> Properties {
        let mut properties =
            Properties { views: Vec::new(), by_parameter: BTreeMap::new(), vpc_cidr: None };
        let vpc_is_given = matches!(plan.vpc, Value::Ref(_));
        properties.add(
            "vpc",
            "vpc",
            "The VPC of the tasks. Its DNS support and DNS host names have to be on.",
            said(&plan.vpc),
        );
        let mut subnets_are_given = false;
        if let Some(list) = subnets(plan).filter(|list| !has_items(list)) {
            subnets_are_given = matches!(list, List::Ref(_));
            properties.add(
                "subnets",
                "subnets",
                "Subnets for the interface endpoints: the first in each Availability Zone, or those that are listed.",
                all_said(list),
            );
        }
        if let Some(list) = route_tables(plan).filter(|list| !has_items(list)) {
            let of_subnets = || subnets_are_given.then(|| "those of `subnets`".to_owned());
            properties.add(
                "routeTables",
                "route-tables",
                "Route tables of the tasks' subnets, which get the route to S3.",
                all_said(list).or_else(of_subnets),
            );
        }
        let cidrs: Vec<&Rule> = ingress(plan)
            .filter(|rule| matches!(rule.peer, Peer::Prefix(_) | Peer::Ipv4(_)))
            .collect();
        if let [Rule { peer: Peer::Ipv4(Value::Ref(_)), .. }] = cidrs[..] {
            let of_vpc = vpc_is_given.then(|| "the prefix of `vpc`".to_owned());
            let from = if vpc_is_given { "property-or-vpc" } else { "property" };
            properties.vpc_cidr = Some(from);
            properties.add("vpcCidr", "cidr", "The IPv4 prefix of the VPC.", of_vpc);
        }
        if plan.made_endpoint_group().is_none() {
            properties.add(
                "endpointSecurityGroup",
                "security-group",
                "The security group that the existing endpoints wear.",
                said(&plan.endpoint_group),
            );
        }
        properties.add_items(plan);
        properties
    }

    fn add(&mut self, name: &str, kind: &'static str, description: &str, default: Option<String>) {
        self.views.push(PropertyView {
            name: name.to_owned(),
            kind,
            optional: default.is_some(),
            description: description.to_owned(),
            default,
        });
    }

    /// The parameters that are items of lists.
    fn add_items(&mut self, plan: &Plan) {
        let mut taken: BTreeSet<String> =
            ["vpc", "subnets", "routeTables", "vpcCidr", "endpointSecurityGroup"]
                .map(str::to_owned)
                .into();
        for parameter in &plan.parameters {
            let is_endpoint_group = plan.endpoint_group == Value::Ref(parameter.name.clone());
            let (kind, description) = match parameter.kind {
                ParameterType::Cidr if self.vpc_cidr.is_none() => {
                    ("cidr", "An IPv4 prefix of the VPC.")
                }
                ParameterType::Subnet => ("subnet", "A subnet for the interface endpoints."),
                ParameterType::RouteTable => (
                    "route-table",
                    "A route table of the tasks' subnets, which gets the route to S3.",
                ),
                ParameterType::SecurityGroup if !is_endpoint_group => (
                    "security-group",
                    "A group that EFS mount targets wear. It has to let in TCP 2049 from the tasks' group.",
                ),
                _ => continue,
            };
            let mut name = member(parameter.name.as_str());
            while !taken.insert(name.clone()) {
                name.push_str("Parameter");
            }
            self.add(&name, kind, description, None);
            let expression = match parameter.kind {
                ParameterType::SecurityGroup => "group-property",
                _ => "property",
            };
            self.by_parameter.insert(parameter.name.clone(), (expression, name));
        }
    }

    pub(super) fn views(&self) -> impl Iterator<Item = &PropertyView> {
        self.views.iter()
    }

    pub(super) fn find(&self, name: &str) -> Option<&PropertyView> {
        self.views.iter().find(|property| property.name == name)
    }

    /// The property of a parameter that is an item of a list, and what kind of expression it is.
    pub(super) fn of_parameter(&self, parameter: &LogicalId) -> Option<(&'static str, &str)> {
        self.by_parameter.get(parameter).map(|(kind, name)| (*kind, name.as_str()))
    }
}

/// Where the interface endpoints are, if the stack makes any.
pub(super) fn subnets(plan: &Plan) -> Option<&List> {
    plan.endpoints.iter().find_map(|endpoint| match &endpoint.kind {
        EndpointKind::Interface { subnets, .. } => Some(subnets),
        EndpointKind::Gateway { .. } => None,
    })
}

/// The route tables of the gateway, if the stack makes one.
pub(super) fn route_tables(plan: &Plan) -> Option<&List> {
    plan.endpoints.iter().find_map(|endpoint| match &endpoint.kind {
        EndpointKind::Interface { .. } => None,
        EndpointKind::Gateway { route_tables } => Some(route_tables),
    })
}

/// Rules towards the endpoints. Nothing is let in to the tasks.
fn ingress(plan: &Plan) -> impl Iterator<Item = &Rule> {
    let attached = plan.attached_rules.iter();
    let attached = attached.filter(|attached| attached.direction == Direction::Ingress);
    plan.groups.iter().flat_map(|group| &group.ingress).chain(attached.map(|each| &each.rule))
}

/// Whether a list has parameters among its items.
fn has_items(list: &List) -> bool {
    matches!(list, List::Items(items) if items.iter().any(|item| matches!(item, Value::Ref(_))))
}

/// A value as the config says it, for people.
fn said(value: &Value) -> Option<String> {
    match value {
        Value::Literal(text) => Some(format!("`{text}`")),
        Value::Import(name) => Some(format!("the export `{name}`")),
        _ => None,
    }
}

fn all_said(list: &List) -> Option<String> {
    match list {
        List::Items(items) => {
            let all: Option<Vec<String>> = items.iter().map(said).collect();
            all.map(|all| all.join(", "))
        }
        List::Ref(_) => None,
        List::SplitImport(name) => Some(format!("those of the export `{name}`")),
    }
}
