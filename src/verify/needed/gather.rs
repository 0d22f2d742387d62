//! Collecting what definitions ask for, in every way in which conditions may turn out.

use std::collections::{BTreeMap, BTreeSet};

use super::super::fault::Fault;
use super::super::network::{self, Definition, Network, Task};
use super::super::texts::arn_fields;
use super::{Reason, container};
use crate::aws::{AccountId, Region, Service};
use crate::cloudformation::{Evaluated, Place, Scenario, Scenarios, Text, Value, World};
use crate::diagnostic::{Code, Severity};
use crate::prefix::shorten;
use crate::truth::Truth;

/// What was found.
#[derive(Default)]
pub(super) struct Gathered {
    /// The files with a definition for Fargate, or with something that runs one.
    pub(super) definitions: BTreeSet<u32>,
    pub(super) regions: BTreeMap<&'static Region, BTreeSet<Reason>>,
    pub(super) registries: BTreeMap<AccountId, BTreeSet<Reason>>,
    pub(super) unknown_registries: BTreeSet<Reason>,
    pub(super) services: BTreeMap<Service, BTreeSet<Reason>>,
    pub(super) file_systems: BTreeMap<String, BTreeSet<Reason>>,
    /// Secrets that are made elsewhere, so that their keys are too.
    pub(super) unseen_keys: BTreeSet<Place>,
    pub(super) faults: Vec<Fault>,
}

/// What the definitions of a world ask for.
pub(super) fn gather(world: &World) -> Gathered {
    let mut found = Gathered::default();
    let scenarios = match world.scenarios(network::wanted) {
        Scenarios::Each(scenarios) => scenarios,
        Scenarios::TooMany { conditions, why } => {
            let message = format!(
                "too many conditions to look at one by one: {} ({})",
                conditions.join(", "),
                why.join("; ")
            );
            let fault = Fault { place: None, ..unseen(NOWHERE, message) };
            found.faults.push(fault.help("what hangs on them may be needed and not be named"));
            vec![Scenario::default()]
        }
    };
    for scenario in scenarios {
        let evaluated = world.evaluate(&scenario, network::wanted);
        let network = network::read(&evaluated, world.given.region);
        let mut gather = Gather {
            evaluated: &evaluated,
            here: world.given.region,
            account: evaluated.account.clone(),
            found: &mut found,
        };
        gather.network(&network);
    }
    found.faults.extend(found.key_of_secrets());
    found
}

impl Gathered {
    /// That nobody sees whether secrets have a key of their own, once for all of them.
    fn key_of_secrets(&self) -> Option<Fault> {
        let (first, others) = match self.unseen_keys.len() {
            0 => return None,
            1 => (self.unseen_keys.first()?, String::new()),
            many => (self.unseen_keys.first()?, format!(" and of {} more", many - 1)),
        };
        if self.services.keys().any(|service| service.name() == "kms") {
            return None;
        }
        let message =
            format!("whether the key of this secret{others} is one of your own cannot be seen");
        let fault = Fault { severity: Severity::Note, ..unseen(*first, message) };
        Some(fault.help("if one is, add `kms` to `services`"))
    }
}

const NOWHERE: Place = Place { file: 0, start: 0, end: 0 };

/// What is not in the files.
pub(super) fn unseen(place: Place, message: String) -> Fault {
    Fault::at(Severity::Warning, Code::Unseen, place, message).label("not known from the files")
}

/// One way in which conditions turn out.
pub(super) struct Gather<'a> {
    pub(super) evaluated: &'a Evaluated,
    /// The region of the stack, once it is known.
    pub(super) here: Option<&'static Region>,
    /// The account of the definition at hand, as far as that is known.
    pub(super) account: Text,
    pub(super) found: &'a mut Gathered,
}

impl Gather<'_> {
    fn network(&mut self, network: &Network) {
        for hidden in &network.hidden {
            self.fault(unseen(
                hidden.place,
                format!("{}, task definitions among them", hidden.why),
            ));
        }
        for task in &network.tasks {
            self.task(task);
        }
        for one in &network.unseen_tasks {
            self.found.definitions.insert(one.place.file);
            self.fault(unseen(one.place, format!("what is run cannot be seen: {}", one.why)));
        }
        for definition in &network.idle_definitions {
            self.definition(definition);
        }
    }

    fn task(&mut self, task: &Task) {
        self.found.definitions.insert(task.place.file);
        match &task.definition {
            Ok(definition) => self.definition(definition),
            Err(value) => {
                let why = why(value);
                self.fault(unseen(
                    value.place,
                    format!("what {} runs is not here{why}", task.name),
                ));
            }
        }
        let exec = task.exec.place;
        match task.exec.truth {
            Truth::No => {}
            Truth::Yes => {
                self.service("ssmmessages", exec, format!("ECS Exec of {}", task.name), None)
            }
            Truth::Unknown => {
                let message =
                    format!("whether commands are executed in {} cannot be told", task.name);
                self.fault(
                    unseen(exec, message).help("if they are, add `ssmmessages` to `services`"),
                );
            }
        }
    }

    fn definition(&mut self, definition: &Definition) {
        self.found.definitions.insert(definition.place.file);
        self.own_arn(definition);
        if let Some(unknown) = &definition.unknown_containers {
            let why = why(unknown);
            let message = format!("containers of `{}` are not here{why}", definition.name);
            self.fault(unseen(unknown.place, message));
        } else if definition.containers.is_empty() {
            let message = format!("`{}` has no containers, so it pulls nothing", definition.name);
            self.fault(unseen(definition.place, message));
        }
        for container in &definition.containers {
            container::container(self, container);
        }
        for file_system in &definition.efs {
            let text = format!("a volume of {}", definition.name);
            let reason = Reason { place: file_system.place, text };
            self.found.file_systems.entry(file_system.to_string()).or_default().insert(reason);
        }
    }

    /// What the API prints of a definition has an ARN, which no template gives.
    fn own_arn(&mut self, definition: &Definition) {
        let resources = self.evaluated.resources.iter();
        let arn = resources
            .filter(|one| one.place == definition.place)
            .find_map(|one| one.properties.get("TaskDefinitionArn").cloned());
        self.account = self.evaluated.account.clone();
        let Some(arn) = arn else { return };
        let Some([_, _, _, region, account, _]) = arn.as_text().and_then(arn_fields) else {
            return;
        };
        self.account = account;
        self.region(Some(&region), arn.place, format!("the ARN of {}", definition.name));
    }

    pub(super) fn fault(&mut self, fault: Fault) {
        self.found.faults.push(fault);
    }

    /// Records a region, if it is known; false if it is another one than the stack's.
    pub(super) fn region(&mut self, region: Option<&Text>, place: Place, text: String) -> bool {
        let Some(name) = region.and_then(Text::as_known) else { return true };
        let Some(known) = Region::named(name) else {
            let message = format!("there is no region `{}`", shorten(name));
            let fault = Fault::at(Severity::Warning, Code::UnknownRegion, place, message);
            let near = Region::nearest(name).map(|near| format!("did you mean `{near}`?"));
            self.fault(near.into_iter().fold(fault, Fault::help));
            return true;
        };
        // What a condition compares the region with is no sign that it is this one.
        if self.here.is_none() && self.evaluated.region.as_known() == Some(name) {
            return true;
        }
        self.found.regions.entry(known).or_default().insert(Reason { place, text });
        self.here.is_none_or(|here| here == known)
    }

    /// A service that an endpoint leads to; in another region it leads nowhere.
    pub(super) fn service(
        &mut self,
        name: &'static str,
        place: Place,
        text: String,
        region: Option<&Text>,
    ) {
        if !self.region(region, place, text.clone()) {
            let message = format!(
                "{text} asks for `{name}` in `{}`, where no endpoint of this VPC leads",
                region.map(ToString::to_string).unwrap_or_default()
            );
            let fault = Fault::at(Severity::Warning, Code::ServiceOtherRegion, place, message);
            self.fault(fault.label("another region").help("name what is in the stack's region"));
            return;
        }
        let service =
            name.parse().expect("the names of services that are known here are service names");
        self.found.services.entry(service).or_default().insert(Reason { place, text });
    }

    /// Something in S3 beside the layers.
    pub(super) fn object(&mut self, value: &Value, what: &str) {
        let message = format!(
            "{what}, `{value}`, is read through S3's endpoint, whose policy allows ECR's layers and \
             nothing else"
        );
        let fault = Fault::at(Severity::Warning, Code::PolicyMissesObject, value.place, message);
        self.fault(
            fault
                .label("in another bucket")
                .help("write `endpoint: {policy: open}` into the config")
                .help("or allow the bucket in a template of your own: fargate-egress generate --templates DIR"),
        );
    }
}

/// Why something is not known, to be put behind a sentence.
pub(super) fn why(value: &Value) -> String {
    let why = value.as_text().and_then(|text| text.why()).unwrap_or_default();
    if why.is_empty() { String::new() } else { format!(": {why}") }
}
