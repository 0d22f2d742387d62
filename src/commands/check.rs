//! `check`: is the output what config and lock say, is the lock what the config asks for?

use std::sync::Arc;

use super::cli::Check;
use super::output::Report;
use super::rendered::{render, stale};
use super::{Failure, Paths, Process, display, files, unless_errors};
use crate::config::{Config, MAX_CONFIG_BYTES};
use crate::diagnostic::{Code, Diagnostic, Source};
#[cfg(feature = "resolve")]
use crate::drift::World;
use crate::drift::{self, Finding, Output};
#[cfg(feature = "resolve")]
use crate::facts::prefix_lists::PrefixList;
use crate::lock::Lock;

/// Most bytes of a file in the output folder that are compared.
const MOST_BYTES: u64 = MAX_CONFIG_BYTES;

pub(super) fn run(args: &Check, paths: &Paths, process: &Process) -> Result<Report, Failure> {
    let (config, source) = paths.read_config()?;
    let lock = paths.read_lock()?;
    let (rendered, diagnostics) =
        render(paths, &config, &source, &lock, args.templates.as_deref())?;
    let (lacking, others) =
        diagnostics.into_iter().partition(|said| said.code == Code::LockLacksFact);
    // Warnings are for `generate` to say; here they would drown what has to be done.
    unless_errors(others)?;

    let mut outputs = Vec::new();
    for each in &rendered {
        let found = files::read(&each.path, MOST_BYTES)?;
        outputs.push(Output {
            path: display(&each.path),
            expected: Some(&each.text),
            found: found.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        });
    }
    for path in stale(paths, &config)? {
        outputs.push(Output { path: display(&path), expected: None, found: Some(String::new()) });
    }
    let mut findings = drift::lock(&config, &lock, &source, lacking);
    findings.extend(drift::output(&outputs));
    let (of_world, notices) = world(args, &config, &lock, &source, process)?;
    findings.extend(of_world);
    let mut report =
        Report { findings, config: source.name.clone(), diagnostics: notices, ..Report::default() };
    if report.findings.is_empty() {
        report.text = format!("{} templates are what config and lock say\n", rendered.len());
    }
    Ok(report)
}

/// What the world says otherwise, where it is asked.
#[cfg(feature = "resolve")]
fn world(
    args: &Check,
    config: &Config,
    lock: &Lock,
    source: &Arc<Source>,
    process: &Process,
) -> Result<(Vec<Finding>, Vec<Diagnostic>), Failure> {
    if !args.live {
        return Ok((Vec::new(), Vec::new()));
    }
    let looked_up = super::look_up::look_up(config, source, &args.asking, process, &[])?;
    let lists: Vec<PrefixList> = looked_up.prefix_lists.into_iter().map(|(list, _)| list).collect();
    let world = World {
        ip_ranges: looked_up.ip_ranges.as_ref(),
        answers: &looked_up.answers,
        prefix_lists: &lists,
        endpoint_addresses: looked_up.endpoint_addresses,
    };
    // A list that EC2 was not asked for is neither drift nor health.
    if let Some(unasked) = looked_up.notices.iter().find(|notice| notice.primary.is_some()) {
        return Err(Failure::Outside(unasked.message.clone()));
    }
    Ok((drift::world(config, lock, source, &world), looked_up.notices))
}

#[cfg(not(feature = "resolve"))]
fn world(
    _: &Check,
    _: &Config,
    _: &Lock,
    _: &Arc<Source>,
    _: &Process,
) -> Result<(Vec<Finding>, Vec<Diagnostic>), Failure> {
    Ok((Vec::new(), Vec::new()))
}
