"""Usage events, which the functions write as lines of their logs (chat/usage.py), as rows.

A line has its pseudonym already. Only events of people whom the export's own key gives the same
pseudonym are taken: so a row can always be put together with the other files, and an export under
another key cannot be joined with one under this by them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import msgspec

from deploy.data import rows
from deploy.data.from_items import time_of
from deploy.data.pseudonyms import Names
from deploy.data.site import Site
from deploy.data.taking_out import Choice


LOGS = ("ConnectLog", "MessageLog", "DisconnectLog")
"""The log groups by logical id."""

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
PATTERN = "{ $.usage = * }"

LATER = timedelta(minutes=15)
"""A line is written after what it tells of, while the function runs: for that long at most
(Lambda quotas)."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it is written; `at` is in milliseconds."""

    usage: Literal["connected", "disconnected", "sent", "read"]
    who: str
    at: int
    seconds: int | None = None
    rid: str | None = None
    length: int | None = None
    files: int | None = None
    n: int | None = None


@dataclass
class UsageEvents:
    """The events of `people`, ids by pseudonym; counts those of others and what is no event."""

    site: Site
    choice: Choice
    names: Names
    """As whom the rows show them."""
    people: Mapping[str, str]
    strangers: int = 0
    damaged: int = 0

    def take(self) -> Iterator[rows.Usage]:
        """What was chosen, function by function in the order of time."""
        for group in groups(self.site):
            for message in self._messages(str(group["logGroupName"])):
                try:
                    line = msgspec.json.decode(message, type=Line)
                except msgspec.DecodeError:
                    self.damaged += 1
                else:
                    yield from self._row(line)

    def _messages(self, group: str) -> Iterator[str]:
        span: dict[str, int] = {}
        if self.choice.since is not None:
            span["startTime"] = int(self.choice.since.timestamp() * 1000)
        if self.choice.until is not None:
            span["endTime"] = int((self.choice.until + LATER).timestamp() * 1000)
        pages = self.site.client("logs").get_paginator("filter_log_events")
        for page in pages.paginate(logGroupName=group, filterPattern=PATTERN, **span):
            for event in page["events"]:
                yield event["message"]

    def _row(self, line: Line) -> Iterator[rows.Usage]:
        at = time_of(line.at)
        in_room = not self.choice.rooms or (line.rid or "") in self.choice.rooms
        if not (in_room and self.choice.time(at)):
            return
        uid = self.people.get(line.who)
        if uid is None:
            self.strangers += 1
        elif self.choice.of(uid):
            yield rows.Usage(
                event=line.usage,
                person=self.names.person(uid),
                at=at,
                seconds=line.seconds,
                room=line.rid,
                characters=line.length,
                files=line.files,
                n=line.n,
            )


def by_pseudonym(uids: Iterable[str], key: bytes | None) -> dict[str, str]:
    """Ids by what people are called under a key; nobody is known without one."""
    return {} if key is None else {Names(key).person(uid): uid for uid in uids}


def groups(site: Site) -> Iterator[dict[str, Any]]:
    """The log groups that have usage events, as DescribeLogGroups tells of them."""
    client = site.client("logs")
    for name in LOGS:
        found = client.describe_log_groups(logGroupNamePrefix=f"{site.stack}-{name}-")
        yield from found["logGroups"]


def kept_for(site: Site) -> str:
    """How long the lines are kept, for people."""
    days = [int(group.get("retentionInDays", 0)) for group in groups(site)]
    return f"{max(days)} days" if days and all(days) else "the retention of their log groups"
