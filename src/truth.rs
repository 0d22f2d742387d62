//! Yes, no, and cannot tell.

/// The answer to a question about something of which not everything is known.
///
/// Combined as in Kleene's strong logic of indeterminacy: what would be yes, and no, whatever the
/// unknown turned out to be, is yes, and no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// It does not hold.
    No,
    /// Nobody can tell.
    Unknown,
    /// It holds.
    Yes,
}

impl Truth {
    /// Whether both hold: no if one does not, whatever the other is.
    #[must_use]
    pub fn and(self, other: Truth) -> Truth {
        self.min(other)
    }

    /// Whether one of them holds: yes if one does, whatever the other is.
    #[must_use]
    pub fn or(self, other: Truth) -> Truth {
        self.max(other)
    }

    /// Whether all hold; of none, yes.
    pub fn all(truths: impl IntoIterator<Item = Truth>) -> Truth {
        truths.into_iter().fold(Truth::Yes, Truth::and)
    }

    /// Whether one of them holds; of none, no.
    pub fn any(truths: impl IntoIterator<Item = Truth>) -> Truth {
        truths.into_iter().fold(Truth::No, Truth::or)
    }

    /// Whether it is surely so; what nobody can tell is not.
    pub fn is_yes(self) -> bool {
        self == Truth::Yes
    }

    /// Whether it is surely not so.
    pub fn is_no(self) -> bool {
        self == Truth::No
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Truth {
        if holds { Truth::Yes } else { Truth::No }
    }
}

impl std::ops::Not for Truth {
    type Output = Truth;

    fn not(self) -> Truth {
        match self {
            Truth::Yes => Truth::No,
            Truth::Unknown => Truth::Unknown,
            Truth::No => Truth::Yes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{self, No, Unknown, Yes};

    #[test]
    fn the_tables_are_kleenes() {
        let table = [
            // a, b, a and b, a or b
            (No, No, No, No),
            (No, Unknown, No, Unknown),
            (No, Yes, No, Yes),
            (Unknown, No, No, Unknown),
            (Unknown, Unknown, Unknown, Unknown),
            (Unknown, Yes, Unknown, Yes),
            (Yes, No, No, Yes),
            (Yes, Unknown, Unknown, Yes),
            (Yes, Yes, Yes, Yes),
        ];
        for (a, b, and, or) in table {
            assert_eq!((a.and(b), a.or(b)), (and, or), "{a:?} {b:?}");
            assert_eq!((Truth::all([a, b]), Truth::any([a, b])), (and, or));
        }
        assert_eq!([!No, !Unknown, !Yes], [Yes, Unknown, No]);
        assert_eq!((Truth::all([]), Truth::any([])), (Yes, No));
    }

    /// What is combined never says more than every way of filling the unknown in.
    #[test]
    fn unknown_never_turns_into_an_answer() {
        let filled = |truth| match truth {
            Unknown => vec![Yes, No],
            known => vec![known],
        };
        for a in [No, Unknown, Yes] {
            for b in [No, Unknown, Yes] {
                let mut and = Vec::new();
                let mut or = Vec::new();
                for a in filled(a) {
                    for b in filled(b) {
                        and.push(a == Yes && b == Yes);
                        or.push(a == Yes || b == Yes);
                    }
                }
                for (answer, all) in [(a.and(b), and), (a.or(b), or)] {
                    match answer {
                        Yes => assert!(all.iter().all(|one| *one)),
                        No => assert!(all.iter().all(|one| !*one)),
                        Unknown => assert!(all.contains(&true) && all.contains(&false)),
                    }
                }
            }
        }
    }
}
