//! From the origins of a rule to what the config and the lock say.

use std::net::IpAddr;

use super::place::{ConfigPlace, Places};
use crate::aws::{PrefixListId, Region, Service, VpcId};
use crate::facts::{Publication, Seen, built_in};
use crate::lock::{Evidence, Lock, PrefixListFacts};
use crate::plan::Origin;
use crate::prefix::Prefix;

/// Why something is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A host answered with addresses in a prefix.
    Observed(Pinned),
    /// The config says so, or its default.
    Config(ConfigPlace),
    /// A prefix list's id was looked up.
    PrefixList {
        /// Its id and name, and where the id came from.
        list: PrefixListFacts,
        /// Whose list the same id is known to be in other regions.
        elsewhere: Vec<Owner>,
    },
    /// The address of an endpoint was looked up.
    EndpointAddress {
        /// The service behind the endpoint.
        service: Service,
        /// The VPC in which it was looked up.
        vpc: VpcId,
    },
}

/// Whose prefix list an id is in a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The region in which it is theirs.
    pub region: &'static Region,
    /// `S3` or `DynamoDB`.
    pub service: &'static str,
}

/// A pinned prefix with the evidence for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// The prefix.
    pub prefix: Prefix,
    /// The region that it was pinned for.
    pub region: String,
    /// Every service that ip-ranges.json lists for it, sorted.
    pub services: Vec<String>,
    /// The border group that announces it; `None` where the lock says nothing of the prefix.
    pub border_group: Option<String>,
    /// The publication that says so; `None` where the lock has none of the region.
    pub publication: Option<Publication>,
    /// The addresses in it, sorted.
    pub addresses: Vec<AddressSeen>,
}

/// An address that hosts answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressSeen {
    /// The address.
    pub address: IpAddr,
    /// The hosts, sorted.
    pub hosts: Vec<HostSeen>,
}

/// A host that answered with an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostSeen {
    /// The host.
    pub host: String,
    /// The names it is an alias of, in the order they are followed.
    pub cnames: Vec<String>,
    /// When the answer was first seen; `None` where the source does not say.
    pub first_seen: Option<Seen>,
    /// When it was last seen; `None` where the source does not say.
    pub last_seen: Option<Seen>,
    /// Who answered, sorted: resolvers, files, `built-in`.
    pub seen_by: Vec<String>,
}

/// The reasons that origins are, in their order; evidence for one prefix is one reason.
pub(super) fn reasons(
    origins: &[Origin],
    region: &'static Region,
    lock: &Lock,
    places: &Places<'_>,
) -> Vec<Reason> {
    let evidence = origins.iter().filter_map(|origin| match origin {
        Origin::Observed(evidence) => Some(evidence),
        _ => None,
    });
    let observed = pinned(evidence, region.name, lock).into_iter().map(Reason::Observed);
    let others = origins.iter().filter_map(|origin| match origin {
        Origin::Observed(_) => None,
        Origin::Config { path } => Some(Reason::Config(places.find(path))),
        Origin::PrefixList(list) => Some(Reason::PrefixList {
            list: list.clone(),
            elsewhere: owners(&list.id).into_iter().filter(|o| o.region != region).collect(),
        }),
        Origin::EndpointAddress { service, vpc } => {
            Some(Reason::EndpointAddress { service: service.clone(), vpc: vpc.clone() })
        }
    });
    observed.chain(others).collect()
}

/// The prefixes that evidence was found for, with all of it.
pub(super) fn pinned<'e>(
    evidence: impl IntoIterator<Item = &'e Evidence>,
    region: &str,
    lock: &Lock,
) -> Vec<Pinned> {
    let facts = lock.partitions.values().find_map(|regions| regions.get(region));
    let mut all: Vec<Pinned> = Vec::new();
    for evidence in evidence {
        let at = match all.iter().position(|known| known.prefix == evidence.prefix) {
            Some(at) => at,
            None => {
                let published = facts.and_then(|facts| facts.prefixes.get(&evidence.prefix));
                all.push(Pinned {
                    prefix: evidence.prefix,
                    region: region.to_owned(),
                    services: published
                        .map_or_else(Vec::new, |p| p.services.iter().cloned().collect()),
                    border_group: published.map(|p| p.border_group.clone()),
                    publication: facts.and_then(|facts| facts.ip_ranges.clone()),
                    addresses: Vec::new(),
                });
                all.len() - 1
            }
        };
        let addresses = &mut all[at].addresses;
        let host = HostSeen {
            host: evidence.host.clone(),
            cnames: evidence.cnames.clone(),
            first_seen: evidence.first_seen.clone(),
            last_seen: evidence.last_seen.clone(),
            seen_by: evidence.seen_by.iter().cloned().collect(),
        };
        match addresses.iter_mut().find(|known| known.address == evidence.address) {
            Some(known) => known.hosts.push(host),
            None => addresses.push(AddressSeen { address: evidence.address, hosts: vec![host] }),
        }
    }
    for pinned in &mut all {
        pinned.addresses.sort_by_key(|one| one.address);
        for address in &mut pinned.addresses {
            address.hosts.sort_by(|a, b| a.host.cmp(&b.host));
            address.hosts.dedup();
        }
    }
    all.sort_by_key(|pinned| pinned.prefix);
    all
}

/// Every prefix of the lock with its evidence, by region.
pub(super) fn pinned_of_lock(lock: &Lock) -> Vec<Pinned> {
    let mut all = Vec::new();
    for (region, facts) in lock.partitions.values().flatten() {
        let services = facts.services.keys().filter_map(|name| name.parse::<Service>().ok());
        let evidence: Vec<Evidence> =
            services.flat_map(|service| facts.evidence(&service, |_| true)).collect();
        all.extend(pinned(&evidence, region, lock));
    }
    all
}

/// Whose prefix list an id is known to be, by region.
pub(super) fn owners(id: &PrefixListId) -> Vec<Owner> {
    Region::ALL
        .iter()
        .filter_map(|region| {
            let service = if built_in::is_dynamodb_prefix_list(region, id) {
                "DynamoDB"
            } else if built_in::s3_prefix_list(region).as_ref() == Some(id) {
                "S3"
            } else {
                return None;
            };
            Some(Owner { region, service })
        })
        .collect()
}
