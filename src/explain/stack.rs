//! A whole stack, in the order of a pull.

use super::endpoint::endpoint;
use super::place::Places;
use super::protection::UNFILTERED;
use super::rules::placed;
use super::{Kind, Known, Meaning, StackFound, Use};
use crate::config::{Stack, StackName};
use crate::plan::{Plan, usage};

/// A stack; `None` if the config has none of this name.
pub(super) fn stack(known: &Known<'_>, places: &Places<'_>, name: &StackName) -> Option<Meaning> {
    let stack = known.config.stacks.get(name)?;
    let regions: Vec<String> = stack
        .regions
        .iter()
        .map(|region| format!("{} ({})", region.value, region.value.place))
        .collect();
    let mut meaning = Meaning::new(Kind::Stack, format!("a stack for {}", regions.join(", ")));
    meaning.uses = registries(places, stack);
    match known.plan(name) {
        Some(plan) => planned(known, places, plan, &mut meaning),
        None => meaning.notes.push(
            "It has no plan until the lock has what it lacks, so there are no rules to explain."
                .to_owned(),
        ),
    }
    Some(meaning)
}

fn planned(known: &Known<'_>, places: &Places<'_>, plan: &Plan, meaning: &mut Meaning) {
    meaning.rules = placed(plan).iter().filter_map(|rule| rule.whole(known, places)).collect();
    meaning.endpoints = plan.endpoints.iter().map(|one| endpoint(plan, one, |_, _| true)).collect();
    meaning.notes.push(UNFILTERED.to_owned());
    let parameters = plan.parameters.iter();
    meaning.stack = Some(StackFound {
        name: plan.stack.clone(),
        regions: plan.regions.clone(),
        parameters: parameters.map(|one| (one.name.clone(), one.description.clone())).collect(),
        existing: plan.metadata.existing.clone(),
        usage: usage(plan),
    });
}

/// The registries that a stack pulls from, where the config names them.
fn registries(places: &Places<'_>, stack: &Stack) -> Vec<Use> {
    let uses = stack.registries.iter().map(|account| Use {
        stack: stack.name.value.clone(),
        what: format!("tasks pull from the registry of {}", account.value),
        place: Some(places.find(&account.path)),
    });
    uses.collect()
}
