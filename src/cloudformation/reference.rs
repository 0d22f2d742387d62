//! `Ref`, `Fn::GetAtt` and what `Fn::Sub` names: parameters, pseudo parameters and resources.

use std::collections::BTreeSet;

use super::arg::Arg;
use super::attributes::{Attribute, attribute};
use super::session::Session;
use super::template::{Scope, Slot};
use super::{Created, Kind, Made, Piece, Place, Text, Unknown, Value, keys, parameters};
use crate::diagnostic::Code;
use crate::prefix::shorten;

/// The pseudo parameters.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>
const PSEUDO: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// Types of which `Ref` gives the ARN of the secret that they belong to.
const OF_A_SECRET: [&str; 3] = [
    "AWS::SecretsManager::ResourcePolicy",
    "AWS::SecretsManager::RotationSchedule",
    "AWS::SecretsManager::SecretTargetAttachment",
];

impl<'w> Session<'w> {
    /// `Ref`; `None` for `AWS::NoValue`.
    pub(super) fn reference(&mut self, name: &str, at: Place, scope: &Scope) -> Option<Value> {
        if let Some(turn) = scope.loops().find(|turn| turn.id == name) {
            return Some(Value::text(at, Text::known(&*turn.value)));
        }
        if name == "AWS::NoValue" {
            return None;
        }
        if name.starts_with("AWS::") {
            let value = self.pseudo(name, at, scope);
            return Some(value.unwrap_or_else(|| self.missing(name, at, scope)));
        }
        if let Some(value) = self.parameter(name, at, scope) {
            return Some(value);
        }
        Some(match self.template(scope).resource(name) {
            Some(index) => {
                let created = self.created(index, at, scope);
                let is_of_secret =
                    OF_A_SECRET.contains(&&*self.template(scope).resources[index].kind);
                let secret =
                    is_of_secret.then(|| self.property(index, "SecretId", scope)).flatten();
                secret.map_or(created, |secret| self.copy(&secret, at))
            }
            None => self.missing(name, at, scope),
        })
    }

    /// A pseudo parameter; `None` if there is none of this name.
    pub(super) fn pseudo(&self, name: &str, at: Place, scope: &Scope) -> Option<Value> {
        let region = self.region;
        let known = match name {
            "AWS::Region" => region.map(|region| region.name.to_owned()),
            "AWS::Partition" => region.map(|region| region.partition.name().to_owned()),
            "AWS::URLSuffix" => region.map(|region| region.partition.dns_suffix().to_owned()),
            "AWS::AccountId" => self.world.given.account.as_ref().map(ToString::to_string),
            "AWS::StackName" | "AWS::StackId" | "AWS::NotificationARNs" => None,
            _ => return None,
        };
        if let Some(known) = known {
            return Some(Value::text(at, Text::known(known)));
        }
        let why = match name {
            "AWS::AccountId" => "the account is not given",
            "AWS::StackName" => "the name of the stack is not given",
            "AWS::StackId" => "the stack is yet to be made",
            "AWS::NotificationARNs" => "the topics of the stack are not given",
            _ => "the region is not given",
        };
        let of_file = name.starts_with("AWS::Stack") || name == "AWS::NotificationARNs";
        let key = if of_file { format!("{name} {}", scope.file) } else { name.to_owned() };
        let unknown = Unknown {
            key: key.into(),
            name: format!("${{{name}}}").into(),
            why: why.into(),
            many: name == "AWS::NotificationARNs",
        };
        Some(self.unknown(at, unknown))
    }

    /// The value of a parameter; `None` if there is none of this name.
    fn parameter(&mut self, name: &str, at: Place, scope: &Scope) -> Option<Value> {
        let file = scope.file as usize;
        let parameter = self.templates[file].parameters.get(name)?;
        if let Some(value) = parameter.value.clone() {
            return Some(self.copy(&value, at));
        }
        let node = parameter.node;
        let kind = parameters::Kind::of(node);
        if !kind.looked_up
            && let Some(value) = self.nested_parameter(name, kind.many, at, scope)
        {
            if let Some(parameter) = self.templates[file].parameters.get_mut(name) {
                parameter.value = Some(value.clone());
            }
            return Some(value);
        }
        let given = self.world.given.parameters.get(name).map(String::as_str);
        let value = given.or_else(|| node.get("Default").and_then(crate::yaml::Node::text));
        let value = match value {
            Some(text) if !kind.looked_up => {
                let at = Session::place_of(scope.file, node);
                let known =
                    |text: &str| Value::text(at, super::dynamic::resolve(Text::known(text)));
                if kind.many {
                    let items = text_items(given, node).into_iter().map(|item| known(&item));
                    Value { place: at, kind: Kind::List(items.collect()) }
                } else {
                    known(text)
                }
            }
            _ => self.unknown_parameter(name, kind, node, at, scope),
        };
        let value = self.copy(&value, at);
        if let Some(parameter) = self.templates[file].parameters.get_mut(name) {
            parameter.value = Some(value.clone());
        }
        Some(value)
    }

    fn unknown_parameter(
        &mut self,
        name: &str,
        kind: parameters::Kind,
        node: &crate::yaml::Node,
        at: Place,
        scope: &Scope,
    ) -> Value {
        let key = format!("parameter {} {}", scope.file, keys::quoted(name));
        let why = if kind.looked_up {
            format!("parameter `{name}` is looked up in Parameter Store when it is deployed")
        } else {
            format!("parameter `{name}` has no value")
        };
        let allowed: BTreeSet<String> = parameters::allowed(node).map(str::to_owned).collect();
        if !allowed.is_empty() && !kind.looked_up && !kind.many {
            self.allowed.insert(key.as_str().into(), allowed);
        }
        let unknown = Unknown {
            key: key.into(),
            name: format!("${{{name}}}").into(),
            why: why.into(),
            many: kind.many,
        };
        self.unknown(at, unknown)
    }

    /// The id of a resource of the same template.
    fn created(&mut self, index: usize, at: Place, scope: &Scope) -> Value {
        let id = self.template(scope).resources[index].id.clone();
        if let Some(names) = &mut self.names {
            names.insert(id.clone());
        }
        Value::text(at, Text::created(Created { file: scope.file, id }))
    }

    /// A name that is nowhere in the template.
    fn missing(&mut self, name: &str, at: Place, scope: &Scope) -> Value {
        let template = self.template(scope);
        if !template.open {
            let parameters = template.parameters.keys().copied();
            let resources = template.resources.iter().map(|item| &*item.id);
            let known = parameters.chain(resources).chain(PSEUDO);
            let help = self.did_you_mean(at, name, known);
            let message = format!("there is no parameter or resource `{}`", shorten(name));
            self.report(at, Code::UnknownReference, message, "not in this template", help);
        }
        let unknown = Unknown {
            key: keys::short(format!("name {} {}", scope.file, keys::quoted(name))).into(),
            name: format!("${{{}}}", shorten(name)).into(),
            why: format!("`{}` is not in this template", shorten(name)).into(),
            many: true,
        };
        self.unknown(at, unknown)
    }

    /// `Fn::GetAtt`.
    pub(super) fn get_att(&mut self, arg: Arg<'w>, at: Place, scope: &Scope) -> Option<Value> {
        let written = match (arg.text(), arg.items()) {
            (Some(_), _) => {
                let whole = self.scalar(arg.node, scope);
                whole.split_once('.').map(|(id, name)| (id.to_owned(), name.to_owned()))
            }
            (None, Some([id, rest @ ..])) if !rest.is_empty() => {
                let id = self.value(id, scope)?;
                let names: Option<Vec<Value>> =
                    rest.iter().map(|node| self.value(node, scope)).collect();
                let known = |value: &Value| value.as_known().map(str::to_owned);
                let names = names?;
                let parts: Option<Vec<String>> = names.iter().map(known).collect();
                match (known(&id), parts) {
                    (Some(id), Some(parts)) => Some((id, parts.join("."))),
                    _ => {
                        let of: Vec<&Value> = std::iter::once(&id).chain(&names).collect();
                        return Some(self.derived("GetAtt", &of, true, at, scope));
                    }
                }
            }
            _ => None,
        };
        let Some((id, name)) = written else {
            self.invalid(at, "`Fn::GetAtt` takes a resource and an attribute".into());
            return Some(self.opaque(at, scope, "`Fn::GetAtt` is given something else".into()));
        };
        Some(self.attribute(&id, &name, at, scope))
    }

    /// An attribute of a resource.
    pub(super) fn attribute(&mut self, id: &str, name: &str, at: Place, scope: &Scope) -> Value {
        let Some(index) = self.template(scope).resource(id) else {
            return self.missing_resource(id, name, at, scope);
        };
        let created = self.created(index, at, scope);
        let kind = self.template(scope).resources[index].kind.clone();
        if let Some(value) = self.nested_output(id, name, at, scope) {
            return value;
        }
        let many = match attribute(&kind, name) {
            Attribute::Id => return created,
            Attribute::Property(property) => match self.property(index, property, scope) {
                Some(value) => return self.copy(&value, at),
                None => false,
            },
            Attribute::Pattern(pattern) => return self.pattern(pattern, &created, scope),
            Attribute::Later { many } => many,
        };
        let whole = format!("{id}.{name}");
        let unknown = Unknown {
            key: keys::of_attribute(scope.file, id, name).into(),
            name: format!("${{{}}}", shorten(&whole)).into(),
            why: format!("`{}` is known only when it is made", shorten(&whole)).into(),
            many,
        };
        self.unknown(at, unknown)
    }

    fn missing_resource(&mut self, id: &str, name: &str, at: Place, scope: &Scope) -> Value {
        let template = self.template(scope);
        if template.open {
            return self.missing(&format!("{id}.{name}"), at, scope);
        }
        let known = template.resources.iter().map(|item| &*item.id);
        let help = self.did_you_mean(at, id, known);
        let message = if template.parameters.contains_key(id) {
            format!("`{}` is a parameter, which has no attributes", shorten(id))
        } else {
            format!("there is no resource `{}`", shorten(id))
        };
        self.report(at, Code::UnknownReference, message, "not in `Resources`", help);
        self.missing(&format!("{id}.{name}"), at, scope)
    }

    /// What a resource's property was given; `None` where it is left out, or hangs on itself.
    fn property(&mut self, index: usize, name: &'static str, scope: &Scope) -> Option<Value> {
        let file = scope.file as usize;
        let item = &mut self.templates[file].resources[index];
        match item.read.entry(name).or_default() {
            Slot::Done(value) => return value.clone(),
            Slot::Running => return None,
            slot => *slot = Slot::Running,
        }
        let (node, inner) = (item.node, item.scope.clone());
        let names = self.names.take();
        let property = node.get("Properties").and_then(|properties| properties.get(name));
        // Whether it is made matters to what is wrong with it alone.
        let unsure = self.wrong.is_some() && !matches!(self.made(file, index), Some(Made::Surely));
        let value =
            self.supposing(unsure, |session| property.and_then(|node| session.value(node, &inner)));
        self.names = names;
        self.templates[file].resources[index].read.insert(name, Slot::Done(value.clone()));
        value
    }

    fn pattern(&mut self, pattern: &str, created: &Value, scope: &Scope) -> Value {
        let at = created.place;
        let mut text = Text::default();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once('{') {
            text.push(Piece::Known(before.into()));
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            rest = after;
            let value = match name {
                "partition" => self.pseudo("AWS::Partition", at, scope),
                "region" => self.pseudo("AWS::Region", at, scope),
                "account" => self.pseudo("AWS::AccountId", at, scope),
                "suffix" => self.pseudo("AWS::URLSuffix", at, scope),
                _ => Some(created.clone()),
            };
            if let Some(piece) = value.as_ref().and_then(Value::as_text) {
                text.append(piece.clone());
            }
        }
        text.push(Piece::Known(rest.into()));
        Value::text(at, text)
    }
}

/// The items of a list parameter.
fn text_items(given: Option<&str>, node: &crate::yaml::Node) -> Vec<String> {
    let text = given.or_else(|| node.get("Default").and_then(crate::yaml::Node::text));
    text.unwrap_or("").split(',').map(|item| item.trim().to_owned()).collect()
}
