//! What `Fn::GetAtt` gives, where that follows from the template.

/// What an attribute of a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attribute {
    /// The id of the resource, which `Ref` gives as well, or another name of the same thing.
    Id,
    /// What the property of this name was given.
    Property(&'static str),
    /// A text in which `{id}`, `{partition}`, `{region}`, `{account}` and `{suffix}` are filled in.
    Pattern(&'static str),
    /// Known only when the resource is made.
    Later {
        /// Whether it is a list, or may be one.
        many: bool,
    },
}

/// Types with attributes that are known; from the return values that
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html>
/// lists for each type.
const ATTRIBUTES: &[(&str, &[(&str, Attribute)])] = {
    use Attribute::{Id, Later, Pattern, Property};
    &[
        (
            "AWS::EC2::VPC",
            &[
                ("VpcId", Id),
                ("CidrBlock", Property("CidrBlock")),
                ("CidrBlockAssociations", Later { many: true }),
                ("Ipv6CidrBlocks", Later { many: true }),
            ],
        ),
        (
            "AWS::EC2::Subnet",
            &[
                ("SubnetId", Id),
                ("VpcId", Property("VpcId")),
                ("CidrBlock", Property("CidrBlock")),
                ("AvailabilityZone", Property("AvailabilityZone")),
                ("Ipv6CidrBlocks", Later { many: true }),
            ],
        ),
        ("AWS::EC2::SecurityGroup", &[("GroupId", Id), ("Id", Id), ("VpcId", Property("VpcId"))]),
        (
            "AWS::EC2::VPCEndpoint",
            &[
                ("Id", Id),
                ("DnsEntries", Later { many: true }),
                ("NetworkInterfaceIds", Later { many: true }),
            ],
        ),
        ("AWS::EC2::RouteTable", &[("RouteTableId", Id)]),
        ("AWS::EC2::PrefixList", &[("PrefixListId", Id)]),
        ("AWS::EC2::NatGateway", &[("NatGatewayId", Id)]),
        ("AWS::EC2::InternetGateway", &[("InternetGatewayId", Id)]),
        ("AWS::EC2::EgressOnlyInternetGateway", &[("Id", Id)]),
        ("AWS::EC2::CarrierGateway", &[("CarrierGatewayId", Id)]),
        ("AWS::EC2::NetworkAcl", &[("Id", Id)]),
        ("AWS::EC2::DHCPOptions", &[("DhcpOptionsId", Id)]),
        ("AWS::EC2::VPNGateway", &[("VPNGatewayId", Id)]),
        ("AWS::EC2::TransitGateway", &[("Id", Id)]),
        ("AWS::EC2::TransitGatewayAttachment", &[("Id", Id)]),
        ("AWS::EC2::VPCPeeringConnection", &[("Id", Id)]),
        ("AWS::EC2::NetworkInterface", &[("Id", Id)]),
        ("AWS::EC2::Instance", &[("InstanceId", Id)]),
        ("AWS::ECS::Cluster", &[("Arn", Id)]),
        ("AWS::ECS::Service", &[("ServiceArn", Id)]),
        ("AWS::ECS::TaskDefinition", &[("TaskDefinitionArn", Id)]),
        (
            "AWS::ECR::Repository",
            &[
                ("Arn", Pattern("arn:{partition}:ecr:{region}:{account}:repository/{id}")),
                ("RepositoryUri", Pattern("{account}.dkr.ecr.{region}.{suffix}/{id}")),
            ],
        ),
        ("AWS::EFS::FileSystem", &[("FileSystemId", Id)]),
        ("AWS::EFS::AccessPoint", &[("AccessPointId", Id)]),
        ("AWS::IAM::Role", &[("Arn", Id)]),
        ("AWS::KMS::Key", &[("KeyId", Id)]),
        ("AWS::Logs::LogGroup", &[("Arn", Id)]),
        ("AWS::S3::Bucket", &[("Arn", Pattern("arn:{partition}:s3:::{id}"))]),
        ("AWS::SecretsManager::Secret", &[("Id", Id)]),
    ]
};

/// What an attribute of a resource of a type is.
pub(super) fn attribute(kind: &str, name: &str) -> Attribute {
    let known = ATTRIBUTES
        .iter()
        .find(|(of, _)| *of == kind)
        .and_then(|(_, attributes)| attributes.iter().find(|(known, _)| *known == name));
    match known {
        Some((_, attribute)) => *attribute,
        // A function of somebody's own answers with what it likes.
        None => {
            let custom =
                kind.starts_with("Custom::") || kind == "AWS::CloudFormation::CustomResource";
            Attribute::Later { many: custom }
        }
    }
}
