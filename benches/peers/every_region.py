"""Prints a config of many stacks that go round all regions.

usage: every_region.py REGION_RS COUNT

The regions are those of the program's own table. Three of them have all the facts that are built in;
the others do without ECR's prefixes and name S3's prefix list, and where AWS documents no names the
stack has some.
"""

import re
import sys

COMPLETE = {"ap-northeast-1", "us-east-1", "eu-central-1"}


def stack(number, region, partition):
    yield f"  s-{number:05}:"
    yield f"    region: {region}"
    yield '    registries: ["012345678901"]'
    if region not in COMPLETE:
        yield "    s3-prefix-list: pl-0a1b2c3d4e5f60719"
        yield "    endpoint: {egress: deny}"
    if partition not in ("Aws", "AwsUsGov"):
        yield f"    service-names: {{s3: com.amazonaws.{region}.s3}}"
        yield f"    layer-bucket: prod-{region}-starport-layer-bucket"


def main(table, count):
    with open(table, encoding="utf-8") as file:
        text = file.read()
    regions = re.findall(r'name:\s*"([a-z0-9-]+)",\s*partition:\s*Partition::(\w+)', text)
    if not regions:
        sys.exit(f"{table} has no regions")
    print("stacks:")
    for number in range(int(count)):
        print("\n".join(stack(number, *regions[number % len(regions)])))


if __name__ == "__main__":
    main(*sys.argv[1:])
