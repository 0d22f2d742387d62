//! What stands in subnets and is reached there: endpoints, mount targets; and hosted zones.

use super::parts::{Index, id, part, property, setting};
use super::vpcs::vpcs_of_zone;
use super::{Endpoint, EndpointType};
use crate::cloudformation::{Made, Place, Resource, Value};
use crate::truth::Truth;

/// A mount target of EFS.
#[derive(Debug, Clone)]
pub struct MountTarget {
    /// Itself.
    pub id: Value,
    /// Its logical id, for people.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// Whether it is made.
    pub made: Made,
    /// `FileSystemId`.
    pub file_system: Option<Value>,
    /// The subnet it is in.
    pub subnet: Option<Value>,
    /// `SecurityGroups`; `None` where they are left out, so that it wears the VPC's default one.
    pub groups: Option<Value>,
}

/// A hosted zone of Route 53; private where it has VPCs.
#[derive(Debug, Clone)]
pub struct HostedZone {
    /// Where it stands.
    pub place: Place,
    /// Whether it is made.
    pub made: Made,
    /// Its name, with or without a final period.
    pub name: Option<Value>,
    /// The VPCs in which it answers.
    pub vpcs: Vec<Value>,
}

/// The endpoints of the world.
pub(super) fn endpoints(index: &Index<'_>) -> Vec<Endpoint> {
    index.of_kind("AWS::EC2::VPCEndpoint").map(endpoint).collect()
}

fn endpoint(resource: &Resource) -> Endpoint {
    let get = |key| property(resource, key);
    let kind = get("VpcEndpointType");
    Endpoint {
        id: id(resource),
        name: resource.id.to_string(),
        made: resource.made.clone(),
        service: get("ServiceName"),
        kind: match kind.as_ref().map(Value::as_known) {
            None | Some(Some("Gateway")) => EndpointType::Gateway,
            Some(Some("Interface")) => EndpointType::Interface,
            Some(Some(_)) => EndpointType::Other,
            Some(None) => EndpointType::Unknown,
        },
        kind_place: kind.map(|kind| kind.place),
        vpc: get("VpcId"),
        private_dns: setting(get("PrivateDnsEnabled"), resource.place, false),
        for_all_resolvers: for_all_resolvers(get("DnsOptions")),
        subnets: get("SubnetIds"),
        groups: get("SecurityGroupIds"),
        route_tables: get("RouteTableIds"),
        policy: get("PolicyDocument"),
        service_region: get("ServiceRegion"),
        place: resource.place,
    }
}

/// Where it is left out EC2 takes `OnlyInboundResolver`.
fn for_all_resolvers(options: Option<Value>) -> Truth {
    let only =
        options.and_then(|options| part(&options, "PrivateDnsOnlyForInboundResolverEndpoint"));
    match only.as_ref().map(Value::as_known) {
        None | Some(Some("OnlyInboundResolver" | "NotSpecified")) => Truth::No,
        Some(Some("AllResolvers")) => Truth::Yes,
        Some(_) => Truth::Unknown,
    }
}

/// The mount targets of the world.
pub(super) fn mount_targets(index: &Index<'_>) -> Vec<MountTarget> {
    let targets = index.of_kind("AWS::EFS::MountTarget").map(|resource| MountTarget {
        id: id(resource),
        name: resource.id.to_string(),
        place: resource.place,
        made: resource.made.clone(),
        file_system: property(resource, "FileSystemId"),
        subnet: property(resource, "SubnetId"),
        groups: property(resource, "SecurityGroups"),
    });
    targets.collect()
}

/// The hosted zones of the world.
pub(super) fn hosted_zones(index: &Index<'_>) -> Vec<HostedZone> {
    let zones = index.of_kind("AWS::Route53::HostedZone").map(|resource| HostedZone {
        place: resource.place,
        made: resource.made.clone(),
        name: property(resource, "Name"),
        vpcs: vpcs_of_zone(resource),
    });
    zones.collect()
}

#[cfg(test)]
mod tests {
    use crate::truth::Truth;
    use crate::verify::network::EndpointType;
    use crate::verify::network::templates::network;
    use serde_json::json;

    #[test]
    fn an_endpoint_is_a_gateway_without_private_dns_unless_it_is_said() {
        let table = [
            (json!({}), EndpointType::Gateway, Truth::No),
            (json!({"VpcEndpointType": "Gateway"}), EndpointType::Gateway, Truth::No),
            (
                json!({"VpcEndpointType": "Interface", "PrivateDnsEnabled": true}),
                EndpointType::Interface,
                Truth::Yes,
            ),
            (json!({"VpcEndpointType": "GatewayLoadBalancer"}), EndpointType::Other, Truth::No),
            (
                json!({"VpcEndpointType": {"Ref": "P"}, "PrivateDnsEnabled": {"Ref": "P"}}),
                EndpointType::Unknown,
                Truth::Unknown,
            ),
            (json!({"Unknown": "X"}), EndpointType::Unknown, Truth::Unknown),
        ];
        for (properties, kind, private_dns) in table {
            let given =
                properties.get("VpcEndpointType").is_some() || properties.get("Unknown").is_some();
            let network =
                network(json!({"E": {"Type": "AWS::EC2::VPCEndpoint", "Properties": properties}}));
            let endpoint = &network.endpoints[0];
            assert_eq!((endpoint.kind, endpoint.private_dns.truth), (kind, private_dns));
            assert_eq!(endpoint.kind_place.is_some(), given);
        }
    }

    #[test]
    fn private_dns_for_inbound_resolvers_only_is_what_is_not_said() {
        let key = "PrivateDnsOnlyForInboundResolverEndpoint";
        let table = [
            (json!({}), Truth::No),
            (json!({"DnsOptions": {"DnsRecordIpType": "ipv4"}}), Truth::No),
            (json!({"DnsOptions": {key: "NotSpecified"}}), Truth::No),
            (json!({"DnsOptions": {key: "OnlyInboundResolver"}}), Truth::No),
            (json!({"DnsOptions": {key: "AllResolvers"}}), Truth::Yes),
            (json!({"DnsOptions": {key: {"Ref": "P"}}}), Truth::Unknown),
            (json!({"DnsOptions": {"Ref": "P"}}), Truth::Unknown),
        ];
        for (properties, expected) in table {
            let network =
                network(json!({"E": {"Type": "AWS::EC2::VPCEndpoint", "Properties": properties}}));
            assert_eq!(network.endpoints[0].for_all_resolvers, expected, "{properties}");
        }
    }

    #[test]
    fn mount_targets_and_hosted_zones_are_kept() {
        let network = network(json!({
            "M": {"Type": "AWS::EFS::MountTarget", "Properties":
                {"FileSystemId": {"Ref": "F"}, "SubnetId": {"Ref": "S"},
                    "SecurityGroups": ["sg-1"]}},
            "F": {"Type": "AWS::EFS::FileSystem"},
            "Z": {"Type": "AWS::Route53::HostedZone", "Properties":
                {"Name": "amazonaws.com", "VPCs": [{"VPCId": "vpc-1", "VPCRegion": "us-east-1"}]}},
        }));
        let target = &network.mount_targets[0];
        assert!(target.file_system.as_ref().unwrap().as_created().is_some());
        assert_eq!(target.groups.as_ref().unwrap().to_string(), "sg-1");
        let zone = &network.hosted_zones[0];
        assert_eq!(zone.name.as_ref().unwrap().as_known(), Some("amazonaws.com"));
        assert_eq!(zone.vpcs[0].as_known(), Some("vpc-1"));
    }
}
