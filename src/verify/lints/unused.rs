//! Groups that were made for the tasks, and that no task wears.

use std::collections::BTreeSet;

use super::scene::{Scene, entries, is_for};
use super::{Fault, warning};
use crate::aws::Service;
use crate::cloudformation::Text;
use crate::diagnostic::Code;
use crate::truth::Truth;
use crate::verify::network::{Group, Peer, TCP, Traffic};
use crate::verify::rules::HTTPS;

/// Groups that let out HTTPS to the endpoints and to S3, where the tasks of the same template wear
/// others.
pub(super) fn task_groups(scene: &Scene<'_>) -> Vec<Fault> {
    let of_endpoints = groups_of_endpoints(scene);
    let faults = scene.view.network.groups.iter().filter_map(|group| {
        if !is_for_tasks(group, &of_endpoints) {
            return None;
        }
        let worn = scene.tasks().map(|task| {
            let groups = task.groups.as_deref().unwrap_or_default();
            Truth::any(groups.iter().map(|worn| worn.same(&group.id)))
        });
        // Whoever asks about a group takes it for the tasks'.
        if scene.asked().next().is_some() {
            return None;
        }
        let mut beside = scene.tasks().filter(|task| task.place.file == group.place.file);
        let first = beside.next()?;
        if !Truth::any(worn).is_no() {
            return None;
        }
        let message = format!(
            "no task wears `{}`, which lets out what a pull needs; {} wears another group",
            group.name, first.name
        );
        let code = Code::UnusedTaskGroup;
        let fault = warning(code, group.place, "worn by no task", message)
            .related(first.place, "wears another group");
        Some(fault.help(format!("SecurityGroups: [!GetAtt {}.GroupId]", group.name)))
    });
    faults.collect()
}

/// The groups that ECR's endpoints wear.
fn groups_of_endpoints<'a>(scene: &Scene<'a>) -> BTreeSet<&'a Text> {
    let ecr = [Service::ecr_api(), Service::ecr_dkr()];
    let endpoints = scene
        .interfaces()
        .filter(|endpoint| ecr.iter().any(|service| is_for(endpoint, service).is_yes()));
    let groups = endpoints.flat_map(|endpoint| entries(endpoint.groups.as_ref()));
    groups.filter_map(|group| group.as_text()).collect()
}

fn is_for_tasks(group: &Group, of_endpoints: &BTreeSet<&Text>) -> bool {
    let mut endpoints = false;
    let mut list = false;
    for rule in &group.egress {
        let https = match rule.traffic {
            Traffic::Ports { protocol: TCP, from, to } => (from..=to).contains(&HTTPS),
            _ => false,
        };
        match &rule.peer {
            Peer::Group(id) if https => {
                endpoints |= id.as_text().is_some_and(|id| of_endpoints.contains(id));
            }
            Peer::PrefixList(_) if https => list = true,
            _ => {}
        }
    }
    endpoints && list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::lints::made::{any_list, check, group, text};

    #[test]
    fn a_group_made_for_tasks_is_worn_by_one() {
        const UNUSED: &[Code] = &[Code::UnusedTaskGroup];
        check(&[
            ("another group", |n, _| n.tasks[0].groups = Some(vec![text("<Other>")]), UNUSED),
            ("the default group", |n, _| n.tasks[0].groups = None, UNUSED),
            ("any groups", |n, _| n.tasks[0].groups = Some(vec![any_list("groups")]), &[]),
            (
                "a group that nobody knows",
                |n, _| n.tasks[0].groups = Some(vec![text("{parameter 0 Group}")]),
                &[],
            ),
            ("no tasks", |n, _| n.tasks.clear(), &[]),
            (
                "a group for something else",
                |n, _| n.groups.push(group("Other", vec![], vec![])),
                &[],
            ),
            (
                "beside a question",
                |n, _| {
                    let mut asked = n.tasks[0].clone();
                    asked.asked = true;
                    n.tasks.push(asked);
                    n.tasks[0].groups = Some(vec![text("<Other>")]);
                },
                &[],
            ),
            (
                "tasks of another file",
                |n, _| {
                    n.tasks[0].groups = Some(vec![text("<Other>")]);
                    n.tasks[0].place.file = 1;
                },
                &[],
            ),
        ]);
    }
}
