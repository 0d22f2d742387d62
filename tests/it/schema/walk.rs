//! Through a schema, to each place that it says something of.

use serde_json::{Map, Value, json};

/// A step into a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Key(String),
    /// The first item of a list.
    Item,
}

/// A place in a value, with the schema of what stands there.
#[derive(Debug, Clone)]
pub(super) struct Place<'s> {
    pub(super) path: Vec<Step>,
    pub(super) schema: &'s Value,
}

/// A key that a mapping of any keys takes.
fn any(schema: &Value) -> String {
    let names = &schema["propertyNames"];
    let known = names["enum"].get(0).or_else(|| names["examples"].get(0));
    known.and_then(Value::as_str).unwrap_or("a").to_owned()
}

/// Every place of which a schema says something, from the top.
pub(super) fn places(schema: &Value) -> Vec<Place<'_>> {
    let mut found = Vec::new();
    visit(schema, schema, Vec::new(), &mut found);
    found
}

fn visit<'s>(root: &'s Value, schema: &'s Value, path: Vec<Step>, found: &mut Vec<Place<'s>>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#'));
        return visit(root, target.expect("a definition"), path, found);
    }
    found.push(Place { path: path.clone(), schema });
    let into = |step| path.iter().cloned().chain([step]).collect();
    for (key, each) in schema["properties"].as_object().into_iter().flatten() {
        visit(root, each, into(Step::Key(key.clone())), found);
    }
    if schema["additionalProperties"].is_object() {
        visit(root, &schema["additionalProperties"], into(Step::Key(any(schema))), found);
    }
    if schema["items"].is_object() {
        visit(root, &schema["items"], into(Step::Item), found);
    }
    for each in schema["anyOf"].as_array().into_iter().flatten() {
        visit(root, each, path.clone(), found);
    }
}

/// Puts a value at a place of another, and makes what has to be around it.
pub(super) fn put(into: &mut Value, path: &[Step], value: Value) {
    let Some((step, rest)) = path.split_first() else {
        *into = value;
        return;
    };
    match step {
        Step::Key(key) => {
            if !into.is_object() {
                *into = Value::Object(Map::new());
            }
            put(&mut into[key.as_str()], rest, value);
        }
        Step::Item => {
            if into.as_array().is_none_or(Vec::is_empty) {
                *into = json!([null]);
            }
            put(&mut into[0], rest, value);
        }
    }
}

/// A JSON pointer to every part of a value.
pub(super) fn paths(value: &Value) -> Vec<String> {
    let mut found = vec![String::new()];
    let children: Vec<(String, &Value)> = match value {
        Value::Object(entries) => entries.iter().map(|(key, each)| (key.clone(), each)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(n, each)| (n.to_string(), each)).collect()
        }
        _ => Vec::new(),
    };
    for (key, child) in children {
        let key = key.replace('~', "~0").replace('/', "~1");
        found.extend(paths(child).into_iter().map(|path| format!("/{key}{path}")));
    }
    found
}
