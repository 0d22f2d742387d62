//! A template as a file has it: with places, and its values as those of a plan.

use std::sync::Arc;

use crate::config::StackName;
use crate::diagnostic::Source;
use crate::plan::{LogicalId, Value};
use crate::yaml::{self, Kind, Node, Problem};

/// A template, in YAML or in JSON.
pub struct Template {
    pub(super) source: Arc<Source>,
    pub(super) root: Node,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// The file is none; what is wrong with it, where it is not just empty.
    pub fn read(source: &Arc<Source>) -> Result<Template, Option<Problem>> {
        let (root, problems) = yaml::parse_template(&source.text);
        match root {
            Some(root) => Ok(Template { source: Arc::clone(source), root }),
            None => Err(problems.into_iter().next()),
        }
    }

    /// The stack that it says it was generated for; `None` if it says nothing of it.
    pub fn stack(&self) -> Option<StackName> {
        let metadata = self.root.get("Metadata")?.get("FargateEgress")?;
        metadata.get("Stack")?.text()?.parse().ok()
    }

    /// Whether it is what was rendered: byte for byte in YAML, as `check` has it, and by what it says
    /// in JSON.
    pub fn is(&self, rendered: &Arc<Source>) -> bool {
        let text = &self.source.text;
        let says_the_same = || {
            let rendered = Template::read(rendered);
            rendered.is_ok_and(|rendered| plain(&rendered.root) == plain(&self.root))
        };
        *text == rendered.text || (text.trim_start().starts_with('{') && says_the_same())
    }
}

/// A tree without places, with tags as the functions that they are short for.
fn plain(node: &Node) -> serde_json::Value {
    let value = match &node.kind {
        Kind::Scalar { text, .. } => text.as_str().into(),
        Kind::Sequence(items) => items.iter().map(plain).collect(),
        Kind::Mapping(entries) => {
            entries.iter().map(|entry| (entry.key.clone(), plain(&entry.value))).collect()
        }
    };
    let Some(tag) = node.tag.as_deref() else { return value };
    let value = match (tag, &value) {
        ("GetAtt", serde_json::Value::String(text)) => {
            text.splitn(2, '.').map(serde_json::Value::from).collect()
        }
        _ => value,
    };
    let name =
        if matches!(tag, "Ref" | "Condition") { tag.to_owned() } else { format!("Fn::{tag}") };
    serde_json::json!({ name: value })
}

/// The other end of a rule of a file. A rule under a condition is the second of its `Fn::If`.
pub(super) fn peer_of(rule: &Node) -> Option<Value> {
    const PEERS: &[&str] = &[
        "CidrIp",
        "CidrIpv6",
        "SourceSecurityGroupId",
        "DestinationSecurityGroupId",
        "SourcePrefixListId",
        "DestinationPrefixListId",
    ];
    let choice = if rule.tag.as_deref() == Some("If") { Some(rule) } else { rule.get("Fn::If") };
    let rule = match choice {
        Some(choice) => choice.items().get(1)?,
        None => rule,
    };
    PEERS.iter().find_map(|key| rule.get(key)).and_then(value)
}

/// A value of a template as a plan has it, in YAML or in JSON.
fn value(node: &Node) -> Option<Value> {
    let (name, argument) = match (node.tag.as_deref(), node.entries()) {
        (Some(tag), _) => (tag, node),
        (None, [only]) => (only.key.strip_prefix("Fn::").unwrap_or(&only.key), &only.value),
        (None, _) => return node.text().map(|text| Value::Literal(text.to_owned())),
    };
    let items = argument.items();
    match name {
        "Ref" => argument.text().map(|text| Value::Ref(LogicalId::of(text))),
        "Sub" => argument.text().map(|text| Value::Sub(text.to_owned())),
        "ImportValue" => argument.text().map(|text| Value::Import(text.to_owned())),
        "GetAtt" => {
            let id = match argument.text() {
                Some(text) => text.strip_suffix(".GroupId")?,
                None => items.first()?.text()?,
            };
            Some(Value::GroupId(LogicalId::of(id)))
        }
        "FindInMap" => Some(Value::PerRegion(LogicalId::of(items.get(2)?.text()?))),
        _ => None,
    }
}
