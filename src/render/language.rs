//! The languages that templates are written in.

use std::borrow::Cow;
use std::io;

use tera::{Delimiters, Kwargs, State, Tera, Value};

use super::{Template, failed, quote};
use crate::diagnostic::Diagnostic;

/// A language that templates are written in, by the ends of their names. Each has an engine of its
/// own, because an engine has one way of quoting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Yaml,
    TypeScript,
    Svg,
    Mermaid,
    Markdown,
}

impl Language {
    pub(super) const ALL: [Language; 5] = [
        Language::Yaml,
        Language::TypeScript,
        Language::Svg,
        Language::Mermaid,
        Language::Markdown,
    ];

    /// What the names of its templates end in.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Language::Yaml => ".yaml",
            Language::TypeScript => ".ts",
            Language::Svg => ".svg",
            Language::Mermaid => ".mmd",
            Language::Markdown => ".md",
        }
    }

    /// The language of a template; `None` if it is no template.
    pub(super) fn of(template: &str) -> Option<Language> {
        Language::ALL.into_iter().find(|language| template.ends_with(language.extension()))
    }

    /// How a text is written, so that it is that text and nothing else.
    fn quote(self) -> tera::EscapeFn {
        type Output<'a> = &'a mut dyn io::Write;
        match self {
            Language::Yaml => |text, out: Output<'_>| out.write_all(quote::yaml(text).as_bytes()),
            Language::TypeScript => {
                |text, out: Output<'_>| out.write_all(quote::double_quoted(text).as_bytes())
            }
            Language::Svg => |text, out: Output<'_>| out.write_all(quote::xml(text).as_bytes()),
            Language::Mermaid => {
                |text, out: Output<'_>| out.write_all(quote::mermaid(text).as_bytes())
            }
            Language::Markdown => {
                |text, out: Output<'_>| out.write_all(quote::markdown(text).as_bytes())
            }
        }
    }

    /// Text for a comment, which it does not end.
    fn comment(self, text: &str) -> String {
        let text = quote::comment(text);
        if self == Language::TypeScript { text.replace("*/", "* /") } else { text }
    }

    /// The engine for the templates of this language among those that are given.
    ///
    /// # Errors
    /// The first template that is not one, with its place.
    pub(super) fn engine<'t>(
        self,
        templates: impl Iterator<Item = Template<'t>>,
    ) -> Result<Tera, Diagnostic> {
        let mut tera = Tera::new();
        // The default `{{` is CloudFormation's own, as in `{{resolve:ssm:name}}`.
        tera.set_delimiters(Delimiters {
            block_start: Cow::Borrowed("{%"),
            block_end: Cow::Borrowed("%}"),
            variable_start: Cow::Borrowed("{="),
            variable_end: Cow::Borrowed("=}"),
            comment_start: Cow::Borrowed("{#"),
            comment_end: Cow::Borrowed("#}"),
        })
        .map_err(|error| failed(&error))?;
        tera.autoescape_on([self.extension()]);
        tera.set_escape_fn(self.quote());
        tera.register_filter("comment", move |text: &str, _: Kwargs, _: &State<'_>| {
            Value::safe_string(&self.comment(text))
        });
        tera.register_filter("name", |text: &str, _: Kwargs, _: &State<'_>| {
            Value::safe_string(&quote::name(text))
        });
        let own = templates.filter(|(name, _)| Language::of(name) == Some(self));
        tera.add_raw_templates(own).map_err(|error| failed(&error))?;
        Ok(tera)
    }
}
