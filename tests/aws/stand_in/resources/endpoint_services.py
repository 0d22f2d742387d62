"""Which VPC endpoint services a region has, under which names, and of which type."""

from moto.utilities.utils import get_partition

from ..errors import Ec2Error

_TYPES = {
    # S3 and DynamoDB can be reached either way; everything else through interfaces only.
    "dynamodb": ("Gateway", "Interface"),
    "s3": ("Gateway", "Interface"),
    **dict.fromkeys(
        [
            "ec2messages", "ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry",
            "elasticfilesystem", "events", "guardduty-data", "kinesis-firehose",
            "kinesis-streams", "kms", "logs", "monitoring", "secretsmanager", "sns", "sqs",
            "ssm", "ssmmessages", "sts", "xray",
        ],
        ("Interface",),
    ),
}  # fmt: skip

# Outside these partitions every service is com.amazonaws.REGION.SERVICE.
_OWN_PREFIX = {
    "aws-cn": "cn.com.amazonaws",
    "aws-eusc": "eu.amazonaws",
    "aws-iso": "gov.ic.c2s",
    "aws-iso-b": "gov.sgov.sc2s",
}
_UNDER_OWN_PREFIX = {
    "aws-cn": {"ecr.api", "ecr.dkr", "elasticfilesystem", "monitoring", "sqs", "sts", "xray"},
    "aws-eusc": {"ecr.api", "ecr.dkr"},
    "aws-iso": {"ecr.api", "ecr.dkr"},
    "aws-iso-b": {"ecr.api", "ecr.dkr"},
}
_UNDER_COMMON_PREFIX = {
    "aws-cn": {"logs", "secretsmanager", "ssm", "ssmmessages"},
    "aws-eusc": _TYPES.keys() - {"ecr.api", "ecr.dkr"},
}
# An S3 gateway is com.amazonaws everywhere; in China the S3 interface has the other name.
_GATEWAYS = {"dynamodb", "s3"}

_DNS_SUFFIX = {"aws-cn": "amazonaws.com.cn", "aws-eusc": "amazonaws.eu"}
_DNS_NAMES = {
    "ecr.api": "api.ecr.{}",
    "ecr.dkr": "*.dkr.ecr.{}",
    "kinesis-firehose": "firehose.{}",
    "kinesis-streams": "kinesis.{}",
}


def short_name(region: str, service_name: str, endpoint_type: str) -> str:
    """Of com.amazonaws.REGION.ecr.api: ecr.api. Refuses what the region does not have."""
    service = next(
        (service for service in _TYPES if service_name in _names(region, service, endpoint_type)),
        None,
    )
    if service is None:
        raise Ec2Error(
            "InvalidServiceName", f"The Vpc Endpoint Service '{service_name}' does not exist"
        )
    if endpoint_type not in _TYPES[service]:
        raise Ec2Error(
            "InvalidParameter",
            f"Endpoint type ({endpoint_type}) does not match available service types "
            f"([{', '.join(_TYPES[service])}]).",
        )
    return service


def private_dns_name(region: str, service: str) -> str:
    host = f"{region}.{dns_suffix(region)}"
    return _DNS_NAMES.get(service, f"{service}.{{}}").format(host)


def dns_suffix(region: str) -> str:
    return _DNS_SUFFIX.get(get_partition(region), "amazonaws.com")


def _names(region: str, service: str, endpoint_type: str) -> set[str]:
    """One name, or two where it is not known which one a partition uses."""
    partition = get_partition(region)
    common = f"com.amazonaws.{region}.{service}"
    if partition not in _OWN_PREFIX:
        return {common}
    own = f"{_OWN_PREFIX[partition]}.{region}.{service}"
    if service in _UNDER_OWN_PREFIX[partition]:
        return {own}
    if service in _UNDER_COMMON_PREFIX.get(partition, ()):
        return {common}
    if service in _GATEWAYS and endpoint_type == "Gateway":
        return {common}
    return {common, own}
