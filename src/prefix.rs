//! IP prefixes without host bits.

use std::cmp::Ordering;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

/// An IPv4 or IPv6 prefix whose bits to the right of its length are all zero.
///
/// `ipnet` keeps the host bits of `10.0.0.5/8`; EC2 clears them without a word and then finds
/// duplicates. So they are refused here, where the user can still be told.
///
/// Order: IPv4 before IPv6, then by address from low to high, then the shorter prefix first, so
/// that a prefix stands right before those it covers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prefix(IpNet);

/// Why a text is not a [`Prefix`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrefixError {
    /// An address without a length.
    #[error("`{0}` has no length")]
    NoLength(IpAddr),
    /// The part before the slash is not an address.
    #[error("`{0}` is not an IP address")]
    Address(String),
    /// The part behind the slash is not a length.
    #[error("`{0}` is not a prefix length")]
    Length(String),
    /// The length is over 32, or over 128 for IPv6.
    #[error("length {length} is over {most}, the longest of {family}")]
    TooLong {
        /// As written.
        length: u32,
        /// 32 or 128.
        most: u8,
        /// `IPv4` or `IPv6`.
        family: &'static str,
    },
    /// Bits are set to the right of the length.
    #[error("`{address}/{}` has host bits set", network.length())]
    HostBits {
        /// The address as written.
        address: IpAddr,
        /// The prefix it is in.
        network: Prefix,
    },
}

impl Prefix {
    /// The prefix of this length that `address` is in; host bits are cleared.
    ///
    /// `None` if the length is over 32, or 128 for IPv6.
    pub fn containing(address: IpAddr, length: u8) -> Option<Prefix> {
        IpNet::new(address, length).ok().map(|net| Prefix(net.trunc()))
    }

    /// The prefix that holds one address.
    pub fn host(address: IpAddr) -> Prefix {
        Prefix(IpNet::from(address))
    }

    /// The number of leading bits that are fixed.
    pub fn length(self) -> u8 {
        self.0.prefix_len()
    }

    /// The lowest address in it, whose host bits are all zero.
    pub fn network(self) -> IpAddr {
        self.0.network()
    }

    /// The highest address.
    pub fn broadcast(self) -> IpAddr {
        self.0.broadcast()
    }

    /// Whether it is IPv4, and not IPv6.
    pub fn is_ipv4(self) -> bool {
        matches!(self.0, IpNet::V4(_))
    }

    /// Whether every address of `other` is in this prefix; a prefix covers itself (RFC 6811).
    pub fn covers(self, other: Prefix) -> bool {
        self.0.contains(&other.0)
    }

    /// Whether the address is in this prefix.
    pub fn contains(self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }

    /// How many addresses it has; saturates at `u128::MAX` for `::/0`.
    pub fn addresses(self) -> u128 {
        let host_bits = u32::from(self.0.max_prefix_len() - self.0.prefix_len());
        1_u128.checked_shl(host_bits).unwrap_or(u128::MAX)
    }

    /// The same in the type of `ipnet`, for its tries.
    pub fn net(self) -> IpNet {
        self.0
    }
}

/// A number with commas between its thousands.
pub(crate) fn thousands(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl From<Ipv4Net> for Prefix {
    fn from(net: Ipv4Net) -> Prefix {
        Prefix(IpNet::V4(net.trunc()))
    }
}

impl From<Ipv6Net> for Prefix {
    fn from(net: Ipv6Net) -> Prefix {
        Prefix(IpNet::V6(net.trunc()))
    }
}

impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Prefix, PrefixError> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr =
            address.parse().map_err(|_| PrefixError::Address(shorten(address)))?;
        let Some(length) = length else { return Err(PrefixError::NoLength(address)) };
        let canonical = length.bytes().all(|byte| byte.is_ascii_digit())
            && (length == "0" || !length.starts_with('0'));
        let length: u32 = match length.parse() {
            Ok(number) if canonical => number,
            _ => return Err(PrefixError::Length(shorten(length))),
        };
        let (most, family) = if address.is_ipv4() { (32, "IPv4") } else { (128, "IPv6") };
        let network = u8::try_from(length)
            .ok()
            .and_then(|length| Prefix::containing(address, length))
            .ok_or(PrefixError::TooLong { length, most, family })?;
        if network.network() == address {
            Ok(network)
        } else {
            Err(PrefixError::HostBits { address, network })
        }
    }
}

/// Text of the user's, short enough to be quoted in a message.
pub(crate) fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

impl TryFrom<String> for Prefix {
    type Error = PrefixError;

    fn try_from(text: String) -> Result<Prefix, PrefixError> {
        text.parse()
    }
}

impl From<Prefix> for String {
    fn from(prefix: Prefix) -> String {
        prefix.to_string()
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Ord for Prefix {
    fn cmp(&self, other: &Prefix) -> Ordering {
        (self.network(), self.length()).cmp(&(other.network(), other.length()))
    }
}

impl PartialOrd for Prefix {
    fn partial_cmp(&self, other: &Prefix) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        text.parse::<Prefix>().unwrap_err().to_string()
    }

    #[test]
    fn what_is_not_a_prefix_is_refused_with_the_reason() {
        assert_eq!(refusal("10.0.0.5/8"), "`10.0.0.5/8` has host bits set");
        assert_eq!(refusal("10.0.0.0/33"), "length 33 is over 32, the longest of IPv4");
        assert_eq!(refusal("::/129"), "length 129 is over 128, the longest of IPv6");
        assert_eq!(refusal("10.0.0.0/300"), "length 300 is over 32, the longest of IPv4");
        assert_eq!(refusal("10.0.0.1"), "`10.0.0.1` has no length");
        assert_eq!(refusal("010.0.0.0/8"), "`010.0.0.0` is not an IP address");
        for length in ["", "08", "+8", "8 ", "x", "99999999999"] {
            assert_eq!(
                refusal(&format!("10.0.0.0/{length}")),
                format!("`{length}` is not a prefix length")
            );
        }
        assert!(refusal(&"x".repeat(1_000_000)).len() < 300);
    }

    #[test]
    fn display_and_parse_are_inverse_and_order_puts_covers_first() {
        let ordered =
            ["0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16", "10.1.0.0/16", "::/0", "2001:db8::/32"];
        let prefixes: Vec<Prefix> = ordered.iter().map(|text| text.parse().unwrap()).collect();
        assert!(prefixes.is_sorted());
        for (prefix, text) in prefixes.iter().zip(ordered) {
            assert_eq!(prefix.to_string(), text);
        }
    }

    #[test]
    fn covers_agrees_with_membership_of_every_address_of_a_small_space() {
        let all: Vec<Prefix> = (28..=32)
            .flat_map(|length| {
                (0..16).filter_map(move |low| format!("192.0.2.{low}/{length}").parse().ok())
            })
            .collect();
        assert_eq!(all.len(), 31);
        let members = |prefix: Prefix| {
            (0..16).filter(|low| prefix.contains([192, 0, 2, *low].into())).collect::<Vec<_>>()
        };
        for a in &all {
            assert_eq!(a.addresses(), members(*a).len() as u128);
            for b in &all {
                let subset = members(*b).iter().all(|address| members(*a).contains(address));
                assert_eq!(a.covers(*b), subset, "{a} {b}");
            }
        }
    }

    #[test]
    fn numbers_have_commas_between_thousands() {
        for (number, text) in
            [(0, "0"), (512, "512"), (131_072, "131,072"), (1_000_000, "1,000,000")]
        {
            assert_eq!(thousands(number), text);
        }
    }
}
