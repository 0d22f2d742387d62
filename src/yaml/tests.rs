use super::*;

/// The tree as compact text, to compare with.
fn show(node: &Node) -> String {
    match &node.kind {
        Kind::Scalar { text, plain: true } => text.clone(),
        Kind::Scalar { text, plain: false } => format!("{text:?}"),
        Kind::Sequence(items) => {
            format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", "))
        }
        Kind::Mapping(entries) => {
            let entry = |entry: &Entry| format!("{}: {}", entry.key, show(&entry.value));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

fn problems(text: &str) -> Vec<(&str, ProblemKind)> {
    parse(text).1.into_iter().map(|p| (&text[p.span.clone()], p.kind)).collect()
}

#[test]
fn spans_cover_the_node() {
    let text = "stacks:\n  tökyo:\n    regions: [a, 'b']\n    none:\n";
    let (root, problems) = parse(text);
    let root = root.unwrap();
    assert!(problems.is_empty());
    assert_eq!(show(&root), "{stacks: {tökyo: {regions: [a, \"b\"], none: }}}");
    let Kind::Mapping(entries) = &root.kind else { panic!() };
    let Kind::Mapping(stacks) = &entries[0].value.kind else { panic!() };
    assert_eq!(&text[stacks[0].key_span.clone()], "tökyo");
    let Kind::Mapping(stack) = &stacks[0].value.kind else { panic!() };
    assert_eq!(&text[stack[0].value.span.clone()], "[a, 'b']");
    assert!(stack[1].value.is_null());
}

#[test]
fn what_the_config_has_no_use_for_is_refused_with_its_place() {
    use ProblemKind::Unsupported;
    assert_eq!(problems("a: !x b"), [("!x", Unsupported("a tag"))]);
    assert_eq!(problems("a: *x"), [("*x", Unsupported("an alias"))]);
    assert_eq!(problems("a: 1\n---\nb: 2").len(), 1);
    assert_eq!(problems("[a]: 1"), [("[a]", Unsupported("a key that is not a text"))]);
    let kinds: Vec<_> =
        problems("a: &x {b: 1}\nc:\n  <<: *x\n").into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(kinds, [Unsupported("an anchor"), Unsupported("a merge"), Unsupported("an alias")]);
}

#[test]
fn duplicate_keys_name_the_first() {
    let text = "a: 1\nb: 2\n\"a\": 3\n";
    let (root, problems) = parse(text);
    assert_eq!(show(&root.unwrap()), "{a: 1, b: 2}");
    assert_eq!(
        problems,
        [Problem {
            span: 10..13,
            kind: ProblemKind::DuplicateKey { key: "a".into(), first: 0..1 }
        }]
    );
}

#[test]
fn a_bomb_and_a_deep_nest_are_refused_quickly() {
    let mut bomb = "a: &a [x, x]\n".to_owned();
    for n in 0..1_000 {
        bomb.push_str(&format!("b{n}: &b{n} [*a, *a, *a, *a]\n"));
    }
    assert_eq!(problems(&bomb).len(), 5_001);
    assert!(matches!(problems(&"[".repeat(100_000))[..], [(_, ProblemKind::Syntax(_))]));
}

#[test]
fn scalars_have_the_types_of_the_core_schema() {
    use ScalarType::{Bool, Null, Number, Text};
    for (text, expected) in [
        ("", Null),
        ("~", Null),
        ("null", Null),
        ("true", Bool),
        ("FALSE", Bool),
        ("0", Number),
        ("012345678901", Number),
        ("-1", Number),
        ("1.5e3", Number),
        (".5", Number),
        ("0x1F", Number),
        ("0o17", Number),
        (".inf", Number),
        ("-.Inf", Number),
        (".nan", Number),
        ("no", Text),
        ("inf", Text),
        ("nan", Text),
        ("22:22", Text),
        ("1_000", Text),
        ("2010-09-09", Text),
        ("0x", Text),
        ("-", Text),
        (".", Text),
        ("10.0.0.0/16", Text),
    ] {
        assert_eq!(scalar_type(text, true), expected, "{text}");
        assert_eq!(scalar_type(text, false), Text);
    }
}

fn template(text: &str) -> String {
    let (root, problems) = parse_template(text);
    assert_eq!(problems, [], "{text}");
    show_tagged(&root.unwrap())
}

fn show_tagged(node: &Node) -> String {
    let tag = node.tag.as_ref().map_or(String::new(), |tag| format!("!{tag} "));
    let shown = match &node.kind {
        Kind::Scalar { .. } => show(node),
        Kind::Sequence(items) => {
            format!("[{}]", items.iter().map(show_tagged).collect::<Vec<_>>().join(", "))
        }
        Kind::Mapping(entries) => {
            let entry = |entry: &Entry| format!("{}: {}", entry.key, show_tagged(&entry.value));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    };
    tag + &shown
}

#[test]
fn a_template_keeps_its_tags_and_what_aliases_stand_for() {
    for (text, expected) in [
        ("a: !Ref b", "{a: !Ref b}"),
        ("a: !GetAtt b.c", "{a: !GetAtt b.c}"),
        ("a: !Join ['', [!Ref b]]", "{a: !Join [\"\", [!Ref b]]}"),
        ("a: !If\n  - b\n  - c\n", "{a: !If [b, c]}"),
        ("a: !Transform {Name: b}", "{a: !Transform {Name: b}}"),
        ("a: !!str 1", "{a: 1}"),
        ("a: !<!Ref> b", "{a: !Ref b}"),
        ("a: &x !Ref b\nc: *x", "{a: !Ref b, c: !Ref b}"),
        ("a: &x [1]\nb: [*x, *x]", "{a: [1], b: [[1], [1]]}"),
        ("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}", "{a: {b: 1, c: 2}, d: {c: 3, b: 1}}"),
        ("a: {<<: [{b: 1}, {b: 2, c: 3}]}", "{a: {b: 1, c: 3}}"),
        ("{\"a\":\t\"\\ud83d\\ude00 \\/ \\u0041\"}", "{a: \"😀 / A\"}"),
    ] {
        assert_eq!(template(text), expected, "{text}");
    }
    let (root, _) = parse_template("a: !Ref b\n");
    let root = root.unwrap();
    assert_eq!(root.get("a").unwrap().span, 3..9);
}

#[test]
fn a_merge_of_something_else_is_refused() {
    let (_, problems) = parse_template("a: {<<: 1}\nb: {<<: [1]}");
    assert_eq!(problems.len(), 2);
}
