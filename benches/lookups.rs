//! The longest match of a million addresses, on one core, beside a trie: `bash benches/lookups.sh`, which
//! puts AWS's own Python library beside both.
//!
//! Writes what was looked up among into the folder that it is given, for others to answer.
#![allow(clippy::disallowed_methods, clippy::print_stdout)]

mod published;

use std::fmt::Write as _;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use std::{env, fs};

use fargate_egress::facts::{IpRanges, built_in};
use fargate_egress::prefix::Prefix;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use prefix_trie::PrefixMap;

const MILLION: usize = 1_000_000;
/// Of each the best is taken: what else a machine does only ever makes it slower.
const ROUNDS: usize = 15;

fn main() {
    // Cargo adds a flag of its own.
    let folder = env::args().skip(1).find(|word| !word.starts_with("--"));
    let folder = PathBuf::from(folder.expect("name a folder to write into"));
    let ranges = built_in::ip_ranges();
    let addresses = addresses(&ranges);
    let own = |address: IpAddr| ranges.longest_match(address).next().map(|entry| entry.prefix);
    let trie = Trie::of(&ranges);
    let of_trie = |address: IpAddr| trie.longest_match(address);

    let mut answers = String::new();
    for address in &addresses {
        let longest = own(*address);
        assert_eq!(longest, of_trie(*address), "{address}");
        let longest = longest.map_or_else(|| "-".to_owned(), |prefix| prefix.to_string());
        let _ = writeln!(answers, "{address} {longest}");
    }
    fs::write(folder.join("ip-ranges.json"), published::json(&ranges)).expect("it can be written");
    fs::write(folder.join("answers.txt"), answers).expect("it can be written");

    let (mut best, mut best_of_trie) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        best = best.min(time(&addresses, own));
        best_of_trie = best_of_trie.min(time(&addresses, of_trie));
    }
    for (name, time) in [("fargate-egress", best), ("prefix-trie", best_of_trie)] {
        println!("{name} {}", time.as_nanos() / MILLION as u128);
    }
}

fn time(addresses: &[IpAddr], longest_match: impl Fn(IpAddr) -> Option<Prefix>) -> Duration {
    let start = Instant::now();
    for address in addresses {
        black_box(longest_match(black_box(*address)));
    }
    start.elapsed()
}

/// A trie of each family.
struct Trie {
    ipv4: PrefixMap<Ipv4Net, Prefix>,
    ipv6: PrefixMap<Ipv6Net, Prefix>,
}

impl Trie {
    fn of(ranges: &IpRanges) -> Trie {
        let mut trie = Trie { ipv4: PrefixMap::new(), ipv6: PrefixMap::new() };
        for entry in ranges.entries() {
            match entry.prefix.net() {
                IpNet::V4(net) => drop(trie.ipv4.insert(net, entry.prefix)),
                IpNet::V6(net) => drop(trie.ipv6.insert(net, entry.prefix)),
            }
        }
        trie
    }

    fn longest_match(&self, address: IpAddr) -> Option<Prefix> {
        match address {
            IpAddr::V4(address) => self.ipv4.get_lpm(&address.into()).map(|(_, prefix)| *prefix),
            IpAddr::V6(address) => self.ipv6.get_lpm(&address.into()).map(|(_, prefix)| *prefix),
        }
    }
}

/// A million addresses: seven of eight inside of published prefixes, whatever their length, the others
/// anywhere; always the same ones.
fn addresses(ranges: &IpRanges) -> Vec<IpAddr> {
    let prefixes: Vec<Prefix> = ranges.entries().map(|entry| entry.prefix).collect();
    let mut random = Random(2026);
    (0..MILLION)
        .map(|_| {
            let prefix = prefixes[random.next() as usize % prefixes.len()];
            let anywhere = random.next().is_multiple_of(8);
            let host = prefix.addresses() - 1;
            let bits = u128::from(random.next()) << 64 | u128::from(random.next());
            let of = |network: u128| if anywhere { bits } else { network | bits & host };
            match prefix.network() {
                IpAddr::V4(network) => {
                    Ipv4Addr::from_bits(of(network.to_bits().into()) as u32).into()
                }
                IpAddr::V6(network) => Ipv6Addr::from_bits(of(network.to_bits())).into(),
            }
        })
        .collect()
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
