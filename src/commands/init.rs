//! `init`: a commented config to begin with.

use std::path::PathBuf;

use serde::Serialize;
use serde_json::json;

use super::cli::Init;
use super::output::{Report, ask};
use super::{Failure, Paths, Process, display, files};
use crate::aws::{AccountId, Region};
use crate::config;
use crate::diagnostic::{Code, Diagnostic, Source};
use crate::render;

/// What the config is written from.
#[derive(Serialize)]
struct Answers {
    stack: String,
    region: String,
    place: String,
    accounts: Vec<String>,
    vpc: Option<String>,
    cidrs: Vec<String>,
    subnets: Vec<String>,
    route_tables: Vec<String>,
}

pub(super) fn run(args: &Init, paths: &Paths, process: &Process) -> Result<Report, Failure> {
    let path = display(&paths.config);
    if !args.force && files::exists(&paths.config) {
        return Err(Diagnostic::error(Code::ConfigExists, format!("`{path}` is there already"))
            .help(
                "add a stack to it, name another with --config PATH, or overwrite it with --force",
            )
            .into());
    }
    let region = match &args.region {
        Some(region) => region.clone(),
        None => answer(
            process,
            "--region",
            "Region of the tasks, such as ap-northeast-1: ",
            |text| Region::named(text).is_some(),
            "there is no such region",
        )?,
    };
    let accounts = if args.account.is_empty() {
        vec![answer(
            process,
            "--account",
            "Account whose registry they pull from, twelve digits: ",
            |text| text.parse::<AccountId>().is_ok(),
            "an account id is twelve digits",
        )?]
    } else {
        args.account.clone()
    };
    let answers = Answers {
        stack: args.stack.clone().unwrap_or_else(|| region.clone()),
        place: Region::named(&region).map_or_else(String::new, |region| region.place.to_owned()),
        region,
        accounts,
        vpc: args.vpc.clone(),
        cidrs: args.cidr.clone(),
        subnets: args.subnet.clone(),
        route_tables: args.route_table.clone(),
    };
    let text = render::config(&answers)?;
    // What is wrong with a flag shows as what is wrong with the config it would make.
    let source = Source::new("(the config that init would write)", text.clone());
    config::parse(&source)?;

    let contents: [(PathBuf, &[u8]); 1] = [(paths.config.clone(), text.as_bytes())];
    files::replace(&contents)?;
    let mut report = Report {
        text: format!("wrote {path}\n\nnext:\n  fargate-egress resolve --snapshot\n"),
        ..Report::default()
    };
    report.fields.insert("config".to_owned(), json!(path));
    Ok(report)
}

/// Asks until the answer is one; off a terminal the flag is missing.
fn answer(
    process: &Process,
    flag: &str,
    question: &str,
    is_answer: fn(&str) -> bool,
    refusal: &str,
) -> Result<String, Failure> {
    let missing = || {
        Diagnostic::error(Code::MissingFlag, format!("`{flag}` is not given"))
            .help("fargate-egress init --region ap-northeast-1 --account 012345678901")
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
