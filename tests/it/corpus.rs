//! What the fuzzer asserts, of its corpora, and of what is cut out of them and put together; `fuzz/run`
//! looks further. Always the same inputs: what a search by chance finds is no reason for a change of
//! something else to fail.

use std::fs;
use std::path::Path;

#[allow(unreachable_pub, reason = "a crate of its own elsewhere")]
#[path = "../../fuzz/src/lib.rs"]
mod fuzz;

/// Into how many parts an input is cut.
const PARTS: usize = 8;

fn hold(target: &str, holds: impl Fn(&[u8])) {
    let folder = Path::new("fuzz/corpus").join(target);
    let mut paths: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let inputs: Vec<_> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(inputs.len() > 1, "{} has inputs", folder.display());
    for (input, other) in inputs.iter().zip(inputs.iter().cycle().skip(1)) {
        holds(input);
        for part in 1..PARTS {
            let until = |all: &[u8]| all.len() * part / PARTS;
            let (start, _) = input.split_at(until(input));
            let (_, end) = other.split_at(until(other));
            holds(start);
            holds(&[start, end].concat());
        }
    }
}

#[test]
fn laws_hold_of_configs() {
    hold("config", fuzz::config::holds);
}

#[test]
fn laws_hold_of_answers_of_dns() {
    hold("dns", fuzz::dns::holds);
}

#[test]
fn laws_hold_of_what_is_given() {
    hold("given", fuzz::given::holds);
}

#[test]
fn laws_hold_of_ip_ranges() {
    hold("ip-ranges", fuzz::ip_ranges::holds);
}

#[test]
fn laws_hold_of_locks() {
    hold("lock", fuzz::lock::holds);
}

#[test]
fn laws_hold_of_templates() {
    hold("templates", fuzz::templates::holds);
}
