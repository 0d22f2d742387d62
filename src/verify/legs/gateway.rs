//! The way to S3 through a gateway endpoint.

use super::super::acl;
use super::super::admits::{Connection, Far, admits};
use super::super::evidence::{Claim, Evidence, Failing};
use super::super::network::{Direction, Endpoint, EndpointType, Peer, is};
use super::super::rules::{HTTPS, carries};
use super::super::view::ListOf;
use super::super::work::PATH;
use super::super::{Aspect, Path, Step, Trust, Via};
use super::endpoint::step;
use super::missing::{misnamed, no_endpoint, perhaps_elsewhere};
use super::names::of_s3;
use super::public::{self, Associated, associated_with};
use super::want::Want;
use super::{Placement, acls, candidates, given_up, holds, is_type, why_perhaps};
use crate::aws::{PrefixListId, Service};
use crate::cloudformation::Value;
use crate::diagnostic::Code;
use crate::truth::Truth;

/// The ways to S3.
pub(super) fn paths(from: &Placement<'_>, want: &Want) -> Vec<Path> {
    let service = Service::s3();
    let found = candidates(from.view, &service, from.subnet);
    let gateways: Vec<&(&Endpoint, Truth)> = found
        .iter()
        .filter(|(endpoint, _)| !is_type(endpoint, EndpointType::Gateway).is_no())
        .collect();
    let out = out(from);
    let mut paths: Vec<Path> = Vec::new();
    for (endpoint, truth) in &gateways {
        if !from.view.work.spend(PATH) {
            paths.push(given_up(from.view));
            break;
        }
        paths.push(by(from, want, endpoint, *truth, &out));
    }
    let existing = from.view.existing.contains(&service);
    let sure = gateways.iter().any(|(_, truth)| truth.is_yes());
    if !sure && existing {
        paths.push(elsewhere(from, want, &out));
    }
    // A gateway's route comes before the default route.
    let led = Truth::any(
        gateways
            .iter()
            .map(|(endpoint, truth)| truth.and(route(from, endpoint).truth(Trust::Strict)))
            .chain([existing.into()]),
    );
    let name = match led {
        Truth::Yes => Failing::plain(Claim::new("the route to S3 leads to the endpoint")).into(),
        Truth::Unknown => {
            Evidence::Open(Claim::new("whether the route to S3 leads to the endpoint"))
        }
        Truth::No => of_s3(from),
    };
    let before: Vec<Step> = [step(Aspect::Name, name)].into_iter().chain(out).collect();
    let others = public::paths(from, want, &before);
    if paths.is_empty() {
        let way = missing(from, &found, &others);
        let steps = vec![step(Aspect::Way, way)];
        paths.push(Path { via: Via::Endpoint, by: service.to_string(), steps });
    } else if !sure {
        paths.extend(perhaps_elsewhere(from, &service));
    }
    paths.extend(others);
    paths
}

/// Why there is no way by a gateway endpoint.
fn missing(from: &Placement<'_>, found: &[(&Endpoint, Truth)], others: &[Path]) -> Evidence {
    let service = Service::s3();
    let mut found = found.iter().map(|(endpoint, _)| endpoint);
    let interface = found.find(|endpoint| is_type(endpoint, EndpointType::Interface).is_yes());
    if let Some(endpoint) = interface {
        // Where S3's name leads to it AWS does not say whether layers come by it.
        let answers = endpoint.private_dns.truth.and(endpoint.for_all_resolvers);
        if !answers.is_no() {
            let text = format!("whether layers come by {}, an interface endpoint", endpoint.name);
            return Evidence::Open(Claim::at(endpoint.place, text));
        }
        let place = endpoint.kind_place.unwrap_or(endpoint.place);
        let text = format!(
            "{} is an interface endpoint, and layers come by a gateway endpoint",
            endpoint.name
        );
        return Failing::fault(Code::EndpointType, Claim::at(place, text))
            .help("VpcEndpointType: Gateway, with RouteTableIds")
            .into();
    }
    misnamed(from, &service)
        .unwrap_or_else(|| no_endpoint(from, &service, EndpointType::Gateway, others))
}

fn by(from: &Placement<'_>, want: &Want, endpoint: &Endpoint, truth: Truth, out: &[Step]) -> Path {
    let is = format!("{} is an endpoint of s3", endpoint.name);
    let mut way = match truth {
        Truth::Yes => vec![holds(Claim::at(endpoint.place, is))],
        _ => {
            let why = why_perhaps(endpoint, from.subnet);
            vec![Evidence::Open(Claim::at(endpoint.place, format!("whether {is}: {why}")))]
        }
    };
    way.extend(from.subnet.assumed.iter().cloned().map(Evidence::Assumed));
    way.extend(super::endpoint::wrong_service(from, endpoint, &Service::s3()));
    if is_type(endpoint, EndpointType::Gateway) == Truth::Unknown {
        let text = format!("the type of {}", endpoint.name);
        way.push(Evidence::Open(Claim::at(endpoint.kind_place.unwrap_or(endpoint.place), text)));
    }
    let mut steps = vec![step(Aspect::Way, Evidence::All(way)), step(Aspect::Name, of_s3(from))];
    steps.extend_from_slice(out);
    steps.push(step(Aspect::Route, route(from, endpoint)));
    steps.push(step(Aspect::Policy, want.endpoint_policy(from.view, from.task, endpoint)));
    steps.push(step(Aspect::Role, want.role(from.view, from.task)));
    Path { via: Via::Endpoint, by: endpoint.name.clone(), steps }
}

/// What a packet to S3 meets of groups and ACLs, whatever its way is: its addresses are public.
fn out(from: &Placement<'_>) -> Vec<Step> {
    let s3 = if from.view.network.acls.is_empty() { None } else { from.view.s3_addresses() };
    let s3 = s3.map_or_else(acls::public, acl::Far::All);
    let acl = acls::out(from, s3, HTTPS, "S3").map(|evidence| step(Aspect::Acl, evidence));
    [step(Aspect::Egress, egress(from))].into_iter().chain(acl).collect()
}

/// Whether the task's groups let out HTTPS to S3.
fn egress(from: &Placement<'_>) -> Evidence {
    if let Some(trusted) = from.trusted_out(HTTPS, "S3") {
        return trusted;
    }
    let id = from.view.network.region.and_then(|region| from.view.facts.s3_prefix_list(region));
    let id = id.map_or_else(|| "S3's prefix list".to_owned(), |id| id.to_string());
    let connection = Connection {
        direction: Direction::Egress,
        port: HTTPS,
        missing: Code::S3EgressMissing,
        partial: Code::S3EgressMissing,
        help: format!(
            "{{IpProtocol: tcp, FromPort: 443, ToPort: 443, DestinationPrefixListId: {id}}}"
        ),
    };
    let evidence = admits(from.view, &from.worn.egress, &connection, &Far::S3);
    // A list that is not S3's is the fault, not that none is there.
    match wrong_list(from) {
        Some(failing) if evidence.truth(Trust::Trusting).is_no() => failing,
        _ => evidence,
    }
}

/// An egress rule for HTTPS to a prefix list that is somebody else's.
fn wrong_list(from: &Placement<'_>) -> Option<Evidence> {
    from.worn.egress.rules.iter().find_map(|(_, rule)| {
        let Peer::PrefixList(value) = &rule.peer else { return None };
        if !carries(&rule.traffic, HTTPS).0.is_yes() || from.view.prefix_list(value).is_some() {
            return None;
        }
        let ListOf::Foreign(whose) = from.view.list_of(value) else { return None };
        let malformed = value.as_known()?.parse::<PrefixListId>().is_err();
        let code = if malformed { Code::MalformedPrefixList } else { Code::WrongPrefixList };
        let text = format!("`{value}` is {whose}");
        Some(Failing::fault(code, Claim::at(value.place, text)).into())
    })
}

/// Whether the subnet's route table leads to the gateway.
fn route(from: &Placement<'_>, endpoint: &Endpoint) -> Evidence {
    let subnet = from.subnet;
    let tables = match &endpoint.route_tables {
        Some(tables) if !tables.entries().is_empty() => tables.entries(),
        other => {
            let place = other.as_ref().map_or(endpoint.place, |tables| tables.place);
            let text = format!("{} has no route tables, so nothing leads to it", endpoint.name);
            return Failing::fault(Code::GatewayWithoutRouteTables, Claim::at(place, text))
                .help("RouteTableIds: [the route tables of the tasks' subnets]")
                .into();
        }
    };
    let list = || tables.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let place = endpoint.route_tables.as_ref().map_or(endpoint.place, |tables| tables.place);
    let outside = |table: &&Value| table.as_created().is_none();
    let misses = |table: &str| {
        let text =
            format!("{} has {} and not {table}, which {} uses", endpoint.name, list(), subnet.name);
        Failing::fault(Code::GatewayMissesRouteTable, Claim::at(place, text))
    };
    let associated = associated_with(from.view, &subnet.id);
    if let Associated::Surely(table) = associated {
        return match Truth::any(tables.iter().map(|one| is(one, table))) {
            Truth::Yes => holds(Claim::at(
                place,
                format!("{} uses {table}, which leads to {}", subnet.name, endpoint.name),
            )),
            Truth::No => {
                let all: Vec<String> = tables.iter().chain([table]).map(reference).collect();
                misses(&table.to_string())
                    .help(format!("RouteTableIds: [{}]", all.join(", ")))
                    .into()
            }
            Truth::Unknown => Evidence::Assumed(Claim::at(
                place,
                format!("{table}, which {} uses, is one of {}", subnet.name, list()),
            )),
        };
    }
    if let Associated::Perhaps(perhaps) = &associated {
        let any = |table: &&Value| tables.iter().any(|one| !is(one, table).is_no());
        if perhaps.iter().any(any) {
            let text = format!("whether {} uses one of {}", subnet.name, list());
            return Evidence::Open(Claim::at(place, text));
        }
    }
    if tables.iter().any(|table| outside(&table)) {
        let text = format!("{} uses one of the route tables {}", subnet.name, list());
        return Evidence::Assumed(Claim::at(place, text));
    }
    if subnet.made.is_some() {
        return misses("the VPC's main table")
            .help(format!(
                "add an AWS::EC2::SubnetRouteTableAssociation of {} with one of {}",
                subnet.name,
                list()
            ))
            .into();
    }
    Evidence::Open(Claim::at(place, format!("whether {} uses one of {}", subnet.name, list())))
}

/// How a template refers to a table.
fn reference(table: &Value) -> String {
    match table.as_created() {
        Some(_) => format!("!Ref {table}"),
        None => table.to_string(),
    }
}

/// The way by a gateway that is made elsewhere and said to be there.
fn elsewhere(from: &Placement<'_>, want: &Want, out: &[Step]) -> Path {
    let vpc = from.subnet.vpc.as_ref().map_or_else(|| "the VPC".to_owned(), ToString::to_string);
    let text =
        format!("{vpc} has a gateway endpoint of s3 in the route tables of {}", from.subnet.name);
    let mut way = vec![Evidence::Assumed(Claim::new(text))];
    way.extend(from.subnet.assumed.iter().cloned().map(Evidence::Assumed));
    way.extend(want.assumed());
    let mut steps = vec![step(Aspect::Way, Evidence::All(way)), step(Aspect::Name, of_s3(from))];
    steps.extend_from_slice(out);
    steps.push(step(Aspect::Role, want.role(from.view, from.task)));
    Path { via: Via::Endpoint, by: "s3".to_owned(), steps }
}
