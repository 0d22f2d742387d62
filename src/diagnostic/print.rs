//! Diagnostics for people, with carets, and for programs, as JSON.

use std::ops::Range;

use annotate_snippets::renderer::{DEFAULT_TERM_WIDTH, DecorStyle};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::{Value, json};

use super::{Diagnostic, Label, Severity, floor_boundary};
use crate::text::{clean, is_unseen};

/// So many characters of a line are kept on either side of where the caret begins: as many as the
/// renderer shows, which then draws dots for what is left out. It takes its time with long lines, and
/// a template may be one line of a megabyte.
const KEPT: usize = DEFAULT_TERM_WIDTH;

/// The most characters that are marked; more would leave no room for what stands around them.
const MOST_MARKED: usize = 100;

/// The diagnostic as text with carets, in colour or without, ending with a newline.
pub fn human(diagnostic: &Diagnostic, colour: bool) -> String {
    human_noted(diagnostic, &[], colour)
}

/// The same with notes before its help, each with its name: `= seen as: …`. Their lines are kept.
pub fn human_noted(diagnostic: &Diagnostic, notes: &[(&str, String)], colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(&diagnostic.message).id(diagnostic.code.name());
    let primary = diagnostic.primary.as_ref().map(|label| (label, AnnotationKind::Primary));
    let related = diagnostic.related.iter().map(|label| (label, AnnotationKind::Context));
    let excerpts: Vec<_> = primary
        .into_iter()
        .chain(related)
        .map(|(label, kind)| (Excerpt::of(label), kind))
        .collect();

    let mut group = Group::with_title(title);
    for (excerpt, kind) in &excerpts {
        group = group.element(
            Snippet::source(excerpt.text.as_str())
                .path(format!("{}{}", excerpt.name, excerpt.line_column))
                .line_start(excerpt.line)
                .fold(false)
                .annotation(kind.span(excerpt.span.clone()).label(excerpt.label)),
        );
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut text = if excerpts.is_empty() {
        // Below a title alone the renderer would draw the margin of an excerpt.
        let title = renderer.render(&[group]);
        let notes = notes.iter().map(|(name, text)| {
            let indent = " ".repeat("  = : ".len() + name.len());
            format!("\n  = {name}: {}", clean(text).replace('\n', &format!("\n{indent}")))
        });
        let help = diagnostic.help.iter().map(|line| format!("\n  = help: {}", clean(line)));
        title + &notes.chain(help).collect::<String>()
    } else {
        let notes = notes.iter().map(|(name, text)| Level::NOTE.with_name(*name).message(text));
        let help = diagnostic.help.iter().map(|line| Level::HELP.message(line));
        let drawn = renderer.render(&[notes.chain(help).fold(group, Group::element)]);
        excerpts.iter().fold(drawn, |drawn, (excerpt, _)| {
            drawn.replacen(&excerpt.placed_twice(), &excerpt.line_column, 1)
        })
    };
    text.push_str("\n\n");
    // The renderer knows most of what steers a terminal, but not all. An escape by now is its own.
    text.replace(|c| !"\n\x1b".contains(c) && is_unseen(c), "?")
}

/// The line on which a label begins, or the part of it around the label.
struct Excerpt<'a> {
    name: &'a str,
    line: usize,
    /// `:LINE:COLUMN`. The renderer counts columns in what is kept of the line. So it is given this as
    /// the end of the path, and what it adds of its own is taken away again.
    line_column: String,
    text: String,
    span: Range<usize>,
    label: Option<&'a str>,
}

impl<'a> Excerpt<'a> {
    fn of(label: &'a Label) -> Excerpt<'a> {
        let text = &label.source.text;
        let start = floor_boundary(text, label.span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        // A carriage return is part of the line's end; a place may still be between the two.
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let line_end = match text[start..line_end].strip_suffix('\r') {
            Some(line) if line_end < text.len() => start + line.len(),
            _ => line_end,
        };
        let (before, after) = (&text[line_start..start], &text[start..line_end]);
        let kept_before = match before.char_indices().rev().nth(KEPT) {
            Some((at, _)) => &before[at..],
            None => before,
        };
        let kept_after = first_chars(after, KEPT);
        // A label may cover a whole block; its first line says enough.
        let marked = floor_boundary(text, label.span.end).clamp(start, line_end) - start;
        let marked = first_chars(&after[..marked], MOST_MARKED).len();
        let (line, column) = label.source.line_column(start);
        Excerpt {
            name: &label.source.name,
            line,
            line_column: format!(":{line}:{column}"),
            // Control characters would move the caret or the terminal; same length, so spans hold.
            text: format!("{kept_before}{kept_after}")
                .replace(|c: char| c.is_ascii_control() && c != '\t', "?"),
            span: kept_before.len()..kept_before.len() + marked,
            label: (!label.text.is_empty()).then_some(label.text.as_str()),
        }
    }

    /// The place, and again with the renderer's column.
    fn placed_twice(&self) -> String {
        let column = self.text[..self.span.start].chars().count() + 1;
        format!("{}:{}:{column}", self.line_column, self.line)
    }
}

/// The first `count` characters of `text`, or all of it.
fn first_chars(text: &str, count: usize) -> &str {
    text.char_indices().nth(count).map_or(text, |(at, _)| &text[..at])
}

/// The diagnostic as the JSON object that `--format json` prints.
pub fn json(diagnostic: &Diagnostic) -> Value {
    let place = |label: &Label| {
        let (line, column) = label.source.line_column(label.span.start);
        json!({
            "file": label.source.name,
            "line": line,
            "column": column,
            "text": label.text,
        })
    };
    json!({
        "severity": diagnostic.severity,
        "code": diagnostic.code,
        "message": diagnostic.message,
        "place": diagnostic.primary.as_ref().map(place),
        "related": diagnostic.related.iter().map(place).collect::<Vec<_>>(),
        "help": diagnostic.help,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Code, Source};
    use super::*;

    fn pointing(text: &str, span: Range<usize>) -> String {
        let source = Source::new("egress.yaml", text);
        human(&Diagnostic::error(Code::WrongType, "wrong").at(&source, span, "here"), false)
    }

    #[test]
    fn carets_stand_under_the_place() {
        assert_eq!(
            pointing("a: b\nregion: 12\n", 13..15),
            "error[wrong-type]: wrong\n --> egress.yaml:2:9\n  |\n2 | region: 12\n  |         ^^ here\n\n"
        );
    }

    #[test]
    fn a_carriage_return_is_no_part_of_a_line() {
        let unix = pointing("a: b\nregion: 12\nc: d\n", 13..15);
        assert_eq!(pointing("a: b\r\nregion: 12\r\nc: d\r\n", 14..16), unix);
        assert!(pointing("a: b\r\n", 0..6).contains("\n1 | a: b\n  | ^^^^"));
    }

    #[test]
    fn notes_stand_before_the_help_and_keep_their_lines() {
        let notes = [("seen as", "one\ntwo".to_owned())];
        let printed =
            "error[wrong-type]: wrong\n  = seen as: one\n             two\n  = help: do\n\n";
        let plain = Diagnostic::error(Code::WrongType, "wrong").help("do");
        assert_eq!(human_noted(&plain, &notes, false), printed);
        let placed = plain.at(&Source::new("f", "a: b\n"), 3..4, "");
        let printed = " --> f:1:4\n  |\n1 | a: b\n  |    ^\n  |\n  = seen as: one\n             two\n  = help: do\n\n";
        assert_eq!(
            human_noted(&placed, &notes, false),
            format!("error[wrong-type]: wrong\n{printed}")
        );
    }

    #[test]
    fn a_line_of_a_megabyte_is_cut_and_keeps_its_column() {
        let text = format!("a: b\n{}é{}", "é".repeat(250_000), "y".repeat(500_000));
        let printed = pointing(&text, 500_005..500_007);
        assert!(printed.len() < 1_000, "{}", printed.len());
        assert!(printed.contains(" --> egress.yaml:2:250001\n"), "{printed}");
        assert!(printed.contains("^ here"), "{printed}");
    }

    /// The place that is printed and the text above the carets, of a label over `marked` in a line.
    fn shown(before: &str, marked: &str, after: &str) -> (String, String) {
        let text = format!("a: b\n{before}{marked}{after}\nc: d\n");
        let start = 5 + before.len();
        let printed = pointing(&text, start..start + marked.len());
        let lines: Vec<&str> = printed.lines().collect();
        let [_, place, _, line, carets, ..] = lines[..] else { panic!("{printed}") };
        let from = carets.find('^').expect("carets");
        let carets = carets.matches('^').count();
        let above = line.chars().skip(from).take(carets).collect();
        (place.trim_start_matches(" --> ").to_owned(), above)
    }

    #[test]
    fn a_place_is_right_however_long_the_line_and_wherever_the_caret() {
        for wide in [0, 1, 10, 79, 80, 81, 139, 140, 141, 142, 159, 160, 161, 500] {
            for filler in ["x", "é"] {
                let side = filler.repeat(wide);
                let place = |column: usize| format!("egress.yaml:2:{column}");
                let marked = || "wrong".to_owned();
                assert_eq!(shown(&side, "wrong", &side), (place(wide + 1), marked()));
                assert_eq!(shown("", "wrong", &side), (place(1), marked()));
                assert_eq!(shown(&side, "wrong", ""), (place(wide + 1), marked()));
            }
        }
        // Of a long value the beginning is marked.
        let (place, above) = shown(&"x".repeat(200), &"é".repeat(300), "x");
        assert_eq!((place.as_str(), above), ("egress.yaml:2:201", "é".repeat(MOST_MARKED)));
    }

    #[test]
    fn what_is_left_out_of_a_line_is_dots() {
        let side = "x".repeat(500);
        let printed = pointing(&format!("{side}wrong{side}"), 500..505);
        let line = printed.lines().find(|line| line.starts_with("1 |")).expect("the line");
        assert!(line.starts_with("1 | ...x") && line.ends_with("x..."), "{line}");
    }

    #[test]
    fn a_second_place_on_a_long_line_keeps_its_column_too() {
        let source = Source::new("f", format!("{}first second", "x".repeat(300)));
        let printed =
            human(
                &Diagnostic::error(Code::DuplicateKey, "twice")
                    .at(&source, 306..312, "here")
                    .related(&source, 300..305, "first"),
                false,
            );
        assert!(printed.contains(" --> f:1:307\n"), "{printed}");
        assert!(printed.contains(" ::: f:1:301\n"), "{printed}");
    }

    #[test]
    fn no_range_of_any_text_panics() {
        let text = "a\u{7f}é\n\r\n\u{2028}ｗ\n";
        for start in 0..=text.len() + 1 {
            for end in start..=text.len() + 1 {
                pointing(text, start..end);
            }
        }
    }
}
