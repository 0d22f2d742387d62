//! A whole stack on a screen, in the order of a pull.

use super::super::reason::Reason;
use super::super::{ConfigPlace, Direction, Meaning, RuleFound, StackFound, ValueFound};
use super::rule::{addresses, traffic, verb};
use super::{NAME, endpoint, entry, used};
use crate::plan::{Counted, Usage};
use crate::text::{Colour, clean, painted, put, thousands};

pub(super) fn whole(out: &mut String, meaning: &Meaning, stack: &StackFound, colours: bool) {
    for one in &meaning.uses {
        used(out, one);
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
    let heading = |out: &mut String, text: &str| {
        out.push_str(&painted(Colour::Bold, &format!("  {text}"), colours));
        out.push('\n');
    };
    heading(out, "beside that");
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
    // What nothing is counted of is not worth a line.
    let usage = stack
        .usage
        .iter()
        .filter(|one| one.used > 0 && !matches!(one.counted, Counted::GroupsOf(_)));
    let usage: Vec<String> = usage.map(quota).collect();
    entry(out, "    ", "quotas", NAME, &usage.join("; "));
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
            let title = format!("  {} {verb} {} {to}", clean(group), traffic(rule.traffic));
            out.push_str(&painted(Colour::Bold, &title, colours));
            out.push('\n');
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
                        Some(host) => format!("{} <- {}", address.address, host.host),
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

fn quota(usage: &Usage) -> String {
    let what = match &usage.counted {
        Counted::Rules { group, direction, ipv4 } => {
            let group = group.as_ref().map_or("the endpoints' group", |group| group.as_str());
            let side = match direction {
                Direction::Ingress => "ingress",
                Direction::Egress => "egress",
            };
            format!("{group} {side} IPv{}", if *ipv4 { 4 } else { 6 })
        }
        Counted::GroupsOf(id) => format!("groups of {}", id.as_str()),
        Counted::PolicyOf(id) => format!("policy of {}", id.as_str()),
        Counted::Parameters => "parameters".to_owned(),
    };
    let number = |count: usize| thousands(count as u128);
    format!("{what} {} of {}", number(usage.used), number(usage.quota))
}
