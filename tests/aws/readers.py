"""Reads templates as their real readers do, and prints what they find.

usage: readers.py FOLDER

FOLDER has a folder for each region with the templates to deploy there. Each template is read by
cfn-lint and by cloudformation-validate, with the region it is for; each endpoint policy in it by
parliament, because neither of the two looks inside. Errors and warnings count; exit 1 if there is
one. The last line says how much was read, so that reading nothing cannot pass for a success.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import cloudformation_validate
import parliament
from cfnlint.decode import cfn_yaml


def lint(region, templates):
    """cfn-lint's findings, informational ones left out by its default."""
    program = Path(sys.executable).with_name("cfn-lint")
    command = [program, "--format", "json", "-r", region, "--", *templates]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    for finding in json.loads(run.stdout):
        place = finding["Location"]["Start"]
        yield f"{finding['Filename']}:{place['LineNumber']}: {finding['Rule']['Id']} {finding['Message']}"


def validate(engine, region, template):
    """The errors and warnings of cloudformation-validate."""
    pseudo = cloudformation_validate.PseudoParameterOverrides(region=region)
    config = cloudformation_validate.ValidateConfig(pseudo_parameter_overrides=pseudo)
    report = engine.validate_template(str(template), config)
    for finding in report.diagnostics:
        if finding.severity.name not in ("INFO", "INFORMATIONAL", "DEBUG"):
            yield f"{template}: {finding.rule_id} {finding.message}"


def resolved(value, region, partition):
    """A policy with pseudo parameters put in, which is all that these policies refer to."""
    if isinstance(value, dict):
        if list(value) == ["Fn::Sub"]:
            text = value["Fn::Sub"].replace("${AWS::AccountId}", "012345678901")
            return text.replace("${AWS::Region}", region).replace("${AWS::Partition}", partition)
        return {key: resolved(item, region, partition) for key, item in value.items()}
    if isinstance(value, list):
        return [resolved(item, region, partition) for item in value]
    return value


def in_a_known_partition(policy):
    """The policy with ARNs that parliament can read: it knows three partitions."""
    text = json.dumps(policy)
    text = re.sub(r"arn:aws-(eusc|iso[a-z-]*):", "arn:aws:", text)
    return re.sub(r"(arn:aws:[a-z]+:)(eusc-[a-z]+-[a-z]+|[a-z]{2}-iso[a-z]?-[a-z]+)-[0-9]:", r"\1us-east-1:", text)


def partition_of(region):
    for start, partition in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov")):
        if region.startswith(start):
            return partition
    return "aws"


def policies(region, template):
    """Each endpoint policy of a template, with the logical id of its endpoint."""
    for logical_id, resource in cfn_yaml.load(str(template))["Resources"].items():
        policy = resource["Properties"].get("PolicyDocument")
        if policy is not None:
            yield logical_id, resolved(policy, region, partition_of(region))


def main(folder):
    engine = cloudformation_validate.RegoEngine()
    found, templates_read, policies_read = [], 0, 0
    for region in sorted(path for path in Path(folder).iterdir() if path.is_dir()):
        templates = sorted(region.glob("*.yaml"))
        found.extend(lint(region.name, templates))
        for template in templates:
            templates_read += 1
            found.extend(validate(engine, region.name, template))
            for logical_id, policy in policies(region.name, template):
                policies_read += 1
                for finding in parliament.analyze_policy_string(in_a_known_partition(policy)).findings:
                    found.append(f"{template}: {logical_id}: {finding.issue} {finding.detail}")
    for line in found:
        print(line)
    print(f"{templates_read} templates, {policies_read} policies, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
