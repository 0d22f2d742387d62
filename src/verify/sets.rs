//! Sets of addresses and of ports, and what is in one and not in another.
//!
//! A set has one form only, so two sets are the same when they are equal.

use ipnet::IpNet;

use crate::prefix::Prefix;

/// A set of numbers: addresses of one family, or ports.
///
/// Intervals with both ends in them, from low to high; none touches the next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Numbers(Vec<(u128, u128)>);

impl Numbers {
    /// Every number from `low` to `high`.
    pub(super) fn between(low: u128, high: u128) -> Numbers {
        if low <= high { Numbers(vec![(low, high)]) } else { Numbers::default() }
    }

    /// The addresses of a prefix; those of the two families are sets of different things.
    pub(super) fn of_prefix(prefix: Prefix) -> Numbers {
        match prefix.net() {
            IpNet::V4(net) => {
                Numbers::between(net.network().to_bits().into(), net.broadcast().to_bits().into())
            }
            IpNet::V6(net) => Numbers::between(net.network().to_bits(), net.broadcast().to_bits()),
        }
    }

    /// The addresses of those prefixes that are of the family of IPv4.
    pub(super) fn of_ipv4(prefixes: impl IntoIterator<Item = Prefix>) -> Numbers {
        let ipv4 = prefixes.into_iter().filter(|prefix| prefix.is_ipv4());
        Numbers::union(ipv4.flat_map(|prefix| Numbers::of_prefix(prefix).0))
    }

    /// Every number that is in one of the intervals.
    fn union(intervals: impl IntoIterator<Item = (u128, u128)>) -> Numbers {
        let mut intervals: Vec<(u128, u128)> = intervals.into_iter().collect();
        intervals.sort_unstable();
        let mut joined: Vec<(u128, u128)> = Vec::new();
        for (low, high) in intervals {
            match joined.last_mut() {
                Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
                _ => joined.push((low, high)),
            }
        }
        Numbers(joined)
    }

    /// What is in any of them.
    pub(super) fn union_of<'a>(all: impl IntoIterator<Item = &'a Numbers>) -> Numbers {
        Numbers::union(all.into_iter().flat_map(|one| &one.0).copied())
    }

    /// What is in both.
    #[must_use]
    pub(super) fn and(&self, other: &Numbers) -> Numbers {
        let (mut both, mut mine, mut theirs) = (Vec::new(), 0, 0);
        while let (Some(a), Some(b)) = (self.0.get(mine), other.0.get(theirs)) {
            let (low, high) = (a.0.max(b.0), a.1.min(b.1));
            if low <= high {
                both.push((low, high));
            }
            if a.1 < b.1 { mine += 1 } else { theirs += 1 }
        }
        Numbers(both)
    }

    /// What is in this one and not in the other.
    #[must_use]
    pub(super) fn without(&self, other: &Numbers) -> Numbers {
        let mut left = Vec::new();
        let mut theirs = other.0.as_slice();
        for &(mut low, high) in &self.0 {
            while let [first, rest @ ..] = theirs
                && first.1 < low
            {
                theirs = rest;
            }
            let mut done = false;
            for cut in theirs.iter().take_while(|cut| cut.0 <= high) {
                if low < cut.0 {
                    left.push((low, cut.0 - 1));
                }
                if cut.1 >= high {
                    done = true;
                    break;
                }
                low = low.max(cut.1 + 1);
            }
            if !done {
                left.push((low, high));
            }
        }
        Numbers(left)
    }

    /// Whether it has no number.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether everything in `other` is in this one.
    pub(super) fn covers(&self, other: &Numbers) -> bool {
        other.without(self).is_empty()
    }

    /// Whether they have a number in common.
    pub(super) fn meets(&self, other: &Numbers) -> bool {
        !self.and(other).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every subset of the numbers from 0 to 5, as bits.
    const SPACE: u32 = 6;

    fn set(bits: u32) -> Numbers {
        let numbers = (0..SPACE).filter(|n| bits & (1 << n) != 0);
        Numbers::union(numbers.map(|n| (u128::from(n), u128::from(n))))
    }

    fn or(a: &Numbers, b: &Numbers) -> Numbers {
        Numbers::union_of([a, b])
    }

    #[test]
    fn the_algebra_agrees_with_bits_on_every_pair_of_sets() {
        for a in 0..1 << SPACE {
            for b in 0..1 << SPACE {
                let (x, y) = (set(a), set(b));
                assert_eq!(Numbers::union_of([&x, &y, &x]), set(a | b), "{a:b} {b:b}");
                assert_eq!(x.and(&y), set(a & b), "{a:b} {b:b}");
                assert_eq!(x.without(&y), set(a & !b), "{a:b} {b:b}");
                assert_eq!(x.covers(&y), b & !a == 0);
                assert_eq!(x.meets(&y), a & b != 0);
                assert_eq!(x == y, a == b);
                assert_eq!(x.is_empty(), a == 0);
            }
        }
    }

    #[test]
    fn the_laws_hold_for_every_three_sets() {
        for a in 0..1 << SPACE {
            for b in 0..1 << SPACE {
                let (x, y) = (set(a), set(b));
                // What was taken away and is put back makes the union.
                assert_eq!(or(&x.without(&y), &y), or(&x, &y));
                assert_eq!(or(&x.and(&y), &x.without(&y)), x);
                for c in (0..1 << SPACE).step_by(7) {
                    let z = set(c);
                    assert_eq!(x.and(&or(&y, &z)), or(&x.and(&y), &x.and(&z)));
                    assert_eq!(x.without(&or(&y, &z)), x.without(&y).without(&z));
                }
            }
        }
    }

    #[test]
    fn prefixes_are_the_addresses_they_cover() {
        let numbers = |text: &str| Numbers::of_prefix(text.parse().unwrap());
        assert_eq!(or(&numbers("10.0.0.0/31"), &numbers("10.0.0.2/31")), numbers("10.0.0.0/30"));
        assert!(numbers("0.0.0.0/0").covers(&numbers("255.255.255.255/32")));
        assert!(numbers("::/0").covers(&numbers("ffff::/16")));
        assert!(!numbers("10.0.0.0/8").meets(&numbers("11.0.0.0/8")));
        let halves = ["0.0.0.0/1", "128.0.0.0/1", "::/0"].map(|text| text.parse().unwrap());
        assert_eq!(Numbers::of_ipv4(halves), numbers("0.0.0.0/0"));
    }
}
