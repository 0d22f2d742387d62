//! What the rules of security groups let through.
//!
//! Only that is looked at which is asked: one protocol and port, and one other side. Security groups
//! are stateful and only allow, so one rule that fits is enough and the order does not matter.
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>

use super::evidence::{Claim, Evidence, Failing};
use super::fits::{Fit, fits};
use super::network::{Direction, Group, Peer, Rule, Traffic};
use super::sets::Numbers;
use super::view::View;
use crate::cloudformation::{Made, Place, Value};
use crate::diagnostic::Code;
use crate::prefix::Prefix;
use crate::truth::Truth;

/// IANA's number of TCP.
pub(super) const TCP: u8 = 6;
/// The port of HTTPS.
pub(crate) const HTTPS: u16 = 443;
/// The port of NFS.
pub(crate) const NFS: u16 = 2049;

/// Most rules that are named as having come close.
const MOST_NEAR: usize = 4;

/// A VPC's prefix has this length at most, and so has a subnet's.
const LONGEST_SUBNET: u8 = 28;

/// What has to get through.
pub(super) struct Ask {
    /// As the groups see it.
    pub(super) direction: Direction,
    /// Of TCP.
    pub(super) port: u16,
    /// The other side.
    pub(super) far: Far,
    /// What it is when nothing lets it through.
    pub(super) missing: Code,
    /// What it is when some of it gets through.
    pub(super) partial: Code,
    /// What would mend it.
    pub(super) help: String,
}

/// The other side.
pub(super) enum Far {
    /// Interfaces: all of them have to be let through.
    Interfaces(Interfaces),
    /// S3 in the region.
    S3,
    /// The public addresses of some service.
    Public,
}

/// Interfaces in one subnet.
pub(super) struct Interfaces {
    /// For people: `the interface of EcrApiEndpoint in SubnetA`, `tasks in SubnetA`.
    pub(super) name: String,
    /// The groups they wear.
    pub(super) groups: Vec<Value>,
    /// The subnet's addresses, if they are known.
    pub(super) addresses: Option<Numbers>,
    /// The addresses of the VPC, if they are known.
    pub(super) vpc: Option<Numbers>,
    /// What the prefixes of the subnet and of its VPC are written as; a rule for the same value
    /// covers it, whatever it is.
    pub(super) written: Vec<Value>,
    /// How many interfaces rules for single addresses have to name, at least: those in the subnet,
    /// or all of them where its prefix is not known. `None` where such rules cannot be meant.
    pub(super) hosts: Option<usize>,
}

/// The rules of some groups in one direction.
pub(super) struct Rules<'a> {
    /// Each with the name of its group.
    pub(super) rules: Vec<(String, &'a Rule)>,
    /// Groups whose rules cannot be seen, or that may be worn.
    pub(super) unseen: Vec<Claim>,
    /// The groups, for people.
    pub(super) names: String,
    /// The groups themselves.
    pub(super) groups: Vec<&'a Group>,
}

/// The rules of the groups that something wears.
pub(super) fn rules_of<'a>(view: &View<'a>, groups: &[Value], direction: Direction) -> Rules<'a> {
    let mut found =
        Rules { rules: Vec::new(), unseen: Vec::new(), names: String::new(), groups: Vec::new() };
    let mut names = Vec::new();
    for value in groups {
        names.push(value.to_string());
        if let Some(group) = view.group(value) {
            let rules = match direction {
                Direction::Ingress => &group.ingress,
                Direction::Egress => &group.egress,
            };
            found.rules.extend(rules.iter().map(|rule| (group.name.clone(), rule)));
            found.groups.push(group);
            continue;
        }
        for outside in &view.network.outside_rules {
            if outside.direction == direction && outside.group.same(value).is_yes() {
                found.rules.push((value.to_string(), &outside.rule));
            }
        }
        let why = value.as_unknown().map_or_else(
            || format!("the rules of `{value}` are made elsewhere"),
            |unknown| format!("which rules `{value}` has cannot be seen: {}", unknown.why),
        );
        found.unseen.push(Claim::at(value.place, why));
    }
    found.names = names.join(", ");
    found
}

/// Whether a rule's protocols and ports have the port of TCP in them, and if not, why.
pub(crate) fn carries(traffic: &Traffic, port: u16) -> (Truth, String) {
    match traffic {
        Traffic::All => (Truth::Yes, String::new()),
        Traffic::Nothing => (Truth::No, "is for no port at all".to_owned()),
        Traffic::Unknown(why) => (Truth::Unknown, why.clone()),
        Traffic::Ports { protocol: TCP, from, to } if (*from..=*to).contains(&port) => {
            (Truth::Yes, String::new())
        }
        other => (Truth::No, format!("is for {}, not TCP {port}", traffic_name(other))),
    }
}

/// Protocols and ports for people: `TCP 443`, `every port`.
pub(crate) fn traffic_name(traffic: &Traffic) -> String {
    match traffic {
        Traffic::All => "every protocol and port".to_owned(),
        Traffic::Nothing => "no port".to_owned(),
        Traffic::Unknown(_) => "ports that are not known".to_owned(),
        Traffic::Ports { protocol, from, to } => {
            let protocol = match protocol {
                1 => "ICMP".to_owned(),
                6 => "TCP".to_owned(),
                17 => "UDP".to_owned(),
                58 => "ICMPv6".to_owned(),
                number => format!("protocol {number}"),
            };
            match (from, to) {
                (0, &u16::MAX) => format!("every port of {protocol}"),
                (from, to) if from == to => format!("{protocol} {from}"),
                (from, to) => format!("{protocol} {from} to {to}"),
            }
        }
    }
}

/// The other side of a rule for people.
pub(crate) fn peer_name(peer: &Peer) -> String {
    match peer {
        Peer::Prefix(prefix, _) => prefix.to_string(),
        Peer::Group(value) | Peer::PrefixList(value) | Peer::Unknown(value) => value.to_string(),
        Peer::Invalid(_) => "nobody".to_owned(),
    }
}

/// A rule for people: `TaskSecurityGroup lets out TCP 443 to 10.0.0.0/16`.
pub(super) fn rule_name(group: &str, direction: Direction, rule: &Rule) -> String {
    let (verb, toward) = match direction {
        Direction::Ingress => ("in", "from"),
        Direction::Egress => ("out", "to"),
    };
    let (traffic, peer) = (traffic_name(&rule.traffic), peer_name(&rule.peer));
    format!("{group} lets {verb} {traffic} {toward} {peer}")
}

/// Whether the rules let through what is asked.
pub(super) fn admits(view: &View<'_>, rules: &Rules<'_>, ask: &Ask) -> Evidence {
    if !view.work.spend(1 + rules.rules.len()) {
        return view.work.given_up();
    }
    let mut tally = Tally::default();
    for (group, rule) in &rules.rules {
        let name = || rule_name(group, ask.direction, rule);
        let (traffic, why_not) = carries(&rule.traffic, ask.port);
        let fits = fits(view, rule, &ask.far);
        for fit in fits {
            if traffic.is_no() {
                // Off in one respect only, if the other side is right.
                if matches!(fit, Fit::All | Fit::Taken(_)) {
                    tally.near(rule.place, || format!("{}: it {why_not}", name()));
                }
                continue;
            }
            let mut open = |why: &str| {
                tally.open.push(Claim::at(rule.place, format!("whether {}: {why}", name())));
            };
            if matches!(fit, Fit::Other(_)) {
                let Fit::Other(why) = fit else { continue };
                if traffic.is_yes() && !is_nobody(&rule.peer) {
                    tally.near(rule.place, || format!("{}: {why}", name()));
                }
                continue;
            }
            if let Made::Perhaps(unknown) = &rule.made {
                open(&unknown.why);
                continue;
            }
            if traffic == Truth::Unknown {
                open(&why_not);
                continue;
            }
            match fit {
                Fit::All => return Evidence::Holds(Claim::at(rule.place, name())),
                Fit::Addresses(numbers, prefix) => {
                    tally.addresses.push(Addresses { group, rule, numbers, prefix });
                }
                Fit::Taken(what) => tally.take(rule.place, || format!("{what}: {}", name())),
                Fit::Open(why) => open(&why),
                Fit::Other(_) => {}
            }
        }
    }
    tally.conclude(rules, ask)
}

/// A rule that stands there so that the default is gone.
pub(crate) fn is_nobody(peer: &Peer) -> bool {
    let Peer::Prefix(prefix, _) = peer else { return false };
    let address = prefix.network();
    address.is_loopback() || prefix.to_string() == "255.255.255.255/32"
}

/// What the rules come to, one by one.
#[derive(Default)]
struct Tally<'a> {
    /// The first of those that came close.
    near: Vec<Claim>,
    open: Vec<Claim>,
    /// The first that is taken on trust.
    taken: Option<Claim>,
    /// Rules for addresses that surely let the traffic through.
    addresses: Vec<Addresses<'a>>,
}

/// A rule for addresses.
struct Addresses<'a> {
    group: &'a str,
    rule: &'a Rule,
    numbers: Numbers,
    prefix: Prefix,
}

impl Addresses<'_> {
    fn claim(&self, ask: &Ask) -> Claim {
        Claim::at(self.rule.place, rule_name(self.group, ask.direction, self.rule))
    }
}

impl Tally<'_> {
    fn near(&mut self, place: Place, text: impl FnOnce() -> String) {
        if self.near.len() < MOST_NEAR {
            self.near.push(Claim::at(place, text()));
        }
    }

    fn take(&mut self, place: Place, text: impl FnOnce() -> String) {
        self.taken.get_or_insert_with(|| Claim::at(place, text()));
    }

    /// The rules that let through a part of what is wanted, which together let through all of it.
    fn covering(&self, wanted: &Numbers, ask: &Ask) -> Evidence {
        let used = self.addresses.iter().filter(|one| one.numbers.meets(wanted));
        Evidence::All(used.map(|one| Evidence::Holds(one.claim(ask))).collect())
    }

    fn conclude(mut self, rules: &Rules<'_>, ask: &Ask) -> Evidence {
        let all = Numbers::union_of(self.addresses.iter().map(|one| &one.numbers));
        let (mut partial, mut suspected) = (None, None);
        match &ask.far {
            Far::Public | Far::S3 => {
                let everything = Numbers::of_prefix(everywhere());
                if all.covers(&everything) {
                    return self.covering(&everything, ask);
                }
            }
            Far::Interfaces(far) => {
                let wanted = far.addresses.as_ref().or(far.vpc.as_ref());
                match wanted {
                    Some(wanted) if all.covers(wanted) => return self.covering(wanted, ask),
                    _ => {}
                }
                match self.hosts(far, ask) {
                    Some(Evidence::Assumed(claim)) => {
                        self.taken.get_or_insert(claim);
                    }
                    Some(suspect) => suspected = Some(suspect),
                    None => {}
                }
                match wanted {
                    Some(wanted) => {
                        let some = all.meets(wanted);
                        for one in self.addresses.iter().take(MOST_NEAR) {
                            let says = if one.numbers.meets(wanted) {
                                "covers a part of"
                            } else {
                                "does not cover"
                            };
                            let claim = one.claim(ask);
                            let text = format!("{}, which {says} {}", claim.text, far.name);
                            self.near.push(Claim { text, ..claim });
                        }
                        let may_be_all = self.addresses.iter().any(|one| {
                            one.prefix.length() <= LONGEST_SUBNET && one.numbers.meets(wanted)
                        });
                        if may_be_all && far.addresses.is_none() && suspected.is_none() {
                            suspected = Some(elsewhere_in_vpc(rules, ask, &far.name));
                        }
                        partial = some.then(|| far.name.clone());
                    }
                    None => self.outside(far, &all, ask),
                }
            }
        }
        if let Some(taken) = self.taken {
            return Evidence::Assumed(taken);
        }
        self.open.extend(rules.unseen.iter().cloned());
        if !self.open.is_empty() {
            return Evidence::All(self.open.into_iter().map(Evidence::Open).collect());
        }
        if let Some(suspected) = suspected {
            return suspected;
        }
        let verb = if ask.direction == Direction::Egress { "lets out" } else { "lets in" };
        let other = match &ask.far {
            Far::S3 => "S3",
            Far::Public => "public addresses",
            Far::Interfaces(far) => &far.name,
        };
        let toward = if ask.direction == Direction::Egress { "to" } else { "from" };
        let no_rule = if rules.rules.is_empty() && rules.groups.is_empty() {
            "nothing"
        } else {
            "no rule of"
        };
        let names = &rules.names;
        let (code, text) = match partial {
            Some(name) => (
                ask.partial,
                format!("{names} {verb} TCP {} {toward} a part of {name} only", ask.port),
            ),
            None => {
                (ask.missing, format!("{no_rule} {names} {verb} TCP {} {toward} {other}", ask.port))
            }
        };
        self.near.truncate(MOST_NEAR);
        let place = rules.groups.first().map(|group| group.place);
        Failing::fault(code, Claim { text, place }).help(ask.help.clone()).near(self.near).into()
    }

    /// Rules for single addresses: whose they are is not in a template.
    fn hosts(&self, far: &Interfaces, ask: &Ask) -> Option<Evidence> {
        let wanted = far.hosts?;
        let may_be = |prefix: Prefix, one: &Numbers| match &far.addresses {
            Some(subnet) => subnet.covers(one),
            None => is_private(prefix),
        };
        let hosts: Vec<&Addresses<'_>> = self
            .addresses
            .iter()
            .filter(|one| one.prefix.length() > LONGEST_SUBNET && may_be(one.prefix, &one.numbers))
            .collect();
        let count: u128 = hosts.iter().map(|one| one.prefix.addresses()).sum();
        let place = hosts.first()?.rule.place;
        let place = Some(place);
        let list: Vec<String> = hosts.iter().map(|one| one.prefix.to_string()).collect();
        let list = list.join(", ");
        if count >= wanted as u128 {
            let text = format!("{} has one of the addresses {list}", far.name);
            Some(Evidence::Assumed(Claim { text, place }))
        } else {
            let text = format!(
                "{count} of the {wanted} addresses that the tasks need are let out to: {list}"
            );
            let failing = Failing::fault(ask.partial, Claim { text, place });
            Some(Evidence::Suspect(failing.help(ask.help.clone())))
        }
    }

    /// A subnet that is made elsewhere: a prefix that can cover a subnet is taken to cover it.
    fn outside(&mut self, far: &Interfaces, all: &Numbers, ask: &Ask) {
        if all.covers(&Numbers::of_prefix(everywhere())) {
            let Some(first) = self.addresses.first() else { return };
            let claim = first.claim(ask);
            self.take(first.rule.place, || {
                format!("{} has an IPv4 address: {}", far.name, claim.text)
            });
            return;
        }
        for one in std::mem::take(&mut self.addresses) {
            let (place, prefix) = (one.rule.place, one.prefix);
            let text = || one.claim(ask).text;
            if prefix.length() <= LONGEST_SUBNET && is_private(prefix) {
                self.take(place, || format!("{prefix} covers {}: {}", far.name, text()));
            } else if prefix.length() <= LONGEST_SUBNET && meets_private(prefix) {
                self.open.push(Claim::at(place, format!("whether {}", text())));
            } else {
                self.near(place, || format!("{}, which covers no subnet", text()));
            }
        }
    }
}

/// A part of a VPC is let through, and a subnet's prefix is not known: it may be in that part.
fn elsewhere_in_vpc(rules: &Rules<'_>, ask: &Ask, name: &str) -> Evidence {
    let (verb, toward) = match ask.direction {
        Direction::Egress => ("lets out", "to"),
        Direction::Ingress => ("lets in", "from"),
    };
    let text = format!(
        "{} {verb} TCP {} {toward} a part of the VPC only, and where in it {name} is is not known",
        rules.names, ask.port
    );
    let place = rules.groups.first().map(|group| group.place);
    let failing = Failing::fault(ask.partial, Claim { text, place });
    Evidence::Suspect(failing.help(ask.help.clone()))
}

/// Every IPv4 address.
pub(super) fn everywhere() -> Prefix {
    Prefix::containing([0, 0, 0, 0].into(), 0).expect("0 is a length")
}

/// The addresses for private networks.
///
/// RFC 1918, RFC 6598.
const PRIVATE: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

/// Whether all of its addresses are of private networks.
pub(crate) fn is_private(prefix: Prefix) -> bool {
    PRIVATE
        .iter()
        .any(|private| private.parse::<Prefix>().is_ok_and(|private| private.covers(prefix)))
}

/// Whether some of its addresses are of private networks.
fn meets_private(prefix: Prefix) -> bool {
    let wider =
        |private: &&str| private.parse::<Prefix>().is_ok_and(|private| prefix.covers(private));
    is_private(prefix) || PRIVATE.iter().any(wider)
}
