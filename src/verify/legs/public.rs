//! The way out of the VPC: by a NAT gateway, or by an internet gateway with a public address.

use super::super::evidence::{Claim, Evidence, Failing};
use super::super::network::{Direction, Route, Target, is};
use super::super::rules::{Ask, Far, HTTPS, admits, everywhere};
use super::super::view::{View, prefix};
use super::super::{Aspect, Path, Via};
use super::endpoint::step;
use super::wants::Want;
use super::{From, acls, holds, resolves};
use crate::cloudformation::{Made, Value};
use crate::diagnostic::Code;
use crate::truth::Truth;

/// The ways out; at least one, if only to say that there is none. `name` is whether the service's
/// name leads out.
pub(super) fn paths(from: &From<'_>, want: &Want, name: Evidence) -> Vec<Path> {
    ways_out(from)
        .into_iter()
        .map(|(via, by, route)| {
            let assumed = from.scene.assumed.iter().cloned().map(Evidence::Assumed);
            let mut steps = vec![
                step(Aspect::Way, Evidence::All(assumed.collect())),
                step(Aspect::Name, name.clone()),
            ];
            steps.push(step(Aspect::Egress, egress(from)));
            steps.extend(
                acls::out(from, None, HTTPS, "public addresses")
                    .map(|evidence| step(Aspect::Acl, evidence)),
            );
            steps.push(step(Aspect::Route, route));
            steps.push(step(Aspect::Role, want.role(from.view, from.task)));
            Path { via, by, steps }
        })
        .collect()
}

/// The way to a registry that no endpoint leads to.
pub(super) fn to_registry(from: &From<'_>, want: &Want, image: &Value) -> Path {
    let mut paths = paths(from, want, resolves(from.scene));
    let mut path = paths.remove(0);
    let no_way = path.steps.iter().any(|step| {
        step.aspect == Aspect::Route && step.evidence.truth(super::super::Trust::Trusting).is_no()
    });
    if no_way {
        let text =
            format!("`{image}` is not in private ECR, and {} has no way out", from.scene.name);
        let failing = Failing::fault(Code::ImageOutsideEcr, Claim::at(image.place, text))
            .help("push the image to a private ECR registry of this region and name it there");
        path.steps = vec![step(Aspect::Way, failing.into())];
    }
    path
}

/// Whether the task's groups let out HTTPS to anywhere.
pub(super) fn egress(from: &From<'_>) -> Evidence {
    if from.worn.elsewhere || from.worn.default {
        return Evidence::Assumed(Claim::at(from.task.place, "the task's group lets out TCP 443"));
    }
    let ask = Ask {
        direction: Direction::Egress,
        port: HTTPS,
        far: Far::Public,
        missing: Code::TaskEgressMissing,
        partial: Code::TaskEgressMissing,
        help: "{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}".to_owned(),
    };
    admits(from.view, &from.worn.egress, &ask)
}

/// The default routes of the subnet, with what speaks for each.
fn ways_out(from: &From<'_>) -> Vec<(Via, String, Evidence)> {
    let scene = from.scene;
    let routes = match table(from) {
        Table::Known(routes) => routes,
        Table::Main(place) => {
            // Nobody but EC2 puts a route into a main table that is not named.
            let text = format!("{} uses the main route table, which leads nowhere", scene.name);
            return vec![(Via::Nat, String::new(), Failing::plain(Claim { text, place }).into())];
        }
        Table::Unseen => {
            let claim = Claim::at(scene.id.place, format!("which routes {} has", scene.name));
            return vec![(Via::Nat, String::new(), Evidence::Open(claim))];
        }
    };
    let mut ways = Vec::new();
    for route in routes {
        let leads_out = match &route.destination {
            // Of a prefix list, or of what is not known, nobody can tell.
            Some(to) => prefix(to).map_or(Truth::Unknown, |prefix| (prefix == everywhere()).into()),
            None => Truth::No,
        };
        if leads_out.is_no() {
            continue;
        }
        let perhaps = match &route.made {
            Made::Perhaps(unknown) => Some(unknown.why.to_string()),
            Made::Surely if leads_out == Truth::Unknown => {
                Some("where the route leads is not known".to_owned())
            }
            Made::Surely => None,
        };
        let claim = |text: String| Claim::at(route.place, text);
        let (via, by, evidence) = match &route.target {
            Target::Nat(nat) => {
                let leads = holds(claim(format!("{} leads out by {nat}", scene.name)));
                (Via::Nat, nat, Evidence::All(vec![leads, behind_nat(from.view, nat)]))
            }
            Target::Internet(gateway) => (Via::Internet, gateway, internet(from, route, gateway)),
            Target::Elsewhere(what, by) => {
                (Via::Nat, by, Evidence::Open(claim(format!("what is behind {what}, {by}"))))
            }
        };
        let evidence = match perhaps {
            Some(why) => Evidence::All(vec![evidence, Evidence::Open(claim(why))]),
            None => evidence,
        };
        ways.push((via, by.to_string(), evidence));
    }
    if ways.is_empty() {
        let text = format!("{} has no route out of the VPC", scene.name);
        let failing = Failing::plain(Claim::at(scene.id.place, text));
        ways.push((Via::Nat, String::new(), failing.into()));
    }
    ways
}

fn internet(from: &From<'_>, route: &Route, gateway: &Value) -> Evidence {
    let leads =
        holds(Claim::at(route.place, format!("{} leads out by {gateway}", from.scene.name)));
    let place = from.task.public_address.place;
    let address = match from.task.public_address.truth {
        Truth::Yes => holds(Claim::at(place, "the task gets a public address")),
        Truth::Unknown => {
            Evidence::Open(Claim::at(place, "whether the task gets a public address"))
        }
        Truth::No => Failing::fault(
            Code::PublicAddress,
            Claim::at(
                place,
                "the task gets no public address, so an internet gateway is no way out",
            ),
        )
        .help("AssignPublicIp: ENABLED, or a route to a NAT gateway")
        .into(),
    };
    Evidence::All(vec![leads, attached(from.view, gateway), address])
}

/// Whether an internet gateway is attached to a VPC.
fn attached(view: &View<'_>, gateway: &Value) -> Evidence {
    let place = gateway.place;
    let attachments = view.evaluated.resources.iter().filter_map(|resource| {
        let attaches = resource.kind == "AWS::EC2::VPCGatewayAttachment";
        attaches.then(|| resource.properties.get("InternetGatewayId"))?
    });
    match Truth::any(attachments.map(|id| id.same(gateway))) {
        Truth::Yes => holds(Claim::at(place, format!("{gateway} is attached to a VPC"))),
        Truth::No if gateway.as_created().is_some() && view.network.hidden.is_empty() => {
            let claim = Claim::at(place, format!("{gateway} is attached to no VPC"));
            Failing::fault(Code::DeadEndRoute, claim)
                .help("add an AWS::EC2::VPCGatewayAttachment of the gateway and the VPC")
                .into()
        }
        _ => Evidence::Assumed(Claim::at(place, format!("{gateway} is attached to the VPC"))),
    }
}

/// Whether what comes to a NAT gateway gets out.
fn behind_nat(view: &View<'_>, nat: &Value) -> Evidence {
    let assumed =
        || Evidence::Assumed(Claim::at(nat.place, format!("{nat} leads to the internet")));
    let made = nat.as_created().and_then(|created| {
        view.evaluated
            .resources
            .iter()
            .find(|one| (one.file, &one.id) == (created.file, &created.id))
    });
    let Some(subnet) = made.and_then(|one| one.properties.get("SubnetId")) else {
        return assumed();
    };
    let is_made = view.subnet(subnet).is_some();
    let Table::Known(routes) = table_of(view, subnet, is_made) else {
        return if is_made && matches!(table_of(view, subnet, true), Table::Main(_)) {
            no_way(nat, subnet)
        } else {
            assumed()
        };
    };
    let mut ways = Vec::new();
    for route in routes {
        let leads = route.destination.as_ref().and_then(prefix) == Some(everywhere());
        match (&route.target, &route.made) {
            (Target::Internet(gateway), Made::Surely) if leads => {
                ways.push(attached(view, gateway));
            }
            // By another NAT, a firewall, or something that is not known.
            (Target::Nat(other), _) if other.same(nat).is_yes() => {}
            (Target::Internet(_), Made::Surely) => {}
            _ => ways.push(assumed()),
        }
    }
    if ways.is_empty() { no_way(nat, subnet) } else { Evidence::Any(ways) }
}

fn no_way(nat: &Value, subnet: &Value) -> Evidence {
    let text = format!("{nat} is in {subnet}, which has no route to an internet gateway");
    Failing::fault(Code::DeadEndRoute, Claim::at(nat.place, text))
        .help("put the NAT gateway into a subnet whose default route is an internet gateway")
        .into()
}

/// What is known of a subnet's route table.
pub(in crate::verify) enum Table<'a> {
    /// Its routes.
    Known(&'a [Route]),
    /// The VPC's main one, because no other is associated.
    Main(Option<crate::cloudformation::Place>),
    /// It is made elsewhere.
    Unseen,
}

/// The route table of the subnet.
pub(super) fn table<'a>(from: &From<'a>) -> Table<'a> {
    table_of(from.view, &from.scene.id, from.scene.subnet.is_some())
}

/// The route table of a subnet, which is made here or not.
pub(in crate::verify) fn table_of<'a>(view: &View<'a>, subnet: &Value, is_made: bool) -> Table<'a> {
    match associated_with(view, subnet) {
        Associated::Surely(table) => {
            let made = view.network.route_tables.iter().find(|one| one.id.same(table).is_yes());
            made.map_or(Table::Unseen, |table| Table::Known(&table.routes))
        }
        Associated::Perhaps(_) => Table::Unseen,
        Associated::No if is_made => Table::Main(Some(subnet.place)),
        Associated::No => Table::Unseen,
    }
}

/// What is associated with a subnet.
pub(super) enum Associated<'a> {
    /// This table.
    Surely(&'a Value),
    /// One of these, or none.
    Perhaps(Vec<&'a Value>),
    /// None that is seen.
    No,
}

/// The table that is associated with the subnet.
pub(super) fn associated<'a>(from: &From<'a>) -> Associated<'a> {
    associated_with(from.view, &from.scene.id)
}

fn associated_with<'a>(view: &View<'a>, subnet: &Value) -> Associated<'a> {
    let mut perhaps = Vec::new();
    for one in &view.network.associations {
        match (is(&one.subnet, subnet), &one.made) {
            (Truth::Yes, Made::Surely) => return Associated::Surely(&one.table),
            (Truth::No, _) => {}
            _ => perhaps.push(&one.table),
        }
    }
    if perhaps.is_empty() { Associated::No } else { Associated::Perhaps(perhaps) }
}
