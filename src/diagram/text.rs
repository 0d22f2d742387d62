//! How wide a text is in whatever font the reader has, and what of it is drawn.
//!
//! No font is brought along, so every width is an upper limit: that of DejaVu, the widest of the
//! sans-serif fonts that systems use by default, and of the 0.61 em that monospaced ones have.

/// How a text is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// The picture's title.
    Title,
    /// What something is.
    Heading,
    /// Sentences.
    Plain,
    /// Notes.
    Small,
    /// Names and ids.
    Code,
    /// Ports, widths and ids beside arrows.
    Note,
}

impl Style {
    /// The size of its font.
    pub(super) fn size(self) -> i32 {
        match self {
            Style::Title => 18,
            Style::Heading | Style::Plain => 13,
            Style::Code => 12,
            Style::Small | Style::Note => 11,
        }
    }

    /// Its name: that of its class in the template.
    pub(super) fn name(self) -> &'static str {
        match self {
            Style::Title => "title",
            Style::Heading => "heading",
            Style::Plain => "plain",
            Style::Small => "small",
            Style::Code => "code",
            Style::Note => "note",
        }
    }

    /// What a text takes above its base line; fonts differ, and this is more than any has.
    pub(super) fn ascent(self) -> i32 {
        self.size()
    }

    /// What it takes below.
    pub(super) fn descent(self) -> i32 {
        (self.size() * 3 + 9) / 10
    }
}

/// Advance widths of the printable ASCII characters in hundredths of an em.
#[rustfmt::skip]
const SANS: [u8; 95] = [
    32, 41, 46, 84, 64, 108, 78, 28, 46, 46, 64, 84, 37, 46, 37, 46, // space to slash
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 46, 46, 84, 84, 84, 55, // digits to question mark
    100, 69, 69, 70, 78, 64, 58, 78, 76, 43, 46, 70, 56, 87, 75, 79, // at sign to O
    61, 79, 70, 69, 62, 74, 69, 99, 69, 62, 69, 46, 46, 46, 84, 64, // P to underscore
    64, 62, 64, 55, 64, 62, 36, 64, 64, 28, 35, 60, 28, 98, 64, 62, // backtick to o
    64, 64, 43, 53, 40, 64, 60, 82, 60, 60, 53, 64, 46, 64, 84, // p to tilde
];

/// The same in bold.
#[rustfmt::skip]
const BOLD: [u8; 95] = [
    35, 46, 59, 87, 72, 128, 88, 34, 55, 55, 72, 87, 38, 48, 38, 69,
    72, 72, 72, 72, 72, 72, 72, 72, 72, 72, 41, 41, 87, 87, 87, 62,
    100, 78, 77, 74, 84, 69, 69, 83, 84, 55, 56, 78, 64, 100, 85, 86,
    74, 86, 79, 73, 70, 82, 78, 114, 78, 74, 73, 55, 69, 55, 87, 72,
    72, 68, 72, 60, 72, 68, 44, 72, 72, 35, 41, 68, 35, 106, 72, 69,
    72, 72, 50, 60, 48, 72, 67, 98, 67, 66, 60, 72, 55, 72, 87,
];

/// Monospaced fonts have 0.6 em, and DejaVu a little more.
const MONO: u32 = 61;
/// What other characters have at most; ideographs fill their square.
const OTHER: u32 = 105;

/// How wide a text is at most.
pub(super) fn width(style: Style, text: &str) -> i32 {
    let table = match style {
        Style::Title | Style::Heading => Some(&BOLD),
        Style::Plain | Style::Small => Some(&SANS),
        Style::Code | Style::Note => None,
    };
    let hundredths: u32 = text
        .chars()
        .map(|c| match (table, (c as u32).checked_sub(32)) {
            (Some(table), Some(at)) => table.get(at as usize).map_or(OTHER, |one| (*one).into()),
            (None, Some(at)) if at < 95 => MONO,
            _ => OTHER,
        })
        .sum();
    let pixels = hundredths.saturating_mul(style.size().unsigned_abs()).div_ceil(100);
    i32::try_from(pixels).unwrap_or(i32::MAX)
}

/// Longest text that is looked at, in characters.
const LONGEST: usize = 400;

/// Text of which every character is drawn one behind the other, and about as wide as is counted.
/// What is not, such as a control character, a mark that combines, or one of a script that runs from
/// right to left, is written as an escape.
pub(super) fn drawable(text: &str) -> String {
    let mut drawn = String::new();
    for c in text.chars().take(LONGEST) {
        match c {
            ' '..='~' => drawn.push(c),
            // Latin, Greek and Cyrillic; punctuation and arrows; kana, ideographs, Hangul.
            '\u{a1}'..='\u{ac}'
            | '\u{ae}'..='\u{17f}'
            | '\u{386}'..='\u{3ff}'
            | '\u{400}'..='\u{482}'
            | '\u{48a}'..='\u{4ff}'
            | '\u{2010}'..='\u{2013}'
            | '\u{2018}'..='\u{2022}'
            | '\u{2026}'
            | '\u{2190}'..='\u{2193}'
            | '\u{3001}'..='\u{3020}'
            | '\u{3041}'..='\u{3096}'
            | '\u{30a0}'..='\u{30ff}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7a3}' => drawn.push(c),
            '\n' | '\r' | '\t' => drawn.push(' '),
            c => drawn.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
        }
    }
    if text.chars().nth(LONGEST).is_some() {
        drawn.push('…');
    }
    drawn
}

/// The text, or its beginning and its end, in so many pixels. The ends of ids are what tells them
/// apart.
pub(super) fn shortened(style: Style, text: &str, most: i32) -> String {
    if width(style, text) <= most {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let cut = |kept: usize| {
        let head = kept.div_ceil(2);
        let tail = letters.len() - (kept - head);
        letters[..head].iter().chain(&['…']).chain(&letters[tail..]).collect::<String>()
    };
    // What is kept grows with `kept`, and so does its width, near enough to search by halves.
    let (mut low, mut high) = (0, letters.len());
    while high - low > 1 {
        let middle = low.midpoint(high);
        if width(style, &cut(middle)) <= most { low = middle } else { high = middle }
    }
    cut(low)
}

/// The text in at most `lines` lines, broken between words where one would take more than so many
/// pixels. A word that is wider stands alone, and the last line has all that is left.
pub(super) fn wrapped(style: Style, text: &str, most: i32, lines: usize) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut words = text.split(' ').peekable();
    while words.peek().is_some() {
        let mut line = String::new();
        let last = found.len() + 1 >= lines;
        while let Some(word) = words.peek() {
            let longer =
                if line.is_empty() { (*word).to_owned() } else { format!("{line} {word}") };
            if !line.is_empty() && !last && width(style, &longer) > most {
                break;
            }
            line = longer;
            words.next();
        }
        found.push(line);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shortened_fits_and_keeps_both_ends() {
        let id = "subnet-0a1b2c3d4e5f60711";
        assert_eq!(shortened(Style::Code, id, 400), id);
        for most in 20..180 {
            let short = shortened(Style::Code, id, most);
            assert!(width(Style::Code, &short) <= most, "{short} in {most}");
            let (head, tail) = short.split_once('…').unwrap_or((&short, ""));
            assert!(id.starts_with(head) && id.ends_with(tail), "{short}");
        }
    }

    #[test]
    fn lines_hold_all_words_unless_there_are_too_many() {
        let text = "one two three four five";
        let lines = wrapped(Style::Plain, text, 80, 10);
        assert_eq!(lines.join(" "), text);
        assert!(lines.len() > 1 && lines.iter().all(|line| width(Style::Plain, line) <= 80));
        assert_eq!(wrapped(Style::Plain, text, 80, 1), [text]);
        assert_eq!(wrapped(Style::Plain, text, 80, 2).join(" "), text);
        assert_eq!(wrapped(Style::Plain, "", 80, 3), [""]);
    }

    #[test]
    fn what_would_not_be_drawn_in_its_place_is_written_out() {
        assert_eq!(drawable("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(drawable("é ü 東京 한국"), "é ü 東京 한국");
        assert_eq!(drawable("e\u{301}\u{0}\n"), "e\\u{301}\\u{0} ");
        assert_eq!(drawable(&"x".repeat(1_000)).chars().count(), LONGEST + 1);
    }
}
