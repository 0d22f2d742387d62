//! Fargate tasks: who runs them, where, and what.

use std::collections::{BTreeSet, VecDeque};

use super::definitions::{Definitions, has_fargate};
use super::parts::{Index, created, doubt, each, list, part, property, setting, unknown};
use super::runners::{Runner, runners};
use super::{Definition, Hidden, Setting, Task};
use crate::cloudformation::{Created, Made, Resource, Unknown, Value};
use crate::truth::Truth;

/// How many resources one may wait for; a template has at most 500.
const MOST_WAITED_FOR: usize = 1000;

/// How many containers are looked at, once for each task that runs them.
const MOST_CONTAINERS: usize = 100_000;

/// The tasks of the world and what is known around them.
pub(super) struct Tasks {
    /// Everything that runs Fargate tasks, in the order of the files.
    pub(super) tasks: Vec<Task>,
    /// Definitions that nothing runs.
    pub(super) idle: Vec<Definition>,
    /// Where tasks may be run that cannot be seen.
    pub(super) unseen: Vec<Hidden>,
}

/// Reads the tasks of the world.
pub(super) fn tasks(index: &Index<'_>) -> Tasks {
    let definitions = Definitions::new(index);
    let (runners, unseen) = runners(index);
    let mut run: BTreeSet<Created> = BTreeSet::new();
    let mut tasks = Vec::new();
    let mut containers = 0;
    for runner in &runners {
        let named = runner.definition.as_ref().and_then(|named| definitions.named(named));
        run.extend(named.map(|(id, _)| id.clone()));
        let Some(made) = on_fargate(index, &definitions, runner) else { continue };
        let definition = named.map(|(_, defined)| &defined.definition);
        containers += definition.map_or(0, |definition| definition.containers.len() + 1);
        let definition = match definition {
            Some(definition) if containers <= MOST_CONTAINERS => Ok(definition.clone()),
            Some(_) => Err(nothing_said(runner, "containers", "there are too many containers")),
            None => Err(runner.definition.clone().unwrap_or_else(|| {
                nothing_said(runner, "definition", "it names no task definition")
            })),
        };
        tasks.push(task(index, runner, made, definition));
    }
    let idle = definitions.all().into_iter().filter(|(id, defined)| {
        let fargate = match defined.requires_fargate {
            Some(truth) => !truth.is_no(),
            None => defined.fits_fargate,
        };
        fargate && !run.contains(*id)
    });
    let idle = idle.map(|(_, defined)| defined.definition.clone()).collect();
    Tasks { tasks, idle, unseen }
}

fn nothing_said(runner: &Runner<'_>, what: &str, why: &str) -> Value {
    unknown(runner.place, format!("{what} of {}", runner_key(runner)), what, why.to_owned())
}

/// Tells a runner from all others.
fn runner_key(runner: &Runner<'_>) -> String {
    format!("{} {} {}", runner.resource.file, runner.name, runner.place.start)
}

/// Whether there is a Fargate task: `None` if there is not.
fn on_fargate(index: &Index<'_>, definitions: &Definitions, runner: &Runner<'_>) -> Option<Made> {
    let named = runner.definition.as_ref().and_then(|named| definitions.named(named));
    let (truth, open) = match (&runner.launch_type, &runner.strategy) {
        (Some(launch_type), _) => (has_fargate(launch_type.entries()), Some(launch_type)),
        (None, Some(strategy)) => (has_fargate(&providers(strategy)), Some(strategy)),
        (None, None) => {
            let cluster = runner.cluster.as_ref().and_then(|cluster| index.made(cluster));
            let default = cluster.and_then(|cluster| strategy_of(index, cluster));
            let truth = match (default, named) {
                (Some(default), _) => has_fargate(&providers(&default)),
                (None, Some((_, defined))) => match defined.requires_fargate {
                    Some(truth) => truth,
                    // A cluster that is made elsewhere may have Fargate for its default.
                    None if defined.fits_fargate && cluster.is_none() => Truth::Unknown,
                    // What says nothing is for instances, the launch type where none is said.
                    None => Truth::No,
                },
                (None, None) if runner.network.is_some() => Truth::Unknown,
                (None, None) => Truth::No,
            };
            (truth, None)
        }
    };
    let doubt =
        || match open.and_then(|open| open.entries().iter().find(|one| one.as_known().is_none())) {
            Some(open) if open.as_text().is_some() => doubt(open),
            _ => Unknown {
                key: format!("launch type of {}", runner_key(runner)).into(),
                name: "LaunchType".into(),
                why: format!("{} does not say whether it runs on Fargate", runner.name).into(),
                many: false,
            },
        };
    match (truth, &runner.made) {
        (Truth::No, _) => None,
        (Truth::Unknown, Made::Surely) => Some(Made::Perhaps(doubt())),
        (_, made) => Some(made.clone()),
    }
}

fn providers(strategy: &Value) -> Vec<Value> {
    each(Some(strategy.clone()), "CapacityProvider")
}

/// The default strategy of a cluster, where it has one.
fn strategy_of(index: &Index<'_>, cluster: &Resource) -> Option<Value> {
    let key = "DefaultCapacityProviderStrategy";
    property(cluster, key).or_else(|| {
        let associations = index.of_kind("AWS::ECS::ClusterCapacityProviderAssociations");
        let of_cluster = |association: &&Resource| {
            let named = property(association, "Cluster");
            named
                .and_then(|named| index.made(&named))
                .is_some_and(|made| created(made) == created(cluster))
        };
        associations.filter(of_cluster).find_map(|association| property(association, key))
    })
}

fn task(
    index: &Index<'_>,
    runner: &Runner<'_>,
    made: Made,
    definition: Result<Definition, Value>,
) -> Task {
    let get = |key| runner.network.as_ref().and_then(|network| part(network, key));
    let mut subnets = list(get("Subnets"));
    if subnets.is_empty() {
        subnets.push(nothing_said(runner, "subnets", "it names no subnet"));
    }
    let public_address = match get("AssignPublicIp") {
        None => setting(None, runner.place, false),
        Some(assign) => {
            let truth = match assign.as_known() {
                Some("ENABLED") => Truth::Yes,
                Some("DISABLED") => Truth::No,
                _ => Truth::Unknown,
            };
            Setting { truth, place: assign.place, given: true }
        }
    };
    Task {
        name: runner.name.clone(),
        place: runner.place,
        made,
        asked: false,
        subnets,
        groups: get("SecurityGroups")
            .map(|groups| groups.entries().to_vec())
            .filter(|groups| !groups.is_empty()),
        public_address,
        platform_version: runner.platform_version.clone(),
        exec: setting(runner.exec.clone(), runner.place, false),
        exec_configuration: runner
            .cluster
            .as_ref()
            .and_then(|cluster| property(index.made(cluster)?, "Configuration"))
            .and_then(|configuration| part(&configuration, "ExecuteCommandConfiguration")),
        definition,
        waits_for: waits_for(index, runner.resource),
    }
}

/// Platform versions for Linux before 1.4.0.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-fargate.html>
const OLD: &[&str] = &["1.0.0", "1.1.0", "1.2.0", "1.3.0"];

impl Task {
    /// Whether Fargate logs in to ECR by an interface of its own and not by the task's, as platform
    /// versions before 1.4.0 do.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>
    pub(in crate::verify) fn logs_in_by_fargate(&self) -> Truth {
        let Some(version) = &self.platform_version else { return Truth::No };
        let is_windows = match &self.definition {
            Ok(definition) => match &definition.operating_system {
                Some(system) if !definition.is_windows() && system.as_known().is_none() => {
                    Truth::Unknown
                }
                _ => definition.is_windows().into(),
            },
            Err(_) => Truth::Unknown,
        };
        match version.as_known() {
            // 1.0.0 is what Windows has.
            Some("1.0.0") => !is_windows,
            Some(known) => OLD.contains(&known).into(),
            None => (!is_windows).and(Truth::Unknown),
        }
    }
}

/// The logical ids that a resource names, those that they name, and so on, nearest first.
fn waits_for(index: &Index<'_>, resource: &Resource) -> Vec<String> {
    let mut seen: BTreeSet<&str> = BTreeSet::from([&*resource.id]);
    let mut waited_for = Vec::new();
    let mut open = VecDeque::from([resource]);
    while let Some(next) = open.pop_front() {
        for name in &next.names {
            if waited_for.len() < MOST_WAITED_FOR && seen.insert(name) {
                waited_for.push(name.to_string());
                open.extend(index.at(resource.file, name));
            }
        }
    }
    waited_for
}

#[cfg(test)]
mod tests;
