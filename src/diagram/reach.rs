//! What a task of a verification reaches, as the rows of a panel.

use super::plan::destination;
use super::{
    Flow, FlowKind, Group, Label, MOST_NAMES, MOST_ROWS, MOST_SUBNETS, Panel, Row, Section, Stop,
    StopKind, Task, and_more, at_most, count, names, width,
};
use crate::cloudformation::Value;
use crate::diagnostic::Code;
use crate::plan;
use crate::truth::Truth;
use crate::verify::network::{Direction, Endpoint, EndpointType, Network, Peer, Rule, Traffic};
use crate::verify::report::meant;
use crate::verify::{
    Evidence, HTTPS, Leg, NFS, Need, Origin, Path, TaskLegs, Trust, Via, carries, is_nobody,
    is_private, peer_name, traffic_name,
};

/// A task in its network.
pub(super) struct Reach<'a> {
    pub(super) network: &'a Network,
    pub(super) task: &'a TaskLegs,
    pub(super) trust: Trust,
}

/// A way that legs take or fail on: what is said of all of them at once.
struct Way<'a> {
    via: Via,
    by: &'a str,
    truth: Truth,
    legs: Vec<&'a Leg>,
    /// The path of the first of them.
    path: Option<&'a Path>,
}

impl<'a> Reach<'a> {
    pub(super) fn panel(&self, region: &str) -> Panel {
        let mut ways = self.ways();
        if ways.len() > MOST_ROWS {
            // What is not drawn is to be what is well.
            ways.sort_by_key(|way| way.truth);
        }
        let all: Vec<&Endpoint> = ways.iter().filter_map(|way| self.endpoint(way)).collect();
        let (ways, hidden) = at_most(ways, MOST_ROWS);
        let endpoints: Vec<&Endpoint> = ways.iter().filter_map(|way| self.endpoint(way)).collect();
        let (lanes, without_lane) = self.lanes(&endpoints);
        let mut sections: Vec<Section> = Vec::new();
        let mut others: Vec<Row> = Vec::new();
        for way in &ways {
            let row = self.row(way, &lanes);
            let endpoint = self.endpoint(way).filter(|one| one.kind != EndpointType::Gateway);
            let Some(endpoint) = endpoint else {
                others.push(row);
                continue;
            };
            let group = self.group_of(endpoint.groups.as_ref().map(Value::entries));
            match sections.iter_mut().find(|section| section.group.as_ref() == Some(&group)) {
                Some(section) => section.rows.push(row),
                None => sections.push(Section { group: Some(group), rows: vec![row] }),
            }
        }
        let mut left = MOST_ROWS;
        for section in &mut sections {
            let worn = endpoints.iter().filter_map(|endpoint| {
                let groups = endpoint.groups.as_ref().map(Value::entries);
                (Some(self.group_of(groups)) == section.group).then_some(groups).flatten()
            });
            if let Some(groups) = worn.into_iter().next() {
                let rows = self.endpoint_egress(groups);
                let drawn = rows.len().min(MOST_ENDPOINT_RULES).min(left);
                left -= drawn;
                section.rows.extend(Row::at_most(rows, drawn, "egress rule"));
            }
        }
        others.extend(self.beside(&all));
        others.extend(self.unused_way_out(&others));
        let (mut others, more) = at_most(others, MOST_ROWS);
        others.extend(and_more(hidden + more, "way").map(|words| Row::words(words, "")));
        if !others.is_empty() {
            sections.push(Section { group: None, rows: others });
        }
        Panel {
            vpc: self.vpc(&all),
            region: region.to_owned(),
            subnets: lanes.iter().map(|lane| self.subnet(lane)).collect(),
            task: Task {
                name: self.task.task.clone(),
                details: self.details(without_lane),
                group: self.group_of(self.task.groups.as_deref()),
            },
            sections,
        }
    }

    /// The ways of all legs. Legs that go one way, and with the same result, share it.
    fn ways(&self) -> Vec<Way<'a>> {
        let mut ways: Vec<Way<'a>> = Vec::new();
        for leg in &self.task.legs {
            let truth = leg.truth(self.trust);
            let mut decisive: Vec<(Via, &str, Option<&Path>)> = Vec::new();
            for origin in leg.origins.iter().filter(|one| one.truth(self.trust) == truth) {
                let path = self.path(origin);
                let (via, by) = path.map_or((Via::Nat, ""), |path| (path.via, path.by.as_str()));
                if !decisive.iter().any(|(known, other, _)| (*known, *other) == (via, by)) {
                    decisive.push((via, by, path));
                }
            }
            for (via, by, path) in decisive {
                let same = |way: &&mut Way<'_>| {
                    // What goes to different places by a way out is not one flow.
                    let shared = !by.is_empty() && via == Via::Endpoint;
                    shared
                        && way.via == via
                        && way.by == by
                        && way.truth == truth
                        && code(way.path, self.trust) == code(path, self.trust)
                };
                match ways.iter_mut().find(same) {
                    Some(way) => way.legs.push(leg),
                    None => ways.push(Way { via, by, truth, legs: vec![leg], path }),
                }
            }
        }
        ways
    }

    fn path(&self, origin: &'a Origin) -> Option<&'a Path> {
        let taken = origin.taken(self.trust);
        taken.or_else(|| meant(origin, self.trust)).or_else(|| origin.paths.first())
    }

    fn endpoint(&self, way: &Way<'_>) -> Option<&'a Endpoint> {
        let mut endpoints = self.network.endpoints.iter();
        endpoints.find(|one| way.via == Via::Endpoint && one.name == way.by)
    }

    fn row(&self, way: &Way<'_>, lanes: &[&Value]) -> Row {
        let endpoint = self.endpoint(way);
        let stop = match (endpoint, way.via) {
            (Some(endpoint), _) => {
                let kind = match endpoint.kind {
                    EndpointType::Gateway => StopKind::Edge,
                    _ => StopKind::Interface,
                };
                let stop = Stop::new(kind, &endpoint.name, kind_name(endpoint.kind));
                Some(Stop { subnets: self.interfaces(endpoint, lanes), ..stop })
            }
            (None, Via::Endpoint) if way.by.is_empty() => None,
            (None, Via::Endpoint) => {
                let (kind, detail) = match way.truth {
                    Truth::Yes => (StopKind::Elsewhere, "existing endpoint"),
                    Truth::No => (StopKind::Absent, "no endpoint"),
                    Truth::Unknown => (StopKind::Absent, "no endpoint is seen"),
                };
                Some(Stop::new(kind, way.by, detail))
            }
            (None, Via::Vpc) => {
                let detail = format!("mount targets: {}", needs(&way.legs));
                Some(Stop::new(StopKind::Interface, way.by, detail))
            }
            (None, Via::Fargate) => {
                Some(Stop::new(StopKind::Elsewhere, "Fargate", "an interface of its own"))
            }
            (None, Via::Nat | Via::Internet) if way.by.is_empty() => None,
            (None, Via::Nat) => Some(edge("NAT gateway", way.by)),
            (None, Via::Internet) => Some(edge("internet", way.by)),
        };
        let kind = match way.truth {
            Truth::Yes => FlowKind::Allowed,
            Truth::No => FlowKind::Refused,
            Truth::Unknown => FlowKind::Unknown,
        };
        let (label, wide) = self.width(way, endpoint);
        let note = match kind {
            FlowKind::Refused => {
                code(way.path, self.trust).map_or("no way leads there", Code::name).to_owned()
            }
            FlowKind::Unknown => open(way.path, self.trust).unwrap_or_default(),
            FlowKind::Allowed | FlowKind::Silent => wide,
        };
        let inside = way.via == Via::Vpc;
        let onward = stop
            .as_ref()
            .filter(|stop| kind == FlowKind::Allowed && !inside && stop.kind != StopKind::Absent);
        let onward = onward.map(|stop| Flow {
            kind: FlowKind::Allowed,
            label: String::new(),
            note: if stop.kind == StopKind::Edge { "" } else { "PrivateLink" }.to_owned(),
        });
        let outside = (!inside).then(|| outside(&way.legs));
        Row { flow: Some(Flow { kind, label, note }), stop, onward, outside }
    }

    /// The rules of groups that are made here, and those for groups that are not.
    pub(super) fn rules(&self, groups: &'a [Value], direction: Direction) -> Vec<&'a Rule> {
        let made = self.network.groups.iter().filter(|group| is_one(&group.id, groups));
        let made = made.flat_map(|group| match direction {
            Direction::Ingress => &group.ingress,
            Direction::Egress => &group.egress,
        });
        let outside = self
            .network
            .outside_rules
            .iter()
            .filter(|rule| rule.direction == direction && is_one(&rule.group, groups));
        let rules = made.chain(outside.map(|outside| &outside.rule));
        let allows = |rule: &&Rule| {
            !is_nobody(&rule.peer)
                && rule.traffic != Traffic::Nothing
                && !matches!(rule.peer, Peer::Invalid(_))
        };
        rules.filter(allows).collect()
    }

    pub(super) fn task_rules(&self) -> Vec<&'a Rule> {
        self.rules(self.task.groups.as_deref().unwrap_or_default(), Direction::Egress)
    }

    /// The port of a flow and its width, by the narrowest rule that lets it out; and how many
    /// addresses that is.
    fn width(&self, way: &Way<'_>, endpoint: Option<&Endpoint>) -> (String, String) {
        if way.via == Via::Fargate {
            return (format!("TCP {HTTPS}"), String::new());
        }
        let port = if way.legs.iter().any(|leg| leg.need == Need::Efs) { NFS } else { HTTPS };
        let rules = self.task_rules();
        let out = rules.into_iter().filter(|rule| carries(&rule.traffic, port).0.is_yes());
        let out: Vec<&Rule> = out.collect();
        let worn = endpoint.and_then(|one| one.groups.as_ref()).map(Value::entries);
        let gateway = endpoint.is_some_and(|one| one.kind == EndpointType::Gateway);
        let hosts = out.iter().filter(|rule| is_host(&rule.peer)).count();
        let by_group = out.iter().find(
            |rule| matches!(&rule.peer, Peer::Group(id) if is_one(id, worn.unwrap_or_default())),
        );
        let by_list = out.iter().find(|rule| matches!(rule.peer, Peer::PrefixList(_)));
        let prefixes = out.iter().filter_map(|rule| match &rule.peer {
            Peer::Prefix(prefix, _) if prefix.is_ipv4() => Some(*prefix),
            _ => None,
        });
        let inside = way.via == Via::Endpoint && !gateway || way.via == Via::Vpc;
        let prefixes =
            prefixes.filter(|prefix| prefix.length() == 0 || is_private(*prefix) == inside);
        let prefix = prefixes.max_by_key(|prefix| prefix.length());
        let said = match (by_group, by_list, prefix) {
            (Some(_), _, _) if inside => "group".to_owned(),
            (_, Some(rule), _) if gateway => peer_name(&rule.peer),
            (_, _, Some(_)) if inside && hosts > 0 => count(hosts, "address"),
            (_, _, Some(prefix)) => {
                return (format!("TCP {port} · {prefix}"), width(prefix));
            }
            _ => return (format!("TCP {port}"), String::new()),
        };
        (format!("TCP {port} · {said}"), String::new())
    }

    /// Groups that are worn together; none are the VPC's default one.
    fn group_of(&self, groups: Option<&'a [Value]>) -> Group {
        let Some(groups) = groups else {
            let name = "the VPC's default group".to_owned();
            return Group { name, ingress: Vec::new() };
        };
        let name = |id: &Value| {
            let made = self.network.groups.iter().find(|group| group.id.same(id).is_yes());
            made.map_or_else(|| id.to_string(), |group| group.name.clone())
        };
        let name = match groups {
            [] => "a group made elsewhere".to_owned(),
            groups => names(groups.iter().map(name).collect(), MOST_NAMES),
        };
        let ingress = self.rules(groups, Direction::Ingress).into_iter().map(|rule| {
            let Label { name, detail } = peer(rule);
            Label::new(format!("{} from {name}", traffic(&rule.traffic)), detail)
        });
        Group { name, ingress: ingress.collect() }
    }

    /// The subnets that interfaces are in, at most so many as there are lanes for; and how many more.
    fn lanes(&self, endpoints: &[&'a Endpoint]) -> (Vec<&'a Value>, usize) {
        let mut lanes: Vec<&Value> = Vec::new();
        let interfaces = endpoints.iter().filter(|one| one.kind != EndpointType::Gateway);
        for subnet in interfaces.flat_map(|one| one.subnets.iter().flat_map(|all| all.entries())) {
            if !lanes.iter().any(|known| known.same(subnet).is_yes()) {
                lanes.push(subnet);
            }
        }
        at_most(lanes, MOST_SUBNETS)
    }

    fn interfaces(&self, endpoint: &Endpoint, lanes: &[&Value]) -> Vec<usize> {
        let subnets = endpoint.subnets.iter().flat_map(|all| all.entries());
        let found =
            subnets.filter_map(|subnet| lanes.iter().position(|lane| lane.same(subnet).is_yes()));
        if endpoint.kind == EndpointType::Gateway { Vec::new() } else { found.collect() }
    }

    fn subnet(&self, id: &Value) -> Label {
        let made = self.network.subnets.iter().find(|subnet| subnet.id.same(id).is_yes());
        let cidr = made.and_then(|subnet| subnet.cidr.as_ref()).map(ToString::to_string);
        Label::new(id.to_string(), cidr.unwrap_or_default())
    }

    fn vpc(&self, endpoints: &[&Endpoint]) -> Label {
        let groups = self
            .network
            .groups
            .iter()
            .filter(|group| is_one(&group.id, self.task.groups.as_deref().unwrap_or_default()));
        let of_group = groups.filter_map(|group| group.vpc.as_ref());
        let vpc = of_group.chain(endpoints.iter().filter_map(|one| one.vpc.as_ref())).next();
        let Some(vpc) = vpc else { return Label::new("not named", "") };
        let made = self.network.vpcs.iter().find(|one| one.id.same(vpc).is_yes());
        let cidrs =
            made.map_or_else(Vec::new, |one| one.cidrs.iter().map(ToString::to_string).collect());
        Label::new(vpc.to_string(), names(cidrs, MOST_NAMES))
    }

    /// What is said of the task: where it runs, and what it is.
    fn details(&self, without_lane: usize) -> Vec<String> {
        let mut subnets: Vec<String> = Vec::new();
        for origin in self.task.legs.iter().flat_map(|leg| &leg.origins) {
            if !subnets.contains(&origin.subnet) {
                subnets.push(origin.subnet.clone());
            }
        }
        let mut details: Vec<String> = Vec::new();
        if self.task.asked {
            details.push("asked about: stands in no template".to_owned());
        }
        if !subnets.is_empty() {
            details.push(format!("in {}", names(subnets, MOST_SUBNETS)));
        }
        if without_lane > 0 {
            details.push(format!("interfaces in {}", count(without_lane, "more subnet")));
        }
        details
    }
}

fn is_one(id: &Value, of: &[Value]) -> bool {
    of.iter().any(|other| other.same(id).is_yes())
}

/// A single private address: an endpoint's, for all that a template can say.
pub(super) fn is_host(peer: &Peer) -> bool {
    matches!(peer, Peer::Prefix(prefix, _) if prefix.addresses() == 1 && is_private(*prefix))
}

pub(super) fn edge(name: &str, by: &str) -> Stop {
    Stop::new(StopKind::Edge, name, by)
}

/// Most egress rules of endpoints' groups that are drawn in a section: nothing goes by them.
const MOST_ENDPOINT_RULES: usize = 4;

/// The other end of a rule, and how many addresses it has, where that is known.
pub(super) fn peer(rule: &Rule) -> Label {
    let width = match &rule.peer {
        Peer::Prefix(prefix, _) => width(*prefix),
        _ => String::new(),
    };
    Label::new(peer_name(&rule.peer), width)
}

/// Protocols and ports, in as few letters as in a picture of a plan.
pub(super) fn traffic(traffic: &Traffic) -> String {
    match traffic {
        Traffic::All => plan::Traffic::All.label(),
        other => traffic_name(other),
    }
}

fn kind_name(kind: EndpointType) -> &'static str {
    match kind {
        EndpointType::Interface => "interface endpoint",
        EndpointType::Gateway => "gateway",
        EndpointType::Other => "endpoint of another type",
        EndpointType::Unknown => "endpoint, type unknown",
    }
}

/// The names of the needs, each once.
fn needs(legs: &[&Leg]) -> String {
    let mut names: Vec<&str> = legs.iter().map(|leg| leg.need.name()).collect();
    names.dedup();
    names.join(", ")
}

/// What legs lead to, with what they are for.
fn outside(legs: &[&Leg]) -> Label {
    let service = legs.first().map_or("", |leg| match leg.need {
        Need::RegistryAuth => "ecr.api",
        Need::Manifest => "ecr.dkr",
        Need::Layers | Need::EnvFiles => "s3",
        Need::Logs => "logs",
        Need::Secrets => "secretsmanager",
        Need::Parameters => "ssm",
        Need::Kms => "kms",
        Need::Exec => "ssmmessages",
        Need::OtherRegistry | Need::Efs => leg.target.as_str(),
    });
    Label::new(destination(service).name, needs(legs))
}

/// The finding that stops a way.
fn code(path: Option<&Path>, trust: Trust) -> Option<Code> {
    let reasons = leaves(path, trust, Truth::No);
    reasons.into_iter().find_map(|leaf| match leaf {
        Evidence::Fails(failing) => failing.code,
        _ => None,
    })
}

/// What is not known of a way.
fn open(path: Option<&Path>, trust: Trust) -> Option<String> {
    let reasons = leaves(path, trust, Truth::Unknown);
    reasons.into_iter().find_map(|leaf| match leaf {
        Evidence::Open(claim) | Evidence::Assumed(claim) => Some(claim.text.clone()),
        Evidence::Suspect(failing) => Some(failing.claim.text.clone()),
        _ => None,
    })
}

fn leaves(path: Option<&Path>, trust: Trust, truth: Truth) -> Vec<&Evidence> {
    let steps = path.into_iter().flat_map(|path| &path.steps);
    let same = steps.filter(|step| step.evidence.truth(trust) == truth);
    same.flat_map(|step| step.evidence.reasons(trust)).collect()
}
