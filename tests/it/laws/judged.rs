//! What a template comes to, in a form in which two can be compared.

use std::collections::{BTreeMap, BTreeSet};

use fargate_egress::aws::Region;
use fargate_egress::cloudformation::{Given, World};
use fargate_egress::diagnostic::Source;
use fargate_egress::verify::{Leg, Outcome, Trust, Verdict, Verification, verify};

use crate::agreement::options;

/// A verdict, worse ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Is {
    Blocked,
    Open,
    Reachable,
}

/// Trusting, then strict.
pub(super) type Both = [Is; 2];

pub(super) fn is(leg: &Leg, trust: Trust) -> Is {
    match leg.verdict(trust) {
        Verdict::Blocked => Is::Blocked,
        Verdict::CannotTell => Is::Open,
        Verdict::Reachable(_) => Is::Reachable,
    }
}

pub(super) fn both(leg: &Leg) -> Both {
    [is(leg, Trust::Trusting), is(leg, Trust::Strict)]
}

pub(super) fn verification(
    texts: &[String],
    parameters: BTreeMap<String, String>,
) -> Result<Verification, String> {
    let given = Given { region: Region::named("ap-northeast-1"), parameters, ..Given::default() };
    let sources = texts.iter().enumerate();
    let sources = sources.map(|(at, text)| Source::new(format!("{at}.yaml"), text.as_str()));
    let (world, _) = World::read(sources.collect(), given)
        .map_err(|errors| format!("{errors:#?}\n{}", texts.join("---\n")))?;
    Ok(verify(world, &options()))
}

/// Legs by the task, the need and the target.
pub(super) type Legs = BTreeMap<(String, String, String), Both>;

pub(super) fn legs(outcome: &Outcome) -> Legs {
    let mut legs = Legs::new();
    for task in &outcome.tasks {
        for leg in &task.legs {
            let key = (task.task.clone(), leg.need.name().to_owned(), leg.target.clone());
            assert!(legs.insert(key, both(leg)).is_none(), "one leg stands there twice");
        }
    }
    legs
}

pub(super) fn codes(outcome: &Outcome) -> BTreeSet<&'static str> {
    outcome.findings.iter().map(|finding| finding.diagnostic.code.name()).collect()
}

/// The one outcome of templates in which nothing has to be taken to be so.
pub(super) fn only(texts: &[String]) -> Result<Outcome, String> {
    let mut verification = verification(texts, BTreeMap::new())?;
    match verification.outcomes.len() {
        1 => Ok(verification.outcomes.remove(0)),
        several => Err(format!("{several} outcomes\n{}", texts.join("---\n"))),
    }
}
