//! The real AWS CLI deploys what is generated, to a server that behaves as AWS documents; then
//! what is there is compared with the plan, rule by rule.

mod regions;

use std::collections::{BTreeMap, BTreeSet};

use fargate_egress::config::{self, StackName};
use fargate_egress::diagnostic::Source;
use fargate_egress::lock;
use fargate_egress::plan::{
    Direction, EndpointKind, List, Peer, Plan, Policy, RegionMap, Rule, Value as Property, plan,
};
use serde_json::{Value, json};

use crate::aws::Aws;
use crate::construct;
use crate::support::{Folder, root};

/// The parameters that the command line gives to a template.
pub(crate) type Given<'a> = &'a [(&'a str, &'a str)];

/// A template of a folder, in the region it is deployed in.
pub(crate) struct Deployment<'a> {
    pub(crate) aws: &'a Aws,
    pub(crate) folder: &'a Folder,
    pub(crate) stack: &'a str,
    pub(crate) region: &'a str,
    pub(crate) given: Given<'a>,
    /// Whether it is the template that the CDK synthesised, and not the YAML.
    pub(crate) synthesised: bool,
}

impl Deployment<'_> {
    /// Generates, and runs the line that `generate` says to run, with values for its placeholders.
    fn deploy(&self) -> Result<String, String> {
        if self.synthesised {
            return self.deploy_synthesised();
        }
        let run = self.folder.run(&["generate", "--format", "json"]);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        let wanted = format!("--region {} --stack-name {} ", self.region, self.stack);
        let lines = report["deploy"].as_array().unwrap().iter().map(|line| line.as_str().unwrap());
        let mut line = lines.filter(|line| line.contains(&wanted)).collect::<Vec<_>>().concat();
        assert!(!line.is_empty(), "no line for {wanted} in {}", run.stdout);
        for (name, value) in self.given {
            let start = line.find(&format!(" {name}=")).expect("the line names it") + 1;
            let end = line[start..].find(' ').map_or(line.len(), |length| start + length);
            line.replace_range(start..end, &format!("{name}={value}"));
        }
        assert!(!line.contains('…'), "a placeholder is left in {line}");
        self.aws.shell(self.folder, &line)
    }

    fn deploy_synthesised(&self) -> Result<String, String> {
        let given: String =
            self.given.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        let given = if given.is_empty() { given } else { format!(" --parameter-overrides{given}") };
        let line = format!(
            "aws cloudformation deploy --region {} --stack-name {} --template-file {}{given}",
            self.region,
            self.stack,
            self.synthesised_path()
        );
        self.aws.shell(self.folder, &line)
    }

    fn synthesised_path(&self) -> String {
        format!("plain/stack-{}.template.json", self.stack)
    }

    pub(crate) fn deployed(&self) {
        self.deploy().unwrap_or_else(|error| panic!("{}", self.why(&error)));
        self.compare();
    }

    fn why(&self, error: &str) -> String {
        let question = format!("cloudformation describe-stack-events --stack-name {}", self.stack);
        let line = format!("aws {question} --region {} --output json", self.region);
        format!("{error}{}", self.aws.shell(self.folder, &line).unwrap_or_default())
    }

    fn plan(&self) -> Plan {
        let source = Source::new("egress.yaml", self.folder.read("egress.yaml"));
        let config = config::parse(&source).unwrap();
        let lock = lock::parse(&self.folder.read("egress.lock.json")).unwrap();
        let name: StackName = self.stack.parse().unwrap();
        plan(&config.stacks[&name], &lock, &source, "test").unwrap().0
    }

    /// The stack's outputs and the physical ids of its resources, by name.
    fn ids(&self) -> BTreeMap<String, String> {
        let question =
            format!("cloudformation describe-stack-resources --stack-name {}", self.stack);
        let answer = self.aws.ask(self.folder, self.region, &question);
        let resources = answer["StackResources"].as_array().unwrap().iter();
        // The CDK has logical ids of its own.
        let ids = if self.synthesised {
            construct::ids(
                &serde_json::from_str(&self.folder.read(&self.synthesised_path())).unwrap(),
            )
        } else {
            BTreeMap::new()
        };
        resources
            .map(|resource| {
                let text = |key: &str| resource[key].as_str().unwrap().to_owned();
                let id = text("LogicalResourceId");
                (ids.get(&id).cloned().unwrap_or(id), text("PhysicalResourceId"))
            })
            .collect()
    }

    /// What is there is what the plan says: no rule, property or output more or less.
    fn compare(&self) {
        let plan = self.plan();
        let reader =
            Reader { plan: &plan, region: self.region, given: self.given, ids: self.ids() };
        let planned: BTreeSet<&str> = plan.resources().iter().map(|id| id.as_str()).collect();
        let made: BTreeSet<&str> =
            reader.ids.keys().map(String::as_str).filter(|id| !reader.left_out(id)).collect();
        let planned: BTreeSet<&str> =
            planned.into_iter().filter(|id| !reader.left_out(id)).collect();
        assert_eq!(made, planned);
        self.compare_groups(&plan, &reader);
        self.compare_endpoints(&plan, &reader);
        if !self.synthesised {
            self.compare_outputs(&plan, &reader);
        }
    }

    fn compare_groups(&self, plan: &Plan, reader: &Reader<'_>) {
        let mut expected: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for group in &plan.groups {
            let rules = expected.entry(reader.ids[group.id.as_str()].clone()).or_default();
            rules.extend(
                group.ingress.iter().filter_map(|rule| reader.rule(rule, Direction::Ingress)),
            );
            rules.extend(
                group.egress.iter().filter_map(|rule| reader.rule(rule, Direction::Egress)),
            );
        }
        for attached in &plan.attached_rules {
            let rules = expected.entry(reader.value(&attached.group)).or_default();
            rules.extend(reader.rule(&attached.rule, attached.direction));
        }
        let ids = expected.keys().cloned().collect::<Vec<_>>().join(" ");
        let question = format!("ec2 describe-security-groups --group-ids {ids}");
        let answer = self.aws.ask(self.folder, self.region, &question);
        for group in answer["SecurityGroups"].as_array().unwrap() {
            let id = group["GroupId"].as_str().unwrap();
            let mut found = BTreeSet::new();
            for (side, key) in [("Ingress", "IpPermissions"), ("Egress", "IpPermissionsEgress")] {
                for permission in group[key].as_array().unwrap() {
                    found.extend(peers(permission).map(|peer| format!("{side} {peer}")));
                }
            }
            assert_eq!(found, expected[id], "rules of {id}");
            if let Some(made) = plan.groups.iter().find(|made| reader.ids[made.id.as_str()] == id) {
                assert_eq!(group["Description"], made.description);
                assert_eq!(group["VpcId"], reader.value(&plan.vpc).as_str());
                assert_eq!(tags(group), plan.tags);
            }
        }
    }

    fn compare_endpoints(&self, plan: &Plan, reader: &Reader<'_>) {
        for endpoint in &plan.endpoints {
            let id = &reader.ids[endpoint.id.as_str()];
            let question = format!("ec2 describe-vpc-endpoints --vpc-endpoint-ids {id}");
            let answer = self.aws.ask(self.folder, self.region, &question);
            let found = &answer["VpcEndpoints"][0];
            assert_eq!(found["ServiceName"], reader.value(&endpoint.service_name).as_str());
            assert_eq!(found["VpcId"], reader.value(&plan.vpc).as_str());
            assert_eq!(tags(found), plan.tags);
            let texts = |key: &str| -> BTreeSet<String> {
                found[key].as_array().into_iter().flatten().map(text_or_group_id).collect()
            };
            match &endpoint.kind {
                EndpointKind::Interface { subnets, groups } => {
                    assert_eq!(found["VpcEndpointType"], "Interface");
                    assert_eq!(found["PrivateDnsEnabled"], true);
                    assert_eq!(texts("SubnetIds"), reader.list(subnets));
                    let groups: BTreeSet<String> =
                        groups.iter().map(|id| reader.value(id)).collect();
                    assert_eq!(texts("Groups"), groups);
                }
                EndpointKind::Gateway { route_tables } => {
                    assert_eq!(found["VpcEndpointType"], "Gateway");
                    assert_eq!(texts("RouteTableIds"), reader.list(route_tables));
                }
            }
            let found: Value =
                serde_json::from_str(found["PolicyDocument"].as_str().unwrap()).unwrap();
            assert_eq!(construct::listed(&found), reader.policy(&endpoint.policy));
        }
    }

    fn compare_outputs(&self, plan: &Plan, reader: &Reader<'_>) {
        let question = format!("cloudformation describe-stacks --stack-name {}", self.stack);
        let answer = self.aws.ask(self.folder, self.region, &question);
        let found: BTreeMap<String, String> = answer["Stacks"][0]["Outputs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|output| {
                let text = |key: &str| output[key].as_str().unwrap().to_owned();
                (text("ExportName"), text("OutputValue"))
            })
            .collect();
        let expected: BTreeMap<String, String> = plan
            .outputs
            .iter()
            .map(|output| {
                (format!("{}-{}", self.stack, output.name.as_str()), reader.value(&output.value))
            })
            .collect();
        assert_eq!(found, expected);
    }

    pub(crate) fn delete(&self) {
        let stack = format!("--region {} --stack-name {}", self.region, self.stack);
        let line = format!(
            "aws cloudformation delete-stack {stack} && aws cloudformation wait stack-delete-complete {stack}"
        );
        self.aws.shell(self.folder, &line).unwrap();
    }
}

/// A group's id in a list of groups, or the text in a list of texts.
fn text_or_group_id(item: &Value) -> String {
    item.as_str().or_else(|| item["GroupId"].as_str()).unwrap().to_owned()
}

fn tags(resource: &Value) -> BTreeMap<String, String> {
    let tags = resource["Tags"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    tags.filter(|tag| !tag["Key"].as_str().unwrap().starts_with("aws:"))
        .map(|tag| (text(&tag["Key"]), text(&tag["Value"])))
        .collect()
}

/// Each peer of a permission, as a line.
fn peers(permission: &Value) -> impl Iterator<Item = String> + use<> {
    let port = |key: &str| permission[key].as_i64().map_or("-".to_owned(), |port| port.to_string());
    let traffic = format!(
        "{} {} {}",
        permission["IpProtocol"].as_str().unwrap(),
        port("FromPort"),
        port("ToPort")
    );
    let mut lines = Vec::new();
    for (list, key) in [
        ("IpRanges", "CidrIp"),
        ("Ipv6Ranges", "CidrIpv6"),
        ("PrefixListIds", "PrefixListId"),
        ("UserIdGroupPairs", "GroupId"),
    ] {
        for peer in permission[list].as_array().into_iter().flatten() {
            let text = |key: &str| peer[key].as_str().unwrap_or_default().to_owned();
            lines.push(format!("{traffic} {key} {} {}", text(key), text("Description")));
        }
    }
    lines.into_iter()
}

/// Reads a plan's values as CloudFormation does.
struct Reader<'a> {
    plan: &'a Plan,
    region: &'a str,
    given: Given<'a>,
    ids: BTreeMap<String, String>,
}

impl Reader<'_> {
    fn value(&self, value: &Property) -> String {
        let named = |name: &str| {
            let given = self.given.iter().find(|(known, _)| *known == name);
            given.map_or_else(|| self.ids[name].clone(), |(_, value)| (*value).to_owned())
        };
        match value {
            Property::Literal(text) => text.clone(),
            Property::Ref(id) | Property::GroupId(id) => named(id.as_str()),
            Property::Import(name) => panic!("no stack here imports {name}"),
            Property::Sub(text) => text
                .replace("${AWS::Region}", self.region)
                .replace("${AWS::AccountId}", "012345678901")
                .replace("${AWS::Partition}", self.plan.regions[0].partition.name()),
            Property::PerRegion(key) => {
                self.plan.region_map.regions[self.region][key].value.clone()
            }
        }
    }

    fn list(&self, list: &List) -> BTreeSet<String> {
        match list {
            List::Items(items) => items.iter().map(|item| self.value(item)).collect(),
            List::Ref(id) => {
                self.value(&Property::Ref(id.clone())).split(',').map(str::to_owned).collect()
            }
            List::SplitImport(name) => panic!("no stack here imports {name}"),
        }
    }

    /// Whether a resource has a condition that is false in this region.
    fn left_out(&self, id: &str) -> bool {
        let attached = self.plan.attached_rules.iter().find(|rule| rule.id.as_str() == id);
        attached.is_some_and(|attached| self.rule(&attached.rule, attached.direction).is_none())
    }

    /// The rule as [`peers`] prints it; `None` if its condition is false.
    fn rule(&self, rule: &Rule, direction: Direction) -> Option<String> {
        let (key, peer) = match &rule.peer {
            Peer::Prefix(prefix) if prefix.is_ipv4() => ("CidrIp", prefix.to_string()),
            Peer::Prefix(prefix) => ("CidrIpv6", prefix.to_string()),
            Peer::Ipv4(value) => ("CidrIp", self.value(value)),
            Peer::Ipv6(value) => ("CidrIpv6", self.value(value)),
            Peer::Group(value) => ("GroupId", self.value(value)),
            Peer::PrefixList(value) => ("PrefixListId", self.value(value)),
        };
        let port = rule.traffic.port().map_or("-".to_owned(), |port| port.to_string());
        let protocol = rule.traffic.protocol();
        (peer != RegionMap::NONE).then(|| {
            format!("{direction:?} {protocol} {port} {port} {key} {peer} {}", rule.description)
        })
    }

    fn policy(&self, policy: &Policy) -> Value {
        let statements: Vec<Value> = policy
            .statements
            .iter()
            .map(|statement| {
                let resources: Vec<_> = statement.resources.iter().map(|r| self.value(r)).collect();
                json!({"Effect": "Allow", "Principal": "*", "Action": statement.actions, "Resource": resources})
            })
            .collect();
        json!({"Version": "2012-10-17", "Statement": statements})
    }
}

pub(crate) const TOKYO: Given<'_> = &[
    ("VpcId", "vpc-0a1b2c3d4e5f60718"),
    ("VpcCidr", "10.0.0.0/16"),
    ("SubnetIds", "subnet-0a1b2c3d4e5f60711,subnet-0a1b2c3d4e5f60712"),
    ("RouteTableIds", "rtb-0a1b2c3d4e5f60711"),
];

#[test]
fn the_example_deploys_updates_in_place_and_leaves_nothing() {
    let aws = Aws::start();
    let folder = Folder::of_example();
    let region = "ap-northeast-1";
    let tokyo = Deployment {
        aws: &aws,
        folder: &folder,
        stack: "tokyo",
        region,
        given: &[],
        synthesised: false,
    };
    tokyo.deployed();
    let before = tokyo.ids();

    // The registry answers with an address of another prefix, too.
    folder.write(
        "answers.txt",
        "012345678901.dkr.ecr.ap-northeast-1.amazonaws.com. 60 IN A 54.178.1.2\n",
    );
    let resolve = ["resolve", "--snapshot", "--answers", "answers.txt", "--seen", "2026-09-01"];
    assert_eq!(folder.run(&resolve).code, 0);
    let rules = tokyo.plan().groups[1].egress.len();
    assert_eq!(rules, 3);
    tokyo.deployed();
    assert_eq!(tokyo.ids(), before, "nothing was replaced");

    // A second stack in the same VPC would claim the same DNS names and the same route.
    let second = Deployment { stack: "tokyo-by-group", given: TOKYO, ..tokyo };
    let refusal = second.deploy().unwrap_err();
    assert!(refusal.contains("tokyo-by-group"), "{refusal}");

    let tokyo = Deployment { stack: "tokyo", given: &[], ..second };
    tokyo.delete();
    let left = aws.ask(&folder, region, "ec2 describe-vpc-endpoints");
    assert_eq!(left["VpcEndpoints"], json!([]));
    let clean =
        "aws cloudformation delete-stack --region ap-northeast-1 --stack-name tokyo-by-group";
    aws.shell(&folder, clean).unwrap();
    Deployment { stack: "tokyo-by-group", given: TOKYO, ..tokyo }.deployed();
}

#[test]
fn every_mode_deploys() {
    let aws = Aws::start();
    let region = "ap-northeast-1";
    let network = "network: {vpc: vpc-0a1b2c3d4e5f60718, cidrs: [10.0.0.0/16], subnets: \
                   [subnet-0a1b2c3d4e5f60711], route-tables: [rtb-0a1b2c3d4e5f60711]}";
    for (name, rest) in [
        ("deny", "endpoint: {egress: deny, ingress: task-security-group}"),
        (
            "open",
            "endpoint: {egress: open, policy: open}\n    tags: {owner: \"no\", \"a:b\": \"22:22\", account: \"012345678901\"}",
        ),
        ("services", "services: [logs, ssmmessages, guardduty-data]\n    endpoint: {egress: deny}"),
        (
            "every-service",
            "services: [logs, secretsmanager, ssm, ssmmessages, kms, sts, xray, monitoring, ecs, ecs-agent, \
             ecs-telemetry, guardduty-data, kinesis-firehose, kinesis-streams, sqs, sns, events, \
             elasticfilesystem]\n    endpoint: {egress: deny}",
        ),
        ("efs", "task: {efs: [sg-0a1b2c3d4e5f60713]}"),
        ("mine", "s3-prefix-list: pl-61a54008"),
    ] {
        let folder = Folder::new();
        // What is deployed from JSON is what is deployed from YAML.
        let emit = if name == "open" { "emit: [json]\n" } else { "" };
        folder.write(
            "egress.yaml",
            format!("{emit}stacks:\n  {name}:\n    region: {region}\n    registries: [\"012345678901\"]\n    {network}\n    {rest}\n"),
        );
        assert_eq!(folder.run(&["resolve", "--snapshot"]).code, 0);
        let deployment = Deployment {
            aws: &aws,
            folder: &folder,
            stack: name,
            region,
            given: &[],
            synthesised: false,
        };
        deployment.deployed();
        deployment.delete();
    }
}

#[test]
fn endpoints_that_are_there_already_stay_and_their_group_gets_the_rules() {
    let aws = Aws::start();
    let folder = Folder::new();
    folder.write(
        "egress.yaml",
        "stacks:\n  first:\n    region: ap-northeast-1\n    registries: [\"012345678901\"]\n    \
         endpoints: {ecr.api: existing, ecr.dkr: existing, s3: existing}\n    \
         endpoint: {security-group: sg-0a1b2c3d4e5f60713}\n    \
         network: {vpc: vpc-0a1b2c3d4e5f60718, cidrs: [10.0.0.0/16]}\n",
    );
    assert_eq!(folder.run(&["resolve", "--snapshot"]).code, 0);
    let region = "ap-northeast-1";
    let first = Deployment {
        aws: &aws,
        folder: &folder,
        stack: "first",
        region,
        given: &[],
        synthesised: false,
    };
    first.deployed();
    assert_eq!(first.plan().attached_rules.len(), 3);
}

/// The parameters for the first VPC that the server has in a region.
pub(crate) fn world(region: &str) -> [(&'static str, String); 4] {
    let text = std::fs::read_to_string(root().join("tests/aws/world.json")).unwrap();
    let world: Value = serde_json::from_str(&text).unwrap();
    let vpc = &world["regions"][region]["vpcs"][0];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let ids = |list: &Value| {
        list.as_array().unwrap().iter().map(|item| text(&item["id"])).collect::<Vec<_>>().join(",")
    };
    // Those that are in its route table, each in a zone of its own.
    let subnets = vpc["route_tables"][0]["subnets"].as_array().unwrap().iter().map(text);
    let subnets = subnets.collect::<Vec<_>>().join(",");
    [
        ("VpcId", text(&vpc["id"])),
        ("VpcCidr", text(&vpc["cidr"])),
        ("SubnetIds", subnets),
        ("RouteTableIds", ids(&vpc["route_tables"])),
    ]
}

/// The server refuses what AWS refuses, and keeps what AWS keeps: it has tests of its own, among
/// them templates with one mistake each that must fail.
#[test]
fn the_server_is_as_strict_as_aws_documents() {
    let report = crate::support::python(&["-m", "unittest", "-v", "test_stand_in"]);
    report.unwrap_or_else(|failures| panic!("{failures}"));
}
