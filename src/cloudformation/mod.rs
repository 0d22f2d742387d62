//! CloudFormation templates, read for what they mean: anyone's, not only ours.
//!
//! A [`World`] is one or several templates that are deployed together, an export of one being an
//! import of another. It is evaluated under a [`Scenario`]; what comes out are resources whose
//! properties are [`Value`]s. What cannot be known stays an [`Unknown`] that equals itself.

mod arg;
mod attributes;
mod compute;
mod conditions;
mod dynamic;
mod exports;
mod functions;
mod keys;
mod logic;
mod loops;
mod nested;
mod parameters;
mod read;
mod reference;
mod resource;
mod rules;
mod scenario;
mod session;
mod stacks;
mod sub;
mod task_definition;
mod template;
mod value;
mod world;

pub use parameters::parameters_of_file;
pub use value::{Created, Field, Kind, Piece, Place, Text, Unknown, Value};
pub use world::{Evaluated, Given, Made, Resource, Scenario, Scenarios, World};

#[cfg(test)]
mod tests;
