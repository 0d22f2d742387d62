//! JSON in a text of known and unknown pieces.

use crate::cloudformation::{Field, Kind, Piece, Place, Text, Value};

// Letters for private use: what is not known stands between them, by its number.
const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';

/// Reads JSON in which pieces are not known, inside of strings or in place of whole values. All of
/// it stands at `place`.
///
/// # Errors
/// Why it is no such JSON.
pub(super) fn parse(text: &Text, place: Place) -> Result<Value, String> {
    let mut json = String::new();
    let mut in_string = false;
    for (number, piece) in text.pieces().iter().enumerate() {
        match piece {
            Piece::Known(known) if known.contains([OPEN, CLOSE]) => {
                return Err("it has letters that are for private use".to_owned());
            }
            Piece::Known(known) => {
                in_string = ends_in_string(known, in_string);
                json.push_str(known);
            }
            _ => {
                let quote = if in_string { "" } else { "\"" };
                json.push_str(&format!("{quote}{OPEN}{number}{CLOSE}{quote}"));
            }
        }
    }
    let json = serde_json::from_str(&json).map_err(|error| format!("it is not JSON: {error}"))?;
    let reader = Reader { pieces: text.pieces(), place };
    reader.value(json).ok_or_else(|| "it is `null`".to_owned())
}

/// Whether JSON is inside of a string at its end. An escape that is cut by an unknown piece cannot
/// be told, and is taken to be none.
fn ends_in_string(json: &str, mut in_string: bool) -> bool {
    let mut escaped = false;
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ => {}
        }
    }
    in_string
}

struct Reader<'a> {
    pieces: &'a [Piece],
    place: Place,
}

impl Reader<'_> {
    /// `None` for `null`. serde_json goes no deeper than 128.
    fn value(&self, json: serde_json::Value) -> Option<Value> {
        use serde_json::Value as Json;
        let kind = match json {
            Json::Null => return None,
            Json::Bool(truth) => Kind::Text(Text::known(truth.to_string())),
            Json::Number(number) => Kind::Text(Text::known(number.to_string())),
            Json::String(text) => Kind::Text(self.text(&text)),
            Json::Array(items) => {
                Kind::List(items.into_iter().filter_map(|item| self.value(item)).collect())
            }
            Json::Object(fields) => {
                let field = |(key, value): (String, Json)| {
                    let value = self.value(value)?;
                    let key = self.text(&key).to_string();
                    Some(Field { key, key_place: self.place, value })
                };
                Kind::Map(fields.into_iter().filter_map(field).collect())
            }
        };
        Some(Value { place: self.place, kind })
    }

    fn text(&self, marked: &str) -> Text {
        let mut parts = marked.split(OPEN);
        let mut text = Text::known(parts.next().unwrap_or_default());
        for part in parts {
            let (number, rest) = part.split_once(CLOSE).unwrap_or((part, ""));
            let piece = number.parse().ok().and_then(|number: usize| self.pieces.get(number));
            piece.into_iter().for_each(|piece| text.push(piece.clone()));
            text.push(Piece::Known(rest.to_owned()));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudformation::Unknown;
    use crate::truth::Truth;

    const PLACE: Place = Place { file: 0, start: 0, end: 0 };

    fn unknown(name: &str) -> Piece {
        let [key, shown, why] = [name, &format!("${{{name}}}"), "unknown"].map(|text| text.into());
        Piece::Unknown(Unknown { key, name: shown, why, many: false })
    }

    fn known(text: &str) -> Piece {
        Piece::Known(text.to_owned())
    }

    #[test]
    fn what_is_not_known_may_stand_in_strings_and_for_values() {
        let text = Text::new([
            known(r#"{"in": "a \" "#),
            unknown("X"),
            known(r#" b", "whole": "#),
            unknown("Y"),
            known(r#", ""#),
            unknown("Z"),
            known(r#"": [1, null, true, {}]}"#),
        ]);
        let value = parse(&text, PLACE).unwrap();
        assert_eq!(value.get("in").unwrap().to_string(), "a \" ${X} b");
        assert_eq!(&*value.get("whole").unwrap().as_unknown().unwrap().key, "Y");
        let list = value.get("${Z}").unwrap().entries();
        assert_eq!(list.iter().map(Value::to_string).collect::<Vec<_>>(), ["1", "true", "{…}"]);
        assert_eq!(list[1].truth(), Truth::Yes);
    }

    #[test]
    fn what_is_not_json_says_so() {
        let refused = |pieces: Vec<Piece>| parse(&Text::new(pieces), PLACE).unwrap_err();
        assert!(refused(vec![known("{")]).starts_with("it is not JSON: "));
        assert!(refused(vec![known("\"\u{E000}7\u{E001}\"")]).contains("private use"));
        assert_eq!(refused(vec![known("null")]), "it is `null`");
        assert!(refused(vec![known(&"[".repeat(1_000_000))]).starts_with("it is not JSON: "));
    }
}
