//! A network with what is known beside it, and who is who in it.

use std::collections::BTreeMap;

use super::facts::{Facts, Known};
use super::network::{Group, Network, PrefixList, Subnet, Vpc, prefix};
use super::sets::Numbers;
use super::work::Work;
use crate::aws::{PrefixListId, Service};
use crate::cloudformation::{Evaluated, Text, Value};
use crate::prefix::Prefix;
use crate::truth::Truth;

/// What legs are found in.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    /// What the templates describe.
    pub(super) network: &'a Network,
    /// What they come to: their resources, region, account and partition.
    pub(super) evaluated: &'a Evaluated,
    /// What is known of AWS.
    pub(super) facts: &'a Facts,
    /// Services whose endpoints are in the VPC and made elsewhere, for somebody says so.
    pub(super) existing: &'a [Service],
    /// How much may still be looked at.
    pub(super) work: &'a Work,
    /// What the templates make.
    pub(super) made: &'a ById<'a>,
}

/// What the templates make, by its id.
pub(super) struct ById<'a> {
    vpcs: BTreeMap<&'a Text, &'a Vpc>,
    subnets: BTreeMap<&'a Text, &'a Subnet>,
    groups: BTreeMap<&'a Text, &'a Group>,
    prefix_lists: BTreeMap<&'a Text, &'a PrefixList>,
}

impl<'a> ById<'a> {
    /// What a network has.
    pub(super) fn of(network: &'a Network) -> ById<'a> {
        ById {
            vpcs: by_id(&network.vpcs, |one| &one.id),
            subnets: by_id(&network.subnets, |one| &one.id),
            groups: by_id(network.groups.iter().chain(&network.default_groups), |one| &one.id),
            prefix_lists: by_id(&network.prefix_lists, |one| &one.id),
        }
    }
}

fn by_id<'a, T>(
    all: impl IntoIterator<Item = &'a T>,
    id: impl Fn(&'a T) -> &'a Value,
) -> BTreeMap<&'a Text, &'a T> {
    all.into_iter().filter_map(|one| Some((id(one).as_text()?, one))).collect()
}

/// What a prefix list is, beside those that the templates make.
pub(super) enum ListOf {
    /// S3's of this region.
    S3Here,
    /// Taken to be S3's, and why that is not known.
    TakenForS3(String),
    /// Somebody else's.
    Foreign(String),
    /// Nobody can tell, and why.
    Open(String),
}

impl<'a> View<'a> {
    /// The VPC that an id surely is, if it is made here.
    pub(super) fn vpc(&self, id: &Value) -> Option<&'a Vpc> {
        self.made.vpcs.get(id.as_text()?).copied()
    }

    /// The VPC that a subnet is in, if both are made here.
    pub(super) fn vpc_of(&self, subnet: &Value) -> Option<&'a Vpc> {
        self.vpc(self.subnet(subnet)?.vpc.as_ref()?)
    }

    /// The subnet that an id surely is, if it is made here.
    pub(super) fn subnet(&self, id: &Value) -> Option<&'a Subnet> {
        self.made.subnets.get(id.as_text()?).copied()
    }

    /// The group that an id surely is, if it is made here.
    pub(super) fn group(&self, id: &Value) -> Option<&'a Group> {
        self.made.groups.get(id.as_text()?).copied()
    }

    /// The prefix list that an id surely is, if it is made here.
    pub(super) fn prefix_list(&self, id: &Value) -> Option<&'a PrefixList> {
        self.made.prefix_lists.get(id.as_text()?).copied()
    }

    /// The IPv4 addresses of a VPC, if all of its prefixes are known.
    pub(super) fn vpc_addresses(&self, vpc: &Vpc) -> Option<Numbers> {
        let prefixes: Option<Vec<Prefix>> = vpc.cidrs.iter().map(prefix).collect();
        prefixes.filter(|prefixes| !prefixes.is_empty()).map(Numbers::of_ipv4)
    }

    /// S3's addresses in the region, if both are known.
    pub(super) fn s3_addresses(&self) -> Option<&'static Numbers> {
        self.facts.s3_addresses(self.network.region?)
    }

    /// What a prefix list that is not made here is.
    pub(super) fn list_of(&self, id: &Value) -> ListOf {
        let Some(text) = id.as_known() else {
            let why = id.as_text().and_then(|text| text.why()).unwrap_or_default();
            return ListOf::TakenForS3(format!("`{id}` is S3's prefix list ({why})"));
        };
        let Ok(id) = text.parse::<PrefixListId>() else {
            return ListOf::Foreign("not an id of a prefix list".to_owned());
        };
        let Some(region) = self.network.region else {
            return ListOf::TakenForS3(format!("`{id}` is S3's prefix list where it is deployed"));
        };
        match (self.facts.prefix_list(region, &id), self.facts.s3_prefix_list(region)) {
            (Some(Known::S3), _) => ListOf::S3Here,
            (Some(Known::Foreign(whose)), _) => ListOf::Foreign(whose),
            (None, Some(s3)) => {
                ListOf::Open(format!("what `{id}` holds is not known; S3's in {region} is `{s3}`"))
            }
            (None, None) => ListOf::TakenForS3(format!("`{id}` is S3's prefix list in {region}")),
        }
    }

    /// Whether two values are the same; of one that is left out nobody can tell.
    pub(super) fn same(a: Option<&Value>, b: Option<&Value>) -> Truth {
        match (a, b) {
            (Some(a), Some(b)) => a.same(b),
            _ => Truth::Unknown,
        }
    }
}
