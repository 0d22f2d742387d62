//! From the parser's events to the tree.

use std::collections::BTreeMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::{Entry, Kind, Node, Problem, ProblemKind};

/// Most nodes that aliases and merges of one text may stand for.
const MOST_EXPANDED: usize = 200_000;

/// A text of this many bytes is as much as a node.
const BYTES_PER_NODE: usize = 32;

/// The document of a YAML text, and everything in it that cannot be taken.
///
/// The tree is `None` when the text has no document or is not YAML. Of a key that stands twice the
/// tree has the first.
pub fn parse(text: &str) -> (Option<Node>, Vec<Problem>) {
    read(text, None)
}

/// The same for a template, in which tags, anchors, aliases and merges are taken.
pub fn parse_template(text: &str) -> (Option<Node>, Vec<Problem>) {
    read(text, Some(Anchors::default()))
}

fn read(text: &str, anchors: Option<Anchors>) -> (Option<Node>, Vec<Problem>) {
    let mut builder = Builder { text, open: Vec::new(), root: None, problems: Vec::new(), anchors };
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

/// What anchors stand for, by the parser's number.
#[derive(Default)]
struct Anchors {
    nodes: BTreeMap<usize, Node>,
    /// How many nodes have been copied.
    spent: usize,
}

impl Anchors {
    /// A copy of a node; `None` where that would be too many.
    fn copy(&mut self, node: &Node) -> Option<Node> {
        if !spend(node, &mut self.spent) {
            return None;
        }
        Some(node.clone())
    }

    fn expand(&mut self, anchor: usize) -> Result<Node, &'static str> {
        let node = self.nodes.remove(&anchor).ok_or("an alias within its own anchor")?;
        let copy = self.copy(&node).ok_or(TOO_MANY);
        self.nodes.insert(anchor, node);
        copy
    }
}

const TOO_MANY: &str = "what comes to more than 200000 values by its aliases";

/// Counts the nodes of a tree; false as soon as they are too many.
fn spend(node: &Node, spent: &mut usize) -> bool {
    *spent += 1;
    let within = match &node.kind {
        Kind::Scalar { text, .. } => {
            *spent += text.len() / BYTES_PER_NODE;
            true
        }
        Kind::Sequence(items) => items.iter().all(|item| spend(item, spent)),
        Kind::Mapping(entries) => entries.iter().all(|entry| {
            *spent += entry.key.len() / BYTES_PER_NODE;
            spend(&entry.value, spent)
        }),
    };
    within && *spent <= MOST_EXPANDED
}

/// A node whose end has not come yet, or what comes with it.
struct Begun {
    start: usize,
    tag: Option<Box<str>>,
    /// 0 where it has none.
    anchor: usize,
}

/// A collection whose end has not come yet.
enum Open {
    Sequence(Begun, Vec<Node>),
    Mapping(Begun, Mapping),
}

#[derive(Default)]
struct Mapping {
    entries: Vec<Entry>,
    seen: BTreeMap<String, Range<usize>>,
    key: Option<Key>,
    merges: Vec<Node>,
}

/// A key that waits for its value.
struct Key {
    text: String,
    span: Range<usize>,
    then: Then,
}

/// What becomes of a key's value.
#[derive(PartialEq, Eq)]
enum Then {
    Keep,
    /// The key was refused.
    Drop,
    Merge,
}

struct Builder<'a> {
    text: &'a str,
    open: Vec<Open>,
    root: Option<Node>,
    problems: Vec<Problem>,
    /// Of a template; a config has none.
    anchors: Option<Anchors>,
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

    /// What a node begins with.
    fn begin(&mut self, start: usize, span: &Span, tag: Option<&Tag>, anchor: usize) -> Begun {
        let Some(tag) = tag else { return Begun { start, tag: None, anchor } };
        let range = span.tag_span().map(|tag| self.range(&tag));
        if self.anchors.is_none() {
            self.refuse(range.unwrap_or_else(|| self.range(span)), "a tag");
            return Begun { start, tag: None, anchor };
        }
        let start = range.map_or(start, |range| range.start.min(start));
        let name = match tag.handle() {
            _ if tag.is_yaml_core_schema() => "".into(),
            "!" => tag.suffix().into(),
            // Written out: `!<!Ref>`.
            "" => tag.suffix().trim_start_matches('!').into(),
            handle => format!("{handle}{}", tag.suffix()),
        };
        Begun { start, tag: (!name.is_empty()).then(|| name.into()), anchor }
    }

    /// Takes one event; false when nothing behind it matters.
    fn take(&mut self, event: &Event<'_>, span: &Span) -> bool {
        let range = self.range(span);
        match event {
            Event::Anchor(..) if self.anchors.is_none() => self.refuse(range, "an anchor"),
            Event::DocumentStart(..) if self.root.is_some() => {
                self.refuse(range, "a second document");
                return false;
            }
            Event::Alias(anchor) => return self.alias(*anchor, range),
            Event::UnresolvedAlias(_) => {
                let known = self.anchors.is_some();
                self.refuse(range.clone(), if known { UNRESOLVED } else { "an alias" });
                self.close(nothing(range), 0);
            }
            Event::Scalar(text, style, anchor, tag) => {
                let begun = self.begin(range.start, span, tag.as_deref(), *anchor);
                // An empty value arrives as `~` without an extent.
                let text = if range.is_empty() { "" } else { text.as_ref() };
                let plain = *style == ScalarStyle::Plain;
                let kind = Kind::Scalar { text: text.into(), plain };
                self.close(
                    Node { span: begun.start..range.end, tag: begun.tag, kind },
                    begun.anchor,
                );
            }
            Event::SequenceStart(_, anchor, tag) => {
                let begun = self.begin(range.start, span, tag.as_deref(), *anchor);
                self.open.push(Open::Sequence(begun, Vec::new()));
            }
            Event::MappingStart(_, anchor, tag) => {
                let begun = self.begin(range.start, span, tag.as_deref(), *anchor);
                self.open.push(Open::Mapping(begun, Mapping::default()));
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let (begun, kind) = match self.open.pop() {
                    Some(Open::Sequence(begun, items)) => (begun, Kind::Sequence(items)),
                    Some(Open::Mapping(begun, mapping)) => {
                        (begun, Kind::Mapping(self.merged(mapping)))
                    }
                    None => return true,
                };
                let span = begun.start..range.end.max(begun.start);
                self.close(Node { span, tag: begun.tag, kind }, begun.anchor);
            }
            _ => {}
        }
        true
    }

    fn alias(&mut self, anchor: usize, range: Range<usize>) -> bool {
        let expanded = match &mut self.anchors {
            Some(anchors) => anchors.expand(anchor),
            None => Err("an alias"),
        };
        match expanded {
            Ok(node) => self.close(node, 0),
            Err(what) => {
                self.refuse(range.clone(), what);
                self.close(nothing(range), 0);
                // One bomb is enough.
                return what != TOO_MANY;
            }
        }
        true
    }

    /// The entries of a mapping with those that are merged into it. Its own come first and win, as
    /// <https://yaml.org/type/merge.html> has it.
    fn merged(&mut self, mapping: Mapping) -> Vec<Entry> {
        let Mapping { mut entries, mut seen, merges, .. } = mapping;
        for merge in merges {
            let span = merge.span.clone();
            let sources = match merge.kind {
                Kind::Sequence(items) => items,
                _ => vec![merge],
            };
            for source in sources {
                let Kind::Mapping(merged) = source.kind else {
                    self.refuse(span.clone(), "a merge of what is not a mapping");
                    continue;
                };
                for entry in merged {
                    if !seen.contains_key(&entry.key) {
                        seen.insert(entry.key.clone(), entry.key_span.clone());
                        entries.push(entry);
                    }
                }
            }
        }
        entries
    }

    /// Puts a finished node where it belongs.
    fn close(&mut self, node: Node, anchor: usize) {
        if let Some(anchors) = &mut self.anchors
            && anchor != 0
        {
            match anchors.copy(&node) {
                Some(copy) => {
                    anchors.nodes.insert(anchor, copy);
                }
                None => self.refuse(node.span.clone(), TOO_MANY),
            }
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::Sequence(_, items)) => items.push(node),
            Some(Open::Mapping(_, mapping)) => match mapping.key.take() {
                Some(Key { text: key, span: key_span, then }) => match then {
                    Then::Keep => mapping.entries.push(Entry { key, key_span, value: node }),
                    Then::Merge => mapping.merges.push(node),
                    Then::Drop => {}
                },
                None => {
                    let problem = mapping.key(node, self.anchors.is_some());
                    self.problems.extend(problem);
                }
            },
        }
    }
}

const UNRESOLVED: &str = "an alias without an anchor";

fn nothing(span: Range<usize>) -> Node {
    Node::new(span, Kind::Scalar { text: String::new(), plain: true })
}

impl Mapping {
    /// Takes a key, and says what is wrong with it.
    fn key(&mut self, node: Node, merges: bool) -> Option<Problem> {
        let span = node.span;
        let (text, then, problem) = match node.kind {
            Kind::Scalar { text, plain: true } if text == "<<" => {
                if merges {
                    (text, Then::Merge, None)
                } else {
                    (text, Then::Drop, Some(ProblemKind::Unsupported("a merge")))
                }
            }
            Kind::Scalar { text, .. } => {
                let problem = self.seen.get(&text).map(|first| ProblemKind::DuplicateKey {
                    key: text.clone(),
                    first: first.clone(),
                });
                self.seen.entry(text.clone()).or_insert_with(|| span.clone());
                let then = if problem.is_some() { Then::Drop } else { Then::Keep };
                (text, then, problem)
            }
            _ => {
                let problem = ProblemKind::Unsupported("a key that is not a text");
                (String::new(), Then::Drop, Some(problem))
            }
        };
        self.key = Some(Key { text, span: span.clone(), then });
        problem.map(|kind| Problem { span, kind })
    }
}
