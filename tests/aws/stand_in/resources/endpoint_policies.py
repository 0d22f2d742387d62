"""The policy of a VPC endpoint, as text, if EC2 would take it."""

import json
from typing import Any

from ..errors import Ec2Error

# White space counts, so the text that is measured is the text that is sent.
_MOST_CHARACTERS = 20_480
_MEMBERS = {"Id", "Statement", "Version"}
_STATEMENT_MEMBERS = {
    "Action", "Condition", "Effect", "NotAction", "NotPrincipal", "NotResource",
    "Principal", "Resource", "Sid",
}  # fmt: skip
_ONE_OF = (
    ("Effect",),
    ("Principal", "NotPrincipal"),
    ("Action", "NotAction"),
    ("Resource", "NotResource"),
)
_EVERYTHING = {
    "Version": "2008-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}


def policy_text(properties: dict) -> str:
    given = properties.get("PolicyDocument", _EVERYTHING)
    text = given if isinstance(given, str) else json.dumps(given, separators=(",", ":"))
    if len(text) > _MOST_CHARACTERS:
        raise _invalid(f"it has {len(text)} characters, at most {_MOST_CHARACTERS} are allowed")
    try:
        policy = json.loads(text)
    except json.JSONDecodeError as error:
        raise _invalid(f"it is not valid JSON: {error}") from error
    _check(policy)
    return text


def _check(policy: Any) -> None:
    if not isinstance(policy, dict) or "Statement" not in policy:
        raise _invalid("it has no Statement")
    if unknown := policy.keys() - _MEMBERS:
        raise _invalid(f"it has unknown members: {', '.join(sorted(unknown))}")
    if policy.get("Version", "2012-10-17") not in ("2008-10-17", "2012-10-17"):
        raise _invalid(f"its Version {policy['Version']} is unknown")
    statements = policy["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        if not isinstance(statement, dict):
            raise _invalid("a statement is not an object")
        if unknown := statement.keys() - _STATEMENT_MEMBERS:
            raise _invalid(f"a statement has unknown members: {', '.join(sorted(unknown))}")
        for names in _ONE_OF:
            if len(statement.keys() & set(names)) != 1:
                raise _invalid(f"each statement must have {' or '.join(names)}")
        if statement["Effect"] not in ("Allow", "Deny"):
            raise _invalid(f"the Effect {statement['Effect']} is neither Allow nor Deny")


def _invalid(why: str) -> Ec2Error:
    return Ec2Error("InvalidPolicyDocument", f"The policy document is invalid: {why}.")
