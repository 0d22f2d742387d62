//! Names of stacks, taken on trust where an import tells what they have to be.
//!
//! An export that is named with `${AWS::StackName}` meets the import of another template only when
//! its stack gets the right name. Nobody can see that name in a template, but templates that are
//! given together are meant to be deployed together.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::exports::Exports;
use super::session::Session;
use super::{Piece, Place, Text};
use crate::prefix::shorten;

/// The longest name of a stack, and its letters:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html>.
const LONGEST: usize = 128;

/// Most exports that are told of where one is looked for.
const MOST_SHOWN: usize = 3;

/// What a stack is taken to be named.
#[derive(Debug)]
pub(super) struct StackName {
    /// The template.
    file: u32,
    name: Text,
    /// The import that asks for it.
    place: Place,
}

/// A name of an export in which the name of its own stack stands.
#[derive(Debug, Clone)]
pub(super) struct StackNamed {
    /// The template.
    file: u32,
    name: Text,
}

/// A letter, or something that takes the place of letters.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Atom<'t> {
    Letter(char),
    Other(&'t Piece),
}

/// The name of an export of a template, if the name of its stack stands in it.
pub(super) fn stack_named(name: &Text, file: u32) -> Option<StackNamed> {
    let own = key(file);
    name.pieces().iter().any(|piece| is_unknown(piece, &own)).then(|| {
        let name = name.clone();
        StackNamed { file, name }
    })
}

/// The key of the name of a template's stack.
fn key(file: u32) -> String {
    format!("AWS::StackName {file}")
}

fn is_unknown(piece: &Piece, key: &str) -> bool {
    matches!(piece, Piece::Unknown(unknown) if &*unknown.key == key)
}

fn atoms(text: &Text) -> Vec<Atom<'_>> {
    let mut atoms = Vec::new();
    for piece in text.pieces() {
        match piece {
            Piece::Known(known) => atoms.extend(known.chars().map(Atom::Letter)),
            other => atoms.push(Atom::Other(other)),
        }
    }
    atoms
}

/// What the unknown of this key stands for where both texts are the same; `None` where it cannot
/// be a name of a stack, or they cannot be the same.
fn solve(export: &Text, key: &str, wanted: &[Atom<'_>]) -> Option<Text> {
    let of = atoms(export);
    let is_name = |atom: &Atom<'_>| matches!(atom, Atom::Other(piece) if is_unknown(piece, key));
    let first = of.iter().position(is_name)?;
    let times = of.iter().filter(|atom| is_name(atom)).count();
    let rest = wanted.len().checked_sub(of.len() - times)?;
    if rest == 0 || rest % times != 0 {
        return None;
    }
    let name = wanted.get(first..first + rest / times)?;
    if !may_be_a_name(name) {
        return None;
    }
    let filled = of.iter().flat_map(|atom| match atom {
        atom if is_name(atom) => name,
        atom => std::slice::from_ref(atom),
    });
    if !filled.eq(wanted) {
        return None;
    }
    Some(Text::new(name.iter().map(|atom| match atom {
        Atom::Letter(letter) => Piece::Known(letter.to_string()),
        Atom::Other(piece) => (*piece).clone(),
    })))
}

fn may_be_a_name(name: &[Atom<'_>]) -> bool {
    let starts = name.first().is_some_and(|atom| match atom {
        Atom::Letter(letter) => letter.is_ascii_alphabetic(),
        Atom::Other(_) => true,
    });
    let takes = |atom: &Atom<'_>| match atom {
        Atom::Letter(letter) => letter.is_ascii_alphanumeric() || *letter == '-',
        Atom::Other(Piece::Unknown(unknown)) => {
            // Two stacks have two names.
            name.len() > 1 || !unknown.key.starts_with("AWS::StackName ")
        }
        Atom::Other(_) => false,
    };
    starts && name.len() <= LONGEST && name.iter().all(takes)
}

impl Session<'_> {
    /// The name of the one export that has the name of an import when its stack is named as the
    /// import has it, which is then taken to be so; `None` where there is no such export.
    ///
    /// # Errors
    /// Why it is not taken: there are several, or the stack has another name already.
    pub(super) fn stack_export(
        &mut self,
        import: &Text,
        at: Place,
    ) -> Result<Option<Text>, String> {
        // Before that, exports are missing that may fit as well.
        if !self.expanded {
            return Ok(None);
        }
        let Exports::Done(_, named) = &self.exports else { return Ok(None) };
        let named = Rc::clone(named);
        let size = |text: &Text| text.beginning().len() + text.ending().len();
        let weight: usize = named.iter().map(|one| size(&one.name)).sum();
        self.charge(named.len() + weight / 64 + size(import), at);
        let wanted = atoms(import);
        let mut fit: Vec<(&StackNamed, Text)> = Vec::new();
        for one in named.iter().filter(|one| {
            one.file != at.file
                && import.beginning().starts_with(one.name.beginning())
                && import.ending().ends_with(one.name.ending())
        }) {
            if !self.charge(size(&one.name) + one.name.pieces().len(), at) {
                return Ok(None);
            }
            let name = solve(&one.name, &key(one.file), &wanted);
            fit.extend(name.map(|name| (one, name)));
            if fit.len() == MOST_SHOWN {
                break;
            }
        }
        let shown = shorten(&import.to_string());
        match fit.as_slice() {
            [] => Ok(None),
            [(export, name)] => {
                self.take(export.file, name, at).map_err(|why| format!("`{shown}`: {why}"))?;
                Ok(Some(export.name.clone()))
            }
            several => {
                let files: BTreeSet<&str> = several
                    .iter()
                    .map(|(export, _)| self.world.sources[export.file as usize].name.as_str())
                    .collect();
                let files: Vec<&str> = files.into_iter().collect();
                let files = files.join(", ");
                Err(format!("several exports may be `{shown}`, by the names of stacks: {files}"))
            }
        }
    }

    /// Takes a stack to have a name.
    fn take(&mut self, file: u32, name: &Text, place: Place) -> Result<(), String> {
        let source = |file: u32| self.world.sources[file as usize].name.as_str();
        let shown = |name: &Text| shorten(&name.to_string());
        for taken in &self.stack_names {
            let same = taken.name.same(name);
            if taken.file == file {
                if same.is_yes() {
                    return Ok(());
                }
                // Two names for one thing are likely in two templates, and unlikely in one.
                if same.is_no() || taken.place.file == place.file {
                    return Err(format!(
                        "the stack of {} is taken to be `{}`, which is not `{}`",
                        source(file),
                        shown(&taken.name),
                        shown(name)
                    ));
                }
            } else if same.is_yes() {
                return Err(format!(
                    "`{}` is taken to be the stack of {}, which is not {}",
                    shown(name),
                    source(taken.file),
                    source(file)
                ));
            }
        }
        self.stack_names.push(StackName { file, name: name.clone(), place });
        Ok(())
    }

    /// What was taken on trust, in the order of the imports.
    pub(super) fn taken(&self) -> Vec<(Place, String)> {
        let words = |one: &StackName| {
            let file = &self.world.sources[one.file as usize].name;
            (one.place, format!("`{}` is the stack name of {file}", shorten(&one.name.to_string())))
        };
        let mut taken: Vec<_> = self.stack_names.iter().map(words).collect();
        taken.sort();
        taken
    }
}
