//! What Fargate task definitions ask of the network that is yet to be made for them.
//!
//! `verify` tells whether a network has what tasks need; this tells what it needs to have. Nothing is
//! guessed: what does not stand in the files is said, with its place.

mod container;
mod firelens;
mod gather;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::fault::findings;
use crate::aws::{AccountId, Region, Service};
use crate::cloudformation::{Place, World};
use crate::diagnostic::{Code, Diagnostic, Source};
use gather::{Gathered, gather};

/// What task definitions need, each with every place that says so.
#[derive(Debug, Clone)]
pub struct Needed {
    /// The region that all of them are in; `None` where nothing tells.
    pub region: Option<&'static Region>,
    /// What tells it; empty where it was given.
    pub region_reasons: BTreeSet<Reason>,
    /// The accounts of the private registries of ECR that images are pulled from.
    pub registries: BTreeMap<AccountId, BTreeSet<Reason>>,
    /// Images in private registries of ECR whose account does not stand in the files.
    pub unknown_registries: BTreeSet<Reason>,
    /// Services with interface endpoints, beside ECR's.
    pub services: BTreeMap<Service, BTreeSet<Reason>>,
    /// File systems of EFS, as they are written.
    pub file_systems: BTreeMap<String, BTreeSet<Reason>>,
    /// What else there is to say; warnings and notes in the order of the files.
    pub said: Vec<Diagnostic>,
    /// The files; places count them.
    pub sources: Vec<Arc<Source>>,
}

/// Why something is needed.
///
/// Order: as the files have it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// Where that is written.
    pub place: Place,
    /// For people: `the awslogs driver of web`.
    pub text: String,
}

/// What the task definitions of a world need; in the world's region, or in the one that they tell.
///
/// # Errors
/// [`Code::NotTaskDefinition`] if there is none for Fargate, and [`Code::SeveralRegions`] if they
/// tell of more than one region and none is given.
pub fn needed(world: World) -> Result<Needed, Vec<Diagnostic>> {
    let (world, region_reasons) = placed(world)?;
    let Gathered {
        definitions,
        registries,
        unknown_registries,
        services,
        file_systems,
        faults,
        ..
    } = gather(&world);
    if definitions.is_empty() {
        return Err(vec![none_for_fargate(&world)]);
    }
    let mut said: Vec<Diagnostic> =
        findings(faults, &world.sources).into_iter().map(|finding| finding.diagnostic).collect();
    said.extend((0..).zip(&world.sources).filter(|(file, _)| !definitions.contains(file)).map(
        |(_, source)| {
            let message = format!("`{}` has no task definition for Fargate", source.name);
            Diagnostic::warning(Code::UnusedInput, message).help("leave it out")
        },
    ));
    Ok(Needed {
        region: world.given.region,
        region_reasons,
        registries,
        unknown_registries,
        services,
        file_systems,
        said,
        sources: world.sources,
    })
}

/// The world in its region, where that is not given and the definitions tell, with what tells it.
fn placed(world: World) -> Result<(World, BTreeSet<Reason>), Vec<Diagnostic>> {
    if world.given.region.is_some() {
        return Ok((world, BTreeSet::new()));
    }
    let mut regions = gather(&world).regions.into_iter();
    match (regions.next(), regions.next()) {
        (None, _) => Ok((world, BTreeSet::new())),
        (Some((region, reasons)), None) => Ok((world.in_region(region), reasons)),
        (Some(first), Some(second)) => {
            let all = [first, second].into_iter().chain(regions).collect();
            Err(vec![several_regions(&world, all)])
        }
    }
}

fn several_regions(world: &World, regions: Vec<(&'static Region, BTreeSet<Reason>)>) -> Diagnostic {
    let names: Vec<String> = regions.iter().map(|(region, _)| format!("`{region}`")).collect();
    let message = format!("the task definitions are in several regions: {}", names.join(", "));
    let mut diagnostic = Diagnostic::error(Code::SeveralRegions, message);
    for (region, reasons) in &regions {
        let Some(reason) = reasons.first() else { continue };
        let Some(source) = world.sources.get(reason.place.file as usize) else { continue };
        let label = format!("`{region}`: {}", reason.text);
        diagnostic = match diagnostic.primary {
            None => diagnostic.at(source, reason.place.range(), label),
            Some(_) => diagnostic.related(source, reason.place.range(), label),
        };
    }
    let first = regions.first().map_or("ap-northeast-1", |(region, _)| region.name);
    diagnostic
        .help("name the definitions of one region, and make a stack for each")
        .help(format!("or say which one counts: --region {first}"))
}

fn none_for_fargate(world: &World) -> Diagnostic {
    let names: Vec<String> =
        world.sources.iter().map(|source| format!("`{}`", source.name)).collect();
    let message = format!("no task definition for Fargate is in {}", names.join(", "));
    Diagnostic::error(Code::NotTaskDefinition, message)
        .help("a definition is for Fargate if `RequiresCompatibilities` has FARGATE, or a service runs it there")
        .help("aws ecs describe-task-definition --task-definition NAME > definition.json")
}
