"""A lab in which something of every kind was said, and the commands on it."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chat import files, items, search
from chat.attributes import from_wire, to_wire
from click.testing import CliRunner, Result
from msgspec.structs import replace

from deploy.__main__ import main
from tests.support.people import LOBBY, Person, new_id, sign_in, sign_up
from tests.support.server import Server


PAPERS, PRIVATE, DIRECT = (new_id(10**30 + number) for number in range(3))
KEY = "0123456789abcdef" * 4
"""Of exports, and of usage events."""

FIRST = 1000
"""Number of Ada's first message in the lobby."""


class Lab:
    """A server with people on it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.uids: dict[str, str] = {}
        self.tokens: dict[str, str] = {}

    def __call__(self, *words: str, env: Mapping[str, str] | None = None, **more: Any) -> Result:
        """Whatever comes of a command on it."""
        where = () if env else ("--data-dir", str(self.server.data_dir))
        return CliRunner().invoke(main, [*words, *where], env=env, **more)

    def ok(self, *words: str, **more: Any) -> Result:
        """A command that succeeds."""
        result = self(*words, **more)
        assert result.exit_code == 0, result.output
        return result

    def refused(self, *words: str, **more: Any) -> str:
        """Its sentence on standard error, when it fails."""
        result = self(*words, **more)
        assert result.exit_code != 0
        assert isinstance(result.exception, SystemExit), result.exception
        return " ".join(result.stderr.split())

    def people(self, *names: str) -> None:
        """Sign people up and in."""
        for name in names:
            email = f"{name.lower()}@lab.example"
            self.uids[name] = sign_up(self.server, email, name)
            self.tokens[name] = sign_in(self.server, email)["AccessToken"]

    def items(self) -> dict[tuple[str, str], dict[str, Any]]:
        """All that is stored of the chat, by key, read by boto3 alone."""
        pages = self.client().get_paginator("scan").paginate(TableName=self.table())
        plain = [from_wire(raw) for page in pages for raw in page["Items"]]
        return {(str(item["pk"]), str(item["sk"])): item for item in plain}

    def usage(self, event: str) -> int:
        """How often this usage event stands in the logs, read by boto3 alone."""
        logs = self.server.client("logs")
        return sum(
            f'"usage":"{event}"' in line["message"]
            for group in logs.describe_log_groups()["logGroups"]
            for page in logs.get_paginator("filter_log_events").paginate(
                logGroupName=group["logGroupName"]
            )
            for line in page["events"]
        )

    def client(self) -> Any:
        """DynamoDB."""
        return self.server.client("dynamodb")

    def table(self) -> str:
        """The name of the chat's table."""
        (name,) = (each for each in self.client().list_tables()["TableNames"] if "ChatT" in each)
        return str(name)


def talk(lab: Lab) -> None:
    """Rooms of each kind, threads, edits, deletions, mentions, reactions, pins, settings."""
    lab.people("Ada", "Bob", "Eve")
    asyncio.run(_talk(lab))
    _attach(lab, new_id(2001), b"secret!")


async def _talk(lab: Lab) -> None:
    server, token = lab.server, lab.tokens
    async with Person(server, token["Ada"]) as ada, Person(server, token["Bob"]) as bob:
        await ok(ada, "hello", v=1, name="Ada")
        await ok(bob, "hello", v=1, name="Bob")
        async with Person(server, token["Eve"]) as eve:
            await ok(eve, "hello", v=1, name="Eve")
        await ok(ada, "user.set", status="in the lab")
        await ok(ada, "room.create", rid=PAPERS, name="Papers")
        await ok(ada, "room.create", rid=PRIVATE, name="Plans", kind="private")
        await ok(ada, "room.direct", rid=DIRECT, uids=[lab.uids["Bob"]])
        await ok(ada, "member.add", rid=PRIVATE, uids=[lab.uids["Bob"], lab.uids["Eve"]])
        await ok(ada, "member.remove", rid=PRIVATE, uid=lab.uids["Eve"])
        await ok(ada, "room.set", rid=PRIVATE, topic="where to", days=30)
        await say(ada, LOBBY, FIRST, *(f"secret {number}" for number in range(30)))
        await say(ada, PRIVATE, 3000, "for us")
        await say(bob, PRIVATE, 3001, "yes")
        await say(bob, DIRECT, 3002, "hello")
        draft = {"id": new_id(2000), "body": "see @Ada", "ment": [lab.uids["Ada"]]}
        await ok(bob, "send", rid=LOBBY, msgs=[draft | {"th": new_id(FIRST), "q": new_id(FIRST)}])
        await ok(bob, "edit", rid=LOBBY, id=new_id(2000), body="see @Ada, please")
        await ok(ada, "del", rid=LOBBY, id=new_id(FIRST + 5))
        await ok(ada, "pin", rid=LOBBY, id=new_id(2000), on=True)
        await ok(ada, "pin", rid=LOBBY, id=new_id(FIRST + 1), on=True)
        await ok(bob, "react", rid=LOBBY, id=new_id(FIRST), emoji="🎉", on=True)
        for emoji in ("👍", "🎉"):
            await ok(ada, "react", rid=LOBBY, id=new_id(2000), emoji=emoji, on=True)
            await ok(ada, "react", rid=LOBBY, id=new_id(FIRST + 2), emoji=emoji, on=True)
        await ok(ada, "react", rid=LOBBY, id=new_id(2000), emoji="👍", on=False)
        await say(ada, LOBBY, 2001, "the plan")
        await ok(bob, "read", rid=LOBBY, n=7)
        await ok(bob, "room.level", rid=PRIVATE, level="mentions")


def _attach(lab: Lab, message: str, content: bytes) -> None:
    """A file that came with a message, put where the chat keeps it."""
    stored = lab.items()
    (plain,) = (item for item in stored.values() if item.get("id") == message)
    file = items.File(
        pk=plain["pk"],
        sk=items.FILE + plain["sk"][len(items.MESSAGE) :],
        site="A",
        uid=plain["uid"],
        name="plan.png",
        size=len(content),
        type="image/png",
        exp=plain["exp"],
        id=message,
    )
    sent = replace(items.load(items.Message, plain), att=[files.shown(file)])
    for item in (items.dump(file), items.dump(sent), search.index(sent).target):
        lab.client().put_item(TableName=lab.table(), Item=to_wire(item))
    (key,) = files.keys_of(sent)
    bucket = lab.server.urls["buckets"]["AttachmentBucket"]
    store = lab.server.client("s3", endpoint_url=lab.server.urls["objects"])
    store.put_object(Bucket=bucket, Key=key, Body=content)


async def ok(person: Person, action: str, **fields: Any) -> dict[str, Any]:
    """A request that is granted, at the latest when it is asked again as a client would."""
    reply = await person.call(action, **fields)
    for _ in range(20):
        if reply.get("e") == "busy":
            await asyncio.sleep(reply["after"] / 1000)
            reply = await person.call(action, **fields)
    assert reply["ok"], reply
    return reply


async def say(person: Person, rid: str, first: int, *bodies: str) -> None:
    """New messages with ids from `first` on."""
    drafts = [{"id": new_id(first + n), "body": body} for n, body in enumerate(bodies)]
    for start in range(0, len(drafts), 20):
        await ok(person, "send", rid=rid, msgs=drafts[start : start + 20])


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """The lines of an export's file."""
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]
