//! A panel: the frames of the VPC and of the groups, with the rows between them.

use super::drawing::{Drawing, Line, MARGIN, Spot, Tone, WIDTH, pitch};
use super::text::{self, Style};
use super::{FlowKind, Group, Label, Panel, Section, StopKind, way};

/// The columns, from left to right: the task, what is said of its arrows, what it goes by, and what
/// is outside.
pub(super) const VPC: (i32, i32) = (MARGIN, 694);
const TASK_GROUP: (i32, i32) = (36, 220);
pub(super) const TASK: (i32, i32) = (46, 210);
pub(super) const WORDS: (i32, i32) = (226, 402);
const GROUP: (i32, i32) = (422, 678);
pub(super) const STOP: (i32, i32) = (432, 668);
pub(super) const EDGE: (i32, i32) = (636, 752);
pub(super) const OUTSIDE: (i32, i32) = (782, WIDTH - MARGIN);

/// From one lane to the next.
const LANE: i32 = 15;
/// How high what stands in a row is, and the row with what is free below it.
pub(super) const HIGH: i32 = 40;
pub(super) const ROW: i32 = 48;
/// What a group's name takes.
const NAME: i32 = 26;
/// What is free above the lower edge of a frame.
const FOOT: i32 = 12;

/// Draws a panel from `top` on; its lower edge.
pub(super) fn panel(drawing: &mut Drawing, panel: &Panel, top: i32) -> i32 {
    let spot = |x, most| Spot { x, y: top + 22, most };
    drawing.write(Style::Heading, Tone::Ink, spot(VPC.0 + 14, 36), "VPC");
    let last = vpc_lines(drawing, &panel.vpc, spot(VPC.0 + 52, VPC.1 - VPC.0 - 66));
    drawing.write(
        Style::Heading,
        Tone::Soft,
        spot(OUTSIDE.0, OUTSIDE.1 - OUTSIDE.0),
        &panel.region,
    );

    let frame = last + 16;
    let task = &panel.task;
    let task_top = frame + arrivals(drawing, &task.group, TASK_GROUP, frame, WIDTH);
    let box_top = task_top + NAME;
    let lanes = lanes_left(panel.subnets.len());
    // The first row is not to begin above the task.
    let first = panel.sections.first().and_then(|section| section.group.as_ref());
    let head = first.map_or(0, |group| arrivals_height(group) + NAME);
    let mut y = frame.max(box_top - head);
    let last_with_lanes = panel.sections.iter().rposition(has_lanes);
    let mut lane_top = None;
    let mut rows_end = box_top;
    for (number, section) in panel.sections.iter().enumerate() {
        if number > 0 {
            y += 14;
        }
        let beside = if number == 0 { WIDTH } else { lanes };
        let dots = drawing.dots.len();
        (y, rows_end) = rows(drawing, section, panel.subnets.len(), (y, beside));
        lane_top = lane_top.or(drawing.dots.get(dots).map(|dot| dot.y));
        if last_with_lanes == Some(number) {
            y = lane_names(drawing, panel, lane_top.unwrap_or(y), y);
        }
    }
    let bottom = rows_end.max(box_top + words_height(task) + 16);
    task_box(drawing, task, box_top, bottom);
    drawing.frame(
        "group",
        TASK_GROUP.0,
        task_top,
        TASK_GROUP.1 - TASK_GROUP.0,
        bottom + FOOT - task_top,
    );
    group_name(drawing, &task.group, TASK_GROUP, task_top);
    let end = (bottom + FOOT).max(y) + 14;
    // Behind all other frames of this panel.
    let vpc = super::drawing::Rect {
        x: VPC.0,
        y: top,
        width: VPC.1 - VPC.0,
        height: end - top,
        class: "vpc",
    };
    drawing.frames.insert(0, vpc);
    end
}

/// The VPC's name and its prefixes, on one line where there is room: a prefix without its middle would
/// be another. The base line of the last line.
fn vpc_lines(drawing: &mut Drawing, vpc: &Label, spot: Spot) -> i32 {
    let joined = vpc.joined();
    let fits = text::width(Style::Code, &text::drawable(&joined)) <= spot.most;
    let next = match fits || vpc.detail.is_empty() {
        true => drawing.write_lines(Style::Code, Tone::Ink, spot, &joined, 1),
        false => {
            let y = drawing.write_lines(Style::Code, Tone::Ink, spot, &vpc.name, 1);
            drawing.write_lines(Style::Code, Tone::Ink, Spot { y, ..spot }, &vpc.detail, 4)
        }
    };
    next - pitch(Style::Code)
}

fn has_lanes(section: &Section) -> bool {
    let mut stops = section.rows.iter().filter_map(|row| row.stop.as_ref());
    stops.any(|stop| !stop.subnets.is_empty())
}

/// The x of a lane.
pub(super) fn lane(number: usize, of: usize) -> i32 {
    let behind = of.saturating_sub(number + 1);
    STOP.1 - 14 - LANE * i32::try_from(behind).unwrap_or(0)
}

/// Where the lanes begin.
pub(super) fn lanes_left(count: usize) -> i32 {
    if count == 0 { STOP.1 } else { lane(0, count) - 8 }
}

/// Most lines of what a group lets in.
const MOST_ARRIVALS: usize = 4;

/// As many flows as there is room for, whole, and how many more there are.
fn arrival_lines(group: &Group) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (number, flow) in group.ingress.iter().enumerate() {
        if lines.len() + flow.lines().count() > MOST_ARRIVALS {
            lines.push(format!("and {} more", group.ingress.len() - number));
            break;
        }
        lines.extend(flow.lines().map(str::to_owned));
    }
    lines
}

fn arrivals_height(group: &Group) -> i32 {
    let lines = i32::try_from(arrival_lines(group).len()).unwrap_or(0);
    if lines == 0 { 0 } else { lines * pitch(Style::Note) + 12 }
}

/// What is let into a group, as an arrow from above with a line for each flow; how high that is.
fn arrivals(
    drawing: &mut Drawing,
    group: &Group,
    (left, right): (i32, i32),
    top: i32,
    beside: i32,
) -> i32 {
    let height = arrivals_height(group);
    if height > 0 {
        drawing.arrow_down(FlowKind::Allowed, (left + 12, top - 2), top + height);
        let mut y = top + Style::Note.ascent();
        for line in arrival_lines(group) {
            let spot = Spot { x: left + 24, y, most: right.min(beside) - left - 26 };
            drawing.write(Style::Note, Tone::Ink, spot, &line);
            y += pitch(Style::Note);
        }
    }
    height
}

fn group_name(drawing: &mut Drawing, group: &Group, (left, right): (i32, i32), top: i32) {
    let spot = Spot { x: left + 10, y: top + 17, most: right - left - 20 };
    drawing.write(Style::Note, Tone::Of(FlowKind::Silent), spot, &group.name);
}

/// Draws a section; its end, and that of its last row.
fn rows(
    drawing: &mut Drawing,
    section: &Section,
    lanes: usize,
    (top, beside): (i32, i32),
) -> (i32, i32) {
    let mut y = top;
    if let Some(group) = &section.group {
        y += arrivals(drawing, group, GROUP, top, beside);
        group_name(drawing, group, (GROUP.0, GROUP.1.min(beside)), y);
    }
    let frame = y;
    if section.group.is_some() {
        y += NAME;
    }
    for row in &section.rows {
        way::row(drawing, row, lanes, y);
        y += ROW;
    }
    let end = y - (ROW - HIGH);
    if section.group.is_none() {
        return (end, end);
    }
    drawing.frame("group", GROUP.0, frame, GROUP.1 - GROUP.0, end + FOOT - frame);
    (end + FOOT, end)
}

/// The lanes down to the names of their subnets; the end of that.
fn lane_names(drawing: &mut Drawing, panel: &Panel, top: i32, from: i32) -> i32 {
    let count = panel.subnets.len();
    let mut y = from + 18;
    for (number, subnet) in panel.subnets.iter().enumerate() {
        let x = lane(number, count);
        let right = lanes_left(count) - 6;
        let turn = y - 4;
        drawing.lanes.push(Line { points: vec![(x, top), (x, turn), (right + 4, turn)] });
        let spot = Spot { x: WORDS.0, y, most: right - WORDS.0 };
        drawing.write_right(Style::Note, Tone::Soft, spot, &subnet.joined());
        y += pitch(Style::Note) + 1;
    }
    y - 8
}

const TASK_ROOM: i32 = TASK.1 - TASK.0 - 24;

fn words_height(task: &super::Task) -> i32 {
    let lines = |style, text: &str, most| {
        i32::try_from(text::wrapped(style, &text::drawable(text), TASK_ROOM, most).len())
            .unwrap_or(0)
            * pitch(style)
    };
    let details: i32 = task.details.iter().map(|detail| lines(Style::Small, detail, 3)).sum();
    lines(Style::Heading, &task.name, 4) + 4 + details
}

/// The task, with what is said of it in the middle of its height.
fn task_box(drawing: &mut Drawing, task: &super::Task, top: i32, bottom: i32) {
    drawing.boxed("task", TASK.0, top, TASK.1 - TASK.0, bottom - top);
    let y = top + (bottom - top - words_height(task)) / 2 + Style::Heading.ascent();
    let spot = |y| Spot { x: TASK.0 + 12, y, most: TASK_ROOM };
    let mut y = drawing.write_lines(Style::Heading, Tone::Ink, spot(y), &task.name, 4) + 2;
    for detail in &task.details {
        y = drawing.write_lines(Style::Small, Tone::Soft, spot(y), detail, 3);
    }
}

/// Whether a stop stands on the edge of the VPC.
pub(super) fn is_on_edge(kind: StopKind) -> bool {
    kind == StopKind::Edge
}
