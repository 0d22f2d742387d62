//! A clock that is far off, behind what the lock has seen, or past what a calendar has.
#![cfg(feature = "resolve")]

use jiff::civil::Date;
use serde_json::Value;

use super::shim::clock;
use crate::dns_server::DnsServer;
use crate::live::{REGISTRY, answering, folder, live_with};
use crate::support::{Folder, Run};

/// The middle of a day in UTC, in seconds since 1970.
fn at(day: &str) -> i64 {
    let epoch = "1970-01-01".parse::<Date>().unwrap();
    epoch.duration_until(day.parse().unwrap()).as_secs() + 43_200
}

/// Runs a command that asks the world when the clock says so many seconds.
fn asking(folder: &Folder, dns: &DnsServer, seconds: i64, command: &[&str], more: &[&str]) -> Run {
    let clock = clock(seconds);
    let environment: Vec<(&str, &str)> =
        clock.iter().map(|(name, value)| (*name, value.as_str())).collect();
    live_with(folder, dns, command, more, &environment)
}

/// When an address of the registry was seen first and last; `None` if it is not in the lock.
fn seen(folder: &Folder, address: &str) -> Option<[String; 2]> {
    let lock: Value = serde_json::from_str(&folder.read("egress.lock.json")).unwrap();
    let hosts = &lock["partitions"]["aws"]["ap-northeast-1"]["services"]["ecr.dkr"]["hosts"];
    let found = hosts[REGISTRY]["addresses"].get(address)?;
    Some(["first-seen", "last-seen"].map(|key| found[key].as_str().unwrap().to_owned()))
}

const ADDRESS: &str = "52.192.36.247";
const ANOTHER: &str = "52.193.0.9";

#[test]
fn every_clock_gives_a_day_that_can_be_read_again() {
    let dns = answering(ADDRESS);
    for (seconds, day) in [
        (i64::MIN / 4, "1970-01-01"),
        (-1, "1970-01-01"),
        (0, "1970-01-01"),
        (at("2000-02-29"), "2000-02-29"),
        // Past what 32 bits hold.
        (at("2038-01-20"), "2038-01-20"),
        (at("9999-12-31"), "9999-12-31"),
        (at("9999-12-31") + 86_400, "9999-12-31"),
        (i64::MAX / 4, "9999-12-31"),
    ] {
        let folder = folder("pl-61a54008");
        let run = asking(&folder, &dns, seconds, &["resolve"], &[]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{seconds}");
        assert_eq!(seen(&folder, ADDRESS), Some([day, day].map(str::to_owned)), "{seconds}");
        let run = asking(&folder, &dns, seconds, &["resolve"], &[]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{seconds}");
        assert!(run.stdout.starts_with("unchanged"), "{seconds}: {}", run.stdout);
        assert_eq!(folder.run(&["generate"]).code, 0, "{seconds}");
        let run = asking(&folder, &dns, seconds, &["check", "--live"], &[]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{seconds}: {}", run.stdout);
    }
}

#[test]
fn a_clock_behind_the_lock_is_warned_of_and_forgets_nothing() {
    let (first, second) = (answering(ADDRESS), answering(ANOTHER));
    let warned = |run: &Run| run.stderr.contains("warning[clock-behind]");
    for day in ["1970-01-01", "2025-12-31", "2026-08-30"] {
        let folder = folder("pl-61a54008");
        let run = asking(&folder, &first, at("2026-09-01"), &["resolve"], &[]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let run = asking(&folder, &second, at(day), &["resolve"], &[]);
        assert_eq!(run.code, 0, "{day}: {}", run.stderr);
        let said = format!("today is {day} by the clock of this machine");
        assert!(warned(&run) && run.stderr.contains(&said), "{day}: {}", run.stderr);
        // A day that others were past already is not taken back.
        let known = Some(["2026-09-01", "2026-09-01"].map(str::to_owned));
        assert_eq!(seen(&folder, ADDRESS), known, "{day}");
        assert_eq!(seen(&folder, ANOTHER), Some([day, day].map(str::to_owned)), "{day}");
        let run = asking(&folder, &first, at(day), &["resolve"], &[]);
        assert_eq!(run.code, 0, "{day}: {}", run.stderr);
        assert_eq!(seen(&folder, ADDRESS), known, "{day}");
    }
    // Around midnight clocks that are nearly right are a day apart.
    for day in ["2026-08-31", "2026-09-01", "2026-09-02"] {
        let folder = folder("pl-61a54008");
        assert_eq!(asking(&folder, &first, at("2026-09-01"), &["resolve"], &[]).code, 0);
        let run = asking(&folder, &second, at(day), &["resolve"], &[]);
        assert!(!warned(&run), "{day}: {}", run.stderr);
    }
}

#[test]
fn an_address_is_forgotten_on_the_day_after_its_time() {
    let (first, second) = (answering(ADDRESS), answering(ANOTHER));
    for (after, last, gone) in [
        (None, "2026-11-30", "2026-12-01"),
        (Some("90d"), "2026-11-30", "2026-12-01"),
        (Some("0"), "2026-09-01", "2026-09-02"),
        (Some("10000"), "2054-01-17", "2054-01-18"),
        (Some("10000"), "2054-01-17", "9999-12-31"),
    ] {
        let folder = folder("pl-61a54008");
        let flags = after.map(|days| ["--forget-after", days]);
        let flags = flags.as_ref().map(|flags| &flags[..]).unwrap_or_default();
        assert_eq!(asking(&folder, &first, at("2026-09-01"), &["resolve"], flags).code, 0);
        for (day, stays) in [(last, true), (gone, false)] {
            let run = asking(&folder, &second, at(day), &["resolve"], flags);
            assert_eq!(run.code, 0, "{day}: {}", run.stderr);
            assert_eq!(seen(&folder, ADDRESS).is_some(), stays, "{after:?} {day}");
            let said = format!("- {ADDRESS} of");
            assert_eq!(run.stdout.contains(&said), !stays, "{after:?} {day}: {}", run.stdout);
        }
        assert!(seen(&folder, ANOTHER).is_some());
    }
}

/// A day that was written down by a clock far ahead is warned of when the clock is right again, and
/// what was seen then is kept.
#[test]
fn a_clock_that_was_ahead_is_noticed() {
    let (first, second) = (answering(ADDRESS), answering(ANOTHER));
    let folder = folder("pl-61a54008");
    assert_eq!(asking(&folder, &first, at("9999-12-31"), &["resolve"], &[]).code, 0);
    let run = asking(&folder, &second, at("2026-09-01"), &["resolve"], &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("the lock has what was seen on 9999-12-31"), "{}", run.stderr);
    assert!(seen(&folder, ADDRESS).is_some() && seen(&folder, ANOTHER).is_some());
}

#[test]
fn a_day_to_come_is_refused_by_the_clock_that_there_is() {
    let dns = answering(ADDRESS);
    let folder = folder("pl-61a54008");
    folder.write("answers.txt", format!("{REGISTRY}. 60 IN A {ANOTHER}\n"));
    let given = ["--answers", "answers.txt", "--seen", "2026-09-01"];
    for (day, code) in [("1970-01-01", 2), ("2026-08-31", 2), ("2026-09-01", 0), ("2026-09-02", 0)]
    {
        let run = asking(&folder, &dns, at(day), &["resolve", "--dry-run"], &given);
        assert_eq!(run.code, code, "{day}: {}", run.stderr);
        assert_eq!(run.stderr.contains("has not come yet"), code == 2, "{day}: {}", run.stderr);
    }
    assert!(!folder.path().join("egress.lock.json").exists());
}
