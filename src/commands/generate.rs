//! `generate`: config and lock in, templates out.

use std::path::PathBuf;

use rayon::prelude::*;
use serde_json::json;

use super::cli::Generate;
use super::output::Report;
use super::rendered::{Rendered, help_for_stale, render, stale};
use super::{Failure, Paths, deploy, display, files, progress, unless_errors};
use crate::config::Config;
use crate::diagnostic::{Code, Diagnostic};
use crate::lock::Lock;
use crate::verify::{self, Facts};

pub(super) fn run(args: &Generate, paths: &Paths, quiet: bool) -> Result<Report, Failure> {
    let (config, source) = paths.read_config()?;
    let lock = paths.read_lock()?;
    let emission = &args.emission;
    let (renderer, forms) = (emission.renderer()?, emission.forms(&config));
    // A stack is rendered, and then it is proved.
    let stacks = config.stacks.len();
    let bar = progress::bar("generating", if quiet { 0 } else { 2 * stacks });
    let (rendered, mut diagnostics) =
        render(paths, &config, &source, &lock, &renderer, &forms, || bar.inc(1));
    // They are not removed: a stack that is deployed needs a person to decide about it.
    diagnostics.extend(stale(paths, &config, &forms)?.into_iter().map(|path| {
        let message = format!("`{}` is generated, and nothing asks for it", display(&path));
        let help = help_for_stale(&path, &config);
        Diagnostic { help, ..Diagnostic::warning(Code::StaleOutput, message) }
    }));
    let warnings = unless_errors(diagnostics)?;
    prove(&rendered, &config, lock, || bar.inc(1))?;
    drop(bar);

    let files = rendered.iter().flat_map(|each| &each.files);
    let contents: Vec<(PathBuf, &[u8])> =
        files.map(|file| (file.path.clone(), file.source.text.as_bytes())).collect();
    let written = files::replace(&contents)?;
    Ok(report(&rendered, &written, warnings))
}

/// Puts every template through the same verifier as anyone's. What does not prove is not written.
/// `done` is called as each is proved.
///
/// # Errors
/// What is wrong with those that do not prove.
fn prove(
    rendered: &[Rendered],
    config: &Config,
    lock: Lock,
    done: impl Fn() + Sync,
) -> Result<(), Failure> {
    let facts = Facts::new(Some(lock));
    let said: Vec<Diagnostic> = rendered
        .par_iter()
        .flat_map_iter(|each| {
            let said =
                config.stacks.get(&each.plan.stack).and_then(|stack| stack.s3_prefix_list.as_ref());
            let facts = each.plan.regions.iter().fold(facts.clone(), |facts, region| match said {
                Some(id) => facts.with_s3_prefix_list(region, id.value.clone()),
                None => facts,
            });
            let proof = verify::prove(&each.template, &each.plan.regions, &facts);
            done();
            proof.err().unwrap_or_default()
        })
        .collect();
    if said.is_empty() { Ok(()) } else { Err(Failure::Invalid(said)) }
}

fn report(rendered: &[Rendered], written: &[bool], warnings: Vec<Diagnostic>) -> Report {
    let mut report = Report { diagnostics: warnings, ..Report::default() };
    let stacks = rendered.iter().map(|each| each.plan.stack.to_string()).collect();
    let (mut new, mut same) = (Vec::new(), Vec::new());
    let files = rendered.iter().flat_map(|each| &each.files);
    for (file, written) in files.zip(written) {
        if *written { &mut new } else { &mut same }.push(file.source.name.clone());
    }
    let mut next = Vec::new();
    for each in rendered {
        // The first of two that say the same.
        if let Some(file) = each.files.iter().find(|file| file.form.is_template()) {
            next.extend(deploy::commands(&each.plan, &file.path, &stacks));
        }
    }
    for path in &new {
        report.text.push_str(&format!("wrote {path}\n"));
    }
    for path in &same {
        report.text.push_str(&format!("unchanged {path}\n"));
    }
    if !next.is_empty() {
        report.text.push_str("\nto deploy:\n");
    }
    for line in &next {
        report.text.push_str(&format!("  {line}\n"));
    }
    report.fields.insert("written".to_owned(), json!(new));
    report.fields.insert("unchanged".to_owned(), json!(same));
    report.fields.insert("deploy".to_owned(), json!(next));
    report
}
