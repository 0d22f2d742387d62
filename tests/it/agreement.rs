//! What is generated is what is proved, in every mode and partition; and nothing in it is there for
//! nothing.

use std::collections::BTreeSet;

use fargate_egress::aws::Region;
use fargate_egress::cloudformation::{Given, World};
use fargate_egress::diagnostic::{Code, Severity, Source};
use fargate_egress::verify::{Facts, Options, Outcome, Trust, Verdict, verify};

use crate::matrix::{generate, modes, partitions, templates_of};

pub(crate) fn options() -> Options {
    Options {
        facts: Facts::default(),
        existing: Vec::new(),
        task_groups: Vec::new(),
        needs: BTreeSet::new(),
        trust: Trust::Trusting,
    }
}

pub(crate) fn outcome(text: &str, region: Option<&str>) -> Outcome {
    let region = region.map(|name| Region::named(name).unwrap());
    let given = Given { region, ..Given::default() };
    let (world, said) = World::read(vec![Source::new("template.yaml", text)], given).unwrap();
    assert!(said.is_empty(), "{said:#?}");
    let mut verification = verify(world, &options());
    assert_eq!(verification.outcomes.len(), 1);
    verification.outcomes.remove(0)
}

/// Why a template is not proved, or is wider than it needs to be.
fn complaint(outcome: &Outcome) -> Option<String> {
    let mut said = Vec::new();
    let legs = outcome.tasks.iter().flat_map(|task| &task.legs);
    for leg in legs.clone() {
        if !matches!(leg.verdict(Trust::Trusting), Verdict::Reachable(_)) {
            said.push(format!("{} {:?}", leg.need.name(), leg.verdict(Trust::Trusting)));
            for path in leg.origins.iter().flat_map(|origin| &origin.paths) {
                for step in &path.steps {
                    said.push(format!("  {:?} {:?}", step.aspect, step.evidence));
                }
            }
        }
    }
    if legs.count() < 3 {
        said.push("fewer than three legs".to_owned());
    }
    for finding in &outcome.findings {
        let diagnostic = &finding.diagnostic;
        // It carries nothing on this path, and is asked for.
        if (diagnostic.severity, diagnostic.code) != (Severity::Note, Code::EndpointEgress) {
            said.push(format!("{:?} {}", diagnostic.code, diagnostic.message));
        }
    }
    (!said.is_empty()).then(|| said.join("\n"))
}

#[test]
fn everything_that_is_generated_is_proved_and_narrow() {
    let tokyo = Region::named("ap-northeast-1").unwrap().name;
    let mut templates = templates_of(&generate(&modes()), tokyo);
    for (region, stack) in partitions() {
        let folder = generate(&format!("stacks:\n  partition-{region}:\n{stack}"));
        templates.extend(templates_of(&folder, region));
    }
    let many = "stacks:\n  many:\n    regions: [ap-northeast-1, us-east-1, eu-central-1]\n    registries: [\"012345678901\"]\n";
    let folder = generate(many);
    for region in ["ap-northeast-1", "us-east-1", "eu-central-1"] {
        templates.extend(templates_of(&folder, region));
    }
    assert_eq!(templates.len(), 107);
    let mut complaints = Vec::new();
    for (region, name, text) in &templates {
        if let Some(said) = complaint(&outcome(text, Some(region))) {
            complaints.push(format!("{name} in {region}:\n{said}"));
        }
    }
    assert!(
        complaints.is_empty(),
        "{} of {}\n{}",
        complaints.len(),
        templates.len(),
        complaints[..complaints.len().min(4)].join("\n\n")
    );
}
