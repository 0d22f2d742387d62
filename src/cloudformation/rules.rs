//! The region that a template's `Rules` ask for.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html>

use super::arg::Arg;
use super::session::Session;
use super::template::Scope;
use super::{Kind, Place, Value};
use crate::aws::Region;
use crate::yaml::Node;

impl<'w> Session<'w> {
    /// The regions in which the assertions of a template hold, with the places that say so; empty
    /// where it asserts none.
    pub(super) fn asserted_regions(&mut self, file: u32) -> Vec<(&'static Region, Place)> {
        let scope = Scope { file, loops: None };
        let root = self.template(&scope).root;
        let mut regions: Option<Vec<(&'static Region, Place)>> = None;
        for rule in root.get("Rules").map_or(&[][..], Node::entries) {
            // A rule with a condition asserts nothing where that does not hold.
            if rule.value.get("RuleCondition").is_some() {
                continue;
            }
            for assertion in rule.value.get("Assertions").map_or(&[][..], Node::items) {
                let Some(assert) = assertion.get("Assert") else { continue };
                let Some(asserted) = self.asserted(assert, &scope) else { continue };
                regions = Some(match regions {
                    None => asserted,
                    Some(before) => {
                        let also = |region| asserted.iter().any(|(other, _)| *other == region);
                        before.into_iter().filter(|(region, _)| also(*region)).collect()
                    }
                });
            }
        }
        regions.unwrap_or_default()
    }

    /// The regions of one assertion; `None` where it is about something else.
    fn asserted(&mut self, node: &'w Node, scope: &Scope) -> Option<Vec<(&'static Region, Place)>> {
        let (name, arg) = Arg::new(node).call()?;
        let [a, b] = arg.items()? else { return None };
        let (regions, subject) = match name {
            "Equals" if is_region(a) => (b, a),
            "Equals" | "Contains" => (a, b),
            _ => return None,
        };
        if !is_region(subject) {
            return None;
        }
        let at = scope.place(&node.span);
        let value = self.value(regions, scope)?;
        let named = |value: &Value| Region::named(value.as_known()?).map(|region| (region, at));
        match &value.kind {
            Kind::List(items) => items.iter().map(named).collect(),
            _ => named(&value).map(|one| vec![one]),
        }
    }
}

fn is_region(node: &Node) -> bool {
    Arg::new(node)
        .call()
        .is_some_and(|(name, arg)| name == "Ref" && arg.text() == Some("AWS::Region"))
}
