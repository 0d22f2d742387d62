//! What has to hold of any input. Each module is a target: it reads bytes as the program reads a file
//! of that kind, goes the way that a command goes with it, and asserts laws on the way.
//!
//! Nothing here is a second implementation: where a law needs an oracle it is one line long.

pub mod config;
pub mod dns;
pub mod given;
pub mod ip_ranges;
mod laws;
pub mod lock;
pub mod templates;
