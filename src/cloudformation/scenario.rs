//! The ways in which what nobody knows may turn out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::logic::Atom;
use super::session::Session;
use super::world::{Scenario, Scenarios, World};
use crate::prefix::shorten;

/// Most scenarios that are looked at one by one.
const MOST: usize = 16;

/// A scenario as it is being found.
#[derive(Clone, Default)]
struct Branch {
    scenario: Scenario,
    /// What was decided, in order: the key and, for people, the name.
    decided: Vec<(Arc<str>, Arc<str>)>,
    /// The words for atoms that are true or false.
    words: BTreeMap<Arc<str>, String>,
}

/// The ways in which the conditions may turn out that resources of the wanted types depend on.
///
/// A decision tree: what the first undecided condition hangs on is decided in every way, and then
/// the next in each of those, so that only what matters is told apart.
pub(super) fn scenarios(world: &World, wanted: &impl Fn(&str) -> bool) -> Scenarios {
    let mut done = Vec::new();
    let mut open = vec![Branch::default()];
    let mut first = None;
    while let Some(branch) = open.pop() {
        let mut session = Session::new(world, &branch.scenario);
        session.wanted(wanted);
        let undecided = std::mem::take(&mut session.undecided);
        let allowed = std::mem::take(&mut session.allowed);
        drop(session);
        let Some((key, atom)) = undecided.first.clone() else {
            done.push(branch.finish());
            continue;
        };
        first.get_or_insert(undecided);
        let mut ways = branch.ways(&key, &atom, allowed.get(&key));
        ways.reverse();
        open.extend(ways);
        if done.len() + open.len() > MOST {
            let (conditions, why) = first.map(|all| (all.names, all.why)).unwrap_or_default();
            return Scenarios::TooMany {
                conditions: conditions.into_iter().collect(),
                why: why.into_iter().collect(),
            };
        }
    }
    Scenarios::Each(done)
}

impl Branch {
    fn ways(&self, key: &Arc<str>, atom: &Atom, allowed: Option<&BTreeSet<String>>) -> Vec<Branch> {
        match atom {
            Atom::Whether { yes, no } => [(true, yes), (false, no)]
                .into_iter()
                .map(|(same, words)| {
                    let mut branch = self.clone();
                    branch.scenario.atoms.insert(key.clone(), same);
                    branch.words.insert(key.clone(), words.clone());
                    branch.decided.push((key.clone(), words.as_str().into()));
                    branch
                })
                .collect(),
            Atom::Which { name, literals } => {
                let mut ways: Vec<Branch> =
                    literals.iter().map(|literal| self.fixed(key, name, literal)).collect();
                let mut apart = self.scenario.apart.get(key).cloned().unwrap_or_default();
                apart.extend(literals.iter().cloned());
                let left: Option<Vec<&String>> =
                    allowed.map(|allowed| allowed.difference(&apart).collect());
                match left.as_deref() {
                    Some([]) => {}
                    Some([only]) => ways.push(self.fixed(key, name, only)),
                    Some(_) | None => {
                        let mut branch = self.decide(key, name);
                        branch.scenario.apart.insert(key.clone(), apart);
                        ways.push(branch);
                    }
                }
                ways
            }
        }
    }

    fn decide(&self, key: &Arc<str>, name: &Arc<str>) -> Branch {
        let mut branch = self.clone();
        if !branch.decided.iter().any(|(known, _)| known == key) {
            branch.decided.push((key.clone(), name.clone()));
        }
        branch
    }

    fn fixed(&self, key: &Arc<str>, name: &Arc<str>, literal: &str) -> Branch {
        let mut branch = self.decide(key, name);
        branch.scenario.apart.remove(key);
        branch.scenario.fixed.insert(key.clone(), literal.to_owned());
        branch
    }

    /// The scenario, with what is taken to be so in words.
    fn finish(self) -> Scenario {
        let Branch { mut scenario, decided, words } = self;
        let quote = |text: &String| format!("\"{}\"", shorten(text));
        let taken = decided.iter().map(|(key, name)| {
            if let Some(words) = words.get(key) {
                return words.clone();
            }
            if let Some(literal) = scenario.fixed.get(key) {
                return format!("{name} = {}", quote(literal));
            }
            let apart: Vec<String> =
                scenario.apart.get(key).into_iter().flatten().map(quote).collect();
            match apart.as_slice() {
                [only] => format!("{name} is not {only}"),
                all => format!("{name} is none of {}", all.join(", ")),
            }
        });
        scenario.taken = taken.collect();
        scenario
    }
}
