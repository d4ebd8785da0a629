"""Stand-ins for what the endpoint gets from outside."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from emulator.clock import Clock
from emulator.errors import AwsError
from emulator.runtime.invoker import Result


class FakeClock(Clock):
    """Starts at the real time and moves only when told to."""

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__(scale)
        self._now = time.time()
        self._monotonic = 1000.0

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        self._now += seconds
        self._monotonic += seconds


class FakeInvoker:
    """Runs a Python function in place of a Lambda function; unknown names echo the event."""

    def __init__(self) -> None:
        self.functions: dict[str, Callable[[dict[str, Any]], Any]] = {}
        self.events: list[dict[str, Any]] = []

    async def invoke(self, function: str, event: bytes) -> Result:
        document = json.loads(event)
        self.events.append(document)
        run = self.functions.get(function)
        try:
            outcome = run(document) if run else document
        except Refusal as error:
            text = json.dumps({"errorMessage": str(error), "errorType": "Exception"})
            return Result(text.encode(), "Exception")
        return outcome if isinstance(outcome, Result) else Result(json.dumps(outcome).encode())


class Refusal(Exception):
    """What a function raises to refuse."""


class MissingToken(AwsError):
    """Shared with other services, hence with their status."""

    status = 403
    code = "MissingAuthenticationTokenException"


class FakeVerifier:
    """Knows only whether there is an Authorization header."""

    def verify(
        self,
        method: str,
        raw_path: str,
        query_string: str,
        headers: Mapping[str, str],
        body: bytes,
        service: str,
    ) -> object:
        if "Credential=" not in headers.get("authorization", ""):
            raise MissingToken("Missing Authentication Token")
        assert (method, raw_path, service) == ("POST", "/", "cognito-idp")
        return "somebody"
