//! The forms in which a stack is written.

use std::collections::BTreeSet;

/// A form in which a stack is written into the output folder, each a file of its own.
///
/// Order: what is deployed, then what is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// A CloudFormation template in YAML.
    Yaml,
    /// The same template in JSON.
    Json,
    /// A construct for the AWS CDK, in TypeScript.
    Cdk,
    /// A picture as SVG.
    Svg,
    /// The same picture for Mermaid.
    Mermaid,
    /// A report in Markdown, which shows the picture.
    Report,
}

impl Form {
    /// Every form, in order.
    pub const ALL: &[Form] =
        &[Form::Yaml, Form::Json, Form::Cdk, Form::Svg, Form::Mermaid, Form::Report];

    /// What is written where nothing else is asked for.
    pub const DEFAULT: Form = Form::Yaml;

    /// Its name in the config and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Form::Yaml => "yaml",
            Form::Json => "json",
            Form::Cdk => "cdk",
            Form::Svg => "svg",
            Form::Mermaid => "mermaid",
            Form::Report => "report",
        }
    }

    /// What its files end in, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Form::Yaml => "yaml",
            Form::Json => "json",
            Form::Cdk => "ts",
            Form::Svg => "svg",
            Form::Mermaid => "mmd",
            Form::Report => "md",
        }
    }

    /// The form that [`Form::name`] gives this name; `None` where none has it.
    pub fn named(name: &str) -> Option<Form> {
        Form::ALL.iter().copied().find(|form| form.name() == name)
    }

    /// Whether it is a template that CloudFormation takes.
    pub fn is_template(self) -> bool {
        matches!(self, Form::Yaml | Form::Json)
    }

    /// These forms with what they show: a report shows a picture.
    pub fn with_shown(forms: impl IntoIterator<Item = Form>) -> BTreeSet<Form> {
        let mut forms: BTreeSet<Form> = forms.into_iter().collect();
        if forms.contains(&Form::Report) {
            forms.insert(Form::Svg);
        }
        forms
    }
}
