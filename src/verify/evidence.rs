//! Why something is so: what was looked at, and what it says.
//!
//! An answer is never stored; [`Evidence::truth`] derives it from what the evidence says.

use crate::cloudformation::Place;
use crate::diagnostic::Code;
use crate::truth::Truth;

/// What speaks for or against something.
#[derive(Debug, Clone)]
pub enum Evidence {
    /// The files say that it holds.
    Holds(Claim),
    /// The files say that it does not hold.
    Fails(Failing),
    /// The files do not say.
    Open(Claim),
    /// The files do not say, and it looks like a fault.
    Suspect(Failing),
    /// The files do not say, and whoever wrote them has to have seen to it: an id given from
    /// outside is the right one.
    Assumed(Claim),
    /// All of these have to hold.
    All(Vec<Evidence>),
    /// One of these has to hold. It is never empty: what there is no way for, fails with a reason.
    Any(Vec<Evidence>),
}

/// A sentence about a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// Lower case, no final period.
    pub text: String,
    /// What it speaks of, where that is in the files.
    pub place: Option<Place>,
}

/// Why something does not hold.
#[derive(Debug, Clone)]
pub struct Failing {
    /// What does not hold.
    pub claim: Claim,
    /// Which finding it is; `None` where it is not a fault by itself, such as that there is no way
    /// by way of a NAT.
    pub code: Option<Code>,
    /// What would mend it, as something to type; one entry a line.
    pub help: Vec<String>,
    /// What came close, and in which respect it missed.
    pub near: Vec<Claim>,
}

impl Claim {
    /// A sentence about a place.
    pub fn at(place: Place, text: impl Into<String>) -> Claim {
        Claim { text: text.into(), place: Some(place) }
    }

    /// A sentence about nothing that stands in a file.
    pub fn new(text: impl Into<String>) -> Claim {
        Claim { text: text.into(), place: None }
    }
}

impl Failing {
    /// A failure that is the fault `code` says.
    pub fn fault(code: Code, claim: Claim) -> Failing {
        Failing { claim, code: Some(code), help: Vec::new(), near: Vec::new() }
    }

    /// A failure that is no fault by itself.
    pub fn plain(claim: Claim) -> Failing {
        Failing { claim, code: None, help: Vec::new(), near: Vec::new() }
    }

    /// The same, with one more line of help.
    #[must_use]
    pub fn help(mut self, line: impl Into<String>) -> Failing {
        self.help.push(line.into());
        self
    }

    /// The same, with what came close.
    #[must_use]
    pub fn near(mut self, near: Vec<Claim>) -> Failing {
        self.near = near;
        self
    }
}

impl From<Failing> for Evidence {
    fn from(failing: Failing) -> Evidence {
        Evidence::Fails(failing)
    }
}

/// Whether what is taken on trust counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// An assumption holds.
    Trusting,
    /// An assumption is not known to hold.
    Strict,
}

impl Evidence {
    /// What it comes to.
    pub fn truth(&self, trust: Trust) -> Truth {
        match self {
            Evidence::Holds(_) => Truth::Yes,
            Evidence::Fails(_) => Truth::No,
            Evidence::Open(_) | Evidence::Suspect(_) => Truth::Unknown,
            Evidence::Assumed(_) if trust == Trust::Trusting => Truth::Yes,
            Evidence::Assumed(_) => Truth::Unknown,
            Evidence::All(all) => Truth::all(all.iter().map(|one| one.truth(trust))),
            Evidence::Any(any) => Truth::any(any.iter().map(|one| one.truth(trust))),
        }
    }

    /// The parts that make it come to what it comes to: for a yes what holds, for a no what fails,
    /// for an unknown what is open. In the order in which they were found.
    pub fn reasons(&self, trust: Trust) -> Vec<&Evidence> {
        match self {
            Evidence::All(parts) | Evidence::Any(parts) => {
                let truth = self.truth(trust);
                let same = parts.iter().filter(|part| part.truth(trust) == truth);
                let reasons = same.flat_map(|part| part.reasons(trust));
                reasons.collect()
            }
            leaf => vec![leaf],
        }
    }

    /// What has to be taken on trust for a yes, as little of it as there can be: where one of several
    /// has to hold and one does by itself, nothing. Nothing where it comes to no yes.
    pub fn assumptions(&self, trust: Trust) -> Vec<&Claim> {
        match self {
            Evidence::Assumed(claim) if trust == Trust::Trusting => vec![claim],
            Evidence::All(parts) if self.truth(trust).is_yes() => {
                parts.iter().flat_map(|part| part.assumptions(trust)).collect()
            }
            Evidence::Any(parts) => {
                let holding = parts.iter().filter(|part| part.truth(trust).is_yes());
                let least = holding.map(|part| part.assumptions(trust)).min_by_key(Vec::len);
                least.unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(truth: Truth) -> Evidence {
        let claim = Claim::new("x");
        match truth {
            Truth::Yes => Evidence::Holds(claim),
            Truth::No => Failing::plain(claim).into(),
            Truth::Unknown => Evidence::Open(claim),
        }
    }

    #[test]
    fn an_answer_is_derived_by_kleenes_tables() {
        let truths = [Truth::No, Truth::Unknown, Truth::Yes];
        for a in truths {
            for b in truths {
                let both = || vec![leaf(a), leaf(b)];
                assert_eq!(Evidence::All(both()).truth(Trust::Trusting), a.and(b));
                assert_eq!(Evidence::Any(both()).truth(Trust::Trusting), a.or(b));
                let all = Evidence::All(both());
                for reason in all.reasons(Trust::Trusting) {
                    assert_eq!(reason.truth(Trust::Trusting), a.and(b));
                }
            }
        }
    }

    #[test]
    fn as_little_as_possible_is_taken_on_trust() {
        let assumed = |text: &str| Evidence::Assumed(Claim::new(text));
        let holds = || Evidence::Holds(Claim::new("holds"));
        let of = |evidence: Evidence, trust| -> Vec<String> {
            evidence.assumptions(trust).into_iter().map(|claim| claim.text.clone()).collect()
        };
        let both = || Evidence::All(vec![holds(), assumed("a"), assumed("b")]);
        assert_eq!(of(both(), Trust::Trusting), ["a", "b"]);
        assert!(of(both(), Trust::Strict).is_empty());
        assert_eq!(of(Evidence::Any(vec![both(), assumed("c")]), Trust::Trusting), ["c"]);
        assert!(of(Evidence::Any(vec![both(), holds()]), Trust::Trusting).is_empty());
        let fails = Failing::plain(Claim::new("fails")).into();
        assert!(of(Evidence::All(vec![assumed("a"), fails]), Trust::Trusting).is_empty());
    }

    #[test]
    fn an_assumption_holds_unless_it_is_not_to_be_trusted() {
        let assumed = Evidence::Assumed(Claim::new("x"));
        assert_eq!(assumed.truth(Trust::Trusting), Truth::Yes);
        assert_eq!(assumed.truth(Trust::Strict), Truth::Unknown);
    }
}
