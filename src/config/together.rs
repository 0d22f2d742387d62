//! What the values of a stack have to fulfil together.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::ops::Range;

use super::read::Reader;
use super::{
    Endpoint, EndpointEgress, EndpointPolicy, Endpoints, ListSetting, Located, Network, Presence,
    Setting, TaskEgress,
};
use crate::aws::{PrefixListId, Region, SecurityGroupId, Service};
use crate::diagnostic::{Code, Diagnostic};
use crate::facts::built_in;
use crate::prefix::{Prefix, shorten};

/// The parts of a stack that could be read, so that what is wrong with them together is said at
/// once with what is wrong with the others.
pub(super) struct Parts<'a> {
    pub(super) regions: &'a [Located<&'static Region>],
    pub(super) network: Option<&'a Network>,
    pub(super) task_egress: Option<&'a TaskEgress>,
    pub(super) efs: &'a [Setting<SecurityGroupId>],
    pub(super) endpoint: Option<&'a Endpoint>,
    pub(super) endpoints: Option<&'a Endpoints>,
    pub(super) services: &'a [Located<Service>],
    pub(super) s3_prefix_list: Option<&'a Located<PrefixListId>>,
    pub(super) service_names: Option<&'a BTreeMap<Service, Located<String>>>,
    pub(super) layer_bucket: Option<&'a Located<String>>,
    pub(super) key_span: &'a Range<usize>,
}

/// Checks everything; false if something was recorded.
pub(super) fn check(reader: &mut Reader, parts: &Parts<'_>) -> bool {
    let before = reader.diagnostics.len();
    addresses_lie_in_cidrs(reader, parts);
    no_literals_for_many_regions(reader, parts);
    existing_group_is_in_one_region(reader, parts);
    partition_is_documented(reader, parts);
    prefix_list_is_not_foreign(reader, parts);
    service_names_are_of_the_region(reader, parts);
    reader.diagnostics.len() == before
}

fn addresses_lie_in_cidrs(reader: &mut Reader, parts: &Parts<'_>) {
    let (Some(network), Some(TaskEgress::EndpointAddresses(Some(addresses)))) =
        (parts.network, parts.task_egress)
    else {
        return;
    };
    let Some(prefixes) = network.cidrs.literals() else { return };
    for address in addresses.values().flatten() {
        if !prefixes.iter().any(|prefix| prefix.value.contains(address.value.into())) {
            reader.record(outside(reader, address, &prefixes));
        }
    }
}

fn outside(
    reader: &Reader,
    address: &Located<Ipv4Addr>,
    prefixes: &[&Located<Prefix>],
) -> Diagnostic {
    let names = prefixes.iter().map(|p| p.value.to_string()).collect::<Vec<_>>().join(", ");
    let message =
        format!("`{}` is in none of the VPC's prefixes: {}", address.value, shorten(&names));
    let diagnostic = Diagnostic::error(Code::AddressOutsideCidrs, message)
        .at(&reader.source, address.span.clone(), "outside of the VPC")
        .help("correct the address, or add the VPC's secondary prefix to `cidrs`");
    match prefixes.first() {
        Some(first) => diagnostic.related(&reader.source, first.span.clone(), "the VPC's prefixes"),
        None => diagnostic,
    }
}

/// An id or an address means something in one region only.
fn no_literals_for_many_regions(reader: &mut Reader, parts: &Parts<'_>) {
    const REFERENCE: &str = "leave it out, write `{parameter: Name}` or `{import: ExportName}`, or make a stack for each region";
    const NO_DEFAULT: &str =
        "write `{parameter: Name}` or `{import: ExportName}`, or make a stack for each region";
    const STACKS: &str = "make a stack for each region";
    if parts.regions.len() < 2 {
        return;
    }
    let mut found: Vec<(Range<usize>, &str)> = Vec::new();
    if let Some(network) = parts.network {
        if let Setting::Literal(vpc) = &network.vpc {
            found.push((vpc.span.clone(), REFERENCE));
        }
        let lists = literal_spans(&network.subnets).into_iter();
        found.extend(
            lists.chain(literal_spans(&network.route_tables)).map(|span| (span, REFERENCE)),
        );
    }
    let group = parts.endpoint.and_then(|endpoint| endpoint.security_group.as_ref());
    found.extend(group.into_iter().filter_map(literal_span).map(|span| (span, REFERENCE)));
    // Left out there is no rule, so that is no way to give it.
    found.extend(parts.efs.iter().filter_map(literal_span).map(|span| (span, NO_DEFAULT)));
    found.extend(parts.s3_prefix_list.map(|list| (list.span.clone(), STACKS)));
    let names = parts.service_names.into_iter().flat_map(BTreeMap::values);
    found.extend(names.map(|name| (name.span.clone(), STACKS)));
    found.extend(parts.layer_bucket.map(|bucket| (bucket.span.clone(), STACKS)));
    if let Some(TaskEgress::EndpointAddresses(addresses)) = parts.task_egress {
        let given = addresses.iter().flat_map(BTreeMap::values).flatten();
        found.extend(given.map(|address| {
            (address.span.clone(), "write `egress: endpoint-security-group` under `task`")
        }));
        if addresses.is_none() {
            reader.error(
                Code::LiteralInManyRegions,
                parts.key_span.clone(),
                "addresses of endpoints belong to one VPC, and the stack is for several regions",
                "`task.egress` is `endpoint-addresses`",
                Some("write `egress: endpoint-security-group` under `task`".into()),
            );
        }
    }
    for (span, help) in found {
        let message = "this belongs to one region, and the stack is for several";
        reader.error(Code::LiteralInManyRegions, span, message, "one region's", Some(help.into()));
    }
}

fn literal_spans<T>(setting: &ListSetting<T>) -> Vec<Range<usize>> {
    let ListSetting::Items(items) = setting else { return Vec::new() };
    items.iter().filter_map(literal_span).collect()
}

fn literal_span<T>(setting: &Setting<T>) -> Option<Range<usize>> {
    match setting {
        Setting::Literal(literal) => Some(literal.span.clone()),
        _ => None,
    }
}

/// A rule for a group that the stack does not make is a resource of its own, which cannot change
/// its prefix in place: numbered slots would clash with each other at the first new prefix.
fn existing_group_is_in_one_region(reader: &mut Reader, parts: &Parts<'_>) {
    let Some(endpoint) = parts.endpoint else { return };
    let prefixes = endpoint.egress.value == EndpointEgress::EcrPrefixes;
    if parts.regions.len() < 2 || endpoint.security_group.is_none() || !prefixes {
        return;
    }
    reader.error(
        Code::ConflictingKeys,
        endpoint.egress.span.clone(),
        "`egress: ecr-prefixes` cannot be used on an existing group in several regions",
        "with `regions` and an `existing` endpoint",
        Some("make a stack for each region, or write `endpoint: {egress: deny}` or `endpoint: {egress: open}`".into()),
    );
}

/// Ids of prefix lists repeat across regions and mean something else there: a wrong one deploys, and
/// nothing can be pulled.
fn prefix_list_is_not_foreign(reader: &mut Reader, parts: &Parts<'_>) {
    let (Some(list), [region]) = (parts.s3_prefix_list, parts.regions) else { return };
    let Some(other) = built_in::region_of_foreign_s3_prefix_list(region.value, &list.value) else {
        return;
    };
    let message =
        format!("`{}` is S3's prefix list in {other}, and not in {}", list.value, region.value);
    let known = built_in::s3_prefix_list(region.value);
    let help =
        known.map(|known| format!("in {} it is `{known}`; or leave the key out", region.value));
    reader.error(Code::ForeignPrefixList, list.span.clone(), message, "another region's", help);
}

/// Where AWS documents no name for a partition, the config has to give it.
fn partition_is_documented(reader: &mut Reader, parts: &Parts<'_>) {
    let Some(region) = parts.regions.first() else { return };
    let partition = region.value.partition;
    let at = |diagnostic: Diagnostic, reader: &Reader| {
        diagnostic.at(&reader.source, region.span.clone(), format!("partition `{partition}`"))
    };
    // A name of one region is no help where there are several.
    let one =
        if parts.regions.len() > 1 { "make a stack for each region, and in each " } else { "" };
    let given =
        |service: &Service| parts.service_names.is_some_and(|names| names.contains_key(service));
    let mut wanted: Vec<Service> = parts.services.iter().map(|s| s.value.clone()).collect();
    let makes_s3 = parts.endpoints.is_some_and(|endpoints| endpoints.s3 == Presence::Create);
    if makes_s3 {
        wanted.push(Service::s3());
    }
    for service in wanted {
        if service.endpoint_service_name_is_confirmed(partition) || given(&service) {
            continue;
        }
        let guess = service.endpoint_service_name(partition, region.value.name);
        let message = format!(
            "the name of the `{service}` endpoint service in partition `{partition}` is not documented"
        );
        let mut diagnostic = at(Diagnostic::error(Code::UnconfirmedFact, message), reader)
            .help(format!(
                "look it up: aws ec2 describe-vpc-endpoint-services --region {} --query ServiceNames",
                region.value
            ))
            .help(format!("then {one}write it down, as in `service-names: {{{service}: {guess}}}`"));
        if service.name() == "s3" {
            diagnostic = diagnostic
                .help("or, if the VPC has the endpoint already: `endpoints: {s3: existing}`");
        }
        reader.record(diagnostic);
    }
    let Some(endpoint) = parts.endpoint else { return };
    let narrowed = endpoint.policy.value == EndpointPolicy::LeastPrivilege && makes_s3;
    if narrowed && parts.layer_bucket.is_none() && !partition.layer_bucket_is_confirmed() {
        let message = format!(
            "the bucket that ECR keeps layers in is not documented for partition `{partition}`"
        );
        let diagnostic = at(Diagnostic::error(Code::UnconfirmedFact, message), reader)
            .help(format!(
                "if AWS Support confirms it, {one}write `layer-bucket: prod-{}-starport-layer-bucket`",
                region.value
            ))
            .help("or leave the endpoints' policies open: `endpoint: {policy: open}`");
        reader.record(diagnostic);
    }
    if partition.is_isolated() && endpoint.egress.value == EndpointEgress::EcrPrefixes {
        let message = format!("AWS publishes no prefixes of partition `{partition}`");
        let diagnostic = at(Diagnostic::error(Code::UnconfirmedFact, message), reader)
            .help("write `endpoint: {egress: deny}`, with which a pull works, or `endpoint: {egress: open}`");
        reader.record(diagnostic);
    }
}

/// An endpoint leads to the service of its own region. Of several regions the names are wrong anyway.
fn service_names_are_of_the_region(reader: &mut Reader, parts: &Parts<'_>) {
    let ([region], Some(names)) = (parts.regions, parts.service_names) else { return };
    let region = region.value.name;
    for name in names.values() {
        let mut regions = name.value.split('.').filter(|word| Region::named(word).is_some());
        let Some(other) = regions.next().filter(|other| *other != region) else { continue };
        let right = name.value.replace(other, region);
        reader.error(
            Code::InvalidName,
            name.span.clone(),
            format!("`{}` is a service of {other}, and the stack is in {region}", name.value),
            "another region's",
            Some(format!("write `{right}`, or leave it out")),
        );
    }
}
