"""`$disconnect`, and the Lambda side."""

import asyncio
import json
from typing import Any

import pytest
from websockets.frames import Opcode

from emulator.template.model import Function
from tests.conformance.websocket.world import World, ok
from tests.emulator.gateway.apis import route
from tests.emulator.runtime.workbench import Bench
from tests.fakes import until


pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("how", ["client", "lost", "delete", "binary"])
async def test_101_one_disconnect(world: World, how: str) -> None:
    """After the close, whoever closed, and not a second time."""
    world.serve(
        route("$connect", "connect"),
        route("$disconnect", "disconnect"),
        connect=ok(),
        disconnect=ok(),
    )
    client = await world.upgrade()
    if how == "client":
        client.send(Opcode.CLOSE, b"\x03\xe8")
    elif how == "lost":
        client.close()
    elif how == "binary":
        client.send(Opcode.BINARY, b"x")
    else:
        await world.call("delete_connection", (await world.context("connect"))["connectionId"])
    await until(lambda: bool(world.seen("disconnect")))
    client.close()
    await asyncio.sleep(0.05)
    assert world.ran() == ["connect", "disconnect"]


async def test_102_no_disconnect_after_a_refusal(world: World) -> None:
    """What was never there does not end."""
    world.serve(
        route("$connect", "connect"),
        route("$disconnect", "disconnect"),
        connect=ok(statusCode=403),
        disconnect=ok(),
    )
    assert (await world.refused()).status_code == 403
    await asyncio.sleep(0.05)
    assert world.ran() == ["connect"]


async def invoke(world: World, payload: Any) -> tuple[str | None, Any]:
    """Lambda's Invoke through boto3: the kind of error, if any, and the document."""
    client = await asyncio.to_thread(world.listener.client, "lambda")

    def call() -> tuple[str | None, Any]:
        answer = client.invoke(FunctionName="f", Payload=json.dumps(payload))
        return answer.get("FunctionError"), json.loads(answer["Payload"].read())

    return await asyncio.to_thread(call)


def deployed(world: World, bench: Bench, source: str, **more: Any) -> None:
    """A real function behind the Lambda API."""
    bench.add(source, **more)
    function = Function("f", "f", "arn", "module.handler", "python3.13", bench.folder)
    world.serve(lambdas=(bench.pool, {"f": function}))


@pytest.mark.process
async def test_104_what_a_function_sees(world: World, bench: Bench) -> None:
    """The reserved variables, its context, and the document of a raise."""
    deployed(
        world,
        bench,
        """
        import os

        def handler(event, context):
            if event == "raise":
                raise ValueError("boom")
            names = ["AWS_REGION", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
            names += ["AWS_LAMBDA_FUNCTION_VERSION", "_HANDLER", "AWS_EXECUTION_ENV", "TZ"]
            return [{name: os.environ[name] for name in names}, vars(context)["aws_request_id"],
                    context.memory_limit_in_mb, context.get_remaining_time_in_millis()]
        """,
    )
    error, (variables, request_id, memory, remaining) = await invoke(world, None)
    assert error is None
    assert variables == {
        "AWS_REGION": "us-east-1",
        "AWS_LAMBDA_FUNCTION_NAME": "f",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "_HANDLER": "module.handler",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "TZ": ":UTC",
    }
    assert len(request_id) == 36
    assert memory == "256"
    assert 0 < remaining <= 10_000
    error, document = await invoke(world, "raise")
    assert error == "Unhandled"
    assert list(document) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    assert (document["errorMessage"], document["errorType"]) == ("boom", "ValueError")


@pytest.mark.process
async def test_105_a_function_s_timeout(world: World, bench: Bench) -> None:
    """Its error document, and another process for the next event."""
    deployed(
        world,
        bench,
        """
        import os, time

        def handler(event, context):
            if event == "sleep":
                time.sleep(60)
            return os.getpid()
        """,
        timeout=0.5,
    )
    _, before = await invoke(world, None)
    _, document = await invoke(world, "sleep")
    assert document["errorType"] == "Sandbox.Timedout"
    assert document["errorMessage"].endswith("Task timed out after 0.50 seconds")
    _, after = await invoke(world, None)
    assert after != before
