//! A rule of a security group.

use std::collections::BTreeMap;

use super::parts::{Index, everywhere, id, part, prefix, property, why};
use super::traffic::traffic;
use super::{Direction, Peer, Rule, RuleForm, Traffic};
use crate::cloudformation::{Made, Place, Text, Value};
use crate::prefix::shorten;

/// Security groups by their names: the ids of those that have a name of their own.
pub(super) struct GroupNames(BTreeMap<String, Value>);

impl GroupNames {
    pub(super) fn new(index: &Index<'_>) -> GroupNames {
        let groups = index.of_kind("AWS::EC2::SecurityGroup");
        let named = groups.filter_map(|group| {
            let name = property(group, "GroupName")?;
            Some((name.as_known()?.to_owned(), id(group)))
        });
        GroupNames(named.collect())
    }

    /// The group of that name, or the name itself where no group of the world has it.
    pub(super) fn group(&self, name: Value) -> Value {
        match name.as_known().and_then(|known| self.0.get(known)) {
            Some(group) => Value { place: name.place, kind: group.kind.clone() },
            None => name,
        }
    }
}

/// Reads a rule; `value` is an entry of a list, or the properties of a resource.
pub(super) fn rule(
    value: &Value,
    place: Place,
    made: Made,
    form: RuleForm,
    direction: Direction,
    names: &GroupNames,
) -> Rule {
    if value.as_unknown().is_some() {
        let (traffic, peer) = (Traffic::Unknown(why(value)), Peer::Unknown(value.clone()));
        return Rule { place, made, form, traffic, peer, description: None };
    }
    let [protocol, from, to] = ["IpProtocol", "FromPort", "ToPort"].map(|key| value.get(key));
    Rule {
        place,
        made,
        form,
        traffic: traffic(protocol, from, to),
        peer: peer(value, direction, names),
        description: part(value, "Description"),
    }
}

/// EC2's own rule for a group without egress rules.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html>
pub(super) fn default_egress(place: Place, made: Made) -> Rule {
    let prefix = everywhere();
    let written = Value::text(place, Text::known(prefix.to_string()));
    Rule {
        place,
        made,
        form: RuleForm::Default,
        traffic: Traffic::All,
        peer: Peer::Prefix(prefix, written),
        description: None,
    }
}

fn peer(rule: &Value, direction: Direction, names: &GroupNames) -> Peer {
    let keys: &[&str] = match direction {
        Direction::Ingress => &[
            "CidrIp",
            "CidrIpv6",
            "SourceSecurityGroupId",
            "SourceSecurityGroupName",
            "SourcePrefixListId",
        ],
        Direction::Egress => {
            &["CidrIp", "CidrIpv6", "DestinationSecurityGroupId", "DestinationPrefixListId"]
        }
    };
    let given = keys.iter().filter_map(|key| Some((*key, rule.get(key)?)));
    let given: Vec<(&str, &Value)> = given.collect();
    match given.as_slice() {
        [] => Peer::Invalid(format!("none of `{}`", keys.join("`, `"))),
        [(key, value)] => one(key, value, names),
        // Where one of them is unknown it may turn out to be left out.
        several => {
            let unknown = several.iter().find(|(_, value)| value.as_unknown().is_some());
            let known = several.iter().filter(|(_, value)| value.as_unknown().is_none()).count();
            match unknown {
                Some((_, unknown)) if known < 2 => Peer::Unknown((*unknown).clone()),
                _ => {
                    let keys: Vec<&str> = several.iter().map(|(key, _)| *key).collect();
                    Peer::Invalid(format!("`{}`", keys.join("` and `")))
                }
            }
        }
    }
}

fn one(key: &str, value: &Value, names: &GroupNames) -> Peer {
    if value.as_text().is_none() {
        return Peer::Invalid(format!("`{key}` with a list or a map"));
    }
    match key {
        "CidrIp" | "CidrIpv6" => {
            let Some(known) = value.as_known() else { return Peer::Unknown(value.clone()) };
            match prefix(value) {
                Some(prefix) if prefix.is_ipv4() == (key == "CidrIp") => {
                    Peer::Prefix(prefix, value.clone())
                }
                _ => Peer::Invalid(format!("`{key}` with `{}`", shorten(known))),
            }
        }
        "SourceSecurityGroupName" => Peer::Group(names.group(value.clone())),
        "SourcePrefixListId" | "DestinationPrefixListId" => Peer::PrefixList(value.clone()),
        _ => Peer::Group(value.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::network::templates::world;
    use serde_json::{Value as Json, json};

    fn read(direction: Direction, properties: &Json) -> String {
        let world = world(&[json!({
            "G": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupName": "tasks"}},
            "R": {"Type": "T", "Properties": properties},
        })]);
        let index = Index::new(&world.resources);
        let names = GroupNames::new(&index);
        let resource = index.at(0, "R").unwrap();
        let rule = rule(
            &resource.properties,
            resource.place,
            Made::Surely,
            RuleForm::Inline,
            direction,
            &names,
        );
        match rule.peer {
            Peer::Prefix(prefix, value) => format!("prefix {prefix} of {value}"),
            Peer::Group(value) if value.as_created().is_some() => format!("made group {value}"),
            Peer::Group(value) => format!("group {value}"),
            Peer::PrefixList(value) => format!("list {value}"),
            Peer::Unknown(value) => format!("unknown {value}"),
            Peer::Invalid(found) => format!("invalid {found}"),
        }
    }

    #[test]
    fn a_rule_has_exactly_one_peer() {
        use Direction::{Egress, Ingress};
        let join = json!({"Join": [{"Ref": "Octet"}, ".0.0.0/8"]});
        let table = [
            (Egress, json!({"CidrIp": "10.0.0.0/8"}), "prefix 10.0.0.0/8 of 10.0.0.0/8"),
            (Egress, json!({"CidrIp": "10.0.0.5/8"}), "prefix 10.0.0.0/8 of 10.0.0.5/8"),
            (Egress, json!({"CidrIpv6": "::/0"}), "prefix ::/0 of ::/0"),
            (Egress, json!({"CidrIp": "::/0"}), "invalid `CidrIp` with `::/0`"),
            (Egress, json!({"CidrIpv6": "10.0.0.0/8"}), "invalid `CidrIpv6` with `10.0.0.0/8`"),
            (Egress, json!({"CidrIp": "10.0.0.1"}), "invalid `CidrIp` with `10.0.0.1`"),
            (Egress, json!({"CidrIp": ["::/0"]}), "invalid `CidrIp` with a list or a map"),
            (Egress, json!({"CidrIp": {"Ref": "Cidr"}}), "unknown ${Cidr}"),
            (Egress, json!({"CidrIp": join}), "unknown ${Octet}.0.0.0/8"),
            (Egress, json!({"DestinationSecurityGroupId": {"Ref": "G"}}), "made group G"),
            (Egress, json!({"DestinationSecurityGroupId": {"Ref": "P"}}), "group ${P}"),
            (Egress, json!({"DestinationPrefixListId": "pl-1"}), "list pl-1"),
            (
                Egress,
                json!({"SourceSecurityGroupId": "sg-1"}),
                "invalid none of `CidrIp`, `CidrIpv6`, `DestinationSecurityGroupId`, \
                 `DestinationPrefixListId`",
            ),
            (
                Egress,
                json!({"CidrIp": "10.0.0.0/8", "DestinationPrefixListId": "pl-1"}),
                "invalid `CidrIp` and `DestinationPrefixListId`",
            ),
            (
                Egress,
                json!({"CidrIp": "10.0.0.0/8", "DestinationPrefixListId": {"Ref": "P"}}),
                "unknown ${P}",
            ),
            (Ingress, json!({"SourceSecurityGroupId": {"Ref": "G"}}), "made group G"),
            (Ingress, json!({"SourceSecurityGroupName": "tasks"}), "made group G"),
            (Ingress, json!({"SourceSecurityGroupName": "other"}), "group other"),
            (
                Ingress,
                json!({"SourceSecurityGroupId": "sg-1",
                    "SourceSecurityGroupOwnerId": "111122223333"}),
                "group sg-1",
            ),
            (Ingress, json!({"SourcePrefixListId": {"Ref": "P"}}), "list ${P}"),
            (Ingress, json!({"Unknown": "X"}), "unknown ${X}"),
        ];
        for (direction, properties, expected) in table {
            assert_eq!(read(direction, &properties), expected, "{properties}");
        }
    }
}
