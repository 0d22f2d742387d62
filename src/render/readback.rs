//! What was rendered, read as a YAML reader reads it.

use serde_yaml::Value;

use crate::plan::Plan;

/// Whether the text is YAML with every parameter, resource and output of the plan, and no other.
///
/// # Errors
/// What is wrong, in words.
pub(super) fn check(text: &str, plan: &Plan) -> Result<(), String> {
    let document: Value = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    let parameters = plan.parameters.iter().map(|parameter| parameter.name.as_str());
    same_keys(&document, "Parameters", "parameter", parameters.collect())?;
    let resources = plan.resources().into_iter().map(|id| id.as_str());
    same_keys(&document, "Resources", "resource", resources.collect())?;
    let outputs = plan.outputs.iter().map(|output| output.name.as_str());
    same_keys(&document, "Outputs", "output", outputs.collect())
}

fn same_keys(
    document: &Value,
    section: &str,
    what: &str,
    planned: Vec<&str>,
) -> Result<(), String> {
    let found: Vec<&str> = match document.get(section) {
        Some(Value::Mapping(entries)) => entries.keys().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if let Some(lost) = planned.iter().find(|name| !found.contains(name)) {
        return Err(format!("{what} `{lost}` is not in it"));
    }
    match found.iter().find(|name| !planned.contains(name)) {
        Some(name) => Err(format!("{what} `{name}` is not in the plan")),
        None => Ok(()),
    }
}
