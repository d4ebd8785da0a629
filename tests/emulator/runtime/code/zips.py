"""Zip files and functions as a template names them, for tests."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from emulator.template.model import Function


def zip_file(path: Path, entries: Mapping[str, str | bytes], modes: Mapping[str, int] = {}) -> Path:
    """A zip file with these entries; `modes` are Unix modes, with the file's type."""
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            entry = ZipInfo(name)
            entry.external_attr = modes.get(name, 0) << 16
            archive.writestr(entry, content)
    return path


def declared(code: Path, **changes: Any) -> Function:
    """A function as the template has it."""
    values: dict[str, Any] = {
        "logical_id": "Function",
        "name": "f",
        "arn": "arn:aws:lambda:us-east-1:000000000000:function:f",
        "handler": "module.handler",
        "runtime": "python3.13",
        "code": code,
        "role_arn": "arn:aws:iam::000000000000:role/r",
        "log_group": "/aws/lambda/f",
        **changes,
    }
    return Function(**values)
