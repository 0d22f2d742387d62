//! What stands on a line of a template, by its structure.

use std::ops::Range;

use crate::yaml::{Kind, Node};

/// A step into a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// To the value of a key.
    Key(String),
    /// To an item of a list, from 0.
    Index(usize),
}

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// Something stands on it: the way to the innermost thing that all of it belongs to.
    At(Vec<Step>),
    /// Nothing does.
    Blank,
    /// There is no such place.
    Beyond(Beyond),
}

/// A place that a text does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beyond {
    /// It has fewer lines: so many.
    Lines(usize),
    /// The line has fewer columns: so many. A cursor may stand in the one behind them.
    Columns(usize),
}

/// The bytes of a line, from 1, without its end.
pub(super) fn line_range(text: &str, line: usize) -> Option<Range<usize>> {
    let mut start = 0;
    let mut lines = text.split_inclusive('\n');
    for _ in 1..line {
        start += lines.next()?.len();
    }
    let found = lines.next()?;
    Some(start..start + found.trim_end_matches(['\n', '\r']).len())
}

/// What is on a line, or at a column of it; both from 1.
///
/// A comment belongs to what follows it. Where several things begin on a line and no column is
/// given, it is what they are all in.
pub(super) fn find(root: &Node, text: &str, line: usize, column: Option<usize>) -> Line {
    let count = text.lines().count();
    let Some(mut range) = line_range(text, line) else {
        return Line::Beyond(Beyond::Lines(count));
    };
    let columns = text[range.clone()].chars().count();
    if column.is_some_and(|column| column > columns + 1) {
        return Line::Beyond(Beyond::Columns(columns));
    }
    let mut column = column;
    if text[range.clone()].trim().is_empty() {
        return Line::Blank;
    }
    let is_comment = |range: &Range<usize>| text[range.clone()].trim_start().starts_with('#');
    let mut number = line;
    while is_comment(&range) || text[range.clone()].trim().is_empty() {
        number += 1;
        column = None;
        match line_range(text, number) {
            Some(next) => range = next,
            // The last comment has nothing behind it.
            None => return Line::Blank,
        }
    }
    let offset = column.map(|column| {
        let behind = text[range.clone()].char_indices().nth(column.saturating_sub(1));
        behind.map_or(range.end, |(at, _)| range.start + at)
    });
    Line::At(path(root, &range, offset))
}

fn path(root: &Node, line: &Range<usize>, offset: Option<usize>) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut node = root;
    loop {
        let children: Vec<(usize, Step, &Node)> = match &node.kind {
            Kind::Scalar { .. } => Vec::new(),
            Kind::Sequence(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| (item.span.start, Step::Index(index), item))
                .collect(),
            Kind::Mapping(entries) => entries
                .iter()
                .map(|one| (one.key_span.start, Step::Key(one.key.clone()), &one.value))
                .collect(),
        };
        let limit = offset.unwrap_or(line.end);
        let on_line = children.iter().filter(|(start, ..)| line.contains(start)).count();
        if offset.is_none() && on_line > 1 {
            return steps;
        }
        // Behind the end of the last one there is only what closes it.
        let last = children.into_iter().rev().find(|(start, ..)| *start <= limit);
        let Some((start, step, child)) = last else { return steps };
        if start < line.start && child.span.end <= line.start && is_closed(child) {
            return steps;
        }
        steps.push(step);
        node = child;
    }
}

/// Whether the end of a node is known: that of a block of YAML is where the next one begins.
fn is_closed(node: &Node) -> bool {
    matches!(node.kind, Kind::Scalar { .. }) || node.span.end > node.span.start
}

/// The value at the end of a path.
pub(super) fn get<'n>(root: &'n Node, path: &[Step]) -> Option<&'n Node> {
    path.iter().try_fold(root, |node, step| match step {
        Step::Key(key) => node.get(key),
        Step::Index(index) => node.items().get(*index),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    /// The way to what is on a line, with dots.
    fn at(text: &str, line: usize, column: Option<usize>) -> String {
        let (root, problems) = yaml::parse_template(text);
        assert!(problems.is_empty());
        match find(&root.unwrap(), text, line, column) {
            Line::At(path) => path
                .iter()
                .map(|step| match step {
                    Step::Key(key) => key.clone(),
                    Step::Index(index) => index.to_string(),
                })
                .collect::<Vec<_>>()
                .join("."),
            Line::Blank => "blank".to_owned(),
            Line::Beyond(Beyond::Lines(count)) => format!("beyond {count}"),
            Line::Beyond(Beyond::Columns(count)) => format!("beyond column {count}"),
        }
    }

    #[test]
    fn lines_of_yaml_are_what_begins_on_them_or_goes_on() {
        let text = "# head\na:\n  # of x\n\n  - x: 1\n    y: 2\n  - z\n\nb: [1, {c: 2}]\nd: !If\n  - e\n  - f: 1\n    g: 2\n# end\n";
        for (line, expected) in [
            (1, "a"),
            (2, "a"),
            (3, "a.0.x"),
            (4, "blank"),
            (5, "a.0.x"),
            (6, "a.0.y"),
            (7, "a.1"),
            (8, "blank"),
            (9, "b"),
            (10, "d"),
            (11, "d.0"),
            (12, "d.1.f"),
            (13, "d.1.g"),
            (14, "blank"),
            (15, "beyond 14"),
            (0, "a"),
        ] {
            assert_eq!(at(text, line, None), expected, "line {line}");
        }
    }

    #[test]
    fn a_column_tells_apart_what_is_on_one_line() {
        let text = "{\"a\": [{\"b\": 1}, {\"c\": 2}], \"d\": 3}\n";
        assert_eq!(at(text, 1, None), "");
        assert_eq!(at(text, 1, Some(8)), "a.0");
        assert_eq!(at(text, 1, Some(9)), "a.0.b");
        assert_eq!(at(text, 1, Some(19)), "a.1.c");
        assert_eq!(at(text, 1, Some(34)), "d");
        assert_eq!(at(text, 1, Some(36)), "d", "where a cursor stands at the end of the line");
        assert_eq!(at(text, 1, Some(37)), "beyond column 35");
        assert_eq!(at("a: ä\n\n# b\n", 1, Some(5)), "a");
        assert_eq!(at("a: ä\n\n# b\n", 1, Some(6)), "beyond column 4");
        assert_eq!(at("a: ä\n\n# b\n", 2, Some(2)), "beyond column 0");
        assert_eq!(at("a: ä\n\n# b\n", 3, Some(5)), "beyond column 3");
    }

    #[test]
    fn closing_brackets_of_json_belong_to_what_they_close() {
        let text = "{\n  \"a\": [\n    {\n      \"b\": 1\n    },\n    {\n      \"c\": 2\n    }\n  ],\n  \"d\": 3\n}\n";
        for (line, expected) in [
            (1, ""),
            (2, "a"),
            (3, "a.0"),
            (4, "a.0.b"),
            (5, "a.0"),
            (6, "a.1"),
            (8, "a.1"),
            (9, "a"),
            (10, "d"),
            (11, ""),
        ] {
            assert_eq!(at(text, line, None), expected, "line {line}");
        }
    }
}
