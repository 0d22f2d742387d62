//! What is made of what resolvers say, with a resolver that says what a test wants.

mod messages;
mod resolvers;
mod rounds;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use fargate_egress::sources::dns::{Asked, Asking, Reason, ask};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::RecordType::{A, AAAA};
use jiff::civil::date;

use crate::dns_server::{DnsServer, Says, address, alias};

const HOST: &str = "api.ecr.eu-west-1.amazonaws.com";
/// Longer than anything here takes, on however busy a machine.
const DEADLINE: Duration = Duration::from_secs(30);

/// One round, no pause and time enough.
fn asking(resolvers: &[SocketAddr]) -> Asking<'_> {
    let today = date(2026, 1, 31);
    Asking { resolvers, rounds: 1, spread: Duration::ZERO, deadline: DEADLINE, ipv6: false, today }
}

fn hosts(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn run(names: &[&str], asking: &Asking<'_>) -> Asked {
    ask(&hosts(names), asking, &|_, _| ()).unwrap()
}

/// Asks one server once for [`HOST`].
fn run_once(server: &DnsServer) -> Asked {
    run(&[HOST], &asking(&[server.address()]))
}

/// Asserts that there is one answer, and gives its addresses.
fn addresses(asked: &Asked) -> Vec<String> {
    assert!(asked.failures.is_empty(), "{asked:?}");
    assert_eq!(asked.answers.len(), 1, "{asked:?}");
    asked.answers[0].addresses.iter().map(ToString::to_string).collect()
}

/// Asserts that there is one failure, and gives why.
fn reason(asked: &Asked) -> Reason {
    assert!(asked.answers.is_empty(), "{asked:?}");
    assert_eq!(asked.failures.len(), 1, "{asked:?}");
    asked.failures[0].reason.clone()
}

/// Says this address for [`HOST`].
fn says(text: &str, ttl: u32) -> Says {
    Says::Records(vec![address(HOST, text, ttl)])
}

#[test]
fn aliases_are_kept_in_the_order_they_are_followed() {
    // Out of order, in capitals, with records that belong to other names.
    let records = vec![
        address("third.example", "192.0.2.1", 60),
        alias("second.example", "THIRD.example", 60),
        address("stranger.example", "192.0.2.66", 60),
        alias("API.ECR.eu-west-1.amazonaws.com", "First.example", 60),
        address("third.example", "192.0.2.2", 60),
        alias("first.example", "second.example", 60),
        address(HOST, "192.0.2.67", 60),
        address("third.example", "2001:db8::1", 60),
    ];
    let server = DnsServer::new([(HOST, A, vec![Says::Records(records)])]);
    let asked = run(&["API.ecr.eu-west-1.amazonaws.com."], &asking(&[server.address()]));
    assert_eq!(addresses(&asked), ["192.0.2.1", "192.0.2.2"]);
    let answer = &asked.answers[0];
    assert_eq!(answer.host, HOST);
    assert_eq!(answer.cnames, ["first.example", "second.example", "third.example"]);
    assert_eq!(answer.seen, Some(date(2026, 1, 31).into()));
    assert_eq!(answer.seen_by, server.address().to_string());
}

#[test]
fn aliases_are_followed_where_the_resolver_does_not() {
    let server = DnsServer::new([
        (HOST, A, vec![Says::Records(vec![alias(HOST, "first.example", 60)])]),
        (
            "first.example",
            A,
            vec![Says::Records(vec![
                alias("first.example", "second.example", 60),
                alias("second.example", "third.example", 60),
            ])],
        ),
        ("third.example", A, vec![Says::Records(vec![address("third.example", "192.0.2.1", 60)])]),
    ]);
    let asked = run_once(&server);
    assert_eq!(addresses(&asked), ["192.0.2.1"]);
    assert_eq!(asked.answers[0].cnames, ["first.example", "second.example", "third.example"]);
}

#[test]
fn failures_say_why() {
    let code = |code| vec![Says::Code(code, Vec::new())];
    let leads_nowhere =
        Says::Code(ResponseCode::NXDomain, vec![alias("nowhere.example", "gone.example", 60)]);
    let without = vec![Says::Records(vec![alias("without.example", "empty.example", 60)])];
    let server = DnsServer::new([
        ("servfail.example", A, code(ResponseCode::ServFail)),
        ("refused.example", A, code(ResponseCode::Refused)),
        ("notimp.example", A, code(ResponseCode::NotImp)),
        ("nowhere.example", A, vec![leads_nowhere]),
        ("empty.example", A, vec![Says::Records(Vec::new())]),
        ("without.example", A, without),
        ("rubbish.example", A, vec![Says::Bytes(b"\xff\xff\0\x01\0\x02\0\0\0\0\xc0".to_vec())]),
        (
            "another.example.com",
            A,
            vec![Says::AnotherQuestion(vec![address("another.example.com", "192.0.2.1", 60)])],
        ),
    ]);
    let too_long = "a".repeat(64);
    let asked = run(
        &[
            "servfail.example",
            "refused.example",
            "notimp.example",
            "nosuch.example",
            "nowhere.example",
            "empty.example",
            "without.example",
            "rubbish.example",
            "another.example.com",
            "",
            "two..dots",
            &too_long,
        ],
        &asking(&[server.address()]),
    );
    assert!(asked.answers.is_empty(), "{asked:?}");
    let reasons: Vec<&Reason> = asked.failures.iter().map(|failure| &failure.reason).collect();
    let [.., rubbish, another, _, _, _] = reasons[..] else { panic!("{reasons:?}") };
    assert_eq!(
        reasons[..7],
        [
            &Reason::ServerFailure,
            &Reason::Refused,
            &Reason::OtherCode(4),
            &Reason::NoSuchName,
            &Reason::NoSuchName,
            &Reason::NoAddress,
            &Reason::NoAddress,
        ]
    );
    assert!(matches!(rubbish, Reason::Malformed(_)), "{rubbish:?}");
    assert!(matches!(another, Reason::Malformed(_)), "{another:?}");
    assert_eq!(reasons[9..], [&Reason::NotAName; 3]);
    assert_eq!(asked.failures[0].host, "servfail.example");
    assert_eq!(asked.failures[0].resolver, server.address().to_string());
    for reason in reasons {
        let text = reason.to_string();
        assert!(!text.starts_with(char::is_uppercase) && !text.ends_with('.'), "{text}");
    }
    // What was said is taken as said; a failure is tried once more, without EDNS.
    let edns = |name: &str| {
        let tries = server.heard().into_iter().filter(|heard| heard.name == name);
        tries.map(|heard| heard.edns).collect::<BTreeSet<_>>()
    };
    assert_eq!(edns("nosuch.example"), BTreeSet::from([true]));
    assert_eq!(edns("notimp.example"), BTreeSet::from([true, false]));
    assert_eq!(server.count("gone.example"), 0);
}

#[test]
fn aliases_in_a_circle_and_too_many_of_them_end() {
    let mut script = vec![
        (
            "circle.example".to_owned(),
            vec![
                alias("circle.example", "b.example", 60),
                alias("b.example", "circle.example", 60),
            ],
        ),
        ("itself.example".to_owned(), vec![alias("itself.example", "itself.example", 60)]),
        ("far.example".to_owned(), vec![alias("far.example", "away.example", 60)]),
        ("away.example".to_owned(), vec![alias("away.example", "far.example", 60)]),
    ];
    let chain = |first: &str, length: usize| {
        let name = |n| if n == 0 { first.to_owned() } else { format!("{first}.{n}.example") };
        let mut records: Vec<_> = (0..length).map(|n| alias(&name(n), &name(n + 1), 60)).collect();
        records.push(address(&name(length), "192.0.2.1", 60));
        (first.to_owned(), records)
    };
    script.extend([chain("sixteen.example", 16), chain("seventeen.example", 17)]);
    let server = DnsServer::new(
        script.iter().map(|(name, records)| (&name[..], A, vec![Says::Records(records.clone())])),
    );
    let asked = run(
        &[
            "circle.example",
            "itself.example",
            "far.example",
            "sixteen.example",
            "seventeen.example",
        ],
        &asking(&[server.address()]),
    );
    assert_eq!(asked.answers.len(), 1);
    assert_eq!(asked.answers[0].host, "sixteen.example");
    assert_eq!(asked.answers[0].cnames.len(), 16);
    assert_eq!(asked.failures.len(), 4);
    assert!(asked.failures.iter().all(|failure| failure.reason == Reason::TooManyAliases));
    // Found out from what was said, not by asking on and on.
    assert_eq!(server.count("b.example"), 0);
    assert!(server.count("far.example") + server.count("away.example") < 12);
}

#[test]
fn ipv6_is_asked_for_where_it_is_wanted() {
    let six = |name| Says::Records(vec![address(name, "2001:db8::1", 0)]);
    let server = DnsServer::new([
        (HOST, A, vec![says("192.0.2.1", 0)]),
        (HOST, AAAA, vec![six(HOST)]),
        ("six.example", A, vec![Says::Records(Vec::new())]),
        ("six.example", AAAA, vec![six("six.example")]),
        ("neither.example", A, vec![Says::Records(Vec::new())]),
        ("neither.example", AAAA, vec![Says::Code(ResponseCode::ServFail, Vec::new())]),
    ]);
    let resolvers = [server.address()];
    assert_eq!(addresses(&run_once(&server)), ["192.0.2.1"]);
    assert_eq!(reason(&run(&["six.example"], &asking(&resolvers))), Reason::NoAddress);
    assert!(server.heard().iter().all(|heard| heard.kind == A));

    let both = Asking { ipv6: true, ..asking(&resolvers) };
    assert_eq!(addresses(&run(&[HOST], &both)), ["192.0.2.1", "2001:db8::1"]);
    assert_eq!(addresses(&run(&["six.example"], &both)), ["2001:db8::1"]);
    assert_eq!(reason(&run(&["neither.example"], &both)), Reason::ServerFailure);
    assert_eq!(reason(&run(&["nosuch.example"], &both)), Reason::NoSuchName);
}
