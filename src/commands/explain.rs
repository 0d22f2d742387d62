//! `explain`: why is this rule, prefix, address or name here?

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::cli::Explain;
use super::deploy::shell_quoted;
use super::output::Report;
use super::rendered::{Rendered, render, renderer};
use super::{Failure, Paths, display, files};
use crate::config::Form;
use crate::diagnostic::{Code, Diagnostic, Severity, Source};
use crate::explain::{self, Beyond, Explanation, Known, Template, file_line};
use crate::lock::Lock;
use crate::plan::Plan;
use crate::prefix::shorten;
use crate::yaml::{Problem, ProblemKind};

/// Most bytes of a template.
const MOST_BYTES: u64 = 4 << 20;

pub(super) fn run(args: &Explain, paths: &Paths) -> Result<Report, Failure> {
    let (config, source) = paths.read_config()?;
    let (lock, mut diagnostics) = read_lock(paths)?;
    let renderer = renderer(args.templates.as_deref())?;
    let forms = BTreeSet::from([Form::Yaml]);
    let (rendered, said) =
        render(paths, &config, &source, &lock, &renderer, &forms, |_, each, _, _| each);
    // Warnings are for `generate` to say; what stands in the way of a plan is said here too.
    let errors = said.into_iter().filter(|one| one.severity == Severity::Error);
    diagnostics.extend(errors.map(|one| Diagnostic { severity: Severity::Warning, ..one }));
    let plans: Vec<Plan> = rendered.iter().map(|each| each.plan.clone()).collect();
    let sizes: Vec<usize> = rendered.iter().map(|each| each.template.text.len()).collect();
    let known =
        Known { config: &config, source: &source, lock: &lock, plans: &plans, sizes: &sizes };

    let (mut explained, mut wrong) = (Vec::new(), Vec::new());
    for what in &args.what {
        match one(&known, &rendered, what, &mut diagnostics) {
            Ok(explanation) => explained.push(explanation),
            Err(Failure::Invalid(said)) => wrong.extend(said),
            Err(failure) => return Err(failure),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong.into());
    }
    Ok(Report { explained, diagnostics: super::sorted(diagnostics), ..Report::default() })
}

/// The lock, or an empty one with a warning where there is none: the config alone explains much.
fn read_lock(paths: &Paths) -> Result<(Lock, Vec<Diagnostic>), Failure> {
    match paths.read_lock() {
        Ok((lock, _)) => Ok((lock, Vec::new())),
        Err(Failure::Invalid(said)) if said.iter().all(|one| one.code == Code::LockMissing) => {
            let said = said.into_iter();
            let said = said.map(|one| Diagnostic { severity: Severity::Warning, ..one });
            Ok((Lock::default(), said.collect()))
        }
        Err(failure) => Err(failure),
    }
}

/// One of the things that were typed. It may be a place in a file and the name of something.
fn one(
    known: &Known<'_>,
    rendered: &[Rendered],
    what: &str,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Explanation, Failure> {
    let named = explain::explain(known, what);
    let Some((path, line, column)) = file_line(what) else {
        let without_line = || file_without_line(known, rendered, what);
        return named.map_err(|error| without_line().unwrap_or(error).into());
    };
    if line == 0 || column == Some(0) {
        let message = format!("`{}`: lines and columns are counted from 1", shorten(what));
        return Err(Diagnostic::error(Code::NoSuchLine, message).help(format!("{path}:1")).into());
    }
    let Some(source) = files::read_own_text(Path::new(path), MOST_BYTES)? else {
        let message = format!("there is no `{}`", shorten(path));
        let missing = Diagnostic::error(Code::FileMissing, message).help("check the path");
        return named.map_err(|_| missing.help("or write it: fargate-egress generate").into());
    };
    let beyond = |beyond| no_such_place(&source, line, beyond);
    let place = (line, column);
    if source.text == known.source.text {
        let mut explanation = explain::config_line(known, what, place).map_err(beyond)?;
        explanation.meanings.extend(named.into_iter().flat_map(|one| one.meanings));
        return Ok(explanation);
    }
    if let Some(error) = of_another_form(known, path, line) {
        return named.map_err(|_| error.into());
    }
    let template = Template::read(&source).map_err(|problem| no_template(problem, &source))?;
    let each = generated(known, rendered, &template, &source)?;
    if !template.is(&each.template) {
        let message = format!("`{}` is not what config and lock say", source.name);
        let help =
            "lines are matched by what stands on them; mend it with: fargate-egress generate";
        warnings.push(Diagnostic::warning(Code::OutputDiffers, message).help(help));
    }
    let mut explanation =
        explain::line(known, what, &template, &each.plan, place).map_err(beyond)?;
    explanation.meanings.extend(named.into_iter().flat_map(|one| one.meanings));
    Ok(explanation)
}

/// What a stack of the config says in the place of a file.
fn generated<'r>(
    known: &Known<'_>,
    rendered: &'r [Rendered],
    template: &Template,
    source: &Source,
) -> Result<&'r Rendered, Failure> {
    // Templates of the user's need not say what they are for; then their path does.
    let stack = template.stack().or_else(|| {
        let path = display(&Path::new(&source.name).with_extension("yaml"));
        let at = rendered.iter().find(|each| each.template.name == path);
        at.map(|each| each.plan.stack.clone())
    });
    let of_stack = |each: &&Rendered| Some(&each.plan.stack) == stack.as_ref();
    if let Some(each) = rendered.iter().find(of_stack) {
        return Ok(each);
    }
    let name = &source.name;
    let of_config = stack.filter(|stack| known.config.stacks.contains_key(stack));
    Err(match of_config {
        Some(stack) => {
            let message = format!("`{name}` cannot be explained: `{stack}` has no plan");
            Diagnostic::error(Code::LockLacksFact, message)
                .help("supply what the lock lacks: fargate-egress resolve")
                .into()
        }
        None => {
            let message = format!("`{name}` is not generated by any stack of the config");
            Diagnostic::error(Code::NotGenerated, message)
                .help(format!("what it lets through: fargate-egress verify {}", shell_quoted(name)))
                .into()
        }
    })
}

fn no_such_place(source: &Source, line: usize, beyond: Beyond) -> Failure {
    let name = &source.name;
    let (message, help) = match beyond {
        Beyond::Lines(count) => (
            format!("`{name}` has {count} lines, and no line {line}"),
            format!("name one from 1 to {count}"),
        ),
        Beyond::Columns(count) => (
            format!(
                "line {line} of `{name}` has {count} columns, and ends before the one that is named"
            ),
            format!("the whole line: fargate-egress explain {}:{line}", shell_quoted(name)),
        ),
    };
    Diagnostic::error(Code::NoSuchLine, message).help(help).into()
}

fn no_template(problem: Option<Problem>, source: &Arc<Source>) -> Failure {
    let message = format!("`{}` is not a template", source.name);
    let diagnostic = Diagnostic::error(Code::NotCloudFormation, message)
        .help("write it anew: fargate-egress generate");
    let Some(problem) = problem else { return diagnostic.into() };
    let text = match problem.kind {
        ProblemKind::Syntax(message) => message,
        ProblemKind::Unsupported(what) => what.to_owned(),
        ProblemKind::DuplicateKey { .. } => "second".to_owned(),
    };
    diagnostic.at(source, problem.span, text).into()
}

/// What to type for a file that is generated and is no template.
fn of_another_form(known: &Known<'_>, path: &str, line: usize) -> Option<Diagnostic> {
    let path = Path::new(path);
    let extension = path.extension()?.to_str()?;
    let mut forms = Form::ALL.iter().filter(|form| !form.is_template());
    forms.find(|form| form.extension() == extension)?;
    let message = format!("`{}` is not a template, and its lines are not explained", display(path));
    let diagnostic = Diagnostic::error(Code::NotCloudFormation, message);
    // Of the templates of the stack the one that there is.
    let templates = [Form::Yaml, Form::Json].map(|form| path.with_extension(form.extension()));
    let stack = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .filter(|stem| stem.parse().is_ok_and(|name| known.config.stacks.contains_key(&name)));
    let help = match (templates.iter().find(|template| files::exists(template)), stack) {
        (Some(template), _) => {
            let template = shell_quoted(&display(template));
            format!("name a line of the template: fargate-egress explain {template}:{line}")
        }
        (None, Some(stack)) => format!("the whole stack: fargate-egress explain {stack}"),
        (None, None) => "name a line of a template that is generated".to_owned(),
    };
    Some(diagnostic.help(help))
}

/// What to type for a template or the config where it is named without a line.
fn file_without_line(known: &Known<'_>, rendered: &[Rendered], what: &str) -> Option<Diagnostic> {
    // What stands behind the colon is no line.
    let path = what.rsplit_once(':').map_or(what, |(path, _)| path);
    let path = display(Path::new(path));
    if path == known.source.name {
        let message = format!("`{}` is the config, and no line of it is named", shorten(what));
        let stacks: Vec<String> = known.config.stacks.keys().map(ToString::to_string).collect();
        return Some(
            Diagnostic::error(Code::NoSuchLine, message)
                .help(format!("fargate-egress explain {}:3", shell_quoted(&path)))
                .help(format!("or a whole stack: {}", shorten(&stacks.join(", ")))),
        );
    }
    let template = display(&Path::new(&path).with_extension("yaml"));
    let each = rendered.iter().find(|each| each.template.name == template)?;
    let message = format!("`{}` is a template, and no line of it is named", shorten(what));
    Some(
        Diagnostic::error(Code::NoSuchLine, message)
            .help(format!("fargate-egress explain {path}:24"))
            .help(format!("or the whole stack: fargate-egress explain {}", each.plan.stack)),
    )
}
