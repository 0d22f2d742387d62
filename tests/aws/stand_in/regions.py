"""The stacks of one region, and the operations on them."""

import re
import uuid

from . import environment  # noqa: F401  (before moto)

from moto.cloudformation.exceptions import CloudFormationError
from moto.core.base_backend import BackendDict, BaseBackend
from moto.ec2.models import ec2_backends
from moto.utilities.utils import get_partition

from . import deployment
from .deployment import Deployment
from .errors import ValidationError
from .prepared import Prepared
from .stacks import Change, ChangeSet, Stack

_STACK_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
_CAN_BE_UPDATED = {
    "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE",
}  # fmt: skip
_NO_CHANGES = (
    "The submitted information didn't contain changes. "
    "Submit different information to create a change set."
)


class StackRegion(BaseBackend):
    """A moto backend, so that a reset of moto forgets the stacks too."""

    def __init__(self, region_name: str, account_id: str):
        super().__init__(region_name, account_id)
        self.stacks: list[Stack] = []
        self.change_sets: list[ChangeSet] = []

    # Looking

    def find(self, name_or_id: str) -> Stack | None:
        """By name only what has not been deleted, by id everything there ever was."""
        for stack in self.stacks:
            if name_or_id == stack.id or (name_or_id == stack.name and not stack.is_deleted):
                return stack
        return None

    def get(self, name_or_id: str) -> Stack:
        stack = self.find(name_or_id)
        if stack is None:
            raise ValidationError(f"Stack with id {name_or_id} does not exist")
        return stack

    def living(self) -> list[Stack]:
        return [stack for stack in self.stacks if not stack.is_deleted]

    def change_set(self, name_or_id: str, stack_name: str | None) -> ChangeSet:
        for change_set in reversed(self.change_sets):
            if change_set.id == name_or_id or (
                change_set.name == name_or_id
                and stack_name in (change_set.stack.name, change_set.stack.id)
            ):
                return change_set
        raise CloudFormationError("ChangeSetNotFound", f"ChangeSet [{name_or_id}] does not exist")

    def importers(self, export: str) -> list[str]:
        return [stack.name for stack in self.living() if export in stack.imports]

    # Stacks

    def create_stack(
        self,
        name: str,
        body: str | None,
        parameters: list[dict],
        tags: dict[str, str],
        disable_rollback: bool,
    ) -> Stack:
        if self.find(name) is not None:
            raise CloudFormationError("AlreadyExistsException", f"Stack [{name}] already exists")
        stack = self._new_stack(name)
        stack.disable_rollback = disable_rollback
        prepared = self._prepare(stack, self._body(stack, body), parameters)
        self.stacks.append(stack)
        self._deployment(stack, prepared, tags).create()
        return stack

    def update_stack(
        self, name: str, body: str | None, parameters: list[dict], tags: dict[str, str] | None
    ) -> Stack:
        stack = self._to_update(name)
        tags = stack.tags if tags is None else tags
        prepared = self._prepare(stack, self._body(stack, body), parameters)
        update = self._deployment(stack, prepared, tags)
        if not self._changes_anything(stack, prepared, tags, update.changes()):
            raise ValidationError("No updates are to be performed.")
        update.update()
        return stack

    def delete_stack(self, name: str) -> None:
        stack = self.find(name)
        if stack is None or stack.is_deleted:
            return
        for export in stack.exports:
            if importers := self.importers(export):
                stack.enter(
                    "DELETE_FAILED",
                    f"Export {export} cannot be deleted as it is in use by {', '.join(importers)}",
                )
                return
        deployment.delete(ec2_backends[self.account_id][self.region_name], stack)

    # Change sets

    def create_change_set(
        self,
        stack_name: str,
        name: str,
        kind: str,
        body: str | None,
        parameters: list[dict],
        tags: dict[str, str] | None,
        description: str | None,
    ) -> ChangeSet:
        if kind == "CREATE":
            present = self.find(stack_name)
            if present is not None and present.status != "REVIEW_IN_PROGRESS":
                raise ValidationError(
                    f"Stack [{stack_name}] already exists and cannot be created again with the "
                    f"changeSet [{name}]."
                )
            stack = present or self._new_stack(stack_name)
            prepared = self._prepare(stack, self._body(stack, body), parameters)
            if present is None:
                self.stacks.append(stack)
                stack.enter("REVIEW_IN_PROGRESS", "User Initiated")
        else:
            stack = self._to_update(stack_name)
            prepared = self._prepare(stack, self._body(stack, body), parameters)
        tags = stack.tags if tags is None else tags
        changes = self._deployment(stack, prepared, tags).changes()
        is_empty = kind == "UPDATE" and not self._changes_anything(stack, prepared, tags, changes)
        change_set = ChangeSet(
            id=f"{self._arn('changeSet')}/{name}/{uuid.uuid4()}",
            name=name,
            kind=kind,
            stack=stack,
            prepared=prepared,
            tags=tags,
            changes=changes,
            description=description,
            status="FAILED" if is_empty else "CREATE_COMPLETE",
            execution_status="UNAVAILABLE" if is_empty else "AVAILABLE",
            status_reason=_NO_CHANGES if is_empty else None,
        )
        self.change_sets.append(change_set)
        return change_set

    def execute_change_set(self, name: str, stack_name: str | None, disable_rollback: bool) -> None:
        change_set = self.change_set(name, stack_name)
        if change_set.execution_status != "AVAILABLE":
            raise CloudFormationError(
                "InvalidChangeSetStatus",
                f"ChangeSet [{change_set.id}] cannot be executed in its current execution status "
                f"of [{change_set.execution_status}]",
            )
        stack = change_set.stack
        stack.disable_rollback = disable_rollback
        work = self._deployment(stack, change_set.prepared, change_set.tags)
        if change_set.kind == "CREATE":
            work.create()
        else:
            work.update()
        # The other change sets were made for what the stack was before.
        self.change_sets = [
            other for other in self.change_sets if other is change_set or other.stack is not stack
        ]
        change_set.execution_status = "EXECUTE_COMPLETE"

    def delete_change_set(self, name: str, stack_name: str | None) -> None:
        self.change_sets.remove(self.change_set(name, stack_name))

    # Parts

    def _new_stack(self, name: str) -> Stack:
        if not _STACK_NAME.fullmatch(name):
            raise ValidationError(
                f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: "
                "[a-zA-Z][-a-zA-Z0-9]*"
            )
        return Stack(f"{self._arn('stack')}/{name}/{uuid.uuid4()}", name)

    def _arn(self, kind: str) -> str:
        partition = get_partition(self.region_name)
        return f"arn:{partition}:cloudformation:{self.region_name}:{self.account_id}:{kind}"

    def _to_update(self, name: str) -> Stack:
        stack = self.find(name)
        if stack is None or stack.is_deleted:
            raise ValidationError(f"Stack [{name}] does not exist")
        if stack.status not in _CAN_BE_UPDATED:
            raise ValidationError(
                f"Stack:{stack.id} is in {stack.status} state and can not be updated."
            )
        return stack

    def _body(self, stack: Stack, body: str | None) -> str:
        """Without a body: the template the stack has."""
        if body is not None:
            return body
        if stack.prepared is None:
            raise ValidationError("Either Template URL or Template Body must be specified.")
        return stack.prepared.template.text

    def _prepare(self, stack: Stack, body: str, parameters: list[dict]) -> Prepared:
        prepared = Prepared(
            body,
            parameters,
            stack.prepared.parameters if stack.prepared else {},
            ec2_backends[self.account_id][self.region_name],
            stack.id,
            stack.name,
            self._import_value,
        )
        for name, resource in stack.resources.items():
            if name in prepared.logical_ids and prepared.type_of(name) != resource.type:
                raise ValidationError(
                    "Update of resource type is not permitted. The new template modifies resource "
                    f"type of the following resources: [{name}]"
                )
        return prepared

    def _deployment(self, stack: Stack, prepared: Prepared, tags: dict[str, str]) -> Deployment:
        ec2 = ec2_backends[self.account_id][self.region_name]
        return Deployment(ec2, stack, prepared, tags, self._check_exports)

    def _changes_anything(
        self, stack: Stack, prepared: Prepared, tags: dict[str, str], changes: list[Change]
    ) -> bool:
        """Metadata, descriptions and rules of the template alone are no update; outputs are."""
        if changes or tags != stack.tags:
            return True
        if prepared.template.outputs != stack.prepared.template.outputs:
            return True
        outputs = prepared.outputs(lambda name, attribute: stack.resources[name].value(attribute))
        return outputs != stack.outputs

    def _import_value(self, name: str) -> str:
        for stack in self.living():
            if name in stack.exports:
                return stack.exports[name]
        raise ValidationError(f"No export named {name} found.")

    def _check_exports(self, stack: Stack, outputs: list[dict]) -> None:
        new = {
            output["ExportName"]: output["OutputValue"]
            for output in outputs
            if "ExportName" in output
        }
        for other in self.living():
            if other is stack:
                continue
            for name in new.keys() & other.exports.keys():
                raise ValidationError(
                    f"Export with name {name} is already exported by stack {other.name}."
                )
        for name, value in stack.exports.items():
            if new.get(name) != value and (importers := self.importers(name)):
                what = "updated" if name in new else "deleted"
                raise ValidationError(
                    f"Export {name} cannot be {what} as it is in use by {', '.join(importers)}"
                )


stack_regions = BackendDict(StackRegion, "cloudformation")
