//! Transcripts, run by trycmd.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;
use std::thread;
use std::time::Duration;

use super::pages;
use super::stage::{PROGRAMS, Stage};
use crate::markdown::{Block, Page};
use crate::support::{Folder, root};

fn transcripts(page: &Page) -> Vec<&Block> {
    page.blocks.iter().filter(|block| block.language == "console").collect()
}

/// What trycmd passes over in silence: fences that are indented, and programs that it does not know.
/// A block that says `ignore` has another language here.
fn assert_will_run(page: &Page) {
    for block in transcripts(page) {
        let place = format!("{}:{}", page.name, block.line);
        assert_eq!(block.indent, 0, "{place}: trycmd sees no fence that is indented");
        let lines = block.text.lines().filter_map(|line| line.strip_prefix("$ "));
        let programs: BTreeSet<&str> = lines.map(|line| line.split(' ').next().unwrap()).collect();
        assert!(!programs.is_empty() && block.text.starts_with("$ "), "{place} runs nothing");
        for program in programs {
            assert!(PROGRAMS.contains(&program), "{place}: nobody plays {program}");
        }
    }
}

/// Runs the transcripts of a page, one after the other in one folder.
fn run(page: &Page) {
    assert_will_run(page);
    let stage = Stage::of(page);
    // The page beside what it begins with, by the names that trycmd goes by. A link, so that
    // `TRYCMD=overwrite` changes the page itself.
    let folder = Folder::new();
    symlink(&page.path, folder.path().join("page.md")).unwrap();
    for (path, bytes) in stage.folder.files() {
        folder.write(&format!("page.in/{}", path.display()), bytes);
    }
    folder.write("page.out/.keep", "");
    let cases = trycmd::TestCases::new();
    for (name, value) in stage.environment() {
        cases.env(name, value);
    }
    for program in PROGRAMS {
        let shown = folder.path().join(program);
        symlink(root().join("tests/pages/shown"), &shown).unwrap();
        cases.register_bin(*program, shown.as_path());
    }
    cases.insert_var("[RESOLVER]", stage.dns.address().to_string()).unwrap();
    cases.timeout(Duration::from_secs(600));
    cases.env("PLAYED_LOG", folder.path().join("log").display().to_string());
    cases.case(folder.path().join("page.md"));
    cases.run();
    let commands = transcripts(page).into_iter().flat_map(|block| block.text.lines());
    let commands = commands.filter(|line| line.starts_with("$ ")).count();
    assert_eq!(folder.read("log").lines().count(), commands, "{}", page.name);
}

#[test]
fn the_readme_shows_what_is_printed() {
    run(&crate::markdown::page("README.md"));
}

#[test]
fn every_page_shows_what_is_printed() {
    let pages = pages();
    let mut blocks = 0;
    // They wait for deployments more than they work.
    thread::scope(|scope| {
        for page in pages.iter().filter(|page| page.name != "README.md") {
            let count = transcripts(page).len();
            // As many as a plain look at the text finds: none is hidden from the reader of Markdown.
            assert_eq!(page.text.matches("```console").count(), count, "{}", page.name);
            if count > 0 {
                scope.spawn(|| run(page));
            }
            blocks += count;
        }
    });
    assert!(blocks >= 15, "{blocks}");
}
