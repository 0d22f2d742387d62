//! Templates that another of the files deploys.

use super::*;

const NETWORK: &str = r#"
Parameters: {Cidr: {Type: String, Default: 10.0.0.0/8}}
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: !Ref Cidr}}
  A: {Type: AWS::EC2::Subnet}
  B: {Type: AWS::EC2::Subnet}
Outputs:
  Vpc: {Value: !Ref Vpc}
  Subnets: {Value: !Join [",", [!Ref A, !Ref B]]}
"#;

const SERVICE: &str = r#"
Parameters:
  Vpc: {Type: String}
  Subnets: {Type: List<AWS::EC2::Subnet::Id>}
  Groups: {Type: CommaDelimitedList}
  Size: {Type: String, Default: "2"}
Resources:
  R:
    Type: Subject
    Properties: {V: !Ref Vpc, S: !Ref Subnets, G: !Ref Groups, N: !Ref Size}
Outputs: {Back: {Value: !Ref Vpc}}
"#;

const OUTER: &str = r#"
Parameters: {Groups: {Type: String}}
Resources:
  Network:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: ./nets/1.yaml, Parameters: {Cidr: 10.1.0.0/16}}
  Service:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: 2.yaml
      Parameters:
        Vpc: !GetAtt Network.Outputs.Vpc
        Subnets: !GetAtt Network.Outputs.Subnets
        Groups: "x, y"
"#;

fn evaluated(texts: &[&str]) -> (Vec<String>, usize) {
    let world = right(texts, Given::default());
    let evaluated = world.evaluate(&Scenario::default(), |kind| kind != "AWS::EC2::Subnet");
    let shown = evaluated
        .resources
        .iter()
        .filter(|one| one.kind != "AWS::CloudFormation::Stack")
        .map(|one| show(&one.properties));
    (shown.collect(), evaluated.hidden.len())
}

#[test]
fn values_go_in_as_parameters_and_come_out_as_outputs() {
    let (shown, hidden) = evaluated(&[OUTER, NETWORK, SERVICE]);
    assert_eq!(shown, ["{CidrBlock: 10.1.0.0/16}", "{V: <Vpc>, S: [<A>, <B>], G: [x, y], N: 2}"]);
    assert_eq!(hidden, 0);
}

#[test]
fn what_the_outer_template_gives_is_stronger_than_what_is_given() {
    let world = right(&[OUTER, NETWORK, SERVICE], given(&[("Cidr", "c"), ("Size", "3")]));
    let all = all(&world);
    let shown = |id: &str| show(&all.iter().find(|one| &*one.id == id).unwrap().properties);
    assert_eq!(shown("Vpc"), "{CidrBlock: 10.1.0.0/16}");
    assert!(shown("R").ends_with("N: 3}"));
}

#[test]
fn a_list_that_is_not_known_stays_one() {
    let outer = OUTER.replace("\"x, y\"", "!Ref Groups");
    let (shown, _) = evaluated(&[&outer, NETWORK, SERVICE]);
    assert!(shown[1].contains("G: (split <\",\"> <<parameter 0 Groups>>…)"), "{}", shown[1]);
}

#[test]
fn what_is_not_surely_one_of_the_files_stays_unseen() {
    for (from, to) in [
        ("2.yaml", "3.yaml"),
        ("2.yaml", "https://example.com/2.yaml"),
        ("2.yaml", "/2.yaml"),
        ("2.yaml", "!Sub '${Groups}/2.yaml'"),
        ("      TemplateURL: 2.yaml", "      Fn::Transform: {Name: M}\n      TemplateURL: 2.yaml"),
    ] {
        let (shown, hidden) = evaluated(&[&OUTER.replace(from, to), NETWORK, SERVICE]);
        assert!(shown[1].contains("V: (parameter 2 Vpc)"), "{to}: {}", shown[1]);
        assert!(hidden > 0, "{to}");
    }
    // Deployed twice.
    let (shown, hidden) = evaluated(&[OUTER, NETWORK, SERVICE, OUTER]);
    assert!(shown[1].contains("V: (parameter 2 Vpc)"), "{}", shown[1]);
    assert_eq!(hidden, 4);
}

#[test]
fn an_output_that_is_not_there_is_an_error() {
    let outer = OUTER.replace("Outputs.Vpc", "Outputs.Vcp");
    let wrong = read(&[&outer, NETWORK, SERVICE]).unwrap_err();
    assert_eq!(wrong[0].message, "1.yaml has no output `Vcp`");
    assert_eq!(wrong[0].help, ["did you mean `Vpc`?"]);
}

#[test]
fn stacks_that_go_round_come_to_an_end() {
    let stack = |url: &str, value: &str| {
        format!(
            "Parameters: {{Vpc: {{Type: String}}}}\nResources: {{S: {{Type: AWS::CloudFormation::Stack, \
             Properties: {{TemplateURL: {url}, Parameters: {{Vpc: {value}}}}}}}}}\n\
             Outputs: {{O: {{Value: !GetAtt S.Outputs.O}}}}"
        )
    };
    for texts in [
        vec![stack("0.yaml", "!GetAtt S.Outputs.O")],
        vec![stack("1.yaml", "!Ref Vpc"), stack("0.yaml", "!Ref Vpc")],
    ] {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let world = right(&texts, Given::default());
        let hidden = world.evaluate(&Scenario::default(), |_| true).hidden;
        assert_eq!(hidden.len(), texts.len());
    }
    // Two that give each other what each of them is given.
    let outer = OUTER
        .replace("Cidr: 10.1.0.0/16", "Cidr: !GetAtt Service.Outputs.Back")
        .replace("Network.Outputs.Vpc", "Network.Outputs.Cidr");
    let network = format!("{NETWORK}  Cidr: {{Value: !Ref Cidr}}\n");
    let (shown, hidden) = evaluated(&[&outer, &network, SERVICE]);
    assert_eq!((shown.len(), hidden), (2, 0));
}
