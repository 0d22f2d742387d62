//! Nested stacks whose template is one of the files.
//!
//! `aws cloudformation package` takes a `TemplateURL` that is a path, and a path ends with the name
//! of a file. The values that the outer template gives are those of the parameters of the inner one,
//! and outputs of the inner one are attributes in the outer.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html>

use std::collections::{BTreeMap, BTreeSet};

use super::arg::Arg;
use super::logic::Logic;
use super::session::Session;
use super::template::Scope;
use super::{Kind, Place, Value, World};
use crate::diagnostic::Code;
use crate::prefix::shorten;
use crate::yaml::Node;

/// The resource that deploys a template.
#[derive(Debug)]
pub(super) struct Nested<'w> {
    /// The outer template.
    parent: u32,
    /// The logical id there.
    id: &'w str,
    /// The values that it gives.
    parameters: Option<&'w Node>,
}

/// The templates that exactly one resource of another template deploys, whatever happens.
pub(super) fn links(world: &World) -> BTreeMap<u32, Nested<'_>> {
    let mut by_name: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (file, source) in (0..).zip(&world.sources) {
        by_name.entry(file_name(&source.name)).or_default().push(file);
    }
    let mut links = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (parent, root) in (0..).zip(&world.roots) {
        for entry in root.get("Resources").map_or(&[][..], Node::entries) {
            let node = &entry.value;
            let of_type = node.get("Type").and_then(Node::text);
            let properties = node.get("Properties").filter(|node| is_plain(node));
            let (Some("AWS::CloudFormation::Stack"), Some(properties)) = (of_type, properties)
            else {
                continue;
            };
            let url = properties.get("TemplateURL").and_then(|url| Arg::new(url).text());
            let name = url.filter(|url| is_relative(url)).map(file_name);
            let Some([file]) = name.and_then(|name| by_name.get(name)).map(Vec::as_slice) else {
                continue;
            };
            // The resources of a template that is deployed twice are here once.
            if !seen.insert(*file) {
                links.remove(file);
                continue;
            }
            let parameters = properties.get("Parameters");
            if node.get("Condition").is_none() && parameters.is_none_or(is_plain) {
                links.insert(*file, Nested { parent, id: &entry.key, parameters });
            }
        }
    }
    let circles: Vec<u32> =
        links.keys().copied().filter(|file| is_within_itself(&links, *file)).collect();
    links.retain(|file, _| !circles.contains(file));
    links
}

impl World {
    /// The nested stacks whose templates are none of the files: the name of each, and that of its file
    /// where it is written out.
    pub fn unread_stacks(&self) -> Vec<(&str, Option<&str>)> {
        let given: BTreeSet<&str> =
            self.sources.iter().map(|source| file_name(&source.name)).collect();
        let resources = self.roots.iter().filter_map(|root| root.get("Resources"));
        let stacks = resources.flat_map(Node::entries).filter(|entry| {
            entry.value.get("Type").and_then(Node::text) == Some("AWS::CloudFormation::Stack")
        });
        let with_files = stacks.map(|entry| {
            let url = entry.value.get("Properties").and_then(|all| all.get("TemplateURL"));
            (&*entry.key, url.and_then(|url| Arg::new(url).text()).map(file_name))
        });
        with_files.filter(|(_, file)| file.is_none_or(|file| !given.contains(file))).collect()
    }
}

/// Whether it is written out, and no function or macro makes it or a part of it.
fn is_plain(node: &Node) -> bool {
    let computed = |key: &str| key == "Ref" || key.starts_with("Fn::");
    node.tag.is_none() && !node.entries().iter().any(|entry| computed(&entry.key))
}

fn is_relative(url: &str) -> bool {
    !url.contains(':') && !url.starts_with('/')
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Whether a template is deployed by itself, with others between or not.
fn is_within_itself(links: &BTreeMap<u32, Nested<'_>>, file: u32) -> bool {
    let outer = |file: &u32| links.get(file).map(|link| link.parent);
    let outside = std::iter::successors(outer(&file), outer);
    outside.take(links.len()).any(|one| one == file)
}

impl Session<'_> {
    /// The template that a resource deploys, if it is one of the files.
    pub(super) fn nested_of(&self, parent: u32, id: &str) -> Option<u32> {
        let mut all = self.nested.iter();
        all.find(|(_, link)| link.parent == parent && link.id == id).map(|(file, _)| *file)
    }

    /// What the outer template gives for a parameter; `None` where it gives nothing.
    pub(super) fn nested_parameter(
        &mut self,
        name: &str,
        many: bool,
        at: Place,
        scope: &Scope,
    ) -> Option<Value> {
        let link = self.nested.get(&scope.file)?;
        let node = link.parameters?.get(name)?;
        let outer = Scope { file: link.parent, loops: None };
        let names = self.names.take();
        let value = self.supposing(false, |session| session.value(node, &outer));
        self.names = names;
        let value = self.copy(&value?, at);
        if !many || value.as_text().is_none() {
            return Some(value);
        }
        let Some(known) = value.as_known() else {
            return Some(self.split_at_commas(&value, at, scope));
        };
        let items = known.split(',').map(|item| Value::text(at, super::Text::known(item.trim())));
        Some(Value { place: at, kind: Kind::List(items.collect()) })
    }

    /// What `Outputs.Name` of a nested stack is; `None` where it is something else, or not known to
    /// be there.
    pub(super) fn nested_output(
        &mut self,
        id: &str,
        name: &str,
        at: Place,
        scope: &Scope,
    ) -> Option<Value> {
        let name = name.strip_prefix("Outputs.")?;
        let file = self.nested_of(scope.file, id)? as usize;
        let template = &self.templates[file];
        let Some(index) = template.outputs.iter().position(|output| output.name == name) else {
            if self.expanded && !template.open {
                let known = template.outputs.iter().map(|output| &*output.name);
                let help = self.did_you_mean(at, name, known);
                let source = &self.world.sources[file].name;
                let message = format!("{source} has no output `{}`", shorten(name));
                self.report(at, Code::UnknownReference, message, "not in its `Outputs`", help);
            }
            return None;
        };
        if !matches!(self.output_condition(file, index), None | Some((_, Logic::Known(true)))) {
            return None;
        }
        let value = self.output(file, index)?;
        Some(self.copy(&value, at))
    }
}
