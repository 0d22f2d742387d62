//! ip-ranges.json: read, searched, and believed or not.

use std::net::IpAddr;

use fargate_egress::aws::Region;
use fargate_egress::drift::{self, World};
use fargate_egress::facts::{IpRange, IpRanges, built_in};

use super::laws::{EXAMPLE, EXAMPLE_LOCK, print, resolve};

/// Most prefixes of an input around which is searched.
const MOST_SEARCHED: usize = 32;

/// The laws of publications.
pub fn holds(data: &[u8]) {
    let ranges = match IpRanges::parse(data) {
        Ok(ranges) => ranges,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let entries: Vec<IpRange<'_>> = ranges.entries().collect();
    assert_eq!(ranges.publication().entries, entries.len());
    for entry in entries.iter().take(MOST_SEARCHED) {
        let last = match entry.prefix.net() {
            ipnet::IpNet::V4(net) => IpAddr::from(net.broadcast()),
            ipnet::IpNet::V6(net) => net.broadcast().into(),
        };
        search(&ranges, &entries, entry.prefix.network(), entry.region);
        search(&ranges, &entries, last, entry.region);
        let same = entries.iter().filter(|other| other.prefix == entry.prefix);
        assert_eq!(ranges.of_prefix(entry.prefix), same.copied().collect::<Vec<_>>());
        let parts = ranges.amazon_parts(entry.prefix, entry.region);
        assert!(parts.iter().all(|part| entry.prefix.covers(*part) && *part != entry.prefix));
    }
    built_in::pack(data).expect("a publication can be packed");

    let (config, source) = &*EXAMPLE;
    let answers: Vec<_> = Region::ALL.iter().flat_map(built_in::answers).collect();
    for before in [None, Some(&*EXAMPLE_LOCK)] {
        resolve((config, source), before, (&ranges, &answers, &[]));
    }
    let world = World { ip_ranges: Some(&ranges), answers: &answers, ..World::default() };
    drift::unbelievable(config, &EXAMPLE_LOCK, &world);
    let findings = drift::world(config, &EXAMPLE_LOCK, source, &world);
    print(&findings.into_iter().map(|finding| finding.diagnostic).collect::<Vec<_>>());
}

/// What the index finds is what looking at every entry finds.
fn search(ranges: &IpRanges, entries: &[IpRange<'_>], address: IpAddr, region: &str) {
    let longest = |among: &dyn Fn(&IpRange<'_>) -> bool| {
        let covering =
            entries.iter().filter(|entry| entry.prefix.contains(address) && among(entry));
        let longest = covering.map(|entry| entry.prefix).max_by_key(|prefix| prefix.length());
        entries.iter().filter(|entry| Some(entry.prefix) == longest).copied().collect::<Vec<_>>()
    };
    assert_eq!(ranges.longest_match(address).collect::<Vec<_>>(), longest(&|_| true), "{address}");
    let of_amazon = |entry: &IpRange<'_>| entry.service == "AMAZON" && entry.region == region;
    assert_eq!(ranges.longest_amazon_match(address, region), longest(&of_amazon), "{address}");
}
