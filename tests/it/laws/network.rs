//! Networks that are made up: mostly right, and in a few places not.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::dice::Dice;
use super::policies;
use super::template::{Section, Template, attribute, reference, sub};

/// What may be in a network.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    /// Parameters that have no value.
    pub(super) parameters: bool,
    /// Conditions on parameters that have no value.
    pub(super) conditions: bool,
    /// Ids that are written down.
    pub(super) literals: bool,
}

/// Every parameter, with values that it may have.
const PARAMETERS: [(&str, &[&str]); 29] = [
    ("PVpcCidr", &["10.0.0.0/16", "10.0.0.0/18"]),
    ("PVpc", &["vpc-0123456789abcdef0", "vpc-0aaaaaaaaaaaaaaaa"]),
    ("PCidr1", &["10.0.1.0/24", "10.0.1.0/25"]),
    ("PCidr2", &["10.0.2.0/24", "10.0.2.128/25"]),
    ("PCidr3", &["10.0.3.0/24", "10.0.3.0/28"]),
    ("PSubnet1", &["subnet-0000000000000000a", "subnet-0000000000000000b"]),
    ("PSubnet2", &["subnet-0000000000000000c", "subnet-0000000000000000d"]),
    ("PSubnet3", &["subnet-0000000000000000e", "subnet-0000000000000000f"]),
    (
        "PSubnets",
        &["subnet-0000000000000000a", "subnet-0000000000000000a,subnet-0000000000000000b"],
    ),
    ("PGroups", &["sg-0000000000000000a", "sg-0000000000000000b,sg-0000000000000000c"]),
    ("PGroup", &["sg-0000000000000000a", "sg-0000000000000000b"]),
    ("PRuleCidr", &["10.0.0.0/16", "10.0.1.0/24", "192.168.0.0/16", "0.0.0.0/0", "10.0.1.7/32"]),
    ("PList", &["pl-61a54008", "pl-78a54011", "pl-0123456789abcdef0"]),
    ("PTables", &["rtb-0000000000000000a", "rtb-0000000000000000a,rtb-0000000000000000b"]),
    ("PTable", &["rtb-0000000000000000a", "rtb-0000000000000000b"]),
    ("PDns", &["true", "false"]),
    ("PPublic", &["ENABLED", "DISABLED"]),
    ("PType", &["Interface", "Gateway"]),
    ("PRepository", &["app", "other", "a*"]),
    ("PPort", &["443", "80"]),
    ("PProtocol", &["tcp", "udp"]),
    ("PImage", &["012345678901.dkr.ecr.ap-northeast-1.amazonaws.com/app:1", "nginx:1"]),
    ("PNumber", &["90", "110"]),
    ("PC1", &["yes", "no"]),
    ("PC2", &["yes", "no"]),
    ("PC3", &["yes", "no"]),
    ("PC4", &["yes", "no"]),
    ("PC5", &["yes", "no"]),
    ("PC6", &["yes", "no"]),
];

/// A rule of a group.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) properties: Json,
    pub(super) standalone: bool,
    /// Whether it is there on a condition.
    pub(super) condition: Option<usize>,
}

/// A security group: its ingress and its egress.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) id: &'static str,
    pub(super) rules: [Vec<Rule>; 2],
}

#[derive(Debug, Clone)]
pub(super) struct Net {
    kind: Kind,
    /// Everything but the groups and what is in `policies` and `tables`.
    rest: Section,
    /// The task's, the endpoints', and another one.
    pub(super) groups: Vec<Group>,
    /// The statements of an endpoint's policy, by the endpoint.
    pub(super) policies: BTreeMap<&'static str, Vec<Json>>,
    /// The route tables of the gateway.
    pub(super) tables: Vec<Json>,
    /// Every route table that is made.
    pub(super) made_tables: Vec<Json>,
    vpc: Json,
}

const INGRESS: usize = 0;
pub(super) const EGRESS: usize = 1;

struct Maker<'a> {
    dice: &'a mut Dice,
    kind: Kind,
}

impl Maker<'_> {
    /// Something that is written down, or a parameter.
    fn or_parameter(&mut self, value: Json, parameter: &str, sides: usize) -> Json {
        if self.kind.parameters && self.dice.odd(sides) { reference(parameter) } else { value }
    }

    fn condition(&mut self, sides: usize) -> Option<usize> {
        (self.kind.conditions && self.dice.odd(sides)).then(|| 1 + self.dice.roll(6))
    }

    /// Something that is this, or on a condition that.
    fn either(&mut self, value: Json, other: impl FnOnce() -> Json, sides: usize) -> Json {
        match self.condition(sides) {
            Some(number) => json!({"Fn::If": [format!("C{number}"), value, other()]}),
            None => value,
        }
    }

    fn resource(&mut self, kind: &str, properties: Json, sides: usize) -> Json {
        let mut resource = json!({"Type": kind, "Properties": properties});
        if let Some(number) = self.condition(sides) {
            resource["Condition"] = json!(format!("C{number}"));
        }
        resource
    }

    fn traffic(&mut self) -> Json {
        let ports = |protocol: &str, from: u16, to: u16| json!({"IpProtocol": protocol, "FromPort": from, "ToPort": to});
        let all = [
            ports("tcp", 443, 443),
            ports("tcp", 443, 443),
            ports("tcp", 443, 443),
            ports("tcp", 0, 65535),
            json!({"IpProtocol": "-1"}),
            ports("6", 400, 500),
            ports("tcp", 80, 80),
            ports("udp", 443, 443),
        ];
        let mut traffic = self.dice.pick(&all);
        if self.kind.parameters && self.dice.odd(10) {
            traffic = json!({"IpProtocol": "tcp", "FromPort": {"Ref": "PPort"}, "ToPort": {"Ref": "PPort"}});
        } else if self.kind.parameters && self.dice.odd(12) {
            traffic["IpProtocol"] = reference("PProtocol");
        }
        traffic
    }

    /// The other side of a rule, the plainest first.
    pub(super) fn rule(&mut self, side: usize) -> Rule {
        let (group, list) = match side {
            INGRESS => ("SourceSecurityGroupId", "SourcePrefixListId"),
            _ => ("DestinationSecurityGroupId", "DestinationPrefixListId"),
        };
        let near = if side == INGRESS { "Tasks" } else { "Endpoints" };
        let mut peers = vec![
            (group, attribute(near, "GroupId")),
            (list, json!("pl-61a54008")),
            ("CidrIp", json!("10.0.0.0/16")),
            ("CidrIp", json!("10.0.1.0/24")),
            ("CidrIp", json!("10.0.2.0/24")),
            ("CidrIp", json!("10.0.1.0/25")),
            ("CidrIp", json!("10.0.1.128/25")),
            ("CidrIp", json!("192.168.0.0/16")),
            ("CidrIp", json!("0.0.0.0/0")),
            ("CidrIp", json!("0.0.0.0/1")),
            ("CidrIp", json!("128.0.0.0/1")),
            ("CidrIp", json!("10.0.1.7/32")),
            ("CidrIp", json!("10.0.2.8/31")),
            ("CidrIpv6", json!("::/0")),
            (group, attribute("Other", "GroupId")),
            (list, json!("pl-78a54011")),
            (list, reference("Own")),
        ];
        if self.kind.literals {
            peers.push((group, json!("sg-0000000000000000a")));
        }
        if self.kind.parameters {
            peers.extend([
                ("CidrIp", reference("PRuleCidr")),
                ("CidrIp", reference("PVpcCidr")),
                ("CidrIp", reference("PCidr1")),
                (list, reference("PList")),
                (group, reference("PGroup")),
                (group, json!({"Fn::Select": [0, {"Ref": "PGroups"}]})),
            ]);
        }
        let (key, peer) = self.dice.pick(&peers);
        let mut properties = self.traffic();
        properties[key] = peer;
        Rule { properties, standalone: self.dice.odd(4), condition: self.condition(4) }
    }

    fn subnet(&mut self, number: usize, vpc: &Json, rest: &mut Section) -> Json {
        let id = format!("Subnet{number}");
        if self.kind.parameters && self.dice.odd(5) {
            return reference(&format!("PSubnet{number}"));
        }
        let cidr =
            self.or_parameter(json!(format!("10.0.{number}.0/24")), &format!("PCidr{number}"), 5);
        let zone = ["a", "c", "d"][number - 1];
        let properties = json!({"VpcId": vpc, "CidrBlock": cidr, "AvailabilityZone": format!("ap-northeast-1{zone}")});
        rest.push((id.clone(), json!({"Type": "AWS::EC2::Subnet", "Properties": properties})));
        reference(&id)
    }

    /// The ways out of a table.
    fn routes(&mut self, number: usize, table: &Json, rest: &mut Section) {
        let target = match self.dice.roll(8) {
            5 => json!({"NatGatewayId": {"Ref": "Nat"}}),
            6 => json!({"GatewayId": {"Ref": "Internet"}}),
            7 => json!({"TransitGatewayId": "tgw-0000000000000000a"}),
            _ => return,
        };
        let mut properties = target;
        properties["RouteTableId"] = table.clone();
        properties["DestinationCidrBlock"] =
            self.dice.pick(&[json!("0.0.0.0/0"), json!("10.9.0.0/16")]);
        let route = self.resource("AWS::EC2::Route", properties, 4);
        rest.push((format!("Route{number}"), route));
    }

    fn acl(&mut self, subnet: &Json, vpc: &Json, rest: &mut Section) {
        if !self.dice.odd(7) {
            return;
        }
        let acl = json!({"Type": "AWS::EC2::NetworkAcl", "Properties": {"VpcId": vpc}});
        rest.push(("Acl".into(), acl));
        let properties = json!({"SubnetId": subnet, "NetworkAclId": {"Ref": "Acl"}});
        let association = self.resource("AWS::EC2::SubnetNetworkAclAssociation", properties, 5);
        rest.push(("AclAssociation".into(), association));
        for (egress, name) in [(true, "Out"), (false, "In")] {
            for number in 0..1 + self.dice.roll(3) {
                let cidrs = ["0.0.0.0/0", "0.0.0.0/0", "10.0.0.0/16", "10.0.2.0/24", "0.0.0.0/1"];
                let cidr = json!(self.dice.pick(&cidrs));
                let cidr = self.or_parameter(cidr, "PRuleCidr", 8);
                let plain = json!(100 + 10 * number);
                let rank = self.or_parameter(plain, "PNumber", 8);
                let action = if self.dice.odd(5) { "deny" } else { "allow" };
                let ports = self.dice.pick(&[(0, 65535), (443, 443), (1024, 65535), (443, 1024)]);
                let properties = json!({
                    "NetworkAclId": {"Ref": "Acl"}, "Egress": egress, "RuleNumber": rank,
                    "RuleAction": action, "Protocol": self.dice.pick(&[6, -1, 17]), "CidrBlock": cidr,
                    "PortRange": {"From": ports.0, "To": ports.1},
                });
                let entry = self.resource("AWS::EC2::NetworkAclEntry", properties, 6);
                rest.push((format!("Acl{name}{number}"), entry));
            }
        }
    }
}

impl Net {
    pub(super) fn of(dice: &mut Dice, kind: Kind) -> Net {
        let mut make = Maker { dice, kind };
        let mut rest: Section = Vec::new();
        let vpc = if kind.parameters && make.dice.odd(5) {
            reference("PVpc")
        } else {
            let cidr = make.or_parameter(json!("10.0.0.0/16"), "PVpcCidr", 4);
            let names = if make.dice.odd(12) { json!(false) } else { json!(true) };
            let names = make.or_parameter(names, "PDns", 10);
            let names = make.either(names, || json!(false), 10);
            let properties = json!({"CidrBlock": cidr, "EnableDnsHostnames": names});
            rest.push(("Vpc".into(), json!({"Type": "AWS::EC2::VPC", "Properties": properties})));
            if make.dice.odd(8) {
                let block = make.resource(
                    "AWS::EC2::VPCCidrBlock",
                    json!({"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.1.0.0/16"}),
                    3,
                );
                rest.push(("Block".into(), block));
            }
            reference("Vpc")
        };
        rest.push(("Nat".into(), json!({"Type": "AWS::EC2::NatGateway", "Properties": {}})));
        rest.push(("Internet".into(), json!({"Type": "AWS::EC2::InternetGateway"})));
        let entries =
            json!([{"Cidr": make.dice.pick(&["10.0.0.0/16", "0.0.0.0/0", "10.0.1.0/24"])}]);
        rest.push(("Own".into(), json!({"Type": "AWS::EC2::PrefixList", "Properties": {"MaxEntries": 1, "Entries": entries}})));
        if kind.conditions {
            // Each condition matters, so that there are too many ways to look at one by one.
            for number in 1..=6 {
                let list = json!({"Type": "AWS::EC2::PrefixList", "Condition": format!("C{number}"), "Properties": {"MaxEntries": 1}});
                rest.push((format!("Unused{number}"), list));
            }
        }

        let (mut subnets, mut tables, mut made_tables) = (Vec::new(), Vec::new(), Vec::new());
        for number in 1..=1 + make.dice.roll(3) {
            let subnet = make.subnet(number, &vpc, &mut rest);
            subnets.push(subnet.clone());
            if make.dice.odd(8) {
                continue;
            }
            let id = format!("Table{number}");
            let table = make.or_parameter(reference(&id), "PTable", 8);
            if table == reference(&id) {
                rest.push((
                    id,
                    json!({"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": vpc}}),
                ));
                made_tables.push(table.clone());
                make.routes(number, &table, &mut rest);
            }
            let association = json!({"SubnetId": subnet, "RouteTableId": table});
            let association =
                make.resource("AWS::EC2::SubnetRouteTableAssociation", association, 6);
            rest.push((format!("Association{number}"), association));
            if !make.dice.odd(6) {
                tables.push(table);
            }
        }
        let first = subnets[0].clone();
        make.acl(&first, &vpc, &mut rest);

        let mut groups: Vec<Group> = ["Tasks", "Endpoints", "Other"]
            .map(|id| Group { id, rules: [Vec::new(), Vec::new()] })
            .into();
        for _ in 0..2 + make.dice.roll(4) {
            let rule = make.rule(EGRESS);
            groups[0].rules[EGRESS].push(rule);
        }
        for _ in 0..1 + make.dice.roll(3) {
            let rule = make.rule(INGRESS);
            groups[1].rules[INGRESS].push(rule);
        }
        if make.dice.odd(6) {
            groups[0].rules[EGRESS].clear();
        }

        let mut policies = BTreeMap::new();
        for (id, service) in [("Api", "ecr.api"), ("Dkr", "ecr.dkr"), ("S3", "s3")] {
            if make.dice.odd(10) {
                continue;
            }
            if make.dice.odd(2) {
                let mut statements = Vec::new();
                for _ in 0..1 + make.dice.roll(2) {
                    let all = policies::statements(service);
                    let usable = if kind.parameters { all.len() } else { 1 };
                    let at = make.dice.roll(all.len()).min(usable.max(1) - 1);
                    statements.push(all[at].clone());
                }
                if make.dice.odd(6) {
                    statements.push(make.dice.pick(&policies::denials()));
                }
                policies.insert(id, statements);
            }
            let mut properties = json!({"VpcId": vpc, "ServiceName": sub(&format!("com.amazonaws.${{AWS::Region}}.{service}"))});
            if service == "s3" {
                properties["VpcEndpointType"] = json!("Gateway");
            } else {
                properties["VpcEndpointType"] = make.or_parameter(json!("Interface"), "PType", 15);
                let dns = json!(!make.dice.odd(10));
                properties["PrivateDnsEnabled"] = make.or_parameter(dns, "PDns", 10);
                let mut inside = subnets.clone();
                if make.dice.odd(5) {
                    inside.truncate(1);
                }
                properties["SubnetIds"] = make.or_parameter(json!(inside), "PSubnets", 8);
                if !make.dice.odd(12) {
                    let group = make.or_parameter(attribute("Endpoints", "GroupId"), "PGroup", 8);
                    let group = make.either(group, || attribute("Other", "GroupId"), 8);
                    properties["SecurityGroupIds"] =
                        make.or_parameter(json!([group]), "PGroups", 12);
                }
            }
            let endpoint = make.resource("AWS::EC2::VPCEndpoint", properties, 8);
            rest.push((id.into(), endpoint));
        }
        if make.kind.parameters && make.dice.odd(8) {
            tables = vec![reference("PTables")];
        }

        if !make.dice.odd(8) {
            let image = sub("012345678901.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/app:1");
            let image = make.or_parameter(image, "PImage", 10);
            let definition = json!({"RequiresCompatibilities": ["FARGATE"], "NetworkMode": "awsvpc",
                "ExecutionRoleArn": "arn:aws:iam::012345678901:role/execution",
                "ContainerDefinitions": [{"Name": "app", "Image": image}]});
            rest.push((
                "Definition".into(),
                json!({"Type": "AWS::ECS::TaskDefinition", "Properties": definition}),
            ));
            let public = if make.dice.odd(4) { "ENABLED" } else { "DISABLED" };
            let public = make.or_parameter(json!(public), "PPublic", 8);
            let places = make.or_parameter(json!(subnets), "PSubnets", 8);
            let mut wears = vec![attribute("Tasks", "GroupId")];
            if make.dice.odd(6) {
                wears.push(attribute("Other", "GroupId"));
            }
            if kind.parameters && make.dice.odd(8) {
                wears = vec![reference("PGroup")];
            }
            let network = json!({"AwsvpcConfiguration": {"AssignPublicIp": public, "Subnets": places, "SecurityGroups": wears}});
            let service = json!({"LaunchType": "FARGATE", "TaskDefinition": {"Ref": "Definition"}, "NetworkConfiguration": network});
            rest.push((
                "Service".into(),
                json!({"Type": "AWS::ECS::Service", "Properties": service}),
            ));
        }
        Net { kind, rest, groups, policies, tables, made_tables, vpc }
    }

    /// Another rule, on no condition.
    pub(super) fn another(&self, side: usize, dice: &mut Dice) -> Rule {
        let rule = Maker { dice, kind: self.kind }.rule(side);
        Rule { condition: None, ..rule }
    }

    pub(super) fn template(&self) -> Template {
        let mut resources = self.rest.clone();
        for (id, resource) in &mut resources {
            if let Some(statements) = self.policies.get(id.as_str()) {
                let document = json!({"Version": "2012-10-17", "Statement": statements});
                resource["Properties"]["PolicyDocument"] = document;
            }
            if id == "S3" {
                resource["Properties"]["RouteTableIds"] = match self.tables.as_slice() {
                    [one] if *one == reference("PTables") => one.clone(),
                    tables => json!(tables),
                };
            }
        }
        for group in &self.groups {
            resources.extend(self.written(group));
        }
        let text =
            json!(resources.iter().map(|(_, resource)| resource).collect::<Vec<_>>()).to_string();
        let conditions: Section = (1..=6)
            .filter(|_| self.kind.conditions)
            .map(|n| (format!("C{n}"), json!({"Fn::Equals": [{"Ref": format!("PC{n}")}, "yes"]})))
            .collect();
        let used = |name: &str| {
            let quoted = [format!("\"{name}\""), format!("${{{name}}}")];
            quoted.iter().any(|quoted| text.contains(quoted))
                || name.starts_with("PC") && name.len() == 3 && self.kind.conditions
        };
        let parameters = PARAMETERS.iter().filter(|(name, _)| used(name)).map(|(name, _)| {
            let many = ["PSubnets", "PGroups", "PTables"].contains(name);
            (name.to_string(), json!({"Type": if many { "CommaDelimitedList" } else { "String" }}))
        });
        Template { parameters: parameters.collect(), conditions, resources, outputs: Vec::new() }
    }

    /// A group, and its rules that are resources of their own.
    fn written(&self, group: &Group) -> Section {
        let mut properties = json!({"GroupDescription": group.id, "VpcId": self.vpc});
        let mut section = Vec::new();
        for (rules, name) in group.rules.iter().zip(["Ingress", "Egress"]) {
            let mut inline = Vec::new();
            for (number, rule) in rules.iter().enumerate() {
                if rule.standalone {
                    let mut properties = rule.properties.clone();
                    properties["GroupId"] = attribute(group.id, "GroupId");
                    let mut resource = json!({"Type": format!("AWS::EC2::SecurityGroup{name}"), "Properties": properties});
                    if let Some(number) = rule.condition {
                        resource["Condition"] = json!(format!("C{number}"));
                    }
                    section.push((format!("{}{name}{number}", group.id), resource));
                } else {
                    inline.push(match rule.condition {
                        Some(number) => json!({"Fn::If": [format!("C{number}"), rule.properties, {"Ref": "AWS::NoValue"}]}),
                        None => rule.properties.clone(),
                    });
                }
            }
            if !inline.is_empty() {
                properties[format!("SecurityGroup{name}")] = json!(inline);
            }
        }
        section.insert(
            0,
            (group.id.into(), json!({"Type": "AWS::EC2::SecurityGroup", "Properties": properties})),
        );
        section
    }
}

/// A value for each parameter.
pub(super) fn filling(template: &Template, dice: &mut Dice) -> BTreeMap<String, String> {
    let values = template.parameters.iter().map(|(name, _)| {
        let (_, values) = PARAMETERS.iter().find(|(known, _)| known == name).unwrap();
        (name.clone(), dice.pick(values).to_owned())
    });
    values.collect()
}
