//! How something is written down does not matter.

use std::collections::{BTreeMap, BTreeSet};

use fargate_egress::verify::Outcome;

use super::dice::throws;
use super::judged::{Both, codes, legs, only, verification};
use super::network::{Kind, Net};
use super::template::{Template, walk};

const PLAIN: Kind = Kind { parameters: false, conditions: false, literals: true };

/// The legs of everything, without the names that people gave.
fn nameless(outcome: &Outcome) -> Vec<(String, String, Both)> {
    let mut all: Vec<_> =
        legs(outcome).into_iter().map(|((_, need, target), both)| (need, target, both)).collect();
    all.sort();
    all
}

fn same(one: &Outcome, other: &Outcome, texts: &[String]) -> Result<(), String> {
    let (a, b) = (legs(one), legs(other));
    if a != b {
        return Err(format!("{a:?}\n{b:?}\n{}", texts.join("---\n")));
    }
    let (a, b) = (codes(one), codes(other));
    if a != b {
        let differ: Vec<_> = a.symmetric_difference(&b).collect();
        return Err(format!("{differ:?}: {a:?}\n{b:?}\n{}", texts.join("---\n")));
    }
    Ok(())
}

#[test]
fn yaml_and_json_say_the_same_in_any_order() {
    throws(150, |dice| {
        let conditions = dice.odd(2);
        let kind = Kind { parameters: true, conditions, literals: true };
        let template = Net::of(dice, kind).template();
        let turned = template.turned(dice.roll(30));
        let texts = [template.yaml(), template.json(), turned.yaml(), turned.json()];
        let outcome = |text: &String| -> Result<Outcome, String> {
            Ok(verification(std::slice::from_ref(text), BTreeMap::new())?.outcomes.remove(0))
        };
        let first = outcome(&texts[0])?;
        for text in &texts[1..] {
            same(&first, &outcome(text)?, &[texts[0].clone(), text.clone()])?;
        }
        Ok(())
    });
}

#[test]
fn what_is_imported_is_what_is_exported() {
    throws(150, |dice| {
        let template = Net::of(dice, Kind { literals: false, ..PLAIN }).template();
        let one = only(&[template.yaml()])?;
        // The task and its role in the second file; or any part of it.
        let apart: BTreeSet<String> =
            template.resources.iter().map(|(id, _)| id.clone()).filter(|_| dice.odd(3)).collect();
        let tasks = |id: &str| ["Definition", "Service"].contains(&id);
        for files in [template.split(tasks), template.split(|id| apart.contains(id))] {
            let texts = files.map(|file| file.yaml());
            let two = only(&texts)?;
            if legs(&one) != legs(&two) {
                let (a, b) = (legs(&one), legs(&two));
                return Err(format!("{a:?}\n{b:?}\n{}", texts.join("---\n")));
            }
        }
        Ok(())
    });
}

/// The same with other logical ids, which stand in another order of the alphabet.
fn renamed(template: &Template) -> Template {
    let ids: Vec<String> = template.resources.iter().map(|(id, _)| id.clone()).collect();
    let name = |id: &str| match ids.iter().position(|known| known == id) {
        Some(at) => format!("Zz{:03}", 999 - at),
        None => id.to_owned(),
    };
    let mut renamed = template.clone();
    for (id, resource) in &mut renamed.resources {
        *id = name(id);
        walk(resource, &mut |json| {
            if let Some(of) = json.get("Ref").and_then(|of| of.as_str()) {
                json["Ref"] = name(of).into();
            } else if let Some(of) = json.get("Fn::GetAtt").and_then(|of| of[0].as_str()) {
                json["Fn::GetAtt"][0] = name(of).into();
            }
        });
    }
    renamed
}

#[test]
fn names_are_names() {
    throws(200, |dice| {
        let conditions = dice.odd(2);
        let template = Net::of(dice, Kind { conditions, ..PLAIN }).template();
        let texts = [template.yaml(), renamed(&template).yaml()];
        let [one, two] = texts.each_ref().map(|text| {
            verification(std::slice::from_ref(text), BTreeMap::new())
                .map(|mut all| all.outcomes.remove(0))
        });
        let (one, two) = (one?, two?);
        if nameless(&one) != nameless(&two) || codes(&one) != codes(&two) {
            return Err(format!("{:?}\n{:?}\n{}", legs(&one), legs(&two), texts.join("---\n")));
        }
        Ok(())
    });
}

#[test]
fn a_rule_says_the_same_inline_and_on_its_own() {
    throws(150, |dice| {
        let conditions = dice.odd(2);
        let parameters = dice.odd(2);
        let net = Net::of(dice, Kind { parameters, conditions, ..PLAIN });
        // A list in which something is perhaps left out is another question than rules that are
        // perhaps made.
        let mut outcomes = Vec::new();
        let mut texts = Vec::new();
        for standalone in [false, true] {
            let mut net = net.clone();
            let rules = net.groups.iter_mut().flat_map(|group| &mut group.rules);
            for rule in rules.flatten() {
                rule.standalone = standalone;
                rule.condition = None;
            }
            let text = net.template().yaml();
            let mut verification = verification(std::slice::from_ref(&text), BTreeMap::new())?;
            outcomes.push(legs(&verification.outcomes.remove(0)));
            texts.push(text);
        }
        if outcomes[0] != outcomes[1] {
            return Err(format!("{:?}\n{:?}\n{}", outcomes[0], outcomes[1], texts.join("---\n")));
        }
        Ok(())
    });
}
