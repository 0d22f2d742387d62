//! Values of flags that have a form of their own.

#[cfg(feature = "resolve")]
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
#[cfg(feature = "resolve")]
use std::time::Duration;

use clap::builder::{PathBufValueParser, PossibleValuesParser, TypedValueParser};

use crate::config::Form;

/// `30s`, `5m`, `2h` or `1d`.
#[cfg(feature = "resolve")]
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "expected a number and one of s, m, h and d, such as 30s".to_owned();
    let unit = text.char_indices().next_back().map(|(at, _)| at).ok_or_else(wrong)?;
    let seconds = match &text[unit..] {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    let number: u64 = text[..unit].parse().map_err(|_| wrong())?;
    let most = 10_000 * 86_400;
    number
        .checked_mul(seconds)
        .filter(|seconds| *seconds <= most)
        .map(Duration::from_secs)
        .ok_or_else(|| "expected at most 10000d".to_owned())
}

/// `90d` or `90`.
pub(super) fn days(text: &str) -> Result<i32, String> {
    let number = text.strip_suffix('d').unwrap_or(text);
    let days = number.parse().ok().filter(|days| (0..=10_000).contains(days));
    days.ok_or_else(|| "expected a number of days such as 90d".to_owned())
}

/// An address with a port, which is DNS's where none is given.
#[cfg(feature = "resolve")]
pub(super) fn resolver(text: &str) -> Result<SocketAddr, String> {
    let with_port = text.parse::<SocketAddr>();
    let alone = || text.parse::<IpAddr>().map(|address| SocketAddr::new(address, 53));
    with_port
        .or_else(|_| alone())
        .map_err(|_| "expected an address such as 1.1.1.1 or [::1]:53".to_owned())
}

/// The path of a file, and not of standard input.
pub(super) fn file() -> impl TypedValueParser<Value = PathBuf> {
    let named = |path: PathBuf| match path.as_os_str() == "-" {
        true => Err("expected a file, which may be written: standard input is none"),
        false => Ok(path),
    };
    PathBufValueParser::new().try_map(named)
}

/// The name of a form.
pub(super) fn form() -> impl TypedValueParser<Value = Form> {
    PossibleValuesParser::new(Form::ALL.iter().map(|form| form.name()))
        .map(|name| Form::named(&name).unwrap_or(Form::DEFAULT))
}
