//! The picture of a plan: what its groups allow, which is all that they allow.

use super::{
    ANSWERS, Flow, FlowKind, Group, Label, MOST_NAMES, MOST_ROWS, MOST_SUBNETS, Panel, Picture,
    Row, Section, Stop, StopKind, Task, and, at_most, count, names, width,
};
use crate::aws::{Region, Service};
use crate::plan::{
    Direction, Endpoint, EndpointKind, List, Peer, Plan, RegionMap, Rule, Traffic, Value,
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
    let (interfaces, others) = (drawn.interfaces(subnets.len()), drawn.others());
    let summary = drawn.summary(interfaces.iter().chain(&others));
    let mut rows = Row::at_most(interfaces, MOST_ROWS, "endpoint");
    rows.extend(Row::at_most(drawn.egress(), MOST_ROWS, "egress rule"));
    let others = Row::at_most(others, MOST_ROWS, "rule");
    let sections = [
        Section { group: Some(drawn.endpoint_group()), rows },
        Section { group: None, rows: others },
    ];
    let task = plan.task_group();
    let panel = Panel {
        vpc: Label::new(drawn.value(&plan.vpc), drawn.prefixes()),
        region: region.map_or_else(|| "AWS".to_owned(), |region| format!("AWS {region}")),
        subnets,
        task: Task {
            name: "Fargate tasks".to_owned(),
            details: vec![format!("stack {}", plan.stack), "nothing is let in".to_owned()],
            group: Group {
                name: task.id.as_str().to_owned(),
                ingress: drawn.arrivals(task.ingress.iter()),
            },
        },
        sections: sections.into_iter().filter(|section| !section.rows.is_empty()).collect(),
    };
    let regions: Vec<&str> = plan.regions.iter().map(|region| region.name).collect();
    let place = region.map_or_else(|| regions.join(", "), ToString::to_string);
    let lock = &plan.metadata.lock_digest;
    Picture {
        title: format!("{} · {place}", plan.stack),
        summary,
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
    /// What a value is in the region that is drawn.
    fn value(&self, value: &Value) -> String {
        let mapped = match (value, self.region) {
            (Value::PerRegion(key), Some(region)) => {
                self.plan.region_map.regions.get(region.name).and_then(|keys| keys.get(key))
            }
            _ => None,
        };
        mapped.map_or_else(|| value.label(), |mapped| mapped.value.clone())
    }

    /// Whether a rule is there in this region.
    fn is_there(&self, rule: &Rule) -> bool {
        rule.condition.is_none() || self.peer(&rule.peer).name != RegionMap::NONE
    }

    /// The other end of a rule, and how many addresses it has, where that is known.
    fn peer(&self, peer: &Peer) -> Label {
        let name = self.value(&peer.value());
        let width = name.parse().map(width).unwrap_or_default();
        Label::new(name, width)
    }

    /// What the VPC's prefixes are, as far as a rule names them.
    fn prefixes(&self) -> String {
        let named = self.endpoint_rules(Direction::Ingress);
        let prefixes = named.filter(|rule| matches!(rule.peer, Peer::Prefix(_)));
        names(prefixes.map(|rule| rule.peer.label()).collect(), MOST_NAMES)
    }

    /// The rules of the endpoints' group: its own, or those that are attached to it.
    fn endpoint_rules(&self, direction: Direction) -> impl Iterator<Item = &Rule> {
        let made = self.plan.made_endpoint_group().into_iter();
        let inline = made.flat_map(move |group| match direction {
            Direction::Ingress => &group.ingress,
            Direction::Egress => &group.egress,
        });
        let attached = self.plan.attached_rules.iter();
        let attached = attached.filter(move |attached| attached.direction == direction);
        inline.chain(attached.map(|attached| &attached.rule)).filter(|rule| self.is_there(rule))
    }

    /// What a group lets in by these rules.
    fn arrivals<'r>(&self, rules: impl Iterator<Item = &'r Rule>) -> Vec<Label> {
        rules
            .map(|rule| {
                let Label { name, detail } = self.peer(&rule.peer);
                Label::new(format!("{} from {name}", rule.traffic.label()), detail)
            })
            .collect()
    }

    fn task_rules(&self) -> impl Iterator<Item = &Rule> {
        self.plan.task_group().egress.iter().filter(|rule| self.is_there(rule))
    }

    /// The subnets of the interface endpoints, and what is said of those that have no lane.
    fn subnets(&self) -> (Vec<Label>, Vec<String>) {
        let lists = self.plan.endpoints.iter().filter_map(|endpoint| match &endpoint.kind {
            EndpointKind::Interface { subnets, .. } => Some(subnets),
            EndpointKind::Gateway { .. } => None,
        });
        let Some(list) = lists.into_iter().next() else { return (Vec::new(), Vec::new()) };
        let detail = match list {
            List::Items(_) => "",
            List::Ref(_) | List::SplitImport(_) => "one or more subnets",
        };
        let names = list.labels().into_iter().map(|name| Label::new(name, detail)).collect();
        let (names, more) = at_most(names, MOST_SUBNETS);
        let note = format!("The endpoints are in {}.", count(more, "more subnet"));
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

    fn interfaces(&self, lanes: usize) -> Vec<Row> {
        let services = self.services().into_iter();
        services.map(|(service, endpoint)| self.interface(service, endpoint, lanes)).collect()
    }

    fn endpoint_group(&self) -> Group {
        let name = match &self.plan.endpoint_group {
            Value::GroupId(id) => id.as_str().to_owned(),
            other => format!("{} · elsewhere", self.value(other)),
        };
        Group { name, ingress: self.arrivals(self.endpoint_rules(Direction::Ingress)) }
    }

    fn interface(&self, service: &Service, endpoint: Option<&Endpoint>, lanes: usize) -> Row {
        let addresses =
            self.task_rules().filter(|rule| rule.endpoint.as_ref() == Some(service)).count();
        let by_group = self.task_rules().find(|rule| self.is_to_endpoints(rule));
        let https = Traffic::Https.label();
        let label = match (by_group, addresses) {
            (Some(rule), _) => Some(format!("{} · group", rule.traffic.label())),
            (None, 0) => None,
            (None, many) => Some(format!("{https} · {}", count(many, "address"))),
        };
        let stop = match endpoint {
            Some(endpoint) => Stop {
                subnets: (0..lanes).collect(),
                ..Stop::new(StopKind::Interface, service.name(), endpoint.id.as_str())
            },
            None => Stop::new(StopKind::Elsewhere, service.name(), "existing endpoint"),
        };
        Row {
            flow: label.map(|label| allowed(label, "")),
            stop: Some(stop),
            onward: Some(allowed(String::new(), "PrivateLink")),
            outside: Some(destination(service.name())),
        }
    }

    fn is_to_endpoints(&self, rule: &Rule) -> bool {
        rule.traffic == Traffic::Https && rule.peer == Peer::Group(self.plan.endpoint_group.clone())
    }

    /// The egress rules of the endpoints' group: AWS documents that endpoints only answer.
    fn egress(&self) -> Vec<Row> {
        let rules = self.endpoint_rules(Direction::Egress);
        let nobody = |rule: &Rule| matches!(&rule.peer, Peer::Prefix(prefix) if prefix.network().is_loopback());
        let row = |rule: &Rule| {
            if nobody(rule) {
                return Row::words("egress: nothing", ANSWERS);
            }
            let (label, note) = (rule.traffic.label(), "no traffic".to_owned());
            Row {
                onward: Some(Flow { kind: FlowKind::Silent, label, note }),
                outside: Some(self.peer(&rule.peer)),
                ..Row::words("egress rule", ANSWERS)
            }
        };
        rules.map(row).collect()
    }

    /// The gateway of S3, and whatever else the tasks' group lets out.
    fn others(&self) -> Vec<Row> {
        let gateway = self.plan.endpoints.iter().find_map(|endpoint| match endpoint.kind {
            EndpointKind::Gateway { .. } => Some(endpoint.id.as_str()),
            EndpointKind::Interface { .. } => None,
        });
        let to_others =
            self.task_rules().filter(|rule| rule.endpoint.is_none() && !self.is_to_endpoints(rule));
        let row = |rule: &Rule| {
            let Label { name, detail } = self.peer(&rule.peer);
            let traffic = rule.traffic.label();
            match &rule.peer {
                Peer::PrefixList(_) => Row {
                    flow: Some(allowed(format!("{traffic} · {name}"), "")),
                    stop: Some(Stop::new(
                        StopKind::Edge,
                        "S3 gateway",
                        gateway.unwrap_or("existing"),
                    )),
                    onward: Some(allowed(String::new(), "")),
                    outside: Some(destination("s3")),
                },
                Peer::Group(_) if rule.traffic == Traffic::Nfs => Row {
                    flow: Some(allowed(format!("{traffic} · group"), "")),
                    stop: Some(Stop::new(StopKind::Elsewhere, MOUNT_TARGETS, name)),
                    ..Row::default()
                },
                _ => Row {
                    flow: Some(allowed(traffic, &detail)),
                    stop: Some(Stop::new(StopKind::Elsewhere, name, &rule.description)),
                    ..Row::default()
                },
            }
        };
        to_others.map(row).collect()
    }

    /// What is reached, in a sentence, from all of the rows and not only those that are drawn.
    fn summary<'r>(&self, rows: impl Iterator<Item = &'r Row>) -> String {
        let reached = rows.filter(|row| row.flow.is_some());
        let names: Vec<&str> = reached
            .filter_map(|row| match row.stop.as_ref()? {
                stop if stop.kind == StopKind::Edge => Some("S3"),
                // They are on another port, and said last.
                stop if stop.label.name == MOUNT_TARGETS => None,
                stop => Some(stop.label.name.as_str()),
            })
            .collect();
        let names = match names.len() {
            0..=6 => and(&names),
            many => format!("{} and {} more services", names[..5].join(", "), many - 5),
        };
        let group = self.plan.task_group().id.as_str();
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
