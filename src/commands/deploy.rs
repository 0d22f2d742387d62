//! The command that deploys a template.

use std::collections::BTreeSet;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::facts::ip_ranges::hex;
use crate::plan::Plan;
use crate::text::is_unseen;

/// The command lines that deploy a template, one a region, for a shell.
/// `stacks` are the names of all stacks of the config.
pub(super) fn commands(plan: &Plan, template: &Path, stacks: &BTreeSet<String>) -> Vec<String> {
    let parameters: String = plan
        .parameters
        .iter()
        .map(|parameter| format!(" {}={}", parameter.name.as_str(), parameter.kind.example()))
        .collect();
    let overrides = if parameters.is_empty() {
        String::new()
    } else {
        format!(" --parameter-overrides{parameters}")
    };
    plan.regions
        .iter()
        .map(|region| {
            format!(
                "aws cloudformation deploy --region {region} --stack-name {} --template-file {}{overrides}",
                stack_name(plan, stacks),
                shell_quoted(&super::display(template)),
            )
        })
        .collect()
}

/// Characters of a stack's name in CloudFormation.
const LONGEST: usize = 128;

/// CloudFormation's stack names begin with a letter and have at most 128 characters; no two
/// stacks of a config may come to share one.
fn stack_name(plan: &Plan, stacks: &BTreeSet<String>) -> String {
    let mut name = plan.stack.to_string();
    while !name.starts_with(|first: char| first.is_ascii_alphabetic())
        || (name != plan.stack.to_string() && stacks.contains(&name))
    {
        name = format!("egress-{name}");
    }
    if name.len() > LONGEST {
        // What is cut off may be all that tells two names apart.
        let digest = hex(&Sha256::digest(plan.stack.to_string()));
        name.truncate(LONGEST - 9);
        name.push('-');
        name.push_str(&digest[..8]);
    }
    name
}

/// A word as it can be typed: bare, in quotes, or where a terminal would act on it as bash, zsh and
/// POSIX.1-2024 write it, `$'…'`.
pub(super) fn shell_quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._/+,@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else if text.contains(is_unseen) {
        let mut bytes = [0; 4];
        let word = text.chars().map(|c| match c {
            '\'' | '\\' => format!("\\{c}"),
            c if is_unseen(c) => {
                c.encode_utf8(&mut bytes).bytes().map(|byte| format!("\\{byte:03o}")).collect()
            }
            c => c.to_string(),
        });
        format!("$'{}'", word.collect::<String>())
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted_for_a_shell() {
        assert_eq!(shell_quoted("out/a.yaml"), "out/a.yaml");
        assert_eq!(shell_quoted("my out/it's"), r"'my out/it'\''s'");
        assert_eq!(shell_quoted(""), "''");
        assert_eq!(shell_quoted("it's\x1b[2J\u{202e}"), r"$'it\'s\033[2J\342\200\256'");
    }
}
