"""AWS::EC2::VPC, Subnet, RouteTable and SubnetRouteTableAssociation: the ground of everything else."""

import ipaddress

from moto.ec2.models import EC2Backend
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpcs import VPC

from ..errors import Ec2Error
from ..functions import text
from . import tags
from .provider import Made, Owner

_SIZES = range(16, 29)


class VpcProvider:
    def create(self, ec2: EC2Backend, owner: Owner, properties: dict) -> Made:
        _only(properties, {"CidrBlock", "EnableDnsHostnames", "EnableDnsSupport", "Tags"}, "a VPC")
        if "CidrBlock" not in properties:
            raise Ec2Error("MissingParameter", "Either CidrBlock or Ipv4IpamPoolId is required")
        cidr = _network(properties["CidrBlock"], "InvalidVpc.Range")
        _settings(properties)
        tags.check(properties)
        return _vpc_made(ec2, owner, ec2.create_vpc(str(cidr)), properties)

    def update(self, ec2: EC2Backend, owner: Owner, physical_id: str, old: dict, new: dict) -> Made:
        _only(new, {"CidrBlock", "EnableDnsHostnames", "EnableDnsSupport", "Tags"}, "a VPC")
        _settings(new)
        tags.check(new)
        return _vpc_made(ec2, owner, ec2.vpcs[physical_id], new)

    def delete(self, ec2: EC2Backend, physical_id: str, properties: dict) -> None:
        if physical_id not in ec2.vpcs:
            return
        holds = [
            *(subnet for subnet in ec2.describe_subnets() if subnet.vpc_id == physical_id),
            *(table for table in _tables(ec2, physical_id) if not table.main_association_id),
            *(group for group in ec2.groups[physical_id].values() if not group.is_default),
            *(one for one in ec2.vpc_end_points.values() if one.vpc_id == physical_id),
        ]
        if holds:
            raise Ec2Error(
                "DependencyViolation",
                f"The vpc '{physical_id}' has dependencies and cannot be deleted.",
            )
        for acl in [acl for acl in ec2.network_acls.values() if acl.vpc_id == physical_id]:
            del ec2.network_acls[acl.id]
        ec2.delete_vpc(physical_id)
        tags.remove(ec2, physical_id)


class SubnetProvider:
    def create(self, ec2: EC2Backend, owner: Owner, properties: dict) -> Made:
        known = {"AvailabilityZone", "CidrBlock", "MapPublicIpOnLaunch", "Tags", "VpcId"}
        _only(properties, known, "a subnet")
        vpc = _vpc(ec2, properties["VpcId"])
        if "CidrBlock" not in properties:
            raise Ec2Error("MissingParameter", "The request must contain the parameter cidrBlock")
        cidr = _network(properties["CidrBlock"], "InvalidSubnet.Range")
        if not cidr.subnet_of(ipaddress.IPv4Network(vpc.cidr_block)):
            raise Ec2Error("InvalidSubnet.Range", f"The CIDR '{cidr}' is invalid.")
        inside = (subnet for subnet in ec2.describe_subnets() if subnet.vpc_id == vpc.id)
        if any(subnet.cidr.overlaps(cidr) for subnet in inside):
            raise Ec2Error(
                "InvalidSubnet.Conflict", f"The CIDR '{cidr}' conflicts with another subnet"
            )
        zone = _zone(ec2, properties)
        tags.check(properties)
        subnet = ec2.create_subnet(vpc.id, str(cidr), availability_zone=zone)
        # moto takes the first subnet of a zone for the default one.
        subnet.default_for_az = False
        return _subnet_made(ec2, owner, subnet, properties)

    def update(self, ec2: EC2Backend, owner: Owner, physical_id: str, old: dict, new: dict) -> Made:
        tags.check(new)
        return _subnet_made(ec2, owner, ec2.get_subnet(physical_id), new)

    def delete(self, ec2: EC2Backend, physical_id: str, properties: dict) -> None:
        if physical_id not in (subnet.id for subnet in ec2.describe_subnets()):
            return
        if any(interface.subnet.id == physical_id for interface in ec2.enis.values()):
            raise Ec2Error(
                "DependencyViolation",
                f"The subnet '{physical_id}' has dependencies and cannot be deleted.",
            )
        # An association goes with its subnet, and so does that with the network ACL.
        for table in ec2.route_tables.values():
            for association, subnet in list(table._associations.items()):
                if subnet == physical_id:
                    del table._associations[association]
        for acl in ec2.network_acls.values():
            for association, of in list(acl._associations.items()):
                if of.subnet_id == physical_id:
                    del acl._associations[association]
        ec2.delete_subnet(physical_id)
        tags.remove(ec2, physical_id)


class RouteTableProvider:
    def create(self, ec2: EC2Backend, owner: Owner, properties: dict) -> Made:
        vpc = _vpc(ec2, properties["VpcId"])
        tags.check(properties)
        return self._made(ec2, owner, ec2.create_route_table(vpc.id), properties)

    def update(self, ec2: EC2Backend, owner: Owner, physical_id: str, old: dict, new: dict) -> Made:
        tags.check(new)
        return self._made(ec2, owner, ec2.route_tables[physical_id], new)

    def delete(self, ec2: EC2Backend, physical_id: str, properties: dict) -> None:
        table = ec2.route_tables.get(physical_id)
        if table is None:
            return
        if table._associations:
            raise Ec2Error(
                "DependencyViolation",
                f"The routeTable '{physical_id}' has dependencies and cannot be deleted.",
            )
        ec2.delete_route_table(physical_id)
        tags.remove(ec2, physical_id)

    def _made(self, ec2: EC2Backend, owner: Owner, table: RouteTable, properties: dict) -> Made:
        tags.apply(ec2, owner, table.id, properties)
        return Made(table.id, {"RouteTableId": table.id})


class AssociationProvider:
    def create(self, ec2: EC2Backend, owner: Owner, properties: dict) -> Made:
        table_id, subnet_id = properties["RouteTableId"], properties["SubnetId"]
        table = ec2.route_tables.get(table_id)
        if table is None:
            raise Ec2Error(
                "InvalidRouteTableID.NotFound", f"The routeTable ID '{table_id}' does not exist"
            )
        subnet = next((one for one in ec2.describe_subnets() if one.id == subnet_id), None)
        if subnet is None:
            raise Ec2Error(
                "InvalidSubnetID.NotFound", f"The subnet ID '{subnet_id}' does not exist"
            )
        if subnet.vpc_id != table.vpc_id:
            raise Ec2Error(
                "InvalidParameterValue",
                f"route table {table_id} and subnet {subnet_id} belong to different networks",
            )
        if any(subnet_id in one._associations.values() for one in ec2.route_tables.values()):
            raise Ec2Error(
                "NotPlayed", "The stand-in does not play another route table for a subnet with one"
            )
        association = ec2.associate_route_table(table_id, subnet_id=subnet_id)
        return Made(association, {"Id": association})

    def update(self, ec2: EC2Backend, owner: Owner, physical_id: str, old: dict, new: dict) -> Made:
        # Every change of a property replaces it; this is one of its metadata.
        return Made(physical_id, {"Id": physical_id})

    def delete(self, ec2: EC2Backend, physical_id: str, properties: dict) -> None:
        for table in ec2.route_tables.values():
            table._associations.pop(physical_id, None)


# Checks


def _only(properties: dict, known: set[str], what: str) -> None:
    for name in sorted(properties.keys() - known):
        raise Ec2Error("NotPlayed", f"The stand-in does not play {name} of {what}")


def _network(cidr: str, range_code: str) -> ipaddress.IPv4Network:
    """EC2 may store 10.0.0.5/16 as 10.0.0.0/16; a template must not leave that to it."""
    try:
        network = ipaddress.IPv4Network(cidr) if "/" in cidr else None
    except ValueError:
        network = None
    if network is None:
        raise Ec2Error(
            "InvalidParameterValue",
            f"Value ({cidr}) for parameter cidrBlock is invalid. This is not a valid CIDR block.",
        )
    if network.prefixlen not in _SIZES:
        raise Ec2Error(range_code, f"The CIDR '{cidr}' is invalid.")
    return network


def _settings(properties: dict) -> tuple[bool, bool]:
    """DNS support and DNS host names."""
    support = _is_true(properties.get("EnableDnsSupport", True))
    hostnames = _is_true(properties.get("EnableDnsHostnames", False))
    if hostnames and not support:
        raise Ec2Error(
            "InvalidParameterValue", "DNS host names cannot be enabled without DNS support"
        )
    return support, hostnames


def _vpc(ec2: EC2Backend, vpc_id: str) -> VPC:
    if vpc_id not in ec2.vpcs:
        raise Ec2Error("InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist")
    return ec2.vpcs[vpc_id]


def _zone(ec2: EC2Backend, properties: dict) -> str:
    """The zone that is given, or the first one: AWS chooses."""
    zones = [zone.name for zone in RegionsAndZonesBackend.zones[ec2.region_name]]
    zone = properties.get("AvailabilityZone", zones[0])
    if zone not in zones:
        raise Ec2Error(
            "InvalidParameterValue",
            f"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently "
            f"only be created in the following availability zones: {', '.join(zones)}.",
        )
    return zone


def _tables(ec2: EC2Backend, vpc_id: str) -> list[RouteTable]:
    return [table for table in ec2.route_tables.values() if table.vpc_id == vpc_id]


def _is_true(value: object) -> bool:
    return text(value).lower() == "true"


# Changes


def _vpc_made(ec2: EC2Backend, owner: Owner, vpc: VPC, properties: dict) -> Made:
    vpc.enable_dns_support, vpc.enable_dns_hostnames = _settings(properties)
    tags.apply(ec2, owner, vpc.id, properties)
    acls = (acl for acl in ec2.network_acls.values() if acl.vpc_id == vpc.id and acl.default)
    return Made(
        vpc.id,
        {
            "CidrBlock": vpc.cidr_block,
            "CidrBlockAssociations": [
                association["association_id"] for association in vpc.cidr_block_association_set
            ],
            "DefaultNetworkAcl": next(acls).id,
            "DefaultSecurityGroup": ec2.get_default_security_group(vpc.id).id,
            "Ipv6CidrBlocks": [],
            "VpcId": vpc.id,
        },
    )


def _subnet_made(ec2: EC2Backend, owner: Owner, subnet: Subnet, properties: dict) -> Made:
    subnet.map_public_ip_on_launch = _is_true(properties.get("MapPublicIpOnLaunch", False))
    tags.apply(ec2, owner, subnet.id, properties)
    return Made(
        subnet.id,
        {
            "AvailabilityZone": subnet.availability_zone,
            "CidrBlock": subnet.cidr_block,
            "SubnetId": subnet.id,
            "VpcId": subnet.vpc_id,
        },
    )
