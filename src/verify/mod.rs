//! Can Fargate pull, and what is wider than it needs? For any template.
//!
//! A [`World`](crate::cloudformation::World) of templates is read as a [`Network`].
//! Each thing that a task has to reach is a [`Leg`], with the [`Evidence`] for and against it; what
//! comes out is derived from that and stored nowhere. What is wrong is a [`Finding`].

mod acl;
mod admits;
mod asked;
pub mod catalogue;
mod evidence;
mod facts;
mod fault;
mod fits;
mod image;
mod json;
mod legs;
mod lints;
mod names;
pub mod needed;
pub mod network;
mod outcome;
mod policy;
mod proof;
pub mod report;
mod rules;
mod secret;
mod service;
mod sets;
mod texts;
mod view;
mod ways;
mod width;
mod work;

use std::collections::BTreeSet;

use crate::cloudformation::{Place, Scenario, Value};
use crate::diagnostic::Diagnostic;
use crate::truth::Truth;

pub use evidence::{Claim, Evidence, Failing, Trust};
pub use facts::Facts;
use network::Network;
pub use outcome::{Options, Verification, legs_of, verify};
pub use proof::prove;
pub(crate) use rules::{
    HTTPS, NFS, can_be_of_a_vpc, carries, is_nobody, is_private, peer_name, traffic_name,
};

/// What a task needs to reach. The name is what `--require` takes.
///
/// Order: that of a pull, then what comes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// Logging in to the registry: ECR's API.
    RegistryAuth,
    /// The image's manifest: ECR's registry.
    Manifest,
    /// The image's layers: S3.
    Layers,
    /// An image that is not in private ECR.
    OtherRegistry,
    /// The `awslogs` driver: CloudWatch Logs.
    Logs,
    /// Secrets: Secrets Manager.
    Secrets,
    /// Parameters: Systems Manager.
    Parameters,
    /// Keys of secrets and parameters: KMS.
    Kms,
    /// Executing commands: Session Manager.
    Exec,
    /// File systems: EFS.
    Efs,
    /// Environment files: S3.
    EnvFiles,
}

impl Need {
    /// Every need, in order.
    pub const ALL: &[Need] = &[
        Need::RegistryAuth,
        Need::Manifest,
        Need::Layers,
        Need::OtherRegistry,
        Need::Logs,
        Need::Secrets,
        Need::Parameters,
        Need::Kms,
        Need::Exec,
        Need::Efs,
        Need::EnvFiles,
    ];

    /// Its name, as it is printed and as `--require` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Need::RegistryAuth => "registry-auth",
            Need::Manifest => "manifest",
            Need::Layers => "layers",
            Need::OtherRegistry => "other-registry",
            Need::Logs => "logs",
            Need::Secrets => "secrets",
            Need::Parameters => "parameters",
            Need::Kms => "kms",
            Need::Exec => "exec",
            Need::Efs => "efs",
            Need::EnvFiles => "env-files",
        }
    }

    /// Whether it is part of pulling an image.
    pub fn is_pull(self) -> bool {
        matches!(self, Need::RegistryAuth | Need::Manifest | Need::Layers | Need::OtherRegistry)
    }
}

/// What becomes of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It gets through, this way.
    Reachable(Via),
    /// Some or all of the tasks do not get through.
    Blocked,
    /// The templates do not say.
    CannotTell,
}

/// By what a service is reached.
///
/// Order: of several that are open, the first is the one that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Via {
    /// An endpoint in the VPC.
    Endpoint,
    /// A mount target in the VPC.
    Vpc,
    /// An interface of Fargate's own, outside of the VPC.
    Fargate,
    /// A NAT gateway.
    Nat,
    /// An internet gateway and a public address.
    Internet,
}

/// What is looked at on a way.
///
/// Order: that in which a packet meets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// There is such a way.
    Way,
    /// The host's name leads there.
    Name,
    /// The task's groups let it out.
    Egress,
    /// Network ACLs let it through.
    Acl,
    /// The route tables lead there.
    Route,
    /// The endpoint's groups let it in.
    Ingress,
    /// The endpoint's policy allows what is asked.
    Policy,
    /// The task's roles allow it.
    Role,
}

/// One thing on a way.
#[derive(Debug, Clone)]
pub struct Step {
    /// What is looked at.
    pub aspect: Aspect,
    /// What speaks for and against it.
    pub evidence: Evidence,
}

/// One way to a service; all of its steps have to hold.
#[derive(Debug, Clone)]
pub struct Path {
    /// By what it leads there.
    pub via: Via,
    /// The endpoint or the gateway, for people.
    pub by: String,
    /// In the order of [`Aspect`].
    pub steps: Vec<Step>,
}

/// The ways from a subnet; one of them has to hold.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The subnet, for people.
    pub subnet: String,
    /// The ways; never empty.
    pub paths: Vec<Path>,
}

/// One thing that a task has to reach; from each of its subnets.
#[derive(Debug, Clone)]
pub struct Leg {
    /// What the task needs it for.
    pub need: Need,
    /// Of that, which: `ecr.api`, an image's registry.
    pub target: String,
    /// Each subnet the task may be placed in; never empty.
    pub origins: Vec<Origin>,
}

/// A task with its legs.
#[derive(Debug, Clone)]
pub struct TaskLegs {
    /// What the task is called, for people: `service Service`.
    pub task: String,
    /// Where it stands.
    pub place: Place,
    /// Whether it is a question, and stands in no template.
    pub asked: bool,
    /// The groups it wears; `None` where it wears the VPC's default one.
    pub groups: Option<Vec<Value>>,
    /// In the order of [`Need`], then of the templates.
    pub legs: Vec<Leg>,
}

/// Something that is wrong, wide, or worth knowing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What and where; its code has a page in [`catalogue`].
    pub diagnostic: Diagnostic,
    /// The needs that it stands in the way of; empty where it stands in the way of none.
    pub needs: BTreeSet<Need>,
    /// Whether it is on a way to public addresses, and not to an endpoint's.
    pub public: bool,
}

/// What one scenario comes to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// How the conditions that nobody knows were taken to turn out.
    pub scenario: Scenario,
    /// What the templates describe then.
    pub network: Network,
    /// The tasks, in the order of the files.
    pub tasks: Vec<TaskLegs>,
    /// Everything that is wrong, wide or worth knowing, sorted by place.
    pub findings: Vec<Finding>,
    /// Whether nothing allows more than the tasks need; unknown where a group's rules cannot be seen.
    pub narrow: Truth,
}

impl Via {
    /// Its name, as programs read it.
    pub fn name(self) -> &'static str {
        match self {
            Via::Endpoint => "endpoint",
            Via::Vpc => "vpc",
            Via::Fargate => "fargate",
            Via::Nat => "nat",
            Via::Internet => "internet",
        }
    }
}

impl Aspect {
    /// Its name, as it is printed.
    pub fn name(self) -> &'static str {
        match self {
            Aspect::Way => "way",
            Aspect::Name => "name",
            Aspect::Egress => "egress",
            Aspect::Acl => "acl",
            Aspect::Route => "route",
            Aspect::Ingress => "ingress",
            Aspect::Policy => "policy",
            Aspect::Role => "role",
        }
    }
}

impl Path {
    /// Whether it leads there.
    pub fn truth(&self, trust: Trust) -> Truth {
        Truth::all(self.steps.iter().map(|step| step.evidence.truth(trust)))
    }
}

impl Origin {
    /// Whether one of its ways leads there.
    pub fn truth(&self, trust: Trust) -> Truth {
        Truth::any(self.paths.iter().map(|path| path.truth(trust)))
    }

    /// The way that is taken, if one surely leads there: of several the first of [`Via`].
    pub fn taken(&self, trust: Trust) -> Option<&Path> {
        let open = self.paths.iter().filter(|path| path.truth(trust).is_yes());
        open.min_by_key(|path| path.via)
    }
}

impl Outcome {
    /// The legs of all tasks.
    pub fn legs(&self) -> impl Iterator<Item = &Leg> {
        self.tasks.iter().flat_map(|task| &task.legs)
    }
}

impl Leg {
    /// Whether it gets through from every subnet.
    pub fn truth(&self, trust: Trust) -> Truth {
        Truth::all(self.origins.iter().map(|origin| origin.truth(trust)))
    }

    /// What it comes to. Where ways differ by subnet it is the last of [`Via`] that is said.
    pub fn verdict(&self, trust: Trust) -> Verdict {
        match self.truth(trust) {
            Truth::No => Verdict::Blocked,
            Truth::Unknown => Verdict::CannotTell,
            Truth::Yes => {
                let taken = self.origins.iter().filter_map(|origin| origin.taken(trust));
                taken.map(|path| path.via).max().map_or(Verdict::CannotTell, Verdict::Reachable)
            }
        }
    }
}
