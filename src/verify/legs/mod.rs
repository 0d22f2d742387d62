//! The ways from a task to what it needs, with what speaks for and against each step.

mod acls;
mod asks;
mod endpoint;
mod gateway;
mod missing;
mod public;
mod volume;
mod wants;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{Claim, Evidence};
use super::network::{Direction, Endpoint, EndpointType, Subnet, Task, Vpc, prefix};
use super::rules::{Rules, rules_of};
use super::sets::Numbers;
use super::view::View;
use super::work::PATH;
use super::{Aspect, Leg, Need, Origin, Path, Step, TaskLegs, Via};
use crate::aws::Service;
use crate::cloudformation::{Made, Text, Unknown, Value};
use crate::truth::Truth;
pub(super) use public::{Table, leads_out, table_of};
use wants::{Reach, Want};

/// The legs of a task. `asked` are needs that a task has which stands in no template.
pub(super) fn legs(view: &View<'_>, task: &Task, asked: &BTreeSet<Need>) -> TaskLegs {
    let wants = wants::wants(view, task, asked);
    let scenes = scenes(view, task);
    let worn = Worn::of(view, task);
    let interfaces = interfaces(view, &wants, &scenes);
    let legs = wants
        .iter()
        .map(|want| {
            let origins = scenes.iter().map(|scene| {
                let from = From { view, task, scene, worn: &worn, interfaces };
                let paths = match &want.reach {
                    _ if !view.work.spend(PATH) => vec![given_up(view)],
                    Reach::Interface(service) => endpoint::paths(&from, want, service),
                    Reach::S3 => gateway::paths(&from, want),
                    Reach::Internet(image) => public::to_registry(&from, want, image),
                    Reach::FileSystem(id) => vec![volume::path(&from, id)],
                };
                Origin { subnet: scene.name.clone(), paths }
            });
            Leg { need: want.need, target: want.target.clone(), origins: origins.collect() }
        })
        .collect();
    TaskLegs {
        task: task.name.clone(),
        place: task.place,
        asked: task.asked,
        groups: task.groups.clone(),
        legs,
    }
}

/// A way that is not looked at.
fn given_up(view: &View<'_>) -> Path {
    let step = Step { aspect: Aspect::Way, evidence: view.work.given_up() };
    Path { via: Via::Endpoint, by: String::new(), steps: vec![step] }
}

/// A task in one of its subnets.
struct From<'a> {
    view: &'a View<'a>,
    task: &'a Task,
    scene: &'a Scene<'a>,
    worn: &'a Worn<'a>,
    /// How many interfaces the endpoints that the task needs have.
    interfaces: Interfaces,
}

/// A subnet that a task may be placed in.
struct Scene<'a> {
    /// For people.
    name: String,
    id: Value,
    /// Where it is made here.
    subnet: Option<&'a Subnet>,
    /// The VPC it is in; `None` where nothing tells.
    vpc: Option<Value>,
    /// Where that is made here.
    made_vpc: Option<&'a Vpc>,
    /// The addresses of the subnet, and of the VPC, where they are known.
    addresses: Option<Numbers>,
    vpc_addresses: Option<Numbers>,
    /// What the prefixes of the subnet and of the VPC are written as.
    written: Vec<Value>,
    /// What had to be taken on trust.
    assumed: Vec<Claim>,
}

/// The groups that a task wears.
struct Worn<'a> {
    groups: Vec<Value>,
    egress: Rules<'a>,
    /// It wears the VPC's default group, which lets everything out.
    default: bool,
    /// It is a question about a task whose group is made elsewhere and allows what is needed.
    elsewhere: bool,
    /// What was found of the way out to an endpoint from a VPC, by their ids.
    to_endpoints: RefCell<BTreeMap<[Option<Text>; 2], Evidence>>,
}

impl<'a> Worn<'a> {
    fn of(view: &View<'a>, task: &Task) -> Worn<'a> {
        let groups = task.groups.clone().unwrap_or_default();
        Worn {
            egress: rules_of(view, &groups, Direction::Egress),
            default: task.groups.is_none(),
            elsewhere: task.asked && task.groups.as_ref().is_some_and(Vec::is_empty),
            groups,
            to_endpoints: RefCell::default(),
        }
    }
}

/// The subnets of a task; at least one.
fn scenes<'a>(view: &View<'a>, task: &Task) -> Vec<Scene<'a>> {
    let mut subnets = task.subnets.clone();
    if subnets.is_empty() {
        let unknown = Unknown {
            key: "the tasks' subnets".into(),
            name: "the tasks' subnets".into(),
            why: "the tasks' subnets are not given".into(),
            many: true,
        };
        subnets.push(Value::text(task.place, Text::unknown(unknown)));
    }
    subnets.into_iter().map(|id| scene(view, task, id)).collect()
}

fn scene<'a>(view: &View<'a>, task: &Task, id: Value) -> Scene<'a> {
    let subnet = view.subnet(&id);
    let hidden = view.network.hidden.iter().map(|one| {
        Claim::at(one.place, format!("nothing that matters is made out of sight: {}", one.why))
    });
    let taken = view.evaluated.taken.iter();
    let taken = taken.map(|(place, text)| Claim::at(*place, text.as_str()));
    let mut assumed: Vec<Claim> = hidden.chain(taken).collect();
    let vpc = subnet.and_then(|subnet| subnet.vpc.clone()).or_else(|| {
        // The groups of an interface are of the VPC of its subnet, or EC2 would refuse it.
        let of_group =
            task.groups.iter().flatten().find_map(|group| view.group(group)?.vpc.clone());
        let vpc = of_group.or_else(|| only_vpc(view));
        if let Some(vpc) = &vpc {
            assumed.push(Claim::at(id.place, format!("{id} is in {vpc}")));
        }
        vpc
    });
    let made_vpc = vpc.as_ref().and_then(|vpc| view.vpc(vpc));
    let cidr = subnet.and_then(|subnet| subnet.cidr.clone());
    let mut written: Vec<Value> = cidr.iter().cloned().collect();
    if let Some([only]) = made_vpc.map(|vpc| vpc.cidrs.as_slice()) {
        written.push(only.clone());
    }
    Scene {
        name: id.to_string(),
        addresses: cidr.as_ref().and_then(prefix).map(Numbers::of_prefix),
        vpc_addresses: made_vpc.and_then(|vpc| view.vpc_addresses(vpc)),
        subnet,
        made_vpc,
        vpc,
        written,
        assumed,
        id,
    }
}

/// The VPC of the endpoints, if all of them are in one.
fn only_vpc(view: &View<'_>) -> Option<Value> {
    let mut vpcs = view.network.endpoints.iter().filter_map(|endpoint| endpoint.vpc.as_ref());
    let first = vpcs.next()?;
    vpcs.all(|vpc| vpc.same(first).is_yes()).then(|| first.clone())
}

/// How many interfaces rules for single addresses have to name.
#[derive(Clone, Copy)]
struct Interfaces {
    /// Of all endpoints that are needed, in all of their subnets; at least.
    all: usize,
    /// Endpoints that are needed.
    endpoints: usize,
}

fn interfaces(view: &View<'_>, wants: &[Want], scenes: &[Scene<'_>]) -> Interfaces {
    let mut counted: Vec<&Endpoint> = Vec::new();
    for want in wants {
        let Reach::Interface(service) = &want.reach else { continue };
        for scene in scenes {
            for (endpoint, truth) in candidates(view, service, scene) {
                let known = counted.iter().any(|other| std::ptr::eq(*other, endpoint));
                if truth.is_yes() && !known {
                    counted.push(endpoint);
                }
            }
        }
    }
    let of = |endpoint: &Endpoint| {
        endpoint.subnets.as_ref().map_or(0, |subnets| subnets.entries().len())
    };
    Interfaces { all: counted.iter().map(|endpoint| of(endpoint)).sum(), endpoints: counted.len() }
}

/// The endpoints that are, or may be, for a service in the VPC of a subnet.
fn candidates<'a>(
    view: &View<'a>,
    service: &Service,
    scene: &Scene<'_>,
) -> Vec<(&'a Endpoint, Truth)> {
    let endpoints = view.network.endpoints.iter();
    let truths = endpoints.map(|endpoint| {
        let of_service =
            endpoint.service.as_ref().map_or(Truth::No, |name| super::service::is(name, service));
        let in_vpc = View::same(endpoint.vpc.as_ref(), scene.vpc.as_ref());
        let made = match endpoint.made {
            Made::Surely => Truth::Yes,
            Made::Perhaps(_) => Truth::Unknown,
        };
        (endpoint, of_service.and(in_vpc).and(made))
    });
    truths.filter(|(_, truth)| !truth.is_no()).collect()
}

/// Why it cannot be told whether an endpoint is the one.
fn why_perhaps(endpoint: &Endpoint, scene: &Scene<'_>) -> String {
    if let Made::Perhaps(unknown) = &endpoint.made {
        return unknown.why.to_string();
    }
    let service = endpoint.service.as_ref().and_then(|name| name.as_text()?.why());
    let vpc = || {
        let theirs = endpoint.vpc.as_ref().and_then(|vpc| vpc.as_text()?.why());
        theirs.or_else(|| scene.vpc.as_ref().and_then(|vpc| vpc.as_text()?.why()))
    };
    let is_known = endpoint.service.as_ref().is_some_and(|name| name.as_known().is_some());
    let why = if is_known { vpc() } else { service.or_else(vpc) };
    why.map_or_else(|| "its VPC is not known".to_owned(), |why| why.into_owned())
}

/// A way that leads to what is taken to be there.
fn holds(claim: Claim) -> Evidence {
    Evidence::Holds(claim)
}

/// Whether the VPC resolves names at all.
fn resolves(scene: &Scene<'_>) -> Evidence {
    use super::evidence::Failing;
    use crate::diagnostic::Code;
    let Some(vpc) = scene.made_vpc else {
        let name = scene.vpc.as_ref().map_or_else(|| "the VPC".to_owned(), ToString::to_string);
        let place = scene.vpc.as_ref().map(|vpc| vpc.place);
        return Evidence::Assumed(Claim { text: format!("{name} has DNS support on"), place });
    };
    let support = &vpc.dns_support;
    match support.truth {
        Truth::Yes => holds(Claim::at(support.place, format!("{} has DNS support on", vpc.id))),
        Truth::Unknown => Evidence::Open(Claim::at(
            support.place,
            format!("whether {} has DNS support on", vpc.id),
        )),
        Truth::No => Failing::fault(
            Code::VpcDnsSupportOff,
            Claim::at(
                support.place,
                format!("{} has DNS support off, so no name resolves", vpc.id),
            ),
        )
        .help("EnableDnsSupport: true")
        .into(),
    }
}

/// Whether an endpoint is of a type.
fn is_type(endpoint: &Endpoint, wanted: EndpointType) -> Truth {
    match endpoint.kind {
        EndpointType::Unknown => Truth::Unknown,
        kind => (kind == wanted).into(),
    }
}
