//! Ids: of prefix lists, of accounts, and of what the config names in the network.

use super::endpoint::endpoint;
use super::place::Places;
use super::reason::owners;
use super::rules::placed;
use super::{Kind, Known, Meaning, Use, host};
use crate::aws::{AccountId, PrefixListId};
use crate::config::{ListSetting, Located, Setting, Stack};
use crate::plan::{Peer, Value};

/// A prefix list's id.
pub(super) fn prefix_list(known: &Known<'_>, places: &Places<'_>, id: &PrefixListId) -> Meaning {
    let mut meaning = Meaning::new(Kind::PrefixList, "");
    let text = id.to_string();
    let all = known.plans.iter().flat_map(placed);
    let lists = all.filter(|placed| matches!(placed.rule.peer, Peer::PrefixList(_)));
    meaning.rules = lists
        .filter_map(|placed| {
            placed.found(known, places, |peer| (peer.value == text).then_some(None))
        })
        .collect();
    let owners = owners(id);
    let list: Vec<String> =
        owners.iter().map(|owner| format!("{}'s in {}", owner.service, owner.region)).collect();
    meaning.summary = match meaning.rules.len() {
        0 => "a prefix list's id that no rule has".to_owned(),
        1 => "a prefix list's id that a rule has".to_owned(),
        many => format!("a prefix list's id that {many} rules have"),
    };
    if list.is_empty() {
        meaning.notes.push("It is not among the ids that are built in.".to_owned());
    } else {
        meaning.notes.push(format!("Known as {}.", list.join(", ")));
    }
    if meaning.rules.is_empty() {
        meaning.notes.push(
            "Ids belong to a region: another region may have the same one for another service."
                .to_owned(),
        );
        for (region, facts) in known.lock.partitions.values().flatten() {
            if let Some(list) = facts.s3_prefix_list().filter(|list| list.id == *id) {
                meaning.notes.push(format!(
                    "The lock has it as {} in {region}, from {}.",
                    list.name, list.source
                ));
            }
        }
    }
    let regions = known.plans.iter().flat_map(|plan| &plan.regions);
    let region = owners.first().map(|owner| owner.region).or_else(|| regions.copied().next());
    if let Some(region) = region {
        meaning.notes.push(format!(
            "Which addresses it holds, EC2 says: aws ec2 get-managed-prefix-list-entries --region \
             {region} --prefix-list-id {id}"
        ));
    }
    meaning
}

/// An account's id: what pulls from its registry, and what lets it.
pub(super) fn account(known: &Known<'_>, places: &Places<'_>, id: &AccountId) -> Meaning {
    let mut meaning = Meaning::new(Kind::Account, "");
    let text = format!(":{id}:");
    let mut others = Vec::new();
    for stack in known.config.stacks.values() {
        let Some(account) = stack.registries.iter().find(|account| account.value == *id) else {
            others.push(stack.name.value.to_string());
            continue;
        };
        meaning.uses.push(Use {
            stack: stack.name.value.clone(),
            what: "tasks pull from its registry".to_owned(),
            place: Some(places.find(&account.path)),
        });
        for region in &stack.regions {
            let registry = region.value.registry_host(id);
            for found in host::in_lock(known.lock, &registry) {
                if !meaning.hosts.contains(&found) {
                    meaning.hosts.push(found);
                }
            }
        }
        let Some(plan) = known.plan(&stack.name.value) else { continue };
        let names = |value: &Value| match value {
            Value::Literal(text_of) | Value::Sub(text_of) => text_of.contains(&text),
            _ => false,
        };
        let endpoints = plan.endpoints.iter().map(|one| {
            endpoint(known, places, plan, one, |_, statement| statement.resources.iter().any(names))
        });
        meaning.endpoints.extend(endpoints.filter(|one| !one.statements.is_empty()));
    }
    meaning.summary = match meaning.uses.len() {
        0 => "an account that no stack pulls from".to_owned(),
        1 => "an account that a stack pulls from".to_owned(),
        many => format!("an account that {many} stacks pull from"),
    };
    if !others.is_empty() {
        meaning.notes.push(format!(
            "It is not in `registries` of {}: a least-privilege policy of ECR's endpoints there \
             denies pulls from it.",
            others.join(", ")
        ));
    }
    meaning
}

/// A literal id that the config names in a stack's network: its path, and what it is for.
fn literals(stack: &Stack) -> Vec<(String, String, &'static str)> {
    fn one<T: ToString>(
        setting: &Setting<T>,
        what: &'static str,
    ) -> Option<(String, String, &'static str)> {
        match setting {
            Setting::Literal(Located { value, path, .. }) => {
                Some((value.to_string(), path.clone(), what))
            }
            _ => None,
        }
    }
    fn list<T: ToString>(
        setting: &ListSetting<T>,
        what: &'static str,
    ) -> Vec<(String, String, &'static str)> {
        match setting {
            ListSetting::Items(items) => items.iter().filter_map(|item| one(item, what)).collect(),
            _ => Vec::new(),
        }
    }
    let network = &stack.network;
    let mut all = Vec::new();
    all.extend(one(&network.vpc, "the VPC of its groups and endpoints"));
    all.extend(list(&network.subnets, "a subnet of its interface endpoints"));
    all.extend(list(&network.route_tables, "a route table that leads to its S3 endpoint"));
    let group = stack.endpoint.security_group.as_ref();
    all.extend(group.and_then(|group| one(group, "the group that the existing endpoints wear")));
    let mounts = "the group that mount targets of its tasks' file systems wear";
    all.extend(stack.efs.iter().filter_map(|group| one(group, mounts)));
    all
}

/// Every literal id of the network of every stack.
pub(super) fn named_ids(known: &Known<'_>) -> Vec<String> {
    let all = known.config.stacks.values().flat_map(literals);
    all.map(|(id, ..)| id).collect()
}

/// The id of a VPC, a subnet, a route table or a group; `None` if the config does not name it.
pub(super) fn resource_id(known: &Known<'_>, places: &Places<'_>, id: &str) -> Option<Meaning> {
    let mut meaning = Meaning::new(Kind::ResourceId, "");
    for stack in known.config.stacks.values() {
        for (_, path, what) in literals(stack).into_iter().filter(|(known, ..)| known == id) {
            meaning.uses.push(Use {
                stack: stack.name.value.clone(),
                what: what.to_owned(),
                place: Some(places.find(&path)),
            });
        }
        let Some(plan) = known.plan(&stack.name.value) else { continue };
        let group = Value::Literal(id.to_owned());
        let added = plan.attached_rules.iter().filter(|rule| rule.group == group);
        let added: Vec<_> = added.map(|rule| &rule.id).collect();
        meaning.rules.extend(
            placed(plan)
                .iter()
                .filter(|placed| {
                    added.contains(&placed.resource)
                        || matches!(&placed.rule.peer, Peer::Group(peer) if *peer == group)
                })
                .filter_map(|placed| placed.whole(known, places)),
        );
    }
    let what = meaning.uses.first()?.what.clone();
    let stacks: Vec<String> = meaning.uses.iter().map(|one| one.stack.to_string()).collect();
    meaning.summary = format!("{what}, of {}", stacks.join(", "));
    Some(meaning)
}
