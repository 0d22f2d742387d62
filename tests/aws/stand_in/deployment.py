"""Making a stack what a template says, one resource after the other, or taking it all back."""

from collections.abc import Callable, Sequence
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models import EC2Backend

from .errors import Ec2Error, ValidationError
from .functions import UNKNOWN
from .prepared import Prepared
from .resources import PROVIDERS, Owner
from .stacks import Change, Resource, Stack

_KEPT_IN_ROLLBACK = ("Retain",)
_KEPT = ("Retain", "RetainExceptOnCreate")


class _Failed(Exception):
    """A step did not work. The event of its resource has the reason."""


class Deployment:
    def __init__(
        self,
        ec2: EC2Backend,
        stack: Stack,
        prepared: Prepared,
        tags: dict[str, str],
        check_exports: Callable[[Stack, list[dict]], None],
    ):
        """``check_exports`` raises ValidationError if the stack may not export these outputs."""
        self._ec2 = ec2
        self._stack = stack
        self._prepared = prepared
        self._tags = tags
        self._check_exports = check_exports
        # How to take back what an update has done, newest last.
        self._undo: list[Callable[[], object]] = []
        # What an update has replaced: deleted once everything else has worked.
        self._replaced: list[Resource] = []

    def changes(self) -> list[Change]:
        """What an update would do to resources."""
        renewed: set[str] = set()

        def value(name: str, attribute: str | None) -> Any:
            if name in renewed or name not in self._stack.resources:
                return UNKNOWN
            return self._stack.resources[name].value(attribute)

        changes = []
        for name in self._prepared.logical_ids:
            type_ = self._prepared.type_of(name)
            present = self._stack.resources.get(name)
            if present is None:
                changes.append(Change("Add", name, type_))
                continue
            properties = self._prepared.properties(name, value)
            if self._differs(present, properties):
                replaces = self._replaces(present, properties)
                if replaces:
                    renewed.add(name)
                changes.append(Change("Modify", name, type_, present.physical_id, replaces))
        changes += [
            Change("Remove", name, resource.type, resource.physical_id)
            for name, resource in self._stack.resources.items()
            if name not in self._prepared.logical_ids
        ]
        return changes

    def create(self) -> None:
        stack = self._stack
        stack.prepared, stack.tags = self._prepared, self._tags
        stack.enter("CREATE_IN_PROGRESS", "User Initiated")
        try:
            for name in self._prepared.logical_ids:
                stack.resources[name] = self._make(name)
            stack.outputs = self._outputs()
        except _Failed as failure:
            if stack.disable_rollback:
                stack.enter("CREATE_FAILED", str(failure))
                return
            stack.enter("ROLLBACK_IN_PROGRESS", f"{failure} Rollback requested by user.")
            made = list(stack.resources.values())
            rolled_back = _delete_all(self._ec2, stack, made, _KEPT_IN_ROLLBACK)
            stack.enter("ROLLBACK_COMPLETE" if rolled_back else "ROLLBACK_FAILED")
        else:
            stack.imports = self._prepared.imports
            stack.enter("CREATE_COMPLETE")

    def update(self) -> None:
        stack = self._stack
        before = dict(stack.resources)
        stack.updated = utcnow()
        stack.enter("UPDATE_IN_PROGRESS", "User Initiated")
        try:
            for name in self._prepared.logical_ids:
                self._update_one(name)
            outputs = self._outputs()
        except _Failed as failure:
            stack.enter("UPDATE_ROLLBACK_IN_PROGRESS", str(failure))
            try:
                for undo in reversed(self._undo):
                    undo()
            except (Ec2Error, _Failed) as failure_to_undo:
                stack.enter("UPDATE_ROLLBACK_FAILED", str(failure_to_undo))
                return
            stack.resources = before
            stack.enter("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
            stack.enter("UPDATE_ROLLBACK_COMPLETE")
            return
        removed = [before[name] for name in before if name not in self._prepared.logical_ids]
        stack.prepared, stack.tags, stack.outputs = self._prepared, self._tags, outputs
        stack.imports = self._prepared.imports
        stack.resources = {name: stack.resources[name] for name in self._prepared.logical_ids}
        stack.enter("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        # What cannot be deleted is left behind: the update has succeeded all the same.
        order = list(before)
        stale = sorted([*self._replaced, *removed], key=lambda old: order.index(old.logical_id))
        _delete_all(self._ec2, stack, stale, _KEPT, replaced=self._replaced)
        stack.enter("UPDATE_COMPLETE")

    def _update_one(self, name: str) -> None:
        stack = self._stack
        present = stack.resources.get(name)
        if present is None:
            self._put(self._make(name))
            return
        try:
            properties = self._prepared.properties(name, self._value)
        except ValidationError as error:
            raise self._failure("UPDATE", name, present.physical_id, error.message) from error
        if not self._differs(present, properties):
            return
        if self._replaces(present, properties):
            stack.record(
                name, present.type, present.physical_id, "UPDATE_IN_PROGRESS",
                "Requested update requires the creation of a new physical resource; hence creating one.",
            )  # fmt: skip
            self._put(self._make(name))
            self._replaced.append(present)
            return
        stack.record(name, present.type, present.physical_id, "UPDATE_IN_PROGRESS")
        provider = PROVIDERS[present.type]
        try:
            made = provider.update(
                self._ec2, self._owner(name), present.physical_id, present.properties, properties
            )
        except Ec2Error as error:
            raise self._failure("UPDATE", name, present.physical_id, str(error)) from error
        stack.resources[name] = self._resource(name, made, properties, "UPDATE_COMPLETE")
        owner = Owner(stack.id, stack.name, name, present.tags)
        self._undo.append(
            lambda: provider.update(
                self._ec2, owner, present.physical_id, properties, present.properties
            )
        )
        stack.record(name, present.type, present.physical_id, "UPDATE_COMPLETE")

    def _put(self, new: Resource) -> None:
        self._stack.resources[new.logical_id] = new
        self._undo.append(lambda: _delete(self._ec2, self._stack, new))

    def _make(self, name: str) -> Resource:
        type_ = self._prepared.type_of(name)
        self._stack.record(name, type_, "", "CREATE_IN_PROGRESS")
        try:
            properties = self._prepared.properties(name, self._value)
            made = PROVIDERS[type_].create(self._ec2, self._owner(name), properties)
        except ValidationError as error:
            raise self._failure("CREATE", name, "", error.message) from error
        except Ec2Error as error:
            raise self._failure("CREATE", name, "", str(error)) from error
        self._stack.record(name, type_, made.physical_id, "CREATE_COMPLETE")
        return self._resource(name, made, properties, "CREATE_COMPLETE")

    def _resource(self, name: str, made: Any, properties: dict, status: str) -> Resource:
        definition = self._prepared.template.resources[name]
        return Resource(
            name, definition["Type"], made.physical_id, properties, made.attributes, definition,
            self._tags, status,
        )  # fmt: skip

    def _failure(self, step: str, name: str, physical_id: str, reason: str) -> _Failed:
        type_ = self._prepared.type_of(name)
        self._stack.record(name, type_, physical_id, f"{step}_FAILED", reason)
        return _Failed(f"The following resource(s) failed to {step.lower()}: [{name}].")

    def _outputs(self) -> list[dict]:
        try:
            outputs = self._prepared.outputs(self._value)
            self._check_exports(self._stack, outputs)
        except ValidationError as error:
            raise _Failed(error.message) from error
        return outputs

    def _value(self, name: str, attribute: str | None) -> Any:
        return self._stack.resources[name].value(attribute)

    def _owner(self, name: str) -> Owner:
        return Owner(self._stack.id, self._stack.name, name, self._tags)

    def _differs(self, present: Resource, properties: dict) -> bool:
        definition = self._prepared.template.resources[present.logical_id]
        takes_tags = self._prepared.schema_of(present.logical_id).takes_tags
        return (
            present.properties != properties
            or (takes_tags and present.tags != self._tags)
            or any(
                present.definition.get(attribute) != definition.get(attribute)
                for attribute in ("DeletionPolicy", "Metadata", "UpdateReplacePolicy")
            )
        )

    def _replaces(self, present: Resource, properties: dict) -> bool:
        schema = self._prepared.schema_of(present.logical_id)
        return schema.needs_replacement(present.properties, properties)


def delete(ec2: EC2Backend, stack: Stack) -> None:
    stack.enter("DELETE_IN_PROGRESS", "User Initiated")
    if _delete_all(ec2, stack, list(stack.resources.values()), _KEPT):
        stack.outputs = []
        stack.imports.clear()
        stack.deleted = utcnow()
        stack.enter("DELETE_COMPLETE")
    else:
        left = ", ".join(stack.resources)
        stack.enter("DELETE_FAILED", f"The following resource(s) failed to delete: [{left}].")


def _delete_all(
    ec2: EC2Backend,
    stack: Stack,
    resources: list[Resource],
    kept: tuple[str, ...],
    replaced: Sequence[Resource] = (),
) -> bool:
    """In the opposite order of creation. Whether nothing is left that should have gone."""
    everything = True
    for resource in reversed(resources):
        policy = "UpdateReplacePolicy" if resource in replaced else "DeletionPolicy"
        if resource.definition.get(policy) in kept:
            stack.record(resource.logical_id, resource.type, resource.physical_id, "DELETE_SKIPPED")
        else:
            try:
                _delete(ec2, stack, resource)
            except _Failed:
                everything = False
                continue
        if stack.resources.get(resource.logical_id) is resource:
            del stack.resources[resource.logical_id]
    return everything


def _delete(ec2: EC2Backend, stack: Stack, resource: Resource) -> None:
    names = (resource.logical_id, resource.type, resource.physical_id)
    stack.record(*names, "DELETE_IN_PROGRESS")
    try:
        PROVIDERS[resource.type].delete(ec2, resource.physical_id, resource.properties)
    except Ec2Error as error:
        stack.record(*names, "DELETE_FAILED", str(error))
        raise _Failed(f"The following resource(s) failed to delete: [{names[0]}].") from error
    stack.record(*names, "DELETE_COMPLETE")
