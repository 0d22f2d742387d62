//! EC2 asked by way of the AWS CLI: here the real one, with a server that plays AWS; below, scripts
//! that do what it does on a bad day.

mod scripts;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use fargate_egress::aws::{Region, Service};
use fargate_egress::facts::prefix_lists::PrefixList;
use fargate_egress::sources::aws_cli::{AwsCli, AwsError};

use crate::aws::Aws;
use crate::support::{Folder, root, tools};

/// A program in the place of the AWS CLI.
struct Cli {
    folder: Folder,
    program: PathBuf,
    deadline: Duration,
}

type Addresses = BTreeMap<Service, BTreeSet<Ipv4Addr>>;

impl Cli {
    /// A shell script. Another process writes it: a test beside this one that forks while a file
    /// is open here would keep it from being run.
    fn of(script: &str) -> Cli {
        let folder = Folder::new();
        let program = folder.path().join("aws");
        let mut writer = Command::new("sh")
            .args(["-c", "cat > \"$0\" && chmod +x \"$0\""])
            .arg(&program)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let script = format!("#!/bin/sh\nfolder='{}'\n{script}\n", folder.path().display());
        writer.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        assert!(writer.wait().unwrap().success());
        Cli { folder, program, deadline: Duration::from_secs(60) }
    }

    /// The real one, version 1, after some lines of a script. Of the environment it gets only what
    /// this program sets, and `variables`.
    fn real(url: &str, variables: &str, lines: &str) -> Cli {
        Cli::of(&format!(
            "{lines}\nexec env -i PATH=/usr/bin:/bin HOME=\"$folder\" AWS_PAGER=\"${{AWS_PAGER-unset}}\" \
             AWS_CLI_AUTO_PROMPT=\"$AWS_CLI_AUTO_PROMPT\" AWS_EC2_METADATA_DISABLED=true \
             AWS_ENDPOINT_URL={url} {variables} '{}' \"$@\"",
            tools().join("aws").display()
        ))
    }

    fn within(self, milliseconds: u64) -> Cli {
        Cli { deadline: Duration::from_millis(milliseconds), ..self }
    }

    fn cli(&self) -> AwsCli<'_> {
        AwsCli { program: &self.program, deadline: self.deadline }
    }

    fn list(&self, region: &str) -> Result<PrefixList, AwsError> {
        self.cli().s3_prefix_list(Region::named(region).unwrap())
    }

    fn addresses(&self, vpc: &str) -> Result<Addresses, AwsError> {
        let service = |service: Service| {
            let name = format!("com.amazonaws.ap-northeast-1.{service}");
            (service, name)
        };
        let services = [service(Service::ecr_api()), service(Service::ecr_dkr())];
        let region = Region::named("ap-northeast-1").unwrap();
        self.cli().endpoint_addresses(region, &vpc.parse().unwrap(), &services)
    }
}

/// One server for all of these tests; it ends with this process.
fn aws() -> &'static Aws {
    static AWS: OnceLock<Aws> = OnceLock::new();
    AWS.get_or_init(Aws::start)
}

const KEYS: &str = "AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing";
const VPC: &str = "vpc-0a1b2c3d4e5f60718";

#[test]
fn the_real_cli_finds_prefix_lists_and_the_addresses_of_endpoints() {
    let aws = aws();
    let cli = Cli::real(&aws.url, KEYS, "");
    let list = cli.list("ap-northeast-1").unwrap();
    assert_eq!(list.id.to_string(), "pl-61a54008");
    assert_eq!(list.name, "com.amazonaws.ap-northeast-1.s3");

    // A profile of the user's, with habits of its own.
    let settings = "AWS_PROFILE=mine AWS_DEFAULT_OUTPUT=text AWS_DEFAULT_REGION=eu-central-1";
    let profile = Cli::real(&aws.url, settings, "");
    profile.folder.write(
        ".aws/config",
        "[profile mine]\noutput = table\nregion = eu-west-1\ncli_pager = less\n\
         aws_access_key_id = testing\naws_secret_access_key = testing\n",
    );
    assert_eq!(profile.list("us-east-1").unwrap().id.to_string(), "pl-63a5400a");

    let refusal = cli.addresses(VPC).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "there is no interface endpoint of `com.amazonaws.ap-northeast-1.ecr.api` in \
         vpc-0a1b2c3d4e5f60718: EC2 lists none"
    );
    assert!(matches!(refusal, AwsError::NotFound { .. }));
    let template = root().join("out/tokyo.yaml");
    let deploy = format!(
        "aws cloudformation deploy --region ap-northeast-1 --stack-name tokyo --template-file '{}'",
        template.display()
    );
    aws.shell(&cli.folder, &deploy).unwrap();
    let addresses = cli.addresses(VPC).unwrap();
    for (service, of_service) in &addresses {
        // In each of the two subnets.
        let networks: Vec<_> =
            of_service.iter().map(|address| address.octets()[..3].to_vec()).collect();
        assert_eq!(networks, [&[10, 0, 1], &[10, 0, 2]], "{service}");
    }
    let all: BTreeSet<&Ipv4Addr> = addresses.values().flatten().collect();
    assert_eq!((addresses.len(), all.len()), (2, 4));

    // The command for elsewhere asks the same.
    let command = refusal.command().to_string();
    let answer = aws.shell(&cli.folder, &command).unwrap();
    assert_eq!(answer.matches("\"VpcEndpointId\"").count(), 2, "{command}");
}

#[test]
fn the_older_command_is_asked_where_the_newer_is_refused_or_unknown() {
    let aws = aws();
    let denied = "case $2 in describe-managed-prefix-lists)\n  echo 'An error occurred \
                  (UnauthorizedOperation) when calling the DescribeManagedPrefixLists operation: \
                  You are not authorized.' >&2; exit 255;;\nesac";
    let unknown = "if [ $2 = describe-managed-prefix-lists ]; then shift 2; set -- ec2 \
                   describe-managed-prefix-listz \"$@\"; fi";
    for lines in [denied, unknown] {
        let list = Cli::real(&aws.url, KEYS, lines).list("ap-northeast-1").unwrap();
        assert_eq!(list.id.to_string(), "pl-61a54008");
    }
}

#[test]
fn the_real_cli_says_what_it_lacks() {
    let nowhere = "http://127.0.0.1:1";
    for (variables, expected) in [
        ("", "Unable to locate credentials"),
        ("AWS_PROFILE=nobody", "The config profile (nobody) could not be found"),
    ] {
        let cli = Cli::real(nowhere, variables, "");
        let error = cli.list("ap-northeast-1").unwrap_err();
        assert!(matches!(&error, AwsError::NoCredentials { .. }), "{error:?}");
        assert!(error.to_string().contains(expected), "{error}");
    }
    let cli = Cli::real(nowhere, &format!("{KEYS} AWS_MAX_ATTEMPTS=1"), "");
    let error = cli.list("ap-northeast-1").unwrap_err();
    assert!(matches!(&error, AwsError::Failed { code: Some(255), .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "`aws ec2 describe-managed-prefix-lists` ended with code 255: Could not connect to the \
         endpoint URL: \"http://127.0.0.1:1/\""
    );
}

/// A server that answers every question with one error of EC2's.
fn refusing(status: u16, code: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut line, mut length) = (String::new(), 0);
            while stream.read_line(&mut line).unwrap() > 2 {
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            stream.read_exact(&mut vec![0; length]).unwrap();
            let body = format!(
                "<Response><Errors><Error><Code>{code}</Code><Message>No.</Message></Error></Errors>\
                 <RequestID>1</RequestID></Response>"
            );
            let head = format!(
                "HTTP/1.1 {status} No\r\nContent-Type: text/xml\r\nConnection: close\r\n\
                 Content-Length: {}\r\n\r\n",
                body.len()
            );
            stream.get_mut().write_all(format!("{head}{body}").as_bytes()).unwrap();
        }
    });
    url
}

#[test]
fn what_ec2_refuses_is_told_apart() {
    let asked = |status, code| {
        let url = refusing(status, code);
        let variables = format!("{KEYS} AWS_MAX_ATTEMPTS=2 AWS_RETRY_MODE=standard");
        Cli::real(&url, &variables, "").addresses(VPC).unwrap_err()
    };
    let error = asked(403, "UnauthorizedOperation");
    assert!(matches!(&error, AwsError::Denied { .. }), "{error:?}");
    assert!(
        error.to_string().starts_with("`ec2:DescribeVpcEndpoints` is not allowed: "),
        "{error}"
    );
    let error = asked(401, "AuthFailure");
    assert!(matches!(&error, AwsError::NoCredentials { .. }), "{error:?}");
    let error = asked(503, "RequestLimitExceeded");
    assert!(matches!(&error, AwsError::Throttled { .. }), "{error:?}");
    assert!(error.to_string().contains("reached max retries: 1"), "{error}");
    assert!(!error.to_string().ends_with('.'), "{error}");
}
