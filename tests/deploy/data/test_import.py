"""`labchat import`: what an export holds is there again; what is wrong in it is named by line."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chat.attributes import value_to_wire

from deploy.commands.import_ import items_of
from deploy.data.files import read_manifest
from tests.deploy.data.lab import FIRST, PRIVATE, Lab, rows
from tests.support.people import LOBBY, Person, new_id


pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

KEPT_HERE = ("AUDIT#", "SYS", "QUARANTINE")
"""Partitions that are no part of an export."""


def exported(lab: Lab, folder: Path, *options: str) -> Path:
    """A fresh export."""
    lab.ok("export", str(folder), *options)
    return folder


def items_in(folder: Path) -> list[dict[str, Any]]:
    """What would be stored of an export in which nothing is wrong."""
    refused: list[str] = []
    found = list(items_of(folder, read_manifest(folder), refused))
    assert refused == []
    return found


async def test_everything_is_there_again(lab: Lab, empty_lab: Lab, tmp_path: Path) -> None:
    """Item by item as boto3 reads it, after an interruption too; and the chat goes on with it."""
    folder = exported(lab, tmp_path / "all", "--names")
    empty_lab.client().put_item(
        TableName=empty_lab.table(),
        Item={name: value_to_wire(value) for name, value in items_in(folder)[7].items()},
    )
    assert "--continue" in empty_lab.refused("import", str(folder))
    empty_lab.ok("import", str(folder), "--continue")
    before = {key: item for key, item in lab.items().items() if not key[0].startswith(KEPT_HERE)}
    assert empty_lab.items() == before

    await asyncio.to_thread(empty_lab.people, "New")
    async with Person(empty_lab.server, empty_lab.tokens["New"]) as new:
        assert (await new.call("hello", v=1, name="New"))["ok"]
        found = await new.call("search", rid=LOBBY, q="please")
        assert [item["id"] for item in found["items"]] == [new_id(2000)]
        reply = await new.say("and on", ids=[new_id(9000)])
        assert reply["msgs"][0]["n"] == 33


def test_parquet_is_read_as_json_lines_are(lab: Lab, tmp_path: Path) -> None:
    """The same items come of both."""
    pytest.importorskip("pyarrow")
    lines = exported(lab, tmp_path / "lines", "--names")
    columns = exported(lab, tmp_path / "columns", "--names", "--format", "parquet")
    assert items_in(lines) == items_in(columns)


def test_pseudonyms_can_be_imported_too(lab: Lab, tmp_path: Path) -> None:
    """A lab of nobodies, to look at, with as much in it."""
    nobodies = items_in(exported(lab, tmp_path / "study"))
    assert len(nobodies) == len(items_in(exported(lab, tmp_path / "all", "--names")))
    assert not any(uid in str(nobodies) for uid in lab.uids.values())


def test_a_lab_in_use_is_left_alone(lab: Lab, tmp_path: Path) -> None:
    """What is there could be written over."""
    folder = exported(lab, tmp_path / "study")
    before = lab.items()
    assert "new data directory" in lab.refused("import", str(folder))
    assert lab.items() == before


def edited(folder: Path, name: str, number: int, edit: Callable[[dict[str, Any]], Any]) -> None:
    """Change one line of a file, counted from 1."""
    lines = rows(folder, name)
    changed = edit(lines[number - 1])
    texts = [json.dumps(line) for line in lines]
    texts[number - 1] = changed if isinstance(changed, str) else json.dumps(changed)
    (folder / f"{name}.jsonl").write_text("".join(f"{text}\n" for text in texts))


@pytest.mark.parametrize(
    ("name", "edit", "why"),
    [
        ("messages", lambda row: '{"room": "half', "malformed"),
        ("messages", lambda row: row | {"person": 7}, "`$.person`"),
        ("messages", lambda row: row | {"room": "1" * 26}, "there is no room"),
        ("messages", lambda row: row | {"more": 1}, "unknown field `more`"),
        ("messages", lambda row: row | {"text": None, "deleted_rev": None}, "--without-text"),
        ("messages", lambda row: row | {"text": "x" * 17_000}, "`$.body`"),
        ("messages", lambda row: row | {"sent_at": "yesterday"}, "`$.sent_at`"),
        ("members", lambda row: row | {"role": "king"}, "`$.role`"),
        ("rooms", lambda row: {**row, "head": "now"}, "`$.head`"),
        ("reactions", lambda row: row | {"emoji": "two words"}, "`$.emoji`"),
        ("people", lambda row: row | {"name": ""}, "`$.name`"),
    ],
)
def test_what_is_refused_is_named_by_line(
    lab: Lab, tmp_path: Path, name: str, edit: Callable[[dict[str, Any]], Any], why: str
) -> None:
    """Nothing is stored, or looked for: the file is wrong, whatever lab it is for."""
    folder = exported(lab, tmp_path / "all", "--names")
    edited(folder, name, 2, edit)
    told = lab.refused("import", str(folder))
    assert f"{name}.jsonl:2: " in told
    assert why in told
    assert "nothing was stored" in told


def test_the_rest_is_imported_when_asked_for(lab: Lab, empty_lab: Lab, tmp_path: Path) -> None:
    """A row that is there twice, and a file that was cut off: named, and left out."""
    folder = exported(lab, tmp_path / "all", "--names")
    messages = folder / "messages.jsonl"
    lines = messages.read_text().splitlines(keepends=True)
    messages.write_text("".join([lines[0], lines[0], *lines[2:-1]]))
    told = empty_lab.refused("import", str(folder))
    assert "messages.jsonl:2: an earlier row stands in the same place" in told
    assert "messages.jsonl: 34 rows, where manifest.json says 35" in told
    assert empty_lab.items() == {}
    empty_lab.ok("import", str(folder), "--skip-refused")
    stored = [key for key in empty_lab.items() if key[1].startswith("M#")]
    assert len(stored) == 33


def test_a_folder_that_is_no_export(lab: Lab, tmp_path: Path) -> None:
    """It is said what one is, or that it is of another version."""
    assert "labchat export" in lab.refused("import", str(tmp_path))
    folder = exported(lab, tmp_path / "all")
    manifest = json.loads((folder / "manifest.json").read_text()) | {"labchat_export": 2}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert "Export again" in lab.refused("import", str(folder))


def test_a_part_of_a_lab_can_be_imported(lab: Lab, tmp_path: Path) -> None:
    """The log's state is never behind what is in it."""
    items = items_in(exported(lab, tmp_path / "part", "--names", "--room", PRIVATE))
    (meta,) = (item for item in items if item["sk"] == "META")
    assert meta["head"] == max(item["rev"] for item in items if "rev" in item)
    assert (meta["n"], meta["days"]) == (2, 30)
    assert not [item for item in items if new_id(FIRST) in item["sk"]]
