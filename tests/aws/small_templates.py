"""Small templates that work in the world of world.json, for tests to break in one place."""

from typing import Any

from harness import REGION, ROUTE_TABLE

VPC = "vpc-0a1b2c3d4e5f60718"
SUBNETS = ["subnet-0a1b2c3d4e5f60711", "subnet-0a1b2c3d4e5f60712"]
SUBNET_IN_SAME_ZONE = "subnet-0a1b2c3d4e5f60713"
GROUP = "sg-0a1b2c3d4e5f60713"
VPC_WITHOUT_DNS = "vpc-0a1b2c3d4e5f60728"
SUBNET_OF_OTHER_VPC = "subnet-0a1b2c3d4e5f60721"
ROUTE_TABLE_OF_OTHER_VPC = "rtb-0a1b2c3d4e5f60721"
S3_LIST, DYNAMODB_LIST, S3_LIST_OF_US_EAST_1 = "pl-61a54008", "pl-78a54011", "pl-63a5400a"


def template(**resources: Any) -> dict[str, Any]:
    return {"Resources": resources}


def group(**properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {"GroupDescription": "A group", "VpcId": VPC, **properties},
    }


def egress(**changes: Any) -> dict[str, Any]:
    """A rule; a change to None leaves the property out."""
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/16", **changes}
    return {name: value for name, value in rule.items() if value is not None}


ingress = egress


def group_with(*rules: dict[str, Any]) -> dict[str, Any]:
    return template(Group=group(SecurityGroupEgress=list(rules)))


def standalone(direction: str, **changes: Any) -> dict[str, Any]:
    return {
        "Type": f"AWS::EC2::SecurityGroup{direction}",
        "Properties": {"GroupId": GROUP, **egress(**changes)},
    }


def interface(**changes: Any) -> dict[str, Any]:
    return endpoint(
        {
            "VpcEndpointType": "Interface",
            "ServiceName": f"com.amazonaws.{REGION}.ecr.api",
            "PrivateDnsEnabled": True,
            "SubnetIds": SUBNETS,
            "SecurityGroupIds": [GROUP],
        },
        changes,
    )


def gateway(**changes: Any) -> dict[str, Any]:
    return endpoint(
        {
            "VpcEndpointType": "Gateway",
            "ServiceName": f"com.amazonaws.{REGION}.s3",
            "RouteTableIds": [ROUTE_TABLE],
        },
        changes,
    )


def endpoint(properties: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    properties = {"VpcId": VPC, **properties, **changes}
    return {
        "Type": "AWS::EC2::VPCEndpoint",
        "Properties": {name: value for name, value in properties.items() if value is not None},
    }


def network(**changes: dict[str, Any]) -> dict[str, Any]:
    """A VPC with a subnet and its route table; a change is of properties, or one more resource."""
    vpc = {"Ref": "Vpc"}
    kinds = {"Association": "SubnetRouteTableAssociation", "Table": "RouteTable", "Vpc": "VPC"}
    properties: dict[str, dict[str, Any]] = {
        "Vpc": {"CidrBlock": "10.9.0.0/16"},
        "Subnet": {"VpcId": vpc, "CidrBlock": "10.9.1.0/24", "AvailabilityZone": f"{REGION}c"},
        "Table": {"VpcId": vpc},
        "Association": {"SubnetId": {"Ref": "Subnet"}, "RouteTableId": {"Ref": "Table"}},
    }
    resources = {name: change for name, change in changes.items() if name not in properties}
    for name, given in properties.items():
        wanted = {**given, **changes.get(name, {})}
        resources[name] = {
            "Type": f"AWS::EC2::{kinds.get(name, name)}",
            "Properties": {key: value for key, value in wanted.items() if value is not None},
        }
    return template(**resources)


def policy(**changes: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "ecr:*", "Resource": "*", **changes}
    return {
        "Version": "2012-10-17",
        "Statement": [{name: value for name, value in statement.items() if value is not None}],
    }


def with_parameter(**definition: Any) -> dict[str, Any]:
    return {"Parameters": {"P": {"Type": "String", **definition}}, **template(Group=group())}


def with_rule(assertion: dict[str, Any], condition: dict[str, Any] | None = None) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "Assertions": [{"Assert": assertion, "AssertDescription": "the rule says no"}]
    }
    if condition is not None:
        rule["RuleCondition"] = condition
    return {
        "Parameters": {
            "P": {"Type": "String", "Default": "a"},
            "L": {"Type": "CommaDelimitedList", "Default": "a,b"},
        },
        "Rules": {"R": rule},
        **template(Group=group()),
    }
