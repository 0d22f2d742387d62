//! What the JSON Schemas of the config and the lock are made of.
//!
//! They are written in code and not derived: the config is decoded by hand, and one form serves
//! both. That they say what the readers say is a law, in `tests/it/schema`.
//!
//! `enumDescriptions` and `patternErrorMessage` are not JSON Schema's but VS Code's, whose YAML
//! server shows them; other readers pass over what they do not know. Descriptions are without
//! Markdown, which that server would show as it stands.
//!
//! Source: <https://json-schema.org/draft/2020-12/json-schema-validation>

use serde_json::{Value, json};

use crate::aws::ids::ResourceId;
use crate::aws::{Partition, Region};

/// What a value may be.
pub(crate) struct Shape(Value);

impl Shape {
    /// What these keywords say.
    pub(crate) fn new(keywords: Value) -> Shape {
        Shape(keywords)
    }

    /// Another keyword.
    pub(crate) fn with(mut self, keyword: &str, argument: impl Into<Value>) -> Shape {
        self.0[keyword] = argument.into();
        self
    }

    /// What a person is told of it.
    pub(crate) fn about(self, description: &str) -> Shape {
        self.with("description", description)
    }

    /// A value to begin with.
    pub(crate) fn example(self, value: impl Into<Value>) -> Shape {
        self.with("examples", vec![value.into()])
    }

    /// A list in which nothing stands twice.
    pub(crate) fn unique(self) -> Shape {
        self.with("uniqueItems", true)
    }

    /// A mapping or a list that may be left empty, as one is in which every line is a comment.
    pub(crate) fn or_nothing(self) -> Shape {
        let one = self.0["type"].clone();
        self.with("type", vec![one, json!("null")])
    }

    /// A key of an object, with what its value may be.
    pub(crate) fn key(mut self, key: &str, value: Shape) -> Shape {
        self.0["properties"][key] = value.0;
        self
    }

    /// A key that has to be there.
    pub(crate) fn required(mut self, key: &str, value: Shape) -> Shape {
        let required = &mut self.0["required"];
        match required.as_array_mut() {
            Some(keys) => keys.push(json!(key)),
            None => *required = json!([key]),
        }
        self.key(key, value)
    }

    /// A shape that others refer to by name.
    pub(crate) fn define(mut self, name: &str, shape: Shape) -> Shape {
        self.0["$defs"][name] = shape.0;
        self
    }

    /// The schema of a whole file, draft 2020-12.
    pub(crate) fn document(self, title: &str) -> Value {
        self.with("$schema", "https://json-schema.org/draft/2020-12/schema").with("title", title).0
    }
}

impl From<Shape> for Value {
    fn from(shape: Shape) -> Value {
        shape.0
    }
}

/// An object with the keys that are added to it, and no others.
pub(crate) fn object() -> Shape {
    Shape::new(json!({"type": "object", "additionalProperties": false, "properties": {}}))
}

/// An object with any keys of a form.
pub(crate) fn map(keys: Shape, values: Shape) -> Shape {
    map_of_any(values).with("propertyNames", keys)
}

/// An object with any keys.
pub(crate) fn map_of_any(values: Shape) -> Shape {
    Shape::new(json!({"type": "object"})).with("additionalProperties", values)
}

/// A list.
pub(crate) fn list(items: Shape) -> Shape {
    Shape::new(json!({"type": "array"})).with("items", items)
}

/// Any text.
pub(crate) fn text() -> Shape {
    Shape::new(json!({"type": "string"}))
}

/// A text of a form, with what to tell a person who wrote another.
pub(crate) fn matching(pattern: &str, expected: &str) -> Shape {
    text().with("pattern", pattern).with("patternErrorMessage", format!("expected {expected}"))
}

/// One of a few words, each with what it means.
pub(crate) fn word(words: Vec<&str>, meanings: Vec<&str>) -> Shape {
    text().with("enum", words).with("enumDescriptions", meanings)
}

/// One of a few shapes.
pub(crate) fn any_of<const N: usize>(shapes: [Shape; N]) -> Shape {
    Shape::new(json!({})).with("anyOf", shapes.map(Value::from).to_vec())
}

/// A shape of the document's that has a name.
pub(crate) fn defined(name: &str) -> Shape {
    Shape::new(json!({"$ref": format!("#/$defs/{name}")}))
}

/// The id of one kind of EC2 resource.
pub(crate) fn id<T: ResourceId>() -> Shape {
    let pattern = format!("^{}([0-9a-f]{{8}}|[0-9a-f]{{17}})$", T::PREFIX);
    matching(&pattern, &format!("{} and 8 or 17 of 0-9 and a-f", T::PREFIX))
}

/// The name of a stack.
pub(crate) fn stack_name() -> Shape {
    matching("^[a-z0-9-]{1,128}$", "1 to 128 of a-z, 0-9 and hyphens")
}

/// A region, of one partition or of any.
pub(crate) fn region(partition: Option<Partition>) -> Shape {
    let regions = Region::ALL.iter().filter(|r| partition.is_none_or(|of| r.partition == of));
    let (names, places) = regions.map(|region| (region.name, region.place)).unzip();
    word(names, places)
}

/// A pattern for the IPv4 addresses.
pub(crate) fn ipv4() -> String {
    const BYTE: &str = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    format!("({BYTE}\\.){{3}}{BYTE}")
}
