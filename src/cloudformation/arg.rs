//! What functions are given.

use super::template::is_loop;
use crate::yaml::{self, Node};

/// A node, and whether its tag has been dealt with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arg<'w> {
    pub(super) node: &'w Node,
    pub(super) untagged: bool,
}

impl<'w> Arg<'w> {
    pub(super) fn new(node: &'w Node) -> Arg<'w> {
        Arg { node, untagged: false }
    }

    /// Whether it is itself, and not what a function makes of it.
    pub(super) fn is_plain(self) -> bool {
        self.untagged || self.node.tag.is_none()
    }

    /// The function it is, by its short name, and what that is applied to.
    pub(super) fn call(self) -> Option<(&'w str, Arg<'w>)> {
        if let (Some(tag), false) = (&self.node.tag, self.untagged) {
            return Some((tag, Arg { node: self.node, untagged: true }));
        }
        match self.node.entries() {
            [one] if one.key == "Ref" => Some(("Ref", Arg::new(&one.value))),
            [one] if !is_loop(one) => {
                one.key.strip_prefix("Fn::").map(|name| (name, Arg::new(&one.value)))
            }
            _ => None,
        }
    }

    /// Its items, if it is a list that is written out.
    pub(super) fn items(self) -> Option<&'w [Node]> {
        match &self.node.kind {
            yaml::Kind::Sequence(items) if self.is_plain() => Some(items),
            _ => None,
        }
    }

    /// Its text, if it is one that is written out.
    pub(super) fn text(self) -> Option<&'w str> {
        match &self.node.kind {
            yaml::Kind::Scalar { text, .. } if self.is_plain() => Some(text),
            _ => None,
        }
    }
}
