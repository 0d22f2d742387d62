//! What functions of known values come to.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::{Kind, Piece, Text, Value};

/// Base64 with padding, as RFC 4648 section 4 has it.
pub(super) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| chunk.get(at).copied().map_or(0, u32::from);
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            if at <= chunk.len() {
                let letter = (bits >> (18 - 6 * at)) & 0x3f;
                text.push(char::from(LETTERS[letter as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

/// The first prefixes of a prefix with this many bits left for hosts; `None` where there are not
/// as many of them.
pub(super) fn cidrs(base: &str, count: u32, bits: u32) -> Option<Vec<String>> {
    let bits = u8::try_from(bits).ok()?;
    let count = usize::try_from(count).ok().filter(|count| (1..=256).contains(count))?;
    let texts: Vec<String> = match base.trim().parse::<IpNet>().ok()? {
        IpNet::V4(base) => {
            let subnets = base.trunc().subnets(32_u8.checked_sub(bits)?).ok()?;
            subnets.take(count).map(|one: Ipv4Net| one.to_string()).collect()
        }
        IpNet::V6(base) => {
            let subnets = base.trunc().subnets(128_u8.checked_sub(bits)?).ok()?;
            subnets.take(count).map(|one: Ipv6Net| one.to_string()).collect()
        }
    };
    (texts.len() == count).then_some(texts)
}

/// JSON of a value, with every scalar as a text; false where something in it may be a list.
pub(super) fn json(value: &Value, out: &mut Text) -> bool {
    let mut known = |text: &str| out.push(Piece::Known(text.to_owned()));
    match &value.kind {
        Kind::Text(text) => {
            if text.as_unknown().is_some_and(|unknown| unknown.many) {
                return false;
            }
            known("\"");
            for piece in text.pieces() {
                match piece {
                    Piece::Known(text) => {
                        let quoted = serde_json::Value::from(text.as_str()).to_string();
                        out.push(Piece::Known(quoted[1..quoted.len() - 1].to_owned()));
                    }
                    piece => out.push(piece.clone()),
                }
            }
            out.push(Piece::Known("\"".into()));
            true
        }
        Kind::List(items) => {
            known("[");
            for (number, item) in items.iter().enumerate() {
                if number > 0 {
                    out.push(Piece::Known(",".into()));
                }
                if !json(item, out) {
                    return false;
                }
            }
            out.push(Piece::Known("]".into()));
            true
        }
        Kind::Map(fields) => {
            known("{");
            for (number, field) in fields.iter().enumerate() {
                let comma = if number > 0 { "," } else { "" };
                let key = serde_json::Value::from(field.key.as_str());
                out.push(Piece::Known(format!("{comma}{key}:")));
                if !json(&field.value, out) {
                    return false;
                }
            }
            out.push(Piece::Known("}".into()));
            true
        }
    }
}
