//! From a host to its addresses, by way of its aliases (RFC 1034, section 3.6.2).
//!
//! The resolver library can follow aliases itself, but then loses them where they lead to a name
//! without an address, and cannot tell such a name from a circle.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

use super::resolver::Client;
use super::{Reason, canonical};

/// Most names that an alias is followed through.
pub(super) const MOST_ALIASES: usize = 16;

/// What one round gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sample {
    /// The names the host is an alias of, in the order they were followed: lower case, without a
    /// final dot, and what is not plain in a name escaped (RFC 1035, section 5.1).
    pub(super) aliases: Vec<String>,
    /// At least one.
    pub(super) addresses: BTreeSet<IpAddr>,
    /// The smallest TTL of all records on the way.
    pub(super) ttl: Duration,
}

/// Asks for the addresses of `host`, and again for those of its last alias where the resolver does
/// not follow aliases itself.
pub(super) async fn look_up(
    client: &Client,
    host: Name,
    kind: RecordType,
) -> Result<Sample, Reason> {
    let mut names = vec![host.clone()];
    let mut end = host;
    let mut ttl = u32::MAX;
    loop {
        let reply = client.ask(&end, kind).await?;
        let asked = names.len();
        while let Some((target, alias_ttl)) = alias_of(&end, &reply.answers) {
            if names.len() > MOST_ALIASES || names.contains(target) {
                return Err(Reason::TooManyAliases);
            }
            ttl = ttl.min(alias_ttl);
            names.push(target.clone());
            end = target.clone();
        }
        let mut addresses = BTreeSet::new();
        for record in reply.answers.iter().filter(|record| record.name == end) {
            let address = match &record.data {
                RData::A(address) if kind == RecordType::A => IpAddr::V4(address.0),
                RData::AAAA(address) if kind == RecordType::AAAA => IpAddr::V6(address.0),
                _ => continue,
            };
            ttl = ttl.min(record.ttl);
            addresses.insert(address);
        }
        if !addresses.is_empty() {
            let aliases = names.iter().skip(1).map(|name| canonical(name.to_ascii())).collect();
            return Ok(Sample { aliases, addresses, ttl: Duration::from_secs(ttl.into()) });
        }
        if reply.response_code == ResponseCode::NXDomain {
            return Err(Reason::NoSuchName);
        }
        if names.len() == asked {
            return Err(Reason::NoAddress);
        }
    }
}

/// What a name is an alias of, with the TTL. The first, where a resolver gives two in spite of RFC
/// 2181, section 10.1; records may come in any order.
fn alias_of<'a>(name: &Name, records: &'a [Record]) -> Option<(&'a Name, u32)> {
    records.iter().find_map(|record| match &record.data {
        RData::CNAME(target) if record.name == *name => Some((&target.0, record.ttl)),
        _ => None,
    })
}
