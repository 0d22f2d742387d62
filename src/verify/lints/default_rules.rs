//! EC2's own egress rule, which allows everything: where it stays, and where it goes.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html>

use std::collections::BTreeSet;

use super::scene::Scene;
use super::{Fault, warning};
use crate::cloudformation::Kind;
use crate::diagnostic::Code;
use crate::verify::network::{Direction, RuleForm};

/// Empty lists of egress rules, which deny nothing.
pub(super) fn empty_lists(scene: &Scene<'_>) -> Vec<Fault> {
    let faults = scene.view.network.groups.iter().filter_map(|group| {
        let resource = scene.resource(group.id.as_created()?)?;
        let list = resource.properties.get("SecurityGroupEgress")?;
        let is_empty = matches!(&list.kind, Kind::List(rules) if rules.is_empty());
        let only_default = group.egress.iter().all(|rule| rule.form == RuleForm::Default);
        (is_empty && only_default).then(|| {
            let message = format!(
                "the empty list of egress rules of `{}` leaves EC2's rule that allows everything",
                group.name
            );
            warning(Code::EmptyEgressList, list.place, "denies nothing", message)
                .help("SecurityGroupEgress: [{IpProtocol: '-1', CidrIp: 127.0.0.1/32}]")
        })
    });
    faults.collect()
}

/// Groups made elsewhere that lose EC2's rule by the first egress rule they are given here.
pub(super) fn removed(scene: &Scene<'_>) -> Vec<Fault> {
    let mut seen = BTreeSet::new();
    let egress = scene.view.network.outside_rules.iter().filter(|outside| {
        outside.direction == Direction::Egress && outside.rule.made.truth().is_yes()
    });
    let faults = egress.filter(|outside| seen.insert(outside.group.to_string())).map(|outside| {
        let message = format!(
            "an egress rule of its own takes EC2's rule that allows everything from `{}`, which is \
             made elsewhere: whatever else wears it can reach only what is named",
            outside.group
        );
        let place = outside.rule.place;
        warning(Code::RemovesDefaultEgress, place, "for a group made elsewhere", message)
    });
    faults.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::lints::made::{check, group, list, perhaps, prefix, resource, rule, text};
    use crate::verify::network::{Network, OutsideRule, Rule};

    fn outside(network: &mut Network, group: &str, direction: Direction, port: u16) {
        let rule = Rule { form: RuleForm::Standalone, ..rule(port, prefix("10.0.0.0/8")) };
        network.outside_rules.push(OutsideRule { group: text(group), direction, rule });
    }

    #[test]
    fn where_ec2s_own_rule_stays_and_goes_is_said_once() {
        check(&[
            (
                "an empty list",
                |n, e| {
                    let own = Rule { form: RuleForm::Default, ..rule(0, prefix("0.0.0.0/0")) };
                    n.groups.push(group("Open", vec![], vec![own]));
                    let fields = vec![("SecurityGroupEgress", list(&[]))];
                    e.resources.push(resource("Open", "AWS::EC2::SecurityGroup", fields));
                },
                &[Code::EmptyEgressList],
            ),
            (
                "an empty list beside a rule of its own",
                |n, e| {
                    n.groups.push(group("Open", vec![], vec![rule(443, prefix("10.0.0.0/8"))]));
                    let fields = vec![("SecurityGroupEgress", list(&[]))];
                    e.resources.push(resource("Open", "AWS::EC2::SecurityGroup", fields));
                },
                &[],
            ),
            (
                "no list",
                |n, e| {
                    let own = Rule { form: RuleForm::Default, ..rule(0, prefix("0.0.0.0/0")) };
                    n.groups.push(group("Open", vec![], vec![own]));
                    e.resources.push(resource("Open", "AWS::EC2::SecurityGroup", vec![]));
                },
                &[],
            ),
            (
                "two rules for a group made elsewhere",
                |n, _| {
                    outside(n, "sg-0123456789abcdef0", Direction::Egress, 443);
                    outside(n, "sg-0123456789abcdef0", Direction::Egress, 80);
                },
                &[Code::RemovesDefaultEgress],
            ),
            (
                "rules for two groups made elsewhere",
                |n, _| {
                    outside(n, "sg-0123456789abcdef0", Direction::Egress, 443);
                    outside(n, "{parameter 0 Group}", Direction::Egress, 443);
                },
                &[Code::RemovesDefaultEgress, Code::RemovesDefaultEgress],
            ),
            (
                "ingress for a group made elsewhere",
                |n, _| outside(n, "sg-0123456789abcdef0", Direction::Ingress, 443),
                &[],
            ),
            (
                "a rule that is made perhaps",
                |n, _| {
                    outside(n, "sg-0123456789abcdef0", Direction::Egress, 443);
                    n.outside_rules[0].rule.made = perhaps();
                },
                &[],
            ),
        ]);
    }
}
