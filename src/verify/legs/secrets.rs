//! The ARNs by which IAM knows what a definition names.
//!
//! Sources: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html>,
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html>.

use super::super::evidence::Claim;
use super::super::texts::{arn_fields, split, strip_beginning};
use super::super::view::View;
use super::asks::{Reading, ReadingKind, any, arn, arn_here, here};
use crate::cloudformation::{Piece, Text, Unknown, Value};

/// What Secrets Manager adds to a secret's name in its ARN: a hyphen and six characters.
const ADDED: &str = "-??????";

/// The ARN of a secret, and what it may be instead: without JSON key and version, which are ECS's own,
/// and with the six characters that Secrets Manager adds, as IAM compares whole ARNs.
pub(super) fn secret_arn(view: &View<'_>, value: Option<&Value>) -> (Text, Option<Reading>) {
    let named = |value: &Value| {
        let text = value.as_text()?;
        if text.beginning().starts_with("arn:") {
            return Some(of_arn(text, value));
        }
        let text = split(text, ":").map_or_else(|| text.clone(), |(secret, _)| secret);
        of_created(view, &text)
    };
    value.and_then(named).unwrap_or_else(|| (here(view, "secretsmanager"), None))
}

/// A secret that is made here: itself, and its ARN as far as that is known.
fn of_created(view: &View<'_>, text: &Text) -> Option<(Text, Option<Reading>)> {
    let made = view.evaluated.resource(text.as_created()?)?;
    if made.kind != "AWS::SecretsManager::Secret" {
        return None;
    }
    let name = made.properties.get("Name").and_then(Value::as_text);
    let arn = arn_here(view, "secretsmanager", |arn| {
        arn.push(Piece::Known("secret:".to_owned()));
        match name {
            Some(name) => arn.append(name.clone()),
            None => arn.push(any("the name of the secret")),
        }
        arn.push(Piece::Known(ADDED.to_owned()));
    });
    Some((text.clone(), Some(Reading { resource: arn, kind: ReadingKind::Alias })))
}

/// The ARN of a parameter, by which its name is known where it is in this region and account.
pub(super) fn parameter_arn(view: &View<'_>, value: Option<&Value>) -> Text {
    let unseen = || here(view, "ssm");
    let Some(text) = value.and_then(Value::as_text) else { return unseen() };
    let beginning = text.beginning();
    if beginning.starts_with("arn:") {
        return text.clone();
    }
    // What may be the beginning of an ARN, has a version, or stands for a secret.
    if "arn:".starts_with(beginning)
        || split(text, ":").is_some()
        || beginning.starts_with("/aws/reference/")
    {
        return unseen();
    }
    arn_here(view, "ssm", |arn| {
        let slash = if beginning.starts_with('/') { "" } else { "/" };
        arn.push(Piece::Known(format!("parameter{slash}")));
        arn.append(text.clone());
    })
}

/// The ARN of a log group's streams, and what IAM may compare instead.
///
/// Policies name a log group with `:*` behind it, for what is done with its streams too:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html>.
pub(super) fn log_group_arn(
    view: &View<'_>,
    group: Option<&Value>,
    region: Option<&Text>,
) -> (Text, Option<Reading>) {
    let Some((value, name)) = group.and_then(|value| Some((value, value.as_text()?))) else {
        return (here(view, "logs"), None);
    };
    let group = arn(view, "logs", |arn| {
        arn.append(region.unwrap_or(&view.evaluated.region).clone());
        arn.push(Piece::Known(":".to_owned()));
        arn.append(view.evaluated.account.clone());
        arn.push(Piece::Known(":log-group:".to_owned()));
        arn.append(name.clone());
    });
    let mut streams = group.clone();
    streams.push(Piece::Known(":log-stream:".to_owned()));
    // One of them, and not each: which one it is comes from the prefix and the task.
    streams.push(Piece::Unknown(Unknown {
        key: "any log stream".into(),
        name: "*".into(),
        why: "the name of the log stream is not known".into(),
        many: false,
    }));
    let made = name.as_created().and_then(|created| view.evaluated.resource(created));
    let other = if made.is_some_and(|made| made.kind == "AWS::Logs::LogGroup") {
        // `Fn::GetAtt` gives the ARN with `:*` behind it.
        Reading { resource: name.clone(), kind: ReadingKind::Alias }
    } else {
        let text = format!("what a policy allows on `{group}` it allows on its log streams");
        let kind = ReadingKind::Instead { first: None, this: Claim::at(value.place, text) };
        Reading { resource: group, kind }
    };
    (streams, Some(other))
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
    let kind = ReadingKind::Instead {
        first: Some(claim(format!("`{arn}` is the whole ARN of a secret"))),
        this: claim(format!("`{arn}` is a secret's ARN without the six characters at its end")),
    };
    let reading = Reading { resource: longer, kind };
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
