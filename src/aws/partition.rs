//! Partitions: what differs between the separate copies of AWS.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A partition of AWS.
///
/// Names, DNS suffixes and endpoint service prefixes are those of the AWS SDKs' partition data
/// and of the CDK's table of interface endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Partition {
    /// The commercial regions.
    #[serde(rename = "aws")]
    Aws,
    /// China.
    #[serde(rename = "aws-cn")]
    AwsCn,
    /// European Sovereign Cloud.
    #[serde(rename = "aws-eusc")]
    AwsEusc,
    /// The isolated partition C2S.
    #[serde(rename = "aws-iso")]
    AwsIso,
    /// The isolated partition SC2S.
    #[serde(rename = "aws-iso-b")]
    AwsIsoB,
    /// The isolated partition ADC-E.
    #[serde(rename = "aws-iso-e")]
    AwsIsoE,
    /// The isolated partition HCI.
    #[serde(rename = "aws-iso-f")]
    AwsIsoF,
    /// GovCloud (US).
    #[serde(rename = "aws-us-gov")]
    AwsUsGov,
}

impl Partition {
    /// Every partition, in the order of their names.
    pub const ALL: &[Partition] = &[
        Partition::Aws,
        Partition::AwsCn,
        Partition::AwsEusc,
        Partition::AwsIso,
        Partition::AwsIsoB,
        Partition::AwsIsoE,
        Partition::AwsIsoF,
        Partition::AwsUsGov,
    ];

    /// The name in ARNs, as `${AWS::Partition}` has it.
    pub fn name(self) -> &'static str {
        match self {
            Partition::Aws => "aws",
            Partition::AwsCn => "aws-cn",
            Partition::AwsEusc => "aws-eusc",
            Partition::AwsIso => "aws-iso",
            Partition::AwsIsoB => "aws-iso-b",
            Partition::AwsIsoE => "aws-iso-e",
            Partition::AwsIsoF => "aws-iso-f",
            Partition::AwsUsGov => "aws-us-gov",
        }
    }

    /// What host names of its services end with.
    pub fn dns_suffix(self) -> &'static str {
        match self {
            Partition::Aws | Partition::AwsUsGov => "amazonaws.com",
            Partition::AwsCn => "amazonaws.com.cn",
            Partition::AwsEusc => "amazonaws.eu",
            Partition::AwsIso => "c2s.ic.gov",
            Partition::AwsIsoB => "sc2s.sgov.gov",
            Partition::AwsIsoE => "cloud.adc-e.uk",
            Partition::AwsIsoF => "csp.hci.ic.gov",
        }
    }

    /// What the service names of ECR's interface endpoints begin with, before the region.
    pub fn ecr_service_prefix(self) -> &'static str {
        match self {
            Partition::Aws | Partition::AwsUsGov => "com.amazonaws",
            Partition::AwsCn => "cn.com.amazonaws",
            Partition::AwsEusc => "eu.amazonaws",
            Partition::AwsIso => "gov.ic.c2s",
            Partition::AwsIsoB => "gov.sgov.sc2s",
            Partition::AwsIsoE => "uk.adc-e.cloud",
            Partition::AwsIsoF => "gov.ic.hci.csp",
        }
    }

    /// Whether the S3 gateway endpoint is known to be `com.amazonaws.REGION.s3` here.
    pub fn s3_service_is_confirmed(self) -> bool {
        matches!(self, Partition::Aws | Partition::AwsUsGov | Partition::AwsCn)
    }

    /// Whether ECR is known to keep layers in `prod-REGION-starport-layer-bucket` here.
    pub fn layer_bucket_is_confirmed(self) -> bool {
        matches!(self, Partition::Aws | Partition::AwsUsGov)
    }

    /// Whether it is cut off from the others. ip-ranges.json lists no address of such a one.
    pub fn is_isolated(self) -> bool {
        matches!(
            self,
            Partition::AwsIso | Partition::AwsIsoB | Partition::AwsIsoE | Partition::AwsIsoF
        )
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_serialized_name() {
        for partition in Partition::ALL {
            assert_eq!(serde_json::to_value(partition).unwrap(), partition.name());
        }
    }
}
