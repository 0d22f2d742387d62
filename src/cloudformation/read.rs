//! Reading: what is wrong with templates, all of it at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::session::{MOST_DIAGNOSTICS, Session};
use super::template::{Scope, is_loop};
use super::{Scenario, World, parameters};
use crate::diagnostic::{Code, Diagnostic, Source, nearest};
use crate::prefix::shorten;
use crate::yaml::{self, Kind, Node, Problem, ProblemKind};

const NAME_A_TEMPLATE: &str = "name a CloudFormation template, such as app.yaml";

/// The tree of a template; what is wrong with it is added to `wrong`.
pub(super) fn tree(source: &Arc<Source>, wrong: &mut Vec<Diagnostic>) -> Node {
    let before = wrong.len();
    let (root, problems) = yaml::parse_template(&source.text);
    wrong.extend(problems.into_iter().take(MOST_DIAGNOSTICS).map(|one| problem(source, one)));
    let nothing = Node::new(0..0, Kind::Mapping(Vec::new()));
    match root {
        Some(root) => {
            shape(source, &root, wrong);
            wrong.truncate(before + MOST_DIAGNOSTICS);
            root
        }
        None if wrong.len() == before => {
            let message = "the file is empty, expected a template".to_owned();
            wrong.push(
                Diagnostic::error(Code::NotCloudFormation, message)
                    .at(source, 0..0, "here")
                    .help(NAME_A_TEMPLATE),
            );
            nothing
        }
        None => nothing,
    }
}

/// What is wrong with a text as YAML, for people.
pub(super) fn problem(source: &Arc<Source>, problem: Problem) -> Diagnostic {
    match problem.kind {
        ProblemKind::Syntax(message) => Diagnostic::error(
            Code::YamlSyntax,
            format!("neither YAML nor JSON: {message}"),
        )
        .at(source, problem.span, "found here")
        .help(
            "look at indentation, tabs and quotes here and on the line above, or name another file",
        ),
        ProblemKind::Unsupported(what) => Diagnostic::error(
            Code::UnsupportedYaml,
            format!("{what} is not taken here"),
        )
        .at(source, problem.span, what),
        ProblemKind::DuplicateKey { key, first } => {
            let message = format!("key `{}` stands here for the second time", shorten(&key));
            Diagnostic::error(Code::DuplicateKey, message)
                .at(source, problem.span, "second")
                .related(source, first, "first")
                .help("keep one of the two")
        }
    }
}

/// Whether it looks like a template at all.
pub(super) fn shape(source: &Arc<Source>, root: &Node, wrong: &mut Vec<Diagnostic>) {
    let refusal = |node: &Node, message: String, label: &str| {
        let span = node.span.start..node.span.end.min(node.span.start + 200);
        Diagnostic::error(Code::NotCloudFormation, message).at(source, span, label)
    };
    if !matches!(root.kind, Kind::Mapping(_)) {
        let message = format!("found {}, expected a template", root.describe());
        wrong.push(refusal(root, message, root.describe()).help(NAME_A_TEMPLATE));
        return;
    }
    let Some(resources) = root.get("Resources") else {
        let message = "the template has no `Resources`".to_owned();
        // That of this program is taken for one.
        let help = match root.get("stacks") {
            Some(_) => {
                "of a config the templates are verified that are generated from it: fargate-egress generate"
            }
            None => NAME_A_TEMPLATE,
        };
        wrong.push(refusal(root, message, "nothing to make here").help(help));
        return;
    };
    let mut refuse = |node: &Node, message: String, label: &str| {
        wrong.push(refusal(node, message, label));
    };
    for section in ["Parameters", "Mappings", "Conditions", "Resources", "Outputs"] {
        let Some(node) = root.get(section) else { continue };
        let optional = section != "Resources" && node.is_null();
        if !matches!(node.kind, Kind::Mapping(_)) && !optional {
            let found = node.describe();
            refuse(node, format!("`{section}` is {found}, expected a mapping"), found);
        }
    }
    for entry in resources.entries() {
        if entry.key.starts_with("Fn::") {
            continue;
        }
        let node = &entry.value;
        if !matches!(node.kind, Kind::Mapping(_)) {
            let found = node.describe();
            let message =
                format!("resource `{}` is {found}, expected a mapping", shorten(&entry.key));
            refuse(node, message, found);
            continue;
        }
        match node.get("Type") {
            Some(kind) if kind.text().is_some() => {}
            Some(kind) => {
                let found = kind.describe();
                let key = shorten(&entry.key);
                refuse(kind, format!("the type of `{key}` is {found}, expected a text"), found);
            }
            None if node.get("Fn::Transform").is_some() => {}
            None => {
                let message = format!("resource `{}` has no `Type`", shorten(&entry.key));
                let key = Node::new(entry.key_span.clone(), Kind::Mapping(Vec::new()));
                refuse(&key, message, "no type");
            }
        }
    }
}

/// Everything that is wrong with a world whose files can be read: what is referred to and not
/// there, and functions that are given what they do not take.
pub(super) fn check(world: &World) -> Vec<Diagnostic> {
    let scenario = Scenario::default();
    let mut session = Session::checking(world, &scenario);
    for file in 0..session.templates.len() {
        let names: Vec<String> = session.templates[file].conditions.keys().cloned().collect();
        let scope = Scope { file: u32::try_from(file).unwrap_or(u32::MAX), loops: None };
        for name in names {
            let condition = &session.templates[file].conditions[&name];
            let at = condition.scope.place(&condition.node.span);
            session.named_condition(&name, at, &scope);
        }
        for index in 0..session.templates[file].resources.len() {
            session.resource(file, index);
        }
        for index in 0..session.templates[file].outputs.len() {
            session.output_condition(file, index);
            session.output(file, index);
        }
    }
    let exports = session.check_exports();
    let mut wrong = session.wrong.take().unwrap_or_default();
    wrong.extend(exports);
    wrong.extend(forbidden_values(world));
    wrong
}

/// Given values that a parameter does not allow.
fn forbidden_values(world: &World) -> Vec<Diagnostic> {
    let mut wrong = Vec::new();
    for (root, source) in world.roots.iter().zip(&world.sources) {
        for entry in root.get("Parameters").map_or(&[][..], Node::entries) {
            let Some(given) = world.given.parameters.get(&entry.key) else { continue };
            let kind = parameters::Kind::of(&entry.value);
            let allowed: BTreeSet<&str> = parameters::allowed(&entry.value).collect();
            let span = entry.value.get("AllowedValues").map(|node| node.span.clone());
            let (Some(span), false) = (span, kind.looked_up || allowed.is_empty()) else {
                continue;
            };
            let values: Vec<&str> =
                if kind.many { given.split(',').map(str::trim).collect() } else { vec![given] };
            let forbidden = values.into_iter().filter(|value| !allowed.contains(value));
            for value in forbidden.take(MOST_DIAGNOSTICS.saturating_sub(wrong.len())) {
                let message = format!(
                    "parameter `{}` is given `{}`, which is not one of its allowed values",
                    shorten(&entry.key),
                    shorten(value)
                );
                let mut diagnostic = Diagnostic::error(Code::UnknownValue, message).at(
                    source,
                    span.clone(),
                    "allowed",
                );
                let near = nearest(value, allowed.iter().copied());
                diagnostic.help.extend(near.map(|near| format!("did you mean `{near}`?")));
                let all = allowed.iter().copied().collect::<Vec<_>>().join(", ");
                wrong.push(diagnostic.help(format!("one of {}", shorten(&all))));
            }
        }
    }
    wrong
}

/// Given parameters that no template has.
pub(super) fn unused_parameters(world: &World) -> Vec<Diagnostic> {
    let known: BTreeSet<&str> = world
        .roots
        .iter()
        .flat_map(|root| root.get("Parameters").map_or(&[][..], Node::entries))
        .filter(|entry| !is_loop(entry))
        .map(|entry| entry.key.as_str())
        .collect();
    let given = world.given.parameters.keys();
    let unused = given.filter(|name| !known.contains(name.as_str())).take(MOST_DIAGNOSTICS);
    let unused = unused.map(|name| {
        let message = format!("no template has a parameter `{}`", shorten(name));
        let mut diagnostic = Diagnostic::warning(Code::UnusedParameter, message);
        let near = nearest(name, known.iter().copied());
        diagnostic.help.extend(near.map(|near| format!("did you mean `{near}`?")));
        diagnostic
    });
    unused.collect()
}
