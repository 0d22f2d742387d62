//! The committed schemas, and the files that they are for.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use fargate_egress::config;
use fargate_egress::diagnostic::{Code, Source};
use fargate_egress::yaml::{self, Kind, Node, ScalarType};
use serde_json::Value;

use super::config::is_left_to_the_reader;
use super::violations;
use crate::markdown::page;
use crate::support::{Folder, INIT_FLAGS, assert_committed, readers, root};

/// What `check-jsonschema` says of files, by a schema that the program prints or, where none is named,
/// by the one of schemas; it reads YAML by itself.
fn check(folder: &Folder, schema: &str, files: &[PathBuf]) -> Result<(), String> {
    let mut command = Command::new(readers().join("check-jsonschema"));
    match schema {
        "" => command.arg("--check-metaschema"),
        schema => {
            folder.write("checked.schema.json", folder.run(&["schema", schema]).stdout);
            command.arg("--schemafile").arg(folder.path().join("checked.schema.json"))
        }
    };
    let output = command.arg("--no-cache").args(files).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() { Ok(()) } else { Err(said) }
}

#[test]
fn the_committed_schemas_are_what_the_program_prints() {
    let folder = Folder::new();
    let docs = root().join("docs");
    for (of, name) in [("config", "egress"), ("lock", "lock"), ("verify", "verify")] {
        let run = folder.run(&["schema", of]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        assert_committed(&docs.join(format!("{name}.schema.json")), &run.stdout);
        let json = folder.run(&["schema", of, "--format", "json"]);
        let (json, text): (Value, Value) = (
            serde_json::from_str(&json.stdout).unwrap(),
            serde_json::from_str(&run.stdout).unwrap(),
        );
        assert_eq!(json["schema"], text);
    }
    assert_eq!(folder.run(&["schema"]).stdout, folder.run(&["schema", "config"]).stdout);
    let names = ["egress.schema.json", "lock.schema.json", "verify.schema.json"];
    check(&folder, "", &names.map(|name| docs.join(name))).unwrap();
}

#[test]
fn every_example_is_what_the_schemas_ask_for() {
    let folder = Folder::new();
    folder.write("page.yaml", page("docs/config.md").block("The config", "yaml"));
    for (n, flags) in [&[][..], INIT_FLAGS].into_iter().enumerate() {
        let path = format!("init-{n}.yaml");
        let required = ["init", "--region", "eu-central-1", "--account", "012345678901"];
        let run = folder.run(&[&required[..], &["--config", &path], flags].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        let schema = folder.read(&format!("init-{n}.schema.json"));
        assert!(schema == folder.run(&["schema"]).stdout);
        let resolved = folder.run(&["resolve", "--snapshot", "--config", &path]);
        assert_eq!(resolved.code, 0, "{}", resolved.stderr);
    }
    let mut configs = vec![root().join("egress.yaml")];
    let mut locks = vec![root().join("egress.lock.json")];
    for (name, _) in folder.files() {
        let path = folder.path().join(&name);
        match name.to_str().unwrap() {
            name if name.ends_with(".lock.json") => locks.push(path),
            name if name.ends_with(".yaml") => configs.push(path),
            _ => {}
        }
    }
    for case in fs::read_dir(root().join("tests/cases")).unwrap() {
        let path = case.unwrap().path().join("egress.yaml");
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if config::parse(&Source::new("egress.yaml", text)).is_ok() {
            configs.push(path);
        }
    }
    assert!(configs.len() >= 8 && locks.len() >= 3, "{configs:?} {locks:?}");
    check(&folder, "config", &configs).unwrap();
    check(&folder, "lock", &locks).unwrap();
}

/// The first line of a config names its schema, which is there.
#[test]
fn an_editor_finds_the_schema_of_a_config() {
    let folder = Folder::new();
    let flags = ["init", "--region", "eu-central-1", "--account", "012345678901"];
    assert_eq!(folder.run(&[&flags[..], &["--config", "prod/blue.yaml"]].concat()).code, 0);
    let named = |text: &str| {
        let line = text.lines().next().unwrap();
        line.strip_prefix("# yaml-language-server: $schema=").unwrap().to_owned()
    };
    assert_eq!(named(&folder.read("prod/blue.yaml")), "blue.schema.json");
    assert!(folder.path().join("prod/blue.schema.json").exists());
    let example = fs::read_to_string(root().join("egress.yaml")).unwrap();
    assert_eq!(named(&example), "docs/egress.schema.json");

    // An older schema is renewed with the config; where the config stays, so does the schema.
    let older = r#"{"title": "The config of fargate-egress"}"#;
    folder.write("prod/blue.schema.json", older);
    assert_eq!(folder.run(&[&flags[..], &["--config", "prod/blue.yaml"]].concat()).code, 2);
    assert_eq!(folder.read("prod/blue.schema.json"), older);
    let force = ["--config", "prod/blue.yaml", "--force"];
    assert_eq!(folder.run(&[&flags[..], &force].concat()).code, 0);
    assert_eq!(folder.read("prod/blue.schema.json"), folder.run(&["schema"]).stdout);
}

/// A value as a reader of JSON has it.
fn json(node: &Node) -> Value {
    match &node.kind {
        Kind::Scalar { text, plain } => match yaml::scalar_type(text, *plain) {
            ScalarType::Null => Value::Null,
            ScalarType::Bool => Value::Bool(true),
            ScalarType::Number => Value::from(1),
            ScalarType::Text => Value::from(text.as_str()),
        },
        Kind::Sequence(items) => items.iter().map(json).collect(),
        Kind::Mapping(entries) => {
            entries.iter().map(|entry| (entry.key.clone(), json(&entry.value))).collect()
        }
    }
}

/// Each stack of a wrong config by itself, so that one fault does not hide what is taken.
fn stacks(config: &Value) -> Vec<Value> {
    let Some(stacks) = config["stacks"].as_object() else { return vec![config.clone()] };
    let alone = |(name, stack): (&String, &Value)| serde_json::json!({"stacks": {name: stack}});
    stacks.iter().map(alone).collect()
}

#[test]
fn every_wrong_config_is_refused_for_its_shape() {
    let mut configs = Vec::new();
    for entry in fs::read_dir(root().join("tests/diagnostics")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = fs::read_to_string(path).unwrap();
            configs.extend(yaml::parse(&text).0.iter().map(json).flat_map(|all| stacks(&all)));
        }
    }
    let verdicts = violations(&config::schema(), &configs);
    let mut refused = 0;
    for (config, verdict) in configs.iter().zip(verdicts) {
        let source = Source::new("egress.yaml", config.to_string());
        let found = config::parse(&source).err().unwrap_or_default();
        let shape: Vec<(Code, String)> = found
            .into_iter()
            .map(|each| (each.code, each.message))
            .filter(|each| !is_left_to_the_reader(each))
            .collect();
        if !shape.is_empty() {
            assert!(verdict.is_some(), "{config}\n{shape:?}");
            refused += 1;
        }
    }
    assert!(refused >= 12, "{refused}");
}
