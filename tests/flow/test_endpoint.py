"""Functions that build their endpoint themselves reach the emulator, with nothing changed in them."""

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.asyncio.client import connect

from tests.support.server import ROOT, Server


pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def endpoint(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A template whose function finds its endpoints by itself."""
    template = ROOT / "tests" / "fixtures" / "endpoint" / "template.yaml"
    server = Server(tmp_path_factory.mktemp("endpoint"), template)
    server.start()
    yield server
    server.close()


async def ask(server: Server, **message: str) -> Any:
    """What the function posts back."""
    async with connect(server.urls["websocket"], open_timeout=60) as socket:
        await socket.send(json.dumps(message))
        return json.loads(await socket.recv())


async def test_node(endpoint: Server) -> None:
    """The AWS SDK for JavaScript, with options for Node that the template has of its own."""
    assert await ask(endpoint, action="node") == {"action": "node"}


@pytest.mark.parametrize("way", ["domainName", "apiId", "custom"])
async def test_the_ways_of_aws_s_documentation(endpoint: Server, way: str) -> None:
    """By the event's domain name, by the API's id, by a custom domain's mapping."""
    assert await ask(endpoint, way=way) == {"way": way}


async def test_a_bucket_s_own_host(endpoint: Server) -> None:
    """S3 in virtual-hosted style over TLS, with the checksum after the body."""
    assert await ask(endpoint, way="upload") == {"answer": "stored"}
    s3 = endpoint.client("s3", endpoint_url=endpoint.urls["objects"])
    bucket = (await asyncio.to_thread(s3.list_buckets))["Buckets"][0]["Name"]
    answer = await asyncio.to_thread(s3.get_object, Bucket=bucket, Key="a/b c")
    assert answer["Body"].read() == b"x"


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("https://sqs.eu-west-1.amazonaws.com/", "400 .*kept from leaving this machine"),
        ("https://cognito-idp.us-east-1.amazonaws.com/x/.well-known/jwks.json", "404 .*pool x"),
        ("https://abcd1234ef.execute-api.us-east-1.amazonaws.com/dev", "403 .*Forbidden"),
        ("https://ws.lab.example/dev", "403 .*Forbidden"),
        ("https://ws.lab.example/v1", "426 "),
        ("https://nowhere.invalid/", "failed"),
    ],
)
async def test_plain_requests(endpoint: Server, url: str, answer: str) -> None:
    """Services answer as on AWS; what is not emulated is refused; the rest is left alone."""
    got = await ask(endpoint, way="fetch", url=url)
    assert re.match(answer, got["answer"]), got
