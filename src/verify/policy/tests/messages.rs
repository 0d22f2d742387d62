//! What is said of what is not allowed.

use super::*;

#[test]
fn what_is_not_allowed_has_a_code_and_a_statement_to_add() {
    let s3 = "arn:aws:s3:::";
    let starport = "starport-layer-bucket";
    let only = |elements: &str| policy(&[allow(elements)]);
    let resource = |resource: &str| only(&format!(r#""Resource": "{resource}""#));
    let table: &[(Request<'_>, String, Code, &str)] = &[
        (
            login(),
            resource("arn:aws:ecr:us-east-1:012345678901:repository/*"),
            Code::PolicyLoginResource,
            "the policy of endpoint `Ecr` does not allow `ecr:GetAuthorizationToken`; `Resource` \
             is `arn:aws:ecr:us-east-1:012345678901:repository/*`: the action has no resources, \
             so only `*` is it",
        ),
        (
            login(),
            only(r#""Action": "ecr:BatchGetImage""#),
            Code::PolicyMissesAction,
            "the policy of endpoint `Ecr` does not allow `ecr:GetAuthorizationToken`",
        ),
        (
            pull(),
            only(r#""Action": "ecr:BatchGetImage""#),
            Code::PolicyMissesAction,
            "the policy of endpoint `Ecr` does not allow `ecr:GetDownloadUrlForLayer` on \
             `arn:aws:ecr:us-east-1:012345678901:repository/app`",
        ),
        (
            pull(),
            resource("arn:aws:ecr:us-west-2:111122223333:repository/*"),
            Code::PolicyMissesRepository,
            "the policy of endpoint `Ecr` does not allow `ecr:BatchGetImage` and \
             `ecr:GetDownloadUrlForLayer` on `arn:aws:ecr:us-east-1:012345678901:repository/app`; \
             `Resource` is `arn:aws:ecr:us-west-2:111122223333:repository/*`: the region is \
             `us-west-2` and not `us-east-1`, and the account is `111122223333` and not \
             `012345678901`",
        ),
        (
            layers(),
            resource(&format!("{s3}prod-us-west-2-{starport}/*")),
            Code::PolicyMissesBucket,
            "it is the bucket of region `us-west-2` and not `us-east-1`",
        ),
        (
            layers(),
            resource(&format!("{s3}prod-us-east-1-{starport}")),
            Code::PolicyMissesBucket,
            "`/*` is missing, for the objects of the bucket",
        ),
        (
            layers(),
            resource(&format!("arn:aws-cn:s3:::prod-us-east-1-{starport}/*")),
            Code::PolicyMissesBucket,
            "the partition is `aws-cn` and not `aws`",
        ),
        (
            layers(),
            resource(&format!("{s3}prod-us-east-1-{starport}/a*")),
            Code::PolicyMissesBucket,
            "it is not all that is asked for",
        ),
        (
            layers(),
            resource("arn:aws:s3:::mine/*"),
            Code::PolicyMissesBucket,
            "the policy of endpoint `Ecr` does not allow `s3:GetObject` on \
             `arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*`",
        ),
        (
            layers(),
            only(r#""Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#),
            Code::PolicyCondition,
            "`StringEquals` of `aws:PrincipalOrgID` asks for `o-1`, and requests for layers are \
             signed by AWS for AWS's bucket",
        ),
        (
            layers(),
            policy(&[
                allow(""),
                deny(r#""Condition": {"StringNotEquals": {"aws:ResourceOrgID": "o-1"}}"#),
            ]),
            Code::PolicyCondition,
            "the policy of endpoint `Ecr` denies `s3:GetObject` on",
        ),
        (
            layers(),
            only(r#""Principal": {"AWS": "arn:aws:iam::012345678901:root"}"#),
            Code::PolicyCondition,
            "`Principal` is `arn:aws:iam::012345678901:root`",
        ),
        (
            login(),
            policy(&[allow(""), deny(r#""Action": "ecr:Get*""#)]),
            Code::PolicyMissesAction,
            "the policy of endpoint `Ecr` denies `ecr:GetAuthorizationToken`",
        ),
        (
            Request {
                purpose: Purpose::Object,
                resource: text("arn:aws:s3:::b/x.env"),
                ..layers()
            },
            resource("arn:aws:s3:::b/y.env"),
            Code::PolicyMissesObject,
            "it is not all that is asked for",
        ),
    ];
    for (request, document, code, message) in table {
        let evidence = ask(request, document);
        let failing = failing(&evidence);
        assert_eq!(failing.code, Some(*code), "{document}");
        assert!(failing.claim.text.contains(message), "{}\n{message}", failing.claim.text);
        if failing.claim.text.contains("denies") {
            continue;
        }
        // What help says to add mends it.
        let [help] = failing.help.as_slice() else { panic!("{:?}", failing.help) };
        let added: serde_json::Value = serde_yaml::from_str::<Vec<_>>(help).unwrap().remove(0);
        let mended = document.replace("\"Statement\": [", &format!("\"Statement\": [{added}, "));
        assert_eq!(truths(&ask(request, &mended)), (Yes, Yes), "{mended}");
    }
}

#[test]
fn what_came_close_says_in_which_respect_it_missed() {
    let document = policy(&[
        allow(r#""Resource": "arn:aws:s3:::mine/*", "Action": "s3:Get*""#),
        allow(r#""Action": "s3:ListBucket""#),
        allow(r#""Action": "s3:ListBucket", "Resource": "arn:aws:s3:::mine/*""#),
    ]);
    let evidence = ask(&layers(), &document);
    let near: Vec<_> = failing(&evidence).near.iter().map(|claim| claim.text.as_str()).collect();
    assert_eq!(near, ["`Resource` is `arn:aws:s3:::mine/*`", "`Action` is `s3:ListBucket`"]);
}

#[test]
fn a_resource_of_unknown_pieces_is_helped_with_fn_sub() {
    let resource = text("arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*");
    let request = Request { resource, ..layers() };
    let evidence = ask(&request, &policy(&[allow(r#""Action": "ecr:*""#)]));
    let expected = "- {Effect: Allow, Principal: \"*\", Action: \"s3:GetObject\", Resource: !Sub \
                    \"arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*\"}";
    assert_eq!(failing(&evidence).help, [expected]);
}

#[test]
fn a_resource_that_is_made_is_helped_with_ref() {
    for (resource, expected) in [("${@Secret}", "!Ref Secret"), ("${@B}/x", "!Sub \"${B}/x\"")] {
        let request = Request {
            purpose: Purpose::Other,
            actions: &["a:B", "a:C"],
            resource: text(resource),
            role: None,
        };
        let evidence = role(&with_policies(&[], &[], None), &request);
        let help = format!("- {{Effect: Allow, Action: [\"a:B\", \"a:C\"], Resource: {expected}}}");
        assert_eq!(failing(&evidence).help, [help]);
    }
}
