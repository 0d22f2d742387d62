//! Where links lead.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::pages;
use crate::markdown::{Page, page};
use crate::support::root;

/// Every page that is committed.
fn all() -> Vec<Page> {
    let mut all = pages();
    all.extend(["ARCHITECTURE.md", "CHANGELOG.md"].map(page));
    all
}

/// A path without `..`.
fn normal(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut normal, part| {
        match part {
            Component::ParentDir => drop(normal.pop()),
            part => normal.push(part),
        }
        normal
    })
}

#[test]
fn every_link_leads_to_what_is_there() {
    let all = all();
    let anchors: BTreeMap<&Path, &[String]> =
        all.iter().map(|page| (page.path.as_path(), page.anchors.as_slice())).collect();
    let mut followed = 0;
    for page in &all {
        for (link, line) in &page.links {
            let place = format!("{}:{line}: {link}", page.name);
            if let Some(rest) = link.strip_prefix("https://") {
                let host = rest.split('/').next().unwrap();
                assert!(host.contains('.') && !link.contains(char::is_whitespace), "{place}");
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => page.path.clone(),
                path => normal(&page.path.parent().unwrap().join(path)),
            };
            assert!(target.starts_with(root()) && target.exists(), "{place}");
            if !anchor.is_empty() {
                let known = anchors.get(target.as_path());
                let known = known.unwrap_or_else(|| panic!("{place} is no page"));
                assert!(known.iter().any(|known| known == anchor), "{place}: one of {known:?}");
            }
            followed += 1;
        }
    }
    assert!(followed >= 150, "{followed}");
}

/// A page that nothing leads to is read by nobody.
#[test]
fn the_readme_leads_to_every_page() {
    let readme = page("README.md");
    for page in pages() {
        let leads = readme.links.iter().any(|(link, _)| *link == page.name);
        assert!(leads || page.name == "README.md", "{}", page.name);
    }
}
