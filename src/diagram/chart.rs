//! A picture as nodes and edges, which is what the Mermaid template prints.
//!
//! Ids are numbers, so that no name can be taken for a word of Mermaid's; names are labels alone.

use serde::Serialize;

use super::text::{Style, drawable, shortened};
use super::{FlowKind, Label, MOST_ROWS, Panel, Picture, StopKind, and_more};

/// The nodes and edges of a picture, each with its id.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Chart {
    /// The stack, or what was verified.
    pub title: String,
    /// What there is to see, in a sentence or two, for who does not see it.
    pub description: String,
    /// The VPCs, one for each panel, in their order.
    pub vpcs: Vec<Cluster>,
    /// What is outside of every VPC.
    pub outside: Vec<Node>,
    /// The flows; an edge's number is its place here.
    pub edges: Vec<Edge>,
    /// Nodes with the same style, by its name; only those that there are.
    pub styles: Vec<Styled>,
    /// Edges with the same style, by its name; only those that there are.
    pub edge_styles: Vec<EdgeStyle>,
    /// What is not drawn, and what was taken to be so.
    pub notes: Vec<String>,
    /// What the picture was made from, in a line.
    pub footer: String,
    /// How wide a line of a label may be, in pixels.
    #[serde(skip)]
    most: i32,
}

/// A frame around nodes: a VPC, or a group that several wear.
#[derive(Debug, Clone, Serialize)]
pub struct Cluster {
    /// Its id, which no other cluster or node has.
    pub id: String,
    /// Its label, a line each; never empty.
    pub lines: Vec<String>,
    /// Frames inside of it.
    pub clusters: Vec<Cluster>,
    /// What stands in it and in none of its clusters.
    pub nodes: Vec<Node>,
}

/// Something on the way: tasks, an endpoint, a service.
#[derive(Debug, Clone, Serialize)]
pub struct Node {
    /// Its id, which no other cluster or node has.
    pub id: String,
    /// Its label, a line each; never empty.
    pub lines: Vec<String>,
}

/// A flow from one to another.
#[derive(Debug, Clone, Serialize)]
pub struct Edge {
    /// The id of the node or the cluster it begins at.
    pub from: String,
    /// The id of the node or the cluster it leads to.
    pub to: String,
    /// The name of a [`FlowKind`].
    pub kind: &'static str,
    /// Its label, a line each; may be empty.
    pub lines: Vec<String>,
}

/// Nodes of one style.
#[derive(Debug, Clone, Serialize)]
pub struct Styled {
    /// The name of the style, as the template defines it.
    pub name: &'static str,
    /// The ids of the nodes, in the order in which they are written.
    pub ids: Vec<String>,
}

/// Edges of one style.
#[derive(Debug, Clone, Serialize)]
pub struct EdgeStyle {
    /// The name of a [`FlowKind`].
    pub name: &'static str,
    /// The edges' numbers, counted from 0 in the order in which they are written.
    pub numbers: Vec<usize>,
}

/// Mermaid takes 50,000 characters, and the template has words of its own.
const MOST_CHARACTERS: usize = 45_000;
/// How wide a line of a label may be, in pixels: the first that keeps to that.
const WIDEST: [i32; 4] = [800, 400, 200, 100];

/// Nodes and edges of a picture.
pub fn chart(picture: &Picture) -> Chart {
    let charts = WIDEST.iter().map(|most| chart_of(picture, *most));
    let fits = |chart: &Chart| chart.characters() <= MOST_CHARACTERS;
    let mut last = Chart::default();
    for chart in charts {
        if fits(&chart) {
            return chart;
        }
        last = chart;
    }
    last
}

fn chart_of(picture: &Picture, most: i32) -> Chart {
    let mut chart = Chart {
        title: drawable(&picture.title),
        description: drawable(&picture.summary),
        notes: picture.notes.iter().map(|note| drawable(note)).collect(),
        footer: drawable(&picture.footer),
        most,
        ..Chart::default()
    };
    for (number, panel) in picture.panels.iter().enumerate() {
        chart.panel(panel, number);
    }
    chart
}

impl Chart {
    fn panel(&mut self, panel: &Panel, number: usize) {
        let id = |what: &str| format!("{what}{number}");
        let vpc = self.lines("VPC", &panel.vpc);
        let mut vpc =
            Cluster { id: id("vpc"), lines: vpc, clusters: Vec::new(), nodes: Vec::new() };
        if !panel.subnets.is_empty() {
            let names = panel.subnets.iter().map(Label::joined);
            let lines = self.said(std::iter::once("Subnets".to_owned()).chain(names));
            vpc.nodes.push(self.node(id("subnets"), lines, "subnets"));
        }
        let task_lines = std::iter::once(&panel.task.name).chain(&panel.task.details);
        let task = self.node(id("task"), self.said(task_lines.cloned()), "task");
        vpc.clusters.push(Cluster {
            id: id("group"),
            lines: self.said([panel.task.group.name.clone()]),
            clusters: Vec::new(),
            nodes: vec![task],
        });
        self.arrivals(&mut vpc, &panel.task.group.ingress, &id("group"), &id("peer"));
        for (section, of) in panel.sections.iter().enumerate() {
            let id = |what: &str| format!("{what}{number}x{section}");
            let mut nodes = Vec::new();
            for (row, of) in of.rows.iter().enumerate() {
                let id = |what: &str| format!("{what}{number}x{section}x{row}");
                let mut from = format!("task{number}");
                if let Some(stop) = &of.stop {
                    let mut all = self.said([stop.label.name.clone(), stop.label.detail.clone()]);
                    if !stop.subnets.is_empty() && panel.subnets.len() > stop.subnets.len() {
                        let named = stop.subnets.iter().filter_map(|at| panel.subnets.get(*at));
                        let named: Vec<&str> = named.map(|one| one.name.as_str()).collect();
                        all.push(self.label(&format!("in {}", named.join(", "))));
                    }
                    nodes.push(self.node(id("stop"), all, style(stop.kind)));
                    if let Some(flow) = &of.flow {
                        self.edge(&from, &id("stop"), flow.kind, &[&flow.label, &flow.note]);
                    }
                    from = id("stop");
                }
                let Some(outside) = &of.outside else { continue };
                let there = self.said([outside.name.clone(), outside.detail.clone()]);
                let there = self.node(id("outside"), there, "outside");
                self.outside.push(there);
                let flow = if of.stop.is_some() { &of.onward } else { &of.flow };
                if let Some(flow) = flow {
                    self.edge(&from, &id("outside"), flow.kind, &[&flow.label, &flow.note]);
                }
            }
            match &of.group {
                Some(group) => {
                    vpc.clusters.push(Cluster {
                        id: id("group"),
                        lines: self.said([group.name.clone()]),
                        clusters: Vec::new(),
                        nodes,
                    });
                    self.arrivals(&mut vpc, &group.ingress, &id("group"), &id("peer"));
                }
                None => vpc.nodes.extend(nodes),
            }
        }
        self.vpcs.push(vpc);
    }

    /// What is let into a group, from a node of its own.
    fn arrivals(&mut self, vpc: &mut Cluster, ingress: &[Label], group: &str, peer: &str) {
        if !ingress.is_empty() {
            let drawn = ingress.iter().take(MOST_ROWS).flat_map(Label::lines).map(str::to_owned);
            let more = and_more(ingress.len().saturating_sub(MOST_ROWS), "rule");
            let node = self.node(peer.to_owned(), self.said(drawn.chain(more)), "peer");
            vpc.nodes.push(node);
            self.edge(peer, group, FlowKind::Allowed, &[]);
        }
    }

    fn node(&mut self, id: String, lines: Vec<String>, style: &'static str) -> Node {
        match self.styles.iter_mut().find(|known| known.name == style) {
            Some(known) => known.ids.push(id.clone()),
            None => self.styles.push(Styled { name: style, ids: vec![id.clone()] }),
        }
        Node { id, lines }
    }

    fn edge(&mut self, from: &str, to: &str, kind: FlowKind, lines: &[&String]) {
        let number = self.edges.len();
        match self.edge_styles.iter_mut().find(|known| known.name == kind.name()) {
            Some(known) => known.numbers.push(number),
            None => {
                let numbers = vec![number];
                self.edge_styles.push(EdgeStyle { name: kind.name(), numbers });
            }
        }
        let lines = lines
            .iter()
            .filter(|line| !line.is_empty())
            .map(|line| self.label(line))
            .collect::<Vec<_>>();
        self.edges.push(Edge {
            from: from.to_owned(),
            to: to.to_owned(),
            kind: kind.name(),
            lines,
        });
    }

    fn lines(&self, first: &str, label: &Label) -> Vec<String> {
        let name = format!("{first} {}", label.name);
        self.said([name, label.detail.clone()])
    }

    /// The lines that say something; a label without any would be no label.
    fn said(&self, lines: impl IntoIterator<Item = String>) -> Vec<String> {
        let lines = lines.into_iter().filter(|line| !line.trim().is_empty());
        let mut said: Vec<String> = lines.map(|line| self.label(&line)).collect();
        if said.is_empty() {
            said.push("-".to_owned());
        }
        said
    }

    fn label(&self, text: &str) -> String {
        shortened(Style::Note, &drawable(text), self.most)
    }

    /// About how many characters it takes, quoted.
    fn characters(&self) -> usize {
        let of = |lines: &[String]| -> usize {
            // An id, an arrow and a class beside them.
            60 + lines.iter().map(|line| 5 + quoted(line)).sum::<usize>()
        };
        fn cluster(one: &Cluster, of: &impl Fn(&[String]) -> usize) -> usize {
            let nodes = one.nodes.iter().map(|node| of(&node.lines)).sum::<usize>();
            let inner = one.clusters.iter().map(|inner| cluster(inner, of)).sum::<usize>();
            60 + of(&one.lines) + nodes + inner
        }
        let vpcs = self.vpcs.iter().map(|vpc| cluster(vpc, &of)).sum::<usize>();
        let outside = self.outside.iter().map(|node| of(&node.lines)).sum::<usize>();
        let edges = self.edges.iter().map(|edge| of(&edge.lines)).sum::<usize>();
        let words = [self.title.as_str(), &self.description, &self.footer].map(quoted);
        vpcs + outside + edges + of(&self.notes) + words.iter().sum::<usize>()
    }
}

/// How long a text is at most once it is quoted.
fn quoted(text: &str) -> usize {
    text.chars().map(|c| if c.is_alphanumeric() || c == ' ' { 1 } else { 6 }).sum()
}

fn style(kind: StopKind) -> &'static str {
    match kind {
        StopKind::Interface | StopKind::Edge => "endpoint",
        StopKind::Elsewhere => "elsewhere",
        StopKind::Absent => "absent",
        StopKind::Rules => "rules",
    }
}
