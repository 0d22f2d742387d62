//! What was rendered, read as a YAML reader reads it.

use crate::plan::Plan;
use crate::yaml::{self, Node, ProblemKind};

/// The text as a tree, if it is YAML with every parameter, resource and output of the plan, and no
/// other. It is the tree that is proved then, so that it is read once.
///
/// # Errors
/// What is wrong, in words.
pub(super) fn read(text: &str, plan: &Plan) -> Result<Node, String> {
    let (root, problems) = yaml::parse_template(text);
    if let Some(problem) = problems.first() {
        return Err(match &problem.kind {
            ProblemKind::Syntax(message) => message.clone(),
            ProblemKind::Unsupported(what) => (*what).to_owned(),
            ProblemKind::DuplicateKey { key, .. } => format!("key `{key}` stands twice"),
        });
    }
    let document = root.ok_or("it is empty")?;
    let parameters = plan.parameters.iter().map(|parameter| parameter.name.as_str());
    same_keys(&document, "Parameters", "parameter", parameters.collect())?;
    let resources = plan.resources().into_iter().map(|id| id.as_str());
    same_keys(&document, "Resources", "resource", resources.collect())?;
    let outputs = plan.outputs.iter().map(|output| output.name.as_str());
    same_keys(&document, "Outputs", "output", outputs.collect())?;
    Ok(document)
}

/// Whether another reader of YAML takes the text for YAML too.
///
/// # Errors
/// What is wrong, in words.
pub(super) fn read_by_another(text: &str) -> Result<(), String> {
    serde_yaml::from_str::<serde_yaml::Value>(text).map(drop).map_err(|error| error.to_string())
}

fn same_keys(document: &Node, section: &str, what: &str, planned: Vec<&str>) -> Result<(), String> {
    let section = document.get(section).map_or(&[][..], Node::entries);
    let found: Vec<&str> = section.iter().map(|entry| entry.key.as_str()).collect();
    if let Some(lost) = planned.iter().find(|name| !found.contains(name)) {
        return Err(format!("{what} `{lost}` is not in it"));
    }
    match found.iter().find(|name| !planned.contains(name)) {
        Some(name) => Err(format!("{what} `{name}` is not in the plan")),
        None => Ok(()),
    }
}
