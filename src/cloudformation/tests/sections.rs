//! Parameters, loops, exports, rules, and what cannot be seen.

use super::*;
use crate::diagnostic::has_errors;

#[test]
fn a_parameter_is_what_is_given_or_else_its_default() {
    let sections = "Parameters: {A: {Type: String, Default: d}, B: {Type: CommaDelimitedList}}";
    assert_eq!(property(sections, "!Ref A", Given::default()), "d");
    assert_eq!(property(sections, "!Ref A", given(&[("A", "g")])), "g");
    assert_eq!(property(sections, "!Ref A", given(&[("A", "")])), "");
    assert_eq!(property(sections, "!Ref B", given(&[("B", "x , y")])), "[x, y]");
    assert_eq!(property(sections, "!Select [1, !Ref B]", given(&[("B", "x,y")])), "y");
}

#[test]
fn given_values_are_checked() {
    let text = "Parameters:\n  A: {Type: String, AllowedValues: [small, large]}\n  B: {Type: String, AllowedPattern: '[a-z]+'}\nResources: {R: {Type: T}}\n";
    assert!(read_given(&[text], given(&[("A", "small"), ("B", "9")])).is_ok());
    let wrong = read_given(&[text], given(&[("A", "smal")])).unwrap_err();
    assert_eq!((wrong.len(), wrong[0].code.name()), (1, "unknown-value"));
    assert_eq!(wrong[0].help, ["did you mean `small`?", "one of large, small"]);
    let source = Source::new("a.yaml", text);
    let (_, warnings) = World::read(vec![source], given(&[("C", "x")])).unwrap();
    assert!(!has_errors(&warnings));
    assert_eq!(warnings[0].message, "no template has a parameter `C`");
}

#[test]
fn files_with_values_are_those_that_the_aws_cli_takes() {
    let expected = [("A", "1"), ("B", "x,y")];
    for text in [
        r#"[{"ParameterKey": "A", "ParameterValue": "1"}, {"ParameterKey": "B", "ParameterValue": "x,y"}]"#,
        r#"[{"ParameterKey": "A", "ParameterValue": 1}, {"ParameterKey": "B", "ParameterValue": "x,y"},
            {"ParameterKey": "C", "UsePreviousValue": true}]"#,
        r#"{"Parameters": {"A": "1", "B": "x,y"}, "Tags": {"C": "d"}}"#,
        r#"["A=1", "B=x,y"]"#,
        r#"{"StackName": "s", "Parameters": [{"ParameterKey": "A", "ParameterValue": "1"}, {"ParameterKey": "B", "ParameterValue": "x,y"}]}"#,
        r#"{"Stacks": [{"StackName": "s", "Parameters": [{"ParameterKey": "A", "ParameterValue": "1"}, {"ParameterKey": "B", "ParameterValue": "x,y"}]}]}"#,
        r#"{"A": "1", "B": ["x", "y"]}"#,
    ] {
        let values = parameters_of_file(&Source::new("p.json", text)).unwrap();
        let values: Vec<(&str, &str)> =
            values.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(values, expected, "{text}");
    }
    for text in
        ["", "x", "[1]", r#"[{"ParameterKey": "A"}]"#, r#"{"A": {"B": "c"}}"#, r#"["A=1", "A=2"]"#]
    {
        let wrong = parameters_of_file(&Source::new("p.json", text)).unwrap_err();
        assert_eq!(wrong.len(), 1, "{text}: {wrong:?}");
    }
}

#[test]
fn a_file_that_is_not_json_is_called_that_at_its_place() {
    for (text, message, at) in [
        ("VpcId=vpc-1", "the values are not JSON: expected value", "V"),
        ("[{\"A\": \"é\"\n é", "the values are not JSON: expected `,` or `}`", "é"),
    ] {
        let wrong = parameters_of_file(&Source::new("p.json", text)).unwrap_err();
        assert_eq!(wrong.len(), 1, "{text}: {wrong:?}");
        assert_eq!(
            (wrong[0].code.name(), wrong[0].message.as_str()),
            ("invalid-parameters", message)
        );
        assert_eq!(&text[wrong[0].primary.as_ref().unwrap().span.clone()], at);
    }
}

#[test]
fn a_key_that_a_mapping_surely_lacks_is_an_error_where_it_is_surely_looked_up() {
    const MAPPED: &str = "Parameters: {P: {Type: String, Default: x}, Q: {Type: String}}\n\
        Mappings: {M: {us-east-1: {S3: pl-1}, us-west-2: {S3: pl-2}}}\n\
        Conditions: {No: !Equals [a, b], Maybe: !Equals [!Ref Q, b]}\n";
    let read = |resource: &str| {
        let text = format!("{MAPPED}Resources: {{R: {{Type: T, {resource}}}}}");
        let wrong = read_given(&[&text], in_tokyo()).err().unwrap_or_default();
        let shown = |one: Diagnostic| {
            let label = one.primary.expect("it has a place");
            format!("{} at {}; {}", one.message, &text[label.span], one.help.join(" "))
        };
        wrong.into_iter().map(shown).collect::<Vec<_>>()
    };
    let lacks =
        "mapping `M` has no `ap-northeast-1` at !Ref AWS::Region; it has `us-east-1`, `us-west-2`";
    let look = "!FindInMap [M, !Ref AWS::Region, S3]";
    for (resource, expected) in [
        (format!("Properties: {{V: {look}}}"), &[lacks][..]),
        (
            "Properties: {V: !FindInMap [M, us-east-1, !Ref P]}".to_owned(),
            &["mapping `M` has no `x` in `us-east-1` at !Ref P; it has `S3`"],
        ),
        ("Properties: {V: !FindInMap [M, !Ref Q, S3]}".to_owned(), &[]),
        (format!("Properties: {{V: !If [No, {look}, b]}}"), &[]),
        (format!("Properties: {{V: !If [Maybe, {look}, b]}}"), &[]),
        (format!("Properties: {{V: !If [No, b, {look}]}}"), &[lacks]),
        (format!("Condition: No, Properties: {{V: {look}}}"), &[]),
        (format!("Condition: Maybe, Properties: {{V: {look}}}"), &[]),
        (
            "Properties: {V: !FindInMap [M, !Ref AWS::Region, S3, {DefaultValue: a}]}".to_owned(),
            &[],
        ),
    ] {
        assert_eq!(read(&resource), expected, "{resource}");
    }
}

#[test]
fn what_is_not_made_may_look_up_what_is_not_there() {
    let text = "Mappings: {M: {us-east-1: {Cidr: c}}}\n\
        Conditions: {No: !Equals [a, b]}\n\
        Resources:\n  R: {Type: T, Properties: {V: !GetAtt Vpc.CidrBlock, W: !ImportValue x}}\n  \
        Vpc: {Type: AWS::EC2::VPC, Condition: No, Properties: {CidrBlock: !FindInMap [M, !Ref AWS::Region, Cidr]}}\n\
        Outputs:\n  O: {Condition: No, Value: !FindInMap [M, !Ref AWS::Region, Cidr], Export: {Name: x}}\n";
    assert!(read_given(&[text], in_tokyo()).is_ok());
    let sure = text.replace("Condition: No, Value", "Value");
    assert_eq!(read_given(&[&sure], in_tokyo()).unwrap_err().len(), 1);
}

#[test]
fn loops_make_resources_conditions_outputs_and_properties() {
    let text = r#"
Transform: AWS::LanguageExtensions
Parameters: {Zones: {Type: CommaDelimitedList, Default: "a-1,b-2"}}
Mappings: {M: {k: {List: [p, q]}}}
Conditions:
  Fn::ForEach::Conditions: [Z, !Ref Zones, {"Is&{Z}": !Equals ["${Z}", a-1]}]
Resources:
  Fn::ForEach::Subnets:
    - Z
    - !Ref Zones
    - "Subnet&{Z}":
        Type: AWS::EC2::Subnet
        Condition: "Is&{Z}"
        Properties:
          Zone: !Ref Z
          Name: !Sub "${Z} of ${AWS::Region}"
  Fn::ForEach::Outer:
    - X
    - !FindInMap [M, k, List]
    - Fn::ForEach::Inner: [Y, ["1", "2"], {"R${X}${Y}": {Type: T}}]
  Plain:
    Type: T
    Properties:
      Subnet: !GetAtt Subneta1.SubnetId
      Fn::ForEach::P: [K, [One, Two], {"Key${K}": !Ref K}]
Outputs:
  Fn::ForEach::O: [Z, [a1], {"O${Z}": {Value: !Ref "Subnet${Z}", Export: {Name: "x-${Z}"}}}]
"#;
    let other = "Resources: {R: {Type: T, Properties: {V: !ImportValue x-a1}}}";
    let world = right(&[text, other], in_tokyo());
    let shown: Vec<String> =
        all(&world).iter().map(|one| format!("{} {}", one.id, show(&one.properties))).collect();
    assert_eq!(
        shown,
        [
            "Subneta1 {Zone: a-1, Name: a-1 of ap-northeast-1}",
            "Rp1 {}",
            "Rp2 {}",
            "Rq1 {}",
            "Rq2 {}",
            "Plain {Subnet: <Subneta1>, KeyOne: One, KeyTwo: Two}",
            "R {V: <Subneta1>}",
        ]
    );
}

#[test]
fn a_loop_that_makes_a_key_twice_is_refused() {
    let text = "Resources:\n  Fn::ForEach::A: [X, [a, a], {'R${X}': {Type: T}}]\n";
    assert_eq!(wrong(&[text])[0].0, "duplicate-key");
}

#[test]
fn what_cannot_be_seen_is_said() {
    let text = r#"
Transform: [AWS::Serverless-2016-10-31, Foo]
Parameters: {L: {Type: CommaDelimitedList}}
Resources:
  Fn::ForEach::A: [X, !Ref L, {"R${X}": {Type: T}}]
  Nested: {Type: AWS::CloudFormation::Stack}
  Never: {Type: AWS::CloudFormation::Stack, Condition: No}
  Module: {Type: "My::Own::Network::MODULE"}
  Changed: {Type: T, Properties: {"Fn::Transform": {Name: Bar}, A: b}}
Conditions: {No: !Equals [a, b]}
"#;
    let world = right(&[text], Given::default());
    let evaluated = world.evaluate(&Scenario::default(), |_| true);
    let hidden: Vec<(&str, &str)> = evaluated
        .hidden
        .iter()
        .map(|(place, why)| (&world.sources[0].text[place.range()], why.as_str()))
        .collect();
    assert_eq!(
        hidden,
        [
            ("Foo", "the macro `Foo` may add resources"),
            (
                "Fn::ForEach::A",
                "`Fn::ForEach::A` is over something unknown: parameter `L` has no value"
            ),
            ("Nested", "`Nested` makes what stands in another template"),
            ("Module", "`Module` makes what stands in another template"),
            ("\"Fn::Transform\"", "`Fn::Transform` may add something here"),
        ]
    );
    let quiet =
        "Transform: [AWS::LanguageExtensions, AWS::CodeDeployBlueGreen]\nResources: {A: {Type: T}}";
    let world = right(&[quiet], Given::default());
    assert!(world.evaluate(&Scenario::default(), |_| true).hidden.is_empty());
}

#[test]
fn an_export_meets_its_import_whatever_is_unknown_in_their_name() {
    let exports = r#"
Conditions: {No: !Equals [a, b], Maybe: !Equals [!Ref AWS::Region, x], Not: !Not [!Condition Maybe]}
Resources: {Vpc: {Type: AWS::EC2::VPC}, Other: {Type: AWS::EC2::VPC}}
Outputs:
  A: {Value: !Ref Vpc, Export: {Name: !Sub "vpc-${AWS::Region}"}}
  B: {Condition: No, Value: x, Export: {Name: b}}
  C: {Condition: Maybe, Value: !Ref Vpc, Export: {Name: c}}
  D: {Condition: Not, Value: !Ref Other, Export: {Name: c}}
"#;
    let imports = r#"
Resources:
  R:
    Type: T
    Properties:
      A: !ImportValue {"Fn::Join": ["-", [vpc, !Ref AWS::Region]]}
      B: !ImportValue b
      C: !ImportValue c
"#;
    let world = right(&[exports, imports], Given::default());
    let evaluated = all(&world);
    assert_eq!(show(&evaluated[2].properties), "{A: <Vpc>, B: (import b), C: (import c)}");
    let Scenarios::Each(each) = world.scenarios(|kind| kind == "T") else { panic!() };
    let shown: Vec<String> = each
        .iter()
        .map(|one| show(&world.evaluate(one, |kind| kind == "T").resources[0].properties))
        .collect();
    assert_eq!(
        shown,
        ["{A: <Vpc>, B: (import b), C: <Vpc>}", "{A: <Vpc>, B: (import b), C: <Other>}"]
    );
}

#[test]
fn one_name_is_exported_once() {
    let text = "Resources: {A: {Type: T}}\nOutputs: {O: {Value: x, Export: {Name: n}}}";
    let wrong = read(&[text, text]).unwrap_err();
    assert_eq!(wrong[0].code.name(), "duplicate-export");
    assert_eq!(wrong[0].related.len(), 1);
}

#[test]
fn rules_assert_regions() {
    for (assertions, expected) in [
        ("[{Assert: !Equals [!Ref AWS::Region, us-east-1]}]", vec!["us-east-1"]),
        ("[{Assert: !Equals [us-east-1, !Ref AWS::Region]}]", vec!["us-east-1"]),
        (
            "[{Assert: {'Fn::Contains': [[us-east-1, eu-west-1], {Ref: 'AWS::Region'}]}}]",
            vec!["us-east-1", "eu-west-1"],
        ),
        (
            "[{Assert: !Contains [[us-east-1, eu-west-1], !Ref AWS::Region]},\
              {Assert: !Equals [!Ref AWS::Region, eu-west-1]}]",
            vec!["eu-west-1"],
        ),
        ("[{Assert: !Equals [!Ref AWS::AccountId, us-east-1]}]", vec![]),
        ("[{Assert: !Not [!Equals [!Ref AWS::Region, us-east-1]]}]", vec![]),
        ("[{Assert: !Equals [!Ref AWS::Region, nowhere-1]}]", vec![]),
    ] {
        let text =
            format!("Rules: {{R: {{Assertions: {assertions}}}}}\nResources: {{A: {{Type: T}}}}");
        let world = right(&[&text], Given::default());
        let regions: Vec<&str> =
            world.asserted_regions().iter().map(|(region, _)| region.name).collect();
        assert_eq!(regions, expected, "{assertions}");
    }
    let text = "Rules: {R: {RuleCondition: !Equals [a, b], Assertions: [{Assert: !Equals [!Ref AWS::Region, us-east-1]}]}}\nResources: {A: {Type: T}}";
    assert!(right(&[text], Given::default()).asserted_regions().is_empty());
}

#[test]
fn what_the_cdk_and_sam_write_is_read() {
    let cdk = r#"{
 "Resources": {
  "CDKMetadata": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2:deflate64:abc"}, "Metadata": {"aws:cdk:path": "S/CDKMetadata"}, "Condition": "CDKMetadataAvailable"}
 },
 "Conditions": {"CDKMetadataAvailable": {"Fn::Or": [{"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}, {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-west-2"]}]}},
 "Parameters": {"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version", "Description": "x"}},
 "Rules": {"CheckBootstrapVersion": {"Assertions": [{"Assert": {"Fn::Not": [{"Fn::Contains": [["1", "2"], {"Ref": "BootstrapVersion"}]}]}, "AssertDescription": "x"}]}}
}"#;
    let sam = "Transform: AWS::Serverless-2016-10-31\nGlobals: {Function: {Timeout: 3}}\nResources:\n  F: {Type: AWS::Serverless::Function, Properties: {Role: !GetAtt FRole.Arn}}\nOutputs: {U: {Value: !Sub 'https://${ServerlessRestApi}.x'}}";
    let world = right(&[cdk, sam], Given::default());
    assert!(
        matches!(world.scenarios(|kind| kind.starts_with("AWS::EC2")), Scenarios::Each(each) if each.len() == 1)
    );
}

#[test]
fn notes_are_kept() {
    let text = "Metadata: {FargateEgress: {Digest: abc}}\nResources: {A: {Type: T}}";
    let world = right(&[text], Given::default());
    let notes = world.evaluate(&Scenario::default(), |_| true).notes;
    assert_eq!(notes.iter().map(show).collect::<Vec<_>>(), ["{Digest: abc}"]);
}

#[test]
fn the_templates_of_the_example_are_read() {
    for text in
        [include_str!("../../../out/tokyo.yaml"), include_str!("../../../out/tokyo-by-group.yaml")]
    {
        let world = right(&[text], Given::default());
        assert_eq!(world.asserted_regions()[0].0.name, "ap-northeast-1");
        assert!(!all(&world).is_empty());
        assert!(matches!(world.scenarios(|_| true), Scenarios::Each(each) if each.len() == 1));
    }
}
