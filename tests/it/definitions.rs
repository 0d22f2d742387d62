//! `init --from-task-definition`: what is found is what is needed, from a file to a proof.

use serde_json::{Value, json};

use crate::support::{Folder, Run};

const IMAGE: &str = "012345678901.dkr.ecr.ap-northeast-1.amazonaws.com/web:1";

fn init(folder: &Folder, arguments: &[&str]) -> Run {
    folder.run(&[&["init", "--force"], arguments].concat())
}

/// Parts of a task definition in a template, each with the leg of `verify` that it makes; parts of
/// the container, of the definition and of the service, and what else the template has.
fn parts() -> Vec<(&'static str, [Value; 4])> {
    let arn =
        |service: &str, rest: &str| format!("arn:aws:{service}:ap-northeast-1:012345678901:{rest}");
    let container = |part: Value| [part, json!({}), json!({}), json!({})];
    let secret = |value: Value| json!({"Secrets": [{"Name": "A", "ValueFrom": value}]});
    let key = json!({"Secret": {"Type": "AWS::SecretsManager::Secret",
        "Properties": {"KmsKeyId": "alias/own"}}});
    let volumes = json!({"Volumes": [{"Name": "data",
        "EFSVolumeConfiguration": {"FilesystemId": "fs-0a1b2c3d4e5f60718"}}]});
    vec![
        (
            "logs",
            container(json!({"LogConfiguration": {"LogDriver": "awslogs", "Options":
                {"awslogs-group": "web", "awslogs-region": {"Ref": "AWS::Region"}}}})),
        ),
        ("secrets", container(secret(json!(arn("secretsmanager", "secret:web-a1b2c3"))))),
        (
            "secrets",
            container(json!({"RepositoryCredentials":
                {"CredentialsParameter": arn("secretsmanager", "secret:registry-a1b2c3")}})),
        ),
        ("parameters", container(secret(json!("/web/mode")))),
        ("kms", [secret(json!({"Ref": "Secret"})), json!({}), json!({}), key]),
        ("exec", [json!({}), json!({}), json!({"EnableExecuteCommand": true}), json!({})]),
        ("efs", [json!({}), volumes, json!({}), json!({})]),
    ]
}

fn merge(into: &mut Value, from: &Value) {
    let (Value::Object(into), Value::Object(from)) = (into, from) else { panic!("no mapping") };
    into.extend(from.clone());
}

/// The template of a service that runs what these parts make, in the group of the stack.
fn app(parts: &[&[Value; 4]]) -> String {
    let role = "arn:aws:iam::012345678901:role/web";
    let mut containers = Vec::new();
    let mut definition = json!({"RequiresCompatibilities": ["FARGATE"], "NetworkMode": "awsvpc",
        "Cpu": "256", "Memory": "512", "ExecutionRoleArn": role, "TaskRoleArn": role});
    let mut service = json!({"LaunchType": "FARGATE", "TaskDefinition": {"Ref": "Definition"},
        "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": {"Ref": "Subnets"},
            "SecurityGroups": [{"Fn::ImportValue": "ap-northeast-1-TaskSecurityGroupId"}]}}});
    let mut resources = json!({});
    for [container, of_definition, of_service, others] in parts {
        let mut one = json!({"Name": format!("c{}", containers.len()), "Image": IMAGE});
        merge(&mut one, container);
        containers.push(one);
        merge(&mut definition, of_definition);
        merge(&mut service, of_service);
        merge(&mut resources, others);
    }
    definition["ContainerDefinitions"] = containers.into();
    resources["Definition"] = json!({"Type": "AWS::ECS::TaskDefinition", "Properties": definition});
    resources["Service"] = json!({"Type": "AWS::ECS::Service", "Properties": service});
    json!({
        "Parameters": {"Subnets": {"Type": "List<AWS::EC2::Subnet::Id>"}},
        "Resources": resources,
    })
    .to_string()
}

/// Resolves as the program says to: with what `dig` prints for the hosts that it names.
fn resolve_as_told(folder: &Folder) {
    let run = folder.run(&["resolve", "--snapshot"]);
    if run.code == 0 {
        return;
    }
    let (_, told) = run.stderr.split_once("dig +noall +answer ").expect("hosts to look up");
    let (hosts, rest) = told.split_once(" > answers.txt").unwrap();
    assert!(rest.contains("fargate-egress resolve --snapshot --answers answers.txt"), "{rest}");
    let answers: String =
        hosts.split(' ').map(|host| format!("{host}. 60 IN A 52.192.36.247\n")).collect();
    folder.write("answers.txt", answers);
    let run = folder.run(&["resolve", "--snapshot", "--answers", "answers.txt"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

/// For whatever `verify` says that a definition needs, `init` writes a config whose template lets
/// tasks reach it.
#[test]
fn what_init_writes_for_a_definition_makes_every_leg_of_it_reachable() {
    let parts = parts();
    let everything: Vec<&[Value; 4]> = parts.iter().map(|(_, part)| part).collect();
    let alone = parts.iter().map(|(leg, part)| (vec![*leg], vec![part]));
    let all = (parts.iter().map(|(leg, _)| *leg).collect(), everything);
    for (legs, parts) in alone.chain([all]) {
        let folder = Folder::new();
        folder.write("app.json", app(&parts));
        let run = init(&folder, &["--from-task-definition", "app.json"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        resolve_as_told(&folder);
        let run = folder.run(&["generate"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let verify = ["verify", "out/ap-northeast-1.yaml", "app.json", "--format", "json"];
        let run = folder.run(&verify);
        let verified: Value = serde_json::from_str(&run.stdout).unwrap();
        let mut found = Vec::new();
        for task in verified["scenarios"][0]["tasks"].as_array().unwrap() {
            for leg in task["legs"].as_array().unwrap() {
                let need = leg["need"].as_str().unwrap();
                assert_eq!(leg["verdict"], "reachable", "{legs:?}: {need}\n{leg:#}");
                found.push(need.to_owned());
            }
        }
        for leg in ["registry-auth", "manifest", "layers"].iter().chain(&legs) {
            assert!(found.contains(&(*leg).to_owned()), "{leg} is not in {found:?}");
        }
    }
}

/// The keys of the API for those of a template.
fn as_the_api_has_it(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(as_the_api_has_it).collect(),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| {
                let name = match key.as_str() {
                    "EFSVolumeConfiguration" => "efsVolumeConfiguration".to_owned(),
                    "FilesystemId" => "fileSystemId".to_owned(),
                    key => key[..1].to_lowercase() + &key[1..],
                };
                // The keys of options are the user's.
                let value = if key == "Options" { value.clone() } else { as_the_api_has_it(value) };
                (name, value)
            });
            Value::Object(fields.collect())
        }
        other => other.clone(),
    }
}

/// What was found, without the places.
fn found(run: &Run) -> Vec<(String, String, Vec<String>)> {
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let found = report["found"].as_array().unwrap().iter();
    found
        .map(|one| {
            let reasons = one["reasons"].as_array().unwrap().iter();
            (text(&one["kind"]), text(&one["name"]), reasons.map(|why| text(&why["why"])).collect())
        })
        .collect()
}

#[test]
fn a_definition_is_the_same_as_the_api_prints_it_and_in_a_template() {
    // What stands beside the definition, and intrinsic functions, are a template's only.
    let parts: Vec<[Value; 4]> = parts().into_iter().map(|(_, part)| part).collect();
    let parts: Vec<&[Value; 4]> = parts
        .iter()
        .filter(|part| {
            part[2] == json!({}) && part[3] == json!({}) && !part[0].to_string().contains("Ref")
        })
        .collect();
    assert!(parts.len() >= 4);
    let app: Value = serde_json::from_str(&app(&parts)).unwrap();
    let mut definition = as_the_api_has_it(&app["Resources"]["Definition"]["Properties"]);
    definition["family"] = json!("Definition");
    let folder = Folder::new();
    folder.write("app.json", app.to_string());
    folder.write("described.json", json!({"taskDefinition": definition, "tags": []}).to_string());
    folder.write("bare.json", definition.to_string());
    folder.write("bom.json", format!("\u{feff}{definition:#}"));
    folder.write("bare.yaml", serde_yaml::to_string(&definition).unwrap());
    let of =
        |file: &str| found(&init(&folder, &["--from-task-definition", file, "--format", "json"]));
    let in_a_template = of("app.json");
    assert!(in_a_template.iter().any(|(kind, ..)| kind == "file system"));
    for file in ["described.json", "bare.json", "bom.json", "bare.yaml"] {
        assert_eq!(of(file), in_a_template, "{file}");
    }
    let input = folder.read("described.json");
    let flags = ["init", "--force", "--format", "json", "--from-task-definition", "-"];
    assert_eq!(found(&folder.run_with_input(&flags, &input)), in_a_template);
}

fn definition(family: &str, images: &[&str]) -> String {
    let containers: Vec<Value> = images
        .iter()
        .map(|image| {
            json!({"name": family, "image": image, "logConfiguration": {"logDriver": "awslogs"}})
        })
        .collect();
    json!({"family": family, "containerDefinitions": containers}).to_string()
}

#[test]
fn several_definitions_come_to_one_config_whatever_their_order() {
    let folder = Folder::new();
    folder.write("a.json", definition("a", &[IMAGE]));
    folder.write("b.json", definition("b", &[&IMAGE.replace("012345678901", "111122223333")]));
    let names = |order: [&str; 2]| {
        let flags = order.map(|file| ["--from-task-definition", file]).concat();
        let run = init(&folder, &[&flags[..], &["--account", "111122223333"]].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        let config = folder.read("egress.yaml");
        let lines = config.lines().map(|line| line.split(" #").next().unwrap().to_owned());
        lines.collect::<Vec<String>>()
    };
    let first = names(["a.json", "b.json"]);
    assert_eq!(first, names(["b.json", "a.json"]));
    // Accounts of the command line come first, and none comes twice.
    let accounts: Vec<&String> = first.iter().filter(|line| line.contains("- \"")).collect();
    assert_eq!(accounts, ["      - \"111122223333\"", "      - \"012345678901\""]);
}

#[test]
fn what_the_files_do_not_tell_is_asked_for_and_nothing_is_written() {
    let folder = Folder::new();
    let own = "Resources: {D: {Type: AWS::ECS::TaskDefinition, Properties: {RequiresCompatibilities: [FARGATE], \
               ContainerDefinitions: [{Name: web, Image: !Sub \"${AWS::AccountId}.dkr.ecr.us-east-1.amazonaws.com/web\"}]}}}";
    folder.write("own.yaml", own);
    folder.write("nginx.json", definition("a", &["nginx"]));
    folder.write("here.json", definition("a", &[IMAGE]));
    folder.write("there.json", definition("b", &[&IMAGE.replace("ap-northeast-1", "us-east-1")]));
    folder.write("list.json", "[]");
    folder.write("empty.json", "");
    folder.write("braces.json", "{}");
    let before = folder.files();
    let from = "--from-task-definition";
    for (arguments, said) in [
        (vec![from, "own.yaml"], "error[missing-flag]: `--account`"),
        (vec![from, "nginx.json"], "error[missing-flag]: `--region`"),
        (vec![from, "nginx.json"], "warning[image-outside-ecr]"),
        (vec![from, "nginx.json", "--region", "us-east-1"], "error[missing-flag]: `--account`"),
        (vec![from, "here.json", from, "there.json"], "`ap-northeast-1`, `us-east-1`"),
        (vec![from, "here.json", from, "here.json"], "error[duplicate-entry]"),
        (vec![from, "list.json"], "error[not-task-definition]"),
        (
            vec![from, "empty.json"],
            "error[not-task-definition]: found an empty file, expected a template or a task definition",
        ),
        (vec![from, "empty.json"], "help: aws ecs describe-task-definition"),
        (
            vec![from, "braces.json"],
            "found an empty mapping, expected a template or a task definition",
        ),
        // What to type is what was typed and what is missing.
        (
            vec![from, "nginx.json", "--vpc", "vpc-0a1b2c3d4e5f60718"],
            "help: fargate-egress init --from-task-definition nginx.json --region ap-northeast-1 --vpc vpc-0a1b2c3d4e5f60718 --force\n",
        ),
        (
            vec![from, "nginx.json", "--region", "us-east-1"],
            "help: fargate-egress init --from-task-definition nginx.json --region us-east-1 --account 012345678901 --force\n",
        ),
        (
            vec!["--cidr", "10.0.0.0/16", "--stack", "a"],
            "help: fargate-egress init --region ap-northeast-1 --account 012345678901 --stack a --cidr 10.0.0.0/16 --force\n",
        ),
        (vec![from, "gone.json"], "error[file-missing]"),
        (vec![from, "here.json", "--region", "us-esat-1"], "error[unknown-region]"),
    ] {
        let run = init(&folder, &arguments);
        assert_eq!(run.code, 2, "{arguments:?}\n{}", run.stderr);
        assert!(run.stderr.contains(said), "{arguments:?}\n{}", run.stderr);
        assert_eq!(folder.files(), before, "{arguments:?}");
    }
    // With what is asked for it is written.
    let run = init(&folder, &[from, "own.yaml", "--account", "012345678901"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(folder.read("egress.yaml").contains("region: us-east-1"));
}

#[test]
fn newer_regions_get_the_endpoints_of_ecs_and_others_do_not() {
    let folder = Folder::new();
    for (region, services) in [("ca-west-1", 3), ("mx-central-1", 3), ("us-east-1", 0)] {
        let run = init(&folder, &["--region", region, "--account", "012345678901"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let config = folder.read("egress.yaml");
        let named = ["- ecs #", "- ecs-agent #", "- ecs-telemetry #"];
        assert_eq!(named.iter().filter(|name| config.contains(**name)).count(), services);
    }
}

/// What AWS does not document for a partition has to be added, which is no reason to write nothing.
#[test]
fn a_config_that_needs_more_than_is_known_is_written_and_says_what() {
    let folder = Folder::new();
    folder
        .write("cn.json", definition("a", &["012345678901.dkr.ecr.cn-north-1.amazonaws.com.cn/a"]));
    let run = init(&folder, &["--from-task-definition", "cn.json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("warning[unconfirmed-fact]"), "{}", run.stderr);
    assert!(run.stdout.contains("add to egress.yaml what is said above"), "{}", run.stdout);
    let config = folder.read("egress.yaml");
    folder.write("egress.yaml", config + "    layer-bucket: prod-cn-north-1-starport-layer-bucket\n    s3-prefix-list: pl-0a1b2c3d4e5f60719\n    endpoint: {egress: deny}\n");
    assert_eq!(folder.run(&["resolve", "--snapshot"]).code, 0);
    let run = folder.run(&["generate"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}
