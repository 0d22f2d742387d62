//! The JSON of `aws ecs describe-task-definition`, as the template that it could stand in.
//!
//! What the API calls `containerDefinitions` is `ContainerDefinitions` in a template, and means the
//! same. So there is one reader of task definitions, and this only renames keys; every node keeps
//! its place.

use std::sync::Arc;

use super::read;
use crate::diagnostic::{Code, Diagnostic, Source};
use crate::prefix::shorten;
use crate::yaml::{Entry, Kind, Node, parse_template};

/// How a value is renamed.
enum Shape {
    /// Not at all: it is a text, or keys of the user's.
    Whole,
    /// These keys, each with its name in a template; others are left out.
    Fields(&'static [(&'static str, &'static str, Shape)]),
    /// Every item of a list.
    Each(&'static Shape),
}

use Shape::{Each, Fields, Whole};

const SECRETS: Shape = Each(&Fields(&[("name", "Name", Whole), ("valueFrom", "ValueFrom", Whole)]));

const CONTAINER: Shape = Fields(&[
    ("name", "Name", Whole),
    ("image", "Image", Whole),
    ("secrets", "Secrets", SECRETS),
    (
        "repositoryCredentials",
        "RepositoryCredentials",
        Fields(&[("credentialsParameter", "CredentialsParameter", Whole)]),
    ),
    (
        "environmentFiles",
        "EnvironmentFiles",
        Each(&Fields(&[("type", "Type", Whole), ("value", "Value", Whole)])),
    ),
    (
        "logConfiguration",
        "LogConfiguration",
        Fields(&[
            ("logDriver", "LogDriver", Whole),
            ("options", "Options", Whole),
            ("secretOptions", "SecretOptions", SECRETS),
        ]),
    ),
    (
        "firelensConfiguration",
        "FirelensConfiguration",
        Fields(&[("type", "Type", Whole), ("options", "Options", Whole)]),
    ),
]);

/// What is read of a task definition. Source:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html>
const DEFINITION: Shape = Fields(&[
    ("taskDefinitionArn", "TaskDefinitionArn", Whole),
    ("family", "Family", Whole),
    ("executionRoleArn", "ExecutionRoleArn", Whole),
    ("taskRoleArn", "TaskRoleArn", Whole),
    ("networkMode", "NetworkMode", Whole),
    ("cpu", "Cpu", Whole),
    ("memory", "Memory", Whole),
    (REQUIRES, "RequiresCompatibilities", Whole),
    (
        "runtimePlatform",
        "RuntimePlatform",
        Fields(&[("operatingSystemFamily", "OperatingSystemFamily", Whole)]),
    ),
    (
        "volumes",
        "Volumes",
        Each(&Fields(&[
            ("name", "Name", Whole),
            (
                "efsVolumeConfiguration",
                "EFSVolumeConfiguration",
                Fields(&[("fileSystemId", "FilesystemId", Whole)]),
            ),
        ])),
    ),
    (CONTAINERS, "ContainerDefinitions", Each(&CONTAINER)),
]);

const CONTAINERS: &str = "containerDefinitions";
const REQUIRES: &str = "requiresCompatibilities";

/// The tree of a template, or of a task definition as the template that it could stand in; what is
/// wrong with it is added to `wrong`.
pub(super) fn tree(source: &Arc<Source>, wrong: &mut Vec<Diagnostic>) -> Node {
    let (root, problems) = parse_template(&source.text);
    let definition = root.as_ref().and_then(|root| match root.get("taskDefinition") {
        Some(described) => Some(described),
        None => (root.get(CONTAINERS).is_some() || root.get("family").is_some()).then_some(root),
    });
    let is_yaml = problems.is_empty();
    let Some(definition) = definition.filter(|_| is_yaml) else {
        return match &root {
            Some(root) if root.get("Resources").is_none() => {
                not_a_definition(source, Some(root), wrong)
            }
            None if is_yaml => not_a_definition(source, None, wrong),
            _ => read::tree(source, wrong),
        };
    };
    let Some(properties) = renamed(source, definition, &DEFINITION, wrong) else {
        return nothing();
    };
    template(definition, properties)
}

fn nothing() -> Node {
    Node::new(0..0, Kind::Mapping(Vec::new()))
}

/// Says what a file has that is neither of the two; `None` where it has nothing.
fn not_a_definition(
    source: &Arc<Source>,
    root: Option<&Node>,
    wrong: &mut Vec<Diagnostic>,
) -> Node {
    let found = match root.map(|root| (root, &root.kind)) {
        None => "an empty file".to_owned(),
        Some((_, Kind::Mapping(entries))) if entries.is_empty() => "an empty mapping".to_owned(),
        Some((_, Kind::Mapping(entries))) => {
            let keys = entries.iter().take(3).map(|entry| format!("`{}`", shorten(&entry.key)));
            format!("a mapping with {}", keys.collect::<Vec<_>>().join(", "))
        }
        Some((root, _)) => root.describe().to_owned(),
    };
    let message = format!("found {found}, expected a template or a task definition");
    let span = root.map_or(0..0, |root| root.span.start..root.span.end.min(root.span.start + 200));
    let label = root.map_or("nothing", Node::describe);
    let diagnostic = Diagnostic::error(Code::NotTaskDefinition, message).at(source, span, label);
    let diagnostic = if root.is_some_and(|root| matches!(root.kind, Kind::Sequence(_))) {
        diagnostic.help("if these are the containers: {\"containerDefinitions\": […]}")
    } else {
        diagnostic
    };
    wrong.push(
        diagnostic
            .help("aws ecs describe-task-definition --task-definition NAME > definition.json"),
    );
    nothing()
}

/// A value with the keys of a template; `None` where it is nothing, or of another kind, which is
/// recorded then.
fn renamed(
    source: &Arc<Source>,
    node: &Node,
    shape: &Shape,
    wrong: &mut Vec<Diagnostic>,
) -> Option<Node> {
    if node.is_null() {
        return None;
    }
    let kind = match (shape, &node.kind) {
        (Whole, kind) => kind.clone(),
        (Each(item), Kind::Sequence(items)) => Kind::Sequence(
            items.iter().filter_map(|node| renamed(source, node, item, wrong)).collect(),
        ),
        (Fields(fields), Kind::Mapping(entries)) => {
            let entries = entries.iter().filter_map(|entry| {
                let (_, name, shape) = fields.iter().find(|(key, ..)| *key == entry.key)?;
                let value = renamed(source, &entry.value, shape, wrong)?;
                Some(Entry { key: (*name).to_owned(), key_span: entry.key_span.clone(), value })
            });
            Kind::Mapping(entries.collect())
        }
        (Each(_), _) | (Fields(_), _) => {
            let expected = if matches!(shape, Each(_)) { "a list" } else { "a mapping" };
            let message = format!("found {}, expected {expected}", node.describe());
            wrong.push(
                Diagnostic::error(Code::NotTaskDefinition, message)
                    .at(source, node.span.clone(), node.describe())
                    .help("aws ecs describe-task-definition prints it as it has to be"),
            );
            return None;
        }
    };
    Some(Node { span: node.span.clone(), tag: node.tag.clone(), kind })
}

/// A template that makes the definition. What does not say where it runs is for Fargate, or nobody
/// would ask.
fn template(definition: &Node, mut properties: Node) -> Node {
    let span = definition.span.clone();
    let entry = |key: &str, kind: Kind| Entry {
        key: key.to_owned(),
        key_span: span.clone(),
        value: Node::new(span.clone(), kind),
    };
    let text = |text: &str| Kind::Scalar { text: text.to_owned(), plain: false };
    if let Kind::Mapping(entries) = &mut properties.kind
        && definition.get(REQUIRES).is_none_or(|requires| {
            requires.is_null() || matches!(&requires.kind, Kind::Sequence(all) if all.is_empty())
        })
    {
        entries.retain(|entry| entry.key != "RequiresCompatibilities");
        entries.push(entry("RequiresCompatibilities", text("FARGATE")));
    }
    let family = definition.entry("family");
    let name = family.and_then(|family| family.value.text()).filter(|name| !name.contains(':'));
    let resource = Entry {
        key: name.unwrap_or("TaskDefinition").to_owned(),
        key_span: family.map_or(span.clone(), |family| family.value.span.clone()),
        value: Node::new(
            span.clone(),
            Kind::Mapping(vec![
                entry("Type", text("AWS::ECS::TaskDefinition")),
                Entry { key: "Properties".to_owned(), key_span: span.clone(), value: properties },
            ]),
        ),
    };
    let resources = entry("Resources", Kind::Mapping(vec![resource]));
    Node::new(span, Kind::Mapping(vec![resources]))
}
