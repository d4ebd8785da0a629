"""Whichever client opens a connection to one of AWS's hosts, it ends on this machine."""

import asyncio
import json
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulator.certificates import Authority
from emulator.clock import Clock
from emulator.listeners import bind_loopback, port_of, serving
from emulator.runtime.loopback import PYTHON, loopback_variables, trust_bundle


pytestmark = [pytest.mark.process, pytest.mark.timeout(60)]

HOST = "abcd1234ef.execute-api.us-east-1.amazonaws.com"

PYTHON_CLIENTS = {
    "urllib": """
        import urllib.request
        answer = urllib.request.urlopen(url).read().decode()
        """,
    "http.client": """
        import http.client
        connection = http.client.HTTPSConnection(host)
        connection.request("GET", "/")
        answer = connection.getresponse().read().decode()
        """,
    "asyncio": """
        import asyncio, ssl
        async def main():
            context = ssl.create_default_context()
            reader, writer = await asyncio.open_connection(host, 443, ssl=context)
            writer.write(f"GET / HTTP/1.1\\r\\nHost: {host}\\r\\nConnection: close\\r\\n\\r\\n".encode())
            text = (await reader.read()).decode()
            writer.close()
            return text.partition("\\r\\n\\r\\n")[2]
        answer = asyncio.run(main())
        """,
    "aiohttp": """
        import aiohttp, asyncio
        async def main():
            async with aiohttp.ClientSession() as session, session.get(url) as got:
                return await got.text()
        answer = asyncio.run(main())
        """,
    "botocore": """
        import boto3
        options = dict(region_name="us-east-1", endpoint_url=url + "dev")
        keys = dict(aws_access_key_id="A", aws_secret_access_key="S")
        client = boto3.client("apigatewaymanagementapi", **options, **keys)
        answer = str(client.get_connection(ConnectionId="x=")["ResponseMetadata"]["HTTPHeaders"]["x-host"])
        """,
    "aiobotocore": """
        import aioboto3, asyncio
        async def main():
            options = dict(region_name="us-east-1", endpoint_url=url + "dev")
            keys = dict(aws_access_key_id="A", aws_secret_access_key="S")
            async with aioboto3.Session().client("apigatewaymanagementapi", **options, **keys) as client:
                got = await client.get_connection(ConnectionId="x=")
                return got["ResponseMetadata"]["HTTPHeaders"]["x-host"]
        answer = asyncio.run(main())
        """,
}

NODE_CLIENTS = {
    "fetch": "answer = await (await fetch(url)).text()",
    "https": """
        const https = await import('node:https')
        answer = await new Promise((done, fail) => https.get(url, collect(done)).on('error', fail))
        """,
    "an agent of its own, as the SDK has": """
        const https = await import('node:https')
        const agent = new https.Agent({ keepAlive: true, maxSockets: 50 })
        const hostname = host, port = 443
        answer = await new Promise((done, fail) =>
          https.request({ agent, hostname, port, path: '/' }, collect(done)).on('error', fail).end())
        agent.destroy()
        """,
    "tls": """
        const tls = await import('node:tls')
        answer = await new Promise((done, fail) => {
          const socket = tls.connect(443, host, { servername: host }, () =>
            socket.write(`GET / HTTP/1.1\\r\\nHost: ${host}\\r\\nConnection: close\\r\\n\\r\\n`))
          collect((text) => done(text.split('\\r\\n\\r\\n')[1]))(socket.on('error', fail))
        })
        """,
}

_COLLECT = """
        const collect = (done) => (stream) => {
          let text = ''
          stream.on('data', (part) => { text += part }).on('end', () => done(text))
        }
        """


@dataclass
class Loopback:
    """A TLS server for any name, and the variables that lead functions to it."""

    variables: dict[str, str]
    folder: Path

    async def run(self, *command: str, **more: str) -> str:
        """What a program prints that runs in a function's environment."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=self.folder,
            env={**kept, **self.variables, **more},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, error = await asyncio.wait_for(process.communicate(), 30)
        except TimeoutError:
            process.kill()
            raise
        assert process.returncode == 0, error.decode()
        return out.decode().strip()

    async def python(self, source: str, host: str = HOST) -> str:
        lines = [line[8:] for line in source.splitlines()]
        head = f"host = {host!r}\nurl = f'https://{{host}}/'\n"
        (self.folder / "client.py").write_text(head + "\n".join([*lines, "print(answer)"]))
        return await self.run(sys.executable, str(PYTHON), "client")

    async def node(self, source: str, host: str = HOST) -> str:
        head = f"const host = {host!r}, url = `https://${{host}}/`\nlet answer\n{_COLLECT}"
        (self.folder / "client.mjs").write_text(f"{head}{source}\nconsole.log(answer)")
        return await self.run(str(Path(sys.executable).with_name("node")), "client.mjs")


@pytest.fixture
async def loopback(tmp_path: Path) -> AsyncIterator[Loopback]:
    async def name(request: Request) -> Response:
        headers = {"x-host": request.headers["host"]}
        content = {} if "@" in request.url.path else {"host": request.headers["host"]}
        return JSONResponse(content, headers=headers)

    authority, listener = Authority.create("test", Clock()), bind_loopback()
    bundle = trust_bundle(tmp_path / "bundle.pem", authority.pem)
    tls = authority.context_for_any_name(tmp_path / "keys")
    app = Starlette(routes=[Route("/{path:path}", name)])
    variables = loopback_variables(port_of(listener), ["ws.lab.example"], bundle)
    async with serving(app, listener, tls):
        yield Loopback(dict(variables), tmp_path)


@pytest.mark.parametrize("client", PYTHON_CLIENTS)
async def test_python_s_clients(loopback: Loopback, client: str) -> None:
    """Each reaches the server under the host's own name, with its certificate verified."""
    assert HOST in await loopback.python(PYTHON_CLIENTS[client])


@pytest.mark.parametrize("client", NODE_CLIENTS)
async def test_node_s_clients(loopback: Loopback, client: str) -> None:
    """The same for Node, whichever way a socket is asked for."""
    assert json.loads(await loopback.node(NODE_CLIENTS[client])) == {"host": HOST}


@pytest.mark.parametrize(
    "host",
    [
        "AMAZONAWS.com",
        "s3.eu-west-1.amazonaws.com",
        "s3.cn-north-1.amazonaws.com.cn",
        "x.lambda-url.us-east-1.on.aws",
        "ws.lab.example",
    ],
)
async def test_every_host_of_aws_and_the_template_s_own(loopback: Loopback, host: str) -> None:
    """All of AWS's domains stay here, and the custom domains of the template."""
    for answer in (
        await loopback.python(PYTHON_CLIENTS["urllib"], host),
        await loopback.node(NODE_CLIENTS["fetch"], host),
    ):
        assert json.loads(answer.lower()) == {"host": host.lower()}


async def test_other_hosts_are_left_alone(loopback: Loopback) -> None:
    """They are connected to as ever: here a server of the test's own, on its own port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        await loopback.python(
            f"""
        import socket
        answer = socket.create_connection(("localhost", {port})).close()
        """
        )
        await loopback.node(
            f"""
        const net = await import('node:net')
        answer = await new Promise((done, fail) => {{
          const socket = net.connect({port}, 'localhost', () => {{ socket.destroy(); done() }})
          socket.on('error', fail)
        }})
        """
        )
        server.settimeout(5)
        for _ in range(2):
            server.accept()[0].close()


async def test_node_options_with_a_blank_in_the_path(loopback: Loopback) -> None:
    """A checkout may lie in a folder with a blank in its name."""
    folder = loopback.folder / "with blank"
    folder.mkdir()
    hook = shutil.copy(PYTHON.with_suffix(".cjs"), folder / "loopback.cjs")
    loopback.variables["NODE_OPTIONS"] = f'--require "{hook}"'
    assert HOST in await loopback.node(NODE_CLIENTS["fetch"])
