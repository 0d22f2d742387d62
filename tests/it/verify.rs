//! What `verify` prints for programs, read by readers of JSON Schema and of SARIF.

use std::path::Path;

use crate::support::{Folder, python, root};

const READ_JSON: &str = "\
import json, sys
from jsonschema import Draft202012Validator
schema = json.load(open(sys.argv[1], encoding='utf-8'))
Draft202012Validator.check_schema(schema)
value = json.load(open(sys.argv[2], encoding='utf-8'))
Draft202012Validator(schema).validate(value)
print(value['ok'], len(value.get('scenarios', [])), len(value['diagnostics']))
";

const READ_SARIF: &str = "\
import sys
from sarif_pydantic import Sarif
log = Sarif.model_validate_json(open(sys.argv[1], encoding='utf-8').read())
driver = log.runs[0].tool.driver
for result in log.runs[0].results:
    rule = driver.rules[result.rule_index]
    assert rule.id == result.rule_id and rule.help.text and rule.help.markdown, result
    region = result.locations[0].physical_location.region
    assert (region.end_line, region.end_column) > (region.start_line, region.start_column), result
    print(result.level.value, result.rule_id)
";

/// An endpoint that only one stage has, and another without private DNS.
const TEMPLATE: &str = r#"
Parameters:
  Stage: {Type: String}
  Vpc: {Type: "AWS::EC2::VPC::Id"}
  Subnet: {Type: "AWS::EC2::Subnet::Id"}
Conditions:
  IsProduction: !Equals [!Ref Stage, prod]
Resources:
  Tasks:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: tasks
      VpcId: !Ref Vpc
      SecurityGroupEgress: [{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}]
  Endpoints:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: endpoints
      VpcId: !Ref Vpc
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 443, ToPort: 443, SourceSecurityGroupId: !Ref Tasks}
  EcrApi:
    Type: AWS::EC2::VPCEndpoint
    Condition: IsProduction
    Properties:
      VpcEndpointType: Interface
      ServiceName: com.amazonaws.ap-northeast-1.ecr.api
      VpcId: !Ref Vpc
      SubnetIds: [!Ref Subnet]
      SecurityGroupIds: [!Ref Endpoints]
      PrivateDnsEnabled: true
  EcrDkr:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcEndpointType: Interface
      ServiceName: com.amazonaws.ap-northeast-1.ecr.dkr
      VpcId: !Ref Vpc
      SubnetIds: [!Ref Subnet]
      SecurityGroupIds: [!Ref Endpoints]
      PrivateDnsEnabled: false
"#;

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("app.yaml", TEMPLATE);
    folder.write("nothing.yaml", "Resources: {Bucket: {Type: 'AWS::S3::Bucket'}}\n");
    folder
}

/// What a reader of the schema says of what a command line prints.
fn read(folder: &Folder, arguments: &[&str]) -> (i32, String) {
    let run = folder.run(&[arguments, &["--format", "json"]].concat());
    folder.write("value.json", &run.stdout);
    let schema = root().join("docs/verify.schema.json");
    let value = folder.path().join("value.json");
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let read = python(&["-c", READ_JSON, &path(&schema), &path(&value)]);
    let read = read.unwrap_or_else(|error| panic!("{arguments:?}\n{error}"));
    (run.code, read.trim().to_owned())
}

#[test]
fn json_is_what_the_published_schema_says() {
    let folder = folder();
    let cases: &[(&[&str], i32, &str)] = &[
        (&["verify", "app.yaml"], 1, "False 2 0"),
        (&["verify", "app.yaml", "--parameter", "Stage=prod", "--strict"], 1, "False 1 0"),
        (&["verify", "app.yaml", "--require", "pull,logs", "--forbid", "wide"], 1, "False 2 0"),
        (&["verify", "nothing.yaml"], 1, "False 1 1"),
        (&["verify", "nothing.yaml", "--allow-nothing"], 0, "True 1 1"),
        (&["verify", "nothing.yaml", "--require", "pull"], 1, "False 1 1"),
        (&["verify", "nothing.yaml", "--task-group", "Nope"], 2, "False 0 1"),
        (&["verify", "missing.yaml"], 2, "False 0 1"),
        (&["verify", "--explain", "private-dns-off"], 0, "True 0 0"),
    ];
    for (arguments, code, said) in cases {
        assert_eq!(said.starts_with("True"), *code == 0);
        assert_eq!(read(&folder, arguments), (*code, (*said).to_owned()), "{arguments:?}");
    }
    let ours = root().join("out/tokyo.yaml");
    let (code, _) = read(&folder, &["verify", ours.to_str().unwrap(), "--require", "pull"]);
    assert_eq!(code, 0, "what is generated proves");
}

#[test]
fn findings_are_read_by_a_reader_of_sarif() {
    let folder = folder();
    let run = folder.run(&["verify", "app.yaml", "--format", "sarif"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    folder.write("log.sarif", &run.stdout);
    let path = folder.path().join("log.sarif");
    let read = python(&["-c", READ_SARIF, path.to_str().unwrap()]);
    let read = read.unwrap_or_else(|error| panic!("{error}"));
    for line in ["warning private-dns-off", "warning wide-task-egress", "note endpoint-egress"] {
        assert_eq!(read.lines().filter(|said| *said == line).count(), 1, "{line}\n{read}");
    }
    let run = folder.run(&["verify", "--explain", "private-dns-off", "--format", "sarif"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
}

#[test]
fn a_template_can_come_from_standard_input_and_once() {
    let folder = folder();
    let run = folder.run_with_input(&["verify", "-"], TEMPLATE);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stdout.contains("--> standard input:"), "{}", run.stdout);
    let run = folder.run_with_input(&["verify", "-", "-"], TEMPLATE);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("standard input is named twice"), "{}", run.stderr);
}

#[test]
fn everything_wrong_with_the_flags_is_said_at_once() {
    let folder = folder();
    let run = folder.run(&[
        "verify",
        "app.yaml",
        "--region",
        "ap-norteast-1",
        "--account",
        "12",
        "--existing",
        "s3,ecr-api,bogus",
        "--require",
        "pul",
        "--parameter",
        "Stage",
    ]);
    assert_eq!(run.code, 2);
    for said in [
        "did you mean `ap-northeast-1`?",
        "error[invalid-account-id]",
        "did you mean `ecr.api`?",
        "`--existing bogus` is no service that tasks are verified for",
        "did you mean `pull`?",
        "`--parameter Stage` is not NAME=VALUE",
    ] {
        assert!(run.stderr.contains(said), "{said}\n{}", run.stderr);
    }
    let run = folder.run(&["verify", "--explain", "private-dns-of"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("did you mean `private-dns-off`?"), "{}", run.stderr);
    assert_eq!(folder.run(&["verify"]).code, 2);
}

#[test]
fn a_group_that_is_named_has_to_be_one() {
    let folder = folder();
    let run = folder.run(&["verify", "app.yaml", "--task-group", "Task,EcrApi"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    for said in [
        "`--task-group Task` is no security group",
        "did you mean `Tasks`?",
        "`--task-group EcrApi` is no security group",
    ] {
        assert!(run.stderr.contains(said), "{said}\n{}", run.stderr);
    }
    for group in ["Tasks", "sg-0123456789abcdef0"] {
        let run = folder.run(&["verify", "app.yaml", "--task-group", group]);
        assert_eq!(run.code, 1, "{}", run.stderr);
        assert!(run.stdout.contains(&format!("a task that wears {group}")), "{}", run.stdout);
    }
}

/// A file that was emptied or renamed is no proof; a hook is given whatever templates there are.
#[test]
fn nothing_to_verify_is_no_proof() {
    let folder = folder();
    let verify = |more: &[&str]| folder.run(&[&["verify", "nothing.yaml"], more].concat());
    let run = verify(&["--diagram", "picture.svg"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    for said in ["warning[nothing-to-verify]", "--allow-nothing"] {
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
    assert!(!folder.path().join("picture.svg").exists(), "there is nothing to draw");
    assert_eq!(verify(&["--forbid", "wide"]).code, 1);
    let json: serde_json::Value =
        serde_json::from_str(&verify(&["--format", "json"]).stdout).unwrap();
    assert_eq!(json["ok"], false);

    let run = verify(&["--allow-nothing"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    assert!(run.stderr.contains("warning[nothing-to-verify]"), "{}", run.stderr);
    let run = verify(&["--allow-nothing", "--require", "pull"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("required pull: not proved"), "{}", run.stdout);
    let both = folder.run(&["verify", "nothing.yaml", "app.yaml"]);
    assert!(!both.stderr.contains("nothing-to-verify"), "{}", both.stderr);
}

#[test]
fn a_lock_that_is_broken_is_no_reason_not_to_verify() {
    let folder = folder();
    folder.write("egress.lock.json", "{");
    let run = folder.run(&["verify", "app.yaml"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("warning[lock-syntax]"), "{}", run.stderr);
    assert!(run.stdout.contains("warning[private-dns-off]"), "{}", run.stdout);
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let folder = folder();
    folder.write("egress.yaml", "stacks:\n  tokyo: {region: ap-northeast-1}\n");
    folder.write("README.md", "# A *title*\n*a*: [b\n");
    folder.write("brace.json", "{");
    folder.write("numbers.json", "[1, 2]");
    folder.write("text.json", "[\"a\"]");
    let values = "Parameters:\n  Pub: {Type: String, AllowedValues: [ENABLED, DISABLED]}\n";
    folder.write("values.yaml", format!("{values}Resources: {{}}\n"));
    for (arguments, expected) in [
        (&["values.yaml", "--parameter", "Pub=MAYBE"][..], "help: one of DISABLED, ENABLED\n"),
        (&["egress.yaml"], "generated from it: fargate-egress generate\n"),
        (&["README.md"], "or name another file\n"),
        (&["app.yaml", "--parameters", "brace.json"], ": the values are not JSON: EOF"),
        (&["app.yaml", "--parameters", "numbers.json"], ": found a number, expected values"),
        (&["app.yaml", "--parameters", "text.json"], ": found a text without `=`, expected"),
        (&["--explain", "private-dns-off", "--format", "sarif"], "`--explain` finds nothing, and"),
    ] {
        let run = folder.run(&[&["verify"], arguments].concat());
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(run.stderr.contains(expected), "{arguments:?}\n{}", run.stderr);
        assert!(!run.stderr.contains("nothing was written"), "{}", run.stderr);
    }
}

#[test]
fn nested_stacks_that_were_not_read_are_named() {
    let folder = folder();
    folder.write(
        "parent.yaml",
        "Resources:
  Network: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: ./cfn/network.yaml}}
  App: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: app.yaml}}
  Far: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: !Ref AWS::NoValue}}
",
    );
    let run = folder.run(&["verify", "parent.yaml"]);
    let expected = "not read, of `Network`, `App`, `Far`; name their files too: \
                    fargate-egress verify parent.yaml app.yaml network.yaml\n";
    assert!(run.stderr.contains(expected), "{}", run.stderr);
    folder.write("network.yaml", "Resources: {}\n");
    let run = folder.run(&["verify", "parent.yaml", "network.yaml"]);
    assert!(run.stderr.contains("not read, of `App`, `Far`; name"), "{}", run.stderr);
}

#[test]
fn subnets_that_are_not_given_are_many() {
    let folder = Folder::of_example();
    let config = "stacks:
  t:
    region: ap-northeast-1
    registries: [\"012345678901\"]
    endpoint: {security-group: sg-0a1b2c3d4e5f60713}
    endpoints: {ecr.api: existing, ecr.dkr: existing, s3: existing}
";
    folder.write("egress.yaml", config);
    let run = folder.run(&["generate"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = folder.run(&["verify", "out/t.yaml", "--evidence"]);
    assert!(!run.stdout.contains("the tasks' subnets is"), "{}", run.stdout);
    assert!(run.stdout.contains("the tasks' subnets are in ${VpcId}"), "{}", run.stdout);
}
