//! What a person typed: an address, a prefix, an id, a name. It may read as several of them.

use std::net::IpAddr;

use super::place::Places;
use super::{Explanation, Known, Meaning, address, host, ids, resource, stack};
use crate::aws::ids::ResourceId;
use crate::aws::{AccountId, PrefixListId, Region, RouteTableId, SecurityGroupId, SubnetId, VpcId};
use crate::config::StackName;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::prefix::{Prefix, PrefixError, shorten};

/// The forms there are, for those who typed another.
const FORMS: [&str; 2] = [
    "it can be an address, a prefix, a prefix list's id, a stack, FILE:LINE of a template or of the config,",
    "a host, an account, a logical id, or an id or an export that the config names",
];

/// What something is that a person typed.
///
/// # Errors
/// It is nothing that is known here, or not of the form that it seems to be.
pub fn explain(known: &Known<'_>, what: &str) -> Result<Explanation, Diagnostic> {
    let places = Places::of(known.source);
    let mut meanings: Vec<Meaning> = Vec::new();
    if let Ok(name) = what.parse::<StackName>() {
        meanings.extend(stack::stack(known, &places, &name));
    }
    meanings.extend(resource::logical_id(known, &places, what));
    if let Ok(found) = what.parse::<IpAddr>() {
        // An IPv4 address may be written as IPv6.
        meanings.push(address::address(known, &places, found.to_canonical()));
    }
    if let Ok(prefix) = what.parse::<Prefix>() {
        meanings.push(address::prefix(known, &places, prefix));
    }
    if let Ok(id) = what.parse::<PrefixListId>() {
        meanings.push(ids::prefix_list(known, &places, &id));
    }
    if let Ok(account) = what.parse::<AccountId>() {
        meanings.push(ids::account(known, &places, &account));
    }
    meanings.extend(ids::id_or_export(known, &places, what));
    if let Some(name) = host_name(what) {
        meanings.extend(host::host(known, &places, &name));
    }
    if meanings.is_empty() {
        return Err(unknown(known, what));
    }
    Ok(Explanation { what: what.to_owned(), meanings })
}

/// A file, a line and a column, both from 1, as editors print places: `FILE:57`, `FILE:57:3`.
///
/// `None` if it is something else, an address or a prefix for instance.
pub fn file_line(what: &str) -> Option<(&str, usize, Option<usize>)> {
    if what.parse::<IpAddr>().is_ok() || what.parse::<Prefix>().is_ok() {
        return None;
    }
    let number = |text: &str| -> Option<usize> {
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
    };
    // grep prints a colon behind the line.
    let what = what.strip_suffix(':').unwrap_or(what);
    let (front, last) = what.rsplit_once(':')?;
    let last = number(last)?;
    let found = match front.rsplit_once(':') {
        Some((file, line)) if !file.is_empty() => match number(line) {
            Some(line) => (file, line, Some(last)),
            None => (front, last, None),
        },
        _ => (front, last, None),
    };
    (!found.0.is_empty()).then_some(found)
}

fn is_resource_id(what: &str) -> bool {
    what.parse::<VpcId>().is_ok()
        || what.parse::<SubnetId>().is_ok()
        || what.parse::<RouteTableId>().is_ok()
        || what.parse::<SecurityGroupId>().is_ok()
}

/// A host's name as the lock has it: lower case, without a final dot, a scheme, a port or a path, so
/// that an image's name is one too.
fn host_name(what: &str) -> Option<String> {
    let name = what.strip_prefix("https://").unwrap_or(what);
    let name = name.split(['/', ':']).next().unwrap_or(name);
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-.*_".contains(&byte);
    (name.len() <= 253 && name.contains('.') && name.bytes().all(allowed)).then_some(name)
}

fn unknown(known: &Known<'_>, what: &str) -> Diagnostic {
    let said = shorten(what);
    let wrong = |code, message: String| Diagnostic::error(code, message);
    match what.parse::<Prefix>() {
        Err(PrefixError::HostBits { network, .. }) => {
            return wrong(Code::PrefixHostBits, format!("prefix `{said}` has host bits set"))
                .help(format!("fargate-egress explain {network}"));
        }
        Err(error @ (PrefixError::Length(_) | PrefixError::TooLong { .. })) => {
            return wrong(Code::InvalidPrefix, format!("`{said}` is not a prefix: {error}"))
                .help("write an address, `/` and a length, such as 52.192.0.0/15");
        }
        _ => {}
    }
    if let Some(region) = Region::named(what) {
        let stacks = known.config.stacks.values();
        let stacks: Vec<&str> = stacks
            .filter(|stack| stack.regions.iter().any(|one| one.value == region))
            .map(|stack| stack.name.path.rsplit('.').next().unwrap_or_default())
            .collect();
        let message = format!("`{said}` is a region, and a stack is explained as a whole");
        let diagnostic = wrong(Code::UnknownValue, message);
        return match stacks.first() {
            Some(stack) => diagnostic.help(format!("fargate-egress explain {stack}")),
            None => diagnostic.help("no stack of the config is for it"),
        };
    }
    if is_resource_id(what) {
        // Ids of another kind can be as near, and mean nothing in its place.
        let kind = what.split('-').next().unwrap_or_default();
        let is_of_kind = |id: &String| id.strip_prefix(kind).is_some_and(|id| id.starts_with('-'));
        let named: Vec<String> = ids::all_named(known).filter(is_of_kind).collect();
        let near = nearest(what, named.iter().map(String::as_str));
        let mut diagnostic =
            wrong(Code::UnknownValue, format!("`{said}` is not named by the config"));
        diagnostic.help.extend(near.map(|near| format!("did you mean `{near}`?")));
        return diagnostic
            .help("ids that are parameters or imports are known only when a stack is deployed");
    }
    let mut diagnostic = wrong(
        Code::UnknownValue,
        format!("`{said}` is nothing that config, lock or templates have"),
    );
    if let Some(what) = malformed_id(what) {
        diagnostic.message = format!("`{said}` is not the id of {what}");
    }
    let near = near(known, what);
    diagnostic.help.extend(near.map(|near| format!("did you mean `{near}`?")));
    diagnostic.help.extend(FORMS.map(str::to_owned));
    diagnostic
}

/// What an id is for that begins like one and is none.
fn malformed_id(what: &str) -> Option<&'static str> {
    let kinds = [
        (PrefixListId::PREFIX, PrefixListId::KIND),
        (VpcId::PREFIX, VpcId::KIND),
        (SubnetId::PREFIX, SubnetId::KIND),
        (RouteTableId::PREFIX, RouteTableId::KIND),
        (SecurityGroupId::PREFIX, SecurityGroupId::KIND),
    ];
    let prefix = |prefix: &str| {
        let rest = what.strip_prefix(prefix);
        rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    kinds.into_iter().find(|(begins, _)| prefix(begins)).map(|(_, kind)| kind)
}

/// The known name nearest to what was typed.
fn near(known: &Known<'_>, what: &str) -> Option<String> {
    let mut names: Vec<String> = known.config.stacks.keys().map(ToString::to_string).collect();
    for plan in known.plans {
        names.extend(resource::names(plan).map(str::to_owned));
        for placed in super::rules::placed(plan) {
            names.extend(placed.peers().into_iter().map(|peer| peer.value));
        }
    }
    names.extend(host::names(known.lock).map(str::to_owned));
    names.extend(ids::all_named(known));
    for stack in known.config.stacks.values() {
        names.extend(stack.registries.iter().map(|account| account.value.to_string()));
    }
    // Case is what logical ids are most often mistaken in.
    let folded = names.iter().find(|name| name.eq_ignore_ascii_case(what));
    folded.cloned().or_else(|| nearest(what, names.iter().map(String::as_str)).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_file_with_a_line() {
        for (what, expected) in [
            ("out/tokyo.yaml:57", Some(("out/tokyo.yaml", 57, None))),
            ("out/tokyo.yaml:57:3", Some(("out/tokyo.yaml", 57, Some(3)))),
            ("out/tokyo.yaml:57:", Some(("out/tokyo.yaml", 57, None))),
            ("C:\\out\\tokyo.yaml:57", Some(("C:\\out\\tokyo.yaml", 57, None))),
            ("a:b:9", Some(("a:b", 9, None))),
            ("2600:1f18::1:57", None),
            ("::1", None),
            ("2001:db8::/32", None),
            ("tokyo", None),
            (":57", None),
            ("out/tokyo.yaml:", None),
            ("out/tokyo.yaml:x", None),
            ("out/tokyo.yaml:99999999999999999999999", None),
        ] {
            assert_eq!(file_line(what), expected, "{what}");
        }
    }
}
