//! Lines on a terminal that say how far a command has come; in a pipe there are none.

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// Fewer stacks than this are rendered before anybody could read a line.
const FEWEST: usize = 200;

/// A line that says what is being asked, which goes away when it is dropped.
#[cfg(feature = "resolve")]
pub(super) fn line(what: &str) -> ProgressBar {
    let line = ProgressBar::new_spinner().with_finish(ProgressFinish::AndClear);
    styled(&line, "{spinner} {msg} {pos}/{len}");
    line.set_message(what.to_owned());
    line.tick();
    line
}

/// A bar for so many stacks, which goes away when it is dropped.
pub(super) fn bar(what: &str, count: usize) -> ProgressBar {
    if count < FEWEST {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(count as u64)
        .with_finish(ProgressFinish::AndClear)
        .with_message(what.to_owned());
    styled(&bar, "{msg} {bar:40} {pos}/{len}");
    bar
}

fn styled(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}
