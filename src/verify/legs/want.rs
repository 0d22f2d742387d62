//! Something that a task needs, and what is known of it wherever the task is.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use super::super::Need;
use super::super::evidence::{Claim, Evidence, Failing};
use super::super::network::{Endpoint, Task};
use super::super::view::View;
use super::asks::Ask;
use crate::aws::Service;
use crate::cloudformation::{Text, Value};

/// Something that a task needs.
pub(super) struct Want {
    pub(super) need: Need,
    /// For people: `ecr.api`, `nginx`.
    pub(super) target: String,
    pub(super) reach: Reach,
    /// What is asked of the endpoint, and of which role.
    asks: Vec<Ask>,
    /// What policies of endpoints, by their ids, and of roles say of it: the same from every subnet.
    policies: RefCell<BTreeMap<Option<Text>, Evidence>>,
    roles: OnceCell<Evidence>,
    /// What had to be taken on trust to say that it is needed, or that this is all.
    pub(super) assumed: Vec<Claim>,
    /// That nobody knows whether private DNS of endpoints answers for the name that is asked for.
    pub(super) doubt: Option<Claim>,
}

/// Where it is.
pub(super) enum Reach {
    /// Behind interface endpoints of a service.
    Interface(Service),
    /// In S3.
    S3,
    /// Where no endpoint leads: what is wrong if there is no way out of the VPC.
    Public(Failing),
    /// At the mount targets of a file system.
    FileSystem(Value),
}

impl Want {
    pub(super) fn new(need: Need, target: impl Into<String>, reach: Reach) -> Want {
        Want {
            need,
            target: target.into(),
            reach,
            asks: Vec::new(),
            policies: RefCell::default(),
            roles: OnceCell::new(),
            assumed: Vec::new(),
            doubt: None,
        }
    }

    /// One of a service that is known here.
    pub(super) fn service(need: Need, name: &str) -> Want {
        let service =
            name.parse().expect("the names of services that are known here are service names");
        Want::new(need, name, Reach::Interface(service))
    }

    /// Adds what is asked, once.
    pub(super) fn ask(&mut self, ask: Ask) {
        let known = |other: &Ask| {
            (other.actions, &other.resource, other.role) == (ask.actions, &ask.resource, ask.role)
        };
        if !self.asks.iter().any(known) {
            self.asks.push(ask);
        }
    }

    /// Whether an endpoint's policy allows what is asked.
    pub(super) fn endpoint_policy(
        &self,
        view: &View<'_>,
        task: &Task,
        endpoint: &Endpoint,
    ) -> Evidence {
        let mut known = self.policies.borrow_mut();
        let id = endpoint.id.as_text().cloned();
        known.entry(id).or_insert_with(|| self.judged_policy(view, task, endpoint)).clone()
    }

    fn judged_policy(&self, view: &View<'_>, task: &Task, endpoint: &Endpoint) -> Evidence {
        let mut all = self.assumed();
        let asks = self.asks.iter().filter(|ask| !ask.of_role_alone);
        all.extend(asks.map(|ask| ask.of_endpoint(self.need, view, task, endpoint)));
        Evidence::All(all)
    }

    /// What is taken on trust of it.
    pub(super) fn assumed(&self) -> Vec<Evidence> {
        self.assumed.iter().cloned().map(Evidence::Assumed).collect()
    }

    /// What nobody knows of its name.
    pub(super) fn doubt(&self) -> Option<Evidence> {
        self.doubt.clone().map(Evidence::Open)
    }

    /// The same in another region. `failing` is what is wrong if there is no way out of the VPC.
    pub(super) fn elsewhere(self, region: &Text, failing: Failing) -> Want {
        let target = format!("{} of {region}", self.target);
        Want { target, reach: Reach::Public(failing), ..self }
    }

    /// Adds what is asked and taken on trust of another that is the same.
    pub(super) fn join(&mut self, other: Want) {
        other.asks.into_iter().for_each(|ask| self.ask(ask));
        self.assumed.extend(other.assumed);
        self.doubt = self.doubt.take().or(other.doubt);
    }

    /// Whether the task's roles allow what is asked.
    pub(super) fn role(&self, view: &View<'_>, task: &Task) -> Evidence {
        let judged = || {
            let asks = self.asks.iter();
            Evidence::All(asks.filter_map(|ask| ask.of_role(self.need, view, task)).collect())
        };
        self.roles.get_or_init(judged).clone()
    }
}
