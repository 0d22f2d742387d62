//! `egress.yaml`: what the user wants, every value with its place.

mod form;
mod names;
mod read;
mod schema;
mod stack;
mod together;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::Ipv4Addr;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::aws::{
    AccountId, Partition, PrefixListId, Region, RouteTableId, SecurityGroupId, Service, SubnetId,
    VpcId,
};
use crate::prefix::Prefix;

pub use form::Form;
pub(crate) use read::join;
pub use read::parse;
pub(crate) use schema::about;
pub use schema::schema;

/// Most bytes a config may have. A thousand stacks, each with every key, take a third of it.
pub const MAX_CONFIG_BYTES: u64 = 4 << 20;

/// A config of which every value is one that a plan can be made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The stacks by name; at least one.
    pub stacks: BTreeMap<StackName, Stack>,
    /// The forms in which each of them is written; at least one.
    pub emit: BTreeSet<Form>,
}

/// A value with the place it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Bytes of the config; of the key it would stand under, where it is a default.
    pub span: Range<usize>,
    /// The way to it from the top, such as `stacks.tokyo.network.cidrs[0]`.
    pub path: String,
}

impl<T> Located<T> {
    /// Another value from the same place.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Located<U> {
        Located { value: change(self.value), span: self.span, path: self.path }
    }
}

/// The name of a stack and of its file in `out/`: 1 to 128 of a-z, 0-9 and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StackName(String);

/// Why a text is not a [`StackName`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a stack name is 1 to 128 of a-z, 0-9 and hyphens")]
pub struct StackNameError;

impl FromStr for StackName {
    type Err = StackNameError;

    fn from_str(text: &str) -> Result<StackName, StackNameError> {
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if (1..=128).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(StackName(text.to_owned()))
        } else {
            Err(StackNameError)
        }
    }
}

impl TryFrom<String> for StackName {
    type Error = StackNameError;

    fn try_from(text: String) -> Result<StackName, StackNameError> {
        text.parse()
    }
}

impl From<StackName> for String {
    fn from(name: StackName) -> String {
        name.0
    }
}

impl fmt::Display for StackName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One template to generate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// Its name, at its key.
    pub name: Located<StackName>,
    /// The regions it is for, at least one, all in one partition, in the order of the config.
    pub regions: Vec<Located<&'static Region>>,
    /// The accounts whose registries the tasks pull from; at least one.
    pub registries: Vec<Located<AccountId>>,
    /// The network it is put into.
    pub network: Network,
    /// What the tasks' group opens towards the endpoints.
    pub task_egress: TaskEgress,
    /// The groups that mount targets of EFS wear, to which the tasks' group opens NFS.
    pub efs: Vec<Setting<SecurityGroupId>>,
    /// What the endpoints' group and policies allow.
    pub endpoint: Endpoint,
    /// Which of the three endpoints the stack makes.
    pub endpoints: Endpoints,
    /// More interface endpoints that the tasks need.
    pub services: Vec<Located<Service>>,
    /// Takes the place of the prefix list id in the lock.
    pub s3_prefix_list: Option<Located<PrefixListId>>,
    /// Takes the place of the endpoint service names that follow from the partition.
    pub service_names: BTreeMap<Service, Located<String>>,
    /// Takes the place of the bucket that ECR is known to keep layers in.
    pub layer_bucket: Option<Located<String>>,
    /// Tags of every resource that takes tags.
    pub tags: BTreeMap<String, String>,
}

impl Stack {
    /// The partition of its regions.
    pub fn partition(&self) -> Partition {
        self.regions[0].value.partition
    }
}

/// Where a value of the network comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting<T> {
    /// The config itself.
    Literal(Located<T>),
    /// A parameter of the template, by name.
    Parameter(Located<String>),
    /// An export of another stack, by name.
    Import(Located<String>),
}

/// Where a list of values of the network comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListSetting<T> {
    /// One by one; at least one.
    Items(Vec<Setting<T>>),
    /// A parameter that holds all of them.
    Parameter(Located<String>),
    /// An export of another stack that holds all of them, with commas between.
    Import(Located<String>),
}

impl<T> ListSetting<T> {
    /// The values, when every one of them is in the config.
    pub fn literals(&self) -> Option<Vec<&Located<T>>> {
        let ListSetting::Items(items) = self else { return None };
        items
            .iter()
            .map(|item| match item {
                Setting::Literal(literal) => Some(literal),
                _ => None,
            })
            .collect()
    }
}

/// The network a stack is put into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// The VPC that the tasks run in and the endpoints are put into.
    pub vpc: Setting<VpcId>,
    /// Its IPv4 prefixes. As a parameter or an import this is one prefix.
    pub cidrs: ListSetting<Prefix>,
    /// Where the interface endpoints get their addresses.
    pub subnets: ListSetting<SubnetId>,
    /// Where the S3 gateway endpoint puts its route: those of the tasks' subnets.
    pub route_tables: ListSetting<RouteTableId>,
}

/// What the tasks' group opens towards the interface endpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskEgress {
    /// The endpoints' group, whatever addresses its members have.
    EndpointSecurityGroup,
    /// The endpoints' private addresses; from the lock where the config gives none.
    EndpointAddresses(Option<BTreeMap<Service, Vec<Located<Ipv4Addr>>>>),
}

/// What the endpoints' group and policies allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Who may open connections to the endpoints.
    pub ingress: Located<EndpointIngress>,
    /// Where the endpoints may open connections to.
    pub egress: Located<EndpointEgress>,
    /// What may be asked through the endpoints.
    pub policy: Located<EndpointPolicy>,
    /// The group that an existing endpoint wears; `Some` exactly when one of the interface
    /// endpoints is existing.
    pub security_group: Option<Setting<SecurityGroupId>>,
}

/// Who may open connections to the endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointIngress {
    /// Every address of the VPC.
    VpcCidrs,
    /// What wears the tasks' group.
    TaskSecurityGroup,
}

/// Where the endpoints may open connections to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointEgress {
    /// The public prefixes of the services behind them.
    EcrPrefixes,
    /// Nowhere: one rule that matches nothing, because without a rule EC2 allows everything.
    Deny,
    /// Anywhere, by every protocol.
    Open,
}

/// What may be asked through the endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointPolicy {
    /// What a pull asks, of the registries of the config.
    LeastPrivilege,
    /// Anything that the service takes.
    Open,
}

/// Which of the three endpoints the stack makes. A VPC holds one of each: a second one would
/// claim the same DNS name, or the same route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// That of ECR's API, by which a task logs in.
    pub ecr_api: Presence,
    /// That of ECR's registries, which have the manifests.
    pub ecr_dkr: Presence,
    /// The gateway of S3, which has the layers.
    pub s3: Presence,
}

/// Whether the stack makes an endpoint or finds it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// The stack makes it.
    Create,
    /// The VPC has it; its rules are rendered all the same.
    Existing,
}
