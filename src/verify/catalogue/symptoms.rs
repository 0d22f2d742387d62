//! Messages of ECS, EC2 and CloudFormation that several findings lead to.
//!
//! `PUBLIC` and `PRIVATE` stand for an address: which of the two it is tells whether the name led
//! past the endpoint, or the endpoint let nobody in.

use crate::verify::Need;

/// What each message is about, where it is not about all of them.
pub(super) const ABOUT: &[(&str, &[Need])] = &[
    (LOGIN_PUBLIC, &[Need::RegistryAuth]),
    (LOGIN_PRIVATE, &[Need::RegistryAuth]),
    (LOGIN, &[Need::RegistryAuth]),
    (LOGIN_DENIED, &[Need::RegistryAuth]),
    (SECRET, &[Need::Secrets]),
    (PARAMETER, &[Need::Parameters]),
    (MANIFEST, &[Need::Manifest]),
    (MANIFEST_PUBLIC, &[Need::Manifest]),
    (MANIFEST_PRIVATE, &[Need::Manifest]),
    (MANIFEST_DENIED, &[Need::Manifest]),
    (REGISTRY_PUBLIC, &[Need::Manifest, Need::OtherRegistry]),
    (LAYERS, &[Need::Layers]),
    (LAYERS_HOST, &[Need::Layers]),
    (LAYERS_DENIED, &[Need::Layers]),
    (NO_ROUTE, &[Need::Manifest, Need::Layers, Need::OtherRegistry]),
    (START_TIMEOUT, &[Need::Logs]),
    (LOGS, &[Need::Logs]),
    (ENV_FILES, &[Need::EnvFiles]),
    (ENV_FILES_DENIED, &[Need::EnvFiles]),
    (EFS, &[Need::Efs]),
    (EXEC, &[Need::Exec]),
];

/// Login: the name of ECR's API led to a public address, and there is no way to it.
pub(super) const LOGIN_PUBLIC: &str = "ResourceInitializationError: unable to pull secrets or \
     registry auth: … Post \"https://api.ecr.R…\": dial tcp PUBLIC:443: i/o timeout";
/// Login: the endpoint's address does not answer.
pub(super) const LOGIN_PRIVATE: &str = "ResourceInitializationError: unable to pull secrets or \
     registry auth: … Post \"https://api.ecr.R…\": dial tcp PRIVATE:443: i/o timeout";
/// Login, as newer agents say it.
pub(super) const LOGIN: &str = "The task cannot pull registry auth from Amazon ECR: There is a \
     connection issue between the task and Amazon ECR. …";
/// Login: ECR was reached and said no.
pub(super) const LOGIN_DENIED: &str = "ResourceInitializationError: unable to pull secrets or \
     registry auth: … AccessDeniedException … GetAuthorizationToken";
/// A secret: Secrets Manager does not answer.
pub(super) const SECRET: &str = "ResourceInitializationError: unable to pull secrets or registry \
     auth: execution resource retrieval failed: … retrieve secret from asm …";
/// A parameter: Systems Manager does not answer.
pub(super) const PARAMETER: &str = "ResourceInitializationError: unable to pull secrets or \
     registry auth: … fetching secret data from SSM Parameter Store … context deadline exceeded";
/// The manifest: the registry does not answer.
pub(super) const MANIFEST: &str =
    "CannotPullContainerError: … Client.Timeout exceeded while awaiting headers";
/// The manifest: the registry's name led to a public address.
pub(super) const MANIFEST_PUBLIC: &str =
    "CannotPullContainerError: … ACCT.dkr.ecr.R.amazonaws.com … dial tcp PUBLIC:443: i/o timeout";
/// The manifest: the endpoint's address does not answer.
pub(super) const MANIFEST_PRIVATE: &str =
    "CannotPullContainerError: … ACCT.dkr.ecr.R.amazonaws.com … dial tcp PRIVATE:443: i/o timeout";
/// The manifest: the registry was reached and said no.
pub(super) const MANIFEST_DENIED: &str = "CannotPullContainerError: … failed to resolve ref … \
     pulling from host ACCT.dkr.ecr.R.amazonaws.com … 403 Forbidden";
/// Another registry, or another name of ECR's, that there is no way to.
pub(super) const REGISTRY_PUBLIC: &str =
    "CannotPullContainerError: … dial tcp PUBLIC:443: i/o timeout";
/// Layers: S3 does not answer.
pub(super) const LAYERS: &str = "CannotPullContainerError: ref pull has been retried 5 time(s): \
     failed to copy: httpReadSeeker: failed open: … i/o timeout";
/// Layers: the bucket that S3 did not answer for.
pub(super) const LAYERS_HOST: &str = "CannotPullContainerError: … httpReadSeeker: failed open: … \
     prod-R-starport-layer-bucket.s3.R.amazonaws.com … dial tcp PUBLIC:443: i/o timeout";
/// Layers: S3 was reached and said no.
pub(super) const LAYERS_DENIED: &str =
    "CannotPullContainerError: … httpReadSeeker … unexpected status code … 403 Forbidden";
/// There is no route at all.
pub(super) const NO_ROUTE: &str = "CannotPullContainerError: … context canceled";
/// The task did not start in time.
pub(super) const START_TIMEOUT: &str =
    "DockerTimeoutError: Could not transition to started; timed out after waiting 3m0s";
/// Logs: CloudWatch Logs does not answer.
pub(super) const LOGS: &str = "failed to validate logger args: create stream has been retried … \
     connection issue between the task and Amazon CloudWatch";
/// Environment files: S3 does not answer.
pub(super) const ENV_FILES: &str = "failed to download env files: file download command: non \
     empty error stream: RequestCanceled …";
/// Environment files: S3 was reached and said no.
pub(super) const ENV_FILES_DENIED: &str = "failed to download env files: … AccessDenied …";
/// File systems.
pub(super) const EFS: &str = "failed to invoke EFS utils commands … Failed to resolve \"fs-…\"";
/// `execute-command`.
pub(super) const EXEC: &str = "TargetNotConnectedException … execute command failed";
/// Deployment: the names of an endpoint are taken.
pub(super) const CONFLICTING_DOMAIN: &str = "private-dns-enabled cannot be set because there is \
     already a conflicting DNS domain for api.ecr.R.amazonaws.com";
/// Deployment: DNS attributes of the VPC.
pub(super) const BOTH_ATTRIBUTES: &str = "Enabling private DNS requires both enableDnsSupport and \
     enableDnsHostnames VPC attributes set to true";
/// Deployment: the name of a service.
pub(super) const NO_SUCH_SERVICE: &str =
    "The Vpc Endpoint Service 'com.amazonaws.R.ecr-dkr' does not exist";
