//! Whether a request meets a condition.
//!
//! Keys without a row here are left open. Source of the keys:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

use super::glob::{self, Letters};
use super::statement::{Part, Respect};
use super::verdict::Subject;
use super::{Purpose, Request, Signer, shown};
use crate::cloudformation::{Kind, Place, Text, Value};
use crate::truth::Truth;
use crate::verify::Claim;
use crate::verify::texts::arn_fields;

/// Pairs of an operator and a key that are looked at.
const MOST: usize = 100;

/// A part for each operator and key of a `Condition`.
pub(super) fn parts(conditions: &Value, subject: &Subject<'_>, request: &Request<'_>) -> Vec<Part> {
    let open = |place: Place, text: String| {
        Part::new(Respect::Condition, Truth::Unknown, Claim::at(place, text))
    };
    let is_map = |value: &Value| matches!(value.kind, Kind::Map(_));
    if !is_map(conditions) && conditions.as_known() != Some("") {
        return vec![open(conditions.place, "which conditions it has is not known".to_owned())];
    }
    let mut parts = Vec::new();
    for operator in conditions.fields() {
        if !is_map(&operator.value) {
            let text = format!("what `{}` asks for is not known", operator.key);
            parts.push(open(operator.value.place, text));
        }
        for field in operator.value.fields() {
            if parts.len() == MOST {
                let text = format!("there are more than {MOST} conditions");
                parts.push(open(conditions.place, text));
                return parts;
            }
            let found = meets(&operator.key, &field.key, &field.value, subject, request);
            let (truth, presumed) = (found.truth, found.presumed);
            let claim = Claim::at(field.key_place, found.text);
            parts.push(Part { presumed, ..Part::new(Respect::Condition, truth, claim) });
        }
    }
    parts
}

/// Whether a condition is met.
struct Met {
    truth: Truth,
    presumed: Option<bool>,
    text: String,
}

/// An operator, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Operator {
    /// What it compares.
    kind: Compares,
    /// Whether it is met by what is not the same.
    negated: bool,
    /// Whether it may be met by a request without the key: `…IfExists`, `ForAllValues:`.
    lenient: bool,
    /// Whether it has a set operator before it.
    of_sets: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compares {
    /// Texts, letter by letter.
    Same,
    /// Texts with patterns.
    Pattern,
    /// Truth values.
    Bool,
    /// Whether the key is missing.
    Null,
    /// Anything else.
    Other,
}

fn operator(name: &str) -> Operator {
    let name = name.to_ascii_lowercase();
    let (set, name) = match name.split_once(':') {
        Some((set, name)) => (Some(set.to_owned()), name.to_owned()),
        None => (None, name),
    };
    let (exists, name) = match name.strip_suffix("ifexists") {
        Some(name) => (true, name.to_owned()),
        None => (false, name),
    };
    let (kind, negated) = match name.as_str() {
        "stringequals" | "stringequalsignorecase" => (Compares::Same, false),
        "stringnotequals" | "stringnotequalsignorecase" => (Compares::Same, true),
        "stringlike" | "arnequals" | "arnlike" => (Compares::Pattern, false),
        "stringnotlike" | "arnnotequals" | "arnnotlike" => (Compares::Pattern, true),
        "bool" => (Compares::Bool, false),
        "null" => (Compares::Null, false),
        _ => (Compares::Other, false),
    };
    let lenient = exists || set.as_deref() == Some("forallvalues");
    Operator { kind, negated, lenient, of_sets: set.is_some() }
}

impl Operator {
    fn compares_texts(self) -> bool {
        matches!(self.kind, Compares::Same | Compares::Pattern)
    }

    /// The answer for a key that is there, from the answer of whether a value is the same.
    fn answer(self, same: Truth) -> Truth {
        if self.negated { !same } else { same }
    }
}

/// What is known of the value of a key.
enum Known<'a> {
    /// It is there, and it is this.
    Is(&'a Value),
    /// It is there, and it is this word.
    Word(&'static str),
    /// It is there or not; it is none that a customer would name.
    Foreign,
    /// It is the role's or the resource's, which whoever wrote the condition knew: what that says,
    /// and what the templates tell of it.
    Own(&'static str, Own<'a>),
    /// Nothing, and why.
    Nothing(String),
}

/// What the templates tell of a role or a resource.
enum Own<'a> {
    /// The role itself.
    Role(Option<&'a Signer>),
    /// A text.
    Text(Text),
    /// Nothing.
    Unseen,
}

impl Own<'_> {
    fn text(&self) -> Option<&Text> {
        match self {
            Own::Role(role) => role.and_then(|role| role.arn.as_ref()),
            Own::Text(text) => Some(text),
            Own::Unseen => None,
        }
    }
}

fn meets(
    name: &str,
    key: &str,
    values: &Value,
    subject: &Subject<'_>,
    request: &Request<'_>,
) -> Met {
    let operator = operator(name);
    let met = |truth, presumed, text: String| Met { truth, presumed, text };
    let asks = || format!("`{name}` of `{key}` asks for {}", shown(&values.to_string()));
    let open = |why: &str| {
        let why = if why.is_empty() { String::new() } else { format!(": {why}") };
        met(
            Truth::Unknown,
            None,
            format!("whether the condition on `{key}` is met is not known{why}"),
        )
    };
    match known(key, subject, request) {
        Known::Nothing(why) => open(&why),
        Known::Word(_) | Known::Is(_) if operator.kind == Compares::Null => {
            let text = format!("`{key}` is in every request by way of the endpoint");
            met(Truth::any(values.entries().iter().map(|one| !one.truth())), None, text)
        }
        Known::Word(word) if operator.kind == Compares::Bool => {
            let same = |value: &Value| match value.as_known() {
                Some(value) => Truth::from(value.eq_ignore_ascii_case(word)),
                None => Truth::Unknown,
            };
            met(Truth::any(values.entries().iter().map(same)), None, asks())
        }
        Known::Is(actual) if operator.compares_texts() => {
            let same = Truth::any(values.entries().iter().map(|one| is(operator, one, actual)));
            let presumed = (same == Truth::Unknown).then_some(!operator.negated);
            let text = match same {
                Truth::Unknown => {
                    let (actual, values) = (actual.to_string(), values.to_string());
                    format!("`{key}`, which is {}, is {}", shown(&actual), shown(&values))
                }
                _ => format!("{}, and it is {}", asks(), shown(&actual.to_string())),
            };
            met(operator.answer(same), presumed, text)
        }
        Known::Foreign if operator.compares_texts() => {
            // Only a pattern without letters of its own asks for anybody at all.
            let anybody = |one: &Value| {
                let wild = |known: &str| known.chars().all(|letter| "*?".contains(letter));
                one.as_text().is_none_or(|text| {
                    operator.kind == Compares::Pattern
                        && (text.as_unknown().is_some() || text.as_known().is_some_and(wild))
                })
            };
            let somebody = !values.entries().iter().any(anybody);
            let text =
                format!("{}, and requests for layers are signed by AWS for AWS's bucket", asks());
            match (somebody, operator.negated) {
                (true, true) if !operator.of_sets => met(Truth::Yes, None, text),
                (true, false) if !operator.lenient => met(Truth::No, None, text),
                _ => open("requests for layers are signed by AWS"),
            }
        }
        Known::Own(what, own) if operator.compares_texts() => {
            let same = Truth::any(values.entries().iter().map(|one| is_own(operator, one, &own)));
            let presumed = (same == Truth::Unknown).then_some(!operator.negated);
            let text = match (same, own.text()) {
                (Truth::Yes | Truth::No, Some(actual)) => {
                    format!("{}, and it is {}", asks(), shown(&actual.to_string()))
                }
                _ => format!("{what} {}", shown(&values.to_string())),
            };
            met(operator.answer(same), presumed, text)
        }
        _ => open(&format!("`{name}` is not looked at")),
    }
}

fn known<'a>(key: &str, subject: &Subject<'a>, request: &Request<'a>) -> Known<'a> {
    let key = key.to_ascii_lowercase();
    let own = |text: Option<Text>| text.map_or(Own::Unseen, Own::Text);
    let of_resource = |what, account: Option<Text>| match request.resource.as_known() {
        Some("*") => Known::Nothing("the action has no resource".to_owned()),
        _ => Known::Own(what, own(account)),
    };
    match key.as_str() {
        "aws:securetransport" => Known::Word("true"),
        "aws:sourcevpc" | "aws:sourcevpce" => {
            let Subject::Endpoint { endpoint, .. } = subject else {
                return Known::Nothing("by which way requests come is not looked at".to_owned());
            };
            if request.purpose == Purpose::Login {
                return Known::Nothing("logging in to ECR does not go with this key".to_owned());
            }
            let value = if key.ends_with('e') { Some(&endpoint.id) } else { endpoint.vpc.as_ref() };
            value.map_or_else(|| Known::Nothing(String::new()), Known::Is)
        }
        "aws:principalaccount"
        | "aws:principalorgid"
        | "aws:principalorgpaths"
        | "aws:principalarn"
        | "aws:userid"
        | "aws:resourceaccount"
        | "aws:resourceorgid"
        | "aws:resourceorgpaths"
        | "s3:resourceaccount"
            if request.purpose == Purpose::Layers =>
        {
            Known::Foreign
        }
        "aws:principalaccount" => Known::Own(
            "the tasks' role is in the account",
            own(request.role.and_then(Signer::account)),
        ),
        "aws:principalorgid" => Known::Own("the tasks' role is in the organisation", Own::Unseen),
        "aws:principalorgpaths" => {
            Known::Own("the tasks' role is in the organisation at", Own::Unseen)
        }
        "aws:principalarn" => Known::Own("the tasks' role is one of", Own::Role(request.role)),
        "aws:resourceaccount" | "s3:resourceaccount" => {
            of_resource("what is asked for is in the account", account_of(&request.resource))
        }
        "aws:resourceorgid" => of_resource("what is asked for is in the organisation", None),
        "aws:resourceorgpaths" => of_resource("what is asked for is in the organisation at", None),
        _ => Known::Nothing(String::new()),
    }
}

/// The account that an ARN names, where it is not an ARN of which nothing is known.
fn account_of(resource: &Text) -> Option<Text> {
    let [.., account, rest] = arn_fields(resource)?;
    (account != Text::default() && rest.as_unknown().is_none()).then_some(account)
}

/// Whether a value of a condition is the role's or the resource's own.
fn is_own(operator: Operator, value: &Value, own: &Own<'_>) -> Truth {
    match (own, value.as_text()) {
        (Own::Text(actual), _) => is(operator, value, &Value::text(value.place, actual.clone())),
        (Own::Role(role), Some(text)) => {
            let pattern = operator.kind == Compares::Pattern;
            match role {
                _ if pattern && text.as_known() == Some("*") => Truth::Yes,
                Some(role) => role.is_arn(text, pattern),
                None => Truth::Unknown,
            }
        }
        _ => Truth::Unknown,
    }
}

/// Whether a value of a condition is what the key has.
fn is(operator: Operator, value: &Value, actual: &Value) -> Truth {
    if value.as_unknown().is_some_and(|unknown| unknown.many) {
        return Truth::Unknown;
    }
    let plain = |text: &Text| text.as_known().is_none_or(|known| !known.contains(['*', '?']));
    match (operator.kind, value.as_text(), actual.as_text()) {
        (Compares::Pattern, Some(pattern), Some(text)) if !plain(pattern) => {
            glob::covers(pattern, text, Letters::Exact)
        }
        _ => value.same(actual),
    }
}
