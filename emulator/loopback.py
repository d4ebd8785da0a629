"""AWS's own host names on this machine: where functions' calls to them end.

A function may speak to `https://{apiId}.execute-api.{region}.amazonaws.com/{stage}` as its code
says. `emulator/runtime/loopback/` leads such a connection here; the name in it tells the service.
"""

import re
from collections.abc import Collection

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from emulator.gateway.deployments import Deployments


_SUFFIX = re.compile(r"\.(amazonaws\.com(\.cn)?|api\.aws|on\.aws)$")
_S3 = re.compile(r"(?:(?P<bucket>.+)\.)?s3(?:\.dualstack)?(?:[.-][a-z]{2}(?:-[a-z]+)+-\d)?")

SERVICES = frozenset({"cognito-idp", "dynamodb", "lambda", "logs", "monitoring"})
"""The first labels of hosts whose services the AWS endpoint has."""


class LoopbackEndpoint:
    """Tells services apart by the host of a request. An ASGI application."""

    def __init__(
        self, gateway: ASGIApp, aws: ASGIApp, objects: ASGIApp, custom_domains: Collection[str]
    ) -> None:
        """`gateway` serves APIs, also on their `custom_domains`; `aws` all services but S3."""
        self._gateway = gateway
        self._aws = aws
        self._objects = objects
        self._custom_domains = custom_domains

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one socket."""
        host = _host(scope)
        name = _SUFFIX.sub("", host)
        if host in self._custom_domains or ".execute-api." in host:
            await self._gateway(scope, receive, send)
        elif name.partition(".")[0] in SERVICES:
            await self._aws(scope, receive, send)
        elif bucket := _S3.fullmatch(name):
            await self._objects(_path_style(scope, bucket["bucket"]), receive, send)
        else:
            await _refusal(host)(scope, receive, send)


def _host(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name.lower() == b"host":
            host: str = value.decode("latin-1").partition(":")[0].lower()
            return host
    return ""


def _path_style(scope: Scope, bucket: str | None) -> Scope:
    """The bucket goes from the host into the path; the raw path stays, for it was signed."""
    return {**scope, "path": f"/{bucket}{scope['path']}"} if bucket else scope


def _refusal(host: str) -> Response:
    """For what is not emulated. 400, since SDKs would try again on anything above."""
    message = f"{host} is not emulated here, and the call was kept from leaving this machine."
    content = {"__type": "NotEmulated", "message": message}
    return JSONResponse(content, 400, {"x-amzn-ErrorType": "NotEmulated"})


def api_routes(deployments: Deployments) -> list[BaseRoute]:
    """What an API's own host answers to requests that are neither sockets nor `@connections`."""

    async def plain(request: Request) -> Response:
        if deployments.find(request.headers.get("host", ""), request.url.path) is None:
            content, headers = {"message": "Forbidden"}, {"x-amzn-ErrorType": "ForbiddenException"}
            return JSONResponse(content, 403, headers)
        return JSONResponse({"message": "Upgrade Required"}, 426, {"Upgrade": "websocket"})

    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    return [Route("/{path:path}", plain, methods=methods)]
