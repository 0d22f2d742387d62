"""Compares each template of a folder in YAML with the one of the same name in JSON.

usage: same_tree.py FOLDER

Both are read as the AWS CLI reads them, and have to be the same values in the same order. The last
line says how many pairs there were.
"""

import json
import sys
from pathlib import Path

from awscli.customizations.cloudformation.yamlhelper import yaml_parse


def main(folder):
    pairs = 0
    for yaml in sorted(Path(folder).glob("*.yaml")):
        text = yaml.with_suffix(".json").read_text(encoding="utf-8")
        # The AWS CLI takes JSON for JSON where it can, and so it reads no YAML here.
        found = json.dumps(json.loads(text), indent=1)
        wanted = json.dumps(yaml_parse(yaml.read_text(encoding="utf-8")), indent=1)
        if found != wanted:
            lines = zip(found.splitlines(), wanted.splitlines())
            number, (one, other) = next((n, pair) for n, pair in enumerate(lines) if pair[0] != pair[1])
            print(f"{yaml.stem}, value {number}: JSON has {one}, YAML has {other}")
            return 1
        pairs += 1
    print(f"{pairs} pairs")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
