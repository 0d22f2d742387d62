"""moto's security group rules, with the descriptions it loses.

moto keeps the description of a rule's CIDR or group but not of its prefix list,
and describe-security-group-rules shows only that of a CIDR.
"""

from typing import Any

from moto.ec2.models import security_groups as moto


class DescribedRule(moto.SecurityGroupRule):
    # Set by a template's inline list. EC2's default rule, and those that standalone
    # resources and API calls add, are not.
    declared_inline = False

    def __init__(
        self,
        ec2_backend: Any,
        ip_protocol: str,
        group_id: str,
        from_port: Any,
        to_port: Any,
        ip_range: dict[str, str] | None,
        source_group: dict[str, str] | None = None,
        prefix_list_id: dict[str, str] | None = None,
        **others: Any,
    ):
        super().__init__(
            ec2_backend, ip_protocol, group_id, from_port, to_port,
            ip_range, source_group, prefix_list_id, **others,
        )  # fmt: skip
        self.prefix_list = prefix_list_id or {}

    @property
    def peer(self) -> dict[str, str]:
        """The one of the three that holds the peer, and its description."""
        return self.ip_range or self.source_group or self.prefix_list

    @property
    def description(self) -> str | None:
        return self.peer.get("Description")


def install() -> None:
    moto.SecurityGroupRule = DescribedRule
    moto.SecurityGroup._flattened_rules = _grouped


def _grouped(_: moto.SecurityGroup, rules: list[DescribedRule]) -> list[Any]:
    """The rules as describe-security-groups shows them: by protocol and ports."""
    views: dict[tuple, moto.GroupedSecurityRuleView] = {}
    for rule in rules:
        ports = (rule.from_port, rule.to_port, rule.ip_protocol)
        view = views.setdefault(ports, moto.GroupedSecurityRuleView(*ports))
        if rule.ip_range:
            view.all_ip_ranges.append(rule.ip_range)
        elif rule.source_group:
            view.source_groups.append(rule.source_group)
        else:
            view.prefix_list_ids.append(rule.prefix_list)
    return list(views.values())
