//! Roles with the policies that are attached to them, from either side.

use std::collections::BTreeMap;

use super::Role;
use super::parts::{Index, created, id, is_id_of, list, part, property, why};
use crate::cloudformation::{Created, Made, Resource, Value};
use crate::truth::Truth;

const ROLE: &str = "AWS::IAM::Role";

/// The roles of the world.
pub(super) fn roles(index: &Index<'_>) -> Vec<Role> {
    let attachments = Attachments::new(index);
    index.of_kind(ROLE).map(|resource| role(index, resource, &attachments)).collect()
}

/// Policies that name their roles.
struct Attachments<'a> {
    sure: BTreeMap<Created, Vec<&'a Resource>>,
    /// What names a role that is not known.
    doubtful: Vec<(Value, &'a Resource)>,
}

impl<'a> Attachments<'a> {
    fn new(index: &Index<'a>) -> Attachments<'a> {
        let roles = index.of_kind(ROLE).filter_map(|role| {
            Some((property(role, "RoleName")?.as_known()?.to_owned(), created(role)))
        });
        let by_name: BTreeMap<String, Created> = roles.collect();
        let kinds = [
            ("AWS::IAM::Policy", "Roles"),
            ("AWS::IAM::ManagedPolicy", "Roles"),
            ("AWS::IAM::RolePolicy", "RoleName"),
        ];
        let mut attachments = Attachments { sure: BTreeMap::new(), doubtful: Vec::new() };
        for (kind, key) in kinds {
            for policy in index.of_kind(kind) {
                for named in list(property(policy, key)) {
                    let by_name = || by_name.get(named.as_known()?);
                    match named.as_created().or_else(by_name) {
                        Some(role) => {
                            attachments.sure.entry(role.clone()).or_default().push(policy)
                        }
                        None => attachments.doubtful.push((named, policy)),
                    }
                }
            }
        }
        attachments
    }
}

/// What a role may do, as far as it is seen.
#[derive(Default)]
struct Seen {
    policies: Vec<Value>,
    managed: Vec<Value>,
    unseen: Option<String>,
}

impl Seen {
    fn cannot_see(&mut self, why: impl FnOnce() -> String) {
        self.unseen.get_or_insert_with(why);
    }

    /// Takes a policy of the world.
    fn resource(&mut self, policy: &Resource, role: &Resource) {
        match (&policy.made, &role.made) {
            (Made::Perhaps(made), Made::Surely) => {
                self.cannot_see(|| {
                    format!("whether the policy {} is made: {}", policy.id, made.why)
                });
            }
            (Made::Perhaps(made), Made::Perhaps(role)) if made != role => {
                self.cannot_see(|| {
                    format!("whether the policy {} is made: {}", policy.id, made.why)
                });
            }
            _ => self.document(property(policy, "PolicyDocument")),
        }
    }

    fn document(&mut self, document: Option<Value>) {
        match document {
            Some(document) if document.as_unknown().is_some() => {
                self.cannot_see(|| format!("a policy: {}", why(&document)));
            }
            Some(document) => self.policies.push(document),
            None => {}
        }
    }
}

fn role(index: &Index<'_>, role: &Resource, attachments: &Attachments<'_>) -> Role {
    let mut seen = Seen::default();
    let named = property(role, "PermissionsBoundary");
    let boundary = named.as_ref().and_then(|named| boundary(index, role, named));
    if named.is_some() && boundary.is_none() {
        seen.cannot_see(|| "a permissions boundary".to_owned());
    }
    for policy in list(property(role, "Policies")) {
        seen.document(part(&policy, "PolicyDocument"));
    }
    for arn in list(property(role, "ManagedPolicyArns")) {
        match (index.made(&arn), arn.as_created(), arn.as_unknown()) {
            (Some(policy), _, _) => seen.resource(policy, role),
            (None, Some(_), _) => seen.cannot_see(|| format!("the policy {arn}")),
            (None, _, Some(unknown)) => {
                seen.cannot_see(|| format!("the managed policy {arn}: {}", unknown.why));
            }
            (None, None, None) => seen.managed.push(arn),
        }
    }
    for policy in attachments.sure.get(&created(role)).into_iter().flatten() {
        seen.resource(policy, role);
    }
    let may_be = |named: &Value| is_id_of(named, role) == Truth::Unknown;
    if let Some((named, policy)) = attachments.doubtful.iter().find(|(named, _)| may_be(named)) {
        seen.cannot_see(|| format!("whether the policy {} is of {named}", policy.id));
    }
    Role {
        id: id(role),
        name: role.id.to_string(),
        place: role.place,
        trust: property(role, "AssumeRolePolicyDocument"),
        role_name: property(role, "RoleName"),
        path: property(role, "Path"),
        boundary,
        policies: seen.policies,
        managed: seen.managed,
        unseen: seen.unseen,
    }
}

/// The document of a boundary that is made whenever the role is.
fn boundary(index: &Index<'_>, role: &Resource, named: &Value) -> Option<Value> {
    let policy = index.made(named)?;
    let is_made = matches!(policy.made, Made::Surely) || is_made_with(policy, role);
    let document = property(policy, "PolicyDocument").filter(|_| is_made)?;
    document.as_unknown().is_none().then_some(document)
}

/// Whether two resources hang on the same condition.
fn is_made_with(policy: &Resource, role: &Resource) -> bool {
    match (&policy.made, &role.made) {
        (Made::Perhaps(policy), Made::Perhaps(role)) => policy == role,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::network::templates::network;
    use serde_json::{Value as Json, json};

    /// The number of documents, the managed ones, and what is not seen.
    fn read(properties: Json, others: Json) -> (usize, String, String) {
        let mut resources = others;
        resources["R"] = json!({"Type": ROLE, "Properties": properties});
        let network = network(resources);
        let role = network.roles.iter().find(|role| role.name == "R").unwrap();
        let managed: Vec<String> = role.managed.iter().map(Value::to_string).collect();
        (role.policies.len(), managed.join(" "), role.unseen.clone().unwrap_or_default())
    }

    #[test]
    fn policies_are_attached_from_the_role_or_from_the_policy() {
        let document = json!({"Statement": []});
        let policy = |kind: &str, key: &str, roles: Json| {
            json!({"P": {"Type": format!("AWS::IAM::{kind}"),
                "Properties": {"PolicyDocument": document, key: roles}}})
        };
        let conditional = |mut policy: Json| {
            policy["P"]["Perhaps"] = json!("C");
            policy
        };
        let arn = "arn:aws:iam::aws:policy/X";
        let partition = json!({"Join": ["arn:", {"Ref": "AWS::Partition"}, ":iam::aws:policy/X"]});
        let may = "whether the policy P is made: nobody knows C";
        let inline = json!({"Policies": [{"PolicyName": "A", "PolicyDocument": document}]});
        let table: Vec<(Json, Json, (usize, &str, &str))> = vec![
            (json!({}), json!({}), (0, "", "")),
            (inline, json!({}), (1, "", "")),
            (
                json!({"Policies": [{"Unknown": "X"}]}),
                json!({}),
                (0, "", "a policy: nobody knows X"),
            ),
            (json!({"Policies": {"Ref": "X"}}), json!({}), (0, "", "a policy: nobody knows X")),
            (json!({"ManagedPolicyArns": [arn]}), json!({}), (0, arn, "")),
            (
                json!({"ManagedPolicyArns": [partition]}),
                json!({}),
                (0, "arn:${AWS::Partition}:iam::aws:policy/X", ""),
            ),
            (
                json!({"ManagedPolicyArns": [{"Ref": "X"}]}),
                json!({}),
                (0, "", "the managed policy ${X}: nobody knows X"),
            ),
            (
                json!({"ManagedPolicyArns": [{"Ref": "P"}]}),
                policy("ManagedPolicy", "Roles", json!([])),
                (1, "", ""),
            ),
            (
                json!({"ManagedPolicyArns": [{"Ref": "P"}]}),
                conditional(policy("ManagedPolicy", "Roles", json!([]))),
                (0, "", may),
            ),
            (json!({}), policy("Policy", "Roles", json!([{"Ref": "R"}])), (1, "", "")),
            (json!({}), policy("ManagedPolicy", "Roles", json!([{"Ref": "R"}])), (1, "", "")),
            (json!({}), policy("RolePolicy", "RoleName", json!({"Ref": "R"})), (1, "", "")),
            (json!({"RoleName": "task"}), policy("Policy", "Roles", json!(["task"])), (1, "", "")),
            (json!({"RoleName": "task"}), policy("Policy", "Roles", json!(["other"])), (0, "", "")),
            (json!({}), policy("Policy", "Roles", json!([{"Ref": "Parameter"}])), (0, "", "")),
            (
                json!({}),
                policy("Policy", "Roles", json!([{"Unknown": "X"}])),
                (0, "", "whether the policy P is of ${X}"),
            ),
            (
                json!({}),
                conditional(policy("Policy", "Roles", json!([{"Ref": "R"}]))),
                (0, "", may),
            ),
            (
                json!({"PermissionsBoundary": arn, "ManagedPolicyArns": [arn]}),
                json!({}),
                (0, arn, "a permissions boundary"),
            ),
            (
                json!({"PermissionsBoundary": {"Ref": "P"}, "ManagedPolicyArns": [arn]}),
                policy("ManagedPolicy", "Roles", json!([])),
                (0, arn, ""),
            ),
            (
                json!({"PermissionsBoundary": {"Ref": "P"}}),
                conditional(policy("ManagedPolicy", "Roles", json!([]))),
                (0, "", "a permissions boundary"),
            ),
        ];
        for (properties, others, (policies, managed, unseen)) in table {
            let expected = (policies, managed.to_owned(), unseen.to_owned());
            assert_eq!(read(properties.clone(), others.clone()), expected, "{properties} {others}");
        }
    }
}
