//! What a container asks for.

use super::super::fault::Fault;
use super::super::image::{Image, image};
use super::super::network::Container;
use super::super::secret::{SecretOf, has_key, secret_of};
use super::super::texts::arn_fields;
use super::gather::{Gather, unseen, why};
use super::{Reason, firelens};
use crate::cloudformation::{Piece, Value};
use crate::diagnostic::{Code, Severity};

/// Part of the name of every image of X-Ray's daemon.
const XRAY_DAEMON: &str = "aws-xray-daemon";

pub(super) fn container(gather: &mut Gather<'_>, container: &Container) {
    pulled(gather, container);
    logs(gather, container);
    if let Some(options) = &container.firelens_options {
        firelens::config(gather, &container.name, options);
    }
    secrets(gather, container);
    for file in &container.environment_files {
        gather.object(file, &format!("an environment file of {}", container.name));
    }
}

fn pulled(gather: &mut Gather<'_>, container: &Container) {
    let name = &container.name;
    let Some(value) = &container.image else {
        gather.fault(unseen(container.place, format!("container {name} names no image")));
        return;
    };
    let place = value.place;
    match image(value, gather.evaluated) {
        Image::PrivateEcr { account, region, form, .. } => {
            let text = format!("the image of {name}");
            if !gather.region(Some(&region), place, text.clone()) {
                let message = format!(
                    "the image of {name} is in ECR of `{region}`: its layers are in S3 there, where \
                     no gateway endpoint leads"
                );
                let fault = Fault::at(Severity::Warning, Code::ImageOtherRegion, place, message);
                gather.fault(
                    fault.label("another region").help(
                        "replicate it to the registry of the stack's region and name it there",
                    ),
                );
                return;
            }
            let reason = Reason { place, text };
            match account.as_known().and_then(|account| account.parse().ok()) {
                Some(account) => {
                    gather.found.registries.entry(account).or_default().insert(reason);
                }
                None => {
                    gather.found.unknown_registries.insert(reason);
                }
            }
            if let Some((label, message)) = form.doubt(value) {
                let fault = Fault::at(Severity::Note, Code::RegistryHost, place, message);
                gather.fault(
                    fault.label(label).help("name the host ACCOUNT.dkr.ecr.REGION.amazonaws.com"),
                );
            }
        }
        Image::PublicEcr | Image::Other { .. } => {
            let message = format!("`{value}` is not in private ECR, and no endpoint leads to it");
            let fault = Fault::at(Severity::Warning, Code::ImageOutsideEcr, place, message);
            gather.fault(
                fault
                    .label(format!("the image of {name}"))
                    .help("push it to a repository of private ECR and name it there"),
            );
        }
        Image::Unknown(why) => {
            let message = format!("where the image of {name} is cannot be told: {why}");
            gather.fault(
                unseen(place, message)
                    .help("if it is in private ECR, name its account: --account 012345678901"),
            );
        }
    }
    let pieces = value.as_text().map_or(&[][..], |text| text.pieces());
    let is_daemon =
        |piece: &Piece| matches!(piece, Piece::Known(known) if known.contains(XRAY_DAEMON));
    if pieces.iter().any(is_daemon) {
        gather.service("xray", place, format!("{name} is X-Ray's daemon"), None);
    }
}

fn logs(gather: &mut Gather<'_>, container: &Container) {
    let name = &container.name;
    let Some(driver) = &container.log_driver else { return };
    let option = |key: &str| container.log_options.as_ref().and_then(|options| options.get(key));
    match driver.as_known() {
        Some("awslogs") => {
            let region = option("awslogs-region").and_then(Value::as_text);
            gather.service("logs", driver.place, format!("the awslogs driver of {name}"), region);
        }
        Some("awsfirelens") => firelens::output(gather, container, driver.place),
        Some(other) => {
            let message = format!(
                "the log driver `{other}` of {name} sends to a host that no endpoint is known for"
            );
            gather.fault(unseen(driver.place, message));
        }
        None => {
            let why = why(driver);
            let message = format!("where {name} sends its logs cannot be told{why}");
            gather.fault(
                unseen(driver.place, message)
                    .help("if to CloudWatch Logs, add `logs` to `services`"),
            );
        }
    }
}

fn secrets(gather: &mut Gather<'_>, container: &Container) {
    let name = &container.name;
    let of_registry = container.repository_credentials.iter().map(|one| (one, true));
    let others = container.secrets.iter().chain(&container.log_secrets).map(|one| (one, false));
    for (secret, is_of_registry) in others.chain(of_registry) {
        let place = secret.place;
        let fields = secret.as_text().and_then(arn_fields);
        let region = fields.as_ref().map(|fields| &fields[3]);
        let what = if is_of_registry { "the registry's credentials" } else { "a secret" };
        match secret_of(gather.evaluated, secret, is_of_registry) {
            SecretOf::SecretsManager => {
                let text = format!("{what} of {name}");
                gather.service("secretsmanager", place, text, region);
            }
            SecretOf::ParameterStore => {
                gather.service("ssm", place, format!("a parameter of {name}"), region);
            }
            SecretOf::Unknown => {
                let why = why(secret);
                let message = format!("which service has a secret of {name} cannot be told{why}");
                gather.fault(
                    unseen(place, message)
                        .help("add `secretsmanager` or `ssm` to `services`, whichever has it"),
                );
                continue;
            }
        }
        other_account(gather, secret, name);
        key(gather, secret, name);
    }
}

fn other_account(gather: &mut Gather<'_>, secret: &Value, name: &str) {
    let Some([_, _, _, _, account, _]) = secret.as_text().and_then(arn_fields) else { return };
    if !account.same(&gather.account).is_no() {
        return;
    }
    let message = format!(
        "a secret of {name} is in account `{account}`, and the endpoint's policy allows those of the \
         stack's account"
    );
    let fault = Fault::at(Severity::Warning, Code::OpenPolicy, secret.place, message);
    gather.fault(fault.label("another account").help("write `endpoint: {policy: open}`"));
}

/// Only a secret that is made in the same files shows its key.
fn key(gather: &mut Gather<'_>, secret: &Value, name: &str) {
    if has_key(gather.evaluated, secret) {
        gather.service("kms", secret.place, format!("the key of a secret of {name}"), None);
    } else if !is_made_here(secret) {
        gather.found.unseen_keys.insert(secret.place);
    }
}

fn is_made_here(secret: &Value) -> bool {
    let pieces = secret.as_text().map_or(&[][..], |text| text.pieces());
    pieces.iter().any(|piece| matches!(piece, Piece::Created(_)))
}
