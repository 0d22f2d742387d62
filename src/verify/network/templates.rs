//! Worlds for tests, written as the resources of templates.
//!
//! `{"Ref": "X"}` is the id of the resource X, or a parameter of which nothing is known;
//! `{"Unknown": "X"}` is unknown, with the key X; `{"Join": […]}` puts texts together. A resource
//! with `Perhaps` depends on the unknown condition of that name.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::{Network, read};
use crate::cloudformation::{
    Created, Evaluated, Field, Kind, Made, Place, Resource, Text, Unknown, Value,
};

struct Reader<'a> {
    file: u32,
    at: u32,
    resources: &'a Map<String, Json>,
    names: BTreeSet<Arc<str>>,
}

/// What the resources of some templates come to.
pub(in crate::verify) fn world(files: &[Json]) -> Evaluated {
    let resources = files.iter().enumerate().flat_map(|(file, json)| {
        let resources = json.as_object().unwrap();
        let mut reader = Reader { file: file as u32, at: 0, resources, names: BTreeSet::new() };
        let read = resources.iter().map(|(id, json)| reader.resource(id, json));
        read.collect::<Vec<_>>()
    });
    let text = Text::default;
    Evaluated {
        resources: resources.collect(),
        region: text(),
        account: text(),
        partition: text(),
        hidden: Vec::new(),
        notes: Vec::new(),
        taken: Vec::new(),
    }
}

/// The network of one template.
pub(super) fn network(resources: Json) -> Network {
    networks(&[resources])
}

/// The network of some templates.
pub(super) fn networks(files: &[Json]) -> Network {
    read(&world(files), None)
}

fn unknown(key: String, name: &str) -> Text {
    Text::unknown(Unknown {
        key: key.into(),
        name: format!("${{{name}}}").into(),
        why: format!("nobody knows {name}").into(),
        many: false,
    })
}

impl Reader<'_> {
    fn place(&mut self) -> Place {
        self.at += 1;
        Place { file: self.file, start: self.at, end: self.at }
    }

    fn resource(&mut self, id: &str, json: &Json) -> Resource {
        self.names.clear();
        let place = self.place();
        let properties =
            json.get("Properties").cloned().unwrap_or_else(|| Json::Object(Map::new()));
        let properties = self.value(&properties);
        for id in json.get("DependsOn").and_then(Json::as_array).into_iter().flatten() {
            self.names.insert(id.as_str().unwrap().into());
        }
        let made = match json.get("Perhaps") {
            Some(name) => {
                let key = format!("condition {name}");
                let text = unknown(key, name.as_str().unwrap());
                Made::Perhaps(text.as_unknown().unwrap().clone())
            }
            None => Made::Surely,
        };
        let kind = json["Type"].as_str().unwrap().to_owned();
        let names = self.names.clone();
        Resource { file: self.file, id: id.into(), place, kind, made, properties, names }
    }

    fn value(&mut self, json: &Json) -> Value {
        let place = self.place();
        let kind = match json {
            Json::Array(items) => Kind::List(items.iter().map(|item| self.value(item)).collect()),
            Json::Object(fields) => match fields.iter().next() {
                Some((key, Json::String(name))) if key == "Ref" => Kind::Text(self.reference(name)),
                Some((key, Json::String(name))) if key == "Unknown" => {
                    Kind::Text(unknown(name.clone(), name))
                }
                Some((key, Json::Array(pieces))) if key == "Join" => {
                    let mut text = Text::default();
                    for piece in pieces {
                        text.append(self.value(piece).as_text().unwrap().clone());
                    }
                    Kind::Text(text)
                }
                _ => Kind::Map(fields.iter().map(|(key, value)| self.field(key, value)).collect()),
            },
            Json::String(text) => Kind::Text(Text::known(text)),
            other => Kind::Text(Text::known(other.to_string())),
        };
        Value { place, kind }
    }

    fn field(&mut self, key: &str, value: &Json) -> Field {
        let key_place = self.place();
        Field { key: key.to_owned(), key_place, value: self.value(value) }
    }

    fn reference(&mut self, name: &str) -> Text {
        if self.resources.contains_key(name) {
            self.names.insert(name.into());
            Text::created(Created { file: self.file, id: name.into() })
        } else {
            unknown(format!("parameter {} {name}", self.file), name)
        }
    }
}
