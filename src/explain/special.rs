//! Addresses that are nobody's on the internet, and what a security group has to do with them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::Known;
use super::protection::UNFILTERED;
use super::rules::placed;
use crate::plan::{Peer, Value};
use crate::prefix::Prefix;

/// Addresses that are nobody's on the internet.
pub(super) struct Special {
    /// All of them.
    pub(super) prefix: Prefix,
    /// What one of them is.
    pub(super) name: &'static str,
    /// What that means.
    pub(super) words: &'static str,
    /// Whether a VPC may have them.
    pub(super) in_vpcs: bool,
}

const PRIVATE: &str = "Private addresses (RFC 1918) are those of networks such as a VPC. AWS publishes none, and a \
     rule has one only where the config names the VPC's prefixes or the endpoints' addresses.";

/// What is special about addresses; those that are longer first.
const SPECIAL: &[(&str, &str, &str)] = &[
    (
        "169.254.170.2/32",
        "the address of ECS's task metadata and credentials",
        "It is link-local: answered beside the task and never routed. Security groups do not filter \
         it: no rule is needed for it, and none can keep a task from it.",
    ),
    (
        "169.254.169.254/32",
        "the address of the instance metadata service",
        "Security groups do not filter it: no rule is needed for it, and none can keep a task from \
         it.",
    ),
    (
        "169.254.169.253/32",
        "the address of the VPC's own resolver",
        "Security groups do not filter it: no rule is needed for DNS by way of it, and none can \
         keep a task from it.",
    ),
    (
        "169.254.169.123/32",
        "the address of Amazon's time service",
        "Security groups do not filter it: no rule is needed for it, and none can keep a task from \
         it.",
    ),
    (
        "169.254.0.0/16",
        "a link-local address",
        "Link-local addresses are answered on the host or the link and never routed. Security \
         groups do not filter those that AWS answers.",
    ),
    (
        "127.0.0.0/8",
        "a loopback address",
        "It never leaves the machine. A rule for it matches no traffic.",
    ),
    ("10.0.0.0/8", "a private address", PRIVATE),
    ("172.16.0.0/12", "a private address", PRIVATE),
    ("192.168.0.0/16", "a private address", PRIVATE),
    (
        "100.64.0.0/10",
        "an address of the shared space",
        "The shared address space (RFC 6598) is not routed on the internet; VPCs may use it. AWS \
         publishes none of it.",
    ),
    (
        "::1/128",
        "a loopback address",
        "It never leaves the machine. A rule for it matches no traffic.",
    ),
    ("fe80::/10", "a link-local address", "Link-local addresses are never routed."),
    (
        "fc00::/7",
        "a private IPv6 address",
        "Unique local addresses (RFC 4193) are not routed on the internet. AWS publishes none.",
    ),
];

pub(super) fn special(address: IpAddr) -> Option<Special> {
    SPECIAL.iter().find_map(|(prefix, name, words)| {
        let prefix: Prefix = prefix.parse().ok()?;
        let in_vpcs = name.starts_with("a private address") || name.ends_with("shared space");
        prefix.contains(address).then_some(Special { prefix, name, words, in_vpcs })
    })
}

/// Rules whose prefix only the deployment knows, where they may hold a private address.
pub(super) fn known_later(known: &Known<'_>, asked: Prefix) -> Vec<String> {
    let mut stacks: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for placed in known.plans.iter().flat_map(placed) {
        let family = match &placed.rule.peer {
            Peer::Ipv4(value) => asked.is_ipv4().then_some(value),
            Peer::Ipv6(value) => (!asked.is_ipv4()).then_some(value),
            _ => None,
        };
        if let Some(value @ (Value::Ref(_) | Value::Import(_))) = family {
            stacks.entry(value.label()).or_default().push(placed.plan.stack.to_string());
        }
    }
    let notes = stacks.into_iter().map(|(value, stacks)| {
        format!(
            "The ingress of the endpoints of {} is for {value}, which is given when it is \
             deployed: whether it has all of this cannot be told here.",
            stacks.join(", ")
        )
    });
    notes.collect()
}

/// Whether an address is that of the resolver of a VPC whose prefix the config has.
pub(super) fn resolver(known: &Known<'_>, address: IpAddr) -> Option<String> {
    let IpAddr::V4(address) = address else { return None };
    let stacks = known.config.stacks.values();
    let mut prefixes = stacks.filter_map(|stack| stack.network.cidrs.literals());
    prefixes.find_map(|prefixes| {
        let network = match prefixes.first()?.value.network() {
            IpAddr::V4(network) => network,
            IpAddr::V6(_) => return None,
        };
        (u32::from(network).checked_add(2) == Some(u32::from(address))).then(|| {
            format!(
                "If {} is the VPC's first prefix, this is the VPC's own resolver. {UNFILTERED}",
                prefixes[0].value
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    #[test]
    fn special_addresses_are_what_they_are() {
        for (prefix, ..) in SPECIAL {
            assert!(prefix.parse::<Prefix>().is_ok(), "{prefix}");
        }
        let name = |text: &str| special(text.parse().unwrap()).map(|special| special.name);
        for address in ["10.0.0.1", "172.31.255.255", "192.168.1.1"] {
            assert_eq!(name(address), Some("a private address"), "{address}");
            assert!(address.parse::<Ipv4Addr>().unwrap().is_private());
        }
        for public in ["172.32.0.1", "100.128.0.0", "3.112.64.17", "169.255.0.1", "2600::1"] {
            assert_eq!(name(public), None, "{public}");
        }
        assert_eq!(name("100.64.0.1"), Some("an address of the shared space"));
        assert_eq!(name("169.254.1.1"), Some("a link-local address"));
        assert!(name("169.254.170.2").unwrap().contains("credentials"));
        assert!("fd00::1".parse::<Ipv6Addr>().unwrap().is_unique_local());
        assert_eq!(name("fd00::1"), Some("a private IPv6 address"));
    }
}
