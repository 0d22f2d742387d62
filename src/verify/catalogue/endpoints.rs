//! That the endpoints are there, and are what EC2 takes.

use crate::diagnostic::{Code, Severity};

use super::{Page, sources as see, symptoms as seen};

pub(super) const PAGES: &[Page] = &[
    Page {
        code: Code::EndpointMissing,
        severity: Severity::Error,
        cause: "The VPC has no endpoint for a service that the task calls, and its subnets have no \
            other way out. From platform version 1.4.0 on, the login to ECR, the manifest, the \
            layers, secrets and logs all leave through the task's own network interface, so each \
            of them needs its own endpoint: `ecr.api`, `ecr.dkr`, the S3 gateway, and `logs`, \
            `secretsmanager`, `ssm` or `kms` as far as the task uses them.\n\n\
            Without the endpoint the service's name resolves to a public address. Nothing refuses \
            the connection, nothing answers it either, so it shows as a timeout and not as an \
            error of permissions. Which message appears says which endpoint is missing: the pull \
            stops at the first one.",
        symptoms: &[
            seen::LOGIN_PUBLIC,
            seen::LOGIN,
            seen::MANIFEST,
            seen::MANIFEST_PUBLIC,
            seen::LAYERS,
            seen::SECRET,
            seen::PARAMETER,
            seen::PARAMETER_RETRIED,
            seen::LOGS,
            seen::LOGS_RETRIED,
            seen::EXEC,
            seen::START_TIMEOUT,
        ],
        fix: r"
Add what is missing of these three, and one interface endpoint for each further service.
`fargate-egress` generates all of them with their groups from a config.

```yaml
EcrApiEndpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Interface
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.ecr.api
    PrivateDnsEnabled: true
    SubnetIds: [!Ref TaskSubnetA, !Ref TaskSubnetB]
    SecurityGroupIds: [!GetAtt EndpointSecurityGroup.GroupId]
EcrDkrEndpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Interface
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.ecr.dkr
    PrivateDnsEnabled: true
    SubnetIds: [!Ref TaskSubnetA, !Ref TaskSubnetB]
    SecurityGroupIds: [!GetAtt EndpointSecurityGroup.GroupId]
S3Endpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Gateway
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.s3
    RouteTableIds: [!Ref TaskRouteTableA, !Ref TaskRouteTableB]
```
",
        sources: &[
            see::ECR_ENDPOINTS,
            see::ECS_ENDPOINTS,
            see::CANNOT_INITIALIZE,
            see::START_TIMEOUT,
        ],
    },
    Page {
        code: Code::EndpointType,
        severity: Severity::Error,
        cause: "The endpoint is a gateway where its service takes an interface, or the other way \
            round. CloudFormation takes `Gateway` where no `VpcEndpointType` is given, and only S3 \
            and DynamoDB have gateways: an endpoint for `ecr.api` or `ecr.dkr` without a type is \
            refused when the stack is deployed.\n\n\
            For S3 it is quieter. An interface endpoint for S3 deploys, and the task logs in and \
            reads the manifest. But AWS asks for the gateway where layers are pulled: they are \
            fetched by S3's ordinary host names, and where those lead past the interface endpoint \
            the pull stops at the layers.",
        symptoms: &[seen::LAYERS, seen::LAYERS_HOST],
        fix: r"
Say the type of each endpoint. A change of type replaces the endpoint.

```yaml
EcrDkrEndpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Interface
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.ecr.dkr
    PrivateDnsEnabled: true
    SubnetIds: [!Ref TaskSubnetA, !Ref TaskSubnetB]
    SecurityGroupIds: [!GetAtt EndpointSecurityGroup.GroupId]
S3Endpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Gateway
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.s3
    RouteTableIds: [!Ref TaskRouteTableA, !Ref TaskRouteTableB]
```
",
        sources: &[see::ENDPOINT_RESOURCE, see::ECR_ENDPOINTS, see::GATEWAY_ENDPOINTS],
    },
    Page {
        code: Code::EndpointServiceUnknown,
        severity: Severity::Error,
        cause: "`ServiceName` is no service that EC2 has endpoints for. Most often it is a \
            hyphen for a dot, `ecr-dkr` for `ecr.dkr`, or a lost letter. Linters let it pass, \
            because any text may be the name of somebody's endpoint service; EC2 looks it up when \
            the endpoint is made, and the stack rolls back.",
        symptoms: &[seen::NO_SUCH_SERVICE],
        fix: r"
List what there is, and write the name that is printed:

```sh
aws ec2 describe-vpc-endpoint-services --query 'ServiceNames[?contains(@, `ecr`)]'
```

```yaml
EcrDkrEndpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Interface
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.ecr.dkr
    PrivateDnsEnabled: true
    SubnetIds: [!Ref TaskSubnetA, !Ref TaskSubnetB]
    SecurityGroupIds: [!GetAtt EndpointSecurityGroup.GroupId]
```
",
        sources: &[see::ECR_ENDPOINTS, see::ENDPOINT_RESOURCE],
    },
    Page {
        code: Code::EndpointServicePartition,
        severity: Severity::Error,
        cause: "The service name has the beginning of another partition. ECR's endpoints are \
            `com.amazonaws.…` in the commercial regions and in GovCloud, `cn.com.amazonaws.…` in \
            China and `eu.amazonaws.…` in the European Sovereign Cloud; the S3 gateway stays \
            `com.amazonaws.…` in all of these.\n\n\
            The rule is by service and not only by partition, so a template that replaces the \
            beginning everywhere is as wrong as one that never does. EC2 does not know the name, \
            and the stack rolls back.",
        symptoms: &[seen::NO_SUCH_SERVICE],
        fix: r"
For ECR in China:

```yaml
EcrApiEndpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Interface
    VpcId: !Ref Vpc
    ServiceName: !Sub cn.com.amazonaws.${AWS::Region}.ecr.api
    PrivateDnsEnabled: true
    SubnetIds: [!Ref TaskSubnetA, !Ref TaskSubnetB]
    SecurityGroupIds: [!GetAtt EndpointSecurityGroup.GroupId]
```
",
        sources: &[see::ENDPOINT_RESOURCE, see::ECR_ENDPOINTS],
    },
    Page {
        code: Code::EndpointServiceRegion,
        severity: Severity::Error,
        cause: "The endpoint is for the service of another region than the one the stack is \
            deployed to. A region written into `ServiceName` is usually left from the region that \
            the template was copied from, and EC2 does not find such a service here.\n\n\
            With `ServiceRegion` an interface endpoint can reach into another region, but that \
            does not help a pull: the S3 gateway and S3's prefix list serve their own region only, \
            so the layers stay out of reach.",
        symptoms: &[seen::NO_SUCH_SERVICE, seen::LAYERS],
        fix: r"
Let CloudFormation write the region, and leave `ServiceRegion` out:

```yaml
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
        sources: &[see::ENDPOINT_RESOURCE, see::S3_GATEWAY],
    },
    Page {
        code: Code::EndpointWithoutSubnets,
        severity: Severity::Error,
        cause: "The interface endpoint names no subnets. It gets one network interface for each \
            subnet that it names, so it has none: no address, and nothing to connect to. \
            CloudFormation does not require `SubnetIds`, and nothing complains before tasks time \
            out.",
        symptoms: &[seen::LOGIN, seen::MANIFEST],
        fix: r"
Name one subnet in every availability zone that tasks run in:

```yaml
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
        sources: &[see::ENDPOINT_RESOURCE, see::PRIVATELINK],
    },
    Page {
        code: Code::EndpointProperty,
        severity: Severity::Warning,
        cause: "A property is set that this type of endpoint does not have. Subnets, groups and \
            private DNS belong to interface endpoints, route tables to gateways. CloudFormation \
            has one resource for all types and accepts every property; EC2 accepts those of the \
            type, so the stack fails when the endpoint is made.\n\n\
            Where it is a gateway with subnets and groups, look at the type as well: it may have \
            been meant as an interface endpoint, and the type was forgotten.",
        symptoms: &[],
        fix: r"
A gateway endpoint has route tables and nothing else beside its policy:

```yaml
S3Endpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Gateway
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.s3
    RouteTableIds: [!Ref TaskRouteTableA, !Ref TaskRouteTableB]
```
",
        sources: &[see::ENDPOINT_RESOURCE],
    },
    Page {
        code: Code::DuplicateEndpoint,
        severity: Severity::Error,
        cause: "Two endpoints in one VPC serve the same service, and both have private DNS on. \
            Private DNS gives the service's own name to the endpoint, and a VPC can give a name \
            away once: the second endpoint is refused. It happens where another stack of the VPC \
            has the endpoint already, and when an endpoint has to be replaced, because \
            CloudFormation makes the new one before it deletes the old one.",
        symptoms: &[seen::CONFLICTING_DOMAIN],
        fix: r"
Keep one endpoint and let everybody use it; `ecr.dkr` answers for the registries of every account
in the region. If the other stack's endpoint stays, drop this one and import the id of its group
for the tasks' egress rule:

```yaml
TaskEgressToEndpoints:
  Type: AWS::EC2::SecurityGroupEgress
  Properties:
    GroupId: !GetAtt TaskSecurityGroup.GroupId
    IpProtocol: tcp
    FromPort: 443
    ToPort: 443
    DestinationSecurityGroupId: !ImportValue endpoint-security-group
```

To replace an endpoint, turn its private DNS off in one deployment and replace it in the next;
pulls fail in between.
",
        sources: &[see::INTERFACE_ENDPOINTS, see::ENDPOINT_RESOURCE],
    },
    Page {
        code: Code::EndpointSubnetsInOneZone,
        severity: Severity::Error,
        cause: "Two of the endpoint's subnets are in the same availability zone. An interface \
            endpoint has one network interface in a zone, so EC2 takes one subnet of each zone. \
            The subnets that tasks run in may share a zone: every subnet of the VPC reaches the \
            endpoint by its route to the VPC itself.",
        symptoms: &[seen::ONE_ZONE],
        fix: r"
Name one subnet a zone, and give each its own zone:

```yaml
TaskSubnetA:
  Type: AWS::EC2::Subnet
  Properties:
    VpcId: !Ref Vpc
    CidrBlock: 10.0.0.0/24
    AvailabilityZone: !Select [0, !GetAZs '']
TaskSubnetB:
  Type: AWS::EC2::Subnet
  Properties:
    VpcId: !Ref Vpc
    CidrBlock: 10.0.1.0/24
    AvailabilityZone: !Select [1, !GetAZs '']
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
        sources: &[see::PRIVATELINK, see::INTERFACE_ENDPOINTS],
    },
    Page {
        code: Code::EndpointSubnetVpc,
        severity: Severity::Error,
        cause: "The endpoint is in one VPC, and a subnet or group that it names is in another. An \
            endpoint's interfaces are part of its VPC, and a group can be worn only by interfaces \
            of the group's VPC, so EC2 refuses it. In templates with two VPCs it is most often one \
            copied line.",
        symptoms: &[],
        fix: r"
Take VPC, subnets and groups from one place:

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
        sources: &[see::ENDPOINT_RESOURCE, see::INTERFACE_ENDPOINTS],
    },
    Page {
        code: Code::OtherVpc,
        severity: Severity::Error,
        cause: "A task's subnet is in one VPC, and a group that the task wears, or the route table that \
            the subnet is to use, in another. A group can be worn only by interfaces of its VPC, and \
            a table used only by its subnets, so EC2 refuses it. In templates with two VPCs it is \
            most often one copied line.",
        symptoms: &[],
        fix: r"
Take VPC, subnets, route tables and groups from one place:

```yaml
TaskRouteTableA:
  Type: AWS::EC2::RouteTable
  Properties:
    VpcId: !Ref Vpc
TaskSecurityGroup:
  Type: AWS::EC2::SecurityGroup
  Properties:
    GroupDescription: Tasks
    VpcId: !Ref Vpc
```
",
        sources: &[see::ROUTE_TABLES],
    },
    Page {
        code: Code::EndpointZones,
        severity: Severity::Note,
        cause: "Tasks run in an availability zone in which the endpoint has no interface. Pulls \
            work: the name resolves to the interfaces of other zones. What is lost is \
            independence, because the tasks cannot start when that other zone is down, and \
            traffic between zones is charged.",
        symptoms: &[],
        fix: r"
Give the endpoint a subnet in every zone that tasks run in. `SubnetIds` changes in place. A rule
that names the endpoint's group lets the new interface in as well; one that lists addresses needs
the new address.

```yaml
EcrApiEndpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Interface
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.ecr.api
    PrivateDnsEnabled: true
    SubnetIds: [!Ref TaskSubnetA, !Ref TaskSubnetB, !Ref TaskSubnetC]
    SecurityGroupIds: [!GetAtt EndpointSecurityGroup.GroupId]
```
",
        sources: &[see::PRIVATELINK],
    },
    Page {
        code: Code::EcsEndpointsInPart,
        severity: Severity::Warning,
        cause: "One or two of `ecs`, `ecs-agent` and `ecs-telemetry` have an endpoint. In regions \
            opened since 23 December 2023, such as ca-west-1, Fargate talks to ECS through these \
            endpoints if all three are there, and through the public addresses otherwise. With \
            some of them the traffic takes the public way, which subnets without one do not have: \
            tasks hang before a pull begins.\n\n\
            In older regions Fargate does not need them at all.",
        symptoms: &[],
        fix: r"
Make all three or none:

```yaml
EcsEndpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Interface
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.ecs
    PrivateDnsEnabled: true
    SubnetIds: [!Ref TaskSubnetA, !Ref TaskSubnetB]
    SecurityGroupIds: [!GetAtt EndpointSecurityGroup.GroupId]
EcsAgentEndpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Interface
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.ecs-agent
    PrivateDnsEnabled: true
    SubnetIds: [!Ref TaskSubnetA, !Ref TaskSubnetB]
    SecurityGroupIds: [!GetAtt EndpointSecurityGroup.GroupId]
EcsTelemetryEndpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Interface
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.ecs-telemetry
    PrivateDnsEnabled: true
    SubnetIds: [!Ref TaskSubnetA, !Ref TaskSubnetB]
    SecurityGroupIds: [!GetAtt EndpointSecurityGroup.GroupId]
```
",
        sources: &[see::ECS_ENDPOINTS],
    },
];
