//! `Fn::ForEach`.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html>

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use super::session::{LONGEST_TEXT, Session};
use super::template::{Condition, FOR_EACH, Item, Loop, Output, Scope, Slot, is_loop};
use super::{Kind, Value};
use crate::diagnostic::Code;
use crate::prefix::shorten;
use crate::yaml::{Entry, Node};

/// Most entries that the loops of a world produce; ten times what a template may have resources.
const MOST_PRODUCED: usize = 5_000;

/// Deepest nesting of loops.
const DEEPEST: usize = 5;

/// An entry of a mapping after its loops.
pub(super) struct Produced<'w> {
    pub(super) key: String,
    pub(super) key_span: Range<usize>,
    pub(super) node: &'w Node,
    pub(super) scope: Scope,
}

/// A text with `${Id}` and `&{Id}` of the loops around filled in; `None` where that is too long.
///
/// `&{Id}` is the value without anything but letters and digits.
pub(super) fn substitute<'t>(text: &'t str, scope: &Scope) -> Option<Cow<'t, str>> {
    let mut text = Cow::Borrowed(text);
    for turn in scope.loops() {
        for (mark, alphanumeric) in [("${", false), ("&{", true)] {
            let name = format!("{mark}{}}}", turn.id);
            if !text.contains(&name) {
                continue;
            }
            let value: String = match alphanumeric {
                true => turn.value.chars().filter(char::is_ascii_alphanumeric).collect(),
                false => turn.value.clone(),
            };
            if text.len() + text.matches(&name).count() * value.len() > LONGEST_TEXT {
                return None;
            }
            text = Cow::Owned(text.replace(&name, &value));
        }
    }
    Some(text)
}

impl<'w> Session<'w> {
    /// The entries of a mapping, those that loops make among them.
    pub(super) fn produce(&mut self, entries: &'w [Entry], scope: &Scope) -> Vec<Produced<'w>> {
        let mut all = Vec::with_capacity(entries.len());
        self.produce_into(&mut all, entries, scope, 0);
        if entries.iter().any(is_loop) {
            self.refuse_twice(&mut all);
        }
        all
    }

    fn refuse_twice(&mut self, all: &mut Vec<Produced<'w>>) {
        let mut seen = BTreeMap::new();
        let mut twice = Vec::new();
        all.retain(|entry| {
            let place = entry.scope.place(&entry.key_span);
            let first = seen.insert(entry.key.clone(), place).is_none();
            if !first {
                twice.push((entry.key.clone(), place));
            }
            first
        });
        for (key, place) in twice {
            let message = format!("`Fn::ForEach` makes the key `{}` twice", shorten(&key));
            self.report(place, Code::DuplicateKey, message, "second", None);
        }
    }

    fn produce_into(
        &mut self,
        all: &mut Vec<Produced<'w>>,
        entries: &'w [Entry],
        scope: &Scope,
        depth: usize,
    ) {
        for entry in entries {
            if is_loop(entry) {
                let at = scope.place(&entry.key_span);
                self.deeper(at, |session| session.each(all, entry, scope, depth));
                continue;
            }
            let key = match substitute(&entry.key, scope) {
                Some(key) => key.into_owned(),
                None => continue,
            };
            if depth > 0 {
                self.produced += 1;
                if self.produced > MOST_PRODUCED {
                    let at = scope.place(&entry.key_span);
                    self.too_large(at, "`Fn::ForEach` makes more than 5000 entries");
                    return;
                }
            }
            let (key_span, node) = (entry.key_span.clone(), &entry.value);
            all.push(Produced { key, key_span, node, scope: scope.clone() });
        }
    }

    fn each(&mut self, all: &mut Vec<Produced<'w>>, entry: &'w Entry, scope: &Scope, depth: usize) {
        let at = scope.place(&entry.key_span);
        let name = &entry.key[FOR_EACH.len()..];
        let [id, collection, body] = entry.value.items() else {
            let message = format!(
                "`{}` takes a list of an identifier, a list and a mapping",
                shorten(&entry.key)
            );
            return self.invalid(at, message);
        };
        if depth >= DEEPEST {
            let message = format!("`Fn::ForEach` is nested more than {DEEPEST} deep");
            return self.invalid(at, message);
        }
        let id = self.scalar(id, scope).into_owned();
        let collection = self.value(collection, scope);
        let Some(turns) = collection.as_ref().and_then(turns) else {
            let why = collection.as_ref().and_then(|value| value.as_text()?.why());
            let why = why.map_or(String::new(), |why| format!(": {why}"));
            self.hidden.push((
                at,
                format!("`{FOR_EACH}{}` is over something unknown{why}", shorten(name)),
            ));
            return;
        };
        for value in turns {
            if !self.charge(value.len(), at) || self.produced > MOST_PRODUCED {
                return;
            }
            let turn = Loop { id: id.clone(), value, outer: scope.loops.clone() };
            let inner = Scope { file: scope.file, loops: Some(Rc::new(turn)) };
            self.produce_into(all, body.entries(), &inner, depth + 1);
        }
    }

    /// Fills the sections of a template in that may have loops.
    pub(super) fn expand_sections(&mut self, file: u32) {
        let index = file as usize;
        let root = self.templates[index].root;
        let scope = Scope { file, loops: None };
        for produced in self.section(root, "Conditions", &scope) {
            let condition =
                Condition { node: produced.node, scope: produced.scope, logic: Slot::Unread };
            self.templates[index].conditions.insert(produced.key, condition);
        }
        let hidden = self.hidden.len();
        let mut items = Vec::new();
        let mut by_id = BTreeMap::new();
        for produced in self.section(root, "Resources", &scope) {
            let item = self.item(produced);
            by_id.entry(item.id.clone()).or_insert(items.len());
            items.push(item);
        }
        // What a loop that cannot be unrolled makes, or a module, may be referred to.
        let modules = items.iter().any(|item| item.kind.ends_with("::MODULE"));
        let unseen = modules || self.hidden.len() > hidden;
        let template = &mut self.templates[index];
        template.open |= unseen;
        template.resources = items;
        template.by_id = by_id;
        let outputs = self.section(root, "Outputs", &scope).into_iter().map(|produced| Output {
            name: produced.key,
            node: produced.node,
            scope: produced.scope,
            value: Slot::Unread,
        });
        self.templates[index].outputs = outputs.collect();
    }

    fn section(&mut self, root: &'w Node, name: &str, scope: &Scope) -> Vec<Produced<'w>> {
        let mut all = self.produce(root.get(name).map_or(&[][..], Node::entries), scope);
        all.retain(|produced| !produced.key.starts_with("Fn::"));
        all
    }

    fn item(&mut self, produced: Produced<'w>) -> Item<'w> {
        let Produced { key, key_span, node, scope } = produced;
        let kind = node.get("Type").map_or(Cow::Borrowed(""), |node| self.scalar(node, &scope));
        let place = scope.place(&key_span);
        Item { id: key.into(), place, kind, node, scope, read: BTreeMap::new() }
    }
}

/// The values of a collection; `None` where one is not known.
fn turns(collection: &Value) -> Option<Vec<String>> {
    match &collection.kind {
        Kind::List(items) => items.iter().map(|item| item.as_known().map(str::to_owned)).collect(),
        Kind::Text(_) | Kind::Map(_) => None,
    }
}
