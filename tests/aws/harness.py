"""A server of the stand-in for tests, real clients of it, and what tests ask and expect of it."""

import json
import os
import subprocess
import sys
import unittest
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

HERE = Path(__file__).parent
REGION = "ap-northeast-1"
ROUTE_TABLE = "rtb-0a1b2c3d4e5f60711"


class Server:
    """The server as a test uses it: it ends when the pipe to its stdin does."""

    def __init__(self, stderr: int | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "server.py", "--world", "world.json", "--until-stdin-closes"],
            cwd=HERE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            raise RuntimeError(f"no server: {line!r}")
        self.url = line.removeprefix("listening on ").strip()

    def stop(self) -> tuple[str, str | None]:
        """What it wrote since it listened, on stdout and, if that was asked for, on stderr."""
        return self.process.communicate(timeout=10)

    def reset(self) -> None:
        request = urllib.request.Request(f"{self.url}/moto-api/reset", method="POST")
        urllib.request.urlopen(request, timeout=10).close()

    def client(self, service: str, region: str = REGION) -> Any:
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 0}),
        )

    def cli(self, *arguments: str) -> subprocess.CompletedProcess:
        """The real CLI, from the same environment as this Python."""
        return subprocess.run(
            [str(Path(sys.executable).with_name("aws")), *arguments, "--output", "json"],
            env={
                "PATH": os.environ["PATH"],
                "AWS_ENDPOINT_URL": self.url,
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_DEFAULT_REGION": REGION,
                "AWS_EC2_METADATA_DISABLED": "true",
            },
            capture_output=True,
            check=False,
            text=True,
            timeout=60,
        )


def given(parameters: dict[str, str]) -> list[dict[str, str]]:
    """Parameters as the API takes them."""
    return [{"ParameterKey": key, "ParameterValue": text} for key, text in parameters.items()]


def as_text(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body)


class StandInTest(unittest.TestCase):
    """Every test begins with the world and without stacks."""

    server: ClassVar[Server]  # set by the module of the tests: one server serves them all

    @classmethod
    def setUpClass(cls) -> None:
        cls.cloudformation = cls.server.client("cloudformation")
        cls.ec2 = cls.server.client("ec2")

    def setUp(self) -> None:
        self.server.reset()

    # Doing

    def create(self, body: Any, name: str = "stack", **parameters: str) -> dict[str, Any]:
        self.cloudformation.create_stack(
            StackName=name, TemplateBody=as_text(body), Parameters=given(parameters)
        )
        return self.stack(name, "CREATE_COMPLETE")

    def update(
        self, body: Any, name: str = "stack", status: str = "UPDATE_COMPLETE", **parameters: str
    ) -> dict[str, Any]:
        self.cloudformation.update_stack(
            StackName=name, TemplateBody=as_text(body), Parameters=given(parameters)
        )
        return self.stack(name, status)

    def delete(self, name: str = "stack") -> None:
        self.cloudformation.delete_stack(StackName=name)

    # Looking

    def stack(self, name: str, status: str) -> dict[str, Any]:
        (stack,) = self.cloudformation.describe_stacks(StackName=name)["Stacks"]
        self.assertEqual(stack["StackStatus"], status, self.reasons(name))
        return stack

    def reasons(self, name: str) -> list[str]:
        events = self.cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        return [event.get("ResourceStatusReason", "") for event in events]

    def physical_id(self, logical_id: str, name: str = "stack") -> str:
        detail = self.cloudformation.describe_stack_resource(
            StackName=name, LogicalResourceId=logical_id
        )
        return detail["StackResourceDetail"]["PhysicalResourceId"]

    def group(self, group_id: str) -> dict[str, Any]:
        return self.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]

    def egress_of(self, group_id: str) -> list[dict[str, Any]]:
        """Without the empty lists."""
        return [
            {name: value for name, value in permission.items() if value != []}
            for permission in self.group(group_id)["IpPermissionsEgress"]
        ]

    def endpoint(self, endpoint_id: str) -> dict[str, Any]:
        return self.ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint_id])["VpcEndpoints"][0]

    def prefix_list_routes(self) -> dict[str, str]:
        (table,) = self.ec2.describe_route_tables(RouteTableIds=[ROUTE_TABLE])["RouteTables"]
        return {
            route["DestinationPrefixListId"]: route["GatewayId"]
            for route in table["Routes"]
            if "DestinationPrefixListId" in route
        }

    def everything(self) -> dict[str, Any]:
        """All that a stack could leave behind or spoil."""
        return {
            "groups": self.ec2.describe_security_groups()["SecurityGroups"],
            "endpoints": self.ec2.describe_vpc_endpoints()["VpcEndpoints"],
            "interfaces": self.ec2.describe_network_interfaces()["NetworkInterfaces"],
            "vpcs": self.ec2.describe_vpcs()["Vpcs"],
            "subnets": self.ec2.describe_subnets()["Subnets"],
            "tables": self.ec2.describe_route_tables()["RouteTables"],
            "acls": self.ec2.describe_network_acls()["NetworkAcls"],
            "routes": self.prefix_list_routes(),
            "tags": self.ec2.describe_tags()["Tags"],
            "exports": self.cloudformation.list_exports()["Exports"],
        }

    # Expecting

    @contextmanager
    def refused(self, expected: str) -> Iterator[None]:
        with self.assertRaises(ClientError) as caught:
            yield
        self.assertIn(expected, str(caught.exception))

    def assert_refused_at_once(self, body: Any, expected: str, **parameters: str) -> None:
        """The request is refused: there is no stack, let alone a resource."""
        try:
            with self.refused(expected):
                self.create(body, "refused", **parameters)
            with self.refused("does not exist"):
                self.cloudformation.describe_stacks(StackName="refused")
        finally:
            self.delete("refused")

    def assert_rolled_back(self, body: Any, expected: str, before: dict[str, Any]) -> None:
        """EC2 refuses a resource: the stack takes everything back and says why."""
        try:
            self.cloudformation.create_stack(StackName="refused", TemplateBody=as_text(body))
            stack = self.stack("refused", "ROLLBACK_COMPLETE")
            self.assertNotIn("Outputs", stack)
            reasons = self.reasons("refused")
            self.assertTrue(any(expected in reason for reason in reasons), reasons)
            self.assertEqual(self.everything(), before)
        finally:
            self.delete("refused")
