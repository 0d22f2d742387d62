//! What groups allow beyond what the tasks need, as flows.

use std::collections::{BTreeMap, BTreeSet};

use super::fault::Fault;
use super::network::{
    Endpoint, EndpointType, Group, Peer, Rule, RuleForm, TCP, Task, Traffic, everywhere, prefix,
};
use super::rules::{
    HTTPS, LONGEST_SUBNET, NFS, SHORTEST_VPC, can_be_of_a_vpc, is_nobody, is_private, peer_name,
    traffic_name,
};
use super::sets::Numbers;
use super::view::{ListOf, View};
use super::{Aspect, Need, Origin, TaskLegs, Trust, Via};
use crate::cloudformation::{Text, Value};
use crate::diagnostic::{Code, Severity};
use crate::prefix::Prefix;
use crate::truth::Truth;

/// What is wider than it needs to be.
pub(super) struct Width {
    pub(super) faults: Vec<Fault>,
    /// Whether nothing is; unknown where a group's rules cannot be seen.
    pub(super) narrow: Truth,
}

/// What is wider than the tasks with these legs need.
pub(super) fn width(view: &View<'_>, tasks: &[(Task, TaskLegs)]) -> Width {
    let mut width = Width { faults: Vec::new(), narrow: Truth::Yes };
    let endpoints: Vec<&Endpoint> =
        view.network.endpoints.iter().filter(|one| one.kind == EndpointType::Interface).collect();
    let mut worn: BTreeMap<Option<&Text>, Vec<&TaskLegs>> = BTreeMap::new();
    let mut groups: Vec<&Group> = Vec::new();
    for (task, legs) in tasks {
        for value in task.groups.iter().flatten() {
            match view.group(value) {
                Some(group) => {
                    let wearers = worn.entry(group.id.as_text()).or_default();
                    if wearers.is_empty() {
                        groups.push(group);
                    }
                    wearers.push(legs);
                }
                None => width.narrow = width.narrow.and(Truth::Unknown),
            }
        }
        if task.groups.is_none() {
            let message =
                format!("{} wears the VPC's default group, which lets everything out", task.name);
            width.wide(Fault::at(Severity::Warning, Code::WideTaskEgress, task.place, message));
        }
    }
    for group in groups {
        let wearers = worn.get(&group.id.as_text()).map_or(&[][..], Vec::as_slice);
        egress(view, group, wearers, &endpoints, &mut width);
        ingress(view, group, &mut width);
    }
    let mut seen: BTreeSet<Option<&Text>> = BTreeSet::new();
    for endpoint in endpoints {
        for value in endpoint.groups.iter().flat_map(|groups| groups.entries()) {
            match view.group(value) {
                Some(group) if seen.insert(group.id.as_text()) => {
                    of_endpoint(view, endpoint, group, &mut width)
                }
                Some(_) => {}
                None => width.narrow = width.narrow.and(Truth::Unknown),
            }
        }
    }
    width
}

impl Width {
    fn wide(&mut self, fault: Fault) {
        if fault.severity > Severity::Note {
            self.narrow = Truth::No;
        }
        self.faults.push(fault);
    }
}

/// Whether a prefix is for single addresses of a private network, and no subnet.
fn is_host(prefix: Prefix) -> bool {
    prefix.length() > LONGEST_SUBNET && is_private(prefix)
}

/// Whether a rule is for one port of TCP and nothing else.
fn is_only(traffic: &Traffic, port: u16) -> bool {
    *traffic == Traffic::Ports { protocol: TCP, from: port, to: port }
}

fn egress(
    view: &View<'_>,
    group: &Group,
    wearers: &[&TaskLegs],
    endpoints: &[&Endpoint],
    width: &mut Width,
) {
    // What any of the tasks needs that wear the group, it has to let out.
    let legs = || wearers.iter().flat_map(|task| &task.legs);
    let destinations: BTreeSet<&str> = legs().map(|leg| leg.target.as_str()).collect();
    let destinations = match destinations.len() {
        1 => "1 destination".to_owned(),
        count => format!("{count} destinations"),
    };
    let goes_out = legs()
        .any(|leg| leg.need == Need::OtherRegistry || leg.origins.iter().any(is_meant_to_go_out));
    let (needed, help) = if goes_out {
        let needed = format!("they need TCP 443 alone, to {destinations} beyond the VPC");
        (needed, "let out TCP 443, and nothing else")
    } else {
        let needed = format!("they need {destinations} on TCP 443");
        (
            needed,
            "let out TCP 443 to the endpoints' group and to S3's prefix list, and nothing else",
        )
    };
    // Whether a task that stands in no template has a file system nobody can tell.
    let mounts = legs().any(|leg| leg.need == Need::Efs) || wearers.iter().any(|task| task.asked);
    for rule in &group.egress {
        let is_nfs = is_only(&rule.traffic, NFS);
        let port_fits = is_only(&rule.traffic, HTTPS) || (mounts && is_nfs);
        let narrow = match (&rule.peer, port_fits) {
            (Peer::Invalid(_), _) => continue,
            (peer, _) if is_nobody(peer) || rule.traffic == Traffic::Nothing => continue,
            (Peer::Unknown(_), _) => Truth::Unknown,
            _ if matches!(rule.traffic, Traffic::Unknown(_)) => Truth::Unknown,
            (_, false) => Truth::No,
            (Peer::Group(value), true) if is_nfs => of_mount_targets(view, value),
            (Peer::Group(value), true) => of_some_endpoint(view, value, endpoints),
            (Peer::PrefixList(value), true) => of_list(view, value),
            (Peer::Prefix(prefix, _), true) => is_host(*prefix).into(),
        };
        // What goes by a NAT or to another registry goes to addresses that nobody knows.
        if narrow.is_yes() || (goes_out && is_only(&rule.traffic, HTTPS)) {
            continue;
        }
        if narrow == Truth::Unknown {
            width.narrow = width.narrow.and(Truth::Unknown);
            continue;
        }
        if rule.form == RuleForm::Default && rule.place != group.place {
            // An empty list is a finding of its own.
            width.narrow = Truth::No;
            continue;
        }
        let flow = flow("tasks that wear", group, rule, "reach");
        let severity = match rule.peer {
            Peer::Group(_) if rule.traffic != Traffic::All => Severity::Note,
            _ => Severity::Warning,
        };
        let fault =
            Fault::at(severity, Code::WideTaskEgress, rule.place, format!("{flow}; {needed}"));
        let fault = match rule.form {
            RuleForm::Default => fault.label("no egress rule, so EC2 allows everything"),
            _ => {
                fault.label(format!("{} to {}", traffic_name(&rule.traffic), peer_name(&rule.peer)))
            }
        };
        width.wide(fault.help(help));
    }
}

/// Whether there is a route out of the VPC and no endpoint.
fn is_meant_to_go_out(origin: &Origin) -> bool {
    let by_endpoint = origin.paths.iter().filter(|path| path.via == Via::Endpoint);
    let has_endpoint = by_endpoint
        .flat_map(|path| &path.steps)
        .any(|step| step.aspect == Aspect::Way && !step.evidence.truth(Trust::Trusting).is_no());
    let mut out = origin.paths.iter().filter(|path| matches!(path.via, Via::Nat | Via::Internet));
    !has_endpoint && out.any(|path| !path.by.is_empty())
}

/// A flow that a rule allows: `tasks that wear G may reach 0.0.0.0/0 on every port`.
fn flow(who: &str, group: &Group, rule: &Rule, verb: &str) -> String {
    let traffic = traffic_name(&rule.traffic);
    format!("{who} {} may {verb} {} on {traffic}", group.name, peer_name(&rule.peer))
}

/// Whether a group is worn by a mount target.
fn of_mount_targets(view: &View<'_>, value: &Value) -> Truth {
    let targets = &view.network.mount_targets;
    // Mount targets that are made elsewhere wear a group that is made elsewhere.
    if targets.is_empty() && view.group(value).is_none() {
        return Truth::Yes;
    }
    let groups = targets.iter().flat_map(|one| one.groups.iter().flat_map(|all| all.entries()));
    let worn = Truth::any(groups.map(|group| group.same(value)));
    if worn.is_no() && !view.network.hidden.is_empty() { Truth::Unknown } else { worn }
}

/// Whether a group is worn by an endpoint.
fn of_some_endpoint(view: &View<'_>, value: &Value, endpoints: &[&Endpoint]) -> Truth {
    let groups = endpoints.iter().flat_map(|one| one.groups.iter().flat_map(|all| all.entries()));
    let worn = Truth::any(groups.map(|group| group.same(value)));
    // An endpoint that cannot be seen, or whose groups are left out, may wear it.
    let unseen =
        !view.network.hidden.is_empty() || endpoints.iter().any(|one| one.groups.is_none());
    if worn.is_no() && unseen {
        return Truth::Unknown;
    }
    // An endpoint that is made elsewhere wears a group that is made elsewhere.
    if worn.is_no() && view.group(value).is_none() && !view.existing.is_empty() {
        return Truth::Yes;
    }
    worn
}

fn of_list(view: &View<'_>, value: &Value) -> Truth {
    if let Some(list) = view.prefix_list(value) {
        let entries = list.entries.iter().map(|entry| match prefix(entry) {
            Some(prefix) => is_host(prefix).into(),
            None => Truth::Unknown,
        });
        return Truth::all(entries);
    }
    match view.list_of(value) {
        ListOf::S3Here | ListOf::TakenForS3(_) => Truth::Yes,
        ListOf::Open(_) => Truth::Unknown,
        // It is a finding of its own.
        ListOf::Foreign(_) => Truth::Yes,
    }
}

/// Who may open a connection to the tasks: a service may have to be reached, but not by everyone.
fn ingress(view: &View<'_>, group: &Group, width: &mut Width) {
    for rule in &group.ingress {
        let prefixes = prefixes_of(view, &rule.peer).unwrap_or_default();
        // Halves of everything are everything in two rules.
        let world = prefixes.iter().any(|prefix| prefix.length() < SHORTEST_OF_SOMEBODY);
        if !world || rule.traffic == Traffic::Nothing {
            continue;
        }
        let every_port = match rule.traffic {
            Traffic::All => true,
            Traffic::Ports { protocol, from, to } => protocol == TCP && from <= 1 && to == u16::MAX,
            _ => false,
        };
        let severity = if every_port { Severity::Warning } else { Severity::Note };
        let message = format!(
            "{} may reach tasks that wear {} on {}; a pull needs nobody to be let in",
            peer_name(&rule.peer),
            group.name,
            traffic_name(&rule.traffic)
        );
        let fault = Fault::at(severity, Code::WideTaskIngress, rule.place, message);
        width.wide(fault.label("let in"));
    }
}

/// Nobody is given a shorter prefix; it is a part of everything.
const SHORTEST_OF_SOMEBODY: u8 = 8;

/// The prefixes of a rule's other side, if all of them are known.
fn prefixes_of(view: &View<'_>, peer: &Peer) -> Option<Vec<Prefix>> {
    match peer {
        Peer::Prefix(prefix, _) => Some(vec![*prefix]),
        Peer::PrefixList(value) => view.prefix_list(value)?.entries.iter().map(prefix).collect(),
        _ => None,
    }
}

/// Whether a prefix that may open connections to endpoints is one of their VPC alone.
fn of_vpc(prefix: Prefix, addresses: Option<&Numbers>) -> Truth {
    match addresses {
        Some(vpc) if prefix.is_ipv4() => vpc.covers(&Numbers::of_prefix(prefix)).into(),
        _ if prefix.length() < SHORTEST_VPC => Truth::No,
        _ if is_private(prefix) => Truth::Yes,
        // A VPC that is made elsewhere may have addresses outside of private networks.
        _ if can_be_of_a_vpc(prefix) => Truth::Unknown,
        _ => Truth::No,
    }
}

fn of_endpoint(view: &View<'_>, endpoint: &Endpoint, group: &Group, width: &mut Width) {
    let vpc = endpoint.vpc.as_ref().and_then(|id| view.vpc(id));
    let addresses = vpc.and_then(|vpc| view.vpc_addresses(vpc));
    for rule in &group.ingress {
        let narrow = match &rule.peer {
            Peer::Invalid(_) => continue,
            peer if is_nobody(peer) || rule.traffic == Traffic::Nothing => continue,
            _ if matches!(rule.traffic, Traffic::Unknown(_)) => Truth::Unknown,
            _ if !is_only(&rule.traffic, HTTPS) => Truth::No,
            Peer::Group(_) => Truth::Yes,
            Peer::Prefix(prefix, _) => of_vpc(*prefix, addresses.as_ref()),
            // The prefix of a VPC that is made elsewhere is taken for what it is named.
            Peer::Unknown(_) => Truth::Yes,
            peer @ Peer::PrefixList(_) => match prefixes_of(view, peer) {
                // Networks that lead to the VPC are somebody's, and not everybody.
                Some(prefixes) => Truth::all(prefixes.into_iter().map(|prefix| {
                    of_vpc(prefix, addresses.as_ref()).or(is_private(prefix).into())
                })),
                None => Truth::Unknown,
            },
        };
        if narrow == Truth::Unknown {
            width.narrow = width.narrow.and(Truth::Unknown);
        }
        if !narrow.is_no() {
            continue;
        }
        let flow = format!(
            "{} may reach endpoints that wear {} on {}; they need HTTPS from the tasks",
            peer_name(&rule.peer),
            group.name,
            traffic_name(&rule.traffic)
        );
        let fault = Fault::at(Severity::Warning, Code::WideEndpointIngress, rule.place, flow)
            .label(format!("{} from {}", traffic_name(&rule.traffic), peer_name(&rule.peer)))
            .help(
                "let in TCP 443 from the VPC's prefix or from the tasks' group, and nothing else",
            );
        width.wide(fault);
    }
    let open = group.egress.iter().find(|rule| {
        !is_nobody(&rule.peer)
            && rule.traffic != Traffic::Nothing
            && !matches!(rule.peer, Peer::Invalid(_))
    });
    let Some(rule) = open else { return };
    if rule.form == RuleForm::Default && rule.place != group.place {
        return;
    }
    let everything = matches!(&rule.peer, Peer::Prefix(prefix, _) if *prefix == everywhere());
    let what = if everything {
        "everything".to_owned()
    } else {
        format!("{} and more", peer_name(&rule.peer))
    };
    let what = if group.egress.len() == 1 { peer_name(&rule.peer) } else { what };
    let message = format!(
        "endpoints that wear {} may reach {what}; an endpoint answers and opens no connection, so \
         nothing goes this way",
        group.name
    );
    let fault = Fault::at(Severity::Note, Code::EndpointEgress, rule.place, message)
        .label("carries no traffic of a pull")
        .help("to allow nothing: {IpProtocol: \"-1\", CidrIp: 127.0.0.1/32}");
    width.wide(fault);
}
