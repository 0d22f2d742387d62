//! Lines of text: wrapped, without control characters, and in colour.

use crate::verify::catalogue::{COLUMNS, prose};

/// What stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colour {
    Bold,
    Green,
    Yellow,
    Red,
}

/// A text in a colour, if there are any.
pub(super) fn painted(colour: Colour, text: &str, colours: bool) -> String {
    let code = match colour {
        Colour::Bold => "1",
        Colour::Green => "32",
        Colour::Yellow => "33",
        Colour::Red => "31",
    };
    if colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

/// A text out of a file, without what would move a terminal's cursor.
pub(super) fn clean(text: &str) -> String {
    text.replace(|c: char| c.is_control() && c != '\n', "?")
}

/// Adds words in lines of at most [`COLUMNS`]; the first line begins with `first`, the others with
/// `rest`.
pub(super) fn put(out: &mut String, first: &str, rest: &str, words: &str) {
    prose(out, words, first, rest);
}

/// Words in lines that fit behind `indent` columns, without a newline at the end.
pub(super) fn wrapped(words: &str, indent: usize) -> String {
    let indent = " ".repeat(indent.min(COLUMNS / 2));
    let mut lines = String::new();
    put(&mut lines, &indent, &indent, words);
    let lines = lines.lines().map(|line| line.strip_prefix(&indent).unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}
