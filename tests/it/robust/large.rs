//! What is far larger, deeper or more entangled than any template: it has to end soon all the same.

use super::watched::{End, watched};
use crate::support::root;

fn good() -> String {
    std::fs::read_to_string(root().join("tests/findings/good.yaml")).unwrap()
}

/// The good template with more resources.
fn with(more: &str) -> String {
    good() + more
}

fn refused(name: &str, text: String) {
    let end = watched(name, vec![text]);
    assert!(matches!(end, End::Refused(_)), "{name}: {end:?}");
}

fn judged(name: &str, text: String) {
    let end = watched(name, vec![text]);
    assert!(end.is_judged(), "{name}: {end:?}");
}

fn many(count: usize, each: impl Fn(usize) -> String) -> String {
    (0..count).map(each).collect()
}

#[test]
fn what_is_no_template_is_refused() {
    let megabyte = |of: &str| of.repeat((1 << 20) / of.len());
    for (name, text) in [
        ("nothing", String::new()),
        ("blanks", "  \n\n# nothing\n".into()),
        ("not YAML", "a: b: c: [".into()),
        ("a scalar", "hello".into()),
        ("a list", "- a\n- b\n".into()),
        ("a number", "42".into()),
        ("JSON that is cut off", "{\"Resources\": {\"A\": {\"Type\": \"AWS::EC2::VPC\"".into()),
        ("binary", String::from_utf8_lossy(&[0, 159, 146, 150, 255, 0, 1, 2]).into_owned()),
        ("square brackets", megabyte("[")),
        ("braces", megabyte("{")),
        ("dashes", megabyte("- ")),
        ("question marks", megabyte("? ")),
        ("quotes", megabyte("\"")),
        ("tags", megabyte("!a ")),
        ("anchors", megabyte("&a ")),
        ("colons", megabyte("a: ")),
        ("JSON braces", megabyte("{\"a\":")),
        ("documents", megabyte("---\n")),
        ("a long line", format!("Resources: {}", "x".repeat(1 << 20))),
        ("resources that are a list", "Resources: []\n".into()),
        ("resources without a type", "Resources: {A: {}}\n".into()),
        (
            "resources that are texts",
            format!("Resources:\n{}", many(20_000, |n| format!("  A{n}: b\n"))),
        ),
    ] {
        refused(name, text);
    }
}

#[test]
fn deep_nesting_ends() {
    let blocks = |depth: usize| many(depth, |n| format!("{}a:\n", " ".repeat(n)));
    watched("blocks", vec![blocks(1_500)]);
    watched("flow", vec![format!("Resources: {}{}", "[".repeat(5_000), "]".repeat(5_000))]);
    watched(
        "tags",
        vec![format!(
            "Resources: {{A: {{Type: T, Properties: {{B: {} x}}}}}}",
            "!Sub ".repeat(5_000)
        )],
    );
    let nested = |open: &str, close: &str, depth: usize| {
        let value = format!("{}x{}", open.repeat(depth), close.repeat(depth));
        format!("Resources: {{A: {{Type: \"AWS::EC2::VPC\", Properties: {{CidrBlock: {value}}}}}}}")
    };
    for depth in [100, 1_000, 20_000] {
        for (open, close) in [
            ("{\"Fn::If\": [C, ", ", x]}"),
            ("!Join [\"\", [", "]]"),
            ("!Select [0, [", "]]"),
            ("{\"Fn::Not\": [", "]}"),
            ("{\"Fn::Sub\": [\"${A}\", {A: ", "}]}"),
            ("[", "]"),
            ("{a: ", "}"),
        ] {
            watched(&format!("{depth} of {open}"), vec![nested(open, close, depth)]);
        }
    }
}

#[test]
fn bombs_do_not_go_off() {
    let mut aliases = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    let mut merges = String::from("m0: &m0 {k: v}\n");
    let mut plain = String::from("a0: &a0 x\n");
    for n in 1..30 {
        let refs = vec![format!("*a{}", n - 1); 10].join(", ");
        aliases.push_str(&format!("a{n}: &a{n} [{refs}]\n"));
        let bases = vec![format!("*m{}", n - 1); 10].join(", ");
        merges.push_str(&format!("m{n}: &m{n} {{<<: [{bases}], k{n}: *m{}}}\n", n - 1));
        plain.push_str(&format!("a{n}: &a{n} {{<<: {{a: *a{}, b: *a{}}}}}\n", n - 1, n - 1));
    }
    for (name, bomb) in [("aliases", aliases), ("merges", merges), ("maps", plain)] {
        refused(name, format!("{bomb}Resources: {{A: {{Type: AWS::EC2::VPC}}}}\n"));
    }
    let own = "Resources: {A: &a {Type: AWS::EC2::VPC, Properties: {B: *a}}}\n";
    refused("its own alias", own.into());
    let long = format!(
        "x: &x {}\nResources: {{A: {{Type: AWS::EC2::VPC, Properties: {{B: [{}]}}}}}}\n",
        "y".repeat(100_000),
        vec!["*x"; 2_000].join(", ")
    );
    refused("a long text often", long);
}

#[test]
fn loops_end() {
    let conditions = "Conditions: {A: !Not [Condition: B], B: !Or [Condition: A, Condition: C], C: !Condition A}\n";
    refused(
        "conditions",
        format!("{conditions}Resources: {{V: {{Type: AWS::EC2::VPC, Condition: A}}}}\n"),
    );
    let chain = many(5_000, |n| format!("  C{n}: !Not [Condition: C{}]\n", n + 1));
    watched(
        "a chain",
        vec![format!(
            "Conditions:\n{chain}  C5000: !Equals [a, b]\nResources: {{V: {{Type: AWS::EC2::VPC, Condition: C0}}}}\n"
        )],
    );
    let doubled =
        many(60, |n| format!("  C{n}: !And [Condition: C{}, Condition: C{}]\n", n + 1, n + 1));
    watched(
        "doubled",
        vec![format!(
            "Parameters: {{P: {{Type: String}}}}\nConditions:\n{doubled}  C60: !Equals [!Ref P, b]\nResources: {{V: {{Type: AWS::EC2::VPC, Condition: C0}}}}\n"
        )],
    );
    judged("parameters", "Parameters:\n  A: {Type: String, Default: \"${B}\"}\n  B: {Type: String, Default: \"${A}\"}\nResources: {V: {Type: AWS::EC2::VPC, Properties: {CidrBlock: !Sub \"${A}${B}\"}}}\n".into());
    watched("groups", vec!["Resources:\n  A: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !GetAtt B.VpcId, SecurityGroupIngress: !GetAtt B.SecurityGroupIngress}}\n  B: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !GetAtt A.VpcId, SecurityGroupIngress: !GetAtt A.SecurityGroupIngress}}\n".into()]);
    watched("prefixes", vec!["Resources:\n  A: {Type: AWS::EC2::VPC, Properties: {CidrBlock: !GetAtt B.CidrBlock}}\n  B: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref A, CidrBlock: !GetAtt A.CidrBlock}}\n".into()]);
    let chain = many(3_000, |n| {
        format!(
            "  S{n}: {{Type: AWS::EC2::Subnet, Properties: {{CidrBlock: !GetAtt S{}.CidrBlock}}}}\n",
            n + 1
        )
    });
    watched(
        "a chain of attributes",
        vec![format!(
            "Resources:\n{chain}  S3000: {{Type: AWS::EC2::Subnet, Properties: {{CidrBlock: 10.0.0.0/24}}}}\n"
        )],
    );
    let depends = many(3_000, |n| {
        format!(
            "  S{n}: {{Type: AWS::EC2::Subnet, DependsOn: [S{}, S{}]}}\n",
            (n + 1) % 3_000,
            (n + 7) % 3_000
        )
    });
    watched("dependencies", vec![with(&depends)]);
    let import = |a: &str, b: &str| {
        format!(
            "Resources: {{V{a}: {{Type: AWS::EC2::VPC, Properties: {{CidrBlock: !ImportValue {b}}}}}}}\nOutputs: {{O: {{Value: !ImportValue {b}, Export: {{Name: {a}}}}}}}\n"
        )
    };
    watched("imports", vec![import("a", "b"), import("b", "a")]);
}

#[test]
fn long_texts_end() {
    let variables = many(100_000, |n| format!("${{V{n}}}"));
    watched(
        "variables",
        vec![format!(
            "Resources: {{V: {{Type: AWS::EC2::VPC, Properties: {{CidrBlock: !Sub \"{variables}\"}}}}}}\n"
        )],
    );
    let map = many(50_000, |n| format!("V{n}: x, "));
    let used = many(50_000, |n| format!("${{V{n}}}"));
    watched(
        "a map of variables",
        vec![format!(
            "Resources: {{V: {{Type: AWS::EC2::VPC, Properties: {{CidrBlock: !Sub [\"{used}\", {{{map}}}]}}}}}}\n"
        )],
    );
    for text in [
        "x".repeat(1 << 20),
        "${".repeat(1 << 19),
        "{{resolve:".repeat(100_000),
        "!${!".repeat(1 << 18),
    ] {
        for property in ["CidrBlock: !Sub", "CidrBlock:", "EnableDnsSupport: !Sub"] {
            watched(
                "a text",
                vec![format!(
                    "Resources: {{V: {{Type: AWS::EC2::VPC, Properties: {{{property} \"{text}\"}}}}}}\n"
                )],
            );
        }
    }
    let doubling = many(40, |n| {
        format!(
            "  S{n}: {{Type: AWS::EC2::Subnet, Properties: {{CidrBlock: !Join [\"\", [!GetAtt S{}.CidrBlock, !GetAtt S{}.CidrBlock]]}}}}\n",
            n + 1,
            n + 1
        )
    });
    watched(
        "doubling",
        vec![format!(
            "Resources:\n{doubling}  S40: {{Type: AWS::EC2::Subnet, Properties: {{CidrBlock: 10.0.0.0/24}}}}\n"
        )],
    );
    let image = with("").replace("/app:1", &"/a".repeat(200_000));
    watched("an image", vec![image]);
    watched("a name", vec![with("").replace("SubnetA", &"S".repeat(100_000))]);
}

#[test]
fn many_resources_end() {
    watched(
        "resources",
        vec![with(&many(50_000, |n| format!("  R{n}: {{Type: AWS::S3::Bucket}}\n")))],
    );
    watched(
        "groups",
        vec![with(&many(3_000, |n| {
            format!(
                "  R{n}: {{Type: AWS::EC2::SecurityGroup, Properties: {{GroupDescription: g, VpcId: !Ref Vpc}}}}\n"
            )
        }))],
    );
    let rules = many(10_000, |n| {
        format!(
            "        - {{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.{}.{}.0/28}}\n",
            n / 250,
            n % 250
        )
    });
    let place = "        - IpProtocol: tcp\n          FromPort: 443\n          ToPort: 443\n          DestinationPrefixListId";
    assert!(good().contains(place));
    watched("egress rules", vec![good().replace(place, &format!("{rules}{place}"))]);
    let place = "      SecurityGroupIngress:\n";
    watched(
        "ingress rules",
        vec![
            good()
                .replace(place, &format!("{place}{rules}"))
                .replace("          CidrIp: 10.0.0.0/16\n", "          CidrIp: 10.0.0.0/32\n"),
        ],
    );
    let alone = many(3_000, |n| {
        format!(
            "  R{n}: {{Type: AWS::EC2::SecurityGroupEgress, Properties: {{GroupId: !Ref TaskSecurityGroup, IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.{}.{}.0/28}}}}\n",
            n / 250,
            n % 250
        )
    });
    watched("standalone rules", vec![with(&alone)]);
    let entries = many(1_000, |n| {
        format!(
            "  E{n}: {{Type: AWS::EC2::NetworkAclEntry, Properties: {{NetworkAclId: !Ref Acl, Egress: {}, RuleNumber: {n}, Protocol: 6, RuleAction: allow, CidrBlock: 10.{}.{}.0/28, PortRange: {{From: {}, To: {}}}}}}}\n",
            n % 2 == 0,
            n / 250,
            n % 250,
            n,
            65_000 - n
        )
    });
    let acl = "  Acl: {Type: AWS::EC2::NetworkAcl, Properties: {VpcId: !Ref Vpc}}\n  AclA: {Type: AWS::EC2::SubnetNetworkAclAssociation, Properties: {SubnetId: !Ref SubnetA, NetworkAclId: !Ref Acl}}\n";
    watched("ACL entries", vec![with(&format!("{acl}{entries}"))]);
}

#[test]
fn many_subnets_and_endpoints_end() {
    let subnets = many(500, |n| {
        format!(
            "  S{n}: {{Type: AWS::EC2::Subnet, Properties: {{VpcId: !Ref Vpc, CidrBlock: 10.{}.{}.0/24}}}}\n",
            n / 250,
            n % 250
        )
    });
    let list = (0..500).map(|n| format!("!Ref S{n}")).collect::<Vec<_>>().join(", ");
    let endpoints = many(50, |n| {
        format!(
            "  E{n}: {{Type: AWS::EC2::VPCEndpoint, Properties: {{VpcEndpointType: Interface, VpcId: !Ref Vpc, PrivateDnsEnabled: true, SubnetIds: [{list}], SecurityGroupIds: [!Ref EndpointSecurityGroup], ServiceName: com.amazonaws.ap-northeast-1.{}}}}}\n",
            ["ecr.api", "ecr.dkr", "logs", "ssm", "kms"][n % 5]
        )
    });
    let text = with(&format!("{subnets}{endpoints}"))
        .replace("Subnets: [!Ref SubnetA, !Ref SubnetB]", &format!("Subnets: [{list}]"));
    watched("subnets and endpoints", vec![text]);
}

#[test]
fn many_tasks_end() {
    let tasks = many(1_000, |n| {
        format!(
            "  D{n}: {{Type: AWS::ECS::TaskDefinition, Properties: {{ExecutionRoleArn: !GetAtt ExecutionRole.Arn, ContainerDefinitions: [{{Name: a, Image: !Sub \"012345678901.dkr.ecr.${{AWS::Region}}.amazonaws.com/app{n}:1\"}}]}}}}\n"
        )
    });
    watched("definitions", vec![with(&tasks)]);
    let services = many(1_000, |n| {
        format!(
            "  S{n}: {{Type: AWS::ECS::Service, Properties: {{LaunchType: FARGATE, TaskDefinition: !Ref D{n}, NetworkConfiguration: {{AwsvpcConfiguration: {{Subnets: [!Ref SubnetA, !Ref SubnetB], SecurityGroups: [!Ref TaskSecurityGroup]}}}}}}}}\n"
        )
    });
    watched("services", vec![with(&format!("{tasks}{services}"))]);
    let wrong = with(&format!("{tasks}{services}"))
        .replace(
            "GroupDescription: Tasks",
            "GroupDescription: Tasks\n      SecurityGroupIngress: []",
        )
        .replace("DestinationPrefixListId: pl-61a54008", "CidrIp: 192.168.0.0/16");
    watched("services that are blocked", vec![wrong]);
    let containers = many(2_000, |n| {
        format!(
            "        - {{Name: c{n}, Image: \"012345678901.dkr.ecr.ap-northeast-1.amazonaws.com/app{n}:1\"}}\n"
        )
    });
    watched(
        "containers",
        vec![with("").replace(
            "      ContainerDefinitions:\n",
            &format!("      ContainerDefinitions:\n{containers}"),
        )],
    );
}

#[test]
fn many_conditions_are_not_looked_at_one_by_one() {
    let parameters = many(100, |n| format!("  P{n}: {{Type: String}}\n"));
    let conditions = many(200, |n| match n % 2 {
        0 => format!("  C{n}: !Equals [!Ref P{}, yes]\n", n / 2),
        _ => format!(
            "  C{n}: !And [!Equals [!Ref P{}, a{n}], !Not [!Equals [!Ref P{}, b]]]\n",
            n / 2,
            (n + 7) % 100
        ),
    });
    let rules = many(200, |n| {
        format!(
            "  R{n}: {{Type: AWS::EC2::SecurityGroupEgress, Condition: C{n}, Properties: {{GroupId: !Ref TaskSecurityGroup, IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: !If [C{}, 10.0.{n}.0/24, 10.1.0.0/16]}}}}\n",
            (n + 1) % 200
        )
    });
    let text = format!(
        "Parameters:\n{parameters}Conditions:\n{conditions}{}{rules}",
        good().split_once("\n\n").unwrap().1
    );
    let end = watched("conditions", vec![text]);
    assert_eq!(end, End::Judged { outcomes: 1, undecided: true });
    // One parameter that is compared with many things.
    let conditions = many(200, |n| format!("  C{n}: !Equals [!Ref P, v{n}]\n"));
    let rules = many(200, |n| {
        format!(
            "  R{n}: {{Type: AWS::EC2::SecurityGroupEgress, Condition: C{n}, Properties: {{GroupId: !Ref TaskSecurityGroup, IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.{n}.0/24}}}}\n"
        )
    });
    let text = format!(
        "Parameters: {{P: {{Type: String}}}}\nConditions:\n{conditions}{}{rules}",
        good().split_once("\n\n").unwrap().1
    );
    let end = watched("values", vec![text]);
    assert_eq!(end, End::Judged { outcomes: 1, undecided: true });
}

#[test]
fn loops_of_a_template_are_bounded() {
    let list = (0..200).map(|n| format!("v{n}")).collect::<Vec<_>>().join(", ");
    let mut body = String::from(
        "{\"R${A}${B}${C}${D}${E}\": {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: \"${A}\"}}}",
    );
    for id in ["E", "D", "C", "B", "A"] {
        body = format!("{{\"Fn::ForEach::L{id}\": [{id}, [{list}], {body}]}}");
    }
    let text = format!("Transform: AWS::LanguageExtensions\nResources: {body}\n");
    let end = watched("loops", vec![text]);
    assert!(end.is_refused("template-too-large"), "{end:?}");
    let long = "x".repeat(1_000);
    let text = format!(
        "Transform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::L: [A, [{list}], {{\"R${{A}}\": {{Type: AWS::EC2::SecurityGroup, Properties: {{GroupDescription: \"{}\"}}}}}}]\n",
        "${A}".repeat(20_000)
    );
    watched("long loops", vec![text.replace("v1,", &format!("{long},"))]);
}

#[test]
fn large_policies_end() {
    let statements = many(10_000, |n| {
        format!(
            "          - {{Effect: {}, Principal: \"*\", Action: \"ecr:G*{n}*a*\", Resource: \"*\"}}\n",
            if n % 3 == 0 { "Deny" } else { "Allow" }
        )
    });
    let place = "            Action: ecr:GetAuthorizationToken\n            Resource: \"*\"\n";
    assert!(good().contains(place));
    watched("statements", vec![good().replace(place, &format!("{place}{statements}"))]);
    for pattern in [
        "a*".repeat(10_000),
        "*a".repeat(10_000),
        "?*".repeat(10_000),
        "*".repeat(20_000),
        format!("{}b", "a*".repeat(5_000)),
    ] {
        watched(
            "an action",
            vec![good().replace(
                "Action: ecr:GetAuthorizationToken",
                &format!("Action: \"ecr:{pattern}\""),
            )],
        );
        let resource =
            "Resource: !Sub arn:${AWS::Partition}:ecr:${AWS::Region}:012345678901:repository/app";
        assert!(good().contains(resource));
        let image = format!("/{}:1", "a".repeat(200));
        let text = good().replace(
            resource,
            &format!("Resource: !Sub \"arn:*:ecr:*:*:repository/{pattern}${{Unknown}}{pattern}\""),
        );
        watched(
            "a resource",
            vec![format!(
                "Parameters: {{Unknown: {{Type: String}}}}\n{}",
                text.replace("/app:1", &image)
            )],
        );
    }
    let actions = many(20_000, |n| format!("\"ecr:*{n}*\", "));
    watched(
        "actions",
        vec![good().replace("Action: ecr:GetAuthorizationToken", &format!("Action: [{actions}]"))],
    );
    let unknown = many(3_000, |n| {
        format!(
            "          - {{Effect: Deny, Principal: \"*\", Action: !Ref P{n}, Resource: !Sub \"${{P{n}}}*${{P{n}}}\"}}\n"
        )
    });
    let parameters = many(3_000, |n| format!("  P{n}: {{Type: String}}\n"));
    watched(
        "unknown statements",
        vec![format!(
            "Parameters:\n{parameters}{}",
            good().replace(place, &format!("{place}{unknown}"))
        )],
    );
}
