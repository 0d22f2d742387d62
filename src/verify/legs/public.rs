//! The way out of the VPC: by a NAT gateway, or by an internet gateway with a public address.

use super::super::admits::{Connection, Far, admits};
use super::super::evidence::{Claim, Evidence, Failing};
use super::super::network::{Direction, Route, RouteTable, Target, everywhere, is, prefix};
use super::super::rules::{HTTPS, public_addresses};
use super::super::sets::Numbers;
use super::super::view::{ListOf, View};
use super::super::{Aspect, Path, Step, Trust, Via};
use super::endpoint::step;
use super::names::resolves;
use super::want::{Reach, Want};
use super::{Placement, acls, blocks, holds};
use crate::cloudformation::{Made, Value};
use crate::diagnostic::Code;
use crate::prefix::Prefix;
use crate::truth::Truth;

/// The ways out; at least one, if only to say that there is none. `before` is what a packet meets
/// before the route.
pub(super) fn paths(from: &Placement<'_>, want: &Want, before: &[Step]) -> Vec<Path> {
    ways_out(from, matches!(want.reach, Reach::S3))
        .into_iter()
        .map(|(via, by, route)| {
            let assumed = from.subnet.assumed.iter().cloned().map(Evidence::Assumed);
            let mut steps = vec![step(Aspect::Way, Evidence::All(assumed.collect()))];
            steps.extend_from_slice(before);
            steps.push(step(Aspect::Route, route));
            steps.push(step(Aspect::Role, want.role(from.view, from.task)));
            Path { via, by, steps }
        })
        .collect()
}

/// What a packet to a service's public addresses meets before the route. `name` is whether the
/// service's name leads there.
pub(super) fn before(from: &Placement<'_>, name: Evidence) -> Vec<Step> {
    let mut steps = vec![step(Aspect::Name, name), step(Aspect::Egress, egress(from))];
    let acl = acls::out(from, acls::public(), HTTPS, "public addresses");
    steps.extend(acl.map(|evidence| step(Aspect::Acl, evidence)));
    steps
}

/// The ways to what no endpoint leads to. `failing` is what is wrong if there is no way out.
pub(super) fn to_elsewhere(from: &Placement<'_>, want: &Want, failing: &Failing) -> Vec<Path> {
    let mut paths = paths(from, want, &before(from, resolves(from)));
    let is_fault =
        |reason: &&Evidence| matches!(reason, Evidence::Fails(one) if one.code.is_some());
    let is_no_way = |path: &Path| {
        path.steps.iter().filter(|step| step.aspect == Aspect::Route).any(|step| {
            let reasons = step.evidence.reasons(Trust::Trusting);
            step.evidence.truth(Trust::Trusting).is_no() && !reasons.iter().any(is_fault)
        })
    };
    if paths.iter().all(is_no_way) {
        let mut failing = failing.clone();
        failing.claim.text += &format!(", and {} has no way out", from.subnet.name);
        paths.truncate(1);
        paths[0].steps = vec![step(Aspect::Way, failing.into())];
    }
    paths
}

/// Whether the task's groups let out HTTPS to anywhere.
fn egress(from: &Placement<'_>) -> Evidence {
    if let Some(trusted) = from.trusted_out(HTTPS, "public addresses") {
        return trusted;
    }
    let connection = Connection {
        direction: Direction::Egress,
        port: HTTPS,
        missing: Code::TaskEgressMissing,
        partial: Code::TaskEgressMissing,
        help: "{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}".to_owned(),
    };
    admits(from.view, &from.worn.egress, &connection, &Far::Public)
}

/// The prefixes that a route is for, if all of them are known.
fn prefixes_of(view: &View<'_>, route: &Route) -> Option<Vec<Prefix>> {
    let to = route.destination.as_ref()?;
    match view.prefix_list(to) {
        Some(list) => list.entries.iter().map(prefix).collect(),
        None => prefix(to).map(|prefix| vec![prefix]),
    }
}

/// Whether some routes together lead to every address.
fn lead_everywhere<'a>(view: &View<'_>, routes: impl IntoIterator<Item = &'a Route>) -> bool {
    let surely = routes.into_iter().filter(|route| matches!(route.made, Made::Surely));
    let prefixes = surely.filter_map(|route| prefixes_of(view, route)).flatten();
    Numbers::of_ipv4(prefixes).covers(&Numbers::of_prefix(everywhere()))
}

/// Whether a route leads to public addresses: to all of them, or, where that is unknown, to some.
pub(in crate::verify) fn leads_out(view: &View<'_>, route: &Route) -> Truth {
    if route.destination.is_none() {
        return Truth::No;
    }
    // Of a prefix list of somebody else's, or of what is not known, nobody can tell.
    let Some(prefixes) = prefixes_of(view, route) else { return Truth::Unknown };
    let ipv4 = Numbers::of_ipv4(prefixes);
    if ipv4.covers(&Numbers::of_prefix(everywhere())) {
        Truth::Yes
    } else if ipv4.meets(&public_addresses()) {
        Truth::Unknown
    } else {
        Truth::No
    }
}

/// A route that leads out, or may.
struct Out<'a> {
    route: &'a Route,
    leads_out: Truth,
    via: Via,
    by: String,
    /// What speaks for what is behind it.
    behind: Evidence,
}

impl Out<'_> {
    /// What is not known of whether it is the one that is taken.
    fn doubt(&self) -> Option<String> {
        match &self.route.made {
            Made::Perhaps(unknown) => Some(unknown.why.to_string()),
            Made::Surely if self.leads_out == Truth::Unknown => {
                Some(format!("whether the route to {} is the one", self.to()))
            }
            Made::Surely => None,
        }
    }

    fn to(&self) -> String {
        self.route.destination.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    /// What a route to some addresses means for a default route, before which it comes: nothing
    /// where it leads out as well.
    fn before(&self, view: &View<'_>, to_s3: bool) -> Option<Evidence> {
        if self.leads_out.is_yes() || self.behind.truth(Trust::Trusting).is_yes() {
            return None;
        }
        let claim = |text: String| Claim::at(self.route.place, text);
        let open = || {
            let text = "whether the route to {}, which comes first, is the one";
            Some(Evidence::Open(claim(text.replace("{}", &self.to()))))
        };
        if let Some(prefixes) = prefixes_of(view, self.route) {
            let s3 = view.s3_addresses().filter(|_| to_s3);
            let is_other = s3.is_some_and(|s3| !Numbers::of_ipv4(prefixes).meets(s3));
            return if is_other { None } else { open() };
        }
        match view.list_of(self.route.destination.as_ref()?) {
            ListOf::S3Here if to_s3 => open(),
            ListOf::S3Here | ListOf::Foreign(_) => None,
            ListOf::TakenForS3(_) | ListOf::Open(_) => {
                let text = format!("{} has no addresses of the service", self.to());
                Some(Evidence::Assumed(claim(text)))
            }
        }
    }
}

/// The routes of the subnet that lead out, with what speaks for each.
fn ways_out(from: &Placement<'_>, to_s3: bool) -> Vec<(Via, String, Evidence)> {
    let (view, subnet) = (from.view, from.subnet);
    let nowhere = |evidence| (Via::Nat, String::new(), evidence);
    let claim = |text: String| Claim::at(subnet.id.place, text);
    let (routes, are_all) = match table_of(view, &subnet.id) {
        Table::Known(routes) => (routes, true),
        Table::Elsewhere(routes) => (routes, false),
        Table::Main => {
            // Nobody but EC2 puts a route into a main table that is not named.
            let text = format!("{} uses the main route table, which leads nowhere", subnet.name);
            return vec![nowhere(Failing::plain(claim(text)).into())];
        }
    };
    let out = routes.iter().map(|route| (route, leads_out(view, route)));
    let out = out.filter(|(_, leads_out)| !leads_out.is_no()).map(|(route, leads_out)| {
        let claim = |text: String| Claim::at(route.place, text);
        let (via, by, behind) = match &route.target {
            Target::Nat(nat) => {
                let leads = holds(claim(format!("{} leads out by {nat}", subnet.name)));
                (Via::Nat, nat, Evidence::All(vec![leads, behind_nat(from, nat)]))
            }
            Target::Internet(gateway) => (Via::Internet, gateway, internet(from, route, gateway)),
            Target::Elsewhere(what, by) => {
                (Via::Nat, by, Evidence::Open(claim(format!("what is behind {what}, {by}"))))
            }
        };
        Out { route, leads_out, via, by: by.to_string(), behind }
    });
    let out: Vec<Out<'_>> = out.collect();
    let mut has_default = false;
    let mut ways: Vec<(Via, String, Evidence)> = Vec::new();
    for one in &out {
        let evidence = match one.doubt() {
            Some(why) => {
                let doubt = Evidence::Open(Claim::at(one.route.place, why));
                Evidence::All(vec![one.behind.clone(), doubt])
            }
            None => {
                has_default = true;
                let before: Vec<Evidence> =
                    out.iter().filter_map(|other| other.before(view, to_s3)).collect();
                match before.is_empty() {
                    true => one.behind.clone(),
                    false => {
                        Evidence::All([one.behind.clone()].into_iter().chain(before).collect())
                    }
                }
            }
        };
        ways.push((one.via, one.by.clone(), evidence));
    }
    // 0.0.0.0/1 and 128.0.0.0/1 are a default route as well.
    let parts = || out.iter().filter(|one| matches!(one.route.made, Made::Surely));
    if !has_default && lead_everywhere(view, parts().map(|one| one.route)) {
        has_default = true;
        let each = parts().filter(|one| prefixes_of(view, one.route).is_some());
        let evidence = each.map(|one| one.behind.clone()).collect();
        let first = parts().next().map(|one| (one.via, one.by.clone()));
        ways.extend(first.map(|(via, by)| (via, by, Evidence::All(evidence))));
    }
    if !are_all && !has_default {
        let text = format!("which routes {} has", subnet.name);
        ways.push(nowhere(Evidence::Open(claim(text))));
    }
    if ways.is_empty() {
        let text = format!("{} has no route out of the VPC", subnet.name);
        ways.push(nowhere(Failing::plain(claim(text)).into()));
    }
    ways
}

fn internet(from: &Placement<'_>, route: &Route, gateway: &Value) -> Evidence {
    let leads =
        holds(Claim::at(route.place, format!("{} leads out by {gateway}", from.subnet.name)));
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
    let attached = attached(from.view, gateway, from.subnet.vpc.as_ref());
    let blocked = blocks::public_access(from, &from.subnet.id, false);
    Evidence::All([leads, attached, address].into_iter().chain(blocked).collect())
}

/// Whether an internet gateway is attached to a VPC: to this one, if it is known.
fn attached(view: &View<'_>, gateway: &Value, vpc: Option<&Value>) -> Evidence {
    let claim = |text: &str| Claim::at(gateway.place, format!("{gateway} is attached to {text}"));
    let attachments = view.evaluated.resources.iter().filter_map(|resource| {
        let attaches = resource.kind == "AWS::EC2::VPCGatewayAttachment";
        let id = attaches.then(|| resource.properties.get("InternetGatewayId"))??;
        Some((id.same(gateway), &resource.made, resource.properties.get("VpcId")))
    });
    let (mut perhaps, mut elsewhere) = (None, None);
    for (same, made, to) in attachments {
        if let Some(to) = other_than(vpc, to) {
            elsewhere = elsewhere.or((same.and(made.truth()).is_yes()).then_some(to));
            continue;
        }
        match (same, made) {
            (Truth::Yes, Made::Surely) => return holds(claim("a VPC")),
            (Truth::Yes, Made::Perhaps(unknown)) => perhaps = Some(unknown.why.to_string()),
            (Truth::Unknown, _) => return Evidence::Assumed(claim("the VPC")),
            (Truth::No, _) => {}
        }
    }
    if let Some(to) = elsewhere {
        let text = format!("{gateway} is attached to {to}, another VPC than the subnet's");
        return Failing::fault(Code::DeadEndRoute, Claim::at(to.place, text))
            .help("attach an internet gateway to the VPC of the subnets")
            .into();
    }
    match perhaps {
        Some(why) => Evidence::Open(Claim::at(
            gateway.place,
            format!("whether {gateway} is attached to a VPC: {why}"),
        )),
        None if gateway.as_created().is_some() && view.network.hidden.is_empty() => {
            Failing::fault(Code::DeadEndRoute, claim("no VPC"))
                .help("add an AWS::EC2::VPCGatewayAttachment of the gateway and the VPC")
                .into()
        }
        None => Evidence::Assumed(claim("the VPC")),
    }
}

/// A VPC, if it surely is another one.
fn other_than<'a>(vpc: Option<&Value>, to: Option<&'a Value>) -> Option<&'a Value> {
    to.filter(|to| vpc.is_some_and(|vpc| is(vpc, to).is_no()))
}

/// Whether what comes to a NAT gateway gets out.
fn behind_nat(from: &Placement<'_>, nat: &Value) -> Evidence {
    let view = from.view;
    let assumed =
        || Evidence::Assumed(Claim::at(nat.place, format!("{nat} leads to the internet")));
    let made = nat.as_created().and_then(|created| view.evaluated.resource(created));
    let subnet = made.and_then(|one| one.properties.get("SubnetId"));
    let Some(subnet) = subnet.filter(|id| view.subnet(id).is_some()) else {
        return assumed();
    };
    let vpc = view.subnet(subnet).and_then(|made| made.vpc.as_ref());
    if let Some(other) = other_than(from.subnet.vpc.as_ref(), vpc) {
        let text = format!("{nat} is in {subnet} of {other}, another VPC than the tasks' subnet");
        return Failing::fault(Code::DeadEndRoute, Claim::at(nat.place, text))
            .help("put the NAT gateway into a subnet of the tasks' VPC")
            .into();
    }
    let routes = match table_of(view, subnet) {
        Table::Known(routes) => routes,
        Table::Main => &[],
        Table::Elsewhere(_) => return assumed(),
    };
    let mut ways = Vec::new();
    let is_internet = |route: &&Route| matches!(route.target, Target::Internet(_));
    let everywhere = lead_everywhere(view, routes.iter().filter(is_internet));
    for route in routes {
        match (&route.target, &route.made) {
            (Target::Internet(gateway), Made::Surely)
                if everywhere && !leads_out(view, route).is_no() =>
            {
                ways.push(attached(view, gateway, vpc));
            }
            // By another NAT, a firewall, or something that is not known.
            (Target::Nat(other), _) if other.same(nat).is_yes() => {}
            (Target::Internet(_), Made::Surely) if leads_out(view, route).is_no() => {}
            (Target::Internet(_), Made::Surely) => {
                let text = format!("whether the route of {subnet} to some addresses is the one");
                ways.push(Evidence::Open(Claim::at(route.place, text)));
            }
            _ => ways.push(assumed()),
        }
    }
    if ways.is_empty() {
        return no_way(nat, subnet);
    }
    let blocked = blocks::public_access(from, subnet, true);
    let more = blocked.into_iter().chain(acls::by_nat(from, subnet));
    Evidence::All([Evidence::Any(ways)].into_iter().chain(more).collect())
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
    /// It is made elsewhere; these of its routes are made here.
    Elsewhere(&'a [Route]),
    /// The VPC's main one, because no other is associated.
    Main,
}

/// The route table of a subnet.
pub(in crate::verify) fn table_of<'a>(view: &View<'a>, subnet: &Value) -> Table<'a> {
    match associated_with(view, subnet) {
        Associated::Surely(table) => {
            let of = |tables: &'a [RouteTable]| {
                tables.iter().find(|one| one.id.same(table).is_yes()).map(|one| &*one.routes)
            };
            match of(&view.network.route_tables) {
                Some(routes) => Table::Known(routes),
                None => Table::Elsewhere(of(&view.network.outside_tables).unwrap_or_default()),
            }
        }
        Associated::No if view.vpc_of(subnet).is_some() => Table::Main,
        Associated::Perhaps(_) | Associated::No => Table::Elsewhere(&[]),
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

/// The table that is associated with a subnet.
pub(super) fn associated_with<'a>(view: &View<'a>, subnet: &Value) -> Associated<'a> {
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
