//! From a plan to text, by way of tera and the templates.

mod construct;
mod json;
mod language;
mod quote;
mod readback;
mod report;
mod view;

use std::sync::OnceLock;

use serde::Serialize;
use tera::{Context, Tera};

use self::language::Language;
use crate::config::Form;
use crate::diagnostic::{Code, Diagnostic};
use crate::diagram::{self, Picture};
use crate::plan::Plan;
use crate::yaml::Node;

pub use quote::yaml as quote_yaml;

/// A template's name and its text.
type Template<'t> = (&'t str, &'t str);

/// The templates that are built in, by name.
pub const TEMPLATES: &[Template<'static>] = &[
    (CLOUDFORMATION, include_str!("../../templates/cloudformation.yaml")),
    (CONFIG, include_str!("../../templates/egress.yaml")),
    (CONSTRUCT, include_str!("../../templates/construct.ts")),
    (REPORT, include_str!("../../templates/report.md")),
    ("values.ts", include_str!("../../templates/values.ts")),
    (SVG, include_str!("../../templates/diagram.svg")),
    (MERMAID, include_str!("../../templates/diagram.mmd")),
    ("values.yaml", include_str!("../../templates/values.yaml")),
];

/// The template of a stack.
const CLOUDFORMATION: &str = "cloudformation.yaml";
/// The template of a config to begin with.
const CONFIG: &str = "egress.yaml";
/// The template of a construct.
const CONSTRUCT: &str = "construct.ts";
/// The template of a report.
const REPORT: &str = "report.md";
/// The template of a picture.
const SVG: &str = "diagram.svg";
/// The template of a picture for Mermaid.
const MERMAID: &str = "diagram.mmd";

/// A CloudFormation template, as it was read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudFormation {
    /// Its text.
    pub text: String,
    /// The same read back, which is what is proved and what JSON is made of.
    pub tree: Node,
}

/// Renders plans with the built-in templates or with others in their place.
pub struct Renderer {
    overrides: Vec<(String, String)>,
    /// By language; made when it is first needed.
    engines: [OnceLock<Result<Tera, Diagnostic>>; Language::ALL.len()],
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
        let help = if overrides.is_empty() {
            "this is a defect of fargate-egress: please report it with the config"
        } else {
            "compare the templates in `--templates` with the built-in ones"
        };
        let renderer =
            Renderer { overrides: overrides.to_vec(), engines: Default::default(), help };
        // What the user wrote is looked at whether or not it is needed.
        for language in overrides.iter().filter_map(|(name, _)| Language::of(name)) {
            renderer.engine(language)?;
        }
        Ok(renderer)
    }

    /// The engine of a language.
    fn engine(&self, language: Language) -> Result<&Tera, Diagnostic> {
        let made = self.engines[language as usize].get_or_init(|| {
            let is_kept = |name: &str| self.overrides.iter().all(|(other, _)| other != name);
            // Compiling takes longer than rendering, and only `init` needs that of a config.
            let built_in = TEMPLATES.iter().copied();
            let built_in = built_in.filter(|(name, _)| *name != CONFIG && is_kept(name));
            let given = self.overrides.iter().map(|(name, text)| (name.as_str(), text.as_str()));
            language.engine(built_in.chain(given))
        });
        made.as_ref().map_err(Clone::clone)
    }

    /// What a template makes of a value, with one line end at its end.
    fn render(&self, template: &str, view: &impl Serialize) -> Result<String, Diagnostic> {
        let language = Language::of(template).unwrap_or(Language::Yaml);
        rendered(self.engine(language)?, template, view)
    }

    /// The CloudFormation template of a plan, as YAML.
    ///
    /// # Errors
    /// A failure in a template, with its place, or a result that is not YAML or lacks something
    /// of the plan.
    pub fn cloudformation(&self, plan: &Plan) -> Result<CloudFormation, Diagnostic> {
        let text = self.render(CLOUDFORMATION, &view::view(plan))?;
        let read = || {
            // That two readers take the built-in templates for the same is tested with every mode;
            // what a user's template comes to nobody has seen.
            if !self.overrides.is_empty() {
                readback::read_by_another(&text)?;
            }
            readback::read(&text, plan)
        };
        let tree = read().map_err(|reason| self.not_as_planned(plan, &reason))?;
        Ok(CloudFormation { text, tree })
    }

    /// A plan in a form; `yaml` is its template, which [`Renderer::cloudformation`] rendered.
    ///
    /// # Errors
    /// A failure in a template, with its place.
    pub fn in_form(&self, form: Form, plan: &Plan, yaml: &str) -> Result<String, Diagnostic> {
        match form {
            Form::Yaml => Ok(yaml.to_owned()),
            Form::Json => self.json(plan, yaml),
            Form::Cdk => self.construct(plan),
            Form::Svg => self.svg(&diagram::of_plan(plan, None)),
            Form::Mermaid => self.mermaid(&diagram::of_plan(plan, None)),
            Form::Report => self.report(plan),
        }
    }

    /// A template that [`Renderer::cloudformation`] rendered, as JSON: the same, key by key.
    ///
    /// # Errors
    /// It cannot be said in JSON.
    fn json(&self, plan: &Plan, yaml: &str) -> Result<String, Diagnostic> {
        json::json(yaml).map_err(|reason| self.not_as_planned(plan, &reason))
    }

    /// A construct for the AWS CDK, in TypeScript. It is not read back: what it says is the plan, which
    /// is proved as YAML, and that it is TypeScript the tests show with the compiler.
    ///
    /// # Errors
    /// A failure in a template, with its place.
    fn construct(&self, plan: &Plan) -> Result<String, Diagnostic> {
        self.render(CONSTRUCT, &construct::construct(plan))
    }

    /// A picture, as SVG.
    ///
    /// # Errors
    /// A failure in a template, with its place.
    pub fn svg(&self, picture: &Picture) -> Result<String, Diagnostic> {
        self.render(SVG, &diagram::drawing(picture))
    }

    /// A picture, for Mermaid.
    ///
    /// # Errors
    /// A failure in a template, with its place.
    pub fn mermaid(&self, picture: &Picture) -> Result<String, Diagnostic> {
        self.render(MERMAID, &diagram::chart(picture))
    }

    /// A report on a plan, in Markdown.
    ///
    /// # Errors
    /// A failure in a template, with its place.
    fn report(&self, plan: &Plan) -> Result<String, Diagnostic> {
        let picture = format!("{}.{}", plan.stack, Form::Svg.extension());
        self.render(REPORT, &report::report(plan, picture))
    }

    fn not_as_planned(&self, plan: &Plan, reason: &str) -> Diagnostic {
        let message =
            format!("the template of `{}` was not rendered as planned: {reason}", plan.stack);
        Diagnostic::error(Code::Template, message).help(self.help)
    }
}

/// Whether a file of this name in a folder of templates is one.
pub fn is_template(name: &str) -> bool {
    Language::of(name).is_some()
}

/// A config to begin with.
///
/// # Errors
/// A failure in the template, which is built in.
pub fn config(answers: &impl Serialize) -> Result<String, Diagnostic> {
    let own = TEMPLATES.iter().copied().filter(|(name, _)| *name == CONFIG);
    rendered(&Language::Yaml.engine(own)?, CONFIG, answers)
}

/// What a template makes of a value, with one line end at its end.
fn rendered(engine: &Tera, template: &str, view: &impl Serialize) -> Result<String, Diagnostic> {
    let context = Context::from_serialize(view).map_err(|error| failed(&error))?;
    let mut text = engine.render(template, &context).map_err(|error| failed(&error))?;
    text.truncate(text.trim_end().len());
    text.push('\n');
    Ok(text)
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
