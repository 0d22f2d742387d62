//! What network ACLs let through.
//!
//! Unlike groups they are stateless, so the answers have to be let in too, and the entry with the
//! lowest number that matches decides. What is asked is a rectangle of addresses and ports; each
//! entry takes its part of it away, and what nobody took is denied.
//!
//! Source: <https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html>

use super::evidence::{Claim, Evidence, Failing, Trust};
use super::network::{Acl, AclEntry, Direction, TCP, Traffic};
use super::rules::words;
use super::sets::Numbers;
use crate::cloudformation::Made;
use crate::diagnostic::Code;
use crate::truth::Truth;

/// The ports to which AWS advises to let answers through: every client takes some of them.
const ADVISED: (u16, u16) = (1024, 65535);

/// Who opens connections, and so takes the ports that answers go to.
///
/// Source: <https://docs.aws.amazon.com/vpc/latest/userguide/nacl-ephemeral-ports.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opener {
    /// A task on Linux.
    Linux,
    /// A task on Windows.
    Windows,
    /// A NAT gateway.
    Nat,
}

impl Opener {
    /// Its name, and the ports that it takes; of Linux those of `net.ipv4.ip_local_port_range` as
    /// it is built.
    fn usual(self) -> (&'static str, (u16, u16)) {
        match self {
            Opener::Linux => ("Linux", (32768, 60999)),
            Opener::Windows => ("Windows", (49152, 65535)),
            Opener::Nat => ("a NAT gateway", ADVISED),
        }
    }
}

/// The addresses on the other side.
#[derive(Debug, Clone, Copy)]
pub(super) enum Far<'a> {
    /// These, all of them.
    All(&'a Numbers),
    /// Some of these; which ones is not known.
    SomeOf(&'a Numbers),
}

/// Whether an ACL lets a connection out to a port of some addresses and its answers in.
pub(super) fn lets_out(acl: &Acl, far: Far<'_>, port: u16, opener: Opener, name: &str) -> Evidence {
    let out = passes(acl, Direction::Egress, far, (port, port), name);
    Evidence::All(vec![out, answers(acl, Direction::Ingress, far, opener, name)])
}

/// Whether an ACL lets a connection in to a port from some addresses and its answers out.
pub(super) fn lets_in(acl: &Acl, far: Far<'_>, port: u16, opener: Opener, name: &str) -> Evidence {
    let to = passes(acl, Direction::Ingress, far, (port, port), name);
    Evidence::All(vec![to, answers(acl, Direction::Egress, far, opener, name)])
}

/// Whether answers get through. That the opener takes its usual ports and no others is trusted.
fn answers(acl: &Acl, direction: Direction, far: Far<'_>, opener: Opener, name: &str) -> Evidence {
    let advised = passes(acl, direction, far, ADVISED, name);
    if advised.truth(Trust::Strict).is_yes() {
        return advised;
    }
    let (who, (from, to)) = opener.usual();
    let usual = passes(acl, direction, far, (from, to), name);
    if !usual.truth(Trust::Strict).is_yes() {
        return usual;
    }
    let text = format!("connections are opened from ports {from} to {to}, as {who} does it");
    Evidence::Assumed(Claim::at(acl.id.place, text))
}

/// Addresses, and for all of them the same ports.
struct Area {
    addresses: Numbers,
    ports: Numbers,
}

fn passes(
    acl: &Acl,
    direction: Direction,
    far: Far<'_>,
    (from, to): (u16, u16),
    name: &str,
) -> Evidence {
    let (everything, are_known) = match far {
        Far::All(addresses) => (addresses, true),
        Far::SomeOf(addresses) => (addresses, false),
    };
    let addresses = everything.clone();
    let (verb, toward) = words(direction);
    let ports = if from == to { from.to_string() } else { format!("{from} to {to}") };
    let what = format!("{} lets TCP {ports} {verb} {toward} {name}", acl.id);
    let not = format!("{} does not let TCP {ports} {verb} {toward} {name}", acl.id);
    let mut left = vec![Area { addresses, ports: Numbers::between(from.into(), to.into()) }];
    let entries = acl.entries.iter().filter(|entry| entry.direction == direction);
    for entry in entries {
        let touches = touches(entry, &left);
        if touches.is_no() {
            continue;
        }
        let known = touches.is_yes()
            && entry.number.is_some()
            && matches!(entry.made, Made::Surely)
            && entry.prefix.is_some();
        match entry.allows {
            Truth::Yes if known => left = without(left, entry),
            Truth::No if known && are_known => {
                return denied(Claim::at(entry.place, not));
            }
            // It may be some other address of those that are not known.
            Truth::No if known && left.iter().all(|area| covered(area, entry)) => {
                return denied(Claim::at(entry.place, not));
            }
            _ => {
                return Evidence::Open(Claim::at(entry.place, format!("whether {what}")));
            }
        }
        if left.is_empty() {
            return Evidence::Holds(Claim::at(entry.place, what));
        }
    }
    let all = left.len() == 1 && left.iter().all(|area| area.addresses == *everything);
    if are_known || all {
        denied(Claim::at(acl.id.place, not))
    } else {
        Evidence::Open(Claim::at(acl.id.place, format!("whether {what}")))
    }
}

fn denied(claim: Claim) -> Evidence {
    Failing::fault(Code::AclBlocks, claim)
        .help("let TCP 443 out, and TCP 1024 to 65535 in, for the endpoints' subnets and for S3")
        .into()
}

/// The addresses and ports of an entry; unknown ones are `None`.
fn area(entry: &AclEntry) -> Option<Area> {
    let addresses = Numbers::of_prefix(entry.prefix?);
    let ports = match entry.traffic {
        Traffic::All => Numbers::between(0, 65535),
        Traffic::Ports { protocol: TCP, from, to } => Numbers::between(from.into(), to.into()),
        Traffic::Ports { .. } | Traffic::Nothing => Numbers::default(),
        Traffic::Unknown(_) => return None,
    };
    Some(Area { addresses, ports })
}

/// Whether an entry matches some of what is left.
fn touches(entry: &AclEntry, left: &[Area]) -> Truth {
    match area(entry) {
        None => Truth::Unknown,
        Some(area) => left
            .iter()
            .any(|one| one.addresses.meets(&area.addresses) && one.ports.meets(&area.ports))
            .into(),
    }
}

fn covered(one: &Area, entry: &AclEntry) -> bool {
    area(entry)
        .is_some_and(|area| area.addresses.covers(&one.addresses) && area.ports.covers(&one.ports))
}

/// What is left when an entry has taken its part.
fn without(left: Vec<Area>, entry: &AclEntry) -> Vec<Area> {
    let Some(taken) = area(entry) else { return left };
    let mut rest = Vec::new();
    for one in left {
        let others = one.addresses.without(&taken.addresses);
        let both = one.addresses.and(&taken.addresses);
        let ports = one.ports.without(&taken.ports);
        if !others.is_empty() {
            rest.push(Area { addresses: others, ports: one.ports });
        }
        if !both.is_empty() && !ports.is_empty() {
            rest.push(Area { addresses: both, ports });
        }
    }
    rest
}
