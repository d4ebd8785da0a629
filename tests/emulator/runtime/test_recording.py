"""An event of each kind is kept for later, and no secret with it."""

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.errors import UsageError
from emulator.runtime.recording import Recorder, identity_names, kind
from emulator.runtime.redaction import PLACEHOLDER, without_secrets
from emulator.template.model import Authorizer, Function, Route, Stack, WebSocketApi
from tests.fakes import FakeInvoker


JWT = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"


def stack() -> Stack:
    """One function, whose authorizer judges by a parameter of an innocent name."""
    function = Function("OnMessage", "local-OnMessage-X", "arn", "m.h", "python3.13", Path())
    authorizer = Authorizer(function.name, ("route.request.querystring.Ticket",))
    routes = {"$connect": Route("$connect", None, authorizer), "other": Route("other", None)}
    api = WebSocketApi("Api", "id", "name", "us-east-1", "0", "$request.body.x", routes, {})
    functions = {function.name: function}
    return Stack("s", "us-east-1", "0", functions, (api,), (), (), (), (), {})


def message(route: str, body: str = "") -> dict[str, Any]:
    return {"requestContext": {"eventType": "MESSAGE", "routeKey": route}, "body": body}


async def send(recorder: Recorder, event: Any, function: str = "local-OnMessage-X") -> None:
    result = await recorder.invoke(function, json.dumps(event).encode())
    assert result.document() == "answer"


def recorder(folder: Path) -> tuple[Recorder, FakeInvoker]:
    invoker = FakeInvoker(**{"local-OnMessage-X": lambda _: "answer", "gone": lambda _: "answer"})
    return Recorder(invoker, folder, stack()), invoker


async def test_the_newest_event_of_each_kind_is_kept(tmp_path: Path) -> None:
    """A file for each function and kind; the function gets every event as it came."""
    folder = tmp_path / "new" / "folder"
    made, invoker = recorder(folder)
    events = [
        message("send", "old"),
        message("$default", f"Bearer {JWT}"),
        {"type": "REQUEST", "methodArn": "arn"},
        message("send", "new"),
    ]
    for event in events:
        await send(made, event)
    await send(made, {}, "gone")
    assert [event for _, event in invoker.events] == [*events, {}]
    assert sorted(file.name for file in folder.iterdir()) == [
        "OnMessage-MESSAGE-default.json",
        "OnMessage-MESSAGE-send.json",
        "OnMessage-REQUEST.json",
        "gone-event.json",
    ]
    kept = folder / "OnMessage-MESSAGE-send.json"
    assert json.loads(kept.read_text()) == message("send", "new")
    assert kept.stat().st_mode & 0o077 == folder.stat().st_mode & 0o077 == 0
    assert JWT not in (folder / "OnMessage-MESSAGE-default.json").read_text()


async def test_what_cannot_be_kept_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The function gets its event all the same; a folder that cannot be made ends the start."""
    made, _ = recorder(tmp_path / "folder")
    (tmp_path / "folder").rmdir()
    await send(made, {})
    assert "OnMessage cannot be recorded" in caplog.text
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="--record"):
        recorder(tmp_path / "file")


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ({"requestContext": {"eventType": "CONNECT", "routeKey": "$connect"}}, "CONNECT"),
        ({"requestContext": {"eventType": "DISCONNECT"}}, "DISCONNECT"),
        (message("../../etc/x y"), "MESSAGE-.._.._etc_x_y"),
        (message("a" * 500), "MESSAGE-" + "a" * 92),
        ({"triggerSource": "PreSignUp_SignUp"}, "PreSignUp_SignUp"),
        ({"requestContext": None}, "event"),
        ([], "event"),
        (None, "event"),
    ],
)
def test_kinds(event: Any, name: str) -> None:
    """What a file's name says of the event; no event chooses another folder."""
    assert kind(event) == name


def test_what_the_authorizers_judge_by() -> None:
    """The names of headers and parameters in the stack's identity sources."""
    assert identity_names(stack()) == {"ticket"}


@pytest.mark.parametrize(
    ("event", "clean"),
    [
        ({"headers": {"Authorization": "x"}}, {"headers": {"Authorization": PLACEHOLDER}}),
        (
            {"multiValueHeaders": {"Cookie": ["x"]}},
            {"multiValueHeaders": {"Cookie": [PLACEHOLDER]}},
        ),
        ({"Sec-WebSocket-Protocol": "v1, x"}, {"Sec-WebSocket-Protocol": PLACEHOLDER}),
        (
            {"accessToken": {"a": "x", "n": 1}},
            {"accessToken": {"a": PLACEHOLDER, "n": PLACEHOLDER}},
        ),
        ({"Ticket": "x"}, {"Ticket": PLACEHOLDER}),
        ({"a": f"before {JWT} after"}, {"a": f"before {PLACEHOLDER} after"}),
        ({"a": "Bearer x"}, {"a": f"Bearer {PLACEHOLDER}"}),
        ({"body": '{"password": "x"}'}, {"body": f'{{"password": "{PLACEHOLDER}"}}'}),
        # What gives nobody access stays as it is, to the last space.
        ({"body": '{"a":  1}'}, {"body": '{"a":  1}'}),
        ({"body": "{no json"}, {"body": "{no json"}),
        (
            {"authorization": None, "a": [1, True, None]},
            {"authorization": None, "a": [1, True, None]},
        ),
    ],
)
def test_secrets(event: Any, clean: Any) -> None:
    """By name, by what the text looks like, and within JSON in texts."""
    assert without_secrets(event, {"ticket"}) == clean
