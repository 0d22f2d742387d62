//! The endpoints of ECS itself, of which Fargate takes all or none in newer regions.

use std::collections::BTreeMap;

use super::scene::{Scene, is_for};
use super::{Fault, warning};
use crate::aws::Service;
use crate::diagnostic::Code;
use crate::verify::view::View;

/// VPCs with one or two of the three.
pub(super) fn in_part(scene: &Scene<'_>) -> Vec<Fault> {
    let Some(region) = scene.view.network.region else { return Vec::new() };
    let Some(says) = region.ecs_endpoints() else { return Vec::new() };
    let services: Vec<Service> =
        Service::OF_ECS.iter().filter_map(|name| name.parse().ok()).collect();
    let mut by_vpc = BTreeMap::new();
    for endpoint in scene.interfaces() {
        let of_ecs = services.iter().any(|service| is_for(endpoint, service).is_yes());
        if let Some(vpc) = endpoint.vpc.as_ref().and_then(|vpc| vpc.as_text())
            && of_ecs
        {
            by_vpc.entry(vpc).or_insert(endpoint);
        }
    }
    let faults = by_vpc.into_values().filter_map(|first| {
        let may_be_there = |service: &Service| {
            scene.view.network.endpoints.iter().any(|endpoint| {
                !is_for(endpoint, service).is_no()
                    && !View::same(endpoint.vpc.as_ref(), first.vpc.as_ref()).is_no()
            })
        };
        let missing: Vec<&Service> =
            services.iter().filter(|service| !may_be_there(service)).collect();
        if missing.is_empty() {
            return None;
        }
        let names: Vec<&str> = missing.iter().map(|service| service.name()).collect();
        let message = format!(
            "the VPC of `{}` has no endpoint of `{}`; {says}",
            first.name,
            names.join("`, `")
        );
        let fault = warning(Code::EcsEndpointsInPart, first.place, "one of three", message);
        let help = missing.iter().map(|service| {
            format!("ServiceName: {}", service.endpoint_service_name(region.partition, region.name))
        });
        Some(help.fold(fault, Fault::help))
    });
    faults.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Region;
    use crate::cloudformation::{Evaluated, Text};
    use crate::verify::lints::made::{check, faults, interface, text};
    use crate::verify::network::Network;

    /// The stack in `region`, with these of ECS's endpoints.
    fn set(network: &mut Network, evaluated: &mut Evaluated, region: &str, names: &[&str]) {
        network.region = Region::named(region);
        evaluated.region = Text::known(region);
        network.tasks.clear();
        network.groups.truncate(1);
        let service = |name: &str| format!("com.amazonaws.{region}.{name}");
        for (endpoint, name) in network.endpoints.iter_mut().zip(["ecr.api", "ecr.dkr", "s3"]) {
            endpoint.service = Some(text(&service(name)));
        }
        network.endpoints.extend(names.iter().map(|name| interface(name, &service(name))));
    }

    #[test]
    fn newer_regions_take_all_three_or_none() {
        check(&[
            ("none", |n, e| set(n, e, "ca-west-1", &[]), &[]),
            ("all", |n, e| set(n, e, "ca-west-1", Service::OF_ECS), &[]),
            ("one", |n, e| set(n, e, "ca-west-1", &["ecs"]), &[Code::EcsEndpointsInPart]),
            (
                "two",
                |n, e| set(n, e, "mx-central-1", &["ecs", "ecs-agent"]),
                &[Code::EcsEndpointsInPart],
            ),
            ("one in an older region", |n, e| set(n, e, "us-east-1", &["ecs"]), &[]),
            (
                "the third may be there",
                |n, e| {
                    set(n, e, "ca-west-1", &["ecs", "ecs-agent"]);
                    n.endpoints.push(interface("Other", "com.amazonaws.ca-west-1.{service}"));
                },
                &[],
            ),
        ]);
    }

    #[test]
    fn what_is_missing_is_named_and_what_is_inferred_is_said_to_be_aws_word() {
        let found = faults(|n, e| set(n, e, "ca-west-1", &["ecs"]));
        assert_eq!(
            found[0].help,
            [
                "ServiceName: com.amazonaws.ca-west-1.ecs-agent",
                "ServiceName: com.amazonaws.ca-west-1.ecs-telemetry",
            ]
        );
        let inferred = faults(|n, e| set(n, e, "mx-central-1", &["ecs"]));
        assert!(inferred[0].message.contains("AWS says of regions launched since"));
    }
}
