//! Tests of everything that runs tasks.

use serde_json::{Value as Json, json};

use crate::cloudformation::{Made, Value};
use crate::truth::Truth;
use crate::verify::network::templates::network;
use crate::verify::network::{Network, Task};

fn awsvpc(key: &str) -> Json {
    json!({key: {"Subnets": [{"Ref": "S"}], "SecurityGroups": ["sg-1"],
        "AssignPublicIp": "ENABLED"}})
}

fn with(mut resources: Json, id: &str, kind: &str, properties: Json) -> Json {
    resources[id] = json!({"Type": kind, "Properties": properties});
    resources
}

fn definition() -> Json {
    let properties = json!({"Family": "web", "RequiresCompatibilities": ["FARGATE"]});
    with(json!({"S": {"Type": "AWS::EC2::Subnet"}}), "D", "AWS::ECS::TaskDefinition", properties)
}

/// What each task is, for a table.
fn print(task: &Task) -> String {
    let made = if matches!(task.made, Made::Surely) { "" } else { "?" };
    let subnets: Vec<String> = task.subnets.iter().map(Value::to_string).collect();
    let groups: Vec<String> = task.groups.iter().flatten().map(Value::to_string).collect();
    let definition = match &task.definition {
        Ok(definition) => definition.name.clone(),
        Err(value) => format!("unseen {value}"),
    };
    format!(
        "{}{made}: {} {} {:?} {definition}",
        task.name,
        subnets.join(","),
        groups.join(","),
        task.public_address.truth
    )
}

fn tasks(network: &Network) -> Vec<String> {
    network.tasks.iter().map(print).collect()
}

#[test]
fn everything_that_runs_a_fargate_task_is_found() {
    let parameters = |definition: &str, network: &str| {
        json!({"LaunchType": "FARGATE", definition: {"Ref": "D"},
            "NetworkConfiguration": awsvpc(network), "PlatformVersion": "1.4.0",
            "EnableExecuteCommand": true})
    };
    let with_arn = |network| parameters("TaskDefinitionArn", network);
    let state = json!({"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync",
        "Parameters": parameters("TaskDefinition", "AwsvpcConfiguration")});
    let machine = json!({"StartAt": "Run", "States": {"Run": state}});
    let table = [
        ("AWS::ECS::Service", parameters("TaskDefinition", "AwsvpcConfiguration"), "service X"),
        ("AWS::ECS::TaskSet", parameters("TaskDefinition", "AwsVpcConfiguration"), "task set X"),
        (
            "AWS::Events::Rule",
            json!({"Targets": [
                {"Id": "Other", "Arn": "arn:x"},
                {"Id": "Run", "Arn": "arn:c", "EcsParameters": with_arn("AwsVpcConfiguration")},
            ]}),
            "rule X, target Run",
        ),
        (
            "AWS::Scheduler::Schedule",
            json!({"Target": {"Arn": "arn:c", "EcsParameters": with_arn("AwsvpcConfiguration")}}),
            "schedule X",
        ),
        (
            "AWS::Pipes::Pipe",
            json!({"Target": "arn:c",
                "TargetParameters": {"EcsTaskParameters": with_arn("AwsvpcConfiguration")}}),
            "pipe X",
        ),
        (
            "AWS::StepFunctions::StateMachine",
            json!({"Definition": machine}),
            "state machine X, state Run",
        ),
    ];
    for (kind, properties, name) in table {
        let network = network(with(definition(), "X", kind, properties));
        assert_eq!(tasks(&network), [format!("{name}: S sg-1 Yes D")]);
        let task = &network.tasks[0];
        assert_eq!(task.platform_version.as_ref().unwrap().as_known(), Some("1.4.0"), "{kind}");
        // A task set has no such setting; its service has.
        assert_eq!(task.exec.given, kind != "AWS::ECS::TaskSet", "{kind}");
        assert!(network.idle_definitions.is_empty());
        assert!(task.waits_for.contains(&"D".to_owned()), "{kind}");
    }
}

/// Whether there is a Fargate task, and no more than one.
fn is_task(network: &Network) -> &'static str {
    match network.tasks.as_slice() {
        [] => "no",
        [task] if matches!(task.made, Made::Surely) => "yes",
        _ => "perhaps",
    }
}

#[test]
fn what_runs_on_instances_is_left_out() {
    let provider = |name: Json| json!([{"CapacityProvider": name, "Weight": 1}]);
    let network_configuration = awsvpc("AwsvpcConfiguration");
    // Launch type and strategy, with what the definition requires, or none in the world.
    let table = [
        (json!({"LaunchType": "FARGATE"}), None, "yes"),
        (json!({"LaunchType": "EC2"}), Some(json!(["FARGATE"])), "no"),
        (json!({"LaunchType": "EXTERNAL"}), Some(json!(["FARGATE"])), "no"),
        (json!({"LaunchType": {"Ref": "P"}}), Some(json!(["FARGATE"])), "perhaps"),
        (json!({"CapacityProviderStrategy": provider(json!("FARGATE_SPOT"))}), None, "yes"),
        (json!({"CapacityProviderStrategy": provider(json!("mine"))}), None, "no"),
        (json!({"CapacityProviderStrategy": provider(json!({"Ref": "P"}))}), None, "perhaps"),
        (json!({"CapacityProviderStrategy": {"Ref": "P"}}), None, "perhaps"),
        (json!({}), Some(json!(["FARGATE"])), "yes"),
        (json!({}), Some(json!(["EC2", "FARGATE"])), "yes"),
        (json!({}), Some(json!(["EC2"])), "no"),
        (json!({}), Some(json!(null)), "no"),
        (json!({}), Some(json!([{"Ref": "P"}])), "perhaps"),
        (json!({}), None, "perhaps"),
        (json!({"Cluster": {"Ref": "C"}}), None, "yes"),
        (json!({"Cluster": {"Ref": "C"}}), Some(json!(["EC2"])), "yes"),
        (json!({"Cluster": {"Ref": "Associated"}}), None, "yes"),
        (
            json!({"LaunchType": "FARGATE", "DeploymentController": {"Type": "EXTERNAL"}}),
            None,
            "no",
        ),
        (json!({"LaunchType": "FARGATE", "DeploymentController": {"Type": "ECS"}}), None, "yes"),
    ];
    for (mut service, requires, expected) in table {
        service["NetworkConfiguration"] = network_configuration.clone();
        service["TaskDefinition"] = json!({"Ref": "D"});
        let fargate = json!({"DefaultCapacityProviderStrategy": provider(json!("FARGATE"))});
        let mut associated = fargate.clone();
        associated["Cluster"] = json!({"Ref": "Associated"});
        let mut resources = with(json!({}), "W", "AWS::ECS::Service", service.clone());
        resources = with(resources, "C", "AWS::ECS::Cluster", fargate);
        resources = with(resources, "Associated", "AWS::ECS::Cluster", json!({}));
        let kind = "AWS::ECS::ClusterCapacityProviderAssociations";
        resources = with(resources, "A", kind, associated);
        if let Some(requires) = &requires {
            let mut properties = json!({"RequiresCompatibilities": requires});
            if requires.is_null() {
                properties = json!({});
            }
            resources = with(resources, "D", "AWS::ECS::TaskDefinition", properties);
        }
        let network = network(resources);
        assert_eq!(is_task(&network), expected, "{service} {requires:?}");
        assert!(network.idle_definitions.is_empty(), "{service}");
    }
}

#[test]
fn a_service_of_which_nothing_speaks_for_fargate_is_left_out() {
    let service =
        json!({"TaskDefinition": "arn:aws:ecs:us-east-1:012345678901:task-definition/x:1"});
    assert!(network(with(json!({}), "W", "AWS::ECS::Service", service)).tasks.is_empty());
}

#[test]
fn a_cluster_made_elsewhere_may_have_fargate_for_its_default() {
    let fits = json!({"NetworkMode": "awsvpc", "Cpu": "256", "Memory": "512"});
    let no_size = json!({"NetworkMode": "awsvpc"});
    let table = [
        (Some(json!("shared")), &fits, "perhaps"),
        (None, &fits, "perhaps"),
        (Some(json!({"Ref": "C"})), &fits, "no"),
        (Some(json!("shared")), &no_size, "no"),
    ];
    for (cluster, definition, expected) in table {
        let service = json!({"TaskDefinition": {"Ref": "D"}, "Cluster": cluster,
            "NetworkConfiguration": awsvpc("AwsvpcConfiguration")});
        let mut resources = with(json!({}), "W", "AWS::ECS::Service", service);
        resources = with(resources, "C", "AWS::ECS::Cluster", json!({}));
        resources = with(resources, "D", "AWS::ECS::TaskDefinition", definition.clone());
        assert_eq!(is_task(&network(resources)), expected, "{cluster:?} {definition}");
    }
}

#[test]
fn what_a_task_leaves_out_is_never_nothing() {
    let service = json!({"LaunchType": "FARGATE"});
    let network = network(with(json!({}), "W", "AWS::ECS::Service", service));
    let task = &network.tasks[0];
    assert!(task.subnets[0].as_unknown().is_some());
    assert!(task.groups.is_none());
    assert!(task.definition.as_ref().unwrap_err().as_unknown().is_some());
    assert_eq!((task.public_address.truth, task.exec.truth), (Truth::No, Truth::No));
}

#[test]
fn an_unknown_network_is_unknown_in_each_part() {
    let service = json!({"LaunchType": "FARGATE", "NetworkConfiguration": {"Ref": "N"}});
    let network = network(with(json!({}), "W", "AWS::ECS::Service", service));
    let task = &network.tasks[0];
    assert!(task.subnets[0].as_unknown().unwrap().many);
    assert!(task.groups.as_ref().unwrap()[0].as_unknown().is_some());
    assert_eq!(task.public_address.truth, Truth::Unknown);
}

#[test]
fn a_definition_is_named_by_its_id_or_by_its_family() {
    let arn = json!({"Join": ["arn:aws:ecs:", {"Ref": "AWS::Region"}, ":", {"Ref": "AWS::AccountId"},
        ":task-definition/web:7"]});
    let table = [
        (json!({"Ref": "D"}), "D"),
        (json!("web"), "D"),
        (json!("web:3"), "D"),
        (arn, "D"),
        (json!("other"), "unseen other"),
        (json!({"Ref": "P"}), "unseen ${P}"),
    ];
    for (named, expected) in table {
        let service = json!({"LaunchType": "FARGATE", "TaskDefinition": named});
        let network = network(with(definition(), "W", "AWS::ECS::Service", service));
        assert!(print(&network.tasks[0]).ends_with(expected), "{named}");
        assert_eq!(network.idle_definitions.is_empty(), expected == "D", "{named}");
    }
}

#[test]
fn a_definition_that_nothing_runs_is_idle_if_it_is_for_fargate() {
    let table = [
        (json!({"RequiresCompatibilities": ["FARGATE"]}), true),
        (json!({"RequiresCompatibilities": ["EC2"]}), false),
        (json!({"RequiresCompatibilities": {"Ref": "P"}}), true),
        (json!({"NetworkMode": "awsvpc", "Cpu": 256, "Memory": 512}), true),
        (json!({"NetworkMode": "awsvpc"}), false),
        (json!({"NetworkMode": "bridge", "Cpu": 256, "Memory": 512}), false),
        (json!({}), false),
    ];
    for (properties, idle) in table {
        let network = network(with(json!({}), "D", "AWS::ECS::TaskDefinition", properties.clone()));
        assert_eq!(!network.idle_definitions.is_empty(), idle, "{properties}");
    }
}

#[test]
fn a_task_waits_for_all_that_it_waits_for_waits_for() {
    let service = |depends: &[&str]| {
        json!({"Type": "AWS::ECS::Service", "DependsOn": depends,
            "Properties": {"LaunchType": "FARGATE"}})
    };
    let network = network(json!({
        "W": service(&["A", "Gone"]),
        "A": service(&["B"]),
        "B": service(&["W"]),
        "C": service(&[]),
    }));
    let waits_for = |name: &str| {
        let task = network.tasks.iter().find(|task| task.name == format!("service {name}"));
        task.unwrap().waits_for.clone()
    };
    assert_eq!(waits_for("W"), ["A", "Gone", "B"]);
    assert_eq!(waits_for("C"), [""; 0]);
}

#[test]
fn states_run_tasks_wherever_they_stand_in_a_machine() {
    let run = |action: &str| {
        json!({"Type": "Task", "Resource": format!("arn:aws-cn:states:::{action}"),
            "Arguments": {"LaunchType": "FARGATE", "TaskDefinition": "web"}})
    };
    let holder = |name: &str, action: &str| json!({"States": {name: run(action)}});
    let machine = json!({"States": {
        "Plain": run("ecs:runTask"),
        "Wait": run("ecs:runTask.waitForTaskToken"),
        "Sdk": run("aws-sdk:ecs:runTask"),
        "Stop": run("aws-sdk:ecs:stopTask"),
        "Both": {"Type": "Parallel", "Branches":
            [holder("Left", "ecs:runTask.sync"), holder("Right", "ecs:runTask.sync")]},
        "Old": {"Type": "Map", "Iterator": holder("Each", "ecs:runTask.sync")},
        "New": {"Type": "Map", "ItemProcessor": holder("Every", "ecs:runTask.sync")},
    }});
    let as_text = json!(machine.to_string());
    for properties in [json!({"Definition": machine}), json!({"DefinitionString": as_text})] {
        let network =
            network(with(definition(), "X", "AWS::StepFunctions::StateMachine", properties));
        let mut names: Vec<&str> = network
            .tasks
            .iter()
            .filter_map(|task| task.name.strip_prefix("state machine X, state "))
            .collect();
        names.sort_unstable();
        assert_eq!(names, ["Each", "Every", "Left", "Plain", "Right", "Sdk", "Wait"]);
        assert!(network.tasks.iter().all(|task| task.definition.is_ok()));
        assert!(network.unseen_tasks.is_empty());
    }
}

#[test]
fn a_definition_as_text_has_its_references_and_its_substitutions() {
    let start = r#"{"States": {"Run": {"Type": "Task", "Resource": "arn:"#;
    let middle = r#":states:::ecs:runTask.sync", "Parameters": {"LaunchType": "${Launch}",
        "TaskDefinition": ""#;
    let end = r#"", "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": "#;
    let text = json!({"Join": [start, {"Ref": "AWS::Partition"}, middle, {"Ref": "D"}, end,
        {"Ref": "Subnets"}, r#", "SecurityGroups": ["${Group}", "${Other}"]}}}}}}"#]});
    let properties = json!({"DefinitionString": text,
        "DefinitionSubstitutions": {"Launch": "FARGATE", "Group": {"Ref": "S"}}});
    let network = network(with(definition(), "X", "AWS::StepFunctions::StateMachine", properties));
    assert_eq!(tasks(&network), ["state machine X, state Run: ${Subnets} S,${Other} No D"]);
    assert!(network.tasks[0].groups.as_ref().unwrap()[0].as_created().is_some());
}

#[test]
fn what_a_state_computes_is_unknown() {
    let machine = json!({"States": {"Run": {"Type": "Task",
    "Resource": "arn:aws:states:::ecs:runTask",
    "Arguments": {
        "LaunchType": "FARGATE",
        "TaskDefinition": "{% $states.input.definition %}",
        "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets.$": "$.subnets"}},
    }}}});
    let properties = json!({"Definition": machine});
    let network = network(with(definition(), "X", "AWS::StepFunctions::StateMachine", properties));
    let task = &network.tasks[0];
    assert!(task.definition.as_ref().unwrap_err().as_unknown().is_some());
    assert_eq!(task.subnets[0].to_string(), "$.subnets");
    assert!(task.subnets[0].as_unknown().unwrap().many);
}

#[test]
fn a_machine_that_cannot_be_seen_is_said_to_be_unseen() {
    let table = [
        (json!({"DefinitionS3Location": {"Bucket": "b"}}), "they are in S3"),
        (json!({"DefinitionString": {"Ref": "P"}}), "nobody knows P"),
        (json!({"DefinitionString": "{"}), "it is not JSON"),
        (json!({"Definition": {"States": {"Ref": "P"}}}), "nobody knows P"),
        (json!({"Definition": {"States": {"A": {"Unknown": "P"}}}}), "nobody knows P"),
    ];
    for (properties, why) in table {
        let network =
            network(with(json!({}), "X", "AWS::StepFunctions::StateMachine", properties.clone()));
        assert!(network.unseen_tasks[0].why.contains(why), "{properties}");
        assert!(network.tasks.is_empty());
    }
}

#[test]
fn substitutions_do_not_multiply_without_end() {
    let properties = json!({
        "DefinitionString": "${A}".repeat(20_000),
        "DefinitionSubstitutions": {"A": "x".repeat(20_000)},
    });
    let network = network(with(json!({}), "X", "AWS::StepFunctions::StateMachine", properties));
    assert!(network.unseen_tasks[0].why.ends_with("the definition is too long"));
}
