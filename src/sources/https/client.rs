//! The HTTP client: whom it trusts, how long it waits, where it lets itself be sent.

use std::sync::Arc;

use reqwest::Client;
use reqwest::redirect::Policy;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_native_certs::load_native_certs;

use super::error::{self, FetchError, Refused};
use super::{Fetching, MOST_REDIRECTS};

/// How many silences of a server fit into the deadline.
const SILENCES: u32 = 3;

pub(super) fn client(fetching: &Fetching<'_>) -> Result<Client, FetchError> {
    let roots = roots(fetching.extra_roots)?;
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| FetchError::Client { source: Box::new(error) })?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(true)
        .user_agent(concat!("fargate-egress/", env!("CARGO_PKG_VERSION")))
        .redirect(redirects())
        .referer(false)
        .read_timeout(fetching.deadline / SILENCES)
        // A further try looks the name up again and may reach a server that is well.
        .pool_max_idle_per_host(0)
        .build()
        .map_err(|error| FetchError::Client { source: Box::new(error.without_url()) })
}

/// Follows to `https` on the same host.
fn redirects() -> Policy {
    Policy::custom(|attempt| {
        let to = attempt.url();
        let from = attempt.previous().first();
        if to.scheme() != "https" || from.and_then(|from| from.host_str()) != to.host_str() {
            let to = error::origin(to);
            attempt.error(Refused::Elsewhere(to))
        } else if attempt.previous().len() > MOST_REDIRECTS {
            attempt.error(Refused::TooMany)
        } else {
            attempt.follow()
        }
    })
}

/// The platform's roots, or Mozilla's where the platform has none, and the extra ones. Where the
/// platform names roots that cannot be read, Mozilla's do not take their place: whoever named them
/// may have meant to trust fewer.
fn roots(extra: &[u8]) -> Result<RootCertStore, FetchError> {
    let mut roots = RootCertStore::empty();
    let platform = load_native_certs();
    roots.add_parsable_certificates(platform.certs);
    for certificate in CertificateDer::pem_slice_iter(extra) {
        let added = certificate
            .map_err(|error| error.to_string())
            .and_then(|certificate| roots.add(certificate).map_err(|error| error.to_string()));
        added.map_err(|reason| FetchError::ExtraRoots { reason })?;
    }
    if !extra.is_empty() && CertificateDer::pem_slice_iter(extra).next().is_none() {
        let reason = "there is no certificate in PEM in it".to_owned();
        return Err(FetchError::ExtraRoots { reason });
    }
    match platform.errors.into_iter().next() {
        Some(error) if roots.is_empty() => {
            Err(FetchError::PlatformRoots { reason: error.to_string() })
        }
        _ => {
            if roots.is_empty() {
                roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
            }
            Ok(roots)
        }
    }
}
