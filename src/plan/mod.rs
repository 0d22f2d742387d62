//! What a template says, before it is text: every decision, each rule with its origin.
//!
//! The templates hold layout and decide nothing; whatever prints a stack, prints a [`Plan`].

mod build;
mod endpoint_group;
mod endpoints;
mod network;
mod origin;
mod policy;
mod quotas;
mod rules;
mod services;
mod task;

use std::collections::BTreeMap;

use crate::aws::{Region, Service};
use crate::config::StackName;
use crate::facts::Publication;
use crate::prefix::Prefix;

pub use build::plan;
pub use origin::Origin;
pub use quotas::{Quota, Usage, check_size, usage};

/// Everything that is decided about a stack; a template adds nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its name, and that of its file.
    pub stack: StackName,
    /// The regions it can be deployed in; at least one.
    pub regions: Vec<&'static Region>,
    /// What the template says of itself.
    pub description: String,
    /// What it was made from.
    pub metadata: Metadata,
    /// The VPC of everything.
    pub vpc: Value,
    /// What the deployer gives, sorted by name.
    pub parameters: Vec<Parameter>,
    /// What differs between its regions; empty for a stack of one region.
    pub region_map: RegionMap,
    /// The group that the interface endpoints wear, made by the stack or there already.
    pub endpoint_group: Value,
    /// The security groups that it makes: the tasks', and behind it the endpoints' where that one is
    /// not there already.
    pub groups: Vec<SecurityGroup>,
    /// The rules that it adds one by one, to groups it does not make or that know each other.
    pub attached_rules: Vec<AttachedRule>,
    /// The endpoints that it makes, in the order in which they are rendered.
    pub endpoints: Vec<Endpoint>,
    /// The ids that other stacks need.
    pub outputs: Vec<Output>,
    /// The tags of every resource that takes tags, by key.
    pub tags: BTreeMap<String, String>,
}

/// What a template was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The version of this program.
    pub version: &'static str,
    /// Digest of what the lock says about its regions and the stack; see [`crate::lock::digest`].
    pub lock_digest: String,
    /// The publication of ip-ranges.json, by region, where one was needed.
    pub ip_ranges: Vec<(&'static Region, Publication)>,
    /// The services whose endpoints are in the VPC already, so that `verify` can take that on trust.
    pub existing: Vec<Service>,
}

/// A logical id or the name of a parameter, mapping key or condition: letters and digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogicalId(String);

impl LogicalId {
    /// The id made of the letters and digits of a text.
    pub(crate) fn of(text: &str) -> LogicalId {
        LogicalId(text.chars().filter(char::is_ascii_alphanumeric).collect())
    }

    /// The letters and digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A value of a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text that is known now.
    Literal(String),
    /// The value of a parameter, or the id of a resource.
    Ref(LogicalId),
    /// The group id of a security group of the stack.
    GroupId(LogicalId),
    /// Another stack's export, by its name.
    Import(String),
    /// Text with pseudo parameters in `${…}`.
    Sub(String),
    /// What [`RegionMap`] says under this key for the region it is deployed in.
    PerRegion(LogicalId),
}

impl Value {
    /// What it is, for people: `10.0.0.0/16`, `parameter VpcCidr`, `export network-cidr`.
    pub fn label(&self) -> String {
        match self {
            Value::Literal(text) | Value::Sub(text) => text.clone(),
            Value::Ref(id) => format!("parameter {}", id.as_str()),
            Value::GroupId(id) => id.as_str().to_owned(),
            Value::Import(name) => format!("export {name}"),
            Value::PerRegion(key) => format!("{} of the region", key.as_str()),
        }
    }
}

/// A list of values of a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum List {
    /// One by one.
    Items(Vec<Value>),
    /// A parameter that is a list.
    Ref(LogicalId),
    /// Another stack's export, split at its commas.
    SplitImport(String),
}

impl List {
    /// What its values are, for people; a whole list has one.
    pub fn labels(&self) -> Vec<String> {
        match self {
            List::Items(items) => items.iter().map(Value::label).collect(),
            List::Ref(id) => vec![Value::Ref(id.clone()).label()],
            List::SplitImport(name) => vec![Value::Import(name.clone()).label()],
        }
    }
}

/// A parameter of the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: LogicalId,
    /// What it holds, from which its CloudFormation type follows.
    pub kind: ParameterType,
    /// What the deployer is to give, in a line.
    pub description: String,
}

/// The types of parameters that are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterType {
    /// A VPC's id.
    Vpc,
    /// An IPv4 prefix.
    Cidr,
    /// A subnet's id.
    Subnet,
    /// Subnets' ids.
    Subnets,
    /// A route table's id.
    RouteTable,
    /// Route tables' ids.
    RouteTables,
    /// A security group's id.
    SecurityGroup,
}

/// Values by region and key. Every region has every key; [`RegionMap::NONE`] stands where a region
/// has fewer prefixes than another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegionMap {
    /// Region to key to value.
    pub regions: BTreeMap<&'static str, BTreeMap<LogicalId, Mapped>>,
    /// Keys that are not [`RegionMap::NONE`] only in some regions, with the condition for it.
    pub optional: BTreeMap<LogicalId, LogicalId>,
}

/// A value of the region map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    /// The prefix or the id, or [`RegionMap::NONE`].
    pub value: String,
    /// Why it is there; none for [`RegionMap::NONE`].
    pub origins: Vec<Origin>,
}

impl RegionMap {
    /// The name of the mapping in the template.
    pub const NAME: &str = "Regions";
    /// What stands for no value: a mapping cannot leave a key out.
    pub const NONE: &str = "none";
}

/// A security group that the stack makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityGroup {
    /// Its logical id.
    pub id: LogicalId,
    /// Its description; a change of it would replace the group.
    pub description: &'static str,
    /// Inline rules, in the order in which they are rendered.
    pub ingress: Vec<Rule>,
    /// Inline rules; never empty, because EC2's default rule then stays.
    pub egress: Vec<Rule>,
}

/// A direction seen from the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Towards what wears the group.
    Ingress,
    /// From what wears the group.
    Egress,
}

/// A rule of a security group. It has exactly one peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Protocol and ports.
    pub traffic: Traffic,
    /// The other end.
    pub peer: Peer,
    /// At most 255 characters of those that EC2 takes.
    pub description: String,
    /// Why it is there; at least one. Empty where the region map holds the reasons.
    pub origins: Vec<Origin>,
    /// The condition under which it is there; `None` where it always is.
    pub condition: Option<LogicalId>,
    /// The service whose endpoint's address it is for, where it is for a single one.
    pub endpoint: Option<Service>,
}

/// Protocol and ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Traffic {
    /// TCP to port 443.
    Https,
    /// TCP to port 2049.
    Nfs,
    /// Every protocol.
    All,
}

impl Traffic {
    /// The protocol as a rule names it.
    pub fn protocol(self) -> &'static str {
        match self {
            Traffic::Https | Traffic::Nfs => "tcp",
            Traffic::All => "-1",
        }
    }

    /// The port, where there are ports.
    pub fn port(self) -> Option<u16> {
        match self {
            Traffic::Https => Some(443),
            Traffic::Nfs => Some(2049),
            Traffic::All => None,
        }
    }

    /// What it is, for people: `TCP 443`, `all traffic`.
    pub fn label(self) -> String {
        match self.port() {
            Some(port) => format!("{} {port}", self.protocol().to_ascii_uppercase()),
            None => "all traffic".to_owned(),
        }
    }
}

/// The other end of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// A prefix that is known now.
    Prefix(Prefix),
    /// An IPv4 prefix that is known when the stack is deployed.
    Ipv4(Value),
    /// An IPv6 prefix that is known when the stack is deployed.
    Ipv6(Value),
    /// What wears a security group.
    Group(Value),
    /// The addresses of a prefix list.
    PrefixList(Value),
}

impl Peer {
    /// It as a value of a property.
    pub fn value(&self) -> Value {
        match self {
            Peer::Prefix(prefix) => Value::Literal(prefix.to_string()),
            Peer::Ipv4(value)
            | Peer::Ipv6(value)
            | Peer::Group(value)
            | Peer::PrefixList(value) => value.clone(),
        }
    }

    /// What it is, for people: `10.0.0.0/16`, `TaskSecurityGroup`, `pl-61a54008`.
    pub fn label(&self) -> String {
        self.value().label()
    }
}

/// A rule that is a resource of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachedRule {
    /// Its logical id.
    pub id: LogicalId,
    /// Which of the two resource types it is.
    pub direction: Direction,
    /// The group it is added to.
    pub group: Value,
    /// The rule.
    pub rule: Rule,
}

/// An endpoint that the stack makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its logical id.
    pub id: LogicalId,
    /// The service behind it.
    pub service: Service,
    /// The whole name of its endpoint service.
    pub service_name: Value,
    /// Interface or gateway.
    pub kind: EndpointKind,
    /// What may be asked through it.
    pub policy: Policy,
    /// What it is for, in a line.
    pub purpose: String,
}

/// The two kinds of endpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointKind {
    /// Network interfaces with private addresses, and private DNS.
    Interface {
        /// Where the interfaces are.
        subnets: List,
        /// The groups they wear.
        groups: Vec<Value>,
    },
    /// A route in route tables.
    Gateway {
        /// The route tables.
        route_tables: List,
    },
}

/// An endpoint policy: what any principal may ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its statements; each allows.
    pub statements: Vec<Statement>,
}

/// A statement that allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Why it is there, for the comment in the template.
    pub comment: String,
    /// The actions, as policies name them: `ecr:BatchGetImage`.
    pub actions: Vec<String>,
    /// The ARNs of the resources, or `*`.
    pub resources: Vec<Value>,
}

/// An output, which is also an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its name; the export's name is the stack's, a hyphen and this.
    pub name: LogicalId,
    /// What the id is of, in a line.
    pub description: &'static str,
    /// The id.
    pub value: Value,
}

impl Plan {
    /// The group that the tasks wear, which every stack makes.
    pub fn task_group(&self) -> &SecurityGroup {
        &self.groups[0]
    }

    /// The group that the endpoints wear, where the stack makes it.
    pub fn made_endpoint_group(&self) -> Option<&SecurityGroup> {
        self.groups.get(1)
    }

    /// The logical ids of the resources, in the order in which they are rendered.
    pub fn resources(&self) -> Vec<&LogicalId> {
        let groups = self.groups.iter().map(|group| &group.id);
        let rules = self.attached_rules.iter().map(|rule| &rule.id);
        let endpoints = self.endpoints.iter().map(|endpoint| &endpoint.id);
        groups.chain(rules).chain(endpoints).collect()
    }
}
