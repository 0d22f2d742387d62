"""The stack of out/tokyo.yaml written with troposphere; prints it as JSON.

JSON and not YAML, because for YAML troposphere makes JSON first and converts it.
"""

from troposphere import Equals, Export, GetAtt, Output, Ref, Sub, Template
from troposphere.ec2 import SecurityGroup, SecurityGroupRule, VPCEndpoint

REGION = "ap-northeast-1"
REGISTRIES = ["012345678901"]
VPC = "vpc-0a1b2c3d4e5f60718"
CIDRS = ["10.0.0.0/16"]
SUBNETS = ["subnet-0a1b2c3d4e5f60711", "subnet-0a1b2c3d4e5f60712"]
ROUTE_TABLES = ["rtb-0a1b2c3d4e5f60711"]
ENDPOINT_ADDRESSES = [
    ("10.0.1.10", "ecr.api"),
    ("10.0.1.11", "ecr.dkr"),
    ("10.0.2.10", "ecr.api"),
    ("10.0.2.11", "ecr.dkr"),
]
ECR_PREFIXES = [
    ("3.112.64.0/23", "ecr.api", "AMAZON"),
    ("52.192.0.0/15", "ecr.dkr", "AMAZON, EC2"),
]
S3_PREFIX_LIST = "pl-61a54008"


def https(description, **peer):
    return SecurityGroupRule(IpProtocol="tcp", FromPort=443, ToPort=443, Description=description, **peer)


def policy(*statements):
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": actions, "Resource": resources}
            for actions, resources in statements
        ],
    }


template = Template("VPC endpoints and security groups with which Fargate tasks pull images from ECR, " + REGION)
template.set_version("2010-09-09")
template.add_rule(
    "Region",
    {
        "Assertions": [
            {
                "Assert": Equals(Ref("AWS::Region"), REGION),
                "AssertDescription": f"This template holds the prefixes and prefix lists of {REGION} and works nowhere else.",
            }
        ]
    },
)

task_group = template.add_resource(
    SecurityGroup(
        "TaskSecurityGroup",
        GroupDescription="Fargate tasks that pull images from ECR",
        VpcId=VPC,
        SecurityGroupEgress=[
            https(f"HTTPS to the {service} endpoint", CidrIp=f"{address}/32")
            for address, service in ENDPOINT_ADDRESSES
        ]
        + [https("HTTPS to S3, where ECR keeps image layers", DestinationPrefixListId=S3_PREFIX_LIST)],
    )
)
endpoint_group = template.add_resource(
    SecurityGroup(
        "EndpointSecurityGroup",
        GroupDescription="Interface endpoints that Fargate tasks use",
        VpcId=VPC,
        SecurityGroupIngress=[https("HTTPS from the VPC", CidrIp=cidr) for cidr in CIDRS],
        SecurityGroupEgress=[
            https(f"HTTPS to {service} in {REGION}; prefix of {listed}", CidrIp=prefix)
            for prefix, service, listed in ECR_PREFIXES
        ],
    )
)

login = (["ecr:GetAuthorizationToken"], ["*"])
pull = (
    ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    [f"arn:aws:ecr:{REGION}:{account}:repository/*" for account in REGISTRIES],
)
layers = (["s3:GetObject"], [f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/*"])


def interface(name, service):
    return template.add_resource(
        VPCEndpoint(
            name,
            VpcEndpointType="Interface",
            ServiceName=f"com.amazonaws.{REGION}.{service}",
            VpcId=VPC,
            SubnetIds=SUBNETS,
            SecurityGroupIds=[GetAtt(endpoint_group, "GroupId")],
            PrivateDnsEnabled=True,
            PolicyDocument=policy(login, pull),
        )
    )


api = interface("EcrApiEndpoint", "ecr.api")
dkr = interface("EcrDkrEndpoint", "ecr.dkr")
s3 = template.add_resource(
    VPCEndpoint(
        "S3Endpoint",
        VpcEndpointType="Gateway",
        ServiceName=f"com.amazonaws.{REGION}.s3",
        VpcId=VPC,
        RouteTableIds=ROUTE_TABLES,
        PolicyDocument=policy(layers),
    )
)

for name, description, value in [
    ("TaskSecurityGroupId", "The security group for the tasks to wear", GetAtt(task_group, "GroupId")),
    (
        "EndpointSecurityGroupId",
        "The security group that the interface endpoints wear",
        GetAtt(endpoint_group, "GroupId"),
    ),
    ("EcrApiEndpointId", "The endpoint of ECR's API", Ref(api)),
    ("EcrDkrEndpointId", "The endpoint of ECR's registries", Ref(dkr)),
    ("S3EndpointId", "The gateway endpoint of S3", Ref(s3)),
]:
    export = Export(Sub("${AWS::StackName}-" + name))
    template.add_output(Output(name, Description=description, Value=value, Export=export))

print(template.to_json())
