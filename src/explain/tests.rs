//! Laws of what is found: over a small space of addresses, and over every line of templates.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;
use crate::config;
use crate::config::Form;
use crate::diagnostic::Source;
use crate::plan::{Mapped, Origin, Peer, RegionMap, Rule, Traffic, Value, plan};
use crate::render::Renderer;

const ONE: &str = "stacks:\n  one:\n    region: us-east-1\n    registries: [\"012345678901\"]\n    \
                   s3-prefix-list: pl-63a5400a\n    endpoint: {egress: deny}\n";
const TWO: &str = "stacks:\n  two:\n    regions: [us-east-1, eu-west-1]\n    registries: [\"012345678901\"]\n    \
                   endpoint: {egress: deny}\n";

/// A config with its plans, made with the facts that are built in, and changed.
struct Made {
    config: Config,
    source: Arc<Source>,
    lock: Lock,
    plans: Vec<Plan>,
}

impl Made {
    fn of(text: &str, change: impl FnOnce(&mut Plan)) -> Made {
        let source = Source::new("egress.yaml", text);
        let config = config::parse(&source).unwrap();
        let mut lock = Lock::default();
        lock.stacks.insert(
            "one".parse().unwrap(),
            crate::lock::StackFacts {
                endpoint_addresses: [("ecr.api", "10.0.1.10"), ("ecr.dkr", "10.0.1.11")]
                    .map(|(service, a)| (service.to_owned(), [a.parse().unwrap()].into()))
                    .into(),
                vpc: "vpc-0a1b2c3d4e5f60718".parse().unwrap(),
            },
        );
        for region in ["us-east-1", "eu-west-1"] {
            let region = Region::named(region).unwrap();
            let facts = lock.partitions.entry(region.partition).or_default();
            let service =
                facts.entry(region.name.to_owned()).or_default().services.entry("s3".into());
            service.or_default().prefix_list = Some(crate::lock::PrefixListFacts {
                id: crate::facts::built_in::s3_prefix_list(region).unwrap(),
                name: region.s3_prefix_list_name(),
                source: "EC2".to_owned(),
            });
        }
        let planned =
            config.stacks.values().map(|stack| plan(stack, &lock, &source, "").unwrap().0);
        let mut plans: Vec<Plan> = planned.collect();
        change(&mut plans[0]);
        Made { config, source, lock, plans }
    }

    fn known(&self) -> Known<'_> {
        let Made { config, source, lock, plans } = self;
        Known { config, source, lock, plans, sizes: &[] }
    }
}

/// Every prefix of 192.0.2.0 to 192.0.2.15, /28 and longer.
fn space() -> Vec<Prefix> {
    let lengths = 28..=32;
    let all: Vec<Prefix> = lengths
        .flat_map(|length| {
            (0..16).filter_map(move |low| format!("192.0.2.{low}/{length}").parse().ok())
        })
        .collect();
    assert_eq!(all.len(), 31);
    all
}

fn rule(peer: Peer) -> Rule {
    let origins = vec![Origin::Config { path: "stacks.one".to_owned() }];
    Rule {
        traffic: Traffic::Https,
        peer,
        description: String::new(),
        origins,
        condition: None,
        endpoint: None,
    }
}

/// The prefixes of rules that were found, with how they stand to what was asked for.
fn found(explanation: &Explanation) -> BTreeSet<(String, Option<Relation>)> {
    let rules = explanation.meanings.iter().flat_map(|meaning| &meaning.rules);
    rules.flat_map(|rule| &rule.values).map(|v| (v.value.clone(), v.relation)).collect()
}

#[test]
fn a_prefix_finds_exactly_the_rules_that_share_addresses_with_it() {
    let made = Made::of(ONE, |plan| {
        plan.groups[1].egress = space().into_iter().map(|p| rule(Peer::Prefix(p))).collect();
    });
    let members = |prefix: Prefix| -> BTreeSet<u8> {
        (0..16).filter(|low| prefix.contains([192, 0, 2, *low].into())).collect()
    };
    for asked in space() {
        let expected: BTreeSet<(String, Option<Relation>)> = space()
            .into_iter()
            .filter_map(|of_rule| {
                // From the addresses themselves, not by way of `covers`.
                let (rule, asked) = (members(of_rule), members(asked));
                let relation = match (rule.is_superset(&asked), rule.is_subset(&asked)) {
                    (true, true) => Relation::Equal,
                    (true, false) => Relation::Covers,
                    (false, true) => Relation::Inside,
                    (false, false) => return None,
                };
                Some((of_rule.to_string(), Some(relation)))
            })
            .collect();
        let explanation = explain(&made.known(), &asked.to_string()).unwrap();
        assert_eq!(found(&explanation), expected, "{asked}");
        if asked.length() == 32 {
            let address = explain(&made.known(), &asked.network().to_string()).unwrap();
            assert_eq!(found(&address), expected, "{asked}");
        }
    }
}

#[test]
fn a_region_map_is_searched_region_by_region() {
    let key = LogicalId::of("EgressPrefix1");
    let made = Made::of(TWO, |plan| {
        plan.groups[1].egress = vec![rule(Peer::Ipv4(Value::PerRegion(key.clone())))];
        for (region, value) in [("us-east-1", "192.0.2.0/28"), ("eu-west-1", RegionMap::NONE)] {
            let origins = match value {
                RegionMap::NONE => Vec::new(),
                _ => vec![Origin::Config { path: "stacks.two".to_owned() }],
            };
            let mapped = Mapped { value: value.to_owned(), origins };
            plan.region_map.regions.get_mut(region).unwrap().insert(key.clone(), mapped);
        }
    });
    let explanation = explain(&made.known(), "192.0.2.7").unwrap();
    let [rule] = &explanation.meanings[0].rules[..] else { panic!() };
    let [value] = &rule.values[..] else { panic!() };
    assert_eq!(value.region.map(|region| region.name), Some("us-east-1"));
    assert_eq!((value.relation, value.reasons.len()), (Some(Relation::Covers), 1));
    // Asked for by its name, both regions are said, the one without a reason too.
    let named = explain(&made.known(), "EgressPrefix1").unwrap();
    assert_eq!(named.meanings[0].rules[0].values.len(), 2);
}

#[test]
fn an_id_that_repeats_says_where_else_it_is() {
    let text = ONE.replace("us-east-1", "ap-northeast-2").replace("pl-63a5400a", "pl-78a54011");
    let made = Made::of(&text, |_| {});
    let explanation = explain(&made.known(), "pl-78a54011").unwrap();
    let meaning = &explanation.meanings[0];
    assert_eq!(meaning.rules.len(), 1);
    let note = &meaning.notes[0];
    for expected in ["DynamoDB's in ap-northeast-1", "S3's in ap-northeast-2", "S3's in ap-south-1"]
    {
        assert!(note.contains(expected), "{note}");
    }
}

#[test]
fn an_address_that_was_looked_up_says_where() {
    let text = "stacks:\n  one:\n    region: us-east-1\n    registries: [\"012345678901\"]\n    \
                network: {vpc: vpc-0a1b2c3d4e5f60718}\n    task: {egress: endpoint-addresses}\n    \
                endpoint: {egress: deny}\n";
    let made = Made::of(text, |_| {});
    for (address, service) in [("10.0.1.10", "ecr.api"), ("10.0.1.11", "ecr.dkr")] {
        let explanation = explain(&made.known(), address).unwrap();
        let [rule] = &explanation.meanings[0].rules[..] else { panic!() };
        assert_eq!(rule.protection, Protection::TaskToAddresses);
        assert_eq!(
            rule.values[0].reasons,
            [Reason::EndpointAddress {
                service: service.parse().unwrap(),
                vpc: "vpc-0a1b2c3d4e5f60718".parse().unwrap(),
            }]
        );
    }
}

#[test]
fn addresses_and_hosts_are_known_in_every_form_that_people_have_them_in() {
    let made = Made::of(ONE, |_| {});
    let kind = |text: &str| explain(&made.known(), text).unwrap().meanings[0].kind;
    for host in [
        "api.ecr.us-east-1.amazonaws.com",
        "API.ecr.us-east-1.amazonaws.com.",
        "https://api.ecr.us-east-1.amazonaws.com/",
        "api.ecr.us-east-1.amazonaws.com:443",
        "012345678901.dkr.ecr.us-east-1.amazonaws.com/app:1",
    ] {
        assert_eq!(kind(host), Kind::Host, "{host}");
    }
    let summary = |text: &str| explain(&made.known(), text).unwrap().meanings[0].summary.clone();
    assert_eq!(summary("::ffff:127.0.0.1"), summary("127.0.0.1"));
}

#[test]
fn what_reads_as_two_things_is_both() {
    let made = Made::of(&ONE.replace("  one:", "  pl-63a5400a:"), |_| {});
    let explanation = explain(&made.known(), "pl-63a5400a").unwrap();
    let kinds: Vec<Kind> = explanation.meanings.iter().map(|meaning| meaning.kind).collect();
    assert_eq!(kinds, [Kind::Stack, Kind::PrefixList]);
}

fn template(text: &str) -> Template {
    Template::read(&Source::new("out/one.yaml", text)).unwrap()
}

/// The whole names of rules that lines of a template answer with, one rule a line.
fn rules_by_line(made: &Made, text: &str) -> BTreeSet<String> {
    let template = template(text);
    let count = text.lines().count();
    let known = made.known();
    let at = |number| line(&known, "", &template, &made.plans[0], (number, None));
    let mut all = BTreeSet::new();
    for number in 1..=count {
        let explanation = at(number).unwrap();
        let meaning = &explanation.meanings[0];
        assert!(!meaning.summary.is_empty(), "line {number}");
        if let (Kind::Line, [rule]) = (meaning.kind, &meaning.rules[..]) {
            all.insert(format!("{} {:?} {}", rule.group, rule.direction, rule.peer));
        }
    }
    assert_eq!(at(count + 1), Err(Beyond::Lines(count)));
    all
}

#[test]
fn a_template_in_json_has_the_same_rules_by_line() {
    for text in [ONE, TWO] {
        let made = Made::of(text, |_| {});
        let renderer = Renderer::new(&[]).unwrap();
        let yaml = renderer.cloudformation(&made.plans[0]).unwrap().text;
        let json = renderer.in_form(Form::Json, &made.plans[0], &yaml).unwrap();
        let rendered = Source::new("out/one.yaml", yaml.as_str());
        assert!(template(&yaml).is(&rendered) && template(&json).is(&rendered));
        assert!(!template(&json.replacen("443", "80", 1)).is(&rendered));
        let planned = rules::placed(&made.plans[0]).len();
        assert_eq!(rules_by_line(&made, &yaml).len(), planned);
        assert_eq!(rules_by_line(&made, &json), rules_by_line(&made, &yaml));
        assert_eq!(template(&json).stack(), Some(made.plans[0].stack.clone()));
    }
}

#[test]
fn a_changed_template_is_matched_by_what_stands_there() {
    let made = Made::of(ONE, |_| {});
    let good = Renderer::new(&[]).unwrap().cloudformation(&made.plans[0]).unwrap().text;
    let summary = |text: &str, has: &str| {
        let number = text.lines().position(|line| line.contains(has)).unwrap() + 1;
        let explanation =
            line(&made.known(), "", &template(text), &made.plans[0], (number, None)).unwrap();
        let meaning = explanation.meanings.into_iter().next().unwrap();
        (meaning.summary, meaning.rules.len())
    };
    let list = "DestinationPrefixListId: pl-63a5400a";
    assert_eq!(summary(&good, list).1, 1);
    // A rule before it moves it to another place of the list.
    let more = "        - IpProtocol: tcp\n          FromPort: 22\n          ToPort: 22\n          CidrIp: \"192.0.2.0/24\"\n";
    let at =
        good.find("      SecurityGroupEgress:\n").unwrap() + "      SecurityGroupEgress:\n".len();
    let moved = format!("{}{more}{}", &good[..at], &good[at..]);
    let rendered = Source::new("out/one.yaml", good.as_str());
    assert!(template(&good).is(&rendered) && !template(&moved).is(&rendered));
    assert_eq!(summary(&moved, list).1, 1);
    let (said, rules) = summary(&moved, "192.0.2.0/24");
    assert_eq!(
        (said.as_str(), rules),
        ("rule 1 of TaskSecurityGroup, which config and lock do not say", 0)
    );
    for (from, to, has) in [
        ("  S3Endpoint:\n", "  Other:\n", "  Other:"),
        ("Outputs:\n", "Hooks:\n", "Hooks:"),
        ("- ecr:GetAuthorizationToken", "- ecr:Other", "ecr:Other"),
    ] {
        let changed = good.replacen(from, to, 1);
        let (said, _) = summary(&changed, has);
        assert!(said.ends_with("which config and lock do not say"), "{said}");
    }
}

#[test]
fn a_rule_of_its_own_is_matched_by_its_other_end_too() {
    let text = ONE.replace("{egress: deny}", "{egress: deny, ingress: task-security-group}");
    let made = Made::of(&text, |_| {});
    let good = Renderer::new(&[]).unwrap().cloudformation(&made.plans[0]).unwrap().text;
    let number = good.lines().position(|line| line.contains("SourceSecurityGroupId")).unwrap() + 1;
    let rules = |text: &str| {
        let found = line(&made.known(), "", &template(text), &made.plans[0], (number, None));
        found.unwrap().meanings[0].rules.len()
    };
    assert_eq!(rules(&good), 1);
    let from = "SourceSecurityGroupId: !GetAtt TaskSecurityGroup.GroupId";
    assert!(good.contains(from));
    assert_eq!(rules(&good.replace(from, "CidrIp: \"0.0.0.0/0\"")), 0);
}

/// The meaning of a line of the config.
fn config_meaning(made: &Made, number: usize, column: Option<usize>) -> Meaning {
    let explanation = config_line(&made.known(), "", (number, column)).unwrap();
    explanation.meanings.into_iter().next().unwrap()
}

#[test]
fn a_line_of_the_config_says_what_is_there_because_of_it() {
    let text = "\
stacks:
  one:
    region: us-east-1
    registries: [\"012345678901\", \"111122223333\"]
    network:
      vpc: {import: network-vpc}
      subnets: [{import: private-subnet-1}, subnet-0a1b2c3d4e5f60711]

      cidrs: {import: network-cidr}
    endpoint: {egress: deny, ingress: vpc-cidrs}
    services: [logs]
    # tags: {}
    tags: {owner: platform}
";
    let made = Made::of(text, |_| {});
    let of = |number, column| {
        let meaning = config_meaning(&made, number, column);
        let ends: Vec<String> =
            meaning.rules.iter().map(|rule| format!("{} {}", rule.group, rule.peer)).collect();
        let endpoints: Vec<&str> = meaning.endpoints.iter().map(|one| one.id.as_str()).collect();
        let uses: Vec<&str> = meaning.uses.iter().map(|one| one.what.as_str()).collect();
        [meaning.summary, ends.join("; "), endpoints.join(" "), uses.join("; ")]
    };
    let deny = "EndpointSecurityGroup 127.0.0.1/32";
    let from_vpc = "EndpointSecurityGroup export network-cidr";
    let interfaces = "EcrApiEndpoint EcrDkrEndpoint LogsEndpoint";
    for ((number, column), expected) in [
        ((3, None), ["`stacks.one.region` of the config", "TaskSecurityGroup pl-63a5400a", "", ""]),
        (
            (4, Some(35)),
            ["`stacks.one.registries[1]` of the config", "", "EcrApiEndpoint EcrDkrEndpoint", ""],
        ),
        (
            (7, Some(19)),
            [
                "`stacks.one.network.subnets[0].import` of the config",
                "",
                interfaces,
                "private-subnet-1, a subnet of its interface endpoints",
            ],
        ),
        ((8, None), ["a line of the config with nothing on it", "", "", ""]),
        (
            (9, None),
            [
                "`stacks.one.network.cidrs.import` of the config",
                from_vpc,
                "",
                "network-cidr, an IPv4 prefix of the VPC",
            ],
        ),
        ((10, Some(16)), ["`stacks.one.endpoint.egress` of the config", deny, "", ""]),
        ((10, Some(30)), ["`stacks.one.endpoint.ingress` of the config", "", "", ""]),
        ((11, None), ["`stacks.one.services[0]` of the config", "", "LogsEndpoint", ""]),
        ((12, None), ["`stacks.one.tags.owner` of the config", "", "", ""]),
    ] {
        assert_eq!(of(number, column), expected, "{number}");
    }
    // Of the policies only what names the account is said.
    let of_account = config_meaning(&made, 4, Some(35));
    assert!(of_account.endpoints.iter().all(|one| one.partial && one.statements.len() == 1));
    // What the key is for is said as editors say it.
    assert!(config_meaning(&made, 13, None).notes[0].starts_with("Tags of every resource"));
    assert_eq!(config_meaning(&made, 2, None).kind, Kind::Stack);
    let beyond = |number, column| config_line(&made.known(), "", (number, column)).unwrap_err();
    assert_eq!(beyond(14, None), Beyond::Lines(13));
    assert_eq!(beyond(8, Some(2)), Beyond::Columns(0));
    let made = Made::of(&format!("{text}# the end\n"), |_| {});
    let last = config_meaning(&made, 14, None).summary;
    assert_eq!(last, "a comment of the config, and nothing stands behind it");
}

#[test]
fn a_line_of_a_config_without_a_plan_says_so() {
    let mut made = Made::of(ONE, |_| {});
    made.plans.clear();
    let meaning = config_meaning(&made, 3, None);
    assert!(meaning.notes.iter().any(|note| note.contains("one: It has no plan")), "{meaning:?}");
    assert!(!meaning.notes.iter().any(|note| note.starts_with("No rule")), "{meaning:?}");
}

#[test]
fn exports_and_ids_that_the_config_names_are_known() {
    let text = "stacks:\n  one:\n    region: us-east-1\n    registries: [\"012345678901\"]\n    \
                endpoint: {egress: deny, security-group: {import: endpoints}}\n    \
                endpoints: {ecr.api: existing}\n    task: {efs: [sg-00000001, {import: mounts}]}\n    \
                network: {subnets: {import: private-subnets}, cidrs: [10.0.0.0/16]}\n";
    let made = Made::of(text, |_| {});
    let of = |text: &str| {
        let explanation = explain(&made.known(), text).unwrap();
        let [meaning] = &explanation.meanings[..] else { panic!("{text}") };
        let place = meaning.uses[0].place.as_ref().unwrap();
        (meaning.kind, meaning.rules.len(), place.line)
    };
    assert_eq!(of("private-subnets"), (Kind::Export, 0, 8));
    assert_eq!(of("mounts"), (Kind::Export, 1, 7));
    // The tasks' rule to it, and those that are added to it.
    assert_eq!(of("endpoints"), (Kind::Export, 3, 5));
    assert_eq!(of("sg-00000001"), (Kind::ResourceId, 1, 7));
    assert!(explain(&made.known(), "10.0.0.0/16").unwrap().meanings.len() == 1);
    let help = |text: &str| explain(&made.known(), text).unwrap_err().help[0].clone();
    assert_eq!(help("sg-00000002"), "did you mean `sg-00000001`?");
    assert!(help("rtb-00000001").starts_with("ids that are parameters or imports"));
    assert_eq!(help("private-subnet"), "did you mean `private-subnets`?");
}

#[test]
fn a_property_that_is_no_rule_is_said_by_itself() {
    let text = ONE.replace("    s3-prefix", "    tags: {owner: platform}\n    s3-prefix");
    let made = Made::of(&text, |_| {});
    let good = Renderer::new(&[]).unwrap().cloudformation(&made.plans[0]).unwrap().text;
    let template = template(&good);
    let mut seen = BTreeSet::new();
    for (index, written) in good.lines().enumerate() {
        let is_of = |key: &&&str| written.starts_with(&format!("      {key}:"));
        let Some(key) = resource::PROPERTIES.iter().find(is_of) else { continue };
        let known = made.known();
        let found = line(&known, "", &template, &made.plans[0], (index + 1, None)).unwrap();
        let [meaning] = &found.meanings[..] else { panic!("{written}") };
        assert!(meaning.summary.starts_with(&format!("{key} of ")), "{}", meaning.summary);
        assert!(meaning.rules.is_empty() && meaning.endpoints.is_empty(), "{written}");
        let [used] = &meaning.uses[..] else { panic!("{written}") };
        assert!(!used.what.is_empty(), "{written}");
        seen.insert(*key);
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), resource::PROPERTIES);
}

#[test]
fn texts_of_every_kind_are_answered_or_refused_and_never_panic() {
    let made = Made::of(ONE, |_| {});
    let long = "x".repeat(100_000);
    for text in [
        "",
        " ",
        ":",
        "::",
        "/",
        "1/",
        "1.2.3.4/",
        "1.2.3.4/99",
        "::/129",
        "0.0.0.0/0",
        "::/0",
        "255.255.255.255",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "*",
        "*.dkr.ecr",
        ".",
        "..",
        "a.b",
        "pl-",
        "vpc-",
        "sg-0",
        "00000000000",
        "日本語",
        "\u{0}",
        "https://",
        "-",
        &long,
    ] {
        if let Ok(explanation) = explain(&made.known(), text) {
            let said = human(std::slice::from_ref(&explanation), false);
            assert!(
                said.lines().all(|line| line.chars().count() <= 100 || !line.contains(' ')),
                "{said}"
            );
            json(&[explanation]);
        }
        file_line(text);
    }
}

#[test]
fn protections_have_names_and_words_of_their_own() {
    let names: BTreeSet<&str> = Protection::ALL.iter().map(|one| one.name()).collect();
    let words: BTreeSet<&str> = Protection::ALL.iter().map(|one| one.words()).collect();
    assert_eq!((names.len(), words.len()), (Protection::ALL.len(), Protection::ALL.len()));
    assert!(Protection::ALL.is_sorted());
}
