//! A line of the config: what there is because of what it says.
//!
//! Every rule has its origins, and those that are facts of the lock were looked up for something that
//! the config names. What is at or below the place of a line is because of it.

use super::document::{Beyond, Line, Step, find, line_range};
use super::endpoint::{endpoint, names_account};
use super::ids::named;
use super::place::{Places, steps};
use super::reason::Reason;
use super::rules::placed;
use super::stack::{NO_PLAN, stack};
use super::{EndpointFound, Explanation, Kind, Known, Meaning, RuleFound, Use};
use crate::aws::{Region, Service};
use crate::config::{Located, Stack, about, join};
use crate::lock::WantedHost;
use crate::plan::{Endpoint, EndpointKind, Plan};

/// What a line of the config says, or a column of it; both from 1.
///
/// # Errors
/// The config has no such place.
pub fn config_line(
    known: &Known<'_>,
    what: &str,
    (number, column): (usize, Option<usize>),
) -> Result<Explanation, Beyond> {
    let places = Places::of(known.source);
    let found = places.root.as_ref().map(|root| find(root, &known.source.text, number, column));
    let meaning = match found {
        Some(Line::Beyond(beyond)) => return Err(beyond),
        Some(Line::At(path)) => at(known, &places, &path),
        Some(Line::Blank) | None => {
            let range = line_range(&known.source.text, number);
            let is_comment = range.is_some_and(|line| !known.source.text[line].trim().is_empty());
            let says = if is_comment {
                "a comment of the config, and nothing stands behind it"
            } else {
                "a line of the config with nothing on it"
            };
            Meaning::new(Kind::ConfigLine, says)
        }
    };
    Ok(Explanation { what: what.to_owned(), meanings: vec![meaning] })
}

fn at(known: &Known<'_>, places: &Places<'_>, path: &[Step]) -> Meaning {
    let place = path.iter().fold(String::new(), |place, step| match step {
        Step::Key(key) => join(&place, key),
        Step::Index(index) => format!("{place}[{index}]"),
    });
    if let [Step::Key(top), Step::Key(name)] = path
        && top == "stacks"
        && let Some(whole) = name.parse().ok().and_then(|name| stack(known, places, &name))
    {
        return whole;
    }
    let mut meaning = Meaning::new(Kind::ConfigLine, format!("`{place}` of the config"));
    if place.is_empty() {
        meaning.summary = "the whole config".to_owned();
    }
    meaning.notes.extend(about(steps(&place)));
    let line = Said { known, places, place: &place };
    for stack in known.config.stacks.values() {
        meaning.uses.extend(line.uses(stack));
        let name = &stack.name.value;
        let Some(plan) = known.plan(name) else {
            if path.get(1).is_none_or(|step| *step == Step::Key(name.to_string())) {
                meaning.notes.push(format!("{name}: {NO_PLAN}"));
            }
            continue;
        };
        meaning.rules.extend(line.rules(stack, plan));
        meaning
            .endpoints
            .extend(plan.endpoints.iter().filter_map(|one| line.endpoint(stack, plan, one)));
    }
    let planned = known.plans.len() == known.config.stacks.len();
    if planned && meaning.rules.is_empty() && meaning.endpoints.is_empty() {
        meaning.notes.push("No rule and no endpoint is there because of it.".to_owned());
    }
    if let Some(Step::Key(name)) = path.get(1) {
        meaning.notes.push(format!("The stack as a whole: fargate-egress explain {name}"));
    }
    meaning
}

/// What a line says, by the way to it.
struct Said<'a> {
    known: &'a Known<'a>,
    places: &'a Places<'a>,
    place: &'a str,
}

impl Said<'_> {
    /// Whether a place is that of the line or below it.
    fn has(&self, path: &str) -> bool {
        is_below(path, self.place)
    }

    fn uses(&self, stack: &Stack) -> Vec<Use> {
        let of_line = named(stack).into_iter().filter(|named| self.has(&named.path));
        of_line
            .map(|named| Use {
                stack: stack.name.value.clone(),
                what: format!("{}, {}", named.text, named.what),
                place: Some(self.places.find(&named.path)),
            })
            .collect()
    }

    /// The rules that are there because of the line, with the ends that are.
    fn rules(&self, stack: &Stack, plan: &Plan) -> Vec<RuleFound> {
        let all = placed(plan).into_iter();
        let mut rules: Vec<RuleFound> =
            all.filter_map(|placed| placed.whole(self.known, self.places)).collect();
        for rule in &mut rules {
            rule.values.retain(|value| {
                let region = value.region.unwrap_or(plan.regions[0]);
                let mut causes =
                    value.reasons.iter().flat_map(|reason| causes(stack, region, reason));
                causes.any(|path| self.has(&path))
            });
        }
        rules.retain(|rule| !rule.values.is_empty());
        rules
    }

    /// An endpoint that is there because of the line, or the statements of its policy that are.
    fn endpoint(&self, stack: &Stack, plan: &Plan, one: &Endpoint) -> Option<EndpointFound> {
        let found = endpoint(self.known, self.places, plan, one, |_, _| true);
        let placed_by = match one.kind {
            EndpointKind::Interface { .. } => "network.subnets",
            EndpointKind::Gateway { .. } => "network.route-tables",
        };
        let of_stack = |key: &str| format!("{}.{key}", stack.name.path);
        let mut whole = vec![
            found.made_by.path.clone(),
            found.policy_by.path.clone(),
            of_stack("network.vpc"),
            of_stack(placed_by),
            join(&of_stack("service-names"), one.service.name()),
        ];
        if one.service == Service::s3() {
            whole.push(of_stack("layer-bucket"));
        }
        // An item is of its list.
        let by_item = is_below(self.place, &of_stack(placed_by));
        if by_item || whole.iter().any(|path| self.has(path)) {
            return Some(found);
        }
        let found = endpoint(self.known, self.places, plan, one, |_, statement| {
            let mut accounts = stack.registries.iter().filter(|account| self.has(&account.path));
            accounts.any(|account| names_account(statement, &account.value))
        });
        (!found.statements.is_empty()).then_some(found)
    }
}

/// The places in the config because of which a reason is one.
fn causes(stack: &Stack, region: &'static Region, reason: &Reason) -> Vec<String> {
    let of_stack = |key: &str| format!("{}.{key}", stack.name.path);
    let of_region = stack.regions.iter().filter(|one| one.value == region);
    let mut paths: Vec<String> = of_region.map(|region| region.path.clone()).collect();
    match reason {
        Reason::Config(place) => {
            paths = vec![place.path.clone()];
            if is_below(&place.path, &of_stack("task.endpoint-addresses")) {
                paths.push(of_stack("task.egress"));
            }
        }
        Reason::PrefixList { .. } => {}
        Reason::EndpointAddress { service, .. } => {
            paths.extend([of_stack("task.egress"), of_stack("network.vpc")]);
            paths.extend(paths_of(&stack.services, |named| named == service));
        }
        Reason::Observed(pinned) => {
            paths.push(stack.endpoint.egress.path.clone());
            let hosts = pinned.addresses.iter().flat_map(|address| &address.hosts);
            for seen in hosts {
                let serves = |wanted: Vec<WantedHost>| {
                    wanted.iter().any(|wanted| wanted.is_served_by(&seen.host))
                };
                paths.extend(paths_of(&stack.registries, |account| {
                    serves(WantedHost::of(&Service::ecr_dkr(), region, &[account]))
                }));
                paths.extend(paths_of(&stack.services, |service| {
                    serves(WantedHost::of(service, region, &[]))
                }));
            }
        }
    }
    paths
}

/// Whether a place is another one or below it.
fn is_below(path: &str, other: &str) -> bool {
    let mut below = steps(path);
    steps(other).all(|step| below.next() == Some(step))
}

fn paths_of<T>(all: &[Located<T>], is: impl Fn(&T) -> bool) -> Vec<String> {
    all.iter().filter(|one| is(&one.value)).map(|one| one.path.clone()).collect()
}
