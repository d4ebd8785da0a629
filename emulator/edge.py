"""The edge: what CloudFront is on AWS. The web client, its configuration, the socket, sign-in."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from emulator.gateway.deployments import Deployments
from emulator.template.model import Stack


class Site(StaticFiles):
    """A built single-page application: unknown paths are its own routes."""

    def __init__(self, directory: Path, objects: Callable[[str], str]) -> None:
        """`objects` gives the objects' origins for the Host header of a request."""
        super().__init__(directory=directory, html=True)
        self._objects = objects

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, or the page itself for paths that only the client knows."""
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or "." in path.rpartition("/")[2]:
                raise
            response = await super().get_response("index.html", scope)
        objects = self._objects(Headers(scope=scope).get("host", ""))
        response.headers.update(
            {
                "Content-Security-Policy": (
                    f"default-src 'self'; connect-src 'self' {objects}; "
                    f"img-src 'self' blob: data: {objects}; style-src 'self' 'unsafe-inline'; "
                    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
                ),
                "Referrer-Policy": "same-origin",
                "X-Content-Type-Options": "nosniff",
            }
        )
        # Vite puts a hash of the content into the names of everything under assets/.
        hashed = path.startswith("assets/")
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if hashed else "no-cache"
        )
        return response


def edge_routes(
    stack: Stack,
    deployments: Deployments,
    cognito: Iterable[BaseRoute],
    site: BaseRoute,
    mailbox: str | None,
) -> list[BaseRoute]:
    """All routes of the edge, first match first."""

    async def config(request: Request) -> Response:
        return JSONResponse(
            {"sites": [client_config(stack, deployments, mailbox)]},
            headers={"Cache-Control": "no-cache"},
        )

    return [
        Route("/config.json", config),
        Mount("/cognito", routes=list(cognito)),
        *plain_requests(deployments),
        site,
    ]


def plain_requests(deployments: Deployments) -> list[Route]:
    """A stage asked for without an upgrade answers 426, as AWS does."""

    async def upgrade_required(request: Request) -> Response:
        return JSONResponse({"message": "Upgrade Required"}, 426, {"Upgrade": "websocket"})

    return [
        Route(f"/{deployment.path}", upgrade_required, methods=["GET", "HEAD"])
        for deployment in deployments
    ]


def site_mount(directory: Path | None, objects: Callable[[str], str]) -> BaseRoute:
    """The web client, or a page that says that there is none."""
    if directory is not None and (directory / "index.html").is_file():
        return Mount("/", Site(directory, objects))

    async def missing(request: Request) -> Response:
        return Response("No web client is built here; run `make ui`.\n", 404)

    return Route("/{path:path}", missing)


def client_config(stack: Stack, deployments: Deployments, mailbox: str | None) -> dict[str, Any]:
    """What a browser must know of this site; on AWS the deployment writes the same file."""
    config: dict[str, Any] = {"name": stack.name, "region": stack.region, "cognito": "/cognito/"}
    for deployment in deployments:
        config.setdefault("websocket", f"/{deployment.path}")
    for client in stack.user_pool_clients:
        if client.secret is None:
            config.setdefault("userPoolId", client.pool_id)
            config.setdefault("userPoolClientId", client.id)
    return config | ({"mailbox": mailbox} if mailbox else {})
