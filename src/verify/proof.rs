//! The proof that a template which is about to be written does what it is for.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::evidence::{Evidence, Trust};
use super::{Facts, Options, Outcome, Verdict, verify};
use crate::aws::Region;
use crate::cloudformation::{Given, World};
use crate::diagnostic::{Code, Diagnostic, Severity, Source};
use crate::yaml::Node;

/// Whether tasks can pull in each of the regions with a template, and nothing is wrong with it.
/// `tree` is what YAML it is.
///
/// # Errors
/// [`Code::Unproved`] for each leg that is not surely reachable, and every finding that is an error.
pub fn prove(
    template: &Arc<Source>,
    tree: Node,
    regions: &[&'static Region],
    facts: &Facts,
) -> Result<(), Vec<Diagnostic>> {
    let mut said: Vec<Diagnostic> = Vec::new();
    let given = Given { region: regions.first().copied(), ..Given::default() };
    let (world, _) = World::of_tree(Arc::clone(template), tree, given)?;
    for region in regions {
        let options = Options {
            facts: facts.clone(),
            existing: Vec::new(),
            task_groups: Vec::new(),
            needs: BTreeSet::new(),
            trust: Trust::Trusting,
        };
        for outcome in &verify(world.clone().in_region(region), &options).outcomes {
            said.extend(complaints(template, region, outcome));
        }
    }
    if said.is_empty() { Ok(()) } else { Err(in_what_was_not_written(said, template)) }
}

/// What stands in the file of the template, if there is one, is something else.
fn in_what_was_not_written(said: Vec<Diagnostic>, template: &Arc<Source>) -> Vec<Diagnostic> {
    let unwritten = Source::new(format!("{} (not written)", template.name), template.text.as_str());
    let named = |mut diagnostic: Diagnostic| {
        for label in diagnostic.primary.iter_mut().chain(&mut diagnostic.related) {
            if Arc::ptr_eq(&label.source, template) {
                label.source = Arc::clone(&unwritten);
            }
        }
        diagnostic
    };
    said.into_iter().map(named).collect()
}

fn complaints(template: &Source, region: &Region, outcome: &Outcome) -> Vec<Diagnostic> {
    let errors = outcome.findings.iter().map(|finding| &finding.diagnostic);
    let mut said: Vec<Diagnostic> =
        errors.filter(|diagnostic| diagnostic.severity == Severity::Error).cloned().collect();
    let legs = outcome.tasks.iter().flat_map(|task| task.legs.iter().map(move |leg| (task, leg)));
    let unproved = legs.filter_map(|(task, leg)| {
        let what = match leg.verdict(Trust::Trusting) {
            Verdict::Reachable(_) => return None,
            Verdict::Blocked => "is blocked",
            Verdict::CannotTell => "cannot be told",
        };
        let message = format!(
            "`{}` does not prove: in {region} {} of {} {what}",
            template.name,
            leg.need.name(),
            task.task
        );
        let paths = leg.origins.iter().flat_map(|origin| &origin.paths);
        let steps = paths.flat_map(|path| &path.steps);
        let whys: BTreeSet<&str> = steps
            .filter(|step| !step.evidence.truth(Trust::Trusting).is_yes())
            .flat_map(|step| step.evidence.reasons(Trust::Trusting))
            .filter_map(|reason| match reason {
                Evidence::Fails(failing) | Evidence::Suspect(failing) => {
                    Some(failing.claim.text.as_str())
                }
                Evidence::Open(claim) => Some(claim.text.as_str()),
                _ => None,
            })
            .collect();
        let diagnostic = Diagnostic::error(Code::Unproved, message);
        Some(whys.into_iter().fold(diagnostic, |diagnostic, why| diagnostic.help(why)))
    });
    said.extend(unproved);
    if outcome.tasks.is_empty() {
        let message =
            format!("`{}` does not prove: it has nothing that a task could use", template.name);
        said.push(Diagnostic::error(Code::Unproved, message));
    }
    said
}
