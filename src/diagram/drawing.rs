//! A picture with a place for everything, in whole pixels: what the SVG template prints.
//!
//! Columns are fixed and rows are as many as there are, so that every arrow is a straight line from
//! the task to the right, and none crosses another or a text.

use serde::Serialize;

use super::text::{self, Style};
use super::{FlowKind, Picture, StopKind, frame};

/// Everything with its place, in whole pixels from the upper left. Templates draw frames, lanes, arrows, boxes, dots and texts, in this
/// order.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Drawing {
    /// Of the whole picture, in pixels.
    pub width: i32,
    /// Of the whole picture, in pixels.
    pub height: i32,
    /// The picture's name, for who does not see it.
    pub title: String,
    /// What there is to see, in a sentence or two, for the same.
    pub description: String,
    /// What stands around other things.
    pub frames: Vec<Rect>,
    /// The lanes of subnets, with what leads to their names.
    pub lanes: Vec<Line>,
    /// From left to right, or down.
    pub arrows: Vec<Arrow>,
    /// What stands before arrows: tasks, endpoints, services.
    pub boxes: Vec<Rect>,
    /// The endpoints' interfaces, each in the lane of its subnet.
    pub dots: Vec<Dot>,
    /// Everything that is written.
    pub texts: Vec<Text>,
}

/// A rectangle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rect {
    /// Of its left edge.
    pub x: i32,
    /// Of its upper edge.
    pub y: i32,
    /// Of itself, in pixels.
    pub width: i32,
    /// Of itself, in pixels.
    pub height: i32,
    /// Its class in the style sheet.
    pub class: &'static str,
}

/// A line by its corners.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// From one end to the other; at least two.
    pub points: Vec<(i32, i32)>,
}

/// An arrow: a straight line, its head, and where it is stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Arrow {
    /// Where it begins.
    pub from: (i32, i32),
    /// The tip of its head.
    pub to: (i32, i32),
    /// The three corners of its head; nothing where it is stopped before.
    pub head: Vec<(i32, i32)>,
    /// The middle of the cross that stops it.
    pub cross: Option<(i32, i32)>,
    /// The name of a [`FlowKind`].
    pub class: &'static str,
}

/// An interface of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dot {
    /// Of its middle.
    pub x: i32,
    /// Of its middle.
    pub y: i32,
}

/// Something written, on one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Text {
    /// Of its left end, or of its right one.
    pub x: i32,
    /// Of its base line.
    pub y: i32,
    /// Whether `x` is its right end.
    pub right: bool,
    /// Its style and its tone, as classes.
    pub class: String,
    /// What is written.
    pub text: String,
    /// All of it, where that is more.
    pub full: Option<String>,
    /// The room that it takes at most, in whatever font the reader has.
    #[serde(skip)]
    pub bounds: Rect,
}

/// What colour a text has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// What is to be read first.
    Ink,
    /// What is said beside it.
    Soft,
    /// What is said of an arrow.
    Of(FlowKind),
}

impl Tone {
    fn name(self) -> &'static str {
        match self {
            Tone::Ink => "ink",
            Tone::Soft | Tone::Of(FlowKind::Silent) => "soft",
            Tone::Of(kind) => kind.name(),
        }
    }
}

/// Where something is written: from `x` on, in so many pixels, on the base line `y`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) most: i32,
}

/// The width of every drawing.
pub(super) const WIDTH: i32 = 960;
/// What is left free at the edges.
pub(super) const MARGIN: i32 = 20;
const INNER: i32 = WIDTH - 2 * MARGIN;

impl Drawing {
    pub(super) fn frame(&mut self, class: &'static str, x: i32, y: i32, width: i32, height: i32) {
        self.frames.push(Rect { x, y, width, height, class });
    }

    pub(super) fn boxed(&mut self, class: &'static str, x: i32, y: i32, width: i32, height: i32) {
        self.boxes.push(Rect { x, y, width, height, class });
    }

    /// An arrow to the right. What is refused ends before it is there.
    pub(super) fn arrow(&mut self, kind: FlowKind, (from, y): (i32, i32), to: i32) {
        let is_refused = kind == FlowKind::Refused;
        let end = if is_refused { to - 22 } else { to };
        self.arrows.push(Arrow {
            from: (from, y),
            to: (if is_refused { end } else { end - 6 }, y),
            head: if is_refused {
                Vec::new()
            } else {
                vec![(end, y), (end - 8, y - 5), (end - 8, y + 5)]
            },
            cross: is_refused.then_some((end, y)),
            class: kind.name(),
        });
    }

    /// An arrow downwards.
    pub(super) fn arrow_down(&mut self, kind: FlowKind, (x, from): (i32, i32), to: i32) {
        self.arrows.push(Arrow {
            from: (x, from),
            to: (x, to - 6),
            head: vec![(x, to), (x - 5, to - 8), (x + 5, to - 8)],
            cross: None,
            class: kind.name(),
        });
    }

    /// Writes a text, shortened to what there is room for.
    pub(super) fn write(&mut self, style: Style, tone: Tone, spot: Spot, text: &str) {
        self.put(style, tone, spot, text, false);
    }

    /// The same so that it ends where the room ends.
    pub(super) fn write_right(&mut self, style: Style, tone: Tone, spot: Spot, text: &str) {
        self.put(style, tone, spot, text, true);
    }

    fn put(&mut self, style: Style, tone: Tone, spot: Spot, text: &str, right: bool) {
        let full = text::drawable(text);
        let text = text::shortened(style, &full, spot.most);
        if text.trim().is_empty() {
            return;
        }
        let width = text::width(style, &text);
        let (x, left) =
            if right { (spot.x + spot.most, spot.x + spot.most - width) } else { (spot.x, spot.x) };
        let bounds = Rect {
            x: left,
            y: spot.y - style.ascent(),
            width,
            height: style.ascent() + style.descent(),
            class: style.name(),
        };
        self.texts.push(Text {
            x,
            y: spot.y,
            right,
            class: format!("{} {}", style.name(), tone.name()),
            full: (full != text).then_some(full),
            text,
            bounds,
        });
    }

    /// Writes a text on several lines; the base line of the next one.
    pub(super) fn write_lines(
        &mut self,
        style: Style,
        tone: Tone,
        spot: Spot,
        text: &str,
        lines: usize,
    ) -> i32 {
        let pitch = pitch(style);
        let mut y = spot.y;
        for line in text::wrapped(style, &text::drawable(text), spot.most, lines) {
            self.write(style, tone, Spot { y, ..spot }, &line);
            y += pitch;
        }
        y
    }
}

/// From one base line to the next.
pub(super) fn pitch(style: Style) -> i32 {
    style.ascent() + style.descent() + 1
}

/// Places everything of a picture.
pub fn drawing(picture: &Picture) -> Drawing {
    let mut drawing = Drawing {
        width: WIDTH,
        title: text::drawable(&picture.title),
        description: text::drawable(&picture.summary),
        ..Drawing::default()
    };
    let spot = |y| Spot { x: MARGIN, y, most: INNER };
    drawing.write(Style::Title, Tone::Ink, spot(38), &picture.title);
    let mut y = drawing.write_lines(Style::Plain, Tone::Soft, spot(60), &picture.summary, 3) - 4;
    for panel in &picture.panels {
        y = frame::panel(&mut drawing, panel, y) + 16;
    }
    y += 8;
    for note in &picture.notes {
        y = drawing.write_lines(Style::Small, Tone::Soft, spot(y), note, 2);
    }
    y = legend(&mut drawing, picture, y + 4);
    drawing.write(Style::Small, Tone::Soft, spot(y + 6), &picture.footer);
    drawing.height = y + 6 + MARGIN;
    // The paper is below all else.
    drawing.frames.insert(
        0,
        Rect { x: 0, y: 0, width: drawing.width, height: drawing.height, class: "paper" },
    );
    drawing
}

/// What the signs mean, of those that are there; the base line of what comes next.
fn legend(drawing: &mut Drawing, picture: &Picture, top: i32) -> i32 {
    const SIGN: i32 = 34;
    let kinds = |kind| {
        let rows = || picture.panels.iter().flat_map(super::Panel::rows);
        rows().flat_map(super::Row::flows).any(|flow| flow.kind == kind)
    };
    let stops = |kind| {
        let mut rows = picture.panels.iter().flat_map(super::Panel::rows);
        rows.any(|row| row.stop.as_ref().is_some_and(|stop| stop.kind == kind))
    };
    let arrows = [
        (FlowKind::Allowed, "allowed"),
        (FlowKind::Refused, "refused, by the finding beside it"),
        (FlowKind::Unknown, "cannot be told"),
        (FlowKind::Silent, "allowed by a rule, and carries nothing"),
    ];
    let mut items: Vec<(Sign, &str)> = Vec::new();
    let shown = arrows.into_iter().filter(|(kind, _)| kinds(*kind));
    items.extend(shown.map(|(kind, words)| (Sign::Arrow(kind), words)));
    items.push((Sign::Group, "security group"));
    if !drawing.dots.is_empty() {
        items.push((Sign::Dot, "network interface in that subnet"));
    }
    if stops(StopKind::Elsewhere) {
        items.push((Sign::Elsewhere, "made elsewhere"));
    }
    let (mut x, mut y) = (MARGIN, top + 10);
    for (sign, words) in items {
        let width = text::width(Style::Small, words);
        if x > MARGIN && x + SIGN + width > WIDTH - MARGIN {
            (x, y) = (MARGIN, y + 20);
        }
        let middle = y - 4;
        match sign {
            // What is refused ends before the box that it would lead to.
            Sign::Arrow(FlowKind::Refused) => {
                drawing.arrow(FlowKind::Refused, (x, middle), x + SIGN + 12);
            }
            Sign::Arrow(kind) => drawing.arrow(kind, (x, middle), x + SIGN - 8),
            Sign::Group => drawing.frame("group", x, middle - 7, SIGN - 8, 14),
            Sign::Elsewhere => drawing.boxed("elsewhere", x, middle - 7, SIGN - 8, 14),
            Sign::Dot => drawing.dots.push(Dot { x: x + SIGN - 14, y: middle }),
        }
        let spot = Spot { x: x + SIGN, y, most: width };
        drawing.write(Style::Small, Tone::Soft, spot, words);
        x += SIGN + width + 22;
    }
    y + 20
}

enum Sign {
    Arrow(FlowKind),
    Group,
    Elsewhere,
    Dot,
}
