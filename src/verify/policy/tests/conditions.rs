//! Conditions and principals.

use super::*;

/// What a condition comes to in a statement that allows, and in one that denies beside one that
/// allows everything; trusting, then strict.
#[test]
fn conditions_are_met_as_far_as_the_request_is_known() {
    type Answer = (Truth, Truth);
    let (yes, no, open, assumed) = ((Yes, Yes), (No, No), (Perhaps, Perhaps), (Yes, Perhaps));
    let table: &[(Request<'_>, &str, Answer, Answer)] = &[
        (pull(), r#""Bool": {"aws:SecureTransport": "true"}"#, yes, no),
        (pull(), r#""Bool": {"aws:SecureTransport": false}"#, no, yes),
        (layers(), r#""BoolIfExists": {"aws:securetransport": ["false"]}"#, no, yes),
        (pull(), r#""Bool": {"aws:SecureTransport": "${S}"}"#, open, open),
        (pull(), r#""StringEquals": {"aws:SourceVpc": "${@Vpc}"}"#, yes, no),
        (pull(), r#""StringNotEquals": {"aws:SourceVpc": "${@Vpc}"}"#, no, yes),
        (pull(), r#""StringEquals": {"aws:SourceVpc": "${@OtherVpc}"}"#, no, yes),
        (pull(), r#""StringEquals": {"aws:SourceVpc": "${Vpc}"}"#, assumed, open),
        (pull(), r#""StringNotEquals": {"aws:SourceVpc": "${Vpc}"}"#, open, assumed),
        (pull(), r#""StringEquals": {"aws:SourceVpce": ["vpce-1", "${@Endpoint}"]}"#, yes, no),
        (pull(), r#""Null": {"aws:SourceVpce": "false"}"#, yes, no),
        (pull(), r#""Null": {"aws:SourceVpce": "true"}"#, no, yes),
        (layers(), r#""StringEquals": {"aws:SourceVpc": "${@Vpc}"}"#, yes, no),
        (login(), r#""StringEquals": {"aws:SourceVpc": "${@Vpc}"}"#, open, open),
        (login(), r#""Null": {"aws:SourceVpc": "false"}"#, open, open),
        (pull(), r#""StringEquals": {"aws:PrincipalOrgID": "o-1"}"#, assumed, open),
        (pull(), r#""StringNotEquals": {"aws:PrincipalOrgID": "o-1"}"#, open, assumed),
        (pull(), r#""StringNotEqualsIfExists": {"aws:PrincipalAccount": "1"}"#, open, assumed),
        (pull(), r#""StringEquals": {"aws:ResourceAccount": "${AWS::AccountId}"}"#, assumed, open),
        (login(), r#""StringEquals": {"aws:ResourceAccount": "1"}"#, open, open),
        (layers(), r#""StringEquals": {"aws:PrincipalOrgID": "o-1"}"#, no, yes),
        (layers(), r#""StringEquals": {"aws:PrincipalOrgID": "${Org}"}"#, no, yes),
        (layers(), r#""StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}"#, open, open),
        (layers(), r#""StringNotEquals": {"aws:PrincipalOrgID": "o-1"}"#, yes, no),
        (layers(), r#""StringNotEqualsIfExists": {"aws:ResourceOrgID": "o-1"}"#, yes, no),
        (layers(), r#""ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}"#, no, yes),
        (layers(), r#""ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}"#, open, open),
        (layers(), r#""ArnLike": {"aws:PrincipalArn": "*"}"#, open, open),
        (layers(), r#""ArnLike": {"aws:PrincipalArn": "${Arn}"}"#, open, open),
        (layers(), r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::1:role/*"}"#, no, yes),
        (layers(), r#""StringEquals": {"aws:ResourceAccount": "012345678901"}"#, no, yes),
        (pull(), r#""IpAddress": {"aws:SourceIp": "10.0.0.0/8"}"#, open, open),
        (pull(), r#""Frobnicate": {"aws:SecureTransport": "true"}"#, open, open),
        (pull(), r#""StringEquals": "${C}""#, open, open),
        (pull(), r#""StringEquals": []"#, open, open),
        // All of them have to be met.
        (
            layers(),
            r#""Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:PrincipalOrgID": "o-1", "x": "y"}"#,
            no,
            yes,
        ),
    ];
    for (request, conditions, allowing, denying) in table {
        let condition = format!("\"Condition\": {{{conditions}}}");
        let evidence = ask(request, &policy(&[allow(&condition)]));
        assert_eq!(truths(&evidence), *allowing, "allow {condition}");
        let evidence = ask(request, &policy(&[allow(""), deny(&condition)]));
        assert_eq!(truths(&evidence), *denying, "deny {condition}");
    }
    let evidence = ask(&pull(), &policy(&[allow(r#""Condition": "${C}""#)]));
    assert_eq!(truths(&evidence), open);
}

#[test]
fn the_tasks_role_is_known_by_its_arn() {
    let role =
        Signer { id: text("${@Role}"), arn: Some(text("arn:aws:iam::012345678901:role/${@Role}")) };
    let asked = Request { role: Some(&role), ..pull() };
    let (yes, no, assumed) = ((Yes, Yes), (No, No), (Yes, Perhaps));
    for (principal, expected) in [
        ("${@Role}", yes),
        ("${@Other}", no),
        ("${Arn}", assumed),
        ("arn:aws:iam::012345678901:root", assumed),
        ("012345678901", assumed),
        ("arn:aws:iam::012345678901:role/app", assumed),
        ("arn:aws:iam::012345678901:role/${@Role}", yes),
        ("arn:aws:iam::${Account}:root", assumed),
        ("arn:aws:iam::999988887777:root", no),
        ("999988887777", no),
        ("arn:aws:iam::999988887777:role/app", no),
        ("arn:aws:sts::012345678901:assumed-role/app/session", assumed),
        ("arn:aws:iam::012345678901:user/me", no),
    ] {
        let principal = format!(r#""Principal": {{"AWS": "{principal}"}}"#);
        assert_eq!(truths(&ask(&asked, &policy(&[allow(&principal)]))), expected, "{principal}");
    }
    for (condition, expected) in [
        (r#""ArnEquals": {"aws:PrincipalArn": "${@Role}"}"#, yes),
        (r#""StringEquals": {"aws:PrincipalArn": "${@Role}"}"#, yes),
        (r#""ArnEquals": {"aws:PrincipalArn": "${@Other}"}"#, no),
        (r#""ArnNotEquals": {"aws:PrincipalArn": "${@Other}"}"#, yes),
        (r#""ArnEquals": {"aws:PrincipalArn": ["${@Other}", "${Arn}"]}"#, assumed),
        (r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::012345678901:role/*"}"#, yes),
        (r#""StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app-*"}"#, assumed),
        (r#""StringLike": {"aws:PrincipalArn": "arn:aws:iam::999988887777:role/*"}"#, no),
        (r#""StringLike": {"aws:PrincipalArn": "*"}"#, yes),
        (r#""StringEquals": {"aws:PrincipalArn": "*"}"#, no),
        (r#""ArnLike": {"aws:PrincipalArn": "arn:*"}"#, assumed),
        (r#""StringEquals": {"aws:PrincipalAccount": "012345678901"}"#, yes),
        (r#""StringEquals": {"aws:PrincipalAccount": "999988887777"}"#, no),
        (r#""StringNotEquals": {"aws:PrincipalAccount": "999988887777"}"#, yes),
        (r#""StringEquals": {"aws:PrincipalAccount": "${Account}"}"#, assumed),
        (r#""StringEquals": {"aws:ResourceAccount": "012345678901"}"#, yes),
        (r#""StringEquals": {"aws:ResourceAccount": ["999988887777", "888877776666"]}"#, no),
    ] {
        let condition = format!(r#""Condition": {{{condition}}}"#);
        assert_eq!(truths(&ask(&asked, &policy(&[allow(&condition)]))), expected, "{condition}");
    }
    let named =
        Signer { id: text("${@Role}"), arn: Some(text("arn:aws:iam::012345678901:role/app")) };
    let asked = Request { role: Some(&named), ..pull() };
    for (principal, expected) in
        [("arn:aws:iam::012345678901:role/app", yes), ("arn:aws:iam::012345678901:role/other", no)]
    {
        let principal = format!(r#""Principal": {{"AWS": "{principal}"}}"#);
        assert_eq!(truths(&ask(&asked, &policy(&[allow(&principal)]))), expected, "{principal}");
    }
}
