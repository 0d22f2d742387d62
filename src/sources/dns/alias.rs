//! From a host to its addresses, by way of its aliases (RFC 1034, section 3.6.2).
//!
//! The resolver library can follow aliases itself, but then loses them where they lead to a name
//! without an address, and cannot tell such a name from a circle.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use hickory_resolver::proto::op::{DnsResponse, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

use super::resolver::{Client, decoded};
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
    let mut way = Way::new(host, kind);
    loop {
        let reply = client.ask(way.end(), kind).await?;
        if let Some(sample) = way.follow(&reply)? {
            return Ok(sample);
        }
    }
}

/// The same with messages that are there already: one for each question, or silence behind the last.
pub(super) fn heard(
    messages: &mut dyn Iterator<Item = Vec<u8>>,
    host: Name,
    kind: RecordType,
) -> Result<Sample, Reason> {
    let mut way = Way::new(host, kind);
    loop {
        let message = messages.next().ok_or(Reason::NoAnswer)?;
        let reply = decoded(&Query::query(way.end().clone(), kind), message)?;
        if let Some(sample) = way.follow(&reply)? {
            return Ok(sample);
        }
    }
}

/// From a host as far as its aliases have been followed.
struct Way {
    kind: RecordType,
    /// The host, then its aliases: at least one.
    names: Vec<Name>,
    ttl: u32,
}

impl Way {
    fn new(host: Name, kind: RecordType) -> Way {
        Way { kind, names: vec![host], ttl: u32::MAX }
    }

    /// The name to ask about.
    fn end(&self) -> &Name {
        &self.names[self.names.len() - 1]
    }

    /// Goes on with what was said about the end; `None` where its new end has to be asked about.
    fn follow(&mut self, reply: &DnsResponse) -> Result<Option<Sample>, Reason> {
        let asked = self.names.len();
        while let Some((target, ttl)) = alias_of(self.end(), &reply.answers) {
            if self.names.len() > MOST_ALIASES || self.names.contains(target) {
                return Err(Reason::TooManyAliases);
            }
            self.ttl = self.ttl.min(ttl);
            self.names.push(target.clone());
        }
        let mut addresses = BTreeSet::new();
        let mut ttl = self.ttl;
        for record in reply.answers.iter().filter(|record| record.name == *self.end()) {
            let address = match &record.data {
                RData::A(address) if self.kind == RecordType::A => IpAddr::V4(address.0),
                RData::AAAA(address) if self.kind == RecordType::AAAA => IpAddr::V6(address.0),
                _ => continue,
            };
            ttl = ttl.min(record.ttl);
            addresses.insert(address);
        }
        if !addresses.is_empty() {
            let aliases = self.names.iter().skip(1).map(|name| canonical(name.to_ascii()));
            let ttl = Duration::from_secs(ttl.into());
            return Ok(Some(Sample { aliases: aliases.collect(), addresses, ttl }));
        }
        if reply.response_code == ResponseCode::NXDomain {
            return Err(Reason::NoSuchName);
        }
        if self.names.len() == asked {
            return Err(Reason::NoAddress);
        }
        Ok(None)
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
