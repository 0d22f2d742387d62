//! What a task needs, and what it asks for there.
//!
//! Sources: <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>,
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html>.

use std::collections::BTreeSet;

use super::super::Need;
use super::super::evidence::{Claim, Failing};
use super::super::image::{Image, image as image_of};
use super::super::network::{Container, Definition, Task};
use super::super::secret::{SecretOf, has_key, secret_of};
use super::super::texts::{arn_fields, split};
use super::super::view::View;
use super::asks::{Ask, RoleOf, any, arn, arn_of_bucket, here, layer_bucket};
use super::secrets::{log_group_arn, parameter_arn, secret_arn};
use super::want::{Reach, Want};
use crate::cloudformation::{Piece, Place, Text, Value};
use crate::diagnostic::Code;
use crate::truth::Truth;

/// What a task needs, in the order of [`Need`].
pub(super) fn wants(view: &View<'_>, task: &Task, asked: &BTreeSet<Need>) -> Vec<Want> {
    let mut wants = Vec::new();
    match &task.definition {
        Ok(definition) => of_definition(view, task, definition, &mut wants),
        Err(value) => {
            // What it runs cannot be seen: that it pulls from ECR is what is asked about.
            let claim = (!task.asked).then(|| {
                let why = value.as_text().and_then(|text| text.why()).unwrap_or_default();
                let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
                Claim::at(
                    value.place,
                    format!("`{value}` pulls from private ECR in this region{why}"),
                )
            });
            Pull { assumed: claim, ..Pull::default() }.legs(view, &mut wants);
        }
    }
    if task.asked {
        for need in asked {
            if !wants.iter().any(|want| want.need == *need) {
                wants.extend(hypothetical(view, *need));
            }
        }
    }
    if task.exec.truth != Truth::No {
        let configured = task.exec_configuration.iter().flat_map(|one| of_exec(view, one));
        for mut want in std::iter::once(exec()).chain(configured) {
            if task.exec.truth == Truth::Unknown {
                want.assumed.push(Claim::at(task.exec.place, "commands are executed in it"));
            }
            add(&mut wants, want);
        }
    }
    wants.sort_by_key(|want| want.need);
    wants
}

fn of_definition(view: &View<'_>, task: &Task, definition: &Definition, wants: &mut Vec<Want>) {
    for container in &definition.containers {
        image(view, container, wants);
        extras(view, container, wants);
    }
    if let Some(unknown) = &definition.unknown_containers {
        let text =
            format!("the containers of {} pull from private ECR in this region", definition.name);
        let assumed = Some(Claim::at(unknown.place, text));
        Pull { assumed, ..Pull::default() }.legs(view, wants);
    } else if definition.containers.is_empty() && task.asked {
        Pull::default().legs(view, wants);
    }
    for file_system in &definition.efs {
        let target = file_system.to_string();
        wants.push(Want::new(Need::Efs, target, Reach::FileSystem(file_system.clone())));
    }
}

fn image(view: &View<'_>, container: &Container, wants: &mut Vec<Want>) {
    let Some(value) = &container.image else { return };
    match image_of(value, view.evaluated) {
        Image::PrivateEcr { account, region, repository, form } => {
            let mut pull = Pull::default();
            match region.same(&view.evaluated.region) {
                Truth::Yes => {}
                Truth::Unknown => {
                    let text = format!("`{value}` is in this region's registry");
                    pull.assumed = Some(Claim::at(value.place, text));
                }
                Truth::No => {
                    let text = format!(
                        "`{value}` is in {region}, and its layers are in S3 there, where no gateway endpoint leads"
                    );
                    let fault =
                        Failing::fault(Code::ImageOtherRegion, Claim::at(value.place, text));
                    let help = "replicate the image to this region's registry and name it there";
                    pull.elsewhere = Some((region.clone(), fault.help(help)));
                }
            }
            pull.doubt = form.doubt(value).map(|(_, text)| Claim::at(value.place, text));
            pull.parts = Some(Parts { account, region, repository });
            pull.legs(view, wants);
        }
        Image::Unknown(why) => {
            let text = format!("the image `{value}` is in private ECR in this region ({why})");
            Pull { assumed: Some(Claim::at(value.place, text)), ..Pull::default() }
                .legs(view, wants);
        }
        Image::PublicEcr | Image::Other { .. } => {
            let claim = Claim::at(value.place, format!("`{value}` is not in private ECR"));
            let failing = Failing::fault(Code::ImageOutsideEcr, claim)
                .help("push the image to a private ECR registry of this region and name it there");
            let reach = Reach::Public(failing);
            add(wants, Want::new(Need::OtherRegistry, value.to_string(), reach));
        }
    }
}

/// Where an image is.
struct Parts {
    account: Text,
    region: Text,
    repository: Text,
}

/// A pull from private ECR.
#[derive(Default)]
struct Pull {
    /// Where the image is, if that is known.
    parts: Option<Parts>,
    /// What is taken on trust.
    assumed: Option<Claim>,
    /// The region it is in, where that is another one, and what is wrong with that.
    elsewhere: Option<(Text, Failing)>,
    /// What is not known of the registry's host.
    doubt: Option<Claim>,
}

impl Pull {
    /// Adds its three legs; images of one task share them.
    fn legs(self, view: &View<'_>, wants: &mut Vec<Want>) {
        for mut want in [registry_auth(), manifest(view, self.parts.as_ref()), layers(view)] {
            want.assumed.extend(self.assumed.clone());
            if want.need == Need::Manifest {
                want.doubt.clone_from(&self.doubt);
            }
            let want = match &self.elsewhere {
                Some((region, failing)) => want.elsewhere(region, failing.clone()),
                None => want,
            };
            add(wants, want);
        }
    }
}

fn registry_auth() -> Want {
    let mut want = Want::service(Need::RegistryAuth, "ecr.api");
    want.ask(Ask {
        actions: &["ecr:GetAuthorizationToken"],
        resource: Text::known("*"),
        role: Some(RoleOf::Execution),
        trusting: None,
        ..Ask::default()
    });
    want
}

fn manifest(view: &View<'_>, parts: Option<&Parts>) -> Want {
    let resource = arn(view, "ecr", |text| {
        match parts {
            Some(parts) => {
                text.append(parts.region.clone());
                text.push(Piece::Known(":".into()));
                text.append(parts.account.clone());
            }
            None => {
                text.append(view.evaluated.region.clone());
                text.push(Piece::Known(":".into()));
                text.push(any("the registry's account"));
            }
        }
        text.push(Piece::Known(":repository/".into()));
        match parts {
            Some(parts) => text.append(parts.repository.clone()),
            None => text.push(any("the repository")),
        }
    });
    let mut want = Want::service(Need::Manifest, "ecr.dkr");
    want.ask(Ask {
        actions: &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        trusting: resource
            .has_unknown()
            .then(|| "the policy allows pulling the tasks' images".to_owned()),
        resource,
        role: Some(RoleOf::Execution),
        ..Ask::default()
    });
    want
}

fn layers(view: &View<'_>) -> Want {
    let bucket = layer_bucket(view);
    let mut want = Want::new(Need::Layers, "s3", Reach::S3);
    want.ask(Ask {
        actions: &["s3:GetObject"],
        trusting: bucket
            .is_none()
            .then(|| "the policy allows the bucket that ECR keeps layers in".to_owned()),
        resource: bucket.unwrap_or_else(|| arn_of_bucket(view, any("the layer bucket"))),
        role: None,
        ..Ask::default()
    });
    want
}

/// What a container needs beside its image.
fn extras(view: &View<'_>, container: &Container, wants: &mut Vec<Want>) {
    let driver = container.log_driver.as_ref().and_then(Value::as_known);
    if driver == Some("awslogs") {
        let mut want = logs(view, Some(container));
        let region =
            container.log_options.as_ref().and_then(|options| options.get("awslogs-region"));
        if let Some((value, region)) = region.and_then(|value| Some((value, value.as_text()?))) {
            let what = format!("the log group of {}", container.name);
            want = in_region(view, want, region, value.place, &what);
        }
        add(wants, want);
    }
    let secrets = container
        .secrets
        .iter()
        .chain(&container.log_secrets)
        .chain(&container.repository_credentials);
    for secret in secrets {
        if has_key(view.evaluated, secret) {
            add(wants, kms(view));
        }
        let is_credentials =
            container.repository_credentials.as_ref().is_some_and(|one| std::ptr::eq(one, secret));
        let mut want = match secret_of(view.evaluated, secret, is_credentials) {
            SecretOf::SecretsManager => secrets_manager(view, Some(secret)),
            SecretOf::ParameterStore => parameters(view, Some(secret)),
            SecretOf::Unknown => {
                let mut want = secrets_manager(view, Some(secret));
                want.assumed
                    .push(Claim::at(secret.place, format!("`{secret}` is of Secrets Manager")));
                want
            }
        };
        if let Some([_, _, _, region, ..]) = secret.as_text().and_then(arn_fields) {
            want = in_region(view, want, &region, secret.place, &format!("`{secret}`"));
        }
        add(wants, want);
    }
    for file in &container.environment_files {
        let Some(text) = file.as_text() else { continue };
        let mut want = Want::new(Need::EnvFiles, "s3", Reach::S3);
        let trusting = |what: &str| format!("the policy allows {what} `{file}`");
        let open = text.as_known().is_none();
        want.ask(Ask {
            actions: &["s3:GetObject"],
            resource: text.clone(),
            role: Some(RoleOf::Execution),
            trusting: open.then(|| trusting("reading")),
            ..Ask::default()
        });
        // ECS asks for the bucket's region first; by which way is not known.
        let bucket = split(text, "/").filter(|_| text.beginning().starts_with("arn:"));
        want.ask(Ask {
            actions: &["s3:GetBucketLocation"],
            resource: bucket.map_or_else(|| Text::new([any("the bucket")]), |(bucket, _)| bucket),
            role: Some(RoleOf::Execution),
            of_role_alone: true,
            trusting: open.then(|| trusting("finding the bucket of")),
            ..Ask::default()
        });
        add(wants, want);
    }
}

/// Adds a want, or what it asks for to the same want that is there.
fn add(wants: &mut Vec<Want>, new: Want) {
    match wants.iter_mut().find(|want| (want.need, &want.target) == (new.need, &new.target)) {
        Some(want) => want.join(new),
        None => wants.push(new),
    }
}

/// The same of something that is in a region.
fn in_region(view: &View<'_>, mut want: Want, region: &Text, place: Place, what: &str) -> Want {
    match region.same(&view.evaluated.region) {
        Truth::Yes => want,
        Truth::Unknown => {
            want.assumed.push(Claim::at(place, format!("{what} is in this region")));
            want
        }
        Truth::No => {
            let text = format!("{what} is in {region}, where no endpoint of this VPC leads");
            let fault = Failing::fault(Code::ServiceOtherRegion, Claim::at(place, text));
            want.elsewhere(region, fault.help("name what is in the stack's region"))
        }
    }
}

fn logs(view: &View<'_>, container: Option<&Container>) -> Want {
    let option = |key: &str| container?.log_options.as_ref()?.get(key);
    let mut want = Want::service(Need::Logs, "logs");
    let mut ask = |actions| {
        let region = option("awslogs-region").and_then(Value::as_text);
        let (resource, otherwise) = log_group_arn(view, option("awslogs-group"), region);
        want.ask(Ask {
            actions,
            resource,
            otherwise,
            role: Some(RoleOf::Execution),
            trusting: Some("the policy allows writing to the tasks' log group".to_owned()),
            ..Ask::default()
        });
    };
    ask(&["logs:CreateLogStream", "logs:PutLogEvents"]);
    let create = option("awslogs-create-group");
    match create.map(|create| (create.truth(), create.place)) {
        Some((Truth::Yes, _)) => ask(&["logs:CreateLogGroup"]),
        Some((Truth::Unknown, place)) => {
            want.assumed.push(Claim::at(place, "the log group is there already"));
        }
        _ => {}
    }
    want
}

fn secrets_manager(view: &View<'_>, secret: Option<&Value>) -> Want {
    let mut want = Want::service(Need::Secrets, "secretsmanager");
    let (resource, otherwise) = secret_arn(view, secret);
    want.ask(Ask {
        actions: &["secretsmanager:GetSecretValue"],
        resource,
        otherwise,
        role: Some(RoleOf::Execution),
        trusting: Some("the policy allows reading the tasks' secrets".to_owned()),
        ..Ask::default()
    });
    want
}

fn parameters(view: &View<'_>, parameter: Option<&Value>) -> Want {
    let mut want = Want::service(Need::Parameters, "ssm");
    want.ask(Ask {
        actions: &["ssm:GetParameters"],
        resource: parameter_arn(view, parameter),
        role: Some(RoleOf::Execution),
        trusting: Some("the policy allows reading the tasks' parameters".to_owned()),
        ..Ask::default()
    });
    want
}

fn kms(view: &View<'_>) -> Want {
    let mut want = Want::service(Need::Kms, "kms");
    want.ask(Ask {
        actions: &["kms:Decrypt"],
        resource: here(view, "kms"),
        role: Some(RoleOf::Execution),
        trusting: Some("the policy allows decrypting with the tasks' keys".to_owned()),
        ..Ask::default()
    });
    want
}

fn exec() -> Want {
    let mut want = Want::service(Need::Exec, "ssmmessages");
    want.ask(Ask {
        actions: &[
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ],
        resource: Text::known("*"),
        role: Some(RoleOf::Task),
        trusting: None,
        ..Ask::default()
    });
    want
}

/// What sessions ask for beside Session Manager, by the configuration of the cluster: they are
/// encrypted with a key of one's own, and what is typed is logged.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html>
fn of_exec(view: &View<'_>, configuration: &Value) -> Vec<Want> {
    let mut wants = Vec::new();
    if let Some(key) = configuration.get("KmsKeyId") {
        let text = key.as_text().filter(|key| key.beginning().starts_with("arn:"));
        let mut want = Want::service(Need::Kms, "kms");
        want.ask(Ask {
            actions: &["kms:Decrypt"],
            resource: text.cloned().unwrap_or_else(|| here(view, "kms")),
            role: Some(RoleOf::Task),
            trusting: Some("the policy allows decrypting with the key of sessions".to_owned()),
            ..Ask::default()
        });
        wants.push(want);
    }
    let is_overridden = configuration.get("Logging").and_then(Value::as_known) == Some("OVERRIDE");
    let log = configuration.get("LogConfiguration").filter(|_| is_overridden);
    if let Some(group) = log.and_then(|log| log.get("CloudWatchLogGroupName")) {
        let (resource, otherwise) = log_group_arn(view, Some(group), None);
        let mut want = Want::service(Need::Logs, "logs");
        want.ask(Ask {
            actions: &["logs:CreateLogStream", "logs:PutLogEvents"],
            resource,
            otherwise,
            role: Some(RoleOf::Task),
            trusting: Some("the policy allows writing to the log group of sessions".to_owned()),
            ..Ask::default()
        });
        wants.push(want);
    }
    wants
}

/// A need of a task that stands in no template.
fn hypothetical(view: &View<'_>, need: Need) -> Option<Want> {
    match need {
        Need::Logs => Some(logs(view, None)),
        Need::Secrets => Some(secrets_manager(view, None)),
        Need::Parameters => Some(parameters(view, None)),
        Need::Kms => Some(kms(view)),
        Need::Exec => Some(exec()),
        Need::EnvFiles => {
            let mut want = Want::new(need, "s3", Reach::S3);
            want.ask(Ask {
                actions: &["s3:GetObject"],
                resource: arn_of_bucket(view, any("the bucket of environment files")),
                role: Some(RoleOf::Execution),
                trusting: Some("the policy allows reading the environment files".to_owned()),
                ..Ask::default()
            });
            Some(want)
        }
        Need::RegistryAuth | Need::Manifest | Need::Layers | Need::OtherRegistry | Need::Efs => {
            None
        }
    }
}
