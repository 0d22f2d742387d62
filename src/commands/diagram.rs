//! `diagram`: config and lock in, a picture out; and what `verify --diagram` has in common with it.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::cli::{Diagram, PictureForm};
use super::output::Report;
use super::rendered::renderer;
use super::verify::region;
use super::{Failure, Paths, display, unless_errors};
use crate::aws::Region;
use crate::config::{Config, Stack};
use crate::diagnostic::{Code, Diagnostic, Source, nearest};
use crate::diagram::{Picture, of_plan, together};
use crate::plan::plan;
use crate::prefix::shorten;
use crate::render::Renderer;

pub(super) fn run(args: &Diagram, paths: &Paths) -> Result<Report, Failure> {
    let mut wrong = Vec::new();
    let region = args.region.as_deref().and_then(|name| region(name, &mut wrong));
    if !wrong.is_empty() {
        return Err(wrong.into());
    }
    let (config, source) = paths.read_config()?;
    let stacks = stacks(&config, &args.stacks, region, &source)?;
    let (lock, _) = paths.read_lock()?;
    let renderer = renderer(args.templates.as_deref())?;
    let (mut pictures, mut errors) = (Vec::new(), Vec::new());
    for stack in &stacks {
        // What is to be said of a plan that can be drawn, `generate` says.
        match plan(stack, &lock, &source, env!("CARGO_PKG_VERSION")) {
            Ok((plan, _)) => pictures.push(of_plan(&plan, region)),
            Err(said) => errors.extend(said),
        }
    }
    unless_errors(errors)?;
    let text = rendered(&renderer, args.emit, &together(pictures))?;
    let mut report = Report::default();
    let names: Vec<String> = stacks.iter().map(|stack| stack.name.value.to_string()).collect();
    report.fields.insert("stacks".to_owned(), json!(names));
    report.fields.insert("emit".to_owned(), json!(name(args.emit)));
    report.fields.insert("diagram".to_owned(), json!(text));
    report.text = text;
    Ok(report)
}

/// A picture in a form.
///
/// # Errors
/// A failure in a template.
pub(super) fn rendered(
    renderer: &Renderer,
    form: PictureForm,
    picture: &Picture,
) -> Result<String, Diagnostic> {
    match form {
        PictureForm::Svg => renderer.svg(picture),
        PictureForm::Mermaid => renderer.mermaid(picture),
    }
}

fn name(form: PictureForm) -> &'static str {
    match form {
        PictureForm::Svg => "svg",
        PictureForm::Mermaid => "mermaid",
    }
}

/// The form of a file, by the end of its name.
///
/// # Errors
/// It is of neither; or it is standard output, where the report goes.
pub(super) fn form_of_file(path: &Path) -> Result<PictureForm, Diagnostic> {
    if path == Path::new("-") {
        let message = "`--diagram -` would print the picture into the report";
        return Err(Diagnostic::error(Code::UnknownValue, message).help("--diagram picture.svg"));
    }
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("svg") => Ok(PictureForm::Svg),
        Some("mmd") => Ok(PictureForm::Mermaid),
        _ => {
            let message = format!("`{}` ends in neither .svg nor .mmd", shorten(&display(path)));
            Err(Diagnostic::error(Code::UnknownValue, message)
                .help("--diagram picture.svg")
                .help("or, for Mermaid: --diagram picture.mmd"))
        }
    }
}

/// The stacks that are named, each once; or the only one there is.
fn stacks<'a>(
    config: &'a Config,
    names: &[String],
    region: Option<&'static Region>,
    source: &Arc<Source>,
) -> Result<Vec<&'a Stack>, Failure> {
    let all: Vec<String> = config.stacks.keys().map(ToString::to_string).collect();
    let all = || all.iter().map(String::as_str);
    let list = || {
        let shown: Vec<&str> = all().take(20).collect();
        let more = if all().count() > shown.len() { ", …" } else { "" };
        format!("one of {}{more}", shown.join(", "))
    };
    let mut found: Vec<&Stack> = Vec::new();
    let mut wrong: Vec<Diagnostic> = Vec::new();
    if names.is_empty() {
        if config.stacks.len() != 1 {
            let message = "which stack is not said, and the config has several";
            return Err(Diagnostic::error(Code::MissingFlag, message)
                .help(list())
                .help(format!("fargate-egress diagram {}", all().next().unwrap_or("STACK")))
                .into());
        }
        found.extend(config.stacks.values());
    }
    for name in names {
        let known = name.parse().ok().and_then(|name| config.stacks.get(&name));
        match known {
            Some(stack) if found.iter().any(|other| std::ptr::eq(*other, stack)) => {}
            Some(stack) => found.push(stack),
            None => {
                let message = format!("the config has no stack `{}`", shorten(name));
                let mut diagnostic = Diagnostic::error(Code::UnknownValue, message);
                diagnostic
                    .help
                    .extend(nearest(name, all()).map(|near| format!("did you mean `{near}`?")));
                wrong.push(diagnostic.help(list()));
            }
        }
    }
    for stack in &found {
        let Some(region) = region else { continue };
        if !stack.regions.iter().any(|known| std::ptr::eq(known.value, region)) {
            let names: Vec<&str> = stack.regions.iter().map(|known| known.value.name).collect();
            let message = format!("stack `{}` is not for {region}", stack.name.value);
            wrong.push(
                Diagnostic::error(Code::UnknownValue, message)
                    .at(source, stack.name.span.clone(), "this stack")
                    .help(format!("--region {}", names.join(" or "))),
            );
        }
    }
    if wrong.is_empty() { Ok(found) } else { Err(wrong.into()) }
}
