//! Names of AWS.

use super::texts::{split_last, strip_ending};
use crate::aws::{Partition, Region};
use crate::cloudformation::{Text, Value};

/// A name of AWS, such as a hosted zone's.
pub(super) struct AwsName {
    /// What it has before the region: `api.ecr` of `api.ecr.us-east-1.amazonaws.com`; empty where
    /// the region or the suffix is all of it.
    pub(super) host: Text,
    /// `None` where the suffix is all of it.
    pub(super) region: Option<Text>,
}

impl AwsName {
    /// The name of AWS that a value is, with or without a final period.
    pub(super) fn of(name: &Value) -> Option<AwsName> {
        let text = name.as_text()?;
        let bare = strip_ending(text, ".").unwrap_or_else(|| text.clone());
        let suffixes = Partition::ALL.iter().map(|partition| partition.dns_suffix());
        let mut suffixes = suffixes.chain(["on.aws", "on.amazonwebservices.com.cn"]);
        let before = suffixes.find_map(|suffix| strip_ending(&bare, suffix))?;
        if before.pieces().is_empty() {
            return Some(AwsName { host: Text::default(), region: None });
        }
        let before = strip_ending(&before, ".")?;
        let (host, region) = split_last(&before, ".").unwrap_or((Text::default(), before));
        let is_region = region.as_known().is_none_or(|region| Region::named(region).is_some());
        is_region.then_some(AwsName { host, region: Some(region) })
    }

    /// Whether hosts that end with `label` before the region are in the zone of this name.
    pub(super) fn is_over(&self, label: &str) -> bool {
        let Some(host) = self.host.as_known() else { return false };
        host.is_empty() || is_at_or_below(label, host)
    }

    /// Whether it is the name of such hosts, or of one of them.
    pub(super) fn is_of(&self, label: &str) -> bool {
        match split_last(&self.host, &format!(".{label}")) {
            Some((_, behind)) => behind.pieces().is_empty(),
            None => self.host.as_known() == Some(label),
        }
    }
}

/// Whether a name is in the zone of another.
fn is_at_or_below(name: &str, zone: &str) -> bool {
    name.strip_suffix(zone).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudformation::Place;
    use crate::verify::texts::written;

    #[test]
    fn a_zone_is_over_hosts_or_of_them() {
        let read = |form: &str| {
            let place = Place { file: 0, start: 0, end: 1 };
            let name = AwsName::of(&Value::text(place, written(form)))?;
            let region = name.region.as_ref().map_or("-".to_owned(), ToString::to_string);
            Some((region, name.is_over("api.ecr"), name.is_of("api.ecr")))
        };
        let some = |region: &str, over, of| Some((region.to_owned(), over, of));
        let table = [
            ("amazonaws.com", some("-", true, false)),
            ("us-east-1.amazonaws.com.", some("us-east-1", true, false)),
            ("ecr.{r}.amazonaws.com", some("r", true, false)),
            ("cr.us-east-1.amazonaws.com", some("us-east-1", false, false)),
            ("api.ecr.cn-north-1.amazonaws.com.cn", some("cn-north-1", true, true)),
            ("x.api.ecr.us-east-1.amazonaws.com", some("us-east-1", false, true)),
            ("{x}.api.ecr.us-east-1.amazonaws.com", some("us-east-1", false, true)),
            ("{x}.us-east-1.amazonaws.com", some("us-east-1", false, false)),
            ("xapi.ecr.us-east-1.amazonaws.com", some("us-east-1", false, false)),
            ("api.ecr.amazonaws.com", None),
            ("notamazonaws.com", None),
            ("example.com", None),
            ("{name}", None),
        ];
        for (form, expected) in table {
            assert_eq!(read(form), expected, "{form}");
        }
    }
}
