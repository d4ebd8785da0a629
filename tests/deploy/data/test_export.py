"""`labchat export`: what is in it, and what is not."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest

from deploy.data.files import read
from deploy.data.rows import FILES, Manifest
from tests.deploy.data.lab import FIRST, PAPERS, PRIVATE, Lab, rows
from tests.support.data_docs import PAGE, page
from tests.support.people import LOBBY, new_id
from tests.support.server import Server


pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]


def all_bytes(folder: Path) -> bytes:
    """Whatever stands in an export."""
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def test_the_page_is_made_from_the_types() -> None:
    """docs/data.md has the columns that the files have."""
    assert PAGE.read_text() == page(PAGE.read_text()), "it is stale: run `make docs`"


def test_all_that_was_said_is_in_it(lab: Lab, tmp_path: Path) -> None:
    """As it is now: edits, deletions, threads, reactions taken back."""
    folder = tmp_path / "study"
    assert lab.ok("export", str(folder), "--names").stdout.strip() == str(folder)
    assert {row["name"] for row in rows(folder, "people")} == {"Ada", "Bob", "Eve"}
    assert {(row["name"], row["kind"]) for row in rows(folder, "rooms")} == {
        ("general", "public"),
        ("Papers", "public"),
        ("Plans", "private"),
        ("", "direct"),
    }
    messages = {row["id"]: row for row in rows(folder, "messages")}
    assert len(messages) == 35
    answer = messages[new_id(2000)]
    assert answer["text"] == "see @Ada, please"
    assert answer["characters"] == len(answer["text"])
    assert answer["sent_at"] < answer["edited_at"]
    assert (answer["thread"], answer["quotes"]) == (new_id(FIRST), new_id(FIRST))
    assert answer["mentions"] == [lab.uids["Ada"]]
    assert messages[new_id(FIRST)]["replies"] == 1
    gone = messages[new_id(FIRST + 5)]
    assert (gone["text"], bool(gone["deleted_at"])) == (None, True)
    (file,) = rows(folder, "attachments")
    assert (file["name"], file["bytes"], file["message"]) == ("plan.png", 7, new_id(2001))
    taken_back = [row["on"] for row in rows(folder, "reactions") if row["emoji"] == "👍"]
    assert sorted(taken_back) == [False, True]
    left = {(row["room"], row["person"]): row["role"] for row in rows(folder, "members")}
    assert left[PRIVATE, lab.uids["Eve"]] == "left"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["rows"] == {name: len(rows(folder, name)) for name in FILES}


def test_nobody_can_be_told_by_a_pseudonymous_export(lab: Lab, tmp_path: Path) -> None:
    """No id, no name, no address of anybody stands in any file, not even in a text."""
    folder = tmp_path / "study"
    lab.ok("export", str(folder))
    text = all_bytes(folder).decode()
    for name, uid in lab.uids.items():
        assert uid not in text
        assert name not in text
        assert name.lower() + "@" not in text
    (answer,) = (row for row in rows(folder, "messages") if row["id"] == new_id(2000))
    assert answer["text"] == f"see @{answer['mentions'][0]}, please"


def test_pseudonyms_are_stable_by_key(lab: Lab, tmp_path: Path) -> None:
    """The lab's own key joins two exports; another key makes one that joins none."""

    def authors(folder: Path) -> dict[str, str]:
        return {row["id"]: row["person"] for row in rows(folder, "messages")}

    for name, options in {"a": [], "b": [], "c": ["--key", str(tmp_path / "other.key")]}.items():
        lab.ok("export", str(tmp_path / name), *options)
    assert authors(tmp_path / "a") == authors(tmp_path / "b")
    assert len(set(authors(tmp_path / "a").values())) == 2
    assert not set(authors(tmp_path / "a").values()) & set(authors(tmp_path / "c").values())
    key = lab.server.data_dir / "export.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700


def test_texts_can_stay_in_the_lab(lab: Lab, tmp_path: Path) -> None:
    """Lengths are there, words are not."""
    lab.ok("export", str(tmp_path / "counts"), "--without-text")
    assert b"secret" not in all_bytes(tmp_path / "counts")
    lengths = {row["characters"] for row in rows(tmp_path / "counts", "messages")}
    assert len("secret 10") in lengths


def test_parquet_holds_the_same_rows(lab: Lab, tmp_path: Path) -> None:
    """Every row of every file, with types of its own."""
    arrow = pytest.importorskip("pyarrow.parquet")
    for format_ in ("jsonl", "parquet"):
        lab.ok("export", str(tmp_path / format_), "--format", format_)
    for name in FILES:
        lines, columns = (
            [row for _, row in read(tmp_path / format_, name, format_)]
            for format_ in ("jsonl", "parquet")
        )
        assert lines == columns
        assert lines
    schema = arrow.read_schema(tmp_path / "parquet" / "messages.parquet")
    assert str(schema.field("sent_at").type) == "timestamp[ms, tz=UTC]"
    assert str(schema.field("mentions").type) == "list<element: string>"


def test_one_room(lab: Lab, tmp_path: Path) -> None:
    """By name or id: its messages, its reactions, and the people in it."""
    lab.ok("export", str(tmp_path / "one"), "--names", "--room", "papers", "--room", PRIVATE)
    folder = tmp_path / "one"
    assert {row["room"] for row in rows(folder, "rooms")} == {PAPERS, PRIVATE}
    assert {row["text"] for row in rows(folder, "messages")} == {"for us", "yes"}
    assert rows(folder, "reactions") == []
    assert {row["name"] for row in rows(folder, "people")} == {"Ada", "Bob", "Eve"}
    lab.ok("export", str(tmp_path / "two"), "--names", "--room", PAPERS)
    assert {row["name"] for row in rows(tmp_path / "two", "people")} == {"Ada"}


def test_a_span_of_time(lab: Lab, tmp_path: Path) -> None:
    """From a moment on, before another; the moment itself belongs to what follows it."""
    lab.ok("export", str(tmp_path / "all"))
    times = sorted(row["sent_at"] for row in rows(tmp_path / "all", "messages"))
    middle = times[15]
    lab.ok("export", str(tmp_path / "late"), "--since", middle)
    lab.ok("export", str(tmp_path / "early"), "--until", middle)
    late, early = (rows(tmp_path / name, "messages") for name in ("late", "early"))
    assert min(row["sent_at"] for row in late) == middle
    assert max(row["sent_at"] for row in early) < middle
    assert len(late) + len(early) == len(times)
    lab.ok("export", str(tmp_path / "none"), "--until", "2020-01-01")
    assert rows(tmp_path / "none", "messages") == []


def test_from_aws(lab: Lab, tmp_path: Path) -> None:
    """The usual credentials, and AWS_ENDPOINT_URL, which leads here to the emulator."""
    env = aws_environment(lab.server)
    options = ["--source", "aws", "--key", str(tmp_path / "key")]
    lab.ok("export", str(tmp_path / "aws"), *options, env=env)
    assert len(rows(tmp_path / "aws", "messages")) == 35
    told = lab.refused("export", str(tmp_path / "x"), *options, "--stack", "other", env=env)
    assert "--stack" in told
    wrong = env | {"AWS_SECRET_ACCESS_KEY": "wrong"}
    told = lab.refused("export", str(tmp_path / "x"), *options, env=wrong)
    assert "aws sts get-caller-identity" in told
    assert not (tmp_path / "x").exists()


def aws_environment(server: Server) -> dict[str, str]:
    """What `labchat env` prints, and nothing of the machine's own."""
    lines = Path(server.urls["credentials"]).read_text().splitlines()
    found = dict(line.split(" = ") for line in lines if " = " in line)
    return {
        "AWS_ACCESS_KEY_ID": found["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": found["aws_secret_access_key"],
        "AWS_REGION": found["region"],
        "AWS_DEFAULT_REGION": found["region"],
        "AWS_ENDPOINT_URL": server.urls["aws"],
        "AWS_CONFIG_FILE": os.devnull,
    }


def test_damaged_items_are_named_and_left_out(lab: Lab, tmp_path: Path) -> None:
    """On standard error by key; the export itself says how many, and names nobody."""
    key = {"pk": {"S": f"R#{LOBBY}"}, "sk": {"S": f"U#{lab.uids['Eve']}.x"}}
    lab.client().put_item(TableName=lab.table(), Item=key | {"rev": {"S": "secret"}})
    try:
        result = lab.ok("export", str(tmp_path / "study"))
    finally:
        lab.client().delete_item(TableName=lab.table(), Key=key)
    assert f"damaged, left out: R#{LOBBY} U#{lab.uids['Eve']}.x" in "".join(
        result.stderr.splitlines()
    )
    assert "secret" not in result.stderr
    manifest = msgspec.json.decode(
        (tmp_path / "study" / "manifest.json").read_bytes(), type=Manifest
    )
    assert manifest.damaged == 1
    assert lab.uids["Eve"].encode() not in all_bytes(tmp_path / "study")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--room", "nowhere"], "give one of general, papers, or the id of a room"),
        (["--since", "yesterday"], "write 2026-11-22"),
        (["--stack", "other"], "name its stack with --stack"),
        (["--key", "/proc/self/status"], "holds no key"),
        (["--key", "/proc/none/key"], "with --key"),
    ],
)
def test_what_cannot_be_done_ends_in_the_next_step(
    lab: Lab, tmp_path: Path, words: list[str], told: str
) -> None:
    """One sentence, and no folder."""
    assert told in lab.refused("export", str(tmp_path / "x"), *words)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(lab: Lab, tmp_path: Path) -> None:
    """A folder with something in it stays as it is."""
    (tmp_path / "mine").write_text("mine")
    assert "name a new folder" in lab.refused("export", str(tmp_path))
    assert (tmp_path / "mine").read_text() == "mine"


def test_where_no_emulator_runs(tmp_path: Path) -> None:
    """The way out is named, AWS among them."""
    away: Any = Lab(Server(tmp_path / "away"))
    told = away.refused("export", str(tmp_path / "x"))
    assert "labchat up" in told
    assert "--source aws" in told
