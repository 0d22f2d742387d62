//! Which service has a secret.

use crate::cloudformation::{Evaluated, Piece, Value};

/// Whether a secret that is made here has a key of its own.
pub(super) fn has_key(evaluated: &Evaluated, secret: &Value) -> bool {
    let pieces = secret.as_text().map_or(&[][..], |text| text.pieces());
    pieces.iter().any(|piece| {
        let Piece::Created(created) = piece else { return false };
        let mut resources = evaluated.resources.iter();
        resources.any(|one| {
            (one.file, &one.id) == (created.file, &created.id)
                && one.properties.get("KmsKeyId").is_some()
        })
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
                let is_parameter = evaluated.resources.iter().any(|one| {
                    (one.file, &one.id) == (created.file, &created.id)
                        && one.kind == "AWS::SSM::Parameter"
                });
                return if is_parameter {
                    SecretOf::ParameterStore
                } else {
                    SecretOf::SecretsManager
                };
            }
            Piece::Known(known) if known.contains(":secretsmanager:") => {
                return SecretOf::SecretsManager;
            }
            Piece::Known(known) if known.contains(":ssm:") => return SecretOf::ParameterStore,
            _ => {}
        }
    }
    match text.as_known() {
        Some(known) if !known.starts_with("arn:") => SecretOf::ParameterStore,
        _ => SecretOf::Unknown,
    }
}
