//! Resources, and places where some may be made that cannot be seen.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::logic::Logic;
use super::session::Session;
use super::template::transform_name;
use super::{Kind, Made, Resource, Value};
use crate::diagnostic::Code;
use crate::prefix::shorten;
use crate::yaml::Node;

/// Types that make resources of templates that are not here.
const ELSEWHERE: [&str; 3] =
    ["AWS::CloudFormation::Stack", "AWS::CloudFormation::StackSet", "AWS::Serverless::Application"];

/// Whether a resource makes others that cannot be seen; a type that ends so is a module.
pub(super) fn hides(kind: &str) -> bool {
    ELSEWHERE.contains(&kind) || kind.ends_with("::MODULE")
}

impl<'w> Session<'w> {
    /// A resource; `None` where its condition does not hold.
    pub(super) fn resource(&mut self, file: usize, index: usize) -> Option<Resource> {
        let made = self.made(file, index);
        if made.is_none() && self.wrong.is_none() {
            return None;
        }
        self.names = Some(BTreeSet::new());
        let item = &self.templates[file].resources[index];
        let (node, place, scope) = (item.node, item.place, item.scope.clone());
        let (id, kind) = (item.id.clone(), item.kind.clone().into_owned());
        let unsure = !matches!(made, Some(Made::Surely));
        let properties = self.supposing(unsure, |session| {
            node.get("Properties").and_then(|node| session.value(node, &scope))
        });
        let mut names = self.names.take().unwrap_or_default();
        names.extend(self.depends_on(file, index));
        if let Some(entry) = node.entry("Fn::Transform") {
            let name = transform_name(&entry.value);
            let why = format!("the macro `{}` may change `{}`", shorten(&name), shorten(&id));
            self.hidden.push((scope.place(&entry.key_span), why));
        }
        let properties = properties.unwrap_or(Value { place, kind: Kind::Map(Vec::new()) });
        let file = scope.file;
        Some(Resource { file, id, place, kind, made: made?, properties, names })
    }

    /// Whether a resource is made; `None` where it is not.
    pub(super) fn made(&mut self, file: usize, index: usize) -> Option<Made> {
        let item = &self.templates[file].resources[index];
        let scope = item.scope.clone();
        let Some(condition) = item.node.get("Condition") else { return Some(Made::Surely) };
        let name = self.scalar(condition, &scope);
        match self.named_condition(&name, scope.place(&condition.span), &scope) {
            Logic::Known(true) => Some(Made::Surely),
            Logic::Known(false) => None,
            Logic::Open(open) => {
                self.record(&name, &open);
                Some(Made::Perhaps(open.unknown(&name)))
            }
        }
    }

    fn depends_on(&mut self, file: usize, index: usize) -> Vec<Arc<str>> {
        let item = &self.templates[file].resources[index];
        let scope = item.scope.clone();
        let Some(node) = item.node.get("DependsOn") else { return Vec::new() };
        let one = std::slice::from_ref(node);
        let nodes: &[Node] = if node.text().is_some() { one } else { node.items() };
        let mut ids = Vec::new();
        for node in nodes {
            let name = self.scalar(node, &scope);
            let template = &self.templates[file];
            if let Some(index) = template.resource(&name) {
                ids.push(template.resources[index].id.clone());
            } else if !template.open && node.text().is_some() {
                let known = template.resources.iter().map(|item| &*item.id);
                let at = scope.place(&node.span);
                let help = self.did_you_mean(at, &name, known);
                let message = format!("there is no resource `{}`", shorten(&name));
                self.report(at, Code::UnknownReference, message, "not in `Resources`", help);
            }
        }
        ids
    }
}
