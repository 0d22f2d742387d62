//! What a rule or a statement does and does not do, in plain words; all of them stand here.
//!
//! Sources: <https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html>,
//! <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-connection-tracking.html>,
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html> and
//! <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html>.

use std::collections::BTreeSet;

use super::rules::{Placed, placed};
use crate::aws::Service;
use crate::plan::{Direction, Peer, Plan, Statement, Traffic, Value};

/// A kind of rule or statement, by what it does.
///
/// Order: that of a pull.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protection {
    /// The tasks' egress to the endpoints' group.
    TaskToGroup,
    /// The tasks' egress to single addresses.
    TaskToAddresses,
    /// The tasks' egress to S3's prefix list.
    TaskToS3,
    /// The tasks' egress to the mount targets of file systems.
    TaskToFileSystems,
    /// The endpoints' ingress from prefixes of the VPC.
    EndpointFromVpc,
    /// The endpoints' ingress from the tasks' group.
    EndpointFromTasks,
    /// The endpoints' egress to public prefixes.
    EndpointToPrefixes,
    /// The endpoints' egress to nowhere.
    EndpointToNowhere,
    /// The endpoints' egress to everywhere.
    EndpointToEverywhere,
    /// A policy that allows logging in.
    PolicyLogin,
    /// A policy that allows pulling from registries.
    PolicyPull,
    /// A policy that allows reading the bucket with layers.
    PolicyLayers,
    /// A policy that allows what tasks ask of another service.
    PolicyService,
    /// A policy that allows everything.
    PolicyOpen,
}

impl Protection {
    /// Every kind.
    pub const ALL: &[Protection] = &[
        Protection::TaskToGroup,
        Protection::TaskToAddresses,
        Protection::TaskToS3,
        Protection::TaskToFileSystems,
        Protection::EndpointFromVpc,
        Protection::EndpointFromTasks,
        Protection::EndpointToPrefixes,
        Protection::EndpointToNowhere,
        Protection::EndpointToEverywhere,
        Protection::PolicyLogin,
        Protection::PolicyPull,
        Protection::PolicyLayers,
        Protection::PolicyService,
        Protection::PolicyOpen,
    ];

    /// Its name in JSON; stable.
    pub fn name(self) -> &'static str {
        match self {
            Protection::TaskToGroup => "task-to-group",
            Protection::TaskToAddresses => "task-to-addresses",
            Protection::TaskToS3 => "task-to-s3",
            Protection::TaskToFileSystems => "task-to-file-systems",
            Protection::EndpointFromVpc => "endpoint-from-vpc",
            Protection::EndpointFromTasks => "endpoint-from-tasks",
            Protection::EndpointToPrefixes => "endpoint-to-prefixes",
            Protection::EndpointToNowhere => "endpoint-to-nowhere",
            Protection::EndpointToEverywhere => "endpoint-to-everywhere",
            Protection::PolicyLogin => "policy-login",
            Protection::PolicyPull => "policy-pull",
            Protection::PolicyLayers => "policy-layers",
            Protection::PolicyService => "policy-service",
            Protection::PolicyOpen => "policy-open",
        }
    }

    /// What it is about, in a few words.
    pub fn title(self) -> &'static str {
        match self {
            Protection::TaskToGroup | Protection::TaskToAddresses => "task to endpoints",
            Protection::TaskToS3 => "task to S3",
            Protection::TaskToFileSystems => "task to EFS",
            Protection::EndpointFromVpc | Protection::EndpointFromTasks => "endpoint ingress",
            Protection::EndpointToPrefixes
            | Protection::EndpointToNowhere
            | Protection::EndpointToEverywhere => "endpoint egress",
            Protection::PolicyLogin => "policy: log in",
            Protection::PolicyPull => "policy: pull",
            Protection::PolicyLayers => "policy: layers",
            Protection::PolicyService => "policy: services",
            Protection::PolicyOpen => "policy: open",
        }
    }

    /// What it does and does not do.
    pub fn words(self) -> &'static str {
        match self {
            Protection::TaskToGroup => {
                "Lets tasks open connections to whatever wears the endpoints' group, whatever its \
                 addresses. The tasks' own egress is what restricts a task; which accounts and \
                 actions can be reached through an endpoint is for its policy to say."
            }
            Protection::TaskToAddresses => {
                "Lets tasks open connections to these addresses and no others. It follows no \
                 change: an endpoint that is made anew, or in one more subnet, has addresses that \
                 no rule allows, and pulls by way of them time out."
            }
            Protection::TaskToS3 => {
                "Lets tasks open connections to S3 in the region, where ECR keeps layers. The list \
                 does not tell one bucket from another: only the policy of the S3 endpoint does."
            }
            Protection::TaskToFileSystems => {
                "Lets tasks mount the file systems whose mount targets wear the group, if that group \
                 lets NFS in. Who may mount what, and as whom, is for the file system's policy and \
                 its access points to say."
            }
            Protection::EndpointFromVpc => {
                "Lets everything in the VPC's prefixes reach the endpoints, not only the tasks; \
                 without any such rule nothing is answered. `endpoint: {ingress: \
                 task-security-group}` is the stricter choice."
            }
            Protection::EndpointFromTasks => {
                "Lets only what wears the tasks' group reach the endpoints. Whatever else in the \
                 VPC relies on them, because their private DNS is the whole VPC's, is locked out."
            }
            Protection::EndpointToPrefixes => {
                "Defence in depth: AWS documents that an interface endpoint only answers and never \
                 opens a connection, and answers go out whatever the egress rules are. The rule \
                 matches no traffic on the path of a pull: it restricts no task, and when ECR moves \
                 out of the prefix no pull breaks. `endpoint: {egress: deny}` is the stricter choice."
            }
            Protection::EndpointToNowhere => {
                "Keeps EC2's default rule, which allows everything, out of the group. The endpoints \
                 still answer: AWS documents that they never open a connection, and answers go out \
                 whatever the egress rules are."
            }
            Protection::EndpointToEverywhere => {
                "Restricts nothing. AWS documents that an interface endpoint never opens a \
                 connection, so nothing uses it either; `endpoint: {egress: deny}` is the stricter \
                 choice."
            }
            Protection::PolicyLogin => {
                "Logging in cannot be narrowed to a registry or repository: any principal may ask \
                 for a token. What a token is good for is up to the principal's own permissions."
            }
            Protection::PolicyPull => {
                "Keeps tasks, whatever their role allows, from the registries of other accounts. \
                 It grants nothing by itself: the execution role and the repository have to allow \
                 the pull too."
            }
            Protection::PolicyLayers => {
                "Keeps the gateway to the bucket in which ECR keeps the region's layers, for \
                 everything in its route tables: whatever else there uses S3 is denied. It has no \
                 condition on accounts, because ECR signs the layers' addresses as AWS's own."
            }
            Protection::PolicyService => {
                "Keeps what is asked through the endpoint to what tasks are known to ask. It grants \
                 nothing by itself: a role has to allow it too."
            }
            Protection::PolicyOpen => {
                "Restricts nothing: every account and action of the service can be reached through \
                 the endpoint, as far as a role allows it."
            }
        }
    }

    /// Whether it is what the tasks' group does.
    pub(super) fn is_of_tasks(self) -> bool {
        matches!(
            self,
            Protection::TaskToGroup
                | Protection::TaskToAddresses
                | Protection::TaskToS3
                | Protection::TaskToFileSystems
        )
    }

    /// What the rules and policies of a plan do, each kind once.
    pub fn of_plan(plan: &Plan) -> BTreeSet<Protection> {
        let rules = placed(plan).iter().map(Protection::of_rule).collect::<BTreeSet<_>>();
        let statements = plan.endpoints.iter().flat_map(|endpoint| {
            let statements = endpoint.policy.statements.iter();
            statements.map(|statement| Protection::of_statement(&endpoint.service, statement))
        });
        rules.into_iter().chain(statements).collect()
    }

    /// What a rule does.
    pub(super) fn of_rule(placed: &Placed<'_>) -> Protection {
        let rule = placed.rule;
        match (placed.of_tasks, placed.direction, &rule.peer) {
            (true, _, Peer::PrefixList(_)) => Protection::TaskToS3,
            (true, ..) if rule.traffic == Traffic::Nfs => Protection::TaskToFileSystems,
            (true, _, Peer::Group(_)) => Protection::TaskToGroup,
            (true, ..) => Protection::TaskToAddresses,
            (false, Direction::Ingress, Peer::Group(_)) => Protection::EndpointFromTasks,
            (false, Direction::Ingress, _) => Protection::EndpointFromVpc,
            (false, Direction::Egress, Peer::Prefix(prefix)) if rule.traffic == Traffic::All => {
                if prefix.network().is_loopback() {
                    Protection::EndpointToNowhere
                } else {
                    Protection::EndpointToEverywhere
                }
            }
            (false, Direction::Egress, _) => Protection::EndpointToPrefixes,
        }
    }

    /// What a statement of the policy of a service's endpoint does.
    pub(super) fn of_statement(service: &Service, statement: &Statement) -> Protection {
        let any = Value::Literal("*".to_owned());
        let everywhere = statement.resources.contains(&any);
        match service.name() {
            _ if statement.actions.iter().any(|action| action == "*") => Protection::PolicyOpen,
            "ecr.api" | "ecr.dkr" if everywhere => Protection::PolicyLogin,
            "ecr.api" | "ecr.dkr" => Protection::PolicyPull,
            "s3" => Protection::PolicyLayers,
            _ => Protection::PolicyService,
        }
    }
}

/// What no rule can filter, which people look for rules for.
pub(super) const UNFILTERED: &str = "Security groups do not filter the VPC's own resolver, the metadata addresses under 169.254.0.0/16 \
     or the time service: no rule is needed for them, and none can keep a task from them.";
