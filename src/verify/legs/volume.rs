//! The way to a file system of EFS: its mount targets in the VPC.
//!
//! Source: <https://docs.aws.amazon.com/efs/latest/ug/mounting-fs-mount-cmd-dns-name.html>

use super::super::admits::{Connection, Far, Interfaces, admits};
use super::super::evidence::{Claim, Evidence, Failing};
use super::super::network::{Direction, MountTarget, default_group};
use super::super::rules::{NFS, carries, is_nobody, rule_name, rules_of};
use super::super::{Aspect, Path, Via};
use super::endpoint::{let_out, step};
use super::names::resolves;
use super::{Placement, acls, holds};
use crate::cloudformation::{Made, Value};
use crate::diagnostic::Code;
use crate::truth::Truth;

/// The way to a file system.
pub(super) fn path(from: &Placement<'_>, id: &Value) -> Path {
    let targets = from.view.network.mount_targets.iter();
    let targets: Vec<&MountTarget> = targets
        .filter(|target| target.file_system.as_ref().is_some_and(|one| one.same(id).is_yes()))
        .collect();
    let (way, egress, acl) = if targets.is_empty() {
        // Only the port is in the templates, and it has to be let out to somewhere.
        let text = format!("the mount targets of {id} are made elsewhere and let the tasks in");
        let way = Evidence::Assumed(Claim::at(id.place, text));
        (way, some_nfs(from, id), acls::out(from, acls::anything(), NFS, &id.to_string()))
    } else {
        let far = targets.iter().map(|one| interface(from, one)).collect();
        let subnets: Vec<&Value> =
            targets.iter().filter_map(|target| target.subnet.as_ref()).collect();
        let egress = let_out(from, &id.to_string(), &connection(id), far);
        let acl = acls::to_subnets(from, &subnets, NFS, &id.to_string());
        (in_zone(from, id, &targets), egress, acl)
    };
    let mut steps = vec![
        step(Aspect::Way, way),
        step(Aspect::Name, name(from, id)),
        step(Aspect::Egress, egress),
    ];
    steps.extend(acl.map(|evidence| step(Aspect::Acl, evidence)));
    let ingress = targets.iter().map(|target| ingress(from, target));
    steps.push(step(Aspect::Ingress, Evidence::All(ingress.collect())));
    Path { via: Via::Vpc, by: id.to_string(), steps }
}

/// Whether the name of a file system leads to a mount target: the VPC's own name servers know it,
/// and EFS asks for host names.
fn name(from: &Placement<'_>, id: &Value) -> Evidence {
    let mut all = vec![resolves(from)];
    let Some(vpc) = from.subnet.made_vpc else { return Evidence::All(all) };
    let hostnames = &vpc.dns_hostnames;
    if !hostnames.truth.is_yes() {
        let text = format!("whether {id}'s name resolves without DNS host names in {}", vpc.id);
        all.push(Evidence::Open(Claim::at(hostnames.place, text)));
    }
    all.extend(vpc.foreign_name_servers.as_ref().map(|servers| {
        let text = format!("whether the name servers {servers} know {id}'s name");
        Evidence::Open(Claim::at(servers.place, text))
    }));
    Evidence::All(all)
}

/// Whether there is a mount target in the zone of the task's subnet: the name of a file system
/// resolves to that one.
fn in_zone(from: &Placement<'_>, id: &Value, targets: &[&MountTarget]) -> Evidence {
    let zone_of = |subnet: &Value| from.view.subnet(subnet)?.zone.as_ref();
    let zone = zone_of(&from.subnet.id);
    let (mut here, mut perhaps) = (Truth::No, None);
    // Zones that are chosen by different numbers are likely to differ.
    let mut differ = true;
    for target in targets {
        let is_here = match &target.subnet {
            Some(subnet) if subnet.same(&from.subnet.id).is_yes() => Truth::Yes,
            Some(subnet) => match (zone, zone_of(subnet)) {
                (Some(zone), Some(other)) => zone.same(other),
                _ => {
                    differ = false;
                    Truth::Unknown
                }
            },
            None => {
                differ = false;
                Truth::Unknown
            }
        };
        match &target.made {
            Made::Surely => here = here.or(is_here),
            Made::Perhaps(unknown) if !is_here.is_no() => perhaps = Some((target, unknown)),
            Made::Perhaps(_) => {}
        }
    }
    let text = format!("{id} has a mount target in the availability zone of {}", from.subnet.name);
    match (here, perhaps) {
        (Truth::Yes, _) => holds(Claim::at(id.place, text)),
        (Truth::Unknown, _) if differ => {
            Evidence::Open(Claim::at(id.place, format!("whether {text}")))
        }
        (Truth::Unknown, _) => Evidence::Assumed(Claim::at(id.place, text)),
        (Truth::No, Some((target, unknown))) => Evidence::Open(Claim::at(
            target.place,
            format!("whether {} is made: {}", target.name, unknown.why),
        )),
        (Truth::No, None) => Evidence::Open(Claim::at(id.place, format!("whether {text}"))),
    }
}

fn connection(id: &Value) -> Connection {
    Connection {
        direction: Direction::Egress,
        port: NFS,
        missing: Code::EfsEgressMissing,
        partial: Code::EfsEgressMissing,
        help: format!(
            "{{IpProtocol: tcp, FromPort: 2049, ToPort: 2049, DestinationSecurityGroupId: the group of {id}'s mount targets}}"
        ),
    }
}

fn interface(from: &Placement<'_>, target: &MountTarget) -> Interfaces {
    let name = format!("the mount target {}", target.name);
    let interface = from.interfaces(name, target.subnet.as_ref(), groups_of(from, target));
    Interfaces { hosts: Some(1), ..interface }
}

/// The groups that a mount target wears; the VPC's default one where none are given.
fn groups_of(from: &Placement<'_>, target: &MountTarget) -> Vec<Value> {
    match target.groups.as_ref().map(Value::entries) {
        Some(groups @ [_, ..]) => groups.to_vec(),
        Some([]) | None => from.subnet.vpc.as_ref().map(default_group).into_iter().collect(),
    }
}

/// Whether the task's groups let NFS out to anybody.
fn some_nfs(from: &Placement<'_>, id: &Value) -> Evidence {
    if let Some(trusted) = from.trusted_out(NFS, &id.to_string()) {
        return trusted;
    }
    let rules = &from.worn.egress;
    let mut open = rules.unseen.clone();
    for (group, rule) in rules.rules.iter().filter(|(_, rule)| !is_nobody(&rule.peer)) {
        let name = rule_name(group, Direction::Egress, rule);
        match (carries(&rule.traffic, NFS), &rule.made) {
            ((Truth::No, _), _) => {}
            ((Truth::Yes, _), Made::Surely) => {
                let text = format!("{name} is where {id} is");
                return Evidence::Assumed(Claim::at(rule.place, text));
            }
            ((Truth::Unknown, why), _) => {
                open.push(Claim::at(rule.place, format!("whether {name}: {why}")));
            }
            (_, Made::Perhaps(unknown)) => {
                open.push(Claim::at(rule.place, format!("whether {name}: {}", unknown.why)));
            }
        }
    }
    if !open.is_empty() {
        return Evidence::All(open.into_iter().map(Evidence::Open).collect());
    }
    let text = format!("no rule of {} lets out TCP 2049", rules.names);
    let place = rules.groups.first().map_or(from.task.place, |group| group.place);
    Failing::fault(Code::EfsEgressMissing, Claim::at(place, text)).help(connection(id).help).into()
}

fn ingress(from: &Placement<'_>, target: &MountTarget) -> Evidence {
    let rules = rules_of(from.view, &groups_of(from, target), Direction::Ingress);
    let connection = Connection {
        direction: Direction::Ingress,
        port: NFS,
        missing: Code::EfsIngressMissing,
        partial: Code::EfsIngressMissing,
        help: "{IpProtocol: tcp, FromPort: 2049, ToPort: 2049, SourceSecurityGroupId: the tasks' group}".to_owned(),
    };
    let far = Far::Interfaces(from.own_interface(from.worn.groups.clone()));
    admits(from.view, &rules, &connection, &far)
}
