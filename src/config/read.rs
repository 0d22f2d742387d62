//! From the text of a config to its values: the shapes every section shares.
//!
//! Decoded by hand from the tree and not by serde, because serde stops at the first error.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use super::{Config, Form, Located, StackName, stack};
use crate::diagnostic::{Code, Diagnostic, Source, has_errors, nearest};
use crate::prefix::shorten;
use crate::yaml::{self, Entry, Kind, Node, ProblemKind, ScalarType};

/// Most errors that are collected from one file; what comes after them is more of the same.
const MOST_DIAGNOSTICS: usize = 100;

/// Reads a config.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file.
pub fn parse(source: &Arc<Source>) -> Result<Config, Vec<Diagnostic>> {
    let mut reader = Reader { source: Arc::clone(source), diagnostics: Vec::new() };
    let (root, problems) = yaml::parse(&source.text);
    for problem in problems.into_iter().take(MOST_DIAGNOSTICS) {
        reader.yaml_problem(problem);
    }
    // What is not YAML has no keys to speak of.
    let not_yaml = root.is_none() && has_errors(&reader.diagnostics);
    let config = if not_yaml { None } else { reader.config(root.as_ref()) };
    reader
        .diagnostics
        .sort_by_key(|diagnostic| diagnostic.primary.as_ref().map_or(0, |label| label.span.start));
    match config {
        Some(config) if reader.diagnostics.is_empty() => Ok(config),
        _ => Err(reader.diagnostics),
    }
}

/// Collects what is wrong while values are read.
pub(super) struct Reader {
    pub(super) source: Arc<Source>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// The entries of a mapping whose keys have been checked.
#[derive(Clone)]
pub(super) struct Fields<'n> {
    /// The way to the mapping.
    pub(super) path: String,
    /// What an absent key is blamed on.
    pub(super) span: Range<usize>,
    entries: &'n [Entry],
}

impl<'n> Fields<'n> {
    /// The value under a key, with the way to it.
    pub(super) fn get(&self, key: &str) -> Option<(&'n Node, String)> {
        let entry = self.entry(key)?;
        Some((&entry.value, self.path_to(key)))
    }

    /// The entry of a key.
    pub(super) fn entry(&self, key: &str) -> Option<&'n Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The way to a key, also to one that is not there.
    pub(super) fn path_to(&self, key: &str) -> String {
        join(&self.path, key)
    }

    /// A default, at the place where it could have been overridden.
    pub(super) fn default<T>(&self, key: &str, value: T) -> Located<T> {
        Located { value, span: self.span.clone(), path: self.path_to(key) }
    }
}

/// `path.key`, with a key that has dots in it in brackets, as `jq` and the AWS CLI write it.
pub(crate) fn join(path: &str, key: &str) -> String {
    let mut joined = path.to_owned();
    if key.contains('.') {
        let _ = write!(joined, "[{key}]");
    } else {
        let _ = write!(joined, "{}{key}", if path.is_empty() { "" } else { "." });
    }
    joined
}

impl Reader {
    /// Records an error at a place.
    pub(super) fn error(
        &mut self,
        code: Code,
        span: Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
        help: Option<String>,
    ) {
        let mut diagnostic = Diagnostic::error(code, message).at(&self.source, span, label);
        diagnostic.help.extend(help);
        self.record(diagnostic);
    }

    fn yaml_problem(&mut self, problem: yaml::Problem) {
        let source = Arc::clone(&self.source);
        let diagnostic = match problem.kind {
            ProblemKind::Syntax(message) => {
                Diagnostic::error(Code::YamlSyntax, format!("not YAML: {message}"))
                    .at(&source, problem.span, "found here")
                    .help("look at indentation, tabs and quotes here and on the line above")
            }
            ProblemKind::Unsupported(what) => {
                Diagnostic::error(Code::UnsupportedYaml, format!("{what} is not taken here"))
                    .at(&source, problem.span, what)
                    .help("write the value out, in quotes if it begins with `&`, `*` or `!`")
            }
            ProblemKind::DuplicateKey { key, first } => {
                let message = format!("key `{}` stands here for the second time", shorten(&key));
                Diagnostic::error(Code::DuplicateKey, message)
                    .at(&source, problem.span, "second")
                    .related(&source, first, "first")
                    .help("keep one of the two")
            }
        };
        self.diagnostics.push(diagnostic);
    }

    fn config(&mut self, root: Option<&Node>) -> Option<Config> {
        let end = self.source.text.len();
        let empty = Node::new(end..end, Kind::Mapping(Vec::new()));
        let keys = &["stacks", "emit"];
        let fields = self.fields(root.unwrap_or(&empty), String::new(), 0..0, keys)?;
        let emit = self.emit(&fields);
        let Some((node, path)) = fields.get("stacks") else {
            // Of a file with nothing in it nothing is lost, and without `--force` `init` writes over none.
            let help = if fields.entries.is_empty() {
                "write a config to begin with: fargate-egress init --region ap-northeast-1 --account 012345678901 --force"
            } else {
                "add one, as in `stacks: {tokyo: {region: ap-northeast-1, registries: [\"012345678901\"]}}`"
            };
            self.missing(&fields, "stacks", help);
            return None;
        };
        let entries: &[Entry] = match &node.kind {
            Kind::Mapping(entries) => entries,
            _ if node.is_null() => &[],
            _ => {
                self.wrong_type(node, "a mapping of stack names to stacks");
                return None;
            }
        };
        if entries.is_empty() {
            self.error(
                Code::EmptyList,
                node.span.clone(),
                "`stacks` has no stack",
                "empty",
                Some("name one, as in `tokyo: {region: ap-northeast-1, registries: [\"012345678901\"]}`".into()),
            );
        }
        let mut stacks = BTreeMap::new();
        for entry in entries {
            let name = match entry.key.parse::<StackName>() {
                Ok(value) => Some(Located {
                    path: join(&path, &entry.key),
                    span: entry.key_span.clone(),
                    value,
                }),
                Err(error) => {
                    self.error(
                        Code::InvalidStackName,
                        entry.key_span.clone(),
                        format!("`{}` is not a stack name", shorten(&entry.key)),
                        error.to_string(),
                        Some(format!(
                            "the name is also the file's, as in `out/{}.yaml`",
                            slug(&entry.key)
                        )),
                    );
                    None
                }
            };
            // The stack is read whatever its name is, for its own errors.
            let path = join(&path, &shorten(&entry.key));
            let stack = stack::read(self, &entry.value, name.clone(), path, &entry.key_span);
            if let (Some(name), Some(stack)) = (name, stack) {
                stacks.insert(name.value, stack);
            }
        }
        Some(Config { stacks, emit: emit? })
    }

    /// The forms in which stacks are written.
    fn emit(&mut self, fields: &Fields<'_>) -> Option<BTreeSet<Form>> {
        let Some((node, path)) = fields.get("emit") else { return Some([Form::DEFAULT].into()) };
        let words: Vec<(&str, Form)> = Form::ALL.iter().map(|form| (form.name(), *form)).collect();
        let items = self.list(node, &path, "forms such as `yaml`")?;
        let count = items.len();
        let forms: Vec<Located<Form>> =
            items.into_iter().filter_map(|(item, path)| self.word(item, path, &words)).collect();
        self.no_duplicates(&forms);
        (forms.len() == count).then(|| Form::with_shown(forms.into_iter().map(|form| form.value)))
    }

    /// The entries of a mapping; unknown keys are errors. Nothing counts as an empty mapping, as
    /// it is what remains when every key of a section is commented out.
    pub(super) fn fields<'n>(
        &mut self,
        node: &'n Node,
        path: String,
        span: Range<usize>,
        known: &[&str],
    ) -> Option<Fields<'n>> {
        if node.is_null() {
            return Some(Fields { path, span, entries: &[] });
        }
        let Kind::Mapping(entries) = &node.kind else {
            let names = known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
            self.wrong_type(node, &format!("a mapping with {names}"));
            return None;
        };
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            let names = known.join(", ");
            let help = match nearest(&entry.key, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {names}"),
            };
            let place = if path.is_empty() { "the config".into() } else { format!("`{path}`") };
            self.error(
                Code::UnknownKey,
                entry.key_span.clone(),
                format!("{place} has no key `{}`", shorten(&entry.key)),
                "unknown key",
                Some(help),
            );
        }
        Some(Fields { path, span, entries })
    }

    /// Records that a required key is not there.
    pub(super) fn missing(&mut self, fields: &Fields<'_>, key: &str, help: &str) {
        let place =
            if fields.path.is_empty() { "the config".into() } else { format!("`{}`", fields.path) };
        let message = format!("{place} has no `{key}`");
        self.error(
            Code::MissingKey,
            fields.span.clone(),
            message,
            "it is required",
            Some(help.into()),
        );
    }

    /// Records that a value is of another kind than expected.
    pub(super) fn wrong_type(&mut self, node: &Node, expected: &str) {
        let found = node.describe();
        let help = match &node.kind {
            Kind::Scalar { text, .. }
                if matches!(found, "a number" | "a truth value") && expected == "a text" =>
            {
                format!("write it in quotes: `\"{}\"`", shorten(text))
            }
            _ => format!("write {expected}"),
        };
        self.error(
            Code::WrongType,
            node.span.clone(),
            format!("found {found}, expected {expected}"),
            found,
            Some(help),
        );
    }

    /// The text of a scalar that is a text.
    pub(super) fn text<'n>(
        &mut self,
        node: &'n Node,
        path: String,
        expected: &str,
    ) -> Option<Located<&'n str>> {
        match &node.kind {
            Kind::Scalar { text, plain } if yaml::scalar_type(text, *plain) == ScalarType::Text => {
                Some(Located { value: text.as_str(), span: node.span.clone(), path })
            }
            _ => {
                self.wrong_type(node, expected);
                None
            }
        }
    }

    /// The items of a list that has at least one, each with the way to it.
    pub(super) fn list<'n>(
        &mut self,
        node: &'n Node,
        path: &str,
        expected: &str,
    ) -> Option<Vec<(&'n Node, String)>> {
        let Kind::Sequence(items) = &node.kind else {
            self.wrong_type(node, &format!("a list of {expected}"));
            return None;
        };
        if items.is_empty() {
            self.error(
                Code::EmptyList,
                node.span.clone(),
                format!("`{path}` is empty"),
                "no entry",
                Some("give at least one".to_owned()),
            );
            return None;
        }
        Some(items.iter().enumerate().map(|(n, item)| (item, format!("{path}[{n}]"))).collect())
    }

    /// One word of a few.
    pub(super) fn word<T: Copy>(
        &mut self,
        node: &Node,
        path: String,
        words: &[(&str, T)],
    ) -> Option<Located<T>> {
        let names = words.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>();
        let expected = format!("one of {}", names.join(", "));
        let text = self.text(node, path, &expected)?;
        let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) else {
            let help = match nearest(text.value, words.iter().map(|(word, _)| *word)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("write {expected}"),
            };
            self.error(
                Code::UnknownValue,
                text.span,
                format!("`{}` is not known here, expected {expected}", shorten(text.value)),
                "unknown value",
                Some(help),
            );
            return None;
        };
        Some(text.map(|_| *value))
    }

    /// Records a second entry of the same value in a list.
    pub(super) fn no_duplicates<T: Ord>(&mut self, items: &[Located<T>]) {
        let mut seen = BTreeMap::new();
        for item in items {
            if let Some(first) = seen.insert(&item.value, item) {
                let text = shorten(&self.source.text[item.span.clone()]);
                let message = format!("{text} is in the list twice");
                let diagnostic = Diagnostic::error(Code::DuplicateEntry, message)
                    .at(&self.source, item.span.clone(), "second")
                    .related(&self.source, first.span.clone(), "first")
                    .help("keep one of the two");
                self.record(diagnostic);
            }
        }
    }

    /// Records an error, unless there are enough of them.
    pub(super) fn record(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MOST_DIAGNOSTICS {
            self.diagnostics.push(diagnostic);
        }
    }
}

/// A stack name near to what was written, for a help line.
fn slug(text: &str) -> String {
    let words: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let mut slug = words.join("-");
    slug.truncate(60);
    if slug.is_empty() { "tokyo".to_owned() } else { slug }
}
