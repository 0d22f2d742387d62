//! A network in which nothing is wrong, for tests to break in one respect each.

use super::super::work::Work;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Fault, lint};
use crate::aws::Region;
use crate::cloudformation::{Evaluated, Field, Kind, Made, Place, Resource, Text, Unknown, Value};
use crate::diagnostic::Code;
use crate::truth::Truth;
use crate::verify::TaskLegs;
use crate::verify::facts::Facts;
use crate::verify::network::*;
use crate::verify::texts::written;
use crate::verify::view::View;

/// What is broken, how, and the findings that come of it.
pub(super) type Case = (&'static str, fn(&mut Network, &mut Evaluated), &'static [Code]);

/// Each case has exactly its findings, and without a case there are none.
pub(super) fn check(cases: &[Case]) {
    let good = faults(|_, _| {});
    assert!(good.is_empty(), "{good:#?}");
    for (name, change, expected) in cases {
        let found = faults(change);
        let codes: Vec<Code> = found.iter().map(|fault| fault.code).collect();
        assert_eq!(codes, *expected, "{name}: {found:#?}");
        for fault in &found {
            let first = fault.message.chars().next().unwrap();
            assert!(!first.is_uppercase() || fault.message.starts_with('`'), "{}", fault.message);
            assert!(!fault.message.ends_with('.') && !fault.label.is_empty(), "{fault:?}");
        }
    }
}

/// The findings of what is made by a change to the good network.
pub(super) fn faults(change: impl Fn(&mut Network, &mut Evaluated)) -> Vec<Fault> {
    let (mut network, mut evaluated) = good();
    change(&mut network, &mut evaluated);
    let (asked, tasks) = network.tasks.drain(..).partition(|task| task.asked);
    network.tasks = tasks;
    let asked: Vec<Task> = asked;
    let judged: Vec<(Task, TaskLegs)> = network.tasks.iter().chain(&asked).map(judged).collect();
    let facts = Facts::default();
    let (work, made) = (Work::new(), super::super::view::ById::of(&network));
    let view = View {
        network: &network,
        evaluated: &evaluated,
        facts: &facts,
        existing: &[],
        work: &work,
        made: &made,
    };
    lint(&view, &judged)
}

fn judged(task: &Task) -> (Task, TaskLegs) {
    let Task { name, place, asked, .. } = task.clone();
    let groups = task.groups.clone();
    (task.clone(), TaskLegs { task: name, place, asked, groups, legs: Vec::new() })
}

/// The next place of the first file.
pub(super) fn place() -> Place {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let start = NEXT.fetch_add(1, Ordering::Relaxed);
    Place { file: 0, start, end: start + 1 }
}

/// A text as [`written`] has it.
pub(super) fn text(form: &str) -> Value {
    Value::text(place(), written(form))
}

/// A list of such texts.
pub(super) fn list(forms: &[&str]) -> Value {
    Value { place: place(), kind: Kind::List(forms.iter().map(|form| text(form)).collect()) }
}

/// A list of unknown length.
pub(super) fn any_list(key: &str) -> Value {
    let unknown = Unknown { key: key.into(), name: key.into(), why: "unknown".into(), many: true };
    Value::text(place(), Text::unknown(unknown))
}

/// A map.
pub(super) fn map(fields: Vec<(&str, Value)>) -> Value {
    let field =
        |(key, value): (&str, Value)| Field { key: key.to_owned(), key_place: place(), value };
    Value { place: place(), kind: Kind::Map(fields.into_iter().map(field).collect()) }
}

/// A resource.
pub(super) fn resource(id: &str, kind: &str, fields: Vec<(&str, Value)>) -> Resource {
    Resource {
        file: 0,
        id: id.into(),
        place: place(),
        kind: kind.to_owned(),
        made: Made::Surely,
        properties: map(fields),
        names: BTreeSet::new(),
    }
}

/// What is made only perhaps.
pub(super) fn perhaps() -> Made {
    Made::Perhaps(Unknown {
        key: "condition C".into(),
        name: "C".into(),
        why: "unknown".into(),
        many: false,
    })
}

fn setting(truth: Truth) -> Setting {
    Setting { truth, place: place(), given: true }
}

/// A VPC.
pub(super) fn vpc(id: &str) -> Vpc {
    Vpc {
        id: text(id),
        made: Made::Surely,
        cidrs: vec![text("10.0.0.0/16")],
        dns_support: setting(Truth::Yes),
        dns_hostnames: setting(Truth::Yes),
        foreign_name_servers: None,
    }
}

/// A subnet of the VPC.
pub(super) fn subnet(id: &str, zone: &str) -> Subnet {
    Subnet {
        id: text(id),
        made: Made::Surely,
        vpc: Some(text("<Vpc>")),
        cidr: None,
        zone: Some(text(zone)),
    }
}

/// An interface endpoint that is as it should be.
pub(super) fn interface(name: &str, service: &str) -> Endpoint {
    Endpoint {
        id: text(&format!("<{name}>")),
        name: name.to_owned(),
        made: Made::Surely,
        service: Some(text(service)),
        kind: EndpointType::Interface,
        kind_place: Some(place()),
        vpc: Some(text("<Vpc>")),
        private_dns: setting(Truth::Yes),
        for_all_resolvers: Truth::No,
        subnets: Some(list(&["<SubnetA>", "<SubnetC>"])),
        groups: Some(list(&["<EndpointGroup>"])),
        route_tables: None,
        policy: None,
        service_region: None,
        place: place(),
    }
}

/// A gateway endpoint that is as it should be.
pub(super) fn gateway(name: &str, service: &str) -> Endpoint {
    Endpoint {
        kind: EndpointType::Gateway,
        private_dns: Setting { truth: Truth::No, place: place(), given: false },
        for_all_resolvers: Truth::No,
        subnets: None,
        groups: None,
        route_tables: Some(list(&["<Table>"])),
        ..interface(name, service)
    }
}

/// A rule for TCP.
pub(super) fn rule(port: u16, peer: Peer) -> Rule {
    Rule {
        place: place(),
        made: Made::Surely,
        form: RuleForm::Inline,
        traffic: Traffic::Ports { protocol: 6, from: port, to: port },
        peer,
        description: None,
    }
}

/// A prefix as a peer.
pub(super) fn prefix(of: &str) -> Peer {
    Peer::Prefix(of.parse().unwrap(), text(of))
}

/// A group of the VPC.
pub(super) fn group(name: &str, ingress: Vec<Rule>, egress: Vec<Rule>) -> Group {
    let id = format!("<{name}>");
    Group {
        id: text(&id),
        name: name.to_owned(),
        made: Made::Surely,
        place: place(),
        vpc: Some(text("<Vpc>")),
        ingress,
        egress,
    }
}

/// A service that runs a definition.
pub(super) fn service(name: &str, definition: Definition) -> Task {
    Task {
        name: format!("service {name}"),
        place: place(),
        made: Made::Surely,
        asked: false,
        subnets: vec![text("<SubnetA>"), text("<SubnetC>")],
        groups: Some(vec![text("<TaskGroup>")]),
        public_address: setting(Truth::No),
        platform_version: Some(text("1.4.0")),
        exec: setting(Truth::No),
        exec_configuration: None,
        definition: Ok(definition),
        waits_for: ["Api", "Dkr", "S3"].map(str::to_owned).to_vec(),
    }
}

/// A definition of one container.
pub(super) fn definition(name: &str) -> Definition {
    Definition {
        id: text(&format!("<{name}>")),
        name: name.to_owned(),
        place: place(),
        containers: vec![Container {
            name: "app".to_owned(),
            place: place(),
            image: Some(text("012345678901.dkr.ecr.ap-northeast-1.amazonaws.com/app:1")),
            secrets: Vec::new(),
            repository_credentials: None,
            environment_files: Vec::new(),
            log_driver: None,
            log_options: None,
            log_secrets: Vec::new(),
            firelens_options: None,
        }],
        unknown_containers: None,
        execution_role: Some(text("{attribute 0 Role Arn}")),
        task_role: None,
        efs: Vec::new(),
        network_mode: Some(text("awsvpc")),
        operating_system: None,
    }
}

/// Tasks in Tokyo with the three endpoints of a pull; nothing is wrong with it.
fn good() -> (Network, Evaluated) {
    let task_rules = vec![
        rule(443, Peer::Group(text("<EndpointGroup>"))),
        rule(443, Peer::PrefixList(text("pl-61a54008"))),
    ];
    let network = Network {
        region: Region::named("ap-northeast-1"),
        vpcs: vec![vpc("<Vpc>")],
        subnets: vec![
            subnet("<SubnetA>", "ap-northeast-1a"),
            subnet("<SubnetC>", "ap-northeast-1c"),
        ],
        endpoints: vec![
            interface("Api", "com.amazonaws.ap-northeast-1.ecr.api"),
            interface("Dkr", "com.amazonaws.ap-northeast-1.ecr.dkr"),
            gateway("S3", "com.amazonaws.ap-northeast-1.s3"),
        ],
        groups: vec![
            group("EndpointGroup", vec![rule(443, prefix("10.0.0.0/16"))], vec![]),
            group("TaskGroup", vec![], task_rules),
        ],
        tasks: vec![service("Web", definition("Definition"))],
        ..Network::default()
    };
    let evaluated = Evaluated {
        resources: Vec::new(),
        region: Text::known("ap-northeast-1"),
        account: Text::known("012345678901"),
        partition: Text::known("aws"),
        hidden: Vec::new(),
        notes: Vec::new(),
        taken: Vec::new(),
    };
    (network, evaluated)
}
