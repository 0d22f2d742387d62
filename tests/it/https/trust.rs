//! Whom a fetch over HTTPS trusts, and what it takes from the environment.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::thread;

use fargate_egress::sources::https::{FetchError, Fetched, Fetching, fetch};

use super::server::{Authority, Server, authority, proxy, reply};
use crate::support::Folder;

fn error(server: &Server, extra_roots: &str) -> FetchError {
    let url = server.url("/file");
    fetch(&Fetching { extra_roots: extra_roots.as_bytes(), ..Fetching::new(&url) }).unwrap_err()
}

#[test]
fn a_certificate_that_does_not_hold_is_said_so_and_not_tried_again() {
    let mut expired = Authority::certificate_for(&["127.0.0.1"]);
    expired.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let mut future = Authority::certificate_for(&["127.0.0.1"]);
    future.not_before = rcgen::date_time_ymd(4000, 1, 1);
    let cases = [
        (Authority::certificate_for(&["elsewhere.example"]), "it is for elsewhere.example"),
        (
            Authority::certificate_for(&["a", "*.b.c", "127.0.0.2", "d", "e"]),
            "it is for a, *.b.c, 127.0.0.2 and 2 more",
        ),
        (expired, "it has expired"),
        (future, "it is not valid yet"),
    ];
    for (certificate, reason) in cases {
        let server = Server::with(authority(), &certificate, |_| reply("200 OK", "secret"));
        let said = error(&server, &authority().pem).to_string();
        let host = format!("127.0.0.1:{}", server.port());
        assert_eq!(said, format!("the certificate of `{host}` is not trusted: {reason}"));
        assert_eq!((server.connections(), server.requests().len()), (1, 0));
    }
}

#[test]
fn an_authority_that_nobody_named_is_not_trusted() {
    let server = Server::new(|_| reply("200 OK", "secret"));
    for extra_roots in ["", &Authority::new().pem] {
        let error = error(&server, extra_roots);
        assert!(matches!(error, FetchError::Certificate { .. }), "{error:?}");
        let host = format!("127.0.0.1:{}", server.port());
        let reason = "no root that is trusted here has issued it";
        assert_eq!(
            error.to_string(),
            format!("the certificate of `{host}` is not trusted: {reason}")
        );
    }
    assert_eq!((server.connections(), server.requests().len()), (2, 0));
}

#[test]
fn extra_roots_have_to_be_certificates() {
    let server = Server::new(|_| reply("200 OK", ""));
    let half = &authority().pem[..200];
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let mixed = format!("{}{no_certificate}", authority().pem);
    for extra_roots in ["no certificate", half, no_certificate, &mixed] {
        let error = error(&server, extra_roots);
        assert!(matches!(error, FetchError::ExtraRoots { .. }), "{extra_roots}: {error:?}");
    }
    assert_eq!(server.connections(), 0);
    // Several, with words between them, as authorities publish them.
    let several = format!("mine\n{}theirs\n{}", Authority::new().pem, authority().pem);
    let url = server.url("/file");
    fetch(&Fetching { extra_roots: several.as_bytes(), ..Fetching::new(&url) }).unwrap();
}

#[test]
fn a_server_without_tls_is_said_so() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let clients = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        client.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        let _ = client.read_to_end(&mut Vec::new());
    });
    let error = fetch(&Fetching::new(&format!("https://{address}/file"))).unwrap_err();
    assert!(matches!(error, FetchError::Tls { .. }), "{error:?}");
    assert!(error.to_string().starts_with(&format!("no TLS with `{address}`: ")), "{error}");
    clients.join().unwrap();
}

/// Fetches in a process of its own, since the environment is the process's; what came, or the
/// error.
fn fetch_with(url: &str, environment: &[(&str, &str)]) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "https::trust::the_environment_names_the_proxy", "--nocapture"])
        .env_clear()
        .env("TEST_URL", url)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let line = stdout.lines().find_map(|line| line.split_once("fetched: "));
    line.unwrap_or_else(|| panic!("{stdout}")).1.to_owned()
}

/// In the process that [`fetch_with`] starts, fetches and prints; elsewhere it does nothing.
fn is_the_process_that_fetches() -> bool {
    let Ok(url) = std::env::var("TEST_URL") else { return false };
    let fetched = match fetch(&Fetching::new(&url)) {
        Ok(Fetched::New { body, .. }) => String::from_utf8(body).unwrap(),
        Ok(Fetched::Unchanged) => "unchanged".to_owned(),
        Err(error) => error.to_string(),
    };
    println!("fetched: {fetched}");
    true
}

#[test]
fn the_environment_names_the_proxy() {
    if is_the_process_that_fetches() {
        return;
    }
    let folder = Folder::new();
    folder.write("ca.pem", &authority().pem);
    let roots = folder.path().join("ca.pem");
    let trust = ("SSL_CERT_FILE", roots.to_str().unwrap());
    let server = Server::new(|_| reply("200 OK", "through"));
    let url = format!("https://localhost:{}/file", server.port());
    let (address, asked) = proxy();
    let proxy = format!("http://{address}");
    let proxied = ("HTTPS_PROXY", proxy.as_str());
    assert_eq!(fetch_with(&url, &[trust, proxied]), "through");
    let connect = format!("CONNECT localhost:{} HTTP/1.1", server.port());
    assert_eq!(asked.try_iter().collect::<Vec<_>>(), [connect]);
    assert_eq!(fetch_with(&url, &[trust, proxied, ("NO_PROXY", "localhost")]), "through");
    assert_eq!(asked.try_iter().count(), 0);
}

#[test]
fn the_environment_names_the_platforms_roots() {
    let server = Server::new(|_| reply("200 OK", "trusted"));
    let url = server.url("/file");
    let folder = Folder::new();
    folder.write("ca.pem", &authority().pem);
    let named = |name: &str| {
        let path = folder.path().join(name);
        fetch_with(&url, &[("SSL_CERT_FILE", path.to_str().unwrap())])
    };
    assert_eq!(named("ca.pem"), "trusted");
    // Named and not there: nobody else is trusted in their place.
    let said = named("missing.pem");
    assert!(said.starts_with("the certificates that this machine trusts cannot be read: "));
    assert!(said.contains("missing.pem"), "{said}");
    // A folder without any: Mozilla's, which have not issued it.
    let none = folder.path().join("none");
    std::fs::create_dir(&none).unwrap();
    let said = fetch_with(&url, &[("SSL_CERT_DIR", none.to_str().unwrap())]);
    assert!(said.contains("is not trusted: no root"), "{said}");
}
