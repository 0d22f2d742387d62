//! The pages of the findings: why each breaks, how that looks, and what to do.
//!
//! The pages are split by topic. [`PAGES`] joins them in the order of [`Code::ALL`], and
//! `docs/findings.md` is [`markdown`] as a file.

mod endpoint_groups;
mod endpoints;
mod messages;
mod names;
mod policies;
mod print;
mod routes;
mod rules;
mod sources;
mod symptoms;
mod task_groups;
mod tasks;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Severity};
use crate::verify::Need;

pub use messages::{causes, messages, messages_markdown, messages_text};
pub use print::{markdown, page_markdown, text};
pub use symptoms::{MESSAGES, Message};

/// What there is to say about a finding.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// The finding.
    pub code: Code,
    /// How bad it usually is: an error breaks the pull or the deployment, a warning may or is wider
    /// than needed, a note is worth knowing.
    pub severity: Severity,
    /// Why it breaks or is too wide. Paragraphs are separated by empty lines.
    pub cause: &'static str,
    /// What is printed when it bites, the most typical first; empty where nothing is. `R` stands for
    /// a region, `ACCT` for an account, `…` for what was left out.
    pub symptoms: &'static [&'static str],
    /// What to do: paragraphs, and fenced blocks to paste. Blocks marked `yaml` hold resources of a
    /// CloudFormation template.
    pub fix: &'static str,
    /// Pages of AWS that say so.
    pub sources: &'static [&'static str],
}

const TOPICS: &[&[Page]] = &[
    endpoints::PAGES,
    names::PAGES,
    endpoint_groups::PAGES,
    task_groups::PAGES,
    rules::PAGES,
    routes::PAGES,
    policies::PAGES,
    tasks::PAGES,
];

const COUNT: usize = {
    let mut count = 0;
    let mut topic = 0;
    while topic < TOPICS.len() {
        count += TOPICS[topic].len();
        topic += 1;
    }
    count
};

const JOINED: [Page; COUNT] = {
    let mut joined = [TOPICS[0][0]; COUNT];
    let (mut topic, mut at) = (0, 0);
    while topic < TOPICS.len() {
        let mut page = 0;
        while page < TOPICS[topic].len() {
            joined[at] = TOPICS[topic][page];
            at += 1;
            page += 1;
        }
        topic += 1;
    }
    joined
};

/// Every page, in the order of [`Code::ALL`].
pub const PAGES: &[Page] = &JOINED;

/// The page of a finding; `None` where the code is no finding of `verify`.
pub fn page(code: Code) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.code == code)
}

/// The message that is most typical of a finding, on one line; `None` where nothing is printed.
pub fn symptom(code: Code) -> Option<&'static str> {
    page(code)?.symptoms.first().copied()
}

/// The same of a finding that stands in the way of some needs: the first message that is about one
/// of them. Of one that stands in the way of none, the first of all.
pub fn symptom_of(code: Code, needs: &BTreeSet<Need>) -> Option<&'static str> {
    let is_about = |symptom: &&str| {
        let message = MESSAGES.iter().find(|message| message.text == *symptom);
        let about = message.map_or(&[][..], |message| message.needs);
        needs.is_empty() || about.is_empty() || about.iter().any(|need| needs.contains(need))
    };
    page(code)?.symptoms.iter().copied().find(|symptom| is_about(symptom))
}
