//! The picture of a verification: each kind of task with its legs, and what its groups allow beside.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::reach::Reach;
use super::{FlowKind, MOST_PANELS, Panel, Picture, Row, at_most, count, names};
use crate::diagnostic::Source;
use crate::truth::Truth;
use crate::verify::report::condition;
use crate::verify::{Outcome, TaskLegs, Trust, Verification};

/// The picture of a verification. Of several ways in which conditions may turn out it is the first of
/// the worst.
pub fn of_verification(verification: &Verification) -> Picture {
    let trust = verification.trust;
    let outcomes = &verification.outcomes;
    let worst = (0..outcomes.len())
        .min_by_key(|number| worst_of(outcomes[*number].tasks.iter(), trust))
        .unwrap_or_default();
    let mut picture = Picture {
        title: title(&verification.sources),
        footer: format!("verified by fargate-egress {}", env!("CARGO_PKG_VERSION")),
        ..Picture::default()
    };
    let Some(outcome) = outcomes.get(worst) else { return picture };
    let (tasks, unfit) = fit(outcome, trust);
    picture.summary = summary(&tasks, trust);
    if let Some(condition) = condition(outcomes, &[worst]) {
        let ways = count(outcomes.len(), "way");
        picture.notes.push(format!(
            "Drawn if {condition}: of {ways} in which conditions may turn out, the first of the worst."
        ));
    }
    if unfit > 0 {
        let groups = count(unfit, "group");
        picture.notes.push(format!("Not drawn: {groups} with which a task could not pull."));
    }
    if let Some((conditions, _)) = &verification.undecided {
        picture.notes.push(format!("Left open: {}.", conditions.join(", ")));
    }
    let region = verification.region.map_or_else(|| "AWS".to_owned(), |one| format!("AWS {one}"));
    let panels = tasks.into_iter().map(|task| {
        let reach = Reach { network: &outcome.network, task, trust };
        reach.panel(&region)
    });
    let mut panels = merged(panels.collect());
    if panels.len() > MOST_PANELS {
        panels.sort_by_key(|panel| panel.rows().filter_map(badness).min().unwrap_or(u8::MAX));
    }
    let (panels, more) = at_most(panels, MOST_PANELS);
    if more > 0 {
        picture.notes.push(format!("Not drawn: {}.", count(more, "more panel")));
    }
    if panels.is_empty() {
        picture.notes.push("There is no Fargate task here.".to_owned());
    }
    picture.panels = panels;
    picture
}

/// The tasks to draw. Of groups that tasks may wear it is enough that one is for them; how many of
/// the others there are.
fn fit(outcome: &Outcome, trust: Trust) -> (Vec<&TaskLegs>, usize) {
    let pulls = |task: &TaskLegs| {
        let mut legs = task.legs.iter().filter(|leg| leg.need.is_pull());
        legs.all(|leg| leg.truth(trust).is_yes())
    };
    let one_pulls = outcome.tasks.iter().any(|task| task.asked && pulls(task));
    let (fit, unfit): (Vec<_>, Vec<_>) =
        outcome.tasks.iter().partition(|task| !(one_pulls && task.asked && !pulls(task)));
    (fit, unfit.len())
}

/// What is worse is less.
fn worst_of<'a>(tasks: impl Iterator<Item = &'a TaskLegs>, trust: Trust) -> u8 {
    let truths = tasks.flat_map(|task| &task.legs).map(|leg| leg.truth(trust));
    truths.map(rank).min().unwrap_or(u8::MAX)
}

fn rank(truth: Truth) -> u8 {
    match truth {
        Truth::No => 0,
        Truth::Unknown => 1,
        Truth::Yes => 2,
    }
}

fn badness(row: &Row) -> Option<u8> {
    row.flow.as_ref().map(|flow| match flow.kind {
        FlowKind::Refused => 0,
        FlowKind::Unknown => 1,
        FlowKind::Allowed | FlowKind::Silent => 2,
    })
}

/// Tasks that differ in their names alone are one panel.
fn merged(panels: Vec<Panel>) -> Vec<Panel> {
    const MOST_TASKS: usize = 3;
    let mut found: Vec<(Panel, Vec<String>)> = Vec::new();
    for mut panel in panels {
        let name = std::mem::take(&mut panel.task.name);
        match found.iter_mut().find(|(known, _)| *known == panel) {
            Some((_, names)) => names.push(name),
            None => found.push((panel, vec![name])),
        }
    }
    let named = found.into_iter().map(|(mut panel, tasks)| {
        panel.task.name = names(tasks, MOST_TASKS);
        panel
    });
    named.collect()
}

/// The names of the files, without their folders.
fn title(files: &[Arc<Source>]) -> String {
    const MOST_FILES: usize = 3;
    let short = files.iter().map(|file| file.name.rsplit(['/', '\\']).next().unwrap_or_default());
    names(short.map(str::to_owned).collect(), MOST_FILES)
}

/// What is reached, what is not, and what nobody can tell; by needs.
fn summary(tasks: &[&TaskLegs], trust: Trust) -> String {
    let legs = || tasks.iter().flat_map(|task| &task.legs);
    let needs: BTreeSet<_> = legs().map(|leg| leg.need).collect();
    let with = |wanted: Truth| {
        let is =
            |need| Truth::all(legs().filter(|leg| leg.need == need).map(|leg| leg.truth(trust)));
        let names = needs.iter().filter(|need| is(**need) == wanted).map(|need| need.name());
        names.collect::<Vec<_>>()
    };
    let said = [
        ("Blocked", with(Truth::No)),
        ("Cannot be told", with(Truth::Unknown)),
        ("Reachable", with(Truth::Yes)),
    ];
    let said = said.iter().filter(|(_, names)| !names.is_empty());
    let said: Vec<String> =
        said.map(|(word, names)| format!("{word}: {}.", super::and(names))).collect();
    said.join(" ")
}
