//! The values of the network as values of properties, and the parameters they need.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;
use std::sync::Arc;

use super::{List, LogicalId, Parameter, ParameterType, Value};
use crate::config::{ListSetting, Located, Setting};
use crate::diagnostic::{Code, Diagnostic, Source};

/// Collects the parameters of a stack.
pub(super) struct Parameters<'a> {
    source: &'a Arc<Source>,
    known: BTreeMap<LogicalId, (Parameter, Range<usize>)>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl<'a> Parameters<'a> {
    pub(super) fn new(source: &'a Arc<Source>) -> Parameters<'a> {
        Parameters { source, known: BTreeMap::new(), diagnostics: Vec::new() }
    }

    /// The parameter of this name, which has to be of this type wherever it is used.
    fn declare(
        &mut self,
        name: &Located<String>,
        kind: ParameterType,
        description: &str,
    ) -> LogicalId {
        let id = LogicalId::of(&name.value);
        match self.known.get(&id) {
            Some((known, first)) if known.kind != kind => {
                let message = format!("parameter `{}` is used for values of two kinds", name.value);
                let diagnostic = Diagnostic::error(Code::ParameterConflict, message)
                    .at(self.source, name.span.clone(), kind.noun())
                    .related(self.source, first.clone(), known.kind.noun())
                    .help("give them two names");
                self.diagnostics.push(diagnostic);
            }
            Some(_) => {}
            None => {
                let description = description.to_owned();
                let parameter = Parameter { name: id.clone(), kind, description };
                self.known.insert(id.clone(), (parameter, name.span.clone()));
            }
        }
        id
    }

    pub(super) fn value<T: Display>(
        &mut self,
        setting: &Setting<T>,
        kind: ParameterType,
        description: &str,
    ) -> Value {
        match setting {
            Setting::Literal(literal) => Value::Literal(literal.value.to_string()),
            Setting::Parameter(name) => Value::Ref(self.declare(name, kind, description)),
            Setting::Import(name) => Value::Import(name.value.clone()),
        }
    }

    pub(super) fn list<T: Display>(
        &mut self,
        setting: &ListSetting<T>,
        one: ParameterType,
        all: ParameterType,
        description: &str,
    ) -> List {
        match setting {
            ListSetting::Items(items) => {
                List::Items(items.iter().map(|item| self.value(item, one, description)).collect())
            }
            ListSetting::Parameter(name) => List::Ref(self.declare(name, all, description)),
            ListSetting::Import(name) => List::SplitImport(name.value.clone()),
        }
    }

    /// The parameters by name, checked against the names that resources of the stack have.
    pub(super) fn finish(self, taken: &[&LogicalId]) -> (Vec<Parameter>, Vec<Diagnostic>) {
        let mut diagnostics = self.diagnostics;
        for (name, (_, span)) in &self.known {
            if taken.contains(&name) {
                let message = format!("parameter `{}` has the name of a resource", name.as_str());
                let diagnostic = Diagnostic::error(Code::ParameterConflict, message)
                    .at(self.source, span.clone(), "taken by the template")
                    .help("give it another name");
                diagnostics.push(diagnostic);
            }
        }
        (self.known.into_values().map(|(parameter, _)| parameter).collect(), diagnostics)
    }
}

impl ParameterType {
    fn noun(self) -> &'static str {
        match self {
            ParameterType::Vpc => "a VPC's id",
            ParameterType::Cidr => "a prefix",
            ParameterType::Subnet => "a subnet's id",
            ParameterType::Subnets => "a list of subnet ids",
            ParameterType::RouteTable => "a route table's id",
            ParameterType::RouteTables => "a list of route table ids",
            ParameterType::SecurityGroup => "a security group's id",
        }
    }

    /// The type as CloudFormation names it. There is none for route tables and prefixes.
    pub fn name(self) -> &'static str {
        match self {
            ParameterType::Vpc => "AWS::EC2::VPC::Id",
            ParameterType::Subnet => "AWS::EC2::Subnet::Id",
            ParameterType::Subnets => "List<AWS::EC2::Subnet::Id>",
            ParameterType::SecurityGroup => "AWS::EC2::SecurityGroup::Id",
            ParameterType::RouteTables => "CommaDelimitedList",
            ParameterType::Cidr | ParameterType::RouteTable => "String",
        }
    }

    /// What a value, or each value of a list, has to match, with what to say when it does not.
    /// AWS's own types are checked against what exists instead.
    pub fn pattern(self) -> Option<(&'static str, &'static str)> {
        match self {
            ParameterType::Cidr => Some((
                r"^([0-9]{1,3}\.){3}[0-9]{1,3}/(1[6-9]|2[0-8])$",
                "an IPv4 prefix from /16 to /28, such as 10.0.0.0/16",
            )),
            ParameterType::RouteTable | ParameterType::RouteTables => Some((
                r"^rtb-([0-9a-f]{8}|[0-9a-f]{17})$",
                "route table ids, such as rtb-0a1b2c3d4e5f60711",
            )),
            _ => None,
        }
    }

    /// A placeholder for a command line.
    pub fn example(self) -> &'static str {
        match self {
            ParameterType::Vpc => "vpc-…",
            ParameterType::Cidr => "10.0.0.0/16",
            ParameterType::Subnet => "subnet-…",
            ParameterType::Subnets => "subnet-…,subnet-…",
            ParameterType::RouteTable => "rtb-…",
            ParameterType::RouteTables => "rtb-…,rtb-…",
            ParameterType::SecurityGroup => "sg-…",
        }
    }
}
