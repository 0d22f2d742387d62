//! A row of a panel: an arrow from the task, what it goes by, and what it leads to.

use super::drawing::{Dot, Drawing, Spot, Tone};
use super::frame::{EDGE, HIGH, OUTSIDE, STOP, TASK, VPC, WORDS, is_on_edge, lane, lanes_left};
use super::text::Style;
use super::{Flow, FlowKind, Row, Stop, StopKind};

/// Draws a row whose upper edge is `top`.
pub(super) fn row(drawing: &mut Drawing, row: &Row, lanes: usize, top: i32) {
    let middle = top + HIGH / 2;
    if let Some(flow) = &row.flow {
        let end = match &row.stop {
            Some(stop) if is_on_edge(stop.kind) => EDGE.0,
            Some(_) => STOP.0,
            None => OUTSIDE.0,
        };
        drawing.arrow(flow.kind, (TASK.1, middle), end);
        words(drawing, flow, WORDS, middle);
    }
    let mut begin = VPC.1;
    if let Some(stop) = &row.stop {
        begin = halt(drawing, stop, lanes, top);
    }
    if let Some(flow) = &row.onward {
        drawing.arrow(flow.kind, (begin, middle), OUTSIDE.0);
        // Behind what stands on the edge there is no room for words.
        if begin <= VPC.1 {
            // A cross takes more than a head.
            let end = if flow.kind == FlowKind::Refused { 32 } else { 10 };
            words(drawing, flow, (VPC.1 + 4, OUTSIDE.0 - end), middle);
        }
    }
    if let Some(label) = &row.outside {
        let silent = row.flows().all(|flow| flow.kind == FlowKind::Silent);
        let class = if silent { "outside quiet" } else { "outside" };
        drawing.boxed(class, OUTSIDE.0, top, OUTSIDE.1 - OUTSIDE.0, HIGH);
        let room = (OUTSIDE.0 + 10, OUTSIDE.1 - 8);
        let tone = if silent { Tone::Soft } else { Tone::Ink };
        two_lines(drawing, room, middle, (&label.name, &label.detail), tone);
    }
}

/// What is said of an arrow, above and below it.
fn words(drawing: &mut Drawing, flow: &Flow, (left, right): (i32, i32), middle: i32) {
    let spot = |y| Spot { x: left, y, most: right - left };
    let tone = match flow.kind {
        FlowKind::Silent => Tone::Soft,
        _ => Tone::Ink,
    };
    drawing.write(Style::Note, tone, spot(middle - 7), &flow.label);
    let below = if flow.kind == FlowKind::Allowed { Tone::Soft } else { Tone::Of(flow.kind) };
    drawing.write(Style::Small, below, spot(middle + 15), &flow.note);
}

/// Draws what an arrow goes by; where the next one begins.
fn halt(drawing: &mut Drawing, stop: &Stop, lanes: usize, top: i32) -> i32 {
    let middle = top + HIGH / 2;
    let (left, right) = if is_on_edge(stop.kind) { EDGE } else { STOP };
    let class = match stop.kind {
        StopKind::Interface => "endpoint",
        StopKind::Edge => "endpoint edge",
        StopKind::Elsewhere => "elsewhere",
        StopKind::Absent => "absent",
        StopKind::Rules => "",
    };
    if stop.kind != StopKind::Rules {
        drawing.boxed(class, left, top, right - left, HIGH);
    }
    for number in &stop.subnets {
        drawing.dots.push(Dot { x: lane(*number, lanes), y: middle });
    }
    let end = if is_on_edge(stop.kind) { right - 8 } else { lanes_left(lanes).min(right - 8) };
    let inset = if stop.kind == StopKind::Rules { 0 } else { 12 };
    let tone = match stop.kind {
        StopKind::Rules | StopKind::Absent => Tone::Soft,
        _ => Tone::Ink,
    };
    let label = (stop.label.name.as_str(), stop.label.detail.as_str());
    two_lines(drawing, (left + inset, end), middle, label, tone);
    if stop.kind == StopKind::Rules { STOP.1 } else { right }
}

/// A name and what is said of it, one below the other.
fn two_lines(
    drawing: &mut Drawing,
    (left, right): (i32, i32),
    middle: i32,
    (name, detail): (&str, &str),
    tone: Tone,
) {
    let spot = |y| Spot { x: left, y, most: right - left };
    let y = if detail.is_empty() { middle + 4 } else { middle - 3 };
    drawing.write(Style::Code, tone, spot(y), name);
    drawing.write(Style::Small, Tone::Soft, spot(middle + 13), detail);
}
