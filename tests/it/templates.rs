//! Templates: the built-in ones, the user's, and what goes through them.

use std::fs;

use fargate_egress::render::TEMPLATES;

use crate::support::{Folder, root};

#[test]
fn no_template_turns_quoting_off() {
    for (name, text) in TEMPLATES {
        for word in ["safe", "autoescape", "raw"] {
            let used = text.contains(&format!("| {word}")) || text.contains(&format!("{{% {word}"));
            assert!(!used, "{name} uses `{word}`");
        }
    }
    let files = fs::read_dir(root().join("templates")).unwrap().count();
    assert_eq!(files, TEMPLATES.len(), "every template is built in");
}

#[test]
fn a_template_of_the_users_takes_the_place_of_the_built_in_one() {
    let folder = Folder::of_example();
    let built_in = fs::read_to_string(root().join("templates/cloudformation.yaml")).unwrap();
    folder.write("mine/cloudformation.yaml", built_in.replace("Properties:", "Properties: # mine"));
    let run = folder.run(&["generate", "--templates", "mine"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(folder.read("out/tokyo.yaml").contains("Properties: # mine"));
}

#[test]
fn a_failing_template_is_pointed_into_and_writes_nothing() {
    let folder = Folder::of_example();
    let before = folder.files().len();
    for (text, expected) in [
        ("Resources: {= no_such_name =}\n", "no_such_name"),
        ("Resources:\n  {% if %}\n", "cloudformation.yaml:2"),
        ("Resources: {= description | no_such_filter =}\n", "no_such_filter"),
        ("Resources: {}\n", "`TaskSecurityGroup` is not in it"),
        ("a: b: c\n", "was not rendered as planned"),
    ] {
        folder.write("mine/cloudformation.yaml", text);
        let run = folder.run(&["generate", "--templates", "mine"]);
        assert_eq!(run.code, 2, "{text}");
        assert!(
            run.stderr.contains("error[template]") && run.stderr.contains(expected),
            "{}",
            run.stderr
        );
        assert_eq!(folder.files().len(), before + 1);
    }
    assert_eq!(folder.run(&["generate", "--templates", "nowhere"]).code, 2);
}
