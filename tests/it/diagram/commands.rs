//! `diagram` and `verify --diagram` as a user runs them.

use std::fs;

use crate::findings::good;
use crate::support::{Folder, root};

#[test]
fn a_stack_is_printed_and_a_generated_one_is_the_same() {
    let folder = Folder::of_example();
    let generated = folder.run(&["generate", "--emit", "svg,mermaid", "-q"]);
    assert_eq!(generated.code, 0, "{}", generated.stderr);
    let before = folder.files();
    for (emit, extension) in [("svg", "svg"), ("mermaid", "mmd")] {
        let run = folder.run(&["diagram", "tokyo", "--emit", emit]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        assert_eq!(run.stdout, folder.read(&format!("out/tokyo.{extension}")));
        let json = folder.run(&["diagram", "tokyo", "--emit", emit, "--format", "json"]);
        let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
        assert_eq!(json["diagram"], run.stdout);
    }
    assert_eq!(folder.files(), before, "a picture is printed and not written");
}

#[test]
fn stacks_are_named_unless_there_is_one() {
    let folder = Folder::of_example();
    let run = folder.run(&["diagram"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("one of tokyo, tokyo-by-group"), "{}", run.stderr);
    let run = folder.run(&["diagram", "tokio"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("did you mean `tokyo`?"), "{}", run.stderr);
    let run = folder.run(&["diagram", "tokyo", "tokyo-by-group"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("stack tokyo-by-group"));
    folder.write(
        "one.yaml",
        "stacks:\n  a: {region: ap-northeast-1, registries: [\"012345678901\"]}\n",
    );
    let config = ["--config", "one.yaml", "--lock", "egress.lock.json"];
    let run = folder.run(&[&["diagram"][..], &config].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[test]
fn a_region_is_chosen_or_what_differs_is_named() {
    let folder = Folder::new();
    folder.write(
        "egress.yaml",
        "stacks:\n  both: {regions: [ap-northeast-1, us-east-1], registries: [\"012345678901\"]}\n",
    );
    assert_eq!(folder.run(&["resolve", "--snapshot", "-q"]).code, 0);
    let whole = folder.run(&["diagram"]);
    assert!(whole.stdout.contains("S3PrefixListId"), "{}", whole.stderr);
    let tokyo = folder.run(&["diagram", "--region", "ap-northeast-1"]);
    assert!(tokyo.stdout.contains("pl-61a54008") && !tokyo.stdout.contains("S3PrefixListId"));
    let none = folder.run(&["diagram", "--region", "eu-west-1"]);
    assert_eq!(none.code, 2);
    assert!(none.stderr.contains("--region ap-northeast-1 or us-east-1"), "{}", none.stderr);
    assert_eq!(folder.run(&["diagram", "--region", "tokyo"]).code, 2);
}

#[test]
fn a_verification_is_drawn_whatever_it_finds() {
    let folder = Folder::new();
    folder.write("good.yaml", good());
    folder.write("bad.yaml", good().replace("PrivateDnsEnabled: true", "PrivateDnsEnabled: false"));
    for (template, code) in [("good.yaml", 0), ("bad.yaml", 1)] {
        for file in ["drawn/picture.svg", "drawn/picture.mmd"] {
            let run = folder.run(&["verify", template, "--diagram", file]);
            assert_eq!(run.code, code, "{}", run.stderr);
            assert!(run.stdout.ends_with(&format!("wrote {file}\n")), "{}", run.stdout);
            assert!(folder.read(file).contains("EcrDkrEndpoint"));
        }
    }
    assert!(folder.read("drawn/picture.svg").contains("private-dns-off"));
    let again = folder.run(&["verify", "bad.yaml", "--diagram", "drawn/picture.svg"]);
    assert!(again.stdout.ends_with("unchanged drawn/picture.svg\n"));
    let json = folder.run(&["verify", "bad.yaml", "--diagram", "x.svg", "--format", "json"]);
    serde_json::from_str::<serde_json::Value>(&json.stdout).unwrap();
}

#[test]
fn what_is_no_file_for_a_picture_is_refused_before_anything_is_read() {
    let folder = Folder::new();
    folder.write("good.yaml", good());
    for (file, said) in
        [("-", "into the report"), ("good.yaml", "neither .svg nor .mmd"), ("svg", "neither")]
    {
        let run = folder.run(&["verify", "good.yaml", "--diagram", file]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""));
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
    assert_eq!(folder.files().len(), 1);
    assert_eq!(
        folder.read("good.yaml"),
        fs::read_to_string(root().join("tests/findings/good.yaml")).unwrap()
    );
}
