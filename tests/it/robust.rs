//! Whatever is read, it ends: with diagnostics or with verdicts.
