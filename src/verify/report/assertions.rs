//! What was asked of a verification, and whether it is proved.

use super::distinct::{MOST_SHOWN, condition};
use crate::diagnostic::nearest;
use crate::truth::Truth;
use crate::verify::{Leg, Need, Outcome, TaskLegs, Trust, Verification};

/// Something that is to be proved in every scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assertion {
    /// Whatever image a task names, it gets it.
    Pull,
    /// Every task that has this need gets there, and one has.
    Reach(Need),
    /// Nothing allows more than the tasks need.
    Narrow,
}

/// Whether an assertion is proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What was to be proved.
    pub assertion: Assertion,
    /// Why it is not proved, if it is not.
    pub why: Option<String>,
}

/// The needs that pulling from private ECR is made of.
const PULL: &[Need] = &[Need::RegistryAuth, Need::Manifest, Need::Layers];

impl Assertion {
    /// The names that can be required: `pull`, and those of [`Need`].
    pub fn names() -> impl Iterator<Item = &'static str> {
        std::iter::once("pull").chain(Need::ALL.iter().map(|need| need.name()))
    }

    /// What a name requires.
    ///
    /// # Errors
    /// The nearest name, if one is near, where there is no such name.
    pub fn required(name: &str) -> Result<Assertion, Option<&'static str>> {
        if name == "pull" {
            return Ok(Assertion::Pull);
        }
        let need = Need::ALL.iter().find(|need| need.name() == name);
        need.map(|need| Assertion::Reach(*need)).ok_or_else(|| nearest(name, Assertion::names()))
    }

    /// What a task has to need for it to say anything; a task that stands in no template is asked
    /// for these.
    pub fn needs(&self) -> &[Need] {
        match self {
            Assertion::Pull => PULL,
            Assertion::Reach(need) => std::slice::from_ref(need),
            Assertion::Narrow => &[],
        }
    }

    /// It in words: `required pull`.
    pub fn words(self) -> String {
        match self {
            Assertion::Pull => "required pull".to_owned(),
            Assertion::Reach(need) => format!("required {}", need.name()),
            Assertion::Narrow => "forbidden wide".to_owned(),
        }
    }
}

impl Answer {
    /// Whether it holds in every scenario.
    pub fn is_proved(&self) -> bool {
        self.why.is_none()
    }
}

/// Whether each assertion is proved, in their order.
pub fn answers(verification: &Verification, assertions: &[Assertion]) -> Vec<Answer> {
    assertions
        .iter()
        .map(|assertion| Answer { assertion: *assertion, why: why(verification, *assertion) })
        .collect()
}

fn why(verification: &Verification, assertion: Assertion) -> Option<String> {
    // Each reason once, with the scenarios in which it is one.
    let mut reasons: Vec<(String, Vec<usize>)> = Vec::new();
    for (number, outcome) in verification.outcomes.iter().enumerate() {
        for reason in missing(outcome, assertion, verification.trust) {
            match reasons.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, scenarios)) => scenarios.push(number),
                None => reasons.push((reason, vec![number])),
            }
        }
    }
    if reasons.is_empty() {
        return None;
    }
    let shown = reasons.iter().take(MOST_SHOWN).map(|(reason, scenarios)| {
        match condition(&verification.outcomes, scenarios) {
            Some(condition) => format!("{reason} if {condition}"),
            None => reason.clone(),
        }
    });
    let mut text = shown.collect::<Vec<_>>().join("; ");
    if let more @ 1.. = reasons.len().saturating_sub(MOST_SHOWN) {
        text.push_str(&format!("; and {more} more"));
    }
    Some(text)
}

/// What is missing in a scenario; nothing where it is proved.
fn missing(outcome: &Outcome, assertion: Assertion, trust: Trust) -> Vec<String> {
    let is_asked = |leg: &Leg| match assertion {
        Assertion::Pull => leg.need.is_pull(),
        Assertion::Reach(need) => leg.need == need,
        Assertion::Narrow => false,
    };
    if assertion == Assertion::Narrow {
        return match outcome.narrow {
            Truth::Yes => Vec::new(),
            Truth::No => vec!["something allows more than the tasks need".to_owned()],
            Truth::Unknown => vec!["not every rule can be seen".to_owned()],
        };
    }
    let asked = |task: &TaskLegs| task.legs.iter().any(is_asked);
    if !outcome.tasks.iter().any(asked) {
        return vec![match assertion {
            Assertion::Reach(need) => format!("no task needs {}", need.name()),
            _ => "no task pulls an image".to_owned(),
        }];
    }
    let mut missing = Vec::new();
    for task in &outcome.tasks {
        for leg in task.legs.iter().filter(|leg| is_asked(leg)) {
            let is = match leg.truth(trust) {
                Truth::Yes => continue,
                Truth::No => "is blocked",
                Truth::Unknown => "cannot be told",
            };
            missing.push(format!("{} of {} {is}", leg.need.name(), task.task));
        }
    }
    missing
}
