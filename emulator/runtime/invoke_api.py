"""Lambda's Invoke operation: `aws lambda invoke`, boto3's `invoke`.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import base64
import json
from collections.abc import Mapping
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulator.clock import Clock, Entropy
from emulator.errors import AwsError
from emulator.iam.requests import read_body, verify_request
from emulator.iam.sigv4 import Verifier
from emulator.runtime.environment import MAX_PAYLOAD
from emulator.runtime.event_queue import MAX_ASYNCHRONOUS, EventQueue
from emulator.runtime.invoker import Invoker, Result
from emulator.template.model import Function


class FunctionNotFoundError(AwsError):
    """No such function, or no such version of it."""

    status, code = 404, "ResourceNotFoundException"


class InvalidContentError(AwsError):
    """The payload is not JSON."""

    status, code = 400, "InvalidRequestContentException"


class AccessDeniedError(AwsError):
    """The caller's role does not let it."""

    status, code = 403, "AccessDeniedException"


class RequestTooLargeError(AwsError):
    """The payload is larger than an event may be."""

    status, code = 413, "RequestTooLargeException"


class InvalidParameterError(AwsError):
    """An unknown invocation type."""

    status, code = 400, "InvalidParameterValueException"


class InvokeApi:
    """Serves `POST /2015-03-31/functions/{name}/invocations`."""

    def __init__(
        self,
        functions: Mapping[str, Function],
        invoker: Invoker,
        verifier: Verifier,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._functions = functions
        self._invoker = invoker
        self._queue = EventQueue(invoker, clock)
        self._verifier = verifier
        self._entropy = entropy

    def route(self) -> Route:
        """The one route that serves it."""
        path = "/2015-03-31/functions/{function}/invocations"
        return Route(path, self._serve, methods=["POST"])

    async def _serve(self, request: Request) -> Response:
        try:
            response = await self._answer(request)
        except AwsError as error:
            content = {"Type": "User", "Message": error.message}
            response = JSONResponse(content, error.status, {"x-amzn-ErrorType": error.code})
        response.headers["x-amzn-RequestId"] = self._entropy.uuid()
        return response

    async def _answer(self, request: Request) -> Response:
        too_large = RequestTooLargeError(f"Request must be smaller than {MAX_PAYLOAD} bytes")
        body = await read_body(request, MAX_PAYLOAD, too_large)
        principal = verify_request(self._verifier, request, body, "lambda")
        name = self._function(request)
        arn = self._functions[name].arn
        if not principal.may("lambda:InvokeFunction", arn):
            raise AccessDeniedError(principal.refusal("lambda:InvokeFunction", arn))
        event = _event(body)
        match request.headers.get("x-amz-invocation-type", "RequestResponse"):
            case "RequestResponse":
                return await self._wait(name, event, _wants_tail(request))
            case "Event":
                if len(body) > MAX_ASYNCHRONOUS:
                    raise RequestTooLargeError(
                        f"Request must be smaller than {MAX_ASYNCHRONOUS} bytes"
                    )
                self._queue.put(name, event)
                return Response(status_code=202)
            case "DryRun":
                return Response(status_code=204)
            case other:
                raise InvalidParameterError(f"Unknown invocation type: {other}")

    async def _wait(self, name: str, event: bytes, wants_tail: bool) -> Response:
        result = await self._invoker.invoke(name, event)
        if result.status != 200:
            return _refusal(result)
        headers = {"X-Amz-Executed-Version": "$LATEST"}
        if result.error is not None:
            headers["X-Amz-Function-Error"] = "Unhandled"
        if wants_tail:
            headers["X-Amz-Log-Result"] = base64.b64encode(result.log_tail).decode()
        return Response(result.payload, 200, headers, media_type="application/json")

    def _function(self, request: Request) -> str:
        """The function's name from a name or an ARN, either of them with or without a version."""
        given = unquote(request.path_params["function"])
        name, _, version = given.rpartition("function:")[2].partition(":")
        version = version or request.query_params.get("Qualifier", "$LATEST")
        if name not in self._functions or version != "$LATEST":
            raise FunctionNotFoundError(f"Function not found: {given}")
        return name


def _refusal(result: Result) -> Response:
    """Lambda's own error for an event that never reached the function."""
    document = result.document()
    content = {"Type": "User", "message": document["errorMessage"]}
    if "reason" in document:
        content["Reason"] = document["reason"]
    return JSONResponse(content, result.status, {"x-amzn-ErrorType": document["errorType"]})


def _wants_tail(request: Request) -> bool:
    kind = request.headers.get("x-amz-log-type", "None")
    if kind not in {"None", "Tail"}:
        raise InvalidParameterError(f"Unknown log type: {kind}")
    return kind == "Tail"


def _event(body: bytes) -> bytes:
    """The payload as an event; without one a function gets an empty object."""
    if not body:
        return b"{}"
    try:
        json.loads(body)
    except (RecursionError, ValueError):
        raise InvalidContentError("Could not parse request body into json") from None
    return body
