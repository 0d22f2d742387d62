"""The resource types that the stand-in plays.

A provider makes, changes and deletes resources of one type in moto's EC2. It
checks everything before it changes anything, so what fails has changed nothing.
"""

from . import endpoints, group_rules, networks, security_groups
from .provider import Made, Owner, Provider

PROVIDERS: dict[str, Provider] = {
    "AWS::EC2::RouteTable": networks.RouteTableProvider(),
    "AWS::EC2::SecurityGroup": security_groups.SecurityGroupProvider(),
    "AWS::EC2::SecurityGroupEgress": group_rules.RuleProvider(egress=True),
    "AWS::EC2::SecurityGroupIngress": group_rules.RuleProvider(egress=False),
    "AWS::EC2::Subnet": networks.SubnetProvider(),
    "AWS::EC2::SubnetRouteTableAssociation": networks.AssociationProvider(),
    "AWS::EC2::VPC": networks.VpcProvider(),
    "AWS::EC2::VPCEndpoint": endpoints.EndpointProvider(),
}

__all__ = ["PROVIDERS", "Made", "Owner", "Provider"]
