//! Explanations for people.

mod rule;
mod whole;

use std::collections::BTreeSet;

use super::{
    ConfigPlace, EndpointFound, Explanation, HostFound, Kind, Meaning, Pinned, Protection,
    Published, Reason, Relation, StatementFound, Use,
};
use crate::facts::Seen;
use crate::text::{Colour, clean, painted, put};

/// What was found about everything that was typed, and once at the end what it does and does not do.
pub fn human(explanations: &[Explanation], colours: bool) -> String {
    let mut out = String::new();
    for explanation in explanations {
        for meaning in &explanation.meanings {
            let read_as = match explanation.meanings.len() {
                1 => String::new(),
                _ => format!(", read as {}", meaning.kind.words()),
            };
            heading(
                &mut out,
                &format!("{}{read_as}: {}", explanation.what, meaning.summary),
                colours,
            );
            said(&mut out, meaning, colours);
            out.push('\n');
        }
    }
    let meanings = explanations.iter().flat_map(|explanation| &explanation.meanings);
    let protections: BTreeSet<Protection> = meanings.flat_map(Meaning::protections).collect();
    if protections.is_empty() {
        out.truncate(out.trim_end().len());
        out.push('\n');
        return out;
    }
    heading(&mut out, "what that does and does not do", colours);
    for protection in protections {
        entry(&mut out, "  ", protection.title(), TITLE, protection.words());
    }
    out
}

/// How wide the first column of an entry is.
const NAME: usize = 8;
/// How wide that of a protection is.
const TITLE: usize = 17;

/// A line in bold, wrapped.
fn heading(out: &mut String, text: &str, colours: bool) {
    let mut lines = String::new();
    put(&mut lines, "", "  ", &clean(text));
    for line in lines.lines() {
        out.push_str(&painted(Colour::Bold, line, colours));
        out.push('\n');
    }
}

/// A name and what is said of it, wrapped behind the name.
fn entry(out: &mut String, margin: &str, name: &str, width: usize, text: &str) {
    let first = format!("{margin}{name:width$} ");
    let rest = " ".repeat(margin.len() + width + 1);
    put(out, &first, &rest, &clean(text));
}

fn said(out: &mut String, meaning: &Meaning, colours: bool) {
    if let (Kind::Stack, Some(stack)) = (meaning.kind, &meaning.stack) {
        whole::whole(out, meaning, stack, colours);
        notes(out, &meaning.notes);
        return;
    }
    for one in &meaning.uses {
        used(out, one);
    }
    rule::rules(out, &meaning.rules, colours);
    for pinned in &meaning.pinned {
        let line = format!("pinned for {}, and no rule has it", pinned.region);
        put(out, "  ", "    ", &line);
        rule::pinned(out, "    ", pinned);
    }
    for host in meaning.hosts.iter().filter(|host| !is_reason(meaning, host)) {
        answers(out, host);
    }
    for (number, one) in meaning.endpoints.iter().enumerate() {
        endpoint(out, one, &meaning.endpoints[..number], colours);
    }
    if let Some(published) = &meaning.published {
        publication(out, published);
    }
    notes(out, &meaning.notes);
}

fn notes(out: &mut String, notes: &[String]) {
    for note in notes {
        put(out, "  ", "  ", &clean(note));
    }
}

fn used(out: &mut String, one: &Use) {
    let place = one.place.as_ref().map(|place| format!(": {}", place_words(place)));
    let text = format!("{}: {}{}", one.stack, one.what, place.unwrap_or_default());
    put(out, "  ", "    ", &clean(&text));
}

fn place_words(place: &ConfigPlace) -> String {
    let ConfigPlace { path, file, line, column, written } = place;
    if *written {
        format!("{file}:{line}:{column} {path}")
    } else {
        format!("the default of {path}, which would stand under {file}:{line}:{column}")
    }
}

/// Whether what a host answered is said with the rules.
fn is_reason(meaning: &Meaning, host: &HostFound) -> bool {
    let reasons = meaning.rules.iter().flat_map(|rule| &rule.values).flat_map(|v| &v.reasons);
    let mut hosts = reasons
        .filter_map(|reason| match reason {
            Reason::Observed(pinned) if pinned.region == host.region => Some(&pinned.addresses),
            _ => None,
        })
        .flatten()
        .flat_map(|address| &address.hosts);
    hosts.any(|known| known.host == host.host)
}

/// What a host answered.
fn answers(out: &mut String, host: &HostFound) {
    let aliases: String = host.cnames.iter().map(|name| format!(" -> {name}")).collect();
    let text = format!("{}{aliases} ({}, {})", host.host, host.service, host.region);
    put(out, "  ", "    ", &clean(&text));
    for one in &host.addresses {
        let seen = seen(&one.seen_by, one.first_seen.as_ref(), one.last_seen.as_ref());
        let text = format!("{} in {}, {seen}", one.address, one.prefix);
        entry(out, "    ", "address", NAME, &text);
    }
}

/// Who answered, and when.
fn seen(seen_by: &[String], first: Option<&Seen>, last: Option<&Seen>) -> String {
    let who = seen_by.join(", ");
    match (first, last) {
        (Some(first), Some(last)) if first != last => {
            format!("seen from {first} to {last} by {who}")
        }
        (Some(seen), _) | (None, Some(seen)) => format!("seen {seen} by {who}"),
        (None, None) => format!("seen by {who}, no one noted when"),
    }
}

/// An endpoint with its policy; one that is the same as another's is not said twice.
fn endpoint(out: &mut String, one: &EndpointFound, before: &[EndpointFound], colours: bool) {
    let kind = if one.gateway { "gateway" } else { "interface" };
    let title =
        format!("{}: {}, {kind} endpoint of {}", one.stack, one.id.as_str(), one.service_name);
    title_line(out, &title, colours);
    if one.partial {
        policy(out, "    ", one, before);
        return;
    }
    entry(out, "    ", "for", NAME, &one.purpose);
    entry(out, "    ", "config", NAME, &format!("made by {}", place_words(&one.made_by)));
    entry(
        out,
        "    ",
        if one.gateway { "routes" } else { "subnets" },
        NAME,
        &one.placed_in.join(", "),
    );
    if !one.groups.is_empty() {
        entry(out, "    ", "wears", NAME, &one.groups.join(", "));
    }
    entry(out, "    ", "policy", NAME, &format!("by {}", place_words(&one.policy_by)));
    policy(out, "    ", one, before);
}

/// An indented line in bold.
fn title_line(out: &mut String, text: &str, colours: bool) {
    let mut lines = String::new();
    put(&mut lines, "  ", "    ", &clean(text));
    for line in lines.lines() {
        out.push_str(&painted(Colour::Bold, line, colours));
        out.push('\n');
    }
}

fn policy(out: &mut String, margin: &str, one: &EndpointFound, before: &[EndpointFound]) {
    match before.iter().find(|other| other.statements == one.statements) {
        Some(same) if same.stack == one.stack => {
            entry(out, margin, "allows", NAME, &format!("the same as {}", same.id.as_str()));
        }
        Some(same) => {
            let text = format!("the same as {} of {}", same.id.as_str(), same.stack);
            entry(out, margin, "allows", NAME, &text);
        }
        None => one.statements.iter().for_each(|statement| allowed(out, margin, statement)),
    }
}

fn allowed(out: &mut String, margin: &str, statement: &StatementFound) {
    let text = format!("{} on {}", statement.actions.join(", "), statement.resources.join(", "));
    entry(out, margin, "allows", NAME, &text);
    entry(out, margin, "", NAME, &statement.why);
}

fn publication(out: &mut String, published: &Published) {
    for one in &published.prefixes {
        let text = format!("{} for {} in {}", one.prefix, one.services.join(", "), one.region);
        entry(out, "  ", "published", NAME + 1, &text);
    }
}

/// How wide a pinned prefix is, in words.
fn wide(pinned: &Pinned) -> String {
    let shared = if pinned.services.iter().any(|service| service == "EC2") {
        ": any EC2 customer can have an address in it"
    } else {
        ""
    };
    format!("published for {}{shared}", pinned.services.join(", "))
}

impl Relation {
    /// How the rule's prefix stands to the one that was asked for.
    fn words(self) -> &'static str {
        match self {
            Relation::Equal => "",
            Relation::Covers => ", around what was asked for",
            Relation::Inside => ", a part of what was asked for",
        }
    }
}

impl Kind {
    /// What it is, with its article.
    fn words(self) -> &'static str {
        match self {
            Kind::Address => "an address",
            Kind::Prefix => "a prefix",
            Kind::PrefixList => "a prefix list's id",
            Kind::Stack => "a stack",
            Kind::Line => "a line of a template",
            Kind::ConfigLine => "a line of the config",
            Kind::Host => "a host",
            Kind::Account => "an account",
            Kind::LogicalId => "a name in templates",
            Kind::ResourceId => "an id in the config",
            Kind::Export => "an export in the config",
        }
    }
}
