"""Code that is no folder yet: zip files are unpacked, inline source text is written to a file."""

import hashlib
import logging
import platform
import shutil
import sys
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from emulator.clock import Entropy
from emulator.errors import UsageError
from emulator.runtime.code.archive import (
    MOST_UNZIPPED,
    MOST_UPLOADED,
    opened,
    unpack,
    unzipped_size,
)
from emulator.runtime.code.compatibility import here, misfit, pip_options
from emulator.runtime.code.folders import making
from emulator.template.model import Function


logger = logging.getLogger(__name__)


class CodeStore:
    """Folders under one root, one for each distinct content. They are never changed."""

    def __init__(self, root: Path, entropy: Entropy) -> None:
        self._root = root
        self._entropy = entropy

    def unpacked(self, function: Function) -> Function:
        """The function with folders in place of zip files and of inline source text.

        Raises `UsageError`, which names the function and the file, for what cannot be run here or
        would be refused by Lambda.
        """
        try:
            _check_size([path for path in function.sources if path.is_file()])
            if function.inline is None:
                code = self._folder(function.code, function.runtime)
            else:
                code = self._written(function.code.name, function.inline)
            layers = tuple(self._folder(layer, function.runtime) for layer in function.layers)
        except UsageError as error:
            raise UsageError(f"{function.logical_id}: {error}") from error
        return replace(function, code=code, inline=None, layers=layers)

    def owns(self, function: Function) -> bool:
        """Whether all of a function's code is here, so that none of it ever changes."""
        return {self._root} == {folder.parent for folder in (function.code, *function.layers)}

    def keep_only(self, folders: Collection[Path]) -> None:
        """Remove what nothing uses any more."""
        if self._root.is_dir():
            for folder in set(self._root.iterdir()).difference(folders):
                shutil.rmtree(folder, ignore_errors=True)

    def _folder(self, path: Path, runtime: str) -> Path:
        if path.is_dir():
            return path
        digest = _digest(path)
        folder = self._root / _key(runtime.encode(), digest)
        if not folder.exists():
            with opened(path) as archive, making(folder, self._entropy) as unfinished:
                reason = misfit(archive, runtime)
                if reason is not None:
                    raise UsageError(
                        f"{path} cannot run on this machine ({here()}): {reason}. Build it with "
                        f"`pip install {pip_options()} --target FOLDER`, or run the folder of its "
                        "source code in its place."
                    )
                unpack(archive, unfinished)
                if _digest(path) != digest:
                    raise UsageError(f"{path} was changed while it was unpacked.")
        return folder

    def _written(self, name: str, text: str) -> Path:
        folder = self._root / _key(name.encode(), text.encode())
        if not folder.exists():
            with making(folder, self._entropy) as unfinished:
                unfinished.mkdir()
                (unfinished / name).write_text(text, encoding="utf-8")
        return folder


def _check_size(files: list[Path]) -> None:
    """Hold the zip files of one function to Lambda's limits."""
    unzipped = sum(unzipped_size(file) for file in files)
    if unzipped > MOST_UNZIPPED:
        raise UsageError(
            "Function code combined with layers exceeds the maximum allowed size of "
            f"{MOST_UNZIPPED} bytes. The actual size is {unzipped} bytes "
            f"({', '.join(map(str, files))})."
        )
    for file in files:
        if file.stat().st_size > MOST_UPLOADED:
            logger.warning("%s exceeds 50 MB: Lambda takes it from S3 only, not directly.", file)


def _digest(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}).") from error


def _key(*content: bytes) -> str:
    """A folder's name: what has been found to run here may not run on another Python."""
    here = f"{sys.implementation.cache_tag}-{platform.machine()}".encode()
    return hashlib.sha256(b"\0".join([here, *content])).hexdigest()[:24]
