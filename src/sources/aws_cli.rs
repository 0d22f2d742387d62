//! What EC2 says, asked with the AWS CLI that the user deploys with.
//!
//! The CLI finds credentials, profiles, endpoints and proxies by itself, and none of them is read
//! here: it gets the environment of this program, the region, and JSON as its output format.
//! Versions 1 and 2 both work; what differs between them is set through variables that a version
//! ignores when it does not know them. It reads nothing from standard input, so it cannot ask
//! there; a prompt for a one-time password is its own business with the terminal.
//!
//! Whoever runs it needs `ec2:DescribeManagedPrefixLists` or `ec2:DescribePrefixLists` for
//! [`AwsCli::s3_prefix_list`], `ec2:DescribeVpcEndpoints` and `ec2:DescribeNetworkInterfaces` for
//! [`AwsCli::endpoint_addresses`]. None of these knows resources.

mod answers;
mod complaint;
mod endpoints;
mod error;
mod process;

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

pub use error::{AwsCommand, AwsError};

use crate::aws::{Region, Service, VpcId};
use crate::facts::prefix_lists::PrefixList;
use process::Stopped;

/// How the AWS CLI is made to answer in one way, whatever its version and the user's profile. A
/// variable wins over the profile.
///
/// Source: <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html>
const ENVIRONMENT: [(&str, &str); 4] = [
    ("AWS_PAGER", ""),
    ("AWS_CLI_AUTO_PROMPT", "off"),
    ("AWS_CLI_ERROR_FORMAT", "legacy"),
    ("AWS_CLI_OUTPUT_ENCODING", "utf-8"),
];

/// How to run the AWS CLI.
#[derive(Debug, Clone, Copy)]
pub struct AwsCli<'a> {
    /// `aws`, found in `PATH`, or a path to it.
    pub program: &'a Path,
    /// How long one call may take. A method makes at most two; what the CLI retries by itself is
    /// within one.
    pub deadline: Duration,
}

impl AwsCli<'_> {
    /// The id and the name of S3's prefix list of a region.
    ///
    /// By `describe-managed-prefix-lists`, or by the older `describe-prefix-lists` where that one
    /// is not allowed, or not known to the CLI or the region. The answer is filtered here again:
    /// a server that ignores a filter gives every list.
    ///
    /// # Errors
    /// Where neither gives exactly one list of that name with a well-formed id that AWS owns.
    pub fn s3_prefix_list(&self, region: &Region) -> Result<PrefixList, AwsError> {
        s3_prefix_list(&mut |asked| self.ask(asked), region)
    }

    /// The private IPv4 addresses of the interface endpoints of services in a VPC.
    ///
    /// `services` come with the whole names of their endpoint services; only endpoints of exactly
    /// these count, and only ones that are there or about to be. Every service of `services` has
    /// at least one address in the answer.
    ///
    /// # Errors
    /// Where EC2 does not answer, or a service has no such endpoint, several, or one without an
    /// IPv4 address.
    pub fn endpoint_addresses(
        &self,
        region: &Region,
        vpc: &VpcId,
        services: &[(Service, String)],
    ) -> Result<BTreeMap<Service, BTreeSet<Ipv4Addr>>, AwsError> {
        endpoint_addresses(&mut |asked| self.ask(asked), region, vpc, services)
    }

    /// Standard output of a command that ended well.
    fn ask(&self, asked: &AwsCommand) -> Result<Vec<u8>, AwsError> {
        let mut command = Command::new(self.program);
        command.args(asked.arguments()).envs(ENVIRONMENT);
        match process::run(&mut command, self.deadline) {
            Ok(ended) if ended.status.success() => Ok(ended.stdout),
            Ok(ended) => Err(AwsError::of_failure(asked, ended.status.code(), &ended.stderr)),
            Err(Stopped::NotStarted(error)) => {
                Err(AwsError::not_started(asked, self.program, &error))
            }
            Err(Stopped::TimedOut) => {
                Err(AwsError::TimedOut { command: asked.clone(), after: self.deadline })
            }
            Err(Stopped::TooMuch) => Err(AwsError::Output {
                command: asked.clone(),
                problem: format!("more than {} MiB", process::MOST_OUTPUT >> 20),
            }),
        }
    }
}

/// Something that answers like the AWS CLI: what a command prints, or why it does not.
pub type Ask<'a> = &'a mut dyn FnMut(&AwsCommand) -> Result<Vec<u8>, AwsError>;

/// Does what [`AwsCli::s3_prefix_list`] does with answers from anywhere.
///
/// # Errors
/// As there.
pub fn s3_prefix_list(ask: Ask<'_>, region: &Region) -> Result<PrefixList, AwsError> {
    let name = region.s3_prefix_list_name();
    let by_name = format!("Name=prefix-list-name,Values={name}");
    let managed = AwsCommand::new(
        "describe-managed-prefix-lists",
        "DescribeManagedPrefixLists",
        region,
        ["--filters".to_owned(), by_name.clone(), "Name=owner-id,Values=AWS".to_owned()],
    );
    let first = match ask(&managed) {
        Ok(answer) => return answers::prefix_list(&managed, &name, &answer),
        Err(error @ (AwsError::Denied { .. } | AwsError::Unsupported { .. })) => error,
        Err(error) => return Err(error),
    };
    let older = AwsCommand::new(
        "describe-prefix-lists",
        "DescribePrefixLists",
        region,
        ["--filters".to_owned(), by_name],
    );
    match ask(&older) {
        Ok(answer) => answers::prefix_list(&older, &name, &answer),
        Err(AwsError::Denied { .. } | AwsError::Unsupported { .. }) => Err(first),
        Err(error) => Err(error),
    }
}

/// Does what [`AwsCli::endpoint_addresses`] does with answers from anywhere.
///
/// # Errors
/// As there.
pub fn endpoint_addresses(
    ask: Ask<'_>,
    region: &Region,
    vpc: &VpcId,
    services: &[(Service, String)],
) -> Result<BTreeMap<Service, BTreeSet<Ipv4Addr>>, AwsError> {
    if services.is_empty() {
        return Ok(BTreeMap::new());
    }
    let names: BTreeSet<&str> = services.iter().map(|(_, name)| name.as_str()).collect();
    let well_formed = names.iter().copied().filter(|name| endpoints::is_service_name(name));
    let by_name = well_formed.collect::<Vec<_>>().join(",");
    let by_service = AwsCommand::new(
        "describe-vpc-endpoints",
        "DescribeVpcEndpoints",
        region,
        [
            "--filters".to_owned(),
            format!("Name=vpc-id,Values={vpc}"),
            format!("Name=service-name,Values={by_name}"),
        ],
    );
    if let Some(name) = names.iter().find(|name| !endpoints::is_service_name(name)) {
        return Err(endpoints::no_endpoint(&by_service, name, vpc, "no service has such a name"));
    }
    let found = endpoints::endpoints(&by_service, vpc, services, &ask(&by_service)?)?;

    let ids = found.values().flat_map(|endpoint| &endpoint.interfaces).cloned();
    let ids: BTreeSet<String> = ids.collect();
    let interfaces = AwsCommand::new(
        "describe-network-interfaces",
        "DescribeNetworkInterfaces",
        region,
        ["--network-interface-ids".to_owned()].into_iter().chain(ids),
    );
    endpoints::addresses(&interfaces, &found, &ask(&interfaces)?)
}
