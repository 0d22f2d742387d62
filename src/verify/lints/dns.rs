//! What stands between a service's name and its endpoint.

use super::scene::Scene;
use super::{Fault, warning};
use crate::cloudformation::{Text, Value};
use crate::diagnostic::Code;
use crate::verify::names::AwsName;
use crate::verify::texts::split_last;
use crate::verify::view::View;

/// VPCs with endpoints whose name servers are not Amazon's.
pub(super) fn foreign_name_servers(scene: &Scene<'_>) -> Vec<Fault> {
    let faults = scene.view.network.vpcs.iter().filter_map(|vpc| {
        // What nobody knows may be Amazon's.
        let servers =
            vpc.foreign_name_servers.as_ref().filter(|servers| servers.as_unknown().is_none())?;
        let has_endpoints = scene
            .interfaces()
            .any(|endpoint| View::same(endpoint.vpc.as_ref(), Some(&vpc.id)).is_yes());
        has_endpoints.then(|| {
            let message = format!(
                "the VPC `{}` asks the name servers `{servers}`, which know the addresses of its \
                 endpoints only if they ask Amazon's",
                vpc.id
            );
            let code = Code::ForeignNameServers;
            warning(code, servers.place, "not Amazon's", message)
                .help("DomainNameServers: [AmazonProvidedDNS]")
        })
    });
    faults.collect()
}

/// What the hosts that a pull asks begin with, before the region, and those of the other services
/// that tasks have endpoints for.
const HOSTS: &[&str] = &[
    "dkr-ecr",
    "ecr",
    "ecs",
    "ecs-a",
    "ecs-t",
    "kms",
    "logs",
    "monitoring",
    "s3",
    "secretsmanager",
    "ssm",
    "ssmmessages",
    "sts",
    "xray",
];

/// Private hosted zones that answer for the names of such services.
pub(super) fn private_hosted_zones(scene: &Scene<'_>) -> Vec<Fault> {
    let zones = scene.view.network.hosted_zones.iter().filter_map(|zone| {
        let name = zone.name.as_ref()?;
        let concerns_endpoints = zone.vpcs.iter().any(|vpc| {
            let mut endpoints = scene.interfaces();
            endpoints.any(|endpoint| !View::same(endpoint.vpc.as_ref(), Some(vpc)).is_no())
        });
        if !zone.made.truth().is_yes() || !concerns_endpoints || !has_names_of_services(name) {
            return None;
        }
        let message = format!(
            "the private hosted zone `{name}` answers for names of AWS in its VPCs, and knows no \
             others than its own records"
        );
        Some(warning(Code::PrivateHostedZone, name.place, "names of AWS", message))
    });
    zones.collect()
}

fn has_names_of_services(name: &Value) -> bool {
    AwsName::of(name).is_some_and(|name| {
        name.host.pieces().is_empty() || HOSTS.contains(&last_label(&name.host).as_str())
    })
}

fn last_label(host: &Text) -> String {
    split_last(host, ".").map_or_else(|| host.to_string(), |(_, label)| label.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudformation::Made;
    use crate::verify::lints::made::{check, place, text};
    use crate::verify::network::{HostedZone, Network};

    fn zone(network: &mut Network, name: &str, vpcs: &[&str]) {
        network.hosted_zones.push(HostedZone {
            place: place(),
            made: Made::Surely,
            name: Some(text(name)),
            vpcs: vpcs.iter().map(|vpc| text(vpc)).collect(),
        });
    }

    #[test]
    fn name_servers_and_zones_of_the_vpc_are_looked_at() {
        const ZONE: &[Code] = &[Code::PrivateHostedZone];
        check(&[
            (
                "foreign name servers",
                |n, _| n.vpcs[0].foreign_name_servers = Some(text("10.0.0.2")),
                &[Code::ForeignNameServers],
            ),
            (
                "name servers that nobody knows",
                |n, _| n.vpcs[0].foreign_name_servers = Some(text("{parameter 0 Servers}")),
                &[],
            ),
            (
                "foreign name servers of a VPC without endpoints",
                |n, _| {
                    n.vpcs[0].foreign_name_servers = Some(text("10.0.0.2"));
                    n.vpcs[0].id = text("<Other>");
                },
                &[],
            ),
            ("all of AWS", |n, _| zone(n, "amazonaws.com", &["<Vpc>"]), ZONE),
            ("with a period", |n, _| zone(n, "amazonaws.com.", &["<Vpc>"]), ZONE),
            ("a region", |n, _| zone(n, "us-east-1.amazonaws.com", &["<Vpc>"]), ZONE),
            ("China", |n, _| zone(n, "cn-north-1.amazonaws.com.cn", &["<Vpc>"]), ZONE),
            ("ecr", |n, _| zone(n, "api.ecr.{r}.amazonaws.com", &["<Vpc>"]), ZONE),
            ("dual-stack", |n, _| zone(n, "dkr-ecr.us-east-1.on.aws", &["<Vpc>"]), ZONE),
            ("nobody knows the VPC", |n, _| zone(n, "amazonaws.com", &["{vpc}"]), ZONE),
            ("another VPC", |n, _| zone(n, "amazonaws.com", &["<Other>"]), &[]),
            ("a public zone", |n, _| zone(n, "amazonaws.com", &[]), &[]),
            ("another service", |n, _| zone(n, "rds.us-east-1.amazonaws.com", &["<Vpc>"]), &[]),
            ("another company", |n, _| zone(n, "notamazonaws.com", &["<Vpc>"]), &[]),
            ("a zone of one's own", |n, _| zone(n, "example.com", &["<Vpc>"]), &[]),
            ("an unknown name", |n, _| zone(n, "{name}", &["<Vpc>"]), &[]),
        ]);
    }
}
