//! Facts that the user hands over in files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Failure, files};
use crate::aws::Region;
use crate::config::Config;
use crate::diagnostic::{Code, Diagnostic, Source};
use crate::facts::prefix_lists::PrefixList;
use crate::facts::{Answer, Seen, answers, prefix_lists};
use crate::lock::wanted_hosts;

/// Most bytes of one file.
const MOST_BYTES: u64 = 16 << 20;

/// What the files hold.
pub(super) struct Given {
    pub(super) answers: Vec<Answer>,
    /// With where they come from.
    pub(super) prefix_lists: Vec<(PrefixList, String)>,
    /// The names of the files of each kind.
    answer_files: Vec<String>,
    list_files: Vec<String>,
}

impl Given {
    /// Reads `--answers` and `--prefix-lists`.
    ///
    /// # Errors
    /// A file that is not of its kind, standard input twice, or two ids for one list.
    pub(super) fn read(
        answers: &[PathBuf],
        prefix_lists: &[PathBuf],
        seen: &Seen,
    ) -> Result<Given, Failure> {
        let paths = answers.iter().chain(prefix_lists);
        if paths.filter(|path| is_standard_input(path)).count() > 1 {
            return Err(Diagnostic::error(Code::InvalidAnswers, "standard input is named twice")
                .help("give a file for one of the two")
                .into());
        }
        let mut given = Given {
            answers: Vec::new(),
            prefix_lists: Vec::new(),
            answer_files: Vec::new(),
            list_files: Vec::new(),
        };
        for path in answers {
            let name = name(path);
            given.answers.extend(read_answers(path, &name, seen)?);
            given.answer_files.push(name);
        }
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for path in prefix_lists {
            let name = name(path);
            for list in read_prefix_lists(path, &name)? {
                let other = known.get(&list.name).and_then(|at| given.prefix_lists.get(*at));
                if let Some((other, source)) = other.filter(|(known, _)| known.id != list.id) {
                    let message = format!(
                        "{} is {} in {source} and {} in {name}",
                        list.name, other.id, list.id
                    );
                    return Err(Diagnostic::error(Code::InvalidPrefixLists, message)
                        .help("give the output of one account's AWS CLI for each region")
                        .into());
                }
                known.entry(list.name.clone()).or_insert(given.prefix_lists.len());
                given.prefix_lists.push((list, name.clone()));
            }
            given.list_files.push(name);
        }
        Ok(given)
    }

    /// Warns of files that hold nothing the config asks for.
    pub(super) fn unused(&self, config: &Config) -> Vec<Diagnostic> {
        let stacks = || {
            config
                .stacks
                .values()
                .flat_map(|stack| stack.regions.iter().map(move |r| (stack, r.value)))
        };
        let is_wanted = |host: &str| {
            stacks().any(|(stack, region)| {
                wanted_hosts(stack, region).iter().any(|(_, wanted, _)| wanted.is_served_by(host))
            })
        };
        let is_region =
            |name: &str| stacks().any(|(_, region)| Region::s3_prefix_list_name(region) == name);
        let answers = self.answer_files.iter().filter(|file| {
            !self.answers.iter().any(|answer| {
                answer.seen_by == **file && !answer.addresses.is_empty() && is_wanted(&answer.host)
            })
        });
        let lists = self.list_files.iter().filter(|file| {
            !self.prefix_lists.iter().any(|(list, source)| source == *file && is_region(&list.name))
        });
        answers
            .chain(lists)
            .map(|file| {
                let message = format!("`{file}` holds nothing that the config asks for");
                Diagnostic::warning(Code::UnusedInput, message)
                    .help("compare its names with the regions and registries of the config")
            })
            .collect()
    }
}

fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}

/// What the lock says of where a fact comes from: the file's name, wherever it lay.
fn name(path: &Path) -> String {
    if is_standard_input(path) {
        return "standard input".to_owned();
    }
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn missing(path: &Path) -> Failure {
    let message = format!("there is no `{}`", path.display());
    Diagnostic::error(Code::InvalidAnswers, message).help("check the path").into()
}

fn read_answers(path: &Path, name: &str, seen: &Seen) -> Result<Vec<Answer>, Failure> {
    let source = files::read_text(path, MOST_BYTES)?.ok_or_else(|| missing(path))?;
    answers::parse(&source.text, seen, name).map_err(|error| error.diagnostic(&source).into())
}

fn read_prefix_lists(path: &Path, name: &str) -> Result<Vec<PrefixList>, Failure> {
    let bytes = files::read(path, MOST_BYTES)?.ok_or_else(|| missing(path))?;
    prefix_lists::parse(&bytes).map_err(|error| {
        let source = Source::new(name, String::from_utf8_lossy(&bytes));
        error.diagnostic(&source).into()
    })
}
