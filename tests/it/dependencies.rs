//! What the program is built from: what cargo says of it, beside what is written down.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{readers, root};

/// What `cargo metadata` says of everything that is built on this machine, tests included.
fn metadata() -> Value {
    let flags = ["--locked", "--format-version", "1", "--filter-platform", &host()];
    let output = Command::new(env!("CARGO")).arg("metadata").args(flags).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The triple of this machine.
fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    said.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn has_target(package: &Value, kind: &str) -> bool {
    array(&package["targets"])
        .iter()
        .any(|target| array(&target["kind"]).iter().any(|it| it == kind))
}

fn by_id(items: &Value) -> BTreeMap<&str, &Value> {
    array(items).iter().map(|item| (text(&item["id"]), item)).collect()
}

/// All packages that are built. Without `tests`, those of the program and its build alone.
fn built(metadata: &Value, tests: bool) -> Vec<&Value> {
    let nodes = by_id(&metadata["resolve"]["nodes"]);
    let mut found = BTreeSet::new();
    let mut left = vec![text(&metadata["resolve"]["root"])];
    while let Some(id) = left.pop() {
        if found.insert(id) {
            let edges = array(&nodes[id]["deps"]).iter().filter(|edge| {
                tests || array(&edge["dep_kinds"]).iter().any(|kind| kind["kind"] != "dev")
            });
            left.extend(edges.map(|edge| text(&edge["pkg"])));
        }
    }
    array(&metadata["packages"]).iter().filter(|it| found.contains(text(&it["id"]))).collect()
}

fn note() -> String {
    fs::read_to_string(root().join("docs/dependencies.md")).unwrap()
}

/// The rows of tables with so many columns, without their heads.
fn rows(text: &str, columns: usize) -> Vec<Vec<&str>> {
    text.lines()
        .filter_map(|line| line.strip_prefix('|')?.strip_suffix('|'))
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>())
        .filter(|row| row.len() == columns && row[0] != "crate" && !row[0].starts_with("--"))
        .collect()
}

/// `forbidden`, `none` or `yes`, as the note says it.
fn unsafety(package: &Value) -> &'static str {
    let library = array(&package["targets"])
        .iter()
        .find(|target| array(&target["kind"]).iter().any(|kind| kind == "lib"))
        .unwrap();
    let first = fs::read_to_string(text(&library["src_path"])).unwrap();
    let forbids = |line: &str| line.starts_with("#![forbid(") && line.contains("unsafe_code");
    if first.lines().any(forbids) {
        return "forbidden";
    }
    let is_used = |line: &str| {
        let code = line.split("//").next().unwrap_or_default();
        code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe")
    };
    let mut folders =
        vec![Path::new(text(&package["manifest_path"])).parent().unwrap().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs")
                && fs::read_to_string(path).unwrap().lines().any(is_used)
            {
                return "yes";
            }
        }
    }
    "none"
}

#[test]
fn every_direct_dependency_is_in_the_note_as_it_is() {
    let metadata = metadata();
    let root = text(&metadata["resolve"]["root"]);
    let (packages, nodes) = (by_id(&metadata["packages"]), by_id(&metadata["resolve"]["nodes"]));
    let direct: BTreeMap<&str, &Value> = array(&nodes[root]["deps"])
        .iter()
        .map(|edge| packages[text(&edge["pkg"])])
        .map(|package| (text(&package["name"]), package))
        .collect();
    let root = packages[root];
    let of_kind = |kind: &Value| -> BTreeMap<&str, bool> {
        let of_kind = array(&root["dependencies"]).iter().filter(|it| it["kind"] == *kind);
        of_kind.map(|it| (text(&it["name"]), it["optional"] == true)).collect()
    };
    let wanted = of_kind(&Value::Null);
    let mut for_tests = of_kind(&"dev".into());
    for_tests.retain(|name, _| !wanted.contains_key(name));

    let note = note();
    let (shipped, tests) = note.split_once("Only for tests").unwrap();
    for (part, wanted) in [(shipped, wanted), (tests, for_tests)] {
        let rows = rows(part, 6);
        let named = |row: &Vec<&str>| row[0].trim_end_matches(" °").to_owned();
        let names: Vec<String> = rows.iter().map(named).collect();
        assert_eq!(names, wanted.keys().copied().collect::<Vec<_>>(), "docs/dependencies.md");
        for row in &rows {
            let name = named(row);
            let package = direct[&*name];
            let building =
                if has_target(package, "custom-build") { "build script" } else { "nothing" };
            assert_eq!(row[0].ends_with('°'), wanted[&*name], "{name}: optional");
            assert!(row[1].len() > 10, "{name}: what for?");
            assert_eq!(row[2], text(&package["license"]), "{name}");
            assert!(text(&package["repository"]).contains(row[3]), "{name}: {}", row[3]);
            assert_eq!((row[4], row[5]), (unsafety(package), building), "{name}");
        }
    }
}

#[test]
fn everything_that_runs_while_it_is_built_is_in_the_note() {
    let note = note();
    let (_, part) = note.split_once("## What runs while it is built").unwrap();
    let scripts: BTreeSet<&str> = rows(part, 2).iter().flat_map(|row| row[0].split(", ")).collect();
    let (_, rest) = part.split_once("\nMacros").unwrap();
    let (_, rest) = rest.split_once(':').unwrap();
    let (macros, _) = rest.split_once('.').unwrap();
    let macros: BTreeSet<&str> = macros.split(',').map(str::trim).collect();

    // cargo-deny compares its list with what there is, on every platform.
    let deny = fs::read_to_string(root().join("deny.toml")).unwrap();
    let (_, allowed) = deny.split_once("\nallow-build-scripts = [\n").unwrap();
    let (allowed, _) = allowed.split_once("\n]").unwrap();
    let allowed = allowed.lines().map(|line| line.trim().trim_matches([',', '"']));
    assert_eq!(scripts, allowed.collect());
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    for name in &scripts {
        assert!(lock.contains(&format!("\nname = \"{name}\"\n")), "{name} is not built any more");
    }

    let metadata = metadata();
    let of_program = built(&metadata, false);
    let with = |kind| -> BTreeSet<&str> {
        let those = of_program.iter().filter(|it| has_target(it, kind));
        those.map(|it| text(&it["name"])).collect()
    };
    assert_eq!(macros, with("proc-macro"));
    assert!(with("custom-build").is_subset(&scripts));
}

/// The workflow checks advisories too; their database is not in any package registry.
#[test]
fn cargo_deny_takes_them_all() {
    let output = Command::new(readers().join("cargo-deny"))
        .current_dir(root())
        .args(["--locked", "check", "--deny", "warnings", "bans", "licenses", "sources"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn nothing_needs_a_newer_rust_than_is_promised() {
    let number = |text: &str| -> Vec<u64> {
        text.split('.').map(|part| part.parse().unwrap()).chain([0]).take(3).collect()
    };
    let promised = number(env!("CARGO_PKG_RUST_VERSION"));
    for package in built(&metadata(), true) {
        if let Some(version) = package["rust_version"].as_str() {
            assert!(number(version) <= promised, "{} needs {version}", package["name"]);
        }
    }
}

#[test]
fn the_package_has_what_is_compiled_in_and_nothing_of_the_tests() {
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["package", "--list", "--allow-dirty", "--locked"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let list = String::from_utf8(output.stdout).unwrap();
    let list: BTreeSet<&str> = list.lines().collect();
    let tops: BTreeSet<&str> = list.iter().map(|path| path.split('/').next().unwrap()).collect();
    let wanted = [
        ".cargo_vcs_info.json",
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "Cargo.toml.orig",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "SECURITY.md",
        "docs",
        "src",
        "templates",
    ];
    assert_eq!(tops, wanted.into());
    for path in ["docs/verify.schema.json", "src/facts/ip-ranges.bin", "templates/construct.ts"] {
        assert!(list.contains(path), "{path}");
    }
}

#[test]
fn what_is_fuzzed_is_what_ships() {
    let packages = |path: &str| -> BTreeSet<String> {
        let lock = fs::read_to_string(root().join(path)).unwrap();
        let packages = lock.split("[[package]]").skip(1);
        packages
            .map(|one| one.lines().take(3).collect::<Vec<_>>().join(" ").trim().to_owned())
            .collect()
    };
    // But for the fuzzer itself.
    let own = ["arbitrary", "fargate-egress-fuzz", "jobserver", "libfuzzer-sys"];
    let (fuzzed, ships) = (packages("fuzz/Cargo.lock"), packages("Cargo.lock"));
    assert!(fuzzed.len() > 100 && ships.len() > 100);
    let others = fuzzed.difference(&ships);
    let others = others.filter(|one| !own.iter().any(|own| one.contains(&format!("\"{own}\""))));
    assert_eq!(
        others.collect::<Vec<_>>(),
        [""; 0],
        "\
        make it anew: cp Cargo.lock fuzz/ && cargo metadata --manifest-path fuzz/Cargo.toml > target/fuzz.json"
    );
}
