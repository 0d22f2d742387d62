//! One thing broken at a time: exactly that is found, where it stands, and the verdicts change as
//! the case says.
//!
//! A case is a patch of `tests/findings/good.yaml`. Its lines begin with a blank (both have it), `-`
//! (only the good template) or `+` (only the changed one), as in a unified diff without numbers, and
//! `@@` stands between places. `# FINDING[code]` stands on the line that the finding points at.
//! Before the first `@@` stand the needs whose verdict changes, and `region` and `trust` where they
//! are not Tokyo and `trusting`.
//!
//! `tests/findings` has a case for each finding; `tests/verify/verdicts` has what looks like a fault
//! and is none, what looks right and is not, and what cannot be told.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use fargate_egress::aws::Region;
use fargate_egress::cloudformation::{Given, World};
use fargate_egress::diagnostic::{Code, Source};
use fargate_egress::verify::{
    Facts, Options, Outcome, Trust, Verdict, Verification, catalogue, verify,
};

use crate::support::root;

const MARK: &str = "# FINDING[";

/// A code and the line it stands on, from 1.
type Found = (String, usize);

pub(crate) struct Case {
    pub(crate) name: String,
    /// Needs and what becomes of them; the others stay as they are.
    verdicts: BTreeMap<String, String>,
    pub(crate) region: &'static str,
    trust: Trust,
    pub(crate) text: String,
    expected: BTreeSet<Found>,
}

pub(crate) fn good() -> String {
    fs::read_to_string(root().join("tests/findings/good.yaml")).unwrap()
}

/// A line without its mark, and the codes of the mark.
fn unmarked(line: &str) -> (&str, Vec<&str>) {
    match line.find(MARK) {
        None => (line, Vec::new()),
        Some(at) => {
            let codes = line[at + MARK.len()..].split(']').next().unwrap().split(' ').collect();
            (line[..at].trim_end(), codes)
        }
    }
}

fn case(name: &str, text: &str) -> Case {
    let mut verdicts = BTreeMap::new();
    let mut region = "ap-northeast-1";
    let mut trust = Trust::Trusting;
    let mut lines = good().lines().map(str::to_owned).collect::<Vec<_>>();
    let mut marks: Vec<Vec<String>> = vec![Vec::new(); lines.len()];
    let (head, hunks) = text.split_once("@@\n").unwrap_or_else(|| panic!("{name} changes nothing"));
    for line in head.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (key, value) = line.split_once(": ").unwrap_or_else(|| panic!("{name}: {line}"));
        match key {
            "region" => region = Region::named(value).unwrap().name,
            "trust" => {
                assert_eq!(value, "strict", "{name}");
                trust = Trust::Strict;
            }
            need => drop(verdicts.insert(need.to_owned(), value.to_owned())),
        }
    }
    for hunk in hunks.split("@@\n") {
        let (mut before, mut after, mut after_marks) = (Vec::new(), Vec::new(), Vec::new());
        for line in hunk.lines() {
            let (sign, rest) = if line.is_empty() { (" ", "") } else { line.split_at(1) };
            let (rest, codes) = unmarked(rest);
            if sign != "+" {
                before.push(rest.to_owned());
            }
            if sign != "-" {
                after.push(rest.to_owned());
                after_marks.push(codes.into_iter().map(str::to_owned).collect());
            }
        }
        let places: Vec<usize> = (0..=lines.len() - before.len())
            .filter(|at| lines[*at..*at + before.len()] == before[..])
            .collect();
        let [at] = places[..] else {
            panic!("{name}: {} places for\n{}", places.len(), before.join("\n"))
        };
        lines.splice(at..at + before.len(), after);
        marks.splice(at..at + before.len(), after_marks);
    }
    let expected = marks
        .into_iter()
        .enumerate()
        .flat_map(|(at, codes)| codes.into_iter().map(move |code| (code, at + 1)))
        .collect();
    Case { name: name.to_owned(), verdicts, region, trust, text: lines.join("\n") + "\n", expected }
}

pub(crate) fn verification(text: &str, region: &str) -> Verification {
    let given = Given { region: Region::named(region), ..Given::default() };
    let (world, _) =
        World::read(vec![Source::new("template.yaml", text)], given).unwrap_or_else(|errors| {
            let said: Vec<_> = errors.iter().map(|error| error.message.as_str()).collect();
            panic!("{said:?}\n{text}")
        });
    let options = Options {
        facts: Facts::default(),
        existing: Vec::new(),
        task_groups: Vec::new(),
        needs: BTreeSet::new(),
        trust: Trust::Trusting,
    };
    verify(world, &options)
}

fn outcome(text: &str, region: &str) -> Outcome {
    let mut verification = verification(text, region);
    assert_eq!(verification.outcomes.len(), 1);
    verification.outcomes.remove(0)
}

fn found(outcome: &Outcome) -> BTreeSet<Found> {
    let findings = outcome.findings.iter().map(|finding| {
        let label = finding.diagnostic.primary.as_ref().expect("every finding has a place");
        let (line, _) = label.source.line_column(label.span.start);
        (finding.diagnostic.code.name().to_owned(), line)
    });
    findings.collect()
}

/// Each need with its verdict.
fn verdicts(outcome: &Outcome, trust: Trust) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for leg in outcome.tasks.iter().flat_map(|task| &task.legs) {
        let verdict = match leg.verdict(trust) {
            Verdict::Reachable(_) => "reachable",
            Verdict::Blocked => "blocked",
            Verdict::CannotTell => "cannot tell",
        };
        all.insert(leg.need.name().to_owned(), verdict.to_owned());
    }
    all
}

/// The case of this name.
pub(crate) fn case_named(name: &str) -> Case {
    let path = root().join(format!("tests/findings/{name}.patch"));
    case(name, &fs::read_to_string(path).unwrap())
}

pub(crate) fn cases() -> Vec<Case> {
    cases_in("tests/findings")
}

fn cases_in(folder: &str) -> Vec<Case> {
    let mut paths: Vec<_> = fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "patch"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap();
            case(name, &fs::read_to_string(path).unwrap())
        })
        .collect()
}

#[test]
fn nothing_is_wrong_with_the_good_template() {
    let outcome = outcome(&good(), "ap-northeast-1");
    assert_eq!(found(&outcome), BTreeSet::new());
    let all = ["registry-auth", "manifest", "layers", "logs"];
    let expected = all.map(|need| (need.to_owned(), "reachable".to_owned()));
    // It takes nothing on trust either.
    for trust in [Trust::Trusting, Trust::Strict] {
        assert_eq!(verdicts(&outcome, trust), BTreeMap::from(expected.clone()));
    }
}

#[test]
fn one_thing_broken_is_one_thing_found() {
    each_comes_to_what_it_says(cases());
}

#[test]
fn what_looks_wrong_or_right_is_what_it_is() {
    each_comes_to_what_it_says(cases_in("tests/verify/verdicts"));
}

fn each_comes_to_what_it_says(cases: Vec<Case>) {
    let mut wrong = Vec::new();
    for case in cases {
        let outcome = outcome(&case.text, case.region);
        let found = found(&outcome);
        if found != case.expected {
            let more: Vec<_> = found.difference(&case.expected).collect();
            let less: Vec<_> = case.expected.difference(&found).collect();
            wrong.push(format!("{}: found too {more:?}, not found {less:?}", case.name));
        }
        let mut expected: BTreeMap<String, String> = BTreeMap::new();
        for need in ["registry-auth", "manifest", "layers", "logs"] {
            expected.insert(need.to_owned(), "reachable".to_owned());
        }
        for (need, verdict) in &case.verdicts {
            match verdict.as_str() {
                "none" => drop(expected.remove(need)),
                verdict => drop(expected.insert(need.clone(), verdict.to_owned())),
            }
        }
        let verdicts = verdicts(&outcome, case.trust);
        if verdicts != expected {
            let more: Vec<_> =
                verdicts.iter().filter(|(need, is)| expected.get(*need) != Some(is)).collect();
            wrong.push(format!("{}: verdicts {more:?}, of {verdicts:?}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_finding_has_a_case() {
    let cases = cases();
    let shown: BTreeSet<&str> =
        cases.iter().flat_map(|case| case.expected.iter().map(|(code, _)| code.as_str())).collect();
    let all: BTreeSet<&str> = Code::ALL
        .iter()
        .filter(|code| catalogue::page(**code).is_some())
        .map(|code| code.name())
        .collect();
    let missing: Vec<_> = all.difference(&shown).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
    let unknown: Vec<_> = shown.difference(&all).collect();
    assert!(unknown.is_empty(), "no finding is {unknown:?}");
}

#[test]
fn what_a_task_asks_for_beside_its_image_are_legs_of_their_own() {
    let text = good()
        .replace(
            "          LogConfiguration:\n",
            "          Secrets: [{Name: A, ValueFrom: !Ref Secret}, {Name: B, ValueFrom: /a/parameter}]\n          LogConfiguration:\n",
        )
        .replace(
            "      LaunchType: FARGATE\n",
            "      LaunchType: FARGATE\n      EnableExecuteCommand: true\n",
        )
        + "\n  Key:\n    Type: AWS::KMS::Key\n\n  Secret:\n    Type: AWS::SecretsManager::Secret\n    Properties: {KmsKeyId: !Ref Key}\n";
    let verdicts = verdicts(&outcome(&text, "ap-northeast-1"), Trust::Trusting);
    for need in ["secrets", "parameters", "kms", "exec"] {
        assert_eq!(verdicts[need], "blocked", "{need}: there is no endpoint for it");
    }
    for need in ["registry-auth", "manifest", "layers", "logs"] {
        assert_eq!(verdicts[need], "reachable", "{need}");
    }
}

#[test]
fn what_runs_out_of_sight_cannot_be_told() {
    let text = good()
        + "\n  Machine:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n      \
           RoleArn: arn:aws:iam::012345678901:role/states\n      DefinitionS3Location: {Bucket: states, Key: machine.json}\n";
    let outcome = outcome(&text, "ap-northeast-1");
    let unseen: Vec<_> =
        outcome.tasks.iter().filter(|task| task.task.contains("Machine")).collect();
    assert_eq!(unseen.len(), 1);
    for leg in &unseen[0].legs {
        assert_eq!(leg.verdict(Trust::Trusting), Verdict::CannotTell, "{}", leg.need.name());
    }
    assert_eq!(found(&outcome), BTreeSet::new());
}

/// An association that is perhaps not made is no proof that a subnet leads nowhere.
#[test]
fn an_address_is_not_blamed_where_the_route_table_is_not_known() {
    let mut text = good().replace("AssignPublicIp: DISABLED", "AssignPublicIp: ENABLED");
    // Too many ways to look at one by one, so that each condition stays unknown.
    let conditional =
        ["AssociationA", "AssociationB", "EcrApiEndpoint", "EcrDkrEndpoint", "LogsEndpoint"];
    let (mut parameters, mut conditions) = (String::new(), String::new());
    for (number, id) in conditional.iter().enumerate() {
        parameters.push_str(&format!("  P{number}: {{Type: String}}\n"));
        conditions.push_str(&format!("  C{number}: !Equals [!Ref P{number}, \"1\"]\n"));
        let start = format!("\n  {id}:\n");
        text = text.replace(&start, &format!("{start}    Condition: C{number}\n"));
    }
    let sections = format!("Parameters:\n{parameters}\nConditions:\n{conditions}\nResources:\n");
    let text = text.replace("Resources:\n", &sections);
    let codes: BTreeSet<String> =
        found(&outcome(&text, "ap-northeast-1")).into_iter().map(|(code, _)| code).collect();
    assert!(!codes.contains("public-address"), "{codes:?}");
}
