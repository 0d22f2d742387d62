//! Policies are written as JSON, with `${Name}` for what nobody knows.

mod conditions;
mod messages;
mod roles;

use super::*;
use crate::cloudformation::{Created, Kind, Made, Piece, Unknown};
use crate::truth::Truth::{self, No, Unknown as Perhaps, Yes};
use crate::verify::Trust;
use crate::verify::network::{EndpointType, Setting};

const PLACE: Place = Place { file: 0, start: 10, end: 20 };
const PULL: &[&str] = &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

fn piece(name: &str) -> Piece {
    if let Some(id) = name.strip_prefix('@') {
        return Piece::Created(Created { file: 0, id: id.into() });
    }
    Piece::Unknown(Unknown {
        key: name.into(),
        name: format!("${{{name}}}").into(),
        why: format!("parameter {name} has no value").into(),
        many: false,
    })
}

/// A text with `${Name}` for what is unknown, and `${@Name}` for a resource.
fn text(of: &str) -> Text {
    let mut pieces = Vec::new();
    for (at, part) in of.split("${").enumerate() {
        match part.split_once('}') {
            Some((name, rest)) if at > 0 => {
                pieces.push(piece(name));
                pieces.push(Piece::Known(rest.to_owned()));
            }
            _ => pieces.push(Piece::Known(part.to_owned())),
        }
    }
    Text::new(pieces)
}

fn value(of: &str) -> Value {
    Value::text(PLACE, text(of))
}

/// The document as a map, as YAML would give it.
fn map(policy: &str) -> Value {
    let policy = value(policy);
    match document::read(&policy) {
        Document::Known(document) => document.into_owned(),
        other => panic!("{other:?}"),
    }
}

fn setting() -> Setting {
    Setting { truth: Yes, place: PLACE, given: true }
}

fn with_policy(policy: Option<Value>) -> Endpoint {
    Endpoint {
        id: value("${@Endpoint}"),
        name: "Ecr".to_owned(),
        made: Made::Surely,
        service: None,
        kind: EndpointType::Interface,
        kind_place: None,
        vpc: Some(value("${@Vpc}")),
        private_dns: setting(),
        for_all_resolvers: Truth::No,
        subnets: None,
        groups: None,
        route_tables: None,
        policy,
        service_region: None,
        place: PLACE,
    }
}

fn with_policies(policies: &[&str], managed: &[&str], unseen: Option<&str>) -> Role {
    Role {
        id: value("${@Role}"),
        name: "Role".to_owned(),
        place: PLACE,
        trust: None,
        role_name: None,
        boundary: None,
        path: None,
        policies: policies.iter().map(|policy| value(policy)).collect(),
        managed: managed.iter().map(|arn| value(arn)).collect(),
        unseen: unseen.map(str::to_owned),
    }
}

fn login() -> Request<'static> {
    let actions = &["ecr:GetAuthorizationToken"];
    Request { purpose: Purpose::Login, actions, resource: text("*"), role: None }
}

fn pull() -> Request<'static> {
    let resource = text("arn:aws:ecr:us-east-1:012345678901:repository/app");
    Request { purpose: Purpose::Pull, actions: PULL, resource, role: None }
}

fn layers() -> Request<'static> {
    let resource = text("arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*");
    Request { purpose: Purpose::Layers, actions: &["s3:GetObject"], resource, role: None }
}

fn ask(request: &Request<'_>, policy: &str) -> Evidence {
    endpoint(&with_policy(Some(value(policy))), request)
}

fn truths(evidence: &Evidence) -> (Truth, Truth) {
    (evidence.truth(Trust::Trusting), evidence.truth(Trust::Strict))
}

/// A policy of one statement that allows everything, with these elements in its place.
fn allow(elements: &str) -> String {
    let mut statement = vec![r#""Effect": "Allow""#.to_owned()];
    for (key, open) in [("Principal", "*"), ("Action", "*"), ("Resource", "*")] {
        if !elements.contains(&format!("\"{key}\":"))
            && !elements.contains(&format!("\"Not{key}\":"))
        {
            statement.push(format!("\"{key}\": \"{open}\""));
        }
    }
    if !elements.is_empty() {
        statement.push(elements.to_owned());
    }
    format!("{{{}}}", statement.join(", "))
}

fn deny(elements: &str) -> String {
    allow(elements).replacen("Allow", "Deny", 1)
}

fn policy(statements: &[String]) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", "))
}

fn failing(evidence: &Evidence) -> &Failing {
    match evidence.reasons(Trust::Trusting).as_slice() {
        [Evidence::Fails(failing)] => failing,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_endpoint_without_a_policy_allows_everything() {
    assert_eq!(truths(&endpoint(&with_policy(None), &layers())), (Yes, Yes));
}

#[test]
fn each_element_of_a_statement_decides() {
    let ecr = "arn:aws:ecr:us-east-1:012345678901:repository";
    let star = "arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*";
    let table: &[(Request<'_>, &str, Truth)] = &[
        (login(), "", Yes),
        (pull(), "", Yes),
        (layers(), "", Yes),
        (login(), r#""Action": "ECR:getauth*""#, Yes),
        (login(), r#""Action": ["s3:*", "ecr:*"]"#, Yes),
        (login(), r#""Action": "s3:*""#, No),
        (login(), r#""Action": []"#, No),
        (login(), r#""Action": "${A}""#, Perhaps),
        (login(), r#""Action": ["${A}", "ecr:*"]"#, Yes),
        (login(), r#""NotAction": "s3:*""#, Yes),
        (login(), r#""NotAction": ["s3:*", "ecr:Get*"]"#, No),
        (login(), r#""NotAction": "${A}""#, Perhaps),
        (login(), r#""Resource": "arn:aws:ecr:*""#, No),
        (login(), &format!(r#""Resource": ["{ecr}/*", "*"]"#), Yes),
        (login(), &format!(r#""NotResource": "{ecr}/*""#), Yes),
        (pull(), &format!(r#""Resource": "{ecr}/*""#), Yes),
        (pull(), &format!(r#""Resource": "{ecr}/App""#), No),
        (pull(), &format!(r#""Resource": "{ecr}/${{Name}}""#), Perhaps),
        (pull(), &format!(r#""NotResource": "{ecr}/app""#), No),
        (pull(), &format!(r#""NotResource": "{ecr}/other""#), Yes),
        (pull(), r#""Action": "ecr:BatchGetImage""#, No),
        (layers(), &format!(r#""Resource": "{star}""#), Perhaps),
        (layers(), r#""Resource": "arn:aws:s3:::${Bucket}/*""#, Perhaps),
        // A bucket that is made here is not AWS's.
        (layers(), r#""Resource": "arn:aws:s3:::${@Bucket}/*""#, No),
        (layers(), r#""Resource": "${@Bucket}""#, No),
        (layers(), r#""Principal": "*""#, Yes),
        (layers(), r#""Principal": {"AWS": ["x", "*"]}"#, Yes),
        (layers(), r#""Principal": {"AWS": "arn:aws:iam::012345678901:root"}"#, No),
        (layers(), r#""Principal": {"AWS": "arn:aws:iam::${AWS::AccountId}:root"}"#, No),
        (layers(), r#""Principal": {"AWS": "${Who}"}"#, Perhaps),
        (layers(), r#""Principal": {"Service": "ecs-tasks.amazonaws.com"}"#, No),
        (layers(), r#""NotPrincipal": {"AWS": "x"}"#, Perhaps),
        (login(), r#""Principal": {"Service": "ecs-tasks.amazonaws.com"}"#, No),
    ];
    for (request, elements, expected) in table {
        let evidence = ask(request, &policy(&[allow(elements)]));
        assert_eq!(truths(&evidence), (*expected, *expected), "{elements}");
    }
}

#[test]
fn without_a_principal_a_statement_is_for_everyone_and_a_fault() {
    let document = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
    assert_eq!(truths(&ask(&layers(), document)), (Yes, Yes));
    let faults = faults(&with_policy(Some(value(document))));
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].code, Some(Code::PolicyWithoutPrincipal));
}

#[test]
fn a_document_is_read_in_every_form() {
    let open = policy(&[allow("")]);
    assert_eq!(truths(&endpoint(&with_policy(Some(map(&open))), &pull())), (Yes, Yes));
    let table: &[(&str, Truth)] = &[
        (&open, Yes),
        (r#"{"Statement": []}"#, No),
        ("{}", No),
        ("not JSON", No),
        ("[]", No),
        ("${Policy}", Perhaps),
        (r#"{"Statement": "${S}"}"#, Perhaps),
        (r#"{"Statement": ${S}}"#, Perhaps),
        (r#"{"Statement": [{"Effect": "${E}", "Action": "*", "Resource": "*"}]}"#, Perhaps),
        (r#"{"Statement": [{"Effect": "allow", "Action": "*", "Resource": "*"}]}"#, No),
        (r#"{"Statement": [{"Action": "*", "Resource": "*"}]}"#, No),
        (r#"{"Statement": [{"Effect": "Allow", "Resource": "*"}]}"#, No),
        (r#"{"Statement": [{"Effect": "Allow", "Action": "*"}]}"#, No),
        (r#"{"Statement": ["text"]}"#, No),
    ];
    for (document, expected) in table {
        let evidence = ask(&pull(), document);
        assert_eq!(truths(&evidence), (*expected, *expected), "{document}");
    }
}

const STATEMENTS: &[&str] = &[
    "",
    r#""Action": "ecr:BatchGetImage""#,
    r#""Action": "${A}""#,
    r#""Action": "s3:*""#,
    r#""Resource": "arn:aws:ecr:us-east-1:012345678901:repository/${Name}""#,
    r#""Resource": "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*""#,
    r#""Resource": "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/a*""#,
    r#""NotResource": "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/a*""#,
    r#""Principal": {"AWS": "arn:aws:iam::012345678901:root"}"#,
    r#""Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#,
    r#""Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}"#,
    r#""Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#,
];

/// Whatever is there already, in whatever order.
#[test]
fn what_is_allowed_more_allows_no_less_and_what_is_denied_more_no_more() {
    let all: Vec<String> =
        STATEMENTS.iter().flat_map(|elements| [allow(elements), deny(elements)]).collect();
    for request in [login(), pull(), layers()] {
        for first in &all {
            for second in &all {
                let before = truths(&ask(&request, &policy(std::slice::from_ref(first))));
                let after = truths(&ask(&request, &policy(&[first.clone(), second.clone()])));
                let turned = truths(&ask(&request, &policy(&[second.clone(), first.clone()])));
                assert_eq!(after, turned, "{first} {second}");
                let (trusting, strict) = (after.0.cmp(&before.0), after.1.cmp(&before.1));
                if second.contains("Allow") {
                    assert!(trusting.is_ge() && strict.is_ge(), "{first} {second}");
                } else {
                    assert!(trusting.is_le() && strict.is_le(), "{first} {second}");
                }
            }
        }
    }
}

/// A statement that nobody knows leaves nothing certain but what is denied.
#[test]
fn an_unknown_statement_makes_everything_unknown_but_a_denial() {
    let unknown = "\"${S}\"".to_owned();
    let both = |one: &str| truths(&ask(&pull(), &policy(&[one.to_owned(), unknown.clone()])));
    assert_eq!(both(&allow("")), (Perhaps, Perhaps));
    assert_eq!(both(&allow(r#""Action": "s3:*""#)), (Perhaps, Perhaps));
    assert_eq!(both(&deny("")), (No, No));
}

#[test]
fn a_policy_that_is_too_long_is_a_fault() {
    let long = |letters: usize| {
        let document = policy(&[allow(&format!(r#""Sid": "{}""#, "a".repeat(letters)))]);
        faults(&with_policy(Some(value(&document))))
    };
    assert!(long(20_000).is_empty());
    let faults = long(20_480);
    assert_eq!(faults.iter().map(|one| one.code).collect::<Vec<_>>(), [Some(Code::PolicyTooLong)]);
}

#[test]
fn there_is_an_end_to_what_is_looked_at() {
    let huge: Vec<String> = vec![r#"{"Effect":"Deny"}"#.to_owned(); 3000];
    assert_eq!(truths(&ask(&pull(), &policy(&huge))), (Perhaps, Perhaps));
    let conditions = (0..200).map(|at| format!(r#""k{at}": "v""#)).collect::<Vec<_>>().join(",");
    let many = format!(r#""Condition": {{"StringEquals": {{{conditions}}}}}"#);
    assert_eq!(truths(&ask(&pull(), &policy(&[allow(&many)]))), (Perhaps, Perhaps));
    let stars = format!(r#""Resource": ["{}"]"#, vec!["*a".repeat(500); 5].join("\", \""));
    let asked = Request { resource: text(&"a".repeat(2000)), ..pull() };
    let evidence = ask(&asked, &policy(&[allow(&stars)]));
    assert_eq!(truths(&evidence), (Yes, Yes));
    let nested = Value { place: PLACE, kind: Kind::List(vec![value("x"); 3]) };
    assert_eq!(truths(&endpoint(&with_policy(Some(nested)), &pull())), (No, No));
}
