//! One template in several regions, and in a stack set.

use std::collections::BTreeSet;

use fargate_egress::config;
use fargate_egress::diagnostic::Source;
use fargate_egress::lock;
use fargate_egress::plan::{Peer, RegionMap, Rule, plan};

use super::{Deployment, world};
use crate::aws::Aws;
use crate::markdown::page;
use crate::support::Folder;

const THREE: [&str; 3] = ["ap-northeast-1", "us-east-1", "eu-central-1"];

#[test]
fn one_template_for_three_regions_has_the_rules_of_each() {
    let aws = Aws::start();
    let folder = Folder::new();
    folder.write(
        "egress.yaml",
        "stacks:\n  all:\n    regions: [ap-northeast-1, us-east-1, eu-central-1]\n    registries: [\"012345678901\"]\n",
    );
    assert_eq!(folder.run(&["resolve", "--snapshot"]).code, 0);
    let worlds = THREE.map(world);
    let given: Vec<Vec<(&str, &str)>> = worlds
        .iter()
        .map(|values| values.iter().map(|(name, value)| (*name, value.as_str())).collect())
        .collect();
    let in_all: Vec<Deployment<'_>> = THREE
        .iter()
        .zip(&given)
        .map(|(region, given)| Deployment {
            aws: &aws,
            folder: &folder,
            stack: "all",
            region,
            given,
            synthesised: false,
        })
        .collect();
    in_all.iter().for_each(Deployment::deployed);
    for region in THREE {
        let verify =
            ["verify", "out/all.yaml", "--region", region, "--require", "pull", "--forbid", "wide"];
        let run = folder.run(&verify);
        assert_eq!(run.code, 0, "{region}: {}", run.stdout);
    }
    // An update brings a prefix that sorts before the others, and one of the other family.
    folder.write(
        "answers.txt",
        "api.ecr.ap-northeast-1.amazonaws.com. 60 IN A 1.178.64.0\n\
         api.ecr.eu-central-1.amazonaws.com. 60 IN AAAA 2a05:d014::1\n",
    );
    let resolve = ["resolve", "--snapshot", "--answers", "answers.txt"];
    let run = folder.run(&resolve);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let is_ipv6 = |rule: &Rule| matches!(rule.peer, Peer::Ipv6(_));
    assert!(in_all[0].plan().groups[1].egress.iter().any(is_ipv6));
    for deployment in &in_all {
        match deployment.deploy() {
            Ok(_) => {}
            // The new slots are empty there, so nothing that it has made changes.
            Err(error) if deployment.region == "us-east-1" => {
                assert!(error.contains("No changes to deploy"), "{error}");
            }
            Err(error) => panic!("{}", deployment.why(&error)),
        }
        deployment.compare();
    }
    let elsewhere: String =
        world("us-gov-west-1").iter().map(|(name, value)| format!(" {name}={value}")).collect();
    let line = format!(
        "aws cloudformation deploy --region us-gov-west-1 --stack-name all --template-file out/all.yaml \
         --parameter-overrides{elsewhere}"
    );
    let refusal = aws.shell(&folder, &line).unwrap_err();
    assert!(refusal.contains("holds the prefixes"), "{refusal}");
}

/// The lines of the page, with a template whose network each account exports: the same bytes in
/// three regions, each with its own rules.
#[test]
fn a_service_managed_stack_set_takes_the_template_in_three_regions() {
    let aws = Aws::start();
    let folder = Folder::new();
    folder.write(
        "egress.yaml",
        "stacks:\n  everywhere:\n    regions: [ap-northeast-1, us-east-1, eu-central-1]\n    registries: [\"012345678901\"]\n    \
         network: {vpc: {import: network-vpc}, cidrs: {import: network-cidr}, subnets: {import: network-subnets}, route-tables: {import: network-tables}}\n",
    );
    assert_eq!(folder.run(&["resolve", "--snapshot"]).code, 0);
    assert_eq!(folder.run(&["generate"]).code, 0);
    let template = folder.read("out/everywhere.yaml");
    assert!(!template.contains("Transform"), "a service-managed stack set takes none");
    for region in THREE {
        let exports = world(region);
        let exports = ["network-vpc", "network-cidr", "network-subnets", "network-tables"]
            .iter()
            .zip(exports)
            .map(|(name, (output, value))| {
                format!("  {output}: {{Value: \"{value}\", Export: {{Name: {name}}}}}\n")
            })
            .collect::<String>();
        folder.write(
            "network.yaml",
            format!(
                "Resources: {{Group: {{Type: AWS::EC2::SecurityGroup, Properties: {{GroupDescription: a}}}}}}\nOutputs:\n{exports}"
            ),
        );
        let line = format!(
            "aws cloudformation deploy --region {region} --stack-name network --template-file network.yaml"
        );
        aws.shell(&folder, &line).unwrap_or_else(|error| panic!("{error}"));
    }
    let page = page("docs/deploy.md");
    let lines = page.block("Many regions, many accounts", "sh").replace("\\\n", " ");
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.len(), 2);
    let region = "export AWS_DEFAULT_REGION=ap-northeast-1";
    let mut said = String::new();
    for line in lines {
        let ran = aws.shell(&folder, &format!("{region}; {line}"));
        said.push_str(&ran.unwrap_or_else(|error| panic!("{line}: {error}")));
    }
    assert!(said.contains("StackSetId") && said.contains("OperationId"), "{said}");
    let question = "cloudformation list-stack-instances --stack-set-name fargate-egress";
    let answer = aws.ask(&folder, "ap-northeast-1", question);
    let instances = answer["Summaries"].as_array().unwrap();
    assert_eq!(instances.len(), 3);
    let source = Source::new("egress.yaml", folder.read("egress.yaml"));
    let config = config::parse(&source).unwrap();
    let lock = lock::parse(&folder.read("egress.lock.json")).unwrap();
    let stack = config.stacks.values().next().unwrap();
    let plan = plan(stack, &lock, &source, "test").unwrap().0;
    for instance in instances {
        assert_eq!(instance["Status"], "CURRENT", "{instance}");
        let region = instance["Region"].as_str().unwrap();
        let id = instance["StackId"].as_str().unwrap();
        let question = format!("cloudformation describe-stack-resources --stack-name {id}");
        let resources = aws.ask(&folder, region, &question);
        let group = resources["StackResources"].as_array().unwrap().iter();
        let group = group
            .filter(|made| made["LogicalResourceId"] == "EndpointSecurityGroup")
            .map(|made| made["PhysicalResourceId"].as_str().unwrap())
            .next()
            .unwrap();
        let question = format!("ec2 describe-security-groups --group-ids {group}");
        let group = &aws.ask(&folder, region, &question)["SecurityGroups"][0];
        let permissions = group["IpPermissionsEgress"].as_array().unwrap().iter();
        let ranges = permissions.flat_map(|one| one["IpRanges"].as_array().unwrap());
        let found: BTreeSet<&str> = ranges.map(|range| range["CidrIp"].as_str().unwrap()).collect();
        let mapped = plan.region_map.regions[region].iter();
        let expected: BTreeSet<&str> = mapped
            .filter(|(key, value)| {
                key.as_str().starts_with("Egress") && value.value != RegionMap::NONE
            })
            .map(|(_, value)| value.value.as_str())
            .collect();
        assert!(!expected.is_empty());
        assert_eq!(found, expected, "{region}");
    }
}
