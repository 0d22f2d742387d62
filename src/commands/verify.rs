//! `verify`: can Fargate pull, and what is wider than it needs? For any template.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::cli::{Forbidden, Verify};
use super::deploy::shell_quoted;
use super::diagram::{form_of_file, rendered};
use super::files::Replacement;
use super::output::{Report, Verified};
use super::rendered::generated;
use super::{FINDINGS, Failure, OK, Paths, display, files};
use crate::aws::{AccountId, Region, SecurityGroupId, Service};
use crate::cloudformation::{Given, Scenario, World, parameters_of_file};
use crate::config::Form;
use crate::diagnostic::{Code, Diagnostic, Severity, Source, nearest};
use crate::diagram::of_verification;
use crate::lock::{self, Lock};
use crate::prefix::shorten;
use crate::render::Renderer;
use crate::verify::report::{Assertion, answers, is_void, message_json, page_json, passes};
use crate::verify::{Facts, Need, Options, Trust, catalogue, verify};

pub(super) fn run(args: &Verify, paths: &Paths) -> Result<Report, Failure> {
    if let Some(code) = &args.explain {
        return explain(code);
    }
    let mut wrong = Vec::new();
    let region = args.region.as_deref().and_then(|name| region(name, &mut wrong));
    let account = args.account.as_deref().and_then(|id| account(id, &mut wrong));
    let existing = args.existing.iter().filter_map(|name| service(name, &mut wrong)).collect();
    let assertions = assertions(args, &mut wrong);
    let pairs = args.parameter.iter().filter_map(|text| parameter(text, &mut wrong)).collect();
    wrong.extend(files::named_twice(args.files.iter().chain(&args.parameters)));
    let form = args.diagram.as_deref().map(form_of_file).transpose();
    let form = form.unwrap_or_else(|diagnostic| {
        wrong.push(diagnostic);
        None
    });
    if !wrong.is_empty() {
        return Err(wrong.into());
    }

    let sources = args
        .files
        .iter()
        .map(|path| files::read_named(path))
        .collect::<Result<Vec<_>, Failure>>()?;
    let read = if form.is_some() { sources.clone() } else { Vec::new() };
    let parameters = parameters(&args.parameters, pairs)?;
    let (lock, unread) = read_lock(paths)?;
    let (world, mut diagnostics) = World::read(sources, Given { region, account, parameters })?;
    diagnostics.extend(unread);
    let wrong = no_groups(&world, &args.task_group);
    if !wrong.is_empty() {
        return Err(wrong.into());
    }

    let needs: BTreeSet<Need> =
        assertions.iter().flat_map(|assertion| assertion.needs().to_vec()).collect();
    let options = Options {
        facts: Facts::new(lock),
        existing,
        task_groups: args.task_group.clone(),
        needs,
        trust: if args.strict { Trust::Strict } else { Trust::Trusting },
    };
    let void = void(&world, &args.files);
    let verification = verify(world, &options);
    let answers = answers(&verification, &assertions);
    let is_void = is_void(&verification);
    if is_void {
        diagnostics.push(void);
    }
    let mut text = String::new();
    if let (Some(path), Some(form), false) = (&args.diagram, form, is_void) {
        let picture = rendered(&Renderer::new(&[])?, form, &of_verification(&verification))?;
        let picture = Replacement::of_ours(path, picture.as_bytes(), generated(Form::Svg));
        let read: Vec<(&Path, &Source)> =
            args.files.iter().map(PathBuf::as_path).zip(read.iter().map(Arc::as_ref)).collect();
        let is_new = files::replace(&[picture], &read)? == [true];
        let done = if is_new { "wrote" } else { "unchanged" };
        text = format!("{done} {}\n", display(path));
    }
    // A file that was renamed or emptied must not look like a proof.
    let passes = passes(&verification, &answers) && (args.allow_nothing || !is_void);
    let exit = if passes { OK } else { FINDINGS };
    let verified = Verified { verification, answers, evidence: args.evidence };
    Ok(Report { diagnostics, verified: Some(verified), text, exit, ..Report::default() })
}

/// What to say where nothing was there to be verified.
fn void(world: &World, files: &[PathBuf]) -> Diagnostic {
    let message = "there is no Fargate task here, and no endpoint of ECR or S3 that one could use";
    let mut diagnostic = Diagnostic::warning(Code::NothingToVerify, message);
    let unread = world.unread_stacks();
    if !unread.is_empty() {
        let names: Vec<String> =
            unread.iter().map(|(id, _)| format!("`{}`", shorten(id))).take(10).collect();
        let given = files.iter().map(|path| shell_quoted(&display(path)));
        let more: BTreeSet<&str> = unread.iter().filter_map(|(_, file)| *file).take(10).collect();
        let more = more.into_iter().map(|file| shell_quoted(&shorten(file)));
        let all: Vec<String> = given.chain(more).collect();
        diagnostic = diagnostic.help(format!(
            "the templates of nested stacks were not read, of {}; name their files too: fargate-egress verify {}",
            names.join(", "),
            all.join(" ")
        ));
    }
    diagnostic
        .help("name the template with the tasks too: fargate-egress verify network.yaml app.yaml")
        .help("or say what is made elsewhere: --existing ecr.api,ecr.dkr,s3")
        .help("or let a template of something else pass: --allow-nothing")
}

/// The page of a finding; of another diagnostic what it means; of a message the findings that it can
/// come from.
fn explain(typed: &str) -> Result<Report, Failure> {
    let mut report = Report::default();
    if let Some(code) = Code::ALL.iter().find(|code| code.name() == typed) {
        let page = match catalogue::page(*code) {
            Some(page) => {
                report.text = catalogue::text(page);
                page_json(page)
            }
            None => {
                report.text = format!("{}\n", code.summary());
                json!({"code": code, "summary": code.summary()})
            }
        };
        report.fields.insert("page".to_owned(), page);
        return Ok(report);
    }
    let messages = catalogue::messages(typed);
    if !messages.is_empty() {
        report.text = catalogue::messages_text(&messages);
        let messages = messages.into_iter().map(message_json).collect();
        report.fields.insert("messages".to_owned(), messages);
        return Ok(report);
    }
    let pages = catalogue::PAGES.iter().map(|page| page.code.name());
    let near = nearest(typed, pages).or_else(|| nearest(typed, Code::ALL.iter().map(|c| c.name())));
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            "a code stands in brackets, as in error[private-dns-off]; a message is what ECS or \
                 CloudFormation shows, or a part of it"
                .to_owned()
        }
    };
    let message = format!("there is no finding and no message `{}`", shorten(typed));
    Err(Diagnostic::error(Code::UnknownValue, message).help(help).into())
}

/// What the lock knows of AWS, if there is one. A broken one is no reason not to verify.
fn read_lock(paths: &Paths) -> Result<(Option<Lock>, Option<Diagnostic>), Failure> {
    let unread = |diagnostic: Diagnostic| {
        let help = vec![
            "only what is built in is known; write a new lock: fargate-egress resolve".to_owned(),
        ];
        Ok((None, Some(Diagnostic { severity: Severity::Warning, help, ..diagnostic })))
    };
    let source = match files::read_text(&paths.lock, lock::MAX_LOCK_BYTES) {
        Ok(Some(source)) => source,
        Ok(None) => return Ok((None, None)),
        Err(Failure::Invalid(mut diagnostics)) if diagnostics.len() == 1 => {
            return unread(diagnostics.remove(0));
        }
        Err(failure) => return Err(failure),
    };
    match lock::parse(&source.text) {
        Ok(lock) => Ok((Some(lock), None)),
        Err(error) => unread(error.diagnostic(&source)),
    }
}

/// The values of parameters: those of a later file win, and those of the command line over all.
fn parameters(
    paths: &[PathBuf],
    pairs: Vec<(String, String)>,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut parameters = BTreeMap::new();
    for path in paths {
        parameters.extend(parameters_of_file(&files::read_named(path)?)?);
    }
    parameters.extend(pairs);
    Ok(parameters)
}

/// `Name=value`; the value may hold anything.
fn parameter(text: &str, wrong: &mut Vec<Diagnostic>) -> Option<(String, String)> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Some((name.to_owned(), value.to_owned())),
        _ => {
            let message = format!("`--parameter {}` is not NAME=VALUE", shorten(text));
            wrong.push(
                Diagnostic::error(Code::InvalidParameters, message).help("--parameter Stage=prod"),
            );
            None
        }
    }
}

/// A region by its name.
pub(super) fn region(name: &str, wrong: &mut Vec<Diagnostic>) -> Option<&'static Region> {
    let region = Region::named(name);
    if region.is_none() {
        let help = match Region::nearest(name) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "a region such as ap-northeast-1".to_owned(),
        };
        let message = format!("there is no region `{}`", shorten(name));
        wrong.push(Diagnostic::error(Code::UnknownRegion, message).help(help));
    }
    region
}

fn account(id: &str, wrong: &mut Vec<Diagnostic>) -> Option<AccountId> {
    let account = id.parse();
    if account.is_err() {
        let message = format!("`{}` is not an account id, which is twelve digits", shorten(id));
        wrong.push(
            Diagnostic::error(Code::InvalidAccountId, message).help("--account 012345678901"),
        );
    }
    account.ok()
}

/// The services whose endpoints a task may need.
const SERVICES: &[&str] =
    &["ecr.api", "ecr.dkr", "s3", "logs", "secretsmanager", "ssm", "kms", "ssmmessages"];

/// A service by the end of its endpoint service name; of one that no task needs nothing is verified.
fn service(name: &str, wrong: &mut Vec<Diagnostic>) -> Option<Service> {
    if SERVICES.contains(&name) {
        return name.parse().ok();
    }
    let message =
        format!("`--existing {}` is no service that tasks are verified for", shorten(name));
    let near = nearest(name, SERVICES.iter().copied());
    let mut diagnostic = Diagnostic::error(Code::UnknownValue, message);
    diagnostic.help.extend(near.map(|near| format!("did you mean `{near}`?")));
    wrong.push(diagnostic.help(format!("one of {}", SERVICES.join(", "))));
    None
}

/// Groups that are named, and are neither made by the templates nor ids.
fn no_groups(world: &World, named: &[String]) -> Vec<Diagnostic> {
    if named.is_empty() {
        return Vec::new();
    }
    let kind = "AWS::EC2::SecurityGroup";
    let made = world.evaluate(&Scenario::default(), |one| one == kind).resources;
    let made = || made.iter().map(|group| &*group.id);
    let is_known =
        |name: &str| made().any(|id| id == name) || name.parse::<SecurityGroupId>().is_ok();
    let unknown = named.iter().filter(|name| !is_known(name));
    unknown
        .map(|name| {
            let message =
                format!("`--task-group {}` is no security group of the templates", shorten(name));
            let help = match nearest(name, made()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "the logical id of one, or an id such as sg-0123456789abcdef0".to_owned(),
            };
            Diagnostic::error(Code::UnknownValue, message).help(help)
        })
        .collect()
}

/// What has to be proved, each once.
fn assertions(args: &Verify, wrong: &mut Vec<Diagnostic>) -> Vec<Assertion> {
    let mut assertions: BTreeSet<Assertion> = BTreeSet::new();
    for name in &args.require {
        match Assertion::required(name) {
            Ok(assertion) => {
                assertions.insert(assertion);
            }
            Err(near) => {
                let names = Assertion::names().collect::<Vec<_>>().join(", ");
                let message = format!("`{}` is nothing that can be required", shorten(name));
                let mut diagnostic = Diagnostic::error(Code::UnknownValue, message);
                diagnostic.help.extend(near.map(|near| format!("did you mean `{near}`?")));
                wrong.push(diagnostic.help(format!("one of {names}")));
            }
        }
    }
    if args.forbid == Some(Forbidden::Wide) {
        assertions.insert(Assertion::Narrow);
    }
    assertions.into_iter().collect()
}
