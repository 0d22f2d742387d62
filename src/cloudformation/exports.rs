//! Exports, which meet the imports of every file.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::arg::Arg;
use super::logic::{Logic, Open};
use super::session::{MOST_DIAGNOSTICS, Session};
use super::stacks::{StackNamed, stack_named};
use super::template::{Scope, Slot};
use super::{Place, Text, Unknown, Value, keys};
use crate::diagnostic::{Code, Diagnostic};
use crate::prefix::shorten;

/// An output that is exported.
#[derive(Debug, Clone)]
pub(super) struct Export {
    pub(super) file: u32,
    output: usize,
    /// The condition that its output has, where that cannot be decided.
    open: Option<(String, Rc<Open>)>,
    place: Place,
}

/// The exports of a world.
#[derive(Debug, Default)]
pub(super) enum Exports {
    /// Nobody asked yet.
    #[default]
    Unread,
    /// They are being read, and one of their names is an import.
    Running,
    /// By name; and those of the names that hang on the name of their own stack.
    Done(BTreeMap<Text, Vec<Export>>, Rc<[StackNamed]>),
}

impl<'w> Session<'w> {
    fn read_exports(&mut self) {
        if !matches!(self.exports, Exports::Unread) {
            return;
        }
        self.exports = Exports::Running;
        let names = self.names.take();
        let mut exports: BTreeMap<Text, Vec<Export>> = BTreeMap::new();
        for file in 0..self.templates.len() {
            for output in 0..self.templates[file].outputs.len() {
                if let Some((name, export)) = self.export(file, output) {
                    exports.entry(name).or_default().push(export);
                }
            }
        }
        self.names = names;
        let named = exports.iter().filter_map(|(name, all)| stack_named(name, all.first()?.file));
        let named = named.collect();
        self.exports = Exports::Done(exports, named);
    }

    fn export(&mut self, file: usize, index: usize) -> Option<(Text, Export)> {
        let output = &self.templates[file].outputs[index];
        let (node, scope) = (output.node, output.scope.clone());
        let name_node = node.get("Export")?.get("Name")?;
        let open = match self.output_condition(file, index) {
            Some((_, Logic::Known(false))) => return None,
            Some((name, Logic::Open(open))) => Some((name, open)),
            _ => None,
        };
        let name = self.value(name_node, &scope)?;
        let place = scope.place(&name_node.span);
        let export = Export { file: scope.file, output: index, open, place };
        Some((name.as_text()?.clone(), export))
    }

    /// The condition of an output, if it has one.
    pub(super) fn output_condition(
        &mut self,
        file: usize,
        index: usize,
    ) -> Option<(String, Logic)> {
        let output = &self.templates[file].outputs[index];
        let (condition, scope) = (output.node.get("Condition")?, output.scope.clone());
        let name = self.scalar(condition, &scope).into_owned();
        let logic = self.named_condition(&name, scope.place(&condition.span), &scope);
        Some((name, logic))
    }

    /// The value of an output; `None` where it has none, or hangs on itself.
    pub(super) fn output(&mut self, file: usize, index: usize) -> Option<Value> {
        let output = &mut self.templates[file].outputs[index];
        match &output.value {
            Slot::Done(value) => return value.clone(),
            Slot::Running => return None,
            Slot::Unread => output.value = Slot::Running,
        }
        let (node, scope) = (output.node, output.scope.clone());
        let names = self.names.take();
        let condition = self.output_condition(file, index);
        let unsure = !matches!(condition, None | Some((_, Logic::Known(true))));
        let value = self.supposing(unsure, |session| {
            node.get("Value").and_then(|node| session.value(node, &scope))
        });
        self.names = names;
        self.templates[file].outputs[index].value = Slot::Done(value.clone());
        value
    }

    /// `Fn::ImportValue`.
    pub(super) fn import(&mut self, arg: Arg<'w>, at: Place, scope: &Scope) -> Option<Value> {
        let value = self.arg(arg, scope);
        let Some(name) = value.as_ref().and_then(Value::as_text) else {
            self.invalid(at, "`Fn::ImportValue` takes the name of an export".into());
            let why = "`Fn::ImportValue` is given something else".into();
            return Some(self.opaque(at, scope, why));
        };
        self.read_exports();
        let mut exports = self.exports_named(name);
        let mut refused = None;
        if exports.is_empty() {
            match self.stack_export(name, at) {
                Ok(Some(trusted)) => exports = self.exports_named(&trusted),
                Ok(None) => {}
                Err(why) => refused = Some(why),
            }
        }
        let mut found = Vec::new();
        for export in &exports {
            if let Some(value) = self.output(export.file as usize, export.output) {
                found.push((keys::of(Some(&value)), value, export));
            }
        }
        let alike = found.windows(2).all(|pair| pair[0].0 == pair[1].0);
        if !alike {
            for (name, open) in found.iter().filter_map(|(_, _, export)| export.open.as_ref()) {
                self.record(name, open);
            }
        }
        if alike && let Some((_, value, _)) = found.first() {
            return Some(self.copy(value, at));
        }
        let shown = shorten(&name.to_string());
        let why = if let Some(why) = refused {
            why
        } else if exports.is_empty() {
            format!("no template here exports `{shown}`")
        } else {
            format!("several outputs export `{shown}`, and which of them is made is not known")
        };
        let key = match name.as_known() {
            Some(known) => format!("import {}", keys::quoted(known)),
            None => format!("import {}", keys::of_text(name)),
        };
        let unknown = Unknown {
            key: keys::short(key).into(),
            name: format!("!ImportValue {shown}").into(),
            why: why.into(),
            many: false,
        };
        Some(self.unknown(at, unknown))
    }

    /// The exports that surely have a name.
    fn exports_named(&self, name: &Text) -> Vec<Export> {
        match &self.exports {
            Exports::Done(exports, _) => exports.get(name).cloned().unwrap_or_default(),
            Exports::Unread | Exports::Running => Vec::new(),
        }
    }

    /// Two outputs that surely export the same name.
    pub(super) fn check_exports(&mut self) -> Vec<Diagnostic> {
        self.read_exports();
        let Exports::Done(exports, _) = &self.exports else { return Vec::new() };
        let mut wrong = Vec::new();
        for (name, exports) in exports {
            let sure: Vec<_> = exports.iter().filter(|export| export.open.is_none()).collect();
            let [first, rest @ ..] = sure.as_slice() else { continue };
            for second in rest {
                let message = format!("`{}` is exported twice", shorten(&name.to_string()));
                let source = |export: &Export| &self.world.sources[export.file as usize];
                wrong.push(
                    Diagnostic::error(Code::DuplicateExport, message)
                        .at(source(second), second.place.range(), "second")
                        .related(source(first), first.place.range(), "first"),
                );
            }
        }
        wrong.truncate(MOST_DIAGNOSTICS);
        wrong
    }
}
