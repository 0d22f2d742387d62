//! Templates of CloudFormation and task definitions: read, evaluated, judged, reported in every form.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use fargate_egress::aws::Region;
use fargate_egress::cloudformation::{Given, World, parameters_of_file};
use fargate_egress::diagnostic::Source;
use fargate_egress::diagram::of_verification;
use fargate_egress::truth::Truth;
use fargate_egress::verify::needed::needed;
use fargate_egress::verify::report::{self, Assertion, Style, answers};
use fargate_egress::verify::{Facts, Options, Trust, Verification, verify};

use super::laws::{BETWEEN, EXAMPLE_LOCK, RENDERER, print, taken, text};

static OPTIONS: LazyLock<Options> = LazyLock::new(|| Options {
    facts: Facts::new(Some(EXAMPLE_LOCK.clone())),
    existing: Vec::new(),
    task_groups: Vec::new(),
    needs: BTreeSet::new(),
    trust: Trust::Trusting,
});

/// The laws of templates, several of which may be one world.
pub fn holds(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let sources: Vec<Arc<Source>> = text
        .split(BETWEEN)
        .enumerate()
        .map(|(n, text)| Source::new(format!("{n}.yaml"), text))
        .collect();
    let region = Region::named("ap-northeast-1");
    // Values of parameters come in files too, and any text may be given for one.
    let parameters = taken(parameters_of_file(&sources[sources.len() - 1])).unwrap_or_default();
    let given = Given { region, parameters, ..Given::default() };

    let definitions = World::of_task_definitions(sources.clone(), given.clone());
    if let Some((world, warnings)) = taken(definitions) {
        print(&warnings);
        if let Some(needed) = taken(needed(world)) {
            print(&needed.said);
        }
    }
    let Some((world, warnings)) = taken(World::read(sources, given)) else { return };
    print(&warnings);
    tell(&verify(world, &OPTIONS));
}

/// Whatever was found can be told to everybody, and no verdict contradicts another.
fn tell(verification: &Verification) {
    assert!(!verification.outcomes.is_empty());
    for outcome in &verification.outcomes {
        for leg in outcome.legs() {
            leg.verdict(Trust::Trusting);
            leg.verdict(Trust::Strict);
            let (trusting, strict) = (leg.truth(Trust::Trusting), leg.truth(Trust::Strict));
            // What holds without trust holds with it, and what is blocked is blocked.
            assert!(strict != Truth::Yes || trusting == Truth::Yes, "{leg:?}");
            assert!(trusting != Truth::No || strict != Truth::Yes, "{leg:?}");
        }
        let findings = outcome.findings.iter().map(|finding| finding.diagnostic.clone());
        print(&findings.collect::<Vec<_>>());
    }
    let required = Assertion::names().filter_map(|name| Assertion::required(name).ok());
    let assertions: Vec<Assertion> = required.chain([Assertion::Narrow]).collect();
    let answers = answers(verification, &assertions);
    report::passes(verification, &answers);
    for (evidence, quiet) in [(false, false), (true, false), (true, true)] {
        let said = report::human(verification, &answers, Style { colour: false, evidence, quiet });
        let moves = |c: char| c.is_control() && c != '\n';
        assert!(!said.contains(moves), "{said:?} moves the cursor");
    }
    serde_json::Value::from(report::json(verification, &answers)).to_string();
    report::sarif(verification, "0").to_string();
    let picture = of_verification(verification);
    RENDERER.svg(&picture).expect("drawn");
    RENDERER.mermaid(&picture).expect("drawn");
}
