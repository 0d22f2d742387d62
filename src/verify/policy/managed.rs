//! AWS's own policies, as far as they matter to tasks.
//!
//! Source: <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>

use super::Request;
use super::glob::{self, Letters};
use super::statement::{Effect, Judged, Part, Respect};
use crate::cloudformation::{Place, Text, Value};
use crate::truth::Truth;
use crate::verify::Claim;

/// A policy of AWS's. All of them are for every resource.
#[derive(Debug)]
pub(super) struct Managed {
    /// What comes behind `policy/` in its ARN.
    name: &'static str,
    /// What it allows.
    actions: &'static [&'static str],
    /// Of that, what it does not allow.
    except: &'static [&'static str],
    /// Whether it allows nothing else. AWS adds to others now and then: what else they allow of the
    /// services they name is not known.
    whole: bool,
}

const MANAGED: &[Managed] = &[
    Managed {
        name: "service-role/AmazonECSTaskExecutionRolePolicy",
        actions: &[
            "ecr:GetAuthorizationToken",
            "ecr:BatchCheckLayerAvailability",
            "ecr:GetDownloadUrlForLayer",
            "ecr:BatchGetImage",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        ],
        except: &[],
        whole: true,
    },
    allowing("AdministratorAccess", &["*"]),
    Managed {
        name: "PowerUserAccess",
        actions: &["*"],
        except: &["iam:*", "organizations:*", "account:*"],
        whole: false,
    },
    allowing("AmazonEC2ContainerRegistryFullAccess", &["ecr:*"]),
    allowing(
        "AmazonEC2ContainerRegistryPowerUser",
        &[
            "ecr:GetAuthorizationToken",
            "ecr:BatchCheckLayerAvailability",
            "ecr:GetDownloadUrlForLayer",
            "ecr:BatchGetImage",
        ],
    ),
    allowing(
        "AmazonEC2ContainerRegistryReadOnly",
        &[
            "ecr:GetAuthorizationToken",
            "ecr:BatchCheckLayerAvailability",
            "ecr:GetDownloadUrlForLayer",
            "ecr:BatchGetImage",
        ],
    ),
    allowing(
        "AmazonEC2ContainerRegistryPullOnly",
        &[
            "ecr:GetAuthorizationToken",
            "ecr:GetDownloadUrlForLayer",
            "ecr:BatchGetImage",
            "ecr:BatchImportUpstreamImage",
        ],
    ),
    allowing("SecretsManagerReadWrite", &["secretsmanager:*", "kms:DescribeKey", "kms:ListKeys"]),
    allowing("AmazonSSMReadOnlyAccess", &["ssm:Describe*", "ssm:Get*", "ssm:List*"]),
    allowing(
        "AmazonSSMManagedInstanceCore",
        &[
            "ssm:GetParameter",
            "ssm:GetParameters",
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ],
    ),
    allowing("CloudWatchLogsFullAccess", &["logs:*"]),
    allowing("AmazonS3FullAccess", &["s3:*"]),
    allowing("AmazonS3ReadOnlyAccess", &["s3:Get*", "s3:List*"]),
];

const fn allowing(name: &'static str, actions: &'static [&'static str]) -> Managed {
    Managed { name, actions, except: &[], whole: false }
}

/// The policy of AWS's that an ARN names, where it is one that is known here.
pub(super) fn named(arn: &Value) -> Option<&'static Managed> {
    let (before, name) = arn.as_text()?.ending().rsplit_once(":iam::aws:policy/")?;
    // Only the partition may be unknown.
    let begins = if before.is_empty() { arn.as_text()?.beginning() } else { before };
    let policy = MANAGED.iter().find(|policy| policy.name == name)?;
    begins.starts_with("arn:").then_some(policy)
}

impl Managed {
    /// What it has to do with a request.
    pub(super) fn judged(&self, place: Place, request: &Request<'_>) -> Judged {
        let actions = request.actions.iter().map(|action| {
            let (truth, text) = match self.allows(action) {
                Truth::Unknown => {
                    let text = format!("whether `{}` allows `{action}` is not known", self.name);
                    (Truth::Unknown, text)
                }
                truth => (truth, format!("`{}` allows other actions", self.name)),
            };
            Part::new(Respect::Action, truth, Claim::at(place, text))
        });
        Judged { place, effect: Effect::Allow, parts: Vec::new(), actions: actions.collect() }
    }

    fn allows(&self, action: &str) -> Truth {
        let any = |patterns: &[&str]| {
            let action = Text::known(action);
            Truth::any(
                patterns
                    .iter()
                    .map(|pattern| glob::covers(&Text::known(*pattern), &action, Letters::AnyCase)),
            )
        };
        let service = |action: &str| action.split(':').next().unwrap_or_default().to_lowercase();
        let listed = any(self.actions).and(!any(self.except));
        let named = self.actions.iter().chain(self.except);
        let mut named = named.filter(|pattern| pattern.contains(':'));
        let same_service = named.any(|pattern| service(pattern) == service(action));
        if listed.is_no() && same_service && !self.whole { Truth::Unknown } else { listed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_policies_of_aws_allow_is_known_in_part() {
        let table = [
            ("service-role/AmazonECSTaskExecutionRolePolicy", "ecr:BatchGetImage", Truth::Yes),
            ("service-role/AmazonECSTaskExecutionRolePolicy", "logs:CreateLogGroup", Truth::No),
            ("service-role/AmazonECSTaskExecutionRolePolicy", "ssm:GetParameters", Truth::No),
            ("AmazonEC2ContainerRegistryPullOnly", "ecr:BatchGetImage", Truth::Yes),
            ("AmazonEC2ContainerRegistryPullOnly", "ecr:PutImage", Truth::Unknown),
            ("AmazonEC2ContainerRegistryPullOnly", "s3:GetObject", Truth::No),
            ("PowerUserAccess", "ecr:BatchGetImage", Truth::Yes),
            ("PowerUserAccess", "iam:PassRole", Truth::Unknown),
            ("AdministratorAccess", "iam:PassRole", Truth::Yes),
        ];
        for (name, action, expected) in table {
            let policy = MANAGED.iter().find(|policy| policy.name == name).unwrap();
            assert_eq!(policy.allows(action), expected, "{name} {action}");
        }
    }

    #[test]
    fn a_policy_of_awss_is_known_by_its_arn() {
        let place = Place { file: 0, start: 0, end: 0 };
        let found = |arn: &str| named(&Value::text(place, Text::known(arn))).map(|one| one.name);
        assert_eq!(
            found("arn:aws-cn:iam::aws:policy/AdministratorAccess"),
            Some("AdministratorAccess")
        );
        assert_eq!(found("arn:aws:iam::012345678901:policy/AdministratorAccess"), None);
        assert_eq!(found("arn:aws:iam::aws:policy/AdministratorAccessNot"), None);
        assert_eq!(found("AdministratorAccess"), None);
    }
}
