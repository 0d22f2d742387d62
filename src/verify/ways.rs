//! Ways out of the VPC that tasks have beside the endpoints, or lack.

use super::fault::Fault;
use super::legs::{Table, leads_out, table_of};
use super::network::{Route, Target, Task};
use super::view::View;
use super::{Aspect, Evidence, TaskLegs, Trust};
use crate::cloudformation::{Made, Value};
use crate::diagnostic::{Code, Severity};
use crate::truth::Truth;

/// What is to be said of the ways out that tasks have.
pub(super) fn faults(view: &View<'_>, tasks: &[(Task, TaskLegs)]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (task, legs) in tasks.iter().filter(|(task, _)| !task.asked) {
        for id in &task.subnets {
            let Some(routes) = routes(view, id) else { continue };
            let out: Vec<&Route> = routes.iter().filter(|route| is_default(view, route)).collect();
            faults.extend(beside_endpoints(view, task, legs, id, &out));
            faults.extend(address(task, id, &out));
        }
    }
    faults
}

/// The routes of a subnet, if its table is made here.
fn routes<'a>(view: &View<'a>, subnet: &Value) -> Option<&'a [Route]> {
    view.subnet(subnet)?;
    match table_of(view, subnet) {
        Table::Known(routes) => Some(routes),
        Table::Main => Some(&[]),
        Table::Elsewhere(_) => None,
    }
}

fn is_default(view: &View<'_>, route: &Route) -> bool {
    matches!(route.made, Made::Surely) && leads_out(view, route).is_yes()
}

/// A subnet with endpoints is meant to have no other way.
fn beside_endpoints(
    view: &View<'_>,
    task: &Task,
    legs: &TaskLegs,
    subnet: &Value,
    out: &[&Route],
) -> Option<Fault> {
    let pulls = view
        .network
        .endpoints
        .iter()
        .any(|endpoint| endpoint.service.as_ref().is_some_and(super::service::is_of_a_pull));
    let route = out.iter().find(|route| match &route.target {
        Target::Nat(_) => true,
        Target::Internet(_) => !task.public_address.truth.is_no(),
        Target::Elsewhere(..) => false,
    })?;
    let (Target::Nat(by) | Target::Internet(by)) = &route.target else { return None };
    // From where nothing gets further is no way to the internet.
    (pulls && !is_dead_end(legs, subnet, by)).then(|| {
        let message = format!(
            "{subnet} leads to the internet by {by}: what the tasks' groups let out is all that \
             keeps the tasks of {} in",
            task.name
        );
        Fault::at(Severity::Note, Code::PublicRoute, route.place, message)
            .label("a way beside the endpoints")
    })
}

/// Whether nothing gets further from what a subnet leads out by.
fn is_dead_end(legs: &TaskLegs, subnet: &Value, by: &Value) -> bool {
    let (subnet, by) = (subnet.to_string(), by.to_string());
    let origins = legs.legs.iter().flat_map(|leg| &leg.origins);
    let paths = origins.filter(|origin| origin.subnet == subnet).flat_map(|origin| &origin.paths);
    let mut steps = paths.filter(|path| path.by == by).flat_map(|path| &path.steps);
    let is_one = |reason: &Evidence| matches!(reason, Evidence::Fails(failing) if failing.code == Some(Code::DeadEndRoute));
    steps.any(|step| {
        step.aspect == Aspect::Route
            && step.evidence.reasons(Trust::Trusting).into_iter().any(is_one)
    })
}

/// A public address is of use where a route leads to an internet gateway, and needed there.
fn address(task: &Task, subnet: &Value, out: &[&Route]) -> Option<Fault> {
    let to_internet = out.iter().any(|route| matches!(route.target, Target::Internet(_)));
    let place = task.public_address.place;
    let (message, help) = match task.public_address.truth {
        Truth::Yes if out.is_empty() => (
            format!(
                "the tasks of {} get public addresses, and {subnet} leads to no internet gateway",
                task.name
            ),
            "AssignPublicIp: DISABLED",
        ),
        Truth::No if to_internet && out.len() == 1 => (
            format!(
                "{subnet} leads to an internet gateway, and the tasks of {} get no public address",
                task.name
            ),
            "put the tasks into subnets that lead to a NAT gateway, or to endpoints alone",
        ),
        _ => return None,
    };
    Some(Fault::at(Severity::Warning, Code::PublicAddress, place, message).help(help))
}
