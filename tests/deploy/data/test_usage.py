"""Usage events in exports: lines of the functions' logs, joined with the other files by person."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.data.pseudonyms import Names
from tests.deploy.data.lab import DIRECT, FIRST, KEY, PRIVATE, Lab, rows
from tests.support.people import LOBBY, new_id


pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]


def exported(lab: Lab, folder: Path, *options: str) -> list[dict[str, Any]]:
    """The usage events of a fresh export."""
    lab.ok("export", str(folder), *options)
    return rows(folder, "usage")


def test_what_people_did_is_joined_with_what_they_said(lab: Lab, tmp_path: Path) -> None:
    """Sockets, messages and read markers, under the pseudonyms of the other files."""
    events = exported(lab, tmp_path / "study")
    assert Counter(event["event"] for event in events) == {
        "connected": 3,
        "disconnected": 3,
        "sent": 35,
        "read": 1,
    }
    said = {
        (row["person"], row["room"], row["sent_at"]) for row in rows(tmp_path / "study", "messages")
    }
    sent = [event for event in events if event["event"] == "sent"]
    assert {(each["person"], each["room"]) for each in sent} == {each[:2] for each in said}
    assert {each["characters"] for each in sent} >= {len("secret 0"), len("see @Ada")}
    bob = Names(bytes.fromhex(KEY)).person(lab.uids["Bob"])
    (read,) = (event for event in events if event["event"] == "read")
    assert (read["person"], read["room"], read["n"]) == (bob, LOBBY, 7)
    assert all(event["seconds"] >= 0 for event in events if event["event"] == "disconnected")


def test_events_are_chosen_as_messages_are(lab: Lab, tmp_path: Path) -> None:
    """By room, which a socket has none of, and by time; or not at all."""
    one = exported(lab, tmp_path / "one", "--room", PRIVATE)
    assert [(each["event"], each["room"]) for each in one] == [("sent", PRIVATE)] * 2
    times = sorted(each["at"] for each in exported(lab, tmp_path / "all"))
    middle = times[20]
    late = exported(lab, tmp_path / "late", "--since", middle)
    early = exported(lab, tmp_path / "early", "--until", middle)
    assert min(each["at"] for each in late) == middle
    assert max(each["at"] for each in early) < middle
    assert len(late) + len(early) == len(times)
    assert exported(lab, tmp_path / "none", "--without-usage") == []


def test_another_key_joins_nothing(lab: Lab, tmp_path: Path) -> None:
    """Pseudonyms of one key stand in no export under another; it is said what was left out."""
    result = lab.ok("export", str(tmp_path / "x"), "--key", str(tmp_path / "other.key"))
    assert rows(tmp_path / "x", "usage") == []
    told = " ".join(result.stderr.split())
    assert "42 usage events are under another key" in told
    assert "--key" in told


def test_names_instead_of_pseudonyms(lab: Lab, tmp_path: Path) -> None:
    """`--names` shows who is who in this file too."""
    people = {each["person"] for each in exported(lab, tmp_path / "open", "--names")}
    assert people == set(lab.uids.values())


def test_one_s_own_events(lab: Lab, tmp_path: Path) -> None:
    """A person gets theirs, told by the lab's key; without it nobody's."""
    lab.ok("person", "export", "Bob", str(tmp_path / "bob"))
    events = rows(tmp_path / "bob", "usage")
    assert {each["person"] for each in events} == {lab.uids["Bob"]}
    assert Counter(each["room"] for each in events if each["event"] == "sent") == {
        LOBBY: 1,
        PRIVATE: 1,
        DIRECT: 1,
    }
    other = tmp_path / "other.key"
    other.write_text("ab" * 32)
    lab.ok("person", "export", "Bob", str(tmp_path / "none"), "--key", str(other))
    assert rows(tmp_path / "none", "usage") == []


def test_lines_that_are_no_events(lab: Lab, tmp_path: Path) -> None:
    """What somebody else wrote into the logs is counted as damaged; an older line, by its own time."""
    logs = lab.server.client("logs")
    (group,) = logs.describe_log_groups(logGroupNamePattern="MessageLog")["logGroups"]
    name = {"logGroupName": group["logGroupName"], "logStreamName": "by hand"}
    logs.create_log_stream(**name)
    at = int((datetime.now(UTC) - timedelta(days=2)).timestamp() * 1000)
    who = Names(bytes.fromhex(KEY)).person(lab.uids["Ada"])
    lines = ['{"usage": "slept"}', f'{{"usage": "connected", "who": "{who}", "at": {at}}}']
    events = [{"timestamp": at, "message": line} for line in lines]
    logs.put_log_events(**name, logEvents=events)
    until = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    try:
        result = lab.ok("export", str(tmp_path / "x"), "--until", until)
    finally:
        logs.delete_log_stream(**name)
    (old,) = rows(tmp_path / "x", "usage")
    assert (old["event"], old["person"]) == ("connected", who)
    assert "1 usage events" in " ".join(result.stderr.split())


def test_who_left_is_told_of_the_logs(lab: Lab, empty_lab: Lab, tmp_path: Path) -> None:
    """An import leaves usage events where they are, a deletion says when they expire."""
    lab.ok("export", str(tmp_path / "all"), "--names")
    result = empty_lab.ok("import", str(tmp_path / "all"))
    assert "42 usage events are left where they are" in " ".join(result.stderr.split())
    assert new_id(FIRST) in {item.get("id") for item in empty_lab.items().values()}
    gone = empty_lab.ok("person", "delete", lab.uids["Eve"], "--yes")
    assert "expire after 365 days" in " ".join(gone.stderr.split())
