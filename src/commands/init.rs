//! `init`: a commented config to begin with, and its schema for editors.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::json;

use super::cli::Init;
use super::deploy::shell_quoted;
use super::files::Replacement;
use super::output::{Report, ask};
use super::resolve::is_built_in;
use super::{Failure, Paths, Process, display, files, from_definitions, schema};
use crate::aws::{AccountId, Region, Service};
use crate::config;
use crate::diagnostic::{Code, Diagnostic, Severity, Source};
use crate::render;
use crate::verify::needed::{Needed, Reason};

/// What the config is written from.
#[derive(Serialize)]
struct Answers {
    /// The schema as seen from the config.
    schema: String,
    /// The flags that name it on a command line, each with a space before it.
    flags: String,
    stack: String,
    region: String,
    place: String,
    accounts: Vec<String>,
    vpc: Option<String>,
    cidrs: Vec<String>,
    subnets: Vec<String>,
    route_tables: Vec<String>,
    efs: Vec<Explained>,
    services: Vec<Explained>,
}

/// A name with the reason that it is there for, in a line.
#[derive(Serialize)]
struct Explained {
    name: String,
    why: String,
}

/// The parameter for the group of mount targets. There is one for all file systems: with two, a
/// group that is given to both would be a rule that is there twice, which EC2 refuses.
const EFS_PARAMETER: &str = "EfsSecurityGroupId";

pub(super) fn run(args: &Init, paths: &Paths, process: &Process) -> Result<Report, Failure> {
    let path = display(&paths.config);
    if !args.force && files::exists(&paths.config) {
        return Err(Diagnostic::error(Code::ConfigExists, format!("`{path}` is there already"))
            .help(
                "add a stack to it, name another with --config PATH, or overwrite it with --force",
            )
            .into());
    }
    let given = args.region.as_deref().and_then(Region::named);
    let needed = from_definitions::read(&args.from_task_definition, given)?;
    let told = needed.as_ref().and_then(|needed| needed.region).map(|region| region.name);
    let region = match args.region.as_deref().or(told) {
        Some(region) => region.to_owned(),
        None => answer(
            process,
            ("--region", args),
            "Region of the tasks, such as ap-northeast-1: ",
            |text| Region::named(text).is_some(),
            "there is no such region",
        )
        .map_err(|failure| from_definitions::explained(failure, needed.as_ref()))?,
    };
    let accounts = accounts(args, needed.as_ref(), process)
        .map_err(|failure| from_definitions::explained(failure, needed.as_ref()))?;
    let schema = schema_beside(&paths.config);
    let answers = Answers {
        schema: as_reference(&schema.to_string_lossy()),
        flags: paths.typed.clone(),
        stack: args.stack.clone().unwrap_or_else(|| region.clone()),
        place: Region::named(&region).map_or_else(String::new, |region| region.place.to_owned()),
        accounts,
        vpc: args.vpc.clone(),
        cidrs: args.cidr.clone(),
        subnets: args.subnet.clone(),
        route_tables: args.route_table.clone(),
        efs: needed.as_ref().map(efs).unwrap_or_default(),
        services: services(needed.as_ref(), Region::named(&region)),
        region,
    };
    let text = render::config(&answers)?;
    let (unconfirmed, is_built_in) = judged(&text, &path)?;

    let described = schema::text(&config::schema());
    let beside = paths.config.with_file_name(schema);
    let written = match args.force {
        true => Replacement::of(&paths.config, text.as_bytes()),
        false => Replacement::since(&paths.config, text.as_bytes(), None),
    };
    // The config last: where it is there, what it names is too.
    let schema = Replacement::of_ours(&beside, described.as_bytes(), is_schema);
    files::replace(&[schema, written], &[])?;
    let beside = display(&beside);
    let next = match (unconfirmed.is_empty(), is_built_in) {
        (true, true) => "next:\n  fargate-egress resolve --snapshot\n".to_owned(),
        // Of most regions, and of other hosts than ECR's, nothing is built in.
        (true, false) => "next, outside of the VPC:\n  fargate-egress resolve\n\
                          or, without a network; it says which hosts have to be looked up:\n  \
                          fargate-egress resolve --snapshot\n"
            .to_owned(),
        (false, _) => {
            format!("next:\n  add to {path} what is said above\n  fargate-egress resolve\n")
        }
    };
    let mut report = Report::default();
    if let Some(needed) = needed {
        report.text = from_definitions::text(&needed);
        report.fields.insert("found".to_owned(), from_definitions::json(&needed));
        report.diagnostics = needed.said;
    }
    report.diagnostics.extend(unconfirmed);
    report.text.push_str(&format!("wrote {path}, and {beside} for editors\n\n{next}"));
    report.fields.insert("config".to_owned(), json!(path));
    report.fields.insert("schema".to_owned(), json!(beside));
    Ok(report)
}

/// Whether a file is a schema that was written beside a config.
fn is_schema(bytes: &[u8]) -> bool {
    let title = config::schema()["title"].to_string();
    String::from_utf8_lossy(bytes).contains(&title)
}

/// The accounts of the command line, then those that task definitions tell; where there is none, or
/// an image does not tell, somebody has to say.
fn accounts(
    args: &Init,
    needed: Option<&Needed>,
    process: &Process,
) -> Result<Vec<String>, Failure> {
    let mut accounts = args.account.clone();
    let told = needed.map(|needed| needed.registries.keys().map(ToString::to_string).collect());
    let told: Vec<String> = told.unwrap_or_default();
    let open = needed.and_then(from_definitions::unknown_account);
    if accounts.is_empty() && (told.is_empty() || open.is_some()) {
        if let (Some(open), false) = (open, process.interactive) {
            return Err(open.into());
        }
        accounts.push(answer(
            process,
            ("--account", args),
            "Account whose registry they pull from, twelve digits: ",
            |text| text.parse::<AccountId>().is_ok(),
            "an account id is twelve digits",
        )?);
    }
    // What is given twice on the command line is said as what is wrong with the config.
    let more: Vec<String> = told.into_iter().filter(|one| !accounts.contains(one)).collect();
    accounts.extend(more);
    Ok(accounts)
}

fn efs(needed: &Needed) -> Vec<Explained> {
    let reasons: BTreeSet<Reason> = needed.file_systems.values().flatten().cloned().collect();
    let why = from_definitions::why(needed, &reasons);
    let why = match needed.file_systems.len() {
        0 => return Vec::new(),
        1 => why,
        _ => format!("{why}: one item for each group that their mount targets wear"),
    };
    vec![Explained { name: EFS_PARAMETER.to_owned(), why }]
}

/// What task definitions need, and in newer regions ECS's own three.
fn services(needed: Option<&Needed>, region: Option<&Region>) -> Vec<Explained> {
    let mut services: BTreeMap<String, String> = BTreeMap::new();
    if let Some(says) = region.and_then(Region::ecs_endpoints) {
        services.extend(Service::OF_ECS.iter().map(|name| ((*name).to_owned(), says.clone())));
    }
    for (needed, (service, reasons)) in
        needed.into_iter().flat_map(|needed| needed.services.iter().map(move |one| (needed, one)))
    {
        services.insert(service.to_string(), from_definitions::why(needed, reasons));
    }
    services.into_iter().map(|(name, why)| Explained { name, why }).collect()
}

/// What the config has to be given that AWS does not document for the partition: no reason not to
/// write the rest of it. And whether all that it needs is built in.
///
/// # Errors
/// What else is wrong with it: what is wrong with a flag shows so.
fn judged(text: &str, path: &str) -> Result<(Vec<Diagnostic>, bool), Failure> {
    let source = Source::new("(the config that init would write)", text);
    let wrong = match config::parse(&source) {
        Ok(config) => return Ok((Vec::new(), is_built_in(&config, &source))),
        Err(wrong) => wrong,
    };
    if wrong.iter().any(|one| one.code != Code::UnconfirmedFact) {
        return Err(wrong.into());
    }
    let to_add = config::parse(&Source::new(path, text)).err().unwrap_or_default().into_iter();
    Ok((to_add.map(|one| Diagnostic { severity: Severity::Warning, ..one }).collect(), false))
}

/// Asks until the answer is one; off a terminal the flag is missing.
fn answer(
    process: &Process,
    (flag, args): (&str, &Init),
    question: &str,
    is_answer: fn(&str) -> bool,
    refusal: &str,
) -> Result<String, Failure> {
    let missing = || {
        Diagnostic::error(Code::MissingFlag, format!("`{flag}` is not given"))
            .help(command_with(flag, args))
    };
    if !process.interactive {
        return Err(missing().into());
    }
    let mut prompt = question.to_owned();
    loop {
        match ask(&prompt) {
            Ok(Some(text)) if is_answer(&text) => return Ok(text),
            Ok(Some(_)) => prompt = format!("{refusal}\n{question}"),
            Ok(None) | Err(_) => return Err(missing().into()),
        }
    }
}

/// The command as it was typed, with an example of what is missing.
fn command_with(missing: &str, args: &Init) -> String {
    let examples = [("--region", "ap-northeast-1"), ("--account", "012345678901")];
    let many = |all: &[String]| all.to_vec();
    let one = |one: &Option<String>| one.iter().cloned().collect();
    let given: [(&str, Vec<String>); 8] = [
        ("--from-task-definition", args.from_task_definition.iter().map(|f| display(f)).collect()),
        ("--region", one(&args.region)),
        ("--account", many(&args.account)),
        ("--stack", one(&args.stack)),
        ("--vpc", one(&args.vpc)),
        ("--cidr", many(&args.cidr)),
        ("--subnet", many(&args.subnet)),
        ("--route-table", many(&args.route_table)),
    ];
    let mut command = "fargate-egress init".to_owned();
    for (flag, mut values) in given {
        let example = examples.iter().find(|(known, _)| *known == flag && values.is_empty());
        // Files may tell what else is missing.
        let is_wanted = flag == missing || args.from_task_definition.is_empty();
        values.extend(example.filter(|_| is_wanted).map(|(_, value)| (*value).to_owned()));
        for value in values {
            let _ = write!(command, " {flag} {}", shell_quoted(&value));
        }
    }
    if args.force {
        command.push_str(" --force");
    }
    command
}

/// The file name of a config's schema: `prod.schema.json` for `prod.yaml`.
fn schema_beside(config: &Path) -> PathBuf {
    config.with_extension("schema.json").file_name().map_or_else(PathBuf::new, PathBuf::from)
}

/// A file name as a reference in a URL: a space would end it.
fn as_reference(name: &str) -> String {
    let mut reference = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            reference.push(char::from(byte));
        } else {
            let _ = write!(reference, "%{byte:02X}");
        }
    }
    reference
}
