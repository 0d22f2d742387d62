//! What the tasks' groups let in and out.

use crate::diagnostic::{Code, Severity};

use super::{Page, sources as see, symptoms as seen};

pub(super) const PAGES: &[Page] = &[
    Page {
        code: Code::TaskEgressMissing,
        severity: Severity::Error,
        cause: "The tasks' groups have egress rules, and none of them covers TCP 443 to the \
            endpoint. Names resolve, the endpoint is up and would let the task in, and the packet \
            never leaves the task's interface. The message is the same as for a closed endpoint: a \
            timeout with a private address.\n\n\
            Since platform version 1.4.0 the task's own groups decide about the login and the pull \
            as well, not only about what the application does. No rule is needed for DNS with \
            Amazon's name server nor for the task's credentials: groups do not filter those.",
        symptoms: &[
            seen::LOGIN_PRIVATE,
            seen::LOGIN,
            seen::MANIFEST_PRIVATE,
            seen::LOGS,
            seen::LOGS_RETRIED,
        ],
        fix: r"
Let HTTPS out to whoever wears the endpoints' group. It needs no addresses, and CloudFormation
has no attribute for those anyway.

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
        DestinationSecurityGroupId: !GetAtt EndpointSecurityGroup.GroupId
        Description: Interface endpoints
      - IpProtocol: tcp
        FromPort: 443
        ToPort: 443
        DestinationPrefixListId: !Ref S3PrefixListId
        Description: ECR layers in S3
```
",
        sources: &[see::PLATFORM_MIGRATION, see::TASK_NETWORKING, see::CANNOT_INITIALIZE],
    },
    Page {
        code: Code::TaskEgressPartial,
        severity: Severity::Error,
        cause: "The tasks' groups let HTTPS out to some of the endpoint's interfaces and not to \
            all. The name resolves to every interface of the endpoint, so a task gets one that is \
            open or one that is not: pulls fail now and then, or in one availability zone.\n\n\
            It comes of rules that list addresses or subnets. Each endpoint has one address a \
            subnet, two endpoints in three zones have six; adding a subnet or replacing the \
            endpoint changes the set and not the rules.",
        symptoms: &[seen::LOGIN_PRIVATE, seen::MANIFEST_PRIVATE],
        fix: r"
Name the endpoints' group, which all of their interfaces wear:

```yaml
TaskEgressToEndpoints:
  Type: AWS::EC2::SecurityGroupEgress
  Properties:
    GroupId: !GetAtt TaskSecurityGroup.GroupId
    IpProtocol: tcp
    FromPort: 443
    ToPort: 443
    DestinationSecurityGroupId: !GetAtt EndpointSecurityGroup.GroupId
    Description: Interface endpoints
```

If it has to be addresses, list the ones there are now:

```sh
aws ec2 describe-network-interfaces --filters Name=interface-type,Values=vpc_endpoint \
  --query 'NetworkInterfaces[].[Description,PrivateIpAddress]' --output text
```
",
        sources: &[see::PRIVATELINK, see::GROUP_RULES],
    },
    Page {
        code: Code::S3EgressMissing,
        severity: Severity::Error,
        cause: "The tasks' groups let nothing out to S3. ECR keeps layers in S3 and hands out \
            signed links to them, so a pull logs in, reads the manifest, and hangs at the first \
            layer. A gateway endpoint is a route and not an interface: it has no group and no \
            address in the VPC. The task talks to S3's public addresses, and its group has to \
            allow them.\n\n\
            S3's addresses are in a prefix list that AWS keeps up to date. Its id differs by \
            region.",
        symptoms: &[seen::LAYERS, seen::LAYERS_HOST, seen::ENV_FILES],
        fix: r"
Find the id of the list in the region of the stack:

```sh
aws ec2 describe-managed-prefix-lists --region REGION \
  --filters Name=prefix-list-name,Values=com.amazonaws.REGION.s3 \
  --query 'PrefixLists[0].PrefixListId' --output text
```

And let HTTPS out to it:

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
",
        sources: &[see::S3_GATEWAY, see::PREFIX_LISTS, see::ECR_ENDPOINTS],
    },
    Page {
        code: Code::WrongPrefixList,
        severity: Severity::Error,
        cause: "The prefix list in the rule is not S3's in this region. Ids of AWS's lists differ \
            by region and service, and the same id can mean one thing here and another there: \
            `pl-78a54011` is S3 in ap-south-1 and ap-northeast-2, and DynamoDB in \
            ap-northeast-1.\n\n\
            So an id that came from another region may deploy without a word and open the wrong \
            service, and the pull stops at the layers as if there were no rule. Where the id means \
            nothing in the region, the deployment fails.",
        symptoms: &[seen::LAYERS, seen::NO_PREFIX_LIST],
        fix: r"
Ask EC2 in the region of the stack; tables on the web have wrong ids:

```sh
aws ec2 describe-managed-prefix-lists --region REGION \
  --filters Name=prefix-list-name,Values=com.amazonaws.REGION.s3 \
  --query 'PrefixLists[0].PrefixListId' --output text
```

In a template for several regions, keep one id for each:

```yaml
TaskEgressToS3:
  Type: AWS::EC2::SecurityGroupEgress
  Properties:
    GroupId: !GetAtt TaskSecurityGroup.GroupId
    IpProtocol: tcp
    FromPort: 443
    ToPort: 443
    DestinationPrefixListId: !FindInMap [Regions, !Ref AWS::Region, S3PrefixList]
    Description: ECR layers in S3
```
",
        sources: &[see::PREFIX_LISTS, see::S3_GATEWAY],
    },
    Page {
        code: Code::MalformedPrefixList,
        severity: Severity::Error,
        cause: "`DestinationPrefixListId` is not an id as EC2 gives them: `pl-` and 8 or 17 \
            hexadecimal digits. Often it is the list's name, `com.amazonaws.R.s3`, where the id \
            belongs. CloudFormation and linters take any text; EC2 refuses the rule when the stack \
            is deployed.",
        symptoms: &[seen::NO_PREFIX_LIST],
        fix: r"
Turn the name into the id:

```sh
aws ec2 describe-managed-prefix-lists --region REGION \
  --filters Name=prefix-list-name,Values=com.amazonaws.REGION.s3 \
  --query 'PrefixLists[0].PrefixListId' --output text
```

```yaml
TaskEgressToS3:
  Type: AWS::EC2::SecurityGroupEgress
  Properties:
    GroupId: !GetAtt TaskSecurityGroup.GroupId
    IpProtocol: tcp
    FromPort: 443
    ToPort: 443
    DestinationPrefixListId: pl-61a54008
    Description: ECR layers in S3 of ap-northeast-1
```

A parameter for it refuses anything else with `AllowedPattern: ^pl-([0-9a-f]{8}|[0-9a-f]{17})$`.
",
        sources: &[see::EGRESS_PROPERTY, see::PREFIX_LISTS],
    },
    Page {
        code: Code::WideTaskEgress,
        severity: Severity::Warning,
        cause: "The tasks' groups let out more than the tasks need. Most often there are no egress \
            rules, and EC2's own rule allows everything; or a rule names the whole VPC where the \
            endpoints' group would do. The pull works. What is lost is the point of endpoints \
            without internet: code that gets into a task can talk to whatever the routes lead \
            to.\n\n\
            A pull needs two rules: TCP 443 to the endpoints, and TCP 443 to S3's prefix list. \
            Anything else should be there because the application asks for it.",
        symptoms: &[],
        fix: r"
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
        DestinationSecurityGroupId: !GetAtt EndpointSecurityGroup.GroupId
        Description: Interface endpoints
      - IpProtocol: tcp
        FromPort: 443
        ToPort: 443
        DestinationPrefixListId: !Ref S3PrefixListId
        Description: ECR layers in S3
```

S3's list opens all of S3 in the region. Which buckets may be read through the gateway is for its
policy to say.
",
        sources: &[see::GROUP_RESOURCE, see::TASK_NETWORKING],
    },
    Page {
        code: Code::WideTaskIngress,
        severity: Severity::Warning,
        cause: "The tasks' groups let in everyone. A pull needs nobody to be let in: the task \
            opens every connection itself, and answers to it pass whatever the ingress rules say. \
            A rule that is there to make the pull work does nothing for it. If the application \
            listens, it is for its load balancer or its callers to be let in, and not for the \
            world.",
        symptoms: &[],
        fix: r"
Drop the rule, or name who calls:

```yaml
TaskIngressFromLoadBalancer:
  Type: AWS::EC2::SecurityGroupIngress
  Properties:
    GroupId: !GetAtt TaskSecurityGroup.GroupId
    IpProtocol: tcp
    FromPort: 8080
    ToPort: 8080
    SourceSecurityGroupId: !GetAtt LoadBalancerSecurityGroup.GroupId
    Description: The load balancer
```
",
        sources: &[see::GROUP_RULES, see::CONNECTION_TRACKING],
    },
    Page {
        code: Code::RemovesDefaultEgress,
        severity: Severity::Warning,
        cause: "An `AWS::EC2::SecurityGroupEgress` adds a rule to a group that is made elsewhere, \
            and takes away more than it says: with the first such rule CloudFormation removes the \
            group's rule that allows everything. Whatever else wears the group, or the same task \
            for its database and its other services, loses every destination that has no rule of \
            its own.\n\n\
            Nothing is printed at deployment. It shows as timeouts of connections that this stack \
            has nothing to do with.",
        symptoms: &[],
        fix: r"
Make a group for the tasks of this stack, with all the egress that they need, and let them wear
that one instead of the shared group:

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
        DestinationSecurityGroupId: !GetAtt EndpointSecurityGroup.GroupId
        Description: Interface endpoints
      - IpProtocol: tcp
        FromPort: 443
        ToPort: 443
        DestinationPrefixListId: !Ref S3PrefixListId
        Description: ECR layers in S3
```

To see whether the group still has the rule before deploying:

```sh
aws ec2 describe-security-group-rules --filters Name=group-id,Values=GROUP_ID \
  --query 'SecurityGroupRules[?IsEgress].[IpProtocol,CidrIpv4]' --output text
```
",
        sources: &[see::EGRESS_RESOURCE, see::GROUP_RESOURCE],
    },
    Page {
        code: Code::EfsEgressMissing,
        severity: Severity::Error,
        cause: "The task mounts a file system of EFS, and its groups let out no TCP 2049. NFS goes \
            to the mount targets, which are interfaces in the VPC with groups of their own; the \
            endpoints' rule for 443 does not cover it. The mount is part of starting the task, so \
            the task never runs.\n\n\
            The message speaks of a name where the VPC's DNS or the mount target of the zone is \
            missing; look at those too.",
        symptoms: &[seen::EFS],
        fix: r"
Let NFS out to the mount targets' group, and in there from the tasks:

```yaml
TaskEgressToFiles:
  Type: AWS::EC2::SecurityGroupEgress
  Properties:
    GroupId: !GetAtt TaskSecurityGroup.GroupId
    IpProtocol: tcp
    FromPort: 2049
    ToPort: 2049
    DestinationSecurityGroupId: !GetAtt FileSecurityGroup.GroupId
    Description: NFS to the mount targets
FileIngressFromTasks:
  Type: AWS::EC2::SecurityGroupIngress
  Properties:
    GroupId: !GetAtt FileSecurityGroup.GroupId
    IpProtocol: tcp
    FromPort: 2049
    ToPort: 2049
    SourceSecurityGroupId: !GetAtt TaskSecurityGroup.GroupId
    Description: NFS from the tasks
```
",
        sources: &[see::EFS_NETWORK, see::CANNOT_INITIALIZE],
    },
    Page {
        code: Code::EfsIngressMissing,
        severity: Severity::Error,
        cause: "The task mounts a file system of EFS, and the groups of its mount targets let in no \
            TCP 2049 from the task. The task's own groups may let it out; the connection ends at the \
            mount target, and the task never runs.",
        symptoms: &[seen::EFS],
        fix: r"
Let NFS in from the tasks' group:

```yaml
FileIngressFromTasks:
  Type: AWS::EC2::SecurityGroupIngress
  Properties:
    GroupId: !GetAtt FileSecurityGroup.GroupId
    IpProtocol: tcp
    FromPort: 2049
    ToPort: 2049
    SourceSecurityGroupId: !GetAtt TaskSecurityGroup.GroupId
    Description: NFS from the tasks
```
",
        sources: &[see::EFS_NETWORK, see::CANNOT_INITIALIZE],
    },
];
