"""Prints a CloudFormation template of about 75 kB with 17 parameters: a network, endpoints, and as many
Fargate services as it takes, each with a group, a role and a task definition of its own."""

BYTES = 75_000

PARAMETERS = """\
  VpcId: {Type: "AWS::EC2::VPC::Id"}
  VpcCidr: {Type: String, Default: 10.0.0.0/16}
  SubnetA: {Type: "AWS::EC2::Subnet::Id"}
  SubnetB: {Type: "AWS::EC2::Subnet::Id"}
  SubnetC: {Type: "AWS::EC2::Subnet::Id"}
  RouteTables: {Type: CommaDelimitedList}
  S3PrefixList: {Type: String, Default: pl-61a54008}
  Registry: {Type: String, Default: "012345678901"}
  Tag: {Type: String, Default: latest}
  Cpu: {Type: String, Default: "256"}
  Memory: {Type: String, Default: "512"}
  Count: {Type: Number, Default: 2}
  LogDays: {Type: Number, Default: 30}
  Stage: {Type: String, AllowedValues: [test, production]}
  Owner: {Type: String, Default: platform}
  Exec: {Type: String, Default: "false", AllowedValues: ["true", "false"]}
  ClusterName: {Type: String, Default: main}
"""

POLICY = """\
        PolicyDocument:
          Version: "2012-10-17"
          Statement:
            - {{Effect: Allow, Principal: "*", Action: "{action}", Resource: {resource}}}
"""


def endpoint(name, service, action, resource):
    return f"""\
  {name}Endpoint:
    Type: AWS::EC2::VPCEndpoint
    Properties:
        VpcEndpointType: Interface
        ServiceName: !Sub com.amazonaws.${{AWS::Region}}.{service}
        VpcId: !Ref VpcId
        SubnetIds: [!Ref SubnetA, !Ref SubnetB, !Ref SubnetC]
        SecurityGroupIds: [!GetAtt EndpointSecurityGroup.GroupId]
        PrivateDnsEnabled: true
{POLICY.format(action=action, resource=resource)}"""


def service(number):
    return f"""\
  Task{number}SecurityGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: !Sub Tasks of service {number} in ${{Stage}}
      VpcId: !Ref VpcId
      SecurityGroupEgress:
        - IpProtocol: tcp
          FromPort: 443
          ToPort: 443
          DestinationSecurityGroupId: !GetAtt EndpointSecurityGroup.GroupId
        - IpProtocol: tcp
          FromPort: 443
          ToPort: 443
          DestinationPrefixListId: !Ref S3PrefixList
      Tags:
        - {{Key: owner, Value: !Ref Owner}}
  Log{number}Group:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub /${{Stage}}/service-{number}
      RetentionInDays: !Ref LogDays
  Execution{number}Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {{Service: ecs-tasks.amazonaws.com}}
            Action: sts:AssumeRole
      ManagedPolicyArns:
        - !Sub arn:${{AWS::Partition}}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
  Definition{number}:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: !Sub service-{number}-${{Stage}}
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: !Ref Cpu
      Memory: !Ref Memory
      ExecutionRoleArn: !GetAtt Execution{number}Role.Arn
      ContainerDefinitions:
        - Name: app
          Image: !Sub ${{Registry}}.dkr.ecr.${{AWS::Region}}.${{AWS::URLSuffix}}/service-{number}:${{Tag}}
          PortMappings:
            - {{ContainerPort: 8080, Protocol: tcp}}
          Environment:
            - {{Name: STAGE, Value: !If [IsProduction, production, test]}}
          LogConfiguration:
            LogDriver: awslogs
            Options:
              awslogs-group: !Ref Log{number}Group
              awslogs-region: !Ref AWS::Region
              awslogs-stream-prefix: app
  Service{number}:
    Type: AWS::ECS::Service
    DependsOn: [ApiEndpoint, DkrEndpoint, LogsEndpoint, S3Endpoint]
    Properties:
      Cluster: !Ref ClusterName
      LaunchType: FARGATE
      DesiredCount: !If [IsProduction, !Ref Count, 1]
      EnableExecuteCommand: !Ref Exec
      TaskDefinition: !Ref Definition{number}
      NetworkConfiguration:
        AwsvpcConfiguration:
          AssignPublicIp: DISABLED
          Subnets: [!Ref SubnetA, !Ref SubnetB, !Ref SubnetC]
          SecurityGroups: [!GetAtt Task{number}SecurityGroup.GroupId]
"""


def template():
    repositories = "!Sub 'arn:${AWS::Partition}:ecr:${AWS::Region}:${Registry}:repository/*'"
    text = f"""\
AWSTemplateFormatVersion: "2010-09-09"
Description: Many services behind endpoints
Parameters:
{PARAMETERS}Conditions:
  IsProduction: !Equals [!Ref Stage, production]
Resources:
  EndpointSecurityGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: Endpoints
      VpcId: !Ref VpcId
      SecurityGroupIngress:
        - {{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: !Ref VpcCidr}}
      SecurityGroupEgress:
        - {{IpProtocol: "-1", CidrIp: 127.0.0.1/32}}
{endpoint("Api", "ecr.api", "ecr:GetAuthorizationToken", '"*"')}\
{endpoint("Dkr", "ecr.dkr", "ecr:*", repositories)}\
{endpoint("Logs", "logs", "logs:*", '"*"')}\
  S3Endpoint:
    Type: AWS::EC2::VPCEndpoint
    Properties:
        VpcEndpointType: Gateway
        ServiceName: !Sub com.amazonaws.${{AWS::Region}}.s3
        VpcId: !Ref VpcId
        RouteTableIds: !Ref RouteTables
{POLICY.format(action="s3:GetObject", resource="!Sub 'arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*'")}"""
    number = 0
    while len(text) < BYTES:
        number += 1
        text += service(number)
    return text


if __name__ == "__main__":
    print(template(), end="")
