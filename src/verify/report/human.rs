//! A verification for people.

mod steps;
mod task;

use super::assertions::Answer;
use super::distinct::{Found, condition, findings, groups};
use super::places::Places;
use super::tally::Tally;
use super::{is_void, symptom, ways};
use crate::diagnostic::{Severity, human_noted};
use crate::text::{Colour, clean, painted, put, wrapped};
use crate::verify::{Finding, Verification, catalogue};

/// How it is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether verdicts have a colour.
    pub colour: bool,
    /// Whether everything that was looked at is said, and not only what decides.
    pub evidence: bool,
    /// Whether nothing is said but errors and what is not proved.
    pub quiet: bool,
}

/// Every verdict with what decides it, every finding, and what it comes to; empty where there is
/// nothing to say.
pub fn human(verification: &Verification, answers: &[Answer], style: Style) -> String {
    let findings = findings(verification);
    let mut out = String::new();
    if is_void(verification) && findings.is_empty() && answers.is_empty() {
        return out;
    }
    if !style.quiet {
        known(&mut out, verification);
        scenarios(&mut out, verification, style);
    }
    for found in &findings {
        if !style.quiet || found.finding.diagnostic.severity == Severity::Error {
            out.push_str(&finding(verification, found, style));
        }
    }
    for answer in answers.iter().filter(|answer| !style.quiet || !answer.is_proved()) {
        let first = format!("{}: ", answer.assertion.words());
        match &answer.why {
            None => {
                out.push_str(&first);
                out.push_str(&painted(Colour::Green, "proved", style.colour));
                out.push('\n');
            }
            Some(why) => {
                let not = "not proved";
                let text = format!("{first}{not}: {}", clean(why));
                let mut lines = String::new();
                put(&mut lines, "", "  ", &text);
                out.push_str(&lines.replacen(not, &painted(Colour::Red, not, style.colour), 1));
            }
        }
    }
    if !style.quiet {
        out.push_str(&Tally::of(verification, &findings).words());
        out.push('\n');
    }
    out
}

/// What was known before anything was looked at, where it is not what was given.
fn known(out: &mut String, verification: &Verification) {
    let mut text = String::new();
    match (verification.region, verification.region_from) {
        (Some(region), Some(from)) => text.push_str(&format!("region {region}, for {from}\n")),
        (Some(_), None) => {}
        (None, _) => text.push_str("the region is not known; give it with --region\n"),
    }
    if let Some((conditions, why)) = &verification.undecided {
        let list = |all: &[String]| clean(&all.join(", "));
        let said = format!(
            "there are too many ways in which conditions may turn out, so these are left open: {} \
             ({}); decide them with --parameter",
            list(conditions),
            list(why)
        );
        put(&mut text, "", "  ", &said);
    }
    if !text.is_empty() {
        out.push_str(&text);
        out.push('\n');
    }
}

fn scenarios(out: &mut String, verification: &Verification, style: Style) {
    let outcomes = &verification.outcomes;
    let places = Places::of(&verification.sources);
    let scope = task::Scope { places: &places, trust: verification.trust, style };
    let said: Vec<(Vec<String>, &[Finding])> = outcomes
        .iter()
        .map(|outcome| {
            let tasks = outcome.tasks.iter().map(|task| scope.task(task)).collect();
            (tasks, outcome.findings.as_slice())
        })
        .collect();
    for group in groups(&said) {
        if let Some(condition) = condition(outcomes, &group) {
            let mut heading = String::new();
            put(&mut heading, "if ", "  ", &format!("{}:", clean(&condition)));
            out.push_str(&painted(Colour::Bold, heading.trim_end(), style.colour));
            out.push_str("\n\n");
        }
        for (number, task) in said[group[0]].0.iter().enumerate() {
            out.push_str(task);
            let tasks = group.iter().filter_map(|outcome| outcomes[*outcome].tasks.get(number));
            scope.assumptions(out, &ways::folded(tasks, verification.trust));
            out.push('\n');
        }
    }
}

fn finding(verification: &Verification, found: &Found, style: Style) -> String {
    let mut diagnostic = found.finding.diagnostic.clone();
    let code = diagnostic.code;
    let severity = super::severity_name(diagnostic.severity);
    let title = severity.len() + code.name().len() + "[]: ".len();
    diagnostic.message = wrapped(&clean(&diagnostic.message), title);
    for label in diagnostic.primary.iter_mut().chain(&mut diagnostic.related) {
        label.text = clean(&label.text);
    }
    diagnostic.help.iter_mut().for_each(|line| *line = clean(line));
    if catalogue::page(code).is_some() {
        diagnostic.help.push(format!("for more: fargate-egress verify --explain {}", code.name()));
    }
    let mut notes = Vec::new();
    let mut note = |name: &'static str, text: &str| {
        // The margin is as wide as the number of the line.
        notes.push((name, wrapped(&clean(text), name.len() + "12345 = : ".len())));
    };
    if let Some(condition) = condition(&verification.outcomes, &found.scenarios) {
        note("only if", &condition);
    }
    if diagnostic.severity > Severity::Note
        && let Some(symptom) = symptom(&found.finding, verification.region)
    {
        note("seen as", &symptom);
    }
    human_noted(&diagnostic, &notes, style.colour)
}
