//! A template as a value, and the ways in which it can be written down.

use serde_json::{Map, Value as Json, json};

/// Keys with what they hold, in the order in which they are written.
pub(super) type Section = Vec<(String, Json)>;

#[derive(Debug, Clone, Default)]
pub(super) struct Template {
    pub(super) parameters: Section,
    pub(super) conditions: Section,
    pub(super) resources: Section,
    pub(super) outputs: Section,
}

pub(super) fn reference(id: &str) -> Json {
    json!({"Ref": id})
}

pub(super) fn attribute(id: &str, name: &str) -> Json {
    json!({"Fn::GetAtt": [id, name]})
}

pub(super) fn sub(text: &str) -> Json {
    json!({"Fn::Sub": text})
}

impl Template {
    fn sections(&self) -> Vec<(&'static str, &Section)> {
        let all = [
            ("Parameters", &self.parameters),
            ("Conditions", &self.conditions),
            ("Resources", &self.resources),
            ("Outputs", &self.outputs),
        ];
        all.into_iter()
            .filter(|(key, section)| *key == "Resources" || !section.is_empty())
            .collect()
    }

    /// As JSON, every function in its long form.
    pub(super) fn json(&self) -> String {
        let sections = self.sections().into_iter().map(|(key, section)| {
            let entries: Vec<String> =
                section.iter().map(|(id, json)| format!("    {}: {json:#}", json!(id))).collect();
            format!("  \"{key}\": {{\n{}\n  }}", entries.join(",\n"))
        });
        format!("{{\n{}\n}}\n", sections.collect::<Vec<_>>().join(",\n"))
    }

    /// As YAML, functions in their short forms.
    pub(super) fn yaml(&self) -> String {
        let mut text = String::new();
        for (key, section) in self.sections() {
            text.push_str(&format!("{key}:\n"));
            if section.is_empty() {
                text.push_str("  {}\n");
            }
            for (id, json) in section {
                text.push_str(&format!("  {id}:"));
                block(json, 2, &mut text);
            }
        }
        text
    }

    /// The same with its resources in another order.
    pub(super) fn turned(&self, by: usize) -> Template {
        let mut turned = self.clone();
        turned.resources.reverse();
        let by = by % turned.resources.len().max(1);
        turned.resources.rotate_left(by);
        turned
    }

    /// As two templates: the second takes what it needs of the first from its exports.
    pub(super) fn split(&self, second: impl Fn(&str) -> bool) -> [Template; 2] {
        let (there, here): (Section, Section) =
            self.resources.iter().cloned().partition(|(id, _)| second(id));
        let mut templates = [here, there].map(|resources| Template {
            parameters: self.parameters.clone(),
            conditions: self.conditions.clone(),
            resources,
            outputs: Vec::new(),
        });
        let mut exported: Vec<(usize, Json)> = Vec::new();
        for at in [0, 1] {
            let other: Vec<String> =
                templates[1 - at].resources.iter().map(|(id, _)| id.clone()).collect();
            for (_, resource) in &mut templates[at].resources {
                walk(resource, &mut |json| {
                    let named = json.get("Ref").or_else(|| Some(&json.get("Fn::GetAtt")?[0]));
                    if named.and_then(Json::as_str).is_some_and(|id| other.iter().any(|o| o == id))
                    {
                        let name = export(json);
                        exported.push((1 - at, json.clone()));
                        *json = json!({"Fn::ImportValue": name});
                    }
                });
            }
        }
        for (at, value) in exported {
            let name = export(&value);
            let key = format!("Out{}", name.replace(['-', '.'], ""));
            if !templates[at].outputs.iter().any(|(known, _)| *known == key) {
                let output = json!({"Value": value, "Export": {"Name": name}});
                templates[at].outputs.push((key, output));
            }
        }
        templates
    }
}

/// The name under which something is exported.
fn export(value: &Json) -> String {
    match (value.get("Ref"), value.get("Fn::GetAtt")) {
        (Some(id), _) => format!("net-{}", id.as_str().unwrap()),
        (_, Some(Json::Array(parts))) => {
            let parts: Vec<&str> = parts.iter().filter_map(Json::as_str).collect();
            format!("net-{}", parts.join("-"))
        }
        _ => unreachable!("only references are exported"),
    }
}

/// Every part of it, the outer ones first.
pub(super) fn walk(json: &mut Json, each: &mut impl FnMut(&mut Json)) {
    each(json);
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| walk(item, each)),
        Json::Object(fields) => fields.values_mut().for_each(|value| walk(value, each)),
        _ => {}
    }
}

/// What stands behind a key or a dash, and the lines below.
fn block(json: &Json, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    match json {
        Json::Object(fields) if short(fields).is_none() && !fields.is_empty() => {
            text.push('\n');
            for (key, value) in fields {
                text.push_str(&format!("{indent}{}:", json!(key)));
                block(value, depth + 1, text);
            }
        }
        Json::Array(items) if !items.is_empty() => {
            text.push('\n');
            for item in items {
                text.push_str(&format!("{indent}-"));
                block(item, depth + 1, text);
            }
        }
        other => text.push_str(&format!(" {}\n", flow(other))),
    }
}

/// On one line.
fn flow(json: &Json) -> String {
    let list = |items: &[Json]| items.iter().map(flow).collect::<Vec<_>>().join(", ");
    match json {
        Json::Object(fields) => match short(fields) {
            Some(text) => text,
            None => {
                let fields =
                    fields.iter().map(|(key, value)| format!("{}: {}", json!(key), flow(value)));
                format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
            }
        },
        Json::Array(items) => format!("[{}]", list(items)),
        scalar => scalar.to_string(),
    }
}

/// A function in its short form.
fn short(fields: &Map<String, Json>) -> Option<String> {
    let (key, value) = fields.iter().next().filter(|_| fields.len() == 1)?;
    match (key.strip_prefix("Fn::").unwrap_or(key), value) {
        ("GetAtt", Json::Array(parts)) => {
            let parts: Vec<&str> = parts.iter().filter_map(Json::as_str).collect();
            Some(format!("!GetAtt {}", parts.join(".")))
        }
        (name @ ("Ref" | "Sub" | "If" | "Equals" | "ImportValue"), value) => {
            Some(format!("!{name} {}", flow(value)))
        }
        _ => None,
    }
}
