"""Fetches DynamoDB Local once from Maven Central, by pinned coordinates and checksums.

AWS licenses it for development and testing; it is not part of this program and never shipped with
it. The launcher jgo knows where Maven Central is and how to ask it: https://github.com/apposed/jgo
"""

import hashlib
import importlib
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.errors import UsageError


logger = logging.getLogger(__name__)

PINNED = Path(__file__).parent / "artifacts.txt"

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file on Maven Central, and what it must hold."""

    group: str
    name: str
    packaging: str
    version: str
    sha256: str

    @property
    def place(self) -> str:
        """Its path in an unpacked DynamoDB Local: as AWS's own archive has it."""
        if self.name == "DynamoDBLocal":
            return "DynamoDBLocal.jar"
        version = "" if self.packaging == "so" else f"-{self.version}"
        return f"DynamoDBLocal_lib/{self.name}{version}.{self.packaging}"


Download = Callable[[Artifact, Path], Path]
"""Brings an artifact into a folder and returns its file."""


def pinned(text: str) -> list[Artifact]:
    """The lines `group:artifact:packaging:version sha256:…` of the list."""
    artifacts = []
    for line in text.splitlines():
        if not line.startswith("#"):
            coordinates, _, digest = line.partition(" sha256:")
            group, name, packaging, version = coordinates.split(":")
            artifacts.append(Artifact(group, name, packaging, version, digest))
    return artifacts


def fetched(root: Path, download: Download | None = None) -> Path:
    """The folder with the program, fetched if need be.

    Raises `UsageError` if that fails, which the first time needs the network.
    """
    text = PINNED.read_text()
    folder = root / f"dynamodb-local-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    if folder.is_dir():
        return folder
    logger.info("Fetching DynamoDB Local, 50 MB (the first time only) …")
    root.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=root))
    try:
        _fill(unfinished, pinned(text), download or _launcher())
        _move(unfinished, folder)
    except (OSError, RuntimeError) as error:
        raise UsageError(
            f"DynamoDB Local could not be fetched ({error}). The first start needs the network; "
            "later ones do not. Or unpack AWS's own archive and name it in DYNAMODB_LOCAL_HOME."
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def _move(unfinished: Path, folder: Path) -> None:
    try:
        unfinished.rename(folder)
    except OSError:
        # Another emulator that shares the folder was faster.
        if not folder.is_dir():
            raise


def _fill(folder: Path, artifacts: Iterable[Artifact], download: Download) -> None:
    downloads = folder / "downloads"
    (folder / "DynamoDBLocal_lib").mkdir(parents=True)

    def bring(artifact: Artifact) -> None:
        file = download(artifact, downloads)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        if digest != artifact.sha256:
            raise UsageError(
                f"{file.name} from Maven Central is not what was pinned: its SHA-256 is {digest}, "
                f"expected {artifact.sha256}. Nothing of it was run."
            )
        file.rename(folder / artifact.place)

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        list(threads.map(bring, artifacts))
    shutil.rmtree(downloads)


def _launcher() -> Download:
    try:
        maven: Any = importlib.import_module("jgo.maven")
    except ImportError as error:
        raise UsageError(
            "DynamoDB Local is not here yet, and jgo, which fetches it, is not installed: "
            "`.venv/bin/python -m pip install jgo`. Or name an unpacked archive in DYNAMODB_LOCAL_HOME."
        ) from error

    def download(artifact: Artifact, folder: Path) -> Path:
        context = maven.MavenContext(repo_cache=folder, timeout=60)
        component = context.project(artifact.group, artifact.name).at_version(artifact.version)
        return Path(component.artifact(packaging=artifact.packaging).resolve())

    return download
