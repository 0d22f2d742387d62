//! What one statement has to do with a request.

use std::borrow::Cow;

use super::glob::{self, Letters};
use super::verdict::Subject;
use super::{Purpose, Request, condition, document, key_place, listed, near, shown};
use crate::cloudformation::{Kind, Piece, Place, Text, Value};
use crate::truth::Truth;
use crate::verify::Claim;

/// What a statement does to what it speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// It allows it.
    Allow,
    /// It denies it.
    Deny,
}

/// In which respect a statement may speak of something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Respect {
    /// Whether it has this effect.
    Effect,
    /// The actions.
    Action,
    /// The resources.
    Resource,
    /// Who asks.
    Principal,
    /// A condition.
    Condition,
}

/// Whether a statement speaks of a request, in one respect.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// Which.
    pub(super) respect: Respect,
    /// Whether it does.
    pub(super) truth: Truth,
    /// Where that is unknown: what it is if whoever wrote it gave the right ids.
    pub(super) presumed: Option<bool>,
    /// Why it does not, why that is unknown, or what is presumed.
    pub(super) claim: Claim,
    /// For a resource that is not covered, in what it misses by little.
    pub(super) close: bool,
}

/// A statement as an effect on a request.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    /// Where the statement stands.
    pub(super) place: Place,
    /// What it does.
    pub(super) effect: Effect,
    /// Whether it speaks of the request, beside the action.
    pub(super) parts: Vec<Part>,
    /// Whether it speaks of each of the request's actions.
    pub(super) actions: Vec<Part>,
}

impl Part {
    pub(super) fn new(respect: Respect, truth: impl Into<Truth>, claim: Claim) -> Part {
        Part { respect, truth: truth.into(), presumed: None, claim, close: false }
    }
}

impl Judged {
    /// Everything that has to hold for it to speak of the action of this number.
    pub(super) fn about(&self, action: usize) -> impl Iterator<Item = &Part> {
        self.actions.get(action).into_iter().chain(&self.parts)
    }
}

/// What a statement does to a request: one effect, or, where that is unknown, either of both.
pub(super) fn judge(
    statement: &Value,
    subject: &Subject<'_>,
    request: &Request<'_>,
) -> Vec<Judged> {
    if let Some(text) = statement.as_text() {
        return if text.as_known().is_some() {
            let claim = Claim::at(statement.place, "it is a text, and no statement");
            vec![nothing(statement.place, claim, request)]
        } else {
            unknown(statement.place, &document::why(text), request)
        };
    }
    let effect = statement.get("Effect");
    match effect.map(|effect| (effect, effect.as_known())) {
        Some((_, Some("Allow"))) => vec![as_effect(Effect::Allow, statement, subject, request)],
        Some((_, Some("Deny"))) => vec![as_effect(Effect::Deny, statement, subject, request)],
        Some((effect, None)) if effect.as_text().is_some() => {
            let why = effect.as_text().map(document::why).unwrap_or_default();
            let claim = Claim::at(effect.place, format!("its effect is not known: {why}"));
            let effects = [Effect::Allow, Effect::Deny].map(|effect| {
                let mut judged = as_effect(effect, statement, subject, request);
                let part = Part::new(Respect::Effect, Truth::Unknown, claim.clone());
                judged.parts.insert(0, part);
                judged
            });
            effects.into()
        }
        other => {
            let found =
                other.map_or("left out".to_owned(), |(effect, _)| shown(&effect.to_string()));
            let place = other.map_or(statement.place, |(effect, _)| effect.place);
            let text = format!("its effect is {found}, and not `Allow` or `Deny`");
            vec![nothing(statement.place, Claim::at(place, text), request)]
        }
    }
}

/// Statements that nobody knows: they may allow and they may deny.
pub(super) fn unknown(place: Place, why: &str, request: &Request<'_>) -> Vec<Judged> {
    let claim = Claim::at(place, format!("what the statement says is not known: {why}"));
    let judged = |effect| Judged {
        place,
        effect,
        parts: vec![Part::new(Respect::Effect, Truth::Unknown, claim.clone())],
        actions: yes_to_all(place, request),
    };
    vec![judged(Effect::Allow), judged(Effect::Deny)]
}

/// What is written as a statement and has no effect.
fn nothing(place: Place, claim: Claim, request: &Request<'_>) -> Judged {
    let parts = vec![Part::new(Respect::Effect, false, claim)];
    Judged { place, effect: Effect::Allow, parts, actions: yes_to_all(place, request) }
}

fn yes_to_all(place: Place, request: &Request<'_>) -> Vec<Part> {
    let part = |_: &&str| Part::new(Respect::Action, true, Claim::at(place, "its actions"));
    request.actions.iter().map(part).collect()
}

fn as_effect(
    effect: Effect,
    statement: &Value,
    subject: &Subject<'_>,
    request: &Request<'_>,
) -> Judged {
    let mut parts = vec![resource(effect, statement, request)];
    if let Subject::Endpoint { .. } = subject {
        parts.push(principal(statement, request));
    }
    if let Some(conditions) = statement.get("Condition") {
        parts.extend(condition::parts(conditions, subject, request));
    }
    let actions = request.actions.iter().map(|asked| action(statement, asked)).collect();
    Judged { place: statement.place, effect, parts, actions }
}

/// Whether a statement speaks of an action.
pub(super) fn acts(statement: &Value, asked: &str) -> Truth {
    action(statement, asked).truth
}

fn action(statement: &Value, asked: &str) -> Part {
    let asked = Text::known(asked);
    let part = |truth: Truth, key: &str| {
        let patterns = statement.get(key).map(Value::entries).unwrap_or_default();
        let text = match truth {
            Truth::Unknown => {
                format!("`{key}` is not known: {}", reason(patterns).unwrap_or_default())
            }
            _ => format!("`{key}` is {}", few(patterns)),
        };
        Part::new(Respect::Action, truth, Claim::at(key_place(statement, key), text))
    };
    let any = |key: &str| {
        let patterns = statement.get(key)?.entries().iter();
        Some(Truth::any(patterns.map(|one| {
            one.as_text().map_or(Truth::No, |one| glob::covers(one, &asked, Letters::AnyCase))
        })))
    };
    match (any("Action"), any("NotAction")) {
        (Some(truth), _) => part(truth, "Action"),
        (None, Some(truth)) => part(!truth, "NotAction"),
        (None, None) => {
            Part::new(Respect::Action, false, Claim::at(statement.place, "it has no `Action`"))
        }
    }
}

fn resource(effect: Effect, statement: &Value, request: &Request<'_>) -> Part {
    let asked = &request.resource;
    let each = |patterns: &[Value], of: fn(&Text, &Text, Letters) -> Truth| -> Vec<Truth> {
        let one = |pattern: &Value| match pattern.as_text() {
            // A bucket that is made here is none of AWS's.
            Some(text) if request.purpose == Purpose::Layers && has_created(text) => Truth::No,
            Some(text) => of(text, asked, Letters::Exact),
            None => Truth::No,
        };
        patterns.iter().map(one).collect()
    };
    let (key, truth) = match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(patterns), _) => {
            let of = if effect == Effect::Allow { glob::covers } else { glob::touches };
            ("Resource", Truth::any(each(patterns.entries(), of)))
        }
        (None, Some(patterns)) => {
            let covered = Truth::any(each(patterns.entries(), glob::covers));
            let touched = Truth::any(each(patterns.entries(), glob::touches));
            // All that is asked has to be outside to be allowed, and something to be denied.
            let outside = match (effect, covered, touched) {
                (_, Truth::Yes, _) => Truth::No,
                (_, _, Truth::No) => Truth::Yes,
                _ => Truth::Unknown,
            };
            ("NotResource", outside)
        }
        (None, None) => {
            let claim = Claim::at(statement.place, "it has no `Resource`");
            return Part::new(Respect::Resource, false, claim);
        }
    };
    let patterns = statement.get(key).map(Value::entries).unwrap_or_default();
    let place = key_place(statement, key);
    let missed = patterns.iter().filter(|_| truth.is_no() && key == "Resource");
    let mut missed = missed.filter_map(Value::as_text);
    let difference = missed.find_map(|text| near::difference(text, asked));
    let text = match (truth, &difference) {
        (Truth::Unknown, _) => {
            let asked_why = asked.why().map(Cow::into_owned);
            let why =
                reason(patterns).or(asked_why).unwrap_or_else(|| "it has some of it".to_owned());
            format!("whether `{key}` has {} in it is not known: {why}", shown(&asked.to_string()))
        }
        (_, Some(difference)) => format!("`Resource` is {}: {difference}", few(patterns)),
        _ => format!("`{key}` is {}", few(patterns)),
    };
    let close = difference.is_some() || (truth.is_no() && key == "NotResource");
    Part { close, ..Part::new(Respect::Resource, truth, Claim::at(place, text)) }
}

/// Who a statement of an endpoint's policy is for.
fn principal(statement: &Value, request: &Request<'_>) -> Part {
    let part = |truth: Truth, key: &str, text: &str| {
        let claim = Claim::at(key_place(statement, key), text);
        Part::new(Respect::Principal, truth, claim)
    };
    if let Some(not) = statement.get("NotPrincipal") {
        let truth = if not.as_known() == Some("*") { Truth::No } else { Truth::Unknown };
        let text = "whether `NotPrincipal` leaves the request out is not known";
        return part(truth, "NotPrincipal", text);
    }
    let Some(principal) = statement.get("Principal") else {
        return part(Truth::Yes, "Principal", "everyone");
    };
    let named = match &principal.kind {
        Kind::Text(_) | Kind::List(_) => principal.entries(),
        Kind::Map(_) => principal.get("AWS").map(Value::entries).unwrap_or_default(),
    };
    let each = || named.iter().filter_map(Value::as_text).map(|one| is_signer(one, request));
    let truth = Truth::any(each().map(|(truth, _)| truth));
    let presumed =
        (truth == Truth::Unknown && each().any(|(_, presumed)| presumed)).then_some(true);
    let names = if named.is_empty() { "a service or a user".to_owned() } else { few(named) };
    let text = match (truth, presumed) {
        (Truth::Unknown, Some(_)) => format!("the tasks' role is one of {names}"),
        (Truth::Unknown, None) => {
            format!(
                "whether `Principal` is `*` is not known: {}",
                reason(named).unwrap_or_default()
            )
        }
        _ => format!("`Principal` is {names}"),
    };
    Part { presumed, ..part(truth, "Principal", &text) }
}

/// Whether a principal signs the request, and whether it is presumed to where that is unknown.
fn is_signer(principal: &Text, request: &Request<'_>) -> (Truth, bool) {
    let known = principal.as_known();
    if known == Some("*") {
        return (Truth::Yes, false);
    }
    if request.purpose == Purpose::Layers {
        let nothing_known = principal.as_unknown().is_some();
        return (if nothing_known { Truth::Unknown } else { Truth::No }, false);
    }
    if known.is_some_and(|known| known.contains(":user/") || known.contains(".amazonaws.com")) {
        return (Truth::No, false);
    }
    let truth = request.role.map_or(Truth::Unknown, |role| role.is_principal(principal));
    (truth, truth == Truth::Unknown)
}

fn has_created(text: &Text) -> bool {
    text.pieces().iter().any(|piece| matches!(piece, Piece::Created(_)))
}

/// The first of them, in a message.
fn few(values: &[Value]) -> String {
    const MOST: usize = 3;
    let mut some: Vec<_> = values.iter().take(MOST).map(|one| shown(&one.to_string())).collect();
    if values.len() > MOST {
        some.push(format!("{} more", values.len() - MOST));
    }
    if some.is_empty() { "an empty list".to_owned() } else { listed(&some) }
}

/// Why not all of them are known: the first reason.
fn reason(values: &[Value]) -> Option<String> {
    values.iter().filter_map(Value::as_text).find_map(Text::why).map(Cow::into_owned)
}
