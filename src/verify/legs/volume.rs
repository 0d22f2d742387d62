//! The way to a file system of EFS: its mount targets in the VPC.

use super::super::admits::{Connection, Far, Interfaces, admits};
use super::super::evidence::{Claim, Evidence, Failing};
use super::super::network::{Direction, MountTarget, prefix};
use super::super::rules::{NFS, rules_of};
use super::super::sets::Numbers;
use super::super::{Aspect, Path, Via};
use super::endpoint::{let_out, step};
use super::{From, resolves};
use crate::cloudformation::Value;
use crate::diagnostic::Code;

/// The way to a file system.
pub(super) fn path(from: &From<'_>, id: &Value) -> Path {
    let targets: Vec<&MountTarget> = from
        .view
        .network
        .mount_targets
        .iter()
        .filter(|target| target.file_system.as_ref().is_some_and(|one| one.same(id).is_yes()))
        .collect();
    let mut steps = vec![step(Aspect::Name, resolves(from.scene))];
    if targets.is_empty() {
        // Only the port is in the templates, and it has to be let out to somewhere.
        let text = format!("the mount targets of {id} are made elsewhere and let the tasks in");
        steps.insert(0, step(Aspect::Way, Evidence::Assumed(Claim::at(id.place, text))));
    }
    let far: Vec<Interfaces> = targets.iter().map(|target| interface(from, target)).collect();
    let egress = if targets.is_empty() {
        some_nfs(from, id)
    } else {
        let_out(from, &id.to_string(), |far| connection(id, far), far)
    };
    steps.push(step(Aspect::Egress, egress));
    let ingress = targets.iter().map(|target| ingress(from, target));
    steps.push(step(Aspect::Ingress, Evidence::All(ingress.collect())));
    Path { via: Via::Vpc, by: id.to_string(), steps }
}

fn connection(id: &Value, far: Far) -> Connection {
    Connection {
        direction: Direction::Egress,
        port: NFS,
        far,
        missing: Code::EfsEgressMissing,
        partial: Code::EfsEgressMissing,
        help: format!(
            "{{IpProtocol: tcp, FromPort: 2049, ToPort: 2049, DestinationSecurityGroupId: the group of {id}'s mount targets}}"
        ),
    }
}

fn interface(from: &From<'_>, target: &MountTarget) -> Interfaces {
    let subnet = target.subnet.as_ref().and_then(|id| from.view.subnet(id));
    let cidr = subnet.and_then(|subnet| subnet.cidr.clone());
    let mut written: Vec<Value> = cidr.iter().cloned().collect();
    written.extend(from.scene.written.iter().skip(1).cloned());
    Interfaces {
        name: format!("the mount target {}", target.name),
        groups: groups_of(target),
        addresses: cidr.as_ref().and_then(prefix).map(Numbers::of_prefix),
        vpc: from.scene.vpc_addresses.clone(),
        written,
        hosts: Some(1),
    }
}

fn groups_of(target: &MountTarget) -> Vec<Value> {
    target.groups.iter().flat_map(|groups| groups.entries()).cloned().collect()
}

/// Whether the task's groups let NFS out to anybody.
fn some_nfs(from: &From<'_>, id: &Value) -> Evidence {
    use super::super::rules::{carries, is_nobody, rule_name};
    if from.worn.elsewhere || from.worn.default {
        return Evidence::Assumed(Claim::at(from.task.place, "the task's group lets out TCP 2049"));
    }
    let rules = &from.worn.egress;
    let found = rules
        .rules
        .iter()
        .find(|(_, rule)| carries(&rule.traffic, NFS).0.is_yes() && !is_nobody(&rule.peer));
    match found {
        Some((group, rule)) => {
            let text = format!("{} is where {id} is", rule_name(group, Direction::Egress, rule));
            Evidence::Assumed(Claim::at(rule.place, text))
        }
        None if !rules.unseen.is_empty() => {
            Evidence::All(rules.unseen.iter().cloned().map(Evidence::Open).collect())
        }
        None => {
            let text = format!("no rule of {} lets out TCP 2049", rules.names);
            let place = rules.groups.first().map_or(from.task.place, |group| group.place);
            Failing::fault(Code::EfsEgressMissing, Claim::at(place, text))
                .help(connection(id, Far::Public).help)
                .into()
        }
    }
}

fn ingress(from: &From<'_>, target: &MountTarget) -> Evidence {
    let rules = rules_of(from.view, &groups_of(target), Direction::Ingress);
    let scene = from.scene;
    let connection = Connection {
        direction: Direction::Ingress,
        port: NFS,
        far: Far::Interfaces(Interfaces {
            name: format!("tasks in {}", scene.name),
            groups: from.worn.groups.clone(),
            addresses: scene.addresses.clone(),
            vpc: scene.vpc_addresses.clone(),
            written: scene.written.clone(),
            hosts: None,
        }),
        missing: Code::EfsIngressMissing,
        partial: Code::EfsIngressMissing,
        help: "{IpProtocol: tcp, FromPort: 2049, ToPort: 2049, SourceSecurityGroupId: the tasks' group}".to_owned(),
    };
    admits(from.view, &rules, &connection)
}
