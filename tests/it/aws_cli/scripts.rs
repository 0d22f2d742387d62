//! Scripts in the place of the AWS CLI: version 2, and whatever else may be called `aws`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use fargate_egress::aws::{Region, Service};
use fargate_egress::sources::aws_cli::{AwsCli, AwsError};

use super::{Cli, VPC};
use crate::support::Folder;

/// What either version prints for the S3 list of Tokyo.
const TOKYO: &str = r#"{"PrefixLists": [{"PrefixListId": "pl-61a54008", "OwnerId": "AWS", "PrefixListName": "com.amazonaws.ap-northeast-1.s3"}]}"#;

/// Version 2 pages, prompts and shows errors in one of several forms, unless it is told not to.
const VERSION_2: &str = r#"
[ "${AWS_PAGER-less}" = "" ] || exec sleep 30
[ "$AWS_CLI_AUTO_PROMPT" = off ] || exec sleep 30
[ "$AWS_CLI_ERROR_FORMAT" = legacy ] || { echo '{"Code": "Surprise"}' >&2; exit 254; }
if read -r line; then exec sleep 30; fi
case " $* " in *" --output json "*) ;; *) echo 'PREFIXLISTS'; exit 0;; esac
fail() { printf '\n%s\n' "$2" >&2; exit "$1"; }
"#;

#[test]
fn version_2_is_understood() {
    let asked = |rest: &str| Cli::of(&format!("{VERSION_2}{rest}")).list("ap-northeast-1");
    let list = asked(&format!("cat <<'end'\n{TOKYO}\nend"));
    assert_eq!(list.unwrap().id.to_string(), "pl-61a54008");

    // A list that only the older command gives.
    let older = "case $2 in describe-managed-prefix-lists)";
    for refusal in [
        "fail 252 \"aws: [ERROR]: argument operation: Found invalid choice 'describe-managed-prefix-lists'\"",
        "fail 252 \"aws: [ERROR]: An error occurred (ParamValidation): argument operation: Found invalid choice 'x'\"",
        "fail 254 'aws: [ERROR]: An error occurred (UnauthorizedOperation) when calling the DescribeManagedPrefixLists operation: You are not authorized to perform this operation.'",
        "fail 254 'An error occurred (InvalidAction) when calling the DescribeManagedPrefixLists operation: The action is not valid for this web service.'",
    ] {
        let list = asked(&format!("{older} {refusal};; esac\ncat <<'end'\n{TOKYO}\nend"));
        assert_eq!(list.unwrap().id.to_string(), "pl-61a54008", "{refusal}");
    }
    // Neither: the newer one is what to allow.
    let both = "fail 254 \"An error occurred (UnauthorizedOperation) when calling the $(echo $2 | \
                sed 's/describe-managed-prefix-lists/DescribeManagedPrefixLists/; \
                s/describe-prefix-lists/DescribePrefixLists/') operation: No.\"";
    let error = asked(both).unwrap_err();
    assert!(matches!(&error, AwsError::Denied { .. }), "{error:?}");
    assert_eq!(error.command().action(), "ec2:DescribeManagedPrefixLists");
    assert_eq!(
        error.command().to_string(),
        "aws ec2 describe-managed-prefix-lists --region ap-northeast-1 --output json --filters \
         Name=prefix-list-name,Values=com.amazonaws.ap-northeast-1.s3 Name=owner-id,Values=AWS"
    );

    for (code, text) in [
        (
            253,
            "Unable to locate credentials. You can configure credentials by running \"aws login\".",
        ),
        (253, "aws: [ERROR]: An error occurred (NoCredentials): Unable to locate credentials."),
        (255, "Error loading SSO Token: Token for mine does not exist"),
        (255, "The SSO session associated with this profile has expired or is otherwise invalid."),
        (255, "Error when retrieving token from sso: Token has expired and refresh failed"),
        (
            254,
            "An error occurred (RequestExpired) when calling the DescribeManagedPrefixLists operation: Request has expired.",
        ),
        (
            254,
            "An error occurred (AccessDenied) when calling the AssumeRole operation: User: arn:aws:iam::111122223333:user/ci is not authorized",
        ),
    ] {
        let error = asked(&format!("fail {code} '{text}'")).unwrap_err();
        assert!(matches!(&error, AwsError::NoCredentials { .. }), "{error:?}");
        let expected = format!("no valid credentials: {}", text.trim_end_matches('.'));
        assert!(error.to_string().ends_with(&expected), "{error}");
    }
}

#[test]
fn a_program_that_cannot_be_run_is_said_so() {
    let region = Region::named("ap-northeast-1").unwrap();
    let run = |program: &Path| {
        let cli = AwsCli { program, deadline: Duration::from_secs(5) };
        cli.s3_prefix_list(region).unwrap_err()
    };
    let error = run(Path::new("aws-is-not-installed"));
    assert!(matches!(error, AwsError::NotInstalled { .. }), "{error:?}");
    assert_eq!(error.to_string(), "there is no AWS CLI: `aws-is-not-installed` was not found");
    let folder = Folder::new();
    folder.write("aws", "not a program");
    let error = run(&folder.path().join("aws"));
    assert!(matches!(error, AwsError::Failed { code: None, .. }), "{error:?}");
    assert!(error.to_string().contains("cannot be run: Permission denied"), "{error}");
}

#[test]
fn a_deadline_holds_whoever_keeps_the_pipes_open() {
    // The program itself; a child of it; one that never stops complaining.
    for script in ["echo $$ > \"$folder/id\"; exec sleep 20", "sleep 20; true", "exec yes No >&2"] {
        let cli = Cli::of(script).within(1_000);
        let began = Instant::now();
        let error = cli.list("ap-northeast-1").unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(10), "{script}: {:?}", began.elapsed());
        assert!(matches!(error, AwsError::TimedOut { .. }), "{error:?}");
        assert_eq!(
            error.to_string(),
            "`aws ec2 describe-managed-prefix-lists` took longer than 1s and was stopped"
        );
        if script.contains("$$") {
            let id = cli.folder.read("id");
            let there = Command::new("sh").args(["-c", "kill -0 \"$0\" 2>&1", id.trim()]).output();
            assert!(!there.unwrap().status.success(), "{id} was killed and waited for");
        }
    }
    // An answer counts although somebody stays behind with the pipes.
    let began = Instant::now();
    let cli = Cli::of(&format!("sleep 20 &\necho '{TOKYO}'"));
    assert_eq!(cli.list("ap-northeast-1").unwrap().id.to_string(), "pl-61a54008");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn whatever_is_printed_instead_of_an_answer_is_refused() {
    for (script, expected) in [
        ("exec yes", "printed more than 16 MiB"),
        ("exit 0", "printed nothing"),
        ("echo", "printed nothing"),
        ("echo '<html>'", "printed no such answer: expected value at line 1 column 1"),
        ("printf '{\"PrefixLists\": [{\"PrefixListId\": \"pl-61a5'", "printed no such answer: EOF"),
        ("echo '{\"PrefixLists\": []} {}'", "printed no such answer: trailing characters"),
        (
            "printf '{\"PrefixLists\": [{\"PrefixListName\": \"\\377\"'",
            "printed no such answer: invalid unicode",
        ),
        ("printf '\\000\\033[2J'", "printed no such answer: "),
    ] {
        let error = Cli::of(script).list("ap-northeast-1").unwrap_err();
        assert!(matches!(&error, AwsError::Output { .. }), "{script}: {error:?}");
        assert!(error.to_string().contains(expected), "{script}: {error}");
        assert!(!error.to_string().contains(char::is_control), "{script}: {error:?}");
    }
    for (script, expected) in [
        (
            "echo first >&2; printf '\\033[31mlast \\377.\\n' >&2; exit 255",
            "ended with code 255: \u{fffd}[31mlast \u{fffd}",
        ),
        // Longer than what is kept, and the end is what counts.
        ("yes 0123456789 | head -n 100000 >&2; echo last >&2; exit 1", "ended with code 1: last"),
        ("exit 9", "`aws ec2 describe-managed-prefix-lists` ended with code 9"),
        ("kill -9 $$", "did not end by itself"),
        // Not a success, whatever was printed before.
        (&format!("echo '{TOKYO}'; exit 2"), "ended with code 2"),
    ] {
        let error = Cli::of(script).list("ap-northeast-1").unwrap_err();
        assert!(matches!(&error, AwsError::Failed { .. }), "{script}: {error:?}");
        assert!(error.to_string().ends_with(expected), "{script}: {error}");
    }
}

#[test]
fn a_list_is_taken_only_if_it_is_the_one() {
    let owned = |id: &str, owner: &str| {
        format!(
            r#"{{"PrefixListId": "{id}", "PrefixListName": "com.amazonaws.ap-northeast-1.s3", "OwnerId": "{owner}"}}"#
        )
    };
    let asked = |lists: &[String]| {
        Cli::of(&format!("echo '{{\"PrefixLists\": [{}]}}'", lists.join(",")))
            .list("ap-northeast-1")
    };
    let aws = owned("pl-61a54008", "AWS");
    let theirs = owned("pl-0a1b2c3d4e5f60718", "111122223333");
    assert_eq!(asked(&[theirs.clone(), aws.clone()]).unwrap().id.to_string(), "pl-61a54008");
    assert!(matches!(asked(&[theirs]), Err(AwsError::NotFound { .. })));
    assert!(matches!(asked(&[aws, owned("pl-78a54011", "AWS")]), Err(AwsError::Ambiguous { .. })));
    assert!(matches!(asked(&[owned("pl-61a5400", "AWS")]), Err(AwsError::Output { .. })));
}

#[test]
fn nothing_odd_reaches_the_command_line() {
    let cli = Cli::of("touch \"$folder/was-run\"");
    let region = Region::named("ap-northeast-1").unwrap();
    let ask = |name: &str| {
        let services = [(Service::ecr_api(), name.to_owned())];
        cli.cli().endpoint_addresses(region, &VPC.parse().unwrap(), &services).unwrap_err()
    };
    for name in ["", "a,b", "a b", "--debug=\n", "$(date)"] {
        let error = ask(name);
        assert!(matches!(&error, AwsError::NotFound { .. }), "{error:?}");
        assert!(error.to_string().ends_with("no service has such a name"), "{error}");
    }
    let nothing = cli.cli().endpoint_addresses(region, &VPC.parse().unwrap(), &[]);
    assert_eq!(nothing.unwrap(), BTreeMap::new());
    assert!(!cli.folder.path().join("was-run").exists());
}
