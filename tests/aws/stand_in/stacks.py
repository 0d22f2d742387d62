"""Stacks and change sets as CloudFormation remembers them."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow

from .prepared import Prepared


@dataclass
class Resource:
    """A resource that a stack has made."""

    logical_id: str
    type: str
    physical_id: str
    properties: dict
    attributes: dict[str, Any]
    definition: dict
    tags: dict[str, str]
    status: str
    timestamp: datetime = field(default_factory=utcnow)

    def value(self, attribute: str | None) -> Any:
        return self.physical_id if attribute is None else self.attributes[attribute]


class Stack:
    def __init__(self, stack_id: str, name: str):
        self.id = stack_id
        self.name = name
        self.prepared: Prepared | None = None
        self.tags: dict[str, str] = {}
        self.resources: dict[str, Resource] = {}
        self.outputs: list[dict[str, str]] = []
        self.imports: set[str] = set()
        self.events: list[dict[str, Any]] = []
        self.created = utcnow()
        self.updated: datetime | None = None
        self.deleted: datetime | None = None
        self.disable_rollback = False
        self.status = ""
        self.status_reason: str | None = None

    @property
    def is_deleted(self) -> bool:
        return self.status == "DELETE_COMPLETE"

    @property
    def exports(self) -> dict[str, str]:
        return {
            output["ExportName"]: output["OutputValue"]
            for output in self.outputs
            if "ExportName" in output
        }

    def enter(self, status: str, reason: str | None = None) -> None:
        self.status = status
        self.status_reason = reason
        self.record(self.name, "AWS::CloudFormation::Stack", self.id, status, reason)

    def record(
        self,
        logical_id: str,
        type_: str,
        physical_id: str,
        status: str,
        reason: str | None = None,
    ) -> None:
        event = {
            "StackId": self.id,
            "EventId": str(uuid.uuid4()),
            "StackName": self.name,
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": physical_id,
            "ResourceType": type_,
            "Timestamp": utcnow(),
            "ResourceStatus": status,
        }
        if reason is not None:
            event["ResourceStatusReason"] = reason
        self.events.append(event)


@dataclass
class Change:
    action: str
    logical_id: str
    type: str
    physical_id: str | None = None
    replaces: bool | None = None


@dataclass
class ChangeSet:
    id: str
    name: str
    kind: str  # "CREATE" or "UPDATE"
    stack: Stack
    prepared: Prepared
    tags: dict[str, str]
    changes: list[Change]
    description: str | None
    status: str
    execution_status: str
    status_reason: str | None = None
    created: datetime = field(default_factory=utcnow)
