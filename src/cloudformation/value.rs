//! What a property of a resource is, as far as the templates tell.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::keys;
use crate::truth::Truth;

/// Where something stands in the files of a world.
///
/// Order: by file as given, then by byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Which of the files, from 0.
    pub file: u32,
    /// The first byte.
    pub start: u32,
    /// The byte behind the last; at least `start`.
    pub end: u32,
}

impl Place {
    /// The bytes it covers in its file.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A value with its place.
#[derive(Debug, Clone)]
pub struct Value {
    /// Where it was written: for a parameter's value, where the reference stands.
    pub place: Place,
    /// What it is.
    pub kind: Kind,
}

/// The kinds of values.
///
/// CloudFormation makes no difference between `"true"` and `true` or between `443` and `"443"`, so
/// every scalar is a text.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A text, a number or a truth value, known in whole, in part or not at all. What is wholly
    /// unknown may turn out to be a list or a map.
    Text(Text),
    /// A list, in the order of the file.
    List(Vec<Value>),
    /// Keys with values, in the order of the file.
    Map(Vec<Field>),
}

/// A key of a map with its value.
#[derive(Debug, Clone)]
pub struct Field {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_place: Place,
    /// The value.
    pub value: Value,
}

/// A text of known and unknown pieces: `com.amazonaws.${AWS::Region}.s3`.
///
/// Known pieces never stand beside each other and are never empty, so that equal texts have equal
/// pieces; the empty text has no piece.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text(Vec<Piece>);

/// A piece of a [`Text`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Piece {
    /// Known letters.
    Known(String),
    /// The id that a resource of the world gets when it is made.
    Created(Created),
    /// Anything.
    Unknown(Unknown),
}

/// A resource of the world, standing for the id it gets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Created {
    /// Which of the files makes it, from 0.
    pub file: u32,
    /// Its logical id.
    pub id: Arc<str>,
}

/// What is not known, but equals itself.
///
/// Two of them are equal when their keys are.
#[derive(Debug, Clone)]
pub struct Unknown {
    /// What it is: `parameter 0 VpcId`. The same key always has the same value.
    pub key: Arc<str>,
    /// What a person would call it: `${VpcId}`.
    pub name: Arc<str>,
    /// Why it is not known: `parameter VpcId has no value`.
    pub why: Arc<str>,
    /// Whether it is a list, or may be one, of any length.
    pub many: bool,
}

impl PartialEq for Unknown {
    fn eq(&self, other: &Unknown) -> bool {
        self.key == other.key
    }
}

impl Eq for Unknown {}

impl PartialOrd for Unknown {
    fn partial_cmp(&self, other: &Unknown) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Unknown {
    fn cmp(&self, other: &Unknown) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl std::hash::Hash for Unknown {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl Created {
    /// The key of an attribute that is known only when the resource is made.
    pub fn attribute_key(&self, name: &str) -> String {
        keys::of_attribute(self.file, &self.id, name)
    }
}

impl Text {
    /// A text of these pieces, joined where they are known.
    pub fn new(pieces: impl IntoIterator<Item = Piece>) -> Text {
        let mut text = Text::default();
        for piece in pieces {
            text.push(piece);
        }
        text
    }

    /// A known text.
    pub fn known(text: impl Into<String>) -> Text {
        Text::new([Piece::Known(text.into())])
    }

    /// A text of which nothing is known.
    pub fn unknown(unknown: Unknown) -> Text {
        Text(vec![Piece::Unknown(unknown)])
    }

    /// The id of a resource of the world.
    pub fn created(created: Created) -> Text {
        Text(vec![Piece::Created(created)])
    }

    /// Adds a piece to the end.
    pub fn push(&mut self, piece: Piece) {
        match (self.0.last_mut(), piece) {
            (_, Piece::Known(text)) if text.is_empty() => {}
            (Some(Piece::Known(last)), Piece::Known(text)) => last.push_str(&text),
            (_, piece) => self.0.push(piece),
        }
    }

    /// Adds a whole text to the end.
    pub fn append(&mut self, other: Text) {
        other.0.into_iter().for_each(|piece| self.push(piece));
    }

    /// Its pieces, from the first letter to the last; none where it is empty.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// The letters, if all of them are known.
    pub fn as_known(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Known(text)] => Some(text),
            _ => None,
        }
    }

    /// The resource whose id it is, if it is one and nothing else.
    pub fn as_created(&self) -> Option<&Created> {
        match self.0.as_slice() {
            [Piece::Created(created)] => Some(created),
            _ => None,
        }
    }

    /// What is not known, if nothing of it is.
    pub fn as_unknown(&self) -> Option<&Unknown> {
        match self.0.as_slice() {
            [Piece::Unknown(unknown)] => Some(unknown),
            _ => None,
        }
    }

    /// Whether something in it is unknown other than the ids of resources.
    pub fn has_unknown(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Unknown(_)))
    }

    /// Why not all of it is known, if it is not: the reason of the first piece that is not known.
    pub fn why(&self) -> Option<Cow<'_, str>> {
        self.0.iter().find_map(|piece| match piece {
            Piece::Known(_) => None,
            Piece::Created(created) => {
                Some(Cow::Owned(format!("{} is yet to be made", created.id)))
            }
            Piece::Unknown(unknown) => Some(Cow::Borrowed(&*unknown.why)),
        })
    }

    /// Whether both are the same text, whatever the unknown pieces are.
    ///
    /// A text equals itself. Two resources have two ids. What begins or ends with other letters is
    /// another text. Whether a known id is that of a resource that is yet to be made is unknown
    /// here; [`Value::same`] knows more.
    pub fn same(&self, other: &Text) -> Truth {
        if self == other {
            return Truth::Yes;
        }
        if let (Some(_), Some(_)) = (self.as_known(), other.as_known()) {
            return Truth::No;
        }
        if let (Some(_), Some(_)) = (self.as_created(), other.as_created()) {
            return Truth::No;
        }
        let (first, last) = (Text::beginning, Text::ending);
        let apart =
            |a: &str, b: &str, compare: fn(&str, &str) -> bool| !(compare(a, b) || compare(b, a));
        let begins = |a: &str, b: &str| a.starts_with(b);
        let ends = |a: &str, b: &str| a.ends_with(b);
        let differ = apart(first(self), first(other), begins)
            || apart(last(self), last(other), ends)
            || self.is_longer_than_known(other)
            || other.is_longer_than_known(self);
        if differ { Truth::No } else { Truth::Unknown }
    }

    /// The known letters it begins with.
    pub fn beginning(&self) -> &str {
        match self.0.first() {
            Some(Piece::Known(text)) => text,
            _ => "",
        }
    }

    /// The known letters it ends with.
    pub fn ending(&self) -> &str {
        match self.0.last() {
            Some(Piece::Known(text)) => text,
            _ => "",
        }
    }

    /// Whether its known letters alone are more than the whole of `other`.
    fn is_longer_than_known(&self, other: &Text) -> bool {
        let letters = |text: &Text| -> usize {
            text.0
                .iter()
                .map(|piece| if let Piece::Known(text) = piece { text.len() } else { 0 })
                .sum()
        };
        other.as_known().is_some_and(|known| letters(self) > known.len())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Known(text) => f.write_str(text),
            Piece::Created(created) => f.write_str(&created.id),
            Piece::Unknown(unknown) => f.write_str(&unknown.name),
        })
    }
}

impl Value {
    /// A text at a place.
    pub fn text(place: Place, text: Text) -> Value {
        Value { place, kind: Kind::Text(text) }
    }

    /// Its text; `None` for a list or a map.
    pub fn as_text(&self) -> Option<&Text> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Its letters, if it is a text and all of them are known.
    pub fn as_known(&self) -> Option<&str> {
        self.as_text().and_then(Text::as_known)
    }

    /// What is not known, if nothing of it is.
    pub fn as_unknown(&self) -> Option<&Unknown> {
        self.as_text().and_then(Text::as_unknown)
    }

    /// The resource whose id it is, if it is one and nothing else.
    pub fn as_created(&self) -> Option<&Created> {
        self.as_text().and_then(Text::as_created)
    }

    /// The value of a key of a map; `None` if there is none, or if it is not a map.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match &self.kind {
            Kind::Map(fields) => {
                fields.iter().find(|field| field.key == key).map(|field| &field.value)
            }
            _ => None,
        }
    }

    /// Its entries: those of a list, or itself, as CloudFormation takes one value for a list of one.
    /// An entry that is wholly unknown may stand for many.
    pub fn entries(&self) -> &[Value] {
        match &self.kind {
            Kind::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    /// Its fields; none if it is not a map.
    pub fn fields(&self) -> &[Field] {
        match &self.kind {
            Kind::Map(fields) => fields,
            _ => &[],
        }
    }

    /// What it says of a yes-or-no question, in any of the words that YAML 1.1 has for it; unknown
    /// where it is none of them: <https://yaml.org/type/bool.html>.
    pub fn truth(&self) -> Truth {
        let Some(text) = self.as_known() else { return Truth::Unknown };
        let is_one_of = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        if is_one_of(["true", "yes", "on", "y"]) {
            Truth::Yes
        } else if is_one_of(["false", "no", "off", "n"]) {
            Truth::No
        } else {
            Truth::Unknown
        }
    }

    /// Whether two texts are the same thing, as [`Text::same`] has it, and that an id written into a
    /// template is not that of a resource which the same template makes.
    pub fn same(&self, other: &Value) -> Truth {
        let (Some(a), Some(b)) = (self.as_text(), other.as_text()) else { return Truth::No };
        let apart = |made: &Text, id: &Text, id_place: Place| {
            made.as_created().is_some_and(|made| made.file == id_place.file)
                && id.as_known().is_some()
        };
        if apart(a, b, other.place) || apart(b, a, self.place) { Truth::No } else { a.same(b) }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Text(text) => text.fmt(f),
            Kind::List(items) => {
                for (number, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if number == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
            Kind::Map(_) => f.write_str("{…}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_yaml_for_yes_and_no_counts() {
        let truth = |text: &str| {
            Value::text(Place { file: 0, start: 0, end: 0 }, Text::known(text)).truth()
        };
        for (yes, no) in [("true", "false"), ("Yes", "No"), ("ON", "OFF"), ("y", "n"), ("Y", "N")] {
            assert_eq!((truth(yes), truth(no)), (Truth::Yes, Truth::No), "{yes} {no}");
        }
        for other in ["", "1", "0", "yess", "t"] {
            assert_eq!(truth(other), Truth::Unknown, "{other}");
        }
    }
}
