"""The operations of CloudWatch Logs that change something.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html
"""

import re
from typing import Any

from emulator.telemetry import log_store
from emulator.telemetry.ingest import ingest
from emulator.telemetry.log_store import DAY_MS
from emulator.telemetry.logs_call import Call, InvalidParameterError, ResourceAlreadyExistsError
from emulator.template.model import RETENTION_DAYS


MAX_BATCH = 1_048_576
"""Bytes of one PutLogEvents, 26 for each event included."""

MAX_EVENTS = 10_000

TOO_NEW_MS = 2 * 3_600_000
TOO_OLD_MS = 14 * DAY_MS


def create_log_group(call: Call) -> None:
    """CreateLogGroup."""
    name = call.arguments.text("logGroupName")
    if not re.fullmatch(r"[.\-_/#A-Za-z0-9]{1,512}", name):
        raise InvalidParameterError(
            f"1 validation error detected: Value '{name}' at 'logGroupName' failed to satisfy "
            r"constraint: Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+"
        )
    if log_store.find_group(call.db, name) is not None:
        raise ResourceAlreadyExistsError("The specified log group already exists")
    log_store.ensure_group(call.db, name, call.now)


def delete_log_group(call: Call) -> None:
    """DeleteLogGroup."""
    log_store.delete_group(call.db, call.group())


def create_log_stream(call: Call) -> None:
    """CreateLogStream."""
    group = call.group()
    name = call.arguments.text("logStreamName")
    if not re.fullmatch(r"[^:*]{1,512}", name):
        raise InvalidParameterError("logStreamName has 1 to 512 characters, none of them : or *")
    if log_store.find_stream(call.db, group, name) is not None:
        raise ResourceAlreadyExistsError("The specified log stream already exists")
    log_store.ensure_stream(call.db, group, name, call.now)


def delete_log_stream(call: Call) -> None:
    """DeleteLogStream."""
    group = call.group()
    stream = call.stream(group, call.arguments.text("logStreamName"))
    log_store.delete_stream(call.db, group, stream)


def put_retention_policy(call: Call) -> None:
    """PutRetentionPolicy."""
    days = call.arguments.number("retentionInDays")
    if days not in RETENTION_DAYS:
        choices = ", ".join(map(str, sorted(RETENTION_DAYS)))
        raise InvalidParameterError(f"retentionInDays must be one of [{choices}]")
    log_store.set_retention(call.db, call.group().name, int(days))


def delete_retention_policy(call: Call) -> None:
    """DeleteRetentionPolicy."""
    log_store.set_retention(call.db, call.group().name, None)


def put_log_events(call: Call) -> dict[str, Any]:
    """PutLogEvents: what is too old or too new is left out, and the answer says so."""
    group = call.group()
    name = call.arguments.text("logStreamName")
    call.stream(group, name)
    events = [
        (int(event.number("timestamp")), event.text("message"))
        for event in call.arguments.structures("logEvents")
    ]
    _check(events)
    oldest = call.now - min(group.retention or 14, 14) * DAY_MS
    kept = [event for event in events if oldest <= event[0] <= call.now + TOO_NEW_MS]
    ingest(call.db, group.name, name, kept, call.now)
    old = sum(timestamp < oldest for timestamp, _ in events)
    rejected = {"tooOldLogEventEndIndex": old} if old else {}
    if old + len(kept) < len(events):
        rejected["tooNewLogEventStartIndex"] = old + len(kept)
    # Sequence tokens mean nothing any more, on AWS neither; old clients still want one.
    token = {"nextSequenceToken": f"{call.now:056d}"}
    return {**token, "rejectedLogEventsInfo": rejected} if rejected else token


def _check(events: list[tuple[int, str]]) -> None:
    if not 1 <= len(events) <= MAX_EVENTS:
        raise InvalidParameterError(f"logEvents must hold 1 to {MAX_EVENTS} events")
    if not all(message for _, message in events):
        raise InvalidParameterError("Log event message must not be empty")
    if sum(len(message.encode()) + 26 for _, message in events) > MAX_BATCH:
        raise InvalidParameterError(f"Upload too large: it exceeds the limit of {MAX_BATCH} bytes")
    times = [timestamp for timestamp, _ in events]
    if times != sorted(times):
        raise InvalidParameterError(
            "Log events in a single PutLogEvents request must be in chronological order."
        )
    if times[-1] - times[0] > DAY_MS:
        raise InvalidParameterError(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
        )
