//! Conditions that nobody can decide.

use super::*;

fn taken(world: &World) -> Vec<String> {
    match world.scenarios(|_| true) {
        Scenarios::Each(each) => each.iter().map(|one| one.taken.join(" and ")).collect(),
        Scenarios::TooMany { conditions, why } => {
            vec![format!("too many: {}; {}", conditions.join(", "), why.join(", "))]
        }
    }
}

fn template(parameters: &str, conditions: &str, uses: &[&str]) -> String {
    let mut text = format!("Parameters: {parameters}\nConditions: {conditions}\nResources:\n");
    for (number, condition) in uses.iter().enumerate() {
        text.push_str(&format!("  R{number}: {{Type: T, Condition: {condition}}}\n"));
    }
    text
}

#[test]
fn what_is_known_is_one_scenario_without_words() {
    let text = template("{P: {Type: String, Default: x}}", "{C: !Equals [!Ref P, x]}", &["C"]);
    assert_eq!(taken(&right(&[&text], Given::default())), [""]);
    // A condition that no resource uses says nothing.
    let text =
        template("{P: {Type: String}}", "{C: !Equals [!Ref P, x], D: !Equals [a, a]}", &["D"]);
    assert_eq!(taken(&right(&[&text], Given::default())), [""]);
}

#[test]
fn each_way_is_told_apart() {
    let any = "{P: {Type: String}, Q: {Type: String}}";
    let bool = "{P: {Type: String, AllowedValues: ['true', 'false']}}";
    let three = "{P: {Type: String, AllowedValues: [a, b, c, d]}}";
    #[rustfmt::skip]
    let table: &[(&str, &str, &[&str], &[&str])] = &[
        (any, "{C: !Equals [!Ref P, x]}", &["C"], &[r#"P = "x""#, r#"P is not "x""#]),
        (any, "{C: !Equals [x, !Ref P], D: !Equals [!Ref P, y]}", &["C", "D"],
         &[r#"P = "x""#, r#"P = "y""#, r#"P is none of "x", "y""#]),
        (bool, "{C: !Equals [!Ref P, 'true'], D: !Not [!Condition C]}", &["C", "D"],
         &[r#"P = "true""#, r#"P = "false""#]),
        (bool, "{C: !Equals [!Ref P, 'yes']}", &["C"], &[""]),
        (three, "{C: !Or [!Equals [!Ref P, a], !Equals [!Ref P, b]]}", &["C"],
         &[r#"P = "a""#, r#"P = "b""#, r#"P is none of "a", "b""#]),
        (any, "{C: !Equals [!Ref P, !Ref Q]}", &["C"], &["P is Q", "P is not Q"]),
        (any, "{C: !Equals [!Ref P, !Ref P]}", &["C"], &[""]),
        (any, "{C: !And [!Equals [!Ref P, x], !Equals [a, b]]}", &["C"], &[""]),
        (any, "{C: !And [!Equals [!Ref P, x], !Not [!Equals [!Ref P, x]]]}", &["C"], &[""]),
        (any, "{C: !Equals [!Ref 'AWS::Region', us-east-1]}", &["C"],
         &[r#"AWS::Region = "us-east-1""#, r#"AWS::Region is not "us-east-1""#]),
        // The second is asked only where the first does not decide.
        (any, "{C: !And [!Equals [!Ref P, x], !Equals [!Ref Q, y]]}", &["C"],
         &[r#"P = "x" and Q = "y""#, r#"P = "x" and Q is not "y""#, r#"P is not "x""#]),
    ];
    for (parameters, conditions, uses, expected) in table {
        let text = template(parameters, conditions, uses);
        assert_eq!(taken(&right(&[&text], Given::default())), *expected, "{conditions}");
    }
}

#[test]
fn five_questions_are_too_many() {
    let names = ["A", "B", "C", "D", "E"];
    let parameters: Vec<_> = names.iter().map(|n| format!("P{n}: {{Type: String}}")).collect();
    let conditions: Vec<_> = names.iter().map(|n| format!("{n}: !Equals [!Ref P{n}, x]")).collect();
    let whole = |count: usize| {
        let parameters = format!("{{{}}}", parameters[..count].join(", "));
        let conditions = format!("{{{}}}", conditions[..count].join(", "));
        right(&[&template(&parameters, &conditions, &names[..count])], Given::default())
    };
    assert_eq!(taken(&whole(4)).len(), 16);
    let too_many = taken(&whole(5));
    assert_eq!(too_many.len(), 1);
    assert!(too_many[0].starts_with("too many: A, B, C, D, E; parameter `PA` has no value"));
}

const BRANCHING: &str = r#"
Parameters:
  P: {Type: String}
  Zone: {Type: String}
Mappings: {M: {x: {Cidr: 10.0.0.0/16}, y: {Cidr: 10.1.0.0/16}}}
Conditions:
  X: !Equals [!Ref P, x]
  Y: !Equals [!Ref P, y]
Resources:
  A: {Type: T, Condition: X, Properties: {V: !Ref P, W: !Ref Zone}}
  B:
    Type: T
    Properties:
      V: !If [X, 1, !If [Y, !Sub "${P}", !Ref AWS::NoValue]]
      W: [!If [Y, a, !Ref AWS::NoValue], !FindInMap [M, !Ref P, Cidr]]
  C: {Type: T, Condition: Y, DependsOn: A, Properties: {V: !Join ["-", [!Ref P, !Ref A]]}}
"#;

fn shown(world: &World, scenario: &Scenario) -> Vec<String> {
    let resources = world.evaluate(scenario, |_| true).resources;
    let one = |one: &Resource| {
        let sure = matches!(one.made, Made::Surely);
        format!("{} {sure} {} {:?}", one.id, show(&one.properties), one.properties.place)
    };
    resources.iter().map(one).collect()
}

/// The law of scenarios: what is taken to be so is as if it had been given.
#[test]
fn a_scenario_is_what_giving_its_value_comes_to() {
    let unknown = right(&[BRANCHING], Given::default());
    let Scenarios::Each(each) = unknown.scenarios(|_| true) else { panic!() };
    assert_eq!(each.len(), 3);
    for (scenario, value) in each.iter().zip(["x", "y"]) {
        let known = right(&[BRANCHING], given(&[("P", value)]));
        assert_eq!(scenario.taken, [format!("P = \"{value}\"")]);
        assert_eq!(shown(&unknown, scenario), shown(&known, &Scenario::default()));
    }
    // In the last it is neither, and stays unknown.
    assert_eq!(each[2].taken, [r#"P is none of "x", "y""#]);
    assert_eq!(shown(&unknown, &each[2]).len(), 1);
    // Without a scenario what hangs on it may be made.
    let made: Vec<bool> =
        all(&unknown).iter().map(|one| matches!(one.made, Made::Surely)).collect();
    assert_eq!(made, [false, true, false]);
}

#[test]
fn a_region_that_is_taken_to_be_so_is_the_region() {
    let text = r#"
Conditions: {C: !Equals [!Ref AWS::Region, cn-north-1]}
Resources:
  A: {Type: T, Condition: C, Properties: {V: !Sub "${AWS::Partition} ${AWS::URLSuffix}"}}
"#;
    let world = right(&[text], Given::default());
    let Scenarios::Each(each) = world.scenarios(|_| true) else { panic!() };
    let evaluated = world.evaluate(&each[0], |_| true);
    assert_eq!(evaluated.region.as_known(), Some("cn-north-1"));
    let value = evaluated.resources[0].properties.get("V").map(show);
    assert_eq!(value.as_deref(), Some("aws-cn amazonaws.com.cn"));
    assert!(world.evaluate(&each[1], |_| true).resources.is_empty());
}

#[test]
fn a_condition_says_what_it_depends_on() {
    let world = right(&[BRANCHING], Given::default());
    let Made::Perhaps(unknown) = &all(&world)[0].made else { panic!() };
    assert_eq!(&*unknown.name, "X");
    assert_eq!(&*unknown.why, "condition `X` depends on `P`: parameter `P` has no value");
}

#[test]
fn the_same_condition_under_two_names_has_one_key() {
    let text = template(
        "{P: {Type: String}}",
        "{C: !Equals [!Ref P, x], D: !Not [!Not [!Equals [x, !Ref P]]]}",
        &["C", "D"],
    );
    let world = right(&[&text], Given::default());
    let all = all(&world);
    let (Made::Perhaps(a), Made::Perhaps(b)) = (&all[0].made, &all[1].made) else { panic!() };
    assert_eq!(a, b);
}
