//! Reading and judging, watched.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use fargate_egress::aws::Region;
use fargate_egress::cloudformation::{Given, World};
use fargate_egress::diagnostic::Source;
use fargate_egress::verify::{Trust, verify};

use crate::agreement::options;

/// Far more than anything takes: something that does not end is what is looked for.
const LONGEST: Duration = Duration::from_secs(60);

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// It was refused, for these reasons.
    Refused(Vec<String>),
    /// It was judged: so many outcomes, and whether conditions were left undecided.
    Judged { outcomes: usize, undecided: bool },
}

impl End {
    pub(super) fn is_refused(&self, code: &str) -> bool {
        matches!(self, End::Refused(codes) if codes.iter().any(|one| one == code))
    }

    pub(super) fn is_judged(&self) -> bool {
        matches!(self, End::Judged { .. })
    }
}

/// Reads templates and says what they come to.
pub(super) fn end(texts: Vec<String>) -> End {
    let given = Given { region: Region::named("ap-northeast-1"), ..Given::default() };
    let sources = texts.into_iter().map(|text| Source::new("template.yaml", text)).collect();
    match World::read(sources, given) {
        Err(errors) => {
            assert!(!errors.is_empty(), "nothing is said of why it is refused");
            // Places have to be in the text, or printing them would not go well.
            let printed =
                errors.iter().take(3).map(|one| fargate_egress::diagnostic::human(one, false));
            assert!(printed.map(|text| text.len()).sum::<usize>() > 0);
            End::Refused(errors.iter().map(|one| one.code.name().to_owned()).collect())
        }
        Ok((world, _)) => {
            let verification = verify(world, &options());
            assert!(!verification.outcomes.is_empty());
            for outcome in &verification.outcomes {
                for leg in outcome.tasks.iter().flat_map(|task| &task.legs) {
                    leg.verdict(Trust::Trusting);
                    leg.verdict(Trust::Strict);
                }
            }
            let undecided = verification.undecided.is_some();
            End::Judged { outcomes: verification.outcomes.len(), undecided }
        }
    }
}

/// The same in a thread with the stack of any thread; panics where it does, and where it does not end.
pub(super) fn watched(name: &str, texts: Vec<String>) -> End {
    let (tell, told) = mpsc::channel();
    let thread = thread::spawn(move || {
        let end = end(texts);
        // Nobody may be waiting any more.
        let _ = tell.send(());
        end
    });
    if told.recv_timeout(LONGEST) == Err(mpsc::RecvTimeoutError::Timeout) {
        panic!("{name} does not end");
    }
    thread.join().unwrap_or_else(|_| panic!("{name} panics"))
}
