//! The only places that ask the network: DNS, the published ip-ranges.json, EC2.
//!
//! A source returns what was said, or why nothing was; what that means for the lock is decided in
//! [`crate::lock`]. Nothing here writes a file, reads the clock for anything but a deadline, or
//! holds a credential.

pub mod aws_cli;
pub mod dns;
pub mod https;

/// A line from outside, fit for a terminal, with nothing in it that controls one or changes the direction of
/// text; without its final period, and not longer than 1,000 characters.
fn printable(line: &str) -> String {
    let line = line.trim().trim_end_matches('.');
    let fit = |c: char| match c {
        '\t' => ' ',
        '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    let mut characters = line.chars().map(fit);
    let mut text: String = characters.by_ref().take(1_000).collect();
    if characters.next().is_some() {
        text.push('…');
    }
    text
}
