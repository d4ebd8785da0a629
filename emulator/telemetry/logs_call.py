"""One call of CloudWatch Logs: its arguments, its errors, and what most operations need first."""

import sqlite3
from dataclasses import dataclass

from emulator.errors import AwsError
from emulator.telemetry import log_store
from emulator.telemetry.log_store import LAST, Group, Position
from emulator.telemetry.wire import Arguments


class ResourceNotFoundError(AwsError):
    """No such group or stream."""

    code = "ResourceNotFoundException"


class ResourceAlreadyExistsError(AwsError):
    """There is one of that name."""

    code = "ResourceAlreadyExistsException"


class InvalidParameterError(AwsError):
    """An argument has a value that it cannot have."""

    code = "InvalidParameterException"


@dataclass(frozen=True, slots=True)
class Call:
    """What an operation is given."""

    db: sqlite3.Connection
    arguments: Arguments
    now: int
    """Milliseconds since the epoch."""
    arn_prefix: str

    def group_name(self) -> str:
        """The name that the call gives, or that of the ARN that it gives."""
        identifier = self.arguments.optional_text("logGroupIdentifier")
        if identifier and "logGroupName" in self.arguments:
            raise InvalidParameterError("Give logGroupName or logGroupIdentifier, not both")
        name = identifier.rpartition(":log-group:")[2].removesuffix(":*")
        return name or self.arguments.text("logGroupName")

    def group(self) -> Group:
        """The group that the call names."""
        group = log_store.find_group(self.db, self.group_name())
        if group is None:
            raise ResourceNotFoundError("The specified log group does not exist.")
        return group

    def stream(self, group: Group, name: str) -> int:
        """The id of one of its streams."""
        stream = log_store.find_stream(self.db, group, name)
        if stream is None:
            raise ResourceNotFoundError("The specified log stream does not exist.")
        return stream

    def limit(self, most: int) -> int:
        """How many are wanted on a page; the most, if the call does not say."""
        limit = int(self.arguments.number("limit", most))
        if not 1 <= limit <= most:
            raise InvalidParameterError(f"limit must lie between 1 and {most}")
        return limit

    def span(self, *, end_included: bool) -> tuple[Position, Position]:
        """Positions around the events between `startTime` and `endTime`."""
        start = int(self.arguments.number("startTime", 0))
        end = int(self.arguments.number("endTime", LAST[0]))
        if not 0 <= start <= LAST[0] or not 0 <= end <= LAST[0]:
            raise InvalidParameterError("startTime and endTime must be milliseconds since 1970")
        return (start, -1), (min(end + end_included, LAST[0]), -1)
