//! A whole stack on a screen, in the order of a pull.

use super::super::reason::Reason;
use super::super::{
    ConfigPlace, Direction, EndpointFound, Meaning, RuleFound, StackFound, ValueFound,
};
use super::rule::{addresses, traffic, verb};
use super::{NAME, entry, place_words, policy, title_line};
use crate::aws::quota;
use crate::plan::{Counted, Usage};
use crate::text::{clean, put, thousands};

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

/// How full the quotas are: of rules each group and direction, of the others the fullest.
fn quotas(out: &mut String, usage: &[Usage]) {
    let mut rules: Vec<(String, usize)> = Vec::new();
    let (mut policy, mut parameters) = (None, None);
    for one in usage {
        match &one.counted {
            Counted::Rules { group, direction, .. } => {
                let group = group.as_ref().map_or("the endpoints' group", |group| group.as_str());
                let side = match direction {
                    Direction::Ingress => "ingress",
                    Direction::Egress => "egress",
                };
                let name = format!("{group} {side}");
                match rules.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, used)) => *used = one.used.max(*used),
                    None => rules.push((name, one.used)),
                }
            }
            Counted::PolicyOf(_) => policy = policy.max(Some((one.used, one.quota))),
            Counted::Parameters => parameters = Some((one.used, one.quota)),
            Counted::GroupsOf(_) => {}
        }
    }
    let number = |count: usize| thousands(count as u128);
    let mut words: Vec<String> = Vec::new();
    let used: Vec<String> = rules
        .iter()
        .filter(|(_, used)| *used > 0)
        .map(|(name, used)| format!("{} {name}", number(*used)))
        .collect();
    words.push(format!("rules of {} each: {}", number(quota::RULES_PER_GROUP), used.join(", ")));
    if let Some((used, most)) = policy {
        words.push(format!("longest policy {} of {} characters", number(used), number(most)));
    }
    if let Some((used, most)) = parameters.filter(|(used, _)| *used > 0) {
        words.push(format!("{} of {} parameters", number(used), number(most)));
    }
    entry(out, "    ", "quotas", NAME, &words.join("; "));
}

/// Rules of one group and direction, a line each.
fn rules(out: &mut String, rules: &[&RuleFound], colours: bool) {
    let mut group = "";
    let shown: Vec<(String, &RuleFound, &ValueFound)> = rules
        .iter()
        .flat_map(|rule| rule.values.iter().map(move |value| (value.value.clone(), *rule, value)))
        .collect();
    let width = shown.iter().map(|(value, ..)| value.chars().count()).max().unwrap_or_default();
    for (value, rule, found) in &shown {
        let (verb, to) = verb(rule.direction);
        if rule.group != group {
            group = &rule.group;
            let title = format!("{group} {verb} {} {to}", traffic(rule.traffic));
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
