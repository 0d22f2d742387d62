//! Protocols and ports, as security groups and network ACLs write them.

use super::Traffic;
use super::parts::why;
use crate::cloudformation::Value;

const ICMP: u8 = 1;
/// IANA's number of TCP.
pub(in crate::verify) const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMPV6: u8 = 58;

/// What `IpProtocol` with `FromPort` and `ToPort` lets through.
///
/// TCP and UDP need both ports. For ICMP they are the type and its code, `-1` for all of them; the
/// code is not looked at. Ports of other protocols are not looked at by EC2.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html>
pub(super) fn traffic(
    protocol: Option<&Value>,
    from: Option<&Value>,
    to: Option<&Value>,
) -> Traffic {
    let Some(protocol) = protocol else { return Traffic::Nothing };
    let Some(word) = protocol.as_known() else { return Traffic::Unknown(why(protocol)) };
    let protocol = match word.to_ascii_lowercase().as_str() {
        "-1" => return Traffic::All,
        "icmp" => ICMP,
        "tcp" => TCP,
        "udp" => UDP,
        "icmpv6" => ICMPV6,
        word => match (word.parse::<u8>(), word.parse::<i64>()) {
            (Ok(number), _) => number,
            (_, Ok(_)) => return Traffic::Nothing,
            _ => return Traffic::Unknown(format!("`{word}` is not a protocol that is known")),
        },
    };
    match protocol {
        TCP | UDP => ports(protocol, from, to),
        ICMP | ICMPV6 => types(protocol, from),
        _ => Traffic::Ports { protocol, from: 0, to: u16::MAX },
    }
}

fn ports(protocol: u8, from: Option<&Value>, to: Option<&Value>) -> Traffic {
    let (Some(from), Some(to)) = (from, to) else { return Traffic::Nothing };
    if let Some(open) = [from, to].into_iter().find(|port| port.as_known().is_none()) {
        return Traffic::Unknown(why(open));
    }
    match (port(from), port(to)) {
        (Some(from), Some(to)) if from <= to => Traffic::Ports { protocol, from, to },
        _ => Traffic::Nothing,
    }
}

fn types(protocol: u8, kind: Option<&Value>) -> Traffic {
    let all = Traffic::Ports { protocol, from: 0, to: u16::MAX };
    let Some(kind) = kind else { return all };
    match kind.as_known() {
        None => Traffic::Unknown(why(kind)),
        Some("-1") => all,
        Some(_) => port(kind).map_or(Traffic::Nothing, |kind| Traffic::Ports {
            protocol,
            from: kind,
            to: kind,
        }),
    }
}

fn port(value: &Value) -> Option<u16> {
    value.as_known().and_then(|text| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::network::parts::property;
    use crate::verify::network::templates::world;
    use serde_json::{Value as Json, json};

    fn read(properties: Json) -> Traffic {
        let world = world(&[json!({"A": {"Type": "T", "Properties": properties}})]);
        let [protocol, from, to] =
            ["IpProtocol", "FromPort", "ToPort"].map(|key| property(&world.resources[0], key));
        traffic(protocol.as_ref(), from.as_ref(), to.as_ref())
    }

    #[test]
    fn protocols_and_ports_are_read_as_ec2_reads_them() {
        let ports = |protocol, from, to| Traffic::Ports { protocol, from, to };
        let unknown = Traffic::Unknown("nobody knows P".to_owned());
        let p = json!({"Ref": "P"});
        let table = [
            (json!(["-1"]), Traffic::All),
            (json!([-1, 443, 443]), Traffic::All),
            (json!(["tcp", 443, 443]), ports(6, 443, 443)),
            (json!(["TCP", "443", "444"]), ports(6, 443, 444)),
            (json!([6, 0, 65535]), ports(6, 0, 65535)),
            (json!(["udp", 53, 53]), ports(17, 53, 53)),
            (json!(["17", 53, 53]), ports(17, 53, 53)),
            (json!(["tcp"]), Traffic::Nothing),
            (json!(["tcp", 443]), Traffic::Nothing),
            (json!(["tcp", 443, 80]), Traffic::Nothing),
            (json!(["tcp", 0, 65536]), Traffic::Nothing),
            (json!(["tcp", -1, -1]), Traffic::Nothing),
            (json!(["tcp", "https", "https"]), Traffic::Nothing),
            (json!(["tcp", p, 443]), unknown.clone()),
            (json!(["tcp", 443, p]), unknown.clone()),
            (json!([p, 443, 443]), unknown.clone()),
            (json!(["icmp", -1, -1]), ports(1, 0, 65535)),
            (json!(["icmp"]), ports(1, 0, 65535)),
            (json!(["icmp", 252, 86]), ports(1, 252, 252)),
            (json!(["icmp", p, -1]), unknown),
            (json!(["icmpv6", 128, 0]), ports(58, 128, 128)),
            (json!([50, 443, 443]), ports(50, 0, 65535)),
            (json!([256, 443, 443]), Traffic::Nothing),
            (json!([-2]), Traffic::Nothing),
            (json!([]), Traffic::Nothing),
        ];
        for (given, expected) in table {
            let mut properties = serde_json::Map::new();
            for (key, value) in
                ["IpProtocol", "FromPort", "ToPort"].iter().zip(given.as_array().unwrap())
            {
                properties.insert((*key).to_owned(), value.clone());
            }
            assert_eq!(read(properties.into()), expected, "{given}");
        }
        assert!(matches!(read(json!({"IpProtocol": "https"})), Traffic::Unknown(_)));
    }
}
