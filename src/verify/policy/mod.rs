//! What policies of endpoints and roles allow, as far as their documents are known.
//!
//! [`document`] reads a policy, [`glob`] matches its patterns, [`statement`] and [`condition`] say
//! what a statement has to do with a request, and [`verdict`] makes evidence of all statements.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

mod condition;
mod document;
mod glob;
mod managed;
mod near;
mod signer;
mod statement;
mod trust;
mod verdict;

use super::network::{Endpoint, Role};
use super::{Claim, Evidence, Failing};
use crate::cloudformation::{Place, Text, Value};
use crate::diagnostic::Code;
use document::Document;
pub(super) use signer::Signer;
pub(super) use trust::not_assumable;
use verdict::{Subject, Unseen};

/// Statements that are looked at; no policy that AWS takes has as many.
const MOST_STATEMENTS: usize = 2000;

/// What a request is for: who signs it, and what is wrong where it is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Logging in to ECR, which has no resource.
    Login,
    /// Pulling from a repository.
    Pull,
    /// Reading layers. ECR signs for them, as somebody of AWS's, and the bucket is AWS's.
    Layers,
    /// Reading an environment file.
    Object,
    /// Anything else that is asked by the task's own role.
    Other,
}

/// A request that a policy has to allow.
#[derive(Debug, Clone)]
pub(super) struct Request<'a> {
    /// What it is for.
    pub(super) purpose: Purpose,
    /// Each of them has to be allowed: `ecr:BatchGetImage`.
    pub(super) actions: &'a [&'a str],
    /// What it is asked of: an ARN. A `*` in it stands for everything that may stand there, and all
    /// of it has to be allowed; an unknown piece for one thing, and a `?` for one unknown letter. `*`
    /// alone is for actions without resources, which only the resource `*` allows.
    pub(super) resource: Text,
    /// The role that signs it, where that is known.
    pub(super) role: Option<&'a Signer>,
}

/// Whether an endpoint lets a request through. One without a policy lets everything through.
///
/// A statement without a principal is one of its [`faults`]; here it is for everyone.
pub(super) fn endpoint(endpoint: &Endpoint, request: &Request<'_>) -> Evidence {
    let Some(policy) = &endpoint.policy else {
        let text = format!("endpoint `{}` has no policy, which allows everything", endpoint.name);
        return Evidence::Holds(Claim::at(endpoint.place, text));
    };
    let subject = Subject::Endpoint { endpoint, policy: policy.place };
    match document::read(policy) {
        Document::Unknown(why) => Evidence::Open(Claim::at(
            policy.place,
            format!("the policy of endpoint `{}` is not known: {why}", endpoint.name),
        )),
        Document::Broken(why) => verdict::broken(&subject, request, &why),
        Document::Known(document) => {
            let statements = judged(&document, &subject, request);
            verdict::verdict(&subject, request, statements, &Unseen::default())
        }
    }
}

/// Whether a role may make a request, by all its policies together.
///
/// Policies that cannot be seen may allow what the others do not, which leaves it open; that they
/// deny what the others allow is assumed not to be so. A boundary has to allow it as well.
pub(super) fn role(role: &Role, request: &Request<'_>) -> Evidence {
    let by_policies = by_policies(role, request);
    match role.boundary.as_ref().map(|boundary| within(role, boundary, request)) {
        Some(within) => Evidence::All(vec![by_policies, within]),
        None => by_policies,
    }
}

/// Whether a role's boundary allows a request.
fn within(role: &Role, boundary: &Value, request: &Request<'_>) -> Evidence {
    let subject = Subject::Boundary { role, policy: boundary.place };
    match document::read(boundary) {
        Document::Unknown(why) => Evidence::Open(Claim::at(
            boundary.place,
            format!("the permissions boundary of role `{}` is not known: {why}", role.name),
        )),
        Document::Broken(why) => verdict::broken(&subject, request, &why),
        Document::Known(document) => {
            let statements = judged(&document, &subject, request);
            verdict::verdict(&subject, request, statements, &Unseen::default())
        }
    }
}

fn by_policies(role: &Role, request: &Request<'_>) -> Evidence {
    let subject = Subject::Role(role);
    let mut unseen = Unseen::default();
    let mut statements = Vec::new();
    for policy in &role.policies {
        match document::read(policy) {
            Document::Unknown(why) => {
                let text = format!("a policy of role `{}` is not known: {why}", role.name);
                unseen.add(Claim::at(policy.place, text));
            }
            Document::Broken(why) => {
                let text = format!("a policy of role `{}` is no policy: {why}", role.name);
                unseen.near(Claim::at(policy.place, text));
            }
            Document::Known(document) => statements.extend(judged(&document, &subject, request)),
        }
    }
    // What is wholly unknown may be none, or many.
    for arn in role.managed.iter().flat_map(Value::entries) {
        match managed::named(arn) {
            Some(policy) => statements.push(policy.judged(arn.place, request)),
            None => {
                let text = format!("what the managed policy `{arn}` allows is not known");
                unseen.add(Claim::at(arn.place, text));
            }
        }
    }
    if let Some(why) = &role.unseen {
        unseen.add(Claim::at(
            role.place,
            format!("role `{}` may have other policies: {why}", role.name),
        ));
    }
    verdict::verdict(&subject, request, statements, &unseen)
}

/// What is wrong with an endpoint's policy whatever is asked.
pub(super) fn faults(endpoint: &Endpoint) -> Vec<Failing> {
    let Some(policy) = &endpoint.policy else { return Vec::new() };
    let mut faults = Vec::new();
    let characters = document::characters(policy);
    if characters > document::LONGEST {
        let text = format!(
            "the policy of endpoint `{}` has {characters} characters without white space, and EC2 \
             takes {}",
            endpoint.name,
            document::LONGEST
        );
        faults.push(Failing::fault(Code::PolicyTooLong, Claim::at(policy.place, text)));
    }
    if let Document::Known(document) = document::read(policy) {
        for statement in document::statements(&document).iter().take(MOST_STATEMENTS) {
            let given =
                ["Principal", "NotPrincipal"].iter().any(|key| statement.get(key).is_some());
            if given || statement.fields().is_empty() {
                continue;
            }
            let text = format!(
                "a statement of the policy of endpoint `{}` has no `Principal`, and EC2 refuses \
                 the policy",
                endpoint.name
            );
            let claim = Claim::at(statement.place, text);
            let failing = Failing::fault(Code::PolicyWithoutPrincipal, claim);
            faults.push(failing.help("Principal: \"*\""));
        }
    }
    faults
}

/// What each statement has to do with the request.
fn judged(
    document: &Value,
    subject: &Subject<'_>,
    request: &Request<'_>,
) -> Vec<statement::Judged> {
    let statements = document::statements(document);
    let seen = statements.iter().take(MOST_STATEMENTS);
    let mut judged: Vec<_> = seen.flat_map(|one| statement::judge(one, subject, request)).collect();
    if statements.len() > MOST_STATEMENTS {
        let why = format!("there are more than {MOST_STATEMENTS} statements");
        judged.extend(statement::unknown(document.place, &why, request));
    }
    judged
}

/// User's text in a message, cut where it is long.
fn shown(text: &str) -> String {
    const MOST: usize = 160;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("`{}…`", &text[..at]),
        None => format!("`{text}`"),
    }
}

/// `a`, `b` and `c`.
fn listed(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The place of a key of a statement, or of the statement.
fn key_place(statement: &Value, key: &str) -> Place {
    let field = statement.fields().iter().find(|field| field.key == key);
    field.map_or(statement.place, |field| field.key_place)
}

#[cfg(test)]
mod tests;
