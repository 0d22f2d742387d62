//! Why a rule is there.

use crate::aws::{Service, VpcId};
use crate::lock::{Evidence, PrefixListFacts};

/// Where a rule comes from: the config or the lock. There is no third source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A value of the config, or its default.
    Config {
        /// The way to it, such as `stacks.tokyo.endpoint.egress`.
        path: String,
    },
    /// An address that a host answered with.
    Observed(Evidence),
    /// A prefix list's id.
    PrefixList(PrefixListFacts),
    /// The address of an endpoint, looked up in its VPC.
    EndpointAddress {
        /// The service behind the endpoint.
        service: Service,
        /// The VPC.
        vpc: VpcId,
    },
}

impl super::Mapped {
    /// Where it comes from, in one line; `None` where it stands for no value.
    pub fn comment(&self) -> Option<String> {
        (!self.origins.is_empty()).then(|| summary(&self.origins))
    }
}

/// The origins of a rule in one line: the plainest of them, and how many more there are.
pub(crate) fn summary(origins: &[Origin]) -> String {
    let observed: Vec<&Evidence> = origins
        .iter()
        .filter_map(|origin| match origin {
            Origin::Observed(evidence) => Some(evidence),
            _ => None,
        })
        .collect();
    // The host that is itself an alias says less than the one that has the address.
    if let Some(plainest) =
        observed.iter().min_by_key(|e| (e.address, e.cnames.len(), e.host.as_str()))
    {
        let seen = match &plainest.last_seen {
            Some(seen) => format!("seen {seen}"),
            None => "seen, no one noted when".to_owned(),
        };
        let mut addresses: Vec<_> = observed.iter().map(|evidence| evidence.address).collect();
        addresses.sort_unstable();
        addresses.dedup();
        let more = match addresses.len() - 1 {
            0 => String::new(),
            1 => "; and 1 more address".to_owned(),
            more => format!("; and {more} more addresses"),
        };
        return format!("{} <- {}, {seen}{more}", plainest.address, plainest.host);
    }
    let mut lines: Vec<String> = origins
        .iter()
        .map(|origin| match origin {
            Origin::Config { path } => format!("config: {path}"),
            Origin::Observed(evidence) => evidence.address.to_string(),
            Origin::PrefixList(list) => format!("{} <- {}, {}", list.id, list.name, list.source),
            Origin::EndpointAddress { service, vpc } => {
                format!("the {service} endpoint in {vpc}, looked up")
            }
        })
        .collect();
    lines.dedup();
    lines.join(", ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn observed(address: &str, host: &str, aliases: usize) -> Origin {
        Origin::Observed(Evidence {
            address: address.parse().unwrap(),
            host: host.to_owned(),
            cnames: vec![String::new(); aliases],
            first_seen: None,
            last_seen: "2025-03".parse().ok(),
            seen_by: BTreeSet::new(),
            prefix: "192.0.2.0/24".parse().unwrap(),
        })
    }

    #[test]
    fn the_plainest_host_speaks_for_the_others() {
        let origins =
            [observed("192.0.2.1", "api.example", 1), observed("192.0.2.1", "example", 0)];
        assert_eq!(summary(&origins), "192.0.2.1 <- example, seen 2025-03");
        let origins = [observed("192.0.2.9", "a", 0), observed("192.0.2.1", "b", 0)];
        assert_eq!(summary(&origins), "192.0.2.1 <- b, seen 2025-03; and 1 more address");
    }
}
