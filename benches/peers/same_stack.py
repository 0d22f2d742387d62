"""Checks that a peer writes the stack that fargate-egress writes, so that their times compare.

usage: same_stack.py OUT/STACK.yaml PEER.json…

All but the metadata has to be the same. Exit 1 with the first difference if it is not, or if the
stack is not the one that the peers were written for.
"""

import json
import sys
from collections import Counter

import yaml


class Reader(yaml.SafeLoader):
    """Reads the short forms of intrinsic functions as JSON has them."""


def intrinsic(reader, name, node):
    if isinstance(node, yaml.ScalarNode):
        value = reader.construct_scalar(node)
    else:
        value = reader.construct_sequence(node, deep=True)
    if name == "GetAtt":
        value = value.split(".", 1)
    return {"Ref" if name == "Ref" else f"Fn::{name}": value}


Reader.add_multi_constructor("!", intrinsic)


def compared(template):
    return {section: value for section, value in template.items() if section != "Metadata"}


def difference(one, other, path):
    """The way to the first value that differs, with both; None if they are the same."""
    if isinstance(one, dict) and isinstance(other, dict):
        if one.keys() != other.keys():
            return f"{path}: keys {sorted(one)} are {sorted(other)} in the peer's"
        pairs = [(f"{path}.{key}", one[key], other[key]) for key in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(f"{path}[{index}]", *pair) for index, pair in enumerate(zip(one, other))]
    else:
        return None if one == other else f"{path}: {one!r} is {other!r} in the peer's"
    found = (difference(mine, theirs, place) for place, mine, theirs in pairs)
    return next((each for each in found if each), None)


def summary(template):
    """The number of resources by type, and of rules by security group."""
    resources = template["Resources"]
    types = Counter(resource["Type"] for resource in resources.values())
    rules = {
        name: sum(len(resource["Properties"].get(f"SecurityGroup{way}", [])) for way in ("Ingress", "Egress"))
        for name, resource in resources.items()
        if resource["Type"] == "AWS::EC2::SecurityGroup"
    }
    return dict(types), rules


def main(path, *peers):
    with open(path, encoding="utf-8") as file:
        ours = compared(yaml.load(file, Reader))
    types, rules = summary(ours)
    if types != {"AWS::EC2::SecurityGroup": 2, "AWS::EC2::VPCEndpoint": 3} or not all(rules.values()):
        return f"{path} is not the stack that is compared: {types}, rules {rules}"
    for peer in peers:
        with open(peer, encoding="utf-8") as file:
            theirs = compared(json.load(file))
        found = difference(ours, theirs, "template")
        if found:
            return f"{peer} is not the stack of {path}:\n{found}"
    print("same stack:", ", ".join(f"{count} {name}" for name, count in types.items()), end="; ")
    print("rules:", ", ".join(f"{count} in {name}" for name, count in rules.items()))
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
