//! Templates in, values out.

mod functions;
mod nested;
mod robust;
mod scenarios;
mod sections;
mod stacks;
mod whole;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::diagnostic::{Diagnostic, Source};

/// A world of texts, without anything given.
fn read(texts: &[&str]) -> Result<World, Vec<Diagnostic>> {
    read_given(texts, Given::default())
}

fn read_given(texts: &[&str], given: Given) -> Result<World, Vec<Diagnostic>> {
    let source = |(number, text): (usize, &&str)| Source::new(format!("{number}.yaml"), *text);
    let sources: Vec<Arc<Source>> = texts.iter().enumerate().map(source).collect();
    World::read(sources, given).map(|(world, _)| world)
}

fn given(parameters: &[(&str, &str)]) -> Given {
    let parameters =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Given { parameters: parameters.collect(), ..Given::default() }
}

fn in_tokyo() -> Given {
    Given {
        region: crate::aws::Region::named("ap-northeast-1"),
        account: "012345678901".parse().ok(),
        parameters: BTreeMap::new(),
    }
}

/// Every resource.
fn all(world: &World) -> Vec<Resource> {
    world.evaluate(&Scenario::default(), |_| true).resources
}

/// `read` of what has to be right.
fn right(texts: &[&str], given: Given) -> World {
    read_given(texts, given).unwrap_or_else(|wrong| panic!("{wrong:#?}"))
}

/// The codes and messages of what is wrong.
fn wrong(texts: &[&str]) -> Vec<(&'static str, String)> {
    let diagnostics = read(texts).err().unwrap_or_default();
    diagnostics.into_iter().map(|one| (one.code.name(), one.message)).collect()
}

/// A value as compact text.
fn show(value: &Value) -> String {
    match &value.kind {
        Kind::Text(text) => {
            let piece = |piece: &Piece| match piece {
                Piece::Known(known) => known.clone(),
                Piece::Created(created) => format!("<{}>", created.id),
                Piece::Unknown(unknown) if unknown.many => format!("({}…)", unknown.key),
                Piece::Unknown(unknown) => format!("({})", unknown.key),
            };
            text.pieces().iter().map(piece).collect()
        }
        Kind::List(items) => {
            format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", "))
        }
        Kind::Map(fields) => {
            let field = |field: &Field| format!("{}: {}", field.key, show(&field.value));
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
    }
}

/// What a value comes to as a property, beside these sections.
fn property(sections: &str, value: &str, given: Given) -> String {
    let text = format!(
        "{sections}\nResources:\n  Subject:\n    Type: Test\n    Properties:\n      Value: {value}\n"
    );
    let world = right(&[&text], given);
    let all = all(&world);
    let subject = all.iter().find(|one| &*one.id == "Subject").expect("it is made");
    subject.properties.get("Value").map_or_else(|| "nothing".to_owned(), show)
}
