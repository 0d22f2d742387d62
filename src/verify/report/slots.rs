//! Sentences that are the same but for a name.

/// Stands where a name was taken out; no text of a template that is printed holds it.
const SLOT: char = '\u{0}';

/// Most names that are listed.
const MOST_NAMES: usize = 6;

/// The text with a slot for every place where the name stands as a word.
pub(super) fn take_out(text: &str, name: &str) -> String {
    if name.is_empty() {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut done = 0;
    for (at, _) in text.match_indices(name) {
        let (before, behind) = (&text[..at], &text[at + name.len()..]);
        if goes_on(before.chars().rev()) || goes_on(behind.chars()) {
            continue;
        }
        out.push_str(&text[done..at]);
        out.push(SLOT);
        done = at + name.len();
    }
    out.push_str(&text[done..]);
    out
}

/// Whether a name is part of a longer one: what follows, read away from it, is of a name too.
fn goes_on(mut rest: impl Iterator<Item = char>) -> bool {
    match rest.next() {
        Some(next) if next.is_alphanumeric() || matches!(next, '-' | '_') => true,
        Some('.' | ':' | '/') => rest.next().is_some_and(char::is_alphanumeric),
        _ => false,
    }
}

/// Whether a name was taken out.
pub(super) fn has_slot(text: &str) -> bool {
    text.contains(SLOT)
}

/// The text with a name in every slot.
pub(super) fn put_in(text: &str, name: &str) -> String {
    text.replace(SLOT, name)
}

/// One name as it is, and several so that what is said of one can be said of them:
/// `each of A, B and C`.
pub(super) fn each_of(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [most @ .., last] if names.len() <= MOST_NAMES => {
            format!("each of {} and {last}", most.join(", "))
        }
        many => {
            let more = many.len() - MOST_NAMES;
            format!("each of {} and {more} more", many[..MOST_NAMES].join(", "))
        }
    }
}

/// The names with commas between, of many the first.
pub(super) fn list(names: &[&str]) -> String {
    let shown = names.iter().take(MOST_NAMES).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_out_as_a_word_and_can_be_put_back() {
        for (text, name, expected) in [
            ("A is in B", "A", "_ is in B"),
            ("tasks in A: more", "A", "tasks in _: more"),
            ("A and A", "A", "_ and _"),
            ("A-b, bA, A.b, b/A, A_", "A", "A-b, bA, A.b, b/A, A_"),
            ("ends with A.", "A", "ends with _."),
            ("`A`", "A", "`_`"),
            ("ü A ü", "ü", "_ A _"),
            ("nothing", "", "nothing"),
        ] {
            let out = take_out(text, name);
            assert_eq!(put_in(&out, "_"), expected);
            assert_eq!(put_in(&out, name), text);
            assert_eq!(has_slot(&out), text != expected);
        }
    }

    #[test]
    fn of_many_names_the_first_are_listed() {
        let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
        assert_eq!(each_of(&names[..1]), "a");
        assert_eq!(each_of(&names[..3]), "each of a, b and c");
        assert_eq!(each_of(&names), "each of a, b, c, d, e, f and 2 more");
        assert_eq!(list(&names[..2]), "a, b");
        assert_eq!(list(&names), "a, b, c, d, e, f and 2 more");
    }
}
