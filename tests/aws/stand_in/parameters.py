"""A template's parameters: what was given, what that comes to, and whether it is allowed."""

import re
from collections.abc import Callable
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ssm.models import ssm_backends

from . import limits
from .errors import ValidationError
from .functions import text
from .templates import Template

_ATTRIBUTES = {
    "AllowedPattern", "AllowedValues", "ConstraintDescription", "Default", "Description",
    "MaxLength", "MaxValue", "MinLength", "MinValue", "NoEcho", "Type",
}  # fmt: skip
_PLAIN = {"String", "Number", "CommaDelimitedList", "List<Number>", "List<String>"}
_LIST = re.compile(r"List<(.+)>")
_FROM_SSM = re.compile(r"AWS::SSM::Parameter::Value<(.+)>")

# Which values of an AWS-specific type exist in a region.
_EXISTING: dict[str, Callable[[EC2Backend], list[str]]] = {
    "AWS::EC2::AvailabilityZone::Name": lambda ec2: [
        zone.name for zone in ec2.describe_availability_zones()
    ],
    "AWS::EC2::SecurityGroup::GroupName": lambda ec2: [
        group.name for group in ec2.describe_security_groups()
    ],
    "AWS::EC2::SecurityGroup::Id": lambda ec2: [
        group.id for group in ec2.describe_security_groups()
    ],
    "AWS::EC2::Subnet::Id": lambda ec2: [subnet.id for subnet in ec2.describe_subnets()],
    "AWS::EC2::VPC::Id": lambda ec2: list(ec2.vpcs),
}


class Parameter:
    """One parameter of a template with the text it was given, and what Ref makes of it."""

    def __init__(self, name: str, definition: dict, given: str, ec2: EC2Backend):
        self.name = name
        self.given = given
        self._definition = definition
        self.resolved = given
        type_ = definition["Type"]
        if len(given.encode()) > limits.PARAMETER_VALUE_BYTES:
            raise ValidationError(
                f"Parameter '{name}' must not be longer than {limits.PARAMETER_VALUE_BYTES} bytes"
            )
        if from_ssm := _FROM_SSM.fullmatch(type_):
            type_ = from_ssm[1]
            self.resolved = _ssm_value(ec2, name, given)
        elif type_.startswith("AWS::SSM::Parameter::Name"):
            _ssm_value(ec2, name, given)
        list_of = _LIST.fullmatch(type_)
        if list_of or type_ == "CommaDelimitedList":
            self.value: Any = [member.strip() for member in self.resolved.split(",")]
            members = self.value
        else:
            self.value = self.resolved
            members = [self.value]
        member_type = list_of[1] if list_of else type_
        for member in members:
            self._check(member_type, member)
        if member_type in _EXISTING:
            existing = _EXISTING[member_type](ec2)
            for member in members:
                if member not in existing:
                    raise ValidationError(
                        f"Parameter validation failed: parameter value {member} for parameter "
                        f"name {name} does not exist"
                    )

    @property
    def shown(self) -> str:
        hidden = text(self._definition.get("NoEcho", False)) == "true"
        return "****" if hidden else self.given

    def _check(self, type_: str, member: str) -> None:
        definition = self._definition
        if type_ == "Number":
            if not re.fullmatch(r"-?\d+(\.\d+)?", member):
                self._refuse("must be a number")
            if "MinValue" in definition and float(member) < float(definition["MinValue"]):
                self._refuse(f"must be a number not less than {definition['MinValue']}")
            if "MaxValue" in definition and float(member) > float(definition["MaxValue"]):
                self._refuse(f"must be a number not greater than {definition['MaxValue']}")
        if "MinLength" in definition and len(member) < int(definition["MinLength"]):
            self._refuse(f"must contain at least {definition['MinLength']} characters")
        if "MaxLength" in definition and len(member) > int(definition["MaxLength"]):
            self._refuse(f"must contain at most {definition['MaxLength']} characters")
        pattern = definition.get("AllowedPattern")
        if pattern is not None and not re.fullmatch(pattern, member):
            self._refuse(f"must match pattern {pattern}")
        allowed = definition.get("AllowedValues")
        if allowed is not None and member not in map(text, allowed):
            self._refuse("must be one of AllowedValues")

    def _refuse(self, why: str) -> None:
        described = self._definition.get("ConstraintDescription")
        if described:
            raise ValidationError(
                f"Parameter {self.name} failed to satisfy constraint: {described}"
            )
        raise ValidationError(f"Parameter '{self.name}' {why}")


def resolve(
    template: Template, given: list[dict], previous: dict[str, Parameter], ec2: EC2Backend
) -> dict[str, Parameter]:
    """``given`` as in the API; ``previous``: the parameters the stack has now."""
    for name, definition in template.parameters.items():
        _check_definition(name, definition)
    texts: dict[str, str] = {}
    for entry in given:
        name = entry["ParameterKey"]
        if name in texts:
            raise ValidationError(f"Parameters: [{name}] are given more than once")
        if not entry.get("UsePreviousValue"):
            texts[name] = entry.get("ParameterValue", "")
        elif name in previous:
            texts[name] = previous[name].given
        else:
            raise ValidationError(
                f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as "
                "true for a parameter key not in the previous template"
            )
    if unknown := texts.keys() - template.parameters.keys():
        raise ValidationError(
            f"Parameters: [{', '.join(sorted(unknown))}] do not exist in the template"
        )
    for name, definition in template.parameters.items():
        if name not in texts and "Default" in definition:
            texts[name] = text(definition["Default"])
    if missing := [name for name in template.parameters if name not in texts]:
        raise ValidationError(f"Parameters: [{', '.join(missing)}] must have values")
    return {
        name: Parameter(name, definition, texts[name], ec2)
        for name, definition in template.parameters.items()
    }


def _check_definition(name: str, definition: dict) -> None:
    if unknown := definition.keys() - _ATTRIBUTES:
        raise ValidationError(
            f"Invalid template parameter property '{sorted(unknown)[0]}' in {name}"
        )
    type_ = definition.get("Type")
    if not isinstance(type_, str):
        raise ValidationError(
            f"Template format error: Every Parameters object must contain a Type member: {name}"
        )
    if isinstance(definition.get("Default"), (list, dict)):
        raise ValidationError(
            f"Template format error: Every Default member must be a string. ({name})"
        )
    inner = _FROM_SSM.fullmatch(type_)
    plain = inner[1] if inner else type_
    members = _LIST.fullmatch(plain)
    if (
        plain not in _PLAIN
        and plain not in _EXISTING
        and not (members and members[1] in _EXISTING)
        and plain != "AWS::SSM::Parameter::Name"
    ):
        raise ValidationError(f"Template format error: Unrecognized parameter type: {type_}")
    try:
        re.compile(definition.get("AllowedPattern", ""))
    except re.error as error:
        raise ValidationError(
            f"Template format error: AllowedPattern of {name} is not a regular expression: {error}"
        ) from error


def _ssm_value(ec2: EC2Backend, name: str, parameter: str) -> str:
    stored = ssm_backends[ec2.account_id][ec2.region_name].get_parameter(parameter)
    if stored is None:
        raise ValidationError(
            f"Unable to fetch parameters [{parameter}] from parameter store for this account."
            f" (parameter {name})"
        )
    return stored.value
