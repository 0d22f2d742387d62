//! A VPC as EC2 lists it, read as a network without any template.

use std::collections::BTreeMap;

use fargate_egress::aws::Region;
use fargate_egress::cloudformation::{Field, Kind, Made, Place, Text, Value};
use fargate_egress::prefix::Prefix;
use fargate_egress::truth::Truth;
use fargate_egress::verify::network::{
    Acl, AclEntry, Association, Direction, Endpoint, EndpointType, Group, Network, Peer, Route,
    RouteTable, Rule, RuleForm, Setting, Subnet, Target, Traffic, UseOfAcl, Vpc,
};
use serde_json::Value as Json;

const NOWHERE: Place = Place { file: 0, start: 0, end: 0 };

/// What EC2 answers in a region.
pub(super) struct Listed {
    pub(super) region: &'static str,
    pub(super) vpcs: Json,
    pub(super) subnets: Json,
    pub(super) tables: Json,
    pub(super) endpoints: Json,
    pub(super) groups: Json,
    pub(super) acls: Json,
    pub(super) prefix_lists: Json,
    /// `EnableDnsSupport` and `EnableDnsHostnames`, which are asked for one by one.
    pub(super) dns: BTreeMap<String, [bool; 2]>,
}

impl Listed {
    /// The id of what a stack has made under a logical id, by the tags that CloudFormation gives.
    pub(super) fn made(&self, list: &str, id: &str, stack: &str, logical: &str) -> Option<String> {
        let all = match list {
            "Vpcs" => &self.vpcs,
            "Subnets" => &self.subnets,
            "SecurityGroups" => &self.groups,
            other => panic!("no list of {other}"),
        };
        let has = |one: &&Json, key: &str, wanted: &str| {
            let tags = one["Tags"].as_array().into_iter().flatten();
            let key = format!("aws:cloudformation:{key}");
            tags.into_iter().any(|tag| tag["Key"] == key.as_str() && tag["Value"] == wanted)
        };
        let mut found = items(all, list)
            .filter(|one| has(one, "stack-name", stack) && has(one, "logical-id", logical));
        let id = found.next().map(|one| string(&one[id]));
        assert!(found.next().is_none(), "{stack} has made {logical} twice");
        id
    }

    /// The id of S3's prefix list.
    pub(super) fn s3_prefix_list(&self) -> String {
        let name = format!("com.amazonaws.{}.s3", self.region);
        let mut lists = items(&self.prefix_lists, "PrefixLists");
        let list = lists.find(|list| list["PrefixListName"] == name.as_str());
        string(&list.expect("every region has S3's list")["PrefixListId"])
    }

    /// Everything in a VPC.
    pub(super) fn network(&self, vpc: &str) -> Network {
        let inside =
            |all, list| items(all, list).filter(|one| one["VpcId"] == vpc).collect::<Vec<_>>();
        let tables = inside(&self.tables, "RouteTables");
        let subnets = inside(&self.subnets, "Subnets");
        Network {
            region: Region::named(self.region),
            vpcs: inside(&self.vpcs, "Vpcs").into_iter().map(|one| self.vpc(one)).collect(),
            associations: subnets.iter().map(|one| association(one, &tables)).collect(),
            subnets: subnets.into_iter().map(subnet).collect(),
            endpoints: inside(&self.endpoints, "VpcEndpoints")
                .into_iter()
                .map(|one| endpoint(one, &tables))
                .collect(),
            route_tables: tables.iter().map(|one| route_table(one)).collect(),
            groups: inside(&self.groups, "SecurityGroups").into_iter().map(group).collect(),
            acls: inside(&self.acls, "NetworkAcls").into_iter().map(acl).collect(),
            ..Network::default()
        }
    }

    fn vpc(&self, one: &Json) -> Vpc {
        let [support, hostnames] = self.dns[&string(&one["VpcId"])];
        let cidrs = items(one, "CidrBlockAssociationSet");
        Vpc {
            id: text(&one["VpcId"]),
            made: Made::Surely,
            cidrs: cidrs.map(|association| text(&association["CidrBlock"])).collect(),
            dns_support: setting(support),
            dns_hostnames: setting(hostnames),
            foreign_name_servers: None,
        }
    }
}

fn items<'a>(answer: &'a Json, list: &str) -> impl Iterator<Item = &'a Json> + use<'a> {
    answer[list].as_array().into_iter().flatten()
}

fn string(json: &Json) -> String {
    json.as_str().unwrap_or_else(|| panic!("{json} is no text")).to_owned()
}

fn known(text: &str) -> Value {
    Value::text(NOWHERE, Text::known(text))
}

fn text(json: &Json) -> Value {
    known(&string(json))
}

fn list(values: impl Iterator<Item = Value>) -> Value {
    Value { place: NOWHERE, kind: Kind::List(values.collect()) }
}

fn setting(on: bool) -> Setting {
    Setting { truth: Truth::from(on), place: NOWHERE, given: true }
}

/// A policy document, which EC2 gives as text.
fn document(json: &Json) -> Value {
    let kind = match json {
        Json::String(text) => return known(text),
        Json::Array(entries) => return list(entries.iter().map(document)),
        Json::Object(fields) => Kind::Map(
            fields
                .iter()
                .map(|(key, value)| {
                    let (key, value) = (key.clone(), document(value));
                    Field { key, key_place: NOWHERE, value }
                })
                .collect(),
        ),
        other => return known(&other.to_string()),
    };
    Value { place: NOWHERE, kind }
}

fn subnet(one: &Json) -> Subnet {
    Subnet {
        id: text(&one["SubnetId"]),
        made: Made::Surely,
        vpc: Some(text(&one["VpcId"])),
        cidr: Some(text(&one["CidrBlock"])),
        zone: Some(text(&one["AvailabilityZone"])),
    }
}

/// The table that a subnet is associated with, or else the main one.
fn association(subnet: &Json, tables: &[&Json]) -> Association {
    let with = |wanted: &dyn Fn(&Json) -> bool| {
        tables.iter().find(|table| items(table, "Associations").any(wanted))
    };
    let explicit = with(&|one| one["SubnetId"] == subnet["SubnetId"]);
    let table = explicit.or_else(|| with(&|one| one["Main"] == true));
    Association {
        made: Made::Surely,
        place: NOWHERE,
        subnet: text(&subnet["SubnetId"]),
        table: text(&table.expect("a VPC has a main table")["RouteTableId"]),
    }
}

fn route_table(one: &Json) -> RouteTable {
    let routes = items(one, "Routes").filter_map(|route| {
        let target = match route["GatewayId"].as_str() {
            Some("local") => return None,
            Some(endpoint) if endpoint.starts_with("vpce-") => return None,
            Some(gateway) if gateway.starts_with("igw-") => Target::Internet(known(gateway)),
            _ => Target::Nat(text(&route["NatGatewayId"])),
        };
        let destination = Some(text(&route["DestinationCidrBlock"]));
        Some(Route { place: NOWHERE, made: Made::Surely, destination, target })
    });
    RouteTable {
        id: text(&one["RouteTableId"]),
        made: Made::Surely,
        vpc: Some(text(&one["VpcId"])),
        routes: routes.collect(),
    }
}

fn endpoint(one: &Json, tables: &[&Json]) -> Endpoint {
    let id = string(&one["VpcEndpointId"]);
    let kind = match one["VpcEndpointType"].as_str().unwrap() {
        "Interface" => EndpointType::Interface,
        "Gateway" => EndpointType::Gateway,
        _ => EndpointType::Other,
    };
    // What leads to a gateway is what the tables say, and not what the endpoint does.
    let leads = |table: &&&Json| items(table, "Routes").any(|route| route["GatewayId"] == *id);
    let led = tables.iter().filter(leads).map(|table| text(&table["RouteTableId"]));
    let policy: Json = serde_json::from_str(one["PolicyDocument"].as_str().unwrap()).unwrap();
    Endpoint {
        id: known(&id),
        name: id.clone(),
        made: Made::Surely,
        service: Some(text(&one["ServiceName"])),
        kind,
        kind_place: None,
        vpc: Some(text(&one["VpcId"])),
        private_dns: setting(one["PrivateDnsEnabled"] == true),
        for_all_resolvers: (one["DnsOptions"]["PrivateDnsOnlyForInboundResolverEndpoint"] == false)
            .into(),
        subnets: Some(list(items(one, "SubnetIds").map(text))),
        groups: Some(list(items(one, "Groups").map(|group| text(&group["GroupId"])))),
        route_tables: Some(list(led)),
        policy: Some(document(&policy)),
        service_region: None,
        place: NOWHERE,
    }
}

fn group(one: &Json) -> Group {
    let rules = |key| items(one, key).flat_map(rules_of).collect();
    Group {
        id: text(&one["GroupId"]),
        name: string(&one["GroupId"]),
        made: Made::Surely,
        place: NOWHERE,
        vpc: Some(text(&one["VpcId"])),
        ingress: rules("IpPermissions"),
        egress: rules("IpPermissionsEgress"),
    }
}

/// EC2 lists a protocol and ports once, with every other side.
fn rules_of(permission: &Json) -> Vec<Rule> {
    let traffic = traffic(
        permission["IpProtocol"].as_str().unwrap(),
        permission["FromPort"].as_i64(),
        permission["ToPort"].as_i64(),
    );
    let mut peers = Vec::new();
    for range in items(permission, "IpRanges") {
        peers.push(Peer::Prefix(prefix(&range["CidrIp"]), text(&range["CidrIp"])));
    }
    for range in items(permission, "Ipv6Ranges") {
        peers.push(Peer::Prefix(prefix(&range["CidrIpv6"]), text(&range["CidrIpv6"])));
    }
    for list in items(permission, "PrefixListIds") {
        peers.push(Peer::PrefixList(text(&list["PrefixListId"])));
    }
    for group in items(permission, "UserIdGroupPairs") {
        peers.push(Peer::Group(text(&group["GroupId"])));
    }
    assert!(!peers.is_empty(), "{permission} is for nobody");
    let rule = |peer| Rule {
        place: NOWHERE,
        made: Made::Surely,
        form: RuleForm::Standalone,
        traffic: traffic.clone(),
        peer,
        description: None,
    };
    peers.into_iter().map(rule).collect()
}

fn traffic(protocol: &str, from: Option<i64>, to: Option<i64>) -> Traffic {
    let number = match protocol {
        "-1" => return Traffic::All,
        "icmp" => 1,
        "tcp" => 6,
        "udp" => 17,
        "icmpv6" => 58,
        number => number.parse().unwrap(),
    };
    let port = |given: Option<i64>, all| given.and_then(|port| port.try_into().ok()).unwrap_or(all);
    Traffic::Ports { protocol: number, from: port(from, 0), to: port(to, u16::MAX) }
}

fn prefix(cidr: &Json) -> Prefix {
    cidr.as_str().unwrap().parse().unwrap()
}

fn acl(one: &Json) -> Acl {
    let entry = |entry: &Json| AclEntry {
        place: NOWHERE,
        made: Made::Surely,
        direction: if entry["Egress"] == true { Direction::Egress } else { Direction::Ingress },
        number: entry["RuleNumber"].as_u64().and_then(|number| number.try_into().ok()),
        allows: Truth::from(entry["RuleAction"] == "allow"),
        traffic: traffic(
            entry["Protocol"].as_str().unwrap(),
            entry["PortRange"]["From"].as_i64(),
            entry["PortRange"]["To"].as_i64(),
        ),
        prefix: Some(prefix(&entry["CidrBlock"])),
    };
    let mut entries: Vec<AclEntry> = items(one, "Entries").map(entry).collect();
    entries.sort_by_key(|entry| entry.number);
    Acl {
        id: text(&one["NetworkAclId"]),
        // Each subnet is listed with the one that it uses.
        default_of: None,
        subnets: items(one, "Associations")
            .map(|one| UseOfAcl { subnet: text(&one["SubnetId"]), made: Made::Surely })
            .collect(),
        entries,
    }
}
