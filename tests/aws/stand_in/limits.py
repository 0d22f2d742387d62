"""CloudFormation's quotas, and the check of a request and its template against them."""

from .errors import ValidationError

TEMPLATE_BODY_BYTES = 51_200
TEMPLATE_URL_BYTES = 1_000_000
PARAMETER_VALUE_BYTES = 4_096

_DESCRIPTION_BYTES = 1_024
_MEMBERS = {"Resources": 500, "Parameters": 200, "Mappings": 200, "Outputs": 200}
_MAPPING_KEYS = 200


def check_template_body(text: str) -> None:
    if len(text.encode()) > TEMPLATE_BODY_BYTES:
        raise ValidationError(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
            f"Member must have length less than or equal to {TEMPLATE_BODY_BYTES}"
        )


def check_template_from_url(text: str) -> None:
    if len(text.encode()) > TEMPLATE_URL_BYTES:
        raise ValidationError(f"Template may not exceed {TEMPLATE_URL_BYTES} bytes in size.")


def check_members(body: dict) -> None:
    for section, most in _MEMBERS.items():
        count = len(body.get(section, {}))
        if count > most:
            raise ValidationError(
                f"Template format error: Number of {section.lower()}, {count}, "
                f"is greater than maximum allowed, {most}"
            )
    for name, mapping in body.get("Mappings", {}).items():
        if len(mapping) > _MAPPING_KEYS:
            raise ValidationError(
                f"Template format error: Number of mapping attributes of {name}, {len(mapping)}, "
                f"is greater than maximum allowed, {_MAPPING_KEYS}"
            )
    if len(body.get("Description", "").encode()) > _DESCRIPTION_BYTES:
        raise ValidationError(
            f"Template format error: 'Description' length is greater than {_DESCRIPTION_BYTES}."
        )
