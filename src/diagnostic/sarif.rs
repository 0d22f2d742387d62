//! Results as SARIF 2.1.0, for code scanning.
//!
//! Source: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::collections::BTreeSet;
use std::ops::Range;

use serde_json::{Value, json};

use super::{Code, Label, Source};

/// A result of a SARIF log.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The rule that was broken.
    pub code: Code,
    /// `error`, `warning` or `note`.
    pub level: &'static str,
    /// The message: plain text, of one or several lines.
    pub text: String,
    /// Where: a `physicalLocation`.
    pub place: Value,
    /// Other places: each a `location`.
    pub related: Vec<Value>,
    /// Whatever else programs may read.
    pub properties: Value,
}

/// The log of one run. `rule` is what there is to say of a rule beside its id and its summary;
/// `version` is this program's.
pub fn log(
    shown: &[Shown],
    rule: impl Fn(Code) -> Vec<(&'static str, Value)>,
    version: &str,
) -> Value {
    let codes: BTreeSet<Code> = shown.iter().map(|one| one.code).collect();
    let rules: Vec<Value> = codes
        .iter()
        .map(|code| {
            let mut object =
                json!({"id": code.name(), "shortDescription": {"text": code.summary()}});
            for (key, value) in rule(*code) {
                object[key] = value;
            }
            object
        })
        .collect();
    let results: Vec<Value> = shown.iter().map(|one| result(one, &codes)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "fargate-egress",
                "version": version,
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(shown: &Shown, codes: &BTreeSet<Code>) -> Value {
    let mut result = json!({
        "ruleId": shown.code,
        "ruleIndex": codes.iter().position(|code| *code == shown.code),
        "level": shown.level,
        "message": {"text": shown.text},
        "locations": [{"physicalLocation": shown.place}],
        "properties": shown.properties,
    });
    if !shown.related.is_empty() {
        result["relatedLocations"] = shown.related.clone().into();
    }
    result
}

/// The place where a label begins.
pub fn start(label: &Label) -> Value {
    let (line, column) = label.source.line_column(label.span.start);
    json!({
        "artifactLocation": {"uri": uri(&label.source.name)},
        "region": {"startLine": line, "startColumn": column},
    })
}

/// The place that a label covers; of several lines the first.
pub fn extent(label: &Label) -> Value {
    let span = first_line(&label.source, &label.span);
    let (line, column) = label.source.line_column(span.start);
    let (end_line, end_column) = label.source.line_column(span.end);
    json!({
        "artifactLocation": {"uri": uri(&label.source.name)},
        "region": {
            "startLine": line,
            "startColumn": column,
            "endLine": end_line,
            "endColumn": end_column,
        },
    })
}

fn first_line(source: &Source, span: &Range<usize>) -> Range<usize> {
    let start = super::floor_boundary(&source.text, span.start);
    let rest = &source.text[start..];
    let line = rest.find('\n').unwrap_or(rest.len());
    start..span.end.clamp(start, start + line)
}

/// A location that is the first line of a file, for what has no place in one.
pub fn beginning(path: &str) -> Value {
    json!({"artifactLocation": {"uri": uri(path)}, "region": {"startLine": 1}})
}

/// A path as a URI reference: what is not unreserved is escaped (RFC 3986).
fn uri(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                char::from(byte).to_string()
            }
            b'\\' => "/".to_owned(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
