//! A whole stack, in the order of a pull.

use super::endpoint::endpoint;
use super::place::Places;
use super::protection::UNFILTERED;
use super::reason::pinned_of_lock;
use super::rules::placed;
use super::{Kind, Known, Meaning, StackFound, Use};
use crate::config::{Endpoint, EndpointEgress, EndpointIngress, EndpointPolicy, Stack, StackName};
use crate::plan::{Plan, Quota, Usage, usage};

/// What is said of a stack without a plan.
pub(super) const NO_PLAN: &str = "It has no plan as it is, so it has no rules to explain: the \
                                  warnings say what stands in the way.";

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
        None => unplanned(known, places, stack, &mut meaning),
    }
    Some(meaning)
}

fn planned(known: &Known<'_>, places: &Places<'_>, plan: &Plan, meaning: &mut Meaning) {
    meaning.rules = placed(plan).iter().filter_map(|rule| rule.whole(known, places)).collect();
    meaning.endpoints =
        plan.endpoints.iter().map(|one| endpoint(known, places, plan, one, |_, _| true)).collect();
    meaning.notes.push(UNFILTERED.to_owned());
    let parameters = plan.parameters.iter();
    let mut used = usage(plan);
    used.extend(known.size(&plan.stack).map(|count| Usage {
        quota: Quota::TemplateBytes,
        of: "the template".to_owned(),
        count,
    }));
    meaning.stack = Some(StackFound {
        name: plan.stack.clone(),
        regions: plan.regions.clone(),
        parameters: parameters.map(|one| (one.name.clone(), one.description.clone())).collect(),
        existing: plan.metadata.existing.clone(),
        usage: used,
    });
}

/// What config and lock say of a stack for which no plan can be made.
fn unplanned(known: &Known<'_>, places: &Places<'_>, stack: &Stack, meaning: &mut Meaning) {
    let used = |what: &str, path: &str| Use {
        stack: stack.name.value.clone(),
        what: what.to_owned(),
        place: Some(places.find(path)),
    };
    let Endpoint { ingress, egress, policy, .. } = &stack.endpoint;
    let ingress_words = match ingress.value {
        EndpointIngress::VpcCidrs => "endpoints let in the VPC's prefixes",
        EndpointIngress::TaskSecurityGroup => "endpoints let in the tasks' group",
    };
    let egress_words = match egress.value {
        EndpointEgress::EcrPrefixes => "endpoints let out to ECR's prefixes",
        EndpointEgress::Deny => "endpoints let nothing out",
        EndpointEgress::Open => "endpoints let everything out",
    };
    let policy_words = match policy.value {
        EndpointPolicy::LeastPrivilege => "endpoint policies allow what a pull asks",
        EndpointPolicy::Open => "endpoint policies allow everything",
    };
    meaning.uses.push(used(ingress_words, &ingress.path));
    meaning.uses.push(used(egress_words, &egress.path));
    meaning.uses.push(used(policy_words, &policy.path));
    let of_stack = |region: &str| stack.regions.iter().any(|one| one.value.name == region);
    let pinned = pinned_of_lock(known.lock).into_iter();
    meaning.pinned = pinned.filter(|pinned| of_stack(&pinned.region)).collect();
    meaning.notes.push(NO_PLAN.to_owned());
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
