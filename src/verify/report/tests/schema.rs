//! As much of JSON Schema as `docs/verify.schema.json` uses.
//!
//! Source: <https://json-schema.org/draft/2020-12/json-schema-validation>

use std::collections::BTreeSet;

use serde_json::Value;

/// Where a value is not what the schema says; nothing if it is.
///
/// Panics at a keyword that is not known here, so that none is passed over.
pub(super) fn violations(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, value, "$", &mut found);
    found
}

fn check(root: &Value, schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    for (keyword, argument) in schema.as_object().unwrap() {
        let mut wrong = |holds: bool| {
            if !holds {
                found.push(format!("{path}: {keyword} {argument}: {value}"));
            }
        };
        let fields = || value.as_object().into_iter().flatten();
        let length = || {
            let length = value.as_array().map(Vec::len);
            length.or_else(|| value.as_object().map(serde_json::Map::len))
        };
        let names = |list: &Value| -> Vec<String> {
            list.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
        };
        match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" => {}
            "$ref" => {
                let pointer = argument.as_str().unwrap().strip_prefix('#').unwrap();
                check(root, root.pointer(pointer).unwrap(), value, path, found);
            }
            "type" => {
                let types = match argument {
                    Value::String(one) => vec![one.clone()],
                    many => names(many),
                };
                wrong(types.iter().any(|name| match name.as_str() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "integer" => value.is_u64(),
                    "null" => value.is_null(),
                    other => panic!("type {other}"),
                }));
            }
            "enum" => wrong(argument.as_array().unwrap().contains(value)),
            "minimum" => wrong(value.as_u64() >= argument.as_u64()),
            "minItems" | "minProperties" => {
                wrong(length().is_none_or(|length| length as u64 >= argument.as_u64().unwrap()));
            }
            "maxProperties" => {
                wrong(length().is_none_or(|length| length as u64 <= argument.as_u64().unwrap()));
            }
            "uniqueItems" => {
                let all: Vec<String> =
                    value.as_array().into_iter().flatten().map(Value::to_string).collect();
                wrong(all.iter().collect::<BTreeSet<_>>().len() == all.len());
            }
            "required" => {
                for name in names(argument) {
                    wrong(value.get(&name).is_some());
                }
            }
            "dependentRequired" => {
                for (name, others) in argument.as_object().unwrap() {
                    let is_there = value.get(name).is_some();
                    wrong(
                        !is_there || names(others).iter().all(|other| value.get(other).is_some()),
                    );
                }
            }
            "additionalProperties" => {
                assert_eq!(argument, &Value::Bool(false));
                wrong(fields().all(|(name, _)| schema["properties"].get(name).is_some()));
            }
            "properties" => {
                for (name, each) in fields() {
                    if let Some(schema) = argument.get(name) {
                        check(root, schema, each, &format!("{path}.{name}"), found);
                    }
                }
            }
            "items" => {
                for (number, each) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, argument, each, &format!("{path}[{number}]"), found);
                }
            }
            "anyOf" => {
                let tried = argument.as_array().unwrap().iter().map(|schema| {
                    let mut violations = Vec::new();
                    check(root, schema, value, path, &mut violations);
                    violations
                });
                let least = tried.min_by_key(Vec::len).unwrap();
                found.extend(least);
            }
            other => panic!("keyword {other}"),
        }
    }
}
