//! From a plan to text, by way of tera and the templates.

mod quote;
mod readback;
mod view;

use std::borrow::Cow;

use serde::Serialize;
use tera::{Context, Delimiters, Kwargs, State, Tera, Value};

use crate::diagnostic::{Code, Diagnostic};
use crate::plan::Plan;

pub use quote::yaml as quote_yaml;

/// The templates that are built in, by name.
pub const TEMPLATES: &[(&str, &str)] = &[
    (CLOUDFORMATION, include_str!("../../templates/cloudformation.yaml")),
    (CONFIG, include_str!("../../templates/egress.yaml")),
    ("values.yaml", include_str!("../../templates/values.yaml")),
];

/// The template of a stack.
const CLOUDFORMATION: &str = "cloudformation.yaml";
/// The template of a config to begin with.
const CONFIG: &str = "egress.yaml";

/// Renders plans with the built-in templates or with others in their place.
pub struct Renderer {
    tera: Tera,
    /// What to say when a template does not render what was planned.
    help: &'static str,
}

impl Renderer {
    /// A renderer with templates of the user's, by file name, which take the place of built-in
    /// ones of the same name or stand beside them.
    ///
    /// # Errors
    /// The first template that is not one, with its place.
    pub fn new(overrides: &[(String, String)]) -> Result<Renderer, Diagnostic> {
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
        tera.autoescape_on([".yaml"]);
        tera.set_escape_fn(|text, output| output.write_all(quote::yaml(text).as_bytes()));
        tera.register_filter("comment", |text: &str, _: Kwargs, _: &State<'_>| {
            Value::safe_string(&quote::comment(text))
        });
        let built_in = TEMPLATES.iter().map(|(name, text)| (*name, *text));
        let kept = built_in.filter(|(name, _)| overrides.iter().all(|(other, _)| other != name));
        let given = overrides.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        tera.add_raw_templates(kept.chain(given)).map_err(|error| failed(&error))?;
        let help = if overrides.is_empty() {
            "this is a defect of fargate-egress: please report it with the config"
        } else {
            "compare the templates in `--templates` with the built-in ones"
        };
        Ok(Renderer { tera, help })
    }

    /// The CloudFormation template of a plan, as YAML.
    ///
    /// # Errors
    /// A failure in a template, with its place, or a result that is not YAML or lacks something
    /// of the plan.
    pub fn cloudformation(&self, plan: &Plan) -> Result<String, Diagnostic> {
        let context = Context::from_serialize(&view::view(plan)).map_err(|error| failed(&error))?;
        let mut text =
            self.tera.render(CLOUDFORMATION, &context).map_err(|error| failed(&error))?;
        text.truncate(text.trim_end().len());
        text.push('\n');
        readback::check(&text, plan).map_err(|reason| {
            Diagnostic::error(
                Code::Template,
                format!("the template of `{}` was not rendered as planned: {reason}", plan.stack),
            )
            .help(self.help)
        })?;
        Ok(text)
    }
}

/// A config to begin with.
///
/// # Errors
/// A failure in the template, which is built in.
pub fn config(answers: &impl Serialize) -> Result<String, Diagnostic> {
    let renderer = Renderer::new(&[])?;
    let context = Context::from_serialize(answers).map_err(|error| failed(&error))?;
    renderer.tera.render(CONFIG, &context).map_err(|error| failed(&error))
}

/// Tera's message points into the template with lines of its own.
fn failed(error: &tera::Error) -> Diagnostic {
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        message = format!("{message}: {inner}");
        cause = inner.source();
    }
    Diagnostic::error(Code::Template, format!("a template failed\n{}", message.trim_end()))
        .help("leave `--templates` out to render with the built-in ones")
}
