//! Diagnostics for people, with carets, and for programs, as JSON.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::{Value, json};

use super::{Diagnostic, Label, Severity, floor_boundary};

/// Lines longer than this many bytes are cut around the caret.
const WIDEST_LINE: usize = 160;

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
                .path(excerpt.path)
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
            format!("\n  = {name}: {}", text.replace('\n', &format!("\n{indent}")))
        });
        let help = diagnostic.help.iter().map(|line| format!("\n  = help: {line}"));
        title + &notes.chain(help).collect::<String>()
    } else {
        let notes = notes.iter().map(|(name, text)| Level::NOTE.with_name(*name).message(text));
        let help = diagnostic.help.iter().map(|line| Level::HELP.message(line));
        renderer.render(&[notes.chain(help).fold(group, Group::element)])
    };
    text.push_str("\n\n");
    text
}

/// The lines of a source that a label covers, cut to a readable width.
struct Excerpt<'a> {
    path: &'a str,
    line: usize,
    text: String,
    span: Range<usize>,
    label: Option<&'a str>,
}

impl<'a> Excerpt<'a> {
    fn of(label: &'a Label) -> Excerpt<'a> {
        let text = &label.source.text;
        let start = floor_boundary(text, label.span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        // A label may cover a whole block; its first line says enough.
        let end = floor_boundary(text, label.span.end).clamp(start, line_end);
        let cut_start = if start - line_start > WIDEST_LINE / 2 {
            floor_boundary(text, start - WIDEST_LINE / 2)
        } else {
            line_start
        };
        let cut_end = if line_end - cut_start > WIDEST_LINE {
            floor_boundary(text, cut_start + WIDEST_LINE).max(start)
        } else {
            line_end
        };
        let end = end.min(cut_end);
        Excerpt {
            path: &label.source.name,
            line: label.source.line_column(start).0,
            // Control characters would move the caret or the terminal; same length, so spans hold.
            text: text[cut_start..cut_end]
                .replace(|c: char| c.is_ascii_control() && c != '\t', "?"),
            span: start - cut_start..end - cut_start,
            label: (!label.text.is_empty()).then_some(label.text.as_str()),
        }
    }
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
    fn a_line_of_a_megabyte_is_cut() {
        let text = format!("{}é{}", "x".repeat(500_000), "y".repeat(500_000));
        let printed = pointing(&text, 500_000..500_002);
        assert!(printed.len() < 1_000, "{}", printed.len());
        assert!(printed.contains("^ here"));
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
