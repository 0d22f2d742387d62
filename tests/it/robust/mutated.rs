//! Templates that were damaged at random: read, judged or refused, and never more than that.

use std::fs;

use proptest::collection::vec;
use proptest::num::u32;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::{everything, watched::end};
use crate::support::root;

/// What stands in the way of readers.
const PIECES: [&str; 34] = [
    "!Ref ",
    "!Sub ",
    "!If [",
    "Fn::If",
    "Fn::ForEach::X",
    "!GetAtt ",
    "&a ",
    "*a",
    "<<: *a",
    "${",
    "}",
    "{{resolve:",
    "[",
    "]",
    "{",
    "}",
    "- ",
    ": ",
    "\n",
    "  ",
    "\t",
    "\"",
    "'",
    "|\n",
    "\u{feff}",
    "\u{0}",
    "\u{1f600}",
    "---\n",
    "...\n",
    "%YAML",
    "!!binary ",
    "999999999999999999999",
    "-1",
    "0.0.0.0/0",
];

/// The text with some of its bytes changed.
fn damaged(text: &str, numbers: &[u32]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for way in numbers.chunks_exact(4) {
        let size = bytes.len().max(1);
        let at = way[1] as usize % size;
        let until = (at + way[2] as usize % 40).min(bytes.len());
        let other = way[3] as usize;
        match way[0] % 9 {
            0 => drop(bytes.drain(at.min(bytes.len())..until)),
            1 => {
                let piece = bytes[at.min(bytes.len())..until].to_vec();
                bytes.splice(until..until, piece);
            }
            2 => {
                let piece = bytes[at.min(bytes.len())..until].to_vec();
                let to = other % size;
                bytes.splice(to.min(bytes.len())..to.min(bytes.len()), piece);
            }
            3 => bytes.get_mut(at).into_iter().for_each(|byte| *byte = other.to_le_bytes()[0]),
            4 => bytes.truncate(if other.is_multiple_of(4) { at } else { size }),
            5 | 6 => {
                let piece = PIECES[other % PIECES.len()].bytes();
                bytes.splice(at.min(bytes.len())..at.min(bytes.len()), piece);
            }
            // Whole lines: taken away, and put elsewhere.
            _ => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
                if lines.len() > 2 {
                    let line = lines.remove(at % lines.len());
                    if way[0] % 9 == 7 {
                        lines.insert(other % lines.len(), line);
                    }
                }
                bytes = lines.concat().into_bytes();
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn survives(text: &str, cases: u32) {
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 100, ..Config::default() };
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let numbers = vec(u32::ANY, 4..24);
    let result = TestRunner::new_with_rng(config, random).run(&numbers, |numbers| {
        end(vec![damaged(text, &numbers)]);
        Ok(())
    });
    result.unwrap();
}

fn file(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

#[test]
fn a_damaged_template_is_read_or_refused() {
    survives(&file("tests/findings/good.yaml"), 400);
}

#[test]
fn a_damaged_generated_template_is_read_or_refused() {
    survives(&file("out/tokyo.yaml"), 250);
}

#[test]
fn a_damaged_template_with_everything_is_read_or_refused() {
    survives(everything::TEXT, 400);
}

#[test]
fn a_damaged_json_template_is_read_or_refused() {
    survives(&crate::laws::plain_json(), 300);
}
