//! Choices that are made up, and made smaller when something fails: 0 is always the plainest one.

use proptest::collection::vec;
use proptest::num::u16;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// Most choices of one case.
const MOST: usize = 160;

/// Numbers from which choices are made, one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Dice(std::vec::IntoIter<u16>);

impl Dice {
    pub(crate) fn new(numbers: Vec<u16>) -> Dice {
        Dice(numbers.into_iter())
    }

    /// A number below `sides`.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0.next().map_or(0, usize::from) % sides
    }

    /// One of these.
    pub(crate) fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())].clone()
    }

    /// Once in so many times.
    pub(crate) fn odd(&mut self, sides: usize) -> bool {
        self.roll(sides) + 1 == sides
    }
}

/// Whether something holds of so many throws; the same ones each time.
pub(crate) fn throws(cases: u32, holds: impl Fn(&mut Dice) -> Result<(), String>) {
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 300, ..Config::default() };
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, random);
    let result = runner.run(&vec(u16::ANY, MOST), |numbers| {
        holds(&mut Dice::new(numbers)).map_err(TestCaseError::fail)
    });
    if let Err(error) = result {
        panic!("{}", error.to_string().split("minimal failing input").next().unwrap_or_default());
    }
}

/// So many throws to be looked at together; the same ones each time.
pub(crate) fn throw(cases: usize) -> Vec<Dice> {
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let numbers = vec(u16::ANY, MOST);
    let throw = |_| Dice::new(numbers.new_tree(&mut runner).unwrap().current());
    (0..cases).map(throw).collect()
}
