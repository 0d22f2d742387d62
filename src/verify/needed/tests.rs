use serde_json::{Value as Json, json};

use super::*;
use crate::cloudformation::Given;

fn try_of(region: Option<&str>, files: &[(&str, String)]) -> Result<Needed, Vec<Diagnostic>> {
    let sources = files.iter().map(|(name, text)| Source::new(*name, text.as_str())).collect();
    let given = Given { region: region.and_then(Region::named), ..Given::default() };
    let (world, said) = World::of_task_definitions(sources, given)?;
    assert!(said.is_empty(), "{said:?}");
    needed(world)
}

fn of(files: &[(&str, String)]) -> Needed {
    try_of(None, files).unwrap_or_else(|wrong| panic!("{wrong:#?}"))
}

/// A task definition with these containers, as the API has it.
fn definition(containers: &[Json]) -> Vec<(&'static str, String)> {
    let definition = json!({"family": "f", "containerDefinitions": containers});
    vec![("td.json", definition.to_string())]
}

fn names<K: ToString, V>(map: &BTreeMap<K, V>) -> Vec<String> {
    map.keys().map(ToString::to_string).collect()
}

fn codes(needed: &Needed) -> Vec<&'static str> {
    needed.said.iter().map(|one| one.code.name()).collect()
}

const IMAGE: &str = "012345678901.dkr.ecr.ap-northeast-1.amazonaws.com/a:1";

/// A container's parts, each with the service that it needs.
fn parts() -> Vec<(&'static str, Json)> {
    let arn =
        |service: &str, rest: &str| format!("arn:aws:{service}:ap-northeast-1:012345678901:{rest}");
    let firelens = |plugin: &str| json!({"logConfiguration": {"logDriver": "awsfirelens", "options": {"name": plugin}}});
    let secret = |value: String| json!({"secrets": [{"name": "A", "valueFrom": value}]});
    vec![
        ("logs", json!({"logConfiguration": {"logDriver": "awslogs"}})),
        ("logs", firelens("cloudwatch_logs")),
        ("kinesis-firehose", firelens("Firehose")),
        ("kinesis-streams", firelens("kinesis_streams")),
        ("secretsmanager", secret(arn("secretsmanager", "secret:a"))),
        ("ssm", secret(arn("ssm", "parameter/a"))),
        ("ssm", secret("plain-name".to_owned())),
        (
            "secretsmanager",
            json!({"repositoryCredentials": {"credentialsParameter": arn("secretsmanager", "secret:b")}}),
        ),
        (
            "ssm",
            json!({"logConfiguration": {"logDriver": "awslogs", "secretOptions":
                [{"name": "A", "valueFrom": arn("ssm", "parameter/a")}]}}),
        ),
        ("xray", json!({"image": IMAGE.replace("/a:1", "/team/aws-xray-daemon:3")})),
    ]
}

fn container(part: &Json) -> Json {
    let mut container = json!({"name": "c", "image": IMAGE});
    container.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
    container
}

/// Parts together need what each of them needs, and nothing else.
#[test]
fn what_containers_need_is_what_each_of_them_needs() {
    let parts = parts();
    let alone = |part: &Json| names(&of(&definition(&[container(part)])).services);
    for (service, part) in &parts {
        assert!(alone(part).contains(&(*service).to_owned()), "{part} {:?}", alone(part));
    }
    // All of them, none, and every two.
    let sets = (0..parts.len()).flat_map(|a| (a..parts.len()).map(move |b| vec![a, b]));
    for set in sets.chain([Vec::new(), (0..parts.len()).collect()]) {
        let chosen: Vec<&Json> = set.iter().map(|n| &parts[*n].1).collect();
        let union: BTreeSet<String> = chosen.iter().flat_map(|part| alone(part)).collect();
        let all: Vec<Json> = chosen.into_iter().map(container).collect();
        let together = of(&definition(&all));
        assert_eq!(names(&together.services), union.into_iter().collect::<Vec<_>>());
        assert_eq!(
            together.region.map(|region| region.name),
            (!all.is_empty()).then_some("ap-northeast-1")
        );
    }
}

#[test]
fn registries_are_read_from_every_host_of_them() {
    for (host, region) in [
        ("012345678901.dkr.ecr.us-east-1.amazonaws.com", "us-east-1"),
        ("012345678901.dkr.ecr.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("012345678901.dkr.ecr.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
        ("012345678901.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("012345678901.dkr-ecr.us-east-2.on.aws", "us-east-2"),
        ("012345678901.dkr-ecr-fips.us-gov-east-1.on.aws", "us-gov-east-1"),
    ] {
        let image = format!("{host}/a@sha256:{}", "0".repeat(64));
        let needed = of(&definition(&[json!({"name": "c", "image": image})]));
        assert_eq!(names(&needed.registries), ["012345678901"]);
        assert_eq!(needed.region.unwrap().name, region);
        let doubt = !host.contains(".dkr.ecr.");
        assert_eq!(codes(&needed) == ["registry-host"], doubt, "{host} {:?}", codes(&needed));
    }
}

#[test]
fn what_no_endpoint_leads_to_is_said_and_not_counted() {
    let table = [
        (json!({"image": "nginx"}), "image-outside-ecr"),
        (json!({"image": "public.ecr.aws/nginx/nginx:1"}), "image-outside-ecr"),
        (json!({"image": null}), "unseen"),
        (
            json!({"environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::b/f.env"}]}),
            "policy-misses-object",
        ),
        (
            json!({"firelensConfiguration": {"type": "fluentbit", "options":
                {"config-file-type": "s3", "config-file-value": "arn:aws:s3:::b/f.conf"}}}),
            "policy-misses-object",
        ),
        (json!({"logConfiguration": {"logDriver": "splunk"}}), "unseen"),
        (json!({"logConfiguration": {"logDriver": "awsfirelens"}}), "unseen"),
        (
            json!({"logConfiguration": {"logDriver": "awsfirelens", "options": {"Name": "datadog"}}}),
            "unseen",
        ),
        (
            json!({"logConfiguration": {"logDriver": "awsfirelens", "options": {"Name": "s3", "bucket": "b"}}}),
            "policy-misses-object",
        ),
        (
            json!({"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-region": "us-east-9"}}}),
            "unknown-region",
        ),
    ];
    for (part, code) in table {
        let needed = of(&definition(&[container(&part)]));
        assert_eq!(codes(&needed), [code], "{part}");
        let is_logs = code == "unknown-region";
        assert_eq!(names(&needed.services).len(), usize::from(is_logs), "{part}");
    }
}

#[test]
fn a_region_that_is_given_counts_and_what_is_elsewhere_is_left_out() {
    let elsewhere = json!({"name": "a", "image": IMAGE.replace("ap-northeast-1", "us-east-1"),
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-region": "us-east-1"}}});
    let files = definition(&[elsewhere, container(&json!({}))]);
    let wrong = try_of(None, &files).unwrap_err();
    assert_eq!(wrong[0].code, Code::SeveralRegions);
    assert!(wrong[0].message.contains("`ap-northeast-1`, `us-east-1`"), "{}", wrong[0].message);
    assert_eq!(wrong[0].related.len(), 1);
    let needed = try_of(Some("ap-northeast-1"), &files).unwrap();
    assert_eq!(codes(&needed), ["image-other-region", "service-other-region"]);
    assert!(needed.services.is_empty());
    assert_eq!(names(&needed.registries), ["012345678901"]);
    // A region that nothing speaks of leaves nothing.
    let needed = try_of(Some("eu-west-1"), &files).unwrap();
    assert!(needed.registries.is_empty());
}

fn template(parameters: &str, container: &str) -> Vec<(&'static str, String)> {
    let text = format!(
        "Parameters: {{{parameters}}}\nConditions:\n  Prod: !Equals [!Ref P, prod]\n  Tokyo: !Equals [!Ref AWS::Region, us-west-2]\n\
         Resources:\n  Secret: {{Type: AWS::SecretsManager::Secret, Properties: {{KmsKeyId: k}}}}\n  \
         Parameter: {{Type: AWS::SSM::Parameter, Properties: {{}}}}\n  D:\n    Type: AWS::ECS::TaskDefinition\n    \
         Properties:\n      RequiresCompatibilities: [FARGATE]\n      ContainerDefinitions:\n        - Name: c\n          {container}\n"
    );
    vec![("app.yaml", text)]
}

#[test]
fn intrinsics_are_followed_and_what_is_unknown_is_said() {
    const P: &str = "P: {Type: String}";
    let image = format!("Image: {IMAGE}\n          ");
    let secrets = |value: &str| format!("{image}Secrets: [{{Name: A, ValueFrom: {value}}}]");
    let services = |container: &str| {
        let needed = of(&template(P, container));
        (names(&needed.services), codes(&needed))
    };
    let none: Vec<String> = Vec::new();
    let both = vec!["kms".to_owned(), "secretsmanager".to_owned()];
    assert_eq!(services(&secrets("!Ref Secret")), (both.clone(), vec![]));
    assert_eq!(services(&secrets("!Sub \"${Secret}:user::\"")), (both, vec![]));
    assert_eq!(services(&secrets("!Ref Parameter")), (vec!["ssm".to_owned()], vec![]));
    assert_eq!(services(&secrets("!Ref P")), (none.clone(), vec!["unseen"]));
    // What a condition decides counts, whichever way it turns out.
    let driver = "LogConfiguration: {LogDriver: !If [Prod, awslogs, splunk]}";
    assert_eq!(services(&format!("{image}{driver}")), (vec!["logs".to_owned()], vec!["unseen"]));
    // An image that is a parameter, and one whose account and region are the deployment's.
    let needed = of(&template(P, "Image: !Ref P"));
    assert_eq!((names(&needed.registries), codes(&needed)), (none.clone(), vec!["unseen"]));
    let own = "Image: !Sub \"${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/a\"";
    let needed = of(&template(P, own));
    assert_eq!((needed.unknown_registries.len(), needed.region), (1, None));
    // That a condition compares the region with one is no sign of it.
    let image = "Image: !Sub [\"${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/${X}\", {X: !If [Tokyo, a, b]}]";
    assert_eq!(of(&template(P, image)).region, None);
}

#[test]
fn files_without_a_definition_for_fargate_are_named() {
    let network = ("network.yaml", "Resources: {V: {Type: AWS::EC2::VPC}}".to_owned());
    let mut files = definition(&[container(&json!({}))]);
    files.push(network.clone());
    let needed = of(&files);
    assert_eq!(codes(&needed), ["unused-input"]);
    assert!(needed.said[0].message.contains("network.yaml"));
    let ec2 =
        json!({"family": "f", "requiresCompatibilities": ["EC2"], "containerDefinitions": []});
    for files in [vec![network], vec![("ec2.json", ec2.to_string())]] {
        assert_eq!(try_of(None, &files).unwrap_err()[0].code, Code::NotTaskDefinition);
    }
}

/// Whatever the API's JSON is mistaken for, there is an answer.
#[test]
fn other_files_are_refused_with_a_place() {
    for text in [
        "[{\"name\": \"c\"}]",
        "[]",
        "{}",
        "5",
        "x",
        "{\"taskDefinitionArns\": []}",
        "{\"taskDefinition\": 5}",
        "{\"taskDefinition\": []}",
        "{\"family\": \"f\", \"containerDefinitions\": {}}",
        "{\"family\": \"f\", \"containerDefinitions\": [5]}",
        "{\"family\": \"f\", \"volumes\": [[]]}",
        "ContainerDefinitions: []",
    ] {
        let wrong = try_of(None, &[("x.json", text.to_owned())]).unwrap_err();
        assert!(wrong.iter().all(|one| one.code == Code::NotTaskDefinition), "{text} {wrong:#?}");
        assert!(wrong.iter().all(|one| one.primary.is_some() && !one.help.is_empty()), "{text}");
    }
    for text in ["", "{", "{\"family\": \"f\", \"family\": \"g\"}", "{\"family\":"] {
        assert!(try_of(None, &[("x.json", text.to_owned())]).is_err(), "{text}");
    }
    // What is nothing is left out.
    let empty = "{\"taskDefinition\": {\"family\": null, \"containerDefinitions\": null, \"volumes\": null}}";
    assert_eq!(codes(&of(&[("x.json", empty.to_owned())])), ["unseen"]);
}

/// A file that was cut short, anywhere, is refused or read, and never more than that.
#[test]
fn no_cut_of_a_file_is_too_much() {
    let parts: Vec<Json> = parts().iter().map(|(_, part)| container(part)).collect();
    let json = json!({"taskDefinition": {"family": "f", "containerDefinitions": parts,
        "volumes": [{"efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]}});
    let json = format!("{json:#}");
    let yaml = &template("P: {Type: String}", "Image: !Sub \"${P}/ü\"")[0].1;
    for text in [&json, yaml] {
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)).step_by(7) {
            let _ = try_of(None, &[("cut", text[..at].to_owned())]);
        }
    }
}

#[test]
fn a_definition_may_have_a_hundred_containers() {
    let containers: Vec<Json> = (0..100)
        .map(|n| {
            let image = IMAGE.replace("012345678901", &format!("{}", 111_122_223_333_u64 + n));
            json!({"name": format!("c{n}"), "image": image, "logConfiguration": {"logDriver": "awslogs"}})
        })
        .collect();
    let needed = of(&definition(&containers));
    assert_eq!(needed.registries.len(), 100);
    assert_eq!(needed.services.values().map(BTreeSet::len).collect::<Vec<_>>(), [100]);
}
