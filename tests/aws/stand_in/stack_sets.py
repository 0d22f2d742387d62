"""Stack sets: one template in many regions.

There is one account here, which every organizational unit is made of, and an operation has ended
when its request is answered.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html
"""

import uuid
from dataclasses import dataclass, field
from typing import Any

from moto.cloudformation.exceptions import CloudFormationError
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.responses import ActionResult

from . import limits
from .environment import ACCOUNT_ID
from .errors import NotPlayed, ValidationError
from .regions import stack_regions
from .stacks import Stack
from .templates import Template


@dataclass
class StackSet:
    name: str
    id: str
    body: str
    parameters: list[dict]
    permission_model: str
    instances: dict[str, Stack] = field(default_factory=dict)
    operations: dict[str, str] = field(default_factory=dict)


class StackSets(BaseBackend):
    """A moto backend, so that a reset of moto forgets them too."""

    def __init__(self, region_name: str, account_id: str):
        super().__init__(region_name, account_id)
        self.by_name: dict[str, StackSet] = {}

    def get(self, name: str) -> StackSet:
        if name not in self.by_name:
            raise CloudFormationError("StackSetNotFoundException", f"StackSet {name} not found")
        return self.by_name[name]


stack_sets = BackendDict(StackSets, "cloudformation")


class StackSetApi:
    """The operations on stack sets; a part of CloudFormation's API."""

    @property
    def _sets(self) -> StackSets:
        return stack_sets[ACCOUNT_ID][self.region]

    def create_stack_set(self) -> ActionResult:
        name, body = self._get_param("StackSetName"), self._get_param("TemplateBody")
        if not body:
            raise NotPlayed("stack sets whose template is not in the request")
        if name in self._sets.by_name:
            raise CloudFormationError("NameAlreadyExistsException", f"StackSet {name} exists")
        model = self._get_param("PermissionModel", "SELF_MANAGED")
        if model == "SERVICE_MANAGED" and self._get_param("AutoDeployment") is None:
            raise ValidationError("AutoDeployment is required when permission model is SERVICE_MANAGED")
        limits.check_template_body(body)
        # Refuses transforms, which a service-managed stack set does not take either.
        Template(body)
        made = StackSet(
            name, f"{name}:{uuid.uuid4()}", body, self._get_param("Parameters", []), model
        )
        self._sets.by_name[name] = made
        return ActionResult({"StackSetId": made.id})

    def create_stack_instances(self) -> ActionResult:
        stack_set = self._sets.get(self._get_param("StackSetName"))
        accounts, targets = self._get_param("Accounts"), self._get_param("DeploymentTargets")
        if stack_set.permission_model == "SERVICE_MANAGED":
            if accounts or not (targets or {}).get("OrganizationalUnitIds"):
                raise ValidationError("A service-managed stack set takes OrganizationalUnitIds")
        elif targets or accounts != [ACCOUNT_ID]:
            raise NotPlayed(f"other accounts than {ACCOUNT_ID}")
        overrides = self._get_param("ParameterOverrides", [])
        named = {parameter["ParameterKey"] for parameter in overrides}
        kept = [one for one in stack_set.parameters if one["ParameterKey"] not in named]
        failed = False
        for region in self._get_param("Regions"):
            if region in stack_set.instances:
                raise ValidationError(f"There is an instance in {region}")
            stack = self._instance(stack_set, region, [*kept, *overrides])
            stack_set.instances[region] = stack
            failed = failed or stack.status != "CREATE_COMPLETE"
        operation = str(uuid.uuid4())
        stack_set.operations[operation] = "FAILED" if failed else "SUCCEEDED"
        return ActionResult({"OperationId": operation})

    def _instance(self, stack_set: StackSet, region: str, parameters: list[dict]) -> Stack:
        name = f"StackSet-{stack_set.name}-{uuid.uuid4()}"
        try:
            return stack_regions[ACCOUNT_ID][region].create_stack(
                name, stack_set.body, parameters, {}, False
            )
        except CloudFormationError as error:
            # The request has been taken; that the stack cannot be made is the instance's status.
            stack = Stack(name, name)
            stack.status, stack.status_reason = "ROLLBACK_COMPLETE", error.message
            return stack

    def describe_stack_set_operation(self) -> ActionResult:
        stack_set = self._sets.get(self._get_param("StackSetName"))
        operation = self._get_param("OperationId")
        if operation not in stack_set.operations:
            raise CloudFormationError("OperationNotFoundException", "There is no such operation")
        status = stack_set.operations[operation]
        return ActionResult(
            {"StackSetOperation": {"OperationId": operation, "Action": "CREATE", "Status": status}}
        )

    def list_stack_instances(self) -> ActionResult:
        stack_set = self._sets.get(self._get_param("StackSetName"))
        return ActionResult(
            {"Summaries": [_instance(stack_set, *each) for each in stack_set.instances.items()]}
        )


def _instance(stack_set: StackSet, region: str, stack: Stack) -> dict[str, Any]:
    return {
        "StackSetId": stack_set.id,
        "Region": region,
        "Account": ACCOUNT_ID,
        "StackId": stack.id,
        "Status": "CURRENT" if stack.status == "CREATE_COMPLETE" else "OUTDATED",
        "StatusReason": stack.status_reason,
    }
