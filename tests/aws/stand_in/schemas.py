"""The CloudFormation registry's schemas of resource types, as cfn-lint ships them."""

import functools
import importlib.util
import json
import runpy
from pathlib import Path
from typing import Any

import jsonschema
from jsonschema import validators

from .errors import ValidationError
from .functions import UNKNOWN, text

_EXPECTED = {
    "array": "JSONArray", "boolean": "Boolean", "integer": "Integer",
    "number": "Number", "object": "JSONObject", "string": "String",
}  # fmt: skip
_FOUND = {
    bool: "Boolean",
    dict: "JSONObject",
    float: "Double",
    int: "Integer",
    list: "JSONArray",
    str: "String",
}


class Schema:
    def __init__(self, document: dict):
        self._document = document
        self._validator = _Validator(document)
        self.attributes = {
            pointer.removeprefix("/properties/") for pointer in document["readOnlyProperties"]
        }
        self.takes_tags = document.get("tagging", {}).get("taggable", False)

    def check(self, logical_id: str, properties: dict) -> None:
        problems = [_message(error) for error in self._validator.iter_errors(properties)]
        problems += [
            f"#: extraneous key [{name}] is not permitted"
            for name in properties
            if name in self.attributes
        ]
        if problems:
            raise ValidationError(
                f"Properties validation failed for resource {logical_id} with message:\n"
                + "\n".join(problems)
            )

    def needs_replacement(self, old: dict, new: dict) -> bool:
        return any(
            _at(old, pointer) != _at(new, pointer)
            for pointer in self._document.get("createOnlyProperties", [])
        )


@functools.cache
def of(region: str, resource_type: str) -> Schema | None:
    """None if AWS has no such type in the region."""
    digest = _types(region).get(resource_type)
    if digest is None:
        return None
    return Schema(json.loads((_data() / "resources" / f"{digest}.json").read_text()))


@functools.cache
def _types(region: str) -> dict[str, str]:
    return runpy.run_path(str(_data() / "providers" / f"{region.replace('-', '_')}.py"))["types"]


@functools.cache
def _data() -> Path:
    # Found, not imported: importing cfn-lint takes longer than everything else here.
    (package,) = importlib.util.find_spec("cfnlint").submodule_search_locations
    return Path(package) / "data" / "schemas"


def _at(properties: Any, pointer: str) -> Any:
    for key in pointer.removeprefix("/properties/").split("/"):
        properties = properties.get(key) if isinstance(properties, dict) else None
    return properties


# CloudFormation takes "443" for an integer and true for a string, and parameters are always text.
# Nothing can be said yet about a value that is unknown.


def _is_integer(_: Any, value: Any) -> bool:
    return not isinstance(value, bool) and text(value).removeprefix("-").isdecimal()


def _is_boolean(_: Any, value: Any) -> bool:
    return isinstance(value, bool) or value in ("true", "false", "True", "False")


def _is_string(_: Any, value: Any) -> bool:
    return isinstance(value, (str, bool, int, float))


def _lenient(name: str, keyword: Any) -> Any:
    def check(validator: Any, argument: Any, value: Any, schema: dict) -> Any:
        if value is UNKNOWN:
            return ()
        if name in ("enum", "maxLength", "minLength", "pattern") and _is_string(None, value):
            value = text(value)
        if name == "uniqueItems" and isinstance(value, list):
            value = [member for member in value if member is not UNKNOWN]
        return keyword(validator, argument, value, schema) or ()

    return check


# Formats, and keywords that draft 7 does not know (requiredXor and the like), are cfn-lint's
# additions to the registry's schemas: CloudFormation leaves those checks to the service.
_Validator = validators.create(
    meta_schema=jsonschema.Draft7Validator.META_SCHEMA,
    validators={
        name: _lenient(name, keyword)
        for name, keyword in jsonschema.Draft7Validator.VALIDATORS.items()
        if name != "format"
    },
    type_checker=jsonschema.Draft7Validator.TYPE_CHECKER.redefine_many(
        {"integer": _is_integer, "boolean": _is_boolean, "string": _is_string}
    ),
)


def _message(error: jsonschema.ValidationError) -> str:
    """The error in the words of CloudFormation's own validator."""
    path = "#" + "".join(f"/{step}" for step in error.absolute_path)
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        return f"{path}: required key [{missing}] not found"
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        extra = [name for name in error.instance if name not in known]
        return "\n".join(f"{path}: extraneous key [{name}] is not permitted" for name in extra)
    if error.validator == "type":
        expected = error.validator_value
        names = expected if isinstance(expected, list) else [expected]
        wanted = " or ".join(_EXPECTED[name] for name in names)
        return f"{path}: expected type: {wanted}, found: {_FOUND[type(error.instance)]}"
    if error.validator == "enum":
        return f"{path}: {error.instance} is not a valid enum value"
    return f"{path}: failed validation constraint for keyword [{error.validator}]"
