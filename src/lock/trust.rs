//! Whether a publication of ip-ranges.json is believed.

use super::Accept;
use crate::aws::Region;
use crate::diagnostic::{Code, Diagnostic};
use crate::facts::{IpRanges, Publication};

/// Whether a publication can be believed after the one that a lock has.
///
/// # Errors
/// Why not, with what to type if it is meant.
pub fn trust(
    region: &Region,
    known: Option<&Publication>,
    ip_ranges: &IpRanges,
    accept: Accept,
) -> Result<(), Diagnostic> {
    let new = ip_ranges.publication();
    if !ip_ranges.has_region(region.name) {
        let message =
            format!("ip-ranges.json of {} has no AMAZON prefix in `{region}`", new.create_date);
        return Err(Diagnostic::error(Code::InvalidIpRanges, message).help(
            "without published prefixes there are none to open: `endpoint: {egress: deny}`",
        ));
    }
    let Some(known) = known else { return Ok(()) };
    let token = |publication: &Publication| publication.sync_token.parse::<u64>().ok();
    if token(known) > token(new) && !accept.older_ip_ranges {
        let message = format!(
            "the lock's prefixes of `{region}` are of {}, these are older: of {}",
            known.create_date, new.create_date
        );
        return Err(Diagnostic::error(Code::OlderIpRanges, message)
            .help("if going back is meant: fargate-egress resolve --accept older-ip-ranges"));
    }
    let shrunk = new.entries.saturating_mul(10) < known.entries.saturating_mul(9);
    if shrunk && !accept.smaller_ip_ranges {
        let message = format!(
            "ip-ranges.json of {} has {} entries, the lock's of {} had {}",
            new.create_date, new.entries, known.create_date, known.entries
        );
        return Err(Diagnostic::error(Code::SmallerIpRanges, message)
            .help("it may be cut short; if AWS did take them back: fargate-egress resolve --accept smaller-ip-ranges"));
    }
    Ok(())
}
