//! Quoting, read back by a reader of YAML 1.1, which is what CloudFormation documents. The other
//! reader, and every Unicode scalar by itself, are tested beside the code.

use std::fmt::Write as _;

use fargate_egress::render::quote_yaml;

use crate::support::{Folder, python};

const COMPARE: &str = "\
import json, sys, yaml
found = yaml.safe_load(open(sys.argv[1], encoding='utf-8'))
wanted = json.load(open(sys.argv[2], encoding='utf-8'))
assert len(found) == len(wanted) > 1000, (len(found), len(wanted))
for one, other in zip(found, wanted):
    assert one == other and type(one) is str, (one, other)
print(len(found))
";

#[test]
fn a_reader_of_yaml_1_1_gets_every_string_back() {
    let all: Vec<char> = (0..=u32::from(char::MAX)).filter_map(char::from_u32).collect();
    let mut texts: Vec<String> = all.chunks(997).map(|chunk| chunk.iter().collect()).collect();
    texts.extend(all.iter().take(0x3000).map(char::to_string));
    let words = [
        "no",
        "No",
        "NO",
        "y",
        "Y",
        "on",
        "off",
        "yes",
        "true",
        "null",
        "~",
        "",
        "=",
        "<<",
        "22:22",
        "1:2:3",
        "012345678901",
        "0o17",
        "0x1f",
        "0b1",
        "1_000",
        "+1",
        "-1",
        "1e3",
        ".5",
        ".inf",
        "-.inf",
        ".nan",
        "2010-09-09",
        "2010-09-09T00:00:00Z",
        "- a",
        "a: b",
        "a #b",
        "? a",
        "!!str a",
        "&a",
        "*a",
        "%a",
        "@a",
        "key:",
        "a\nb",
        "a\r\nb",
        "\u{2028}",
        "\u{85}",
        "\u{feff}a",
        "'",
        "\"",
        "\\",
        "\\n",
        " a ",
        "\t",
        "{{resolve:ssm:/a:1}}",
        "${AWS::Region}",
        "arn:aws:s3:::b/*",
        "pl-61a54008",
        "e1",
        "nan",
        "inf",
    ];
    texts.extend(words.map(str::to_owned));

    let folder = Folder::new();
    let mut document = String::new();
    for text in &texts {
        let _ = writeln!(document, "- {}", quote_yaml(text));
    }
    folder.write("found.yaml", document);
    folder.write("wanted.json", serde_json::to_string(&texts).unwrap());
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let found = python(&["-c", COMPARE, &path("found.yaml"), &path("wanted.json")]);
    assert_eq!(found.unwrap_or_else(|error| panic!("{error}")).trim(), texts.len().to_string());
}
