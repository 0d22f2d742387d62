//! How a resolver is spoken to, and several of them.

use std::net::UdpSocket;
use std::slice;
use std::time::Duration;

use fargate_egress::sources::dns::{Asking, Reason, Resolver, ask_at};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::RecordType::A;

use super::{HOST, addresses, asking, hosts, reason, run, run_once, says};
use crate::dns_server::{DnsServer, Says, address};

#[test]
fn resolvers_answer_for_themselves() {
    let one = DnsServer::new([(HOST, A, vec![says("192.0.2.1", 0)])]);
    let two = DnsServer::new([(HOST, A, vec![says("192.0.2.2", 0)])]);
    let none = DnsServer::new([]);
    let resolvers = [one.address(), none.address(), two.address(), one.address()];
    let asked = run(&[HOST, "nosuch.example", HOST], &asking(&resolvers));
    let answers: Vec<_> = asked
        .answers
        .iter()
        .map(|it| (it.seen_by.clone(), it.addresses.first().copied()))
        .collect();
    assert_eq!(
        answers,
        [
            (one.address().to_string(), Some("192.0.2.1".parse().unwrap())),
            (two.address().to_string(), Some("192.0.2.2".parse().unwrap())),
        ]
    );
    let failures: Vec<_> =
        asked.failures.iter().map(|it| (&it.host[..], it.resolver.clone())).collect();
    let [first, second, third] = [&one, &none, &two].map(|server| server.address().to_string());
    assert_eq!(
        failures,
        [
            (HOST, second.clone()),
            ("nosuch.example", first),
            ("nosuch.example", second),
            ("nosuch.example", third),
        ]
    );
}

#[test]
fn servers_of_one_resolver_stand_in_for_each_other() {
    let refusal = vec![Says::Code(ResponseCode::Refused, Vec::new())];
    let refuses = DnsServer::new([(HOST, A, refusal)]);
    let dead = UdpSocket::bind("127.0.0.1:0").unwrap();
    let live = DnsServer::new([(HOST, A, vec![says("192.0.2.1", 0)])]);
    let servers = vec![refuses.address(), dead.local_addr().unwrap(), live.address()];
    let resolver = Resolver { name: "system".to_owned(), servers };
    let asking = Asking { rounds: 5, deadline: Duration::from_secs(6), ..asking(&[]) };
    let run =
        |name| ask_at(slice::from_ref(&resolver), &hosts(&[name]), &asking, &|_, _| ()).unwrap();

    let asked = run(HOST);
    assert_eq!(addresses(&asked), ["192.0.2.1"]);
    assert_eq!(asked.answers[0].seen_by, "system");
    // What answered last is asked first.
    assert!(refuses.count(HOST) < live.count(HOST));

    // That a name does not exist is an answer: nobody else is asked.
    assert_eq!(reason(&run("nosuch.example")), Reason::NoSuchName);
    assert_eq!(live.count("nosuch.example"), 0);
}

#[test]
fn the_system_has_resolvers_or_says_that_it_has_none() {
    match Resolver::system() {
        Ok(resolver) => {
            assert_eq!(resolver.name, "system");
            assert!(!resolver.servers.is_empty());
        }
        Err(error) => {
            assert!(error.to_string().starts_with("cannot tell which resolvers"), "{error}");
        }
    }
}

#[test]
fn resolvers_are_named_without_the_usual_port() {
    for (address, name) in [
        ("192.0.2.53:53", "192.0.2.53"),
        ("192.0.2.53:5353", "192.0.2.53:5353"),
        ("[2001:db8::53]:53", "2001:db8::53"),
        ("[2001:db8::53]:5353", "[2001:db8::53]:5353"),
    ] {
        assert_eq!(Resolver::at(address.parse().unwrap()).name, name);
    }
}

#[test]
fn a_server_that_fails_on_edns_is_asked_without() {
    let server =
        DnsServer::new([(HOST, A, vec![Says::WithoutEdns(Box::new(says("192.0.2.1", 60)))])]);
    assert_eq!(addresses(&run_once(&server)), ["192.0.2.1"]);
}

#[test]
fn what_udp_cannot_hold_is_asked_over_tcp() {
    let ips: Vec<String> = (0..200).map(|n| format!("192.0.2.{n}")).collect();
    let records = ips.iter().map(|ip| address(HOST, ip, 0)).collect();
    let server = DnsServer::new([(HOST, A, vec![Says::TooMuch(records)])]);
    let asked = run(&[HOST], &Asking { rounds: 2, ..asking(&[server.address()]) });
    assert_eq!(addresses(&asked).len(), 200);
    let tcp = server.heard().iter().filter(|heard| heard.tcp).count();
    assert!(tcp >= 2, "{:?}", server.heard());
}

#[test]
fn answers_to_another_question_are_not_looked_at() {
    let lies = vec![address(HOST, "192.0.2.66", 60), address("another.example", "192.0.2.66", 60)];
    let truth = Box::new(says("192.0.2.1", 60));
    let server = DnsServer::new([
        (HOST, A, vec![Says::Forged(lies.clone(), truth)]),
        ("lies.example", A, vec![Says::Forged(lies, Box::new(Says::Nothing))]),
    ]);
    assert_eq!(addresses(&run_once(&server)), ["192.0.2.1"]);
    let deadline = Duration::from_millis(500);
    let asked = run(&["lies.example"], &Asking { deadline, ..asking(&[server.address()]) });
    assert_eq!(reason(&asked), Reason::NoAnswer);
}
