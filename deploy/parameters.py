"""Template parameters: what the stack has, what is given, what deploying itself sets (pure)."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from deploy.errors import DeployError


def given(options: Iterable[str], document: Mapping[str, Any]) -> dict[str, str]:
    """`NAME=VALUE` from the command line. Raises `DeployError` for names that are not there."""
    known = document["Parameters"]
    found = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals or name not in known:
            names = ", ".join(sorted(known))
            raise DeployError(f"--parameter {option}: give NAME=VALUE with one of {names}.")
        found[name] = value
    return found


def merged(
    document: Mapping[str, Any], current: Mapping[str, str], *changes: Mapping[str, str]
) -> dict[str, str]:
    """What the stack has now, with changes; later ones win. The rest is the template's default."""
    found = {name: value for name, value in current.items() if name in document["Parameters"]}
    for change in changes:
        found |= change
    return found


HIDDEN = "****"
"""What CloudFormation shows of a parameter that is declared with NoEcho."""


def recorded(document: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, str]:
    """The values as they may be written down: secrets as CloudFormation shows them."""
    declared = document["Parameters"]
    return {
        name: HIDDEN if declared.get(name, {}).get("NoEcho") else value
        for name, value in values.items()
    }


def sent(values: Mapping[str, str]) -> list[dict[str, Any]]:
    """As CreateChangeSet takes them; what is hidden stays as the stack has it."""
    return [
        {"ParameterKey": name, "UsePreviousValue": True}
        if value == HIDDEN
        else {"ParameterKey": name, "ParameterValue": value}
        for name, value in values.items()
    ]


def released(values: Mapping[str, str]) -> dict[str, str]:
    """The values with ReleaseId, which differs whenever another value does."""
    others = {name: value for name, value in values.items() if name != "ReleaseId"}
    digest = hashlib.sha256(json.dumps(others, sort_keys=True).encode()).hexdigest()
    return others | {"ReleaseId": f"{others['BuildId']}-{digest[:8]}"}


def with_site(origins: str, site: str) -> str:
    """AllowedOrigins with a site's address, and without the pages of people's own machines."""
    others = [
        each
        for each in origins.split(",")
        if each and each != site and not each.startswith(("http://localhost", "http://127.0.0.1"))
    ]
    return ",".join([*others, site])
