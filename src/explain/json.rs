//! Explanations for programs.
//!
//! Every object has every field; what is not known is `null`, and a list of nothing is empty.

use serde_json::{Map, Value, json};

use super::reason::{HostSeen, Pinned, Reason};
use super::{
    ConfigPlace, EndpointFound, Explanation, HostFound, Kind, Meaning, Protection, Published,
    Relation, RuleFound, StackFound, Use, ValueFound,
};
use crate::facts::Publication;
use crate::plan::{Direction, Usage};

/// The fields of the object, beside those that every command has: `explanations` in the order of what
/// was typed, and `protections`, the words for every name that rules and statements have under
/// `protection`.
pub fn json(explanations: &[Explanation]) -> Map<String, Value> {
    let meanings = explanations.iter().flat_map(|explanation| &explanation.meanings);
    let protections: Map<String, Value> = Protection::ALL
        .iter()
        .filter(|protection| {
            meanings.clone().any(|meaning| meaning.protections().any(|one| one == **protection))
        })
        .map(|protection| (protection.name().to_owned(), protection.words().into()))
        .collect();
    let explanations: Vec<Value> = explanations
        .iter()
        .map(|one| {
            let meanings: Vec<Value> = one.meanings.iter().map(meaning).collect();
            json!({"what": one.what, "meanings": meanings})
        })
        .collect();
    Map::from_iter([
        ("explanations".to_owned(), explanations.into()),
        ("protections".to_owned(), protections.into()),
    ])
}

fn all<T>(items: &[T], one: fn(&T) -> Value) -> Vec<Value> {
    items.iter().map(one).collect()
}

fn meaning(meaning: &Meaning) -> Value {
    json!({
        "kind": kind(meaning.kind),
        "summary": meaning.summary,
        "notes": meaning.notes,
        "rules": all(&meaning.rules, rule),
        "pinned": all(&meaning.pinned, pinned),
        "published": meaning.published.as_ref().map(published),
        "hosts": all(&meaning.hosts, host),
        "endpoints": all(&meaning.endpoints, endpoint),
        "uses": all(&meaning.uses, used),
        "stack": meaning.stack.as_ref().map(stack),
    })
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Address => "address",
        Kind::Prefix => "prefix",
        Kind::PrefixList => "prefix-list",
        Kind::Stack => "stack",
        Kind::Line => "line",
        Kind::ConfigLine => "config-line",
        Kind::Host => "host",
        Kind::Account => "account",
        Kind::LogicalId => "logical-id",
        Kind::ResourceId => "resource-id",
        Kind::Export => "export",
    }
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "ingress",
        Direction::Egress => "egress",
    }
}

fn rule(rule: &RuleFound) -> Value {
    json!({
        "stack": rule.stack.to_string(),
        "group": rule.group,
        "resource": rule.resource.as_str(),
        "direction": direction(rule.direction),
        "protocol": rule.traffic.protocol(),
        "port": rule.traffic.port(),
        "peer": rule.peer,
        "description": rule.description,
        "condition": rule.condition.as_ref().map(|condition| condition.as_str()),
        "values": all(&rule.values, value),
        "protection": rule.protection.name(),
    })
}

fn value(value: &ValueFound) -> Value {
    json!({
        "region": value.region.map(|region| region.name),
        "value": value.value,
        "addresses": value.addresses.map(number),
        "relation": value.relation.map(|relation| match relation {
            Relation::Equal => "equal",
            Relation::Covers => "covers",
            Relation::Inside => "inside",
        }),
        "reasons": all(&value.reasons, reason),
    })
}

/// A number, or its digits where it is more than a number of JSON can be.
fn number(number: u128) -> Value {
    u64::try_from(number).map_or_else(|_| number.to_string().into(), Value::from)
}

fn reason(reason: &Reason) -> Value {
    match reason {
        Reason::Observed(one) => json!({"kind": "observed", "prefix": pinned(one)}),
        Reason::Config(one) => json!({"kind": "config", "place": place(one)}),
        Reason::PrefixList { list, elsewhere } => json!({
            "kind": "prefix-list",
            "id": list.id.as_str(),
            "name": list.name,
            "source": list.source,
            "elsewhere": elsewhere
                .iter()
                .map(|owner| json!({"region": owner.region.name, "service": owner.service}))
                .collect::<Vec<_>>(),
        }),
        Reason::EndpointAddress { service, vpc } => json!({
            "kind": "endpoint-address",
            "service": service.name(),
            "vpc": vpc.as_str(),
        }),
    }
}

fn place(place: &ConfigPlace) -> Value {
    json!({
        "path": place.path,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "written": place.written,
    })
}

fn pinned(pinned: &Pinned) -> Value {
    let addresses = pinned.addresses.iter().map(
        |one| json!({"address": one.address.to_string(), "hosts": all(&one.hosts, host_seen)}),
    );
    json!({
        "prefix": pinned.prefix.to_string(),
        "addresses_in_it": number(pinned.prefix.addresses()),
        "region": pinned.region,
        "services": pinned.services,
        "border_group": pinned.border_group,
        "publication": pinned.publication.as_ref().map(publication),
        "addresses": addresses.collect::<Vec<_>>(),
    })
}

fn host_seen(host: &HostSeen) -> Value {
    json!({
        "host": host.host,
        "cnames": host.cnames,
        "first_seen": host.first_seen.as_ref().map(ToString::to_string),
        "last_seen": host.last_seen.as_ref().map(ToString::to_string),
        "seen_by": host.seen_by,
    })
}

fn publication(publication: &Publication) -> Value {
    json!({
        "create_date": publication.create_date,
        "sync_token": publication.sync_token,
        "sha256": publication.sha256,
    })
}

fn published(published: &Published) -> Value {
    let prefixes = published.prefixes.iter().map(|one| {
        json!({
            "prefix": one.prefix.to_string(),
            "region": one.region,
            "services": one.services,
        })
    });
    json!({
        "publication": publication(&published.publication),
        "prefixes": prefixes.collect::<Vec<_>>(),
    })
}

fn host(host: &HostFound) -> Value {
    let addresses = host.addresses.iter().map(|one| {
        json!({
            "address": one.address.to_string(),
            "prefix": one.prefix.to_string(),
            "first_seen": one.first_seen.as_ref().map(ToString::to_string),
            "last_seen": one.last_seen.as_ref().map(ToString::to_string),
            "seen_by": one.seen_by,
        })
    });
    json!({
        "host": host.host,
        "region": host.region,
        "service": host.service.name(),
        "cnames": host.cnames,
        "addresses": addresses.collect::<Vec<_>>(),
    })
}

fn endpoint(endpoint: &EndpointFound) -> Value {
    let statements = endpoint.statements.iter().map(|one| {
        json!({
            "why": one.why,
            "actions": one.actions,
            "resources": one.resources,
            "protection": one.protection.name(),
        })
    });
    json!({
        "stack": endpoint.stack.to_string(),
        "id": endpoint.id.as_str(),
        "service": endpoint.service.name(),
        "service_name": endpoint.service_name,
        "type": if endpoint.gateway { "gateway" } else { "interface" },
        "purpose": endpoint.purpose,
        "made_by": place(&endpoint.made_by),
        "policy_by": place(&endpoint.policy_by),
        "placed_in": endpoint.placed_in,
        "groups": endpoint.groups,
        "statements": statements.collect::<Vec<_>>(),
        "partial": endpoint.partial,
    })
}

fn used(used: &Use) -> Value {
    json!({
        "stack": used.stack.to_string(),
        "what": used.what,
        "place": used.place.as_ref().map(place),
    })
}

fn stack(stack: &StackFound) -> Value {
    let parameters = stack.parameters.iter();
    json!({
        "name": stack.name.to_string(),
        "regions": stack.regions.iter().map(|region| region.name).collect::<Vec<_>>(),
        "parameters": parameters
            .map(|(name, description)| json!({"name": name.as_str(), "description": description}))
            .collect::<Vec<_>>(),
        "existing": stack.existing.iter().map(|service| service.name()).collect::<Vec<_>>(),
        "quotas": all(&stack.usage, usage),
    })
}

fn usage(usage: &Usage) -> Value {
    json!({
        "what": usage.quota.what(),
        "of": usage.of.replace('`', ""),
        "used": usage.count,
        "quota": usage.quota.most(),
    })
}
