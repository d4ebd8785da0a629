"""Runs a module as `python -m` does, with connections to AWS's hosts kept on this machine.

    python -S loopback.py awslambdaric app.handler

A function may build the address of a service by itself, such as `https://{domainName}/{stage}`.
Whatever it opens it with, the standard library resolves the name: here the answer is this machine,
and the port where the emulator speaks TLS for those names. It runs in the function's interpreter
and sees the standard library only.
"""

import os
import runpy
import socket
import sys
from typing import Any


def divert(port: int, names: tuple[str, ...]) -> None:
    """Resolve hosts in one of the domains `names` to a port on this machine."""
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, service: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if isinstance(name, str) and f".{name.lower().rstrip('.')}".endswith(names):
            return resolve("127.0.0.1", port, *args, **kwargs)
        return resolve(host, service, *args, **kwargs)

    socket.getaddrinfo = getaddrinfo  # type: ignore[assignment]


def main() -> None:
    """Divert, then become the module."""
    if "_LOOPBACK_PORT" in os.environ:
        names = os.environ["_LOOPBACK_DOMAINS"].split(",")
        divert(int(os.environ["_LOOPBACK_PORT"]), tuple(f".{name}" for name in names))
    sys.argv.pop(0)
    sys.path[0] = os.getcwd()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
