"""AWS::EC2::SecurityGroup: the group and its inline rules."""

import re
import secrets

from moto.ec2.models import EC2Backend
from moto.ec2.models.security_groups import SecurityGroup

from ..errors import Ec2Error
from ..functions import text
from . import tags
from .group_rules import (
    Rule,
    as_rule,
    check_together,
    default_egress,
    read,
    restore_default_egress,
)
from .provider import Made, Owner

_TEXT = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}")
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class SecurityGroupProvider:
    def create(self, ec2: EC2Backend, owner: Owner, properties: dict) -> Made:
        vpc_id = _vpc_id(ec2, properties)
        name = _name(ec2, owner, vpc_id, properties)
        description = text(properties["GroupDescription"])
        _check_text("description", description)
        tags.check(properties)
        ingress, egress = (_rules(ec2, vpc_id, properties, way) for way in (False, True))
        check_together(ec2, ingress)
        check_together(ec2, egress)

        group = ec2.create_security_group(name, description, vpc_id=vpc_id)
        if egress:
            group.egress_rules.clear()
        for rule in [*ingress, *egress]:
            rule.add_to(ec2, group).declared_inline = True
        tags.apply(ec2, owner, group.id, properties)
        return _made(group)

    def update(self, ec2: EC2Backend, owner: Owner, physical_id: str, old: dict, new: dict) -> Made:
        group = ec2.get_security_group_from_id(physical_id)
        tags.check(new)
        differences = [
            _Difference(ec2, group, old.get(name, []), _rules(ec2, group.vpc_id, new, way), way)
            for name, way in (("SecurityGroupIngress", False), ("SecurityGroupEgress", True))
        ]
        for difference in differences:
            difference.apply(ec2, group)
        restore_default_egress(ec2, group)
        tags.apply(ec2, owner, group.id, new)
        return _made(group)

    def delete(self, ec2: EC2Backend, physical_id: str, properties: dict) -> None:
        if ec2.get_security_group_from_id(physical_id) is None:
            return
        _check_unused(ec2, physical_id)
        ec2.delete_security_group(group_id=physical_id)
        tags.remove(ec2, physical_id)


class _Difference:
    """What an update changes in one direction. Rules that are not the template's stay."""

    def __init__(
        self, ec2: EC2Backend, group: SecurityGroup, old: list[dict], new: list[Rule], egress: bool
    ):
        before = [rule for rule in _moto_rules(group, egress) if rule.declared_inline]
        others = [rule for rule in _moto_rules(group, egress) if not rule.declared_inline]
        # The default goes when the first egress rule is declared.
        gone = default_egress(ec2, group.vpc_id) if egress and new and not old else []
        check_together(
            ec2, [*(as_rule(rule) for rule in others if as_rule(rule) not in gone), *new]
        )
        self.egress = egress
        self.gone = {rule.id for rule in before if as_rule(rule) not in new}
        self.gone |= {rule.id for rule in others if as_rule(rule) in gone}
        self.kept = [(rule, wanted) for rule in before for wanted in new if as_rule(rule) == wanted]
        self.added = [wanted for wanted in new if wanted not in map(as_rule, before)]

    def apply(self, ec2: EC2Backend, group: SecurityGroup) -> None:
        rules = _moto_rules(group, self.egress)
        rules[:] = [rule for rule in rules if rule.id not in self.gone]
        for rule, wanted in self.kept:
            wanted.describe(rule)
        for rule in self.added:
            rule.add_to(ec2, group).declared_inline = True


def _made(group: SecurityGroup) -> Made:
    return Made(group.id, {"GroupId": group.id, "Id": group.id, "VpcId": group.vpc_id})


def _moto_rules(group: SecurityGroup, egress: bool) -> list:
    return group.egress_rules if egress else group.ingress_rules


def _rules(ec2: EC2Backend, vpc_id: str, properties: dict, egress: bool) -> list[Rule]:
    name = "SecurityGroupEgress" if egress else "SecurityGroupIngress"
    return [read(ec2, vpc_id, rule, egress) for rule in properties.get(name, [])]


def _vpc_id(ec2: EC2Backend, properties: dict) -> str:
    vpc_id = properties.get("VpcId", ec2.default_vpc.id)
    if vpc_id not in ec2.vpcs:
        raise Ec2Error("InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist")
    return vpc_id


def _name(ec2: EC2Backend, owner: Owner, vpc_id: str, properties: dict) -> str:
    if "GroupName" not in properties:
        suffix = "".join(secrets.choice(_SUFFIX) for _ in range(12))
        return f"{owner.stack_name}-{owner.logical_id}-{suffix}"
    name = text(properties["GroupName"]).rstrip(" ")
    _check_text("name", name)
    if name.lower().startswith("sg-"):
        raise Ec2Error("InvalidParameterValue", "Group names may not be in the format sg-*.")
    if name.lower() in (group.name.lower() for group in ec2.groups[vpc_id].values()):
        raise Ec2Error(
            "InvalidGroup.Duplicate",
            f"The security group '{name}' already exists for VPC '{vpc_id}'",
        )
    return name


def _check_text(what: str, value: str) -> None:
    if not value.isascii():
        raise Ec2Error(
            "InvalidParameterValue",
            f"Value ({value}) for parameter Group{what.capitalize()} is invalid. "
            "Character sets beyond ASCII are not supported.",
        )
    if not _TEXT.fullmatch(value):
        raise Ec2Error(
            "InvalidParameterValue",
            f"Invalid security group {what}. Valid {what}s are strings less than 256 characters "
            "from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
        )


def _check_unused(ec2: EC2Backend, group_id: str) -> None:
    in_interface = any(group_id == group.id for eni in ec2.enis.values() for group in eni.group_set)
    referenced = any(
        rule.source_group.get("GroupId") == group_id
        for group in ec2.describe_security_groups()
        if group.id != group_id
        for rule in [*group.ingress_rules, *group.egress_rules]
    )
    if in_interface or referenced:
        raise Ec2Error("DependencyViolation", f"resource {group_id} has a dependent object")
