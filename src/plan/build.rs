//! From a stack of the config and the lock to its plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::network::Parameters;
use super::rules::merged;
use super::{
    AttachedRule, Direction, LogicalId, Metadata, Origin, Output, ParameterType, Peer, Plan,
    RegionMap, Rule, SecurityGroup, Traffic, Value, endpoints, quotas,
};
use crate::aws::{AccountId, Region, Service};
use crate::config::{
    EndpointEgress, EndpointIngress, ListSetting, Located, Setting, Stack, TaskEgress,
};
use crate::diagnostic::{Code, Diagnostic, Source, has_errors};
use crate::lock::{Evidence, Lock, WantedHost, digest};
use crate::prefix::Prefix;

const TASK_GROUP: &str = "TaskSecurityGroup";
const ENDPOINT_GROUP: &str = "EndpointSecurityGroup";

/// The plan of a stack, with what the user should know about it.
///
/// `version` is this program's.
///
/// # Errors
/// What the lock lacks and what AWS would refuse, with the warnings.
pub fn plan(
    stack: &Stack,
    lock: &Lock,
    source: &Arc<Source>,
    version: &'static str,
) -> Result<(Plan, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut build = Build {
        stack,
        lock,
        source,
        parameters: Parameters::new(source),
        region_map: RegionMap::default(),
        diagnostics: Vec::new(),
    };
    let vpc = build.parameters.value(
        &stack.network.vpc,
        ParameterType::Vpc,
        "The VPC of the tasks. Its DNS support and DNS host names have to be on.",
    );
    let existing_group = stack.endpoint.security_group.as_ref().map(|group| {
        build.parameters.value(
            group,
            ParameterType::SecurityGroup,
            "The security group that the existing endpoints wear.",
        )
    });
    let endpoint_group =
        existing_group.clone().unwrap_or_else(|| Value::GroupId(LogicalId::of(ENDPOINT_GROUP)));

    let task_egress = build.task_egress(&endpoint_group);
    let endpoint_ingress = build.endpoint_ingress();
    let endpoint_egress = build.endpoint_egress();
    let endpoints = endpoints::endpoints(stack, &mut build.parameters, &endpoint_group);
    build.unused_keys(&endpoints);

    let mut groups = vec![SecurityGroup {
        id: LogicalId::of(TASK_GROUP),
        description: "Fargate tasks that pull images from ECR",
        ingress: Vec::new(),
        egress: task_egress,
    }];
    let mut attached = Vec::new();
    if existing_group.is_none() {
        // Two groups that name each other inline would be a circular dependency, so the rule that
        // names the tasks' group is a resource of its own.
        let (ingress, named): (Vec<Rule>, Vec<Rule>) =
            endpoint_ingress.into_iter().partition(|rule| !matches!(rule.peer, Peer::Group(_)));
        attached.extend(named.into_iter().map(|rule| (Direction::Ingress, rule)));
        groups.push(SecurityGroup {
            id: LogicalId::of(ENDPOINT_GROUP),
            description: "Interface endpoints that Fargate tasks use",
            ingress,
            egress: endpoint_egress,
        });
    } else {
        attached.extend(endpoint_ingress.into_iter().map(|rule| (Direction::Ingress, rule)));
        attached.extend(endpoint_egress.into_iter().map(|rule| (Direction::Egress, rule)));
    }
    let attached_rules = attach(attached, &endpoint_group);
    build.default_egress_removed(&attached_rules);

    let outputs = outputs(&groups, &endpoints);
    let metadata = build.metadata(version);
    let Build { parameters, region_map, mut diagnostics, .. } = build;
    let taken: Vec<&LogicalId> = groups
        .iter()
        .map(|group| &group.id)
        .chain(attached_rules.iter().map(|rule| &rule.id))
        .chain(endpoints.iter().map(|endpoint| &endpoint.id))
        .collect();
    let (parameters, conflicts) = parameters.finish(&taken);
    diagnostics.extend(conflicts);
    let plan = Plan {
        stack: stack.name.value.clone(),
        regions: stack.regions.iter().map(|region| region.value).collect(),
        description: description(stack),
        metadata,
        vpc,
        parameters,
        region_map,
        groups,
        attached_rules,
        endpoints,
        outputs,
        tags: stack.tags.clone(),
    };
    diagnostics.extend(quotas::check(&plan, stack, source));
    if has_errors(&diagnostics) { Err(diagnostics) } else { Ok((plan, diagnostics)) }
}

fn description(stack: &Stack) -> String {
    let regions: Vec<&str> = stack.regions.iter().map(|region| region.value.name).collect();
    // CloudFormation takes 1,024 bytes; 46 regions would be more.
    let place = match &regions[..] {
        [region] => (*region).to_owned(),
        many if many.len() <= 8 => many.join(", "),
        many => format!("{} regions", many.len()),
    };
    format!(
        "VPC endpoints and security groups with which Fargate tasks pull images from ECR, {place}"
    )
}

fn outputs(groups: &[SecurityGroup], endpoints: &[super::Endpoint]) -> Vec<Output> {
    let groups = groups.iter().map(|group| Output {
        name: LogicalId::of(&format!("{}Id", group.id.as_str())),
        description: if group.id.as_str() == TASK_GROUP {
            "The security group for the tasks to wear"
        } else {
            "The security group that the interface endpoints wear"
        },
        value: Value::GroupId(group.id.clone()),
    });
    let endpoints = endpoints.iter().map(|endpoint| Output {
        name: LogicalId::of(&format!("{}Id", endpoint.id.as_str())),
        description: match endpoint.service.name() {
            "ecr.api" => "The endpoint of ECR's API",
            "ecr.dkr" => "The endpoint of ECR's registries",
            "s3" => "The gateway endpoint of S3",
            _ => "An endpoint that the tasks use",
        },
        value: Value::Ref(endpoint.id.clone()),
    });
    groups.chain(endpoints).collect()
}

/// Rules as resources, each with an id that follows from its peer: an id that changed with the
/// rule's position would make CloudFormation replace rules that stay as they are.
fn attach(rules: Vec<(Direction, Rule)>, group: &Value) -> Vec<AttachedRule> {
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    rules
        .into_iter()
        .map(|(direction, rule)| {
            let side = match direction {
                Direction::Ingress => "EndpointIngressFrom",
                Direction::Egress => "EndpointEgressTo",
            };
            let peer = match &rule.peer {
                // The x keeps 1.23.0.0/16 and 12.3.0.0/16 apart.
                Peer::Prefix(prefix) => prefix.to_string().replace(['.', ':', '/'], "x"),
                Peer::Ipv4(value) | Peer::Group(value) | Peer::PrefixList(value) => match value {
                    Value::Ref(id) | Value::GroupId(id) | Value::PerRegion(id) => {
                        id.as_str().to_owned()
                    }
                    Value::Literal(text) | Value::Import(text) | Value::Sub(text) => {
                        LogicalId::of(text).as_str().to_owned()
                    }
                },
            };
            let mut name = format!("{side}{peer}");
            name.truncate(200);
            let count = taken.entry(name.clone()).or_default();
            *count += 1;
            if *count > 1 {
                name = format!("{name}n{count}");
            }
            AttachedRule { id: LogicalId::of(&name), direction, group: group.clone(), rule }
        })
        .collect()
}

struct Build<'a> {
    stack: &'a Stack,
    lock: &'a Lock,
    source: &'a Arc<Source>,
    parameters: Parameters<'a>,
    region_map: RegionMap,
    diagnostics: Vec<Diagnostic>,
}

impl Build<'_> {
    fn path(&self, rest: &str) -> Origin {
        Origin::Config { path: format!("{}.{rest}", self.stack.name.path) }
    }

    fn task_egress(&mut self, endpoint_group: &Value) -> Vec<Rule> {
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
                    Rule::new(
                        Traffic::Https,
                        Peer::Prefix(Prefix::host(address.value.into())),
                        &format!("HTTPS to the {service} endpoint"),
                        Origin::Config { path: address.path.clone() },
                    )
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
        merged(rules)
    }

    fn looked_up_addresses(&mut self) -> Vec<Rule> {
        let extra = self.stack.services.iter().map(|service| service.value.clone());
        let services = [Service::ecr_api(), Service::ecr_dkr()].into_iter().chain(extra);
        let mut rules = Vec::new();
        for service in services {
            let known = self.lock.endpoint_addresses(&self.stack.name.value, &service);
            let Some(addresses) = known else {
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
                Rule::new(
                    Traffic::Https,
                    Peer::Prefix(Prefix::host((*address).into())),
                    &format!("HTTPS to the {service} endpoint"),
                    Origin::Config {
                        path: format!(
                            "{}.task.endpoint-addresses, looked up",
                            self.stack.name.path
                        ),
                    },
                )
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
        let mut origins = Vec::new();
        let mut ids = Vec::new();
        for region in &self.stack.regions {
            let known = self.lock.region(region.value).and_then(|facts| facts.s3_prefix_list());
            match known {
                Some(list) => {
                    origins.push(Origin::PrefixList(list.clone()));
                    ids.push((region.value, list.id.to_string()));
                }
                None => self.lock_lacks(
                    region,
                    format!("the lock has no id of S3's prefix list in `{}`", region.value),
                    "or write it into the stack: `s3-prefix-list: pl-…`",
                ),
            }
        }
        let value = match (&self.stack.regions[..], &ids[..]) {
            ([_], [(_, id)]) => Value::Literal(id.clone()),
            _ => self.per_region("S3PrefixListId", &ids),
        };
        let rule = origins
            .first()
            .cloned()
            .map(|origin| Rule::new(Traffic::Https, Peer::PrefixList(value), TEXT, origin))?;
        Some(Rule { origins, ..rule })
    }

    /// A value that the region map holds.
    fn per_region(&mut self, key: &str, values: &[(&'static Region, String)]) -> Value {
        let key = LogicalId::of(key);
        for (region, value) in values {
            self.region_map
                .regions
                .entry(region.name)
                .or_default()
                .insert(key.clone(), value.clone());
        }
        Value::PerRegion(key)
    }

    fn lock_lacks(&mut self, region: &Located<&'static Region>, message: String, or: &str) {
        let diagnostic = Diagnostic::error(Code::LockLacksFact, message)
            .at(self.source, region.span.clone(), "needed here")
            .help("run `fargate-egress resolve --snapshot`, which adds it or says how to supply it")
            .help(or);
        self.diagnostics.push(diagnostic);
    }

    fn endpoint_ingress(&mut self) -> Vec<Rule> {
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

    fn endpoint_egress(&mut self) -> Vec<Rule> {
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
    /// leaves the last ones out by a condition.
    fn slots(&mut self, by_region: &[(&'static Region, Vec<Rule>)]) -> Vec<Rule> {
        let slots = by_region.iter().map(|(_, rules)| rules.len()).max().unwrap_or_default();
        let mut rules = Vec::new();
        for slot in 0..slots {
            let key = format!("EgressPrefix{}", slot + 1);
            let mut values = Vec::new();
            let mut origins = Vec::new();
            let mut everywhere = true;
            for (region, rules) in by_region {
                match rules.get(slot) {
                    Some(Rule { peer: Peer::Prefix(prefix), origins: of_rule, .. }) => {
                        values.push((*region, prefix.to_string()));
                        origins.extend(of_rule.iter().cloned());
                    }
                    _ => {
                        values.push((*region, RegionMap::NONE.to_owned()));
                        everywhere = false;
                    }
                }
            }
            let value = self.per_region(&key, &values);
            let key = LogicalId::of(&key);
            let condition = (!everywhere).then(|| LogicalId::of(&format!("Has{}", key.as_str())));
            if let Some(condition) = &condition {
                self.region_map.optional.insert(key, condition.clone());
            }
            let Some(first) = origins.first().cloned() else { continue };
            let text = "HTTPS to ECR and the other services behind the endpoints";
            let rule = Rule::new(Traffic::Https, Peer::Ipv4(value), text, first);
            rules.push(Rule { origins, condition, ..rule });
        }
        rules
    }

    /// A standalone egress rule takes away a group's default rule that allows everything.
    fn default_egress_removed(&mut self, attached: &[AttachedRule]) {
        if attached.iter().any(|rule| rule.direction == Direction::Egress) {
            let diagnostic = Diagnostic::warning(
                Code::DefaultEgressRemoved,
                "the endpoints' group is not made by this stack, and a rule for its egress takes away its default rule that allows everything",
            )
            .at(self.source, self.stack.endpoint.egress.span.clone(), "egress of the existing group")
            .help("whatever else wears that group loses its egress: write `endpoint: {egress: open}` to leave the group's egress alone");
            self.diagnostics.push(diagnostic);
        }
    }

    /// Values of the network that nothing is made with.
    fn unused_keys(&mut self, endpoints: &[super::Endpoint]) {
        let mut warn = |span: &std::ops::Range<usize>, key: &str, why: &str| {
            let message = format!("`{key}` is not used: {why}");
            let diagnostic = Diagnostic::warning(Code::UnusedKey, message)
                .at(self.source, span.clone(), "not used")
                .help("leave it out");
            self.diagnostics.push(diagnostic);
        };
        let gateway = endpoints.iter().any(|endpoint| endpoint.service.name() == "s3");
        if let (false, Some(span)) = (gateway, given(&self.stack.network.route_tables)) {
            warn(&span, "route-tables", "the S3 endpoint is existing");
        }
        let interfaces = endpoints.len() > usize::from(gateway);
        if let (false, Some(span)) = (interfaces, given(&self.stack.network.subnets)) {
            warn(&span, "subnets", "every interface endpoint is existing");
        }
        for (service, name) in &self.stack.service_names {
            if !endpoints.iter().any(|endpoint| endpoint.service == *service) {
                warn(
                    &name.span,
                    "service-names",
                    &format!("the stack makes no `{service}` endpoint"),
                );
            }
        }
    }

    fn metadata(&self, version: &'static str) -> Metadata {
        let regions = || self.stack.regions.iter().map(|region| region.value);
        let lock_digest = digest(
            regions().map(|region| (region.name, self.lock.region(region))),
            self.lock.stacks.get(&self.stack.name.value),
        );
        let ip_ranges = regions()
            .filter_map(|region| {
                let publication = self.lock.region(region)?.ip_ranges.clone()?;
                (self.stack.endpoint.egress.value == EndpointEgress::EcrPrefixes)
                    .then_some((region, publication))
            })
            .collect();
        Metadata { version, lock_digest, ip_ranges }
    }
}

/// Where a list stands in the config, if it does.
fn given<T>(setting: &ListSetting<T>) -> Option<std::ops::Range<usize>> {
    match setting {
        ListSetting::Items(items) => items.first().map(|item| match item {
            Setting::Literal(literal) => literal.span.clone(),
            Setting::Parameter(name) | Setting::Import(name) => name.span.clone(),
        }),
        // A parameter may be the default, which is not in the config.
        ListSetting::Parameter(_) => None,
        ListSetting::Import(name) => Some(name.span.clone()),
    }
}

/// `1 subnet`, `2 subnets`.
fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A number with commas between its thousands.
pub(crate) fn thousands(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas_between_thousands() {
        for (number, text) in
            [(0, "0"), (512, "512"), (131_072, "131,072"), (1_000_000, "1,000,000")]
        {
            assert_eq!(thousands(number), text);
        }
    }

    #[test]
    fn ids_of_attached_rules_keep_prefixes_apart() {
        let rule = |prefix: &str| {
            let origin = Origin::Config { path: String::new() };
            Rule::new(Traffic::Https, Peer::Prefix(prefix.parse().unwrap()), "", origin)
        };
        let rules = ["1.23.0.0/16", "12.3.0.0/16", "1:23::/64", "12:3::/64"]
            .map(|prefix| (Direction::Egress, rule(prefix)));
        let ids: std::collections::BTreeSet<_> =
            attach(rules.to_vec(), &Value::Literal("sg-0".into()))
                .into_iter()
                .map(|r| r.id)
                .collect();
        assert_eq!(ids.len(), 4);
    }
}
