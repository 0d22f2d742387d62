//! Messages of ECS, EC2 and CloudFormation that findings lead to.
//!
//! `PUBLIC` and `PRIVATE` stand for an address: which of the two it is tells whether the name led
//! past the endpoint, or the endpoint let nobody in.

use crate::verify::Need;

/// A message that is seen when a task does not start, or a stack is not deployed.
#[derive(Debug, Clone, Copy)]
pub struct Message {
    /// It, on one line. `R` stands for a region, `ACCT` for an account, `PUBLIC` and `PRIVATE` for
    /// an address on the internet and one of the VPC, `…` for what was left out.
    pub text: &'static str,
    /// What it says, in a sentence.
    pub meaning: &'static str,
    /// What the task needs and does not get; nothing where it is the deployment that fails.
    pub needs: &'static [Need],
}

const fn message(text: &'static str, needs: &'static [Need], meaning: &'static str) -> Message {
    Message { text, meaning, needs }
}

/// Every message of a page: first those of a task, in the order in which a task starts, then those
/// of a deployment.
pub const MESSAGES: &[Message] = &[
    message(
        ASSUME_ROLE,
        &[Need::RegistryAuth],
        "A role: ECS may not take it on, so the task is not started at all.",
    ),
    message(
        LOGIN_PUBLIC,
        &[Need::RegistryAuth],
        "The login: the name of ECR's API led to a public address, and there is no way to it.",
    ),
    message(
        LOGIN_PRIVATE,
        &[Need::RegistryAuth],
        "The login: the name of ECR's API led to the endpoint, and the endpoint does not answer.",
    ),
    message(
        LOGIN,
        &[Need::RegistryAuth],
        "The login, in the words of newer agents: ECR's API does not answer. Which address was tried is not said.",
    ),
    message(
        LOGIN_NO_HOST,
        &[Need::RegistryAuth],
        "The login: the name server that was asked does not know the name of ECR's API.",
    ),
    message(LOGIN_DENIED, &[Need::RegistryAuth], "The login: ECR's API was reached and said no."),
    message(SECRET, &[Need::Secrets], "A secret: Secrets Manager does not answer."),
    message(SECRET_DENIED, &[Need::Secrets], "A secret: Secrets Manager was reached and said no."),
    message(PARAMETER, &[Need::Parameters], "A parameter: Systems Manager does not answer."),
    message(
        PARAMETER_RETRIED,
        &[Need::Parameters],
        "A parameter, in the words of older agents: Systems Manager does not answer.",
    ),
    message(
        PARAMETER_DENIED,
        &[Need::Parameters],
        "A parameter: Systems Manager was reached and said no.",
    ),
    message(
        MANIFEST,
        &[Need::Manifest],
        "The manifest: the registry does not answer. Which address was tried is not said.",
    ),
    message(
        MANIFEST_PUBLIC,
        &[Need::Manifest],
        "The manifest: the registry's name led to a public address, and there is no way to it.",
    ),
    message(
        MANIFEST_PRIVATE,
        &[Need::Manifest],
        "The manifest: the registry's name led to the endpoint, and the endpoint does not answer.",
    ),
    message(
        MANIFEST_DENIED,
        &[Need::Manifest],
        "The manifest: the registry was reached and said no.",
    ),
    message(
        REGISTRY_PUBLIC,
        &[Need::Manifest, Need::OtherRegistry],
        "The manifest: there is no way to another registry, or to another name of ECR's.",
    ),
    message(
        NO_ROUTE,
        &[Need::Manifest, Need::Layers, Need::OtherRegistry],
        "There is no route at all.",
    ),
    message(LAYERS, &[Need::Layers], "The layers: S3 does not answer."),
    message(
        LAYERS_HOST,
        &[Need::Layers],
        "The layers: the bucket of S3 that ECR keeps them in does not answer. Its address is a public one also where the gateway leads to it.",
    ),
    message(LAYERS_DENIED, &[Need::Layers], "The layers: S3 was reached and said no."),
    message(
        START_TIMEOUT,
        &[Need::Logs],
        "The task did not start in time: something that it waits for does not answer, such as CloudWatch Logs.",
    ),
    message(LOGS, &[Need::Logs], "The logs: CloudWatch Logs does not answer."),
    message(
        LOGS_RETRIED,
        &[Need::Logs],
        "The logs, in the words of older agents: CloudWatch Logs does not answer.",
    ),
    message(ENV_FILES, &[Need::EnvFiles], "Environment files: S3 does not answer."),
    message(ENV_FILES_DENIED, &[Need::EnvFiles], "Environment files: S3 was reached and said no."),
    message(
        EFS,
        &[Need::Efs],
        "A file system: its name does not resolve, or the mount target does not answer.",
    ),
    message(EXEC, &[Need::Exec], "`execute-command`: Session Manager does not answer, or says no."),
    message(CIRCULAR, &[], "Groups name each other, so that none of them can be made first."),
    message(CONFLICTING_DOMAIN, &[], "The names of an endpoint are taken already in this VPC."),
    message(
        BOTH_ATTRIBUTES,
        &[],
        "Amazon's name server, or its names for hosts, are off in the VPC.",
    ),
    message(
        NO_SUCH_SERVICE,
        &[],
        "No endpoint service has this name in the region of the stack: there is a slip in it, or it is the name of another region or partition.",
    ),
    message(ONE_ZONE, &[], "Two subnets of an endpoint are in one Availability Zone."),
    message(ROUTE_TAKEN, &[], "The route table has a gateway endpoint for this service already."),
    message(NO_PREFIX_LIST, &[], "No prefix list has this id in the region of the stack."),
    message(
        DUPLICATE_RULE,
        &[],
        "A group has the same rule twice; descriptions do not tell rules apart.",
    ),
    message(RULES_FULL, &[], "A group has more rules than its quota allows."),
    message(DESCRIPTION, &[], "A rule's description has characters in it that EC2 does not take."),
    message(
        DESCRIPTION_ASCII,
        &[],
        "A group's description has characters in it that EC2 does not take.",
    ),
];

pub(super) const ASSUME_ROLE: &str = "ECS was unable to assume the role 'arn:aws:iam::ACCT:role/…' \
     that was provided for this task. …";
pub(super) const LOGIN_PUBLIC: &str = "ResourceInitializationError: unable to pull secrets or \
     registry auth: … Post \"https://api.ecr.R…\": dial tcp PUBLIC:443: i/o timeout";
pub(super) const LOGIN_PRIVATE: &str = "ResourceInitializationError: unable to pull secrets or \
     registry auth: … Post \"https://api.ecr.R…\": dial tcp PRIVATE:443: i/o timeout";
pub(super) const LOGIN: &str = "The task cannot pull registry auth from Amazon ECR: There is a \
     connection issue between the task and Amazon ECR. …";
pub(super) const LOGIN_NO_HOST: &str = "dial tcp: lookup api.ecr.R.amazonaws.com … no such host";
pub(super) const LOGIN_DENIED: &str = "ResourceInitializationError: unable to pull secrets or \
     registry auth: … AccessDeniedException … GetAuthorizationToken";
pub(super) const SECRET: &str = "ResourceInitializationError: unable to pull secrets or registry \
     auth: execution resource retrieval failed: … retrieve secret from asm …";
pub(super) const SECRET_DENIED: &str = "ResourceInitializationError: unable to pull secrets or \
     registry auth: execution resource retrieval failed: … retrieve secret from asm … \
     AccessDeniedException …";
pub(super) const PARAMETER: &str = "ResourceInitializationError: unable to pull secrets or \
     registry auth: … fetching secret data from SSM Parameter Store … context deadline exceeded";
pub(super) const PARAMETER_RETRIED: &str =
    "unable to retrieve secrets from ssm: … RequestCanceled …";
pub(super) const PARAMETER_DENIED: &str =
    "unable to retrieve secrets from ssm: … AccessDeniedException …";
pub(super) const MANIFEST: &str =
    "CannotPullContainerError: … Client.Timeout exceeded while awaiting headers";
pub(super) const MANIFEST_PUBLIC: &str =
    "CannotPullContainerError: … ACCT.dkr.ecr.R.amazonaws.com … dial tcp PUBLIC:443: i/o timeout";
pub(super) const MANIFEST_PRIVATE: &str =
    "CannotPullContainerError: … ACCT.dkr.ecr.R.amazonaws.com … dial tcp PRIVATE:443: i/o timeout";
pub(super) const MANIFEST_DENIED: &str = "CannotPullContainerError: … failed to resolve ref … \
     pulling from host ACCT.dkr.ecr.R.amazonaws.com … 403 Forbidden";
pub(super) const REGISTRY_PUBLIC: &str =
    "CannotPullContainerError: … dial tcp PUBLIC:443: i/o timeout";
pub(super) const LAYERS: &str = "CannotPullContainerError: ref pull has been retried 5 time(s): \
     failed to copy: httpReadSeeker: failed open: … i/o timeout";
pub(super) const LAYERS_HOST: &str = "CannotPullContainerError: … httpReadSeeker: failed open: … \
     prod-R-starport-layer-bucket.s3.R.amazonaws.com … dial tcp PUBLIC:443: i/o timeout";
pub(super) const LAYERS_DENIED: &str =
    "CannotPullContainerError: … httpReadSeeker … unexpected status code … 403 Forbidden";
pub(super) const NO_ROUTE: &str = "CannotPullContainerError: … context canceled";
pub(super) const START_TIMEOUT: &str =
    "DockerTimeoutError: Could not transition to started; timed out after waiting 3m0s";
pub(super) const LOGS: &str = "failed to validate logger args: create stream has been retried … \
     connection issue between the task and Amazon CloudWatch";
pub(super) const LOGS_RETRIED: &str = "failed to validate logger args: create stream has been \
     retried … failed to create Cloudwatch log stream: … logs.R.amazonaws.com … i/o timeout";
pub(super) const ENV_FILES: &str = "failed to download env files: file download command: non \
     empty error stream: RequestCanceled …";
pub(super) const ENV_FILES_DENIED: &str = "failed to download env files: … AccessDenied …";
pub(super) const EFS: &str = "failed to invoke EFS utils commands … Failed to resolve \"fs-…\"";
pub(super) const EXEC: &str = "TargetNotConnectedException … execute command failed";
pub(super) const CIRCULAR: &str = "Circular dependency between resources: […]";
pub(super) const CONFLICTING_DOMAIN: &str = "private-dns-enabled cannot be set because there is \
     already a conflicting DNS domain for …";
pub(super) const BOTH_ATTRIBUTES: &str = "Enabling private DNS requires both enableDnsSupport and \
     enableDnsHostnames VPC attributes set to true";
pub(super) const NO_SUCH_SERVICE: &str = "The Vpc Endpoint Service '…' does not exist";
pub(super) const ONE_ZONE: &str = "DuplicateSubnetsInSameZone";
pub(super) const ROUTE_TAKEN: &str =
    "route table rtb-… already has a route with destination-prefix-list-id pl-…";
pub(super) const NO_PREFIX_LIST: &str = "The prefix list ID 'pl-…' does not exist";
pub(super) const DUPLICATE_RULE: &str = "InvalidPermission.Duplicate";
pub(super) const RULES_FULL: &str = "RulesPerSecurityGroupLimitExceeded";
pub(super) const DESCRIPTION: &str = "Invalid rule description. Valid descriptions are \
     strings less than 256 characters from the following set…";
pub(super) const DESCRIPTION_ASCII: &str = "Character sets beyond ASCII are not supported";
