//! What is deployed: a good template, and what becomes of it when one thing is changed.

use std::fs;

use crate::support::root;

/// In a resource, what stands there and what is to stand there instead. The whole resource goes
/// where nothing is named.
type Edit = (&'static str, &'static str, &'static str);

pub(super) struct Case {
    pub(super) name: &'static str,
    edits: &'static [Edit],
    /// Resources to add.
    more: &'static str,
    /// The needs that become blocked; the others are reachable.
    pub(super) blocked: &'static [&'static str],
}

const ALL: &[&str] = &["registry-auth", "manifest", "layers", "logs"];
/// What is reached by interface endpoints.
const INTERFACES: &[&str] = &["registry-auth", "manifest", "logs"];

const INGRESS: &str = "\n        - IpProtocol: tcp
          FromPort: 443
          ToPort: 443
          CidrIp: 10.0.0.0/16
          Description: HTTPS from the VPC";
const TO_ENDPOINTS: &str = "\n        - IpProtocol: tcp
          FromPort: 443
          ToPort: 443
          DestinationSecurityGroupId: !GetAtt EndpointSecurityGroup.GroupId
          Description: HTTPS to the endpoints";
const TO_S3: &str = "\n        - IpProtocol: tcp
          FromPort: 443
          ToPort: 443
          DestinationPrefixListId: pl-61a54008
          Description: HTTPS to S3";
const EGRESS: &str = "\n      SecurityGroupEgress:
        - IpProtocol: tcp
          FromPort: 443
          ToPort: 443
          DestinationSecurityGroupId: !GetAtt EndpointSecurityGroup.GroupId
          Description: HTTPS to the endpoints
        - IpProtocol: tcp
          FromPort: 443
          ToPort: 443
          DestinationPrefixListId: pl-61a54008
          Description: HTTPS to S3";

const PRIVATE_DNS: &str = "PrivateDnsEnabled: true";
const NO_PRIVATE_DNS: &str = "PrivateDnsEnabled: false";

const OTHER_GROUP: &str = "
  OtherSecurityGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: Others
      VpcId: !Ref Vpc
";
const FROM_TASKS: &str = "
  FromTasks:
    Type: AWS::EC2::SecurityGroupIngress
    Properties:
      GroupId: !GetAtt EndpointSecurityGroup.GroupId
      IpProtocol: tcp
      FromPort: 443
      ToPort: 443
      SourceSecurityGroupId: !GetAtt TaskSecurityGroup.GroupId
";
const STANDALONE_TO_ENDPOINTS: &str = "
  ToEndpoints:
    Type: AWS::EC2::SecurityGroupEgress
    Properties:
      GroupId: !GetAtt TaskSecurityGroup.GroupId
      IpProtocol: tcp
      FromPort: 443
      ToPort: 443
      DestinationSecurityGroupId: !GetAtt EndpointSecurityGroup.GroupId
";
const GENEROUS_GROUP: &str = "
  OtherSecurityGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: Others
      VpcId: !Ref Vpc
      SecurityGroupIngress:
        - IpProtocol: \"-1\"
          SourceSecurityGroupId: !Ref TaskSecurityGroup
";

const fn case(
    name: &'static str,
    edits: &'static [Edit],
    more: &'static str,
    blocked: &'static [&'static str],
) -> Case {
    Case { name, edits, more, blocked }
}

pub(super) const CASES: &[Case] = &[
    case("good", &[], "", &[]),
    case(
        "private-dns-off",
        &[("EcrApiEndpoint", PRIVATE_DNS, NO_PRIVATE_DNS)],
        "",
        &["registry-auth"],
    ),
    case("private-dns-left-out", &[("LogsEndpoint", PRIVATE_DNS, "Tags: []")], "", &["logs"]),
    case(
        "ingress-from-another-group",
        &[(
            "EndpointSecurityGroup",
            "CidrIp: 10.0.0.0/16",
            "SourceSecurityGroupId: !Ref OtherSecurityGroup",
        )],
        OTHER_GROUP,
        INTERFACES,
    ),
    case("no-ingress", &[("EndpointSecurityGroup", INGRESS, " []")], "", INTERFACES),
    case(
        "ingress-port-80",
        &[(
            "EndpointSecurityGroup",
            "FromPort: 443\n          ToPort: 443",
            "FromPort: 80\n          ToPort: 80",
        )],
        "",
        INTERFACES,
    ),
    case(
        "ingress-udp",
        &[(
            "EndpointSecurityGroup",
            "SecurityGroupIngress:\n        - IpProtocol: tcp",
            "SecurityGroupIngress:\n        - IpProtocol: udp",
        )],
        "",
        INTERFACES,
    ),
    case(
        "ingress-from-one-subnet-of-two",
        &[("EndpointSecurityGroup", "10.0.0.0/16", "10.0.1.0/24")],
        "",
        INTERFACES,
    ),
    case(
        "ingress-from-both-subnets",
        &[(
            "EndpointSecurityGroup",
            "CidrIp: 10.0.0.0/16",
            "CidrIp: 10.0.1.0/24\n        - IpProtocol: 6\n          FromPort: 0\n          \
             ToPort: 65535\n          CidrIp: 10.0.2.0/23",
        )],
        "",
        &[],
    ),
    case("by-group-on-both-sides", &[("EndpointSecurityGroup", INGRESS, " []")], FROM_TASKS, &[]),
    case(
        "two-groups-one-of-which-lets-in",
        &[
            ("EndpointSecurityGroup", INGRESS, " []"),
            (
                "EcrApiEndpoint",
                "SecurityGroupIds: [!GetAtt EndpointSecurityGroup.GroupId]",
                "SecurityGroupIds: [!Ref EndpointSecurityGroup, !Ref OtherSecurityGroup]",
            ),
        ],
        GENEROUS_GROUP,
        &["manifest", "logs"],
    ),
    case(
        "default-group",
        &[(
            "EcrDkrEndpoint",
            "SecurityGroupIds: [!GetAtt EndpointSecurityGroup.GroupId]",
            "Tags: []",
        )],
        "",
        &["manifest"],
    ),
    case("no-egress-to-s3", &[("TaskSecurityGroup", TO_S3, "")], "", &["layers"]),
    case(
        "egress-to-dynamodb",
        &[("TaskSecurityGroup", "pl-61a54008", "pl-78a54011")],
        "",
        &["layers"],
    ),
    case("no-egress-to-endpoints", &[("TaskSecurityGroup", TO_ENDPOINTS, "")], "", INTERFACES),
    case("egress-left-out", &[("TaskSecurityGroup", EGRESS, "")], "", &[]),
    case(
        "egress-empty",
        &[("TaskSecurityGroup", EGRESS, "\n      SecurityGroupEgress: []")],
        "",
        &[],
    ),
    case(
        "standalone-egress-strips-the-default",
        &[("TaskSecurityGroup", EGRESS, "")],
        STANDALONE_TO_ENDPOINTS,
        &["layers"],
    ),
    case(
        "egress-to-nobody",
        &[(
            "TaskSecurityGroup",
            EGRESS,
            "\n      SecurityGroupEgress: [{IpProtocol: \"-1\", CidrIp: 127.0.0.1/32}]",
        )],
        "",
        ALL,
    ),
    case(
        "egress-by-cidr",
        &[(
            "TaskSecurityGroup",
            "DestinationSecurityGroupId: !GetAtt EndpointSecurityGroup.GroupId",
            "CidrIp: !GetAtt Vpc.CidrBlock",
        )],
        "",
        &[],
    ),
    case(
        "egress-by-cidr-of-one-subnet",
        &[(
            "TaskSecurityGroup",
            "DestinationSecurityGroupId: !GetAtt EndpointSecurityGroup.GroupId",
            "CidrIp: 10.0.2.0/24",
        )],
        "",
        INTERFACES,
    ),
    case(
        "gateway-misses-a-route-table",
        &[("S3Endpoint", "[!Ref TableA, !Ref TableB]", "[!Ref TableA]")],
        "",
        &["layers"],
    ),
    case(
        "gateway-without-route-tables",
        &[("S3Endpoint", "RouteTableIds: [!Ref TableA, !Ref TableB]", "Tags: []")],
        "",
        &["layers"],
    ),
    case("subnet-uses-the-main-table", &[("AssociationB", "", "")], "", &["layers"]),
    case(
        "both-subnets-use-one-table",
        &[
            ("AssociationB", "TableB", "TableA"),
            ("S3Endpoint", "[!Ref TableA, !Ref TableB]", "[!Ref TableA]"),
        ],
        "",
        &[],
    ),
    case("no-endpoint-of-ecr-dkr", &[("EcrDkrEndpoint", "", "")], "", &["manifest"]),
    case("no-endpoint-of-s3", &[("S3Endpoint", "", "")], "", &["layers"]),
    case(
        "endpoint-in-one-subnet",
        &[("EcrApiEndpoint", "[!Ref SubnetA, !Ref SubnetB]", "[!Ref SubnetA]")],
        "",
        &[],
    ),
    case(
        "layers-of-another-region",
        &[("S3Endpoint", "prod-${AWS::Region}", "prod-us-east-1")],
        "",
        &["layers"],
    ),
    case(
        "bucket-without-its-objects",
        &[("S3Endpoint", "layer-bucket/*", "layer-bucket")],
        "",
        &["layers"],
    ),
    case(
        "login-not-allowed",
        &[("EcrApiEndpoint", "ecr:GetAuthorizationToken", "ecr:DescribeImages")],
        "",
        &["registry-auth"],
    ),
    case(
        "login-denied",
        &[("EcrApiEndpoint", "Effect: Allow", "Effect: Deny")],
        "",
        &["registry-auth"],
    ),
    case(
        "half-of-a-pull-allowed",
        &[("EcrDkrEndpoint", "[ecr:BatchGetImage, ecr:GetDownloadUrlForLayer]", "ecr:Batch*")],
        "",
        &["manifest"],
    ),
    case(
        "no-dns-host-names",
        &[
            ("Vpc", "EnableDnsHostnames: true", "EnableDnsHostnames: false"),
            ("EcrApiEndpoint", PRIVATE_DNS, NO_PRIVATE_DNS),
            ("EcrDkrEndpoint", PRIVATE_DNS, NO_PRIVATE_DNS),
            ("LogsEndpoint", PRIVATE_DNS, NO_PRIVATE_DNS),
        ],
        "",
        INTERFACES,
    ),
    case(
        "no-dns",
        &[
            ("Vpc", "EnableDnsSupport: true", "EnableDnsSupport: false"),
            ("Vpc", "EnableDnsHostnames: true", "EnableDnsHostnames: false"),
            ("EcrApiEndpoint", PRIVATE_DNS, NO_PRIVATE_DNS),
            ("EcrDkrEndpoint", PRIVATE_DNS, NO_PRIVATE_DNS),
            ("LogsEndpoint", PRIVATE_DNS, NO_PRIVATE_DNS),
        ],
        "",
        ALL,
    ),
];

/// What EC2 does not make.
pub(super) const REFUSED: Case = case(
    "private-dns-without-host-names",
    &[("Vpc", "EnableDnsHostnames: true", "EnableDnsHostnames: false")],
    "",
    INTERFACES,
);

impl Case {
    /// The template.
    pub(super) fn text(&self) -> String {
        let path = root().join("tests/verify/live/good.yaml");
        let mut text = fs::read_to_string(path).unwrap();
        for (resource, from, to) in self.edits {
            let start = text.find(&format!("\n  {resource}:\n")).unwrap() + 1;
            let end = text[start..].find("\n\n").map_or(text.len(), |length| start + length + 1);
            let before = &text[start..end];
            let after = if from.is_empty() {
                String::new()
            } else {
                assert_eq!(before.matches(from).count(), 1, "{}: {resource}, {from}", self.name);
                before.replacen(from, to, 1)
            };
            text.replace_range(start..end, &after);
        }
        text + self.more
    }
}
