"""Debugging one function: where it waits for the debugger, and a stack without clocks around it."""

import asyncio
import socket
from dataclasses import dataclass, replace
from pathlib import Path

from emulator.errors import UsageError
from emulator.template.model import Function, Route, Stack


UNLIMITED = 24 * 3600.0
"""Seconds: longer than anybody looks at one breakpoint."""

_FREE_WITHIN = 10.0
_LOOK_EVERY = 0.05


@dataclass(frozen=True, slots=True)
class Debugger:
    """Where the processes of a function wait for a debugger before they load its code."""

    port: int
    tool: Path | None = None
    """The program that the debugger speaks to, where it is not a part of the language itself."""

    @property
    def address(self) -> str:
        """Host and port; a debugger can do whatever it likes, so only this machine's may come."""
        return f"127.0.0.1:{self.port}"

    def check(self) -> None:
        """Raises `UsageError` if another program listens there."""
        if not self._is_free():
            raise UsageError(
                f"The debugger's port {self.port} is taken; name another with --debug-port."
            )

    async def until_free(self) -> None:
        """Wait for a short while until the process before this one has left the port."""
        for _ in range(int(_FREE_WITHIN / _LOOK_EVERY)):
            if self._is_free():
                return
            await asyncio.sleep(_LOOK_EVERY)

    def _is_free(self) -> bool:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError:
                return False
        return True


def find_function(stack: Stack, given: str) -> Function:
    """The function of a name or a logical id. Raises `UsageError` that lists those that exist."""
    for function in stack.functions.values():
        if given in {function.name, function.logical_id}:
            return function
    known = ", ".join(sorted(function.logical_id for function in stack.functions.values()))
    raise UsageError(f"The template has no function {given}. It has: {known or 'none'}.")


def without_limits(stack: Stack, function: Function) -> Stack:
    """The stack in which neither Lambda nor API Gateway ends an event of the function.

    Its memory is the largest that there is: the debugger takes its part of it.
    """
    free = replace(function, timeout=UNLIMITED, memory_mb=10_240)

    return replace(
        stack,
        functions={**stack.functions, function.name: free},
        apis=tuple(
            replace(
                api,
                routes={key: _patient(route, function) for key, route in api.routes.items()},
            )
            for api in stack.apis
        ),
    )


def _patient(route: Route, function: Function) -> Route:
    integration, authorizer = route.integration, route.authorizer
    if integration is not None and integration.function == function.name:
        integration = replace(integration, timeout=UNLIMITED)
    if authorizer is not None and authorizer.function == function.name:
        authorizer = replace(authorizer, timeout=UNLIMITED)
    return replace(route, integration=integration, authorizer=authorizer)
