//! Bodies that are cut, endless or packed.

use std::io::Write as _;
use std::time::Duration;

use fargate_egress::sources::https::{FetchError, Fetching, MOST_TRIES, fetch};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::server::{Reply, Server, Then, begin, reply};
use super::{ask, body, patient};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_body_that_breaks_off_is_never_a_body() {
    let gzipped = gzip(b"a text that is long enough to be cut in the middle of it");
    let chunked = "200 OK\nTransfer-Encoding: chunked";
    let broken = [
        ([&begin("200 OK\nContent-Length: 99")[..], b"short"].concat(), Then::Close),
        ([&begin(chunked)[..], b"5\r\nshort\r\n"].concat(), Then::Close),
        ([&begin(chunked)[..], b"99\r\nshort"].concat(), Then::Close),
        // Without a length only TLS can tell that this is not the end.
        ([&begin("200 OK")[..], b"short"].concat(), Then::Cut),
        (reply("200 OK\nContent-Encoding: gzip", &gzipped[..30]).0, Then::Close),
        (reply("200 OK\nContent-Encoding: gzip", "no gzip").0, Then::Close),
    ];
    for (bytes, then) in broken {
        let cut = matches!(then, Then::Cut);
        let said = String::from_utf8_lossy(&bytes).into_owned();
        let server = Server::new(move |request| {
            let then = if cut { Then::Cut } else { Then::Close };
            // Once more well, to see that it was asked again.
            if request.path == "/mends" && request.number > 1 {
                return reply("200 OK", "whole");
            }
            Reply(bytes.clone(), then)
        });
        assert_eq!(body(fetch(&patient(&server.url("/mends")))), "whole", "{said}");
        let error = ask(&server).unwrap_err();
        assert!(matches!(error, FetchError::Broken { tries: MOST_TRIES, .. }), "{said}: {error:?}");
    }
}

#[test]
fn a_body_without_an_end_is_refused_at_the_limit() {
    let server =
        Server::new(|_| Reply(begin("200 OK"), Then::Repeat(vec![b'x'; 1 << 16], Duration::ZERO)));
    let error = ask(&server).unwrap_err();
    let host = format!("127.0.0.1:{}", server.port());
    let said = format!("the answer of `{host}` is larger than 1048576 bytes");
    assert_eq!(error.to_string(), said);
    // The limit, and what fits into the buffers of two sockets.
    assert!(server.left_behind() < 64 << 20);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn the_limit_is_exact_and_a_length_above_it_is_believed() {
    let server = Server::new(|request| match request.path.as_str() {
        "/length" => Reply(begin("200 OK\nContent-Length: 1000000000"), Then::Silence),
        path => reply("200 OK", "x".repeat(path[1..].parse().unwrap())),
    });
    let limited = |path| fetch(&Fetching { most_bytes: 1000, ..patient(&server.url(path)) });
    assert_eq!(body(limited("/1000")).len(), 1000);
    for path in ["/1001", "/length"] {
        let error = limited(path).unwrap_err();
        assert!(matches!(error, FetchError::TooLarge { most_bytes: 1000, .. }), "{error:?}");
    }
}

#[test]
fn gzip_is_unpacked_and_its_bombs_are_not() {
    let text = "prefixes ".repeat(10_000);
    let packed = gzip(text.as_bytes());
    // Without an end: the second half a megabyte of zeros can be had again and again.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let mut more = || {
        encoder.write_all(&[0; 1 << 19]).unwrap();
        encoder.flush().unwrap();
        std::mem::take(encoder.get_mut())
    };
    let (begun, again) = (more(), more());
    assert!(again.len() < 1000);
    let server = Server::new(move |request| match request.path.as_str() {
        "/file" => reply("200 OK\nContent-Encoding: gzip\nETag: \"g\"", &packed),
        _ => Reply(
            [begin("200 OK\nContent-Encoding: gzip"), begun.clone()].concat(),
            Then::Repeat(again.clone(), Duration::ZERO),
        ),
    });
    assert!(body(ask(&server)) == text);
    let error = fetch(&patient(&server.url("/bomb"))).unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { most_bytes: 1_048_576, .. }), "{error:?}");
    assert!(server.left_behind() < 64 << 20);
}

#[test]
fn other_encodings_are_not_taken_for_the_body() {
    let server = Server::new(|request| {
        let encoding = &request.path[1..];
        reply(&format!("200 OK\nContent-Encoding: {encoding}"), "not what it is")
    });
    let error = fetch(&patient(&server.url("/br"))).unwrap_err();
    assert!(matches!(&error, FetchError::Encoding { encoding, .. } if encoding == "br"), "{error}");
    assert_eq!(body(fetch(&patient(&server.url("/identity")))), "not what it is");
}
