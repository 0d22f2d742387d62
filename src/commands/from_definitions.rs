//! What task definitions tell `init`, and how it is said.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Failure, files};
use crate::aws::Region;
use crate::cloudformation::{Given, World};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::verify::needed::{Needed, Reason, needed};

/// What the definitions in these files need; nothing where none is named.
///
/// # Errors
/// What is wrong with the files, or with all of them together.
pub(super) fn read(
    paths: &[PathBuf],
    region: Option<&'static Region>,
) -> Result<Option<Needed>, Failure> {
    if paths.is_empty() {
        return Ok(None);
    }
    let twice = files::named_twice(paths.iter());
    if !twice.is_empty() {
        return Err(twice.into());
    }
    let sources =
        paths.iter().map(|path| files::read_named(path)).collect::<Result<Vec<_>, Failure>>()?;
    let (world, mut said) =
        World::of_task_definitions(sources, Given { region, ..Given::default() })?;
    let mut needed = needed(world)?;
    said.append(&mut needed.said);
    needed.said = said;
    Ok(Some(needed))
}

/// That the account of a private registry is not known from the files, with the image that shows it.
pub(super) fn unknown_account(needed: &Needed) -> Option<Diagnostic> {
    let reason = needed.unknown_registries.first()?;
    let message = format!(
        "`--account` is not given, and the files do not say whose registry has {}",
        reason.text
    );
    let diagnostic = Diagnostic::error(Code::MissingFlag, message);
    let diagnostic = match needed.sources.get(reason.place.file as usize) {
        Some(source) => diagnostic.at(source, reason.place.range(), "of which account?"),
        None => diagnostic,
    };
    Some(diagnostic.help("name the account that has it: --account 012345678901"))
}

/// A failure with what the files do not tell, which may be why.
pub(super) fn explained(failure: Failure, needed: Option<&Needed>) -> Failure {
    match (failure, needed) {
        (Failure::Invalid(mut diagnostics), Some(needed)) => {
            let is_why = |one: &&Diagnostic| {
                let codes = [Code::Unseen, Code::ImageOutsideEcr, Code::ImageOtherRegion];
                one.severity > Severity::Note && codes.contains(&one.code)
            };
            diagnostics.extend(needed.said.iter().filter(is_why).cloned());
            Failure::Invalid(diagnostics)
        }
        (failure, _) => failure,
    }
}

/// Why something is needed, in a line: the first of the reasons, with its place.
pub(super) fn why(needed: &Needed, reasons: &BTreeSet<Reason>) -> String {
    let Some(first) = reasons.first() else { return String::new() };
    format!("{} ({}){}", first.text, place(needed, first), more(reasons))
}

fn more(reasons: &BTreeSet<Reason>) -> String {
    match reasons.len() {
        0 | 1 => String::new(),
        many => format!("; and {} more", many - 1),
    }
}

/// `td.json:12`.
fn place(needed: &Needed, reason: &Reason) -> String {
    match needed.sources.get(reason.place.file as usize) {
        Some(source) => {
            let (line, _) = source.line_column(reason.place.range().start);
            format!("{}:{line}", source.name)
        }
        None => String::new(),
    }
}

/// What was found, of which kind and why; sorted by kind and name.
fn found(needed: &Needed) -> Vec<(&'static str, String, &BTreeSet<Reason>)> {
    let region = needed.region.filter(|_| !needed.region_reasons.is_empty());
    let region = region.map(|region| ("region", region.to_string(), &needed.region_reasons));
    let registries = needed.registries.iter();
    let registries = registries.map(|(account, why)| ("registry", account.to_string(), why));
    let services = needed.services.iter();
    let services = services.map(|(service, why)| ("service", service.to_string(), why));
    let file_systems = needed.file_systems.iter();
    let file_systems = file_systems.map(|(id, why)| ("file system", id.clone(), why));
    region.into_iter().chain(registries).chain(services).chain(file_systems).collect()
}

/// What was found, for people.
pub(super) fn text(needed: &Needed) -> String {
    let rows: Vec<[String; 4]> = found(needed)
        .into_iter()
        .filter_map(|(kind, name, reasons)| {
            let first = reasons.first()?;
            let why = format!("{}{}", first.text, more(reasons));
            Some([kind.to_owned(), name, place(needed, first), why])
        })
        .collect();
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let (kinds, names, places) = (width(0), width(1), width(2));
    let mut text = "found\n".to_owned();
    for [kind, name, place, why] in &rows {
        text.push_str(&format!("  {kind:kinds$}  {name:names$}  {place:places$}  {why}\n"));
    }
    if rows.is_empty() {
        text.push_str("  nothing that an endpoint leads to\n");
    }
    text.push('\n');
    text
}

/// What was found, for programs: each with all of its reasons.
pub(super) fn json(needed: &Needed) -> Value {
    let each = found(needed).into_iter().map(|(kind, name, reasons)| {
        let reasons: Vec<Value> = reasons
            .iter()
            .map(|reason| {
                let source = needed.sources.get(reason.place.file as usize);
                let line = source.map(|source| source.line_column(reason.place.range().start).0);
                let file = source.map(|source| source.name.clone());
                json!({"file": file, "line": line, "why": reason.text})
            })
            .collect();
        json!({"kind": kind, "name": name, "reasons": reasons})
    });
    each.collect()
}
