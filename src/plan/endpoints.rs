//! The endpoints of a stack.

use super::network::Parameters;
use super::policy::policy;
use super::{Endpoint, EndpointKind, LogicalId, ParameterType, Value};
use crate::aws::Service;
use crate::config::{Presence, Stack};

/// The endpoints that the stack makes: ECR's, S3's, then the others in the order of the config.
pub(super) fn endpoints(
    stack: &Stack,
    parameters: &mut Parameters<'_>,
    endpoint_group: &Value,
) -> Vec<Endpoint> {
    let mut interfaces = Vec::new();
    if stack.endpoints.ecr_api == Presence::Create {
        interfaces
            .push((Service::ecr_api(), "ECR's API: tasks log in to the registry.".to_owned()));
    }
    if stack.endpoints.ecr_dkr == Presence::Create {
        interfaces.push((Service::ecr_dkr(), "ECR's registries: tasks get manifests.".to_owned()));
    }
    for service in &stack.services {
        let purpose = format!("{}, which the tasks use.", service.value);
        interfaces.push((service.value.clone(), purpose));
    }
    let mut endpoints = Vec::new();
    if !interfaces.is_empty() {
        let subnets = parameters.list(
            &stack.network.subnets,
            ParameterType::Subnet,
            ParameterType::Subnets,
            "Subnets for the interface endpoints, at most one in each Availability Zone.",
        );
        endpoints.extend(interfaces.into_iter().map(|(service, purpose)| Endpoint {
            id: LogicalId::of(&format!("{}Endpoint", service.logical_name())),
            service_name: service_name(stack, &service),
            kind: EndpointKind::Interface {
                subnets: subnets.clone(),
                groups: vec![endpoint_group.clone()],
            },
            policy: policy(stack, &service),
            service,
            purpose,
        }));
    }
    if stack.endpoints.s3 == Presence::Create {
        let service = Service::s3();
        let route_tables = parameters.list(
            &stack.network.route_tables,
            ParameterType::RouteTable,
            ParameterType::RouteTables,
            "Route tables of the tasks' subnets, which get the route to S3.",
        );
        let gateway = Endpoint {
            id: LogicalId::of("S3Endpoint"),
            service_name: service_name(stack, &service),
            kind: EndpointKind::Gateway { route_tables },
            policy: policy(stack, &service),
            service,
            purpose: "S3: tasks get image layers.".to_owned(),
        };
        let behind_ecr = endpoints.iter().take_while(|endpoint| endpoint.service.is_ecr()).count();
        endpoints.insert(behind_ecr, gateway);
    }
    endpoints
}

fn service_name(stack: &Stack, service: &Service) -> Value {
    if let Some(name) = stack.service_names.get(service) {
        return Value::Literal(name.value.clone());
    }
    match &stack.regions[..] {
        [region] => {
            let name = service.endpoint_service_name(stack.partition(), region.value.name);
            Value::Literal(name)
        }
        _ => Value::Sub(service.endpoint_service_name(stack.partition(), "${AWS::Region}")),
    }
}
