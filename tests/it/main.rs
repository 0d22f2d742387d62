//! Tests of the whole program: as a user runs it, and with the readers its output is meant for.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::unwrap_used)]

mod agreement;
mod aws;
#[cfg(feature = "resolve")]
mod aws_cli;
mod cases;
mod cdk;
mod colour;
mod commands;
mod construct;
#[cfg(feature = "resolve")]
mod corpus;
mod definitions;
mod dependencies;
mod deploy;
mod diagnostics;
mod diagram;
#[cfg(feature = "resolve")]
mod dns;
#[cfg(feature = "resolve")]
mod dns_server;
mod example;
mod explain;
// Faults come from LD_PRELOAD, /proc and /dev/full.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod faults;
mod findings;
mod forms;
mod help;
mod history;
#[cfg(feature = "resolve")]
mod https;
mod laws;
#[cfg(feature = "resolve")]
mod live;
mod live_network;
mod markdown;
mod matrix;
mod overwriting;
mod pages;
mod pipelines;
mod quoting;
mod releases;
mod robust;
mod sarif;
mod schema;
mod support;
mod templates;
mod verify;
