//! In what an ARN misses another by little.

use super::glob::{self, Letters};
use super::shown;
use crate::cloudformation::{Piece, Text};
use crate::truth::Truth;
use crate::verify::texts::arn_fields;

/// What the bucket of layers is called in every region that is known.
const LAYERS: (&str, &str) = ("prod-", "-starport-layer-bucket");

/// In what a pattern misses a resource of the same service: partition, region, account, or what is
/// behind them. `None` where it misses by more, and where it does not surely miss.
pub(super) fn difference(pattern: &Text, wanted: &Text) -> Option<String> {
    if pattern.to_string().contains("${AWS::") && pattern.as_known().is_some() {
        return Some("`${AWS::…}` is only replaced within `Fn::Sub`".to_owned());
    }
    if glob::covers(pattern, wanted, Letters::Exact) != Truth::No {
        return None;
    }
    if wanted.as_known() == Some("*") {
        return Some("the action has no resources, so only `*` is it".to_owned());
    }
    let (found, asked) = (arn_fields(pattern)?, arn_fields(wanted)?);
    let misses = |at: usize| glob::covers(&found[at], &asked[at], Letters::Exact) == Truth::No;
    if misses(0) || misses(2) {
        return None;
    }
    let mut differences = Vec::new();
    for (at, name) in [(1, "partition"), (3, "region"), (4, "account")] {
        if misses(at) {
            let (found, asked) = (shown(&found[at].to_string()), shown(&asked[at].to_string()));
            differences.push(format!("the {name} is {found} and not {asked}"));
        }
    }
    if misses(5) {
        differences.push(behind(&found[5], &asked[5], asked[2].as_known() == Some("s3"))?);
    }
    (!differences.is_empty()).then(|| differences.join(", and "))
}

/// In what the parts behind the account differ.
fn behind(found: &Text, asked: &Text, s3: bool) -> Option<String> {
    let slashed = |ending: &str| {
        let mut slashed = found.clone();
        slashed.push(Piece::Known(ending.to_owned()));
        glob::covers(&slashed, asked, Letters::Exact) != Truth::No
    };
    if s3 && (slashed("/*") || slashed("*")) {
        return Some("`/*` is missing, for the objects of the bucket".to_owned());
    }
    let (found, asked) = (found.to_string(), asked.to_string());
    if !s3 {
        return Some(format!("it is {} and not {}", shown(&found), shown(&asked)));
    }
    let (found_bucket, asked_bucket) = (bucket(&found), bucket(&asked));
    match (layers_region(found_bucket), layers_region(asked_bucket)) {
        _ if found_bucket == asked_bucket => Some("it is not all that is asked for".to_owned()),
        (Some(found), Some(asked)) => {
            Some(format!("it is the bucket of region {} and not {}", shown(found), shown(asked)))
        }
        _ => None,
    }
}

fn bucket(resource: &str) -> &str {
    resource.split_once('/').map_or(resource, |(bucket, _)| bucket)
}

fn layers_region(bucket: &str) -> Option<&str> {
    bucket.strip_prefix(LAYERS.0)?.strip_suffix(LAYERS.1)
}
