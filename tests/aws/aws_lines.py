"""Runs the AWS CLI for each line of a file, in one process: to start it takes longer than to ask.

    python aws_lines.py FILE

A line is a JSON list of arguments. Stops at the first command that fails, with its code.
"""

import json
import sys

from awscli.clidriver import create_clidriver


def main() -> int:
    driver = create_clidriver()
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            code = driver.main(json.loads(line))
            sys.stdout.flush()
            if code:
                return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
