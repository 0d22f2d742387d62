//! What is known of AWS beside the templates: prefix lists and S3's prefixes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use super::sets::Numbers;
use crate::aws::{PrefixListId, Region};
use crate::facts::built_in;
use crate::lock::Lock;
use crate::prefix::Prefix;

/// Facts that are built in, and those of a lock, which come before them.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    lock: Option<Arc<Lock>>,
    /// By region: what somebody says S3's prefix list is.
    said: BTreeMap<&'static str, PrefixListId>,
}

/// What a prefix list id is known to be in a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    /// S3's.
    S3,
    /// Somebody else's: `DynamoDB's prefix list`, `S3's prefix list in us-east-1`.
    Foreign(String),
}

impl Facts {
    /// The built-in facts, and those of a lock if there is one.
    pub fn new(lock: Option<Lock>) -> Facts {
        Facts { lock: lock.map(Arc::new), ..Facts::default() }
    }

    /// The same, where S3's prefix list in a region is said to be this one.
    #[must_use]
    pub fn with_s3_prefix_list(mut self, region: &'static Region, id: PrefixListId) -> Facts {
        self.said.insert(region.name, id);
        self
    }

    /// The id of S3's prefix list in a region, if it is known.
    pub(super) fn s3_prefix_list(&self, region: &Region) -> Option<PrefixListId> {
        if let Some(id) = self.said.get(region.name) {
            return Some(id.clone());
        }
        let locked = self.lock.as_ref().and_then(|lock| lock.region(region)?.s3_prefix_list());
        locked.map(|list| list.id.clone()).or_else(|| built_in::s3_prefix_list(region))
    }

    /// What an id is known to be in a region; `None` where nobody knows it.
    pub(super) fn prefix_list(&self, region: &Region, id: &PrefixListId) -> Option<Known> {
        let own = self.s3_prefix_list(region);
        if own.as_ref() == Some(id) {
            return Some(Known::S3);
        }
        if built_in::is_dynamodb_prefix_list(region, id) {
            return Some(Known::Foreign("DynamoDB's prefix list".to_owned()));
        }
        // Ids repeat across regions, so an id of another region says nothing where the own is not known.
        let own = own?;
        let others: Vec<&str> = Region::ALL
            .iter()
            .filter(|other| self.s3_prefix_list(other).as_ref() == Some(id))
            .map(|other| other.name)
            .collect();
        (!others.is_empty()).then(|| {
            Known::Foreign(format!(
                "S3's prefix list in {}, and in {region} that is `{own}`",
                others.join(" and ")
            ))
        })
    }

    /// S3's IPv4 addresses in a region, as published; `None` where nothing is.
    pub(super) fn s3_addresses(&self, region: &Region) -> Option<&'static Numbers> {
        static PUBLISHED: OnceLock<BTreeMap<String, Numbers>> = OnceLock::new();
        PUBLISHED.get_or_init(s3_by_region).get(region.name)
    }
}

/// S3's IPv4 addresses by region, from the built-in publication.
fn s3_by_region() -> BTreeMap<String, Numbers> {
    let ranges = built_in::ip_ranges();
    let mut prefixes: BTreeMap<String, BTreeSet<Prefix>> = BTreeMap::new();
    for entry in ranges.entries().filter(|entry| entry.service == "S3") {
        prefixes.entry(entry.region.to_owned()).or_default().insert(entry.prefix);
    }
    let ipv4 = |(region, prefixes)| (region, Numbers::of_ipv4(prefixes));
    prefixes.into_iter().map(ipv4).filter(|(_, numbers)| !numbers.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_somebody_elses_only_where_that_is_known() {
        let known = |region: &str, id: &str| {
            let region = Region::named(region).unwrap();
            Facts::default().prefix_list(region, &id.parse().unwrap())
        };
        let foreign = |text: &str| Some(Known::Foreign(text.to_owned()));
        assert_eq!(known("ap-northeast-1", "pl-61a54008"), Some(Known::S3));
        assert_eq!(known("ap-northeast-1", "pl-78a54011"), foreign("DynamoDB's prefix list"));
        assert_eq!(
            known("ap-northeast-1", "pl-63a5400a"),
            foreign("S3's prefix list in us-east-1, and in ap-northeast-1 that is `pl-61a54008`")
        );
        assert_eq!(known("ap-northeast-1", "pl-0a1b2c3d4e5f60719"), None);
        // Its own id is not known.
        assert_eq!(known("af-south-1", "pl-63a5400a"), None);
    }

    #[test]
    fn s3_has_published_addresses_in_every_region_that_is_not_isolated() {
        for region in Region::ALL {
            let has = Facts::default().s3_addresses(region).is_some();
            assert!(
                has || region.partition.is_isolated() || region.name == "eusc-de-east-1",
                "{region}"
            );
        }
    }
}
