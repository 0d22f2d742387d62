//! What may be asked through an endpoint.

use super::{Policy, Statement, Value};
use crate::aws::service::{Grant, Scope};
use crate::aws::{AccountId, Service};
use crate::config::{EndpointPolicy, Stack};

/// The policy of an endpoint of the stack.
pub(super) fn policy(stack: &Stack, service: &Service) -> Policy {
    let everything = |comment| allow(comment, &["*"], vec![any()]);
    if stack.endpoint.policy.value == EndpointPolicy::Open {
        return everything("Everything, as AWS's default policy does.");
    }
    match service.name() {
        "ecr.api" | "ecr.dkr" => ecr(stack),
        "s3" => layers(stack),
        _ if service.grants().is_empty() => {
            everything("Everything: no list of what tasks ask of this service is known.")
        }
        _ => Policy {
            statements: service.grants().iter().map(|grant| granted(stack, *grant)).collect(),
        },
    }
}

fn any() -> Value {
    Value::Literal("*".to_owned())
}

fn allow(comment: &str, actions: &[&str], resources: Vec<Value>) -> Policy {
    Policy { statements: vec![statement(comment, actions, resources)] }
}

fn statement(comment: &str, actions: &[&str], resources: Vec<Value>) -> Statement {
    Statement {
        comment: comment.to_owned(),
        actions: actions.iter().map(|action| (*action).to_owned()).collect(),
        resources,
    }
}

/// What tasks ask of another service.
fn granted(stack: &Stack, grant: Grant) -> Statement {
    let (partition, region) = match &stack.regions[..] {
        [region] => (stack.partition().name(), region.value.name),
        _ => ("${AWS::Partition}", "${AWS::Region}"),
    };
    let (comment, resource) = match grant.scope {
        Scope::Account(service) => (
            "What tasks ask of it, in their own account.",
            Value::Sub(format!("arn:{partition}:{service}:{region}:${{AWS::AccountId}}:*")),
        ),
        Scope::Roles => {
            let roles = format!("arn:{partition}:iam::*:role/*");
            let resource = match &stack.regions[..] {
                [_] => Value::Literal(roles),
                _ => Value::Sub(roles),
            };
            ("Roles of any account, as the config names none.", resource)
        }
        Scope::Any => ("What tasks ask of it; the actions know no resources.", any()),
    };
    statement(comment, grant.actions, vec![resource])
}

/// The same for both of ECR's endpoints, as AWS recommends.
///
/// Source: <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>
fn ecr(stack: &Stack) -> Policy {
    let repositories = stack.registries.iter().map(|account| repositories(stack, &account.value));
    Policy {
        statements: vec![
            statement(
                "Logging in; the action knows no resources, so a repository here would deny it.",
                &["ecr:GetAuthorizationToken"],
                vec![any()],
            ),
            statement(
                "Pulling, from the registries of the config only.",
                &[
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                ],
                repositories.collect(),
            ),
        ],
    }
}

fn repositories(stack: &Stack, account: &AccountId) -> Value {
    match &stack.regions[..] {
        [region] => Value::Literal(format!(
            "arn:{}:ecr:{}:{account}:repository/*",
            region.value.partition, region.value
        )),
        _ => Value::Sub(format!(
            "arn:${{AWS::Partition}}:ecr:${{AWS::Region}}:{account}:repository/*"
        )),
    }
}

/// No condition on the principal: ECR signs the addresses of layers itself, for a bucket that is
/// AWS's, so `aws:PrincipalAccount` and its like deny every layer.
fn layers(stack: &Stack) -> Policy {
    let bucket = match (&stack.layer_bucket, &stack.regions[..]) {
        (Some(bucket), _) => {
            Value::Literal(format!("arn:{}:s3:::{}/*", stack.partition(), bucket.value))
        }
        (None, [region]) => Value::Literal(format!(
            "arn:{}:s3:::prod-{}-starport-layer-bucket/*",
            region.value.partition, region.value
        )),
        (None, _) => Value::Sub(
            "arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*".to_owned(),
        ),
    };
    allow(
        "Layers, which ECR keeps in a bucket of its own in each region.",
        &["s3:GetObject"],
        vec![bucket],
    )
}

impl Policy {
    /// Its length as JSON without spaces, with placeholders at their own length.
    pub(super) fn characters(&self) -> usize {
        let quoted = |text: &str| text.chars().count() + 3;
        let frame = r#"{"Version":"2012-10-17","Statement":[]}"#.len();
        let each = r#"{"Effect":"Allow","Principal":"*","Action":[],"Resource":[]},"#.len();
        self.statements.iter().fold(frame, |total, statement| {
            let actions: usize = statement.actions.iter().map(|action| quoted(action)).sum();
            let resources: usize = statement
                .resources
                .iter()
                .map(|resource| match resource {
                    Value::Literal(text) | Value::Sub(text) => quoted(text),
                    _ => 0,
                })
                .sum();
            total + each + actions + resources
        })
    }
}
