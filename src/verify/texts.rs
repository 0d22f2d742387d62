//! Cutting texts of which not every piece is known.
//!
//! Only known letters are looked at; what is unknown may hold any.

use crate::cloudformation::{Piece, Text};

/// What is before and behind the first `mark` that stands in a known piece.
pub(super) fn split(text: &Text, mark: &str) -> Option<(Text, Text)> {
    cut(text, |known| known.split_once(mark), text.pieces().iter().enumerate())
}

/// What is before and behind the last `mark` that stands in a known piece.
pub(super) fn split_last(text: &Text, mark: &str) -> Option<(Text, Text)> {
    cut(text, |known| known.rsplit_once(mark), text.pieces().iter().enumerate().rev())
}

/// What is behind `beginning`, if it begins so.
pub(super) fn strip_beginning(text: &Text, beginning: &str) -> Option<Text> {
    let (first, rest) = text.pieces().split_first()?;
    let Piece::Known(known) = first else { return None };
    let known = Piece::Known(known.strip_prefix(beginning)?.to_owned());
    Some(Text::new(std::iter::once(known).chain(rest.iter().cloned())))
}

/// What is before `ending`, if it ends so.
pub(super) fn strip_ending(text: &Text, ending: &str) -> Option<Text> {
    let (last, rest) = text.pieces().split_last()?;
    let Piece::Known(known) = last else { return None };
    let known = Piece::Known(known.strip_suffix(ending)?.to_owned());
    Some(Text::new(rest.iter().cloned().chain(std::iter::once(known))))
}

fn cut<'a>(
    text: &Text,
    once: impl Fn(&str) -> Option<(&str, &str)>,
    mut pieces: impl Iterator<Item = (usize, &'a Piece)>,
) -> Option<(Text, Text)> {
    pieces.find_map(|(number, piece)| {
        let Piece::Known(known) = piece else { return None };
        let (left, right) = once(known)?;
        let (left, right) = (Piece::Known(left.to_owned()), Piece::Known(right.to_owned()));
        let before = text.pieces()[..number].iter().cloned().chain(std::iter::once(left));
        let behind = text.pieces()[number + 1..].iter().cloned();
        Some((Text::new(before), Text::new(std::iter::once(right).chain(behind))))
    })
}

/// The six fields of an ARN; the last has the rest. The region is field 3, the account field 4.
pub(super) fn arn_fields(arn: &Text) -> Option<[Text; 6]> {
    let mut fields: [Text; 6] = Default::default();
    let mut at = 0;
    for piece in arn.pieces() {
        let Piece::Known(known) = piece else {
            fields[at].push(piece.clone());
            continue;
        };
        let mut rest = known.as_str();
        while at < 5
            && let Some((field, behind)) = rest.split_once(':')
        {
            fields[at].push(Piece::Known(field.to_owned()));
            at += 1;
            rest = behind;
        }
        fields[at].push(Piece::Known(rest.to_owned()));
    }
    (at == 5 && fields[0].as_known() == Some("arn")).then_some(fields)
}

/// A text written short, for tests: `{parameter 0 X}` is something unknown of that key, `<Id>` a
/// resource of the first file.
#[cfg(test)]
pub(super) fn written(form: &str) -> Text {
    use crate::cloudformation::{Created, Unknown};
    let mut text = Text::default();
    let mut rest = form;
    while let Some(at) = rest.find(['{', '<']) {
        let unknown = rest[at..].starts_with('{');
        let end = at + rest[at..].find(if unknown { '}' } else { '>' }).unwrap();
        text.push(Piece::Known(rest[..at].to_owned()));
        let inner = &rest[at + 1..end];
        text.push(if unknown {
            Piece::Unknown(Unknown {
                key: inner.into(),
                name: inner.into(),
                why: format!("{inner} is unknown").into(),
                many: false,
            })
        } else {
            Piece::Created(Created { file: 0, id: inner.into() })
        });
        rest = &rest[end + 1..];
    }
    text.push(Piece::Known(rest.to_owned()));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_where_letters_are_known() {
        let text = written("a.{x}.b.c");
        assert_eq!(split(&text, "."), Some((written("a"), written("{x}.b.c"))));
        assert_eq!(split_last(&text, "."), Some((written("a.{x}.b"), written("c"))));
        assert_eq!(strip_beginning(&text, "a."), Some(written("{x}.b.c")));
        assert_eq!(strip_ending(&text, ".b.c"), Some(written("a.{x}")));
        assert_eq!(split(&text, "x"), None);
        assert_eq!(strip_beginning(&written("{x}"), "x"), None);
        assert_eq!(strip_ending(&Text::default(), ""), None);
        assert_eq!(strip_ending(&written("a"), "a"), Some(Text::default()));
    }

    #[test]
    fn an_arn_has_six_fields() {
        let fields =
            |form: &str| arn_fields(&written(form)).map(|fields| fields.map(|f| f.to_string()));
        let six = |fields: [&str; 6]| Some(fields.map(str::to_owned));
        assert_eq!(
            fields("arn:{p}:ssm:{r}:1:parameter/a:b"),
            six(["arn", "p", "ssm", "r", "1", "parameter/a:b"])
        );
        assert_eq!(fields("arn:aws:s3:::<Bucket>"), six(["arn", "aws", "s3", "", "", "Bucket"]));
        for form in ["{arn}", "arn:aws:s3", "/a/b", "a:b:c:d:e:f"] {
            assert_eq!(fields(form), None, "{form}");
        }
    }
}
