//! A verification as the JSON that `docs/verify.schema.json` describes.

use serde_json::{Map, Value, json};

use super::assertions::Answer;
use super::distinct::findings;
use super::places::Places;
use super::tally::Tally;
use super::{severity_name, symptom, ways};
use crate::aws::Region;
use crate::diagnostic;
use crate::truth::Truth;
use crate::verify::catalogue::{Message, Page, causes};
use crate::verify::{
    Claim, Evidence, Failing, Finding, Leg, Need, Origin, Outcome, Path, Step, TaskLegs, Trust,
    Verification,
};

/// The fields of the object, beside those that every command has.
pub fn json(verification: &Verification, answers: &[Answer]) -> Map<String, Value> {
    let Verification { sources, region, region_from, outcomes, undecided, trust } = verification;
    let scope = Scope { places: Places::of(sources), trust: *trust, region: *region };
    let tally = Tally::of(verification, &findings(verification));
    let undecided =
        undecided.as_ref().map(|(conditions, why)| json!({"conditions": conditions, "why": why}));
    let fields = json!({
        "region": region.map(|region| region.name),
        "region_from": region_from,
        "trust": match trust {
            Trust::Trusting => "trusting",
            Trust::Strict => "strict",
        },
        "files": sources.iter().map(|source| &source.name).collect::<Vec<_>>(),
        "undecided": undecided,
        "scenarios": outcomes.iter().map(|outcome| scope.outcome(outcome)).collect::<Vec<_>>(),
        "assertions": answers.iter().map(answer).collect::<Vec<_>>(),
        "summary": {
            "reachable": tally.reachable,
            "blocked": tally.blocked,
            "cannot_tell": tally.cannot_tell,
            "errors": tally.errors,
            "warnings": tally.warnings,
            "notes": tally.notes,
        },
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// What there is to say about a finding.
pub fn page_json(page: &Page) -> Value {
    json!({
        "code": page.code,
        "severity": severity_name(page.severity),
        "summary": page.code.summary(),
        "cause": page.cause,
        "symptoms": page.symptoms,
        "fix": page.fix,
        "sources": page.sources,
    })
}

/// A message, and the findings that it can come from, as JSON.
pub fn message_json(message: &Message) -> Value {
    let finding = |page: &&Page| {
        json!({
            "code": page.code,
            "severity": severity_name(page.severity),
            "summary": page.code.summary(),
        })
    };
    json!({
        "message": message.text,
        "meaning": message.meaning,
        "findings": causes(message).iter().map(finding).collect::<Vec<_>>(),
    })
}

fn answer(answer: &Answer) -> Value {
    json!({"what": answer.assertion.words(), "proved": answer.is_proved(), "why": answer.why})
}

fn verdict(truth: Truth) -> &'static str {
    match truth {
        Truth::Yes => "reachable",
        Truth::No => "blocked",
        Truth::Unknown => "cannot-tell",
    }
}

fn yes_or_no(truth: Truth) -> &'static str {
    match truth {
        Truth::Yes => "yes",
        Truth::No => "no",
        Truth::Unknown => "unknown",
    }
}

fn needs(finding: &Finding) -> Vec<&'static str> {
    finding.needs.iter().map(|need: &Need| need.name()).collect()
}

fn finding(finding: &Finding, region: Option<&Region>) -> Value {
    let mut object = diagnostic::json(&finding.diagnostic);
    object["needs"] = json!(needs(finding));
    object["symptom"] = json!(symptom(finding, region));
    object
}

/// What the values of one verification have in common.
struct Scope<'a> {
    places: Places<'a>,
    trust: Trust,
    region: Option<&'static Region>,
}

impl Scope<'_> {
    fn outcome(&self, outcome: &Outcome) -> Value {
        json!({
            "taken": outcome.scenario.taken,
            "tasks": outcome.tasks.iter().map(|task| self.task(task)).collect::<Vec<_>>(),
            "narrow": yes_or_no(outcome.narrow),
            "findings": outcome
                .findings
                .iter()
                .map(|one| finding(one, self.region))
                .collect::<Vec<_>>(),
        })
    }

    fn task(&self, task: &TaskLegs) -> Value {
        let assumptions = ways::assumptions(task, self.trust);
        json!({
            "task": task.task,
            "place": self.places.json(Some(task.place)),
            "asked": task.asked,
            "legs": task.legs.iter().map(|leg| self.leg(leg)).collect::<Vec<_>>(),
            "assumptions": self.claims(assumptions),
        })
    }

    fn leg(&self, leg: &Leg) -> Value {
        let taken = leg.origins.iter().filter_map(|origin| origin.taken(self.trust));
        let truth = leg.truth(self.trust);
        let last = taken.max_by_key(|path| path.via).filter(|_| truth.is_yes());
        json!({
            "need": leg.need.name(),
            "target": leg.target,
            "verdict": verdict(truth),
            "via": last.map(|path| json!({"kind": path.via.name(), "by": path.by})),
            "origins": leg.origins.iter().map(|origin| self.origin(origin)).collect::<Vec<_>>(),
        })
    }

    fn origin(&self, origin: &Origin) -> Value {
        json!({
            "subnet": origin.subnet,
            "verdict": verdict(origin.truth(self.trust)),
            "paths": origin.paths.iter().map(|path| self.path(path)).collect::<Vec<_>>(),
        })
    }

    fn path(&self, path: &Path) -> Value {
        json!({
            "via": path.via.name(),
            "by": path.by,
            "verdict": verdict(path.truth(self.trust)),
            "steps": path.steps.iter().map(|step| self.step(step)).collect::<Vec<_>>(),
        })
    }

    fn step(&self, step: &Step) -> Value {
        let holds = match step.evidence.truth(self.trust) {
            Truth::Yes => "holds",
            Truth::No => "fails",
            Truth::Unknown => "open",
        };
        json!({
            "aspect": step.aspect.name(),
            "verdict": holds,
            "evidence": self.evidence(&step.evidence),
        })
    }

    fn evidence(&self, evidence: &Evidence) -> Value {
        let parts = |parts: &[Evidence]| -> Vec<Value> {
            parts.iter().map(|part| self.evidence(part)).collect()
        };
        match evidence {
            Evidence::Holds(claim) => json!({"holds": self.claim(claim)}),
            Evidence::Open(claim) => json!({"open": self.claim(claim)}),
            Evidence::Assumed(claim) => json!({"assumed": self.claim(claim)}),
            Evidence::Fails(failing) => json!({"fails": self.failing(failing)}),
            Evidence::Suspect(failing) => json!({"suspect": self.failing(failing)}),
            Evidence::All(all) => json!({"all": parts(all)}),
            Evidence::Any(any) => json!({"any": parts(any)}),
        }
    }

    fn claim(&self, claim: &Claim) -> Value {
        json!({"text": claim.text, "place": self.places.json(claim.place)})
    }

    fn claims<'a>(&self, claims: impl IntoIterator<Item = &'a Claim>) -> Vec<Value> {
        claims.into_iter().map(|claim| self.claim(claim)).collect()
    }

    fn failing(&self, failing: &Failing) -> Value {
        json!({
            "text": failing.claim.text,
            "place": self.places.json(failing.claim.place),
            "code": failing.code,
            "near": self.claims(&failing.near),
        })
    }
}
