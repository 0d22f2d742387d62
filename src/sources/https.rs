//! One file over HTTPS: asked for conditionally, bounded in time and size, tried again where that
//! can help.
//!
//! Sources: [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110) for status codes, conditions and
//! `Retry-After`, [RFC 9111](https://www.rfc-editor.org/rfc/rfc9111) section 4.3 for what a 304
//! means, [RFC 9112](https://www.rfc-editor.org/rfc/rfc9112) section 8 for when a body is whole.

mod again;
mod client;
mod error;

use std::time::{Duration, Instant};

use reqwest::header::{
    CONTENT_ENCODING, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED,
};
use reqwest::{Client, Response, StatusCode, Url};
use tokio::runtime;

pub use self::error::FetchError;

/// Where AWS publishes its prefixes.
///
/// Source: <https://docs.aws.amazon.com/vpc/latest/userguide/aws-ip-ranges.html>
pub const IP_RANGES_URL: &str = "https://ip-ranges.amazonaws.com/ip-ranges.json";

/// How often it is tried at most, the first time among them.
pub const MOST_TRIES: u32 = 5;

/// How many redirects of one try are followed at most.
pub const MOST_REDIRECTS: usize = 3;

/// What was kept of an earlier answer, by which the server can tell whether it is current. With
/// both, a server goes by the entity tag (RFC 9110, section 13.1.3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cached {
    /// The `ETag`, with its quotes.
    pub etag: Option<String>,
    /// The `Last-Modified`, as it was sent.
    pub last_modified: Option<String>,
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// What was kept is current (304).
    Unchanged,
    /// Another body (200).
    New {
        /// All of it, decompressed.
        body: Vec<u8>,
        /// The `ETag`, with its quotes.
        etag: Option<String>,
        /// The `Last-Modified`, as it was sent.
        last_modified: Option<String>,
    },
}

/// What to fetch, and what it may cost.
#[derive(Debug, Clone, Copy)]
pub struct Fetching<'a> {
    /// The `https` URL.
    pub url: &'a str,
    /// What was kept of an earlier answer.
    pub cached: Option<&'a Cached>,
    /// The longest that all tries and the waits between them take. A third of it without a byte
    /// ends a try.
    pub deadline: Duration,
    /// The most bytes that the body may have, after decompression.
    pub most_bytes: u64,
    /// Certificates in PEM to trust beside the platform's; may be empty.
    pub extra_roots: &'a [u8],
    /// The longest wait after the first try; it doubles with every other.
    pub backoff: Duration,
}

impl<'a> Fetching<'a> {
    /// Unconditional, within 30 seconds and 32 MiB (ip-ranges.json has 2.5 MB), with the platform's
    /// roots and half a second of backoff.
    #[must_use]
    pub fn new(url: &'a str) -> Self {
        Fetching {
            url,
            cached: None,
            deadline: Duration::from_secs(30),
            most_bytes: 32 << 20,
            extra_roots: &[],
            backoff: Duration::from_millis(500),
        }
    }
}

/// Fetches a file, by way of the proxy that `HTTPS_PROXY` and `NO_PROXY` name, if any.
///
/// A failure that can pass is tried again: 429, 5xx, no connection, no answer in time, a body that
/// breaks off. Before each further try it waits a random part of the backoff, and at least as long
/// as `Retry-After` says; where that does not fit into the deadline, the failure stands. Redirects
/// are followed to `https` on the same host only.
///
/// Blocks, and must not be called on a thread of an async runtime.
///
/// # Errors
///
/// If it is not `https`, if the certificate does not hold, if there is anything but a whole body of
/// at most `most_bytes` with status 200, or 304 to a request with a condition. The failure of the
/// last try is the one returned.
pub fn fetch(fetching: &Fetching<'_>) -> Result<Fetched, FetchError> {
    let started = Instant::now();
    let url = parse(fetching.url)?;
    let client = client::client(fetching)?;
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| FetchError::Client { source: Box::new(error) })?;
    let conditions = conditions(fetching.cached);
    let tries = Tries { url: &url, client: &client, fetching, conditions };
    let result = runtime.block_on(tries.run(started));
    // Looking up a name can take longer than the deadline, and cannot be stopped.
    runtime.shutdown_background();
    result
}

/// Scheme, host and port of a URL: what holds no secret.
pub fn origin(url: &str) -> String {
    Url::parse(url).map_or_else(|_| "the URL".to_owned(), |url| error::origin(&url))
}

fn parse(text: &str) -> Result<Url, FetchError> {
    let url = Url::parse(text)
        .map_err(|error| FetchError::Url { url: text.to_owned(), reason: error.to_string() })?;
    if url.scheme() != "https" {
        return Err(FetchError::NotHttps { url: error::origin(&url) });
    }
    Ok(url)
}

/// The conditions of a request. What cannot stand in a header is as good as not kept.
fn conditions(cached: Option<&Cached>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(cached) = cached {
        let kept = [(IF_NONE_MATCH, &cached.etag), (IF_MODIFIED_SINCE, &cached.last_modified)];
        for (name, value) in kept {
            let value = value.as_ref().filter(|value| !value.is_empty());
            if let Some(Ok(value)) = value.map(|value| HeaderValue::from_str(value)) {
                headers.insert(name, value);
            }
        }
    }
    headers
}

/// What all tries have in common.
struct Tries<'a> {
    url: &'a Url,
    client: &'a Client,
    fetching: &'a Fetching<'a>,
    conditions: HeaderMap,
}

impl Tries<'_> {
    /// Tries until there is an answer, a failure that stays, or no time.
    async fn run(&self, started: Instant) -> Result<Fetched, FetchError> {
        let left = || self.fetching.deadline.saturating_sub(started.elapsed());
        let mut number = 1;
        loop {
            let error = match self.once(number, left()).await {
                Ok(fetched) => return Ok(fetched),
                Err(error) => error,
            };
            if number == MOST_TRIES || !error.can_pass() {
                return Err(error);
            }
            let wait = again::wait(self.fetching.backoff, number, error.retry_after());
            if wait >= left() {
                return Err(error);
            }
            tokio::time::sleep(wait).await;
            number += 1;
        }
    }

    async fn once(&self, tries: u32, left: Duration) -> Result<Fetched, FetchError> {
        let failed =
            error::Failed { host: error::host(self.url), tries, deadline: self.fetching.deadline };
        if left.is_zero() {
            return Err(failed.in_time());
        }
        let request = self.client.get(self.url.clone()).headers(self.conditions.clone());
        let response =
            request.timeout(left).send().await.map_err(|error| failed.to_connect(error))?;
        match response.status() {
            StatusCode::OK => self.body(response, failed).await,
            StatusCode::NOT_MODIFIED if self.conditions.is_empty() => {
                Err(FetchError::NotModified { host: failed.host })
            }
            StatusCode::NOT_MODIFIED => Ok(Fetched::Unchanged),
            status => Err(FetchError::Status {
                host: failed.host,
                status: status.as_u16(),
                tries,
                retry_after: again::retry_after(response.headers()),
            }),
        }
    }

    async fn body(
        &self,
        mut response: Response,
        failed: error::Failed,
    ) -> Result<Fetched, FetchError> {
        // What was decompressed no longer says that it was compressed.
        if let Some(encoding) = text(response.headers(), &CONTENT_ENCODING)
            && !encoding.eq_ignore_ascii_case("identity")
        {
            return Err(FetchError::Encoding { host: failed.host, encoding });
        }
        let most_bytes = self.fetching.most_bytes;
        if response.content_length().is_some_and(|length| length > most_bytes) {
            return Err(FetchError::TooLarge { host: failed.host, most_bytes });
        }
        let etag = text(response.headers(), &ETAG);
        let last_modified = text(response.headers(), &LAST_MODIFIED);
        let mut body = Vec::new();
        loop {
            let part = response.chunk().await.map_err(|error| failed.to_read(error, body.len()))?;
            let Some(part) = part else { break };
            if (body.len() + part.len()) as u64 > most_bytes {
                return Err(FetchError::TooLarge { host: failed.host, most_bytes });
            }
            body.extend_from_slice(&part);
        }
        Ok(Fetched::New { body, etag, last_modified })
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}
