//! Images that cannot be pulled by way of the endpoints, or not at first.

use super::scene::Scene;
use super::{Fault, error, note, warning};
use crate::cloudformation::{Text, Value};
use crate::diagnostic::Code;
use crate::verify::image::{HostForm, Image, image};
use crate::verify::network::Container;
use crate::verify::texts::strip_beginning;

/// What is to be said of the containers' images: of each at most one thing.
pub(super) fn images(scene: &Scene<'_>) -> Vec<Fault> {
    let definitions = scene.definitions();
    let containers = definitions.iter().flat_map(|definition| &definition.containers);
    containers.filter_map(|container| of(scene, container)).collect()
}

fn of(scene: &Scene<'_>, container: &Container) -> Option<Fault> {
    let name = container.image.as_ref()?;
    let Image::PrivateEcr { region, repository, form, .. } = image(name, scene.view.evaluated)
    else {
        return None;
    };
    other_region(scene, name, &region)
        .or_else(|| pull_through(scene, name, &repository))
        .or_else(|| host(name, form))
}

fn other_region(scene: &Scene<'_>, name: &Value, region: &Text) -> Option<Fault> {
    let (known, stack) = (region.as_known()?, scene.view.network.region?);
    if known == stack.name {
        return None;
    }
    let message = format!(
        "the image is in ECR of `{known}`, and the stack in `{stack}`: the gateway endpoint does not \
         lead to the layers"
    );
    // By way of a NAT gateway it can be pulled.
    let has_way_out = scene.view.network.route_tables.iter().any(|table| !table.routes.is_empty());
    let fault = if has_way_out { warning } else { error };
    let fault = fault(Code::ImageOtherRegion, name.place, "another region", message);
    let replicated = name.as_known().map(|name| name.replacen(known, stack.name, 1));
    Some(match replicated {
        Some(replicated) => fault.help(format!("Image: {replicated}")),
        None => fault,
    })
}

/// Prefixes that people give to repositories of a pull-through cache, by ECR's own examples:
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-creating-rule.html>
const USUAL_PREFIXES: &[&str] = &["docker-hub", "ecr-public", "github", "kubernetes", "quay"];

fn pull_through(scene: &Scene<'_>, name: &Value, repository: &Text) -> Option<Fault> {
    let given = scene.view.network.pull_through.iter().filter_map(|prefix| {
        let known = prefix.as_known()?;
        behind(repository, known).is_some().then_some((known, Some(prefix.place)))
    });
    // `quay/org/app` is what is behind such a prefix; `quay/app` may be anybody's.
    let usual = USUAL_PREFIXES.iter().filter_map(|prefix| {
        let rest = behind(repository, prefix)?;
        rest.beginning().contains('/').then_some((*prefix, None))
    });
    let (prefix, place) = given.chain(usual).next()?;
    let message = format!(
        "`{repository}` looks like a pull-through cache: ECR has to reach the source on the first \
         pull, and a VPC with endpoints alone needs a way out for that"
    );
    let label = format!("behind `{prefix}`");
    let fault = warning(Code::PullThroughCache, name.place, label, message);
    Some(match place {
        Some(place) => fault.related(place, "the rule"),
        None => fault,
    })
}

/// What is behind a prefix and a slash.
fn behind(repository: &Text, prefix: &str) -> Option<Text> {
    strip_beginning(&strip_beginning(repository, prefix)?, "/")
}

fn host(name: &Value, form: HostForm) -> Option<Fault> {
    let (label, message) = form.doubt(name)?;
    Some(note(Code::RegistryHost, name.place, label, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::lints::made::{check, faults, text};
    use crate::verify::network::Network;

    fn set(network: &mut Network, name: &str) {
        let definition = network.tasks[0].definition.as_mut().unwrap();
        definition.containers[0].image = Some(text(name));
    }

    fn of_tokyo(network: &mut Network, path: &str) {
        set(network, &format!("012345678901.dkr.ecr.ap-northeast-1.amazonaws.com/{path}"));
    }

    #[test]
    fn one_image_is_one_finding() {
        const CACHE: &[Code] = &[Code::PullThroughCache];
        check(&[
            (
                "another region",
                |n, _| set(n, "012345678901.dkr.ecr.us-east-1.amazonaws.com/app"),
                &[Code::ImageOtherRegion],
            ),
            (
                "an unknown region",
                |n, _| set(n, "{account}.dkr.ecr.{region}.amazonaws.com/app"),
                &[],
            ),
            (
                "FIPS",
                |n, _| set(n, "012345678901.dkr.ecr-fips.ap-northeast-1.amazonaws.com/app"),
                &[Code::RegistryHost],
            ),
            (
                "dual-stack",
                |n, _| set(n, "012345678901.dkr-ecr.ap-northeast-1.on.aws/app"),
                &[Code::RegistryHost],
            ),
            ("a cache", |n, _| of_tokyo(n, "docker-hub/library/nginx:1"), CACHE),
            ("a cache with an unknown end", |n, _| of_tokyo(n, "quay/org/{app}"), CACHE),
            ("a repository", |n, _| of_tokyo(n, "quay/app"), &[]),
            ("a repository of that beginning", |n, _| of_tokyo(n, "quayside/org/app"), &[]),
            (
                "a cache of the world",
                |n, _| {
                    n.pull_through.push(text("mirror"));
                    of_tokyo(n, "mirror/app");
                },
                CACHE,
            ),
            (
                "beside a cache of the world",
                |n, _| {
                    n.pull_through.push(text("mirror"));
                    of_tokyo(n, "app");
                },
                &[],
            ),
            ("another registry", |n, _| set(n, "ghcr.io/quay/org/app"), &[]),
        ]);
    }

    #[test]
    fn the_same_repository_here_is_said() {
        let found = faults(|n, _| set(n, "012345678901.dkr.ecr.us-east-1.amazonaws.com/app"));
        let help = "Image: 012345678901.dkr.ecr.ap-northeast-1.amazonaws.com/app";
        assert_eq!(found[0].help, [help]);
    }
}
