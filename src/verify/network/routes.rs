//! Route tables, and what their routes lead to.

use super::attached::Attached;
use super::parts::{Index, id, property};
use super::{Hidden, Route, RouteTable, Target};
use crate::cloudformation::{Made, Resource, Text, Value};

const TABLE: &str = "AWS::EC2::RouteTable";

/// The route tables of the world, and those of which only routes are made here.
pub(super) fn route_tables(
    index: &Index<'_>,
    hidden: &mut Vec<Hidden>,
) -> (Vec<RouteTable>, Vec<RouteTable>) {
    let routes = Attached::new(index, "AWS::EC2::Route", TABLE, hidden, |route| {
        property(route, "RouteTableId")
    });
    let tables = index.of_kind(TABLE).map(|table| RouteTable {
        id: id(table),
        made: table.made.clone(),
        vpc: property(table, "VpcId"),
        routes: routes
            .to(table)
            .into_iter()
            .map(|(resource, made)| route(index, resource, made))
            .collect(),
    });
    let mut outside: Vec<RouteTable> = Vec::new();
    for (id, resource) in routes.elsewhere() {
        let route = route(index, resource, resource.made.clone());
        match outside.iter_mut().find(|table| table.id.same(id).is_yes()) {
            Some(table) => table.routes.push(route),
            None => outside.push(RouteTable {
                id: id.clone(),
                made: Made::Surely,
                vpc: None,
                routes: vec![route],
            }),
        }
    }
    (tables.collect(), outside)
}

fn route(index: &Index<'_>, resource: &Resource, made: Made) -> Route {
    let destinations =
        ["DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"];
    let destination = destinations.into_iter().find_map(|key| property(resource, key));
    Route { place: resource.place, made, destination, target: target(index, resource) }
}

const TARGETS: [(&str, &str); 11] = [
    ("GatewayId", ""),
    ("NatGatewayId", ""),
    ("TransitGatewayId", "a transit gateway"),
    ("VpcPeeringConnectionId", "a peering connection"),
    ("InstanceId", "an instance"),
    ("NetworkInterfaceId", "a network interface"),
    ("VpcEndpointId", "an endpoint of a gateway load balancer"),
    ("CarrierGatewayId", "a carrier gateway"),
    ("EgressOnlyInternetGatewayId", "an egress-only internet gateway"),
    ("LocalGatewayId", "a local gateway"),
    ("CoreNetworkArn", "a core network"),
];

fn target(index: &Index<'_>, resource: &Resource) -> Target {
    let given =
        TARGETS.iter().filter_map(|(key, what)| Some((*key, *what, property(resource, key)?)));
    let given: Vec<_> = given.collect();
    match given.as_slice() {
        [] => Target::Elsewhere("nothing", Value::text(resource.place, Text::default())),
        [("GatewayId", _, gateway)] => self::gateway(index, gateway),
        [("NatGatewayId", _, nat)] => self::nat(index, nat),
        [(_, what, value)] => Target::Elsewhere(what, value.clone()),
        // EC2 takes one; which one may hang on something unknown.
        [(_, _, first), ..] => Target::Elsewhere("something that is not known", first.clone()),
    }
}

fn gateway(index: &Index<'_>, gateway: &Value) -> Target {
    let elsewhere = |what| Target::Elsewhere(what, gateway.clone());
    let known = gateway.as_known().unwrap_or_default();
    match index.made(gateway).map(|resource| resource.kind.as_str()) {
        Some("AWS::EC2::InternetGateway") => Target::Internet(gateway.clone()),
        Some("AWS::EC2::VPNGateway") => elsewhere("a virtual private gateway"),
        _ if known.starts_with("igw-") => Target::Internet(gateway.clone()),
        _ if known.starts_with("vgw-") => elsewhere("a virtual private gateway"),
        _ if known == "local" => elsewhere("the VPC itself"),
        _ => elsewhere("a gateway that is not known"),
    }
}

/// A private NAT gateway has no public address.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html>
fn nat(index: &Index<'_>, nat: &Value) -> Target {
    let made = index.made(nat);
    match made.and_then(|made| property(made, "ConnectivityType")) {
        None => Target::Nat(nat.clone()),
        Some(kind) => match kind.as_known() {
            Some("private") => Target::Elsewhere("a private NAT gateway", nat.clone()),
            Some(_) => Target::Nat(nat.clone()),
            None => Target::Elsewhere("a NAT gateway that may be private", nat.clone()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::network::templates::network;
    use serde_json::json;

    #[test]
    fn a_route_leads_to_the_internet_a_nat_or_elsewhere() {
        let table = [
            (json!({"GatewayId": {"Ref": "Igw"}}), "internet Igw"),
            (json!({"GatewayId": "igw-1"}), "internet igw-1"),
            (json!({"GatewayId": {"Ref": "Vgw"}}), "a virtual private gateway Vgw"),
            (json!({"GatewayId": "vgw-1"}), "a virtual private gateway vgw-1"),
            (json!({"GatewayId": {"Ref": "P"}}), "a gateway that is not known ${P}"),
            (json!({"NatGatewayId": {"Ref": "Nat"}}), "nat Nat"),
            (json!({"NatGatewayId": {"Ref": "P"}}), "nat ${P}"),
            (json!({"NatGatewayId": {"Ref": "Private"}}), "a private NAT gateway Private"),
            (
                json!({"NatGatewayId": {"Ref": "Either"}}),
                "a NAT gateway that may be private Either",
            ),
            (json!({"TransitGatewayId": "tgw-1"}), "a transit gateway tgw-1"),
            (json!({"InstanceId": "i-1"}), "an instance i-1"),
            (
                json!({"GatewayId": {"Ref": "P"}, "NatGatewayId": {"Ref": "Q"}}),
                "something that is not known ${P}",
            ),
            (json!({}), "nothing "),
        ];
        for (mut properties, expected) in table {
            properties["RouteTableId"] = json!({"Ref": "T"});
            properties["DestinationCidrBlock"] = json!("0.0.0.0/0");
            let nat = |kind| json!({"Type": "AWS::EC2::NatGateway", "Properties": {"ConnectivityType": kind}});
            let network = network(json!({
                "T": {"Type": TABLE, "Properties": {"VpcId": "vpc-1"}},
                "R": {"Type": "AWS::EC2::Route", "Properties": properties},
                "Igw": {"Type": "AWS::EC2::InternetGateway"},
                "Vgw": {"Type": "AWS::EC2::VPNGateway"},
                "Nat": {"Type": "AWS::EC2::NatGateway"},
                "Private": nat(json!("private")),
                "Either": nat(json!({"Ref": "Kind"})),
            }));
            let route = &network.route_tables[0].routes[0];
            let found = match &route.target {
                Target::Internet(value) => format!("internet {value}"),
                Target::Nat(value) => format!("nat {value}"),
                Target::Elsewhere(what, value) => format!("{what} {value}"),
            };
            assert_eq!(found, expected, "{properties}");
            assert_eq!(route.destination.as_ref().unwrap().as_known(), Some("0.0.0.0/0"));
        }
    }

    #[test]
    fn a_route_of_another_table_is_kept_with_that_table() {
        let route = |table| {
            json!({"Type": "AWS::EC2::Route", "Properties":
            {"RouteTableId": table, "GatewayId": "igw-1"}})
        };
        let network = network(json!({
            "T": {"Type": TABLE},
            "A": route(json!({"Ref": "P"})),
            "B": route(json!("rtb-1")),
            "Again": route(json!("rtb-1")),
            "C": route(json!({"Unknown": "X"})),
        }));
        let outside = network.outside_tables.iter().map(|table| table.id.to_string());
        assert_eq!(outside.collect::<Vec<_>>(), ["${P}", "rtb-1", "${X}"]);
        let routes = network.outside_tables.iter().map(|table| table.routes.len());
        assert_eq!(routes.collect::<Vec<_>>(), [1, 2, 1]);
        let routes = &network.route_tables[0].routes;
        assert!(matches!(routes.as_slice(), [route] if matches!(route.made, Made::Perhaps(_))));
    }
}
