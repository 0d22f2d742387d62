//! What resolvers say of hosts: every address over several rounds, and the aliases on the way.
//!
//! Nothing is kept between two questions, so that each round is a fresh sample of what the resolver
//! knows. Whether an address can be believed is not judged here: the resolver is taken at its word.

mod alias;
mod resolver;
mod rounds;

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::proto::rr::RecordType;
use jiff::civil::Date;

use crate::facts::{Answer, Seen};
use resolver::Client;
pub use resolver::Resolver;
use rounds::Question;

/// How to ask.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// Resolvers to ask, UDP and TCP; those of the system where there are none. One that is named
    /// twice is asked once.
    pub resolvers: &'a [SocketAddr],
    /// How often to ask each host at each resolver; 0 is taken for 1.
    pub rounds: u32,
    /// The longest time to spread the rounds over. Between two rounds the smallest TTL of the
    /// answer goes by, up to an equal share of this; after a failure a second, up to the same.
    pub spread: Duration,
    /// When to give up, over all. A try at one server takes three seconds at most, and less where
    /// this would not leave time for every try.
    pub deadline: Duration,
    /// Whether to ask for AAAA too.
    pub ipv6: bool,
    /// The UTC day to write down.
    pub today: Date,
}

/// What was said, and what was not: for every host at every resolver, an answer or a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// One for each host and resolver that gave an address in any round, in the order of hosts,
    /// then of resolvers. Aliases are those of the last round that gave an address, of A before
    /// those of AAAA; addresses are those of all rounds. That only one
    /// of A and AAAA failed is not said.
    pub answers: Vec<Answer>,
    /// One for each host and resolver that gave none, in the same order.
    pub failures: Vec<Failure>,
}

/// A host without an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The host: lower case, without a final dot.
    pub host: String,
    /// The resolver's name, as in [`Answer::seen_by`].
    pub resolver: String,
    /// Why: what was said last, or silence where nothing was ever said.
    pub reason: Reason,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// No question can be asked with it (RFC 1035, section 2.3.4: labels to 63 bytes, 255 in all).
    #[error("not a host name")]
    NotAName,
    /// NXDOMAIN, of the host or of what it is an alias of.
    #[error("there is no such name (NXDOMAIN)")]
    NoSuchName,
    /// The name is there, or is an alias of one that is, but has no address of the wanted kind.
    #[error("the name has no address")]
    NoAddress,
    /// SERVFAIL: the resolver could not find out, or found an answer that fails DNSSEC.
    #[error("the resolver failed (SERVFAIL)")]
    ServerFailure,
    /// REFUSED: the resolver does not answer us.
    #[error("the resolver refuses to answer (REFUSED)")]
    Refused,
    /// Another code of <https://www.iana.org/assignments/dns-parameters>.
    #[error("the resolver answers with error code {0}")]
    OtherCode(u16),
    /// Silence, or the deadline came first.
    #[error("no answer in time")]
    NoAnswer,
    /// More aliases than anyone needs, or one that leads back to itself.
    #[error("more than {} aliases, or aliases in a circle", alias::MOST_ALIASES)]
    TooManyAliases,
    /// Bytes that are no DNS message, or one that does not belong to the question.
    #[error("the answer cannot be read: {0}")]
    Malformed(String),
    /// The operating system could not send or receive.
    #[error("cannot send or receive: {0}")]
    Io(String),
}

impl Reason {
    /// This, unless it is silence and something was said before.
    fn or_before(self, before: Option<Reason>) -> Reason {
        match (self, before) {
            (Reason::NoAnswer, Some(before)) => before,
            (reason, _) => reason,
        }
    }
}

/// Why nothing could be asked at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// Such as no `/etc/resolv.conf`, or none with a `nameserver`.
    #[error("cannot tell which resolvers this system uses: {0}")]
    System(String),
    /// The operating system has nothing to wait for sockets with.
    #[error("cannot prepare to use the network: {0}")]
    Runtime(String),
}

/// Asks for the addresses of `hosts`, absolute names with or without the final dot.
///
/// Every host is asked at every resolver; of each resolver 16 questions are under way at once.
/// `progress` hears how many questions are over, of how many; a question that is given up counts
/// with all its rounds. What was learned when the deadline comes is returned.
///
/// # Errors
/// The system's resolvers are wanted and not to be found, or there is no way to use a network.
/// That a host or a resolver does not answer is no error but a [`Failure`].
///
/// # Panics
/// Inside of an asynchronous runtime: this function blocks.
pub fn ask(
    hosts: &[String],
    asking: &Asking<'_>,
    progress: &dyn Fn(usize, usize),
) -> Result<Asked, SetupError> {
    if hosts.is_empty() {
        return Ok(Asked { answers: Vec::new(), failures: Vec::new() });
    }
    let resolvers = match asking.resolvers {
        [] => vec![Resolver::system()?],
        servers => servers.iter().map(|server| Resolver::at(*server)).collect(),
    };
    ask_at(&resolvers, hosts, asking, progress)
}

/// Does what [`ask`] does at resolvers that are known: those of `asking` are passed over.
///
/// # Errors
/// There is no way to use a network.
///
/// # Panics
/// Inside of an asynchronous runtime: this function blocks.
pub fn ask_at(
    resolvers: &[Resolver],
    hosts: &[String],
    asking: &Asking<'_>,
    progress: &dyn Fn(usize, usize),
) -> Result<Asked, SetupError> {
    let (hosts, resolvers) = (once_each(hosts.iter().map(canonical)), once_each(resolvers.iter()));
    let kinds = kinds(asking.ipv6);
    let mut questions = Vec::new();
    for host in &hosts {
        for resolver in 0..resolvers.len() {
            questions.extend(kinds.iter().map(|kind| Question::new(host, resolver, *kind)));
        }
    }

    let clients = resolvers.iter().map(|it| Client::new(it, asking.deadline).map(Arc::new));
    let clients: Vec<Arc<Client>> = clients.collect::<Result<_, _>>()?;
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| SetupError::Runtime(error.to_string()))?
        .block_on(rounds::put(&mut questions, &clients, asking, progress));

    let mut asked = Asked { answers: Vec::new(), failures: Vec::new() };
    let mut questions = questions.into_iter();
    for host in &hosts {
        for resolver in &resolvers {
            let of_pair: Vec<Question> = questions.by_ref().take(kinds.len()).collect();
            match rounds::together(&of_pair) {
                Ok((cnames, addresses)) => asked.answers.push(Answer {
                    host: host.clone(),
                    cnames,
                    addresses,
                    seen: Some(Seen::from(asking.today)),
                    seen_by: resolver.name.clone(),
                }),
                Err(reason) => {
                    let (host, resolver) = (host.clone(), resolver.name.clone());
                    asked.failures.push(Failure { host, resolver, reason });
                }
            }
        }
    }
    Ok(asked)
}

/// What one round comes to in which these messages come off the wire, one for each question that is
/// put: A with its aliases, then AAAA if `ipv6`. So messages are read without a network.
///
/// # Errors
/// As in [`Failure::reason`]; silence where there are too few messages.
pub fn heard(
    host: &str,
    ipv6: bool,
    messages: &mut dyn Iterator<Item = Vec<u8>>,
) -> Result<(Vec<String>, BTreeSet<IpAddr>), Reason> {
    let host = canonical(host);
    let mut questions: Vec<Question> =
        kinds(ipv6).iter().map(|kind| Question::new(&host, 0, *kind)).collect();
    questions.iter_mut().for_each(|question| question.hear(messages));
    rounds::together(&questions)
}

/// The kinds of records to ask for.
fn kinds(ipv6: bool) -> &'static [RecordType] {
    if ipv6 { &[RecordType::A, RecordType::AAAA] } else { &[RecordType::A] }
}

/// A name as it is compared: lower case, without the dot of the root (RFC 4343).
fn canonical(name: impl AsRef<str>) -> String {
    let name = name.as_ref();
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// The same in the same order, without those that were there before.
fn once_each<T: Ord + Clone>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut seen = BTreeSet::new();
    items.into_iter().filter(|item| seen.insert(item.clone())).collect()
}
