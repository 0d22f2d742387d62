//! The JSON Schemas, read by the tools that people's editors and pipelines read them with, and held
//! to what the program's own readers take and refuse.

mod config;
mod files;
mod language_server;
mod lock;
mod walk;

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{readers, root};

/// What a validator says of each value: what is wrong with it, or nothing.
///
/// Panics where the schema is not one of draft 2020-12.
fn violations(schema: &Value, values: &[Value]) -> Vec<Option<String>> {
    let mut child = Command::new(readers().join("python"))
        .arg(root().join("tests/tools/validate.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: Vec<String> =
        std::iter::once(schema).chain(values).map(|value| format!("{value}\n")).collect();
    let mut input = child.stdin.take().unwrap();
    // Beside the reading, or both sides would wait for each other once the pipes are full.
    let writing = std::thread::spawn(move || input.write_all(lines.concat().as_bytes()));
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    writing.join().unwrap().unwrap_or_else(|error| panic!("{error}: {said}"));
    assert!(output.status.success(), "{said}");
    let verdicts = String::from_utf8(output.stdout).unwrap();
    let verdicts: Vec<_> =
        verdicts.lines().map(|line| (!line.is_empty()).then(|| line.to_owned())).collect();
    assert_eq!(verdicts.len(), values.len());
    verdicts
}
