//! Pictures: what tasks reach, by which way, and what stops them.
//!
//! A [`Picture`] is made of a plan ([`of_plan`]) or of a verification ([`of_verification`]). It says
//! what there is and knows no coordinates; [`drawing()`] places it, and [`chart()`] turns it into nodes
//! and edges. Templates print either of them.

mod beside;
mod chart;
mod drawing;
mod frame;
mod plan;
mod reach;
mod text;
mod verification;
mod way;

pub use chart::{Chart, Cluster, Edge, EdgeStyle, Node, Styled, chart};
pub use drawing::{Arrow, Dot, Drawing, Line, Rect, Text, drawing};
pub use plan::of_plan;
pub use verification::of_verification;

/// Most panels of a picture; it says how many more tasks there are.
pub const MOST_PANELS: usize = 5;
/// Most rows of each kind. With as many panels they are fewer than the 500 edges that Mermaid takes.
pub const MOST_ROWS: usize = 16;
/// Most names of one kind in a line.
const MOST_NAMES: usize = 5;
/// Most subnets of a panel that have a lane each.
pub const MOST_SUBNETS: usize = 6;

/// What is said of egress rules of endpoints.
const ANSWERS: &str = "endpoints only answer";

/// A picture before anything has a place: what is drawn, and what is said of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picture {
    /// The stack, or what was verified.
    pub title: String,
    /// What there is to see, in a sentence or two.
    pub summary: String,
    /// A panel for each task or kind of task; never empty in a picture that is made here.
    pub panels: Vec<Panel>,
    /// What is not drawn, and what was taken to be so; each a sentence.
    pub notes: Vec<String>,
    /// What it was made from, in a line.
    pub footer: String,
}

/// A task in its VPC, with everything that it reaches or is meant to reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Panel {
    /// The VPC, with its prefixes.
    pub vpc: Label,
    /// What stands over the services: `AWS, ap-northeast-1`.
    pub region: String,
    /// The subnets that interfaces are in, with their prefixes.
    pub subnets: Vec<Label>,
    /// The task, or all that are alike.
    pub task: Task,
    /// What it goes by, those with lanes first.
    pub sections: Vec<Section>,
}

/// A name with something said about it; either may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Label {
    /// What it is called, such as a logical id.
    pub name: String,
    /// What is said about it, such as a prefix.
    pub detail: String,
}

impl Label {
    /// A name with something said about it.
    pub fn new(name: impl Into<String>, detail: impl Into<String>) -> Label {
        Label { name: name.into(), detail: detail.into() }
    }

    /// The name and what is said about it, of which either may be empty.
    fn lines(&self) -> impl Iterator<Item = &str> {
        [self.name.as_str(), &self.detail].into_iter().filter(|line| !line.trim().is_empty())
    }

    /// The same on one line.
    fn joined(&self) -> String {
        self.lines().collect::<Vec<_>>().join(" · ")
    }
}

/// A task, or all that are alike.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Task {
    /// What the task is called.
    pub name: String,
    /// What is said about it, a line each.
    pub details: Vec<String>,
    /// The groups that it wears.
    pub group: Group,
}

/// Security groups that are worn together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// Their names as one text.
    pub name: String,
    /// What they let in: each a flow with its width.
    pub ingress: Vec<Label>,
}

/// Rows whose endpoints wear the same groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Section {
    /// The groups; `None` for what wears none, such as a gateway.
    pub group: Option<Group>,
    /// In the order in which they are drawn.
    pub rows: Vec<Row>,
}

/// One way from the task outwards. What is left out is not drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// From the task to the stop, or to what is outside where there is no stop.
    pub flow: Option<Flow>,
    /// What it goes by.
    pub stop: Option<Stop>,
    /// From the stop to what is outside.
    pub onward: Option<Flow>,
    /// What is outside of the VPC.
    pub outside: Option<Label>,
}

/// Something on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// What kind of thing.
    pub kind: StopKind,
    /// Its name.
    pub label: Label,
    /// The lanes that it has an interface in, as numbers of [`Panel::subnets`].
    pub subnets: Vec<usize>,
}

/// The kinds of things on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopKind {
    /// An interface endpoint, or mount targets.
    Interface,
    /// On the edge of the VPC: a gateway endpoint, a NAT gateway, an internet gateway.
    Edge,
    /// What is made elsewhere and said to be there.
    Elsewhere,
    /// What is missed.
    Absent,
    /// Not a thing: the egress rules of the section's groups.
    Rules,
}

/// What goes, or does not go, from one thing to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// Whether it goes.
    pub kind: FlowKind,
    /// Its port and its width.
    pub label: String,
    /// More about it: what it is for, or what stops it.
    pub note: String,
}

/// Whether something goes this way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FlowKind {
    /// It is allowed.
    Allowed,
    /// It is stopped.
    Refused,
    /// Nobody can tell.
    Unknown,
    /// A rule allows it and nothing ever goes: an endpoint opens no connection.
    Silent,
}

/// Pictures as one, with their panels below each other; at least one.
pub fn together(pictures: Vec<Picture>) -> Picture {
    let mut pictures = pictures.into_iter();
    let Some(mut whole) = pictures.next() else { return Picture::default() };
    for other in pictures {
        whole.title = format!("{}, {}", whole.title, other.title);
        whole.summary = format!("{} {}", whole.summary, other.summary);
        whole.footer = format!("{}; {}", whole.footer, other.footer);
        whole.panels.extend(other.panels);
        whole.notes.extend(other.notes);
    }
    let more = whole.panels.len().saturating_sub(MOST_PANELS);
    whole.panels.truncate(MOST_PANELS);
    if more > 0 {
        whole.notes.push(format!("Not drawn: {}.", count(more, "more panel")));
    }
    whole
}

impl Stop {
    /// Something that is in no lane.
    fn new(kind: StopKind, name: impl Into<String>, detail: impl Into<String>) -> Stop {
        Stop { kind, label: Label::new(name, detail), subnets: Vec::new() }
    }
}

impl FlowKind {
    /// Its name: that of its style in the templates.
    pub fn name(self) -> &'static str {
        match self {
            FlowKind::Allowed => "allowed",
            FlowKind::Refused => "refused",
            FlowKind::Unknown => "unknown",
            FlowKind::Silent => "silent",
        }
    }
}

impl Panel {
    /// The rows of all sections, in the order in which they are drawn.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.sections.iter().flat_map(|section| &section.rows)
    }
}

impl Row {
    /// Words in the place of a stop.
    fn words(name: impl Into<String>, detail: &str) -> Row {
        Row { stop: Some(Stop::new(StopKind::Rules, name, detail)), ..Row::default() }
    }

    /// At most so many rows, and behind them one that says how many more `noun`s there are.
    fn at_most(rows: Vec<Row>, most: usize, noun: &str) -> Vec<Row> {
        let (mut rows, more) = at_most(rows, most);
        rows.extend(and_more(more, noun).map(|words| Row::words(words, "")));
        rows
    }

    /// Its arrows: from the task, and onward.
    pub fn flows(&self) -> impl Iterator<Item = &Flow> {
        self.flow.iter().chain(&self.onward)
    }
}

/// `and 2 more subnets`; nothing where there are no more.
fn and_more(number: usize, noun: &str) -> Option<String> {
    (number > 0).then(|| format!("and {}", count(number, &format!("more {noun}"))))
}

/// At most so many names, and how many more there are.
fn names(names: Vec<String>, most: usize) -> String {
    let (names, more) = at_most(names, most);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    names.join(", ") + &more
}

/// At most so many of some things; what is left over is counted.
fn at_most<T>(mut all: Vec<T>, most: usize) -> (Vec<T>, usize) {
    let more = all.len().saturating_sub(most);
    all.truncate(most);
    (all, more)
}

/// `a`, `a and b`, `a, b and c`.
fn and(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// `1 subnet`, `2 subnets`.
fn count(number: usize, noun: &str) -> String {
    let ending = match (number, noun.ends_with('s')) {
        (1, _) => "",
        (_, true) => "es",
        _ => "s",
    };
    format!("{number} {noun}{ending}")
}

/// How many addresses a prefix has.
fn width(prefix: crate::prefix::Prefix) -> String {
    match prefix.addresses() {
        _ if prefix.length() == 0 => "every address".to_owned(),
        1 => "1 address".to_owned(),
        many => format!("{} addresses", crate::prefix::thousands(many)),
    }
}
