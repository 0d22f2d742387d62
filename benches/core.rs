//! What the program does in memory, without a process or a disk: `cargo bench --bench core`.
//!
//! `benches/processes.sh` times whole processes, `benches/lookups.sh` look-ups among prefixes.

mod published;

use std::sync::Arc;

use divan::{Bencher, black_box};
use fargate_egress::cloudformation::{Given, World};
use fargate_egress::config::{self, Config, Stack};
use fargate_egress::diagnostic::Source;
use fargate_egress::facts::{IpRanges, built_in};
use fargate_egress::lock::{self, Lock};
use fargate_egress::plan::plan;
use fargate_egress::render::Renderer;
use fargate_egress::verify::{Facts, Options, Trust, Verification, verify};
use rayon::prelude::*;

const CONFIG: &str = include_str!("../egress.yaml");
const EXAMPLE: &str = include_str!("../out/tokyo.yaml");
const SERVICE: &str = include_str!("../tests/findings/good.yaml");
const LOCK: &str = include_str!("../egress.lock.json");
/// How many stacks the large config has.
const MANY: usize = 1_000;

fn main() {
    divan::main();
}

#[divan::bench]
fn decode_built_in_prefixes() -> IpRanges {
    built_in::ip_ranges()
}

/// JSON of the size and the form that AWS publishes, read, checked and indexed.
#[divan::bench]
fn parse_published_prefixes(bencher: Bencher) {
    let json = published::json(&built_in::ip_ranges());
    bencher
        .bench(|| IpRanges::parse(black_box(json.as_bytes())).expect("it is as AWS publishes it"));
}

/// A template of the example, from its text to verdicts and findings.
#[divan::bench]
fn verify_example(bencher: Bencher) {
    bencher.bench(|| verify_text(black_box(EXAMPLE)));
}

/// A whole service with its network, roles and task definition.
#[divan::bench]
fn verify_service(bencher: Bencher) {
    bencher.bench(|| verify_text(black_box(SERVICE)));
}

/// Reading alone, which is most of it.
#[divan::bench]
fn read_example(bencher: Bencher) {
    bencher.bench(|| World::read(vec![Source::new("t", black_box(EXAMPLE))], Given::default()));
}

fn verify_text(text: &str) -> Verification {
    let (world, _) = World::read(vec![Source::new("template.yaml", text)], Given::default())
        .expect("it is a template");
    let options = Options {
        facts: Facts::default(),
        existing: Vec::new(),
        task_groups: Vec::new(),
        needs: std::collections::BTreeSet::new(),
        trust: Trust::Trusting,
    };
    verify(world, &options)
}

#[divan::bench]
fn parse_lock() -> Lock {
    lock::parse(black_box(LOCK)).expect("the example's lock is one")
}

#[divan::bench]
fn compile_templates() -> Renderer {
    renderer()
}

#[divan::bench]
fn parse_example(bencher: Bencher) {
    let source = Source::new("egress.yaml", CONFIG);
    bencher.bench(|| parse(black_box(&source)));
}

#[divan::bench]
fn parse_1000_stacks(bencher: Bencher) {
    let source = many_stacks();
    bencher.bench(|| parse(black_box(&source)));
}

/// Both stacks of the example, one after the other.
#[divan::bench]
fn plan_and_render_example(bencher: Bencher) {
    let inputs = Inputs::new(Source::new("egress.yaml", CONFIG));
    bencher.bench(|| {
        inputs.config.stacks.values().map(|stack| inputs.text(stack)).collect::<Vec<_>>()
    });
}

/// On all cores, as `generate` does it.
#[divan::bench(sample_count = 30)]
fn plan_and_render_1000_stacks(bencher: Bencher) {
    let inputs = Inputs::new(many_stacks());
    let stacks: Vec<&Stack> = inputs.config.stacks.values().collect();
    assert_eq!(stacks.len(), MANY);
    bencher.bench_local(|| stacks.par_iter().map(|stack| inputs.text(stack)).collect::<Vec<_>>());
}

/// What a stack's text is made from.
struct Inputs {
    source: Arc<Source>,
    config: Config,
    lock: Lock,
    renderer: Renderer,
}

impl Inputs {
    fn new(source: Arc<Source>) -> Inputs {
        Inputs { config: parse(&source), source, lock: parse_lock(), renderer: renderer() }
    }

    fn text(&self, stack: &Stack) -> String {
        let (plan, _) =
            plan(stack, &self.lock, &self.source, "0.0.0").expect("the lock has it all");
        self.renderer.cloudformation(&plan).expect("the built-in template renders it").text
    }
}

fn parse(source: &Arc<Source>) -> Config {
    config::parse(source).expect("the config is one")
}

fn renderer() -> Renderer {
    Renderer::new(&[]).expect("the built-in templates compile")
}

/// The example's `tokyo` under a thousand names.
fn many_stacks() -> Arc<Source> {
    let (_, rest) = CONFIG.split_once("\n  tokyo:\n").expect("the example has this stack");
    let (stack, _) = rest.split_once("\n\n").expect("another one follows");
    let stacks = (0..MANY).map(|number| format!("  tokyo-{number:04}:\n{stack}\n"));
    Source::new("egress.yaml", format!("stacks:\n{}", stacks.collect::<String>()))
}
