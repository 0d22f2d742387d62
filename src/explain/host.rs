//! Host names: those that the lock has, and every host of ECR.

use super::place::Places;
use super::reason::Reason;
use super::rules::placed;
use super::{HostAddress, HostFound, Kind, Known, Meaning};
use crate::aws::{AccountId, Region, Service};
use crate::lock::{HostFacts, Lock};
use crate::plan::Plan;

/// A host of ECR.
struct EcrHost {
    region: &'static Region,
    form: Form,
}

/// Which of ECR's hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    /// `api.ecr.REGION`.
    Api,
    /// `ecr.REGION`, which no private DNS covers.
    Legacy,
    /// The registry of an account; `None` for any account.
    Registry(Option<AccountId>),
    /// A host for FIPS or dual-stack, of the service.
    Other(Service),
}

impl EcrHost {
    /// The host of ECR that a name is; `None` if it is none.
    fn of(name: &str) -> Option<EcrHost> {
        let labels: Vec<&str> = name.split('.').collect();
        let region = labels.iter().find_map(|label| Region::named(label))?;
        let found = |form| Some(EcrHost { region, form });
        if name == region.ecr_api_host() {
            return found(Form::Api);
        }
        if name == region.ecr_public_host() {
            return found(Form::Legacy);
        }
        if name == region.registry_host("*") {
            return found(Form::Registry(None));
        }
        let account = labels.first().and_then(|first| first.parse::<AccountId>().ok());
        if let Some(account) = account.filter(|account| name == region.registry_host(account)) {
            return found(Form::Registry(Some(account)));
        }
        let front: Vec<&str> =
            labels.iter().take_while(|label| **label != region.name).copied().collect();
        match front[..] {
            ["ecr" | "ecr-fips"] | ["api", "ecr-fips"] => found(Form::Other(Service::ecr_api())),
            [_, "dkr", "ecr-fips"] | [_, "dkr-ecr" | "dkr-ecr-fips"] => {
                found(Form::Other(Service::ecr_dkr()))
            }
            _ => None,
        }
    }

    fn service(&self) -> Service {
        match &self.form {
            Form::Api | Form::Legacy => Service::ecr_api(),
            Form::Registry(_) => Service::ecr_dkr(),
            Form::Other(service) => service.clone(),
        }
    }
}

/// What the lock has of a host or of the names it is an alias of, in every region.
pub(super) fn in_lock(lock: &Lock, name: &str) -> Vec<HostFound> {
    let mut found = Vec::new();
    for (region, facts) in lock.partitions.values().flatten() {
        for (service, known) in &facts.services {
            let Ok(service) = service.parse::<Service>() else { continue };
            let hosts = known.hosts.iter();
            found.extend(
                hosts
                    .filter(|(host, facts)| *host == name || facts.cnames.iter().any(|c| c == name))
                    .map(|(host, facts)| of_facts(host, region, service.clone(), facts)),
            );
        }
    }
    found
}

fn of_facts(host: &str, region: &str, service: Service, facts: &HostFacts) -> HostFound {
    let addresses = facts.addresses.iter().map(|(address, sighting)| HostAddress {
        address: *address,
        prefix: sighting.prefix,
        first_seen: sighting.first_seen.clone(),
        last_seen: sighting.last_seen.clone(),
        seen_by: sighting.seen_by.iter().cloned().collect(),
    });
    HostFound {
        host: host.to_owned(),
        region: region.to_owned(),
        service,
        cnames: facts.cnames.clone(),
        addresses: addresses.collect(),
    }
}

/// What the lock has of the registries of a region, whatever their account.
fn registries(lock: &Lock, region: &Region) -> Vec<HostFound> {
    let service = Service::ecr_dkr();
    let facts = lock.region(region).and_then(|facts| facts.services.get(service.name()));
    let hosts = facts.into_iter().flat_map(|facts| &facts.hosts);
    hosts.map(|(host, facts)| of_facts(host, region.name, service.clone(), facts)).collect()
}

/// Every host of the lock.
pub(super) fn names(lock: &Lock) -> impl Iterator<Item = &str> {
    let regions = lock.partitions.values().flat_map(|regions| regions.values());
    let services = regions.flat_map(|facts| facts.services.values());
    services.flat_map(|service| service.hosts.keys().map(String::as_str))
}

/// A host; `None` if the lock does not have it and it is none of ECR's.
pub(super) fn host(known: &Known<'_>, places: &Places<'_>, name: &str) -> Option<Meaning> {
    let ecr = EcrHost::of(name);
    let found = in_lock(known.lock, name);
    let (service, region) = match (&ecr, found.first()) {
        (Some(ecr), _) => (ecr.service(), ecr.region.name.to_owned()),
        (None, Some(found)) => (found.service.clone(), found.region.clone()),
        (None, None) => return None,
    };
    let is_alias = !found.is_empty() && found.iter().all(|one| one.host != name);
    let what = match &ecr {
        Some(EcrHost { form: Form::Api, .. }) => "the host of ECR's API".to_owned(),
        Some(EcrHost { form: Form::Legacy, .. }) => "the older host of ECR's API".to_owned(),
        Some(EcrHost { form: Form::Registry(Some(id)), .. }) => format!("the registry of {id}"),
        Some(EcrHost { form: Form::Registry(None), .. }) => {
            "the registry of no known account".to_owned()
        }
        Some(EcrHost { form: Form::Other(_), .. }) => "a FIPS or dual-stack host of ECR".to_owned(),
        None if is_alias => format!("a name that a host of {service} is an alias of"),
        None => format!("a host of {service}"),
    };
    let mut meaning = Meaning::new(Kind::Host, format!("{what} in {region}"));
    meaning.rules = rules(known, places, name);
    meaning.hosts = found;
    meaning.notes.extend(private_dns(known, ecr.as_ref(), &service, &region));
    if let Some(EcrHost { region, form: Form::Registry(account) }) = &ecr {
        meaning.notes.extend(registry(known, region, account.as_ref()));
        if meaning.hosts.is_empty() && account.is_some() {
            meaning.hosts = registries(known.lock, region);
            if !meaning.hosts.is_empty() {
                meaning.notes.push(
                    "The lock has no answer of it. The registries of a region share their \
                     addresses, so what others answered is shown."
                        .to_owned(),
                );
            }
        }
    }
    if meaning.hosts.is_empty() {
        meaning.notes.push(format!("The lock has no answer of it in {region}."));
    }
    Some(meaning)
}

/// The rules that are there for what a host answered, with only that as the reason.
fn rules(known: &Known<'_>, places: &Places<'_>, name: &str) -> Vec<super::RuleFound> {
    let mut rules: Vec<_> = known
        .plans
        .iter()
        .flat_map(placed)
        .filter_map(|placed| placed.whole(known, places))
        .collect();
    for value in rules.iter_mut().flat_map(|rule| &mut rule.values) {
        value.reasons.retain_mut(|reason| {
            let Reason::Observed(pinned) = reason else { return false };
            for address in &mut pinned.addresses {
                address
                    .hosts
                    .retain(|one| one.host == name || one.cnames.iter().any(|c| c == name));
            }
            pinned.addresses.retain(|address| !address.hosts.is_empty());
            !pinned.addresses.is_empty()
        });
    }
    for rule in &mut rules {
        rule.values.retain(|value| !value.reasons.is_empty());
    }
    rules.retain(|rule| !rule.values.is_empty());
    rules
}

/// Who answers for the host inside of the VPCs.
fn private_dns(
    known: &Known<'_>,
    ecr: Option<&EcrHost>,
    service: &Service,
    region: &str,
) -> Vec<String> {
    match ecr.map(|ecr| &ecr.form) {
        Some(Form::Legacy) => {
            return vec![
                "No endpoint's private DNS covers it: it has public addresses inside of the VPC \
                 too, so only `api.ecr` leads to the endpoint."
                    .to_owned(),
            ];
        }
        Some(Form::Other(_)) => {
            return vec![format!(
                "Whether the private DNS of the {service} endpoint covers it is not documented, so \
                 that is not claimed here."
            )];
        }
        Some(Form::Api | Form::Registry(_)) | None => {}
    }
    let in_region: Vec<_> = known
        .plans
        .iter()
        .filter(|plan| plan.regions.iter().any(|known| known.name == region))
        .collect();
    let mut notes = Vec::new();
    let mut say = |stacks: Vec<String>, by: &str| {
        if !stacks.is_empty() {
            notes.push(format!(
                "Inside of the VPC of {} the private DNS of {by} answers with the endpoint's own \
                 addresses; the public ones are those outside.",
                stacks.join(", ")
            ));
        }
    };
    let makes = |plan: &&&Plan| plan.endpoints.iter().any(|e| e.service == *service);
    let name = |plan: &&Plan| plan.stack.to_string();
    say(
        in_region.iter().filter(makes).map(name).collect(),
        &format!("{}Endpoint", service.logical_name()),
    );
    say(
        in_region
            .iter()
            .filter(|plan| plan.metadata.existing.contains(service))
            .map(name)
            .collect(),
        &format!("the existing {service} endpoint"),
    );
    if in_region.is_empty() {
        notes.push(format!("No stack is for {region}."));
    }
    notes
}

/// What stands between a stack and a registry.
fn registry(known: &Known<'_>, region: &Region, account: Option<&AccountId>) -> Vec<String> {
    let mut notes = vec![
        "One ecr.dkr endpoint serves the registries of every account in its region; which of them \
         tasks may pull from is for its policy to say."
            .to_owned(),
    ];
    let stacks = known.config.stacks.values();
    let stacks = stacks.filter(|stack| stack.regions.iter().any(|r| r.value == region));
    let without: Vec<String> = stacks
        .filter(|stack| account.is_some_and(|id| stack.registries.iter().all(|r| r.value != *id)))
        .map(|stack| stack.name.value.to_string())
        .collect();
    if let (Some(id), false) = (account, without.is_empty()) {
        notes.push(format!(
            "{id} is not in `registries` of {}: a least-privilege policy there denies pulls from it.",
            without.join(", ")
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_of_ecr_is_recognised_in_every_region() {
        for region in Region::ALL {
            let form =
                |name: &str| EcrHost::of(name).filter(|h| h.region == region).map(|h| h.form);
            let account: AccountId = "111122223333".parse().unwrap();
            assert_eq!(form(&region.ecr_api_host()), Some(Form::Api));
            assert_eq!(form(&region.ecr_public_host()), Some(Form::Legacy));
            assert_eq!(form(&region.registry_host("*")), Some(Form::Registry(None)));
            assert_eq!(form(&region.registry_host(&account)), Some(Form::Registry(Some(account))));
            assert_eq!(form(&format!("x.{region}.amazonaws.com")), None);
        }
        let other = |name: &str| match EcrHost::of(name)?.form {
            Form::Other(service) => Some(service.name().to_owned()),
            _ => None,
        };
        for (name, service) in [
            ("111122223333.dkr.ecr-fips.us-east-1.amazonaws.com", "ecr.dkr"),
            ("111122223333.dkr-ecr.us-east-1.on.aws", "ecr.dkr"),
            ("ecr.us-east-1.api.aws", "ecr.api"),
            ("ecr-fips.us-east-1.amazonaws.com", "ecr.api"),
        ] {
            assert_eq!(other(name).as_deref(), Some(service), "{name}");
        }
        for none in
            ["", ".", "us-east-1", "s3.us-east-1.amazonaws.com", "api.ecr.nowhere.amazonaws.com"]
        {
            assert!(EcrHost::of(none).is_none(), "{none}");
        }
    }
}
