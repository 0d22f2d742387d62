//! What the lints look at, with what they look up in it.

use std::collections::BTreeMap;

use crate::aws::Service;
use crate::cloudformation::{Created, Evaluated, Made, Resource, Text, Value};
use crate::truth::Truth;
use crate::verify::TaskLegs;
use crate::verify::facts::Facts;
use crate::verify::network::{Definition, Endpoint, EndpointType, Group, Network, Subnet, Task};
use crate::verify::service::{self, ServiceName, service_name};
use crate::verify::view::View;

/// What the lints look at.
pub(super) struct Scene<'a> {
    pub(super) network: &'a Network,
    pub(super) evaluated: &'a Evaluated,
    pub(super) facts: &'a Facts,
    judged: &'a [(Task, TaskLegs)],
    subnets: BTreeMap<&'a Text, &'a Subnet>,
    groups: BTreeMap<&'a Text, &'a Group>,
    resources: BTreeMap<(u32, &'a str), &'a Resource>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(view: &View<'a>, judged: &'a [(Task, TaskLegs)]) -> Scene<'a> {
        let View { network, evaluated, facts, .. } = *view;
        let subnets = network.subnets.iter();
        let groups = network.groups.iter();
        let resources = evaluated.resources.iter();
        Scene {
            network,
            evaluated,
            facts,
            judged,
            subnets: subnets.filter_map(|subnet| Some((subnet.id.as_text()?, subnet))).collect(),
            groups: groups.filter_map(|group| Some((group.id.as_text()?, group))).collect(),
            resources: resources
                .map(|resource| ((resource.file, &*resource.id), resource))
                .collect(),
        }
    }

    /// The subnet of the world that this surely is.
    pub(super) fn subnet(&self, id: &Value) -> Option<&'a Subnet> {
        self.subnets.get(id.as_text()?).copied()
    }

    /// The group of the world that this surely is.
    pub(super) fn group(&self, id: &Value) -> Option<&'a Group> {
        self.groups.get(id.as_text()?).copied()
    }

    /// The resources of a type.
    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &'a Resource> {
        self.evaluated.resources.iter().filter(move |resource| resource.kind == kind)
    }

    /// The resource that a value is the id of.
    pub(super) fn resource(&self, id: &Created) -> Option<&'a Resource> {
        self.resources.get(&(id.file, &*id.id)).copied()
    }

    /// The endpoints that have interfaces.
    pub(super) fn interfaces(&self) -> impl Iterator<Item = &'a Endpoint> {
        let endpoints = self.network.endpoints.iter();
        endpoints.filter(|endpoint| endpoint.kind == EndpointType::Interface)
    }

    /// The tasks that stand in a template.
    pub(super) fn tasks(&self) -> impl Iterator<Item = &'a Task> {
        self.network.tasks.iter()
    }

    /// The tasks that stand in none and are asked about.
    pub(super) fn asked(&self) -> impl Iterator<Item = &'a Task> {
        self.judged.iter().map(|(task, _)| task).filter(|task| task.asked)
    }

    /// The task definitions for Fargate, each once, in the order of the files.
    pub(super) fn definitions(&self) -> Vec<&'a Definition> {
        let run = self.network.tasks.iter().filter_map(|task| task.definition.as_ref().ok());
        let all = run.chain(&self.network.idle_definitions);
        // Those that come out of one loop stand at one place.
        let each: BTreeMap<_, _> = all
            .map(|definition| ((definition.place, definition.id.as_text()), definition))
            .collect();
        each.into_values().collect()
    }
}

/// Whether it is surely made.
pub(super) fn surely(made: &Made) -> bool {
    matches!(made, Made::Surely)
}

/// The service of an endpoint as its name says; of a misspelt one, the one that is meant.
pub(super) fn service_of(endpoint: &Endpoint) -> Option<Service> {
    match service_name(endpoint.service.as_ref()?) {
        ServiceName::Known { service, .. } | ServiceName::Misspelt { service, .. } => Some(service),
        ServiceName::Foreign | ServiceName::Unknown(_) => None,
    }
}

/// Whether an endpoint is for a service; a misspelt name is no service's.
pub(super) fn is_for(endpoint: &Endpoint, service: &Service) -> Truth {
    endpoint.service.as_ref().map_or(Truth::No, |name| service::is(name, service))
}

/// Whether two values are the same; unknown where one is left out.
pub(super) fn same(a: Option<&Value>, b: Option<&Value>) -> Truth {
    match (a, b) {
        (Some(a), Some(b)) => a.same(b),
        _ => Truth::Unknown,
    }
}

/// The entries of a list; none where it is left out.
pub(super) fn entries(list: Option<&Value>) -> &[Value] {
    list.map_or(&[], Value::entries)
}

/// Whether a list is left out or surely empty.
pub(super) fn is_empty(list: Option<&Value>) -> bool {
    entries(list).is_empty()
}
