//! What the values of a stack have to fulfil together.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::ops::Range;

use super::read::Reader;
use super::{EndpointPolicy, ListSetting, Located, Presence, Setting, Stack, TaskEgress};
use crate::aws::{Partition, Service};
use crate::diagnostic::{Code, Diagnostic};
use crate::prefix::{Prefix, shorten};

pub(super) fn addresses_lie_in_cidrs(
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
pub(super) fn no_literals_for_many_regions(reader: &mut Reader, stack: &Stack) {
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
pub(super) fn partition_is_documented(reader: &mut Reader, stack: &Stack) {
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
