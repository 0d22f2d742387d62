"""CloudFormation's functions: which ones a template uses, on what, and what they come to."""

import base64
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from .errors import NotPlayed, ValidationError

PSEUDO_PARAMETERS = {
    "AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition",
    "AWS::Region", "AWS::StackId", "AWS::StackName", "AWS::URLSuffix",
}  # fmt: skip
_CONDITION_FUNCTIONS = {"Condition", "Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or"}
_RULE_FUNCTIONS = {"Fn::Contains", "Fn::EachMemberEquals", "Fn::EachMemberIn"}
_VALUE_FUNCTIONS = {
    "Fn::Base64", "Fn::FindInMap", "Fn::GetAtt", "Fn::If", "Fn::ImportValue", "Fn::Join",
    "Fn::Select", "Fn::Split", "Fn::Sub", "Ref",
}  # fmt: skip
_NOT_PLAYED = {
    "Fn::Cidr", "Fn::GetAZs", "Fn::RefAll", "Fn::Transform", "Fn::ValueOf", "Fn::ValueOfAll",
}  # fmt: skip
_PLACEHOLDER = re.compile(r"\$\{([^!}][^}]*)\}")
_LITERAL = re.compile(r"\$\{!([^}]*)\}")


class _Unknown:
    """What a resource will be called is not known before it exists. Any function of it isn't either."""

    def __repr__(self) -> str:
        return "{{known after the resource is made}}"


UNKNOWN = _Unknown()
NO_VALUE = object()


class Reference(NamedTuple):
    kind: str
    name: str
    attribute: str = ""


def check_name(name: str) -> None:
    if name in _NOT_PLAYED:
        raise NotPlayed(name)
    played = _VALUE_FUNCTIONS | _CONDITION_FUNCTIONS | _RULE_FUNCTIONS
    if name not in played:
        raise ValidationError(
            f"Template format error: Encountered unsupported function: {name} "
            f"Supported functions are: [{', '.join(sorted(played))}]"
        )


def function_of(node: dict) -> str | None:
    """The function that an object stands for, if it stands for one."""
    names = [key for key in node if key == "Ref" or key.startswith("Fn::")]
    if not names:
        # Elsewhere "Condition" is an ordinary key, in a policy statement for instance.
        is_condition = len(node) == 1 and isinstance(node.get("Condition"), str)
        return "Condition" if is_condition else None
    check_name(names[0])
    if len(node) != 1:
        raise ValidationError(
            f"Template format error: {names[0]} must be the only member of its object"
        )
    return names[0]


def references(node: Any) -> Iterator[Reference]:
    """Everything that a part of a template refers to, also in branches that are not taken.

    The name is that of a parameter or resource, with Fn::If and Condition that of a condition,
    with Fn::FindInMap that of a mapping.
    """
    if isinstance(node, list):
        for member in node:
            yield from references(member)
    if not isinstance(node, dict):
        return
    function = function_of(node)
    if function is None:
        yield from references(list(node.values()))
        return
    argument = node[function]
    if function in ("Ref", "Condition"):
        yield Reference(function, _text_argument(function, argument))
    elif function == "Fn::GetAtt":
        yield Reference(function, *_attribute(argument))
    elif function == "Fn::Sub":
        text, variables = _substitution(argument)
        yield from references(list(variables.values()))
        for name in _PLACEHOLDER.findall(text):
            if name not in variables:
                yield _placeholder(name)
    elif function == "Fn::FindInMap":
        name, *keys = _arguments(function, argument, 3)
        yield Reference(function, _text_argument(function, name))
        yield from references(keys)
    elif function == "Fn::If":
        name, *branches = _arguments(function, argument, 3)
        yield Reference(function, _text_argument(function, name))
        yield from references(branches)
    else:
        yield from references(argument)


def text(value: Any) -> str:
    """A scalar as CloudFormation writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


class Evaluator:
    """Works out the values of a template, given its parameters and what resources came to."""

    def __init__(
        self,
        template: Any,
        values: dict[str, Any],
        import_value: Callable[[str], str],
        resource_value: Callable[[str, str | None], Any],
    ):
        """``values``: parameters and pseudo parameters. ``resource_value(name, attribute)``:
        what Ref (no attribute) or Fn::GetAtt gives, or UNKNOWN."""
        self._template = template
        self._values = values
        self._import_value = import_value
        self._resource_value = resource_value
        self._conditions: dict[str, bool] = {}
        self._in_progress: list[str] = []

    def is_made(self, member: dict) -> bool:
        """Whether the condition on a resource or an output holds."""
        return "Condition" not in member or self.condition(member["Condition"])

    def condition(self, name: str) -> bool:
        if name in self._in_progress:
            raise ValidationError(
                "Template error: Found circular condition dependency between "
                + " and ".join(self._in_progress)
            )
        if name not in self._conditions:
            self._in_progress.append(name)
            self._conditions[name] = self._holds(
                self._template.conditions[name], _CONDITION_FUNCTIONS
            )
            self._in_progress.pop()
        return self._conditions[name]

    def assertion(self, node: Any) -> bool:
        """A condition, or one of the functions that only Rules may use."""
        return self._holds(node, _CONDITION_FUNCTIONS | _RULE_FUNCTIONS)

    def _holds(self, node: Any, allowed: set[str]) -> bool:
        function = function_of(node) if isinstance(node, dict) else None
        if function not in allowed:
            raise ValidationError(
                f"Template format error: a condition can only be one of {', '.join(sorted(allowed))}"
            )
        argument = node[function]
        if function == "Condition":
            return self.condition(argument)
        if function in ("Fn::And", "Fn::Or"):
            if not isinstance(argument, list) or not 2 <= len(argument) <= 10:
                raise ValidationError(
                    f"Template error: every {function} object requires a list of at least 2 and "
                    "at most 10 boolean parameters."
                )
            results = [self._holds(member, allowed) for member in argument]
            return all(results) if function == "Fn::And" else any(results)
        if function == "Fn::Not":
            return not self._holds(_arguments(function, argument, 1)[0], allowed)
        left, right = (self.value(side) for side in _arguments(function, argument, 2))
        if function == "Fn::Equals":
            return _comparable(left) == _comparable(right)
        if function == "Fn::Contains":
            return text(right) in _texts(function, left)
        if function == "Fn::EachMemberEquals":
            return all(member == text(right) for member in _texts(function, left))
        return set(_texts(function, left)) <= set(_texts(function, right))

    def value(self, node: Any) -> Any:
        if isinstance(node, list):
            members = (self.value(member) for member in node)
            return [member for member in members if member is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        function = function_of(node)
        if function is None or function == "Condition":
            members = {key: self.value(member) for key, member in node.items()}
            return {key: member for key, member in members.items() if member is not NO_VALUE}
        if function not in _VALUE_FUNCTIONS:
            raise ValidationError(f"Template error: {function} cannot be used for a value")
        return self._call(function, node[function])

    def _call(self, function: str, argument: Any) -> Any:
        if function == "Ref":
            return self._reference(argument)
        if function == "Fn::GetAtt":
            return self._resource_value(*_attribute(argument))
        if function == "Fn::If":
            name, when_true, when_false = _arguments(function, argument, 3)
            return self.value(when_true if self.condition(name) else when_false)
        if function == "Fn::Sub":
            return self._substitute(argument)
        if function == "Fn::Base64":
            content = self.value(argument)
            if content is UNKNOWN:
                return UNKNOWN
            return base64.b64encode(text(content).encode()).decode()
        if function == "Fn::ImportValue":
            return self._import_value(text(self.value(argument)))
        arguments = self.value(argument)
        if isinstance(arguments, list) and any(argument is UNKNOWN for argument in arguments):
            return UNKNOWN
        return getattr(self, f"_{function.removeprefix('Fn::').lower()}")(arguments)

    def _reference(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self._values:
            return self._values[name]
        return self._resource_value(name, None)

    def _substitute(self, argument: Any) -> Any:
        template, variables = _substitution(argument)
        known = {name: self.value(value) for name, value in variables.items()}
        unknown = False

        def replace(match: re.Match) -> str:
            nonlocal unknown
            name = match[1]
            if name in known:
                value = known[name]
            elif (reference := _placeholder(name)).kind == "Ref":
                value = self._reference(name)
            else:
                value = self._resource_value(reference.name, reference.attribute)
            if value is UNKNOWN:
                unknown = True
            elif isinstance(value, (list, dict)) or value is NO_VALUE:
                raise ValidationError(
                    f"Template error: variable {name} in Fn::Sub expression does not resolve to a string"
                )
            return text(value)

        result = _PLACEHOLDER.sub(replace, template)
        return UNKNOWN if unknown else _LITERAL.sub(r"${\1}", result)

    def _findinmap(self, arguments: Any) -> Any:
        name, top, second = _arguments("Fn::FindInMap", arguments, 3)
        try:
            return self._template.mappings[text(name)][text(top)][text(second)]
        except KeyError:
            raise ValidationError(
                f"Template error: Unable to get mapping for {name}::{top}::{second}"
            ) from None

    def _join(self, arguments: Any) -> Any:
        delimiter, parts = _arguments("Fn::Join", arguments, 2)
        if not isinstance(parts, list) or any(isinstance(part, (list, dict)) for part in parts):
            raise ValidationError(
                "Template error: every Fn::Join object requires two parameters, (1) a string "
                "delimiter and (2) a list of strings to be joined or a function that returns a "
                "list of strings (such as Fn::GetAZs) to be joined."
            )
        return (
            UNKNOWN
            if any(part is UNKNOWN for part in parts)
            else text(delimiter).join(map(text, parts))
        )

    def _split(self, arguments: Any) -> list[str]:
        delimiter, source = _arguments("Fn::Split", arguments, 2)
        if not isinstance(source, str):
            raise ValidationError(
                "Template error: every Fn::Split object requires two parameters, (1) a string "
                "delimiter and (2) a string to be split or a function that returns a string to "
                "be split."
            )
        return source.split(text(delimiter))

    def _select(self, arguments: Any) -> Any:
        index, members = _arguments("Fn::Select", arguments, 2)
        if not isinstance(members, list) or not text(index).isdecimal():
            raise ValidationError(
                "Template error: every Fn::Select object requires two non-null parameters, the "
                "first is an integer index and the second a list"
            )
        if int(index) >= len(members):
            raise ValidationError(
                f"Template error: Fn::Select cannot select nonexistent value at index {index}"
            )
        return members[int(index)]


def _text_argument(function: str, argument: Any) -> str:
    if not isinstance(argument, str):
        raise ValidationError(f"Template error: the argument of {function} must be a string")
    return argument


def _arguments(function: str, argument: Any, count: int) -> list:
    if not isinstance(argument, list) or len(argument) != count:
        raise ValidationError(
            f"Template error: every {function} object requires a list of {count} parameters"
        )
    return argument


def _attribute(argument: Any) -> tuple[str, str]:
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if not isinstance(parts, list) or len(parts) != 2 or not all(isinstance(p, str) for p in parts):
        raise ValidationError(
            "Template error: every Fn::GetAtt object requires two non-empty parameters, the "
            "resource name and the resource attribute"
        )
    return parts[0], parts[1]


def _substitution(argument: Any) -> tuple[str, dict[str, Any]]:
    template, variables = (
        argument if isinstance(argument, list) and len(argument) == 2 else (argument, {})
    )
    if not isinstance(template, str) or not isinstance(variables, dict):
        raise ValidationError(
            "Template error: One or more Fn::Sub intrinsic functions don't specify expected "
            "arguments. Specify a string as first argument, and an optional second argument to "
            "specify a mapping of values to replace in the string"
        )
    return template, variables


def _placeholder(name: str) -> Reference:
    resource, dot, attribute = name.partition(".")
    return Reference("Fn::GetAtt", resource, attribute) if dot else Reference("Ref", name)


def _comparable(value: Any) -> Any:
    return value if isinstance(value, (list, dict)) else text(value)


def _texts(function: str, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValidationError(f"Template error: {function} requires a list of strings")
    return [text(member) for member in value]
