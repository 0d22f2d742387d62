//! To come.
use super::TaskLegs;
use super::fault::Fault;
use super::network::Task;
use super::view::View;

pub(super) fn lint(_: &View<'_>, _: &[(Task, TaskLegs)]) -> Vec<Fault> {
    Vec::new()
}
