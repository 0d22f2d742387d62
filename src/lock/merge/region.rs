//! What a config needs of one region.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;

use super::{Forget, Sources};
use crate::aws::{Region, Service};
use crate::diagnostic::{Code, Diagnostic, Source, has_errors};
use crate::facts::{Answer, Seen, built_in};
use crate::lock::missing::{Missing, MissingKind};
use crate::lock::trust::trust;
use crate::lock::wants::Wants;
use crate::lock::{
    HostFacts, PrefixFacts, PrefixListFacts, RegionFacts, ServiceFacts, Sighting, WantedHost,
};
use crate::prefix::Prefix;

/// A day is brought up to date only after a third of this, where nothing else is said.
const FORGET_AFTER_DAYS: i32 = 90;

/// The facts of a region while they are put together.
pub(super) struct Merging<'a> {
    pub(super) region: &'static Region,
    pub(super) source: &'a Arc<Source>,
    pub(super) sources: &'a Sources<'a>,
    pub(super) answers: &'a BTreeMap<&'a str, Vec<&'a Answer>>,
    pub(super) before: Option<&'a RegionFacts>,
    pub(super) facts: RegionFacts,
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
    pub(super) missing: &'a mut Vec<Missing>,
}

impl Merging<'_> {
    /// What hosts answered, and the prefixes of it.
    pub(super) fn hosts(&mut self, wanted: &Wants) {
        let Some(span) = wanted.prefixes() else { return };
        if let Err(refusal) = self.trust(span) {
            self.diagnostics.push(refusal);
            return;
        }
        self.facts.ip_ranges = Some(self.sources.ip_ranges.publication().clone());
        for (service, hosts) in &wanted.hosts {
            for (host, span) in hosts {
                self.host(service, host, span);
            }
        }
    }

    /// Whether the publication can be the one after the lock's.
    fn trust(&self, span: &Range<usize>) -> Result<(), Diagnostic> {
        let known = self.before.and_then(|facts| facts.ip_ranges.as_ref());
        trust(self.region, known, self.sources.ip_ranges, self.sources.accept)
            .map_err(|refusal| refusal.at(self.source, span.clone(), "needed here"))
    }

    fn host(&mut self, service: &Service, wanted: &WantedHost, span: &Range<usize>) {
        let said = self.diagnostics.len();
        let known = self.before.and_then(|facts| facts.services.get(service.name()));
        let mut found: BTreeMap<String, HostFacts> = known
            .into_iter()
            .flat_map(|facts| &facts.hosts)
            .filter(|(host, _)| wanted.is_served_by(host))
            .map(|(host, facts)| (host.clone(), facts.clone()))
            .collect();
        let names = wanted.names().into_iter();
        let answers: Vec<&Answer> =
            names.flat_map(|name| self.answers.get(name)).flatten().copied().collect();
        for answer in &answers {
            let facts = found
                .entry(answer.host.clone())
                .or_insert_with(|| HostFacts { addresses: BTreeMap::new(), cnames: Vec::new() });
            self.add(facts, answer, span);
        }
        if let Some(forget) = self.sources.forget {
            for facts in found.values_mut() {
                facts.addresses.retain(|_, sighting| !sighting.is_forgotten(forget));
            }
        }
        found.retain(|_, facts| !facts.addresses.is_empty());
        // A registry of no known account stands in only for one that nobody has seen.
        if let WantedHost::Registry { host, any, .. } = wanted
            && found.contains_key(host)
        {
            found.remove(any);
        }
        if found.is_empty() {
            self.missing_host(service, wanted, span);
            return;
        }
        let answered: BTreeSet<IpAddr> =
            answers.iter().flat_map(|answer| answer.addresses.iter().copied()).collect();
        for facts in found.values_mut() {
            facts
                .addresses
                .retain(|address, sighting| self.choose(*address, sighting, &answered, span));
        }
        found.retain(|_, facts| !facts.addresses.is_empty());
        // Every address was let go of; why, where it was a mistake, has been said.
        if found.is_empty() && !has_errors(&self.diagnostics[said..]) {
            self.missing_host(service, wanted, span);
            return;
        }
        let service = self.facts.services.entry(service.name().to_owned()).or_default();
        service.hosts.extend(found);
    }

    fn missing_host(&mut self, service: &Service, wanted: &WantedHost, span: &Range<usize>) {
        let region = self.region;
        let what = match wanted {
            WantedHost::Registry { account, .. } => {
                format!("no address of account {account}'s registry in `{region}` is known")
            }
            WantedHost::Named(_) => {
                format!("no address of the `{service}` host in `{region}` is known")
            }
        };
        let kind = MissingKind::Host(wanted.to_ask().to_owned());
        self.missing.push(Missing { what, span: span.clone(), kind });
    }

    /// Adds an answer to what is known of a host.
    fn add(&mut self, facts: &mut HostFacts, answer: &Answer, span: &Range<usize>) {
        let forget_after =
            self.sources.forget.map_or(FORGET_AFTER_DAYS, |forget| forget.after_days);
        let mut is_news = false;
        for address in &answer.addresses {
            if let Some(known) = facts.addresses.get_mut(address) {
                known.seen_by.insert(answer.seen_by.clone());
                let outdated = match (&known.last_seen, &answer.seen) {
                    (Some(old), Some(new)) => old.is_outdated_by(new, forget_after),
                    (old, new) => old.is_none() && new.is_some(),
                };
                if outdated {
                    known.last_seen.clone_from(&answer.seen);
                }
                continue;
            }
            let entries = self.sources.ip_ranges.longest_amazon_match(*address, self.region.name);
            let longest = entries.first().map(|entry| entry.prefix);
            let Some(prefix) = self.vanished(*address, longest).or(longest) else {
                self.uncovered(*address, &answer.host, &answer.seen_by, span);
                continue;
            };
            let sighting = Sighting {
                first_seen: answer.seen.clone(),
                last_seen: answer.seen.clone(),
                prefix,
                seen_by: BTreeSet::from([answer.seen_by.clone()]),
            };
            facts.addresses.insert(*address, sighting);
            is_news = true;
        }
        // The names of load balancers go round; those that came with the addresses are kept, or
        // the lock would change with every look.
        if is_news {
            facts.cnames.clone_from(&answer.cnames);
        }
    }

    /// The pinned prefix of an address that is not published any more, where it is narrower than
    /// what is: a new address in it must not widen the egress while it is away.
    fn vanished(&self, address: IpAddr, longest: Option<Prefix>) -> Option<Prefix> {
        if self.sources.accept.vanished_prefix {
            return None;
        }
        let pinned = self.before.into_iter().flat_map(|facts| facts.prefixes.keys());
        pinned
            .filter(|pinned| pin(self.before, **pinned, address).is_some())
            .filter(|pinned| longest.is_none_or(|longest| longest.length() < pinned.length()))
            .filter(|pinned| self.sources.ip_ranges.of_prefix(**pinned).is_empty())
            .max_by_key(|pinned| pinned.length())
            .copied()
    }

    /// Chooses the prefix of an address and notes what is published about it; false if there is
    /// none, which has been recorded then.
    fn choose(
        &mut self,
        address: IpAddr,
        sighting: &mut Sighting,
        answered: &BTreeSet<IpAddr>,
        span: &Range<usize>,
    ) -> bool {
        let entries = self.sources.ip_ranges.longest_amazon_match(address, self.region.name);
        let pinned = sighting.prefix;
        let known = pin(self.before, pinned, address);
        let longest = entries.first().map(|entry| entry.prefix);
        let wider = longest.is_none_or(|longest| longest.covers(pinned) && longest != pinned);
        if let (Some(known), true) = (known, wider) {
            let accept = self.sources.accept;
            let published = self.sources.ip_ranges.of_prefix(pinned);
            // A prefix that is gone for twenty minutes, as has happened, must not widen the egress.
            if published.is_empty() && !accept.vanished_prefix {
                self.kept(pinned, longest, span);
                self.facts.prefixes.insert(pinned, known.clone());
                return true;
            }
            if let (Some(entry), false) = (published.first(), accept.moved_prefix) {
                self.moved(pinned, entry.service, entry.region, span);
                return false;
            }
        }
        let Some(prefix) = longest else {
            // What nobody answered with this time is let go of; what was is not believed.
            if answered.contains(&address) || !self.sources.accept.vanished_prefix {
                self.uncovered(address, "a host", "the lock", span);
            }
            return false;
        };
        sighting.prefix = prefix;
        let own = entries.iter().find(|e| e.service == "AMAZON" && e.region == self.region.name);
        let facts = PrefixFacts {
            border_group: own.map_or(self.region.name, |entry| entry.border_group).to_owned(),
            services: entries.iter().map(|entry| entry.service.to_owned()).collect(),
        };
        self.facts.prefixes.insert(prefix, facts);
        true
    }

    fn moved(&mut self, pinned: Prefix, service: &str, region: &str, span: &Range<usize>) {
        let date = &self.sources.ip_ranges.publication().create_date;
        let message = format!(
            "{pinned}, pinned for `{}`, is published for {service} in {region} in ip-ranges.json of {date}",
            self.region
        );
        if self.diagnostics.iter().all(|said| said.message != message) {
            let diagnostic = Diagnostic::error(Code::MovedPrefix, message)
                .at(self.source, span.clone(), "pinned for this")
                .help("to take the wider prefix that covers its addresses: fargate-egress resolve --accept moved-prefix")
                .help("or open no prefixes at all: `endpoint: {egress: deny}`");
            self.diagnostics.push(diagnostic);
        }
    }

    fn kept(&mut self, pinned: Prefix, wider: Option<Prefix>, span: &Range<usize>) {
        let date = &self.sources.ip_ranges.publication().create_date;
        let instead = match wider {
            Some(wider) => format!("{wider} covers it now and would be wider"),
            None => "nothing covers it now".to_owned(),
        };
        let diagnostic = Diagnostic::warning(
            Code::KeptPrefix,
            format!(
                "{pinned} of `{}` is not in ip-ranges.json of {date}; it stays pinned: {instead}",
                self.region
            ),
        )
        .at(self.source, span.clone(), "pinned for this")
        .help("it may be back in the next publication; if it stays away: fargate-egress resolve --accept vanished-prefix");
        // Several addresses, and hosts, may be in the prefix.
        if self.diagnostics.iter().all(|said| said.message != diagnostic.message) {
            self.diagnostics.push(diagnostic);
        }
    }

    fn uncovered(&mut self, address: IpAddr, host: &str, seen_by: &str, span: &Range<usize>) {
        let diagnostic = Diagnostic::error(
            Code::UncoveredAddress,
            format!("no AMAZON prefix of `{}` covers {address}, which {host} has according to {seen_by}", self.region),
        )
        .at(self.source, span.clone(), "needed here");
        self.diagnostics.push(if is_private(address) {
            diagnostic
                .help("it is a private address: the resolver is in a VPC whose endpoints have private DNS")
                .help("ask a resolver outside of that VPC")
        } else {
            diagnostic.help("do not trust whoever answered; if AWS announced the address lately, a newer ip-ranges.json has it")
        });
    }

    /// The id of S3's prefix list.
    pub(super) fn s3_prefix_list(&mut self, span: Range<usize>) {
        let name = self.region.s3_prefix_list_name();
        let given = self
            .sources
            .prefix_lists
            .iter()
            .find(|(list, _)| list.name == name)
            .map(|(list, source)| (list.id.clone(), source.clone()));
        // What was built in is taken from there again: the lock is no source of its own.
        let known = self
            .before
            .and_then(RegionFacts::s3_prefix_list)
            .filter(|list| list.source != built_in::SOURCE);
        let built_in = || built_in::s3_prefix_list(self.region);
        let expected = known.map(|list| list.id.clone()).or_else(built_in);
        if let (Some((id, source)), Some(expected)) = (&given, expected)
            && *id != expected
        {
            self.diagnostics.push(
                Diagnostic::warning(
                    Code::PrefixListDiffers,
                    format!("S3's prefix list in `{}` is {id} according to {source}, known before was {expected}", self.region),
                )
                .at(self.source, span.clone(), "in this region")
                .help("ids are per region, and a wrong one deploys and fails silently: look at both with aws ec2 describe-managed-prefix-lists"),
            );
        }
        let found = given
            .or_else(|| known.map(|list| (list.id.clone(), list.source.clone())))
            .or_else(|| built_in().map(|id| (id, built_in::SOURCE.to_owned())));
        let Some((id, source)) = found else {
            let what = format!("the id of S3's prefix list in `{}` is not known", self.region);
            let kind = MissingKind::PrefixList(self.region);
            self.missing.push(Missing { what, span, kind });
            return;
        };
        let service = self.facts.services.entry(Service::s3().name().to_owned());
        *service.or_default() = ServiceFacts {
            hosts: BTreeMap::new(),
            prefix_list: Some(PrefixListFacts { id, name, source }),
        };
    }
}

/// What a lock says of a prefix that it pins for an address. One that was changed by hand may pin what
/// does not cover the address, or is not AMAZON's: that is no pin.
fn pin(lock: Option<&RegionFacts>, prefix: Prefix, address: IpAddr) -> Option<&PrefixFacts> {
    let known = lock?.prefixes.get(&prefix)?;
    (prefix.contains(address) && known.services.contains("AMAZON")).then_some(known)
}

impl Sighting {
    /// Whether it was last seen too long ago. Of a month or a year its last day counts; what
    /// nobody noted the time of cannot be shown to be recent.
    fn is_forgotten(&self, forget: Forget) -> bool {
        let last = self.last_seen.as_ref().and_then(Seen::last_day);
        last.is_none_or(|last| {
            last.until(forget.today).is_ok_and(|span| span.get_days() > forget.after_days)
        })
    }
}

/// RFC 1918, RFC 6598, loopback and link-local addresses, and unique local ones (RFC 4193).
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || (address.octets()[0] == 100 && address.octets()[1] & 0xc0 == 64)
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}
