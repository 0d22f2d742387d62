//! What the stacks of a config need to know of the world.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Lock, RegionFacts};
use crate::aws::{AccountId, Region, Service};
use crate::config::{Config, EndpointEgress, Stack, TaskEgress};

/// A host that has to be known before egress can be narrowed to its prefixes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum WantedHost {
    /// Any of these; the first is the one to ask.
    Named(Vec<String>),
    /// The registry of an account; a registry of no known account will do, because the registries
    /// of a region share their addresses.
    Registry {
        /// The account.
        account: AccountId,
        /// Its host.
        host: String,
        /// The host of no known account.
        any: String,
    },
}

impl WantedHost {
    /// The hosts of a service that a stack with these registries needs in a region; empty where
    /// AWS documents none.
    pub fn of(service: &Service, region: &Region, registries: &[&AccountId]) -> Vec<WantedHost> {
        match service.name() {
            "ecr.api" => {
                vec![WantedHost::Named(vec![region.ecr_api_host(), region.ecr_public_host()])]
            }
            "ecr.dkr" => registries
                .iter()
                .map(|account| WantedHost::Registry {
                    account: (*account).clone(),
                    host: region.registry_host(account),
                    any: region.registry_host("*"),
                })
                .collect(),
            _ => {
                let hosts = service.hosts(region);
                if hosts.is_empty() { Vec::new() } else { vec![WantedHost::Named(hosts)] }
            }
        }
    }

    /// The host to ask for it.
    pub fn to_ask(&self) -> &str {
        match self {
            WantedHost::Named(hosts) => &hosts[0],
            WantedHost::Registry { host, .. } => host,
        }
    }

    /// The hosts whose answers serve for it, those that are preferred first.
    pub fn names(&self) -> Vec<&str> {
        match self {
            WantedHost::Named(hosts) => hosts.iter().map(String::as_str).collect(),
            WantedHost::Registry { host, any, .. } => vec![host, any],
        }
    }

    /// Whether what `host` answered serves for it.
    pub fn is_served_by(&self, host: &str) -> bool {
        self.names().contains(&host)
    }
}

/// What the stacks of a config need of one region, each need with the place it comes from.
#[derive(Default)]
pub(super) struct Wants {
    pub(super) hosts: BTreeMap<Service, BTreeMap<WantedHost, Range<usize>>>,
    pub(super) s3_prefix_list: Option<Range<usize>>,
}

impl Wants {
    /// A place that needs prefixes; `None` if none does.
    pub(super) fn prefixes(&self) -> Option<&Range<usize>> {
        self.hosts.values().flat_map(BTreeMap::values).next()
    }

    fn wants_host(&self, service: &str, host: &str) -> bool {
        let hosts = self.hosts.iter().find(|(known, _)| known.name() == service);
        hosts.is_some_and(|(_, hosts)| hosts.keys().any(|wanted| wanted.is_served_by(host)))
    }
}

/// By region, what is needed of it.
pub(super) fn wants(config: &Config) -> BTreeMap<&'static Region, Wants> {
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

/// The hosts whose prefixes a stack opens egress to, with the places that name them.
pub fn wanted_hosts(
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

/// What a lock holds that no stack of the config asks for, in words, in the order of the lock.
pub fn unused(config: &Config, lock: &Lock) -> Vec<String> {
    let wants = wants(config);
    let mut unused = Vec::new();
    for (name, facts) in lock.partitions.values().flatten() {
        let wanted = Region::named(name).and_then(|region| wants.get(region));
        match wanted {
            Some(wanted) => unused.extend(unused_of_region(name, facts, wanted)),
            None => unused.push(format!("region `{name}`")),
        }
    }
    for (name, facts) in &lock.stacks {
        let services = config.stacks.get(name).map(looked_up_services).unwrap_or_default();
        for service in facts.endpoint_addresses.keys() {
            if !services.iter().any(|wanted| wanted.name() == service) {
                unused.push(format!("the addresses of the `{service}` endpoint of `{name}`"));
            }
        }
    }
    unused
}

/// The services whose endpoints' addresses a stack needs looked up.
pub fn looked_up_services(stack: &Stack) -> Vec<Service> {
    if stack.task_egress != TaskEgress::EndpointAddresses(None) {
        return Vec::new();
    }
    let extra = stack.services.iter().map(|service| service.value.clone());
    [Service::ecr_api(), Service::ecr_dkr()].into_iter().chain(extra).collect()
}

fn unused_of_region(name: &str, facts: &RegionFacts, wanted: &Wants) -> Vec<String> {
    let mut unused = Vec::new();
    for (service, known) in &facts.services {
        for host in known.hosts.keys().filter(|host| !wanted.wants_host(service, host)) {
            unused.push(format!("host `{host}`"));
        }
        if known.prefix_list.is_some() && wanted.s3_prefix_list.is_none() {
            unused.push(format!("the id of the `{service}` prefix list in `{name}`"));
        }
    }
    let hosts = facts.services.values().flat_map(|service| service.hosts.values());
    let chosen: Vec<_> =
        hosts.flat_map(|host| host.addresses.values()).map(|sighting| sighting.prefix).collect();
    for prefix in facts.prefixes.keys().filter(|prefix| !chosen.contains(prefix)) {
        unused.push(format!("prefix {prefix} in `{name}`"));
    }
    if facts.ip_ranges.is_some() && wanted.prefixes().is_none() {
        unused.push(format!("the publication of ip-ranges.json for `{name}`"));
    }
    unused
}
