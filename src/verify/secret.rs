//! Which service has a secret.

use crate::cloudformation::{Evaluated, Piece, Value};

/// The name of the key that AWS keeps for Secrets Manager, as a name or as the end of an ARN.
const KEY_OF_AWS: &str = "alias/aws/secretsmanager";

/// Whether a secret that is made here has a key of its own.
pub(super) fn has_key(evaluated: &Evaluated, secret: &Value) -> bool {
    let pieces = secret.as_text().map_or(&[][..], |text| text.pieces());
    pieces.iter().any(|piece| {
        let Piece::Created(created) = piece else { return false };
        let secret = evaluated.resource(created);
        let key = secret.and_then(|secret| secret.properties.get("KmsKeyId"));
        let is_of_aws =
            |key: &Value| key.as_text().is_some_and(|key| key.ending().ends_with(KEY_OF_AWS));
        key.is_some_and(|key| !is_of_aws(key))
    })
}

/// The service that has a secret.
pub(super) enum SecretOf {
    /// Secrets Manager.
    SecretsManager,
    /// Parameter Store of Systems Manager.
    ParameterStore,
    /// The templates do not say.
    Unknown,
}

/// Which service has a secret, by the form of its ARN; a plain name is a parameter's.
pub(super) fn secret_of(evaluated: &Evaluated, secret: &Value, is_credentials: bool) -> SecretOf {
    if is_credentials {
        return SecretOf::SecretsManager;
    }
    let Some(text) = secret.as_text() else { return SecretOf::Unknown };
    for piece in text.pieces() {
        match piece {
            Piece::Created(created) => {
                return match evaluated.resource(created) {
                    Some(made) if made.kind == "AWS::SSM::Parameter" => SecretOf::ParameterStore,
                    _ => SecretOf::SecretsManager,
                };
            }
            Piece::Known(known) if known.contains(":secretsmanager:") => {
                return SecretOf::SecretsManager;
            }
            Piece::Known(known) if known.contains(":ssm:") => return SecretOf::ParameterStore,
            _ => {}
        }
    }
    let beginning = text.beginning();
    let may_be_arn = beginning.starts_with("arn:") || "arn:".starts_with(beginning);
    if may_be_arn { SecretOf::Unknown } else { SecretOf::ParameterStore }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudformation::Place;
    use crate::verify::network::templates::world;
    use crate::verify::texts::written;
    use serde_json::json;

    #[test]
    fn the_form_of_a_secrets_name_tells_which_service_has_it() {
        let world = world(&[json!({
            "Parameter": {"Type": "AWS::SSM::Parameter"},
            "Secret": {"Type": "AWS::SecretsManager::Secret",
                "Properties": {"KmsKeyId": {"Ref": "Key"}}},
            "OfAws": {"Type": "AWS::SecretsManager::Secret",
                "Properties": {"KmsKeyId": "alias/aws/secretsmanager"}},
        })]);
        let value = |form: &str| Value::text(Place { file: 0, start: 0, end: 1 }, written(form));
        let read =
            |form: &str, is_credentials| match secret_of(&world, &value(form), is_credentials) {
                SecretOf::SecretsManager => "secret",
                SecretOf::ParameterStore => "parameter",
                SecretOf::Unknown => "unknown",
            };
        let table = [
            ("arn:aws:secretsmanager:{region}:1:secret:a", "secret"),
            ("arn:{partition}:ssm:us-east-1:1:parameter/a", "parameter"),
            ("<Secret>:password::", "secret"),
            ("<Parameter>", "parameter"),
            ("arn:aws:ssm:us-east-1:1:parameter/<Parameter>", "parameter"),
            ("/app/password", "parameter"),
            ("/app/{stage}/password", "parameter"),
            ("arn:{partition}:{rest}", "unknown"),
            ("a{rest}", "unknown"),
            ("{secret}", "unknown"),
        ];
        for (form, expected) in table {
            assert_eq!(read(form, false), expected, "{form}");
            assert_eq!(read(form, true), "secret", "{form}");
        }
        assert!(has_key(&world, &value("<Secret>:password::")));
        assert!(!has_key(&world, &value("<OfAws>")));
        assert!(!has_key(&world, &value("<Parameter>")));
        assert!(!has_key(&world, &value("arn:aws:secretsmanager:us-east-1:1:secret:Secret")));
    }
}
