use std::collections::{BTreeMap, BTreeSet};

use serde_yaml::Value;

use super::print::{Block, blocks};
use super::*;
use crate::text::COLUMNS;

/// The codes of `verify`: from its first to the last of all.
fn findings() -> Vec<Code> {
    Code::ALL.iter().copied().skip_while(|code| *code != Code::EndpointMissing).collect()
}

/// The blocks to paste, with their pages.
fn snippets(language: &str) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for page in PAGES {
        for block in blocks(page.fix) {
            match block {
                Block::Code(name, lines) if name == language => {
                    found.push((page.code.name(), lines.join("\n")));
                }
                Block::Code(..) | Block::Paragraph(_) => (),
            }
        }
    }
    found
}

/// The resources of every block of YAML, with the page and the logical id.
fn resources() -> Vec<(&'static str, String, Value)> {
    let mut found = Vec::new();
    for (code, snippet) in snippets("yaml") {
        let parsed: BTreeMap<String, Value> =
            serde_yaml::from_str(&snippet).unwrap_or_else(|error| panic!("{code}: {error}"));
        found.extend(parsed.into_iter().map(|(id, resource)| (code, id, resource)));
    }
    found
}

/// The logical ids that `!Ref`, `!GetAtt` and `!Sub` name in `value`.
fn named(value: &Value, out: &mut BTreeSet<String>) {
    match value {
        Value::Tagged(tagged) => {
            let text = tagged.value.as_str().unwrap_or_default();
            match tagged.tag.to_string().as_str() {
                "!Ref" => drop(out.insert(text.to_owned())),
                "!GetAtt" => drop(out.insert(text.split('.').next().unwrap().to_owned())),
                "!Sub" => out.extend(
                    text.split("${")
                        .skip(1)
                        .map(|rest| rest.split(['}', '.']).next().unwrap().to_owned()),
                ),
                _ => named(&tagged.value, out),
            }
        }
        Value::Sequence(values) => values.iter().for_each(|value| named(value, out)),
        Value::Mapping(values) => values.values().for_each(|value| named(value, out)),
        _ => (),
    }
}

#[test]
fn every_finding_has_one_page_and_no_other_code_has_one() {
    let pages: Vec<_> = PAGES.iter().map(|page| page.code).collect();
    assert_eq!(pages, findings(), "one page a finding, in the order of the codes");
    assert_eq!(findings().last(), Some(&Code::StartsBeforeEndpoints));
    for code in Code::ALL {
        assert_eq!(page(*code).is_some(), findings().contains(code), "{}", code.name());
        assert!(page(*code).is_none_or(|page| page.code == *code));
    }
}

#[test]
fn no_page_is_empty_or_like_another() {
    let mut causes = BTreeSet::new();
    for page in PAGES {
        let name = page.code.name();
        assert!(page.cause.len() > 150 && page.cause.ends_with('.'), "{name}");
        assert!(!page.fix.trim().is_empty() && !page.sources.is_empty(), "{name}");
        assert!(causes.insert(page.cause.split('.').next()), "{name} begins as another page");
        let unique: BTreeSet<_> = page.symptoms.iter().chain(page.sources).collect();
        assert_eq!(unique.len(), page.symptoms.len() + page.sources.len(), "{name}");
    }
}

#[test]
fn pages_are_plain() {
    for page in PAGES {
        let name = page.code.name();
        for block in blocks(page.cause).into_iter().chain(blocks(page.fix)) {
            let Block::Paragraph(prose) = block else { continue };
            let outside: String = prose.split('`').step_by(2).collect();
            assert_eq!(prose.matches('`').count() % 2, 0, "{name}: {prose}");
            assert!(!outside.contains('!') && !prose.contains("  "), "{name}: {prose}");
            for word in ["simply", "just ", "easily fix", "should be able", "please"] {
                assert!(!outside.contains(word), "{name}: {word}");
            }
        }
    }
}

#[test]
fn the_first_symptom_fits_on_a_line() {
    for page in PAGES {
        assert_eq!(symptom(page.code), page.symptoms.first().copied());
        for symptom in page.symptoms {
            assert!(!symptom.contains(['\n', '\r']) && !symptom.contains("  "), "{symptom}");
        }
        let first = symptom(page.code).unwrap_or_default();
        assert!(first.chars().count() <= 140, "{} {first}", first.chars().count());
    }
    assert_eq!(symptom(Code::YamlSyntax), None);
    assert_eq!(symptom(Code::EndpointEgress), None);
}

#[test]
fn a_symptom_is_about_what_the_finding_stands_in_the_way_of() {
    let of = |code, needs: &[Need]| symptom_of(code, &needs.iter().copied().collect());
    assert_eq!(of(Code::EndpointMissing, &[]), symptom(Code::EndpointMissing));
    assert_eq!(of(Code::EndpointMissing, &[Need::Layers]), Some(symptoms::LAYERS));
    assert_eq!(
        of(Code::EndpointMissing, &[Need::Layers, Need::Manifest]),
        Some(symptoms::MANIFEST)
    );
    assert_eq!(of(Code::EndpointMissing, &[Need::Kms]), None);
    assert_eq!(of(Code::DuplicateRule, &[Need::Kms]), symptom(Code::DuplicateRule));
}

#[test]
fn sources_are_pages_of_aws() {
    for source in PAGES.iter().flat_map(|page| page.sources) {
        let host = source.strip_prefix("https://").and_then(|rest| rest.split('/').next());
        assert!(matches!(host, Some("docs.aws.amazon.com" | "repost.aws")), "{source}");
        assert!(
            !source.contains(char::is_whitespace) && !source.contains("//docs.aws.amazon.com//")
        );
    }
}

#[test]
fn every_error_can_be_mended_by_pasting() {
    let with_yaml: BTreeSet<_> = snippets("yaml").into_iter().map(|(code, _)| code).collect();
    for page in PAGES {
        assert!(with_yaml.contains(page.code.name()), "{}", page.code.name());
    }
}

/// What CloudFormation and EC2 ask of a resource.
#[test]
fn snippets_are_whole_resources() {
    let required: &[(&str, &[&str])] = &[
        ("AWS::EC2::DHCPOptions", &["DomainNameServers"]),
        ("AWS::EC2::InternetGateway", &[]),
        ("AWS::EC2::NetworkAclEntry", &["NetworkAclId", "Protocol", "RuleAction", "RuleNumber"]),
        ("AWS::EC2::Route", &["RouteTableId", "DestinationCidrBlock"]),
        ("AWS::EC2::RouteTable", &["VpcId"]),
        ("AWS::EC2::SecurityGroup", &["GroupDescription", "VpcId"]),
        ("AWS::EC2::SecurityGroupEgress", &["GroupId", "IpProtocol", "FromPort", "ToPort"]),
        ("AWS::EC2::SecurityGroupIngress", &["GroupId", "IpProtocol", "FromPort", "ToPort"]),
        ("AWS::EC2::Subnet", &["VpcId", "CidrBlock", "AvailabilityZone"]),
        ("AWS::EC2::SubnetRouteTableAssociation", &["SubnetId", "RouteTableId"]),
        ("AWS::EC2::VPC", &["CidrBlock"]),
        ("AWS::EC2::VPCDHCPOptionsAssociation", &["VpcId", "DhcpOptionsId"]),
        ("AWS::EC2::VPCGatewayAttachment", &["VpcId", "InternetGatewayId"]),
        ("AWS::EC2::VPCEndpoint", &["VpcId", "ServiceName", "VpcEndpointType"]),
        ("AWS::ECR::ReplicationConfiguration", &["ReplicationConfiguration"]),
        ("AWS::ECS::Service", &["Cluster", "TaskDefinition", "NetworkConfiguration"]),
        ("AWS::ECS::TaskDefinition", &["ContainerDefinitions", "Cpu", "Memory", "NetworkMode"]),
        ("AWS::IAM::Role", &["AssumeRolePolicyDocument"]),
        ("AWS::IAM::RolePolicy", &["RoleName", "PolicyName", "PolicyDocument"]),
    ];
    let mut met = BTreeSet::new();
    for (code, id, resource) in resources() {
        assert!(id.chars().all(|c| c.is_ascii_alphanumeric()), "{code}: {id}");
        let kind = resource["Type"].as_str().unwrap_or_else(|| panic!("{code}: {id} has no type"));
        let (kind, keys) = required
            .iter()
            .find(|(known, _)| *known == kind)
            .unwrap_or_else(|| panic!("{code}: {kind} is not in the table"));
        met.insert(kind);
        let properties = &resource["Properties"];
        for key in *keys {
            assert!(!properties[*key].is_null(), "{code}: {id} has no {key}");
        }
        if *kind == "AWS::EC2::VPCEndpoint" {
            let interface = properties["VpcEndpointType"] == "Interface";
            for key in ["SubnetIds", "SecurityGroupIds", "PrivateDnsEnabled"] {
                assert_eq!(!properties[key].is_null(), interface, "{code}: {id} {key}");
            }
            assert_eq!(properties["RouteTableIds"].is_null(), interface, "{code}: {id}");
        }
    }
    assert_eq!(met.len(), required.len());
}

/// A snippet can be put beside another one: a name means the same everywhere.
#[test]
fn names_are_the_same_in_every_snippet() {
    let mut kinds: BTreeMap<String, String> = BTreeMap::new();
    let mut mentioned = BTreeSet::new();
    for (code, id, resource) in resources() {
        let kind = resource["Type"].as_str().unwrap_or_default().to_owned();
        let known = kinds.entry(id.clone()).or_insert_with(|| kind.clone());
        assert_eq!(*known, kind, "{code}: {id}");
        named(&resource, &mut mentioned);
    }
    mentioned.retain(|name| !name.starts_with("AWS::") && !kinds.contains_key(name));
    let outside: Vec<_> = mentioned.iter().map(String::as_str).collect();
    assert_eq!(
        outside,
        [
            "Cluster",
            "EnvFileBucket",
            "FileSecurityGroup",
            "LoadBalancerSecurityGroup",
            "NatGateway",
            "PublicRouteTable",
            "S3PrefixListId",
            "TaskAcl",
            "TaskRouteTableB",
            "TaskSubnetC",
        ]
    );
}

#[test]
fn policies_in_snippets_allow_a_pull() {
    for (code, id, resource) in resources() {
        let statements = &resource["Properties"]["PolicyDocument"]["Statement"];
        if resource["Type"] != "AWS::EC2::VPCEndpoint" || statements.is_null() {
            continue;
        }
        let text = serde_yaml::to_string(statements).unwrap();
        for statement in statements.as_sequence().unwrap() {
            assert_eq!(statement["Principal"], "*", "{code}: {id}");
        }
        if id == "S3Endpoint" {
            assert!(text.contains(":s3:::prod-${AWS::Region}-starport-layer-bucket/*"), "{code}");
        } else {
            let login = &statements[0];
            assert_eq!(login["Action"], "ecr:GetAuthorizationToken", "{code}: {id}");
            assert_eq!(login["Resource"], "*", "{code}: {id}");
            for action in ["BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"]
            {
                assert!(text.contains(&format!("ecr:{action}")), "{code}: {action}");
            }
        }
    }
}

#[test]
fn text_is_as_wide_as_a_terminal() {
    for page in PAGES {
        let text = text(page);
        for line in text.lines() {
            let wide = line.chars().count() > COLUMNS;
            assert!(!wide || line.trim_start().starts_with("https://"), "{line}");
            assert_eq!(line, line.trim_end(), "{}", page.code.name());
        }
        assert!(!text.contains("\n\n\n") && !text.contains("```") && text.ends_with('\n'));
    }
}

#[test]
fn text_loses_no_word() {
    for page in PAGES {
        let text = text(page);
        let mut words = text.split_whitespace();
        let said = [page.cause].into_iter().chain(page.symptoms.iter().copied()).chain([page.fix]);
        for word in said.flat_map(str::split_whitespace).filter(|word| !word.starts_with("```")) {
            assert!(words.any(|printed| printed == word), "{}: {word}", page.code.name());
        }
    }
}

#[test]
fn text_wraps_between_words() {
    let page = Page {
        code: Code::EndpointMissing,
        severity: Severity::Note,
        cause: "one\ntwo\n\nthree",
        symptoms: &["a b"],
        fix: "do\n```yaml\nA:\n\n  b: 1\n```\nthen",
        sources: &["https://docs.aws.amazon.com/"],
    };
    assert_eq!(
        text(&page),
        format!(
            "note[endpoint-missing]\n{}\n\nWhy\n\none two\n\nthree\n\nWhat is seen\n\n  a b\n\n\
             What to do\n\ndo\n\n  A:\n\n    b: 1\n\nthen\n\nSources\n\n  \
             https://docs.aws.amazon.com/\n",
            Code::EndpointMissing.summary()
        )
    );
}

#[test]
fn the_document_has_a_section_for_every_page() {
    let markdown = markdown();
    for code in findings() {
        let heading = format!("## {}", code.name());
        assert_eq!(markdown.lines().filter(|line| *line == heading).count(), 1, "{heading}");
        assert!(markdown.contains(&format!("| [`{0}`](#{0}) |", code.name())));
    }
    assert_eq!(markdown.lines().filter(|line| line.starts_with("## ")).count(), findings().len());
    assert_eq!(markdown.matches("```").count() % 2, 0);
}

/// `BLESS=1 cargo test` writes it anew.
#[test]
#[allow(clippy::disallowed_methods, reason = "the committed document is compared with the pages")]
fn the_committed_document_is_that_of_the_pages() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/findings.md");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, markdown()).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap();
    assert!(committed == markdown(), "docs/findings.md is not the pages; BLESS=1 writes it");
}

#[test]
fn every_message_of_a_page_is_in_the_table_and_has_a_page() {
    let symptoms: BTreeSet<&str> = PAGES.iter().flat_map(|page| page.symptoms).copied().collect();
    let texts: BTreeSet<&str> = MESSAGES.iter().map(|message| message.text).collect();
    assert_eq!(symptoms, texts);
    assert_eq!(texts.len(), MESSAGES.len());
    for message in MESSAGES {
        assert!(message.meaning.ends_with('.'), "{}", message.text);
        let causes = causes(message);
        assert!(causes.is_sorted_by_key(|page| std::cmp::Reverse(page.severity)));
        for page in PAGES {
            let names = page.symptoms.contains(&message.text);
            assert_eq!(causes.iter().any(|cause| cause.code == page.code), names);
        }
    }
}

/// The most telling message of what was typed, and how many there are.
fn told(typed: &str) -> (&'static str, usize) {
    let found = messages(typed);
    (found.first().map_or("", |message| message.text), found.len())
}

#[test]
fn a_message_is_recognised_as_a_task_prints_it() {
    for (typed, expected, count) in [
        (
            "ResourceInitializationError: unable to pull secrets or registry auth: execution \
             resource retrieval failed: unable to retrieve ecr registry auth: service call has \
             been retried 3 time(s): RequestError: send request failed caused by: Post \
             \"https://api.ecr.eu-west-1.amazonaws.com/\": dial tcp 54.239.33.90:443: i/o timeout. \
             Please check your task network configuration.",
            symptoms::LOGIN_PUBLIC,
            1,
        ),
        (
            "resourceinitializationerror: unable to pull secrets or\n registry auth: x Post \
             \\\"https://api.ecr.us-east-1.amazonaws.com/\\\": dial tcp 100.64.1.9:443: i/o timeout",
            symptoms::LOGIN_PRIVATE,
            1,
        ),
        (
            "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to \
             resolve ref 111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1: failed to do request: \
             Head \"https://111122223333.dkr.ecr.eu-west-1.amazonaws.com/v2/web/manifests/1\": dial \
             tcp 10.0.1.11:443: i/o timeout",
            symptoms::MANIFEST_PRIVATE,
            1,
        ),
        (
            "CannotPullContainerError: ref pull has been retried 5 time(s): failed to copy: \
             httpReadSeeker: failed open: failed to do request: Get \
             \"https://prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com/a?b=c\": dial \
             tcp 52.218.30.1:443: i/o timeout",
            symptoms::LAYERS_HOST,
            2,
        ),
        (
            "CannotPullContainerError: Head \"https://registry-1.docker.io/v2/\": dial tcp \
             3.94.224.37:443: i/o timeout",
            symptoms::REGISTRY_PUBLIC,
            1,
        ),
        (
            "Resource handler returned message: \"The Vpc Endpoint Service \
             'com.amazonaws.cn-north-1.ecr.api' does not exist (Service: Ec2, Status Code: 400)\"",
            symptoms::NO_SUCH_SERVICE,
            1,
        ),
        (
            "Circular dependency between resources: [TaskSecurityGroup, EndpointSecurityGroup]",
            symptoms::CIRCULAR,
            1,
        ),
        (
            "ResourceInitializationError: failed to validate logger args: create stream has been \
             retried 1 times: failed to create Cloudwatch log stream: RequestError: send request \
             failed caused by: Post \"https://logs.us-east-1.amazonaws.com/\": dial tcp \
             52.94.228.167:443: i/o timeout : exit status 1",
            symptoms::LOGS_RETRIED,
            1,
        ),
        // Without what it begins with too.
        (
            "unable to retrieve secrets from ssm: service call has been retried 5 time(s): \
             RequestCanceled: request context canceled",
            symptoms::PARAMETER_RETRIED,
            1,
        ),
        (
            "ResourceInitializationError: unable to pull secrets or registry auth: execution \
             resource retrieval failed: unable to retrieve secrets from ssm: service call has been \
             retried 1 time(s): AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/\
             app/1 is not authorized to perform: ssm:GetParameters",
            symptoms::PARAMETER_DENIED,
            1,
        ),
        (
            "ResourceInitializationError: unable to pull secrets or registry auth: execution \
             resource retrieval failed: unable to retrieve secret from asm: service call has been \
             retried 1 time(s): failed to fetch secret arn:aws:secretsmanager:eu-central-1:\
             111122223333:secret:db from secrets manager: AccessDeniedException: User: …",
            symptoms::SECRET_DENIED,
            1,
        ),
        (
            "ResourceInitializationError: unable to pull secrets or registry auth: execution \
             resource retrieval failed: unable to retrieve ecr registry auth: service call has \
             been retried 3 time(s): RequestError: send request failed caused by: Post \
             \"https://api.ecr.us-east-1.amazonaws.com/\": dial tcp: lookup \
             api.ecr.us-east-1.amazonaws.com on 10.0.0.2:53: no such host",
            symptoms::LOGIN_NO_HOST,
            1,
        ),
    ] {
        assert_eq!(told(typed), (expected, count), "{typed}");
    }
    // As it stands in the catalogue too.
    for message in MESSAGES {
        let found = messages(message.text);
        assert!(found.iter().any(|found| found.text == message.text), "{}", message.text);
    }
}

#[test]
fn a_part_of_a_message_finds_those_that_have_all_of_it() {
    let texts = |typed: &str| -> Vec<&str> { messages(typed).iter().map(|m| m.text).collect() };
    assert_eq!(texts("httpReadSeeker i/o timeout"), [symptoms::LAYERS, symptoms::LAYERS_HOST]);
    let timeouts = texts("CannotPullContainerError: i/o timeout");
    assert!(timeouts.contains(&symptoms::MANIFEST_PUBLIC), "{timeouts:?}");
    assert!(timeouts.contains(&symptoms::LAYERS), "{timeouts:?}");
    assert!(!timeouts.contains(&symptoms::LOGIN_PUBLIC), "{timeouts:?}");
    assert_eq!(
        texts("dial tcp 10.0.1.11:443: i/o timeout"),
        [symptoms::LOGIN_PRIVATE, symptoms::MANIFEST_PRIVATE]
    );
    for nothing in ["", " ", "…", "a", ": :", "i/o banana", "10.0.0.1", "private-dns-of"] {
        assert_eq!(texts(nothing), [] as [&str; 0], "{nothing}");
    }
    let long = format!("{} CannotPullContainerError: context canceled", "ü".repeat(1 << 20));
    assert_eq!(texts(&long), [] as [&str; 0]);
}

/// Between the two lines that name this test is what follows from the pages; `BLESS=1 cargo test`
/// writes it anew.
#[test]
#[allow(clippy::disallowed_methods, reason = "the committed document is compared with the pages")]
fn the_committed_document_of_messages_is_that_of_the_pages() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/pull-errors.md");
    let committed = std::fs::read_to_string(path).unwrap();
    let (head, rest) = committed.split_once("<!-- from the pages -->\n").unwrap();
    let (found, tail) = rest.split_once("<!-- by hand -->\n").unwrap();
    let expected = format!("{}\n", messages_markdown());
    if std::env::var_os("BLESS").is_some() {
        let marked = format!("{head}<!-- from the pages -->\n{expected}<!-- by hand -->\n{tail}");
        std::fs::write(path, marked).unwrap();
    } else {
        assert!(found == expected, "docs/pull-errors.md is not the pages; BLESS=1 writes it");
    }
}
