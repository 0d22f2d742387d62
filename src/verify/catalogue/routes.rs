//! That the routes lead to S3, and nowhere else without need.

use crate::diagnostic::{Code, Severity};

use super::{Page, sources as see, symptoms as seen};

pub(super) const PAGES: &[Page] = &[
    Page {
        code: Code::GatewayWithoutRouteTables,
        severity: Severity::Error,
        cause: "The gateway endpoint names no route tables. A gateway endpoint is nothing but a \
            route to S3's prefix list in the tables that it names: with none it exists, shows as \
            available, and nobody uses it. Login and manifest go through the interface endpoints \
            and work, and the pull hangs at the first layer.",
        symptoms: &[seen::LAYERS, seen::LAYERS_HOST, seen::NO_ROUTE],
        fix: r"
Name the route tables of the tasks' subnets; the endpoint is changed in place.

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
        sources: &[see::GATEWAY_ENDPOINTS, see::S3_GATEWAY],
    },
    Page {
        code: Code::GatewayMissesRouteTable,
        severity: Severity::Error,
        cause: "The gateway endpoint is in some route tables, and not in the one that a task's \
            subnet uses. What counts is where the task runs, not where the interface endpoints \
            are. With a table for each zone, one that was forgotten makes pulls fail in that zone \
            only.\n\n\
            A subnet without an association uses the VPC's main table, which a template that makes \
            the VPC cannot name. The message is that of a missing endpoint: login and manifest \
            work, layers time out.",
        symptoms: &[seen::LAYERS, seen::LAYERS_HOST, seen::NO_ROUTE],
        fix: r"
Give every task subnet a table, and the endpoint every table:

```yaml
TaskSubnetARouteTable:
  Type: AWS::EC2::SubnetRouteTableAssociation
  Properties:
    SubnetId: !Ref TaskSubnetA
    RouteTableId: !Ref TaskRouteTableA
TaskSubnetBRouteTable:
  Type: AWS::EC2::SubnetRouteTableAssociation
  Properties:
    SubnetId: !Ref TaskSubnetB
    RouteTableId: !Ref TaskRouteTableB
S3Endpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Gateway
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.s3
    RouteTableIds: [!Ref TaskRouteTableA, !Ref TaskRouteTableB]
```

Adding a table cuts the connections to S3 that are open from its subnets, and S3 sees other source
addresses from then on.
",
        sources: &[see::GATEWAY_ENDPOINTS, see::S3_GATEWAY, see::ROUTE_TABLES],
    },
    Page {
        code: Code::GatewayTwice,
        severity: Severity::Error,
        cause: "Two gateway endpoints of one service are in the same route table. Each wants to \
            add the route to the service's prefix list, and a table takes a destination once, so \
            the second endpoint is refused. It happens mostly across stacks: the network team's \
            stack has the S3 gateway already.",
        symptoms: &[seen::ROUTE_TAKEN],
        fix: r"
Keep one gateway endpoint for a VPC, with all of its tables, and drop the other. Its policy is
everybody's: add what the tasks need to the one that stays.

```yaml
S3Endpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcEndpointType: Gateway
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.s3
    RouteTableIds: [!Ref TaskRouteTableA, !Ref TaskRouteTableB]
```

To see which endpoint has the route:

```sh
aws ec2 describe-vpc-endpoints --filters Name=vpc-id,Values=VPC_ID \
  Name=vpc-endpoint-type,Values=Gateway \
  --query 'VpcEndpoints[].[VpcEndpointId,ServiceName,RouteTableIds]'
```
",
        sources: &[see::GATEWAY_ENDPOINTS, see::ROUTE_TABLES],
    },
    Page {
        code: Code::DeadEndRoute,
        severity: Severity::Error,
        cause: "The task's subnet sends everything to a gateway, and nothing gets further: the NAT \
            gateway stands in a subnet that does not lead to an internet gateway, or the internet \
            gateway is attached to no VPC. The route is there and active, so nothing complains \
            until a task starts; its connections are swallowed and run into their timeouts.",
        symptoms: &[seen::LOGIN_PUBLIC, seen::LOGIN],
        fix: r"
A NAT gateway needs a subnet with a route to an internet gateway that is attached to the VPC:

```yaml
InternetGateway:
  Type: AWS::EC2::InternetGateway
InternetGatewayAttachment:
  Type: AWS::EC2::VPCGatewayAttachment
  Properties:
    VpcId: !Ref Vpc
    InternetGatewayId: !Ref InternetGateway
PublicDefaultRoute:
  Type: AWS::EC2::Route
  DependsOn: InternetGatewayAttachment
  Properties:
    RouteTableId: !Ref PublicRouteTable
    DestinationCidrBlock: 0.0.0.0/0
    GatewayId: !Ref InternetGateway
```
",
        sources: &[see::ROUTE_TABLES],
    },
    Page {
        code: Code::PublicRoute,
        severity: Severity::Note,
        cause: "A task's subnet has a route to a NAT or internet gateway beside the endpoints. \
            Where an endpoint or its DNS is missing, the traffic takes that way and the pull works \
            all the same, which hides the mistake and costs a NAT's data charge. What may leave is \
            then up to the tasks' groups alone.",
        symptoms: &[],
        fix: r"
If the tasks need nothing from the internet, give them a table without a default route. The S3
endpoint adds its own route to it.

```yaml
TaskRouteTableA:
  Type: AWS::EC2::RouteTable
  Properties:
    VpcId: !Ref Vpc
TaskSubnetARouteTable:
  Type: AWS::EC2::SubnetRouteTableAssociation
  Properties:
    SubnetId: !Ref TaskSubnetA
    RouteTableId: !Ref TaskRouteTableA
```

If they do, keep the route, and let the groups name where they may go.
",
        sources: &[see::ROUTE_TABLES, see::TASK_NETWORKING],
    },
    Page {
        code: Code::PublicAddress,
        severity: Severity::Warning,
        cause: "`AssignPublicIp` does not go with the subnet. A public address helps only where \
            the default route leads to an internet gateway; behind a NAT, or with no default route, \
            it does nothing. The other way round, a task without one in a public subnet has a \
            route that it cannot use, because an internet gateway only serves public addresses: \
            what has no endpoint times out.",
        symptoms: &[seen::LOGIN_PUBLIC, seen::MANIFEST_PUBLIC],
        fix: r"
For subnets with endpoints or a NAT:

```yaml
TaskService:
  Type: AWS::ECS::Service
  Properties:
    Cluster: !Ref Cluster
    TaskDefinition: !Ref TaskDefinition
    LaunchType: FARGATE
    NetworkConfiguration:
      AwsvpcConfiguration:
        AssignPublicIp: DISABLED
        Subnets: [!Ref TaskSubnetA, !Ref TaskSubnetB]
        SecurityGroups: [!GetAtt TaskSecurityGroup.GroupId]
```

For public subnets without endpoints, `AssignPublicIp: ENABLED`.
",
        sources: &[see::TASK_NETWORKING, see::CANNOT_PULL],
    },
    Page {
        code: Code::AclBlocks,
        severity: Severity::Error,
        cause: "A network ACL of the subnet drops the traffic. ACLs know no connections, so both \
            halves have to be allowed: for the task's subnet TCP 443 out and ports 1024 to 65535 \
            in, for the endpoint's subnet the mirror of it. The lowest number that matches \
            decides, and a deny counts as much as an allow.\n\n\
            A task asks from any port of a range that its system has: 32768 to 60999 in Linux, \
            49152 to 65535 in Windows. An ACL for that range alone does; that the system keeps to \
            it is taken on trust.\n\n\
            ACLs cannot name prefix lists. One that allows the VPC's prefix is enough for the \
            interface endpoints and not for layers, which come from S3's public addresses.",
        symptoms: &[seen::LOGIN_PRIVATE, seen::MANIFEST_PRIVATE, seen::LAYERS],
        fix: r"
For the tasks' subnets; the groups keep it narrow:

```yaml
TaskAclHttpsOut:
  Type: AWS::EC2::NetworkAclEntry
  Properties:
    NetworkAclId: !Ref TaskAcl
    Egress: true
    RuleNumber: 100
    Protocol: 6
    PortRange: {From: 443, To: 443}
    CidrBlock: 0.0.0.0/0
    RuleAction: allow
TaskAclAnswersIn:
  Type: AWS::EC2::NetworkAclEntry
  Properties:
    NetworkAclId: !Ref TaskAcl
    Egress: false
    RuleNumber: 100
    Protocol: 6
    PortRange: {From: 1024, To: 65535}
    CidrBlock: 0.0.0.0/0
    RuleAction: allow
```
",
        sources: &[see::NETWORK_ACLS, see::S3_GATEWAY],
    },
];
