//! Facts about the world: published prefixes, observed addresses, prefix list ids. Where they come
//! from is another matter: some are built in, others are looked up.

pub mod answers;
pub mod built_in;
mod compact;
pub mod ip_ranges;
mod nesting;
pub mod prefix_lists;
mod seen;

use std::collections::BTreeSet;
use std::net::IpAddr;

pub use ip_ranges::{IpRange, IpRanges, Publication};
pub use seen::{Seen, SeenError};

/// What a host answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The host that was asked; `*` in the place of an account is a registry of no known account.
    pub host: String,
    /// The names it is an alias of, in the order they were followed.
    pub cnames: Vec<String>,
    /// Its addresses.
    pub addresses: BTreeSet<IpAddr>,
    /// When; `None` where the source does not say.
    pub seen: Option<Seen>,
    /// Who answered: `built-in`, the name of a file, or a resolver.
    pub seen_by: String,
}
