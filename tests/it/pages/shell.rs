//! Lines to type, run by a shell.

use std::fs;
use std::net::TcpListener;
use std::process::Command;
use std::thread;

use super::pages;
use super::stage::Stage;
use crate::markdown::{Page, page};
use crate::support::root;

/// Blocks that run elsewhere: the page, the heading, and who runs them.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("README.md", "fargate-egress", "the gate: see the test below"),
    ("README.md", "Install", "the gate installs; releases::, the release workflow, the Dockerfile"),
    ("docs/deploy.md", "Many regions, many accounts", "deploy::regions, in three accounts"),
    ("docs/findings.md", "*", "the catalogue has laws for what is to be pasted"),
];

fn runs_elsewhere(page: &Page, heading: &str) -> bool {
    let is_meant = |entry: &&(&str, &str, &str)| {
        entry.0 == page.name && (entry.1 == "*" || entry.1 == heading)
    };
    ELSEWHERE.iter().any(|entry| is_meant(&entry))
}

/// What the lines of a page find in AWS.
fn before(page: &Page) -> &'static str {
    match page.name.as_str() {
        "docs/pull-errors.md" | "docs/verify.md" => {
            "aws cloudformation deploy --region ap-northeast-1 --stack-name app --template-file out/tokyo.yaml\n\
             aws ecs create-cluster --region ap-northeast-1 --cluster-name app\n"
        }
        "docs/commands.md" => {
            "fargate-egress resolve\n\
             aws ecs register-task-definition --region ap-northeast-1 --family web --network-mode awsvpc \
             --requires-compatibilities FARGATE --cpu 256 --memory 512 --container-definitions \
             '[{\"name\": \"web\", \"image\": \"012345678901.dkr.ecr.ap-northeast-1.amazonaws.com/web:1\"}]'\n"
        }
        _ => "",
    }
}

/// Runs the lines of a page, one block after the other in one shell.
fn run(page: &Page) {
    let blocks = page.blocks.iter().filter(|block| block.language == "sh");
    let here: Vec<_> = blocks.filter(|block| !runs_elsewhere(page, &block.heading)).collect();
    if here.is_empty() {
        return;
    }
    let stage = Stage::of(page);
    for name in ["target", "tests"] {
        std::os::unix::fs::symlink(root().join(name), stage.folder.path().join(name)).unwrap();
    }
    let text: String = here.iter().map(|block| block.text.as_str()).collect();
    // The port of the page may be somebody's here.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let text = text.replace("5000", &port.to_string());
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-euo", "pipefail", "-c"])
        // What a line leaves behind in the background ends with the shell, also where one fails.
        .arg(format!("trap 'kill $(jobs -p) 2> /dev/null || :' EXIT\n{}{text}", before(page)))
        .current_dir(stage.folder.path())
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", root().join("tests/pages").display()))
        .env("HOME", stage.folder.path())
        .envs(stage.environment())
        // A person would wait for the server of the page to say that it listens.
        .envs([("AWS_MAX_ATTEMPTS", "30"), ("AWS_RETRY_MODE", "standard")])
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{}:\n{text}\n{said}", page.name);
}

#[test]
fn every_line_to_type_works() {
    // They wait for deployments more than they work.
    thread::scope(|scope| {
        for page in pages() {
            scope.spawn(move || run(&page));
        }
    });
}

#[test]
fn what_runs_elsewhere_is_there() {
    for (name, heading, _) in ELSEWHERE {
        let page = page(name);
        let mut blocks = page.blocks.iter().filter(|block| block.language == "sh");
        assert!(
            blocks.any(|block| *heading == "*" || block.heading == *heading),
            "{name}: {heading}"
        );
    }
}

/// The two commands of the README are run from a clean checkout, and not by a test that cargo runs.
#[test]
fn the_gate_runs_the_commands_of_the_readme() {
    let gate = fs::read_to_string(root().join(".ci/run")).unwrap().replace(" --locked", "");
    let readme = page("README.md");
    let lines: Vec<&str> = readme.block("fargate-egress", "sh").lines().collect();
    assert_eq!(lines.len(), 2);
    for line in lines {
        let runs =
            |run: &str| run.trim() == format!("alone {line}") || run == format!("step {line}");
        assert!(gate.lines().any(runs), "{line}");
    }
}
