//! Facts that nobody has supplied, and the ways to supply them.

use std::ops::Range;
use std::sync::Arc;

use crate::aws::Region;
use crate::diagnostic::{Code, Diagnostic, Source};

/// A fact that nobody has supplied.
pub(super) struct Missing {
    pub(super) what: String,
    pub(super) span: Range<usize>,
    pub(super) kind: MissingKind,
}

pub(super) enum MissingKind {
    /// The addresses of this host.
    Host(String),
    /// The id of S3's prefix list in this region.
    PrefixList(&'static Region),
}

/// An error for each fact, and one behind them that says how to supply all of them at once.
pub(super) fn missing_facts(missing: &[Missing], source: &Arc<Source>) -> Vec<Diagnostic> {
    let mut diagnostics: Vec<Diagnostic> = missing
        .iter()
        .map(|missing| {
            let label = match missing.kind {
                MissingKind::Host(_) => "needed for `egress: ecr-prefixes`",
                MissingKind::PrefixList(_) => "needed for the tasks' egress to S3",
            };
            Diagnostic::error(Code::MissingFact, &missing.what).at(
                source,
                missing.span.clone(),
                label,
            )
        })
        .collect();
    if missing.is_empty() {
        return diagnostics;
    }
    let hosts: Vec<&str> = missing
        .iter()
        .filter_map(|missing| match &missing.kind {
            MissingKind::Host(host) => Some(host.as_str()),
            MissingKind::PrefixList(_) => None,
        })
        .collect();
    let regions: Vec<&Region> = missing
        .iter()
        .filter_map(|missing| match missing.kind {
            MissingKind::PrefixList(region) => Some(region),
            MissingKind::Host(_) => None,
        })
        .collect();
    let (mut commands, mut flags, mut without) = (Vec::new(), String::new(), Vec::new());
    if !hosts.is_empty() {
        commands.push(format!("dig +noall +answer {} > answers.txt", hosts.join(" ")));
        flags.push_str(" --answers answers.txt");
        without.push(
            "`endpoint: {egress: deny}`, which a pull works with, or `endpoint: {egress: open}`",
        );
    }
    for (n, region) in regions.iter().enumerate() {
        commands.push(format!(
            "aws ec2 describe-managed-prefix-lists --region {region} {} lists.json",
            if n == 0 { ">" } else { ">>" }
        ));
    }
    if !regions.is_empty() {
        flags.push_str(" --prefix-lists lists.json");
        without.push("`s3-prefix-list: pl-…` with the id that the AWS CLI prints");
    }
    let count = match missing.len() {
        1 => "a fact is missing".to_owned(),
        many => format!("{many} facts are missing"),
    };
    diagnostics.push(
        Diagnostic::error(Code::MissingFact, format!("{count}; there are three ways to supply what is missing"))
            .help("1. look it up: `fargate-egress resolve`, outside of the VPC, with a network and AWS credentials")
            .help(format!(
                "2. have it looked up elsewhere: {}; fargate-egress resolve --snapshot{flags}",
                commands.join("; ")
            ))
            .help(format!("3. do without it: write {}", without.join("; and ")))
    );
    diagnostics
}
