//! `resolve`: what the config needs, looked up, into the lock.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use serde_json::json;

use super::cli::{Accepted, Resolve};
use super::files::Replacement;
use super::given::Given;
use super::output::Report;
use super::{Failure, Paths, Process, display, files, refused, sorted};
use crate::aws::Region;
use crate::config::{Config, StackName};
use crate::diagnostic::{Code, Diagnostic, Source};
use crate::facts::prefix_lists::PrefixList;
use crate::facts::{Answer, IpRanges, Seen, built_in};
use crate::lock::{self, Accept, Change, ChangeKind, Forget, Lock, Sources, StackFacts};

pub(super) fn run(args: &Resolve, paths: &Paths, process: &Process) -> Result<Report, Failure> {
    let (config, source) = paths.read_config()?;
    // Two runs at once would each write what it read and saw, and the later one would undo the other.
    let _hold = if args.dry_run { None } else { Some(files::hold(&paths.lock)?) };
    let (previous, before) = paths.read_lock_to_renew()?.unzip();
    let seen = seen(args, process.today)?;
    if args.seen.is_some() && args.answers.is_empty() {
        let message = "`--seen` is the day of what `--answers` has, and `--answers` is not given";
        return Err(Diagnostic::error(Code::MissingFlag, message)
            .help("add --answers FILE, or leave it out")
            .into());
    }
    let given = Given::read(&args.answers, &args.prefix_lists, &seen)?;
    let World { ip_ranges, answers, prefix_lists, stacks, mut notices, forget } =
        ask(args, &config, &source, &given, previous.as_ref(), process)?;
    let accepts = |what| args.accept.contains(&what);
    let sources = Sources {
        ip_ranges: &ip_ranges,
        answers: &answers,
        prefix_lists: &prefix_lists,
        stacks: &stacks,
        forget,
        accept: Accept {
            older_ip_ranges: accepts(Accepted::OlderIpRanges),
            smaller_ip_ranges: accepts(Accepted::SmallerIpRanges),
            vanished_prefix: accepts(Accepted::VanishedPrefix),
            moved_prefix: accepts(Accepted::MovedPrefix),
        },
    };
    let resolved = lock::resolve(&config, &source, previous.as_ref(), &sources).map_err(refused)?;
    let text = lock::emit(&resolved.lock);
    let before = before.as_ref().map(|source| source.text.as_str());
    let differs = before != Some(&text);
    let previous = previous.unwrap_or_default();
    let changes = lock::changes(&previous, &resolved.lock);
    if !args.dry_run {
        let before = before.map(str::as_bytes);
        let change = Replacement::since(&paths.lock, text.as_bytes(), before);
        files::replace(&[change], &[(&paths.config, &source)])?;
    }
    let what_else = match (resolved.lock == previous, before.is_some(), args.dry_run) {
        (true, true, _) => "the same facts, in the form that `resolve` writes",
        (true, false, _) => "no facts: the config needs none",
        (false, _, true) => "what was seen again, and by whom",
        (false, _, false) => "what was seen again, and by whom; `git diff` has the details",
    };
    let mut report = report(&changes, &display(&paths.lock), differs, what_else, args.dry_run);
    notices.extend(resolved.notices);
    notices.extend(given.unused(&config));
    notices.extend(clock_behind(&previous, process.today));
    notices.extend(old_observations(&resolved.lock, process.today));
    report.diagnostics = sorted(notices);
    Ok(report)
}

/// What is known of the world, from wherever.
struct World {
    ip_ranges: IpRanges,
    answers: Vec<Answer>,
    prefix_lists: Vec<(PrefixList, String)>,
    stacks: BTreeMap<StackName, StackFacts>,
    notices: Vec<Diagnostic>,
    forget: Option<Forget>,
}

/// Whether `--snapshot` knows all that a config needs.
pub(super) fn is_built_in(config: &Config, source: &Arc<Source>) -> bool {
    let sources = Sources {
        ip_ranges: &built_in::ip_ranges(),
        answers: &built_in_answers(),
        prefix_lists: &[],
        stacks: &BTreeMap::new(),
        forget: None,
        accept: Accept::default(),
    };
    lock::resolve(config, source, None, &sources).is_ok()
}

fn built_in_answers() -> Vec<Answer> {
    Region::ALL.iter().flat_map(built_in::answers).collect()
}

/// What is built in, with what was given.
fn snapshot(given: &Given) -> World {
    let mut answers = built_in_answers();
    answers.extend(given.answers.iter().cloned());
    World {
        ip_ranges: built_in::ip_ranges(),
        answers,
        prefix_lists: given.prefix_lists.clone(),
        stacks: BTreeMap::new(),
        notices: Vec::new(),
        forget: None,
    }
}

#[cfg(feature = "resolve")]
fn ask(
    args: &Resolve,
    config: &Config,
    source: &Arc<Source>,
    given: &Given,
    before: Option<&Lock>,
    process: &Process,
) -> Result<World, Failure> {
    if args.snapshot {
        if let Some(flag) = args.live.given() {
            let message = format!("`{flag}` asks the world, and `--snapshot` does not");
            return Err(Diagnostic::error(Code::ConflictingKeys, message)
                .help("leave one of the two out")
                .into());
        }
        return Ok(snapshot(given));
    }
    let looked_up = super::look_up::look_up(config, source, &args.live, process, given, before)?;
    Ok(World {
        // Where no prefix is needed none is chosen.
        ip_ranges: looked_up.ip_ranges.unwrap_or_else(built_in::ip_ranges),
        answers: given.answers.iter().cloned().chain(looked_up.answers).collect(),
        prefix_lists: given.prefix_lists.iter().cloned().chain(looked_up.prefix_lists).collect(),
        stacks: looked_up.stacks,
        notices: looked_up.notices,
        forget: Some(Forget { today: process.today, after_days: args.forget_after.unwrap_or(90) }),
    })
}

#[cfg(not(feature = "resolve"))]
fn ask(
    args: &Resolve,
    _: &Config,
    _: &Arc<Source>,
    given: &Given,
    _: Option<&Lock>,
    _: &Process,
) -> Result<World, Failure> {
    if args.snapshot {
        return Ok(snapshot(given));
    }
    Err(Diagnostic::error(Code::MissingFlag, "this program was built without the network")
        .help("use what is built in: fargate-egress resolve --snapshot")
        .into())
}

/// The day to write down for answers in files.
fn seen(args: &Resolve, today: Date) -> Result<Seen, Failure> {
    let Some(text) = &args.seen else { return Ok(Seen::from(today)) };
    let wrong = |why: String| {
        Diagnostic::error(Code::InvalidAnswers, format!("`--seen {text}` {why}"))
            .help("write a day such as 2026-01-31, not one to come")
    };
    let seen: Seen = text.parse().map_err(|error| wrong(format!("is not a time: {error}")))?;
    if seen > Seen::from(today) {
        return Err(wrong("has not come yet".to_owned()).into());
    }
    Ok(seen)
}

/// The hosts of a lock, each with when one of its addresses was seen last.
fn last_seen(lock: &Lock) -> impl Iterator<Item = (&String, Option<&Seen>)> {
    let regions = lock.partitions.values().flatten();
    let services = regions.flat_map(|(_, facts)| facts.services.values());
    services.flat_map(|service| &service.hosts).map(|(host, facts)| {
        (host, facts.addresses.values().filter_map(|known| known.last_seen.as_ref()).max())
    })
}

/// Warns of a day that others, or this machine, were past already; but not of one day, which is
/// what clocks that are nearly right differ by around midnight.
fn clock_behind(lock: &Lock, today: Date) -> Option<Diagnostic> {
    let (newest, seen) = last_seen(lock)
        .filter_map(|(_, seen)| seen.and_then(|seen| Some((seen.first_day()?, seen))))
        .max()?;
    let ahead = today.until(newest).map_or(0, |span| span.get_days());
    (ahead > 1).then(|| {
        let when = if seen.day().is_some() { "on" } else { "in" };
        let message = format!(
            "today is {today} by the clock of this machine, and the lock has what was seen {when} {seen}"
        );
        Diagnostic::warning(Code::ClockBehind, message)
            .help("set the clock, and look at the days that changed: git diff")
    })
}

/// Warns of hosts that nobody has seen an address of for a long time.
fn old_observations(lock: &Lock, today: Date) -> Vec<Diagnostic> {
    const OLD_DAYS: i32 = 90;
    let old: Vec<String> = last_seen(lock)
        .filter_map(|(host, newest)| {
            let day = newest.and_then(Seen::last_day);
            let is_old =
                day.is_none_or(|day| day.until(today).is_ok_and(|span| span.get_days() > OLD_DAYS));
            let when = newest.map_or("nobody noted when".to_owned(), |seen| format!("seen {seen}"));
            is_old.then(|| format!("{host} ({when})"))
        })
        .collect();
    if old.is_empty() {
        return Vec::new();
    }
    let message =
        format!("addresses that were last seen more than {OLD_DAYS} days ago: {}", old.join(", "));
    vec![Diagnostic::warning(Code::OldObservation, message).help(
        "ECR may answer with others by now: look with `fargate-egress resolve`, outside of the VPC",
    )]
}

/// `what_else` is what differs where no change is one of facts.
fn report(changes: &[Change], path: &str, differs: bool, what_else: &str, dry_run: bool) -> Report {
    let mut report = Report::default();
    let done = match (differs, dry_run) {
        (true, true) => "would change",
        (false, true) => "would leave unchanged",
        (true, false) => "wrote",
        (false, false) => "unchanged",
    };
    report.text.push_str(&format!("{done} {path}\n"));
    if differs && changes.is_empty() {
        report.text.push_str(&format!("\n{what_else}\n"));
    }
    let widest = changes.iter().map(|change| change.what.chars().count()).max().unwrap_or_default();
    let mut place = "";
    for change in changes {
        if change.place != place {
            place = &change.place;
            report.text.push_str(&format!("\n{place}\n"));
        }
        let sign = match change.kind {
            ChangeKind::Added => '+',
            ChangeKind::Removed => '-',
            ChangeKind::Changed => '~',
        };
        report.text.push_str(&format!("  {sign} {:widest$}  {}\n", change.what, change.why));
    }
    if differs && !dry_run {
        report.text.push_str("\nnext:\n  fargate-egress generate\n");
    }
    report.fields.insert("lock".to_owned(), json!(path));
    report.fields.insert("written".to_owned(), json!(differs && !dry_run));
    report.fields.insert("changes".to_owned(), json!(changes));
    report
}
