//! Resources that belong to another one which they name: standalone rules, routes, entries.

use std::collections::BTreeMap;

use super::Hidden;
use super::parts::{Index, created, doubt, is_id_of, within};
use crate::cloudformation::{Created, Made, Resource, Value};
use crate::truth::Truth;

/// How many are looked at of which it is not known what they belong to: each may belong to every
/// owner. A template has at most 500 resources.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
const MOST_DOUBTFUL: usize = 200;

/// Resources of one type by what they belong to.
pub(super) struct Attached<'a> {
    sure: BTreeMap<Created, Vec<&'a Resource>>,
    elsewhere: Vec<(Value, &'a Resource)>,
}

impl<'a> Attached<'a> {
    /// The resources of a type; `owner` is what one belongs to, which is an `owner_kind`. What
    /// names no owner is left out, as CloudFormation refuses it.
    pub(super) fn new(
        index: &Index<'a>,
        kind: &str,
        owner_kind: &str,
        hidden: &mut Vec<Hidden>,
        owner: impl Fn(&Resource) -> Option<Value>,
    ) -> Attached<'a> {
        let mut attached = Attached { sure: BTreeMap::new(), elsewhere: Vec::new() };
        for resource in index.of_kind(kind) {
            let Some(owner) = owner(resource) else { continue };
            match index.made(&owner).filter(|owner| owner.kind == owner_kind) {
                Some(owner) => attached.sure.entry(created(owner)).or_default().push(resource),
                None => attached.elsewhere.push((owner, resource)),
            }
        }
        if let Some((_, first)) = attached.elsewhere.get(MOST_DOUBTFUL) {
            let why = format!("there are more than {MOST_DOUBTFUL} {kind} for what is not known");
            hidden.push(Hidden { place: first.place, why });
        }
        attached
    }

    /// Those that belong to a resource or may belong to it, in the order of the files, and whether
    /// they are there if the resource is.
    pub(super) fn to(&self, owner: &Resource) -> Vec<(&'a Resource, Made)> {
        let sure = self.sure.get(&created(owner)).into_iter().flatten();
        let sure = sure.map(|resource| (*resource, within(&resource.made, &owner.made)));
        let doubtful = self.elsewhere.iter().take(MOST_DOUBTFUL);
        let doubtful = doubtful.filter_map(|(value, resource)| match is_id_of(value, owner) {
            Truth::No => None,
            _ => Some((*resource, Made::Perhaps(doubt(value)))),
        });
        let mut all: Vec<_> = sure.chain(doubtful).collect();
        all.sort_by_key(|(resource, _)| resource.place);
        all
    }

    /// Those that do not surely belong to a resource of the world, in the order of the files.
    pub(super) fn elsewhere(&self) -> &[(Value, &'a Resource)] {
        &self.elsewhere
    }
}
