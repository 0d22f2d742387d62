use super::*;
use crate::cloudformation::Created;

fn hole(name: &str) -> Piece {
    Piece::Unknown(Unknown {
        key: name.into(),
        name: name.into(),
        why: "it is".into(),
        many: false,
    })
}

fn known(text: &str) -> Text {
    Text::known(text)
}

/// All words of up to `most` letters of `alphabet`, the empty one too.
fn words(alphabet: &str, most: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut last = all.clone();
    for _ in 0..most {
        last = last.iter().flat_map(|w| alphabet.chars().map(move |c| format!("{w}{c}"))).collect();
        all.extend_from_slice(&last);
    }
    all
}

/// What IAM does, written as it is defined and nothing else.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.first(), text.first()) {
        (None, None) => true,
        (Some(b'*'), _) => {
            matches(&pattern[1..], text) || (!text.is_empty() && matches(pattern, &text[1..]))
        }
        (Some(b'?'), Some(_)) => matches(&pattern[1..], &text[1..]),
        (Some(a), Some(b)) if a == b => matches(&pattern[1..], &text[1..]),
        _ => false,
    }
}

fn by_hand(pattern: &str, text: &str) -> bool {
    matches(pattern.as_bytes(), text.as_bytes())
}

fn summed(answers: impl Iterator<Item = bool>) -> Truth {
    let (mut yes, mut no) = (false, false);
    answers.for_each(|answer| if answer { yes = true } else { no = true });
    match (yes, no) {
        (true, false) => Truth::Yes,
        (false, true) => Truth::No,
        _ => Truth::Unknown,
    }
}

#[test]
fn known_patterns_match_known_texts_exactly() {
    for pattern in words("ab*?", 4) {
        for text in words("ab", 4) {
            let answer = covers(&known(&pattern), &known(&text), Letters::Exact);
            assert_eq!(answer, Truth::from(by_hand(&pattern, &text)), "{pattern} {text}");
        }
    }
}

/// The fillings have a letter that no pattern has, so that they can be none of what it names.
#[test]
fn a_text_with_an_unknown_piece_is_matched_exactly_by_a_known_pattern() {
    let fillings = words("abc", 4);
    let ends = words("ab", 1);
    for pattern in words("ab*?", 4) {
        for before in &ends {
            for after in &ends {
                let pieces = [Piece::Known(before.clone()), hole("u"), Piece::Known(after.clone())];
                let text = Text::new(pieces);
                // The longest filling is longer than all the letters a pattern of four can ask for.
                let filled = fillings.iter().map(String::as_str).chain(["ccccc"]);
                let filled =
                    filled.map(|fill| by_hand(&pattern, &format!("{before}{fill}{after}")));
                let answer = covers(&known(&pattern), &text, Letters::Exact);
                assert_eq!(answer, summed(filled), "{pattern} {text}");
            }
        }
    }
}

/// Of a pattern the filling may be a pattern itself; a filling that decides nothing is unknown, so
/// the answer may know less than all fillings together, and never anything else.
#[test]
fn an_unknown_piece_of_a_pattern_never_makes_a_wrong_answer() {
    let fillings = words("ab*?", 2);
    let plain = words("ab", 2);
    for before in words("a*?", 1) {
        for after in words("b*?", 1) {
            let piece = |text: &str| Piece::Known(text.to_owned());
            let pattern = Text::new([piece(&before), hole("u"), piece(&after)]);
            for text in words("ab", 3) {
                let filled =
                    fillings.iter().map(|fill| by_hand(&format!("{before}{fill}{after}"), &text));
                let answer = covers(&pattern, &known(&text), Letters::Exact);
                let exact = summed(filled);
                assert!(answer == exact || answer == Truth::Unknown, "{pattern} {text}");
            }
            // The same piece in the text.
            for head in words("ab", 1) {
                for tail in words("ab", 1) {
                    let text = Text::new([piece(&head), hole("u"), piece(&tail)]);
                    let filled = plain.iter().map(|fill| {
                        by_hand(&format!("{before}{fill}{after}"), &format!("{head}{fill}{tail}"))
                    });
                    let answer = covers(&pattern, &text, Letters::Exact);
                    let exact = summed(filled);
                    assert!(answer == exact || answer == Truth::Unknown, "{pattern} {text}");
                }
            }
        }
    }
}

/// A `*` in a text is every filling at once.
#[test]
fn a_set_is_covered_when_everything_in_it_is() {
    let fillings: Vec<String> = words("abc", 3).into_iter().filter(|w| !w.is_empty()).collect();
    for pattern in words("ab*?", 3) {
        for before in words("ab", 2).iter().filter(|w| !w.is_empty()) {
            let filled: Vec<bool> =
                fillings.iter().map(|fill| by_hand(&pattern, &format!("{before}{fill}"))).collect();
            let set = known(&format!("{before}*"));
            let all = covers(&known(&pattern), &set, Letters::Exact);
            assert_eq!(all, Truth::from(filled.iter().all(|one| *one)), "{pattern} {set}");
            let some = touches(&known(&pattern), &set, Letters::Exact);
            match some {
                Truth::Yes => assert!(filled.iter().all(|one| *one), "{pattern} {set}"),
                Truth::No => assert!(filled.iter().all(|one| !*one), "{pattern} {set}"),
                // That there is nothing in its place is taken to be possible.
                Truth::Unknown => {
                    let filled = [&filled[..], &[by_hand(&pattern, before)]].concat();
                    assert!(filled.contains(&true) && filled.contains(&false), "{pattern} {set}");
                }
            }
        }
    }
}

fn arn(text: &str) -> Text {
    let mut pieces = Vec::new();
    for (at, part) in text.split("${").enumerate() {
        match part.split_once('}') {
            Some((name, rest)) if at > 0 => {
                pieces.push(hole(&format!("${{{name}}}")));
                pieces.push(Piece::Known(rest.to_owned()));
            }
            _ => pieces.push(Piece::Known(part.to_owned())),
        }
    }
    Text::new(pieces)
}

#[test]
fn resources_are_matched_as_far_as_they_are_known() {
    use Truth::{No, Unknown, Yes};
    let layers = "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*";
    let region = "arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*";
    let repository = "arn:aws:ecr:us-east-1:012345678901:repository/${any}";
    let table = [
        ("*", "*", Yes),
        ("arn:aws:ecr:*", "*", No),
        ("*", layers, Yes),
        (layers, layers, Yes),
        ("arn:aws:s3:::prod-us-east-1-starport-layer-bucket", layers, No),
        ("arn:aws:s3:::prod-us-east-1-starport-layer-bucket/a*", layers, No),
        ("arn:aws:s3:::prod-*-starport-layer-bucket/*", layers, Yes),
        ("arn:*:s3:::*-starport-layer-bucket/*", layers, Yes),
        ("arn:aws:s3:::prod-us-east-1-starport-layer-bucket/?*", layers, Yes),
        ("arn:aws:s3:::prod-us-east-1-starport-layer-bucket/?", layers, No),
        (region, layers, Unknown),
        (region, region, Yes),
        ("arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*", region, Unknown),
        // Nothing that a partition is called reaches into the next field.
        ("arn:${AWS::Partition}:s3:::mine/*", layers, No),
        ("arn:aws:s3:::mine-${AWS::Region}/*", region, No),
        ("arn:aws:s3:::${Bucket}/*", layers, Unknown),
        ("arn:aws:s3:::${Bucket}", "arn:aws:s3:::${Bucket}", Yes),
        ("arn:aws:ecr:us-east-1:012345678901:repository/*", repository, Yes),
        ("arn:aws:ecr:us-east-1:012345678901:repository/app", repository, Unknown),
        ("arn:aws:ecr:us-east-1:111122223333:repository/*", repository, No),
        ("arn:aws:ecr:*:${AWS::AccountId}:repository/*", repository, Unknown),
        ("arn:aws:ecr:*:*:repository/${any}", repository, Yes),
    ];
    for (pattern, text, expected) in table {
        let answer = covers(&arn(pattern), &arn(text), Letters::Exact);
        assert_eq!(answer, expected, "{pattern} {text}");
    }
}

#[test]
fn variables_of_iam_may_be_anything_and_a_forgotten_sub_is_nothing() {
    let object = known("arn:aws:s3:::b/x");
    let table = [
        ("arn:aws:s3:::b/${aws:username}", Truth::Unknown),
        ("arn:aws:s3:::c/${aws:username}", Truth::No),
        ("arn:aws:s3:::${AWS::StackName}/x", Truth::No),
        ("arn:aws:s3:::b/${*}", Truth::No),
    ];
    for (pattern, expected) in table {
        assert_eq!(covers(&known(pattern), &object, Letters::Exact), expected, "{pattern}");
    }
    assert_eq!(covers(&known("a${$}"), &known("a$"), Letters::Exact), Truth::Yes);
}

#[test]
fn actions_are_matched_in_any_case() {
    let action = known("ecr:BatchGetImage");
    for pattern in ["ECR:batchgetimage", "ecr:Batch*", "*", "ecr:*image", "ec?:BatchGetImage"] {
        assert_eq!(covers(&known(pattern), &action, Letters::AnyCase), Truth::Yes, "{pattern}");
    }
    assert_eq!(covers(&known("ecr:Get*"), &action, Letters::AnyCase), Truth::No);
    assert_eq!(covers(&known("ECR:x"), &known("ecr:x"), Letters::Exact), Truth::No);
}

#[test]
fn a_list_of_unknown_length_is_not_the_same_as_itself() {
    let many = |many| {
        let name = |text: &str| text.into();
        Text::unknown(Unknown { key: name("l"), name: name("${L}"), why: name("it is"), many })
    };
    assert_eq!(covers(&many(false), &many(false), Letters::Exact), Truth::Yes);
    assert_eq!(covers(&many(true), &many(true), Letters::Exact), Truth::Unknown);
    let created = Text::created(Created { file: 0, id: "Secret".into() });
    assert_eq!(covers(&created, &created, Letters::Exact), Truth::Yes);
}

#[test]
fn long_and_nasty_patterns_end() {
    let stars = known(&"*a".repeat(1000));
    let letters = known(&"a".repeat(2000));
    assert_eq!(covers(&stars, &letters, Letters::Exact), Truth::Yes);
    assert_eq!(covers(&stars, &known(&"b".repeat(2000)), Letters::Exact), Truth::No);
    let long = known(&"a".repeat(1_000_000));
    assert_eq!(covers(&long, &letters, Letters::Exact), Truth::Unknown);
}

#[test]
fn a_letter_that_is_not_known_may_be_any() {
    for pattern in words("ab*?", 3) {
        for text in words("ab?", 3) {
            let mut filled = vec![String::new()];
            for letter in text.chars() {
                let letters = if letter == '?' { "abc".to_owned() } else { letter.to_string() };
                filled = filled
                    .iter()
                    .flat_map(|one| letters.chars().map(move |letter| format!("{one}{letter}")))
                    .collect();
            }
            let expected = summed(filled.iter().map(|text| by_hand(&pattern, text)));
            let answer = covers(&known(&pattern), &known(&text), Letters::Exact);
            assert_eq!(answer, expected, "{pattern} {text}");
        }
    }
}
