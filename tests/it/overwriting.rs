//! What commands do not write over: what they read, and what is not theirs.

use std::fs;

use serde_json::Value;

use crate::support::Folder;

const INIT: &[&str] = &["init", "--region", "ap-northeast-1", "--account", "012345678901"];

fn config(stack: &str, more: &str) -> String {
    format!(
        "{more}stacks:\n  {stack}:\n    region: ap-northeast-1\n    registries: [\"012345678901\"]\n    \
         endpoint: {{egress: deny}}\n"
    )
}

#[test]
fn what_a_command_reads_stays() {
    let yaml: &[&str] = &["--config", "a.yaml", "--out", "."];
    let json: &[&str] = &["--config", "b.yaml", "--lock", "a.json", "--out", "."];
    for (stack, more, flags, read) in [
        ("a", "", yaml, "a.yaml"),
        ("a", "emit: [json]\n", json, "a.json"),
        // The same file by another name.
        ("link", "", yaml, "a.yaml"),
    ] {
        let folder = Folder::new();
        folder.write(flags[1], config(stack, more));
        fs::hard_link(folder.path().join(flags[1]), folder.path().join("link.yaml")).unwrap();
        let with = |command: &'static str| [&[command], flags].concat();
        let resolve: Vec<&str> =
            with("resolve").into_iter().filter(|word| !["--out", "."].contains(word)).collect();
        let run = folder.run(&[&resolve[..], &["--snapshot"]].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        let before = folder.files();
        let run = folder.run(&with("generate"));
        assert_eq!(run.code, 3, "{}", run.stderr);
        let said = "this command reads it; name another path";
        assert!(run.stderr.contains(said), "{read}: {}", run.stderr);
        assert_eq!(folder.files(), before, "{read}");
    }
    let folder = Folder::new();
    folder.write("good.svg", fs::read("tests/findings/good.yaml").unwrap());
    let before = folder.files();
    let run = folder.run(&["verify", "good.svg", "--diagram", "good.svg"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert_eq!(folder.files(), before);
}

#[test]
fn what_somebody_wrote_by_hand_stays() {
    let folder = Folder::of_example();
    let run = folder.run(&["generate"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for form in ["yaml", "json", "cdk", "svg", "mermaid", "report"] {
        let run = folder.run(&["generate", "--emit", form]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let written: Vec<_> = fs::read_dir(folder.path().join("out")).unwrap().collect();
        let path = written
            .into_iter()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.extension().is_some_and(|extension| form_of(extension) == form))
            .unwrap();
        let ours = fs::read(&path).unwrap();
        fs::write(&path, "theirs\n").unwrap();
        let run = folder.run(&["generate", "--emit", form]);
        assert_eq!(run.code, 3, "{form}: {}", run.stderr);
        assert!(run.stderr.contains("none that fargate-egress wrote"), "{}", run.stderr);
        assert_eq!(fs::read(&path).unwrap(), b"theirs\n");
        // Nobody's, and ours with something on top of it, as a merge leaves it.
        for begins in [String::new(), format!("<<<<<<< HEAD\n{}", String::from_utf8_lossy(&ours))] {
            fs::write(&path, begins).unwrap();
            let run = folder.run(&["generate", "--emit", form]);
            assert_eq!(run.code, 0, "{form}: {}", run.stderr);
            assert_eq!(fs::read(&path).unwrap(), ours);
        }
    }
}

fn form_of(extension: &std::ffi::OsStr) -> &str {
    match extension.to_str().unwrap() {
        "ts" => "cdk",
        "mmd" => "mermaid",
        "md" => "report",
        extension => extension,
    }
}

#[test]
fn a_schema_of_somebody_elses_stays() {
    let folder = Folder::new();
    folder.write("egress.schema.json", "{\"title\": \"theirs\"}\n");
    let before = folder.files();
    let run = folder.run(INIT);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert_eq!(folder.files(), before);
    fs::remove_file(folder.path().join("egress.schema.json")).unwrap();
    assert_eq!(folder.run(INIT).code, 0);
    let ours = folder.read("egress.schema.json");
    folder.write("egress.schema.json", ours.replace("/16", "/15"));
    let run = folder.run(&[INIT, &["--force"]].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(folder.read("egress.schema.json"), ours);
}

#[cfg(unix)]
#[test]
fn whose_a_file_was_it_stays() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
    let folder = Folder::of_example();
    assert_eq!(folder.run(&["generate"]).code, 0);
    let path = folder.path().join("out/tokyo.yaml");
    // Another's where this process may say so, which root may.
    let other = chown(&path, Some(12_345), Some(12_345))
        .map_or(fs::metadata(&path).unwrap().uid(), |()| 12_345);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o664)).unwrap();
    fs::write(&path, folder.read("out/tokyo.yaml").replace("443", "444")).unwrap();
    assert_eq!(folder.run(&["generate"]).code, 0);
    let found = fs::metadata(&path).unwrap();
    assert!(folder.read("out/tokyo.yaml").contains("443"));
    assert_eq!((found.uid(), found.mode() & 0o777), (other, 0o664));
}

#[test]
fn the_list_of_another_region_is_refused() {
    let folder = Folder::new();
    let text = config("a", "").replace("endpoint:", "s3-prefix-list: pl-63a5400a\n    endpoint:");
    folder.write("egress.yaml", &text);
    let run = folder.run(&["resolve", "--snapshot"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("error[foreign-prefix-list]"), "{}", run.stderr);
    assert!(run.stderr.contains("in ap-northeast-1 it is `pl-61a54008`"), "{}", run.stderr);
    folder.write("egress.yaml", text.replace("pl-63a5400a", "pl-61a54008"));
    assert_eq!(folder.run(&["resolve", "--snapshot"]).code, 0);
    assert_eq!(folder.run(&["generate"]).code, 0);

    let folder = Folder::of_example();
    let lock = folder.read("egress.lock.json").replace("pl-61a54008", "pl-63a5400a");
    folder.write("egress.lock.json", lock);
    for command in ["generate", "check"] {
        let run = folder.run(&[command]);
        assert_eq!(run.code, 2);
        assert!(run.stderr.contains("S3's prefix list in us-east-1"), "{}", run.stderr);
    }
}

#[test]
fn what_files_say_moves_no_cursor() {
    let folder = Folder::of_example();
    let lock = folder.read("egress.lock.json");
    let lock: Value = serde_json::from_str(&lock).unwrap();
    let mut lock = lock;
    let hosts = &mut lock["partitions"]["aws"]["ap-northeast-1"]["services"]["ecr.api"]["hosts"];
    let (_, facts) = hosts.as_object().unwrap().iter().next().unwrap();
    let facts = facts.clone();
    hosts.as_object_mut().unwrap().insert("evil\u{1b}[2J\u{1b}]0;\u{7}".to_owned(), facts);
    folder.write("egress.lock.json", format!("{lock:#}\n"));
    let run = folder.run(&["resolve", "--snapshot", "--dry-run"]);
    assert!(run.stdout.contains("evil"), "{}{}", run.stdout, run.stderr);
    assert!(!run.stdout.contains('\u{1b}') && !run.stderr.contains('\u{1b}'), "{}", run.stdout);
    let run = folder.run(&["generate", "--config", "\u{1b}[2J/"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(!run.stderr.contains('\u{1b}'), "{}", run.stderr);
    let run = folder.run(&["resolve", "--snapshot", "--lock", "egress.yaml/\u{1b}[2J"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(!run.stderr.contains('\u{1b}'), "{}", run.stderr);
}

#[test]
fn a_run_without_a_result_has_no_log() {
    let folder = Folder::of_example();
    for arguments in [&["verify", "out"][..], &["check", "--out", "egress.yaml"]] {
        fs::create_dir_all(folder.path().join("out")).unwrap();
        let run = folder.run(&[arguments, &["--format", "sarif"]].concat());
        assert_eq!((run.code, &*run.stdout), (3, ""), "{}", run.stderr);
    }
}

#[test]
fn a_config_may_come_from_standard_input_and_a_lock_may_not() {
    let folder = Folder::new();
    let config = config("a", "");
    let run = folder.run_with_input(&["resolve", "--snapshot", "--config", "-"], &config);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = folder.run_with_input(&["generate", "--config", "-"], &config);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(folder.read("out/a.yaml").contains("Generated by"));
    let run = folder.run_with_input(&["generate", "--lock", "-"], "{}");
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("standard input is none"), "{}", run.stderr);
}

#[test]
fn a_file_named_in_two_ways_is_named_twice() {
    let folder = Folder::new();
    folder.write("a.yaml", fs::read("tests/findings/good.yaml").unwrap());
    let run = folder.run(&["verify", "a.yaml", "./a.yaml"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stderr.contains("is named twice"), "{}", run.stderr);
}
