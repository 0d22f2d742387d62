//! The services that tasks reach through endpoints.

use std::fmt;
use std::str::FromStr;

use super::{Partition, Region};

/// A service with an endpoint, by the end of its endpoint service name: `ecr.api`, `logs`.
///
/// Order: as text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Service(String);

/// Why a text is not a [`Service`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an endpoint service is named by 1 to 64 of a-z, 0-9, hyphens and dots")]
pub struct ServiceError;

/// What the endpoint policy of a service has to allow for a task to work.
struct Known {
    name: &'static str,
    /// Host names begin with this, before the region; `None` where they do not follow the form.
    host: Option<&'static str>,
    /// Actions that tasks use; empty where AWS documents no short list.
    actions: &'static [&'static str],
    /// Partitions in which the service name begins like ECR's and not with `com.amazonaws`.
    partition_prefix: &'static [Partition],
}

const CN: &[Partition] = &[Partition::AwsCn];

/// Services with a known set of actions. Others can be named too; they get no narrowed policy.
///
/// `partition_prefix` is the CDK's table (`vpc-endpoint.ts`) as far as it names the service.
const KNOWN: &[Known] = &[
    Known { name: "ecs", host: Some("ecs"), actions: &[], partition_prefix: &[] },
    Known { name: "ecs-agent", host: None, actions: &[], partition_prefix: &[] },
    Known { name: "ecs-telemetry", host: None, actions: &[], partition_prefix: &[] },
    Known {
        name: "elasticfilesystem",
        host: Some("elasticfilesystem"),
        actions: &[],
        partition_prefix: CN,
    },
    Known {
        name: "events",
        host: Some("events"),
        actions: &["events:PutEvents"],
        partition_prefix: &[],
    },
    Known {
        name: "guardduty-data",
        host: Some("guardduty-data"),
        actions: &[],
        partition_prefix: &[],
    },
    Known {
        name: "kinesis-firehose",
        host: Some("firehose"),
        actions: &["firehose:PutRecord", "firehose:PutRecordBatch"],
        partition_prefix: &[],
    },
    Known {
        name: "kinesis-streams",
        host: Some("kinesis"),
        actions: &["kinesis:PutRecord", "kinesis:PutRecords"],
        partition_prefix: CN,
    },
    Known {
        name: "kms",
        host: Some("kms"),
        actions: &["kms:Decrypt", "kms:GenerateDataKey"],
        partition_prefix: &[],
    },
    Known {
        name: "logs",
        host: Some("logs"),
        actions: &[
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:DescribeLogGroups",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
        ],
        partition_prefix: &[],
    },
    Known {
        name: "monitoring",
        host: Some("monitoring"),
        actions: &["cloudwatch:PutMetricData"],
        partition_prefix: CN,
    },
    Known {
        name: "secretsmanager",
        host: Some("secretsmanager"),
        actions: &["secretsmanager:GetSecretValue"],
        partition_prefix: &[],
    },
    Known { name: "sns", host: Some("sns"), actions: &["sns:Publish"], partition_prefix: &[] },
    Known {
        name: "sqs",
        host: Some("sqs"),
        actions: &[
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:GetQueueUrl",
            "sqs:ReceiveMessage",
            "sqs:SendMessage",
        ],
        partition_prefix: CN,
    },
    Known {
        name: "ssm",
        host: Some("ssm"),
        actions: &["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"],
        partition_prefix: &[],
    },
    Known {
        name: "ssmmessages",
        host: Some("ssmmessages"),
        actions: &[
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ],
        partition_prefix: &[],
    },
    Known {
        name: "sts",
        host: Some("sts"),
        actions: &["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:GetCallerIdentity"],
        partition_prefix: CN,
    },
    Known {
        name: "xray",
        host: Some("xray"),
        actions: &[
            "xray:GetSamplingRules",
            "xray:GetSamplingStatisticSummaries",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ],
        partition_prefix: CN,
    },
];

impl Service {
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

    /// The services that have a narrowed policy of their own, beside ECR and S3.
    pub fn known() -> impl Iterator<Item = &'static str> {
        KNOWN.iter().map(|known| known.name)
    }

    fn entry(&self) -> Option<&'static Known> {
        KNOWN.iter().find(|known| known.name == self.name())
    }

    /// The whole name of its endpoint service.
    ///
    /// `region` may be a placeholder such as `${AWS::Region}`.
    pub fn endpoint_service_name(&self, partition: Partition, region: &str) -> String {
        let as_ecr = self.is_ecr()
            || self.entry().is_some_and(|known| known.partition_prefix.contains(&partition));
        let prefix = if as_ecr { partition.ecr_service_prefix() } else { "com.amazonaws" };
        format!("{prefix}.{region}.{}", self.name())
    }

    /// The public hosts of the service in a region, except ECR's, which depend on accounts.
    pub fn hosts(&self, region: &Region) -> Vec<String> {
        let suffix = region.partition.dns_suffix();
        match self.entry().and_then(|known| known.host) {
            Some(host) => vec![format!("{host}.{}.{suffix}", region.name)],
            None => Vec::new(),
        }
    }

    /// Whether its endpoint service name is known in the partition. In the isolated ones only
    /// ECR's are; for S3 see [`Partition::s3_service_is_confirmed`].
    pub fn endpoint_service_name_is_confirmed(&self, partition: Partition) -> bool {
        match self.name() {
            "s3" => partition.s3_service_is_confirmed(),
            _ => self.is_ecr() || !partition.is_isolated(),
        }
    }

    /// The actions that tasks use of it; empty where no narrowed list is known.
    pub fn actions(&self) -> &'static [&'static str] {
        self.entry().map_or(&[], |known| known.actions)
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
    fn logical_names_are_alphanumeric() {
        let logical = |text: &str| text.parse::<Service>().unwrap().logical_name();
        assert_eq!(logical("ecr.api"), "EcrApi");
        assert_eq!(logical("guardduty-data"), "GuarddutyData");
        for known in KNOWN {
            assert!(logical(known.name).chars().all(|c| c.is_ascii_alphanumeric()));
        }
    }
}
