//! Which service an endpoint is for, read from its `ServiceName`.
//!
//! Forms of names: <https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html>

use super::texts::{split, split_last, strip_beginning, strip_ending};
use crate::aws::service::MEANT;
use crate::aws::{Partition, Region, Service};
use crate::cloudformation::{Text, Value};
use crate::diagnostic::Code;
use crate::truth::Truth;

/// Which service an endpoint is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ServiceName {
    /// A service of AWS.
    Known {
        /// Which.
        service: Service,
        /// What the name has in the place of the region.
        region: Text,
        /// What the name begins with, before the region; `None` where that is unknown.
        prefix: Option<&'static str>,
    },
    /// There is no such service; another must have been meant.
    Misspelt {
        /// Which.
        service: Service,
        /// What the name has in the place of the region; `None` where it has none.
        region: Option<Text>,
    },
    /// A service of somebody else, or one whose name has another form.
    Foreign,
    /// The templates do not say, and why.
    Unknown(String),
}

/// The services that a task may need to reach and whose misspelt names are recognised, by the end
/// of their endpoint service names.
const FAMILIAR: &[&str] = &[
    "data-servicediscovery",
    "dynamodb",
    "ec2messages",
    "ecr.api",
    "ecr.dkr",
    "ecs",
    "ecs-agent",
    "ecs-telemetry",
    "elasticfilesystem",
    "events",
    "guardduty-data",
    "kinesis-firehose",
    "kinesis-streams",
    "kms",
    "logs",
    "monitoring",
    "s3",
    "secretsmanager",
    "servicediscovery",
    "sns",
    "sqs",
    "ssm",
    "ssmmessages",
    "sts",
    "xray",
];

/// Which service this name is that of.
pub(super) fn service_name(name: &Value) -> ServiceName {
    match name.as_text() {
        Some(text) => of_text(text),
        None => ServiceName::Unknown("the service name is not a text".to_owned()),
    }
}

/// Whether the endpoint service is `service`, in whatever region; a misspelt name is no service's.
pub(super) fn is(name: &Value, service: &Service) -> Truth {
    let Some(text) = name.as_text() else { return Truth::Unknown };
    match of_text(text) {
        ServiceName::Known { service: found, .. } => (found == *service).into(),
        ServiceName::Misspelt { .. } | ServiceName::Foreign => Truth::No,
        ServiceName::Unknown(_) => {
            let whole = format!(".{service}");
            let ending = text.ending();
            let may_end_so = whole.ends_with(ending) || ending.ends_with(&whole);
            let may_be_so = match behind_region(text) {
                Some((_, _, name)) => !name.same(&Text::known(service.name())).is_no(),
                None => true,
            };
            if may_end_so && may_be_so { Truth::Unknown } else { Truth::No }
        }
    }
}

/// Whether an endpoint is surely for one of the three services that a pull needs.
pub(super) fn is_of_a_pull(name: &Value) -> bool {
    [Service::ecr_api(), Service::ecr_dkr(), Service::s3()]
        .iter()
        .any(|service| is(name, service).is_yes())
}

/// The region that a service's name has in it; `None` where it is not known.
pub(super) fn region(name: &Value) -> Option<&'static Region> {
    match service_name(name) {
        ServiceName::Known { region, .. } => Region::named(region.as_known()?),
        _ => None,
    }
}

/// Whether a service's name is that of another partition or region than the endpoint is in, or that
/// of a region that there is not.
pub(super) fn misplaced(
    name: &Value,
    region: &Region,
    service_region: Option<&Value>,
) -> Option<Code> {
    let ServiceName::Known { service, region: named, prefix } = service_name(name) else {
        return None;
    };
    if named.as_known().and_then(meant_region).is_some() {
        return Some(Code::EndpointServiceUnknown);
    }
    // Another region may be in another partition, and is the one mistake then.
    let other = |text: &Text| text.as_known().is_some_and(|known| known != region.name);
    let elsewhere = service_region.and_then(Value::as_text).is_some_and(other);
    if elsewhere || other(&named) {
        return Some(Code::EndpointServiceRegion);
    }
    let expected = service.endpoint_service_name(region.partition, "");
    let fits = prefix.is_none_or(|prefix| expected.starts_with(&format!("{prefix}..")));
    (!fits && service.endpoint_service_name_is_confirmed(region.partition))
        .then_some(Code::EndpointServicePartition)
}

/// The region that a misspelt one must mean: one letter is off, or capitals and separators are.
///
/// AWS opens regions that are like others: `us-east-3` or `sa-west-1` may be one.
pub(super) fn meant_region(name: &str) -> Option<&'static Region> {
    if Region::named(name).is_some() || name.len() > 64 {
        return None;
    }
    let off_by_one = |region: &&Region| {
        name.as_bytes().last() == region.name.as_bytes().last()
            && name.as_bytes().first() == region.name.as_bytes().first()
            && strsim::damerau_levenshtein(name, region.name) == 1
    };
    let by_letters = Region::ALL.iter().find(|region| bare(region.name) == bare(name));
    by_letters.or_else(|| Region::ALL.iter().find(off_by_one))
}

/// Letters and digits alone, in lower case.
fn bare(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// What is wrong with a service name that looks as if `service` was meant; `None` if it is the name
/// of this or another service.
pub(super) fn misnames(name: &Value, service: &Service) -> Option<Code> {
    match service_name(name) {
        ServiceName::Misspelt { service: meant, .. } if meant == *service => {
            Some(Code::EndpointServiceUnknown)
        }
        _ => None,
    }
}

/// What names begin with in each partition; the longest first, so that none hides another.
fn prefixes() -> impl Iterator<Item = &'static str> {
    Partition::ALL.iter().map(|partition| partition.ecr_service_prefix())
}

/// The beginning, the region and the name of `com.amazonaws.REGION.NAME`.
fn behind_region(text: &Text) -> Option<(&'static str, Text, Text)> {
    let (prefix, rest) = prefixes().find_map(|prefix| {
        let rest = strip_beginning(&strip_beginning(text, prefix)?, ".")?;
        Some((prefix, rest))
    })?;
    let (region, name) = split(&rest, ".")?;
    Some((prefix, region, name))
}

fn of_text(text: &Text) -> ServiceName {
    if let Some((prefix, region, name)) = behind_region(text)
        && region.as_known().is_none_or(looks_like_a_region)
    {
        let Some(name) = name.as_known() else {
            return ServiceName::Unknown(text.why().unwrap_or_default().into_owned());
        };
        return match meant(name) {
            Some(service) => ServiceName::Misspelt { service, region: Some(region) },
            None => name.parse().map_or(ServiceName::Foreign, |service| ServiceName::Known {
                service,
                region,
                prefix: Some(prefix),
            }),
        };
    }
    match text.as_known() {
        Some(known) => of_known(known),
        None => of_ending(text),
    }
}

/// A whole name that does not have the usual form.
fn of_known(name: &str) -> ServiceName {
    let bare = prefixes()
        .find_map(|prefix| name.strip_prefix(prefix)?.strip_prefix(['.', '-', '_']))
        .unwrap_or(name);
    // `com.amazonaws.ecr.api`, `ecr.api`.
    if let Some(service) = familiar(bare) {
        return ServiceName::Misspelt { service, region: None };
    }
    let of_another_form = ["aws.", "api.aws.", "com.amazonaws.vpce.", "cn.com.amazonaws.vpce."];
    if of_another_form.iter().any(|beginning| name.starts_with(beginning)) {
        return ServiceName::Foreign;
    }
    // `com.amazon.us-east-1.ecr.api`, `com.amazonaws-us-east-1.ecr.api`.
    let found = FAMILIAR.iter().find_map(|service| {
        let head = name.strip_suffix(service)?.strip_suffix('.')?;
        let starts = head
            .char_indices()
            .filter(|(at, _)| *at == 0 || matches!(head.as_bytes()[at - 1], b'.' | b'-' | b'_'));
        let region = starts.map(|(at, _)| &head[at..]).find_map(Region::named)?;
        Some((service.parse().ok()?, Text::known(region.name)))
    });
    match found {
        Some((service, region)) => ServiceName::Misspelt { service, region: Some(region) },
        None => ServiceName::Foreign,
    }
}

/// A name whose beginning is unknown and whose end says which service it is.
fn of_ending(text: &Text) -> ServiceName {
    let found = FAMILIAR.iter().find_map(|name| {
        let head = strip_ending(&strip_ending(text, name)?, ".")?;
        Some((name.parse().ok()?, head))
    });
    match found {
        Some((service, head)) => ServiceName::Known {
            service,
            region: split_last(&head, ".").map_or(head, |(_, region)| region),
            prefix: None,
        },
        None => ServiceName::Unknown(text.why().unwrap_or_default().into_owned()),
    }
}

/// Whether it is a region, a misspelt one, or one that is not known yet: `xx-somewhere-1`.
fn looks_like_a_region(text: &str) -> bool {
    Region::named(text).is_some()
        || meant_region(text).is_some()
        || (text.matches('-').count() >= 2 && text.ends_with(|last: char| last.is_ascii_digit()))
}

fn familiar(name: &str) -> Option<Service> {
    FAMILIAR.contains(&name).then(|| name.parse().ok()).flatten()
}

/// The service that a name must mean which is no service's.
///
/// Names that are like one of [`FAMILIAR`] and exist are too many to list, so it takes little: short
/// names differ by capitals and separators alone.
fn meant(name: &str) -> Option<Service> {
    if FAMILIAR.contains(&name) || name.len() > 64 {
        return None;
    }
    let lower = name.trim().to_ascii_lowercase();
    let by_table = MEANT.iter().find(|(wrong, _)| *wrong == lower).map(|(_, right)| *right);
    let by_letters = || FAMILIAR.iter().copied().find(|right| bare(right) == bare(name));
    let by_distance = || {
        FAMILIAR.iter().copied().find(|right| {
            let most = match right.len() {
                0..=3 => 0,
                4..=9 => 1,
                _ => 2,
            };
            strsim::damerau_levenshtein(&lower, right) <= most
        })
    };
    by_table.or_else(by_letters).or_else(by_distance)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudformation::Place;
    use crate::verify::texts::written;

    fn read(form: &str) -> String {
        match of_text(&written(form)) {
            ServiceName::Known { service, region, prefix } => {
                format!("{} {region} {service}", prefix.unwrap_or("?"))
            }
            ServiceName::Misspelt { service, region } => {
                format!("not {service} {}", region.unwrap_or_default()).trim_end().to_owned()
            }
            ServiceName::Foreign => "foreign".to_owned(),
            ServiceName::Unknown(why) => why,
        }
    }

    #[test]
    fn a_service_is_read_from_its_name() {
        let table = [
            ("com.amazonaws.us-east-1.ecr.api", "com.amazonaws us-east-1 ecr.api"),
            ("com.amazonaws.{r}.s3", "com.amazonaws r s3"),
            ("cn.com.amazonaws.cn-north-1.ecr.dkr", "cn.com.amazonaws cn-north-1 ecr.dkr"),
            ("eu.amazonaws.eusc-de-east-1.ecr.api", "eu.amazonaws eusc-de-east-1 ecr.api"),
            ("gov.ic.c2s.us-iso-east-1.ecr.api", "gov.ic.c2s us-iso-east-1 ecr.api"),
            ("{p}.{r}.ecr.api", "? r ecr.api"),
            ("{p}.ecr.api", "? p ecr.api"),
            ("com.amazonaws.us-esat-1.ecr.api", "com.amazonaws us-esat-1 ecr.api"),
            ("com.amazonaws.xx-new-1.ecr.api", "com.amazonaws xx-new-1 ecr.api"),
            ("com.amazonaws.us-east-1.athena", "com.amazonaws us-east-1 athena"),
            ("com.amazonaws.us-east-1.ecr.api-fips", "com.amazonaws us-east-1 ecr.api-fips"),
            ("com.amazonaws.us-east-1.ecr-public.api", "com.amazonaws us-east-1 ecr-public.api"),
            ("com.amazonaws.us-east-1.sms", "com.amazonaws us-east-1 sms"),
            ("com.amazonaws.us-east-1.eks", "com.amazonaws us-east-1 eks"),
            ("com.amazonaws.us-east-1.s3express", "com.amazonaws us-east-1 s3express"),
            ("com.amazonaws.us-east-1.ecr-dkr", "not ecr.dkr us-east-1"),
            ("com.amazonaws.{r}.ecr.drk", "not ecr.dkr r"),
            ("com.amazonaws.us-east-1.ecr_dkr", "not ecr.dkr us-east-1"),
            ("com.amazonaws.us-east-1.dkr.ecr", "not ecr.dkr us-east-1"),
            ("com.amazonaws.us-east-1.ECR.api", "not ecr.api us-east-1"),
            ("com.amazonaws.us-east-1.s3 ", "not s3 us-east-1"),
            ("com.amazonaws.us-east-1.secretmanager", "not secretsmanager us-east-1"),
            ("com.amazonaws.us-east-1.log", "not logs us-east-1"),
            ("com.amazonaws.ecr.api", "not ecr.api"),
            ("ecr.api", "not ecr.api"),
            ("com.amazon.us-east-1.ecr.api", "not ecr.api us-east-1"),
            ("com.amazonaws-us-east-1.ecr.api", "not ecr.api us-east-1"),
            ("com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0", "foreign"),
            ("aws.api.us-east-1.s3", "foreign"),
            ("com.amazonaws.s3-global.accesspoint", "foreign"),
            ("com.amazonaws.iam", "foreign"),
            ("{x}", "x is unknown"),
            ("com.amazonaws.us-east-1.{x}", "x is unknown"),
            ("com.amazonaws.{x}", "x is unknown"),
            ("", "foreign"),
        ];
        for (form, expected) in table {
            assert_eq!(read(form), expected, "{form}");
        }
    }

    #[test]
    fn whether_it_is_a_service_is_known_as_far_as_the_letters_go() {
        let place = Place { file: 0, start: 0, end: 1 };
        let truth = |form: &str, service: &str| {
            is(&Value::text(place, written(form)), &service.parse().unwrap())
        };
        let table = [
            ("com.amazonaws.{r}.ecr.api", Truth::Yes, Truth::No),
            ("com.amazonaws.{r}.ecr.{x}", Truth::Unknown, Truth::No),
            ("com.amazonaws.{r}.{x}", Truth::Unknown, Truth::Unknown),
            ("com.amazonaws.{x}", Truth::Unknown, Truth::Unknown),
            ("{x}.api", Truth::Unknown, Truth::No),
            ("{x}.execute-api", Truth::No, Truth::No),
            ("{x}.s3", Truth::No, Truth::Yes),
            ("com.amazonaws.us-east-1.ecr-api", Truth::No, Truth::No),
            ("{x}", Truth::Unknown, Truth::Unknown),
        ];
        for (form, api, s3) in table {
            assert_eq!((truth(form, "ecr.api"), truth(form, "s3")), (api, s3), "{form}");
        }
    }

    #[test]
    fn a_region_that_aws_may_open_is_not_misspelt() {
        let meant = |name| meant_region(name).map(|region| region.name);
        for (name, expected) in [
            ("ap-norhteast-1", "ap-northeast-1"),
            ("us-esat-1", "us-east-1"),
            ("US-EAST-1", "us-east-1"),
            ("us_east_1", "us-east-1"),
        ] {
            assert_eq!(meant(name), Some(expected));
        }
        for name in
            ["us-east-1", "us-east-3", "ap-southeast-10", "me-west-1", "sa-west-1", "us-south-1"]
        {
            assert_eq!(meant(name), None, "{name}");
        }
    }

    #[test]
    fn every_familiar_name_is_a_service_and_means_itself() {
        for name in FAMILIAR {
            assert_eq!(familiar(name).map(|service| service.to_string()).as_deref(), Some(*name));
            assert_eq!(meant(name), None);
            assert!(MEANT.iter().all(|(wrong, _)| wrong != name));
        }
        for (_, right) in MEANT {
            assert!(FAMILIAR.contains(right));
        }
    }
}
