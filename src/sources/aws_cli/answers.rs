//! Checks what the AWS CLI printed, first of all about prefix lists.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::{AwsCommand, AwsError};
use crate::aws::PrefixListId;
use crate::facts::prefix_lists::PrefixList;
use crate::prefix::shorten;
use crate::sources::printable;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PrintedLists {
    prefix_lists: Vec<PrintedList>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PrintedList {
    prefix_list_id: String,
    prefix_list_name: String,
    /// `describe-prefix-lists` prints none: it knows only lists of AWS.
    owner_id: Option<String>,
}

pub(super) fn read<T: DeserializeOwned>(
    command: &AwsCommand,
    answer: &[u8],
) -> Result<T, AwsError> {
    if answer.trim_ascii().is_empty() {
        // So the CLI ends where it cannot read its own file of credentials.
        return Err(output(command, "nothing".to_owned()));
    }
    serde_json::from_slice(answer)
        .map_err(|error| output(command, printable(&format!("no such answer: {error}"))))
}

pub(super) fn output(command: &AwsCommand, problem: String) -> AwsError {
    AwsError::Output { command: command.clone(), problem }
}

/// An id or a name that EC2 gave, for a message.
pub(super) fn quoted(text: &str) -> String {
    format!("`{}`", printable(&shorten(text)))
}

/// The one list of this name that AWS owns.
pub(super) fn prefix_list(
    command: &AwsCommand,
    name: &str,
    answer: &[u8],
) -> Result<PrefixList, AwsError> {
    let lists = read::<PrintedLists>(command, answer)?.prefix_lists;
    let (of_aws, of_others): (Vec<_>, Vec<_>) = lists
        .into_iter()
        .filter(|list| list.prefix_list_name == name)
        .partition(|list| list.owner_id.as_deref().is_none_or(|owner| owner == "AWS"));
    let ids: BTreeSet<String> = of_aws.into_iter().map(|list| list.prefix_list_id).collect();
    let what = format!("prefix list `{name}`");
    if ids.len() > 1 {
        let found = ids.iter().map(|id| quoted(id)).collect();
        return Err(AwsError::Ambiguous { command: command.clone(), what, found });
    }
    let Some(id) = ids.first() else {
        let why = of_others.first().map_or_else(
            || "EC2 lists none of this name".to_owned(),
            |list| {
                format!("{} has this name and is not owned by AWS", quoted(&list.prefix_list_id))
            },
        );
        return Err(AwsError::NotFound { command: command.clone(), what, why });
    };
    let id: PrefixListId = id.parse().map_err(|error| {
        output(command, format!("{} as the id of {what}, and {error}", quoted(id)))
    })?;
    Ok(PrefixList { id, name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::aws::Region;

    const NAME: &str = "com.amazonaws.ap-northeast-1.s3";

    fn command() -> AwsCommand {
        let tokyo = Region::named("ap-northeast-1").unwrap();
        AwsCommand::new("describe-something", "DescribeSomething", tokyo, [])
    }

    fn list(of: Value) -> Result<String, String> {
        let answer = json!({ "PrefixLists": of }).to_string();
        let list = prefix_list(&command(), NAME, answer.as_bytes());
        list.map(|list| list.id.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn one_list_of_the_name_that_aws_owns_is_taken_whatever_else_is_listed() {
        let other = json!({"PrefixListId": "rubbish", "PrefixListName": "com.amazonaws.us-east-1.s3", "OwnerId": "AWS"});
        let mine = json!({"PrefixListId": "pl-61a54008", "PrefixListName": NAME, "OwnerId": "AWS"});
        let older = json!({"PrefixListId": "pl-61a54008", "PrefixListName": NAME, "Cidrs": ["52.219.0.0/20"]});
        let theirs = json!({"PrefixListId": "pl-0a1b2c3d4e5f60718", "PrefixListName": NAME, "OwnerId": "111122223333"});
        let second =
            json!({"PrefixListId": "pl-78a54011", "PrefixListName": NAME, "OwnerId": "AWS"});
        for lists in [json!([mine]), json!([older]), json!([theirs, other, mine, mine])] {
            assert_eq!(list(lists).unwrap(), "pl-61a54008");
        }
        for (lists, expected) in [
            (
                json!([]),
                "there is no prefix list `com.amazonaws.ap-northeast-1.s3`: EC2 lists none of this name",
            ),
            (json!([other]), "EC2 lists none of this name"),
            (json!([theirs]), "`pl-0a1b2c3d4e5f60718` has this name and is not owned by AWS"),
            (
                json!([second, mine]),
                "more than one prefix list `com.amazonaws.ap-northeast-1.s3`: `pl-61a54008`, `pl-78a54011`",
            ),
            (
                json!([{"PrefixListId": "pl-61A54008\u{1b}[2J", "PrefixListName": NAME}]),
                "printed `pl-61A54008\u{fffd}[2J` as the id of prefix list",
            ),
            (json!([{"PrefixListName": NAME}]), "missing field `PrefixListId`"),
            (json!("pl-61a54008"), "invalid type: string"),
        ] {
            let message = list(lists).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }
}
