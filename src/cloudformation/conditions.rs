//! Conditions: what is known to hold or not to hold, and what everything else hangs on.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::arg::Arg;
use super::logic::{Atom, Logic, Open, combine};
use super::session::Session;
use super::template::{Scope, Slot};
use super::{Kind, Place, Text, Unknown, Value, keys};
use crate::diagnostic::Code;
use crate::prefix::shorten;
use crate::truth::Truth;

impl<'w> Session<'w> {
    /// A condition by its name.
    pub(super) fn named_condition(&mut self, name: &str, at: Place, scope: &Scope) -> Logic {
        let file = scope.file as usize;
        let Some(condition) = self.templates[file].conditions.get_mut(name) else {
            return self.missing_condition(name, at, scope);
        };
        let (node, inner) = (condition.node, condition.scope.clone());
        match &condition.logic {
            Slot::Done(logic) => return logic.clone(),
            Slot::Running => {
                let message = format!("condition `{}` depends on itself", shorten(name));
                self.report(at, Code::ReferenceLoop, message, "comes back here", None);
                return self.opaque_condition(at, scope, "it depends on itself");
            }
            Slot::Unread => condition.logic = Slot::Running,
        }
        let logic = self.supposing(false, |session| session.condition(Arg::new(node), &inner));
        if let Some(condition) = self.templates[file].conditions.get_mut(name) {
            condition.logic = Slot::Done(logic.clone());
        }
        logic
    }

    fn missing_condition(&mut self, name: &str, at: Place, scope: &Scope) -> Logic {
        if !self.template(scope).open {
            let known = self.template(scope).conditions.keys().map(String::as_str);
            let help = self.did_you_mean(at, name, known);
            let message = format!("there is no condition `{}`", shorten(name));
            self.report(at, Code::UnknownReference, message, "not in `Conditions`", help);
        }
        self.opaque_condition(at, scope, "it is not in this template")
    }

    fn opaque_condition(&mut self, at: Place, scope: &Scope, why: &str) -> Logic {
        let value = self.opaque(at, scope, why.to_owned());
        self.open_on(&value, format!("holds {}", keys::of(Some(&value))), BTreeMap::new())
    }

    /// Something that hangs on a value of which not all is known.
    fn open_on(&self, value: &Value, key: String, atoms: BTreeMap<Arc<str>, Atom>) -> Logic {
        let (on, why) = match first_unknown(value) {
            Some(unknown) => (bare(&unknown.name).into(), unknown.why.clone()),
            None => ("…".into(), "it is not known before it is made".into()),
        };
        Logic::Open(Rc::new(Open { key: keys::short(key), on, why, atoms }))
    }

    /// What a condition comes to.
    pub(super) fn condition(&mut self, arg: Arg<'w>, scope: &Scope) -> Logic {
        let at = scope.place(&arg.node.span);
        match self.deeper(at, |session| session.shallow_condition(arg, at, scope)) {
            Some(logic) => logic,
            None => self.opaque_condition(at, scope, "the template is too large"),
        }
    }

    fn shallow_condition(&mut self, arg: Arg<'w>, at: Place, scope: &Scope) -> Logic {
        let named = match arg.node.entries() {
            [one] if one.key == "Condition" && arg.is_plain() => Some(Arg::new(&one.value)),
            _ => None,
        };
        let call = named.map(|inner| ("Condition", inner)).or_else(|| arg.call());
        if let Some((name @ ("Condition" | "Equals" | "And" | "Or" | "Not"), inner)) = call {
            return self.condition_call(name, inner, at, scope);
        }
        let value = self.arg(arg, scope);
        match value.as_ref().map_or(Truth::Unknown, Value::truth) {
            Truth::Yes => Logic::Known(true),
            Truth::No => Logic::Known(false),
            Truth::Unknown => self.opaque_condition(at, scope, "it is no condition"),
        }
    }

    /// A function of conditions.
    pub(super) fn condition_call(
        &mut self,
        name: &str,
        arg: Arg<'w>,
        at: Place,
        scope: &Scope,
    ) -> Logic {
        if arg.call().is_some_and(|(inner, _)| inner == "Transform") {
            return self.opaque_condition(at, scope, "a macro writes it");
        }
        match name {
            "Condition" => {
                let name = self.scalar(arg.node, scope);
                self.named_condition(&name, at, scope)
            }
            "Equals" => self.equals(arg, at, scope),
            "And" => self.all(name, arg, false, at, scope),
            "Or" => self.all(name, arg, true, at, scope),
            _ => match arg.items() {
                Some([one]) => !self.condition(Arg::new(one), scope),
                _ => {
                    self.invalid(at, "`Fn::Not` takes a list of one condition".into());
                    self.opaque_condition(at, scope, "its function is given something else")
                }
            },
        }
    }

    fn all(&mut self, name: &str, arg: Arg<'w>, decides: bool, at: Place, scope: &Scope) -> Logic {
        let Some(items) = arg.items() else {
            self.invalid(at, format!("`Fn::{name}` takes a list of conditions"));
            return self.opaque_condition(at, scope, "its function is given something else");
        };
        let all = items.iter().map(|item| self.condition(Arg::new(item), scope)).collect();
        combine(all, decides)
    }

    fn equals(&mut self, arg: Arg<'w>, at: Place, scope: &Scope) -> Logic {
        let Some([a, b]) = arg.items() else {
            self.invalid(at, "`Fn::Equals` takes a list of two values".into());
            return self.opaque_condition(at, scope, "its function is given something else");
        };
        let empty = Value::text(at, Text::default());
        let a = self.value(a, scope).unwrap_or_else(|| empty.clone());
        let b = self.value(b, scope).unwrap_or(empty);
        self.compare(&a, &b)
    }

    fn compare(&mut self, a: &Value, b: &Value) -> Logic {
        let (key_a, key_b) = (keys::of(Some(a)), keys::of(Some(b)));
        if key_a == key_b {
            return Logic::Known(true);
        }
        if is_known(a) && is_known(b) {
            return Logic::Known(false);
        }
        if let (Some(a), Some(b)) = (a.as_text(), b.as_text())
            && a.same(b).is_no()
        {
            return Logic::Known(false);
        }
        for (unknown, literal) in [(a, b), (b, a)] {
            if let (Some(of), Some(literal)) = (unknown.as_unknown(), literal.as_known())
                && !of.many
            {
                return self.which(unknown, of, literal);
            }
        }
        let (least, most) = if key_a < key_b { (key_a, key_b) } else { (key_b, key_a) };
        let key: Arc<str> = keys::short(format!("equal <{least}> <{most}>")).into();
        if let Some(same) = self.scenario.atoms.get(&key) {
            return Logic::Known(*same);
        }
        let (name_a, name_b) = (shown(a), shown(b));
        let atom = Atom::Whether {
            yes: format!("{name_a} is {name_b}"),
            no: format!("{name_a} is not {name_b}"),
        };
        let unknown = if is_known(a) { b } else { a };
        self.open_on(unknown, key.to_string(), BTreeMap::from([(key, atom)]))
    }

    fn which(&mut self, value: &Value, of: &Unknown, literal: &str) -> Logic {
        let apart = |others: &BTreeSet<String>| others.contains(literal);
        let excluded = self.scenario.apart.get(&of.key).is_some_and(apart);
        let forbidden = self.allowed.get(&of.key).is_some_and(|allowed| !apart(allowed));
        if excluded || forbidden {
            return Logic::Known(false);
        }
        let literals = BTreeSet::from([literal.to_owned()]);
        let atom = Atom::Which { name: bare(&of.name).into(), literals };
        let key = format!("equal <{}> \"{}\"", of.key, keys::quoted(literal));
        self.open_on(value, key, BTreeMap::from([(of.key.clone(), atom)]))
    }

    /// `Fn::If`.
    pub(super) fn choose(&mut self, arg: Arg<'w>, at: Place, scope: &Scope) -> Option<Value> {
        let Some([condition, yes, no]) = arg.items() else {
            self.invalid(at, "`Fn::If` takes a list of a condition's name and two values".into());
            return Some(self.opaque(at, scope, "`Fn::If` is given something else".into()));
        };
        let (name, logic) = match Arg::new(condition).text() {
            Some(_) => {
                let name = self.scalar(condition, scope);
                let logic = self.named_condition(&name, scope.place(&condition.span), scope);
                (name, logic)
            }
            None => ("…".into(), self.condition(Arg::new(condition), scope)),
        };
        let open = match logic {
            Logic::Known(holds) => {
                let (taken, left) = if holds { (yes, no) } else { (no, yes) };
                if self.wrong.is_some() {
                    // For what is wrong with it only.
                    let names = self.names.take();
                    self.supposing(true, |session| session.value(left, scope));
                    self.names = names;
                }
                return self.value(taken, scope);
            }
            Logic::Open(open) => open,
        };
        let (yes, no) =
            self.supposing(true, |session| (session.value(yes, scope), session.value(no, scope)));
        let (mut key_yes, mut key_no) = (keys::of(yes.as_ref()), keys::of(no.as_ref()));
        if key_yes == key_no {
            return yes;
        }
        self.record(&name, &open);
        let mut key = open.key.as_str();
        if let Some(turned) = key.strip_prefix("not ") {
            (key_yes, key_no) = (key_no, key_yes);
            key = turned;
        }
        let unknown = Unknown {
            key: keys::short(format!("if <{key}> then {key_yes} else {key_no}")).into(),
            name: format!("!If [{}, …]", shorten(&name)).into(),
            why: open.because(&name).into(),
            many: [&yes, &no].into_iter().any(|branch| branch.as_ref().is_none_or(is_many)),
        };
        Some(self.unknown(at, unknown))
    }
}

/// Whether it is a list, or may be one.
fn is_many(value: &Value) -> bool {
    match &value.kind {
        Kind::List(_) => true,
        Kind::Map(_) => false,
        Kind::Text(text) => text.as_unknown().is_some_and(|unknown| unknown.many),
    }
}

/// Whether nothing of it is unknown.
pub(super) fn is_known(value: &Value) -> bool {
    match &value.kind {
        Kind::Text(text) => text.as_known().is_some(),
        Kind::List(items) => items.iter().all(is_known),
        Kind::Map(fields) => fields.iter().all(|field| is_known(&field.value)),
    }
}

/// The first that is not known in it.
pub(super) fn first_unknown(value: &Value) -> Option<&Unknown> {
    match &value.kind {
        Kind::Text(text) => text.pieces().iter().find_map(|piece| match piece {
            super::Piece::Unknown(unknown) => Some(unknown),
            _ => None,
        }),
        Kind::List(items) => items.iter().find_map(first_unknown),
        Kind::Map(fields) => fields.iter().find_map(|field| first_unknown(&field.value)),
    }
}

/// `${VpcId}` without what is around it.
fn bare(name: &str) -> &str {
    name.strip_prefix("${").and_then(|name| name.strip_suffix('}')).unwrap_or(name)
}

fn shown(value: &Value) -> String {
    match (value.as_unknown(), value.as_known()) {
        (Some(unknown), _) => bare(&unknown.name).to_owned(),
        (None, Some(known)) => format!("\"{}\"", shorten(known)),
        (None, None) => shorten(&value.to_string()),
    }
}
