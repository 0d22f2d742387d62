//! To come.
use super::evidence::{Claim, Evidence};
use super::network::{Endpoint, Role};
use super::view::View;
use crate::cloudformation::Text;

pub(super) struct Request<'a> {
    pub(super) actions: &'a [&'a str],
    pub(super) resource: Text,
    pub(super) own_principal: bool,
}

pub(super) fn endpoint(_view: &View<'_>, endpoint: &Endpoint, request: &Request<'_>) -> Evidence {
    let _ = (request.actions, &request.resource, request.own_principal);
    Evidence::Holds(Claim::at(endpoint.place, "x"))
}

pub(super) fn role(_view: &View<'_>, role: &Role, _request: &Request<'_>) -> Evidence {
    Evidence::Holds(Claim::at(role.place, "x"))
}

pub(super) fn faults(_: &View<'_>) -> Vec<super::fault::Fault> {
    Vec::new()
}
