"""What exists before a test begins, in moto's EC2 and under the ids that the test knows.

The world is the state a region *starts* with: moto makes a region's backend on
first use and again after ``POST /moto-api/reset``, so a reset brings the world back.

The file: ``regions`` by name, each with ``prefix_lists`` (``service``, ``id``) and
``vpcs`` (``id``, ``cidr``, ``dns_support``, ``dns_hostnames``, and what is in it:
``subnets``, ``route_tables``, ``security_groups``). A ``note`` is for the reader.
Whatever the file does not name is moto's own: default VPCs, other prefix lists.
"""

import json
from types import ModuleType
from typing import Any, ClassVar
from unittest import mock

from . import environment  # noqa: F401  (before moto)

from moto.ec2 import urls as ec2_urls
from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models import route_tables, security_groups, subnets, vpcs

Region = dict[str, Any]


def install(path: str | None) -> None:
    """Make every region start with what the file says about it. Call before any request."""
    if path is not None:
        with open(path, encoding="utf-8") as file:
            _FurnishedEC2Backend.world = json.load(file)["regions"]
    ec2_backends.backend = _FurnishedEC2Backend


class _FurnishedEC2Backend(EC2Backend):
    world: ClassVar[dict[str, Region]] = {}

    def __init__(self, region_name: str, account_id: str):
        super().__init__(region_name, account_id)
        region = self.world.get(region_name, {})
        for prefix_list in region.get("prefix_lists", []):
            _rename_prefix_list(self, prefix_list["service"], prefix_list["id"])
        for vpc in region.get("vpcs", []):
            _make_vpc(self, vpc)

    @property
    def _url_module(self) -> ModuleType:
        # moto derives this from the module a backend is defined in.
        return ec2_urls


def _rename_prefix_list(ec2: EC2Backend, service: str, prefix_list_id: str) -> None:
    name = f"com.amazonaws.{ec2.region_name}.{service}"
    lists = ec2.managed_prefix_lists
    (prefix_list,) = [pl for pl in lists.values() if pl.prefix_list_name == name]
    del lists[prefix_list.id]
    prefix_list.id = prefix_list_id
    prefix_list.prefix_list_arn = prefix_list.arn(ec2.region_name, prefix_list.owner_id)
    lists[prefix_list_id] = prefix_list


def _make_vpc(ec2: EC2Backend, given: dict[str, Any]) -> None:
    with _next_id(vpcs, "random_vpc_id", given["id"]):
        vpc = ec2.create_vpc(given["cidr"])
    vpc.enable_dns_support = given["dns_support"]
    vpc.enable_dns_hostnames = given["dns_hostnames"]

    for subnet in given.get("subnets", []):
        with _next_id(subnets, "random_subnet_id", subnet["id"]):
            made = ec2.create_subnet(
                vpc.id, subnet["cidr"], availability_zone=subnet["availability_zone"]
            )
        # moto takes the first subnet of a zone for the default, public one.
        made.default_for_az = made.map_public_ip_on_launch = False

    for table in given.get("route_tables", []):
        with _next_id(route_tables, "random_route_table_id", table["id"]):
            ec2.create_route_table(vpc.id)
        for subnet_id in table.get("subnets", []):
            ec2.associate_route_table(table["id"], subnet_id=subnet_id)

    for group in given.get("security_groups", []):
        with _next_id(security_groups, "random_security_group_id", group["id"]):
            ec2.create_security_group(group["name"], group["description"], vpc_id=vpc.id)


def _next_id(module: ModuleType, generator: str, given: str) -> Any:
    """moto has no parameter for ids: have its generator return the given one."""
    return mock.patch.object(module, generator, return_value=given)
