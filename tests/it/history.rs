//! What publications of ip-ranges.json from 2016 to 2026 say about prefixes that are pinned.
//!
//! `tests/history.json` has, of eleven publications, the entries that overlap the prefixes below;
//! three of them are from before, within and after the twenty minutes of 2020-04-30 in which
//! 13.52.118.0/23 was missing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fargate_egress::config::{self, Config};
use fargate_egress::diagnostic::{Diagnostic, Source};
use fargate_egress::drift::{World, world};
use fargate_egress::facts::{Answer, IpRanges};
use fargate_egress::lock::{self, Accept, Lock, Resolved, Sources};

const CONFIG: &str = r#"stacks:
  california:
    region: us-west-1
    registries: ["012345678901"]
  tokyo:
    region: ap-northeast-1
    registries: ["012345678901"]
"#;

/// One entry of an excerpt is more than a tenth of it.
const EXCERPT: Accept = Accept {
    older_ip_ranges: false,
    smaller_ip_ranges: true,
    vanished_prefix: false,
    moved_prefix: false,
};

fn publications() -> Vec<IpRanges> {
    let text = include_str!("../history.json");
    let all: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    assert_eq!(all.len(), 11);
    all.iter().map(|one| IpRanges::parse(&serde_json::to_vec(one).unwrap()).unwrap()).collect()
}

fn of(publications: &[IpRanges], date: &str) -> usize {
    let is = |ranges: &IpRanges| ranges.publication().create_date.starts_with(date);
    publications.iter().position(is).unwrap()
}

fn answers() -> Vec<Answer> {
    let answer = |host: &str, address: &str| Answer {
        host: host.to_owned(),
        cnames: Vec::new(),
        addresses: BTreeSet::from([address.parse().unwrap()]),
        seen: "2020-04-29".parse().ok(),
        seen_by: "192.0.2.53".to_owned(),
    };
    vec![
        answer("api.ecr.us-west-1.amazonaws.com", "13.52.118.188"),
        answer("012345678901.dkr.ecr.us-west-1.amazonaws.com", "13.52.118.190"),
        answer("api.ecr.ap-northeast-1.amazonaws.com", "3.112.64.17"),
        answer("012345678901.dkr.ecr.ap-northeast-1.amazonaws.com", "52.192.36.247"),
    ]
}

fn setting() -> (Arc<Source>, Config) {
    let source = Source::new("egress.yaml", CONFIG);
    let config = config::parse(&source).unwrap();
    (source, config)
}

fn resolve(
    previous: Option<&Lock>,
    ip_ranges: &IpRanges,
    accept: Accept,
) -> Result<Resolved, Vec<Diagnostic>> {
    resolve_with(previous, ip_ranges, accept, &answers())
}

fn resolve_with(
    previous: Option<&Lock>,
    ip_ranges: &IpRanges,
    accept: Accept,
    answers: &[Answer],
) -> Result<Resolved, Vec<Diagnostic>> {
    let (source, config) = setting();
    let sources = Sources {
        ip_ranges,
        answers,
        prefix_lists: &[],
        stacks: &BTreeMap::new(),
        forget: None,
        accept,
    };
    lock::resolve(&config, &source, previous, &sources)
}

fn pinned(lock: &Lock) -> Vec<String> {
    let regions = lock.partitions.values().flatten();
    regions.flat_map(|(_, facts)| facts.prefixes.keys().map(ToString::to_string)).collect()
}

#[test]
fn only_changes_of_what_is_pinned_are_drift() {
    let publications = publications();
    let before = &publications[of(&publications, "2020-04-29")];
    let lock = resolve(None, before, Accept::default()).unwrap().lock;
    assert_eq!(pinned(&lock), ["3.112.64.0/23", "52.192.0.0/15", "13.52.118.0/23"]);
    let (source, config) = setting();
    let answers = answers();
    let found: Vec<(String, Vec<String>)> = publications
        .iter()
        .map(|ip_ranges| {
            let now = World { ip_ranges: Some(ip_ranges), answers: &answers, ..World::default() };
            let findings = world(&config, &lock, &source, &now).into_iter();
            let words = findings.map(|finding| {
                let prefix = finding.diagnostic.message.split(',').next().unwrap().to_owned();
                format!("{} {prefix}", finding.diagnostic.code.name())
            });
            (ip_ranges.publication().create_date[..10].to_owned(), words.collect())
        })
        .filter(|(_, findings): &(String, Vec<String>)| !findings.is_empty())
        .collect();
    let expected = [
        ("2016-12-01", vec!["world-prefix-gone 13.52.118.0/23", "world-prefix-gone 3.112.64.0/23"]),
        ("2018-06-01", vec!["world-prefix-gone 13.52.118.0/23", "world-prefix-gone 3.112.64.0/23"]),
        ("2020-04-30", vec!["world-prefix-gone 13.52.118.0/23"]),
    ];
    let found: Vec<(&str, Vec<&str>)> = found
        .iter()
        .map(|(date, findings)| (date.as_str(), findings.iter().map(String::as_str).collect()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_prefix_that_is_missing_for_twenty_minutes_stays_pinned() {
    let publications = publications();
    let before = of(&publications, "2020-04-29");
    let [first, during, after] = &publications[before..before + 3] else { panic!() };
    let lock = resolve(None, first, Accept::default()).unwrap().lock;

    let kept = resolve(Some(&lock), during, EXCERPT).unwrap();
    assert_eq!(pinned(&kept.lock), pinned(&lock));
    let codes: Vec<&str> = kept.notices.iter().map(|notice| notice.code.name()).collect();
    assert_eq!(codes, ["kept-prefix"]);
    assert!(kept.notices[0].message.contains("13.52.0.0/16 covers it now"), "{:?}", kept.notices);

    let widened = resolve(Some(&lock), during, Accept { vanished_prefix: true, ..EXCERPT });
    assert!(pinned(&widened.unwrap().lock).contains(&"13.52.0.0/16".to_owned()));

    let back = resolve(Some(&kept.lock), after, EXCERPT).unwrap();
    assert!(back.notices.is_empty());
    assert_eq!(back.lock, lock);
}

#[test]
fn what_contradicts_itself_in_a_lock_changed_by_hand_is_no_pin() {
    let publications = publications();
    let before = of(&publications, "2020-04-29");
    let [first, during] = &publications[before..before + 2] else { panic!() };
    let lock = resolve(None, first, Accept::default()).unwrap().lock;
    let text = lock::emit(&lock);
    // Not published any more, and not of AMAZON, or not around the address that it is said to be for.
    let not_amazons = text.replacen("\"AMAZON\"", "\"EC2\"", 9);
    let not_around = text.replace("13.52.118.0/23", "13.53.118.0/23");
    for changed in [not_amazons, not_around] {
        assert!(lock::parse(&changed).is_err());
        let changed = lock::parse_lenient(&changed).unwrap();
        let renewed = resolve(Some(&changed), during, EXCERPT).unwrap().lock;
        assert_eq!(lock::parse(&lock::emit(&renewed)), Ok(renewed.clone()));
        assert!(pinned(&renewed).contains(&"13.52.0.0/16".to_owned()), "{:?}", pinned(&renewed));
    }
}

#[test]
fn going_back_and_shrinking_are_refused() {
    let publications = publications();
    let (old, new) = (of(&publications, "2019-12-02"), of(&publications, "2026-02-02"));
    let lock = resolve(None, &publications[new], Accept::default()).unwrap().lock;
    let codes = |accept| {
        resolve(Some(&lock), &publications[old], accept)
            .err()
            .unwrap_or_default()
            .iter()
            .map(|said| said.code.name())
            .collect::<Vec<_>>()
    };
    assert_eq!(codes(Accept::default()), ["older-ip-ranges", "older-ip-ranges"]);
    assert!(codes(Accept { older_ip_ranges: true, ..Accept::default() }).is_empty());

    let mut larger = lock.clone();
    for facts in larger.partitions.values_mut().flat_map(BTreeMap::values_mut) {
        facts.ip_ranges.as_mut().unwrap().entries = 1_000;
    }
    let refused = resolve(Some(&larger), &publications[new], Accept::default()).unwrap_err();
    assert!(refused.iter().all(|said| said.code.name() == "smaller-ip-ranges"));
    let accept = Accept { smaller_ip_ranges: true, ..Accept::default() };
    assert!(resolve(Some(&larger), &publications[new], accept).is_ok());
}

/// ECR's addresses go round: the one that is seen while the prefix is away is not the one that was.
#[test]
fn a_new_address_in_a_missing_prefix_does_not_widen_the_egress() {
    let publications = publications();
    let before = of(&publications, "2020-04-29");
    let [first, during, after] = &publications[before..before + 3] else { panic!() };
    let lock = resolve(None, first, Accept::default()).unwrap().lock;
    let mut rotated = answers();
    rotated[0].addresses = BTreeSet::from(["13.52.118.7".parse().unwrap()]);

    let kept = resolve_with(Some(&lock), during, EXCERPT, &rotated).unwrap();
    assert_eq!(pinned(&kept.lock), pinned(&lock));
    let back = resolve_with(Some(&kept.lock), after, EXCERPT, &rotated).unwrap();
    assert_eq!(pinned(&back.lock), pinned(&lock));

    // Taken by mistake, the wider one is drift as soon as the narrower one is back, and is mended.
    let accept = Accept { vanished_prefix: true, ..EXCERPT };
    let widened = resolve_with(Some(&lock), during, accept, &rotated).unwrap().lock;
    assert!(pinned(&widened).contains(&"13.52.0.0/16".to_owned()));
    let (source, config) = setting();
    let now = World { ip_ranges: Some(after), answers: &rotated, ..World::default() };
    let findings = world(&config, &widened, &source, &now);
    assert!(!findings.is_empty());
    assert!(
        findings.iter().all(|finding| finding.diagnostic.code.name() == "world-prefix-narrower")
    );
    let mended = resolve_with(Some(&widened), after, EXCERPT, &rotated).unwrap().lock;
    assert!(world(&config, &mended, &source, &now).is_empty());
}

#[test]
fn a_prefix_that_is_somebody_elses_is_refused_until_that_is_accepted() {
    let publications = publications();
    let first = &publications[of(&publications, "2020-04-29")];
    let lock = resolve(None, first, Accept::default()).unwrap().lock;
    let text = include_str!("../history.json");
    let all: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    let newest = serde_json::to_string(all.last().unwrap()).unwrap();
    let own =
        r#""ip_prefix":"13.52.118.0/23","network_border_group":"us-west-1","region":"us-west-1""#;
    assert!(newest.contains(own), "{newest}");
    let moved = newest.replace(own, &own.replace("us-west-1", "us-east-1"));
    let moved = IpRanges::parse(moved.as_bytes()).unwrap();
    let refused = resolve(Some(&lock), &moved, Accept::default()).unwrap_err();
    let codes: BTreeSet<&str> = refused.iter().map(|said| said.code.name()).collect();
    assert!(codes.contains("moved-prefix"), "{codes:?}");
    let accept = Accept { moved_prefix: true, ..Accept::default() };
    let taken = resolve(Some(&lock), &moved, accept).unwrap().lock;
    let (source, config) = setting();
    let answers = answers();
    let now = World { ip_ranges: Some(&moved), answers: &answers, ..World::default() };
    assert!(world(&config, &taken, &source, &now).is_empty());
}

/// Nothing covers what was pinned, nobody answers with it any more, and that is accepted: the
/// address goes, and no host without an address stays behind.
#[test]
fn an_address_that_nothing_covers_goes_when_that_is_accepted() {
    let publications = publications();
    let first = &publications[of(&publications, "2020-04-29")];
    let lock = resolve(None, first, Accept::default()).unwrap().lock;
    let text = include_str!("../history.json");
    let all: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    let mut gone = all.last().unwrap().clone();
    let california = |entry: &serde_json::Value| {
        entry["ip_prefix"].as_str().is_some_and(|prefix| prefix.starts_with("13.52."))
    };
    let elsewhere = serde_json::json!({"ip_prefix": "192.0.2.0/24", "region": "us-west-1", "service": "AMAZON"});
    let entries = gone["prefixes"].as_array_mut().unwrap();
    entries.retain(|entry| !california(entry));
    entries.push(elsewhere);
    let gone = IpRanges::parse(&serde_json::to_vec(&gone).unwrap()).unwrap();
    let mut moved = answers();
    moved[0].addresses = BTreeSet::from(["192.0.2.7".parse().unwrap()]);
    let accept = Accept { vanished_prefix: true, ..EXCERPT };

    // The registry has no other address: that it is missing is said, and no empty host is kept.
    let silent = &moved[..1].iter().chain(&moved[2..]).cloned().collect::<Vec<_>>();
    let refused = resolve_with(Some(&lock), &gone, accept, silent).unwrap_err();
    assert!(refused.iter().all(|said| said.code.name() == "missing-fact"), "{refused:?}");

    moved[1].addresses = BTreeSet::from(["192.0.2.8".parse().unwrap()]);
    let lock = resolve_with(Some(&lock), &gone, accept, &moved).unwrap().lock;
    assert_eq!(pinned(&lock), ["3.112.64.0/23", "52.192.0.0/15", "192.0.2.0/24"]);
    assert_eq!(lock::parse(&lock::emit(&lock)), Ok(lock));
}
