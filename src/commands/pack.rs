//! `pack-ip-ranges`: a published ip-ranges.json into the form that is built in.

use super::cli::PackIpRanges;
use super::files::Replacement;
use super::output::Report;
use super::{Failure, files};
use crate::diagnostic::{Code, Diagnostic};
use crate::facts::built_in;

/// The file AWS publishes has 2.6 MB.
const MOST_BYTES: u64 = 64 << 20;

pub(super) fn run(args: &PackIpRanges) -> Result<Report, Failure> {
    let invalid = |message: String| {
        Diagnostic::error(Code::InvalidIpRanges, message)
            .help("give a file as AWS publishes it: https://ip-ranges.amazonaws.com/ip-ranges.json")
    };
    let json = files::read(&args.json, MOST_BYTES)?
        .ok_or_else(|| invalid(format!("there is no `{}`", args.json.display())))?;
    let (packed, about) =
        built_in::pack(&json).map_err(|error| invalid(format!("not ip-ranges.json: {error}")))?;
    files::replace(&[Replacement::of(&args.packed, &packed)], &[])?;
    Ok(Report { text: format!("{about}\n"), ..Report::default() })
}
