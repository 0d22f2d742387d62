//! A template with every function, every section and most types of resources.

use super::watched::watched;

pub(super) const TEXT: &str = r#"AWSTemplateFormatVersion: "2010-09-09"
Transform: [AWS::LanguageExtensions]
Metadata:
  FargateEgress: {Existing: [logs]}
Parameters:
  Stage: {Type: String, AllowedValues: [dev, prod]}
  Cidrs: {Type: CommaDelimitedList, Default: "10.0.0.0/16, 10.1.0.0/16"}
  Subnets: {Type: "List<AWS::EC2::Subnet::Id>"}
  Looked: {Type: "AWS::SSM::Parameter::Value<String>", Default: /a/b}
Mappings:
  Regions:
    ap-northeast-1: {List: pl-61a54008, Zones: [a, c]}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
  Dev: !Not [Condition: Prod]
  Both: !And [!Condition Prod, !Equals [!Ref AWS::Region, ap-northeast-1]]
  Either: !Or [!Condition Dev, Condition: Both]
Rules:
  Here:
    Assertions:
      - Assert: !Contains [[ap-northeast-1], !Ref AWS::Region]
x-rule: &https {IpProtocol: tcp, FromPort: 443, ToPort: 443}
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties: {CidrBlock: !Select [0, !Ref Cidrs], EnableDnsHostnames: !If [Prod, true, "true"]}
  Fn::ForEach::Subnets:
    - Letter
    - [A, B, C]
    - Subnet${Letter}:
        Type: AWS::EC2::Subnet
        Properties:
          VpcId: !Ref Vpc
          CidrBlock: !Select [0, !Cidr [!GetAtt Vpc.CidrBlock, 4, 8]]
          AvailabilityZone: !Select [1, !GetAZs ""]
  Tasks:
    Type: AWS::EC2::SecurityGroup
    Properties:
      VpcId: !Ref Vpc
      GroupDescription: !Join [" ", [the, tasks, !Ref AWS::StackName]]
      SecurityGroupEgress:
        - <<: *https
          DestinationPrefixListId: !FindInMap [Regions, !Ref AWS::Region, List]
        - <<: *https
          DestinationSecurityGroupId: !GetAtt Endpoints.GroupId
        - !If [Either, {<<: *https, CidrIp: !ImportValue other-cidr}, !Ref AWS::NoValue]
  Endpoints:
    Type: AWS::EC2::SecurityGroup
    DependsOn: Vpc
    Properties: {VpcId: !Ref Vpc, GroupDescription: !Base64 endpoints}
  In:
    Type: AWS::EC2::SecurityGroupIngress
    Condition: Prod
    Properties:
      <<: *https
      GroupId: !Ref Endpoints
      CidrIp: {"Fn::Select": ["1", {"Fn::Split": [",", "10.1.0.0/16,10.0.0.0/16"]}]}
  Api:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcEndpointType: Interface
      ServiceName: !Sub ["com.amazonaws.${R}.${Service}", {R: !Ref AWS::Region, Service: ecr.api}]
      VpcId: !Ref Vpc
      SubnetIds: [!Ref SubnetA, !Ref SubnetB]
      SecurityGroupIds: [!Ref Endpoints]
      PrivateDnsEnabled: true
      PolicyDocument: {"Fn::ToJsonString": {Statement: [{Effect: Allow, Principal: "*", Action: "ecr:*", Resource: "*"}]}}
  Dkr:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcEndpointType: !If [Prod, Interface, Interface]
      ServiceName: {"Fn::Join": [".", ["com.amazonaws", !Ref AWS::Region, "ecr.dkr"]]}
      VpcId: !Ref Vpc
      SubnetIds: !Ref Subnets
      PrivateDnsEnabled: !Equals [!Ref Stage, prod]
      PolicyDocument: '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
  S3:
    Type: AWS::EC2::VPCEndpoint
    Properties: {ServiceName: !Sub "com.amazonaws.${AWS::Region}.s3", VpcId: !Ref Vpc, RouteTableIds: [!Ref Table]}
  Table:
    Type: AWS::EC2::RouteTable
    Properties: {VpcId: !Ref Vpc}
  Association:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: {SubnetId: !Ref SubnetA, RouteTableId: !Ref Table}
  Route:
    Type: AWS::EC2::Route
    Properties: {RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: nat-0123456789abcdef0}
  Acl:
    Type: AWS::EC2::NetworkAcl
    Properties: {VpcId: !Ref Vpc}
  Entry:
    Type: AWS::EC2::NetworkAclEntry
    Properties: {NetworkAclId: !Ref Acl, RuleNumber: 100, Protocol: 6, RuleAction: allow, CidrBlock: 0.0.0.0/0, PortRange: {From: 0, To: 65535}}
  UsesAcl:
    Type: AWS::EC2::SubnetNetworkAclAssociation
    Properties: {SubnetId: !Ref SubnetA, NetworkAclId: !Ref Acl}
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies: [{PolicyName: p, PolicyDocument: {Statement: {Effect: Allow, Action: "*", Resource: "*"}}}]
  Definition:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ExecutionRoleArn: !GetAtt Role.Arn
      ContainerDefinitions:
        - Name: app
          Image: !Sub "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/app@{{resolve:ssm:/digest}}"
          Secrets: [{Name: S, ValueFrom: !Ref Looked}]
          LogConfiguration: {LogDriver: awslogs, Options: {awslogs-region: !Ref AWS::Region}}
  Service:
    Type: AWS::ECS::Service
    Properties:
      LaunchType: FARGATE
      TaskDefinition: !Ref Definition
      NetworkConfiguration:
        AwsvpcConfiguration: {Subnets: [!Ref SubnetA, !Ref SubnetB], SecurityGroups: [!Ref Tasks]}
  Macro:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: !Transform {Name: Where, Parameters: {A: 1}}}
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString: !Sub '{"StartAt":"Run","States":{"Run":{"Type":"Task","Resource":"arn:aws:states:::ecs:runTask.sync","Parameters":{"LaunchType":"FARGATE","TaskDefinition":"${Definition}"},"End":true}}}'
Outputs:
  Tasks:
    Value: !GetAtt Tasks.GroupId
    Export: {Name: !Sub "${AWS::StackName}-tasks"}
  Count:
    Value: !Length [a, b]
"#;

#[test]
fn a_template_with_everything_is_judged() {
    let end = watched("everything", vec![TEXT.to_owned()]);
    assert!(end.is_judged(), "{end:?}");
}
