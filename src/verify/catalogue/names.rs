//! That the services' names lead to the endpoints.

use crate::diagnostic::{Code, Severity};

use super::{Page, sources as see, symptoms as seen};

pub(super) const PAGES: &[Page] = &[
    Page {
        code: Code::PrivateDnsOff,
        severity: Severity::Error,
        cause: "The endpoint is there, and nobody finds it: private DNS is off, so \
            `api.ecr.R.amazonaws.com` and `ACCT.dkr.ecr.R.amazonaws.com` still resolve to public \
            addresses. Fargate uses these names as they are and cannot be given the endpoint's own \
            name.\n\n\
            The console turns private DNS on by itself and CloudFormation does not: where \
            `PrivateDnsEnabled` is left out it is `false`. The sign is a public address in the \
            message, though the endpoint exists.",
        symptoms: &[seen::LOGIN_PUBLIC, seen::MANIFEST_PUBLIC],
        fix: r"
Turn it on; the endpoint is changed in place.

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
        sources: &[see::ECR_ENDPOINTS, see::ENDPOINT_RESOURCE],
    },
    Page {
        code: Code::VpcDnsSupportOff,
        severity: Severity::Error,
        cause: "`EnableDnsSupport` is off, so Amazon's name server does not answer in this VPC. An \
            endpoint with private DNS cannot be made here, and one that was made before resolves \
            for nobody. The attribute is on unless somebody turned it off, most often to force the \
            use of other name servers; those go into DHCP options instead.",
        symptoms: &[seen::BOTH_ATTRIBUTES, seen::LOGIN_NO_HOST],
        fix: r"
```yaml
Vpc:
  Type: AWS::EC2::VPC
  Properties:
    CidrBlock: 10.0.0.0/16
    EnableDnsSupport: true
    EnableDnsHostnames: true
```
",
        sources: &[see::VPC_DNS, see::INTERFACE_ENDPOINTS],
    },
    Page {
        code: Code::VpcDnsHostnamesOff,
        severity: Severity::Error,
        cause: "`EnableDnsHostnames` is off, and private DNS needs it beside `EnableDnsSupport`. A \
            VPC made by CloudFormation has it off unless the template says otherwise, while the \
            default VPC has it on: what worked in a trial account fails in the VPC of its own. \
            EC2 refuses the endpoint when the stack is deployed.",
        symptoms: &[seen::BOTH_ATTRIBUTES],
        fix: r"
Turn it on in the stack that makes the VPC; nothing is replaced.

```yaml
Vpc:
  Type: AWS::EC2::VPC
  Properties:
    CidrBlock: 10.0.0.0/16
    EnableDnsSupport: true
    EnableDnsHostnames: true
```

For a VPC that no stack owns:

```sh
aws ec2 modify-vpc-attribute --vpc-id VPC_ID --enable-dns-hostnames
```
",
        sources: &[see::VPC_DNS, see::INTERFACE_ENDPOINTS],
    },
    Page {
        code: Code::ForeignNameServers,
        severity: Severity::Warning,
        cause: "The VPC's DHCP options name other name servers than Amazon's. The endpoints' \
            private names exist only in Amazon's name server of this VPC: another one answers with \
            the public addresses, unless it forwards the names of AWS to the VPC's own resolver. \
            Pulls then time out as if there were no endpoints, with a public address in the \
            message.\n\n\
            Security groups do not filter what goes to Amazon's name server, but they do filter \
            what goes to others: those also need a rule for port 53.",
        symptoms: &[seen::LOGIN_PUBLIC, seen::MANIFEST_PUBLIC, seen::LOGIN_NO_HOST],
        fix: r"
Use Amazon's name server, and let Route 53 Resolver rules send the company's own domains to the
company's name servers:

```yaml
DhcpOptions:
  Type: AWS::EC2::DHCPOptions
  Properties:
    DomainNameServers: [AmazonProvidedDNS]
DhcpOptionsAssociation:
  Type: AWS::EC2::VPCDHCPOptionsAssociation
  Properties:
    VpcId: !Ref Vpc
    DhcpOptionsId: !Ref DhcpOptions
```

If the other name servers have to stay, make them forward `amazonaws.com` to an inbound endpoint of
Route 53 Resolver in this VPC.
",
        sources: &[see::DHCP_OPTIONS, see::VPC_DNS],
    },
    Page {
        code: Code::PrivateHostedZone,
        severity: Severity::Warning,
        cause: "A private hosted zone of this VPC has the names of an AWS service in it. It does \
            by hand what private DNS does by itself, and the two exclude each other: an endpoint \
            with private DNS for the same name is refused.\n\n\
            Without private DNS the zone decides alone. Its records are as old as the day they \
            were written, and a name that the zone covers and does not hold is not looked up \
            anywhere else, so `ACCT.dkr.ecr.R.amazonaws.com` fails for every account that nobody \
            thought of.",
        symptoms: &[seen::CONFLICTING_DOMAIN, seen::LOGIN_NO_HOST],
        fix: r"
Take the zone off this VPC, or delete it if it serves no other, then turn private DNS on:

```sh
aws route53 disassociate-vpc-from-hosted-zone --hosted-zone-id ZONE_ID \
  --vpc VPCRegion=REGION,VPCId=VPC_ID
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

A zone that serves several VPCs from one central endpoint is a design of its own: there, leave
private DNS off at the central endpoint and keep a wildcard alias record for `dkr.ecr`.
",
        sources: &[see::PRIVATE_ZONES, see::INTERFACE_ENDPOINTS],
    },
];
