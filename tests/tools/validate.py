"""Validates JSON values, one a line, against the schema in the first line.

Prints for each value a line: what is wrong with it, or nothing. The schema is validated first. Its
patterns are ECMA-262's, as JSON Schema asks for: Python's own `$` also stands before a final line feed.
"""

import functools
import json
import sys

import regress
from jsonschema import Draft202012Validator, ValidationError, validators

compiled = functools.cache(regress.Regex)


def pattern(validator, pattern, value, schema):
    if validator.is_type(value, "string") and not compiled(pattern).find(value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def main():
    schema = json.loads(sys.stdin.readline())
    Draft202012Validator.check_schema(schema)
    validator = validators.extend(Draft202012Validator, {"pattern": pattern})(schema)
    for line in sys.stdin:
        error = next(validator.iter_errors(json.loads(line)), None)
        print(json.dumps(f"{error.json_path}: {error.message}") if error else "")


if __name__ == "__main__":
    main()
