//! What `dig +noall +answer` prints: answers from a place that this program does not run in.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use super::{Answer, Seen};
use crate::diagnostic::{Code, Diagnostic, Source};
use crate::prefix::shorten;

/// Most names that an alias is followed through.
const MOST_ALIASES: usize = 16;

/// A line that is not a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a record, expected a line such as `api.ecr.eu-west-1.amazonaws.com. 60 IN A 192.0.2.1`"
)]
pub struct AnswersError {
    /// Counted from 1.
    pub line: usize,
    /// The line, shortened.
    pub text: String,
}

impl AnswersError {
    /// What to tell the user.
    pub fn diagnostic(&self, source: &Arc<Source>) -> Diagnostic {
        let before = source.text.split_inclusive('\n').take(self.line - 1).map(str::len);
        let start: usize = before.sum();
        let end = start + source.text[start..].lines().next().map_or(0, str::len);
        Diagnostic::error(Code::InvalidAnswers, self.to_string())
            .at(source, start..end, "not a record")
            .help("make the file with: dig +noall +answer HOST… > FILE")
    }
}

/// Reads records, one a line, into an answer for each host that is not itself an alias's target
/// only. Comments and empty lines are passed over, and record types other than A, AAAA and CNAME.
///
/// # Errors
/// The first line that is not a record.
pub fn parse(text: &str, seen: &Seen, seen_by: &str) -> Result<Vec<Answer>, AnswersError> {
    let mut aliases: BTreeMap<String, String> = BTreeMap::new();
    let mut addresses: BTreeMap<String, BTreeSet<IpAddr>> = BTreeMap::new();
    let mut hosts: Vec<String> = Vec::new();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(';') {
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let error = || AnswersError { line: number + 1, text: shorten(line) };
        let [name, _ttl, class, kind, value, ..] = words[..] else { return Err(error()) };
        if !class.eq_ignore_ascii_case("IN") {
            return Err(error());
        }
        let name = canonical(name);
        match kind.to_ascii_uppercase().as_str() {
            "CNAME" => drop(aliases.insert(name.clone(), canonical(value))),
            "A" | "AAAA" => {
                let address = value.parse().map_err(|_| error())?;
                addresses.entry(name.clone()).or_default().insert(address);
            }
            _ => continue,
        }
        if known.insert(name.clone()) {
            hosts.push(name);
        }
    }
    Ok(hosts
        .into_iter()
        .map(|host| {
            let mut cnames = Vec::new();
            let mut name = &host;
            while let Some(target) = aliases.get(name) {
                if cnames.len() == MOST_ALIASES || cnames.contains(target) {
                    break;
                }
                cnames.push(target.clone());
                name = target;
            }
            let addresses = addresses.get(name).cloned().unwrap_or_default();
            Answer {
                host,
                cnames,
                addresses,
                seen: Some(seen.clone()),
                seen_by: seen_by.to_owned(),
            }
        })
        .collect())
}

/// A name as it is compared: lower case, without the dot of the root (RFC 4343).
fn canonical(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Answer>, AnswersError> {
        parse(text, &"2026-01-02".parse().unwrap(), "answers.txt")
    }

    #[test]
    fn aliases_are_followed_to_the_addresses() {
        let answers = read(
            "; <<>> DiG <<>>\n\
             API.ecr.r.amazonaws.com. 60 IN CNAME ecr.r.amazonaws.com.\n\
             ecr.r.amazonaws.com.\t60\tIN\tA\t192.0.2.1\n\
             ecr.r.amazonaws.com. 60 IN A 192.0.2.2\n\
             ecr.r.amazonaws.com. 60 IN TXT \"x\"\n",
        )
        .unwrap();
        assert_eq!(answers.len(), 2);
        assert_eq!(answers[0].host, "api.ecr.r.amazonaws.com");
        assert_eq!(answers[0].cnames, ["ecr.r.amazonaws.com"]);
        assert_eq!(answers[0].addresses.len(), 2);
        assert_eq!(answers[1].addresses, answers[0].addresses);
    }

    #[test]
    fn loops_end_and_other_lines_are_refused() {
        let looped = read("a. 1 IN CNAME b.\nb. 1 IN CNAME a.\n").unwrap();
        assert!(looped.iter().all(|answer| answer.addresses.is_empty()));
        assert_eq!(read("\n192.0.2.1\n").unwrap_err().line, 2);
        assert!(read("a. 1 IN A 300.0.2.1").is_err());
    }
}
