//! `resolve`: what the config needs, looked up, into the lock.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::cli::Resolve;
use super::output::Report;
use super::{Failure, Paths, Process, display, files, unless_errors};
use crate::aws::Region;
use crate::diagnostic::{Code, Diagnostic, Source};
use crate::facts::prefix_lists::PrefixList;
use crate::facts::{Answer, Seen, answers, built_in, prefix_lists};
use crate::lock::{self, Lock, Sources};

/// Most bytes of a file of answers or of prefix lists.
const MOST_BYTES: u64 = 16 << 20;

pub(super) fn run(args: &Resolve, paths: &Paths, process: &Process) -> Result<Report, Failure> {
    let (config, source) = paths.read_config()?;
    let previous = paths.read_lock(lock::parse_lenient)?;
    let seen = match &args.seen {
        None => Seen::from(process.today),
        Some(text) => text.parse().map_err(|error| {
            let message = format!("`--seen {text}` is not a time: {error}");
            Diagnostic::error(Code::InvalidAnswers, message).help("write a day such as 2026-01-31")
        })?,
    };
    let mut answers: Vec<Answer> = Region::ALL.iter().flat_map(built_in::answers).collect();
    for path in &args.answers {
        answers.extend(read_answers(path, &seen)?);
    }
    let mut lists = Vec::new();
    for path in &args.prefix_lists {
        let source = if path == Path::new("-") { "standard input".into() } else { display(path) };
        let read = read_prefix_lists(path, &source)?;
        lists.extend(read.into_iter().map(|list| (list, source.clone())));
    }
    let ip_ranges = built_in::ip_ranges();
    let sources = Sources { ip_ranges: &ip_ranges, answers: &answers, prefix_lists: &lists };
    let lock = lock::resolve(&config, &source, previous.as_ref(), &sources)
        .or_else(|errors| unless_errors(errors).map(|_| Lock::default()))?;

    let text = lock::emit(&lock);
    let contents: [(PathBuf, &[u8]); 1] = [(paths.lock.clone(), text.as_bytes())];
    let written = files::replace(&contents)? == [true];
    Ok(report(&lock, &display(&paths.lock), written))
}

fn missing(path: &Path) -> Failure {
    let message = format!("there is no `{}`", path.display());
    Diagnostic::error(Code::InvalidAnswers, message).help("check the path").into()
}

fn read_answers(path: &Path, seen: &Seen) -> Result<Vec<Answer>, Failure> {
    let source = files::read_text(path, MOST_BYTES)?.ok_or_else(|| missing(path))?;
    answers::parse(&source.text, seen, &source.name).map_err(|error| {
        let line = source.text.split_inclusive('\n').take(error.line - 1).map(str::len).sum();
        let end = line + source.text[line..].lines().next().map_or(0, str::len);
        Diagnostic::error(Code::InvalidAnswers, error.to_string())
            .at(&source, line..end, "not a record")
            .help("make the file with: dig +noall +answer HOST… > FILE")
            .into()
    })
}

fn read_prefix_lists(path: &Path, name: &str) -> Result<Vec<PrefixList>, Failure> {
    let bytes = files::read(path, MOST_BYTES)?.ok_or_else(|| missing(path))?;
    prefix_lists::parse(&bytes).map_err(|error| {
        let source = Source::new(name, String::from_utf8_lossy(&bytes));
        let at = source
            .text
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum::<usize>()
            + error.column().saturating_sub(1);
        Diagnostic::error(Code::InvalidPrefixLists, format!("not a list of prefix lists: {error}"))
            .at(&source, at..at, "found here")
            .help("make it with: aws ec2 describe-managed-prefix-lists --output json")
            .into()
    })
}

fn report(lock: &Lock, path: &str, written: bool) -> Report {
    let mut report = Report::default();
    report.text.push_str(&format!("{} {path}\n", if written { "wrote" } else { "unchanged" }));
    for (region, facts) in lock.partitions.values().flatten() {
        report.text.push_str(&format!("\n{region}\n"));
        for (prefix, published) in &facts.prefixes {
            let services: Vec<&str> = published.services.iter().map(String::as_str).collect();
            report.text.push_str(&format!("  {prefix}  {}\n", services.join(", ")));
        }
        if let Some(list) = facts.s3_prefix_list() {
            report.text.push_str(&format!("  {}  {}, {}\n", list.id, list.name, list.source));
        }
    }
    report.text.push_str("\nnext:\n  fargate-egress generate\n");
    report.fields.insert("lock".to_owned(), json!(path));
    report.fields.insert("written".to_owned(), json!(written));
    report
}
