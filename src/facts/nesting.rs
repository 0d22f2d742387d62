//! Which of many prefixes covers an address most closely, and which covers that prefix in turn.

use std::net::IpAddr;

use crate::prefix::Prefix;

/// In the place of a position where there is no prefix.
const NONE: u32 = u32::MAX;

/// An index of prefixes that are distinct and sorted. They are named by their positions.
///
/// Prefixes nest or are apart, so that they cut the addresses into segments that each have one
/// longest prefix: a look-up is one binary search among numbers. A trie answers too, and was slower
/// both to fill and to ask.
#[derive(Default)]
pub(super) struct Nesting {
    ipv4: Segments<u32>,
    ipv6: Segments<u128>,
    /// The upper half of each start in IPv6. To compare 128 bits takes four times as long, and few
    /// segments are parts of one half.
    uppers: Vec<u64>,
    /// Of each prefix the longest one that covers it and is another.
    parents: Vec<u32>,
}

/// Addresses in order: from each start to the next, all have the same longest prefix.
#[derive(Default)]
struct Segments<Address> {
    starts: Vec<Address>,
    longest: Vec<u32>,
}

impl<Address: Ord + Copy> Segments<Address> {
    fn push(&mut self, start: Address, longest: u32) {
        // A segment that begins where the last one began leaves nothing of that.
        if self.starts.last() == Some(&start) {
            self.starts.pop();
            self.longest.pop();
        }
        self.starts.push(start);
        self.longest.push(longest);
    }

    /// The first segment that begins behind an address.
    fn behind(&self, address: Address) -> usize {
        self.starts.partition_point(|start| *start <= address)
    }

    /// The longest prefix of the segment before this one.
    fn before(&self, after: usize) -> Option<u32> {
        let longest = *self.longest.get(after.checked_sub(1)?)?;
        (longest != NONE).then_some(longest)
    }
}

fn upper(address: u128) -> u64 {
    (address >> 64) as u64
}

impl Nesting {
    /// The index of prefixes that come in their order, each once.
    pub(super) fn new(prefixes: impl Iterator<Item = Prefix>) -> Nesting {
        let mut nesting = Nesting::default();
        // Those that cover the last prefix and the next one may still lie in, with their positions.
        let mut open: Vec<(Prefix, u32)> = Vec::new();
        for (position, prefix) in (0..NONE).zip(prefixes) {
            while open.last().is_some_and(|(last, _)| !last.covers(prefix)) {
                nesting.close(&mut open);
            }
            let start = prefix.network();
            nesting.parents.push(open.last().map_or(NONE, |(_, position)| *position));
            nesting.segment(start, position);
            open.push((prefix, position));
        }
        while !open.is_empty() {
            nesting.close(&mut open);
        }
        nesting.uppers = nesting.ipv6.starts.iter().copied().map(upper).collect();
        nesting
    }

    /// Ends the innermost prefix; what follows is the one around it again.
    fn close(&mut self, open: &mut Vec<(Prefix, u32)>) {
        let Some((ended, _)) = open.pop() else { return };
        let around = open.last().map_or(NONE, |(_, position)| *position);
        let next = match ended.broadcast() {
            IpAddr::V4(last) => last.to_bits().checked_add(1).map(|next| IpAddr::V4(next.into())),
            IpAddr::V6(last) => last.to_bits().checked_add(1).map(|next| IpAddr::V6(next.into())),
        };
        if let Some(next) = next {
            self.segment(next, around);
        }
    }

    fn segment(&mut self, start: IpAddr, longest: u32) {
        match start {
            IpAddr::V4(start) => self.ipv4.push(start.to_bits(), longest),
            IpAddr::V6(start) => self.ipv6.push(start.to_bits(), longest),
        }
    }

    /// The first segment of IPv6 that begins behind an address.
    fn behind_ipv6(&self, address: u128) -> usize {
        let after = self.uppers.partition_point(|start| *start <= upper(address));
        match after.checked_sub(1) {
            Some(last) if self.ipv6.starts[last] > address => self.ipv6.behind(address),
            _ => after,
        }
    }

    /// The position of the longest prefix that covers the address.
    pub(super) fn longest(&self, address: IpAddr) -> Option<usize> {
        let longest = match address {
            IpAddr::V4(address) => self.ipv4.before(self.ipv4.behind(address.to_bits())),
            IpAddr::V6(address) => self.ipv6.before(self.behind_ipv6(address.to_bits())),
        };
        longest.map(|position| position as usize)
    }

    /// The positions of all prefixes that cover the address, the longest first.
    pub(super) fn covering(&self, address: IpAddr) -> impl Iterator<Item = usize> {
        std::iter::successors(self.longest(address), |position| {
            let parent = self.parents[*position];
            (parent != NONE).then_some(parent as usize)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Few bits that differ, at both ends of the addresses, so that prefixes nest, touch and end
    /// where there is no next address.
    fn address() -> impl Strategy<Value = IpAddr> {
        (any::<bool>(), any::<bool>(), 0_u32..32).prop_map(|(ipv4, high, low)| {
            let bits = if high { u32::MAX << 5 | low } else { low };
            if ipv4 {
                IpAddr::V4(bits.into())
            } else {
                let top = if high { u128::MAX << 32 } else { 0 };
                IpAddr::V6((top | u128::from(bits)).into())
            }
        })
    }

    fn prefix() -> impl Strategy<Value = Prefix> {
        (address(), 0_u8..9).prop_map(|(address, from_end)| {
            let most = if address.is_ipv4() { 32 } else { 128 };
            // Eight stands for the prefix of all addresses.
            let length = if from_end == 8 { 0 } else { most - from_end };
            Prefix::containing(address, length).unwrap()
        })
    }

    proptest! {
        #[test]
        fn it_answers_as_looking_at_every_prefix_does(
            prefixes in prop::collection::btree_set(prefix(), 0..24),
            addresses in prop::collection::vec(address(), 32),
        ) {
            let sorted: Vec<Prefix> = prefixes.iter().copied().collect();
            let nesting = Nesting::new(sorted.iter().copied());
            let edges = sorted.iter().flat_map(|prefix| [prefix.network(), prefix.broadcast()]);
            for address in addresses.into_iter().chain(edges) {
                let found: Vec<Prefix> =
                    nesting.covering(address).map(|position| sorted[position]).collect();
                let mut all: Vec<Prefix> =
                    sorted.iter().copied().filter(|prefix| prefix.contains(address)).collect();
                all.sort_by_key(|prefix| std::cmp::Reverse(prefix.length()));
                prop_assert_eq!(&found, &all);
                prop_assert_eq!(nesting.longest(address).map(|at| sorted[at]), all.first().copied());
            }
        }
    }

    #[test]
    fn nothing_is_found_among_nothing() {
        let nesting = Nesting::new(BTreeSet::new().into_iter());
        assert_eq!(nesting.longest("10.0.0.0".parse().unwrap()), None);
        assert_eq!(nesting.covering("::".parse().unwrap()).count(), 0);
    }
}
