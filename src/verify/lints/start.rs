//! Services that may start before the endpoints are there.

use super::scene::{Scene, is_for};
use super::{Fault, warning};
use crate::aws::Service;
use crate::cloudformation::Value;
use crate::diagnostic::Code;
use crate::truth::Truth;
use crate::verify::image::{Image, image};
use crate::verify::network::{Endpoint, EndpointType, Task};
use crate::verify::view::View;

/// Services that do not wait for all endpoints of a pull that their template makes.
pub(super) fn order(scene: &Scene<'_>) -> Vec<Fault> {
    scene.tasks().filter_map(|task| of(scene, task)).collect()
}

fn of(scene: &Scene<'_>, task: &Task) -> Option<Fault> {
    if !task.name.starts_with("service ") || !pulls_from_ecr(scene, task) || runs_none(scene, task)
    {
        return None;
    }
    let services = [Service::ecr_api(), Service::ecr_dkr(), Service::s3()];
    let missing: Vec<&Endpoint> = services
        .iter()
        .filter_map(|service| {
            let mut endpoints = scene.view.network.endpoints.iter().filter(|endpoint| {
                endpoint.place.file == task.place.file
                    && is_for(endpoint, service).is_yes()
                    && (service.is_ecr() || endpoint.kind != EndpointType::Interface)
                    && !in_vpc_of(scene, endpoint, task).is_no()
            });
            let first = endpoints.next()?;
            let waits = |endpoint: &Endpoint| task.waits_for.contains(&endpoint.name);
            (!waits(first) && !endpoints.any(waits)).then_some(first)
        })
        .collect();
    if missing.is_empty() {
        return None;
    }
    let names: Vec<&str> = missing.iter().map(|endpoint| endpoint.name.as_str()).collect();
    let message = format!(
        "{} does not wait for `{}`, so its first tasks may start before they can pull",
        task.name,
        names.join("`, `")
    );
    let code = Code::StartsBeforeEndpoints;
    let fault = warning(code, task.place, "may start first", message)
        .help(format!("DependsOn: [{}]", names.join(", ")));
    Some(
        missing
            .iter()
            .fold(fault, |fault, endpoint| fault.related(endpoint.place, "which it needs")),
    )
}

/// Whether an image may be in private ECR.
fn pulls_from_ecr(scene: &Scene<'_>, task: &Task) -> bool {
    let Ok(definition) = &task.definition else { return false };
    let images = definition.containers.iter().filter_map(|one| one.image.as_ref());
    images
        .map(|name| image(name, scene.view.evaluated))
        .any(|image| matches!(image, Image::PrivateEcr { .. } | Image::Unknown(_)))
}

/// Whether the service is made without tasks.
fn runs_none(scene: &Scene<'_>, task: &Task) -> bool {
    let services = scene.of_kind("AWS::ECS::Service");
    let mut here = services.filter(|service| service.place == task.place);
    let count = here.find_map(|service| service.properties.get("DesiredCount"));
    count.and_then(Value::as_known) == Some("0")
}

/// Whether an endpoint is in the VPC of a task, as far as the task's subnets tell.
fn in_vpc_of(scene: &Scene<'_>, endpoint: &Endpoint, task: &Task) -> Truth {
    Truth::any(task.subnets.iter().map(|subnet| {
        let vpc = scene.view.subnet(subnet).and_then(|subnet| subnet.vpc.as_ref());
        View::same(vpc, endpoint.vpc.as_ref())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::lints::made::{check, faults, resource, text};

    #[test]
    fn a_service_waits_for_the_endpoints_of_a_pull() {
        check(&[
            (
                "it waits for none",
                |n, _| n.tasks[0].waits_for.clear(),
                &[Code::StartsBeforeEndpoints],
            ),
            (
                "it waits for two",
                |n, _| n.tasks[0].waits_for.retain(|name| name != "S3"),
                &[Code::StartsBeforeEndpoints],
            ),
            (
                "no service",
                |n, _| {
                    n.tasks[0].waits_for.clear();
                    n.tasks[0].name = "schedule Nightly".to_owned();
                },
                &[],
            ),
            (
                "a question",
                |n, _| {
                    n.tasks[0].waits_for.clear();
                    n.tasks[0].asked = true;
                },
                &[],
            ),
            (
                "another file",
                |n, _| {
                    n.tasks[0].waits_for.clear();
                    n.tasks[0].place.file = 1;
                },
                &[],
            ),
            (
                "another VPC",
                |n, _| {
                    n.tasks[0].waits_for.clear();
                    n.subnets.iter_mut().for_each(|one| one.vpc = Some(text("<Other>")));
                    n.endpoints.iter_mut().for_each(|one| one.subnets = Some(text("{list}")));
                    n.endpoints[2].subnets = None;
                },
                &[],
            ),
            (
                "another registry",
                |n, _| {
                    n.tasks[0].waits_for.clear();
                    let definition = n.tasks[0].definition.as_mut().unwrap();
                    definition.containers[0].image = Some(text("nginx"));
                },
                &[],
            ),
            (
                "no tasks at first",
                |n, e| {
                    n.tasks[0].waits_for.clear();
                    let service =
                        resource("Web", "AWS::ECS::Service", vec![("DesiredCount", text("0"))]);
                    n.tasks[0].place = service.place;
                    e.resources.push(service);
                },
                &[],
            ),
        ]);
    }

    #[test]
    fn it_is_said_for_what_it_does_not_wait() {
        let found = faults(|n, _| n.tasks[0].waits_for = vec!["Dkr".to_owned()]);
        assert_eq!(found[0].help, ["DependsOn: [Api, S3]"]);
    }
}
