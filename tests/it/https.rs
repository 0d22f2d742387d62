//! Fetching over HTTPS, from a real TLS server on loopback.

mod body;
pub(crate) mod server;
mod trust;

use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use fargate_egress::sources::https::{Cached, FetchError, Fetched, Fetching, MOST_TRIES, fetch};

use self::server::{Reply, Server, Then, authority, begin, reply};

/// Longer than any of this takes where nothing goes wrong, on a machine that is busy.
const LONG: Duration = Duration::from_secs(15);

/// Trusts the test's authority, at most 1 MiB, hardly any backoff.
fn patient(url: &str) -> Fetching<'_> {
    Fetching {
        deadline: LONG,
        most_bytes: 1 << 20,
        extra_roots: authority().pem.as_bytes(),
        backoff: Duration::from_millis(1),
        ..Fetching::new(url)
    }
}

/// Fetches `/file`.
fn ask(server: &Server) -> Result<Fetched, FetchError> {
    fetch(&patient(&server.url("/file")))
}

fn body(fetched: Result<Fetched, FetchError>) -> String {
    match fetched.unwrap() {
        Fetched::New { body, .. } => String::from_utf8(body).unwrap(),
        Fetched::Unchanged => panic!("unchanged"),
    }
}

#[test]
fn a_file_comes_with_what_the_server_says_of_it() {
    let server = Server::new(|_| {
        reply("200 OK\nETag: \"a1\"\nLast-Modified: Sat, 22 Aug 2026 10:00:00 GMT", "prefixes")
    });
    assert_eq!(
        ask(&server).unwrap(),
        Fetched::New {
            body: b"prefixes".to_vec(),
            etag: Some("\"a1\"".to_owned()),
            last_modified: Some("Sat, 22 Aug 2026 10:00:00 GMT".to_owned()),
        }
    );
    let [request] = &server.requests()[..] else { panic!("one request") };
    assert_eq!(request.path, "/file");
    let agent = concat!("fargate-egress/", env!("CARGO_PKG_VERSION"));
    assert_eq!(request.header("user-agent"), Some(agent));
    assert_eq!(request.header("accept-encoding"), Some("gzip"));
    assert_eq!(request.header("if-none-match"), None);
    assert_eq!(request.header("if-modified-since"), None);
}

#[test]
fn what_is_kept_is_asked_about() {
    let server = Server::new(|request| match request.header("if-none-match") {
        Some("\"a1\"") => reply("304 Not Modified\nETag: \"a1\"", ""),
        _ => reply("200 OK\nETag: \"a2\"", "newer"),
    });
    let url = server.url("/file");
    let date = "Sat, 22 Aug 2026 10:00:00 GMT".to_owned();
    let current = Cached { etag: Some("\"a1\"".to_owned()), last_modified: Some(date.clone()) };
    let asked = fetch(&Fetching { cached: Some(&current), ..patient(&url) });
    assert_eq!(asked.unwrap(), Fetched::Unchanged);
    assert_eq!(server.requests()[0].header("if-modified-since"), Some(date.as_str()));

    let older = Cached { etag: Some("\"a0\"".to_owned()), last_modified: None };
    assert_eq!(body(fetch(&Fetching { cached: Some(&older), ..patient(&url) })), "newer");
    assert_eq!(server.requests()[1].header("if-modified-since"), None);
}

#[test]
fn not_modified_is_no_answer_to_an_unconditional_request() {
    let server = Server::new(|_| reply("304 Not Modified", ""));
    let url = server.url("/file");
    // What cannot stand in a header is not sent, so there is no condition in it either.
    let unusable = Cached { etag: Some("\"a\r\nb\"".to_owned()), last_modified: None };
    for cached in [None, Some(&Cached::default()), Some(&unusable)] {
        let error = fetch(&Fetching { cached, ..patient(&url) }).unwrap_err();
        assert!(matches!(error, FetchError::NotModified { .. }), "{error}");
    }
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn other_statuses_are_errors_and_final() {
    for status in ["203 Non-Authoritative Information", "204 No Content", "206 Partial Content"]
        .into_iter()
        .chain(["302 Found", "400 Bad Request", "403 Forbidden", "404 Not Found", "451 "])
    {
        let server = Server::new(move |_| reply(status, ""));
        let error = ask(&server).unwrap_err();
        let code = status[..3].parse::<u16>().unwrap();
        assert!(
            matches!(error, FetchError::Status { status, tries: 1, .. } if status == code),
            "{error}"
        );
        assert_eq!(server.requests().len(), 1, "{status}");
    }
    let server = Server::new(|_| reply("404 Not Found", "no such file"));
    let said = ask(&server).unwrap_err().to_string();
    assert_eq!(said, format!("`127.0.0.1:{}` answered 404 Not Found", server.port()));
}

#[test]
fn throttling_is_waited_out_as_long_as_the_server_asks() {
    let server = Server::new(|request| match request.number {
        1 => reply("429 Too Many Requests\nRetry-After: 1", ""),
        _ => reply("200 OK", "at last"),
    });
    let started = Instant::now();
    assert_eq!(body(ask(&server)), "at last");
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_date_to_come_back_at_is_read_by_the_servers_clock() {
    let server = Server::new(|request| match request.number {
        1 => reply(
            "503 Service Unavailable\nDate: Sun, 06 Nov 2044 08:49:37 GMT\n\
             Retry-After: Sun, 06 Nov 2044 08:49:38 GMT",
            "",
        ),
        _ => reply("200 OK", "back"),
    });
    let started = Instant::now();
    assert_eq!(body(ask(&server)), "back");
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[test]
fn a_wait_beyond_the_deadline_is_not_begun() {
    let server = Server::new(|_| reply("429 Too Many Requests\nRetry-After: 3600", ""));
    let started = Instant::now();
    let error = ask(&server).unwrap_err();
    assert!(started.elapsed() < LONG);
    assert_eq!(server.requests().len(), 1);
    let host = format!("127.0.0.1:{}", server.port());
    assert_eq!(
        error.to_string(),
        format!("`{host}` answered 429 Too Many Requests, and asks to wait 3600s")
    );
}

#[test]
fn a_failing_server_is_asked_again() {
    let server = Server::new(|request| match request.number {
        1 => reply("503 Service Unavailable", ""),
        2 => reply("500 Internal Server Error", ""),
        3 => Reply(Vec::new(), Then::Close),
        4 => Reply(b"HTTP/1.1 20".to_vec(), Then::Cut),
        _ => reply("200 OK", "well again"),
    });
    assert_eq!(body(ask(&server)), "well again");
    assert_eq!(server.requests().len(), 5);
}

#[test]
fn a_server_that_never_recovers_is_left_alone() {
    let server = Server::new(|_| reply("503 Service Unavailable", ""));
    let error = ask(&server).unwrap_err();
    assert_eq!(server.requests().len(), MOST_TRIES as usize);
    let host = format!("127.0.0.1:{}", server.port());
    let said = format!("`{host}` answered 503 Service Unavailable, tried 5 times");
    assert_eq!(error.to_string(), said);
}

#[test]
fn a_port_where_nobody_listens_is_tried_again() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("https://user:secret@127.0.0.1:{port}/file");
    let error = fetch(&patient(&url)).unwrap_err();
    assert!(matches!(error, FetchError::Connection { tries: MOST_TRIES, .. }), "{error:?}");
    let said = error.to_string();
    assert!(said.starts_with(&format!("no answer from `127.0.0.1:{port}`, tried 5 times: ")));
    assert!(said.contains("refused"), "{said}");
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
}

#[test]
fn the_deadline_holds() {
    let started = Instant::now();
    // One byte after the other, no answer, half an answer, and no TLS.
    let dripping = Server::new(|_| {
        Reply(begin("200 OK"), Then::Repeat(b"x".to_vec(), Duration::from_millis(20)))
    });
    let silent = Server::new(|_| Reply(Vec::new(), Then::Silence));
    let half = Server::new(|_| Reply(begin("200 OK\nContent-Length: 9"), Then::Silence));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let deaf = format!("https://{}/file", listener.local_addr().unwrap());
    thread::scope(|scope| {
        for url in [dripping.url("/file"), silent.url("/file"), half.url("/file"), deaf] {
            scope.spawn(move || {
                let deadline = Duration::from_millis(1200);
                let error = fetch(&Fetching { deadline, ..patient(&url) }).unwrap_err();
                assert!(matches!(error, FetchError::Timeout { .. }), "{error:?}");
                assert!(error.to_string().contains(" within 1.2s"), "{error}");
            });
        }
    });
    assert!(started.elapsed() < LONG);
    assert!(dripping.left_behind() > 0);
}

#[test]
fn a_server_that_falls_silent_is_asked_again() {
    for silence in [Vec::new(), begin("200 OK\nContent-Length: 9")] {
        let server = Server::new(move |request| match request.number {
            1 => Reply(silence.clone(), Then::Silence),
            _ => reply("200 OK", "awake"),
        });
        let url = server.url("/file");
        let fetched = fetch(&Fetching { deadline: Duration::from_secs(3), ..patient(&url) });
        assert_eq!(body(fetched), "awake");
    }
}

#[test]
fn no_time_is_no_try() {
    let server = Server::new(|_| reply("200 OK", ""));
    let url = server.url("/file");
    let error = fetch(&Fetching { deadline: Duration::ZERO, ..patient(&url) }).unwrap_err();
    assert!(matches!(error, FetchError::Timeout { .. }), "{error:?}");
    assert_eq!(server.connections(), 0);
    let fetched = fetch(&Fetching { deadline: Duration::MAX, ..patient(&url) });
    assert_eq!(body(fetched), "");
}

#[test]
fn redirects_stay_on_the_host() {
    let server = Server::new(|request| match request.path.as_str() {
        "/file" => reply("302 Found\nLocation: /moved", ""),
        "/moved" => reply("200 OK", "found"),
        "/circle" => reply("307 Temporary Redirect\nLocation: /circle", ""),
        "/http" => reply("301 Moved Permanently\nLocation: http://127.0.0.1/file", ""),
        _ => reply("301 Moved Permanently\nLocation: https://elsewhere.example/a?token=1", ""),
    });
    let ask = |path| fetch(&patient(&server.url(path)));
    assert_eq!(body(ask("/file")), "found");
    assert_eq!(server.requests().len(), 2);
    assert_eq!(server.requests()[1].header("referer"), None);
    let error = ask("/circle").unwrap_err();
    assert!(matches!(error, FetchError::TooManyRedirects { .. }), "{error:?}");
    assert_eq!(server.requests().len(), 2 + 4);
    for (path, to) in [("/http", "http://127.0.0.1"), ("/away", "https://elsewhere.example")] {
        let said = ask(path).unwrap_err().to_string();
        let host = format!("127.0.0.1:{}", server.port());
        let expected = format!("`{host}` redirects to `{to}`, which is not https on the same host");
        assert_eq!(said, expected);
    }
    assert_eq!(server.requests().len(), 2 + 4 + 2);
}

#[test]
fn only_https_is_fetched() {
    let said = |url| fetch(&Fetching::new(url)).unwrap_err().to_string();
    let http = said("http://user:secret@ip-ranges.amazonaws.com/ip-ranges.json");
    assert_eq!(http, "`http://ip-ranges.amazonaws.com` is not https, and nothing else is fetched");
    assert!(said("file:///etc/passwd").contains("is not https"));
    assert!(said("ip-ranges.json").starts_with("`ip-ranges.json` is not a URL: "));
}
