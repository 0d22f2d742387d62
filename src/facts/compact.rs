//! The compact form in which a publication of ip-ranges.json is built in.
//!
//! Addresses are written as distances from the one before, in variable-length numbers: 2.6 MB of
//! JSON become 130 KB.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use super::ip_ranges::{EntryKind, IpRanges, Publication};
use crate::prefix::Prefix;

/// The first bytes of the form; the last of them is its version.
const MAGIC: &[u8] = b"egress-ip-ranges\x01";

#[derive(Serialize, Deserialize)]
struct Compact {
    publication: Publication,
    kinds: Vec<EntryKind>,
    /// Distance from the network before, length, number of the kind.
    ipv4: Vec<(u32, u8, u16)>,
    ipv6: Vec<(u128, u8, u16)>,
}

/// Why bytes are not of the compact form.
#[derive(Debug, thiserror::Error)]
#[error("not ip-ranges in compact form")]
pub(super) struct CompactError;

/// The publication in compact form. The same publication always gives the same bytes.
///
/// # Errors
/// [`CompactError`] if a number does not fit, which no publication comes near.
pub(super) fn write(ranges: &IpRanges) -> Result<Vec<u8>, CompactError> {
    let (kinds, entries) = ranges.parts();
    let mut compact = Compact {
        publication: ranges.publication().clone(),
        kinds: kinds.to_vec(),
        ipv4: Vec::new(),
        ipv6: Vec::new(),
    };
    let (mut before4, mut before6) = (0, 0);
    for (prefix, kind) in entries {
        match prefix.network() {
            IpAddr::V4(network) => {
                compact.ipv4.push((network.to_bits() - before4, prefix.length(), *kind));
                before4 = network.to_bits();
            }
            IpAddr::V6(network) => {
                compact.ipv6.push((network.to_bits() - before6, prefix.length(), *kind));
                before6 = network.to_bits();
            }
        }
    }
    let mut bytes = MAGIC.to_vec();
    bytes.extend(postcard::to_stdvec(&compact).map_err(|_| CompactError)?);
    Ok(bytes)
}

/// The publication that [`write()`] wrote.
///
/// # Errors
/// [`CompactError`] if the bytes are anything else.
pub(super) fn read(bytes: &[u8]) -> Result<IpRanges, CompactError> {
    let body = bytes.strip_prefix(MAGIC).ok_or(CompactError)?;
    let compact: Compact = postcard::from_bytes(body).map_err(|_| CompactError)?;
    let mut entries = Vec::with_capacity(compact.ipv4.len() + compact.ipv6.len());
    let mut add = |address: IpAddr, length, kind: u16| {
        let prefix = Prefix::containing(address, length).filter(|p| p.network() == address);
        match prefix {
            Some(prefix) if usize::from(kind) < compact.kinds.len() => {
                entries.push((prefix, kind));
                Ok(())
            }
            _ => Err(CompactError),
        }
    };
    let mut network: u32 = 0;
    for (distance, length, kind) in compact.ipv4 {
        network = network.checked_add(distance).ok_or(CompactError)?;
        add(Ipv4Addr::from_bits(network).into(), length, kind)?;
    }
    let mut network: u128 = 0;
    for (distance, length, kind) in compact.ipv6 {
        network = network.checked_add(distance).ok_or(CompactError)?;
        add(Ipv6Addr::from_bits(network).into(), length, kind)?;
    }
    Ok(IpRanges::new(compact.publication, compact.kinds, entries))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn write_and_read_are_inverse() {
        let json = br#"{"syncToken": "7", "createDate": "d", "prefixes": [
            {"ip_prefix": "10.0.0.0/8", "region": "r", "service": "S", "network_border_group": "b"},
            {"ip_prefix": "9.0.0.0/8", "region": "q", "service": "S"}
        ], "ipv6_prefixes": [
            {"ipv6_prefix": "2001:db8::/32", "region": "r", "service": "S"},
            {"ipv6_prefix": "ffff::/16", "region": "r", "service": "T"}
        ]}"#;
        let ranges = IpRanges::parse(json).unwrap();
        let bytes = write(&ranges).unwrap();
        let again = read(&bytes).unwrap();
        assert_eq!(again.publication(), ranges.publication());
        assert!(again.entries().eq(ranges.entries()));
        assert_eq!(again.entries().count(), 4);
        for end in 0..bytes.len() {
            assert!(read(&bytes[..end]).is_err());
        }
    }
}
