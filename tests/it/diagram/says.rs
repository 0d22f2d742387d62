//! What pictures say. Of templates: that every leg has an arrow, and of its verdict. Of all: that what
//! is not drawn is counted.

use fargate_egress::config;
use fargate_egress::diagnostic::Source;
use fargate_egress::diagram::{
    Drawing, FlowKind, Picture, Row, chart, drawing, of_plan, of_verification,
};
use fargate_egress::lock::Lock;
use fargate_egress::plan::{self, Plan};
use fargate_egress::verify::{Leg, Trust, Verdict};

use crate::findings::{cases, good, verification};

/// The plan of a stack that needs nothing of a lock; `more` are more of its keys.
fn planned(more: &str) -> Plan {
    let text = format!(
        "stacks:\n  a:\n    region: us-east-1\n    registries: [\"012345678901\"]\n    \
         s3-prefix-list: pl-63a5400a\n{more}"
    );
    let source = Source::new("egress.yaml", text);
    let config = config::parse(&source).unwrap();
    let stack = config.stacks.values().next().unwrap();
    plan::plan(stack, &Lock::default(), &source, "0").unwrap().0
}

fn texts(drawing: &Drawing) -> Vec<&str> {
    drawing.texts.iter().map(|text| text.text.as_str()).collect()
}

/// The lines of all nodes of a picture for Mermaid.
fn lines(picture: &Picture) -> Vec<String> {
    let chart = chart(picture);
    let inner = chart.vpcs.iter().flat_map(|vpc| &vpc.clusters);
    let clusters = chart.vpcs.iter().chain(inner);
    let nodes = clusters.flat_map(|cluster| &cluster.nodes).chain(&chart.outside);
    nodes.flat_map(|node| node.lines.clone()).collect()
}

#[test]
fn prefixes_that_are_not_drawn_are_counted_and_not_their_lines() {
    let plan = planned(
        "    endpoint: {egress: deny}\n    network:\n      cidrs: [10.0.0.0/16, 10.1.0.0/16, \
         10.2.0.0/16, 10.3.0.0/16, 10.4.0.0/16, 10.5.0.0/16, 10.6.0.0/16]\n",
    );
    let picture = of_plan(&plan, None);
    let drawn = drawing(&picture);
    let texts = texts(&drawn);
    let arrivals = texts.iter().skip_while(|text| **text != "TCP 443 from 10.0.0.0/16");
    let expected = [
        "TCP 443 from 10.0.0.0/16",
        "65,536 addresses",
        "TCP 443 from 10.1.0.0/16",
        "65,536 addresses",
        "and 5 more",
    ];
    assert_eq!(arrivals.take(5).copied().collect::<Vec<_>>(), expected);
    assert_eq!(picture.panels[0].vpc.detail.matches("/16").count(), 5);
    assert!(picture.panels[0].vpc.detail.ends_with("10.4.0.0/16 and 2 more"));
    // A chart has room for all of them.
    assert_eq!(lines(&picture).iter().filter(|line| line.starts_with("TCP 443 from")).count(), 7);
}

#[test]
fn a_long_name_takes_nothing_of_the_vpcs_prefixes() {
    for length in [1, 40, 70, 80, 255] {
        let name = "x".repeat(length);
        let plan = planned(&format!(
            "    endpoint: {{egress: deny}}\n    network:\n      vpc: {{import: {name}}}\n      \
             cidrs: [10.0.0.0/16, 100.64.0.0/16, 192.168.0.0/24]\n"
        ));
        let drawn = drawing(&of_plan(&plan, None));
        let prefixes = "10.0.0.0/16, 100.64.0.0/16, 192.168.0.0/24";
        assert!(texts(&drawn).iter().any(|text| text.ends_with(prefixes)), "{length}");
    }
}

#[test]
fn rules_and_endpoints_that_are_not_drawn_are_counted() {
    let groups: Vec<String> = (0..20).map(|n| format!("sg-{n:08x}")).collect();
    let services: Vec<String> = (0..20).map(|n| format!("service-{n}")).collect();
    let plan = planned(&format!(
        "    task: {{efs: [{}]}}\n    services: [{}]\n    endpoint: {{egress: deny, policy: open}}\n",
        groups.join(", "),
        services.join(", ")
    ));
    let picture = of_plan(&plan, None);
    let drawn = drawing(&picture);
    // ECR's two with the services, and S3 with the groups.
    for expected in ["and 6 more endpoints", "and 5 more rules"] {
        assert!(texts(&drawn).contains(&expected), "{:?}", texts(&drawn));
        assert!(lines(&picture).iter().any(|line| line == expected), "{expected}");
    }
    assert!(picture.summary.contains("service-2 and 18 more services"), "{}", picture.summary);
}

#[test]
fn things_are_called_as_the_plan_calls_them() {
    let plan = planned(
        "    endpoint: {egress: open}\n    network: {vpc: {import: network-vpc}, subnets: {import: network-subnets}}\n",
    );
    let picture = of_plan(&plan, None);
    let panel = &picture.panels[0];
    assert_eq!(panel.vpc.name, "export network-vpc");
    assert_eq!(panel.subnets[0].name, "export network-subnets");
    let drawn = drawing(&picture);
    for expected in ["TCP 443 from parameter VpcCidr", "all traffic"] {
        assert!(texts(&drawn).contains(&expected), "{:?}", texts(&drawn));
    }
    // And as they are called in a picture of a template.
    let (from, to) = (
        "tcp\n          FromPort: 443\n          ToPort: 443\n          DestinationSecurityGroupId: \
         !GetAtt EndpointSecurityGroup.GroupId\n",
        "\"-1\"\n          CidrIp: 192.0.2.0/24\n",
    );
    assert!(good().contains(from));
    let picture = of_verification(&verification(&good().replace(from, to), "ap-northeast-1"));
    let mut flows = picture.panels[0].rows().flat_map(Row::flows);
    assert!(flows.any(|flow| flow.label == "all traffic"), "{picture:#?}");
}

#[test]
fn ways_that_are_not_drawn_are_counted_and_are_not_the_bad_ones() {
    let sidecars: String = (0..20)
        .map(|n| format!("        - {{Name: side{n}, Image: \"registry-{n}.example/app:1\"}}\n"))
        .collect();
    let at = "      ContainerDefinitions:\n";
    let text = good().replacen(at, &format!("{at}{sidecars}"), 1);
    let picture = of_verification(&verification(&text, "ap-northeast-1"));
    let rows: Vec<&Row> = picture.panels[0].rows().collect();
    let refused =
        rows.iter().filter_map(|row| row.flow.as_ref()).filter(|f| f.kind == FlowKind::Refused);
    assert_eq!(refused.count(), 16);
    let words = rows.last().and_then(|row| row.stop.as_ref()).unwrap();
    assert_eq!(words.label.name, "and 8 more ways");
}

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
