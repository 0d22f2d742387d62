//! A line of a generated template: from its place in the file to the part of the plan it came from.

use super::document::{Beyond, Line, Step, find, get, line_range};
use super::place::Places;
use super::resource::{PROPERTIES, Part, named};
use super::rules::{Placed, placed};
use super::template::{Template, peer_of};
use super::{Explanation, Kind, Known, Meaning};
use crate::diagnostic::Source;
use crate::plan::{Direction, Endpoint, LogicalId, Plan, RegionMap, SecurityGroup};
use crate::yaml::Node;

/// What a line of the template of a plan says, or a column of it; both from 1.
///
/// # Errors
/// The file has no such place.
pub fn line(
    known: &Known<'_>,
    what: &str,
    template: &Template,
    plan: &Plan,
    (number, column): (usize, Option<usize>),
) -> Result<Explanation, Beyond> {
    let places = Places::of(known.source);
    let Template { source, root } = template;
    let meaning = match find(root, &source.text, number, column) {
        Line::Beyond(beyond) => return Err(beyond),
        Line::Blank => blank(root, source, plan, number),
        Line::At(path) => at(known, &places, plan, root, &path),
    };
    Ok(Explanation { what: what.to_owned(), meanings: vec![meaning] })
}

fn at(known: &Known<'_>, places: &Places<'_>, plan: &Plan, root: &Node, path: &[Step]) -> Meaning {
    match part(plan, root, path) {
        Found::Part(part) => {
            let summary = format!("{} in the template of {}", part.name(), plan.stack);
            let mut meaning = Meaning::new(Kind::Line, summary);
            part.tell(known, places, plan, &mut meaning);
            meaning
        }
        Found::Section(name) => {
            let mut meaning = Meaning::new(
                Kind::Line,
                format!("the section {name} of the template of {}", plan.stack),
            );
            meaning.notes.push(section(name).to_owned());
            if let Some(first) = first_below(plan, root, path) {
                meaning.notes.push(format!("It begins with {first}."));
            }
            meaning
        }
        Found::Whole => {
            let summary = format!("the whole template of {}", plan.stack);
            let mut meaning = Meaning::new(Kind::Line, summary);
            meaning.notes.push(format!(
                "Several parts of it are on this line. A column tells them apart, as in FILE:1:200; \
                 the stack as a whole: fargate-egress explain {}",
                plan.stack
            ));
            meaning
        }
        Found::Unplanned(what) => {
            let summary = format!("{what}, which config and lock do not say");
            let mut meaning = Meaning::new(Kind::Line, summary);
            meaning.notes.push(
                "It is in the file and not in the plan: the file was changed, or config and lock \
                 were since. `fargate-egress check` shows the difference."
                    .to_owned(),
            );
            meaning
        }
    }
}

/// What a path leads to.
enum Found<'p> {
    Part(Part<'p>),
    /// A section as a whole, or one that holds no part of the plan.
    Section(&'static str),
    /// Everything.
    Whole,
    /// Something that no plan has.
    Unplanned(String),
}

const SECTIONS: &[(&str, &str)] = &[
    ("AWSTemplateFormatVersion", "The form of the template, which is the same in every one."),
    ("Description", "What the template says of itself; it follows from the stack's regions."),
    (
        "Metadata",
        "What the template was made from: the version of the program, the stack, a digest of what \
         the lock says of its regions, and the publications of ip-ranges.json. It makes nothing.",
    ),
    (
        "Parameters",
        "What the deployer gives: the values of the network that the config leaves to the template.",
    ),
    (
        "Rules",
        "Refuses a deployment in any other region, where prefixes and prefix list ids would be \
         wrong ones.",
    ),
    ("Mappings", "What differs between the regions of the stack, with its reasons."),
    ("Conditions", "Leaves a rule out in a region that has fewer prefixes than another."),
    ("Resources", "The security groups, the rules beside them, and the endpoints."),
    ("Outputs", "The ids that other stacks import."),
];

/// What a section is for.
fn section(name: &str) -> &'static str {
    SECTIONS.iter().find(|(known, _)| *known == name).map_or("", |(_, words)| words)
}

fn part<'p>(plan: &'p Plan, root: &Node, path: &[Step]) -> Found<'p> {
    let key = |at: usize| match path.get(at) {
        Some(Step::Key(key)) => Some(key.as_str()),
        _ => None,
    };
    let Some(top) = key(0) else { return Found::Whole };
    let Some((top, _)) = SECTIONS.iter().find(|(known, _)| *known == top) else {
        return Found::Unplanned(format!("the section {}", crate::prefix::shorten(top)));
    };
    let Some(name) = key(1) else { return Found::Section(top) };
    let unplanned = || Found::Unplanned(format!("{} of {top}", crate::prefix::shorten(name)));
    let of = |takes: fn(&Part<'_>) -> bool| {
        named(plan, name).into_iter().find(takes).map_or_else(unplanned, Found::Part)
    };
    match *top {
        "Parameters" => of(|part| matches!(part, Part::Parameter(_))),
        "Outputs" => of(|part| matches!(part, Part::Output(_))),
        "Conditions" => of(|part| matches!(part, Part::Condition(_))),
        "Mappings" if name != RegionMap::NAME => unplanned(),
        "Mappings" => match key(2).map(|region| plan.region_map.regions.get_key_value(region)) {
            None => Found::Section(top),
            Some(None) => unplanned(),
            Some(Some((region, keys))) => match key(3) {
                None => Found::Part(Part::MappedRegion(region)),
                Some(wanted) => keys
                    .keys()
                    .find(|key| key.as_str() == wanted)
                    .map_or_else(unplanned, |key| Found::Part(Part::Mapped(key, Some(region)))),
            },
        },
        "Resources" => {
            let found = named(plan, name)
                .into_iter()
                .find(|part| matches!(part, Part::Group(..) | Part::Endpoint(_) | Part::Rule(_)));
            let property = (key(2) == Some("Properties")).then(|| key(3)).flatten();
            let property = PROPERTIES.iter().find(|known| Some(**known) == property);
            match (found, property) {
                (Some(Part::Group(SecurityGroup { id, .. }, _)), Some(key))
                | (Some(Part::Endpoint(Endpoint { id, .. })), Some(key)) => {
                    Found::Part(Part::Property(id, key))
                }
                (Some(Part::Group(group, _)), None) => {
                    in_group(plan, &group.id, root, path, Part::Group(group, None))
                }
                (Some(Part::Endpoint(endpoint)), None) => {
                    let statement = matches!(
                        (key(2), key(3), key(4)),
                        (Some("Properties"), Some("PolicyDocument"), Some("Statement"))
                    );
                    match (statement, path.get(5)) {
                        (true, Some(Step::Index(number))) => {
                            match statement_of(endpoint, get(root, &path[..6]), *number) {
                                Some(number) => Found::Part(Part::Statement(endpoint, number)),
                                None => Found::Unplanned(format!(
                                    "statement {} of the policy of {name}",
                                    number + 1
                                )),
                            }
                        }
                        _ => Found::Part(Part::Endpoint(endpoint)),
                    }
                }
                (Some(Part::Rule(rule)), _) => {
                    let written = get(root, &path[..2]).and_then(|node| node.get("Properties"));
                    let peer = written.and_then(peer_of);
                    match peer.as_ref() == Some(&rule.rule.peer.value()) {
                        true => Found::Part(Part::Rule(rule)),
                        false => Found::Unplanned(format!("the other end of {name}")),
                    }
                }
                _ => Found::Unplanned(format!("the resource {}", crate::prefix::shorten(name))),
            }
        }
        _ => Found::Section(top),
    }
}

/// A rule of a group, its rules of one direction, or the group.
fn in_group<'p>(
    plan: &'p Plan,
    id: &LogicalId,
    root: &Node,
    path: &[Step],
    whole: Part<'p>,
) -> Found<'p> {
    let direction = match path.get(3) {
        Some(Step::Key(key)) if key == "SecurityGroupIngress" => Direction::Ingress,
        Some(Step::Key(key)) if key == "SecurityGroupEgress" => Direction::Egress,
        _ => return Found::Part(whole),
    };
    let Some(Step::Index(index)) = path.get(4) else {
        return Found::Part(match whole {
            Part::Group(group, _) => Part::Group(group, Some(direction)),
            other => other,
        });
    };
    let peer = get(root, &path[..5]).and_then(peer_of);
    let rules: Vec<Placed<'p>> = placed(plan)
        .into_iter()
        .filter(|one| one.resource == id && one.direction == direction && one.index.is_some())
        .collect();
    let same = |one: &&Placed<'p>| peer.as_ref() == Some(&one.rule.peer.value());
    // At its place if it is there with this peer, and wherever its peer is otherwise.
    let here = rules.iter().find(|one| one.index == Some(*index)).filter(same);
    match here.or_else(|| rules.iter().find(same)) {
        Some(rule) => Found::Part(Part::Rule(*rule)),
        None => Found::Unplanned(format!("rule {} of {}", index + 1, id.as_str())),
    }
}

/// The statement of the plan that a statement of the file is.
fn statement_of(endpoint: &Endpoint, node: Option<&Node>, number: usize) -> Option<usize> {
    let words = |node: &Node| match node.text() {
        Some(text) => vec![text.to_owned()],
        None => node.items().iter().filter_map(Node::text).map(str::to_owned).collect(),
    };
    let actions = words(node?.get("Action")?);
    let all = &endpoint.policy.statements;
    let same = |at: &usize| all.get(*at).is_some_and(|statement| statement.actions == actions);
    Some(number).filter(same).or_else(|| (0..all.len()).find(same))
}

/// A blank line, with what is before and behind it.
fn blank(root: &Node, source: &Source, plan: &Plan, number: usize) -> Meaning {
    let mut meaning = Meaning::new(
        Kind::Line,
        format!("a line of the template of {} with nothing on it", plan.stack),
    );
    let count = source.text.lines().count();
    let before = (1..number).rev().find_map(|line| name_at(root, source, plan, line));
    let behind = (number + 1..=count).find_map(|line| name_at(root, source, plan, line));
    for (word, near) in [("before", before), ("behind", behind)] {
        if let Some((name, line)) = near {
            meaning.notes.push(format!("The nearest {word} it is {name}, on line {line}."));
        }
    }
    meaning
}

/// What is on a line by name, and the line; `None` where it is blank or a comment.
fn name_at(root: &Node, source: &Source, plan: &Plan, line: usize) -> Option<(String, usize)> {
    let range = line_range(&source.text, line)?;
    let text = source.text[range].trim_start();
    if text.is_empty() || text.starts_with('#') {
        return None;
    }
    let Line::At(path) = find(root, &source.text, line, None) else { return None };
    match part(plan, root, &path) {
        Found::Part(part) => Some((part.name(), line)),
        Found::Section(name) => Some((format!("the section {name}"), line)),
        Found::Unplanned(what) => Some((what, line)),
        Found::Whole => None,
    }
}

/// The first part below a section, by name.
fn first_below(plan: &Plan, root: &Node, path: &[Step]) -> Option<String> {
    let entry = get(root, path)?.entries().first()?;
    let below = [path, &[Step::Key(entry.key.clone())]].concat();
    match part(plan, root, &below) {
        Found::Part(part) => Some(part.name()),
        _ => None,
    }
}
