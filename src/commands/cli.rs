//! The command line.

mod pages;
mod values;

#[cfg(feature = "resolve")]
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
#[cfg(feature = "resolve")]
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::colour::Color;
use super::deploy::shell_quoted;
use crate::config::Form;

use values::{days, file, form};
#[cfg(feature = "resolve")]
use values::{duration, resolver};

pub(super) use pages::{Completions, Described, Man, Schema};

/// What the exit codes mean; on the manual page of every command.
pub(super) const EXIT_CODES: &str = "\
Exit codes: 0 all is well; 1 findings or drift; 2 usage or config is wrong; 3 the outside failed.";

/// The narrowest network path by which ECS Fargate tasks in private subnets pull images from
/// private Amazon ECR: resolved, pinned, and rendered as CloudFormation.
#[derive(Debug, Parser)]
#[command(
    version,
    propagate_version = true,
    max_term_width = 100,
    after_help = format!("\
{EXIT_CODES}

Example:
  fargate-egress init --region ap-northeast-1 --account 012345678901
  fargate-egress resolve --snapshot
  fargate-egress generate")
)]
pub struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// The config
    #[arg(long, global = true, value_name = "PATH", default_value = "egress.yaml")]
    pub(super) config: PathBuf,
    /// The lock [default: beside the config, egress.lock.json for egress.yaml]
    #[arg(long, global = true, value_name = "PATH", value_parser = file())]
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

impl Global {
    /// The paths that were given, as they have to be typed again in the next command.
    pub(super) fn as_typed(&self) -> String {
        let config = (self.config != Path::new("egress.yaml")).then_some(&self.config);
        typed([("--config", config), ("--lock", self.lock.as_ref()), ("--out", self.out.as_ref())])
    }

    /// The same for `verify`, which reads no config.
    pub(super) fn lock_as_typed(&self) -> String {
        typed([("--lock", self.lock.as_ref())])
    }
}

fn typed<'a>(flags: impl IntoIterator<Item = (&'a str, Option<&'a PathBuf>)>) -> String {
    let given = flags.into_iter().filter_map(|(flag, path)| Some((flag, path?)));
    let words =
        given.map(|(flag, path)| format!(" {flag} {}", shell_quoted(&path.display().to_string())));
    words.collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Text for people
    Human,
    /// One JSON object on standard output
    Json,
    /// SARIF 2.1.0 on standard output, for what `check` and `verify` find
    Sarif,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write a commented config to begin with
    Init(Init),
    /// Look up what the config needs and write the lock
    Resolve(Resolve),
    /// Render the templates from config and lock; needs no network
    Generate(Generate),
    /// Tell whether the templates are what config and lock say, and the lock what the config asks for
    Check(Check),
    /// Tell of any CloudFormation template whether its Fargate tasks can pull, and what is wider than
    /// they need
    Verify(Verify),
    /// Tell why a rule, a prefix, an address or a name is there, from config, lock and templates
    Explain(Explain),
    /// Print a picture of a stack: what its tasks reach, and nothing else
    Diagram(Diagram),
    /// Print the JSON Schema of a file, for editors
    Schema(Schema),
    /// Print the completions of this program for a shell
    Completions(Completions),
    /// Print the manual page of this program or of one of its commands
    Man(Man),
    /// Pack a published ip-ranges.json into the form that is built in
    #[command(hide = true)]
    PackIpRanges(PackIpRanges),
}

impl Command {
    /// Whether it writes no file, whatever comes out.
    pub(super) fn only_reads(&self) -> bool {
        match self {
            Command::Check(_) | Command::Explain(_) => true,
            Command::Verify(args) => args.diagram.is_none(),
            _ => false,
        }
    }

    /// Whether what it reports are findings.
    pub(super) fn has_findings(&self) -> bool {
        match self {
            Command::Check(_) => true,
            Command::Verify(args) => args.explain.is_none(),
            _ => false,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Asks on a terminal for the region and the account if they are not given and no task definition
tells. What is left out of the network becomes a parameter of the template.

Example:
  aws ecs describe-task-definition --task-definition web |
    fargate-egress init --from-task-definition -
  fargate-egress init --region ap-northeast-1 --account 012345678901 --vpc vpc-0a1b2c3d4e5f60718 \\
    --cidr 10.0.0.0/16 --subnet subnet-0a1b2c3d4e5f60711 --route-table rtb-0a1b2c3d4e5f60711")]
pub(super) struct Init {
    /// The region, such as ap-northeast-1
    #[arg(long)]
    pub(super) region: Option<String>,
    /// An account whose registry the tasks pull from; repeatable
    #[arg(long, value_name = "ID")]
    pub(super) account: Vec<String>,
    /// A task definition that the stack is for: a CloudFormation template, or the JSON of `aws ecs
    /// describe-task-definition`, `-` for standard input; repeatable. Its registries, its region and
    /// the services that it needs are found
    #[arg(long, value_name = "FILE")]
    pub(super) from_task_definition: Vec<PathBuf>,
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
Asks DNS for every host, AWS for ip-ranges.json, and EC2, by way of the AWS CLI, for prefix lists.
Run it outside of the VPC: inside, ECR's hosts have private addresses.

Example:
  fargate-egress resolve --resolver 1.1.1.1 --resolver 8.8.8.8 --rounds 10 --for 5m
  fargate-egress resolve --snapshot
  aws ec2 describe-managed-prefix-lists --region eu-south-1 | \\
    fargate-egress resolve --snapshot --prefix-lists - --answers answers.txt")]
pub(super) struct Resolve {
    /// Use the data built into the program, without a network
    #[arg(long)]
    pub(super) snapshot: bool,
    #[cfg(feature = "resolve")]
    #[command(flatten)]
    pub(super) live: Live,
    /// Drop an address that nobody has seen for so many days [default: 90d]
    #[arg(long, value_name = "DAYS", value_parser = days, conflicts_with = "snapshot")]
    pub(super) forget_after: Option<i32>,
    /// A file with what `dig +noall +answer HOST…` printed; repeatable
    #[arg(long, value_name = "FILE")]
    pub(super) answers: Vec<PathBuf>,
    /// A file with what `aws ec2 describe-managed-prefix-lists` or `describe-prefix-lists`
    /// printed, `-` for standard input; repeatable
    #[arg(long, value_name = "FILE")]
    pub(super) prefix_lists: Vec<PathBuf>,
    /// Show what would change and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Take something that is refused otherwise; repeatable
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(super) accept: Vec<Accepted>,
    /// The day to write down for what is in `--answers` [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(super) seen: Option<String>,
}

/// How the world is asked.
#[cfg(feature = "resolve")]
#[derive(Debug, Args)]
pub(super) struct Live {
    /// A resolver to ask [default: those of the system]; repeatable
    #[arg(long, value_name = "IP[:PORT]", value_parser = resolver)]
    pub(super) resolver: Vec<SocketAddr>,
    /// How often to ask for each host [default: 5]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) rounds: Option<u32>,
    /// The longest time to spread the rounds over [default: 70s]; between two of them the answer's
    /// TTL goes by, where there is time for it
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    pub(super) spread: Option<Duration>,
    /// Ask for IPv6 addresses too
    #[arg(long)]
    pub(super) ipv6: bool,
    /// When to give up on ip-ranges.json, on a call of the AWS CLI, and on DNS beyond the time that
    /// the rounds take [default: 2m]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) deadline: Option<Duration>,
    /// Where ip-ranges.json is [default: where AWS publishes it]
    #[arg(long, value_name = "URL|FILE")]
    pub(super) ip_ranges: Option<String>,
    /// The AWS CLI [default: aws]
    #[arg(long, value_name = "PROGRAM")]
    pub(super) aws: Option<PathBuf>,
}

#[cfg(feature = "resolve")]
impl Live {
    /// The first flag that was given, if one was.
    pub(super) fn given(&self) -> Option<&'static str> {
        let flags = [
            ("--resolver", !self.resolver.is_empty()),
            ("--rounds", self.rounds.is_some()),
            ("--for", self.spread.is_some()),
            ("--ipv6", self.ipv6),
            ("--deadline", self.deadline.is_some()),
            ("--ip-ranges", self.ip_ranges.is_some()),
            ("--aws", self.aws.is_some()),
        ];
        flags.into_iter().find_map(|(flag, given)| given.then_some(flag))
    }

    pub(super) fn spread(&self) -> Duration {
        self.spread.unwrap_or(Duration::from_secs(70))
    }

    pub(super) fn deadline(&self) -> Duration {
        self.deadline.unwrap_or(Duration::from_secs(120))
    }
}

/// What `--accept` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Accepted {
    /// A publication of ip-ranges.json that is older than the lock's
    OlderIpRanges,
    /// One that has lost more than a tenth of its entries
    SmallerIpRanges,
    /// A wider prefix in the place of a pinned one that is not published any more
    VanishedPrefix,
    /// A wider prefix in the place of a pinned one that is published for somebody else
    MovedPrefix,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The forms: yaml, a CloudFormation template; json, the same; cdk, a construct in TypeScript; svg
and mermaid, a picture; report, Markdown for a pull request. `emit: [yaml, json]` at the top of
the config asks for the same without a flag, so that `check` knows of it.

Example:
  fargate-egress generate
  fargate-egress generate --emit yaml,json,cdk --report
  git add egress.yaml egress.lock.json out/")]
pub(super) struct Generate {
    #[command(flatten)]
    pub(super) emission: Emission,
}

/// What is rendered, and with which templates; the same for `generate` and `check`.
#[derive(Debug, Args)]
pub(super) struct Emission {
    /// The forms of each stack [default: those of `emit` in the config, or else yaml]
    #[arg(long, value_name = "FORMS", value_delimiter = ',', value_parser = form())]
    pub(super) emit: Vec<Form>,
    /// A picture too, out/STACK.svg
    #[arg(long)]
    pub(super) diagram: bool,
    /// A report in Markdown too, out/STACK.md, with the picture that it shows
    #[arg(long)]
    pub(super) report: bool,
    /// A folder with templates that take the place of the built-in ones of the same name
    #[arg(long, value_name = "DIR")]
    pub(super) templates: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Three kinds of drift: output (the folder is not what config and lock say), lock (not what the config
asks for), world (not what the lock says; only looked at with --live). Exit code 1 if there is any.

Example:
  fargate-egress check
  fargate-egress check --live
  fargate-egress check --format sarif > drift.sarif")]
pub(super) struct Check {
    /// Ask the world too; needs a network
    #[cfg(feature = "resolve")]
    #[arg(long)]
    pub(super) live: bool,
    #[cfg(feature = "resolve")]
    #[command(flatten)]
    pub(super) asking: Live,
    /// With --live: a file with what the AWS CLI printed about prefix lists elsewhere, `-` for
    /// standard input; repeatable
    #[cfg(feature = "resolve")]
    #[arg(long, value_name = "FILE", requires = "live")]
    pub(super) prefix_lists: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) emission: Emission,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Several templates are one deployment: an export of one is an import of another. Of what they do not
say nothing is claimed: it is taken on trust and said so, or cannot be told. Exit code 1 if there is
an error, if what --require or --forbid ask for is not proved, or, where neither is given, if there
is a warning or something is blocked; and if there is nothing to verify, unless --allow-nothing is
given.

Example:
  fargate-egress verify network.yaml app.yaml --parameter Stage=prod
  fargate-egress verify app.yaml --existing ecr.api,ecr.dkr,s3 --require pull,logs --forbid wide
  fargate-egress verify app.yaml --diagram app.svg
  fargate-egress verify app.yaml --format sarif > findings.sarif
  fargate-egress verify --explain private-dns-off
  fargate-egress verify --explain \"CannotPullContainerError: i/o timeout\"")]
pub(super) struct Verify {
    /// The templates, `-` for standard input
    #[arg(value_name = "FILE", required_unless_present = "explain")]
    pub(super) files: Vec<PathBuf>,
    /// A value of a parameter; repeatable
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) parameter: Vec<String>,
    /// A JSON file with values of parameters, as the AWS CLI takes it; repeatable, a later one wins,
    /// and --parameter wins over all of them
    #[arg(long, value_name = "FILE")]
    pub(super) parameters: Vec<PathBuf>,
    /// The region of the deployment [default: what the templates tell]
    #[arg(long)]
    pub(super) region: Option<String>,
    /// The account of the deployment
    #[arg(long, value_name = "ID")]
    pub(super) account: Option<String>,
    /// A service whose endpoint is in the VPC and made elsewhere, such as s3 or ecr.api; repeatable
    #[arg(long, value_name = "SERVICE", value_delimiter = ',')]
    pub(super) existing: Vec<String>,
    /// The group that tasks wear which stand in none of the templates, by logical id or id;
    /// repeatable [default: every group that no endpoint wears]
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(super) task_group: Vec<String>,
    /// Take nothing on trust
    #[arg(long)]
    pub(super) strict: bool,
    /// What has to be proved: `pull`, or needs such as `logs`; repeatable
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(super) require: Vec<String>,
    /// What has to be proved not to be
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(super) forbid: Option<Forbidden>,
    /// Let templates pass in which there is neither a Fargate task nor an endpoint that one could use
    #[arg(long)]
    pub(super) allow_nothing: bool,
    /// Say everything that was looked at
    #[arg(long)]
    pub(super) evidence: bool,
    /// Draw what was found into a file, FILE.svg or, for Mermaid, FILE.mmd
    #[arg(long, value_name = "FILE", conflicts_with = "explain")]
    pub(super) diagram: Option<PathBuf>,
    /// Print the page of a finding, or what a message of ECS or CloudFormation can come from, and
    /// verify nothing
    #[arg(long, value_name = "CODE|MESSAGE", conflicts_with = "files")]
    pub(super) explain: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Reads config and lock and needs no network. The SVG is readable in light and dark, and fetches
nothing. Several stacks are one picture, one below the other. For anyone's template there is
verify --diagram FILE.svg.

Example:
  fargate-egress diagram tokyo > tokyo.svg
  fargate-egress diagram tokyo --emit mermaid")]
pub(super) struct Diagram {
    /// The stacks [default: the only one]
    #[arg(value_name = "STACK")]
    pub(super) stacks: Vec<String>,
    /// The form
    #[arg(long, value_enum, default_value_t = PictureForm::Svg, value_name = "FORM")]
    pub(super) emit: PictureForm,
    /// The region, of a stack of several [default: what differs between them is named and not told]
    #[arg(long)]
    pub(super) region: Option<String>,
    /// A folder with templates that take the place of the built-in ones of the same name
    #[arg(long, value_name = "DIR")]
    pub(super) templates: Option<PathBuf>,
}

/// The forms of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PictureForm {
    /// An image
    Svg,
    /// A flowchart for Mermaid
    Mermaid,
}

/// What `--forbid` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Forbidden {
    /// Anything that allows more than the tasks need
    Wide,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The chain from the rule to the prefix, the address, the host and who answered when, or to the line
of the config; how wide it is; and what it does and does not protect. Reads config, lock and the
named templates; writes nothing and needs no network.

Example:
  fargate-egress explain 3.112.64.17            # an address, also one that no rule has
  fargate-egress explain 52.192.0.0/15          # a prefix, a part of one, or one around it
  fargate-egress explain pl-61a54008            # a prefix list
  fargate-egress explain tokyo                  # a whole stack
  fargate-egress explain out/tokyo.yaml:57      # what is on that line of a template
  fargate-egress explain egress.yaml:7          # what is there because of that line of the config
  fargate-egress explain api.ecr.ap-northeast-1.amazonaws.com 012345678901 EcrApiEndpoint
                                                # a host, an account, a resource; several at once")]
pub(super) struct Explain {
    /// An address, a prefix, a prefix list's id, a stack, FILE:LINE or FILE:LINE:COLUMN of a generated
    /// template or of the config, a host, an account, a logical id, or an id or an export that the
    /// config names
    #[arg(required = true)]
    pub(super) what: Vec<String>,
    /// The folder with templates that `generate` is given
    #[arg(long, value_name = "DIR")]
    pub(super) templates: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  fargate-egress pack-ip-ranges ip-ranges.json src/facts/ip-ranges.bin")]
pub(super) struct PackIpRanges {
    /// A published ip-ranges.json
    pub(super) json: PathBuf,
    /// The file to write, src/facts/ip-ranges.bin
    pub(super) packed: PathBuf,
}
