"""The aliases `live`, by which everybody calls the functions: moving them is a rollback."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from botocore.exceptions import ClientError

from deploy.aws import Client
from deploy.errors import DeployError
from deploy.stack import Stack


LIVE = "live"


@dataclass(frozen=True, slots=True)
class Alias:
    """Which version of a function is called."""

    function: str
    version: str
    revision: str
    """Changes with each change of the alias: who moves it names what he has seen."""


async def read(client: Client, stack: Stack) -> list[Alias]:
    """All aliases of a stack."""
    functions = [
        resource["PhysicalResourceId"]
        for resource in (await stack.resources()).values()
        if resource["ResourceType"] == "AWS::Lambda::Function"
    ]
    answers = await asyncio.gather(
        *(client.get_alias(FunctionName=name, Name=LIVE) for name in functions)
    )
    return [
        Alias(name, answer["FunctionVersion"], answer["RevisionId"])
        for name, answer in zip(functions, answers, strict=True)
    ]


async def move(client: Client, aliases: list[Alias], versions: Mapping[str, str]) -> None:
    """Have each alias name the version given for its function, all at the same time.

    Raises `DeployError` if somebody else moved one meanwhile.
    """
    moves = [
        client.update_alias(
            FunctionName=alias.function,
            Name=LIVE,
            FunctionVersion=versions[alias.function],
            RevisionId=alias.revision,
        )
        for alias in aliases
        if versions.get(alias.function, alias.version) != alias.version
    ]
    for answer in await asyncio.gather(*moves, return_exceptions=True):
        if isinstance(answer, ClientError):
            code = answer.response["Error"]["Code"]
            if code == "PreconditionFailedException":
                raise DeployError(
                    "Somebody else has moved the aliases just now; look with `labchat deploy status` "
                    "and try again."
                ) from answer
        if isinstance(answer, BaseException):
            raise answer


def versions(aliases: list[Alias]) -> dict[str, str]:
    """Versions by the functions' names."""
    return {alias.function: alias.version for alias in aliases}
