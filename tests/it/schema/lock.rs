//! The schema of the lock says what the types of the lock say.

use std::collections::BTreeSet;

use fargate_egress::lock::{self, LockError, schema};
use serde_json::{Value, json};

use super::violations;
use super::walk::{paths, places, put};

/// A lock with something of everything.
fn everything() -> Value {
    let mut lock: Value =
        serde_json::from_str(include_str!("../../../egress.lock.json")).expect("the example");
    let region = &mut lock["partitions"]["aws"]["ap-northeast-1"];
    region["prefixes"]["2406:da14::/33"] =
        json!({"border-group": "ap-northeast-1", "services": ["AMAZON", "EC2"]});
    region["services"]["ecr.dkr"]["hosts"]["012345678901.dkr.ecr.ap-northeast-1.amazonaws.com"]["addresses"]
        ["2406:da14::1"] = json!({"last-seen": "2026-11-09", "prefix": "2406:da14::/33", "seen-by": ["1.1.1.1", "system"]});
    lock["stacks"] = json!({"tokyo": {
        "endpoint-addresses": {"ecr.api": ["10.0.1.10", "10.0.2.10"], "ecr.dkr": []},
        "vpc": "vpc-0a1b2c3d4e5f60718",
    }});
    lock
}

/// In the form in which `resolve` writes it, if it is a lock.
fn canonical(lock: &Value) -> String {
    format!("{lock:#}\n")
}

const NO_KEY: &str = "zzzzzzzz";

/// Asked for a key that does not exist, the reader lists those that do.
#[test]
fn every_key_of_the_lock_is_in_the_schema_and_no_other() {
    let schema = schema();
    let mut objects = 0;
    for place in places(&schema) {
        let Some(properties) = place.schema["properties"].as_object() else { continue };
        let mut lock = json!({"partitions": {}, "version": lock::VERSION});
        let mut top = json!({});
        let root = if place.path.is_empty() { &mut top } else { &mut lock };
        put(root, &place.path, json!({NO_KEY: 1}));
        if place.path.is_empty() {
            top["version"] = json!(lock::VERSION);
            lock = top;
        }
        let Err(LockError::Form { message, .. }) = lock::parse_lenient(&lock.to_string()) else {
            panic!("{place:?}");
        };
        let (unknown, expected) = message.split_once(", expected ").unwrap();
        assert!(unknown.ends_with(&format!("`{NO_KEY}`")), "{message}");
        let known: BTreeSet<&str> = expected.split('`').skip(1).step_by(2).collect();
        assert_eq!(known, properties.keys().map(String::as_str).collect(), "{message}");
        objects += 1;
    }
    assert!(objects >= 9, "{objects}");
}

/// What the reader refuses for its form and the schema takes: which digits make an IPv6 address.
fn is_left_to_the_reader(message: &str) -> bool {
    message.contains("invalid IP address syntax") || message.contains("is not an IP address")
}

/// Over locks from which something was taken or to which something was added: the schema refuses
/// nothing that is taken, and takes nothing that has another form.
#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let whole = everything();
    assert!(lock::parse(&canonical(&whole)).is_ok());
    let mut locks = vec![whole.clone()];
    let wrong = [
        json!(null),
        json!(1),
        json!(-1),
        json!(true),
        json!("x"),
        json!([]),
        json!({}),
        json!(["x"]),
        json!("2025"),
        json!("2025-13"),
        json!("10.0.0.0/33"),
        json!("::/129"),
        json!("pl-1"),
        json!(2),
        json!({"x": 1}),
        json!([1]),
        json!(["AMAZON"]),
        json!("vpc-0a1b2c3d"),
        json!("2025-02-28"),
    ];
    for path in paths(&whole) {
        let part = whole.pointer(&path).unwrap();
        locks.extend(wrong.iter().map(|value| changed(&whole, &path, |at| *at = value.clone())));
        for key in part.as_object().into_iter().flat_map(|entries| entries.keys()) {
            let drop_key = |at: &mut Value| drop(at.as_object_mut().unwrap().remove(key));
            locks.push(changed(&whole, &path, drop_key));
            locks.push(changed(&whole, &path, |at| {
                let value = at.as_object_mut().unwrap().remove(key).unwrap();
                at[format!("{key}x")] = value;
            }));
        }
        if part.is_object() {
            locks.push(changed(&whole, &path, |at| at[NO_KEY] = json!("x")));
        }
        if let Some(first) = part.get(0) {
            locks.push(changed(&whole, &path, |at| at.as_array_mut().unwrap().push(first.clone())));
        }
    }
    let verdicts = violations(&schema(), &locks);
    let (mut taken, mut refused) = (0, 0);
    for (lock, verdict) in locks.iter().zip(verdicts) {
        if lock::parse(&canonical(lock)).is_ok() {
            assert_eq!(verdict, None, "the reader takes {lock}");
            taken += 1;
        } else if let Err(error) = lock::parse_lenient(&lock.to_string()) {
            let left =
                matches!(&error, LockError::Form { message, .. } if is_left_to_the_reader(message));
            assert!(verdict.is_some() || left, "the schema takes {lock}\n{error:?}");
            refused += 1;
        }
    }
    assert!(taken > 50 && refused > 500, "{taken} taken, {refused} refused");
}

fn changed(whole: &Value, path: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut lock = whole.clone();
    change(lock.pointer_mut(path).unwrap());
    lock
}
