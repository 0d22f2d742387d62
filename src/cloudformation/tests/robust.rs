//! What is no template, and what would grow without end.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

/// Everything there is to ask of a world; it only has to come to an end.
fn ask(world: &World) {
    let scenarios = world.scenarios(|_| true);
    world.asserted_regions();
    if let Scenarios::Each(each) = scenarios {
        for scenario in &each {
            world.evaluate(scenario, |_| true);
        }
    }
}

fn codes(text: &str) -> Vec<&'static str> {
    match read(&[text]) {
        Ok(world) => {
            ask(&world);
            Vec::new()
        }
        Err(wrong) => {
            let mut codes: Vec<_> = wrong.iter().map(|one| one.code.name()).collect();
            codes.dedup();
            codes
        }
    }
}

/// On a thread with little stack, as those of rayon and of tests may have.
fn codes_on_a_small_stack(text: String) -> Vec<&'static str> {
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(move || codes(&text));
    thread.unwrap().join().unwrap()
}

#[test]
fn what_is_no_template_is_refused() {
    for (text, expected) in [
        ("", "not-cloudformation"),
        ("\u{feff}", "not-cloudformation"),
        ("# nothing\n", "not-cloudformation"),
        ("- a\n- b\n", "not-cloudformation"),
        ("just a text", "not-cloudformation"),
        ("a: b", "not-cloudformation"),
        ("Resources:", "not-cloudformation"),
        ("Resources: []", "not-cloudformation"),
        ("Resources: {A: b}", "not-cloudformation"),
        ("Resources: {A: {}}", "not-cloudformation"),
        ("Resources: {A: {Type: [a]}}", "not-cloudformation"),
        ("Resources: {A: {Type: }}", "not-cloudformation"),
        ("Parameters: []\nResources: {A: {Type: T}}", "not-cloudformation"),
        ("a: [", "yaml-syntax"),
        ("a: b: c", "yaml-syntax"),
        ("{\"Resources\": ", "yaml-syntax"),
        ("Resources: {A: {Type: T}, A: {Type: T}}", "duplicate-key"),
        ("Resources: {A: {Type: T}}\n---\nResources: {}", "unsupported-yaml"),
        ("Resources: {A: {Type: T, Properties: *none}}", "unsupported-yaml"),
        ("Resources: {A: {Type: T, Properties: &a [*a]}}", "unsupported-yaml"),
        ("Resources: {A: {Type: T, ? [a] : b}}", "unsupported-yaml"),
    ] {
        assert_eq!(codes(text), [expected], "{text}");
    }
    assert!(codes("\u{feff}Resources: {A: {Type: T}}").is_empty());
    assert!(codes("Parameters:\nResources: {A: {Type: T}}").is_empty());
}

#[test]
fn everything_wrong_is_said_at_once_with_its_place() {
    let text = "Resources:\n  A: {}\n  B: {Type: T, Properties: {V: !Ref C}}\n";
    let wrong = read(&[text, "[]"]).unwrap_err();
    let places: Vec<&str> = wrong
        .iter()
        .map(|one| one.primary.as_ref().map_or("", |at| &at.source.text[at.span.clone()]))
        .collect();
    assert_eq!(places, ["A", "!Ref C", "[]"]);
}

#[test]
fn nothing_grows_without_end() {
    let mut bomb = String::from("x:\n  a0: &a0 [x, x]\n");
    let mut merges = String::from("x:\n  a0: &a0 {k: v}\n");
    for n in 1..40 {
        let _ = writeln!(bomb, "  a{n}: &a{n} [*a{m}, *a{m}, *a{m}, *a{m}]", m = n - 1);
        let _ = writeln!(
            merges,
            "  a{n}: &a{n} {{<<: [*a{m}, *a{m}], k{n}: [*a{m}, *a{m}]}}",
            m = n - 1
        );
    }
    let end = "Resources: {A: {Type: T}}\n";
    assert_eq!(codes(&(bomb + end)), ["unsupported-yaml"]);
    assert_eq!(codes(&(merges + end)), ["unsupported-yaml"]);

    assert_eq!(codes_on_a_small_stack("[".repeat(1 << 20)), ["yaml-syntax"]);
    assert_eq!(codes_on_a_small_stack("{\"a\":".repeat(1 << 18)), ["yaml-syntax"]);
    for (depth, expected) in
        [(100, ""), (200, "template-too-large"), (300, "yaml-syntax"), (600, "yaml-syntax")]
    {
        let nested = format!("{}x{}", "[".repeat(depth), "]".repeat(depth));
        let text = format!("Resources: {{A: {{Type: T, Properties: {{V: {nested}}}}}}}");
        assert_eq!(codes_on_a_small_stack(text).join(" "), expected, "{depth}");
    }
    for (depth, expected) in [(100, ""), (300, "yaml-syntax")] {
        let mut text = String::from(
            "Conditions: {C: !Equals [!Ref AWS::Region, x]}\nResources:\n A:\n  Type: T\n  Properties:\n   V:\n",
        );
        for at in 0..depth {
            let indent = " ".repeat(4 + 2 * at);
            let _ = write!(text, "{indent}Fn::If:\n{indent} - C\n{indent} - x\n{indent} -\n");
        }
        let _ = writeln!(text, "{}y", " ".repeat(4 + 2 * depth));
        assert_eq!(codes_on_a_small_stack(text).join(" "), expected, "{depth}");
    }
    let ifs = "{'Fn::If': [C, x, ".repeat(100) + "y" + &"]}".repeat(100);
    let nots = "{'Fn::Not': [".repeat(110) + "{'Fn::Equals': [!Ref P, x]}" + &"]}".repeat(110);
    let text = format!(
        "Parameters: {{P: {{Type: String}}}}\nConditions: {{C: {nots}}}\n\
         Resources: {{A: {{Type: T, Properties: {{V: {ifs}}}}}}}"
    );
    assert_eq!(codes_on_a_small_stack(text), [""; 0]);
}

#[test]
fn texts_that_double_are_given_up() {
    // Each property holds the one before twice.
    let mut text = String::from(
        "Resources:\n  A0: {Type: AWS::EC2::VPC, Properties: {CidrBlock: xxxxxxxx}}\n",
    );
    for n in 1..60 {
        let _ = writeln!(
            text,
            "  A{n}: {{Type: AWS::EC2::VPC, Properties: {{CidrBlock: !Sub '${{A{m}.CidrBlock}}${{A{m}.CidrBlock}}'}}}}",
            m = n - 1
        );
    }
    assert_eq!(codes(&text), ["template-too-large"]);
    // And of unknowns, whose keys would grow.
    let text = text
        .replace("xxxxxxxx", "!GetAtt A0.Foo")
        .replace("!Sub", "!Select [0, !Split [x, !Sub")
        .replace("'}}", "']]}}");
    assert_eq!(codes(&text), [""; 0]);
    let sub = format!("!Sub '{}'", "${P}".repeat(10_000));
    let text = format!(
        "Parameters: {{P: {{Type: String, Default: {}}}}}\n\
         Resources: {{A: {{Type: T, Properties: {{V: {sub}}}}}}}",
        "x".repeat(4096)
    );
    assert_eq!(codes(&text), ["template-too-large"]);
}

#[test]
fn conditions_that_depend_on_themselves_are_said() {
    let one = "Conditions: {A: !Not [!Condition A]}\nResources: {R: {Type: T, Condition: A}}";
    assert_eq!(codes(one), ["reference-loop"]);
    let three = "Conditions: {A: !Condition B, B: !And [!Condition C, !Condition C], C: {Condition: A}}\nResources: {R: {Type: T}}";
    assert_eq!(codes(three), ["reference-loop"]);
}

#[test]
fn many_conditions_and_many_mistakes_are_read_quickly() {
    let begun = std::time::Instant::now();
    let (mut parameters, mut conditions) = (String::new(), String::new());
    for n in 1..1_000 {
        let _ = writeln!(parameters, "  P{n:05}: {{Type: String}}");
        let _ = writeln!(
            conditions,
            "  C{n:05}: !Or [!Equals [!Ref P{n:05}, x], !Condition C{:05}]",
            n - 1
        );
    }
    let text = format!(
        "Parameters:\n{parameters}Conditions:\n  C00000: !Equals [!Ref P00001, y]\n{conditions}\
         Resources: {{A: {{Type: T, Condition: C00999}}}}"
    );
    assert_eq!(codes(&text), [""; 0]);
    let mut text = String::from("Resources:\n");
    for n in 0..1_000 {
        let _ =
            writeln!(text, "  SomeResource{n}: {{Type: T, Properties: {{V: !Ref NoResource{n}}}}}");
    }
    assert_eq!(codes(&text), ["unknown-reference"]);
    assert!(begun.elapsed().as_secs() < 30);
}

#[test]
fn groups_that_name_each_other_are_read() {
    let text = "Resources:\n  A: {Type: AWS::EC2::SecurityGroup, Properties: {V: !GetAtt B.GroupId}}\n  B: {Type: AWS::EC2::SecurityGroup, Properties: {V: !GetAtt A.GroupId}}\n";
    let world = right(&[text], Given::default());
    let all = all(&world);
    assert_eq!(all[0].names.first().map(|name| &**name), Some("B"));
    assert_eq!(all[1].names.first().map(|name| &**name), Some("A"));
}

#[test]
fn imports_that_go_round_come_to_an_end() {
    let a = "Resources: {A: {Type: T, Properties: {V: !ImportValue b}}}\nOutputs: {O: {Value: !ImportValue b, Export: {Name: a}}}";
    let b = "Resources: {A: {Type: T}}\nOutputs: {O: {Value: !ImportValue a, Export: {Name: b}}}";
    let own = "Resources: {A: {Type: T}}\nOutputs: {O: {Value: x, Export: {Name: !ImportValue c}}}";
    ask(&right(&[a, b, own], Given::default()));
}

#[test]
fn loops_that_make_too_much_are_given_up() {
    let list = format!("[{}]", (0..100).map(|n| n.to_string()).collect::<Vec<_>>().join(", "));
    let mut body = String::from("'R${A}x${B}x${C}x${D}': {Type: T}");
    for id in ["A", "B", "C", "D"] {
        body = format!("'Fn::ForEach::L{id}': [{id}, {list}, {{{body}}}]");
    }
    assert_eq!(codes(&format!("Resources: {{{body}}}")), ["template-too-large"]);
    let empty = body.replace("'R${A}x${B}x${C}x${D}': {Type: T}", "");
    let begun = std::time::Instant::now();
    codes(&format!("Resources: {{{empty}, Z: {{Type: T}}}}"));
    assert!(begun.elapsed().as_secs() < 20);
}

const GOOD: &str = r#"
Transform: [AWS::LanguageExtensions]
Parameters:
  P: {Type: String, Default: a, AllowedValues: [a, b]}
  Q: {Type: CommaDelimitedList}
Mappings: {M: {a: {x: 1}, b: {x: [2]}}}
Rules: {R: {Assertions: [{Assert: !Equals [!Ref AWS::Region, us-east-1]}]}}
Conditions:
  C: !Or [!Equals [!Ref P, a], !Not [!Equals [!Select [0, !Ref Q], b]]]
Resources:
  Fn::ForEach::Each:
    - I
    - !Ref P
    - "R${I}": {Type: T}
  Fn::ForEach::Two:
    - I
    - [x, y]
    - "S${I}": {Type: T, Properties: {V: !Sub "${I}-${AWS::Region}"}}
  A: &a
    Type: AWS::EC2::VPC
    Condition: C
    Properties: {CidrBlock: !FindInMap [M, !Ref P, x], V: !If [C, !Join [",", !Ref Q], !Ref AWS::NoValue]}
  B:
    <<: *a
    DependsOn: [A]
    Properties: {V: [!GetAtt A.CidrBlock, !Split [",", "a,b"], !Cidr [10.0.0.0/8, 2, 8], "{{resolve:ssm:/x}}"]}
Outputs:
  O: {Condition: C, Value: !ImportValue o, Export: {Name: !Sub "${AWS::StackName}-o"}}
"#;

#[test]
fn the_good_template_is_good() {
    assert_eq!(codes(GOOD), [""; 0]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..6usize, "[\\[\\]{}:,!&*<$#'\"a-cPQM \n-]{0,3}"), 1..6)
    ) {
        let mut text = GOOD.to_owned();
        for (at, length, insert) in edits {
            let start = crate::diagnostic::floor_boundary(&text, at.index(text.len() + 1));
            let end = crate::diagnostic::floor_boundary(&text, (start + length).min(text.len()));
            text.replace_range(start..end, &insert);
        }
        codes(&text);
    }

    #[test]
    fn no_line_that_goes_missing_or_moves_makes_it_panic(
        a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>()
    ) {
        let mut lines: Vec<&str> = GOOD.lines().collect();
        let line = lines.remove(a.index(lines.len()));
        codes(&lines.join("\n"));
        lines.insert(b.index(lines.len()), line);
        codes(&lines.join("\n"));
    }
}
