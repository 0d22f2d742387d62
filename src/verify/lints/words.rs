//! Rules and descriptions that EC2 refuses.

use super::scene::Scene;
use super::{Fault, error};
use crate::aws::quota::RULE_DESCRIPTION_CHARACTERS;
use crate::cloudformation::{Piece, Resource, Text, Value};
use crate::diagnostic::Code;
use crate::prefix::shorten;
use crate::verify::network::{Peer, Rule, Traffic};

/// Rules whose peer or whose ports EC2 does not take.
pub(super) fn invalid_rules(scene: &Scene<'_>) -> Vec<Fault> {
    let of_groups = scene.view.network.groups.iter().flat_map(|group| {
        group.ingress.iter().chain(&group.egress).map(|rule| (group.name.clone(), rule))
    });
    let outside = scene.view.network.outside_rules.iter();
    let outside = outside.map(|outside| (outside.group.to_string(), &outside.rule));
    of_groups.chain(outside).filter_map(|(group, rule)| invalid(&group, rule)).collect()
}

fn invalid(group: &str, rule: &Rule) -> Option<Fault> {
    let (label, message) = match (&rule.peer, &rule.traffic) {
        (Peer::Invalid(found), _) => (
            "not one peer",
            format!("a rule of `{group}` has {found}, and EC2 takes exactly one peer"),
        ),
        (_, Traffic::Nothing) => (
            "not ports",
            format!("a rule of `{group}` has a protocol or ports that EC2 does not take"),
        ),
        _ => return None,
    };
    let fault = error(Code::InvalidRule, rule.place, label, message);
    Some(match &rule.traffic {
        Traffic::Nothing => fault.help("IpProtocol: tcp").help("FromPort: 443").help("ToPort: 443"),
        _ => fault,
    })
}

/// Descriptions and names with what EC2 does not take.
pub(super) fn descriptions(scene: &Scene<'_>) -> Vec<Fault> {
    let groups = scene.of_kind("AWS::EC2::SecurityGroup").flat_map(of_group);
    let kinds = ["AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress"];
    let standalone = kinds.into_iter().flat_map(|kind| scene.of_kind(kind));
    let standalone =
        standalone.filter_map(|rule| wrong("Description", rule.properties.get("Description")?));
    groups.chain(standalone).collect()
}

fn of_group(group: &Resource) -> Vec<Fault> {
    let get = |key| group.properties.get(key);
    let own = ["GroupDescription", "GroupName"];
    let own = own.into_iter().filter_map(|key| wrong(key, get(key)?));
    let lists = ["SecurityGroupIngress", "SecurityGroupEgress"].into_iter().filter_map(get);
    let rules = lists.flat_map(Value::entries);
    let of_rules = rules.filter_map(|rule| wrong("Description", rule.get("Description")?));
    own.chain(of_rules).collect()
}

/// What is wrong with a description or a name, as far as its letters are known.
///
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html> and
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html>
fn wrong(key: &str, value: &Value) -> Option<Fault> {
    let text = value.as_text()?;
    let known = |piece: &Piece| match piece {
        Piece::Known(text) => Some(text.clone()),
        Piece::Created(_) | Piece::Unknown(_) => None,
    };
    let letters: String = text.pieces().iter().filter_map(known).collect();
    let (label, message) = if key == "GroupName" && text.beginning().starts_with("sg-") {
        ("begins like an id", "a group's name does not begin with `sg-`".to_owned())
    } else if let Some(letter) = letters.chars().find(|letter| !is_taken(*letter)) {
        let message = format!(
            "`{}` has the character `{}` in it; a `{key}` is made of a-z, A-Z, 0-9, spaces and \
             {OTHERS}",
            shorten(&text.to_string()),
            letter.escape_debug(),
        );
        ("not a character that EC2 takes", message)
    } else if letters.chars().count() > RULE_DESCRIPTION_CHARACTERS {
        let message = format!(
            "a `{key}` of {} characters; EC2 takes {RULE_DESCRIPTION_CHARACTERS}",
            letters.chars().count()
        );
        ("too long", message)
    } else {
        return None;
    };
    let fault = error(Code::InvalidDescription, value.place, label, message);
    Some(match written_so(text) {
        Some(right) if right != text.to_string() && key != "GroupName" => {
            fault.help(format!("{key}: '{right}'"))
        }
        _ => fault,
    })
}

/// What EC2 takes beside letters, digits and spaces.
const OTHERS: &str = "._-:/()#,@[]+=&;{}!$*";

fn is_taken(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == ' ' || OTHERS.contains(letter)
}

/// The same with what EC2 takes, where all of it is known.
fn written_so(text: &Text) -> Option<String> {
    let right = text.as_known()?.chars().map(|letter| if is_taken(letter) { letter } else { '_' });
    Some(right.take(RULE_DESCRIPTION_CHARACTERS).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudformation::{Evaluated, Kind};
    use crate::verify::lints::made::{check, faults, map, place, prefix, resource, rule, text};

    fn group(evaluated: &mut Evaluated, key: &str, words: &str) {
        let kind = "AWS::EC2::SecurityGroup";
        evaluated.resources.push(resource("TaskGroup", kind, vec![(key, text(words))]));
    }

    #[test]
    fn what_ec2_refuses_is_one_finding() {
        const WORDS: &[Code] = &[Code::InvalidDescription];
        check(&[
            (
                "no peer",
                |n, _| n.groups[0].ingress.push(rule(443, Peer::Invalid("none".to_owned()))),
                &[Code::InvalidRule],
            ),
            (
                "no peer and no ports",
                |n, _| {
                    let peer = Peer::Invalid("none".to_owned());
                    n.groups[0].ingress.push(Rule { traffic: Traffic::Nothing, ..rule(0, peer) });
                },
                &[Code::InvalidRule],
            ),
            (
                "no ports",
                |n, _| {
                    let peer = prefix("10.0.0.0/8");
                    n.groups[0].ingress.push(Rule { traffic: Traffic::Nothing, ..rule(0, peer) });
                },
                &[Code::InvalidRule],
            ),
            (
                "a good description",
                |_, e| group(e, "GroupDescription", "ECR (private): 10.0.0.0/16, #1 [a]=&;{}!$*"),
                &[],
            ),
            ("an arrow", |_, e| group(e, "GroupDescription", "tasks > ECR"), WORDS),
            ("another script", |_, e| group(e, "GroupDescription", "エンドポイント"), WORDS),
            ("an arrow and something unknown", |_, e| group(e, "GroupName", "{x} > ECR"), WORDS),
            ("something unknown", |_, e| group(e, "GroupName", "{x}"), &[]),
            ("like an id", |_, e| group(e, "GroupName", "sg-tasks"), WORDS),
            ("a description like an id", |_, e| group(e, "GroupDescription", "sg-tasks"), &[]),
            ("255", |_, e| group(e, "GroupDescription", &"x".repeat(255)), &[]),
            ("256", |_, e| group(e, "GroupDescription", &"x".repeat(256)), WORDS),
            (
                "a rule's",
                |_, e| {
                    let rule = map(vec![("Description", text("a > b"))]);
                    let list = Value { place: place(), kind: Kind::List(vec![rule]) };
                    let fields = vec![("SecurityGroupEgress", list)];
                    e.resources.push(resource("TaskGroup", "AWS::EC2::SecurityGroup", fields));
                },
                WORDS,
            ),
            (
                "a standalone rule's",
                |_, e| {
                    let fields = vec![("Description", text("a > b"))];
                    e.resources.push(resource("Rule", "AWS::EC2::SecurityGroupIngress", fields));
                },
                WORDS,
            ),
        ]);
    }

    #[test]
    fn what_ec2_takes_is_said() {
        let found = faults(|_, e| group(e, "GroupDescription", "tasks > ECR"));
        assert_eq!(found[0].help, ["GroupDescription: 'tasks _ ECR'"]);
    }
}
