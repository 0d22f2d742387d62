//! `resolve` and `check --live` against servers of the tests: DNS, HTTPS with an authority of its
//! own, and an `aws` that says what a test wants it to say.

use std::fs;

use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::RecordType;
use serde_json::{Value, json};

use crate::aws::Aws;
use crate::dns_server::{DnsServer, Says, address, alias};
use crate::https::server::{Reply, Server, authority, reply};
use crate::support::{Folder, Run, tools};

const API: &str = "api.ecr.ap-northeast-1.amazonaws.com";
const PUBLIC: &str = "ecr.ap-northeast-1.amazonaws.com";
pub(crate) const REGISTRY: &str = "012345678901.dkr.ecr.ap-northeast-1.amazonaws.com";
const BALANCER: &str = "nlb3-a01fc3168d6b4c7e.elb.ap-northeast-1.amazonaws.com";

/// The entries of ip-ranges.json that matter to Tokyo, and one that does not.
pub(crate) fn publication(token: u32, prefixes: &[(&str, &str, &str)]) -> String {
    // So many that one entry less is not a tenth less.
    let others = (0..20).map(|n| {
        json!({"ip_prefix": format!("192.0.2.{n}/32"), "region": "us-west-2", "service": "AMAZON"})
    });
    let entries: Vec<Value> = prefixes
        .iter()
        .map(|(prefix, region, service)| {
            json!({"ip_prefix": prefix, "region": region, "service": service, "network_border_group": region})
        })
        .chain(others)
        .collect();
    json!({"syncToken": token.to_string(), "createDate": format!("2026-11-{token:02}-00-00-00"),
        "prefixes": entries, "ipv6_prefixes": []})
    .to_string()
}

pub(crate) const TOKYO: &[(&str, &str, &str)] = &[
    ("3.112.0.0/14", "ap-northeast-1", "AMAZON"),
    ("3.112.0.0/14", "ap-northeast-1", "EC2"),
    ("3.112.64.0/23", "ap-northeast-1", "AMAZON"),
    ("52.192.0.0/15", "ap-northeast-1", "AMAZON"),
    ("52.192.0.0/15", "ap-northeast-1", "EC2"),
    ("54.240.0.0/22", "us-east-1", "AMAZON"),
];

pub(crate) fn answering(registry: &str) -> DnsServer {
    DnsServer::new([
        (
            API,
            RecordType::A,
            vec![Says::Records(vec![alias(API, PUBLIC, 0), address(PUBLIC, "3.112.64.17", 0)])],
        ),
        (PUBLIC, RecordType::A, vec![Says::Records(vec![address(PUBLIC, "3.112.64.17", 0)])]),
        (
            REGISTRY,
            RecordType::A,
            vec![Says::Records(vec![alias(REGISTRY, BALANCER, 0), address(BALANCER, registry, 0)])],
        ),
    ])
}

/// A folder with a config and an `aws` that prints `list`, the id of S3's prefix list.
pub(crate) fn folder(list: &str) -> Folder {
    let folder = Folder::new();
    folder.write(
        "egress.yaml",
        "stacks:\n  tokyo:\n    region: ap-northeast-1\n    registries: [\"012345678901\"]\n",
    );
    folder.write("ip-ranges.json", publication(20, TOKYO));
    aws(
        &folder,
        &format!(
            "echo '{{\"PrefixLists\": [{{\"PrefixListId\": \"{list}\", \"PrefixListName\": \"com.amazonaws.ap-northeast-1.s3\", \"OwnerId\": \"AWS\"}}]}}'"
        ),
    );
    folder
}

pub(crate) fn aws(folder: &Folder, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    // Written under another name first: a file that is being written cannot be run.
    folder.write("bin/new", format!("#!/bin/sh\n{script}\n"));
    let path = folder.path().join("bin/new");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    fs::rename(path, folder.path().join("bin/aws")).unwrap();
}

fn live(folder: &Folder, dns: &DnsServer, command: &[&str], more: &[&str]) -> Run {
    let cache = folder.path().join("cache");
    live_with(folder, dns, command, more, &[("XDG_CACHE_HOME", cache.to_str().unwrap())])
}

/// The same with these variables, and without a folder to keep anything in.
pub(crate) fn live_with(
    folder: &Folder,
    dns: &DnsServer,
    command: &[&str],
    more: &[&str],
    environment: &[(&str, &str)],
) -> Run {
    let arguments = arguments(folder, dns, command, more);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ca = folder.path().join("ca.pem");
    fs::write(&ca, &authority().pem).unwrap();
    let always = [("SSL_CERT_FILE", ca.to_str().unwrap()), ("PATH", "/usr/bin:/bin")];
    folder.run_with(&arguments, &[&always, environment].concat())
}

/// A command that asks the servers of a test, and no others.
pub(crate) fn arguments(
    folder: &Folder,
    dns: &DnsServer,
    command: &[&str],
    more: &[&str],
) -> Vec<String> {
    let resolver = dns.address().to_string();
    let aws = folder.path().join("bin/aws");
    let aws = aws.to_str().unwrap();
    let mut arguments = command.to_vec();
    arguments.extend(["--resolver", &resolver, "--rounds", "2", "--for", "0s", "--aws", aws]);
    if !more.contains(&"--deadline") {
        arguments.extend(["--deadline", "5s"]);
    }
    if !more.contains(&"--ip-ranges") {
        arguments.extend(["--ip-ranges", "ip-ranges.json"]);
    }
    arguments.extend(more);
    arguments.into_iter().map(str::to_owned).collect()
}

#[test]
fn everyone_is_asked_and_an_unchanged_world_changes_nothing() {
    let (folder, dns) = (folder("pl-61a54008"), answering("52.192.36.247"));
    let body = publication(20, TOKYO);
    let server = Server::new(move |request| -> Reply {
        if request.header("if-none-match") == Some("\"a\"") {
            reply("304 Not Modified\netag: \"a\"", "")
        } else {
            reply("200 OK\netag: \"a\"", &body)
        }
    });
    let url = server.url("/ip-ranges.json");
    let first = live(&folder, &dns, &["resolve"], &["--ip-ranges", &url]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    let lock = folder.read("egress.lock.json");
    let read: Value = serde_json::from_str(&lock).unwrap();
    let region = &read["partitions"]["aws"]["ap-northeast-1"];
    assert_eq!(region["ip-ranges"]["create-date"], "2026-11-20-00-00-00");
    assert_eq!(region["prefixes"]["52.192.0.0/15"]["services"], json!(["AMAZON", "EC2"]));
    let registry = &region["services"]["ecr.dkr"]["hosts"][REGISTRY];
    assert_eq!(registry["cnames"], json!([BALANCER]));
    assert_eq!(
        registry["addresses"]["52.192.36.247"]["seen-by"],
        json!([dns.address().to_string()])
    );
    assert_eq!(region["services"]["s3"]["prefix-list"]["source"], "EC2");

    let again = live(&folder, &dns, &["resolve"], &["--ip-ranges", &url]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(again.stdout.starts_with("unchanged"), "{}", again.stdout);
    assert_eq!(folder.read("egress.lock.json"), lock);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1].header("if-none-match"), Some("\"a\""));

    assert_eq!(folder.run(&["generate"]).code, 0);
    let check = live(&folder, &dns, &["check", "--live"], &["--ip-ranges", &url]);
    assert_eq!((check.code, check.stderr.as_str()), (0, ""), "{}", check.stdout);

    // A newer publication that says the same of what is pinned is no change.
    folder.write(
        "newer.json",
        publication(22, &[TOKYO, &[("54.240.8.0/22", "us-east-1", "AMAZON")]].concat()),
    );
    let newer = live(&folder, &dns, &["resolve"], &["--ip-ranges", "newer.json"]);
    assert!(newer.stdout.starts_with("unchanged"), "{}", newer.stdout);
    assert_eq!(folder.read("egress.lock.json"), lock);

    // A cache that somebody changed is not used.
    folder.write("cache/fargate-egress/ip-ranges.json", publication(19, TOKYO));
    let check = live(&folder, &dns, &["check", "--live"], &["--ip-ranges", &url]);
    assert_eq!(check.code, 0, "{}", check.stderr);
    assert_eq!(server.requests().last().unwrap().header("if-none-match"), None);
}

#[test]
fn each_drift_of_the_world_is_named_and_nothing_is_written() {
    let resolved = |dns: &DnsServer| {
        let folder = folder("pl-61a54008");
        let run = live(&folder, dns, &["resolve"], &[]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert_eq!(folder.run(&["generate"]).code, 0);
        folder
    };
    let same = answering("52.192.36.247");
    let codes = |folder: &Folder, dns: &DnsServer| -> Vec<String> {
        let before = folder.read("egress.lock.json");
        let run = live(folder, dns, &["check", "--live", "--format", "json"], &[]);
        assert_eq!(folder.read("egress.lock.json"), before);
        let report: Value =
            serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr));
        let findings = report["findings"].as_array().cloned().unwrap_or_default();
        assert_eq!(run.code, i32::from(!findings.is_empty()), "{}", run.stdout);
        findings
            .iter()
            .map(|finding| {
                assert_eq!(finding["drift"], "world");
                assert!(!finding["consequence"].as_str().unwrap().is_empty());
                finding["code"].as_str().unwrap().to_owned()
            })
            .collect()
    };
    let without = |gone: &str, instead: &[(&'static str, &'static str, &'static str)]| {
        let kept = TOKYO.iter().filter(|(prefix, ..)| *prefix != gone);
        publication(21, &kept.chain(instead).copied().collect::<Vec<_>>())
    };

    let folder = resolved(&same);
    assert_eq!(codes(&folder, &answering("3.113.1.1")), ["world-address"]);
    // Another address inside of what is pinned is no drift.
    assert!(codes(&folder, &answering("52.193.0.1")).is_empty());
    for (gone, instead, code) in [
        ("3.112.64.0/23", &[][..], "world-prefix-gone"),
        (
            "3.112.64.0/23",
            &[
                ("3.112.64.0/24", "ap-northeast-1", "AMAZON"),
                ("3.112.65.0/24", "ap-northeast-1", "AMAZON"),
            ][..],
            "world-prefix-split",
        ),
        ("3.112.64.0/23", &[("3.112.64.0/23", "us-east-1", "AMAZON")][..], "world-prefix-moved"),
        (
            "3.112.64.0/23",
            &[
                ("3.112.64.0/23", "ap-northeast-1", "AMAZON"),
                ("3.112.64.0/23", "ap-northeast-1", "EC2"),
            ][..],
            "world-prefix-moved",
        ),
        ("54.240.0.0/22", &[][..], ""),
    ] {
        folder.write("ip-ranges.json", without(gone, instead));
        let expected: Vec<&str> = [code].into_iter().filter(|code| !code.is_empty()).collect();
        assert_eq!(codes(&folder, &same), expected, "{gone} {instead:?}");
    }
    folder.write("ip-ranges.json", publication(20, TOKYO));
    aws(
        &folder,
        "echo '{\"PrefixLists\": [{\"PrefixListId\": \"pl-0a1b2c3d4e5f60719\", \"PrefixListName\": \"com.amazonaws.ap-northeast-1.s3\"}]}'",
    );
    assert_eq!(codes(&folder, &same), ["world-prefix-list"]);
}

#[test]
fn a_world_that_cannot_be_asked_is_neither_drift_nor_health() {
    let (folder, dns) = (folder("pl-61a54008"), answering("52.192.36.247"));
    assert_eq!(live(&folder, &dns, &["resolve"], &[]).code, 0);
    assert_eq!(folder.run(&["generate"]).code, 0);
    let before = folder.read("egress.lock.json");
    let refused = |dns: &DnsServer, more: &[&str], expected: &str| {
        for command in [&["resolve"][..], &["check", "--live"]] {
            let run = live(&folder, dns, command, more);
            assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
            assert!(run.stderr.contains(expected), "{}", run.stderr);
            assert_eq!(run.stdout, "");
            assert_eq!(folder.read("egress.lock.json"), before);
        }
    };
    let silent = DnsServer::new([
        (API, RecordType::A, vec![Says::Nothing]),
        (PUBLIC, RecordType::A, vec![Says::Nothing]),
    ]);
    refused(&silent, &["--deadline", "1s"], "DNS did not answer");
    let failing = DnsServer::new([(
        REGISTRY,
        RecordType::A,
        vec![Says::Code(ResponseCode::ServFail, vec![])],
    )]);
    refused(&failing, &[], "DNS did not answer");

    let broken = Server::new(|_| reply("404 Not Found", "no"));
    refused(&dns, &["--ip-ranges", &broken.url("/x")], "404");
    let page = Server::new(|_| reply("200 OK", "<html>"));
    refused(&dns, &["--ip-ranges", &page.url("/x")], "is not ip-ranges.json");

    aws(
        &folder,
        "echo 'An error occurred (RequestLimitExceeded) when calling the DescribeManagedPrefixLists operation: slow down' >&2; exit 254",
    );
    refused(&dns, &[], "RequestLimitExceeded");
    aws(&folder, "echo rubbish");
    refused(&dns, &[], "aws ec2 describe-managed-prefix-lists");
}

#[test]
fn without_credentials_what_is_known_serves_and_health_is_not_claimed() {
    let (folder, dns) = (folder("pl-61a54008"), answering("52.192.36.247"));
    aws(
        &folder,
        "echo 'Unable to locate credentials. You can configure credentials by running \"aws configure\".' >&2; exit 253",
    );
    let run = live(&folder, &dns, &["resolve"], &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stderr.contains("unanswered") && run.stderr.contains("--prefix-lists"),
        "{}",
        run.stderr
    );
    assert!(folder.read("egress.lock.json").contains("\"source\": \"built-in\""));
    assert_eq!(folder.run(&["generate"]).code, 0);
    assert_eq!(live(&folder, &dns, &["check", "--live"], &[]).code, 3);

    folder.write("lists.json", r#"{"PrefixLists": [{"PrefixListId": "pl-0a1b2c3d4e5f60719", "PrefixListName": "com.amazonaws.ap-northeast-1.s3"}]}"#);
    let run = live(&folder, &dns, &["resolve"], &["--prefix-lists", "lists.json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("prefix-list-differs"), "{}", run.stderr);
    assert!(folder.read("egress.lock.json").contains("pl-0a1b2c3d4e5f60719"));
}

#[test]
fn a_lie_is_no_drift_and_flags_without_an_effect_are_refused() {
    let (folder, dns) = (folder("pl-61a54008"), answering("52.192.36.247"));
    assert_eq!(live(&folder, &dns, &["resolve"], &[]).code, 0);
    assert_eq!(folder.run(&["generate"]).code, 0);
    for lie in ["10.0.1.11", "198.51.100.7", "54.240.1.1"] {
        let run = live(&folder, &answering(lie), &["check", "--live"], &[]);
        assert_eq!(run.code, 3, "{}", run.stdout);
        assert!(run.stderr.contains("or one that lies"), "{}", run.stderr);
    }
    // An older publication, or one that was cut short, is not believed either.
    folder.write("ip-ranges.json", publication(19, TOKYO));
    let run = live(&folder, &dns, &["check", "--live"], &[]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    folder.write("ip-ranges.json", publication(21, &TOKYO[..3]));
    let run = live(&folder, &dns, &["check", "--live"], &[]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    folder.write("ip-ranges.json", publication(20, TOKYO));

    // What was found without the world is said all the same.
    folder.write("out/tokyo.yaml", "changed\n");
    let run = live(&folder, &answering("10.0.1.11"), &["check", "--live", "--format", "json"], &[]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, &report["findings"][0]["code"]), (3, &json!("output-differs")));

    assert_eq!(live(&folder, &dns, &["check"], &[]).code, 2);
    assert_eq!(live(&folder, &dns, &["resolve", "--snapshot"], &[]).code, 2);
    assert_eq!(folder.run(&["resolve", "--snapshot", "--forget-after", "1d"]).code, 2);
}

/// ECR's registry answers with another load balancer's name every time.
#[test]
fn a_url_that_cannot_be_fetched_is_wrong_usage() {
    let (folder, dns) = (folder("pl-61a54008"), answering("52.192.36.247"));
    assert_eq!(live(&folder, &dns, &["resolve"], &[]).code, 0);
    for url in
        ["http://127.0.0.1/ip-ranges.json", "file:///ip-ranges.json", "https://", "https://["]
    {
        for command in [&["resolve"][..], &["check", "--live"]] {
            let run = live(&folder, &dns, command, &["--ip-ranges", url]);
            assert_eq!(run.code, 2, "{command:?} {url}: {}", run.stderr);
            assert!(run.stderr.contains("error[invalid-ip-ranges]"), "{url}: {}", run.stderr);
        }
    }
}

#[test]
fn names_that_go_round_do_not_change_the_lock() {
    let folder = folder("pl-61a54008");
    let with = |name: &str| {
        DnsServer::new([
            (API, RecordType::A, vec![Says::Records(vec![address(API, "3.112.64.17", 0)])]),
            (PUBLIC, RecordType::A, vec![Says::Records(vec![address(PUBLIC, "3.112.64.17", 0)])]),
            (
                REGISTRY,
                RecordType::A,
                vec![Says::Records(vec![
                    alias(REGISTRY, name, 0),
                    address(name, "52.192.36.247", 0),
                ])],
            ),
        ])
    };
    let one = with("nlb1.elb.ap-northeast-1.amazonaws.com");
    assert_eq!(live(&folder, &one, &["resolve"], &[]).code, 0);
    let lock = folder.read("egress.lock.json");
    // The port of the server is who answered.
    let renamed =
        |dns: &DnsServer| lock.replace(&one.address().to_string(), &dns.address().to_string());
    let other = with("nlb2.elb.ap-northeast-1.amazonaws.com");
    folder.write("egress.lock.json", renamed(&other));
    let run = live(&folder, &other, &["resolve"], &[]);
    assert!(run.stdout.starts_with("unchanged"), "{}{}", run.stdout, run.stderr);
}

#[test]
fn answers_that_cannot_be_amazons_are_refused_and_say_why() {
    let (folder, dns) = (folder("pl-61a54008"), answering("10.0.1.11"));
    let run = live(&folder, &dns, &["resolve"], &[]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("uncovered-address") && run.stderr.contains("private DNS"),
        "{}",
        run.stderr
    );
    let run = live(&folder, &answering("198.51.100.7"), &["resolve"], &[]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("do not trust whoever answered"), "{}", run.stderr);
    assert!(!folder.path().join("egress.lock.json").exists());
}

#[test]
fn an_address_nobody_sees_any_more_is_forgotten_and_said_so() {
    let (folder, dns) = (folder("pl-61a54008"), answering("52.192.36.247"));
    folder.write("old.txt", format!("{REGISTRY}. 60 IN A 52.193.0.9\n"));
    // What is given is not asked for.
    let given = ["--answers", "old.txt", "--seen", "2026-01-01", "--forget-after", "9999d"];
    let dry = live(&folder, &dns, &["resolve", "--dry-run"], &given);
    assert!(dry.stdout.starts_with("would change"), "{}{}", dry.stdout, dry.stderr);
    assert!(!folder.path().join("egress.lock.json").exists());
    let kept = live(&folder, &dns, &["resolve"], &given);
    assert_eq!(kept.code, 0, "{}", kept.stderr);
    assert!(folder.read("egress.lock.json").contains("52.193.0.9"));
    assert_eq!(dns.count(REGISTRY), 0);
    let run = live(&folder, &dns, &["resolve"], &[]);
    assert!(
        run.stdout.contains("- 52.193.0.9 of") && run.stdout.contains("last seen 2026-01-01"),
        "{}",
        run.stdout
    );
    assert!(!folder.read("egress.lock.json").contains("52.193.0.9"));
}

#[test]
fn endpoint_addresses_come_from_ec2_by_way_of_the_real_cli() {
    let (server, dns) = (Aws::start(), answering("52.192.36.247"));
    let folder = Folder::of_example();
    folder.write("ip-ranges.json", publication(20, TOKYO));
    let deploy = "aws cloudformation deploy --region ap-northeast-1 --stack-name tokyo --template-file out/tokyo.yaml";
    assert_eq!(folder.run(&["generate"]).code, 0);
    server.shell(&folder, deploy).unwrap();
    fs::remove_file(folder.path().join("egress.lock.json")).unwrap();
    let config = folder.read("egress.yaml");
    let start = config.find("      endpoint-addresses:\n").unwrap();
    let end = config.find("  # The same by the endpoints'").unwrap();
    folder.write("egress.yaml", format!("{}\n{}", &config[..start], &config[end..]));
    let resolver = dns.address().to_string();
    let aws = tools().join("aws");
    let arguments = [
        "resolve",
        "--resolver",
        &resolver,
        "--rounds",
        "1",
        "--ip-ranges",
        "ip-ranges.json",
        "--aws",
        aws.to_str().unwrap(),
    ];
    let environment = [
        ("AWS_ENDPOINT_URL", server.url.as_str()),
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("PATH", "/usr/bin:/bin"),
    ];
    let run = folder.run_with(&arguments, &environment);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let lock: Value = serde_json::from_str(&folder.read("egress.lock.json")).unwrap();
    let addresses = &lock["stacks"]["tokyo"]["endpoint-addresses"];
    assert_eq!(addresses["ecr.api"].as_array().unwrap().len(), 2);
    let run = folder.run(&["generate"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let first = addresses["ecr.dkr"][0].as_str().unwrap();
    assert!(folder.read("out/tokyo.yaml").contains(&format!("{first}/32")));
    let again = folder.run_with(&arguments, &environment);
    assert!(again.stdout.starts_with("unchanged"), "{}", again.stdout);
}
