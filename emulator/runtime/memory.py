"""How much memory an environment's processes use, from the kernel's own accounting.

https://man7.org/linux/man-pages/man5/proc.5.html
"""

import os
from collections.abc import Iterator
from pathlib import Path


_PAGE = os.sysconf("SC_PAGE_SIZE")


def memory_used(pid: int) -> int:
    """Bytes that a process and its descendants hold now; 0 when it is gone."""
    return sum(_resident(each) for each in _family(pid))


def memory_unshared(pid: int) -> int:
    """As `memory_used`, counting once what several processes share, which takes longer."""
    return sum(_number(each, "smaps_rollup", b"Pss:") for each in _family(pid))


class Peak:
    """How much a process itself, without its descendants, has held at most.

    Keeps the kernel's file open: opening it takes longer than reading.
    """

    def __init__(self, pid: int) -> None:
        try:
            self._file = os.open(f"/proc/{pid}/status", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._file = -1  # It is gone already.

    def bytes(self) -> int:
        """The peak until now; 0 when the process is gone."""
        try:
            return _kilobytes(os.pread(self._file, 4096, 0), b"VmHWM:")
        except OSError:
            return 0

    def close(self) -> None:
        """Give the file back."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        with os.scandir(f"/proc/{pid}/task") as threads:
            for thread in threads:
                for child in Path(thread.path, "children").read_bytes().split():
                    yield from _family(int(child))
    except OSError:
        return  # It has ended meanwhile.


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * _PAGE
    except OSError:
        return 0


def _number(pid: int, file: str, name: bytes) -> int:
    """A line of kilobytes in one of the process's files, in bytes."""
    try:
        content = Path(f"/proc/{pid}/{file}").read_bytes()
    except OSError:
        return 0
    return _kilobytes(content, name)


def _kilobytes(content: bytes, name: bytes) -> int:
    _, found, rest = content.partition(name)
    return int(rest.split(None, 1)[0]) * 1024 if found else 0
