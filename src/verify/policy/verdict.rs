//! Evidence from what all statements have to do with a request.

use std::collections::BTreeMap;

use super::statement::{Effect, Judged, Part, Respect};
use super::{Purpose, Request, listed, shown};
use crate::cloudformation::{Piece, Place, Text};
use crate::diagnostic::Code;
use crate::truth::Truth;
use crate::verify::network::{Endpoint, Role};
use crate::verify::{Claim, Evidence, Failing};

/// Reasons of a kind that are given; more say nothing new.
const MOST: usize = 3;

/// Whose policies they are.
pub(super) enum Subject<'a> {
    /// An endpoint's.
    Endpoint {
        /// The endpoint.
        endpoint: &'a Endpoint,
        /// Where its policy stands.
        policy: Place,
    },
    /// A role's.
    Role(&'a Role),
    /// What a role may do at most.
    Boundary {
        /// The role.
        role: &'a Role,
        /// Where the policy stands.
        policy: Place,
    },
}

/// Policies of a role that cannot be seen.
#[derive(Debug, Default)]
pub(super) struct Unseen {
    /// Why there may be any.
    claims: Vec<Claim>,
    /// What was taken for a policy and is none.
    near: Vec<Claim>,
}

impl Unseen {
    /// There may be one, for this reason.
    pub(super) fn add(&mut self, claim: Claim) {
        if self.claims.len() < MOST {
            self.claims.push(claim);
        }
    }

    /// There is something that is no policy.
    pub(super) fn near(&mut self, claim: Claim) {
        if self.near.len() < MOST {
            self.near.push(claim);
        }
    }
}

impl Subject<'_> {
    fn name(&self) -> String {
        match self {
            Subject::Endpoint { endpoint, .. } => {
                format!("the policy of endpoint `{}`", endpoint.name)
            }
            Subject::Role(role) => format!("role `{}`", role.name),
            Subject::Boundary { role, .. } => {
                format!("the permissions boundary of role `{}`", role.name)
            }
        }
    }

    fn place(&self) -> Place {
        match self {
            Subject::Endpoint { policy, .. } | Subject::Boundary { policy, .. } => *policy,
            Subject::Role(role) => role.place,
        }
    }
}

/// What all statements come to: each action has to be allowed by one and denied by none.
pub(super) fn verdict(
    subject: &Subject<'_>,
    request: &Request<'_>,
    statements: Vec<Judged>,
    unseen: &Unseen,
) -> Evidence {
    let mut found = Found::default();
    for (number, action) in request.actions.iter().enumerate() {
        one_action(number, action, subject, request, &statements, unseen, &mut found);
    }
    let mut all: Vec<Evidence> = Vec::new();
    if let Some(place) = found.allowed_at {
        let actions = quoted(&found.allowed);
        all.push(Evidence::Holds(Claim::at(place, format!("{} allows {actions}", subject.name()))));
    }
    all.extend(found.doubts.into_iter().map(Doubts::evidence));
    for ((_, place, code), mut missing) in found.missing {
        let text = missing.message.text(subject, request, &missing.actions);
        missing.near.retain(|near| !text.contains(&near.text));
        missing.near.extend(unseen.near.iter().cloned());
        let mut failing = Failing::fault(code, Claim::at(place, text)).near(missing.near);
        if !matches!(missing.message, Message::Denied) {
            failing = failing.help(statement_to_add(subject, request, &missing.actions));
        }
        all.push(failing.into());
    }
    match all.len() {
        1 => all.remove(0),
        _ => Evidence::All(all),
    }
}

/// A document that is none, and so allows nothing.
pub(super) fn broken(subject: &Subject<'_>, request: &Request<'_>, why: &str) -> Evidence {
    let text = format!("{} is no policy: {why}", subject.name());
    let code = fault(subject, request, Respect::Action);
    let failing = Failing::fault(code, Claim::at(subject.place(), text));
    failing.help(statement_to_add(subject, request, request.actions)).into()
}

/// What was found of all actions.
#[derive(Default)]
struct Found<'a> {
    allowed: Vec<&'a str>,
    allowed_at: Option<Place>,
    doubts: Vec<Doubts>,
    missing: BTreeMap<(usize, Place, Code), Missing<'a>>,
}

struct Missing<'a> {
    message: Message,
    actions: Vec<&'a str>,
    near: Vec<Claim>,
}

/// What is said of actions that are not allowed.
enum Message {
    /// A statement denies them.
    Denied,
    /// No statement is about them.
    Action,
    /// A statement is about them and other resources; how those miss.
    Resource(String),
    /// A statement allows them to others.
    Condition(String),
}

/// Ways in which something that is not known may turn out well: one of them is enough, and all of
/// its parts have to.
#[derive(PartialEq, Eq)]
struct Doubts(Vec<Vec<Doubt>>);

#[derive(Clone, PartialEq, Eq)]
struct Doubt {
    assumed: bool,
    claim: Claim,
}

impl Doubts {
    fn evidence(self) -> Evidence {
        let leaf = |doubt: Doubt| match doubt.assumed {
            true => Evidence::Assumed(doubt.claim),
            false => Evidence::Open(doubt.claim),
        };
        let way = |doubts: Vec<Doubt>| -> Evidence {
            let mut leaves: Vec<_> = doubts.into_iter().map(leaf).collect();
            if leaves.len() == 1 { leaves.remove(0) } else { Evidence::All(leaves) }
        };
        let mut ways: Vec<_> = self.0.into_iter().map(way).collect();
        if ways.len() == 1 { ways.remove(0) } else { Evidence::Any(ways) }
    }
}

impl<'a> Found<'a> {
    fn doubt(&mut self, ways: Vec<Vec<Doubt>>) {
        let doubts = Doubts(ways);
        if !self.doubts.contains(&doubts) {
            self.doubts.push(doubts);
        }
    }

    fn miss(&mut self, order: usize, place: Place, code: Code, missing: Missing<'a>) {
        let known = self.missing.entry((order, place, code));
        let actions = missing.actions.clone();
        let known = known.or_insert(Missing { actions: Vec::new(), ..missing });
        known.actions.extend(actions);
    }
}

fn one_action<'a>(
    number: usize,
    action: &'a str,
    subject: &Subject<'_>,
    request: &Request<'_>,
    statements: &[Judged],
    unseen: &Unseen,
    found: &mut Found<'a>,
) {
    let with = |effect| statements.iter().filter(move |one| one.effect == effect);
    let sure = |one: &&Judged| Truth::all(one.about(number).map(|part| part.truth)).is_yes();
    if let Some(denying) = with(Effect::Deny).find(sure) {
        let condition = denying.parts.iter().any(|part| part.respect == Respect::Condition);
        let respect = match request.purpose {
            _ if condition => Respect::Condition,
            Purpose::Login => Respect::Action,
            _ => Respect::Resource,
        };
        let code = fault(subject, request, respect);
        let conditions = denying.parts.iter().filter(|part| part.respect == Respect::Condition);
        let near = conditions.map(|part| part.claim.clone()).take(MOST).collect();
        let missing = Missing { message: Message::Denied, actions: vec![action], near };
        found.miss(0, denying.place, code, missing);
        return;
    }
    let mut undenied: Vec<Doubt> = Vec::new();
    for denying in with(Effect::Deny) {
        undenied.extend(doubt_of_denial(denying, number));
    }
    let allowing = with(Effect::Allow).find(sure);
    let mut ways: Vec<Vec<Doubt>> =
        with(Effect::Allow).filter_map(|one| doubts_of_allowing(one, number)).collect();
    let hidden =
        |assumed| unseen.claims.iter().map(move |claim| Doubt { assumed, claim: claim.clone() });
    match allowing {
        Some(allowing) => {
            found.allowed.push(action);
            found.allowed_at.get_or_insert(allowing.place);
        }
        None => {
            ways.extend(hidden(false).map(|doubt| vec![doubt]));
            if ways.is_empty() {
                missing(number, action, subject, request, statements, found);
                return;
            }
            // What is assumed decides, so it is not among those that are left out.
            ways.sort_by_key(|way| way.iter().any(|doubt| !doubt.assumed));
            ways.truncate(MOST);
            found.doubt(ways);
        }
    }
    undenied.extend(hidden(true));
    for assumed in [false, true] {
        let some = undenied.iter().filter(|doubt| doubt.assumed == assumed).take(MOST);
        some.for_each(|doubt| found.doubt(vec![vec![doubt.clone()]]));
    }
}

/// What makes it doubtful that a statement denies nothing; `None` where it does not.
fn doubt_of_denial(denying: &Judged, number: usize) -> Option<Doubt> {
    let parts = || denying.about(number);
    if parts().any(|part| part.truth.is_no()) {
        return None;
    }
    if let Some(part) = parts().find(|part| part.presumed == Some(false)) {
        return Some(Doubt { assumed: true, claim: part.claim.clone() });
    }
    let part = parts().find(|part| !part.truth.is_yes())?;
    let text = format!("a statement may deny it: {}", part.claim.text);
    Some(Doubt { assumed: false, claim: Claim { text, ..part.claim.clone() } })
}

/// What makes it doubtful that a statement allows it; `None` where it does not.
fn doubts_of_allowing(allowing: &Judged, number: usize) -> Option<Vec<Doubt>> {
    let parts = || allowing.about(number);
    if parts().any(|part| part.truth.is_no()) {
        return None;
    }
    let doubtful = parts().filter(|part| !part.truth.is_yes());
    let doubts = doubtful
        .map(|part| Doubt { assumed: part.presumed == Some(true), claim: part.claim.clone() });
    Some(doubts.collect())
}

/// Says of an action that nothing allows what came closest.
fn missing<'a>(
    number: usize,
    action: &'a str,
    subject: &Subject<'_>,
    request: &Request<'_>,
    statements: &[Judged],
    found: &mut Found<'a>,
) {
    let allowing: Vec<_> = statements.iter().filter(|one| one.effect == Effect::Allow).collect();
    let misses = |one: &&Judged| -> Vec<Part> {
        one.about(number).filter(|part| part.truth.is_no()).cloned().collect()
    };
    let only = |respects: &'static [Respect]| {
        allowing
            .iter()
            .filter(move |one| misses(one).iter().all(|part| respects.contains(&part.respect)))
    };
    let near = near(&allowing, number);
    if let Some(one) = only(&[Respect::Principal, Respect::Condition]).next() {
        let why = misses(one).first().map(|part| part.claim.text.clone()).unwrap_or_default();
        let code = fault(subject, request, Respect::Condition);
        let missing = Missing { message: Message::Condition(why), actions: vec![action], near };
        return found.miss(1, one.place, code, missing);
    }
    let resource = |one: &&Judged| misses(one).into_iter().next();
    let close = |one: &&&Judged| resource(one).is_some_and(|part| part.close);
    let by_resource = only(&[Respect::Resource]).find(close);
    if let Some((one, part)) = by_resource.and_then(|one| Some((one, resource(one)?))) {
        let code = fault(subject, request, Respect::Resource);
        let message = Message::Resource(part.claim.text);
        let missing = Missing { message, actions: vec![action], near };
        return found.miss(1, one.place, code, missing);
    }
    // A statement that was written for this request lacks the action.
    let others = |one: &&&Judged| one.actions.iter().any(|part| part.truth.is_yes());
    let lacking = only(&[Respect::Action]).find(others);
    let code = fault(subject, request, Respect::Action);
    let place = lacking.map_or(subject.place(), |one| one.place);
    found.miss(2, place, code, Missing { message: Message::Action, actions: vec![action], near });
}

/// Statements that miss in some respects, and not in both action and resource: fewest first.
fn near(allowing: &[&Judged], number: usize) -> Vec<Claim> {
    let mut near: Vec<(usize, Claim)> = Vec::new();
    for one in allowing {
        let missed: Vec<_> = one.about(number).filter(|part| part.truth.is_no()).collect();
        let in_respect = |respect| missed.iter().any(|part| part.respect == respect);
        if in_respect(Respect::Action) && in_respect(Respect::Resource) {
            continue;
        }
        let Some(first) = missed.first() else { continue };
        let texts: Vec<_> = missed.iter().take(MOST).map(|part| part.claim.text.clone()).collect();
        near.push((missed.len(), Claim { text: listed(&texts), place: first.claim.place }));
    }
    near.sort_by_key(|(misses, _)| *misses);
    near.into_iter().take(MOST).map(|(_, claim)| claim).collect()
}

/// What it is called that a request is not allowed, missed in a respect.
fn fault(subject: &Subject<'_>, request: &Request<'_>, respect: Respect) -> Code {
    if !matches!(subject, Subject::Endpoint { .. }) {
        return Code::RoleMissesAction;
    }
    match (respect, request.purpose) {
        (Respect::Condition | Respect::Principal, _) => Code::PolicyCondition,
        (_, Purpose::Layers) => Code::PolicyMissesBucket,
        (_, Purpose::Object) => Code::PolicyMissesObject,
        (Respect::Resource, Purpose::Login) => Code::PolicyLoginResource,
        (Respect::Resource, Purpose::Pull) => Code::PolicyMissesRepository,
        (_, _) => Code::PolicyMissesAction,
    }
}

impl Message {
    fn text(&self, subject: &Subject<'_>, request: &Request<'_>, actions: &[&str]) -> String {
        let name = subject.name();
        let (actions, resource) = (quoted(actions), shown(&request.resource.to_string()));
        let on = match request.resource.as_known() {
            Some("*") => String::new(),
            _ => format!(" on {resource}"),
        };
        match self {
            Message::Denied => format!("{name} denies {actions}{on}"),
            Message::Action => format!("{name} does not allow {actions}{on}"),
            Message::Resource(why) => format!("{name} does not allow {actions}{on}; {why}"),
            Message::Condition(why) => {
                format!("{name} does not allow {actions}{on} to the tasks; {why}")
            }
        }
    }
}

fn quoted(actions: &[&str]) -> String {
    listed(&actions.iter().map(|action| format!("`{action}`")).collect::<Vec<_>>())
}

/// A statement that allows it, as YAML in one line.
fn statement_to_add(subject: &Subject<'_>, request: &Request<'_>, actions: &[&str]) -> String {
    let principal = match subject {
        Subject::Endpoint { .. } => "Principal: \"*\", ",
        Subject::Role(_) | Subject::Boundary { .. } => "",
    };
    let quoted: Vec<_> = actions.iter().map(|action| format!("\"{action}\"")).collect();
    let actions = match quoted.as_slice() {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    let resource = yaml(&request.resource);
    format!("- {{Effect: Allow, {principal}Action: {actions}, Resource: {resource}}}")
}

fn yaml(resource: &Text) -> String {
    if let Some(created) = resource.as_created() {
        return format!("!Ref {}", created.id);
    }
    let piece = |piece: &Piece| match piece {
        Piece::Created(created) => format!("${{{}}}", created.id),
        piece => Text::new([piece.clone()]).to_string(),
    };
    let text: String = resource.pieces().iter().map(piece).collect();
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    let sub = if resource.as_known().is_none() && text.contains("${") { "!Sub " } else { "" };
    format!("{sub}\"{text}\"")
}
