//! A DNS server on loopback that says what a test wrote down for it, and counts what it is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use hickory_resolver::proto::op::{Message, MessageType, Query, ResponseCode};
use hickory_resolver::proto::rr::rdata::CNAME;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

/// What the server does with a question.
#[derive(Clone)]
pub(crate) enum Says {
    /// Answers with these records, NOERROR.
    Records(Vec<Record>),
    /// Answers with these records and this code.
    Code(ResponseCode, Vec<Record>),
    /// Nothing at all.
    Nothing,
    /// Over UDP that it is too much, over TCP these records.
    TooMuch(Vec<Record>),
    /// The id of the question and then these bytes.
    Bytes(Vec<u8>),
    /// These records under another id, about another question and from another port, and then what
    /// is right.
    Forged(Vec<Record>, Box<Says>),
    /// Over TCP these records about another question, over UDP that it is too much.
    AnotherQuestion(Vec<Record>),
    /// FORMERR where the question has EDNS, this where it has none.
    WithoutEdns(Box<Says>),
    /// Later.
    After(Duration, Box<Says>),
}

/// A question that the server was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) name: String,
    pub(crate) kind: RecordType,
    pub(crate) tcp: bool,
    pub(crate) edns: bool,
}

/// What to say by name and type: each in turn, the last for ever.
type Script = BTreeMap<(String, RecordType), Vec<Says>>;

#[derive(Default)]
struct State {
    script: Script,
    heard: Vec<Heard>,
    under_way: BTreeSet<String>,
    most_under_way: usize,
}

/// Answers until it is dropped.
pub(crate) struct DnsServer {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    over: Arc<AtomicBool>,
}

impl DnsServer {
    /// On a port of its own, the same for UDP and TCP. What is not in the script does not exist.
    pub(crate) fn new<'a>(
        script: impl IntoIterator<Item = (&'a str, RecordType, Vec<Says>)>,
    ) -> DnsServer {
        let (udp, tcp) = sockets();
        let address = udp.local_addr().unwrap();
        let script = script.into_iter().map(|(name, kind, says)| ((name.to_owned(), kind), says));
        let state = Arc::new(Mutex::new(State { script: script.collect(), ..State::default() }));
        let over = Arc::new(AtomicBool::new(false));
        let udp = Arc::new(udp);
        let (to_udp, udp_over) = (Arc::clone(&state), Arc::clone(&over));
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok((length, peer)) = udp.recv_from(&mut buffer) {
                if udp_over.load(Ordering::SeqCst) {
                    break;
                }
                let (question, state) = (buffer[..length].to_vec(), Arc::clone(&to_udp));
                let udp = Arc::clone(&udp);
                thread::spawn(move || {
                    let stranger = || UdpSocket::bind("127.0.0.1:0").unwrap();
                    answer(&state, &question, false, |bytes, forged| {
                        let socket = if forged { &stranger() } else { &*udp };
                        socket.send_to(bytes, peer).unwrap();
                    });
                });
            }
        });
        let (to_tcp, tcp_over) = (Arc::clone(&state), Arc::clone(&over));
        thread::spawn(move || {
            for stream in tcp.incoming() {
                if tcp_over.load(Ordering::SeqCst) {
                    break;
                }
                let (stream, state) = (stream.unwrap(), Arc::clone(&to_tcp));
                thread::spawn(move || converse(stream, &state));
            }
        });
        DnsServer { address, state, over }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Everything it was asked so far.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.state.lock().unwrap().heard.clone()
    }

    /// How often it was asked for a name, sent anew or not.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.heard().iter().filter(|heard| heard.name == name).count()
    }

    /// How many different names at most were being answered at the same time.
    pub(crate) fn most_under_way(&self) -> usize {
        self.state.lock().unwrap().most_under_way
    }
}

impl Drop for DnsServer {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // So that both threads look.
        let _ = UdpSocket::bind("127.0.0.1:0").and_then(|udp| udp.send_to(&[], self.address));
        let _ = TcpStream::connect(self.address);
    }
}

/// A port that is free for both.
fn sockets() -> (UdpSocket, TcpListener) {
    loop {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()) {
            return (udp, tcp);
        }
    }
}

/// Questions over one connection, each behind its length (RFC 1035, section 4.2.2).
fn converse(mut stream: TcpStream, state: &Mutex<State>) {
    let mut length = [0; 2];
    while stream.read_exact(&mut length).is_ok() {
        let mut question = vec![0; u16::from_be_bytes(length).into()];
        if stream.read_exact(&mut question).is_err() {
            return;
        }
        answer(state, &question, true, |bytes, _| {
            let length = u16::try_from(bytes.len()).unwrap();
            let _ = stream.write_all(&[&length.to_be_bytes(), bytes].concat());
        });
    }
}

/// Says what is to be said; `send` takes the bytes, and whether they come from a stranger.
fn answer(state: &Mutex<State>, question: &[u8], tcp: bool, mut send: impl FnMut(&[u8], bool)) {
    let question = Message::from_vec(question).unwrap();
    let [query] = &question.queries[..] else { panic!("not one question: {question:?}") };
    let name = query.name().to_ascii().trim_end_matches('.').to_ascii_lowercase();
    let kind = query.query_type();
    let says = {
        let mut state = state.lock().unwrap();
        let same = |heard: &&Heard| heard.name == name && heard.kind == kind && heard.tcp == tcp;
        // What is said over TCP belongs to the question that was too much over UDP.
        let turn = state.heard.iter().filter(same).count();
        let edns = question.edns.is_some();
        state.heard.push(Heard { name: name.clone(), kind, tcp, edns });
        state.under_way.insert(name.clone());
        state.most_under_way = state.most_under_way.max(state.under_way.len());
        let script = state.script.get(&(name.clone(), kind));
        script.map_or(Says::Code(ResponseCode::NXDomain, Vec::new()), |says| {
            says.get(turn).or(says.last()).cloned().unwrap_or(Says::Nothing)
        })
    };
    let mut says = &says;
    while let Says::After(pause, then) = says {
        thread::sleep(*pause);
        says = then;
    }
    let formerr = Says::Code(ResponseCode::FormErr, Vec::new());
    if let Says::WithoutEdns(otherwise) = says {
        says = if question.edns.is_some() { &formerr } else { otherwise };
    }
    state.lock().unwrap().under_way.remove(&name);
    if let Says::Forged(lies, truth) = says {
        let reply = reply(&question, tcp, &Says::Records(lies.clone())).unwrap();
        let mut another_id = reply.clone();
        another_id.metadata.id = !reply.metadata.id;
        send(&another_id.to_vec().unwrap(), false);
        send(&about_another(reply.clone()).to_vec().unwrap(), false);
        send(&reply.to_vec().unwrap(), true);
        says = truth;
    }
    match says {
        Says::Bytes(bytes) => {
            send(&[&question.metadata.id.to_be_bytes(), &bytes[..]].concat(), false);
        }
        says => {
            if let Some(reply) = reply(&question, tcp, says) {
                send(&reply.to_vec().unwrap(), false);
            }
        }
    }
}

fn reply(question: &Message, tcp: bool, says: &Says) -> Option<Message> {
    let mut reply = Message::response(question.metadata.id, question.metadata.op_code);
    reply.metadata.message_type = MessageType::Response;
    reply.metadata.recursion_desired = true;
    reply.metadata.recursion_available = true;
    reply.add_queries(question.queries.clone());
    match says {
        Says::Records(records) => drop(reply.add_answers(records.clone())),
        Says::Code(code, records) => {
            reply.metadata.response_code = *code;
            reply.add_answers(records.clone());
        }
        Says::TooMuch(_) | Says::AnotherQuestion(_) if !tcp => reply.metadata.truncation = true,
        Says::TooMuch(records) => drop(reply.add_answers(records.clone())),
        Says::AnotherQuestion(records) => {
            reply.add_answers(records.clone());
            reply = about_another(reply);
        }
        Says::Nothing
        | Says::Bytes(_)
        | Says::Forged(..)
        | Says::WithoutEdns(_)
        | Says::After(..) => return None,
    }
    Some(reply)
}

fn about_another(mut reply: Message) -> Message {
    reply.queries = vec![Query::query(name("another.example"), RecordType::A)];
    reply
}

fn name(text: &str) -> Name {
    Name::from_ascii(format!("{text}.")).unwrap()
}

/// `from` is an alias of `to`.
pub(crate) fn alias(from: &str, to: &str, ttl: u32) -> Record {
    Record::from_rdata(name(from), ttl, RData::CNAME(CNAME(name(to))))
}

/// A or AAAA.
pub(crate) fn address(of: &str, address: &str, ttl: u32) -> Record {
    let data = match address.parse().unwrap() {
        IpAddr::V4(address) => RData::A(address.into()),
        IpAddr::V6(address) => RData::AAAA(address.into()),
    };
    Record::from_rdata(name(of), ttl, data)
}
