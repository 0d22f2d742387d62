//! Findings as SARIF 2.1.0, for code scanning.
//!
//! Source: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Finding;
use crate::diagnostic::Code;

/// The log of one run. `config` is where a finding without a place is shown; `version` is this
/// program's.
pub fn sarif(findings: &[Finding], config: &str, version: &str) -> Value {
    let codes: BTreeSet<Code> = findings.iter().map(|finding| finding.diagnostic.code).collect();
    let rules: Vec<Value> = codes
        .iter()
        .map(|code| json!({"id": code.name(), "shortDescription": {"text": code.summary()}}))
        .collect();
    let results: Vec<Value> =
        findings.iter().map(|finding| result(finding, &codes, config)).collect();
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

fn result(finding: &Finding, codes: &BTreeSet<Code>, config: &str) -> Value {
    let diagnostic = &finding.diagnostic;
    let mut text = format!("{}. If nothing is done: {}.", diagnostic.message, finding.consequence);
    for help in &diagnostic.help {
        text.push_str(&format!("\n{help}"));
    }
    let place = match &diagnostic.primary {
        Some(label) => {
            let (line, column) = label.source.line_column(label.span.start);
            json!({
                "artifactLocation": {"uri": uri(&label.source.name)},
                "region": {"startLine": line, "startColumn": column},
            })
        }
        None => json!({"artifactLocation": {"uri": uri(config)}, "region": {"startLine": 1}}),
    };
    json!({
        "ruleId": diagnostic.code,
        "ruleIndex": codes.iter().position(|code| *code == diagnostic.code),
        "level": "error",
        "message": {"text": text},
        "locations": [{"physicalLocation": place}],
        "properties": {"drift": finding.drift},
    })
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
