"""Publishing the web client, against a stand-in for Amplify's API."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import ZipFile

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy import site
from deploy.aws import Place
from deploy.errors import DeployError
from deploy.parameters import with_site
from tests.fakes import until


OUTPUTS = {"Region": "eu-central-1", "UserPoolId": "eu-central-1_x", "UserPoolClientId": "c"}


@dataclass(slots=True)
class Amplify:
    """CreateDeployment, the upload, StartDeployment and GetJob, as the service model has them."""

    states: list[str] = field(default_factory=lambda: ["PENDING", "RUNNING", "SUCCEED"])
    uploaded: bytes = b""
    started: list[str] = field(default_factory=list)
    port: int = 0

    def app(self) -> Starlette:
        """Its routes."""
        base = "/apps/{app}/branches/{branch}"
        return Starlette(
            routes=[
                Route(f"{base}/deployments", self.create, methods=["POST"]),
                Route("/upload", self.upload, methods=["PUT"]),
                Route(f"{base}/deployments/start", self.start, methods=["POST"]),
                Route(f"{base}/jobs/{{job}}", self.job),
            ]
        )

    async def create(self, request: Request) -> Response:
        """A job, and where to put the zip file."""
        url = f"http://127.0.0.1:{self.port}/upload"
        return JSONResponse({"jobId": "7", "fileUploadUrls": {}, "zipUploadUrl": url})

    async def upload(self, request: Request) -> Response:
        """The zip file."""
        self.uploaded = await request.body()
        return Response()

    async def start(self, request: Request) -> Response:
        """Only what was uploaded is started."""
        assert self.uploaded
        self.started.append((await request.json())["jobId"])
        return JSONResponse({"jobSummary": self.summary("PENDING")})

    async def job(self, request: Request) -> Response:
        """One state after the other."""
        status = self.states.pop(0)
        return JSONResponse({"job": {"summary": self.summary(status), "steps": []}})

    def summary(self, status: str) -> dict[str, object]:
        """Of a job."""
        return {
            "jobArn": "arn",
            "jobId": "7",
            "commitId": "",
            "commitMessage": "",
            "commitTime": 0,
            "startTime": 0,
            "jobType": "MANUAL",
            "status": status,
        }


@pytest.fixture
async def amplify(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Amplify]:
    """On a port of this machine, where the SDK's own variable leads."""
    made = Amplify()
    server = uvicorn.Server(uvicorn.Config(made.app(), port=0, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    made.port = server.servers[0].sockets[0].getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL_AMPLIFY", f"http://127.0.0.1:{made.port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setattr(site, "LOOK_EVERY", 0.01)
    yield made
    server.should_exit = True
    await task


@pytest.fixture
def client(tmp_path: Path) -> Path:
    """A built web client."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "assets" / "app-1.js").write_text("1")
    return tmp_path


def test_the_client_is_packed_with_its_configuration(client: Path) -> None:
    """The same for the same content; the socket is at the page's own host."""
    content = site.packed(client, site.configuration(OUTPUTS, "labchat"))
    assert content == site.packed(client, site.configuration(OUTPUTS, "labchat"))
    with ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["assets/app-1.js", "config.json", "index.html"]
        (entry,) = json.loads(archive.read("config.json"))["sites"]
    assert entry["websocket"] == "/ws"
    assert entry["cognito"] == "https://cognito-idp.eu-central-1.amazonaws.com/"
    assert entry["userPoolId"] == OUTPUTS["UserPoolId"]


def test_without_a_client_nothing_is_published(tmp_path: Path) -> None:
    """The sentence says how one is made."""
    with pytest.raises(DeployError, match="make ui"):
        site.packed(tmp_path, {})


async def test_a_client_is_published(amplify: Amplify, client: Path) -> None:
    """Uploaded, started, and waited for until it is served."""
    content = site.packed(client, {"sites": []})
    async with Place("labchat").client("amplify", "us-east-1") as api:
        await site.publish(api, "d1", content)
    assert amplify.uploaded == content
    assert amplify.started == ["7"]
    assert amplify.states == []


async def test_a_failure_of_amplify_is_told(amplify: Amplify, client: Path) -> None:
    """In one sentence."""
    amplify.states = ["RUNNING", "FAILED"]
    async with Place("labchat").client("amplify", "us-east-1") as api:
        with pytest.raises(DeployError, match="Amplify says FAILED"):
            await site.publish(api, "d1", site.packed(client, {}))


def test_pages_that_may_open_sockets() -> None:
    """The site joins those that were given; those of people's own machines go."""
    default = "http://localhost:*,http://127.0.0.1:*"
    assert with_site(default, "https://a.example") == "https://a.example"
    both = with_site("https://b.example", "https://a.example")
    assert both == "https://b.example,https://a.example" == with_site(both, "https://a.example")
