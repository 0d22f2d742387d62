//! Whether conditions hold: what is known of it, and what it hangs on.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::{Unknown, keys};
use crate::prefix::shorten;

/// Most of what one condition hangs on that is kept: one is settled at a time.
const MOST_ATOMS: usize = 20;

/// Whether a condition holds.
#[derive(Debug, Clone)]
pub(super) enum Logic {
    /// That is known.
    Known(bool),
    /// That hangs on something unknown.
    Open(Rc<Open>),
}

/// A condition that cannot be decided.
#[derive(Debug)]
pub(super) struct Open {
    /// Equal for conditions that hold together.
    pub(super) key: String,
    /// What it hangs on first, for people.
    pub(super) on: Arc<str>,
    /// Why that is not known.
    pub(super) why: Arc<str>,
    /// What would have to be known to decide it, by key; some of it, where it is much.
    pub(super) atoms: BTreeMap<Arc<str>, Atom>,
}

/// Something that would have to be known.
#[derive(Debug, Clone)]
pub(super) enum Atom {
    /// Which of these an unknown is, or that it is none of them.
    Which {
        /// For people.
        name: Arc<str>,
        /// What it is compared with.
        literals: BTreeSet<String>,
    },
    /// Whether two things are the same.
    Whether {
        /// `A is B`.
        yes: String,
        /// `A is not B`.
        no: String,
    },
}

/// The conditions of an evaluation that could not be decided.
#[derive(Debug, Default)]
pub(super) struct Undecided {
    /// Their names.
    pub(super) names: BTreeSet<String>,
    /// Why not.
    pub(super) why: BTreeSet<String>,
    /// What the first of them hangs on; nothing is asked of the others before that is settled.
    pub(super) first: Option<(Arc<str>, Atom)>,
}

impl Undecided {
    pub(super) fn record(&mut self, name: &str, open: &Open) {
        self.names.insert(name.to_owned());
        self.why.insert(open.why.to_string());
        if self.first.is_none() {
            self.first =
                open.atoms.first_key_value().map(|(key, atom)| (key.clone(), atom.clone()));
        }
    }
}

impl Open {
    /// The unknown that a condition of this name is.
    pub(super) fn unknown(&self, name: &str) -> Unknown {
        Unknown {
            key: keys::short(format!("whether <{}>", self.key)).into(),
            name: name.into(),
            why: self.because(name).into(),
            many: false,
        }
    }

    /// Why it cannot be decided, for people.
    pub(super) fn because(&self, name: &str) -> String {
        format!("condition `{}` depends on `{}`: {}", shorten(name), self.on, self.why)
    }
}

impl std::ops::Not for Logic {
    type Output = Logic;

    fn not(self) -> Logic {
        match self {
            Logic::Known(holds) => Logic::Known(!holds),
            Logic::Open(open) => {
                let key = match open.key.strip_prefix("not ") {
                    Some(key) => key.to_owned(),
                    None => format!("not {}", open.key),
                };
                let (on, why) = (open.on.clone(), open.why.clone());
                Logic::Open(Rc::new(Open { key, on, why, atoms: open.atoms.clone() }))
            }
        }
    }
}

/// Whether all of them hold, or, with `decides` turned round, one of them: `decides` is what
/// settles it alone.
pub(super) fn combine(all: Vec<Logic>, decides: bool) -> Logic {
    let mut open: BTreeMap<String, Rc<Open>> = BTreeMap::new();
    for logic in all {
        match logic {
            Logic::Known(holds) if holds == decides => return Logic::Known(decides),
            Logic::Known(_) => {}
            Logic::Open(one) => {
                open.entry(one.key.clone()).or_insert(one);
            }
        }
    }
    let contradicts = open.keys().any(|key| open.contains_key(&format!("not {key}")));
    if contradicts {
        return Logic::Known(decides);
    }
    let mut parts = open.into_values();
    let Some(first) = parts.next() else { return Logic::Known(!decides) };
    let rest: Vec<_> = parts.collect();
    if rest.is_empty() {
        return Logic::Open(first);
    }
    let mut key = String::from(if decides { "or" } else { "and" });
    let mut atoms = BTreeMap::new();
    for part in std::iter::once(&first).chain(&rest) {
        key.push_str(&format!(" <{}>", part.key));
        for (of, atom) in &part.atoms {
            join(&mut atoms, of, atom);
        }
    }
    let (on, why) = (first.on.clone(), first.why.clone());
    Logic::Open(Rc::new(Open { key: keys::short(key), on, why, atoms }))
}

fn join(atoms: &mut BTreeMap<Arc<str>, Atom>, key: &Arc<str>, atom: &Atom) {
    let full = atoms.len() >= MOST_ATOMS;
    match (atoms.get_mut(key), atom) {
        (Some(Atom::Which { literals, .. }), Atom::Which { literals: more, .. }) => {
            let room = MOST_ATOMS.saturating_sub(literals.len());
            literals.extend(more.iter().take(room).cloned());
        }
        (Some(_), _) => {}
        (None, _) if full => {}
        (None, atom) => {
            atoms.insert(key.clone(), atom.clone());
        }
    }
}
