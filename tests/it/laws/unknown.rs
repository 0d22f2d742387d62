//! What is said while something is unknown stays true when it becomes known.

use std::collections::BTreeMap;

use fargate_egress::verify::Outcome;
use serde_json::json;

use super::dice::{Dice, throws};
use super::judged::{Both, Is, Legs, legs, verification};
use super::network::{Kind, Net, Rule, filling};
use super::template::Template;

/// What was said of a leg, and what is said now that more is known.
fn agrees([trusting, strict]: Both, filled: Both) -> bool {
    (strict != Is::Reachable || filled[0] == Is::Reachable)
        && (trusting != Is::Blocked || filled == [Is::Blocked; 2])
}

fn differ(before: &Legs, after: &Legs) -> Option<String> {
    before.iter().find_map(|(leg, said)| {
        // What the image is decides what is needed.
        let filled = after.get(leg)?;
        (!agrees(*said, *filled)).then(|| format!("{leg:?} was {said:?} and is {filled:?}"))
    })
}

/// The legs of tasks that stand in the template: which others are asked about hangs on what is made.
fn written(outcome: &Outcome) -> Legs {
    let mut outcome = outcome.clone();
    outcome.tasks.retain(|task| !task.asked);
    legs(&outcome)
}

/// Values with the text of the template, for people.
fn shown(text: &str, values: &BTreeMap<String, String>) -> String {
    format!("{values:#?}\n{text}")
}

fn stays_true(dice: &mut Dice, kind: Kind) -> Result<(), String> {
    let template = Net::of(dice, kind).template();
    let text = template.yaml();
    let said = verification(std::slice::from_ref(&text), BTreeMap::new())?;
    if said.undecided.is_none() && said.outcomes.len() != 1 {
        return Err(format!("{} scenarios\n{text}", said.outcomes.len()));
    }
    for _ in 0..4 {
        let mut values = filling(&template, dice);
        // Some of them stay unknown.
        for name in values.keys().cloned().collect::<Vec<_>>() {
            if dice.odd(8) && !name.starts_with("PC") {
                values.remove(&name);
            }
        }
        let filled = verification(std::slice::from_ref(&text), values.clone())?;
        let [filled] = filled.outcomes.as_slice() else { return Err("several".into()) };
        if let Some(why) = differ(&written(&said.outcomes[0]), &written(filled)) {
            return Err(format!("{why}\n{}", shown(&text, &values)));
        }
    }
    Ok(())
}

#[test]
fn what_is_said_without_parameters_holds_with_any() {
    throws(150, |dice| {
        stays_true(dice, Kind { parameters: true, conditions: false, literals: true })
    });
}

#[test]
fn what_is_said_of_undecided_conditions_holds_however_they_turn_out() {
    throws(150, |dice| {
        stays_true(dice, Kind { parameters: true, conditions: true, literals: true })
    });
}

/// Whether a scenario takes to be so what these values make so.
fn is_of(outcome: &Outcome, values: &BTreeMap<String, String>) -> bool {
    outcome.scenario.taken.iter().all(|taken| {
        let (name, is) = taken.split_once(' ').unwrap();
        let value = &values[name];
        match is.strip_prefix("= ") {
            Some(literal) => literal == format!("\"{value}\""),
            None => is == "is not \"yes\"" && value != "yes",
        }
    })
}

#[test]
fn a_scenario_is_what_its_parameters_would_give() {
    throws(80, |dice| {
        let net = Net::of(dice, Kind { parameters: false, conditions: true, literals: true });
        let template = net.template();
        let text = template.yaml();
        // Some of the conditions are left open: at most four, so that each way is looked at.
        let mut given = filling(&template, dice);
        let open: Vec<String> =
            given.keys().filter(|name| name.starts_with("PC")).take(4).cloned().collect();
        given.retain(|name, _| !open.contains(name));
        let said = verification(std::slice::from_ref(&text), given.clone())?;
        if said.undecided.is_some() {
            return Err(format!("undecided {:?}\n{text}", said.undecided));
        }
        for _ in 0..3 {
            let mut values = given.clone();
            for name in &open {
                values.insert(name.clone(), dice.pick(&["yes", "no", "maybe"]).to_owned());
            }
            let of: Vec<&Outcome> =
                said.outcomes.iter().filter(|outcome| is_of(outcome, &values)).collect();
            let [scenario] = of[..] else {
                let taken: Vec<_> = said.outcomes.iter().map(|one| &one.scenario.taken).collect();
                return Err(format!("{} of {taken:?} for {values:?}\n{text}", of.len()));
            };
            let filled = verification(std::slice::from_ref(&text), values.clone())?;
            let (expected, found) = (legs(&filled.outcomes[0]), legs(scenario));
            if expected != found {
                return Err(format!("{expected:?}\n{found:?}\n{}", shown(&text, &values)));
            }
            let codes = super::judged::codes;
            if codes(&filled.outcomes[0]) != codes(scenario) {
                return Err(format!("other findings\n{}", shown(&text, &values)));
            }
        }
        Ok(())
    });
}

/// What the three things that can be between the task and an endpoint come to when they may be there.
#[test]
fn what_is_perhaps_there_is_neither_there_nor_gone() {
    let kind = Kind { parameters: false, conditions: true, literals: true };
    let mut net = Net::of(&mut Dice::new(Vec::new()), kind);
    let rule = net.groups[0].rules[1][0].clone();
    let properties = json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
        "DestinationPrefixListId": "pl-61a54008"});
    net.groups[0].rules[1].push(Rule { properties, ..rule });
    let is = |need: &str, change: &dyn Fn(&mut Template)| {
        let mut template = net.template();
        change(&mut template);
        let said = verification(&[template.yaml()], BTreeMap::new()).unwrap();
        assert!(said.undecided.is_some());
        let legs = legs(&said.outcomes[0]);
        legs.into_iter().find(|((_, of, _), _)| of == need).unwrap().1
    };
    let set = |template: &mut Template, id: &str, key: &str, value: serde_json::Value| {
        let (_, resource) = template.resources.iter_mut().find(|(known, _)| known == id).unwrap();
        resource[key] = value;
    };
    for need in ["registry-auth", "manifest", "layers"] {
        assert_eq!(is(need, &|_| ())[0], Is::Reachable, "{need}");
    }
    let association = |template: &mut Template| {
        set(template, "Association1", "Condition", json!("C1"));
    };
    assert_eq!(is("layers", &association), [Is::Open; 2]);
    // Without entries it lets nothing through; the endpoints are in the task's own subnet.
    let acl = |template: &mut Template| {
        let acl = json!({"Type": "AWS::EC2::NetworkAcl", "Properties": {"VpcId": {"Ref": "Vpc"}}});
        let uses = json!({"Type": "AWS::EC2::SubnetNetworkAclAssociation", "Condition": "C1",
            "Properties": {"SubnetId": {"Ref": "Subnet1"}, "NetworkAclId": {"Ref": "Acl"}}});
        template.resources.extend([("Acl".into(), acl), ("Uses".into(), uses)]);
    };
    assert_eq!(is("layers", &acl), [Is::Open; 2]);
    assert_eq!(is("manifest", &acl)[0], Is::Reachable);
    let prefix = |template: &mut Template| {
        template.parameters.push(("Cidr".into(), json!({"Type": "String"})));
        let subnet = json!({"VpcId": {"Ref": "Vpc"}, "CidrBlock": {"Ref": "Cidr"}});
        set(template, "Subnet1", "Properties", subnet);
        let rule =
            json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.1.0/24"});
        let group = json!({"VpcId": {"Ref": "Vpc"}, "SecurityGroupIngress": [rule]});
        set(template, "Endpoints", "Properties", group);
    };
    assert_eq!(is("manifest", &prefix), [Is::Open; 2]);
}
