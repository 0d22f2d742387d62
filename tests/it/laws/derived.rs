//! A verdict is what its evidence comes to, counted anew.

use fargate_egress::verify::{Evidence, Leg, Trust};

use super::dice::throws;
use super::judged::{Is, is, legs, verification};
use super::network::{Kind, Net};

/// Yes, no, or nothing.
fn answer(evidence: &Evidence, trusting: bool) -> Option<bool> {
    match evidence {
        Evidence::Holds(_) => Some(true),
        Evidence::Fails(_) => Some(false),
        Evidence::Assumed(_) => trusting.then_some(true),
        Evidence::Open(_) | Evidence::Suspect(_) => None,
        Evidence::All(parts) => all(parts.iter().map(|part| answer(part, trusting))),
        Evidence::Any(parts) => any(parts.iter().map(|part| answer(part, trusting))),
    }
}

fn all(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let answers: Vec<_> = answers.collect();
    if answers.contains(&Some(false)) {
        Some(false)
    } else if answers.contains(&None) {
        None
    } else {
        Some(true)
    }
}

fn any(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    all(answers.map(|answer| answer.map(|yes| !yes))).map(|no| !no)
}

fn counted(leg: &Leg, trusting: bool) -> Is {
    let answer = all(leg.origins.iter().map(|origin| {
        any(origin
            .paths
            .iter()
            .map(|path| all(path.steps.iter().map(|step| answer(&step.evidence, trusting)))))
    }));
    match answer {
        Some(true) => Is::Reachable,
        Some(false) => Is::Blocked,
        None => Is::Open,
    }
}

#[test]
fn a_verdict_is_what_its_evidence_comes_to() {
    throws(150, |dice| {
        let net = Net::of(dice, Kind { parameters: true, conditions: true, literals: true });
        let verification = verification(&[net.template().yaml()], Default::default())?;
        for outcome in &verification.outcomes {
            for leg in outcome.tasks.iter().flat_map(|task| &task.legs) {
                if leg.origins.is_empty() || leg.origins.iter().any(|one| one.paths.is_empty()) {
                    return Err(format!("nothing was looked at: {leg:?}"));
                }
                for (trust, trusting) in [(Trust::Trusting, true), (Trust::Strict, false)] {
                    if is(leg, trust) != counted(leg, trusting) {
                        return Err(format!("{:?} is not what {leg:?} comes to", is(leg, trust)));
                    }
                }
            }
            for (leg, [trusting, strict]) in legs(outcome) {
                // Who trusts may say more, and nothing else.
                if strict != trusting && !(strict == Is::Open && trusting == Is::Reachable) {
                    return Err(format!("{leg:?}: {trusting:?}, strictly {strict:?}"));
                }
            }
        }
        Ok(())
    });
}

/// Laws about networks that are all blocked would say little.
#[test]
fn the_networks_are_of_every_kind() {
    let seen = std::cell::RefCell::new([0_usize; 3]);
    throws(150, |dice| {
        let net = Net::of(dice, Kind { parameters: true, conditions: false, literals: true });
        let verification = verification(&[net.template().yaml()], Default::default())?;
        for [trusting, _] in legs(&verification.outcomes[0]).into_values() {
            seen.borrow_mut()[trusting as usize] += 1;
        }
        Ok(())
    });
    let seen = seen.into_inner();
    assert!(seen.iter().all(|count| *count > 40), "{seen:?}");
}
