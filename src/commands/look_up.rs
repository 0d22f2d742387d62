//! Asks the world for what a config needs; for `resolve` and `check --live`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::cli::Live;
use super::given::Given;
use super::{Failure, Process, cache, progress};
use crate::aws::{Region, Service};
use crate::config::{Config, Setting, Stack, StackName};
use crate::diagnostic::{Code, Diagnostic, Source};
use crate::facts::prefix_lists::PrefixList;
use crate::facts::{Answer, IpRanges};
use crate::lock::{Lock, StackFacts, WantedHost, looked_up_services, wanted_hosts};
use crate::sources::aws_cli::{AwsCli, AwsError};
use crate::sources::dns::{self, Asking};
use crate::sources::https::IP_RANGES_URL;

/// Where prefix lists that EC2 was asked for come from.
const EC2: &str = "EC2";

/// What the world said.
pub(super) struct LookedUp {
    /// `None` where nothing needs prefixes.
    pub(super) ip_ranges: Option<IpRanges>,
    pub(super) answers: Vec<Answer>,
    pub(super) prefix_lists: Vec<(PrefixList, String)>,
    pub(super) stacks: BTreeMap<StackName, StackFacts>,
    /// What was not said and can be done without.
    pub(super) notices: Vec<Diagnostic>,
}

/// Asks for everything that the config needs and that was not given; `before` is the lock that
/// serves where EC2 cannot be asked.
///
/// # Errors
/// What could not be asked and cannot be done without.
pub(super) fn look_up(
    config: &Config,
    source: &Arc<Source>,
    live: &Live,
    process: &Process,
    given: &Given,
    before: Option<&Lock>,
) -> Result<LookedUp, Failure> {
    let mut looked_up = LookedUp {
        ip_ranges: None,
        answers: Vec::new(),
        prefix_lists: Vec::new(),
        stacks: BTreeMap::new(),
        notices: Vec::new(),
    };
    let wanted: BTreeSet<WantedHost> = config
        .stacks
        .values()
        .flat_map(|stack| stack.regions.iter().map(move |region| (stack, region.value)))
        .flat_map(|(stack, region)| wanted_hosts(stack, region))
        .map(|(_, host, _)| host)
        .collect();
    let (answered, wanted): (BTreeSet<WantedHost>, BTreeSet<WantedHost>) =
        wanted.into_iter().partition(|host| {
            let serves =
                |answer: &Answer| !answer.addresses.is_empty() && host.is_served_by(&answer.host);
            given.answers.iter().any(serves)
        });
    if !(wanted.is_empty() && answered.is_empty()) {
        let line = progress::line("ip-ranges.json");
        let place = live.ip_ranges.as_deref().unwrap_or(IP_RANGES_URL);
        looked_up.ip_ranges = Some(cache::ip_ranges(place, live.deadline(), process)?);
        line.finish_and_clear();
    }
    if !wanted.is_empty() {
        hosts(&mut looked_up, &wanted, live, process)?;
    }
    let program = live.aws.as_deref().unwrap_or(Path::new("aws"));
    let cli = AwsCli { program, deadline: live.deadline() };
    prefix_lists(&mut looked_up, config, source, &cli, &given.prefix_lists)?;
    for stack in config.stacks.values() {
        endpoint_addresses(&mut looked_up, stack, source, &cli, before)?;
    }
    Ok(looked_up)
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
        rounds: live.rounds.unwrap_or(5),
        spread: live.spread(),
        // The rounds take their time; what comes on top is for answers that do not come.
        deadline: live.spread() + live.deadline(),
        ipv6: live.ipv6,
        today: process.today,
    };
    let line = progress::line("DNS");
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
    let line = progress::line("EC2");
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
    stack: &Stack,
    source: &Arc<Source>,
    cli: &AwsCli<'_>,
    before: Option<&Lock>,
) -> Result<(), Failure> {
    let wanted = looked_up_services(stack);
    if wanted.is_empty() {
        return Ok(());
    }
    let name = &stack.name.value;
    let lacks = |message: String, help: String| {
        Diagnostic::error(Code::LockLacksFact, message)
            .at(source, stack.name.span.clone(), "`task.egress` is `endpoint-addresses`")
            .help(help)
            .help("or write them under `task`: `endpoint-addresses: {ecr.api: [10.0.1.10], …}`")
            .help("or, before the endpoints exist, write `egress: endpoint-security-group`")
    };
    let Setting::Literal(vpc) = &stack.network.vpc else {
        let message =
            format!("the endpoints of `{name}` cannot be looked up: its VPC is not in the config");
        return Err(lacks(message, "write the id under `network`: `vpc: vpc-…`".to_owned()).into());
    };
    let region = stack.regions[0].value;
    let services: Vec<(Service, String)> = wanted
        .iter()
        .map(|service| {
            let given = stack.service_names.get(service).map(|name| name.value.clone());
            let follows = || service.endpoint_service_name(region.partition, region.name);
            (service.clone(), given.unwrap_or_else(follows))
        })
        .collect();
    match cli.endpoint_addresses(region, &vpc.value, &services) {
        Ok(addresses) => {
            let endpoint_addresses = addresses
                .into_iter()
                .map(|(service, addresses)| (service.name().to_owned(), addresses))
                .collect();
            let facts = StackFacts { endpoint_addresses, vpc: vpc.value.clone() };
            looked_up.stacks.insert(name.clone(), facts);
            Ok(())
        }
        Err(error) => {
            let elsewhere = format!("ask where it works: {}", error.command());
            let message = format!("the endpoints of `{name}` were not looked up: {error}");
            let is_known = |service: &Service| {
                before.is_some_and(|lock| lock.endpoint_addresses(stack, service).is_some())
            };
            match error {
                AwsError::NotInstalled { .. }
                | AwsError::NoCredentials { .. }
                | AwsError::Denied { .. }
                    if wanted.iter().all(is_known) =>
                {
                    let notice = Diagnostic::warning(Code::Unanswered, message)
                        .at(source, stack.name.span.clone(), "the lock's addresses serve")
                        .help(elsewhere);
                    looked_up.notices.push(notice);
                    Ok(())
                }
                AwsError::NotInstalled { .. }
                | AwsError::NoCredentials { .. }
                | AwsError::Denied { .. }
                | AwsError::NotFound { .. }
                | AwsError::Ambiguous { .. } => Err(lacks(message, elsewhere).into()),
                _ => Err(Failure::Outside(message)),
            }
        }
    }
}

/// Whether a place is a URL and not a file.
pub(super) fn is_url(place: &str) -> bool {
    place.contains("://")
}
