//! What is generated is what is proved, in every mode and partition; and nothing in it is there for
//! nothing.

use std::collections::BTreeSet;

use fargate_egress::aws::Region;
use fargate_egress::cloudformation::{Given, World};
use fargate_egress::diagnostic::{Code, Severity, Source};
use fargate_egress::verify::{Facts, Options, Outcome, Trust, Verdict, verify};

use crate::matrix::{extras, generate, modes, partitions, templates_of};

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
        // The first carries nothing on this path and is asked for; of the second `generate` warns too.
        let allowed = [
            (Severity::Note, Code::EndpointEgress),
            (Severity::Warning, Code::RemovesDefaultEgress),
            // One of the partitions' configs asks for one of the three.
            (Severity::Warning, Code::EcsEndpointsInPart),
        ];
        if !allowed.contains(&(diagnostic.severity, diagnostic.code)) {
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
    for (region, config) in extras() {
        templates.extend(templates_of(&generate(&config), region));
    }
    assert_eq!(templates.len(), 114);
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

/// The blocks of a rendered template that one removes: rules, statements, endpoints and rules that
/// are resources, as ranges of lines.
fn removable(text: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut blocks = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let starts_item =
            ["- IpProtocol:", "- Effect:"].iter().any(|start| line.trim_start().starts_with(start));
        let starts_resource = indent(line) == 2
            && lines.get(at + 1).is_some_and(|next| {
                ["VPCEndpoint", "SecurityGroupEgress", "SecurityGroupIngress"]
                    .iter()
                    .any(|kind| next.trim() == format!("Type: AWS::EC2::{kind}"))
            });
        if starts_item || starts_resource {
            let belongs = |other: &&str| other.is_empty() || indent(other) > indent(line);
            let length = lines[at + 1..].iter().take_while(|other| belongs(other)).count();
            blocks.push((at, at + 1 + length));
        }
    }
    blocks
}

/// The legs that rest on a block, as the design of the template has it.
fn rests_on(text: &str, (from, to): (usize, usize)) -> BTreeSet<&'static str> {
    let lines: Vec<&str> = text.lines().collect();
    let block = lines[from..to].join("\n");
    let before = lines[..=from].join("\n");
    let resource = lines[..=from]
        .iter()
        .rev()
        .find(|line| line.starts_with("  ") && !line[2..].starts_with([' ', '#', '-']))
        .unwrap()
        .trim()
        .trim_end_matches(':')
        .to_owned();
    let inside = |key: &str, other: &str| before.rfind(key) > before.rfind(other);
    let both = BTreeSet::from(["registry-auth", "manifest"]);
    let is_egress = inside("SecurityGroupEgress:", "SecurityGroupIngress:");
    match resource.as_str() {
        "TaskSecurityGroup" if block.contains("DestinationPrefixListId") => {
            BTreeSet::from(["layers"])
        }
        "TaskSecurityGroup" => both,
        "EndpointSecurityGroup" if is_egress => BTreeSet::new(),
        "EndpointSecurityGroup" => both,
        _ if block.contains("Type: AWS::EC2::SecurityGroupIngress") => both,
        "EcrApiEndpoint" if block.contains("BatchGetImage") && !block.contains("Type:") => {
            BTreeSet::new()
        }
        "EcrDkrEndpoint" if block.contains("GetAuthorizationToken") && !block.contains("Type:") => {
            BTreeSet::new()
        }
        "EcrApiEndpoint" => BTreeSet::from(["registry-auth"]),
        "EcrDkrEndpoint" => BTreeSet::from(["manifest"]),
        "S3Endpoint" => BTreeSet::from(["layers"]),
        other => panic!("what rests on {other}?\n{block}"),
    }
}

/// A template without some of its lines, and without what refers to a resource that is gone.
fn without(text: &str, (from, to): (usize, usize)) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let gone = lines[from].trim().trim_end_matches(':').to_owned();
    let mut kept: Vec<&str> = lines[..from].iter().chain(&lines[to..]).copied().collect();
    if !gone.starts_with('-') {
        // Its output refers to it.
        let output = kept.iter().position(|line| *line == format!("  {gone}Id:"));
        if let Some(at) = output {
            let length = kept[at + 1..].iter().take_while(|line| line.starts_with("    ")).count();
            kept.drain(at..=at + length);
        }
    }
    kept.join("\n") + "\n"
}

#[test]
fn a_leg_falls_with_whatever_it_rests_on() {
    let stack = |name: &str, rest: &str| {
        format!("  {name}:\n    region: ap-northeast-1\n    registries: [\"012345678901\"]\n{rest}")
    };
    let config = [
        "stacks:\n".to_owned(),
        stack("plain", ""),
        stack("groups", "    endpoint: {ingress: task-security-group, egress: deny}\n"),
        stack(
            "addresses",
            "    task: {egress: endpoint-addresses, endpoint-addresses: {ecr.api: [10.0.1.10, 10.0.2.10], ecr.dkr: [10.0.1.11, 10.0.2.11]}}\n    \
             network: {subnets: [subnet-0a1b2c3d4e5f60711, subnet-0a1b2c3d4e5f60712], cidrs: [10.0.0.0/16]}\n",
        ),
        stack("literal", "    network: {vpc: vpc-0a1b2c3d4e5f60718, cidrs: [10.0.0.0/16]}\n"),
    ];
    let templates = templates_of(&generate(&config.concat()), "ap-northeast-1");
    let mut removed = 0;
    for (_, name, text) in &templates {
        for block in removable(text) {
            let broken = without(text, block);
            let outcome = outcome(&broken, Some("ap-northeast-1"));
            let legs = outcome.tasks.iter().flat_map(|task| &task.legs);
            let fallen: BTreeSet<&str> = legs
                .filter(|leg| !matches!(leg.verdict(Trust::Trusting), Verdict::Reachable(_)))
                .map(|leg| leg.need.name())
                .collect();
            let lines: Vec<&str> = text.lines().collect();
            let what = lines[block.0..block.1].join("\n");
            assert_eq!(fallen, rests_on(text, block), "{name} without\n{what}");
            removed += 1;
        }
    }
    assert!(removed > 40, "{removed}");
}
