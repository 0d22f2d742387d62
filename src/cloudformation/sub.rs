//! `Fn::Sub` and `Fn::FindInMap`.

use std::collections::BTreeMap;

use super::arg::Arg;
use super::session::Session;
use super::template::{Scope, is_loop};
use super::{Kind, Place, Text, Value, keys};
use crate::diagnostic::Code;
use crate::prefix::shorten;
use crate::yaml::Node;

/// Most keys of a mapping that are listed for people.
const MOST_KEYS_SHOWN: usize = 10;

/// A part of what `Fn::Sub` is given.
#[derive(Debug, PartialEq, Eq)]
enum Part<'t> {
    Text(&'t str),
    /// `${!Name}`, which stands for `${Name}`.
    Literal(&'t str),
    Name(&'t str),
}

/// The parts of a text.
fn parts(mut rest: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    while let Some(at) = rest.find("${") {
        let Some(length) = rest[at + 2..].find('}') else { break };
        let name = &rest[at + 2..at + 2 + length];
        parts.push(Part::Text(&rest[..at]));
        parts.push(match name.strip_prefix('!') {
            Some(literal) => Part::Literal(literal),
            None => Part::Name(name.trim()),
        });
        rest = &rest[at + 2 + length + 1..];
    }
    parts.push(Part::Text(rest));
    parts
}

impl<'w> Session<'w> {
    /// `Fn::Sub`.
    pub(super) fn sub(&mut self, arg: Arg<'w>, at: Place, scope: &Scope) -> Value {
        let (node, own) = match (arg.text(), arg.items()) {
            (Some(_), _) => (arg.node, &[][..]),
            (None, Some([node, own])) if Arg::new(node).text().is_some() => (node, own.entries()),
            _ => {
                self.invalid(at, "`Fn::Sub` takes a text, or a text and a mapping".into());
                return self.opaque(at, scope, "`Fn::Sub` is given something else".into());
            }
        };
        let own: BTreeMap<&str, Option<Value>> =
            own.iter().map(|entry| (&*entry.key, self.value(&entry.value, scope))).collect();
        let template = self.scalar(node, scope);
        let mut pieces = Vec::new();
        for part in parts(&template) {
            if !self.charge(0, at) {
                break;
            }
            match part {
                Part::Text("") => {}
                Part::Text(text) => pieces.push(Text::known(text)),
                Part::Literal(name) => pieces.push(Text::known(format!("${{{name}}}"))),
                Part::Name(name) => {
                    let value = match (own.get(name), name.split_once('.')) {
                        (Some(value), _) => value.clone(),
                        (None, Some((id, name))) => Some(self.attribute(id, name, at, scope)),
                        (None, None) => self.reference(name, at, scope),
                    };
                    pieces.extend(self.sub_piece(name, value, at, scope));
                }
            }
        }
        Value::text(at, self.text(at, pieces))
    }

    fn sub_piece(
        &mut self,
        name: &str,
        value: Option<Value>,
        at: Place,
        scope: &Scope,
    ) -> Option<Text> {
        match value?.kind {
            Kind::Text(text) => Some(text),
            Kind::List(_) | Kind::Map(_) => {
                let name = shorten(name);
                self.invalid(at, format!("`Fn::Sub` takes texts, and `{name}` is none"));
                let value = self.opaque(at, scope, format!("`{name}` is no text"));
                value.as_text().cloned()
            }
        }
    }

    /// `Fn::FindInMap`; with a `DefaultValue` as `AWS::LanguageExtensions` has it.
    pub(super) fn find_in_map(&mut self, arg: Arg<'w>, at: Place, scope: &Scope) -> Option<Value> {
        const TAKES: &str = "`Fn::FindInMap` takes the names of a mapping and of two keys";
        let (names, default) = match arg.items() {
            Some([map, first, second]) => ([map, first, second], None),
            Some([map, first, second, more]) => ([map, first, second], more.get("DefaultValue")),
            _ => {
                self.invalid(at, TAKES.into());
                return Some(self.opaque(at, scope, TAKES.into()));
            }
        };
        let default = default.and_then(|node| self.value(node, scope));
        let values = names.map(|node| self.value(node, scope));
        let [Some(map), Some(first), Some(second)] = &values else {
            self.invalid(at, TAKES.into());
            return Some(self.opaque(at, scope, TAKES.into()));
        };
        let literal = names.map(|node| Arg::new(node).text().is_some() && scope.loops.is_none());
        let derived = |session: &Self| {
            let of: Vec<&Value> = [map, first, second].into_iter().chain(&default).collect();
            let many = session.may_find_lists(map, scope);
            Some(session.derived("FindInMap", &of, many, at, scope))
        };
        let Some(map_name) = map.as_known() else { return derived(self) };
        // A key that is not there fails the deployment, unless a macro writes it.
        let surely = !self.unsure && default.is_none() && !self.template(scope).open;
        let Some(&node) = self.template(scope).mappings.get(map_name) else {
            if (literal[0] || surely) && default.is_none() && !self.template(scope).open {
                let known = self.template(scope).mappings.keys().copied();
                self.no_such("mapping", map_name, known.collect(), at);
            }
            return default.clone().or_else(|| derived(self));
        };
        let tops = self.pick(node, first, literal[0] && literal[1] && default.is_none(), at);
        let certain = literal.iter().all(|literal| *literal) && default.is_none();
        let mut found: Option<Value> = None;
        for top in &tops {
            for leaf in self.pick(top, second, certain, at) {
                let value = self.value(leaf, &Scope { file: scope.file, loops: None })?;
                let differs = |found: &Value| keys::of(Some(found)) != keys::of(Some(&value));
                if found.as_ref().is_some_and(differs) {
                    return derived(self);
                }
                found = Some(value);
            }
        }
        let undecided = first.as_known().is_none() || second.as_known().is_none();
        if surely && tops.is_empty() && !(literal[0] && literal[1]) {
            let place = scope.place(&names[1].span);
            self.no_key(map_name, node, first, None, place);
        } else if surely && !undecided && found.is_none() && !literal.iter().all(|one| *one) {
            let place = scope.place(&names[2].span);
            if let Some(top) = tops.first() {
                self.no_key(map_name, top, second, Some(first), place);
            }
        }
        if undecided
            && let (Some(found), Some(default)) = (&found, &default)
            && keys::of(Some(found)) != keys::of(Some(default))
        {
            return derived(self);
        }
        match found {
            Some(found) => Some(self.copy(&found, at)),
            None if undecided => derived(self),
            None => default.clone().or_else(|| {
                let why = format!(
                    "mapping `{}` has no `{}` with a `{}`",
                    shorten(map_name),
                    shorten(&first.to_string()),
                    shorten(&second.to_string())
                );
                Some(self.opaque(at, scope, why))
            }),
        }
    }

    /// Whether a mapping has lists in it, or may have.
    fn may_find_lists(&self, map: &Value, scope: &Scope) -> bool {
        let mappings = &self.template(scope).mappings;
        let Some(map) = map.as_known().and_then(|name| mappings.get(name)) else { return true };
        let mut leaves = map.entries().iter().flat_map(|entry| entry.value.entries());
        leaves.any(|leaf| leaf.value.text().is_none())
    }

    /// The values of a mapping that a key may have.
    fn pick(&mut self, node: &'w Node, key: &Value, certain: bool, at: Place) -> Vec<&'w Node> {
        let Some(name) = key.as_known() else {
            return node.entries().iter().map(|entry| &entry.value).collect();
        };
        let found = node.get(name);
        let transformed = node.get("Fn::Transform").is_some();
        if found.is_none() && certain && !transformed {
            let known = node.entries().iter().map(|entry| &*entry.key).collect();
            self.no_such("key", name, known, at);
        }
        found.into_iter().collect()
    }

    /// A key that was computed, and that a mapping, or the part of it under its first key, does not
    /// have.
    fn no_key(&mut self, map: &str, node: &Node, key: &Value, of: Option<&Value>, at: Place) {
        let Some(name) = key.as_known() else { return };
        let entries = node.entries();
        // Whether `True` is another key than `true` is not known here.
        if entries.iter().any(|entry| {
            entry.key == "Fn::Transform" || is_loop(entry) || entry.key.eq_ignore_ascii_case(name)
        }) {
            return;
        }
        let mut message = format!("mapping `{}` has no `{}`", shorten(map), shorten(name));
        if let Some(of) = of {
            message.push_str(&format!(" in `{}`", shorten(&of.to_string())));
        }
        let mut known: Vec<String> = entries
            .iter()
            .take(MOST_KEYS_SHOWN)
            .map(|entry| format!("`{}`", shorten(&entry.key)))
            .collect();
        if entries.len() > MOST_KEYS_SHOWN {
            known.push("…".into());
        }
        let help = (!known.is_empty()).then(|| format!("it has {}", known.join(", ")));
        let label = format!("is `{}`", shorten(name));
        self.report(at, Code::UnknownReference, message, &label, help);
    }

    fn no_such(&mut self, what: &str, name: &str, known: Vec<&str>, at: Place) {
        let help = self.did_you_mean(at, name, known);
        let message = format!("there is no {what} `{}`", shorten(name));
        self.report(at, Code::UnknownReference, message, "not in `Mappings`", help);
    }
}

#[cfg(test)]
mod tests {
    use super::Part::{Literal, Name, Text};
    use super::*;

    #[test]
    fn names_stand_between_braces() {
        for (text, expected) in [
            ("", vec![Text("")]),
            ("a", vec![Text("a")]),
            ("${A}", vec![Text(""), Name("A"), Text("")]),
            ("x${ A.B }y", vec![Text("x"), Name("A.B"), Text("y")]),
            ("${!A}", vec![Text(""), Literal("A"), Text("")]),
            ("$A {B} ${C", vec![Text("$A {B} ${C")]),
            ("$${A}", vec![Text("$"), Name("A"), Text("")]),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }
}
