//! State machines that run tasks.

use std::collections::{BTreeMap, VecDeque};

use super::Hidden;
use super::parts::{part, property, unknown, why};
use super::runners::Runner;
use crate::cloudformation::{Field, Kind, Piece, Resource, Text, Value};
use crate::verify::json::parse;

/// How many letters a definition may have after substitution; Step Functions takes a megabyte.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
const MOST_LETTERS: usize = 4 << 20;

/// How long the name of a substitution may be.
const MOST_NAME: usize = 256;

/// How deep a definition is looked into.
const MOST_DEPTH: usize = 128;

/// The states of a machine that run tasks, outer ones first, and what of it cannot be seen.
pub(super) fn runners(machine: &Resource) -> (Vec<Runner<'_>>, Option<Hidden>) {
    match definition(machine) {
        Ok(definition) => {
            let (runners, open) = walk(machine, &definition);
            let hidden = open.map(|open| unseen(machine, &open, &why(&open)));
            (runners, hidden)
        }
        Err(hidden) => (Vec::new(), hidden),
    }
}

fn unseen(machine: &Resource, at: &Value, why: &str) -> Hidden {
    let why = format!("the states of {} cannot be seen: {why}", machine.id);
    Hidden { place: at.place, why }
}

/// The definition with its substitutions; an error without a reason where there is none at all.
fn definition(machine: &Resource) -> Result<Value, Option<Hidden>> {
    let given = ["Definition", "DefinitionString", "DefinitionS3Location"]
        .into_iter()
        .find_map(|key| Some((key, property(machine, key)?)));
    let Some((key, given)) = given else { return Err(None) };
    let unseen = |why: &str| Some(unseen(machine, &given, why));
    if key == "DefinitionS3Location" {
        return Err(unseen("they are in S3"));
    }
    if given.as_unknown().is_some() {
        return Err(unseen(&why(&given)));
    }
    let mut substitutions = Substitutions::new(machine);
    let definition = substitutions.value(&given, 0);
    if substitutions.letters > MOST_LETTERS {
        return Err(unseen("the definition is too long"));
    }
    match &definition.kind {
        Kind::Text(text) => match parse(text, given.place) {
            Ok(json) => Ok(json.value),
            Err(why) => Err(unseen(&why)),
        },
        _ => Ok(definition),
    }
}

/// What `${Name}` in a definition stands for.
struct Substitutions {
    texts: BTreeMap<String, Text>,
    letters: usize,
}

impl Substitutions {
    fn new(machine: &Resource) -> Substitutions {
        let given = property(machine, "DefinitionSubstitutions");
        let fields = given.iter().flat_map(Value::fields);
        let texts = fields
            .filter_map(|field| Some((field.key.clone(), field.value.as_text()?.clone())))
            .collect();
        Substitutions { texts, letters: 0 }
    }

    fn value(&mut self, value: &Value, depth: usize) -> Value {
        let kind = match &value.kind {
            _ if depth > MOST_DEPTH => return value.clone(),
            Kind::Text(text) => Kind::Text(self.text(text)),
            Kind::List(items) => {
                Kind::List(items.iter().map(|item| self.value(item, depth + 1)).collect())
            }
            Kind::Map(fields) => {
                let fields = fields.iter().map(|field| Field {
                    key: field.key.clone(),
                    key_place: field.key_place,
                    value: self.value(&field.value, depth + 1),
                });
                Kind::Map(fields.collect())
            }
        };
        Value { place: value.place, kind }
    }

    fn text(&mut self, text: &Text) -> Text {
        let mut substituted = Text::default();
        for piece in text.pieces() {
            match piece {
                Piece::Known(known) => self.known(known, &mut substituted),
                other => substituted.push(other.clone()),
            }
        }
        substituted
    }

    fn known(&mut self, mut rest: &str, into: &mut Text) {
        self.letters += rest.len();
        while let Some(at) = rest.find("${") {
            let (before, reference) = rest.split_at(at);
            into.push(Piece::Known(before.to_owned()));
            let mut letters = reference.bytes().skip(2).take(MOST_NAME);
            let name = letters.position(|letter| letter == b'}').and_then(|length| {
                let text = self.texts.get(&reference[2..2 + length])?;
                Some((&reference[3 + length..], text))
            });
            match name {
                Some((after, text)) if self.letters <= MOST_LETTERS => {
                    let letters = text.pieces().iter().map(|piece| match piece {
                        Piece::Known(known) => known.len(),
                        _ => 1,
                    });
                    self.letters += letters.sum::<usize>();
                    into.append(text.clone());
                    rest = after;
                }
                _ => {
                    into.push(Piece::Known("${".to_owned()));
                    rest = &reference[2..];
                }
            }
        }
        into.push(Piece::Known(rest.to_owned()));
    }
}

/// The runners among the states, and the first thing that is not known and may hold more of them.
fn walk<'a>(machine: &'a Resource, definition: &Value) -> (Vec<Runner<'a>>, Option<Value>) {
    let mut runners = Vec::new();
    let mut open = None;
    let mut holders = VecDeque::from([definition.clone()]);
    while let Some(holder) = holders.pop_front() {
        let Some(states) = part(&holder, "States") else { continue };
        if states.as_unknown().is_some() {
            open.get_or_insert(states);
            continue;
        }
        for field in states.fields() {
            if field.value.as_unknown().is_some() {
                open.get_or_insert_with(|| field.value.clone());
                continue;
            }
            runners.extend(runner(machine, field));
            let inner = ["Iterator", "ItemProcessor"].into_iter();
            holders.extend(inner.filter_map(|key| part(&field.value, key)));
            let branches = part(&field.value, "Branches");
            holders.extend(branches.iter().flat_map(Value::entries).cloned());
        }
    }
    (runners, open)
}

/// A state that runs a task, by ECS's own integration or by that of the SDK.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html>
fn runner<'a>(machine: &'a Resource, state: &Field) -> Option<Runner<'a>> {
    let resource = part(&state.value, "Resource")?;
    let (_, service) = resource.as_text()?.ending().rsplit_once(":states:::")?;
    let service = service.strip_prefix("aws-sdk:").unwrap_or(service);
    let action = service.strip_prefix("ecs:runTask")?;
    if !matches!(action, "" | ".sync" | ".waitForTaskToken") {
        return None;
    }
    let name = format!("state machine {}, state {}", machine.id, state.key);
    let place = state.value.place;
    let arguments = ["Parameters", "Arguments"].into_iter().find_map(|key| {
        state.value.fields().iter().find_map(|field| {
            let input = field.key.strip_suffix(".$").is_some_and(|stem| stem == key);
            match input {
                true => Some(from_input(&name, &field.value)),
                false if field.key == key => Some(settled(&name, &field.value, 0)),
                false => None,
            }
        })
    });
    let empty = || Value { place, kind: Kind::Map(Vec::new()) };
    let arguments = arguments.unwrap_or_else(empty);
    Some(Runner::new(machine, name, place, &arguments, "TaskDefinition"))
}

/// What is computed when the state is entered: the same for the same expression.
fn from_input(state: &str, expression: &Value) -> Value {
    let key = format!("{state} {expression}");
    let why = format!("`{expression}` is computed when {state} is entered");
    unknown(expression.place, key, &expression.to_string(), why)
}

/// Arguments with everything unknown that is computed: `Key.$` in JSONPath, `{% … %}` in JSONata.
fn settled(state: &str, value: &Value, depth: usize) -> Value {
    let kind = match &value.kind {
        _ if depth > MOST_DEPTH => return from_input(state, value),
        Kind::Text(text) if text.beginning().trim_start().starts_with("{%") => {
            return from_input(state, value);
        }
        Kind::Text(text) => Kind::Text(text.clone()),
        Kind::List(items) => {
            Kind::List(items.iter().map(|item| settled(state, item, depth + 1)).collect())
        }
        Kind::Map(fields) => {
            let fields = fields.iter().map(|field| {
                let (key, value) = match field.key.strip_suffix(".$") {
                    Some(key) => (key, from_input(state, &field.value)),
                    None => (&*field.key, settled(state, &field.value, depth + 1)),
                };
                Field { key: key.to_owned(), key_place: field.key_place, value }
            });
            Kind::Map(fields.collect())
        }
    };
    Value { place: value.place, kind }
}
