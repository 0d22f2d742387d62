//! Lines and columns of many places.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::cloudformation::Place;
use crate::diagnostic::Source;
use crate::text::clean;

/// After so many bytes the characters are counted beforehand.
const STEP: usize = 1_024;

/// The files, counted through once, so that a place is found without reading its file again.
pub(super) struct Places<'a> {
    files: Vec<Counted<'a>>,
}

struct Counted<'a> {
    source: &'a Source,
    /// Where each line starts.
    lines: Vec<usize>,
    /// How many characters there are before each multiple of [`STEP`].
    characters: Vec<usize>,
}

/// Where something stands, both numbers from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot<'a> {
    pub(super) file: &'a str,
    pub(super) line: usize,
    pub(super) column: usize,
}

impl<'a> Places<'a> {
    pub(super) fn of(sources: &'a [Arc<Source>]) -> Places<'a> {
        Places { files: sources.iter().map(|source| Counted::of(source)).collect() }
    }

    /// Where a place is; `None` where it is in none of the files.
    pub(super) fn spot(&self, place: Place) -> Option<Spot<'a>> {
        let file = self.files.get(place.file as usize)?;
        let at = (place.start as usize).min(file.source.text.len());
        let line = file.lines.partition_point(|start| *start <= at);
        let start = file.lines[line - 1];
        let column = file.characters_before(at) - file.characters_before(start) + 1;
        Some(Spot { file: &file.source.name, line, column })
    }

    /// The same as JSON; null where it is nowhere.
    pub(super) fn json(&self, place: Option<Place>) -> Value {
        place.and_then(|place| self.spot(place)).map_or(
            Value::Null,
            |spot| json!({"file": spot.file, "line": spot.line, "column": spot.column}),
        )
    }

    /// The same for people: `app.yaml:40`.
    pub(super) fn text(&self, place: Option<Place>) -> Option<String> {
        let spot = self.spot(place?)?;
        Some(format!("{}:{}", clean(spot.file), spot.line))
    }
}

impl<'a> Counted<'a> {
    fn of(source: &'a Source) -> Counted<'a> {
        let bytes = source.text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let lines = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        let mut characters = vec![0];
        for part in bytes.chunks(STEP) {
            let before = characters[characters.len() - 1];
            characters.push(before + count(part));
        }
        Counted { source, lines, characters }
    }

    fn characters_before(&self, at: usize) -> usize {
        let step = at / STEP;
        self.characters[step] + count(&self.source.text.as_bytes()[step * STEP..at])
    }
}

/// The characters that begin in these bytes of a text.
fn count(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_where_its_source_says() {
        let long = format!("ü{}\n\n{}ｗ", "x".repeat(STEP), "é\n".repeat(STEP));
        for text in ["", "a", "\n", "a\nüx: y\n", &long] {
            let sources = [Source::new("f", text)];
            let places = Places::of(&sources);
            for start in 0..=text.len() + 1 {
                if !text.is_char_boundary(start.min(text.len())) {
                    continue;
                }
                let place = Place { file: 0, start: start as u32, end: start as u32 };
                let (line, column) = sources[0].line_column(start);
                assert_eq!(places.spot(place), Some(Spot { file: "f", line, column }));
            }
        }
        assert_eq!(Places::of(&[]).spot(Place { file: 0, start: 0, end: 0 }), None);
    }
}
