//! Text in markup: XML, Markdown, Mermaid.

use super::is_unprintable;

/// Text as XML, between tags or in a quoted attribute.
///
/// What XML 1.0 cannot hold at all, not even as a reference, becomes U+FFFD.
/// Source: <https://www.w3.org/TR/xml/#charsets>
pub(in crate::render) fn xml(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => quoted.push_str("&amp;"),
            '<' => quoted.push_str("&lt;"),
            '>' => quoted.push_str("&gt;"),
            '"' => quoted.push_str("&quot;"),
            '\'' => quoted.push_str("&#39;"),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {
                quoted.push('\u{fffd}');
            }
            c => quoted.push(c),
        }
    }
    quoted
}

/// Text as GitHub's Markdown, on one line: in a paragraph, a list or a cell of a table.
///
/// A backslash before punctuation takes its meaning away; `|` ends a cell even in code, which is why
/// nothing is rendered as code. `@` and `#` would name people and issues, and a backslash does not
/// stop that; an empty comment does.
/// Source: <https://github.github.com/gfm/#backslash-escapes>
pub(in crate::render) fn markdown(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        match c {
            c if is_unprintable(c) => quoted.push(' '),
            '&' => quoted.push_str("&amp;"),
            '<' => quoted.push_str("&lt;"),
            '>' => quoted.push_str("&gt;"),
            '@' | '#' => {
                quoted.push(c);
                quoted.push_str("<!-- -->");
            }
            // A word with an underscore or a dot in it is what most names here are.
            '_' if before.is_alphanumeric() => quoted.push('_'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => {
                quoted.push('\\');
                quoted.push(c);
            }
            c => quoted.push(c),
        }
        before = c;
    }
    quoted
}

/// Text for a label of Mermaid in double quotes, which end at the next one whatever is before it. A
/// directive, `%%{…}%%`, is taken out of the text wherever it stands, before it is parsed.
///
/// Source: <https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters>
pub(in crate::render) fn mermaid(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if is_unprintable(c) => quoted.push(' '),
            '"' => quoted.push_str("#quot;"),
            '#' | '%' | '&' | '<' | '>' | '`' | '\\' => {
                quoted.push_str(&format!("#{};", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_markup() {
        assert_eq!(xml("<a b='c'>&\"\0"), "&lt;a b=&#39;c&#39;&gt;&amp;&quot;\u{fffd}");
        assert_eq!(
            markdown("a|b_c *d* `e` <f> \\ @g #1\nh"),
            "a\\|b_c \\*d\\* \\`e\\` &lt;f&gt; \\\\ @<!-- -->g #<!-- -->1 h"
        );
        assert_eq!(mermaid("a \"b\" #c; <d> %%"), "a #quot;b#quot; #35;c; #60;d#62; #37;#37;");
    }
}
