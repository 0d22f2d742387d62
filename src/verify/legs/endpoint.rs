//! The way through an interface endpoint.

use super::super::admits::{Connection, Far, Interfaces, admits};
use super::super::evidence::{Claim, Evidence, Failing};
use super::super::network::{Direction, Endpoint, EndpointType, Peer, default_group};
use super::super::rules::{HTTPS, rules_of};
use super::super::work::PATH;
use super::super::{Aspect, Path, Step, Trust, Via};
use super::missing::{elsewhere, missing, perhaps_elsewhere};
use super::names::{past_endpoints, to_endpoint};
use super::want::Want;
use super::{Placement, acls, candidates, given_up, holds, is_type, public, why_perhaps};
use crate::aws::Service;
use crate::cloudformation::Value;
use crate::diagnostic::Code;
use crate::truth::Truth;

/// The ways to a service with interface endpoints.
pub(super) fn paths(from: &Placement<'_>, want: &Want, service: &Service) -> Vec<Path> {
    let found = candidates(from.view, service, from.subnet);
    let mut paths: Vec<Path> = Vec::new();
    for (endpoint, truth) in &found {
        if !from.view.work.spend(PATH + endpoint.subnets.iter().flat_map(Value::entries).count()) {
            paths.push(given_up(from.view));
            break;
        }
        paths.push(by(from, want, service, endpoint, *truth));
    }
    let existing = from.view.existing.contains(service);
    let sure = found.iter().any(|(_, truth)| truth.is_yes());
    if !sure && existing {
        paths.push(elsewhere(from, want, service));
    }
    // Where private DNS gives the endpoint's addresses there is no other way.
    let private = Truth::any(found.iter().map(|(endpoint, truth)| {
        truth.and(endpoint.private_dns.truth).and(is_type(endpoint, EndpointType::Interface))
    }));
    let private = if existing { Truth::Yes } else { private };
    let name = past_endpoints(from, want, service, private, &found);
    let others = public::paths(from, want, &public::before(from, name));
    if paths.is_empty() {
        paths.push(missing(from, service, &others));
    } else if !sure {
        paths.extend(perhaps_elsewhere(from, service));
    }
    paths.extend(others);
    paths
}

/// The way by an endpoint.
fn by(
    from: &Placement<'_>,
    want: &Want,
    service: &Service,
    endpoint: &Endpoint,
    truth: Truth,
) -> Path {
    let mut steps = vec![step(Aspect::Way, way(from, service, endpoint, truth))];
    let interface = is_type(endpoint, EndpointType::Interface);
    let has_subnets =
        endpoint.subnets.as_ref().is_some_and(|subnets| !subnets.entries().is_empty());
    // What has no interface has nothing else to look at: one fault gives one finding.
    if !interface.is_no() && has_subnets {
        steps.push(step(Aspect::Name, to_endpoint(from, want, service, endpoint)));
        let ingress = ingress(from, endpoint);
        // What names no group is at fault, and not whoever is let out to the right one.
        if !names_no_group(endpoint) || !ingress.truth(Trust::Trusting).is_no() {
            steps.push(step(Aspect::Egress, egress(from, endpoint)));
        }
        let subnets: Vec<&Value> = endpoint.subnets.iter().flat_map(Value::entries).collect();
        let acls = acls::to_subnets(from, &subnets, HTTPS, &endpoint.name);
        steps.extend(acls.map(|evidence| step(Aspect::Acl, evidence)));
        steps.push(step(Aspect::Ingress, ingress));
        steps.push(step(Aspect::Policy, want.endpoint_policy(from.view, from.task, endpoint)));
    }
    steps.push(step(Aspect::Role, want.role(from.view, from.task)));
    Path { via: Via::Endpoint, by: endpoint.name.clone(), steps }
}

pub(super) fn step(aspect: Aspect, evidence: Evidence) -> Step {
    Step { aspect, evidence }
}

fn way(from: &Placement<'_>, service: &Service, endpoint: &Endpoint, truth: Truth) -> Evidence {
    let mut all = Vec::new();
    let is = format!("{} is an endpoint of {service}", endpoint.name);
    match truth {
        Truth::Yes => all.push(holds(Claim::at(endpoint.place, is))),
        _ => {
            let why = why_perhaps(endpoint, from.subnet);
            all.push(Evidence::Open(Claim::at(endpoint.place, format!("whether {is}: {why}"))));
        }
    }
    all.extend(from.subnet.assumed.iter().cloned().map(Evidence::Assumed));
    all.extend(wrong_service(from, endpoint, service));
    all.extend(over_ipv6_alone(from, endpoint));
    match is_type(endpoint, EndpointType::Interface) {
        Truth::Yes => {}
        Truth::Unknown => all.push(Evidence::Open(Claim::at(
            endpoint.kind_place.unwrap_or(endpoint.place),
            format!("the type of {}", endpoint.name),
        ))),
        Truth::No => {
            let text = format!("{} is not an interface endpoint", endpoint.name);
            let claim = Claim::at(endpoint.kind_place.unwrap_or(endpoint.place), text);
            all.push(
                Failing::fault(Code::EndpointType, claim).help("VpcEndpointType: Interface").into(),
            );
            return Evidence::All(all);
        }
    }
    match &endpoint.subnets {
        Some(subnets) if !subnets.entries().is_empty() => {}
        other => {
            let place = other.as_ref().map_or(endpoint.place, |subnets| subnets.place);
            let text = format!("{} has no subnet, so it has no interface", endpoint.name);
            all.push(
                Failing::fault(Code::EndpointWithoutSubnets, Claim::at(place, text))
                    .help("SubnetIds: [the tasks' subnets, one in each availability zone]")
                    .into(),
            );
        }
    }
    Evidence::All(all)
}

/// That an endpoint has IPv6 addresses alone, or its name leads to such: tasks pull over IPv4, and
/// whether they do otherwise nobody knows.
fn over_ipv6_alone(from: &Placement<'_>, endpoint: &Endpoint) -> Option<Evidence> {
    let properties = &super::resource(from.view, &endpoint.id)?.properties;
    let records = || properties.get("DnsOptions")?.get("DnsRecordIpType");
    let kinds = [properties.get("IpAddressType"), records()];
    let kind = kinds.into_iter().flatten().find(|kind| match kind.as_known() {
        Some(known) => known == "ipv6",
        None => true,
    })?;
    Some(match kind.as_known() {
        Some(_) => {
            let text = format!("whether tasks reach {} over IPv6", endpoint.name);
            Evidence::Open(Claim::at(kind.place, text))
        }
        None => {
            let text = format!("{} is reached over IPv4", endpoint.name);
            Evidence::Assumed(Claim::at(kind.place, text))
        }
    })
}

/// What is wrong with the name of an endpoint's service, other than that it is another's.
pub(super) fn wrong_service(
    from: &Placement<'_>,
    endpoint: &Endpoint,
    service: &Service,
) -> Option<Evidence> {
    let name = endpoint.service.as_ref()?;
    let Some(region) = from.view.network.region else {
        let text = format!("`{name}` is the name of {service} where it is deployed");
        return Some(Evidence::Assumed(Claim::at(name.place, text)));
    };
    let expected = service.endpoint_service_name(region.partition, region.name);
    let code = super::super::service::misplaced(name, region, endpoint.service_region.as_ref())?;
    let text = format!("`{name}` is not the service name of {service} in {region}");
    Some(
        Failing::fault(code, Claim::at(name.place, text))
            .help(format!("ServiceName: {expected}"))
            .into(),
    )
}

/// Whether an endpoint names no group, so that it wears the VPC's default one.
fn names_no_group(endpoint: &Endpoint) -> bool {
    endpoint.groups.as_ref().is_none_or(|groups| groups.entries().is_empty())
}

/// The groups that an endpoint wears.
pub(super) fn groups_of(endpoint: &Endpoint) -> Vec<Value> {
    if names_no_group(endpoint) {
        return endpoint.vpc.as_ref().map(default_group).into_iter().collect();
    }
    endpoint.groups.iter().flat_map(Value::entries).cloned().collect()
}

/// The interfaces of an endpoint, as rules see them: one for each of its subnets.
fn interfaces_of(from: &Placement<'_>, endpoint: &Endpoint) -> Vec<Interfaces> {
    let (groups, count) = (groups_of(endpoint), from.count);
    let subnets = endpoint.subnets.iter().flat_map(|subnets| subnets.entries());
    let interfaces = subnets.map(|id| {
        let name = format!("the interface of {} in {id}", endpoint.name);
        let interfaces = from.interfaces(name, Some(id), groups.clone());
        let hosts = if interfaces.addresses.is_some() { count.endpoints } else { count.all };
        Interfaces { hosts: Some(hosts.max(1)), ..interfaces }
    });
    interfaces.collect()
}

/// Whether the task's groups let it out to the endpoint; the same from every subnet of a VPC.
fn egress(from: &Placement<'_>, endpoint: &Endpoint) -> Evidence {
    let ids = [Some(&endpoint.id), from.subnet.vpc.as_ref()];
    let key = ids.map(|id| id.and_then(Value::as_text).cloned());
    if let Some(known) = from.worn.to_endpoints.borrow().get(&key) {
        return known.clone();
    }
    let connection = Connection {
        direction: Direction::Egress,
        port: HTTPS,
        missing: Code::TaskEgressMissing,
        partial: Code::TaskEgressPartial,
        help: format!(
            "{{IpProtocol: tcp, FromPort: 443, ToPort: 443, DestinationSecurityGroupId: {}}}",
            first_of(&groups_of(endpoint))
        ),
    };
    let evidence = let_out(from, &endpoint.name, &connection, interfaces_of(from, endpoint));
    from.worn.to_endpoints.borrow_mut().insert(key, evidence.clone());
    evidence
}

/// How a template refers to the first of some groups.
fn first_of(groups: &[Value]) -> String {
    match groups.first() {
        Some(group) if group.as_created().is_some() => format!("!GetAtt {group}.GroupId"),
        Some(group) => group.to_string(),
        None => "…".to_owned(),
    }
}

/// Whether the task's groups let it out to all of some interfaces.
pub(super) fn let_out(
    from: &Placement<'_>,
    name: &str,
    connection: &Connection,
    interfaces: Vec<Interfaces>,
) -> Evidence {
    if let Some(trusted) = from.trusted_out(connection.port, name) {
        return trusted;
    }
    let each = interfaces
        .into_iter()
        .map(|far| admits(from.view, &from.worn.egress, connection, &Far::Interfaces(far)));
    let each: Vec<Evidence> = each.collect();
    // Where it is let out to others it fails now and then.
    let in_part = !each.iter().all(|one| one.truth(Trust::Trusting).is_no());
    let each = each.into_iter().map(|evidence| match evidence {
        Evidence::Fails(failing) if in_part && failing.code == Some(connection.missing) => {
            Failing { code: Some(connection.partial), ..failing }.into()
        }
        evidence => evidence,
    });
    one_fault(each.collect())
}

/// All of them; of failures that are the same fault only the first, as one change mends them all.
fn one_fault(each: Vec<Evidence>) -> Evidence {
    let mut all: Vec<Evidence> = Vec::new();
    for evidence in each {
        let again = |other: &Evidence| match (other, &evidence) {
            (Evidence::Fails(a), Evidence::Fails(b)) => {
                a.code == b.code && a.claim.place == b.claim.place
            }
            (Evidence::Holds(a), Evidence::Holds(b)) => a == b,
            _ => false,
        };
        if !all.iter().any(again) {
            all.push(evidence);
        }
    }
    Evidence::All(all)
}

fn ingress(from: &Placement<'_>, endpoint: &Endpoint) -> Evidence {
    let rules = rules_of(from.view, &groups_of(endpoint), Direction::Ingress);
    let mut worn = from.worn.groups.clone();
    if from.worn.elsewhere {
        // The task is one that wears a group which is made elsewhere and let in.
        worn.extend(rules.rules.iter().filter_map(|(_, rule)| match &rule.peer {
            Peer::Group(group) if from.view.group(group).is_none() => Some(group.clone()),
            _ => None,
        }));
    }
    if names_no_group(endpoint) && from.worn.default {
        let text = format!(
            "{} and the task wear the VPC's default group, whose members let each other in",
            endpoint.name
        );
        return Evidence::Assumed(Claim::at(endpoint.place, text));
    }
    let connection = Connection {
        direction: Direction::Ingress,
        port: HTTPS,
        missing: Code::EndpointIngressMissing,
        partial: Code::EndpointIngressPartial,
        help: match from.worn.groups.as_slice() {
            [] => {
                let cidr = from.subnet.made_vpc.and_then(|vpc| vpc.cidrs.first());
                let cidr = cidr.map_or_else(|| "the VPC's prefix".to_owned(), ToString::to_string);
                format!("{{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: {cidr}}}")
            }
            groups => format!(
                "{{IpProtocol: tcp, FromPort: 443, ToPort: 443, SourceSecurityGroupId: {}}}",
                first_of(groups)
            ),
        },
    };
    let far = Far::Interfaces(from.own_interface(worn));
    let evidence = admits(from.view, &rules, &connection, &far);
    if !names_no_group(endpoint) || !evidence.truth(Trust::Trusting).is_no() {
        return evidence;
    }
    let text = format!(
        "{} wears the VPC's default group, which lets in its own members only",
        endpoint.name
    );
    Failing::fault(Code::EndpointDefaultGroup, Claim::at(endpoint.place, text))
        .help("SecurityGroupIds: [!GetAtt EndpointSecurityGroup.GroupId]")
        .into()
}
