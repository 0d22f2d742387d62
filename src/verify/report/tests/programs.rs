//! What programs read: JSON and SARIF.

use serde_json::{Value, json};

use super::schema::violations;
use super::*;
use crate::verify::catalogue::{MESSAGES, PAGES};

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

/// A verification with something of everything.
fn everything() -> (Verification, Vec<Answer>) {
    let near = vec![claim("443 to 10.0.9.0/24 misses it")];
    let suspect = Failing::fault(Code::EndpointMissing, claim("none is made here")).near(near);
    let any = Evidence::Any(vec![assumed("trusted"), open("a rule with ${Cidr}")]);
    let legs = vec![
        login(Evidence::All(vec![any, holds("on")])),
        leg(
            Need::Manifest,
            "ecr.dkr",
            vec![("SubnetA", private_dns_off()), ("SubnetB", Evidence::Suspect(suspect))],
        ),
        leg(Need::Layers, "s3", vec![("SubnetA", open("whether"))]),
    ];
    let mut all = verification(vec![
        outcome(&["A = \"x\""], vec![task(legs)], Vec::new()),
        outcome(&["A is not x"], Vec::new(), Vec::new()),
    ]);
    all.outcomes[1].narrow = Truth::Unknown;
    all.undecided = Some((vec!["B".to_owned()], vec!["why".to_owned()]));
    let other = all.sources[0].clone();
    let mut error = finding(&all, Severity::Error, Code::PrivateDnsOff, "off");
    error.diagnostic = error.diagnostic.related(&other, at("Web").range(), "");
    let note = finding(&all, Severity::Note, Code::EndpointEgress, "wide");
    let mut nowhere = finding(&all, Severity::Warning, Code::CircularGroups, "nowhere");
    nowhere.diagnostic.primary = None;
    nowhere.needs.clear();
    all.outcomes[0].findings = vec![nowhere, error.clone(), note];
    all.outcomes[1].findings = vec![error];
    let answers = answers(&all, &[Assertion::Pull, Assertion::Narrow]);
    (all, answers)
}

/// The whole object, as the command prints it.
fn printed(verification: &Verification, answers: &[Answer]) -> Value {
    let mut fields = json(verification, answers);
    fields.insert("ok".to_owned(), json!(passes(verification, answers)));
    fields.insert("diagnostics".to_owned(), json!([]));
    Value::Object(fields)
}

#[test]
fn json_is_what_its_schema_says() {
    let (all, answers) = everything();
    let schema = schema();
    let value = printed(&all, &answers);
    assert_eq!(violations(&schema, &value), [] as [String; 0]);
    let strict = Verification { trust: Trust::Strict, region: None, ..all };
    assert_eq!(violations(&schema, &printed(&strict, &[])), [] as [String; 0]);
    for page in PAGES {
        let explained = json!({"ok": true, "diagnostics": [], "page": page_json(page)});
        assert_eq!(violations(&schema, &explained), [] as [String; 0]);
    }
    let messages: Vec<Value> = MESSAGES.iter().map(message_json).collect();
    let explained = json!({"ok": true, "diagnostics": [], "messages": messages});
    assert_eq!(violations(&schema, &explained), [] as [String; 0]);
    let refused = crate::diagnostic::json(&all_diagnostics(&strict)[0]);
    let failed = json!({"ok": false, "diagnostics": [refused], "failure": "the disk"});
    assert_eq!(violations(&schema, &failed), [] as [String; 0]);
}

fn all_diagnostics(of: &Verification) -> Vec<Diagnostic> {
    let findings = of.outcomes.iter().flat_map(|outcome| &outcome.findings);
    findings.map(|finding| finding.diagnostic.clone()).collect()
}

/// Taking away or adding any field, at any depth, breaks the schema.
#[test]
fn the_schema_is_strict() {
    let (all, answers) = everything();
    let schema = schema();
    let value = printed(&all, &answers);
    let mut objects = Vec::new();
    pointers(&value, "", &mut objects);
    assert!(objects.len() > 60, "{}", objects.len());
    for pointer in objects {
        let mut more = value.clone();
        let object = more.pointer_mut(&pointer).unwrap().as_object_mut().unwrap();
        object.insert("something-else".to_owned(), json!(1));
        assert!(!violations(&schema, &more).is_empty(), "{pointer} takes anything");
        let names: Vec<String> =
            value.pointer(&pointer).unwrap().as_object().unwrap().keys().cloned().collect();
        for name in names {
            let mut less = value.clone();
            less.pointer_mut(&pointer).unwrap().as_object_mut().unwrap().remove(&name);
            // Without scenarios it is what a failure prints.
            let is_optional = pointer.is_empty() && name == "scenarios";
            assert!(is_optional || !violations(&schema, &less).is_empty(), "{pointer}/{name}");
        }
    }
}

fn pointers(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.push(path.to_owned());
            for (name, each) in fields {
                pointers(each, &format!("{path}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (number, each) in items.iter().enumerate() {
                pointers(each, &format!("{path}/{number}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn the_schema_knows_every_need_and_no_other() {
    let names: Vec<&str> = Need::ALL.iter().map(|need| need.name()).collect();
    assert_eq!(schema()["$defs"]["need"]["enum"], json!(names));
}

#[test]
fn json_says_what_people_are_told() {
    let (all, answers) = everything();
    let value = printed(&all, &answers);
    let leg = |number: usize| value["scenarios"][0]["tasks"][0]["legs"][number].clone();
    assert_eq!(leg(0)["verdict"], "reachable");
    assert_eq!(leg(0)["via"], json!({"kind": "endpoint", "by": "Endpoint"}));
    assert_eq!((&leg(1)["verdict"], &leg(1)["via"]), (&json!("blocked"), &Value::Null));
    assert_eq!(leg(1)["origins"][1]["verdict"], "cannot-tell");
    let step = &leg(1)["origins"][0]["paths"][0]["steps"][1];
    assert_eq!(step["verdict"], "fails");
    assert_eq!(
        step["evidence"]["fails"]["place"],
        json!({"file": "app.yaml", "line": 3, "column": 5})
    );
    assert_eq!(value["scenarios"][0]["tasks"][0]["assumptions"][0]["text"], "trusted");
    assert_eq!(value["summary"]["errors"], 1, "in both scenarios, and one");
    assert_eq!(value["assertions"][0]["proved"], false);
    assert_eq!(value["ok"], false);
}

#[test]
fn sarif_has_each_finding_once_with_its_level_its_page_and_its_extent() {
    let (all, _) = everything();
    let log = sarif(&all, "1.2.3");
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let levels: Vec<&str> =
        results.iter().map(|result| result["level"].as_str().unwrap()).collect();
    assert_eq!(levels, ["warning", "error", "note"]);
    for result in results {
        let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(!rule["help"]["text"].as_str().unwrap().is_empty());
        assert!(rule["help"]["markdown"].as_str().unwrap().contains("**What to do**"));
    }
    let nowhere = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(nowhere["artifactLocation"]["uri"], "app.yaml");
    assert_eq!(nowhere["region"], json!({"startLine": 1}));
    let error = &results[1];
    assert_eq!(
        error["locations"][0]["physicalLocation"]["region"],
        json!({"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 22})
    );
    assert_eq!(error["properties"]["needs"], json!(["registry-auth"]));
    assert_eq!(error["relatedLocations"][0]["message"]["text"], "see here");
    assert_eq!(results[2]["message"]["text"], "wide (if A = \"x\").\nPrivateDnsEnabled: true");
    assert!(
        error.get("relatedLocations").is_some() && results[2].get("relatedLocations").is_none()
    );
}
