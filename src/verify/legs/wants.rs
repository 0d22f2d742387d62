//! What a task needs, and what it asks for there.
//!
//! Sources: <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>,
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html>.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use super::super::Need;
use super::super::evidence::{Claim, Evidence, Failing};
use super::super::image::{Image, image as image_of};
use super::super::network::{Container, Definition, Endpoint, Task};
use super::super::secret::{SecretOf, has_key, secret_of};
use super::super::texts::arn_fields;
use super::super::view::View;
use super::asks::{Ask, RoleOf, any, arn, arn_of_bucket, arn_or, here, layer_bucket};
use crate::aws::Service;
use crate::cloudformation::{Piece, Place, Text, Value};
use crate::diagnostic::Code;
use crate::truth::Truth;

/// Something that a task needs.
pub(super) struct Want {
    pub(super) need: Need,
    /// For people: `ecr.api`, `nginx`.
    pub(super) target: String,
    pub(super) reach: Reach,
    /// What is asked of the endpoint, and of which role.
    asks: Vec<Ask>,
    /// What policies of endpoints, by their ids, and of roles say of it: the same from every subnet.
    policies: RefCell<BTreeMap<Option<Text>, Evidence>>,
    roles: OnceCell<Evidence>,
    /// What had to be taken on trust to say that it is needed, or that this is all.
    assumed: Vec<Claim>,
    /// Why no endpoint here leads to it.
    failing: Option<Failing>,
    /// Whether the name that is asked for is one that private DNS of endpoints answers for.
    doubt: Option<Claim>,
}

/// Where it is.
pub(super) enum Reach {
    /// Behind interface endpoints of a service.
    Interface(Service),
    /// In S3.
    S3,
    /// At a registry that no endpoint leads to: the image.
    Internet(Value),
    /// At the mount targets of a file system.
    FileSystem(Value),
}

impl Want {
    fn new(need: Need, target: impl Into<String>, reach: Reach) -> Want {
        Want {
            need,
            target: target.into(),
            reach,
            asks: Vec::new(),
            policies: RefCell::default(),
            roles: OnceCell::new(),
            assumed: Vec::new(),
            failing: None,
            doubt: None,
        }
    }

    fn service(need: Need, name: &str) -> Want {
        let service =
            name.parse().expect("the names of services that are known here are service names");
        Want::new(need, name, Reach::Interface(service))
    }

    fn ask(&mut self, ask: Ask) {
        let known = |other: &Ask| {
            (other.actions, &other.resource, other.role) == (ask.actions, &ask.resource, ask.role)
        };
        if !self.asks.iter().any(known) {
            self.asks.push(ask);
        }
    }

    /// Whether an endpoint's policy allows what is asked.
    pub(super) fn endpoint_policy(&self, endpoint: &Endpoint) -> Evidence {
        let mut known = self.policies.borrow_mut();
        let id = endpoint.id.as_text().cloned();
        known.entry(id).or_insert_with(|| self.judged_policy(endpoint)).clone()
    }

    fn judged_policy(&self, endpoint: &Endpoint) -> Evidence {
        // What is somewhere else is not asked for here.
        if let Some(failing) = &self.failing {
            return failing.clone().into();
        }
        let mut all: Vec<Evidence> = self.assumed.iter().cloned().map(Evidence::Assumed).collect();
        all.extend(self.asks.iter().map(|ask| ask.of_endpoint(self.need, endpoint)));
        Evidence::All(all)
    }

    /// That nobody knows whether private DNS of endpoints answers for the name that is asked for.
    pub(super) fn doubt(&self) -> Option<Evidence> {
        self.doubt.clone().map(Evidence::Open)
    }

    /// Says of something that is asked for that it is in a region.
    fn is_in(&mut self, view: &View<'_>, region: &Text, place: Place, what: &str) {
        match region.same(&view.evaluated.region) {
            Truth::Yes => {}
            Truth::Unknown => {
                self.assumed.push(Claim::at(place, format!("{what} is in this region")))
            }
            Truth::No => {
                let text = format!("{what} is in {region}, where no endpoint of this VPC leads");
                let fault = Failing::fault(Code::ServiceOtherRegion, Claim::at(place, text));
                self.failing = Some(fault.help("name what is in the stack's region"));
            }
        }
    }

    /// Whether the task's roles allow what is asked.
    pub(super) fn role(&self, view: &View<'_>, task: &Task) -> Evidence {
        let judged = || {
            let asks = self.asks.iter();
            Evidence::All(asks.filter_map(|ask| ask.of_role(self.need, view, task)).collect())
        };
        self.roles.get_or_init(judged).clone()
    }
}

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
        let mut want = exec();
        if task.exec.truth == Truth::Unknown {
            want.assumed.push(Claim::at(task.exec.place, "commands are executed in it"));
        }
        wants.push(want);
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
                    pull.failing =
                        Some(fault.help(
                            "replicate the image to this region's registry and name it there",
                        ));
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
            let target = value.to_string();
            if !wants.iter().any(|want| want.need == Need::OtherRegistry && want.target == target) {
                wants.push(Want::new(Need::OtherRegistry, target, Reach::Internet(value.clone())));
            }
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
    /// Why no endpoint here leads there.
    failing: Option<Failing>,
    /// What is not known of the registry's host.
    doubt: Option<Claim>,
}

impl Pull {
    /// Adds its three legs; images of one task share them.
    fn legs(self, view: &View<'_>, wants: &mut Vec<Want>) {
        for mut new in [registry_auth(), manifest(view, self.parts.as_ref()), layers(view)] {
            new.assumed.extend(self.assumed.clone());
            new.failing.clone_from(&self.failing);
            add(wants, new);
        }
        if let Some(want) = wants.iter_mut().find(|want| want.need == Need::Manifest) {
            want.doubt = want.doubt.take().or(self.doubt);
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
    let known = !resource.pieces().iter().any(|piece| matches!(piece, Piece::Unknown(_)));
    let mut want = Want::service(Need::Manifest, "ecr.dkr");
    want.ask(Ask {
        actions: &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        resource,
        role: Some(RoleOf::Execution),
        trusting: (!known).then(|| "the policy allows pulling the tasks' images".to_owned()),
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
    });
    want
}

/// What a container needs beside its image.
fn extras(view: &View<'_>, container: &Container, wants: &mut Vec<Want>) {
    let driver = container.log_driver.as_ref().and_then(Value::as_known);
    if driver == Some("awslogs") {
        let mut want = logs(view);
        let region =
            container.log_options.as_ref().and_then(|options| options.get("awslogs-region"));
        if let Some((value, region)) = region.and_then(|value| Some((value, value.as_text()?))) {
            want.is_in(view, region, value.place, &format!("the log group of {}", container.name));
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
            want.is_in(view, &region, secret.place, &format!("`{secret}`"));
        }
        add(wants, want);
    }
    for file in &container.environment_files {
        let Some(text) = file.as_text() else { continue };
        let mut want = Want::new(Need::EnvFiles, "s3", Reach::S3);
        want.ask(Ask {
            actions: &["s3:GetObject"],
            resource: text.clone(),
            role: Some(RoleOf::Execution),
            trusting: text
                .as_known()
                .is_none()
                .then(|| format!("the policy allows reading `{file}`")),
        });
        add(wants, want);
    }
}

/// Adds a want, or what it asks for to the same want that is there.
fn add(wants: &mut Vec<Want>, new: Want) {
    match wants.iter_mut().find(|want| want.need == new.need) {
        Some(want) => {
            new.asks.into_iter().for_each(|ask| want.ask(ask));
            want.assumed.extend(new.assumed);
            want.failing = want.failing.take().or(new.failing);
        }
        None => wants.push(new),
    }
}

fn logs(view: &View<'_>) -> Want {
    let mut want = Want::service(Need::Logs, "logs");
    want.ask(Ask {
        actions: &["logs:CreateLogStream", "logs:PutLogEvents"],
        resource: here(view, "logs"),
        role: Some(RoleOf::Execution),
        trusting: Some("the policy allows writing to the tasks' log group".to_owned()),
    });
    want
}

fn secrets_manager(view: &View<'_>, secret: Option<&Value>) -> Want {
    let mut want = Want::service(Need::Secrets, "secretsmanager");
    want.ask(Ask {
        actions: &["secretsmanager:GetSecretValue"],
        resource: arn_or(view, secret, "secretsmanager"),
        role: Some(RoleOf::Execution),
        trusting: Some("the policy allows reading the tasks' secrets".to_owned()),
    });
    want
}

fn parameters(view: &View<'_>, parameter: Option<&Value>) -> Want {
    let mut want = Want::service(Need::Parameters, "ssm");
    want.ask(Ask {
        actions: &["ssm:GetParameters"],
        resource: arn_or(view, parameter, "ssm"),
        role: Some(RoleOf::Execution),
        trusting: Some("the policy allows reading the tasks' parameters".to_owned()),
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
    });
    want
}

/// A need of a task that stands in no template.
fn hypothetical(view: &View<'_>, need: Need) -> Option<Want> {
    match need {
        Need::Logs => Some(logs(view)),
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
            });
            Some(want)
        }
        Need::RegistryAuth | Need::Manifest | Need::Layers | Need::OtherRegistry | Need::Efs => {
            None
        }
    }
}
