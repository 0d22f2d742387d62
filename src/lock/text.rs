//! The lock as text: one canonical form, and no other is read.
//!
//! # Rules for changing the format
//!
//! `docs/lock.md` has them for users.
//!
//! - The form is JSON with sorted keys, two spaces, line feeds and a final one, so that the
//!   differences a reviewer sees are differences of fact.
//! - Any change of the fields, and of the form, gets a new [`VERSION`]. Every field is closed: an
//!   older program would refuse a new one and could not say why.
//! - What stands in a field that holds any text, such as a source or the name of a service, may
//!   change without.
//! - A newer version is refused by name, whatever else is in the file. An older one is read by
//!   [`parse_lenient`], which `resolve` uses, and written in the newest.
//!
//! # History
//!
//! - 1 (2026-11): partitions, regions, services, hosts, addresses, prefixes; stacks.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Lock, RegionFacts, StackFacts};
use crate::aws::{Region, Service};
use crate::diagnostic::{Code, Diagnostic, Source, byte_at, floor_boundary};
use crate::facts::built_in;
use crate::facts::ip_ranges::hex;

/// The version of the format that is written.
pub const VERSION: u64 = 1;

/// The version of a lock in memory: always the one that is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Version;

impl TryFrom<u64> for Version {
    type Error = String;

    fn try_from(version: u64) -> Result<Version, String> {
        if version == VERSION { Ok(Version) } else { Err(format!("there is no version {version}")) }
    }
}

impl From<Version> for u64 {
    fn from(_: Version) -> u64 {
        VERSION
    }
}

/// Most bytes a lock may have: a hundred thousand observed addresses.
pub const MAX_LOCK_BYTES: u64 = 32 << 20;

/// Why a text is not a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockError {
    /// Not JSON, or JSON of another form; at this byte.
    Form {
        /// In the words of the JSON reader.
        message: String,
        /// Byte of the text.
        at: usize,
    },
    /// Written in a newer version of the format.
    Newer(u64),
    /// The same facts in another form; the first byte that differs.
    NotCanonical(usize),
    /// Facts that contradict each other.
    Inconsistent {
        /// In words.
        message: String,
        /// The key of the fact that does not go with the others.
        span: Range<usize>,
    },
}

/// The canonical text.
pub fn emit(lock: &Lock) -> String {
    pretty(&to_value(lock))
}

fn to_value(part: &impl Serialize) -> Value {
    serde_json::to_value(part).expect("maps of the lock have keys that are texts")
}

/// serde_json's maps are sorted unless a feature of it is on, which a test would notice.
fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("a value is JSON");
    text.push('\n');
    text
}

/// A digest of what the lock says of the regions and the stack that a template was made from:
/// `sha256:` and hexadecimal digits.
///
/// Not of the whole file, or every template would change with every fact of any region; and not of
/// who answered, by what names and when first, which no template shows.
pub fn digest<'a>(
    regions: impl IntoIterator<Item = (&'a str, Option<&'a RegionFacts>)>,
    stack: Option<&StackFacts>,
) -> String {
    let regions: Vec<Value> = regions
        .into_iter()
        .map(|(name, facts)| Value::Array(vec![name.into(), to_value(&facts.map(shown))]))
        .collect();
    let text = pretty(&Value::Array(vec![Value::Array(regions), to_value(&stack)]));
    format!("sha256:{}", hex(&Sha256::digest(text.as_bytes())))
}

/// The facts without what no template shows.
fn shown(facts: &RegionFacts) -> RegionFacts {
    let mut facts = facts.clone();
    for host in facts.services.values_mut().flat_map(|service| service.hosts.values_mut()) {
        host.cnames.clear();
        for sighting in host.addresses.values_mut() {
            sighting.first_seen = None;
            sighting.seen_by.clear();
        }
    }
    facts
}

/// Reads a lock that is in canonical form.
///
/// # Errors
/// [`LockError`]; [`LockError::NotCanonical`] also for what JSON itself allows, such as a key that
/// stands twice.
pub fn parse(text: &str) -> Result<Lock, LockError> {
    let lock = parse_lenient(text)?;
    let canonical = emit(&lock);
    if canonical == text {
        return match consistent(&lock) {
            Ok(()) => Ok(lock),
            Err((message, way)) => Err(LockError::Inconsistent { message, span: key(text, &way) }),
        };
    }
    let same = canonical.bytes().zip(text.bytes()).take_while(|(one, other)| one == other).count();
    Err(LockError::NotCanonical(floor_boundary(text, same)))
}

/// Reads a lock in any form: `resolve` writes it anew.
///
/// # Errors
/// [`LockError::Form`] or [`LockError::Newer`].
pub fn parse_lenient(text: &str) -> Result<Lock, LockError> {
    let form = |error: &serde_json::Error| LockError::Form {
        message: strip_position(&error.to_string()),
        at: byte_at(text, error.line(), error.column()),
    };
    #[derive(Deserialize)]
    struct Peek {
        version: u64,
    }
    match serde_json::from_str::<Peek>(text).map_err(|error| form(&error))?.version {
        newer if newer > VERSION => Err(LockError::Newer(newer)),
        // The reader would say so where the whole object ends.
        none if Version::try_from(none).is_err() => Err(LockError::Form {
            message: format!("there is no version {none}"),
            at: text.rfind("\"version\"").unwrap_or_default(),
        }),
        _ => serde_json::from_str(text).map_err(|error| form(&error)),
    }
}

/// Where the last of several keys stands, each within what the one before it holds.
fn key(text: &str, way: &[String]) -> Range<usize> {
    let mut span = 0..0;
    for key in way {
        let key = Value::from(key.as_str()).to_string();
        // In canonical form the colon stands right behind; within a text the quotes are escaped.
        let found = text[span.end..].find(&format!("{key}:"));
        let start = found.map_or(span.start, |at| span.end + at);
        span = start..found.map_or(span.end, |_| start + key.len());
    }
    span
}

/// Whether the facts go together: regions that exist under their partition, addresses inside of
/// the prefixes chosen for them, prefixes that something is said about. `resolve` writes nothing
/// else; an edit by hand may.
///
/// # Errors
/// What does not, in words, and the keys on the way to it.
fn consistent(lock: &Lock) -> Result<(), (String, Vec<String>)> {
    for (partition, regions) in &lock.partitions {
        for (name, facts) in regions {
            let Some(region) = Region::named(name).filter(|region| region.partition == *partition)
            else {
                let message = format!("partition `{partition}` has no region `{name}`");
                return Err((message, vec![partition.to_string(), name.clone()]));
            };
            let way = |keys: &[&str]| {
                let keys = keys.iter().map(|key| (*key).to_owned());
                [partition.to_string(), name.clone()].into_iter().chain(keys).collect()
            };
            for (prefix, published) in &facts.prefixes {
                if !published.services.contains("AMAZON") {
                    let message = format!("{prefix} of `{name}` is not one of AMAZON's");
                    return Err((message, way(&[&prefix.to_string()])));
                }
            }
            for (service, known) in &facts.services {
                let wanted = region.s3_prefix_list_name();
                if known.prefix_list.as_ref().is_some_and(|list| list.name != wanted) {
                    let message =
                        format!("the prefix list of `{service}` in `{name}` is not {wanted}");
                    return Err((message, way(&[service, "prefix-list", "name"])));
                }
            }
            // What is built in is never another region's; what EC2 said may be newer than what is.
            if let Some(list) =
                facts.s3_prefix_list().filter(|list| list.source == built_in::SOURCE)
                && let Some(other) = built_in::region_of_foreign_s3_prefix_list(region, &list.id)
            {
                let message = format!("`{}` of `{name}` is S3's prefix list in {other}", list.id);
                return Err((message, way(&[Service::s3().name(), "prefix-list", "id"])));
            }
            let hosts = facts.services.values().flat_map(|service| &service.hosts);
            for (host, known) in hosts {
                for (address, sighting) in &known.addresses {
                    let prefix = sighting.prefix;
                    let way = || way(&[host, &address.to_string()]);
                    if !prefix.contains(*address) {
                        let message = format!("{prefix} does not cover {address} of `{host}`");
                        return Err((message, way()));
                    }
                    if !facts.prefixes.contains_key(&prefix) {
                        let message = format!("{prefix} of `{host}` is not among the prefixes");
                        return Err((message, way()));
                    }
                }
            }
        }
    }
    Ok(())
}

/// Whether a line that git writes into a file of two sides is at this byte.
fn is_unmerged(text: &str, at: usize) -> bool {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    text.get(start..).is_some_and(|line| line.starts_with("<<<<<<< "))
}

/// serde_json appends ` at line 3 column 7`; the caret says that.
fn strip_position(message: &str) -> String {
    message.rfind(" at line ").map_or(message, |at| &message[..at]).to_owned()
}

impl LockError {
    /// What to tell the user.
    pub fn diagnostic(&self, source: &Arc<Source>) -> Diagnostic {
        const RESOLVE: &str =
            "`fargate-egress resolve` writes it anew; `git diff` shows what that changes";
        let point = |at: usize| -> Range<usize> { at..at };
        match self {
            LockError::Form { at, .. } if is_unmerged(&source.text, *at) => {
                let name = &source.name;
                Diagnostic::error(Code::LockSyntax, "the lock has a merge in it that is not resolved")
                    .at(source, point(*at), "found here")
                    .help(format!("take either side, `git checkout --ours {name}` or `--theirs`; then `fargate-egress resolve`"))
            }
            LockError::Form { message, at } => {
                let cut_short = message.starts_with("EOF");
                let message = if cut_short {
                    "the lock was cut short".to_owned()
                } else {
                    format!("not a lock: {message}")
                };
                let restore = format!("`git checkout {}` restores the last one, or `fargate-egress resolve` makes a new one once the file is removed", source.name);
                Diagnostic::error(Code::LockSyntax, message)
                    .at(source, point(*at), if cut_short { "the text ends here" } else { "found here" })
                    .help(restore)
            }
            LockError::Newer(version) => Diagnostic::error(
                Code::LockNewer,
                format!("the lock has version {version}, and this program knows up to {VERSION}"),
            )
            .help("install the version of fargate-egress that wrote it, or a newer one"),
            LockError::Inconsistent { message, span } => Diagnostic::error(
                Code::LockNotCanonical,
                format!("the lock contradicts itself: {message}"),
            )
            .at(source, span.clone(), "found here")
            .help(RESOLVE),
            LockError::NotCanonical(at) => Diagnostic::error(
                Code::LockNotCanonical,
                "the lock was changed by something other than `resolve`",
            )
            .at(source, point(*at), "first difference")
            .help(RESOLVE)
            .help("keep formatters and line-ending conversion away from it: `*.lock.json -text` in .gitattributes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use proptest::collection::{btree_map, btree_set, vec};
    use proptest::option;
    use proptest::prelude::*;

    use super::*;
    use crate::aws::Partition;
    use crate::facts::Publication;
    use crate::lock::{HostFacts, PrefixListFacts, ServiceFacts, Sighting};
    use crate::prefix::Prefix;

    const SMALL: &str = r#"{
  "partitions": {
    "aws": {
      "us-east-1": {
        "services": {
          "s3": {
            "prefix-list": {
              "id": "pl-63a5400a",
              "name": "com.amazonaws.us-east-1.s3",
              "source": "built-in"
            }
          }
        }
      }
    }
  },
  "version": 1
}
"#;

    #[test]
    fn only_the_canonical_form_is_read() {
        assert_eq!(emit(&parse(SMALL).unwrap()), SMALL);
        let compact = serde_json::to_string(&parse(SMALL).unwrap()).unwrap();
        assert!(matches!(parse(&compact), Err(LockError::NotCanonical(1))));
        assert_eq!(parse_lenient(&compact).unwrap(), parse(SMALL).unwrap());
        let windows = SMALL.replace('\n', "\r\n");
        assert!(matches!(parse(&windows), Err(LockError::NotCanonical(1))));
        assert!(matches!(parse(SMALL.trim_end()), Err(LockError::NotCanonical(_))));
        let twice = SMALL.replacen("\"version\"", "\"version\": 1,\n  \"version\"", 1);
        assert!(parse(&twice).is_err());
    }

    #[test]
    fn newer_foreign_and_truncated_texts_are_told_apart() {
        let newer = SMALL.replace("\"version\": 1", "\"version\": 7");
        assert_eq!(parse(&newer), Err(LockError::Newer(7)));
        let strange = r#"{"version": 9, "anything": {"else": true}}"#;
        assert_eq!(parse(strange), Err(LockError::Newer(9)));
        for end in 0..SMALL.len() - 2 {
            assert!(matches!(parse(&SMALL[..end]), Err(LockError::Form { .. })), "{end}");
        }
        let unknown = SMALL.replace("\"source\"", "\"sauce\"");
        let Err(LockError::Form { message, at }) = parse(&unknown) else { panic!() };
        assert!(message.starts_with("unknown field `sauce`"), "{message}");
        assert!(unknown[at - 10..].contains("sauce"));
        // The reader counts bytes, and may stop within a letter.
        let letters = SMALL.replace("us-east-1", "\u{35e}Ν\u{0}");
        let Err(LockError::Form { at, .. }) = parse(&letters) else { panic!() };
        assert!(letters.is_char_boundary(at));
        let old = SMALL.replace("\"version\": 1", "\"version\": 0");
        let Err(LockError::Form { at, .. }) = parse(&old) else { panic!() };
        assert!(old[at..].starts_with("\"version\": 0"), "{at}");
    }

    #[test]
    fn a_merge_that_is_not_resolved_is_named() {
        let sides = SMALL.replacen("      \"us-east-1\"", "<<<<<<< HEAD\n      \"us-east-1\"", 1);
        for text in [sides, format!("<<<<<<< HEAD\n{SMALL}")] {
            let error = parse(&text).unwrap_err();
            let diagnostic = error.diagnostic(&Source::new("egress.lock.json", text));
            assert!(diagnostic.message.contains("a merge"), "{}", diagnostic.message);
            assert!(diagnostic.help[0].contains("--ours egress.lock.json"), "{diagnostic:?}");
        }
        let error = parse("{\"a\": <<<<<<< }").unwrap_err();
        let diagnostic = error.diagnostic(&Source::new("egress.lock.json", "{\"a\": <<<<<<< }"));
        assert!(diagnostic.message.starts_with("not a lock"), "{}", diagnostic.message);
    }

    #[test]
    fn facts_that_contradict_each_other_are_refused() {
        let example = include_str!("../../egress.lock.json");
        assert!(parse(example).is_ok());
        for (from, to, expected, key) in [
            ("\"52.192.36.247\"", "\"52.194.0.1\"", "does not cover 52.194.0.1", "52.194.0.1"),
            (
                "          \"52.192.0.0/15\": {",
                "          \"52.192.0.0/16\": {",
                "is not among the prefixes",
                "52.192.36.247",
            ),
            (
                "\"ap-northeast-1\": {",
                "\"ap-northeast-9\": {",
                "no region `ap-northeast-9`",
                "ap-northeast-9",
            ),
            ("\"aws\": {", "\"aws-cn\": {", "no region `ap-northeast-1`", "ap-northeast-1"),
        ] {
            let text = example.replacen(from, to, 1);
            let Err(LockError::Inconsistent { message, span }) = parse(&text) else {
                panic!("{to}");
            };
            assert!(message.contains(expected), "{message}");
            assert_eq!(text[span], format!("\"{key}\""));
        }
    }

    fn sightings() -> impl Strategy<Value = (IpAddr, Sighting)> {
        let seen =
            || option::of("20[0-9]{2}-(0[1-9]|1[0-2])".prop_map(|text| text.parse().unwrap()));
        let by = btree_set("[a-z0-9.:-]{1,20}", 1..4);
        (any::<IpAddr>(), 0_u8..=32, seen(), seen(), by).prop_map(
            |(address, length, first_seen, last_seen, seen_by)| {
                let prefix = Prefix::containing(address, length).unwrap();
                (address, Sighting { first_seen, last_seen, prefix, seen_by })
            },
        )
    }

    fn locks() -> impl Strategy<Value = Lock> {
        let hosts = btree_map(
            "[a-z0-9*.-]{1,30}",
            (vec("[a-z.]{1,9}", 0..3), vec(sightings(), 0..4)),
            0..4,
        );
        let services = btree_map("[a-z.]{1,9}", (hosts, option::of(any::<String>())), 0..4);
        let region = (services, any::<bool>(), any::<String>());
        btree_map((0..Partition::ALL.len(), any::<String>()), region, 0..4).prop_map(|regions| {
            let mut lock = Lock::default();
            for ((partition, name), (services, published, text)) in regions {
                let ip_ranges = published.then(|| Publication {
                    create_date: text.clone(),
                    entries: text.len(),
                    sha256: text.clone(),
                    sync_token: text.clone(),
                });
                let mut facts = RegionFacts { ip_ranges, ..RegionFacts::default() };
                for (service, (hosts, list)) in services {
                    let hosts = hosts.into_iter().map(|(host, (cnames, addresses))| {
                        (host, HostFacts { addresses: addresses.into_iter().collect(), cnames })
                    });
                    let prefix_list = list.map(|name| PrefixListFacts {
                        id: "pl-61a54008".parse().unwrap(),
                        source: name.clone(),
                        name,
                    });
                    let service_facts = ServiceFacts { hosts: hosts.collect(), prefix_list };
                    facts.services.insert(service, service_facts);
                }
                lock.partitions.entry(Partition::ALL[partition]).or_default().insert(name, facts);
            }
            lock
        })
    }

    proptest! {
        // Each lock is a hundred texts made from patterns.
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn every_lock_comes_back_from_its_text(lock in locks()) {
            let text = emit(&lock);
            prop_assert_eq!(text.chars().last(), Some('\n'));
            prop_assert_eq!(parse_lenient(&text), Ok(lock));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>(), at in 0..SMALL.len(), byte in any::<char>()) {
            let _ = parse(&text);
            let mut changed: Vec<char> = SMALL.chars().collect();
            changed[at] = byte;
            let changed: String = changed.into_iter().collect();
            if let Ok(lock) = parse(&changed) {
                prop_assert_eq!(emit(&lock), changed);
            }
        }
    }

    #[test]
    fn keys_are_sorted_as_text() {
        let mut value = serde_json::json!({"b": 1, "a": {"9.0.0.0": 1, "10.0.0.0": 2}});
        value["aa"] = 3.into();
        let sorted = pretty(&value);
        assert!(sorted.find("10.0.0.0") < sorted.find("9.0.0.0"));
        assert!(sorted.find("\"aa\"") < sorted.find("\"b\""));
    }
}
