//! Tasks that stand in no template: what a template with endpoints alone is asked about.

use std::collections::BTreeSet;

use super::Need;
use super::network::{Association, Definition, Endpoint, EndpointType, Group, Peer, Setting, Task};
use super::service;
use super::view::View;
use crate::aws::Service;
use crate::cloudformation::{Made, Place, Text, Unknown, Value};
use crate::truth::Truth;

/// Most tasks that are asked about.
const MOST: usize = 50;

/// A task for every group that tasks may wear, in the subnets of the endpoints; none where there are
/// tasks, or no endpoint that a pull goes through.
pub(super) fn tasks(view: &View<'_>, named: &[String]) -> Vec<Task> {
    let network = view.network;
    if named.is_empty() && !network.tasks.is_empty() {
        return Vec::new();
    }
    let pulls = [Service::ecr_api(), Service::ecr_dkr(), Service::s3()];
    let endpoints: Vec<&Endpoint> = network
        .endpoints
        .iter()
        .filter(|endpoint| {
            let name = endpoint.service.as_ref();
            pulls.iter().any(|pull| name.is_some_and(|name| !service::is(name, pull).is_no()))
        })
        .collect();
    if named.is_empty()
        && endpoints.is_empty()
        && view.existing.is_empty()
        && network.idle_definitions.is_empty()
    {
        return Vec::new();
    }
    let start = endpoints.first().map_or(Place { file: 0, start: 0, end: 0 }, |one| one.place);
    let worn: Vec<(String, Place, Vec<Value>)> = if named.is_empty() {
        groups(view)
    } else {
        named.iter().map(|name| by_name(view, name, start)).collect()
    };
    let worn = if worn.is_empty() { vec![("a task".to_owned(), start, Vec::new())] } else { worn };
    let mut tasks = Vec::new();
    for (name, place, groups) in worn {
        let vpc = groups.iter().find_map(|group| view.group(group)?.vpc.clone());
        let subnets = subnets(view, &endpoints, vpc.as_ref());
        let definitions: Vec<Result<Definition, Value>> = if network.idle_definitions.is_empty() {
            vec![Err(unseen(place))]
        } else {
            network.idle_definitions.iter().cloned().map(Ok).collect()
        };
        for definition in definitions {
            let name = match &definition {
                Ok(definition) => format!("{name} and runs {}", definition.name),
                Err(_) => name.clone(),
            };
            tasks.push(Task {
                name,
                place,
                made: Made::Surely,
                asked: true,
                subnets: subnets.clone(),
                groups: Some(groups.clone()),
                public_address: Setting { truth: Truth::No, place, given: false },
                platform_version: None,
                exec: Setting { truth: Truth::No, place, given: false },
                exec_configuration: None,
                definition,
                waits_for: Vec::new(),
            });
        }
    }
    tasks.truncate(MOST);
    tasks
}

/// What is run where it cannot be seen, such as by a state machine whose definition is in S3.
pub(super) fn unseen_tasks(view: &View<'_>) -> Vec<Task> {
    let unseen = view.network.unseen_tasks.iter();
    unseen
        .map(|one| {
            let what = |what: &str| {
                let unknown = Unknown {
                    key: format!("{what} {} {}", one.place.file, one.place.start).into(),
                    name: what.into(),
                    why: one.why.as_str().into(),
                    many: true,
                };
                Value::text(one.place, Text::unknown(unknown))
            };
            Task {
                name: one.why.clone(),
                place: one.place,
                made: Made::Surely,
                asked: false,
                subnets: vec![what("its subnets")],
                groups: Some(vec![what("its groups")]),
                public_address: Setting { truth: Truth::Unknown, place: one.place, given: false },
                platform_version: None,
                exec: Setting { truth: Truth::No, place: one.place, given: false },
                exec_configuration: None,
                definition: Err(what("its task definition")),
                waits_for: Vec::new(),
            }
        })
        .collect()
}

fn unseen(place: Place) -> Value {
    Value::text(
        place,
        Text::unknown(Unknown {
            key: "the tasks' definition".into(),
            name: "the tasks' definition".into(),
            why: "no task definition is in the templates".into(),
            many: false,
        }),
    )
}

/// Every group that no endpoint wears; if there is none, those that let their own members in, so
/// that tasks are meant to wear them too.
fn groups(view: &View<'_>) -> Vec<(String, Place, Vec<Value>)> {
    let worn: Vec<&Value> = view
        .network
        .endpoints
        .iter()
        .flat_map(|endpoint| endpoint.groups.iter().flat_map(|groups| groups.entries()))
        .collect();
    let is_worn = |group: &Group| worn.iter().any(|other| other.same(&group.id).is_yes());
    let lets_in_itself = |group: &Group| {
        let mut peers = group.ingress.iter().map(|rule| &rule.peer);
        peers.any(|peer| matches!(peer, Peer::Group(id) if id.same(&group.id).is_yes()))
    };
    let all = &view.network.groups;
    let mut found: Vec<&Group> = all.iter().filter(|group| !is_worn(group)).collect();
    if found.is_empty() {
        found = all.iter().filter(|group| lets_in_itself(group)).collect();
    }
    let name = |group: &Group| format!("a task that wears {}", group.name);
    found.into_iter().map(|group| (name(group), group.place, vec![group.id.clone()])).collect()
}

fn by_name(view: &View<'_>, name: &str, start: Place) -> (String, Place, Vec<Value>) {
    let made = view.network.groups.iter().find(|group| group.name == name);
    let text = format!("a task that wears {name}");
    match made {
        Some(group) => (text, group.place, vec![group.id.clone()]),
        None => (text, start, vec![Value::text(start, Text::known(name))]),
    }
}

/// The subnets of interface endpoints in a VPC, each once; or those that lead to its gateway
/// endpoint, where they are others altogether.
fn subnets(view: &View<'_>, endpoints: &[&Endpoint], vpc: Option<&Value>) -> Vec<Value> {
    let mut subnets: Vec<Value> = Vec::new();
    let inside = endpoints.iter().filter(|endpoint| {
        endpoint.kind == EndpointType::Interface && !View::same(endpoint.vpc.as_ref(), vpc).is_no()
    });
    for subnet in inside.flat_map(|one| one.subnets.iter().flat_map(|all| all.entries())) {
        if !subnets.iter().any(|known| known.same(subnet).is_yes()) {
            subnets.push(subnet.clone());
        }
    }
    let tables: Vec<&Value> = endpoints
        .iter()
        .filter(|endpoint| !View::same(endpoint.vpc.as_ref(), vpc).is_no())
        .flat_map(|one| one.route_tables.iter().flat_map(|all| all.entries()))
        .collect();
    let leads = |one: &&Association| tables.iter().any(|table| table.same(&one.table).is_yes());
    let led: Vec<&Value> =
        view.network.associations.iter().filter(leads).map(|one| &one.subnet).collect();
    let is_led = |subnet: &Value| led.iter().any(|other| other.same(subnet).is_yes());
    let elsewhere = subnets.iter().all(|subnet| view.subnet(subnet).is_some() && !is_led(subnet));
    if elsewhere && !led.is_empty() {
        return led.into_iter().cloned().collect();
    }
    subnets
}

/// What a task may need of the services whose endpoints are there.
pub(super) fn needs(view: &View<'_>) -> BTreeSet<Need> {
    let services = [
        (Need::Logs, "logs"),
        (Need::Secrets, "secretsmanager"),
        (Need::Parameters, "ssm"),
        (Need::Kms, "kms"),
        (Need::Exec, "ssmmessages"),
    ];
    let has = |name: &str| {
        let Ok(wanted) = name.parse::<Service>() else { return false };
        let mut names = view.network.endpoints.iter().filter_map(|one| one.service.as_ref());
        names.any(|name| service::is(name, &wanted).is_yes())
    };
    services.into_iter().filter(|(_, name)| has(name)).map(|(need, _)| need).collect()
}
