//! `schema`: what the program's files look like, for editors and other readers.

use serde_json::Value;

use super::cli::{Described, Schema};
use super::output::Report;
use crate::verify::report::SCHEMA;
use crate::{config, lock};

pub(super) fn run(args: &Schema) -> Report {
    let (page, schema) = match args.of {
        Described::Config => with_text(config::schema()),
        Described::Lock => with_text(lock::schema()),
        // Its keys stand in the order in which they are best read.
        Described::Verify => {
            (SCHEMA.to_owned(), serde_json::from_str(SCHEMA).expect("the schema is JSON"))
        }
    };
    let mut report = Report { page, ..Report::default() };
    report.fields.insert("schema".to_owned(), schema);
    report
}

fn with_text(schema: Value) -> (String, Value) {
    (text(&schema), schema)
}

/// A schema as the text of a file.
pub(super) fn text(schema: &Value) -> String {
    format!("{schema:#}\n")
}
