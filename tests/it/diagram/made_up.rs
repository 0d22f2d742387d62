//! Pictures that are put together, of every size that is promised and with names of every kind.

use fargate_egress::diagram::{
    Flow, FlowKind, Group, Label, Panel, Picture, Row, Section, Stop, StopKind, Task,
};

/// What things are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// As in the example.
    Plain,
    /// Longer than there is room for, without a blank.
    Long,
    /// Of the widest letters, and of ideographs.
    Wide,
    /// What means something in XML, in Mermaid or to a terminal.
    Odd,
}

impl Names {
    pub(crate) const ALL: [Names; 4] = [Names::Plain, Names::Long, Names::Wide, Names::Odd];

    fn of(self, name: &str) -> String {
        match self {
            Names::Plain => name.to_owned(),
            Names::Long => format!("{name}{}", "-0123456789abcdef".repeat(30)),
            Names::Wide => format!("{name} {} {}", "WM@%".repeat(12), "東京Ж".repeat(9)),
            Names::Odd => format!(
                "{name} \"end\" ]]> </text><script>&#{{x}} `md` ;%%{{init}}%% \u{202e}א\u{301}\u{0}\n|-->"
            ),
        }
    }
}

const KINDS: [FlowKind; 4] =
    [FlowKind::Allowed, FlowKind::Refused, FlowKind::Unknown, FlowKind::Silent];

/// A picture with so many subnets and services; `mode` is how its flows and stops are mixed.
pub(crate) fn picture(subnets: usize, services: usize, mode: usize, names: Names) -> Picture {
    let label = |name: &str, detail: &str| Label::new(names.of(name), names.of(detail));
    let flow = |number: usize| Flow {
        kind: if mode == 0 { FlowKind::Allowed } else { KINDS[(number + mode) % KINDS.len()] },
        label: names.of("TCP 443 · 2 addresses"),
        note: if number.is_multiple_of(2) { String::new() } else { names.of("endpoint-missing") },
    };
    let flow_in = |number: usize| match number % 2 {
        0 => label("TCP 443 from 10.0.0.0/16", "65,536 addresses"),
        _ => Label::new(names.of("TCP 443 from TaskSecurityGroup"), ""),
    };
    let ingress = |count: usize| (0..count).map(flow_in).collect();
    let group = |name: &str, count| Group { name: names.of(name), ingress: ingress(count) };
    let interface = |number: usize| Row {
        flow: Some(flow(number)),
        stop: Some(Stop {
            kind: match (mode + number) % 5 {
                3 => StopKind::Elsewhere,
                4 => StopKind::Absent,
                _ => StopKind::Interface,
            },
            label: label("secretsmanager", "SecretsmanagerEndpoint"),
            subnets: (0..subnets)
                .filter(|lane| mode == 0 || (lane + number).is_multiple_of(2))
                .collect(),
        }),
        onward: (number % 3 != 2).then(|| flow(number + 1)),
        outside: Some(label("Secrets Manager", "secrets")),
    };
    let egress = |number: usize| Row {
        stop: Some(Stop {
            kind: StopKind::Rules,
            label: label("egress rule", "endpoints only answer"),
            subnets: Vec::new(),
        }),
        onward: Some(Flow { kind: FlowKind::Silent, ..flow(number) }),
        outside: Some(label("52.192.0.0/15", "131,072 addresses")),
        ..Row::default()
    };
    let edge = Row {
        flow: Some(flow(1)),
        stop: Some(Stop {
            kind: StopKind::Edge,
            label: label("S3 gateway", "S3Endpoint"),
            subnets: Vec::new(),
        }),
        onward: Some(flow(2)),
        outside: Some(label("S3", "image layers")),
    };
    let beside =
        Row { flow: Some(flow(3)), outside: Some(label("0.0.0.0/0", "")), ..Row::default() };
    let mut sections = Vec::new();
    // Some have two groups of endpoints.
    let cut = if mode == 2 { services / 2 } else { 0 };
    for (number, (from, to)) in [(0, cut), (cut, services)].into_iter().enumerate() {
        let mut rows: Vec<Row> = (from..to).map(interface).collect();
        if !rows.is_empty() {
            rows.extend((0..mode).map(egress));
            let group = Some(group("EndpointSecurityGroup", mode * 2 + number));
            sections.push(Section { group, rows });
        }
    }
    let others = if mode == 3 { vec![edge, beside.clone(), beside] } else { vec![edge] };
    sections.push(Section { group: None, rows: others });
    let panel = Panel {
        vpc: label("vpc-0a1b2c3d4e5f60718", &["10.0.0.0/16"; 5][..=mode + 1].join(", ")),
        region: names.of("AWS ap-northeast-1"),
        subnets: (0..subnets).map(|_| label("subnet-0a1b2c3d4e5f60711", "10.0.1.0/24")).collect(),
        task: Task {
            name: names.of("service Web"),
            details: (0..=mode).map(|_| names.of("in SubnetA, SubnetB")).collect(),
            group: group("TaskSecurityGroup", mode * 3),
        },
        sections,
    };
    Picture {
        title: names.of("tokyo"),
        summary: names.of("Tasks that wear TaskSecurityGroup reach ecr.api and S3."),
        panels: vec![panel; 1 + mode / 2],
        notes: (0..mode).map(|_| names.of("Not drawn: 3 kinds of tasks more.")).collect(),
        footer: names.of("stack tokyo · ap-northeast-1"),
    }
}

/// Every size that is promised, in every mode, with its name; `pick` says of which names.
pub(crate) fn all(names: impl IntoIterator<Item = Names>) -> Vec<(String, Picture)> {
    let mut all = Vec::new();
    for names in names {
        for subnets in 0..=6 {
            for services in 0..=12 {
                for mode in 0..4 {
                    let name = format!("{names:?}-{subnets}-{services}-{mode}").to_lowercase();
                    all.push((name, picture(subnets, services, mode, names)));
                }
            }
        }
    }
    all
}
