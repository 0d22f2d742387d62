//! Why nothing was fetched, in words.

use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;
use std::{io, iter};

use reqwest::{StatusCode, Url};
use rustls::CertificateError;

use super::MOST_REDIRECTS;

/// Why nothing was fetched. A host is named with its port where it is not 443. Every message is
/// complete by itself; what it has as a source says how the libraries put it.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Not a URL.
    #[error("`{url}` is not a URL: {reason}")]
    Url {
        /// As it was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A URL of another scheme.
    #[error("`{url}` is not https, and nothing else is fetched")]
    NotHttps {
        /// Scheme, host and port.
        url: String,
    },
    /// The extra roots are not certificates in PEM.
    #[error("the extra certificates to trust cannot be used: {reason}")]
    ExtraRoots {
        /// What is wrong with them.
        reason: String,
    },
    /// The platform, or `SSL_CERT_FILE` or `SSL_CERT_DIR`, names roots and none can be read.
    #[error("the certificates that this machine trusts cannot be read: {reason}")]
    PlatformRoots {
        /// What is wrong with them.
        reason: String,
    },
    /// There is no client, for instance because no thread can be started.
    #[error("HTTPS cannot be set up: {}", innermost(&**source))]
    Client {
        /// What failed.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server's certificate does not hold: another server, or a proxy that reads along.
    #[error("the certificate of `{host}` is not trusted: {reason}")]
    Certificate {
        /// Whose.
        host: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The server speaks no TLS that is understood here.
    #[error("no TLS with `{host}`: {reason}")]
    Tls {
        /// The server.
        host: String,
        /// What is wrong.
        reason: String,
    },
    /// No connection, or one that broke before the answer.
    #[error("no answer from `{host}`{}: {}", after(*tries), innermost(&**source))]
    Connection {
        /// The server.
        host: String,
        /// How often it was tried.
        tries: u32,
        /// What failed.
        source: Box<dyn Error + Send + Sync>,
    },
    /// No whole answer within the deadline.
    #[error("no whole answer from `{host}` within {deadline:?}{}", after(*tries))]
    Timeout {
        /// The server.
        host: String,
        /// How often it was tried.
        tries: u32,
        /// Over all tries.
        deadline: Duration,
    },
    /// A status other than 200.
    #[error("`{host}` answered {}{}{}", words(*status), after(*tries), asks(*retry_after))]
    Status {
        /// The server.
        host: String,
        /// The last one.
        status: u16,
        /// How often it was tried.
        tries: u32,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// A redirect to another host, or to no `https`.
    #[error("`{host}` redirects to `{to}`, which is not https on the same host")]
    Redirect {
        /// The server that was asked.
        host: String,
        /// Scheme, host and port of where it sends us.
        to: String,
    },
    /// Redirects without an end.
    #[error("`{host}` redirects more than {MOST_REDIRECTS} times")]
    TooManyRedirects {
        /// The server.
        host: String,
    },
    /// 304 to a request without a condition.
    #[error("`{host}` answered that nothing has changed, without having been asked that")]
    NotModified {
        /// The server.
        host: String,
    },
    /// A body that is compressed in a way that was not asked for.
    #[error("`{host}` answered in the encoding `{encoding}`; gzip was offered")]
    Encoding {
        /// The server.
        host: String,
        /// The `Content-Encoding`.
        encoding: String,
    },
    /// A body that ends before its end, or that does not decompress.
    #[error(
        "the answer of `{host}` breaks off after {received} bytes{}: {}",
        after(*tries), innermost(&**source)
    )]
    Broken {
        /// The server.
        host: String,
        /// How many bytes came, after decompression.
        received: u64,
        /// How often it was tried.
        tries: u32,
        /// What failed.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A body that is larger than allowed.
    #[error("the answer of `{host}` is larger than {most_bytes} bytes")]
    TooLarge {
        /// The server.
        host: String,
        /// The limit, after decompression.
        most_bytes: u64,
    },
}

impl FetchError {
    /// Whether it can be otherwise at the next try.
    pub(super) fn can_pass(&self) -> bool {
        match self {
            FetchError::Connection { .. }
            | FetchError::Timeout { .. }
            | FetchError::Broken { .. } => true,
            FetchError::Status { status, .. } => *status == 429 || (500..600).contains(status),
            _ => false,
        }
    }

    /// How long the server asks to wait.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            FetchError::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// Why a redirect is not followed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("to {0}")]
    Elsewhere(String),
    #[error("too many")]
    TooMany,
}

/// A try, for its failure to tell.
pub(super) struct Failed {
    pub(super) host: String,
    pub(super) tries: u32,
    pub(super) deadline: Duration,
}

impl Failed {
    pub(super) fn in_time(&self) -> FetchError {
        FetchError::Timeout { host: self.host.clone(), tries: self.tries, deadline: self.deadline }
    }

    /// Before there was an answer.
    pub(super) fn to_connect(&self, error: reqwest::Error) -> FetchError {
        let host = self.host.clone();
        match find::<Refused>(&error) {
            Some(Refused::Elsewhere(to)) => return FetchError::Redirect { host, to: to.clone() },
            Some(Refused::TooMany) => return FetchError::TooManyRedirects { host },
            None => {}
        }
        match find::<rustls::Error>(&error) {
            Some(rustls::Error::InvalidCertificate(error)) => {
                return FetchError::Certificate { host, reason: certificate(error) };
            }
            Some(error) => return FetchError::Tls { host, reason: error.to_string() },
            None => {}
        }
        if error.is_timeout() {
            return self.in_time();
        }
        // A URL may hold a password.
        let source = Box::new(error.without_url());
        FetchError::Connection { host, tries: self.tries, source }
    }

    /// While the body was read.
    pub(super) fn to_read(&self, error: reqwest::Error, received: usize) -> FetchError {
        if error.is_timeout() {
            return self.in_time();
        }
        let (host, tries) = (self.host.clone(), self.tries);
        let source = Box::new(error.without_url());
        FetchError::Broken { host, received: received as u64, tries, source }
    }
}

/// Host and port, as errors name it.
pub(super) fn host(url: &Url) -> String {
    let mut host = url.host_str().unwrap_or_default().to_owned();
    if let Some(port) = url.port() {
        let _ = write!(host, ":{port}");
    }
    host
}

/// Scheme, host and port: what of a URL holds no secret.
pub(super) fn origin(url: &Url) -> String {
    format!("{}://{}", url.scheme(), host(url))
}

fn certificate(error: &CertificateError) -> String {
    use CertificateError as E;
    match error {
        E::UnknownIssuer => "no root that is trusted here has issued it".to_owned(),
        E::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
            let names: Vec<_> = presented.iter().take(3).map(|name| bare(name)).collect();
            let others = presented.len() - names.len();
            let others = if others > 0 { format!(" and {others} more") } else { String::new() };
            format!("it is for {}{others}", names.join(", "))
        }
        E::NotValidForName | E::NotValidForNameContext { .. } => {
            "it is for another host".to_owned()
        }
        E::Expired | E::ExpiredContext { .. } => "it has expired".to_owned(),
        E::NotValidYet | E::NotValidYetContext { .. } => "it is not valid yet".to_owned(),
        E::BadSignature => "its signature is wrong".to_owned(),
        E::Revoked => "it is revoked".to_owned(),
        error => error.to_string(),
    }
}

/// A name without its kind: rustls says `DnsName("example.com")`.
fn bare(name: &str) -> &str {
    let inner = name.split_once('(').map_or(name, |(_, inner)| inner);
    inner.trim_end_matches(')').trim_matches('"')
}

fn words(status: u16) -> String {
    StatusCode::from_u16(status).map_or_else(|_| status.to_string(), |status| status.to_string())
}

fn after(tries: u32) -> String {
    if tries > 1 { format!(", tried {tries} times") } else { String::new() }
}

fn asks(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |wait| format!(", and asks to wait {wait:?}"))
}

/// An error and its causes, from the outermost on.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    iter::successors(Some(error), |&error| {
        // The source of an I/O error is not the error that it wraps but that one's source.
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        }
    })
}

fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    causes(error).find_map(|error| error.downcast_ref())
}

/// The cause that says the most: the libraries' words around it are "error sending request".
fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error).last().unwrap_or(error).to_string()
}
