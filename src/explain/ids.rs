//! Ids: of prefix lists, of accounts, and of what the config names in the network.

use super::endpoint::{endpoint, names_account};
use super::place::Places;
use super::reason::owners;
use super::rules::placed;
use super::{Kind, Known, Meaning, Use, host};
use crate::aws::{AccountId, PrefixListId};
use crate::config::{ListSetting, Setting, Stack};
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
        let endpoints = plan.endpoints.iter().map(|one| {
            endpoint(known, places, plan, one, |_, statement| names_account(statement, id))
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

/// An id or an export that the config names in a stack's network.
pub(super) struct Named {
    /// The id, or the name of the export.
    pub(super) text: String,
    /// Whether it is an export.
    is_export: bool,
    /// The way to it.
    pub(super) path: String,
    /// What it is for.
    pub(super) what: &'static str,
}

impl Named {
    /// A parameter has a name in the template instead.
    fn of<T: ToString>(setting: &Setting<T>, what: &'static str) -> Option<Named> {
        let (text, path, is_export) = match setting {
            Setting::Literal(literal) => (literal.value.to_string(), &literal.path, false),
            Setting::Import(name) => (name.value.clone(), &name.path, true),
            Setting::Parameter(_) => return None,
        };
        Some(Named { text, is_export, path: path.clone(), what })
    }

    fn of_list<T: ToString>(list: &ListSetting<T>, what: &'static str) -> Vec<Named> {
        match list {
            ListSetting::Items(items) => {
                items.iter().filter_map(|item| Named::of(item, what)).collect()
            }
            ListSetting::Import(name) => {
                Named::of(&Setting::<T>::Import(name.clone()), what).into_iter().collect()
            }
            ListSetting::Parameter(_) => Vec::new(),
        }
    }

    /// It as a value of a plan.
    fn value(&self) -> Value {
        match self.is_export {
            true => Value::Import(self.text.clone()),
            false => Value::Literal(self.text.clone()),
        }
    }
}

/// The ids and exports that the config names in the network of a stack.
pub(super) fn named(stack: &Stack) -> Vec<Named> {
    let network = &stack.network;
    let mut all = Vec::new();
    all.extend(Named::of(&network.vpc, "the VPC of its groups and endpoints"));
    // Prefixes that stand in the config are no ids.
    let cidrs = Named::of_list(&network.cidrs, "an IPv4 prefix of the VPC").into_iter();
    all.extend(cidrs.filter(|cidr| cidr.is_export));
    all.extend(Named::of_list(&network.subnets, "a subnet of its interface endpoints"));
    all.extend(Named::of_list(
        &network.route_tables,
        "a route table that leads to its S3 endpoint",
    ));
    let group = stack.endpoint.security_group.as_ref();
    all.extend(
        group.and_then(|group| Named::of(group, "the group that the existing endpoints wear")),
    );
    let mounts = "the group that mount targets of its tasks' file systems wear";
    all.extend(stack.efs.iter().filter_map(|group| Named::of(group, mounts)));
    all
}

/// Every id and export that the config names.
pub(super) fn all_named(known: &Known<'_>) -> impl Iterator<Item = String> {
    known.config.stacks.values().flat_map(named).map(|named| named.text)
}

/// The id of a VPC, a subnet, a route table or a group, or the name of an export; `None` if the
/// config does not name it.
pub(super) fn id_or_export(known: &Known<'_>, places: &Places<'_>, text: &str) -> Option<Meaning> {
    let mut meaning = Meaning::new(Kind::ResourceId, "");
    for stack in known.config.stacks.values() {
        let mut here = named(stack);
        here.retain(|named| named.text == text);
        for one in &here {
            meaning.kind = if one.is_export { Kind::Export } else { Kind::ResourceId };
            meaning.uses.push(Use {
                stack: stack.name.value.clone(),
                what: one.what.to_owned(),
                place: Some(places.find(&one.path)),
            });
        }
        let Some(plan) = known.plan(&stack.name.value) else { continue };
        let is_it = |value: &Value| here.iter().any(|one| one.value() == *value);
        let added = plan.attached_rules.iter().filter(|rule| is_it(&rule.group));
        let added: Vec<_> = added.map(|rule| &rule.id).collect();
        meaning.rules.extend(
            placed(plan)
                .iter()
                .filter(|placed| {
                    added.contains(&placed.resource) || is_it(&placed.rule.peer.value())
                })
                .filter_map(|placed| placed.whole(known, places)),
        );
    }
    let mut what: Vec<&str> = meaning.uses.iter().map(|one| one.what.as_str()).collect();
    let mut stacks: Vec<String> = meaning.uses.iter().map(|one| one.stack.to_string()).collect();
    what.dedup();
    stacks.dedup();
    meaning.summary = format!("{}, of {}", what.join(", and "), stacks.join(", "));
    (!what.is_empty()).then_some(meaning)
}
