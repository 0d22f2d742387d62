//! Endpoints that are not there: missed, misspelt, or made elsewhere.

use super::super::admits::{Connection, Interfaces};
use super::super::evidence::{Claim, Evidence, Failing};
use super::super::network::{Direction, EndpointType, Peer, Target};
use super::super::rules::HTTPS;
use super::super::{Aspect, Path, Step, Via};
use super::Placement;
use super::endpoint::{groups_of, let_out, step};
use super::public::{Table, table_of};
use super::want::Want;
use crate::aws::Service;
use crate::cloudformation::Value;
use crate::diagnostic::Code;

/// What may be made where it cannot be seen.
pub(super) fn hidden(from: &Placement<'_>) -> Evidence {
    let hidden = from.view.network.hidden.iter();
    Evidence::All(hidden.map(|one| Evidence::Open(Claim::at(one.place, one.why.clone()))).collect())
}

/// Why there is no way by an endpoint.
pub(super) fn missing(from: &Placement<'_>, service: &Service, others: &[Path]) -> Path {
    let way = match misnamed(from, service) {
        Some(evidence) => evidence,
        None => no_endpoint(from, service, EndpointType::Interface, others),
    };
    Path {
        via: Via::Endpoint,
        by: service.to_string(),
        steps: vec![Step { aspect: Aspect::Way, evidence: way }],
    }
}

/// An endpoint that is perhaps not made, or not of this service, leaves room for one that is made
/// elsewhere; nothing where none there could be reached.
pub(super) fn perhaps_elsewhere(from: &Placement<'_>, service: &Service) -> Option<Path> {
    if from.subnet.made_vpc.is_some() && by_private_route(from).is_none() {
        return None;
    }
    let text = format!("whether an endpoint of {service} is made elsewhere");
    let place = from.subnet.vpc.as_ref().map(|vpc| vpc.place);
    let steps = vec![step(Aspect::Way, Evidence::Open(Claim { text, place }))];
    Some(Path { via: Via::Endpoint, by: service.to_string(), steps })
}

/// An endpoint whose service name looks as if this service was meant.
pub(super) fn misnamed(from: &Placement<'_>, service: &Service) -> Option<Evidence> {
    from.view.network.endpoints.iter().find_map(|endpoint| {
        let name = endpoint.service.as_ref()?;
        let code = super::super::service::misnames(name, service)?;
        let text = format!("`{name}` is not the service name of {service}");
        Some(Failing::fault(code, Claim::at(name.place, text)).into())
    })
}

/// That there is no endpoint of a service.
pub(super) fn no_endpoint(
    from: &Placement<'_>,
    service: &Service,
    kind: EndpointType,
    others: &[Path],
) -> Evidence {
    let network = from.view.network;
    let vpc = from.subnet.vpc.as_ref();
    let name = vpc.map_or_else(|| "the VPC".to_owned(), ToString::to_string);
    if from.subnet.made_vpc.is_none() {
        let text = format!("whether {name}, which is made elsewhere, has an endpoint of {service}");
        let beside = network.endpoints.iter().find(|endpoint| {
            endpoint.service.as_ref().is_some_and(super::super::service::is_of_a_pull)
        });
        return match beside {
            None => Evidence::Open(Claim { text, place: vpc.map(|vpc| vpc.place) }),
            // Whoever makes one of them here is likely to mean to make all of them.
            Some(endpoint) => {
                let text =
                    format!("no endpoint of {service} is made here beside {}", endpoint.name);
                let failing =
                    Failing::fault(Code::EndpointMissing, Claim::at(endpoint.place, text));
                Evidence::Suspect(failing.help(format!("if {name} has one: --existing {service}")))
            }
        };
    }
    if !network.hidden.is_empty() {
        return hidden(from);
    }
    let no_route =
        others.iter().flat_map(|path| &path.steps).find_map(|step| match &step.evidence {
            Evidence::Fails(failing) if step.aspect == Aspect::Route => Some(&failing.claim.text),
            _ => None,
        });
    let and = no_route.map_or_else(String::new, |why| format!(", and {why}"));
    let text = format!("{name} has no endpoint of {service}{and}");
    let claim = Claim { text, place: from.subnet.made_vpc.map(|vpc| vpc.id.place) };
    // Where there is a route to the internet, or may be one, an endpoint is a choice.
    if no_route.is_none() {
        return Failing::plain(claim).into();
    }
    let partition = network.region.map_or(crate::aws::Partition::Aws, |region| region.partition);
    let service_name = service.endpoint_service_name(partition, "${AWS::Region}");
    let kind = if kind == EndpointType::Gateway { "Gateway" } else { "Interface" };
    let failing = Failing::fault(Code::EndpointMissing, claim)
        .help(format!("add an AWS::EC2::VPCEndpoint with VpcEndpointType: {kind} and ServiceName: !Sub {service_name}"));
    // A hosted zone of another stack may lead to one there.
    match by_private_route(from) {
        Some(by) => Evidence::Suspect(
            failing.help(format!("if tasks reach one by {by}: --existing {service}")),
        ),
        None => failing.into(),
    }
}

/// What other networks with private addresses are behind, such as a transit gateway.
fn by_private_route<'a>(from: &Placement<'a>) -> Option<&'a Value> {
    let (Table::Known(routes) | Table::Elsewhere(routes)) = table_of(from.view, &from.subnet.id)
    else {
        return None;
    };
    routes.iter().find_map(|route| match &route.target {
        // It leads to the internet, over IPv6.
        Target::Elsewhere("an egress-only internet gateway", _) => None,
        Target::Elsewhere(_, by) => Some(by),
        _ => None,
    })
}

/// The way by an endpoint that is made elsewhere and said to be there.
pub(super) fn elsewhere(from: &Placement<'_>, want: &Want, service: &Service) -> Path {
    let vpc = from.subnet.vpc.as_ref().map_or_else(|| "the VPC".to_owned(), ToString::to_string);
    let mut way = vec![Evidence::Assumed(Claim::new(format!(
        "{vpc} has an endpoint of {service} with private DNS, which lets the tasks in"
    )))];
    way.extend(from.subnet.assumed.iter().cloned().map(Evidence::Assumed));
    way.extend(want.assumed());
    let mut steps = vec![step(Aspect::Way, Evidence::All(way))];
    steps.extend(want.doubt().map(|evidence| step(Aspect::Name, evidence)));
    // It wears the groups that are made elsewhere and that the tasks are let out to.
    let groups: Vec<Value> = from
        .worn
        .egress
        .rules
        .iter()
        .filter_map(|(_, rule)| match &rule.peer {
            Peer::Group(group) if from.view.group(group).is_none() => Some(group.clone()),
            _ => None,
        })
        .chain(from.view.network.endpoints.iter().flat_map(groups_of))
        .collect();
    let connection = Connection {
        direction: Direction::Egress,
        port: HTTPS,
        missing: Code::TaskEgressMissing,
        partial: Code::TaskEgressPartial,
        help: "{IpProtocol: tcp, FromPort: 443, ToPort: 443, DestinationSecurityGroupId: the endpoint's group}"
            .to_owned(),
    };
    let interface = from.interfaces(format!("the endpoint of {service}"), None, groups);
    let interface = Interfaces { hosts: Some(1), ..interface };
    let egress = let_out(from, &service.to_string(), &connection, vec![interface]);
    steps.push(step(Aspect::Egress, egress));
    steps.push(step(Aspect::Role, want.role(from.view, from.task)));
    Path { via: Via::Endpoint, by: service.to_string(), steps }
}
