//! One stack of a config, and what its values have to fulfil together.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::ops::Range;

use super::read::{Fields, Reader, join};
use super::{
    Endpoint, EndpointEgress, EndpointIngress, EndpointPolicy, Endpoints, ListSetting, Located,
    Network, Presence, Setting, Stack, StackName, TaskEgress, value,
};
use crate::aws::{Partition, Region, Service, quota};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::prefix::{Prefix, shorten};
use crate::yaml::{Kind, Node};

const KEYS: &[&str] = &[
    "region",
    "regions",
    "registries",
    "network",
    "task",
    "endpoint",
    "endpoints",
    "services",
    "s3-prefix-list",
    "service-names",
    "layer-bucket",
    "tags",
];

/// Reads a stack; `None` when something in it is wrong, which has been recorded then.
pub(super) fn read(
    reader: &mut Reader,
    node: &Node,
    name: Option<Located<StackName>>,
    path: String,
    key_span: &Range<usize>,
) -> Option<Stack> {
    let fields = reader.fields(node, path, key_span.clone(), KEYS)?;
    let regions = regions(reader, &fields);
    let registries = match fields.get("registries") {
        Some((node, path)) => list(reader, node, &path, "account ids", value::account),
        None => {
            let help = "name the accounts the tasks pull from: `registries: [\"012345678901\"]`";
            reader.missing(&fields, "registries", help);
            None
        }
    };
    let network = network(reader, &fields);
    let services = services(reader, &fields);
    let endpoints = endpoints(reader, &fields);
    let task_egress = task(reader, &fields, services.as_deref().unwrap_or_default());
    let endpoint = endpoint(reader, &fields, endpoints.as_ref());
    let s3_prefix_list =
        optional(&fields, "s3-prefix-list", |node, path| value::id(reader, node, path));
    let service_names = service_names(reader, &fields);
    let layer_bucket = optional(&fields, "layer-bucket", |node, path| bucket(reader, node, path));
    let tags = tags(reader, &fields);

    if let (Some(network), Some(TaskEgress::EndpointAddresses(Some(addresses)))) =
        (&network, &task_egress)
    {
        addresses_lie_in_cidrs(reader, addresses, &network.cidrs);
    }
    let stack = Stack {
        name: name?,
        regions: regions?,
        registries: registries?,
        network: network?,
        task_egress: task_egress?,
        endpoint: endpoint?,
        endpoints: endpoints?,
        services: services?,
        s3_prefix_list: s3_prefix_list?,
        service_names: service_names?,
        layer_bucket: layer_bucket?,
        tags: tags?,
    };
    no_literals_for_many_regions(reader, &stack);
    partition_is_documented(reader, &stack);
    Some(stack)
}

/// `Some(None)` when the key is not there, `None` when its value is wrong.
fn optional<T>(
    fields: &Fields<'_>,
    key: &str,
    read: impl FnOnce(&Node, String) -> Option<T>,
) -> Option<Option<T>> {
    match fields.get(key) {
        Some((node, path)) => read(node, path).map(Some),
        None => Some(None),
    }
}

/// A list of at least one value, none of them twice.
fn list<T: Ord>(
    reader: &mut Reader,
    node: &Node,
    path: &str,
    expected: &str,
    read: fn(&mut Reader, &Node, String) -> Option<Located<T>>,
) -> Option<Vec<Located<T>>> {
    let nodes = reader.list(node, path, expected)?;
    let count = nodes.len();
    let values: Vec<_> =
        nodes.into_iter().filter_map(|(node, path)| read(reader, node, path)).collect();
    reader.no_duplicates(&values);
    (values.len() == count).then_some(values)
}

fn regions(reader: &mut Reader, fields: &Fields<'_>) -> Option<Vec<Located<&'static Region>>> {
    let (one, many) = (fields.get("region"), fields.get("regions"));
    match (one, many) {
        (Some((node, path)), None) => value::region(reader, node, path).map(|region| vec![region]),
        (None, Some((node, path))) => {
            let regions = list(reader, node, &path, "regions", value::region)?;
            let first = &regions[0];
            let other = regions.iter().find(|r| r.value.partition != first.value.partition);
            if let Some(other) = other {
                let diagnostic = Diagnostic::error(
                    Code::MixedPartitions,
                    format!(
                        "`{}` is in partition `{}`, `{}` in `{}`",
                        other.value, other.value.partition, first.value, first.value.partition
                    ),
                )
                .at(&reader.source, other.span.clone(), other.value.partition.name())
                .related(&reader.source, first.span.clone(), first.value.partition.name())
                .help("make a stack for each partition: no account and no endpoint spans two");
                reader.record(diagnostic);
                return None;
            }
            Some(regions)
        }
        (Some(_), Some(_)) => {
            let entry = |key| fields.entry(key).map_or(0..0, |entry| entry.key_span.clone());
            let diagnostic = Diagnostic::error(
                Code::ConflictingKeys,
                format!("`{}` has both `region` and `regions`", fields.path),
            )
            .at(&reader.source, entry("regions"), "this one")
            .related(&reader.source, entry("region"), "and this one")
            .help("keep `region` for one region, `regions` for one template for several");
            reader.record(diagnostic);
            None
        }
        (None, None) => {
            reader.missing(
                fields,
                "region",
                "write the region's code, as in `region: ap-northeast-1`",
            );
            None
        }
    }
}

/// The entries of a section, also of one that is not there.
fn section<'n>(
    reader: &mut Reader,
    fields: &Fields<'n>,
    key: &str,
    known: &[&str],
) -> Option<Fields<'n>> {
    const NOTHING: &Node = &Node { span: 0..0, kind: Kind::Mapping(Vec::new()) };
    let (node, path, span) = match fields.entry(key) {
        Some(entry) => (&entry.value, fields.path_to(key), entry.key_span.clone()),
        None => (NOTHING, fields.path_to(key), fields.span.clone()),
    };
    reader.fields(node, path, span, known)
}

fn network(reader: &mut Reader, fields: &Fields<'_>) -> Option<Network> {
    let fields = section(reader, fields, "network", &["vpc", "cidrs", "subnets", "route-tables"])?;
    let vpc = value::setting(reader, &fields, "vpc", "VpcId", value::id);
    let cidrs =
        value::list_setting(reader, &fields, "cidrs", "VpcCidr", "prefixes", value::vpc_prefix);
    let subnets =
        value::list_setting(reader, &fields, "subnets", "SubnetIds", "subnet ids", value::id);
    let route_tables = value::list_setting(
        reader,
        &fields,
        "route-tables",
        "RouteTableIds",
        "route table ids",
        value::id,
    );
    Some(Network { vpc: vpc?, cidrs: cidrs?, subnets: subnets?, route_tables: route_tables? })
}

fn task(
    reader: &mut Reader,
    fields: &Fields<'_>,
    services: &[Located<Service>],
) -> Option<TaskEgress> {
    let fields = section(reader, fields, "task", &["egress", "endpoint-addresses"])?;
    let by_address = match fields.get("egress") {
        Some((node, path)) => {
            let words = [("endpoint-security-group", false), ("endpoint-addresses", true)];
            reader.word(node, path, &words)?.value
        }
        None => false,
    };
    match fields.entry("endpoint-addresses") {
        None if by_address => Some(TaskEgress::EndpointAddresses(None)),
        None => Some(TaskEgress::EndpointSecurityGroup),
        Some(entry) if !by_address => {
            let span = entry.key_span.clone();
            let message = "`endpoint-addresses` is used only with `egress: endpoint-addresses`";
            let help = "write `egress: endpoint-addresses` above it, or leave the addresses out";
            reader.error(Code::ConflictingKeys, span, message, "not used", Some(help.into()));
            None
        }
        Some(entry) => {
            let path = fields.path_to("endpoint-addresses");
            endpoint_addresses(reader, entry, path, services)
                .map(|addresses| TaskEgress::EndpointAddresses(Some(addresses)))
        }
    }
}

fn endpoint_addresses(
    reader: &mut Reader,
    entry: &crate::yaml::Entry,
    path: String,
    services: &[Located<Service>],
) -> Option<BTreeMap<Service, Vec<Located<Ipv4Addr>>>> {
    let mut wanted = vec![Service::ecr_api(), Service::ecr_dkr()];
    wanted.extend(services.iter().map(|service| service.value.clone()));
    let names: Vec<&str> = wanted.iter().map(Service::name).collect();
    let fields = reader.fields(&entry.value, path, entry.key_span.clone(), &names)?;
    let mut addresses = BTreeMap::new();
    let mut complete = true;
    for service in &wanted {
        let read = match fields.get(service.name()) {
            Some((node, path)) => list(reader, node, &path, "addresses", value::address),
            None => {
                let help = format!(
                    "write `{service}: [10.0.1.10]`, one address a subnet, or leave `endpoint-addresses` out"
                );
                reader.missing(&fields, service.name(), &help);
                None
            }
        };
        match read {
            Some(read) => drop(addresses.insert(service.clone(), read)),
            None => complete = false,
        }
    }
    complete.then_some(addresses)
}

fn endpoint(
    reader: &mut Reader,
    fields: &Fields<'_>,
    endpoints: Option<&Endpoints>,
) -> Option<Endpoint> {
    let keys = &["ingress", "egress", "policy", "security-group"];
    let fields = section(reader, fields, "endpoint", keys)?;
    let ingress = match fields.get("ingress") {
        Some((node, path)) => reader.word(
            node,
            path,
            &[
                ("vpc-cidrs", EndpointIngress::VpcCidrs),
                ("task-security-group", EndpointIngress::TaskSecurityGroup),
            ],
        ),
        None => Some(fields.default("ingress", EndpointIngress::VpcCidrs)),
    };
    let egress = match fields.get("egress") {
        Some((node, path)) => reader.word(
            node,
            path,
            &[
                ("ecr-prefixes", EndpointEgress::EcrPrefixes),
                ("deny", EndpointEgress::Deny),
                ("open", EndpointEgress::Open),
            ],
        ),
        None => Some(fields.default("egress", EndpointEgress::EcrPrefixes)),
    };
    let policy = match fields.get("policy") {
        Some((node, path)) => reader.word(
            node,
            path,
            &[("least-privilege", EndpointPolicy::LeastPrivilege), ("open", EndpointPolicy::Open)],
        ),
        None => Some(fields.default("policy", EndpointPolicy::LeastPrivilege)),
    };
    let existing = endpoints.is_some_and(|endpoints| {
        [endpoints.ecr_api, endpoints.ecr_dkr].contains(&Presence::Existing)
    });
    let group =
        value::setting(reader, &fields, "security-group", "EndpointSecurityGroupId", value::id);
    let security_group = if existing {
        Some(group?)
    } else if let (Some(entry), Some(_)) = (fields.entry("security-group"), endpoints) {
        let message = "`security-group` is used only where an interface endpoint is `existing`";
        let help = "write `endpoints: {ecr.api: existing, ecr.dkr: existing}` if the VPC has them, or leave the group out";
        let span = entry.key_span.clone();
        reader.error(Code::ConflictingKeys, span, message, "not used", Some(help.into()));
        return None;
    } else {
        None
    };
    Some(Endpoint { ingress: ingress?, egress: egress?, policy: policy?, security_group })
}

fn endpoints(reader: &mut Reader, fields: &Fields<'_>) -> Option<Endpoints> {
    let fields = section(reader, fields, "endpoints", &["ecr.api", "ecr.dkr", "s3"])?;
    let mut presence = |key: &str| match fields.get(key) {
        Some((node, path)) => {
            let words = [("create", Presence::Create), ("existing", Presence::Existing)];
            reader.word(node, path, &words).map(|word| word.value)
        }
        None => Some(Presence::Create),
    };
    let (ecr_api, ecr_dkr, s3) = (presence("ecr.api"), presence("ecr.dkr"), presence("s3"));
    Some(Endpoints { ecr_api: ecr_api?, ecr_dkr: ecr_dkr?, s3: s3? })
}

fn services(reader: &mut Reader, fields: &Fields<'_>) -> Option<Vec<Located<Service>>> {
    let Some((node, path)) = fields.get("services") else { return Some(Vec::new()) };
    // Unlike other lists this one may say that there is nothing in it.
    if node.is_null() || matches!(&node.kind, Kind::Sequence(items) if items.is_empty()) {
        return Some(Vec::new());
    }
    let services = list(reader, node, &path, "services such as `logs`", service)?;
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

fn service(reader: &mut Reader, node: &Node, path: String) -> Option<Located<Service>> {
    let text = reader.text(node, path, "a service such as `logs`")?;
    let help =
        |known: &str| format!("write the end of the endpoint's service name, such as `{known}`");
    match text.value.parse::<Service>() {
        Ok(service)
            if service.is_ecr() || service.name() == "s3" || service.name() == "dynamodb" =>
        {
            let span = text.span;
            let (message, help) = if service.name() == "dynamodb" {
                (
                    "`dynamodb` has a gateway endpoint, and `services` are interface endpoints",
                    "leave it out and make its gateway endpoint in a stack of its own",
                )
            } else {
                (
                    "the endpoints of ECR and S3 are there without being named",
                    "leave it out; `endpoints` says whether it is made",
                )
            };
            reader.error(
                Code::UnknownValue,
                span,
                message,
                "not one of the services",
                Some(help.into()),
            );
            None
        }
        Ok(service) => {
            // Any name may be a service; one that is nearly a known one is a misspelling.
            let near = nearest(service.name(), Service::known());
            if let Some(near) = near.filter(|near| {
                *near != service.name()
                    && service.name().len().abs_diff(near.len()) <= 2
                    && strsim::damerau_levenshtein(near, service.name()) == 1
                    && service.name().len() > 3
            }) {
                reader.error(
                    Code::UnknownValue,
                    text.span,
                    format!("there is no service `{service}`"),
                    "unknown service",
                    Some(format!("did you mean `{near}`?")),
                );
                return None;
            }
            Some(text.map(|_| service))
        }
        Err(error) => {
            reader.error(
                Code::InvalidName,
                text.span,
                format!("`{}` is not the name of a service", shorten(text.value)),
                error.to_string(),
                Some(help("logs")),
            );
            None
        }
    }
}

fn service_names(
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
        let text = reader.text(&each.value, path, "an endpoint service name")?;
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
fn bucket(reader: &mut Reader, node: &Node, path: String) -> Option<Located<String>> {
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
fn tags(reader: &mut Reader, fields: &Fields<'_>) -> Option<BTreeMap<String, String>> {
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
        let refusal = if !(1..=128).contains(&key.chars().count()) {
            Some("a tag's key is 1 to 128 characters")
        } else if key.to_ascii_lowercase().starts_with("aws:") {
            Some("keys that begin with `aws:` are AWS's own")
        } else if value.chars().count() > 256 {
            Some("a tag's value is at most 256 characters")
        } else if key.chars().chain(value.chars()).any(|c| !is_tag_character(c)) {
            Some("tags are made of letters, digits, spaces and `_.:/=+-@`")
        } else {
            None
        };
        match refusal {
            Some(refusal) => reader.error(
                Code::InvalidTag,
                tag.key_span.clone(),
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

fn addresses_lie_in_cidrs(
    reader: &mut Reader,
    addresses: &BTreeMap<Service, Vec<Located<Ipv4Addr>>>,
    cidrs: &ListSetting<Prefix>,
) {
    let Some(prefixes) = cidrs.literals() else { return };
    for address in addresses.values().flatten() {
        if prefixes.iter().any(|prefix| prefix.value.contains(address.value.into())) {
            continue;
        }
        let names = prefixes.iter().map(|p| p.value.to_string()).collect::<Vec<_>>().join(", ");
        let mut diagnostic = Diagnostic::error(
            Code::AddressOutsideCidrs,
            format!("`{}` is in none of the VPC's prefixes: {}", address.value, shorten(&names)),
        )
        .at(&reader.source, address.span.clone(), "outside of the VPC");
        if let Some(first) = prefixes.first() {
            diagnostic =
                diagnostic.related(&reader.source, first.span.clone(), "the VPC's prefixes");
        }
        reader.record(
            diagnostic.help("correct the address, or add the VPC's secondary prefix to `cidrs`"),
        );
    }
}

/// An id or an address means something in one region only.
fn no_literals_for_many_regions(reader: &mut Reader, stack: &Stack) {
    if stack.regions.len() < 2 {
        return;
    }
    let mut spans = Vec::new();
    let network = &stack.network;
    if let Setting::Literal(vpc) = &network.vpc {
        spans.push(vpc.span.clone());
    }
    spans.extend(literal_spans(&network.subnets));
    spans.extend(literal_spans(&network.route_tables));
    if let Some(Setting::Literal(group)) = &stack.endpoint.security_group {
        spans.push(group.span.clone());
    }
    spans.extend(stack.s3_prefix_list.iter().map(|list| list.span.clone()));
    spans.extend(stack.service_names.values().map(|name| name.span.clone()));
    spans.extend(stack.layer_bucket.iter().map(|bucket| bucket.span.clone()));
    if let TaskEgress::EndpointAddresses(Some(addresses)) = &stack.task_egress {
        spans.extend(addresses.values().flatten().map(|address| address.span.clone()));
    }
    for span in spans {
        reader.error(
            Code::LiteralInManyRegions,
            span,
            "this belongs to one region, and the stack is for several",
            "one region's",
            Some("leave it out, write `{parameter: Name}` or `{import: ExportName}`, or make a stack for each region".into()),
        );
    }
    if let TaskEgress::EndpointAddresses(None) = &stack.task_egress {
        reader.error(
            Code::LiteralInManyRegions,
            stack.name.span.clone(),
            "addresses of endpoints belong to one VPC, and the stack is for several regions",
            "`task.egress` is `endpoint-addresses`",
            Some("write `egress: endpoint-security-group` under `task`".into()),
        );
    }
}

fn literal_spans<T>(setting: &ListSetting<T>) -> Vec<Range<usize>> {
    let ListSetting::Items(items) = setting else { return Vec::new() };
    let literal = |item: &Setting<T>| match item {
        Setting::Literal(literal) => Some(literal.span.clone()),
        _ => None,
    };
    items.iter().filter_map(literal).collect()
}

/// Where AWS documents no name for a partition, the config has to give it.
fn partition_is_documented(reader: &mut Reader, stack: &Stack) {
    let partition: Partition = stack.partition();
    let region = &stack.regions[0];
    let mut wanted: Vec<Service> = stack.services.iter().map(|s| s.value.clone()).collect();
    if stack.endpoints.s3 == Presence::Create {
        wanted.push(Service::s3());
    }
    for service in wanted {
        if service.endpoint_service_name_is_confirmed(partition)
            || stack.service_names.contains_key(&service)
        {
            continue;
        }
        let guess = service.endpoint_service_name(partition, region.value.name);
        let diagnostic = Diagnostic::error(
            Code::UnconfirmedFact,
            format!("the name of the `{service}` endpoint service in partition `{partition}` is not documented"),
        )
        .at(&reader.source, region.span.clone(), format!("partition `{partition}`"))
        .help(format!("look it up: aws ec2 describe-vpc-endpoint-services --region {} --query ServiceNames", region.value))
        .help(format!("then write it down, as in `service-names: {{{service}: {guess}}}`"));
        let diagnostic = if service.name() == "s3" {
            diagnostic.help("or, if the VPC has the endpoint already: `endpoints: {s3: existing}`")
        } else {
            diagnostic
        };
        reader.record(diagnostic);
    }
    let narrowed = stack.endpoint.policy.value == EndpointPolicy::LeastPrivilege
        && stack.endpoints.s3 == Presence::Create;
    if narrowed && stack.layer_bucket.is_none() && !partition.layer_bucket_is_confirmed() {
        let diagnostic = Diagnostic::error(
            Code::UnconfirmedFact,
            format!(
                "the bucket that ECR keeps layers in is not documented for partition `{partition}`"
            ),
        )
        .at(&reader.source, region.span.clone(), format!("partition `{partition}`"))
        .help(format!(
            "if AWS Support confirms it, write `layer-bucket: prod-{}-starport-layer-bucket`",
            region.value
        ))
        .help("or leave the endpoints' policies open: `endpoint: {policy: open}`");
        reader.record(diagnostic);
    }
}
