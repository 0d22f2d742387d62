//! Whether ECS may take a role on for a task.

use super::{MOST_STATEMENTS, document, statement};
use crate::cloudformation::{Kind, Text, Value};
use crate::diagnostic::Code;
use crate::truth::Truth;
use crate::verify::network::Role;
use crate::verify::{Claim, Failing};
use document::Document;

/// What tasks are to IAM, before a partition's suffix.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html>
const TASKS: &str = "ecs-tasks.";

/// What is wrong with a role that surely trusts others alone.
pub(in crate::verify) fn not_assumable(role: &Role) -> Option<Failing> {
    let trust = role.trust.as_ref()?;
    let Document::Known(document) = document::read(trust) else { return None };
    let statements = document::statements(&document);
    let is_for_others =
        |statement: &Value| !statement.fields().is_empty() && trusts_tasks(statement).is_no();
    if statements.is_empty()
        || statements.len() > MOST_STATEMENTS
        || !statements.iter().all(is_for_others)
    {
        return None;
    }
    let text = format!("role `{}` trusts others, and not `ecs-tasks.amazonaws.com`", role.name);
    let failing = Failing::fault(Code::RoleNotAssumable, Claim::at(trust.place, text));
    Some(failing.help(
        "- {Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: sts:AssumeRole}",
    ))
}

/// Whether a statement lets tasks take the role on, whatever its conditions ask for.
fn trusts_tasks(statement: &Value) -> Truth {
    let allows = match statement.get("Effect") {
        Some(effect) if effect.as_known().is_some() => effect.as_known() == Some("Allow"),
        Some(_) => true,
        None => false,
    };
    let principal = statement.get("Principal").map_or(Truth::Unknown, is_of_tasks);
    Truth::from(allows).and(principal).and(statement::acts(statement, "sts:AssumeRole"))
}

fn is_of_tasks(principal: &Value) -> Truth {
    let Kind::Map(_) = principal.kind else { return Truth::Unknown };
    let services = principal.get("Service").map(Value::entries).unwrap_or_default();
    let services = services.iter().map(|one| one.as_text().map_or(Truth::Unknown, is_tasks));
    // Whether everyone is a service too is not said.
    let everyone = principal.get("AWS").map(Value::entries).unwrap_or_default().iter();
    let everyone = everyone.map(|one| match one.as_known() {
        Some(known) => {
            if known == "*" {
                Truth::Unknown
            } else {
                Truth::No
            }
        }
        None => {
            if one.as_created().is_some() {
                Truth::No
            } else {
                Truth::Unknown
            }
        }
    });
    Truth::any(services.chain(everyone))
}

fn is_tasks(service: &Text) -> Truth {
    let beginning = service.beginning();
    if beginning.starts_with(TASKS) {
        return Truth::Yes;
    }
    let may_be = service.as_known().is_none() && TASKS.starts_with(beginning);
    if may_be { Truth::Unknown } else { Truth::No }
}
