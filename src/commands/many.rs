//! The same for many things at once.

use rayon::prelude::*;

/// So few stacks or files take no longer one after the other than threads take to start, which is
/// half a millisecond for each.
const FEW: usize = 4;

/// What `each` makes of every item, in their order; on all cores where there are many.
pub(super) fn of_each<T: Sync, R: Send>(items: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if items.len() <= FEW {
        items.iter().map(&each).collect()
    } else {
        items.par_iter().map(&each).collect()
    }
}
