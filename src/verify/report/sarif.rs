//! Findings as SARIF, for code scanning.

use serde_json::{Value, json};

use super::distinct::{Found, condition, findings};
use super::{severity_name, symptom};
use crate::diagnostic::sarif::{Shown, beginning, extent, log};
use crate::diagnostic::{Code, Label};
use crate::verify::{Need, Verification, catalogue};

/// The log of one run; each finding once, whatever scenarios it is one in. `version` is this
/// program's.
///
/// Only findings are results: that a leg is blocked, or cannot be told, is said by them.
pub fn sarif(verification: &Verification, version: &str) -> Value {
    let shown: Vec<Shown> =
        findings(verification).iter().map(|found| shown(verification, found)).collect();
    log(&shown, rule, version)
}

/// What the catalogue has to say of a rule.
fn rule(code: Code) -> Vec<(&'static str, Value)> {
    let Some(page) = catalogue::page(code) else { return Vec::new() };
    let help = json!({"text": catalogue::text(page), "markdown": catalogue::page_markdown(page)});
    vec![("help", help), ("defaultConfiguration", json!({"level": severity_name(page.severity)}))]
}

fn shown(verification: &Verification, found: &Found) -> Shown {
    let finding = &found.finding;
    let diagnostic = &finding.diagnostic;
    let mut text = diagnostic.message.clone();
    if let Some(condition) = condition(&verification.outcomes, &found.scenarios) {
        text.push_str(&format!(" (if {condition})"));
    }
    text.push('.');
    for help in &diagnostic.help {
        text.push_str(&format!("\n{help}"));
    }
    let file = verification.sources.first().map_or("", |source| &source.name);
    let needs: Vec<&str> = finding.needs.iter().map(|need: &Need| need.name()).collect();
    let mut properties = json!({"needs": needs});
    if let Some(symptom) = symptom(finding) {
        properties["symptom"] = symptom.into();
    }
    Shown {
        code: diagnostic.code,
        level: severity_name(diagnostic.severity),
        text,
        place: diagnostic.primary.as_ref().map_or_else(|| beginning(file), extent),
        related: diagnostic.related.iter().map(related).collect(),
        properties,
    }
}

fn related(label: &Label) -> Value {
    let text = if label.text.is_empty() { "see here" } else { &label.text };
    json!({"physicalLocation": extent(label), "message": {"text": text}})
}
