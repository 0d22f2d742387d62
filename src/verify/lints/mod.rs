//! What the text of a template decides by itself, without following a task on its way.
//!
//! One mistake is one finding: of several rules that one mistake breaks, the first speaks.

mod circular;
mod counts;
mod default_rules;
mod definitions;
mod dns;
mod duplicates;
mod ecs;
mod images;
#[cfg(test)]
mod made;
mod placement;
mod prefix_lists;
mod scene;
mod service_names;
mod shape;
mod start;
mod unused;
mod words;

use super::TaskLegs;
use super::fault::Fault;
use super::network::Task;
use super::view::View;
use crate::cloudformation::Place;
use crate::diagnostic::{Code, Severity};
use scene::Scene;

/// What the templates say wrong by themselves.
///
/// `judged` has those of the templates' tasks and of those that are asked about. Order: by place,
/// then by code.
pub(super) fn lint(view: &View<'_>, judged: &[(Task, TaskLegs)]) -> Vec<Fault> {
    let scene = Scene::new(view, judged);
    let rules: &[fn(&Scene<'_>) -> Vec<Fault>] = &[
        shape::endpoints,
        service_names::endpoints,
        placement::duplicate_endpoints,
        placement::subnets_in_one_zone,
        placement::other_vpc,
        placement::zones,
        duplicates::gateways,
        duplicates::rules,
        ecs::in_part,
        dns::foreign_name_servers,
        dns::private_hosted_zones,
        default_rules::empty_lists,
        default_rules::removed,
        counts::rules,
        counts::groups,
        words::invalid_rules,
        words::descriptions,
        circular::groups,
        prefix_lists::ids,
        images::images,
        definitions::definitions,
        definitions::platform_versions,
        start::order,
        unused::task_groups,
    ];
    let mut faults: Vec<Fault> = rules.iter().flat_map(|rule| rule(&scene)).collect();
    faults.sort_by_key(|fault| (fault.place, fault.code));
    faults
}

/// An error at a place, with a few words for the caret.
fn error(code: Code, place: Place, label: impl Into<String>, message: impl Into<String>) -> Fault {
    Fault::at(Severity::Error, code, place, message).label(label)
}

/// A warning at a place, with a few words for the caret.
fn warning(
    code: Code,
    place: Place,
    label: impl Into<String>,
    message: impl Into<String>,
) -> Fault {
    Fault::at(Severity::Warning, code, place, message).label(label)
}

/// A note at a place, with a few words for the caret.
fn note(code: Code, place: Place, label: impl Into<String>, message: impl Into<String>) -> Fault {
    Fault::at(Severity::Note, code, place, message).label(label)
}
