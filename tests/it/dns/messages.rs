//! Messages that are read without a network come to what they come to off the wire.

use std::collections::BTreeSet;

use fargate_egress::sources::dns::{Reason, heard};
use hickory_resolver::proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, Record, RecordType};

use super::{HOST, asking, reason, run, run_once};
use crate::dns_server::{DnsServer, Says, address, alias};

fn message(of: &str, kind: RecordType, code: ResponseCode, records: &[Record]) -> Vec<u8> {
    let mut message = Message::response(7, OpCode::Query);
    message.metadata.message_type = MessageType::Response;
    message.metadata.response_code = code;
    message.add_query(Query::query(Name::from_ascii(format!("{of}.")).unwrap(), kind));
    message.add_answers(records.to_vec());
    message.to_vec().unwrap()
}

/// What one question for A comes to: of the network, and of messages in a row.
fn both(replies: &[(&str, ResponseCode, Vec<Record>)]) -> [Result<Vec<String>, Reason>; 2] {
    let script = replies.iter().map(|(name, code, records)| {
        (*name, RecordType::A, vec![Says::Code(*code, records.clone())])
    });
    let server = DnsServer::new(script);
    let asked = run_once(&server);
    let of_network = match asked.answers.first() {
        Some(answer) => Ok((answer.cnames.clone(), answer.addresses.clone())),
        None => Err(reason(&asked)),
    };
    let mut messages =
        replies.iter().map(|(name, code, records)| message(name, RecordType::A, *code, records));
    let of_messages = heard(HOST, false, &mut messages);
    [of_network, of_messages].map(|heard| {
        heard.map(|(cnames, addresses)| {
            cnames.into_iter().chain(addresses.iter().map(ToString::to_string)).collect()
        })
    })
}

#[test]
fn they_come_to_the_same() {
    use ResponseCode::{NXDomain, NoError, Refused, ServFail};
    let far = vec![address("far.example", "192.0.2.1", 60)];
    let circle = vec![alias(HOST, "far.example", 60), alias("far.example", HOST, 60)];
    let said = |expected: &[&str]| Ok(expected.iter().map(|text| (*text).to_owned()).collect());
    for (replies, expected) in [
        (vec![(HOST, NoError, vec![address(HOST, "192.0.2.1", 60)])], said(&["192.0.2.1"])),
        (
            vec![
                (HOST, NoError, vec![alias(HOST, "far.example", 60)]),
                ("far.example", NoError, far.clone()),
            ],
            said(&["far.example", "192.0.2.1"]),
        ),
        (vec![(HOST, NoError, circle)], Err(Reason::TooManyAliases)),
        (vec![(HOST, NoError, far)], Err(Reason::NoAddress)),
        (vec![(HOST, NXDomain, Vec::new())], Err(Reason::NoSuchName)),
        (vec![(HOST, ServFail, Vec::new())], Err(Reason::ServerFailure)),
        (vec![(HOST, Refused, Vec::new())], Err(Reason::Refused)),
    ] {
        let [of_network, of_messages] = both(&replies);
        assert_eq!(of_network, expected);
        assert_eq!(of_messages, expected);
    }
}

#[test]
fn both_kinds_are_read_and_silence_is_what_there_is_no_message_for() {
    let v4 = [address(HOST, "192.0.2.1", 60)];
    let v6 = [address(HOST, "2001:db8::1", 60)];
    let a = message(HOST, RecordType::A, ResponseCode::NoError, &v4);
    let aaaa = message(HOST, RecordType::AAAA, ResponseCode::NoError, &v6);
    let read = |messages: &[&Vec<u8>]| {
        let mut messages = messages.iter().map(|message| (*message).clone());
        heard("API.ecr.eu-west-1.amazonaws.com.", true, &mut messages).map(|heard| heard.1)
    };
    let expected = |texts: &[&str]| -> BTreeSet<_> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    };
    assert_eq!(read(&[&a, &aaaa]), Ok(expected(&["192.0.2.1", "2001:db8::1"])));
    assert_eq!(read(&[&a]), Ok(expected(&["192.0.2.1"])));
    assert_eq!(read(&[]), Err(Reason::NoAnswer));
    // About A where AAAA was asked for, and cut short.
    assert_eq!(read(&[&a, &a]), Ok(expected(&["192.0.2.1"])));
    assert!(matches!(read(&[&aaaa]), Err(Reason::Malformed(_) | Reason::NoAnswer)));
    assert!(matches!(read(&[&a[..20].to_vec()]), Err(Reason::Malformed(_))));
}

#[test]
fn what_cannot_be_read_is_said_in_one_line_that_moves_no_cursor() {
    // EDNS belongs to the root, and here to a name that clears the screen, or that cannot be decoded.
    for name in [&b"\x05\x1b[2J\n"[..], b"\x09xn--\xefN[ws"] {
        let mut bytes = message(HOST, RecordType::A, ResponseCode::NoError, &[]);
        bytes[11] = 1;
        bytes.extend(name);
        bytes.extend(b"\0\0\x29\x04\xd0\0\0\0\0\0\0");
        let said = heard(HOST, false, &mut [bytes].into_iter()).unwrap_err().to_string();
        assert!(said.contains("EDNS") && !said.contains(char::is_control), "{said:?}");
    }
}

#[test]
fn a_text_that_is_no_name_is_asked_nothing() {
    let mut asked = 0;
    let mut messages = std::iter::from_fn(|| {
        asked += 1;
        None
    });
    assert_eq!(heard("", true, &mut messages), Err(Reason::NotAName));
    assert_eq!(asked, 0);
    let server = DnsServer::new([]);
    assert_eq!(reason(&run(&[""], &asking(&[server.address()]))), Reason::NotAName);
}
