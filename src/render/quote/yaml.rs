//! Text as YAML that every reader takes for the same text.

use std::fmt::Write as _;

use super::is_unprintable;

/// A string as a YAML scalar: as it is where no reader of YAML 1.1 or 1.2 takes it for anything
/// else, otherwise in double quotes.
///
/// CloudFormation documents YAML 1.1, in which `no`, `22:22` and `012` are not strings.
pub fn yaml(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { double_quoted(text) }
}

/// Begins with a letter and goes on with what has no meaning in YAML. What is a number, a time or
/// a date begins with a digit, a sign or a dot; what is left are the words of YAML 1.1.
fn is_plain(text: &str) -> bool {
    const WORDS: &[&str] = &["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._/:*".contains(&byte))
        && !text.ends_with(':')
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// A JSON string is a double-quoted scalar of YAML too, once the characters are escaped that YAML
/// 1.1 does not print; and it is a string literal of TypeScript.
pub(in crate::render) fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if is_unprintable(c) => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::super::comment;
    use super::*;

    /// serde_yaml reads YAML 1.2's types, with the scanner of YAML 1.1; Python's reader of YAML
    /// 1.1's types has a test of its own.
    fn read_back(yaml: &str) -> serde_yaml::Value {
        serde_yaml::from_str(yaml).unwrap_or_else(|error| panic!("{error}: {yaml:?}"))
    }

    #[test]
    fn every_character_comes_back_alone_and_among_others() {
        let all: Vec<char> = (0..=u32::from(char::MAX)).filter_map(char::from_u32).collect();
        assert_eq!(all.len(), 1_112_064);
        // A document for each would take minutes; a list of them is read at once.
        all.par_chunks(10_000).for_each(|chunk| {
            // What a character alone does is for scripts and symbols to show, not for ideographs.
            let alone = chunk.iter().filter(|c| **c < '\u{3000}').map(char::to_string);
            let texts: Vec<String> =
                chunk.iter().map(|c| format!("a{c}b{c}")).chain(alone).collect();
            let mut document = String::new();
            for text in &texts {
                let _ = writeln!(document, "- k: {} # {}", yaml(text), comment(text));
            }
            let serde_yaml::Value::Sequence(items) = read_back(&document) else { panic!() };
            assert_eq!(items.len(), texts.len());
            for (item, text) in items.iter().zip(&texts) {
                assert_eq!(item["k"].as_str(), Some(text.as_str()));
            }
        });
    }

    #[test]
    fn what_would_change_its_type_is_quoted() {
        for text in [
            "",
            "012345678901",
            "no",
            "NO",
            "Yes",
            "y",
            "on",
            "null",
            "~",
            "22:22",
            "1_000",
            "0x1f",
            "1e3",
            ".inf",
            "2010-09-09",
            "=",
            "<<",
            "-",
            "- a",
            "a: b",
            "a #b",
            "a:",
            "#a",
            "[a]",
            "{a}",
            "&a",
            "*a",
            "!a",
            "|",
            ">",
            "'",
            "\"",
            "%a",
            "@a",
            "`a",
            " a",
            "a ",
            "a\nb",
            "\u{2028}",
            "?",
            "a,b",
        ] {
            assert!(yaml(text).starts_with('"'), "{text}");
            assert_eq!(read_back(&yaml(text)).as_str(), Some(text));
        }
        for text in
            ["VpcId", "ap-northeast-1", "AWS::EC2::VPC::Id", "arn:aws:s3:::a/*", "pl-61a54008"]
        {
            assert_eq!(yaml(text), text);
            assert_eq!(read_back(&yaml(text)).as_str(), Some(text));
        }
    }
}
