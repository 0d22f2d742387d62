//! Where a value of the config is written, or would be.

use std::sync::Arc;

use crate::diagnostic::Source;
use crate::yaml::{self, Kind, Node};

/// A place in the config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigPlace {
    /// The way to it, such as `stacks.tokyo.endpoint.egress`.
    pub path: String,
    /// The config's path.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// Whether it is written there. A default is not: the place is then that of the innermost key
    /// around it that is.
    pub written: bool,
}

/// The tree of a config, to find places in.
pub(super) struct Places<'a> {
    source: &'a Arc<Source>,
    pub(super) root: Option<Node>,
}

impl<'a> Places<'a> {
    pub(super) fn of(source: &'a Arc<Source>) -> Places<'a> {
        Places { source, root: yaml::parse(&source.text).0 }
    }

    /// The place of a path, which an origin names.
    pub(super) fn find(&self, path: &str) -> ConfigPlace {
        let mut at = 0;
        let mut node = self.root.as_ref();
        let mut written = true;
        for step in steps(path) {
            let next = match (node.map(|node| &node.kind), step.parse::<usize>()) {
                (Some(Kind::Sequence(items)), Ok(index)) => {
                    items.get(index).map(|item| (item.span.start, item))
                }
                _ => node
                    .and_then(|node| node.entry(step))
                    .map(|entry| (entry.key_span.start, &entry.value)),
            };
            match next {
                Some((start, child)) => (at, node) = (start, Some(child)),
                None => {
                    written = false;
                    break;
                }
            }
        }
        // A value says more than its key, where it is a single one.
        if let (true, Some(Node { span, kind: Kind::Scalar { .. }, .. })) = (written, node) {
            at = span.start;
        }
        let (line, column) = self.source.line_column(at);
        ConfigPlace { path: path.to_owned(), file: self.source.name.clone(), line, column, written }
    }
}

/// The keys and indices of a path: `a.b[c.d][0]` has `a`, `b`, `c.d` and `0`.
pub(super) fn steps(path: &str) -> impl Iterator<Item = &str> {
    let mut rest = path;
    std::iter::from_fn(move || {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if rest.is_empty() {
            return None;
        }
        let (step, behind) = match rest.strip_prefix('[') {
            Some(inside) => inside.split_once(']').unwrap_or((inside, "")),
            None => rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len())),
        };
        rest = behind;
        Some(step)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "stacks:\n  tokyo:\n    network: {cidrs: [10.0.0.0/16, {parameter: X}]}\n    \
                          task:\n      endpoint-addresses:\n        ecr.api: [10.0.1.10, 10.0.2.10]\n";

    #[test]
    fn a_path_leads_to_its_value_and_a_default_to_the_key_around_it() {
        let source = Source::new("egress.yaml", CONFIG);
        let places = Places::of(&source);
        for (path, line, column, written) in [
            ("stacks.tokyo.network.cidrs[0]", 3, 23, true),
            ("stacks.tokyo.network.cidrs[1].parameter", 3, 48, true),
            ("stacks.tokyo.task.endpoint-addresses[ecr.api][1]", 6, 30, true),
            ("stacks.tokyo.task.endpoint-addresses", 5, 7, true),
            ("stacks.tokyo.task.egress", 4, 5, false),
            ("stacks.tokyo.endpoint.egress", 2, 3, false),
            ("stacks.tokyo.network.cidrs[7]", 3, 15, false),
            ("stacks.osaka", 1, 1, false),
        ] {
            let found = places.find(path);
            assert_eq!(
                (found.line, found.column, found.written),
                (line, column, written),
                "{path}"
            );
        }
    }

    #[test]
    fn every_text_is_a_path_without_panic() {
        for path in ["", ".", "[", "]", "a[", "a[]", "a[b", "a]b", "..", "a..b", "[[", "ä[ö].ü"]
        {
            let source = Source::new("egress.yaml", CONFIG);
            Places::of(&source).find(path);
        }
        let all: Vec<_> = steps("stacks.t.a[ecr.api][0].b").collect();
        assert_eq!(all, ["stacks", "t", "a", "ecr.api", "0", "b"]);
    }
}
