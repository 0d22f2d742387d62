//! The hooks for pre-commit and the action for GitHub, by the tools that read them, and run.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use clap::CommandFactory as _;
use fargate_egress::commands::Cli;
use serde_yaml::Value;

use crate::markdown::page;
use crate::support::{Folder, readers, root};

pub(crate) fn yaml(name: &str) -> Value {
    serde_yaml::from_str(&fs::read_to_string(root().join(name)).unwrap()).unwrap()
}

pub(crate) fn assert_accepts(reader: &str, arguments: &[&str]) {
    let output =
        Command::new(readers().join(reader)).current_dir(root()).args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{reader}: {}", String::from_utf8_lossy(&said));
}

/// Whether a hook is for a file, as pre-commit finds it out.
fn is_for(hook: &Value, path: &str) -> bool {
    let program = "import re, sys; sys.exit(re.search(sys.argv[1], sys.argv[2]) is None)";
    let files = hook["files"].as_str().unwrap();
    let mut python = Command::new(readers().join("python"));
    python.args(["-c", program, files, path]).status().unwrap().success()
}

#[test]
fn the_hooks_are_what_pre_commit_takes() {
    assert_accepts("pre-commit", &["validate-manifest", ".pre-commit-hooks.yaml"]);
    let hooks = yaml(".pre-commit-hooks.yaml");
    let hooks = hooks.as_sequence().unwrap();
    let hook = |id: &str| hooks.iter().find(|hook| hook["id"] == *id).unwrap();
    for hook in hooks {
        let words: Vec<_> = hook["entry"].as_str().unwrap().split(' ').map(Into::into).collect();
        let mut words: Vec<std::ffi::OsString> = words;
        assert_eq!(words[0], env!("CARGO_PKG_NAME"));
        if hook.get("pass_filenames").is_none() {
            words.push("template.yaml".into());
        }
        Cli::read(&words).unwrap();
        assert_eq!(hook["language"], "rust");
    }
    for path in ["egress.yaml", "egress.lock.json", "infra/out/tokyo.yaml", "out/tokyo.json"] {
        assert!(is_for(hook("fargate-egress-check"), path), "{path}");
        assert!(is_for(hook("fargate-egress-generate"), path), "{path}");
    }
    for path in ["README.md", "regress.yaml", "src/layout/x.rs", "egress.yaml.orig"] {
        assert!(!is_for(hook("fargate-egress-check"), path), "{path}");
    }
    for path in [
        "cloudformation/app.yaml",
        "template.yml",
        "a/app.template.json",
        "a.template",
        "x.cfn.yaml",
    ] {
        assert!(is_for(hook("fargate-egress-verify"), path), "{path}");
    }
    // Helm's templates are none of CloudFormation's.
    for path in
        ["charts/a/templates/service.yaml", "egress.yaml", "template.md", "my-template.yaml"]
    {
        assert!(!is_for(hook("fargate-egress-verify"), path), "{path}");
    }
}

/// pre-commit itself, with the program that was built here in the place of the one it would build.
#[test]
fn a_hook_fails_for_drift_and_passes_without() {
    let folder = Folder::of_example();
    assert_eq!(folder.run(&["generate"]).code, 0);
    let manifest = fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    let system = manifest.replace("language: rust", "language: system");
    let program = env!("CARGO_BIN_EXE_fargate-egress");
    let here = system.replace("entry: fargate-egress", &format!("entry: {program}"));
    let hooks: Value = serde_yaml::from_str(&here).unwrap();
    let config = serde_json::json!({"repos": [{"repo": "local", "hooks": hooks}]});
    folder.write(".pre-commit-config.yaml", config.to_string());
    let git = |arguments: &[&str]| {
        let output =
            Command::new("git").arg("-C").arg(folder.path()).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    git(&["init", "--quiet"]);
    let hook = |id: &str| {
        git(&["add", "--all"]);
        let output = Command::new(readers().join("pre-commit"))
            .args(["run", "--all-files", "--verbose", id])
            .current_dir(folder.path())
            .env("PRE_COMMIT_HOME", folder.path().join(".git/pre-commit"))
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (passed, said) = hook("fargate-egress-check");
    assert!(passed && said.contains("Passed"), "{said}");
    let template = folder.read("out/tokyo.yaml");
    folder.write("out/tokyo.yaml", template.replacen("443", "444", 1));
    let (passed, said) = hook("fargate-egress-check");
    assert!(
        !passed && said.contains("exit code: 1") && said.contains("[output-differs]"),
        "{said}"
    );
    // A hook that changes files fails, and they are right then.
    assert!(!hook("fargate-egress-generate").0);
    assert_eq!(folder.read("out/tokyo.yaml"), template);
    assert!(hook("fargate-egress-generate").0);
    folder.write(
        "cfn/app.yaml",
        template.replacen("PrivateDnsEnabled: true", "PrivateDnsEnabled: false", 1),
    );
    let (passed, said) = hook("fargate-egress-verify");
    assert!(!passed && said.contains("private-dns-off"), "{said}");
}

/// What the page shows of both is taken, and names what there is.
#[test]
fn the_page_uses_the_hooks_and_the_action_as_they_are() {
    let folder = Folder::new();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let page = page("docs/pipelines.md");
    let text = page.block("pre-commit", "yaml");
    folder.write("hooks.yaml", text);
    assert_accepts("pre-commit", &["validate-config", &path("hooks.yaml")]);
    let config: Value = serde_yaml::from_str(text).unwrap();
    let hooks = yaml(".pre-commit-hooks.yaml");
    for used in config["repos"][0]["hooks"].as_sequence().unwrap() {
        assert!(
            hooks.as_sequence().unwrap().iter().any(|hook| hook["id"] == used["id"]),
            "{used:?}"
        );
    }

    let text = page.block("GitHub Actions", "yaml");
    folder.write("workflow.yaml", text);
    let schema = ["--builtin-schema", "vendor.github-workflows"];
    assert_accepts("check-jsonschema", &[&schema[..], &[&path("workflow.yaml")]].concat());
    let (workflow, action): (Value, Value) =
        (serde_yaml::from_str(text).unwrap(), yaml("action.yml"));
    let mut uses = 0;
    for job in ["check", "world"] {
        for step in workflow["jobs"][job]["steps"].as_sequence().unwrap() {
            let used = step.get("uses").and_then(Value::as_str).unwrap_or_default();
            if used.starts_with("YOUR-ORG/fargate-egress@") {
                for (input, _) in step["with"].as_mapping().unwrap() {
                    assert!(action["inputs"].get(input).is_some(), "{input:?}");
                }
                uses += 1;
            }
        }
    }
    assert_eq!(uses, 2);
}

/// A step of the action, run as GitHub runs it.
struct Step<'a> {
    id: &'a str,
    folder: &'a Folder,
    environment: BTreeMap<&'a str, String>,
}

impl<'a> Step<'a> {
    fn new(id: &'a str, folder: &'a Folder) -> Step<'a> {
        let temporary = |name: &str| folder.path().join(name).display().to_string();
        let environment = BTreeMap::from([
            ("GITHUB_ACTION_PATH", root().display().to_string()),
            ("GITHUB_OUTPUT", temporary("output")),
            ("GITHUB_PATH", temporary("path")),
            ("RUNNER_TEMP", temporary("temp")),
            ("RUNNER_OS", "Linux".to_owned()),
            ("RUNNER_ARCH", "X64".to_owned()),
            ("PATH", format!("{}:/usr/bin:/bin", temporary("bin"))),
        ]);
        Step { id, folder, environment }
    }

    fn with(mut self, name: &'a str, value: impl Into<String>) -> Step<'a> {
        self.environment.insert(name, value.into());
        self
    }

    /// Its exit code, what it printed, and its outputs.
    fn run(self) -> (i32, String, BTreeMap<String, String>) {
        let action = yaml("action.yml");
        let steps = action["runs"]["steps"].as_sequence().unwrap();
        let step = steps.iter().find(|step| step["id"] == *self.id).unwrap();
        // What the step takes from the workflow is what is given here.
        for (name, _) in step["env"].as_mapping().unwrap() {
            assert!(self.environment.contains_key(name.as_str().unwrap()), "{name:?}");
        }
        self.folder.write("script.sh", step["run"].as_str().unwrap());
        self.folder.write("output", "");
        let output = Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "../script.sh"])
            .current_dir(self.folder.path().join("work"))
            .env_clear()
            .envs(&self.environment)
            .output()
            .unwrap();
        let outputs = self.folder.read("output");
        let outputs = outputs.lines().map(|line| {
            let (name, value) = line.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        });
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        (output.status.code().unwrap(), said, outputs.collect())
    }
}

fn executable(folder: &Folder, name: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    folder.write(name, script);
    fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn the_action_is_what_github_takes() {
    assert_accepts(
        "check-jsonschema",
        &["--builtin-schema", "vendor.github-actions", "action.yml"],
    );
    let action = yaml("action.yml");
    let name = action["inputs"]["command"]["default"].as_str().unwrap();
    assert!(Cli::command().find_subcommand(name).is_some());
    for step in action["runs"]["steps"].as_sequence().unwrap() {
        if let Some(script) = step.get("run") {
            assert!(!script.as_str().unwrap().contains("${{"), "a text would become a script");
        }
    }
    for (name, output) in action["outputs"].as_mapping().unwrap() {
        let name = name.as_str().unwrap();
        assert_eq!(output["value"], format!("${{{{ steps.run.outputs.{name} }}}}"));
    }
}

#[test]
fn the_action_builds_with_and_without_the_network() {
    let folder = Folder::new();
    folder.write("work/x", "");
    executable(&folder, "bin/cargo", "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
    let place = |network: &str| Step::new("place", &folder).with("NETWORK", network).run();
    let (code, said, outputs) = place("false");
    assert_eq!((code, said.as_str()), (0, ""));
    let with_network = place("true").2;
    assert_ne!(outputs["key"], with_network["key"]);
    assert_eq!(outputs, place("false").2);
    let (code, said, outputs) = place("maybe");
    assert_eq!((code, outputs.len()), (2, 0), "{said}");

    for (network, flags) in [("false", &["--no-default-features"][..]), ("true", &[])] {
        let step = Step::new("build", &folder).with("NETWORK", network).with("ROOT", "/a b");
        let (code, said, _) = step.run();
        assert_eq!(code, 0, "{said}");
        let root = root().display().to_string();
        let words = [
            &[
                "install",
                "--locked",
                "--quiet",
                "--path",
                &root,
                "--root",
                "/a b",
                "--target-dir",
                "/a b/target",
            ],
            flags,
        ];
        assert_eq!(said.lines().collect::<Vec<_>>(), words.concat());
    }
}

#[test]
fn the_action_runs_and_says_what_it_found() {
    let folder = Folder::new();
    for name in ["egress.yaml", "egress.lock.json", "out/tokyo.yaml", "out/tokyo-by-group.yaml"] {
        folder.write(&format!("work/{name}"), fs::read(root().join(name)).unwrap());
    }
    fs::create_dir(folder.path().join("bin")).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_fargate-egress"));
    std::os::unix::fs::symlink(program, folder.path().join("bin/fargate-egress")).unwrap();
    let run = |command: &str, arguments: &str, sarif: &str, fail: &str| {
        Step::new("run", &folder)
            .with("ROOT", folder.path().display().to_string())
            .with("COMMAND", command)
            .with("ARGS", arguments)
            .with("SARIF", sarif)
            .with("FAIL", fail)
            .with("FOLDER", "infra")
            .run()
    };
    let outputs = |code: &str, findings: &str, log: &str| {
        let pairs = [("exit-code", code), ("findings", findings), ("sarif-file", log)];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    };
    let log = |name: &str| -> usize {
        let log: serde_json::Value =
            serde_json::from_str(&folder.read(&format!("work/{name}"))).unwrap();
        log["runs"][0]["results"].as_array().unwrap().len()
    };
    let (code, said, found) = run("check", "", "egress.sarif", "true");
    assert_eq!((code, found), (0, outputs("0", "false", "infra/egress.sarif")), "{said}");
    assert_eq!(log("egress.sarif"), 0);
    // The steps behind it find the program.
    assert_eq!(folder.read("path"), format!("{}\n", folder.path().join("bin").display()));
    let absolute = folder.path().join("work/absolute.sarif").display().to_string();
    assert_eq!(run("check", "", &absolute, "true").2, outputs("0", "false", &absolute));
    assert_eq!(run("--version", "", "", "true").2, outputs("0", "false", ""));

    // One argument a line, so that one with a space in it is one.
    let (code, said, found) = run("generate", "--out\nthe output\n", "", "true");
    assert_eq!((code, found), (0, outputs("0", "false", "")), "{said}");
    assert!(folder.path().join("work/the output/tokyo.yaml").exists());

    folder.write("work/out/tokyo.yaml", "Resources: {}\n");
    let (code, said, found) = run("check", "", "drift.sarif", "true");
    assert_eq!((code, found), (1, outputs("1", "true", "infra/drift.sarif")), "{said}");
    assert!(said.contains("output:"), "{said}");
    assert!(log("drift.sarif") > 0);
    let (code, _, found) = run("check", "", "", "false");
    assert_eq!((code, found), (0, outputs("1", "true", "")));

    // A failure is none of what `fail` is about, and leaves no log.
    let (code, _, found) = run("check", "--config\nnone.yaml", "none.sarif", "false");
    assert_eq!((code, found), (2, outputs("2", "false", "")));
    assert!(!folder.path().join("work/none.sarif").exists());

    for hostile in ["check; touch pwned", "$(touch pwned)", "`touch pwned`", "\"; touch pwned; \""]
    {
        assert_eq!(run(hostile, "", "", "true").0, 2, "{hostile}");
        assert_eq!(run("check", hostile, "", "true").0, 2, "{hostile}");
        run("check", "", hostile, hostile);
    }
    assert_eq!(run("check", "", "a\nfindings=false", "true").0, 2);
    assert!(!folder.path().join("work/pwned").exists());
}
