//! Where the name of a service leads.

use super::super::evidence::{Claim, Evidence, Failing};
use super::super::names::AwsName;
use super::super::network::{Endpoint, EndpointType, HostedZone, is};
use super::missing::hidden;
use super::want::Want;
use super::{Placement, TaskSubnet, blocks, candidates, holds, is_type};
use crate::aws::Service;
use crate::diagnostic::Code;
use crate::truth::Truth;

/// Whether the VPC resolves names at all.
pub(super) fn resolves(from: &Placement<'_>) -> Evidence {
    let blocks = blocks::names(from);
    if blocks.is_empty() {
        return has_support(from.subnet);
    }
    Evidence::All([has_support(from.subnet)].into_iter().chain(blocks).collect())
}

/// Whether the VPC has DNS support on.
fn has_support(subnet: &TaskSubnet<'_>) -> Evidence {
    let Some(vpc) = subnet.made_vpc else {
        let name = subnet.vpc.as_ref().map_or_else(|| "the VPC".to_owned(), ToString::to_string);
        let place = subnet.vpc.as_ref().map(|vpc| vpc.place);
        return Evidence::Assumed(Claim { text: format!("{name} has DNS support on"), place });
    };
    let support = &vpc.dns_support;
    match support.truth {
        Truth::Yes => holds(Claim::at(support.place, format!("{} has DNS support on", vpc.id))),
        Truth::Unknown => Evidence::Open(Claim::at(
            support.place,
            format!("whether {} has DNS support on", vpc.id),
        )),
        Truth::No => Failing::fault(
            Code::VpcDnsSupportOff,
            Claim::at(
                support.place,
                format!("{} has DNS support off, so no name resolves", vpc.id),
            ),
        )
        .help("EnableDnsSupport: true")
        .into(),
    }
}

/// A private hosted zone of the VPC that answers for a service's hosts. Where private DNS of an
/// endpoint answers for them, its zone is nearer than one above them.
fn zone<'a>(from: &Placement<'a>, service: &Service, private: Truth) -> Option<&'a HostedZone> {
    let label = service.host_label()?;
    let vpc = from.subnet.vpc.as_ref();
    from.view.network.hosted_zones.iter().find(|zone| {
        let Some(name) = zone.name.as_ref().and_then(AwsName::of) else { return false };
        let answers = name.is_of(label) || (!private.is_yes() && name.is_over(label));
        let region = &from.view.evaluated.region;
        answers
            && name.region.is_none_or(|one| !one.same(region).is_no())
            && zone.vpcs.iter().any(|one| vpc.is_none_or(|vpc| !is(one, vpc).is_no()))
    })
}

/// That nobody sees where the records of such a zone lead.
fn zone_leads(
    from: &Placement<'_>,
    service: &Service,
    private: Truth,
    to: &str,
) -> Option<Evidence> {
    let zone = zone(from, service, private)?;
    let name = zone.name.as_ref().map(ToString::to_string).unwrap_or_default();
    let text = format!("whether the hosted zone `{name}` leads {service}'s name to {to}");
    Some(Evidence::Open(Claim::at(zone.place, text)))
}

/// Whether the name leads to an endpoint.
pub(super) fn to_endpoint(
    from: &Placement<'_>,
    want: &Want,
    service: &Service,
    endpoint: &Endpoint,
) -> Evidence {
    let dns = &endpoint.private_dns;
    let zone = zone_leads(from, service, dns.truth, &endpoint.name);
    let private = match (dns.truth, &zone) {
        (Truth::Yes, _) => {
            holds(Claim::at(dns.place, format!("{} has private DNS on", endpoint.name)))
        }
        (Truth::Unknown, _) => Evidence::Open(Claim::at(
            dns.place,
            format!("whether {} has private DNS on", endpoint.name),
        )),
        // Records of one's own do what private DNS does, and need no host names of EC2's.
        (Truth::No, Some(zone)) => return Evidence::All(vec![resolves(from), zone.clone()]),
        (Truth::No, None) => {
            let why = if dns.given { "" } else { ", which is off unless it is said to be on" };
            let text = format!("{} has private DNS off{why}", endpoint.name);
            return Failing::fault(Code::PrivateDnsOff, Claim::at(dns.place, text))
                .help("PrivateDnsEnabled: true")
                .into();
        }
    };
    let mut all = vec![private, resolves(from)];
    all.extend(zone);
    all.extend(want.doubt());
    let Some(vpc) = from.subnet.made_vpc else {
        let vpc = from.subnet.vpc.as_ref();
        let name = vpc.map_or_else(|| "the VPC".to_owned(), ToString::to_string);
        all.push(Evidence::Assumed(Claim {
            text: format!("{name} has DNS host names on"),
            place: vpc.map(|vpc| vpc.place),
        }));
        return Evidence::All(all);
    };
    let names = &vpc.dns_hostnames;
    all.push(match names.truth {
        Truth::Yes => holds(Claim::at(names.place, format!("{} has DNS host names on", vpc.id))),
        Truth::Unknown => Evidence::Open(Claim::at(
            names.place,
            format!("whether {} has DNS host names on", vpc.id),
        )),
        Truth::No => {
            let why =
                if names.given { "" } else { ", which are off unless they are said to be on" };
            let text = format!("{} has DNS host names off{why}", vpc.id);
            Failing::fault(Code::VpcDnsHostnamesOff, Claim::at(names.place, text))
                .help("EnableDnsHostnames: true")
                .into()
        }
    });
    if let Some(servers) = &vpc.foreign_name_servers {
        all.push(Evidence::Open(Claim::at(
            servers.place,
            format!("whether the name servers {servers} know the endpoint's name"),
        )));
    }
    Evidence::All(all)
}

/// Whether the name leads past all of the endpoints that were found. `private` is whether private
/// DNS of one of them answers for it.
pub(super) fn past_endpoints(
    from: &Placement<'_>,
    want: &Want,
    service: &Service,
    private: Truth,
    found: &[(&Endpoint, Truth)],
) -> Evidence {
    if let Some(open) = zone_leads(from, service, private, "public addresses") {
        return open;
    }
    let vpc = from.subnet.vpc.as_ref();
    match private {
        Truth::Yes => want.doubt().unwrap_or_else(|| {
            Failing::plain(Claim::new(format!("{service}'s name leads to the endpoint"))).into()
        }),
        Truth::Unknown => {
            let place = found.first().map(|(endpoint, _)| endpoint.place);
            Evidence::Open(Claim { text: format!("where {service}'s name leads"), place })
        }
        Truth::No if from.subnet.made_vpc.is_some() => {
            Evidence::All(vec![resolves(from), hidden(from)])
        }
        Truth::No => Evidence::Open(Claim {
            text: format!("whether an endpoint of {service} is made elsewhere"),
            place: vpc.map(|vpc| vpc.place),
        }),
    }
}

/// Whether the name of S3 leads to its public addresses, for which a gateway endpoint is a route.
pub(super) fn of_s3(from: &Placement<'_>) -> Evidence {
    let service = Service::s3();
    let interfaces = candidates(from.view, &service, from.subnet).into_iter();
    let interface = interfaces.map(|(endpoint, truth)| {
        let answers = truth
            .and(is_type(endpoint, EndpointType::Interface))
            .and(endpoint.private_dns.truth)
            .and(endpoint.for_all_resolvers);
        (endpoint, answers)
    });
    // Whether layers come by way of an interface endpoint AWS does not say.
    let interface = interface.filter(|(_, answers)| !answers.is_no()).map(|(endpoint, _)| {
        let text = format!("whether layers come by {}, if S3's name leads to it", endpoint.name);
        Evidence::Open(Claim::at(endpoint.private_dns.place, text))
    });
    let mut all = vec![resolves(from)];
    all.extend(interface);
    all.extend(zone_leads(from, &service, Truth::No, "public addresses"));
    Evidence::All(all)
}
