//! Templates that are deployed together, and what they come to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Place, Text, Unknown, Value};
use crate::aws::{AccountId, Region};
use crate::diagnostic::{Diagnostic, Source};

/// What is known of a deployment beside the templates.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// `AWS::Region`.
    pub region: Option<&'static Region>,
    /// `AWS::AccountId`.
    pub account: Option<AccountId>,
    /// Values of parameters; each goes to every template that has a parameter of this name.
    pub parameters: BTreeMap<String, String>,
}

/// One or several templates; an export of one is an import of another.
#[derive(Debug)]
pub struct World {
    /// The files, in the order in which they were given; a [`Place`] counts them from 0.
    pub sources: Vec<Arc<Source>>,
    /// What is known beside them.
    pub given: Given,
}

/// One way in which conditions that nobody knows may turn out.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scenario {
    /// What is taken to be so, in words: `CreateS3 = "true"`, `Region is not us-east-1`. Empty
    /// where nothing has to be taken to be so.
    pub taken: Vec<String>,
}

/// The ways in which they may turn out.
#[derive(Debug, Clone)]
pub enum Scenarios {
    /// Each of them; there is always at least one.
    Each(Vec<Scenario>),
    /// Too many to look at one by one: they stay unknown. The conditions, and what they depend on.
    TooMany {
        /// Names of conditions.
        conditions: Vec<String>,
        /// Reasons: `parameter Stage has no value`.
        why: Vec<String>,
    },
}

/// Whether a resource is made.
#[derive(Debug, Clone, Default)]
pub enum Made {
    /// It is.
    #[default]
    Surely,
    /// It depends on something unknown.
    Perhaps(Unknown),
}

/// A resource with its properties evaluated.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Which of the files makes it.
    pub file: u32,
    /// Its logical id.
    pub id: Arc<str>,
    /// Where its logical id stands.
    pub place: Place,
    /// Its `Type`, such as `AWS::EC2::VPC`.
    pub kind: String,
    /// Whether its condition holds; one whose condition does not hold is not there at all.
    pub made: Made,
    /// `Properties`; an empty map where they are left out.
    pub properties: Value,
    /// The logical ids of its template that it names: in its properties or in `DependsOn`.
    pub names: BTreeSet<Arc<str>>,
}

/// What a world comes to in a scenario.
#[derive(Debug, Clone)]
pub struct Evaluated {
    /// The resources, in the order of the files.
    pub resources: Vec<Resource>,
    /// `AWS::Region`.
    pub region: Text,
    /// `AWS::AccountId`.
    pub account: Text,
    /// `AWS::Partition`.
    pub partition: Text,
    /// Where resources may be made that cannot be seen, and why: a macro, a nested stack,
    /// `Fn::ForEach` over something unknown.
    pub hidden: Vec<(Place, String)>,
    /// `Metadata.FargateEgress` of each template that has it.
    pub notes: Vec<Value>,
}

impl World {
    /// Reads templates; warnings beside the world.
    ///
    /// # Errors
    /// What is not YAML, not CloudFormation, or refers to what is not there; all of it at once.
    pub fn read(
        sources: Vec<Arc<Source>>,
        given: Given,
    ) -> Result<(World, Vec<Diagnostic>), Vec<Diagnostic>> {
        Ok((World { sources, given }, Vec::new()))
    }

    /// The same world in a region.
    #[must_use]
    pub fn in_region(self, region: &'static Region) -> World {
        World { given: Given { region: Some(region), ..self.given }, ..self }
    }

    /// To come.
    pub fn asserted_regions(&self) -> Vec<(&'static Region, Place)> {
        Vec::new()
    }

    /// The ways in which unknown conditions may turn out that resources of the wanted types depend on.
    pub fn scenarios(&self, _wanted: impl Fn(&str) -> bool) -> Scenarios {
        Scenarios::Each(vec![Scenario::default()])
    }

    /// The resources of the wanted types.
    pub fn evaluate(&self, _scenario: &Scenario, _wanted: impl Fn(&str) -> bool) -> Evaluated {
        Evaluated {
            resources: Vec::new(),
            region: Text::default(),
            account: Text::default(),
            partition: Text::default(),
            hidden: Vec::new(),
            notes: Vec::new(),
        }
    }
}
