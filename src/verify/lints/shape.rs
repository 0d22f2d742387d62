//! Whether an endpoint has the type and the properties that go together.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpcendpoint.html>

use super::scene::{Scene, entries, is_empty, is_for, service_of};
use super::{Fault, error, warning};
use crate::aws::Service;
use crate::cloudformation::Value;
use crate::diagnostic::Code;
use crate::verify::network::{Endpoint, EndpointType, default_group};
use crate::verify::view::View;

/// Services with gateway endpoints; all others have interfaces only.
const GATEWAYS: &[&str] = &["dynamodb", "s3", "s3express"];

/// What does not go together: of each endpoint at most one thing, beside that it wears no group.
pub(super) fn endpoints(scene: &Scene<'_>) -> Vec<Fault> {
    let faults = scene.view.network.endpoints.iter().flat_map(|endpoint| match endpoint.kind {
        EndpointType::Interface => interface(scene, endpoint),
        EndpointType::Gateway => gateway(endpoint).into_iter().collect(),
        EndpointType::Other | EndpointType::Unknown => Vec::new(),
    });
    faults.collect()
}

fn interface(scene: &Scene<'_>, endpoint: &Endpoint) -> Vec<Fault> {
    let of_another_type = only_interface_of_s3(scene, endpoint).or_else(|| route_tables(endpoint));
    if let Some(fault) = of_another_type {
        return vec![fault];
    }
    let without_subnets = is_empty(endpoint.subnets.as_ref()).then(|| {
        error(
            Code::EndpointWithoutSubnets,
            endpoint.subnets.as_ref().map_or(endpoint.place, |subnets| subnets.place),
            "no subnets",
            format!(
                "interface endpoint `{}` has no `SubnetIds`, so it has no interface",
                endpoint.name
            ),
        )
        .help("SubnetIds: [subnets of the tasks, one for each availability zone]")
    });
    // Rules can be added to a VPC's default group too.
    let has_rules = |vpc: &Value| {
        let group = default_group(vpc);
        scene.view.network.outside_rules.iter().any(|rule| rule.group.same(&group).is_yes())
    };
    let alone = is_empty(endpoint.groups.as_ref()) && !endpoint.vpc.as_ref().is_some_and(has_rules);
    let default_group = alone.then(|| {
        warning(
            Code::EndpointDefaultGroup,
            endpoint.groups.as_ref().map_or(endpoint.place, |groups| groups.place),
            "no groups",
            format!(
                "endpoint `{}` has no `SecurityGroupIds`, so it wears the VPC's default group, \
                 which lets in nobody but those who wear it too",
                endpoint.name
            ),
        )
        .help("SecurityGroupIds: [a group that lets in TCP 443 from the tasks]")
    });
    without_subnets.into_iter().chain(default_group).collect()
}

/// An interface endpoint of S3 where ECR's endpoints are, and no gateway.
fn only_interface_of_s3(scene: &Scene<'_>, endpoint: &Endpoint) -> Option<Fault> {
    let s3 = Service::s3();
    // Where S3's name leads to it AWS does not say whether layers come by it.
    let answers = endpoint.private_dns.truth.and(endpoint.for_all_resolvers);
    if !is_for(endpoint, &s3).is_yes() || !answers.is_no() {
        return None;
    }
    let beside = |other: &Endpoint| View::same(endpoint.vpc.as_ref(), other.vpc.as_ref());
    let serves_ecr = scene.interfaces().any(|other| {
        let ecr = [Service::ecr_api(), Service::ecr_dkr()];
        ecr.iter().any(|ecr| is_for(other, ecr).is_yes()) && beside(other).is_yes()
    });
    let gateway = scene.view.network.endpoints.iter().any(|other| {
        matches!(other.kind, EndpointType::Gateway | EndpointType::Unknown)
            && !is_for(other, &s3).is_no()
            && !beside(other).is_no()
    });
    if !serves_ecr || gateway {
        return None;
    }
    // A gateway may be made elsewhere, in a VPC that is.
    let all_seen = scene.view.network.hidden.is_empty()
        && endpoint.vpc.as_ref().is_some_and(|vpc| vpc.as_created().is_some());
    let fault = if all_seen { error } else { warning };
    Some(
        fault(
            Code::EndpointType,
            endpoint.kind_place.unwrap_or(endpoint.place),
            "not a gateway",
            format!(
                "endpoint `{}` of S3 is an interface, and ECR's layers need a gateway endpoint",
                endpoint.name
            ),
        )
        .help("VpcEndpointType: Gateway")
        .help("RouteTableIds: [route tables of the tasks' subnets]"),
    )
}

fn route_tables(endpoint: &Endpoint) -> Option<Fault> {
    let tables = endpoint.route_tables.as_ref()?;
    (!tables.entries().is_empty()).then(|| unfit(endpoint, "RouteTableIds", tables, "interface"))
}

fn gateway(endpoint: &Endpoint) -> Option<Fault> {
    let service = service_of(endpoint);
    if let Some(service) = &service
        && !GATEWAYS.contains(&service.name())
    {
        return Some(interface_wanted(endpoint, service));
    }
    let of_interfaces = [("SubnetIds", &endpoint.subnets), ("SecurityGroupIds", &endpoint.groups)];
    for (key, value) in of_interfaces {
        if let Some(value) = value
            && !entries(Some(value)).is_empty()
        {
            return Some(unfit(endpoint, key, value, "gateway"));
        }
    }
    if endpoint.private_dns.truth.is_yes() {
        let message = format!("gateway endpoint `{}` takes no `PrivateDnsEnabled`", endpoint.name);
        let place = endpoint.private_dns.place;
        return Some(warning(Code::EndpointProperty, place, "not of a gateway", message));
    }
    let of_s3 = is_for(endpoint, &Service::s3()).is_yes();
    (of_s3 && is_empty(endpoint.route_tables.as_ref())).then(|| {
        error(
            Code::GatewayWithoutRouteTables,
            endpoint.route_tables.as_ref().map_or(endpoint.place, |tables| tables.place),
            "no route tables",
            format!(
                "gateway endpoint `{}` has no `RouteTableIds`, so nothing leads to it",
                endpoint.name
            ),
        )
        .help("RouteTableIds: [route tables of the tasks' subnets]")
    })
}

fn interface_wanted(endpoint: &Endpoint, service: &Service) -> Fault {
    let (place, found) = match endpoint.kind_place {
        Some(place) => (place, "is a gateway"),
        None => {
            (endpoint.place, "has no `VpcEndpointType`, which CloudFormation takes for `Gateway`")
        }
    };
    let message =
        format!("endpoint `{}` {found}, and `{service}` has interfaces only", endpoint.name);
    error(Code::EndpointType, place, "a gateway", message).help("VpcEndpointType: Interface")
}

fn unfit(endpoint: &Endpoint, key: &str, value: &Value, kind: &str) -> Fault {
    let message = format!("{kind} endpoint `{}` takes no `{key}`", endpoint.name);
    let article = if kind == "interface" { "an" } else { "a" };
    warning(Code::EndpointProperty, value.place, format!("not of {article} {kind}"), message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::Truth;
    use crate::verify::lints::made::{any_list, check, faults, interface, list, text};

    #[test]
    fn one_mistake_in_the_shape_of_an_endpoint_is_one_finding() {
        check(&[
            (
                "an interface's type is left out",
                |n, _| {
                    n.endpoints[0].kind = EndpointType::Gateway;
                    n.endpoints[0].kind_place = None;
                },
                &[Code::EndpointType],
            ),
            (
                "a misspelt service's type is left out",
                |n, _| {
                    n.endpoints[1].service = Some(text("com.amazonaws.ap-northeast-1.ecr-dkr"));
                    n.endpoints[1].kind = EndpointType::Gateway;
                },
                &[Code::EndpointType, Code::EndpointServiceUnknown],
            ),
            ("nobody knows the type", |n, _| n.endpoints[0].kind = EndpointType::Unknown, &[]),
            (
                "s3 is an interface",
                |n, _| n.endpoints[2].kind = EndpointType::Interface,
                &[Code::EndpointType],
            ),
            (
                "s3 is an interface beside a gateway",
                |n, _| {
                    n.endpoints.push(interface("S3Interface", "com.amazonaws.ap-northeast-1.s3"));
                },
                &[],
            ),
            (
                "s3 is an interface in another vpc",
                |n, _| {
                    n.endpoints[2] = interface("S3", "com.amazonaws.ap-northeast-1.s3");
                    n.endpoints[2].vpc = Some(text("<Other>"));
                    n.endpoints[2].subnets = Some(any_list("subnets"));
                    n.endpoints[2].groups = Some(any_list("groups"));
                },
                &[],
            ),
            ("no subnets", |n, _| n.endpoints[0].subnets = None, &[Code::EndpointWithoutSubnets]),
            (
                "an empty list of subnets",
                |n, _| n.endpoints[0].subnets = Some(list(&[])),
                &[Code::EndpointWithoutSubnets],
            ),
            ("unknown subnets", |n, _| n.endpoints[0].subnets = Some(any_list("subnets")), &[]),
            ("no groups", |n, _| n.endpoints[0].groups = None, &[Code::EndpointDefaultGroup]),
            (
                "an interface with route tables",
                |n, _| n.endpoints[0].route_tables = Some(list(&["<Table>"])),
                &[Code::EndpointProperty],
            ),
            (
                "a gateway with subnets",
                |n, _| n.endpoints[2].subnets = Some(list(&["<SubnetA>"])),
                &[Code::EndpointProperty],
            ),
            (
                "a gateway with groups",
                |n, _| n.endpoints[2].groups = Some(list(&["<EndpointGroup>"])),
                &[Code::EndpointProperty],
            ),
            (
                "a gateway with private DNS",
                |n, _| n.endpoints[2].private_dns.truth = Truth::Yes,
                &[Code::EndpointProperty],
            ),
            (
                "a gateway without route tables",
                |n, _| n.endpoints[2].route_tables = None,
                &[Code::GatewayWithoutRouteTables],
            ),
            (
                "a gateway with unknown route tables",
                |n, _| n.endpoints[2].route_tables = Some(any_list("tables")),
                &[],
            ),
        ]);
    }

    #[test]
    fn where_the_vpc_is_made_elsewhere_a_gateway_may_be_too() {
        let found = faults(|n, _| {
            n.endpoints[2].kind = EndpointType::Interface;
            n.endpoints.iter_mut().for_each(|one| one.vpc = Some(text("{parameter 0 Vpc}")));
        });
        let of_s3: Vec<_> = found.iter().map(|fault| (fault.code, fault.severity)).collect();
        assert_eq!(of_s3, [(Code::EndpointType, crate::diagnostic::Severity::Warning)]);
    }
}
