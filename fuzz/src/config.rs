//! `egress.yaml`: read, resolved from a world that knows all, planned, rendered, proved, explained.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::LazyLock;

use fargate_egress::aws::Region;
use fargate_egress::config::{self, Config};
use fargate_egress::diagnostic::Source;
use fargate_egress::drift;
use fargate_egress::explain::{self, Known};
use fargate_egress::facts::prefix_lists::PrefixList;
use fargate_egress::facts::{Answer, built_in};
use fargate_egress::lock::{Lock, wanted_hosts};
use fargate_egress::plan::{Plan, plan};
use fargate_egress::verify::{Facts, prove};

use super::laws::{IP_RANGES, RENDERER, print, resolve, taken, text};

/// Most stacks of an input that are rendered.
const MOST_STACKS: usize = 3;

/// An address of every region that AMAZON has.
static ADDRESSES: LazyLock<BTreeMap<&str, IpAddr>> = LazyLock::new(|| {
    let amazons = IP_RANGES.entries().filter(|entry| entry.service == "AMAZON");
    amazons.map(|entry| (entry.region, entry.prefix.network())).collect()
});

/// The laws of configs.
pub fn holds(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let source = Source::new("egress.yaml", text);
    let Some(config) = taken(config::parse(&source)) else { return };
    assert_eq!(config::parse(&source).as_ref(), Ok(&config), "reading is not deterministic");
    let (answers, lists) = (answers(&config), prefix_lists(&config));
    let Some(lock) = resolve((&config, &source), None, (&IP_RANGES, &answers, &lists)) else {
        return;
    };
    let findings = drift::lock(&config, &lock, &source, Vec::new());
    assert!(findings.is_empty(), "{findings:?}");

    let mut plans = Vec::new();
    for stack in config.stacks.values().take(MOST_STACKS) {
        let Some((plan, warnings)) = taken(plan(stack, &lock, &source, "0")) else { continue };
        print(&warnings);
        render(&config, &plan, &lock);
        plans.push(plan);
    }
    let known = Known { config: &config, source: &source, lock: &lock, plans: &plans, sizes: &[] };
    for plan in &plans {
        let explained = explain::explain(&known, &plan.stack.to_string());
        let explained = [explained.expect("a stack is explained")];
        explain::human(&explained, false);
        explain::json(&explained);
    }
}

/// What is planned is rendered, is read back by the renderer, and can be put to the verifier.
fn render(config: &Config, plan: &Plan, lock: &Lock) {
    let made = RENDERER.cloudformation(plan).expect("rendered as planned");
    for form in &config.emit {
        let rendered = RENDERER.in_form(*form, plan, &made.text);
        assert!(rendered.expect("rendered").ends_with('\n'));
    }
    let template = Source::new("out.yaml", made.text);
    let facts = Facts::new(Some(lock.clone()));
    // A config may be for what does not prove: endpoints that are there already, say.
    if let Err(said) = prove(&template, made.tree, &plan.regions, &facts) {
        print(&said);
    }
}

/// An answer for every host that the config wants, so that no fact is missing.
fn answers(config: &Config) -> Vec<Answer> {
    let regions = config
        .stacks
        .values()
        .flat_map(|stack| stack.regions.iter().map(move |region| (stack, region.value)));
    regions
        .flat_map(|(stack, region)| {
            wanted_hosts(stack, region).into_iter().map(move |it| (it.1, region))
        })
        .map(|(host, region)| Answer {
            host: host.to_ask().to_owned(),
            cnames: Vec::new(),
            addresses: ADDRESSES.get(region.name).copied().into_iter().collect(),
            seen: None,
            seen_by: "everybody".to_owned(),
        })
        .collect()
}

/// S3's prefix list in every region.
fn prefix_lists(config: &Config) -> Vec<(PrefixList, String)> {
    let regions = config.stacks.values().flat_map(|stack| &stack.regions);
    let id = |region| built_in::s3_prefix_list(region).or_else(|| "pl-0a1b2c3d".parse().ok());
    regions
        .filter_map(|region| {
            let name = Region::s3_prefix_list_name(region.value);
            Some((PrefixList { id: id(region.value)?, name }, "everybody".to_owned()))
        })
        .collect()
}
