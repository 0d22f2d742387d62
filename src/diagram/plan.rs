//! The picture of a plan: what its groups allow, which is all that they allow.

use super::{
    Flow, FlowKind, Group, Label, MOST_ROWS, MOST_SUBNETS, Panel, Picture, Row, Section, Stop,
    StopKind, Task, and, at_most, count, width,
};
use crate::aws::{Region, Service};
use crate::plan::{
    Direction, Endpoint, EndpointKind, List, Peer, Plan, RegionMap, Rule, SecurityGroup, Traffic,
    Value,
};

/// The picture of a plan in one of its regions. Where none is given and it has several, what
/// differs between them is named and not told.
pub fn of_plan(plan: &Plan, region: Option<&'static Region>) -> Picture {
    let region = region.or(match &plan.regions[..] {
        [only] => Some(*only),
        _ => None,
    });
    let drawn = Drawn { plan, region };
    let (subnets, notes) = drawn.subnets();
    let sections = vec![drawn.interfaces(subnets.len()), drawn.others()];
    let sections: Vec<Section> =
        sections.into_iter().filter(|section| !section.rows.is_empty()).collect();
    let task = drawn.plan.groups.first();
    let panel = Panel {
        vpc: Label::new(drawn.value(&plan.vpc), drawn.prefixes()),
        region: region.map_or_else(|| "AWS".to_owned(), |region| format!("AWS {region}")),
        subnets,
        task: Task {
            name: "Fargate tasks".to_owned(),
            details: vec![format!("stack {}", plan.stack), "nothing is let in".to_owned()],
            group: task.map(|group| drawn.group(group)).unwrap_or_default(),
        },
        sections,
    };
    let regions: Vec<&str> = plan.regions.iter().map(|region| region.name).collect();
    let place = region.map_or_else(|| regions.join(", "), ToString::to_string);
    let lock = &plan.metadata.lock_digest;
    Picture {
        title: format!("{} · {place}", plan.stack),
        summary: drawn.summary(&panel),
        panels: vec![panel],
        notes,
        footer: format!(
            "stack {} · {place} · lock {} · fargate-egress {}",
            plan.stack,
            lock.get(..19).unwrap_or(lock),
            plan.metadata.version
        ),
    }
}

/// A plan in a region.
struct Drawn<'a> {
    plan: &'a Plan,
    region: Option<&'static Region>,
}

impl Drawn<'_> {
    fn value(&self, value: &Value) -> String {
        match value {
            Value::Literal(text) | Value::Sub(text) => text.clone(),
            Value::Ref(id) => format!("parameter {}", id.as_str()),
            Value::GroupId(id) => id.as_str().to_owned(),
            Value::Import(name) => format!("import {name}"),
            Value::PerRegion(key) => {
                let mapped = self
                    .region
                    .and_then(|region| self.plan.region_map.regions.get(region.name)?.get(key));
                mapped.map_or_else(|| key.as_str().to_owned(), |mapped| mapped.value.clone())
            }
        }
    }

    /// Whether a rule is there in this region.
    fn is_there(&self, rule: &Rule) -> bool {
        !matches!(&rule.peer, Peer::Ipv4(value) | Peer::Ipv6(value)
            if rule.condition.is_some() && self.value(value) == RegionMap::NONE)
    }

    fn peer(&self, peer: &Peer) -> String {
        match peer {
            Peer::Prefix(prefix) => prefix.to_string(),
            Peer::Ipv4(value)
            | Peer::Ipv6(value)
            | Peer::Group(value)
            | Peer::PrefixList(value) => self.value(value),
        }
    }

    /// How many addresses a peer has, where that is known.
    fn peer_width(&self, peer: &Peer) -> String {
        match peer {
            Peer::Prefix(prefix) => width(*prefix),
            Peer::Ipv4(value) | Peer::Ipv6(value) => {
                self.value(value).parse().map(width).unwrap_or_default()
            }
            Peer::Group(_) | Peer::PrefixList(_) => String::new(),
        }
    }

    /// What the VPC's prefixes are, as far as a rule names them.
    fn prefixes(&self) -> String {
        let named = self.rules(None, Direction::Ingress);
        let prefixes = named.filter(|rule| matches!(rule.peer, Peer::Prefix(_)));
        prefixes.map(|rule| self.peer(&rule.peer)).collect::<Vec<_>>().join(", ")
    }

    /// The rules of the endpoints' group, or of another one.
    fn rules<'a>(
        &'a self,
        group: Option<&'a SecurityGroup>,
        direction: Direction,
    ) -> impl Iterator<Item = &'a Rule> {
        let of = group.or(self.plan.groups.get(1));
        let inline = of.into_iter().flat_map(move |group| match direction {
            Direction::Ingress => &group.ingress,
            Direction::Egress => &group.egress,
        });
        // Rules are attached to the endpoints' group alone.
        let attached = self
            .plan
            .attached_rules
            .iter()
            .filter(move |attached| group.is_none() && attached.direction == direction);
        inline.chain(attached.map(|attached| &attached.rule)).filter(|rule| self.is_there(rule))
    }

    fn ingress(&self, group: Option<&SecurityGroup>) -> Vec<String> {
        let rules = self.rules(group, Direction::Ingress);
        rules
            .flat_map(|rule| {
                let width = self.peer_width(&rule.peer);
                let from = format!("{} from {}", traffic(rule.traffic), self.peer(&rule.peer));
                [from, width].into_iter().filter(|line| !line.is_empty())
            })
            .collect()
    }

    fn group(&self, group: &SecurityGroup) -> Group {
        Group { name: group.id.as_str().to_owned(), ingress: self.ingress(Some(group)) }
    }

    /// The group that the endpoints wear.
    fn endpoint_group(&self) -> Option<&Value> {
        let worn = self.plan.endpoints.iter().find_map(|endpoint| match &endpoint.kind {
            EndpointKind::Interface { groups, .. } => groups.first(),
            EndpointKind::Gateway { .. } => None,
        });
        let attached = || self.plan.attached_rules.first().map(|attached| &attached.group);
        worn.or_else(attached).or_else(|| {
            self.task_rules().find_map(|rule| match &rule.peer {
                Peer::Group(group) => Some(group),
                _ => None,
            })
        })
    }

    fn task_rules(&self) -> impl Iterator<Item = &Rule> {
        let task = self.plan.groups.first();
        task.into_iter().flat_map(|group| &group.egress).filter(|rule| self.is_there(rule))
    }

    /// The subnets of the interface endpoints, and what is said of those that have no lane.
    fn subnets(&self) -> (Vec<Label>, Vec<String>) {
        let lists = self.plan.endpoints.iter().filter_map(|endpoint| match &endpoint.kind {
            EndpointKind::Interface { subnets, .. } => Some(subnets),
            EndpointKind::Gateway { .. } => None,
        });
        let Some(list) = lists.into_iter().next() else { return (Vec::new(), Vec::new()) };
        let names: Vec<Label> = match list {
            List::Items(items) => {
                items.iter().map(|item| Label::new(self.value(item), "")).collect()
            }
            List::Ref(id) => vec![Label::new(id.as_str(), "a parameter: one or more subnets")],
            List::SplitImport(name) => vec![Label::new(name, "an import: one or more subnets")],
        };
        let (names, more) = at_most(names, MOST_SUBNETS);
        let note = format!("The endpoints are in {} more.", count(more, "subnet"));
        (names, if more > 0 { vec![note] } else { Vec::new() })
    }

    /// The services with an interface endpoint, made here or elsewhere.
    fn services(&self) -> Vec<(&Service, Option<&Endpoint>)> {
        let existing = self.plan.metadata.existing.iter().filter(|service| service.is_ecr());
        let made = self
            .plan
            .endpoints
            .iter()
            .filter(|endpoint| matches!(endpoint.kind, EndpointKind::Interface { .. }));
        existing
            .map(|service| (service, None))
            .chain(made.map(|endpoint| (&endpoint.service, Some(endpoint))))
            .collect()
    }

    fn interfaces(&self, lanes: usize) -> Section {
        let (services, more) = at_most(self.services(), MOST_ROWS);
        let mut rows: Vec<Row> = services
            .into_iter()
            .map(|(service, endpoint)| self.interface(service, endpoint, lanes))
            .collect();
        if more > 0 {
            rows.push(Row {
                stop: Some(Stop {
                    kind: StopKind::Rules,
                    label: Label::new(format!("and {more} more endpoints"), ""),
                    subnets: Vec::new(),
                }),
                ..Row::default()
            });
        }
        rows.extend(self.egress());
        let group = self.endpoint_group().map(|group| Group {
            name: match group {
                Value::GroupId(id) => id.as_str().to_owned(),
                other => format!("{} · elsewhere", self.value(other)),
            },
            ingress: self.ingress(None),
        });
        Section { group, rows }
    }

    fn interface(&self, service: &Service, endpoint: Option<&Endpoint>, lanes: usize) -> Row {
        let addresses =
            self.task_rules().filter(|rule| rule.endpoint.as_ref() == Some(service)).count();
        let by_group = self.task_rules().find(
            |rule| matches!(&rule.peer, Peer::Group(group) if Some(group) == self.endpoint_group()),
        );
        let label = match (by_group, addresses) {
            (Some(rule), _) => Some(format!("{} · group", traffic(rule.traffic))),
            (None, 0) => None,
            (None, 1) => Some(format!("{} · 1 address", traffic(Traffic::Https))),
            (None, many) => Some(format!("{} · {many} addresses", traffic(Traffic::Https))),
        };
        let stop = match endpoint {
            Some(endpoint) => Stop {
                kind: StopKind::Interface,
                label: Label::new(service.name(), endpoint.id.as_str()),
                subnets: (0..lanes).collect(),
            },
            None => Stop {
                kind: StopKind::Elsewhere,
                label: Label::new(service.name(), "existing endpoint"),
                subnets: Vec::new(),
            },
        };
        Row {
            flow: label.map(|label| allowed(label, "")),
            stop: Some(stop),
            onward: Some(allowed(String::new(), "PrivateLink")),
            outside: Some(destination(service.name())),
        }
    }

    /// The egress rules of the endpoints' group: AWS documents that endpoints only answer.
    fn egress(&self) -> Vec<Row> {
        let (rules, more) = at_most(self.rules(None, Direction::Egress).collect(), MOST_ROWS);
        let words = |name: &str, detail: &str| Stop {
            kind: StopKind::Rules,
            label: Label::new(name, detail),
            subnets: Vec::new(),
        };
        let nobody = |rule: &&Rule| matches!(&rule.peer, Peer::Prefix(prefix) if prefix.network().is_loopback());
        let mut rows: Vec<Row> = rules
            .into_iter()
            .map(|rule| {
                if nobody(&rule) {
                    let stop = Some(words("egress: nothing", "endpoints only answer"));
                    return Row { stop, ..Row::default() };
                }
                let label = traffic(rule.traffic);
                Row {
                    flow: None,
                    stop: Some(words("egress rule", "endpoints only answer")),
                    onward: Some(Flow { kind: FlowKind::Silent, label, note: "no traffic".into() }),
                    outside: Some(Label::new(self.peer(&rule.peer), self.peer_width(&rule.peer))),
                }
            })
            .collect();
        if more > 0 {
            let stop = Some(words(&format!("and {more} more rules"), ""));
            rows.push(Row { stop, ..Row::default() });
        }
        rows
    }

    /// The gateway of S3, and whatever else the tasks' group lets out.
    fn others(&self) -> Section {
        let mut rows = Vec::new();
        let gateway = self.plan.endpoints.iter().find_map(|endpoint| match endpoint.kind {
            EndpointKind::Gateway { .. } => Some(Stop {
                kind: StopKind::Edge,
                label: Label::new("S3 gateway", endpoint.id.as_str()),
                subnets: Vec::new(),
            }),
            EndpointKind::Interface { .. } => None,
        });
        let existing = || Stop {
            kind: StopKind::Edge,
            label: Label::new("S3 gateway", "existing"),
            subnets: Vec::new(),
        };
        for rule in self.task_rules() {
            match &rule.peer {
                Peer::PrefixList(list) => rows.push(Row {
                    flow: Some(allowed(
                        format!("{} · {}", traffic(rule.traffic), self.value(list)),
                        "",
                    )),
                    stop: Some(gateway.clone().unwrap_or_else(existing)),
                    onward: Some(allowed(String::new(), "")),
                    outside: Some(destination("s3")),
                }),
                Peer::Group(_) if rule.traffic == Traffic::Nfs => rows.push(Row {
                    flow: Some(allowed(format!("{} · group", traffic(rule.traffic)), "")),
                    stop: Some(Stop {
                        kind: StopKind::Elsewhere,
                        label: Label::new(MOUNT_TARGETS, self.peer(&rule.peer)),
                        subnets: Vec::new(),
                    }),
                    ..Row::default()
                }),
                Peer::Group(group) if Some(group) == self.endpoint_group() => {}
                _ if rule.endpoint.is_some() => {}
                peer => {
                    let detail = self.peer_width(peer);
                    rows.push(Row {
                        flow: Some(allowed(traffic(rule.traffic), &detail)),
                        stop: Some(Stop {
                            kind: StopKind::Elsewhere,
                            label: Label::new(self.peer(peer), &rule.description),
                            subnets: Vec::new(),
                        }),
                        ..Row::default()
                    });
                }
            }
        }
        let (rows, _) = at_most(rows, MOST_ROWS);
        Section { group: None, rows }
    }

    fn summary(&self, panel: &Panel) -> String {
        let reached: Vec<&Row> =
            panel.rows().filter(|row| row.flow.is_some() && row.stop.is_some()).collect();
        let names: Vec<&str> = reached
            .iter()
            .filter_map(|row| match &row.stop {
                Some(stop) if stop.kind == StopKind::Edge => Some("S3"),
                // They are on another port, and said last.
                Some(stop) if stop.label.name == MOUNT_TARGETS => None,
                Some(stop) => Some(stop.label.name.as_str()),
                None => None,
            })
            .collect();
        let names = match names.len() {
            0..=6 => and(&names),
            many => format!("{} and {} more services", names[..5].join(", "), many - 5),
        };
        let group = self.plan.groups.first().map_or("", |group| group.id.as_str());
        let mounts = self.task_rules().any(|rule| rule.traffic == Traffic::Nfs);
        let mounts = if mounts { ", mount targets of EFS on TCP 2049" } else { "" };
        format!("Tasks that wear {group} reach {names} on TCP 443{mounts}, and nothing else.")
    }
}

/// What tasks mount file systems from.
const MOUNT_TARGETS: &str = "EFS mount targets";

fn allowed(label: String, note: &str) -> Flow {
    Flow { kind: FlowKind::Allowed, label, note: note.to_owned() }
}

fn traffic(traffic: Traffic) -> String {
    match traffic.port() {
        Some(port) => format!("TCP {port}"),
        None => "every port".to_owned(),
    }
}

/// A service of AWS by the end of its endpoint service name, with what tasks ask of it.
pub(super) fn destination(service: &str) -> Label {
    let (name, detail) = match service {
        "ecr.api" => ("ECR API", "registry login"),
        "ecr.dkr" => ("ECR registry", "image manifests"),
        "s3" => ("S3", "image layers"),
        "logs" => ("CloudWatch Logs", "log events"),
        "monitoring" => ("CloudWatch", "metrics"),
        "secretsmanager" => ("Secrets Manager", "secrets"),
        "ssm" => ("Systems Manager", "parameters"),
        "ssmmessages" => ("Session Manager", "ECS Exec"),
        "kms" => ("KMS", "keys"),
        "sts" => ("STS", "roles"),
        "xray" => ("X-Ray", "traces"),
        other => (other, ""),
    };
    Label::new(name, detail)
}
