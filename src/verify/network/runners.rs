//! Everything that runs tasks, in the words that all of them share.

use super::Hidden;
use super::definitions::has_fargate;
use super::parts::{Index, list, part, property};
use super::states;
use crate::cloudformation::{Made, Place, Resource, Value};

/// Something that runs tasks, on Fargate or elsewhere.
pub(super) struct Runner<'a> {
    /// The resource that runs them.
    pub(super) resource: &'a Resource,
    /// For people: `service Web`.
    pub(super) name: String,
    /// Where it stands.
    pub(super) place: Place,
    /// Whether it is made.
    pub(super) made: Made,
    /// `LaunchType`.
    pub(super) launch_type: Option<Value>,
    /// `CapacityProviderStrategy`.
    pub(super) strategy: Option<Value>,
    /// The cluster it runs them in.
    pub(super) cluster: Option<Value>,
    /// `AwsvpcConfiguration`.
    pub(super) network: Option<Value>,
    /// The task definition.
    pub(super) definition: Option<Value>,
    /// `PlatformVersion`.
    pub(super) platform_version: Option<Value>,
    /// `EnableExecuteCommand`.
    pub(super) exec: Option<Value>,
}

impl<'a> Runner<'a> {
    /// Reads what `parameters` say; `definition` is the key of the task definition.
    pub(super) fn new(
        resource: &'a Resource,
        name: String,
        place: Place,
        parameters: &Value,
        definition: &str,
    ) -> Runner<'a> {
        let get = |key| part(parameters, key);
        let network = get("NetworkConfiguration");
        Runner {
            resource,
            name,
            place,
            made: resource.made.clone(),
            launch_type: get("LaunchType"),
            strategy: get("CapacityProviderStrategy"),
            cluster: get("Cluster"),
            network: network.and_then(|network| awsvpc(&network)),
            definition: get(definition),
            platform_version: get("PlatformVersion"),
            exec: get("EnableExecuteCommand"),
        }
    }

    fn of(kind: &str, resource: &'a Resource, parameters: &Value, definition: &str) -> Runner<'a> {
        let name = format!("{kind} {}", resource.id);
        Runner::new(resource, name, resource.place, parameters, definition)
    }
}

/// Services of AWS spell it in two ways.
fn awsvpc(network: &Value) -> Option<Value> {
    part(network, "AwsvpcConfiguration").or_else(|| part(network, "AwsVpcConfiguration"))
}

/// Everything in the world that runs tasks, in the order of the files, and where more may be run
/// that cannot be seen.
pub(super) fn runners<'a>(index: &Index<'a>) -> (Vec<Runner<'a>>, Vec<Hidden>) {
    let mut unseen = Vec::new();
    let mut runners: Vec<Runner<'a>> = Vec::new();
    runners.extend(index.of_kind("AWS::ECS::Service").filter_map(service));
    runners.extend(index.of_kind("AWS::ECS::TaskSet").map(|resource| task_set(index, resource)));
    runners.extend(index.of_kind("AWS::Events::Rule").flat_map(rule));
    runners.extend(index.of_kind("AWS::Scheduler::Schedule").filter_map(schedule));
    runners.extend(index.of_kind("AWS::Pipes::Pipe").filter_map(pipe));
    for machine in index.of_kind("AWS::StepFunctions::StateMachine") {
        let (runs, hidden) = states::runners(machine);
        runners.extend(runs);
        unseen.extend(hidden);
    }
    unseen.extend(index.of_kind("AWS::Batch::JobDefinition").filter_map(batch));
    unseen.extend(index.of_kind("AWS::ECS::ExpressGatewayService").map(express));
    runners.sort_by_key(|runner| runner.resource.place);
    (runners, unseen)
}

/// Jobs that AWS Batch runs on Fargate: where is up to their compute environments.
fn batch(job: &Resource) -> Option<Hidden> {
    let on_fargate = has_fargate(&list(property(job, "PlatformCapabilities")));
    let why = format!("where the jobs of {} run on Fargate cannot be seen", job.id);
    (!on_fargate.is_no()).then_some(Hidden { place: job.place, why })
}

/// A service in express mode, of which ECS makes the task definition and the groups.
fn express(service: &Resource) -> Hidden {
    let why = format!("what ECS makes for the express service {} cannot be seen", service.id);
    Hidden { place: service.place, why }
}

/// A service; `None` where only its task sets run tasks.
fn service(resource: &Resource) -> Option<Runner<'_>> {
    let controller = property(resource, "DeploymentController");
    let controller = controller.and_then(|controller| part(&controller, "Type"));
    if controller.as_ref().and_then(Value::as_known) == Some("EXTERNAL") {
        return None;
    }
    Some(Runner::of("service", resource, &resource.properties, "TaskDefinition"))
}

/// Commands can be executed in the tasks of a set if they can in those of its service.
fn task_set<'a>(index: &Index<'a>, resource: &'a Resource) -> Runner<'a> {
    let service = property(resource, "Service").and_then(|service| index.made(&service));
    let exec = service.and_then(|service| property(service, "EnableExecuteCommand"));
    Runner { exec, ..Runner::of("task set", resource, &resource.properties, "TaskDefinition") }
}

fn rule(resource: &Resource) -> Vec<Runner<'_>> {
    let targets = list(property(resource, "Targets"));
    let runners =
        targets.iter().filter(|target| target.as_unknown().is_none()).filter_map(|target| {
            let parameters = part(target, "EcsParameters")?;
            let id = part(target, "Id").map_or_else(String::new, |id| format!(", target {id}"));
            let name = format!("rule {}{id}", resource.id);
            let runner =
                Runner::new(resource, name, target.place, &parameters, "TaskDefinitionArn");
            Some(Runner { cluster: part(target, "Arn"), ..runner })
        });
    runners.collect()
}

fn schedule(resource: &Resource) -> Option<Runner<'_>> {
    let target = property(resource, "Target").filter(|target| target.as_unknown().is_none())?;
    let parameters = part(&target, "EcsParameters")?;
    let runner = Runner::of("schedule", resource, &parameters, "TaskDefinitionArn");
    Some(Runner { cluster: part(&target, "Arn"), ..runner })
}

fn pipe(resource: &Resource) -> Option<Runner<'_>> {
    let target = property(resource, "TargetParameters");
    let target = target.filter(|target| target.as_unknown().is_none())?;
    let parameters = part(&target, "EcsTaskParameters")?;
    let runner = Runner::of("pipe", resource, &parameters, "TaskDefinitionArn");
    Some(Runner { cluster: property(resource, "Target"), ..runner })
}
