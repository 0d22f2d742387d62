//! How much is looked at: everything in any real template, and not all of what grows without end.

use std::cell::Cell;

use super::evidence::{Claim, Evidence};

/// Most that is looked at for one network, in rules; a service with six subnets, ten endpoints and
/// groups of sixty rules takes a hundredth of it.
const MOST: usize = 3_000_000;

/// A way to a service takes as much memory as this many rules take time.
pub(super) const PATH: usize = 50;

/// Work that is left.
#[derive(Debug)]
pub(super) struct Work(Cell<usize>);

impl Work {
    /// All of it.
    pub(super) fn new() -> Work {
        Work(Cell::new(MOST))
    }

    /// Takes some of it; false where there is none left.
    pub(super) fn spend(&self, some: usize) -> bool {
        let left = self.0.get().checked_sub(some);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }

    /// What is said of what is not looked at.
    pub(super) fn given_up(&self) -> Evidence {
        Evidence::Open(Claim::new("there is more here than in any real template"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_is_gone() {
        let work = Work::new();
        assert!(work.spend(MOST - 1) && work.spend(1) && !work.spend(1));
        assert!(work.spend(0));
    }
}
