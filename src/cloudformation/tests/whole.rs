//! Whole templates.

use super::*;

const NETWORK: &str = r#"
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Stage: {Type: String, Default: test}
  Cidr: {Type: String}
Mappings:
  Lists:
    ap-northeast-1: {S3: pl-61a54008}
    us-east-1: {S3: pl-63a5400a}
Conditions:
  IsTest: !Equals [!Ref Stage, test]
  IsLive: !Not [!Condition IsTest]
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties:
      CidrBlock: !Ref Cidr
  Live:
    Type: AWS::EC2::Subnet
    Condition: IsLive
    Properties: {VpcId: !Ref Vpc}
  Group:
    Type: AWS::EC2::SecurityGroup
    DependsOn: Endpoint
    Properties:
      VpcId: !GetAtt Vpc.VpcId
      GroupDescription: !Sub "${Stage} in ${AWS::Region}"
      SecurityGroupEgress:
        - IpProtocol: tcp
          FromPort: 443
          ToPort: 443
          DestinationPrefixListId: !FindInMap [Lists, !Ref AWS::Region, S3]
        - !If [IsLive, {IpProtocol: "-1"}, !Ref AWS::NoValue]
  Endpoint:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      ServiceName: !Join [., [com.amazonaws, !Ref "AWS::Region", s3]]
      VpcId: {Ref: Vpc}
Outputs:
  Vpc:
    Value: !Ref Vpc
    Export: {Name: network-vpc}
"#;

const SERVICE: &str = r#"{
  "Resources": {
    "Group": {
      "Type": "AWS::EC2::SecurityGroup",
      "Properties": {
        "VpcId": {"Fn::ImportValue": "network-vpc"},
        "GroupName": {"Fn::ImportValue": "network-name"}
      }
    }
  }
}"#;

#[test]
fn a_network_and_a_service_that_imports_from_it_come_to_this() {
    let world = right(&[NETWORK, SERVICE], in_tokyo());
    let shown: Vec<String> = all(&world)
        .iter()
        .map(|one| {
            let names: Vec<&str> = one.names.iter().map(|name| &**name).collect();
            format!("{} {} {} {names:?}", one.file, one.id, show(&one.properties))
        })
        .collect();
    assert_eq!(
        shown,
        [
            "0 Vpc {CidrBlock: (parameter 0 Cidr)} []",
            "0 Group {VpcId: <Vpc>, GroupDescription: test in ap-northeast-1, \
             SecurityGroupEgress: [{IpProtocol: tcp, FromPort: 443, ToPort: 443, \
             DestinationPrefixListId: pl-61a54008}]} [\"Endpoint\", \"Vpc\"]",
            "0 Endpoint {ServiceName: com.amazonaws.ap-northeast-1.s3, VpcId: <Vpc>} [\"Vpc\"]",
            "1 Group {VpcId: <Vpc>, GroupName: (import network-name)} []",
        ]
    );
}

#[test]
fn a_reference_stands_where_it_is_used() {
    let world = right(&[NETWORK, SERVICE], in_tokyo());
    let all = all(&world);
    let text = |value: &Value| &world.sources[value.place.file as usize].text[value.place.range()];
    let vpc = |id: usize| text(all[id].properties.get("VpcId").unwrap());
    assert_eq!(vpc(1), "!GetAtt Vpc.VpcId");
    assert_eq!(vpc(2), "{Ref: Vpc}");
    assert_eq!(vpc(3), r#"{"Fn::ImportValue": "network-vpc"}"#);
    assert_eq!(&world.sources[0].text[all[0].place.range()], "Vpc");
}
