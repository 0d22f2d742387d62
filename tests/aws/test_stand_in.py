"""Proves with real AWS clients that the stand-in accepts and refuses what AWS does.

    python -m unittest -v test_stand_in

Needs the packages of requirements.txt. Starts its own server.
"""

import copy
import ipaddress
import json
import subprocess
import tempfile
import unittest
import urllib.request
from pathlib import Path
from typing import Any

from harness import HERE, REGION, ROUTE_TABLE, Server, StandInTest, as_text, given
from small_templates import (
    DYNAMODB_LIST,
    GROUP,
    ROUTE_TABLE_OF_OTHER_VPC,
    S3_LIST,
    S3_LIST_OF_US_EAST_1,
    SUBNET_IN_SAME_ZONE,
    SUBNET_OF_OTHER_VPC,
    SUBNETS,
    VPC,
    VPC_WITHOUT_DNS,
    egress,
    gateway,
    group,
    group_with,
    ingress,
    interface,
    network,
    policy,
    standalone,
    template,
    with_parameter,
    with_rule,
)

ACCOUNT = "012345678901"
EVERYTHING = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}

REFERENCE = (HERE / "reference.yaml").read_text()
REFERENCE_PARAMETERS = {
    "VpcId": VPC,
    "VpcCidr": "10.0.0.0/16",
    "SubnetIds": ",".join(SUBNETS),
    "RouteTableIds": ROUTE_TABLE,
    "S3PrefixListId": S3_LIST,
}


def setUpModule() -> None:
    StandInTest.server = Server()


def tearDownModule() -> None:
    StandInTest.server.stop()


class TheServer(StandInTest):
    def test_a_reset_brings_the_world_back(self) -> None:
        before = self.everything()
        self.create(REFERENCE, **REFERENCE_PARAMETERS)
        self.assertNotEqual(self.everything(), before)
        self.server.reset()
        world = self.ec2.describe_vpcs(VpcIds=[VPC, VPC_WITHOUT_DNS])["Vpcs"]
        self.assertEqual([vpc["CidrBlock"] for vpc in world], ["10.0.0.0/16", "10.1.0.0/16"])
        self.assertEqual(self.egress_of(GROUP), [EVERYTHING])
        self.assertEqual(self.cloudformation.describe_stacks()["Stacks"], [])
        self.assertEqual(self.everything()["endpoints"], [])

    def test_the_world_is_as_the_file_says(self) -> None:
        subnets = self.ec2.describe_subnets(SubnetIds=SUBNETS)["Subnets"]
        self.assertEqual(
            [(subnet["CidrBlock"], subnet["AvailabilityZone"]) for subnet in subnets],
            [("10.0.1.0/24", "ap-northeast-1a"), ("10.0.2.0/24", "ap-northeast-1c")],
        )
        tables = self.ec2.describe_route_tables(
            Filters=[{"Name": "association.subnet-id", "Values": SUBNETS}]
        )["RouteTables"]
        self.assertEqual([table["RouteTableId"] for table in tables], [ROUTE_TABLE])
        for vpc, hostnames in ((VPC, True), (VPC_WITHOUT_DNS, False)):
            answer = self.ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")
            self.assertEqual(answer["EnableDnsHostnames"]["Value"], hostnames)
        for region in ("us-east-1", "eu-central-1", "us-gov-west-1", "cn-north-1"):
            file = json.loads((HERE / "world.json").read_text())["regions"][region]
            ec2 = self.server.client("ec2", region)
            ec2.describe_vpcs(VpcIds=[vpc["id"] for vpc in file["vpcs"]])
            lists = ec2.describe_managed_prefix_lists(
                Filters=[{"Name": "prefix-list-name", "Values": [f"com.amazonaws.{region}.s3"]}]
            )["PrefixLists"]
            self.assertEqual(
                [each["PrefixListId"] for each in lists], [file["prefix_lists"][0]["id"]]
            )

    def test_prefix_lists_are_found_by_name(self) -> None:
        answer = self.server.cli(
            "ec2", "describe-managed-prefix-lists",
            "--filters", f"Name=prefix-list-name,Values=com.amazonaws.{REGION}.s3",
        )  # fmt: skip
        (found,) = json.loads(answer.stdout)["PrefixLists"]
        self.assertEqual((found["PrefixListId"], found["OwnerId"]), (S3_LIST, "AWS"))

    def test_it_is_quiet_and_ends_with_its_stdin(self) -> None:
        other = Server(stderr=subprocess.PIPE)
        urllib.request.urlopen(f"{other.url}/moto-api/data.json", timeout=10).close()
        stdout, stderr = other.stop()
        self.assertEqual((stdout, stderr, other.process.returncode), ("", "", 0))

    def test_the_account_has_a_leading_zero(self) -> None:
        self.assertEqual(self.server.client("sts").get_caller_identity()["Account"], ACCOUNT)


class TheCommandLine(StandInTest):
    def deploy(self, body: str, **parameters: str) -> subprocess.CompletedProcess:
        file = Path(self.enterContext(tempfile.TemporaryDirectory())) / "template"
        file.write_text(body)
        overrides = [f"{name}={value}" for name, value in parameters.items()]
        return self.server.cli(
            "cloudformation", "deploy", "--stack-name", "stack", "--template-file", str(file),
            "--tags", "team=blue", "--no-fail-on-empty-changeset", *(["--parameter-overrides", *overrides] if overrides else []),
        )  # fmt: skip

    def test_deploy_again_and_delete(self) -> None:
        before = self.everything()
        done = self.deploy(REFERENCE, **REFERENCE_PARAMETERS)
        self.assertEqual(done.returncode, 0, done.stderr)
        stack = self.stack("stack", "CREATE_COMPLETE")
        outputs = {output["OutputKey"]: output for output in stack["Outputs"]}
        self.assertEqual(outputs["TaskSecurityGroupId"]["ExportName"], "stack-task-group")
        exports = self.cloudformation.list_exports()["Exports"]
        self.assertEqual(
            [(each["Name"], each["Value"]) for each in exports],
            [("stack-task-group", self.physical_id("TaskSecurityGroup"))],
        )
        self.assertIn(
            {"Key": "team", "Value": "blue"}, self.endpoint(self.physical_id("S3Endpoint"))["Tags"]
        )

        again = self.deploy(REFERENCE)  # the parameters keep their values
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("No changes to deploy", again.stdout + again.stderr)

        tasks = self.physical_id("TaskSecurityGroup")
        changed = self.deploy(REFERENCE.replace("ECR layers in S3", "Layers"))
        self.assertEqual(changed.returncode, 0, changed.stderr)
        self.assertEqual(self.physical_id("TaskSecurityGroup"), tasks)
        self.stack("stack", "UPDATE_COMPLETE")

        self.server.cli("cloudformation", "delete-stack", "--stack-name", "stack")
        waited = self.server.cli(
            "cloudformation", "wait", "stack-delete-complete", "--stack-name", "stack"
        )
        self.assertEqual(waited.returncode, 0, waited.stderr)
        self.assertEqual(self.everything(), before)

    def test_a_failed_deploy_says_so(self) -> None:
        failed = self.deploy(REFERENCE, **{**REFERENCE_PARAMETERS, "S3PrefixListId": "pl-00000000"})
        self.assertNotEqual(failed.returncode, 0)
        events = self.server.cli("cloudformation", "describe-stack-events", "--stack-name", "stack")
        self.assertIn("InvalidPrefixListID.NotFound", events.stdout)
        self.stack("stack", "ROLLBACK_COMPLETE")

        again = self.deploy(REFERENCE, **REFERENCE_PARAMETERS)
        self.assertNotEqual(again.returncode, 0)
        self.assertIn("is in ROLLBACK_COMPLETE state and can not be updated", again.stderr)


class TheReference(StandInTest):
    """Three endpoints and two groups, as one would deploy them for Fargate."""

    def setUp(self) -> None:
        super().setUp()
        self.before = self.everything()
        self.create(REFERENCE, **REFERENCE_PARAMETERS)

    def change(self, old: str, new: str, status: str = "UPDATE_COMPLETE") -> None:
        self.assertIn(old, REFERENCE)
        self.update(REFERENCE.replace(old, new), status=status, **REFERENCE_PARAMETERS)

    def ids(self) -> dict[str, str]:
        resources = self.cloudformation.list_stack_resources(StackName="stack")
        return {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for resource in resources["StackResourceSummaries"]
        }

    def test_what_it_makes(self) -> None:
        endpoints_group = self.physical_id("EndpointSecurityGroup")
        self.assertEqual(
            self.egress_of(self.physical_id("TaskSecurityGroup")),
            [
                {
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": 443,
                    "UserIdGroupPairs": [
                        {
                            "GroupId": endpoints_group,
                            "UserId": ACCOUNT,
                            "Description": "ECR endpoints",
                        }
                    ],
                    "PrefixListIds": [{"PrefixListId": S3_LIST, "Description": "ECR layers in S3"}],
                }
            ],
        )
        self.assertEqual(
            self.egress_of(endpoints_group),
            [
                {
                    "IpProtocol": "-1",
                    "IpRanges": [{"CidrIp": "127.0.0.1/32", "Description": "No outbound traffic"}],
                }
            ],
        )
        for name, service in (("EcrApiEndpoint", "ecr.api"), ("EcrDkrEndpoint", "ecr.dkr")):
            made = self.endpoint(self.physical_id(name))
            self.assertEqual(made["ServiceName"], f"com.amazonaws.{REGION}.{service}")
            self.assertEqual(made["VpcEndpointType"], "Interface")
            self.assertTrue(made["PrivateDnsEnabled"])
            self.assertEqual([each["GroupId"] for each in made["Groups"]], [endpoints_group])
            self.assertEqual(made["SubnetIds"], SUBNETS)
            statements = json.loads(made["PolicyDocument"])["Statement"]
            self.assertEqual(statements[0]["Action"], "ecr:GetAuthorizationToken")
            self.assertEqual(
                statements[1]["Resource"], f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/*"
            )
            interfaces = self.ec2.describe_network_interfaces(
                NetworkInterfaceIds=made["NetworkInterfaceIds"]
            )["NetworkInterfaces"]
            for each, network in zip(interfaces, ("10.0.1.0/24", "10.0.2.0/24"), strict=True):
                self.assertIn(
                    ipaddress.ip_address(each["PrivateIpAddress"]), ipaddress.ip_network(network)
                )
        self.assertEqual(self.prefix_list_routes(), {S3_LIST: self.physical_id("S3Endpoint")})
        tags = {tag["Key"]: tag["Value"] for tag in self.group(endpoints_group)["Tags"]}
        self.assertEqual(tags["Name"], "ecr-endpoints")
        self.assertEqual(tags["aws:cloudformation:logical-id"], "EndpointSecurityGroup")

    def test_delete_leaves_nothing(self) -> None:
        self.delete()
        self.assertEqual(self.everything(), self.before)

    def test_rules_change_in_place(self) -> None:
        before = self.ids()
        self.change("CidrIp: 127.0.0.1/32", "CidrIp: 127.0.0.2/32")
        self.assertEqual(self.ids(), before)
        (permission,) = self.egress_of(before["EndpointSecurityGroup"])
        self.assertEqual([each["CidrIp"] for each in permission["IpRanges"]], ["127.0.0.2/32"])

    def test_a_rule_keeps_its_id_when_its_description_changes(self) -> None:
        def rules() -> list[tuple[str, str]]:
            answer = self.ec2.describe_security_group_rules(
                Filters=[{"Name": "group-id", "Values": [self.physical_id("TaskSecurityGroup")]}]
            )["SecurityGroupRules"]
            return [(rule["SecurityGroupRuleId"], rule["Description"]) for rule in answer]

        (first, _), (second, _) = rules()
        self.change("ECR layers in S3", "Layers")
        self.assertEqual(rules(), [(first, "ECR endpoints"), (second, "Layers")])

    def test_a_policy_changes_in_place(self) -> None:
        before = self.ids()
        self.change("s3:GetObject", "s3:Get*")
        self.assertEqual(self.ids(), before)
        text = self.endpoint(before["S3Endpoint"])["PolicyDocument"]
        self.assertEqual(json.loads(text)["Statement"][0]["Action"], "s3:Get*")

    def test_subnets_change_in_place_and_the_kept_one_keeps_its_address(self) -> None:
        before = self.endpoint(self.physical_id("EcrApiEndpoint"))
        self.update(REFERENCE, **{**REFERENCE_PARAMETERS, "SubnetIds": SUBNETS[1]})
        after = self.endpoint(self.physical_id("EcrApiEndpoint"))
        self.assertEqual(after["VpcEndpointId"], before["VpcEndpointId"])
        self.assertEqual(after["SubnetIds"], SUBNETS[1:])
        self.assertEqual(after["NetworkInterfaceIds"], before["NetworkInterfaceIds"][1:])

    def test_groups_and_private_dns_change_in_place(self) -> None:
        before = self.ids()
        body = REFERENCE.replace("PrivateDnsEnabled: true", "PrivateDnsEnabled: false")
        body = body.replace("[!GetAtt EndpointSecurityGroup.GroupId]", f"[{GROUP}]")
        self.update(body, **REFERENCE_PARAMETERS)
        self.assertEqual(self.ids(), before)
        made = self.endpoint(before["EcrApiEndpoint"])
        self.assertFalse(made["PrivateDnsEnabled"])
        self.assertEqual([each["GroupId"] for each in made["Groups"]], [GROUP])
        interfaces = self.ec2.describe_network_interfaces(
            NetworkInterfaceIds=made["NetworkInterfaceIds"]
        )["NetworkInterfaces"]
        self.assertEqual({each["Groups"][0]["GroupId"] for each in interfaces}, {GROUP})

    def test_route_tables_change_in_place(self) -> None:
        other = self.ec2.create_route_table(VpcId=VPC)["RouteTable"]["RouteTableId"]
        before = self.ids()
        self.update(REFERENCE, **{**REFERENCE_PARAMETERS, "RouteTableIds": other})
        self.assertEqual(self.ids(), before)
        self.assertEqual(self.prefix_list_routes(), {})
        self.assertEqual(self.endpoint(before["S3Endpoint"])["RouteTableIds"], [other])

    def test_a_group_description_replaces_the_group_and_what_refers_to_it_follows(self) -> None:
        before = self.ids()
        self.change("GroupDescription: ECR interface endpoints", "GroupDescription: Endpoints")
        after = self.ids()
        self.assertNotEqual(after["EndpointSecurityGroup"], before["EndpointSecurityGroup"])
        self.assertEqual(after["EcrApiEndpoint"], before["EcrApiEndpoint"])
        self.assertEqual(after["TaskSecurityGroup"], before["TaskSecurityGroup"])
        made = self.endpoint(after["EcrApiEndpoint"])
        self.assertEqual(made["Groups"][0]["GroupId"], after["EndpointSecurityGroup"])
        with self.refused("InvalidGroup.NotFound"):
            self.group(before["EndpointSecurityGroup"])

    def test_another_service_replaces_the_endpoint(self) -> None:
        before = self.ids()
        self.change("${AWS::Region}.ecr.api", "${AWS::Region}.logs")
        self.assertNotEqual(self.ids()["EcrApiEndpoint"], before["EcrApiEndpoint"])

    def test_an_endpoint_under_a_new_name_meets_its_own_dns_domain(self) -> None:
        """CloudFormation makes the new one before it deletes the old one."""
        before = self.everything()
        body = REFERENCE.replace("EcrApiEndpoint:", "Renamed:")
        self.update(body, status="UPDATE_ROLLBACK_COMPLETE", **REFERENCE_PARAMETERS)
        self.assertTrue(any("conflicting DNS domain" in reason for reason in self.reasons("stack")))
        self.assertEqual(self.everything(), before)

    def test_a_failed_update_takes_back_what_it_had_done(self) -> None:
        before = self.everything()
        body = REFERENCE.replace("CidrIp: 127.0.0.1/32", "CidrIp: 127.0.0.2/32")
        body = body.replace("ecr:GetAuthorizationToken", "ecr:*")
        body = body.replace("GroupDescription: Fargate tasks", "GroupDescription: Tasks")
        body = body.replace("${AWS::Region}.s3", "${AWS::Region}.s4")
        self.update(body, status="UPDATE_ROLLBACK_COMPLETE", **REFERENCE_PARAMETERS)
        self.assertTrue(any("does not exist" in reason for reason in self.reasons("stack")))
        self.assertEqual(without_rule_order(self.everything()), without_rule_order(before))
        self.change("s3:GetObject", "s3:Get*")  # and can be updated again

    def test_what_a_template_drops_is_deleted(self) -> None:
        start = REFERENCE.index("  S3Endpoint:")
        body = REFERENCE[:start] + REFERENCE[REFERENCE.index("Outputs:") :]
        self.update(body, **REFERENCE_PARAMETERS)
        self.assertNotIn("S3Endpoint", self.ids())
        self.assertEqual(self.prefix_list_routes(), {})

    def test_an_update_that_changes_nothing(self) -> None:
        with self.refused("No updates are to be performed."):
            self.update(REFERENCE, **REFERENCE_PARAMETERS)
        with self.refused("No updates are to be performed."):
            self.change("Description: Reference", "Metadata: {a: b}\nDescription: Other")

    def test_outputs_alone_are_an_update(self) -> None:
        self.change("-task-group", "-tasks")
        exports = self.cloudformation.list_exports()["Exports"]
        self.assertEqual([each["Name"] for each in exports], ["stack-tasks"])

    def test_a_change_set_says_what_it_would_do(self) -> None:
        body = REFERENCE.replace("GroupDescription: ECR interface endpoints", "GroupDescription: E")
        body = body.replace("s3:GetObject", "s3:Get*")
        self.cloudformation.create_change_set(
            StackName="stack", ChangeSetName="next", ChangeSetType="UPDATE", TemplateBody=body,
            Parameters=given(REFERENCE_PARAMETERS),
        )  # fmt: skip
        answer = self.cloudformation.describe_change_set(StackName="stack", ChangeSetName="next")
        changes = [change["ResourceChange"] for change in answer["Changes"]]
        self.assertEqual(
            {change["LogicalResourceId"]: change["Replacement"] for change in changes},
            {
                "EndpointSecurityGroup": "True",
                "TaskSecurityGroup": "False",
                "EcrApiEndpoint": "False",
                "EcrDkrEndpoint": "False",
                "S3Endpoint": "False",
            },
        )
        self.assertEqual(answer["ExecutionStatus"], "AVAILABLE")


def without_rule_order(everything: dict[str, Any]) -> dict[str, Any]:
    """A rule that is taken away and put back comes last."""
    result = copy.deepcopy(everything)
    for each in result["groups"]:
        for permission in each["IpPermissions"] + each["IpPermissionsEgress"]:
            for peers in permission.values():
                if isinstance(peers, list):
                    peers.sort(key=json.dumps)
    return result


class SecurityGroups(StandInTest):
    def test_without_egress_rules_the_default_stays(self) -> None:
        self.create(template(A=group(), B=group(SecurityGroupEgress=[])))
        for name in ("A", "B"):
            self.assertEqual(self.egress_of(self.physical_id(name)), [EVERYTHING])

    def test_the_default_goes_and_comes_back_with_inline_rules(self) -> None:
        self.create(template(Group=group()))
        group_id = self.physical_id("Group")
        self.update(group_with(egress()))
        (permission,) = self.egress_of(group_id)
        self.assertEqual(permission["IpRanges"], [{"CidrIp": "10.0.0.0/16"}])
        self.update(template(Group=group(SecurityGroupEgress=[])))
        self.assertEqual(self.egress_of(group_id), [EVERYTHING])

    def test_every_peer_and_its_description(self) -> None:
        peers = {
            "CidrIp": ("10.0.0.0/16", "IpRanges", "CidrIp"),
            "CidrIpv6": ("2001:db8::/32", "Ipv6Ranges", "CidrIpv6"),
            "{}SecurityGroupId": (GROUP, "UserIdGroupPairs", "GroupId"),
            "{}PrefixListId": (S3_LIST, "PrefixListIds", "PrefixListId"),
        }

        def rules(end: str) -> list[dict[str, Any]]:
            return [
                egress(**{"CidrIp": None, name.format(end): peer, "Description": f"To {peer}"})
                for name, (peer, _, _) in peers.items()
            ]

        self.create(
            template(
                Group=group(
                    SecurityGroupEgress=rules("Destination"),
                    SecurityGroupIngress=rules("Source"),
                )
            )
        )
        made = self.group(self.physical_id("Group"))
        for direction in ("IpPermissions", "IpPermissionsEgress"):
            (permission,) = made[direction]
            for peer, listed, key in peers.values():
                (entry,) = permission[listed]
                self.assertEqual((entry[key], entry["Description"]), (peer, f"To {peer}"))
        listed_rules = self.ec2.describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": [made["GroupId"]]}]
        )["SecurityGroupRules"]
        self.assertEqual(
            sorted(rule["Description"] for rule in listed_rules),
            sorted(2 * [f"To {peer}" for peer, _, _ in peers.values()]),
        )

    def test_sixty_rules_of_each_family_fit(self) -> None:
        rules = [egress(CidrIp=f"10.0.{number}.0/24") for number in range(59)]
        rules += [egress(CidrIp=None, CidrIpv6=f"2001:db8:{number:x}::/48") for number in range(59)]
        rules += [egress(CidrIp=None, DestinationPrefixListId=S3_LIST)]
        self.create(group_with(*rules))

    def test_a_rule_may_differ_in_port_protocol_or_direction(self) -> None:
        self.create(
            template(
                Group=group(
                    SecurityGroupEgress=[
                        egress(), egress(IpProtocol="udp"), egress(ToPort=444),
                        egress(IpProtocol="-1", FromPort=None, ToPort=None),
                    ],
                    SecurityGroupIngress=[ingress()],
                )
            )
        )  # fmt: skip

    def test_numbers_may_be_text(self) -> None:
        self.create(group_with(egress(FromPort="443", ToPort="443")))

    def test_names(self) -> None:
        self.create(template(Named=group(GroupName="Tasks "), Other=group()))
        self.assertEqual(self.group(self.physical_id("Named"))["GroupName"], "Tasks")
        generated = self.group(self.physical_id("Other"))["GroupName"]
        self.assertRegex(generated, r"^stack-Other-[A-Z0-9]+$")

    def test_a_named_group_cannot_be_replaced(self) -> None:
        self.create(template(Group=group(GroupName="tasks")))
        self.update(
            template(Group=group(GroupName="tasks", GroupDescription="Other")),
            status="UPDATE_ROLLBACK_COMPLETE",
        )
        self.assertTrue(any("already exists" in reason for reason in self.reasons("stack")))

    def test_standalone_egress_takes_the_default_of_an_existing_group(self) -> None:
        self.create(
            template(
                One=standalone("Egress", Description="One"),
                Two=standalone("Egress", CidrIp=None, DestinationPrefixListId=S3_LIST),
            )
        )
        (permission,) = self.egress_of(GROUP)
        self.assertEqual(permission["IpRanges"], [{"CidrIp": "10.0.0.0/16", "Description": "One"}])
        self.assertEqual(permission["PrefixListIds"], [{"PrefixListId": S3_LIST}])
        self.update(template(One=standalone("Egress", Description="First")))
        (permission,) = self.egress_of(GROUP)
        self.assertEqual(
            permission["IpRanges"], [{"CidrIp": "10.0.0.0/16", "Description": "First"}]
        )
        self.assertNotIn("PrefixListIds", permission)
        self.delete()
        self.assertEqual(self.egress_of(GROUP), [EVERYTHING])

    def test_standalone_ingress(self) -> None:
        self.create(
            template(
                Group=group(),
                Rule=standalone("Ingress", CidrIp=None, SourceSecurityGroupId={"Ref": "Group"}),
            )
        )
        (permission,) = self.group(GROUP)["IpPermissions"]
        source = permission["UserIdGroupPairs"][0]["GroupId"]
        self.assertEqual(source, self.physical_id("Group"))
        self.assertEqual(self.egress_of(GROUP), [EVERYTHING])
        self.delete()
        self.assertEqual(self.group(GROUP)["IpPermissions"], [])

    def test_a_standalone_rule_is_replaced_by_any_other_change(self) -> None:
        self.create(template(Rule=standalone("Ingress")))
        before = self.physical_id("Rule")
        self.update(template(Rule=standalone("Ingress", ToPort=444)))
        self.assertNotEqual(self.physical_id("Rule"), before)
        (permission,) = self.group(GROUP)["IpPermissions"]
        self.assertEqual(permission["ToPort"], 444)

    def test_two_groups_that_refer_to_each_other_through_standalone_rules(self) -> None:
        to_tasks = standalone("Ingress", CidrIp=None, SourceSecurityGroupId={"Ref": "Tasks"})
        to_tasks["Properties"]["GroupId"] = {"Fn::GetAtt": ["Endpoints", "GroupId"]}
        tasks = group(
            SecurityGroupEgress=[
                egress(CidrIp=None, DestinationSecurityGroupId={"Ref": "Endpoints"})
            ]
        )
        self.create(template(Endpoints=group(), Tasks=tasks, Rule=to_tasks))
        self.delete()
        self.assertEqual(self.cloudformation.describe_stacks()["Stacks"], [])

    def test_deletion_policies(self) -> None:
        def body(description: str) -> dict[str, Any]:
            kept = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
            return template(Kept={**group(GroupDescription=description), **kept}, Gone=group())

        self.create(body("first"))
        first, gone = self.physical_id("Kept"), self.physical_id("Gone")
        self.update(body("second"))
        second = self.physical_id("Kept")
        self.assertNotEqual(first, second)
        self.delete()
        self.group(first)
        self.group(second)
        with self.refused("InvalidGroup.NotFound"):
            self.group(gone)

    def test_a_group_in_use_is_not_deleted(self) -> None:
        self.create(template(Group=group()))
        self.ec2.authorize_security_group_ingress(
            GroupId=GROUP,
            IpPermissions=[
                {
                    "IpProtocol": "-1",
                    "UserIdGroupPairs": [{"GroupId": self.physical_id("Group")}],
                }
            ],
        )
        self.delete()
        self.stack("stack", "DELETE_FAILED")
        self.assertTrue(any("DependencyViolation" in reason for reason in self.reasons("stack")))

    def test_what_ec2_refuses(self) -> None:
        ports = "Must specify both from and to ports with TCP/UDP."
        peers = "Exactly one of CidrIp, CidrIpv6, DestinationPrefixListId, and DestinationSecurityGroupId"
        many = [egress(CidrIp=f"10.0.{number}.0/24") for number in range(60)]
        many_v6 = [
            egress(CidrIp=None, CidrIpv6=f"2001:db8:{number:x}::/48") for number in range(60)
        ]
        to_group = egress(CidrIp=None, DestinationSecurityGroupId=GROUP)
        to_list = egress(CidrIp=None, DestinationPrefixListId=S3_LIST)
        too_many = "RulesPerSecurityGroupLimitExceeded"
        duplicate = "InvalidPermission.Duplicate"
        description = "Invalid rule description"
        name = "InvalidParameterValue"
        cases = {
            "no peer": (group_with(egress(CidrIp=None)), peers),
            "two peers": (group_with(egress(CidrIpv6="::/0")), peers),
            "empty peer": (group_with(egress(CidrIp="")), peers),
            "no FromPort": (group_with(egress(FromPort=None)), ports),
            "no ToPort, udp": (group_with(egress(IpProtocol="udp", ToPort=None)), ports),
            "no ports, icmp": (
                group_with(egress(IpProtocol="icmp", FromPort=None, ToPort=None)),
                "Must specify both from and to ports with ICMP.",
            ),
            "reversed ports": (
                group_with(egress(FromPort=443, ToPort=80)),
                "Invalid TCP/UDP port range (443:80)",
            ),
            "port too high": (group_with(egress(ToPort=65536)), "Invalid TCP/UDP port range"),
            "unknown protocol": (group_with(egress(IpProtocol="https")), "Unknown protocol"),
            "duplicate": (group_with(egress(), egress()), duplicate),
            "duplicate but for the description": (
                group_with(egress(Description="a"), egress(Description="b")),
                duplicate,
            ),
            "duplicate but for the protocol's spelling": (
                group_with(egress(), egress(IpProtocol="6")),
                duplicate,
            ),
            "duplicate group": (group_with(to_group, to_group), duplicate),
            "duplicate prefix list": (group_with(to_list, to_list), duplicate),
            "duplicate ingress": (
                template(Group=group(SecurityGroupIngress=[ingress(), ingress()])),
                duplicate,
            ),
            "61 IPv4 rules": (group_with(*many, egress(CidrIp="10.1.0.0/24")), too_many),
            "60 IPv4 rules and a group": (group_with(*many, to_group), too_many),
            "60 IPv6 rules and a prefix list": (group_with(*many_v6, to_list), too_many),
            "61 ingress rules": (
                template(
                    Group=group(SecurityGroupIngress=[*many, ingress(CidrIp="10.1.0.0/24")])
                ),
                too_many,
            ),
            "description charset": (group_with(egress(Description="ECR -> S3")), description),
            "description not ASCII": (group_with(egress(Description="ECR → S3")), description),
            "description length": (group_with(egress(Description="x" * 256)), description),
            "unknown prefix list": (
                group_with(egress(CidrIp=None, DestinationPrefixListId="pl-00000000")),
                "InvalidPrefixListID.NotFound",
            ),
            "prefix list of another region": (
                group_with(egress(CidrIp=None, DestinationPrefixListId=S3_LIST_OF_US_EAST_1)),
                "InvalidPrefixListID.NotFound",
            ),
            "malformed prefix list": (
                group_with(egress(CidrIp=None, DestinationPrefixListId="notapl")),
                "InvalidPrefixListId.Malformed",
            ),
            "unknown group": (
                group_with(
                    egress(CidrIp=None, DestinationSecurityGroupId="sg-00000000000000000")
                ),
                "InvalidGroup.NotFound",
            ),
            "malformed group": (
                group_with(egress(CidrIp=None, DestinationSecurityGroupId="tasks")),
                "InvalidGroupId.Malformed",
            ),
            "group of another VPC": (
                template(
                    Group=group(
                        VpcId=VPC_WITHOUT_DNS,
                        SecurityGroupEgress=[egress(CidrIp=None, DestinationSecurityGroupId=GROUP)],
                    )
                ),
                "belong to different networks",
            ),
            "host bits set": (group_with(egress(CidrIp="10.0.0.5/16")), "10.0.0.5/16 is malformed"),
            "IPv6 host bits set": (
                group_with(egress(CidrIp=None, CidrIpv6="2001:db8::1/32")),
                "is malformed",
            ),
            "no prefix length": (group_with(egress(CidrIp="10.0.0.0")), "is malformed"),
            "no address": (group_with(egress(CidrIp="10.0.0.300/32")), "is malformed"),
            "IPv6 where IPv4 goes": (group_with(egress(CidrIp="2001:db8::/32")), "is malformed"),
            "unknown VPC": (
                template(Group=group(VpcId="vpc-00000000000000000")),
                "InvalidVpcID.NotFound",
            ),
            "name like an id": (template(Group=group(GroupName="sg-tasks")), "format sg-*"),
            "name charset": (template(Group=group(GroupName="a>b")), name),
            "name length": (template(Group=group(GroupName="x" * 256)), name),
            "name taken": (
                template(Group=group(GroupName="Already-There ")),
                "InvalidGroup.Duplicate",
            ),
            "reserved tag": (
                template(Group=group(Tags=[{"Key": "aws:x", "Value": "y"}])),
                "reserved for internal use",
            ),
            "standalone, unknown group": (
                template(Rule={**standalone("Egress"), "Properties": {
                    "GroupId": "sg-00000000000000000", **egress()}}),
                "InvalidGroup.NotFound",
            ),
            "standalone, no peer": (template(Rule=standalone("Egress", CidrIp=None)), peers),
            "standalone, duplicate": (
                template(A=standalone("Egress"), B=standalone("Egress", Description="b")),
                duplicate,
            ),
            "standalone, reversed ports": (
                template(Rule=standalone("Ingress", FromPort=444)),
                "Invalid TCP/UDP port range (444:443)",
            ),
        }  # fmt: skip
        before = self.everything()
        for mistake, (body, expected) in cases.items():
            with self.subTest(mistake):
                self.assert_rolled_back(body, expected, before)


class Networks(StandInTest):
    def test_what_it_makes(self) -> None:
        before = self.everything()
        self.create(network())
        vpc = self.physical_id("Vpc")
        (made,) = self.ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]
        self.assertEqual((made["CidrBlock"], made["IsDefault"]), ("10.9.0.0/16", False))
        for attribute, expected in (("enableDnsSupport", True), ("enableDnsHostnames", False)):
            answer = self.ec2.describe_vpc_attribute(VpcId=vpc, Attribute=attribute)
            name = attribute[0].upper() + attribute[1:]
            self.assertEqual(answer[name]["Value"], expected, attribute)
        tags = {tag["Key"]: tag["Value"] for tag in made["Tags"]}
        self.assertEqual(tags["aws:cloudformation:logical-id"], "Vpc")

        of_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
        (subnet,) = self.ec2.describe_subnets(Filters=of_vpc)["Subnets"]
        self.assertEqual(subnet["SubnetId"], self.physical_id("Subnet"))
        self.assertEqual(
            [subnet[key] for key in ("CidrBlock", "AvailabilityZone", "MapPublicIpOnLaunch")],
            ["10.9.1.0/24", f"{REGION}c", False],
        )
        tables = self.ec2.describe_route_tables(Filters=of_vpc)["RouteTables"]
        associations = {
            table["RouteTableId"]: [
                (one["Main"], one.get("SubnetId")) for one in table["Associations"]
            ]
            for table in tables
        }
        own = self.physical_id("Table")
        self.assertEqual(associations.pop(own), [(False, subnet["SubnetId"])])
        self.assertEqual(list(associations.values()), [[(True, None)]])
        (acl,) = self.ec2.describe_network_acls(Filters=of_vpc)["NetworkAcls"]
        self.assertEqual((acl["IsDefault"], len(acl["Associations"])), (True, 1))

        self.delete()
        self.assertEqual(self.everything(), before)

    def test_dns_changes_in_place(self) -> None:
        self.create(network())
        vpc = self.physical_id("Vpc")
        changed = network(Vpc={"EnableDnsHostnames": True})
        self.update(changed)
        self.assertEqual(self.physical_id("Vpc"), vpc)
        answer = self.ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")
        self.assertTrue(answer["EnableDnsHostnames"]["Value"])

    def test_what_others_are_in_is_not_deleted(self) -> None:
        self.create(network())
        vpc, table = self.physical_id("Vpc"), self.physical_id("Table")
        self.ec2.create_security_group(GroupName="in-it", Description="In it", VpcId=vpc)
        self.delete()
        self.stack("stack", "DELETE_FAILED")
        self.ec2.describe_vpcs(VpcIds=[vpc])
        with self.refused("does not exist"):
            self.ec2.describe_route_tables(RouteTableIds=[table])

    def test_what_ec2_refuses(self) -> None:
        second = {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.9.1.128/25"}
        cases = {
            "VPC too large": ({"Vpc": {"CidrBlock": "10.0.0.0/8"}}, "InvalidVpc.Range"),
            "no CIDR": ({"Vpc": {"CidrBlock": None}}, "MissingParameter"),
            "not a CIDR": ({"Vpc": {"CidrBlock": "10.9.0.0"}}, "InvalidParameterValue"),
            "host bits": ({"Vpc": {"CidrBlock": "10.9.0.1/16"}}, "InvalidParameterValue"),
            "names without DNS": (
                {"Vpc": {"EnableDnsSupport": False, "EnableDnsHostnames": True}},
                "InvalidParameterValue",
            ),
            "a property that is not played": (
                {"Vpc": {"InstanceTenancy": "dedicated"}},
                "does not play InstanceTenancy",
            ),
            "subnet of no VPC": (
                {"Subnet": {"VpcId": "vpc-00000000000000000"}},
                "InvalidVpcID.NotFound",
            ),
            "subnet outside of its VPC": (
                {"Subnet": {"CidrBlock": "10.8.1.0/24"}},
                "InvalidSubnet.Range",
            ),
            "subnet in no zone": (
                {"Subnet": {"AvailabilityZone": "eu-west-1a"}},
                "InvalidParameterValue",
            ),
            "subnets that overlap": (
                {"Second": {"Type": "AWS::EC2::Subnet", "Properties": second}},
                "InvalidSubnet.Conflict",
            ),
            "table of no VPC": (
                {"Table": {"VpcId": "vpc-00000000000000000"}},
                "InvalidVpcID.NotFound",
            ),
            "association with no table": (
                {"Association": {"RouteTableId": "rtb-00000000000000000"}},
                "InvalidRouteTableID.NotFound",
            ),
            "association across VPCs": (
                {"Association": {"RouteTableId": ROUTE_TABLE}},
                "belong to different networks",
            ),
            "association of a subnet with one": (
                {"Association": {"SubnetId": SUBNETS[0], "RouteTableId": ROUTE_TABLE}},
                "does not play another route table",
            ),
        }
        before = self.everything()
        for name, (changes, expected) in cases.items():
            with self.subTest(name):
                self.assert_rolled_back(network(**changes), expected, before)


class Endpoints(StandInTest):
    def test_defaults(self) -> None:
        self.create(
            template(
                Api=interface(PrivateDnsEnabled=None, SecurityGroupIds=None),
                S3=gateway(VpcEndpointType=None),
            )
        )
        api = self.endpoint(self.physical_id("Api"))
        self.assertFalse(api["PrivateDnsEnabled"])
        self.assertEqual([each["GroupName"] for each in api["Groups"]], ["default"])
        s3 = self.endpoint(self.physical_id("S3"))
        self.assertEqual(s3["VpcEndpointType"], "Gateway")
        self.assertEqual(json.loads(s3["PolicyDocument"])["Statement"][0]["Action"], "*")

    def test_attributes(self) -> None:
        body = template(Api=interface(), Group=group())
        body["Outputs"] = {
            "Id": {"Value": {"Fn::GetAtt": ["Api", "Id"]}},
            "Dns": {"Value": {"Fn::Join": [" ", {"Fn::GetAtt": ["Api", "DnsEntries"]}]}},
            "Interfaces": {"Value": {"Fn::Join": [",", {"Fn::GetAtt": "Api.NetworkInterfaceIds"}]}},
            "Group": {"Value": {"Fn::Sub": "${Group} ${Group.GroupId} ${!Group}"}},
        }
        stack = self.create(body)
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        made = self.endpoint(outputs["Id"])
        self.assertEqual(outputs["Interfaces"].split(","), made["NetworkInterfaceIds"])
        self.assertRegex(outputs["Dns"], rf"^Z\w+:{outputs['Id']}-.*\.vpce\.amazonaws\.com ")
        self.assertTrue(outputs["Dns"].endswith(f":api.ecr.{REGION}.amazonaws.com"))
        group_id = self.physical_id("Group")
        self.assertEqual(outputs["Group"], f"{group_id} {group_id} ${{Group}}")

    def test_services(self) -> None:
        services = (
            "ecr.api ecr.dkr logs secretsmanager ssm ssmmessages kms sts xray monitoring ecs "
            "ecs-agent ecs-telemetry guardduty-data kinesis-firehose kinesis-streams events sqs "
            "sns elasticfilesystem ec2messages"
        ).split()
        resources = {
            f"E{number}": interface(ServiceName=f"com.amazonaws.{REGION}.{service}")
            for number, service in enumerate(services)
        }
        dynamodb = gateway(ServiceName=f"com.amazonaws.{REGION}.dynamodb")
        self.create(template(**resources, S3=gateway(), DynamoDB=dynamodb))
        self.assertEqual(self.prefix_list_routes().keys(), {S3_LIST, DYNAMODB_LIST})

    def test_the_reference_in_other_partitions(self) -> None:
        for region, prefix in (
            ("us-gov-west-1", "com.amazonaws"),
            ("cn-north-1", "cn.com.amazonaws"),
        ):
            world = json.loads((HERE / "world.json").read_text())["regions"][region]
            (vpc,) = world["vpcs"]
            cloudformation, ec2 = (
                self.server.client("cloudformation", region),
                self.server.client("ec2", region),
            )
            body = REFERENCE
            for service in ("ecr.api", "ecr.dkr"):
                body = body.replace(
                    f"com.amazonaws.${{AWS::Region}}.{service}",
                    f"{prefix}.${{AWS::Region}}.{service}",
                )
            cloudformation.create_stack(
                StackName="stack",
                TemplateBody=body,
                Parameters=given(
                    {
                        "VpcId": vpc["id"],
                        "VpcCidr": vpc["cidr"],
                        "SubnetIds": ",".join(subnet["id"] for subnet in vpc["subnets"]),
                        "RouteTableIds": vpc["route_tables"][0]["id"],
                        "S3PrefixListId": world["prefix_lists"][0]["id"],
                    }
                ),
            )
            (stack,) = cloudformation.describe_stacks(StackName="stack")["Stacks"]
            self.assertEqual(stack["StackStatus"], "CREATE_COMPLETE")
            policies = [
                each["PolicyDocument"] for each in ec2.describe_vpc_endpoints()["VpcEndpoints"]
            ]
            partition = "aws-cn" if region.startswith("cn") else "aws-us-gov"
            self.assertTrue(any(f"arn:{partition}:ecr:{region}:" in text for text in policies))

    def test_service_names_of_china(self) -> None:
        cloudformation = self.server.client("cloudformation", "cn-north-1")
        body = template(
            Api=interface(
                VpcId="vpc-0e1b2c3d4e5f60718",
                ServiceName="com.amazonaws.cn-north-1.ecr.api",
                SubnetIds=["subnet-0e1b2c3d4e5f60711"],
                SecurityGroupIds=None,
            )
        )
        cloudformation.create_stack(StackName="stack", TemplateBody=as_text(body))
        events = cloudformation.describe_stack_events(StackName="stack")["StackEvents"]
        reasons = [event.get("ResourceStatusReason", "") for event in events]
        expected = "The Vpc Endpoint Service 'com.amazonaws.cn-north-1.ecr.api' does not exist"
        self.assertTrue(any(expected in reason for reason in reasons), reasons)

    def test_what_ec2_refuses(self) -> None:
        invalid_policy = "InvalidPolicyDocument"
        endless = policy(Sid="x" * 20_480)
        just_long_enough = policy(Sid="")
        room = 20_480 - len(json.dumps(just_long_enough, separators=(",", ":")))
        self.create(template(Api=interface(PolicyDocument=policy(Sid="x" * room))), "longest")
        self.delete("longest")
        cases = {
            "no type": (
                interface(VpcEndpointType=None),
                "Endpoint type (Gateway) does not match available service types ([Interface])",
            ),
            "no service": (interface(ServiceName=None), "MissingParameter"),
            "misspelt service": (
                interface(ServiceName=f"com.amazonaws.{REGION}.ecr-dkr"),
                f"The Vpc Endpoint Service 'com.amazonaws.{REGION}.ecr-dkr' does not exist",
            ),
            "service of another region": (
                interface(ServiceName="com.amazonaws.us-east-1.ecr.api"),
                "does not exist",
            ),
            "service of another partition": (
                interface(ServiceName=f"cn.com.amazonaws.{REGION}.ecr.api"),
                "does not exist",
            ),
            "unknown VPC": (interface(VpcId="vpc-00000000000000000"), "InvalidVpcId.NotFound"),
            "VPC without DNS host names": (
                interface(
                    VpcId=VPC_WITHOUT_DNS, SubnetIds=[SUBNET_OF_OTHER_VPC], SecurityGroupIds=None
                ),
                "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC "
                f"attributes set to true for {VPC_WITHOUT_DNS}",
            ),
            "unknown subnet": (
                interface(SubnetIds=["subnet-00000000000000000"]),
                "InvalidSubnetId.NotFound",
            ),
            "subnet of another VPC": (
                interface(SubnetIds=[SUBNET_OF_OTHER_VPC]),
                f"does not belong to VPC {VPC}",
            ),
            "two subnets of one zone": (
                interface(SubnetIds=[SUBNETS[0], SUBNET_IN_SAME_ZONE]),
                "DuplicateSubnetsInSameZone",
            ),
            "unknown group": (
                interface(SecurityGroupIds=["sg-00000000000000000"]),
                "InvalidGroup.NotFound",
            ),
            "group of another VPC": (
                interface(
                    VpcId=VPC_WITHOUT_DNS, PrivateDnsEnabled=False, SubnetIds=[SUBNET_OF_OTHER_VPC]
                ),
                "belong to different networks",
            ),
            "interface with route tables": (
                interface(RouteTableIds=[ROUTE_TABLE]),
                "RouteTableIds cannot be specified for Interface endpoints",
            ),
            "gateway with subnets": (
                gateway(SubnetIds=SUBNETS),
                "SubnetIds cannot be specified for Gateway endpoints",
            ),
            "gateway with groups": (
                gateway(SecurityGroupIds=[GROUP]),
                "SecurityGroupIds cannot be specified for Gateway endpoints",
            ),
            "gateway with private DNS": (
                gateway(PrivateDnsEnabled=True),
                "Private DNS can't be enabled",
            ),
            "unknown route table": (
                gateway(RouteTableIds=["rtb-00000000000000000"]),
                "InvalidRouteTableId.NotFound",
            ),
            "route table of another VPC": (
                gateway(RouteTableIds=[ROUTE_TABLE_OF_OTHER_VPC]),
                f"does not belong to VPC {VPC}",
            ),
            "policy that is no JSON": (interface(PolicyDocument="{"), invalid_policy),
            "policy without statements": (
                interface(PolicyDocument={"Version": "2012-10-17"}),
                invalid_policy,
            ),
            "policy version": (
                interface(PolicyDocument={**policy(), "Version": "2012-10-18"}),
                invalid_policy,
            ),
            "policy without Principal": (
                interface(PolicyDocument=policy(Principal=None)),
                "each statement must have Principal or NotPrincipal",
            ),
            "policy without Effect": (
                interface(PolicyDocument=policy(Effect=None)),
                "each statement must have Effect",
            ),
            "policy without Action": (
                interface(PolicyDocument=policy(Action=None)),
                "each statement must have Action or NotAction",
            ),
            "policy without Resource": (
                interface(PolicyDocument=policy(Resource=None)),
                "each statement must have Resource or NotResource",
            ),
            "policy with an unknown member": (
                interface(PolicyDocument=policy(Actions="*")),
                "unknown members: Actions",
            ),
            "policy Effect": (interface(PolicyDocument=policy(Effect="allow")), invalid_policy),
            "policy too long": (interface(PolicyDocument=endless), "at most 20480 are allowed"),
        }
        before = self.everything()
        for mistake, (resource, expected) in cases.items():
            with self.subTest(mistake):
                self.assert_rolled_back(template(Endpoint=resource), expected, before)
        pairs = {
            "private DNS twice": (
                interface(),
                f"private-dns-enabled cannot be set because there is already a conflicting DNS "
                f"domain for api.ecr.{REGION}.amazonaws.com in the VPC {VPC}",
            ),
            "route twice": (
                gateway(),
                f"route table {ROUTE_TABLE} already has a route with destination-prefix-list-id "
                f"{S3_LIST}",
            ),
        }
        for mistake, (resource, expected) in pairs.items():
            with self.subTest(mistake):
                self.assert_rolled_back(template(One=resource, Two=resource), expected, before)

    def test_private_dns_once_per_service_and_vpc_only(self) -> None:
        self.create(
            template(
                One=interface(),
                Two=interface(PrivateDnsEnabled=False),
                Three=interface(ServiceName=f"com.amazonaws.{REGION}.ecr.dkr"),
            )
        )


class Templates(StandInTest):
    def test_functions(self) -> None:
        body = template(
            Group=group(
                GroupDescription={
                    "Fn::Join": ["-", ["a", {"Ref": "P"}, {"Ref": "AWS::Partition"}]]
                },
                SecurityGroupEgress=[
                    egress(CidrIp={"Fn::Select": ["1", {"Ref": "Cidrs"}]}),
                    {"Fn::If": ["Never", egress(), {"Ref": "AWS::NoValue"}]},
                    egress(CidrIp={"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "cidr"]}),
                    egress(CidrIp={"Fn::Select": [0, {"Fn::Split": ["|", "10.3.0.0/16|x"]}]}),
                ],
                Tags={"Fn::If": ["Never", [], {"Ref": "AWS::NoValue"}]},
            ),
            NotMade={**group(), "Condition": "Never"},
        )
        body["Parameters"] = {
            "P": {"Type": "String", "Default": "p"},
            "Cidrs": {"Type": "CommaDelimitedList", "Default": "10.1.0.0/16, 10.2.0.0/16"},
        }
        body["Mappings"] = {"M": {REGION: {"cidr": "10.9.0.0/16"}}}
        body["Conditions"] = {
            "Never": {"Fn::Not": [{"Condition": "Always"}]},
            "Always": {
                "Fn::Or": [
                    {"Fn::And": [{"Fn::Equals": [{"Ref": "P"}, "q"]}, {"Fn::Equals": ["a", "a"]}]},
                    {"Fn::Equals": [{"Ref": "AWS::AccountId"}, ACCOUNT]},
                ]
            },
        }
        self.create(body)
        made = self.group(self.physical_id("Group"))
        self.assertEqual(made["Description"], "a-p-aws")
        (permission,) = made["IpPermissionsEgress"]
        self.assertEqual(
            [each["CidrIp"] for each in permission["IpRanges"]],
            ["10.2.0.0/16", "10.9.0.0/16", "10.3.0.0/16"],
        )
        names = self.cloudformation.list_stack_resources(StackName="stack")
        self.assertEqual(
            [each["LogicalResourceId"] for each in names["StackResourceSummaries"]], ["Group"]
        )

    def test_short_forms(self) -> None:
        self.create(
            f"""
            Conditions:
              Here: !Equals [!Ref 'AWS::Region', {REGION}]
            Resources:
              Group:
                Type: AWS::EC2::SecurityGroup
                Properties:
                  GroupDescription: !Sub ['${{A}} ${{AWS::Region}}', {{A: !If [Here, yes it is, no]}}]
                  VpcId: {VPC}
            Outputs:
              Id: {{Value: !GetAtt Group.GroupId, Condition: Here}}
            """
        )
        made = self.group(self.physical_id("Group"))
        self.assertEqual(made["Description"], f"yes it is {REGION}")

    def test_rules_that_hold(self) -> None:
        contains = {"Fn::Contains": [["a", "c"], {"Ref": "P"}]}
        each_in = {"Fn::EachMemberIn": [{"Ref": "L"}, ["a", "b", "c"]]}
        self.create(with_rule({"Fn::And": [contains, each_in]}))
        never = {"Fn::Equals": ["a", "b"]}
        self.create(with_rule(never, condition=never), "skipped")

    def test_ssm_parameters(self) -> None:
        self.server.client("ssm").put_parameter(Name="/list", Value=S3_LIST, Type="String")
        body = group_with(egress(CidrIp=None, DestinationPrefixListId={"Ref": "P"}))
        body["Parameters"] = {
            "P": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/list"}
        }
        self.create(body)
        (permission,) = self.egress_of(self.physical_id("Group"))
        self.assertEqual(permission["PrefixListIds"], [{"PrefixListId": S3_LIST}])

    def test_a_large_template_goes_through_s3(self) -> None:
        body = template(Group=group())
        body["Metadata"] = {"filler": "x" * 52_000}
        s3 = self.server.client("s3")
        s3.create_bucket(
            Bucket="templates", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        for key, size in (("fits", 52_000), ("too-large", 1_000_000)):
            body["Metadata"]["filler"] = "x" * size
            s3.put_object(Bucket="templates", Key=key, Body=as_text(body))
        url = f"https://s3.{REGION}.amazonaws.com/templates"
        self.cloudformation.create_stack(StackName="stack", TemplateURL=f"{url}/fits")
        self.stack("stack", "CREATE_COMPLETE")
        with self.refused("may not exceed"):
            self.cloudformation.create_stack(StackName="other", TemplateURL=f"{url}/too-large")

    def test_imports_and_exports(self) -> None:
        exporting = template(Group=group())
        exporting["Outputs"] = {"Id": {"Value": {"Ref": "Group"}, "Export": {"Name": "group-id"}}}
        self.create(exporting, "exporting")
        importing = template(Rule=standalone("Ingress"))
        importing["Resources"]["Rule"]["Properties"]["GroupId"] = {"Fn::ImportValue": "group-id"}
        self.create(importing, "importing")
        (permission,) = self.group(self.physical_id("Group", "exporting"))["IpPermissions"]
        self.assertEqual(permission["FromPort"], 443)
        with self.subTest("an export in use stays"):
            self.delete("exporting")
            stack = self.stack("exporting", "DELETE_FAILED")
            self.assertIn("as it is in use by importing", stack["StackStatusReason"])
        with self.subTest("a duplicate export"):
            self.cloudformation.create_stack(StackName="second", TemplateBody=as_text(exporting))
            self.stack("second", "ROLLBACK_COMPLETE")
            expected = "Export with name group-id is already exported by stack exporting"
            self.assertTrue(any(expected in reason for reason in self.reasons("second")))
        self.delete("importing")
        self.delete("exporting")
        with self.subTest("no such export"):
            self.assert_refused_at_once(importing, "No export named group-id found")

    def test_other_operations_are_refused(self) -> None:
        with self.refused("does not play ListTypes"):
            self.cloudformation.list_types()

    def test_options_that_would_change_what_happens_are_refused(self) -> None:
        with self.refused("does not play EnableTerminationProtection"):
            self.cloudformation.create_stack(
                StackName="stack",
                TemplateBody=as_text(template(Group=group())),
                EnableTerminationProtection=True,
            )

    def test_a_change_set_refuses_like_a_stack(self) -> None:
        with self.refused("extraneous key [Nope] is not permitted"):
            self.cloudformation.create_change_set(
                StackName="stack", ChangeSetName="first", ChangeSetType="CREATE",
                TemplateBody=as_text(template(Group=group(Nope=1))),
            )  # fmt: skip
        self.assertEqual(self.cloudformation.describe_stacks()["Stacks"], [])

    def test_what_is_refused_before_anything_is_made(self) -> None:
        properties = "Properties validation failed for resource Group"
        unresolved = "Unresolved resource dependencies"
        rule_of_cidr = {"CidrIp": {"Ref": "Nope"}}
        good = as_text(template(Group=group()))
        to_other = {
            "SecurityGroupEgress": [egress(CidrIp=None, DestinationSecurityGroupId={"Ref": "B"})]
        }
        to_first = {
            "SecurityGroupEgress": [egress(CidrIp=None, DestinationSecurityGroupId={"Ref": "A"})]
        }
        no_default = {"Parameters": {"P": {"Type": "String"}}, **template(Group=group())}
        map_ = {"Mappings": {"M": {"us-east-1": {"cidr": "10.0.0.0/8"}}}}
        find = {"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "cidr"]}
        vpc_parameter = with_parameter(Type="AWS::EC2::VPC::Id", Default="vpc-00000000000000000")
        subnets_parameter = with_parameter(
            Type="List<AWS::EC2::Subnet::Id>", Default=f"{SUBNETS[0]},subnet-00000000000000000"
        )
        output = {"Outputs": {"O": {"Value": {"Ref": "Nope"}}}}
        twice = {"Outputs": {name: {"Value": "v", "Export": {"Name": "e"}} for name in "AB"}}
        cases = {
            "not YAML": ("Resources: [", "YAML not well-formed"),
            "not a map": ("- a", "unsupported structure"),
            "alias": (
                f"Resources:\n  A: &a {as_text(group())}\n  B: *a\n",
                "YAML aliases are not allowed",
            ),
            "anchor": (f"Resources:\n  A: &a {as_text(group())}\n", "YAML aliases are not allowed"),
            "merge": (
                f"Resources:\n  A: {{<<: {as_text(group())}}}\n",
                "YAML merges (<<) are not allowed",
            ),
            "repeated key": (f"Resources: {{}}\nResources: {{A: {as_text(group())}}}", "repeated"),
            "repeated JSON key": ('{"Resources": {}, ' + good[1:], "repeated"),
            "null": ("Resources:\n  A:\n    Type:\n", "'null' values are not allowed"),
            "no resources": ({"Resources": {}}, "At least one Resources member must be defined"),
            "unknown section": (
                {"Mapings": {}, **template(Group=group())},
                "Invalid template property or properties [Mapings]",
            ),
            "format version": (
                {"AWSTemplateFormatVersion": "2010-09-10", **template(Group=group())},
                "unsupported value for AWSTemplateFormatVersion",
            ),
            "function that is not played": (
                template(Group=group(GroupDescription={"Fn::GetAZs": ""})),
                "does not play Fn::GetAZs",
            ),
            "circle of conditions": (
                {
                    "Conditions": {
                        "A": {"Fn::Not": [{"Condition": "B"}]},
                        "B": {"Fn::Not": [{"Condition": "A"}]},
                    },
                    **template(Group=group()),
                },
                "circular condition dependency between A and B",
            ),
            "resource attribute that is not played": (
                template(Group={**group(), "CreationPolicy": {}}),
                "does not play CreationPolicy",
            ),
            "deletion policy": (
                template(Group={**group(), "DeletionPolicy": "retain"}),
                "Unrecognized DeletionPolicy in Group",
            ),
            "transform": (
                {"Transform": "AWS::LanguageExtensions", **template(Group=group())},
                "does not play transforms",
            ),
            "unknown function": (
                template(Group=group(GroupDescription={"Fn::Uppercase": "a"})),
                "unsupported function: Fn::Uppercase",
            ),
            "unknown short form": ("Resources: {A: !Nope a}", "unsupported function: Fn::Nope"),
            "unknown type": (
                template(Group={"Type": "AWS::EC2::Group"}),
                "Unrecognized resource types: [AWS::EC2::Group]",
            ),
            "type that is not played": (
                template(Gateway={"Type": "AWS::EC2::InternetGateway"}),
                "does not play resources of type AWS::EC2::InternetGateway",
            ),
            "unknown resource attribute": (
                template(Group={**group(), "Propertys": {}}),
                "Invalid template resource property 'Propertys'",
            ),
            "no type": (template(Group={"Properties": {}}), "must contain a Type member"),
            "resource name": ({"Resources": {"a-b": group()}}, "a-b is non alphanumeric"),
            "unknown property": (
                template(Group=group(Egress=[])),
                f"{properties} with message:\n#: extraneous key [Egress] is not permitted",
            ),
            "unknown nested property": (
                group_with(egress(DestinationCidr="10.0.0.0/8")),
                "#/SecurityGroupEgress/0: extraneous key [DestinationCidr] is not permitted",
            ),
            "ingress peer in egress": (
                group_with(egress(SourcePrefixListId=S3_LIST)),
                "extraneous key [SourcePrefixListId] is not permitted",
            ),
            "read-only property": (template(Group=group(GroupId="x")), "extraneous key [GroupId]"),
            "missing property": (
                template(Group={"Type": "AWS::EC2::SecurityGroup", "Properties": {"VpcId": VPC}}),
                "#: required key [GroupDescription] not found",
            ),
            "missing nested property": (
                group_with(egress(IpProtocol=None)),
                "#/SecurityGroupEgress/0: required key [IpProtocol] not found",
            ),
            "text for a number": (
                group_with(egress(FromPort="https")),
                "#/SecurityGroupEgress/0/FromPort: expected type: Integer, found: String",
            ),
            "map for a list": (
                template(Group=group(SecurityGroupEgress=egress())),
                "#/SecurityGroupEgress: expected type: JSONArray, found: JSONObject",
            ),
            "text for a list": (
                template(Group=interface(SubnetIds=SUBNETS[0])),
                "#/SubnetIds: expected type: JSONArray, found: String",
            ),
            "text for a boolean": (
                template(Group=interface(PrivateDnsEnabled="yes")),
                "#/PrivateDnsEnabled: expected type: Boolean, found: String",
            ),
            "type of endpoint": (
                template(Group=interface(VpcEndpointType="interface")),
                "#/VpcEndpointType: interface is not a valid enum value",
            ),
            "repeated subnet": (
                template(Group=interface(SubnetIds=[SUBNETS[0], SUBNETS[0]])),
                "#/SubnetIds: failed validation constraint for keyword [uniqueItems]",
            ),
            "group description charset": (
                template(Group=group(GroupDescription="ECR -> S3")),
                "#/GroupDescription: failed validation constraint for keyword [pattern]",
            ),
            "group description length": (
                template(Group=group(GroupDescription="x" * 256)),
                "#/GroupDescription: failed validation constraint for keyword [maxLength]",
            ),
            "unresolved Ref": (group_with(egress(**rule_of_cidr)), f"{unresolved} [Nope]"),
            "unresolved Ref in an output": (
                {**template(Group=group()), **output},
                f"{unresolved} [Nope] in the Outputs block",
            ),
            "unresolved name in Fn::Sub": (
                template(Group=group(GroupDescription={"Fn::Sub": "${Nope}"})),
                f"{unresolved} [Nope]",
            ),
            "unresolved DependsOn": (
                template(Group={**group(), "DependsOn": "Nope"}),
                f"{unresolved} [Nope]",
            ),
            "Ref to what a condition leaves out": (
                {
                    "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
                    **template(
                        Group={**group(), "Condition": "Never"},
                        Other=group(GroupDescription={"Ref": "Group"}),
                    ),
                },
                f"{unresolved} [Group]",
            ),
            "unresolved Fn::GetAtt": (
                template(Group=group(GroupDescription={"Fn::GetAtt": ["Nope", "Id"]})),
                "Fn::GetAtt references undefined resource Nope",
            ),
            "unknown attribute": (
                template(A=group(), B=group(GroupDescription={"Fn::GetAtt": "A.Arn"})),
                "resource A does not support attribute type Arn in Fn::GetAtt",
            ),
            "unknown condition": (
                template(Group={**group(), "Condition": "Nope"}),
                "Unresolved condition dependency Nope",
            ),
            "unknown condition in Fn::If": (
                template(Group=group(GroupDescription={"Fn::If": ["Nope", "a", "b"]})),
                "Unresolved condition dependency Nope",
            ),
            "unknown mapping": (
                template(Group=group(GroupDescription={"Fn::FindInMap": ["N", "a", "b"]})),
                "Mapping named 'N' is not present",
            ),
            "missing mapping key": (
                {**map_, **group_with(egress(CidrIp=find))},
                f"Unable to get mapping for M::{REGION}::cidr",
            ),
            "mapping key charset": (
                {"Mappings": {"M": {"a": {"b-c": "d"}}}, **template(Group=group())},
                "must contain only alphanumeric characters",
            ),
            "Fn::Select past the end": (
                template(Group=group(GroupDescription={"Fn::Select": [2, ["a"]]})),
                "Fn::Select cannot select nonexistent value at index 2",
            ),
            "circle": (
                template(A=group(**to_other), B=group(**to_first)),
                "Circular dependency between resources: [A, B]",
            ),
            "output that is a list": (
                {**template(Group=group()), "Outputs": {"O": {"Value": ["a"]}}},
                "must evaluate to a String",
            ),
            "output without a value": (
                {**template(Group=group()), "Outputs": {"O": {"Description": "d"}}},
                "Every Outputs member must contain a Value object",
            ),
            "export name charset": (
                {
                    **template(Group=group()),
                    "Outputs": {"O": {"Value": "v", "Export": {"Name": "a b"}}},
                },
                "alphanumeric characters, colons, or hyphens",
            ),
            "export name twice": (
                {**template(Group=group()), **twice},
                "Duplicate export name [e]",
            ),
            "body too large": (
                {"Metadata": {"filler": "x" * 51_200}, **template(Group=group())},
                "Member must have length less than or equal to 51200",
            ),
            "description too long": (
                {"Description": "x" * 1_025, **template(Group=group())},
                "'Description' length is greater than 1024",
            ),
            "too many outputs": (
                {
                    **template(Group=group()),
                    "Outputs": {f"O{number}": {"Value": "v"} for number in range(201)},
                },
                "Number of outputs, 201, is greater than maximum allowed, 200",
            ),
            "missing parameter": (no_default, "Parameters: [P] must have values"),
            "parameter type": (
                with_parameter(Type="AWS::EC2::PrefixList::Id", Default="x"),
                "Unrecognized parameter type: AWS::EC2::PrefixList::Id",
            ),
            "parameter attribute": (
                with_parameter(Default="x", Pattern="x"),
                "Invalid template parameter property 'Pattern'",
            ),
            "AllowedPattern": (
                with_parameter(Default="xpl-1", AllowedPattern="pl-[0-9]"),
                "Parameter 'P' must match pattern pl-[0-9]",
            ),
            "ConstraintDescription": (
                with_parameter(Default="x", AllowedPattern="y", ConstraintDescription="a y"),
                "Parameter P failed to satisfy constraint: a y",
            ),
            "AllowedPattern of a list": (
                with_parameter(Type="CommaDelimitedList", Default="y,x", AllowedPattern="y"),
                "Parameter 'P' must match pattern y",
            ),
            "AllowedValues": (
                with_parameter(Default="c", AllowedValues=["a", "b"]),
                "Parameter 'P' must be one of AllowedValues",
            ),
            "Number": (with_parameter(Type="Number", Default="x"), "must be a number"),
            "MaxValue": (
                with_parameter(Type="Number", Default=3, MaxValue=2),
                "must be a number not greater than 2",
            ),
            "MinLength": (with_parameter(Default="", MinLength=1), "at least 1 characters"),
            "VPC that does not exist": (
                vpc_parameter,
                "parameter value vpc-00000000000000000 for parameter name P does not exist",
            ),
            "subnet that does not exist": (
                subnets_parameter,
                "parameter value subnet-00000000000000000 for parameter name P does not exist",
            ),
            "SSM parameter that does not exist": (
                with_parameter(Type="AWS::SSM::Parameter::Value<String>", Default="/nope"),
                "Unable to fetch parameters [/nope]",
            ),
            "assertion Fn::Equals": (
                with_rule({"Fn::Equals": [{"Ref": "P"}, "b"]}),
                "the rule says no",
            ),
            "assertion Fn::Contains": (
                with_rule({"Fn::Contains": [["b", "c"], {"Ref": "P"}]}),
                "the rule says no",
            ),
            "assertion on the region": (
                with_rule({"Fn::Contains": [["us-east-1"], {"Ref": "AWS::Region"}]}),
                "the rule says no",
            ),
            "assertion Fn::Not": (
                with_rule({"Fn::Not": [{"Fn::Equals": [{"Ref": "P"}, "a"]}]}),
                "the rule says no",
            ),
            "assertion Fn::And": (
                with_rule({"Fn::And": [{"Fn::Equals": ["a", "a"]}, {"Fn::Equals": ["a", "b"]}]}),
                "the rule says no",
            ),
            "assertion Fn::Or": (
                with_rule({"Fn::Or": [{"Fn::Equals": ["a", "c"]}, {"Fn::Equals": ["a", "b"]}]}),
                "the rule says no",
            ),
            "assertion Fn::EachMemberIn": (
                with_rule({"Fn::EachMemberIn": [{"Ref": "L"}, ["a"]]}),
                "the rule says no",
            ),
            "assertion under a condition that holds": (
                with_rule(
                    {"Fn::Equals": ["a", "b"]}, condition={"Fn::Equals": [{"Ref": "P"}, "a"]}
                ),
                "the rule says no",
            ),
            "assertion with another function": (
                with_rule({"Fn::Equals": [{"Fn::Join": ["", ["a"]]}, {"Ref": "Group"}]}),
                f"{unresolved} [Group] in the Rules block",
            ),
            "rule function in a condition": (
                {"Conditions": {"C": {"Fn::Contains": [["a"], "a"]}}, **template(Group=group())},
                "a condition can only be one of",
            ),
        }
        before = self.everything()
        for mistake, (body, expected) in cases.items():
            with self.subTest(mistake):
                self.assert_refused_at_once(body, expected)
        with self.subTest("unknown parameter"):
            self.assert_refused_at_once(
                good, "Parameters: [Nope] do not exist in the template", Nope="x"
            )
        self.assertEqual(self.everything(), before)


if __name__ == "__main__":
    unittest.main()
