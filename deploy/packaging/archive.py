"""Zip files that are the same for the same content, and a digest of that content."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo


EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that the format knows."""
UNIX = 3
FILE_MODE = 0o100644


def digest(files: Mapping[str, Path]) -> str:
    """Of names and contents. Unlike the zip file's own, it does not depend on who compresses."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{name}\0{hashlib.sha256(files[name].read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def write(path: Path, files: Mapping[str, Path]) -> None:
    """Write a zip file: names in order, no times, no owner."""
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(files):
            info = ZipInfo(name, EPOCH)
            info.create_system = UNIX
            info.external_attr = FILE_MODE << 16
            info.compress_type = ZIP_DEFLATED
            archive.writestr(info, files[name].read_bytes())


def sha256(path: Path) -> str:
    """Of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
