//! `generate`: config and lock in, templates out.

use std::path::PathBuf;

use serde_json::json;

use super::cli::Generate;
use super::output::Report;
use super::rendered::{Rendered, render, stale};
use super::{Failure, Paths, deploy, display, files, unless_errors};
use crate::diagnostic::{Code, Diagnostic};

pub(super) fn run(args: &Generate, paths: &Paths) -> Result<Report, Failure> {
    let (config, source) = paths.read_config()?;
    let lock = paths.read_lock()?;
    let templates = args.templates.as_deref();
    let (rendered, mut diagnostics) = render(paths, &config, &source, &lock, templates)?;
    // They are not removed: a stack that is deployed needs a person to decide about it.
    diagnostics.extend(stale(paths, &config)?.into_iter().map(|path| {
        let path = display(&path);
        let message = format!("`{path}` belongs to no stack of the config");
        Diagnostic::warning(Code::StaleOutput, message).help(format!(
            "delete the deployed stack first, if there is one; then: rm {}",
            deploy::shell_quoted(&path)
        ))
    }));
    let warnings = unless_errors(diagnostics)?;

    let contents: Vec<(PathBuf, &[u8])> =
        rendered.iter().map(|each| (each.path.clone(), each.text.as_bytes())).collect();
    let written = files::replace(&contents)?;
    Ok(report(&rendered, &written, warnings))
}

fn report(rendered: &[Rendered], written: &[bool], warnings: Vec<Diagnostic>) -> Report {
    let mut report = Report { diagnostics: warnings, ..Report::default() };
    let stacks = rendered.iter().map(|each| each.plan.stack.to_string()).collect();
    let (mut new, mut same, mut next) = (Vec::new(), Vec::new(), Vec::new());
    for (each, written) in rendered.iter().zip(written) {
        if *written { &mut new } else { &mut same }.push(display(&each.path));
        next.extend(deploy::commands(&each.plan, &each.path, &stacks));
    }
    for path in &new {
        report.text.push_str(&format!("wrote {path}\n"));
    }
    for path in &same {
        report.text.push_str(&format!("unchanged {path}\n"));
    }
    report.text.push_str("\nto deploy:\n");
    for line in &next {
        report.text.push_str(&format!("  {line}\n"));
    }
    report.fields.insert("written".to_owned(), json!(new));
    report.fields.insert("unchanged".to_owned(), json!(same));
    report.fields.insert("deploy".to_owned(), json!(next));
    report
}
