//! What `check` finds, as SARIF, read by a reader of SARIF 2.1.0.

use std::fs;

use crate::support::{Folder, python};

const READ_SARIF: &str = "\
import sys
from sarif_pydantic import Sarif
log = Sarif.model_validate_json(open(sys.argv[1], encoding='utf-8').read())
results = log.runs[0].results
assert log.version == '2.1.0' and len(results) == 2, results
ids = [rule.id for rule in log.runs[0].tool.driver.rules]
for result in results:
    assert ids[result.rule_index] == result.rule_id, result
    assert result.locations[0].physical_location.region.start_line >= 1
print('read')
";

#[test]
fn sarif_is_read_by_a_reader_of_sarif() {
    let folder = Folder::of_example();
    assert_eq!(folder.run(&["generate"]).code, 0);
    folder.write("out/tokyo.yaml", "changed");
    fs::remove_file(folder.path().join("out/tokyo-by-group.yaml")).unwrap();
    let run = folder.run(&["check", "--format", "sarif"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    folder.write("log.sarif", &run.stdout);
    let path = folder.path().join("log.sarif");
    let read = python(&["-c", READ_SARIF, path.to_str().unwrap()]);
    assert_eq!(read.unwrap_or_else(|error| panic!("{error}")).trim(), "read");
}

#[test]
fn only_findings_are_said_as_sarif() {
    let folder = Folder::of_example();
    let run = folder.run(&["generate", "--format", "sarif"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("for what `check` finds"), "{}", run.stderr);
    assert!(!folder.path().join("out").exists());
}
