//! Where a page's blocks run: a folder with files to begin with, and servers that play the world.

use std::fs;
use std::path::PathBuf;

use hickory_resolver::proto::rr::RecordType;

use crate::aws::Aws;
use crate::dns_server::{DnsServer, Says, address, alias};
use crate::findings;
use crate::markdown::Page;
use crate::support::{Folder, root, tools};

/// A page's world.
pub(super) struct Stage {
    /// With the files that the page begins with.
    pub(super) folder: Folder,
    /// Where something asks for it: it takes a while to start.
    aws: Option<Aws>,
    pub(super) dns: DnsServer,
}

const API: &str = "api.ecr.ap-northeast-1.amazonaws.com";
const PUBLIC: &str = "ecr.ap-northeast-1.amazonaws.com";
const REGISTRY: &str = "012345678901.dkr.ecr.ap-northeast-1.amazonaws.com";
const BALANCER: &str = "nlb3-a01fc3168d6b4c7e.elb.ap-northeast-1.amazonaws.com";

impl Stage {
    pub(super) fn of(page: &Page) -> Stage {
        let folder = Folder::new();
        for (name, text) in files(page) {
            folder.write(&name, text);
        }
        let asks = ["aws ", "fargate-egress resolve\n", "--live"];
        let asked = page.blocks.iter().any(|block| asks.iter().any(|ask| block.text.contains(ask)));
        Stage { folder, aws: asked.then(Aws::start), dns: world() }
    }

    /// What the programs in `tests/pages` find in their environment.
    pub(super) fn environment(&self) -> Vec<(&'static str, String)> {
        let text = |path: PathBuf| path.display().to_string();
        vec![
            ("PLAYED_AWS", self.aws.as_ref().map_or(String::new(), |aws| aws.url.clone())),
            ("PLAYED_DNS", self.dns.address().to_string()),
            ("PLAYED_IP_RANGES", text(root().join("tests/pages/ip-ranges.json"))),
            ("PLAYED_PROGRAM", env!("CARGO_BIN_EXE_fargate-egress").to_owned()),
            ("PLAYED_TOOLS", text(tools().to_owned())),
            ("PLAYED_PATH", text(root().join("tests/pages"))),
        ]
    }
}

/// The programs of `tests/pages` that blocks may run.
pub(super) const PROGRAMS: &[&str] = &["aws", "dig", "fargate-egress"];

/// A DNS server that knows ECR's hosts in Tokyo, as they were.
fn world() -> DnsServer {
    let says = |records| vec![Says::Records(records)];
    DnsServer::new([
        (
            API,
            RecordType::A,
            says(vec![alias(API, PUBLIC, 60), address(PUBLIC, "3.112.64.17", 60)]),
        ),
        (PUBLIC, RecordType::A, says(vec![address(PUBLIC, "3.112.64.17", 60)])),
        (
            REGISTRY,
            RecordType::A,
            says(vec![alias(REGISTRY, BALANCER, 60), address(BALANCER, "52.192.36.247", 60)]),
        ),
    ])
}

/// What a page begins with: the example, and what else its blocks name.
fn files(page: &Page) -> Vec<(String, String)> {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let example = |path: &str| (path.to_owned(), read(path));
    let of_page = |path: &str| (path.to_owned(), read(&format!("tests/pages/{path}")));
    let broken = |name: &str| ("app.yaml".to_owned(), findings::case_named(name).text);
    let app = || ("app.yaml".to_owned(), findings::good());
    let (config, lock) = (example("egress.yaml"), example("egress.lock.json"));
    let (tokyo, by_group) = (example("out/tokyo.yaml"), example("out/tokyo-by-group.yaml"));
    let changed = |name: &str, from: &str, to: &str| {
        assert!(lock.1.contains(from));
        (name.to_owned(), lock.1.replace(from, to))
    };
    match page.name.as_str() {
        "README.md" => vec![broken("private-dns-off")],
        "docs/commands.md" => vec![config, app(), of_page("paris.yaml")],
        "docs/config.md" => vec![of_page("wrong.yaml")],
        "docs/lock.md" => {
            let edited = changed("edited.lock.json", "52.192.36.247", "52.194.36.247");
            let line = "          \"ecr.api\": {\n";
            let both = format!("<<<<<<< HEAD\n{line}=======\n{line}>>>>>>> theirs\n");
            let conflicted = changed("conflicted.lock.json", line, &both);
            vec![config, lock.clone(), edited, conflicted, tokyo, by_group]
        }
        "docs/pipelines.md" => vec![config, lock, app(), tokyo, by_group],
        "docs/pull-errors.md" => vec![broken("endpoint-ingress-missing"), tokyo],
        "docs/verify.md" => vec![of_page("network.yaml"), of_page("app.yaml"), tokyo],
        _ => vec![config, lock, tokyo],
    }
}
