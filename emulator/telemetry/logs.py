"""Log groups and log streams as files: `<data dir>/logs/<group>/<stream>.log`."""

import logging
import os
from pathlib import Path


logger = logging.getLogger(__name__)


class LogStream:
    """One stream: an open file that is appended to. Rule: one writer, no buffering."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._failed = False
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(self, text: bytes) -> None:
        """Append text as it is. A full disk costs the log, not the function that writes to it."""
        try:
            os.write(self._descriptor, text)
        except OSError as error:
            if not self._failed:
                logger.warning("%s cannot be written to: %s", self._path, error.strerror)
            self._failed = True

    def close(self) -> None:
        """Give the file back; called when the environment is gone."""
        os.close(self._descriptor)


class LogGroups:
    """Opens streams by AWS's names for them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def open(self, group: str, stream: str) -> LogStream:
        """A new stream. Slashes in the names become folders, as they read on AWS's console."""
        return LogStream(self.root / group.strip("/") / f"{stream}.log")
