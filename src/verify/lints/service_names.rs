//! Whether an endpoint names a service that exists, as it is named in its region.

use super::scene::{Scene, is_for};
use super::{Fault, error, warning};
use crate::aws::{Partition, Region, Service};
use crate::cloudformation::{Text, Value};
use crate::diagnostic::Code;
use crate::verify::network::{Endpoint, EndpointType};
use crate::verify::service::{ServiceName, meant_region, service_name};

/// Names that are wrong, each in one respect.
pub(super) fn endpoints(scene: &Scene<'_>) -> Vec<Fault> {
    scene.view.network.endpoints.iter().filter_map(|endpoint| of(scene, endpoint)).collect()
}

fn of(scene: &Scene<'_>, endpoint: &Endpoint) -> Option<Fault> {
    let name = endpoint.service.as_ref()?;
    match service_name(name) {
        ServiceName::Misspelt { service, region } => {
            let region = region.unwrap_or_else(|| here(scene));
            let message = format!("`{name}` is not an endpoint service of AWS");
            let fault = error(Code::EndpointServiceUnknown, name.place, "no such service", message);
            Some(fault.help(meant(scene, &service, &region)))
        }
        ServiceName::Known { service, region, prefix } => misspelt_region(name, &service, &region)
            .or_else(|| other_region(scene, endpoint, name, &service, &region))
            .or_else(|| other_partition(scene, endpoint, name, &service, &region, prefix?)),
        ServiceName::Foreign | ServiceName::Unknown(_) => None,
    }
}

/// The region of the stack, as a template may write it.
fn here(scene: &Scene<'_>) -> Text {
    Text::known(scene.view.network.region.map_or("${AWS::Region}", |region| region.name))
}

/// The right name as a line of a template.
fn meant(scene: &Scene<'_>, service: &Service, region: &Text) -> String {
    let partition = region_of(scene, region).map_or(Partition::Aws, |region| region.partition);
    let name = service.endpoint_service_name(partition, &region.to_string());
    let sub = if name.contains("${") { "!Sub " } else { "" };
    format!("ServiceName: {sub}{name}")
}

fn region_of(scene: &Scene<'_>, region: &Text) -> Option<&'static Region> {
    match region.as_known() {
        Some(name) => Region::named(name),
        None => scene.view.network.region,
    }
}

fn misspelt_region(name: &Value, service: &Service, region: &Text) -> Option<Fault> {
    let known = region.as_known()?;
    let near = meant_region(known)?;
    let message = format!("`{name}` is not an endpoint service: there is no region `{known}`");
    let fault = error(Code::EndpointServiceUnknown, name.place, "no such region", message);
    let right = service.endpoint_service_name(near.partition, near.name);
    Some(fault.help(format!("ServiceName: {right}")))
}

/// A name of another region than the stack's, or than `ServiceRegion` has it.
fn other_region(
    scene: &Scene<'_>,
    endpoint: &Endpoint,
    name: &Value,
    service: &Service,
    region: &Text,
) -> Option<Fault> {
    let code = Code::EndpointServiceRegion;
    let stack = scene.view.network.region;
    let Some(given) = &endpoint.service_region else {
        let (known, stack) = (region.as_known()?, stack?);
        let fault = || {
            let message =
                format!("`{name}` is a service of `{known}`, and the stack is in `{stack}`");
            let help = meant(scene, service, &Text::known(stack.name));
            error(code, name.place, "another region", message).help(help)
        };
        return (known != stack.name).then(fault);
    };
    if given.as_text()?.same(region).is_no() {
        let message =
            format!("`ServiceRegion` is `{given}`, and `{name}` is a service of `{region}`");
        let fault = error(code, name.place, "another region", message);
        return Some(fault.related(given.place, "where it is said to be"));
    }
    let (known, stack) = (given.as_known()?, stack?);
    (service.is_ecr() && known != stack.name).then(|| {
        let message = format!(
            "`{name}` is reached in `{known}`, and the gateway endpoint of `{stack}` does not lead \
             to the layers that are there"
        );
        let fault = warning(code, name.place, "another region", message);
        fault.related(given.place, "where it is said to be")
    })
}

fn other_partition(
    scene: &Scene<'_>,
    endpoint: &Endpoint,
    name: &Value,
    service: &Service,
    region: &Text,
    prefix: &str,
) -> Option<Fault> {
    let of = region_of(scene, region)?;
    // China has two endpoint services of S3: the gateway's, and the interface's with `cn.`.
    let two_names =
        is_for(endpoint, &Service::s3()).is_yes() && endpoint.kind != EndpointType::Gateway;
    if two_names || !service.endpoint_service_name_is_confirmed(of.partition) {
        return None;
    }
    let right = service.endpoint_service_name(of.partition, &region.to_string());
    if right.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(&format!(".{region}."))) {
        return None;
    }
    let message = format!(
        "`{name}` does not begin as `{service}` does in the partition `{}` of `{of}`",
        of.partition
    );
    let fault = error(Code::EndpointServicePartition, name.place, "another partition", message);
    Some(fault.help(meant(scene, service, region)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::lints::made::{check, faults, text};

    #[test]
    fn one_mistake_in_the_name_of_a_service_is_one_finding() {
        check(&[
            (
                "a hyphen",
                |n, _| n.endpoints[1].service = Some(text("com.amazonaws.ap-northeast-1.ecr-dkr")),
                &[Code::EndpointServiceUnknown],
            ),
            (
                "a misspelt region",
                |n, _| n.endpoints[1].service = Some(text("com.amazonaws.ap-norhteast-1.ecr.dkr")),
                &[Code::EndpointServiceUnknown],
            ),
            (
                "another region",
                |n, _| n.endpoints[1].service = Some(text("com.amazonaws.us-east-1.ecr.dkr")),
                &[Code::EndpointServiceRegion],
            ),
            (
                "another region's prefix",
                |n, _| {
                    n.endpoints[1].service = Some(text("cn.com.amazonaws.ap-northeast-1.ecr.dkr"));
                },
                &[Code::EndpointServicePartition],
            ),
            (
                "China without its prefix",
                |n, e| {
                    n.region = Region::named("cn-north-1");
                    e.region = Text::known("cn-north-1");
                    n.endpoints[0].service = Some(text("cn.com.amazonaws.cn-north-1.ecr.api"));
                    n.endpoints[1].service = Some(text("com.amazonaws.cn-north-1.ecr.dkr"));
                    n.endpoints[2].service = Some(text("com.amazonaws.cn-north-1.s3"));
                    n.tasks.clear();
                },
                &[Code::EndpointServicePartition],
            ),
            (
                "service region of a parameter",
                |n, _| n.endpoints[1].service_region = Some(text("{parameter 0 R}")),
                &[],
            ),
            (
                "service region of another",
                |n, _| n.endpoints[1].service_region = Some(text("us-east-1")),
                &[Code::EndpointServiceRegion],
            ),
            (
                "across regions",
                |n, _| {
                    n.endpoints[1].service = Some(text("com.amazonaws.us-east-1.ecr.dkr"));
                    n.endpoints[1].service_region = Some(text("us-east-1"));
                },
                &[Code::EndpointServiceRegion],
            ),
            (
                "an unknown region",
                |n, _| n.endpoints[1].service = Some(text("com.amazonaws.{pseudo Region}.ecr.dkr")),
                &[],
            ),
            ("nobody knows where it is deployed", |n, _| n.region = None, &[]),
            (
                "somebody's own service",
                |n, _| {
                    n.endpoints[1].service =
                        Some(text("com.amazonaws.vpce.ap-northeast-1.vpce-svc-0123456789abcdef0"));
                },
                &[],
            ),
        ]);
    }

    #[test]
    fn the_right_name_is_said() {
        let help = |name: &'static str| {
            let found = faults(|n, _| n.endpoints[1].service = Some(text(name)));
            found.into_iter().flat_map(|fault| fault.help).collect::<Vec<_>>()
        };
        let right = ["ServiceName: com.amazonaws.ap-northeast-1.ecr.dkr"];
        for wrong in [
            "com.amazonaws.ap-northeast-1.ecr.drk",
            "ecr.dkr",
            "com.amazonaws.ap-norhteast-1.ecr.dkr",
            "com.amazonaws.us-east-1.ecr.dkr",
            "eu.amazonaws.ap-northeast-1.ecr.dkr",
        ] {
            assert_eq!(help(wrong), right, "{wrong}");
        }
        let unknown = help("com.amazonaws.{the region}.ecr-dkr");
        assert_eq!(unknown, ["ServiceName: com.amazonaws.the region.ecr.dkr"]);
    }
}
