//! A whole stack on a screen, in the order of a pull.

use super::super::reason::Reason;
use super::super::{
    ConfigPlace, Direction, EndpointFound, Meaning, RuleFound, StackFound, ValueFound,
};
use super::rule::{addresses, verb};
use super::{NAME, entry, place_words, policy, title_line};
use crate::plan::Usage;
use crate::prefix::thousands;
use crate::text::{clean, put};

pub(super) fn whole(out: &mut String, meaning: &Meaning, stack: &StackFound, colours: bool) {
    for one in &meaning.uses {
        let place = one.place.as_ref().map(place_words).unwrap_or_default();
        put(out, "  ", "    ", &clean(&format!("{}: {place}", one.what)));
    }
    let (egress, rest): (Vec<&RuleFound>, Vec<&RuleFound>) =
        meaning.rules.iter().partition(|rule| rule.protection.is_of_tasks());
    let (ingress, answers): (Vec<&RuleFound>, Vec<&RuleFound>) =
        rest.into_iter().partition(|rule| rule.direction == Direction::Ingress);
    rules(out, &egress, colours);
    rules(out, &ingress, colours);
    for (number, one) in meaning.endpoints.iter().enumerate() {
        endpoint(out, one, &meaning.endpoints[..number], colours);
    }
    rules(out, &answers, colours);
    title_line(out, "beside that", colours);
    let existing: Vec<&str> = stack.existing.iter().map(|service| service.name()).collect();
    let existing = match existing.is_empty() {
        true => "no endpoint: the stack makes all that it needs".to_owned(),
        false => format!("{}: in the VPC already, on trust", existing.join(", ")),
    };
    entry(out, "    ", "existing", NAME, &existing);
    match stack.parameters.is_empty() {
        true => entry(out, "    ", "given", NAME, "nothing: the template has no parameters"),
        false => {
            for (name, what) in &stack.parameters {
                entry(out, "    ", "given", NAME, &format!("{}: {what}", name.as_str()));
            }
        }
    }
    quotas(out, &stack.usage);
}

/// An endpoint in fewer lines than one that is asked for by itself.
fn endpoint(out: &mut String, one: &EndpointFound, before: &[EndpointFound], colours: bool) {
    let kind = if one.gateway { "gateway" } else { "interface" };
    title_line(out, &format!("{}, {kind}, {}", one.id.as_str(), one.service_name), colours);
    let worn: String = one.groups.iter().map(|group| format!(", wears {group}")).collect();
    let text = format!("{} In {}{worn}", one.purpose, one.placed_in.join(", "));
    put(out, "    ", "    ", &clean(&text));
    policy(out, "    ", one, before);
}

/// How full the quotas are, the fullest of each kind; those of which nothing is used are not worth a
/// line.
fn quotas(out: &mut String, usage: &[Usage]) {
    let mut fullest: Vec<&Usage> = Vec::new();
    for one in usage.iter().filter(|one| one.count > 0) {
        let kind = std::mem::discriminant(&one.quota);
        match fullest.iter_mut().find(|known| std::mem::discriminant(&known.quota) == kind) {
            Some(known) if known.count < one.count => *known = one,
            Some(_) => {}
            None => fullest.push(one),
        }
    }
    let words: Vec<String> = fullest
        .into_iter()
        .map(|one| {
            let (used, most) = (thousands(one.count as u128), thousands(one.quota.most() as u128));
            format!("{used} of {most} {} of {}", one.quota.what(), one.of.replace('`', ""))
        })
        .collect();
    entry(out, "    ", "quotas", NAME, &words.join("; "));
}

/// Rules of one direction, a line each, under a title for each group and traffic.
fn rules(out: &mut String, rules: &[&RuleFound], colours: bool) {
    let mut titled = None;
    let shown: Vec<(String, &RuleFound, &ValueFound)> = rules
        .iter()
        .flat_map(|rule| rule.values.iter().map(move |value| (value.value.clone(), *rule, value)))
        .collect();
    let width = shown.iter().map(|(value, ..)| value.chars().count()).max().unwrap_or_default();
    for (value, rule, found) in &shown {
        let (verb, to) = verb(rule.direction);
        if titled != Some((&rule.group, rule.traffic)) {
            titled = Some((&rule.group, rule.traffic));
            let title = format!("{} {verb} {} {to}", rule.group, rule.traffic.label());
            title_line(out, &title, colours);
        }
        let region = found.region.map(|region| format!("in {region}: ")).unwrap_or_default();
        let first = format!("    {:width$}  ", clean(value), width = width.min(40));
        let rest = " ".repeat(first.chars().count().min(46));
        put(out, &first, &rest, &clean(&format!("{region}{}", why(found))));
    }
}

/// Why the other end of a rule is that, in a line.
fn why(value: &ValueFound) -> String {
    let mut words: Vec<String> = Vec::new();
    let wide = |services: &[String]| {
        let count = value.addresses.map(addresses).unwrap_or_default();
        format!("{count}, {}", services.join(", "))
    };
    for reason in &value.reasons {
        words.push(match reason {
            Reason::Observed(pinned) => {
                let hosts = pinned.addresses.iter().map(|address| {
                    // The host that is itself an alias says less than the one that has the address.
                    let host = address.hosts.iter().min_by_key(|host| host.cnames.len());
                    match host {
                        Some(host) => {
                            let seen = host.last_seen.as_ref();
                            let seen = seen.map(|seen| format!(", {seen}")).unwrap_or_default();
                            format!("{} <- {}{seen}", address.address, host.host)
                        }
                        None => address.address.to_string(),
                    }
                });
                let hosts: Vec<String> = hosts.collect();
                format!("{}; {}", wide(&pinned.services), hosts.join(", "))
            }
            Reason::Config(ConfigPlace { file, line, column, written: true, .. }) => {
                format!("{file}:{line}:{column}")
            }
            Reason::Config(ConfigPlace { path, .. }) => {
                format!("default of {}", path.splitn(3, '.').last().unwrap_or(path))
            }
            Reason::PrefixList { list, .. } => format!("{}, {}", list.name, list.source),
            Reason::EndpointAddress { service, .. } => format!("the {service} endpoint, looked up"),
        });
    }
    if words.is_empty() {
        return "fewer prefixes than in another region".to_owned();
    }
    words.dedup();
    words.join("; ")
}
