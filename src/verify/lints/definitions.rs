//! Task definitions that do not go with Fargate, or pull in another way.

use super::scene::Scene;
use super::{Fault, error, warning};
use crate::diagnostic::Code;
use crate::verify::image::{Image, image};
use crate::verify::network::{Definition, Task};
use crate::verify::policy::not_assumable;

/// What is to be said of the definitions that run on Fargate.
pub(super) fn definitions(scene: &Scene<'_>) -> Vec<Fault> {
    let definitions = scene.definitions();
    let faults = definitions.into_iter().flat_map(|definition| {
        [
            network_mode(definition),
            execution_role(scene, definition),
            task_role(scene, definition),
            windows(definition),
        ]
    });
    faults.flatten().collect()
}

fn network_mode(definition: &Definition) -> Option<Fault> {
    let name = &definition.name;
    let (place, label, message) = match &definition.network_mode {
        None => (
            definition.place,
            "no network mode",
            format!("`{name}` has no `NetworkMode`, and Fargate takes `awsvpc` only"),
        ),
        Some(mode) if mode.as_known()? == "awsvpc" => return None,
        Some(mode) => (
            mode.place,
            "not awsvpc",
            format!("the network mode of `{name}` is `{mode}`, and Fargate takes `awsvpc` only"),
        ),
    };
    Some(error(Code::NetworkMode, place, label, message).help("NetworkMode: awsvpc"))
}

fn execution_role(scene: &Scene<'_>, definition: &Definition) -> Option<Fault> {
    if definition.execution_role.is_some() {
        return None;
    }
    let mut images = definition.containers.iter().filter_map(|one| one.image.as_ref());
    let from_ecr = images
        .find(|name| matches!(image(name, scene.view.evaluated), Image::PrivateEcr { .. }))?;
    let message = format!(
        "`{}` pulls from private ECR and has no `ExecutionRoleArn` to log in with",
        definition.name
    );
    let fault = error(Code::ExecutionRoleMissing, definition.place, "no execution role", message);
    Some(
        fault
            .related(from_ecr.place, "from private ECR")
            .help("ExecutionRoleArn: !GetAtt Role.Arn"),
    )
}

/// A task role that no leg asks for keeps the task from starting too.
fn task_role(scene: &Scene<'_>, definition: &Definition) -> Option<Fault> {
    let value = definition.task_role.as_ref()?;
    let role = scene.view.network.roles.iter().find(|role| role.id.same(value).is_yes())?;
    let failing = not_assumable(role)?;
    let place = failing.claim.place.unwrap_or(role.place);
    let fault = error(Code::RoleNotAssumable, place, "for others", failing.claim.text);
    Some(failing.help.into_iter().fold(fault, Fault::help))
}

fn windows(definition: &Definition) -> Option<Fault> {
    let system = definition.operating_system.as_ref().filter(|_| definition.is_windows())?;
    let message = format!(
        "`{}` runs on `{system}`: the layers of Windows itself come from Microsoft, past the \
         endpoints, unless they were pushed to ECR with the image",
        definition.name
    );
    Some(warning(Code::WindowsImage, system.place, "Windows", message))
}

/// Tasks on an old platform version.
pub(super) fn platform_versions(scene: &Scene<'_>) -> Vec<Fault> {
    scene.tasks().filter_map(platform_version).collect()
}

fn platform_version(task: &Task) -> Option<Fault> {
    let version = task.platform_version.as_ref()?;
    if !task.logs_in_by_fargate().is_yes() {
        return None;
    }
    let message = format!(
        "{} runs on platform version `{version}`, which logs in to ECR by a way of Fargate's own and \
         not through the task's subnets",
        task.name
    );
    let fault = warning(Code::OldPlatformVersion, version.place, "before 1.4.0", message);
    Some(fault.help("PlatformVersion: LATEST"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::lints::made::{check, definition, service, text};
    use crate::verify::network::Network;

    fn of(network: &mut Network) -> &mut Definition {
        network.tasks[0].definition.as_mut().unwrap()
    }

    #[test]
    fn what_does_not_go_with_fargate_is_one_finding() {
        check(&[
            ("bridge", |n, _| of(n).network_mode = Some(text("bridge")), &[Code::NetworkMode]),
            ("no mode", |n, _| of(n).network_mode = None, &[Code::NetworkMode]),
            ("unknown mode", |n, _| of(n).network_mode = Some(text("{mode}")), &[]),
            ("no role", |n, _| of(n).execution_role = None, &[Code::ExecutionRoleMissing]),
            (
                "no role and no private registry",
                |n, _| {
                    of(n).execution_role = None;
                    of(n).containers[0].image = Some(text("nginx"));
                },
                &[],
            ),
            (
                "Windows",
                |n, _| of(n).operating_system = Some(text("WINDOWS_SERVER_2022_CORE")),
                &[Code::WindowsImage],
            ),
            ("Linux", |n, _| of(n).operating_system = Some(text("LINUX")), &[]),
            (
                "1.3.0",
                |n, _| n.tasks[0].platform_version = Some(text("1.3.0")),
                &[Code::OldPlatformVersion],
            ),
            ("no version", |n, _| n.tasks[0].platform_version = None, &[]),
            (
                "1.0.0 of Windows",
                |n, _| {
                    n.tasks[0].platform_version = Some(text("1.0.0"));
                    of(n).operating_system = Some(text("WINDOWS_SERVER_2022_CORE"));
                },
                &[Code::WindowsImage],
            ),
            (
                "1.0.0 of nobody knows what",
                |n, _| {
                    n.tasks[0].platform_version = Some(text("1.0.0"));
                    of(n).operating_system = Some(text("{system}"));
                },
                &[],
            ),
            (
                "one definition of two services",
                |n, _| {
                    of(n).network_mode = None;
                    let shared = of(n).clone();
                    n.tasks.push(service("Other", shared));
                },
                &[Code::NetworkMode],
            ),
            (
                "an idle definition",
                |n, _| {
                    let mut idle = definition("Idle");
                    idle.network_mode = None;
                    n.idle_definitions.push(idle);
                },
                &[Code::NetworkMode],
            ),
        ]);
    }
}
