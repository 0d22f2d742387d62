//! From what a config needs and what was answered to a lock.

mod region;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use self::region::Merging;
use super::missing::missing_facts;
use super::wants::{looked_up_services, wants};
use super::{Lock, RegionFacts, StackFacts};
use crate::config::{Config, Setting, StackName};
use crate::diagnostic::{Diagnostic, Source, has_errors};
use crate::facts::prefix_lists::PrefixList;
use crate::facts::{Answer, IpRanges};

/// Where facts come from, and how far they are trusted.
pub struct Sources<'a> {
    /// The publication that prefixes are chosen from.
    pub ip_ranges: &'a IpRanges,
    /// What hosts answered, of any region; those nobody wants are passed over.
    pub answers: &'a [Answer],
    /// Prefix lists that were given or looked up, with where they come from.
    pub prefix_lists: &'a [(PrefixList, String)],
    /// What was looked up for stacks.
    pub stacks: &'a BTreeMap<StackName, StackFacts>,
    /// How addresses are forgotten; `None` where nobody looked, as in a snapshot.
    pub forget: Option<Forget>,
    /// What is taken although it looks wrong.
    pub accept: Accept,
}

/// When an address that is not seen any more is dropped.
#[derive(Debug, Clone, Copy)]
pub struct Forget {
    /// The day in UTC.
    pub today: Date,
    /// How many days without a sighting it takes.
    pub after_days: i32,
}

/// What is taken although it looks wrong.
#[derive(Debug, Clone, Copy, Default)]
pub struct Accept {
    /// A publication that is older than the lock's.
    pub older_ip_ranges: bool,
    /// A publication that has lost more than a tenth of its entries.
    pub smaller_ip_ranges: bool,
    /// That a pinned prefix is not published any more; the one that covers it takes its place.
    pub vanished_prefix: bool,
    /// That a pinned prefix is published for somebody else; the one that covers it takes its place.
    pub moved_prefix: bool,
}

/// A lock, and what is to be said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The lock that is to be written.
    pub lock: Lock,
    /// Warnings, at the places in the config that they are about.
    pub notices: Vec<Diagnostic>,
}

/// The lock for a config, from what the lock before it holds and what the sources say.
///
/// What no stack needs any more is left out; an unchanged world gives an equal lock.
///
/// # Errors
/// Every fact that is missing or cannot be trusted, at the place in the config that needs it.
pub fn resolve(
    config: &Config,
    source: &Arc<Source>,
    previous: Option<&Lock>,
    sources: &Sources<'_>,
) -> Result<Resolved, Vec<Diagnostic>> {
    let mut lock = Lock::default();
    let mut diagnostics = Vec::new();
    let mut missing = Vec::new();
    let mut answers: BTreeMap<&str, Vec<&Answer>> = BTreeMap::new();
    for answer in sources.answers {
        answers.entry(&answer.host).or_default().push(answer);
    }
    for (region, wanted) in wants(config) {
        let before = previous.and_then(|lock| lock.region(region));
        let mut merging = Merging {
            region,
            source,
            sources,
            answers: &answers,
            before,
            facts: RegionFacts::default(),
            diagnostics: &mut diagnostics,
            missing: &mut missing,
        };
        merging.hosts(&wanted);
        if let Some(span) = wanted.s3_prefix_list {
            merging.s3_prefix_list(span);
        }
        let facts = unless_only_published(merging.facts, before);
        lock.partitions.entry(region.partition).or_default().insert(region.name.to_owned(), facts);
    }
    for stack in config.stacks.values() {
        let name = &stack.name.value;
        let services = looked_up_services(stack);
        let before = || previous.and_then(|lock| lock.stacks.get(name));
        let Some(mut facts) = sources.stacks.get(name).or_else(before).cloned() else { continue };
        let in_its_vpc =
            matches!(&stack.network.vpc, Setting::Literal(vpc) if vpc.value == facts.vpc);
        facts
            .endpoint_addresses
            .retain(|known, _| services.iter().any(|service| service.name() == known));
        if in_its_vpc && !facts.endpoint_addresses.is_empty() {
            lock.stacks.insert(name.clone(), facts);
        }
    }
    diagnostics.extend(missing_facts(&missing, source));
    if has_errors(&diagnostics) {
        Err(diagnostics)
    } else {
        Ok(Resolved { lock, notices: diagnostics })
    }
}

/// The facts before, if nothing but the publication is new: AWS makes several a day, and one that
/// says the same of what is pinned is no change. So a lock names the publication in which its
/// facts were first found as they are.
fn unless_only_published(facts: RegionFacts, before: Option<&RegionFacts>) -> RegionFacts {
    let Some(before) = before else { return facts };
    let ip_ranges = before.ip_ranges.clone();
    let as_before = RegionFacts { ip_ranges, ..facts.clone() };
    if as_before == *before && facts.ip_ranges.is_some() { as_before } else { facts }
}
