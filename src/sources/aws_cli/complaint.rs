//! What the AWS CLI means by a line of its standard error.

/// What a complaint means.
#[derive(Clone, Copy)]
pub(super) enum Meaning {
    NoCredentials,
    Denied,
    Throttled,
    Unsupported,
    Other,
}

/// Error codes of EC2 and STS. Those of throttling are botocore's
/// (`botocore/retries/standard.py`); EC2 has `RequestExpired` for a session that is over.
///
/// Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>
const CODES: &[(Meaning, &[&str])] = &[
    (Meaning::Denied, &["UnauthorizedOperation", "AccessDenied", "AccessDeniedException"]),
    (
        Meaning::NoCredentials,
        &[
            "AuthFailure",
            "ExpiredToken",
            "ExpiredTokenException",
            "IncompleteSignature",
            "InvalidClientTokenId",
            "MissingAuthenticationToken",
            "RequestExpired",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        ],
    ),
    (
        Meaning::Throttled,
        &[
            "BandwidthLimitExceeded",
            "EC2ThrottledException",
            "PriorRequestNotComplete",
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "SlowDown",
            "ThrottledException",
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
        ],
    ),
    (Meaning::Unsupported, &["InvalidAction", "UnsupportedOperation"]),
];

/// Parts of what the CLI says by itself, in lower case; from botocore's `exceptions.py` and
/// the argument parsers of versions 1 and 2.
const WORDINGS: &[(Meaning, &[&str])] = &[
    (
        Meaning::NoCredentials,
        &[
            "unable to locate credentials",
            "unable to locate authorization token",
            "partial credentials found",
            "retrieving credentials from",
            "retrieving token from",
            "loading sso token",
            "sso session associated",
            "resolving aws credentials",
            "using 'aws login'",
            "refresh login credentials",
            "login session token",
            "login authorization code",
            "mfa token required",
            "the config profile (",
            "the source_profile ",
            "nocredentialproviders",
        ],
    ),
    (Meaning::Unsupported, &["invalid choice"]),
];

fn known(table: &[(Meaning, &[&str])], is: impl Fn(&str) -> bool) -> Option<Meaning> {
    let entry = table.iter().find(|(_, texts)| texts.iter().any(|text| is(text)));
    entry.map(|(meaning, _)| *meaning)
}

impl Meaning {
    /// What a line says of a command that called `operation`; `None` if it says nothing.
    pub(super) fn of(line: &str, operation: &str) -> Option<Meaning> {
        // An error occurred (CODE) when calling the OPERATION operation: …
        let service = line.split_once("An error occurred (").and_then(|(_, rest)| {
            let (code, rest) = rest.split_once(')')?;
            let called = rest.strip_prefix(" when calling the ")?;
            Some((code, called.split(' ').next()?))
        });
        if let Some((code, called)) = service {
            let meaning = known(CODES, |known| known == code).unwrap_or(Meaning::Other);
            return Some(match meaning {
                Meaning::Throttled => meaning,
                // The call before, for credentials.
                _ if called != operation => Meaning::NoCredentials,
                meaning => meaning,
            });
        }
        let lower = line.to_lowercase();
        let occurred = lower.contains("an error occurred (").then_some(Meaning::Other);
        known(WORDINGS, |part| lower.contains(part)).or(occurred)
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::{AwsCommand, AwsError};
    use crate::aws::Region;

    fn of(stderr: &str) -> AwsError {
        let tokyo = Region::named("ap-northeast-1").unwrap();
        let command = AwsCommand::new("describe-vpc-endpoints", "DescribeVpcEndpoints", tokyo, []);
        AwsError::of_failure(&command, Some(255), stderr.as_bytes())
    }

    #[test]
    fn an_error_of_the_call_for_credentials_is_about_credentials() {
        let error = |code: &str, operation: &str| {
            of(&format!(
                "\nAn error occurred ({code}) when calling the {operation} operation: No.\n"
            ))
        };
        for operation in ["AssumeRole", "GetRoleCredentials"] {
            assert!(matches!(error("AccessDenied", operation), AwsError::NoCredentials { .. }));
            assert!(matches!(error("Throttling", operation), AwsError::Throttled { .. }));
        }
        let ours = error("AccessDenied", "DescribeVpcEndpoints");
        assert_eq!(
            ours.to_string(),
            "`ec2:DescribeVpcEndpoints` is not allowed: An error occurred (AccessDenied) when \
             calling the DescribeVpcEndpoints operation: No"
        );
    }

    #[test]
    fn a_complaint_is_one_line_fit_for_a_terminal() {
        let failed = |stderr: &str| of(stderr).to_string();
        let begins = "`aws ec2 describe-vpc-endpoints` ended with code 255";
        assert_eq!(failed("\n \n"), begins);
        assert_eq!(
            failed("Traceback:\r\n  File\r\n\r\nValueError: \u{1b}[31mred\u{202e}.\r\n"),
            format!("{begins}: ValueError: \u{fffd}[31mred\u{fffd}")
        );
        let long = "x".repeat(2_000);
        assert_eq!(failed(&long), format!("{begins}: {}…", &long[..1_000]));
        assert_eq!(
            failed(
                "aws: [ERROR]: An error occurred (Other) when calling the DescribeVpcEndpoints \
                    operation: No\n\nAdditional error details:\nA: b\n"
            ),
            format!(
                "{begins}: aws: [ERROR]: An error occurred (Other) when calling the \
                     DescribeVpcEndpoints operation: No"
            )
        );
    }
}
