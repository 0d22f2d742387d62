//! Parts of properties, where some of them are unknown.

use std::collections::BTreeMap;

use super::Setting;
use crate::cloudformation::{Created, Made, Place, Resource, Text, Unknown, Value};
use crate::prefix::{Prefix, PrefixError};
use crate::truth::Truth;

/// The resources of a world by their ids.
pub(super) struct Index<'a> {
    resources: &'a [Resource],
    by_id: BTreeMap<(u32, &'a str), &'a Resource>,
}

impl<'a> Index<'a> {
    pub(super) fn new(resources: &'a [Resource]) -> Index<'a> {
        let by_id = resources.iter().map(|resource| ((resource.file, &*resource.id), resource));
        Index { resources, by_id: by_id.collect() }
    }

    /// All of a type, in the order of the files.
    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &'a Resource> {
        self.resources.iter().filter(move |resource| resource.kind == kind)
    }

    /// The resource of an id in a file.
    pub(super) fn at(&self, file: u32, id: &str) -> Option<&'a Resource> {
        self.by_id.get(&(file, id)).copied()
    }

    /// The resource whose id a value is, if it is one.
    pub(super) fn made(&self, value: &Value) -> Option<&'a Resource> {
        value.as_created().and_then(|created| self.at(created.file, &created.id))
    }
}

/// The id that a resource gets.
pub(super) fn created(resource: &Resource) -> Created {
    Created { file: resource.file, id: resource.id.clone() }
}

/// The id that a resource gets, as a value where its logical id stands.
pub(super) fn id(resource: &Resource) -> Value {
    Value::text(resource.place, Text::created(created(resource)))
}

/// The prefix that a value is; EC2 clears host bits.
pub(in crate::verify) fn prefix(value: &Value) -> Option<Prefix> {
    match value.as_known()?.trim().parse() {
        Ok(prefix) => Some(prefix),
        Err(PrefixError::HostBits { network, .. }) => Some(network),
        Err(_) => None,
    }
}

/// Every IPv4 address.
pub(in crate::verify) fn everywhere() -> Prefix {
    Prefix::containing([0, 0, 0, 0].into(), 0).expect("0 is a length of IPv4")
}

/// The attribute of a VPC that is the group made with it.
pub(super) const DEFAULT_GROUP: &str = "DefaultSecurityGroup";

/// The attribute of a VPC that is the network ACL made with it.
pub(super) const DEFAULT_ACL: &str = "DefaultNetworkAcl";

/// What EC2 makes with a VPC, such as its default group: what `Fn::GetAtt` gives of it by the name
/// of this attribute.
pub(super) fn made_with(vpc: &Value, attribute: &str, what: &str) -> Value {
    let key = match vpc.as_created() {
        Some(vpc) => vpc.attribute_key(attribute),
        None => format!("{attribute} of {vpc}"),
    };
    let name = format!("the {what} of {vpc}");
    let unknown = Unknown {
        key: key.into(),
        why: format!("{name} is made with the VPC").into(),
        name: name.into(),
        many: false,
    };
    Value::text(vpc.place, Text::unknown(unknown))
}

/// Whether something unknown of this key is what EC2 makes with a VPC.
fn is_made_with_a_vpc(key: &str) -> bool {
    [DEFAULT_GROUP, DEFAULT_ACL].into_iter().any(|attribute| {
        let of_resource =
            key.strip_prefix("attribute ").and_then(|key| key.strip_suffix(attribute));
        let of_id = key.strip_prefix(attribute);
        of_resource.is_some_and(|before| before.ends_with(' '))
            || of_id.is_some_and(|behind| behind.starts_with(" of "))
    })
}

/// What stands under a key: of something wholly unknown, something unknown.
pub(super) fn part(value: &Value, key: &str) -> Option<Value> {
    let Some(whole) = value.as_unknown() else { return value.get(key).cloned() };
    let unknown = Unknown {
        key: format!("{} / {key}", whole.key).into(),
        name: format!("{}.{key}", whole.name).into(),
        why: whole.why.clone(),
        many: true,
    };
    Some(Value::text(value.place, Text::unknown(unknown)))
}

/// A property of a resource.
pub(super) fn property(resource: &Resource, key: &str) -> Option<Value> {
    part(&resource.properties, key)
}

/// The entries of a list that may be left out.
pub(super) fn list(value: Option<Value>) -> Vec<Value> {
    value.map(|value| value.entries().to_vec()).unwrap_or_default()
}

/// What stands under a key in each entry of a list that may be left out.
pub(super) fn each(list: Option<Value>, key: &str) -> Vec<Value> {
    let list = list.iter().flat_map(|list| list.entries());
    list.filter_map(|entry| part(entry, key)).collect()
}

/// A yes or no, and what it is where it is left out.
pub(super) fn setting(given: Option<Value>, place: Place, default: bool) -> Setting {
    match given {
        Some(value) => Setting { truth: value.truth(), place: value.place, given: true },
        None => Setting { truth: default.into(), place, given: false },
    }
}

/// Something unknown; `key` has to tell it from everything else that is unknown.
pub(super) fn unknown(place: Place, key: String, name: &str, why: String) -> Value {
    let unknown = Unknown { key: key.into(), name: name.into(), why: why.into(), many: true };
    Value::text(place, Text::unknown(unknown))
}

/// What is unknown about a value.
pub(super) fn doubt(value: &Value) -> Unknown {
    if let Some(unknown) = value.as_unknown() {
        return unknown.clone();
    }
    Unknown {
        key: format!("{:?}", value.as_text()).into(),
        name: value.to_string().into(),
        why: why(value).into(),
        many: false,
    }
}

/// Why a value is not known.
pub(super) fn why(value: &Value) -> String {
    match value.as_text() {
        Some(text) => match text.why() {
            Some(why) => why.into_owned(),
            None => format!("`{text}` is not what belongs here"),
        },
        None => "a list or a map does not belong here".to_owned(),
    }
}

/// Whether what depends on `made` is made, given that its owner is.
pub(super) fn within(made: &Made, owner: &Made) -> Made {
    match (made, owner) {
        (Made::Perhaps(made), Made::Perhaps(owner)) if made == owner => Made::Surely,
        _ => made.clone(),
    }
}

/// Whether a value is the id of a resource.
pub(super) fn is_id_of(value: &Value, resource: &Resource) -> Truth {
    is(value, &id(resource))
}

/// Whether two ids are the same.
///
/// The parameters of a template are given before it makes anything, and an attribute that stands
/// for no id is of nothing that the template makes by itself; of what EC2 makes with a VPC that
/// holds in every template.
pub(in crate::verify) fn is(one: &Value, other: &Value) -> Truth {
    for (made, id) in [(one, other), (other, one)] {
        let (Some(made), Some(id)) = (made.as_created(), id.as_unknown()) else { continue };
        let of_same_file = |what| id.key.starts_with(&format!("{what} {} ", made.file));
        if ["parameter", "attribute"].into_iter().any(of_same_file) || is_made_with_a_vpc(&id.key) {
            return Truth::No;
        }
    }
    one.same(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::network::templates::world;
    use serde_json::json;

    #[test]
    fn a_part_of_something_unknown_is_unknown_and_equals_itself() {
        let world = world(&[json!({"A": {"Type": "T", "Properties": {"Unknown": "X"}}})]);
        let resource = &world.resources[0];
        let [first, again, other] = ["Y", "Y", "Z"].map(|key| property(resource, key).unwrap());
        assert_eq!(first.same(&again), Truth::Yes);
        assert_eq!(first.same(&other), Truth::Unknown);
        assert!(first.as_unknown().unwrap().many);
    }

    #[test]
    fn an_id_is_that_of_a_resource_only_where_it_can_be() {
        let files = [
            json!({"A": {"Type": "T"}, "B": {"Type": "T"}}),
            json!({"P": {"Type": "T", "Properties": {"Id": {"Ref": "A"}}}}),
        ];
        let world = world(&files);
        let [a, b] = [&world.resources[0], &world.resources[1]];
        let place = |file| Place { file, start: 0, end: 0 };
        let parameter = |file: u32, name: &str| {
            unknown(place(file), format!("parameter {file} {name}"), name, "no value".to_owned())
        };
        let known = |file| Value::text(place(file), Text::known("sg-1"));
        let attribute = |file: u32, of: &str| {
            unknown(place(file), format!("attribute {file} {of}"), of, "no value".to_owned())
        };
        let cases = [
            (id(a), Truth::Yes),
            (id(b), Truth::No),
            (parameter(0, "A"), Truth::No),
            (parameter(1, "A"), Truth::Unknown),
            (parameter(1, DEFAULT_GROUP), Truth::Unknown),
            (known(0), Truth::No),
            (known(1), Truth::Unknown),
            (attribute(0, "Stack Id"), Truth::No),
            (attribute(1, "Stack Id"), Truth::Unknown),
            (attribute(1, "Vpc DefaultSecurityGroup"), Truth::No),
            (made_with(&known(1), DEFAULT_ACL, "network ACL"), Truth::No),
        ];
        for (value, truth) in cases {
            assert_eq!(is_id_of(&value, a), truth, "{value:?}");
            assert_eq!(is(&id(a), &value), truth, "{value:?}");
        }
    }
}
