//! The network that templates describe, as far as they tell: what is there, and what it allows.
//!
//! It holds no verdicts. Ids are [`Value`]s: a resource of the world, an id that was written down,
//! or something unknown that equals itself. What is spoken of and not made here is outside: it is in
//! none of the lists.

mod acls;
mod attached;
mod definitions;
mod endpoints;
mod groups;
mod parts;
mod read;
mod roles;
mod routes;
mod rule;
mod runners;
mod states;
mod tasks;
#[cfg(test)]
pub(in crate::verify) mod templates;
mod traffic;
mod vpcs;

use crate::aws::Region;
use crate::cloudformation::{Made, Place, Value};
use crate::prefix::Prefix;
use crate::truth::Truth;

pub use endpoints::{HostedZone, MountTarget};
pub(in crate::verify) use groups::default_group;
pub(in crate::verify) use parts::{everywhere, is, prefix};
pub use read::{read, wanted};
pub(in crate::verify) use traffic::TCP;

/// Everything that matters to a pull.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// The region it is deployed to, if that is known.
    pub region: Option<&'static Region>,
    /// The VPCs.
    pub vpcs: Vec<Vpc>,
    /// The subnets.
    pub subnets: Vec<Subnet>,
    /// The route tables.
    pub route_tables: Vec<RouteTable>,
    /// Tables that are made elsewhere, with the routes that are made here.
    pub outside_tables: Vec<RouteTable>,
    /// Subnets and the route tables they use, beside the main one.
    pub associations: Vec<Association>,
    /// The endpoints, of every type.
    pub endpoints: Vec<Endpoint>,
    /// Mount targets of EFS.
    pub mount_targets: Vec<MountTarget>,
    /// Hosted zones of Route 53.
    pub hosted_zones: Vec<HostedZone>,
    /// The security groups that are resources.
    pub groups: Vec<Group>,
    /// The security groups that the VPCs are made with.
    pub default_groups: Vec<Group>,
    /// Rules for groups that are no resources here: made elsewhere, or with a VPC.
    pub outside_rules: Vec<OutsideRule>,
    /// Customer-managed prefix lists.
    pub prefix_lists: Vec<PrefixList>,
    /// Network ACLs.
    pub acls: Vec<Acl>,
    /// Subnets that use a network ACL which is made elsewhere.
    pub outside_acls: Vec<UseOfAcl>,
    /// Everything that runs Fargate tasks.
    pub tasks: Vec<Task>,
    /// Where tasks may be run that cannot be seen: a state machine whose definition is in S3.
    pub unseen_tasks: Vec<Hidden>,
    /// Task definitions that nothing in the world runs.
    pub idle_definitions: Vec<Definition>,
    /// The roles.
    pub roles: Vec<Role>,
    /// Repositories' prefixes for which ECR asks another registry.
    pub pull_through: Vec<Value>,
    /// What may make more resources than can be seen, and why: a macro, a nested stack.
    pub hidden: Vec<Hidden>,
}

/// A place at which resources are made that cannot be seen.
#[derive(Debug, Clone)]
pub struct Hidden {
    /// Where.
    pub place: Place,
    /// Why: `the macro Foo may add resources`.
    pub why: String,
}

/// A VPC.
#[derive(Debug, Clone)]
pub struct Vpc {
    /// Itself.
    pub id: Value,
    /// Whether it is made.
    pub made: Made,
    /// Its IPv4 prefixes, secondary ones too, as they were written.
    pub cidrs: Vec<Value>,
    /// `EnableDnsSupport`; on unless it is said to be off.
    pub dns_support: Setting,
    /// `EnableDnsHostnames`; off unless it is said to be on.
    pub dns_hostnames: Setting,
    /// Name servers of its DHCP options that are not Amazon's.
    pub foreign_name_servers: Option<Value>,
}

/// A yes or no with its place: that of the value, or of the resource where it is left out.
#[derive(Debug, Clone)]
pub struct Setting {
    /// What it is.
    pub truth: Truth,
    /// Where that is said.
    pub place: Place,
    /// Whether it is said at all, and not the default.
    pub given: bool,
}

/// A subnet.
#[derive(Debug, Clone)]
pub struct Subnet {
    /// Itself.
    pub id: Value,
    /// Whether it is made.
    pub made: Made,
    /// The VPC it is in.
    pub vpc: Option<Value>,
    /// Its IPv4 prefix as it was written.
    pub cidr: Option<Value>,
    /// Its availability zone.
    pub zone: Option<Value>,
}

/// A route table.
#[derive(Debug, Clone)]
pub struct RouteTable {
    /// Itself.
    pub id: Value,
    /// Whether it is made.
    pub made: Made,
    /// The VPC it is in.
    pub vpc: Option<Value>,
    /// Its routes, beside those to the VPC itself and to gateway endpoints.
    pub routes: Vec<Route>,
}

/// A route.
#[derive(Debug, Clone)]
pub struct Route {
    /// Where it stands.
    pub place: Place,
    /// Whether it is made.
    pub made: Made,
    /// `DestinationCidrBlock` or another destination.
    pub destination: Option<Value>,
    /// What it leads to.
    pub target: Target,
}

/// What a route leads to.
#[derive(Debug, Clone)]
pub enum Target {
    /// An internet gateway: only for those with a public address.
    Internet(Value),
    /// A NAT gateway.
    Nat(Value),
    /// Something whose other side cannot be seen: `a transit gateway`, `a peering connection`,
    /// `an instance`.
    Elsewhere(&'static str, Value),
}

/// Which route table a subnet uses.
#[derive(Debug, Clone)]
pub struct Association {
    /// Whether it is made.
    pub made: Made,
    /// Where it stands.
    pub place: Place,
    /// The subnet.
    pub subnet: Value,
    /// The table.
    pub table: Value,
}

/// The type of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointType {
    /// Interfaces in subnets.
    Interface,
    /// Routes in route tables; what CloudFormation takes where no type is given.
    Gateway,
    /// Gateway Load Balancer, service network, resource.
    Other,
    /// Not known.
    Unknown,
}

/// A VPC endpoint.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Itself.
    pub id: Value,
    /// Its logical id, for people.
    pub name: String,
    /// Whether it is made.
    pub made: Made,
    /// Its `ServiceName`.
    pub service: Option<Value>,
    /// Its type.
    pub kind: EndpointType,
    /// Where its type is said.
    pub kind_place: Option<Place>,
    /// The VPC it is in.
    pub vpc: Option<Value>,
    /// `PrivateDnsEnabled`; off unless it is said to be on.
    pub private_dns: Setting,
    /// Whether private DNS of a service that has gateway endpoints too answers more than what comes
    /// from outside by an inbound endpoint of Route 53's resolver.
    pub for_all_resolvers: Truth,
    /// `SubnetIds`; `None` where it is left out.
    pub subnets: Option<Value>,
    /// `SecurityGroupIds`; `None` where it is left out, so that it wears the VPC's default group.
    pub groups: Option<Value>,
    /// `RouteTableIds`; `None` where it is left out.
    pub route_tables: Option<Value>,
    /// `PolicyDocument`; `None` where it is left out, so that everything is allowed.
    pub policy: Option<Value>,
    /// `ServiceRegion`.
    pub service_region: Option<Value>,
    /// Where it stands.
    pub place: Place,
}

/// Which way a rule lets traffic through, as its group sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// To the interfaces that wear the group.
    Ingress,
    /// From them.
    Egress,
}

/// A security group.
#[derive(Debug, Clone)]
pub struct Group {
    /// Itself.
    pub id: Value,
    /// Its logical id, for people.
    pub name: String,
    /// Whether it is made.
    pub made: Made,
    /// Where it stands.
    pub place: Place,
    /// The VPC it is in.
    pub vpc: Option<Value>,
    /// What it lets in, inline and standalone, in the order of the files.
    pub ingress: Vec<Rule>,
    /// What it lets out. Where no rule is given EC2's own rule is here, which allows everything.
    pub egress: Vec<Rule>,
}

/// A rule for a group that is no resource here.
#[derive(Debug, Clone)]
pub struct OutsideRule {
    /// The group.
    pub group: Value,
    /// Which way.
    pub direction: Direction,
    /// The rule.
    pub rule: Rule,
}

/// Where a rule comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleForm {
    /// In the list of its group.
    Inline,
    /// A resource of its own.
    Standalone,
    /// EC2's own: because no egress rule is given, or of a group that is made with a VPC.
    Default,
}

/// A rule of a security group.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Where it stands; for EC2's own rule, where the group stands or its empty list.
    pub place: Place,
    /// Whether it is made.
    pub made: Made,
    /// Where it comes from.
    pub form: RuleForm,
    /// The protocols and ports.
    pub traffic: Traffic,
    /// The other side; `Peer::Unknown` where the whole rule is unknown.
    pub peer: Peer,
    /// `Description`.
    pub description: Option<Value>,
}

/// Protocols and ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Traffic {
    /// Every protocol and port: `-1`.
    All,
    /// A protocol by its number (TCP 6, UDP 17, ICMP 1), and its ports from first to last: types
    /// for ICMP, and all of them for a protocol that has none.
    Ports {
        /// IANA's number.
        protocol: u8,
        /// The first port.
        from: u16,
        /// The last port.
        to: u16,
    },
    /// Not known, and why.
    Unknown(String),
    /// Ports or a protocol that EC2 does not take, such as 443 to 80: allows nothing.
    Nothing,
}

/// The other side of a rule.
#[derive(Debug, Clone)]
pub enum Peer {
    /// A prefix.
    Prefix(Prefix, Value),
    /// Whoever wears a group.
    Group(Value),
    /// The prefixes of a prefix list.
    PrefixList(Value),
    /// Not known: a CIDR that is a parameter, or a rule of which nothing is known.
    Unknown(Value),
    /// None is given, or more than one: EC2 refuses it.
    Invalid(String),
}

/// A customer-managed prefix list.
#[derive(Debug, Clone)]
pub struct PrefixList {
    /// Itself.
    pub id: Value,
    /// Whether it is made.
    pub made: Made,
    /// The prefixes of its entries, as they were written.
    pub entries: Vec<Value>,
    /// `MaxEntries`, which is what a rule that names it counts for.
    pub most: Option<Value>,
}

/// A network ACL with the subnets that use it.
#[derive(Debug, Clone)]
pub struct Acl {
    /// Itself.
    pub id: Value,
    /// The VPC that it was made with, if it was: every subnet there uses it that is given no other.
    pub default_of: Option<Value>,
    /// The subnets that use it.
    pub subnets: Vec<UseOfAcl>,
    /// Its entries for IPv4, over which tasks pull; lowest number first, and what has no known number
    /// before all others.
    pub entries: Vec<AclEntry>,
}

/// That a subnet uses a network ACL.
#[derive(Debug, Clone)]
pub struct UseOfAcl {
    /// The subnet.
    pub subnet: Value,
    /// Whether the association is made.
    pub made: Made,
}

/// An entry of a network ACL.
#[derive(Debug, Clone)]
pub struct AclEntry {
    /// Where it stands.
    pub place: Place,
    /// Whether it is made.
    pub made: Made,
    /// Which way.
    pub direction: Direction,
    /// Its number: the lowest that matches decides. `None` where it is unknown.
    pub number: Option<u32>,
    /// Whether it allows.
    pub allows: Truth,
    /// The protocols and ports.
    pub traffic: Traffic,
    /// The prefix; `None` where it is unknown.
    pub prefix: Option<Prefix>,
}

/// Something that runs Fargate tasks.
#[derive(Debug, Clone)]
pub struct Task {
    /// For people: `service Web`, `state machine Nightly, state Run`.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// Whether it is made.
    pub made: Made,
    /// Whether it is a question, and stands in no template: a task that wears a group.
    pub asked: bool,
    /// The subnets it runs in. An entry that is wholly unknown may stand for many.
    pub subnets: Vec<Value>,
    /// The groups it wears; `None` where they are left out, so that it wears the VPC's default one.
    pub groups: Option<Vec<Value>>,
    /// Whether it gets a public address; `AssignPublicIp`.
    pub public_address: Setting,
    /// `PlatformVersion`.
    pub platform_version: Option<Value>,
    /// Whether commands can be executed in it.
    pub exec: Setting,
    /// `ExecuteCommandConfiguration` of its cluster, where that is made here.
    pub exec_configuration: Option<Value>,
    /// What it runs; `Err` with the reason where that cannot be seen.
    pub definition: Result<Definition, Value>,
    /// The logical ids it waits for, by `DependsOn` or by naming them, and those they wait for.
    pub waits_for: Vec<String>,
}

/// A task definition.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Itself.
    pub id: Value,
    /// Its logical id, for people.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// Its containers.
    pub containers: Vec<Container>,
    /// Containers of which nothing is known.
    pub unknown_containers: Option<Value>,
    /// `ExecutionRoleArn`.
    pub execution_role: Option<Value>,
    /// `TaskRoleArn`.
    pub task_role: Option<Value>,
    /// File systems of EFS.
    pub efs: Vec<Value>,
    /// `NetworkMode`.
    pub network_mode: Option<Value>,
    /// `RuntimePlatform.OperatingSystemFamily`.
    pub operating_system: Option<Value>,
}

/// A container of a task definition.
#[derive(Debug, Clone)]
pub struct Container {
    /// Its name, for people.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// `Image`.
    pub image: Option<Value>,
    /// `ValueFrom` of its secrets.
    pub secrets: Vec<Value>,
    /// `CredentialsParameter`, a secret.
    pub repository_credentials: Option<Value>,
    /// `Value` of its environment files: ARNs of objects in S3.
    pub environment_files: Vec<Value>,
    /// `LogDriver`.
    pub log_driver: Option<Value>,
    /// `LogConfiguration.Options`.
    pub log_options: Option<Value>,
    /// `LogConfiguration.SecretOptions`, as secrets.
    pub log_secrets: Vec<Value>,
    /// `FirelensConfiguration.Options`.
    pub firelens_options: Option<Value>,
}

/// A role with its policies.
#[derive(Debug, Clone)]
pub struct Role {
    /// Itself; a role is named by its ARN, `GetAtt Role.Arn`, or by its name.
    pub id: Value,
    /// Its logical id, for people.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// The documents of its policies, inline and attached.
    pub policies: Vec<Value>,
    /// `AssumeRolePolicyDocument`.
    pub trust: Option<Value>,
    /// `RoleName`; `None` where CloudFormation makes one up.
    pub role_name: Option<Value>,
    /// `Path`.
    pub path: Option<Value>,
    /// The document of its permissions boundary, which has to allow what its policies do; a
    /// boundary that is not made here cannot be seen.
    pub boundary: Option<Value>,
    /// ARNs of managed policies that are not made here.
    pub managed: Vec<Value>,
    /// Whether it may have policies that cannot be seen.
    pub unseen: Option<String>,
}
