//! From a message to the findings that explain it.

use std::cmp::Reverse;
use std::net::Ipv4Addr;

use super::print::word;
use super::symptoms::{MESSAGES, Message};
use super::{PAGES, Page};
use crate::text::prose;
use crate::verify::Need;

/// Most bytes of what was typed that are looked at; the longest message of ECS has about a thousand.
const MOST_TYPED: usize = 4096;

/// The pages whose finding is seen as this message: errors, then warnings and notes, each in the order
/// of [`PAGES`], which goes from the endpoint by its name, the groups and the routes to the task.
pub fn causes(message: &Message) -> Vec<&'static Page> {
    let pages = PAGES.iter().filter(|page| page.symptoms.contains(&message.text));
    let mut causes: Vec<&Page> = pages.collect();
    causes.sort_by_key(|page| Reverse(page.severity));
    causes
}

/// The messages that a text contains, as it was copied from a task that stopped or a stack that
/// failed, the most telling first. Where it contains none, those that have every word of it, in the
/// order of [`MESSAGES`].
///
/// Upper and lower case, line breaks and what stands for `R`, `ACCT` and `…` do not matter; an
/// address stands for `PUBLIC` or `PRIVATE` by what it is. Only the first 4 KiB are looked at.
pub fn messages(typed: &str) -> Vec<&'static Message> {
    let typed = normal(typed);
    let mut found: Vec<&Message> =
        MESSAGES.iter().filter(|message| contains(&typed, message)).collect();
    found.sort_by_key(|message| Reverse(parts(message).iter().map(String::len).sum::<usize>()));
    // What a more telling one says as well adds nothing.
    let mut telling: Vec<&Message> = Vec::new();
    for message in found {
        if !telling.iter().any(|better| contains(&normal(better.text), message)) {
            telling.push(message);
        }
    }
    if !telling.is_empty() {
        return telling;
    }
    let words: Vec<&str> = typed
        .split(' ')
        .map(|word| word.trim_matches([':', '.', ',', ';', '"', '…']))
        .filter(|word| !word.is_empty())
        .collect();
    if !words.iter().any(|word| word.len() >= 3) {
        return Vec::new();
    }
    let has_all = |message: &&Message| {
        let text = normal(message.text);
        words.iter().all(|word| text.contains(word))
    };
    MESSAGES.iter().filter(has_all).collect()
}

/// Lower case, one space between words, and addresses as the messages have them.
fn normal(text: &str) -> String {
    let end = text.char_indices().map(|(at, _)| at).find(|at| *at >= MOST_TYPED);
    let text = text[..end.unwrap_or(text.len())].replace("\\\"", "\"").to_lowercase();
    let mut out = String::new();
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        // Messages have an address with its port, as in `10.0.1.11:443:`.
        let address =
            word.split_once(':').and_then(|(host, port)| Some((host.parse().ok()?, port)));
        match address {
            Some((host, port)) if is_of_a_vpc(host) => out.push_str(&format!("private:{port}")),
            Some((_, port)) => out.push_str(&format!("public:{port}")),
            None => out.push_str(word),
        }
    }
    out
}

/// Whether it is an address that VPCs have: RFC 1918, and RFC 6598 for secondary prefixes.
fn is_of_a_vpc(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    address.is_private() || (first == 100 && second & 0xc0 == 64)
}

/// What a message says literally, between the places where anything may stand.
fn parts(message: &Message) -> Vec<String> {
    let text = message.text.replace("ACCT", "…");
    // `R` is a word of its own in a name of hosts, buckets and services.
    let text = text.replace(".R.", ".…").replace(".R…", ".…").replace("-R-", "-…-");
    let parts = text.split('…').map(normal);
    parts.filter(|part| part.chars().any(char::is_alphanumeric)).collect()
}

/// Whether a text has all parts of a message, one behind the other.
fn contains(text: &str, message: &Message) -> bool {
    let mut rest = text;
    parts(message).iter().all(|part| match rest.split_once(part.as_str()) {
        Some((_, behind)) => {
            rest = behind;
            true
        }
        None => false,
    })
}

/// What to require of a template that such a message came of: `pull`, or the name of a need.
fn required(message: &Message) -> Option<&'static str> {
    let need = message.needs.first()?;
    Some(if need.is_pull() { "pull" } else { need.name() })
}

/// The command that looks for the finding in a template.
fn command(message: &Message) -> String {
    let require = required(message).map_or(String::new(), |name| format!(" --require {name}"));
    format!("fargate-egress verify app.yaml{require}")
}

/// Messages for a terminal: what each says, what it can come from, and what to type.
pub fn messages_text(messages: &[&Message]) -> String {
    let mut out = String::new();
    for message in messages {
        prose(&mut out, message.text, "", "  ");
        prose(&mut out, message.meaning, "  ", "  ");
        let causes = causes(message);
        let width = causes.iter().map(|page| page.code.name().len()).max().unwrap_or_default();
        for page in causes {
            let first = format!("  {:7}  {:width$}  ", word(page.severity), page.code.name());
            prose(&mut out, page.code.summary(), &first, &" ".repeat(first.len()));
        }
        out.push('\n');
    }
    out.push_str("to find out which it is:\n");
    let mut commands: Vec<String> = messages.iter().map(|message| command(message)).collect();
    commands.dedup();
    for command in commands {
        out.push_str(&format!("  {command}\n"));
    }
    if let Some(page) = messages.iter().flat_map(|message| causes(message)).next() {
        let name = page.code.name();
        out.push_str(&format!("for more:\n  fargate-egress verify --explain {name}\n"));
    }
    out
}

/// Every message with what it can come from, in Markdown: the part of `docs/pull-errors.md` that
/// follows from the pages.
pub fn messages_markdown() -> String {
    let mut out = String::new();
    let mut open = "";
    for message in MESSAGES {
        let section = section(message);
        if section != open {
            let command = command(message);
            out.push_str(&format!("\n## {section}\n\nTo find out which it is: `{command}`\n"));
            open = section;
        }
        out.push_str(&format!("\n```text\n{}\n```\n\n", message.text));
        prose(&mut out, message.meaning, "", "");
        out.push('\n');
        for (number, page) in causes(message).iter().enumerate() {
            let name = page.code.name();
            let first = format!("{}. [`{name}`](findings.md#{name}): ", number + 1);
            prose(&mut out, page.code.summary(), &first, "   ");
        }
    }
    out
}

/// The heading that a message belongs under.
fn section(message: &Message) -> &'static str {
    match message.needs.first() {
        Some(Need::RegistryAuth) => "Login",
        Some(Need::Manifest | Need::OtherRegistry) => "Manifest",
        Some(Need::Layers) => "Layers",
        Some(Need::Secrets) => "Secrets",
        Some(Need::Parameters) => "Parameters",
        Some(Need::Kms) => "Keys",
        Some(Need::Logs) => "Logs",
        Some(Need::EnvFiles) => "Environment files",
        Some(Need::Efs) => "File systems",
        Some(Need::Exec) => "Commands in a task",
        None => "Deployment",
    }
}
