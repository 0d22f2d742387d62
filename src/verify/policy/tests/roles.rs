//! Policies of roles.

use super::*;

#[test]
fn all_policies_of_a_role_count_together() {
    let pull_statement =
        r#"{"Statement": {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}}"#;
    let deny_all = r#"{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#;
    let some =
        r#"{"Statement": {"Effect": "Allow", "Action": "ecr:BatchGetImage", "Resource": "*"}}"#;
    let execution =
        "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
    let mine = "arn:aws:iam::012345678901:policy/mine";
    let (assumed, open) = ((Yes, Perhaps), (Perhaps, Perhaps));
    type Case<'a> = (&'a [&'a str], &'a [&'a str], Option<&'a str>, (Truth, Truth));
    let table: &[Case<'_>] = &[
        (&[], &[], None, (No, No)),
        (&[pull_statement], &[], None, (Yes, Yes)),
        (&[some], &[], None, (No, No)),
        (&[some, pull_statement], &[], None, (Yes, Yes)),
        (&[pull_statement, deny_all], &[], None, (No, No)),
        (&[], &[execution], None, (Yes, Yes)),
        (&[deny_all], &[execution], None, (No, No)),
        (&[], &[mine], None, open),
        (&[pull_statement], &[mine], None, assumed),
        (&[], &[execution, "${Arn}"], None, assumed),
        (&["${Policy}"], &[], None, open),
        (&["${Policy}", pull_statement], &[], None, assumed),
        (&["no policy"], &[], None, (No, No)),
        (&[], &[], Some("a permissions boundary"), open),
        (&[pull_statement], &[], Some("a permissions boundary"), assumed),
        (&[deny_all], &[mine], Some("a permissions boundary"), (No, No)),
    ];
    for (policies, managed, unseen, expected) in table {
        let evidence = role(&with_policies(policies, managed, *unseen), &pull());
        assert_eq!(truths(&evidence), *expected, "{policies:?} {managed:?} {unseen:?}");
    }
    let evidence = role(&with_policies(&[some], &[], None), &pull());
    let failing = failing(&evidence);
    assert_eq!(failing.code, Some(Code::RoleMissesAction));
    assert!(!failing.help[0].contains("Principal"));
    // A secret and the policy that names it.
    let secret = Request {
        purpose: Purpose::Other,
        actions: &["secretsmanager:GetSecretValue"],
        resource: text("${@Secret}"),
        role: None,
    };
    let own = r#"{"Statement": {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "${@Secret}"}}"#;
    assert_eq!(truths(&role(&with_policies(&[own], &[], None), &secret)), (Yes, Yes));
    assert_eq!(truths(&role(&with_policies(&[], &[execution], None), &secret)), (No, No));
}

#[test]
fn a_role_that_surely_trusts_others_alone_cannot_be_assumed() {
    let trust = |principal: &str| {
        format!(r#"{{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {principal}}}"#)
    };
    let others = trust(r#"{"Service": ["ec2.amazonaws.com", "ecs.amazonaws.com"]}"#);
    let tasks = trust(r#"{"Service": "ecs-tasks.amazonaws.com"}"#);
    let deny = tasks.replace("Allow", "Deny");
    for (statements, expected) in [
        (vec![others.clone()], true),
        (vec![trust(r#"{"AWS": ["012345678901", "${@Role}"]}"#)], true),
        (vec![trust(r#"{"Federated": "${Provider}"}"#)], true),
        (vec![tasks.replace("sts:AssumeRole", "sts:TagSession")], true),
        (vec![others.clone(), deny], true),
        (vec![tasks.clone()], false),
        (vec![others.clone(), tasks.clone()], false),
        (vec![trust(r#"{"Service": "ecs-tasks.${AWS::URLSuffix}"}"#)], false),
        (vec![trust(r#"{"Service": "${Service}"}"#)], false),
        (vec![trust(r#"{"Service": ["ec2.amazonaws.com", "${Service}"]}"#)], false),
        (vec![trust(r#"{"AWS": "*"}"#)], false),
        (vec![trust(r#""*""#)], false),
        (vec![tasks.replace("sts:AssumeRole", "sts:*")], false),
        (vec![tasks.replace("sts:AssumeRole", "${Action}")], false),
        (vec![others, "\"${Statement}\"".to_owned()], false),
        (vec![], false),
    ] {
        let mut role = with_policies(&[], &[], None);
        role.trust = Some(value(&policy(&statements)));
        assert_eq!(not_assumable(&role).is_some(), expected, "{statements:?}");
    }
    for trust in [None, Some(value("${Trust}")), Some(value("no policy"))] {
        let role = Role { trust, ..with_policies(&[], &[], None) };
        assert!(not_assumable(&role).is_none());
    }
}

#[test]
fn a_boundary_allows_nothing_and_takes_away_what_it_does_not_have() {
    let statement = |effect: &str, action: &str| {
        policy(&[format!(r#"{{"Effect": "{effect}", "Action": "{action}", "Resource": "*"}}"#)])
    };
    let (ecr, s3) = (statement("Allow", "ecr:*"), statement("Allow", "s3:*"));
    for (policies, boundary, expected) in [
        (&ecr, &ecr, (Yes, Yes)),
        (&ecr, &s3, (No, No)),
        (&s3, &ecr, (No, No)),
        (&ecr, &statement("Deny", "ecr:*"), (No, No)),
        (&ecr, &statement("${Effect}", "ecr:*"), (Perhaps, Perhaps)),
        (&ecr, &"${Boundary}".to_owned(), (Perhaps, Perhaps)),
    ] {
        let mut with = with_policies(&[policies], &[], None);
        with.boundary = Some(value(boundary));
        assert_eq!(truths(&role(&with, &pull())), expected, "{policies} {boundary}");
    }
}
