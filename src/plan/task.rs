//! What the tasks' group opens: the endpoints, S3, and mount targets of EFS.

use super::build::Build;
use super::rules::merged;
use super::{Mapped, Origin, ParameterType, Peer, Rule, Traffic, Value};
use crate::aws::{SecurityGroupId, Service};
use crate::config::{Located, Setting, TaskEgress};
use crate::diagnostic::{Code, Diagnostic};
use crate::lock::PrefixListFacts;
use crate::prefix::Prefix;

impl Build<'_> {
    pub(super) fn task_egress(&mut self, endpoint_group: &Value) -> Vec<Rule> {
        let mut rules = match &self.stack.task_egress {
            TaskEgress::EndpointSecurityGroup => vec![Rule::new(
                Traffic::Https,
                Peer::Group(endpoint_group.clone()),
                "HTTPS to the interface endpoints",
                self.path("task.egress"),
            )],
            TaskEgress::EndpointAddresses(Some(addresses)) => {
                self.address_count();
                let rule = |service: &Service, address: &Located<std::net::Ipv4Addr>| {
                    let origin = Origin::Config { path: address.path.clone() };
                    address_rule(service, address.value, origin)
                };
                addresses
                    .iter()
                    .flat_map(|(service, addresses)| {
                        addresses.iter().map(move |address| rule(service, address))
                    })
                    .collect()
            }
            TaskEgress::EndpointAddresses(None) => self.looked_up_addresses(),
        };
        rules.extend(self.s3_rule());
        rules.extend(self.efs_rules());
        merged(rules)
    }

    /// The mount targets are not the stack's, nor are the groups that have to let the tasks in; the
    /// descriptions say so to whoever looks at either side.
    fn efs_rules(&mut self) -> Vec<Rule> {
        const TEXT: &str = "NFS to EFS mount targets, whose own group has to let it in from here";
        let rule = |setting: &Setting<SecurityGroupId>, value| {
            let path = match setting {
                Setting::Literal(literal) => &literal.path,
                Setting::Parameter(name) | Setting::Import(name) => &name.path,
            };
            let origin = Origin::Config { path: path.clone() };
            Rule::new(Traffic::Nfs, Peer::Group(value), TEXT, origin)
        };
        let description = "The security group that the EFS mount targets wear. It has to let in TCP 2049 from TaskSecurityGroup.";
        let groups = self.stack.efs.iter();
        groups
            .map(|setting| {
                let kind = ParameterType::SecurityGroup;
                rule(setting, self.parameters.value(setting, kind, description))
            })
            .collect()
    }

    fn looked_up_addresses(&mut self) -> Vec<Rule> {
        let extra = self.stack.services.iter().map(|service| service.value.clone());
        let services = [Service::ecr_api(), Service::ecr_dkr()].into_iter().chain(extra);
        let mut rules = Vec::new();
        for service in services {
            let known = self.lock.endpoint_addresses(self.stack, &service);
            let Some((vpc, addresses)) = known else {
                self.diagnostics.push(
                    Diagnostic::error(
                        Code::LockLacksFact,
                        format!("the lock has no addresses of the `{service}` endpoint of `{}`", self.stack.name.value),
                    )
                    .at(self.source, self.stack.name.span.clone(), "`task.egress` is `endpoint-addresses`")
                    .help(format!("write them under `task`: `endpoint-addresses: {{{service}: [10.0.1.10], …}}`"))
                    .help("or, before the endpoints exist, write `egress: endpoint-security-group`"),
                );
                continue;
            };
            rules.extend(addresses.iter().map(|address| {
                let origin = Origin::EndpointAddress { service: service.clone(), vpc: vpc.clone() };
                address_rule(&service, *address, origin)
            }));
        }
        rules
    }

    /// An interface endpoint has one address in each of its subnets.
    fn address_count(&mut self) {
        let TaskEgress::EndpointAddresses(Some(addresses)) = &self.stack.task_egress else {
            return;
        };
        let Some(subnets) = self.stack.network.subnets.literals() else { return };
        for (service, addresses) in addresses {
            if addresses.len() != subnets.len() {
                self.diagnostics.push(
                    Diagnostic::warning(
                        Code::AddressCount,
                        format!(
                            "{} for the `{service}` endpoint, which has one in each of {}",
                            count(addresses.len(), "address", "addresses"),
                            count(subnets.len(), "subnet", "subnets")
                        ),
                    )
                    .at(self.source, addresses[0].span.clone(), "given here")
                    .related(self.source, subnets[0].span.clone(), "subnets")
                    .help("tasks are sent to any of an endpoint's addresses: give all, or write `egress: endpoint-security-group`"),
                );
            }
        }
    }

    fn s3_rule(&mut self) -> Option<Rule> {
        const TEXT: &str = "HTTPS to S3, where ECR keeps image layers";
        if let Some(list) = &self.stack.s3_prefix_list {
            let peer = Peer::PrefixList(Value::Literal(list.value.to_string()));
            let origin = Origin::Config { path: list.path.clone() };
            return Some(Rule::new(Traffic::Https, peer, TEXT, origin));
        }
        let mut found = Vec::new();
        for region in &self.stack.regions {
            let known = self.lock.region(region.value).and_then(|facts| facts.s3_prefix_list());
            match known {
                Some(list) => found.push((region.value, list)),
                None => self.lock_lacks(
                    region,
                    format!("the lock has no id of S3's prefix list in `{}`", region.value),
                    "or write it into the stack: `s3-prefix-list: pl-…`",
                ),
            }
        }
        let origin = |list: &PrefixListFacts| Origin::PrefixList(list.clone());
        if let ([_], [(_, list)]) = (&self.stack.regions[..], &found[..]) {
            let peer = Peer::PrefixList(Value::Literal(list.id.to_string()));
            return Some(Rule::new(Traffic::Https, peer, TEXT, origin(list)));
        }
        let mapped = found.iter().map(|(region, list)| {
            (*region, Mapped { value: list.id.to_string(), origins: vec![origin(list)] })
        });
        let value = self.per_region("S3PrefixListId", mapped.collect());
        Some(Rule::mapped(Traffic::Https, Peer::PrefixList(value), TEXT))
    }
}

/// A rule for one address of a service's endpoint.
fn address_rule(service: &Service, address: std::net::Ipv4Addr, origin: Origin) -> Rule {
    let peer = Peer::Prefix(Prefix::host(address.into()));
    let text = format!("HTTPS to the {service} endpoint");
    let endpoint = Some(service.clone());
    Rule { endpoint, ..Rule::new(Traffic::Https, peer, &text, origin) }
}

/// `1 subnet`, `2 subnets`.
fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
