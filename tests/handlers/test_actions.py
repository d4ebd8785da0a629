"""Every action with valid, invalid and unauthorised input.

The room of the table is private: Ada owns it, Bob is a member, Eve is not. `{…}` in a field stands
for what the scene made.
"""

import json
from typing import Any, get_args

import msgspec
import pytest
from chat import ids
from chat.protocol import replies, requests

from tests.handlers.scene import Scene, scene_of, with_files
from tests.handlers.world import EXP, World


pytestmark = pytest.mark.process

TAGS = {request.__struct_config__.tag: request for request in get_args(requests.AnyRequest)}

# By action: who asks, what, and the error, or None.
Row = tuple[str, dict[str, Any], str | None]
ROOM = {"rid": "{rid}"}
MESSAGE = {"rid": "{rid}", "id": "{id}"}
NO_ROOM = {"rid": "{new}"}
IN_ROOM: list[Row] = [
    ("bob", {}, None),
    ("eve", {}, "denied"),
    ("gus", {}, "denied"),
    ("bob", {"rid": "x"}, "invalid"),
    ("bob", {"rid": 5}, "invalid"),
    ("bob", {"rid": None}, "invalid"),
]

TABLE: dict[str, tuple[dict[str, Any], list[Row]]] = {
    "hello": (
        {},
        [("eve", {}, None), ("eve", {"v": 2}, "version"), ("eve", {"v": "1"}, "invalid")],
    ),
    "auth": (
        {"jwt": f"bob:{EXP + 60}"},
        [
            ("bob", {}, None),
            ("eve", {}, "auth"),
            ("bob", {"jwt": "nonsense"}, "auth"),
            ("bob", {"jwt": 5}, "invalid"),
        ],
    ),
    "ping": ({}, [("bob", {}, None), ("bob", {"h": "0"}, None), ("bob", {"h": 0}, "invalid")]),
    "user.set": (
        {"name": "Robert", "status": "at lunch", "counted": False},
        [
            ("bob", {}, None),
            ("new", {}, "notfound"),
            ("bob", {"status": "x" * 101}, "invalid"),
            ("bob", {"counted": "no"}, "invalid"),
        ],
    ),
    "focus": (
        ROOM,
        [("bob", {}, None), ("bob", {"rid": None}, None), ("bob", {"rid": "x"}, "invalid")],
    ),
    "typing": (ROOM, [*IN_ROOM[1:], ("bob", NO_ROOM, "notfound")]),
    "send": (
        {"rid": "{rid}", "msgs": [{"id": "{new}", "body": "hi"}]},
        [
            *IN_ROOM,
            ("bob", NO_ROOM, "notfound"),
            ("bob", {"msgs": []}, "invalid"),
            ("bob", {"msgs": [{"id": "x", "body": "hi"}]}, "invalid"),
            ("bob", {"msgs": [{"id": "{new}", "body": "hi", "ment": [""]}]}, "invalid"),
            ("bob", {"msgs": [{"id": "{new}", "body": "hi"}] * 21}, "invalid"),
            ("bob", {"msgs": [{"id": "{new}", "body": "", "att": ["{unsent}"]}]}, None),
            ("bob", {"msgs": [{"id": "{new}", "body": "", "att": ["../x"]}]}, "invalid"),
            ("bob", {"msgs": [{"id": "{new}", "body": "", "att": ["{file}"] * 9}]}, "invalid"),
        ],
    ),
    "file.upload": (
        ROOM | {"name": "a.png", "size": 1000, "type": "image/png"},
        [
            *IN_ROOM,
            ("bob", {"w": 640, "h": 480, "thumb": {"size": 9, "type": "image/webp"}}, None),
            ("bob", {"sha256": "A" * 43 + "="}, None),
            ("bob", {"name": "", "type": "text/plain"}, "invalid"),
            ("bob", {"name": "x" * 121}, "invalid"),
            ("bob", {"name": "a/.."}, "invalid"),
            ("bob", {"size": 0}, "invalid"),
            ("bob", {"size": 1001}, "toobig"),
            ("bob", {"type": "text/html"}, "invalid"),
            ("bob", {"w": 0}, "invalid"),
            ("bob", {"h": 65536}, "invalid"),
            ("bob", {"sha256": "A"}, "invalid"),
            ("bob", {"thumb": {"size": 65537, "type": "image/png"}}, "invalid"),
            ("bob", {"thumb": {"size": 1, "type": "image/svg+xml"}}, "invalid"),
            ("bob", NO_ROOM, "denied"),
        ],
    ),
    "file.open": (
        ROOM | {"ids": ["{file}"]},
        [
            *IN_ROOM,
            ("bob", {"thumb": True}, None),
            ("bob", {"ids": ["{unsent}"]}, "notfound"),
            ("bob", {"ids": ["{nofile}"]}, "notfound"),
            ("bob", {"rid": "{direct}"}, "notfound"),
            ("bob", {"ids": []}, "invalid"),
            ("bob", {"ids": ["new/x"]}, "invalid"),
            ("bob", {"ids": ["{file}"] * 9}, "invalid"),
        ],
    ),
    "file.list": (
        ROOM,
        [*IN_ROOM, ("bob", {"before": "{file}"}, None), ("bob", {"limit": 101}, "invalid")],
    ),
    "edit": (
        MESSAGE | {"body": "better"},
        [
            ("ada", {}, None),
            ("bob", {}, "denied"),
            *IN_ROOM[1:],
            ("ada", {"id": "{new}"}, "notfound"),
            ("ada", {"body": " "}, "invalid"),
            ("ada", {"body": "x" * 16385}, "toobig"),
            ("ada", NO_ROOM, "notfound"),
        ],
    ),
    "del": (
        MESSAGE,
        [
            ("bob", {}, "denied"),
            ("ada", {"id": "{bobs}"}, None),
            *IN_ROOM[1:],
            ("ada", {"id": "{new}"}, "notfound"),
        ],
    ),
    "react": (
        MESSAGE | {"emoji": "👍", "on": True},
        [
            *IN_ROOM,
            ("bob", {"emoji": ""}, "invalid"),
            ("bob", {"emoji": "a#b"}, "invalid"),
            ("bob", {"emoji": "x" * 17}, "invalid"),
            ("bob", {"on": 1}, "invalid"),
            ("bob", {"id": "{new}"}, "notfound"),
        ],
    ),
    "pin": (MESSAGE | {"on": True}, [*IN_ROOM, ("bob", {"id": "{new}"}, "notfound")]),
    "hist": (
        ROOM,
        [
            *IN_ROOM,
            ("bob", {"around": "{id}"}, None),
            ("bob", {"around": "{new}"}, "notfound"),
            ("bob", {"limit": 101}, "invalid"),
            ("bob", {"before": "x"}, "invalid"),
        ],
    ),
    "thread": (MESSAGE, [*IN_ROOM, ("bob", {"id": "{new}"}, "notfound")]),
    "pins": (ROOM, IN_ROOM),
    "search": (
        ROOM | {"q": "ONE"},
        [
            *IN_ROOM,
            ("bob", {"q": "", "uid": "ada"}, None),
            ("bob", {"since": 0, "until": 1_900_000_000_000}, None),
            ("bob", {"q": " "}, "invalid"),
            ("bob", {"q": "a b c d e f g h i"}, "invalid"),
            ("bob", {"since": -1}, "invalid"),
        ],
    ),
    "sync": (
        ROOM | {"after": ""},
        [*IN_ROOM, ("bob", {"after": "x"}, "invalid"), ("bob", {"limit": 0}, "invalid")],
    ),
    "read": (ROOM | {"n": 1}, [*IN_ROOM, ("bob", {"n": -1}, "invalid")]),
    "room.create": (
        {"rid": "{new}", "name": "new one"},
        [
            ("eve", {}, None),
            ("eve", {"kind": "private"}, None),
            ("eve", {"kind": "direct"}, "invalid"),
            ("eve", {"name": ""}, "invalid"),
            ("eve", {"name": "General"}, "conflict"),
            ("eve", {"rid": "{rid}"}, "conflict"),
            ("eve", {"rid": ids.LOBBY}, "conflict"),
        ],
    ),
    "room.direct": (
        {"rid": "{new}", "uids": ["ada"]},
        [
            ("eve", {}, None),
            ("eve", {"uids": []}, "invalid"),
            ("eve", {"uids": [str(number) for number in range(8)]}, "invalid"),
            ("eve", {"uids": ["nobody"]}, "notfound"),
            ("eve", {"rid": "{rid}"}, "conflict"),
            ("eve", {"rid": ids.LOBBY}, "invalid"),
        ],
    ),
    "room.list": ({}, [("eve", {}, None), ("eve", {"after": 5}, "invalid")]),
    "room.join": (
        ROOM,
        [
            ("eve", {}, "denied"),
            ("gus", {}, "denied"),
            ("bob", {"rid": ids.LOBBY}, None),
            ("eve", NO_ROOM, "notfound"),
            ("eve", {"rid": "x"}, "invalid"),
        ],
    ),
    "room.leave": (
        ROOM,
        [
            ("bob", {}, None),
            ("eve", {}, None),
            ("ada", {}, "conflict"),
            ("bob", {"rid": ""}, "invalid"),
            ("bob", {"rid": ids.LOBBY}, "denied"),
            ("bob", {"rid": "{direct}"}, "denied"),
            ("bob", NO_ROOM, "notfound"),
        ],
    ),
    "room.set": (
        ROOM | {"name": "renamed", "topic": "about", "days": 30, "closed": True},
        [
            ("ada", {}, None),
            ("bob", {}, "denied"),
            *IN_ROOM[1:],
            ("ada", {"name": " "}, "invalid"),
            ("ada", {"topic": "x" * 251}, "invalid"),
            ("ada", {"days": 3651}, "invalid"),
            ("ada", NO_ROOM, "notfound"),
        ],
    ),
    "room.level": (ROOM | {"level": "none"}, [*IN_ROOM, ("bob", {"level": "loud"}, "invalid")]),
    "member.list": (ROOM, IN_ROOM),
    "member.add": (
        ROOM | {"uids": ["eve"]},
        [
            ("ada", {}, None),
            ("bob", {}, "denied"),
            *IN_ROOM[1:],
            ("ada", {"uids": []}, "invalid"),
            ("ada", {"uids": ["nobody"]}, "notfound"),
            ("ada", {"uids": ["gus"]}, "denied"),
            ("ada", {"rid": "{direct}"}, "denied"),
            ("ada", NO_ROOM, "notfound"),
        ],
    ),
    "member.remove": (
        ROOM | {"uid": "bob"},
        [
            ("ada", {}, None),
            ("ada", {"ban": True}, None),
            ("ada", {"uid": "gus"}, None),
            ("bob", {"uid": "ada"}, "denied"),
            ("bob", {}, "invalid"),
            ("eve", {}, "denied"),
            ("ada", {"rid": ids.LOBBY}, "denied"),
            ("ada", NO_ROOM, "notfound"),
        ],
    ),
    "member.role": (
        ROOM | {"uid": "bob", "role": "admin"},
        [
            ("ada", {}, None),
            ("bob", {}, "denied"),
            ("eve", {}, "denied"),
            ("ada", {"uid": "eve"}, "notfound"),
            ("ada", {"uid": "ada"}, "conflict"),
            ("ada", {"role": "left"}, "invalid"),
            ("ada", NO_ROOM, "notfound"),
        ],
    ),
    "admin.ban": (
        {"uid": "bob", "on": True},
        [("root", {}, None), ("ada", {}, "denied"), ("root", {"uid": "root"}, "invalid")],
    ),
    "admin.banned": (
        {},
        [("root", {}, None), ("ada", {}, "denied"), ("root", {"after": ""}, "invalid")],
    ),
    "admin.audit": (
        {"month": "202701"},
        [("root", {}, None), ("ada", {}, "denied"), ("root", {"month": "2027-1"}, "invalid")],
    ),
}


def reply_of(action: str) -> type[replies.Reply]:
    """The shape of an action's reply."""
    shape = replies.OF[TAGS[action]]
    assert shape is not None
    return shape


def test_the_table_is_complete() -> None:
    """Every action has rows that succeed, that are invalid, and that are refused."""
    assert TABLE.keys() == TAGS.keys()
    for action, (_, rows) in TABLE.items():
        errors = {error for _, _, error in rows}
        assert "invalid" in errors, action
        assert None in errors or action == "typing", action


@pytest.mark.parametrize("action", sorted(TABLE))
async def test_what_is_refused_changes_nothing(world: World, action: str) -> None:
    """Each row that is not to succeed is answered with its error and words for people."""
    scene = await with_files(await scene_of(world))
    before = await scene.log()
    fields, rows = TABLE[action]
    for who, changes, error in rows:
        if error is not None:
            reply = await scene.people[who].ask(action, **scene.fill(fields | changes))
            assert (reply["ok"], reply["e"]) == (False, error), (who, changes, reply)
            assert 0 < len(reply["msg"]) <= 200
    assert await scene.log() == before
    await assert_fields_are_checked(scene, action, fields)


async def assert_fields_are_checked(scene: Scene, action: str, fields: dict[str, Any]) -> None:
    """What is needed and lacks is named; what is not known is ignored."""
    ada = scene.people["ada"]
    filled = scene.fill(fields)
    for field in msgspec.structs.fields(TAGS[action]):
        if field.required:
            rest = {key: value for key, value in filled.items() if key != field.encode_name}
            reply = await ada.ask(action, **rest)
            assert reply["e"] == "invalid"
            assert field.encode_name in reply["msg"]
    ada.take()
    await ada.frame(json.dumps({"action": action, "r": "x", **filled, "zzz": {"y": [1]}}))
    assert all(frame.get("e") != "invalid" for frame in ada.take())


@pytest.mark.parametrize("action", sorted(set(TABLE) - {"typing"}))
async def test_what_succeeds_succeeds_again(world: World, action: str) -> None:
    """The reply has the shape that is documented; asked again, nothing changes any more."""
    fields, rows = TABLE[action]
    for who, changes, error in rows:
        if error is None:
            scene = await with_files(await scene_of(world))
            person, filled = scene.people[who], scene.fill(fields | changes)
            reply = await person.ask(action, **filled)
            assert reply["ok"], (who, changes, reply)
            msgspec.convert(reply, reply_of(action))
            settled = await scene.log()
            assert (await person.ask(action, **filled))["ok"], (who, changes)
            assert await scene.log() == settled
