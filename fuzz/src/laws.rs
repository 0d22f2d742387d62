//! What the targets share: the example beside their input, and laws of diagnostics and locks.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use fargate_egress::config::Config;
use fargate_egress::diagnostic::{self, Diagnostic, Source, has_errors};
use fargate_egress::facts::prefix_lists::PrefixList;
use fargate_egress::facts::{Answer, IpRanges, built_in};
use fargate_egress::lock::{self, Accept, Lock, Resolved, Sources};
use fargate_egress::render::Renderer;

/// Between the files of an input that holds several.
pub(crate) const BETWEEN: &str = "\n--8<--\n";

/// The example's config, which every target but its own has beside its input.
pub(crate) static EXAMPLE: LazyLock<(Config, Arc<Source>)> = LazyLock::new(|| {
    let source = Source::new("egress.yaml", include_str!("../../egress.yaml"));
    let config = fargate_egress::config::parse(&source);
    (config.expect("the example is a config"), source)
});

/// The example's lock.
pub(crate) static EXAMPLE_LOCK: LazyLock<Lock> = LazyLock::new(|| {
    lock::parse(include_str!("../../egress.lock.json")).expect("the example is a lock")
});

pub(crate) static IP_RANGES: LazyLock<IpRanges> = LazyLock::new(built_in::ip_ranges);

pub(crate) static RENDERER: LazyLock<Renderer> =
    LazyLock::new(|| Renderer::new(&[]).expect("the built-in templates are templates"));

/// The text of an input; files that are not UTF-8 are refused before anything reads them.
pub(crate) fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// Most diagnostics of one input that are printed: each of them takes time that grows with the text.
const MOST_PRINTED: usize = 50;

/// Diagnostics point into their texts, and can be printed without moving a terminal's cursor.
pub(crate) fn print(said: &[Diagnostic]) {
    for one in said.iter().take(MOST_PRINTED) {
        for label in one.primary.iter().chain(&one.related) {
            let (text, span) = (&label.source.text, &label.span);
            assert!(text.get(span.clone()).is_some(), "{one:?} points at nothing");
        }
        assert!(!one.message.is_empty());
        let printed = diagnostic::human(one, false);
        let moves = |c: char| c.is_control() && c != '\n';
        assert!(!printed.contains(moves), "{printed:?} moves the cursor");
        diagnostic::human(one, true);
        diagnostic::json(one).to_string();
    }
}

/// What a reader gave, if it took the input; why it did not has to be said, and fit to be printed.
pub(crate) fn taken<T>(result: Result<T, Vec<Diagnostic>>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(said) => {
            assert!(has_errors(&said), "refused without a reason: {said:?}");
            print(&said);
            None
        }
    }
}

/// What answers and facts make of a config and the lock before, if anything: a lock that comes back
/// from its text, and out of which the same world makes the same again.
pub(crate) fn resolve(
    (config, source): (&Config, &Arc<Source>),
    before: Option<&Lock>,
    (ip_ranges, answers, prefix_lists): (&IpRanges, &[Answer], &[(PrefixList, String)]),
) -> Option<Lock> {
    let stacks = BTreeMap::new();
    let accept = Accept::default();
    let sources =
        Sources { ip_ranges, answers, prefix_lists, stacks: &stacks, forget: None, accept };
    let Resolved { lock, notices } = taken(lock::resolve(config, source, before, &sources))?;
    print(&notices);
    let text = lock::emit(&lock);
    assert_eq!(lock::parse(&text).as_ref(), Ok(&lock), "a lock is not read back");
    let again = lock::resolve(config, source, Some(&lock), &sources).map(|again| again.lock);
    assert_eq!(again.as_ref(), Ok(&lock), "an unchanged world changes the lock");
    assert_eq!(lock::unused(config, &lock), Vec::<String>::new());
    Some(lock)
}
