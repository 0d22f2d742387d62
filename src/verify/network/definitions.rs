//! Task definitions.

use std::collections::BTreeMap;

use super::parts::{Index, created, each, id, list, part, property};
use super::{Container, Definition};
use crate::cloudformation::{Created, Resource, Value};
use crate::truth::Truth;

/// A task definition, and what tells whether it is one for Fargate.
pub(super) struct Defined {
    /// The definition.
    pub(super) definition: Definition,
    /// Whether it has to be compatible with Fargate; `None` where it is not said.
    pub(super) requires_fargate: Option<Truth>,
    /// Whether it has what Fargate asks for: its own network, and a size of the task.
    pub(super) fits_fargate: bool,
}

/// The task definitions of the world.
pub(super) struct Definitions {
    by_id: BTreeMap<Created, Defined>,
    by_family: BTreeMap<String, Vec<Created>>,
}

impl Definitions {
    pub(super) fn new(index: &Index<'_>) -> Definitions {
        let mut definitions = Definitions { by_id: BTreeMap::new(), by_family: BTreeMap::new() };
        for resource in index.of_kind("AWS::ECS::TaskDefinition") {
            if let Some(family) = property(resource, "Family").as_ref().and_then(Value::as_known) {
                let family = definitions.by_family.entry(family.to_owned()).or_default();
                family.push(created(resource));
            }
            definitions.by_id.insert(created(resource), defined(resource));
        }
        definitions
    }

    /// The definition that a value names: by its id, or by a family that only one of them has.
    pub(super) fn named(&self, value: &Value) -> Option<(&Created, &Defined)> {
        if let Some(created) = value.as_created() {
            return self.by_id.get_key_value(created);
        }
        let text = value.as_text()?;
        let name = text.ending().rsplit_once(":task-definition/").map(|(_, name)| name);
        let name = name.or_else(|| text.as_known().filter(|name| !name.contains('/')))?;
        let family = name.split_once(':').map_or(name, |(family, _)| family);
        match self.by_family.get(family)?.as_slice() {
            [one] => self.by_id.get_key_value(one),
            _ => None,
        }
    }

    /// All of them, in the order of the files.
    pub(super) fn all(&self) -> Vec<(&Created, &Defined)> {
        let mut all: Vec<_> = self.by_id.iter().collect();
        all.sort_by_key(|(_, defined)| defined.definition.place);
        all
    }
}

impl Definition {
    /// Whether it runs on Windows, as far as that is known.
    pub(in crate::verify) fn is_windows(&self) -> bool {
        let system = self.operating_system.as_ref().and_then(Value::as_text);
        system.is_some_and(|system| system.beginning().to_ascii_uppercase().starts_with("WINDOWS"))
    }
}

/// Whether a list of compatibilities or capacity providers has one of Fargate's.
pub(super) fn has_fargate(names: &[Value]) -> Truth {
    Truth::any(names.iter().map(|name| match (name.as_known(), name.as_created()) {
        (Some(name), _) => matches!(name, "FARGATE" | "FARGATE_SPOT").into(),
        // A capacity provider that a template makes is one of instances.
        (None, Some(_)) => Truth::No,
        (None, None) => Truth::Unknown,
    }))
}

fn defined(resource: &Resource) -> Defined {
    let get = |key| property(resource, key);
    let requires = get("RequiresCompatibilities");
    let mode = get("NetworkMode");
    let own_network = mode.as_ref().and_then(Value::as_known) == Some("awsvpc");
    let containers = list(get("ContainerDefinitions"));
    let (unknown, known): (Vec<Value>, Vec<Value>) =
        containers.into_iter().partition(|container| container.as_unknown().is_some());
    let platform = get("RuntimePlatform");
    let definition = Definition {
        id: id(resource),
        name: resource.id.to_string(),
        place: resource.place,
        containers: known.iter().enumerate().map(|(at, value)| container(at, value)).collect(),
        unknown_containers: unknown.into_iter().next(),
        execution_role: get("ExecutionRoleArn"),
        task_role: get("TaskRoleArn"),
        efs: file_systems(get("Volumes")),
        network_mode: mode,
        operating_system: platform.and_then(|platform| part(&platform, "OperatingSystemFamily")),
    };
    Defined {
        definition,
        requires_fargate: requires.map(|requires| has_fargate(requires.entries())),
        fits_fargate: own_network && get("Cpu").is_some() && get("Memory").is_some(),
    }
}

fn file_systems(volumes: Option<Value>) -> Vec<Value> {
    let configurations = each(volumes, "EFSVolumeConfiguration");
    configurations.iter().filter_map(|volume| part(volume, "FilesystemId")).collect()
}

fn container(at: usize, value: &Value) -> Container {
    let get = |key| part(value, key);
    let log = get("LogConfiguration");
    let log = |key| log.as_ref().and_then(|log| part(log, key));
    let name = get("Name");
    let credentials = get("RepositoryCredentials");
    Container {
        name: match name {
            Some(name) if name.as_text().is_some() => name.to_string(),
            _ => format!("number {}", at + 1),
        },
        place: value.place,
        image: get("Image"),
        secrets: each(get("Secrets"), "ValueFrom"),
        repository_credentials: credentials
            .and_then(|credentials| part(&credentials, "CredentialsParameter")),
        environment_files: each(get("EnvironmentFiles"), "Value"),
        log_driver: log("LogDriver"),
        log_options: log("Options"),
        log_secrets: each(log("SecretOptions"), "ValueFrom"),
        firelens_options: get("FirelensConfiguration")
            .and_then(|firelens| part(&firelens, "Options")),
    }
}

#[cfg(test)]
mod tests {
    use crate::truth::Truth;
    use crate::verify::network::parts::property;
    use crate::verify::network::templates::{network, world};
    use serde_json::json;

    #[test]
    fn a_definition_has_its_containers_with_all_they_reach_for() {
        let network = network(json!({"D": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
            "RequiresCompatibilities": ["FARGATE"],
            "NetworkMode": "awsvpc",
            "ExecutionRoleArn": {"Ref": "R"},
            "RuntimePlatform": {"OperatingSystemFamily": "LINUX"},
            "Volumes": [
                {"Name": "scratch"},
                {"Name": "data", "EFSVolumeConfiguration": {"FilesystemId": "fs-1"}},
            ],
            "ContainerDefinitions": [
                {
                    "Name": "web",
                    "Image": "nginx",
                    "Secrets": [{"Name": "A", "ValueFrom": "arn:a"}, {"Unknown": "X"}],
                    "RepositoryCredentials": {"CredentialsParameter": "arn:b"},
                    "EnvironmentFiles": [{"Type": "s3", "Value": "arn:c"}],
                    "LogConfiguration": {
                        "LogDriver": "awslogs",
                        "Options": {"awslogs-group": "g"},
                        "SecretOptions": [{"Name": "B", "ValueFrom": "arn:d"}],
                    },
                    "FirelensConfiguration":
                        {"Type": "fluentbit", "Options": {"config-file-type": "s3"}},
                },
                {"Image": {"Ref": "P"}, "Secrets": {"Ref": "P"}},
                {"Unknown": "Y"},
            ],
        }}}));
        let definition = &network.idle_definitions[0];
        assert_eq!(definition.efs[0].as_known(), Some("fs-1"));
        assert_eq!(definition.efs.len(), 1);
        assert_eq!(definition.operating_system.as_ref().unwrap().as_known(), Some("LINUX"));
        assert_eq!(
            &*definition.unknown_containers.as_ref().unwrap().as_unknown().unwrap().key,
            "Y"
        );
        let [web, second] = definition.containers.as_slice() else { panic!("{definition:?}") };
        let names = [&*web.name, &*second.name];
        assert_eq!(names, ["web", "number 2"]);
        let secrets: Vec<_> = web.secrets.iter().map(|secret| secret.as_known()).collect();
        assert_eq!(secrets, [Some("arn:a"), None]);
        assert_eq!(web.repository_credentials.as_ref().unwrap().as_known(), Some("arn:b"));
        assert_eq!(web.environment_files[0].as_known(), Some("arn:c"));
        assert_eq!(web.log_driver.as_ref().unwrap().as_known(), Some("awslogs"));
        assert!(web.log_options.as_ref().unwrap().get("awslogs-group").is_some());
        assert_eq!(web.log_secrets[0].as_known(), Some("arn:d"));
        assert!(web.firelens_options.as_ref().unwrap().get("config-file-type").is_some());
        assert!(second.secrets[0].as_unknown().unwrap().many);
    }

    #[test]
    fn one_of_fargates_providers_is_enough() {
        let table = [
            (json!([]), Truth::No),
            (json!(["EC2"]), Truth::No),
            (json!(["EC2", "FARGATE"]), Truth::Yes),
            (json!("FARGATE_SPOT"), Truth::Yes),
            (json!([{"Ref": "P"}]), Truth::Unknown),
            (json!([{"Ref": "P"}, "FARGATE"]), Truth::Yes),
            (json!([{"Ref": "A"}]), Truth::No),
        ];
        for (names, expected) in table {
            let world = world(&[json!({"A": {"Type": "T", "Properties": {"Names": names}}})]);
            let names = property(&world.resources[0], "Names").unwrap();
            assert_eq!(super::has_fargate(names.entries()), expected, "{names}");
        }
    }
}
