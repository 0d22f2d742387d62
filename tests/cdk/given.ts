// Stacks with the parameters of the YAML, as the values that a construct takes.
import * as fs from "node:fs";
import * as cdk from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";

export class Given {
  constructor(private readonly stack: cdk.Stack) {}

  private parameter(name: string, type: string): cdk.CfnParameter {
    return new cdk.CfnParameter(this.stack, name, { type });
  }

  text(name: string): string {
    return this.parameter(name, "String").valueAsString;
  }

  /** A VPC, with its prefix where the construct has to ask for it. */
  vpc(name: string, cidr?: string): ec2.IVpc {
    return ec2.Vpc.fromVpcAttributes(this.stack, "Network", {
      vpcId: this.parameter(name, "AWS::EC2::VPC::Id").valueAsString,
      availabilityZones: ["unknown"],
      ...(cidr === undefined ? {} : { vpcCidrBlock: this.text(cidr) }),
    });
  }

  /** However many there are, as one: a list that is known at deployment is not known here. */
  subnets(name: string): ec2.SubnetSelection {
    const ids = this.parameter(name, "List<AWS::EC2::Subnet::Id>").valueAsList;
    return { subnets: ids.map((id) => this.imported(name, id)) };
  }

  subnet(name: string): ec2.ISubnet {
    return this.imported(name, this.parameter(name, "AWS::EC2::Subnet::Id").valueAsString);
  }

  private imported(name: string, subnetId: string): ec2.ISubnet {
    const subnet = ec2.Subnet.fromSubnetId(this.stack, `${name}Given`, subnetId);
    cdk.Annotations.of(subnet).acknowledgeWarning("@aws-cdk/aws-ec2:noSubnetRouteTableId");
    return subnet;
  }

  routeTables(name: string): ec2.IRouteTable[] {
    const ids = this.parameter(name, "CommaDelimitedList").valueAsList;
    return ids.map((routeTableId) => ({ routeTableId }));
  }

  routeTable(name: string): ec2.IRouteTable {
    return { routeTableId: this.text(name) };
  }

  group(name: string): ec2.ISecurityGroup {
    const id = this.parameter(name, "AWS::EC2::SecurityGroup::Id").valueAsString;
    return ec2.SecurityGroup.fromSecurityGroupId(this.stack, `${name}Given`, id);
  }
}

/** Every flag that the CDK recommends, and the switch against inline rules. */
const FLAGS: Record<string, unknown> = {
  ...(JSON.parse(
    fs.readFileSync(require.resolve("aws-cdk-lib/recommended-feature-flags.json"), "utf8"),
  ) as Record<string, unknown>),
  "@aws-cdk/aws-ec2.securityGroupDisableInlineRules": true,
};

export type Build = (stack: cdk.Stack, given: Given) => void;

/** Synthesises each stack without any flag into `plain/`, and with all of them into `flags/`. */
export function synthesise(stacks: [string, Build][]): void {
  for (const [outdir, context] of Object.entries({ plain: {}, flags: FLAGS })) {
    const app = new cdk.App({ outdir, context, analyticsReporting: false });
    for (const [name, build] of stacks) {
      // The parameter and the rule about CDK's own bootstrap stack are not in the YAML.
      const synthesizer = new cdk.DefaultStackSynthesizer({ generateBootstrapVersionRule: false });
      const stack = new cdk.Stack(app, `stack-${name}`, { synthesizer });
      build(stack, new Given(stack));
    }
    for (const artifact of app.synth().stacks) {
      for (const message of artifact.messages) {
        throw new Error(`${artifact.id}: ${String(message.entry.data)}`);
      }
    }
  }
}
