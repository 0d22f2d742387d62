//! Rounds, pauses and the deadline. Nothing here depends on how fast the machine is.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use fargate_egress::sources::dns::{Asking, Reason, ask};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::RecordType::A;

use super::{DEADLINE, HOST, addresses, asking, hosts, reason, run, says};
use crate::dns_server::{DnsServer, Says, address, alias};

/// Longer than any test waits.
const HOURS: Duration = Duration::from_secs(9 * 3600);

#[test]
fn addresses_of_all_rounds_are_united_and_the_aliases_are_the_last() {
    let says = (0..12).map(|turn| {
        let target = if turn < 3 { "old.example" } else { "new.example" };
        let ip = format!("192.0.2.{}", turn % 3 + 1);
        Says::Records(vec![alias(HOST, target, 0), address(target, &ip, 0)])
    });
    let server = DnsServer::new([(HOST, A, says.collect())]);
    // A TTL of nothing: the rounds follow each other at once, however long they may be spread.
    let asked = run(&[HOST], &Asking { rounds: 6, spread: HOURS, ..asking(&[server.address()]) });
    assert_eq!(addresses(&asked), ["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
    assert_eq!(asked.answers[0].cnames, ["new.example"]);
    assert!(server.count(HOST) >= 6, "{:?}", server.heard());
}

#[test]
fn between_rounds_the_smallest_ttl_goes_by() {
    for (of_alias, of_address) in [(1, 3600), (3600, 1)] {
        let says = ["192.0.2.1", "192.0.2.2"].map(|ip| {
            let target = "first.example";
            Says::Records(vec![alias(HOST, target, of_alias), address(target, ip, of_address)])
        });
        let server = DnsServer::new([(HOST, A, says.to_vec())]);
        let start = Instant::now();
        let asked =
            run(&[HOST], &Asking { rounds: 2, spread: HOURS, ..asking(&[server.address()]) });
        assert!(start.elapsed().as_secs() >= 1, "{:?}", start.elapsed());
        assert!(addresses(&asked).contains(&"192.0.2.2".to_owned()), "{asked:?}");
    }
}

#[test]
fn rounds_are_spread_no_longer_than_wanted() {
    let server = DnsServer::new([(HOST, A, vec![says("192.0.2.1", 3600)])]);
    let spread = Duration::from_millis(400);
    let start = Instant::now();
    run(&[HOST], &Asking { rounds: 3, spread, ..asking(&[server.address()]) });
    assert!(start.elapsed() >= spread && start.elapsed() < DEADLINE, "{:?}", start.elapsed());
    assert!(server.count(HOST) >= 3);
}

#[test]
fn a_pause_that_would_outlast_the_deadline_is_not_made() {
    let server = DnsServer::new([(HOST, A, vec![says("192.0.2.1", 3600)])]);
    let resolvers = [server.address()];
    let heard = RefCell::new(Vec::new());
    let asking = Asking { rounds: 2, spread: HOURS, ..asking(&resolvers) };
    let start = Instant::now();
    let asked =
        ask(&hosts(&[HOST]), &asking, &|done, all| heard.borrow_mut().push((done, all))).unwrap();
    assert!(start.elapsed() < DEADLINE / 2, "{:?}", start.elapsed());
    assert_eq!(addresses(&asked), ["192.0.2.1"]);
    assert_eq!(heard.into_inner(), [(0, 2), (2, 2)]);
}

#[test]
fn a_failure_that_passes_is_none() {
    let servfail = || Says::Code(ResponseCode::ServFail, Vec::new());
    for turns in [
        vec![servfail(), servfail(), servfail(), says("192.0.2.1", 0)],
        vec![says("192.0.2.1", 0), says("192.0.2.1", 0), servfail()],
    ] {
        let server = DnsServer::new([(HOST, A, turns)]);
        let asked = run(&[HOST], &Asking { rounds: 4, ..asking(&[server.address()]) });
        assert_eq!(addresses(&asked), ["192.0.2.1"]);
        assert!(server.count(HOST) >= 4, "{:?}", server.heard());
    }
}

#[test]
fn a_host_without_an_answer_does_not_keep_others_from_theirs() {
    let server = DnsServer::new([
        ("silent.example", A, vec![Says::Nothing]),
        (HOST, A, vec![says("192.0.2.1", 0)]),
    ]);
    let resolvers = [server.address()];
    let deadline = Duration::from_millis(1500);
    let asking = Asking { rounds: 9, deadline, ..asking(&resolvers) };
    let start = Instant::now();
    let asked = run(&["silent.example", HOST], &asking);
    assert!(start.elapsed() >= deadline && start.elapsed() < DEADLINE, "{:?}", start.elapsed());
    assert_eq!(asked.answers.len(), 1);
    assert_eq!(asked.answers[0].host, HOST);
    assert_eq!(asked.failures.len(), 1);
    assert_eq!(asked.failures[0].host, "silent.example");
    assert_eq!(asked.failures[0].reason, Reason::NoAnswer);
}

#[test]
fn without_time_there_are_only_failures() {
    let server = DnsServer::new([(HOST, A, vec![says("192.0.2.1", 0)])]);
    let resolvers = [server.address()];
    let asked = run(&[HOST], &Asking { deadline: Duration::ZERO, ..asking(&resolvers) });
    assert_eq!(reason(&asked), Reason::NoAnswer);
    // Nor is there anything that cannot be counted.
    let forever =
        Asking { rounds: 0, spread: Duration::MAX, deadline: Duration::MAX, ..asking(&resolvers) };
    assert_eq!(addresses(&run(&[HOST], &forever)), ["192.0.2.1"]);
    assert!(run(&[], &Asking { resolvers: &[], ..forever }).answers.is_empty());
}

#[test]
fn sixty_hosts_are_asked_together_but_not_all_at_once() {
    let names: Vec<String> = (0..60).map(|n| format!("{n}.example")).collect();
    let pause = Duration::from_millis(100);
    let script = names.iter().enumerate().map(|(n, name)| {
        let records = vec![address(name, &format!("192.0.2.{n}"), 0)];
        (&name[..], A, vec![Says::After(pause, Box::new(Says::Records(records)))])
    });
    let server = DnsServer::new(script);
    let progress = RefCell::new(Vec::new());
    let start = Instant::now();
    let asked = ask(&names, &asking(&[server.address()]), &|done, all| {
        progress.borrow_mut().push((done, all));
    })
    .unwrap();
    // One after the other they take six seconds.
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    // Sixteen, and a few more where the machine is so busy that questions are sent anew.
    let most = server.most_under_way();
    assert!((4..=20).contains(&most), "{most}");
    assert_eq!(asked.answers.iter().map(|it| &it.host).collect::<Vec<_>>(), Vec::from_iter(&names));
    assert_eq!(progress.into_inner(), (0..=60).map(|done| (done, 60)).collect::<Vec<_>>());
}
