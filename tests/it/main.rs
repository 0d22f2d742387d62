//! Tests of the whole program: as a user runs it, and with the readers its output is meant for.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod cases;
mod commands;
mod deploy;
mod diagnostics;
mod example;
mod matrix;
mod quoting;
mod support;
mod templates;
