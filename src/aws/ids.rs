//! Ids that cannot be malformed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A twelve-digit AWS account id; text, because a leading zero belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(String);

/// Why a text is not an [`AccountId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an account id is twelve digits")]
pub struct AccountIdError;

impl FromStr for AccountId {
    type Err = AccountIdError;

    fn from_str(text: &str) -> Result<AccountId, AccountIdError> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(AccountId(text.to_owned()))
        } else {
            Err(AccountIdError)
        }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is not an id of one kind of EC2 resource.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} id is `{prefix}` and 8 or 17 of 0-9 and a-f")]
pub struct ResourceIdError {
    /// What it identifies, with its article.
    pub kind: &'static str,
    /// What its ids begin with, hyphen included.
    pub prefix: &'static str,
}

/// An id that EC2 gives to a resource of one kind.
pub trait ResourceId: Sized + fmt::Display + FromStr<Err = ResourceIdError> {
    /// What it identifies, with its article.
    const KIND: &'static str;
    /// What its ids begin with, hyphen included.
    const PREFIX: &'static str;
}

fn check(text: &str, kind: &'static str, prefix: &'static str) -> Result<String, ResourceIdError> {
    let well_formed = text.strip_prefix(prefix).is_some_and(|digits| {
        matches!(digits.len(), 8 | 17)
            && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    });
    if well_formed { Ok(text.to_owned()) } else { Err(ResourceIdError { kind, prefix }) }
}

macro_rules! resource_ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl ResourceId for $name {
            const KIND: &'static str = $kind;
            const PREFIX: &'static str = $prefix;
        }

        impl FromStr for $name {
            type Err = ResourceIdError;

            fn from_str(text: &str) -> Result<$name, ResourceIdError> {
                check(text, $kind, $prefix).map($name)
            }
        }

        impl TryFrom<String> for $name {
            type Error = ResourceIdError;

            fn try_from(text: String) -> Result<$name, ResourceIdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl $name {
            /// The id as EC2 writes it, with its prefix: `vpc-0a1b2c3d4e5f60718`.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

resource_ids! {
    /// The id of a VPC. As every id here, `vpc-` and 8 or 17 hexadecimal digits.
    VpcId "vpc-" "a VPC";
    /// The id of a subnet.
    SubnetId "subnet-" "a subnet";
    /// The id of a route table.
    RouteTableId "rtb-" "a route table";
    /// The id of a security group.
    SecurityGroupId "sg-" "a security group";
    /// The id of a prefix list. Ids are per region: the same one is S3's in one region and
    /// DynamoDB's in another.
    PrefixListId "pl-" "a prefix list";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_ids_are_twelve_ascii_digits() {
        assert_eq!("012345678901".parse::<AccountId>().unwrap().to_string(), "012345678901");
        for wrong in ["", "12345678901", "0123456789012", "01234567890a", "١٢٣٤٥٦", "+12345678901"]
        {
            assert!(wrong.parse::<AccountId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn resource_ids_are_8_or_17_hexadecimal_digits() {
        assert!("vpc-0a1b2c3d4e5f60718".parse::<VpcId>().is_ok());
        assert!("pl-61a54008".parse::<PrefixListId>().is_ok());
        for wrong in ["pl-61A54008", "pl-61a5400", "pl61a54008", "vpc-61a54008", "pl-61a540088", ""]
        {
            assert!(wrong.parse::<PrefixListId>().is_err(), "{wrong}");
        }
        assert_eq!(
            "vpc-1".parse::<VpcId>().unwrap_err().to_string(),
            "a VPC id is `vpc-` and 8 or 17 of 0-9 and a-f"
        );
    }
}
