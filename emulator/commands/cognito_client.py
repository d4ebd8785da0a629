"""The running emulator's Cognito, for the commands about people."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from emulator.commands.running import find_running
from emulator.errors import UsageError


@dataclass(frozen=True, slots=True)
class Pool:
    """A user pool and the SDK's client for it."""

    client: Any
    id: str

    def call(self, operation: str, **request: Any) -> dict[str, Any]:
        """One operation on this pool. Raises botocore's `ClientError`."""
        found: dict[str, Any] = getattr(self.client, operation)(UserPoolId=self.id, **request)
        return found

    def create_user(self, sub: str | None, **request: Any) -> dict[str, Any]:
        """AdminCreateUser; with a `sub`, which AWS lets nobody choose, so its model lacks it."""

        def add(params: dict[str, Any], **_: Any) -> None:
            params["body"] = json.dumps({**json.loads(params["body"]), "Sub": sub}).encode()

        event = "before-call.cognito-identity-provider.AdminCreateUser"
        if sub is None:
            return self.call("admin_create_user", **request)
        self.client.meta.events.register(event, add)
        try:
            return self.call("admin_create_user", **request)
        finally:
            self.client.meta.events.unregister(event, add)

    def pages(self, operation: str, member: str, **request: Any) -> Iterator[dict[str, Any]]:
        """The items of a list, however many pages it has."""
        pages = self.client.get_paginator(operation).paginate(UserPoolId=self.id, **request)
        for page in pages:
            yield from page[member]


def find_pool(data_dir: Path, wanted: str | None) -> Pool:
    """The pool of that id or name; without one the only pool. Raises `UsageError`."""
    running = find_running(data_dir)
    session = botocore.session.Session()
    session.set_credentials(running.access_key_id, running.secret_access_key)
    client = session.create_client(
        "cognito-idp",
        region_name=running.region,
        endpoint_url=running.addresses["aws"],
        config=Config(retries={"total_max_attempts": 1}),
    )
    with told():
        listed = client.get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 60})
        pools = {pool["Id"]: pool["Name"] for page in listed for pool in page["UserPools"]}
    chosen = [id_ for id_, name in pools.items() if wanted in (None, id_, name)]
    if len(chosen) == 1:
        return Pool(client, chosen[0])
    names = ", ".join(f"{id_} ({name})" for id_, name in pools.items()) or "none"
    problem = f"There is no user pool {wanted}" if wanted and not chosen else "Which user pool"
    raise UsageError(f"{problem}: choose one with --pool; there are {names}.")


@contextmanager
def told(about: str = "") -> Iterator[None]:
    """What the emulator refuses is told in its own words; `about` says of whom."""
    try:
        yield
    except ClientError as error:
        raise UsageError(f"{about}: {reason(error)}" if about else reason(error)) from error
    except BotoCoreError as error:
        raise UsageError(f"{error}") from error


def reason(error: ClientError) -> str:
    """Why a call was refused."""
    found = error.response["Error"]
    return f"{found.get('Message') or found['Code']}"
