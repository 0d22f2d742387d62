//! Endpoints with their policies, as they are said.

use super::rules::{list_words, words};
use super::{EndpointFound, Protection, StatementFound};
use crate::plan::{Endpoint, EndpointKind, Plan, Statement};

/// An endpoint with those of its statements that `keep` takes, by their place in the policy.
pub(super) fn endpoint(
    plan: &Plan,
    endpoint: &Endpoint,
    keep: impl Fn(usize, &Statement) -> bool,
) -> EndpointFound {
    let (gateway, placed_in, groups) = match &endpoint.kind {
        EndpointKind::Interface { subnets, groups } => {
            (false, list_words(subnets), groups.iter().map(words).collect())
        }
        EndpointKind::Gateway { route_tables } => (true, list_words(route_tables), Vec::new()),
    };
    let statements = endpoint.policy.statements.iter().enumerate();
    EndpointFound {
        stack: plan.stack.clone(),
        id: endpoint.id.clone(),
        service: endpoint.service.clone(),
        service_name: words(&endpoint.service_name),
        gateway,
        purpose: endpoint.purpose.clone(),
        placed_in,
        groups,
        statements: statements
            .filter(|(number, statement)| keep(*number, statement))
            .map(|(_, statement)| StatementFound {
                why: statement.comment.clone(),
                actions: statement.actions.clone(),
                resources: statement.resources.iter().map(words).collect(),
                protection: Protection::of_statement(&endpoint.service, statement),
            })
            .collect(),
    }
}
