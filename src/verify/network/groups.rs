//! Security groups with their rules, wherever those stand.

use super::attached::Attached;
use super::parts::{DEFAULT_GROUP, Index, id, made_with, property};
use super::rule::{GroupNames, default_egress, rule};
use super::{Direction, Group, Hidden, OutsideRule, Peer, Rule, RuleForm, Traffic};
use crate::cloudformation::{Made, Place, Resource, Value};

const GROUP: &str = "AWS::EC2::SecurityGroup";

/// The groups of the world, those that its VPCs are made with, and the standalone rules that do not
/// surely belong to a group that is a resource.
pub(super) fn groups(
    index: &Index<'_>,
    hidden: &mut Vec<Hidden>,
) -> (Vec<Group>, Vec<Group>, Vec<OutsideRule>) {
    let names = GroupNames::new(index);
    let owner = |rule: &Resource| {
        let by_name = || property(rule, "GroupName").map(|name| names.group(name));
        property(rule, "GroupId").or_else(by_name)
    };
    let ingress = Attached::new(index, "AWS::EC2::SecurityGroupIngress", GROUP, hidden, owner);
    let egress = Attached::new(index, "AWS::EC2::SecurityGroupEgress", GROUP, hidden, owner);
    let sides = [(Direction::Ingress, &ingress), (Direction::Egress, &egress)];
    let outside = sides.into_iter().flat_map(|(direction, rules)| {
        let names = &names;
        rules.elsewhere().iter().map(move |(group, resource)| OutsideRule {
            group: group.clone(),
            direction,
            rule: standalone(resource, resource.made.clone(), direction, names),
        })
    });
    let mut outside: Vec<OutsideRule> = outside.collect();
    outside.sort_by_key(|outside| outside.rule.place);
    let groups = index.of_kind(GROUP).map(|resource| Group {
        id: id(resource),
        name: resource.id.to_string(),
        made: resource.made.clone(),
        place: resource.place,
        vpc: property(resource, "VpcId"),
        ingress: rules(resource, Direction::Ingress, &ingress, &names),
        egress: rules(resource, Direction::Egress, &egress, &names),
    });
    let of_vpcs = index.of_kind("AWS::EC2::VPC").map(|vpc| of_vpc(vpc, &outside)).collect();
    (groups.collect(), of_vpcs, outside)
}

/// The group that a VPC is made with: its members let each other in.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html>
fn of_vpc(vpc: &Resource, outside: &[OutsideRule]) -> Group {
    let (place, vpc) = (vpc.place, id(vpc));
    let group = default_group(&vpc);
    let given = |direction| -> Vec<Rule> {
        let of_group = outside.iter().filter(|one| one.direction == direction);
        let of_group = of_group.filter(|one| one.group.same(&group).is_yes());
        of_group.map(|one| one.rule.clone()).collect()
    };
    let from_members = Rule {
        place,
        made: Made::Surely,
        form: RuleForm::Default,
        traffic: Traffic::All,
        peer: Peer::Group(group.clone()),
        description: None,
    };
    let mut ingress = vec![from_members];
    ingress.extend(given(Direction::Ingress));
    Group {
        name: group.to_string(),
        made: Made::Surely,
        place,
        ingress,
        egress: with_default(given(Direction::Egress), place),
        vpc: Some(vpc),
        id: group,
    }
}

/// The group that is made with a VPC.
pub(in crate::verify) fn default_group(vpc: &Value) -> Value {
    made_with(vpc, DEFAULT_GROUP, "default group")
}

fn standalone(resource: &Resource, made: Made, direction: Direction, names: &GroupNames) -> Rule {
    let form = RuleForm::Standalone;
    rule(&resource.properties, resource.place, made, form, direction, names)
}

fn rules(
    group: &Resource,
    direction: Direction,
    attached: &Attached<'_>,
    names: &GroupNames,
) -> Vec<Rule> {
    let key = match direction {
        Direction::Ingress => "SecurityGroupIngress",
        Direction::Egress => "SecurityGroupEgress",
    };
    let given = property(group, key);
    let inline = given
        .iter()
        .flat_map(|given| given.entries())
        .map(|entry| rule(entry, entry.place, Made::Surely, RuleForm::Inline, direction, names));
    let mut rules: Vec<Rule> = inline.collect();
    let has_inline = !rules.is_empty();
    let attached = attached.to(group);
    let attached =
        attached.into_iter().map(|(resource, made)| standalone(resource, made, direction, names));
    rules.extend(attached);
    if direction == Direction::Ingress || has_inline {
        return rules;
    }
    with_default(rules, given.map_or(group.place, |given| given.place))
}

/// Egress rules, and EC2's own one where none of them surely takes it away. An ill-formed one does
/// too: CloudFormation would refuse it, and not fall back to allowing everything.
fn with_default(mut rules: Vec<Rule>, place: Place) -> Vec<Rule> {
    if !rules.iter().any(|rule| matches!(rule.made, Made::Surely)) {
        let made = rules.first().map_or(Made::Surely, |rule| rule.made.clone());
        rules.insert(0, default_egress(place, made));
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::network::templates::{network, networks};
    use serde_json::{Value as Json, json};

    fn print(rules: &[Rule]) -> String {
        let rules = rules.iter().map(|rule| {
            let form = match rule.form {
                RuleForm::Inline => "inline",
                RuleForm::Standalone => "standalone",
                RuleForm::Default => "default",
            };
            let made = if matches!(rule.made, Made::Surely) { "" } else { "?" };
            let unknown = matches!(rule.traffic, Traffic::Unknown(_))
                && matches!(rule.peer, Peer::Unknown(_));
            format!("{form}{made}{}", if unknown { " unknown" } else { "" })
        });
        rules.collect::<Vec<_>>().join(", ")
    }

    /// Every way in which a group can come to its egress rules.
    #[test]
    fn ec2s_own_rule_stands_unless_another_one_surely_does() {
        let rule =
            json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"});
        let lists = [
            (None, ""),
            (Some(json!([])), ""),
            (Some(json!([rule])), "inline"),
            (Some(json!(rule)), "inline"),
            (Some(json!([rule, {"Unknown": "Entry"}])), "inline, inline unknown"),
            (Some(json!({"Ref": "Rules"})), "inline unknown"),
        ];
        // The group it names, whether it is conditional, how it appears, and what is left of the
        // default.
        let standalones = [
            (None, false, "", "default"),
            (Some(json!({"Ref": "G"})), false, "standalone", ""),
            (Some(json!({"Ref": "G"})), true, "standalone?", "default?"),
            (Some(json!({"Unknown": "Either"})), false, "standalone?", "default?"),
            (Some(json!({"Ref": "Parameter"})), false, "", "default"),
            (Some(json!({"Ref": "Other"})), false, "", "default"),
            (Some(json!("sg-1")), false, "", "default"),
        ];
        for (list, inline) in &lists {
            for (group, conditional, standalone, default) in &standalones {
                let mut properties = json!({"VpcId": "vpc-1"});
                if let Some(list) = list {
                    properties["SecurityGroupEgress"] = list.clone();
                }
                let mut resources = json!({
                    "G": {"Type": GROUP, "Properties": properties},
                    "Other": {"Type": GROUP, "Properties": {"SecurityGroupEgress": [rule]}},
                });
                if let Some(group) = group {
                    let mut properties = rule.clone();
                    properties["GroupId"] = group.clone();
                    let mut resource =
                        json!({"Type": "AWS::EC2::SecurityGroupEgress", "Properties": properties});
                    if *conditional {
                        resource["Perhaps"] = json!("C");
                    }
                    resources["R"] = resource;
                }
                let network = network(resources.clone());
                let default = if inline.is_empty() { *default } else { "" };
                let expected = [default, *inline, *standalone];
                let expected: Vec<&str> =
                    expected.into_iter().filter(|part| !part.is_empty()).collect();
                let found = network.groups.iter().find(|group| group.name == "G").unwrap();
                assert_eq!(print(&found.egress), expected.join(", "), "{resources}");
                assert!(found.ingress.is_empty());
            }
        }
    }

    #[test]
    fn ec2s_own_rule_stands_where_its_empty_list_does() {
        let egress = |properties: Json| {
            let network = network(json!({"G": {"Type": GROUP, "Properties": properties}}));
            let group = network.groups[0].clone();
            (group.egress[0].place == group.place, group.egress[0].clone())
        };
        assert!(egress(json!({})).0);
        let (at_group, rule) = egress(json!({"SecurityGroupEgress": []}));
        assert!(!at_group);
        assert!(matches!(rule.peer, Peer::Prefix(prefix, _) if prefix.to_string() == "0.0.0.0/0"));
        assert_eq!(rule.traffic, Traffic::All);
    }

    #[test]
    fn a_group_and_its_rule_under_one_condition_go_together() {
        let network = network(json!({
            "G": {"Type": GROUP, "Perhaps": "C"},
            "R": {"Type": "AWS::EC2::SecurityGroupEgress", "Perhaps": "C", "Properties":
                {"GroupId": {"Ref": "G"}, "IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}},
        }));
        assert_eq!(print(&network.groups[0].egress), "standalone");
    }

    #[test]
    fn rules_for_other_groups_are_kept_beside_the_groups() {
        let rule = |group: Json, key: &str| {
            json!({"Type": format!("AWS::EC2::SecurityGroup{key}"), "Properties":
                {"GroupId": group, "IpProtocol": "-1", "CidrIp": "10.0.0.0/8"}})
        };
        let network = networks(&[
            json!({"G": {"Type": GROUP}, "A": rule(json!("sg-1"), "Egress")}),
            json!({
                "B": rule(json!({"Ref": "P"}), "Ingress"),
                "C": {"Type": "AWS::EC2::SecurityGroupIngress", "Properties":
                    {"GroupName": "web", "IpProtocol": "-1", "CidrIp": "10.0.0.0/8"}},
            }),
        ]);
        let outside: Vec<String> = network
            .outside_rules
            .iter()
            .map(|outside| format!("{} {:?}", outside.group, outside.direction))
            .collect();
        assert_eq!(outside, ["sg-1 Egress", "${P} Ingress", "web Ingress"]);
        // A parameter of the second template may be given the group of the first.
        assert_eq!(print(&network.groups[0].ingress), "standalone?, standalone?");
        assert_eq!(print(&network.groups[0].egress), "default");
    }

    #[test]
    fn many_rules_for_groups_that_are_not_known_are_not_multiplied() {
        let rules = (0..500).map(|number| {
            let rule = json!({"Type": "AWS::EC2::SecurityGroupIngress", "Properties":
                {"GroupId": {"Unknown": format!("X{number}")}, "IpProtocol": "-1"}});
            (format!("R{number}"), rule)
        });
        let mut resources: serde_json::Map<String, Json> = rules.collect();
        resources.insert("G".to_owned(), json!({"Type": GROUP}));
        let network = network(resources.into());
        assert_eq!(network.groups[0].ingress.len(), 200);
        assert_eq!(network.outside_rules.len(), 500);
        assert_eq!(network.hidden.len(), 1);
    }
}
