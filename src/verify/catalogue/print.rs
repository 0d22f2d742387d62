//! Pages as text for a terminal, and as Markdown.

use crate::diagnostic::Severity;
use crate::text::prose;

use super::{PAGES, Page};

/// A part of a text: what is wrapped, or what is left as it is.
pub(super) enum Block<'a> {
    /// Prose on one line.
    Paragraph(String),
    /// Something to paste, with the name of its language.
    Code(&'a str, Vec<&'a str>),
}

/// The parts of a text whose paragraphs are separated by empty lines and whose code is fenced.
pub(super) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut paragraph: Vec<&str> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let language = line.strip_prefix("```");
        if (line.is_empty() || language.is_some()) && !paragraph.is_empty() {
            blocks.push(Block::Paragraph(paragraph.join(" ")));
            paragraph.clear();
        }
        if let Some(language) = language {
            blocks
                .push(Block::Code(language, lines.by_ref().take_while(|l| *l != "```").collect()));
        } else if !line.is_empty() {
            paragraph.push(line);
        }
    }
    if !paragraph.is_empty() {
        blocks.push(Block::Paragraph(paragraph.join(" ")));
    }
    blocks
}

/// The page as text for a terminal, its prose wrapped at 100 columns.
///
/// Code is indented by two spaces, as it stands below `Resources:`.
pub fn text(page: &Page) -> String {
    let mut out = format!("{}[{}]\n", word(page.severity), page.code.name());
    prose(&mut out, page.code.summary(), "", "");
    out.push_str("\nWhy\n\n");
    body(&mut out, page.cause);
    if !page.symptoms.is_empty() {
        out.push_str("\nWhat is seen\n\n");
        for symptom in page.symptoms {
            prose(&mut out, symptom, "  ", "    ");
        }
    }
    out.push_str("\nWhat to do\n\n");
    body(&mut out, page.fix);
    out.push_str("\nSources\n\n");
    for source in page.sources {
        out.push_str(&format!("  {source}\n"));
    }
    out
}

fn body(out: &mut String, text: &str) {
    for (number, block) in blocks(text).into_iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        match block {
            Block::Paragraph(paragraph) => prose(out, &paragraph, "", ""),
            Block::Code(_, lines) => {
                for line in lines {
                    out.push_str(if line.is_empty() { "" } else { "  " });
                    out.push_str(line);
                    out.push('\n');
                }
            }
        }
    }
}

/// All pages as Markdown: a table of contents and a section for each, which is `docs/findings.md`.
pub fn markdown() -> String {
    let mut out = "# Findings\n\n".to_owned();
    prose(
        &mut out,
        "What `verify` finds, why it breaks or is too wide, how that looks, and what to do. \
         `verify --explain CODE` prints one of these pages. The codes stay the same between \
         releases.",
        "",
        "",
    );
    out.push('\n');
    prose(
        &mut out,
        "An error breaks the pull or the deployment; a warning may, or is wider than the tasks \
         need; a note is worth knowing. It is how bad the finding usually is: what is printed for \
         a template can be milder or worse.",
        "",
        "",
    );
    out.push('\n');
    prose(
        &mut out,
        "In messages `R` stands for a region, `ACCT` for an account, `PUBLIC` and `PRIVATE` for an \
         address on the internet and one of the VPC, `…` for what was left out. The blocks of YAML \
         go below `Resources:`; `Vpc`, `TaskSubnetA` and the like are your own resources or \
         parameters.",
        "",
        "",
    );
    out.push_str("\n| code | usually | what it means |\n|---|---|---|\n");
    for page in PAGES {
        let name = page.code.name();
        let summary = page.code.summary();
        out.push_str(&format!("| [`{name}`](#{name}) | {} | {summary} |\n", word(page.severity)));
    }
    for page in PAGES {
        section(&mut out, page);
    }
    out
}

/// The page as Markdown, without a heading.
pub fn page_markdown(page: &Page) -> String {
    let mut out = String::new();
    body_markdown(&mut out, page);
    out
}

fn section(out: &mut String, page: &Page) {
    out.push_str(&format!("\n## {}\n\n", page.code.name()));
    body_markdown(out, page);
}

fn body_markdown(out: &mut String, page: &Page) {
    prose(out, &format!("**{}:** {}", word(page.severity), page.code.summary()), "", "");
    out.push('\n');
    parts(out, page.cause);
    if !page.symptoms.is_empty() {
        out.push_str("\n**What is seen**\n\n```text\n");
        for symptom in page.symptoms {
            out.push_str(symptom);
            out.push('\n');
        }
        out.push_str("```\n");
    }
    out.push_str("\n**What to do**\n\n");
    parts(out, page.fix);
    out.push_str("\n**Sources**\n\n");
    for source in page.sources {
        out.push_str(&format!("- <{source}>\n"));
    }
}

fn parts(out: &mut String, text: &str) {
    for (number, block) in blocks(text).into_iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        match block {
            Block::Paragraph(paragraph) => prose(out, &paragraph, "", ""),
            Block::Code(language, lines) => {
                out.push_str(&format!("```{language}\n{}\n```\n", lines.join("\n")));
            }
        }
    }
}

pub(super) fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}
