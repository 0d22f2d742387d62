//! Asks the world for what a config needs; for `resolve` and `check --live`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};

use super::cli::Live;
use super::{Failure, Process, cache};
use crate::aws::{Region, Service};
use crate::config::{Config, Setting, Stack, StackName, TaskEgress};
use crate::diagnostic::{Code, Diagnostic, Source};
use crate::facts::prefix_lists::PrefixList;
use crate::facts::{Answer, IpRanges};
use crate::lock::{WantedHost, wanted_hosts};
use crate::sources::aws_cli::{AwsCli, AwsError};
use crate::sources::dns::{self, Asking};

/// Where prefix lists that EC2 was asked for come from.
const EC2: &str = "EC2";

/// What the world said.
pub(super) struct LookedUp {
    /// `None` where nothing needs prefixes.
    pub(super) ip_ranges: Option<IpRanges>,
    pub(super) answers: Vec<Answer>,
    pub(super) prefix_lists: Vec<(PrefixList, String)>,
    pub(super) endpoint_addresses: BTreeMap<StackName, BTreeMap<Service, BTreeSet<Ipv4Addr>>>,
    /// What was not said and can be done without.
    pub(super) notices: Vec<Diagnostic>,
}

/// Asks for everything that the config needs. `lists` are prefix lists that are known already.
///
/// # Errors
/// What could not be asked and cannot be done without.
pub(super) fn look_up(
    config: &Config,
    source: &Arc<Source>,
    live: &Live,
    process: &Process,
    lists: &[(PrefixList, String)],
) -> Result<LookedUp, Failure> {
    let mut looked_up = LookedUp {
        ip_ranges: None,
        answers: Vec::new(),
        prefix_lists: Vec::new(),
        endpoint_addresses: BTreeMap::new(),
        notices: Vec::new(),
    };
    let wanted: BTreeSet<WantedHost> = config
        .stacks
        .values()
        .flat_map(|stack| stack.regions.iter().map(move |region| (stack, region.value)))
        .flat_map(|(stack, region)| wanted_hosts(stack, region))
        .map(|(_, host, _)| host)
        .collect();
    if !wanted.is_empty() {
        let line = progress("ip-ranges.json");
        looked_up.ip_ranges = Some(cache::ip_ranges(&live.ip_ranges, live.deadline, process)?);
        line.finish_and_clear();
        hosts(&mut looked_up, &wanted, live, process)?;
    }
    let cli = AwsCli { program: &live.aws, deadline: live.deadline };
    prefix_lists(&mut looked_up, config, source, &cli, lists)?;
    endpoint_addresses(&mut looked_up, config, source, &cli)?;
    Ok(looked_up)
}

/// A line that says what is being asked; only on a terminal.
fn progress(what: &str) -> ProgressBar {
    let line = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {pos}/{len}") {
        line.set_style(style);
    }
    line.set_message(what.to_owned());
    line.tick();
    line
}

fn hosts(
    looked_up: &mut LookedUp,
    wanted: &BTreeSet<WantedHost>,
    live: &Live,
    process: &Process,
) -> Result<(), Failure> {
    // A registry of no known account has no name to ask.
    let names = wanted.iter().flat_map(WantedHost::names).filter(|name| !name.starts_with('*'));
    let hosts: Vec<String> =
        names.map(str::to_owned).collect::<BTreeSet<String>>().into_iter().collect();
    let asking = Asking {
        resolvers: &live.resolver,
        rounds: live.rounds,
        spread: live.spread,
        deadline: live.deadline,
        ipv6: live.ipv6,
        today: process.today,
    };
    let line = progress("DNS");
    let asked = dns::ask(&hosts, &asking, &|done, all| {
        line.set_length(all as u64);
        line.set_position(done as u64);
    })
    .map_err(|error| Failure::Outside(error.to_string()))?;
    line.finish_and_clear();
    let is_answered = |wanted: &WantedHost| {
        asked.answers.iter().any(|a| !a.addresses.is_empty() && wanted.is_served_by(&a.host))
    };
    let reasons = |wanted: &WantedHost| -> Vec<String> {
        let failures = asked.failures.iter().filter(|f| wanted.is_served_by(&f.host));
        failures.map(|f| format!("{} at {}: {}", f.host, f.resolver, f.reason)).collect()
    };
    let silent: Vec<String> =
        wanted.iter().filter(|wanted| !is_answered(wanted)).flat_map(reasons).collect();
    if !silent.is_empty() {
        return Err(Failure::Outside(format!("DNS did not answer: {}", silent.join("; "))));
    }
    for failure in wanted.iter().flat_map(reasons).collect::<BTreeSet<String>>() {
        let message = format!("DNS did not answer, and another answer serves: {failure}");
        let notice = Diagnostic::warning(Code::Unanswered, message)
            .help("look at that resolver, or leave it out");
        looked_up.notices.push(notice);
    }
    looked_up.answers = asked.answers;
    Ok(())
}

fn prefix_lists(
    looked_up: &mut LookedUp,
    config: &Config,
    source: &Arc<Source>,
    cli: &AwsCli<'_>,
    known: &[(PrefixList, String)],
) -> Result<(), Failure> {
    let mut wanted: BTreeMap<&'static Region, std::ops::Range<usize>> = BTreeMap::new();
    for stack in config.stacks.values().filter(|stack| stack.s3_prefix_list.is_none()) {
        for region in &stack.regions {
            wanted.entry(region.value).or_insert_with(|| region.span.clone());
        }
    }
    wanted.retain(|region, _| {
        known.iter().all(|(list, _)| list.name != region.s3_prefix_list_name())
    });
    let line = progress("EC2");
    line.set_length(wanted.len() as u64);
    for (region, span) in wanted {
        match cli.s3_prefix_list(region) {
            Ok(list) => looked_up.prefix_lists.push((list, EC2.to_owned())),
            // What is known already serves, where there is something.
            Err(
                error @ (AwsError::NotInstalled { .. }
                | AwsError::NoCredentials { .. }
                | AwsError::Denied { .. }),
            ) => {
                let message =
                    format!("EC2 was not asked for S3's prefix list in `{region}`: {error}");
                let notice = Diagnostic::warning(Code::Unanswered, message)
                    .at(source, span, "needed here")
                    .help(format!(
                        "run it where it works, and give its output with --prefix-lists: {}",
                        error.command()
                    ));
                looked_up.notices.push(notice);
            }
            Err(error) => return Err(Failure::Outside(error.to_string())),
        }
        line.inc(1);
    }
    line.finish_and_clear();
    Ok(())
}

fn endpoint_addresses(
    looked_up: &mut LookedUp,
    config: &Config,
    source: &Arc<Source>,
    cli: &AwsCli<'_>,
) -> Result<(), Failure> {
    let by_address = |stack: &&Stack| stack.task_egress == TaskEgress::EndpointAddresses(None);
    for stack in config.stacks.values().filter(by_address) {
        let Setting::Literal(vpc) = &stack.network.vpc else {
            return Err(Diagnostic::error(
                Code::LockLacksFact,
                format!("the endpoints of `{}` cannot be looked up: its VPC is not in the config", stack.name.value),
            )
            .at(source, stack.name.span.clone(), "`task.egress` is `endpoint-addresses`")
            .help("write the id under `network`: `vpc: vpc-…`, or the addresses under `task.endpoint-addresses`")
            .into());
        };
        let region = stack.regions[0].value;
        let named = |service: Service| {
            let given = stack.service_names.get(&service).map(|name| name.value.clone());
            let name = given
                .unwrap_or_else(|| service.endpoint_service_name(region.partition, region.name));
            (service, name)
        };
        let services: Vec<(Service, String)> = [Service::ecr_api(), Service::ecr_dkr()]
            .into_iter()
            .chain(stack.services.iter().map(|service| service.value.clone()))
            .map(named)
            .collect();
        let addresses = cli
            .endpoint_addresses(region, &vpc.value, &services)
            .map_err(|error| Failure::Outside(error.to_string()))?;
        looked_up.endpoint_addresses.insert(stack.name.value.clone(), addresses);
    }
    Ok(())
}

/// Whether a place is a URL and not a file.
pub(super) fn is_url(place: &str) -> bool {
    place.contains("://")
}
