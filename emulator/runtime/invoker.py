"""What the rest of the emulator needs of Lambda: hand over an event, get back a result."""

import json
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Result:
    """What an invocation came to.

    `payload` is the function's JSON result or, if `error` is set, AWS's error document
    (`errorMessage`, `errorType`, …). `error` holds the error's type, for example `ValueError`
    or `Sandbox.Timedout`. `status` is 200 unless Lambda itself refused the event, which then
    never reached the function: for example 429 with `TooManyRequestsException`.
    """

    payload: bytes
    error: str | None = None
    status: int = 200
    request_id: str = field(default="", compare=False)
    """The invocation's, as the function's own log names it."""
    log_tail: bytes = field(default=b"", compare=False)
    """The last 4 KB of what the invocation left in the log."""

    def document(self) -> Any:
        """The payload as Python data; one that is not JSON, or nested too deep, reads as `None`."""
        try:
            return json.loads(self.payload)
        except (RecursionError, ValueError):
            return None


class Invoker(Protocol):
    """Runs functions. The one thing that API Gateway and Cognito know about Lambda."""

    async def invoke(self, function: str, event: bytes) -> Result:
        """Run `function` (its name or ARN) with `event` (JSON) and wait for what it returns.

        Errors of the function are results, never exceptions.
        """
        ...
