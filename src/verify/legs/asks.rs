//! What a task asks of a service, and whether policies and roles allow it.

use super::super::Need;
use super::super::evidence::{Claim, Evidence, Failing, Trust};
use super::super::network::{Definition, Endpoint, Role, Task};
use super::super::policy::{self, Purpose, Request, Signer};
use super::super::texts::arn_fields;
use super::super::view::View;
use crate::cloudformation::{Piece, Text, Unknown, Value};
use crate::diagnostic::Code;
use crate::truth::Truth;

/// A request to the service.
#[derive(Default)]
pub(super) struct Ask {
    pub(super) actions: &'static [&'static str],
    pub(super) resource: Text,
    /// What the resource may be instead, where its name does not tell.
    pub(super) otherwise: Option<Reading>,
    /// Whose role has to allow it; `None` where none of the task's does.
    pub(super) role: Option<RoleOf>,
    /// Whether policies of endpoints are not asked: it is not known whether the request goes there.
    pub(super) of_role_alone: bool,
    /// What is taken on trust where it cannot be told which resource it is.
    pub(super) trusting: Option<String>,
}

/// Another reading of the name of a resource.
pub(super) struct Reading {
    pub(super) resource: Text,
    pub(super) kind: ReadingKind,
}

/// What another reading is.
pub(super) enum ReadingKind {
    /// Another name of the same thing: where either is decided, both are.
    Alias,
    /// What it may be instead: what is taken on trust where only the one reading is allowed, if
    /// that is on trust at all, and where only this one is.
    Instead { first: Option<Claim>, this: Claim },
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RoleOf {
    /// Of the task's execution.
    Execution,
    /// Of the task itself.
    Task,
}

/// What cannot be told because it is not said which resource is asked for is taken on trust.
fn trusting(ask: &Ask, evidence: Evidence, policy: Option<&Value>) -> Evidence {
    match (&ask.trusting, evidence.truth(Trust::Trusting)) {
        (Some(text), Truth::Unknown) => Evidence::Assumed(Claim {
            text: text.clone(),
            place: policy.map(|policy| policy.place),
        }),
        _ => evidence,
    }
}

/// What both readings of the resource come to. Where it is one or the other and they come to
/// different answers, whoever wrote it is trusted to know which one it is.
fn of_readings(ask: &Ask, judge: impl Fn(&Text) -> Evidence) -> Evidence {
    let one = judge(&ask.resource);
    let Some(other) = &ask.otherwise else { return one };
    let two = judge(&other.resource);
    let [of_one, of_two] = [&one, &two].map(|one| one.truth(Trust::Trusting));
    let [sure_one, sure_two] = [&one, &two].map(|one| one.truth(Trust::Strict));
    match (&other.kind, of_one, of_two) {
        (ReadingKind::Alias, Truth::Unknown, _) => two,
        (ReadingKind::Alias, Truth::Yes, Truth::Yes) if sure_two.is_yes() => two,
        (ReadingKind::Alias, ..) => one,
        (ReadingKind::Instead { first: None, .. }, Truth::Yes, _) => one,
        (_, Truth::Yes, Truth::Yes) => {
            if sure_one.is_yes() {
                two
            } else {
                one
            }
        }
        (ReadingKind::Instead { first: Some(first), .. }, Truth::Yes, _) => {
            Evidence::All(vec![one, Evidence::Assumed(first.clone())])
        }
        (ReadingKind::Instead { this, .. }, _, Truth::Yes) => {
            Evidence::All(vec![two, Evidence::Assumed(this.clone())])
        }
        (_, Truth::No, Truth::Unknown) => two,
        _ => one,
    }
}

fn purpose(need: Need) -> Purpose {
    match need {
        Need::RegistryAuth => Purpose::Login,
        Need::Manifest => Purpose::Pull,
        Need::Layers => Purpose::Layers,
        Need::EnvFiles => Purpose::Object,
        _ => Purpose::Other,
    }
}

fn role(view: &View<'_>, task: &Task, purpose: Purpose, ask: &Ask, which: RoleOf) -> Evidence {
    let whose = match which {
        RoleOf::Execution => "execution role",
        RoleOf::Task => "task role",
    };
    let actions = ask.actions.join(", ");
    let trusted =
        |place| Evidence::Assumed(Claim { text: format!("the {whose} allows {actions}"), place });
    let definition = match &task.definition {
        Ok(definition) => definition,
        Err(value) => return trusted((!task.asked).then_some(value.place)),
    };
    let Some(value) = role_value(definition, which) else {
        let text = format!("{} has no {whose}", definition.name);
        let (code, key) = match which {
            RoleOf::Execution => (Code::ExecutionRoleMissing, "ExecutionRoleArn"),
            RoleOf::Task => (Code::RoleMissesAction, "TaskRoleArn"),
        };
        return Failing::fault(code, Claim::at(definition.place, text))
            .help(format!("{key}: !GetAtt a role that allows {actions}"))
            .into();
    };
    match role_named(view, value) {
        Some(role) => {
            if let Some(failing) = policy::not_assumable(role) {
                return failing.into();
            }
            let signer = signer(view, value);
            let judge = |resource: &Text| {
                let resource = resource.clone();
                let request =
                    Request { purpose, actions: ask.actions, resource, role: Some(&signer) };
                policy::role(role, &request)
            };
            trusting(ask, of_readings(ask, judge), Some(value))
        }
        None => trusted(Some(value.place)),
    }
}

fn role_value(definition: &Definition, which: RoleOf) -> Option<&Value> {
    match which {
        RoleOf::Execution => definition.execution_role.as_ref(),
        RoleOf::Task => definition.task_role.as_ref(),
    }
}

/// The role that a value names, if it is made here: by its id, or by an ARN with its name.
fn role_named<'a>(view: &View<'a>, value: &Value) -> Option<&'a Role> {
    let named = |role: &&Role| role.id.same(value).is_yes() || is_arn_of(view, role, value);
    view.network.roles.iter().find(named)
}

fn is_arn_of(view: &View<'_>, role: &Role, value: &Value) -> bool {
    let Some([_, partition, service, _, account, rest]) = value.as_text().and_then(arn_fields)
    else {
        return false;
    };
    service.as_known() == Some("iam")
        && !partition.same(&view.evaluated.partition).is_no()
        && account.same(&view.evaluated.account).is_yes()
        && (rest == path_of(role, &role.id)
            || role.role_name.as_ref().is_some_and(|name| rest == path_of(role, name)))
}

/// What a role's ARN has behind the account.
fn path_of(role: &Role, name: &Value) -> Text {
    let mut text = Text::known("role");
    text.append(role.path.as_ref().map_or_else(|| Text::known("/"), text_of));
    text.append(text_of(name));
    text
}

fn text_of(value: &Value) -> Text {
    value.as_text().cloned().unwrap_or_else(|| Text::new([any("a name")]))
}

/// Who signs with the role that a value names.
fn signer(view: &View<'_>, value: &Value) -> Signer {
    if let Some(role) = role_named(view, value) {
        let name = role.role_name.as_ref().unwrap_or(&role.id);
        let arn = arn(view, "iam", |text| {
            text.push(Piece::Known(":".to_owned()));
            text.append(view.evaluated.account.clone());
            text.push(Piece::Known(":".to_owned()));
            text.append(path_of(role, name));
        });
        return Signer { id: text_of(&role.id), arn: Some(arn) };
    }
    let id = text_of(value);
    Signer { arn: id.beginning().starts_with("arn:").then(|| id.clone()), id }
}

pub(super) fn any(name: &str) -> Piece {
    Piece::Unknown(Unknown {
        key: format!("any {name}").into(),
        name: format!("<{name}>").into(),
        why: format!("{name} is not in the templates").into(),
        many: false,
    })
}

/// An ARN of a service in the partition: `arn:PARTITION:SERVICE:` and the rest.
pub(super) fn arn(view: &View<'_>, service: &str, rest: impl FnOnce(&mut Text)) -> Text {
    let mut text = Text::known("arn:");
    text.append(view.evaluated.partition.clone());
    text.push(Piece::Known(format!(":{service}:")));
    rest(&mut text);
    text
}

pub(super) fn arn_of_bucket(view: &View<'_>, bucket: Piece) -> Text {
    arn(view, "s3", |text| {
        text.push(Piece::Known("::".into()));
        text.push(bucket);
        text.push(Piece::Known("/*".into()));
    })
}

/// The layers of ECR; `None` where it is not known which bucket they are in.
pub(super) fn layer_bucket(view: &View<'_>) -> Option<Text> {
    let confirmed =
        view.network.region.is_none_or(|region| region.partition.layer_bucket_is_confirmed());
    confirmed.then(|| {
        arn(view, "s3", |text| {
            text.push(Piece::Known("::prod-".into()));
            text.append(view.evaluated.region.clone());
            text.push(Piece::Known("-starport-layer-bucket/*".into()));
        })
    })
}

/// An ARN of a service in this region and account, of which the rest is filled in.
pub(super) fn arn_here(view: &View<'_>, service: &str, rest: impl FnOnce(&mut Text)) -> Text {
    arn(view, service, |text| {
        text.append(view.evaluated.region.clone());
        text.push(Piece::Known(":".into()));
        text.append(view.evaluated.account.clone());
        text.push(Piece::Known(":".into()));
        rest(text);
    })
}

/// An ARN of a service in this region and account of which the rest is not known.
pub(super) fn here(view: &View<'_>, service: &str) -> Text {
    arn_here(view, service, |text| text.push(any(&format!("the resource of {service}"))))
}

impl Ask {
    /// Whether an endpoint's policy allows it.
    pub(super) fn of_endpoint(
        &self,
        need: Need,
        view: &View<'_>,
        task: &Task,
        endpoint: &Endpoint,
    ) -> Evidence {
        let definition = task.definition.as_ref().ok();
        let value = self.role.and_then(|which| role_value(definition?, which));
        let signer = value.map(|value| signer(view, value));
        let judge = |resource: &Text| {
            let (purpose, resource) = (purpose(need), resource.clone());
            let request =
                Request { purpose, actions: self.actions, resource, role: signer.as_ref() };
            policy::endpoint(endpoint, &request)
        };
        trusting(self, of_readings(self, judge), endpoint.policy.as_ref())
    }

    /// Whether the task's role allows it; nothing where none is asked.
    pub(super) fn of_role(&self, need: Need, view: &View<'_>, task: &Task) -> Option<Evidence> {
        Some(role(view, task, purpose(need), self, self.role?))
    }
}
