"""The Invoke operation, called by boto3."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from starlette.applications import Starlette

from emulator.clock import Clock, Entropy
from emulator.iam.credentials import KeyRing
from emulator.iam.sigv4 import Verifier
from emulator.listeners import bind, port_of, serving
from emulator.runtime.invoke_api import InvokeApi
from emulator.runtime.invoker import Result
from emulator.template.model import Function
from tests.fakes import until


ARN = "arn:aws:lambda:us-east-1:000000000000:function:greet"


GREET = Function("Greet", "greet", ARN, "app.handler", "python3.13", Path())


class Greeter:
    """An invoker that answers, fails, or remembers, as the event says."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    async def invoke(self, function: str, event: bytes) -> Result:
        """See `Invoker.invoke`."""
        self.events.append((function, json.loads(event)))
        if event == b'"fail"':
            return Result(b'{"errorMessage":"no","errorType":"ValueError"}', "ValueError")
        if event == b'"throttle"':
            refusal = {
                "errorType": "TooManyRequestsException",
                "errorMessage": "Rate Exceeded.",
                "reason": "ConcurrentInvocationLimitExceeded",
            }
            return Result(json.dumps(refusal).encode(), "TooManyRequestsException", 429)
        return Result(b'"hello"', log_tail="START …\nEND …\n".encode())


@pytest.fixture
def greeter() -> Greeter:
    """The function behind the API."""
    return Greeter()


@pytest.fixture
def roles() -> dict[str, Any]:
    """The policies of each role, to be filled by the test."""
    return {}


@pytest.fixture
def keys(roles: dict[str, Any]) -> KeyRing:
    """The keys that the API knows."""
    return KeyRing(b"secret", "000000000000", roles)


@pytest.fixture
async def client(greeter: Greeter, keys: KeyRing) -> AsyncIterator[Any]:
    """A boto3 client with the operator's keys."""
    api = InvokeApi({"greet": GREET}, greeter, Verifier(keys, Clock()), Clock(600), Entropy())
    sockets = bind("127.0.0.1", 0)
    sockets.edge.close()
    sockets.objects.close()
    async with serving(Starlette(routes=[api.route()]), sockets.aws):
        made = boto3.client(
            "lambda",
            endpoint_url=f"http://127.0.0.1:{port_of(sockets.aws)}",
            region_name="us-east-1",
            aws_access_key_id=keys.operator.access_key_id,
            aws_secret_access_key=keys.operator.secret_access_key,
            config=Config(retries={"total_max_attempts": 1}),
        )
        yield made
        made.close()


@pytest.mark.parametrize("name", ["greet", ARN, f"{ARN}:$LATEST", "greet:$LATEST"])
async def test_a_call_waits_for_the_result(client: Any, greeter: Greeter, name: str) -> None:
    """By name or ARN; payload in, result out, and the version that ran."""
    answer = await asyncio.to_thread(client.invoke, FunctionName=name, Payload=b'{"a": 1}')
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert json.load(answer["Payload"]) == "hello"
    assert "FunctionError" not in answer
    assert greeter.events == [("greet", {"a": 1})]


async def test_a_function_s_error_is_an_answer(client: Any) -> None:
    """200 with the error document and `FunctionError`, as on AWS."""
    answer = await asyncio.to_thread(client.invoke, FunctionName="greet", Payload=b'"fail"')
    assert answer["StatusCode"] == 200
    assert answer["FunctionError"] == "Unhandled"
    assert json.load(answer["Payload"])["errorType"] == "ValueError"


async def test_the_end_of_the_log_comes_with_the_answer(client: Any) -> None:
    """If it is asked for, in base64; else there is none."""
    with_log = await asyncio.to_thread(client.invoke, FunctionName="greet", LogType="Tail")
    assert base64.b64decode(with_log["LogResult"]).decode() == "START …\nEND …\n"
    without = await asyncio.to_thread(client.invoke, FunctionName="greet", LogType="None")
    assert "LogResult" not in without


async def test_other_invocation_types(client: Any, greeter: Greeter) -> None:
    """`Event` is taken and carried out, `DryRun` is not carried out; no payload is `{}`."""
    event = await asyncio.to_thread(client.invoke, FunctionName="greet", InvocationType="Event")
    assert event["StatusCode"] == 202
    dry = await asyncio.to_thread(client.invoke, FunctionName="greet", InvocationType="DryRun")
    assert dry["StatusCode"] == 204
    assert greeter.events == [("greet", {})]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"FunctionName": "nobody"}, "ResourceNotFoundException"),
        ({"FunctionName": "greet", "Qualifier": "7"}, "ResourceNotFoundException"),
        ({"FunctionName": "greet", "Payload": b"{"}, "InvalidRequestContentException"),
        ({"FunctionName": "greet", "Payload": b" " * (6 * 2**20 + 1)}, "RequestTooLargeException"),
        ({"FunctionName": "greet", "InvocationType": "Soon"}, "InvalidParameterValueException"),
        ({"FunctionName": "greet", "LogType": "Head"}, "InvalidParameterValueException"),
    ],
)
async def test_refusals(client: Any, greeter: Greeter, request_: dict[str, Any], code: str) -> None:
    """Each with AWS's error type; nothing is invoked."""
    with pytest.raises(ClientError) as refusal:
        await asyncio.to_thread(lambda: client.invoke(**request_))
    assert refusal.value.response["Error"]["Code"] == code
    assert not greeter.events


@pytest.mark.parametrize(("action", "allowed"), [("lambda:Invoke*", True), ("s3:*", False)])
async def test_a_role_may_call_what_its_policies_allow(
    client: Any, keys: KeyRing, roles: dict[str, Any], action: str, allowed: bool
) -> None:
    """A function whose role does not let it gets AWS's AccessDeniedException."""
    policy = {"Statement": [{"Effect": "Allow", "Action": action, "Resource": ARN}]}
    roles["arn:aws:iam::000000000000:role/caller"] = (policy,)
    role = keys.add_role("arn:aws:iam::000000000000:role/caller", "caller")
    own = boto3.client(
        "lambda",
        endpoint_url=client.meta.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=role.access_key_id,
        aws_secret_access_key=role.secret_access_key,
        aws_session_token=role.session_token,
    )
    if allowed:
        assert (await asyncio.to_thread(own.invoke, FunctionName="greet"))["StatusCode"] == 200
    else:
        with pytest.raises(own.exceptions.ClientError) as caught:
            await asyncio.to_thread(own.invoke, FunctionName="greet")
        assert caught.value.response["Error"] == {
            "Code": "AccessDeniedException",
            "Message": (
                "User: arn:aws:sts::000000000000:assumed-role/caller/caller is not authorized to "
                f"perform: lambda:InvokeFunction on resource: {ARN} because no identity-based "
                "policy allows the lambda:InvokeFunction action"
            ),
        }
    own.close()


async def test_a_throttled_event_is_an_error_of_lambda_s_own(client: Any) -> None:
    """Not the function's error but 429 with the reason, which boto3 turns into its exception."""
    with pytest.raises(client.exceptions.TooManyRequestsException) as raised:
        await asyncio.to_thread(client.invoke, FunctionName="greet", Payload=b'"throttle"')
    answer = raised.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert answer["Reason"] == "ConcurrentInvocationLimitExceeded"
    assert answer["Type"] == "User"


async def test_an_event_that_nobody_waits_for_is_tried_three_times(
    client: Any, greeter: Greeter
) -> None:
    """A function's error is followed by two more attempts, after one and two minutes."""
    await asyncio.to_thread(
        client.invoke, FunctionName="greet", InvocationType="Event", Payload=b'"fail"'
    )
    await until(lambda: len(greeter.events) == 3)
    await asyncio.sleep(0.05)
    assert greeter.events == [("greet", "fail")] * 3


async def test_a_throttled_event_that_nobody_waits_for_stays_in_the_queue(
    client: Any, greeter: Greeter
) -> None:
    """Throttling does not use up the attempts."""
    await asyncio.to_thread(
        client.invoke, FunctionName="greet", InvocationType="Event", Payload=b'"throttle"'
    )
    await until(lambda: len(greeter.events) > 4)


async def test_an_event_that_nobody_waits_for_may_be_one_megabyte(client: Any) -> None:
    """The limit of an asynchronous call is smaller than that of a synchronous one."""
    large = json.dumps("x" * 1024 * 1024).encode()
    answer = await asyncio.to_thread(client.invoke, FunctionName="greet", Payload=large)
    assert answer["StatusCode"] == 200
    with pytest.raises(client.exceptions.RequestTooLargeException):
        await asyncio.to_thread(
            client.invoke, FunctionName="greet", InvocationType="Event", Payload=large
        )
