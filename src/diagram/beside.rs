//! What groups allow beside what legs need, and ways out beside those that legs take.

use super::reach::{Reach, edge, is_host, peer, traffic};
use super::{ANSWERS, Flow, FlowKind, Label, Row, Stop, StopKind};
use crate::cloudformation::Value;
use crate::truth::Truth;
use crate::verify::network::{Direction, Endpoint, Peer, Rule};
use crate::verify::{Aspect, HTTPS, NFS, Need, Path, Via, carries, is_private};

impl<'a> Reach<'a> {
    /// What the task's groups let out beside the ways that are drawn.
    pub(super) fn beside(&self, endpoints: &[&Endpoint]) -> Vec<Row> {
        let worn: Vec<&Value> = endpoints
            .iter()
            .flat_map(|endpoint| endpoint.groups.iter().flat_map(|all| all.entries()))
            .collect();
        let file_system = self.task.legs.iter().any(|leg| leg.need == Need::Efs);
        let rules = self.task_rules().into_iter().filter(|rule| match &rule.peer {
            Peer::Group(id) => {
                let is_endpoints = worn.iter().any(|other| other.same(id).is_yes());
                let is_file_systems = file_system && carries(&rule.traffic, NFS).0.is_yes();
                !(is_endpoints || is_file_systems)
            }
            Peer::PrefixList(_) => !carries(&rule.traffic, HTTPS).0.is_yes(),
            peer => !is_host(peer),
        });
        let leads = self.leads_out();
        rules
            .map(|rule| {
                let label = traffic(&rule.traffic);
                let is_inside = match &rule.peer {
                    Peer::Prefix(prefix, _) => is_private(*prefix),
                    Peer::Group(_) | Peer::Unknown(_) => true,
                    Peer::PrefixList(_) | Peer::Invalid(_) => false,
                };
                let (kind, note) = match leads {
                    _ if is_inside => (FlowKind::Allowed, "by a rule"),
                    Truth::Yes => (FlowKind::Allowed, "by a rule"),
                    Truth::No => (FlowKind::Silent, "no route leads there"),
                    Truth::Unknown => (FlowKind::Unknown, "by a rule; routes are not seen"),
                };
                let flow = Some(Flow { kind, label, note: note.to_owned() });
                let by = self.way_out().filter(|_| kind == FlowKind::Allowed && !is_inside);
                if let Some((stop, _)) = by {
                    let onward = Some(Flow { kind, label: String::new(), note: String::new() });
                    return Row { flow, stop: Some(stop), onward, outside: Some(peer(rule)) };
                }
                if is_inside {
                    let Label { name, detail } = peer(rule);
                    let stop = Stop::new(StopKind::Interface, name, detail);
                    return Row { flow, stop: Some(stop), ..Row::default() };
                }
                Row { flow, outside: Some(peer(rule)), ..Row::default() }
            })
            .collect()
    }

    /// The ways out of the VPC, each with whether a route leads there.
    fn ways_out(&self) -> impl Iterator<Item = (&'a Path, Truth)> {
        let trust = self.trust;
        let paths = self.task.legs.iter().flat_map(|leg| &leg.origins).flat_map(|one| &one.paths);
        let out = paths.filter(|path| matches!(path.via, Via::Nat | Via::Internet));
        out.flat_map(move |path| {
            let routes = path.steps.iter().filter(|step| step.aspect == Aspect::Route);
            routes.map(move |step| (path, step.evidence.truth(trust)))
        })
    }

    /// Whether a route leads out of the VPC.
    fn leads_out(&self) -> Truth {
        Truth::any(self.ways_out().map(|(_, truth)| truth))
    }

    /// What a route leads out by, and whether it leads on from there.
    fn way_out(&self) -> Option<(Stop, Truth)> {
        let named = self.ways_out().filter(|(path, _)| !path.by.is_empty());
        let best = named.max_by_key(|(_, truth)| (truth.is_yes(), !truth.is_no()));
        best.map(|(path, truth)| match path.via {
            Via::Internet => (edge("internet", &path.by), truth),
            _ => (edge("NAT gateway", &path.by), truth),
        })
    }

    /// A way out that nothing which is drawn goes by: the groups alone keep the tasks from it.
    pub(super) fn unused_way_out(&self, rows: &[Row]) -> Option<Row> {
        let (stop, truth) = self.way_out()?;
        let (kind, detail) = match truth {
            Truth::Yes => (FlowKind::Allowed, "closed by the groups"),
            Truth::Unknown => (FlowKind::Unknown, "closed by the groups"),
            Truth::No => (FlowKind::Silent, "it leads nowhere"),
        };
        let is_drawn = rows.iter().any(|row| row.stop.as_ref() == Some(&stop));
        let onward = Flow { kind, label: String::new(), note: String::new() };
        (!is_drawn).then(|| Row {
            flow: None,
            stop: Some(stop),
            onward: Some(onward),
            outside: Some(Label::new("internet", detail)),
        })
    }

    /// What the groups of endpoints let out, although an endpoint opens no connection.
    pub(super) fn endpoint_egress(&self, groups: &'a [Value]) -> Vec<Row> {
        let rules = self.rules(groups, Direction::Egress);
        let row = |rule: &Rule| {
            let (label, note) = (traffic(&rule.traffic), "no traffic".to_owned());
            Row {
                onward: Some(Flow { kind: FlowKind::Silent, label, note }),
                outside: Some(peer(rule)),
                ..Row::words("egress rule", ANSWERS)
            }
        };
        rules.into_iter().map(row).collect()
    }
}
