//! The published ip-ranges.json, kept between runs so that an unchanged one is not fetched again.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::files::Replacement;
use super::look_up::is_url;
use super::{Failure, Process, files};
use crate::diagnostic::{Code, Diagnostic};
use crate::facts::IpRanges;
use crate::facts::ip_ranges::hex;
use crate::sources::https::{Cached, FetchError, Fetched, Fetching, fetch, origin};

/// The file AWS publishes has 2.6 MB.
const MOST_BYTES: u64 = 64 << 20;

/// What is kept beside the body.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// A digest of the URL, which may hold a password.
    url_sha256: String,
    etag: Option<String>,
    last_modified: Option<String>,
    /// Of the body: a cache that somebody changed is no cache.
    sha256: String,
}

/// The published prefixes, from a file, or from a URL by way of the cache.
///
/// # Errors
/// The file or the answer is not a publication, or there is none.
pub(super) fn ip_ranges(
    place: &str,
    deadline: Duration,
    process: &Process,
) -> Result<IpRanges, Failure> {
    if !is_url(place) {
        let body = files::read(Path::new(place), MOST_BYTES)?
            .ok_or_else(|| invalid(format!("there is no `{place}`")))?;
        return IpRanges::parse(&body)
            .map_err(|error| invalid(format!("`{place}` is not ip-ranges.json: {error}")).into());
    }
    let body = fetched(place, deadline, process)?;
    IpRanges::parse(&body).map_err(|error| {
        let origin = origin(place);
        Failure::Outside(format!("what {origin} sent is not ip-ranges.json: {error}"))
    })
}

fn invalid(message: String) -> Diagnostic {
    Diagnostic::error(Code::InvalidIpRanges, message)
        .help("give a file as AWS publishes it, or the URL: https://ip-ranges.amazonaws.com/ip-ranges.json")
}

fn fetched(url: &str, deadline: Duration, process: &Process) -> Result<Vec<u8>, Failure> {
    let paths = process.cache.as_ref().map(|folder| {
        let folder = folder.join("fargate-egress");
        (folder.join("ip-ranges.json"), folder.join("ip-ranges.kept.json"))
    });
    let kept = paths.as_ref().and_then(|(body, kept)| read(url, body, kept));
    let cached = kept.as_ref().map(|(_, kept)| Cached {
        etag: kept.etag.clone(),
        last_modified: kept.last_modified.clone(),
    });
    let fetching = Fetching {
        cached: cached.as_ref(),
        deadline,
        most_bytes: MOST_BYTES,
        ..Fetching::new(url)
    };
    let fetched = fetch(&fetching).map_err(|error| match error {
        // It was typed so.
        FetchError::Url { .. } | FetchError::NotHttps { .. } => invalid(error.to_string()).into(),
        error => Failure::Outside(error.to_string()),
    });
    match fetched? {
        Fetched::Unchanged => match kept {
            Some((body, _)) => Ok(body),
            None => {
                let origin = origin(url);
                Err(Failure::Outside(format!("{origin} says that nothing changed since never")))
            }
        },
        Fetched::New { body, etag, last_modified } => {
            // Only what is a publication is worth keeping.
            if let (Some((to, beside)), true) = (paths, IpRanges::parse(&body).is_ok()) {
                let sha256 = hex(&Sha256::digest(&body));
                write(
                    &to,
                    &beside,
                    &body,
                    &Kept { url_sha256: hex(&Sha256::digest(url)), etag, last_modified, sha256 },
                );
            }
            Ok(body)
        }
    }
}

/// What was kept of this URL; `None` if there is nothing, or nothing that can be trusted.
fn read(url: &str, body: &Path, kept: &Path) -> Option<(Vec<u8>, Kept)> {
    let kept = files::read(kept, 1 << 16).ok()??;
    let kept: Kept = serde_json::from_slice(&kept).ok()?;
    let body = files::read(body, MOST_BYTES).ok()??;
    (kept.url_sha256 == hex(&Sha256::digest(url)) && kept.sha256 == hex(&Sha256::digest(&body)))
        .then_some((body, kept))
}

/// Keeps an answer. That it cannot be kept, in an image without a home say, is no failure: it is
/// fetched again next time.
fn write(to: &Path, beside: &Path, body: &[u8], kept: &Kept) {
    let Ok(text) = serde_json::to_vec_pretty(kept) else { return };
    let _ = files::replace(&[Replacement::of(to, body), Replacement::of(beside, &text)], &[]);
}
