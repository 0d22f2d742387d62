//! What pictures of templates say: that every leg has an arrow, and of its verdict.

use fargate_egress::diagram::{FlowKind, Picture, Row, of_verification};
use fargate_egress::verify::{Leg, Trust, Verdict};

use crate::findings::{cases, good, verification};

/// Whether a row is about a need.
fn is_about(row: &Row, need: &str) -> bool {
    let outside = row.outside.as_ref().map(|label| &label.detail);
    let stop = row.stop.as_ref().map(|stop| &stop.label.detail);
    let mut words = outside.into_iter().chain(stop).flat_map(|detail| detail.split([' ', ',']));
    words.any(|word| word == need)
}

fn expected(leg: &Leg) -> FlowKind {
    match leg.verdict(Trust::Trusting) {
        Verdict::Reachable(_) => FlowKind::Allowed,
        Verdict::Blocked => FlowKind::Refused,
        Verdict::CannotTell => FlowKind::Unknown,
    }
}

/// The kinds of the arrows from tasks that are about a need.
fn arrows(picture: &Picture, need: &str) -> Vec<FlowKind> {
    let rows = picture.panels.iter().flat_map(|panel| panel.rows());
    let about = rows.filter(|row| is_about(row, need));
    about.filter_map(|row| row.flow.as_ref()).map(|flow| flow.kind).collect()
}

#[test]
fn every_leg_of_every_case_has_an_arrow_of_its_verdict() {
    let mut seen = 0;
    for case in cases() {
        let verification = verification(&case.text, case.region);
        let picture = of_verification(&verification);
        let [outcome] = &verification.outcomes[..] else { panic!("{}", case.name) };
        for task in &outcome.tasks {
            for leg in &task.legs {
                let need = leg.need.name();
                let arrows = arrows(&picture, need);
                assert!(arrows.contains(&expected(leg)), "{}: {need}: {arrows:?}", case.name);
                // There is one task in each case, so that no arrow is another's.
                let same = task.legs.iter().filter(|other| other.need == leg.need);
                let kinds: Vec<FlowKind> = same.map(expected).collect();
                assert!(arrows.iter().all(|kind| kinds.contains(kind)), "{}: {need}", case.name);
                seen += usize::from(expected(leg) == FlowKind::Refused);
            }
        }
    }
    assert!(seen > 20, "{seen} blocked legs are not many");
}

#[test]
fn what_stops_a_leg_is_named_beside_its_arrow() {
    for case in cases() {
        let verification = verification(&case.text, case.region);
        let picture = of_verification(&verification);
        let codes: Vec<&str> = verification.outcomes[0]
            .findings
            .iter()
            .map(|finding| finding.diagnostic.code.name())
            .collect();
        for row in picture.panels.iter().flat_map(|panel| panel.rows()) {
            let Some(flow) = row.flow.as_ref() else { continue };
            if flow.kind == FlowKind::Refused {
                let partial = flow.note == "endpoint-ingress-missing"
                    && codes.contains(&"endpoint-ingress-partial");
                // Tasks that wear the wrong group lack every rule of the right one.
                let unused = codes.contains(&"unused-task-group");
                let found = codes.contains(&flow.note.as_str());
                assert!(found || partial || unused, "{}: {} of {codes:?}", case.name, flow.note);
            }
        }
    }
}

#[test]
fn what_is_narrow_lets_out_nothing_beside_its_legs() {
    let picture = of_verification(&verification(&good(), "ap-northeast-1"));
    let [panel] = &picture.panels[..] else { panic!("{picture:#?}") };
    assert_eq!(panel.rows().filter(|row| row.flow.is_some()).count(), 4);
    assert_eq!(panel.subnets.len(), 2);
    assert!(picture.summary.starts_with("Reachable: "), "{}", picture.summary);
    let wide = good().replacen(
        "          DestinationSecurityGroupId: !GetAtt EndpointSecurityGroup.GroupId\n",
        "          CidrIp: 0.0.0.0/0\n",
        1,
    );
    assert_ne!(wide, good());
    let picture = of_verification(&verification(&wide, "ap-northeast-1"));
    let beside: Vec<&Row> = picture.panels[0].rows().filter(|row| row.stop.is_none()).collect();
    let [beside] = beside[..] else { panic!("{beside:#?}") };
    assert_eq!(beside.outside.as_ref().unwrap().name, "0.0.0.0/0");
    // No route leads there.
    assert_eq!(beside.flow.as_ref().unwrap().kind, FlowKind::Silent);
}

#[test]
fn conditions_that_are_open_are_said_and_the_worst_is_drawn() {
    let text = good()
        .replace("\nResources:\n", "\nParameters:\n  Stage: {Type: String}\nConditions:\n  Prod: !Equals [!Ref Stage, prod]\nResources:\n")
        .replace("PrivateDnsEnabled: true", "PrivateDnsEnabled: !If [Prod, true, false]");
    let verification = verification(&text, "ap-northeast-1");
    assert_eq!(verification.outcomes.len(), 2);
    let picture = of_verification(&verification);
    assert!(arrows(&picture, "manifest").contains(&FlowKind::Refused));
    assert!(picture.notes[0].contains("Stage"), "{:?}", picture.notes);
}

#[test]
fn a_way_out_beside_the_endpoints_is_drawn_without_an_arrow_of_the_tasks() {
    let case = cases().into_iter().find(|case| case.name == "public-route").unwrap();
    let picture = of_verification(&verification(&case.text, case.region));
    let way_out =
        |row: &&Row| row.stop.as_ref().is_some_and(|stop| stop.label.name == "NAT gateway");
    let found: Vec<&Row> = picture.panels[0].rows().filter(way_out).collect();
    let [row] = found[..] else { panic!("{found:#?}") };
    assert_eq!(row.flow, None);
}
