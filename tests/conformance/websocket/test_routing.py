"""Which route a message goes to."""

from dataclasses import replace

import pytest

from emulator.template.model import Route
from tests.conformance.websocket.world import World, frame, ok
from tests.emulator.gateway.apis import route
from tests.fakes import until


pytestmark = pytest.mark.asyncio(loop_scope="session")

ACTION = "$request.body.action"


async def selected(world: World, text: str, *keys: str, expression: str = ACTION) -> str:
    """The route that a message selects among these, as its function reads it."""
    functions = [f"f{number}" for number in range(len(keys))]
    world.invoker.functions |= dict.fromkeys(functions, ok())
    routes = [route(key, function) for key, function in zip(keys, functions, strict=True)]
    world.serve(*routes, expression=expression)
    async with world.connect() as client:
        await client.send(text)
        await until(lambda: bool(world.ran()))
    ((_, event),) = world.invoker.events
    return str(event["requestContext"]["routeKey"])


async def test_038_the_usual_expression(world: World) -> None:
    """The value of `action` is the route's key."""
    assert await selected(world, '{"action":"x"}', "x", "$default") == "x"


async def test_039_in_braces(world: World) -> None:
    """Braces bound a variable and change nothing."""
    assert (
        await selected(
            world, '{"action":"x"}', "x", "$default", expression="${request.body.action}"
        )
        == "x"
    )


async def test_040_two_variables(world: World) -> None:
    """Values and the text between them make the key."""
    expression = "${request.body.service}/${request.body.action}"
    text = '{"service":"chat","action":"join"}'
    keys = ("chat/join", "$default")
    assert await selected(world, text, *keys, expression=expression) == "chat/join"


async def test_041_a_missing_part(world: World) -> None:
    """It is empty text."""
    expression = "${request.body.action}-${request.body.none}"
    keys = ("join-", "$default")
    assert await selected(world, '{"action":"join"}', *keys, expression=expression) == "join-"


async def test_042_a_static_expression(world: World) -> None:
    """Whatever the message says."""
    keys = ("action", "x", "$default")
    assert await selected(world, '{"action":"x"}', *keys, expression="action") == "action"


async def test_043_an_escaped_dollar(world: World) -> None:
    """`\\$default` is that very text."""
    keys = ("$default", "\\$default", "x")
    assert await selected(world, '{"action":"x"}', *keys, expression="\\$default") == "$default"


async def test_044_a_nested_path(world: World) -> None:
    """Several steps down."""
    expression = "$request.body.service.do"
    keys = ("run", "$default")
    assert await selected(world, '{"service":{"do":"run"}}', *keys, expression=expression) == "run"


async def test_045_an_unknown_action(world: World) -> None:
    """`$default` takes it, under its own name."""
    assert await selected(world, '{"action":"other"}', "x", "$default") == "$default"


async def test_046_no_json(world: World) -> None:
    """`$default` gets the text as it is."""
    text = ' {"action":"x"'
    assert await selected(world, text, "x", "$default") == "$default"
    assert (await world.event("f1"))["body"] == text


async def test_047_nothing_matches(world: World) -> None:
    """The frame, nothing run, and the socket still works."""
    world.serve(route("x", "f"), f=ok())
    async with world.connect() as client:
        await client.send('{"to":"y"}')
        assert frame(await client.recv())["message"] == "Forbidden"
        assert world.ran() == []
        await client.send('{"to":"x"}')
        await world.event("f")


async def test_048_case_matters(world: World) -> None:
    """`X` is not `x`."""
    assert await selected(world, '{"action":"X"}', "x", "$default") == "$default"


async def test_049_lifecycle_routes_are_out_of_reach(world: World) -> None:
    """A message cannot run `$connect`."""
    world.serve(route("$connect", "connect"), route("$default", "f"), connect=ok(), f=ok())
    async with world.connect() as client:
        await client.send('{"to":"$connect"}')
        assert (await world.context("f"))["eventType"] == "MESSAGE"
    assert world.ran() == ["connect", "f"]


async def test_050_a_model(world: World) -> None:
    """What the model refuses runs nothing and is told which message it was; the rest runs."""
    schema = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
    guarded = replace(
        route("$default", "default"), model_selection="\\$default", models={"$default": schema}
    )
    world.serve(route("$connect", "connect"), guarded, connect=ok(), default=ok())
    async with world.connect() as client:
        for text in ('{"n":"1"}', "{}", "no JSON"):
            await client.send(text)
            refusal = frame(await client.recv())
            connection = (await world.context("connect"))["connectionId"]
            assert refusal.pop("messageId")
            assert refusal == {"message": "Bad request body", "connectionId": connection}
        assert not world.seen("default")
        await client.send('{"n":1}')
        await world.event("default")


async def test_051_one_integration_for_two_routes(world: World) -> None:
    """Its function sees which route it was."""
    both = route("a", "f").integration
    assert both is not None
    world.serve(*(Route(key, both) for key in ("a", "b")), f=ok())
    async with world.connect() as client:
        for each in ("a", "b"):
            await client.send(f'{{"to":"{each}"}}')
        await until(lambda: len(world.seen("f")) == 2)
    assert {event["requestContext"]["routeKey"] for event in world.seen("f")} == {"a", "b"}
