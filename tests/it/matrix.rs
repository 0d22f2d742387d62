//! Every mode, every form of a value and every partition, read by the readers that people use.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fargate_egress::aws::{Partition, Region, Service};

use crate::support::{Folder, python};

const TOKYO: &str = "ap-northeast-1";

const TASKS: [&str; 2] = [
    "task: {egress: endpoint-security-group}",
    "task: {egress: endpoint-addresses, endpoint-addresses: {ecr.api: [10.0.1.10], ecr.dkr: [10.0.1.11]}}",
];
const EGRESS: [&str; 3] = ["ecr-prefixes", "deny", "open"];
const INGRESS: [&str; 2] = ["vpc-cidrs", "task-security-group"];
const POLICIES: [&str; 2] = ["least-privilege", "open"];
/// The endpoints that are there, and the group that they then wear.
const ENDPOINTS: [(&str, &str); 4] = [
    ("{}", ""),
    ("{s3: existing}", ""),
    ("{ecr.api: existing}", ", security-group: sg-0a1b2c3d4e5f60713"),
    (
        "{ecr.api: existing, ecr.dkr: existing, s3: existing}",
        ", security-group: {parameter: Group}",
    ),
];
const NETWORKS: [&str; 5] = [
    "{}",
    "{vpc: vpc-0a1b2c3d4e5f60718, cidrs: [10.0.0.0/16, 10.1.0.0/20], subnets: [subnet-0a1b2c3d4e5f60711], route-tables: [rtb-0a1b2c3d4e5f60711, rtb-0a1b2c3d4e5f60712]}",
    "{vpc: {import: network-vpc}, cidrs: {import: network-cidr}, subnets: {import: network-subnets}, route-tables: {import: network-tables}}",
    "{vpc: {parameter: Vpc}, cidrs: {parameter: Cidr}, subnets: {parameter: Subnets}, route-tables: {parameter: Tables}}",
    "{cidrs: [{parameter: One}, {import: network-cidr}], subnets: [{import: network-subnet}], route-tables: [{parameter: TableOne}, {import: network-table}]}",
];

/// A config with every combination of the modes, the forms of the network going round.
pub(crate) fn modes() -> String {
    let mut config = "stacks:\n".to_owned();
    let mut number = 0;
    for task in TASKS {
        for egress in EGRESS {
            for ingress in INGRESS {
                for policy in POLICIES {
                    for (endpoints, group) in ENDPOINTS {
                        let network = NETWORKS[number % NETWORKS.len()];
                        number += 1;
                        let _ = write!(
                            config,
                            "  mode-{number}:\n    region: {TOKYO}\n    registries: [\"012345678901\", \"111122223333\"]\n    \
                             network: {network}\n    {task}\n    \
                             endpoint: {{egress: {egress}, ingress: {ingress}, policy: {policy}{group}}}\n    \
                             endpoints: {endpoints}\n"
                        );
                    }
                }
            }
        }
    }
    assert_eq!(number, 96);
    config
}

/// A stack for each partition, with what AWS does not document for it given.
pub(crate) fn partitions() -> Vec<(&'static str, String)> {
    Partition::ALL
        .iter()
        .map(|partition| {
            let region = Region::ALL.iter().find(|region| region.partition == *partition).unwrap();
            let egress = if *partition == Partition::Aws { "open" } else { "deny" };
            let stack = format!(
                "    region: {region}\n    registries: [\"012345678901\"]\n    s3-prefix-list: pl-0a1b2c3d4e5f60719\n    \
                 endpoint: {{egress: {egress}}}\n    service-names: {{s3: com.amazonaws.{region}.s3}}\n    \
                 layer-bucket: prod-{region}-starport-layer-bucket\n    services: {}\n",
                if partition.is_isolated() { "[]" } else { "[logs, sts, ecs-agent]" }
            );
            (region.name, stack)
        })
        .collect()
}

/// Every service and every form of the groups of mount targets, each with its region.
pub(crate) fn extras() -> Vec<(&'static str, String)> {
    let services = "[logs, secretsmanager, ssm, ssmmessages, kms, sts, xray, monitoring, ecs, ecs-agent, \
                    ecs-telemetry, guardduty-data, kinesis-firehose, kinesis-streams, sqs, sns, events, \
                    elasticfilesystem]";
    // The readers have a folder for each region, and there a file for each stack.
    let mut number = 0;
    let mut stack = |region: &str, rest: &str| {
        number += 1;
        format!(
            "stacks:\n  extras-{number}:\n    {region}\n    registries: [\"012345678901\"]\n    \
             endpoint: {{egress: deny}}\n    {rest}\n"
        )
    };
    let unknown_list = format!("services: {services}\n    s3-prefix-list: pl-0a1b2c3d4e5f60719");
    let bucket = "layer-bucket: prod-cn-north-1-starport-layer-bucket";
    let efs = "efs: [sg-0a1b2c3d4e5f60714, {parameter: EfsGroup}, {import: storage-group}]";
    let addresses = "egress: endpoint-addresses, endpoint-addresses: {ecr.api: [10.0.1.10], ecr.dkr: [10.0.1.11]}";
    let many =
        stack("regions: [ap-northeast-1, us-east-1]", "task: {efs: [{parameter: EfsGroup}]}");
    vec![
        ("us-east-1", stack("region: us-east-1", &format!("services: {services}"))),
        ("ca-west-1", stack("region: ca-west-1", &unknown_list)),
        ("cn-north-1", stack("region: cn-north-1", &format!("{unknown_list}\n    {bucket}"))),
        (TOKYO, stack("region: ap-northeast-1", &format!("task: {{{efs}}}"))),
        (TOKYO, stack("region: ap-northeast-1", &format!("task: {{{efs}, {addresses}}}"))),
        (TOKYO, many.clone()),
        ("us-east-1", many),
    ]
}

pub(crate) fn generate(config: &str) -> Folder {
    generate_with(config, &[])
}

/// The same with flags for `generate`.
pub(crate) fn generate_with(config: &str, flags: &[&str]) -> Folder {
    let folder = Folder::new();
    folder.write("egress.yaml", config);
    let run = folder.run(&["resolve", "--snapshot"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = folder.run(&[&["generate"], flags].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    folder
}

/// Has the readers read the templates, each for its own region; what they found.
fn read(templates: &[(&str, String, String)]) -> Result<String, String> {
    let folder = Folder::new();
    for (region, name, text) in templates {
        folder.write(&format!("{region}/{name}"), text);
    }
    python(&["readers.py", folder.path().to_str().unwrap()])
}

pub(crate) fn templates_of<'a>(folder: &Folder, region: &'a str) -> Vec<(&'a str, String, String)> {
    let files = folder.files().into_iter();
    files
        .filter_map(|(path, bytes)| {
            let name = path.strip_prefix("out").ok()?.to_str()?.to_owned();
            Some((region, name, String::from_utf8(bytes).unwrap()))
        })
        .collect()
}

#[test]
fn readers_find_nothing_in_any_mode_or_partition() {
    let mut templates = templates_of(&generate(&modes()), TOKYO);
    assert_eq!(templates.len(), 96);
    for (region, stack) in partitions() {
        let folder = generate(&format!("stacks:\n  partition-{region}:\n{stack}"));
        templates.extend(templates_of(&folder, region));
    }
    // One template for several regions has to be right in each of them.
    let many = "stacks:\n  many:\n    regions: [ap-northeast-1, us-east-1, eu-central-1]\n    registries: [\"012345678901\"]\n";
    let existing = "  group:\n    regions: [ap-northeast-1, us-east-1]\n    registries: [\"012345678901\"]\n    \
                    endpoints: {ecr.api: existing, ecr.dkr: existing}\n    endpoint: {egress: deny}\n";
    let folder = generate(&format!("{many}{existing}"));
    for region in ["ap-northeast-1", "us-east-1"] {
        templates.extend(templates_of(&folder, region));
    }
    for (region, config) in extras() {
        templates.extend(templates_of(&generate(&config), region));
    }
    let awkward = "stacks:\n  awkward:\n    region: ap-northeast-1\n    registries: [\"012345678901\"]\n    \
        tags: {\"no\": \"no\", \"22:22\": \"1_000\", \"=\": \"0x1f\", \"a b\": \"日本語\", \"-\": \"012345678901\", \"null\": \"true\"}\n";
    templates.extend(templates_of(&generate(awkward), TOKYO));
    let report = read(&templates).unwrap_or_else(|findings| panic!("{findings}"));
    let last = report.lines().last().unwrap();
    assert!(last.starts_with(&format!("{} templates, ", templates.len())), "{report}");
    assert!(last.ends_with(" 0 findings"), "{report}");
}

/// What `resolve` asks for a service is what AWS's own tools ask.
#[test]
fn hosts_of_services_are_those_of_botocore() {
    let regions: BTreeMap<&str, BTreeMap<&str, String>> = Region::ALL
        .iter()
        .map(|region| {
            let hosts = Service::known().flat_map(|name| {
                let service: Service = name.parse().unwrap();
                service.hosts(region).into_iter().map(move |host| (name, host))
            });
            (region.name, hosts.collect())
        })
        .collect();
    let folder = Folder::new();
    folder.write("hosts.json", serde_json::to_string(&regions).unwrap());
    let file = folder.path().join("hosts.json");
    let compared = python(&["hosts.py", file.to_str().unwrap()]);
    let compared = compared.unwrap_or_else(|differences| panic!("{differences}"));
    let count: usize = compared.trim().strip_suffix(" hosts").unwrap().parse().unwrap();
    assert!(count > 10 * Region::ALL.len(), "{count}");
}

/// The readers have to be able to find something, or the test above means nothing.
#[test]
fn readers_find_a_mistake_of_each_kind() {
    let folder = generate(
        "stacks:\n  tokyo:\n    region: ap-northeast-1\n    registries: [\"012345678901\"]\n",
    );
    let good = folder.read("out/tokyo.yaml");
    for (from, to, expected) in [
        ("PrivateDnsEnabled: true", "PrivateDnsEnabled: 7", "not of type 'boolean'"),
        ("\"3.112.64.0/23\"", "\"3.112.64.1/23\"", "3.112.64.1/23"),
        ("Type: AWS::EC2::VPC::Id", "Type: AWS::EC2::VPC::Ids", "AWS::EC2::VPC::Ids"),
        ("ecr:BatchGetImage", "ecr:BatchGetImages", "UNKNOWN_ACTION"),
        ("starport-layer-bucket/*", "starport-layer-bucket", "RESOURCE_MISMATCH"),
    ] {
        assert!(good.contains(from));
        let broken = good.replacen(from, to, 1);
        let findings = read(&[(TOKYO, "broken.yaml".to_owned(), broken)]).unwrap_err();
        assert!(findings.contains(expected), "{to}: {findings}");
    }
}
