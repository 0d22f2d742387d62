//! The committed example is what the program makes of its config, byte for byte.

use std::fs;

use crate::support::{Folder, assert_committed, root};

#[test]
fn the_committed_lock_is_what_the_snapshot_gives() {
    let folder = Folder::of_example();
    let committed = folder.read("egress.lock.json");
    fs::remove_file(folder.path().join("egress.lock.json")).unwrap();
    assert_eq!(folder.run(&["resolve", "--snapshot"]).code, 0);
    assert_eq!(folder.read("egress.lock.json"), committed);
    let again = folder.run(&["resolve", "--snapshot"]);
    assert!(again.stdout.starts_with("unchanged egress.lock.json\n"), "{}", again.stdout);
    assert_eq!(folder.read("egress.lock.json"), committed);
}

#[test]
fn the_committed_output_is_what_generate_gives() {
    let folder = Folder::of_example();
    let run = folder.run(&["generate"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for name in ["out/tokyo.yaml", "out/tokyo-by-group.yaml"] {
        let committed = fs::read_to_string(root().join(name)).unwrap();
        assert!(folder.read(name) == committed, "{name}: run `cargo run -- generate`");
    }
    assert_eq!(fs::read_dir(root().join("out")).unwrap().count(), 2);
}

#[test]
fn the_picture_in_the_readme_is_what_diagram_prints() {
    let folder = Folder::of_example();
    let run = folder.run(&["diagram", "tokyo", "--emit", "svg"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_committed(&root().join("docs/tokyo.svg"), &run.stdout);
}

#[test]
fn the_same_bytes_in_every_folder_and_on_every_run() {
    let folder = Folder::of_example();
    assert_eq!(folder.run(&["generate"]).code, 0);
    let first = folder.files();
    let again = folder.run(&["generate"]);
    assert!(again.stdout.starts_with("unchanged out/"), "{}", again.stdout);
    assert_eq!(folder.files(), first);

    let elsewhere = Folder::new();
    let config = folder.path().join("egress.yaml");
    let out = elsewhere.path().join("other/out");
    let arguments =
        ["generate", "--config", config.to_str().unwrap(), "--out", out.to_str().unwrap()];
    assert_eq!(elsewhere.run(&arguments).code, 0);
    for name in ["tokyo.yaml", "tokyo-by-group.yaml"] {
        assert_eq!(
            elsewhere.read(&format!("other/out/{name}")),
            folder.read(&format!("out/{name}"))
        );
    }
}
