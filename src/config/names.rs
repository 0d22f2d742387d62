//! The sections of a stack that are lists of names: services, endpoint service names, tags.

use std::collections::BTreeMap;

use super::Located;
use super::read::{Fields, Reader, join};
use super::stack::list;
use crate::aws::service::MEANT;
use crate::aws::{Region, Service, quota};
use crate::diagnostic::{Code, Diagnostic};
use crate::prefix::shorten;
use crate::yaml::{Kind, Node};

pub(super) fn services(reader: &mut Reader, fields: &Fields<'_>) -> Option<Vec<Located<Service>>> {
    let Some((node, path)) = fields.get("services") else { return Some(Vec::new()) };
    // Unlike other lists this one may say that there is nothing in it.
    if node.is_null() || matches!(&node.kind, Kind::Sequence(items) if items.is_empty()) {
        return Some(Vec::new());
    }
    // What has a whole name is meant, whatever it is like.
    let names = fields.get("service-names").map(|(names, _)| names);
    let is_named = |name: &str| names.is_some_and(|names| names.entry(name).is_some());
    let services = list(reader, node, &path, "services such as `logs`", |reader, node, path| {
        service(reader, node, path, is_named)
    })?;
    let mut taken: BTreeMap<String, &Located<Service>> = BTreeMap::new();
    for service in &services {
        let logical = service.value.logical_name();
        if let Some(other) = taken.insert(logical.clone(), service) {
            let message = format!(
                "`{}` and `{}` would both be the resource `{logical}Endpoint`",
                other.value, service.value
            );
            let diagnostic = Diagnostic::error(Code::DuplicateEntry, message)
                .at(&reader.source, service.span.clone(), "second")
                .related(&reader.source, other.span.clone(), "first")
                .help("keep the one that AWS has: aws ec2 describe-vpc-endpoint-services");
            reader.record(diagnostic);
            return None;
        }
    }
    if services.len() + 2 > quota::INTERFACE_ENDPOINTS_PER_VPC {
        reader.error(
            Code::QuotaExceeded,
            node.span.clone(),
            format!(
                "{} interface endpoints, and a VPC takes {}",
                services.len() + 2,
                quota::INTERFACE_ENDPOINTS_PER_VPC
            ),
            format!("{} services and ECR's two", services.len()),
            Some("keep those that the tasks use".into()),
        );
        return None;
    }
    Some(services)
}

fn service(
    reader: &mut Reader,
    node: &Node,
    path: String,
    is_named: impl Fn(&str) -> bool,
) -> Option<Located<Service>> {
    let text = reader.text(node, path, "a service such as `logs`")?;
    let written = shorten(text.value);
    let (code, message, help) = match text.value.parse::<Service>() {
        Err(error) => (
            Code::InvalidName,
            format!("`{written}` is not the name of a service: {error}"),
            "write the end of the endpoint's service name, such as `logs`".to_owned(),
        ),
        Ok(service) => match refusal(&service, is_named(text.value)) {
            None => return Some(text.map(|_| service)),
            Some((message, help)) => (Code::UnknownValue, message, help),
        },
    };
    reader.error(code, text.span, message, "not one of the services", Some(help));
    None
}

/// Why a well-formed name cannot be one of the services, and what to do; `is_named` is whether its
/// endpoint service has a name in the config.
fn refusal(service: &Service, is_named: bool) -> Option<(String, String)> {
    let name = service.name();
    if name == "dynamodb" {
        return Some((
            "`dynamodb` has a gateway endpoint, and `services` are interface endpoints".to_owned(),
            "leave it out and make its gateway endpoint in a stack of its own".to_owned(),
        ));
    }
    let made = || {
        Some((
            format!("`{name}`: the endpoints of ECR and S3 are there without being named"),
            "leave it out; `endpoints` says whether it is made".to_owned(),
        ))
    };
    if ["EcrApi", "EcrDkr", "S3"].contains(&service.logical_name().as_str()) {
        return made();
    }
    if name == "efs" {
        return Some((
            "EFS's API is the service `elasticfilesystem`, and file systems are mounted without it"
                .to_owned(),
            "write `task: {efs: [sg-…]}` to mount file systems, `elasticfilesystem` for the API"
                .to_owned(),
        ));
    }
    // The whole name of the endpoint service, as the AWS CLI prints it.
    let words: Vec<&str> = name.split('.').collect();
    if let Some(region) = words.iter().position(|word| Region::named(word).is_some()) {
        let end = words[region + 1..].join(".");
        return Some((
            format!("`{}` is a whole endpoint service name, expected its end", shorten(name)),
            format!("did you mean `{end}`?"),
        ));
    }
    // Any name may be a service that is new; a letter off one that tasks are known to use, it is a
    // misspelling.
    if is_named || service.is_listed() {
        return None;
    }
    let near = Service::nearest(name)?;
    let is_off_by_one = || {
        name.len() > 3
            && Service::known().any(|known| known == near)
            && strsim::damerau_levenshtein(near, name) == 1
    };
    if !MEANT.iter().any(|(wrong, _)| *wrong == name) && !is_off_by_one() {
        return None;
    }
    if near.starts_with("ecr.") {
        return made();
    }
    Some((format!("there is no service `{name}`"), format!("did you mean `{near}`?")))
}

pub(super) fn service_names(
    reader: &mut Reader,
    fields: &Fields<'_>,
) -> Option<BTreeMap<Service, Located<String>>> {
    let Some(entry) = fields.entry("service-names") else { return Some(BTreeMap::new()) };
    if entry.value.is_null() {
        return Some(BTreeMap::new());
    }
    let Kind::Mapping(entries) = &entry.value.kind else {
        reader.wrong_type(&entry.value, "a mapping of services to endpoint service names");
        return None;
    };
    let mut names = BTreeMap::new();
    for each in entries {
        let path = join(&fields.path_to("service-names"), &shorten(&each.key));
        let Some(text) = reader.text(&each.value, path, "an endpoint service name") else {
            continue;
        };
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
        let well_formed = text.value.len() <= 255
            && text.value.contains('.')
            && text.value.starts_with(|c: char| c.is_ascii_lowercase())
            && text.value.chars().all(word);
        match each.key.parse::<Service>() {
            Ok(service) if well_formed => {
                names.insert(service, text.map(str::to_owned));
            }
            Ok(_) => reader.error(
                Code::InvalidName,
                text.span,
                format!("`{}` is not an endpoint service name", shorten(text.value)),
                "expected a name such as `com.amazonaws.us-east-1.logs`",
                Some("`aws ec2 describe-vpc-endpoint-services` prints the names there are".into()),
            ),
            Err(error) => reader.error(
                Code::InvalidName,
                each.key_span.clone(),
                format!("`{}` is not the name of a service", shorten(&each.key)),
                error.to_string(),
                Some("write the end of the endpoint's service name, such as `s3`".into()),
            ),
        }
    }
    (names.len() == entries.len()).then_some(names)
}

/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
pub(super) fn bucket(reader: &mut Reader, node: &Node, path: String) -> Option<Located<String>> {
    let text =
        reader.text(node, path, "a bucket such as `prod-us-east-1-starport-layer-bucket`")?;
    let well_formed = (3..=63).contains(&text.value.len())
        && text.value.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'));
    if well_formed {
        return Some(text.map(str::to_owned));
    }
    reader.error(
        Code::InvalidName,
        text.span,
        format!("`{}` is not the name of a bucket", shorten(text.value)),
        "expected 3 to 63 of a-z, 0-9, hyphens and dots",
        Some("write the bucket's name without `s3://` and without a path".into()),
    );
    None
}

/// Source: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions>
pub(super) fn tags(reader: &mut Reader, fields: &Fields<'_>) -> Option<BTreeMap<String, String>> {
    let Some(entry) = fields.entry("tags") else { return Some(BTreeMap::new()) };
    if entry.value.is_null() {
        return Some(BTreeMap::new());
    }
    let Kind::Mapping(entries) = &entry.value.kind else {
        reader.wrong_type(&entry.value, "a mapping of tags to their values");
        return None;
    };
    if entries.len() > quota::TAGS_PER_RESOURCE {
        reader.error(
            Code::InvalidTag,
            entry.key_span.clone(),
            format!("{} tags, and a resource takes {}", entries.len(), quota::TAGS_PER_RESOURCE),
            "too many",
            Some("keep those that are used".into()),
        );
        return None;
    }
    let mut tags = BTreeMap::new();
    for tag in entries {
        let path = join(&fields.path_to("tags"), &shorten(&tag.key));
        let Some(text) = reader.text(&tag.value, path, "a text") else { continue };
        let (key, value) = (tag.key.as_str(), text.value);
        let is_made_of_others = |text: &str| !text.chars().all(is_tag_character);
        let others = "tags are made of letters, digits, spaces and `_.:/=+-@`";
        let refusal = if !(1..=128).contains(&key.chars().count()) {
            Some((&tag.key_span, "a tag's key is 1 to 128 characters"))
        } else if key.to_ascii_lowercase().starts_with("aws:") {
            Some((&tag.key_span, "keys that begin with `aws:` are AWS's own"))
        } else if is_made_of_others(key) {
            Some((&tag.key_span, others))
        } else if value.chars().count() > 256 {
            Some((&tag.value.span, "a tag's value is at most 256 characters"))
        } else if is_made_of_others(value) {
            Some((&tag.value.span, others))
        } else {
            None
        };
        match refusal {
            Some((span, refusal)) => reader.error(
                Code::InvalidTag,
                span.clone(),
                format!("tag `{}` cannot be set", shorten(key)),
                refusal,
                Some("change the tag, or leave it out".into()),
            ),
            None => drop(tags.insert(key.to_owned(), value.to_owned())),
        }
    }
    (tags.len() == entries.len()).then_some(tags)
}

fn is_tag_character(c: char) -> bool {
    c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c)
}
