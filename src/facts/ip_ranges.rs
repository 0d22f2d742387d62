//! The prefixes that AWS publishes as ip-ranges.json.
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/userguide/aws-ip-ranges.html>

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::nesting::Nesting;
use crate::prefix::{Prefix, PrefixError, shorten};

/// The service of the entries that hold every address AWS announces, ECR's among them; ECR has no
/// entries of its own.
const AMAZON: &str = "AMAZON";

/// Which publication of ip-ranges.json something comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Publication {
    /// When it was made, `YYYY-MM-DD-hh-mm-ss` in UTC, as published.
    pub create_date: String,
    /// How many entries it has, of both families.
    pub entries: usize,
    /// SHA-256 of the published file, hexadecimal.
    pub sha256: String,
    /// The same time in seconds since 1970, as published: a text of digits.
    pub sync_token: String,
}

/// One entry: a service uses a prefix in a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct IpRange<'a> {
    /// The addresses that it is about.
    pub prefix: Prefix,
    /// The service, such as `AMAZON` or `EC2`; new ones appear.
    pub service: &'a str,
    /// The region, or `GLOBAL`.
    pub region: &'a str,
    /// The border group: the region, or one of its Local Zones.
    pub border_group: &'a str,
}

/// A publication with an index for longest matches.
pub struct IpRanges {
    publication: Publication,
    /// Service, region and border group, each combination once.
    kinds: Vec<EntryKind>,
    /// Sorted by prefix, then kind.
    entries: Vec<(Prefix, u16)>,
    /// Of each prefix where its entries begin, and behind the last where all end.
    groups: Vec<usize>,
    /// Of the prefixes, in the order of `groups`.
    nesting: Nesting,
}

/// What an entry says beside its prefix.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct EntryKind {
    pub(super) service: String,
    pub(super) region: String,
    pub(super) border_group: String,
}

/// Why a text is not a publication of ip-ranges.json.
#[derive(Debug, thiserror::Error)]
pub enum IpRangesError {
    /// Not JSON, or not of this form.
    #[error("{0}")]
    Form(#[from] serde_json::Error),
    /// A prefix is not an address and a length, or has host bits.
    #[error("entry {index} of `{list}`: {error}")]
    Prefix {
        /// Which of the two lists.
        list: &'static str,
        /// Counted from 0.
        index: usize,
        /// What is wrong with it.
        error: PrefixError,
    },
    /// A prefix is in the list of the other family.
    #[error("entry {index} of `{list}`: {prefix} is of the other family")]
    Family {
        /// Which of the two lists.
        list: &'static str,
        /// Counted from 0.
        index: usize,
        /// The prefix.
        prefix: Prefix,
    },
    /// Prefix, service, region and border group stand twice.
    #[error("{prefix} is listed twice for {service} in {region}")]
    Duplicate {
        /// The prefix.
        prefix: Prefix,
        /// Of which service.
        service: String,
        /// In which region.
        region: String,
    },
    /// There are more kinds of entries than the index has numbers for.
    #[error("more than 65,535 combinations of service, region and border group")]
    TooManyKinds,
    /// The sync token is not a number of seconds.
    #[error("`{0}` is not a sync token")]
    SyncToken(String),
    /// It has no entries, and no publication of AWS has none.
    #[error("no prefixes")]
    Empty,
}

/// What is published, with its texts where they stand in the JSON.
#[derive(Deserialize)]
struct Published<'a> {
    #[serde(rename = "syncToken")]
    sync_token: String,
    #[serde(rename = "createDate")]
    create_date: String,
    #[serde(borrow)]
    prefixes: Vec<PublishedEntry<'a>>,
    #[serde(borrow)]
    ipv6_prefixes: Vec<PublishedEntry<'a>>,
}

#[derive(Deserialize)]
struct PublishedEntry<'a> {
    #[serde(borrow, alias = "ip_prefix", alias = "ipv6_prefix")]
    prefix: Cow<'a, str>,
    #[serde(borrow)]
    region: Cow<'a, str>,
    #[serde(borrow)]
    service: Cow<'a, str>,
    /// Publications before April 2020 have none.
    #[serde(borrow)]
    network_border_group: Option<Cow<'a, str>>,
}

impl PublishedEntry<'_> {
    /// Service, region and border group, in the order of [`EntryKind`].
    fn kind(&self) -> (&str, &str, &str) {
        let border_group = self.network_border_group.as_deref().unwrap_or(&self.region);
        (&self.service, &self.region, border_group)
    }
}

impl IpRanges {
    /// Reads the JSON that AWS publishes.
    ///
    /// # Errors
    /// [`IpRangesError`], for the first entry that is not as published ones are.
    pub fn parse(json: &[u8]) -> Result<IpRanges, IpRangesError> {
        let published: Published = serde_json::from_slice(json)?;
        if published.sync_token.parse::<u64>().is_err() {
            return Err(IpRangesError::SyncToken(shorten(&published.sync_token)));
        }
        let lists = [
            ("prefixes", &published.prefixes, true),
            ("ipv6_prefixes", &published.ipv6_prefixes, false),
        ];
        // A few hundred combinations stand for all of the entries.
        let mut numbers: BTreeMap<(&str, &str, &str), u16> = BTreeMap::new();
        let all = || lists.iter().flat_map(|(_, list, _)| list.iter());
        for entry in all() {
            numbers.insert(entry.kind(), 0);
        }
        for (number, slot) in numbers.values_mut().enumerate() {
            *slot = u16::try_from(number).map_err(|_| IpRangesError::TooManyKinds)?;
        }
        let mut entries = Vec::with_capacity(all().count());
        for (list, published, ipv4) in lists {
            for (index, entry) in published.iter().enumerate() {
                let prefix = family_checked(&entry.prefix, list, index, ipv4)?;
                entries.push((prefix, numbers[&entry.kind()]));
            }
        }
        if entries.is_empty() {
            return Err(IpRangesError::Empty);
        }
        entries.sort_unstable();
        let kinds: Vec<EntryKind> = numbers
            .into_keys()
            .map(|(service, region, border_group)| EntryKind {
                service: service.to_owned(),
                region: region.to_owned(),
                border_group: border_group.to_owned(),
            })
            .collect();
        if let Some([(prefix, kind), ..]) = entries.windows(2).find(|pair| pair[0] == pair[1]) {
            let kind = &kinds[usize::from(*kind)];
            return Err(IpRangesError::Duplicate {
                prefix: *prefix,
                service: kind.service.clone(),
                region: kind.region.clone(),
            });
        }
        let publication = Publication {
            create_date: published.create_date.clone(),
            entries: entries.len(),
            sha256: hex(&Sha256::digest(json)),
            sync_token: published.sync_token.clone(),
        };
        Ok(IpRanges::new(publication, kinds, entries))
    }

    /// Indexes entries that are sorted and whose kinds are all there.
    pub(super) fn new(
        publication: Publication,
        kinds: Vec<EntryKind>,
        entries: Vec<(Prefix, u16)>,
    ) -> IpRanges {
        let same = |one: &(Prefix, u16), next: &(Prefix, u16)| one.0 == next.0;
        let nesting = Nesting::new(entries.chunk_by(same).map(|group| group[0].0));
        let ends = entries.chunk_by(same).scan(0, |end, group| {
            *end += group.len();
            Some(*end)
        });
        let groups = std::iter::once(0).chain(ends).collect();
        IpRanges { publication, kinds, entries, groups, nesting }
    }

    /// Which publication this is.
    pub fn publication(&self) -> &Publication {
        &self.publication
    }

    pub(super) fn parts(&self) -> (&[EntryKind], &[(Prefix, u16)]) {
        (&self.kinds, &self.entries)
    }

    /// Every entry, sorted by prefix, then service, region and border group.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = IpRange<'_>> {
        self.slice(0..self.entries.len())
    }

    fn slice(&self, range: Range<usize>) -> impl ExactSizeIterator<Item = IpRange<'_>> {
        self.entries[range].iter().map(|(prefix, kind)| {
            let EntryKind { service, region, border_group } = &self.kinds[usize::from(*kind)];
            IpRange { prefix: *prefix, service, region, border_group }
        })
    }

    /// The entries of a prefix, by its position.
    fn group(&self, position: usize) -> impl ExactSizeIterator<Item = IpRange<'_>> {
        self.slice(self.groups[position]..self.groups[position + 1])
    }

    /// Every entry whose prefix covers `address` at the greatest length.
    ///
    /// More than one is normal: AWS lists 52.192.0.0/15 under AMAZON and EC2. Sorted by service,
    /// region and border group; empty if AWS does not announce the address.
    pub fn longest_match(&self, address: IpAddr) -> impl ExactSizeIterator<Item = IpRange<'_>> {
        let range = self
            .nesting
            .longest(address)
            .map_or(0..0, |position| self.groups[position]..self.groups[position + 1]);
        self.slice(range)
    }

    /// Every entry of exactly this prefix, sorted as in [`IpRanges::longest_match`].
    pub fn of_prefix(&self, prefix: Prefix) -> Vec<IpRange<'_>> {
        let start = self.entries.partition_point(|(other, _)| *other < prefix);
        let end = self.entries.partition_point(|(other, _)| *other <= prefix);
        self.slice(start..end).collect()
    }

    /// The prefixes inside of this one, itself left out, that are listed as AMAZON's in `region`;
    /// sorted.
    pub fn amazon_parts(&self, prefix: Prefix, region: &str) -> Vec<Prefix> {
        let start = self.entries.partition_point(|(other, _)| *other <= prefix);
        let mut parts: Vec<Prefix> = self.entries[start..]
            .iter()
            .take_while(|(part, _)| prefix.covers(*part))
            .filter(|(_, kind)| {
                let kind = &self.kinds[usize::from(*kind)];
                kind.service == AMAZON && kind.region == region
            })
            .map(|(part, _)| *part)
            .collect();
        parts.dedup();
        parts
    }

    /// Whether it has an AMAZON entry of the region.
    pub fn has_region(&self, region: &str) -> bool {
        self.kinds.iter().any(|kind| kind.service == AMAZON && kind.region == region)
    }

    /// Every entry of the longest prefix that covers `address` and is listed as AMAZON's in
    /// `region`.
    ///
    /// Not the same as [`IpRanges::longest_match`]: a prefix may be listed for EC2 alone, inside
    /// of a shorter one of AMAZON's, and may be another customer's by next week. Sorted as there;
    /// empty if no AMAZON prefix of the region covers the address.
    pub fn longest_amazon_match(&self, address: IpAddr, region: &str) -> Vec<IpRange<'_>> {
        let mut covering = self.nesting.covering(address);
        let is_amazon = |entry: IpRange<'_>| entry.service == AMAZON && entry.region == region;
        covering
            .find(|position| self.group(*position).any(is_amazon))
            .map_or_else(Vec::new, |position| self.group(position).collect())
    }
}

fn family_checked(
    text: &str,
    list: &'static str,
    index: usize,
    ipv4: bool,
) -> Result<Prefix, IpRangesError> {
    let prefix: Prefix =
        text.parse().map_err(|error| IpRangesError::Prefix { list, index, error })?;
    if prefix.is_ipv4() == ipv4 {
        Ok(prefix)
    } else {
        Err(IpRangesError::Family { list, index, prefix })
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publication(ipv4: &[(&str, &str, &str)]) -> Vec<u8> {
        let entry = |(prefix, region, service): &(&str, &str, &str)| serde_json::json!({"ip_prefix": prefix, "region": region, "service": service});
        serde_json::to_vec(&serde_json::json!({
            "syncToken": "1", "createDate": "1970-01-01-00-00-01",
            "prefixes": ipv4.iter().map(entry).collect::<Vec<_>>(), "ipv6_prefixes": [],
        }))
        .unwrap()
    }

    #[test]
    fn a_longest_match_has_every_entry_of_the_greatest_length() {
        let json = publication(&[
            ("10.0.0.0/8", "r", "AMAZON"),
            ("10.1.0.0/16", "r", "EC2"),
            ("10.1.0.0/16", "r", "AMAZON"),
            ("10.1.2.0/24", "r", "EC2"),
            ("10.1.2.0/25", "other", "AMAZON"),
        ]);
        let ranges = IpRanges::parse(&json).unwrap();
        let services = |entries: Vec<IpRange<'_>>| {
            entries.iter().map(|e| format!("{} {}", e.prefix, e.service)).collect::<Vec<_>>()
        };
        let longest = |text: &str| services(ranges.longest_match(text.parse().unwrap()).collect());
        let amazon = |text: &str| services(ranges.longest_amazon_match(text.parse().unwrap(), "r"));
        assert_eq!(longest("10.1.0.1"), ["10.1.0.0/16 AMAZON", "10.1.0.0/16 EC2"]);
        assert_eq!(longest("10.1.2.200"), ["10.1.2.0/24 EC2"]);
        assert_eq!(amazon("10.1.2.200"), ["10.1.0.0/16 AMAZON", "10.1.0.0/16 EC2"]);
        assert_eq!(amazon("10.1.2.1"), ["10.1.0.0/16 AMAZON", "10.1.0.0/16 EC2"]);
        assert_eq!(amazon("10.2.0.0"), ["10.0.0.0/8 AMAZON"]);
        assert!(longest("11.0.0.0").is_empty());
        assert!(longest("::1").is_empty());
    }

    #[test]
    fn what_is_not_a_publication_is_refused() {
        let refusal = |json: &[u8]| IpRanges::parse(json).err().unwrap().to_string();
        assert!(refusal(b"<html>").starts_with("expected value at line 1"));
        assert!(refusal(br#"{"syncToken":"1""#).contains("EOF"));
        assert!(refusal(b"{}").contains("missing field"));
        assert_eq!(refusal(&publication(&[])), "no prefixes");
        assert_eq!(
            refusal(&publication(&[("10.0.0.1/8", "r", "AMAZON")])),
            "entry 0 of `prefixes`: `10.0.0.1/8` has host bits set"
        );
        assert_eq!(
            refusal(&publication(&[("::/8", "r", "AMAZON")])),
            "entry 0 of `prefixes`: ::/8 is of the other family"
        );
        assert_eq!(
            refusal(&publication(&[("10.0.0.0/8", "r", "S"), ("10.0.0.0/8", "r", "S")])),
            "10.0.0.0/8 is listed twice for S in r"
        );
    }
}
