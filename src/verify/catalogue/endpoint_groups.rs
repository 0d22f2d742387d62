//! What the endpoints' groups let in and out.

use crate::diagnostic::{Code, Severity};

use super::{Page, sources as see, symptoms as seen};

pub(super) const PAGES: &[Page] = &[
    Page {
        code: Code::EndpointIngressMissing,
        severity: Severity::Error,
        cause: "The groups that the endpoint wears let in no TCP 443 from the tasks. The name \
            resolves as it should, to a private address, and the connection to it is dropped: the \
            message has an address of the VPC in it, which tells this apart from a missing \
            endpoint or from DNS.\n\n\
            The usual reasons: the group has no ingress rule at all, it names the group of other \
            tasks, it opens port 80, or it has the prefix of another VPC. One group is mostly worn \
            by all endpoints, so they fail together, and the login is only the first.",
        symptoms: &[
            seen::LOGIN_PRIVATE,
            seen::LOGIN,
            seen::MANIFEST_PRIVATE,
            seen::LOGS,
            seen::LOGS_RETRIED,
        ],
        fix: r"
Let in whoever wears the tasks' group. As a rule of its own it does not make the two groups wait
for each other:

```yaml
EndpointIngressFromTasks:
  Type: AWS::EC2::SecurityGroupIngress
  Properties:
    GroupId: !GetAtt EndpointSecurityGroup.GroupId
    IpProtocol: tcp
    FromPort: 443
    ToPort: 443
    SourceSecurityGroupId: !GetAtt TaskSecurityGroup.GroupId
    Description: HTTPS from the tasks
```
",
        sources: &[see::INTERFACE_ENDPOINTS, see::ECR_ENDPOINTS, see::CANNOT_INITIALIZE],
    },
    Page {
        code: Code::EndpointIngressPartial,
        severity: Severity::Error,
        cause: "The endpoint's groups let in some of the subnets that the tasks may be placed in, \
            and not the others. Tasks start or time out by where they land, so a service comes up \
            halfway, and starting it again seems to help.\n\n\
            It is typical of a VPC that got a second prefix: the rule still has the first one. \
            Rules that list subnets are forgotten in the same way when a zone is added.",
        symptoms: &[seen::LOGIN_PRIVATE, seen::MANIFEST_PRIVATE],
        fix: r"
Name the tasks' group instead of prefixes; then it does not matter where they run:

```yaml
EndpointIngressFromTasks:
  Type: AWS::EC2::SecurityGroupIngress
  Properties:
    GroupId: !GetAtt EndpointSecurityGroup.GroupId
    IpProtocol: tcp
    FromPort: 443
    ToPort: 443
    SourceSecurityGroupId: !GetAtt TaskSecurityGroup.GroupId
    Description: HTTPS from the tasks
```

Or one rule for each prefix of the VPC:

```yaml
EndpointSecurityGroup:
  Type: AWS::EC2::SecurityGroup
  Properties:
    GroupDescription: Interface endpoints
    VpcId: !Ref Vpc
    SecurityGroupIngress:
      - IpProtocol: tcp
        FromPort: 443
        ToPort: 443
        CidrIp: 10.0.0.0/16
        Description: HTTPS from the VPC
      - IpProtocol: tcp
        FromPort: 443
        ToPort: 443
        CidrIp: 10.1.0.0/16
        Description: HTTPS from the secondary prefix
    SecurityGroupEgress:
      - IpProtocol: '-1'
        CidrIp: 127.0.0.1/32
        Description: No outbound traffic
```
",
        sources: &[see::INTERFACE_ENDPOINTS, see::GROUP_RULES],
    },
    Page {
        code: Code::EndpointDefaultGroup,
        severity: Severity::Warning,
        cause: "The endpoint names no groups, so it wears the VPC's default group. As it is made, \
            that group lets in nobody but those who wear it too; tasks with a group of their own \
            are not among them, and their connections are dropped. If somebody has opened the \
            default group since, the pull works, and every other forgotten resource of the VPC is \
            open with it.",
        symptoms: &[seen::LOGIN_PRIVATE, seen::LOGIN],
        fix: r"
Give the endpoint a group of its own:

```yaml
EndpointSecurityGroup:
  Type: AWS::EC2::SecurityGroup
  Properties:
    GroupDescription: Interface endpoints
    VpcId: !Ref Vpc
    SecurityGroupIngress:
      - IpProtocol: tcp
        FromPort: 443
        ToPort: 443
        CidrIp: 10.0.0.0/16
        Description: HTTPS from the VPC
    SecurityGroupEgress:
      - IpProtocol: '-1'
        CidrIp: 127.0.0.1/32
        Description: No outbound traffic
EcrApiEndpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Interface
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.ecr.api
    PrivateDnsEnabled: true
    SubnetIds: [!Ref TaskSubnetA, !Ref TaskSubnetB]
    SecurityGroupIds: [!GetAtt EndpointSecurityGroup.GroupId]
```
",
        sources: &[see::ENDPOINT_RESOURCE, see::DEFAULT_GROUP],
    },
    Page {
        code: Code::WideEndpointIngress,
        severity: Severity::Warning,
        cause: "The endpoint's group lets in more than it has to: other ports than 443, or \
            addresses outside of the VPC. An endpoint answers on TCP 443 and nothing else, so the \
            other ports serve nobody, and a prefix wider than the VPC lets in whatever is \
            connected to it later, by peering or by a transit gateway. Nothing breaks by it.",
        symptoms: &[],
        fix: r"
Let in HTTPS from the tasks' group, or at most from the VPC's prefix:

```yaml
EndpointSecurityGroup:
  Type: AWS::EC2::SecurityGroup
  Properties:
    GroupDescription: Interface endpoints
    VpcId: !Ref Vpc
    SecurityGroupIngress:
      - IpProtocol: tcp
        FromPort: 443
        ToPort: 443
        CidrIp: 10.0.0.0/16
        Description: HTTPS from the VPC
    SecurityGroupEgress:
      - IpProtocol: '-1'
        CidrIp: 127.0.0.1/32
        Description: No outbound traffic
```
",
        sources: &[see::INTERFACE_ENDPOINTS, see::ECR_ENDPOINTS],
    },
    Page {
        code: Code::EndpointEgress,
        severity: Severity::Note,
        cause: "The endpoint's group lets something out, and no traffic ever uses it. The service \
            behind an endpoint cannot open a connection into the VPC; its answers belong to \
            connections that were let in, and leave whatever the egress rules say. The way from \
            the endpoint to ECR is not a connection from its interface to ECR's public addresses, \
            so rules with those addresses match nothing.\n\n\
            It is worth a line because audits count open egress, and because the list of addresses \
            looks like a protection that it is not. What limits egress is the tasks' group and the \
            endpoint's policy.",
        symptoms: &[],
        fix: r"
One rule to the loopback address takes the place of the rule that allows everything:

```yaml
EndpointSecurityGroup:
  Type: AWS::EC2::SecurityGroup
  Properties:
    GroupDescription: Interface endpoints
    VpcId: !Ref Vpc
    SecurityGroupEgress:
      - IpProtocol: '-1'
        CidrIp: 127.0.0.1/32
        Description: No outbound traffic
```
",
        sources: &[see::PRIVATELINK, see::INTERFACE_ENDPOINTS, see::CONNECTION_TRACKING],
    },
    Page {
        code: Code::EmptyEgressList,
        severity: Severity::Warning,
        cause: "`SecurityGroupEgress: []` reads as if nothing were let out, and everything is. EC2 \
            gives every new group a rule that allows all egress, and CloudFormation takes it away \
            only where the template has a rule to put in its place. An empty list has none, the \
            same as no list. Nothing breaks, so nobody notices.",
        symptoms: &[],
        fix: r"
Write a rule that no traffic matches:

```yaml
EndpointSecurityGroup:
  Type: AWS::EC2::SecurityGroup
  Properties:
    GroupDescription: Interface endpoints
    VpcId: !Ref Vpc
    SecurityGroupEgress:
      - IpProtocol: '-1'
        CidrIp: 127.0.0.1/32
        Description: No outbound traffic
```
",
        sources: &[see::GROUP_RESOURCE],
    },
];
