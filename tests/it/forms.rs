//! The forms in which stacks are written: that each says what the plan says, and which are asked for.

use std::collections::BTreeSet;

use fargate_egress::config::{self, Form};
use fargate_egress::diagnostic::Source;
use fargate_egress::lock;
use fargate_egress::plan::{Plan, plan};
use serde_json::Value;

use crate::matrix::{generate_with, modes};
use crate::support::{Folder, python};

const SMALL: &str =
    "stacks:\n  tokyo:\n    region: ap-northeast-1\n    registries: [\"012345678901\"]\n";

const MANY: &str = "\
stacks:
  many:
    regions: [ap-northeast-1, us-east-1, eu-central-1]
    registries: [\"012345678901\"]
    tags: {\"a/b\": \"no\", \"@c\": \"日本 = 1\", \"d_e\": \"012345678901\"}
";

/// The names in the output folder.
fn out(folder: &Folder) -> Vec<String> {
    let files = folder.files().into_iter().map(|(path, _)| path.display().to_string());
    files.filter_map(|name| name.strip_prefix("out/").map(str::to_owned)).collect()
}

#[test]
fn json_says_exactly_what_the_yaml_says() {
    for (config, pairs) in [(modes(), 96), (MANY.to_owned(), 1)] {
        let folder = generate_with(&config, &["--emit", "yaml,json"]);
        assert_eq!(out(&folder).len(), 2 * pairs);
        let report = python(&["same_tree.py", folder.path().join("out").to_str().unwrap()]);
        let report = report.unwrap_or_else(|difference| panic!("{difference}"));
        assert_eq!(report.trim(), format!("{pairs} pairs"));
    }
}

#[test]
fn the_config_or_the_flags_say_which_forms_are_written() {
    let folder = Folder::new();
    folder.write("egress.yaml", format!("emit: [json]\n{SMALL}"));
    assert_eq!(folder.run(&["resolve", "--snapshot"]).code, 0);
    let run = folder.run(&["generate"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(out(&folder), ["tokyo.json"]);
    assert!(run.stdout.contains("--template-file out/tokyo.json"), "{}", run.stdout);
    assert_eq!(folder.run(&["check"]).code, 0);

    // The flags take the place of the config; what it asks for is left as it is, and nothing is said.
    let run = folder.run(&["generate", "--emit", "yaml", "--report"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(out(&folder), ["tokyo.json", "tokyo.md", "tokyo.svg", "tokyo.yaml"]);
    assert!(!run.stderr.contains("stale-output"), "{}", run.stderr);
    assert!(run.stdout.contains("--template-file out/tokyo.yaml"), "{}", run.stdout);
    let check = folder.run(&["check"]);
    assert_eq!(check.code, 1);
    for left in ["tokyo.md", "tokyo.svg", "tokyo.yaml"] {
        assert!(check.stdout.contains(&format!("`out/{left}` is generated")), "{}", check.stdout);
    }
    assert!(check.stdout.contains("add `report` to `emit`"), "{}", check.stdout);

    // What is asked for in the config is checked without a flag.
    folder.write("egress.yaml", format!("emit: [json, yaml, report]\n{SMALL}"));
    let check = folder.run(&["check"]);
    assert_eq!(check.code, 0, "{}", check.stdout);
    assert!(check.stdout.starts_with("4 files are"), "{}", check.stdout);
}

#[test]
fn what_mends_drift_is_said_with_the_flags_of_the_check() {
    let folder = generate_with(SMALL, &["--emit", "yaml,json"]);
    assert_eq!(folder.run(&["check", "--emit", "yaml,json"]).code, 0);
    folder.write("out/tokyo.json", "{}\n");
    let check = folder.run(&["check", "--emit", "yaml,json"]);
    assert_eq!(check.code, 1);
    let mend = "fargate-egress generate --emit yaml,json";
    assert!(check.stdout.contains(mend), "{}", check.stdout);
}

/// A file of somebody else's in the output folder is not ours to speak of.
#[test]
fn what_was_not_generated_is_no_drift() {
    let folder = generate_with(SMALL, &[]);
    let mine = ["mine.json", "mine.ts", "mine.svg", "mine.md", "mine.mmd", "mine.yaml"];
    for name in mine {
        folder.write(&format!("out/{name}"), "{\"Resources\": {}}\n");
    }
    let check = folder.run(&["check"]);
    assert_eq!(check.code, 0, "{}", check.stdout);
}

#[test]
fn every_form_says_that_it_is_generated() {
    let all: Vec<&str> = Form::ALL.iter().map(|form| form.name()).collect();
    let folder = generate_with(SMALL, &["--emit", &all.join(",")]);
    assert_eq!(out(&folder).len(), Form::ALL.len());
    folder.write("egress.yaml", SMALL.replace("tokyo", "osaka"));
    let check = folder.run(&["check"]);
    let stale = check.stdout.matches("error[stale-output]").count();
    assert_eq!(stale, Form::ALL.len(), "{}", check.stdout);
}

fn planned(folder: &Folder, name: &str) -> Plan {
    let source = Source::new("egress.yaml", folder.read("egress.yaml"));
    let config = config::parse(&source).unwrap();
    let lock = lock::parse(&folder.read("egress.lock.json")).unwrap();
    plan(&config.stacks[&name.parse().unwrap()], &lock, &source, "test").unwrap().0
}

/// The report as GitHub shows it: a row for each rule, each value of a region and each endpoint, with
/// the texts that the plan has.
#[test]
fn a_report_has_every_rule_with_its_origin() {
    let config = format!("{}{}", modes(), MANY.trim_start_matches("stacks:\n"));
    let folder = generate_with(&config, &["--emit", "yaml,report"]);
    for name in ["mode-1", "mode-42", "mode-95", "many"] {
        let plan = planned(&folder, name);
        let path = folder.path().join(format!("out/{name}.md"));
        let read = python(&["read_report.py", path.to_str().unwrap()]);
        let read: Value =
            serde_json::from_str(&read.unwrap_or_else(|error| panic!("{error}"))).unwrap();
        assert_eq!(read["headings"][0], name);
        assert_eq!(read["pictures"], serde_json::json!([format!("{name}.svg")]));
        let rows: BTreeSet<Vec<&str>> = read["tables"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|table| table.as_array().unwrap())
            .map(|row| row.as_array().unwrap().iter().map(|cell| cell.as_str().unwrap()).collect())
            .collect();
        let has =
            |wanted: &[&str]| rows.iter().any(|row| wanted.iter().all(|cell| row.contains(cell)));
        let inline = plan.groups.iter().flat_map(|group| group.ingress.iter().chain(&group.egress));
        let rules = inline.chain(plan.attached_rules.iter().map(|attached| &attached.rule));
        let mut counted = 0;
        for rule in rules {
            counted += 1;
            let (peer, why) = (rule.peer.label(), rule.comment());
            assert!(
                has(&[&peer, &why, &rule.traffic.label()]),
                "{name}: {peer} {why} in {rows:#?}"
            );
        }
        let table = read["tables"][0].as_array().unwrap();
        assert_eq!(table.len(), counted + 1);
        for (region, entries) in &plan.region_map.regions {
            for (key, mapped) in entries {
                let why = mapped.comment().unwrap_or_default();
                assert!(has(&[region, key.as_str(), &mapped.value, &why]), "{region} {key:?}");
            }
        }
        for endpoint in &plan.endpoints {
            let service = endpoint.service_name.label();
            assert!(has(&[endpoint.id.as_str(), &service]), "{service} in {rows:#?}");
        }
    }
}
