//! The rules of the plans, and which of them hold an address or a prefix.

use super::place::Places;
use super::protection::Protection;
use super::reason::reasons;
use super::{Known, Relation, RuleFound, ValueFound};
use crate::aws::Region;
use crate::plan::{Direction, LogicalId, Origin, Peer, Plan, Rule, Value};
use crate::prefix::Prefix;

/// A rule in its plan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed<'p> {
    pub(super) plan: &'p Plan,
    /// The resource it stands in.
    pub(super) resource: &'p LogicalId,
    /// The group it belongs to, where that is not the resource.
    group: Option<&'p Value>,
    pub(super) direction: Direction,
    /// Whether it belongs to the tasks' group.
    pub(super) of_tasks: bool,
    /// Which of the group's rules in this direction it is; `None` for a resource of its own.
    pub(super) index: Option<usize>,
    pub(super) rule: &'p Rule,
}

/// The other end of a rule, in every region or in one.
pub(super) struct Peered<'p> {
    pub(super) region: Option<&'static Region>,
    pub(super) value: String,
    /// Where it is a prefix that is known now.
    pub(super) prefix: Option<Prefix>,
    origins: &'p [Origin],
}

/// The rules of a plan in the order of a pull: what tasks let out, what endpoints let in, what
/// endpoints let out.
pub(super) fn placed(plan: &Plan) -> Vec<Placed<'_>> {
    let mut all = Vec::new();
    for (number, group) in plan.groups.iter().enumerate() {
        for (direction, rules) in
            [(Direction::Ingress, &group.ingress), (Direction::Egress, &group.egress)]
        {
            all.extend(rules.iter().enumerate().map(|(index, rule)| Placed {
                plan,
                resource: &group.id,
                group: None,
                direction,
                // A plan has the tasks' group first, and always.
                of_tasks: number == 0,
                index: Some(index),
                rule,
            }));
        }
    }
    all.extend(plan.attached_rules.iter().map(|attached| Placed {
        plan,
        resource: &attached.id,
        group: Some(&attached.group),
        direction: attached.direction,
        of_tasks: false,
        index: None,
        rule: &attached.rule,
    }));
    all.sort_by_key(|placed| (!placed.of_tasks, placed.direction));
    all
}

impl<'p> Placed<'p> {
    /// What the other end is: once, or for each region of the stack.
    pub(super) fn peers(&self) -> Vec<Peered<'p>> {
        let peer = &self.rule.peer;
        let Value::PerRegion(key) = peer.value() else {
            return vec![Peered {
                region: None,
                value: peer.label(),
                prefix: match peer {
                    Peer::Prefix(prefix) => Some(*prefix),
                    _ => None,
                },
                origins: &self.rule.origins,
            }];
        };
        let regions = self.plan.regions.iter();
        regions
            .filter_map(|region| {
                let mapped = self.plan.region_map.regions.get(region.name)?.get(&key)?;
                Some(Peered {
                    region: Some(region),
                    value: mapped.value.clone(),
                    prefix: mapped.value.parse().ok(),
                    origins: &mapped.origins,
                })
            })
            .collect()
    }

    /// The group it belongs to, in words.
    fn group(&self) -> String {
        self.group.map_or_else(|| self.resource.as_str().to_owned(), Value::label)
    }

    /// The rule as it is said, with the ends that `keep` takes; `None` if it takes none.
    pub(super) fn found(
        &self,
        known: &Known<'_>,
        places: &Places<'_>,
        mut keep: impl FnMut(&Peered<'p>) -> Option<Option<Relation>>,
    ) -> Option<RuleFound> {
        let values: Vec<ValueFound> = self
            .peers()
            .iter()
            .filter_map(|peer| {
                let relation = keep(peer)?;
                let region = peer.region.unwrap_or(self.plan.regions[0]);
                Some(ValueFound {
                    region: peer.region,
                    value: peer.value.clone(),
                    addresses: peer.prefix.map(Prefix::addresses),
                    relation,
                    reasons: reasons(peer.origins, region, known.lock, places),
                })
            })
            .collect();
        (!values.is_empty()).then(|| RuleFound {
            stack: self.plan.stack.clone(),
            group: self.group(),
            resource: self.resource.clone(),
            direction: self.direction,
            traffic: self.rule.traffic,
            peer: self.rule.peer.label(),
            description: self.rule.description.clone(),
            condition: self.rule.condition.clone(),
            values,
            protection: Protection::of_rule(self),
        })
    }

    /// The rule as it is said, with every end.
    pub(super) fn whole(&self, known: &Known<'_>, places: &Places<'_>) -> Option<RuleFound> {
        self.found(known, places, |_| Some(None))
    }
}

/// Every rule of every plan that shares an address with `asked`.
pub(super) fn sharing(known: &Known<'_>, places: &Places<'_>, asked: Prefix) -> Vec<RuleFound> {
    let all = known.plans.iter().flat_map(placed);
    all.filter_map(|placed| {
        placed.found(known, places, |peer| Relation::of(peer.prefix?, asked).map(Some))
    })
    .collect()
}
