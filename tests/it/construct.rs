//! Constructs for the CDK: compiled, synthesised and deployed, they say what the YAML says.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fargate_egress::aws::Service;
use fargate_egress::config::{self, StackName};
use fargate_egress::diagnostic::Source;
use fargate_egress::lock;
use fargate_egress::plan::{Parameter, ParameterType, Plan, plan};
use rayon::prelude::*;
use serde_json::{Map, Value};

use crate::aws::Aws;
use crate::cdk::{cdk_synth, compile, execute, packages};
use crate::deploy::{Deployment, TOKYO, world};
use crate::matrix::{generate_with, modes};
use crate::support::{Folder, root};

/// Besides every mode: what differs between regions, what is there already, more endpoints, and text
/// that would mean something in TypeScript if it were not quoted.
const MORE: &str = r#"
  many:
    regions: [ap-northeast-1, us-east-1, eu-central-1]
    registries: ["012345678901"]
    services: [logs, secretsmanager, ssm, ssmmessages, kms, sts, xray, ecs-agent]
    endpoint: {egress: deny}
  slots:
    regions: [ap-northeast-1, us-east-1, eu-central-1]
    registries: ["012345678901"]
  attached:
    regions: [ap-northeast-1, us-east-1, eu-central-1]
    registries: ["012345678901"]
    endpoint: {egress: deny, ingress: task-security-group}
    endpoints: {ecr.api: existing, ecr.dkr: existing, s3: existing}
  existing:
    region: ap-northeast-1
    registries: ["012345678901"]
    endpoints: {ecr.api: existing, ecr.dkr: existing, s3: existing}
    endpoint: {security-group: sg-0a1b2c3d4e5f60713}
    network: {vpc: vpc-0a1b2c3d4e5f60718, cidrs: [10.0.0.0/16]}
  served:
    region: ap-northeast-1
    registries: ["012345678901"]
    services: [logs, ssmmessages, sts]
    endpoint: {egress: deny, ingress: task-security-group}
    network:
      vpc: vpc-0a1b2c3d4e5f60718
      subnets: [subnet-0a1b2c3d4e5f60711, subnet-0a1b2c3d4e5f60712]
      route-tables: [rtb-0a1b2c3d4e5f60711]
    tags: {owner: platform, "a:b": "22:22", account: "012345678901"}
  mounted:
    region: ap-northeast-1
    registries: ["012345678901"]
    task: {efs: [sg-0a1b2c3d4e5f60714, {parameter: EfsGroup}, {import: storage-group}]}
    endpoints: {ecr.api: existing}
  class:
    region: ap-northeast-1
    registries: ["012345678901"]
    network: {cidrs: [{parameter: vpc}, {parameter: Vpc}], subnets: [{parameter: Constructor}, {parameter: subnets}]}
    tags: {empty: "", "__proto__": "constructor", "日本 @": "a=b + c/d:e"}
  1st:
    region: ap-northeast-1
    registries: ["012345678901"]
    network: {vpc: {import: "a:b-c"}, cidrs: [{parameter: One}]}
    service-names: {s3: "com.amazonaws.ap-northeast-1.s3"}
"#;

/// Parameters that are items of lists, and their properties.
const ITEMS: [(&str, &str); 7] = [
    ("One", "one"),
    ("TableOne", "tableOne"),
    ("vpc", "vpcParameterParameter"),
    ("Vpc", "vpcParameter"),
    ("Constructor", "constructor"),
    ("subnets", "subnetsParameter"),
    ("EfsGroup", "efsGroup"),
];

fn plans(folder: &Folder) -> BTreeMap<StackName, Plan> {
    let source = Source::new("egress.yaml", folder.read("egress.yaml"));
    let config = config::parse(&source).unwrap();
    let lock = lock::parse(&folder.read("egress.lock.json")).unwrap();
    let stacks = config.stacks.iter();
    stacks
        .map(|(name, stack)| (name.clone(), plan(stack, &lock, &source, "test").unwrap().0))
        .collect()
}

/// The properties that make a construct of the parameters of the plan.
fn properties(plan: &Plan) -> String {
    let cidrs = plan.parameters.iter().filter(|each| each.kind == ParameterType::Cidr).count();
    // A parameter that is the VPC's only prefix is `vpcCidr`; in the modes there is another beside it.
    let is_only = cidrs == 1 && !plan.stack.to_string().starts_with("mode-");
    let item = |parameter: &Parameter| {
        let known = ITEMS.iter().find(|(known, _)| *known == parameter.name.as_str());
        known
            .filter(|_| parameter.kind != ParameterType::Cidr || !is_only)
            .map(|(_, property)| *property)
    };
    let cidr = plan
        .parameters
        .iter()
        .find(|each| each.kind == ParameterType::Cidr && item(each).is_none());
    let mut properties = String::new();
    let mut has_vpc = false;
    for parameter in &plan.parameters {
        let name = parameter.name.as_str();
        has_vpc |= parameter.kind == ParameterType::Vpc;
        let _ = match (parameter.kind, item(parameter)) {
            (ParameterType::Vpc, _) => {
                let cidr = cidr.map(|cidr| format!(", \"{}\"", cidr.name.as_str()));
                write!(properties, "vpc: given.vpc(\"{name}\"{}), ", cidr.unwrap_or_default())
            }
            (ParameterType::Cidr, Some(property)) => {
                write!(properties, "{property}: given.text(\"{name}\"), ")
            }
            (ParameterType::Cidr, None) => Ok(()),
            (ParameterType::Subnets, _) => {
                write!(properties, "subnets: given.subnets(\"{name}\"), ")
            }
            (ParameterType::Subnet, property) => {
                write!(properties, "{}: given.subnet(\"{name}\"), ", property.unwrap())
            }
            (ParameterType::RouteTables, _) => {
                write!(properties, "routeTables: given.routeTables(\"{name}\"), ")
            }
            (ParameterType::RouteTable, property) => {
                write!(properties, "{}: given.routeTable(\"{name}\"), ", property.unwrap())
            }
            (ParameterType::SecurityGroup, Some(property)) => {
                write!(properties, "{property}: given.group(\"{name}\"), ")
            }
            (ParameterType::SecurityGroup, None) => {
                write!(properties, "endpointSecurityGroup: given.group(\"{name}\"), ")
            }
        };
    }
    if let (false, Some(cidr)) = (has_vpc, cidr) {
        let _ = write!(properties, "vpcCidr: given.text(\"{}\"), ", cidr.name.as_str());
    }
    properties
}

/// A program that synthesises each plan's construct.
fn program(plans: &BTreeMap<StackName, Plan>) -> String {
    let mut program = "import { synthesise } from \"./given\";\n".to_owned();
    for (number, name) in plans.keys().enumerate() {
        let _ =
            writeln!(program, "import {{ EcrEgress as Egress{number} }} from \"./out/{name}\";");
    }
    program.push_str("synthesise([\n");
    for (number, (name, plan)) in plans.iter().enumerate() {
        let properties = properties(plan);
        let build = if properties.is_empty() {
            format!("(stack) => new Egress{number}(stack, \"Egress\")")
        } else {
            format!("(stack, given) => new Egress{number}(stack, \"Egress\", {{ {properties}}})")
        };
        let _ = writeln!(program, "  [\"{name}\", {build}],");
    }
    program.push_str("]);\n");
    program
}

/// The ids of a synthesised template, and those that the YAML has: without the construct's own id
/// before and the digest behind.
pub(crate) fn ids(synthesised: &Value) -> BTreeMap<String, String> {
    let sections = ["Resources", "Mappings", "Conditions", "Rules"];
    let names = sections.iter().filter_map(|section| synthesised[section].as_object());
    names
        .flat_map(Map::keys)
        .filter_map(|id| {
            let name = id.strip_prefix("Egress")?;
            let (name, digest) = name.split_at(name.len() - 8);
            assert!(digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
            Some((id.clone(), name.to_owned()))
        })
        .collect()
}

fn renamed(value: &Value, ids: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => ids.get(text).unwrap_or(text).as_str().into(),
        Value::Array(items) => items.iter().map(|item| renamed(item, ids)).collect(),
        Value::Object(entries) => entries
            .iter()
            .map(|(key, value)| (ids.get(key).unwrap_or(key).clone(), renamed(value, ids)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// A policy in which one action is a list of one, which is the same to IAM.
pub(crate) fn listed(policy: &Value) -> Value {
    let mut policy = policy.clone();
    for statement in policy["Statement"].as_array_mut().into_iter().flatten() {
        for key in ["Action", "Resource"] {
            if !statement[key].is_array() {
                statement[key] = Value::Array(vec![statement[key].take()]);
            }
        }
    }
    policy
}

/// What a template makes: everything but what describes it, and its outputs.
fn made(template: &Value) -> Value {
    let mut resources = template["Resources"].clone();
    for resource in resources.as_object_mut().unwrap().values_mut() {
        resource.as_object_mut().unwrap().remove("Metadata");
        if let Some(policy) = resource["Properties"].get_mut("PolicyDocument") {
            *policy = listed(policy);
        }
    }
    let parameters = template["Parameters"].as_object().into_iter().flat_map(Map::keys);
    serde_json::json!({
        "Resources": resources,
        "Mappings": template["Mappings"],
        "Conditions": template["Conditions"],
        "Rules": template["Rules"],
        "Parameters": parameters.collect::<Vec<_>>(),
        "Existing": template["Metadata"]["FargateEgress"]["Existing"],
    })
}

fn json(folder: &Folder, path: &str) -> Value {
    serde_json::from_str(&folder.read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What `verify` says of a template, without the places and with the ids of the YAML.
fn said(folder: &Folder, path: &str, region: &str, ids: &BTreeMap<String, String>) -> String {
    let run = folder.run(&["verify", path, "--region", region, "--format", "json", "--evidence"]);
    let mut report: Value = serde_json::from_str(&run.stdout).unwrap();
    report["files"].take();
    let mut text = sorted(&report).to_string();
    // The longest first: an id may begin with another.
    for (id, name) in ids.iter().rev() {
        text = text.replace(id.as_str(), name);
    }
    sorted(&serde_json::from_str(&text).unwrap()).to_string()
}

/// Without places, and with lists in an order of their own: the CDK has resources in another.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(sorted).collect();
            items.sort_by_key(Value::to_string);
            items.into()
        }
        Value::Object(entries) => entries
            .iter()
            .filter(|(key, _)| *key != "place")
            .map(|(key, value)| (key.clone(), sorted(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

/// One test, because compiling is most of it: everything is compiled once.
#[test]
fn constructs_say_and_make_what_the_yaml_does() {
    let example = std::fs::read_to_string(root().join("egress.yaml")).unwrap();
    let modes = modes();
    let modes = modes.strip_prefix("stacks:\n").unwrap();
    let config = format!("{example}{modes}{}", MORE.trim_start_matches('\n'));
    let folder = generate_with(&config, &["--emit", "yaml,json,cdk"]);
    let plans = plans(&folder);
    assert_eq!(plans.len(), 106);
    folder.write("app.ts", program(&plans));
    compile(&folder).unwrap_or_else(|error| panic!("{error}"));
    execute(&folder, "app.js").unwrap_or_else(|error| panic!("{error}"));
    plans.par_iter().for_each(|(_, plan)| same(&folder, plan));
    deploys(&folder);
    uses(&folder);
}

/// With no flag of the CDK and with all of them, what is synthesised makes what the YAML makes; and it
/// is judged as that is, in some of the modes, because judging takes longer than comparing.
fn same(folder: &Folder, plan: &Plan) {
    let stack = &plan.stack;
    let expected = made(&json(folder, &format!("out/{stack}.json")));
    for flags in ["plain", "flags"] {
        let path = format!("{flags}/stack-{stack}.template.json");
        let synthesised = json(folder, &path);
        let ids = ids(&synthesised);
        let found = made(&renamed(&synthesised, &ids));
        for (section, expected) in expected.as_object().unwrap() {
            assert_eq!(found[section], *expected, "{section} of {path}");
        }
        let mode = stack.to_string().strip_prefix("mode-").map(|number| number.parse().unwrap());
        if flags == "plain" && mode.is_none_or(|mode: usize| mode.is_multiple_of(7)) {
            let region = plan.regions[0].name;
            let yaml = said(folder, &format!("out/{stack}.yaml"), region, &BTreeMap::new());
            assert_eq!(said(folder, &path, region, &ids), yaml, "{path}");
        }
    }
}

fn deploys(folder: &Folder) {
    let aws = Aws::start();
    let region = "ap-northeast-1";
    let on = |stack, region, given| Deployment {
        aws: &aws,
        folder,
        stack,
        region,
        given,
        synthesised: true,
    };
    for (stack, given) in [("tokyo", &[][..]), ("tokyo-by-group", TOKYO), ("served", &[])] {
        let deployment = on(stack, region, given);
        deployment.deployed();
        deployment.delete();
    }
    on("existing", region, &[]).deployed();
    let frankfurt = world("eu-central-1");
    let frankfurt: Vec<(&str, &str)> =
        frankfurt.iter().map(|(name, value)| (*name, value.as_str())).collect();
    on("slots", region, TOKYO).deployed();
    on("slots", "eu-central-1", &frankfurt).deployed();
}

/// An app that owns constructs, synthesised without a warning.
fn uses(folder: &Folder) {
    let said = cdk_synth(folder, "use.js").unwrap_or_else(|error| panic!("{error}"));
    for refusal in [
        "elsewhere/Egress has the prefixes and prefix lists of ap-northeast-1, and not of us-east-1",
        "the route table of bare/Subnet is not known: give `routeTables`",
    ] {
        assert!(said.lines().any(|line| line == refusal), "{said}");
    }
    let template = |name: &str| json(folder, &format!("cdk.out/{name}.template.json"));
    let of_type = |template: &Value, kind: &str| -> Vec<Value> {
        let resources = template["Resources"].as_object().unwrap().values();
        resources
            .filter(|resource| resource["Type"] == format!("AWS::EC2::{kind}"))
            .map(|resource| resource["Properties"].clone())
            .collect()
    };
    let count = |value: &Value| value.as_array().unwrap().len();

    // The CDK adds no group and no rule for the service, and a VPC's subnets are taken as it has them.
    let whole = template("whole");
    assert_eq!(of_type(&whole, "SecurityGroup").len(), 2);
    for kind in ["SecurityGroupIngress", "SecurityGroupEgress"] {
        assert_eq!(of_type(&whole, kind), Vec::<Value>::new());
    }
    for endpoint in of_type(&whole, "VPCEndpoint") {
        match endpoint["VpcEndpointType"].as_str().unwrap() {
            "Interface" => assert_eq!(count(&endpoint["SubnetIds"]), 2),
            _ => assert_eq!(count(&endpoint["RouteTableIds"]), 4),
        }
    }
    let proved = ["--require", "pull", "--forbid", "wide", "--region", "ap-northeast-1"];
    for name in ["whole", "more"] {
        let path = format!("cdk.out/{name}.template.json");
        let run = folder.run(&[&["verify", &path], &proved[..]].concat());
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        assert!(run.stdout.starts_with("service Service"), "{}", run.stdout);
        assert_eq!(run.stdout.contains("wide-task-egress"), name == "more", "{}", run.stdout);
    }
    // What the app adds itself is added.
    let more = template("more");
    assert_eq!(of_type(&more, "SecurityGroupEgress").len(), 1);
    assert_eq!(of_type(&more, "SecurityGroupIngress").len(), 2);

    let two = template("two");
    assert_eq!(two["Metadata"]["Mine"], 1);
    let existing = serde_json::json!(["logs", "ecr.api", "ecr.dkr", "s3"]);
    assert_eq!(two["Metadata"]["FargateEgress"]["Existing"], existing);
    assert_eq!(of_type(&two, "SecurityGroup").len(), 4);

    for endpoint in of_type(&template("other"), "VPCEndpoint") {
        let (list, id) = match endpoint["VpcEndpointType"].as_str().unwrap() {
            "Interface" => ("SubnetIds", "subnet-0b1b2c3d4e5f60711"),
            _ => ("RouteTableIds", "rtb-0b1b2c3d4e5f60711"),
        };
        assert_eq!(endpoint[list], serde_json::json!([id]));
        assert!(endpoint["VpcId"].is_object(), "{endpoint}");
    }
}

/// The services of the CDK's table by the arguments that make them: a name alone, or with a port.
fn services_of_the_cdk() -> Vec<String> {
    let table = packages().join("aws-cdk-lib/aws-ec2/lib/vpc-endpoint.js");
    let table = std::fs::read_to_string(table).unwrap();
    let made = table.split("new InterfaceVpcEndpointAwsService(").skip(1);
    made.filter_map(|made| {
        let arguments: Vec<&str> = made.split_once(')')?.0.split(',').collect();
        let as_usual = matches!(arguments[..], [_] | [_, r#""""#, _]);
        as_usual.then(|| arguments[0].trim_matches('"').to_owned())
    })
    .collect()
}

#[test]
fn the_services_that_are_known_are_those_of_the_cdk() {
    let listed = std::fs::read_to_string(root().join("src/aws/endpoint-services.txt")).unwrap();
    let of_the_cdk = services_of_the_cdk();
    assert!(of_the_cdk.len() > 300, "{of_the_cdk:?}");
    for name in &of_the_cdk {
        assert!(name.parse::<Service>().unwrap().is_listed(), "{name} is new in the CDK");
    }
    for name in listed.lines() {
        assert!(of_the_cdk.iter().any(|known| known == name), "{name} is not in the CDK any more");
    }
}
