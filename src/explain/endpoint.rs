//! Endpoints with their policies, as they are said.

use super::place::Places;
use super::{EndpointFound, Known, Protection, StatementFound};
use crate::aws::AccountId;
use crate::config::join;
use crate::plan::{Endpoint, EndpointKind, Plan, Statement, Value};

/// Whether a statement names resources of an account.
pub(super) fn names_account(statement: &Statement, account: &AccountId) -> bool {
    let text = format!(":{account}:");
    statement.resources.iter().any(|value| match value {
        Value::Literal(resource) | Value::Sub(resource) => resource.contains(&text),
        _ => false,
    })
}

/// An endpoint with those of its statements that `keep` takes, by their place in the policy.
pub(super) fn endpoint(
    known: &Known<'_>,
    places: &Places<'_>,
    plan: &Plan,
    endpoint: &Endpoint,
    keep: impl Fn(usize, &Statement) -> bool,
) -> EndpointFound {
    let (gateway, placed_in, groups) = match &endpoint.kind {
        EndpointKind::Interface { subnets, groups } => {
            (false, subnets.labels(), groups.iter().map(Value::label).collect())
        }
        EndpointKind::Gateway { route_tables } => (true, route_tables.labels(), Vec::new()),
    };
    let statements = endpoint.policy.statements.iter().enumerate();
    let service = endpoint.service.name();
    let root = format!("stacks.{}", plan.stack);
    let stack = known.config.stacks.get(&plan.stack);
    let named =
        stack.and_then(|stack| stack.services.iter().find(|named| named.value == endpoint.service));
    let made_by = match named {
        Some(named) => named.path.clone(),
        None => join(&format!("{root}.endpoints"), service),
    };
    let statements: Vec<StatementFound> = statements
        .filter(|(number, statement)| keep(*number, statement))
        .map(|(_, statement)| StatementFound {
            why: statement.comment.clone(),
            actions: statement.actions.clone(),
            resources: statement.resources.iter().map(Value::label).collect(),
            protection: Protection::of_statement(&endpoint.service, statement),
        })
        .collect();
    EndpointFound {
        stack: plan.stack.clone(),
        id: endpoint.id.clone(),
        service: endpoint.service.clone(),
        service_name: endpoint.service_name.label(),
        gateway,
        purpose: endpoint.purpose.clone(),
        made_by: places.find(&made_by),
        policy_by: places.find(&format!("{root}.endpoint.policy")),
        placed_in,
        groups,
        partial: statements.len() < endpoint.policy.statements.len(),
        statements,
    }
}
