//! The rules of security groups, and their parts in words.

use super::evidence::Claim;
use super::network::{Direction, Group, Peer, Rule, TCP, Traffic, everywhere};
use super::sets::Numbers;
use super::view::View;
use crate::cloudformation::Value;
use crate::prefix::Prefix;
use crate::truth::Truth;

/// The port of HTTPS.
pub(crate) const HTTPS: u16 = 443;
/// The port of NFS.
pub(crate) const NFS: u16 = 2049;

/// A VPC's prefix has this length at least.
pub(super) const SHORTEST_VPC: u8 = 16;
/// A VPC's prefix has this length at most, and so has a subnet's.
pub(super) const LONGEST_SUBNET: u8 = 28;

/// The rules of some groups in one direction.
pub(super) struct Rules<'a> {
    /// Each with the name of its group.
    pub(super) rules: Vec<(String, &'a Rule)>,
    /// Groups whose rules cannot be seen, or that may be worn.
    pub(super) unseen: Vec<Claim>,
    /// The groups, for people.
    pub(super) names: String,
    /// The groups themselves.
    pub(super) groups: Vec<&'a Group>,
}

/// The rules of the groups that something wears.
pub(super) fn rules_of<'a>(view: &View<'a>, groups: &[Value], direction: Direction) -> Rules<'a> {
    let mut found =
        Rules { rules: Vec::new(), unseen: Vec::new(), names: String::new(), groups: Vec::new() };
    let mut names = Vec::new();
    for value in groups {
        names.push(value.to_string());
        if let Some(group) = view.group(value) {
            let rules = match direction {
                Direction::Ingress => &group.ingress,
                Direction::Egress => &group.egress,
            };
            found.rules.extend(rules.iter().map(|rule| (group.name.clone(), rule)));
            found.groups.push(group);
            continue;
        }
        for outside in &view.network.outside_rules {
            if outside.direction == direction && outside.group.same(value).is_yes() {
                found.rules.push((value.to_string(), &outside.rule));
            }
        }
        let why = value.as_unknown().map_or_else(
            || format!("the rules of `{value}` are made elsewhere"),
            |unknown| format!("which rules `{value}` has cannot be seen: {}", unknown.why),
        );
        found.unseen.push(Claim::at(value.place, why));
    }
    found.names = names.join(", ");
    found
}

/// Whether a rule's protocols and ports have the port of TCP in them, and if not, why.
pub(crate) fn carries(traffic: &Traffic, port: u16) -> (Truth, String) {
    match traffic {
        Traffic::All => (Truth::Yes, String::new()),
        Traffic::Nothing => (Truth::No, "is for no port at all".to_owned()),
        Traffic::Unknown(why) => (Truth::Unknown, why.clone()),
        Traffic::Ports { protocol: TCP, from, to } if (*from..=*to).contains(&port) => {
            (Truth::Yes, String::new())
        }
        other => (Truth::No, format!("is for {}, not TCP {port}", traffic_name(other))),
    }
}

/// Protocols and ports for people: `TCP 443`, `every port`.
pub(crate) fn traffic_name(traffic: &Traffic) -> String {
    match traffic {
        Traffic::All => "every protocol and port".to_owned(),
        Traffic::Nothing => "no port".to_owned(),
        Traffic::Unknown(_) => "ports that are not known".to_owned(),
        Traffic::Ports { protocol, from, to } => {
            let protocol = match protocol {
                1 => "ICMP".to_owned(),
                6 => "TCP".to_owned(),
                17 => "UDP".to_owned(),
                58 => "ICMPv6".to_owned(),
                number => format!("protocol {number}"),
            };
            match (from, to) {
                (0, &u16::MAX) => format!("every port of {protocol}"),
                (from, to) if from == to => format!("{protocol} {from}"),
                (from, to) => format!("{protocol} {from} to {to}"),
            }
        }
    }
}

/// The other side of a rule for people.
pub(crate) fn peer_name(peer: &Peer) -> String {
    match peer {
        Peer::Prefix(prefix, _) => prefix.to_string(),
        Peer::Group(value) | Peer::PrefixList(value) | Peer::Unknown(value) => value.to_string(),
        Peer::Invalid(_) => "nobody".to_owned(),
    }
}

/// What is let `in`, and `from` where; or `out`, and `to` where.
pub(super) fn words(direction: Direction) -> (&'static str, &'static str) {
    match direction {
        Direction::Ingress => ("in", "from"),
        Direction::Egress => ("out", "to"),
    }
}

/// A rule for people: `TaskSecurityGroup lets out TCP 443 to 10.0.0.0/16`.
pub(super) fn rule_name(group: &str, direction: Direction, rule: &Rule) -> String {
    let (verb, toward) = words(direction);
    let (traffic, peer) = (traffic_name(&rule.traffic), peer_name(&rule.peer));
    format!("{group} lets {verb} {traffic} {toward} {peer}")
}

/// A rule that stands there so that the default is gone.
pub(crate) fn is_nobody(peer: &Peer) -> bool {
    let Peer::Prefix(prefix, _) = peer else { return false };
    let address = prefix.network();
    address.is_loopback() || prefix.to_string() == "255.255.255.255/32"
}

/// The addresses for private networks.
///
/// RFC 1918, RFC 6598.
const PRIVATE: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

/// Whether all of its addresses are of private networks.
pub(crate) fn is_private(prefix: Prefix) -> bool {
    PRIVATE
        .iter()
        .any(|private| private.parse::<Prefix>().is_ok_and(|private| private.covers(prefix)))
}

/// The addresses that EC2 gives to no network of anybody's.
///
/// RFC 1122, RFC 3927, RFC 5771, RFC 1112.
const NOBODYS: [&str; 4] = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"];

/// The addresses that are for examples and for measurements.
///
/// RFC 5737, RFC 2544, RFC 6890.
const EXAMPLES: [&str; 5] =
    ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15", "192.0.0.0/24"];

/// The addresses that a service of AWS can have on the internet.
pub(super) fn public_addresses() -> Numbers {
    let others = PRIVATE.iter().chain(&NOBODYS).chain(&EXAMPLES);
    let others = Numbers::of_ipv4(others.filter_map(|prefix| prefix.parse().ok()));
    Numbers::of_prefix(everywhere()).without(&others)
}

/// Whether a VPC can have its addresses: EC2 takes others than those of private networks too.
///
/// <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html>
pub(crate) fn can_be_of_a_vpc(prefix: Prefix) -> bool {
    let is_in = |one: &str| one.parse::<Prefix>().is_ok_and(|one| one.covers(prefix));
    prefix.is_ipv4() && !NOBODYS.into_iter().any(is_in)
}

/// Whether some of its addresses are of private networks.
pub(super) fn meets_private(prefix: Prefix) -> bool {
    let wider =
        |private: &&str| private.parse::<Prefix>().is_ok_and(|private| prefix.covers(private));
    is_private(prefix) || PRIVATE.iter().any(wider)
}
