"""Times the longest matches of awsipranges, AWS's library for Python, and compares them.

usage: lookups.py FOLDER MOST, with the ip-ranges.json and answers.txt of benches/lookups.rs; prints the
nanoseconds of one address, over the first MOST.
"""

import json
import pathlib
import sys
import time
from datetime import datetime, timezone

from awsipranges.models.awsipprefix import aws_ip_prefix
from awsipranges.models.awsipprefixes import AWSIPPrefixes

folder, most = pathlib.Path(sys.argv[1]), int(sys.argv[2])
published = json.loads((folder / "ip-ranges.json").read_text())
ranges = AWSIPPrefixes(
    sync_token=published["syncToken"],
    create_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    ipv4_prefixes=map(aws_ip_prefix, published["prefixes"]),
    ipv6_prefixes=map(aws_ip_prefix, published["ipv6_prefixes"]),
)
lines = (folder / "answers.txt").read_text().splitlines()[:most]
asked = [line.split(" ") for line in lines]
start = time.perf_counter()
answers = [ranges.get(address) for address, _ in asked]
seconds = time.perf_counter() - start
for (address, longest), answer in zip(asked, answers):
    found = "-" if answer is None else str(answer.prefix)
    if found != longest:
        sys.exit(f"{address}: {found} here, {longest} by fargate-egress")
print("awsipranges", round(seconds / len(asked) * 1e9))
