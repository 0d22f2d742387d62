//! The policies that people paste, beside what asks for them.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::aws::Aws;
use crate::findings;
use crate::markdown::page;
use crate::support::{Folder, root};

fn policy(heading: &str) -> Value {
    let text = page("docs/iam.md").block(heading, "json").to_owned();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{heading}: {error}"))
}

/// The actions of a policy, each of which it names once.
fn actions(policy: &Value) -> BTreeSet<String> {
    let mut actions = BTreeSet::new();
    for statement in policy["Statement"].as_array().unwrap() {
        let named = match &statement["Action"] {
            Value::Array(actions) => actions.clone(),
            action => vec![action.clone()],
        };
        for action in named {
            let action = action.as_str().unwrap().to_owned();
            assert!(actions.insert(action.clone()), "{action} is there twice");
        }
    }
    actions
}

#[test]
fn every_policy_is_one() {
    let iam = page("docs/iam.md");
    let policies = iam.blocks.iter().filter(|block| block.language == "json");
    let mut count = 0;
    for block in policies {
        let policy: Value = serde_json::from_str(&block.text).unwrap();
        assert_eq!(policy["Version"], "2012-10-17", "{}", block.heading);
        let is_trust = block.heading == "A pipeline";
        for statement in policy["Statement"].as_array().unwrap() {
            assert_eq!(statement["Effect"], "Allow");
            assert_eq!(statement["Principal"].is_null(), !is_trust, "{}", block.heading);
            assert_eq!(statement["Resource"].is_null(), is_trust, "{}", block.heading);
        }
        assert!(actions(&policy).iter().all(|action| !action.contains('*')), "{}", block.heading);
        count += 1;
    }
    assert_eq!(count, 4);
}

/// Every operation that stands in the source that asks EC2, and no other.
#[test]
fn the_policy_of_looking_up_is_what_is_asked() {
    let source = fs::read_to_string(root().join("src/sources/aws_cli.rs")).unwrap();
    let asked: BTreeSet<String> = source
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|text| text.starts_with("Describe"))
        .map(|operation| format!("ec2:{operation}"))
        .collect();
    assert!(asked.len() >= 4, "{asked:?}");
    assert_eq!(source.matches("AwsCommand::new(").count(), asked.len());
    assert_eq!(actions(&policy("Looking up")), asked);
}

/// Each type of resource that a template can have needs some of them, and none is for another.
#[test]
fn the_policy_of_deploying_is_for_what_is_generated() {
    // The permissions of the handlers in CloudFormation's schemas, read 2026-11.
    let handlers: &[(&str, &str)] = &[
        (
            "AWS::EC2::SecurityGroup",
            "AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateSecurityGroup CreateTags \
             DeleteSecurityGroup DeleteTags DescribeInstances DescribeSecurityGroups \
             RevokeSecurityGroupEgress RevokeSecurityGroupIngress",
        ),
        (
            "AWS::EC2::SecurityGroupEgress",
            "AuthorizeSecurityGroupEgress DescribeSecurityGroupRules RevokeSecurityGroupEgress \
             UpdateSecurityGroupRuleDescriptionsEgress",
        ),
        (
            "AWS::EC2::SecurityGroupIngress",
            "AuthorizeSecurityGroupIngress DescribeSecurityGroupRules DescribeSecurityGroups \
             RevokeSecurityGroupIngress UpdateSecurityGroupRuleDescriptionsIngress",
        ),
        (
            "AWS::EC2::VPCEndpoint",
            "CreateTags CreateVpcEndpoint DeleteTags DeleteVpcEndpoints DescribeVpcEndpoints \
             ModifyVpcEndpoint",
        ),
    ];
    let sources = ["templates/cloudformation.yaml", "src/render/view.rs"]
        .map(|path| fs::read_to_string(root().join(path)).unwrap());
    let made: BTreeSet<&str> = sources
        .iter()
        .flat_map(|source| source.split("AWS::EC2::").skip(1))
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next().unwrap())
        .collect();
    let known: BTreeSet<&str> =
        handlers.iter().map(|(kind, _)| kind.strip_prefix("AWS::EC2::").unwrap()).collect();
    assert_eq!(made, known);
    let needed: BTreeSet<String> = handlers
        .iter()
        .flat_map(|(_, operations)| operations.split_whitespace())
        .map(|operation| format!("ec2:{operation}"))
        .collect();
    let actions = actions(&policy("Deploying"));
    let of_ec2 = actions.iter().filter(|action| action.starts_with("ec2:")).cloned().collect();
    assert_eq!(needed, of_ec2);
    let of_the_cli: BTreeSet<String> =
        actions.into_iter().filter(|action| !action.starts_with("ec2:")).collect();
    assert_eq!(of_the_cli, asked_by_the_cli());
}

/// What the AWS CLI asks CloudFormation for when it makes a stack, and when it changes it.
fn asked_by_the_cli() -> BTreeSet<String> {
    let (aws, folder) = (Aws::start(), Folder::of_example());
    assert_eq!(folder.run(&["generate"]).code, 0);
    let template = folder.read("out/tokyo.yaml");
    let mut said = String::new();
    for address in ["10.0.1.10/32", "10.0.1.12/32"] {
        folder.write("out/tokyo.yaml", template.replace("10.0.1.10/32", address));
        said.push_str(
            &aws.shell(
                &folder,
                "aws --debug cloudformation deploy --region ap-northeast-1 --stack-name tokyo \
                 --template-file out/tokyo.yaml 2>&1",
            )
            .unwrap(),
        );
    }
    let operations = said.split("OperationModel(name=").skip(1);
    let names = operations.map(|rest| rest.split(')').next().unwrap());
    names.map(|name| format!("cloudformation:{name}")).collect()
}

/// A role with it pulls and writes logs, and without any one action it does not.
#[test]
fn the_policy_of_pulling_is_what_verify_asks_of_a_role() {
    let good = findings::good();
    let with = |policy: &Value| -> Vec<String> {
        let (head, tail) = good.split_once("      ManagedPolicyArns:\n").unwrap();
        let (_, tail) = tail.split_once("\n\n").unwrap();
        let policies = format!("Policies: [{{PolicyName: pull, PolicyDocument: {policy}}}]");
        let text = format!("{head}      {policies}\n\n{tail}");
        let outcomes = findings::verification(&text, "ap-northeast-1").outcomes;
        let findings = outcomes.iter().flat_map(|outcome| &outcome.findings);
        findings.map(|finding| finding.diagnostic.code.name().to_owned()).collect()
    };
    let policy = policy("Pulling");
    assert_eq!(with(&policy), [] as [String; 0]);
    for action in actions(&policy) {
        // What the endpoints may be asked for, and what an agent asks for, differ by this one.
        if action == "ecr:BatchCheckLayerAvailability" {
            continue;
        }
        let text = policy.to_string().replace(&format!("\"{action}\""), "\"ecr:DescribeImages\"");
        let less: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(with(&less), ["role-misses-action"], "{action}");
    }
}
