//! What the AWS CLI prints about prefix lists.

use std::sync::Arc;

use serde::Deserialize;

use crate::aws::PrefixListId;
use crate::diagnostic::{Code, Diagnostic, Source, byte_at};

/// A prefix list by id and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrefixList {
    /// Its id, which means this list in one region only.
    pub id: PrefixListId,
    /// Its name, such as `com.amazonaws.ap-northeast-1.s3`, in which its region is.
    pub name: String,
}

#[derive(Deserialize)]
struct Printed {
    #[serde(rename = "PrefixLists")]
    prefix_lists: Vec<PrintedList>,
}

#[derive(Deserialize)]
struct PrintedList {
    #[serde(rename = "PrefixListId")]
    id: PrefixListId,
    #[serde(rename = "PrefixListName")]
    name: String,
    /// Only `describe-managed-prefix-lists` prints it.
    #[serde(rename = "OwnerId")]
    owner: Option<String>,
}

/// A text that is not what the AWS CLI prints about prefix lists, in the words of the JSON reader.
#[derive(Debug, thiserror::Error)]
#[error("not a list of prefix lists: {0}")]
pub struct PrefixListsError(#[from] serde_json::Error);

impl PrefixListsError {
    /// What to tell the user.
    pub fn diagnostic(&self, source: &Arc<Source>) -> Diagnostic {
        let at = byte_at(&source.text, self.0.line(), self.0.column());
        Diagnostic::error(Code::InvalidPrefixLists, self.to_string())
            .at(source, at..at, "found here")
            .help("make it with: aws ec2 describe-managed-prefix-lists --output json")
    }
}

/// Reads the JSON of `aws ec2 describe-managed-prefix-lists` or `describe-prefix-lists`, or
/// several such texts one behind the other, as a loop over regions prints them. Lists that belong
/// to an account are left out: anybody can name one as they like.
///
/// # Errors
/// The first text that is not of this form.
pub fn parse(json: &[u8]) -> Result<Vec<PrefixList>, PrefixListsError> {
    let mut lists = Vec::new();
    for printed in serde_json::Deserializer::from_slice(json).into_iter::<Printed>() {
        let of_aws = |list: &PrintedList| list.owner.as_ref().is_none_or(|owner| owner == "AWS");
        let printed = printed?.prefix_lists.into_iter().filter(of_aws);
        lists.extend(printed.map(|list| PrefixList { id: list.id, name: list.name }));
    }
    Ok(lists)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_commands_and_several_outputs_are_read() {
        let json = br#"
            {"PrefixLists": [{"PrefixListId": "pl-61a54008", "AddressFamily": "IPv4",
              "PrefixListName": "com.amazonaws.ap-northeast-1.s3", "OwnerId": "AWS"}]}
            {"PrefixLists": [{"Cidrs": ["52.219.0.0/20"], "PrefixListId": "pl-63a5400a",
              "PrefixListName": "com.amazonaws.us-east-1.s3"}]}"#;
        let names: Vec<_> = parse(json).unwrap().into_iter().map(|list| list.name).collect();
        assert_eq!(names, ["com.amazonaws.ap-northeast-1.s3", "com.amazonaws.us-east-1.s3"]);
        assert!(parse(b"").unwrap().is_empty());
        for wrong in [
            &b"pl-61a54008"[..],
            b"[]",
            br#"{"PrefixLists": [{"PrefixListId": "x", "PrefixListName": "n"}]}"#,
        ] {
            assert!(parse(wrong).is_err());
        }
    }
}
