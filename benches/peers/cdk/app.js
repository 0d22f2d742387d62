// The stack of out/tokyo.yaml written with AWS CDK.
//
// With the constructs that are CloudFormation's resources one to one: the higher ones load more and
// do not give the same stack. Plain JavaScript, so that no compiler is timed.
"use strict";

const { App, Aws, CfnOutput, CfnRule, DefaultStackSynthesizer, Fn, Stack } = require("aws-cdk-lib");
const { CfnSecurityGroup, CfnVPCEndpoint } = require("aws-cdk-lib/aws-ec2");

const region = "ap-northeast-1";
const registries = ["012345678901"];
const vpcId = "vpc-0a1b2c3d4e5f60718";
const cidrs = ["10.0.0.0/16"];
const subnetIds = ["subnet-0a1b2c3d4e5f60711", "subnet-0a1b2c3d4e5f60712"];
const routeTableIds = ["rtb-0a1b2c3d4e5f60711"];
const endpointAddresses = [
  ["10.0.1.10", "ecr.api"],
  ["10.0.1.11", "ecr.dkr"],
  ["10.0.2.10", "ecr.api"],
  ["10.0.2.11", "ecr.dkr"],
];
const ecrPrefixes = [
  ["3.112.64.0/23", "ecr.api", "AMAZON"],
  ["52.192.0.0/15", "ecr.dkr", "AMAZON, EC2"],
];
const s3PrefixList = "pl-61a54008";

const https = (description, peer) => ({ ipProtocol: "tcp", fromPort: 443, toPort: 443, description, ...peer });

const policy = (...statements) => ({
  Version: "2012-10-17",
  Statement: statements.map(([Action, Resource]) => ({ Effect: "Allow", Principal: "*", Action, Resource })),
});

const app = new App();
const stack = new Stack(app, "tokyo", {
  description: `VPC endpoints and security groups with which Fargate tasks pull images from ECR, ${region}`,
  // The rule and the parameter about CDK's own bootstrap stack are not in out/tokyo.yaml.
  synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
});
stack.templateOptions.templateFormatVersion = "2010-09-09";

new CfnRule(stack, "Region", {
  assertions: [
    {
      assert: Fn.conditionEquals(Aws.REGION, region),
      assertDescription: `This template holds the prefixes and prefix lists of ${region} and works nowhere else.`,
    },
  ],
});

const taskGroup = new CfnSecurityGroup(stack, "TaskSecurityGroup", {
  groupDescription: "Fargate tasks that pull images from ECR",
  vpcId,
  securityGroupEgress: [
    ...endpointAddresses.map(([address, service]) =>
      https(`HTTPS to the ${service} endpoint`, { cidrIp: `${address}/32` })
    ),
    https("HTTPS to S3, where ECR keeps image layers", { destinationPrefixListId: s3PrefixList }),
  ],
});
const endpointGroup = new CfnSecurityGroup(stack, "EndpointSecurityGroup", {
  groupDescription: "Interface endpoints that Fargate tasks use",
  vpcId,
  securityGroupIngress: cidrs.map((cidrIp) => https("HTTPS from the VPC", { cidrIp })),
  securityGroupEgress: ecrPrefixes.map(([cidrIp, service, listed]) =>
    https(`HTTPS to ${service} in ${region}; prefix of ${listed}`, { cidrIp })
  ),
});

const login = [["ecr:GetAuthorizationToken"], ["*"]];
const pull = [
  ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
  registries.map((account) => `arn:aws:ecr:${region}:${account}:repository/*`),
];
const layers = [["s3:GetObject"], [`arn:aws:s3:::prod-${region}-starport-layer-bucket/*`]];

const interfaceEndpoint = (id, service) =>
  new CfnVPCEndpoint(stack, id, {
    vpcEndpointType: "Interface",
    serviceName: `com.amazonaws.${region}.${service}`,
    vpcId,
    subnetIds,
    securityGroupIds: [endpointGroup.attrGroupId],
    privateDnsEnabled: true,
    policyDocument: policy(login, pull),
  });
const api = interfaceEndpoint("EcrApiEndpoint", "ecr.api");
const dkr = interfaceEndpoint("EcrDkrEndpoint", "ecr.dkr");
const s3 = new CfnVPCEndpoint(stack, "S3Endpoint", {
  vpcEndpointType: "Gateway",
  serviceName: `com.amazonaws.${region}.s3`,
  vpcId,
  routeTableIds,
  policyDocument: policy(layers),
});

for (const [id, description, value] of [
  ["TaskSecurityGroupId", "The security group for the tasks to wear", taskGroup.attrGroupId],
  ["EndpointSecurityGroupId", "The security group that the interface endpoints wear", endpointGroup.attrGroupId],
  ["EcrApiEndpointId", "The endpoint of ECR's API", api.ref],
  ["EcrDkrEndpointId", "The endpoint of ECR's registries", dkr.ref],
  ["S3EndpointId", "The gateway endpoint of S3", s3.ref],
]) {
  new CfnOutput(stack, id, { description, value, exportName: Fn.sub(`\${AWS::StackName}-${id}`) });
}

app.synth();
