"""A template with its parameters, after every check that needs no resource to exist."""

from collections.abc import Callable
from typing import Any

from moto.ec2.models import EC2Backend
from moto.utilities.utils import get_partition

from . import assertions, parameters, schemas
from .errors import NotPlayed, ValidationError
from .functions import NO_VALUE, UNKNOWN, Evaluator, references, text
from .resources import PROVIDERS
from .resources.endpoint_services import dns_suffix
from .templates import Template

_EXPORT_NAME_CHARACTERS = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:-")
# Documented for Fn::GetAtt, though no property of the schema.
_MORE_ATTRIBUTES = {
    "AWS::EC2::SecurityGroup": {"VpcId"},
    "AWS::EC2::Subnet": {"AvailabilityZone", "CidrBlock", "VpcId"},
    "AWS::EC2::VPC": {"CidrBlock"},
}


class Prepared:
    def __init__(
        self,
        body: str,
        given: list[dict],
        previous: dict[str, parameters.Parameter],
        ec2: EC2Backend,
        stack_id: str,
        stack_name: str,
        import_value: Callable[[str], str],
    ):
        self.region = ec2.region_name
        self.template = Template(body)
        self._check_types()
        self.parameters = parameters.resolve(self.template, given, previous, ec2)
        self._values = {
            "AWS::AccountId": ec2.account_id,
            "AWS::NotificationARNs": [],
            "AWS::Partition": get_partition(self.region),
            "AWS::Region": self.region,
            "AWS::StackId": stack_id,
            "AWS::StackName": stack_name,
            "AWS::URLSuffix": dns_suffix(self.region),
            **{name: parameter.value for name, parameter in self.parameters.items()},
        }
        self._import_value = import_value
        self.imports: set[str] = set()

        evaluator = self._evaluator(lambda name, attribute: UNKNOWN)
        assertions.check(self.template, evaluator)
        for name in self.template.conditions:
            evaluator.condition(name)
        self.logical_ids = [
            name for name in self.template.order if evaluator.is_made(self.template.resources[name])
        ]
        for name in self.logical_ids:
            self.properties(name, lambda name, attribute: UNKNOWN)
        self.outputs(lambda name, attribute: UNKNOWN)

    def type_of(self, logical_id: str) -> str:
        return self.template.resources[logical_id]["Type"]

    def schema_of(self, logical_id: str) -> schemas.Schema:
        return schemas.of(self.region, self.type_of(logical_id))

    def properties(self, logical_id: str, resource_value: Callable) -> dict:
        definition = self.template.resources[logical_id].get("Properties", {})
        properties = self._evaluator(resource_value).value(definition)
        self.schema_of(logical_id).check(logical_id, properties)
        return properties

    def outputs(self, resource_value: Callable) -> list[dict[str, Any]]:
        evaluator = self._evaluator(resource_value)
        outputs = []
        for name, definition in self.template.outputs.items():
            if evaluator.is_made(definition):
                outputs.append(_output(evaluator, name, definition))
        exported = [output["ExportName"] for output in outputs if "ExportName" in output]
        for name in exported:
            if exported.count(name) > 1:
                raise ValidationError(f"Template format error: Duplicate export name [{name}]")
        return outputs

    def _evaluator(self, resource_value: Callable[[str, str | None], Any]) -> Evaluator:
        def made_value(name: str, attribute: str | None) -> Any:
            if name not in self.logical_ids:
                raise ValidationError(
                    f"Template format error: Unresolved resource dependencies [{name}] in the "
                    "Resources block of the template"
                )
            return resource_value(name, attribute)

        def imported(name: str) -> str:
            value = self._import_value(name)
            self.imports.add(name)
            return value

        return Evaluator(self.template, self._values, imported, made_value)

    def _check_types(self) -> None:
        types = {name: resource["Type"] for name, resource in self.template.resources.items()}
        unknown = [type_ for type_ in types.values() if schemas.of(self.region, type_) is None]
        if unknown:
            raise ValidationError(
                f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]"
            )
        for type_ in types.values():
            if type_ not in PROVIDERS:
                raise NotPlayed(f"resources of type {type_}")
        for section in (self.template.resources, self.template.outputs):
            for reference in references(section):
                if reference.kind == "Fn::GetAtt":
                    self._check_attribute(reference.name, reference.attribute)

    def _check_attribute(self, name: str, attribute: str) -> None:
        type_ = self.type_of(name)
        more = _MORE_ATTRIBUTES.get(type_, set())
        if attribute not in self.schema_of(name).attributes | more:
            raise ValidationError(
                f"Template error: resource {name} does not support attribute type {attribute} "
                "in Fn::GetAtt"
            )


def _output(evaluator: Evaluator, name: str, definition: dict) -> dict[str, Any]:
    value = evaluator.value(definition["Value"])
    if isinstance(value, (list, dict)) or value is NO_VALUE:
        raise ValidationError(
            "Template format error: The Value field of every Outputs member must evaluate to a "
            f"String. ({name})"
        )
    output = {"OutputKey": name, "OutputValue": value if value is UNKNOWN else text(value)}
    if "Description" in definition:
        output["Description"] = definition["Description"]
    if "Export" in definition:
        export = evaluator.value(definition["Export"]["Name"])
        if export is UNKNOWN:
            raise ValidationError(
                f"Template format error: Output {name} is malformed. The Name field of an Export "
                "member cannot refer to a resource."
            )
        if not text(export) or set(text(export)) - _EXPORT_NAME_CHARACTERS:
            raise ValidationError(
                f"Template format error: Output {name} is malformed. The Name field of every "
                "Export member must be specified and consist only of alphanumeric characters, "
                "colons, or hyphens."
            )
        output["ExportName"] = text(export)
    return output
