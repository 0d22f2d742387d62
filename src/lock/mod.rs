//! `egress.lock.json`: everything that was looked up, with where it came from.

mod changes;
mod merge;
mod missing;
mod schema;
mod text;
mod trust;
mod wants;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};

use crate::aws::{Partition, PrefixListId, Region, Service, VpcId};
use crate::config::{Setting, Stack, StackName};
use crate::facts::{Publication, Seen};
use crate::prefix::Prefix;

pub use changes::{Change, ChangeKind, changes};
pub use merge::{Accept, Forget, Resolved, Sources, resolve};
pub use schema::schema;
pub use text::{LockError, MAX_LOCK_BYTES, VERSION, Version, digest, emit, parse, parse_lenient};
pub use trust::trust;
pub use wants::{WantedHost, looked_up_services, unused, wanted_hosts};

/// Everything that was looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// By partition and region. Prefix list ids repeat across regions, so nothing is keyed by one.
    pub partitions: BTreeMap<Partition, BTreeMap<String, RegionFacts>>,
    /// What belongs to one VPC, by stack.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stacks: BTreeMap<StackName, StackFacts>,
    /// The version of the format: the one that is written.
    pub version: Version,
}

/// What was looked up for a region.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RegionFacts {
    /// The publication that the prefixes were chosen from; `None` where none was needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_ranges: Option<Publication>,
    /// The prefixes that were chosen.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub prefixes: BTreeMap<Prefix, PrefixFacts>,
    /// By the end of the endpoint service name.
    pub services: BTreeMap<String, ServiceFacts>,
}

/// What ip-ranges.json says of a prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PrefixFacts {
    /// The border group of its AMAZON entry.
    pub border_group: String,
    /// Every service it is listed for, AMAZON among them.
    pub services: BTreeSet<String>,
}

/// What was looked up for a service of a region.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ServiceFacts {
    /// What hosts answered, by host.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hosts: BTreeMap<String, HostFacts>,
    /// The prefix list of its addresses; only S3 has one here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix_list: Option<PrefixListFacts>,
}

/// What a host answered with, over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostFacts {
    /// Every address seen in an unbroken run.
    pub addresses: BTreeMap<IpAddr, Sighting>,
    /// The names it is an alias of, in the order they are followed, as last seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cnames: Vec<String>,
}

/// When an address was seen, by whom, and the prefix that was chosen for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Sighting {
    /// The first time; absent where the source does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<Seen>,
    /// The last time that was written down; absent where the source does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Seen>,
    /// The longest AMAZON prefix of the region that covers the address.
    pub prefix: Prefix,
    /// Who answered.
    pub seen_by: BTreeSet<String>,
}

/// The id of a prefix list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrefixListFacts {
    /// Its id in this region.
    pub id: PrefixListId,
    /// Its name, `com.amazonaws.REGION.s3`.
    pub name: String,
    /// Where the id came from: `EC2`, `built-in`, or the name of a file.
    pub source: String,
}

/// What was looked up for a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StackFacts {
    /// The private addresses of its interface endpoints, by service.
    pub endpoint_addresses: BTreeMap<String, BTreeSet<Ipv4Addr>>,
    /// The VPC they are in: those of another one say nothing.
    pub vpc: VpcId,
}

/// An address of a service, with the evidence for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The address.
    pub address: IpAddr,
    /// The host that answered with it.
    pub host: String,
    /// The names the host is an alias of.
    pub cnames: Vec<String>,
    /// When it was first seen; `None` where the source does not say.
    pub first_seen: Option<Seen>,
    /// When it was last seen; `None` where the source does not say.
    pub last_seen: Option<Seen>,
    /// Who answered.
    pub seen_by: BTreeSet<String>,
    /// The prefix that was chosen for it.
    pub prefix: Prefix,
}

impl Lock {
    /// The facts of a region; `None` if nothing was looked up for it.
    pub fn region(&self, region: &Region) -> Option<&RegionFacts> {
        self.partitions.get(&region.partition)?.get(region.name)
    }

    /// The addresses of a stack's endpoint that were looked up in its VPC, and the VPC; `None` if
    /// none were.
    pub fn endpoint_addresses(
        &self,
        stack: &Stack,
        service: &Service,
    ) -> Option<(&VpcId, &BTreeSet<Ipv4Addr>)> {
        let facts = self.stacks.get(&stack.name.value)?;
        let Setting::Literal(vpc) = &stack.network.vpc else { return None };
        let addresses = facts.endpoint_addresses.get(service.name())?;
        (facts.vpc == vpc.value && !addresses.is_empty()).then_some((&facts.vpc, addresses))
    }
}

impl RegionFacts {
    /// The id of the S3 prefix list.
    pub fn s3_prefix_list(&self) -> Option<&PrefixListFacts> {
        self.services.get(Service::s3().name())?.prefix_list.as_ref()
    }

    /// The addresses of the hosts that `wanted` accepts, sorted by prefix, address and host.
    pub fn evidence(&self, service: &Service, wanted: impl Fn(&str) -> bool) -> Vec<Evidence> {
        let Some(facts) = self.services.get(service.name()) else { return Vec::new() };
        let mut evidence: Vec<Evidence> = facts
            .hosts
            .iter()
            .filter(|(host, _)| wanted(host))
            .flat_map(|(host, facts)| {
                facts.addresses.iter().map(|(address, sighting)| Evidence {
                    address: *address,
                    host: host.clone(),
                    cnames: facts.cnames.clone(),
                    first_seen: sighting.first_seen.clone(),
                    last_seen: sighting.last_seen.clone(),
                    seen_by: sighting.seen_by.clone(),
                    prefix: sighting.prefix,
                })
            })
            .collect();
        evidence
            .sort_by(|a, b| (a.prefix, a.address, &a.host).cmp(&(b.prefix, b.address, &b.host)));
        evidence
    }
}
