//! A TLS server on loopback that answers as a test says, with a certificate authority of its own.

use std::io::{self, BufRead as _, BufReader, Read as _, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// After so long a server gives a client up. No test gets there.
const GIVE_UP: Duration = Duration::from_secs(20);

/// A certificate authority that no machine trusts by itself.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
}

/// The authority of every server that is to be trusted.
pub(crate) fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(Authority::new)
}

impl Authority {
    pub(crate) fn new() -> Authority {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("authority {}", NUMBER.fetch_add(1, Ordering::SeqCst));
        let mut params = CertificateParams::default();
        // Whoever has issued a certificate is looked up by name.
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    /// What a certificate says, before it is issued.
    pub(crate) fn certificate_for(names: &[&str]) -> CertificateParams {
        CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())
            .unwrap()
    }

    fn issue(&self, certificate: &CertificateParams) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let certificate = certificate.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap()
    }
}

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Counted from 1 over all connections.
    pub(crate) number: usize,
    pub(crate) path: String,
    headers: Vec<(String, String)>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// An answer: bytes, and what follows them.
pub(crate) struct Reply(pub(crate) Vec<u8>, pub(crate) Then);

pub(crate) enum Then {
    /// TLS is ended as it should be.
    Close,
    /// The connection is gone, as if a cable were cut.
    Cut,
    /// These bytes, again and again with a pause, until the client goes away.
    Repeat(Vec<u8>, Duration),
    /// Nothing, until the client goes away.
    Silence,
}

/// A whole answer: `head` is the status line and any headers, one a line.
pub(crate) fn reply(head: &str, body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let mut bytes = begin(&format!("{head}\nContent-Length: {}", body.len()));
    bytes.extend_from_slice(body);
    Reply(bytes, Then::Close)
}

/// The head of an answer without a length.
pub(crate) fn begin(head: &str) -> Vec<u8> {
    format!("HTTP/1.1 {}\r\nConnection: close\r\n\r\n", head.replace('\n', "\r\n")).into_bytes()
}

type Script = dyn Fn(&Request) -> Reply + Send + Sync;

/// What the connections of a server share.
struct Shared {
    tls: Arc<ServerConfig>,
    script: Box<Script>,
    requests: Mutex<Vec<Request>>,
    connections: Mutex<usize>,
    /// How many bytes went to clients that went away first.
    left_behind: Mutex<Vec<u64>>,
    stopped: AtomicBool,
}

/// A server that runs until it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Server {
    /// A server for 127.0.0.1 and localhost that is to be trusted.
    pub(crate) fn new(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
        let certificate = Authority::certificate_for(&["127.0.0.1", "localhost"]);
        Server::with(authority(), &certificate, script)
    }

    pub(crate) fn with(
        authority: &Authority,
        certificate: &CertificateParams,
        script: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Server {
        let set = |names: [&str; 2]| names.into_iter().find_map(|name| std::env::var(name).ok());
        let proxied = set(["HTTPS_PROXY", "https_proxy"]).or(set(["ALL_PROXY", "all_proxy"]));
        let exempt = set(["NO_PROXY", "no_proxy"]).unwrap_or_default();
        assert!(
            proxied.is_none_or(|proxy| proxy.is_empty()) || exempt.contains("127.0.0.1"),
            "where a proxy is set, NO_PROXY has to name 127.0.0.1 for the tests"
        );
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            tls: Arc::new(authority.issue(certificate)),
            script: Box::new(script),
            requests: Mutex::default(),
            connections: Mutex::default(),
            left_behind: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                if accepting.stopped.load(Ordering::SeqCst) {
                    break;
                }
                let shared = Arc::clone(&accepting);
                *shared.connections.lock().unwrap() += 1;
                // A client that goes away is part of what is tested.
                thread::spawn(move || client.and_then(|client| serve(client, &shared)));
            }
        });
        Server { address, shared }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// How many connections there were so far, with and without a request.
    pub(crate) fn connections(&self) -> usize {
        *self.shared.connections.lock().unwrap()
    }

    /// Waits until a client has gone away before the end of what is repeated; how many bytes were
    /// written to it.
    pub(crate) fn left_behind(&self) -> u64 {
        for _ in 0..GIVE_UP.as_millis() / 10 {
            if let Some(&bytes) = self.shared.left_behind.lock().unwrap().first() {
                return bytes;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("no client went away");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(client: TcpStream, shared: &Shared) -> io::Result<()> {
    client.set_read_timeout(Some(GIVE_UP))?;
    client.set_write_timeout(Some(GIVE_UP))?;
    let tls = ServerConnection::new(Arc::clone(&shared.tls)).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(tls, client);
    let request = read(&mut stream, shared)?;
    let Reply(bytes, then) = (shared.script)(&request);
    stream.write_all(&bytes)?;
    stream.flush()?;
    match then {
        Then::Close => {
            stream.conn.send_close_notify();
            stream.flush()?;
            stream.sock.shutdown(Shutdown::Write)?;
            io::copy(&mut stream.sock, &mut io::sink())?;
        }
        Then::Cut => stream.sock.shutdown(Shutdown::Both)?,
        Then::Repeat(bytes, pause) => {
            let mut written = 0;
            while stream.write_all(&bytes).and_then(|()| stream.flush()).is_ok() {
                written += bytes.len() as u64;
                thread::sleep(pause);
            }
            shared.left_behind.lock().unwrap().push(written);
        }
        Then::Silence => {
            let _ = stream.read(&mut [0]);
        }
    }
    Ok(())
}

/// The lines of a head; who sends it waits for an answer before anything follows it.
fn head(stream: impl io::Read) -> io::Result<Vec<String>> {
    let lines = BufReader::new(stream).lines();
    lines.take_while(|line| line.as_ref().map_or(true, |line| !line.is_empty())).collect()
}

fn read(
    stream: &mut StreamOwned<ServerConnection, TcpStream>,
    shared: &Shared,
) -> io::Result<Request> {
    let lines = head(stream)?;
    let mut requests = shared.requests.lock().unwrap();
    let path = lines.first().and_then(|line| line.split(' ').nth(1));
    let request = Request {
        number: requests.len() + 1,
        path: path.ok_or(io::ErrorKind::UnexpectedEof)?.to_owned(),
        headers: lines[1..]
            .iter()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    };
    requests.push(request.clone());
    Ok(request)
}

/// A proxy on loopback that connects to any port of this machine; what it was asked for is sent to
/// the channel.
pub(crate) fn proxy() -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (asked, receiver) = mpsc::channel();
    thread::spawn(move || {
        for client in listener.incoming() {
            let asked = asked.clone();
            thread::spawn(move || tunnel(client?, &asked));
        }
    });
    (address, receiver)
}

fn tunnel(client: TcpStream, asked: &Sender<String>) -> io::Result<()> {
    let line = head(&client)?.into_iter().next().unwrap_or_default();
    let port = line.split([':', ' ']).nth(2).and_then(|port| port.parse::<u16>().ok());
    let _ = asked.send(line);
    let server = TcpStream::connect(("127.0.0.1", port.ok_or(io::ErrorKind::InvalidInput)?))?;
    (&client).write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || io::copy(&mut from, &mut to));
    io::copy(&mut &client, &mut &server)?;
    server.shutdown(Shutdown::Write)
}
