//! What EC2 lists after a deployment, judged without the template, is what the template is judged to
//! be: leg by leg, in templates that work and in templates that do not.

mod cases;
mod ec2;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use fargate_egress::aws::Region;
use fargate_egress::cloudformation::{Given, World};
use fargate_egress::diagnostic::Source;
use fargate_egress::truth::Truth;
use fargate_egress::verify::{Facts, Options, Origin, TaskLegs, Trust, Via, legs_of, verify};
use serde_json::{Value, json};

use crate::aws::Aws;
use crate::matrix::generate;
use crate::support::{Folder, root};
use cases::{CASES, Case, REFUSED};
use ec2::Listed;

const REGION: &str = "ap-northeast-1";
const ACCOUNT: &str = "012345678901";
const TASKS: &str = "TaskSecurityGroup";
const EVERYWHERE: &str = "every subnet";

type Parameters = BTreeMap<String, String>;

/// What is deployed.
struct Stack {
    name: String,
    text: String,
    given: Parameters,
    /// The stack that makes its network, if it makes none.
    network: Option<String>,
    /// That stack, where its template is read too.
    beside: Option<Box<Stack>>,
    blocked: BTreeSet<String>,
}

/// The need and its target with the id of a subnet, and what that comes to; and with
/// [`EVERYWHERE`], what the leg comes to.
type Legs = BTreeMap<(String, String, String), String>;

/// The AWS CLI in a folder.
struct Cli<'a> {
    aws: &'a Aws,
    folder: &'a Folder,
}

impl Cli<'_> {
    /// The answers to questions, each of words that blanks divide.
    fn ask(&self, questions: &[String]) -> Vec<Value> {
        let line = |question: &String| {
            let words = question.split(' ').chain(["--region", REGION, "--output", "json"]);
            serde_json::to_string(&words.collect::<Vec<_>>()).unwrap() + "\n"
        };
        self.folder.write("questions", questions.iter().map(line).collect::<String>());
        let program = root().join("tests/aws/aws_lines.py");
        let line = format!("python '{}' questions", program.display());
        let answers = self.aws.shell(self.folder, &line).unwrap_or_else(|error| panic!("{error}"));
        let answers = serde_json::Deserializer::from_str(&answers).into_iter();
        let answers: Vec<Value> = answers.map(Result::unwrap).collect();
        assert_eq!(answers.len(), questions.len());
        answers
    }

    /// Makes stacks; of each its status and its outputs.
    fn create(&self, stacks: &[Stack]) -> BTreeMap<String, (String, Parameters)> {
        let questions = stacks.iter().map(|stack| {
            let file = format!("{}.yaml", stack.name);
            self.folder.write(&file, &stack.text);
            let given = stack.given.iter();
            let given = given.map(|(key, value)| json!({"ParameterKey": key, "ParameterValue": value}));
            format!(
                "cloudformation create-stack --stack-name {} --template-body file://{file} --parameters {}",
                stack.name,
                Value::Array(given.collect())
            )
        });
        let mut questions: Vec<String> = questions.collect();
        questions.push("cloudformation describe-stacks".to_owned());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let answers = self.ask(&questions);
        let made = answers.last().unwrap()["Stacks"].as_array().unwrap().iter();
        made.map(|made| {
            let outputs = made["Outputs"].as_array().into_iter().flatten();
            let outputs = outputs.map(|one| (text(&one["OutputKey"]), text(&one["OutputValue"])));
            (text(&made["StackName"]), (text(&made["StackStatus"]), outputs.collect()))
        })
        .collect()
    }

    /// Makes stacks that can be made; of each its outputs.
    fn deploy(&self, stacks: &[Stack]) -> BTreeMap<String, Parameters> {
        let made = self.create(stacks).into_iter();
        made.map(|(name, (status, outputs))| {
            if status != "CREATE_COMPLETE" {
                let why = format!("cloudformation describe-stack-events --stack-name {name}");
                panic!("{name}: {status}: {:#}", self.ask(&[why])[0]);
            }
            (name, outputs)
        })
        .collect()
    }

    /// What EC2 has.
    fn list(&self) -> Listed {
        let what = [
            "vpcs",
            "subnets",
            "route-tables",
            "vpc-endpoints",
            "security-groups",
            "network-acls",
            "managed-prefix-lists",
        ];
        let answers = self.ask(&what.map(|what| format!("ec2 describe-{what}")));
        let [vpcs, subnets, tables, endpoints, groups, acls, prefix_lists] =
            answers.try_into().unwrap();
        let ids = vpcs["Vpcs"].as_array().unwrap().iter();
        let ids: Vec<String> = ids.map(|vpc| vpc["VpcId"].as_str().unwrap().to_owned()).collect();
        let [support, hostnames] = ["EnableDnsSupport", "EnableDnsHostnames"].map(|attribute| {
            let question = |id| {
                let name = attribute.replacen('E', "e", 1);
                format!("ec2 describe-vpc-attribute --vpc-id {id} --attribute {name}")
            };
            let answers = self.ask(&ids.iter().map(question).collect::<Vec<_>>());
            answers.into_iter().map(move |answer| answer[attribute]["Value"].as_bool().unwrap())
        });
        let dns = ids.into_iter().zip(support.zip(hostnames).map(|(one, other)| [one, other]));
        Listed {
            region: REGION,
            dns: dns.collect(),
            vpcs,
            subnets,
            tables,
            endpoints,
            groups,
            acls,
            prefix_lists,
        }
    }
}

impl Stack {
    fn of(case: &Case) -> Stack {
        Stack {
            name: case.name.to_owned(),
            text: case.text(),
            given: Parameters::new(),
            network: None,
            beside: None,
            blocked: case.blocked.iter().map(|need| (*need).to_owned()).collect(),
        }
    }

    fn network(name: &str) -> Stack {
        Stack {
            name: name.to_owned(),
            text: fs::read_to_string(root().join("tests/verify/live/network.yaml")).unwrap(),
            given: Parameters::from([("Name".to_owned(), name.to_owned())]),
            network: None,
            beside: None,
            blocked: BTreeSet::new(),
        }
    }

    /// The stack that makes its network.
    fn ground(&self) -> &str {
        self.network.as_ref().unwrap_or(&self.name)
    }

    /// What its template is judged to be.
    fn read(&self, listed: Option<&Listed>) -> Legs {
        let stacks = self.beside.as_deref().into_iter().chain([self]);
        let sources = stacks.clone().map(|stack| Source::new("template.yaml", stack.text.as_str()));
        let given = Given {
            region: Region::named(REGION),
            account: Some(ACCOUNT.parse().unwrap()),
            parameters: stacks.flat_map(|stack| stack.given.clone()).collect(),
        };
        let (world, said) = World::read(sources.collect(), given)
            .unwrap_or_else(|errors| panic!("{}: {errors:#?}", self.name));
        assert!(said.is_empty(), "{}: {said:#?}", self.name);
        let mut verification = verify(world, &options(Facts::default(), TASKS));
        assert_eq!(verification.outcomes.len(), 1, "{}", self.name);
        legs(verification.outcomes.remove(0).tasks, |subnet| match listed {
            _ if subnet.starts_with("subnet-") => Some(subnet.to_owned()),
            None => Some(subnet.to_owned()),
            Some(listed) => listed.made("Subnets", "SubnetId", self.ground(), subnet),
        })
    }

    /// What EC2 lists is judged to be.
    fn see(&self, listed: &Listed) -> Legs {
        let vpc = listed.made("Vpcs", "VpcId", self.ground(), "Vpc").expect("it is made");
        let tasks = listed.made("SecurityGroups", "GroupId", &self.name, TASKS);
        let region = Region::named(REGION).unwrap();
        let s3 = listed.s3_prefix_list().parse().unwrap();
        let options = options(
            Facts::default().with_s3_prefix_list(region, s3),
            &tasks.expect("the tasks' group is made"),
        );
        let account = ACCOUNT.parse().unwrap();
        legs(legs_of(&listed.network(&vpc), Some(&account), &options), |id| Some(id.to_owned()))
    }
}

fn options(facts: Facts, tasks: &str) -> Options {
    Options {
        facts,
        existing: Vec::new(),
        task_groups: vec![tasks.to_owned()],
        needs: BTreeSet::new(),
        trust: Trust::Trusting,
    }
}

/// `subnet` says which id is meant, where what is read can be told apart.
fn legs(tasks: Vec<TaskLegs>, subnet: impl Fn(&str) -> Option<String>) -> Legs {
    let [task] = tasks.try_into().expect("one task is asked about");
    assert!(task.asked);
    let mut legs = Legs::new();
    for leg in &task.legs {
        let mut insert = |subnet: String, verdict: String| {
            let key = (leg.need.name().to_owned(), leg.target.clone(), subnet);
            assert_eq!(legs.insert(key, verdict), None, "a leg twice");
        };
        insert(EVERYWHERE.to_owned(), verdict(leg.truth(Trust::Trusting), &leg.origins));
        for origin in &leg.origins {
            if let Some(id) = subnet(&origin.subnet) {
                let origins = std::slice::from_ref(origin);
                insert(id, verdict(origin.truth(Trust::Trusting), origins));
            }
        }
    }
    legs
}

const BLOCKED: &str = "blocked";

fn reachable() -> String {
    format!("reachable {:?}", BTreeSet::from([Via::Endpoint]))
}

fn verdict(truth: Truth, origins: &[Origin]) -> String {
    match truth {
        Truth::No => BLOCKED.to_owned(),
        Truth::Unknown => "cannot tell".to_owned(),
        Truth::Yes => {
            let paths = origins.iter().flat_map(|origin| &origin.paths);
            let open = paths.filter(|path| path.truth(Trust::Trusting).is_yes());
            let ways: BTreeSet<Via> = open.map(|path| path.via).collect();
            format!("reachable {ways:?}")
        }
    }
}

/// The needs that are not reachable by endpoints from every subnet; more is said where they are not
/// blocked either.
fn blocked(legs: &Legs) -> BTreeSet<String> {
    let not = legs.iter().filter(|(_, verdict)| **verdict != reachable());
    not.map(|((need, _, _), verdict)| match verdict.as_str() {
        BLOCKED => need.clone(),
        other => format!("{need}: {other}"),
    })
    .collect()
}

/// Templates that the program generates for networks that are there: with parameters, imports, ids.
fn generated(cli: &Cli<'_>) -> Vec<Stack> {
    let networks = ["for-parameters", "for-imports", "for-ids"].map(Stack::network);
    let mut made = cli.deploy(&networks);
    let ids = made.remove("for-ids").unwrap();
    let stack = format!("    region: {REGION}\n    registries: [\"{ACCOUNT}\"]\n");
    let folder = generate(&format!(
        "stacks:
  parameters:
{stack}
  imports:
{stack}
    network: {{vpc: {{import: for-imports-vpc}}, cidrs: {{import: for-imports-cidr}}, \
         subnets: {{import: for-imports-subnets}}, route-tables: {{import: for-imports-tables}}}}
    endpoint: {{egress: deny, ingress: task-security-group}}
  ids:
{stack}
    services: [logs]
    network: {{vpc: {}, cidrs: [{}], subnets: [{}], route-tables: [{}]}}
    endpoint: {{egress: open, policy: open}}
",
        ids["VpcId"], ids["VpcCidr"], ids["SubnetIds"], ids["RouteTableIds"]
    ));
    let stack = |name: &str| Stack {
        name: name.to_owned(),
        text: folder.read(&format!("out/{name}.yaml")),
        given: Parameters::new(),
        network: Some(format!("for-{name}")),
        beside: None,
        blocked: BTreeSet::new(),
    };
    let [_, imported, _] = networks;
    vec![
        Stack { given: made.remove("for-parameters").unwrap(), ..stack("parameters") },
        Stack { beside: Some(Box::new(imported)), ..stack("imports") },
        stack("ids"),
    ]
}

#[test]
fn what_ec2_lists_and_what_the_template_says_come_to_the_same() {
    let (aws, folder) = (Aws::start(), Folder::new());
    let cli = Cli { aws: &aws, folder: &folder };
    let mut stacks: Vec<Stack> = CASES.iter().map(Stack::of).collect();
    stacks.extend(generated(&cli));
    cli.deploy(&stacks);
    let listed = cli.list();
    let mut wrong = Vec::new();
    let mut verdicts = BTreeSet::new();
    for stack in &stacks {
        let (read, mut seen) = (stack.read(Some(&listed)), stack.see(&listed));
        if read.keys().all(|(_, _, subnet)| subnet == EVERYWHERE) {
            assert!(stack.network.is_some(), "{} makes its subnets", stack.name);
            seen.retain(|(_, _, subnet), _| subnet == EVERYWHERE);
        }
        for leg in read.keys().chain(seen.keys()).collect::<BTreeSet<_>>() {
            let (read, seen) = (read.get(leg), seen.get(leg));
            if read != seen {
                wrong.push(format!("{}: {leg:?}: read {read:?}, seen {seen:?}", stack.name));
            }
        }
        let found = blocked(&seen);
        if found != stack.blocked {
            wrong.push(format!("{}: blocked {found:?}, not {:?}", stack.name, stack.blocked));
        }
        verdicts.extend(seen.into_values());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(verdicts, BTreeSet::from([BLOCKED.to_owned(), reachable()]));
}

#[test]
fn what_ec2_does_not_make_is_not_judged_to_work() {
    let (aws, folder) = (Aws::start(), Folder::new());
    let stack = [Stack::of(&REFUSED)];
    let made = Cli { aws: &aws, folder: &folder }.create(&stack);
    assert_eq!(made[REFUSED.name].0, "ROLLBACK_COMPLETE");
    assert_eq!(blocked(&stack[0].read(None)), stack[0].blocked);
}
