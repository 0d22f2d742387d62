//! `check`: is the output what config and lock say, is the lock what the config asks for?

use std::sync::Arc;

use serde_json::json;

use super::cli::Check;
use super::deploy::shell_quoted;
#[cfg(feature = "resolve")]
use super::given::Given;
#[cfg(feature = "resolve")]
use super::look_up::look_up;
use super::output::Report;
use super::rendered::{help_for_stale, render, stale};
use super::{Failure, Paths, Process, display, files, unless_errors};
use crate::config::{Config, Form, MAX_CONFIG_BYTES};
use crate::diagnostic::{Code, Diagnostic, Source};
#[cfg(feature = "resolve")]
use crate::drift::World;
use crate::drift::{self, Finding, Output};
#[cfg(feature = "resolve")]
use crate::facts::Seen;
#[cfg(feature = "resolve")]
use crate::facts::prefix_lists::PrefixList;
use crate::lock::Lock;

/// Most bytes of a file in the output folder that are compared.
const MOST_BYTES: u64 = MAX_CONFIG_BYTES;

pub(super) fn run(args: &Check, paths: &Paths, process: &Process) -> Result<Report, Failure> {
    let (config, source) = paths.read_config()?;
    let (lock, _) = paths.read_lock()?;
    let emission = &args.emission;
    let (renderer, forms) = (emission.renderer()?, emission.forms(&config));
    let (rendered, diagnostics) =
        render(paths, &config, &source, &lock, &renderer, &forms, |_, each, _, _| each);
    let (lacking, others) =
        diagnostics.into_iter().partition(|said| said.code == Code::LockLacksFact);
    // Warnings are for `generate` to say; here they would drown what has to be done.
    unless_errors(others)?;

    let mut outputs = Vec::new();
    for file in rendered.iter().flat_map(|each| &each.files) {
        let found = files::read_own(&file.path, MOST_BYTES)?;
        outputs.push(Output {
            path: file.source.name.clone(),
            expected: Ok(&file.source.text),
            first: (found.is_none() && files::exists(&file.path))
                .then(|| format!("rm {}", shell_quoted(&file.source.name))),
            found: found.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
            is_deployed: file.form.is_template() || file.form == Form::Cdk,
        });
    }
    for path in stale(paths, &config, &forms)? {
        let help = help_for_stale(&path, &config);
        outputs.push(Output {
            path: display(&path),
            expected: Err(help),
            found: Some(String::new()),
            first: None,
            is_deployed: true,
        });
    }
    let mut findings = drift::lock(&config, &lock, &source, lacking);
    findings.extend(drift::output(&outputs));
    // Without them other files would be written, or the team's own layout overwritten.
    let flags = emission.as_typed();
    if !flags.is_empty() {
        let help = findings.iter_mut().flat_map(|finding| &mut finding.diagnostic.help);
        help.for_each(|line| {
            *line =
                line.replace("fargate-egress generate", &format!("fargate-egress generate{flags}"));
        });
    }
    let (of_world, diagnostics, failure) = world(args, &config, &lock, &source, process)?;
    findings.extend(of_world);
    let config = source.name.clone();
    let mut report = Report { findings, config, diagnostics, failure, ..Report::default() };
    report.fields.insert("findings".to_owned(), json!([]));
    if report.findings.is_empty() && report.failure.is_none() {
        let files = rendered.iter().flat_map(|each| &each.files);
        let noun =
            if files.clone().all(|file| file.form.is_template()) { "template" } else { "file" };
        report.text = match files.count() {
            1 => format!("1 {noun} is what config and lock say\n"),
            many => format!("{many} {noun}s are what config and lock say\n"),
        };
    }
    Ok(report)
}

/// Findings, what was not said and can be done without, and what failed.
type Asked = (Vec<Finding>, Vec<Diagnostic>, Option<String>);

/// What the world says otherwise, where it is asked. That it could not be asked takes nothing away
/// from what was found without it.
#[cfg(feature = "resolve")]
fn world(
    args: &Check,
    config: &Config,
    lock: &Lock,
    source: &Arc<Source>,
    process: &Process,
) -> Result<Asked, Failure> {
    if !args.live {
        let Some(flag) = args.asking.given() else { return Ok(Asked::default()) };
        let message = format!("`{flag}` asks the world, and `--live` is not given");
        return Err(Diagnostic::error(Code::MissingFlag, message)
            .help("add --live, or leave it out")
            .into());
    }
    let given = Given::read(&[], &args.prefix_lists, &Seen::from(process.today))?;
    let looked_up = match look_up(config, source, &args.asking, process, &given, Some(lock)) {
        Ok(looked_up) => looked_up,
        Err(Failure::Outside(failure)) => return Ok((Vec::new(), Vec::new(), Some(failure))),
        Err(failure) => return Err(failure),
    };
    let lists = given.prefix_lists.into_iter().chain(looked_up.prefix_lists);
    let lists: Vec<PrefixList> = lists.map(|(list, _)| list).collect();
    let world = World {
        ip_ranges: looked_up.ip_ranges.as_ref(),
        answers: &looked_up.answers,
        prefix_lists: &lists,
        stacks: looked_up.stacks,
    };
    if let Some(why) = drift::unbelievable(config, lock, &world) {
        return Ok((Vec::new(), Vec::new(), Some(why)));
    }
    let findings = drift::world(config, lock, source, &world);
    // What EC2 was not asked for is neither drift nor health.
    let unasked = looked_up.notices.iter().find(|notice| notice.primary.is_some());
    let failure = unasked.map(|notice| notice.message.clone());
    let notices = looked_up.notices.into_iter().filter(|notice| notice.primary.is_none());
    Ok((findings, notices.collect(), failure))
}

#[cfg(not(feature = "resolve"))]
fn world(_: &Check, _: &Config, _: &Lock, _: &Arc<Source>, _: &Process) -> Result<Asked, Failure> {
    Ok(Asked::default())
}
