//! Keys: texts that are equal exactly where values are.

use std::borrow::Cow;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::{Kind, Piece, Text, Value};

/// A longer key is replaced by its digest, so that keys made of keys stay short.
const LONGEST: usize = 1024;

/// Text of a template's, for a key: without what keys are made with.
pub(super) fn quoted(text: &str) -> Cow<'_, str> {
    if !text.contains(['<', '>', '"', '\\']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("\\("),
            '>' => out.push_str("\\)"),
            '"' => out.push_str("\\'"),
            '\\' => out.push_str("\\\\"),
            letter => out.push(letter),
        }
    }
    Cow::Owned(out)
}

/// The key, or its digest where it is long.
pub(super) fn short(key: String) -> String {
    if key.len() <= LONGEST {
        return key;
    }
    let mut digest = String::from("sha256 ");
    for byte in Sha256::digest(key.as_bytes()) {
        let _ = write!(digest, "{byte:02x}");
    }
    digest
}

/// The key of an attribute of a resource.
pub(super) fn of_attribute(file: u32, id: &str, name: &str) -> String {
    short(format!("attribute {file} {} {}", quoted(id), quoted(name)))
}

/// The key of a text.
pub(super) fn of_text(text: &Text) -> String {
    let mut key = String::new();
    write_text(&mut key, text);
    short(key)
}

/// The key of a value, or of nothing at all.
pub(super) fn of(value: Option<&Value>) -> String {
    let mut key = String::new();
    match value {
        Some(value) => write_value(&mut key, value),
        None => key.push_str("nothing"),
    }
    short(key)
}

fn write_text(key: &mut String, text: &Text) {
    if text.pieces().is_empty() {
        key.push_str("\"\"");
    }
    for piece in text.pieces() {
        let _ = match piece {
            Piece::Known(text) => write!(key, "\"{}\"", quoted(text)),
            Piece::Created(created) => {
                write!(key, "<made {} {}>", created.file, quoted(&created.id))
            }
            Piece::Unknown(unknown) => write!(key, "<{}>", unknown.key),
        };
    }
}

fn write_value(key: &mut String, value: &Value) {
    match &value.kind {
        Kind::Text(text) => write_text(key, text),
        Kind::List(items) => {
            key.push('[');
            for item in items {
                write_value(key, item);
                key.push(',');
            }
            key.push(']');
        }
        Kind::Map(fields) => {
            // The order of keys says nothing.
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by(|a, b| a.key.cmp(&b.key));
            key.push('{');
            for field in sorted {
                let _ = write!(key, "\"{}\":", quoted(&field.key));
                write_value(key, &field.value);
                key.push(',');
            }
            key.push('}');
        }
    }
}
