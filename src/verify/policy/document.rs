//! A policy's document: a map, or JSON in a text of which pieces may be unknown.

use std::borrow::Cow;

use crate::cloudformation::{Kind, Piece, Place, Text, Value};
use crate::verify::json::{Json, parse};

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

/// Reads a document that is JSON in a text.
fn json(place: Place, text: &Text) -> Document<'_> {
    match parse(text, place) {
        Ok(Json { unknown_keys: true, .. }) => Document::Unknown(why(text)),
        Ok(Json { value, .. }) if matches!(value.kind, Kind::Map(_)) => {
            Document::Known(Cow::Owned(value))
        }
        // With unknown pieces filled in it may be JSON after all.
        _ if text.has_unknown() => Document::Unknown(why(text)),
        Ok(_) => Document::Broken("it is JSON, but no object".to_owned()),
        Err(why) => Document::Broken(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::texts::written;

    fn text(text: Text) -> Value {
        Value::text(Place { file: 0, start: 3, end: 9 }, text)
    }

    fn known(json: &str) -> Value {
        text(Text::known(json))
    }

    fn shown(policy: &Value) -> String {
        match read(policy) {
            Document::Known(value) => {
                value.fields().iter().map(|field| field.key.as_str()).collect()
            }
            Document::Unknown(why) => format!("unknown: {why}"),
            Document::Broken(why) => format!("broken: {why}"),
        }
    }

    #[test]
    fn json_in_a_text_is_a_document_where_it_may_be_one() {
        // A text with something unknown between two that are known.
        let around = |before: &str, behind: &str| {
            let mut all = Text::known(before);
            all.append(written("{A}"));
            all.append(Text::known(behind));
            text(all)
        };
        let table = [
            (known(r#"{"a": 1, "b": 2}"#), "ab"),
            (around(r#"{"a": "#, "}"), "a"),
            (around("", ""), "unknown: A is unknown"),
            (around("{", "}"), "unknown: A is unknown"),
            (around(r#"{""#, r#"": 1}"#), "unknown: A is unknown"),
            (around("[", "]"), "unknown: A is unknown"),
            (known(r#"[{"a": 1}]"#), "broken: it is JSON, but no object"),
            (known("null"), "broken: it is `null`"),
            (known("{"), "broken: it is not JSON: EOF while parsing an object at line 1 column 1"),
        ];
        for (policy, expected) in table {
            assert_eq!(shown(&policy), expected, "{policy}");
        }
        assert!(shown(&known(&" ".repeat(100_001))).starts_with("unknown: it has more than"));
    }

    #[test]
    fn length_is_counted_without_white_space() {
        let compact = r#"{"a":["b","c"],"d":{"e":"f"}}"#;
        let spaced = r#"{ "a" : [ "b", "c" ], "d": { "e" : "f" } }"#;
        assert_eq!(characters(&known(compact)), compact.len());
        assert_eq!(characters(&known(spaced)), compact.len());
        let value = known(compact);
        let Document::Known(document) = read(&value) else { panic!() };
        assert_eq!(characters(&document), compact.len());
    }
}
