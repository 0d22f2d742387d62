"""What CloudFormation asks of a resource type."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from moto.ec2.models import EC2Backend


@dataclass
class Owner:
    """The stack that a resource belongs to, and its name in the template."""

    stack_id: str
    stack_name: str
    logical_id: str
    tags: dict[str, str]


@dataclass
class Made:
    """A resource that exists: what Ref and Fn::GetAtt give."""

    physical_id: str
    attributes: dict[str, Any] = field(default_factory=dict)


class Provider(Protocol):
    def create(self, ec2: EC2Backend, owner: Owner, properties: dict) -> Made: ...

    def update(
        self, ec2: EC2Backend, owner: Owner, physical_id: str, old: dict, new: dict
    ) -> Made: ...

    def delete(self, ec2: EC2Backend, physical_id: str, properties: dict) -> None: ...
