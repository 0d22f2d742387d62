//! Lines of text: wrapped, without control characters, and in colour.

/// How wide prose is at most, in characters.
pub(crate) const COLUMNS: usize = 100;

/// What stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colour {
    Bold,
    Green,
    Yellow,
    Red,
}

/// A text in a colour, if there are any.
pub(crate) fn painted(colour: Colour, text: &str, colours: bool) -> String {
    let code = match colour {
        Colour::Bold => "1",
        Colour::Green => "32",
        Colour::Yellow => "33",
        Colour::Red => "31",
    };
    if colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

/// A text out of a file, without what would move a terminal's cursor or turn the direction of text.
pub(crate) fn clean(text: &str) -> String {
    text.replace(|c| c != '\n' && is_unseen(c), "?")
}

/// Whether a character is a control, or one of those that change the order in which others are shown
/// (Unicode Standard Annex 9, section 2).
pub(crate) fn is_unseen(c: char) -> bool {
    let turns = matches!(c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns
}

/// Adds words in lines of at most [`COLUMNS`]; the first line begins with `first`, the others with
/// `rest`.
pub(crate) fn put(out: &mut String, first: &str, rest: &str, words: &str) {
    prose(out, words, first, rest);
}

/// Words in lines that fit behind `indent` columns, without a newline at the end.
pub(crate) fn wrapped(words: &str, indent: usize) -> String {
    let indent = " ".repeat(indent.min(COLUMNS / 2));
    let mut lines = String::new();
    put(&mut lines, &indent, &indent, words);
    let lines = lines.lines().map(|line| line.strip_prefix(&indent).unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// Writes words in lines of at most [`COLUMNS`], a longer word on a line of its own. The first line
/// begins with `first`, the others with `rest`.
pub(crate) fn prose(out: &mut String, text: &str, first: &str, rest: &str) {
    let mut line = first.to_owned();
    let mut words = 0;
    for word in text.split_whitespace() {
        if words > 0 && line.chars().count() + 1 + word.chars().count() > COLUMNS {
            out.push_str(&line);
            out.push('\n');
            rest.clone_into(&mut line);
            words = 0;
        }
        if words > 0 {
            line.push(' ');
        }
        line.push_str(word);
        words += 1;
    }
    out.push_str(&line);
    out.push('\n');
}
