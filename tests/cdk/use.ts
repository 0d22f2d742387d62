// What an owner of the constructs does with them; what comes of it is printed, a line for each.
import * as cdk from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as ecr from "aws-cdk-lib/aws-ecr";
import * as ecs from "aws-cdk-lib/aws-ecs";
import { EcrEgress as Existing } from "./out/existing";
import { EcrEgress as Tokyo } from "./out/tokyo";
import { EcrEgress as ByGroup } from "./out/tokyo-by-group";

const app = new cdk.App({ analyticsReporting: false });

function stack(name: string, region?: string): cdk.Stack {
  return new cdk.Stack(app, name, region === undefined ? {} : { env: { region } });
}

function refusal(what: () => unknown): string {
  try {
    what();
    return "it was taken";
  } catch (error) {
    return (error as Error).message;
  }
}

function network(scope: cdk.Stack): ec2.Vpc {
  return new ec2.Vpc(scope, "Network", {
    ipAddresses: ec2.IpAddresses.cidr("10.0.0.0/16"),
    availabilityZones: ["ap-northeast-1a", "ap-northeast-1c"],
    restrictDefaultSecurityGroup: false,
    natGateways: 0,
    subnetConfiguration: ["Tasks", "More"].map((name) => ({
      name,
      cidrMask: 24,
      subnetType: ec2.SubnetType.PRIVATE_ISOLATED,
    })),
  });
}

/** A subnet of which the app knows the id only, and that it knows. */
function subnet(scope: cdk.Stack, id: string): ec2.ISubnet {
  const imported = ec2.Subnet.fromSubnetId(scope, "Subnet", id);
  cdk.Annotations.of(imported).acknowledgeWarning("@aws-cdk/aws-ec2:noSubnetRouteTableId");
  return imported;
}

function service(scope: cdk.Stack, vpc: ec2.IVpc, egress: Tokyo | ByGroup): ecs.FargateService {
  const taskDefinition = new ecs.FargateTaskDefinition(scope, "Task");
  const repository = ecr.Repository.fromRepositoryAttributes(scope, "Repository", {
    repositoryArn: "arn:aws:ecr:ap-northeast-1:012345678901:repository/app",
    repositoryName: "app",
  });
  taskDefinition.addContainer("App", { image: ecs.ContainerImage.fromEcrRepository(repository, "1") });
  const made = new ecs.FargateService(scope, "Service", {
    cluster: new ecs.Cluster(scope, "Cluster", { vpc }),
    taskDefinition,
    securityGroups: [egress.taskSecurityGroup],
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
    minHealthyPercent: 100,
    circuitBreaker: { rollback: true },
  });
  made.node.addDependency(egress);
  return made;
}

// A service in a VPC of the same stack.
const whole = stack("whole", "ap-northeast-1");
const vpc = network(whole);
const egress = new ByGroup(whole, "Egress", {
  vpc,
  subnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
});
service(whole, vpc, egress);

// The same, and the service serves and asks others.
const more = stack("more");
const moreVpc = network(more);
const moreEgress = new ByGroup(more, "Egress", {
  vpc: moreVpc,
  subnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
});
const serving = service(more, moreVpc, moreEgress);
const database = new ec2.SecurityGroup(more, "Database", { vpc: moreVpc, allowAllOutbound: false });
serving.connections.allowTo(database, ec2.Port.POSTGRES);
moreEgress.taskSecurityGroup.addIngressRule(ec2.Peer.ipv4("10.0.0.0/16"), ec2.Port.tcp(8080));

// Two of them in a stack, of two files, with what the app has said itself.
const two = stack("two");
two.templateOptions.metadata = { Mine: 1, FargateEgress: { Existing: ["logs"] } };
new Existing(two, "One", {});
new Existing(two, "Two", {});
new Tokyo(two, "Three");

// Of an app of its own that is not synthesised: nothing is in it.
const nothing = new cdk.App({ autoSynth: false });
const elsewhere = new cdk.Stack(nothing, "elsewhere", { env: { region: "us-east-1" } });
console.log(refusal(() => new Tokyo(elsewhere, "Egress")));

const bare = stack("bare");
const subnets = [subnet(bare, "subnet-0a1b2c3d4e5f60711")];
console.log(refusal(() => new ByGroup(bare, "Egress", { vpc: network(bare), subnets: { subnets } })));

// What the config says, said otherwise.
const other = stack("other");
new Tokyo(other, "Egress", {
  vpc: network(other),
  subnets: { subnets: [subnet(other, "subnet-0b1b2c3d4e5f60711")] },
  routeTables: [{ routeTableId: "rtb-0b1b2c3d4e5f60711" }],
});

app.synth();
