//! What is said of a task: a line for each leg, and why where it is not reachable.

use super::super::places::Places;
use super::super::slots::{has_slot, list, put_in};
use super::super::ways::{self, ForSubnets, Reason};
use super::{Style, steps};
use crate::text::{COLUMNS, Colour, clean, painted, put};
use crate::truth::Truth;
use crate::verify::{Claim, Leg, TaskLegs, Trust, Via};

/// What all tasks are said with.
pub(super) struct Scope<'a> {
    pub(super) places: &'a Places<'a>,
    pub(super) trust: Trust,
    pub(super) style: Style,
}

/// A longer target does not widen the column for all.
const WIDEST_TARGET: usize = 28;

/// Most sentences that are said below a leg.
const MOST_REASONS: usize = 4;

pub(super) fn verdict(truth: Truth) -> (&'static str, Colour) {
    match truth {
        Truth::Yes => ("reachable", Colour::Green),
        Truth::No => ("blocked", Colour::Red),
        Truth::Unknown => ("cannot tell", Colour::Yellow),
    }
}

impl Scope<'_> {
    /// The task with its legs, without what is taken on trust.
    pub(super) fn task(&self, task: &TaskLegs) -> String {
        let name = clean(&task.task);
        let name = if task.asked { format!("asked: {name}") } else { name };
        let mut out = painted(Colour::Bold, &name, self.style.colour);
        if let Some(place) = self.places.text(Some(task.place)) {
            out.push_str(&format!("  ({place})"));
        }
        out.push('\n');
        let widest = |texts: &mut dyn Iterator<Item = usize>| {
            texts.filter(|width| *width <= WIDEST_TARGET).max().unwrap_or(0)
        };
        let legs = &task.legs;
        let needs = widest(&mut legs.iter().map(|leg| leg.need.name().len()));
        let targets = widest(&mut legs.iter().map(|leg| leg.target.chars().count()));
        for leg in legs {
            let target = clean(&leg.target);
            let first = format!("  {:needs$}  {target:targets$}  ", leg.need.name());
            self.leg(&mut out, &first, leg);
        }
        if legs.is_empty() {
            out.push_str("  needs nothing\n");
        }
        out
    }

    fn leg(&self, out: &mut String, first: &str, leg: &Leg) {
        let truth = leg.truth(self.trust);
        let (word, colour) = verdict(truth);
        let mut below = String::new();
        let beside = match truth {
            Truth::Yes => via(&ways::taken(leg, self.trust)),
            Truth::No | Truth::Unknown => {
                self.against(&mut below, leg, &ways::against(leg, self.trust), first)
            }
        };
        // Laid out without colours, which have no width.
        let mut lines = String::new();
        put(&mut lines, &format!("{first}{word:11}  "), "      ", &beside);
        let behind = lines.strip_prefix(first).and_then(|lines| lines.strip_prefix(word));
        out.push_str(first);
        out.push_str(&painted(colour, word, self.style.colour));
        out.push_str(behind.filter(|_| !beside.is_empty()).unwrap_or("\n"));
        out.push_str(&below);
        if self.style.evidence {
            steps::steps(self, out, leg);
        }
    }

    /// Why a leg is not reachable: what fits beside the verdict, and the rest below it.
    fn against(
        &self,
        below: &mut String,
        leg: &Leg,
        all: &[ForSubnets<'_, Vec<Reason>>],
        first: &str,
    ) -> String {
        let count = leg.origins.len();
        let words = |against: &ForSubnets<'_, _>, reason: &Reason| {
            put_in(
                &reason.text,
                against
                    .subnets
                    .first()
                    .filter(|_| against.subnets.len() == 1)
                    .unwrap_or(&"the subnet"),
            )
        };
        // Said of every subnet, and in the same words.
        let general = |against: &ForSubnets<'_, Vec<Reason>>| {
            against.subnets.len() == count
                && (count == 1 || !against.what.iter().any(|reason| has_slot(&reason.text)))
        };
        if let [only] = all
            && let [reason] = only.what.as_slice()
            && reason.kind == "fails"
            && general(only)
        {
            let text = clean(&words(only, reason));
            // The place is the finding's.
            if first.chars().count() + 13 + text.chars().count() <= COLUMNS {
                return text;
            }
        }
        let mut left = MOST_REASONS;
        for against in all.iter().take(MOST_REASONS) {
            let mut margin = "    ";
            if left == 0 {
                break;
            }
            if !general(against) {
                let subnets = clean(&list(&against.subnets));
                let many = match against.subnets.len() {
                    2 if count == 2 => "both subnets".to_owned(),
                    some if some == count => format!("all {count} subnets"),
                    some => format!("{some} of {count} subnets"),
                };
                put(below, margin, "      ", &format!("in {many}: {subnets}"));
                margin = "      ";
            }
            for reason in against.what.iter().take(left) {
                let first = format!("{margin}{}: ", reason.kind);
                let claim = Claim { text: words(against, reason), place: reason.place };
                self.claim(below, &first, margin.len() + 2, &claim);
            }
            left = left.saturating_sub(against.what.len());
        }
        let reasons: usize = all.iter().map(|against| against.what.len()).sum();
        if let more @ 1.. = reasons.saturating_sub(MOST_REASONS) {
            below.push_str(&format!("    and {more} more, which --evidence says\n"));
        }
        String::new()
    }

    /// A sentence behind `first`, with its place; further lines are indented.
    pub(super) fn claim(&self, out: &mut String, first: &str, indent: usize, claim: &Claim) {
        let place = self.places.text(claim.place).map(|place| format!("  ({place})"));
        let rest = " ".repeat(indent);
        let mut lines = String::new();
        put(&mut lines, first, &rest, &clean(&claim.text));
        append(out, &lines, place.as_deref().unwrap_or_default(), &rest);
    }

    /// What is taken on trust.
    pub(super) fn assumptions(&self, out: &mut String, assumed: &[Claim]) {
        if assumed.is_empty() {
            return;
        }
        out.push_str("  assuming\n");
        for claim in assumed {
            self.claim(out, "    ", 6, claim);
        }
    }
}

/// Adds lines, and `end` behind the last of them or, where it does not fit, below it.
fn append(out: &mut String, lines: &str, end: &str, rest: &str) {
    let lines = lines.trim_end_matches('\n');
    out.push_str(lines);
    let last = lines.rsplit('\n').next().unwrap_or_default();
    if last.chars().count() + end.chars().count() > COLUMNS {
        out.push('\n');
        out.push_str(rest);
        out.push_str(end.trim_start());
    } else {
        out.push_str(end);
    }
    out.push('\n');
}

/// `via EcrApi`, or each way with its subnets where they differ.
fn via(ways: &[ForSubnets<'_, (Via, &str)>]) -> String {
    let word = |(via, by): (Via, &str)| way(via, by);
    if let [only] = ways {
        return format!("via {}", word(only.what));
    }
    let each = ways
        .iter()
        .map(|one| format!("via {} from {}", word(one.what), clean(&one.subnets.join(", "))));
    each.collect::<Vec<_>>().join("; ")
}

/// A way by its name.
pub(super) fn way(via: Via, by: &str) -> String {
    let by = clean(by);
    let named = |what: &str| if by.is_empty() { what.to_owned() } else { format!("{what} {by}") };
    match via {
        Via::Endpoint => by,
        Via::Vpc => named("mount targets of"),
        Via::Fargate => "Fargate's own interface".to_owned(),
        Via::Nat => named("NAT"),
        Via::Internet => named("internet gateway"),
    }
}
