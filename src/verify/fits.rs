//! How the other side of a rule and the one that is asked for go together.

use super::admits::Far;
use super::network::{Peer, Rule, Traffic, is, prefix};
use super::sets::Numbers;
use super::view::{ListOf, View};
use crate::cloudformation::Value;
use crate::prefix::Prefix;
use crate::truth::Truth;

/// How a rule's other side and the one that is asked for go together.
pub(super) enum Fit {
    /// It is the one, all of it.
    All,
    /// It has these addresses, which may be all of it or a part.
    Addresses(Numbers, Prefix),
    /// It is taken to be the one.
    Taken(String),
    /// Nobody can tell.
    Open(String),
    /// It is another.
    Other(String),
}

/// How the other side of a rule goes with the one asked for; a prefix list has as many fits as
/// entries.
pub(super) fn fits(view: &View<'_>, rule: &Rule, far: &Far) -> Vec<Fit> {
    let one = match (&rule.peer, far) {
        (Peer::Invalid(what), _) => Fit::Other(what.clone()),
        (Peer::Prefix(prefix, written), Far::Interfaces(far)) => {
            if far.written.iter().any(|other| other.same(written).is_yes()) {
                Fit::All
            } else if prefix.is_ipv4() {
                Fit::Addresses(Numbers::of_prefix(*prefix), *prefix)
            } else {
                Fit::Other("it is for IPv6".to_owned())
            }
        }
        (Peer::Prefix(prefix, _), _) if !prefix.is_ipv4() => {
            Fit::Other("it is for IPv6".to_owned())
        }
        (Peer::Prefix(prefix, _), Far::S3 | Far::Public) => {
            Fit::Addresses(Numbers::of_prefix(*prefix), *prefix)
        }
        (Peer::Group(value), Far::Interfaces(far)) => {
            let same = far.groups.iter().map(|group| is(group, value));
            match Truth::any(same) {
                Truth::Yes => Fit::All,
                Truth::No => Fit::Other(format!("{} does not wear `{value}`", far.name)),
                Truth::Unknown => Fit::Open(differ(value, &far.groups)),
            }
        }
        (Peer::Group(_), _) => Fit::Other("it is for a group".to_owned()),
        (Peer::Unknown(value), _) if matches!(rule.traffic, Traffic::Unknown(_)) => Fit::Open(
            value.as_unknown().map_or_else(String::new, |unknown| unknown.why.to_string()),
        ),
        (Peer::Unknown(value), Far::Interfaces(far)) => {
            if far.written.iter().any(|other| other.same(value).is_yes()) {
                Fit::All
            } else {
                Fit::Taken(format!("`{value}` covers {}", far.name))
            }
        }
        (Peer::Unknown(value), Far::S3 | Far::Public) => {
            Fit::Open(value.as_text().and_then(|text| text.why()).unwrap_or_default().into_owned())
        }
        (Peer::PrefixList(value), far) => return list_fits(view, value, far),
    };
    vec![one]
}

fn list_fits(view: &View<'_>, value: &Value, far: &Far) -> Vec<Fit> {
    if let Some(list) = view.prefix_list(value) {
        return list
            .entries
            .iter()
            .map(|entry| match prefix(entry) {
                Some(prefix) if prefix.is_ipv4() => {
                    Fit::Addresses(Numbers::of_prefix(prefix), prefix)
                }
                Some(_) => Fit::Other("it is for IPv6".to_owned()),
                None => Fit::Open(format!("the entry `{entry}` of `{value}` is not known")),
            })
            .collect();
    }
    let fit = match (far, view.list_of(value)) {
        (Far::S3, ListOf::S3Here) => Fit::All,
        (Far::S3, ListOf::TakenForS3(why)) => Fit::Taken(why),
        (_, ListOf::Open(why)) => Fit::Open(why),
        (_, ListOf::Foreign(whose)) => Fit::Other(format!("`{value}` is {whose}")),
        (_, ListOf::S3Here) => Fit::Other(format!("`{value}` is S3's prefix list")),
        (_, ListOf::TakenForS3(_)) => Fit::Open(format!("what `{value}` holds is not known")),
    };
    vec![fit]
}

/// Why it cannot be told whether a group is one of some others.
fn differ(value: &Value, groups: &[Value]) -> String {
    let why =
        value.as_text().and_then(|text| text.as_unknown()).map(|unknown| unknown.why.to_string());
    let theirs =
        groups.iter().find_map(|group| group.as_unknown().map(|unknown| unknown.why.to_string()));
    match why.or(theirs) {
        Some(why) => why,
        None => format!("whether `{value}` is one of its groups is not known"),
    }
}
