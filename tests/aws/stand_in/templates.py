"""From a template's text to its sections, or to the reason CloudFormation gives for refusing it.

CloudFormation's YAML is 1.1 without aliases, merges and dates; keys are text.
Short-form functions (``!Ref``) become their long form.
"""

import json
import re
from typing import Any

import yaml

from . import functions, limits
from .errors import NotPlayed, ValidationError

_SECTIONS = {
    "AWSTemplateFormatVersion", "Conditions", "Description", "Mappings", "Metadata",
    "Outputs", "Parameters", "Resources", "Rules", "Transform",
}  # fmt: skip
_RESOURCE_ATTRIBUTES = {
    "Condition", "CreationPolicy", "DeletionPolicy", "DependsOn", "Metadata",
    "Properties", "Type", "UpdatePolicy", "UpdateReplacePolicy",
}  # fmt: skip
_OUTPUT_ATTRIBUTES = {"Condition", "Description", "Export", "Value"}
_POLICIES = {"Delete", "Retain", "RetainExceptOnCreate"}
_NOT_PLAYED = ("CreationPolicy", "UpdatePolicy")
_ALPHANUMERIC = re.compile(r"[A-Za-z0-9]{1,255}")
_MAPPING_KEY = re.compile(r"[A-Za-z0-9.-]{1,255}")


class Template:
    def __init__(self, text: str):
        self.text = text
        body = _read(text)
        _check_no_nulls(body, "")
        _check_sections(body)
        limits.check_members(body)
        self.description: str | None = body.get("Description")
        self.metadata: Any = body.get("Metadata")
        self.parameters: dict[str, dict] = body.get("Parameters", {})
        self.mappings: dict[str, dict] = body.get("Mappings", {})
        self.conditions: dict[str, dict] = body.get("Conditions", {})
        self.rules: dict[str, dict] = body.get("Rules", {})
        self.resources: dict[str, dict] = body["Resources"]
        self.outputs: dict[str, dict] = body.get("Outputs", {})
        _check_members(self)
        _check_references(self)
        self.order = _in_order_of_dependency(self)


# Reading


def _read(text: str) -> dict:
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text, object_pairs_hook=_without_repeated_keys)
        except json.JSONDecodeError:
            pass  # it may still be YAML in flow style
    try:
        body = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise ValidationError(f"Template format error: YAML not well-formed.{where}") from error
    if not isinstance(body, dict):
        raise ValidationError("Template format error: unsupported structure.")
    return body


def _without_repeated_keys(pairs: list[tuple[str, Any]]) -> dict:
    members = dict(pairs)
    if len(members) != len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise ValidationError(f"Template format error: the key {repeated!r} is repeated")
    return members


class _Loader(yaml.SafeLoader):
    # A date is text (the Version of a policy); "<<" is refused below, not merged.
    yaml_implicit_resolvers = {
        first: [
            (tag, pattern)
            for tag, pattern in resolvers
            if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:merge")
        ]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent) or getattr(self.peek_event(), "anchor", None):
            raise ValidationError(
                "Template error: YAML aliases are not allowed in CloudFormation templates"
            )
        return super().compose_node(parent, index)

    def mapping(self, node: yaml.MappingNode) -> dict:
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise ValidationError("Template format error: the keys of a map must be text")
            if key.value == "<<":
                raise ValidationError(
                    "Template error: YAML merges (<<) are not allowed in CloudFormation templates"
                )
        return _without_repeated_keys(
            [(key.value, self.construct_object(value, deep=True)) for key, value in node.value]
        )

    def function(self, name: str, node: yaml.Node) -> dict:
        long_form = name if name in ("Ref", "Condition") else f"Fn::{name}"
        if long_form != "Condition":
            functions.check_name(long_form)
        if isinstance(node, yaml.MappingNode):
            return {long_form: self.mapping(node)}
        if isinstance(node, yaml.SequenceNode):
            return {long_form: self.construct_sequence(node, deep=True)}
        # The tag replaced the one YAML would have found: numbers stay text here.
        value = self.construct_scalar(node)
        return {long_form: value.split(".", 1) if name == "GetAtt" else value}


for _tag in ("binary", "omap", "pairs", "set", "timestamp"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _Loader.construct_undefined)
_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.mapping)
_Loader.add_multi_constructor("!", _Loader.function)


# Structure


def _check_no_nulls(node: Any, path: str) -> None:
    if node is None:
        raise ValidationError(
            f"Template format error: [{path}] 'null' values are not allowed in templates"
        )
    if isinstance(node, dict):
        for key, value in node.items():
            _check_no_nulls(value, f"{path}/{key}")
    if isinstance(node, list):
        for index, value in enumerate(node):
            _check_no_nulls(value, f"{path}/{index}")


def _check_sections(body: dict) -> None:
    unknown = [section for section in body if section not in _SECTIONS]
    if unknown:
        raise ValidationError(f"Invalid template property or properties [{', '.join(unknown)}]")
    if body.get("AWSTemplateFormatVersion", "2010-09-09") != "2010-09-09":
        raise ValidationError(
            "Template format error: unsupported value for AWSTemplateFormatVersion."
        )
    if "Transform" in body:
        raise NotPlayed(f"transforms (Transform: {body['Transform']})")
    for section in ("Conditions", "Mappings", "Outputs", "Parameters", "Resources", "Rules"):
        if not isinstance(body.get(section, {}), dict):
            raise ValidationError(f"Template format error: {section} must be an object.")
        for name, member in body.get(section, {}).items():
            if not isinstance(member, dict):
                raise ValidationError(
                    f"Template format error: Every {section} member must be an object: {name}"
                )
    if not isinstance(body.get("Description", ""), str):
        raise ValidationError("Template format error: Description must be a string.")
    if not body.get("Resources"):
        raise ValidationError(
            "Template format error: At least one Resources member must be defined."
        )


def _check_members(template: Template) -> None:
    for section in ("parameters", "mappings", "conditions", "rules", "resources", "outputs"):
        for name in getattr(template, section):
            if not _ALPHANUMERIC.fullmatch(name):
                raise ValidationError(
                    f"Template format error: {section.capitalize()} name {name} is non alphanumeric."
                )
    for name in template.parameters.keys() & template.resources.keys():
        raise ValidationError(
            f"Template format error: Parameter and resource share the name {name}."
        )
    for name, mapping in template.mappings.items():
        _check_mapping(name, mapping)
    for name, resource in template.resources.items():
        _check_resource(name, resource)
    for name, output in template.outputs.items():
        _check_output(name, output)


def _check_mapping(name: str, mapping: dict) -> None:
    for top, values in mapping.items():
        if not _MAPPING_KEY.fullmatch(top) or not isinstance(values, dict):
            raise ValidationError(
                f"Template format error: Every Mappings attribute must be an object: {name}.{top}"
            )
        for second, value in values.items():
            if not _ALPHANUMERIC.fullmatch(second):
                raise ValidationError(
                    f"Template format error: Mappings attribute name '{second}' must contain "
                    "only alphanumeric characters."
                )
            parts = value if isinstance(value, list) else [value]
            if not all(isinstance(part, (str, int, float)) for part in parts):
                raise ValidationError(
                    "Template format error: Every Mappings attribute must be a String or a List: "
                    f"{name}.{top}.{second}"
                )


def _check_resource(name: str, resource: dict) -> None:
    for attribute in resource:
        if attribute not in _RESOURCE_ATTRIBUTES:
            raise ValidationError(f"Invalid template resource property '{attribute}'")
    if not isinstance(resource.get("Type"), str):
        raise ValidationError(
            "Template format error: Every Resources object must contain a Type member: " + name
        )
    if not isinstance(resource.get("Properties", {}), dict):
        raise ValidationError(f"Template format error: Properties of {name} must be an object.")
    for attribute in _NOT_PLAYED:
        if attribute in resource:
            raise NotPlayed(f"{attribute} (resource {name})")
    for attribute in ("DeletionPolicy", "UpdateReplacePolicy"):
        if resource.get(attribute, "Delete") not in _POLICIES:
            raise ValidationError(f"Template format error: Unrecognized {attribute} in {name}")


def _check_output(name: str, output: dict) -> None:
    unknown = output.keys() - _OUTPUT_ATTRIBUTES
    if unknown or "Value" not in output:
        raise ValidationError(
            f"Template format error: Output {name} is malformed. "
            "Every Outputs member must contain a Value object"
        )
    if "Export" in output:
        export = output["Export"]
        if not isinstance(export, dict) or export.keys() != {"Name"}:
            raise ValidationError(
                f"Template format error: Output {name} is malformed. The Name field of every "
                "Export member must be specified"
            )


# References


def _check_references(template: Template) -> None:
    values = template.parameters.keys() | functions.PSEUDO_PARAMETERS
    anything = values | template.resources.keys()
    for section, targets in (
        ("Conditions", values),
        ("Rules", values),
        ("Resources", anything),
        ("Outputs", anything),
    ):
        _check_section_references(template, section, targets)
    for resource in template.resources.values():
        for target in _depends_on(resource):
            if target not in template.resources:
                raise ValidationError(
                    f"Template format error: Unresolved resource dependencies [{target}] "
                    "in the Resources block of the template"
                )
    for section in (template.resources, template.outputs):
        for name, member in section.items():
            _check_condition(template, member.get("Condition"), name)


def _check_section_references(template: Template, section: str, targets: set[str]) -> None:
    unresolved = []
    for reference in functions.references(getattr(template, section.lower())):
        if reference.kind == "Ref" and reference.name not in targets:
            unresolved.append(reference.name)
        if reference.kind == "Fn::GetAtt" and (
            section in ("Conditions", "Rules") or reference.name not in template.resources
        ):
            raise ValidationError(
                "Template error: instance of Fn::GetAtt references undefined resource "
                + reference.name
            )
        if reference.kind == "Fn::FindInMap" and reference.name not in template.mappings:
            raise ValidationError(
                f"Template error: Mapping named '{reference.name}' is not present in the "
                "'Mappings' section of template."
            )
        # Elsewhere {"Condition": "x"} is data.
        if reference.kind == "Fn::If" or (
            reference.kind == "Condition" and section in ("Conditions", "Rules")
        ):
            _check_condition(template, reference.name, section)
    if unresolved:
        raise ValidationError(
            f"Template format error: Unresolved resource dependencies [{', '.join(unresolved)}] "
            f"in the {section} block of the template"
        )


def _check_condition(template: Template, condition: str | None, where: str) -> None:
    if condition is not None and condition not in template.conditions:
        raise ValidationError(
            f"Template format error: Unresolved condition dependency {condition} in {where}"
        )


def _depends_on(resource: dict) -> list[str]:
    targets = resource.get("DependsOn", [])
    return [targets] if isinstance(targets, str) else targets


def _in_order_of_dependency(template: Template) -> list[str]:
    """The logical ids, each after what it refers to, otherwise in the order of the template."""
    waiting = {
        name: {
            reference.name
            for reference in functions.references(resource.get("Properties", {}))
            if reference.kind in ("Ref", "Fn::GetAtt") and reference.name in template.resources
        }.union(_depends_on(resource))
        for name, resource in template.resources.items()
    }
    order: list[str] = []
    while waiting:
        ready = next((name for name, needs in waiting.items() if needs <= set(order)), None)
        if ready is None:
            circle = _members_of_circles(waiting)
            raise ValidationError(f"Circular dependency between resources: [{', '.join(circle)}]")
        order.append(ready)
        del waiting[ready]
    return order


def _members_of_circles(waiting: dict[str, set[str]]) -> list[str]:
    """Of what can never be made, leave out what only waits for a circle."""
    members = dict(waiting)
    while outside := [
        name for name in members if not any(name in needs for needs in members.values())
    ]:
        for name in outside:
            del members[name]
    return list(members)
