//! What allows something more never takes anything away.

use super::dice::{Dice, throws};
use super::judged::{legs, only};
use super::network::{EGRESS, Kind, Net};
use super::policies;

/// Something more that is allowed; nothing where there is nothing to add to.
fn more(net: &Net, dice: &mut Dice) -> Option<Net> {
    let mut more = net.clone();
    match dice.roll(4) {
        0 => {
            // The first egress rule takes EC2's own one away, which allows everything.
            let sure = |rule: &super::network::Rule| rule.condition.is_none();
            if !net.groups[0].rules[EGRESS].iter().any(sure) {
                return None;
            }
            let rule = net.another(EGRESS, dice);
            more.groups[0].rules[EGRESS].push(rule);
        }
        1 => {
            let rule = net.another(0, dice);
            let at = 1 + dice.roll(2);
            more.groups[at].rules[0].push(rule);
        }
        2 => {
            let (id, service) = dice.pick(&[("Api", "ecr.api"), ("Dkr", "ecr.dkr"), ("S3", "s3")]);
            let statements = more.policies.get_mut(id)?;
            let statement = dice.pick(&policies::statements(service));
            let at = dice.roll(statements.len() + 1);
            statements.insert(at, statement);
        }
        _ => {
            // Where the gateway's policy is narrow, leading there takes another way away.
            if net.policies.contains_key("S3") || net.made_tables.is_empty() {
                return None;
            }
            let table = dice.pick(&net.made_tables);
            if net.tables.contains(&table) || net.tables.iter().any(|one| one["Ref"] == "PTables") {
                return None;
            }
            more.tables.push(table);
        }
    }
    Some(more)
}

fn never_blocks(dice: &mut Dice, kind: Kind) -> Result<(), String> {
    let net = Net::of(dice, kind);
    let Some(more) = more(&net, dice) else { return Ok(()) };
    let (before, after) = (net.template().yaml(), more.template().yaml());
    let (old, new) = (only(std::slice::from_ref(&before))?, only(std::slice::from_ref(&after))?);
    let new = legs(&new);
    for (leg, old) in legs(&old) {
        let Some(new) = new.get(&leg) else { return Err(format!("{leg:?} is gone")) };
        if (0..2).any(|trust| new[trust] < old[trust]) {
            let diff = similar::TextDiff::from_lines(&before, &after);
            let diff = diff.unified_diff().to_string();
            return Err(format!("{leg:?} was {old:?} and is {new:?}\n{before}\n{diff}"));
        }
    }
    Ok(())
}

#[test]
fn what_allows_more_blocks_nothing() {
    throws(150, |dice| {
        never_blocks(dice, Kind { parameters: false, conditions: false, literals: true })
    });
}

#[test]
fn what_allows_more_blocks_nothing_where_parameters_have_no_value() {
    throws(150, |dice| {
        never_blocks(dice, Kind { parameters: true, conditions: false, literals: true })
    });
}

#[test]
fn what_allows_more_blocks_nothing_where_conditions_are_not_known() {
    throws(150, |dice| {
        never_blocks(dice, Kind { parameters: true, conditions: true, literals: true })
    });
}
