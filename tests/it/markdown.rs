//! Pages in Markdown: their blocks, headings and links.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::support::root;

/// A page.
pub(crate) struct Page {
    pub(crate) path: PathBuf,
    /// Its path in the repository.
    pub(crate) name: String,
    pub(crate) text: String,
    /// Its fenced blocks, in their order.
    pub(crate) blocks: Vec<Block>,
    /// What links lead to it by, as GitHub makes it of headings.
    pub(crate) anchors: Vec<String>,
    /// Where its links and images lead, with their lines.
    pub(crate) links: Vec<(String, usize)>,
}

/// A fenced block.
pub(crate) struct Block {
    /// The first word behind the fence.
    pub(crate) language: String,
    pub(crate) text: String,
    /// The heading that it stands under.
    pub(crate) heading: String,
    /// The line of its fence, from 1.
    pub(crate) line: usize,
    /// How far the fence is indented.
    pub(crate) indent: usize,
}

impl Page {
    pub(crate) fn read(path: &Path) -> Page {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        let mut page = Page {
            path: path.to_owned(),
            name,
            text: text.clone(),
            blocks: Vec::new(),
            anchors: Vec::new(),
            links: Vec::new(),
        };
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let (mut heading, mut block) = (String::new(), None::<Block>);
        let mut in_heading = false;
        for (event, at) in Parser::new_ext(&text, Options::ENABLE_TABLES).into_offset_iter() {
            let line = text[..at.start].lines().count().max(1);
            match event {
                Event::Start(Tag::Heading { .. }) => {
                    heading.clear();
                    in_heading = true;
                }
                Event::End(TagEnd::Heading(_)) => {
                    in_heading = false;
                    let anchor = anchor(&heading);
                    let count = seen.entry(anchor.clone()).or_default();
                    page.anchors.push(match *count {
                        0 => anchor,
                        more => format!("{anchor}-{more}"),
                    });
                    *count += 1;
                }
                Event::Text(text) | Event::Code(text) if in_heading => heading.push_str(&text),
                Event::Start(Tag::CodeBlock(kind)) => {
                    let language = match kind {
                        CodeBlockKind::Fenced(info) => info.to_string(),
                        CodeBlockKind::Indented => "indented".to_owned(),
                    };
                    let start = text[..at.start].rfind('\n').map_or(0, |end| end + 1);
                    block = Some(Block {
                        language,
                        text: String::new(),
                        heading: heading.clone(),
                        line: text[..start].lines().count() + 1,
                        indent: at.start - start,
                    });
                }
                Event::Text(text) => {
                    if let Some(block) = &mut block {
                        block.text.push_str(&text);
                    }
                }
                Event::End(TagEnd::CodeBlock) => page.blocks.extend(block.take()),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push((dest_url.to_string(), line));
                }
                _ => (),
            }
        }
        page
    }

    /// The first block of a language under a heading.
    pub(crate) fn block(&self, heading: &str, language: &str) -> &str {
        let mut blocks = self.blocks.iter();
        let found = blocks.find(|block| block.heading == heading && block.language == language);
        let missing = || panic!("{} has no {language} under {heading}", self.name);
        found.map_or_else(missing, |block| &block.text)
    }
}

/// The page of a path in the repository.
pub(crate) fn page(name: &str) -> Page {
    Page::read(&root().join(name))
}

/// As GitHub does it: lower case, hyphens for blanks, and no punctuation but hyphens and underscores.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}
