//! When something was seen.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A UTC day, or the month or the year where no more is known: `2025-03-09`, `2025-03`, `2025`.
///
/// Order: as text, so that a month comes before its days.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Seen(String);

/// Why a text is not a [`Seen`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a day, a month or a year such as `2025-03-09`, `2025-03` or `2025`")]
pub struct SeenError;

impl Seen {
    /// The day; `None` where only the month or the year is known.
    pub fn day(&self) -> Option<Date> {
        self.0.parse().ok()
    }

    /// The first day it can mean: of a month its first, of a year the 1st of January.
    pub fn first_day(&self) -> Option<Date> {
        match self.0.len() {
            4 => format!("{}-01-01", self.0).parse().ok(),
            7 => format!("{}-01", self.0).parse().ok(),
            _ => self.day(),
        }
    }

    /// The last day it can mean: of a month its last, of a year the 31st of December.
    pub fn last_day(&self) -> Option<Date> {
        match self.0.len() {
            4 => format!("{}-12-31", self.0).parse().ok(),
            7 => format!("{}-01", self.0).parse::<Date>().ok().map(Date::last_of_month),
            _ => self.day(),
        }
    }

    /// Whether a sighting on `new` is worth a change of a file that says `self`.
    ///
    /// Days count only once a third of `forget_after_days` has gone by: an address that is seen
    /// every day is never forgotten, and a quiet lock changes once a month.
    pub fn is_outdated_by(&self, new: &Seen, forget_after_days: i32) -> bool {
        match (self.day(), new.day()) {
            (Some(old), Some(new)) => {
                old.until(new).is_ok_and(|span| span.get_days() > forget_after_days / 3)
            }
            _ => new > self,
        }
    }
}

impl From<Date> for Seen {
    fn from(day: Date) -> Seen {
        Seen(day.to_string())
    }
}

impl FromStr for Seen {
    type Err = SeenError;

    fn from_str(text: &str) -> Result<Seen, SeenError> {
        let padded = match text.len() {
            4 => format!("{text}-01-01"),
            7 => format!("{text}-01"),
            10 => text.to_owned(),
            _ => return Err(SeenError),
        };
        match padded.parse::<Date>() {
            // Only the form that is written is read.
            Ok(day) if day.to_string() == padded => Ok(Seen(text.to_owned())),
            _ => Err(SeenError),
        }
    }
}

impl TryFrom<String> for Seen {
    type Error = SeenError;

    fn try_from(text: String) -> Result<Seen, SeenError> {
        text.parse()
    }
}

impl From<Seen> for String {
    fn from(seen: Seen) -> String {
        seen.0
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_three_forms_are_read() {
        for text in ["2025", "2025-03", "2024-02-29"] {
            assert_eq!(text.parse::<Seen>().unwrap().to_string(), text);
        }
        for text in
            ["", "25", "2025-3", "2025-13", "2023-02-29", "20250309", "2025-03-09T00", "-025"]
        {
            assert!(text.parse::<Seen>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_last_day_of_a_month_and_a_year() {
        let last = |text: &str| text.parse::<Seen>().unwrap().last_day().unwrap().to_string();
        assert_eq!(last("2024-02"), "2024-02-29");
        assert_eq!(last("2025"), "2025-12-31");
        assert_eq!(last("2025-03-09"), "2025-03-09");
    }

    #[test]
    fn a_day_is_outdated_after_a_third_of_the_forgetting_time() {
        let seen = |text: &str| text.parse::<Seen>().unwrap();
        assert!(!seen("2026-01-01").is_outdated_by(&seen("2026-01-31"), 90));
        assert!(seen("2026-01-01").is_outdated_by(&seen("2026-02-01"), 90));
        assert!(!seen("2026-02-01").is_outdated_by(&seen("2026-01-01"), 90));
        assert!(seen("2025-03").is_outdated_by(&seen("2026-01-01"), 90));
        assert!(!seen("2026-01-01").is_outdated_by(&seen("2025-03"), 90));
    }
}
