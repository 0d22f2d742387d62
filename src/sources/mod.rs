//! The only places that ask the network: DNS, the published ip-ranges.json, EC2.
//!
//! A source returns what was said, or why nothing was; what that means for the lock is decided in
//! [`crate::lock`]. Nothing here writes a file, reads the clock for anything but a deadline, or
//! holds a credential.

pub mod aws_cli;
pub mod dns;
pub mod https;
