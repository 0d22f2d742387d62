//! Groups that name each other in their own lists of rules, so that none can be made first.

use std::collections::BTreeMap;

use super::scene::Scene;
use super::{Fault, error};
use crate::cloudformation::Created;
use crate::diagnostic::Code;
use crate::verify::network::{Direction, Group, Peer, Rule, RuleForm};

/// One finding for each set of groups that lead to each other.
pub(super) fn groups(scene: &Scene<'_>) -> Vec<Fault> {
    let groups = &scene.view.network.groups;
    let numbers: BTreeMap<&Created, usize> = groups
        .iter()
        .enumerate()
        .filter_map(|(number, group)| Some((group.id.as_created()?, number)))
        .collect();
    let edges: Vec<Vec<(usize, Naming<'_>)>> =
        groups.iter().map(|group| named_inline(group, &numbers)).collect();
    let components = components(&edges);
    let mut faults: BTreeMap<usize, Vec<Naming<'_>>> = BTreeMap::new();
    for (from, edges) in edges.iter().enumerate() {
        for (to, naming) in edges {
            if components[from] == components[*to] {
                faults.entry(components[from]).or_default().push(*naming);
            }
        }
    }
    let faults = faults.into_iter().filter_map(|(component, mut rules)| {
        rules.sort_by_key(|(_, rule)| rule.place);
        let ((direction, first), others) = rules.split_first()?;
        let members = groups.iter().enumerate().filter(|(n, _)| components[*n] == component);
        let names: Vec<String> = members.map(|(_, group)| format!("`{}`", group.name)).collect();
        let message = match names.as_slice() {
            [one] => format!("{one} names itself in its own list of rules, so it cannot be made"),
            _ => format!(
                "{} name each other in their lists of rules, so none of them can be made first",
                names.join(", ")
            ),
        };
        let kind = match direction {
            Direction::Ingress => "AWS::EC2::SecurityGroupIngress",
            Direction::Egress => "AWS::EC2::SecurityGroupEgress",
        };
        let fault = error(Code::CircularGroups, first.place, "waits for the other", message)
            .help(format!("Type: {kind}"));
        Some(others.iter().fold(fault, |fault, (_, rule)| fault.related(rule.place, "and here")))
    });
    faults.collect()
}

/// A rule of a group's own list that names a group.
type Naming<'a> = (Direction, &'a Rule);

/// The groups of the same template that a group's own lists name.
fn named_inline<'a>(
    group: &'a Group,
    numbers: &BTreeMap<&Created, usize>,
) -> Vec<(usize, Naming<'a>)> {
    let ingress = group.ingress.iter().map(|rule| (Direction::Ingress, rule));
    let both = ingress.chain(group.egress.iter().map(|rule| (Direction::Egress, rule)));
    let inline = both.filter(|(_, rule)| rule.form == RuleForm::Inline);
    let named = inline.filter_map(|(direction, rule)| {
        let Peer::Group(peer) = &rule.peer else { return None };
        let peer = peer.as_created().filter(|peer| peer.file == group.place.file)?;
        Some((*numbers.get(peer)?, (direction, rule)))
    });
    named.collect()
}

/// For each node the number of its strongly connected component (Kosaraju), without recursion: a
/// template may have a chain of any length.
fn components<T>(edges: &[Vec<(usize, T)>]) -> Vec<usize> {
    let mut reversed: Vec<Vec<usize>> = vec![Vec::new(); edges.len()];
    for (from, edges) in edges.iter().enumerate() {
        for (to, _) in edges {
            reversed[*to].push(from);
        }
    }
    let forward: Vec<Vec<usize>> =
        edges.iter().map(|edges| edges.iter().map(|(to, _)| *to).collect()).collect();
    let mut order = Vec::new();
    let mut seen = vec![false; edges.len()];
    for start in 0..edges.len() {
        walk(start, &forward, &mut seen, &mut |node| order.push(node));
    }
    let mut component = vec![0; edges.len()];
    let mut seen = vec![false; edges.len()];
    for start in order.into_iter().rev() {
        walk(start, &reversed, &mut seen, &mut |node| component[node] = start);
    }
    component
}

/// Visits what can be reached and was not seen, each node behind those that it leads to.
fn walk(start: usize, edges: &[Vec<usize>], seen: &mut [bool], visit: &mut impl FnMut(usize)) {
    if std::mem::replace(&mut seen[start], true) {
        return;
    }
    let mut stack = vec![(start, 0)];
    while let Some((node, next)) = stack.last_mut() {
        match edges[*node].get(*next) {
            Some(to) => {
                *next += 1;
                if !std::mem::replace(&mut seen[*to], true) {
                    stack.push((*to, 0));
                }
            }
            None => {
                visit(*node);
                stack.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::lints::made::{check, faults, group, rule, text};

    fn names(id: &str) -> Rule {
        rule(443, Peer::Group(text(id)))
    }

    #[test]
    fn a_cycle_of_any_length_is_one_finding() {
        const CIRCULAR: &[Code] = &[Code::CircularGroups];
        check(&[
            ("each other", |n, _| n.groups[0].ingress.push(names("<TaskGroup>")), CIRCULAR),
            ("itself", |n, _| n.groups[0].ingress.push(names("<EndpointGroup>")), CIRCULAR),
            (
                "by a rule of its own",
                |n, _| {
                    let rule = names("<TaskGroup>");
                    n.groups[0].ingress.push(Rule { form: RuleForm::Standalone, ..rule });
                },
                &[],
            ),
            (
                "by way of a third",
                |n, _| {
                    n.groups.push(group("Third", vec![names("<TaskGroup>")], vec![]));
                    n.groups[0].ingress.push(names("<Third>"));
                },
                CIRCULAR,
            ),
            (
                "two cycles",
                |n, _| {
                    n.groups[0].ingress.push(names("<TaskGroup>"));
                    n.groups.push(group("A", vec![names("<B>"), names("<TaskGroup>")], vec![]));
                    n.groups.push(group("B", vec![names("<A>")], vec![]));
                },
                &[Code::CircularGroups, Code::CircularGroups],
            ),
            (
                "a group of another file",
                |n, _| {
                    n.groups[0].place.file = 1;
                    n.groups[0].ingress.push(names("<TaskGroup>"));
                },
                &[],
            ),
        ]);
    }

    #[test]
    fn every_rule_of_a_cycle_is_pointed_at() {
        let found = faults(|n, _| n.groups[0].ingress.push(names("<TaskGroup>")));
        assert_eq!(found[0].related.len(), 1);
        assert_eq!(found[0].help, ["Type: AWS::EC2::SecurityGroupEgress"]);
    }

    /// All graphs of four nodes: two nodes are in one component if each is reached from the other.
    #[test]
    fn a_component_is_what_reaches_itself_and_each_other() {
        for bits in 0_u32..1 << 16 {
            let edge = |from: usize, to: usize| bits >> (from * 4 + to) & 1 == 1;
            let edges: Vec<Vec<(usize, ())>> = (0..4)
                .map(|from| (0..4).filter(|to| edge(from, *to)).map(|to| (to, ())).collect())
                .collect();
            let mut reach = [[false; 4]; 4];
            for (from, row) in reach.iter_mut().enumerate() {
                for (to, cell) in row.iter_mut().enumerate() {
                    *cell = from == to || edge(from, to);
                }
            }
            for middle in 0..4 {
                for from in 0..4 {
                    for to in 0..4 {
                        reach[from][to] |= reach[from][middle] && reach[middle][to];
                    }
                }
            }
            let found = components(&edges);
            for a in 0..4 {
                for b in 0..4 {
                    assert_eq!(found[a] == found[b], reach[a][b] && reach[b][a], "{bits:x}");
                }
            }
        }
    }
}
