//! What the network ACLs of subnets let through: of the task's, and of those that it reaches.

use std::sync::OnceLock;

use super::super::acl::{self, Far, Opener};
use super::super::evidence::{Claim, Evidence, Trust};
use super::super::network::{Acl, Task, UseOfAcl, everywhere, is, prefix};
use super::super::rules::{HTTPS, public_addresses};
use super::super::sets::Numbers;
use super::super::view::View;
use super::Placement;
use crate::cloudformation::Value;
use crate::truth::Truth;

/// Addresses of which nothing is known.
pub(super) fn anything<'a>() -> Far<'a> {
    static EVERYTHING: OnceLock<Numbers> = OnceLock::new();
    Far::SomeOf(EVERYTHING.get_or_init(|| Numbers::of_prefix(everywhere())))
}

/// Public addresses of some service, of which nobody knows which ones they are.
pub(super) fn public<'a>() -> Far<'a> {
    static PUBLIC: OnceLock<Numbers> = OnceLock::new();
    Far::SomeOf(PUBLIC.get_or_init(public_addresses))
}

/// Whether the ACL of the task's subnet lets it open a connection; nothing where the subnet uses
/// its VPC's own one as EC2 makes it, which lets everything through.
pub(super) fn out(from: &Placement<'_>, far: Far<'_>, port: u16, name: &str) -> Option<Evidence> {
    let opener = opener(from.task);
    of_subnet(from.view, &from.subnet.id, |one| acl::lets_out(one, far, port, opener, name))
}

/// Whether the ACLs on the way let the task open a connection to interfaces in subnets.
pub(super) fn to_subnets(
    from: &Placement<'_>,
    subnets: &[&Value],
    port: u16,
    name: &str,
) -> Option<Evidence> {
    let of = |within: Truth| -> Vec<&Value> {
        subnets.iter().copied().filter(|id| is_own(from, id) == within).collect()
    };
    let apart = to_others(from, &of(Truth::No), port, name);
    let perhaps = to_others(from, &of(Truth::Unknown), port, name)
        .map(|evidence| unless_within(from, name, evidence));
    let both: Vec<Evidence> = apart.into_iter().chain(perhaps).collect();
    (!both.is_empty()).then_some(Evidence::All(both))
}

/// Whether a subnet is the task's own; of an unknown list nobody can tell which of it is.
fn is_own(from: &Placement<'_>, subnet: &Value) -> Truth {
    match is(subnet, &from.subnet.id) {
        Truth::Yes if subnet.as_unknown().is_some_and(|unknown| unknown.many) => Truth::Unknown,
        truth => truth,
    }
}

/// The same of something that is perhaps in the task's own subnet: traffic inside of a subnet meets
/// no ACL.
fn unless_within(from: &Placement<'_>, name: &str, evidence: Evidence) -> Evidence {
    if !evidence.truth(Trust::Trusting).is_no() {
        return evidence;
    }
    let id = &from.subnet.id;
    Evidence::Open(Claim::at(
        id.place,
        format!("whether {name} is in {id}, so that it meets no ACL"),
    ))
}

/// The same to interfaces in other subnets than the task's.
fn to_others(from: &Placement<'_>, subnets: &[&Value], port: u16, name: &str) -> Option<Evidence> {
    if subnets.is_empty() {
        return None;
    }
    let known: Option<Vec<Numbers>> = subnets
        .iter()
        .map(|id| prefix(from.view.subnet(id)?.cidr.as_ref()?).map(Numbers::of_prefix))
        .collect();
    let far = known.map(|all| Numbers::union_of(&all));
    let far = far.as_ref().map_or_else(anything, Far::All);
    let mut all: Vec<Evidence> = out(from, far, port, name).into_iter().collect();
    // What is made elsewhere is assumed of once.
    let made = subnets.iter().filter(|id| from.view.subnet(id).is_some());
    all.extend(made.filter_map(|id| into_subnet(from, id, port)));
    (!all.is_empty()).then_some(Evidence::All(all))
}

/// Whether the ACL of a subnet lets the task open a connection to what is in it.
fn into_subnet(from: &Placement<'_>, subnet: &Value, port: u16) -> Option<Evidence> {
    let near = from.subnet.addresses.as_ref().map_or_else(anything, Far::All);
    let opener = opener(from.task);
    let name = format!("tasks in {}", from.subnet.name);
    of_subnet(from.view, subnet, |one| acl::lets_in(one, near, port, opener, &name))
}

/// Whether the ACL of a NAT gateway's subnet lets what the task sends to it in, and out again.
pub(super) fn by_nat(from: &Placement<'_>, subnet: &Value) -> Option<Evidence> {
    let into = match is_own(from, subnet) {
        Truth::Yes => None,
        Truth::No => into_subnet(from, subnet, HTTPS),
        Truth::Unknown => into_subnet(from, subnet, HTTPS)
            .map(|evidence| unless_within(from, "the NAT gateway", evidence)),
    };
    let out = of_subnet(from.view, subnet, |one| {
        acl::lets_out(one, public(), HTTPS, Opener::Nat, "public addresses")
    });
    let both: Vec<Evidence> = into.into_iter().chain(out).collect();
    (!both.is_empty()).then_some(Evidence::All(both))
}

/// Whose ports a task takes for its connections.
fn opener(task: &Task) -> Opener {
    let is_windows = task.definition.as_ref().is_ok_and(|definition| definition.is_windows());
    if is_windows { Opener::Windows } else { Opener::Linux }
}

/// What the ACL that a subnet uses says; nothing where it is its VPC's own one as EC2 makes it.
fn of_subnet(view: &View<'_>, subnet: &Value, says: impl Fn(&Acl) -> Evidence) -> Option<Evidence> {
    let mut perhaps = None;
    let used_here = |uses: &[UseOfAcl]| {
        Truth::any(uses.iter().map(|one| is(&one.subnet, subnet).and(one.made.truth())))
    };
    for acl in &view.network.acls {
        match used_here(&acl.subnets) {
            Truth::Yes => return Some(says(acl)),
            Truth::Unknown => perhaps = perhaps.or(Some(acl)),
            Truth::No => {}
        }
    }
    let outside = used_here(&view.network.outside_acls);
    let Some(vpc) = view.vpc_of(subnet).filter(|_| outside.is_no()) else {
        let text = format!("the network ACL of {subnet} lets it through");
        return Some(Evidence::Assumed(Claim::at(subnet.place, text)));
    };
    let of_vpc = |acl: &&Acl| acl.default_of.as_ref().is_some_and(|of| of.same(&vpc.id).is_yes());
    let own = view.network.acls.iter().find(of_vpc).map(&says);
    let Some(acl) = perhaps else { return own };
    let evidence = says(acl);
    let either: Vec<&Evidence> = own.iter().chain([&evidence]).collect();
    if either.into_iter().all(|one| one.truth(Trust::Strict).is_yes()) {
        return Some(evidence);
    }
    let text = format!("whether {subnet} uses {}, which does not let it through", acl.id);
    Some(Evidence::Open(Claim::at(acl.id.place, text)))
}
