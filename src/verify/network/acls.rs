//! Network ACLs.

use super::attached::Attached;
use super::parts::{DEFAULT_ACL, Index, doubt, everywhere, id, made_with, part, prefix, property};
use super::traffic::traffic;
use super::{Acl, AclEntry, Direction, Hidden, Traffic, UseOfAcl};
use crate::cloudformation::{Made, Place, Resource, Value};
use crate::truth::Truth;

const ACL: &str = "AWS::EC2::NetworkAcl";

/// The network ACLs of the world with their entries and subnets, and the subnets that use another.
///
/// What is made with a VPC is among them where the templates change it.
pub(super) fn acls(index: &Index<'_>, hidden: &mut Vec<Hidden>) -> (Vec<Acl>, Vec<UseOfAcl>) {
    let acl = |resource: &Resource| property(resource, "NetworkAclId");
    let entries = Attached::new(index, "AWS::EC2::NetworkAclEntry", ACL, hidden, acl);
    let subnets = Attached::new(index, "AWS::EC2::SubnetNetworkAclAssociation", ACL, hidden, acl);
    let made = index.of_kind(ACL).map(|acl| Acl {
        id: id(acl),
        default_of: None,
        subnets: subnets.to(acl).iter().filter_map(|(one, made)| used_by(one, made)).collect(),
        entries: ordered(entries.to(acl).iter().flat_map(|(one, made)| entry(one, made))),
    });
    let mut all: Vec<Acl> = made.collect();
    let mut used: Vec<&(Value, &Resource)> = subnets.elsewhere().iter().collect();
    for vpc in index.of_kind("AWS::EC2::VPC").map(id) {
        let own = made_with(&vpc, DEFAULT_ACL, "network ACL");
        let is_own = |(acl, _): &&(Value, &Resource)| acl.same(&own).is_yes();
        let changes: Vec<_> = entries.elsewhere().iter().filter(is_own).collect();
        let (mine, others): (Vec<_>, Vec<_>) = used.into_iter().partition(is_own);
        used = others;
        if let Some((_, first)) = changes.first() {
            let given = changes.iter().flat_map(|(_, one)| entry(one, &one.made));
            all.push(Acl {
                id: Value { place: first.place, ..own },
                default_of: Some(vpc),
                subnets: mine.iter().filter_map(|(_, one)| used_by(one, &one.made)).collect(),
                entries: ordered(given.chain(of_ec2(first.place))),
            });
        }
    }
    let outside = used.into_iter().filter_map(|(_, one)| used_by(one, &one.made));
    (all, outside.collect())
}

fn used_by(association: &Resource, made: &Made) -> Option<UseOfAcl> {
    Some(UseOfAcl { subnet: property(association, "SubnetId")?, made: made.clone() })
}

fn ordered(entries: impl Iterator<Item = AclEntry>) -> Vec<AclEntry> {
    let mut entries: Vec<AclEntry> = entries.collect();
    entries.sort_by_key(|entry| entry.number);
    entries
}

/// What EC2 puts into the ACL that it makes with a VPC: everything is let through.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html>
fn of_ec2(place: Place) -> impl Iterator<Item = AclEntry> {
    [Direction::Egress, Direction::Ingress].into_iter().map(move |direction| AclEntry {
        place,
        made: Made::Surely,
        direction,
        number: Some(100),
        allows: Truth::Yes,
        traffic: Traffic::All,
        prefix: Some(everywhere()),
    })
}

/// An entry; one of which it is not known which way it looks may look either way, and one of IPv6
/// is none.
fn entry(resource: &Resource, made: &Made) -> Vec<AclEntry> {
    let get = |key| property(resource, key);
    let cidr = get("CidrBlock");
    if cidr.is_none() && get("Ipv6CidrBlock").is_some() {
        return Vec::new();
    }
    let egress = get("Egress");
    let truth = egress.as_ref().map_or(Truth::No, Value::truth);
    let allows = match get("RuleAction").as_ref().and_then(Value::as_known) {
        Some(word) if word.eq_ignore_ascii_case("allow") => Truth::Yes,
        Some(word) if word.eq_ignore_ascii_case("deny") => Truth::No,
        _ => Truth::Unknown,
    };
    let directions = [(Direction::Egress, truth), (Direction::Ingress, !truth)];
    let directions = directions.into_iter().filter(|(_, holds)| !holds.is_no());
    let entries = directions.map(|(direction, holds)| AclEntry {
        place: resource.place,
        made: match (&egress, holds) {
            (Some(egress), Truth::Unknown) => Made::Perhaps(doubt(egress)),
            _ => made.clone(),
        },
        direction,
        number: get("RuleNumber").and_then(|number| number.as_known()?.parse().ok()),
        allows,
        traffic: entry_traffic(resource),
        prefix: cidr.as_ref().and_then(prefix).filter(|prefix| prefix.is_ipv4()),
    });
    entries.collect()
}

fn entry_traffic(resource: &Resource) -> Traffic {
    let protocol = property(resource, "Protocol");
    let [ports, icmp] = ["PortRange", "Icmp"].map(|key| property(resource, key));
    let of = |value: &Option<Value>, key| value.as_ref().and_then(|value| part(value, key));
    let from = of(&ports, "From").or_else(|| of(&icmp, "Type"));
    traffic(protocol.as_ref(), from.as_ref(), of(&ports, "To").as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::network::templates::network;
    use serde_json::{Value as Json, json};

    fn print(entry: &AclEntry) -> String {
        let traffic = match &entry.traffic {
            Traffic::All => "all".to_owned(),
            Traffic::Ports { protocol, from, to } => format!("{protocol}:{from}-{to}"),
            Traffic::Unknown(_) => "unknown".to_owned(),
            Traffic::Nothing => "nothing".to_owned(),
        };
        let made = if matches!(entry.made, Made::Surely) { "" } else { "?" };
        let prefix = entry.prefix.map_or("-".to_owned(), |prefix| prefix.to_string());
        let number = entry.number.map_or("-".to_owned(), |number| number.to_string());
        format!("{number} {:?}{made} {:?} {traffic} {prefix}", entry.direction, entry.allows)
    }

    #[test]
    fn entries_are_read_lowest_number_first() {
        let entry = |properties: Json| {
            let mut properties = properties;
            properties["NetworkAclId"] = json!({"Ref": "Acl"});
            json!({"Type": "AWS::EC2::NetworkAclEntry", "Properties": properties})
        };
        let network = network(json!({
            "Acl": {"Type": ACL, "Properties": {"VpcId": "vpc-1"}},
            "A": entry(json!({"RuleNumber": 200, "Protocol": -1, "RuleAction": "deny",
                "CidrBlock": "0.0.0.0/0"})),
            "B": entry(json!({"RuleNumber": "100", "Protocol": 6, "RuleAction": "allow",
                "Egress": true, "CidrBlock": "10.0.0.1/16",
                "PortRange": {"From": 443, "To": "443"}})),
            "C": entry(json!({"RuleNumber": 101, "Protocol": 6, "RuleAction": "ALLOW",
                "CidrBlock": {"Ref": "P"}})),
            "D": entry(json!({"RuleNumber": 102, "Protocol": 1, "RuleAction": {"Ref": "P"},
                "Egress": "false", "CidrBlock": "10.0.0.0/8", "Icmp": {"Type": 8, "Code": -1}})),
            "E": entry(json!({"RuleNumber": {"Ref": "P"}, "Protocol": {"Ref": "P"},
                "RuleAction": "allow", "Egress": {"Ref": "P"}, "CidrBlock": "0.0.0.0/0"})),
            "F": {"Type": "AWS::EC2::NetworkAclEntry", "Properties": {"NetworkAclId": "acl-1"}},
            "G": entry(json!({"RuleNumber": 99, "Protocol": -1, "RuleAction": "deny",
                "Ipv6CidrBlock": {"Ref": "P"}})),
        }));
        let [acl] = network.acls.as_slice() else { panic!("{:?}", network.acls) };
        let entries: Vec<String> = acl.entries.iter().map(print).collect();
        assert_eq!(
            entries,
            [
                "- Egress? Yes unknown 0.0.0.0/0",
                "- Ingress? Yes unknown 0.0.0.0/0",
                "100 Egress Yes 6:443-443 10.0.0.0/16",
                "101 Ingress Yes nothing -",
                "102 Ingress Unknown 1:8-8 10.0.0.0/8",
                "200 Ingress No all 0.0.0.0/0",
            ]
        );
    }

    #[test]
    fn an_acl_has_the_subnets_that_are_associated_with_it() {
        let associated = |acl: Json, subnet: &str| {
            json!({"Type": "AWS::EC2::SubnetNetworkAclAssociation",
                "Properties": {"NetworkAclId": acl, "SubnetId": {"Ref": subnet}}})
        };
        let mut perhaps = associated(json!({"Ref": "Acl"}), "B");
        perhaps["Perhaps"] = json!("C");
        let network = network(json!({
            "Acl": {"Type": ACL},
            "A": {"Type": "AWS::EC2::Subnet"},
            "B": {"Type": "AWS::EC2::Subnet"},
            "One": associated(json!({"Ref": "Acl"}), "A"),
            "Two": perhaps,
            "Three": associated(json!("acl-1"), "B"),
        }));
        let [a, b] = [0, 1].map(|at| &network.subnets[at].id);
        let uses = |subnet: &Value| {
            let uses = network.acls[0].subnets.iter();
            Truth::any(uses.map(|one| one.subnet.same(subnet).and(one.made.truth())))
        };
        assert_eq!((uses(a), uses(b)), (Truth::Yes, Truth::Unknown));
    }
}
