"""The two ways in which AWS says no: to a request, and to one resource of a stack."""

import uuid

from moto.cloudformation.exceptions import CloudFormationError


class ValidationError(CloudFormationError):
    """CloudFormation refuses the request; nothing has been made."""

    code = "ValidationError"


class NotPlayed(ValidationError):
    """AWS may well accept this; the stand-in would have to guess what happens."""

    def __init__(self, what: str):
        super().__init__(f"The stand-in does not play {what}")


class Ec2Error(Exception):
    """EC2 refuses a call that CloudFormation makes for a resource.

    The text is what stack events show: the code is part of it.
    """

    def __init__(self, code: str, message: str):
        super().__init__(
            f"{message} (Service: AmazonEC2; Status Code: 400; "
            f"Error Code: {code}; Request ID: {uuid.uuid4()}; Proxy: null)"
        )
