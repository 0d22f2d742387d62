//! The README and the pages of `docs/`: what they show runs, and what they link to is there.
//!
//! Every fenced block has a language. Those of `console` are transcripts, run by trycmd; those of `sh`
//! are lines to type, run by a shell. Both have the AWS CLI of the tests and servers that play the
//! world. `TRYCMD=overwrite cargo test pages` writes down what the transcripts print now.

#[cfg(feature = "resolve")]
mod console;
mod links;
mod lock;
mod policies;
#[cfg(feature = "resolve")]
mod session;
#[cfg(feature = "resolve")]
mod shell;
#[cfg(feature = "resolve")]
mod stage;

use std::fs;
use std::path::PathBuf;

use crate::markdown::Page;
use crate::support::root;

/// The README and every page of `docs/`, by name.
pub(crate) fn pages() -> Vec<Page> {
    let mut paths: Vec<PathBuf> = fs::read_dir(root().join("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    paths.push(root().join("README.md"));
    paths.sort();
    paths.iter().map(|path| Page::read(path)).collect()
}

#[test]
fn every_block_says_what_it_is() {
    let known = ["console", "json", "sh", "text", "typescript", "yaml"];
    for page in pages() {
        for block in &page.blocks {
            assert!(known.contains(&block.language.as_str()), "{}:{}", page.name, block.line);
        }
    }
}

/// A key that a reader can write and cannot look up would be half a key.
#[test]
fn every_key_of_the_config_and_of_the_lock_is_on_its_page() {
    for (name, of) in [("config", "egress"), ("lock", "lock")] {
        let text = Page::read(&root().join(format!("docs/{name}.md"))).text;
        let schema = fs::read_to_string(root().join(format!("docs/{of}.schema.json"))).unwrap();
        let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
        let mut keys = Vec::new();
        properties(&schema, &mut keys);
        assert!(keys.len() >= 15, "{keys:?}");
        for key in keys {
            let has = |before: char, after: char| text.contains(&format!("{before}{key}{after}"));
            let named = ['`', '.', '{']
                .iter()
                .any(|before| ['`', '.', ':', ','].iter().any(|after| has(*before, *after)));
            assert!(named, "docs/{name}.md says nothing of {key}");
        }
    }
}

/// The names of all properties of a schema; those of partitions and the like are values, and have
/// none below them.
fn properties(schema: &serde_json::Value, into: &mut Vec<String>) {
    match schema {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                if name == "properties" {
                    let fixed = value.as_object().unwrap().keys();
                    into.extend(fixed.filter(|key| !key.starts_with("aws")).cloned());
                }
                properties(value, into);
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| properties(item, into)),
        _ => (),
    }
}
