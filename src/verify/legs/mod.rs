//! The ways from a task to what it needs, with what speaks for and against each step.

mod acls;
mod asks;
mod blocks;
mod endpoint;
mod gateway;
mod missing;
mod names;
mod public;
mod secrets;
mod volume;
mod want;
mod wants;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::admits::Interfaces;
use super::evidence::{Claim, Evidence, Failing};
use super::network::{Direction, Endpoint, EndpointType, Subnet, Task, Vpc, default_group, prefix};
use super::rules::{Rules, rules_of};
use super::sets::Numbers;
use super::view::View;
use super::work::PATH;
use super::{Aspect, Leg, Need, Origin, Path, Step, TaskLegs, Via};
use crate::aws::Service;
use crate::cloudformation::{Made, Resource, Text, Unknown, Value};
use crate::diagnostic::Code;
use crate::truth::Truth;
pub(super) use public::{Table, leads_out, table_of};
use want::{Reach, Want};

/// The legs of a task. `asked` are needs that a task has which stands in no template.
pub(super) fn legs(view: &View<'_>, task: &Task, asked: &BTreeSet<Need>) -> TaskLegs {
    let wants = wants::wants(view, task, asked);
    let subnets = subnets(view, task);
    // The interfaces of a task wear the same groups, so its subnets are in one VPC.
    let vpc = subnets.iter().find_map(|subnet| subnet.vpc.as_ref());
    let worn = Worn::of(view, task, vpc);
    let count = InterfaceCount::of(view, &wants, &subnets);
    let legs = wants
        .iter()
        .map(|want| {
            let origins = subnets.iter().map(|subnet| {
                let from = Placement { view, task, subnet, worn: &worn, count };
                if let Some(evidence) = never_mind_the_way(&from) {
                    let steps = vec![Step { aspect: Aspect::Way, evidence }];
                    let path = Path { via: Via::Endpoint, by: String::new(), steps };
                    return Origin { subnet: subnet.name.clone(), paths: vec![path] };
                }
                let by_fargate = match want.need {
                    Need::RegistryAuth => by_fargate(&from, want),
                    _ => None,
                };
                if let Some((Truth::Yes, path)) = by_fargate {
                    return Origin { subnet: subnet.name.clone(), paths: vec![path] };
                }
                let mut paths = match &want.reach {
                    _ if !view.work.spend(PATH) => vec![given_up(view)],
                    Reach::Interface(service) => endpoint::paths(&from, want, service),
                    Reach::S3 => gateway::paths(&from, want),
                    Reach::Public(failing) => public::to_elsewhere(&from, want, failing),
                    Reach::FileSystem(id) => vec![volume::path(&from, id)],
                };
                paths.extend(by_fargate.map(|(_, path)| path));
                Origin { subnet: subnet.name.clone(), paths }
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

/// What comes before every way from a subnet: that EC2 refuses to put the task there, or that it
/// pulls from there as nobody knows.
fn never_mind_the_way(from: &Placement<'_>) -> Option<Evidence> {
    other_vpc(from).or_else(|| without_ipv4(from.view, from.subnet))
}

/// A group of the task, or a route table of its subnet, that is in another VPC than the subnet.
fn other_vpc(from: &Placement<'_>) -> Option<Evidence> {
    let (view, subnet) = (from.view, from.subnet);
    let vpc = subnet.made?.vpc.as_ref()?;
    let groups = from.task.groups.iter().flatten();
    let groups = groups.filter_map(|group| Some((group, view.group(group)?.vpc.as_ref()?)));
    let table = match public::associated_with(view, &subnet.id) {
        public::Associated::Surely(table) => Some(table),
        _ => None,
    };
    let tables = table.into_iter().filter_map(|table| {
        let made = view.network.route_tables.iter().find(|one| one.id.same(table).is_yes())?;
        Some((table, made.vpc.as_ref()?))
    });
    let (what, of) = groups.chain(tables).find(|(_, of)| of.same(vpc).is_no())?;
    let text = format!("{} is in {vpc}, and {what} in {of}, so EC2 refuses it", subnet.name);
    let failing = Failing::fault(Code::OtherVpc, Claim::at(what.place, text));
    Some(
        failing
            .help("take the subnets, their route tables and the tasks' groups from one VPC")
            .into(),
    )
}

/// That a subnet has IPv6 addresses alone, over which nobody knows what is pulled.
fn without_ipv4(view: &View<'_>, subnet: &TaskSubnet<'_>) -> Option<Evidence> {
    let properties = &resource(view, &subnet.made?.id)?.properties;
    let has = |keys: [&str; 2]| keys.into_iter().any(|key| properties.get(key).is_some());
    let native = properties.get("Ipv6Native").map_or(Truth::No, Value::truth);
    let none = !has(["CidrBlock", "Ipv4IpamPoolId"]) && has(["Ipv6CidrBlock", "Ipv6IpamPoolId"]);
    let text = match native.or(none.into()) {
        Truth::No => return None,
        Truth::Yes => format!("whether tasks pull from {}, which has no IPv4 address", subnet.name),
        Truth::Unknown => format!("whether {} has IPv4 addresses", subnet.name),
    };
    Some(Evidence::Open(Claim::at(subnet.id.place, text)))
}

/// The resource whose id a value is.
fn resource<'a>(view: &View<'a>, id: &Value) -> Option<&'a Resource> {
    view.evaluated.resource(id.as_created()?)
}

/// The login by Fargate itself, past the VPC, of tasks on an old platform version.
fn by_fargate(from: &Placement<'_>, want: &Want) -> Option<(Truth, Path)> {
    let version = from.task.platform_version.as_ref()?;
    let claim = |text: String| Claim::at(version.place, text);
    let truth = from.task.logs_in_by_fargate();
    let way = match truth {
        Truth::No => return None,
        Truth::Yes => holds(claim(format!("platform version {version} logs in past the VPC"))),
        Truth::Unknown => Evidence::Open(claim(format!(
            "whether platform version {version} is one before 1.4.0, which logs in past the VPC"
        ))),
    };
    let role = want.role(from.view, from.task);
    let steps = [(Aspect::Way, way), (Aspect::Role, role)];
    let steps = steps.map(|(aspect, evidence)| Step { aspect, evidence });
    Some((truth, Path { via: Via::Fargate, by: String::new(), steps: steps.into() }))
}

/// A way that is not looked at.
fn given_up(view: &View<'_>) -> Path {
    let step = Step { aspect: Aspect::Way, evidence: view.work.given_up() };
    Path { via: Via::Endpoint, by: String::new(), steps: vec![step] }
}

/// A task that is placed in one of its subnets.
struct Placement<'a> {
    view: &'a View<'a>,
    task: &'a Task,
    subnet: &'a TaskSubnet<'a>,
    worn: &'a Worn<'a>,
    /// How many interfaces the endpoints that the task needs have.
    count: InterfaceCount,
}

/// A subnet that a task may be placed in.
struct TaskSubnet<'a> {
    /// For people.
    name: String,
    id: Value,
    /// Where it is made here.
    made: Option<&'a Subnet>,
    /// The VPC it is in; `None` where nothing tells.
    vpc: Option<Value>,
    /// Where that is made here.
    made_vpc: Option<&'a Vpc>,
    /// The addresses of the subnet, and of the VPC, where they are known.
    addresses: Option<Numbers>,
    vpc_addresses: Option<Numbers>,
    /// What had to be taken on trust.
    assumed: Vec<Claim>,
}

/// The groups that a task wears.
struct Worn<'a> {
    groups: Vec<Value>,
    egress: Rules<'a>,
    /// It wears the default group of a VPC that is made elsewhere.
    default: bool,
    /// It is a question about a task whose group is made elsewhere and allows what is needed.
    elsewhere: bool,
    /// What was found of the way out to an endpoint from a VPC, by their ids.
    to_endpoints: RefCell<BTreeMap<[Option<Text>; 2], Evidence>>,
}

impl<'a> Worn<'a> {
    fn of(view: &View<'a>, task: &Task, vpc: Option<&Value>) -> Worn<'a> {
        let default = || vpc.map(default_group).into_iter().collect();
        let groups: Vec<Value> = task.groups.clone().unwrap_or_else(default);
        let is_made = |group: &Value| view.group(group).is_some();
        Worn {
            egress: rules_of(view, &groups, Direction::Egress),
            default: task.groups.is_none() && !groups.iter().any(is_made),
            elsewhere: task.asked && task.groups.as_ref().is_some_and(Vec::is_empty),
            groups,
            to_endpoints: RefCell::default(),
        }
    }
}

/// The subnets of a task; at least one.
fn subnets<'a>(view: &View<'a>, task: &Task) -> Vec<TaskSubnet<'a>> {
    let mut ids = task.subnets.clone();
    if ids.is_empty() {
        let unknown = Unknown {
            key: "the tasks' subnets".into(),
            name: "the tasks' subnets".into(),
            why: "the tasks' subnets are not given".into(),
            many: true,
        };
        ids.push(Value::text(task.place, Text::unknown(unknown)));
    }
    ids.into_iter().map(|id| subnet(view, task, id)).collect()
}

fn subnet<'a>(view: &View<'a>, task: &Task, id: Value) -> TaskSubnet<'a> {
    let made = view.subnet(&id);
    let hidden = view.network.hidden.iter().map(|one| {
        Claim::at(one.place, format!("nothing that matters is made out of sight: {}", one.why))
    });
    let taken = view.evaluated.taken.iter();
    let taken = taken.map(|(place, text)| Claim::at(*place, text.as_str()));
    let mut assumed: Vec<Claim> = hidden.chain(taken).collect();
    let vpc = made.and_then(|made| made.vpc.clone()).or_else(|| {
        // The groups of an interface are of the VPC of its subnet, or EC2 would refuse it.
        let of_group =
            task.groups.iter().flatten().find_map(|group| view.group(group)?.vpc.clone());
        let vpc = of_group.or_else(|| only_vpc(view));
        if let Some(vpc) = &vpc {
            // Where none is given they are spoken of together.
            let verb = if task.subnets.is_empty() { "are" } else { "is" };
            assumed.push(Claim::at(id.place, format!("{id} {verb} in {vpc}")));
        }
        vpc
    });
    let made_vpc = vpc.as_ref().and_then(|vpc| view.vpc(vpc));
    TaskSubnet {
        name: id.to_string(),
        addresses: made.and_then(|one| prefix(one.cidr.as_ref()?)).map(Numbers::of_prefix),
        vpc_addresses: made_vpc.and_then(|vpc| view.vpc_addresses(vpc)),
        made,
        made_vpc,
        vpc,
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
struct InterfaceCount {
    /// Of all endpoints that are needed, in all of their subnets; at least.
    all: usize,
    /// Endpoints that are needed: in one subnet each has one interface.
    endpoints: usize,
}

impl InterfaceCount {
    fn of(view: &View<'_>, wants: &[Want], subnets: &[TaskSubnet<'_>]) -> InterfaceCount {
        let mut counted: BTreeMap<Option<&Text>, usize> = BTreeMap::new();
        for want in wants {
            let Reach::Interface(service) = &want.reach else { continue };
            for subnet in subnets {
                let found = candidates(view, service, subnet).into_iter();
                for (endpoint, _) in found.filter(|(_, truth)| truth.is_yes()) {
                    let interfaces = endpoint.subnets.as_ref().map_or(0, |one| one.entries().len());
                    counted.insert(endpoint.id.as_text(), interfaces);
                }
            }
        }
        InterfaceCount { all: counted.values().sum(), endpoints: counted.len() }
    }
}

impl Placement<'_> {
    /// What is taken on trust of the way out where the task's groups are not made here.
    fn trusted_out(&self, port: u16, to: &str) -> Option<Evidence> {
        let claim = if self.worn.elsewhere {
            Claim::new(format!("the tasks' own group lets out TCP {port} to {to}"))
        } else if self.worn.default {
            let text = "the VPC's default group, which the task wears, lets everything out";
            Claim::at(self.task.place, text)
        } else {
            return None;
        };
        Some(Evidence::Assumed(claim))
    }

    /// Interfaces in a subnet of the VPC, as rules see them.
    fn interfaces(&self, name: String, subnet: Option<&Value>, groups: Vec<Value>) -> Interfaces {
        let cidr = subnet.and_then(|id| self.view.subnet(id)?.cidr.clone());
        Interfaces {
            name,
            groups,
            addresses: cidr.as_ref().and_then(prefix).map(Numbers::of_prefix),
            vpc: self.subnet.vpc_addresses.clone(),
            written: cidr.into_iter().chain(only_cidr(self.subnet.made_vpc)).collect(),
            hosts: None,
        }
    }

    /// The task's own interface, as rules see it, with the groups that it wears.
    fn own_interface(&self, groups: Vec<Value>) -> Interfaces {
        self.interfaces(format!("tasks in {}", self.subnet.name), Some(&self.subnet.id), groups)
    }
}

/// What the prefix of a VPC is written as, if it has one alone.
fn only_cidr(vpc: Option<&Vpc>) -> Option<Value> {
    match vpc?.cidrs.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// The endpoints that are, or may be, for a service in the VPC of a subnet.
fn candidates<'a>(
    view: &View<'a>,
    service: &Service,
    subnet: &TaskSubnet<'_>,
) -> Vec<(&'a Endpoint, Truth)> {
    let endpoints = view.network.endpoints.iter();
    let truths = endpoints.map(|endpoint| {
        let of_service =
            endpoint.service.as_ref().map_or(Truth::No, |name| super::service::is(name, service));
        let in_vpc = View::same(endpoint.vpc.as_ref(), subnet.vpc.as_ref());
        (endpoint, of_service.and(in_vpc).and(endpoint.made.truth()))
    });
    truths.filter(|(_, truth)| !truth.is_no()).collect()
}

/// Why it cannot be told whether an endpoint is the one.
fn why_perhaps(endpoint: &Endpoint, subnet: &TaskSubnet<'_>) -> String {
    if let Made::Perhaps(unknown) = &endpoint.made {
        return unknown.why.to_string();
    }
    let service = endpoint.service.as_ref().and_then(|name| name.as_text()?.why());
    let vpc = || {
        let theirs = endpoint.vpc.as_ref().and_then(|vpc| vpc.as_text()?.why());
        theirs.or_else(|| subnet.vpc.as_ref().and_then(|vpc| vpc.as_text()?.why()))
    };
    let is_known = endpoint.service.as_ref().is_some_and(|name| name.as_known().is_some());
    let why = if is_known { vpc() } else { service.or_else(vpc) };
    why.map_or_else(|| "its VPC is not known".to_owned(), |why| why.into_owned())
}

/// A way that leads to what is taken to be there.
fn holds(claim: Claim) -> Evidence {
    Evidence::Holds(claim)
}

/// Whether an endpoint is of a type.
fn is_type(endpoint: &Endpoint, wanted: EndpointType) -> Truth {
    match endpoint.kind {
        EndpointType::Unknown => Truth::Unknown,
        kind => (kind == wanted).into(),
    }
}
