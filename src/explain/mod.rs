//! Why something is there: from what a person typed to the rules of the plans, and from each rule to
//! the fact in the lock or the line of the config that it comes from.
//!
//! Rules are read from the same [`Plan`]s that are rendered. Only a line of a template or of the
//! config is looked up in a text, by its structure ([`line()`], [`config_line()`]) and never by its
//! words. What comes out is
//! an [`Explanation`]; [`human()`] and [`json()`] print it.

mod address;
mod config_line;
mod document;
mod endpoint;
mod host;
mod human;
mod ids;
mod json;
mod line;
mod place;
mod protection;
mod published;
mod reason;
mod resource;
mod rules;
mod special;
mod stack;
mod template;
#[cfg(test)]
mod tests;
mod what;

use std::net::IpAddr;
use std::sync::Arc;

use crate::aws::{Region, Service};
use crate::config::{Config, StackName};
use crate::diagnostic::Source;
use crate::facts::{Publication, Seen};
use crate::lock::Lock;
use crate::plan::{Direction, LogicalId, Plan, Traffic, Usage};
use crate::prefix::Prefix;

pub use config_line::config_line;
pub use document::Beyond;
pub use human::human;
pub use json::json;
pub use line::line;
pub use place::ConfigPlace;
pub use protection::Protection;
pub use reason::{AddressSeen, HostSeen, Owner, Pinned, Reason};
pub use template::Template;
pub use what::{explain, file_line};

/// Everything that is explained from.
pub struct Known<'a> {
    /// What is wanted.
    pub config: &'a Config,
    /// Its text.
    pub source: &'a Arc<Source>,
    /// What was looked up.
    pub lock: &'a Lock,
    /// The plans of the stacks that have one, by name. A stack has none where the lock lacks facts.
    pub plans: &'a [Plan],
    /// How many bytes their templates have, in the same order; none where that does not matter.
    pub sizes: &'a [usize],
}

/// What was found about something that a person typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What was typed.
    pub what: String,
    /// What it is, at least one; several where it reads as several things.
    pub meanings: Vec<Meaning>,
}

/// What a person typed, read in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    /// What it was taken for.
    pub kind: Kind,
    /// What there is to say first, in one line.
    pub summary: String,
    /// What else is known, a sentence or two each.
    pub notes: Vec<String>,
    /// The rules that it is, is in, or is the reason for; in the order of a pull, stack by stack.
    pub rules: Vec<RuleFound>,
    /// Pinned prefixes with their evidence that no rule above has.
    pub pinned: Vec<Pinned>,
    /// What AWS published of it in the publication that is built in.
    pub published: Option<Published>,
    /// The host that it is, in each region's lock.
    pub hosts: Vec<HostFound>,
    /// The endpoints that it is about.
    pub endpoints: Vec<EndpointFound>,
    /// Where else it stands.
    pub uses: Vec<Use>,
    /// The rest of a whole stack.
    pub stack: Option<StackFound>,
}

/// What something that a person typed can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An address.
    Address,
    /// A prefix.
    Prefix,
    /// A prefix list's id.
    PrefixList,
    /// A stack of the config.
    Stack,
    /// A line of a template.
    Line,
    /// A line of the config.
    ConfigLine,
    /// A host name.
    Host,
    /// An account's id.
    Account,
    /// A resource, parameter, output, condition or mapping key of templates.
    LogicalId,
    /// The id of a VPC, a subnet, a route table or a security group.
    ResourceId,
    /// The name of another stack's export.
    Export,
}

/// A rule, with why it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFound {
    /// The stack that has it.
    pub stack: StackName,
    /// The security group it belongs to, in words: a logical id, an id, a parameter.
    pub group: String,
    /// The resource in which it stands.
    pub resource: LogicalId,
    /// Its direction, seen from the group.
    pub direction: Direction,
    /// Protocol and ports.
    pub traffic: Traffic,
    /// The other end, in words.
    pub peer: String,
    /// The description that EC2 shows.
    pub description: String,
    /// The condition under which it is there.
    pub condition: Option<LogicalId>,
    /// What the other end is, and why: one, or one for each region of the stack.
    pub values: Vec<ValueFound>,
    /// What it does and does not do.
    pub protection: Protection,
}

/// The other end of a rule, and why it is that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueFound {
    /// The region it is for; `None` where it is the same in every region of the stack.
    pub region: Option<&'static Region>,
    /// What it is, in words.
    pub value: String,
    /// How many addresses it has; `None` where that is not known here.
    pub addresses: Option<u128>,
    /// How it stands to the address or prefix that was asked for.
    pub relation: Option<Relation>,
    /// Why it is there; none where a region leaves the rule out.
    pub reasons: Vec<Reason>,
}

/// How the prefix of a rule stands to the one that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// The same.
    Equal,
    /// The rule's holds all of the other.
    Covers,
    /// The rule's is a part of the other.
    Inside,
}

impl Relation {
    /// How `rule` stands to `asked`; `None` if they share no address.
    pub fn of(rule: Prefix, asked: Prefix) -> Option<Relation> {
        match (rule.covers(asked), asked.covers(rule)) {
            (true, true) => Some(Relation::Equal),
            (true, false) => Some(Relation::Covers),
            (false, true) => Some(Relation::Inside),
            (false, false) => None,
        }
    }
}

/// What the built-in publication of ip-ranges.json says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Which publication.
    pub publication: Publication,
    /// The entries, from the shortest prefix to the longest.
    pub prefixes: Vec<PublishedPrefix>,
}

/// A published prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedPrefix {
    /// The prefix.
    pub prefix: Prefix,
    /// The region, or `GLOBAL`.
    pub region: String,
    /// The services it is listed for.
    pub services: Vec<String>,
}

/// A host in the lock of one region, or that would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostFound {
    /// The host.
    pub host: String,
    /// The region it belongs to.
    pub region: String,
    /// The service behind it.
    pub service: Service,
    /// The names it is an alias of, in the order they are followed.
    pub cnames: Vec<String>,
    /// What it answered, by address; none where the lock has nothing of it.
    pub addresses: Vec<HostAddress>,
}

/// An address that a host answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostAddress {
    /// The address.
    pub address: IpAddr,
    /// The prefix that was chosen for it.
    pub prefix: Prefix,
    /// When it was first seen.
    pub first_seen: Option<Seen>,
    /// When it was last seen.
    pub last_seen: Option<Seen>,
    /// Who answered.
    pub seen_by: Vec<String>,
}

/// An endpoint of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointFound {
    /// The stack that makes it.
    pub stack: StackName,
    /// Its logical id.
    pub id: LogicalId,
    /// The service behind it.
    pub service: Service,
    /// The whole name of its endpoint service, in words.
    pub service_name: String,
    /// Whether it is a gateway, and not an interface.
    pub gateway: bool,
    /// What it is for.
    pub purpose: String,
    /// What of the config has it made.
    pub made_by: ConfigPlace,
    /// What of the config chooses its policy.
    pub policy_by: ConfigPlace,
    /// Its subnets or route tables, in words.
    pub placed_in: Vec<String>,
    /// The security groups that it wears, in words.
    pub groups: Vec<String>,
    /// What its policy allows, or those of its statements that were asked for.
    pub statements: Vec<StatementFound>,
    /// Whether it has statements that were not asked for.
    pub partial: bool,
}

/// A statement of an endpoint policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementFound {
    /// Why it is there.
    pub why: String,
    /// The actions it allows.
    pub actions: Vec<String>,
    /// The resources, in words.
    pub resources: Vec<String>,
    /// What it does and does not do.
    pub protection: Protection,
}

/// A place where something is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The stack.
    pub stack: StackName,
    /// What for.
    pub what: String,
    /// Where the config says so; `None` where it follows from the plan.
    pub place: Option<ConfigPlace>,
}

/// A whole stack, beside its rules and endpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackFound {
    /// Its name.
    pub name: StackName,
    /// Its regions.
    pub regions: Vec<&'static Region>,
    /// What the deployer gives: name and what for.
    pub parameters: Vec<(LogicalId, String)>,
    /// The services whose endpoints are in the VPC already.
    pub existing: Vec<Service>,
    /// How much of each quota it uses.
    pub usage: Vec<Usage>,
}

impl Meaning {
    fn new(kind: Kind, summary: impl Into<String>) -> Meaning {
        Meaning {
            kind,
            summary: summary.into(),
            notes: Vec::new(),
            rules: Vec::new(),
            pinned: Vec::new(),
            published: None,
            hosts: Vec::new(),
            endpoints: Vec::new(),
            uses: Vec::new(),
            stack: None,
        }
    }

    /// What its rules and statements do and do not do, each kind once, in the order of a pull.
    pub fn protections(&self) -> impl Iterator<Item = Protection> {
        let rules = self.rules.iter().map(|rule| rule.protection);
        let statements = self.endpoints.iter().flat_map(|endpoint| &endpoint.statements);
        rules.chain(statements.map(|statement| statement.protection))
    }
}

impl Known<'_> {
    /// The plan of a stack, if it has one.
    fn plan(&self, name: &StackName) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.stack == *name)
    }

    /// How many bytes the template of a stack has, if that is known.
    fn size(&self, name: &StackName) -> Option<usize> {
        self.sizes.get(self.plans.iter().position(|plan| plan.stack == *name)?).copied()
    }
}
