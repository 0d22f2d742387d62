"""AWS::EC2::VPCEndpoint: gateways with their routes, interfaces with their addresses."""

from dataclasses import dataclass
from datetime import UTC
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpcs import VPC, VPCEndPoint
from moto.ec2.utils import random_resource_id, random_vpc_ep_id

from ..errors import Ec2Error
from ..functions import text
from . import endpoint_policies, endpoint_services, tags
from .group_rules import group_in_vpc
from .provider import Made, Owner

_INTERFACE_ONLY = ("SubnetIds", "SecurityGroupIds")
_GATEWAY_ONLY = ("RouteTableIds",)
# AWS keeps the first four addresses of a subnet and the last one.
_RESERVED_ADDRESSES = 4


@dataclass
class _Wanted:
    """The properties of an endpoint, defaults filled in, after every check."""

    type: str
    service: str
    service_name: str
    policy: str
    private_dns: bool
    ip_address_type: str
    subnet_ids: list[str]
    group_ids: list[str]
    route_table_ids: list[str]


class EndpointProvider:
    def create(self, ec2: EC2Backend, owner: Owner, properties: dict) -> Made:
        vpc = _vpc(ec2, properties)
        wanted = _read(ec2, vpc, properties, present=None)
        endpoint = VPCEndPoint(
            ec2,
            random_vpc_ep_id(),
            vpc.id,
            wanted.service_name,
            wanted.type,
            wanted.policy,
            route_table_ids=[],
            subnet_ids=[],
            private_dns_enabled=wanted.private_dns,
            destination_prefix_list_id=(
                _prefix_list_id(ec2, wanted.service_name) if wanted.type == "Gateway" else None
            ),
        )
        # moto's class has no place for these: they make the DNS names.
        endpoint.hosted_zone_id = f"Z{random_resource_id(13).upper()}"
        endpoint.dns_label = random_resource_id(8)
        ec2.vpc_end_points[endpoint.id] = endpoint
        return _apply(ec2, owner, endpoint, wanted, properties)

    def update(self, ec2: EC2Backend, owner: Owner, physical_id: str, old: dict, new: dict) -> Made:
        endpoint = ec2.vpc_end_points[physical_id]
        wanted = _read(ec2, ec2.get_vpc(endpoint.vpc_id), new, present=endpoint)
        return _apply(ec2, owner, endpoint, wanted, new)

    def delete(self, ec2: EC2Backend, physical_id: str, properties: dict) -> None:
        endpoint = ec2.vpc_end_points.pop(physical_id, None)
        if endpoint is None:
            return
        for subnet_id in list(endpoint.subnet_ids):
            _remove_interface(ec2, endpoint, subnet_id)
        for table_id in endpoint.route_table_ids:
            ec2.delete_route(table_id, endpoint.destination_prefix_list_id)
        tags.remove(ec2, physical_id)


# Checks


def _vpc(ec2: EC2Backend, properties: dict) -> VPC:
    vpc_id = properties["VpcId"]
    if vpc_id not in ec2.vpcs:
        raise Ec2Error("InvalidVpcId.NotFound", f"The Vpc Id {vpc_id} does not exist")
    return ec2.vpcs[vpc_id]


def _read(ec2: EC2Backend, vpc: VPC, properties: dict, present: VPCEndPoint | None) -> _Wanted:
    """``present``: the endpoint itself when it exists already, which does not conflict with itself."""
    for name in ("ServiceRegion", "ServiceNetworkArn", "ResourceConfigurationArn", "DnsOptions"):
        if name in properties:
            raise Ec2Error("NotPlayed", f"The stand-in does not play {name} of a VPC endpoint")
    if "ServiceName" not in properties:
        raise Ec2Error("MissingParameter", "The request must contain the parameter ServiceName")
    endpoint_type = properties.get("VpcEndpointType", "Gateway")
    service_name = properties["ServiceName"]
    service = endpoint_services.short_name(ec2.region_name, service_name, endpoint_type)
    wanted = _Wanted(
        type=endpoint_type,
        service=service,
        service_name=service_name,
        policy=endpoint_policies.policy_text(properties),
        private_dns=text(properties.get("PrivateDnsEnabled", False)).lower() == "true",
        ip_address_type=properties.get("IpAddressType", "ipv4"),
        subnet_ids=properties.get("SubnetIds", []),
        group_ids=properties.get("SecurityGroupIds", []),
        route_table_ids=properties.get("RouteTableIds", []),
    )
    tags.check(properties)
    if wanted.ip_address_type not in ("ipv4", "not-specified"):
        raise Ec2Error("NotPlayed", "The stand-in plays endpoints with IPv4 addresses only")
    if endpoint_type == "Gateway":
        _refuse(properties, _INTERFACE_ONLY, endpoint_type)
        _check_gateway(ec2, vpc, wanted, present)
    else:
        _refuse(properties, _GATEWAY_ONLY, endpoint_type)
        _check_interface(ec2, vpc, wanted, present)
    return wanted


def _refuse(properties: dict, names: tuple[str, ...], endpoint_type: str) -> None:
    for name in names:
        if properties.get(name):
            raise Ec2Error(
                "InvalidParameter", f"{name} cannot be specified for {endpoint_type} endpoints"
            )


def _check_gateway(ec2: EC2Backend, vpc: VPC, wanted: _Wanted, present: VPCEndPoint | None) -> None:
    if wanted.private_dns:
        raise Ec2Error(
            "InvalidParameter",
            f"Private DNS can't be enabled because the service {wanted.service_name} does not "
            "provide a private DNS name.",
        )
    prefix_list_id = _prefix_list_id(ec2, wanted.service_name)
    for table_id in wanted.route_table_ids:
        table = ec2.route_tables.get(table_id)
        if table is None:
            raise Ec2Error(
                "InvalidRouteTableId.NotFound", f"The routeTable ID '{table_id}' does not exist"
            )
        if table.vpc_id != vpc.id:
            raise Ec2Error(
                "InvalidParameter", f"Route table {table_id} does not belong to VPC {vpc.id}"
            )
        if present is not None and table_id in present.route_table_ids:
            continue
        if any(
            route.destination_prefix_list is not None
            and route.destination_prefix_list.id == prefix_list_id
            for route in table.routes
        ):
            raise Ec2Error(
                "RouteAlreadyExists",
                f"route table {table_id} already has a route with destination-prefix-list-id "
                f"{prefix_list_id}",
            )


def _check_interface(
    ec2: EC2Backend, vpc: VPC, wanted: _Wanted, present: VPCEndPoint | None
) -> None:
    zones = set()
    for subnet_id in wanted.subnet_ids:
        subnet = _subnet(ec2, subnet_id)
        if subnet.vpc_id != vpc.id:
            raise Ec2Error(
                "InvalidParameter", f"The subnet {subnet_id} does not belong to VPC {vpc.id}"
            )
        if subnet.availability_zone in zones:
            raise Ec2Error(
                "DuplicateSubnetsInSameZone",
                f"Found another VPC endpoint subnet in the availability zone of {subnet_id}. VPC "
                "endpoint subnets should be in different availability zones supported by the VPC "
                "endpoint service.",
            )
        zones.add(subnet.availability_zone)
    for group_id in wanted.group_ids:
        group_in_vpc(ec2, group_id, vpc.id)
    if not wanted.private_dns:
        return
    if not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        raise Ec2Error(
            "InvalidParameter",
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC "
            f"attributes set to true for {vpc.id}",
        )
    if any(
        other is not present
        and other.vpc_id == vpc.id
        and other.service_name == wanted.service_name
        and other.private_dns_enabled
        and other.state != "deleted"  # moto keeps what its own API deleted
        for other in ec2.vpc_end_points.values()
    ):
        domain = endpoint_services.private_dns_name(ec2.region_name, wanted.service)
        raise Ec2Error(
            "InvalidParameter",
            "private-dns-enabled cannot be set because there is already a conflicting DNS domain "
            f"for {domain} in the VPC {vpc.id}",
        )


def _subnet(ec2: EC2Backend, subnet_id: str) -> Subnet:
    for subnet in ec2.describe_subnets():
        if subnet.id == subnet_id:
            return subnet
    raise Ec2Error("InvalidSubnetId.NotFound", f"The subnet ID '{subnet_id}' does not exist")


def _prefix_list_id(ec2: EC2Backend, service_name: str) -> str:
    return next(
        prefix_list.id
        for prefix_list in ec2.managed_prefix_lists.values()
        if prefix_list.prefix_list_name == service_name
    )


# Changes


def _apply(
    ec2: EC2Backend, owner: Owner, endpoint: VPCEndPoint, wanted: _Wanted, properties: dict
) -> Made:
    endpoint.policy_document = wanted.policy
    endpoint.private_dns_enabled = wanted.private_dns
    endpoint.ip_address_type = "ipv4"
    if wanted.type == "Interface":
        endpoint.security_group_ids = list(wanted.group_ids) or [
            ec2.get_default_security_group(endpoint.vpc_id).id
        ]
    for subnet_id in set(endpoint.subnet_ids) - set(wanted.subnet_ids):
        _remove_interface(ec2, endpoint, subnet_id)
    for subnet_id in wanted.subnet_ids:
        if subnet_id not in endpoint.subnet_ids:
            _add_interface(ec2, endpoint, subnet_id)
    for interface_id in endpoint.network_interface_ids:
        ec2.enis[interface_id]._group_set = _groups(ec2, endpoint)
    for table_id in set(endpoint.route_table_ids) - set(wanted.route_table_ids):
        ec2.delete_route(table_id, endpoint.destination_prefix_list_id)
        endpoint.route_table_ids.remove(table_id)
    for table_id in wanted.route_table_ids:
        if table_id not in endpoint.route_table_ids:
            ec2.create_route(
                table_id,
                None,
                gateway_id=endpoint.id,
                destination_prefix_list_id=endpoint.destination_prefix_list_id,
            )
            endpoint.route_table_ids.append(table_id)
    endpoint.dns_entries = _dns_entries(ec2, endpoint, wanted)
    tags.apply(ec2, owner, endpoint.id, properties)
    return _made(endpoint)


def _made(endpoint: VPCEndPoint) -> Made:
    created = endpoint.creation_timestamp.replace(tzinfo=UTC)
    return Made(
        endpoint.id,
        {
            "CreationTimestamp": created.isoformat(),
            "DnsEntries": [
                f"{entry['HostedZoneId']}:{entry['DnsName']}" for entry in endpoint.dns_entries
            ],
            "Id": endpoint.id,
            "NetworkInterfaceIds": list(endpoint.network_interface_ids),
        },
    )


def _groups(ec2: EC2Backend, endpoint: VPCEndPoint) -> list[Any]:
    return [ec2.get_security_group_from_id(group_id) for group_id in endpoint.security_group_ids]


def _add_interface(ec2: EC2Backend, endpoint: VPCEndPoint, subnet_id: str) -> None:
    subnet = _subnet(ec2, subnet_id)
    interface = ec2.create_network_interface(
        subnet,
        _free_address(ec2, subnet),
        group_ids=list(endpoint.security_group_ids),
        description=f"VPC Endpoint Interface {endpoint.id}",
    )
    interface.interface_type = "vpc_endpoint"
    interface.requester_managed = True
    interface.status = "in-use"
    endpoint.subnet_ids.append(subnet_id)
    endpoint.network_interface_ids.append(interface.id)


def _remove_interface(ec2: EC2Backend, endpoint: VPCEndPoint, subnet_id: str) -> None:
    interface_id = next(
        interface_id
        for interface_id in endpoint.network_interface_ids
        if ec2.enis[interface_id].subnet.id == subnet_id
    )
    del ec2.enis[interface_id]
    endpoint.network_interface_ids.remove(interface_id)
    endpoint.subnet_ids.remove(subnet_id)


def _free_address(ec2: EC2Backend, subnet: Subnet) -> str:
    taken = {interface.private_ip_address for interface in ec2.enis.values()}
    for address in list(subnet.cidr)[_RESERVED_ADDRESSES:-1]:
        if str(address) not in taken:
            return str(address)
    raise Ec2Error(
        "InsufficientFreeAddressesInSubnet",
        f"The subnet {subnet.id} does not have enough free addresses",
    )


def _dns_entries(ec2: EC2Backend, endpoint: VPCEndPoint, wanted: _Wanted) -> list[dict[str, str]]:
    """Regional, one per zone, then private: the order CloudFormation documents."""
    if wanted.type == "Gateway":
        return []
    host = f"{endpoint.id}-{endpoint.dns_label}"
    suffix = endpoint_services.dns_suffix(ec2.region_name)
    domain = f"{wanted.service}.{ec2.region_name}.vpce.{suffix}"
    zones = [ec2.enis[eni].subnet.availability_zone for eni in endpoint.network_interface_ids]
    names = [f"{host}.{domain}", *(f"{host}-{zone}.{domain}" for zone in zones)]
    if wanted.private_dns:
        names.append(endpoint_services.private_dns_name(ec2.region_name, wanted.service))
    return [{"DnsName": name, "HostedZoneId": endpoint.hosted_zone_id} for name in names]
