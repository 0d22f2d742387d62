//! Regions and the host names and service names that follow from them.

use std::fmt;

use super::Partition;
use crate::diagnostic::nearest;

/// A region of AWS. Only those of [`Region::ALL`] exist, so a `&'static Region` is a valid one.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region {
    /// Its name, such as `ap-northeast-1`.
    pub name: &'static str,
    /// The partition that it is in, from which host and service names follow.
    pub partition: Partition,
    /// What AWS calls it, such as `Asia Pacific (Tokyo)`.
    pub place: &'static str,
}

impl Region {
    /// Every region, sorted by name; from the endpoint data of botocore, 2026-11.
    pub const ALL: &[Region] = &[
        Region { name: "af-south-1", partition: Partition::Aws, place: "Africa (Cape Town)" },
        Region { name: "ap-east-1", partition: Partition::Aws, place: "Asia Pacific (Hong Kong)" },
        Region { name: "ap-east-2", partition: Partition::Aws, place: "Asia Pacific (Taipei)" },
        Region { name: "ap-northeast-1", partition: Partition::Aws, place: "Asia Pacific (Tokyo)" },
        Region { name: "ap-northeast-2", partition: Partition::Aws, place: "Asia Pacific (Seoul)" },
        Region { name: "ap-northeast-3", partition: Partition::Aws, place: "Asia Pacific (Osaka)" },
        Region { name: "ap-south-1", partition: Partition::Aws, place: "Asia Pacific (Mumbai)" },
        Region { name: "ap-south-2", partition: Partition::Aws, place: "Asia Pacific (Hyderabad)" },
        Region {
            name: "ap-southeast-1",
            partition: Partition::Aws,
            place: "Asia Pacific (Singapore)",
        },
        Region {
            name: "ap-southeast-2",
            partition: Partition::Aws,
            place: "Asia Pacific (Sydney)",
        },
        Region {
            name: "ap-southeast-3",
            partition: Partition::Aws,
            place: "Asia Pacific (Jakarta)",
        },
        Region {
            name: "ap-southeast-4",
            partition: Partition::Aws,
            place: "Asia Pacific (Melbourne)",
        },
        Region {
            name: "ap-southeast-5",
            partition: Partition::Aws,
            place: "Asia Pacific (Malaysia)",
        },
        Region {
            name: "ap-southeast-6",
            partition: Partition::Aws,
            place: "Asia Pacific (New Zealand)",
        },
        Region {
            name: "ap-southeast-7",
            partition: Partition::Aws,
            place: "Asia Pacific (Thailand)",
        },
        Region { name: "ca-central-1", partition: Partition::Aws, place: "Canada (Central)" },
        Region { name: "ca-west-1", partition: Partition::Aws, place: "Canada West (Calgary)" },
        Region { name: "cn-north-1", partition: Partition::AwsCn, place: "China (Beijing)" },
        Region { name: "cn-northwest-1", partition: Partition::AwsCn, place: "China (Ningxia)" },
        Region { name: "eu-central-1", partition: Partition::Aws, place: "Europe (Frankfurt)" },
        Region { name: "eu-central-2", partition: Partition::Aws, place: "Europe (Zurich)" },
        Region { name: "eu-isoe-west-1", partition: Partition::AwsIsoE, place: "EU ISOE West" },
        Region { name: "eu-north-1", partition: Partition::Aws, place: "Europe (Stockholm)" },
        Region { name: "eu-south-1", partition: Partition::Aws, place: "Europe (Milan)" },
        Region { name: "eu-south-2", partition: Partition::Aws, place: "Europe (Spain)" },
        Region { name: "eu-west-1", partition: Partition::Aws, place: "Europe (Ireland)" },
        Region { name: "eu-west-2", partition: Partition::Aws, place: "Europe (London)" },
        Region { name: "eu-west-3", partition: Partition::Aws, place: "Europe (Paris)" },
        Region {
            name: "eusc-de-east-1",
            partition: Partition::AwsEusc,
            place: "AWS European Sovereign Cloud (Germany)",
        },
        Region { name: "il-central-1", partition: Partition::Aws, place: "Israel (Tel Aviv)" },
        Region { name: "me-central-1", partition: Partition::Aws, place: "Middle East (UAE)" },
        Region { name: "me-south-1", partition: Partition::Aws, place: "Middle East (Bahrain)" },
        Region { name: "mx-central-1", partition: Partition::Aws, place: "Mexico (Central)" },
        Region { name: "sa-east-1", partition: Partition::Aws, place: "South America (Sao Paulo)" },
        Region { name: "us-east-1", partition: Partition::Aws, place: "US East (N. Virginia)" },
        Region { name: "us-east-2", partition: Partition::Aws, place: "US East (Ohio)" },
        Region {
            name: "us-gov-east-1",
            partition: Partition::AwsUsGov,
            place: "AWS GovCloud (US-East)",
        },
        Region {
            name: "us-gov-west-1",
            partition: Partition::AwsUsGov,
            place: "AWS GovCloud (US-West)",
        },
        Region { name: "us-iso-east-1", partition: Partition::AwsIso, place: "US ISO East" },
        Region { name: "us-iso-west-1", partition: Partition::AwsIso, place: "US ISO WEST" },
        Region {
            name: "us-isob-east-1",
            partition: Partition::AwsIsoB,
            place: "US ISOB East (Ohio)",
        },
        Region { name: "us-isob-west-1", partition: Partition::AwsIsoB, place: "US ISOB West" },
        Region { name: "us-isof-east-1", partition: Partition::AwsIsoF, place: "US ISOF EAST" },
        Region { name: "us-isof-south-1", partition: Partition::AwsIsoF, place: "US ISOF SOUTH" },
        Region { name: "us-west-1", partition: Partition::Aws, place: "US West (N. California)" },
        Region { name: "us-west-2", partition: Partition::Aws, place: "US West (Oregon)" },
    ];

    /// The region of exactly this name; `None` where AWS has none.
    pub fn named(name: &str) -> Option<&'static Region> {
        let index = Region::ALL.binary_search_by_key(&name, |region| region.name).ok()?;
        Some(&Region::ALL[index])
    }

    /// The name of the region that a misspelt one most likely means; `None` where none is near.
    pub fn nearest(name: &str) -> Option<&'static str> {
        nearest(name, Region::ALL.iter().map(|region| region.name))
    }

    /// The host that answers ECR's API; the `ecr.api` endpoint's private DNS name.
    pub fn ecr_api_host(&self) -> String {
        format!("api.ecr.{}.{}", self.name, self.partition.dns_suffix())
    }

    /// The older host of ECR's API, which no endpoint's private DNS covers: it always answers
    /// with public addresses.
    pub fn ecr_public_host(&self) -> String {
        format!("ecr.{}.{}", self.name, self.partition.dns_suffix())
    }

    /// The host of the registry of an account; `*` stands for any account, as in the `ecr.dkr`
    /// endpoint's private DNS name.
    pub fn registry_host(&self, account: impl fmt::Display) -> String {
        format!("{account}.dkr.ecr.{}.{}", self.name, self.partition.dns_suffix())
    }

    /// What AWS says here of ECS's own endpoints, [`Service::OF_ECS`](super::Service::OF_ECS), as a
    /// clause; `None` in regions launched before 2023-12-23, in which Fargate uses none of them.
    ///
    /// AWS names `ca-west-1`. That it is true of `ap-east-2`, `ap-southeast-5`, `ap-southeast-6`,
    /// `ap-southeast-7`, `eusc-de-east-1` and `mx-central-1` follows from when they were launched,
    /// and the clause says no more than that.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html>
    pub fn ecs_endpoints(&self) -> Option<String> {
        if self.name == NAMED_FOR_ECS {
            return Some(format!("in `{self}` Fargate takes all three of them or none"));
        }
        LAUNCHED_SINCE.contains(&self.name).then(|| {
            "AWS says of regions launched since 2023-12-23 that Fargate takes all three of them or none"
                .to_owned()
        })
    }

    /// The name of the AWS-managed prefix list that holds S3's addresses.
    ///
    /// Source: <https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html>
    pub fn s3_prefix_list_name(&self) -> String {
        format!("com.amazonaws.{}.s3", self.name)
    }
}

/// The region that AWS names as its example of those launched since 2023-12-23.
const NAMED_FOR_ECS: &str = "ca-west-1";

/// The others that were launched since, by the dates on which AWS announced them.
const LAUNCHED_SINCE: &[&str] = &[
    "ap-east-2",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "eusc-de-east-1",
    "mx-central-1",
];

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_it_can_be_searched() {
        assert!(Region::ALL.windows(2).all(|pair| pair[0].name < pair[1].name));
        for region in Region::ALL {
            assert_eq!(Region::named(region.name), Some(region));
        }
        assert_eq!(Region::named("ap-northeast-9"), None);
    }

    #[test]
    fn newer_regions_are_regions() {
        let newer: Vec<&str> = Region::ALL
            .iter()
            .filter(|region| region.ecs_endpoints().is_some())
            .map(|region| region.name)
            .collect();
        assert_eq!(newer.len(), LAUNCHED_SINCE.len() + 1);
        assert!(Region::named("us-east-1").unwrap().ecs_endpoints().is_none());
    }

    #[test]
    fn a_misspelt_region_is_recognised() {
        assert_eq!(Region::nearest("ap-norhteast-1"), Some("ap-northeast-1"));
        assert_eq!(Region::nearest("us-esat-1"), Some("us-east-1"));
        assert_eq!(Region::nearest("tokyo"), None);
    }

    #[test]
    fn host_names_follow_the_partition() {
        let tokyo = Region::named("ap-northeast-1").unwrap();
        assert_eq!(tokyo.ecr_api_host(), "api.ecr.ap-northeast-1.amazonaws.com");
        assert_eq!(tokyo.ecr_public_host(), "ecr.ap-northeast-1.amazonaws.com");
        assert_eq!(tokyo.registry_host("*"), "*.dkr.ecr.ap-northeast-1.amazonaws.com");
        let beijing = Region::named("cn-north-1").unwrap();
        assert_eq!(beijing.ecr_api_host(), "api.ecr.cn-north-1.amazonaws.com.cn");
    }
}
