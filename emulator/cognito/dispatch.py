"""From a request to the operation it names, and back: the only place that answers errors."""

import logging
from collections.abc import Mapping
from typing import Any, Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from emulator.clock import Entropy
from emulator.cognito import wire
from emulator.cognito.catalogue import Handler
from emulator.cognito.constraints import check
from emulator.cognito.errors import AccessDenied, InternalError, UnknownOperation
from emulator.cognito.shapes import Operation
from emulator.errors import AwsError


logger = logging.getLogger(__name__)

SERVICE = "cognito-idp"


class Verifier(Protocol):
    """Checks a SigV4 signature; `emulator.iam.sigv4.Verifier` is one."""

    def verify(
        self,
        method: str,
        raw_path: str,
        query_string: str,
        headers: Mapping[str, str],
        body: bytes,
        service: str,
    ) -> object:
        """Who signed; raises an `AwsError` if nobody did, or wrongly."""
        ...


class Dispatcher:
    """`POST /` with `X-Amz-Target` (reference section 1)."""

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        model: tuple[Mapping[str, Operation], frozenset[str]],
        verifier: Verifier,
        entropy: Entropy,
    ) -> None:
        self._handlers = handlers
        self._operations, self._names = model
        self._verifier = verifier
        self._entropy = entropy

    async def handle(self, request: Request, *, signed: bool) -> Response:
        """Answer one request; `signed` says whether SigV4 operations may be called here."""
        if request.method == "OPTIONS":
            return wire.preflight(request)
        request_id = self._entropy.uuid()
        name = ""
        try:
            operation = self._operation(request)
            name = operation.name
            document = await self._run(operation, request, signed)
        except AwsError as error:
            return wire.failure(error, request_id)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is left to read it
        except Exception:
            # Never with the request: it may hold passwords and tokens.
            logger.exception("%s failed, request %s", name or "request", request_id)
            return wire.failure(InternalError(), request_id)
        return wire.answer(document, request_id)

    async def _run(
        self, operation: Operation, request: Request, signed: bool
    ) -> dict[str, Any] | None:
        if operation.signed and not signed:
            raise AccessDenied(f"{operation.name} can only be called at the AWS endpoint")
        body = await wire.read_body(request)
        if operation.signed:
            self._verify(request, body)
        arguments = check(operation.input, wire.parse(body))
        document = await self._handlers[operation.name](arguments)
        return document if operation.has_output else None

    def _operation(self, request: Request) -> Operation:
        target = request.headers.get("x-amz-target", "")
        name = target.removeprefix(wire.TARGET_PREFIX)
        known = target.startswith(wire.TARGET_PREFIX)
        if known and name in self._operations:
            return self._operations[name]
        if known and name in self._names:
            raise UnknownOperation(f"{name} is not supported by this emulator")
        raise UnknownOperation(f"Unknown operation {name[:128]}" if name else "Unknown operation")

    def _verify(self, request: Request, body: bytes) -> None:
        scope = request.scope
        raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        self._verifier.verify(
            request.method,
            raw_path.decode("latin-1"),
            scope["query_string"].decode("latin-1"),
            request.headers,
            body,
            SERVICE,
        )
