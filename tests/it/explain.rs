//! Every rule of every mode is explained by its line and by its other end; and what people and
//! programs are told by the command.

use std::collections::BTreeSet;
use std::fs;

use fargate_egress::config;
use fargate_egress::diagnostic::Source;
use fargate_egress::explain::{self, Beyond, Explanation, Known, Reason, RuleFound, Template};
use fargate_egress::lock;
use fargate_egress::plan::{Direction, Plan, RegionMap, plan};
use rayon::prelude::*;
use serde_json::Value;

use crate::matrix::{generate, modes};
use crate::support::Folder;

/// The rules of a plan by resource, direction and the place in the list.
fn planned(plan: &Plan) -> usize {
    let groups = plan.groups.iter().map(|group| group.ingress.len() + group.egress.len());
    groups.sum::<usize>() + plan.attached_rules.len()
}

fn name(rule: &RuleFound) -> (String, Direction, String) {
    (rule.resource.as_str().to_owned(), rule.direction, rule.peer.clone())
}

fn rules(explanation: &Explanation) -> impl Iterator<Item = &RuleFound> {
    explanation.meanings.iter().flat_map(|meaning| &meaning.rules)
}

/// Every end of a rule has a reason, and a place in the config is one where its value stands.
fn has_its_reasons(rule: &RuleFound, config: &Source) {
    for value in &rule.values {
        assert_eq!(value.reasons.is_empty(), value.value == RegionMap::NONE, "{rule:?}");
        for reason in &value.reasons {
            match reason {
                Reason::Config(place) if place.written && value.addresses.is_some() => {
                    let line = config.text.lines().nth(place.line - 1).unwrap();
                    let there: String = line.chars().skip(place.column - 1).collect();
                    let value = value.value.strip_suffix("/32").unwrap_or(&value.value);
                    let mode = ["deny", "open"].iter().any(|word| there.starts_with(word));
                    assert!(mode || there.starts_with(value), "{there}: {rule:?}");
                }
                Reason::Config(place) => {
                    assert!(place.line <= config.text.lines().count(), "{place:?}");
                }
                Reason::Observed(pinned) => {
                    assert!(pinned.services.iter().any(|service| service == "AMAZON"));
                    let hosts = pinned.addresses.iter().flat_map(|address| &address.hosts);
                    assert!(hosts.clone().count() > 0);
                    hosts.for_each(|host| assert!(!host.seen_by.is_empty()));
                }
                Reason::PrefixList { list, .. } => assert_eq!(list.id.as_str(), value.value),
                Reason::EndpointAddress { .. } => {}
            }
        }
    }
}

/// Checks a config of one stack against the template that was generated from it.
fn is_explained(text: &str, folder: &Folder) {
    let source = Source::new("egress.yaml", text);
    let config = config::parse(&source).unwrap();
    let lock = lock::parse(&folder.read("egress.lock.json")).unwrap();
    let stack = config.stacks.values().next().unwrap();
    // Another version in the metadata is nothing that a line is matched by.
    let (plan, _) = plan(stack, &lock, &source, "0").unwrap();
    let plans = [plan];
    let known = Known { config: &config, source: &source, lock: &lock, plans: &plans, sizes: &[] };
    let path = format!("out/{}.yaml", stack.name.value);
    let text = folder.read(&path);
    let template = Template::read(&Source::new(path.as_str(), text.as_str())).unwrap();

    let count = text.lines().count();
    let mut by_line = BTreeSet::new();
    for (index, text) in text.lines().enumerate() {
        let at = (index + 1, None);
        let explanation = explain::line(&known, &path, &template, &plans[0], at).unwrap();
        let [meaning] = &explanation.meanings[..] else { panic!("{path}:{}", index + 1) };
        assert!(!meaning.summary.contains("do not say"), "{path}:{}", index + 1);
        if let Some(literal) = text.trim().strip_prefix("CidrIp: \"") {
            let [rule] = &meaning.rules[..] else { panic!("{path}:{}", index + 1) };
            assert_eq!(format!("{}\"", rule.peer), literal);
        }
        meaning.rules.iter().for_each(|rule| has_its_reasons(rule, &source));
        if let [rule] = &meaning.rules[..] {
            by_line.insert(name(rule));
        }
    }
    let beyond = explain::line(&known, &path, &template, &plans[0], (count + 1, None));
    assert_eq!(beyond, Err(Beyond::Lines(count)));
    assert_eq!(by_line.len(), planned(&plans[0]), "{path}: {by_line:?}");

    // Every rule is there because of some line of the config, and of the one that it names.
    let lines = 1..=source.text.lines().count();
    let by_config: Vec<Explanation> =
        lines.map(|line| explain::config_line(&known, "", (line, None)).unwrap()).collect();
    let of_config = by_config.iter().flat_map(rules).map(name).collect::<BTreeSet<_>>();
    assert_eq!(of_config, by_line);

    let whole = explain::explain(&known, &stack.name.value.to_string()).unwrap();
    assert_eq!(rules(&whole).map(name).collect::<BTreeSet<_>>(), by_line);
    for rule in rules(&whole) {
        has_its_reasons(rule, &source);
        for reason in rule.values.iter().flat_map(|value| &value.reasons) {
            if let Reason::Config(place) = reason {
                let at = (place.line, Some(place.column));
                let there = explain::config_line(&known, "", at).unwrap();
                assert!(rules(&there).any(|one| name(one) == name(rule)), "{place:?}");
            }
        }
        for value in rule
            .values
            .iter()
            .filter(|value| value.addresses.is_some() || value.value.starts_with("pl-"))
        {
            let by_peer = explain::explain(&known, &value.value).unwrap();
            assert!(rules(&by_peer).any(|one| name(one) == name(rule)), "{}", value.value);
        }
    }
    let said = explain::human(&[whole], false);
    for line in said.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn every_rule_of_every_mode_is_explained_by_its_line_and_by_its_other_end() {
    let all = modes();
    let folder = generate(&all);
    let starts: Vec<usize> = all.match_indices("  mode-").map(|(at, _)| at).collect();
    let ends = starts[1..].iter().copied().chain([all.len()]);
    let texts: Vec<String> =
        starts.iter().zip(ends).map(|(from, to)| format!("stacks:\n{}", &all[*from..to])).collect();
    assert_eq!(texts.len(), 96);
    texts.par_iter().for_each(|text| is_explained(text, &folder));

    // A rule in a template for several regions has a reason in each.
    let many = "stacks:\n  many:\n    regions: [ap-northeast-1, us-east-1, eu-central-1]\n    \
                registries: [\"012345678901\"]\n";
    is_explained(many, &generate(many));
}

fn json(folder: &Folder, arguments: &[&str]) -> Value {
    let run = folder.run(&[&["explain", "--format", "json"], arguments].concat());
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn programs_find_the_chain_from_the_rule_to_the_resolver() {
    let folder = Folder::of_example();
    let said = json(&folder, &["3.112.64.17", "10.0.1.10"]);
    assert_eq!(said["ok"], true);
    let rule = &said["explanations"][0]["meanings"][0]["rules"][0];
    assert_eq!(rule["group"], "EndpointSecurityGroup");
    assert_eq!(rule["values"][0]["addresses"], 512);
    let prefix = &rule["values"][0]["reasons"][0]["prefix"];
    assert_eq!(prefix["services"], serde_json::json!(["AMAZON"]));
    assert_eq!(prefix["publication"]["sync_token"], "1787433425");
    let host = &prefix["addresses"][0]["hosts"][0];
    assert_eq!(host["cnames"][0], "ecr.ap-northeast-1.amazonaws.com");
    assert_eq!((&host["seen_by"][0], &host["last_seen"]), (&"built-in".into(), &"2025-03".into()));
    let name = rule["protection"].as_str().unwrap();
    assert!(said["protections"][name].as_str().unwrap().starts_with("Defence in depth"));

    let place =
        &said["explanations"][1]["meanings"][0]["rules"][0]["values"][0]["reasons"][0]["place"];
    let line = place["line"].as_u64().unwrap() as usize;
    let config = folder.read("egress.yaml");
    assert!(config.lines().nth(line - 1).unwrap().contains("10.0.1.10"), "{place}");
}

#[test]
fn a_lock_that_lacks_facts_is_a_warning_and_the_rest_is_explained() {
    let folder = Folder::of_example();
    let config = folder.read("egress.yaml");
    let elsewhere = config.replace(
        "  tokyo-by-group:\n    region: ap-northeast-1",
        "  tokyo-by-group:\n    region: us-east-1",
    );
    folder.write("egress.yaml", elsewhere);
    let run = folder.run(&["explain", "tokyo-by-group", "52.192.36.247"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("warning[lock-lacks-fact]"), "{}", run.stderr);
    assert!(run.stdout.contains("It has no plan as it is"), "{}", run.stdout);
    assert!(run.stdout.contains("  tokyo: EndpointSecurityGroup lets out"), "{}", run.stdout);

    fs::remove_file(folder.path().join("egress.lock.json")).unwrap();
    let run = folder.run(&["explain", "vpc-0a1b2c3d4e5f60718"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("warning[lock-missing]"), "{}", run.stderr);
    assert!(run.stdout.contains("egress.yaml:9:12"), "{}", run.stdout);
}

#[test]
fn a_template_that_was_changed_is_said_to_be_and_still_explained() {
    let folder = Folder::of_example();
    assert_eq!(folder.run(&["generate"]).code, 0);
    let good = folder.read("out/tokyo.yaml");
    let line = good.lines().position(|line| line.contains("3.112.64.0/23")).unwrap() + 1;
    let before = folder.files();
    let clean = folder.run(&["explain", &format!("out/tokyo.yaml:{line}")]);
    assert_eq!((clean.code, clean.stderr.as_str()), (0, ""));
    assert_eq!(folder.files(), before, "nothing is written");
    // An editor's place, and another way to the same file.
    let path = folder.path().join("out/tokyo.yaml");
    let place = format!("{}:{line}:11", path.display());
    assert!(folder.run(&["explain", &place]).stdout.contains("3.112.64.0/23"));

    folder.write("out/tokyo.yaml", good.replace("FromPort: 443", "FromPort: 80"));
    let run = folder.run(&["explain", "--quiet", &format!("out/tokyo.yaml:{line}")]);
    assert_eq!((run.code, &run.stdout, run.stderr.as_str()), (0, &clean.stdout, ""));
    let run = folder.run(&["explain", &format!("out/tokyo.yaml:{line}")]);
    assert!(run.stderr.starts_with("warning[output-differs]"), "{}", run.stderr);
    assert_eq!(run.stdout, clean.stdout);

    folder.write("out/tokyo.yaml", "a: [");
    let run = folder.run(&["explain", "out/tokyo.yaml:1"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stderr.contains("not-cloudformation"), "{}", run.stderr);
    folder.write("other.yaml", "Resources: {}\n");
    let run = folder.run(&["explain", "other.yaml:1"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("fargate-egress verify other.yaml"), "{}", run.stderr);
}

#[test]
fn commands_to_type_name_the_files_of_this_run() {
    let folder = Folder::of_example();
    fs::rename(folder.path().join("egress.yaml"), folder.path().join("mine.yaml")).unwrap();
    fs::rename(folder.path().join("egress.lock.json"), folder.path().join("mine.lock.json"))
        .unwrap();
    let run = folder.run(&["explain", "--config", "mine.yaml", "8.8.8.8"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("check --config mine.yaml"), "{}", run.stdout);
}
