"""The Rules section: assertions on the parameters, before anything is made."""

from .errors import ValidationError
from .functions import Evaluator, references
from .templates import Template

_MEMBERS = {"Assertions", "RuleCondition"}


def check(template: Template, evaluator: Evaluator) -> None:
    for name, rule in template.rules.items():
        if rule.keys() - _MEMBERS or not isinstance(rule.get("Assertions"), list):
            raise ValidationError(f"Template format error: Rule {name} is malformed.")
        for reference in references(rule):
            if reference.kind not in ("Condition", "Ref"):
                raise ValidationError(
                    f"Template format error: Rule {name} cannot use {reference.kind}"
                )
        if "RuleCondition" in rule and not evaluator.assertion(rule["RuleCondition"]):
            continue
        for assertion in rule["Assertions"]:
            if not evaluator.assertion(assertion["Assert"]):
                description = assertion.get("AssertDescription", "no description")
                raise ValidationError(f"Rule {name} failed: {description}")
