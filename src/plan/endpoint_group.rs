//! What the endpoints' group opens.

use super::build::{Build, TASK_GROUP};
use super::rules::merged;
use super::{LogicalId, Mapped, Origin, ParameterType, Peer, RegionMap, Rule, Traffic, Value};
use crate::aws::{AccountId, Region, Service};
use crate::config::{EndpointEgress, EndpointIngress, ListSetting, Located, Setting};
use crate::diagnostic::{Code, Diagnostic};
use crate::lock::{Evidence, WantedHost};
use crate::prefix::{Prefix, thousands};

impl Build<'_> {
    pub(super) fn endpoint_ingress(&mut self) -> Vec<Rule> {
        match self.stack.endpoint.ingress.value {
            EndpointIngress::TaskSecurityGroup => vec![Rule::new(
                Traffic::Https,
                Peer::Group(Value::GroupId(LogicalId::of(TASK_GROUP))),
                "HTTPS from the tasks",
                self.path("endpoint.ingress"),
            )],
            EndpointIngress::VpcCidrs => {
                let network = &self.stack.network;
                let text = "The IPv4 prefix of the VPC.";
                let one = |peer, path: &str| {
                    let origin = Origin::Config { path: path.to_owned() };
                    Rule::new(Traffic::Https, peer, "HTTPS from the VPC", origin)
                };
                let whole = |name: &Located<String>, value| one(Peer::Ipv4(value), &name.path);
                let rules = match &network.cidrs {
                    ListSetting::Items(items) => items
                        .iter()
                        .map(|item| match item {
                            Setting::Literal(prefix) => {
                                one(Peer::Prefix(prefix.value), &prefix.path)
                            }
                            Setting::Parameter(name) | Setting::Import(name) => {
                                whole(name, self.parameters.value(item, ParameterType::Cidr, text))
                            }
                        })
                        .collect(),
                    ListSetting::Parameter(name) => {
                        let setting = Setting::<Prefix>::Parameter(name.clone());
                        vec![whole(
                            name,
                            self.parameters.value(&setting, ParameterType::Cidr, text),
                        )]
                    }
                    ListSetting::Import(name) => {
                        vec![whole(name, Value::Import(name.value.clone()))]
                    }
                };
                merged(rules)
            }
        }
    }

    pub(super) fn endpoint_egress(&mut self) -> Vec<Rule> {
        let existing = self.stack.endpoint.security_group.is_some();
        let origin = Origin::Config { path: self.stack.endpoint.egress.path.clone() };
        let everything = |text: &str, prefix: &str| {
            let prefix = prefix.parse().expect("a constant prefix");
            Rule::new(Traffic::All, Peer::Prefix(prefix), text, origin.clone())
        };
        match self.stack.endpoint.egress.value {
            // A rule to the loopback address is how AWS documents a group without egress: with no
            // rule at all, EC2's default one stays.
            EndpointEgress::Deny => vec![everything("No egress", "127.0.0.1/32")],
            // An existing group has the rules it has; it is left open by leaving it alone.
            EndpointEgress::Open if existing => Vec::new(),
            EndpointEgress::Open => vec![everything("All egress", "0.0.0.0/0")],
            EndpointEgress::EcrPrefixes => self.prefix_rules(),
        }
    }

    /// A rule for each prefix of the services behind the endpoints.
    fn prefix_rules(&mut self) -> Vec<Rule> {
        let mut by_region = Vec::new();
        for region in &self.stack.regions {
            let rules = merged(self.prefix_rules_of(region));
            by_region.push((region.value, rules));
        }
        if let [(_, rules)] = &mut by_region[..] {
            return std::mem::take(rules);
        }
        self.slots(&by_region)
    }

    fn prefix_rules_of(&mut self, region: &Located<&'static Region>) -> Vec<Rule> {
        let Some(facts) = self.lock.region(region.value) else {
            self.lock_lacks(
                region,
                format!("the lock has nothing about `{}`", region.value),
                "or, for no egress at all, write `endpoint: {egress: deny}`",
            );
            return Vec::new();
        };
        let registries: Vec<&AccountId> =
            self.stack.registries.iter().map(|account| &account.value).collect();
        let extra = self.stack.services.iter().map(|service| service.value.clone());
        let services = [Service::ecr_api(), Service::ecr_dkr()].into_iter().chain(extra);
        let mut rules = Vec::new();
        for service in services {
            for wanted in WantedHost::of(&service, region.value, &registries) {
                let evidence = facts.evidence(&service, |host| wanted.is_served_by(host));
                if evidence.is_empty() {
                    self.lock_lacks(
                        region,
                        format!("the lock has no address of `{}`", wanted.to_ask()),
                        "or, for no egress at all, write `endpoint: {egress: deny}`",
                    );
                }
                for evidence in evidence {
                    rules.push(self.prefix_rule(&service, region, facts, evidence));
                }
            }
        }
        rules
    }

    fn prefix_rule(
        &mut self,
        service: &Service,
        region: &Located<&'static Region>,
        facts: &crate::lock::RegionFacts,
        evidence: Evidence,
    ) -> Rule {
        let prefix = evidence.prefix;
        let mut text = format!("HTTPS to {service} in {}", region.value);
        if let Some(published) = facts.prefixes.get(&prefix) {
            let services: Vec<&str> = published.services.iter().map(String::as_str).collect();
            text = format!("{text}; prefix of {}", services.join(", "));
            self.prefix_warnings(region, prefix, published);
        }
        Rule::new(Traffic::Https, Peer::Prefix(prefix), &text, Origin::Observed(evidence))
    }

    fn prefix_warnings(
        &mut self,
        region: &Located<&'static Region>,
        prefix: Prefix,
        published: &crate::lock::PrefixFacts,
    ) {
        let at = |diagnostic: Diagnostic| {
            diagnostic.at(self.source, region.span.clone(), format!("prefix of `{}`", region.value))
        };
        let mut warnings = Vec::new();
        if published.services.contains("EC2") {
            warnings.push(
                at(Diagnostic::warning(
                    Code::SharedPrefix,
                    format!(
                        "{prefix} ({} addresses) is EC2's too: any EC2 customer can have an address in it",
                        thousands(prefix.addresses())
                    ),
                ))
                .help("the endpoints never open a connection, so this is no way out for a task; `endpoint: {egress: deny}` is the stricter choice"),
            );
        }
        if published.border_group != region.value.name {
            warnings.push(
                at(Diagnostic::warning(
                    Code::LocalZonePrefix,
                    format!("{prefix} is announced from the border group `{}`", published.border_group),
                ))
                .help("look at where the address was resolved: a region's own hosts answer with the region's own prefixes"),
            );
        }
        warnings.retain(|warning| !self.diagnostics.contains(warning));
        self.diagnostics.extend(warnings);
    }

    /// The same number of rules for every region: slots, of which a region with fewer prefixes
    /// leaves the last ones out by a condition. The families have slots of their own.
    fn slots(&mut self, by_region: &[(&'static Region, Vec<Rule>)]) -> Vec<Rule> {
        let mut rules = Vec::new();
        for ipv4 in [true, false] {
            let of_family: Vec<(&'static Region, Vec<(Prefix, &Rule)>)> = by_region
                .iter()
                .map(|(region, rules)| {
                    let prefixes = rules.iter().filter_map(|rule| match rule.peer {
                        Peer::Prefix(prefix) => Some((prefix, rule)),
                        _ => None,
                    });
                    (*region, prefixes.filter(|(prefix, _)| prefix.is_ipv4() == ipv4).collect())
                })
                .collect();
            let slots = of_family.iter().map(|(_, rules)| rules.len()).max().unwrap_or_default();
            rules.extend((0..slots).map(|slot| self.slot(slot, ipv4, &of_family)));
        }
        rules
    }

    fn slot(
        &mut self,
        slot: usize,
        ipv4: bool,
        by_region: &[(&'static Region, Vec<(Prefix, &Rule)>)],
    ) -> Rule {
        let key = format!("{}Prefix{}", if ipv4 { "Egress" } else { "EgressIpv6" }, slot + 1);
        let mapped = by_region.iter().map(|(region, rules)| {
            let mapped = match rules.get(slot) {
                Some((prefix, rule)) => {
                    Mapped { value: prefix.to_string(), origins: rule.origins.clone() }
                }
                None => Mapped { value: RegionMap::NONE.to_owned(), origins: Vec::new() },
            };
            (*region, mapped)
        });
        let value = self.per_region(&key, mapped.collect());
        let peer = if ipv4 { Peer::Ipv4(value) } else { Peer::Ipv6(value) };
        let text = "HTTPS to ECR and the other services behind the endpoints";
        let mut rule = Rule::mapped(Traffic::Https, peer, text);
        if by_region.iter().any(|(_, rules)| rules.len() <= slot) {
            let condition = LogicalId::of(&format!("Has{key}"));
            self.region_map.optional.insert(LogicalId::of(&key), condition.clone());
            rule.condition = Some(condition);
        }
        rule
    }
}
