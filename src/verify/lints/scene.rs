//! What the lints look at, with what they look up in it.

use std::collections::BTreeMap;

use crate::aws::Service;
use crate::cloudformation::{Created, Resource, Value};
use crate::truth::Truth;
use crate::verify::TaskLegs;
use crate::verify::network::{Definition, Endpoint, EndpointType, Task};
use crate::verify::service::{self, ServiceName, service_name};
use crate::verify::view::View;

/// What the lints look at.
pub(super) struct Scene<'a> {
    pub(super) view: View<'a>,
    judged: &'a [(Task, TaskLegs)],
    resources: BTreeMap<(u32, &'a str), &'a Resource>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(view: &View<'a>, judged: &'a [(Task, TaskLegs)]) -> Scene<'a> {
        let resources = view.evaluated.resources.iter();
        Scene {
            view: *view,
            judged,
            resources: resources
                .map(|resource| ((resource.file, &*resource.id), resource))
                .collect(),
        }
    }

    /// The resources of a type.
    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &'a Resource> {
        self.view.evaluated.resources.iter().filter(move |resource| resource.kind == kind)
    }

    /// The resource that a value is the id of.
    pub(super) fn resource(&self, id: &Created) -> Option<&'a Resource> {
        self.resources.get(&(id.file, &*id.id)).copied()
    }

    /// The endpoints that have interfaces.
    pub(super) fn interfaces(&self) -> impl Iterator<Item = &'a Endpoint> {
        let endpoints = self.view.network.endpoints.iter();
        endpoints.filter(|endpoint| endpoint.kind == EndpointType::Interface)
    }

    /// The tasks that stand in a template.
    pub(super) fn tasks(&self) -> impl Iterator<Item = &'a Task> {
        self.view.network.tasks.iter()
    }

    /// The tasks that stand in none and are asked about.
    pub(super) fn asked(&self) -> impl Iterator<Item = &'a Task> {
        self.judged.iter().map(|(task, _)| task).filter(|task| task.asked)
    }

    /// The task definitions for Fargate, each once, in the order of the files.
    pub(super) fn definitions(&self) -> Vec<&'a Definition> {
        let run = self.view.network.tasks.iter().filter_map(|task| task.definition.as_ref().ok());
        let all = run.chain(&self.view.network.idle_definitions);
        // Those that come out of one loop stand at one place.
        let each: BTreeMap<_, _> = all
            .map(|definition| ((definition.place, definition.id.as_text()), definition))
            .collect();
        each.into_values().collect()
    }
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

/// The entries of a list; none where it is left out.
pub(super) fn entries(list: Option<&Value>) -> &[Value] {
    list.map_or(&[], Value::entries)
}

/// Whether a list is left out or surely empty.
pub(super) fn is_empty(list: Option<&Value>) -> bool {
    entries(list).is_empty()
}
