//! The schema of the config says what its reader says.

use std::collections::BTreeSet;

use fargate_egress::config::{self, Config, schema};
use fargate_egress::diagnostic::{Code, Diagnostic, Source};
use serde_json::{Map, Value, json};

use super::violations;
use super::walk::{Step, paths, places, put};
use crate::laws::dice::{Dice, throw};

/// What the reader refuses and the schema takes, by code and a part of the message, with a stack in
/// which that is all that is wrong: what hangs on several values, and what no keyword can say.
const LEFT_TO_THE_READER: &[(Code, &str, &str)] = &[
    // A list of the network takes `{parameter: Name}` twice, so its items need not be unique.
    (Code::DuplicateEntry, " is in the list twice", "network: {cidrs: [10.0.0.0/16, 10.0.0.0/16]}"),
    (Code::DuplicateEntry, "would both be the resource", "services: [foo.bar, foo-bar]"),
    (Code::PrefixHostBits, "", "network: {cidrs: [10.0.0.1/16]}"),
    (Code::InvalidPrefix, "is not a prefix a VPC can have", "network: {cidrs: [127.0.0.0/16]}"),
    (Code::MixedPartitions, "", "regions: [us-east-1, cn-north-1]"),
    (
        Code::AddressOutsideCidrs,
        "",
        "{network: {cidrs: [10.0.0.0/16]}, task: {egress: endpoint-addresses, \
         endpoint-addresses: {ecr.api: [10.1.0.1], ecr.dkr: [10.0.0.1]}}}",
    ),
    (
        Code::LiteralInManyRegions,
        "",
        "{regions: [us-east-1, us-west-2], s3-prefix-list: pl-63a5400a}",
    ),
    (Code::UnconfirmedFact, "", "region: us-iso-east-1"),
    (Code::ForeignPrefixList, "", "{region: eu-west-1, s3-prefix-list: pl-63a5400a}"),
    (
        Code::ConflictingKeys,
        "on an existing group in several regions",
        "{regions: [us-east-1, us-west-2], endpoints: {ecr.dkr: existing}}",
    ),
    // Which services have addresses is what `services` says.
    (
        Code::UnknownKey,
        "endpoint-addresses` has no key",
        "task: {egress: endpoint-addresses, \
         endpoint-addresses: {ecr.api: [10.1.0.1], ecr.dkr: [10.0.0.1], logs: [10.0.0.2]}}",
    ),
    (
        Code::MissingKey,
        "endpoint-addresses` has no `",
        "{services: [logs], task: {egress: endpoint-addresses, \
         endpoint-addresses: {ecr.api: [10.1.0.1], ecr.dkr: [10.0.0.1]}}}",
    ),
    (Code::UnknownValue, "there is no service", "services: [secretmanager]"),
    (
        Code::UnknownValue,
        "is a whole endpoint service name",
        "services: [com.amazonaws.us-east-1.logs]",
    ),
    (
        Code::InvalidName,
        " is a service of ",
        "service-names: {ecr.api: com.amazonaws.us-west-2.ecr.api}",
    ),
    // Of the characters outside of ASCII, which ones are letters.
    (Code::InvalidTag, "\u{20ac}", "tags: {\u{20ac}: price}"),
];

/// What the reader says of a config. JSON is YAML, so a config can be made as a value.
fn read(config: &Value) -> Result<Config, Vec<Diagnostic>> {
    config::parse(&Source::new("egress.yaml", config.to_string()))
}

/// The same with every diagnostic as its code and its message.
fn refusals(config: &Value) -> Vec<(Code, String)> {
    let refused = read(config).err().unwrap_or_default();
    refused.into_iter().map(|each| (each.code, each.message)).collect()
}

pub(super) fn is_left_to_the_reader((code, message): &(Code, String)) -> bool {
    LEFT_TO_THE_READER.iter().any(|(left, part, _)| left == code && message.contains(part))
}

/// A stack of the name that [`places`] gives it, with only what is required.
fn plain() -> Value {
    json!({"stacks": {"a": {"region": "us-east-1", "registries": ["012345678901"]}}})
}

/// The keys of a path, as the reader writes them.
fn keys(path: &[Step]) -> Vec<&str> {
    path.iter()
        .filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Item => None,
        })
        .collect()
}

/// [`plain`] with a value at a place, and with what has to be beside it.
fn with(path: &[Step], value: &Value) -> Value {
    let mut config = plain();
    let stack = &mut config["stacks"]["a"];
    match keys(path)[..] {
        [_, _, "endpoint", "security-group", ..] => {
            stack["endpoints"] = json!({"ecr.api": "existing"})
        }
        [_, _, "task", "endpoint-addresses", ..] => {
            stack["task"] = json!({"egress": "endpoint-addresses"})
        }
        // The example is of a region of which AWS documents little.
        [_, _, "service-names"] if value.is_object() => {
            stack["region"] = json!("eusc-de-east-1");
            stack["endpoint"] = json!({"policy": "open"});
        }
        [_, _, "regions", ..] => {
            stack.as_object_mut().unwrap().remove("region");
        }
        _ => {}
    }
    if let [_, _, "task", "endpoint-addresses", _, ..] = keys(path)[..] {
        stack["task"]["endpoint-addresses"] =
            json!({"ecr.api": ["10.0.1.10"], "ecr.dkr": ["10.0.1.11"]});
    }
    put(&mut config, path, value.clone());
    config
}

/// The words between backticks behind a text.
fn words_behind(text: &str, behind: &str) -> Option<BTreeSet<String>> {
    let (_, list) = text.split_once(behind)?;
    Some(list.split(", ").map(|word| word.trim_matches('`').to_owned()).collect())
}

const NO_KEY: &str = "zzzzzzzz";

/// Asked for a key or a word that does not exist, the reader lists those that do.
#[test]
fn every_key_and_every_word_of_the_reader_is_in_the_schema_and_no_other() {
    let schema = schema();
    let (mut objects, mut words) = (0, 0);
    for place in places(&schema) {
        if let Some(properties) = place.schema["properties"].as_object() {
            let refused = read(&with(&place.path, &json!({NO_KEY: 1}))).unwrap_err();
            let unknown =
                |each: &&Diagnostic| each.message.ends_with(&format!("no key `{NO_KEY}`"));
            let unknown = refused.iter().find(unknown).unwrap_or_else(|| panic!("{place:?}"));
            let known = words_behind(&unknown.help[0], "known here: ").unwrap();
            assert_eq!(known, properties.keys().cloned().collect(), "{place:?}");
            objects += 1;
        }
        if let Some(enumerated) = place.schema["enum"].as_array() {
            let refused = read(&with(&place.path, &json!(NO_KEY))).err().unwrap_or_default();
            let expected =
                refused.iter().find_map(|each| words_behind(&each.message, "expected one of "));
            if let Some(expected) = expected {
                let enumerated = enumerated.iter().map(|word| word.as_str().unwrap().to_owned());
                assert_eq!(expected, enumerated.collect(), "{place:?}");
                words += 1;
            }
        }
    }
    assert!(objects >= 10 && words >= 8, "{objects} objects, {words} lists of words");
}

/// Where something was read from, taken out of a value's debug form.
fn without_places(config: &Config) -> String {
    let text = format!("{config:?}");
    let mut parts = text.split("span: ");
    let mut kept = parts.next().unwrap().to_owned();
    for part in parts {
        kept.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.'));
    }
    kept
}

#[test]
fn defaults_are_the_readers_and_examples_are_taken() {
    let schema = schema();
    let (mut defaults, mut examples) = (0, 0);
    for place in places(&schema) {
        if let Some(default) = place.schema.get("default") {
            let (left_out, written) = (read(&plain()).unwrap(), read(&with(&place.path, default)));
            let written = written.unwrap_or_else(|refused| panic!("{place:?}: {refused:?}"));
            assert_eq!(without_places(&left_out), without_places(&written), "{place:?}");
            defaults += 1;
        }
        for example in place.schema["examples"].as_array().into_iter().flatten() {
            // An example of a value stands for one item where a list is meant.
            let config = with(&place.path, example);
            assert_eq!(refusals(&config), [], "{place:?}: {example}");
            examples += 1;
        }
    }
    assert!(defaults >= 8 && examples >= 10, "{defaults} defaults, {examples} examples");
}

/// What an editor shows beside a key.
#[test]
fn every_key_says_what_it_is() {
    let schema = schema();
    for place in places(&schema) {
        for (key, property) in place.schema["properties"].as_object().into_iter().flatten() {
            let described = match property["$ref"].as_str() {
                Some(name) => schema.pointer(name.trim_start_matches('#')).unwrap(),
                None => property,
            };
            let text = described["description"].as_str().unwrap_or_default();
            assert!(text.ends_with('.') && !text.contains('`'), "{key}: {text:?}");
        }
        if let Some(meanings) = place.schema.get("enumDescriptions") {
            let words = place.schema["enum"].as_array().unwrap();
            assert_eq!(meanings.as_array().unwrap().len(), words.len(), "{words:?}");
        }
    }
}

/// Configs that are right, with every key there is.
fn good() -> Vec<Value> {
    vec![
        plain(),
        json!({"emit": ["yaml", "json", "report"], "stacks": {
            "tokyo": {
                "region": "ap-northeast-1",
                "registries": ["012345678901", "111122223333"],
                "network": {
                    "vpc": "vpc-0a1b2c3d4e5f60718",
                    "cidrs": ["10.0.0.0/16", {"parameter": "Second"}],
                    "subnets": ["subnet-0a1b2c3d4e5f60711", {"import": "private-subnet-2"}],
                    "route-tables": {"import": "network:RouteTables"},
                },
                "task": {
                    "egress": "endpoint-addresses",
                    "endpoint-addresses": {
                        "ecr.api": ["10.0.1.10", "10.0.2.10"],
                        "ecr.dkr": ["10.0.1.11"],
                        "logs": ["10.0.1.12"],
                    },
                    "efs": ["sg-0a1b2c3d4e5f60714", {"parameter": "EfsSecurityGroupId"}],
                },
                "endpoint": {
                    "ingress": "task-security-group",
                    "egress": "deny",
                    "policy": "open",
                    "security-group": "sg-0a1b2c3d4e5f60713",
                },
                "endpoints": {"ecr.api": "existing", "ecr.dkr": "create", "s3": "existing"},
                "services": ["logs"],
                "s3-prefix-list": "pl-61a54008",
                "service-names": {"s3": "com.amazonaws.ap-northeast-1.s3"},
                "layer-bucket": "prod-ap-northeast-1-starport-layer-bucket",
                "tags": {"owner": "platform", "cost centre": "a_.:/=+-@ 日本"},
            },
            "empty": {
                "regions": ["us-east-1", "eu-central-1"],
                "registries": ["012345678901"],
                "network": null, "task": null, "endpoint": null, "endpoints": null,
                "services": null, "service-names": null, "tags": null,
            },
        }}),
    ]
}

/// Changes a value at a few places, each in a way that may make it wrong or not.
fn changed(mut config: Value, schema: &Value, dice: &mut Dice) -> Value {
    for _ in 0..1 + dice.roll(3) {
        if dice.odd(2) {
            let places = places(schema);
            let place = dice.pick(&places);
            let values = ["enum", "examples"].map(|keyword| place.schema[keyword].as_array());
            let values: Vec<Value> = values.into_iter().flatten().flatten().cloned().collect();
            if !values.is_empty() {
                put(&mut config, &place.path, dice.pick(&values));
                continue;
            }
        }
        let paths = paths(&config);
        let path = dice.pick(&paths);
        let at = config.pointer_mut(&path).unwrap();
        change(at, schema, dice);
    }
    config
}

fn change(at: &mut Value, schema: &Value, dice: &mut Dice) {
    match (dice.roll(4), at) {
        (0, Value::Object(entries)) => match dice.roll(3) {
            0 => {
                let keys: Vec<String> = entries.keys().cloned().collect();
                if !keys.is_empty() {
                    entries.remove(&dice.pick(&keys));
                }
            }
            1 => drop(entries.insert(key(schema, dice), anything(schema, dice))),
            _ => {
                let keys: Vec<String> = entries.keys().cloned().collect();
                if !keys.is_empty() {
                    let value = entries.remove(&dice.pick(&keys)).unwrap();
                    entries.insert(key(schema, dice), value);
                }
            }
        },
        (0, Value::Array(items)) => match dice.roll(3) {
            0 => items.clear(),
            1 => items.push(anything(schema, dice)),
            _ => items.extend(items.clone()),
        },
        (0 | 1, Value::String(text)) => match dice.roll(5) {
            0 => text.push(dice.pick(&['a', '0', '-', '.', '/', '\n', ' ', 'Z', 'é', '!'])),
            1 => drop(text.pop()),
            2 => *text = text.to_uppercase(),
            3 => text.insert(0, dice.pick(&['a', '0', '-', '.', ' ', 'Z'])),
            _ => *text = text.repeat(1 + dice.roll(40)),
        },
        (_, at) => *at = anything(schema, dice),
    }
}

fn key(schema: &Value, dice: &mut Dice) -> String {
    let known: BTreeSet<String> = places(schema)
        .iter()
        .flat_map(|place| place.schema["properties"].as_object().into_iter().flat_map(Map::keys))
        .cloned()
        .collect();
    let mut keys: Vec<String> = known.into_iter().collect();
    keys.extend(
        ["", NO_KEY, "Tokyo", "aws:owner", "logs", "regoin", "a b", "é", "\u{20ac}"]
            .map(str::to_owned),
    );
    dice.pick(&keys)
}

/// Something that stands somewhere in a config, or that somebody may take for it.
fn anything(schema: &Value, dice: &mut Dice) -> Value {
    let mut values: Vec<Value> = vec![
        json!(null),
        json!(true),
        json!(1),
        json!(12_345_678_901_u64),
        json!(1.5),
        json!(""),
        json!([]),
        json!({}),
        json!([[]]),
        json!([null]),
        json!({"a": 1}),
        json!({"parameter": "A"}),
        json!({"import": "a:b-C"}),
        json!({"parameter": "A", "import": "B"}),
        json!({"parameter": "A-B"}),
        json!([{"parameter": "A"}, {"parameter": "A"}]),
        json!("012345678901"),
        json!("01234567890"),
        json!("10.0.0.0/16"),
        json!("10.0.0.0/15"),
        json!("10.0.0.0/29"),
        json!("10.0.0.1/16"),
        json!("10.0.0.0"),
        json!("010.0.0.0/16"),
        json!("10.0.0.0/016"),
        json!("256.0.0.0/16"),
        json!("2001:db8::/32"),
        json!("::1"),
        json!("10.0.1.10"),
        json!("10.0.1"),
        json!("vpc-1"),
        json!("subnet-0A1B2C3D4E5F60711"),
        json!("rtb-0a1b2c3d"),
        json!("dynamodb"),
        json!("s3"),
        json!("s3."),
        json!("ecr--api"),
        json!("ecr.dkr"),
        json!("secretmanager"),
        json!("foo.bar"),
        json!(["foo.bar", "foo-bar"]),
        json!(["logs", "logs"]),
        json!("com.amazonaws.us-east-1.logs"),
        json!(["us-east-1", "cn-north-1"]),
        json!("us-iso-east-1"),
        json!("s3://bucket"),
        json!("a".repeat(300)),
        json!(["us-east-1", "us-west-2"]),
        json!({"egress": "endpoint-addresses"}),
        json!({"endpoint-addresses": {"ecr.api": ["10.0.1.10"], "ecr.dkr": ["10.0.1.11"]}}),
        json!({"egress": "endpoint-addresses", "endpoint-addresses": {"ecr.api": ["10.0.1.10"]}}),
        json!({"security-group": "sg-0a1b2c3d4e5f60713"}),
        json!({"ecr.api": "existing"}),
    ];
    for place in places(schema) {
        values.extend(place.schema["enum"].as_array().into_iter().flatten().cloned());
        values.extend(place.schema["examples"].as_array().into_iter().flatten().cloned());
    }
    // As many of the regions as of the other words would be nothing but regions.
    values.retain(|value| value.as_str().is_none_or(|text| !text.contains("-west-")));
    dice.pick(&values)
}

/// Over configs in which something was changed: whatever the schema refuses the reader refuses, and
/// the other way round but for [`LEFT_TO_THE_READER`].
#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let schema = schema();
    let good = good();
    let mut configs = good.clone();
    configs.extend(throw(4_000).iter_mut().map(|dice| changed(dice.pick(&good), &schema, dice)));
    let verdicts = violations(&schema, &configs);
    let (mut taken, mut refused) = (0, 0);
    for (config, verdict) in configs.iter().zip(verdicts) {
        let refusals = refusals(config);
        if refusals.is_empty() {
            assert_eq!(verdict, None, "the reader takes {config}");
            taken += 1;
            continue;
        }
        refused += 1;
        if verdict.is_none() {
            let found: Vec<_> =
                refusals.iter().filter(|each| !is_left_to_the_reader(each)).collect();
            assert!(found.is_empty(), "the schema takes {config}\n{found:?}");
        }
    }
    assert!(taken > 300 && refused > 1_000, "{taken} taken, {refused} refused");
}

#[test]
fn what_is_left_to_the_reader_is_refused_by_it_alone() {
    let configs: Vec<Value> = LEFT_TO_THE_READER
        .iter()
        .map(|(_, _, stack)| {
            let mut config = plain();
            let changes: Value = serde_yaml::from_str(stack).unwrap();
            let stack = config["stacks"]["a"].as_object_mut().unwrap();
            if changes.get("regions").is_some() {
                stack.remove("region");
            }
            stack.extend(changes.as_object().unwrap().clone());
            config
        })
        .collect();
    for (n, verdict) in violations(&schema(), &configs).into_iter().enumerate() {
        let (code, part, _) = LEFT_TO_THE_READER[n];
        assert_eq!(verdict, None, "{}", configs[n]);
        let refusals = refusals(&configs[n]);
        let met = refusals.iter().any(|(c, message)| *c == code && message.contains(part));
        assert!(met && refusals.iter().all(is_left_to_the_reader), "{code:?} {part}: {refusals:?}");
    }
}
