"""Keeps an event of each kind that functions get, so that it can be replayed by hand."""

import asyncio
import json
import logging
import re
from pathlib import Path
from typing import Any

from emulator.errors import UsageError
from emulator.iam.credentials import write_private
from emulator.runtime.invoker import Invoker, Result
from emulator.runtime.redaction import without_secrets
from emulator.template.model import Stack


logger = logging.getLogger(__name__)


class Recorder:
    """An `Invoker` that writes down what it hands on.

    One file for each function and kind of event, such as `OnMessage-MESSAGE-send.json`; the newest
    event wins. Secrets are replaced by a placeholder (`redaction`).
    """

    def __init__(self, invoker: Invoker, folder: Path, stack: Stack) -> None:
        """Raises `UsageError` if the folder cannot be made."""
        self._invoker = invoker
        self._folder = folder
        self._logical_ids = {each.name: each.logical_id for each in stack.functions.values()}
        self._secret_names = identity_names(stack)
        self._writing = asyncio.Lock()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"--record: the folder {folder} cannot be made: {error.strerror}."
            ) from error

    async def invoke(self, function: str, event: bytes) -> Result:
        """See `Invoker.invoke`."""
        name = self._logical_ids.get(function, function)
        async with self._writing:
            try:
                await asyncio.to_thread(self._write, name, event)
            except (OSError, RecursionError) as error:
                logger.warning("An event of %s cannot be recorded: %s", name, error)
        return await self._invoker.invoke(function, event)

    def _write(self, name: str, event: bytes) -> None:
        document = json.loads(event)
        clean = without_secrets(document, self._secret_names)
        path = self._folder / f"{name}-{kind(document)}.json"
        write_private(path, [json.dumps(clean, indent=2)])


def kind(event: Any) -> str:
    """What sort of event it is, as a part of a file's name: `CONNECT`, `MESSAGE-send`, `REQUEST`
    for an authorizer, a trigger's source such as `PreSignUp_SignUp`; else `event`."""
    match event:
        case {"triggerSource": str(source)}:
            found = source
        case {"type": "REQUEST", "methodArn": _}:
            found = "REQUEST"
        case {"requestContext": {"eventType": "MESSAGE", "routeKey": str(route)}}:
            found = f"MESSAGE-{route.removeprefix('$')}"
        case {"requestContext": {"eventType": str(event_type)}}:
            found = event_type
        case _:
            found = "event"
    return re.sub(r"[^\w.-]+", "_", found, flags=re.ASCII)[:100]


def identity_names(stack: Stack) -> frozenset[str]:
    """The headers and parameters, in lower case, that the stack's authorizers judge by."""
    return frozenset(
        source.rpartition(".")[2].lower()
        for api in stack.apis
        for route in api.routes.values()
        if route.authorizer is not None
        for source in route.authorizer.identity_sources
    )
