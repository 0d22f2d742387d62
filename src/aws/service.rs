//! The services that tasks reach through endpoints.

use std::fmt;
use std::str::FromStr;

use super::{Partition, Region};
use crate::diagnostic::nearest;

/// A service with an endpoint, by the end of its endpoint service name: `ecr.api`, `logs`.
///
/// Order: as text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Service(String);

/// Why a text is not a [`Service`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an endpoint service is named by 1 to 64 of a-z, 0-9, hyphens and dots")]
pub struct ServiceError;

/// What is known of a service beside ECR and S3.
struct Known {
    name: &'static str,
    /// Host names begin with this, before the region; `None` where AWS documents none.
    host: Option<&'static str>,
    /// What tasks ask of it; empty where AWS documents no short list.
    grants: &'static [Grant],
    /// Whether the service name begins like ECR's in China, and not with `com.amazonaws`.
    as_ecr_in_china: bool,
}

/// Actions and the resources they are asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The actions, as policies name them: `logs:PutLogEvents`.
    pub actions: &'static [&'static str],
    /// The resources that the actions are asked of.
    pub scope: Scope,
}

/// The resources of a [`Grant`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those of the account and the region that the stack is in, in the ARNs of this service.
    Account(&'static str),
    /// IAM roles of any account: assuming one elsewhere is what the action is for.
    Roles,
    /// The actions know no resources.
    Any,
}

const fn known(name: &'static str, host: &'static str, grants: &'static [Grant]) -> Known {
    Known { name, host: Some(host), grants, as_ecr_in_china: false }
}

/// Services with a known host or a known set of actions. Others can be named too; they get no
/// narrowed policy. `as_ecr_in_china` is the CDK's table (`vpc-endpoint.ts`).
///
/// Hosts are those of botocore's endpoint data, except `ssmmessages`, which the API reference of
/// Systems Manager has (`StartSession`, `StreamUrl`), and `guardduty-data`, which GuardDuty's guide
/// has in its events of CloudTrail. An agent of ECS is told by ECS which host to ask, so those of
/// `ecs-agent` and `ecs-telemetry` are documented nowhere.
///
/// Order: by name.
const KNOWN: &[Known] = &[
    known("ecs", "ecs", &[]),
    Known { name: "ecs-agent", host: None, grants: &[], as_ecr_in_china: false },
    Known { name: "ecs-telemetry", host: None, grants: &[], as_ecr_in_china: false },
    Known { as_ecr_in_china: true, ..known("elasticfilesystem", "elasticfilesystem", &[]) },
    known(
        "events",
        "events",
        &[Grant { actions: &["events:PutEvents"], scope: Scope::Account("events") }],
    ),
    known("guardduty-data", "guardduty-data", &[]),
    known(
        "kinesis-firehose",
        "firehose",
        &[Grant {
            actions: &["firehose:PutRecord", "firehose:PutRecordBatch"],
            scope: Scope::Account("firehose"),
        }],
    ),
    Known {
        as_ecr_in_china: true,
        ..known(
            "kinesis-streams",
            "kinesis",
            &[Grant {
                actions: &["kinesis:PutRecord", "kinesis:PutRecords"],
                scope: Scope::Account("kinesis"),
            }],
        )
    },
    known(
        "kms",
        "kms",
        &[Grant { actions: &["kms:Decrypt", "kms:GenerateDataKey"], scope: Scope::Account("kms") }],
    ),
    known(
        "logs",
        "logs",
        &[
            Grant {
                actions: &[
                    "logs:CreateLogGroup",
                    "logs:CreateLogStream",
                    "logs:DescribeLogStreams",
                    "logs:PutLogEvents",
                ],
                scope: Scope::Account("logs"),
            },
            Grant { actions: &["logs:DescribeLogGroups"], scope: Scope::Any },
        ],
    ),
    Known {
        as_ecr_in_china: true,
        ..known(
            "monitoring",
            "monitoring",
            &[Grant { actions: &["cloudwatch:PutMetricData"], scope: Scope::Any }],
        )
    },
    known(
        "secretsmanager",
        "secretsmanager",
        &[Grant {
            actions: &["secretsmanager:GetSecretValue"],
            scope: Scope::Account("secretsmanager"),
        }],
    ),
    known("sns", "sns", &[Grant { actions: &["sns:Publish"], scope: Scope::Account("sns") }]),
    Known {
        as_ecr_in_china: true,
        ..known(
            "sqs",
            "sqs",
            &[Grant {
                actions: &[
                    "sqs:ChangeMessageVisibility",
                    "sqs:DeleteMessage",
                    "sqs:GetQueueAttributes",
                    "sqs:GetQueueUrl",
                    "sqs:ReceiveMessage",
                    "sqs:SendMessage",
                ],
                scope: Scope::Account("sqs"),
            }],
        )
    },
    known(
        "ssm",
        "ssm",
        &[Grant {
            actions: &["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"],
            scope: Scope::Account("ssm"),
        }],
    ),
    known(
        "ssmmessages",
        "ssmmessages",
        &[Grant {
            actions: &[
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            scope: Scope::Any,
        }],
    ),
    Known {
        as_ecr_in_china: true,
        ..known(
            "sts",
            "sts",
            &[
                Grant {
                    actions: &["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"],
                    scope: Scope::Roles,
                },
                Grant { actions: &["sts:GetCallerIdentity"], scope: Scope::Any },
            ],
        )
    },
    Known {
        as_ecr_in_china: true,
        ..known(
            "xray",
            "xray",
            &[Grant {
                actions: &[
                    "xray:GetSamplingRules",
                    "xray:GetSamplingStatisticSummaries",
                    "xray:GetSamplingTargets",
                    "xray:PutTelemetryRecords",
                    "xray:PutTraceSegments",
                ],
                scope: Scope::Any,
            }],
        )
    },
];

/// The endpoint services of AWS, by the end of their names, one a line and sorted: those of the CDK's
/// table (`vpc-endpoint.ts`) whose names begin with `com.amazonaws.REGION`, or as ECR's do. `tests/it`
/// compares it with the CDK.
const LISTED: &str = include_str!("endpoint-services.txt");

/// Names that no endpoint service has, and the service that is meant.
pub(crate) const MEANT: &[(&str, &str)] = &[
    ("api", "ecr.api"),
    ("api.ecr", "ecr.api"),
    ("cloudwatch", "monitoring"),
    ("cloudwatch-logs", "logs"),
    ("cloudwatch.logs", "logs"),
    ("dkr", "ecr.dkr"),
    ("dkr.ecr", "ecr.dkr"),
    ("docker", "ecr.dkr"),
    ("ecr", "ecr.api"),
    ("ecr.docker", "ecr.dkr"),
    ("efs", "elasticfilesystem"),
    ("firehose", "kinesis-firehose"),
    ("kinesis", "kinesis-streams"),
    ("parameter-store", "ssm"),
    ("secretmanager", "secretsmanager"),
    ("secrets", "secretsmanager"),
];

impl Service {
    /// The names of ECS's own three, which Fargate uses in some regions, and then all or none:
    /// [`Region::ecs_endpoints`].
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html>
    pub const OF_ECS: &[&str] = &["ecs", "ecs-agent", "ecs-telemetry"];

    /// ECR's API: registry authentication.
    pub fn ecr_api() -> Service {
        Service("ecr.api".to_owned())
    }

    /// ECR's registries: manifests.
    pub fn ecr_dkr() -> Service {
        Service("ecr.dkr".to_owned())
    }

    /// S3, in which ECR keeps image layers.
    pub fn s3() -> Service {
        Service("s3".to_owned())
    }

    /// The end of its endpoint service name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Whether it is one of ECR's two.
    pub fn is_ecr(&self) -> bool {
        matches!(self.name(), "ecr.api" | "ecr.dkr")
    }

    /// The services with a known host or a known set of actions, beside ECR and S3.
    pub fn known() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|known| known.name)
    }

    /// Whether it is one of AWS's that are known here, or the one for FIPS of it. AWS adds services, and
    /// some have names that begin otherwise: one that is not listed may well be there.
    pub fn is_listed(&self) -> bool {
        let plain = self.name().strip_suffix("-fips").unwrap_or(self.name());
        LISTED.lines().any(|listed| listed == plain || listed == self.name())
    }

    /// The name of the listed service that a name is most like, if it is near enough to be meant.
    pub fn nearest(name: &str) -> Option<&'static str> {
        let meant = MEANT.iter().find(|(wrong, _)| *wrong == name).map(|(_, right)| *right);
        meant.or_else(|| nearest(name, LISTED.lines()))
    }

    fn entry(&self) -> Option<&'static Known> {
        KNOWN.iter().find(|known| known.name == self.name())
    }

    /// The whole name of its endpoint service.
    ///
    /// `region` may be a placeholder such as `${AWS::Region}`.
    pub fn endpoint_service_name(&self, partition: Partition, region: &str) -> String {
        let as_ecr = self.is_ecr()
            || (partition == Partition::AwsCn
                && self.entry().is_some_and(|known| known.as_ecr_in_china));
        let prefix = if as_ecr { partition.ecr_service_prefix() } else { "com.amazonaws" };
        format!("{prefix}.{region}.{}", self.name())
    }

    /// What its hosts have before the region, without accounts and buckets; `None` where AWS
    /// documents none.
    pub fn host_label(&self) -> Option<&'static str> {
        match self.name() {
            "ecr.api" => Some("api.ecr"),
            "ecr.dkr" => Some("dkr.ecr"),
            "s3" => Some("s3"),
            _ => self.entry().and_then(|known| known.host),
        }
    }

    /// The public hosts of the service in a region, except ECR's, which depend on accounts; none
    /// where none is known.
    pub fn hosts(&self, region: &Region) -> Vec<String> {
        let suffix = region.partition.dns_suffix();
        match self.entry().and_then(|known| known.host) {
            Some(host) => vec![format!("{host}.{}.{suffix}", region.name)],
            None => Vec::new(),
        }
    }

    /// Whether its endpoint service name is known in the partition; ECR's is in all of them.
    pub fn endpoint_service_name_is_confirmed(&self, partition: Partition) -> bool {
        match (partition, self.name()) {
            (_, "s3") => partition.s3_service_is_confirmed(),
            _ if self.is_ecr() => true,
            // Many services begin with `cn.` there, and the list of them is not complete.
            (Partition::AwsCn, _) => self.entry().is_some(),
            (Partition::AwsEusc, "execute-api" | "securityhub") => false,
            _ => !partition.is_isolated(),
        }
    }

    /// What tasks ask of it; empty where no narrowed list is known.
    pub fn grants(&self) -> &'static [Grant] {
        self.entry().map_or(&[], |known| known.grants)
    }

    /// Its name in CamelCase, for logical ids: `EcrApi`, `Secretsmanager`.
    pub fn logical_name(&self) -> String {
        self.name()
            .split(['.', '-'])
            .map(|word| {
                let mut letters = word.chars();
                letters
                    .next()
                    .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
            })
            .collect()
    }
}

impl FromStr for Service {
    type Err = ServiceError;

    fn from_str(text: &str) -> Result<Service, ServiceError> {
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
        let well_formed = (1..=64).contains(&text.len())
            && text.bytes().all(allowed)
            && text.starts_with(|first: char| first.is_ascii_lowercase());
        if well_formed { Ok(Service(text.to_owned())) } else { Err(ServiceError) }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(service: &str, partition: Partition) -> String {
        service.parse::<Service>().unwrap().endpoint_service_name(partition, "R")
    }

    #[test]
    fn endpoint_service_names_follow_the_partition() {
        assert_eq!(name("ecr.api", Partition::Aws), "com.amazonaws.R.ecr.api");
        assert_eq!(name("ecr.dkr", Partition::AwsUsGov), "com.amazonaws.R.ecr.dkr");
        assert_eq!(name("ecr.dkr", Partition::AwsCn), "cn.com.amazonaws.R.ecr.dkr");
        assert_eq!(name("ecr.api", Partition::AwsEusc), "eu.amazonaws.R.ecr.api");
        assert_eq!(name("ecr.api", Partition::AwsIsoF), "gov.ic.hci.csp.R.ecr.api");
        assert_eq!(name("s3", Partition::AwsCn), "com.amazonaws.R.s3");
        assert_eq!(name("logs", Partition::AwsCn), "com.amazonaws.R.logs");
        assert_eq!(name("sts", Partition::AwsCn), "cn.com.amazonaws.R.sts");
        assert_eq!(name("logs", Partition::AwsEusc), "com.amazonaws.R.logs");
    }

    #[test]
    fn what_is_known_is_listed_and_what_is_not_is_near_to_it() {
        let listed: Vec<&str> = LISTED.lines().collect();
        assert!(listed.is_sorted_by(|one, next| one < next));
        assert!(listed.iter().all(|name| name.parse::<Service>().is_ok()));
        let is_listed = |name: &str| name.parse::<Service>().unwrap().is_listed();
        assert!(Service::known().all(is_listed));
        assert!(["s3", "ecr.api", "kms-fips", "states"].into_iter().all(is_listed));
        assert!(
            !["nonsense", "logs-fip", "-fips"]
                .into_iter()
                .any(|name| name.parse::<Service>().is_ok_and(|service| service.is_listed()))
        );
        for (wrong, right) in MEANT {
            assert!(!listed.contains(wrong) && listed.contains(right), "{wrong}");
            assert_eq!(Service::nearest(wrong), Some(*right));
        }
        assert_eq!(Service::nearest("stats"), Some("states"));
        assert_eq!(Service::nearest("nonsense"), None);
    }

    #[test]
    fn logical_names_are_alphanumeric() {
        let logical = |text: &str| text.parse::<Service>().unwrap().logical_name();
        assert_eq!(logical("ecr.api"), "EcrApi");
        assert_eq!(logical("guardduty-data"), "GuarddutyData");
        for known in KNOWN {
            assert!(logical(known.name).chars().all(|c| c.is_ascii_alphanumeric()));
        }
    }
}
