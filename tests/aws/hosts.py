"""Compares hosts of services with the endpoint data of botocore, from which every SDK's come.

The argument is a JSON file: region to service to host. Prints how many hosts were compared; exits
with 1 and the differences where there are any.
"""

import json
import sys

import botocore.loaders
import botocore.regions

# Documented elsewhere, as src/aws/service.rs says; botocore has no client for them.
NOT_IN_BOTOCORE = {"ssmmessages", "guardduty-data"}


def main():
    endpoints = botocore.loaders.Loader().load_data("endpoints")
    resolver = botocore.regions.EndpointResolver(endpoints)
    known = {name for partition in endpoints["partitions"] for name in partition["services"]}
    with open(sys.argv[1], encoding="utf-8") as file:
        regions = json.load(file)
    compared, differences = 0, []
    for region, services in regions.items():
        for service, host in services.items():
            prefix = host.split(".")[0]
            if prefix not in known:
                if service not in NOT_IN_BOTOCORE:
                    differences.append(f"{service}: botocore has no {prefix}")
                continue
            compared += 1
            theirs = resolver.construct_endpoint(prefix, region)["hostname"]
            if theirs != host:
                differences.append(f"{service} in {region}: {host}, and botocore has {theirs}")
    print(f"{compared} hosts")
    print("\n".join(differences), file=sys.stderr)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
