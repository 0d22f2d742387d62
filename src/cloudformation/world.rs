//! Templates that are deployed together, and what they come to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::session::Session;
use super::template::Scope;
use super::{Created, Place, Text, Unknown, Value, read, resource, scenario, task_definition};
use crate::aws::{AccountId, Region};
use crate::diagnostic::{Diagnostic, Source, has_errors};
use crate::prefix::shorten;
use crate::truth::Truth;
use crate::yaml::Node;

/// What is known of a deployment beside the templates.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// What `AWS::Region` is; `None` where nobody says.
    pub region: Option<&'static Region>,
    /// What `AWS::AccountId` is; `None` where nobody says.
    pub account: Option<AccountId>,
    /// Values of parameters; each goes to every template that has a parameter of this name.
    pub parameters: BTreeMap<String, String>,
}

/// One or several templates; an export of one is an import of another.
#[derive(Debug, Clone)]
pub struct World {
    /// The files, in the order in which they were given; a [`Place`] counts them from 0.
    pub sources: Vec<Arc<Source>>,
    /// What is known beside the files.
    pub given: Given,
    /// The tree of each file.
    pub(super) roots: Vec<Arc<Node>>,
}

/// One way in which conditions that nobody knows may turn out.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scenario {
    /// What is taken to be so, in words: `CreateS3 = "true"`, `Region is not us-east-1`. Empty
    /// where nothing has to be taken to be so.
    pub taken: Vec<String>,
    /// What unknowns are taken to be, by key.
    pub(super) fixed: BTreeMap<Arc<str>, String>,
    /// What unknowns are taken not to be.
    pub(super) apart: BTreeMap<Arc<str>, BTreeSet<String>>,
    /// Whether two things are taken to be the same.
    pub(super) atoms: BTreeMap<Arc<str>, bool>,
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

impl Made {
    /// Whether it is.
    pub fn truth(&self) -> Truth {
        match self {
            Made::Surely => Truth::Yes,
            Made::Perhaps(_) => Truth::Unknown,
        }
    }
}

/// A resource with its properties evaluated.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Which of the files makes it, from 0.
    pub file: u32,
    /// Its logical id, which other files may have too.
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
    /// Where resources may be made that cannot be seen, and why: a macro, a nested stack whose
    /// template is not one of the files,
    /// `Fn::ForEach` over something unknown.
    pub hidden: Vec<(Place, String)>,
    /// `Metadata.FargateEgress` of each template that has it.
    pub notes: Vec<Value>,
    /// What was taken on trust so that imports meet exports, where the import stands: that a name is
    /// the one of a stack.
    pub taken: Vec<(Place, String)>,
}

impl Evaluated {
    /// The resource of an id.
    pub fn resource(&self, id: &Created) -> Option<&Resource> {
        self.resources.iter().find(|one| (one.file, &one.id) == (id.file, &id.id))
    }
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
        World::of_trees(sources, given, read::tree)
    }

    /// The same of files each of which is a template, or a task definition as
    /// `aws ecs describe-task-definition` prints it and `register-task-definition` takes it.
    ///
    /// # Errors
    /// As [`World::read`], and what is neither of the two.
    pub fn of_task_definitions(
        sources: Vec<Arc<Source>>,
        given: Given,
    ) -> Result<(World, Vec<Diagnostic>), Vec<Diagnostic>> {
        World::of_trees(sources, given, task_definition::tree)
    }

    fn of_trees(
        sources: Vec<Arc<Source>>,
        given: Given,
        tree: fn(&Arc<Source>, &mut Vec<Diagnostic>) -> Node,
    ) -> Result<(World, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut wrong = Vec::new();
        let roots = sources.iter().map(|source| tree(source, &mut wrong).into()).collect();
        World { sources, given, roots }.checked(wrong)
    }

    /// A world of one template that has been read as YAML already.
    ///
    /// # Errors
    /// As [`World::read`].
    pub fn of_tree(
        source: Arc<Source>,
        root: Node,
        given: Given,
    ) -> Result<(World, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut wrong = Vec::new();
        read::shape(&source, &root, &mut wrong);
        World { sources: vec![source], given, roots: vec![root.into()] }.checked(wrong)
    }

    /// The world with everything that is wrong with it, by place.
    fn checked(
        self,
        mut wrong: Vec<Diagnostic>,
    ) -> Result<(World, Vec<Diagnostic>), Vec<Diagnostic>> {
        let world = self;
        wrong.extend(read::check(&world));
        wrong.extend(read::unused_parameters(&world));
        wrong.sort_by_key(|one| {
            let place = one.primary.as_ref().and_then(|at| {
                let same = |source| Arc::ptr_eq(source, &at.source);
                Some((world.sources.iter().position(same)?, at.span.start))
            });
            place.unwrap_or((usize::MAX, 0))
        });
        if has_errors(&wrong) { Err(wrong) } else { Ok((world, wrong)) }
    }

    /// The same world deployed in a region, whatever was given before.
    #[must_use]
    pub fn in_region(self, region: &'static Region) -> World {
        World { given: Given { region: Some(region), ..self.given }, ..self }
    }

    /// The regions that the `Rules` of its templates assert, with the places that say so; in the
    /// order of the files.
    pub fn asserted_regions(&self) -> Vec<(&'static Region, Place)> {
        let scenario = Scenario::default();
        let mut session = Session::new(self, &scenario);
        let files = 0..u32::try_from(self.roots.len()).unwrap_or(u32::MAX);
        files.flat_map(|file| session.asserted_regions(file)).collect()
    }

    /// The ways in which unknown conditions may turn out that resources of the wanted types depend on.
    pub fn scenarios(&self, wanted: impl Fn(&str) -> bool) -> Scenarios {
        scenario::scenarios(self, &wanted)
    }

    /// The resources of the wanted types.
    pub fn evaluate(&self, scenario: &Scenario, wanted: impl Fn(&str) -> bool) -> Evaluated {
        let mut session = Session::new(self, scenario);
        let resources = session.wanted(&wanted);
        let nowhere = Place { file: 0, start: 0, end: 0 };
        let scope = Scope { file: 0, loops: None };
        let pseudo = |name: &str| {
            let value = session.pseudo(name, nowhere, &scope);
            value.and_then(|value| value.as_text().cloned()).unwrap_or_default()
        };
        let (region, account, partition) =
            (pseudo("AWS::Region"), pseudo("AWS::AccountId"), pseudo("AWS::Partition"));
        let (hidden, notes, taken) = (session.all_hidden(), session.notes(), session.taken());
        Evaluated { resources, region, account, partition, hidden, notes, taken }
    }
}

impl Session<'_> {
    /// The resources of the wanted types, in the order of the files.
    pub(super) fn wanted(&mut self, wanted: &impl Fn(&str) -> bool) -> Vec<Resource> {
        let mut resources = Vec::new();
        for file in 0..self.templates.len() {
            for index in 0..self.templates[file].resources.len() {
                if wanted(&self.templates[file].resources[index].kind) {
                    resources.extend(self.resource(file, index));
                }
            }
        }
        resources
    }

    fn all_hidden(&mut self) -> Vec<(Place, String)> {
        let mut hidden = std::mem::take(&mut self.hidden);
        for file in 0..self.templates.len() {
            hidden.append(&mut self.templates[file].hidden);
            for index in 0..self.templates[file].resources.len() {
                let item = &self.templates[file].resources[index];
                let (place, id) = (item.place, item.id.clone());
                let seen = self.nested_of(item.scope.file, &id).is_some();
                if !seen && resource::hides(&item.kind) && self.made(file, index).is_some() {
                    hidden.push((
                        place,
                        format!("`{}` makes what stands in another template", shorten(&id)),
                    ));
                }
            }
        }
        hidden.sort();
        hidden.dedup();
        hidden
    }

    fn notes(&mut self) -> Vec<Value> {
        let mut notes = Vec::new();
        for (file, root) in (0..).zip(&self.world.roots) {
            let note = root.get("Metadata").and_then(|metadata| metadata.get("FargateEgress"));
            let scope = Scope { file, loops: None };
            notes.extend(note.and_then(|note| self.value(note, &scope)));
        }
        notes
    }
}
