//! What others looked up: `--prefix-lists`, `--answers`, and what the AWS CLI prints when it is asked.

use fargate_egress::aws::{Region, Service};
use fargate_egress::diagnostic::Source;
use fargate_egress::facts::{Answer, answers, built_in, prefix_lists};
use fargate_egress::sources::aws_cli::{self, AwsCommand, AwsError};

use super::laws::{BETWEEN, EXAMPLE, EXAMPLE_LOCK, IP_RANGES, print, resolve, text};

/// The laws of files that are handed over.
pub fn holds(data: &[u8]) {
    let (config, source) = &*EXAMPLE;
    let mut lists = Vec::new();
    match prefix_lists::parse(data) {
        Ok(read) => lists.extend(read.into_iter().map(|list| (list, "lists.json".to_owned()))),
        Err(error) => {
            let source = Source::new("lists.json", String::from_utf8_lossy(data));
            print(&[error.diagnostic(&source)]);
        }
    }
    let mut known: Vec<Answer> = Region::ALL.iter().flat_map(built_in::answers).collect();
    if let Some(text) = text(data) {
        let seen = "2026-01-02".parse().expect("a day");
        match answers::parse(text, &seen, "answers.txt") {
            Ok(read) => known.extend(read),
            Err(error) => print(&[error.diagnostic(&Source::new("answers.txt", text))]),
        }
    }
    for before in [None, Some(&*EXAMPLE_LOCK)] {
        resolve((config, source), before, (&IP_RANGES, &known, &lists));
    }
    ask_ec2(data);
}

/// Puts every question to an AWS CLI that prints the parts of the input, one after the other; a part
/// that begins with `!` is what it complains of as it fails.
fn ask_ec2(data: &[u8]) {
    let region = Region::named("ap-northeast-1").expect("a region");
    let vpc = "vpc-0a1b2c3d4e5f60718".parse().expect("a VPC's id");
    let services = [Service::ecr_api(), Service::ecr_dkr()].map(|service| {
        let name = service.endpoint_service_name(region.partition, region.name);
        (service, name)
    });
    let printed = String::from_utf8_lossy(data);
    match aws_cli::endpoint_addresses(&mut printing(&printed), region, &vpc, &services) {
        Ok(found) => assert!(services.iter().all(|(service, _)| !found[service].is_empty())),
        Err(error) => complain(&error),
    }
    match aws_cli::s3_prefix_list(&mut printing(&printed), region) {
        Ok(list) => assert_eq!(list.name, region.s3_prefix_list_name()),
        Err(error) => complain(&error),
    }
}

fn printing(text: &str) -> impl FnMut(&AwsCommand) -> Result<Vec<u8>, AwsError> {
    let mut parts = text.split(BETWEEN);
    move |asked| match parts.next().unwrap_or_default() {
        part if part.starts_with('!') => {
            Err(AwsError::of_failure(asked, Some(255), &part.as_bytes()[1..]))
        }
        part => Ok(part.as_bytes().to_vec()),
    }
}

/// An error is one line that does not move the cursor.
fn complain(error: &AwsError) {
    let said = error.to_string();
    assert!(!said.is_empty() && !said.contains(char::is_control), "{said:?}");
    assert!(!error.command().to_string().is_empty());
}
