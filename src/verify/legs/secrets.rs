//! The ARN by which IAM knows what `ValueFrom` names.
//!
//! Sources: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html>,
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html>.

use super::super::evidence::Claim;
use super::super::texts::{arn_fields, split, strip_beginning};
use super::super::view::View;
use super::asks::{Reading, here};
use crate::cloudformation::{Piece, Text, Value};

/// What Secrets Manager adds to a secret's name in its ARN: a hyphen and six characters.
const ADDED: &str = "-??????";

/// The ARN of a secret, and what it may be instead: without JSON key and version, which are ECS's own,
/// and with the six characters that Secrets Manager adds, as IAM compares whole ARNs.
pub(super) fn secret_arn(view: &View<'_>, value: Option<&Value>) -> (Text, Option<Reading>) {
    let unseen = || (here(view, "secretsmanager"), None);
    let Some(value) = value else { return unseen() };
    match value.as_text() {
        Some(text) if text.beginning().starts_with("arn:") => of_arn(text, value),
        _ => unseen(),
    }
}

fn of_arn(text: &Text, value: &Value) -> (Text, Option<Reading>) {
    let Some(fields) = arn_fields(text) else { return (text.clone(), None) };
    let Some(name) = strip_beginning(&fields[5], "secret:") else { return (text.clone(), None) };
    let name = split(&name, ":").map_or(name, |(name, _)| name);
    let mut arn = Text::default();
    for field in &fields[..5] {
        arn.append(field.clone());
        arn.push(Piece::Known(":".to_owned()));
    }
    arn.push(Piece::Known("secret:".to_owned()));
    let may_be_whole = may_be_whole(&name);
    arn.append(name);
    let mut longer = arn.clone();
    longer.push(Piece::Known(ADDED.to_owned()));
    if !may_be_whole {
        return (longer, None);
    }
    let claim = |text: String| Claim::at(value.place, text);
    let reading = Reading {
        first: claim(format!("`{arn}` is the whole ARN of a secret")),
        this: claim(format!("`{arn}` is a secret's ARN without the six characters at its end")),
        resource: longer,
    };
    (arn, Some(reading))
}

/// Whether the name may have what Secrets Manager adds; a name of its own may end like that too.
fn may_be_whole(name: &Text) -> bool {
    let added = ADDED.len() - 1;
    let ending: Vec<char> = name.ending().chars().rev().take(ADDED.len()).collect();
    let is_like_it = ending.iter().take(added).all(char::is_ascii_alphanumeric);
    is_like_it
        && match ending.get(added) {
            Some(before) => *before == '-',
            None => name.as_known().is_none(),
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudformation::Place;
    use crate::verify::texts::written;

    #[test]
    fn iam_knows_a_secret_by_its_name_and_six_characters() {
        let table = [
            ("db", &["db-??????"][..]),
            ("db:password::", &["db-??????"]),
            ("app/db::AWSPREVIOUS:", &["app/db-??????"]),
            ("db-AbCdEf", &["db-AbCdEf", "db-AbCdEf-??????"]),
            ("db-AbCdEf:password::", &["db-AbCdEf", "db-AbCdEf-??????"]),
            ("my-secret", &["my-secret", "my-secret-??????"]),
            ("my-secrets", &["my-secrets-??????"]),
            ("my-se_ret", &["my-se_ret-??????"]),
            ("{name}", &["{name}", "{name}-??????"]),
            ("{name}:password::", &["{name}", "{name}-??????"]),
            ("{name}dEf", &["{name}dEf", "{name}dEf-??????"]),
            ("{name}/db", &["{name}/db-??????"]),
            ("{name}-AbCdEf", &["{name}-AbCdEf", "{name}-AbCdEf-??????"]),
        ];
        for (name, expected) in table {
            let arn =
                |name: &str| written(&format!("arn:aws:secretsmanager:{{r}}:{{a}}:secret:{name}"));
            let value = Value::text(Place { file: 0, start: 0, end: 1 }, arn(name));
            let (first, other) = of_arn(&arn(name), &value);
            let found: Vec<Text> =
                std::iter::once(first).chain(other.map(|other| other.resource)).collect();
            let expected: Vec<Text> = expected.iter().map(|name| arn(name)).collect();
            assert_eq!(found, expected, "{name}");
        }
    }
}
