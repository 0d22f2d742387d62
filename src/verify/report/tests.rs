//! Reports of verifications that are put together by hand.

mod decides;
mod programs;
mod schema;

use std::collections::BTreeSet;

use super::*;
use crate::aws::Region;
use crate::cloudformation::{Place, Scenario};
use crate::diagnostic::{Code, Diagnostic, Source};
use crate::truth::Truth;
use crate::verify::network::Network;
use crate::verify::{
    Aspect, Claim, Evidence, Failing, Leg, Need, Origin, Path, Step, TaskLegs, Trust, Via,
};

const TEXT: &str = "Resources:\n  EcrApi:\n    PrivateDnsEnabled: false\n  Web:\n    Subnets: x\n";

/// The place of a word of [`TEXT`].
fn at(word: &str) -> Place {
    let start = TEXT.find(word).unwrap() as u32;
    Place { file: 0, start, end: start + word.len() as u32 }
}

fn claim(text: &str) -> Claim {
    Claim::at(at("Subnets"), text)
}

fn holds(text: &str) -> Evidence {
    Evidence::Holds(claim(text))
}

fn assumed(text: &str) -> Evidence {
    Evidence::Assumed(claim(text))
}

fn open(text: &str) -> Evidence {
    Evidence::Open(claim(text))
}

fn private_dns_off() -> Evidence {
    let claim = Claim::at(at("PrivateDnsEnabled"), "EcrApi has private DNS off");
    Failing::fault(Code::PrivateDnsOff, claim).into()
}

fn path(via: Via, by: &str, evidence: Evidence) -> Path {
    let steps = vec![
        Step { aspect: Aspect::Way, evidence: holds(&format!("{by} is there")) },
        Step { aspect: Aspect::Name, evidence },
    ];
    Path { via, by: by.to_owned(), steps }
}

fn no_way_out() -> Path {
    let evidence = Failing::plain(claim("SubnetA has no route out")).into();
    Path { via: Via::Nat, by: String::new(), steps: vec![Step { aspect: Aspect::Route, evidence }] }
}

/// A leg whose ways to an endpoint are as the evidence says, subnet by subnet; beside each is one
/// that leads nowhere.
fn leg(need: Need, target: &str, origins: Vec<(&str, Evidence)>) -> Leg {
    let origins = origins.into_iter().map(|(subnet, evidence)| Origin {
        subnet: subnet.to_owned(),
        paths: vec![path(Via::Endpoint, "Endpoint", evidence), no_way_out()],
    });
    Leg { need, target: target.to_owned(), origins: origins.collect() }
}

fn login(evidence: Evidence) -> Leg {
    leg(Need::RegistryAuth, "ecr.api", vec![("SubnetA", evidence)])
}

fn task(legs: Vec<Leg>) -> TaskLegs {
    let task = "service Web".to_owned();
    TaskLegs { task, place: at("Web"), asked: false, groups: Some(Vec::new()), legs }
}

fn outcome(taken: &[&str], tasks: Vec<TaskLegs>, findings: Vec<Finding>) -> Outcome {
    let mut scenario = Scenario::default();
    scenario.taken.extend(taken.iter().map(|fact| (*fact).to_owned()));
    let network = Network::default();
    Outcome { scenario, network, tasks, findings, narrow: Truth::Yes }
}

fn verification(outcomes: Vec<Outcome>) -> Verification {
    Verification {
        sources: vec![Source::new("app.yaml", TEXT)],
        region: Region::named("ap-northeast-1"),
        region_from: None,
        outcomes,
        undecided: None,
        trust: Trust::Trusting,
    }
}

fn of(legs: Vec<Leg>) -> Verification {
    verification(vec![outcome(&[], vec![task(legs)], Vec::new())])
}

/// A finding in the first file of a verification.
fn finding(of: &Verification, severity: Severity, code: Code, message: &str) -> Finding {
    let diagnostic = Diagnostic::error(code, message)
        .at(&of.sources[0], at("PrivateDnsEnabled").range(), "off")
        .help("PrivateDnsEnabled: true");
    let diagnostic = Diagnostic { severity, ..diagnostic };
    Finding { diagnostic, needs: BTreeSet::from([Need::RegistryAuth]), public: false }
}

fn said(verification: &Verification) -> String {
    human(verification, &[], Style::default())
}

#[test]
fn each_verdict_says_what_decides_it() {
    let suspect = Failing::fault(Code::EndpointMissing, claim("no endpoint of s3 is made here"));
    let text = said(&of(vec![
        login(holds("private DNS is on")),
        leg(Need::Manifest, "ecr.dkr", vec![("SubnetA", private_dns_off())]),
        leg(Need::Layers, "s3", vec![("SubnetA", open("whether the VPC has one"))]),
        leg(Need::Logs, "logs", vec![("SubnetA", Evidence::Suspect(suspect))]),
    ]));
    let expected = "\
service Web  (app.yaml:4)
  registry-auth  ecr.api  reachable    via Endpoint
  manifest       ecr.dkr  blocked      EcrApi has private DNS off
  layers         s3       cannot tell
    open: whether the VPC has one  (app.yaml:5)
  logs           logs     cannot tell
    suspect: no endpoint of s3 is made here  (app.yaml:5)

1 leg reachable, 1 blocked, 2 cannot tell; no findings
";
    assert_eq!(text, expected);
}

#[test]
fn the_subnets_that_differ_are_named() {
    let fails = || private_dns_off();
    let text = said(&of(vec![
        leg(Need::Manifest, "ecr.dkr", vec![("SubnetA", holds("on")), ("SubnetB", fails())]),
        leg(Need::Logs, "logs", vec![("SubnetA", fails()), ("SubnetB", fails())]),
    ]));
    assert!(
        text.contains(
            "  manifest  ecr.dkr  blocked\n    in 1 of 2 subnets: SubnetB\n      fails: EcrApi has \
             private DNS off  (app.yaml:3)\n  logs      logs     blocked      EcrApi has private \
             DNS off\n"
        ),
        "{text}"
    );
    let mut differs = leg(Need::Kms, "kms", vec![("SubnetA", holds("on")), ("SubnetB", fails())]);
    differs.origins[1].paths.push(path(Via::Nat, "Nat", holds("leads out")));
    let text = said(&of(vec![differs]));
    assert!(text.contains("via Endpoint from SubnetA; via NAT Nat from SubnetB\n"), "{text}");
}

#[test]
fn a_way_that_is_not_there_is_no_reason_beside_a_fault() {
    let none = Failing::plain(claim("there is no endpoint")).into();
    let text = said(&of(vec![login(none)]));
    assert!(
        text.contains("fails: there is no endpoint") && text.contains("no route out"),
        "{text}"
    );
    let text = said(&of(vec![login(private_dns_off())]));
    assert!(!text.contains("no route out"), "{text}");
}

/// With private DNS off a name may still lead out, where routes cannot be seen.
#[test]
fn a_fault_is_said_beside_what_is_open_on_another_way() {
    let mut leg = login(private_dns_off());
    leg.origins[0].paths[1] = path(Via::Nat, "Nat", open("which routes SubnetA has"));
    let text = said(&of(vec![leg]));
    assert!(
        text.contains(
            "cannot tell\n    fails: EcrApi has private DNS off  (app.yaml:3)\n    open: which \
             routes SubnetA has  (app.yaml:5)\n"
        ),
        "{text}"
    );
}

#[test]
fn what_is_taken_on_trust_is_said_once_for_a_task_and_only_for_what_is_reachable() {
    let shared = || assumed("SubnetA is in the VPC");
    let legs = || {
        vec![
            login(Evidence::All(vec![shared(), assumed("DNS support is on")])),
            leg(Need::Manifest, "ecr.dkr", vec![("SubnetA", shared())]),
            leg(Need::Logs, "logs", vec![("SubnetA", open("x")), ("SubnetB", assumed("y"))]),
            leg(
                Need::Kms,
                "kms",
                vec![(
                    "SubnetA",
                    Evidence::Any(vec![
                        assumed("a group elsewhere allows it"),
                        holds("a rule does"),
                    ]),
                )],
            ),
        ]
    };
    let text = said(&of(legs()));
    assert!(
        text.contains(
            "  assuming\n    SubnetA is in the VPC  (app.yaml:5)\n    DNS support is on  \
             (app.yaml:5)\n\n"
        ),
        "{text}"
    );
    let strict = Verification { trust: Trust::Strict, ..of(legs()) };
    let text = said(&strict);
    assert!(!text.contains("assuming"), "{text}");
    assert!(text.contains("assumed: SubnetA is in the VPC"), "{text}");
    assert_eq!(ways::assumptions(&strict.outcomes[0].tasks[0], Trust::Strict), [] as [&Claim; 0]);
}

#[test]
fn scenarios_that_come_to_the_same_are_said_once() {
    let scenario =
        |taken: &[&str], evidence| outcome(taken, vec![task(vec![login(evidence)])], Vec::new());
    let same = verification(vec![
        scenario(&["A = \"x\""], holds("on")),
        scenario(&["A is not x"], Evidence::All(vec![holds("on"), assumed("it is so")])),
    ]);
    let text = said(&same);
    assert_eq!(text.matches("service Web").count(), 1);
    assert!(!text.contains("if A"), "{text}");
    assert!(text.contains("it is so"), "what one of them assumes is said: {text}");

    let three = verification(vec![
        scenario(&["A = \"x\"", "B = \"y\""], holds("on")),
        scenario(&["A = \"x\"", "B is not y"], holds("on")),
        scenario(&["A is not x"], private_dns_off()),
    ]);
    let text = said(&three);
    assert!(text.contains("if A = \"x\":\n\nservice Web"), "{text}");
    assert!(text.contains("if A is not x:\n\nservice Web"), "{text}");
    assert!(text.ends_with("1 leg blocked; no findings\n"), "the worst counts: {text}");
}

#[test]
fn scenarios_with_nothing_in_common_are_listed_and_only_a_few() {
    let facts: Vec<String> = (0..6).map(|number| format!("A = \"{number}\"")).collect();
    let outcomes: Vec<Outcome> =
        facts.iter().map(|fact| outcome(&[fact], Vec::new(), Vec::new())).collect();
    let words = |some: &[usize]| distinct::condition(&outcomes, some);
    assert_eq!(words(&[0, 1, 2, 3, 4, 5]), None);
    assert_eq!(words(&[1]).as_deref(), Some("A = \"1\""));
    assert_eq!(words(&[0, 2]).as_deref(), Some("A = \"0\", or if A = \"2\""));
    assert_eq!(
        words(&[0, 1, 2, 3, 5]).as_deref(),
        Some("A = \"0\", or if A = \"1\", or if A = \"2\", or in 2 more ways")
    );
}

#[test]
fn a_finding_is_said_once_with_its_symptom_its_help_and_when_it_is_one() {
    let mut both = verification(vec![
        outcome(&["A = \"x\""], Vec::new(), Vec::new()),
        outcome(&["A is not x"], Vec::new(), Vec::new()),
    ]);
    let off =
        |severity| finding(&both, severity, Code::PrivateDnsOff, "EcrApi has private DNS off");
    let (warning, error) = (off(Severity::Warning), off(Severity::Error));
    let wide = finding(&both, Severity::Note, Code::EndpointEgress, "EcrApi may reach everything");
    both.outcomes[0].findings = vec![warning];
    both.outcomes[1].findings = vec![error, wide];
    let text = said(&both);
    assert_eq!(text.matches("has private DNS off").count(), 1, "{text}");
    assert!(text.contains("error[private-dns-off]: EcrApi has private DNS off\n"), "{text}");
    assert!(text.contains(" --> app.yaml:3:5\n"), "{text}");
    assert!(text.contains("= seen as: "), "{text}");
    assert!(text.contains("= help: PrivateDnsEnabled: true\n"), "{text}");
    assert!(text.contains("for more: fargate-egress verify --explain private-dns-off\n"), "{text}");
    assert_eq!(text.matches("only if: A is not x").count(), 1, "of the note alone: {text}");
    assert!(text.ends_with("no legs; 1 error, 1 note\n"), "{text}");
}

#[test]
fn no_line_is_wider_than_a_hundred_columns_and_nothing_moves_the_cursor() {
    let long = "words that go on and on ".repeat(12) + "\u{1b}[2Jend";
    let mut wide = of(vec![
        login(open(&long)),
        leg(Need::Manifest, &"x".repeat(60), vec![("SubnetA", assumed(&long))]),
    ]);
    wide.outcomes[0].tasks[0].task = "a\u{7}b".to_owned();
    let style = Style { evidence: true, ..Style::default() };
    let answers = answers(&wide, &[Assertion::Pull]);
    wide.outcomes[0].findings = vec![finding(&wide, Severity::Error, Code::PrivateDnsOff, &long)];
    let text = human(&wide, &answers, style);
    assert!(!text.contains(['\u{1b}', '\u{7}']), "{text}");
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "{line}");
        assert_eq!(line, line.trim_end());
    }
}

#[test]
fn colours_change_nothing_but_colours() {
    let verification = of(vec![
        login(holds("on")),
        leg(Need::Manifest, "ecr.dkr", vec![("SubnetA", private_dns_off())]),
        leg(Need::Logs, "logs", vec![("SubnetA", open("x"))]),
    ]);
    let answers = answers(&verification, &[Assertion::Pull, Assertion::Narrow]);
    let plain = human(&verification, &answers, Style::default());
    let coloured = human(&verification, &answers, Style { colour: true, ..Style::default() });
    let mut stripped = coloured.replace("\x1b[0m", "");
    for code in ["1", "31", "32", "33"] {
        let code = format!("\x1b[{code}m");
        assert!(stripped.contains(&code));
        stripped = stripped.replace(&code, "");
    }
    assert_eq!(stripped, plain);
}

#[test]
fn evidence_has_every_step_with_what_came_close() {
    let near = vec![claim("443 to 10.0.9.0/24 misses 10.0.1.0/24")];
    let missing = Failing::fault(Code::TaskEgressMissing, claim("nothing lets it out")).near(near);
    let any = Evidence::Any(vec![holds("443 to EndpointGroup"), open("a rule with ${Cidr}")]);
    let verification = of(vec![
        leg(Need::Logs, "logs", vec![("SubnetA", missing.into())]),
        leg(Need::Kms, "kms", vec![("SubnetA", any)]),
    ]);
    let text = human(&verification, &[], Style { evidence: true, ..Style::default() });
    for line in [
        "    from SubnetA\n      by Endpoint: blocked\n",
        "        way     holds    Endpoint is there  (app.yaml:5)\n",
        "        name    fails    nothing lets it out  (app.yaml:5)\n",
        "        name      near   443 to 10.0.9.0/24 misses 10.0.1.0/24  (app.yaml:5)\n",
        "      by Endpoint: reachable\n",
        "        name    holds    443 to EndpointGroup  (app.yaml:5)\n",
        "      by NAT: blocked\n        route   fails    SubnetA has no route out  (app.yaml:5)\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains("${Cidr}"), "what holds makes it hold: {text}");
}

#[test]
fn what_was_known_beforehand_is_said_where_nobody_gave_it() {
    let given = of(vec![login(holds("on"))]);
    assert!(!said(&given).contains("region"));
    let told = Verification { region_from: Some("the template asserts it"), ..given.clone() };
    assert!(said(&told).starts_with("region ap-northeast-1, for the template asserts it\n\n"));
    let undecided = Some((vec!["A".to_owned(), "B".to_owned()], vec!["Stage is open".to_owned()]));
    let unknown = Verification { region: None, undecided, ..given };
    let text = said(&unknown);
    assert!(text.starts_with("the region is not known; give it with --region\n"), "{text}");
    assert!(text.contains("left open: A, B (Stage is\n  open); decide"), "{text}");
    let mut asked = of(vec![login(holds("on"))]);
    asked.outcomes[0].tasks[0].asked = true;
    assert!(said(&asked).starts_with("asked: service Web"));
}

#[test]
fn an_assertion_is_proved_in_every_scenario_or_says_where_not() {
    let legs =
        |evidence| vec![login(holds("on")), leg(Need::Layers, "s3", vec![("SubnetA", evidence)])];
    let scenario =
        |taken: &[&str], evidence| outcome(taken, vec![task(legs(evidence))], Vec::new());
    let mut both = verification(vec![
        scenario(&["A = \"x\""], holds("on")),
        scenario(&["A is not x"], open("whether")),
    ]);
    both.outcomes[0].narrow = Truth::Unknown;
    let asked = [
        Assertion::Pull,
        Assertion::Reach(Need::RegistryAuth),
        Assertion::Reach(Need::Logs),
        Assertion::Narrow,
    ];
    let answers = answers(&both, &asked);
    let why: Vec<Option<&str>> = answers.iter().map(|answer| answer.why.as_deref()).collect();
    assert_eq!(
        why,
        [
            Some("layers of service Web cannot be told if A is not x"),
            None,
            Some("no task needs logs"),
            Some("not every rule can be seen if A = \"x\""),
        ]
    );
    let text = human(&both, &answers, Style::default());
    assert!(text.contains("required registry-auth: proved\n"), "{text}");
    assert!(text.contains("required logs: not proved: no task needs logs\n"), "{text}");
    let quiet = human(&both, &answers, Style { quiet: true, ..Style::default() });
    assert_eq!(quiet.lines().count(), 3, "{quiet}");
}

#[test]
fn names_that_can_be_required_are_those_of_needs_and_pull() {
    for name in Assertion::names() {
        assert!(Assertion::required(name).is_ok_and(|one| one.words().ends_with(name)));
    }
    assert_eq!(Assertion::required("log"), Err(Some("logs")));
    assert_eq!(Assertion::required("banana"), Err(None));
}

#[test]
fn what_passes_depends_on_what_was_asserted() {
    let with = |evidence, severity: Option<Severity>| {
        let mut verification = of(vec![login(evidence)]);
        let found =
            severity.map(|severity| finding(&verification, severity, Code::WideTaskEgress, "wide"));
        verification.outcomes[0].findings.extend(found);
        verification
    };
    let table = [
        // Evidence, finding, passes without an assertion, passes with one that is proved.
        (holds("on"), None, true, true),
        (holds("on"), Some(Severity::Note), true, true),
        (holds("on"), Some(Severity::Warning), false, true),
        (holds("on"), Some(Severity::Error), false, false),
        (open("whether"), None, true, true),
        (private_dns_off(), None, false, true),
    ];
    for (evidence, severity, alone, asserted) in table {
        let verification = with(evidence, severity);
        assert_eq!(passes(&verification, &[]), alone);
        let narrow = answers(&verification, &[Assertion::Narrow]);
        assert_eq!(passes(&verification, &narrow), asserted);
        let pull = answers(&verification, &[Assertion::Pull]);
        let is_proved = verification.outcomes[0].tasks[0].legs[0].truth(Trust::Trusting).is_yes();
        assert_eq!(passes(&verification, &pull), is_proved && severity != Some(Severity::Error));
    }
    assert!(!is_void(&with(holds("on"), None)));
    let void = verification(vec![outcome(&[], Vec::new(), Vec::new())]);
    assert!(is_void(&void) && said(&void).is_empty());
}
