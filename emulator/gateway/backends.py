"""What integrations call that are no Lambda proxies: HTTP endpoints, functions as they are, nothing.

To the gateway a backend looks like a function: it gets the event of a proxy integration and gives
back what a proxy integration would.

https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-data-transformations.html
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import aiohttp

from emulator.errors import UsageError
from emulator.gateway.parameters import outgoing
from emulator.gateway.selection import compile_expression
from emulator.gateway.templates import TemplateFault, render
from emulator.runtime.invoker import Invoker, Result
from emulator.template.model import Backend, IntegrationResponse, Stage, WebSocketApi


class BackendFault(Exception):
    """A backend that could not be called, or a call that is not allowed."""


class Backends:
    """An `Invoker` of functions and of the APIs' other backends."""

    def __init__(self, apis: Iterable[WebSocketApi], functions: Invoker) -> None:
        self._backends = {name: each for api in apis for name, each in api.backends.items()}
        self._functions = functions
        self._session: aiohttp.ClientSession | None = None

    async def invoke(self, function: str, event: bytes) -> Result:
        """See `Invoker.invoke`; `function` may also be the name of a backend."""
        backend = self._backends.get(function)
        if backend is None and "$" not in function:
            return await self._functions.invoke(function, event)
        document = json.loads(event)
        stage = Stage("", document.get("stageVariables", {}))
        if backend is None:
            return await self._functions.invoke(_name(stage.fill(function)), event)
        try:
            return await self._call(backend, stage.fill(backend.target), document)
        except (BackendFault, TemplateFault) as fault:
            return _failure(type(fault).__name__, str(fault))

    async def close(self) -> None:
        """Close kept connections."""
        if self._session is not None:
            await self._session.close()

    async def _call(self, backend: Backend, target: str, event: Mapping[str, Any]) -> Result:
        body = event.get("body", "")
        if backend.kind == "HTTP_PROXY":
            status, answer = await self._http(backend, target, event, body)
            return _proxy_result(status, answer)
        request = _request(backend, body, event)
        match backend.kind:
            case "AWS":
                result = await self._functions.invoke(_name(target), (request or "{}").encode())
                return _answer(backend, _error_message(result), result.payload.decode(), event)
            case "HTTP":
                status, answer = await self._http(backend, target, event, request)
                return _answer(backend, str(status), answer, event)
            case _:
                return _answer(backend, _mock_status(request), "", event)

    async def _http(
        self, backend: Backend, url: str, event: Mapping[str, Any], body: str
    ) -> tuple[int, str]:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        sent = outgoing(backend.parameters, event)
        for name, value in sent.path.items():
            url = url.replace(f"{{{name}}}", quote(value, safe=""))
        headers = {"Content-Type": "application/json", **sent.headers}
        method = backend.method if backend.method != "ANY" else "POST"
        try:
            async with self._session.request(
                method, url, data=body.encode(), headers=headers, params=sent.query
            ) as answer:
                return answer.status, (await answer.read()).decode(errors="replace")
        except (aiohttp.ClientError, ValueError) as error:
            raise BackendFault(f"{url}: {error}") from error


def _name(function: str) -> str:
    """A stage variable may name a version or an alias too; here there is but one version."""
    return function.partition(":")[0]


def _request(backend: Backend, body: str, event: Mapping[str, Any]) -> str:
    """What the backend is sent: by a template, or the body as it came."""
    template = _selected(backend, body)
    if template is not None:
        return render(template, body, event)
    without = backend.passthrough == "WHEN_NO_TEMPLATES" and not backend.templates
    if backend.passthrough == "WHEN_NO_MATCH" or without:
        return body
    raise BackendFault(f"no request template, and PassthroughBehavior {backend.passthrough}")


def _selected(backend: Backend, body: str) -> str | None:
    try:
        key = compile_expression(backend.template_selection)(json.loads(body or "null"))
    except (RecursionError, UsageError, ValueError):
        key = None
    return backend.templates.get(key or "$default", backend.templates.get("$default"))


def _answer(backend: Backend, outcome: str, body: str, event: Mapping[str, Any]) -> Result:
    """The client's answer; `outcome` is what the keys of integration responses are matched on."""
    response = _matching(backend.responses, outcome)
    if response is not None and response.template is not None:
        body = render(response.template, body, event)
    # A socket opens whatever the backend says, unless a response is there for just that.
    mapped = response is not None and response.key != "$default"
    status = int(outcome) if mapped and outcome.isdigit() else 500 if mapped else 200
    return _proxy_result(status, body)


def _matching(responses: Iterable[IntegrationResponse], outcome: str) -> IntegrationResponse | None:
    default = None
    for response in responses:
        if response.key == "$default":
            default = response
        elif re.fullmatch(response.key[1:-1], outcome, re.DOTALL):
            return response
    return default


def _mock_status(request: str) -> str:
    try:
        return str(int(json.loads(request)["statusCode"]))
    except (KeyError, TypeError, ValueError):
        raise BackendFault('a MOCK needs a request template such as {"statusCode": 200}') from None


def _error_message(result: Result) -> str:
    document = result.document() if result.error is not None else None
    return str(document.get("errorMessage", "")) if isinstance(document, dict) else ""


def _proxy_result(status: int, body: str) -> Result:
    return Result(json.dumps({"statusCode": status, "body": body}).encode())


def _failure(kind: str, message: str) -> Result:
    return Result(json.dumps({"errorType": kind, "errorMessage": message}).encode(), kind)
