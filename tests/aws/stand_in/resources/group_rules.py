"""Security group rules as EC2 takes them, and the standalone rule resources."""

import ipaddress
import re
from dataclasses import dataclass, field

from moto.ec2.models import EC2Backend
from moto.ec2.models.security_groups import SecurityGroup

from ..errors import Ec2Error
from ..functions import text
from .moto_rules import DescribedRule
from .provider import Made, Owner

# EC2 counts per direction and per address family.
MOST_RULES = 60

_DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
_GROUP_ID = re.compile(r"sg-([0-9a-f]{8}|[0-9a-f]{17})")
_PREFIX_LIST_ID = re.compile(r"pl-([0-9a-f]{8}|[0-9a-f]{17})")

# How many rules a reference to an AWS-managed list counts for; most count for one.
_WEIGHTS = {
    "s3express": 6,
    "ec2-instance-connect": 2,
    "route53-healthchecks": 25,
    "vpc-lattice": 10,
    "cloudfront.origin-facing": 55,
    "groundstation": 5,
}


@dataclass(frozen=True)
class Rule:
    """Two rules that differ in their description only are the same rule."""

    egress: bool
    protocol: str
    from_port: int | None
    to_port: int | None
    peer_kind: str  # "CidrIp", "CidrIpv6", "group" or "prefix list"
    peer: str
    description: str | None = field(default=None, compare=False)

    def add_to(self, ec2: EC2Backend, group: SecurityGroup) -> DescribedRule:
        described = {"Description": self.description} if self.description is not None else {}
        ip_range = source_group = prefix_list = None
        if self.peer_kind == "group":
            source_group = {"GroupId": self.peer, "UserId": ec2.account_id, **described}
        elif self.peer_kind == "prefix list":
            prefix_list = {"PrefixListId": self.peer, **described}
        else:
            ip_range = {self.peer_kind: self.peer, **described}
        # moto wants numbers even from a protocol without ports.
        ports = (-1, -1) if self.from_port is None else (self.from_port, self.to_port)
        rule = DescribedRule(
            ec2, self.protocol, group.id, *ports, ip_range, source_group, prefix_list,
            is_egress=self.egress,
        )  # fmt: skip
        rule.from_port, rule.to_port = self.from_port, self.to_port
        _rules_of(group, self.egress).append(rule)
        return rule

    def describe(self, rule: DescribedRule) -> None:
        """Have moto's rule carry this description."""
        rule.peer.pop("Description", None)
        if self.description is not None:
            rule.peer["Description"] = self.description

    def __str__(self) -> str:
        if self.protocol == "-1":
            return f"peer: {self.peer}, ALL, ALLOW"
        return (
            f"peer: {self.peer}, {self.protocol.upper()}, from port: {self.from_port}, "
            f"to port: {self.to_port}, ALLOW"
        )


def as_rule(rule: DescribedRule) -> Rule:
    """moto's rule as ours."""
    if rule.prefix_list:
        kind, peer = "prefix list", rule.prefix_list["PrefixListId"]
    elif rule.source_group:
        kind, peer = "group", rule.source_group["GroupId"]
    else:
        kind = "CidrIp" if "CidrIp" in rule.ip_range else "CidrIpv6"
        peer = rule.ip_range[kind]
    return Rule(
        rule.is_egress, rule.ip_protocol, rule.from_port, rule.to_port, kind, peer,
        rule.description,
    )  # fmt: skip


def read(ec2: EC2Backend, vpc_id: str, properties: dict, egress: bool) -> Rule:
    """A rule of a template, or what EC2 has against it."""
    description = properties.get("Description")
    if description is not None and not _DESCRIPTION.fullmatch(text(description)):
        raise Ec2Error(
            "InvalidParameterValue",
            "Invalid rule description. Valid descriptions are strings less than 256 characters "
            "from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
        )
    protocol = _protocol(text(properties["IpProtocol"]))
    from_port, to_port = _ports(protocol, properties)
    kind, peer = _peer(ec2, vpc_id, properties, egress)
    return Rule(
        egress, protocol, from_port, to_port, kind, peer,
        None if description is None else text(description),
    )  # fmt: skip


def check_together(ec2: EC2Backend, rules: list[Rule]) -> None:
    """All rules of one direction that a group would have: no duplicates, not too many.

    CloudFormation has been seen to carry on after a duplicate in an inline list, with the
    error in the events of a stack that completes. A template should not rely on it: here it fails.
    """
    seen: set[Rule] = set()
    for rule in rules:
        if rule in seen:
            raise Ec2Error(
                "InvalidPermission.Duplicate", f'the specified rule "{rule}" already exists'
            )
        seen.add(rule)
    for family in ("CidrIp", "CidrIpv6"):
        other = "CidrIpv6" if family == "CidrIp" else "CidrIp"
        if sum(_weight(ec2, rule) for rule in rules if rule.peer_kind != other) > MOST_RULES:
            raise Ec2Error(
                "RulesPerSecurityGroupLimitExceeded",
                "The maximum number of rules per security group has been reached.",
            )


def group_with(ec2: EC2Backend, group_id: str) -> SecurityGroup:
    group = ec2.get_security_group_from_id(group_id)
    if group is None:
        if not _GROUP_ID.fullmatch(group_id):
            raise Ec2Error(
                "InvalidGroupId.Malformed", f'Invalid id: "{group_id}" (expecting "sg-...")'
            )
        raise Ec2Error("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
    return group


def group_in_vpc(ec2: EC2Backend, group_id: str, vpc_id: str) -> SecurityGroup:
    group = group_with(ec2, group_id)
    if group.vpc_id != vpc_id:
        raise Ec2Error(
            "InvalidGroup.NotFound",
            f"You have specified two resources that belong to different networks. ({group_id}, {vpc_id})",
        )
    return group


def default_egress(ec2: EC2Backend, vpc_id: str) -> list[Rule]:
    """What EC2 gives a new group: everything out, in the families the VPC has."""
    everything = [Rule(True, "-1", None, None, "CidrIp", "0.0.0.0/0")]
    if ec2.get_vpc(vpc_id).get_cidr_block_association_set(ipv6=True):
        everything.append(Rule(True, "-1", None, None, "CidrIpv6", "::/0"))
    return everything


def remove_default_egress(ec2: EC2Backend, group: SecurityGroup) -> None:
    defaults = default_egress(ec2, group.vpc_id)
    group.egress_rules = [
        rule for rule in group.egress_rules if rule.declared_inline or as_rule(rule) not in defaults
    ]


def restore_default_egress(ec2: EC2Backend, group: SecurityGroup) -> None:
    """A group that a stack leaves without egress rules gets EC2's default back."""
    if not group.egress_rules:
        for rule in default_egress(ec2, group.vpc_id):
            rule.add_to(ec2, group)


class RuleProvider:
    """AWS::EC2::SecurityGroupEgress and AWS::EC2::SecurityGroupIngress."""

    def __init__(self, egress: bool):
        self._egress = egress

    def create(self, ec2: EC2Backend, owner: Owner, properties: dict) -> Made:
        group = self._group(ec2, properties)
        rule = read(ec2, group.vpc_id, properties, self._egress)
        others = [as_rule(other) for other in _rules_of(group, self._egress)]
        if self._egress:
            defaults = default_egress(ec2, group.vpc_id)
            others = [
                as_rule(other)
                for other in group.egress_rules
                if other.declared_inline or as_rule(other) not in defaults
            ]
        check_together(ec2, [*others, rule])
        if self._egress:
            remove_default_egress(ec2, group)
        return _made(rule.add_to(ec2, group))

    def update(self, ec2: EC2Backend, owner: Owner, physical_id: str, old: dict, new: dict) -> Made:
        # Only the description can change without replacement.
        group = self._group(ec2, new)
        rule = group.get_rule(physical_id)
        read(ec2, group.vpc_id, new, self._egress).describe(rule)
        return _made(rule)

    def delete(self, ec2: EC2Backend, physical_id: str, properties: dict) -> None:
        try:
            group = self._group(ec2, properties)
        except Ec2Error:
            return  # the rule went with its group
        rules = _rules_of(group, self._egress)
        rules[:] = [rule for rule in rules if rule.id != physical_id]
        if self._egress:
            restore_default_egress(ec2, group)

    def _group(self, ec2: EC2Backend, properties: dict) -> SecurityGroup:
        if "GroupId" in properties:
            return group_with(ec2, properties["GroupId"])
        return _group_named(ec2, properties.get("GroupName", ""), ec2.default_vpc.id)


def _made(rule: DescribedRule) -> Made:
    return Made(rule.id, {"Id": rule.id})


def _rules_of(group: SecurityGroup, egress: bool) -> list[DescribedRule]:
    return group.egress_rules if egress else group.ingress_rules


def _protocol(given: str) -> str:
    protocol = _PROTOCOLS.get(given, given.lower())
    if protocol == "all":
        protocol = "-1"
    is_number = protocol.isdecimal() and int(protocol) <= 255
    if protocol not in ("-1", *_PROTOCOLS.values()) and not is_number:
        raise Ec2Error(
            "InvalidParameterValue", f"Invalid value '{given}' for IP protocol. Unknown protocol."
        )
    return protocol


def _ports(protocol: str, properties: dict) -> tuple[int | None, int | None]:
    given = [properties.get("FromPort"), properties.get("ToPort")]
    if protocol not in _PROTOCOLS.values():
        return None, None
    if protocol == "icmpv6" and given == [None, None]:
        return -1, -1
    if None in given:
        what = "TCP/UDP" if protocol in ("tcp", "udp") else "ICMP"
        raise Ec2Error(
            "InvalidParameterValue",
            f"Invalid value 'Must specify both from and to ports with {what}.' for portRange.",
        )
    # For ICMP these are a type and a code: neither range nor order.
    first, last = int(given[0]), int(given[1])
    if protocol in ("tcp", "udp") and not 0 <= first <= last <= 65535:
        raise Ec2Error("InvalidParameterValue", f"Invalid TCP/UDP port range ({first}:{last})")
    return first, last


def _peer(ec2: EC2Backend, vpc_id: str, properties: dict, egress: bool) -> tuple[str, str]:
    end = "Destination" if egress else "Source"
    names = ["CidrIp", "CidrIpv6", f"{end}PrefixListId", f"{end}SecurityGroupId"]
    if not egress:
        names.append("SourceSecurityGroupName")
    given = [name for name in names if properties.get(name)]
    if len(given) != 1:
        raise Ec2Error(
            "InvalidParameterCombination",
            f"Exactly one of {', '.join(names[:-1])}, and {names[-1]} must be specified and not empty",
        )
    name, peer = given[0], text(properties[given[0]])
    if name in ("CidrIp", "CidrIpv6"):
        _check_cidr(peer, 4 if name == "CidrIp" else 6)
        return name, peer
    if name == f"{end}PrefixListId":
        _check_prefix_list(ec2, peer)
        return "prefix list", peer
    if name == "SourceSecurityGroupName":
        return "group", _group_named(ec2, peer, vpc_id).id
    return "group", group_in_vpc(ec2, peer, vpc_id).id


def _check_cidr(cidr: str, version: int) -> None:
    """EC2 may store 10.0.0.5/16 as 10.0.0.0/16; a template must not leave that to it."""
    try:
        network = ipaddress.ip_network(cidr) if "/" in cidr else None
    except ValueError:
        network = None
    if network is None or network.version != version:
        raise Ec2Error("InvalidParameterValue", f"CIDR block {cidr} is malformed")


def _check_prefix_list(ec2: EC2Backend, prefix_list_id: str) -> None:
    if not _PREFIX_LIST_ID.fullmatch(prefix_list_id):
        raise Ec2Error(
            "InvalidPrefixListId.Malformed",
            f'Invalid id: "{prefix_list_id}" (expecting "pl-...")',
        )
    if prefix_list_id not in ec2.managed_prefix_lists:
        raise Ec2Error(
            "InvalidPrefixListID.NotFound", f"The prefix list ID '{prefix_list_id}' does not exist"
        )


def _group_named(ec2: EC2Backend, name: str, vpc_id: str) -> SecurityGroup:
    group = ec2.get_security_group_from_name(name, vpc_id)
    if group is None:
        raise Ec2Error(
            "InvalidGroup.NotFound",
            f"The security group '{name}' does not exist in VPC '{vpc_id}'",
        )
    return group


def _weight(ec2: EC2Backend, rule: Rule) -> int:
    if rule.peer_kind != "prefix list":
        return 1
    prefix_list = ec2.managed_prefix_lists[rule.peer]
    if prefix_list.owner_id != "AWS":
        return int(prefix_list.max_entries)
    name = prefix_list.prefix_list_name
    return next((weight for end, weight in _WEIGHTS.items() if name.endswith(f".{end}")), 1)
