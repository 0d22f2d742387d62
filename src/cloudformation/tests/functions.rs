//! Each intrinsic function, in its short and its long form.

use super::*;

const SECTIONS: &str = r#"
Transform: AWS::LanguageExtensions
Parameters:
  Name: {Type: String}
  Known: {Type: String, Default: known}
  Other: {Type: String, Default: "a,b"}
  List: {Type: CommaDelimitedList}
  Subnets: {Type: "List<AWS::EC2::Subnet::Id>", Default: "subnet-1, subnet-2"}
  Stored: {Type: "AWS::SSM::Parameter::Value<String>", Default: /a/b}
  StoredList: {Type: "AWS::SSM::Parameter::Value<List<String>>", Default: /a/b}
  StoredName: {Type: "AWS::SSM::Parameter::Name", Default: /a/b}
Mappings:
  Map:
    known: {Text: found, List: [x, y], Number: 443}
    other: {Text: found, List: [z], Number: 80}
Conditions:
  Yes: !Equals [!Ref Known, known]
  No: !Not [!Condition Yes]
  Maybe: !Equals [!Ref Name, x]
"#;

/// Resources that properties refer to.
const WITH: &str = r#"
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !Ref Vpc}}
  Role: {Type: AWS::IAM::Role}
  Repository: {Type: AWS::ECR::Repository}
  Nested: {Type: AWS::CloudFormation::Stack}
  Round: {Type: AWS::EC2::VPC, Properties: {CidrBlock: !GetAtt Trip.CidrBlock}}
  Trip: {Type: AWS::EC2::VPC, Properties: {CidrBlock: !GetAtt Round.CidrBlock}}
"#;

fn value(text: &str) -> String {
    let text = format!(
        "{SECTIONS}\nResources:\n  Subject: {{Type: Test, Properties: {{Value: {text}}}}}{WITH}"
    );
    let world = right(&[&text], Given::default());
    let all = all(&world);
    all[0].properties.get("Value").map_or_else(|| "nothing".to_owned(), show)
}

/// Short form, long form, what it comes to.
#[rustfmt::skip]
const TABLE: &[(&str, &str, &str)] = &[
    ("!Ref Known", r#"{"Ref": "Known"}"#, "known"),
    ("!Ref Name", r#"{"Ref": "Name"}"#, "(parameter 0 Name)"),
    ("!Ref List", r#"{"Ref": "List"}"#, "(parameter 0 List…)"),
    ("!Ref Subnets", r#"{"Ref": "Subnets"}"#, "[subnet-1, subnet-2]"),
    ("!Ref Stored", r#"{"Ref": "Stored"}"#, "(parameter 0 Stored)"),
    ("!Ref StoredList", r#"{"Ref": "StoredList"}"#, "(parameter 0 StoredList…)"),
    ("!Ref StoredName", r#"{"Ref": "StoredName"}"#, "/a/b"),
    ("!Ref {'Fn::Join': ['', [Kno, wn]]}", r#"{"Ref": {"Fn::Join": ["", ["Kno", "wn"]]}}"#, "known"),
    ("!Ref Vpc", r#"{"Ref": "Vpc"}"#, "<Vpc>"),
    ("!Split [',', !Join [',', [!Ref Vpc, 'a,b', !GetAtt Group.GroupId]]]", r#"{"Fn::Split": [",", {"Fn::Join": [",", [{"Ref": "Vpc"}, "a,b", {"Fn::GetAtt": ["Group", "GroupId"]}]]}]}"#, "[<Vpc>, a, b, <Group>]"),
    ("!Ref AWS::Region", r#"{"Ref": "AWS::Region"}"#, "(AWS::Region)"),
    ("!Ref AWS::StackName", r#"{"Ref": "AWS::StackName"}"#, "(AWS::StackName 0)"),
    ("!Ref AWS::NoValue", r#"{"Ref": "AWS::NoValue"}"#, "nothing"),
    ("[a, !Ref AWS::NoValue]", r#"["a", {"Ref": "AWS::NoValue"}]"#, "[a]"),
    ("!GetAtt Group.GroupId", r#"{"Fn::GetAtt": ["Group", "GroupId"]}"#, "<Group>"),
    ("!GetAtt [Group, VpcId]", r#"{"Fn::GetAtt": "Group.VpcId"}"#, "<Vpc>"),
    ("!GetAtt Vpc.CidrBlock", r#"{"Fn::GetAtt": ["Vpc", "CidrBlock"]}"#, "10.0.0.0/16"),
    ("!GetAtt Role.Arn", r#"{"Fn::GetAtt": ["Role", "Arn"]}"#, "<Role>"),
    ("!GetAtt Vpc.DefaultSecurityGroup", r#"{"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]}"#,
     "(attribute 0 Vpc DefaultSecurityGroup)"),
    ("!GetAtt Vpc.Ipv6CidrBlocks", r#"{"Fn::GetAtt": ["Vpc", "Ipv6CidrBlocks"]}"#,
     "(attribute 0 Vpc Ipv6CidrBlocks…)"),
    ("!GetAtt Nested.Outputs.VpcId", r#"{"Fn::GetAtt": ["Nested", "Outputs.VpcId"]}"#,
     "(attribute 0 Nested Outputs.VpcId)"),
    ("!GetAtt [Nested, Outputs, VpcId]", r#"{"Fn::GetAtt": ["Nested", "Outputs.VpcId"]}"#,
     "(attribute 0 Nested Outputs.VpcId)"),
    ("!GetAtt Round.CidrBlock", r#"{"Fn::GetAtt": ["Round", "CidrBlock"]}"#,
     "(attribute 0 Round CidrBlock)"),
    ("!GetAtt Repository.RepositoryUri", r#"{"Fn::GetAtt": ["Repository", "RepositoryUri"]}"#,
     "(AWS::AccountId).dkr.ecr.(AWS::Region).(AWS::URLSuffix)/<Repository>"),
    ("!Sub 'a ${Known} ${Name} ${Vpc} ${!Known} ${Vpc.CidrBlock} ${AWS::Region}'",
     r#"{"Fn::Sub": "a ${Known} ${Name} ${Vpc} ${!Known} ${Vpc.CidrBlock} ${AWS::Region}"}"#,
     "a known (parameter 0 Name) <Vpc> ${Known} 10.0.0.0/16 (AWS::Region)"),
    ("!Sub ['${A}-${Known}', {A: !Ref Name}]",
     r#"{"Fn::Sub": ["${A}-${Known}", {"A": {"Ref": "Name"}}]}"#, "(parameter 0 Name)-known"),
    ("!Sub '${Known}'", r#"{"Fn::Sub": ["${Known}", {}]}"#, "known"),
    ("!Join ['-', [a, !Ref Known, b]]", r#"{"Fn::Join": ["-", ["a", {"Ref": "Known"}, "b"]]}"#,
     "a-known-b"),
    ("!Join ['', [a, !Ref AWS::NoValue]]", r#"{"Fn::Join": ["", ["a", {"Ref": "AWS::NoValue"}]]}"#,
     "a"),
    ("!Join [',', !Ref Subnets]", r#"{"Fn::Join": [",", {"Ref": "Subnets"}]}"#, "subnet-1,subnet-2"),
    ("!Join [',', !Ref List]", r#"{"Fn::Join": [",", [{"Ref": "List"}]]}"#,
     r#"(join <","> <<parameter 0 List>>)"#),
    ("!Join [',', []]", r#"{"Fn::Join": [",", []]}"#, ""),
    ("!Select [1, !Ref Subnets]", r#"{"Fn::Select": ["1", {"Ref": "Subnets"}]}"#, "subnet-2"),
    ("!Select [0, !Ref List]", r#"{"Fn::Select": [0, {"Ref": "List"}]}"#,
     "(select 0 of parameter 0 List)"),
    ("!Select [0, [a, !Ref List]]", r#"{"Fn::Select": [0, ["a", {"Ref": "List"}]]}"#, "a"),
    ("!Select [1, !GetAZs '']", r#"{"Fn::Select": [1, {"Fn::GetAZs": {"Ref": "AWS::Region"}}]}"#,
     "(select 1 of zones <AWS::Region>)"),
    ("!Split [',', !Ref Other]", r#"{"Fn::Split": [",", {"Ref": "Other"}]}"#, "[a, b]"),
    ("!Split [',', !Ref Name]", r#"{"Fn::Split": [",", {"Ref": "Name"}]}"#,
     r#"(split <","> <<parameter 0 Name>>…)"#),
    ("!If [Yes, a, b]", r#"{"Fn::If": ["Yes", "a", "b"]}"#, "a"),
    ("!If [No, a, !Ref AWS::NoValue]", r#"{"Fn::If": ["No", "a", {"Ref": "AWS::NoValue"}]}"#,
     "nothing"),
    ("!If [Maybe, a, a]", r#"{"Fn::If": ["Maybe", "a", "a"]}"#, "a"),
    ("!If [Maybe, a, b]", r#"{"Fn::If": ["Maybe", "a", "b"]}"#,
     r#"(if <equal <parameter 0 Name> "x"> then "a" else "b")"#),
    ("!If [Maybe, a, !Ref AWS::NoValue]", r#"{"Fn::If": ["Maybe", "a", {"Ref": "AWS::NoValue"}]}"#,
     r#"(if <equal <parameter 0 Name> "x"> then "a" else nothing…)"#),
    ("!FindInMap [Map, known, Number]", r#"{"Fn::FindInMap": ["Map", "known", "Number"]}"#, "443"),
    ("!FindInMap [Map, !Ref Known, List]",
     r#"{"Fn::FindInMap": ["Map", {"Ref": "Known"}, "List"]}"#, "[x, y]"),
    ("!FindInMap [Map, !Ref Name, Text]",
     r#"{"Fn::FindInMap": ["Map", {"Ref": "Name"}, "Text"]}"#, "found"),
    ("!FindInMap [Map, none, Text, {DefaultValue: d}]",
     r#"{"Fn::FindInMap": ["Map", "none", "Text", {"DefaultValue": "d"}]}"#, "d"),
    ("!FindInMap [Map, !If [Yes, known, other], Number]",
     r#"{"Fn::FindInMap": ["Map", {"Fn::If": ["Yes", "known", "other"]}, "Number"]}"#, "443"),
    ("!ImportValue x", r#"{"Fn::ImportValue": "x"}"#, "(import x)"),
    ("!ImportValue {'Fn::Sub': '${Name}-x'}",
     r#"{"Fn::ImportValue": {"Fn::Sub": "${Name}-x"}}"#, r#"(import <parameter 0 Name>"-x")"#),
    ("!GetAZs ''", r#"{"Fn::GetAZs": {"Ref": "AWS::Region"}}"#, "(zones <AWS::Region>…)"),
    ("!Cidr [10.0.0.0/16, 3, 8]", r#"{"Fn::Cidr": ["10.0.0.0/16", "3", "8"]}"#,
     "[10.0.0.0/24, 10.0.1.0/24, 10.0.2.0/24]"),
    ("!Select [1, !Cidr [!GetAtt Vpc.CidrBlock, 2, 4]]",
     r#"{"Fn::Select": [1, {"Fn::Cidr": [{"Fn::GetAtt": ["Vpc", "CidrBlock"]}, 2, 4]}]}"#,
     "10.0.0.16/28"),
    ("!Cidr ['2001:db8::/56', 2, 64]", r#"{"Fn::Cidr": ["2001:db8::/56", 2, 64]}"#,
     "[2001:db8::/64, 2001:db8:0:1::/64]"),
    ("!Base64 hello", r#"{"Fn::Base64": "hello"}"#, "aGVsbG8="),
    ("!Base64 {Ref: Known}", r#"{"Fn::Base64": {"Ref": "Known"}}"#, "a25vd24="),
    ("!Length [a, b]", r#"{"Fn::Length": ["a", "b"]}"#, "2"),
    ("!Length {Ref: List}", r#"{"Fn::Length": {"Ref": "List"}}"#, "(length <<parameter 0 List>>)"),
    ("!ToJsonString {a: [b, !Ref Vpc], c: 'q\"'}",
     r#"{"Fn::ToJsonString": {"a": ["b", {"Ref": "Vpc"}], "c": "q\""}}"#,
     r#"{"a":["b","<Vpc>"],"c":"q\""}"#),
    ("!Equals [a, a]", r#"{"Fn::Equals": ["a", "a"]}"#, "true"),
    ("'{{resolve:ssm:/a:1}}'", r#""{{resolve:ssm:/a:1}}""#, r#"(resolve "ssm:/a:1")"#),
    ("!Sub 'x{{resolve:ssm:/${Known}}}y'", r#"{"Fn::Sub": "x{{resolve:ssm:/${Known}}}y"}"#,
     r#"x(resolve "ssm:/known")y"#),
    ("!Sub 'x{{resolve:ssm:/${Name}/a}}y'", r#"{"Fn::Sub": "x{{resolve:ssm:/${Name}/a}}y"}"#,
     r#"x(resolve "ssm:/"<parameter 0 Name>"/a")y"#),
    ("True", "true", "true"),
    ("443", r#""443""#, "443"),
    ("{Condition: Yes}", r#"{"Condition": "Yes"}"#, "{Condition: Yes}"),
];

#[test]
fn short_and_long_forms_come_to_the_same() {
    for (short, long, expected) in TABLE {
        assert_eq!(value(short), *expected, "{short}");
        assert_eq!(value(long), *expected, "{long}");
    }
}

#[test]
fn an_unknown_equals_itself_and_only_itself() {
    let written: Vec<String> =
        TABLE.iter().map(|(short, ..)| format!("{{a: {short}, b: {short}}}")).collect();
    let text = format!(
        "{SECTIONS}\nResources:\n  Subject: {{Type: Test, Properties: {{Values: [{}]}}}}{WITH}",
        written.join(", ")
    );
    let world = right(&[&text], Given::default());
    let all = all(&world);
    let pairs = all[0].properties.get("Values").unwrap().entries();
    assert_eq!(pairs.len(), TABLE.len());
    for (number, pair) in pairs.iter().enumerate() {
        let (Some(a), Some(b)) = (pair.get("a"), pair.get("b")) else { continue };
        if a.as_text().is_some() {
            assert!(a.same(b).is_yes(), "{a}");
        }
        for (other_number, other) in pairs.iter().enumerate() {
            let other = other.get("a").filter(|_| TABLE[number].2 != TABLE[other_number].2);
            assert!(!other.is_some_and(|other| a.same(other).is_yes()), "{a}");
        }
    }
}

#[test]
fn a_tag_or_function_that_cloudformation_does_not_have_is_equal_to_nothing_but_is_no_error() {
    assert!(value("!Nonsense a").starts_with("(opaque 0 "));
    assert!(value("{'Fn::Nonsense': a}").starts_with("(opaque 0 "));
    assert!(value("!Sub {'Fn::Transform': {Name: Foo}}").starts_with("(opaque 0 "));
    assert!(value("!Transform {Name: Foo}").starts_with("(opaque 0 "));
    assert_eq!(value("!!str 443"), "443");
}

#[test]
fn a_number_that_no_list_reaches_selects_nothing() {
    for number in ["2", "18446744073709551615"] {
        assert!(
            value(&format!("!Select [{number}, [a, b]]")).starts_with("(opaque 0 "),
            "{number}"
        );
    }
}

#[test]
fn wrong_arguments_are_said() {
    for (text, part) in [
        ("!Ref [a]", "`Ref` takes"),
        ("!GetAtt Vpc", "`Fn::GetAtt` takes"),
        ("!Sub [a, {}, {}]", "`Fn::Sub` takes"),
        ("!Sub '${Subnets}'", "`Fn::Sub` takes"),
        ("!Join [a]", "`Fn::Join` takes"),
        ("!Join [',', a]", "`Fn::Join` takes"),
        ("!Select [a, [b]]", "`Fn::Select` takes"),
        ("!Split ['', a]", "`Fn::Split` takes"),
        ("!If [Yes, a]", "`Fn::If` takes"),
        ("!If [No, !Join [a], b]", "`Fn::Join` takes"),
        ("!FindInMap [Map]", "`Fn::FindInMap` takes"),
        ("!Cidr [10.0.0.0/16, 1000000000, 8]", "`Fn::Cidr` takes"),
        ("!Equals [a]", "`Fn::Equals` takes"),
        ("!Not [a, b]", "`Fn::Not` takes"),
        ("!And a", "`Fn::And` takes"),
    ] {
        let text = format!(
            "{SECTIONS}\nResources:\n  Subject: {{Type: Test, Properties: {{V: {text}}}}}{WITH}"
        );
        let wrong = wrong(&[&text]);
        assert_eq!(wrong.len(), 1, "{text}: {wrong:?}");
        assert!(wrong[0].0 == "invalid-function" && wrong[0].1.starts_with(part), "{wrong:?}");
    }
}

#[test]
fn what_is_referred_to_has_to_be_there() {
    for (text, name, help) in [
        ("!Ref Vcp", "Vcp", Some("Vpc")),
        ("!Ref AWS::Regoin", "AWS::Regoin", Some("AWS::Region")),
        ("!GetAtt Gruop.GroupId", "Gruop", Some("Group")),
        ("!GetAtt Known.GroupId", "Known", None),
        ("!Sub '${Banana}'", "Banana", None),
        ("!Sub '${Vcp.CidrBlock}'", "Vcp", Some("Vpc")),
        ("!If [Mabye, a, b]", "Mabye", Some("Maybe")),
        ("!FindInMap [Mpa, known, Text]", "Mpa", Some("Map")),
        ("!FindInMap [Map, knwon, Text]", "knwon", Some("known")),
        ("!FindInMap [Map, known, Test]", "Test", Some("Text")),
    ] {
        let text = format!(
            "{SECTIONS}\nResources:\n  Subject: {{Type: Test, Properties: {{V: {text}}}}}{WITH}"
        );
        let wrong = read(&[&text]).unwrap_err();
        assert_eq!(wrong.len(), 1, "{text}: {wrong:?}");
        assert_eq!(wrong[0].code.name(), "unknown-reference");
        assert!(wrong[0].message.contains(&format!("`{name}`")), "{wrong:?}");
        let help: Vec<String> =
            help.map(|help| format!("did you mean `{help}`?")).into_iter().collect();
        assert_eq!(wrong[0].help, help, "{text}");
    }
}

#[test]
fn what_depends_on_a_condition_or_resource_that_is_not_there_is_an_error() {
    let text = "Resources:\n  A: {Type: T, Condition: No, DependsOn: [B, A]}\n";
    assert_eq!(wrong(&[text]).len(), 2);
}

#[test]
fn a_macro_may_add_what_is_referred_to() {
    for transform in ["AWS::Serverless-2016-10-31", "Foo", "{Name: AWS::Include}"] {
        let text = format!(
            "Transform: {transform}\nResources:\n  A: {{Type: T, Condition: C, Properties: {{V: [!Ref B, !GetAtt C.D]}}}}\n"
        );
        assert_eq!(wrong(&[&text]), []);
    }
    let text = "Resources:\n  M: {Type: 'A::B::C::MODULE'}\n  A: {Type: T, Properties: {V: !Ref MInner}}\n";
    assert_eq!(wrong(&[text]), []);
    let text = "Mappings: {'Fn::Transform': {Name: AWS::Include}}\nResources:\n  A: {Type: T, Properties: {V: !FindInMap [A, b, c]}}\n";
    assert_eq!(wrong(&[text]), []);
}
