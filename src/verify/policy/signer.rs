//! Whether it is the tasks' role that a policy names.

use super::glob::{self, Letters};
use crate::cloudformation::Text;
use crate::truth::Truth;
use crate::verify::texts::arn_fields;

/// A role that signs requests.
#[derive(Debug, Clone)]
pub(in crate::verify) struct Signer {
    /// What names it: the resource, or an ARN.
    pub(in crate::verify) id: Text,
    /// Its ARN, as far as that is known.
    pub(in crate::verify) arn: Option<Text>,
}

impl Signer {
    /// The account it is in.
    pub(super) fn account(&self) -> Option<Text> {
        let [.., account, _] = arn_fields(self.arn.as_ref()?)?;
        Some(account)
    }

    /// Whether a principal is the role. Of its account nobody can tell: some services take that for
    /// all of its roles, and some for its root user.
    pub(super) fn is_principal(&self, principal: &Text) -> Truth {
        if let Some(truth) = self.is_named(principal) {
            return truth;
        }
        let account = match arn_fields(principal) {
            Some([.., account, _]) => Some(account),
            None => is_account(principal).then(|| principal.clone()),
        };
        let elsewhere = account.zip(self.account()).is_some_and(|(a, b)| a.same(&b).is_no());
        let is_role = arn_fields(principal)
            .is_some_and(|fields| fields[2].as_known() == Some("iam") && is_of_role(&fields[5]));
        let other = is_role && self.arn.as_ref().is_some_and(|arn| arn.same(principal).is_no());
        if elsewhere || other { Truth::No } else { Truth::Unknown }
    }

    /// Whether a value that `aws:PrincipalArn` is compared with is the role; as a pattern, if it is
    /// compared as one.
    pub(super) fn is_arn(&self, value: &Text, pattern: bool) -> Truth {
        if let Some(truth) = self.is_named(value) {
            return truth;
        }
        let Some(arn) = &self.arn else { return Truth::Unknown };
        if !pattern {
            return value.same(arn);
        }
        // ARNs are compared field by field, where a `*` does not reach over a colon.
        match glob::covers(value, arn, Letters::Exact) {
            Truth::Yes if value.as_known() != Some("*") && arn_fields(value).is_none() => {
                Truth::Unknown
            }
            truth => truth,
        }
    }

    /// Two roles of the world are two roles.
    fn is_named(&self, named: &Text) -> Option<Truth> {
        if *named == self.id || self.arn.as_ref() == Some(named) {
            return Some(Truth::Yes);
        }
        (self.id.as_created().is_some() && named.as_created().is_some()).then_some(Truth::No)
    }
}

fn is_account(text: &Text) -> bool {
    text.as_known().is_some_and(|known| {
        known.len() == 12 && known.bytes().all(|letter| letter.is_ascii_digit())
    })
}

fn is_of_role(resource: &Text) -> bool {
    resource.beginning().starts_with("role/")
}
