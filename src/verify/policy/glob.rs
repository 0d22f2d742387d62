//! Whether a pattern with `*` and `?` matches a text, where pieces of both may be unknown.
//!
//! The text is one thing, or every thing of a kind: a `*` in it stands for any letters at all, and a
//! pattern has to match whatever stands there. `arn:aws:s3:::bucket/*` as a text is every object of
//! the bucket, so `bucket/a*` does not cover it. An unknown piece is one thing that nobody knows, and a
//! `?` in the text is one letter that nobody knows.

use crate::cloudformation::{Piece, Text, Unknown};
use crate::truth::Truth;

/// IAM takes no resource that is longer; what is longer here is not looked at and stays unknown.
const LONGEST: usize = 2048;

/// Pseudo parameters whose letters are known to be of `a-z`, `0-9` and `-`.
const WORDS: &[&str] = &["${AWS::Partition}", "${AWS::Region}", "${AWS::AccountId}"];

/// What a pattern is matched against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    /// As they are; `${…}` is a variable of IAM's: resources and values of conditions.
    Exact,
    /// Without regard to case: actions.
    AnyCase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    /// A letter.
    Letter(char),
    /// Of a pattern: exactly one letter.
    One,
    /// Of a pattern: one letter of a run that has a `*` too, so that more letters may come before.
    OneOrMore,
    /// Of a pattern: any letters.
    Star,
    /// Of a text: every way there is of writing one or more letters.
    Every,
    /// Of a text: one letter that is not known.
    Blank,
    /// Unknown letters, which equal themselves.
    Same(&'a Piece),
    /// Unknown letters, one or more of `a-z`, `0-9` and `-`, which equal themselves.
    Word(&'a Piece),
    /// Unknown letters.
    Anything,
}

/// Whether `pattern` matches all that `text` stands for.
pub(super) fn covers(pattern: &Text, text: &Text, letters: Letters) -> Truth {
    if are_two_resources(pattern, text) {
        return Truth::No;
    }
    let (pattern, text) = (pattern_tokens(pattern, letters), text_tokens(text, letters));
    if pattern.len() > LONGEST || text.len() > LONGEST {
        return Truth::Unknown;
    }
    if reaches(&pattern, &text, Sure) {
        Truth::Yes
    } else if is_known(&pattern) && is_known(&text) {
        Truth::No
    } else if reaches(&pattern, &text, Perhaps) {
        Truth::Unknown
    } else {
        Truth::No
    }
}

/// Whether `pattern` matches some of what `text` stands for.
///
/// A text of `*` alone is what requests without a resource are asked of, and one thing.
pub(super) fn touches(pattern: &Text, text: &Text, letters: Letters) -> Truth {
    if text.as_known() == Some("*") {
        return covers(pattern, text, letters);
    }
    if are_two_resources(pattern, text) {
        return Truth::No;
    }
    let (pattern, mut text) = (pattern_tokens(pattern, letters), text_tokens(text, letters));
    if pattern.len() > LONGEST || text.len() > LONGEST {
        return Truth::Unknown;
    }
    if reaches(&pattern, &text, Sure) {
        return Truth::Yes;
    }
    for token in &mut text {
        if *token == Token::Every {
            *token = Token::Anything;
        }
    }
    if reaches(&pattern, &text, Perhaps) { Truth::Unknown } else { Truth::No }
}

/// Two resources that are made have two ids.
fn are_two_resources(a: &Text, b: &Text) -> bool {
    a.as_created().zip(b.as_created()).is_some_and(|(a, b)| a != b)
}

fn pattern_tokens(pattern: &Text, letters: Letters) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for piece in pattern.pieces() {
        match piece {
            Piece::Known(known) => known_pattern(known, letters, &mut tokens),
            piece => tokens.push(unknown(piece, letters)),
        }
    }
    loosen(&mut tokens);
    tokens
}

fn known_pattern(known: &str, letters: Letters, tokens: &mut Vec<Token<'_>>) {
    let mut rest = known;
    while let Some(letter) = rest.chars().next() {
        rest = &rest[letter.len_utf8()..];
        let variable = (letter == '$' && letters == Letters::Exact)
            .then(|| rest.strip_prefix('{').and_then(|rest| rest.split_once('}')))
            .flatten()
            // Not a variable of IAM's but a forgotten `Fn::Sub`, which matches nothing.
            .filter(|(name, _)| !name.starts_with("AWS::"));
        if let Some((name, behind)) = variable {
            rest = behind;
            tokens.push(match name {
                "*" | "?" | "$" => Token::Letter(name.chars().next().unwrap_or('$')),
                _ => Token::Anything,
            });
            continue;
        }
        match letter {
            '*' => tokens.push(Token::Star),
            '?' => tokens.push(Token::One),
            letter => fold(letter, letters, tokens),
        }
    }
}

fn text_tokens(text: &Text, letters: Letters) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for piece in text.pieces() {
        match piece {
            Piece::Known(known) => known.chars().for_each(|letter| match letter {
                '*' => tokens.push(Token::Every),
                '?' => tokens.push(Token::Blank),
                letter => fold(letter, letters, &mut tokens),
            }),
            piece => tokens.push(unknown(piece, letters)),
        }
    }
    tokens
}

fn fold<'a>(letter: char, letters: Letters, tokens: &mut Vec<Token<'a>>) {
    match letters {
        Letters::Exact => tokens.push(Token::Letter(letter)),
        Letters::AnyCase => tokens.extend(letter.to_lowercase().map(Token::Letter)),
    }
}

fn unknown(piece: &Piece, letters: Letters) -> Token<'_> {
    match piece {
        Piece::Unknown(Unknown { many: true, .. }) => Token::Anything,
        Piece::Unknown(unknown) if WORDS.contains(&&*unknown.name) => Token::Word(piece),
        _ if letters == Letters::AnyCase => Token::Anything,
        _ => Token::Same(piece),
    }
}

/// In each run of `*` and `?` the `*` comes last, once, and each `?` knows of it: `?*?` is two
/// letters or more, wherever the more are.
fn loosen(tokens: &mut Vec<Token<'_>>) {
    let mut loose = Vec::with_capacity(tokens.len());
    for run in tokens.chunk_by(|a, b| is_wild(*a) && is_wild(*b)) {
        if run.contains(&Token::Star) {
            loose
                .extend(run.iter().filter(|token| **token == Token::One).map(|_| Token::OneOrMore));
            loose.push(Token::Star);
        } else {
            loose.extend_from_slice(run);
        }
    }
    *tokens = loose;
}

fn is_known(tokens: &[Token<'_>]) -> bool {
    let is_open = |one: &Token<'_>| {
        matches!(one, Token::Same(_) | Token::Word(_) | Token::Anything | Token::Blank)
    };
    !tokens.iter().any(is_open)
}

fn is_wild(token: Token<'_>) -> bool {
    matches!(token, Token::One | Token::Star)
}

fn is_word(token: Token<'_>) -> bool {
    match token {
        Token::Letter(letter) => {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-'
        }
        Token::Word(_) | Token::One | Token::OneOrMore | Token::Blank => true,
        _ => false,
    }
}

/// How a token of a pattern and one of a text go together.
trait Rule {
    /// Whether the token of the pattern may stand for nothing before this token of the text, or
    /// within it.
    fn skips(&self, pattern: Token<'_>, text: Option<Token<'_>>) -> bool;
    /// Whether the token of the text may be passed without leaving this place in the pattern.
    fn stays(&self, pattern: Option<Token<'_>>, text: Token<'_>) -> bool;
    /// Whether both are passed at once.
    fn pairs(&self, pattern: Token<'_>, text: Token<'_>) -> bool;
}

/// Holds whatever the unknown pieces are.
///
/// An unknown piece of the pattern is only known to match itself: any letters, read as a pattern,
/// match those letters.
struct Sure;

impl Rule for Sure {
    fn skips(&self, pattern: Token<'_>, _: Option<Token<'_>>) -> bool {
        pattern == Token::Star
    }

    fn stays(&self, pattern: Option<Token<'_>>, text: Token<'_>) -> bool {
        match pattern {
            Some(Token::Star) => true,
            Some(Token::OneOrMore) => matches!(text, Token::Same(_) | Token::Anything),
            _ => false,
        }
    }

    fn pairs(&self, pattern: Token<'_>, text: Token<'_>) -> bool {
        match (pattern, text) {
            (Token::One | Token::OneOrMore, Token::Letter(_) | Token::Blank) => true,
            (Token::OneOrMore, Token::Word(_) | Token::Every) => true,
            (Token::Letter(_) | Token::Same(_) | Token::Word(_), text) => pattern == text,
            _ => false,
        }
    }
}

/// Holds for some way of filling the unknown pieces in, or seems to: each of them is taken to be
/// something else wherever it stands.
struct Perhaps;

impl Rule for Perhaps {
    fn skips(&self, pattern: Token<'_>, text: Option<Token<'_>>) -> bool {
        let wide =
            matches!(pattern, Token::Star | Token::Same(_) | Token::Word(_) | Token::Anything);
        wide || match text {
            Some(Token::Same(_) | Token::Anything) => true,
            Some(Token::Word(_)) => is_word(pattern),
            _ => false,
        }
    }

    fn stays(&self, pattern: Option<Token<'_>>, text: Token<'_>) -> bool {
        match pattern {
            Some(Token::Star | Token::Same(_) | Token::Anything) => true,
            Some(Token::Word(_)) if is_word(text) => true,
            _ => matches!(text, Token::Same(_) | Token::Word(_) | Token::Anything),
        }
    }

    fn pairs(&self, pattern: Token<'_>, text: Token<'_>) -> bool {
        match (pattern, text) {
            (Token::One | Token::OneOrMore, Token::Letter(_) | Token::Blank) => true,
            (Token::OneOrMore, Token::Every) => true,
            (Token::Letter(a), Token::Letter(b)) => a == b,
            (Token::Letter(_), Token::Blank) => true,
            _ => false,
        }
    }
}

/// Whether there is a way through both to their ends. Takes steps of the order of the product of
/// the lengths.
fn reaches(pattern: &[Token<'_>], text: &[Token<'_>], rule: impl Rule) -> bool {
    let mut here = vec![false; pattern.len() + 1];
    here[0] = true;
    for at in 0..=text.len() {
        let token = text.get(at).copied();
        let mut next = vec![false; pattern.len() + 1];
        let mut any = false;
        for place in 0..=pattern.len() {
            if !here[place] {
                continue;
            }
            let of_pattern = pattern.get(place).copied();
            if of_pattern.is_some_and(|of_pattern| rule.skips(of_pattern, token)) {
                here[place + 1] = true;
            }
            let Some(token) = token else { continue };
            if rule.stays(of_pattern, token) {
                next[place] = true;
                any = true;
            }
            if of_pattern.is_some_and(|of_pattern| rule.pairs(of_pattern, token)) {
                next[place + 1] = true;
                any = true;
            }
        }
        if token.is_none() {
            return here[pattern.len()];
        }
        if !any {
            return false;
        }
        here = next;
    }
    false
}

#[cfg(test)]
mod tests;
