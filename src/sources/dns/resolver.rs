//! One resolver: the servers it stands for, and one question to it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hickory_resolver::config::{NameServerConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::xfer::{DnsHandle as _, FirstAnswer as _};
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::ProtoError;
use hickory_resolver::proto::op::{DnsRequestOptions, DnsResponse, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RecordType};
use hickory_resolver::proto::serialize::binary::DecodeError;
use hickory_resolver::{NameServerPool, PoolContext, TlsConfig};
use tokio::time::timeout;

use super::{Reason, SetupError};
use crate::sources::printable;

/// How often each server is asked one question.
const TRIES: u32 = 2;
/// The longest that one try takes, with UDP sent anew after a third of a second, then later and
/// later, and TCP where the answer does not fit.
const LONGEST_TRY: Duration = Duration::from_secs(3);
/// Where resolvers listen (RFC 1035, section 4.2).
const PORT: u16 = 53;

/// Something to ask: one server, or several that know the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resolver {
    /// What answers say they were seen by.
    pub name: String,
    /// Where it listens, UDP and TCP, at least one. The next is asked where one is silent or
    /// fails, and from then on first.
    pub servers: Vec<SocketAddr>,
}

impl Resolver {
    /// The servers that this system uses, in its order, together as `system`: on Unix those of
    /// `/etc/resolv.conf`. Its search domains, timeouts and options are not used, nor are hosts
    /// files: only what DNS says of the very name counts.
    ///
    /// # Errors
    /// There is no such list, or it is empty.
    pub fn system() -> Result<Resolver, SetupError> {
        let (config, _) = hickory_resolver::system_conf::read_system_conf()
            .map_err(|error| SetupError::System(error.to_string()))?;
        let address = |server: &NameServerConfig| {
            let port = server.connections.first().map_or(PORT, |connection| connection.port);
            SocketAddr::new(server.ip, port)
        };
        let servers: Vec<SocketAddr> = super::once_each(config.name_servers().iter().map(address));
        if servers.is_empty() {
            return Err(SetupError::System("there is none".to_owned()));
        }
        Ok(Resolver { name: "system".to_owned(), servers })
    }

    /// The one at an address, named after it: `192.0.2.53`, or `192.0.2.53:5353` and
    /// `[2001:db8::53]:5353` where the port is not 53.
    pub fn at(server: SocketAddr) -> Resolver {
        let name = match server.port() {
            PORT => server.ip().to_string(),
            _ => server.to_string(),
        };
        Resolver { name, servers: vec![server] }
    }
}

/// A resolver that is ready to be asked.
pub(super) struct Client {
    servers: Vec<NameServerPool<TokioRuntimeProvider>>,
    /// Which of them answered last.
    first: AtomicUsize,
    one_try: Duration,
}

impl Client {
    /// Ready within `deadline` to try every server as often as it should be.
    pub(super) fn new(resolver: &Resolver, deadline: Duration) -> Result<Client, SetupError> {
        let tries = TRIES.saturating_mul(u32::try_from(resolver.servers.len()).unwrap_or(u32::MAX));
        let one_try = LONGEST_TRY.min(deadline / tries.max(1));
        let mut options = ResolverOpts::default();
        options.timeout = one_try;
        // Without a feature for TLS there is nothing in this configuration, nor anything to fail.
        let tls = TlsConfig::new().map_err(|error| SetupError::Runtime(error.to_string()))?;
        let context = Arc::new(PoolContext::new(options, tls));
        let pool = |server: &SocketAddr| {
            let mut config = NameServerConfig::udp_and_tcp(server.ip());
            for connection in &mut config.connections {
                connection.port = server.port();
            }
            let provider = TokioRuntimeProvider::default();
            NameServerPool::from_config([config], Arc::clone(&context), provider)
        };
        let servers = resolver.servers.iter().map(pool).collect();
        Ok(Client { servers, first: AtomicUsize::new(0), one_try })
    }

    /// Asks for one kind of record of one absolute name. An answer without a record of that kind
    /// is one too; NXDOMAIN is one where it comes with aliases.
    ///
    /// # Errors
    /// What the last server said, or silence where none said anything.
    pub(super) async fn ask(&self, name: &Name, kind: RecordType) -> Result<DnsResponse, Reason> {
        let query = Query::query(name.clone(), kind);
        let mut failure = None;
        for attempt in 0..TRIES {
            let mut options = DnsRequestOptions::default();
            // There are servers that fail on EDNS, and walls that swallow it (RFC 6891, section 7).
            options.use_edns = attempt == 0;
            let first = self.first.load(Ordering::Relaxed);
            for offset in 0..self.servers.len() {
                let index = (first + offset) % self.servers.len();
                let reply = self.servers[index].lookup(query.clone(), options).first_answer();
                let reply = timeout(self.one_try, reply).await.unwrap_or(Err(NetError::Timeout));
                match understood(&query, reply) {
                    reply @ (Ok(_) | Err(Reason::NoSuchName | Reason::NoAddress)) => {
                        self.first.store(index, Ordering::Relaxed);
                        return reply;
                    }
                    Err(reason) => failure = Some(reason.or_before(failure)),
                }
            }
        }
        Err(failure.unwrap_or(Reason::NoAnswer))
    }
}

/// A message off the wire as a reply to a question, with the judgement of the library's pool.
pub(super) fn decoded(query: &Query, message: Vec<u8>) -> Result<DnsResponse, Reason> {
    let reply = DnsResponse::from_buffer(message).map_err(NetError::from);
    understood(query, reply.and_then(|reply| Ok(DnsError::from_response(reply)?)))
}

/// A reply, if it is about the question and no failure.
fn understood(query: &Query, reply: Result<DnsResponse, NetError>) -> Result<DnsResponse, Reason> {
    match reply {
        // Over UDP such a reply is not even looked at; over TCP it is.
        Ok(reply) if reply.queries != [query.clone()] => {
            Err(Reason::Malformed("it is about another question".to_owned()))
        }
        Ok(reply) => Ok(reply),
        Err(error) => Err(reason(&error)),
    }
}

/// Whether it is the one that quotes a name as it came, which the library cannot always print: of a label
/// that begins with `xn--` it asserts, in a build with assertions, that there are no capitals behind.
fn is_of_edns(error: &ProtoError) -> bool {
    match error {
        ProtoError::FormError { error, .. } => is_of_edns(error),
        error => matches!(error, ProtoError::Decode(DecodeError::EdnsNameNotRoot(_))),
    }
}

/// What an error of the library says about the question.
fn reason(error: &NetError) -> Reason {
    let code = match error {
        NetError::Timeout | NetError::Busy | NetError::NoConnections => return Reason::NoAnswer,
        NetError::Io(error) => return Reason::Io(error.to_string()),
        NetError::Dns(DnsError::NoRecordsFound(none)) => none.response_code,
        NetError::Dns(DnsError::ResponseCode(code)) => *code,
        NetError::ForeignClassRecord { .. } => {
            return Reason::Malformed("a record in it is not of the internet".to_owned());
        }
        NetError::Proto(error) if is_of_edns(error) => {
            return Reason::Malformed("its EDNS options are not of the root".to_owned());
        }
        error => return Reason::Malformed(printable(&error.to_string())),
    };
    match code {
        ResponseCode::NoError => Reason::NoAddress,
        ResponseCode::NXDomain => Reason::NoSuchName,
        ResponseCode::ServFail => Reason::ServerFailure,
        ResponseCode::Refused => Reason::Refused,
        code => Reason::OtherCode(code.into()),
    }
}
