//! `generate`: config and lock in, templates out.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;

use super::cli::Generate;
use super::files::Replacement;
use super::output::Report;
use super::rendered::{OutputFile, Rendered, generated, help_for_stale, render, stale};
use super::{Failure, Paths, deploy, display, files, progress, unless_errors};
use crate::config::Stack;
use crate::diagnostic::{Code, Diagnostic, Source};
use crate::verify::{self, Facts};
use crate::yaml::Node;

pub(super) fn run(args: &Generate, paths: &Paths, quiet: bool) -> Result<Report, Failure> {
    let (config, source) = paths.read_config()?;
    let (lock, lock_source) = paths.read_lock()?;
    let emission = &args.emission;
    let (renderer, forms) = (emission.renderer()?, emission.forms(&config));
    let names = config.stacks.keys().map(ToString::to_string).collect();
    let facts = Facts::new(Some(lock.clone()));
    let bar = progress::bar("generating", if quiet { 0 } else { config.stacks.len() });
    let (ready, mut diagnostics) =
        render(paths, &config, &source, &lock, &renderer, &forms, |stack, rendered, tree, _| {
            let unproved = prove(stack, &rendered, tree, &facts);
            bar.inc(1);
            Ready { unproved, ..Ready::new(rendered, &names) }
        });
    drop(bar);
    // They are not removed: a stack that is deployed needs a person to decide about it.
    diagnostics.extend(stale(paths, &config, &forms)?.into_iter().map(|path| {
        let message = format!("`{}` is generated, and nothing asks for it", display(&path));
        let help = help_for_stale(&path, &config);
        Diagnostic { help, ..Diagnostic::warning(Code::StaleOutput, message) }
    }));
    let warnings = unless_errors(diagnostics)?;
    // What is wrong with the config comes first: a proof that fails may follow from it.
    let unproved: Vec<Diagnostic> =
        ready.iter().flat_map(|each| each.unproved.iter().cloned()).collect();
    if !unproved.is_empty() {
        return Err(Failure::Invalid(unproved));
    }

    let files = ready.iter().flat_map(|each| &each.files);
    let changes: Vec<Replacement<'_>> = files
        .map(|file| {
            Replacement::of_ours(&file.path, file.source.text.as_bytes(), generated(file.form))
        })
        .collect();
    let sources: [(&Path, &Source); 2] = [(&paths.config, &source), (&paths.lock, &lock_source)];
    let written = files::replace(&changes, &sources)?;
    Ok(report(&ready, &written, warnings))
}

/// A stack that was rendered and proved, without what was needed for that.
struct Ready {
    files: Vec<OutputFile>,
    /// The command lines that deploy it; none where no form of it can be deployed.
    deploy: Vec<String>,
    /// Why it does not prove; none where it does.
    unproved: Vec<Diagnostic>,
}

impl Ready {
    fn new(rendered: Rendered, stacks: &BTreeSet<String>) -> Ready {
        let Rendered { plan, files, .. } = rendered;
        // The first of two that say the same.
        let template = files.iter().find(|file| file.form.is_template());
        let deploy =
            template.map_or_else(Vec::new, |file| deploy::commands(&plan, &file.path, stacks));
        Ready { files, deploy, unproved: Vec::new() }
    }
}

/// Puts a template through the same verifier as anyone's. What does not prove is not written: these
/// are errors.
fn prove(stack: &Stack, rendered: &Rendered, tree: Node, facts: &Facts) -> Vec<Diagnostic> {
    let regions = &rendered.plan.regions;
    let facts = regions.iter().fold(facts.clone(), |facts, region| match &stack.s3_prefix_list {
        Some(id) => facts.with_s3_prefix_list(region, id.value.clone()),
        None => facts,
    });
    verify::prove(&rendered.template, tree, regions, &facts).err().unwrap_or_default()
}

fn report(ready: &[Ready], written: &[bool], warnings: Vec<Diagnostic>) -> Report {
    let mut report = Report { diagnostics: warnings, ..Report::default() };
    let (mut new, mut same) = (Vec::new(), Vec::new());
    let files = ready.iter().flat_map(|each| &each.files);
    for (file, written) in files.zip(written) {
        if *written { &mut new } else { &mut same }.push(file.source.name.clone());
    }
    let next: Vec<&String> = ready.iter().flat_map(|each| &each.deploy).collect();
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
