//! The facts that are built into the program, so that it can be tried without a network.
//!
//! They are a sample and they age: observed addresses are what people have published of their own
//! look-ups. `resolve` without `--snapshot` is what a team should run.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::ip_ranges::{IpRanges, IpRangesError};
use super::{Answer, Seen, compact};
use crate::aws::{PrefixListId, Region};

/// Where built-in facts say they come from.
pub const SOURCE: &str = "built-in";

/// Written by [`pack`] from a publication of ip-ranges.json.
static IP_RANGES: &[u8] = include_bytes!("ip-ranges.bin");

/// The built-in publication of ip-ranges.json.
pub fn ip_ranges() -> IpRanges {
    compact::read(IP_RANGES).expect("the built-in prefixes are read back by a test")
}

/// A published ip-ranges.json in the form in which it is built in, with a line about it.
///
/// # Errors
/// [`IpRangesError`] if the JSON is not a publication.
pub fn pack(json: &[u8]) -> Result<(Vec<u8>, String), IpRangesError> {
    let ranges = IpRanges::parse(json)?;
    let bytes = compact::write(&ranges).map_err(|_| IpRangesError::TooManyKinds)?;
    let about = format!(
        "ip-ranges.json of {}: {} entries, {} bytes packed",
        ranges.publication().create_date,
        ranges.entries().count(),
        bytes.len()
    );
    Ok((bytes, about))
}

/// Which of ECR's hosts was observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Host {
    /// `api.ecr.REGION`.
    Api,
    /// `ecr.REGION`, which `api.ecr.REGION` is an alias of.
    PublicApi,
    /// The registry of an account that the observer did not name.
    Registry,
    /// The registry of this account.
    RegistryOf(&'static str),
}

/// Region, host, address, and when it was seen, if the observer said so.
type Observation = (&'static str, Host, &'static str, Option<&'static str>);

/// Addresses that ECR's hosts were publicly seen to have, newest known answer only.
const OBSERVATIONS: &[Observation] = &[
    ("ap-northeast-1", Host::Api, "3.112.64.17", Some("2025-03")),
    ("ap-northeast-1", Host::PublicApi, "3.112.64.17", Some("2025-03")),
    ("ap-northeast-1", Host::RegistryOf("012345678901"), "52.192.36.247", Some("2025-03")),
    ("ap-northeast-2", Host::Api, "54.180.184.234", None),
    ("ap-northeast-2", Host::Api, "54.180.184.245", None),
    ("ap-south-1", Host::Api, "13.234.8.23", None),
    ("ap-southeast-1", Host::Api, "13.251.117.186", None),
    ("eu-central-1", Host::Api, "3.122.128.199", None),
    ("eu-central-1", Host::Registry, "18.195.114.105", Some("2019-12-17")),
    ("eu-central-1", Host::Registry, "18.195.171.255", Some("2019-12-17")),
    ("eu-central-1", Host::Registry, "18.195.182.134", Some("2019-12-17")),
    ("eu-central-1", Host::Registry, "35.158.37.20", Some("2019-12-17")),
    ("eu-north-1", Host::Api, "13.53.180.123", None),
    ("eu-west-1", Host::Api, "63.34.62.189", None),
    ("eu-west-1", Host::Api, "63.34.63.179", None),
    ("eu-west-2", Host::Api, "3.8.169.253", Some("2026-06")),
    ("eu-west-2", Host::Api, "52.94.53.88", None),
    ("eu-west-3", Host::Api, "35.180.245.30", None),
    ("us-east-1", Host::Api, "44.213.79.50", None),
    ("us-east-1", Host::Api, "44.213.79.86", None),
    ("us-east-1", Host::Api, "52.46.128.2", None),
    ("us-east-1", Host::Api, "67.220.240.139", None),
    ("us-east-1", Host::Registry, "52.207.2.251", Some("2025-08")),
    ("us-east-2", Host::Api, "3.17.137.97", None),
    ("us-west-1", Host::Api, "13.52.118.188", None),
    ("us-west-2", Host::Api, "34.223.26.163", None),
    ("us-west-2", Host::Api, "34.223.27.162", None),
    ("us-west-2", Host::Api, "52.94.184.143", None),
];

/// The aliases of the hosts that were observed with them.
const ALIASES: &[(&str, Host, &str)] = &[
    ("ap-northeast-1", Host::Api, "ecr.ap-northeast-1.amazonaws.com"),
    (
        "ap-northeast-1",
        Host::RegistryOf("012345678901"),
        "nlb3-a01fc3168d6b4c7e.elb.ap-northeast-1.amazonaws.com",
    ),
];

/// What is known of ECR's hosts in a region; empty for most regions.
///
/// Order: that of the table. A registry of no known account has `*` in its place.
pub fn answers(region: &Region) -> Vec<Answer> {
    let mut answers: Vec<Answer> = Vec::new();
    let mut add = |host: String, cnames: Vec<String>, address: IpAddr, seen: Option<Seen>| {
        let same = |known: &&mut Answer| (&known.host, &known.seen) == (&host, &seen);
        if let Some(known) = answers.iter_mut().find(same) {
            known.addresses.insert(address);
        } else {
            let (addresses, seen_by) = (BTreeSet::from([address]), SOURCE.to_owned());
            answers.push(Answer { host, cnames, addresses, seen, seen_by });
        }
    };
    for (_, host, address, seen) in OBSERVATIONS.iter().filter(|o| o.0 == region.name) {
        let name = match host {
            Host::Api => region.ecr_api_host(),
            Host::PublicApi => region.ecr_public_host(),
            Host::Registry => region.registry_host("*"),
            Host::RegistryOf(account) => region.registry_host(account),
        };
        let address = address.parse().expect("the built-in addresses are read by a test");
        let seen = seen.map(|day| day.parse().expect("the built-in days are read by a test"));
        if let Host::RegistryOf(_) = host {
            // The registries of a region share their addresses, so it is one of any account's too.
            add(region.registry_host("*"), Vec::new(), address, seen.clone());
        }
        let aliases = ALIASES.iter().filter(|alias| (alias.0, alias.1) == (region.name, *host));
        add(name, aliases.map(|alias| alias.2.to_owned()).collect(), address, seen);
    }
    answers
}

/// The ids of S3's prefix lists that two people have published independently, one of them with
/// the output of EC2's API. Other regions have one too; guessing it would deploy and fail.
const S3_PREFIX_LISTS: &[(&str, &str)] = &[
    ("ap-northeast-1", "pl-61a54008"),
    ("ap-northeast-2", "pl-78a54011"),
    ("ap-northeast-3", "pl-a4a540cd"),
    ("ap-south-1", "pl-78a54011"),
    ("ap-southeast-1", "pl-6fa54006"),
    ("ap-southeast-2", "pl-6ca54005"),
    ("ca-central-1", "pl-7da54014"),
    ("eu-central-1", "pl-6ea54007"),
    ("eu-north-1", "pl-c3aa4faa"),
    ("eu-west-1", "pl-6da54004"),
    ("eu-west-2", "pl-7ca54015"),
    ("eu-west-3", "pl-23ad484a"),
    ("sa-east-1", "pl-6aa54003"),
    ("us-east-1", "pl-63a5400a"),
    ("us-east-2", "pl-7ba54012"),
    ("us-west-1", "pl-6ba54002"),
    ("us-west-2", "pl-68a54001"),
];

/// The id of S3's prefix list in a region; `None` where nobody has confirmed one.
pub fn s3_prefix_list(region: &Region) -> Option<PrefixListId> {
    let (_, id) = S3_PREFIX_LISTS.iter().find(|(name, _)| *name == region.name)?;
    Some(id.parse().expect("the built-in ids are read by a test"))
}

/// The region whose S3 prefix list an id is known to be, where another one has this id in `region`.
pub fn region_of_foreign_s3_prefix_list(
    region: &Region,
    id: &PrefixListId,
) -> Option<&'static Region> {
    let is_own = s3_prefix_list(region)? == *id;
    let other = || Region::ALL.iter().find(|other| s3_prefix_list(other).as_ref() == Some(id));
    if is_own { None } else { other() }
}

/// DynamoDB's prefix lists that are known to have an id which S3 has in another region.
const DYNAMODB_PREFIX_LISTS: &[(&str, &str)] = &[
    ("ap-northeast-1", "pl-78a54011"),
    ("eu-west-1", "pl-6fa54006"),
    ("us-west-1", "pl-6ea54007"),
];

/// Whether an id is known to be DynamoDB's prefix list in a region.
pub fn is_dynamodb_prefix_list(region: &Region, id: &PrefixListId) -> bool {
    DYNAMODB_PREFIX_LISTS.iter().any(|(name, list)| *name == region.name && *list == id.as_str())
}

#[cfg(test)]
mod tests {
    use ipnet::{IpNet, Ipv6Net};
    use prefix_trie::PrefixMap;

    use super::super::IpRange;
    use super::*;
    use crate::prefix::Prefix;

    #[test]
    fn the_built_in_prefixes_are_those_of_the_publication() {
        let ranges = ip_ranges();
        assert_eq!(ranges.publication().create_date, "2026-08-22-21-17-05");
        assert_eq!(
            ranges.publication().sha256,
            "009ce7e99724d1d0af43a515de98486ac37993a21f910bcb9324752386dc6c9b"
        );
        let ipv4 = ranges.entries().filter(|entry| entry.prefix.is_ipv4()).count();
        assert_eq!((ipv4, ranges.entries().count() - ipv4), (10_666, 6_160));
        assert!(IP_RANGES.len() < 150_000, "{}", IP_RANGES.len());
    }

    #[test]
    fn longest_match_agrees_with_a_trie_around_every_prefix() {
        let ranges = ip_ranges();
        // IPv4 is mapped into IPv6, of which nothing is published there.
        let mapped = |prefix: Prefix| match prefix.net() {
            IpNet::V4(net) => {
                Ipv6Net::new(net.network().to_ipv6_mapped(), 96 + net.prefix_len()).unwrap()
            }
            IpNet::V6(net) => net,
        };
        let mut trie = PrefixMap::<Ipv6Net, Vec<IpRange<'_>>>::new();
        for entry in ranges.entries() {
            trie.entry(mapped(entry.prefix)).or_default().push(entry);
        }
        assert_eq!(trie.len(), 11_012);
        // Matches change only at the first address of a prefix and behind its last.
        for entry in ranges.entries() {
            for address in [entry.prefix.network(), entry.prefix.broadcast()] {
                let (_, longest) = trie.get_lpm(&mapped(Prefix::host(address))).unwrap();
                assert_eq!(
                    &ranges.longest_match(address).collect::<Vec<_>>(),
                    longest,
                    "{address}"
                );
            }
        }
    }

    #[test]
    fn every_observed_address_is_amazons_in_its_region() {
        let ranges = ip_ranges();
        for region in Region::ALL {
            for answer in answers(region) {
                for address in &answer.addresses {
                    let covering = ranges.longest_amazon_match(*address, region.name);
                    assert!(!covering.is_empty(), "{address} in {region}");
                }
            }
            s3_prefix_list(region);
        }
        let named = |name: &str| Region::named(name).is_some();
        assert!(
            OBSERVATIONS.iter().all(|o| named(o.0)) && S3_PREFIX_LISTS.iter().all(|l| named(l.0))
        );
    }

    #[test]
    fn the_worked_example_resolves_to_its_two_prefixes() {
        let ranges = ip_ranges();
        let found = |address: &str| {
            let entries = ranges.longest_amazon_match(address.parse().unwrap(), "ap-northeast-1");
            entries.iter().map(|e| format!("{} {}", e.prefix, e.service)).collect::<Vec<_>>()
        };
        assert_eq!(found("3.112.64.17"), ["3.112.64.0/23 AMAZON"]);
        assert_eq!(found("52.192.36.247"), ["52.192.0.0/15 AMAZON", "52.192.0.0/15 EC2"]);
    }
}
