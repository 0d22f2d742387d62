//! Parameters of templates, and files with values for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::session::MOST_DIAGNOSTICS;
use crate::diagnostic::{Code, Diagnostic, Source, byte_at};
use crate::prefix::shorten;
use crate::yaml::{self, Node};

/// What a file with values looks like.
const EXAMPLE: &str = r#"[{"ParameterKey": "VpcId", "ParameterValue": "vpc-0a1b2c3d4e5f60718"}]"#;

/// What a parameter's `Type` says of its value.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    /// It is a list.
    pub(super) many: bool,
    /// What is given is the name of a parameter of Parameter Store.
    pub(super) looked_up: bool,
}

impl Kind {
    /// That of a parameter.
    pub(super) fn of(parameter: &Node) -> Kind {
        let name = parameter.get("Type").and_then(Node::text).unwrap_or("String");
        let stored = name.strip_prefix("AWS::SSM::Parameter::Value<");
        let value = stored.map_or(name, |value| value.strip_suffix('>').unwrap_or(value));
        Kind {
            many: value == "CommaDelimitedList" || value.starts_with("List<"),
            looked_up: stored.is_some(),
        }
    }
}

/// The `AllowedValues` of a parameter; none where anything is allowed.
pub(super) fn allowed(parameter: &Node) -> impl Iterator<Item = &str> {
    parameter.get("AllowedValues").map_or(&[][..], Node::items).iter().filter_map(Node::text)
}

/// The values of parameters in a JSON file of one of the forms that go with templates: the list of
/// `aws cloudformation create-stack`, with objects of `ParameterKey` and `ParameterValue`; the list
/// of `aws cloudformation deploy`, with texts such as `Key=value`; the object of a template
/// configuration of CodePipeline, with `Parameters`; that of `--cli-input-json`, whose `Parameters` are
/// the list of `create-stack`; what `aws cloudformation describe-stacks` says of one stack; or an
/// object of keys and values.
///
/// A parameter that keeps its previous value has none here.
///
/// # Errors
/// What is not of such a form, all of it at once.
pub fn parameters_of_file(
    source: &Arc<Source>,
) -> Result<BTreeMap<String, String>, Vec<Diagnostic>> {
    let (root, problems) = yaml::parse_template(&source.text);
    let mut file = File { source, values: BTreeMap::new(), wrong: Vec::new() };
    let syntax =
        problems.iter().any(|problem| matches!(problem.kind, yaml::ProblemKind::Syntax(_)));
    let scalar = root.as_ref().is_some_and(|root| root.text().is_some());
    if (syntax || scalar) && file.is_no_json() {
        return Err(file.wrong);
    }
    file.wrong =
        problems.into_iter().map(|problem| super::read::problem(source, problem)).collect();
    match root {
        Some(root) => file.root(&root),
        None if file.wrong.is_empty() => file.refuse(0..0, "nothing"),
        None => {}
    }
    file.wrong.truncate(MOST_DIAGNOSTICS);
    if file.wrong.is_empty() { Ok(file.values) } else { Err(file.wrong) }
}

struct File<'s> {
    source: &'s Arc<Source>,
    values: BTreeMap<String, String>,
    wrong: Vec<Diagnostic>,
}

impl File<'_> {
    fn refuse(&mut self, span: std::ops::Range<usize>, found: &str) {
        let message = format!("found {found}, expected values of parameters");
        self.wrong.push(
            Diagnostic::error(Code::InvalidParameters, message)
                .at(self.source, span, found)
                .help(EXAMPLE),
        );
    }

    /// Whether it is not JSON, which is then said.
    fn is_no_json(&mut self) -> bool {
        let text = &self.source.text;
        let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) else { return false };
        let start = byte_at(text, error.line(), error.column());
        let end = text[start..].chars().next().map_or(start, |letter| start + letter.len_utf8());
        let reason = error.to_string();
        let reason = reason.rsplit_once(" at line ").map_or(&*reason, |(reason, _)| reason);
        self.wrong.push(
            Diagnostic::error(
                Code::InvalidParameters,
                format!("the values are not JSON: {reason}"),
            )
            .at(self.source, start..end, "found here")
            .help(EXAMPLE),
        );
        true
    }

    fn root(&mut self, root: &Node) {
        match &root.kind {
            yaml::Kind::Sequence(items) => items.iter().for_each(|item| self.item(item)),
            yaml::Kind::Mapping(_) => {
                let stack = match root.get("Stacks").map(|stacks| (stacks, stacks.items())) {
                    Some((_, [stack])) if stack.get("StackName").is_some() => stack,
                    Some((stacks, [_, _, ..])) if stacks.items()[0].get("StackName").is_some() => {
                        return self.refuse(stacks.span.clone(), "several stacks");
                    }
                    _ => root,
                };
                let parameters = stack.get("Parameters").filter(|node| node.text().is_none());
                match parameters.map(|node| &node.kind) {
                    Some(yaml::Kind::Sequence(items)) => {
                        items.iter().for_each(|item| self.item(item));
                    }
                    // A stack without parameters has none.
                    None if !std::ptr::eq(stack, root) => {}
                    _ => {
                        for entry in parameters.unwrap_or(root).entries() {
                            self.value(&entry.key, &entry.value);
                        }
                    }
                }
            }
            yaml::Kind::Scalar { .. } => self.refuse(root.span.clone(), root.describe()),
        }
    }

    fn item(&mut self, item: &Node) {
        if let Some(text) = item.text() {
            match text.split_once('=') {
                Some((key, value)) => self.insert(key, value, item),
                None => {
                    let found = item.describe();
                    let is_text = found == "a text";
                    self.refuse(
                        item.span.clone(),
                        if is_text { "a text without `=`" } else { found },
                    );
                }
            }
            return;
        }
        let previous = item.get("UsePreviousValue").and_then(Node::text);
        match (item.get("ParameterKey").and_then(Node::text), item.get("ParameterValue")) {
            (Some(key), Some(value)) => self.value(key, value),
            (Some(_), None) if previous.is_some_and(|text| text.eq_ignore_ascii_case("true")) => {}
            _ => self.refuse(item.span.clone(), item.describe()),
        }
    }

    fn value(&mut self, key: &str, value: &Node) {
        if let Some(text) = value.text() {
            return self.insert(key, text, value);
        }
        // `deploy` joins a list with commas.
        let texts: Option<Vec<&str>> = match &value.kind {
            yaml::Kind::Sequence(items) => items.iter().map(Node::text).collect(),
            _ => None,
        };
        match texts {
            Some(texts) => self.insert(key, &texts.join(","), value),
            None => self.refuse(value.span.clone(), value.describe()),
        }
    }

    fn insert(&mut self, key: &str, value: &str, at: &Node) {
        if self.values.insert(key.to_owned(), value.to_owned()).is_some() {
            let message = format!("parameter `{}` is given twice", shorten(key));
            self.wrong.push(Diagnostic::error(Code::DuplicateKey, message).at(
                self.source,
                at.span.clone(),
                "second",
            ));
        }
    }
}
