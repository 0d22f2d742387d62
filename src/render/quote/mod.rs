//! Text in the languages that are rendered, so that every reader takes it for the same text.

mod markup;
mod yaml;

pub(super) use markup::{markdown, mermaid, xml};
pub(super) use yaml::double_quoted;
pub use yaml::yaml;

/// Line breaks other than the line feed among them: U+0085, U+2028, U+2029.
fn is_unprintable(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}'
        | '\u{fffe}' | '\u{ffff}')
}

/// Text for a comment that ends with its line: on one line, whatever it holds.
pub(super) fn comment(text: &str) -> String {
    text.chars().map(|c| if is_unprintable(c) { ' ' } else { c }).collect()
}

/// A name in a program: letters, digits and nothing else, whatever it was made from.
pub(super) fn name(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}
