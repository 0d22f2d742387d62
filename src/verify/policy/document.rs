//! A policy's document: a map, or JSON in a text of which pieces may be unknown.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::cloudformation::{Field, Kind, Piece, Place, Text, Unknown, Value};

/// Letters that are looked at; EC2 takes a fifth of it.
const MOST_LETTERS: usize = 100_000;

/// What an endpoint's policy may have, white space included.
///
/// Source: <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>
pub(super) const LONGEST: usize = 20_480;

/// A document as far as it can be read.
#[derive(Debug)]
pub(super) enum Document<'a> {
    /// A map.
    Known(Cow<'a, Value>),
    /// It may be any policy; why it is not known.
    Unknown(String),
    /// It is no policy, whatever its unknown pieces are; why.
    Broken(String),
}

/// Reads a document. What JSON in a text says has the place of the text.
pub(super) fn read(policy: &Value) -> Document<'_> {
    if letters(policy) > MOST_LETTERS {
        return Document::Unknown(format!("it has more than {MOST_LETTERS} characters"));
    }
    match &policy.kind {
        Kind::Map(_) => Document::Known(Cow::Borrowed(policy)),
        Kind::List(_) => Document::Broken("it is a list".to_owned()),
        Kind::Text(text) => match (text.as_unknown(), text.as_created()) {
            (None, None) => json(policy.place, text),
            _ => Document::Unknown(why(text)),
        },
    }
}

/// Its statements; one that is wholly unknown may stand for many.
pub(super) fn statements(document: &Value) -> &[Value] {
    document.get("Statement").map_or(&[], Value::entries)
}

/// The characters it has at least: as JSON without white space, unknown pieces not counted.
pub(super) fn characters(policy: &Value) -> usize {
    match read(policy) {
        Document::Known(document) => letters(&document),
        Document::Unknown(_) | Document::Broken(_) => letters(policy),
    }
}

/// Why not all of a text is known.
pub(super) fn why(text: &Text) -> String {
    text.why().map_or_else(|| "it is not known".to_owned(), Cow::into_owned)
}

/// As JSON without white space; a text by itself is not in quotes.
fn letters(value: &Value) -> usize {
    let known = |text: &Text| -> usize {
        let pieces = text.pieces().iter();
        pieces
            .map(|piece| if let Piece::Known(known) = piece { known.chars().count() } else { 0 })
            .sum()
    };
    if let Kind::Text(text) = &value.kind {
        return known(text);
    }
    let mut total = 0;
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        total += match &value.kind {
            Kind::Text(text) => known(text) + 2,
            Kind::List(items) => {
                open.extend(items);
                2 + items.len().saturating_sub(1)
            }
            Kind::Map(fields) => {
                open.extend(fields.iter().map(|field| &field.value));
                let keys: usize = fields.iter().map(|field| field.key.chars().count() + 3).sum();
                2 + fields.len().saturating_sub(1) + keys
            }
        };
    }
    total
}

/// Reads JSON with a mark in the place of each unknown piece; within a string the mark is part of
/// it, elsewhere it is a value of its own.
fn json(place: Place, text: &Text) -> Document<'_> {
    let known: Vec<&str> = text.pieces().iter().filter_map(known).collect();
    let Some(mark) =
        ('\u{e000}'..='\u{f8ff}').find(|mark| !known.iter().any(|k| k.contains(*mark)))
    else {
        return Document::Unknown("it has every private letter there is".to_owned());
    };
    let mut unknown = Vec::new();
    let mut written = String::new();
    let (mut in_string, mut escaped) = (false, false);
    for piece in text.pieces() {
        let Piece::Known(known) = piece else {
            let quote = if in_string { "" } else { "\"" };
            written.push_str(&format!("{quote}{mark}{}{mark}{quote}", unknown.len()));
            unknown.push(if in_string { piece.clone() } else { any_number(piece) });
            escaped = false;
            continue;
        };
        for letter in known.chars() {
            match letter {
                _ if escaped => escaped = false,
                '\\' if in_string => escaped = true,
                '"' => in_string = !in_string,
                _ => {}
            }
        }
        written.push_str(known);
    }
    match serde_json::from_str::<Json>(&written) {
        Ok(Json::Map(fields)) => {
            let marks = Marks { mark, unknown, place };
            match marks.map(fields) {
                Some(value) => Document::Known(Cow::Owned(value)),
                None => Document::Unknown(why(text)),
            }
        }
        // With an unknown piece filled in it may be JSON after all.
        _ if !unknown.is_empty() => Document::Unknown(why(text)),
        Ok(_) => Document::Broken("it is JSON, but no object".to_owned()),
        Err(error) => Document::Broken(format!("it is not JSON: {error}")),
    }
}

fn known(piece: &Piece) -> Option<&str> {
    match piece {
        Piece::Known(known) => Some(known),
        _ => None,
    }
}

/// The same piece where it stands for a value, or for several with commas between them.
fn any_number(piece: &Piece) -> Piece {
    match piece {
        Piece::Unknown(unknown) => Piece::Unknown(Unknown { many: true, ..unknown.clone() }),
        piece => piece.clone(),
    }
}

/// The unknown pieces that marks stand for.
struct Marks {
    mark: char,
    unknown: Vec<Piece>,
    place: Place,
}

impl Marks {
    /// `None` where a key is not known.
    fn map(&self, fields: Vec<(String, Json)>) -> Option<Value> {
        // Of equal keys the last counts.
        let last: BTreeMap<String, usize> =
            fields.iter().enumerate().map(|(at, (key, _))| (key.clone(), at)).collect();
        let fields = fields.into_iter().enumerate().filter(|(at, (key, _))| last[key] == *at);
        let fields = fields.map(|(_, (key, value))| {
            let known = !key.contains(self.mark);
            let value = self.value(value)?;
            known.then_some(Field { key, key_place: self.place, value })
        });
        Some(Value { place: self.place, kind: Kind::Map(fields.collect::<Option<_>>()?) })
    }

    fn value(&self, json: Json) -> Option<Value> {
        let kind = match json {
            Json::Map(fields) => return self.map(fields),
            Json::List(items) => {
                Kind::List(items.into_iter().map(|item| self.value(item)).collect::<Option<_>>()?)
            }
            Json::Text(text) => Kind::Text(self.text(&text)),
        };
        Some(Value { place: self.place, kind })
    }

    fn text(&self, text: &str) -> Text {
        // Marks come in pairs with a number between them.
        let parts = text.split(self.mark).enumerate();
        Text::new(parts.map(|(at, part)| {
            let piece = (at % 2 == 1).then(|| part.parse::<usize>().ok()).flatten();
            let piece = piece.and_then(|number| self.unknown.get(number));
            piece.cloned().unwrap_or_else(|| Piece::Known(part.to_owned()))
        }))
    }
}

/// JSON with its keys in their order; every scalar is a text.
enum Json {
    Text(String),
    List(Vec<Json>),
    Map(Vec<(String, Json)>),
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Json;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Text(value.to_string()))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
                Ok(Json::Text(value.to_string()))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
                Ok(Json::Text(value.to_string()))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
                Ok(Json::Text(value.to_string()))
            }

            fn visit_unit<E: Error>(self) -> Result<Json, E> {
                Ok(Json::Text(String::new()))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
                Ok(Json::Text(value.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Json::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Json, A::Error> {
                let mut map = Vec::new();
                while let Some(field) = fields.next_entry()? {
                    map.push(field);
                }
                Ok(Json::Map(map))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(name: &str) -> Piece {
        Piece::Unknown(Unknown {
            key: format!("parameter 0 {name}").into(),
            name: format!("${{{name}}}").into(),
            why: format!("parameter {name} has no value").into(),
            many: false,
        })
    }

    /// A text with `${Name}` for what is unknown.
    fn sub(text: &str) -> Value {
        let mut pieces = Vec::new();
        for (at, part) in text.split("${").enumerate() {
            match part.split_once('}') {
                Some((name, rest)) if at > 0 => {
                    pieces.push(unknown(name));
                    pieces.push(Piece::Known(rest.to_owned()));
                }
                _ => pieces.push(Piece::Known(part.to_owned())),
            }
        }
        Value::text(Place { file: 0, start: 3, end: 9 }, Text::new(pieces))
    }

    fn flat(value: &Value) -> String {
        match &value.kind {
            Kind::Text(text) => text.to_string(),
            Kind::List(items) => {
                format!("[{}]", items.iter().map(flat).collect::<Vec<_>>().join(" "))
            }
            Kind::Map(fields) => {
                let fields = fields.iter().map(|f| format!("{}={}", f.key, flat(&f.value)));
                format!("{{{}}}", fields.collect::<Vec<_>>().join(" "))
            }
        }
    }

    fn shown(text: &str) -> String {
        match read(&sub(text)) {
            Document::Known(value) => flat(&value),
            Document::Unknown(why) => format!("unknown: {why}"),
            Document::Broken(why) => format!("broken: {why}"),
        }
    }

    #[test]
    fn json_in_a_text_is_read_around_what_is_unknown() {
        let table = [
            (r#"{"a": "b", "c": ["d", 1, true]}"#, "{a=b c=[d 1 true]}"),
            (r#"{"a": "x-${A}-y-${B}"}"#, "{a=x-${A}-y-${B}}"),
            (r#"{"a": "\"${A}\\"}"#, r#"{a="${A}\}"#),
            (r#"{"a": ${A}, "b": [${B}]}"#, "{a=${A} b=[${B}]}"),
            (r#"{"a": "1", "b": "2", "a": "3"}"#, "{b=2 a=3}"),
            (r#"{"a": null}"#, "{a=}"),
            ("${A}", "unknown: parameter A has no value"),
            (r#"{${A}}"#, "unknown: parameter A has no value"),
            (r#"{"${A}": 1}"#, "unknown: parameter A has no value"),
            (
                r#"{"a": 1"#,
                "broken: it is not JSON: EOF while parsing an object at line 1 column 7",
            ),
            (r#"[{"a": 1}]"#, "broken: it is JSON, but no object"),
            ("", "broken: it is not JSON: EOF while parsing a value at line 1 column 0"),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn what_stands_outside_of_strings_may_be_many() {
        let value = sub(r#"{"in": "${A}", "out": ${A}}"#);
        let Document::Known(document) = read(&value) else { panic!() };
        let many = |key: &str| document.get(key).unwrap().as_unknown().unwrap().many;
        assert!(!many("in") && many("out"));
        assert_eq!(document.place, value.place);
    }

    #[test]
    fn private_letters_of_the_text_are_left_alone() {
        let text = "{\"a\": \"\u{e000}0\u{e000}${A}\", \"b\": \"\\ue001${A}\"}";
        assert!(shown(text).starts_with("{a=\u{e000}0\u{e000}${A} b="));
    }

    #[test]
    fn deep_and_long_texts_end() {
        assert!(shown(&"[".repeat(50_000)).starts_with("broken: it is not JSON: recursion limit"));
        assert!(shown(&" ".repeat(100_001)).starts_with("unknown: it has more than"));
    }

    #[test]
    fn length_is_counted_without_white_space() {
        let compact = r#"{"a":["b","c"],"d":{"e":"f"}}"#;
        let spaced = r#"{ "a" : [ "b", "c" ], "d": { "e" : "f" } }"#;
        assert_eq!(characters(&sub(compact)), compact.len());
        assert_eq!(characters(&sub(spaced)), compact.len());
        let value = sub(compact);
        let Document::Known(document) = read(&value) else { panic!() };
        assert_eq!(characters(&document), compact.len());
    }
}
