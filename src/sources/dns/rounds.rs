//! When which question is asked again, and what all its rounds come to.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::proto::rr::{Name, RecordType};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::alias::{self, Sample};
use super::resolver::Client;
use super::{Asking, Reason};

/// Most questions that wait for an answer of one resolver at the same time.
const IN_FLIGHT: usize = 16;
/// Longest pause before a question that failed is asked again; there is no TTL to go by.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// After so many rounds in a row without any answer a question is not asked again.
const MOST_SILENT_ROUNDS: u32 = 2;
/// Nobody waits longer, and every clock can count that far.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// One kind of record of one host at one resolver, and what came of it so far.
pub(super) struct Question {
    name: Option<Name>,
    resolver: usize,
    kind: RecordType,
    rounds: u32,
    silent: u32,
    sample: Option<Sample>,
    failure: Option<Reason>,
}

impl Question {
    pub(super) fn new(host: &str, resolver: usize, kind: RecordType) -> Question {
        // The name of the root is a name, but not of a host.
        let name = match host {
            "" => None,
            host => Name::from_ascii(format!("{host}.")).ok(),
        };
        let failure = name.is_none().then_some(Reason::NotAName);
        Question { name, resolver, kind, rounds: 0, silent: 0, sample: None, failure }
    }

    /// Takes in a round in which these messages come, one for each question that is put.
    pub(super) fn hear(&mut self, messages: &mut dyn Iterator<Item = Vec<u8>>) {
        if let Some(name) = self.name.clone() {
            let outcome = alias::heard(messages, name, self.kind);
            self.learn(outcome, Duration::ZERO);
        }
    }

    /// Takes in what a round gave and answers how long to pause before the next.
    fn learn(&mut self, outcome: Result<Sample, Reason>, share: Duration) -> Duration {
        self.rounds += 1;
        self.silent = if outcome == Err(Reason::NoAnswer) { self.silent + 1 } else { 0 };
        match outcome {
            Ok(mut sample) => {
                let pause = sample.ttl.min(share);
                sample.addresses.extend(self.sample.iter().flat_map(|before| &before.addresses));
                self.sample = Some(sample);
                pause
            }
            Err(reason) => {
                self.failure = Some(reason.or_before(self.failure.take()));
                PAUSE_AFTER_FAILURE.min(share)
            }
        }
    }
}

/// Asks every question as often as is wanted, until the deadline. Here is all the state: a task
/// asks one question once, and one that is over makes room for the next.
pub(super) async fn put(
    questions: &mut [Question],
    clients: &[Arc<Client>],
    asking: &Asking<'_>,
    progress: &dyn Fn(usize, usize),
) {
    let start = Instant::now();
    let until = start + asking.deadline.min(LONGEST);
    let rounds = asking.rounds.max(1);
    let share = (asking.spread / (rounds - 1).max(1)).min(LONGEST);

    // What waits to be asked at each resolver, by when it is due, and how many are under way.
    let mut queues: Vec<BTreeSet<(Instant, usize)>> = vec![BTreeSet::new(); clients.len()];
    for (index, question) in questions.iter().enumerate() {
        if question.name.is_some() {
            queues[question.resolver].insert((start, index));
        }
    }
    let mut running = vec![0; clients.len()];
    let mut tasks: JoinSet<(usize, Result<Sample, Reason>)> = JoinSet::new();

    let rounds_each = usize::try_from(rounds).unwrap_or(usize::MAX);
    let all = queues.iter().map(BTreeSet::len).sum::<usize>().saturating_mul(rounds_each);
    let mut done: usize = 0;
    progress(done, all);

    loop {
        let now = Instant::now();
        let mut wake = until;
        for (resolver, queue) in queues.iter_mut().enumerate() {
            while now < until
                && running[resolver] < IN_FLIGHT
                && let Some(&(due, index)) = queue.first()
            {
                if due > now {
                    wake = wake.min(due);
                    break;
                }
                queue.pop_first();
                let question = &questions[index];
                let Some(name) = question.name.clone() else { continue };
                let (client, kind) = (Arc::clone(&clients[resolver]), question.kind);
                running[resolver] += 1;
                tasks.spawn(async move { (index, alias::look_up(&client, name, kind).await) });
            }
        }
        let over = if now >= until {
            // What came in time counts, even if nobody looked at it yet.
            let Some(over) = tasks.try_join_next() else { break };
            over
        } else if !tasks.is_empty() {
            let Ok(Some(over)) = timeout_at(wake, tasks.join_next()).await else { continue };
            over
        } else if queues.iter().any(|queue| !queue.is_empty()) {
            sleep_until(wake).await;
            continue;
        } else {
            break;
        };
        // No task is cancelled while this runs: one that fails panicked.
        let (index, outcome) =
            over.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        let question = &mut questions[index];
        running[question.resolver] -= 1;
        let due = Instant::now() + question.learn(outcome, share);
        let left = rounds - question.rounds;
        if left > 0 && question.silent < MOST_SILENT_ROUNDS && due < until {
            queues[question.resolver].insert((due, index));
            done += 1;
        } else {
            done =
                done.saturating_add(usize::try_from(left).unwrap_or(usize::MAX)).saturating_add(1);
        }
        progress(done, all);
    }
}

/// Aliases and addresses of one host at one resolver, from its questions, A before AAAA.
pub(super) fn together(questions: &[Question]) -> Result<(Vec<String>, BTreeSet<IpAddr>), Reason> {
    let samples: Vec<&Sample> = questions.iter().filter_map(|q| q.sample.as_ref()).collect();
    if let Some(first) = samples.first() {
        let addresses = samples.iter().flat_map(|sample| &sample.addresses).copied().collect();
        return Ok((first.aliases.clone(), addresses));
    }
    // That a host has no address of one kind says nothing of the other.
    let mut reasons = questions.iter().map(|q| q.failure.clone().unwrap_or(Reason::NoAnswer));
    Err(reasons.find(|reason| *reason != Reason::NoAddress).unwrap_or(Reason::NoAddress))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn sample(alias: &str, address: &str, ttl: u64) -> Sample {
        Sample {
            aliases: vec![alias.to_owned()],
            addresses: BTreeSet::from([address.parse().unwrap()]),
            ttl: Duration::from_secs(ttl),
        }
    }

    fn question() -> Question {
        Question::new("host.example", 0, RecordType::A)
    }

    #[test]
    fn the_pause_is_the_ttl_or_after_a_failure_a_second_and_never_more_than_its_share() {
        let mut question = question();
        assert_eq!(question.learn(Ok(sample("a", "192.0.2.1", 60)), 70 * SECOND), 60 * SECOND);
        assert_eq!(question.learn(Ok(sample("a", "192.0.2.1", 60)), 50 * SECOND), 50 * SECOND);
        assert_eq!(question.learn(Err(Reason::ServerFailure), 50 * SECOND), SECOND);
        assert_eq!(question.learn(Err(Reason::ServerFailure), SECOND / 2), SECOND / 2);
        assert_eq!(question.rounds, 4);
    }

    #[test]
    fn silence_is_counted_until_something_is_said() {
        let mut question = question();
        let mut silent_after = |outcome| {
            question.learn(outcome, SECOND);
            question.silent
        };
        assert_eq!(silent_after(Err(Reason::NoAnswer)), 1);
        assert_eq!(silent_after(Err(Reason::Refused)), 0);
        assert_eq!(silent_after(Err(Reason::NoAnswer)), 1);
        assert_eq!(silent_after(Err(Reason::NoAnswer)), 2);
        assert_eq!(silent_after(Ok(sample("a", "192.0.2.1", 60))), 0);
    }

    #[test]
    fn an_answer_outweighs_failures_and_what_is_said_outweighs_silence() {
        let outcomes = [
            Err(Reason::NoAnswer),
            Err(Reason::ServerFailure),
            Err(Reason::Refused),
            Err(Reason::NoAnswer),
            Ok(sample("old", "192.0.2.1", 60)),
            Ok(sample("new", "192.0.2.2", 60)),
            Err(Reason::NoSuchName),
        ];
        let after = |rounds: usize| {
            let mut question = question();
            for outcome in &outcomes[..rounds] {
                question.learn(outcome.clone(), SECOND);
            }
            together(&[question])
        };
        let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        assert_eq!(after(0), Err(Reason::NoAnswer));
        assert_eq!(after(1), Err(Reason::NoAnswer));
        assert_eq!(after(2), Err(Reason::ServerFailure));
        assert_eq!(after(4), Err(Reason::Refused));
        assert_eq!(after(5), Ok((vec!["old".to_owned()], addresses(&["192.0.2.1"]))));
        let both = addresses(&["192.0.2.1", "192.0.2.2"]);
        assert_eq!(after(7), Ok((vec!["new".to_owned()], both)));
    }
}
