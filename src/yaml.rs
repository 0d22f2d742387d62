//! YAML as a tree in which every node knows its bytes.
//!
//! serde_yaml keeps no places and stops at the first error; a config deserves carets and all of
//! its errors at once. The tree also refuses what the config has no use for and what makes YAML
//! dangerous: anchors, aliases, merges, tags, a second document. Aliases are never expanded, so
//! there is nothing a YAML bomb could grow.

use std::collections::BTreeMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, Span};

/// A node and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Bytes of the source.
    pub span: Range<usize>,
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
    /// Bytes of the source.
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

/// The document of a YAML text, and everything in it that cannot be taken.
///
/// The tree is `None` when the text has no document or is not YAML. Of a key that stands twice the
/// tree has the first.
pub fn parse(text: &str) -> (Option<Node>, Vec<Problem>) {
    let mut builder = Builder { text, open: Vec::new(), root: None, problems: Vec::new() };
    let options = granit_parser::options! {
        // Read as nodes, and refused with a place, rather than stopping at the first.
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        emit_comments: false,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => {
                if !builder.take(&event, &span) {
                    break;
                }
            }
            Err(error) => {
                let at = byte_offset(text, error.marker().byte_offset(), error.marker().index());
                let kind = ProblemKind::Syntax(lower_first(&error.info()));
                builder.problems.push(Problem { span: at..at, kind });
                return (None, builder.problems);
            }
        }
    }
    (builder.root, builder.problems)
}

/// The parser's messages begin like sentences; ours do not.
fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn byte_offset(text: &str, bytes: Option<usize>, characters: usize) -> usize {
    bytes.unwrap_or_else(|| {
        text.char_indices().nth(characters).map_or(text.len(), |(offset, _)| offset)
    })
}

/// A collection whose end has not come yet.
enum Open {
    Sequence {
        start: usize,
        items: Vec<Node>,
    },
    Mapping {
        start: usize,
        entries: Vec<Entry>,
        seen: BTreeMap<String, Range<usize>>,
        key: Option<Key>,
    },
}

/// A key that waits for its value.
struct Key {
    text: String,
    span: Range<usize>,
    /// The value is read and dropped: the key was refused.
    dropped: bool,
}

struct Builder<'a> {
    text: &'a str,
    open: Vec<Open>,
    root: Option<Node>,
    problems: Vec<Problem>,
}

impl Builder<'_> {
    fn range(&self, span: &Span) -> Range<usize> {
        let start = byte_offset(self.text, span.start.byte_offset(), span.start.index());
        let end = byte_offset(self.text, span.end.byte_offset(), span.end.index());
        start..end.max(start)
    }

    fn refuse(&mut self, span: Range<usize>, what: &'static str) {
        self.problems.push(Problem { span, kind: ProblemKind::Unsupported(what) });
    }

    /// Takes one event; false when nothing behind it matters.
    fn take(&mut self, event: &Event<'_>, span: &Span) -> bool {
        let range = self.range(span);
        if let (Some(_), true) = (event.tag(), event.is_node()) {
            let tag = span.tag_span().map_or(range.clone(), |tag| self.range(&tag));
            self.refuse(tag, "a tag");
        }
        match event {
            Event::Anchor(..) => self.refuse(range, "an anchor"),
            Event::DocumentStart(..) if self.root.is_some() => {
                self.refuse(range, "a second document");
                return false;
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.refuse(range.clone(), "an alias");
                let kind = Kind::Scalar { text: String::new(), plain: true };
                self.close(Node { span: range, kind });
            }
            Event::Scalar(text, style, ..) => {
                // An empty value arrives as `~` without an extent.
                let text = if range.is_empty() { "" } else { text.as_ref() };
                let plain = *style == ScalarStyle::Plain;
                self.close(Node { span: range, kind: Kind::Scalar { text: text.into(), plain } });
            }
            Event::SequenceStart(..) => {
                self.open.push(Open::Sequence { start: range.start, items: Vec::new() });
            }
            Event::MappingStart(..) => {
                let open = Open::Mapping {
                    start: range.start,
                    entries: Vec::new(),
                    seen: BTreeMap::new(),
                    key: None,
                };
                self.open.push(open);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let node = match self.open.pop() {
                    Some(Open::Sequence { start, items }) => {
                        Node { span: start..range.end.max(start), kind: Kind::Sequence(items) }
                    }
                    Some(Open::Mapping { start, entries, .. }) => {
                        Node { span: start..range.end.max(start), kind: Kind::Mapping(entries) }
                    }
                    None => return true,
                };
                self.close(node);
            }
            _ => {}
        }
        true
    }

    /// Puts a finished node where it belongs.
    fn close(&mut self, node: Node) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::Sequence { items, .. }) => items.push(node),
            Some(Open::Mapping { entries, seen, key: waiting, .. }) => match waiting.take() {
                Some(Key { text: key, span: key_span, dropped }) => {
                    if !dropped {
                        entries.push(Entry { key, key_span, value: node });
                    }
                }
                None => {
                    let (text, problem) = match node.kind {
                        Kind::Scalar { text, plain: true } if text == "<<" => {
                            (text, Some(ProblemKind::Unsupported("a merge")))
                        }
                        Kind::Scalar { text, .. } => {
                            let problem = seen.get(&text).map(|first| ProblemKind::DuplicateKey {
                                key: text.clone(),
                                first: first.clone(),
                            });
                            seen.entry(text.clone()).or_insert_with(|| node.span.clone());
                            (text, problem)
                        }
                        _ => (
                            String::new(),
                            Some(ProblemKind::Unsupported("a key that is not a text")),
                        ),
                    };
                    let dropped = problem.is_some();
                    *waiting = Some(Key { text, span: node.span.clone(), dropped });
                    if let Some(kind) = problem {
                        self.problems.push(Problem { span: node.span, kind });
                    }
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree as compact text, to compare with.
    fn show(node: &Node) -> String {
        match &node.kind {
            Kind::Scalar { text, plain: true } => text.clone(),
            Kind::Scalar { text, plain: false } => format!("{text:?}"),
            Kind::Sequence(items) => {
                format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", "))
            }
            Kind::Mapping(entries) => {
                let entry = |entry: &Entry| format!("{}: {}", entry.key, show(&entry.value));
                format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn problems(text: &str) -> Vec<(&str, ProblemKind)> {
        parse(text).1.into_iter().map(|p| (&text[p.span.clone()], p.kind)).collect()
    }

    #[test]
    fn spans_cover_the_node() {
        let text = "stacks:\n  tökyo:\n    regions: [a, 'b']\n    none:\n";
        let (root, problems) = parse(text);
        let root = root.unwrap();
        assert!(problems.is_empty());
        assert_eq!(show(&root), "{stacks: {tökyo: {regions: [a, \"b\"], none: }}}");
        let Kind::Mapping(entries) = &root.kind else { panic!() };
        let Kind::Mapping(stacks) = &entries[0].value.kind else { panic!() };
        assert_eq!(&text[stacks[0].key_span.clone()], "tökyo");
        let Kind::Mapping(stack) = &stacks[0].value.kind else { panic!() };
        assert_eq!(&text[stack[0].value.span.clone()], "[a, 'b']");
        assert!(stack[1].value.is_null());
    }

    #[test]
    fn what_the_config_has_no_use_for_is_refused_with_its_place() {
        use ProblemKind::Unsupported;
        assert_eq!(problems("a: !x b"), [("!x", Unsupported("a tag"))]);
        assert_eq!(problems("a: *x"), [("*x", Unsupported("an alias"))]);
        assert_eq!(problems("a: 1\n---\nb: 2").len(), 1);
        assert_eq!(problems("[a]: 1"), [("[a]", Unsupported("a key that is not a text"))]);
        let kinds: Vec<_> =
            problems("a: &x {b: 1}\nc:\n  <<: *x\n").into_iter().map(|(_, kind)| kind).collect();
        assert_eq!(
            kinds,
            [Unsupported("an anchor"), Unsupported("a merge"), Unsupported("an alias")]
        );
    }

    #[test]
    fn duplicate_keys_name_the_first() {
        let text = "a: 1\nb: 2\n\"a\": 3\n";
        let (root, problems) = parse(text);
        assert_eq!(show(&root.unwrap()), "{a: 1, b: 2}");
        assert_eq!(
            problems,
            [Problem {
                span: 10..13,
                kind: ProblemKind::DuplicateKey { key: "a".into(), first: 0..1 }
            }]
        );
    }

    #[test]
    fn a_bomb_and_a_deep_nest_are_refused_quickly() {
        let mut bomb = "a: &a [x, x]\n".to_owned();
        for n in 0..1_000 {
            bomb.push_str(&format!("b{n}: &b{n} [*a, *a, *a, *a]\n"));
        }
        assert_eq!(problems(&bomb).len(), 5_001);
        assert!(matches!(problems(&"[".repeat(100_000))[..], [(_, ProblemKind::Syntax(_))]));
    }

    #[test]
    fn scalars_have_the_types_of_the_core_schema() {
        use ScalarType::{Bool, Null, Number, Text};
        for (text, expected) in [
            ("", Null),
            ("~", Null),
            ("null", Null),
            ("true", Bool),
            ("FALSE", Bool),
            ("0", Number),
            ("012345678901", Number),
            ("-1", Number),
            ("1.5e3", Number),
            (".5", Number),
            ("0x1F", Number),
            ("0o17", Number),
            (".inf", Number),
            ("-.Inf", Number),
            (".nan", Number),
            ("no", Text),
            ("inf", Text),
            ("nan", Text),
            ("22:22", Text),
            ("1_000", Text),
            ("2010-09-09", Text),
            ("0x", Text),
            ("-", Text),
            (".", Text),
            ("10.0.0.0/16", Text),
        ] {
            assert_eq!(scalar_type(text, true), expected, "{text}");
            assert_eq!(scalar_type(text, false), Text);
        }
    }
}
