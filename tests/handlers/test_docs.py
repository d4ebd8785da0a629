"""docs/protocol.md says what the types say."""

import json
from typing import Any, get_args

import jsonschema
import pytest
from chat.errors import Code
from chat.protocol import requests

from tests.handlers.scene import scene_of
from tests.handlers.test_actions import TABLE
from tests.handlers.world import World
from tests.support.protocol_docs import PAGE, SCHEMA, page, schema


STALE = "it is stale: run `make docs`"


def test_the_page_is_made_from_the_types() -> None:
    """Its tables are those that the types make now."""
    assert PAGE.read_text() == page(PAGE.read_text()), STALE


def test_the_schema_is_made_from_the_types() -> None:
    """One for each request, reply, push and entry; each of them is a JSON Schema."""
    assert SCHEMA.read_text() == schema(), STALE
    document = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(document)
    actions = {str(request.__struct_config__.tag) for request in get_args(requests.AnyRequest)}
    assert {f"request:{action}" for action in actions} <= document["properties"].keys()


def test_every_error_is_explained() -> None:
    """Each code has its row in the table of replies."""
    text = PAGE.read_text()
    assert [code for code in get_args(Code) if f"| `{code}` |" not in text] == []


def valid(name: str, frame: Any) -> bool:
    """Whether the frame is what the published schema says of it."""
    document = json.loads(SCHEMA.read_text())
    shape = {"$defs": document["$defs"], **document["properties"][name]}
    return bool(jsonschema.Draft202012Validator(shape).is_valid(frame))


@pytest.mark.process
async def test_requests_replies_and_pushes_are_as_published(world: World) -> None:
    """Whoever writes a client by the schema understands all that is said; bad input is told apart."""
    scene = await scene_of(world)
    ada, bob = scene.people["ada"], scene.people["bob"]
    for action in ("hello", "ping", "send", "react", "pin", "edit", "hist", "sync", "member.list"):
        filled = scene.fill(TABLE[action][0])
        assert valid(f"request:{action}", {"action": action, "r": "1", **filled}), action
        assert valid(f"reply:{action}", await ada.ask(action, **filled)), action
    pushes = bob.take(presence=True)
    assert {push["t"] for push in pushes} >= {"log"}
    assert all(valid(f"push:{push['t']}", push) for push in pushes)
    assert valid("reply:failure", await bob.ask("edit", **scene.fill(TABLE["edit"][0])))
    assert not valid("request:send", {"action": "send", "rid": "x", "msgs": []})
    assert not valid("reply:hist", {"r": "1", "ok": True, "items": [{"k": "message"}], "more": 1})
