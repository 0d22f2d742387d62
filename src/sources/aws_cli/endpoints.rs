//! Checks what the AWS CLI printed about endpoints and their network interfaces.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use serde::Deserialize;

use super::answers::{output, quoted, read};
use super::error::{AwsCommand, AwsError};
use crate::aws::{Service, VpcId};
use crate::sources::printable;

/// An interface endpoint.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    id: String,
    /// The ids of its network interfaces, at least one.
    pub(super) interfaces: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PrintedEndpoints {
    vpc_endpoints: Vec<PrintedEndpoint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PrintedEndpoint {
    vpc_endpoint_id: String,
    vpc_endpoint_type: String,
    vpc_id: String,
    service_name: String,
    state: String,
    #[serde(default)]
    network_interface_ids: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PrintedInterfaces {
    network_interfaces: Vec<PrintedInterface>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PrintedInterface {
    network_interface_id: String,
    private_ip_address: Option<Ipv4Addr>,
    #[serde(default)]
    private_ip_addresses: Vec<PrintedAddress>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PrintedAddress {
    private_ip_address: Option<Ipv4Addr>,
}

/// Whether a text can be the name of an endpoint service. Such a text means nothing to a shell and
/// to the CLI's syntax of filters.
pub(super) fn is_service_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !text.is_empty() && text.bytes().all(allowed)
}

/// Whether a text is an id that EC2 may give: also fit to be an argument.
fn is_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|digits| {
        matches!(digits.len(), 8 | 17) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

fn what_endpoint(service_name: &str, vpc: &VpcId) -> String {
    format!("interface endpoint of {} in {vpc}", quoted(service_name))
}

pub(super) fn no_endpoint(
    command: &AwsCommand,
    service_name: &str,
    vpc: &VpcId,
    why: impl Into<String>,
) -> AwsError {
    let what = what_endpoint(service_name, vpc);
    AwsError::NotFound { command: command.clone(), what, why: why.into() }
}

/// Whether an endpoint in this state is there or about to be. EC2 prints states in several cases.
///
/// Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html>
fn counts(state: &str) -> bool {
    let gone = ["deleting", "deleted", "rejected", "failed", "expired"];
    !gone.iter().any(|gone| state.eq_ignore_ascii_case(gone))
}

/// The one endpoint of each service.
pub(super) fn endpoints(
    command: &AwsCommand,
    vpc: &VpcId,
    services: &[(Service, String)],
    answer: &[u8],
) -> Result<BTreeMap<Service, Endpoint>, AwsError> {
    let printed = read::<PrintedEndpoints>(command, answer)?.vpc_endpoints;
    let vpc_id = vpc.to_string();
    let mut endpoints = BTreeMap::new();
    for (service, name) in services {
        let (there, gone): (Vec<&PrintedEndpoint>, Vec<_>) = printed
            .iter()
            .filter(|one| one.vpc_id == vpc_id && one.service_name == *name)
            .filter(|one| one.vpc_endpoint_type.eq_ignore_ascii_case("interface"))
            .partition(|one| counts(&one.state));
        let endpoint = match there[..] {
            [endpoint] => endpoint,
            [] => {
                let why = gone.first().map_or_else(
                    || "EC2 lists none".to_owned(),
                    |one| format!("{} is {}", quoted(&one.vpc_endpoint_id), printable(&one.state)),
                );
                return Err(no_endpoint(command, name, vpc, why));
            }
            _ => {
                let mut found: Vec<String> =
                    there.iter().map(|one| quoted(&one.vpc_endpoint_id)).collect();
                found.sort();
                let what = what_endpoint(name, vpc);
                return Err(AwsError::Ambiguous { command: command.clone(), what, found });
            }
        };
        let id = quoted(&endpoint.vpc_endpoint_id);
        if let Some(wrong) = endpoint.network_interface_ids.iter().find(|id| !is_id(id, "eni-")) {
            let problem = format!("{} as a network interface of {id}", quoted(wrong));
            return Err(output(command, problem));
        }
        if endpoint.network_interface_ids.is_empty() {
            let why =
                format!("{id} is {} and has no network interface", printable(&endpoint.state));
            return Err(no_endpoint(command, name, vpc, why));
        }
        let interfaces = endpoint.network_interface_ids.clone();
        endpoints.insert(service.clone(), Endpoint { id, interfaces });
    }
    Ok(endpoints)
}

/// The addresses of the endpoints' interfaces, at least one for each service.
pub(super) fn addresses(
    command: &AwsCommand,
    endpoints: &BTreeMap<Service, Endpoint>,
    answer: &[u8],
) -> Result<BTreeMap<Service, BTreeSet<Ipv4Addr>>, AwsError> {
    let missing = |what: String, why: &str| AwsError::NotFound {
        command: command.clone(),
        what,
        why: why.to_owned(),
    };
    let printed = read::<PrintedInterfaces>(command, answer)?.network_interfaces;
    let printed: BTreeMap<&str, &PrintedInterface> =
        printed.iter().map(|one| (one.network_interface_id.as_str(), one)).collect();
    let mut addresses = BTreeMap::new();
    for (service, endpoint) in endpoints {
        let of_service: &mut BTreeSet<Ipv4Addr> = addresses.entry(service.clone()).or_default();
        for id in &endpoint.interfaces {
            let interface = printed.get(id.as_str()).ok_or_else(|| {
                missing(format!("network interface `{id}` of {}", endpoint.id), "EC2 lists none")
            })?;
            let others = interface.private_ip_addresses.iter().map(|one| one.private_ip_address);
            of_service.extend(others.chain([interface.private_ip_address]).flatten());
        }
        if of_service.is_empty() {
            let what = format!("IPv4 address of {}, the endpoint of {service}", endpoint.id);
            return Err(missing(what, "its network interfaces have none"));
        }
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::aws::Region;

    const API: &str = "com.amazonaws.ap-northeast-1.ecr.api";
    const VPC: &str = "vpc-0a1b2c3d4e5f60718";

    fn command() -> AwsCommand {
        let tokyo = Region::named("ap-northeast-1").unwrap();
        AwsCommand::new("describe-something", "DescribeSomething", tokyo, [])
    }

    fn endpoint(id: u32, over: Value) -> Value {
        let mut endpoint = json!({
            "VpcEndpointId": format!("vpce-{id:08}"), "VpcEndpointType": "Interface", "VpcId": VPC,
            "ServiceName": API, "State": "available", "NetworkInterfaceIds": ["eni-0000000a"],
        });
        endpoint.as_object_mut().unwrap().extend(over.as_object().unwrap().clone());
        endpoint
    }

    fn found(endpoints: Value) -> Result<BTreeMap<Service, Endpoint>, AwsError> {
        let answer = json!({ "VpcEndpoints": endpoints }).to_string();
        let services = [(Service::ecr_api(), API.to_owned())];
        super::endpoints(&command(), &VPC.parse().unwrap(), &services, answer.as_bytes())
    }

    #[test]
    fn one_interface_endpoint_of_exactly_the_service_and_the_vpc_counts() {
        let others = [
            json!({"VpcId": "vpc-0a1b2c3d4e5f60728"}),
            json!({"ServiceName": "com.amazonaws.ap-northeast-1.ecr.apix"}),
            json!({"VpcEndpointType": "Gateway"}),
            json!({"State": "deleting"}),
            json!({"State": "Rejected"}),
        ];
        let mut all: Vec<Value> = others.iter().map(|over| endpoint(9, over.clone())).collect();
        let error = found(json!(all)).unwrap_err().to_string();
        assert!(
            error.ends_with("in vpc-0a1b2c3d4e5f60718: `vpce-00000009` is deleting"),
            "{error}"
        );
        assert!(
            matches!(found(json!(all[..3])), Err(AwsError::NotFound { why, .. }) if why == "EC2 lists none")
        );

        all.push(endpoint(1, json!({"State": "pendingAcceptance"})));
        assert_eq!(found(json!(all)).unwrap()[&Service::ecr_api()].interfaces, ["eni-0000000a"]);
        all.push(endpoint(2, json!({})));
        let Err(AwsError::Ambiguous { found: ids, .. }) = found(json!(all)) else { panic!() };
        assert_eq!(ids, ["`vpce-00000001`", "`vpce-00000002`"]);
    }

    #[test]
    fn an_endpoint_has_interfaces_with_well_formed_ids() {
        let none = json!([endpoint(1, json!({"State": "pending", "NetworkInterfaceIds": []}))]);
        let error = found(none).unwrap_err().to_string();
        assert!(
            error.ends_with("`vpce-00000001` is pending and has no network interface"),
            "{error}"
        );
        let option = json!([endpoint(1, json!({"NetworkInterfaceIds": ["--debug"]}))]);
        assert!(matches!(found(option), Err(AwsError::Output { .. })));
    }

    fn of(interfaces: Value) -> Result<Vec<String>, String> {
        let endpoints = found(json!([endpoint(1, json!({}))])).unwrap();
        let answer = json!({ "NetworkInterfaces": interfaces }).to_string();
        let addresses = addresses(&command(), &endpoints, answer.as_bytes());
        let addresses = addresses.map_err(|error| error.to_string())?;
        Ok(addresses[&Service::ecr_api()].iter().map(Ipv4Addr::to_string).collect())
    }

    #[test]
    fn every_ipv4_address_of_an_interface_is_taken() {
        let both = json!([{"NetworkInterfaceId": "eni-0000000a", "PrivateIpAddress": "10.0.1.4",
            "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.1.4"}, {"PrivateIpAddress": "10.0.1.3"}]},
            {"NetworkInterfaceId": "eni-0000000b", "PrivateIpAddress": "10.0.1.5"}]);
        assert_eq!(of(both).unwrap(), ["10.0.1.3", "10.0.1.4"]);
        for (interfaces, expected) in [
            (json!([]), "no network interface `eni-0000000a` of `vpce-00000001`: EC2 lists none"),
            (
                json!([{"NetworkInterfaceId": "eni-0000000a"}]),
                "no IPv4 address of `vpce-00000001`, the endpoint of ecr.api",
            ),
            (
                json!([{"NetworkInterfaceId": "eni-0000000a", "PrivateIpAddress": "10.0.1.256"}]),
                "invalid IPv4 address syntax",
            ),
        ] {
            let message = of(interfaces).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }
}
