//! Quotas of EC2 and CloudFormation that a stack can run into.
//!
//! Sources: <https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html> and
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>.

/// Rules of a security group per direction; IPv4 and IPv6 are counted apart.
pub const RULES_PER_GROUP: usize = 60;
/// Security groups of one network interface.
pub const GROUPS_PER_INTERFACE: usize = 5;
/// To what [`GROUPS_PER_INTERFACE`] can be raised.
pub const GROUPS_PER_INTERFACE_AT_MOST: usize = 16;
/// Interface endpoints of one VPC.
pub const INTERFACE_ENDPOINTS_PER_VPC: usize = 50;
/// Characters of an endpoint policy.
pub const ENDPOINT_POLICY_CHARACTERS: usize = 20_480;
/// Bytes of a template that is handed over inline and not by way of S3.
pub const INLINE_TEMPLATE_BYTES: usize = 51_200;
/// Parameters of a template.
pub const PARAMETERS: usize = 200;
/// Characters of a rule's description.
pub const RULE_DESCRIPTION_CHARACTERS: usize = 255;
/// Tags of one resource.
pub const TAGS_PER_RESOURCE: usize = 50;
