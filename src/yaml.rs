//! YAML as a tree in which every node knows its bytes.
//!
//! serde_yaml keeps no places and stops at the first error; a config deserves carets and all of
//! its errors at once. The tree of a config also refuses what the config has no use for and what
//! makes YAML dangerous: anchors, aliases, merges, tags, a second document. The tree of a template
//! keeps tags, and expands aliases and merges up to a limit, so that a YAML bomb does not grow.

mod build;

use std::ops::Range;

pub use build::{parse, parse_template};

/// A node and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Bytes of the source; its tag is part of it. What an alias stands for has the place of the
    /// anchor.
    pub span: Range<usize>,
    /// Its tag without the `!`, such as `Ref`; never one of YAML's own, and never in a config.
    pub tag: Option<Box<str>>,
    /// What it is.
    pub kind: Kind,
}

/// The three kinds of nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A text, a number, a truth value or nothing.
    Scalar {
        /// The text after YAML's escapes.
        text: String,
        /// Written without quotes, so that readers may take it for something other than text.
        plain: bool,
    },
    /// A list.
    Sequence(Vec<Node>),
    /// Keys with values, in the order of the source.
    Mapping(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The text of the key.
    pub key: String,
    /// Where the key stands.
    pub key_span: Range<usize>,
    /// The value.
    pub value: Node,
}

/// What a scalar is under the core schema of YAML 1.2.2, section 10.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScalarType {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true` or `false`.
    Bool,
    /// An integer or a floating-point number.
    Number,
    /// Anything else.
    Text,
}

impl Node {
    /// A node without a tag.
    pub const fn new(span: Range<usize>, kind: Kind) -> Node {
        Node { span, tag: None, kind }
    }

    /// The entry of a key; `None` if there is none, or if it is not a mapping.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value of a key; `None` if there is none, or if it is not a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// Its entries; none if it is not a mapping.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// Its items; none if it is not a list.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::Sequence(items) => items,
            _ => &[],
        }
    }

    /// Its text; `None` for a list, a mapping or nothing.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// What a person would call it: `a list`, `a number`.
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            Kind::Sequence(_) => "a list",
            Kind::Mapping(_) => "a mapping",
            Kind::Scalar { text, plain } => match scalar_type(text, *plain) {
                ScalarType::Null => "nothing",
                ScalarType::Bool => "a truth value",
                ScalarType::Number => "a number",
                ScalarType::Text => "a text",
            },
        }
    }

    /// Whether it is an empty value or `null`.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, plain }
            if scalar_type(text, *plain) == ScalarType::Null)
    }
}

/// What a scalar is; only an unquoted one can be anything but text.
pub fn scalar_type(text: &str, plain: bool) -> ScalarType {
    if !plain {
        return ScalarType::Text;
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return ScalarType::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => return ScalarType::Bool,
        _ => {}
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let radix = |prefix: &str, radix: u32| {
        text.strip_prefix(prefix)
            .is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix)))
    };
    let special =
        matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN");
    // Rust reads the same decimal forms, and `inf`, `nan` and `infinity` beside them.
    let decimal = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.parse::<f64>().is_ok();
    if decimal || special || radix("0x", 16) || radix("0o", 8) {
        ScalarType::Number
    } else {
        ScalarType::Text
    }
}

/// Something in a YAML text that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Bytes of the source that it is about.
    pub span: Range<usize>,
    /// What it is.
    pub kind: ProblemKind,
}

/// What cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// The text is not YAML; in the words of the parser.
    Syntax(String),
    /// A construct that is YAML and not taken here: `an anchor`.
    Unsupported(&'static str),
    /// A key that stood at another place of the same mapping already.
    DuplicateKey {
        /// Its text.
        key: String,
        /// Where it stood first.
        first: Range<usize>,
    },
}

#[cfg(test)]
mod tests;
