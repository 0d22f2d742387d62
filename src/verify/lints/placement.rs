//! Where endpoints are: VPC, subnets, availability zones.

use std::collections::BTreeMap;

use super::scene::{Scene, entries};
use super::{Fault, error, note};
use crate::cloudformation::{Place, Text, Value};
use crate::diagnostic::Code;
use crate::truth::Truth;
use crate::verify::network::{Endpoint, Subnet, Task};
use crate::verify::service::{ServiceName, service_name};
use crate::verify::view::View;

/// Endpoints with private DNS of one service in one VPC, beside the first.
pub(super) fn duplicate_endpoints(scene: &Scene<'_>) -> Vec<Fault> {
    let mut first: BTreeMap<(&Text, (String, Text)), &Endpoint> = BTreeMap::new();
    let mut faults = Vec::new();
    for endpoint in scene.interfaces() {
        let vpc = endpoint.vpc.as_ref().and_then(Value::as_text);
        let (Some(vpc), Some(service)) = (vpc, endpoint.service.as_ref()) else { continue };
        if !endpoint.made.truth().is_yes() || !endpoint.private_dns.truth.is_yes() {
            continue;
        }
        let key = match (service_name(service), service.as_text()) {
            (ServiceName::Known { service, region, .. }, _) => (service.to_string(), region),
            (_, Some(text)) => (String::new(), text.clone()),
            (_, None) => continue,
        };
        match first.get(&(vpc, key.clone())) {
            Some(before) => faults.push(
                error(
                    Code::DuplicateEndpoint,
                    endpoint.place,
                    "the second",
                    format!(
                        "`{}` and `{}` are endpoints with private DNS for `{service}` in one VPC, \
                         which takes one",
                        before.name, endpoint.name
                    ),
                )
                .related(before.place, "the first"),
            ),
            None => drop(first.insert((vpc, key), endpoint)),
        }
    }
    faults
}

/// Two subnets of an endpoint that are surely in one zone; EC2 takes one for each. One finding for
/// two subnets, however many endpoints have them.
pub(super) fn subnets_in_one_zone(scene: &Scene<'_>) -> Vec<Fault> {
    let mut faults: BTreeMap<(Place, Place), Fault> = BTreeMap::new();
    for endpoint in scene.interfaces() {
        let Some(((other, before), (entry, subnet))) = in_one_zone(scene, endpoint) else {
            continue;
        };
        let key = (before.id.place, subnet.id.place);
        let fault = match faults.remove(&key) {
            Some(fault) => fault.related(entry.place, format!("and of `{}`", endpoint.name)),
            None => {
                let message = format!(
                    "`{entry}` and `{other}` of endpoint `{}` are in one availability zone, and an \
                     endpoint takes one subnet of each",
                    endpoint.name
                );
                error(Code::EndpointSubnetsInOneZone, entry.place, "the same zone", message)
                    .related(other.place, "as this one")
                    .related(subnet.id.place, "this subnet")
                    .related(before.id.place, "and this one")
            }
        };
        faults.insert(key, fault);
    }
    faults.into_values().collect()
}

/// As an endpoint names it, and as it is made.
type Named<'a> = (&'a Value, &'a Subnet);

/// The first two subnets of an endpoint that are surely in one zone.
fn in_one_zone<'a>(scene: &Scene<'a>, endpoint: &'a Endpoint) -> Option<(Named<'a>, Named<'a>)> {
    let mut first: BTreeMap<&Text, Named<'a>> = BTreeMap::new();
    entries(endpoint.subnets.as_ref()).iter().find_map(|entry| {
        let subnet = scene.view.subnet(entry).filter(|subnet| subnet.made.truth().is_yes())?;
        let zone = subnet.zone.as_ref()?.as_text()?;
        let before = *first.entry(zone).or_insert((entry, subnet));
        // The same subnet twice is one.
        before.1.id.same(&subnet.id).is_no().then_some((before, (entry, subnet)))
    })
}

/// Endpoints with subnets or groups of another VPC; one finding for each endpoint.
pub(super) fn other_vpc(scene: &Scene<'_>) -> Vec<Fault> {
    let faults = scene.interfaces().filter_map(|endpoint| {
        let vpc = endpoint.vpc.as_ref()?;
        let subnets = entries(endpoint.subnets.as_ref())
            .iter()
            .filter_map(|entry| Some((entry, "subnet", scene.view.subnet(entry)?.vpc.as_ref()?)));
        let groups = entries(endpoint.groups.as_ref())
            .iter()
            .filter_map(|entry| Some((entry, "group", scene.view.group(entry)?.vpc.as_ref()?)));
        let mut elsewhere = subnets.chain(groups).filter(|(_, _, of)| of.same(vpc).is_no());
        let (entry, what, of) = elsewhere.next()?;
        let message = format!(
            "endpoint `{}` is in the VPC `{vpc}`, and its {what} `{entry}` in `{of}`",
            endpoint.name
        );
        let fault = error(Code::EndpointSubnetVpc, entry.place, "in another VPC", message)
            .related(vpc.place, "the endpoint's VPC");
        Some(elsewhere.fold(fault, |fault, (entry, what, _)| {
            fault.related(entry.place, format!("this {what} as well"))
        }))
    });
    faults.collect()
}

/// Tasks in zones in which an endpoint of their VPC has no interface: it works, by way of another
/// zone. One finding for each endpoint, or for each task where those are fewer.
pub(super) fn zones(scene: &Scene<'_>) -> Vec<Fault> {
    let tasks: Vec<(&Task, Vec<&Subnet>)> = scene
        .tasks()
        .filter_map(|task| Some((task, subnets_with_zones(scene, task.subnets.iter())?)))
        .collect();
    let mut found: Vec<(&Task, &Endpoint, &Value)> = Vec::new();
    for endpoint in scene.interfaces() {
        let list = entries(endpoint.subnets.as_ref());
        let Some(of_endpoint) = subnets_with_zones(scene, list.iter()) else { continue };
        let zones: Vec<&Value> =
            of_endpoint.iter().filter_map(|subnet| subnet.zone.as_ref()).collect();
        for (task, subnets) in &tasks {
            let missing = subnets.iter().find_map(|subnet| {
                let zone = subnet.zone.as_ref()?;
                let here = View::same(subnet.vpc.as_ref(), endpoint.vpc.as_ref()).is_yes();
                let covered = Truth::any(zones.iter().map(|other| zone.same(other)));
                (here && covered.is_no()).then_some(zone)
            });
            found.extend(missing.map(|zone| (*task, endpoint, zone)));
        }
    }
    let mut by_task: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let mut by_endpoint: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for one in found {
        by_task.entry(one.0.place).or_default().push(one);
        by_endpoint.entry(one.1.place).or_default().push(one);
    }
    let fewer = if by_task.len() < by_endpoint.len() { by_task } else { by_endpoint };
    fewer.into_iter().filter_map(|(place, found)| zone_fault(place, &found)).collect()
}

fn zone_fault(place: Place, found: &[(&Task, &Endpoint, &Value)]) -> Option<Fault> {
    let (task, endpoint, zone) = found.first()?;
    let message = format!(
        "{} runs in `{zone}`, where endpoint `{}` has no interface: what it asks goes by way of \
         another availability zone",
        task.name, endpoint.name
    );
    let fault = note(Code::EndpointZones, place, format!("not in `{zone}`"), message);
    Some(found.iter().fold(fault, |fault, (task, endpoint, _)| {
        let (other, text) = if place == task.place {
            (endpoint.place, "not in that zone")
        } else {
            (task.place, "runs in that zone")
        };
        fault.related(other, text)
    }))
}

/// The subnets, if all of them are made here and have a zone.
fn subnets_with_zones<'a>(
    scene: &Scene<'a>,
    list: impl ExactSizeIterator<Item = &'a Value>,
) -> Option<Vec<&'a Subnet>> {
    if list.len() == 0 {
        return None;
    }
    list.map(|entry| scene.view.subnet(entry).filter(|subnet| subnet.zone.is_some())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::lints::made::{any_list, check, interface, list, perhaps, service, subnet};
    use crate::verify::lints::made::{definition, faults, text};

    const API: &str = "com.amazonaws.ap-northeast-1.ecr.api";

    #[test]
    fn one_endpoint_in_the_wrong_place_is_one_finding() {
        check(&[
            (
                "two endpoints",
                |n, _| n.endpoints.push(interface("Again", API)),
                &[Code::DuplicateEndpoint],
            ),
            (
                "the second without private DNS",
                |n, _| {
                    n.endpoints.push(interface("Again", API));
                    n.endpoints[3].private_dns.truth = Truth::No;
                },
                &[],
            ),
            (
                "the second perhaps",
                |n, _| {
                    n.endpoints.push(interface("Again", API));
                    n.endpoints[3].made = perhaps();
                },
                &[],
            ),
            (
                "the second in another VPC",
                |n, _| {
                    n.endpoints.push(interface("Again", API));
                    n.endpoints[3].vpc = Some(text("{parameter 0 Vpc}"));
                },
                &[],
            ),
            (
                "two subnets of a zone",
                |n, _| {
                    n.subnets.push(subnet("<SubnetB>", "ap-northeast-1a"));
                    n.endpoints[0].subnets = Some(list(&["<SubnetA>", "<SubnetB>", "<SubnetC>"]));
                },
                &[Code::EndpointSubnetsInOneZone],
            ),
            (
                "two subnets of an unknown zone",
                |n, _| n.subnets.iter_mut().for_each(|one| one.zone = Some(text("{zone 0}"))),
                &[Code::EndpointSubnetsInOneZone],
            ),
            (
                "two unknown zones",
                |n, _| {
                    n.subnets[0].zone = Some(text("{zone 0}"));
                    n.subnets[1].zone = Some(text("{zone 1}"));
                },
                &[],
            ),
            (
                "an endpoint of another VPC",
                |n, _| {
                    n.endpoints[0].vpc = Some(text("<Other>"));
                },
                &[Code::EndpointSubnetVpc],
            ),
            (
                "an endpoint of a VPC that nobody knows",
                |n, _| n.endpoints[0].vpc = Some(text("{parameter 0 Vpc}")),
                &[],
            ),
            (
                "an endpoint in one zone of two",
                |n, _| n.endpoints[0].subnets = Some(list(&["<SubnetA>"])),
                &[Code::EndpointZones],
            ),
            (
                "tasks in a third zone",
                |n, _| {
                    n.subnets.push(subnet("<SubnetD>", "ap-northeast-1d"));
                    n.tasks[0].subnets.push(text("<SubnetD>"));
                },
                &[Code::EndpointZones],
            ),
            (
                "tasks in subnets that nobody knows",
                |n, _| n.tasks[0].subnets = vec![any_list("subnets")],
                &[],
            ),
        ]);
    }

    #[test]
    fn an_endpoint_in_one_zone_is_one_finding_however_many_tasks_there_are() {
        let found = faults(|n, _| {
            n.endpoints[0].subnets = Some(list(&["<SubnetA>"]));
            n.tasks.extend((0..3).map(|_| service("Other", definition("Other"))));
        });
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].related.len(), 4);
    }
}
