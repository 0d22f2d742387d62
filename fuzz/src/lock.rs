//! `egress.lock.json`: read as `generate` and as `resolve` reads it, resolved again, planned with.

use fargate_egress::diagnostic::Source;
use fargate_egress::drift::{self, World};
use fargate_egress::facts::built_in;
use fargate_egress::lock::{self, Lock, LockError};
use fargate_egress::plan::plan;

use super::laws::{EXAMPLE, IP_RANGES, RENDERER, print, resolve, taken, text};

/// The laws of locks.
pub fn holds(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let source = Source::new("egress.lock.json", text);
    let (config, config_source) = &*EXAMPLE;
    let read = lock::parse_lenient(text).map_err(|error| vec![error.diagnostic(&source)]);
    let Some(lock) = taken(read) else { return };

    let canonical = lock::emit(&lock);
    assert_eq!(lock::parse_lenient(&canonical).as_ref(), Ok(&lock), "a lock is not read back");
    match lock::parse(text) {
        Ok(strict) => {
            assert_eq!(strict, lock);
            assert_eq!(canonical, text, "a form that is not canonical was read");
        }
        Err(error) => {
            let inconsistent = matches!(error, LockError::Inconsistent { .. });
            assert!(inconsistent || canonical != text, "the canonical form is refused");
            print(&[error.diagnostic(&source)]);
        }
    }
    assert!(lock::changes(&lock, &lock).is_empty());
    lock::changes(&Lock::default(), &lock);
    lock::changes(&lock, &Lock::default());

    let answers: Vec<_> =
        fargate_egress::aws::Region::ALL.iter().flat_map(built_in::answers).collect();
    resolve((config, config_source), Some(&lock), (&IP_RANGES, &answers, &[]));
    let world = World { ip_ranges: Some(&IP_RANGES), answers: &answers, ..World::default() };
    let findings = drift::world(config, &lock, config_source, &world);
    print(&findings.into_iter().map(|finding| finding.diagnostic).collect::<Vec<_>>());
    drift::lock(config, &lock, config_source, Vec::new());
    for stack in config.stacks.values() {
        if let Some((plan, warnings)) = taken(plan(stack, &lock, config_source, "0")) {
            print(&warnings);
            RENDERER.cloudformation(&plan).expect("rendered as planned");
        }
    }
}
