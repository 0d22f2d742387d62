"""The tags of a resource: the template's, the stack's, and CloudFormation's own."""

from moto.ec2.models import EC2Backend

from ..errors import Ec2Error
from ..functions import text
from .provider import Owner

_MOST = 50


def check(properties: dict) -> None:
    keys = [text(tag["Key"]) for tag in properties.get("Tags", [])]
    for key in keys:
        if key.lower().startswith("aws:"):
            raise Ec2Error(
                "InvalidParameterValue",
                "Tag keys starting with 'aws:' are reserved for internal use",
            )
        if not 1 <= len(key) <= 128:
            raise Ec2Error("InvalidParameterValue", "Tag keys must be 1 to 128 characters long")
        if keys.count(key) > 1:
            raise Ec2Error("InvalidParameterValue", f"Duplicate tag key '{key}' specified.")
    if any(len(text(tag["Value"])) > 256 for tag in properties.get("Tags", [])):
        raise Ec2Error("InvalidParameterValue", "Tag values must be at most 256 characters long")
    if len(keys) > _MOST:
        raise Ec2Error("TagLimitExceeded", f"The maximum number of tags is {_MOST}")


def apply(ec2: EC2Backend, owner: Owner, resource_id: str, properties: dict) -> None:
    """Leave exactly these tags on the resource."""
    own = {text(tag["Key"]): text(tag["Value"]) for tag in properties.get("Tags", [])}
    system = {
        "aws:cloudformation:logical-id": owner.logical_id,
        "aws:cloudformation:stack-id": owner.stack_id,
        "aws:cloudformation:stack-name": owner.stack_name,
    }
    wanted = {**owner.tags, **own, **system}
    for key in ec2.tags[resource_id].keys() - wanted.keys():
        del ec2.tags[resource_id][key]
    ec2.create_tags([resource_id], wanted)


def remove(ec2: EC2Backend, resource_id: str) -> None:
    ec2.tags.pop(resource_id, None)
