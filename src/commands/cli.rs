//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// The narrowest network path by which ECS Fargate tasks in private subnets pull images from
/// private Amazon ECR: resolved, pinned, and rendered as CloudFormation.
#[derive(Debug, Parser)]
#[command(
    version,
    propagate_version = true,
    max_term_width = 100,
    after_help = "\
Exit codes: 0 all is well; 1 findings or drift; 2 usage or the config is wrong; 3 the outside failed.

Example:
  fargate-egress init --region ap-northeast-1 --account 012345678901
  fargate-egress resolve --snapshot
  fargate-egress generate"
)]
pub struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Args)]
pub(super) struct Global {
    /// The config
    #[arg(long, global = true, value_name = "PATH", default_value = "egress.yaml")]
    pub(super) config: PathBuf,
    /// The lock [default: beside the config, egress.lock.json for egress.yaml]
    #[arg(long, global = true, value_name = "PATH")]
    pub(super) lock: Option<PathBuf>,
    /// The folder for what is generated [default: out beside the config]
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// How to report
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub(super) format: Format,
    /// Print errors and nothing else
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(super) color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Text for people
    Human,
    /// One JSON object on standard output
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write a commented config to begin with
    Init(Init),
    /// Look up what the config needs and write the lock
    Resolve(Resolve),
    /// Render the templates from config and lock; needs no network
    Generate(Generate),
    /// Pack a published ip-ranges.json into the form that is built in
    #[command(hide = true)]
    PackIpRanges(PackIpRanges),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Asks on a terminal for the region and the account if they are not given. What is left out of the
network becomes a parameter of the template.

Example:
  fargate-egress init --region ap-northeast-1 --account 012345678901 --vpc vpc-0a1b2c3d4e5f60718 \\
    --cidr 10.0.0.0/16 --subnet subnet-0a1b2c3d4e5f60711 --route-table rtb-0a1b2c3d4e5f60711")]
pub(super) struct Init {
    /// The region, such as ap-northeast-1
    #[arg(long)]
    pub(super) region: Option<String>,
    /// An account whose registry the tasks pull from; repeatable
    #[arg(long, value_name = "ID")]
    pub(super) account: Vec<String>,
    /// The name of the stack and of its file [default: the region]
    #[arg(long, value_name = "NAME")]
    pub(super) stack: Option<String>,
    /// The VPC of the tasks
    #[arg(long, value_name = "ID")]
    pub(super) vpc: Option<String>,
    /// A prefix of the VPC; repeatable
    #[arg(long, value_name = "PREFIX")]
    pub(super) cidr: Vec<String>,
    /// A subnet for the endpoints; repeatable
    #[arg(long, value_name = "ID")]
    pub(super) subnet: Vec<String>,
    /// A route table of the tasks' subnets; repeatable
    #[arg(long, value_name = "ID")]
    pub(super) route_table: Vec<String>,
    /// Overwrite a config that is there
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  fargate-egress resolve --snapshot
  aws ec2 describe-managed-prefix-lists --region eu-south-1 | \\
    fargate-egress resolve --snapshot --prefix-lists - --answers answers.txt")]
pub(super) struct Resolve {
    /// Use the data built into the program, without a network
    #[arg(long, required = true)]
    pub(super) snapshot: bool,
    /// A file with what `dig +noall +answer HOST…` printed; repeatable
    #[arg(long, value_name = "FILE")]
    pub(super) answers: Vec<PathBuf>,
    /// A file with what `aws ec2 describe-managed-prefix-lists` or `describe-prefix-lists`
    /// printed, `-` for standard input; repeatable
    #[arg(long, value_name = "FILE")]
    pub(super) prefix_lists: Vec<PathBuf>,
    /// The day to write down for what is in `--answers` [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(super) seen: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  fargate-egress generate
  git add egress.yaml egress.lock.json out/")]
pub(super) struct Generate {
    /// A folder with templates that take the place of the built-in ones of the same name
    #[arg(long, value_name = "DIR")]
    pub(super) templates: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct PackIpRanges {
    /// A published ip-ranges.json
    pub(super) json: PathBuf,
    /// The file to write, src/facts/ip-ranges.bin
    pub(super) packed: PathBuf,
}
