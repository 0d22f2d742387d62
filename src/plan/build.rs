//! From a stack of the config and the lock to its plan.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::network::Parameters;
use super::{
    AttachedRule, Direction, LogicalId, Mapped, Metadata, Origin, Output, ParameterType, Peer,
    Plan, RegionMap, Rule, SecurityGroup, Value, endpoints, quotas,
};
use crate::aws::{Region, Service};
use crate::config::{
    EndpointEgress, EndpointIngress, EndpointPolicy, ListSetting, Located, Presence, Setting,
    Stack, TaskEgress,
};
use crate::diagnostic::{Code, Diagnostic, Source, has_errors};
use crate::lock::{Lock, digest};

pub(super) const TASK_GROUP: &str = "TaskSecurityGroup";
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
    build.services_with_more_to_say();

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
        endpoint_group,
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
                other => match other.value() {
                    Value::Ref(LogicalId(id))
                    | Value::GroupId(LogicalId(id))
                    | Value::PerRegion(LogicalId(id))
                    | Value::Literal(id)
                    | Value::Import(id)
                    | Value::Sub(id) => id,
                },
            };
            let mut name = LogicalId::of(&format!("{side}{peer}")).0;
            name.truncate(200);
            let count = taken.entry(name.clone()).or_default();
            *count += 1;
            if *count > 1 {
                name = format!("{name}n{count}");
            }
            AttachedRule { id: LogicalId(name), direction, group: group.clone(), rule }
        })
        .collect()
}

/// A plan in the making: what every part of it reads and adds to.
pub(super) struct Build<'a> {
    pub(super) stack: &'a Stack,
    pub(super) lock: &'a Lock,
    pub(super) source: &'a Arc<Source>,
    pub(super) parameters: Parameters<'a>,
    pub(super) region_map: RegionMap,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Build<'_> {
    /// A value of the stack as an origin.
    pub(super) fn path(&self, rest: &str) -> Origin {
        Origin::Config { path: format!("{}.{rest}", self.stack.name.path) }
    }

    /// A value that the region map holds, with its reasons in each region.
    pub(super) fn per_region(
        &mut self,
        key: &str,
        values: Vec<(&'static Region, Mapped)>,
    ) -> Value {
        let key = LogicalId::of(key);
        for (region, value) in values {
            self.region_map.regions.entry(region.name).or_default().insert(key.clone(), value);
        }
        Value::PerRegion(key)
    }

    /// Records that the lock has to be made anew.
    pub(super) fn lock_lacks(
        &mut self,
        region: &Located<&'static Region>,
        message: String,
        or: &str,
    ) {
        let diagnostic = Diagnostic::error(Code::LockLacksFact, message)
            .at(self.source, region.span.clone(), "needed here")
            .help("run `fargate-egress resolve --snapshot`, which adds it or says how to supply it")
            .help(or);
        self.diagnostics.push(diagnostic);
    }

    /// A standalone egress rule takes away a group's default rule that allows everything.
    fn default_egress_removed(&mut self, attached: &[AttachedRule]) {
        if attached.iter().any(|rule| rule.direction == Direction::Egress) {
            let diagnostic = Diagnostic::warning(
                Code::DefaultEgressRemoved,
                format!(
                    "the endpoints' group is not made by `{}`, and a rule for its egress takes away its default rule that allows everything",
                    self.stack.name.value
                ),
            )
            .at(self.source, self.stack.endpoint.egress.span.clone(), "egress of the existing group")
            .help("whatever else wears that group loses its egress: write `endpoint: {egress: open}` to leave the group's egress alone");
            self.diagnostics.push(diagnostic);
        }
    }

    /// Values of the network that nothing is made with.
    fn unused_keys(&mut self, endpoints: &[super::Endpoint]) {
        let mut warn = |span: &Range<usize>, key: &str, why: &str| {
            let message = format!("`{key}` of `{}` is not used: {why}", self.stack.name.value);
            let diagnostic = Diagnostic::warning(Code::UnusedKey, message)
                .at(self.source, span.clone(), "not used")
                .help("leave it out");
            self.diagnostics.push(diagnostic);
        };
        let gateway = endpoints.iter().any(|endpoint| endpoint.service.name() == "s3");
        if let (false, Some(span)) =
            (gateway, given_list(&self.stack.network.route_tables, self.source))
        {
            warn(&span, "route-tables", "the S3 endpoint is existing");
        }
        let interfaces = endpoints.len() > usize::from(gateway);
        if let (false, Some(span)) =
            (interfaces, given_list(&self.stack.network.subnets, self.source))
        {
            warn(&span, "subnets", "every interface endpoint is existing");
        }
        let by_group = self.stack.endpoint.ingress.value == EndpointIngress::TaskSecurityGroup;
        // Beside addresses they say where those may be.
        let checked = matches!(self.stack.task_egress, TaskEgress::EndpointAddresses(Some(_)));
        if let (true, false, Some(span)) =
            (by_group, checked, given_list(&self.stack.network.cidrs, self.source))
        {
            warn(&span, "cidrs", "`endpoint.ingress` is `task-security-group`");
        }
        if let Some(bucket) = &self.stack.layer_bucket {
            if !gateway {
                warn(&bucket.span, "layer-bucket", "the S3 endpoint is existing");
            } else if self.stack.endpoint.policy.value == EndpointPolicy::Open {
                warn(&bucket.span, "layer-bucket", "`endpoint.policy` is `open`");
            }
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
        let endpoints = &self.stack.endpoints;
        let existing = [
            (endpoints.ecr_api, Service::ecr_api()),
            (endpoints.ecr_dkr, Service::ecr_dkr()),
            (endpoints.s3, Service::s3()),
        ];
        let existing = existing
            .into_iter()
            .filter(|(presence, _)| *presence == Presence::Existing)
            .map(|(_, service)| service)
            .collect();
        Metadata { version, lock_digest, ip_ranges, existing }
    }
}

/// Where a list stands in the config, if it does: a default stands at its section's key.
fn given_list<T>(setting: &ListSetting<T>, source: &Source) -> Option<Range<usize>> {
    let named = |name: &Located<String>| {
        let written = source.text.get(name.span.clone()).unwrap_or_default();
        written.trim_matches(['"', '\'']).eq(&name.value).then(|| name.span.clone())
    };
    match setting {
        ListSetting::Items(items) => items.first().map(|item| match item {
            Setting::Literal(literal) => literal.span.clone(),
            Setting::Parameter(name) | Setting::Import(name) => name.span.clone(),
        }),
        ListSetting::Parameter(name) | ListSetting::Import(name) => named(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Traffic;

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
