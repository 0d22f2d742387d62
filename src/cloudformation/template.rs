//! The sections of one template.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::logic::Logic;
use super::{Place, Value};
use crate::yaml::{Entry, Node};

/// What a `Fn::ForEach` begins with, before its name.
pub(super) const FOR_EACH: &str = "Fn::ForEach::";

/// Where something is evaluated: the file, and the loops around it.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    pub(super) file: u32,
    pub(super) loops: Option<Rc<Loop>>,
}

/// One turn of a `Fn::ForEach`.
#[derive(Debug)]
pub(super) struct Loop {
    pub(super) id: String,
    pub(super) value: String,
    pub(super) outer: Option<Rc<Loop>>,
}

impl Scope {
    /// The place of some bytes.
    pub(super) fn place(&self, span: &Range<usize>) -> Place {
        place(self.file, span)
    }

    /// The loops around, from the innermost.
    pub(super) fn loops(&self) -> impl Iterator<Item = &Loop> {
        std::iter::successors(self.loops.as_deref(), |one| one.outer.as_deref())
    }
}

/// The place of bytes of a file.
pub(super) fn place(file: u32, span: &Range<usize>) -> Place {
    let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Place { file, start: number(span.start), end: number(span.end) }
}

/// What is evaluated once.
#[derive(Debug, Clone, Default)]
pub(super) enum Slot<T> {
    /// Nobody asked yet.
    #[default]
    Unread,
    /// Somebody asked, and the answer depends on itself if they ask again.
    Running,
    /// The answer.
    Done(T),
}

/// A parameter.
#[derive(Debug)]
pub(super) struct Parameter<'w> {
    pub(super) node: &'w Node,
    pub(super) value: Option<Value>,
}

/// A condition.
#[derive(Debug)]
pub(super) struct Condition<'w> {
    pub(super) node: &'w Node,
    pub(super) scope: Scope,
    pub(super) logic: Slot<Logic>,
}

/// A resource.
#[derive(Debug)]
pub(super) struct Item<'w> {
    pub(super) id: Arc<str>,
    pub(super) place: Place,
    pub(super) kind: Cow<'w, str>,
    pub(super) node: &'w Node,
    pub(super) scope: Scope,
    /// Properties that `Fn::GetAtt` asked for; `None` where one is left out.
    pub(super) read: BTreeMap<&'static str, Slot<Option<Value>>>,
}

/// An output.
#[derive(Debug)]
pub(super) struct Output<'w> {
    pub(super) name: String,
    pub(super) node: &'w Node,
    pub(super) scope: Scope,
    pub(super) value: Slot<Option<Value>>,
}

/// What a template has.
#[derive(Debug)]
pub(super) struct Template<'w> {
    pub(super) root: &'w Node,
    pub(super) parameters: BTreeMap<&'w str, Parameter<'w>>,
    pub(super) mappings: BTreeMap<&'w str, &'w Node>,
    pub(super) conditions: BTreeMap<String, Condition<'w>>,
    pub(super) resources: Vec<Item<'w>>,
    pub(super) by_id: BTreeMap<Arc<str>, usize>,
    pub(super) outputs: Vec<Output<'w>>,
    /// Whether a macro may add what is referred to here.
    pub(super) open: bool,
    /// Where resources may be made that cannot be seen.
    pub(super) hidden: Vec<(Place, String)>,
}

/// Transforms that add nothing at all.
const ADD_NOTHING: [&str; 1] = ["AWS::LanguageExtensions"];

/// Transforms that add resources, and none of the network.
const ADD_NO_NETWORK: [&str; 4] = [
    "AWS::Serverless-2016-10-31",
    "AWS::SecretsManager-2020-07-23",
    "AWS::SecretsManager-2024-09-16",
    "AWS::CodeDeployBlueGreen",
];

impl<'w> Template<'w> {
    /// What stands in a file, loops aside.
    pub(super) fn of(root: &'w Node, file: u32) -> Template<'w> {
        let section = |name: &str| root.get(name).map_or(&[][..], Node::entries);
        let plain =
            |name: &str| section(name).iter().filter(|entry| !entry.key.starts_with("Fn::"));
        let mut template = Template {
            root,
            parameters: plain("Parameters")
                .map(|entry| (&*entry.key, Parameter { node: &entry.value, value: None }))
                .collect(),
            mappings: plain("Mappings").map(|entry| (&*entry.key, &entry.value)).collect(),
            conditions: BTreeMap::new(),
            resources: Vec::new(),
            by_id: BTreeMap::new(),
            outputs: Vec::new(),
            open: false,
            hidden: Vec::new(),
        };
        let included = ["Parameters", "Mappings", "Conditions", "Resources", "Outputs"];
        template.open = included
            .iter()
            .any(|name| section(name).iter().any(|entry| entry.key == "Fn::Transform"));
        template.macros(root, file);
        template
    }

    fn macros(&mut self, root: &'w Node, file: u32) {
        if let Some(entry) = root.entry("Fn::Transform") {
            self.hide(file, &entry.key_span, &transform_name(&entry.value));
        }
        if let Some(entry) = root.get("Resources").and_then(|node| node.entry("Fn::Transform")) {
            self.hide(file, &entry.key_span, &transform_name(&entry.value));
        }
        let Some(node) = root.get("Transform").filter(|node| !node.is_null()) else { return };
        let one = std::slice::from_ref(node);
        let transforms = if node.items().is_empty() { one } else { node.items() };
        for transform in transforms {
            let name = transform_name(transform);
            if ADD_NOTHING.contains(&&*name) {
                continue;
            }
            if ADD_NO_NETWORK.contains(&&*name) {
                self.open = true;
            } else {
                self.hide(file, &transform.span, &name);
            }
        }
    }

    fn hide(&mut self, file: u32, span: &Range<usize>, name: &str) {
        self.open = true;
        self.hidden.push((place(file, span), format!("the macro `{name}` may add resources")));
    }

    /// A resource by its logical id.
    pub(super) fn resource(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }
}

/// The name of a macro: a text, or the `Name` of a mapping.
pub(super) fn transform_name(node: &Node) -> Cow<'_, str> {
    let named = node.text().or_else(|| node.get("Name").and_then(Node::text));
    Cow::Borrowed(named.unwrap_or("?"))
}

/// Whether an entry is a loop.
pub(super) fn is_loop(entry: &Entry) -> bool {
    entry.key.starts_with(FOR_EACH)
}
