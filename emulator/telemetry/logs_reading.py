"""The operations of CloudWatch Logs that read.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from emulator.telemetry import log_store
from emulator.telemetry.filter_pattern import Matches, compile_pattern
from emulator.telemetry.json_pattern import PatternError
from emulator.telemetry.log_store import Event, Group, Position, Query, Stream
from emulator.telemetry.logs_call import Call, InvalidParameterError


PAGE_EVENTS = 10_000
PAGE_BYTES = 1024 * 1024
"""What a page of events holds at most, as on AWS."""

PAGE_SCAN = 20_000
"""Events that FilterLogEvents looks at for one page; its token says where to go on."""

T = TypeVar("T")


def describe_log_groups(call: Call) -> dict[str, Any]:
    """DescribeLogGroups: by prefix, or by a part of the name in whatever case."""
    prefix = call.arguments.optional_text("logGroupNamePrefix")
    part = call.arguments.optional_text("logGroupNamePattern").lower()
    if prefix and part:
        raise InvalidParameterError("Give logGroupNamePrefix or logGroupNamePattern, not both")
    found = [
        group
        for group in log_store.groups(call.db)
        if group.name.startswith(prefix) and part in group.name.lower()
    ]
    page, token = _page(call, found, lambda group: group.name)
    return {"logGroups": [_group(call, group) for group in page], **token}


def describe_log_streams(call: Call) -> dict[str, Any]:
    """DescribeLogStreams: by name or by the time of the last event."""
    group = call.group()
    order = call.arguments.optional_text("orderBy", "LogStreamName")
    prefix = call.arguments.optional_text("logStreamNamePrefix")
    if order not in {"LogStreamName", "LastEventTime"}:
        raise InvalidParameterError("orderBy must be LogStreamName or LastEventTime")
    if prefix and order == "LastEventTime":
        raise InvalidParameterError("Cannot order by LastEventTime with a logStreamNamePrefix.")
    found = [
        stream for stream in log_store.streams(call.db, group) if stream.name.startswith(prefix)
    ]
    if order == "LastEventTime":
        found.sort(key=lambda stream: (stream.last_event or 0, stream.name))
    if call.arguments.flag("descending"):
        found.reverse()
    page, token = _page(call, found, lambda stream: stream.name)
    return {"logStreams": [_stream(call, group, stream) for stream in page], **token}


def get_log_events(call: Call) -> dict[str, Any]:
    """GetLogEvents: one stream, page by page in either direction.

    At the end the token that was given comes back.
    """
    group = call.group()
    stream = call.stream(group, call.arguments.text("logStreamName"))
    limit = call.limit(PAGE_EVENTS)
    after, before = call.span(end_included=False)
    backward = not call.arguments.flag("startFromHead")
    edge = after
    if token := call.arguments.optional_text("nextToken"):
        match = re.fullmatch(r"([fb])/(\d{56})/s", token)
        if match is None:
            raise InvalidParameterError("The specified nextToken is invalid.")
        edge, backward = _position(match[2]), match[1] == "b"
        after, before = (after, min(before, edge)) if backward else (max(after, edge), before)
    rows = log_store.events(call.db, Query(group, [stream], after, before, backward))
    found, _ = _collect(rows, limit, lambda message: True)
    if backward:
        found.reverse()
    first, last = (found[0].position, found[-1].position) if found else (edge, edge)
    return {
        "events": [
            {
                "timestamp": event.timestamp,
                "message": event.message,
                "ingestionTime": event.ingested,
            }
            for event in found
        ],
        "nextForwardToken": f"f/{_digits(last)}/s",
        "nextBackwardToken": f"b/{_digits(first)}/s",
    }


def filter_log_events(call: Call) -> dict[str, Any]:
    """FilterLogEvents: a group's events in the order of time, those that match a pattern."""
    group = call.group()
    limit = call.limit(PAGE_EVENTS)
    after, before = call.span(end_included=True)
    try:
        matches = compile_pattern(call.arguments.optional_text("filterPattern"))
    except PatternError as error:
        raise InvalidParameterError(str(error)) from None
    if token := call.arguments.optional_text("nextToken"):
        if not re.fullmatch(r"\d{56}", token):
            raise InvalidParameterError("The specified nextToken is invalid.")
        after = max(after, _position(token))
    query = Query(group, _wanted_streams(call, group), after, before)
    found, stopped = _collect(log_store.events(call.db, query), limit, matches)
    document: dict[str, Any] = {
        "events": [
            {
                "logStreamName": event.stream,
                "timestamp": event.timestamp,
                "message": event.message,
                "ingestionTime": event.ingested,
                "eventId": _digits(event.position),
            }
            for event in found
        ],
        "searchedLogStreams": [],
    }
    return {**document, "nextToken": _digits(stopped)} if stopped else document


def _wanted_streams(call: Call, group: Group) -> list[int] | None:
    names = call.arguments.texts("logStreamNames")
    prefix = call.arguments.optional_text("logStreamNamePrefix")
    if names and prefix:
        raise InvalidParameterError("Give logStreamNames or logStreamNamePrefix, not both")
    if len(names) > 100:
        raise InvalidParameterError("There may be at most 100 logStreamNames")
    if prefix:
        streams = log_store.streams(call.db, group)
        names = [stream.name for stream in streams if stream.name.startswith(prefix)]
        return [call.stream(group, name) for name in names]
    return [call.stream(group, name) for name in names] or None


def _collect(
    rows: Iterable[Event], limit: int, matches: Matches
) -> tuple[list[Event], Position | None]:
    """One page of what matches, and where it stopped if there is more to look at."""
    found: list[Event] = []
    size = 0
    position = None
    for number, event in enumerate(rows):
        full = len(found) == limit or (found and size + len(event.message) > PAGE_BYTES)
        if full or number == PAGE_SCAN:
            return found, position
        position = event.position
        if matches(event.message):
            found.append(event)
            size += len(event.message)
    return found, None


def _page(
    call: Call, items: Sequence[T], name: Callable[[T], str]
) -> tuple[Sequence[T], dict[str, str]]:
    """A page of at most 50, and its token: the name of the last one on it."""
    limit = call.limit(50)
    start = 0
    if token := call.arguments.optional_text("nextToken"):
        names = [name(item) for item in items]
        if token not in names:
            raise InvalidParameterError("The specified nextToken is invalid.")
        start = names.index(token) + 1
    page = items[start : start + limit]
    more = start + limit < len(items)
    return page, {"nextToken": name(page[-1])} if more else {}


def _group(call: Call, group: Group) -> dict[str, Any]:
    arn = f"{call.arn_prefix}{group.name}"
    return {
        "logGroupName": group.name,
        "creationTime": group.created,
        **({} if group.retention is None else {"retentionInDays": group.retention}),
        "metricFilterCount": 0,
        "arn": f"{arn}:*",
        "storedBytes": group.stored,
        "logGroupClass": "STANDARD",
        "logGroupArn": arn,
    }


def _stream(call: Call, group: Group, stream: Stream) -> dict[str, Any]:
    times = {
        "firstEventTimestamp": stream.first_event,
        "lastEventTimestamp": stream.last_event,
        "lastIngestionTime": stream.last_ingestion,
    }
    return {
        "logStreamName": stream.name,
        "creationTime": stream.created,
        **{name: time for name, time in times.items() if time is not None},
        "arn": f"{call.arn_prefix}{group.name}:log-stream:{stream.name}",
        "storedBytes": 0,  # As on AWS since 2019.
    }


def _digits(position: Position) -> str:
    timestamp, event_id = position
    return f"{(timestamp << 64) + max(event_id, 0):056d}"


def _position(digits: str) -> Position:
    timestamp, event_id = divmod(int(digits), 1 << 64)
    if max(timestamp, event_id) >= 1 << 63:
        raise InvalidParameterError("The specified nextToken is invalid.")
    return timestamp, event_id
