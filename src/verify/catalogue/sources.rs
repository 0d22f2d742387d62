//! Pages of AWS's documentation.

pub(super) const ECR_ENDPOINTS: &str =
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html";
pub(super) const ECR_HOSTS: &str = "https://docs.aws.amazon.com/general/latest/gr/ecr.html";
pub(super) const PULL_THROUGH_CACHE: &str =
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html";

pub(super) const ECS_ENDPOINTS: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html";
pub(super) const CANNOT_PULL: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html";
pub(super) const CANNOT_INITIALIZE: &str = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html";
pub(super) const PLATFORM_VERSIONS: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-linux-fargate.html";
pub(super) const PLATFORM_MIGRATION: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-version-migration.html";
pub(super) const TASK_NETWORKING: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html";
pub(super) const EXECUTION_ROLE: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html";
pub(super) const TASK_ROLE: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html";
pub(super) const ENVIRONMENT_FILES: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html";
pub(super) const AWSLOGS: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html";
pub(super) const ECS_EXEC: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html";
pub(super) const START_TIMEOUT: &str =
    "https://repost.aws/knowledge-center/ecs-fargate-docker-timeout-error";

pub(super) const ENDPOINT_RESOURCE: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpcendpoint.html";
pub(super) const GROUP_RESOURCE: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html";
pub(super) const EGRESS_RESOURCE: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroupegress.html";
pub(super) const EGRESS_PROPERTY: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ec2-securitygroup-egress.html";
pub(super) const DEPENDS_ON: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html";

pub(super) const INTERFACE_ENDPOINTS: &str =
    "https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html";
pub(super) const PRIVATELINK: &str =
    "https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html";
pub(super) const GATEWAY_ENDPOINTS: &str =
    "https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html";
pub(super) const S3_GATEWAY: &str =
    "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html";
pub(super) const ENDPOINT_POLICIES: &str =
    "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html";

pub(super) const VPC_DNS: &str = "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html";
pub(super) const DHCP_OPTIONS: &str =
    "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_DHCP_Options.html";
pub(super) const PRIVATE_ZONES: &str =
    "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zones-private.html";
pub(super) const GROUP_RULES: &str =
    "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html";
pub(super) const DEFAULT_GROUP: &str =
    "https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html";
pub(super) const CONNECTION_TRACKING: &str =
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html";
pub(super) const PREFIX_LISTS: &str =
    "https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html";
pub(super) const QUOTAS: &str =
    "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html";
pub(super) const NETWORK_ACLS: &str =
    "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html";
pub(super) const ROUTE_TABLES: &str =
    "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html";
pub(super) const EFS_NETWORK: &str =
    "https://docs.aws.amazon.com/efs/latest/ug/network-access.html";
