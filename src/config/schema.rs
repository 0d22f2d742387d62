//! The config as a JSON Schema, for editors: what they complete, check and show beside a key.
//!
//! It refuses nothing that the reader takes. What it cannot say is left to the reader:
//! `LEFT_TO_THE_READER` in `tests/it/schema/config.rs` lists that.

use serde_json::{Value, json};

use super::Form;
use super::stack::{EGRESS, INGRESS, POLICY, PRESENCE, TASK_EGRESS};
use crate::aws::{PrefixListId, RouteTableId, SecurityGroupId, Service, SubnetId, VpcId, quota};
use crate::schema::{
    Shape, any_of, defined, id, ipv4, list, map, matching, object, region, stack_name, word,
};

/// The schema, draft 2020-12.
pub fn schema() -> Value {
    let stacks = map(stack_name(), defined("stack"))
        .with("minProperties", 1)
        .about("The templates to generate, by name; each becomes a file of that name in out/.");
    object()
        .required("stacks", stacks)
        .key("emit", emit())
        .define("stack", stack())
        .define("reference", reference())
        .about(
            "What fargate-egress generates CloudFormation from: the network path by which ECS \
             Fargate tasks pull images from private Amazon ECR.",
        )
        .document("The config of fargate-egress")
}

/// What a person is told of the value that these keys and indices lead to, or of the innermost one
/// around it.
pub(crate) fn about<'s>(steps: impl Iterator<Item = &'s str>) -> Option<String> {
    let document = schema();
    let named = |shape: &Value| {
        let name = shape.get("$ref")?.as_str()?.strip_prefix("#/$defs/")?;
        document["$defs"].get(name).cloned()
    };
    let mut shape = document.clone();
    let mut about = None;
    for step in steps {
        let Some(inner) = inner(&shape, step, &named) else { break };
        let described = inner.get("description").and_then(Value::as_str);
        about = described.map(str::to_owned).or(about);
        shape = inner;
    }
    about
}

/// What a key or an index of a shape may be, with its name looked up.
fn inner(shape: &Value, step: &str, named: &impl Fn(&Value) -> Option<Value>) -> Option<Value> {
    let in_list = || step.parse::<usize>().ok().and(shape.get("items"));
    let in_map = || shape.get("additionalProperties").filter(|of_any| of_any.is_object());
    let key = shape.get("properties").and_then(|keys| keys.get(step));
    if let Some(found) = key.or_else(in_list).or_else(in_map) {
        return Some(named(found).unwrap_or_else(|| found.clone()));
    }
    let one_of = shape.get("anyOf")?.as_array()?;
    one_of.iter().find_map(|one| inner(&named(one).unwrap_or_else(|| one.clone()), step, named))
}

fn emit() -> Shape {
    let form = word(
        Form::ALL.iter().map(|form| form.name()).collect(),
        vec![
            "a CloudFormation template in YAML",
            "the same template in JSON",
            "a construct for the AWS CDK, in TypeScript",
            "a picture",
            "the same picture for Mermaid",
            "a report in Markdown, with the picture",
        ],
    );
    some(form)
        .unique()
        .with("default", json!([Form::DEFAULT.name()]))
        .about("The forms in which each stack is written into out/, each a file of its own.")
}

fn stack() -> Shape {
    let account = matching("^[0-9]{12}$", "twelve digits in quotes");
    object()
        .key(
            "region",
            region(None).about("The region of the stack; for one template for several: regions."),
        )
        .key(
            "regions",
            some(region(None)).unique().about(
                "Several regions of one partition, in the place of region: one template for all \
                 of them. Ids and other values of one region become parameters or imports then.",
            ),
        )
        .required(
            "registries",
            some(account).unique().example(vec!["012345678901"]).about(
                "The accounts whose private ECR registries the tasks pull from: twelve digits, \
                 always in quotes.",
            ),
        )
        .key("network", network())
        .key("task", task())
        .key("endpoint", endpoint())
        .key("endpoints", endpoints())
        .key("services", services())
        .key(
            "s3-prefix-list",
            id::<PrefixListId>().example("pl-63a5400a").about(
                "The id of S3's prefix list in the region, in the place of the one in the lock.",
            ),
        )
        .key("service-names", service_names())
        .key(
            "layer-bucket",
            matching("^[a-z0-9.-]{3,63}$", "3 to 63 of a-z, 0-9, hyphens and dots")
                .example("prod-eusc-de-east-1-starport-layer-bucket")
                .about(
                    "The bucket that ECR keeps the region's image layers in, where AWS documents \
                     none for the partition.",
                ),
        )
        .key("tags", tags())
        .with("oneOf", json!([{"required": ["region"]}, {"required": ["regions"]}]))
        .with("if", has("endpoint", has("security-group", json!({}))))
        .with(
            "then",
            has("endpoints", json!({"anyOf": [existing("ecr.api"), existing("ecr.dkr")]})),
        )
        .about("One template to generate. Only its region and the registries are required.")
}

/// A mapping that has a key.
fn has(key: &str, value: Value) -> Value {
    json!({"type": "object", "required": [key], "properties": {key: value}})
}

fn existing(service: &str) -> Value {
    has(service, json!({"const": PRESENCE[1].0}))
}

fn network() -> Shape {
    let prefix = matching(
        &format!("^{}/(1[6-9]|2[0-8])$", ipv4()),
        "an IPv4 prefix of /16 to /28 such as 10.0.0.0/16",
    );
    object()
        .key(
            "vpc",
            setting(id::<VpcId>())
                .example("vpc-0a1b2c3d4e5f60718")
                .about("The VPC of the tasks. Left out: the parameter VpcId of the template."),
        )
        .key(
            "cidrs",
            settings(prefix).example(vec!["10.0.0.0/16"]).about(
                "The IPv4 prefixes of the VPC. As a parameter or an import this is one prefix. \
                 Left out: the parameter VpcCidr of the template.",
            ),
        )
        .key(
            "subnets",
            settings(id::<SubnetId>()).example(vec!["subnet-0a1b2c3d4e5f60711"]).about(
                "Where the interface endpoints get their addresses: at most one subnet in each \
                 Availability Zone. Left out: the parameter SubnetIds of the template.",
            ),
        )
        .key(
            "route-tables",
            settings(id::<RouteTableId>()).example(vec!["rtb-0a1b2c3d4e5f60711"]).about(
                "The route tables of the tasks' subnets, where the S3 gateway endpoint puts its \
                 route. Left out: the parameter RouteTableIds of the template.",
            ),
        )
        .or_nothing()
        .about(
            "The network that the stack is put into. Each value stands here, or comes from a \
             parameter, as in {parameter: Name}, or from an export, as in {import: ExportName}. \
             What is left out becomes a parameter.",
        )
}

fn task() -> Shape {
    let addresses = || {
        let address = matching(&format!("^{}$", ipv4()), "an IPv4 address such as 10.0.1.10");
        some(address).unique()
    };
    let by_service = map(service(), addresses())
        .required("ecr.api", addresses().about("Those of the endpoint of ECR's API."))
        .required("ecr.dkr", addresses().about("Those of the endpoint of ECR's registries."))
        .example(json!({"ecr.api": ["10.0.1.10"], "ecr.dkr": ["10.0.1.11"]}))
        .about(
            "The private addresses of the endpoints, by service, where egress is \
             endpoint-addresses. Left out: fargate-egress resolve looks them up.",
        );
    let by_address = has("egress", json!({"const": TASK_EGRESS[1].0}));
    object()
        .key(
            "egress",
            words(
                TASK_EGRESS,
                ["to the endpoints' security group", "to each private address of the endpoints"],
            )
            .about("What the tasks' security group opens towards the interface endpoints."),
        )
        .key("endpoint-addresses", by_service)
        .key("efs", efs())
        .with("dependentSchemas", json!({"endpoint-addresses": by_address}))
        .or_nothing()
        .about("What the tasks may reach.")
}

fn efs() -> Shape {
    list(setting(id::<SecurityGroupId>()))
        .or_nothing()
        .with("default", json!([]))
        .example(vec!["sg-0a1b2c3d4e5f60714"])
        .about(
            "The security groups that mount targets of EFS wear: the tasks' group opens NFS to \
             them, and they have to let in TCP 2049 from it.",
        )
}

fn endpoint() -> Shape {
    object()
        .key(
            "ingress",
            words(
                INGRESS,
                ["every address of the VPC", "only what wears the tasks' security group"],
            )
            .about("Who may open connections to the endpoints."),
        )
        .key(
            "egress",
            words(
                EGRESS,
                ["ECR's public prefixes, as in the lock", "nowhere; a pull works", "anywhere"],
            )
            .about(
                "Where the endpoints may open connections to. An endpoint only answers, so this \
                 is defence in depth, and deny is the stricter choice.",
            ),
        )
        .key(
            "policy",
            words(POLICY, ["what a pull asks, of the registries", "anything"])
                .about("What may be asked through the endpoints."),
        )
        .key(
            "security-group",
            setting(id::<SecurityGroupId>()).example("sg-0a1b2c3d4e5f60713").about(
                "The group that an existing interface endpoint wears; only where one of endpoints \
                 is existing. Left out there: the parameter EndpointSecurityGroupId.",
            ),
        )
        .or_nothing()
        .about("What the endpoints' security group and policies allow.")
}

fn endpoints() -> Shape {
    let presence =
        || words(PRESENCE, ["the stack makes it", "the VPC has it; the rules are still rendered"]);
    object()
        .key("ecr.api", presence().about("ECR's API: logging in to the registry."))
        .key("ecr.dkr", presence().about("ECR's registries: manifests of images."))
        .key("s3", presence().about("The gateway of S3: layers of images."))
        .or_nothing()
        .about(
            "Which of the three endpoints the stack makes. A VPC holds one of each: a second one \
             would fail the deploy.",
        )
}

fn services() -> Shape {
    // ECR and S3 are there without being named, and the endpoint of DynamoDB is a gateway. Any
    // other name may be a service, so the known ones are only what an editor suggests.
    let service = matching(
        "^(?!(dynamodb|s3[.-]*|ecr[.-]+(api|dkr)[.-]*)$)[a-z][a-z0-9.-]{0,63}$",
        "the end of an endpoint service name such as logs; ECR and S3 need not be named",
    );
    list(service.with("examples", Service::known().collect::<Vec<_>>()))
        .unique()
        .with("maxItems", quota::INTERFACE_ENDPOINTS_PER_VPC - 2)
        .or_nothing()
        .with("default", json!([]))
        .example(vec!["logs"])
        .about(
            "More interface endpoints that the tasks need, by the end of the endpoint service \
             name: logs for the awslogs driver, secretsmanager, ssm and kms for secrets, \
             ssmmessages for ECS Exec.",
        )
}

fn service_names() -> Shape {
    let name = matching(
        "^[a-z][a-z0-9-]*\\.[a-z0-9.-]*$",
        "an endpoint service name such as com.amazonaws.us-east-1.logs",
    );
    map(service(), name.with("maxLength", 255))
        .or_nothing()
        .example(json!({"s3": "com.amazonaws.eusc-de-east-1.s3"}))
        .about(
            "Whole endpoint service names, by the end of them: where AWS documents none for the \
             partition, or for FIPS endpoints.",
        )
}

/// Which characters outside of ASCII are letters or digits is left to the reader: not every
/// dialect of regular expressions has classes for them.
fn tags() -> Shape {
    let character = "[^\\u0000-\\u001f!\"#$%&'()*,;<>?\\[\\\\\\]^`{|}~\\u007f]";
    let key = matching(
        &format!("^(?![Aa][Ww][Ss]:){character}{{1,128}}$"),
        "1 to 128 letters, digits, spaces and _.:/=+-@, not beginning with aws:",
    );
    let value = matching(
        &format!("^{character}{{0,256}}$"),
        "at most 256 letters, digits, spaces and _.:/=+-@",
    );
    map(key, value)
        .or_nothing()
        .example(json!({"owner": "platform"}))
        .about("Tags of every resource that takes tags. Every value is a text.")
}

/// Where a value comes from.
fn reference() -> Shape {
    let parameter = matching("^[A-Za-z0-9]{1,255}$", "1 to 255 letters and digits");
    let export = matching("^[A-Za-z0-9:-]{1,255}$", "1 to 255 letters, digits, colons and hyphens");
    object()
        .key(
            "parameter",
            parameter.example("VpcId").about("The name of a parameter of the template."),
        )
        .key(
            "import",
            export.example("network-VpcId").about("The name of an export of another stack."),
        )
        .with("oneOf", json!([{"required": ["parameter"]}, {"required": ["import"]}]))
        .about("Where the value comes from.")
}

/// The end of an endpoint service name.
fn service() -> Shape {
    matching("^[a-z][a-z0-9.-]{0,63}$", "the end of an endpoint service name such as ecr.api")
}

/// A value, or where it comes from.
fn setting(literal: Shape) -> Shape {
    any_of([literal, defined("reference")])
}

/// A list of values, or where all of them come from.
fn settings(literal: Shape) -> Shape {
    any_of([some(setting(literal)), defined("reference")])
}

/// A list of at least one.
fn some(items: Shape) -> Shape {
    list(items).with("minItems", 1)
}

/// One of the reader's words, of which the first is the default.
fn words<T, const N: usize>(words: &[(&str, T)], meanings: [&str; N]) -> Shape {
    word(words.iter().map(|(word, _)| *word).collect(), meanings.to_vec())
        .with("default", words[0].0)
}
