//! Everything that was looked at on the ways of a leg.

use super::super::ways::{claim, kind};
use super::task::{Scope, verdict, way};
use crate::text::clean;
use crate::verify::{Evidence, Leg, Path};

/// Adds each way with each of its steps; subnets for which all of it is the same stand together.
pub(super) fn steps(scope: &Scope<'_>, out: &mut String, leg: &Leg) {
    let mut said: Vec<(Vec<&str>, String)> = Vec::new();
    for origin in &leg.origins {
        let text: String = origin.paths.iter().map(|one| path(scope, one)).collect();
        match said.iter_mut().find(|(_, known)| *known == text) {
            Some((subnets, _)) => subnets.push(&origin.subnet),
            None => said.push((vec![&origin.subnet], text)),
        }
    }
    for (subnets, text) in said {
        out.push_str(&format!("    from {}\n{text}", clean(&subnets.join(", "))));
    }
}

fn path(scope: &Scope<'_>, path: &Path) -> String {
    let (word, _) = verdict(path.truth(scope.trust));
    let mut out = format!("      by {}: {word}\n", way(path.via, &path.by));
    for step in &path.steps {
        evidence(scope, &mut out, step.aspect.name(), 0, &step.evidence);
    }
    out
}

/// Of several parts of which one has to hold, those are said that make it what it is.
fn evidence(scope: &Scope<'_>, out: &mut String, aspect: &str, depth: usize, of: &Evidence) {
    let margin = format!("        {aspect:8}{}", "  ".repeat(depth));
    match of {
        Evidence::All(parts) => {
            parts.iter().for_each(|part| evidence(scope, out, aspect, depth, part));
        }
        Evidence::Any(parts) => {
            let truth = of.truth(scope.trust);
            let same: Vec<&Evidence> =
                parts.iter().filter(|part| part.truth(scope.trust) == truth).collect();
            let depth = match same.as_slice() {
                [_] => depth,
                _ => {
                    out.push_str(&format!("{margin}one of\n"));
                    depth + 1
                }
            };
            same.into_iter().for_each(|part| evidence(scope, out, aspect, depth, part));
        }
        leaf => {
            if let Some(claim) = claim(leaf) {
                let first = format!("{margin}{:9}", kind(leaf));
                scope.claim(out, &first, first.len(), claim);
            }
            if let Evidence::Fails(failing) | Evidence::Suspect(failing) = leaf {
                for near in &failing.near {
                    let first = format!("{margin}  near   ");
                    scope.claim(out, &first, first.len(), near);
                }
            }
        }
    }
}
