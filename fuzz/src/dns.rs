//! What comes off the wire: read as `resolve` reads it, merged into a lock, held against one.

use std::collections::BTreeSet;
use std::iter;

use fargate_egress::drift::{self, World};
use fargate_egress::facts::{Answer, built_in};
use fargate_egress::lock::wanted_hosts;
use fargate_egress::sources::dns;

use super::laws::{EXAMPLE, EXAMPLE_LOCK, IP_RANGES, print, resolve};

/// The laws of messages. The first byte chooses the host, and whether AAAA is
/// asked for too; each message has its length in two bytes
/// before it, as over TCP (RFC 1035, section 4.2.2).
pub fn holds(data: &[u8]) {
    let (config, source) = &*EXAMPLE;
    let Some((first, mut rest)) = data.split_first() else { return };
    let hosts: BTreeSet<String> = config
        .stacks
        .values()
        .flat_map(|stack| wanted_hosts(stack, stack.regions[0].value))
        .flat_map(|(_, host, _)| host.names().into_iter().map(str::to_owned).collect::<Vec<_>>())
        // A registry of no known account has no name to ask.
        .filter(|host| !host.starts_with('*'))
        .collect();
    let host = hosts.iter().cycle().nth((first % 128).into()).expect("the example has hosts");
    let ipv6 = *first >= 128;
    let mut messages = iter::from_fn(|| {
        let (length, behind) = rest.split_first_chunk()?;
        let (message, behind) = behind.split_at_checked(u16::from_be_bytes(*length).into())?;
        rest = behind;
        Some(message.to_vec())
    });
    let (cnames, addresses) = match dns::heard(host, ipv6, &mut messages) {
        Ok(heard) => heard,
        Err(reason) => {
            let said = reason.to_string();
            assert!(!said.is_empty() && !said.contains(char::is_control), "{said:?}");
            return;
        }
    };
    assert!(!addresses.is_empty() && (ipv6 || addresses.iter().all(|it| it.is_ipv4())));
    let plain = |name: &String| name.bytes().all(|byte| byte.is_ascii_graphic());
    assert!(cnames.len() <= 16 && cnames.iter().all(plain), "{cnames:?}");

    let seen = Some("2026-01-02".parse().expect("a day"));
    let mut answers = vec![Answer {
        host: host.clone(),
        cnames,
        addresses,
        seen,
        seen_by: "192.0.2.53".to_owned(),
    }];
    let world = World { ip_ranges: Some(&IP_RANGES), answers: &answers, ..World::default() };
    drift::unbelievable(config, &EXAMPLE_LOCK, &world);
    let findings = drift::world(config, &EXAMPLE_LOCK, source, &world);
    print(&findings.into_iter().map(|finding| finding.diagnostic).collect::<Vec<_>>());
    answers.extend(fargate_egress::aws::Region::ALL.iter().flat_map(built_in::answers));
    for before in [None, Some(&*EXAMPLE_LOCK)] {
        resolve((config, source), before, (&IP_RANGES, &answers, &[]));
    }
}
