//! VPCs, subnets, and which route table a subnet uses.

use std::net::IpAddr;

use super::attached::Attached;
use super::parts::{Index, each, id, list, part, prefix, property, setting, unknown, why};
use super::{Association, Hidden, PrefixList, Subnet, Vpc};
use crate::cloudformation::{Kind, Made, Resource, Value};

/// The VPCs of the world.
pub(super) fn vpcs(index: &Index<'_>, hidden: &mut Vec<Hidden>) -> Vec<Vpc> {
    let vpc_id = |resource: &Resource| property(resource, "VpcId");
    let kind = "AWS::EC2::VPC";
    let blocks = Attached::new(index, "AWS::EC2::VPCCidrBlock", kind, hidden, vpc_id);
    let options = Attached::new(index, "AWS::EC2::VPCDHCPOptionsAssociation", kind, hidden, vpc_id);
    let vpcs = index.of_kind(kind).map(|vpc| {
        let cidrs = cidrs(vpc, &blocks);
        let mut options = options.to(vpc).into_iter();
        Vpc {
            id: id(vpc),
            made: vpc.made.clone(),
            foreign_name_servers: options
                .find_map(|(options, made)| foreign(index, options, &made, &cidrs)),
            dns_support: setting(property(vpc, "EnableDnsSupport"), vpc.place, true),
            dns_hostnames: setting(property(vpc, "EnableDnsHostnames"), vpc.place, false),
            cidrs,
        }
    });
    vpcs.collect()
}

fn cidrs(vpc: &Resource, blocks: &Attached<'_>) -> Vec<Value> {
    let ipam = |resource: &Resource| {
        let pool = property(resource, "Ipv4IpamPoolId")?;
        let key = format!("prefix {} {}", resource.file, resource.id);
        let why = format!("the prefix of {} comes from an IPAM pool", resource.id);
        Some(unknown(pool.place, key, &resource.id, why))
    };
    let cidr = |resource| property(resource, "CidrBlock").or_else(|| ipam(resource));
    let secondary = blocks.to(vpc).into_iter().filter_map(|(block, made)| {
        let cidr = cidr(block)?;
        Some(match made {
            Made::Surely => cidr,
            Made::Perhaps(doubt) => {
                let key = format!("{} if {}", cidr, doubt.key);
                unknown(cidr.place, key, &cidr.to_string(), doubt.why.to_string())
            }
        })
    });
    cidr(vpc).into_iter().chain(secondary).collect()
}

/// The name servers of associated DHCP options that are not Amazon's, or something unknown.
fn foreign(
    index: &Index<'_>,
    association: &Resource,
    made: &Made,
    cidrs: &[Value],
) -> Option<Value> {
    let options = property(association, "DhcpOptionsId")?;
    let perhaps = |why: &str| {
        let key = format!("name servers {} {}", association.file, association.id);
        Some(unknown(options.place, key, "DomainNameServers", why.to_owned()))
    };
    if options.as_known() == Some("default") {
        return None;
    }
    let Some(made_here) = index.made(&options) else {
        return perhaps(&format!("the DHCP options {options} are made elsewhere"));
    };
    let servers = property(made_here, "DomainNameServers")?;
    let is_foreign =
        |server: &&Value| !server.as_known().is_some_and(|name| is_amazons(name, cidrs));
    let foreign: Vec<Value> = servers.entries().iter().filter(is_foreign).cloned().collect();
    match (foreign.as_slice(), made) {
        ([], _) => None,
        ([..], Made::Perhaps(doubt)) => perhaps(&doubt.why),
        ([one], Made::Surely) if one.as_known().is_none() => perhaps(&why(one)),
        _ => Some(Value { place: servers.place, kind: Kind::List(foreign) }),
    }
}

/// Whether a name server is Amazon's: by its word, link-local, or second in the VPC.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html>
fn is_amazons(server: &str, cidrs: &[Value]) -> bool {
    if server == "AmazonProvidedDNS" {
        return true;
    }
    let Ok(address) = server.parse::<IpAddr>() else { return false };
    let second = cidrs.first().and_then(prefix);
    let second = second.and_then(|prefix| match prefix.network() {
        IpAddr::V4(network) => u32::from(network).checked_add(2).map(|second| second.into()),
        IpAddr::V6(_) => None,
    });
    let link_local =
        [IpAddr::from([169, 254, 169, 253]), [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x253].into()];
    link_local.contains(&address) || second.map(IpAddr::V4) == Some(address)
}

/// The subnets of the world.
pub(super) fn subnets(index: &Index<'_>) -> Vec<Subnet> {
    let subnets = index.of_kind("AWS::EC2::Subnet").map(|subnet| {
        let zone = || property(subnet, "AvailabilityZoneId");
        Subnet {
            id: id(subnet),
            made: subnet.made.clone(),
            vpc: property(subnet, "VpcId"),
            cidr: property(subnet, "CidrBlock"),
            zone: property(subnet, "AvailabilityZone").or_else(zone),
        }
    });
    subnets.collect()
}

/// Which subnets use which route table.
pub(super) fn associations(index: &Index<'_>) -> Vec<Association> {
    let all = index.of_kind("AWS::EC2::SubnetRouteTableAssociation").filter_map(|resource| {
        Some(Association {
            made: resource.made.clone(),
            place: resource.place,
            subnet: property(resource, "SubnetId")?,
            table: property(resource, "RouteTableId")?,
        })
    });
    all.collect()
}

/// The prefix lists of the world.
pub(super) fn prefix_lists(index: &Index<'_>) -> Vec<PrefixList> {
    let lists = index.of_kind("AWS::EC2::PrefixList").map(|resource| PrefixList {
        id: id(resource),
        made: resource.made.clone(),
        entries: each(property(resource, "Entries"), "Cidr"),
        most: property(resource, "MaxEntries"),
    });
    lists.collect()
}

/// The prefixes of repositories for which ECR asks another registry.
pub(super) fn pull_through(index: &Index<'_>) -> Vec<Value> {
    let rules = index.of_kind("AWS::ECR::PullThroughCacheRule");
    rules.filter_map(|rule| property(rule, "EcrRepositoryPrefix")).collect()
}

/// The VPCs of a hosted zone.
pub(super) fn vpcs_of_zone(zone: &Resource) -> Vec<Value> {
    let vpcs = list(property(zone, "VPCs"));
    vpcs.iter().filter_map(|vpc| part(vpc, "VPCId")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::Truth;
    use crate::verify::network::templates::network;
    use serde_json::{Value as Json, json};

    #[test]
    fn a_vpc_resolves_names_and_names_no_hosts_unless_it_is_said() {
        let network = network(json!({
            "A": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
            "B": {"Type": "AWS::EC2::VPC", "Properties":
                {"EnableDnsSupport": false, "EnableDnsHostnames": {"Ref": "P"}}},
        }));
        let settings: Vec<_> = network
            .vpcs
            .iter()
            .flat_map(|vpc| [&vpc.dns_support, &vpc.dns_hostnames])
            .map(|setting| (setting.truth, setting.given))
            .collect();
        let [yes, no, unknown] = [Truth::Yes, Truth::No, Truth::Unknown];
        assert_eq!(settings, [(yes, false), (no, false), (no, true), (unknown, true)]);
    }

    #[test]
    fn a_vpc_has_its_secondary_prefixes_too() {
        let block = |vpc: &str, more: Json| {
            json!({"Type": "AWS::EC2::VPCCidrBlock", "Perhaps": more,
                "Properties": {"VpcId": {"Ref": vpc}, "CidrBlock": "100.64.0.0/16"}})
        };
        let mut sure = block("A", json!("C"));
        sure.as_object_mut().unwrap().remove("Perhaps");
        let network = network(json!({
            "A": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
            "B": {"Type": "AWS::EC2::VPC", "Properties": {"Ipv4IpamPoolId": "ipam-pool-1"}},
            "One": sure, "Two": block("A", json!("C")), "Elsewhere": block("P", json!("C")),
        }));
        let known = |cidrs: &[Value]| -> Vec<Option<String>> {
            cidrs.iter().map(|cidr| cidr.as_known().map(str::to_owned)).collect()
        };
        let first = ["10.0.0.0/16", "100.64.0.0/16"].map(|cidr| Some(cidr.to_owned()));
        assert_eq!(known(&network.vpcs[0].cidrs)[..2], first);
        assert_eq!(known(&network.vpcs[0].cidrs)[2..], [None]);
        assert_eq!(known(&network.vpcs[1].cidrs), [None]);
    }

    #[test]
    fn name_servers_are_foreign_unless_they_are_amazons() {
        let associated = |options: &Json, servers: &Json, made: &str| {
            let mut resources = json!({
                "V": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
                "O": {"Type": "AWS::EC2::DHCPOptions", "Properties":
                    {"DomainNameServers": servers}},
                "A": {"Type": "AWS::EC2::VPCDHCPOptionsAssociation", "Properties":
                    {"VpcId": {"Ref": "V"}, "DhcpOptionsId": options}},
            });
            if !made.is_empty() {
                resources["A"]["Perhaps"] = json!(made);
            }
            let servers = network(resources).vpcs[0].foreign_name_servers.clone();
            servers.map_or_else(String::new, |servers| match servers.as_unknown() {
                Some(unknown) => unknown.why.to_string(),
                None => servers.to_string(),
            })
        };
        let made = json!({"Ref": "O"});
        let amazons = json!(["AmazonProvidedDNS"]);
        let table = [
            (&made, amazons.clone(), "", ""),
            (&made, json!("AmazonProvidedDNS"), "", ""),
            (&made, json!(["10.0.0.2", "169.254.169.253", "fd00:ec2::253"]), "", ""),
            (&made, json!(["10.0.0.3"]), "", "10.0.0.3"),
            (&made, json!(["AmazonProvidedDNS", "192.0.2.1"]), "", "192.0.2.1"),
            (&made, json!(["192.0.2.1"]), "C", "nobody knows C"),
            (&made, json!({"Ref": "P"}), "", "nobody knows P"),
            (&json!("default"), amazons.clone(), "", ""),
            (&json!("dopt-1"), amazons, "", "the DHCP options dopt-1 are made elsewhere"),
        ];
        for (options, servers, made, expected) in table {
            assert_eq!(associated(options, &servers, made), expected, "{options} {servers}");
        }
    }
}
