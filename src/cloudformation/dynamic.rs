//! Dynamic references: `{{resolve:ssm:/network/vpc}}`, which CloudFormation looks up when it deploys.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html>

use super::{Piece, Text, Unknown, keys};
use crate::prefix::shorten;

const BEGIN: &str = "{{resolve:";
const END: &str = "}}";

/// The same text, with every dynamic reference in it unknown.
pub(super) fn resolve(text: Text) -> Text {
    let begins = |piece: &Piece| matches!(piece, Piece::Known(known) if known.contains(BEGIN));
    if !text.pieces().iter().any(begins) {
        return text;
    }
    let mut out = Text::default();
    // What follows a `{{resolve:` whose end has not come yet.
    let mut reference: Option<Text> = None;
    for piece in text.pieces() {
        let Piece::Known(known) = piece else {
            reference.as_mut().unwrap_or(&mut out).push(piece.clone());
            continue;
        };
        let mut rest = known.as_str();
        loop {
            let mark = if reference.is_some() { END } else { BEGIN };
            let Some(at) = rest.find(mark) else {
                reference.as_mut().unwrap_or(&mut out).push(Piece::Known(rest.into()));
                break;
            };
            let before = Piece::Known(rest[..at].into());
            rest = &rest[at + mark.len()..];
            match reference.take() {
                Some(mut inner) => {
                    inner.push(before);
                    out.push(Piece::Unknown(unknown(&inner)));
                }
                None => {
                    out.push(before);
                    reference = Some(Text::default());
                }
            }
        }
    }
    if let Some(unfinished) = reference {
        out.push(Piece::Known(BEGIN.into()));
        out.append(unfinished);
    }
    out
}

fn unknown(inner: &Text) -> Unknown {
    let name = format!("{BEGIN}{}{END}", shorten(&inner.to_string()));
    Unknown {
        key: format!("resolve {}", keys::of_text(inner)).into(),
        why: format!("`{name}` is looked up when it is deployed").into(),
        name: name.into(),
        many: false,
    }
}
