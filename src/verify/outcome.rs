//! From a world of templates to verdicts and findings.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::evidence::{Evidence, Failing, Trust};
use super::facts::Facts;
use super::fault::{Fault, findings};
use super::legs::legs;
use super::network::{self, Network, Task};
use super::view::{ById, View};
use super::width::width;
use super::work::Work;
use super::{
    Aspect, Leg, Need, Origin, Outcome, Step, TaskLegs, Via, asked, lints, policy, service, ways,
};
use crate::aws::{AccountId, Region, Service};
use crate::cloudformation::{Evaluated, Scenario, Scenarios, Text, Unknown, World};
use crate::diagnostic::{Code, Severity, Source};
use crate::truth::Truth;

/// What is known of a deployment beside its templates, and what is asked of them.
#[derive(Debug, Clone)]
pub struct Options {
    /// What is known of AWS.
    pub facts: Facts,
    /// Services whose endpoints are in the VPC already and are made elsewhere.
    pub existing: Vec<Service>,
    /// The groups that tasks wear, by logical id or id; where none is named, every group that is no
    /// endpoint's is asked about.
    pub task_groups: Vec<String>,
    /// Needs that a task has which stands in no template.
    pub needs: BTreeSet<Need>,
    /// Whether what is taken on trust counts.
    pub trust: Trust,
}

/// What templates come to, in each way in which they may turn out.
#[derive(Debug, Clone)]
pub struct Verification {
    /// The files; places count them.
    pub sources: Vec<Arc<Source>>,
    /// The region that was taken, if one is known.
    pub region: Option<&'static Region>,
    /// How the region is known, if it was not given: `the template asserts it`.
    pub region_from: Option<&'static str>,
    /// One for each way in which unknown conditions may turn out; at least one.
    pub outcomes: Vec<Outcome>,
    /// Conditions that were left unknown because there are too many ways, and what they depend on.
    pub undecided: Option<(Vec<String>, Vec<String>)>,
    /// Whether what is taken on trust counts.
    pub trust: Trust,
}

/// Says of every Fargate task whether it reaches what it needs, and what is wrong or wide.
///
/// It asks nobody and fails for nothing: what the templates do not say is unknown in the answer.
pub fn verify(world: World, options: &Options) -> Verification {
    let (world, region_from) = placed(world);
    let region = world.given.region;
    let (scenarios, undecided) = match world.scenarios(network::wanted) {
        Scenarios::Each(scenarios) => (scenarios, None),
        Scenarios::TooMany { conditions, why } => {
            (vec![Scenario::default()], Some((conditions, why)))
        }
    };
    let judged = |scenario| outcome(&world, scenario, options);
    // Threads are not worth starting for one.
    let outcomes = match scenarios.len() {
        1 => scenarios.into_iter().map(judged).collect(),
        _ => scenarios.into_par_iter().map(judged).collect(),
    };
    let sources = world.sources.clone();
    Verification { sources, region, region_from, outcomes, undecided, trust: options.trust }
}

/// The world in its region, where that is not given and the templates tell.
fn placed(world: World) -> (World, Option<&'static str>) {
    if world.given.region.is_some() {
        return (world, None);
    }
    let asserted: BTreeSet<&Region> =
        world.asserted_regions().into_iter().map(|(region, _)| region).collect();
    let only = |regions: BTreeSet<&'static Region>| match regions.len() {
        1 => regions.into_iter().next(),
        _ => None,
    };
    if let Some(region) = only(asserted) {
        return (world.in_region(region), Some("the template asserts it"));
    }
    // An endpoint can only be made in the region that its service name has in it.
    let evaluated = world.evaluate(&Scenario::default(), |kind| kind == "AWS::EC2::VPCEndpoint");
    let named = evaluated.resources.iter().filter_map(|resource| {
        resource.properties.get("ServiceRegion").is_none().then_some(())?;
        service::region(resource.properties.get("ServiceName")?)
    });
    match only(named.collect()) {
        Some(region) => (world.in_region(region), Some("the endpoints' service names have it")),
        None => (world, None),
    }
}

fn outcome(world: &World, scenario: Scenario, options: &Options) -> Outcome {
    let evaluated = world.evaluate(&scenario, network::wanted);
    let region = evaluated.region.as_known().and_then(Region::named);
    let network = network::read(&evaluated, region);
    let (tasks, faults, narrow) = judge(&network, &evaluated, options);
    let findings = findings(faults, &world.sources);
    Outcome { scenario, network, tasks, findings, narrow }
}

/// The legs of every task of a network that is described otherwise than by templates, such as one
/// that EC2 lists.
pub fn legs_of(network: &Network, account: Option<&AccountId>, options: &Options) -> Vec<TaskLegs> {
    let text = |known: Option<String>, name: &str| match known {
        Some(known) => Text::known(known),
        None => Text::unknown(Unknown {
            key: name.into(),
            name: name.into(),
            why: format!("{name} is not given").into(),
            many: false,
        }),
    };
    let region = network.region;
    let evaluated = Evaluated {
        resources: Vec::new(),
        region: text(region.map(|region| region.name.to_owned()), "the region"),
        account: text(account.map(ToString::to_string), "the account"),
        partition: text(region.map(|region| region.partition.name().to_owned()), "the partition"),
        hidden: Vec::new(),
        notes: Vec::new(),
        taken: Vec::new(),
    };
    let (work, made) = (Work::new(), ById::of(network));
    let view = View {
        network,
        evaluated: &evaluated,
        facts: &options.facts,
        existing: &options.existing,
        work: &work,
        made: &made,
    };
    judged(&view, options).into_iter().map(|(_, legs)| legs).collect()
}

/// Every task of a network, and every task that is asked about, with its legs.
fn judged(view: &View<'_>, options: &Options) -> Vec<(Task, TaskLegs)> {
    let mut tasks: Vec<Task> = view.network.tasks.clone();
    tasks.extend(asked::unseen_tasks(view));
    let mut needs = options.needs.clone();
    tasks.extend(asked::tasks(view, &options.task_groups));
    if tasks.iter().any(|task| task.asked) {
        needs.extend(asked::needs(view));
    }
    let legs = tasks.into_iter().map(|task| {
        let legs = legs(view, &task, &needs);
        (task, legs)
    });
    legs.collect()
}

/// The legs of every task of a network, everything that is wrong with it, and whether nothing is
/// wider than the tasks need.
fn judge(
    network: &Network,
    evaluated: &Evaluated,
    options: &Options,
) -> (Vec<TaskLegs>, Vec<Fault>, Truth) {
    let mut existing = options.existing.clone();
    existing.extend(noted(evaluated));
    let (work, made) = (Work::new(), ById::of(network));
    let view = View {
        network,
        evaluated,
        facts: &options.facts,
        existing: &existing,
        work: &work,
        made: &made,
    };
    let judged = judged(&view, options);

    // Of groups that tasks may wear it is enough that one is for them; the others are somebody else's.
    let pulls = |task: &TaskLegs| {
        task.legs
            .iter()
            .filter(|leg| leg.need.is_pull())
            .all(|leg| leg.truth(options.trust).is_yes())
    };
    let is_asked = |task: &TaskLegs| task.asked && options.task_groups.is_empty();
    let one_pulls = judged.iter().any(|(_, task)| is_asked(task) && pulls(task));
    let mut faults: Vec<Fault> = judged
        .iter()
        .filter(|(_, task)| !(one_pulls && is_asked(task) && !pulls(task)))
        .flat_map(|(_, task)| &task.legs)
        .flat_map(|leg| of_leg(leg, options.trust))
        .collect();
    for endpoint in &network.endpoints {
        let failing = policy::faults(endpoint);
        faults.extend(failing.iter().map(|failing| fault(failing, Severity::Error)));
    }
    faults.extend(lints::lint(&view, &judged));
    // Tasks that wear the wrong group lack every rule of the right one.
    if faults.iter().any(|fault| fault.code == Code::UnusedTaskGroup) {
        let of_group = [Code::TaskEgressMissing, Code::S3EgressMissing];
        faults.retain(|fault| !of_group.contains(&fault.code));
    }
    faults.extend(ways::faults(&view, &judged));
    let width = width(&view, &judged);
    faults.extend(width.faults);
    (judged.into_iter().map(|(_, legs)| legs).collect(), faults, width.narrow)
}

/// Services that a template says are reached by endpoints made elsewhere:
/// `Metadata: {FargateEgress: {Existing: [s3]}}`.
fn noted(evaluated: &Evaluated) -> Vec<Service> {
    let notes = evaluated.notes.iter().filter_map(|note| note.get("Existing"));
    let names = notes.flat_map(|existing| existing.entries());
    names.filter_map(|name| name.as_known()?.parse().ok()).collect()
}

/// What is wrong with a leg.
fn of_leg(leg: &Leg, trust: Trust) -> Vec<Fault> {
    let each = leg.origins.iter().map(|origin| of_origin(leg, origin, trust));
    let each: Vec<Vec<Fault>> = each.collect();
    let everywhere =
        |code: Code| each.iter().all(|faults| faults.iter().any(|one| one.code == code));
    // Tasks in some of the subnets are let in, so that it fails now and then.
    let partial = !everywhere(Code::EndpointIngressMissing);
    let mut faults: Vec<Fault> = each.into_iter().flatten().collect();
    for fault in faults.iter_mut().filter(|_| partial) {
        if fault.code == Code::EndpointIngressMissing {
            fault.code = Code::EndpointIngressPartial;
        }
    }
    faults
}

/// What is wrong with the ways from a subnet. Of several ways it is the first that somebody can have
/// meant: an endpoint that is there, or that is missed.
fn of_origin(leg: &Leg, origin: &Origin, trust: Trust) -> Vec<Fault> {
    let reaches = origin.truth(trust);
    for path in &origin.paths {
        let truth = path.truth(trust);
        if truth.is_yes() {
            return Vec::new();
        }
        let mut faults = Vec::new();
        for step in &path.steps {
            collect(&step.evidence, &mut faults);
        }
        if faults.is_empty() && truth.is_no() {
            continue;
        }
        // What may be another service's endpoint, or not be made, is at no fault.
        let is_doubtful = |step: &&Step| step.aspect == Aspect::Way && is_open(&step.evidence);
        if path.steps.iter().any(|step| is_doubtful(&step)) {
            return Vec::new();
        }
        return faults
            .into_iter()
            .filter_map(|(failing, fails)| {
                let code = failing.code?;
                // It is missed only where there is no other way.
                if fails && code == Code::EndpointMissing && !reaches.is_no() {
                    return None;
                }
                let severity = match fails && reaches.is_no() {
                    true => Severity::Error,
                    false => Severity::Warning,
                };
                let mut fault = fault(failing, severity);
                fault.needs.insert(leg.need);
                fault.public = matches!(path.via, Via::Nat | Via::Internet);
                Some(fault)
            })
            .collect();
    }
    Vec::new()
}

/// A failure as a fault.
fn fault(failing: &Failing, severity: Severity) -> Fault {
    let near = failing.near.iter().filter_map(|near| Some((near.place?, near.text.clone())));
    Fault {
        severity,
        code: failing.code.unwrap_or(Code::EndpointMissing),
        message: failing.claim.text.clone(),
        place: failing.claim.place,
        label: String::new(),
        related: near.collect(),
        help: failing.help.clone(),
        needs: BTreeSet::new(),
        public: false,
    }
}

/// What fails, and what looks as if it did, of everything that has to hold.
fn collect<'a>(evidence: &'a Evidence, found: &mut Vec<(&'a Failing, bool)>) {
    match evidence {
        Evidence::Fails(failing) if failing.code.is_some() => found.push((failing, true)),
        Evidence::Suspect(failing) => found.push((failing, false)),
        Evidence::All(parts) => parts.iter().for_each(|part| collect(part, found)),
        Evidence::Any(parts) if !evidence.truth(Trust::Trusting).is_yes() => {
            parts.iter().for_each(|part| collect(part, found));
        }
        _ => {}
    }
}

/// Whether something is not known, other than what looks like a fault.
fn is_open(evidence: &Evidence) -> bool {
    match evidence {
        Evidence::Open(_) => true,
        Evidence::All(parts) | Evidence::Any(parts) => parts.iter().any(is_open),
        _ => false,
    }
}
