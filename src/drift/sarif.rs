//! Drift as SARIF, for code scanning.

use serde_json::{Value, json};

use super::Finding;
use crate::diagnostic::sarif::{Shown, beginning, log, start};

/// The log of one run. `config` is where a finding without a place is shown; `version` is this
/// program's.
pub fn sarif(findings: &[Finding], config: &str, version: &str) -> Value {
    let shown: Vec<Shown> = findings.iter().map(|finding| shown(finding, config)).collect();
    log(&shown, |_| Vec::new(), version)
}

fn shown(finding: &Finding, config: &str) -> Shown {
    let diagnostic = &finding.diagnostic;
    let mut text = format!("{}. If nothing is done: {}.", diagnostic.message, finding.consequence);
    for help in &diagnostic.help {
        text.push_str(&format!("\n{help}"));
    }
    Shown {
        code: diagnostic.code,
        level: "error",
        text,
        place: diagnostic.primary.as_ref().map_or_else(|| beginning(config), start),
        related: Vec::new(),
        properties: json!({"drift": finding.drift}),
    }
}
