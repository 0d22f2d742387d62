//! Whatever is read, it ends: with diagnostics or with verdicts, and soon.

mod everything;
mod large;
mod mutated;
mod watched;
