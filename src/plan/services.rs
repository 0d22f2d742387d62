//! What the user should know of the extra services of a stack.

use super::build::Build;
use crate::aws::Service;
use crate::config::{EndpointEgress, EndpointPolicy, Located};
use crate::diagnostic::{Code, Diagnostic};

impl Build<'_> {
    pub(super) fn services_with_more_to_say(&mut self) {
        self.services_that_are_not_listed();
        self.policies_of_services();
        self.services_without_hosts();
        self.endpoints_of_ecs();
    }

    /// Services that AWS is not known to have; it adds some, so that is no error.
    fn services_that_are_not_listed(&mut self) {
        let regions = &self.stack.regions;
        let region = regions[0].value;
        for service in &self.stack.services {
            let name = &service.value;
            if name.is_listed() || self.stack.service_names.contains_key(name) {
                continue;
            }
            let message = format!(
                "`{name}` is not among the endpoint services of AWS that are known here: where AWS has none of that name, the deployment fails"
            );
            let mut diagnostic = Diagnostic::warning(Code::UnknownService, message).at(
                self.source,
                service.span.clone(),
                "not known here",
            );
            diagnostic.help.extend(
                Service::nearest(name.name()).map(|near| format!("did you mean `{near}`?")),
            );
            diagnostic = diagnostic.help(format!(
                "see what AWS has: aws ec2 describe-vpc-endpoint-services --region {region} --query ServiceNames"
            ));
            if regions.len() == 1 {
                let whole = name.endpoint_service_name(region.partition, region.name);
                diagnostic = diagnostic.help(format!(
                    "if it is there, write its whole name down: `service-names: {{{name}: {whole}}}`"
                ));
            }
            self.diagnostics.push(diagnostic);
        }
    }

    /// Services whose policy cannot be narrowed, or that need more than their endpoint.
    fn policies_of_services(&mut self) {
        if self.stack.endpoint.policy.value != EndpointPolicy::LeastPrivilege {
            return;
        }
        for service in &self.stack.services {
            let at = |diagnostic: Diagnostic| {
                diagnostic.at(self.source, service.span.clone(), "this service")
            };
            if service.value.grants().is_empty() {
                let message = format!(
                    "the policy of the `{}` endpoint of `{}` is open: no list of what tasks ask of it is known",
                    service.value, self.stack.name.value
                );
                self.diagnostics.push(at(Diagnostic::warning(Code::OpenPolicy, message)).help(
                    "narrow it with a template of your own and `--templates`, or take the service out",
                ));
            }
            if service.value.name() == "guardduty-data" {
                let message = format!(
                    "GuardDuty's agent is pulled from GuardDuty's own registry, which the policies of `{}` deny unless `registries` has it",
                    self.stack.name.value
                );
                self.diagnostics.push(at(Diagnostic::warning(Code::OpenPolicy, message)).help(
                    "add the account that AWS lists for the region in GuardDuty's guide to `registries`",
                ));
            }
        }
    }

    /// Services that add no rule to the endpoints' egress, because nobody knows whom to ask.
    fn services_without_hosts(&mut self) {
        if self.stack.endpoint.egress.value != EndpointEgress::EcrPrefixes {
            return;
        }
        let region = self.stack.regions[0].value;
        let unknown: Vec<&Located<Service>> = self
            .stack
            .services
            .iter()
            .filter(|service| service.value.hosts(region).is_empty())
            .collect();
        let Some((first, others)) = unknown.split_first() else { return };
        let message = format!(
            "the endpoints' egress has no rule for {}: no host is known that could be looked up",
            names(&unknown)
        );
        let diagnostic = Diagnostic::warning(Code::UnknownHost, message)
            .at(self.source, first.span.clone(), "no host is known")
            .help("nothing breaks: an endpoint answers and opens no connection of its own")
            .help("`endpoint: {egress: deny}` is the stricter choice and needs no host");
        let diagnostic = others.iter().fold(diagnostic, |diagnostic, service| {
            diagnostic.related(self.source, service.span.clone(), "nor here")
        });
        self.diagnostics.push(diagnostic);
    }

    /// Regions in which Fargate takes all three of ECS's own endpoints or none.
    fn endpoints_of_ecs(&mut self) {
        let newer = self.stack.regions.iter().find_map(|region| {
            let says = region.value.ecs_endpoints()?;
            Some((region, says))
        });
        let Some((region, says)) = newer else { return };
        let (of_ecs, others): (Vec<&Located<Service>>, Vec<&Located<Service>>) = self
            .stack
            .services
            .iter()
            .partition(|service| Service::OF_ECS.contains(&service.value.name()));
        let all: Vec<&str> = others
            .iter()
            .map(|service| service.value.name())
            .chain(Service::OF_ECS.iter().copied())
            .collect();
        let write = format!("write `services: [{}]`", all.join(", "));
        let name = &self.stack.name.value;
        let diagnostic = match of_ecs.split_first() {
            Some(_) if of_ecs.len() == Service::OF_ECS.len() => return,
            Some((first, _)) => {
                let message = format!(
                    "`{name}` names {} of ECS's own endpoints `{}`; {says}",
                    names(&of_ecs),
                    Service::OF_ECS.join("`, `")
                );
                Diagnostic::warning(Code::EcsEndpointsInPart, message)
                    .at(self.source, first.span.clone(), "not all three")
                    .related(self.source, region.span.clone(), "in this region")
                    .help(format!("{write}, or leave {} out", names(&of_ecs)))
            }
            None => {
                let message = format!(
                    "`{name}` names none of ECS's own endpoints `{}`; {says}, and then talks to ECS over public endpoints",
                    Service::OF_ECS.join("`, `")
                );
                Diagnostic::warning(Code::EcsEndpointsLeftOut, message)
                    .at(self.source, region.span.clone(), "in this region")
                    .help(write)
                    .help("if another stack makes all three in this VPC, nothing has to be done")
            }
        };
        self.diagnostics.push(diagnostic);
    }
}

/// The names in backticks: `` `ecs`, `ecs-agent` ``.
fn names(services: &[&Located<Service>]) -> String {
    let names: Vec<String> = services.iter().map(|one| format!("`{}`", one.value)).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use crate::config;
    use crate::diagnostic::{Code, Source};
    use crate::lock::Lock;
    use crate::plan::plan;

    #[test]
    fn a_service_that_is_not_listed_is_warned_of_unless_its_whole_name_is_given() {
        let said = |services: &str| {
            let mut said = said("us-east-1", services);
            said.retain(|(code, _)| *code == Code::UnknownService);
            said.into_iter().map(|(_, help)| help).collect::<Vec<_>>()
        };
        let see = "see what AWS has: aws ec2 describe-vpc-endpoint-services --region us-east-1 \
                   --query ServiceNames";
        assert_eq!(said("logs, states, kms-fips"), [""; 0]);
        assert_eq!(said("nonsense"), [see]);
        assert_eq!(said("stats"), ["did you mean `states`?"]);
        let named = "nonsense]\n    service-names: {nonsense: aws.api.us-east-1.nonsense}\n    tags: {} # [";
        assert_eq!(said(named), [""; 0]);
    }

    /// The codes and help lines of a stack in these regions with these services.
    fn said(regions: &str, services: &str) -> Vec<(Code, String)> {
        let text = format!(
            "stacks:\n  a:\n    regions: [{regions}]\n    registries: [\"012345678901\"]\n    \
             services: [{services}]\n    endpoint: {{egress: deny, policy: open}}\n"
        );
        let source = Source::new("egress.yaml", text);
        let config = config::parse(&source).unwrap();
        let stack = config.stacks.values().next().unwrap();
        let said = match plan(stack, &Lock::default(), &source, "") {
            Ok((_, warnings)) => warnings,
            Err(all) => all,
        };
        let said = said.into_iter().filter(|one| one.code != Code::LockLacksFact);
        said.map(|one| (one.code, one.help[0].clone())).collect()
    }

    #[test]
    fn newer_regions_are_told_to_take_all_three_or_none() {
        let all = "write `services: [logs, ecs, ecs-agent, ecs-telemetry]`";
        assert_eq!(said("ca-west-1", "logs"), [(Code::EcsEndpointsLeftOut, all.to_owned())]);
        // One newer region among others is enough.
        let part = format!("{all}, or leave `ecs-agent`, `ecs` out");
        assert_eq!(
            said("us-east-1, mx-central-1", "ecs-agent, logs, ecs"),
            [(Code::EcsEndpointsInPart, part)]
        );
        assert_eq!(said("ca-west-1", "ecs-telemetry, ecs, ecs-agent"), []);
        for services in ["", "ecs", "ecs, ecs-agent, ecs-telemetry"] {
            assert_eq!(said("us-east-1", services), []);
        }
    }
}
