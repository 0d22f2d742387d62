//! What is said while something is unknown stays true when it becomes known.

use std::collections::BTreeMap;

use fargate_egress::verify::Outcome;

use super::dice::{Dice, throws};
use super::judged::{Both, Is, Legs, legs, verification};
use super::network::{Kind, Net, filling};

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
    let said = verification(&[text.clone()], BTreeMap::new())?;
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
        let filled = verification(&[text.clone()], values.clone())?;
        let [filled] = filled.outcomes.as_slice() else { return Err("several".into()) };
        if let Some(why) = differ(&written(&said.outcomes[0]), &written(filled)) {
            return Err(format!("{why}\n{}", shown(&text, &values)));
        }
    }
    Ok(())
}

#[test]
fn what_is_said_without_parameters_holds_with_any() {
    throws(300, |dice| {
        stays_true(dice, Kind { parameters: true, conditions: false, literals: true })
    });
}

#[test]
fn what_is_said_of_undecided_conditions_holds_however_they_turn_out() {
    throws(300, |dice| {
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
        let said = verification(&[text.clone()], given.clone())?;
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
            let filled = verification(&[text.clone()], values.clone())?;
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
