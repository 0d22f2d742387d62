//! Something wrong, before it is known which file it stands in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Finding, Need};
use crate::cloudformation::Place;
use crate::diagnostic::{Code, Diagnostic, Severity, Source};

/// Something that is wrong, wide, or worth knowing.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub(super) severity: Severity,
    pub(super) code: Code,
    /// Lower case, no final period.
    pub(super) message: String,
    /// Where; `None` where it is about nothing that is written.
    pub(super) place: Option<Place>,
    /// A few words beside the caret.
    pub(super) label: String,
    /// Other places, with a few words each.
    pub(super) related: Vec<(Place, String)>,
    /// Something to type, one entry a line.
    pub(super) help: Vec<String>,
    /// What it stands in the way of.
    pub(super) needs: BTreeSet<Need>,
    /// Whether it is on a way to public addresses.
    pub(super) public: bool,
}

impl Fault {
    /// A fault at a place.
    pub(super) fn at(
        severity: Severity,
        code: Code,
        place: Place,
        message: impl Into<String>,
    ) -> Fault {
        Fault {
            severity,
            code,
            message: message.into(),
            place: Some(place),
            label: String::new(),
            related: Vec::new(),
            help: Vec::new(),
            needs: BTreeSet::new(),
            public: false,
        }
    }

    /// The same, with a few words beside the caret.
    #[must_use]
    pub(super) fn label(mut self, text: impl Into<String>) -> Fault {
        self.label = text.into();
        self
    }

    /// The same, with one more line of help.
    #[must_use]
    pub(super) fn help(mut self, line: impl Into<String>) -> Fault {
        self.help.push(line.into());
        self
    }

    /// The same, with another place.
    #[must_use]
    pub(super) fn related(mut self, place: Place, text: impl Into<String>) -> Fault {
        self.related.push((place, text.into()));
        self
    }
}

/// Faults as findings, sorted by place; the same fault at the same place is said once, with
/// everything that it stands in the way of.
pub(super) fn findings(faults: Vec<Fault>, sources: &[Arc<Source>]) -> Vec<Finding> {
    let mut merged: Vec<Fault> = Vec::new();
    let mut known: BTreeMap<_, usize> = BTreeMap::new();
    for fault in faults {
        // Two services may be missing at one place.
        let missing = (fault.code == Code::EndpointMissing).then(|| fault.message.clone());
        let key = (fault.code, fault.place.map(|place| (place.file, place.start)), missing);
        match known.get(&key) {
            Some(at) => {
                let known = &mut merged[*at];
                known.needs.extend(&fault.needs);
                known.severity = known.severity.max(fault.severity);
                if known.label.is_empty() {
                    known.label = fault.label;
                }
                if known.related.is_empty() {
                    known.related = fault.related;
                }
                if known.help.is_empty() {
                    known.help.extend(fault.help.into_iter().next());
                }
            }
            None => {
                known.insert(key, merged.len());
                merged.push(fault);
            }
        }
    }
    merged.sort_by_key(|fault| (fault.place, fault.code));
    merged.into_iter().map(|fault| finding(fault, sources)).collect()
}

fn finding(fault: Fault, sources: &[Arc<Source>]) -> Finding {
    let source = |place: Place| sources.get(place.file as usize);
    let mut diagnostic =
        Diagnostic { severity: fault.severity, ..Diagnostic::error(fault.code, fault.message) };
    if let Some(place) = fault.place
        && let Some(source) = source(place)
    {
        diagnostic = diagnostic.at(source, place.range(), fault.label);
    }
    for (place, text) in fault.related {
        if let Some(source) = source(place) {
            diagnostic = diagnostic.related(source, place.range(), text);
        }
    }
    diagnostic.help = fault.help;
    Finding { diagnostic, needs: fault.needs, public: fault.public }
}
