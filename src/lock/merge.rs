//! From what a config needs and what was answered to a lock.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;

use super::{
    HostFacts, Lock, PrefixFacts, PrefixListFacts, RegionFacts, ServiceFacts, Sighting, StackFacts,
    WantedHost,
};
use crate::aws::{Region, Service};
use crate::config::{Config, EndpointEgress, Stack, TaskEgress};
use crate::diagnostic::{Code, Diagnostic, Source};
use crate::facts::{Answer, IpRanges, built_in, prefix_lists::PrefixList};

/// After how many days without a sighting an address is dropped from the lock.
const FORGET_AFTER_DAYS: i32 = 90;

/// Where facts come from.
pub struct Sources<'a> {
    /// The published prefixes.
    pub ip_ranges: &'a IpRanges,
    /// What hosts answered, of any region; those nobody wants are passed over.
    pub answers: &'a [Answer],
    /// Prefix lists that were given, with where they come from.
    pub prefix_lists: &'a [(PrefixList, String)],
}

/// What the stacks of a config need of one region, each need with the place it comes from.
#[derive(Default)]
struct Wants {
    hosts: BTreeMap<Service, BTreeMap<WantedHost, Range<usize>>>,
    s3_prefix_list: Option<Range<usize>>,
}

fn wants(config: &Config) -> BTreeMap<&'static Region, Wants> {
    let mut wants: BTreeMap<&'static Region, Wants> = BTreeMap::new();
    for stack in config.stacks.values() {
        for region in &stack.regions {
            let wanted = wants.entry(region.value).or_default();
            if stack.s3_prefix_list.is_none() {
                wanted.s3_prefix_list.get_or_insert_with(|| region.span.clone());
            }
            for (service, host, span) in wanted_hosts(stack, region.value) {
                wanted.hosts.entry(service).or_default().entry(host).or_insert(span);
            }
        }
    }
    wants
}

/// The hosts whose prefixes a stack opens egress to.
fn wanted_hosts(
    stack: &Stack,
    region: &'static Region,
) -> Vec<(Service, WantedHost, Range<usize>)> {
    if stack.endpoint.egress.value != EndpointEgress::EcrPrefixes {
        return Vec::new();
    }
    let mut wanted = Vec::new();
    for host in WantedHost::of(&Service::ecr_api(), region, &[]) {
        wanted.push((Service::ecr_api(), host, stack.name.span.clone()));
    }
    for account in &stack.registries {
        for host in WantedHost::of(&Service::ecr_dkr(), region, &[&account.value]) {
            wanted.push((Service::ecr_dkr(), host, account.span.clone()));
        }
    }
    for service in &stack.services {
        for host in WantedHost::of(&service.value, region, &[]) {
            wanted.push((service.value.clone(), host, service.span.clone()));
        }
    }
    wanted
}

/// The lock for a config, from what the lock before it holds and what the sources say.
///
/// What no stack needs any more is left out; an unchanged world gives an equal lock.
///
/// # Errors
/// Every fact that is missing or cannot be trusted, at the place in the config that needs it.
pub fn resolve(
    config: &Config,
    source: &Arc<Source>,
    previous: Option<&Lock>,
    sources: &Sources<'_>,
) -> Result<Lock, Vec<Diagnostic>> {
    let mut lock = Lock::default();
    let mut diagnostics = Vec::new();
    let mut missing_hosts = Vec::new();
    for (region, wanted) in wants(config) {
        let before = previous.and_then(|lock| lock.region(region));
        let mut merging = Merging {
            region,
            source,
            sources,
            facts: RegionFacts::default(),
            diagnostics: &mut diagnostics,
            missing_hosts: &mut missing_hosts,
        };
        merging.hosts(&wanted, before);
        if let Some(span) = wanted.s3_prefix_list {
            merging.s3_prefix_list(before, span);
        }
        let facts = merging.facts;
        lock.partitions.entry(region.partition).or_default().insert(region.name.to_owned(), facts);
    }
    for stack in config.stacks.values() {
        let looked_up = stack.task_egress == TaskEgress::EndpointAddresses(None);
        let before = previous.and_then(|lock| lock.stacks.get(&stack.name.value));
        if let (true, Some(before)) = (looked_up, before) {
            lock.stacks.insert(stack.name.value.clone(), StackFacts::clone(before));
        }
    }
    diagnostics.extend(missing(&missing_hosts, source));
    if diagnostics.is_empty() { Ok(lock) } else { Err(diagnostics) }
}

/// A host that nobody has seen an address of.
struct MissingHost {
    host: String,
    what: String,
    span: Range<usize>,
}

/// An error for each host, and the way out once, behind the last of them, for all of them.
fn missing(hosts: &[MissingHost], source: &Arc<Source>) -> Vec<Diagnostic> {
    let mut diagnostics: Vec<Diagnostic> = hosts
        .iter()
        .map(|missing| {
            Diagnostic::error(Code::MissingFact, &missing.what)
                .at(source, missing.span.clone(), "needed for `egress: ecr-prefixes`")
                .help("the last error of this kind says how to supply it")
        })
        .collect();
    let names: Vec<&str> = hosts.iter().map(|missing| missing.host.as_str()).collect();
    diagnostics.sort_by_key(|diagnostic| diagnostic.primary.as_ref().map(|at| at.span.start));
    if let Some(last) = diagnostics.last_mut() {
        last.help = vec![
            format!(
                "1. ask outside of the VPC, then read the answers: dig +noall +answer {} > answers.txt; fargate-egress resolve --snapshot --answers answers.txt",
                names.join(" ")
            ),
            "2. or let the endpoints open no connections at all, which a pull does not need: `endpoint: {egress: deny}`".to_owned(),
            "3. or leave their egress open: `endpoint: {egress: open}`".to_owned(),
        ];
    }
    diagnostics
}

struct Merging<'a> {
    region: &'static Region,
    source: &'a Arc<Source>,
    sources: &'a Sources<'a>,
    facts: RegionFacts,
    diagnostics: &'a mut Vec<Diagnostic>,
    missing_hosts: &'a mut Vec<MissingHost>,
}

impl Merging<'_> {
    fn hosts(&mut self, wanted: &Wants, before: Option<&RegionFacts>) {
        let Some(first) = wanted.hosts.values().flat_map(|hosts| hosts.values()).next() else {
            return;
        };
        let publication = self.sources.ip_ranges.publication();
        if let Some(known) = before.and_then(|facts| facts.ip_ranges.as_ref())
            && known.sync_token.parse::<u64>().ok() > publication.sync_token.parse::<u64>().ok()
        {
            self.diagnostics.push(
                Diagnostic::error(
                    Code::OlderIpRanges,
                    format!(
                        "the lock's prefixes of `{}` are of {}, these are older: of {}",
                        self.region, known.create_date, publication.create_date
                    ),
                )
                .at(self.source, first.clone(), "needed here")
                .help("remove the lock if going back is meant"),
            );
            return;
        }
        self.facts.ip_ranges = Some(publication.clone());
        for (service, hosts) in &wanted.hosts {
            for (host, span) in hosts {
                self.host(service, host, span, before);
            }
        }
    }

    fn host(
        &mut self,
        service: &Service,
        wanted: &WantedHost,
        span: &Range<usize>,
        before: Option<&RegionFacts>,
    ) {
        let known = before.and_then(|facts| facts.services.get(service.name()));
        let mut found: BTreeMap<String, HostFacts> = known
            .into_iter()
            .flat_map(|facts| &facts.hosts)
            .filter(|(host, _)| wanted.is_served_by(host))
            .map(|(host, facts)| (host.clone(), facts.clone()))
            .collect();
        for answer in self.sources.answers.iter().filter(|a| wanted.is_served_by(&a.host)) {
            let facts = found
                .entry(answer.host.clone())
                .or_insert_with(|| HostFacts { addresses: BTreeMap::new(), cnames: Vec::new() });
            self.add(facts, answer, span);
        }
        found.retain(|_, facts| !facts.addresses.is_empty());
        // A registry of no known account stands in only for one that nobody has seen.
        if let WantedHost::Registry { host, any, .. } = wanted
            && found.contains_key(host)
        {
            found.remove(any);
        }
        if found.is_empty() {
            let region = self.region;
            let what = match wanted {
                WantedHost::Registry { account, .. } => {
                    format!("no address of account {account}'s registry in `{region}` is known")
                }
                WantedHost::Named(_) => {
                    format!("no address of the `{service}` host in `{region}` is known")
                }
            };
            let host = wanted.to_ask().to_owned();
            self.missing_hosts.push(MissingHost { host, what, span: span.clone() });
            return;
        }
        for facts in found.values_mut() {
            facts.addresses.retain(|address, sighting| self.choose(*address, sighting, span));
        }
        let service = self.facts.services.entry(service.name().to_owned()).or_default();
        service.hosts.extend(found);
    }

    /// Adds an answer to what is known of a host.
    fn add(&mut self, facts: &mut HostFacts, answer: &Answer, span: &Range<usize>) {
        facts.cnames.clone_from(&answer.cnames);
        for address in &answer.addresses {
            if let Some(known) = facts.addresses.get_mut(address) {
                known.seen_by.insert(answer.seen_by.clone());
                let outdated = match (&known.last_seen, &answer.seen) {
                    (Some(old), Some(new)) => old.is_outdated_by(new, FORGET_AFTER_DAYS),
                    (old, new) => old.is_none() && new.is_some(),
                };
                if outdated {
                    known.last_seen.clone_from(&answer.seen);
                }
                if known.first_seen.is_none() {
                    known.first_seen.clone_from(&answer.seen);
                }
            } else if let Some(prefix) = self.covering(*address, span) {
                let sighting = Sighting {
                    first_seen: answer.seen.clone(),
                    last_seen: answer.seen.clone(),
                    prefix,
                    seen_by: BTreeSet::from([answer.seen_by.clone()]),
                };
                facts.addresses.insert(*address, sighting);
            }
        }
    }

    /// Chooses the prefix of an address and notes what is published about it; false if there is
    /// none, which has been recorded then.
    fn choose(&mut self, address: IpAddr, sighting: &mut Sighting, span: &Range<usize>) -> bool {
        let Some(prefix) = self.covering(address, span) else { return false };
        sighting.prefix = prefix;
        let entries = self.sources.ip_ranges.longest_amazon_match(address, self.region.name);
        let own = entries.iter().find(|e| e.service == "AMAZON" && e.region == self.region.name);
        let facts = PrefixFacts {
            border_group: own.map_or(self.region.name, |entry| entry.border_group).to_owned(),
            services: entries.iter().map(|entry| entry.service.to_owned()).collect(),
        };
        self.facts.prefixes.insert(prefix, facts);
        true
    }

    fn covering(&mut self, address: IpAddr, span: &Range<usize>) -> Option<crate::prefix::Prefix> {
        let entries = self.sources.ip_ranges.longest_amazon_match(address, self.region.name);
        if let Some(entry) = entries.first() {
            return Some(entry.prefix);
        }
        let diagnostic = Diagnostic::error(
            Code::UncoveredAddress,
            format!("no AMAZON prefix of `{}` covers {address}", self.region),
        )
        .at(self.source, span.clone(), "a host of this answered with it");
        self.diagnostics.push(if is_private(address) {
            diagnostic
                .help("it is a private address: the resolver is in a VPC whose endpoints have private DNS")
                .help("ask a resolver outside of that VPC")
        } else {
            diagnostic.help("do not trust the resolver that answered, or give a newer ip-ranges.json")
        });
        None
    }

    fn s3_prefix_list(&mut self, before: Option<&RegionFacts>, span: Range<usize>) {
        let name = self.region.s3_prefix_list_name();
        let given = self
            .sources
            .prefix_lists
            .iter()
            .find(|(list, _)| list.name == name)
            .map(|(list, source)| (list.id.clone(), source.clone()));
        let known = before.and_then(RegionFacts::s3_prefix_list);
        let built_in = || built_in::s3_prefix_list(self.region);
        let found = given
            .or_else(|| known.map(|list| (list.id.clone(), list.source.clone())))
            .or_else(|| built_in().map(|id| (id, built_in::SOURCE.to_owned())));
        let Some((id, source)) = found else {
            let command = format!(
                "aws ec2 describe-managed-prefix-lists --region {} --filters Name=prefix-list-name,Values={name}",
                self.region
            );
            self.diagnostics.push(
                Diagnostic::error(
                    Code::MissingFact,
                    format!("the id of S3's prefix list in `{}` is not known", self.region),
                )
                .at(self.source, span, "needed for the tasks' egress to S3")
                .help(format!("1. pipe it in: {command} | fargate-egress resolve --snapshot --prefix-lists -"))
                .help("2. or give a file with what that command prints: fargate-egress resolve --snapshot --prefix-lists FILE")
                .help("3. or write the id it prints into the stack: `s3-prefix-list: pl-…`"),
            );
            return;
        };
        let service = self.facts.services.entry(Service::s3().name().to_owned());
        *service.or_default() = ServiceFacts {
            hosts: BTreeMap::new(),
            prefix_list: Some(PrefixListFacts { id, name, source }),
        };
    }
}

/// RFC 1918, RFC 6598, loopback and link-local addresses, and unique local ones (RFC 4193).
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || (address.octets()[0] == 100 && address.octets()[1] & 0xc0 == 64)
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}
