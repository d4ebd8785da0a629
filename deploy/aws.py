"""Clients of AWS by the standard chain of credentials, and what their errors mean to people.

Profiles, AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL and the rest are botocore's own:
https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
"""

import asyncio
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

import aioboto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)

from deploy.errors import DeployError


RETRIES = Config(retries={"mode": "standard", "total_max_attempts": 6})

DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
UNKNOWN = {"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId"}

T = TypeVar("T")

Client = Any
"""Of aioboto3; its methods are those of the service."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the chat is, or is to be: a stack in a region of an account."""

    stack: str
    region: str | None = None
    profile: str | None = None

    @property
    def account_stack(self) -> str:
        """The stack of account.yaml."""
        return f"{self.stack}-account"

    @property
    def hosting_stack(self) -> str:
        """The stack of hosting.yaml."""
        return f"{self.stack}-hosting"

    def client(
        self, service: str, region: str | None = None
    ) -> AbstractAsyncContextManager[Client]:
        """A client, to be used in `async with`."""
        session = aioboto3.Session(profile_name=self.profile, region_name=self.region)
        # A name that is no constant; the types know one overload for each service.
        make: Any = session.client
        made: AbstractAsyncContextManager[Client] = make(
            service, region_name=region, config=RETRIES
        )
        return made


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work. What AWS refuses ends in one sentence with the next step."""
    try:
        return asyncio.run(work)
    except ClientError as error:
        raise DeployError(explain(error)) from error
    except ProfileNotFound as error:
        raise DeployError(
            f"{error}. Name one of `aws configure list-profiles` with --profile."
        ) from error
    except NoCredentialsError as error:
        raise DeployError(
            "No credentials for AWS are here; sign in with `aws sso login` or `aws configure`, or "
            "name a profile with --profile."
        ) from error
    except NoRegionError as error:
        raise DeployError(
            "No region is set; name one with --region, such as eu-central-1, or set AWS_REGION."
        ) from error
    except EndpointConnectionError as error:
        raise DeployError(f"{error} Check the network, --region and AWS_ENDPOINT_URL.") from error
    except BotoCoreError as error:
        raise DeployError(f"The call could not be made: {error}") from error


def explain(error: ClientError) -> str:
    """What an answer of AWS means, and what to do."""
    code = error.response.get("Error", {}).get("Code", "")
    message = error.response.get("Error", {}).get("Message", "").strip().rstrip(".")
    operation = error.operation_name
    if code in DENIED:
        return (
            f"These credentials may not do {operation}: {message}. Have that permission added, or "
            "name other credentials with --profile."
        )
    if code in EXPIRED:
        return "The credentials have expired; sign in again, for example with `aws sso login`."
    if code in UNKNOWN:
        return f"AWS does not know these credentials ({code}); check --profile and the environment."
    return f"{operation} failed: {message or code}."


def missing(error: ClientError) -> bool:
    """Whether an answer says that what was asked for does not exist."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    message = str(error.response.get("Error", {}).get("Message", ""))
    return code in ("404", "NoSuchKey", "NoSuchBucket", "ParameterNotFound") or (
        code in ("ValidationError", "ResourceNotFoundException", "UserNotFoundException")
        and ("not exist" in message or code != "ValidationError")
    )
