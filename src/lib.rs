//! The narrowest network path by which ECS Fargate pulls images from private ECR: resolved, pinned,
//! rendered as CloudFormation.
//!
//! A config says what is wanted ([`config`]), a lock what was looked up ([`lock`]); together they
//! make a plan that holds every decision ([`plan`]), which is rendered ([`render`]) and explained
//! ([`explain`]). What is out of date is found by comparing ([`drift`]). All of that are functions
//! from values to values. Only [`commands`] touches files and the terminal, only `sources` the
//! network. ARCHITECTURE.md has the whole picture.
#![forbid(unsafe_code)]

pub mod aws;
pub mod cloudformation;
pub mod commands;
pub mod config;
pub mod diagnostic;
pub mod diagram;
pub mod drift;
pub mod explain;
pub mod facts;
pub mod lock;
pub mod plan;
pub mod prefix;
pub mod render;
mod schema;
#[cfg(feature = "resolve")]
pub mod sources;
mod text;
pub mod truth;
pub mod verify;
pub mod yaml;
