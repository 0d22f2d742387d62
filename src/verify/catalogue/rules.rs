//! What EC2 and CloudFormation take as groups and rules.

use crate::diagnostic::{Code, Severity};

use super::{Page, sources as see, symptoms as seen};

pub(super) const PAGES: &[Page] = &[
    Page {
        code: Code::DuplicateRule,
        severity: Severity::Error,
        cause: "Two rules of a group are the same for EC2: protocol, ports and the other side are \
            equal. The description does not count, so the same prefix with two reasons is one rule \
            given twice. EC2 refuses the second, and the stack rolls back. Linters compare the \
            whole text and find nothing.",
        symptoms: &[seen::DUPLICATE_RULE],
        fix: r"
Merge the two, and say both reasons in one description:

```yaml
TaskSecurityGroup:
  Type: AWS::EC2::SecurityGroup
  Properties:
    GroupDescription: Fargate tasks
    VpcId: !Ref Vpc
    SecurityGroupEgress:
      - IpProtocol: tcp
        FromPort: 443
        ToPort: 443
        DestinationPrefixListId: !Ref S3PrefixListId
        Description: ECR layers and environment files in S3
```

A prefix with bits to the right of its length is stored without them: 10.0.0.5/16 and 10.0.0.0/16
are the same rule too.
",
        sources: &[see::GROUP_RULES],
    },
    Page {
        code: Code::TooManyRules,
        severity: Severity::Error,
        cause: "The group has more than 60 rules in one direction, which is EC2's quota unless it \
            was raised. Rules are counted for IPv4 and IPv6 separately. A rule that names a prefix \
            list counts for more than one: an AWS list for its weight, which is 1 for S3, and a \
            list of your own for its `MaxEntries`, however few entries it has.",
        symptoms: &[seen::RULES_FULL],
        fix: r"
Name a group or a prefix list where there are addresses. S3 in one rule:

```yaml
TaskEgressToS3:
  Type: AWS::EC2::SecurityGroupEgress
  Properties:
    GroupId: !GetAtt TaskSecurityGroup.GroupId
    IpProtocol: tcp
    FromPort: 443
    ToPort: 443
    DestinationPrefixListId: !Ref S3PrefixListId
    Description: ECR layers in S3
```

For a list of your own, set `MaxEntries` to what it needs. The quota can be raised, but rules times
groups of one interface stay below 1,000.
",
        sources: &[see::QUOTAS, see::PREFIX_LISTS],
    },
    Page {
        code: Code::TooManyGroups,
        severity: Severity::Error,
        cause: "A task or an endpoint wears more than five groups, which is EC2's quota for one \
            interface unless it was raised; 16 is the most. It happens where every stack adds a \
            group of its own to a shared service.",
        symptoms: &[],
        fix: r"
Merge groups that are always worn together, and wear the merged one:

```yaml
TaskService:
  Type: AWS::ECS::Service
  Properties:
    Cluster: !Ref Cluster
    TaskDefinition: !Ref TaskDefinition
    LaunchType: FARGATE
    NetworkConfiguration:
      AwsvpcConfiguration:
        Subnets: [!Ref TaskSubnetA, !Ref TaskSubnetB]
        SecurityGroups: [!GetAtt TaskSecurityGroup.GroupId]
```
",
        sources: &[see::QUOTAS],
    },
    Page {
        code: Code::InvalidRule,
        severity: Severity::Error,
        cause: "A rule does not say what a rule has to say: exactly one other side, which is a \
            prefix, an IPv6 prefix, a group or a prefix list, and for TCP and UDP a first and a \
            last port in this order. With no other side, or with two, EC2 refuses it; from 443 to \
            80 there is no port.\n\n\
            In ingress rules the other side is `Source…`, in egress rules `Destination…`. One \
            under the wrong name is the same as none.",
        symptoms: &[],
        fix: r"
```yaml
TaskSecurityGroup:
  Type: AWS::EC2::SecurityGroup
  Properties:
    GroupDescription: Fargate tasks
    VpcId: !Ref Vpc
    SecurityGroupIngress:
      - IpProtocol: tcp
        FromPort: 8080
        ToPort: 8080
        SourceSecurityGroupId: !GetAtt LoadBalancerSecurityGroup.GroupId
        Description: The load balancer
    SecurityGroupEgress:
      - IpProtocol: tcp
        FromPort: 443
        ToPort: 443
        DestinationSecurityGroupId: !GetAtt EndpointSecurityGroup.GroupId
        Description: Interface endpoints
```

Two destinations are two rules.
",
        sources: &[see::EGRESS_PROPERTY, see::GROUP_RULES],
    },
    Page {
        code: Code::InvalidDescription,
        severity: Severity::Error,
        cause: "A description or a group's name has a character that EC2 does not take, or more \
            than 255 of them. Letters, digits and spaces of ASCII are taken, and some signs: \
            `._-:/#,@[]+=&;{}!$*`. Arrows, apostrophes, quotation marks and anything beyond ASCII \
            are not. A group's name must not begin with `sg-` either.\n\n\
            Linters look at the group's description and not at those of rules, so it is found when \
            the stack is deployed.",
        symptoms: &[seen::DESCRIPTION, seen::DESCRIPTION_ASCII],
        fix: r"
Use plain words; `to` for an arrow. A change of the rule's description changes it in place, while a
change of `GroupDescription` or `GroupName` replaces the group.

```yaml
TaskEgressToS3:
  Type: AWS::EC2::SecurityGroupEgress
  Properties:
    GroupId: !GetAtt TaskSecurityGroup.GroupId
    IpProtocol: tcp
    FromPort: 443
    ToPort: 443
    DestinationPrefixListId: !Ref S3PrefixListId
    Description: Tasks to S3, ECR layers
```
",
        sources: &[see::GROUP_RESOURCE, see::EGRESS_PROPERTY],
    },
    Page {
        code: Code::CircularGroups,
        severity: Severity::Error,
        cause: "Two or more groups name each other in their inline rules. CloudFormation makes a \
            resource after everything that it names, so none of these groups can be the first, \
            and the template is refused before anything is made. It comes up as soon as the \
            tasks' egress names the endpoints' group and the endpoints' ingress names the tasks'.",
        symptoms: &[seen::CIRCULAR],
        fix: r"
Take one of the rules out of its group and make it a resource:

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
TaskSecurityGroup:
  Type: AWS::EC2::SecurityGroup
  Properties:
    GroupDescription: Fargate tasks
    VpcId: !Ref Vpc
    SecurityGroupEgress:
      - IpProtocol: tcp
        FromPort: 443
        ToPort: 443
        DestinationSecurityGroupId: !GetAtt EndpointSecurityGroup.GroupId
        Description: Interface endpoints
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
        sources: &[see::GROUP_RESOURCE],
    },
    Page {
        code: Code::UnusedTaskGroup,
        severity: Severity::Warning,
        cause: "A group has the rules that the tasks need, and the tasks wear another one. The \
            template looks complete, and the rules that count are those of the groups under \
            `AwsvpcConfiguration` of the service. Where `SecurityGroups` is left out there, the \
            tasks wear the VPC's default group.",
        symptoms: &[seen::LOGIN_PRIVATE, seen::LAYERS],
        fix: r"
Let the service wear the group:

```yaml
TaskService:
  Type: AWS::ECS::Service
  Properties:
    Cluster: !Ref Cluster
    TaskDefinition: !Ref TaskDefinition
    LaunchType: FARGATE
    NetworkConfiguration:
      AwsvpcConfiguration:
        Subnets: [!Ref TaskSubnetA, !Ref TaskSubnetB]
        SecurityGroups: [!GetAtt TaskSecurityGroup.GroupId]
```
",
        sources: &[see::TASK_NETWORKING],
    },
];
