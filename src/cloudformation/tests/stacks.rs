//! Exports that are named by the name of their stack.

use super::*;

const NETWORK: &str = r#"
Resources: {Vpc: {Type: AWS::EC2::VPC}, Subnet: {Type: AWS::EC2::Subnet}}
Outputs:
  Vpc: {Value: !Ref Vpc, Export: {Name: !Sub "${AWS::StackName}-Vpc"}}
  Subnet: {Value: !Ref Subnet, Export: {Name: !Join [":", [!Ref AWS::StackName, SubnetOne]]}}
  Zone: {Value: a, Export: {Name: !Sub "x-${AWS::Region}-${AWS::StackName}-of-${AWS::StackName}"}}
"#;

/// What the imports come to that stand in one more template, and what was taken.
fn imports(templates: &[&str], names: &[&str], given: Given) -> (Vec<String>, Vec<String>) {
    let own = format!(
        "Parameters: {{Net: {{Type: String}}, Other: {{Type: String, Default: o}}}}\n\
         Resources:\n  R:\n    Type: Subject\n    Properties:\n{}",
        names
            .iter()
            .enumerate()
            .map(|(number, name)| format!("      P{number}: {{'Fn::ImportValue': {name}}}\n"))
            .collect::<String>()
    );
    let mut all = templates.to_vec();
    all.push(&own);
    let world = right(&all, given);
    let evaluated = world.evaluate(&Scenario::default(), |_| true);
    let subject = evaluated.resources.iter().find(|one| one.kind == "Subject").unwrap();
    let values = subject.properties.fields().iter();
    let shown = values
        .map(|field| match field.value.as_unknown() {
            Some(unknown) => unknown.why.to_string(),
            None => show(&field.value),
        })
        .collect();
    (shown, evaluated.taken.into_iter().map(|(_, words)| words).collect())
}

#[test]
fn an_import_names_the_stack_of_the_one_export_that_fits() {
    for (names, expected, taken) in [
        (
            &["production-Vpc", "production:SubnetOne"][..],
            &["<Vpc>", "<Subnet>"][..],
            &["`production` is the stack name of 0.yaml"][..],
        ),
        (
            &["!Sub '${Net}-Vpc'", "!Sub '${Net}:SubnetOne'"],
            &["<Vpc>", "<Subnet>"],
            &["`${Net}` is the stack name of 0.yaml"],
        ),
        (&["!Sub 'a-${Net}-Vpc'"], &["<Vpc>"], &["`a-${Net}` is the stack name of 0.yaml"]),
        (&["!Sub '${Other}-Vpc'"], &["<Vpc>"], &["`o` is the stack name of 0.yaml"]),
        (&["!Sub 'x-${AWS::Region}-net-of-net'"], &["a"], &["`net` is the stack name of 0.yaml"]),
        (
            &["!Sub 'x-${AWS::Region}-net-of-ten'"],
            &["no template here exports `x-${AWS::Region}-net-of-ten`"],
            &[],
        ),
        (&["-Vpc"], &["no template here exports `-Vpc`"], &[]),
        (&["a:b-Vpc"], &["no template here exports `a:b-Vpc`"], &[]),
        (&["net-vpc"], &["no template here exports `net-vpc`"], &[]),
        (
            &["!Sub '${AWS::StackName}-Vpc'"],
            &["no template here exports `${AWS::StackName}-Vpc`"],
            &[],
        ),
        (&["!Ref Net"], &["no template here exports `${Net}`"], &[]),
    ] {
        let (shown, said) = imports(&[NETWORK], names, Given::default());
        assert_eq!(shown, expected, "{names:?}");
        assert_eq!(said, taken, "{names:?}");
    }
}

#[test]
fn an_export_that_surely_has_the_name_is_taken_before_one_that_may() {
    let sure = "Resources: {R: {Type: T}}\n\
                Outputs: {O: {Value: sure, Export: {Name: production-Vpc}}}";
    let (shown, taken) = imports(&[NETWORK, sure], &["production-Vpc"], Given::default());
    assert_eq!((shown[0].as_str(), taken.len()), ("sure", 0));
}

#[test]
fn a_stack_has_one_name() {
    let (shown, taken) =
        imports(&[NETWORK], &["a-Vpc", "b:SubnetOne", "a:SubnetOne"], Given::default());
    assert_eq!(
        shown,
        [
            "<Vpc>",
            "`b:SubnetOne`: the stack of 0.yaml is taken to be `a`, which is not `b`",
            "<Subnet>",
        ]
    );
    assert_eq!(taken, ["`a` is the stack name of 0.yaml"]);
}

#[test]
fn a_name_has_one_stack() {
    let other = "Resources: {R: {Type: T}}\n\
                 Outputs: {O: {Value: o, Export: {Name: !Sub '${AWS::StackName}-Other'}}}";
    let (shown, taken) = imports(&[NETWORK, other], &["a-Vpc", "a-Other"], Given::default());
    assert_eq!(
        shown,
        ["<Vpc>", "`a-Other`: `a` is taken to be the stack of 0.yaml, which is not 1.yaml"]
    );
    assert_eq!(taken.len(), 1);
}

#[test]
fn which_of_two_templates_is_meant_is_not_known() {
    let (shown, taken) = imports(&[NETWORK, NETWORK], &["a-Vpc"], Given::default());
    assert_eq!(shown, ["several exports may be `a-Vpc`, by the names of stacks: 0.yaml, 1.yaml"]);
    assert!(taken.is_empty());
}

#[test]
fn what_is_taken_stands_at_the_import() {
    let own = "Resources: {R: {Type: T, Properties: {V: !ImportValue a-Vpc}}}";
    let world = right(&[NETWORK, own], Given::default());
    let taken = world.evaluate(&Scenario::default(), |_| true).taken;
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].0.file, 1);
    assert_eq!(&own[taken[0].0.range()], "!ImportValue a-Vpc");
}
