"""CloudFormation's API: the operations on stacks, change sets and templates."""

import json
from typing import Any
from urllib.parse import urlparse

from moto.core.exceptions import ServiceException
from moto.core.responses import TYPE_RESPONSE, ActionResult, BaseResponse, EmptyResult
from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

from . import limits
from .environment import ACCOUNT_ID
from .errors import NotPlayed, ValidationError
from .functions import text
from .regions import StackRegion, stack_regions
from .stack_sets import StackSetApi
from .stacks import Change, ChangeSet, Resource, Stack
from .templates import Template


_NOT_PLAYED = (
    "EnableTerminationProtection",
    "ImportExistingResources",
    "IncludeNestedStacks",
    "ResourcesToImport",
    "RetainResources",
    "StackPolicyBody",
    "StackPolicyURL",
)


class CloudFormationApi(StackSetApi, BaseResponse):
    def __init__(self) -> None:
        super().__init__(service_name="cloudformation")
        self.automated_parameter_parsing = True

    @property
    def _region(self) -> StackRegion:
        return stack_regions[ACCOUNT_ID][self.region]

    def call_action(self) -> TYPE_RESPONSE:
        for option in _NOT_PLAYED:
            if self._get_param(option):
                return self.serialized(ActionResult(NotPlayed(option)))
        try:
            return super().call_action()
        except NotImplementedError:
            return self.serialized(ActionResult(NotPlayed(self._get_action())))

    # Stacks

    def create_stack(self) -> ActionResult:
        on_failure = self._get_param("OnFailure", "ROLLBACK")
        if on_failure == "DELETE":
            raise NotPlayed("OnFailure=DELETE")
        stack = self._region.create_stack(
            self._get_param("StackName"),
            self._body(),
            self._get_param("Parameters", []),
            self._tags() or {},
            bool(self._get_param("DisableRollback")) or on_failure == "DO_NOTHING",
        )
        return ActionResult({"StackId": stack.id})

    def update_stack(self) -> ActionResult:
        self._refuse_update_without_rollback()
        stack = self._region.update_stack(
            self._get_param("StackName"),
            self._body(),
            self._get_param("Parameters", []),
            self._tags(),
        )
        return ActionResult({"StackId": stack.id})

    def delete_stack(self) -> ActionResult:
        self._region.delete_stack(self._get_param("StackName"))
        return EmptyResult()

    def describe_stacks(self) -> ActionResult:
        name = self._get_param("StackName")
        stacks = [self._region.get(name)] if name else self._region.living()
        return ActionResult({"Stacks": [_stack(stack) for stack in stacks]})

    def list_stacks(self) -> ActionResult:
        wanted = self._get_param("StackStatusFilter", [])
        stacks = self._region.stacks
        return ActionResult(
            {
                "StackSummaries": [
                    _stack(stack) for stack in stacks if not wanted or stack.status in wanted
                ]
            }
        )

    def describe_stack_events(self) -> ActionResult:
        stack = self._region.get(self._get_param("StackName"))
        return ActionResult({"StackEvents": stack.events[::-1]})

    def describe_stack_resources(self) -> ActionResult:
        stack = self._region.get(self._get_param("StackName"))
        only = self._get_param("LogicalResourceId")
        return ActionResult(
            {
                "StackResources": [
                    _resource(stack, resource)
                    for resource in stack.resources.values()
                    if only in (None, resource.logical_id)
                ]
            }
        )

    def describe_stack_resource(self) -> ActionResult:
        stack = self._region.get(self._get_param("StackName"))
        name = self._get_param("LogicalResourceId")
        if name not in stack.resources:
            raise ValidationError(f"Resource {name} does not exist for stack {stack.name}")
        detail = _resource(stack, stack.resources[name])
        metadata = stack.resources[name].definition.get("Metadata")
        if metadata is not None:
            detail["Metadata"] = json.dumps(metadata)
        return ActionResult({"StackResourceDetail": detail})

    def list_stack_resources(self) -> ActionResult:
        stack = self._region.get(self._get_param("StackName"))
        return ActionResult(
            {
                "StackResourceSummaries": [
                    _resource(stack, resource) for resource in stack.resources.values()
                ]
            }
        )

    def list_exports(self) -> ActionResult:
        exports = [
            {"ExportingStackId": stack.id, "Name": name, "Value": value}
            for stack in self._region.living()
            for name, value in stack.exports.items()
        ]
        return ActionResult({"Exports": exports})

    def list_imports(self) -> ActionResult:
        name = self._get_param("ExportName")
        importers = self._region.importers(name)
        if not importers:
            raise ValidationError(f"Export '{name}' is not imported by any stack.")
        return ActionResult({"Imports": importers})

    # Change sets

    def create_change_set(self) -> ActionResult:
        kind = self._get_param("ChangeSetType", "UPDATE")
        if kind not in ("CREATE", "UPDATE"):
            raise NotPlayed(f"change sets of type {kind}")
        change_set = self._region.create_change_set(
            self._get_param("StackName"),
            self._get_param("ChangeSetName"),
            kind,
            self._body(),
            self._get_param("Parameters", []),
            self._tags(),
            self._get_param("Description"),
        )
        return ActionResult({"Id": change_set.id, "StackId": change_set.stack.id})

    def describe_change_set(self) -> ActionResult:
        change_set = self._region.change_set(
            self._get_param("ChangeSetName"), self._get_param("StackName")
        )
        return ActionResult(
            {
                **_change_set(change_set),
                "Parameters": _parameters(change_set.prepared.parameters),
                "Tags": _tag_list(change_set.tags),
                "Changes": [_change(change) for change in change_set.changes],
            }
        )

    def list_change_sets(self) -> ActionResult:
        stack = self._region.get(self._get_param("StackName"))
        return ActionResult(
            {
                "Summaries": [
                    _change_set(change_set)
                    for change_set in self._region.change_sets
                    if change_set.stack is stack
                ]
            }
        )

    def execute_change_set(self) -> ActionResult:
        name, stack_name = self._get_param("ChangeSetName"), self._get_param("StackName")
        if self._region.change_set(name, stack_name).kind == "UPDATE":
            self._refuse_update_without_rollback()
        self._region.execute_change_set(name, stack_name, bool(self._get_param("DisableRollback")))
        return EmptyResult()

    def delete_change_set(self) -> ActionResult:
        self._region.delete_change_set(
            self._get_param("ChangeSetName"), self._get_param("StackName")
        )
        return EmptyResult()

    # Templates

    def get_template(self) -> ActionResult:
        stack = self._region.get(self._get_param("StackName"))
        body = stack.prepared.template.text if stack.prepared else ""
        return ActionResult({"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]})

    def get_template_summary(self) -> ActionResult:
        name = self._get_param("StackName")
        if name:
            prepared = self._region.get(name).prepared
            if prepared is None:
                raise ValidationError(f"Stack [{name}] has no template yet")
            template = prepared.template
        else:
            template = Template(self._body() or "")
        return ActionResult(
            {
                "Parameters": _declared_parameters(template),
                "Description": template.description,
                "ResourceTypes": [resource["Type"] for resource in template.resources.values()],
                "Version": "2010-09-09",
            }
        )

    def validate_template(self) -> ActionResult:
        template = Template(self._body() or "")
        return ActionResult(
            {"Parameters": _declared_parameters(template), "Description": template.description}
        )

    # Parts of requests

    def _body(self) -> str | None:
        body, url = self._get_param("TemplateBody"), self._get_param("TemplateURL")
        previous = self._get_param("UsePreviousTemplate")
        if sum(bool(way) for way in (body, url, previous)) != 1:
            raise ValidationError("Either Template URL or Template Body must be specified.")
        if body:
            limits.check_template_body(body)
            return body
        if url:
            content = _s3_object(url, self.region)
            limits.check_template_from_url(content)
            return content
        return None

    def _tags(self) -> dict[str, str] | None:
        tags = self._get_param("Tags")
        return None if tags is None else {tag["Key"]: tag["Value"] for tag in tags}

    def _refuse_update_without_rollback(self) -> None:
        if self._get_param("DisableRollback"):
            raise NotPlayed("DisableRollback on an update")


# Parts of answers


def _stack(stack: Stack) -> dict[str, Any]:
    prepared = stack.prepared
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "Description": prepared.template.description if prepared else None,
        "TemplateDescription": prepared.template.description if prepared else None,
        "Parameters": _parameters(prepared.parameters) if prepared else [],
        "CreationTime": stack.created,
        "LastUpdatedTime": stack.updated,
        "DeletionTime": stack.deleted,
        "StackStatus": stack.status,
        "StackStatusReason": stack.status_reason,
        "DisableRollback": stack.disable_rollback,
        "NotificationARNs": [],
        "Outputs": stack.outputs or None,
        "Tags": _tag_list(stack.tags),
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }


def _resource(stack: Stack, resource: Resource) -> dict[str, Any]:
    return {
        "StackName": stack.name,
        "StackId": stack.id,
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.type,
        "Timestamp": resource.timestamp,
        "LastUpdatedTimestamp": resource.timestamp,
        "ResourceStatus": resource.status,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }


def _change_set(change_set: ChangeSet) -> dict[str, Any]:
    return {
        "ChangeSetId": change_set.id,
        "ChangeSetName": change_set.name,
        "StackId": change_set.stack.id,
        "StackName": change_set.stack.name,
        "Description": change_set.description,
        "CreationTime": change_set.created,
        "ExecutionStatus": change_set.execution_status,
        "Status": change_set.status,
        "StatusReason": change_set.status_reason,
    }


def _change(change: Change) -> dict[str, Any]:
    details = {
        "Action": change.action,
        "LogicalResourceId": change.logical_id,
        "ResourceType": change.type,
    }
    if change.physical_id is not None:
        details["PhysicalResourceId"] = change.physical_id
    if change.replaces is not None:
        details["Replacement"] = "True" if change.replaces else "False"
    return {"Type": "Resource", "ResourceChange": details}


def _parameters(parameters: dict) -> list[dict[str, str]]:
    result = []
    for name, parameter in parameters.items():
        entry = {"ParameterKey": name, "ParameterValue": parameter.shown}
        if parameter.resolved != parameter.given:
            entry["ResolvedValue"] = parameter.resolved
        result.append(entry)
    return result


def _declared_parameters(template: Template) -> list[dict[str, Any]]:
    result = []
    for name, definition in template.parameters.items():
        entry = {
            "ParameterKey": name,
            "ParameterType": definition.get("Type"),
            "NoEcho": text(definition.get("NoEcho", False)) == "true",
            "Description": definition.get("Description"),
            "ParameterConstraints": {
                "AllowedValues": [text(value) for value in definition.get("AllowedValues", [])]
            },
        }
        if "Default" in definition:
            entry["DefaultValue"] = text(definition["Default"])
        result.append(entry)
    return result


def _tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _s3_object(url: str, region: str) -> str:
    """A path-style URL, whatever the host: the CLI makes one from the endpoint it talks to."""
    bucket, _, key = urlparse(url).path.lstrip("/").partition("/")
    backend = s3_backends[ACCOUNT_ID][get_partition(region)]
    try:
        stored = backend.get_object(bucket, key)
    except ServiceException as error:
        raise ValidationError(f"S3 error: {error.message}") from error
    if stored is None:
        raise ValidationError("S3 error: The specified key does not exist.")
    return stored.value.decode()
