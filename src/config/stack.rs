//! One stack of a config, and what its values have to fulfil together.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::ops::Range;

use super::read::{Fields, Reader};
use super::{
    Endpoint, EndpointEgress, EndpointIngress, EndpointPolicy, Endpoints, Located, Network,
    Presence, Setting, Stack, StackName, TaskEgress, names, together, value,
};
use crate::aws::{Region, SecurityGroupId, Service};
use crate::diagnostic::{Code, Diagnostic};
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

// The words of a key, each with what it stands for. The first one is the default.
pub(super) const TASK_EGRESS: &[(&str, bool)] =
    &[("endpoint-security-group", false), ("endpoint-addresses", true)];
pub(super) const INGRESS: &[(&str, EndpointIngress)] = &[
    ("vpc-cidrs", EndpointIngress::VpcCidrs),
    ("task-security-group", EndpointIngress::TaskSecurityGroup),
];
pub(super) const EGRESS: &[(&str, EndpointEgress)] = &[
    ("ecr-prefixes", EndpointEgress::EcrPrefixes),
    ("deny", EndpointEgress::Deny),
    ("open", EndpointEgress::Open),
];
pub(super) const POLICY: &[(&str, EndpointPolicy)] =
    &[("least-privilege", EndpointPolicy::LeastPrivilege), ("open", EndpointPolicy::Open)];
pub(super) const PRESENCE: &[(&str, Presence)] =
    &[("create", Presence::Create), ("existing", Presence::Existing)];

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
    let services = names::services(reader, &fields);
    let endpoints = endpoints(reader, &fields);
    let (task_egress, efs) = task(reader, &fields, services.as_deref().unwrap_or_default());
    let endpoint = endpoint(reader, &fields, endpoints.as_ref());
    let s3_prefix_list =
        optional(&fields, "s3-prefix-list", |node, path| value::id(reader, node, path));
    let service_names = names::service_names(reader, &fields);
    let layer_bucket =
        optional(&fields, "layer-bucket", |node, path| names::bucket(reader, node, path));
    let tags = names::tags(reader, &fields);

    let parts = together::Parts {
        regions: regions.as_deref().unwrap_or_default(),
        network: network.as_ref(),
        task_egress: task_egress.as_ref(),
        efs: efs.as_deref().unwrap_or_default(),
        endpoint: endpoint.as_ref(),
        endpoints: endpoints.as_ref(),
        services: services.as_deref().unwrap_or_default(),
        s3_prefix_list: s3_prefix_list.iter().flatten().next(),
        service_names: service_names.as_ref(),
        layer_bucket: layer_bucket.iter().flatten().next(),
        key_span,
    };
    let goes_together = together::check(reader, &parts);
    let stack = Stack {
        name: name?,
        regions: regions?,
        registries: registries?,
        network: network?,
        task_egress: task_egress?,
        efs: efs?,
        endpoint: endpoint?,
        endpoints: endpoints?,
        services: services?,
        s3_prefix_list: s3_prefix_list?,
        service_names: service_names?,
        layer_bucket: layer_bucket?,
        tags: tags?,
    };
    goes_together.then_some(stack)
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

/// One of the words under a key, or the first of them where there is none.
fn word<T: Copy>(
    reader: &mut Reader,
    fields: &Fields<'_>,
    key: &str,
    words: &[(&str, T)],
) -> Option<Located<T>> {
    match fields.get(key) {
        Some((node, path)) => reader.word(node, path, words),
        None => Some(fields.default(key, words[0].1)),
    }
}

/// A list of at least one value, none of them twice.
pub(super) fn list<T: Ord>(
    reader: &mut Reader,
    node: &Node,
    path: &str,
    expected: &str,
    read: impl Fn(&mut Reader, &Node, String) -> Option<Located<T>>,
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
    const NOTHING: &Node = &Node::new(0..0, Kind::Mapping(Vec::new()));
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

/// What the tasks' group opens: towards the endpoints, and towards mount targets of EFS.
fn task(
    reader: &mut Reader,
    fields: &Fields<'_>,
    services: &[Located<Service>],
) -> (Option<TaskEgress>, Option<Vec<Setting<SecurityGroupId>>>) {
    let keys = &["egress", "endpoint-addresses", "efs"];
    let Some(fields) = section(reader, fields, "task", keys) else { return (None, None) };
    (task_egress(reader, &fields, services), efs(reader, &fields))
}

fn efs(reader: &mut Reader, fields: &Fields<'_>) -> Option<Vec<Setting<SecurityGroupId>>> {
    let Some((node, path)) = fields.get("efs") else { return Some(Vec::new()) };
    // As `services`, it may say that there is nothing in it.
    if node.is_null() || matches!(&node.kind, Kind::Sequence(items) if items.is_empty()) {
        return Some(Vec::new());
    }
    value::items(reader, node, &path, "security groups of mount targets", value::id)
}

fn task_egress(
    reader: &mut Reader,
    fields: &Fields<'_>,
    services: &[Located<Service>],
) -> Option<TaskEgress> {
    let chosen = word(reader, fields, "egress", TASK_EGRESS).map(|word| word.value);
    // Addresses beside a word that is not one are read for their own errors.
    let by_address = chosen.unwrap_or(fields.entry("endpoint-addresses").is_some());
    let egress = match fields.entry("endpoint-addresses") {
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
    };
    chosen.and(egress)
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
    let ingress = word(reader, &fields, "ingress", INGRESS);
    let egress = word(reader, &fields, "egress", EGRESS);
    let policy = word(reader, &fields, "policy", POLICY);
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
    let mut presence = |key| word(reader, &fields, key, PRESENCE).map(|word| word.value);
    let (ecr_api, ecr_dkr, s3) = (presence("ecr.api"), presence("ecr.dkr"), presence("s3"));
    Some(Endpoints { ecr_api: ecr_api?, ecr_dkr: ecr_dkr?, s3: s3? })
}
