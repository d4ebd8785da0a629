"""`--host 0.0.0.0 --tls`: a server for the network around it."""

import asyncio
import json
import socket
import ssl
import time
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect

from emulator.hosts import served_names
from tests.support.server import ROOT, Server


pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def lan(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on all addresses, over TLS."""
    template = ROOT / "tests" / "fixtures" / "endpoint" / "template.yaml"
    server = Server(tmp_path_factory.mktemp("lan"), template, ["--host", "0.0.0.0", "--tls"])
    server.start()
    yield server
    server.close()


def trusting(server: Server) -> ssl.SSLContext:
    """What a device has that was told to trust the printed authority, and nothing else."""
    assert "devices must trust" in server.log()
    return ssl.create_default_context(cafile=str(server.data_dir / "tls" / "ca.pem"))


def test_every_name_of_the_machine_is_vouched_for(lan: Server) -> None:
    """The page comes under each of them, and lets the objects in under the same one."""
    ui, objects = urlsplit(lan.urls["ui"]), urlsplit(lan.urls["objects"])
    assert (ui.scheme, objects.scheme) == ("https", "https")
    for name in [*served_names("0.0.0.0"), "127.0.0.1"]:
        if ":" in name or name.endswith(".local") or name == socket.gethostname().lower():
            continue  # Not listened on, or not resolved everywhere.
        url = f"https://{name}:{ui.port}/config.json"
        with urllib.request.urlopen(url, context=trusting(lan)) as answer:
            assert json.load(answer)["sites"][0]["websocket"] == "/dev"


async def test_sockets_and_functions(lan: Server) -> None:
    """A socket over TLS, and a function that finds its own way back."""
    assert lan.urls["websocket"].startswith("wss://")
    async with connect(lan.urls["websocket"], ssl=trusting(lan), open_timeout=60) as client:
        await client.send('{"way": "domainName"}')
        assert json.loads(await client.recv()) == {"way": "domainName"}


def test_the_aws_endpoint_stays_on_this_machine(lan: Server) -> None:
    """Only the edge and the objects listen where others can come."""
    host = urlsplit(lan.urls["ui"]).hostname
    for url, reached in (("ui", True), ("objects", True), ("aws", False), ("dynamodb", False)):
        with socket.socket() as probe:
            probe.settimeout(5)
            port = urlsplit(lan.urls[url]).port
            refused = probe.connect_ex((host, port))
        alone = host in {"localhost", "127.0.0.1"}  # A machine without a network.
        assert (refused == 0) is (reached or alone), url


async def test_it_stops_while_connections_are_idle(lan: Server) -> None:
    """A client that keeps its connection and does not look holds nothing up."""
    address = urlsplit(lan.urls["ui"])
    _, writer = await asyncio.open_connection(
        address.hostname, address.port, ssl=trusting(lan), limit=1
    )
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    started = time.monotonic()
    assert await asyncio.to_thread(lan.stop) == 0
    assert "graceful shutdown exceeded" not in lan.log()
    assert time.monotonic() - started < 25
    writer.transport.abort()
