//! JSON in a text of which pieces may be unknown.

use crate::cloudformation::{Field, Kind, Piece, Place, Text, Unknown, Value};

/// JSON as far as it is known.
pub(super) struct Json {
    /// What it says, without what is `null`; every scalar is a text, and so is every key.
    pub(super) value: Value,
    /// Whether a key is not known, so that any may be there.
    pub(super) unknown_keys: bool,
}

/// Reads JSON in which pieces are not known, inside of strings or in place of whole values. All of
/// it stands at `place`; of equal keys the last counts.
///
/// # Errors
/// Why it is no JSON; with unknown pieces filled in it may be.
pub(super) fn parse(text: &Text, place: Place) -> Result<Json, String> {
    let Some(mark) = ('\u{e000}'..='\u{f8ff}').find(|mark| !has(text, *mark)) else {
        return Err("it has every private letter there is".to_owned());
    };
    let mut reader = Reader { mark, unknown: Vec::new(), place, unknown_keys: false };
    let marked = reader.marked(text);
    let json = serde_json::from_str(&marked).map_err(|error| format!("it is not JSON: {error}"))?;
    let value = reader.value(json).ok_or_else(|| "it is `null`".to_owned())?;
    Ok(Json { value, unknown_keys: reader.unknown_keys })
}

/// Whether a letter is in a text as JSON may write it.
fn has(text: &Text, letter: char) -> bool {
    let escaped = format!("\\u{:04x}", u32::from(letter));
    text.pieces().iter().any(|piece| match piece {
        Piece::Known(known) => {
            known.contains(letter) || known.to_ascii_lowercase().contains(&escaped)
        }
        _ => false,
    })
}

struct Reader {
    /// Stands on both sides of the number of an unknown piece.
    mark: char,
    unknown: Vec<Piece>,
    place: Place,
    unknown_keys: bool,
}

impl Reader {
    /// The text with a mark in the place of each unknown piece: within a string it is part of it,
    /// elsewhere it is a string of its own.
    fn marked(&mut self, text: &Text) -> String {
        let mark = self.mark;
        let mut marked = String::new();
        let (mut in_string, mut escaped) = (false, false);
        for piece in text.pieces() {
            let Piece::Known(known) = piece else {
                let quote = if in_string { "" } else { "\"" };
                marked.push_str(&format!("{quote}{mark}{}{mark}{quote}", self.unknown.len()));
                self.unknown.push(if in_string { piece.clone() } else { any_number(piece) });
                // An escape that an unknown piece cuts is taken to be none.
                escaped = false;
                continue;
            };
            for letter in known.chars() {
                match letter {
                    _ if escaped => escaped = false,
                    '\\' if in_string => escaped = true,
                    '"' => in_string = !in_string,
                    _ => {}
                }
            }
            marked.push_str(known);
        }
        marked
    }

    /// `None` for `null`. serde_json goes no deeper than 128.
    fn value(&mut self, json: serde_json::Value) -> Option<Value> {
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
                    let key = self.text(&key);
                    self.unknown_keys |= key.has_unknown();
                    let key = key.to_string();
                    Some(Field { key, key_place: self.place, value: self.value(value)? })
                };
                Kind::Map(fields.into_iter().filter_map(field).collect())
            }
        };
        Some(Value { place: self.place, kind })
    }

    fn text(&self, marked: &str) -> Text {
        // Marks come in pairs with a number between them.
        let parts = marked.split(self.mark).enumerate();
        Text::new(parts.map(|(at, part)| {
            let piece = (at % 2 == 1).then(|| part.parse::<usize>().ok()).flatten();
            let piece = piece.and_then(|number| self.unknown.get(number));
            piece.cloned().unwrap_or_else(|| Piece::Known(part.to_owned()))
        }))
    }
}

/// The same piece where it stands for a value, or for several with commas between them.
fn any_number(piece: &Piece) -> Piece {
    match piece {
        Piece::Unknown(unknown) => Piece::Unknown(Unknown { many: true, ..unknown.clone() }),
        piece => piece.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::texts::written;

    const PLACE: Place = Place { file: 0, start: 3, end: 9 };

    fn piece(name: &str) -> Piece {
        written(&format!("{{{name}}}")).pieces()[0].clone()
    }

    /// A text with `${Name}` for what is unknown.
    fn sub(text: &str) -> Text {
        let mut pieces = Vec::new();
        for (at, part) in text.split("${").enumerate() {
            match part.split_once('}') {
                Some((name, rest)) if at > 0 => {
                    pieces.push(piece(name));
                    pieces.push(Piece::Known(rest.to_owned()));
                }
                _ => pieces.push(Piece::Known(part.to_owned())),
            }
        }
        Text::new(pieces)
    }

    fn flat(value: &Value) -> String {
        match &value.kind {
            Kind::Text(text) => {
                let pieces = text.pieces().iter().map(|piece| match piece {
                    Piece::Unknown(one) if one.many => format!("<{}…>", one.key),
                    Piece::Unknown(one) => format!("<{}>", one.key),
                    Piece::Created(one) => format!("<{}>", one.id),
                    Piece::Known(known) => known.clone(),
                });
                pieces.collect()
            }
            Kind::List(items) => {
                format!("[{}]", items.iter().map(flat).collect::<Vec<_>>().join(" "))
            }
            Kind::Map(fields) => {
                let fields = fields.iter().map(|f| format!("{}={}", f.key, flat(&f.value)));
                format!("{{{}}}", fields.collect::<Vec<_>>().join(" "))
            }
        }
    }

    fn shown(text: &str) -> String {
        match parse(&sub(text), PLACE) {
            Ok(Json { value, unknown_keys: false }) => flat(&value),
            Ok(Json { value, unknown_keys: true }) => format!("{} ?", flat(&value)),
            Err(why) => why,
        }
    }

    #[test]
    fn json_is_read_around_what_is_unknown() {
        let table = [
            (r#"{"a": "b", "c": ["d", 1, true]}"#, "{a=b c=[d 1 true]}"),
            (r#"{"a": "x-${A}-y-${B}"}"#, "{a=x-<A>-y-<B>}"),
            (r#"{"a": "\"${A}\\"}"#, r#"{a="<A>\}"#),
            (r#"{"a": ${A}, "b": [${B}]}"#, "{a=<A…> b=[<B…>]}"),
            (r#"{"a": "1", "b": "2", "a": "3"}"#, "{a=3 b=2}"),
            (r#"{"a": null, "b": [null, {}]}"#, "{b=[{}]}"),
            (r#"{"${A}": 1}"#, "{A=1} ?"),
            (r#""x""#, "x"),
            ("null", "it is `null`"),
            ("${A}", "<A…>"),
            // The column counts what stands in the place of the piece.
            ("{${A}}", "it is not JSON: expected `:` at line 1 column 11"),
            (r#"{"a": 1"#, "it is not JSON: EOF while parsing an object at line 1 column 7"),
            ("", "it is not JSON: EOF while parsing a value at line 1 column 0"),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text), expected, "{text}");
        }
        assert_eq!(parse(&sub("{}"), PLACE).unwrap().value.place, PLACE);
    }

    #[test]
    fn private_letters_of_the_text_are_left_alone() {
        let text = "{\"a\": \"\u{e000}0\u{e000}${A}\", \"b\": \"\\uE001${A}\"}";
        assert_eq!(shown(text), "{a=\u{e000}0\u{e000}<A> b=\u{e001}<A>}");
        let all: String = ('\u{e000}'..='\u{f8ff}').collect();
        assert_eq!(shown(&format!("\"{all}\"")), "it has every private letter there is");
    }

    #[test]
    fn deep_texts_end() {
        assert!(shown(&"[".repeat(1_000_000)).starts_with("it is not JSON: recursion limit"));
    }
}
