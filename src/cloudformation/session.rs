//! Evaluation: one world in one scenario, every question answered once and all work bounded.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::arg::Arg;
use super::exports::Exports;
use super::logic::{Open, Undecided};
use super::nested::{self, Nested};
use super::stacks::StackName;
use super::template::{Scope, Template, place};
use super::{
    Field, Kind, Piece, Place, Scenario, Text, Unknown, Value, World, dynamic, keys, loops,
};
use crate::aws::Region;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::yaml::{self, Node, ScalarType};

/// Most steps of one evaluation; the largest template that CloudFormation takes needs a tenth.
const MOST_STEPS: usize = 1_000_000;

/// Bytes that are copied in one step.
const BYTES_PER_STEP: usize = 16;

/// Most bytes of one text; as much as CloudFormation takes for a whole template.
pub(super) const LONGEST_TEXT: usize = 1 << 20;

/// Deepest nesting; several times of what any real template has.
const DEEPEST: usize = 120;

/// Most diagnostics that are collected; what comes after them is more of the same.
pub(super) const MOST_DIAGNOSTICS: usize = 100;

/// A world being evaluated.
pub(super) struct Session<'w> {
    pub(super) world: &'w World,
    pub(super) scenario: &'w Scenario,
    /// `AWS::Region`, given or taken to be.
    pub(super) region: Option<&'static Region>,
    pub(super) templates: Vec<Template<'w>>,
    pub(super) exports: Exports,
    /// The templates that one of the others deploys.
    pub(super) nested: BTreeMap<u32, Nested<'w>>,
    /// What stacks are taken to be named.
    pub(super) stack_names: Vec<StackName>,
    /// Whether loops have been unrolled, so that every export is there.
    pub(super) expanded: bool,
    /// Whether what is being evaluated may not be part of what is deployed.
    pub(super) unsure: bool,
    /// What an unknown may be, of those that may not be anything.
    pub(super) allowed: BTreeMap<Arc<str>, BTreeSet<String>>,
    /// What may make resources that cannot be seen, as far as was evaluated.
    pub(super) hidden: Vec<(Place, String)>,
    /// The logical ids that the resource in hand names.
    pub(super) names: Option<BTreeSet<Arc<str>>>,
    /// Conditions that could not be decided.
    pub(super) undecided: Undecided,
    /// What is wrong, where somebody wants to know.
    pub(super) wrong: Option<Vec<Diagnostic>>,
    /// How many entries loops have produced.
    pub(super) produced: usize,
    steps: usize,
    depth: usize,
    exhausted: bool,
}

impl<'w> Session<'w> {
    /// A world in a scenario, nothing of which has been evaluated.
    pub(super) fn new(world: &'w World, scenario: &'w Scenario) -> Session<'w> {
        Session::begin(world, scenario, None)
    }

    /// The same, which collects what is wrong.
    pub(super) fn checking(world: &'w World, scenario: &'w Scenario) -> Session<'w> {
        Session::begin(world, scenario, Some(Vec::new()))
    }

    fn begin(
        world: &'w World,
        scenario: &'w Scenario,
        wrong: Option<Vec<Diagnostic>>,
    ) -> Session<'w> {
        let taken = scenario.fixed.get("AWS::Region").and_then(|name| Region::named(name));
        let templates = world.roots.iter().zip(0..).map(|(root, file)| Template::of(root, file));
        let mut session = Session {
            world,
            scenario,
            region: world.given.region.or(taken),
            templates: templates.collect(),
            exports: Exports::default(),
            nested: nested::links(world),
            stack_names: Vec::new(),
            expanded: false,
            unsure: false,
            allowed: BTreeMap::new(),
            hidden: Vec::new(),
            names: None,
            undecided: Undecided::default(),
            wrong,
            produced: 0,
            steps: 0,
            depth: 0,
            exhausted: false,
        };
        session.expand();
        session
    }

    fn expand(&mut self) {
        for file in 0..u32::try_from(self.templates.len()).unwrap_or(u32::MAX) {
            self.expand_sections(file);
        }
        // What a loop imports may have been looked for before every output was there.
        self.exports = Exports::default();
        for file in self.nested.keys() {
            let parameters = self.templates[*file as usize].parameters.values_mut();
            parameters.for_each(|parameter| parameter.value = None);
        }
        self.expanded = true;
    }

    pub(super) fn template(&self, scope: &Scope) -> &Template<'w> {
        &self.templates[scope.file as usize]
    }

    /// Records what is wrong at a place; the second thing at one place is not said.
    pub(super) fn report(
        &mut self,
        place: Place,
        code: Code,
        message: String,
        label: &str,
        help: Option<String>,
    ) {
        let world = self.world;
        if !self.is_news(place, code) {
            return;
        }
        let Some(wrong) = &mut self.wrong else { return };
        let source = &world.sources[place.file as usize];
        let mut diagnostic = Diagnostic::error(code, message).at(source, place.range(), label);
        diagnostic.help.extend(help);
        wrong.push(diagnostic);
    }

    /// Whether what is wrong is recorded, and this is not yet.
    fn is_news(&self, place: Place, code: Code) -> bool {
        let Some(wrong) = &self.wrong else { return false };
        let source = &self.world.sources[place.file as usize];
        let is_same = |one: &Diagnostic| {
            one.code == code
                && one.primary.as_ref().is_some_and(|primary| {
                    primary.span == place.range() && Arc::ptr_eq(&primary.source, source)
                })
        };
        wrong.len() < MOST_DIAGNOSTICS && !wrong.iter().any(is_same)
    }

    /// Which of the names there are was meant by an unknown one, as help; only where somebody gets to
    /// see it: a loop comes to one place thousands of times.
    pub(super) fn did_you_mean<'a>(
        &self,
        at: Place,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Option<String> {
        let is_news = self.is_news(at, Code::UnknownReference);
        let near = if is_news { nearest(name, known) } else { None };
        near.map(|near| format!("did you mean `{near}`?"))
    }

    /// Records that a function was given what it does not take.
    pub(super) fn invalid(&mut self, place: Place, message: String) {
        self.report(place, Code::InvalidFunction, message, "here", None);
    }

    /// Counts work by the bytes it copies; false when there has been too much of it.
    pub(super) fn charge(&mut self, bytes: usize, at: Place) -> bool {
        self.steps += 1 + bytes / BYTES_PER_STEP;
        if self.steps > MOST_STEPS {
            self.too_large(at, "evaluating this template takes more steps than any real one does");
        }
        !self.exhausted
    }

    /// Gives up.
    pub(super) fn too_large(&mut self, at: Place, why: &str) {
        if !self.exhausted {
            self.exhausted = true;
            self.report(at, Code::TemplateTooLarge, why.to_owned(), "given up here", None);
        }
    }

    /// Does something that may come back here; `None` when that is too much.
    pub(super) fn deeper<T>(
        &mut self,
        at: Place,
        then: impl FnOnce(&mut Session<'w>) -> T,
    ) -> Option<T> {
        if !self.charge(0, at) {
            return None;
        }
        if self.depth >= DEEPEST {
            self.report(
                at,
                Code::TemplateTooLarge,
                format!("values are nested more than {DEEPEST} deep"),
                "given up here",
                None,
            );
            return None;
        }
        self.depth += 1;
        let result = then(self);
        self.depth -= 1;
        Some(result)
    }

    /// Does something with what may not be part of what is deployed, or surely is.
    pub(super) fn supposing<T>(
        &mut self,
        unsure: bool,
        then: impl FnOnce(&mut Session<'w>) -> T,
    ) -> T {
        let before = std::mem::replace(&mut self.unsure, unsure);
        let result = then(self);
        self.unsure = before;
        result
    }

    /// What a node comes to; `None` for `AWS::NoValue`, and for nothing.
    pub(super) fn value(&mut self, node: &'w Node, scope: &Scope) -> Option<Value> {
        self.arg(Arg::new(node), scope)
    }

    /// The same, of a node whose tag may have been dealt with.
    pub(super) fn arg(&mut self, arg: Arg<'w>, scope: &Scope) -> Option<Value> {
        let at = scope.place(&arg.node.span);
        match self.deeper(at, |session| session.shallow(arg, at, scope)) {
            Some(value) => value,
            None => Some(self.opaque(at, scope, "the template is too large".into())),
        }
    }

    fn shallow(&mut self, arg: Arg<'w>, at: Place, scope: &Scope) -> Option<Value> {
        if let Some((name, inner)) = arg.call() {
            return self.call(name, inner, at, scope);
        }
        let kind = match &arg.node.kind {
            yaml::Kind::Scalar { .. } => return self.scalar_value(arg.node, at, scope),
            yaml::Kind::Sequence(items) => {
                Kind::List(items.iter().filter_map(|item| self.value(item, scope)).collect())
            }
            yaml::Kind::Mapping(_) => Kind::Map(self.fields(arg.node, scope)),
        };
        Some(Value { place: at, kind })
    }

    fn scalar_value(&mut self, node: &'w Node, at: Place, scope: &Scope) -> Option<Value> {
        if node.is_null() {
            return None;
        }
        let text = self.scalar(node, scope);
        self.charge(text.len(), at);
        let text = Text::known(text);
        Some(Value::text(at, dynamic::resolve(text)))
    }

    /// The letters of a scalar, loops filled in; none of anything else.
    pub(super) fn scalar(&mut self, node: &'w Node, scope: &Scope) -> Cow<'w, str> {
        let yaml::Kind::Scalar { text, plain } = &node.kind else { return Cow::Borrowed("") };
        if *plain && yaml::scalar_type(text, true) == ScalarType::Bool {
            return Cow::Owned(text.to_ascii_lowercase());
        }
        if scope.loops.is_none() {
            return Cow::Borrowed(text);
        }
        match loops::substitute(text, scope) {
            Some(text) => text,
            None => {
                self.too_large(scope.place(&node.span), "a text is longer than 1 MB");
                Cow::Borrowed("")
            }
        }
    }

    fn fields(&mut self, node: &'w Node, scope: &Scope) -> Vec<Field> {
        let entries = node.entries();
        if scope.loops.is_none() && !entries.iter().any(|entry| entry.key.starts_with("Fn::")) {
            let fields = entries.iter().filter_map(|entry| {
                let value = self.value(&entry.value, scope)?;
                let key_place = scope.place(&entry.key_span);
                Some(Field { key: entry.key.clone(), key_place, value })
            });
            return fields.collect();
        }
        let mut fields = Vec::new();
        for produced in self.produce(entries, scope) {
            let key_place = produced.scope.place(&produced.key_span);
            if produced.key == "Fn::Transform" {
                self.hide_transform(key_place);
                continue;
            }
            if let Some(value) = self.value(produced.node, &produced.scope) {
                fields.push(Field { key: produced.key, key_place, value });
            }
        }
        fields
    }

    /// Notes that a macro may have added something beside a place.
    pub(super) fn hide_transform(&mut self, at: Place) {
        self.hidden.push((at, "`Fn::Transform` may add something here".into()));
    }

    /// Something unknown; or what it is taken to be in this scenario.
    pub(super) fn unknown(&self, place: Place, unknown: Unknown) -> Value {
        match self.scenario.fixed.get(&*unknown.key) {
            Some(text) => Value::text(place, Text::known(text)),
            None => Value::text(place, Text::unknown(unknown)),
        }
    }

    /// What nothing is known of, and what equals nothing else.
    pub(super) fn opaque(&self, place: Place, scope: &Scope, why: String) -> Value {
        let mut key = format!("opaque {} {}", place.file, place.start);
        for turn in scope.loops() {
            key.push(' ');
            key.push_str(&keys::quoted(&turn.value));
        }
        let unknown =
            Unknown {
                key: keys::short(key).into(), name: "…".into(), why: why.into(), many: true
            };
        self.unknown(place, unknown)
    }

    /// A text that grows no longer than texts may.
    pub(super) fn text(&mut self, at: Place, pieces: impl IntoIterator<Item = Text>) -> Text {
        let mut whole = Text::default();
        let mut size = 0;
        for text in pieces {
            let more = size_of_text(&text);
            size += more;
            if size > LONGEST_TEXT {
                self.too_large(at, "a text is longer than 1 MB");
                break;
            }
            if !self.charge(more, at) {
                break;
            }
            whole.append(text);
        }
        dynamic::resolve(whole)
    }

    /// A copy that stands elsewhere.
    pub(super) fn copy(&mut self, value: &Value, at: Place) -> Value {
        if !self.charge(size(value), at) {
            return Value::text(at, Text::default());
        }
        let mut copy = value.clone();
        relocate(&mut copy, at);
        copy
    }

    /// Remembers what a condition hangs on that could not be decided.
    pub(super) fn record(&mut self, name: &str, open: &Open) {
        self.undecided.record(name, open);
    }

    /// Where a span of a file is.
    pub(super) fn place_of(file: u32, node: &Node) -> Place {
        place(file, &node.span)
    }
}

fn relocate(value: &mut Value, at: Place) {
    value.place = at;
    match &mut value.kind {
        Kind::Text(_) => {}
        Kind::List(items) => items.iter_mut().for_each(|item| relocate(item, at)),
        Kind::Map(fields) => fields.iter_mut().for_each(|field| {
            field.key_place = at;
            relocate(&mut field.value, at);
        }),
    }
}

fn size_of_text(text: &Text) -> usize {
    let piece = |piece: &Piece| match piece {
        Piece::Known(known) => known.len(),
        Piece::Created(_) | Piece::Unknown(_) => 16,
    };
    text.pieces().iter().map(piece).sum()
}

/// About how many bytes a copy takes.
fn size(value: &Value) -> usize {
    16 + match &value.kind {
        Kind::Text(text) => size_of_text(text),
        Kind::List(items) => items.iter().map(size).sum(),
        Kind::Map(fields) => fields.iter().map(|field| field.key.len() + size(&field.value)).sum(),
    }
}
