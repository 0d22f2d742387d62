//! How long to wait before the next try.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// The wait after a try, counted from 1: anything from nothing to the backoff doubled for every
/// try before it, so that clients that failed together do not come back together; and at least what
/// the server asks for.
///
/// Source: <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>
pub(super) fn wait(backoff: Duration, tries: u32, at_least: Option<Duration>) -> Duration {
    let most = backoff.saturating_mul(1 << tries.saturating_sub(1).min(16));
    most.mul_f64(fastrand::f64()).max(at_least.unwrap_or_default())
}

/// `Retry-After`, as seconds or as a date that is compared with the `Date` of the same answer: the
/// server's clock, not this machine's. What is neither is as good as not sent, the two obsolete
/// forms of dates among it.
///
/// Source: RFC 9110, sections 10.2.3 and 5.6.7.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?;
    if value.bytes().all(|byte| byte.is_ascii_digit()) {
        return value.parse().ok().map(Duration::from_secs);
    }
    let now = date(headers.get(DATE)?.to_str().ok()?)?;
    Some(Duration::try_from(date(value)?.duration_since(now)).unwrap_or_default())
}

fn date(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};

    use super::{retry_after, wait};

    fn asked(value: &'static str, date: Option<&'static str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
        if let Some(date) = date {
            headers.insert(DATE, HeaderValue::from_static(date));
        }
        retry_after(&headers)
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_by_the_servers_clock() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(asked("0", None), Some(Duration::ZERO));
        assert_eq!(asked("120", date), Some(Duration::from_secs(120)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:40 GMT", date), Some(Duration::from_secs(3)));
        assert_eq!(asked("Sat, 05 Nov 1994 08:49:40 GMT", date), Some(Duration::ZERO));
    }

    #[test]
    fn what_is_no_retry_after_is_ignored() {
        for value in ["", "-1", "+1", "1.5", "soon", "99999999999999999999", "Sun, 06 Nov"] {
            assert_eq!(asked(value, Some("Sun, 06 Nov 1994 08:49:37 GMT")), None, "{value}");
        }
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:40 GMT", None), None, "no clock");
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:40 GMT", Some("now")), None, "no clock");
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn waits_are_below_the_doubled_backoff_and_not_below_what_is_asked() {
        let backoff = Duration::from_millis(500);
        for tries in 1..=5 {
            for _ in 0..200 {
                assert!(wait(backoff, tries, None) <= backoff * (1 << (tries - 1)));
            }
        }
        let asked = Duration::from_secs(60);
        assert_eq!(wait(backoff, 1, Some(asked)), asked);
        assert_eq!(wait(Duration::ZERO, 5, None), Duration::ZERO);
        // Does not overflow.
        let _ = wait(Duration::MAX, u32::MAX, Some(Duration::MAX));
    }
}
