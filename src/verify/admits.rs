//! Whether the rules of security groups let a connection through.
//!
//! Only that is looked at which is asked: one port of TCP, and one other side. Security groups are
//! stateful and only allow, so one rule that fits is enough and the order does not matter.
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>

use super::evidence::{Claim, Evidence, Failing};
use super::fits::{Fit, fits};
use super::network::{Direction, Peer, Rule, everywhere};
use super::rules::{
    LONGEST_SUBNET, Rules, SHORTEST_VPC, can_be_of_a_vpc, carries, is_nobody, is_private,
    meets_private, rule_name, words,
};
use super::sets::Numbers;
use super::view::View;
use crate::cloudformation::{Made, Place, Value};
use crate::diagnostic::Code;
use crate::prefix::Prefix;
use crate::truth::Truth;

/// Most rules that are named as having come close.
const MOST_NEAR: usize = 4;

/// What has to get through, beside the other side.
pub(super) struct Connection {
    /// As the groups see it.
    pub(super) direction: Direction,
    /// Of TCP.
    pub(super) port: u16,
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

/// Whether the rules let a connection through.
pub(super) fn admits(
    view: &View<'_>,
    rules: &Rules<'_>,
    connection: &Connection,
    far: &Far,
) -> Evidence {
    if !view.work.spend(1 + rules.rules.len()) {
        return view.work.given_up();
    }
    let mut tally = Tally::new(rules, connection, far);
    for (group, rule) in &rules.rules {
        let name = || rule_name(group, connection.direction, rule);
        let (traffic, why_not) = carries(&rule.traffic, connection.port);
        for fit in fits(view, rule, far) {
            if traffic.is_no() {
                // Off in one respect only, if the other side is right.
                if matches!(fit, Fit::All | Fit::Taken(_)) {
                    tally.near(rule.place, || format!("{}: it {why_not}", name()));
                }
                continue;
            }
            if let Fit::Other(why) = fit {
                if traffic.is_yes() && !is_nobody(&rule.peer) {
                    tally.near(rule.place, || format!("{}: {why}", name()));
                }
                continue;
            }
            let mut open = |why: &str| {
                tally.open.push(Claim::at(rule.place, format!("whether {}: {why}", name())));
            };
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
    tally.conclude(view)
}

/// What the rules come to, one by one.
struct Tally<'a> {
    rules: &'a Rules<'a>,
    connection: &'a Connection,
    far: &'a Far,
    /// The first of those that came close.
    near: Vec<Claim>,
    open: Vec<Claim>,
    /// The first that is taken on trust.
    taken: Option<Claim>,
    /// What looks like a fault, and is not known to be one.
    suspected: Option<Evidence>,
    /// What a part of is let through, where the rest is not.
    partial: Option<String>,
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

impl<'a> Tally<'a> {
    fn new(rules: &'a Rules<'a>, connection: &'a Connection, far: &'a Far) -> Tally<'a> {
        Tally {
            rules,
            connection,
            far,
            near: Vec::new(),
            open: Vec::new(),
            taken: None,
            suspected: None,
            partial: None,
            addresses: Vec::new(),
        }
    }

    fn near(&mut self, place: Place, text: impl FnOnce() -> String) {
        if self.near.len() < MOST_NEAR {
            self.near.push(Claim::at(place, text()));
        }
    }

    fn take(&mut self, place: Place, text: impl FnOnce() -> String) {
        self.taken.get_or_insert_with(|| Claim::at(place, text()));
    }

    /// A rule for addresses, as a sentence.
    fn claim(&self, one: &Addresses<'_>) -> Claim {
        Claim::at(one.rule.place, rule_name(one.group, self.connection.direction, one.rule))
    }

    /// `A and B let out TCP 443 to`, with the groups that all of it is about.
    fn lets(&self) -> String {
        let (verb, toward) = words(self.connection.direction);
        format!("{} lets {verb} TCP {} {toward}", self.rules.names, self.connection.port)
    }

    fn fault(&self, code: Code, text: String) -> Failing {
        let place = self.rules.groups.first().map(|group| group.place);
        Failing::fault(code, Claim { text, place }).help(self.connection.help.clone())
    }

    /// The rules that let through a part of what is wanted, which together let through all of it.
    fn covering(&self, wanted: &Numbers) -> Evidence {
        let used = self.addresses.iter().filter(|one| one.numbers.meets(wanted));
        Evidence::All(used.map(|one| Evidence::Holds(self.claim(one))).collect())
    }

    fn conclude(mut self, view: &View<'_>) -> Evidence {
        let all = Numbers::union_of(self.addresses.iter().map(|one| &one.numbers));
        let everything = Numbers::of_prefix(everywhere());
        match self.far {
            Far::Public | Far::S3 if all.covers(&everything) => return self.covering(&everything),
            Far::Public => self.towards_public_addresses(),
            Far::S3 => match view.s3_addresses() {
                Some(s3) => self.towards_s3(s3, &all),
                None => self.towards_public_addresses(),
            },
            Far::Interfaces(far) => match far.addresses.as_ref().or(far.vpc.as_ref()) {
                Some(wanted) if all.covers(wanted) => return self.covering(wanted),
                Some(wanted) => self.towards_interfaces(view, far, wanted, &all),
                None => self.towards_interfaces_elsewhere(view, far, &all),
            },
        }
        if let Some(taken) = self.taken {
            return Evidence::Assumed(taken);
        }
        self.open.extend(self.rules.unseen.iter().cloned());
        if !self.open.is_empty() {
            return Evidence::All(self.open.into_iter().map(Evidence::Open).collect());
        }
        if let Some(suspected) = self.suspected.take() {
            return suspected;
        }
        self.fails()
    }

    /// Nothing lets through what is asked, or some of it only.
    fn fails(mut self) -> Evidence {
        let connection = self.connection;
        let failing = match &self.partial {
            Some(name) => {
                self.fault(connection.partial, format!("{} a part of {name} only", self.lets()))
            }
            None => {
                let other = match self.far {
                    Far::S3 => "S3",
                    Far::Public => "public addresses",
                    Far::Interfaces(far) => &far.name,
                };
                let (verb, toward) = words(connection.direction);
                let port = connection.port;
                let who = match self.rules.groups.as_slice() {
                    [] if self.rules.rules.is_empty() => "nothing".to_owned(),
                    _ => format!("no rule of {}", self.rules.names),
                };
                let text = format!("{who} lets {verb} TCP {port} {toward} {other}");
                self.fault(connection.missing, text)
            }
        };
        self.near.truncate(MOST_NEAR);
        failing.near(self.near).into()
    }

    /// Which public addresses a service has is not known: those of a rule may be all of them.
    fn towards_public_addresses(&mut self) {
        let may_be = |one: &&Addresses<'_>| !is_private(one.prefix) && !is_nobody(&one.rule.peer);
        for one in self.addresses.iter().filter(may_be) {
            let rule = self.claim(one).text;
            let text = format!("whether the service has addresses of {} alone: {rule}", one.prefix);
            self.open.push(Claim::at(one.rule.place, text));
        }
    }

    /// S3 has its published addresses, and its prefix list has some of those and no others.
    fn towards_s3(&mut self, s3: &Numbers, all: &Numbers) {
        let mut used = self.addresses.iter().filter(|one| one.numbers.meets(s3));
        let Some(first) = used.next() else { return };
        if !all.covers(s3) {
            let text = format!("{} a part of S3's published prefixes only", self.lets());
            let failing = self.fault(self.connection.partial, text);
            self.suspected = Some(Evidence::Suspect(failing));
            return;
        }
        let others: Vec<String> = used.map(|one| one.prefix.to_string()).collect();
        let text = match others.as_slice() {
            [] => format!(
                "`{}` has all of S3's published prefixes: {}",
                first.prefix,
                self.claim(first).text
            ),
            others => format!(
                "{} {} and {}, which have all of S3's published prefixes",
                self.lets(),
                others.join(", "),
                first.prefix
            ),
        };
        self.taken.get_or_insert(Claim::at(first.rule.place, text));
    }

    /// Interfaces of which the prefix is known, or that of their VPC.
    fn towards_interfaces(
        &mut self,
        view: &View<'_>,
        far: &Interfaces,
        wanted: &Numbers,
        all: &Numbers,
    ) {
        self.towards_hosts(view, far);
        for one in self.addresses.iter().take(MOST_NEAR) {
            let says =
                if one.numbers.meets(wanted) { "covers a part of" } else { "does not cover" };
            let claim = self.claim(one);
            let text = format!("{}, which {says} {}", claim.text, far.name);
            self.near.push(Claim { text, ..claim });
        }
        let may_be_all = |one: &Addresses<'_>| !one.is_of_hosts() && one.numbers.meets(wanted);
        // A part of a VPC is let through, and a subnet's prefix is not known: it may be in there.
        if far.addresses.is_none()
            && self.suspected.is_none()
            && self.addresses.iter().any(may_be_all)
        {
            let text = format!(
                "{} a part of the VPC only, and where in it {} is is not known",
                self.lets(),
                far.name
            );
            let failing = self.fault(self.connection.partial, text);
            self.suspected = Some(Evidence::Suspect(failing));
        }
        self.partial = all.meets(wanted).then(|| far.name.clone());
    }

    /// Interfaces in a subnet that is made elsewhere: a prefix that can cover a subnet is taken to
    /// cover it.
    fn towards_interfaces_elsewhere(&mut self, view: &View<'_>, far: &Interfaces, all: &Numbers) {
        self.towards_hosts(view, far);
        if all.covers(&Numbers::of_prefix(everywhere())) {
            if let Some(first) = self.addresses.first() {
                let (place, text) = (first.rule.place, self.claim(first).text);
                self.take(place, || format!("{} has an IPv4 address: {text}", far.name));
            }
            return;
        }
        for one in std::mem::take(&mut self.addresses) {
            let Claim { text, .. } = self.claim(&one);
            let (place, prefix) = (one.rule.place, one.prefix);
            // Who is let in to what is in a VPC is in one too, or in a network that leads there.
            let is_let_in = self.connection.direction == Direction::Ingress;
            if one.is_of_hosts() || !can_be_of_a_vpc(prefix) {
                self.near(place, || format!("{text}, which covers no subnet"));
            } else if is_a_vpcs(view, prefix) || (is_let_in && !meets_private(prefix)) {
                self.take(place, || format!("{prefix} covers {}: {text}", far.name));
            } else if meets_private(prefix) {
                self.open.push(Claim::at(place, format!("whether {text}")));
            } else {
                let text = format!("{text}, and whether {} is there is not known", far.name);
                let failing = self.fault(self.connection.missing, text);
                self.suspected.get_or_insert(Evidence::Suspect(failing));
            }
        }
    }

    /// Rules for single addresses: whose they are is not in a template, so they are counted.
    fn towards_hosts(&mut self, view: &View<'_>, far: &Interfaces) {
        let Some(wanted) = far.hosts else { return };
        let may_be = |one: &&Addresses<'_>| {
            one.is_of_hosts()
                && match &far.addresses {
                    Some(subnet) => subnet.covers(&one.numbers),
                    None => is_a_vpcs(view, one.prefix),
                }
        };
        let hosts: Vec<&Addresses<'_>> = self.addresses.iter().filter(may_be).collect();
        let Some(first) = hosts.first() else { return };
        let place = first.rule.place;
        let count: u128 = hosts.iter().map(|one| one.prefix.addresses()).sum();
        let list: Vec<String> = hosts.iter().map(|one| one.prefix.to_string()).collect();
        let list = list.join(", ");
        if count >= wanted as u128 {
            self.take(place, || format!("{} has one of the addresses {list}", far.name));
        } else {
            let text = format!(
                "{count} of the {wanted} addresses that the tasks need are let out to: {list}"
            );
            let failing = Failing::fault(self.connection.partial, Claim::at(place, text));
            let failing = failing.help(self.connection.help.clone());
            self.suspected = Some(Evidence::Suspect(failing));
        }
    }
}

/// Whether a prefix is taken to be of a VPC, where nothing tells which the VPC has: it is of private
/// networks, or in one that endpoints are said to let in.
fn is_a_vpcs(view: &View<'_>, prefix: Prefix) -> bool {
    if is_private(prefix) {
        return true;
    }
    let groups = view.network.endpoints.iter().filter_map(|endpoint| endpoint.groups.as_ref());
    let groups = groups.flat_map(Value::entries).filter_map(|group| view.group(group));
    groups.flat_map(|group| &group.ingress).any(|rule| match &rule.peer {
        Peer::Prefix(vpc, _) => vpc.length() >= SHORTEST_VPC && vpc.covers(prefix),
        _ => false,
    })
}

impl Addresses<'_> {
    /// Whether it is for single addresses, and cannot be for a subnet.
    fn is_of_hosts(&self) -> bool {
        self.prefix.length() > LONGEST_SUBNET
    }
}
