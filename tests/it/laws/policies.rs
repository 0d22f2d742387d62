//! Policies that an endpoint may have, from the right one to wrong ones.

use serde_json::{Value as Json, json};

use super::template::sub;

fn allow(action: Json, resource: Json) -> Json {
    json!({"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource})
}

fn repository(name: &str) -> Json {
    sub(&format!("arn:${{AWS::Partition}}:ecr:${{AWS::Region}}:012345678901:repository/{name}"))
}

fn bucket(name: &str) -> Json {
    sub(&format!("arn:${{AWS::Partition}}:s3:::{name}/*"))
}

const LAYERS: &str = "prod-${AWS::Region}-starport-layer-bucket";
const PULL: [&str; 2] = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/// Statements that allow something, for an endpoint of a service.
pub(super) fn statements(service: &str) -> Vec<Json> {
    let mut all = match service {
        "ecr.api" => vec![
            allow(json!("ecr:GetAuthorizationToken"), json!("*")),
            allow(json!("ecr:GetAuthorizationToken"), repository("app")),
            allow(json!("ecr:Get*"), json!("*")),
        ],
        "ecr.dkr" => vec![
            allow(json!(PULL), repository("app")),
            allow(json!(PULL[0]), repository("app")),
            allow(json!(PULL[1]), repository("a??")),
            allow(json!(PULL), repository("other")),
            allow(json!(PULL), repository("${PRepository}")),
            allow(json!(PULL), repository("team/*")),
        ],
        _ => vec![
            allow(json!("s3:GetObject"), bucket(LAYERS)),
            allow(json!("s3:GetObject"), bucket("prod-*")),
            allow(json!("s3:PutObject"), bucket(LAYERS)),
            allow(json!("s3:GetObject"), bucket("mine")),
            allow(
                json!("s3:GetObject"),
                json!("arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"),
            ),
        ],
    };
    all.push(allow(json!("*"), json!("*")));
    all.push(allow(json!("ecr:*"), json!("*")));
    let mut own = allow(json!("*"), json!("*"));
    own["Condition"] = json!({"StringEquals": {"aws:PrincipalAccount": "012345678901"}});
    all.push(own);
    let mut vpc = allow(json!("*"), json!("*"));
    vpc["Condition"] = json!({"StringEquals": {"aws:SourceVpc": {"Ref": "PVpc"}}});
    all.push(vpc);
    let mut role = allow(json!("*"), json!("*"));
    role["Principal"] = json!({"AWS": "arn:aws:iam::012345678901:role/somebody"});
    all.push(role);
    all
}

/// Statements that deny something.
pub(super) fn denials() -> Vec<Json> {
    let deny = |action: &str| json!({"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*"});
    let mut insecure = deny("*");
    insecure["Condition"] = json!({"Bool": {"aws:SecureTransport": "false"}});
    vec![insecure, deny("s3:DeleteObject"), deny("*"), deny("ecr:Batch*")]
}
